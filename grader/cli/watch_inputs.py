"""watch_inputs: what a watch session waits for: saves of one file, and keys.

The folder is watched and not the file, because many editors write a new file and move
it over the old one. If a folder sends no events (network drives, Windows folders seen
from Linux), the file is checked regularly instead. Keys come from the terminal. If
standard input isn't a terminal, there are no keys, and nothing is read.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from watchfiles import Change, watch

from grader.common import files
from grader.course.document.attempt_file import size_limit

# Milliseconds. A save is reported when nothing more has happened for one step.
_STEP_MS = 2
_DEBOUNCE_MS = 100
_LOOK_AGAIN_MS = 1000
_POLL_S = 0.2
# An editor may empty a file before it writes to it.
_EMPTY_S = 0.1
# One save can cause several events; they come within this time.
_SAME_SAVE_S = 0.5

POLLING = "so it checks your file five times a second instead."
NO_EVENTS = f"This folder does not tell the grader when a file is saved, {POLLING}"
NO_WATCHES = (
    f"The system doesn't let the grader watch any more folders ({{why}}), {POLLING}"
)

# Seconds between two checks of the keyboard.
_PAUSE_S = 0.1


class FileWatcher:
    """Call `on_save` with the bytes of a file whenever it is saved.

    This is a context manager with its own thread.

    Args:
        path: the file; it need not exist yet.
        on_save: called with the saved bytes, or with None if nothing has changed.
        on_problem: called with a sentence when events don't arrive.
        polling: check the file regularly from the start.
    """

    def __init__(
        self,
        path: Path,
        on_save: Callable[[bytes | None], None],
        on_problem: Callable[[str], None],
        polling: bool = False,
    ) -> None:
        self._path = path.resolve()
        self._on_save = on_save
        self._on_problem = on_problem
        self._polling = polling
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._stamp = self._read_stamp()
        self._content = self._read()
        self._reported_s = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        trouble = "" if self._polling else self._wait_for_events()
        if trouble:
            self._on_problem(trouble)
        while not self._stop.wait(_POLL_S):
            self._check()

    def _wait_for_events(self) -> str:
        """Report saves by events until stopped, or return why events don't work."""
        is_doubtful = False
        try:
            for events in watch(
                self._path.parent,
                watch_filter=self._is_about_it,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                rust_timeout=_LOOK_AGAIN_MS,
                yield_on_timeout=True,
                stop_event=self._stop,
                raise_interrupt=False,
                recursive=False,
            ):
                has_changed = self._check()
                if is_doubtful and not events:
                    return NO_EVENTS
                # A save without an event; perhaps the event is still on its way.
                is_doubtful = has_changed and not events
        except (OSError, RuntimeError) as error:
            return NO_WATCHES.format(why=error)
        return ""

    def _is_about_it(self, change: Change, path: str) -> bool:
        return Path(path).name == self._path.name

    def _check(self) -> bool:
        """Report a save if there was one; return whether there was."""
        stamp = self._read_stamp()
        # None: it is being replaced, so the next check finds it.
        if stamp in (None, self._stamp):
            return False
        content = self._read()
        if content is None:
            return False
        self._stamp = stamp
        if content != self._content:
            self._content, self._reported_s = content, time.monotonic()
            self._on_save(content)
        elif time.monotonic() - self._reported_s > _SAME_SAVE_S:
            self._on_save(None)
        return True

    def _read_stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        # A file moved over it may have the time and the size of the old one.
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> bytes | None:
        """Return the content of the file, or None if it can't be read at the moment."""
        try:
            if not self._path.stat().st_size:
                self._stop.wait(_EMPTY_S)
            return files.read(self._path, size_limit(self._path.name) + 1)
        except OSError:
            return None


class KeyReader:
    """Call `on_key` with each key pressed, from a separate thread.

    This is a context manager that restores the terminal at its end. Ctrl-C still
    interrupts.
    """

    def __init__(self, on_key: Callable[[str], None]) -> None:
        self._on_key = on_key
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.are_read = sys.stdin is not None and sys.stdin.isatty()

    def __enter__(self) -> Self:
        if self.are_read:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self.are_read:
            self._thread.join()

    def _read(self) -> None:
        with _single_keys():
            while not self._stop.is_set():
                key = _key_within(_PAUSE_S)
                if key:
                    self._on_key(key.lower())


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def _single_keys() -> Iterator[None]:
        yield

    def _key_within(seconds: float) -> str:
        if not msvcrt.kbhit():
            threading.Event().wait(seconds)
            return ""
        return msvcrt.getwch()

else:
    import os
    import select
    import termios
    import tty

    @contextmanager
    def _single_keys() -> Iterator[None]:
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        try:
            # cbreak instead of raw, so that Ctrl-C still interrupts. The default,
            # TCSAFLUSH, would discard earlier keystrokes.
            tty.setcbreak(terminal, termios.TCSANOW)
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)

    def _key_within(seconds: float) -> str:
        terminal = sys.stdin.fileno()
        # `sys.stdin.read` would read everything that is there, and `select` wouldn't
        # see the rest.
        ready, _, _ = select.select([terminal], [], [], seconds)
        return os.read(terminal, 1).decode("ascii", "ignore") if ready else ""
