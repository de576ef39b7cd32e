"""Exercises that are declared in one call: dicts, and functions like the solution's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from grader.checks import entry, lesson_facts, value
from grader.common.errors import BrokenLesson
from grader.course.document import catalog, page_builder
from grader.course.document.cells import Cell
from grader.judge.fixtures import argument_names
from grader.judge.loading import exercises_of, load_module, place_of_check
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.support.declared import declared
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import Toy

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


def test_a_generator_of_cases_is_asked_about_in_every_grading() -> None:
    mean = declared("1a", "A mean", 10, "mean")
    mean.same_as_solution(
        "It is right.", (n for n in (1, 2)), compare=lambda *both: seen.append(both)
    )
    seen = list[tuple[int, int]]()
    own, theirs = SimpleNamespace(mean=lambda x: x), SimpleNamespace(mean=lambda x: -x)
    for _ in range(2):
        mean.checks[0].function(attempt=own, reference=theirs)
    assert seen == [(1, -1), (2, -2)] * 2


def test_a_function_of_cases_may_ask_for_the_solution_and_keep_defaults() -> None:
    mean = declared("1a", "A mean", 10, "mean")
    n = 3
    mean.same_as_solution(
        "It is right.",
        lambda reference, rng, n=n: [reference.start + rng + n],
        compare=lambda *both: seen.append(both),
    )
    seen = list[tuple[int, int]]()
    (check,) = mean.checks
    assert argument_names(check.function) == ("attempt", "reference", "rng")
    both = SimpleNamespace(mean=lambda x: x, start=100)
    check.function(attempt=both, reference=both, rng=20)
    assert seen == [(123, 123)]


def test_no_cases_are_a_fault_of_the_lesson() -> None:
    mean = declared("1a", "A mean", 10, "mean")
    said = "exercise 1a has no cases; give it at least one"
    with pytest.raises(BrokenLesson, match=said):
        mean.same_as_solution("It is right.", [])
    mean.same_as_solution("It is right.", lambda: iter(()))
    with pytest.raises(BrokenLesson, match=said):
        mean.checks[0].function(attempt=None, reference=None)


def test_a_generator_of_choices_is_read_in_every_grading() -> None:
    asked = entry("a", of=(letter for letter in "abc"))
    seen = list[list[str]]()
    answer = SimpleNamespace(is_choice=lambda right, of: seen.append(list(of)))
    for _ in range(2):
        asked.expect(answer)  # type: ignore[arg-type]
    assert seen == [["a", "b", "c"]] * 2


@pytest.mark.parametrize("keys", [("x > 0", "x < 0"), ("+",)])
def test_each_entry_needs_a_name_of_its_own(keys: tuple[str, ...]) -> None:
    entries = dict.fromkeys(keys, 1)
    with pytest.raises(BrokenLesson, match=r"gets no name of its own from the key"):
        declared(
            "1a", "A table", 10, "T", value, entries=entries, hints=("a", "b", "c")
        )
    named = dict.fromkeys(keys, entry(1, check="signs"))
    table = declared("1a", "A table", 10, "T", value, entries=named, hints=())
    assert [one.name for one in table.checks] == ["signs"]


def test_a_mistake_has_to_be_a_python_function() -> None:
    mean = declared("1a", "A mean", 10, "mean")
    with pytest.raises(
        BrokenLesson, match="total of exercise 1a isn't a Python function"
    ):
        mean.wrong_functions({"total": (sum, "Divide it.")})


SEVERAL = """\
# %% [markdown]
# ## 1a  The first  (60 points)
# ## 1b  The second  (40 points)

# %% id="1a"
T = {"a": 1}

# %% id="1b"
T |= {"b": 2}
"""


def test_a_dict_has_the_cell_with_its_keys(toy: Toy) -> None:
    lesson = catalog.find("lesson1", toy.root)
    lesson.solution.write_text(SEVERAL)
    lesson.checks.write_text(
        "from grader.checks import value\n"
        'second = value("T", {"b": 2}, hints=("a", "b", "c"))\n'
        'first = value("T", {"a": 1}, hints=("a", "b", "c"))\n'
    )
    second, first = exercises_of(load_module(lesson.checks, "toy"))
    assert (second.tag, second.title, second.points) == ("1b", "The second", 40)
    assert (first.tag, first.title, first.points) == ("1a", "The first", 60)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("B", "W, B = 1, 2"),
        ("W", "W: int = 1"),
        ("mean", "if True:\n    def mean(x):\n        return x"),
        ("T", "T |= {'a': 1}"),
        ('T["a"]', "T['a'] = 1"),
        ('T["a"]', "T |= {'a': 1}"),
        ('T["a"]', "T = {'a': 1}"),
    ],
)
def test_a_cell_binds_a_name_in_whatever_form(name: str, code: str) -> None:
    assert lesson_facts._binds(Cell(code, tag="1a"), name)
    assert not lesson_facts._binds(Cell(code), name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mean", "mean == 3"),
        ("mean", "print(mean)"),
        ("mean", "def total(x):\n    mean = x"),
        ('T["b"]', "T['a'] = 1"),
        ('T["a"]', "print(T['a'])"),
    ],
)
def test_a_cell_that_mentions_a_name_does_not_bind_it(name: str, code: str) -> None:
    assert not lesson_facts._binds(Cell(code, tag="1a"), name)
