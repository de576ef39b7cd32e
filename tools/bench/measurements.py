"""measurements: one row for each measurement, as JSON and as a table."""

from __future__ import annotations

import math
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from grader.cli.render.screen import Screen

SCHEMA_VERSION = 1
Said = Callable[[str], None]
WHOLE_CLASS = 30


class Measurement(msgspec.Struct, frozen=True):
    """A measurement and its floor.

    Attributes:
        group: the kind of measurement: ``cold``, ``watch``, ...
        name: what was measured.
        value: the median of its runs.
        floor_name: what it is compared with.
        floor: the median of the floor's runs.
        unit: the unit of both medians: ``s``, ``MB`` or ``gradings/min``.
        runs: how often each was measured.
        limit: the value that `ratio` should stay below, or reach if `more_is_better`.
            None if the row is only information.
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
        """Whether the ratio meets the limit; True when there is none."""
        if self.limit is None:
            return True
        if self.more_is_better:
            return self.ratio >= self.limit
        return self.ratio <= self.limit


class Measurements(msgspec.Struct, frozen=True):
    """All measurements of one run, and the machine they were taken on.

    Attributes:
        rows: the measurements.
        machine: what a reader needs to know about it.
        left_out: the groups that there was no time for.
    """

    rows: tuple[Measurement, ...]
    machine: dict[str, Any]
    left_out: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        """Whether every measurement meets its limit."""
        return all(row.is_met for row in self.rows)


def compare_medians(
    group: str,
    name: str,
    floor_name: str,
    measured: tuple[Sequence[float], Sequence[float]],
    **more: Any,
) -> Measurement:
    """Return a row with the medians of values and floors measured alternately."""
    value, floor = map(statistics.median, measured)
    runs = len(measured[0])
    return Measurement(group, name, value, floor_name, floor, runs=runs, **more)


def machine() -> dict[str, Any]:
    """Return what a reader needs to know about this machine."""
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
        "left_out": measurements.left_out,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"


class Plan(msgspec.Struct, frozen=True):
    """How much is measured.

    Attributes:
        runs: how often each measurement and its floor are taken.
        short_runs: the number of runs for two slips and for a cold start without
            TensorFlow. These take less than a second, and medians of five runs differed
            by a tenth.
        saves: how often a file is saved for one measurement of ``watch``.
        learners: how many attempts a class hands in.
        images: how many images lesson 8 is trained on here.
        within_s: how long everything may take. Later groups get fewer runs if time is
            short.
        until_s: when a group of measurements should end, by the monotonic clock.
    """

    runs: int = 5
    short_runs: int = 15
    saves: int = 15
    learners: int = WHOLE_CLASS
    images: int = 60_000
    within_s: float = 540.0
    until_s: float = math.inf


QUICK = Plan(runs=3, short_runs=5, saves=7, learners=8, images=10_000)


def draw_measurements(measurements: Measurements, screen: Screen) -> None:
    """Draw each measurement: whether it meets its limit, its value, and its floor."""
    group = ""
    for row in measurements.rows:
        if row.group != group:
            group = row.group
            screen.print("", screen.text(group, "bold cyan"))
        screen.print(screen.beside(_verdict(row), f"{row.name}\n{_describe(row)}"))
    if measurements.left_out:
        names = ", ".join(measurements.left_out)
        screen.print("", f"No time was left for: {names}. Choose with --only.")


def _describe(row: Measurement) -> str:
    sign = "at least" if row.more_is_better else "at most"
    limit = f" ({sign} {row.limit:g})" if row.limit is not None else ""
    value, floor = _amount(row.value, row.unit), _amount(row.floor, row.unit)
    return f"{row.ratio:.2f}{limit}: {value} beside {floor}, {row.floor_name}"


def _amount(value: float, unit: str) -> str:
    return f"{value:.3f} {unit}" if unit == "s" else f"{value:.0f} {unit}"


def _verdict(row: Measurement) -> tuple[str, str]:
    if row.limit is None:
        return f"{'':9}", ""
    return ("met      ", "green") if row.is_met else ("not met  ", "bold red")
