"""live_line: one line at the bottom of a terminal that is drawn again and again.

rich's own `Live` hides the cursor until it is stopped, and whoever is killed meanwhile
leaves a terminal without one. One line needs none of that.
"""

from __future__ import annotations

from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from grader.cli.render.screen import Screen

_ERASE = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))


class LiveLine:
    """A line that takes the place of the one before; nothing off a terminal."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._is_shown = False

    def show(self, text: Text) -> None:
        """Draw a text in place of the last one; an empty one changes nothing."""
        if not self._screen.is_live or not text.plain.strip():
            return
        # Some terminals go on in the next row as soon as the last column is filled.
        text.truncate(self._screen.width - 1)
        self.erase()
        self._screen.console.print(text, end="", soft_wrap=True)
        self._is_shown = True

    def erase(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._screen.console.control(_ERASE)
            self._is_shown = False
