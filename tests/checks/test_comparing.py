"""What a function may be asked with and may answer, and how that is compared."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from grader.authoring.verify import verify
from grader.course.document import catalog, page_builder
from grader.report import ExerciseResult
from tests.support.grading import grade_attempt, said

pytestmark = pytest.mark.usefixtures("share_pool")

PAGE = '''# %% [markdown]
# # Lesson 1  Values

# %%
import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple


@dataclass
class Point:
    x: int
    y: float = 0.0
    seen: int = field(default=0, compare=False)

    def moved(self):
        return Point(self.x + 1, self.y)


class Pair(NamedTuple):
    a: int
    b: int


class Labelled:
    """Like a Series: an array of it has no labels."""

    def __init__(self, **items):
        self.index, self.values = list(items), list(items.values())

    def __array__(self, *_, **__):
        import numpy

        return numpy.array(self.values)

    def to_dict(self):
        return dict(zip(self.index, self.values))


# %% [markdown]
# ## 1a  Same  (100 points)

# %% id="1a"
def same(value):
    # BEGIN SOLUTION
    return value
    # END SOLUTION


# %%
def labelled():
    return Labelled(rain=0.25, sun=0.75)
'''
CHECKS = '''
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np

from grader.checks import exercise, expect, lesson

LESSON = lesson(imports=("numpy",))
same = exercise("same", hints=("a",))


@dataclass
class Point:
    x: int
    y: float = 0.0
    seen: int = field(default=0, compare=False)


@same.check
def gives_it_back(attempt, reference):
    """It is the same."""
    {check}
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "course.toml").write_text(
        "[house_rules]\nhints = 0\ncan_do = 0\nminutes = false\noutput = false\n"
        "text_lines = 0\ntext_width = 0\n"
    )
    (tmp_path / "lessons" / "lesson1_values" / "exercises").mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    return tmp_path


def course(root: Path, check: str, page: str = PAGE) -> catalog.Lesson:
    folder = root / "lessons" / "lesson1_values"
    (root / "solutions" / "lesson1_values.py").write_text(page)
    checks = CHECKS.replace("{check}", textwrap.indent(check, "    ").strip())
    (folder / "exercises" / "__init__.py").write_text(checks)
    page_builder.write_pages(root)
    return catalog.find("1", root)


def graded(root: Path, check: str, answer: str) -> ExerciseResult:
    """The result where `same` returns this expression instead of its argument."""
    lesson = course(root, check)
    source = PAGE.replace("return value", f"return {answer}").encode()
    return grade_attempt(lesson, lesson.solution, source=source, seed=7).exercises[0]


SAME = {
    "a set": "{1, 2}",
    "a set of tuples": "{(1, 2), (3, 4)}",
    "a frozenset": "frozenset('ab')",
    "bytes": "b'abc'",
    "a fraction": "Fraction(1, 3)",
    "a decimal": "Decimal('1.10')",
    "a dataclass": "Point(1, 2.5)",
    "a list of dataclasses": "[Point(1), Point(2)]",
    "a dict with tuples as keys": "{(0, 1): 'a', (1, 1): 'b'}",
    "a large integer": "2**100",
    "fractions in a list": "[Fraction(1, 3), 1]",
    "an array of text": "np.array(['a', 'b'])",
}


@pytest.mark.parametrize("value", SAME.values(), ids=SAME)
def test_a_value_goes_there_and_back_and_is_the_same(root: Path, value: str) -> None:
    check = f"expect(attempt.same({value})).equals({value})"
    result = graded(root, check, "value")
    assert str(result.outcome) == "passed", result


EQUAL = [
    ("{1, 2}", "frozenset({2, 1})"),
    ("Fraction(1, 2)", "0.5"),
    ("0.5", "Decimal('0.5')"),
    ("3", "Fraction(3)"),
    ("b'ab'", "bytearray(b'ab')"),
    ("Point(1, 2.0)", "Point(1, 2, 99)"),
    ("(1, 2)", "Pair(1, 2)"),
]
DIFFERENT = [
    ("{1, 2}", "[1, 2]", "{1, 2}", "[1, 2]"),
    ("{1, 2, 3}", "{1, 2, 4}", "{1, 2, 3}", "{1, 2, 4}"),
    ("b'abc'", "'abc'", "b'abc'", "'abc'"),
    ("Fraction(1, 3)", "1 / 3", "Fraction(1, 3)", "0.333333"),
    ("Decimal('1.1')", "1.1", "Decimal('1.1')", "1.100000"),
    (
        "Point(1, 2.0)",
        "Point(1, 3.0)",
        "Point(x=1, y=2.0, seen=0)",
        "Point(x=1, y=3.0, seen=0)",
    ),
    ("Point(1)", "Pair(1, 0)", "Point(x=1, y=0.0, seen=0)", "(1, 0)"),
]


@pytest.mark.parametrize(("want", "got"), EQUAL)
def test_values_are_equal_as_in_python(root: Path, want: str, got: str) -> None:
    result = graded(root, f"expect(attempt.same(0)).equals({want})", got)
    assert str(result.outcome) == "passed", result


@pytest.mark.parametrize(("want", "got", "expected", "shown"), DIFFERENT)
def test_values_that_differ_are_shown(
    root: Path, want: str, got: str, expected: str, shown: str
) -> None:
    result = graded(root, f"expect(attempt.same(0)).equals({want})", got)
    assert str(result.outcome) == "wrong"
    assert result.finding is not None
    assert (result.finding.expected, result.finding.got) == (expected, shown)


def test_a_fraction_is_close_to_a_number(root: Path) -> None:
    check = "expect(attempt.same(0)).close_to([1 / 3, 0.5])"
    result = graded(root, check, "[Fraction(1, 3), Decimal('0.5')]")
    assert str(result.outcome) == "passed"


VIA = {
    "a lambda": "answer.via(lambda series: series.to_dict())",
    "a lambda that uses a name of its check": (
        "answer.via(lambda series: {k: series.to_dict()[k] for k in names})"
    ),
    "twice": "answer.via(lambda series: series.to_dict()).via(dict)",
}


@pytest.mark.parametrize("how", VIA.values(), ids=VIA)
def test_via_makes_plain_data_where_the_object_is(root: Path, how: str) -> None:
    check = f"""
