"""figures: turn a matplotlib figure into PNG files, its data, and alt text.

A page follows the reader's dark mode, so a figure is drawn twice, with a transparent
background: as it is, and with its greys inverted. The data of lines and bars are
included, for a terminal that draws them as text.
"""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from grader.sandbox.cell_run.events import (
    LONGEST_PICTURE,
    MOST_PANELS,
    MOST_POINTS,
    MOST_ROWS,
    MOST_SERIES,
    Drew,
    Panel,
    Pictured,
    Series,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BACKEND = "module://grader.sandbox.cell_run.matplotlib_backend"

_DPI = 200  # twice what a page shows, so that text stays sharp
_MOST_PIXELS = 2_000  # along the longer side
_FEWEST_PIXELS = 300  # along the longer side; even noise fits in the bound at this size
_MOST_INCHES = 20  # beyond this, a character would have less than a pixel
_SIDE = 28
_MOST_NAMED = 6  # panels or series that a composed alt text describes

_sinks: list[Callable[[Drew], None]] = []
_viewers: list[Callable[[Pictured], None]] = []


def follow_figures(sink: Callable[[Drew], None]) -> None:
    """Have `sink` called with every figure that is shown from now on."""
    _sinks[:] = [sink]
    # matplotlib reads the variable on import, which may have happened already.
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].use(BACKEND)


@contextlib.contextmanager
def without_figures() -> Iterator[None]:
    """Draw nothing that is shown in this block: nobody sees it."""
    followed, _sinks[:] = _sinks[:], []
    try:
        yield
    finally:
        _sinks[:] = followed


def follow_pictures(viewer: Callable[[Pictured], None]) -> None:
    """Have `viewer` called with each picture of `grader.pictures`; none is printed."""
    _viewers[:] = [viewer]


def hand_over(kind: Any, title: str, rows: Any, captions: Iterable[str]) -> bool:
    """Pass a picture of `grader.pictures` to the viewer; return whether one exists."""
    if not _viewers:
        return False
    numbers = tuple(tuple(map(float, row))[:1_000] for row in rows[:MOST_ROWS])
    names = tuple(str(one)[:200] for one in captions)[:MOST_ROWS]
    _viewers[0](Pictured(kind, title[:200], numbers, names))
    return True


def send(figure: Figure) -> None:
    """Pass a figure to the function that follows figures."""
    for sink in _sinks:
        sink(figure_event(figure))


def show_open_figures() -> None:
    """Show the figures that are still open, as a notebook does at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums():
        pyplot.show()


def close_figures() -> None:
    """Close the figures that are open, without showing them."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def figure_event(figure: Figure) -> Drew:
    """Return a figure as an event."""
    panels = tuple(_panel(axes) for axes in _frames(figure)[:MOST_PANELS])
    label = str(figure.get_label()).strip()
    alt = (label or _compose(figure, panels))[:2_000]
    png, dark = _as_pngs(figure)
    title = figure.get_suptitle().strip()[:200]
    return Drew(png, panels, alt, dark, bool(label), title)


def _frames(figure: Figure) -> list[Axes]:
    """Return the frames of a figure except those of its colour bars."""
    return [one for one in figure.axes if one.get_label() != "<colorbar>"]


def _as_pngs(figure: Figure) -> tuple[str, str]:
    """Return a figure's PNG in base 64, and its dark version or ""."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import to_rgb

    from grader.sandbox.cell_run.dark_canvas import DarkCanvas, mark_what_is_on_images

    # A figure with a coloured background is shown as it is.
    is_plain = to_rgb(figure.get_facecolor()) == (1, 1, 1)
    kinds = (FigureCanvasAgg, DarkCanvas) if is_plain else (FigureCanvasAgg,)
    width, height = figure.get_size_inches()
    longer = max(width, height, 0.1)
    if longer > _MOST_INCHES:
        figure.set_size_inches(
            width / longer * _MOST_INCHES, height / longer * _MOST_INCHES
        )
        longer = _MOST_INCHES
    dpi = min(_DPI, _MOST_PIXELS / longer)
    while True:
        with mark_what_is_on_images(figure):
            pngs = [_as_png(figure, kind, dpi, is_plain) for kind in kinds]
        fits = max(map(len, pngs)) <= LONGEST_PICTURE
        if fits or dpi * longer < _FEWEST_PIXELS:
            break
        dpi /= 2
    return pngs[0], pngs[1] if len(pngs) > 1 else ""


def _as_png(figure: Figure, canvas: Any, dpi: float, is_transparent: bool) -> str:
    """Return the base 64 of a figure drawn on this kind of canvas."""
    file, before = io.BytesIO(), figure.canvas
    canvas(figure)
    try:
        # `tight` shows a long label whole that extends beyond the figure.
        figure.savefig(
            file,
            format="png",
            dpi=dpi,
            transparent=is_transparent,
            bbox_inches="tight",
            pad_inches=0.05,
        )
    finally:
        figure.set_canvas(before)
    return base64.b64encode(file.getvalue()).decode()


def find_series(axes: Axes) -> list[tuple[Series, Any]]:
    """Return the data of a frame with what draws them; [] if it shows other things."""
    is_odd = bool(axes.images) or any(map(_is_odd, axes.collections))
    bars = ((_bars(one), one) for one in _bar_groups(axes))
    return [] if is_odd else [*_lines(axes), *_points(axes), *bars][:MOST_SERIES]


def _bar_groups(axes: Axes) -> list[Any]:
    return [one for one in axes.containers if hasattr(one, "orientation")]


def _panel(axes: Axes) -> Panel:
    """Return what one frame shows; of a diagram, nothing but its title."""
    if not (axes.axison or axes.images):
        return Panel(axes.get_title()[:200], has_axes=False)
    bars = _bar_groups(axes)
    series = [one for one, _ in find_series(axes)]
    has_flat = any(bar.orientation == "horizontal" for bar in bars)
    across, up = _label(axes, "x"), _label(axes, "y")
    names = _bar_names(axes, bars) if series and bars else ()
    return Panel(
        axes.get_title()[:200],
        _digit(axes),
        (up if has_flat else across)[:200],
        (across if has_flat else up)[:200],
        tuple(series),
        names,
        axes.get_yscale() == "log",
        bool(axes.images),
    )


def _label(axes: Axes, axis: str) -> str:
    """Return an axis's label: its own, a shared axis's, or the whole figure's."""
    shared = getattr(axes, f"get_shared_{axis}_axes")().get_siblings(axes)
    names = [getattr(one, f"get_{axis}label")() for one in (axes, *shared)]
    return str(next(filter(None, names), getattr(axes.figure, f"get_sup{axis}label")()))


