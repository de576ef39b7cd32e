"""check_results: what the results of checks mean for their exercise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from grader.attempt import Answer, Changed, Stopped
from grader.checks import Exercise
from grader.checks.exercises import Check
from grader.report import CheckResult, Finding, Outcome


class UnconcludedCheck(NamedTuple):
    """A check that has passed so far, and the conclusions that it has left for later.

    Attributes:
        check: the check.
        place: the position of its result among those of its exercise.
        conclusions: each raises as a check does.
    """

    check: Check
    place: int
    conclusions: Sequence[Callable[[], None]]


def comes_first(tag: str) -> Stopped:
    """Return the result of a check that needs another exercise."""
    finding = Finding(f"Exercise {tag} comes first.", needs=tag)
    return Stopped(Outcome.SKIPPED, finding)


def is_more_informative(later: Stopped, first: Stopped) -> bool:
    """Return whether a later check's result should replace the first failure."""
    if first.outcome.is_broken:  # a learner's mistake comes before our fault
        return not later.outcome.is_broken
    # A wrong value says more than a changed argument.
    is_wrong = later.outcome is Outcome.WRONG and not isinstance(later, Changed)
    return is_wrong and isinstance(first, Changed)


def outcome_of(exercise: Exercise, stopped: Stopped | None) -> Outcome:
    """Return the outcome of a check, or of its exercise, by how it ended.

    Args:
        exercise: the exercise.
        stopped: how it ended; None if it passed.
    """
    outcome = stopped.outcome if stopped else Outcome.PASSED
    is_guess = exercise.is_prediction and outcome is Outcome.WRONG
    return Outcome.GUESSED if is_guess else outcome


def count_claims(
    exercise: Exercise, checks: Sequence[CheckResult], entries: Sequence[bool] = ()
) -> tuple[int, int]:
    """Return how many claims of a prediction are right, and how many it has.

    Both are 0 if it isn't a prediction, or if one of its claims wasn't judged.

    Args:
        exercise: the exercise.
        checks: the results of its checks.
        entries: whether each entry is right, as a check may read several of them. If
            that isn't known, each check counts as one claim.
    """
    outcomes = [check.outcome for check in checks]
    is_judged = all(one.is_right or one is Outcome.GUESSED for one in outcomes)
    if not exercise.is_prediction or not is_judged:
        return 0, 0
    are_right = entries or [one.is_right for one in outcomes]
    return sum(are_right), len(are_right)


def remarks_of(
    checks: Sequence[CheckResult], claims: tuple[int, int]
) -> tuple[str, ...]:
    """Return the remarks of the checks; of a prediction, how many claims are right."""
    remarks = tuple(check.remark for check in checks if check.remark)
    right, count = claims
    if right == count:
        return remarks
    verb = "is" if right == 1 else "are"
    return (f"{right} of {count} claims {verb} right so far.", *remarks)


def with_facts(answers: Sequence[Answer], failing: Answer | None) -> list[Answer]:
    """Return the answers, with the failing one as its check ended with it."""
    return [
        failing
        if failing and one.args is failing.args and one.target == failing.target
        else one
        for one in answers
    ]
