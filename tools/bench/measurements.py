"""measurements: what was measured, one row a measurement, to JSON."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from typing import Any

import msgspec

SCHEMA_VERSION = 1


class Measurement(msgspec.Struct, frozen=True):
    """One measurement beside its floor.

    Attributes:
        group: what kind of measurement it is: ``cold``, ``watch``, ...
        name: what was measured.
        value: the median of its runs.
        floor_name: what it is compared with.
        floor: the median of the floor's runs.
        unit: of both: ``s``, ``MB`` or ``gradings/min``.
        runs: how often each was measured.
        limit: what `ratio` should stay below, or reach when more is better; None when
            the row is only information.
        more_is_better: whether the ratio should be large.
    """

    group: str
    name: str
    value: float
    floor_name: str
    floor: float
    unit: str = "s"
    runs: int = 1
    limit: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float:
        """The value in units of its floor."""
        return self.value / self.floor

    @property
    def is_met(self) -> bool:
        """Whether the limit holds; True when there is none."""
        if self.limit is None:
            return True
        if self.more_is_better:
            return self.ratio >= self.limit
        return self.ratio <= self.limit


class Measurements(msgspec.Struct, frozen=True):
    """All measurements of one run, and the machine they were taken on."""

    rows: tuple[Measurement, ...]
    machine: dict[str, Any]

    @property
    def is_met(self) -> bool:
        """Whether every limit holds."""
        return all(row.is_met for row in self.rows)


def compare_medians(
    group: str,
    name: str,
    values: Sequence[float],
    floor_name: str,
    floors: Sequence[float],
    **more: Any,
) -> Measurement:
    """Return a row of the medians of what was measured in turns."""
    value, floor = statistics.median(values), statistics.median(floors)
    return Measurement(group, name, value, floor_name, floor, runs=len(values), **more)


def machine() -> dict[str, Any]:
    """Return what a reader has to know of this machine."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(one, 2) for one in load],
    }


def to_json(measurements: Measurements) -> bytes:
    """Write measurements as JSON, with the ratio of each row."""
    rows = [
        msgspec.to_builtins(row) | {"ratio": round(row.ratio, 4), "is_met": row.is_met}
        for row in measurements.rows
    ]
    data = {
        "schema_version": SCHEMA_VERSION,
        "machine": measurements.machine,
        "rows": rows,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
