"""figures: draw the figures of all solutions on one sheet, and check them.

They can also be kept in the lessons' folders, for their pages.
"""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from grader.common import files
from grader.course import installation
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Cell, Document
from grader.course.document.kept_figures import (
    FOLDER,
    LIST,
    KeptFigure,
    find_stale,
    read_kept,
    source_version,
)
from grader.judge import requirements_of
from grader.learner.page_run import (
    CellBegan,
    CellRaised,
    Drew,
    Event,
    RunEnded,
    Terminal,
    run,
)

if TYPE_CHECKING:
    from PIL import Image

SHEET = "contact-sheet.png"
FEWEST = 2  # figures per lesson

_COLUMNS = 4
_INCHES = (4.0, 3.3)  # size of one figure on the sheet


class DrawnFigure(msgspec.Struct, frozen=True):
    """A figure that a lesson's solution draws.

    Attributes:
        name: the lesson's short name and the figure's number, such as ``lesson3-1``.
        drew: what the cell drew.
        cell: the cell.
    """

    name: str
    drew: Drew
    cell: Cell


class LessonFigures(msgspec.Struct, frozen=True):
    """The figures of a lesson, and what is wrong with them."""

    lesson: str
    figures: tuple[DrawnFigure, ...]
    problems: tuple[str, ...]


def draw_lesson(lesson: Lesson, root: Path) -> LessonFigures:
    """Run the cells of a lesson's solution and return what they draw."""
    name = lesson.short_name
    if why := installation.explain_unavailable(requirements_of(lesson).imports):
        return LessonFigures(name, (), (f"{name}: {why}",))
    cells = Document.read(lesson.solution).code_cells
    events = list(_events(lesson.solution, cells, root))
    figures = tuple(
        DrawnFigure(f"{name}-{number}", drew, cell)
        for number, (cell, drew) in enumerate(_find_drawn(events, cells), 1)
    )
    problems = [problem for one in figures for problem in find_problems(one)]
    for event in events:
        if isinstance(event, CellRaised):
            problems.append(f"{name}: line {event.line} ends in {event.kind}")
        elif isinstance(event, RunEnded):
            problems.append(f"{name}: {event.words}")
    if len(figures) < FEWEST:
        problems.append(
            f"{name}: {len(figures)} figures; a lesson has {FEWEST} or more"
        )
    return LessonFigures(name, figures, tuple(problems))


def find_problems(figure: DrawnFigure) -> Iterator[str]:
    """Yield a problem for each thing a figure lacks.

    Images need no labels of axes, and neither do diagrams, whose axes are off.
    """
    drew = figure.drew
    if not drew.has_own_alt:
        yield f"{figure.name}: no alt text; set it with fig.set_label(...)"
    if not (drew.title or any(panel.title for panel in drew.panels)):
        yield f"{figure.name}: no title"
    for number, panel in enumerate(drew.panels, 1):
        if panel.has_image or not panel.has_axes:
            continue
        # If each bar has its own label, the axis needs none.
        are_named = any(name.strip("0123456789.\u2212-") for name in panel.names)
        missing = [
            axis
            for axis, label in (("x", panel.x_label), ("y", panel.y_label))
            if not label and not (axis == "x" and are_named)
        ]
        if missing:
            axes = " and ".join(missing)
            yield f"{figure.name}: frame {number} has no label at {axes}"


