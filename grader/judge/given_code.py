"""given_code: detect code that a page provides to be corrected, and that is unchanged.

Such an exercise counts as not attempted: checks shouldn't judge code that the learner
hasn't touched.
"""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from grader.checks import Exercise
from grader.checks.attempt import AttemptSession, Stopped
from grader.course.document.bindings import bound_names
from grader.course.document.cells import read_text
from grader.course.document.page_builder import given_cells
from grader.course.document.source import Unreadable, parse, parse_python
from grader.judge.root_causes import find_used_exercises
from grader.report import Finding, Outcome


class GivenCode:
    """The code that a lesson's page provides to be corrected."""

    def __init__(self, solution: Path) -> None:
        """Remember the solution, which is read when it is needed.

        Args:
            solution: the lesson's solution, which contains the page's given code.
        """
        self._solution = solution
        self._is_known: dict[tuple[str, AttemptSession], bool] = {}

    @functools.cached_property
    def _cells(self) -> dict[str, dict[str, str]]:
        """The page's given definitions: code by name, for each exercise tag."""
        cells = given_cells(read_text(self._solution))
        return {tag: _definitions(code) for tag, code in cells.items()}

    def find_untouched(
        self, exercise: Exercise, session: AttemptSession
    ) -> Stopped | None:
        """Return a not-attempted result if an exercise's code is unchanged."""
        if not self._is_untouched(exercise.tag, session):
            return None
        sentence = (
            f"{exercise.writes} is still the code that you were given. Find what is "
            "wrong with it, and fix it."
        )
        if len(lines := _lines_with(exercise.writes, session)) > 1:
            first, last = (session.document.place_of(lines[at]) for at in (0, -1))
            sentence = (
                f"Your file has {exercise.writes} more than once, and the last one "
                f"counts: {last} is still the code that you were given. If {first} is "
                "yours, delete the other."
            )
        return Stopped(Outcome.NOT_ATTEMPTED, Finding(sentence))

    def skip_dependent(
        self,
        stopped: Stopped,
        exercise: Exercise,
        exercises: Sequence[Exercise],
        session: AttemptSession,
    ) -> Stopped:
        """Return the result of a failed check, which may be that it isn't judged.

        That is so if the exercise's function calls given code that is unchanged.
        """
        for other in self._find_untouched_in(exercise, exercises, session):
            sentence = (
                f"{exercise.writes} uses {other.writes}, which is still the code that "
                f"you were given. Exercise {other.tag} comes first."
            )
            return Stopped(Outcome.SKIPPED, Finding(sentence, needs=other.tag))
        return stopped

    def _find_untouched_in(
        self,
        exercise: Exercise,
        exercises: Sequence[Exercise],
        session: AttemptSession,
    ) -> Iterator[Exercise]:
        untouched = [
            one
            for one in exercises
            if one.tag != exercise.tag and self._is_untouched(one.tag, session)
        ]
        if untouched:
            yield from find_used_exercises(exercise, untouched, session.tree)

    def _is_untouched(self, tag: str, session: AttemptSession) -> bool:
        given = self._cells.get(tag)
        if not given:
            return False
        key = tag, session  # every check of the exercise asks for it
        if key not in self._is_known:
            body = _statements_with(given, session)
            self._is_known[key] = _last_definitions(body, given) == given
        return self._is_known[key]


def _statements_with(names: Collection[str], session: AttemptSession) -> list[ast.stmt]:
    """Return the statements of the file, or at least of the cells in which names occur;
    none if these can't be read.
    """
    with suppress(Stopped):
        return session.tree.body
    statements = []
    for cell in session.document.parts:
        if any(name in cell.source for name in names):
            try:
                statements += parse(cell.source).body
            except Unreadable:
                return []
    return statements


def _lines_with(name: str, session: AttemptSession) -> list[int]:
    """Return the lines of the statements that bind a name, or [] if unreadable."""
    with suppress(Stopped):
        return [one.lineno for one in session.tree.body if name in bound_names(one)]
    return []


def _definitions(code: str) -> dict[str, str]:
    """Return the final definition of each name in a cell, without its position."""
    body = parse_python(code).body
    names = {name for statement in body for name in bound_names(statement)}
    return _last_definitions(body, names)


def _last_definitions(
    body: Sequence[ast.stmt], names: Collection[str]
) -> dict[str, str]:
    """Return the last statement that binds each name, as a dump without positions."""
    definitions = dict[str, str]()
    for statement in body:
        if here := bound_names(statement) & set(names):
            dumped = _dump(statement)
            definitions |= dict.fromkeys(here, dumped)
    return definitions


def _dump(statement: ast.stmt) -> str:
    """Return a statement's syntax tree without comments, layout and docstring."""
    if isinstance(statement, ast.FunctionDef) and ast.get_docstring(statement):
        statement = copy.copy(statement)
        statement.body = statement.body[1:]
    return ast.dump(statement)
