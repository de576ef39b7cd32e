"""The same steps have the same outcome, and the same words, in every medium."""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pytest
from msgspec.structs import replace
from rich.console import Console

from grader.classroom.export import feedback_zips
from grader.classroom.records import Learner, LearnerResult, LessonColumn
from grader.classroom.report_pages import learner_page
from grader.cli.render import grading
from grader.cli.render.screen import Screen
from grader.course.document.attempt_file import parse_attempt
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.notebook.feedback import show_report
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    Mistake,
    Outcome,
    Override,
    Report,
    UnreadPart,
)
from grader.report.view import NextCommands
from grader.web import drawing
from tests.support.commands import ENVIRONMENT, PROGRAM, command
from tests.support.notebooks import Kernel, plain
from tests.support.room import serve_room
from tests.support.served_course import NAME, make_course, serve
from tests.support.toy_lesson import CHECKS

UNTOUCHED = 'def double(x):\n    raise NotImplementedError("1a")'
WRONG, AGAIN, RIGHT = (
    f"def double(x):\n    return {value}" for value in ("x * x", "x**2", "2 * x")
)
HINTS = ("Think of a sum.", "Add x to itself.", "Multiply x by two.")
CLAIM = "What was checked: double(x) is twice x."
NAMED, CURE = "You squared it.", "Take it twice."
CURES = "The mistake named at the last grading:"
KEPT = "unchanged since"
NEXT_HINT = (
    "The next hint opens after one more graded attempt at this exercise; the same text "
    "again is the same attempt."
)
LAST_HINT = (
    "That was the last hint. The solution opens when the exercise is right, or after "
    "three graded attempts at it."
)
GATE = (
    "The solution of 1a opens when it is right, or after 2 more graded attempts. The "
    "same text again is the same attempt. Until then there are hints."
)
SCORE, SOLUTION = "100 of 100", "return 2 * x"
SENTENCES = {CLAIM, NAMED, CURE, CURES, KEPT, NEXT_HINT, LAST_HINT, GATE, SCORE}
SENTENCES |= {*HINTS, SOLUTION}
# What leads on, where nothing on the page does.
STUCK, OTHERS = "Stuck? There are hints.", "Also not right yet:"
ALL_RIGHT = "Every exercise of this lesson is right."
LEADS_ON = {STUCK, OTHERS, ALL_RIGHT}
FIX_LATER = "A hint also shows how to fix this mistake."
SENTENCES |= {*LEADS_ON, FIX_LATER}


class Step(NamedTuple):
    """A verb, what stands in the cell then, and what is said."""

    verb: str
    text: str
    said: set[str]


HOUR = (
    Step("grade", WRONG, {CLAIM, NAMED, FIX_LATER, OTHERS}),
    Step("grade again", WRONG, {CLAIM, NAMED, FIX_LATER, OTHERS}),
    Step("hint", WRONG, {HINTS[0], CURES, CURE}),
    Step("hint", WRONG, {*HINTS[:2], CURES, CURE, NEXT_HINT}),
    Step("hint", WRONG, {*HINTS[:2], CURES, CURE, NEXT_HINT}),
    Step("solution", WRONG, {GATE}),
    Step("grade", AGAIN, {CLAIM, NAMED, CURE, STUCK, OTHERS}),
    Step("hint", AGAIN, {*HINTS, CURES, CURE, LAST_HINT}),
    Step("grade", RIGHT, {SCORE, ALL_RIGHT}),
    Step("grade again", RIGHT, {SCORE, ALL_RIGHT, KEPT}),
    Step("solution", RIGHT, {SOLUTION}),
)
WITHOUT_HINTS = (
    *HOUR[:2],
    Step("grade", AGAIN, {CLAIM, NAMED, CURE, STUCK, OTHERS}),
)
# Of each text, what becomes of 1a and 1b, and whether the verdicts were kept.
GRADINGS = (
    *2 * [("wrong", [NAMED], "wrong", False)],
    ("passed", [], "passed", False),
    ("passed", [], "passed", True),
)
# What a medium does not have today, and why.
EMPTY = {
    ("watch", "solution"): "no key shows it",
    ("room", "reset"): "nobody brings an earlier version back there",
    **{
        (medium, "take home"): "the learner's files are on their machine already"
        for medium in ("terminal", "watch", "notebook")
    },
}
# What a medium does not say: a page shows every exercise with its buttons, and a session
# its keys.
PAGE_UNSAID = LEADS_ON - {ALL_RIGHT}
UNSAID = {"serve": PAGE_UNSAID, "room": PAGE_UNSAID, "watch": {STUCK, FIX_LATER}}


