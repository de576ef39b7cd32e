"""measurements: one row for each measurement, as JSON and as a table."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from grader.cli.render.screen import Screen

SCHEMA_VERSION = 1
Said = Callable[[str], None]
WHOLE_CLASS = 30


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
    floor_name: str,
    measured: tuple[Sequence[float], Sequence[float]],
    **more: Any,
) -> Measurement:
    """Return a row of the medians of values and floors measured in turns."""
    value, floor = map(statistics.median, measured)
    runs = len(measured[0])
    return Measurement(group, name, value, floor_name, floor, runs=runs, **more)


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


class Plan(msgspec.Struct, frozen=True):
    """How much is measured.

    Attributes:
        runs: how often each measurement and its floor are taken.
        short_runs: the same, of two slips and of a cold start without TensorFlow. They
            take less than a second, and medians of five were a tenth apart.
        saves: how often a file is saved for one measurement of ``watch``.
        learners: how many attempts a class hands in.
        photos: how many photos lesson 8 is trained on here.
    """

    runs: int = 5
    short_runs: int = 15
    saves: int = 15
    learners: int = WHOLE_CLASS
    photos: int = 60_000


QUICK = Plan(runs=3, short_runs=5, saves=7, learners=8, photos=10_000)


def draw_measurements(measurements: Measurements, screen: Screen) -> None:
    """Draw a line for each: what was measured, its floor, ratio and limit."""
    drawn = Table.grid(padding=(0, 2, 0, 0))
    drawn.add_column(overflow="fold")
    for _ in range(4):
        drawn.add_column(justify="right", no_wrap=True)
    drawn.add_column(no_wrap=True)
    drawn.add_row(
        *(screen.text(w, "bold") for w in ("", "value", "floor", "ratio", "limit", ""))
    )
    group = ""
    for row in measurements.rows:
        if row.group != group:
            group = row.group
            drawn.add_row(screen.text(group, "bold cyan"))
        drawn.add_row(
            *(screen.text(words) for words in _cells(row)), _verdict(row, screen)
        )
    screen.print(drawn)


def _cells(row: Measurement) -> tuple[str, ...]:
    sign = "at least" if row.more_is_better else "at most"
    return (
        f"{row.name}\n  floor: {row.floor_name}",
        _amount(row.value, row.unit),
        _amount(row.floor, row.unit),
        f"{row.ratio:.2f}",
        f"{sign} {row.limit:g}" if row.limit is not None else "",
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:.3f} {unit}" if unit == "s" else f"{value:.0f} {unit}"


def _verdict(row: Measurement, screen: Screen) -> Text:
    if row.limit is None:
        return screen.text("")
    words, style = ("met", "green") if row.is_met else ("not met", "bold red")
    return screen.text(words, style)
