"""A page or a solution as it was before cells had marks, as learners may have it."""

from __future__ import annotations

from grader.course.document.cells import Document

_HEADER = """\
# To run this page, cell by cell:  uv run invoke run {name}
# To have it graded:               uv run invoke grade {name}
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run {name}")

"""


def old_header(name: str) -> str:
    """The lines that were above a page's first cell."""
    return _HEADER.format(name=name)


def as_before(text: str, name: str) -> str:
    """The page with guards instead of marked cells.

    Args:
        text: the page.
        name: the short name of its lesson.
    """
    document = Document.from_python(text)
    lines = list(document.lines)
    for cell in reversed(document.cells):
        if not cell.role:
            continue
        first, last = cell.first_line - 1, cell.last_line
        reveals = f' reveals="{cell.reveals}"' if cell.reveals else ""
        lines[cell.line - 1 : last] = [
            f"# %%{reveals}",
            'if __name__ == "__main__":',
            *(f"    {line}" if line.strip() else line for line in lines[first:last]),
        ]
    return old_header(name) + "\n".join(lines) + "\n"
