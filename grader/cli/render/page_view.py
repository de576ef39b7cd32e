"""page_view: draw the text of a page, and what happens while it runs."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from rich.ansi import AnsiDecoder
from rich.cells import cell_len
from rich.text import Text

from grader.checks.attempt.advice import advise_on_a_cell
from grader.cli.render.screen import Screen
from grader.cli.render.training import TrainingBar
from grader.common.sanitize import strip_controls
from grader.course.document.cells import Cell, Document
from grader.course.document.predictions import HELD_BACK, unwritten_exercises
from grader.course.installation import COMMAND_IN_TEXTS, format_command
from grader.learner.page_run import (
    CellBegan,
    CellRaised,
    Drew,
    Event,
    HeldBack,
    Panel,
    Printed,
    RunEnded,
    Trained,
    Unwritten,
    Waiting,
)
from grader.pictures import Figure, digits
from grader.pictures.charts import MOST_BARS, BarChart, ChartSeries, LineChart

_INLINE = re.compile(
    r"`([^`\n]+)`|\*\*(\S(?:[^*\n]*\S)?)\*\*|(?<![\w*])\*(\S[^*\n]*)\*"
)
_LIST_ITEM = re.compile(r"(\s{0,3}(?:[-*]|\d+\.) +)(.*)")
_TAG = re.compile(r"\s*</?(?:details|summary)[^>]*>\s*")
_TEXT_WIDTH = 76
_MOVED_IN = 4  # columns of indentation, for a long line of code
_LARGEST_DRAWN = 1e150
_END = "#"  # ends the last paragraph of a cell


def draw_cells(cells: Sequence[Cell], screen: Screen) -> None:
    """Draw text and code, cell by cell."""
    from grader.course.document.typeset import plain

    for cell in cells:
        if not cell.source.strip():
            continue
        screen.print("")
        if cell.is_text:
            text = plain(cell.source).replace(COMMAND_IN_TEXTS, format_command())
            for block, mark in _blocks(text, screen):
                is_set = block.plain.startswith(("    ", "|"))
                width = screen.width if is_set else min(_TEXT_WIDTH, screen.width)
                screen.console.print(_indent(block, mark, width, screen))
        else:
            _draw_code(cell.source, screen)


def _draw_code(code: str, screen: Screen) -> None:
    mark = "|" if screen.is_ascii else "│"
    shown = screen.text(code)
    if screen.has_colour:
        from rich.syntax import Syntax

        syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
        shown = syntax.highlight(shown.plain)
        shown.rstrip()
    for line in shown.split("\n", allow_blank=True):
        for part in _fold(line, screen.width - len(mark) - 1, screen):
            screen.print(screen.line((f"{mark} ", "dim")).append_text(part))


def _fold(line: Text, width: int, screen: Screen) -> Iterator[Text]:
    """Yield a line of code in parts that fit; indent every part but the first."""
    if len(line) <= width:
        yield line
        return
    indent = len(line.plain) - len(line.plain.lstrip()) + _MOVED_IN
    first, rest = line.divide([line.plain.rfind(" ", 0, width) + 1 or width])
    yield first
    for part in rest.wrap(screen.console, max(_MOVED_IN, width - indent)):
        yield Text(" " * indent).append_text(part)


def _indent(block: Text, mark: str, width: int, screen: Screen) -> Text:
    """Return a block wrapped to this width, to the right of any item's mark."""
    lines = block.wrap(screen.console, width - cell_len(mark))
    for line in lines:
        line.rstrip()
    first, rest = screen.text(mark), screen.text(" " * cell_len(mark))
    moved = [Text.assemble(rest if i else first, line) for i, line in enumerate(lines)]
    return Text("\n").join(moved)


def _blocks(source: str, screen: Screen) -> Iterator[tuple[Text, str]]:
    """Yield blocks of a text cell, each with the mark that precedes an item."""
    paragraph: list[str] = []
    is_fenced = False
    for line in [*source.splitlines(), _END]:
        line = _TAG.sub("", line)
        is_fence = line.startswith("```")
        is_own = is_fenced or is_fence or line.startswith(("    ", "#", "|"))
        is_own = is_own or not line.strip() or _begins_item(line, paragraph)
        if is_own and paragraph:
            yield _paragraph(paragraph, screen)
            paragraph = []
        if is_fence:
            is_fenced = not is_fenced
        elif is_fenced or line.startswith(("    ", "|")):
            yield screen.text(line, "green" if screen.has_colour else ""), ""
        elif line == _END:
            return
        elif line.startswith("#"):
            yield _heading(line, screen), ""
        elif not line.strip():
            yield Text(), ""
        else:
            paragraph.append(line)


def _begins_item(line: str, above: Sequence[str]) -> bool:
    """Return whether an item begins, by Markdown's rule.

    In the middle of a paragraph, 1 is the only number that begins an item.
    """
    item = _LIST_ITEM.match(line)
    if item is None or not above or _LIST_ITEM.match(above[0]):
        return item is not None
    return item[1].strip() in ("-", "*", "1.")


