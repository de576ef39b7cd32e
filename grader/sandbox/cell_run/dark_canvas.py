"""dark_canvas: draw a figure a second time, for a dark page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

# The grey levels of black and white on a dark page.
_INK, _PAPER = 0.91, 0.09
_IS_GREY = 0.06
_LEAST_LIGHT = 0.35
_ON_IMAGE = "on an image"


class DarkCanvas(FigureCanvasAgg):
    """A canvas for a dark page: what is drawn in grey becomes light on dark.

    Only the drawn colours are changed, so the figure itself stays as it is.
    """

    def get_renderer(self) -> RendererAgg:
        """Return the renderer of this canvas."""
        size = *self.figure.bbox.size, self.figure.dpi
        if getattr(self, "_dark_size", None) != size:
            self._dark_size = size
            self.renderer: RendererAgg = _DarkRenderer(*size)
        return self.renderer


class _DarkRenderer(RendererAgg):
    """Draws in colours that are readable on a dark page; images keep theirs."""

    def __init__(self, width: float, height: float, dpi: float) -> None:
        super().__init__(width, height, dpi)  # type: ignore[no-untyped-call]
        self._pixels = self._renderer
        self._renderer = _Lightened(self._pixels)
        self._update_methods()  # type: ignore[no-untyped-call]
        self._on_image: list[bool] = []

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group; groups on top of an image keep their colours."""
        self._on_image.append(gid == _ON_IMAGE)
        self._renderer.keeps_colours = any(self._on_image)

    def close_group(self, s: str) -> None:
        """End the group that was begun last."""
        self._on_image.pop()
        self._renderer.keeps_colours = any(self._on_image)

    def buffer_rgba(self) -> memoryview:
        """Return the pixels."""
        return memoryview(self._pixels)


class _Lightened:
    """Agg's renderer, called with lightened colours."""

    def __init__(self, pixels: Any) -> None:
        self._pixels = pixels
        self.keeps_colours = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pixels, name)

    def draw_path(self, gc: Any, path: Any, transform: Any, face: Any = None) -> None:
        """Draw one line or area."""
        with self._lit(gc):
            self._pixels.draw_path(gc, path, transform, self._lighten(face))

    def draw_markers(self, gc: Any, *others: Any) -> None:
        """Draw one marker in many places; the face colour is the last argument."""
        # marker path, its transform, path, its transform, face
        *shapes, face = others if len(others) > 4 else (*others, None)
        with self._lit(gc):
            self._pixels.draw_markers(gc, *shapes, self._lighten(face))

    def draw_path_collection(self, gc: Any, *others: Any, **named: Any) -> None:
        """Draw many paths; several colours represent data, so these stay unchanged."""
        # transform, paths, their transforms, offsets, its transform, faces, edges
        arranged = list(others)
        for place in (5, 6):
            if len(arranged[place]) == 1:
                arranged[place] = np.array([self._lighten(c) for c in arranged[place]])
        with self._lit(gc):
            self._pixels.draw_path_collection(gc, *arranged, **named)

    def draw_text_image(self, image: Any, x: Any, y: Any, angle: Any, gc: Any) -> None:
        """Draw some text."""
        with self._lit(gc):
            self._pixels.draw_text_image(image, x, y, angle, gc)

    @contextlib.contextmanager
    def _lit(self, gc: Any) -> Iterator[None]:
        """Lighten the drawing's colour while it is drawn."""
        before = gc._rgb
        gc._rgb = self._lighten(before)
        try:
            yield
        finally:
            gc._rgb = before

    def _lighten(self, colour: Any) -> Any:
        return colour if colour is None or self.keeps_colours else lighten(colour)


@contextlib.contextmanager
def mark_what_is_on_images(figure: Figure) -> Iterator[None]:
    """Mark what is drawn on an image or a filled area while the figure is drawn.

    The colour below it is the same on a light page and on a dark one.
    """
    marked = [
        (artist, artist.get_gid())
        for axes in figure.axes
        if axes.images or any(map(_is_filled, axes.collections))
        for artist in (*axes.lines, *axes.collections, *axes.texts, *axes.patches)
    ]
    for artist, _ in marked:
        artist.set_gid(_ON_IMAGE)
    try:
        yield
    finally:
        for artist, gid in marked:
            artist.set_gid(gid)


def _is_filled(collection: Any) -> bool:
    return isinstance(collection, QuadMesh) or getattr(collection, "filled", False)


def lighten(colour: Any) -> tuple[float, ...]:
    """Return the colour to use on a dark page."""
    red, green, blue, *alpha = (float(part) for part in colour)
    if max(red, green, blue) - min(red, green, blue) < _IS_GREY:
        grey = _INK - green * (_INK - _PAPER)
        return grey, grey, grey, *alpha
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    if light >= _LEAST_LIGHT:
        return red, green, blue, *alpha
    share = (_LEAST_LIGHT - light) / (1 - light)
    lit = (part + (1 - part) * share for part in (red, green, blue))
    return *lit, *alpha
