"""ink: what every picture is drawn with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def is_plain(console: Console) -> bool:
    """Return whether there are no colours to draw with."""
    return console.no_color or console.color_system is None


def text(words: str, style: str = "") -> Text:
    """Return a line that is cut at the edge of the terminal, never wrapped."""
    from rich.text import Text

    return Text(words, style=style, no_wrap=True, overflow="crop", end="\n")