def write_figures(
    lessons: Sequence[Lesson],
    root: Path,
    folder: Path,
    on_lesson: Callable[[str], None] = lambda name: None,
) -> list[LessonFigures]:
    """Write every figure, light and dark, and one sheet of all of them.

    Args:
        lessons: the lessons whose solutions are run.
        root: the course.
        folder: the folder to write to.
        on_lesson: called with the name of each lesson before it runs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawings = []
    for lesson in lessons:
        on_lesson(lesson.short_name)
        drawings.append(draw_lesson(lesson, root))
        for figure in drawings[-1].figures:
            for end, png in (("", figure.drew.png), ("-dark", figure.drew.dark)):
                if png:
                    path = folder / f"{figure.name}{end}.png"
                    files.write(path, base64.b64decode(png))
    figures = [one for each in drawings for one in each.figures]
    if figures:
        _write_sheet(figures, folder / SHEET)
    return drawings


def keep_figures(
    lessons: Sequence[Lesson],
    root: Path,
    on_lesson: Callable[[str], None] = lambda name: None,
) -> list[LessonFigures]:
    """Write the figures of lessons into their folders, where they aren't up to date.

    Args:
        lessons: the lessons.
        root: the course.
        on_lesson: called with the name of each lesson before it runs.

    Returns:
        The lessons that were drawn.
    """
    drawings = []
    for lesson in lessons:
        solution = Document.read(lesson.solution)
        codes = {cell.version for cell in solution.code_cells}
        is_current = all(x.code in codes for x in read_kept(lesson.folder))
        if is_current and not find_stale(lesson.folder, solution):
            continue
        on_lesson(lesson.short_name)
        drawings.append(draw_lesson(lesson, root))
        if drawings[-1].figures:
            _keep(lesson, root, drawings[-1].figures)
    return drawings


def _keep(lesson: Lesson, root: Path, figures: Sequence[DrawnFigure]) -> None:
    from PIL import Image

    ran = Document.read(lesson.solution).code_cells
    # Its predictions are unwritten, but this run is for nobody to see.
    given = [replace(x, answers=()) for x in Document.read(lesson.page).code_cells]
    events = list(_events(lesson.page, given, root))
    without_answers = {drew.png for _, drew in _find_drawn(events, given)}
    folder, kept = lesson.folder / FOLDER, []
    folder.mkdir(exist_ok=True)
    for number, figure in enumerate(figures, 1):
        drew = figure.drew
        images = [_open(png) for png in (drew.png, drew.dark) if png]
        one = KeptFigure(
            str(number),
            figure.cell.version,
            source_version(ran, figure.cell),
            drew.alt,
            images[0].width // 2,
            images[0].height // 2,
            has_dark=len(images) > 1,
            is_of_solution=drew.png not in without_answers,
        )
        kept.append(one)
        for name, image in zip(one.files, images, strict=True):
            # With 256 colours a figure has a third of the bytes, and looks the same.
            few = image.convert("RGBA").quantize(256, Image.Quantize.FASTOCTREE)
            few.save(folder / name, "PNG", optimize=True)
    text = msgspec.json.format(msgspec.json.encode(kept), indent=1)
    files.write(folder / LIST, text + b"\n")
    for path in folder.iterdir():
        if path.name not in {LIST, *(name for one in kept for name in one.files)}:
            path.unlink()


def _open(png: str) -> Image.Image:
    from PIL import Image

    return Image.open(io.BytesIO(base64.b64decode(png)))


def _events(page: Path, cells: Sequence[Cell], root: Path) -> Iterator[Event]:
    with contextlib.closing(run(page, cells, root, Terminal())) as events:
        yield from events


def _find_drawn(
    events: Iterable[Event], cells: Sequence[Cell]
) -> Iterator[tuple[Cell, Drew]]:
    """Yield the figures of a run, each with its cell."""
    step = 0
    for event in events:
        if isinstance(event, CellBegan):
            step = event.step
        elif isinstance(event, Drew):
            yield cells[step], event


def _write_sheet(figures: Sequence[DrawnFigure], path: Path) -> None:
    """Write all figures side by side, each below its name."""
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    rows = -(-len(figures) // _COLUMNS)
    sheet = Figure(figsize=(_COLUMNS * _INCHES[0], rows * _INCHES[1]), dpi=100)
    sheet.set_layout_engine("tight")
    places = sheet.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes in places:
        axes.axis("off")
    for axes, figure in zip(places, figures, strict=False):
        axes.set_title(figure.name, fontsize=9)
        pixels = imread(io.BytesIO(base64.b64decode(figure.drew.png)), format="png")
        axes.imshow(pixels, interpolation="antialiased")
    sheet.savefig(path, facecolor="white")
