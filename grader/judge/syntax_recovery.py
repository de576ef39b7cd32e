"""syntax_recovery: grade a file without the parts that Python can't read or run.

A cell that can't be read is left out, and so is a top-level statement that fails; the
rest is loaded again. A failure in the rest may be due to a missing part. So an exercise
that needs a name from a part that was left out isn't judged, unless it passes. No
statement is executed here: a worker says which one failed. A lie can only remove more
of the attempt's code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from grader.checks import Exercise
from grader.checks.attempt import Answer, AttemptSession, Stopped
from grader.checks.attempt.failure_messages import (
    describe_in_one_line,
    explain_exception,
)
from grader.course.document.cells import Cell, Document
from grader.report import Finding, LeftOutStatement, Outcome, UnreadPart, part_name
from grader.sandbox import Ended, OutOfMemory, Raised, Reply, TimedOut

if TYPE_CHECKING:
    from grader.judge.broken_parts import Statement

# A line without indentation that defines or changes names: a function, a class, or
# names before an = or a +=.
_GIVES = re.compile(
    r"(?:async\s+)?(?:def|class)\s+(\w+)"
    r"|(\w+(?:\s*,\s*\w+)*)\s*(?::[^=]*|[-+*/@%&|^]+)?=(?!=)"
)
# Each part that is left out may cost a worker.
_MOST_LEFT_OUT = 20
# The most statements that may fail by themselves, and the most that may time out.
_MOST_FAILING, _MOST_TIMED_OUT = 5, 2
_STUB = "NotImplementedError"
_NO_NAME = re.compile(r"name '(\w+)' is not defined")


class LeftOut(msgspec.Struct, frozen=True):
    """A part of a file that Python can't read or run, and what to say about it.

    Attributes:
        part: its source and its position, as a cell.
        stopped: how it failed; its exercise ends the same way.
        name: the name that its exercise needs, which may be half typed in it; or "".
        binds: the names that it seems to define.
        place: its line as the writer of the file counts; "" for a whole cell.
        is_statement: whether Python can read it, but it fails when it runs.
        error: what the top of the report says about it.
        is_dependent: whether it failed because an earlier part was left out.
        ends: the results of the exercises that can't be judged without it, by tag.
    """

    part: Cell
    stopped: Stopped
    name: str
    binds: frozenset[str]
    place: str = ""
    is_statement: bool = False
    error: str = ""
    is_dependent: bool = False
    ends: Mapping[str, Stopped] = msgspec.field(default_factory=dict)

    @property
    def reported(self) -> UnreadPart | LeftOutStatement:
        """The part as a report has it."""
        tag, finding = self.part.tag, self.stopped.finding
        if self.is_statement:
            is_own = finding.line is not None and self.part.has_line(finding.line)
            line = finding.line if is_own else self.part.line
            return LeftOutStatement(tag, self.error, line)
        is_line = bool(self.place)
        error = finding.sentence
        if words := finding.explanation:
            error = f"{words} ({finding.error})"
        return UnreadPart(tag, error, finding.line, is_line=is_line)

    @property
    def shown_name(self) -> str:
        """The name for it in a sentence."""
        return self.place or part_name(self.part.tag)

    @property
    def is_failing_statement(self) -> bool:
        """Whether it is a statement that fails by itself."""
        return self.is_statement and not self.is_dependent

    def mentions(self, target: str) -> bool:
        """Return whether a target may come from this part.

        That is so if its exercise needs the target, if all words of the target are in
        it, or if it has a star import.
        """
        code = self.part.source
        words = re.findall(r"\w+", target)
        has_words = all(re.search(rf"\b{word}\b", code) for word in words)
        is_needed = target == self.name
        return is_needed or has_words or re.search(r"\bimport\s*\*", code) is not None


def load_readable(
    first: AttemptSession, names: Mapping[str, str]
) -> tuple[AttemptSession, tuple[LeftOut, ...]]:
    """Load a file, or what Python can read and run of it.

    If the cause can't be located, the original session is returned with its problem. If
    too much fails, the session has that as its problem.

    Args:
        first: the session of the file.
        names: the names that the exercises of the lesson need, by tag.

    Returns:
        The session, and the parts that were left out.
    """
    session, left_out = first, list[LeftOut]()
    while (problem := _load(session)) is not None:
        if _needs_location(session):
            session = session.with_document(session.document, announces=True)
            continue
        # Each iteration leaves out at least one more part, or ends the loop.
        more = _find_broken(session, problem, names, left_out)
        if more and (too_many := _find_too_many(more, left_out)):
            session.problem = too_many
            break
        left_out += more
        if not more and any(one.is_statement for one in left_out):
            break  # for example, the grading has used up its budget
        if not more or len(left_out) > _MOST_LEFT_OUT:
            return first, ()
        rest = session.document.without([one.part for one in more])
        if not rest.text.strip():
            return first, ()
        session = session.with_document(rest, session.announces)
    return session, tuple(sorted(left_out, key=lambda one: one.part.line))


def _needs_location(session: AttemptSession) -> bool:
    """Return whether the worker must announce lines to locate the failure."""
    reply = session.load_failure
    is_lost = isinstance(reply, (Ended, OutOfMemory, TimedOut))
    return is_lost and _find_failed_line(reply) is None and not session.announces


def _find_failed_line(reply: Reply | None) -> int | None:
    """Return a line of the statement that failed, as the worker reports it."""
    if isinstance(reply, (Ended, OutOfMemory, Raised, TimedOut)):
        return reply.statement
    return None


def _find_too_many(
    more: Sequence[LeftOut], left_out: Sequence[LeftOut]
) -> Stopped | None:
    """Return the failure if too many parts fail to grade the rest; else None."""
    failing = [one for one in (*left_out, *more) if one.is_failing_statement]
    endless = [one for one in failing if one.stopped.outcome is Outcome.TIMED_OUT]
    last = more[-1]
    if len(endless) > _MOST_TIMED_OUT:
        most = f"{_MOST_TIMED_OUT} statements that take too long are"
    elif len(failing) > _MOST_FAILING:
        most = f"{_MOST_FAILING} statements that fail are"
    elif last.is_statement and len(left_out) + len(more) > _MOST_LEFT_OUT:
        most = f"{_MOST_LEFT_OUT} statements are"
    else:
        return None
    last_finding = last.stopped.finding
    sentence = (
        f"At most {most} left out of a file, and here is one more, so the rest wasn't "
        f"graded. {_capitalize(last.place)}: {_with_stop(last.error)}"
    )
    finding = Finding(sentence, line=last.part.line, source=last_finding.source)
    return Stopped(Outcome.SKIPPED, finding)


def _load(session: AttemptSession) -> Stopped | None:
    """Load a session's file; if that fails, close it and return the reason."""
    with ExitStack() as stack:
        stack.callback(session.close)
        try:
            session.running()
        except Stopped as stopped:
            return stopped
        stack.pop_all()  # keep the worker that has loaded it
    return None


