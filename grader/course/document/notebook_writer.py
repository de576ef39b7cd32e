"""notebook_writer: write the cells of a page as a notebook."""

from __future__ import annotations

import base64
import codecs
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from grader.common.errors import Misuse
from grader.course.document.attempt_file import parse_python, read
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Cell, Document
from grader.course.document.kept_figures import (
    FOLDER,
    OF_SOLUTION,
    KeptFigure,
    find_kept,
)
from grader.course.document.notebook_reader import read_cells
from grader.course.document.source import Unreadable

_FIRST = """\
%load_ext grader

# Run this cell first. Then, in any cell:
#     %grade {tag}       is it right, and which mistake was it
#     %hint {tag}        the next hint
#     %solution {tag}    the solution, once it is right or had three attempts
"""
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_BLOCK = re.compile(r"^( {4}.*(?:\n {4}.*)*)", re.MULTILINE)
_GAP = re.compile(r" {2,}")


def write_notebook(lesson: Lesson, own: Path | None = None) -> bytes:
    """Return the page of a lesson as a notebook that hasn't been run.

    Args:
        lesson: the lesson whose page is used if `own` is None.
        own: the learner's Python file, to use its cells instead.

    Raises:
        BrokenLesson: if the lesson has no page.
        Misuse: if the learner's file can't be read.
    """
    document = _read_own(own) if own else Document.read(lesson.page)
    return to_notebook(document, lesson.folder)


def to_notebook(document: Document, folder: Path | None = None) -> bytes:
    """Return a page as a notebook that hasn't been run, with the magics loaded.

    A cell at the top loads them. A file without marks becomes one cell.

    Args:
        document: the page.
        folder: the folder of its lesson, whose figures are the output of their cells.
    """
    page = document.cells or (Cell(document.text),)
    first = next((cell.tag for cell in page if cell.tag), "")
    counted: Counter[str] = Counter()
    cells = [_make_cell(cell, counted) for cell in page]
    if folder:
        figures_of = find_kept(folder, document.code_cells)
        for made, cell in zip(cells, page, strict=True):
            for figure in figures_of.get(cell.number, ()):
                made["outputs"] += _show(figure, folder / FOLDER)
    cells.insert(1, _code(_FIRST.format(tag=first).rstrip(), "begin", {}))
    data = {
        "cells": cells,
        "metadata": {"kernelspec": _KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=1) + b"\n"


def update_notebook(content: bytes, cells: Iterable[Cell]) -> bytes:
    """Return a notebook with these cells, keeping everything that hasn't changed.

    If a cell's text has changed, its output is removed.

    Args:
        content: the notebook.
        cells: its cells; those that aren't in it yet have the number 0.

    Raises:
        Unreadable: if it isn't a notebook.
    """
    saved, cells = read_cells(content), tuple(cells)
    if cells == saved:
        return content
    # Raw, so that parts that aren't needed here are neither built nor changed.
    book = msgspec.json.decode(
        content.removeprefix(codecs.BOM_UTF8), type=dict[str, msgspec.Raw]
    )
    old = msgspec.json.decode(book["cells"], type=list[dict[str, msgspec.Raw]])
    new_cells: list[Mapping[str, Any]] = []
    for place, cell in enumerate(cells, 1):
        if not cell.number:
            new_cells.append(_code(cell.source, cell.id or f"unsaved-{place}", {}))
        elif cell == saved[cell.number - 1]:
            new_cells.append(old[cell.number - 1])
        else:
            fresh: dict[str, Any] = {
                "source": cell.source,
                "outputs": [],
                "execution_count": None,
            }
            new_cells.append({**old[cell.number - 1], **fresh})
    return msgspec.json.encode({**book, "cells": new_cells}) + b"\n"


def _read_own(path: Path) -> Document:
    try:
        return parse_python(read(path))
    except Unreadable as error:
        raise Misuse(f"{path}: {error}") from error


def _make_cell(cell: Cell, counted: Counter[str]) -> dict[str, Any]:
    """Return a cell with an id that says what it is: 4e, 4e-2; text-1, show-1."""
    kind = cell.tag or ("text" if cell.is_text else cell.role or "code")
    counted[kind] += 1
    count = counted[kind]
    name = kind if cell.tag and count == 1 else f"{kind}-{count}"
    if cell.is_text:
        source = _keep_line_breaks(_mark_formulas(cell.source))
        return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
    named = {"id": cell.tag, "reveals": cell.reveals, "role": cell.role}
    metadata: dict[str, Any] = {key: word for key, word in named.items() if word}
    if cell.role == "figure":  # JupyterLab folds its code
        metadata["jupyter"] = {"source_hidden": True}
    return _code(cell.source, name, metadata)


def _show(figure: KeptFigure, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield a figure as outputs of its cell."""
    png = base64.b64encode((folder / figure.files[0]).read_bytes()).decode()
    size = {"width": figure.width, "height": figure.height}
    yield {
        "output_type": "display_data",
        "data": {"image/png": png, "text/plain": figure.alt},
        # It is transparent, and its text is dark.
        "metadata": {"image/png": size, "needs_background": "light"},
    }
    if figure.is_of_solution:
        yield {
            "output_type": "stream",
            "name": "stdout",
            "text": f"{OF_SOLUTION}\n",
        }


def _code(source: str, name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def _mark_formulas(text: str) -> str:
    """Return the text with its marked formulas in LaTeX.

    >>> print(_mark_formulas("of $sum_k y_k$:\\n\\n    $a / b$    $c$, a word"))
    of $\\sum_{k} y_{k}$:
    <BLANKLINE>
    $\\displaystyle \\frac{a}{b}$  $\\displaystyle c$, a word
    """
    from grader.course.document.typeset import rewrite
    from grader.course.document.typeset.latex import to_latex

    return "".join(
        _write_block(part) if number % 2 else rewrite(part, to_latex)
        for number, part in enumerate(_BLOCK.split(text))
    )


def _write_block(source: str) -> str:
    """Return an indented block as lines with formulas, or unchanged if it has none."""
    from grader.course.document.typeset import rewrite
    from grader.course.document.typeset.latex import to_latex

    block = rewrite(source, functools.partial(to_latex, is_display=True))
    if block == source:
        return source
    lines = (line.removeprefix("    ") for line in block.split("\n"))
    return "  \n".join(
        _GAP.sub(lambda gap: "\N{EM SPACE}" * (len(gap[0]) // 2), line)
        for line in lines
    )


def _keep_line_breaks(text: str) -> str:
    """Return the text with line breaks that Markdown keeps before lines like ``b)``."""
    return re.sub(r"\n(?=[a-h]\) )", "  \n", text)
