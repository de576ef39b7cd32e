"""What a learner has just written is what they read about, in every medium."""

from __future__ import annotations

import html
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest
from msgspec.structs import replace

from grader.classroom import submissions
from grader.classroom.class_grading import grade_class
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.report import ExerciseResult, Finding, Outcome, Report
from grader.report.focus import Focus, find_focus
from tests.support.commands import ENVIRONMENT, PROGRAM, command
from tests.support.notebooks import Kernel, plain
from tests.support.room import Asker, Served, serve_room
from tests.support.room_boards import instructor
from tests.support.served_course import serve
from tests.support.waiting import LONGEST_S

NAME = "lesson1_numbers"
TAGS = ("1a", "1b", "1c", "1d")
BY_TAG = dict(zip(TAGS, ("add_one", "double", "square", "negate"), strict=True))
RIGHT = dict(zip(TAGS, ("x + 1", "x + x", "x * x", "-x"), strict=True))
WRONG = ("x - 7", "x - 8")
CHECK = """
{name} = exercise("{name}", hints=("a", "b", "c"))

@{name}.check
def {name}_gives(attempt):
    "{name}(3) is right."
    expect(attempt.{name}(3)).equals({answer})

@{name}.wrong_answer("You took 7 from the argument of {name}.")
def {name}_minus_7(x):
    return x - 7
"""
NAMED = {
    tag: f"You took 7 from the argument of {name}." for tag, name in BY_TAG.items()
}
ALL_RIGHT = "Every exercise of this lesson is right."

# What stands in each exercise: "open", or an expression.
Text = dict[str, str]
OPEN: Text = dict.fromkeys(TAGS, "open")


def cell(tag: str, body: str) -> str:
    inside = (
        f'raise NotImplementedError("{tag}")' if body == "open" else f"return {body}"
    )
    return f"def {BY_TAG[tag]}(x):\n    {inside}"


def page(text: Text) -> str:
    cells = (
        f'# %% [markdown]\n# ## {tag}  Title of {tag}   (25 points)\n\n# %% id="{tag}"\n'
        f"{cell(tag, body)}\n"
        for tag, body in text.items()
    )
    return "\n".join(("# %% [markdown]\n# # Lesson 1  Numbers\n", *cells))


def make_course(root: Path, lessons: int = 1) -> Path:
    """A course of equal lessons of four exercises, with the tags 1a to 1d, 2a to 2d."""
    checks = (
        CHECK.format(name=name, tag=tag, answer=eval(RIGHT[tag], {"x": 3}))
        for tag, name in BY_TAG.items()
    )
    head = "from grader.checks import exercise, expect, lesson\nLESSON = lesson()\n"
    whole = head + "".join(checks)
    (root / "solutions").mkdir()
    (root / "attempts").mkdir()
    for number in range(1, lessons + 1):
        folder = root / "lessons" / NAME.replace("1", str(number))
        folder.mkdir(parents=True)
        for path, text in (
            (root / "solutions" / f"{folder.name}.py", page(RIGHT)),
            (folder / "lesson.py", page(OPEN)),
            (folder / "checks.py", whole),
        ):
            path.write_text(renumbered(text, number))
    return root


def renumbered(text: str, number: int) -> str:
    return re.sub(r"\b1([a-d])\b|(?<=Lesson )1", rf"{number}\1", text)


def write(root: Path, text: Text) -> None:
    (root / "attempts" / f"{NAME}.py").write_text(page(text))


class Row(NamedTuple):
    """What a grading shows.

    Attributes:
        first: the exercise that it shows; "" if all are right.
        others: the other exercises that are wrong, in order.
        became_right: the exercises that it says are right now.
    """

    first: str
    others: tuple[str, ...]
    became_right: tuple[str, ...]


def expected(texts: Sequence[Text]) -> Iterator[Row]:
    """What each grading has to show, when each text is graded after the one before."""
    for before, now in zip((None, *texts), texts, strict=False):
        left = [tag for tag in TAGS if now[tag] != RIGHT[tag]]
        wrong = [tag for tag in left if now[tag] != "open"]
        changed = [tag for tag in left if before and before[tag] != now[tag]]
        first = next(iter([*changed, *wrong, *left]), "")
        was_right = [tag for tag in TAGS if before and before[tag] == RIGHT[tag]]
        became = [tag for tag in TAGS if tag not in (*left, *was_right)] if left else ()
        yield Row(first, tuple(tag for tag in wrong if tag != first), tuple(became))


