"""page_builder: write lesson pages from their solutions.

The solution is the source. Code between its marks becomes a stub, and everything else
is copied unchanged. Nothing is run. These are the marks::

    # BEGIN SOLUTION ... # END SOLUTION    a stub that raises NotImplementedError
    # GIVEN ... before # END SOLUTION      the commented code below it, not a stub
    name = value  # SOLUTION               a blank: name = ...
    # FADED                                a function that has blanks in its body
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from grader.common import files
from grader.common.errors import BrokenLesson
from grader.course.document.catalog import Lesson, lessons
from grader.course.document.cells import MARK, Document, read_text, tag_of
from grader.course.document.source import parse_python

_BEGIN, _END, _FADED = "# BEGIN SOLUTION", "# END SOLUTION", "# FADED"
_GIVEN = "# GIVEN"
_HEADING = re.compile(r"# #+ (\d+[a-z])\b")
_BLANK = "# SOLUTION"
_FADED_NOTE = "  # delete this line when the blanks are filled"


class StubMaker:
    """Convert the lines of a solution to those of the page."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tag = ""
        self.mark = '# %% id="3e"'  # what to write if a tag is missing
        self.number = 0
        self.begun = 0  # the line where the current region begins

    def lines(self, source: list[str]) -> Iterator[str]:
        """Yield the page's lines for a solution's, and for each region its stub."""
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
            if word == _GIVEN and region is None:
                raise self.broken(
                    f"{_GIVEN!r} has no {_BEGIN!r} above it; write it between the "
                    f"answer and its {_END!r}"
                )
            if word == _BEGIN:
                region, self.begun = [line], self.number
            elif word == _END and region is not None:
                yield from self.make_stub(region)
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
        if heading := _HEADING.match(line):
            self.mark = f'# %% id="{heading[1]}"'
        if line.startswith(MARK):
            self.tag = tag_of(line)
        elif line.strip() == _FADED:
            return self.make_raise(_indent(line)) + _FADED_NOTE
        elif line.endswith(_BLANK):
            return self.blank(line.removesuffix(_BLANK).rstrip())
        return line

    def make_stub(self, region: list[str]) -> Iterator[str]:
        """Yield the stub for a region; at module level its values become blanks."""
        given = next((i for i, x in enumerate(region) if x.strip() == _GIVEN), None)
        if given is not None:
            yield from self.uncomment_given(region[given:], self.begun + given)
            return
        if indent := _indent(region[0]):
            yield self.make_raise(indent)
            return
        text = "\n".join(region)
        for node in parse(text, self.name, self.begun):
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                raise self.broken(
                    "a region outside a function contains more than values"
                )
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield f"{ast.get_source_segment(text, target)} = ..."

    def uncomment_given(self, lines: list[str], first_line: int) -> Iterator[str]:
        """Yield the code that the page gives, without its comment signs."""
        if not self.tag:
            self.number = first_line
            raise self.broken(f"the cell of given code needs a tag: {self.mark}")
        if len(lines) == 1:
            self.number = first_line
            raise self.broken(f"no code is given below {_GIVEN!r}")
        for self.number, line in enumerate(lines[1:], first_line + 1):
            code = line.strip()
            if not re.match(r"#( |$)", code):
                raise self.broken(
                    f"below {_GIVEN!r} every line is a comment: '# ' and the code"
                )
            yield (_indent(line) + code[2:]) if code[2:].strip() else ""

    def make_raise(self, indent: str) -> str:
        """Return the statement that a stub has instead of the answer."""
        if not self.tag:
            raise self.broken(f"the cell of a stub needs a tag: {self.mark}")
        # It contains the tag, so that an exercise which calls it can say what comes
        # first.
        return f'{indent}raise NotImplementedError("{self.tag}")'

    def blank(self, line: str) -> str:
        """Return ``name = ...`` for ``name = value``; same for entries and returns."""
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


def parse(code: str, name: str, first_line: int = 1) -> list[ast.stmt]:
    """Parse Python code; `name` and `first_line` are for error messages.

    Raises:
        BrokenLesson: if it isn't valid Python.
    """
    try:
        return parse_python(code).body
    except SyntaxError as error:
        raise BrokenLesson(
            f"{name} is not Python: {error.msg} in line "
            f"{first_line + (error.lineno or 1) - 1}, {(error.text or '').strip()!r}."
        ) from error


