"""jobs: gradings and runs in threads of their own, with progress and an end.

A learner has one of each at a time: who presses Grade again while one runs ends that
one. The processes that a lesson's workers come from are kept for the lessons that were
opened last, so that a press is answered at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader import catalog, judge
from grader.catalog import Lesson
from grader.gradebook import Gradebook, gradebook_path
from grader.page_run.confined import CellRun, ConfinedCells
from grader.report import Report
from grader.sandbox import Limits, Warm

MOST_LESSONS = 2
RUN_LIMITS = Limits(cpu_s=600, memory_mb=4096)
Tell = Callable[[str, dict[str, Any]], None]


class Bench:
    """What is ready for one lesson: workers that grade, and workers that run cells."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._lock = threading.Lock()
        self._warm: Warm | None = None
        self._cells: ConfinedCells | None = None

    @property
    def warm(self) -> Warm:
        """Where gradings get their workers."""
        with self._lock:
            self._warm = self._warm or Warm(*judge.requirements_of(self._lesson))
            return self._warm

    @property
    def cells(self) -> ConfinedCells:
        """Where cells run."""
        with self._lock:
            self._cells = self._cells or ConfinedCells(self._lesson, RUN_LIMITS)
            return self._cells

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for one in (self._warm, self._cells):
                if one is not None:
                    one.close()


class Jobs:
    """Grades and runs what one learner wrote.

    Args:
        root: the course.
        tell: called, from any thread, with a kind of event and what happened.
    """

    def __init__(self, root: Path, tell: Tell) -> None:
        self._root, self._tell = root, tell
        self._benches: OrderedDict[str, Bench] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = {"grade": threading.Lock(), "run": threading.Lock()}
        self._running: dict[str, threading.Event] = {}

    def prepare(self, lesson: Lesson) -> None:
        """Have a lesson's workers ready; those of other lessons end."""
        bench = self._bench(lesson)
        _ = bench.warm, bench.cells

    def grade(self, lesson: Lesson, path: Path, source: bytes) -> Report:
        """Grade a whole lesson and remember it.

        Raises:
            Cancelled: it was stopped.
            GraderError: the lesson or the sandbox is at fault.
        """
        with self._turn("grade") as cancel:
            report = judge.grade(
                lesson,
                path,
                source=source,
                warm=self._bench(lesson).warm,
                cancel=cancel,
                on_progress=lambda seen: self._say(lesson, "grade", seen),
            )
        with self.gradebook() as book:
            due = book.as_due(report)
            book.record(report)
            book.keep(lesson.name, source, path.suffix)
        return due

    def run(self, lesson: Lesson, source: bytes, line: int) -> CellRun:
        """Run the cells of a page down to the one that begins in a line.

        Raises:
            LookupError: none begins there.
            Unreadable: the page is no text.
            GraderError: no worker can be had.
        """
        with self._turn("run") as cancel:
            return self._bench(lesson).cells.run(
                source, line, lambda seen: self._say(lesson, "run", seen), cancel
            )

    def stop(self) -> None:
        """End what runs."""
        for cancel in list(self._running.values()):
            cancel.set()

    def gradebook(self) -> Gradebook:
        """The learner's gradebook, the same that the terminal has."""
        return Gradebook(gradebook_path(catalog.attempts_folder(self._root)))

    def close(self) -> None:
        """End every process."""
        self.stop()
        with self._lock:
            while self._benches:
                self._benches.popitem()[1].close()

    def _say(self, lesson: Lesson, kind: str, seen: dict[str, Any]) -> None:
        self._tell(
            "progress", {"lesson": lesson.short_name, "kind": kind, "seen": seen}
        )

    @contextmanager
    def _turn(self, kind: str) -> Iterator[threading.Event]:
        """Be the only one of a kind; what runs of it is ended first."""
        cancel = threading.Event()
        before, self._running[kind] = self._running.get(kind), cancel
        if before is not None:
            before.set()
        try:
            with self._turns[kind]:
                yield cancel
        finally:
            if self._running.get(kind) is cancel:
                del self._running[kind]

    def _bench(self, lesson: Lesson) -> Bench:
        with self._lock:
            bench = self._benches.setdefault(lesson.name, Bench(lesson))
            self._benches.move_to_end(lesson.name)
            left = len(self._benches) - MOST_LESSONS
            old = [self._benches.popitem(last=False)[1] for _ in range(left)]
        for one in old:
            one.close()
        return bench
