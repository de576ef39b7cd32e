"""outcome_rules: how checks and exercises end, and which end of several counts."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

from grader.attempt import Changed, Stopped
from grader.judge.loading import is_of_lesson
from grader.report import CheckResult, Finding, Outcome

# Outcomes after which the other checks of the exercise are not run: they would end the
# same way, and each of them could take seconds.
ENDS_EXERCISE = frozenset(
    {
        Outcome.NOT_ATTEMPTED,
        Outcome.TIMED_OUT,
        Outcome.OUT_OF_MEMORY,
        Outcome.SKIPPED,
    }
)
IS_WRONG = frozenset({Outcome.WRONG, Outcome.RAISED})


def says_more(later: Stopped, first: Stopped) -> bool:
    """Return whether an exercise ends as a later check did, and not as the first."""
    if first.outcome is Outcome.BROKEN:  # what the learner did comes before our fault
        return later.outcome is not Outcome.BROKEN
    # A wrong value says more than that an argument was changed.
    is_wrong = later.outcome is Outcome.WRONG and not isinstance(later, Changed)
    return is_wrong and isinstance(first, Changed)


def describe_fault(error: Exception) -> Stopped:
    """Return an error of the check itself: it costs the learner nothing."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_of_lesson(frame.filename)]
    where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    sentence = (
        f"The grader itself failed in this check{where}: {type(error).__name__}: "
        f"{error}. This costs no points; please tell your instructor."
    )
    trace = "".join(traceback.format_exception(error))
    return Stopped(Outcome.BROKEN, Finding(sentence, trace=trace))


def remarks_of(checks: Sequence[CheckResult], is_prediction: bool) -> tuple[str, ...]:
    """Return what is said beside the checks; of predictions, how many claims hold."""
    remarks = tuple(check.remark for check in checks if check.remark)
    outcomes = [check.outcome for check in checks]
    was_all_seen = set(outcomes) <= {Outcome.PASSED, Outcome.WRONG}
    if not is_prediction or not was_all_seen or Outcome.WRONG not in outcomes:
        return remarks
    right = outcomes.count(Outcome.PASSED)
    verb = "is" if right == 1 else "are"
    return (f"{right} of {len(outcomes)} claims {verb} right so far.", *remarks)
