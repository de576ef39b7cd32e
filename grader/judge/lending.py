"""lending: judge an exercise with the lesson's own functions where others aren't right.

An exercise may be right and call another one that is wrong, or missing. Its file is
then loaded once more, with the lesson's own functions instead. These run in a confined
worker that contains no code of the attempt. The attempt's worker gets only what they
return, never their code.
"""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from grader.checks import Exercise
from grader.checks.attempt import Attempt, AttemptSession, Stopped
from grader.common.errors import BrokenLesson
from grader.course.document.attempt_file import open_attempt, read
from grader.course.document.cells import read_text
from grader.course.document.source import parse_once
from grader.judge.fixtures import Fixtures

if TYPE_CHECKING:
    from grader.judge.exercise_run import ExerciseRun


class Loan(msgspec.Struct, frozen=True):
    """The functions that are the lesson's own while an exercise is judged.

    Attributes:
        names: the functions.
        tags: the exercises that they are the answers to.
        reasons: the tags of the exercises that aren't right.
    """

    names: tuple[str, ...]
    tags: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The words for the learner.

        >>> Loan(("losses",), ("3d",), ("3d",)).sentence
        "Judged with the lesson's own losses, because 3d isn't right yet."
        """
        verb = "isn't" if len(self.reasons) == 1 else "aren't"
        return (
            f"Judged with the lesson's own {_join(self.names)}, because "
            f"{_join(self.reasons)} {verb} right yet."
        )

    def is_necessary(self, exercise: Exercise, ends: Mapping[str, Stopped]) -> bool:
        """Return whether an exercise can't be right with the learner's functions.

        Args:
            exercise: the exercise to which the functions would be lent.
            ends: how the others ended that aren't right, by their tags.
        """
        are_wrong = all(ends[tag].outcome.is_diagnosable for tag in self.reasons)
        return exercise.after in self.tags or not are_wrong


def _join(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


class Lender:
    """The lesson's own functions, and the sessions in which a file has them.

    Args:
        solution: the lesson's own file.
        in_worker: whether the file's own code gets them too. Functions with objects
            that can't leave their process are lent only to the checks.
    """

    def __init__(self, solution: Path, in_worker: bool) -> None:
        self._solution = solution
        self.in_worker = in_worker
        self._own: AttemptSession | None = None
        self._sessions: dict[frozenset[str], tuple[AttemptSession, Fixtures]] = {}

    @functools.cached_property
    def functions(self) -> frozenset[str]:
        """The names of the lesson's own functions."""
        try:
            tree = parse_once(read_text(self._solution))
        except (SyntaxError, ValueError, BrokenLesson):
            # Checks that need the solution report it.
            return frozenset()
        return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef))

    def find_lendable(self, exercises: Collection[Exercise]) -> list[Exercise]:
        """Return the exercises whose answer is a function, which can be lent."""
        return [one for one in exercises if one.writes in self.functions]

    def find_loan(
        self,
        exercise: Exercise,
        exercises: Sequence[Exercise],
        used: Collection[Exercise],
        runs: Mapping[str, ExerciseRun],
    ) -> Loan | None:
        """Return what to lend to an exercise; None if all that it uses is right.

        These are the functions of earlier exercises that aren't right. Its checks also
        get the function that they use (`after`) if that is right only with the lesson's
        own.

        Args:
            exercise: the exercise that would use the functions.
            exercises: those of the lesson.
            used: those whose functions it calls.
            runs: what has become of the others so far, by their tags.
        """
        parts: list[Exercise] = []
        reasons: dict[str, None] = {}
        # A later function isn't lent: an exercise may not leave its own work to it.
        earlier = itertools.takewhile(lambda one: one is not exercise, exercises)
        for part in self.find_lendable(list(earlier)):
            is_predecessor = part.tag == exercise.after
            if not (is_predecessor or part in used):
                continue
            run = runs.get(part.tag)
            if run is None:
                continue
            loan = run.loan if is_predecessor else None
            if why := (part.tag,) if run.is_wrong else loan and loan.reasons:
                parts.append(part)
                reasons |= dict.fromkeys(why)
        names, tags = [x.writes for x in parts], [x.tag for x in parts]
        return Loan(tuple(names), tuple(tags), tuple(reasons)) if parts else None

    def lend(
        self, names: Collection[str], session: AttemptSession, fixtures: Fixtures
    ) -> tuple[AttemptSession, Fixtures]:
        """Return a session with these functions, and the fixtures of its checks.

        Args:
            names: the functions.
            session: the session of the file.
            fixtures: those of the other checks, none of which is shared.
        """
        key = frozenset(names)
        if key not in self._sessions:
            if self._own is None:
                document = open_attempt(read(self._solution), self._solution).graded()
                self._own = session.of_lesson(document, self._solution.name)
            other = session.with_lent(self._own, key, self.in_worker)
            other.tags = session.tags
            copied = fixtures.fresh_copy()
            copied.values["attempt"] = Attempt(other)
            self._sessions[key] = other, copied
        if self._own is not None:
            self._own.has_failed = False
        return self._sessions[key]

    @property
    def has_failed(self) -> bool:
        """Whether a function gave neither value nor exception since the last `lend`."""
        return self._own is not None and self._own.has_failed

    def close(self) -> None:
        """End all workers."""
        for session, _ in self._sessions.values():
            session.close()
        if self._own is not None:
            self._own.close()
        self._sessions.clear()
        self._own = None
