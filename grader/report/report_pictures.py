"""report_pictures: the pictures of a report as HTML, without a network or a library."""

from __future__ import annotations

import base64
import itertools
import math
import struct
import zlib
from collections.abc import Sequence

from msgspec.structs import replace

from grader.document.markup import Html, join, table, tag
from grader.report import Picture

_SIDE = 28
_WIDTH, _HEIGHT, _EDGE = 320, 160, 8
_DASHES = ("", "6 3", "2 3", "9 3 2 3")
_SHADES = 9


def drawn(picture: Picture) -> Html:
    """Return one picture with its title; nothing for a kind that is not known."""
    draw = {"digits": _digits, "matrix": _matrix, "curve": _curve}.get(picture.kind)
    return draw(picture) if draw else Html("")


def png(pixels: Sequence[float], side: int = _SIDE) -> bytes:
    """Return a grey picture, one byte a pixel, rows from the top.

    Args:
        pixels: side x side values from 0 (black) to 255 (white).
        side: height and width.
    """
    grey = bytes(_byte(value) for value in pixels).ljust(side * side, b"\0")
    lines = (grey[i * side : (i + 1) * side] for i in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    # Each line begins with its filter: 0 is none.
    body = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def _byte(value: float) -> int:
    return min(max(round(value), 0), 255) if math.isfinite(value) else 0


def _digits(picture: Picture) -> Html:
    figures = []
    captions = itertools.chain(picture.captions, itertools.repeat(""))
    for pixels, caption in zip(picture.rows, captions, strict=False):
        source = base64.b64encode(png(pixels)).decode()
        image = tag(
            "img",
            src=f"data:image/png;base64,{source}",
            alt=f"A handwritten digit. {caption}".strip(),
            width=84,
            height=84,
            class_="digit",
        )
        figures.append(tag("figure", image, tag("figcaption", caption)))
    return _add_title(picture, tag("div", *figures, class_="digits"))


def _matrix(picture: Picture) -> Html:
    names = picture.captions or tuple(str(i) for i in range(len(picture.rows)))
    highest = max((value for row in picture.rows for value in row), default=0) or 1
    rows = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(_shade(value, highest) for value in row),
        )
        for name, row in zip(names, picture.rows, strict=False)
    ]
    width = max((len(row) for row in picture.rows), default=0)
    corner = tag("td", tag("span", "row by column", class_="spoken"))
    columns = (corner, *(names[i] if i < len(names) else i for i in range(width)))
    return tag(
        "div",
        table(picture.title, columns, rows, class_="matrix"),
        class_="wide",
        tabindex=0,
    )


def _shade(value: float, highest: float) -> Html:
    share = min(max(value / highest, 0), 1) if math.isfinite(value) else 0
    # By its root: beside a 900, a 9 would have no shade at all.
    return tag("td", _number(value), class_=f"s{round(share**0.5 * _SHADES)}")


def _curve(picture: Picture) -> Html:
    series = [[v for v in row if math.isfinite(v)] for row in picture.rows]
    values = list(itertools.chain.from_iterable(series))
    if not values:
        return _add_title(picture, tag("p", "There are no values to draw."))
    names = picture.captions or tuple(f"series {i + 1}" for i in range(len(series)))
    pairs = list(zip(names, series, strict=False))
    low, high = min(values), max(values)
    extent = f"{picture.title}, from {_number(low)} to {_number(high)}"
    lines = [
        tag(
            "polyline",
            points=_points(row, low, high),
            class_=f"c{i % len(_DASHES)}",
            stroke_dasharray=_DASHES[i % len(_DASHES)] or None,
        )
        for i, (_, row) in enumerate(pairs)
    ]
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    frame = tag("rect", x=0, y=0, width=_WIDTH, height=_HEIGHT, class_="frame")
    svg = tag("svg", frame, *lines, viewBox=box, role="img", aria_label=extent)
    return _add_title(replace(picture, title=extent), join((svg, _values(pairs))))


def _values(pairs: Sequence[tuple[str, list[float]]]) -> Html:
    """Return the numbers behind a curve, with the line each is drawn in."""
    rows = [
        tag(
            "tr",
            tag("th", name, _key(i), scope="row"),
            *(tag("td", _number(row[at]) if row else "") for at in (0, -1)),
        )
        for i, (name, row) in enumerate(pairs)
    ]
    return table("First and last value", ("series", "first", "last"), rows)


def _key(index: int) -> Html:
    dash = _DASHES[index % len(_DASHES)] or None
    line = tag(
        "line",
        x1=0,
        y1=4,
        x2=30,
        y2=4,
        class_=f"c{index % len(_DASHES)}",
        stroke_dasharray=dash,
    )
    return tag("svg", line, viewBox="0 0 30 8", class_="key", aria_hidden="true")


def _points(row: Sequence[float], low: float, high: float) -> str:
    span = (high - low) or 1
    step = (_WIDTH - 2 * _EDGE) / max(len(row) - 1, 1)
    tall = _HEIGHT - 2 * _EDGE
    return " ".join(
        f"{_EDGE + i * step:.1f},{_EDGE + tall * (1 - (value - low) / span):.1f}"
        for i, value in enumerate(row)
    )


def _add_title(picture: Picture, drawing: Html) -> Html:
    title = tag("p", picture.title, class_="title") if picture.title else Html("")
    return tag("div", title, drawing, class_="picture")


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.4g}"
