"""feedback_policy: explain a mistake first, and show the fix later.

The fix for a mistake nearly gives the answer. So it is shown when the same mistake is
made again in another version of the file, or when a hint for its exercise was opened.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from grader.report import ExerciseResult, Mistake, Report


def hold_back(
    report: Report, named: Collection[str], hinted: Collection[str]
) -> Report:
    """Return a report without the fixes that aren't due yet.

    Args:
        report: the report of an attempt, with all fixes.
        named: the tags of the mistakes that were named in earlier attempts.
        hinted: the exercises with at least one opened hint.
    """

    def redact(mistake: Mistake) -> Mistake:
        return mistake if mistake.tag in named else replace(mistake, cure="")

    def taught(exercise: ExerciseResult) -> ExerciseResult:
        if exercise.finding is None or exercise.tag in hinted:
            return exercise
        mistakes = tuple(map(redact, exercise.finding.mistakes))
        return replace(exercise, finding=replace(exercise.finding, mistakes=mistakes))

    return replace(report, exercises=tuple(map(taught, report.exercises)))


def tags_in(report: Report) -> frozenset[str]:
    """Return the tags of all mistakes that a report names."""
    findings = (exercise.finding for exercise in report.exercises)
    return frozenset(
        mistake.tag for finding in findings if finding for mistake in finding.mistakes
    )


def cures_of(report: Report, exercise: str) -> tuple[str, ...]:
    """Return the fixes for the mistakes that a report names in an exercise."""
    findings = [one.finding for one in report.exercises if one.tag == exercise]
    named = (mistake for found in findings if found for mistake in found.mistakes)
    return tuple(mistake.cure for mistake in named if mistake.cure)
