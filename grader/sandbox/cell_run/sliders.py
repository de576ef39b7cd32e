"""sliders: a figure that follows one number, drawn in advance for each of its values.

The page in a browser has a slider and only changes what it shows. All other media show
the figure for some of the values, in a row. What is sent consists of numbers and words,
because a page may send anything about its own run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from grader.sandbox.cell_run.events import (
    MOST_FRAMES,
    Frame,
    Mark,
    Slid,
    Tick,
)
from grader.sandbox.cell_run.figures import find_series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST_FRAMES = 400_000  # the bytes of all frames together
_MOST_IN_ROW = 4
_INCHES = (5, 3.5)  # of one frame: how many ticks an axis has depends on it

_DrawFrame = Callable[[Any, float], object]
_viewers: list[Callable[[Slid], None]] = []


def follow_sliders(viewer: Callable[[Slid], None]) -> None:
    """Have `viewer` called with each slider; none is shown as a row of figures."""
    _viewers[:] = [viewer]


def slider(
    draw: _DrawFrame,
    label: str,
    values: Iterable[float],
    title: str = "",
    alt: str = "",
) -> None:
    """Show a figure that depends on one number, with a slider for that number.

    Args:
        draw: called as ``draw(ax, value)`` for each value; draws lines, points and
            upright bars on these axes of matplotlib. The title that it gives to them is
            shown above the frame.
        label: what the number is called.
        values: the values it can have, in order; at most 25.
        title: the title of the whole figure.
        alt: the figure in words, for somebody who can't see it.

    Raises:
        ValueError: if there are too few or too many values, or a frame shows something
            else, or the frames are too large.
    """
    numbers = [float(value) + 0.0 for value in values]  # -0.0 becomes 0.0
    if not 2 <= len(numbers) <= MOST_FRAMES:
        raise ValueError(
            f"A slider has 2 to {MOST_FRAMES} values, and this one has {len(numbers)}."
        )
    if not all(map(math.isfinite, numbers)):
        raise ValueError("A value of a slider is a number, neither infinite nor nan.")
    axes, drawn = _draw_frames(draw, numbers)
    frames = tuple(
        Frame(f"{number:.3g}", title, tuple(_find_marks(axes, parts)))
        for number, (title, parts) in zip(numbers, drawn, strict=True)
    )
    if (size := len(msgspec.json.encode(frames))) > LONGEST_FRAMES:
        raise ValueError(
            f"The frames of a slider have {LONGEST_FRAMES // 1000} kB at most, and "
            f"these have {size // 1000} kB: draw fewer points, or fewer values."
        )
    if _viewers:
        labels = axes.get_xlabel(), axes.get_ylabel()
        ticks = _find_ticks(axes, "x"), _find_ticks(axes, "y")
        _viewers[0](Slid(label, frames, title, alt, *labels, *ticks))
    else:
        _show_row(draw, label, numbers, axes, title, alt)


def _draw_frames(
    draw: _DrawFrame, numbers: Sequence[float]
) -> tuple[Axes, list[tuple[str, Any]]]:
    """Draw all frames on the same axes, so that they get the same limits.

    Returns:
        The axes; and for each frame its title and what was drawn for it.
    """
    from matplotlib.figure import Figure

    axes = Figure(figsize=_INCHES).subplots()
    frames, before = [], _parts_of(axes)
    for number in numbers:
        axes.set_title("")
        axes.set_prop_cycle(None)  # the same colours again
        draw(axes, number)
        after = _parts_of(axes)
        new = {name: after[name][len(before[name]) :] for name in after}
        frames.append(
            (axes.get_title(), SimpleNamespace(transData=axes.transData, **new))
        )
        before = after
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    return axes, frames


def _parts_of(axes: Axes) -> dict[str, list[Any]]:
    kinds = "lines", "collections", "images", "containers"
    return {kind: list(getattr(axes, kind)) for kind in kinds}


def _show_row(
    draw: _DrawFrame,
    label: str,
    numbers: Sequence[float],
    like: Axes,
    title: str,
    alt: str,
) -> None:
    """Show some of the frames side by side, with these limits."""
    import matplotlib.pyplot as plt

    count = min(_MOST_IN_ROW, len(numbers))
    chosen = np.linspace(0, len(numbers) - 1, count).round().astype(int)
    row, axes = plt.subplots(
        1, count, figsize=(8, 3), sharex=True, sharey=True, layout="constrained"
    )
    for one, place in zip(axes, chosen, strict=True):
        draw(one, numbers[place])
        above = f"{label} = {numbers[place]:.3g}", one.get_title()
        one.set_title("\n".join(filter(None, above)), fontsize=9)
        if one is not axes[0]:
            one.set_ylabel("")
    axes[0].set(xlim=like.get_xlim(), ylim=like.get_ylim())
    handles, names = axes[0].get_legend_handles_labels()
    if names:
        row.legend(handles, names, loc="outside lower center", ncols=len(names))
    row.suptitle(title)
    row.set_label(alt)
    plt.show()


def _find_marks(axes: Axes, parts: Any) -> Iterator[Mark]:
    """Yield these parts of the axes, in fractions of their width and height.

    Raises:
        ValueError: if it shows something that isn't a line, points or upright bars.
    """
    found = find_series(parts)
    if not found or any(
        getattr(x, "orientation", "") == "horizontal" for _, x in found
    ):
        raise ValueError("A frame of a slider shows lines, points or upright bars.")
    for series, artist in found:
        bar = next(iter(getattr(artist, "patches", ())), None)
        base, width = (bar.get_y(), bar.get_width()) if bar else (0.0, 0.0)
        points = list(zip(series.x, series.y, strict=True))
        foot = (0.0, base), (width, base)
        *inside, left, right = _to_fractions(axes, [*points, *foot])
        style = artist.get_linestyle() if series.kind == "line" else "-"
        yield Mark(
            series.name,
            series.kind,
            tuple(x for x, _ in inside),
            tuple(y for _, y in inside),
            _colour_of(artist),
            style in ("--", ":", "-."),
            right[0] - left[0] if bar else 0.0,
            left[1] if bar else 0.0,
        )
        if series.kind == "line" and artist.get_marker() not in ("None", "", " "):
            xs, ys = zip(*inside, strict=True)
            yield Mark("", "points", xs, ys, _colour_of(artist))


def _to_fractions(axes: Axes, points: Sequence[tuple[float, float]]) -> list[Any]:
    """Return points in fractions of the width and the height of the axes."""
    with np.errstate(all="ignore"):  # a logarithmic axis has no zero
        on_sheet = axes.transData.transform(np.array(points))
    inside: list[Any] = axes.transAxes.inverted().transform(on_sheet).round(4).tolist()
    return inside


def _colour_of(artist: Any) -> int:
    """Return the place of an artist's colour in the usual order, or -1."""
    from matplotlib.colors import to_hex

    if hasattr(artist, "patches"):
        colour = next((bar.get_facecolor() for bar in artist.patches), "black")
    elif hasattr(artist, "get_offsets"):
        colour = next(iter(artist.get_facecolor()), "black")
    else:
        colour = artist.get_color()
    usual = [to_hex(f"C{place}") for place in range(10)]
    return usual.index(to_hex(colour)) if to_hex(colour) in usual else -1


def _find_ticks(axes: Axes, axis: Literal["x", "y"]) -> tuple[Tick, ...]:
    """Return the ticks of an axis, in fractions of its length."""
    side = axes.xaxis if axis == "x" else axes.yaxis
    places = [float(place) for place in side.get_majorticklocs()]
    is_log = side.get_scale() == "log"
    words = (
        [f"{place:g}" for place in places]
        if is_log
        else side.get_major_formatter().format_ticks(places)
    )
    inside = _to_fractions(axes, [(place, place) for place in places])
    found = [point["xy".index(axis)] for point in inside]
    return tuple(
        Tick(at, word) for at, word in zip(found, words, strict=True) if 0 <= at <= 1
    )
