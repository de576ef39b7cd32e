"""workers: those of one file, one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from grader.attempt.printed import PrintedText
from grader.sandbox import Worker


class Workers:
    """The worker that is asked, the one that it replaces, and those that load ahead.

    Args:
        start: starts a worker of the file.

    Attributes:
        current: the one that is asked, if there is one.
        printed: what they printed, as far as they have ended.
    """

    def __init__(self, start: Callable[[], Worker]) -> None:
        self._start = start
        self._left: Worker | None = None
        self._ahead: deque[Worker] = deque()
        self.current: Worker | None = None
        self.printed = PrintedText()

    def load_ahead(self, count: int) -> None:
        """Let so many load the file while others are asked."""
        while len(self._ahead) < count:
            self._ahead.append(self._start())
            self._ahead[-1].begin_load()

    def move_on(self) -> Worker:
        """Return the next one, which may have loaded the file; the last one ends."""
        self.current = self._ahead.popleft() if self._ahead else self._start()
        left, self._left = self._left, None
        if left is not None:  # ends while this one gets ready
            left.dismiss()
            self.printed.add(left)
        return self.current

    def leave(self) -> None:
        """Ask the current one no more; it ends when the next one comes."""
        self._left, self.current = self.current or self._left, None

    def end(self) -> None:
        """End all of them."""
        for worker in (self._left, self.current):
            if worker is not None:
                worker.kill()
                self.printed.add(worker)
        self._left = self.current = None
        # What these printed, the others have printed before.
        while self._ahead:
            self._ahead.pop().kill()
