"""build: write lesson pages from their solutions, and read the text out of them.

The solution is the source. What stands between its marks becomes a stub; everything
else is copied as it is. Nothing is run.

    # BEGIN SOLUTION ... # END SOLUTION     a stub that raises NotImplementedError
    name = value  # SOLUTION                a blank: name = ...
    # FADED                                 a function that has blanks in its body
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import files
from grader.catalog import Lesson, lessons
from grader.errors import BrokenLesson
from grader.page_header import make_header

_CELL = re.compile(r"# %%(?P<rest>.*)")
_TAG = re.compile(r'\bid="([^"]+)"')
_REVEALS = re.compile(r'\breveals="([^"]+)"')
_BEGIN, _END, _FADED = "# BEGIN SOLUTION", "# END SOLUTION", "# FADED"
_BLANK = "# SOLUTION"
_FADED_NOTE = "  # delete this line when the blanks are filled"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a page.

    Attributes:
        tag: the exercise it belongs to by its ``id``, or "".
        is_text: whether it is text; its `source` is then without the comment signs.
        source: what stands in it.
        line: the number of its ``# %%`` line, counted from 1.
        reveals: the prediction that its output answers, by its exercise or its key;
            or "".
    """

    tag: str
    is_text: bool
    source: str
    line: int
    reveals: str = ""


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
    """Whether a lesson's page is what its solution makes."""
    if not lesson.page.is_file():
        return False
    return lesson.page.read_text(encoding="utf-8") == page_of(lesson.solution)


def out_of_date(root: Path) -> tuple[str, ...]:
    """The names of the lessons whose page differs from what its solution makes."""
    return tuple(x.name for x in lessons(root) if not is_up_to_date(x))


def page_of(solution: Path) -> str:
    """The page that a solution makes.

    Raises:
        BrokenLesson: there is no such file, or its marks cannot be followed.
    """
    page = page_text(_text(solution), f"solutions/{solution.name}")
    return make_header(solution.stem) + page


def page_text(source: str, name: str = "solution") -> str:
    """The page that a solution's text makes; `name` is for messages."""
    page = "\n".join(_Stubber(name).lines(source.splitlines())) + "\n"
    try:
        ast.parse(page)
    except SyntaxError:
        _parse(source, name)
        _parse(page, f"The page made from {name}")
    return page


def open_at(solution: Path, *tags: str) -> str:
    """The page of a solution in which all is done but these exercises."""
    lines, is_own = [], False
    for line in _text(solution).splitlines():
        if match := _CELL.fullmatch(line):
            is_own = _tag(match["rest"]) in tags
        lines.append(line if is_own else _unmark(line))
    return page_text("\n".join(lines), f"solutions/{solution.name}")


def cells(text: str) -> tuple[Cell, ...]:
    """The cells of a percent file; lines before the first mark are no cell."""
    found: list[Cell] = []
    start, head, body = 0, "", list[str]()
    for number, line in enumerate([*text.splitlines(), "# %% end"], 1):
        if (match := _CELL.fullmatch(line)) is None:
            body.append(line)
            continue
        if start:
            found.append(_cell(head, body, start))
        start, head, body = number, match["rest"], []
    return tuple(found)


def cells_in(path: Path) -> tuple[Cell, ...]:
    """The cells of a page or a solution."""
    return cells(_text(path))


def cells_of(lesson: Lesson) -> tuple[Cell, ...]:
    """The cells of a lesson's page."""
    return cells_in(lesson.page)


def prose(page: Path) -> str:
    """The text of a page or a solution, its code left out."""
    return "\n\n".join(cell.source for cell in cells_in(page) if cell.is_text)


def section(page: tuple[Cell, ...], tag: str) -> tuple[Cell, ...]:
    """The cells of one exercise, from its heading to its code."""
    heading = re.compile(rf"#+ {re.escape(tag)}\b")
    own = [i for i, c in enumerate(page) if c.tag == tag or heading.match(c.source)]
    return page[min(own) : max(own) + 1] if own else ()


def solved(solution: Path, tag: str = "") -> str:
    """The code of a solution without its marks: of one exercise, or all of it."""
    chosen = [c for c in cells_in(solution) if not c.is_text]
    if tag:
        chosen = [cell for cell in chosen if cell.tag == tag]
    return "\n\n".join(_unmark(cell.source) for cell in chosen)


