"""unread: a part of a file that Python cannot read, as a report has it."""

from __future__ import annotations

import msgspec


class UnreadPart(msgspec.Struct, frozen=True):
    """The part of one exercise, which was left out so that the others are graded.

    Attributes:
        exercise: its tag.
        error: what Python says of it.
        line: the line that it names, or None.
        cell: in a notebook, the cell in which that line is counted, or None.
    """

    exercise: str
    error: str
    line: int | None = None
    cell: int | None = None
