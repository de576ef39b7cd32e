"""root_causes: find exercises that fail only because of another exercise's function.

The file is loaded once more, in a worker where the reference's functions replace those
of other exercises. They stay with the judge: the worker gets their return values, never
their code. If every check then passes, the finding says so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from grader.attempt import Answer, AttemptSession, Stopped
from grader.attempt.failure_messages import describe_in_one_line
from grader.checks import Exercise
from grader.document.source import parse_once
from grader.report import Finding, Outcome

# The functions of these libraries use objects that can't leave their process.
_STAYS = frozenset({"keras", "sympy"})
# A frame as the worker writes it. An attempt may forge numbers of any length.
_FRAME = re.compile(r"^  line (\d{1,9}), in .*(?:\n    (.*))?", re.MULTILINE)


def can_be_replaced(imports: Collection[str]) -> bool:
    """Return whether a lesson's functions can be called from another process."""
    return not _STAYS.intersection(imports)


def find_suspects(
    exercise: Exercise,
    exercises: Sequence[Exercise],
    failed: Collection[str],
    tree: ast.Module,
) -> Iterator[list[Exercise]]:
    """Yield groups of exercises whose functions this one calls, by order of suspicion.

    First all those that failed, then each by itself. One that passed its own checks may
    still not do what this exercise needs.

    Args:
        exercise: the one that failed.
        exercises: those of the lesson.
        failed: the tags of all that failed.
        tree: the attempt's file.
    """
    parts = find_used_exercises(exercise, exercises, tree)
    if both := [part for part in parts if part.tag in failed]:
        yield both
    yield from ([part] for part in parts if [part] != both)


def find_used_exercises(
    exercise: Exercise, exercises: Sequence[Exercise], tree: ast.Module
) -> list[Exercise]:
    """Return the exercises whose functions this one's function calls."""
    used = set(_used_by(exercise.writes, tree)) - {exercise.writes}
    return [other for other in exercises if other.writes in used]


def blame_other_exercises(
    finding: Finding, parts: Sequence[Exercise], failed: Collection[str]
) -> Finding:
    """Return the finding of an exercise that fails only because of other exercises.

    It passes with the lesson's functions for these.
    """
    names = " and ".join(part.writes for part in parts)
    causes = tuple(part.tag for part in parts)
    tags = " and ".join(causes)
    exercises, it = ("exercises", "them") if len(parts) > 1 else ("exercise", "it")
    sentence = (
        f"{finding.sentence} That comes from {names}, {exercises} {tags}: with the "
        f"lesson's own instead of {it}, every check here passes."
    )
    # The mistake was made in another exercise. If that one failed, it has its own
    # finding. If it passed, its mistake shows only in these answers.
    has_failed = any(part.tag in failed for part in parts)
    mistakes = () if has_failed else finding.mistakes
    return replace(finding, sentence=sentence, mistakes=mistakes, causes=causes)


class OtherFunction(NamedTuple):
    """A function of the file that no check has found wrong.

    Attributes:
        name: its name.
        what: its description for a learner: "exercise 5b", or that the page gives it.
    """

    name: str
    what: str


def find_given_functions(
    solution: Path, session: AttemptSession
) -> list[OtherFunction]:
    """Return the functions that the page gives, and that the attempt hasn't changed.

    Args:
        solution: the lesson's solution, which contains them too.
        session: the session of the attempt.
    """
    try:
        mine = _code_of_functions(session.tree)
    except Stopped:  # the file can't be parsed
        return []
    theirs = _code_of_functions(parse_once(solution.read_text(encoding="utf-8")))
    return [
        OtherFunction(name, "which this page gives")
        for name, code in mine.items()
        if theirs.get(name) == code
    ]


def _code_of_functions(tree: ast.Module) -> dict[str, str]:
    """Return each function's syntax tree, without positions."""
    return {n.name: ast.dump(n) for n in tree.body if isinstance(n, ast.FunctionDef)}


def ask_about_other_function(
    finding: Finding,
    answer: Answer,
    others: Sequence[OtherFunction],
    session: AttemptSession,
) -> Finding:
    """Return the finding of an exception that another function raised.

    That function belongs to another exercise, or to the page, and no check has found it
    wrong. So no fix for its line is suggested: it may be right for its intended
    arguments. The line to change is the one that calls it, if that is known.
    """
    raised = answer.raised
    if raised is None or raised.line is None:
        return finding
    other = _owner_of(raised.line, answer, others, session)
    if other is None:
        return finding
    sentence = (
        f"{describe_in_one_line(raised).rstrip('.')}. That came up in "
        f"{other.name}, {other.what}. Does {other.name} take what "
        f"{answer.target} hands it here?"
    )
    line, source = _last_line_of(answer.target, raised.trace, session.tree)
    return replace(finding, sentence=sentence, line=line, source=source, column=None)


def omit_line_of_others(
    finding: Finding,
    answer: Answer,
    others: Sequence[OtherFunction],
    session: AttemptSession,
) -> Finding:
    """Return the finding of a call that took too long, perhaps without its line.

    The line is omitted if it is in another function that no check has found wrong.
    """
    if finding.line is None or not _owner_of(finding.line, answer, others, session):
        return finding
    return replace(finding, line=None, source="")


def _owner_of(
    line: int, answer: Answer, others: Sequence[OtherFunction], session: AttemptSession
) -> OtherFunction | None:
    """Return the other function that contains a line."""
    try:
        tree = session.tree
    except Stopped:  # the file can't be parsed
        return None
    there = _functions_at(line, tree) - {answer.target}
    return next((other for other in others if other.name in there), None)


def _functions_at(line: int, tree: ast.Module) -> set[str]:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if f.lineno <= line <= (f.end_lineno or 0)}


def _last_line_of(name: str, trace: str, tree: ast.Module) -> tuple[int | None, str]:
    """Return the innermost line of a function in a traceback, and its text."""
    for number, source in reversed(_FRAME.findall(trace)):
        if name in _functions_at(int(number), tree):
            return int(number), source
    return None, ""


def _used_by(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield every name that a function reads, and those that its callees read."""
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    waiting, seen = [name], {name}
    while waiting:
        function = functions.get(waiting.pop())
        for node in ast.walk(function) if function else ():
            if isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                waiting.append(node.id)
                yield node.id


# How to adjust a finding, by outcome, if its line belongs to another exercise.
ADJUST_BY_OUTCOME = {
    Outcome.RAISED: ask_about_other_function,
    Outcome.TIMED_OUT: omit_line_of_others,
}
