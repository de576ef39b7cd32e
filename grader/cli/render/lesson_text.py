"""lesson_text: show the text of a lesson in a terminal, with plain formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from grader.cli.render.screen import Screen
from grader.document.build import Cell
from grader.machine import AS_WRITTEN, typed

_INLINE = re.compile(
    r"`([^`\n]+)`|\*\*(\S(?:[^*\n]*\S)?)\*\*|(?<![\w*])\*(\S[^*\n]*)\*"
)
_LIST_ITEM = re.compile(r"(\s{0,3}(?:[-*]|\d+\.) +)(.*)")
_TAG = re.compile(r"\s*</?(?:details|summary)[^>]*>\s*")
_TEXT_WIDTH = 76
_MOVED_IN = 4  # columns, of a line of code that is too long
_END = "#"  # ends the last paragraph of a cell


def draw_cells(cells: Sequence[Cell], screen: Screen) -> None:
    """Draw text and code, cell by cell."""
    from grader.document.typeset import plain

    for cell in cells:
        if not cell.source.strip():
            continue
        screen.print("")
        if cell.is_text:
            text = plain(cell.source).replace(AS_WRITTEN, typed())
            for block, mark in _blocks(text, screen):
                is_set = block.plain.startswith(("    ", "|"))
                width = screen.width if is_set else min(_TEXT_WIDTH, screen.width)
                screen.console.print(_moved_in(block, mark, width, screen))
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
    """Yield a line of code in parts that fit; what follows the first is moved in."""
    if len(line) <= width:
        yield line
        return
    indent = len(line.plain) - len(line.plain.lstrip()) + _MOVED_IN
    first, rest = line.divide([line.plain.rfind(" ", 0, width) + 1 or width])
    yield first
    for part in rest.wrap(screen.console, max(_MOVED_IN, width - indent)):
        yield Text(" " * indent).append_text(part)


def _moved_in(block: Text, mark: str, width: int, screen: Screen) -> Text:
    """Return a block in lines of this width; those of an item stand behind its mark."""
    lines = block.wrap(screen.console, width - cell_len(mark))
    for line in lines:
        line.rstrip()
    first, rest = screen.text(mark), screen.text(" " * cell_len(mark))
    moved = [Text.assemble(rest if i else first, line) for i, line in enumerate(lines)]
    return Text("\n").join(moved)


def _blocks(source: str, screen: Screen) -> Iterator[tuple[Text, str]]:
    """Yield blocks of a text cell, each with the mark that stands before an item."""
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
    """Return whether an item begins, as Markdown has it: amid a paragraph, no number
    but 1.
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
    """Return code, bold and italics; without colour the signs stay, to be seen."""
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
