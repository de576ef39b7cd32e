"""python_lines: the lines of a file as Python counts them."""

from __future__ import annotations

import io


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, each with its end.

    `str.splitlines` also ends one at a form feed and at U+2028, which may stand in a
    string of the learner's: Python, and every editor, counts one line there.
    """
    return list(io.StringIO(text, newline=""))


def split_bare_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    return [line.rstrip("\r\n") for line in split_lines(text)]
