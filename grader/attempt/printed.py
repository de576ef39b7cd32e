"""printed: what an attempt printed, however many workers it needed."""

from __future__ import annotations

import msgspec

from grader.sandbox import Worker

KEPT_LETTERS = 100_000


class PrintedText(msgspec.Struct):
    """What is kept of it.

    Attributes:
        text: its beginning.
        was_cut: whether it was more.
    """

    text: str = ""
    was_cut: bool = False

    def add(self, worker: Worker) -> None:
        """Keep what a worker that has ended printed."""
        free = KEPT_LETTERS - len(self.text)
        self.was_cut |= worker.output_was_cut or len(worker.output) > free
        self.text += worker.output[:free]
