"""canvas: a file for Canvas's "Import grades".

The header has five columns that identify the learner, then one for each lesson. The
second row contains the points possible. Canvas finds a learner by ``ID``, then by
``SIS User ID``, then by ``SIS Login ID``, then by name. It finds an assignment by the
number that its own export writes in parentheses after the name, then by the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.classroom.class_files import CsvValue, csv_bytes, csv_rows
from grader.classroom.export.common import ExportFile, Filled, score_cell
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
from grader.errors import Misuse
from grader.sanitize import clean_line

# The end of a note about learners whose number in Canvas isn't known.
WITHOUT_NUMBER = (
    "the cell under ID is empty. Canvas then goes by SIS User ID, SIS Login ID and "
    "name. With --worksheet and Canvas's own export, the number is taken from it."
)
_MOST_NAMES = 5
_NUMBERED = re.compile(r".*\S\s+\(\d+\)")
WHO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return one CSV file for the class; cells without a submission are empty."""
    return (fill(result, ()),)


def complete(result: ClassResult, exported: bytes) -> Filled:
    """Return the file for the learners and assignments in Canvas's gradebook export.

    Raises:
        Misuse: if the file isn't from Canvas.
    """
    header, *rows = csv_rows(exported) or [[]]
    # If Canvas has separate columns for first and last names, it also accepts a whole
    # name.
    first = "LastName" if "LastName" in header else WHO[0]
    if missing := [name for name in (first, WHO[1]) if name not in header]:
        raise Misuse(
            f"This isn't a Canvas gradebook: it has no column {missing[0]}. Use the "
            f"file from Canvas's 'Export Entire Gradebook'."
        )
    roster = read_roster(exported)
    known = identify(result, roster)
    graded = {one.learner.number_on(CANVAS) for one in known.learners if one.reports}
    listed = {learner.lms_id for learner in roster}
    return Filled(
        fill(known, header),
        tuple(x.shown_name for x in disambiguate(roster) if x.lms_id not in graded),
        tuple(
            one.learner.shown_name
            for one in known.learners
            if one.reports and one.learner.number_on(CANVAS) not in listed
        ),
        tuple(_unequal(result.lessons, header, rows)),
        tuple(_unlisted(result.lessons, header)),
    )


def fill(result: ClassResult, header: Sequence[str]) -> ExportFile:
    """Return the file with assignments named as in the header of a Canvas export."""
    lessons = result.lessons
    possible: list[CsvValue] = ["    Points Possible", "", "", "", ""]
    rows: list[list[CsvValue]] = [
        [*WHO, *(_assignment(lesson, header) for lesson in lessons)],
        possible + [lesson.points for lesson in lessons],
    ]
    rows += [
        [
            *_who(one.learner),
            *(score_cell(one, lesson.name) for lesson in lessons),
        ]
        for one in result.learners
    ]
    return ExportFile("canvas.csv", csv_bytes(rows))


def _unlisted(lessons: Sequence[LessonColumn], header: Sequence[str]) -> Iterator[str]:
    """Yield a note about lessons for which Canvas has no assignment with that name."""
    named = [cell for cell in header if _NUMBERED.fullmatch(cell)]
    has = (
        f"It has {list_some(named, _MOST_NAMES)}."
        if named
        else "It has none with a number."
    )
    for lesson in lessons:
        if _assignment(lesson, header) not in header:
            yield (
                f"Canvas's export has no assignment '{lesson.heading}'. Canvas finds "
                f"assignments by name. {has} To fill an existing one, write its name "
                f"with its number into the first row of canvas.csv."
            )


def _unequal(
    lessons: Sequence[LessonColumn], header: list[str], rows: list[list[str]]
) -> Iterator[str]:
    """Yield a note about assignments whose points differ from those of their lesson."""
    # Canvas may put one of its rows above this one, and an empty one.
    possible = next((row for row in rows if row and "Points Possible" in row[0]), [])
    worth = dict(zip(header, possible, strict=False))
    for lesson in lessons:
        yield from lesson.unequal_to(
            worth.get(_assignment(lesson, header), ""), "Canvas"
        )


def _assignment(lesson: LessonColumn, header: Sequence[str]) -> str:
    known = re.compile(re.escape(lesson.heading) + r"\s+\(\d+\)")
    return next((cell for cell in header if known.fullmatch(cell)), lesson.heading)


def _who(learner: Learner) -> list[CsvValue]:
    # Canvas reads any ID as a number, and would treat "12ab" as learner 12.
    number = learner.number_on(CANVAS)
    number = number if number.isdecimal() else ""
    # A GitHub name may be somebody else's login.
    login = (learner.login if learner.lms != GITHUB else "") or learner.email
    words = (learner.shown_name, number, learner.sis_id, login, learner.section)
    return [clean_line(word) for word in words]
