"""cells: a page as cells, whether its file is Python or a notebook.

A Python page is a percent file: each cell begins with a ``# %%`` line, which may name
the exercise of the cell, as in ``# %% id="3e"``. A given cell that only shows something
is marked as ``# %% [show]``, or ``# %% [figure]`` if it draws: no grading runs it. Nor
does one run ``# %% [pytest]``, which has the fixtures of the learner's tests. A
notebook is converted to such a file before it is graded, so only its reader and its
writer have to know the difference.
"""

from __future__ import annotations

import ast
import bisect
import functools
import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.common.errors import BrokenLesson
from grader.course.document.source import (
    Unreadable,
    decode_source,
    parse,
    split_bare_lines,
)

# The name of an exercise: its lesson's number and a letter, ``3e``.
EXERCISE_TAG = r"\d+[a-z]"
MARK = "# %%"
_ID = re.compile(r'\bid="([^"]+)"')
_REVEALS = re.compile(r'\breveals="([^"]+)"')
# What a given cell does that no grading runs: it shows something, or draws it, or has
# pytest's fixtures.
ROLES = ("show", "figure", "pytest")
# Jupytext writes a notebook's metadata as it is in the second form.
_ROLE = re.compile(r'\[(show|figure|pytest)\]|\brole="(show|figure|pytest)"')
_IMPORT, _FIXTURE = "import pytest", "pytest.fixture"
_USES_PYTEST = re.compile(r"[^#]*\bpytest\.\w")
_DEFINITION = re.compile(r"(?:async +)?def |class ")
_GUARD = re.compile(r"""^if __name__ == (?:'__main__'|"__main__"):\n""", re.MULTILINE)
_HEADING = re.compile(r"#+ +(.+)")
# The details in a heading about its exercise. Match only from the first of several
# spaces: a learner may write thousands, and matching from each of them takes minutes.
# One space is enough before points at the end of the line.
_DETAILS = re.compile(r"(?<! )(?: {2,}\(| \((?=\d+ points?\b[^()]*\)$))")
_DEEPEST_HEADING = 6
# How long a lesson takes, stated at its top.
MINUTES = re.compile(r"(?m)^(\d+) minutes\b")
_TITLE = re.compile(rf"(?m)^#+ ({EXERCISE_TAG}) +(\S.*)\((\d+) points?\b")


class Cell(msgspec.Struct, frozen=True):
    """One cell of a page.

    Attributes:
        source: its content. Text from a Python file has no comment signs.
        is_text: whether it is text, not code.
        tag: the exercise that it belongs to, or "".
        reveals: the prediction that its output answers, by its exercise or its key; or
            "".
        role: one of `ROLES` if no grading runs it; or "".
        number: its number among all cells of its file, counted from 1; 0 if it isn't
            one of them.
        id: its id in a notebook, or "".
        line: the line number of its ``# %%`` mark in the page as Python, counted from
            1; 0 above the first mark.
        first_line: the number of the first line below the mark that isn't empty.
        last_line: the number of its last line.
        heading: the last heading above it, or "". Like `answers`, it is set only by
            `Document.code_cells`.
        answers: the lines of the unwritten predictions that its output would answer.
    """

    source: str
    is_text: bool = False
    tag: str = ""
    reveals: str = ""
    role: str = ""
    number: int = 0
    id: str = ""
    line: int = 0
    first_line: int = 0
    last_line: int = 0
    heading: str = ""
    answers: tuple[int, ...] = ()

    @property
    def version(self) -> str:
        """The version of its content: a short hash."""
        return version_of(self.source)

    def has_line(self, line: int) -> bool:
        """Return whether a line of the page belongs to this cell."""
        return self.line <= line <= self.last_line


class Heading(msgspec.Struct, frozen=True):
    """What the heading of an exercise says: its tag, its title and its points."""

    tag: str
    title: str
    points: int


