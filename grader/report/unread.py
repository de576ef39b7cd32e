"""unread: the parts of a file without which it was graded, as a report has them."""

from __future__ import annotations

import msgspec


class UnreadPart(msgspec.Struct, frozen=True):
    """A cell that Python cannot read.

    Attributes:
        exercise: the tag of its exercise; "" for a cell that is no exercise's.
        error: what Python says of it.
        line: the line that it names, or None.
        cell: in a notebook, the cell in which that line is counted, or None.
        is_line: whether that line was left out, and not the whole cell.
    """

    exercise: str
    error: str
    line: int | None = None
    cell: int | None = None
    is_line: bool = False


class LeftOutStatement(msgspec.Struct, frozen=True):
    """A statement at the top level that fails while the file is loaded.

    Attributes:
        exercise: the tag of the exercise in whose cell it is; "" outside of them.
        error: how it fails, as one or more sentences.
        line: its line that fails, or its first.
        cell: in a notebook, the cell in which that line is counted, or None.
    """

    exercise: str
    error: str
    line: int | None = None
    cell: int | None = None


def name_of(exercise: str) -> str:
    """Return what a part is called in a sentence, by its exercise.

    >>> name_of("3d"), name_of("")
    ('exercise 3d', 'a cell outside of the exercises')
    """
    return f"exercise {exercise}" if exercise else "a cell outside of the exercises"
