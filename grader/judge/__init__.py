"""judge: run a lesson's checks against one attempt and decide what it earned.

`grade` follows a request to its report. A `Grading` goes through the exercises, and
each of them has an `ExerciseRun`. docs/architecture.md says in which order to read the
modules.

The warm process is started first, and imports what the lesson needs while this side is
still importing NumPy. So the heavy imports are inside the functions.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import importlib
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from grader.common.errors import GraderError, Misuse, SandboxError
from grader.course.document.attempt_file import open_attempt
from grader.course.document.catalog import Lesson, require_solution
from grader.course.document.cells import Document
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
from grader.judge.request import GradingRequest, Listeners
from grader.judge.verdict_cache import (
    find_valid_verdicts,
    is_all_cached,
    pictures_of,
    reused_report,
)
from grader.report import (
    POINTS_RULE,
    EntryResult,
    ExerciseResult,
    Finding,
    LeftOutStatement,
    Outcome,
    Report,
    UnreadPart,
)
from grader.report.sentences import join_tags
from grader.sandbox.exposed_files import find_exposed_file
from grader.sandbox.worker_pool import WorkerRequirements

if TYPE_CHECKING:
    from grader.checks.attempt import AttemptSession, RunConditions
    from grader.judge.grading import Grading, LessonChecks
    from grader.judge.syntax_recovery import LeftOut
    from grader.sandbox import WorkerFactory, WorkerPool

# TensorFlow was seen to wait between two epochs nearly as long as an epoch takes: 15
# seconds, when eight processes shared each processor.
_TRAINING_IDLE_S = 60.0
# A frame as the worker writes it in a traceback. An attempt can forge frames, so the
# number of digits is limited: `int` refuses more than 4,300.
_FRAME = re.compile(r"^  line (\d{1,9}), in ", re.MULTILINE)
Part = TypeVar("Part", UnreadPart, LeftOutStatement, EntryResult)
# Digits beyond these are no lesson's number.
_TAG = re.compile(r"\d{1,3}[a-z]", re.ASCII)
_MOST_TAGS = 5
_LOST = "The grading was lost: {}. Grade again."
_NOBODY = Listeners()
_IMPORTED_LATE = (
    "importlib.metadata",
    "grader.judge.broken_parts",
    "grader.judge.grading",
    "grader.judge.lending",
    "grader.judge.source_observations",
    "grader.judge.diagnosis.mutation_search",
    "grader.judge.diagnosis.unnamed",
)


def import_everything() -> None:
    """Import the modules that a grading otherwise imports only when needed.

    It takes a tenth of a second, which a process that waits for gradings has.
    """
    for name in _IMPORTED_LATE:
        importlib.import_module(name)


def grade(
    lesson: Lesson,
    request: GradingRequest,
    pool: WorkerPool,
    listeners: Listeners = _NOBODY,
    cancel: threading.Event | None = None,
) -> Report:
    """Grade one attempt.

    Args:
        lesson: the lesson of the request.
        request: what to grade. If it has no seed, one is drawn; the report has it.
        pool: provides the workers.
        listeners: called while the grading runs.
        cancel: when another thread sets it, the grading ends at its next question, or
            within a moment if it is waiting for an answer.

    Raises:
        attempt.Cancelled: `cancel` was set.
        Misuse: there is no such exercise, the file isn't a valid notebook, or the
            course came without its solutions.
        SandboxError: a sandbox layer is required and missing, or the course's files can
            be read in spite of all layers.
        GraderError: the lesson or the sandbox is at fault.
    """
    began = time.perf_counter()
    require_solution(lesson)
    document, earlier = _open(lesson, request), request.earlier
    verdicts = _find_known(lesson, earlier, document.content)
    if earlier and is_all_cached(earlier, verdicts, request.exercise):
        report = reused_report(
            earlier, verdicts, request.source, request.exercise, began
        )
        cells = document.hash_code(e.tag for e in earlier.exercises)
        return replace(report, notes=document.notes, cells=cells)
    exposed = _find_exposed_file(lesson, request.require_sandbox)
    seed = int.from_bytes(os.urandom(4)) if request.seed is None else request.seed
    needs = requirements_of(lesson)._replace(require_sandbox=request.require_sandbox)
    factory = pool.factory(needs)
    from grader.checks.attempt import AttemptSession
    from grader.judge.grading import Grading
    from grader.judge.syntax_recovery import outcomes_without

    _leave_libraries_alone()
    checks = _load_checks(lesson, request.exercise)
    conditions = _conditions(checks, factory, request, listeners, cancel)
    with contextlib.closing(AttemptSession(document, conditions)) as first:
        # Do this while the workers' libraries are imported, because it reads files of
        # the lesson and the grader.
        checks.prepare()
        begun = _begin_report(lesson, request, seed)
        session, left_out = _load(first, checks)
        if left_out:
            verdicts = _find_known(lesson, earlier, session.content)
            for tag in outcomes_without(left_out):
                verdicts.pop(tag, None)
        defers_slow = request.defers_slow
        grading = Grading(checks, session, seed, listeners, left_out, defers_slow)
        _run(grading, request.exercise, verdicts)
        # At the end, because an earlier request would wait for the workers' imports.
        begun = replace(begun, isolation=factory.isolation, exposed=exposed)
    return _finish_report(begun, document, grading, verdicts, earlier, began)


def read_page(
    lesson: Lesson, request: GradingRequest, pool: WorkerPool
) -> tuple[Document, tuple[UnreadPart | LeftOutStatement, ...]]:
    """Return a page as a grading runs it, and the parts that it leaves out.

    Raises:
        Misuse: so much of it fails that nothing is left.
        SandboxError, GraderError: as for `grade`.
    """
    require_solution(lesson)
    factory = pool.factory(requirements_of(lesson))
    from grader.checks.attempt import AttemptSession

    checks = _load_checks(lesson, "")
    conditions = _conditions(checks, factory, request, _NOBODY, None)
    document = _open(lesson, request)
    with contextlib.closing(AttemptSession(document, conditions)) as first:
        session, left_out = _load(first, checks)
        session.close()
    if session.problem is not None:
        raise Misuse(f"{request.filename}: {session.problem.finding.sentence}")
    return session.document, tuple(one.reported for one in left_out)


def _find_known(
    lesson: Lesson, earlier: Report | None, content: bytes
) -> dict[str, ExerciseResult]:
    """Return the earlier results that are still valid, by exercise."""
    if earlier is None:
        return {}
    return find_valid_verdicts(earlier, content, versions(lesson))


def _find_exposed_file(lesson: Lesson, require_sandbox: bool) -> str:
    """Return a sentence about a file that attempts must not read, and could; or "".

    Raises:
        SandboxError: there is one, and the sandbox is required.
    """
    exposed = find_exposed_file(lesson.folder.parents[1])
    if exposed and require_sandbox:
        raise SandboxError(f"--require-sandbox doesn't grade here. {exposed}")
    return str(exposed or "")


def _open(lesson: Lesson, request: GradingRequest) -> Document:
    """Return the document of a request's file, as a grading runs it.

    A document of functions only is completed by the lesson's page.
    """
    document = request.document
    if document is None:
        document = open_attempt(request.source, Path(request.filename))
    if not any(cell.tag for cell in document.cells):
        from grader.judge.page_completion import complete

        document = complete(document, lesson.page)
    page = Document.read(lesson.page) if lesson.page.is_file() else None
    graded = document.graded(page)
    notes = _describe_former_exercises(document, page) if page else ()
    return replace(graded, notes=(*graded.notes, *notes))


def _describe_former_exercises(document: Document, page: Document) -> Iterator[str]:
    """Yield a sentence about the cells of exercises that the lesson doesn't have.

    A learner who began before an exercise was taken out still has its cell.
    """
    known = {cell.tag for cell in page.cells}
    found = (cell.tag for cell in document.cells if _TAG.fullmatch(cell.tag))
    tags = [*dict.fromkeys(tag for tag in found if tag not in known)]
    if len(tags) == 1:
        yield (
            f"This lesson has no exercise {tags[0]}; it may have been taken out. The "
            "code of its cell isn't graded."
        )
    elif tags:
        rest = len(tags) - _MOST_TAGS
        shown = f"{', '.join(tags[:_MOST_TAGS])} and {rest} more"
        yield (
            f"This lesson has no exercises {shown if rest > 0 else join_tags(tags)}; "
            "they may have been taken out. The code of their cells isn't graded."
        )


def _begin_report(lesson: Lesson, request: GradingRequest, seed: int) -> Report:
    """Return the part of the report that is known before the grading."""
    return Report(
        lesson=lesson.name,
        title=lesson.title,
        attempt=_format_path(Path(request.filename)),
        attempt_sha256=hashlib.sha256(request.source).hexdigest(),
        seed=seed,
        exercises=(),
        partial=request.exercise,
        points_rule=POINTS_RULE,
        versions=versions(lesson),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _finish_report(
    begun: Report,
    document: Document,
    grading: Grading,
    kept_results: Mapping[str, ExerciseResult],
    earlier: Report | None,
    began: float,
) -> Report:
    """Return the whole report, with the results of the grading."""
    session, exercises = grading.session, grading.checks.exercises
    results = grading.results(begun.partial, kept_results)
    reused = [result.tag for result in results if result.is_kept]
    old_pictures = pictures_of(earlier, reused) if earlier else ()
    reported = [one.reported for one in grading.left_out]
    report = replace(
        begun,
        exercises=results,
        problem=session.problem.finding if session.problem else None,
        output=session.workers.printed.text,
        output_was_cut=session.workers.printed.was_cut,
        pictures=(*grading.pictures.pictures, *old_pictures),
        wall_s=round(time.perf_counter() - began, 3),
        notes=document.notes,
        cells=document.hash_code(e.tag for e in exercises),
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


def _load_checks(lesson: Lesson, only: str) -> LessonChecks:
    """Return a lesson's checks, or raise `Misuse` if it doesn't have an exercise."""
    from grader.judge.grading import LessonChecks

    checks = LessonChecks(lesson.checks, lesson.solution)
    tags = [exercise.tag for exercise in checks.exercises]
    if only and only not in tags:
        raise Misuse(
            f"{lesson.name} has no exercise {only!r}; it has {', '.join(tags)}."
        )
    return checks


def _conditions(
    checks: LessonChecks,
    factory: WorkerFactory,
    request: GradingRequest,
    listeners: Listeners,
    cancel: threading.Event | None,
) -> RunConditions:
    """Return the conditions for the attempt, with the budget of the grading."""
    from grader.checks.attempt import RunConditions
    from grader.sandbox import GradingBudget, Limits

    limits = Limits(cpu_s=checks.facts.cpu_s, memory_mb=checks.facts.memory_mb)
    if checks.facts.trains:
        limits = replace(limits, idle_s=_TRAINING_IDLE_S)
    return RunConditions(
        factory,
        Path(request.filename).name,
        limits,
        GradingBudget.for_grading(limits, checks.longest_cpu_s),
        cancel=cancel or threading.Event(),
        on_progress=listeners.on_progress,
    )


def _load(
    first: AttemptSession, checks: LessonChecks
) -> tuple[AttemptSession, tuple[LeftOut, ...]]:
    """Return a session of the parts that Python can read and run, and the others."""
    from grader.checks.attempt import Broken
    from grader.judge.syntax_recovery import load_readable

    names = {exercise.tag: exercise.writes for exercise in checks.exercises}
    try:
        return load_readable(first, names)
    except Broken as error:
        raise GraderError(_LOST.format(error)) from error


def _run(
    grading: Grading, only: str, kept_results: Mapping[str, ExerciseResult]
) -> None:
    """Run the checks, and look for the causes of what fails."""
    from grader.checks.attempt import Broken

    try:
        grading.run(grading.needed_by(only) if only else (), kept_results)
        grading.look_for_causes()
    except Broken as error:
        raise GraderError(_LOST.format(error)) from error
    finally:
        grading.close()


def _format_path(path: Path) -> str:
    """Return the path relative to the current folder, if it is below that."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


__all__ = [
    "ExerciseInfo",
    "Finding",
    "GradingRequest",
    "Listeners",
    "Misuse",
    "Outcome",
    "WorkerRequirements",
    "abilities_of",
    "classifies_drawings",
    "exercises",
    "find_exercise",
    "grade",
    "load_exercises",
    "read_page",
    "requirements_of",
    "versions",
]
