"""unread: grade what Python can read of a file that it cannot read as a whole.

What cannot be read is left out, cell by cell, and the rest is loaded. Whatever goes
wrong in the rest may come from what is not there: so an exercise that needs a name of a
part left out is not judged, unless it passes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack

import msgspec
from msgspec.structs import replace

from grader.attempt import Answer, Session, Stopped
from grader.attempt.failure_messages import describe_exception
from grader.attempt_file import AttemptText
from grader.checks import Exercise
from grader.judge.parts import (
    MarkedPart,
    find_unreadable,
    is_readable,
    marked_parts,
    without,
)
from grader.report import Finding, Outcome
from grader.sandbox import Raised
from grader.unread import UnreadPart, name_of

# What a line at the left margin gives a value, or another one: a function, a class,
# names before an = or a +=.
_GIVES = re.compile(
    r"(?:async\s+)?(?:def|class)\s+(\w+)"
    r"|(\w+(?:\s*,\s*\w+)*)\s*(?::[^=]*|[-+*/@%&|^]+)?=(?!=)"
)
# Each part that is left out may cost a worker.
_MOST_LEFT_OUT = 20
_NO_NAME = re.compile(r"name '(\w+)' is not defined")


class LeftOut(msgspec.Struct, frozen=True):
    """A part of a file that Python cannot read, and what is said of it.

    Attributes:
        part: the part.
        stopped: how its exercise ends.
        name: what its exercise asks for, which may stand in it half typed; or "".
    """

    part: MarkedPart
    stopped: Stopped
    name: str

    @property
    def reported(self) -> UnreadPart:
        """The part as a report has it."""
        finding = self.stopped.finding
        return UnreadPart(self.part.tag, finding.sentence, finding.line)

    @property
    def given(self) -> set[str]:
        """The names that its lines seem to give a value."""
        found = (_GIVES.match(line) for line in self.part.lines)
        return {
            word
            for match in found
            if match
            for word in re.findall(r"\w+", match[1] or match[2])
        }

    def mentions(self, target: str) -> bool:
        """Return whether a target is what it is to give, or its words stand in it, or
        may come from a star.
        """
        code = "\n".join(self.part.lines)
        words = re.findall(r"\w+", target)
        is_there = all(re.search(rf"\b{word}\b", code) for word in words)
        is_asked = target == self.name
        return is_asked or is_there or re.search(r"\bimport\s*\*", code) is not None


def open_readable(
    open_text: Callable[[AttemptText], Session],
    text: AttemptText,
    names: Mapping[str, str],
) -> tuple[Session, tuple[LeftOut, ...]]:
    """Load a file, or what Python can read of it.

    Where the rest cannot be loaded either, or a part that cannot be read answers an
    exercise that is not its own, the file is as it was, with its problem.

    Args:
        open_text: makes a session of a file.
        text: the file.
        names: what the exercises of the lesson ask for, by their tags.

    Returns:
        The session, and the parts that were left out.
    """
    first = session = open_text(text)
    problem, left_out = _load(first), list[LeftOut]()
    parts = list(marked_parts(first.source, names)) if problem else []
    while problem is not None:
        # Each time at least one part more is left out, or it ends.
        more = _find(session.source, problem, parts)
        left_out += [LeftOut(x, how, names.get(x.tag, "")) for x, how in more.items()]
        if not more or len(left_out) > _MOST_LEFT_OUT:
            return first, ()
        # It may be a second answer to an exercise, and in Python the last one counts.
        asked = set(names.values())
        if any(one.given & (asked - {one.name}) for one in left_out):
            return first, ()
        parts = [part for part in parts if part not in more]
        rest = without(session.source, more)
        session = open_text(replace(text, source=rest.encode()))
        problem = _load(session)
    return session, tuple(sorted(left_out, key=lambda one: one.part.first))


def _load(session: Session) -> Stopped | None:
    """Load a session's file; return why it cannot be loaded, and close it then."""
    with ExitStack() as stack:
        stack.callback(session.close)
        try:
            session.running()
        except Stopped as stopped:
            return stopped
        stack.pop_all()  # it goes on with the worker that has loaded it
    return None


