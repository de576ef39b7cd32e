"""A lesson's natural attempts are graded by `dev.verify`, and each shows what it should."""

from __future__ import annotations

import pytest

from grader.authoring.verify import verify
from grader.authoring.verify.natural_attempts import read_attempts
from grader.course.document import catalog, page_builder
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

pytestmark = pytest.mark.usefixtures("share_pool")

ATTEMPTS = """
[[attempt]]
exercise = "1a"
code = '''
def double(x):
    return x * x
'''
told = "named 1a.squared"
says = "You squared it."

[[attempt]]
exercise = "1a"
code = '''
RIGHT
double = 0
'''
told = "said TypeError: 'int' object is not callable. Line N defines double, but"

[[attempt]]
exercise = "1a"
below = true
code = "def double(y): return y + y"
told = "right"
says = []
not_told = "squared"

[[attempt]]
exercise = "1a"
code = "def double(x): return x + 1"
outcome = "wrong"
says = ["not the expected", "expected value"]
not_told = ["squared", "cubed"]

[[attempt]]
exercise = "1b"
code = "def double(x): return x.y"
outcome = "raised"
"""


def problems(toy: Toy, attempts: str, only: str = "") -> list[str]:
    page_builder.write_pages(toy.root)
    (toy.checks.parent / "natural_attempts.toml").write_text(attempts)
    found = verify(catalog.find("1", toy.root), exercise=only).problems
    return [one for one in found if "natural_attempts.toml" in one]


def test_attempts_that_show_what_they_should_are_no_problem(toy: Toy) -> None:
    assert problems(toy, ATTEMPTS) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        (
            *("named 1a.squared", "named 1a.squa", 2),
            "the report has 'named 1a.squared', not 'named 1a.squa'",
        ),
        (
            *("You squared it.", "You cubed it.", 2),
            "You squared it.', not 'You cubed it.'",
        ),
        ('told = "right"', 'told = "said "', 19, "the report has 'right', not"),
        ("return y + y", "return y", 19, "the report has 'said "),
        ("Line N defines", "Line M defines", 11, "Line N defines double, but line N"),
        ("says = []", 'says = "Well"', 19, "the report says '', not 'Well'"),
        (
            *('"expected value"', '"expected number"', 27),
            "the report says 'This is not the expected value.', not 'expected number'",
        ),
        (
            *('"cubed"', '"not the"', 27),
            "says 'This is not the expected value.', and not_told has 'not the'",
        ),
        (
            *('"squared"\n', '"squared"\noutcome = "wrong"\n', 19),
            "it is passed, not wrong; it says ''",
        ),
        (
            *('"raised"', '"wrong"', 34),
            "it is raised, not wrong; it says \"AttributeError: 'int' object has",
        ),
        ('"raised"', '"wrong"\nsays = "x"', 34, "it is raised, not wrong"),
    ],
)
def test_an_attempt_that_shows_something_else_is_a_problem(
    toy: Toy, old: str, new: str, line: int, problem: str
) -> None:
    assert old in ATTEMPTS
    (found,) = problems(toy, ATTEMPTS.replace(old, new))
    tag = "1b" if line == 34 else "1a"
    assert f"natural_attempts.toml, line {line}: {tag}: " in found
    assert problem in found


def test_only_the_attempts_of_the_exercise_are_graded_that_is_proved(toy: Toy) -> None:
    wrong = ATTEMPTS.replace("named 1a", "named 1b")
    assert problems(toy, wrong, only="1b") == []
    assert len(problems(toy, wrong, only="1a")) == 1


def test_the_remark_on_a_right_answer_is_feedback(toy: Toy) -> None:
    toy.change_checks("three(attempt):", "three(attempt, remark):")
    toy.change_checks('"double(3) is 6."', '"It doubles."; remark("That is fast.")')
    row = '[[attempt]]\nexercise = "1b"\ncode = "RIGHT"\noutcome = "passed"\n'
    assert problems(toy, row + 'says = "is fast"') == []
    (found,) = problems(toy, row + 'not_told = "is fast"')
    assert "says 'That is fast.', and not_told has 'is fast'" in found


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("says = []", "say = []", "line 19: Object contains unknown field `say`"),
        ('outcome = "wrong"', 'outcome = "rong"', "line 27: Invalid enum value 'rong'"),
        ('outcome = "raised"', "", "line 34: it has none of the keys told, outcome"),
        (
            *(
                'outcome = "raised"',
                'not_told = "x"',
                "line 34: it has none of the keys",
            ),
        ),
        ('"cubed"', '""', "line 27: a text of says or not_told is empty"),
        ('"cubed"', "3", "line 27: Expected `str`, got `int` - at `$.not_told[1]`"),
        ('code = "def double(y)', 'cod = "def double(y)', "line 19: Object"),
        ('"right"', "right", "Invalid value"),
        ("\n[[attempt]]", "seed = 5\n[[attempt]]", "it has seed outside of an [["),
        ("[[attempt]]", "[[attempts]]", "it has attempts outside of an [[attempt]]"),
        ('exercise = "1b"', 'exercise = "1c"', "34: 1c: there is no such exercise"),
    ],
)
def test_a_list_that_cannot_be_read_is_a_problem(
    toy: Toy, old: str, new: str, problem: str
) -> None:
    assert old in ATTEMPTS
    (found,) = problems(toy, ATTEMPTS.replace(old, new))
    assert problem in found


def test_two_fifths_of_the_attempts_have_overwritten_names() -> None:
    attempts = [
        attempt
        for lesson in catalog.lessons(ROOT)
        for attempt in read_attempts(lesson)
        if not attempt.below
    ]
    codes = [attempt.code.strip() for attempt in attempts]
    outside = [code for code in codes if not code.startswith("def ") or "RIGHT" in code]
    assert len(codes) >= 150
    assert 5 * len(outside) >= 2 * len(codes)
