"""classroom50: ``result.json``, as the runner of Classroom 50 takes it.

The runner starts an ``autograder.py`` in a learner's checkout and identifies the
submission in environment variables. It reads the score from this file, and adds the
learner and the time itself. A test may have additional fields; the message is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from grader.classroom.export.common import encode_json, exercise_name, message_of
from grader.errors import GraderError, Misuse
from grader.report import ExerciseResult, Outcome, Report
from grader.sanitize import replace_controls

SCHEMA = "classroom50/result/v1"
_TOLD = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}


def result_json(
    report: Report, told: Mapping[str, str], now: datetime | None = None
) -> bytes:
    """Return one report as Classroom 50 reads it, with one test for each exercise.

    Args:
        report: the grading.
        told: the environment that the runner starts its autograder in.
        now: the time of the grading; the current time if None.

    Raises:
        Misuse: if the environment doesn't identify the submission.
        GraderError: if the grader itself failed; the runner then reports that.
    """
    if report.is_broken:
        raise GraderError(
            "The grader itself failed at "
            f"{', '.join(e.tag for e in report.exercises if e.is_broken)}, so there "
            "is no score to hand over. Grade again."
        )
    tests = [_test(exercise, report) for exercise in report.exercises]
    return _result(report.score, report.full_points, tests, told, now)


def write_refusal(why: str, points: int, told: Mapping[str, str]) -> bytes:
    """Return the result for a learner whose submission can't be graded.

    Raises:
        Misuse: if the environment doesn't identify the submission.
    """
    test = {
        "test-name": "A file that can be graded",
        "passed": False,
        "score": 0,
        "max-score": points,
        "message": replace_controls(why),
    }
    return _result(0, points, [test], told)


def _result(
    score: float,
    points: int,
    tests: list[dict[str, Any]],
    told: Mapping[str, str],
    now: datetime | None = None,
) -> bytes:
    if missing := [name for name in _TOLD.values() if not told.get(name)]:
        raise Misuse(
            f"{', '.join(missing)}: not set. --to classroom50 is for the "
            "autograder.py that the runner of Classroom 50 starts, which sets it."
        )
    moment = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    owner = told.get("OWNER") or told.get("USERNAME") or told.get("GITHUB_ACTOR", "")
    data = {
        "schema": SCHEMA,
        **{field: told[name] for field, name in _TOLD.items()},
        "review": told.get("REVIEW_URL") or told["COMMIT_URL"],
        "assignment_type": told.get("ASSIGNMENT_TYPE") or "individual",
        "owner": owner,
        "datetime": moment,
        "graded_at": moment,
        "score": score,
        "max-score": points,
        "tests": tests,
    }
    return encode_json(data)


def _test(exercise: ExerciseResult, report: Report) -> dict[str, Any]:
    return {
        "test-name": exercise_name(exercise),
        "passed": exercise.outcome is Outcome.PASSED,
        "score": exercise.earned,
        "max-score": exercise.points,
        "message": message_of(exercise, report),
    }