class Document(msgspec.Struct, frozen=True, dict=True):
    """A page: its text as Python, and its cells.

    Attributes:
        content: the page as Python, in bytes. A learner's page need not be UTF-8.
        notebook: the cells of the notebook that it comes from; None for a Python file.
        notes: sentences with what somebody should know about the file.
        shown: the cells that `graded` has blanked.
    """

    content: bytes
    notebook: tuple[Cell, ...] | None = None
    notes: tuple[str, ...] = ()
    shown: tuple[Cell, ...] = ()

    @classmethod
    def from_python(cls, source: str | bytes) -> Document:
        """Return the page in a Python file.

        Raises:
            Unreadable: if the bytes aren't UTF-8.
        """
        if isinstance(source, str):
            return cls(source.encode("utf-8", "replace"))
        decode_source(source)
        return cls(source)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Return the page in one of the course's own files.

        Raises:
            BrokenLesson: if it can't be read.
        """
        return cls.from_python(read_text(path))

    @functools.cached_property
    def text(self) -> str:
        """The page as Python; bytes that aren't UTF-8 are replaced."""
        return self.content.decode("utf-8-sig", "replace")

    @functools.cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text, without their ends."""
        return tuple(split_bare_lines(self.text))

    @functools.cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells; the lines above the first mark don't belong to any."""
        if self.notebook is not None:
            return self.notebook
        return tuple(
            self._make_cell(number, *extent)
            for number, extent in enumerate(_find_extents(self.lines), 1)
        )

    @property
    def preamble(self) -> Cell:
        """The lines above the first mark, as a cell of code."""
        last = self.cells[0].line - 1 if self.cells else len(self.lines)
        return self._make_cell(0, 0, last)

    @functools.cached_property
    def code_cells(self) -> tuple[Cell, ...]:
        """The cells that run, including the preamble, of a page in Python."""
        from grader.course.document.predictions import find_answers

        heading, found = "", list[Cell]()
        for cell in (self.preamble, *self.cells):
            if cell.is_text:
                heading = _find_heading(cell.source) or heading
            elif _holds_code(cell.source):
                found.append(replace(cell, heading=heading))
        # Without the lines above a cell, which may be many.
        codes = [self.excerpt(x.first_line, x.last_line).source for x in found]
        answers = find_answers(found, codes)
        return tuple(
            replace(cell, answers=lines)
            for cell, lines in zip(found, answers, strict=True)
        )

    @property
    def parts(self) -> tuple[Cell, ...]:
        """The text cut at its marks, with the lines unchanged.

        The first part is above the first mark, and each other part begins with a mark.
        A mark inside a notebook's cell also cuts that cell.
        """
        extents = _find_extents(self.lines)
        above = extents[0][0] - 1 if extents else len(self.lines)
        excerpts = [self.excerpt(a, b, tag_of(self.lines[a - 1])) for a, b in extents]
        return (*([self.excerpt(1, above)] if above else ()), *excerpts)

    def excerpt(self, first: int, last: int, tag: str = "") -> Cell:
        """Return some lines unchanged, as a cell of code."""
        source = "\n".join(self.lines[first - 1 : last])
        return Cell(source, tag=tag, line=first, first_line=first, last_line=last)

    def code_of(self, cell: Cell) -> str:
        """Return the code of a cell, after enough empty lines to keep line numbers."""
        return "\n" * cell.line + "\n".join(self.lines[cell.line : cell.last_line])

    def cell_at(self, line: int) -> Cell | None:
        """Return the cell of a line, or None above the first mark."""
        place = bisect.bisect_right(self.cells, line, key=lambda cell: cell.line)
        return self.cells[place - 1] if place else None

    def locate(self, line: int) -> tuple[int | None, int]:
        """Return the position of a line as the author of the file counts.

        Returns:
            The number of the cell in a notebook, or None in a Python file; and the line
            in it.
        """
        cell = None if self.notebook is None else self.cell_at(line)
        if cell is None:
            return None, line
        return cell.number or None, max(1, line - cell.line)

    def place_of(self, line: int) -> str:
        """Return a line as its author counts: "line 12", or "cell 7, line 3"."""
        cell, line = self.locate(line)
        return f"cell {cell}, line {line}" if cell else f"line {line}"

    def without(self, cells: Collection[Cell]) -> Document:
        """Return the page with these cells blank; other lines keep their numbers."""
        lines = [
            "" if any(cell.has_line(number) for cell in cells) else line
            for number, line in enumerate(self.lines, 1)
        ]
        return replace(self, content="\n".join(lines).encode())

    def graded(self, page: Document | None = None) -> Document:
        """Return the page as a grading runs it: cells that only show something are
        blank, and so are those with pytest's fixtures. All lines keep their numbers.

        Args:
            page: the lesson's page, for an attempt. A cell of it that has lost its mark
                is blank as well. In marked cells that differ from it, functions and
                classes stay, because a learner may have written an answer there.
        """
        known = {x.source.strip() for x in (page or self).cells if x.role}
        shown = tuple(x for x in self.cells if x.role or _is_among(known, x))
        try:
            self.content.decode("utf-8-sig")
        except UnicodeDecodeError:  # the worker refuses it
            return self
        if not shown:
            return self
        lines = list(self.lines)
        for cell in shown:
            inside = slice(cell.line, cell.last_line)
            is_given = cell.source.strip() in known
            code = lines[inside]
            lines[inside] = [""] * len(code) if is_given else _keep_definitions(code)
        # It takes long to import, and few tests use more of it than the fixtures.
        if any(map(_USES_PYTEST.match, lines)):
            for cell in shown:
                for i in range(cell.line, cell.last_line):
                    lines[i] = _IMPORT if self.lines[i] == _IMPORT else lines[i]
        return replace(self, content="\n".join(lines).encode(), shown=shown)

    def answer_to(self, tag: str) -> str | None:
        """Return the code of an exercise's last cell; None if it has none."""
        sources = [x.source for x in self.cells if x.tag == tag and not x.is_text]
        return sources[-1] if sources else None

    def code_by_exercise(self) -> dict[str, str]:
        """Return the code of each exercise, from all its cells."""
        found: dict[str, list[str]] = defaultdict(list)
        for cell in self.cells:
            if cell.tag and not cell.is_text:
                found[cell.tag].append(cell.source)
        return {tag: "\n\n".join(sources) for tag, sources in found.items()}

    def hash_code(self, tags: Iterable[str]) -> dict[str, str]:
        """Return a short hash of each exercise's code, from all its cells.

        Exercises without cells are left out.
        """
        code = self.code_by_exercise()
        return {tag: version_of(code[tag]) for tag in tags if tag in code}

    def section(self, tag: str) -> tuple[Cell, ...]:
        """Return the cells of one exercise, from its heading to its code."""
        heading, cells = re.compile(rf"(?m)^#+ {re.escape(tag)}\b"), self.cells
        positions = [
            i
            for i, cell in enumerate(cells)
            if cell.tag == tag or (cell.is_text and heading.search(cell.source))
        ]
        return cells[min(positions) : max(positions) + 1] if positions else ()

    def code_up_to(self, tag: str) -> tuple[Cell, ...]:
        """Return the code cells up to an exercise and those that try it out, or ()."""
        cells = self.code_cells
        positions = [i for i, cell in enumerate(cells) if cell.tag == tag]
        if not positions:
            return ()
        last = positions[-1]
        for i in range(last + 1, len(cells)):
            if cells[i].tag or cells[i].heading != cells[last].heading:
                break
            last = i
        return cells[: last + 1]

    def code_in_text(self) -> tuple[int, ...]:
        """Return the first line of code in each text cell.

        Python would run this code, but a run cell by cell doesn't.
        """
        found = list[int]()
        for cell in self.cells:
            lines_inside = range(cell.line, cell.last_line) if cell.is_text else ()
            found += [at + 1 for at in lines_inside if _holds_code(self.lines[at])][:1]
        return tuple(found)

    @property
    def prose(self) -> str:
        """The text of all text cells."""
        return "\n\n".join(cell.source for cell in self.cells if cell.is_text)

    @property
    def minutes(self) -> int:
        """The minutes that the lesson takes, as its top states, or 0."""
        match = MINUTES.search(self.prose)
        return int(match[1]) if match else 0

    @property
    def points(self) -> dict[str, int]:
        """The points of each exercise, from the headings."""
        return {tag: heading.points for tag, heading in self.headings.items()}

    @functools.cached_property
    def headings(self) -> dict[str, Heading]:
        """The heading of each exercise, by its tag."""
        found = _TITLE.findall(self.prose)
        return {tag: Heading(tag, title.rstrip(), int(n)) for tag, title, n in found}

    @property
    def shape(self) -> str:
        """A hash that stays the same as long as only code changes."""
        parts = (c.source if c.is_text else f"[{c.tag}]" for c in self.cells)
        return version_of("\n".join(parts))

    def _make_cell(self, number: int, line: int, last: int) -> Cell:
        head, body = self.lines[line - 1] if line else "", self.lines[line:last]
        is_text, reveals = "[markdown]" in head, _REVEALS.search(head)
        source = map(_uncomment, body) if is_text else body
        return Cell(
            "\n".join(source).strip("\n"),
            is_text,
            tag_of(head),
            reveals[1] if reveals else "",
            role_of(head),
            number,
            line=line,
            first_line=line + count_leading_blank_lines(body) + 1,
            last_line=last,
        )