def make_sequences(count: int) -> list[Text]:
    """Sequences of edits: skip one, break a later one, mend it, break two."""
    rng, texts = random.Random(54), [OPEN]
    for _ in range(count):
        skipped, later = sorted(rng.sample(TAGS, 2))
        at = TAGS.index(skipped)
        start = texts[-1] | {tag: RIGHT[tag] for tag in TAGS[:at]} | {skipped: "open"}
        broken = start | {later: rng.choice(WRONG)}
        mended = broken | {later: RIGHT[later]}
        two = mended | dict(zip(rng.sample(TAGS, 2), rng.sample(WRONG, 2), strict=True))
        texts += (start, broken, mended, two)
    # An editor that saves the same text again asks for nothing.
    return [
        now for last, now in zip((None, *texts), texts, strict=False) if now != last
    ]


def in_terminal(root: Path, texts: Sequence[Text]) -> Iterator[Row]:
    driver = (
        "import contextlib, io, json, pathlib, sys\n"
        "from grader.learner.application import Application\n"
        "from grader.cli.program import main\n"
        "from grader.sandbox import WorkerPool\n"
        # Otherwise each grading would import the libraries again.
        "Application.pool = pool = WorkerPool()\n"
        "pool.close = lambda: None\n"
        "pages, path = json.load(sys.stdin), pathlib.Path(sys.argv[1])\n"
        "sys.argv[1:] = ['grade', '1']\n"
        "shown = []\n"
        "for page in pages:\n"
        "    path.write_text(page)\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "        main()\n"
        "    shown.append(out.getvalue())\n"
        "WorkerPool.close(pool)\n"
        "json.dump(shown, sys.stdout)\n"
    )
    path = root / "attempts" / f"{NAME}.py"
    done = subprocess.run(
        [sys.executable, "-c", driver, str(path)],
        input=json.dumps([page(text) for text in texts]),
        cwd=root, env=ENVIRONMENT, stdout=subprocess.PIPE, encoding="utf-8", check=True,
    )  # fmt: skip
    for shown in json.loads(done.stdout):
        first = re.search(r"hint (1[a-d])", shown)
        yield row_in(shown, first[1] if first else "")


def in_watch(root: Path, texts: Sequence[Text]) -> Iterator[Row]:
    write(root, texts[0])
    how = {"cwd": root, "env": ENVIRONMENT, "encoding": "utf-8", "timeout": 300}
    terminal = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "watch", "1"], dimensions=(50, 200), **how
    )
    for text in texts:
        write(root, text)
        terminal.expect("q quit")
        shown = re.sub(r"\x1b\[[\d;]*m|\r", "", terminal.before)
        # The last line has the score and the verdict.
        first = re.search(r"of 100  \S (1[a-d]) ", shown)
        yield row_in(shown, first[1] if first else "")
    terminal.close(force=True)


def in_notebook(root: Path, texts: Sequence[Text]) -> Iterator[Row]:
    cells, places, before = ["%load_ext grader"], [], dict.fromkeys(TAGS, "")
    for text in texts:
        cells += [cell(tag, text[tag]) for tag in TAGS if text[tag] != before[tag]]
        places.append(len(cells))
        cells.append("%grade 1")
        before = text
    shown = Kernel(root).run_in_full(*cells)
    for place in places:
        words = "\n".join(map(plain, shown[place]))
        first = re.search(r"%hint (1[a-d])", words)
        yield row_in(words, first[1] if first else "")


def in_page(root: Path, texts: Sequence[Text]) -> Iterator[Row]:
    with serve(root) as client:
        for text in texts:
            for cell_now in json.loads(client.get("/lesson1/cells"))["cells"].items():
                _save(client, *cell_now, text)
            told = client.post("lesson1/grade")
            whole = html.unescape(told["whole"])
            first = re.search(
                r'class="next"><a class="button main" href="#(1[a-d])">', whole
            )
            assert told["next"] == (first[1] if first else "")
            others = re.findall(r'^<p><a href="#(1[a-d])"><b>', whole, re.MULTILINE)
            words = re.sub(r"<[^>]*>", "", whole)
            yield Row(told["next"], tuple(others), became_right(words))


def _save(client, number: str, known: dict[str, str], text: Text) -> None:
    tag = next((tag for tag, name in BY_TAG.items() if name in known["text"]), "")
    if tag and known["text"] != cell(tag, text[tag]):
        base, new = known["version"], cell(tag, text[tag])
        client.post("lesson1/save", number=int(number), base=base, text=new)


