"""watch: grade on every save, from a warm process.

Two threads wait for saves and for keys, and put the events into one queue. The main
thread takes them out and grades. A save, and some keys, end the current grading.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from grader.checks.attempt import Cancelled
from grader.cli.watch_inputs import FileWatcher, KeyReader
from grader.common.errors import GraderError, Misuse
from grader.course.document import attempt_file
from grader.course.document.catalog import Lesson
from grader.judge.request import GradingRequest
from grader.learner.grading_service import LocalGradingService
from grader.report import Report
from grader.report.focus import Focus

if TYPE_CHECKING:
    from grader.learner.session import Conclusion, LearnerSession
    from grader.sandbox import WorkerPool

# On some systems, a wait without a timeout can't be interrupted with Ctrl-C.
_WAIT_S = 0.5


class Key(enum.StrEnum):
    """The keys that a learner can press."""

    HINT = "h"
    NEXT = "n"
    RUN = "r"
    QUIT = "q"


class Saved(msgspec.Struct, frozen=True):
    """An event: the file was saved; `source` is None if nothing in it has changed."""

    source: bytes | None
    at: datetime


class WatchProblem(msgspec.Struct, frozen=True):
    """An event: a sentence that the learner should see."""

    sentence: str


WatchEvent = Saved | WatchProblem | Key


class WatchDisplay(Protocol):
    """The interface that shows a session."""

    def show_waiting(self, has_keys: bool) -> None:
        """Show that the session waits for a save or a key."""

    def show_grading(self, saved_at: datetime | None) -> None:
        """Show that a grading begins, because of a save or a key."""

    def show_progress(self, numbers: dict[str, Any]) -> None:
        """Show how far the grading's training run is."""

    def show_unchanged(self, saved_at: datetime) -> None:
        """Show that the file was saved without a change."""

    def show_cancelled(self) -> None:
        """Show that a save or a key ended the grading."""

    def show_verdict(self, report: Report, focus: Focus, last: str = "") -> None:
        """Show a verdict; `last` is the earlier score, if the file doesn't load now."""

    def show_problem(self, sentence: str) -> None:
        """Show something that the learner should know."""


class EventQueue:
    """Events that haven't been handled yet, the oldest first.

    Attributes:
        cancel: set while an event that ends a grading is waiting.
    """

    def __init__(self) -> None:
        self._events: deque[WatchEvent] = deque()
        self._has_changed = threading.Condition()
        self.cancel = threading.Event()

    def put(self, event: WatchEvent) -> None:
        """Add an event, from any thread."""
        with self._has_changed:
            self._events.append(event)
            self._settle()
            self._has_changed.notify()

    def take(self) -> WatchEvent:
        """Wait for the oldest event, and return it."""
        with self._has_changed:
            while not self._events:
                self._has_changed.wait(_WAIT_S)
            event = self._events.popleft()
            # An event that waits behind a save may end its grading at once.
            self._settle()
            return event

    def is_empty(self) -> bool:
        """Return whether every event is handled."""
        return not self._events

    def _settle(self) -> None:
        if any(_ends_grading(event) for event in self._events):
            self.cancel.set()
        else:
            self.cancel.clear()


def _ends_grading(event: WatchEvent) -> bool:
    match event:
        case Saved(source=source):
            return source is not None
        case Key.QUIT | Key.NEXT | Key.RUN:
            return True
    return False


