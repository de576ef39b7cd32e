"""moodle: the offline grading worksheet of one Moodle assignment.

Moodle finds a learner only by the participant number, and every assignment has new
participant numbers. So the safe way is to fill the worksheet that Moodle itself wrote.
"""

from __future__ import annotations

import html
import re
from collections import Counter

from msgspec.structs import replace

from grader.classroom.class_files import CsvValue, csv_bytes, csv_rows
from grader.classroom.export.common import (
    KEEP,
    ExportFile,
    Filled,
    differs,
    require_choice,
    score_cell,
)
from grader.classroom.moodle_worksheet import Columns, find_columns, participant_number
from grader.classroom.records import (
    MOODLE,
    ClassResult,
    Learner,
    LearnerResult,
    LessonColumn,
)
from grader.common.errors import Misuse
from grader.common.sanitize import clean_line
from grader.report import Report
from grader.report.report_text import report_lines

# The end of a note about learners whose number in Moodle isn't known.
WITHOUT_NUMBER = (
    "the cell under Identifier is empty, and Moodle finds nobody by anything else. "
    "With --worksheet and the assignment's own grading worksheet, which has the "
    "numbers, people are matched here by name or address."
)
# The beginning of each comment that `feedback` makes.
_FROM_HERE = re.compile(r"[\d.]+ of \d+ points")
# The columns of a worksheet that is made without one, each with its meaning.
COLUMNS = {
    "Identifier": "`Participant` and the number in this assignment; empty if it isn't "
    "known",
    "Full name": "the learner's name",
    "Email address": "their address",
    "Status": "`Submitted for grading`, or `No submission`",
    "Grade": "the score to hand over; empty if there is none",
    "Maximum Grade": "the lesson's points",
    "Grade can be changed": "`Yes`",
    "Last modified (submission)": "`-`",
    "Last modified (grade)": "`-`",
    "Feedback comments": "the feedback in simple HTML",
}


def files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return a worksheet that is made without one from Moodle.

    Raises:
        Misuse: if the class has several lessons, because the numbers differ for each.
    """
    lesson = _only_lesson(result)
    rows = [_row(one, lesson) for one in result.learners]
    return (ExportFile(_path(lesson), csv_bytes([list(COLUMNS), *rows])),)


def fill(result: ClassResult, worksheet: bytes, existing: str = "") -> Filled:
    """Return Moodle's worksheet with grades and feedback filled in.

    Headings (in any language), rows and dates stay as they are, so that Moodle
    recognises its file and can refuse entries that have changed since.

    Args:
        result: the grades of a class, for one lesson.
        worksheet: the CSV file that Moodle exported.
        existing: whether to `KEEP` or `REPLACE` other grades and comments in it.

    Raises:
        Misuse: if the class has several lessons, the file isn't such a worksheet, or
            it has other grades and `existing` is "".
    """
    lesson = _only_lesson(result)
    header, *rows = csv_rows(worksheet) or [[]]
    columns = find_columns(header, rows)
    # Moodle knows a column by its heading, and only the English heading is known here.
    if columns.comments is None and header[0] == "Identifier":
        columns = replace(columns, comments=len(header))
        header = [*header, "Feedback comments"]
    found: set[str] = set()
    out: list[list[CsvValue]] = [list(header)]
    left: list[tuple[str, str]] = []
    often: Counter[str] = Counter()
    others: list[str] = []
    for row in rows:
        cells = (row + [""] * len(header))[: len(header)]
        name = (columns.who and cells[columns.who.start]) or cells[0]
        often[name] += 1
        learner_result = _learner_of(cells, columns, result)
        report = learner_result.report_of(lesson.name) if learner_result else None
        if learner_result and report:
            found.add(learner_result.learner.id)
            other = _other_grade(cells, columns, learner_result, report)
            if not (other and existing == KEEP):
                existing_comment = _own_comment(cells, columns)
                comment = existing_comment if existing == KEEP else ""
                cells = _with_grade(cells, columns, learner_result, report, comment)
                other = other or (existing_comment and "a comment")
            if other:
                others.append(f"{learner_result.learner.display_name} has {other}")
        elif any(row):
            left.append((name, cells[0]))
        out.append(list[CsvValue](cells))
    require_choice(existing, others, "the worksheet")
    absent = tuple(
        one.learner.display_name
        for one in result.learners
        if one.learner.id not in found and one.report_of(lesson.name)
    )
    return Filled(
        ExportFile(_path(lesson), csv_bytes(out)),
        _numbered_names(left, often),
        absent,
        _describe_other_points(lesson, columns, rows),
        kept=tuple(others) if existing == KEEP else (),
    )


def _other_grade(
    cells: list[str], columns: Columns, one: LearnerResult, report: Report
) -> str:
    """Return the grade that a row has, if it isn't the one to hand over; or ""."""
    score = score_cell(one, report.lesson)
    if not differs(cells[columns.grade], score):
        return ""
    return f"{cells[columns.grade]}, here {'none' if score == '' else score}"


