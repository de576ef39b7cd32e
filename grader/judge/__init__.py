"""judge: run a lesson's checks against one attempt and decide what it earned.

The warm process is started first, and imports what the lesson needs while this side is
still importing NumPy. So the heavy imports are inside the functions.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import importlib
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from grader.document.attempt_file import open_attempt, read
from grader.document.catalog import Lesson, require_solution
from grader.document.cells import Document
from grader.errors import GraderError, Misuse, SandboxError
from grader.judge.lesson_info import (
    ExerciseInfo,
    abilities_of,
    classifies_drawings,
    exercises,
    find_exercise,
    load_exercises,
    requirements_of,
)
from grader.judge.provenance import versions
from grader.judge.verdict_cache import (
    find_valid_verdicts,
    is_all_cached,
    pictures_of,
    reused_report,
)
from grader.report import (
    POINTS_RULE,
    CheckResult,
    EntryResult,
    ExerciseResult,
    Finding,
    LeftOutStatement,
    Outcome,
    Report,
    UnreadPart,
)
from grader.sandbox.exposed_files import find_exposed_file
from grader.sandbox.worker_pool import WorkerPool, WorkerRequirements

if TYPE_CHECKING:
    from grader.attempt import Answer, AttemptSession
    from grader.judge.runner import Runner
    from grader.sandbox import WorkerFactory

# TensorFlow was seen to wait between two epochs nearly as long as an epoch takes: 15
# seconds, when eight processes shared each processor.
_TRAINING_IDLE_S = 60.0
# A frame as the worker writes it in a traceback. An attempt can forge frames, so the
# number of digits is limited: `int` refuses more than 4,300.
_FRAME = re.compile(r"^  line (\d{1,9}), in ", re.MULTILINE)
Part = TypeVar("Part", UnreadPart, LeftOutStatement, EntryResult)
_LOST = "The grading was lost: {}. Grade again."
_IMPORTED_LATE = (
    "importlib.metadata",
    "grader.judge.runner",
    "grader.judge.source_observations",
    "grader.diagnosis.mutation_search",
    "grader.diagnosis.unnamed",
)


def import_everything() -> None:
    """Import also what a grading imports only when it needs it.

    It takes a tenth of a second, which a process that waits for gradings has.
    """
    for name in _IMPORTED_LATE:
        importlib.import_module(name)


def grade(
    lesson: Lesson,
    attempt: Path,
    *,
    source: bytes | None = None,
    document: Document | None = None,
    seed: int | None = None,
    exercise: str | None = None,
    require_sandbox: bool = False,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
    on_check: Callable[[str, CheckResult], None] | None = None,
    on_fault: Callable[[str, str, Exception], None] | None = None,
    on_answers: Callable[[str, str, Sequence[Answer]], None] | None = None,
    warm: WorkerFactory | None = None,
    pool: WorkerPool | None = None,
    cancel: threading.Event | None = None,
    earlier: Report | None = None,
    defers_slow: bool = True,
    on_weights: Callable[[bytes, Sequence[Any]], None] | None = None,
) -> Report:
    """Grade one attempt.

    Args:
        lesson: the lesson, as the catalog found it.
        attempt: the learner's file.
        source: its bytes, if they have been read already.
        document: its content, if it has been opened already.
        seed: for the random inputs; drawn if None, and printed in the report.
        exercise: the tag of the only exercise to grade.
        require_sandbox: refuse to grade unless every sandbox layer works.
        on_progress: called with the numbers of a training run, while it runs.
        on_check: called with an exercise's tag and each of its results.
        on_fault: called with a tag, the name of a check or the tag of a symptom, and
            the exception that the lesson's own code raised there.
        on_answers: called with a tag, the name of a check that was run, and the
            answers that it received.
        warm: starts the workers; if None, `pool` provides it.
        pool: the processes that are kept warm; if None, a new pool.
        cancel: when another thread sets it, the grading ends at its next question, or
            within a moment if it is waiting for an answer.
        earlier: an earlier grading of the same learner's file, whose verdicts may be
            kept; only lessons that train use it.
        defers_slow: whether slow checks wait until the checks before them pass.
        on_weights: called with the text that trained a network, and its arrays.

    Raises:
        attempt.Cancelled: `cancel` was set.
        Misuse: there is no such exercise, the file can't be read or isn't a valid
            notebook, or the course came without its solutions.
        SandboxError: a sandbox layer is required and missing, or the course's files can
            be read in spite of all layers.
        GraderError: the lesson or the sandbox is at fault.
    """
    began = time.perf_counter()
    require_solution(lesson)
    document, source = _open(lesson, attempt, source, document)
    known = (
        find_valid_verdicts(earlier, document.content, versions(lesson))
        if earlier
        else {}
    )
    if earlier and is_all_cached(earlier, known, exercise):
        kept = reused_report(earlier, known, source, exercise, began)
        cells = document.hash_code(e.tag for e in earlier.exercises)
        return replace(kept, notes=document.notes, cells=cells)
    from grader.judge.syntax_recovery import outcomes_without

    exposed = _find_exposed_file(lesson, require_sandbox)
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    listeners = (on_check, on_fault, on_progress, on_answers)
    with ExitStack() as stack:
        if warm is None:
            needs = requirements_of(lesson)._replace(require_sandbox=require_sandbox)
            warm = (pool or stack.enter_context(WorkerPool())).factory(needs)
        runner = _runner(lesson, seed, exercise, *listeners)
        runner.defers_slow = defers_slow
        how = attempt.name, runner, on_progress, cancel
        first = _session(warm, document, *how)
        stack.callback(first.close)
        # Do this while the workers' libraries are imported, because it reads files of
        # the lesson and the grader.
        runner.fixtures.prepare(runner.exercises, runner.facts.imports)
        begun = _begin_report(lesson, attempt, source, seed, exercise or "")
        session = _open_session(runner, first)
        _hand_weights_to(on_weights, runner, session)
        if earlier and runner.left_out:
            known = find_valid_verdicts(earlier, session.content, versions(lesson))
            for tag in outcomes_without(runner.left_out):
                known.pop(tag, None)
        _run(runner, session, exercise, known)
        # At the end, because an earlier request would wait for the workers' imports.
        begun = replace(begun, isolation=warm.isolation, exposed=exposed)
    return _finish_report(begun, document, runner, session, known, earlier, began)


def _find_exposed_file(lesson: Lesson, require_sandbox: bool) -> str:
    """Return a sentence about a file that attempts must not read, and could; or "".

    Raises:
        SandboxError: there is one, and the sandbox is required.
    """
    exposed = find_exposed_file(lesson.folder.parents[1])
    if exposed and require_sandbox:
        raise SandboxError(f"--require-sandbox doesn't grade here. {exposed}")
    return str(exposed or "")


def _hand_weights_to(
    on_weights: Callable[[bytes, Sequence[Any]], None] | None,
    runner: Runner,
    session: AttemptSession,
) -> None:
    """Let checks keep the weights of a network, with the text that trained it."""
    if on_weights is not None:
        keep = functools.partial(on_weights, session.content)
        runner.fixtures.values["keep_weights"] = keep


def _open(
    lesson: Lesson, attempt: Path, source: bytes | None, document: Document | None
) -> tuple[Document, bytes]:
    """Return a file's document and its bytes, using those that are known already.

    A document of functions only is completed by the lesson's page.
    """
    if document is None:
        source = read(attempt) if source is None else source
        document = open_attempt(source, attempt)
    given = document.content if source is None else source
    if not any(cell.tag for cell in document.cells):
        from grader.judge.page_completion import complete

        document = complete(document, lesson.page)
    return document, given


def _begin_report(
    lesson: Lesson, attempt: Path, source: bytes, seed: int, exercise: str
) -> Report:
    """Return the part of the report that is known before the grading."""
    return Report(
        lesson=lesson.name,
        title=lesson.title,
        attempt=_format_path(attempt),
        attempt_sha256=hashlib.sha256(source).hexdigest(),
        seed=seed,
        exercises=(),
        partial=exercise,
        points_rule=POINTS_RULE,
        versions=versions(lesson),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _finish_report(
    begun: Report,
    document: Document,
    runner: Runner,
    session: AttemptSession,
    known: Mapping[str, ExerciseResult],
    earlier: Report | None,
    began: float,
) -> Report:
    """Return the whole report, with the results of the grading."""
    results = _results(runner, session, begun.partial or None, known)
    kept = [result.tag for result in results if result.is_kept]
    old_pictures = pictures_of(earlier, kept) if earlier else ()
    reported = [one.reported for one in runner.left_out]
    report = replace(
        begun,
        exercises=results,
        problem=session.problem.finding if session.problem else None,
        output=session.workers.printed.text,
        output_was_cut=session.workers.printed.was_cut,
        pictures=runner.pictures + old_pictures,
        wall_s=round(time.perf_counter() - began, 3),
        notes=document.notes,
        cells=document.hash_code(e.tag for e in runner.exercises),
        unread=tuple(x for x in reported if isinstance(x, UnreadPart)),
        left_out=tuple(x for x in reported if isinstance(x, LeftOutStatement)),
    )
    return _number_by_cells(report, document)


def _number_by_cells(report: Report, document: Document) -> Report:
    """Return a notebook's report with each line given as a cell and a line in it."""
    if document.notebook is None:
        return report

    def move_finding(finding: Finding | None) -> Finding | None:
        return _move_finding(finding, document) if finding else None

    def move_part(part: Part) -> Part:
        if part.line is None:
            return part
        cell, line = document.locate(part.line)
        return replace(part, cell=cell, line=line)

    def move_exercise(exercise: ExerciseResult) -> ExerciseResult:
        checks = (replace(x, finding=move_finding(x.finding)) for x in exercise.checks)
        finding = move_finding(exercise.finding)
        entries = tuple(map(move_part, exercise.entries))
        return replace(exercise, checks=tuple(checks), finding=finding, entries=entries)

    return replace(
        report,
        problem=move_finding(report.problem),
        unread=tuple(map(move_part, report.unread)),
        left_out=tuple(map(move_part, report.left_out)),
        exercises=tuple(map(move_exercise, report.exercises)),
    )