def _find_broken(
    session: AttemptSession,
    problem: Stopped,
    names: Mapping[str, str],
    left_out: Sequence[LeftOut],
) -> list[LeftOut]:
    """Return the parts to blame for a file that doesn't load.

    It is empty if the file can't be read for another reason.
    """
    # Imported here, because most files load.
    from grader.judge.broken_parts import (
        find_statement,
        find_unreadable,
        is_readable,
        parts_with_known_tags,
    )

    document = session.document
    cells = parts_with_known_tags(document, names)
    if (line := _find_failed_line(session.load_failure)) is not None:
        broken = find_statement(document, line, cells)
        return [_leave_out(broken, session, problem, names, left_out)] if broken else []
    raised = problem.answer.raised if problem.answer else None
    # If the traceback has frames of the file, Python parsed it, and its code raised.
    if raised is None or "SyntaxError" not in raised.bases or raised.trace:
        return []
    errors = find_unreadable(document, cells)
    if not errors and raised.line is not None and is_readable(document.text):
        # The whole tree was parsed, so the line is exact: a return outside a function.
        errors = {cell: raised for cell in cells if cell.has_line(raised.line)}
    return [
        _leave_out_cell(cell, error, session, names) for cell, error in errors.items()
    ]


def _leave_out_cell(
    cell: Cell, error: Raised, session: AttemptSession, names: Mapping[str, str]
) -> LeftOut:
    """Return a cell that can't be read; just its line if it belongs to no exercise."""
    from grader.judge.broken_parts import narrow

    stopped, place = _as_stopped(error, session.document), ""
    if not cell.tag and (line := narrow(cell, error.line)) is not None:
        cell, place = line, session.document.place_of(line.line)
    matches = (_GIVES.match(one) for one in cell.source.split("\n"))
    binds = frozenset(
        word
        for match in matches
        if match
        for word in re.findall(r"\w+", match[1] or match[2])
    )
    omitted = LeftOut(cell, stopped, names.get(cell.tag, ""), binds, place)
    return replace(omitted, ends=_find_outcomes(omitted, names, costs_its_own=True))