class Watcher:
    """Watch one attempt until the learner wants to do something else.

    Args:
        pool: provides the workers.
        lesson: provides the checks.
        path: the file to watch.
        display: shows everything.
        session: records every grading, and knows the earlier verdicts.
        hint: shows the next hint of the exercise with this tag.
        exercise: the tag of the only exercise to grade.
        polling: look at the file regularly instead of waiting for events.
        is_last: whether no lesson follows.
    """

    def __init__(
        self,
        pool: WorkerPool,
        lesson: Lesson,
        path: Path,
        display: WatchDisplay,
        session: LearnerSession,
        hint: Callable[[str], None],
        exercise: str | None = None,
        polling: bool = False,
        is_last: bool = False,
    ) -> None:
        self._pool = pool
        self._lesson = lesson
        self._path = path
        self._display = display
        self._session = session
        self._hint = hint
        self._exercise = exercise
        self._polling = polling
        self._is_last = is_last
        self._queue = EventQueue()
        self._last: Report | None = None  # of a file that could be loaded
        self._focus = Focus()
        self._loads = True

    def run(self) -> Key:
        """Grade once, and again on every save, until `Key.NEXT` or `Key.QUIT`."""
        put = self._queue.put
        with (
            contextlib.closing(LocalGradingService(self._pool)) as service,
            KeyReader(self._on_key) as keys,
            FileWatcher(
                self._path,
                lambda source: put(Saved(source, datetime.now())),
                lambda sentence: put(WatchProblem(sentence)),
                self._polling,
            ),
        ):
            service.prepare(self._lesson)
            put(Key.RUN)
            while (wish := self._handle_next(service)) is None:
                if self._queue.is_empty():
                    self._display.show_waiting(keys.are_read)
                    service.stand_by(self._lesson)  # while the learner reads and writes
            return wish

    def _on_key(self, pressed: str) -> None:
        if pressed in list(Key):
            self._queue.put(Key(pressed))

    def _handle_next(self, service: LocalGradingService) -> Key | None:
        """Handle one event; return the key if it ends the session."""
        try:
            return self._handle(self._queue.take(), service)
        except Cancelled:
            self._display.show_cancelled()
        except GraderError as error:
            self._display.show_problem(str(error))
        return None

    def _handle(self, event: WatchEvent, service: LocalGradingService) -> Key | None:
        match event:
            case Saved(source=None, at=at):
                self._display.show_unchanged(at)
            case Saved(source=source, at=at):
                self._grade(service, source, at)
            case WatchProblem(sentence=sentence):
                self._display.show_problem(sentence)
            case Key.RUN:
                self._grade(service, None, None)
            case Key.HINT:
                self._show_hint()
            case Key.NEXT if self._is_last:
                self._display.show_problem("No lesson comes after this one.")
            case Key() as wish:
                return wish
        return None

    def _grade(
        self, service: LocalGradingService, source: bytes | None, at: datetime | None
    ) -> None:
        self._display.show_grading(at)
        try:
            content = attempt_file.read(self._path) if source is None else source
            request = GradingRequest.of(
                self._lesson,
                self._path,
                content,
                earlier=self._earlier(is_requested=at is None),
                exercise=self._exercise or "",
                weights=self._session.weights_to_keep(self._lesson),
            )
            report = service.grade(
                request, self._queue.cancel, on_progress=self._display.show_progress
            )
        except Misuse as error:
            last = f" The last state was {self._score}." if self._score else ""
            raise Misuse(f"{error}{last}") from error
        suffix = self._path.suffix
        done = self._session.conclude(report, self._lesson, content, suffix)
        self._show_verdict(report, done)
        done.require_recorded()

    def _earlier(self, is_requested: bool) -> Report | None:
        """Return a grading whose verdicts may be kept, or None to run everything."""
        if self._last is None:
            return self._session.earlier(self._lesson)
        return None if is_requested else self._last

    def _show_verdict(self, report: Report, done: Conclusion) -> None:
        """Show a verdict; a file that doesn't load says nothing about any exercise."""
        self._loads = report.problem is None
        if report.problem:
            self._display.show_verdict(done.report, self._focus, self._score)
            return
        self._last, self._focus = report, done.focus
        self._display.show_verdict(done.report, self._focus)

    @property
    def _score(self) -> str:
        return f"{self._last.score} of {self._last.points}" if self._last else ""

    def _show_hint(self) -> None:
        if self._last and all(x.is_right for x in self._last.exercises):
            right = "Everything is right; there is nothing left to give a hint for."
            self._display.show_problem(
                right if self._loads else "Fix the line above first."
            )
        else:
            self._hint(self._focus.tag)
