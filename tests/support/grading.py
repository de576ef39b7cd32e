"""A lesson's solution with other code below it, graded in one exercise."""

from __future__ import annotations

import contextlib
import functools
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from msgspec.structs import replace

from grader import judge, sandbox
from grader.authoring.verify.mutants import without_functions
from grader.checks.lesson_facts import LessonFacts
from grader.course.document import catalog
from grader.course.document.attempt_file import read
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.judge import GradingRequest, Listeners, grading
from grader.report import CheckResult, ExerciseResult, Report
from grader.sandbox import Limits, WorkerFactory, WorkerPool
from tests.support.project import ROOT


def report_of(
    lesson: Lesson,
    tag: str,
    code: str,
    *,
    seed: int,
    warm: WorkerFactory | None = None,
    attempt: Path | None = None,
    top: str = "",
) -> Report:
    """The report of one exercise when `code` stands below the solution.

    Args:
        lesson: the lesson.
        tag: the exercise.
        code: what stands below; its functions take the place of the solution's.
        seed: of the random inputs.
        warm: where workers come from; a process of its own when None.
        attempt: what the file is called; the solution's own name when None.
        top: what stands above the solution.
    """
    solution = without_functions(lesson.solution.read_text(encoding="utf-8"), code)
    source = f"{top}{solution}\n\n{code}\n".encode()
    path = attempt or lesson.solution
    return grade_attempt(
        lesson, path, source=source, seed=seed, exercise=tag, warm=warm
    )


def grade_attempt(
    lesson: Lesson,
    attempt: Path,
    *,
    source: bytes | None = None,
    document: Document | None = None,
    warm: WorkerFactory | None = None,
    pool: WorkerPool | None = None,
    cancel: threading.Event | None = None,
    exercise: str | None = None,
    on_check: Callable[[str, CheckResult], None] | None = None,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
    **options: Any,
) -> Report:
    """The report of one attempt.

    Args:
        lesson: its lesson.
        attempt: its file.
        source: what the file contains; it is read when None.
        document: its content, if it has been opened already.
        warm: where workers come from; `pool` when None.
        pool: where workers come from; a pool of its own when None.
        cancel: ends the grading when it is set.
        exercise: the only one to grade; all when None.
        on_check: called with the results of checks.
        on_progress: called with the numbers of a training.
        options: the other fields of the request.
    """
    if source is None:
        source = read(attempt) if document is None else document.content
    options |= {"document": document, "exercise": exercise or ""}
    request = GradingRequest.of(lesson, attempt, source, **options)
    listeners = Listeners(on_progress, on_check)
    with contextlib.ExitStack() as stack:
        if warm is not None:
            workers: Any = SimpleNamespace(factory=lambda needs: warm)
        else:
            workers = pool or stack.enter_context(WorkerPool())
        return judge.grade(lesson, request, workers, listeners, cancel)


def graded(warm: WorkerFactory, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    lesson = catalog.find(f"lesson{tag[:-1]}", ROOT)
    below = textwrap.dedent(code)
    report = report_of(lesson, tag, below, seed=7, warm=warm, attempt=Path("mine.py"))
    return next(e for e in report.exercises if e.tag == tag)


def below_a_solution(lesson: Lesson, path: Path) -> bytes:
    """A file's functions below the lesson's solution, without what lesson 8 needs."""
    # What is there for lesson 8 imports Keras.
    own = path.read_bytes().partition(b"\ndef prepare(")[0]
    return lesson.solution.read_bytes() + b"\n" + own


@contextlib.contextmanager
def cpu_limit(cpu_s: float | None) -> Iterator[None]:
    """Let a call of an attempt take so many CPU seconds; None is what its lesson says.

    An endless loop shows with one second what it shows with five.
    """
    of_lesson = grading.facts_of

    def facts_of(module: ModuleType) -> LessonFacts:
        facts = of_lesson(module)
        return facts if cpu_s is None else replace(facts, cpu_s=cpu_s)

    with mock.patch.object(grading, "facts_of", facts_of):
        yield


@contextlib.contextmanager
def idle_limit(idle_s: float | None) -> Iterator[None]:
    """Let a call of an attempt wait so many seconds; None is the usual limit."""
    made = functools.partial(Limits, idle_s=idle_s) if idle_s else Limits
    with mock.patch.object(sandbox, "Limits", made):
        yield


def parts_of(result: ExerciseResult) -> list[set[str]]:
    """The names in each mistake that is told: one of its own, or those of its slips."""
    mistakes = result.finding.mistakes if result.finding else ()
    return [set(one.tag.partition(".")[2].split("+")) for one in mistakes]


def said(result: ExerciseResult) -> str:
    """All that a learner reads of an exercise that is not right."""
    if result.finding is None:
        return ""
    mistakes = [mistake.sentence for mistake in result.finding.mistakes]
    return " ".join([result.finding.sentence, *mistakes])