def _paragraph(lines: list[str], screen: Screen) -> tuple[Text, str]:
    item = _LIST_ITEM.match(lines[0])
    mark, first = item.groups() if item else ("", lines[0])
    text = " ".join(line.strip() for line in (first, *lines[1:]))
    return _inline(text, screen), mark and f"  {mark.strip()} "


def _heading(line: str, screen: Screen) -> Text:
    words = line.lstrip("#").strip()
    if screen.width < len(words):
        words = re.sub(r" {2,}", "  ", words)
    level = len(line) - len(line.lstrip("#"))
    return screen.text(words, "bold underline" if level == 1 else "bold")


def _inline(words: str, screen: Screen) -> Text:
    """Return code, bold and italics; without colours, keep the signs visible."""
    if not screen.has_colour:
        return screen.text(words)
    text, end = Text(), 0
    for match in _INLINE.finditer(words):
        text.append_text(screen.text(words[end : match.start()]))
        styles = zip(match.groups(), ("cyan", "bold", "italic"), strict=True)
        for part, style in styles:
            if part is not None:
                text.append_text(screen.text(part, style))
        end = match.end()
    return text.append_text(screen.text(words[end:]))


class RunBoard:
    """Draw the events of a run, and remember what the last lines need.

    Args:
        cells: the cells that are run.
        document: their page.
        screen: where to draw.
        has_heads: write above a cell's output which cell it is.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        document: Document,
        screen: Screen,
        has_heads: bool = True,
    ) -> None:
        self._cells, self._document = cells, document
        self._screen = screen
        self._has_heads = has_heads
        self._bar = TrainingBar(screen)
        self._decoder = AnsiDecoder()
        self._cell: Cell | None = None  # its heading isn't drawn yet
        self._rest = ""  # of an unfinished line
        self._is_in_line = False
        self._is_last = False
        self.unwritten: dict[str, int] = {}
        self.has_raised = False
        self.is_ended = False

    @property
    def tags_unwritten(self) -> list[str]:
        """Return the unwritten exercises, even those not reached, in order."""
        tags = {*self.unwritten, *unwritten_exercises(self._cells)} - {""}
        return list(dict.fromkeys(x.tag for x in self._cells if x.tag in tags))

    def draw(self, events: Iterable[Event]) -> None:
        """Draw the events as they come."""
        try:
            for event in events:
                self._draw(event)
        finally:
            self._end_line()
            self._bar.clear()

    def _draw(self, event: Event) -> None:
        if isinstance(event, CellBegan):
            self._begin(self._cells[event.step])
        elif isinstance(event, Trained):
            self._draw_head()
            self._bar.update(event.progress)
        elif isinstance(event, Printed):
            self._draw_head()
            self._print(event)
        else:
            self._end_line()
            self._bar.clear()
            self._tell(event)

    def _begin(self, cell: Cell) -> None:
        self._end_line()
        self._is_last = cell is self._cells[-1]
        self._cell = cell
        self._bar.say(f"line {cell.first_line} runs ...")

    def _draw_head(self) -> None:
        """Print which cell it is, once, before the first output."""
        self._bar.clear()
        if self._cell and self._has_heads:
            heading = self._cell.heading or "The page begins"
            where = (f"  line {self._cell.first_line}", "dim")
            self._screen.print("", self._screen.line((heading, "bold cyan"), where))
        self._cell = None

    def _print(self, event: Printed) -> None:
        style = "yellow" if event.is_warning else ""
        *lines, self._rest = (self._rest + event.text).split("\n")
        for line in lines:
            self._write(self._decoder.decode_line(line), style, "\n")
        # A line that is redrawn again and again is shown in its last state, when it is
        # over.
        if self._rest and "\r" not in self._rest:
            self._write(self._decoder.decode_line(self._rest), style, "")
            self._rest, self._is_in_line = "", True

    def _write(self, line: Text, style: str, end: str) -> None:
        line.style = line.style or style
        self._screen.console.print(line, end=end, soft_wrap=True)
        self._is_in_line = not end

    def _end_line(self) -> None:
        if self._rest or self._is_in_line:
            self._write(self._decoder.decode_line(self._rest), "", "\n")
            self._rest = ""

    def _tell(self, event: Event) -> None:
        """Draw an event that isn't output of the cell, in a line or two."""
        screen = self._screen
        if isinstance(event, Drew):
            self._draw_head()
            self._draw_figure(event)
        elif isinstance(event, HeldBack):
            self._draw_head()
            lines = " and ".join(map(str, event.lines))
            words = f"{HELD_BACK} in line {lines}."
            screen.print(screen.text(words, "yellow"))
        elif isinstance(event, Unwritten):
            self._draw_head()
            self.unwritten.setdefault(event.tag, event.line)
            screen.print(screen.text(_describe_unwritten(event), "yellow"))
        elif isinstance(event, Waiting):
            self._draw_head()
            words = f"This cell needs {event.name}, and the cell that makes it, in line"
            screen.print(
                screen.text(f"{words} {event.line}, did not come to its end.", "yellow")
            )
        elif isinstance(event, CellRaised):
            self._draw_head()
            self._draw_exception(event)
        elif isinstance(event, RunEnded):
            self.is_ended = True
            self._draw_head()
            screen.print(screen.text(f"{event.words} The run ends here.", "red"))

    def _draw_exception(self, event: CellRaised) -> None:
        self.has_raised = True
        if advice := advise_on_a_cell(event, self._document):
            self._screen.print(self._screen.text(advice, "bold"))
        where = f"Line {event.line}" if event.line else "This cell"
        where += f", in {event.function}" if event.function else ""
        message = f"{event.kind}: {event.message}" if event.message else event.kind
        self._screen.print(self._screen.line((f"{where}: ", "bold red"), message))
        if event.source:
            self._screen.print(self._screen.line("    ", (event.source, "dim")))
        for i, caller in enumerate(event.callers, start=1):
            if event.is_cut and i == len(event.callers):
                self._screen.print(self._screen.text("... more calls ..."))
            where = f"called from line {caller.line}"
            where += f", in {caller.function}: " if caller.function else ": "
            self._screen.print(self._screen.line(where, (caller.source, "dim")))
        if not self._is_last:
            self._screen.print("Continuing with the next cell.")

    def _draw_figure(self, event: Drew) -> None:
        """Draw a figure from its data or an image from its pixels, or describe it."""
        # In a file or a pipe a drawing is of no use, and a screen reader needs a line
        # of text.
        charts = [_chart_of(panel) for panel in event.panels]
        if not self._screen.console.is_terminal:
            self._screen.print(self._screen.text(event.alt))
        elif event.panels and all(panel.rows for panel in event.panels):
            self._draw_digits(event.panels)
        elif charts and all(charts):
            self._screen.print(*(chart for chart in charts if chart))
        elif any(panel.has_image for panel in event.panels):
            titles = "   ".join(panel.title for panel in event.panels if panel.title)
            self._screen.print(self._screen.text(titles or event.alt, "bold"))
            self._screen.print(Figure(base64.b64decode(event.png)))
        else:
            self._screen.print(self._screen.text(event.alt))

    def _draw_digits(self, panels: Sequence[Panel]) -> None:
        images = [panel.rows for panel in panels]
        self._screen.print(digits(images, [panel.title for panel in panels]))


