"""github: what GitHub Classroom's reporter takes from a grader.

A grader's result is a JSON text; the step's output ``result`` is that text in base64.
The reporter adds up the scores of the tests.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from grader.classroom.export.export_file import ExportFile
from grader.classroom.records import ClassResult
from grader.clean import file_name, one_line
from grader.report import ExerciseResult, Finding, Outcome, Report
from grader.report.report_lines import exercise_lines, not_run_lines

RESULT_VERSION = 1


def files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return each report as JSON, and beside it the same as the step's output."""
    out: list[ExportFile] = []
    for one in result.learners:
        for report in one.reports:
            path = f"github/{file_name(one.learner.id)}/{file_name(report.lesson)}"
            text = result_json(report)
            out.append(ExportFile(f"{path}.json", text))
            out.append(ExportFile(f"{path}.base64", base64.b64encode(text)))
    return tuple(out)


def result_json(report: Report) -> bytes:
    """Return one report as a grader's result, one test an exercise."""
    data = {
        "version": RESULT_VERSION,
        "status": _overall(report),
        "max_score": report.full_points,
        "tests": [_test(exercise, report) for exercise in report.exercises],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def _test(exercise: ExerciseResult, report: Report) -> dict[str, Any]:
    wall_s = sum(check.wall_s for check in exercise.checks)
    finding = exercise.finding or report.problem
    return {
        "name": f"{exercise.tag} {one_line(exercise.title)}",
        "status": _status(exercise.outcome),
        "score": exercise.earned,
        "message": "\n".join(_message(exercise, report)),
        "test_code": "",
        "filename": one_line(report.attempt),
        "line_no": _line_of(finding),
        "duration": round(1000 * wall_s),  # milliseconds
    }


def _line_of(finding: Finding | None) -> int:
    """Return the line of the file; a line of a cell is none of a notebook's file."""
    return 0 if finding is None or finding.cell else finding.line or 0


def _message(exercise: ExerciseResult, report: Report) -> tuple[str, ...]:
    # A result has words for its tests alone.
    unread = not_run_lines(report) if exercise is report.exercises[0] else ()
    if exercise.outcome is Outcome.PASSED:
        return (*unread, *exercise_lines(exercise))
    lines = exercise_lines(exercise, report.problem)
    return (*unread, f"{exercise.outcome.value}.", *lines)


def _status(outcome: Outcome) -> str:
    if outcome is Outcome.PASSED:
        return "pass"
    return "error" if outcome is Outcome.BROKEN else "fail"


def _overall(report: Report) -> str:
    if report.is_broken:
        return "error"
    return "pass" if report.has_passed else "fail"
