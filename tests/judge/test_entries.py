"""In a table of answers each wrong entry is named, and its line is marked."""

from __future__ import annotations

from pathlib import Path

from grader.course.document import catalog
from grader.course.document.attempt_file import parse_attempt
from grader.report import EntryResult, ExerciseResult
from grader.report.sentences import remark_lines
from grader.sandbox import WorkerFactory
from grader.web.drawing import find_marked_lines
from tests.support.grading import grade_attempt
from tests.support.notebooks import to_notebook
from tests.support.project import ROOT


def graded(
    warm: WorkerFactory, tag: str, *changes: tuple[str, str], is_notebook: bool = False
) -> tuple[ExerciseResult, list[str]]:
    """The result of an exercise after these changes, and the lines of the file."""
    lesson = catalog.find(f"lesson{tag[:-1]}", ROOT)
    text = lesson.solution.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    content = to_notebook(text) if is_notebook else text
    name = "mine.ipynb" if is_notebook else "mine.py"
    document = parse_attempt(content.encode(), name)
    report = grade_attempt(
        lesson, Path(name), document=document, exercise=tag, warm=warm, seed=3
    )
    return report.exercises[0], text.split("\n")


ROW_2 = ('"loss row 2": 1.609', '"loss row 2": -1.609')
ROW_4 = ('"loss row 4": 0.693', '"loss row 4": 0.3')


def test_each_wrong_entry_is_named_and_each_line_is_marked(warm: WorkerFactory) -> None:
    result, lines = graded(warm, "3a", ROW_2, ROW_4)
    at = {one.target: one.line for one in result.entries}
    assert lines[at['PAPER["loss row 2"]'] - 1].strip().startswith('"loss row 2": -1')
    wrong = {one.target for one in result.entries if not one.is_right}
    assert wrong == {'PAPER["loss row 2"]', 'PAPER["loss row 4"]'}
    finding, second, fourth = result.finding, *sorted(at[one] for one in wrong)
    assert finding.line == second
    assert finding.sentence.startswith("loss row 2: ")
    assert finding.source.strip().startswith('"loss row 2"')
    assert remark_lines(result)[-1] == f"Also wrong: loss row 4 (line {fourth})."
    signs = dict(find_marked_lines(result))
    assert (signs[second], signs[fourth]) == ("✗", "✗")
    assert signs[second - 1] == "✓"
    assert len(signs) == len(result.entries)


def test_in_a_notebook_the_lines_are_those_of_its_cell(warm: WorkerFactory) -> None:
    result, _ = graded(warm, "3a", ROW_2, is_notebook=True)
    (wrong,) = [one for one in result.entries if not one.is_right]
    assert (wrong.cell, wrong.line) == (result.finding.cell, result.finding.line)
    assert wrong.cell > 0


def test_a_single_choice_between_two_is_named(warm: WorkerFactory) -> None:
    result, _ = graded(
        warm,
        "12a",
        ('"ECE": 0.16', '"ECE": 0.7'),
        ('"too bold": "above 1"', '"too bold": "below 1"'),
    )
    assert result.finding.sentence.startswith("ECE: ")
    (choice,) = [one for one in result.entries if one.is_two_way]
    words = f"Also not right yet: too bold (line {choice.line})."
    assert remark_lines(result)[-1] == words
    assert dict(find_marked_lines(result))[choice.line] == "≈"


def test_an_exercise_that_is_right_has_no_marks(warm: WorkerFactory) -> None:
    result, _ = graded(warm, "3a")
    assert (result.entries, find_marked_lines(result)) == ((), [])


def test_a_line_with_a_wrong_entry_is_wrong() -> None:
    entries = (EntryResult("A", True, line=3), EntryResult("B", False, line=3))
    result = ExerciseResult("1a", "", 5, "wrong", (), entries=(*entries, *entries[:1]))
    assert find_marked_lines(result) == [(3, "✗")]


def test_the_keys_of_a_table_without_an_entry_are_named(warm: WorkerFactory) -> None:
    result, _ = graded(warm, "3a", ('    "mean": 1.185', '    "average": 1.185'))
    assert result.outcome == "not attempted"
    assert result.finding.sentence.startswith('PAPER["mean"] is missing. The keys of ')


def test_an_entry_that_gets_another_value_later_has_no_line(
    warm: WorkerFactory,
) -> None:
    more = 'PAPER.update({"loss row 2": -1.609})\n\n\n# %% id="3b"'
    result, _ = graded(warm, "3a", ('# %% id="3b"', more))
    (wrong,) = [one for one in result.entries if not one.is_right]
    assert (wrong.line, result.finding.line) == (None, None)
    assert result.finding.sentence.startswith("loss row 2: ")
