"""display: the function of that name which notebooks have, where cells run and where
they are graded.
"""

from __future__ import annotations

import builtins
import sys


def display(*values: object) -> None:
    """Show values as the page shows the value of a cell's last line.

    In a grading this prints them, as Python's prompt does: a call that was left in an
    answer changes nothing, and what it shows is among the lines that the answer
    printed.
    """
    for value in values:
        sys.displayhook(value)


def install() -> None:
    """Let all code of this process call `display` without importing it."""
    vars(builtins)["display"] = display
