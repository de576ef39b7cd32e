"""wrong_entries: find the wrong entries of a dict of answers after the first one.

A check stops at the first wrong entry. So it runs again with the lesson's own value
there, until it passes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from grader.attempt import Answer, Attempt, AttemptSession, Stopped
from grader.attempt.bindings import assigned_entries, entry_target
from grader.checks import Check
from grader.document.cells import read_text
from grader.document.source import parse_python
from grader.judge.fixtures import GRADING_ERRORS, PictureCollector
from grader.report import Finding, Outcome


class EntriesOnly:
    """The entries of an attempt, some of them replaced. Nothing else can be requested.

    So no code of the learner's runs with answers that aren't theirs.

    Args:
        session: the session of the attempt.
        own: the lesson's own entries, by target.
    """

    def __init__(self, session: AttemptSession, own: Mapping[str, Any]) -> None:
        self._attempt = Attempt(session)
        self._own = own

    def entry(self, name: str, key: str) -> Answer:
        """Read one entry of a dict, or take the lesson's own."""
        target = entry_target(name, key)
        if target in self._own:
            return Answer(target, value=self._own[target], is_call=False)
        return self._attempt.entry(name, key)

    def __getattr__(self, name: str) -> NoReturn:
        raise Stopped(Outcome.SKIPPED, Finding(f"{name} isn't an entry."))


def literal_entries(solution: Path) -> dict[str, Any]:
    """Return the dict entries that a solution gives as literals, by target.

    Its text is enough: to execute it, the judge might have to import Keras.
    """
    found = {}
    with suppress(SyntaxError):  # checks that need the solution report it
        for statement in parse_python(read_text(solution)).body:
            for target, value in assigned_entries(statement):
                with suppress(ValueError):  # it has to be computed
                    found[target] = ast.literal_eval(value)
    return found


def add_wrong_entries(
    own: dict[str, Any],
    check: Check,
    values: Mapping[str, Any],
    solved: Mapping[str, Any],
    session: AttemptSession,
    stopped: Stopped,
) -> None:
    """Add each entry at which a check stops, with the lesson's own value.

    Args:
        own: the entries that earlier checks of the exercise found wrong.
        check: the check that didn't pass.
        values: the values for its arguments.
        solved: the lesson's own entries, by target.
        session: the session of the attempt.
        stopped: the result of the check.
    """
    asked = session.answers.get(session.tag, [])
    known = len(asked)
    now = _run_again(own, check, values, session) if own else stopped
    while now and now.outcome is Outcome.WRONG and now.answer and now.answer.is_entry:
        target = now.answer.target
        # The check may read it in another way; and its value may not be known.
        if target in own or target not in solved:
            break
        own[target] = solved[target]
        now = _run_again(own, check, values, session)
    del asked[known:]  # don't record these answers


def _run_again(
    own: Mapping[str, Any],
    check: Check,
    values: Mapping[str, Any],
    session: AttemptSession,
) -> Stopped | None:
    """Run a check with these entries; return how it stopped, or None if it passed."""
    # Remarks and pictures would be about answers that aren't the learner's.
    unseen = dict.fromkeys(("remark", "measured", "when_complete"), lambda words: None)
    replaced = {
        "attempt": EntriesOnly(session, own),
        "show": PictureCollector(),
        **unseen,
    }
    try:
        check.function(**{name: replaced.get(name, x) for name, x in values.items()})
    except Stopped as stopped:
        return stopped
    except GRADING_ERRORS:
        raise
    except Exception:  # already reported, or caused by our entries
        return None
    return None
