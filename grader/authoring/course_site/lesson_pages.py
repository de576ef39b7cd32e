"""lesson_pages: a lesson as a page of the site, made from its untouched page.

Headings and code stay Markdown, so that Zensical highlights, lists and searches them.
The text between them is rendered here, including its formulas.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from grader.course import installation
from grader.course.document import typeset
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Cell, Document
from grader.course.document.kept_figures import (
    FOLDER,
    OF_SOLUTION,
    KeptFigure,
    find_kept,
    label_fold,
)
from grader.course.document.markup import Html, tag
from grader.course.document.predictions import HELD_BACK
from grader.judge import requirements_of
from grader.learner.page_run import Terminal, run
from grader.sandbox.cell_run.events import CellBegan, Drew, Event, Printed

_HEADING = re.compile(r"(?P<level>#+) +(?P<words>.+?)(?P<facts> {2,}\(.*\))?")
_LEVEL = re.compile(r"#+ (\S*)")
# Markdown between these is read as such.
_CARD_BEGINS, _CARD_ENDS = '<div class="card" markdown="1">', "</div>"
_SPECIAL = re.compile(r"([\\*_{}\[\]<>|$])")


class CellOutput(msgspec.Struct):
    """What a cell shows when it is run: its printed text, and images as PNG."""

    text: str = ""
    pictures: list[Drew] = msgspec.field(default_factory=list)


def write_lesson(lesson: Lesson, root: Path, folder: Path) -> None:
    """Write the page of a lesson, and the figures that its cells draw."""
    document = Document.read(lesson.page)
    cells = document.code_cells
    outputs = _run(lesson, cells, root)
    by_line = {
        cell.first_line: outputs[number]
        for number, cell in enumerate(cells)
        if number in outputs
    }
    figures_of = find_kept(lesson.folder, cells)
    title = json.dumps(f"{lesson.number}  {lesson.title}")
    parts = [f"---\ntitle: {title}\n---"]
    is_card = False
    for cell in document.cells:
        if cell.is_text:
            for part in _draw_text(cell):
                if heading := _LEVEL.match(part):
                    parts += [_CARD_ENDS] if is_card else []
                    is_card = heading[1] in document.headings
                    parts += [_CARD_BEGINS] if is_card else []
                parts.append(part)
            continue
        parts += _draw_code(cell, lesson)
        if seen := by_line.get(cell.first_line):
            seen.pictures = [] if cell.number in figures_of else seen.pictures
            parts += _draw_output(seen, f"{lesson.name}-{cell.line}", folder)
        if cell.number in figures_of:
            parts += _draw_kept(figures_of[cell.number], lesson, folder)
        if is_card and cell.tag:
            parts.append(_CARD_ENDS)
            is_card = False
    parts += [_CARD_ENDS] if is_card else []
    text = "\n\n".join(parts) + "\n"
    (folder / f"{lesson.name}.md").write_text(text, encoding="utf-8")


def _run(lesson: Lesson, cells: Sequence[Cell], root: Path) -> dict[int, CellOutput]:
    """Return what each cell of the untouched page shows, if the lesson can be run."""
    if installation.explain_unavailable(requirements_of(lesson).imports):
        return {}
    with contextlib.closing(
        run(lesson.page, cells, root, Terminal(width=88))
    ) as events:
        return _gather(events)


def _gather(events: Iterator[Event]) -> dict[int, CellOutput]:
    outputs: dict[int, CellOutput] = {}
    at = 0
    for event in events:
        match event:
            case CellBegan(step):
                at = step
            case Printed(text, is_warning=False):
                outputs.setdefault(at, CellOutput()).text += text
            case Drew():
                outputs.setdefault(at, CellOutput()).pictures.append(event)
    return outputs


def _draw_text(cell: Cell) -> Iterator[str]:
    """Yield headings as Markdown, and the text between them as HTML."""
    body: list[str] = []
    for line in cell.source.splitlines():
        if match := _HEADING.fullmatch(line):
            yield from _draw_body(body)
            body = []
            words = _SPECIAL.sub(r"\\\1", match["words"])
            yield f"{match['level']} {words}"
            if match["facts"]:
                yield tag("p", match["facts"].strip(" ()"), class_="facts")
        else:
            body.append(line)
    yield from _draw_body(body)


def _draw_body(lines: list[str]) -> Iterator[str]:
    source = "\n".join(lines).strip("\n")
    if source:
        yield tag("div", typeset.text(source), class_="lesson")


def _draw_code(cell: Cell, lesson: Lesson) -> Iterator[str]:
    code = cell.source.strip("\n")
    if not code:
        return
    if label := label_fold(cell):
        yield f'<details markdown="1" class="fold"><summary>{label}</summary>'
    yield f"```python\n{code}\n```"
    if label:
        yield "</details>"
    if cell.tag:
        words = installation.format_command(f"grade {cell.tag}")
        yield tag("p", "Have it graded: ", tag("code", words), class_="command")


def _draw_output(output: CellOutput, name: str, folder: Path) -> Iterator[str]:
    text = output.text.rstrip()
    if text:
        shown = tag("samp", _without_blank_lines(text))
        # It scrolls if a line is long.
        yield tag("pre", shown, class_="shown", tabindex=0)
    for number, drew in enumerate(output.pictures):
        kinds = [("light" if drew.dark else "opaque", drew.png), ("dark", drew.dark)]
        images = []
        for kind, png in kinds:
            if png:
                file = f"{name}-{number}-{kind}.png"
                (folder / file).write_bytes(base64.b64decode(png))
                images.append(
                    tag("img", src=file, alt=drew.alt, class_=f"figure {kind}")
                )
        yield tag("p", *images)


def _draw_kept(
    figures: Sequence[KeptFigure], lesson: Lesson, folder: Path
) -> Iterator[str]:
    """Yield the figures that come with a lesson for one cell, and copy their files."""
    if not figures:
        yield tag("p", f"{HELD_BACK}.", class_="facts")
    for figure in figures:
        images = []
        for name, kind in zip(figure.files, ("light", "dark"), strict=False):
            file = f"{lesson.name}-{name}"
            shutil.copy(lesson.folder / FOLDER / name, folder / file)
            images.append(
                tag(
                    "img",
                    src=file,
                    alt=figure.alt,
                    width=figure.width,
                    height=figure.height,
                    loading="lazy",
                    class_=f"figure {kind if figure.has_dark else 'opaque'}",
                )
            )
        yield tag("p", *images)
        if figure.is_of_solution:
            yield tag("p", OF_SOLUTION, class_="facts")


def _without_blank_lines(text: str) -> Html:
    """Remove empty lines: in Markdown, an empty line ends a block of HTML."""
    lines = [line if line.strip() else "\u00a0" for line in text.splitlines()]
    return tag("span", "\n".join(lines))
