"""kept_figures: the figures that come with a lesson, so a page has them before a run.

`dev.figures --keep` draws them with the lesson's solution, into the lesson's folder.
Each belongs to the code of a cell, and is shown only beside exactly this code.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from grader.course.document.cells import Cell, Document, version_of

FOLDER, LIST = "figures", "figures.json"
OF_SOLUTION = "Drawn with the lesson's solution. Run the cell to draw it with your own."


class KeptFigure(msgspec.Struct, frozen=True):
    """A figure that a cell of a lesson's page draws.

    Attributes:
        name: the beginning of its files' names.
        code: the version of the cell's code.
        made_from: the version of all code that it was drawn with.
        alt: what it shows, in words.
        width: its width on a page, in pixels.
        height: its height.
        has_dark: whether it has another file for a dark page.
        is_of_solution: whether the page without answers draws something else.
    """

    name: str
    code: str
    made_from: str
    alt: str
    width: int
    height: int
    has_dark: bool
    is_of_solution: bool

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files: for a light page, and for a dark one."""
        kinds = ("light", "dark") if self.has_dark else ("light",)
        return tuple(f"{self.name}-{kind}.png" for kind in kinds)


def read_kept(lesson: Path) -> tuple[KeptFigure, ...]:
    """Return the figures in the folder of a lesson; it needn't have any."""
    path = lesson / FOLDER / LIST
    try:
        return _decode(path, path.stat().st_mtime_ns)
    except (OSError, msgspec.DecodeError):
        return ()


@functools.lru_cache(maxsize=64)
def _decode(path: Path, changed_ns: int) -> tuple[KeptFigure, ...]:
    return msgspec.json.decode(path.read_bytes(), type=tuple[KeptFigure, ...])


def find_kept(lesson: Path, cells: Iterable[Cell]) -> dict[int, list[KeptFigure]]:
    """Return the kept figures by the numbers of their cells.

    A cell that would answer an unwritten prediction is in it, with an empty list.
    """
    by_code = defaultdict[str, list[KeptFigure]](list)
    for figure in read_kept(lesson):
        by_code[figure.code].append(figure)
    return {
        cell.number: [] if cell.answers else by_code[cell.version]
        for cell in cells
        if cell.role and cell.version in by_code
    }


def source_version(cells: Sequence[Cell], cell: Cell) -> str:
    """Return the version of a cell's code with all that it may depend on.

    Args:
        cells: the cells of a solution that run.
        cell: one of them.
    """
    above = (x.source for x in cells if x.number < cell.number and not x.role)
    return version_of("\n\n".join((*above, cell.source)))


def find_stale(lesson: Path, solution: Document) -> list[Cell]:
    """Return the cells of a solution whose figure isn't kept as they draw it now."""
    cells = solution.code_cells
    up_to_date = {(x.code, x.made_from) for x in read_kept(lesson)}
    return [
        cell
        for cell in cells
        if cell.role == "figure"
        and (cell.version, source_version(cells, cell)) not in up_to_date
    ]


def label_fold(cell: Cell) -> str:
    """Return the words for a figure's code that is folded; "" if it stays open.

    >>> label_fold(Cell("x = 1\\nplt.plot(x)", role="figure"))
    'Code of the figure, 2 lines'
    """
    if cell.role != "figure":
        return ""
    count = cell.source.count("\n") + 1
    return f"Code of the figure, {count} {'line' if count == 1 else 'lines'}"