def version_of(text: str) -> str:
    """Return a short hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_text(path: Path) -> str:
    """Return the text of one of the course's own files.

    Raises:
        BrokenLesson: if it can't be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        problem = f"cannot be read: {why}."
        raise BrokenLesson(f"{path} {problem}", f"{path.name} {problem}") from error


def tag_of(mark: str) -> str:
    """Return the ``id`` in the mark of a cell, or ""."""
    match = _ID.search(mark)
    return match[1] if match else ""


def role_of(mark: str) -> str:
    """Return the role in the mark of a cell that no grading runs.

    It is "" for any other cell. What answers an exercise is graded in any case.

    >>> role_of('# %% [show] reveals="1a"'), role_of('# %% [show] id="1a"')
    ('show', '')
    """
    match = None if tag_of(mark) else _ROLE.search(mark)
    return match[match.lastindex or 0] if match else ""


def _is_among(known: Collection[str], cell: Cell) -> bool:
    return not (cell.tag or cell.is_text) and cell.source.strip() in known


def _keep_definitions(lines: list[str]) -> list[str]:
    """Return the lines of functions and classes; the others are blank."""
    remaining = [""] * len(lines)
    if not any(map(_DEFINITION.match, lines)):
        return remaining
    try:
        body = parse("\n".join(lines)).body
    except Unreadable:
        return remaining
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if any(ast.unparse(x).startswith(_FIXTURE) for x in node.decorator_list):
                continue
            first = min([node.lineno, *(x.lineno for x in node.decorator_list)]) - 1
            remaining[first : node.end_lineno] = lines[first : node.end_lineno]
    return remaining


