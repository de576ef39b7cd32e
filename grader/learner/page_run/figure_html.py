"""figure_html: the figures and pictures of cells as HTML, for a page and a notebook."""

from __future__ import annotations

import base64
import binascii
import struct

from grader.course.document.markup import Html
from grader.course.document.templates import render
from grader.report import Picture
from grader.report.report_html import draw_picture
from grader.sandbox.cell_run.events import Drew, Pictured

_LARGEST = 10_000


def draw_figure(drew: Drew) -> Html:
    """Return a figure as images for a light and a dark page, with its alt text."""
    return render("page_run/figure.html", drew=drew, size=_shown_size(drew.png))


def draw_pictured(pictured: Pictured) -> Html:
    """Return a picture by our own functions as reports draw it."""
    picture = Picture(pictured.kind, pictured.title, pictured.rows, pictured.captions)
    return draw_picture(picture)


def _shown_size(png: str) -> tuple[int, int] | None:
    """Return the width and height on a page; each is half of the number of pixels."""
    try:
        width, height = struct.unpack(">16x2I", base64.b64decode(png[:32]))
    except (struct.error, binascii.Error, ValueError):
        return None  # the worker didn't send a PNG file
    return (width // 2, height // 2) if 0 < width * height < _LARGEST**2 else None
