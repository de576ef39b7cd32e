"""Teach, then tell: what mends a mistake comes the second time, or with a hint."""

import re

import pytest
from msgspec.structs import replace

from grader.checks.mutations import CATALOGUE
from grader.classroom.summary import MistakeCounts
from grader.course.document import catalog, page_builder
from grader.judge import loading
from grader.learner.gradebook import Gradebook
from grader.report import ExerciseResult, Finding, Mistake, Outcome, Report
from grader.report.feedback_policy import (
    cures_of,
    find_named_before,
    hold_back,
    tags_in,
)
from grader.report.report_text import report_lines
from grader.report.view import Block, NextCommands, NextStep, view_report
from grader.sandbox import WorkerFactory
from grader.web.drawing import draw_exercise
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

LESSON = catalog.find("lesson3", ROOT)
SEEN = "Your COLUMNS sum to 1. Each row is one image."
CURE = "Normalize over axis 1 (keepdims=True)."
OVER_COLUMNS = """
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=0)
"""
# Code that could be typed: a call with arguments, an argument, a place in an array.
PIECE = re.compile(
    r"[\w.]*\w\([^()]*(?:\([^()]*\)[^()]*)*\)|\w+\[[^\]]+\]|\b\w+=[\w\"-]+(?:\.\w+)*"
    r"|\w+ (?:[@/*+<>-]|==|<=|>=) \w+"
)
# These name what was seen, in the words of the text.
SEEN_ALL_THE_SAME = {
    "1g.takes_both_for_the_axes",
    "4f.softmax_is_the_same_there",
    "5a.exp_1000_in_float64_inf",
    "5a.exp_1000_in_float64_finite",
    "5a.inf_inf_inf",
    "10f.brackets forgotten",
    "10f.squares below",
    "7f.none_CategoricalCrossentropy_from_logits_True_one_hot_silently_wrong",
    "7f.none_CategoricalCrossentropy_from_logits_True_one_hot_error",
    "11c.1 - beta without the power",
    "11c.multiplied by 1 - beta^t",
    "11c.shares exchanged",
    "13b.each pair once",
    "13c.rows of rows",
}


NEXT_CELL = "\n\n# %%\nPAPER_Z ="


def graded(warm: WorkerFactory, below: str, elsewhere: str = "") -> Report:
    """The solution with another softmax below its own, and a text in another cell."""
    solution = LESSON.solution.read_text(encoding="utf-8")
    assert NEXT_CELL in solution
    source = solution.replace(NEXT_CELL, f"\n{below}{NEXT_CELL}") + elsewhere
    return grade_attempt(
        LESSON, LESSON.solution, source=source.encode(), exercise="3c", warm=warm
    )


def told(book: Gradebook, report: Report) -> str:
    """What is said of a report now; then it is remembered."""
    due = book.redact(report)
    book.record(report)
    return " ".join(report_lines(due))


def test_the_cure_comes_with_the_same_mistake_in_a_changed_exercise(
    warm, tmp_path
) -> None:
    report = graded(warm, OVER_COLUMNS)
    with Gradebook(tmp_path / "book.sqlite") as book:
        first = told(book, report)
        assert SEEN in first
        assert CURE not in first
        assert CURE not in told(book, report), "the same file is the same attempt"
        same_cell = graded(warm, OVER_COLUMNS, elsewhere="# Something else.\n")
        assert same_cell.attempt_sha256 != report.attempt_sha256
        assert CURE not in told(book, same_cell), "another exercise was changed"
        other_way = OVER_COLUMNS.replace("e / e.sum(axis=0)", "e / np.sum(e, axis=0)")
        assert f"{SEEN} {CURE}" in told(book, graded(warm, other_way))


def named(text: str, *mistakes: Mistake, partial: str = "") -> Report:
    """A report that names mistakes in 3d, whose cell has a text."""
    finding = Finding("", mistakes=mistakes)
    wrong = ExerciseResult("3d", "Losses", 10, Outcome.WRONG, (), finding)
    cells = {"3d": text}
    return Report(
        LESSON.name, "", "", f"{text}.", 1, (wrong,), cells=cells, partial=partial
    )


def test_several_slips_were_named_before_if_each_of_them_was() -> None:
    bits, sign = (
        Mistake(f"3d.{name}", "Seen.", (name,), cure="Do.") for name in ("bits", "sign")
    )
    both = Mistake("3d.bits+sign", "Seen.", ("bits", "sign"), cure="Do.")
    assert find_named_before(named("b", bits), [named("a", both)]) == {bits.tag}
    assert not find_named_before(named("b", both), [named("a", bits)])
    earlier = [named("a", bits), named("c", sign)]
    assert find_named_before(named("b", both), earlier) == {both.tag}
    assert not find_named_before(named("b", both), [named("b", both)] * 2)


def test_the_text_is_that_of_the_exercise_with_the_mistake() -> None:
    mistake = Mistake("3d.bits", "Seen.", ("bits",), cure="Do.")

    def used_by_3e(losses: str, mean: str) -> Report:
        report = named(losses, mistake)
        in_3e = replace(report.exercises[0], tag="3e")
        cells = {"3d": losses, "3e": mean}
        return replace(report, exercises=(in_3e,), cells=cells)

    first = used_by_3e("a", "x")
    assert not find_named_before(used_by_3e("a", "y"), [first])
    assert find_named_before(used_by_3e("b", "x"), [first]) == {mistake.tag}


