"""tables: rows to CSV bytes in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from grader.export.words import plain

# A spreadsheet runs what begins so; some also take the full-width forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS = ("\t", "\r", "\n")

Cell = str | int | float


def defused(text: str) -> str:
    """The text, with an apostrophe before it where it would be a formula.

    >>> defused("=1+1"), defused("Ada"), defused("-")
    ("'=1+1", 'Ada', '-')
    """
    # A lone dash is text everywhere, and is how Moodle writes "none".
    is_formula = text != "-" and text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if is_formula or text.startswith(_BREAKS) else text


def csv_bytes(rows: Iterable[Sequence[Cell]], for_spreadsheet: bool = False) -> bytes:
    """Rows as CSV in UTF-8.

    Args:
        rows: the cells; numbers stay numbers, text is defused.
        for_spreadsheet: begin with the mark by which Excel knows UTF-8.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig" if for_spreadsheet else "utf-8")


def csv_rows(content: bytes) -> list[list[str]]:
    """The rows of a CSV file, comma or semicolon, with or without a mark."""
    text = content.decode("utf-8-sig", "replace")
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _written(cell: Cell) -> Cell:
    return defused(plain(cell)) if isinstance(cell, str) else cell
