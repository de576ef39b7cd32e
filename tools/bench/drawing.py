"""drawing: draw what was measured on this machine."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from grader.cli.render.screen import Screen
from tools.bench.measurements import Measurement, Measurements


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
