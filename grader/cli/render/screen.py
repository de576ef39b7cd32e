"""screen: a console that adapts to what its terminal can show."""

from __future__ import annotations

import itertools
import shutil
import sys
from typing import IO, assert_never

from rich.console import Console, ConsoleDimensions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.common.sanitize import strip_controls, to_ascii
from grader.course.installation import format_command
from grader.report import Outcome

WIDEST = 96
USUAL_WIDTH = 80  # where no width is known


def style_of(outcome: Outcome) -> str:
    """Return an outcome's style; its name is beside it, so none is necessary."""
    match outcome:
        case Outcome.PASSED:
            return "green"
        case Outcome.WRONG | Outcome.RAISED:
            return "red"
        case Outcome.GUESSED:
            return "cyan"
        case Outcome.TIMED_OUT | Outcome.OUT_OF_MEMORY:
            return "yellow"
        case Outcome.NOT_ATTEMPTED:
            return ""
        case Outcome.SKIPPED:
            return "dim"
        case Outcome.BROKEN:
            return "magenta"
        case _:
            assert_never(outcome)


class Screen:
    """A console for everything that is drawn.

    Args:
        file: the file to write to; standard output if None.
        console: a console to use instead, for tests and pictures.
    """

    def __init__(
        self, file: IO[str] | None = None, console: Console | None = None
    ) -> None:
        self.console = console or Console(
            file=file or sys.stdout, highlight=False, markup=False, emoji=False
        )
        if self.console.width < 1:  # COLUMNS may say so
            self.console.width = USUAL_WIDTH
        if self.console.is_dumb_terminal:
            # rich assumes that every dumb terminal is 80 columns wide.
            size = shutil.get_terminal_size()
            self.console.size = ConsoleDimensions(size.columns, size.lines)
        self.is_ascii = not self.console.encoding.lower().startswith("utf")
        self.is_live = self.console.is_terminal and not self.console.is_dumb_terminal
        self.has_colour = not (
            self.console.no_color or self.console.color_system is None
        )

    @property
    def width(self) -> int:
        """The number of columns; it changes when a terminal is resized."""
        return min(self.console.width, WIDEST)

    def text(self, words: str, style: str = "") -> Text:
        """Return words in a form that is safe to show here, whatever their origin."""
        words = strip_controls(words)
        return Text(to_ascii(words) if self.is_ascii else words, style=style)

    def print(self, *parts: RenderableType) -> None:
        """Draw parts below each other; "" is an empty line, no parts draw nothing."""
        renderables = [self.text(one) if isinstance(one, str) else one for one in parts]
        # Draw adjacent parts of one kind together: each call takes the console as long
        # as two lines do.
        for is_whole, alike in itertools.groupby(renderables, _is_whole):
            width = None if is_whole else self.width
            self.console.print(Group(*alike), width=width, soft_wrap=is_whole)

    def line(self, *parts: tuple[str, str] | str) -> Text:
        """Return (words, style) pairs as one text."""
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append_text(self.text(words, style))
        return text

    def beside(
        self, lead: Text | tuple[str, str] | str, words: Text | str
    ) -> RenderableType:
        """Return words to the right of a lead, even if they take several lines."""
        head = lead if isinstance(lead, Text) else self.line(lead)
        table = Table.grid()
        table.add_column(width=head.cell_len, no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(head, words if isinstance(words, Text) else self.text(words))
        return table

    def cut(self, words: str, width: int) -> str:
        """Cut words to at most this many columns; some letters take two."""
        text = self.text(words.replace("\n", " "))
        if text.cell_len > width:
            end = "..." if self.is_ascii else "…"
            text.truncate(max(0, width - len(end)))
            text.append(end[:width])
        return text.plain

    def fit(self, words: str, width: int) -> str:
        """Cut or fill words to exactly this many columns."""
        text = Text(self.cut(words, width))
        text.pad_right(max(0, width - text.cell_len))
        return text.plain

    def glyph(self, outcome: Outcome) -> str:
        """Return the symbol for an outcome."""
        return self.text(outcome.glyph).plain

    def bar(self, share: float, width: int) -> str:
        """Return a bar of this many columns; only a whole fraction fills it."""
        # With floats, 15 / 22 * 22 is slightly less than 15.
        full = min(width, int(share * width + 1e-9))
        on, off = ("#", ".") if self.is_ascii else ("█", "░")
        return on * full + off * (width - full)

    def command(self, words: str) -> Text:
        """Return a command to type, on a separate line that is never wrapped."""
        return self.whole(self.line("  ", (format_command(words), "bold cyan")))

    def whole(self, words: Text | str) -> Text:
        """Return a line that is never wrapped, so that it can be copied or opened."""
        text = self.text(words) if isinstance(words, str) else words
        text.no_wrap, text.overflow = True, "ignore"
        return text


def _is_whole(part: RenderableType) -> bool:
    """Return whether a part is a line that may be wider than the screen."""
    return isinstance(part, Text) and part.overflow == "ignore"
