"""reading: the cells of a notebook's file, within bounds."""

from __future__ import annotations

import codecs
import re

import msgspec

from grader.document.exercise_tag import EXERCISE_TAG
from grader.document.source import Unreadable

MOST_CELLS = 2_000
_MARK = re.compile(r"\s*# %%")
_TAG = re.compile(EXERCISE_TAG)
_TAG_IN_MARK = re.compile(rf'\bid="({EXERCISE_TAG})"')
# It is written into the mark of a cell, which no quote or line end is to forge.
_NAME = re.compile(r'[^"\\\n\r]{1,80}')


class NotebookCell(msgspec.Struct, frozen=True):
    """One cell of a notebook.

    Attributes:
        number: its place among all cells, text too, counted from 1.
        is_code: whether it is code; all other cells are text.
        source: its text, with lines that end in ``\\n``.
        tag: the exercise it belongs to, or "".
        reveals: the prediction that its output answers, or "".
        id: what the notebook itself calls it, or "".
    """

    number: int
    is_code: bool
    source: str
    tag: str = ""
    reveals: str = ""
    id: str = ""


class _Metadata(msgspec.Struct):
    # Raw: what is no text here makes no notebook unreadable.
    id: msgspec.Raw = msgspec.Raw(b'""')
    reveals: msgspec.Raw = msgspec.Raw(b'""')


class _Cell(msgspec.Struct):
    cell_type: str
    source: str | list[str] = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    id: msgspec.Raw = msgspec.Raw(b'""')


class _Notebook(msgspec.Struct):
    # Outputs and all else have no field here: they are passed over and never built.
    cells: list[_Cell]


def read_cells(content: bytes) -> tuple[NotebookCell, ...]:
    """Return the cells of a notebook.

    Raises:
        Unreadable: it is none, or it holds more than a notebook needs.
    """
    found = _decode(content.removeprefix(codecs.BOM_UTF8)).cells
    if not found:
        raise Unreadable("This notebook has no cells: there is nothing to grade.")
    if len(found) > MOST_CELLS:
        raise Unreadable(
            f"This notebook has {len(found):,} cells, and {MOST_CELLS:,} are the most "
            "that a graded one may have. Delete those that you do not need."
        )
    return tuple(_make_cell(number, cell) for number, cell in enumerate(found, 1))


def _decode(content: bytes) -> _Notebook:
    try:
        return msgspec.json.decode(content, type=_Notebook)
    except RecursionError:
        why = "something in it is nested too deeply"
    except msgspec.ValidationError as error:
        why = f"{error}".replace("Object missing", "it is missing").replace("`", "'")
    except (msgspec.DecodeError, UnicodeDecodeError):
        why = "what stands in it is not sound JSON"
    raise Unreadable(
        f"This file cannot be read as a notebook: {why}. Open it in Jupyter, and save "
        "it again."
    )


def _make_cell(number: int, cell: _Cell) -> NotebookCell:
    source = cell.source if isinstance(cell.source, str) else "".join(cell.source)
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    own, named = _text_of(cell.id), _text_of(cell.metadata.reveals)
    return NotebookCell(
        number,
        cell.cell_type == "code",
        source,
        _find_tag(cell, source, own),
        named if _NAME.fullmatch(named) else "",
        own,
    )


def _find_tag(cell: _Cell, source: str, own: str) -> str:
    """Return the exercise of a cell, by its metadata, its first line or its name."""
    first = source.lstrip().partition("\n")[0]
    marked = _TAG_IN_MARK.search(first) if _MARK.match(first) else None
    words = (
        _text_of(cell.metadata.id),
        marked[1] if marked else "",
        own.partition("-")[0],
    )
    return next((word for word in words if _TAG.fullmatch(word)), "")


def _text_of(raw: msgspec.Raw) -> str:
    """Return a value that should be text; "" where it is something else."""
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