class _Stubber:
    """Walks the lines of a solution and gives those of the page."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tag = ""
        self.number = 0
        self.begun = 0  # the line of the region that is not ended yet

    def lines(self, source: list[str]) -> Iterator[str]:
        region: list[str] | None = None
        for self.number, line in enumerate(source, 1):
            word = line.strip()
            if word == _BEGIN and region is not None:
                raise self.broken(
                    f"a second {_BEGIN!r}, and the one in line {self.begun} has not "
                    f"ended; write {_END!r} where that answer ends"
                )
            if word == _END and region is None:
                raise self.broken(
                    f"{_END!r} has no {_BEGIN!r} above it; write that where the "
                    "answer begins"
                )
            if word == _BEGIN:
                region, self.begun = [line], self.number
            elif word == _END and region is not None:
                yield from self.stub(region)
                region = None
            elif region is not None:
                region.append(line)
            else:
                yield self.line(line)
        if region is not None:
            self.number = self.begun
            raise self.broken(
                f"{_BEGIN!r} has no {_END!r} below it; write that where the answer ends"
            )

    def line(self, line: str) -> str:
        if match := _CELL.fullmatch(line):
            self.tag = _tag(match["rest"])
        elif line.strip() == _FADED:
            return self.not_done(_indent(line)) + _FADED_NOTE
        elif line.endswith(_BLANK):
            return self.blank(line.removesuffix(_BLANK).rstrip())
        return line

    def stub(self, region: list[str]) -> Iterator[str]:
        """What a region becomes; at module level its values become blanks."""
        if indent := _indent(region[0]):
            yield self.not_done(indent)
            return
        text = "\n".join(region)
        for node in _parse(text, self.name, self.begun):
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                raise self.broken("a region outside a function holds more than values")
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield f"{ast.get_source_segment(text, target)} = ..."

    def not_done(self, indent: str) -> str:
        if not self.tag:
            raise self.broken('the cell of a stub needs a tag: # %% id="3e"')
        return f'{indent}raise NotImplementedError("{self.tag}")'

    def blank(self, line: str) -> str:
        """``name = value`` with ``...`` for its value; so too an entry, a return."""
        if line.lstrip().startswith("return "):
            return f"{_indent(line)}return ..."
        if _is_literal(line):
            return f"{_indent(line)}...{',' if line.endswith(',') else ''}"
        column = _value_column(line)
        if column is None:
            raise self.broken(f"no value is seen in {line.strip()!r}")
        return f"{line[:column]} ...{',' if line.endswith(',') else ''}"

    def broken(self, problem: str) -> BrokenLesson:
        return BrokenLesson(f"{self.name}, line {self.number}: {problem}.")


def _parse(code: str, name: str, first_line: int = 1) -> list[ast.stmt]:
    try:
        return ast.parse(code).body
    except SyntaxError as error:
        raise BrokenLesson(
            f"{name} is not Python: {error.msg} in line "
            f"{first_line + (error.lineno or 1) - 1}, {(error.text or '').strip()!r}."
        ) from error


def _is_literal(line: str) -> bool:
    """Whether a line is a value alone: that of a name on the line before it."""
    try:
        ast.literal_eval(line.strip().removesuffix(","))
    except (SyntaxError, ValueError):
        return False
    return True


def _value_column(line: str) -> int | None:
    """Where the value begins: after the first ``=`` or ``:`` outside brackets.

    An ``=`` counts before a ``:``, so that an annotated name keeps its annotation.
    """
    depth, colon = 0, None
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.lstrip()).readline):
            depth += (token.string in tuple("([{")) - (token.string in tuple(")]}"))
            if depth == 0 and token.type == tokenize.OP:
                column = len(_indent(line)) + token.end[1]
                if token.string == "=":
                    return column
                if token.string == ":" and colon is None:
                    colon = column
    except (tokenize.TokenError, IndentationError):
        return None
    return colon


def _cell(head: str, body: list[str], line: int) -> Cell:
    is_text = "[markdown]" in head
    source = [_uncomment(x) for x in body] if is_text else body
    text, reveals = "\n".join(source).strip("\n"), _REVEALS.search(head)
    return Cell(_tag(head), is_text, text, line, reveals[1] if reveals else "")


def _tag(head: str) -> str:
    """The ``id`` in what stands behind ``# %%``, or ""."""
    match = _TAG.search(head)
    return match[1] if match else ""


def _uncomment(line: str) -> str:
    return line.removeprefix("# ") if line.startswith("# ") else line.removeprefix("#")


def _unmark(code: str) -> str:
    kept = [x for x in code.splitlines() if x.strip() not in (_BEGIN, _END, _FADED)]
    return "\n".join(line.removesuffix(_BLANK).rstrip() for line in kept)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenLesson(f"{path} cannot be read: {error}.") from error