def in_terminal(root: Path, steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        _write(root, step.text)
        verb, *_ = step.verb.split()
        alone = [] if verb == "grade" else ["--exercise", "1a"]
        yield command(root, verb, "1", *alone)


def in_watch(root: Path, steps: Sequence[Step]) -> Iterator[str]:
    terminal = None
    for step in steps:
        has_changed = _write(root, step.text)
        if step.verb == "hint":
            terminal.send("h")
        elif terminal is None or not has_changed:  # a session grades as it begins
            if terminal is not None:
                terminal.close(force=True)
            how = {"cwd": root, "env": ENVIRONMENT, "encoding": "utf-8", "timeout": 300}
            words = [*PROGRAM[1:], "watch", "1"]
            terminal = pexpect.spawn(PROGRAM[0], words, dimensions=(50, 200), **how)
        terminal.expect("q quit")
        yield terminal.before
    terminal.close(force=True)


def in_notebook(root: Path, steps: Sequence[Step]) -> Iterator[str]:
    cells, places, text = ["%load_ext grader"], [], ""
    for step in steps:
        cells += [step.text] if step.text != text else []
        verb, text = step.verb.split()[0], step.text
        places.append(len(cells))
        cells.append("%grade 1" if verb == "grade" else f"%{verb} 1a")
    shown = Kernel(root).run_in_full(*cells)
    yield from ("\n".join(map(plain, shown[place])) for place in places)


def in_serve(root: Path, steps: Sequence[Step]) -> Iterator[str]:
    with serve(root) as client:
        yield from _on_a_page(client, "lesson1", steps)


def in_room(root: Path, steps: Sequence[Step]) -> Iterator[str]:
    with serve_room(root, root / "room") as room:
        # A room takes one grading in two seconds.
        yield from _on_a_page(room.learner("Ada"), "/lesson1", steps, pause_s=2.1)


def _on_a_page(
    asker: Any, page: str, steps: Sequence[Step], pause_s: float = 0
) -> Iterator[str]:
    for step in steps:
        verb, *_ = step.verb.split()
        cell = json.loads(asker.get("/lesson1/cells"))["cells"]["1"]
        if cell["text"] != step.text:
            base = cell["version"]
            asker.post(f"{page}/save", number=1, base=base, text=step.text)
        which = {} if verb == "grade" else {"exercise": "1a"}
        told = asker.post(f"{page}/{verb}", **which)
        one = told["exercises"]["1a"] if verb == "grade" else told
        yield re.sub(r"<[^>]*>", " ", told.get("whole", "") + one["html"])
        time.sleep(pause_s if verb == "grade" else 0)


MEDIA: dict[str, Callable[[Path, Sequence[Step]], Iterator[str]]] = {
    "terminal": in_terminal,
    "watch": in_watch,
    "notebook": in_notebook,
    "serve": in_serve,
    "room": in_room,
}


def _write(root: Path, text: str) -> bool:
    """Write it into the working copy; whether that has changed it."""
    page = (root / "lessons" / NAME / "lesson.py").read_text()
    file, content = root / "attempts" / f"{NAME}.py", page.replace(UNTOUCHED, text)
    assert text in content
    file.parent.mkdir(exist_ok=True)
    if file.is_file() and file.read_text() == content:
        return False
    file.write_text(content)
    return True


def sentences_in(said: str) -> set[str]:
    """The sentences that stand in what a medium shows, whatever it frames them with."""
    words = " ".join(html.unescape(said).replace("│", " ").split())
    return {sentence for sentence in SENTENCES if sentence in words}


def gradings(root: Path, medium: str) -> list[tuple[object, ...]]:
    """What each grading came to, as the gradebook has it."""
    folder = root / ("room" if medium == "room" else "attempts")
    with Gradebook(gradebook_path(folder)) as book:
        reports = [report for _, report in book.gradings(NAME)]
    found = []
    for report in reports:
        first, second = report.exercises
        named = first.finding.mistakes if first.finding else ()
        sentences = [mistake.sentence for mistake in named]
        kept = first.is_kept and second.is_kept
        found.append((first.outcome, sentences, second.outcome, kept))
    return found


@dataclass(frozen=True)
class Hour:
    """What came of the steps in a medium."""

    medium: str
    root: Path
    steps: list[Step]
    said: list[set[str]]


def make_lesson(root: Path) -> Path:
    """A lesson that says that it trains, and so keeps verdicts."""
    make_course(root)
    checks = CHECKS.replace("LESSON = lesson()", "LESSON = lesson(trains=True)")
    checks = checks.replace('("a", "b", "c")', repr(HINTS), 1)
    checks = checks.replace(f'"{NAMED}"', repr(f"{NAMED}\n{CURE}"))
    (root / "lessons" / NAME / "checks.py").write_text(checks)
    return root


@pytest.fixture(scope="module", params=MEDIA)
def hour(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Hour:
    """The steps of the hour in a medium."""
    root = make_lesson(tmp_path_factory.mktemp(request.param))
    steps = [step for step in HOUR if (request.param, step.verb) not in EMPTY]
    said = [sentences_in(words) for words in MEDIA[request.param](root, steps)]
    return Hour(request.param, root, steps, said)


@pytest.mark.slow
def test_every_step_is_told_in_the_same_words(hour: Hour) -> None:
    unsaid = UNSAID.get(hour.medium, set())
    # A page ends with the mistakes that are fixed by then.
    is_page = hour.medium in ("serve", "room")
    assert hour.said == [
        (step.said - unsaid) | ({NAMED} if is_page and SCORE in step.said else set())
        for step in hour.steps
    ]


@pytest.mark.slow
@pytest.mark.parametrize("medium", MEDIA)
def test_the_cure_comes_with_the_second_text_that_has_the_mistake(
    tmp_path: Path, medium: str
) -> None:
    said = MEDIA[medium](make_lesson(tmp_path), WITHOUT_HINTS)
    unsaid = UNSAID.get(medium, set())
    assert list(map(sentences_in, said)) == [one.said - unsaid for one in WITHOUT_HINTS]


def test_every_grading_comes_to_the_same_and_is_remembered(hour: Hour) -> None:
    assert gradings(hour.root, hour.medium) == list(GRADINGS)


def test_what_was_graded_is_brought_back(hour: Hour) -> None:
    _write(hour.root, WRONG)
    words = command(hour.root, "reset", "1", "--to", "best")
    if (hour.medium, "reset") in EMPTY:
        assert "No graded version of lesson1 is kept." in words
        return
    assert "100 of 100 points" in words
    end = ".ipynb" if hour.medium == "notebook" else ".py"
    back = hour.root / "attempts" / f"{NAME}{end}"
    assert RIGHT in parse_attempt(back.read_bytes(), back.name).content.decode()


@pytest.mark.parametrize("medium", [medium for medium in MEDIA if medium != "room"])
def test_a_grading_that_cannot_be_recorded_is_shown(
    tmp_path: Path, medium: str
) -> None:
    root = make_lesson(tmp_path)
    book = gradebook_path(root / "attempts")
    book.parent.mkdir()
    book.write_bytes(b"no gradebook " * 100)
    (said,) = MEDIA[medium](root, HOUR[:1])
    assert sentences_in(said) == HOUR[0].said - UNSAID.get(medium, set())
    words = "(file is not a database). Move the file away, but keep it;"
    assert words in " ".join(said.split())


@pytest.mark.parametrize(
    "medium", [medium for medium in MEDIA if (medium, "take home") not in EMPTY]
)
def test_what_is_taken_home_is_what_the_terminal_makes(
    tmp_path: Path, medium: str
) -> None:
    root = make_lesson(tmp_path)
    with contextlib.ExitStack() as stack:
        if medium == "serve":
            asker: Any = stack.enter_context(serve(root))
        else:
            room = stack.enter_context(serve_room(root, root / "room"))
            asker = room.learner("Ada")
        page = {"serve": "lesson1", "room": "/lesson1"}[medium]
        list(_on_a_page(asker, page, [Step("hint", RIGHT, set())]))
        taken, notebook = (
            asker.ask("GET", f"/take/{NAME}.{end}")[2] for end in ("py", "ipynb")
        )
    _write(root, RIGHT)
    assert taken == (root / "attempts" / f"{NAME}.py").read_bytes()
    command(root, "start", "1", "--notebook")
    assert notebook == (root / "attempts" / f"{NAME}.ipynb").read_bytes()


LOST = "SyntaxError: '(' was never closed"
SEVERAL = "One of these mistakes; each gives exactly your answer:"
NOT_LOADED, NOTHING = "Your file could not be loaded", "Your file is empty"
NOT_WHOLE = "Your file doesn't run as it is."
BY_HAND = "30 of 60 points are given by hand, instead of 0: a late file"
REMARK, PRINTED_TITLE = "There is a shorter way.", "Your program printed"
ABLE, ABILITY = "Every exercise of this lesson is right. You can now", "double a number"
ONE_RIGHT, WHOLE_LESSON = "Exercise 1a is right.", "Now the whole lesson:"
FAULT = "This is the grader's own fault. It costs you no points, and your file is unchanged."
OPEN = "60 of them are open because the grader itself failed"
UNDO = "Is something missing that you wrote? Undo in your editor may bring it back."
CHANGE, WRITE, FIX = "Next: change", "Next: write", "Next: fix"
ALONE, ONWARD = "To see only one of them:", "Next: lesson 2, Halve it"
# What leads on. A page has buttons for it, and what is handed out leads nowhere.
STEPS = {STUCK, OTHERS, FAULT, UNDO, CHANGE, WRITE, FIX, ALONE, ONWARD, WHOLE_LESSON}
DRAWN = {
    *{CLAIM, NAMED, LOST, SEVERAL, NOT_LOADED, NOTHING, NOT_WHOLE, BY_HAND, REMARK},
    *{OPEN, PRINTED_TITLE, ABLE, ABILITY, ONE_RIGHT, *STEPS},
}


def graded(outcome: Outcome, finding: Finding | None = None) -> ExerciseResult:
    check = CheckResult("twice", "double(x) is twice x.", outcome, finding)
    return ExerciseResult("1a", "Twice", 60, outcome, (check,), finding)


def report_of(*exercises: ExerciseResult, **more: Any) -> Report:
    facts = {"lesson": NAME, "title": "A toy", "attempt": "attempts/lesson1_toy.py"}
    return Report(**facts, attempt_sha256="0", seed=7, exercises=exercises, **more)


SQUARED = Finding("9 and not 6.", mistakes=(Mistake("1a.squared", NAMED),))
BOTH = replace(SQUARED, mistakes=(*SQUARED.mistakes, Mistake("1a.x", "It is wrong.")))
OTHER = replace(graded(Outcome.WRONG), tag="1b")
UNREAD = UnreadPart("", "SyntaxError: invalid syntax", 9)
# What is said of a report wherever it is shown.
REPORTS: dict[str, tuple[Report, set[str]]] = {
    "wrong": (
        report_of(graded(Outcome.WRONG, SQUARED), OTHER),
        {CLAIM, NAMED, CHANGE, STUCK, OTHERS, ALONE},
    ),
    "two mistakes": (
        report_of(graded(Outcome.WRONG, BOTH)),
        {CLAIM, SEVERAL, NAMED, CHANGE, STUCK},
    ),
    "not written": (
        report_of(graded(Outcome.NOT_ATTEMPTED, Finding("It is to be written."))),
        {WRITE, STUCK},
    ),
    "not loaded": (
        report_of(graded(Outcome.RAISED), problem=Finding(LOST, line=3)),
        {NOT_LOADED, LOST, CHANGE},
    ),
    "empty": (
        report_of(graded(Outcome.NOT_ATTEMPTED), problem=Finding("It is empty.")),
        {NOTHING, UNDO},
    ),
    "the grader failed": (
        report_of(graded(Outcome.BROKEN, Finding("KeyError"))),
        {FAULT, OPEN},
    ),
    "not whole": (
        report_of(graded(Outcome.PASSED), unread=(UNREAD,)),
        {NOT_WHOLE, ALL_RIGHT, FIX},
    ),
    "by hand": (
        report_of(
            replace(
                graded(Outcome.WRONG, SQUARED),
                override=Override(30, "a late file"),
                remarks=(REMARK,),
            ),
            output="hello\n",
        ),
        {CLAIM, NAMED, BY_HAND, REMARK, PRINTED_TITLE, CHANGE, STUCK},
    ),
    "one exercise": (
        report_of(graded(Outcome.PASSED), partial="1a"),
        {ONE_RIGHT, WHOLE_LESSON},
    ),
    "all right": (report_of(graded(Outcome.PASSED)), {ABLE, ABILITY, ONWARD}),
}


def commands(is_notebook: bool = False) -> NextCommands:
    return NextCommands(
        "grade lesson1",
        "lesson1",
        "start lesson2",
        title="lesson 2, Halve it",
        can_do=(ABILITY,),
        is_notebook=is_notebook,
    )


def drawn_in_terminal(report: Report) -> str:
    file = io.StringIO()
    grading.draw(report, Screen(console=Console(file=file, width=96)), commands())
    return file.getvalue()


def drawn_in_notebook(report: Report) -> str:
    return show_report(report, commands(is_notebook=True)).plain


def without_tags(page: str) -> str:
    inside_sentences = re.sub(r"</?(?:code|mark|a)\b[^>]*>", "", page)
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", inside_sentences, flags=re.S)


def drawn_as_notebook_html(report: Report) -> str:
    return without_tags(show_report(report, commands(is_notebook=True)).html)


def drawn_on_page(report: Report) -> str:
    parts = [drawing.draw_report(report, drawing.LessonEnd(1, can_do=(ABILITY,)))]
    if report.problem is None:
        parts += map(drawing.draw_exercise, report.exercises)
    return without_tags("".join(parts))


def drawn_for_class(report: Report) -> str:
    one = LearnerResult(Learner("ada", "Ada"), (report,))
    column = LessonColumn(report.lesson, report.title, report.points)
    return without_tags(learner_page(one, (column,), "A class", "").decode())


def drawn_as_text(report: Report) -> str:
    return feedback_zips.text(LearnerResult(Learner("ada"), (report,)), report)


# The other exports take their words from the same functions.
PAPERS = {
    "terminal": (drawn_in_terminal, set()),
    "notebook": (drawn_in_notebook, set()),
    "notebook's HTML": (drawn_as_notebook_html, set()),
    "page": (drawn_on_page, STEPS | {ONE_RIGHT, ALL_RIGHT}),
    "class page": (drawn_for_class, STEPS | {ONE_RIGHT, ALL_RIGHT, ABLE, ABILITY}),
    "feedback file": (
        drawn_as_text,
        STEPS | {ONE_RIGHT, ALL_RIGHT, ABLE, ABILITY, NOT_LOADED, NOTHING}
        | {PRINTED_TITLE},
    ),
}  # fmt: skip


# It leads to `read` as well there: "The exercise, and a hint when you are stuck:".
DIFFERENT = {("not written", "terminal"): {STUCK}}


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_is_drawn_in_the_same_words(kind: str, paper: str) -> None:
    report, said = REPORTS[kind]
    draw, unsaid = PAPERS[paper]
    words = " ".join(html.unescape(draw(report)).replace("│", " ").split())
    known = DRAWN | {ALL_RIGHT}
    found = {sentence for sentence in known if sentence in words}
    # The longer sentence begins with the shorter one.
    found -= {ALL_RIGHT} if ABLE in found else set()
    assert found == said - unsaid - DIFFERENT.get((kind, paper), set())


def words_on(paper: str, report: Report) -> str:
    draw, _ = PAPERS[paper]
    return " ".join(html.unescape(draw(report)).replace("│", " ").split())


@pytest.mark.parametrize("paper", PAPERS)
def test_the_error_of_the_only_exercise_graded_is_explained_once(paper: str) -> None:
    advice = "The ( in line 3 is never closed."
    finding = Finding(f"{LOST}. {advice}", line=3, source="f(", error=LOST)
    part = UnreadPart("1a", f"{advice} ({LOST})", 3)
    own = report_of(graded(Outcome.RAISED, finding), partial="1a", unread=(part,))
    words = words_on(paper, own)
    assert words.count(advice) == words.count(LOST) == 1
    assert "Python cannot read exercise 1a, line 3." in words
    assert "was graded without" not in words
    other = replace(part, exercise="1b", line=9)
    words = words_on(
        paper, report_of(graded(Outcome.PASSED), partial="1a", unread=(other,))
    )
    assert words.count(LOST) == 1
    assert "Exercise 1a was graded without it." in words


@pytest.mark.parametrize("paper", PAPERS)
def test_a_named_mistake_comes_before_pythons_own_words(paper: str) -> None:
    error = "KeyError: 'dW1'"
    finding = Finding(error, error=error, mistakes=SQUARED.mistakes, line=3)
    words = words_on(paper, report_of(graded(Outcome.RAISED, finding)))
    assert words.count(error) == 1
    assert words.index(NAMED) < words.index(CLAIM) < words.index(error)


@pytest.mark.parametrize("paper", ["notebook", "notebook's HTML", "page"])
def test_what_is_shown_from_the_top_begins_with_the_mistake(paper: str) -> None:
    words = words_on(paper, REPORTS["by hand"][0])
    assert words.index(NAMED) < words.index(REMARK)


@pytest.mark.parametrize("paper", PAPERS)
def test_a_half_filled_dict_of_answers_is_unfinished(paper: str) -> None:
    blank = Finding('PAPER["mean"] is still empty.')
    table = replace(graded(Outcome.NOT_ATTEMPTED, blank), checks=())
    words = words_on(paper, report_of(table, OTHER))
    assert "not attempted" in words
    assert "unfinished" not in words
    begun = replace(table, partial_points=15)
    words = words_on(paper, report_of(begun, OTHER))
    assert "unfinished" in words
    assert "15 of 60" in words
    assert "not attempted" not in words
