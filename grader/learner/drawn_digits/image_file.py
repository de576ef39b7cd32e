"""image_file: read the grey values of a PNG file that may be malicious."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.common import files
from grader.common.errors import Misuse

LARGEST_FILE = 20_000_000  # bytes
MOST_PIXELS = 16_000_000

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NAMES = {b"\xff\xd8\xff": "a JPEG", b"GIF8": "a GIF", b"%PDF": "a PDF", b"BM": "a BMP"}
# The chunks that the pixels need; a text or a profile may unpack to any size.
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_BROKEN = "This PNG file is damaged or not complete. Save the drawing again."
_SMALLER = "Make it smaller: 280 by 280 pixels are enough."
# Pillow raises any of these for a file that is damaged.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, zlib.error)
_LUMINANCE = (0.299, 0.587, 0.114)

Greys = npt.NDArray[np.float64]


def read_drawing(path: Path) -> bytes:
    """Return the bytes of a drawing's file, up to one more than is allowed.

    Raises:
        Misuse: if there is no such file, or it can't be read.
    """
    if not path.is_file():
        raise Misuse(f"There is no file {str(path)!r}. Which PNG file has your digit?")
    try:
        return files.read(path, LARGEST_FILE + 1)
    except OSError as error:
        raise Misuse(f"{path} cannot be read ({error.strerror}).") from error


def read_png(data: bytes) -> Greys:
    """Return the grey values of a PNG file, (h, w), from 0 (black) to 1 (white).

    Transparent pixels become the background: white below dark ink, black below light
    ink.

    Raises:
        Misuse: if it can't be used; the message says what to do.
    """
    if not data:
        raise Misuse("This file is empty. Save the drawing as a PNG file first.")
    if len(data) > LARGEST_FILE:
        raise Misuse(
            f"This file has {len(data) / 1e6:.0f} MB; the limit is "
            f"{LARGEST_FILE // 1_000_000} MB. {_SMALLER}"
        )
    if not data.startswith(_SIGNATURE):
        kind = next((n for start, n in _NAMES.items() if data.startswith(start)), "")
        what = f"This is {kind} file" if kind else "This isn't a PNG file"
        raise Misuse(f"{what}; the drawing has to be a PNG. Save it as PNG.")
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise Misuse(_BROKEN)
    width, height = struct.unpack(">2I", chunks[0][1][:8])
    # Check before anything is unpacked: a small file may contain a huge image.
    if width * height > MOST_PIXELS:
        raise Misuse(
            f"This picture has {width * height / 1e6:.0f} megapixels; a drawing may "
            f"have {MOST_PIXELS // 1_000_000}. {_SMALLER}"
        )
    return _on_ground(_decode(chunks))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a PNG file that its pixels need."""
    place = len(_SIGNATURE)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind in _NEEDED:
            yield kind, data[place + 8 : place + 8 + length]
        place += 12 + length


def _decode(chunks: list[tuple[bytes, bytes]]) -> npt.NDArray[Any]:
    """Return the pixels, (h, w, 4), from 0 to 1."""
    from PIL import Image

    whole = [
        struct.pack(">I", len(body)) + kind + body + _crc(kind + body)
        for kind, body in chunks
    ]
    file = io.BytesIO(_SIGNATURE + b"".join(whole))
    try:
        with warnings.catch_warnings(action="ignore"):
            image = Image.open(file, formats=["PNG"])
            if image.mode.startswith("I"):  # 16 bits, which "RGBA" would cut off
                greys = np.asarray(image, dtype=float) / 65_535
                alike = np.stack([greys, greys, greys, np.ones_like(greys)], axis=-1)
                return alike.clip(0, 1)
            return np.asarray(image.convert("RGBA"), dtype=np.float32) / 255
    except _DAMAGED as error:
        raise Misuse(_BROKEN) from error


def _crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))


def _on_ground(pixels: npt.NDArray[Any]) -> Greys:
    greys: Greys = pixels[..., :3] @ np.array(_LUMINANCE)
    opaque = pixels[..., 3].astype(float)
    if opaque.min() == 1:
        return greys
    inked = opaque > 0.5
    is_dark = not inked.any() or float(np.median(greys[inked])) < 0.5
    ground = 1.0 if is_dark else 0.0
    on_ground: Greys = greys * opaque + ground * (1 - opaque)
    return on_ground
