"""figures: draw the figures of all solutions on one sheet, and check them."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from grader.common import files
from grader.course import installation
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.judge import requirements_of
from grader.learner.page_run import CellRaised, Drew, Event, RunEnded, Terminal, run

SHEET = "contact-sheet.png"
FEWEST = 2  # figures per lesson

_COLUMNS = 4
_INCHES = (4.0, 3.3)  # size of one figure on the sheet


class DrawnFigure(msgspec.Struct, frozen=True):
    """A figure that a lesson's solution draws.

    Attributes:
        name: the lesson's short name and the figure's number, such as ``lesson3-1``.
        drew: what the cell drew.
    """

    name: str
    drew: Drew


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
    events = list(_events(lesson, root))
    drawings = [event for event in events if isinstance(event, Drew)]
    figures = tuple(
        DrawnFigure(f"{name}-{number}", drew) for number, drew in enumerate(drawings, 1)
    )
    problems = [problem for one in figures for problem in find_problems(one)]
    for event in events:
        if isinstance(event, CellRaised):
            problems.append(f"{name}: line {event.line} ends in {event.kind}")
        elif isinstance(event, RunEnded):
            problems.append(f"{name}: {event.words}")
    if len(drawings) < FEWEST:
        problems.append(
            f"{name}: {len(drawings)} figures; a lesson has {FEWEST} or more"
        )
    return LessonFigures(name, figures, tuple(problems))


def find_problems(figure: DrawnFigure) -> Iterator[str]:
    """Yield a problem for each thing a figure lacks; images need no axis labels."""
    drew = figure.drew
    if not drew.has_own_alt:
        yield f"{figure.name}: no alt text; set it with fig.set_label(...)"
    if not (drew.title or any(panel.title for panel in drew.panels)):
        yield f"{figure.name}: no title"
    for number, panel in enumerate(drew.panels, 1):
        if panel.has_image:
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


def _events(lesson: Lesson, root: Path) -> Iterator[Event]:
    cells = Document.read(lesson.solution).code_cells
    with contextlib.closing(run(lesson.solution, cells, root, Terminal())) as events:
        yield from events


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
