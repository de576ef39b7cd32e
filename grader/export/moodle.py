"""moodle: the offline grading worksheet of one Moodle assignment.

Moodle finds a learner by the participant number alone, and numbers participants anew
in every assignment. So the safe way is to fill the worksheet that Moodle itself wrote.
"""

from __future__ import annotations

import html

from grader.errors import Misuse
from grader.export.records import (
    ClassResult,
    ExportFile,
    Filled,
    Learner,
    LearnerResult,
    LessonColumn,
    awarded,
)
from grader.export.tables import Cell, csv_bytes, csv_rows
from grader.export.words import one_line, report_lines
from grader.report import Report

COLUMNS = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
)
_NEEDED = ("Identifier", "Grade", "Last modified (grade)")


def files(result: ClassResult) -> tuple[ExportFile, ...]:
    """A worksheet made from nothing but the class.

    Raises:
        Misuse: the class has several lessons, for which the numbers cannot all hold.
    """
    lesson = _only_lesson(result)
    rows = [_row(one, lesson) for one in result.learners]
    return (ExportFile(_path(lesson), csv_bytes([COLUMNS, *rows])),)


def filled(result: ClassResult, worksheet: bytes) -> Filled:
    """The worksheet that Moodle wrote, with grades and feedback put in.

    Rows, columns and dates stay as they are, so that Moodle refuses what has been
    changed since.

    Raises:
        Misuse: the class has several lessons, or the file is not such a worksheet.
    """
    lesson = _only_lesson(result)
    header, *rows = csv_rows(worksheet) or [[]]
    if missing := [name for name in _NEEDED if name not in header]:
        raise Misuse(
            f"This is not a grading worksheet of Moodle: it has no column {missing[0]}."
            " Download one with the assignment's 'Download grading worksheet'."
        )
    if "Feedback comments" not in header:
        header = [*header, "Feedback comments"]
    found: set[str] = set()
    out: list[list[Cell]] = [list(header)]
    left: list[str] = []
    for row in rows:
        cells = dict(zip(header, row + [""] * len(header), strict=False))
        one = _learner_of(cells, result)
        report = one.report_of(lesson.name) if one else None
        if one and report:
            found.add(one.learner.id)
            cells |= _graded(report)
        elif any(row):
            left.append(cells.get("Full name") or cells["Identifier"])
        out.append([cells[name] for name in header])
    absent = tuple(
        one.learner.shown_name
        for one in result.learners
        if one.learner.id not in found and one.report_of(lesson.name)
    )
    file = ExportFile(_path(lesson), csv_bytes(out))
    return Filled(file, tuple(left), absent, _unequal(lesson, header, rows))


def feedback(report: Report) -> str:
    """The report as the small HTML that Moodle keeps as a comment."""
    return "<br>".join(html.escape(line) for line in report_lines(report))


def _only_lesson(result: ClassResult) -> LessonColumn:
    lessons = result.lessons
    if len(lessons) != 1:
        raise Misuse(
            "Moodle numbers participants anew in every assignment, so a worksheet is "
            f"for one lesson; this class has {len(lessons)}. Name one: --lesson lesson3"
        )
    return lessons[0]


def _unequal(
    lesson: LessonColumn, header: list[str], rows: list[list[str]]
) -> tuple[str, ...]:
    """What to say if the assignment is not worth what the lesson is."""
    most = [i for i, name in enumerate(header) if name.casefold() == "maximum grade"]
    cells = {row[i] for row in rows for i in most if i < len(row)}
    return tuple(x for cell in sorted(cells) for x in lesson.unequal_to(cell, "Moodle"))


def _path(lesson: LessonColumn) -> str:
    return f"moodle-{lesson.short_name}.csv"


def _row(one: LearnerResult, lesson: LessonColumn) -> list[Cell]:
    learner, report = one.learner, one.report_of(lesson.name)
    graded = _graded(report) if report else {"Grade": "", "Feedback comments": ""}
    return [
        f"Participant {learner.lms_id}" if learner.lms_id.isdecimal() else "",
        one_line(learner.shown_name),
        one_line(learner.email),
        "Submitted for grading" if report else "No submission",
        graded["Grade"],
        lesson.points,
        "Yes",
        "-",
        "-",
        graded["Feedback comments"],
    ]


def _graded(report: Report) -> dict[str, str]:
    score = awarded(report)
    grade = "" if score is None else str(score)
    return {"Grade": grade, "Feedback comments": feedback(report)}


def _learner_of(cells: dict[str, str], result: ClassResult) -> LearnerResult | None:
    """The one learner whom a row of a worksheet means; None when in doubt."""
    number = cells["Identifier"].rpartition(" ")[2]
    ways = (
        lambda learner: bool(learner.lms_id) and learner.lms_id == number,
        lambda learner: _same(learner.sis_id, cells.get("ID number", "")),
        lambda learner: _same(learner.email, cells.get("Email address", "")),
        lambda learner: _is_named(learner, cells.get("Full name", "")),
    )
    for is_meant in ways:
        matches = [one for one in result.learners if is_meant(one.learner)]
        if matches:
            return matches[0] if len(matches) == 1 else None
    return None


def _is_named(learner: Learner, name: str) -> bool:
    return _same(learner.name, name) or _same(learner.id, name)


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and one_line(one).casefold() == one_line(other).casefold()
