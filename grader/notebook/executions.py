"""executions: the current content of a notebook's cells, as far as a kernel knows it.

A kernel gets the text of a cell when the cell is run, and the notebook's file changes
when it is saved. For each cell the newer of both counts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from grader.course.document.cells import EXERCISE_TAG, Cell
from grader.course.document.foreign_lines import LineFilter

_NAMED = re.compile(
    r"^(?:(?:def|class) +(\w+)|(\w+(?:\[[^\]\n]*\])?) *=)", re.MULTILINE
)
# Not code of the page: comments, what replaces a magic, and the grader's own magics.
_OF_NO_USE = re.compile(
    r"#|pass$|from grader import |import grader$|(grader\.)?(check|hint|solution)\("
)
_MARKED = re.compile(rf'\s*# %%.*\bid="({EXERCISE_TAG})"')


class CellExecution(msgspec.Struct):
    """One run of a cell, as a kernel got it.

    Attributes:
        source: its text.
        id: its id in the notebook, if the kernel knows it.
        at: the time, in seconds since the epoch.
        succeeded: whether it finished; True while it runs.
    """

    source: str
    id: str = ""
    at: float = msgspec.field(default_factory=time.time)
    succeeded: bool = True


class ExecutionListener:
    """Record what a kernel runs, from now on."""

    def __init__(self, ipython: Any) -> None:
        # IPython counts from 1, and has an empty text at 0.
        before = ipython.history_manager.input_hist_raw[1:]
        self.executions = [CellExecution(str(source)) for source in before]
        ipython.events.register("pre_run_cell", self._begin)
        ipython.events.register("post_run_cell", self._end)

    def _begin(self, info: Any) -> None:
        if info.store_history and not info.silent:
            cell_id = getattr(info, "cell_id", None) or ""
            self.executions.append(CellExecution(str(info.raw_cell), str(cell_id)))

    def _end(self, result: Any) -> None:
        if self.executions and result.info is not None and result.info.store_history:
            self.executions[-1].succeeded = bool(result.success)


def merge_executions(
    saved: Iterable[Cell], saved_at: float, executions: Sequence[CellExecution]
) -> tuple[Cell, ...]:
    """Return the cells of a notebook, each as it was last run or saved.

    A cell that was run but isn't in a saved notebook comes after the cell that was run
    before it, because that ran everything it needs. It has the number 0. One that
    raised is left out.
    """
    cells = list(saved)
    ids = {cell.id for cell in cells} - {""}
    tells_ids = any(one.id in ids for one in executions)
    last = -1
    for execution in executions:
        place = _find(cells, execution, tells_ids)
        is_newer = execution.at > saved_at
        if place is not None:
            last = place
            if is_newer:
                cells[place] = replace(
                    cells[place], source=_normalize_lines(execution.source)
                )
        elif is_newer and execution.succeeded and _has_code(execution.source):
            last += 1
            cells.insert(
                last, Cell(_normalize_lines(execution.source), id=execution.id)
            )
    return tuple(cells)


def _find(cells: list[Cell], execution: CellExecution, tells_ids: bool) -> int | None:
    """Return the index of its cell, by its id, text, mark or definitions."""
    if tells_ids and execution.id:
        return next(
            (i for i, cell in enumerate(cells) if cell.id == execution.id), None
        )
    code = [(i, cell) for i, cell in enumerate(cells) if not cell.is_text]
    source = _normalize_lines(execution.source)
    if same := [i for i, cell in code if cell.source.strip() == source.strip()]:
        return same[0]
    if marked := _MARKED.match(source):
        positions = [i for i, cell in code if cell.tag == marked[1]]
        return positions[0] if positions else None
    names = _find_names(source)
    shared = [(len(names & _find_names(cell.source)), -i) for i, cell in code]
    most, place = max(shared, default=(0, 0))
    return -place if most else None


def _find_names(source: str) -> set[str]:
    return {name for pair in _NAMED.findall(source) for name in pair if name}


def _has_code(source: str) -> bool:
    code, _ = LineFilter().blank(_normalize_lines(source))
    lines = (line.strip() for line in code.split("\n"))
    return any(line and not _OF_NO_USE.match(line) for line in lines)


def _normalize_lines(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\r", "\n")
