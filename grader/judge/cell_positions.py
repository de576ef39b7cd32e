"""cell_positions: say where a line stands as the writer of a notebook counts."""

from __future__ import annotations

import re
from typing import TypeVar

from msgspec.structs import replace

from grader.document.attempt_file import AttemptText
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


def count_in_cells(report: Report, text: AttemptText) -> Report:
    """Return the report of a notebook, with a cell and a line in it for each line."""
    if text.cells is None:
        return report
    return replace(
        report,
        problem=_moved(report.problem, text),
        unread=tuple(_move_part(part, text) for part in report.unread),
        left_out=tuple(_move_part(part, text) for part in report.left_out),
        exercises=tuple(_move_all(exercise, text) for exercise in report.exercises),
    )


def _move_all(exercise: ExerciseResult, text: AttemptText) -> ExerciseResult:
    checks = tuple(_move_check(check, text) for check in exercise.checks)
    return replace(exercise, checks=checks, finding=_moved(exercise.finding, text))


def _move_check(check: CheckResult, text: AttemptText) -> CheckResult:
    return replace(check, finding=_moved(check.finding, text))


def _move_part(part: Part, text: AttemptText) -> Part:
    if part.line is None:
        return part
    cell, line = text.find(part.line)
    return replace(part, cell=cell, line=line)


def _moved(finding: Finding | None, text: AttemptText) -> Finding | None:
    if finding is None:
        return None
    trace = _FRAME.sub(lambda at: f"  {text.place_of(int(at[1]))}, in ", finding.trace)
    if not finding.line:
        return replace(finding, trace=trace)
    cell, line = text.find(finding.line)
    return replace(finding, trace=trace, cell=cell, line=line)