def row_in(shown: str, first: str) -> Row:
    """What a medium of text shows, in which each other wrong exercise has a line."""
    below = shown.partition("Also not right yet:")[2]
    others = re.findall(r"^(?:\S )?(1[a-d])(?::|  )", below, re.MULTILINE)
    return Row(first, tuple(others), became_right(shown))


def became_right(shown: str) -> tuple[str, ...]:
    said = re.search(r"^(1.*?) (?:is|are) right now", shown, re.MULTILINE)
    return tuple(re.findall(r"1[a-d]", said[1])) if said else ()


MEDIA: dict[str, Callable[[Path, Sequence[Text]], Iterator[Row]]] = {
    "terminal": in_terminal,
    "watch": in_watch,
    "notebook": in_notebook,
    "page": in_page,
}


@pytest.mark.slow
@pytest.mark.parametrize("medium", MEDIA)
def test_the_exercise_that_changed_is_the_one_shown(
    medium: str, tmp_path: Path
) -> None:
    texts = make_sequences(40)
    shown = list(MEDIA[medium](make_course(tmp_path), texts))
    assert shown == list(expected(texts))


# Each medium asks this function.


def graded(text: Text, **more: object) -> Report:
    """What a grading of a text comes to."""
    exercises = tuple(
        ExerciseResult(tag, "", 25, outcome_of(tag, body), ())
        for tag, body in text.items()
    )
    report = Report(NAME, "", "", page(text), 0, exercises, cells=dict(text))
    return replace(report, **more)  # type: ignore[arg-type]


def outcome_of(tag: str, body: str) -> Outcome:
    known = {"open": Outcome.NOT_ATTEMPTED, RIGHT[tag]: Outcome.PASSED}
    return known.get(body, Outcome.WRONG)


def focus_of(*gradings: Report) -> Focus:
    """The focus after these gradings, the first of them first."""
    whole = next((x for x in reversed(gradings) if not x.partial), FIRST)
    latest = {one.tag: one for one in whole.exercises}
    latest |= {x.tag: x for one in gradings if one.partial for x in one.exercises}
    return find_focus(tuple(latest.values()), gradings[::-1])


def only(tag: str, report: Report) -> Report:
    own = tuple(x for x in report.exercises if x.tag == tag)
    return replace(report, exercises=own, partial=tag)


RIGHT_A = OPEN | {"1a": RIGHT["1a"]}
BAD_A = OPEN | {"1a": WRONG[0]}
BAD_AC = BAD_A | {"1c": WRONG[0]}
BAD_ACD = BAD_AC | {"1d": WRONG[0]}
GOOD_B = BAD_AC | {"1b": RIGHT["1b"]}
FIRST = graded(OPEN)
FAILED_FILE = Finding("SyntaxError: invalid syntax")