def _own_comment(cells: list[str], columns: Columns) -> str:
    """Return the comment that a row has, unless `feedback` has made it; or ""."""
    comment = "" if columns.comments is None else cells[columns.comments]
    return "" if _FROM_HERE.match(comment.strip()) else comment


def _numbered_names(
    left: list[tuple[str, str]], often: Counter[str]
) -> tuple[str, ...]:
    """Return the names; those that several people share have the participant number."""
    return tuple(
        f"{name} ({participant})" if often[name] > 1 else name
        for name, participant in left
    )


def feedback(learner_result: LearnerResult, report: Report) -> str:
    """Return the report as the simple HTML that Moodle keeps as a comment."""
    lines = report_lines(report, learner_result.score_lines(report))
    return "<br>".join(map(_as_html, lines)).replace("</pre><br>", "</pre>")


def _as_html(line: str) -> str:
    """Return a line as HTML; one with several lines, such as a matrix, keeps them."""
    words = html.escape(line)
    if "\n" not in line and not line.startswith(" "):
        return words
    whole = words.replace("\n", "<br>")
    return f"<pre>{whole}</pre>"


def _only_lesson(result: ClassResult) -> LessonColumn:
    lessons = result.lessons
    if len(lessons) != 1:
        raise Misuse(
            "Moodle numbers participants differently in every assignment, so a "
            f"worksheet is for one lesson; this class has {len(lessons)}. Name one: "
            f"--lesson lesson3"
        )
    return lessons[0]


def _describe_other_points(
    lesson: LessonColumn, columns: Columns, rows: list[list[str]]
) -> tuple[str, ...]:
    """Return a note if the assignment's points differ from the lesson's."""
    if columns.most is None:
        return ()
    cells = {row[columns.most] for row in rows if columns.most < len(row)}
    return tuple(x for cell in sorted(cells) for x in lesson.unequal_to(cell, "Moodle"))


def _path(lesson: LessonColumn) -> str:
    return f"moodle-{lesson.short_name}.csv"


def _row(learner_result: LearnerResult, lesson: LessonColumn) -> list[CsvValue]:
    learner, report = learner_result.learner, learner_result.report_of(lesson.name)
    number = learner.number_on(MOODLE)
    return [
        f"Participant {number}" if number.isdecimal() else "",
        clean_line(learner.display_name),
        clean_line(learner.email),
        "Submitted for grading" if report else "No submission",
        score_cell(learner_result, lesson.name),
        lesson.points,
        "Yes",
        "-",
        "-",
        feedback(learner_result, report) if report else "",
    ]


def _with_grade(
    cells: list[str], columns: Columns, one: LearnerResult, report: Report, comment: str
) -> list[str]:
    """Return a row with the grade, and with the comment or else the feedback."""
    written = list(cells)
    grade = str(score_cell(one, report.lesson))
    # A worksheet in another language may write decimals with a comma.
    has_comma = columns.most is not None and "," in cells[columns.most]
    written[columns.grade] = grade.replace(".", ",") if has_comma else grade
    if columns.comments is not None:
        written[columns.comments] = comment or feedback(one, report)
    return written


def _learner_of(
    cells: list[str], columns: Columns, result: ClassResult
) -> LearnerResult | None:
    """Return the learner in a row of a worksheet, or None if it isn't clear who."""
    number, words = participant_number(cells[0]), [cells[i] for i in columns.who]
    ways = (
        lambda learner: bool(number) and learner.number_on(MOODLE) == number,
        lambda learner: any(_same(learner.sis_id, word) for word in words),
        lambda learner: any(_same(learner.email, word) for word in words),
        lambda learner: any(_is_named(learner, word) for word in words),
    )
    for is_row_of in ways:
        matches = [one for one in result.learners if is_row_of(one.learner)]
        if matches:
            return matches[0] if len(matches) == 1 else None
    return None


def _is_named(learner: Learner, name: str) -> bool:
    return _same(learner.name, name) or _same(learner.id, name)


def _same(one: str, other: str) -> bool:
    return (
        bool(one.strip()) and clean_line(one).casefold() == clean_line(other).casefold()
    )
