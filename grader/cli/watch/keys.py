"""keys: read single keys from the terminal while something else goes on.

Where standard input is no terminal there are no keys, and nothing is read.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

_PAUSE_S = 0.1


class Keys:
    """Calls `on_key` with each key pressed, from a thread of its own.

    A context manager; when it is left, the terminal is as it was. Ctrl-C still
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
            # Not raw: Ctrl-C still interrupts. The default, TCSAFLUSH, would throw away
            # what was typed before.
            tty.setcbreak(terminal, termios.TCSANOW)
            yield
        finally:
            termios.tcsetattr(terminal, termios.TCSANOW, before)

    def _key_within(seconds: float) -> str:
        terminal = sys.stdin.fileno()
        # `sys.stdin.read` would take all there is, and `select` not see what is left.
        ready, _, _ = select.select([terminal], [], [], seconds)
        return os.read(terminal, 1).decode("ascii", "ignore") if ready else ""