def _find(
    text: str, problem: Stopped, parts: Sequence[MarkedPart]
) -> dict[MarkedPart, Stopped]:
    """Return the parts to blame for a file that does not load; none if it is not read
    for another reason.
    """
    raised = problem.answer.raised if problem.answer else None
    # With frames of the file the file was read, and it is its code that raised.
    if raised is None or "SyntaxError" not in raised.bases or raised.trace:
        return {}
    errors = find_unreadable(text, parts)
    if not errors and raised.line is not None and is_readable(text):
        # Of a tree that is whole the line is exact: a return outside of a function.
        errors = {part: raised for part in parts if part.holds(raised.line)}
    return {part: _as_stopped(one) for part, one in errors.items()}


def _as_stopped(raised: Raised) -> Stopped:
    # Without an answer: nothing was asked, and there is no mistake to be looked for.
    return Stopped(*describe_exception(raised, Answer("", is_call=False), "", ()))


def ends_of(left_out: Sequence[LeftOut]) -> dict[str, Stopped]:
    """Return how the exercises end of which a part was left out; of two, the first."""
    return {x.part.tag: x.stopped for x in reversed(left_out) if x.part.tag}


def as_seen(
    stopped: Stopped,
    exercise: Exercise,
    session: Session,
    left_out: Sequence[LeftOut],
) -> Stopped:
    """Return how a check ends: not judged, where what it needs may have been left out.

    Args:
        stopped: how it ended.
        exercise: whose check it is.
        session: of what is left of the file.
        left_out: what was left out.
    """
    for one, name in _needed(stopped, exercise, session, left_out):
        error, tag = one.stopped.finding, one.part.tag
        sentence = (
            f"This needs {name}, which may come from {name_of(tag)}. Python cannot "
            "read that part of your file."
        )
        finding = Finding(sentence, line=error.line, source=error.source, needs=tag)
        return Stopped(Outcome.SKIPPED, finding)
    return stopped


def _needed(
    stopped: Stopped,
    exercise: Exercise,
    session: Session,
    left_out: Sequence[LeftOut],
) -> Iterator[tuple[LeftOut, str]]:
    """Yield each part that was left out with a name of it that the exercise needs."""
    if not left_out:
        return
    answers, asked = session.answers[exercise.tag], session.asked[exercise.tag]
    missing = set(_missing(stopped, answers, asked))
    used = set(_used_by({exercise.name, *asked}, session))
    # Where it is defined comes before where it is only spoken of.
    for one in left_out:
        yield from ((one, name) for name in sorted(one.given & (missing | used)))
    for one in left_out:
        yield from ((one, name) for name in sorted(missing) if one.mentions(name))


def _missing(
    stopped: Stopped, answers: Iterable[Answer], asked: Iterable[str]
) -> Iterator[str]:
    """Yield the names and the entries that were seen to be missing."""
    last, answered = stopped.answer, {answer.target for answer in answers}
    if last is not None and stopped.outcome is Outcome.NOT_ATTEMPTED:
        yield from () if last.raised else (last.target,)
    elif last is None:
        yield from (
            target
            for target in asked
            if target.endswith('"]') and target not in answered
        )
    for raised in filter(None, (answer.raised for answer in answers)):
        if found := _NO_NAME.search(raised.message):
            yield found[1]


def _used_by(names: set[str], session: Session) -> Iterator[str]:
    """Yield these names, and those of the file that they use, and so on."""
    try:
        body = session.tree.body
    except Stopped:  # the file cannot be looked into
        body = []
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    waiting, seen = list(names), set(names)
    while waiting:
        yield (name := waiting.pop())
        inside = list(ast.walk(functions[name])) if name in functions else []
        words = [node for node in inside if isinstance(node, ast.Name)]
        own = {node.arg for node in inside if isinstance(node, ast.arg)}
        own |= {n.id for n in words if not isinstance(n.ctx, ast.Load)}
        fresh = {word.id for word in words} - own - seen
        seen |= fresh
        waiting += fresh
