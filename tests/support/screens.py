"""A screen of a given width, and what was written on it."""

from __future__ import annotations

import io

from rich.console import Console

from grader.cli.render.screen import Screen


def screen_on(width: int = 60, **options: object) -> Screen:
    options.setdefault("file", io.StringIO())
    return Screen(
        console=Console(width=width, markup=False, highlight=False, **options)
    )  # type: ignore[arg-type]


def written(screen: Screen) -> str:
    text = screen.console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())
