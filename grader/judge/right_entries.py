"""right_entries: the points of a dict of answers of which some are right.

Each check runs again with the lesson's own values for the entries that are wrong or
missing, until it passes. No code of the attempt runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from grader.attempt import Answer, AttemptSession, Stopped
from grader.attempt.bindings import assigned_entries, entry_target
from grader.checks import Exercise
from grader.checks.exercises import Check
from grader.document.cells import read_text
from grader.document.page_builder import make_page_text
from grader.document.source import parse_python
from grader.judge.fixtures import GRADING_ERRORS
from grader.judge.wrong_entries import EntriesOnly, arguments_with, literal_entries
from grader.report import Finding, Outcome


class _CountedEntries(EntriesOnly):
    """The entries of an attempt; the lesson's own for those that are not right.

    Attributes:
        seen: the targets of all that were read.
        not_right: the lesson's own values of those that are wrong or missing.
    """

    def __init__(self, session: AttemptSession, solved: Mapping[str, Any]) -> None:
        self._solved = solved
        self.seen: set[str] = set()
        self.not_right: dict[str, Any] = {}
        super().__init__(session, self.not_right)

    def entry(self, name: str, key: str) -> Answer:
        """Read one entry of a dict, or take the lesson's own."""
        target = entry_target(name, key)
        self.seen.add(target)
        try:
            return super().entry(name, key)
        except Stopped as stopped:
            if stopped.outcome is not Outcome.NOT_ATTEMPTED:
                raise
            self.give_up(target)
        return super().entry(name, key)

    def give_up(self, target: str) -> None:
        """Take the lesson's own entry from now on.

        Raises:
            Stopped: it isn't known, or it isn't right either.
        """
        if target in self.not_right or target not in self._solved:
            raise Stopped(Outcome.SKIPPED, Finding(f"{target} can't be judged."))
        self.not_right[target] = self._solved[target]


def partial_points(
    exercise: Exercise,
    values_for: Callable[[Check], Mapping[str, Any]],
    solution: Path,
    session: AttemptSession,
) -> int:
    """Return the points of an exercise that isn't right, for its right entries.

    They are in proportion to the entries that the page doesn't give, rounded down. They
    are 0 if a check needs more than entries, or doesn't pass when all are right.

    Args:
        exercise: the exercise.
        values_for: returns the values for the arguments of a check.
        solution: the lesson's solution.
        session: the session of the attempt.
    """
    entries = _CountedEntries(session, literal_entries(solution))
    answers = session.answers.setdefault(session.tag, [])
    known = len(answers)
    try:
        for check in exercise.checks:
            _run_until_it_passes(check, values_for(check), entries)
    except GRADING_ERRORS:
        raise
    except Exception:  # what an entry is, or isn't, breaks the check
        return 0
    finally:
        del answers[known:]  # don't record these answers
    asked = entries.seen - _find_given(solution)
    right = asked - entries.not_right.keys()
    return exercise.points * len(right) // len(asked) if asked else 0


def _find_given(solution: Path) -> set[str]:
    """Return the targets of the entries that a lesson's page gives as examples."""
    page = parse_python(make_page_text(read_text(solution)))
    return {
        target
        for statement in page.body
        for target, value in assigned_entries(statement)
        if not (isinstance(value, ast.Constant) and value.value is ...)
    }


def _run_until_it_passes(
    check: Check, values: Mapping[str, Any], entries: _CountedEntries
) -> None:
    arguments = arguments_with(entries, values)
    while True:
        try:
            return check.function(**arguments)
        except Stopped as stopped:
            answer = stopped.answer
            if stopped.outcome is not Outcome.WRONG or not (answer and answer.is_entry):
                raise
            entries.give_up(answer.target)
