"""canvas: a file for Canvas's "Import grades".

The header has five columns that identify the learner, then one for each lesson. The
second row contains the points possible. Canvas finds a learner by ``ID``, then by
``SIS User ID``, then by ``SIS Login ID``, then by name. It finds an assignment by the
number that its own export writes in parentheses after the name, then by the name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

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
from grader.classroom.file_names import lesson_number_in, squash
from grader.classroom.records import (
    CANVAS,
    GITHUB,
    ClassResult,
    Learner,
    LessonColumn,
)
from grader.classroom.roster import identify, read_roster
from grader.classroom.submissions.learner_matching import disambiguate
from grader.classroom.submissions.notices import list_some
from grader.common.errors import Misuse
from grader.common.sanitize import clean_line

# The end of a note about learners whose number in Canvas isn't known.
WITHOUT_NUMBER = (
    "the cell under ID is empty. Canvas then goes by SIS User ID, SIS Login ID and "
    "name. With --worksheet and Canvas's own export, the number is taken from it."
)
_MOST_NAMES = 5
_NUMBERED = re.compile(r".*\S\s+\(\d+\)")
# A learner's id and a lesson's full name.
_Cell = tuple[str, str]
# The columns that say who it is, each with its meaning.
WHO = {
    "Student": "the learner's name; with `--worksheet`, as Canvas writes it",
    "ID": "their number in Canvas; empty if it isn't known",
    "SIS User ID": "their number in the institution's own records",
    "SIS Login ID": "the name that they log in with, or their address",
    "Section": "their group",
}


def files(result: ClassResult, column: str = "") -> tuple[ExportFile, ...]:
    """Return one CSV file for the class; a lesson not handed in is an empty cell.

    Args:
        result: the class.
        column: the assignment of the only lesson; "" to name each after its lesson.

    Raises:
        Misuse: if an assignment is named for several lessons.
    """
    return (fill(result, assignments(result, (), column)),)


def complete(
    result: ClassResult, exported: bytes, column: str = "", existing: str = ""
) -> Filled:
    """Return the file for the learners and assignments of a gradebook that Canvas
    exported.

    Args:
        result: the class.
        exported: the gradebook.
        column: the assignment of the only lesson, as Canvas writes it; "" to find
            each by its lesson's name.
        existing: whether to `KEEP` or `REPLACE` other scores in it.

    Raises:
        Misuse: if Canvas did not write that file, it has no such assignment, or an
            assignment is named for several lessons. Also if it has other scores, and
            `existing` is "".
    """
    header, *rows = csv_rows(exported) or [[]]
    # If Canvas has separate columns for first and last names, it also accepts a whole
    # name.
    first = "LastName" if "LastName" in header else "Student"
    if missing := [name for name in (first, "ID") if name not in header]:
        raise Misuse(
            f"This isn't a Canvas gradebook: it has no column {missing[0]}. Use the "
            f"file from Canvas's 'Export Entire Gradebook'."
        )
    if column and column not in header:
        raise Misuse(
            f"The gradebook from Canvas has no column {column!r}. "
            f"{_list_assignments(header)}"
        )
    roster = read_roster(exported)
    names = {one.lms_id: one.name for one in roster if one.lms_id}
    class_on_canvas = _as_canvas_names(identify(result, roster), names)
    graded = {
        one.learner.number_on(CANVAS) for one in class_on_canvas.learners if one.reports
    }
    columns = assignments(result, header, column)
    others = dict(
        _others(
            class_on_canvas, [dict(zip(header, x, strict=False)) for x in rows], columns
        )
    )
    require_choice(existing, list(others.values()), "Canvas")
    unchanged = others if existing == KEEP else {}
    return Filled(
        fill(class_on_canvas, columns, unchanged),
        tuple(
            one.display_name
            for one in disambiguate(roster)
            if not one.lms_id or one.lms_id not in graded
        ),
        tuple(
            one.learner.display_name
            for one in class_on_canvas.learners
            if one.reports and one.learner.number_on(CANVAS) not in names
        ),
        tuple(_describe_other_points(result, header, rows, columns)),
        tuple(_describe_missing_assignments(result, header, columns)),
        tuple(unchanged.values()),
    )


def _others(
    result: ClassResult, rows: Iterable[Mapping[str, str]], columns: Mapping[str, str]
) -> Iterator[tuple[_Cell, str]]:
    """Yield the cells in which Canvas has another score, with a sentence about it."""
    by_number = {row.get("ID", "").strip(): row for row in rows}
    for learner_result in result.learners:
        row = by_number.get(learner_result.learner.number_on(CANVAS), {})
        for lesson in result.lessons:
            score, cell = (
                score_cell(learner_result, lesson.name),
                row.get(columns[lesson.name], ""),
            )
            if score != "" and differs(cell, score):
                who = f"{learner_result.learner.display_name} has {cell}, here {score}"
                yield (learner_result.learner.id, lesson.name), who


def _as_canvas_names(result: ClassResult, names: Mapping[str, str]) -> ClassResult:
    """Return the class with each name as Canvas writes it, by their number there."""
    learners = []
    for learner_result in result.learners:
        name = (
            names.get(learner_result.learner.number_on(CANVAS))
            or learner_result.learner.name
        )
        learners.append(
            replace(learner_result, learner=replace(learner_result.learner, name=name))
        )
    return replace(result, learners=tuple(learners))


def fill(
    result: ClassResult, columns: Mapping[str, str], unchanged: Container[_Cell] = ()
) -> ExportFile:
    """Return the file with the lessons' assignments, by their full names.

    Canvas keeps its own score for an empty cell.
    """
    lessons = result.lessons
    possible: list[CsvValue] = ["    Points Possible", "", "", "", ""]
    rows: list[list[CsvValue]] = [
        [*WHO, *columns.values()],
        possible + [lesson.points for lesson in lessons],
    ]
    rows += [
        [
            *_learner_cells(one.learner),
            *(
                ""
                if (one.learner.id, lesson.name) in unchanged
                else score_cell(one, lesson.name)
                for lesson in lessons
            ),
        ]
        for one in result.learners
    ]
    return ExportFile("canvas.csv", csv_bytes(rows))


def _list_assignments(header: Sequence[str]) -> str:
    assignments = [cell for cell in header if _NUMBERED.fullmatch(cell)]
    if not assignments:
        return "It has no assignment with a number."
    return f"Its assignments are {list_some(assignments, _MOST_NAMES)}."


def _describe_missing_assignments(
    result: ClassResult, header: Sequence[str], columns: Mapping[str, str]
) -> Iterator[str]:
    """Yield a note about lessons for which Canvas has no assignment with that name."""
    has_any = any(map(_NUMBERED.fullmatch, header))
    for lesson in result.lessons:
        if columns[lesson.name] not in header:
            option = f"--lesson {lesson.short_name} --column"
            advice = f' To fill one of them, add {option} "NAME (NUMBER)".'
            which = f"{_list_assignments(header)}{advice if has_any else ''}"
            fits = _find_similar(lesson, header)
            if len(fits) == 1:
                which = f'Do you mean {fits[0]!r}? Then add {option} "{fits[0]}".'
            yield (
                f"Canvas's export has no assignment '{lesson.heading}'. Canvas finds "
                f"assignments by name, and would make a new one. {which}"
            )


def _find_similar(lesson: LessonColumn, header: Sequence[str]) -> list[str]:
    """Return the assignments whose names have the lesson's number or its title."""
    title = squash(lesson.title)
    return [
        cell
        for cell in header
        if _NUMBERED.fullmatch(cell)
        and (
            lesson_number_in(name := cell.rpartition("(")[0]) == lesson.number
            or title in squash(name)
        )
    ]


