"""causes: whether an exercise fails only because of another one of the learner's.

The file is loaded once more, in a worker in which the functions of other exercises are
the reference's. They stay with the judge: the worker gets their answers,
never what they are made of. Where every check passes then, that is seen, and said.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from grader.attempt import Answer, Session, Stopped
from grader.attempt.failure_messages import describe_in_one_line
from grader.checks import Exercise
from grader.report import Finding

# What functions of these take and answer stays in the process that made it.
_STAYS = frozenset({"keras", "sympy"})


def can_be_replaced(imports: Collection[str]) -> bool:
    """Return whether a lesson's functions can be called from another process."""
    return not _STAYS.intersection(imports)


def suspects(
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
    used = set(_used_by(exercise.name, tree)) - {exercise.name}
    parts = [other for other in exercises if other.name in used]
    if both := [part for part in parts if part.tag in failed]:
        yield both
    yield from ([part] for part in parts if [part] != both)


def blamed_on(
    finding: Finding, parts: Sequence[Exercise], failed: Collection[str]
) -> Finding:
    """Return the finding of an exercise that passes once these others are the lesson's
    own.
    """
    names = " and ".join(part.name for part in parts)
    causes = tuple(part.tag for part in parts)
    tags = " and ".join(causes)
    exercises, it = ("exercises", "them") if len(parts) > 1 else ("exercise", "it")
    sentence = (
        f"{finding.sentence} That comes from {names}, {exercises} {tags}: with the "
        f"lesson's own in place of {it}, every check here passes."
    )
    # Whichever mistake fits the answers, it is not made in this exercise. Where the
    # other passed, its mistake shows in these answers alone.
    has_failed = any(part.tag in failed for part in parts)
    mistakes = () if has_failed else finding.mistakes
    return replace(finding, sentence=sentence, mistakes=mistakes, causes=causes)


def questioned(
    finding: Finding, answer: Answer, others: Sequence[Exercise], session: Session
) -> Finding:
    """Return the finding of an exception that came up in the function of another
    exercise, which was not seen to be wrong.

    What would mend that line is left out: it may be right for what it is asked to take.
    """
    raised = answer.raised
    if raised is None or raised.line is None:
        return finding
    try:
        body = session.tree.body
    except Stopped:  # the file cannot be looked into
        return finding
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    there = {
        function.name
        for function in functions
        if function.lineno <= raised.line <= (function.end_lineno or 0)
    }
    for other in others:
        if other.name in there - {answer.target}:
            sentence = (
                f"{describe_in_one_line(raised).rstrip('.')}. That line belongs to "
                f"{other.name}, exercise {other.tag}. Does {other.name} take what "
                f"{answer.target} hands it here?"
            )
            return replace(finding, sentence=sentence)
    return finding


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
