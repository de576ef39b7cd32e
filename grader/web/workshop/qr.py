"""qr: a text as a QR code."""

from __future__ import annotations

import segno


def make_qr(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return what of the code is dark, row by row, with its margin."""
    # Phones do not read a Micro QR code. The least correction has the largest modules.
    made = segno.make(text, error="l", micro=False)
    return tuple(tuple(bool(x) for x in row) for row in made.matrix_iter(border=4))