def _move_finding(finding: Finding, document: Document) -> Finding:
    trace = _FRAME.sub(
        lambda at: f"  {document.place_of(int(at[1]))}, in ", finding.trace
    )
    if not finding.line:
        return replace(finding, trace=trace)
    cell, line = document.locate(finding.line)
    return replace(finding, trace=trace, cell=cell, line=line)


@functools.cache
def _leave_libraries_alone() -> None:
    """Exempt the libraries' objects from every later garbage collection."""
    gc.freeze()
    gc.enable()


def _runner(
    lesson: Lesson,
    seed: int,
    only: str | None,
    on_check: Callable[[str, CheckResult], None] | None,
    on_fault: Callable[[str, str, Exception], None] | None,
    on_progress: Callable[[dict[str, Any]], None] | None,
    on_answers: Callable[[str, str, Sequence[Answer]], None] | None,
) -> Runner:
    from grader.judge.runner import Runner

    _leave_libraries_alone()
    listeners = (on_check, on_fault, on_progress, on_answers)
    runner = Runner(lesson.checks, lesson.solution, seed, *listeners)
    tags = [exercise.tag for exercise in runner.exercises]
    if only and only not in tags:
        raise Misuse(
            f"{lesson.name} has no exercise {only!r}; it has {', '.join(tags)}."
        )
    return runner