def _is_literal(line: str) -> bool:
    """Return whether a line is only a value, for the name on the line before."""
    try:
        ast.literal_eval(line.strip().removesuffix(","))
    except (SyntaxError, ValueError):
        return False
    return True


def _value_column(line: str) -> int | None:
    """Return the column of the value: after the first ``=`` or ``:`` outside brackets.

    An ``=`` takes precedence over a ``:``, so that an annotated name keeps its
    annotation.
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


def without_marks(code: str) -> str:
    """Return a solution's code with its answers, but without the marks."""
    return "\n".join(
        line.removesuffix(_BLANK).rstrip()
        for line in without_given(code).splitlines()
        if line.strip() not in (_BEGIN, _END, _FADED)
    )


def without_given(code: str) -> str:
    """Return a solution's code without the wrong code that the page gives."""
    lines, is_given = [], False
    for line in code.splitlines():
        word = line.strip()
        is_given = word == _GIVEN or (is_given and word != _END)
        if not is_given:
            lines.append(line)
    return "\n".join(lines)


def given_cells(source: str) -> dict[str, str]:
    """Return the code that the page gives for correction, by the tag of its cell.

    Args:
        source: the solution's text.
    """
    if _GIVEN not in source:
        return {}
    return {
        cell.tag: make_page_text(f"{cell.source}\n").partition("\n")[2]
        for cell in Document.from_python(source).parts
        if cell.tag and any(x.strip() == _GIVEN for x in cell.source.splitlines())
    }


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def write_pages(root: Path) -> tuple[Path, ...]:
    """Write the page of every solution; return the pages that changed.

    Raises:
        BrokenLesson: if the marks of a solution aren't valid.
    """
    changed = []
    for solution in sorted((root / "solutions").glob("lesson*_*.py")):
        page = root / "lessons" / solution.stem / "lesson.py"
        text = make_page(solution)
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            page.parent.mkdir(parents=True, exist_ok=True)
            files.write(page, text.encode())
            changed.append(page)
    return tuple(changed)


def is_up_to_date(lesson: Lesson) -> bool:
    """Return whether a lesson's page is the one that its solution makes."""
    if not lesson.page.is_file():
        return False
    return lesson.page.read_text(encoding="utf-8") == make_page(lesson.solution)


def find_outdated(root: Path) -> tuple[str, ...]:
    """Return the names of the lessons whose page differs from their solution's."""
    return tuple(x.name for x in lessons(root) if not is_up_to_date(x))


def make_page(solution: Path) -> str:
    """Return the page that a solution makes.

    Raises:
        BrokenLesson: if there is no such file, or its marks aren't valid.
    """
    return make_page_text(read_text(solution), f"solutions/{solution.name}")


def make_page_text(source: str, name: str = "solution") -> str:
    """Return the page that a solution's text makes; `name` is for error messages."""
    page = "\n".join(StubMaker(name).lines(source.splitlines())) + "\n"
    try:
        parse_python(page)
    except SyntaxError:
        # Parse the solution first: if it isn't Python, its page isn't either.
        parse(source, name)
        parse(page, f"The page made from {name}")
    return page


def make_partial_page(solution: Path, *tags: str) -> str:
    """Return the page of a solution in which everything but these exercises is done.

    Args:
        solution: the solution's file.
        tags: the tags of the exercises that are still to be written.
    """
    parts = [
        part.source if part.tag in tags else without_marks(part.source)
        for part in Document.read(solution).parts
    ]
    return make_page_text("\n".join(parts), f"solutions/{solution.name}")


def solution_code(solution: Path, tag: str = "") -> str:
    """Return a solution's code without its marks, for one exercise or for all."""
    chosen = [c for c in Document.read(solution).cells if not c.is_text]
    if tag:
        chosen = [cell for cell in chosen if cell.tag == tag]
    return "\n\n".join(without_marks(cell.source) for cell in chosen)
