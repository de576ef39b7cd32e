"""stubs: what of a solution a learner gets, line by line.

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

from grader.document.source import parse_alone
from grader.errors import BrokenLesson

_MARK = "# %%"
CELL = re.compile(rf"{_MARK}(?P<rest>.*)")
# What stands behind a mark, the number of its line, and that of the cell's last line.
Extent = tuple[str, int, int]
_TAG = re.compile(r'\bid="([^"]+)"')
_BEGIN, _END, _FADED = "# BEGIN SOLUTION", "# END SOLUTION", "# FADED"
_BLANK = "# SOLUTION"
_FADED_NOTE = "  # delete this line when the blanks are filled"


def extents_of(lines: list[str]) -> Iterator[Extent]:
    """Yield where each cell of a percent file begins and ends."""
    # Looked at for its beginning first: of most lines that tells it, in half the time.
    marks = [
        (number, line.removeprefix(_MARK))
        for number, line in enumerate(lines, 1)
        if line.startswith(_MARK) and CELL.fullmatch(line)
    ]
    ends = [number - 1 for number, _ in marks[1:]] + [len(lines)] * bool(marks)
    for (number, rest), end in zip(marks, ends, strict=True):
        yield rest, number, end


class Stubber:
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
        if match := CELL.fullmatch(line):
            self.tag = tag_of(match["rest"])
        elif line.strip() == _FADED:
            return self.not_done(_indent(line)) + _FADED_NOTE
        elif line.endswith(_BLANK):
            return self.blank(line.removesuffix(_BLANK).rstrip())
        return line

    def stub(self, region: list[str]) -> Iterator[str]:
        """Yield what a region becomes; at module level its values become blanks."""
        if indent := _indent(region[0]):
            yield self.not_done(indent)
            return
        text = "\n".join(region)
        for node in parse(text, self.name, self.begun):
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                raise self.broken("a region outside a function holds more than values")
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield f"{ast.get_source_segment(text, target)} = ..."

    def not_done(self, indent: str) -> str:
        if not self.tag:
            raise self.broken('the cell of a stub needs a tag: # %% id="3e"')
        # With its tag, so that an exercise which calls it can say what comes first.
        return f'{indent}raise NotImplementedError("{self.tag}")'

    def blank(self, line: str) -> str:
        """Return ``name = ...`` for ``name = value``; so too an entry, a return."""
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
    """Read Python code; `name` and `first_line` are for messages.

    Raises:
        BrokenLesson: it is none.
    """
    try:
        return parse_alone(code).body
    except SyntaxError as error:
        raise BrokenLesson(
            f"{name} is not Python: {error.msg} in line "
            f"{first_line + (error.lineno or 1) - 1}, {(error.text or '').strip()!r}."
        ) from error


def _is_literal(line: str) -> bool:
    """Return whether a line is a value alone: that of a name on the line before."""
    try:
        ast.literal_eval(line.strip().removesuffix(","))
    except (SyntaxError, ValueError):
        return False
    return True


def _value_column(line: str) -> int | None:
    """Return where the value begins: after the first ``=`` or ``:`` out of brackets.

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


def tag_of(head: str) -> str:
    """Return the ``id`` in what stands behind ``# %%``, or ""."""
    match = _TAG.search(head)
    return match[1] if match else ""


def without_marks(code: str) -> str:
    """Return code of a solution with its answers in it, and without the marks."""
    kept = [x for x in code.splitlines() if x.strip() not in (_BEGIN, _END, _FADED)]
    return "\n".join(line.removesuffix(_BLANK).rstrip() for line in kept)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
