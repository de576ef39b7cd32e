"""override: points that a person gave, as a report has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Override:
    """Points that a person gave for an exercise, whatever the checks say, and why."""

    points: int
    why: str
