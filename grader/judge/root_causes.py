"""root_causes: find which exercises another one uses, and whether it fails only because
of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, assert_never

from msgspec.structs import replace

from grader.checks import Exercise
from grader.checks.attempt import Answer, AttemptSession, Stopped
from grader.checks.attempt.failure_messages import describe_in_one_line
from grader.course.document.bindings import global_names_of, reach
from grader.course.document.cells import read_text
from grader.course.document.source import parse_once
from grader.report import Finding, Outcome

# The functions of these libraries use objects that can't leave their process.
_STAYS = frozenset({"keras", "sympy"})
# A frame as the worker writes it. An attempt may forge numbers of any length.
_FRAME = re.compile(r"^  line (\d{1,9}), in .*(?:\n    (.*))?", re.MULTILINE)


def can_cross_processes(imports: Collection[str]) -> bool:
    """Return whether a lesson's functions can be called from another process."""
    return not _STAYS.intersection(imports)


def find_used_exercises(
    exercise: Exercise, exercises: Sequence[Exercise], tree: ast.Module
) -> list[Exercise]:
    """Return the exercises whose functions this one's function calls."""
    used = set(global_names_of(exercise.writes, tree)) - {exercise.writes}
    return [other for other in exercises if other.writes in used]


def find_needed(
    tag: str,
    exercises: Sequence[Exercise],
    find_used: Callable[[Exercise], Iterable[Exercise]],
) -> set[str]:
    """Return the tags of an exercise and of all that its verdict depends on.

    Args:
        tag: the tag of the exercise.
        exercises: those of the lesson.
        find_used: returns the exercises whose functions one calls.
    """
    by_tag = {exercise.tag: exercise for exercise in exercises}

    def used_by(tag: str) -> list[str]:
        others = (other.tag for other in find_used(by_tag[tag]))
        return [one for one in (by_tag[tag].after, *others) if one in by_tag]

    return set(reach([tag], used_by))


def blame_other_exercise(finding: Finding, part: Exercise) -> Finding:
    """Return the finding of an exercise that fails only because of another one.

    That one passed its own checks. With the lesson's function for it, every check here
    passes, so its mistake shows only in these answers. A mistake that gives them is
    known, then, and that it is in that function is only likely.
    """
    sentence = (
        f"{finding.sentence} That comes from {part.writes}, exercise {part.tag}: with "
        "the lesson's own version instead, every check here passes."
    )
    where = f"Perhaps in {part.writes}, exercise {part.tag}"
    mistakes = tuple(
        replace(one, sentence=f"{where}: {one.sentence}") for one in finding.mistakes
    )
    return replace(finding, sentence=sentence, causes=(part.tag,), mistakes=mistakes)


class OtherFunction(NamedTuple):
    """A function of the file that no check has found wrong.

    Attributes:
        name: its name.
        what: its description for a learner: "exercise 5b", or that the page gives it.
    """

    name: str
    what: str


def find_other_functions(
    exercises: Sequence[Exercise],
    failed: Collection[str],
    solution: Path,
    session: AttemptSession,
) -> list[OtherFunction]:
    """Return the functions of the file that no check has found wrong.

    Args:
        exercises: those of the lesson.
        failed: the tags of all that failed.
        solution: the lesson's solution.
        session: the session of the attempt.
    """
    exercise_of = {e.writes: f"exercise {e.tag}" for e in exercises}
    right = [
        OtherFunction(e.writes, exercise_of[e.writes])
        for e in exercises
        if e.tag not in failed
    ]
    # The learner's own function may be the same as the solution's, too.
    given = [
        OtherFunction(one.name, exercise_of.get(one.name, one.what))
        for one in find_given_functions(solution, session)
    ]
    return [*right, *given]


def find_given_functions(
    solution: Path, session: AttemptSession
) -> list[OtherFunction]:
    """Return the functions that the page gives, and that the attempt hasn't changed.

    Args:
        solution: the lesson's solution, which contains them too.
        session: the session of the attempt.
    """
    try:
        code_by_name = _code_of_functions(session.tree)
    except Stopped:  # the file can't be parsed
        return []
    theirs = _code_of_functions(parse_once(read_text(solution)))
    return [
        OtherFunction(name, "which this page gives")
        for name, code in code_by_name.items()
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
        f"{answer.target} passes to it here?"
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


_Adjustment = Callable[
    [Finding, Answer, Sequence[OtherFunction], AttemptSession], Finding
]


def find_adjustment(outcome: Outcome) -> _Adjustment | None:
    """Return how to adjust a finding if its line belongs to another exercise."""
    match outcome:
        case Outcome.RAISED:
            return ask_about_other_function
        case Outcome.TIMED_OUT:
            return omit_line_of_others
        case Outcome.PASSED | Outcome.WRONG | Outcome.GUESSED | Outcome.OUT_OF_MEMORY:
            return None
        case Outcome.NOT_ATTEMPTED | Outcome.SKIPPED | Outcome.BROKEN:
            return None
        case _:
            assert_never(outcome)