def _leave_out(
    statement: Statement,
    session: AttemptSession,
    problem: Stopped,
    names: Mapping[str, str],
    left_out: Sequence[LeftOut],
) -> LeftOut:
    """Return a statement that fails, with what to say about it."""
    part, binds, reply = statement.part, statement.binds, session.load_failure
    place, tag = session.document.place_of(part.line), part.tag
    finding = replace(problem.finding, call="", look="")
    match reply:
        case Ended(how=how):
            finding = replace(finding, sentence=f"Your program {how}.")
        case OutOfMemory(limit_mb=limit_mb):
            sentence = f"It needed more than {limit_mb} MB of memory."
            finding = replace(finding, sentence=sentence)
        case TimedOut():
            shortened = finding.sentence.replace(f" in {session.filename}", "", 1)
            finding = replace(finding, sentence=shortened)
    if finding.line is None:
        source = part.source.split("\n")[0].strip()
        finding = replace(finding, line=part.line, source=source)
    cause = _find_cause(reply, left_out)
    outcome = Outcome.SKIPPED if cause else problem.outcome
    if cause:
        finding = replace(finding, sentence=cause)
    stopped = Stopped(outcome, finding)
    error = finding.sentence
    if finding.line is not None and not part.has_line(finding.line):
        error = f"{_with_stop(error)} See {session.document.place_of(finding.line)}."
    name = names.get(tag, "")
    omitted = LeftOut(part, stopped, name, binds, place, True, error, bool(cause))
    # Calling a stub isn't a mistake of the cell that calls it.
    is_of_a_stub = isinstance(reply, Raised) and reply.type_name == _STUB
    return replace(
        omitted, ends=_find_outcomes(omitted, names, costs_its_own=not is_of_a_stub)
    )


def _find_cause(reply: Reply | None, left_out: Sequence[LeftOut]) -> str:
    """Return a sentence about a missing name that an earlier part defines, or ""."""
    if not isinstance(reply, Raised) or "NameError" not in reply.bases:
        return ""
    if (found := _NO_NAME.search(reply.message)) is None:
        return ""
    sentence = describe_in_one_line(replace(reply, message=found[0]))
    for omitted in left_out:
        which = _capitalize(omitted.shown_name)
        if omitted.is_statement and found[1] in omitted.binds:
            return f"{sentence}. {which}, which was left out, defines it."
        if found[1] in omitted.binds or omitted.mentions(found[1]):
            return f"{sentence}. {which}, which was left out, may define it."
    return ""


def _with_stop(sentence: str) -> str:
    """Return a sentence with a full stop, unless it ends with one."""
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _capitalize(words: str) -> str:
    """Return words with a capital letter, for the beginning of a sentence."""
    return f"{words[0].upper()}{words[1:]}"


def _find_outcomes(
    omitted: LeftOut, names: Mapping[str, str], costs_its_own: bool
) -> dict[str, Stopped]:
    """Return the results of the exercises that can't be judged without a part.

    These are its own exercise, and those whose answers it defines. The file may define
    a name earlier, but the last definition counts, and its answers are unknown.
    """
    tag, finding = omitted.part.tag, omitted.stopped.finding
    ends = {tag: omitted.stopped} if tag and costs_its_own else {}
    does, fails = "may define", "Python cannot read it"
    if omitted.is_statement:
        does, fails = "defines", "It fails"
    for other, answer in names.items():
        name = answer.partition("[")[0]  # for PREDICT["loss"], the dict
        if name in omitted.binds and other != tag:
            sentence = (
                f"{_capitalize(omitted.shown_name)} {does} {name}. {fails}, so it was "
                "left out and this exercise wasn't graded."
            )
            skipped = Finding(sentence, line=finding.line, source=finding.source)
            ends[other] = Stopped(Outcome.SKIPPED, skipped)
    return ends


