"""digit_format: convert a drawing to the format of the course's training images.

The digit is white on black, at most 20 x 20 pixels within 28 x 28, with the centre of
mass in the middle. The usual data sets of digits have this form.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from grader.common.errors import Misuse
from grader.learner.drawn_digits.image_file import Greys

SIDE, BOX = 28, 20
_LEAST_CONTRAST = 0.15
_GROUND = 0.1  # fraction of the contrast; anything below is background
_MOST_INK = 0.6  # fraction of the drawing
_UNEVEN = 0.06  # standard deviation of a background that isn't drawn
_FEWEST_PIXELS = 4
_EMPTY = "There is nothing on this drawing yet. Draw a digit, large and in the middle."
_PHOTOGRAPH = (
    "This looks like a photograph, or the digit touches the edges: too much of it is "
    "neither ink nor plain background. Crop it to one digit with some paper around it, "
    "and raise the contrast until the paper is plain; or draw on the canvas."
)


class CentredDigit(msgspec.Struct, frozen=True):
    """A drawing as the network gets it.

    Attributes:
        image: (28, 28) uint8, white on black.
        remarks: what its author should know about how it was prepared.
    """

    image: npt.NDArray[np.uint8]
    remarks: tuple[str, ...] = ()


def centre_digit(greys: Greys) -> CentredDigit:
    """Return a drawing centred and scaled like the training images.

    Args:
        greys: (h, w), from 0 (black) to 1 (white).

    Raises:
        Misuse: if no digit can be found in it.
    """
    remarks = []
    edge = np.concatenate([greys[0], greys[-1], greys[:, 0], greys[:, -1]])
    ground = float(np.median(edge))
    if ground > 0.5:
        greys, ground = 1 - greys, 1 - ground
        remarks.append(
            "It was dark on light, so it is inverted: your network knows white digits "
            "on black."
        )
    ink = np.clip(greys - ground, 0, None)
    contrast = float(ink.max(initial=0))
    if contrast < _LEAST_CONTRAST:
        raise Misuse(_EMPTY)
    ink /= contrast
    if _is_uneven(ink):
        ink = _above_paper(ink)
        remarks.append(
            "The background isn't plain, as in a photograph: only what stands out from "
            "it counts as ink. Look at what the network saw."
        )
    is_ink = ink > _GROUND
    rows, columns = np.flatnonzero(is_ink.any(1)), np.flatnonzero(is_ink.any(0))
    if is_ink.sum() < _FEWEST_PIXELS:
        raise Misuse(_EMPTY)
    sides = is_ink[0], is_ink[-1], is_ink[:, 0], is_ink[:, -1]
    touched = sum(bool(side.any()) for side in sides)
    if is_ink.mean() > _MOST_INK or (remarks and touched > 2):
        raise Misuse(_PHOTOGRAPH)
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return CentredDigit(_centre(_scale(box)), tuple(remarks))


def _is_uneven(ink: Greys) -> bool:
    """Return whether the background has shades that don't occur in drawings."""
    rest = ink[ink < 0.5]
    return rest.size > 0 and float(rest.std()) > _UNEVEN and _is_mostly_grey(ink)


def _is_mostly_grey(ink: Greys) -> bool:
    # The soft edge of a stroke is grey too, but small compared with the stroke.
    grey = np.count_nonzero((ink > 0.03) & (ink < 0.6))
    return bool(grey > 2 * np.count_nonzero(ink >= 0.6))


def _above_paper(ink: Greys) -> Greys:
    """Return the foreground, by Otsu's threshold."""
    counts, edges = np.histogram(ink, bins=64, range=(0, 1))
    middles = (edges[1:] + edges[:-1]) / 2
    below, above = counts.cumsum(), counts.sum() - counts.cumsum()
    sums = (counts * middles).cumsum()
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    threshold = middles[int(np.nanargmax(apart))]
    raised: Greys = np.clip((ink - threshold) / (1 - threshold), 0, 1)
    return raised


def _scale(box: Greys) -> Greys:
    """Return the ink with its longer side scaled to 20 pixels, smoothed."""
    from PIL import Image

    height, width = box.shape
    factor = BOX / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    image = Image.fromarray(box.astype(np.float32))
    scaled: Any = image.resize(size, Image.Resampling.BOX if factor < 1 else 2)
    return np.asarray(scaled, dtype=float).clip(0, 1)


def _centre(ink: Greys) -> npt.NDArray[np.uint8]:
    """Return the ink in 28 x 28, with its centre of mass in the middle."""
    height, width = ink.shape
    total = ink.sum()
    row = float(ink.sum(axis=1) @ np.arange(height) / total)
    column = float(ink.sum(axis=0) @ np.arange(width) / total)
    top = min(max(round(SIDE / 2 - row), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - column), 0), SIDE - width)
    image = np.zeros((SIDE, SIDE))
    image[top : top + height, left : left + width] = ink / ink.max()
    return np.rint(image * 255).astype(np.uint8)
