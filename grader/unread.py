"""unread: a part of a file that Python cannot read, as a report has it."""

from __future__ import annotations

import msgspec


class UnreadPart(msgspec.Struct, frozen=True):
    """A cell of a file, which was left out so that the rest is graded.

    Attributes:
        exercise: the tag of its exercise; "" for a cell that is no exercise's.
        error: what Python says of it.
        line: the line that it names, or None.
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