names = ["rain", "sun"]
answer = attempt.labelled()
expect({how}).equals({{"rain": 0.25, "sun": 0.75}})
"""
    assert str(graded(root, check, "value").outcome) == "passed"


def test_labels_are_never_lost(root: Path) -> None:
    check = "expect(attempt.labelled()).close_to([0.25, 0.75])"
    result = graded(root, check, "value")
    assert "an object of type Labelled" in said(result)


def test_via_with_an_answer_that_does_not_fit_is_the_learners_mistake(
    root: Path,
) -> None:
    check = "expect(attempt.same(0).via(lambda s: s.to_dict())).equals({})"
    result = graded(root, check, "None")
    assert str(result.outcome) == "wrong"
    assert said(result) == (
        "This is None, and the check can't use it (AttributeError: 'NoneType' object "
        "has no attribute 'to_dict')."
    )


def test_methods_of_a_dataclass_are_called_via(root: Path) -> None:
    check = "expect(attempt.same(Point(1)).via(lambda p: p.moved())).equals(Point(2))"
    assert str(graded(root, check, "value").outcome) == "passed"


# What an author writes in a check, and what dev.verify says of it.
REFUSED = {
    "an expected object": (
        "expect(attempt.same(1)).equals(object())",
        "No answer can equal this: an object can't be sent.",
    ),
    "a Series as an expected value": (
        "expect(attempt.labelled()).equals(reference.labelled())",
        "answer.via(function) turns an answer into plain data.",
    ),
    "a Series that it should be close to": (
        "expect(attempt.labelled()).close_to(reference.labelled())",
        "Expect numbers; this is a Labelled. answer.via(function) turns",
    ),
    "an object as an argument": (
        "expect(attempt.same(object())).equals(1)",
        "an object can't be sent. Send plain data, from which a function of the page "
        "makes it.",
    ),
    "nan": (
        "expect(attempt.same(1)).close_to(float('nan'))",
        "No answer can be close to nan.",
    ),
    "nan in a list": (
        "expect(attempt.same(1)).equals([float('nan')])",
        "No answer can equal [np.nan]: it isn't equal to itself.",
    ),
    "a shape in a list": (
        "expect(attempt.same(1)).has_shape([])",
        "Expect a tuple as shape, such as (5, 3); this is a list.",
    ),
    "a dtype that does not exist": (
        "expect(attempt.same(1)).has_dtype('flaot32')",
        "Expect the name of a dtype, such as \"int64\"; this is 'flaot32'.",
    ),
    "another name of a dtype": (
        "expect(attempt.same(1)).has_dtype('float')",
        'Do you mean "float64"?',
    ),
    "a choice that is not among the others": (
        "expect(attempt.same(1)).is_choice('d', of='abc')",
        "The right choice, 'd', isn't among ['a', 'b', 'c'].",
    ),
    "no choices": ("expect(attempt.same(1)).one_of([])", "there are none."),
    "bounds in the wrong order": (
        "expect(attempt.same(1)).is_between(3, 1)",
        "No number is between 3 and 1.",
    ),
    "a method of an object that stays there": (
        "attempt.labelled().value.to_dict()",
        "answer.via(lambda value: value.to_dict())",
    ),
    "via with something that can't be sent": (
        "thing = object()\nattempt.same(1).via(lambda value: thing)",
        "it uses a object, which can't be sent there.",
    ),
    "an assert with an answer": (
        "assert attempt.same(1) == 1",
        "write expect(answer).equals(...)",
    ),
    "an assert that an answer differs": (
        "assert attempt.same(1) != 2",
        "write expect(answer).equals(...)",
    ),
    "an assert with a value": (
        "assert attempt.same(1).value == 2",
        "An assert says nothing to a learner; write expect(answer).equals(...).",
    ),
    "== after expect": (
        "expect(attempt.same(1)) == 1",
        "write expect(answer).equals(...)",
    ),
    "an assert around expect": (
        "assert expect(attempt.same(1)).equals(1)",
        "An assert says nothing to a learner; write expect(answer).equals(...).",
    ),
    "an exception without quotes": (
        "expect.raises(ValueError, attempt.same, 1)",
        'expect.raises takes the name of an exception, such as "ValueError".',
    ),
}


@pytest.mark.parametrize(("check", "words"), REFUSED.values(), ids=REFUSED)
def test_the_author_reads_what_cannot_work(root: Path, check: str, words: str) -> None:
    problems = verify(course(root, check)).problems
    # The last line of the check is the one.
    line = CHECKS[: CHECKS.index("{check}")].count("\n") + 1 + check.count("\n")
    place = f"lessons/lesson1_values/exercises/__init__.py, line {line}: "
    assert any(place in one and words in one for one in problems), problems