def _session(
    warm: WorkerFactory,
    document: Document,
    filename: str,
    runner: Runner,
    on_progress: Callable[[dict[str, Any]], None] | None,
    cancel: threading.Event | None,
) -> AttemptSession:
    from grader.attempt import AttemptSession
    from grader.sandbox import Limits

    facts, longest = runner.facts, runner.longest_cpu_s
    limits = Limits(cpu_s=facts.cpu_s, memory_mb=facts.memory_mb)
    if facts.trains:
        limits = replace(limits, idle_s=_TRAINING_IDLE_S)
    return AttemptSession(
        warm, document, filename, limits, on_progress, cancel, longest
    )


def _open_session(runner: Runner, first: AttemptSession) -> AttemptSession:
    """Return a session of the parts that Python can read and run.

    The runner gets the parts that were left out.
    """
    from grader.attempt import Broken
    from grader.judge.syntax_recovery import load_readable

    names = {exercise.tag: exercise.writes for exercise in runner.exercises}
    try:
        session, runner.left_out = load_readable(first, names)
    except Broken as error:
        raise GraderError(_LOST.format(error)) from error
    return session


def _run(
    runner: Runner,
    session: AttemptSession,
    only: str | None,
    known: Mapping[str, ExerciseResult],
) -> None:
    from grader.attempt import Broken

    try:
        needed = runner.needed_by(only, session) if only else ()
        runner.run(session, needed, known)
        runner.look_for_causes(session)
    except Broken as error:
        raise GraderError(_LOST.format(error)) from error
    finally:
        runner.close()
        session.close()


def _results(
    runner: Runner,
    session: AttemptSession,
    only: str | None,
    known: Mapping[str, ExerciseResult],
) -> tuple[ExerciseResult, ...]:
    from grader.judge.verdict_cache import add_basis

    asked = [e for e in runner.exercises if only is None or e.tag == only]
    if session.problem is None:
        results = [known.get(e.tag) or runner.result_of(e) for e in asked]
        if runner.facts.trains:
            results = [add_basis(result, session) for result in results]
        return tuple(results)
    outcome = session.problem.outcome
    return tuple(ExerciseResult(e.tag, e.title, e.points, outcome, ()) for e in asked)


def _format_path(path: Path) -> str:
    """Return the path relative to the current folder, if it is below that."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


__all__ = [
    "ExerciseInfo",
    "Finding",
    "Misuse",
    "Outcome",
    "WorkerRequirements",
    "abilities_of",
    "classifies_drawings",
    "exercises",
    "find_exercise",
    "grade",
    "load_exercises",
    "requirements_of",
    "versions",
]
