"""Exercises that are declared in one call: dicts, and functions like the solution's."""

from __future__ import annotations

import pytest

from grader.checks import value
from grader.document import catalog, page_builder
from grader.errors import BrokenLesson
from grader.judge.loading import exercises_of, load_module, place_of_check
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.conftest import Toy
from tests.grading import grade_attempt

PAGE = """\
# %% [markdown]
# # Lesson 1  Toy
# ## 1a  A table  (60 points)
# ## 1b  A mean  (40 points)

# %% id="1a"
T = {"sum": 4.0, "who": "b", "p": 0.5, "why": "words of mine", "pair": [1, 2], "n": 3}

# %% id="1b"
def mean(numbers, weight):
    # BEGIN SOLUTION
    return weight * sum(numbers) / len(numbers)
    # END SOLUTION
"""
CHECKS = """\
from grader.checks import entry, expect, fixture, same_as_solution, value


@fixture
def factor():
    return 2.0


def is_a_pair(answer):
    answer.its("length", len).equals(2)


table = value(
    "T",
    {
        "sum": entry(4, "You know both.", within=0.01, check="both", wrong={8: "Halve it."}),
        "who": entry("b", of="abc", check="both", wrong={"second": ("c", "Not c.")}),
        "p": entry(between=(0.4, 0.6), sentence="You know p."),
        "why": entry(asks="why is that so?", sentence="You say why."),
        "pair": entry(is_a_pair, "It is a pair."),
        "n": 3,
    },
    hints=("a", "b", "c"),
)
mean = same_as_solution(
    "mean",
    lambda rng, factor: [(row, factor) for row in rng.normal(size=(2, 4)).tolist()],
    hints=("a", "b", "c"),
)
mean.same_as_solution(
    "It is right for whole numbers.",
    [([1, 2], 1), ([4], 3)],
    check="of_whole_numbers",
    compare=lambda answer, want: expect(answer).equals(want),
)
"""


@pytest.fixture
def lesson(toy: Toy) -> catalog.Lesson:
    found = catalog.find("lesson1", toy.root)
    found.solution.write_text(PAGE)
    found.checks.write_text(CHECKS)
    page_builder.write_pages(toy.root)
    return found


def graded(
    lesson: catalog.Lesson, warm: WorkerFactory, old: str = "", new: str = ""
) -> tuple[ExerciseResult, ...]:
    assert old in PAGE
    mine = lesson.folder.parents[1] / "mine.py"
    mine.write_text(PAGE.replace(old, new, 1))
    return grade_attempt(lesson, mine, seed=3, warm=warm).exercises


def test_the_checks_of_a_dict_are_those_of_its_entries(lesson: catalog.Lesson) -> None:
    table, mean = exercises_of(load_module(lesson.checks, "toy"))
    assert [(one.name, one.sentence) for one in table.checks] == [
        ("both", "You know both."),
        ("p", "You know p."),
        ("why", "You say why."),
        ("pair", "It is a pair."),
        ("n", 'T["n"] is right.'),
    ]
    assert [(one.tag, one.target) for one in table.mistakes] == [
        ("1a.sum_8", 'T["sum"]'),
        ("1a.second", 'T["who"]'),
    ]
    assert [one.name for one in mean.checks] == ["same_as_solution", "of_whole_numbers"]
    line = CHECKS[: CHECKS.index("table = value(")].count("\n") + 1
    place = place_of_check(table.checks[0])
    assert place == f"lessons/lesson1_toy/checks.py, line {line}"


def test_right_answers_pass(lesson: catalog.Lesson, warm: WorkerFactory) -> None:
    assert [one.outcome for one in graded(lesson, warm)] == [Outcome.PASSED] * 2


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"sum": 4.0', '"sum": 4.2', "4.2"),
        ('"sum": 4.0', '"sum": 8.0', "Halve it."),
        ('"who": "b"', '"who": "c"', "Not c."),
        ('"p": 0.5', '"p": 0.7', "0.7"),
        ("words of mine", "no", "why is that so?"),
        ("[1, 2]", "[1, 2, 3]", "length"),
        ('"n": 3', '"n": 4', "4"),
    ],
)
def test_each_entry_is_judged(
    lesson: catalog.Lesson, warm: WorkerFactory, old: str, new: str, sentence: str
) -> None:
    table, mean = graded(lesson, warm, old, new)
    assert (table.outcome, mean.outcome) == (Outcome.WRONG, Outcome.PASSED)
    finding = table.finding
    assert finding is not None
    words = [finding.sentence, finding.expected, finding.got, finding.look]
    words += [one.sentence for one in finding.mistakes]
    assert sentence in " ".join(map(str, words))


def test_a_function_that_differs_from_the_solution_is_wrong(
    lesson: catalog.Lesson, warm: WorkerFactory
) -> None:
    _, mean = graded(lesson, warm, "weight * sum", "sum")
    assert [one.outcome for one in mean.checks] == [Outcome.WRONG, Outcome.WRONG]


def test_an_exercise_outside_of_a_lesson_is_refused() -> None:
    with pytest.raises(BrokenLesson, match="T is outside of a lesson's files"):
        value("T", {"n": 3}, hints=("a", "b", "c"))
