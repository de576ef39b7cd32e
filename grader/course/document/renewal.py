"""renewal: bring a learner's file into the form that the lesson's page has now.

In earlier pages, a guard around its code said that a cell only shows something, where
there is a mark now. A cell whose code is still the page's gets the mark; what the
learner has written or changed stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.course.document.cells import (
    MARK,
    Cell,
    Document,
    count_leading_blank_lines,
    split_guard,
)

# The first and the last of the lines that pages once had above their first cell.
_FIRST, _LAST, _LENGTH = "# To run this page, cell by cell:", "    raise SystemExit(", 6


def renew(own: Document, page: Document) -> tuple[str, int]:
    """Return a learner's file in the new form, and how many of its cells change.

    Args:
        own: the learner's Python file.
        page: the page of the lesson.
    """
    known = {cell.source.strip(): cell for cell in page.cells if cell.role}
    lines, count = list(own.lines), 0
    for cell in reversed(own.cells):
        if made := _renew_cell(cell, known):
            last = cell.last_line
            while not lines[last - 1].strip():
                last -= 1
            lines[cell.line - 1 : last] = made
            count += 1
    above = lines[: own.cells[0].line - 1] if own.cells else []
    head = above[:_LENGTH]
    if head and head[0].startswith(_FIRST) and head[-1].startswith(_LAST):
        # A learner may have written something below it.
        del lines[: _LENGTH + count_leading_blank_lines([*above[_LENGTH:], "end"])]
        count += 1
    end = "\r\n" if "\r\n" in own.text else "\n"
    return end.join([*lines, ""]), count


def _renew_cell(cell: Cell, known: Mapping[str, Cell]) -> list[str]:
    """Return the lines of a cell in the new form; [] if it stays as it is."""
    if cell.is_text or cell.tag:
        return []
    above, below = split_guard(cell.source)
    same = known.get(below.strip())
    if not below or same is None:
        return []
    reveals = f' reveals="{same.reveals}"' if same.reveals else ""
    made = [f"{MARK} [{same.role}]{reveals}", *below.split("\n")]
    return [MARK, *above.split("\n"), "", "", *made] if above else made
