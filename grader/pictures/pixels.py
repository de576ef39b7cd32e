"""pixels: digits and figures, with two pixels in each character."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from grader.sandbox.cell_run.figures import hand_over

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text


SIDE = 28
WIDEST = 76  # columns of a figure
_GAP = 2
RAMP = " .:-=+*#%@"

Array = npt.NDArray[Any]


def is_plain(console: Console) -> bool:
    """Return whether there are no colours to draw with."""
    return console.no_color or console.color_system is None


def cropped_text(words: str, style: str = "") -> Text:
    """Return a line that is cut at the edge of the terminal, never wrapped."""
    from rich.text import Text

    return Text(words, style=style, no_wrap=True, overflow="crop", end="\n")


def digit(image: Any) -> Digits:
    """Return a digit, 28 columns wide.

    Args:
        image: (28, 28), as uint8 from 0 to 255 or as numbers from 0 to 1.
    """
    return Digits((_grey(image),), ())


def digits(images: Any, captions: Sequence[object] = ()) -> Digits:
    """Return digits side by side, as many in a row as fit, without their common margin.

    Args:
        images: (n, 28, 28) or (n, 784), as uint8 or as numbers from 0 to 1.
        captions: one for each digit, shown below it.
    """
    grey = tuple(_grey(image) for image in images)
    return Digits(grey, tuple(str(caption) for caption in captions), is_trimmed=True)


class Digits(msgspec.Struct, frozen=True):
    """Grey images of one size, with values from 0 to 255.

    Attributes:
        images: (28, 28) each.
        captions: the texts below them.
        is_trimmed: whether a terminal leaves out the margin that is black in all of
            them.
    """

    images: tuple[Array, ...]
    captions: tuple[str, ...]
    is_trimmed: bool = False

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[Text]:
        """Draw them, as many side by side as fit."""
        rows = [image.ravel() for image in self.images]
        if hand_over("digits", "", rows, self.captions):
            return
        images = _trim(self.images) if self.is_trimmed else self.images
        width = images[0].shape[1] if images else SIDE
        per_row = max(1, (options.max_width + _GAP) // (width + _GAP))
        for start in range(0, len(images), per_row):
            chosen = images[start : start + per_row]
            parts_of = [list(_pixel_rows(image, console, options)) for image in chosen]
            yield from (_beside(parts) for parts in zip(*parts_of, strict=True))
            if captions := self.captions[start : start + per_row]:
                yield _beside([_caption(c, width, options) for c in captions])
            if start + per_row < len(images):
                yield cropped_text("")


def _pixel_rows(
    image: Array, console: Console, options: ConsoleOptions
) -> Iterator[Text]:
    """Yield one line for every two rows of pixels."""
    if image.shape[0] % 2:
        image = np.vstack([image, np.zeros_like(image[:1])])
    for upper, lower in zip(image[::2], image[1::2], strict=True):
        if options.ascii_only:
            # The sum of two bytes may overflow a byte.
            mean = (upper.astype(int) + lower) // 2
            yield cropped_text("".join(RAMP[x * len(RAMP) // 256] for x in mean))
        elif is_plain(console):
            on = zip(upper > 127, lower > 127, strict=True)
            yield cropped_text("".join(" ▄▀█"[2 * int(a) + int(b)] for a, b in on))
        else:
            yield colour_cells(upper, lower)


def colour_cells(upper: Array, lower: Array) -> Text:
    """Return two rows of pixels in one line, as upper and lower halves.

    Args:
        upper: (w,) in grey or (w, 3) in colour, from 0 to 255.
        lower: the same.
    """
    line = cropped_text("")
    rows = (np.broadcast_to(x.T, (3, len(x))).T.tolist() for x in (upper, lower))
    for (r, g, b), (red, green, blue) in zip(*rows, strict=True):
        line.append("▀", f"rgb({r},{g},{b}) on rgb({red},{green},{blue})")
    return line


def _beside(parts: Sequence[Text]) -> Text:
    line = cropped_text("")
    for i, part in enumerate(parts):
        line.append(" " * _GAP * (i > 0)).append_text(part)
    return line


def _caption(caption: str, width: int, options: ConsoleOptions) -> Text:
    line = cropped_text(caption, "dim")
    line.truncate(width, overflow="crop" if options.ascii_only else "ellipsis")
    line.align("center", width)
    return line


def _grey(image: Any) -> Array:
    """Return an image as (h, w) uint8.

    Raises:
        ValueError: if it isn't an image of 28 x 28 numbers.
    """
    array = np.asarray(image)
    if array.size != SIDE * SIDE:
        raise ValueError(f"a digit is 28 x 28 numbers; this has shape {array.shape}")
    array = array.reshape(SIDE, SIDE)
    if array.dtype.kind == "f" and np.nanmax(array) <= 1:
        array = array * 255
    grey: Array = np.nan_to_num(array).clip(0, 255).astype(np.uint8)
    return grey


def _trim(images: tuple[Array, ...]) -> tuple[Array, ...]:
    """Crop all images alike, to what any of them shows and one pixel around it."""
    if not images:
        return images
    used = np.max(images, axis=0) > 32
    rows, columns = np.flatnonzero(used.any(1)), np.flatnonzero(used.any(0))
    if not rows.size:
        return images
    top, left = max(0, int(rows[0]) - 1), max(0, int(columns[0]) - 1)
    bottom, right = int(rows[-1]) + 2, int(columns[-1]) + 2
    return tuple(image[top:bottom, left:right] for image in images)


class Figure(msgspec.Struct, frozen=True):
    """The pixels of a figure, from its PNG file."""

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
        # Figures are dark on white, and terminals without colour draw the ink. So take
        # the darkest pixel of a block, or thin lines would disappear.
        ink = 255 - _shrink(whole.mean(axis=-1), width, np.minimum)
        for upper, lower in zip(ink[::2], ink[1::2], strict=True):
            if options.ascii_only:
                darkest = np.maximum(upper, lower).astype(int)
                yield cropped_text("".join(RAMP[x * len(RAMP) // 256] for x in darkest))
            else:
                on = zip(upper > 110, lower > 110, strict=True)
                yield cropped_text("".join(" ▄▀█"[2 * int(a) + int(b)] for a, b in on))


def _decode(png: bytes) -> Array:
    """Return a PNG file as (h, w, 3) numbers from 0 to 255, on white."""
    from matplotlib.image import imread

    read: Array = imread(io.BytesIO(png), format="png")
    colours, opaque = read[..., :3], read[..., 3:]
    on_white: Array = (colours * opaque + 1 - opaque) * 255
    return on_white


def _shrink(pixels: Array, width: int, chosen: np.ufunc = np.add) -> Array:
    """Return each block of pixels as one pixel, at this width and with an even height.

    Args:
        pixels: (h, w) or (h, w, 3).
        width: the columns.
        chosen: how a block is reduced: to its mean with `np.add`, to its darkest pixel
            with `np.minimum`.
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
