"""matrices: numbers in rows and columns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from grader.pictures.ink import text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text


def matrix(counts: Any, title: str = "") -> Matrix:
    """Return a matrix of numbers, its rows and columns numbered from 0.

    Args:
        counts: (n, k); for a confusion matrix the row is the truth.
        title: one line above it.
    """
    rows = np.atleast_2d(np.asarray(counts, dtype=float))
    return Matrix(tuple(tuple(float(x) for x in row) for row in rows), title)


class Matrix(msgspec.Struct, frozen=True):
    """Numbers in rows and columns; what lies off the diagonal is set off."""

    rows: tuple[tuple[float, ...], ...]
    title: str = ""

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it with a line of column numbers above."""
        if self.title:
            yield text(self.title, "bold")
        columns = len(self.rows[0]) if self.rows else 0
        words = [[_number(x) for x in row] for row in self.rows]
        width = max((len(w) for row in words for w in row), default=1) + 1
        head = len(str(len(self.rows)))
        yield text(" " * head + "".join(f"{i:>{width}}" for i in range(columns)), "dim")
        for i, row in enumerate(words):
            line = text("").append(f"{i:>{head}}", "dim")
            for j, word in enumerate(row):
                zero = "." if options.ascii_only else "·"
                shown = zero if word == "0" and i != j else word
                line.append(f"{shown:>{width}}", self._style(i, j))
            yield line

    def _style(self, i: int, j: int) -> str:
        if i == j:
            return "bold green"
        largest = max(
            (
                abs(x)
                for a, r in enumerate(self.rows)
                for b, x in enumerate(r)
                if a != b
            ),
            default=0.0,
        )
        if self.rows[i][j] == 0:
            return "dim"
        return "bold red" if abs(self.rows[i][j]) > largest / 2 else ""


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) else f"{value:.3g}"