def _as_stopped(raised: Raised, document: Document) -> Stopped:
    # The answer is empty, because nothing was called, and no mistake is looked for.
    answer = Answer("", is_call=False)
    return Stopped(*explain_exception(raised, answer, "", (), document))


def outcomes_without(left_out: Sequence[LeftOut]) -> dict[str, Stopped]:
    """Return the results of exercises that lack a part; the first part's counts."""
    ends: dict[str, Stopped] = {}
    for omitted in left_out:
        ends = {**omitted.ends, **ends}
    return ends


def skip_if_left_out(
    stopped: Stopped,
    exercise: Exercise,
    session: AttemptSession,
    left_out: Sequence[LeftOut],
) -> Stopped:
    """Return the result of a check, or *skipped* if a part it needs may be left out.

    Args:
        stopped: how it ended.
        exercise: its exercise.
        session: the session of the rest of the file.
        left_out: the parts that were left out.
    """
    for omitted, name in _find_needed_parts(stopped, exercise, session, left_out):
        error, tag = omitted.stopped.finding, omitted.part.tag
        why = "Python can't read that part of your file."
        if omitted.is_statement:
            why = "That statement fails, so it was left out."
        sentence = f"This needs {name}, which may come from {omitted.shown_name}. {why}"
        finding = Finding(sentence, line=error.line, source=error.source, needs=tag)
        return Stopped(Outcome.SKIPPED, finding)
    return stopped


def _find_needed_parts(
    stopped: Stopped,
    exercise: Exercise,
    session: AttemptSession,
    left_out: Sequence[LeftOut],
) -> Iterator[tuple[LeftOut, str]]:
    """Yield each part that was left out with a name of it that the exercise needs."""
    if not left_out:
        return
    answers, targets = session.answers[exercise.tag], session.asked[exercise.tag]
    missing = set(_find_missing_names(stopped, answers, targets))
    used = set(_find_used_names({exercise.writes, *targets}, session)) - session.lent
    # Parts that define a name come before parts that only mention it.
    for omitted in left_out:
        yield from (
            (omitted, name) for name in sorted(omitted.binds & (missing | used))
        )
    for omitted in left_out:
        yield from (
            (omitted, name) for name in sorted(missing) if omitted.mentions(name)
        )


def _find_missing_names(
    stopped: Stopped, answers: Iterable[Answer], targets: Iterable[str]
) -> Iterator[str]:
    """Yield the names and the dict entries that turned out to be missing."""
    last, answered = stopped.answer, {answer.target for answer in answers}
    if last is not None and stopped.outcome is Outcome.NOT_ATTEMPTED:
        yield from () if last.raised else (last.target,)
    elif last is None:
        yield from (
            target
            for target in targets
            if target.endswith('"]') and target not in answered
        )
    for raised in filter(None, (answer.raised for answer in answers)):
        if found := _NO_NAME.search(raised.message):
            yield found[1]


def _find_used_names(names: set[str], session: AttemptSession) -> Iterator[str]:
    """Yield these names, and those of the file that they use, recursively."""
    try:
        body = session.tree.body
    except Stopped:  # the file can't be parsed
        body = []
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    waiting, seen = list(names), set(names)
    while waiting:
        yield (name := waiting.pop())
        inside = list(ast.walk(functions[name])) if name in functions else []
        words = [node for node in inside if isinstance(node, ast.Name)]
        local_names = {node.arg for node in inside if isinstance(node, ast.arg)}
        local_names |= {n.id for n in words if not isinstance(n.ctx, ast.Load)}
        fresh = {word.id for word in words} - local_names - seen
        seen |= fresh
        waiting += fresh
