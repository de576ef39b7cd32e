"""class_state: what an instructor shows a whole class."""

from __future__ import annotations

import time
from typing import Any

import msgspec


class ClassState(msgspec.Struct, frozen=True):
    """The message, clock, lesson and open solutions that a class's pages show.

    Attributes:
        lesson: the short name of the class's current lesson, or "".
        message: the instructor's message to everybody, or "".
        clock_ends_at: when the clock ends, in seconds since 1970; 0 for no clock.
        revealed: the exercises whose solution is open to everybody, by tag.
        help_with: the exercise that this learner asked for help with, or "".
        number: greater than that of every state that was read before. Answers and
            events reach a page in any order, and it shows only the newest.
    """

    lesson: str = ""
    message: str = ""
    clock_ends_at: float = 0.0
    revealed: tuple[str, ...] = ()
    help_with: str = ""
    number: int = 0

    def to_fields(self) -> dict[str, Any]:
        """Return the state as a page gets it."""
        return {
            "lesson": self.lesson,
            "message": self.message,
            "left": seconds_left(self.clock_ends_at),
            "revealed": self.revealed,
            "help": self.help_with,
            "number": self.number,
        }


def seconds_left(ends_at: float) -> float | None:
    """Return the seconds left in the countdown by the server's clock, if there is one.

    The page counts down from there, because its device's clock may differ.
    """
    return max(0.0, round(ends_at - time.time(), 1)) if ends_at else None