@pytest.mark.parametrize(
    ("gradings", "tag", "is_in_full"),
    [
        pytest.param([FIRST], "1a", False, id="nothing is attempted"),
        pytest.param([graded(BAD_AC)], "1a", True, id="no grading before"),
        pytest.param([FIRST, graded(OPEN | {"1c": "x"})], "1c", True, id="one skipped"),
        pytest.param([graded(BAD_A), graded(BAD_AC)], "1c", True, id="a later one"),
        pytest.param(
            [graded(BAD_A), graded(BAD_AC), graded(BAD_AC)], "1c", True, id="again"
        ),
        pytest.param(
            [graded(BAD_A), graded(BAD_AC), graded(GOOD_B)], "1a", True, id="mended"
        ),
        pytest.param(
            [graded(BAD_A), graded(BAD_ACD)], "1c", True, id="the first of two"
        ),
        pytest.param(
            [FIRST, graded(OPEN | {"1c": RIGHT["1c"]})], "1a", False, id="none is wrong"
        ),
        pytest.param(
            [graded(BAD_A), graded(BAD_AC), only("1a", graded(BAD_AC))],
            "1a", True, id="the one that was chosen",
        ),
        pytest.param(
            [graded(BAD_A), only("1c", graded(BAD_AC)), graded(BAD_AC)],
            "1c", True, id="the whole lesson after one exercise",
        ),
        pytest.param(
            [graded(BAD_A), only("1c", graded(BAD_ACD)), graded(BAD_ACD)],
            "1d", True, id="what was written, but not graded with the one chosen",
        ),
        pytest.param(
            [
                graded(BAD_A | {"1c": RIGHT["1c"]}),
                graded(BAD_AC, cells=BAD_A | {"1c": RIGHT["1c"]}),
            ],
            "1c", True, id="broken by a cell of no exercise",
        ),
        pytest.param(
            [graded(BAD_A, cells={}), graded(BAD_AC, cells={})],
            "1c", True, id="a file without cells",
        ),
        pytest.param(
            [graded(BAD_A), graded(BAD_AC), graded(BAD_ACD, is_of_class=True)],
            "1c", True, id="the class is graded",
        ),
        pytest.param(
            [graded(BAD_A), graded(BAD_ACD, problem=FAILED_FILE), graded(BAD_AC)],
            "1c", True, id="a file that did not load between",
        ),
        pytest.param(
            [graded(BAD_AC), only("1b", graded(GOOD_B))],
            "1c", True, id="the next after a right one, not a wrong one before it",
        ),
        pytest.param(
            [graded(BAD_A), only("1b", graded(BAD_A | {"1b": RIGHT["1b"]}))],
            "1c", False, id="the next after a right one is open",
        ),
        pytest.param(
            [graded(RIGHT | {"1a": WRONG[0]}), only("1b", graded(RIGHT))],
            "1a", True, id="only one before a right one is left",
        ),
        pytest.param(
            [graded(RIGHT_A), only("1d", graded(RIGHT_A))],
            "1d", True, id="one that was chosen while it is empty",
        ),
        pytest.param(
            [only("1a", graded(RIGHT_A)), only("1d", graded(RIGHT_A)), graded(RIGHT_A)],
            "1b", False, id="the first that is open, not one that was graded empty",
        ),
        pytest.param(
            [
                graded(RIGHT_A | {"1d": WRONG[0]}),
                only("1d", graded(RIGHT_A)),
                graded(RIGHT_A),
            ],
            "1d", True, id="one that was emptied",
        ),
        pytest.param([FIRST, graded(RIGHT)], "", False, id="all are right"),
    ],
)  # fmt: skip
def test_the_focus_is_what_was_changed_last(
    gradings: list[Report], tag: str, is_in_full: bool
) -> None:
    focus = focus_of(*gradings)
    assert (focus.tag, focus.is_in_full) == (tag, is_in_full)


def test_the_focus_after_every_edit_of_the_sequences() -> None:
    texts = make_sequences(400)
    reports = list(map(graded, texts))
    for number, row in enumerate(expected(texts)):
        focus = focus_of(*reports[max(0, number - 5) : number + 1])
        became = focus.became_right if focus.tag else ()
        assert (focus.tag, became) == (row.first, row.became_right)


def test_what_became_right_or_wrong_is_since_it_was_last_graded() -> None:
    focus = focus_of(
        graded(BAD_AC | {"1d": RIGHT["1d"]}),
        only("1c", graded(BAD_AC | {"1c": RIGHT["1c"]})),
        graded(GOOD_B | {"1c": RIGHT["1c"]}),
    )
    assert (focus.became_right, focus.became_wrong) == (("1b",), ("1d",))


# Where a grading leads, afterwards.


