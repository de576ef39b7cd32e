"""pictures: draw digits, matrices and curves in a terminal, and figures with a slider.

Each function but `slider` returns a rich renderable. Half-blocks put two pixels into
one character. Without colour a pixel is on or off, and without Unicode it is an ASCII
character of similar brightness. The library rich is imported only for drawing, so that
an attempt may import this package cheaply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grader.pictures.charts import Curve, Matrix, curve, matrix
from grader.pictures.pixels import Digits, Figure, digit, digits
from grader.sandbox.cell_run.sliders import slider

if TYPE_CHECKING:
    from grader.report import Picture

__all__ = [
    "Curve",
    "Digits",
    "Figure",
    "Matrix",
    "curve",
    "digit",
    "digits",
    "drawn",
    "matrix",
    "slider",
]


def drawn(picture: Picture) -> Digits | Matrix | Curve:
    """Return the renderable of a picture in a report; for digits, without its title."""
    if picture.kind == "digits":
        images = [np.array(row, dtype=np.uint8) for row in picture.rows]
        return digits(images, picture.captions)
    if picture.kind == "matrix":
        return Matrix(picture.rows)
    captions = picture.captions or ("",) * len(picture.rows)
    return Curve(captions, picture.rows)
