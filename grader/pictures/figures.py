"""figures: what matplotlib drew, two pixels to a character."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from grader.pictures.digits import RAMP, Array, colour_cells
from grader.pictures.ink import is_plain, text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

WIDEST = 76


class Figure(msgspec.Struct, frozen=True):
    """The pixels of a figure, as its PNG file has them."""

    png: bytes

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw it as wide as the terminal allows."""
        whole, width = _decode(self.png), min(options.max_width, WIDEST)
        if not options.ascii_only and not is_plain(console):
            pixels = _shrink(whole, width)
            pairs = zip(pixels[::2], pixels[1::2], strict=True)
            yield from (colour_cells(upper, lower) for upper, lower in pairs)
            return
        # Figures are dark on white, and terminals without colour show ink: the darkest
        # pixel of a block, or else thin lines would be gone.
        ink = 255 - _shrink(whole.mean(axis=-1), width, np.minimum)
        for upper, lower in zip(ink[::2], ink[1::2], strict=True):
            if options.ascii_only:
                darkest = np.maximum(upper, lower).astype(int)
                yield text("".join(RAMP[x * len(RAMP) // 256] for x in darkest))
            else:
                on = zip(upper > 110, lower > 110, strict=True)
                yield text("".join(" ▄▀█"[2 * int(a) + int(b)] for a, b in on))


def _decode(png: bytes) -> Array:
    """Return a PNG file as (h, w, 3) numbers from 0 to 255, on white."""
    from matplotlib.image import imread

    read: Array = imread(io.BytesIO(png), format="png")
    colours, opaque = read[..., :3], read[..., 3:]
    on_white: Array = (colours * opaque + 1 - opaque) * 255
    return on_white


def _shrink(pixels: Array, width: int, chosen: np.ufunc = np.add) -> Array:
    """Return blocks of pixels as one each, so many columns wide, with an even height.

    Args:
        pixels: (h, w) or (h, w, 3).
        width: the columns.
        chosen: what stands for a block: its mean for `np.add`, its darkest pixel for
            `np.minimum`.
    """
    height = max(2, round(pixels.shape[0] * width / pixels.shape[1]) // 2 * 2)
    down = np.linspace(0, pixels.shape[0], height + 1).astype(int)
    right = np.linspace(0, pixels.shape[1], width + 1).astype(int)
    rows = chosen.reduceat(pixels, down[:-1], axis=0)
    shrunk: Array = chosen.reduceat(rows, right[:-1], axis=1)
    if chosen is np.add:
        counts = np.outer(np.diff(down), np.diff(right))
        shrunk = shrunk / counts.reshape(counts.shape + (1,) * (pixels.ndim - 2))
    return shrunk.astype(np.uint8)
