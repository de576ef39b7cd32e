"""cell_positions: say where a line stands as the writer of a notebook counts."""

from __future__ import annotations

import re
from typing import TypeVar

from msgspec.structs import replace

from grader.document.cells import Document
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    LeftOutStatement,
    Report,
    UnreadPart,
)

Part = TypeVar("Part", UnreadPart, LeftOutStatement)

# As the worker writes a traceback, and nobody else. What an attempt forges may have a
# number of any length, and `int` refuses one of more than 4,300 digits.
_FRAME = re.compile(r"^  line (\d{1,9}), in ", re.MULTILINE)


def count_lines_in_cells(report: Report, document: Document) -> Report:
    """Return the report of a notebook, with a cell and a line in it for each line."""
    if document.notebook is None:
        return report
    return replace(
        report,
        problem=_relocate_finding(report.problem, document),
        unread=tuple(_relocate_part(part, document) for part in report.unread),
        left_out=tuple(_relocate_part(part, document) for part in report.left_out),
        exercises=tuple(
            _relocate_exercise(exercise, document) for exercise in report.exercises
        ),
    )


def _relocate_exercise(exercise: ExerciseResult, document: Document) -> ExerciseResult:
    checks = tuple(_relocate_check(check, document) for check in exercise.checks)
    return replace(
        exercise, checks=checks, finding=_relocate_finding(exercise.finding, document)
    )


def _relocate_check(check: CheckResult, document: Document) -> CheckResult:
    return replace(check, finding=_relocate_finding(check.finding, document))


def _relocate_part(part: Part, document: Document) -> Part:
    if part.line is None:
        return part
    cell, line = document.locate(part.line)
    return replace(part, cell=cell, line=line)


def _relocate_finding(finding: Finding | None, document: Document) -> Finding | None:
    if finding is None:
        return None
    trace = _FRAME.sub(
        lambda at: f"  {document.place_of(int(at[1]))}, in ", finding.trace
    )
    if not finding.line:
        return replace(finding, trace=trace)
    cell, line = document.locate(finding.line)
    return replace(finding, trace=trace, cell=cell, line=line)
