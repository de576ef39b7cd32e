"""hour: what an instructor tells a whole class at this moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec


class Hour(msgspec.Struct, frozen=True):
    """The state of a class that its learners' pages show.

    Attributes:
        lesson: the short name of the lesson that the class is at, or "".
        message: what the instructor says to everybody, or "".
        clock_ends_at: when the clock ends, in seconds since 1970; 0 for no clock.
        revealed: the exercises whose solution is open to everybody, by tag.
    """

    lesson: str = ""
    message: str = ""
    clock_ends_at: float = 0.0
    revealed: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Return the same for a page."""
        return {
            "lesson": self.lesson,
            "message": self.message,
            "left": seconds_left(self.clock_ends_at),
            "revealed": self.revealed,
        }


def seconds_left(ends_at: float, now: Callable[[], float] = time.time) -> float | None:
    """Return what is left of a clock by this machine's time; None for no clock.

    A page counts down from that, since its own device may have another time.
    """
    return max(0.0, round(ends_at - now(), 1)) if ends_at else None
