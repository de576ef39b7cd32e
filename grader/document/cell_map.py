"""cell_map: where a line of a notebook's Python stands in the notebook."""

from __future__ import annotations

import bisect

import msgspec


class CellMap(msgspec.Struct, frozen=True):
    """Which line of a percent file is which line of which cell.

    Attributes:
        starts: the line of each cell's mark, ascending.
        numbers: each cell's number in the notebook.
    """

    starts: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()

    def find(self, line: int) -> tuple[int, int] | None:
        """Return the cell and the line in it; None where no cell has that line."""
        place = bisect.bisect_right(self.starts, line) - 1
        if place < 0:
            return None
        return self.numbers[place], max(1, line - self.starts[place])