def _chart_of(panel: Panel) -> LineChart | BarChart | None:
    """Return a panel as a text chart, or None if its data isn't complete."""
    if not panel.series:
        return None
    names = tuple(strip_controls(name) for name in panel.names)
    title, across, up = map(strip_controls, (panel.title, panel.x_label, panel.y_label))
    # A line across bars, such as a mean, doesn't fit among rows of text.
    shown = [one for one in panel.series if one.kind == "bars"] or panel.series
    are_bars = shown[0].kind == "bars"
    series = tuple(
        ChartSeries(
            strip_controls(one.name),
            tuple(map(_drawable, one.x)),
            tuple(map(_drawable, one.y)),
            one.kind != "line",
        )
        for one in shown
    )
    if are_bars and max(len(one.x) for one in series) <= MOST_BARS:
        return BarChart(series, names, title, across, up)
    return LineChart(series, title, across, up, panel.is_log)


def _drawable(number: float) -> float:
    # The difference of two larger numbers may be more than a float can represent.
    return number if abs(number) < _LARGEST_DRAWN else math.nan


def _describe_unwritten(event: Unwritten) -> str:
    if event.tag:
        return f"{event.tag} is not written yet (line {event.line}); on to the next."
    return f"Line {event.line} met a blank, `...`, that isn't filled in yet."


def draw_run_head(
    title: str, path: str, screen: Screen, notes: Sequence[str] = ()
) -> None:
    """Print which page runs, and notes about its file."""
    screen.print("", screen.line((title, "bold"), "   ", (path, "dim")))
    screen.print(*(screen.line((note, "dim")) for note in notes))


def draw_run_end(
    board: RunBoard, again: str, screen: Screen, left_out: Sequence[int] = ()
) -> None:
    """Draw what is still to be written, and the command that comes next.

    Args:
        board: what has drawn the run.
        again: the command that grades the page.
        screen: where to draw.
        left_out: lines of code in text cells.
    """
    screen.print("")
    for line in left_out:
        screen.print(
            f"Line {line} is in a text cell and wasn't run. Is it code? Write # %% on "
            f"a separate line above it."
        )
    if tags := board.tags_unwritten:
        screen.print(f"Not written yet: {', '.join(tags)}.")
    elif not board.is_ended and not board.has_raised and not left_out:
        screen.print("Every cell ran to its end.")
    screen.print("To have it graded:", screen.command(again))


def draw_demo_head(document: Document, screen: Screen) -> None:
    """Show a demo's texts, and the cells that it is about: those with a tag."""
    last = document.cells.index(document.code_cells[-1])
    shown = [x for x in document.cells[:last] if x.is_text or x.tag]
    draw_cells(shown, screen)


def draw_demo_end(document: Document, lesson: str, screen: Screen) -> None:
    """Show the texts after a demo's last cell, and how to begin the first lesson."""
    last = document.cells.index(document.code_cells[-1])
    draw_cells(document.cells[last + 1 :], screen)
    screen.print("", "Begin with:", screen.command(f"start {lesson}"))
