"""report_html: the blocks and pictures of a report as HTML.

Text from an attempt stays text. Pictures need no network and no library.
"""

from __future__ import annotations

import base64
import functools
import itertools
import math
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from grader.course.document.markup import Content, Html
from grader.course.document.templates import render
from grader.report import Picture
from grader.report.marking import mark_differences, set_sentence
from grader.report.report_text import type_command
from grader.report.view import (
    ANOTHER_WAY,
    CHECKED,
    DETAILS,
    PRINTED,
    Block,
    Facts,
    Mistakes,
    Position,
    Sentence,
    Tone,
)

_SIDE = 28
_WIDTH, _HEIGHT, _EDGE = 360, 180, 8
_LEFT, _TOP, _BOTTOM = 48, 10, 34
_MOST_TICKS = 8
_DASHES = ("", "6 3", "2 3", "9 3 2 3")
_SHADES = 9
_NOTEBOOK_CLASSES = {
    Tone.REMARK: "remark",
    Tone.NOTE: "small",
    Tone.SUCCESS: "success",
    Tone.PROGRESS: "success",
}
_PAGE_CLASSES = {Tone.CLAIM: "quiet", Tone.NOTE: "quiet", Tone.REMARK: "remark"}

# For templates: the name of a type of block, and the block.
_Named = tuple[str, Any]


def draw_blocks(
    blocks: Iterable[Block],
    code: Callable[[str], str] = str,
    in_notebook: bool = False,
    has_lines: bool = False,
) -> Html:
    """Return blocks as HTML.

    Args:
        blocks: the blocks to draw.
        code: highlights Python, such as `typeset.code`.
        in_notebook: whether they are drawn in a notebook.
        has_lines: whether the page shows the attempt, so that lines are links.
    """
    return render(
        "report/blocks.html",
        blocks=_arrange(blocks),
        arrange=_arrange,
        classes=_NOTEBOOK_CLASSES if in_notebook else _PAGE_CLASSES,
        checked=CHECKED,
        details=DETAILS,
        printed=PRINTED,
        another_way=ANOTHER_WAY,
        code=code,
        words=functools.partial(set_sentence, has_lines=has_lines),
        place=functools.partial(_draw_place, has_lines=has_lines),
        typed=type_command,
        picture=draw_picture,
    )


def _arrange(blocks: Iterable[Block]) -> Iterator[_Named]:
    """Yield blocks with their type; the first sentence leads, an answer has sides."""
    leads = True
    for block in blocks:
        match block:
            case Mistakes():
                leads = False
                yield "Mistakes", block
            case Sentence(_, Tone.PLAIN) if leads:
                leads = False
                yield "Lead", block
            case Facts(rows) if _is_answer(block):
                yield "Sides", _compare_sides(rows)
            case _:
                yield type(block).__name__, block


def _is_answer(facts: Facts) -> bool:
    return {label for label, _ in facts.rows} <= {"expected", "got"}


def _compare_sides(rows: Sequence[tuple[str, str]]) -> list[tuple[str, Content]]:
    """Return the expected and the actual value, as far as they are known."""
    labels, values = zip(*rows, strict=True)
    shown = mark_differences(*values) if len(values) > 1 else values
    return list(zip(labels, shown, strict=True))


def _draw_place(position: Position, has_lines: bool) -> Html:
    """Return where a line is, in front of the line itself."""
    at, column = position.where, position.column
    where = ", ".join(filter(None, (at, f"column {column}" if column else "")))
    lead = f"{where[:1].upper()}{where[1:]}" if at else f"At {where}".rstrip()
    return set_sentence(f"{lead}:" if position.source else lead, has_lines)


def draw_picture(picture: Picture) -> Html:
    """Return one picture with its title, or nothing for an unknown type."""
    describe = {"digits": _digits, "matrix": _matrix, "curve": _curve}
    if picture.kind not in describe:
        return Html("")
    facts = {"title": picture.title} | describe[picture.kind](picture)
    return render("report/picture.html", kind=picture.kind, **facts)


def encode_png(pixels: Sequence[float]) -> bytes:
    """Return a grey PNG image with one byte per pixel, rows from the top.

    Args:
        pixels: 28 x 28 values from 0 (black) to 255 (white).
    """
    grey = bytes(_byte(value) for value in pixels).ljust(_SIDE * _SIDE, b"\0")
    lines = (grey[i * _SIDE : (i + 1) * _SIDE] for i in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)
    # Each line begins with its filter: 0 is none.
    body = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def _byte(value: float) -> int:
    return min(max(round(value), 0), 255) if math.isfinite(value) else 0


