"""wrong_entries: which entries of a dict of answers are wrong, beside the first one.

A check ends at the first entry that is wrong. It is run again with the lesson's own
answer there, and ends at the next one, until it passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.attempt import Answer, Attempt, AttemptSession, Stopped
from grader.checks import Check
from grader.judge.fixtures import GRADING_ERRORS
from grader.report import Outcome


class CorrectedAttempt(Attempt):
    """An attempt in which some entries are the lesson's own.

    Args:
        session: of the attempt.
        own: the lesson's own entries, by what a finding calls them.
    """

    def __init__(self, session: AttemptSession, own: Mapping[str, Any]) -> None:
        super().__init__(session)
        self._own = own

    def entry(self, name: str, key: str) -> Answer:
        """Read one entry of a dict, or take the lesson's own."""
        target = f'{name}["{key}"]'
        if target in self._own:
            return Answer(target, value=self._own[target], is_call=False)
        return super().entry(name, key)


def add_wrong_entries(
    own: dict[str, Any],
    check: Check,
    values: Mapping[str, Any],
    reference: object,
    session: AttemptSession,
    stopped: Stopped,
) -> None:
    """Add the entries at which a check of answers ends, with the lesson's own answers.

    Args:
        own: the entries that earlier checks of the exercise found wrong.
        check: the check that didn't pass.
        values: what it takes, by name.
        reference: the lesson's solution.
        session: of the attempt.
        stopped: how it ended.
    """
    asked = session.answers.get(session.tag, [])
    known = len(asked)
    now = _run_again(own, check, values, session) if own else stopped
    while now and now.outcome is Outcome.WRONG and now.answer and now.answer.is_entry:
        target = now.answer.target
        if target in own:  # the check reads it in another way
            break
        name, _, key = target.removesuffix('"]').partition('["')
        own[target] = getattr(reference, name, {}).get(key)
        now = _run_again(own, check, values, session)
    del asked[known:]  # this answer isn't shown to anybody


def _run_again(
    own: Mapping[str, Any],
    check: Check,
    values: Mapping[str, Any],
    session: AttemptSession,
) -> Stopped | None:
    """Return how a check ends with these entries, when it doesn't pass."""
    taken = dict(values) | {"attempt": CorrectedAttempt(session, own)}
    try:
        check.function(**taken)
    except Stopped as stopped:
        return stopped
    except GRADING_ERRORS:
        raise
    except Exception:  # its fault has been reported, or it comes of our entries
        return None
    return None
