"""A list of answers earns points for its right entries, and passes with all of them."""

from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome, Report
from grader.report.report_json import from_json, to_json
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

ROW_2 = ('"loss row 2": 1.609', '"loss row 2": -1.609')
ROW_4 = ('"loss row 4": 0.693', '"loss row 4": ...')
MEAN = ('"mean": 1.185', '"mean": "1,185"')


def graded(warm, lesson: str, *changes: tuple[str, str], page: bool = False) -> Report:
    found = catalog.find(lesson, ROOT)
    text = (found.page if page else found.solution).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    name = Path("mine.py")
    return grade_attempt(found, name, source=text.encode(), seed=3, warm=warm)


@pytest.mark.parametrize(
    ("changes", "outcome", "earned"),
    [
        ((ROW_2,), Outcome.WRONG, 15 * 6 // 7),
        ((ROW_4,), Outcome.NOT_ATTEMPTED, 15 * 6 // 7),
        ((ROW_2, ROW_4), Outcome.WRONG, 15 * 5 // 7),
        ((ROW_2, ROW_4, MEAN), Outcome.WRONG, 15 * 4 // 7),
        ((), Outcome.PASSED, 15),
    ],
)
def test_a_table_has_points_for_its_right_entries(warm, changes, outcome, earned):
    """Two of nine are on the page already."""
    report = graded(warm, "lesson3", *changes)
    table = report.exercises[0]
    assert (table.tag, table.outcome, table.earned) == ("3a", outcome, earned)
    assert report.score == 85 + earned
    assert report.has_passed is (outcome is Outcome.PASSED)
    assert table.is_right is (outcome is Outcome.PASSED)
    is_unfinished = outcome is Outcome.NOT_ATTEMPTED
    assert table.word == ("unfinished" if is_unfinished else outcome.word)
    again = from_json(to_json(report))
    assert (again.score, again.points_rule) == (report.score, 2)


@pytest.mark.parametrize("lesson", ["lesson1", "lesson3", "lesson6", "lesson10"])
def test_a_page_as_it_came_has_no_points(warm, lesson):
    report = graded(warm, lesson, page=True)
    assert (report.score, report.is_untouched) == (0, True)


def test_a_page_with_one_right_entry_is_not_untouched(warm):
    report = graded(warm, "lesson3", ('"mean": ...', '"mean": 1.185'), page=True)
    assert report.exercises[0].outcome is Outcome.NOT_ATTEMPTED
    assert (report.score, report.is_untouched) == (15 // 7, False)


def test_predictions_and_choices_have_them_too(warm):
    report = graded(warm, "lesson12", ('"ECE": 0.16', '"ECE": 0.7'))
    assert (report.exercises[0].earned, report.exercises[0].points) == (11, 15)


TABLE = """
from grader.checks import exercise, expect, lesson

LESSON = lesson()
table = exercise("T", hints=("a", "b", "c"))

@table.check
def knows_one_and_two(attempt):
    "It has one, two and their sum."
    one, two = attempt.entry("T", "one"), attempt.entry("T", "two")
    expect(one).equals(1)
    {more}
    expect(attempt.entry("T", "three")).equals(3)
"""
SOLVED = """# %% [markdown]
# ## 1a  A table  (100 points)
# %% id="1a"
# BEGIN SOLUTION
T = {"one": 1, "two": 2, "three": 3}
# END SOLUTION
"""


@pytest.mark.parametrize(
    ("more", "table", "earned"),
    [
        ("expect(two).equals(2)", '{"one": 1, "two": 5, "three": 3}', 66),
        ("expect(two).equals(2)", '{"one": 5, "two": 5, "three": 3}', 33),
        ("expect(two).equals(2)", '{"one": 5, "three": 3}', 33),
        ("expect(two).equals(2)", '{"one": 5, "two": 5, "three": 5}', 0),
        ("expect(two).equals(2)", '[1, 2, 3]', 0),
        # With the lesson's own "one" the check goes on, and what it asks for then isn't
        # known to be right.
        ("int(two.value)", '{"one": 5, "two": "x", "three": 3}', 0),
        ("expect(attempt.double(1)).equals(2)", '{"one": 5, "two": 2, "three": 3}', 0),
        ("expect(one).holds(two.value == 2, 'No.')", '{"one": 1, "two": 5, "three": 3}', 0),
    ],
)  # fmt: skip
def test_only_what_is_known_to_be_right_has_points(toy, warm, more, table, earned):
    toy.checks.write_text(TABLE.replace("{more}", more))
    (toy.root / "solutions" / "lesson1_toy.py").write_text(SOLVED)
    mine = toy.root / "mine.py"
    mine.write_text(f"T = {table}\n\ndef double(x):\n    return 2 * x\n")
    report = grade_attempt(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
    assert report.exercises[0].outcome is not Outcome.PASSED
    assert report.score == earned


def test_a_result_of_an_earlier_rule_has_all_of_its_points_or_none():
    wrong = ExerciseResult("1a", "A", 15, Outcome.WRONG, ())
    text = to_json(Report("lesson1", "T", "a.py", "00", 1, (wrong,)))
    text = text.replace(b'"partial_points": 0', b'"later": 0')
    assert from_json(text).score == 0
