"""sliders: a figure with a slider, as part of a page.

All frames are in the page, and its script shows one of them. What is the same in all is
there once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from grader.course.document.markup import Html
from grader.course.document.templates import render
from grader.sandbox.cell_run.events import Mark, Slid

# The size of the drawing, in which a character of 13 pixels is readable on a phone.
_WIDTH, _HEIGHT = 400, 270
_TOP, _RIGHT, _BOTTOM = 8, 12, 44
_CHARACTER = 7.5
_FAR = 10_000.0


def draw_slider(slid: Slid) -> Html:
    """Return a figure with the slider for its number."""
    if not slid.frames:
        return Html("")
    longest = max((len(tick.words) for tick in slid.y_ticks), default=0)
    left = round(min(longest, 12) * _CHARACTER) + (28 if slid.y_label else 12)
    wide, tall = _WIDTH - left - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    marks = [frame.marks for frame in slid.frames]
    same = [mark for mark in marks[0] if all(mark in others for others in marks)]
    shown = [
        (frame, [_shape(mark, wide, tall) for mark in frame.marks if mark not in same])
        for frame in slid.frames
    ]
    return render(
        "web/slider.html",
        slid=slid,
        size=(_WIDTH, _HEIGHT),
        box=(left, _TOP, wide, tall),
        ticks_across=[(_pixel(t.at * wide) or 0, t.words) for t in slid.x_ticks],
        ticks_up=[(_pixel((1 - t.at) * tall) or 0, t.words) for t in slid.y_ticks],
        same=[_shape(mark, wide, tall) for mark in same],
        frames=shown,
        legend=_legend(marks),
    )


def _legend(marks: Sequence[Sequence[Mark]]) -> list[tuple[str, dict[str, Any]]]:
    """Return each name with how its series looks, in the order of the frames."""
    named = {mark.name: mark for of_frame in marks for mark in of_frame if mark.name}
    return [(name, _look(mark)) for name, mark in named.items()]


def _look(mark: Mark) -> dict[str, Any]:
    return {"kind": mark.kind, "colour": mark.colour, "is_dashed": mark.is_dashed}


def _shape(mark: Mark, wide: float, tall: float) -> dict[str, Any]:
    """Return a mark in pixels, as the template draws it."""
    pixels = [
        (_pixel(x * wide), _pixel((1 - y) * tall))
        for x, y in zip(mark.x, mark.y, strict=False)
    ]
    known = [(x, y) for x, y in pixels if x is not None and y is not None]
    base, width = _pixel((1 - mark.base) * tall) or 0, _pixel(mark.width * wide) or 0
    return {
        **_look(mark),
        "path": " ".join(_path(pixels)),
        "points": known,
        "bars": [
            (round(x - width / 2, 1), min(y, base), abs(width), round(abs(y - base), 1))
            for x, y in known
        ],
    }


def _path(pixels: Sequence[tuple[float | None, float | None]]) -> Iterator[str]:
    """Yield the steps of a line; it has a gap where a number is missing."""
    step = "M"
    for x, y in pixels:
        if x is None or y is None:
            step = "M"
        else:
            yield f"{step}{x:g} {y:g}"
            step = "L"


def _pixel(length: float) -> float | None:
    """Return a length with one digit that a browser can draw; None for no number."""
    return round(min(max(length, -_FAR), _FAR), 1) if math.isfinite(length) else None
