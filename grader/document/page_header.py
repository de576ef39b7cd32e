"""page_header: the lines at the top of a page, for whoever runs it as a plain file.

They stand before the first mark and belong to no cell, so no reader of the lesson's
text sees them, and nothing is graded by them.
"""

from __future__ import annotations

import re

_LINES = """\
# To run this page, cell by cell:  uv run invoke run {name}
# To have it graded:               uv run invoke grade {name}
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run {name}")

"""


def make_header(stem: str) -> str:
    """Return the first lines of the page of a lesson that is named so."""
    match = re.match(r"lesson\d+", stem)
    return _LINES.format(name=match[0]) if match else ""
