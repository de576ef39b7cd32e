"""gradescope: ``results.json``, as Gradescope takes it from an autograder.

Each exercise is one test, and its number is the exercise's tag.
"""

from __future__ import annotations

from typing import Any, assert_never

from grader.classroom.export.common import encode_json
from grader.common.sanitize import clean_line, replace_controls
from grader.report import ExerciseResult, Outcome, Report
from grader.report.feedback_policy import count_choices
from grader.report.outcome import OutcomeTone
from grader.report.report_text import exercise_lines, finding_lines
from grader.report.sentences import not_run_lines, score_lines

_BOLD, _GREEN, _RED, _YELLOW, _END = (f"\x1b[{n}m" for n in (1, 32, 31, 33, 0))
# Every field that is written, with its meaning; `tests` has one entry per exercise.
FIELDS = {
    "score": "the points earned",
    "execution_time": "seconds from start to end",
    "output": "the score in words, and what isn't about one exercise",
    "output_format": "`ansi`, or `text` if nothing could be graded",
    "test_output_format": "`ansi`",
    "test_name_format": "`text`",
    "visibility": "`visible`",
    "stdout_visibility": "`hidden`: what the grader prints may have expected values",
    "extra_data.lesson": "the lesson's full name",
    "extra_data.seed": "the seed of the grading",
    "extra_data.attempt_sha256": "the hash of the file's bytes",
    "extra_data.versions": "as in [a report](#report)",
    "tests.score": "the points earned in an exercise",
    "tests.max_score": "the points that it is worth",
    "tests.status": "`passed` or `failed`",
    "tests.name": "its title",
    "tests.name_format": "`text`",
    "tests.number": "its tag, such as `3e`",
    "tests.output": "its checks and the feedback",
    "tests.output_format": "`ansi`",
    "tests.visibility": "`visible`",
    "tests.extra_data.outcome": "one of the [outcomes](#outcomes)",
    "tests.extra_data.mistakes": "the tags of the named mistakes",
}


def results_json(report: Report) -> bytes:
    """Return one report as Gradescope reads it."""
    report = count_choices(report)
    data: dict[str, Any] = {
        "score": report.score,
        "execution_time": round(report.wall_s, 3),
        "output": _overall(report),
        # Gradescope renders colour codes; a learner's text is cleaned, so it contains
        # none.
        "output_format": "ansi",
        "test_output_format": "ansi",
        "test_name_format": "text",
        "visibility": "visible",
        # The grader's output may contain expected values.
        "stdout_visibility": "hidden",
        "extra_data": {
            "lesson": report.lesson,
            "seed": report.seed,
            "attempt_sha256": report.attempt_sha256,
            "versions": report.versions,
        },
        "tests": [_test(exercise) for exercise in report.exercises],
    }
    return encode_json(data)


def write_refusal(title: str, why: str) -> bytes:
    """Return the result for a learner whose submission can't be graded."""
    data = {
        "score": 0,
        "output": f"{clean_line(title)}: nothing was graded.\n{replace_controls(why)}",
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
    }
    return encode_json(data)


def _test(exercise: ExerciseResult) -> dict[str, Any]:
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return {
        "score": exercise.earned,
        "max_score": exercise.points,
        "status": "passed" if exercise.outcome.is_right else "failed",
        "name": clean_line(exercise.title),
        "name_format": "text",
        "number": exercise.tag,
        "output": _describe(exercise),
        "output_format": "ansi",
        "visibility": "visible",
        "extra_data": {
            "outcome": exercise.outcome.value,
            "mistakes": [mistake.tag for mistake in mistakes],
        },
    }


def _describe(exercise: ExerciseResult) -> str:
    colour = _colour(exercise.outcome)
    glyph, word = exercise.outcome.glyph, exercise.word
    lines = [f"{colour}{glyph} {word}{_END}"]
    for check in exercise.checks:
        mark, paint = check.outcome.glyph, _colour(check.outcome)
        lines.append(f"  {paint}{mark}{_END} {replace_controls(check.full_sentence)}")
    return "\n".join([*lines, *exercise_lines(exercise)])


def _overall(report: Report) -> str:
    score, *others = score_lines(report)
    head = f"{_BOLD}{clean_line(report.title)}: {score}{_END}"
    notes = map(replace_controls, report.notes)
    lines = (*others, *notes, *not_run_lines(report), *finding_lines(report.problem))
    return "\n".join((head, *lines))


def _colour(outcome: Outcome) -> str:
    match outcome.tone:
        case OutcomeTone.RIGHT:
            return _GREEN
        case OutcomeTone.MILD:
            return _YELLOW
        case OutcomeTone.WRONG | OutcomeTone.EXHAUSTED | OutcomeTone.FAULT:
            return _RED
        case _:
            assert_never(outcome.tone)