def split_guard(code: str) -> tuple[str, str]:
    """Return the code above a cell's ``if __name__ == "__main__":``, and that below it.

    Pages had this line where they now have a mark, and learners' files may have it. If
    it isn't the last statement of the cell, or there is none, all code is above.

    >>> split_guard('n = 1\\nif __name__ == "__main__":\\n    print(n)\\n    n += 1')
    ('n = 1', 'print(n)\\nn += 1')
    """
    head = _GUARD.search(code)
    below = code[head.end() :].split("\n") if head else []
    if head is None or any(one.strip() and one[:4] != "    " for one in below):
        return code, ""
    return code[: head.start()].rstrip(), "\n".join(one[4:] for one in below)


def _find_extents(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return the line of each mark, and the last line of its cell."""
    marks = [number for number, line in enumerate(lines, 1) if line.startswith(MARK)]
    ends = [number - 1 for number in marks[1:]] + [len(lines)]
    return list(zip(marks, ends, strict=False))


def count_leading_blank_lines(lines: Sequence[str]) -> int:
    """Return how many empty lines precede the first other one; 0 if all are empty."""
    return next((count for count, line in enumerate(lines) if line.strip()), 0)


def _uncomment(line: str) -> str:
    return line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#")


def _find_heading(source: str) -> str:
    found = filter(None, map(_HEADING.fullmatch, source.splitlines()))
    headings = [_DETAILS.split(match[1], 1)[0] for match in found]
    return headings[-1] if headings else ""


def split_heading(line: str) -> tuple[int, str, str] | None:
    """Return the level, the words and the details of a heading; None for other lines.

    >>> split_heading("## 3e  The mean      (20 points, about 5 minutes)")
    (2, '3e  The mean', '20 points, about 5 minutes')
    """
    match = _HEADING.fullmatch(line)
    level = len(line) - len(line.lstrip("#"))
    if match is None or level > _DEEPEST_HEADING:
        return None
    words, *details = _DETAILS.split(match[1].rstrip(), 1)
    if details and details[0].endswith(")"):
        return level, words, details[0][:-1]
    return level, match[1].rstrip(), ""


def _holds_code(source: str) -> bool:
    lines = [line.strip() for line in source.splitlines()]
    return any(line and not line.startswith("#") for line in lines)