def test_what_is_held_back_is_said_to_come_with_a_hint() -> None:
    mistake = Mistake("3d.bits", "Seen.", ("bits",), cure="Do.")
    commands = NextCommands("grade lesson3", "lesson3")
    said = "A hint also shows how to fix this mistake."
    report = named("a", mistake)
    (held,) = hold_back(report).exercises
    steps = [x for x in view_report(hold_back(report), commands) if is_step(x)]
    assert steps[-1] == NextStep(f"Stuck? {said}", ("hint 3d",))
    assert said in draw_exercise(held)
    for shown in (
        hold_back(report, {mistake.tag}),
        hold_back(report, hinted={"3d"}),
        hold_back(named("a", replace(mistake, cure=""))),
    ):
        steps = [x for x in view_report(shown, commands) if is_step(x)]
        assert steps[-1] == NextStep("Stuck? There are hints.", ("hint 3d",))
        assert said not in draw_exercise(shown.exercises[0])


def is_step(block: Block) -> bool:
    return isinstance(block, NextStep)


def test_another_mistake_is_named_for_the_first_time(warm, tmp_path) -> None:
    no_axis = OVER_COLUMNS.replace("axis=0", "axis=-1")
    with Gradebook(tmp_path / "book.sqlite") as book:
        told(book, graded(warm, OVER_COLUMNS))
        other = graded(warm, no_axis)
        assert tags_in(other) == {"3c.keepdims_forgotten"}
        assert "Pass keepdims=True" not in told(book, other)


def test_the_cure_comes_with_a_hint_of_its_exercise(warm, tmp_path) -> None:
    report = graded(warm, OVER_COLUMNS)
    with Gradebook(tmp_path / "book.sqlite") as book:
        book.next_hint(report.lesson, "3d", 3)
        assert CURE not in told(book, report)
        book.next_hint(report.lesson, "3c", 3)
        assert CURE in told(book, report)
    assert cures_of(report, "3c") == (CURE,)
    assert cures_of(report, "3d") == ()


def test_two_mistakes_at_once_have_the_cures_of_both(warm) -> None:
    lesson = catalog.find("lesson10", ROOT)
    below = """
def weighted_cross_entropy(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float((y * np.asarray(w) * np.log2(p)).sum(axis=1).mean())
"""
    source = lesson.solution.read_text(encoding="utf-8") + below
    report = grade_attempt(
        lesson, lesson.solution, source=source.encode(), exercise="10b", warm=warm
    )
    (mistake,) = report.exercises[0].finding.mistakes
    assert set(mistake.slips) == {"bits", "missing minus"}
    assert "np.log" not in mistake.sentence
    assert mistake.cure == "Use the natural logarithm, np.log."
    (held,) = hold_back(report, (), ()).exercises[0].finding.mistakes
    assert (held.sentence, held.cure) == (mistake.sentence, "")


def test_a_forgotten_minus_is_one_mistake_in_3d_and_3e_alone_and_with_another(
    warm,
) -> None:
    counts = MistakeCounts()
    source = LESSON.solution.read_text(encoding="utf-8")
    each = "-(y * np.log(p)).sum(axis=1)"
    mean = "float(losses(y, p).mean())"
    for learner, exercise, edit in (
        ("ada", "3d", (each, "(y * np.log(p)).sum(axis=1)")),
        ("bob", "3d", (each, "(y * np.log2(p)).sum(axis=1)")),
        ("cyd", "3e", (mean, f"-{mean}")),
    ):
        assert edit[0] in source
        report = grade_attempt(
            LESSON,
            LESSON.solution,
            source=source.replace(*edit).encode(),
            exercise=exercise,
            warm=warm,
        )
        counts.add(learner, report.exercises[0])
    first = counts.sorted()[0]
    assert (first.name, first.people) == ("missing minus", "3 people, in 3d and 3e")


def squashed(text: str) -> str:
    return re.sub(r"\s", "", text)


def first_lines(number: int):
    """Of each mistake and slip of a lesson what is told first, beside its solution."""
    lesson = catalog.find(f"lesson{number}", ROOT)
    module = loading.load_module(lesson.checks, f"cures_of_lesson{number}")
    catalogue = {slip.sentence for slip in CATALOGUE}
    for exercise in loading.exercises_of(module):
        solved = page_builder.solution_code(lesson.solution, exercise.tag)
        code = re.sub(r'(?s)""".*?"""', "", solved)
        code = squashed(re.sub(r"(?m)#.*$", "", code))
        told = {known.tag: known.sentence for known in exercise.mistakes}
        slips = exercise.slip_set.slips if exercise.slip_set else ()
        told |= {
            f"{exercise.tag}.{slip.name}": slip.sentence
            for slip in slips
            if slip.sentence not in catalogue
        }
        for tag, sentence in told.items():
            yield tag, sentence.partition("\n")[0], code


@pytest.mark.parametrize("number", [one.number for one in catalog.lessons(ROOT)])
def test_what_is_told_first_holds_no_piece_of_the_solution(number: int) -> None:
    given = {
        tag: seen
        for tag, seen, code in first_lines(number)
        for piece in PIECE.findall(seen)
        if len(squashed(piece)) > 5 and squashed(piece) in code
    }
    assert set(given) <= SEEN_ALL_THE_SAME, given


def test_the_rule_sees_a_piece_of_the_solution() -> None:
    code = squashed("return e / e.sum(axis=-1, keepdims=True)")
    found = PIECE.findall("Each row is one photo: normalise with keepdims=True.")
    assert [piece for piece in found if squashed(piece) in code] == ["keepdims=True"]
