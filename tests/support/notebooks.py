"""Notebooks as Jupyter's own packages write and run them.

Each test imports those packages when it needs them: importing them takes a second of
CPU time, which every process would otherwise spend to collect the tests.
"""

from __future__ import annotations

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
