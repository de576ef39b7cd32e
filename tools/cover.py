"""cover: draw the picture of the course's first page from its data.

``uv run python -m tools.cover`` writes it again.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from lessons.data import load_data

FILE = Path(__file__).parent.parent / "lessons" / "digits.png"
_ROWS, _COLUMNS = 2, 16
_SHADES = 16


def draw() -> bytes:
    """Return the first training images of the course in a grid, as a PNG file."""
    from PIL import Image

    (images, _), _ = load_data()  # type: ignore[no-untyped-call]
    grid = images[: _ROWS * _COLUMNS].reshape(_ROWS, _COLUMNS, 28, 28)
    pixels = np.concatenate(np.concatenate(grid, axis=1), axis=1)
    drawn = Image.fromarray(pixels).quantize(_SHADES)
    file = io.BytesIO()
    drawn.save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    FILE.write_bytes(draw())
