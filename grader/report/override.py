"""override: points that a person gave, as a report has them."""

from __future__ import annotations

import msgspec


class Override(msgspec.Struct, frozen=True):
    """Points that a person gave for an exercise, whatever the checks say, and why."""

    points: int
    why: str