def _is_odd(collection: Any) -> bool:
    """Return whether a collection is something other than points, lines or bands."""
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.collections import PolyCollection as Band

    return not isinstance(collection, PathCollection | LineCollection | Band)


def _lines(axes: Axes) -> Iterator[tuple[Series, Any]]:
    to_data = axes.transData.inverted()
    for line in axes.lines:
        places = np.asarray(line.get_xydata(), dtype=float)
        if line.get_transform() is not axes.transData:
            # axhline and axvline have one coordinate in units of the frame.
            places = to_data.transform(line.get_transform().transform(places))
        has_line = str(line.get_linestyle()).lower() not in ("none", "", " ")
        yield _series(line, places, "line" if has_line else "points"), line


def _points(axes: Axes) -> Iterator[tuple[Series, Any]]:
    from matplotlib.collections import PathCollection

    for collection in axes.collections:
        if isinstance(collection, PathCollection):
            places = np.ma.filled(collection.get_offsets(), np.nan)
            yield _series(collection, places, "points"), collection


def _bars(container: Any) -> Series:
    places = [
        (bar.get_y() + bar.get_height() / 2, bar.get_width())
        if container.orientation == "horizontal"
        else (bar.get_x() + bar.get_width() / 2, bar.get_height())
        for bar in container.patches
    ]
    return _series(container, np.array(places).reshape(-1, 2), "bars")


def _series(
    artist: Any, places: Any, kind: Literal["line", "points", "bars"]
) -> Series:
    name = str(artist.get_label() or "")
    if len(places) > MOST_POINTS:
        chosen = np.linspace(0, len(places) - 1, MOST_POINTS).round().astype(int)
        places = places[chosen]
    xs, ys = (tuple(float(value) for value in row) for row in np.transpose(places))
    # Names that matplotlib makes up begin with an underscore.
    return Series("" if name.startswith("_") else name[:200], xs, ys, kind)


def _bar_names(axes: Axes, containers: Sequence[Any]) -> tuple[str, ...]:
    """Return the labels at the bars or groups of bars, as far as they have any."""
    is_flat = containers[0].orientation == "horizontal"
    axis = axes.yaxis if is_flat else axes.xaxis
    written = {
        round(float(place), 6): tick.get_text()
        for place, tick in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
    }
    middles = bar_middles([_bars(one).x for one in containers])[0]
    return tuple(written.get(round(x, 6), "")[:200] for x in middles[:MOST_POINTS])


def bar_middles(series: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """Return the x of each series' bars; bars side by side get their group's middle."""
    groups = list(zip(*series, strict=False))
    middles = tuple(sum(x / len(group) for x in group) for group in groups)
    widest = max((max(group) - min(group) for group in groups), default=0.0)
    gaps = [abs(b - a) for a, b in itertools.pairwise(middles)]
    has_groups = len(set(map(len, series))) == 1 and widest < min(gaps, default=0.0)
    return [middles if has_groups else tuple(xs) for xs in series]


def _digit(axes: Axes) -> tuple[tuple[int, ...], ...]:
    """Return the grey levels of a frame's only digit, or ()."""
    if len(axes.images) != 1 or axes.lines or axes.collections or axes.patches:
        return ()
    image = axes.images[0]
    values = image.get_array()
    if values is None or values.shape != (_SIDE, _SIDE):
        return ()
    greys = np.asarray(image.to_rgba(values, bytes=True))[..., :3].mean(axis=-1)
    return tuple(tuple(int(x) for x in row) for row in np.rint(greys))


def _compose(figure: Figure, panels: tuple[Panel, ...]) -> str:
    """Return a description of a figure whose author has written none."""
    title = figure.get_suptitle().strip()
    parts = [title, *(_describe(panel) for panel in panels[:_MOST_NAMED])]
    if left := len(panels) - _MOST_NAMED:
        parts.append(f"and {left} more" if left > 0 else "")
    details = ". ".join(part for part in parts if part)
    return f"A figure: {details}" if details else "A figure without a title"


def _describe(panel: Panel) -> str:
    axes = [
        f"{label} {where}"
        for label, where in ((panel.x_label, "across"), (panel.y_label, "up"))
        if label
    ]
    series = [_describe_series(one) for one in panel.series[:_MOST_NAMED]]
    details = ", ".join(part for part in (*axes, *series) if part)
    what = panel.title or ("An image" if panel.has_image else "")
    return f"{what} ({details})" if what and details else what or details


def _describe_series(series: Series) -> str:
    finite = [y for y in series.y if math.isfinite(y)]
    if not finite:
        return ""
    name = series.name or {"line": "a line", "bars": "bars"}.get(series.kind, "points")
    if series.kind == "line":
        return f"{name} from {finite[0]:.3g} to {finite[-1]:.3g}"
    return f"{name} between {min(finite):.3g} and {max(finite):.3g}"