def test_hint_overview_and_first_page_lead_to_it(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    for text in (BAD_A, BAD_AC):
        write(root, text)
        command(root, "grade", "1")
    assert "1c  hint 1 of 3" in command(root, "hint", "1")
    assert "1c  hint 2 of 3" in command(root, "hint")
    assert "Next: 1c  Title of 1c" in command(root, "overview")
    with serve(root) as client:
        assert '<a class="button main" href="/lesson1#1c">Continue at 1c</a>' in (
            client.get("/")
        )
    *_, hint = Kernel(root).run("%load_ext grader", "%grade 1a", "%hint")
    assert "1a, hint 1 of 3" in plain(hint)


def test_a_right_exercise_leads_to_the_next(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    with serve(root) as client:
        for tag, body, following in (
            ("1b", WRONG[0], "1b"),
            ("1a", RIGHT["1a"], "1b"),
            ("1b", RIGHT["1b"], "1c"),
        ):
            number = str(2 * TAGS.index(tag) + 2)
            client.save(cell(tag, body), number)
            told = client.post("lesson1/grade", exercise=tag)
            assert told["next"] == following
            onward = f'href="#{following}">Next: {following} '
            assert (onward in told["exercises"][tag]["html"]) == (body == RIGHT[tag])
    *_, shown = Kernel(root).run(
        "%load_ext grader", cell("1a", RIGHT["1a"]), "%grade 1a"
    )
    assert "Next: 1c  Title of 1c  %grade 1c" in plain(shown)


def test_an_exercise_graded_empty_does_not_hide_those_before_it(
    tmp_path: Path,
) -> None:
    with serve(make_course(tmp_path)) as client:
        client.save(cell("1a", RIGHT["1a"]), "2")
        assert client.post("lesson1/grade", exercise="1a")["next"] == "1b"
        assert client.post("lesson1/grade", exercise="1d")["next"] == "1d"
        told = client.post("lesson1/grade")
        assert told["next"] == "1b"
        assert 'href="#1b">Next: 1b ' in told["whole"]
        assert ">Continue at 1b</a>" in client.get("/")


def test_next_is_the_lesson_that_was_worked_on_last(tmp_path: Path) -> None:
    root = make_course(tmp_path, lessons=5)

    def write_lesson(number: int, text: Text) -> None:
        path = root / "attempts" / f"{NAME.replace('1', str(number))}.py"
        path.write_text(renumbered(page(text), number))

    def onward() -> tuple[str, str]:
        with serve(root) as client:
            index = client.get("/")
        link = re.search(r'class="button main" href="/([^"]*)">', index)
        step = re.search(r"^ .*?((?:grade|start) \S+)$", overview(), re.MULTILINE)
        assert link
        assert step
        return link[1], step[1]

    def overview() -> str:
        return command(root, "overview").partition("Next:")[2]

    assert onward() == ("lesson1", "start lesson1")
    for number in (3, 4):
        write_lesson(number, BAD_A)
        command(root, "grade", str(number))
        time.sleep(1.1)  # gradings have their time in whole seconds
    assert onward() == ("lesson4#4a", "grade lesson4")
    write_lesson(4, RIGHT)
    command(root, "grade", "4")
    assert onward() == ("lesson5", "start lesson5")
    write_lesson(5, RIGHT)
    time.sleep(1.1)
    command(root, "grade", "5")
    assert onward() == ("lesson1", "start lesson1")
    time.sleep(1.1)
    write_lesson(2, BAD_A)
    assert onward() == ("lesson2#2a", "grade lesson2")


def test_a_room_shows_it_and_a_regrading_of_the_class_does_not_change_it(
    tmp_path: Path,
) -> None:
    root, folder = make_course(tmp_path), tmp_path / "room"

    with serve_room(root, folder) as room:
        ada = room.learner("Ada")
        back = room.membership.joined[0].return_code
        for tag in ("1a", "1c"):
            write_in_room(ada, tag, WRONG[0])
            assert grade_in_room(ada, tag)["next"] == tag
        assert where(room, ada) == ("1c", "1c")
        write_in_room(ada, "1d", WRONG[0])
    found = submissions.find(folder, catalog.lessons(root)).submissions
    with Gradebook(gradebook_path(folder)) as book:
        grade_class(found, book, jobs=0, root=root)
        assert len(list(book.gradings())) == 3
    with serve_room(root, folder) as room:
        again = room.asker()
        assert again.fill_in("/return", return_code=back)[0] == 303
        assert where(room, again) == ("1c", "1c")
        # Ada's own next grading is about what she wrote.
        assert grade_in_room(again)["next"] == "1d"
        assert where(room, again) == ("1d", "1d")


def write_in_room(asker: Asker, tag: str, body: str) -> None:
    number = str(2 * TAGS.index(tag) + 2)
    base = json.loads(asker.get("/lesson1/cells"))["cells"][number]["version"]
    text = cell(tag, body)
    asker.post("/lesson1/save", number=int(number), base=base, text=text)


def where(room: Served, learner: Asker) -> tuple[str, str]:
    """The exercise at which the instructor's and the learner's own page see somebody."""
    rows = instructor(room).get("/instructor/now")
    seen = re.search(r'<td data-label="at">(1.)', rows)
    own = re.search(r"Continue at (1.)", learner.get("/"))
    assert seen
    assert own
    return seen[1], own[1]


def grade_in_room(asker: Asker, exercise: str = "") -> dict:
    """Grade, as soon as the room takes another grading."""
    asked = json.dumps({"exercise": exercise} if exercise else {})
    until_s = time.monotonic() + LONGEST_S
    while time.monotonic() < until_s:
        status, _, said = asker.ask("POST", "/lesson1/grade", asked)
        if status != 429:
            assert status == 200, said
            return json.loads(said)
        time.sleep(0.1)
    raise AssertionError("never graded")
