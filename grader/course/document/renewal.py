"""renewal: bring a learner's file into the form that the lesson's page has now.

In earlier pages, a guard around its code said that a cell only shows something, where
there is a mark now. A cell whose code is still the page's gets the mark; what the
learner has written or changed stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.course.document.cells import MARK, Cell, Document, split_guard

# The first and the last line that pages once had above their first cell.
_FIRST, _LAST = "# To run this page, cell by cell:", "    raise SystemExit("


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
            first = cell.first_line - 1
            last = first + cell.source.count("\n") + 1
            lines[cell.line - 1 : last] = made
            count += 1
    above = lines[: own.cells[0].line - 1] if own.cells else []
    has_head = bool(above) and above[0].startswith(_FIRST)
    if has_head and any(line.startswith(_LAST) for line in above):
        del lines[: len(above)]
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