def _digits(picture: Picture) -> dict[str, Any]:
    captions = itertools.chain(picture.captions, itertools.repeat(""))
    sources = (base64.b64encode(encode_png(pixels)).decode() for pixels in picture.rows)
    return {"digits": list(zip(sources, captions, strict=False))}


def _matrix(picture: Picture) -> dict[str, Any]:
    names = picture.captions or tuple(str(i) for i in range(len(picture.rows)))
    highest = max((value for row in picture.rows for value in row), default=0) or 1
    width = max((len(row) for row in picture.rows), default=0)
    shaded = [
        [(_number(value), _shade(value, highest)) for value in row]
        for row in picture.rows
    ]
    columns = [names[i] if i < len(names) else i for i in range(width)]
    return {"columns": columns, "rows": list(zip(names, shaded, strict=False))}


def _shade(value: float, highest: float) -> int:
    share = min(max(value / highest, 0), 1) if math.isfinite(value) else 0
    # Use the square root: beside a 900, a 9 would otherwise have no shade at all.
    return round(math.sqrt(share) * _SHADES)


def _curve(picture: Picture) -> dict[str, Any]:
    rows = [[v for v in row if math.isfinite(v)] for row in picture.rows]
    names = picture.captions or tuple(f"series {i + 1}" for i in range(len(rows)))
    panels: dict[str, list[tuple[str, list[float]]]] = {}
    for name, row in zip(names, rows, strict=False):
        if row:
            panels.setdefault(_measure(name), []).append((name, row))
    across = "epoch" if "epoch" in picture.title else ""
    charts = [_chart(measure, group, across) for measure, group in panels.items()]
    return {"charts": charts, "width": _WIDTH, "height": _HEIGHT, "across": across}


def _measure(name: str) -> str:
    """Return what a series measures: a loss and an accuracy don't share an axis."""
    return next((one for one in ("loss", "accuracy") if one in name.lower()), "")


def _chart(
    measure: str, group: Sequence[tuple[str, list[float]]], across: str
) -> dict[str, Any]:
    """Return the drawing data for series with the same two axes."""
    values = [value for _, row in group for value in row]
    low, high, step = _nice_range(min(values), max(values))
    longest = max(len(row) for _, row in group)
    wide, tall = _WIDTH - _LEFT - _EDGE, _HEIGHT - _TOP - _BOTTOM
    scale_x = wide / max(longest - 1, 1)

    def up(value: float) -> float:
        return round(_TOP + tall * (high - value) / (high - low), 1)

    series = [
        {
            "name": name,
            "points": " ".join(
                f"{_LEFT + i * scale_x:.1f},{up(value)}" for i, value in enumerate(row)
            ),
            "colour": i % len(_DASHES),
            "dashes": _DASHES[i % len(_DASHES)],
            "first": _number(row[0]),
            "last": _number(row[-1]),
        }
        for i, (name, row) in enumerate(group)
    ]
    count = round((high - low) / step)
    every = -(-longest // _MOST_TICKS)
    ranges = "; ".join(f"{x['name']} from {x['first']} to {x['last']}" for x in series)
    return {
        "series": series,
        "measure": measure,
        "words": f"{ranges}, over {longest} {across or 'value'}s",
        "ticks_up": [
            (up(low + i * step), f"{low + i * step:.6g}") for i in range(count + 1)
        ],
        "ticks_across": [
            (round(_LEFT + (i - 1) * scale_x, 1), i)
            for i in range(1, longest + 1)
            if longest < _MOST_TICKS or i == 1 or i % every == 0
        ],
        "box": (_LEFT, _TOP, wide, tall),
    }


def _nice_range(low: float, high: float) -> tuple[float, float, float]:
    """Return round numbers around two values, and a step of 1, 2 or 5 between them."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * n for n in (1, 2, 5, 10) if span / (power * n) <= 5)
    return math.floor(low / step) * step, _ceil_above(low, high, step) * step, step


def _ceil_above(low: float, high: float, step: float) -> int:
    return max(math.ceil(high / step - 1e-9), math.floor(low / step) + 1)


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.4g}"