def _describe_other_points(
    result: ClassResult,
    header: list[str],
    rows: list[list[str]],
    columns: Mapping[str, str],
) -> Iterator[str]:
    """Yield a note about assignments whose points differ from those of their lesson."""
    # Canvas may put one of its rows above this one, and an empty one.
    possible = next((row for row in rows if row and "Points Possible" in row[0]), [])
    worth = dict(zip(header, possible, strict=False))
    for lesson in result.lessons:
        yield from lesson.unequal_to(worth.get(columns[lesson.name], ""), "Canvas")


def assignments(
    result: ClassResult, header: Sequence[str], column: str = ""
) -> dict[str, str]:
    """Return the name of each lesson's assignment, by the lesson's full name.

    Args:
        result: the class.
        header: the header of a gradebook that Canvas exported, or ().
        column: the assignment of the only lesson; "" to find each by its lesson's name.

    Raises:
        Misuse: if an assignment is named for several lessons.
    """
    lessons = result.lessons
    if not column:
        return {lesson.name: _assignment(lesson, header) for lesson in lessons}
    if len(lessons) != 1:
        raise Misuse(
            f"--column names the assignment of one lesson; this class has "
            f"{len(lessons)}. Add --lesson lesson3."
        )
    return {lessons[0].name: column}


def _assignment(lesson: LessonColumn, header: Sequence[str]) -> str:
    """Return the name of a lesson's assignment; spaces and signs may differ."""
    heading = squash(lesson.heading)
    numbered = (cell for cell in header if _NUMBERED.fullmatch(cell))
    fits = [x for x in numbered if squash(x.rpartition("(")[0]) == heading]
    exact = [x for x in fits if x.startswith(f"{lesson.heading} ")]
    return next(iter(exact or fits), lesson.heading)


def _learner_cells(learner: Learner) -> list[CsvValue]:
    # Canvas reads any ID as a number, and would treat "12ab" as learner 12.
    number = learner.number_on(CANVAS)
    number = number if number.isdecimal() else ""
    # A GitHub name may be somebody else's login.
    login = (learner.login if learner.lms != GITHUB else "") or learner.email
    words = (learner.display_name, number, learner.sis_id, login, learner.section)
    return [clean_line(word) for word in words]
