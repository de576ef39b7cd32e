"""build: write lesson pages from their solutions, and read the text out of them.

The solution is the source. What stands between its marks becomes a stub; everything
else is copied as it is. Nothing is run.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from grader import files
from grader.document.catalog import Lesson, lessons
from grader.document.exercise_tag import EXERCISE_TAG
from grader.document.page_header import make_header
from grader.document.python_lines import split_bare_lines
from grader.document.source import parse_alone
from grader.document.stubs import (
    CELL,
    Stubber,
    extents_of,
    parse,
    tag_of,
    without_marks,
)
from grader.errors import BrokenLesson

_POINTS = re.compile(rf"#+ ({EXERCISE_TAG})\b.*\((\d+) points?\b")
_REVEALS = re.compile(r'\breveals="([^"]+)"')


class Cell(msgspec.Struct, frozen=True):
    """One cell of a page.

    Attributes:
        tag: the exercise it belongs to by its ``id``, or "".
        is_text: whether it is text; its `source` is then without the comment signs.
        source: what stands in it.
        line: the number of its ``# %%`` line, counted from 1.
        reveals: the prediction that its output answers, by its exercise or its key;
            or "".
        first_line: the number of the first line below that is not empty.
        last_line: the number of its last line.
    """

    tag: str
    is_text: bool
    source: str
    line: int
    reveals: str = ""
    first_line: int = 0
    last_line: int = 0


def build(root: Path) -> tuple[Path, ...]:
    """Write the page of every solution; return the pages that changed.

    Raises:
        BrokenLesson: the marks of a solution cannot be followed.
    """
    changed = []
    for solution in sorted((root / "solutions").glob("lesson*_*.py")):
        page = root / "lessons" / solution.stem / "lesson.py"
        text = page_of(solution)
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            page.parent.mkdir(parents=True, exist_ok=True)
            files.write(page, text.encode())
            changed.append(page)
    return tuple(changed)


def is_up_to_date(lesson: Lesson) -> bool:
    """Return whether a lesson's page is what its solution makes."""
    if not lesson.page.is_file():
        return False
    return lesson.page.read_text(encoding="utf-8") == page_of(lesson.solution)


def out_of_date(root: Path) -> tuple[str, ...]:
    """Return the names of the lessons whose page differs from what is made now."""
    return tuple(x.name for x in lessons(root) if not is_up_to_date(x))


def page_of(solution: Path) -> str:
    """Return the page that a solution makes.

    Raises:
        BrokenLesson: there is no such file, or its marks cannot be followed.
    """
    page = page_text(_text(solution), f"solutions/{solution.name}")
    return make_header(solution.stem) + page


def page_text(source: str, name: str = "solution") -> str:
    """Return the page that a solution's text makes; `name` is for messages."""
    page = "\n".join(Stubber(name).lines(source.splitlines())) + "\n"
    try:
        parse_alone(page)
    except SyntaxError:
        # Both in words: a solution that is no Python is told before its page.
        parse(source, name)
        parse(page, f"The page made from {name}")
    return page


def open_at(solution: Path, *tags: str) -> str:
    """Return the page of a solution in which all is done but these exercises.

    Args:
        solution: the solution's file.
        tags: of the exercises that are still to be written.
    """
    lines, is_own = [], False
    for line in split_bare_lines(_text(solution)):
        if match := CELL.fullmatch(line):
            is_own = tag_of(match["rest"]) in tags
        lines.append(line if is_own else without_marks(line))
    return page_text("\n".join(lines), f"solutions/{solution.name}")


def cells(text: str) -> tuple[Cell, ...]:
    """Return the cells of a percent file; lines before the first mark are no cell."""
    lines = split_bare_lines(text)
    return tuple(
        _cell(head, lines[first:last], first) for head, first, last in extents_of(lines)
    )


def cells_in(path: Path) -> tuple[Cell, ...]:
    """Return the cells of a page or a solution."""
    return cells(_text(path))


def cells_of(lesson: Lesson) -> tuple[Cell, ...]:
    """Return the cells of a lesson's page."""
    return cells_in(lesson.page)


def prose(page: Path) -> str:
    """Return the text of a page or a solution, its code left out."""
    return "\n\n".join(cell.source for cell in cells_in(page) if cell.is_text)


def section(page: tuple[Cell, ...], tag: str) -> tuple[Cell, ...]:
    """Return the cells of one exercise, from its heading to its code."""
    heading = re.compile(rf"#+ {re.escape(tag)}\b")
    own = [i for i, c in enumerate(page) if c.tag == tag or heading.match(c.source)]
    return page[min(own) : max(own) + 1] if own else ()


def points_of(lesson: Lesson) -> dict[str, int]:
    """Return what each exercise is worth, as the headings of a lesson's page say it."""
    headings = (_POINTS.match(cell.source) for cell in cells_of(lesson) if cell.is_text)
    return {match[1]: int(match[2]) for match in headings if match}


def solved(solution: Path, tag: str = "") -> str:
    """Return the code of a solution without its marks, of one exercise or of all."""
    chosen = [c for c in cells_in(solution) if not c.is_text]
    if tag:
        chosen = [cell for cell in chosen if cell.tag == tag]
    return "\n\n".join(without_marks(cell.source) for cell in chosen)


def _cell(head: str, body: list[str], line: int) -> Cell:
    is_text = "[markdown]" in head
    source = [_uncomment(x) for x in body] if is_text else body
    text, reveals = "\n".join(source).strip("\n"), _REVEALS.search(head)
    blank = next((at for at, below in enumerate(body) if below.strip()), 0)
    answers = reveals[1] if reveals else ""
    first, last = line + blank + 1, line + len(body)
    return Cell(tag_of(head), is_text, text, line, answers, first, last)


def _uncomment(line: str) -> str:
    return line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        said = f"cannot be read: {why}."
        raise BrokenLesson(f"{path} {said}", f"{path.name} {said}") from error
