"""github: the input for GitHub Classroom's reporter.

A grader's result is a JSON text, and the step's output ``result`` is that text in
base64. The reporter adds up the scores of the tests.
"""

from __future__ import annotations

import base64
from typing import Any

from grader.classroom.export.common import (
    ExportFile,
    all_reports,
    encode_json,
    exercise_name,
    message_of,
    report_path,
    wall_s_of,
)
from grader.classroom.records import ClassResult
from grader.report import ExerciseResult, Finding, Outcome, Report
from grader.sanitize import clean_line

RESULT_VERSION = 1


def files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return each report as JSON, and a second file with the step's output."""
    out: list[ExportFile] = []
    for learner, report in all_reports(result):
        path, text = report_path("github", learner, report), result_json(report)
        out.append(ExportFile(f"{path}.json", text))
        out.append(ExportFile(f"{path}.base64", base64.b64encode(text)))
    return tuple(out)


def result_json(report: Report) -> bytes:
    """Return one report as a grader's result, with one test for each exercise."""
    data = {
        "version": RESULT_VERSION,
        "status": _overall(report),
        "max_score": report.full_points,
        "tests": [_test(exercise, report) for exercise in report.exercises],
    }
    return encode_json(data)


def _test(exercise: ExerciseResult, report: Report) -> dict[str, Any]:
    finding = exercise.finding or report.problem
    has_passed = exercise.outcome is Outcome.PASSED
    outcome = () if has_passed else (f"{exercise.outcome.word}.",)
    return {
        "name": exercise_name(exercise),
        "status": _status(exercise.outcome),
        "score": exercise.earned,
        "message": message_of(exercise, report, *outcome),
        "test_code": "",
        "filename": clean_line(report.attempt),
        "line_no": _line_of(finding),
        "duration": round(1000 * wall_s_of(exercise)),  # milliseconds
    }


def _line_of(finding: Finding | None) -> int:
    """Return the line of the file; a line within a notebook cell isn't one."""
    return 0 if finding is None or finding.cell else finding.line or 0


def _status(outcome: Outcome) -> str:
    if outcome is Outcome.PASSED:
        return "pass"
    return "error" if outcome is Outcome.BROKEN else "fail"


def _overall(report: Report) -> str:
    if report.is_broken:
        return "error"
    return "pass" if report.has_passed else "fail"
