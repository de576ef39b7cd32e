"""Notebooks as Jupyter's own packages write and run them.

Each test imports those packages when it needs them: importing them takes a second of
CPU time, which every process would otherwise spend to collect the tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def to_notebook(text: str, format_name: str = "py:percent") -> str:
    """Return a percent file as jupytext makes a notebook of it."""
    import jupytext

    return jupytext.writes(jupytext.reads(text, format_name), "ipynb")


def run_cells(sources: Iterable[str], folder: Path) -> list[Any]:
    """Run cells in a kernel of their own, in this folder, and return them."""
    import nbformat

    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return run_book(book, folder)


def run_book(book: Any, folder: Path) -> list[Any]:
    """Run a notebook in a kernel of its own, in this folder, and return its cells."""
    from nbclient import NotebookClient

    where = {"metadata": {"path": str(folder)}}
    NotebookClient(book, timeout=300, resources=where).execute()
    return list(book.cells)


def notebook(*cells: tuple[str, str] | dict[str, Any]) -> bytes:
    """A notebook of cells, each a pair of its exercise and its code, or a whole one."""
    made = [
        cell
        if isinstance(cell, dict)
        else {
            "cell_type": "code",
            "metadata": {"id": cell[0]} if cell[0] else {},
            "outputs": [],
            "source": cell[1].splitlines(keepends=True),
        }
        for cell in cells
    ]
    whole = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole).encode()


def as_notebook(text: str) -> bytes:
    return to_notebook(text).encode()


class Kernel:
    """Runs cells in a kernel of their own, in the attempts of a course."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "attempts"
        self.folder.mkdir(exist_ok=True)

    def run(self, *sources: str) -> list[dict[str, str]]:
        """What each cell shows last, by its kind; {} where it shows nothing."""
        return [[{}, *shown][-1] for shown in self.run_in_full(*sources)]

    def run_in_full(self, *sources: str) -> list[list[dict[str, str]]]:
        """All that each cell shows, by its kind."""
        cells = run_cells(sources, self.folder)
        return [[_data_of(one) for one in cell.outputs] for cell in cells]


def _data_of(one: Any) -> dict[str, str]:
    return dict(one.get("data", {"text": one.get("text", one.get("ename", ""))}))


def plain(shown: dict[str, str]) -> str:
    return shown["text/plain"]
