"""root_causes: whether an exercise fails only because of another one of the learner's.

The file is loaded once more, in a worker in which the functions of other exercises are
the reference's. They stay with the judge: the worker gets their answers,
never what they are made of. Where every check passes then, that is seen, and said.
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
from grader.report import Finding, Outcome

# What functions of these take and answer stays in the process that made it.
_STAYS = frozenset({"keras", "sympy"})
# As the worker writes a traceback. An attempt may forge a number of any length.
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
    """Yield the exercises whose functions this one's calls, in the order they are
    suspected.

    First all that failed together, then each: one may have passed its own checks and
    yet not do what is asked of it here.

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
    """Return those of some exercises whose functions this one's calls."""
    used = set(_used_by(exercise.writes, tree)) - {exercise.writes}
    return [other for other in exercises if other.writes in used]


def blame_other_exercises(
    finding: Finding, parts: Sequence[Exercise], failed: Collection[str]
) -> Finding:
    """Return the finding of an exercise that passes once these others are the lesson's
    own.
    """
    names = " and ".join(part.writes for part in parts)
    causes = tuple(part.tag for part in parts)
    tags = " and ".join(causes)
    exercises, it = ("exercises", "them") if len(parts) > 1 else ("exercise", "it")
    sentence = (
        f"{finding.sentence} That comes from {names}, {exercises} {tags}: with the "
        f"lesson's own instead of {it}, every check here passes."
    )
    # Whichever mistake fits the answers, it is not made in this exercise. Where the
    # other passed, its mistake shows in these answers alone.
    has_failed = any(part.tag in failed for part in parts)
    mistakes = () if has_failed else finding.mistakes
    return replace(finding, sentence=sentence, mistakes=mistakes, causes=causes)


class OtherFunction(NamedTuple):
    """A function of the file that was not seen to be wrong.

    Attributes:
        name: its name.
        what: what a learner calls it: "exercise 5b", or that the page gives it.
    """

    name: str
    what: str


def find_given_functions(
    solution: Path, session: AttemptSession
) -> list[OtherFunction]:
    """Return the functions that the page gives, and that the attempt left as they are.

    Args:
        solution: the lesson's solution, which has them too.
        session: of the attempt.
    """
    try:
        mine = _code_of_functions(session.tree)
    except Stopped:  # the file cannot be looked into
        return []
    theirs = _code_of_functions(ast.parse(solution.read_text(encoding="utf-8")))
    return [
        OtherFunction(name, "which this page gives")
        for name, code in mine.items()
        if theirs.get(name) == code
    ]


def _code_of_functions(tree: ast.Module) -> dict[str, str]:
    """Return what each function does, as code without its place."""
    return {n.name: ast.dump(n) for n in tree.body if isinstance(n, ast.FunctionDef)}


def ask_about_other_function(
    finding: Finding,
    answer: Answer,
    others: Sequence[OtherFunction],
    session: AttemptSession,
) -> Finding:
    """Return the finding of an exception that came up in the function of another
    exercise, or of the page, which was not seen to be wrong.

    What would fix that line is left out: it may be right for what it is asked to take.
    The line to change is the one that calls it, where that is known.
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
    """Return the finding of a call that took too long, without the line where it was
    stopped if that is in another exercise, which was not seen to be wrong.
    """
    if finding.line is None or not _owner_of(finding.line, answer, others, session):
        return finding
    return replace(finding, line=None, source="")


def _owner_of(
    line: int, answer: Answer, others: Sequence[OtherFunction], session: AttemptSession
) -> OtherFunction | None:
    """Return the other function in which a line is."""
    try:
        tree = session.tree
    except Stopped:  # the file cannot be looked into
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
    """Yield every name that a function of the file reads, or one that it calls."""
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    waiting, seen = [name], {name}
    while waiting:
        function = functions.get(waiting.pop())
        for node in ast.walk(function) if function else ():
            if isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                waiting.append(node.id)
                yield node.id


# What is looked at by how an exercise ended: a line of its finding may be another's.
ADJUST_BY_OUTCOME = {
    Outcome.RAISED: ask_about_other_function,
    Outcome.TIMED_OUT: omit_line_of_others,
}
