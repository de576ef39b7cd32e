"""prose_reader: find the text for people in Markdown, lessons, programs and pages."""

from __future__ import annotations

import ast
import enum
import re
import sys
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from grader.document.source import parse_python


class Kind(enum.StrEnum):
    """The readers of a text: those who use the program, or those who change it."""

    SHOWN = "shown"
    NOTE = "note"


class Passage(msgspec.Struct, frozen=True):
    """A paragraph, a string or a comment of a file, as one line of text.

    Attributes:
        text: the words, with code replaced by ``code``.
        lines: pairs of an offset into the text and the line number that begins there.
        kind: its readers.
    """

    text: str
    lines: tuple[tuple[int, int], ...]
    kind: Kind = Kind.SHOWN

    def line_at(self, offset: int) -> int:
        """Return the line of the file for an offset into the text."""
        found = bisect(self.lines, (offset, sys.maxsize)) - 1
        return self.lines[max(found, 0)][1]


def passages_of(text: str, suffix: str, is_lesson: bool = False) -> Iterator[Passage]:
    """Yield the passages of a file that people read.

    Args:
        text: the content of the file.
        suffix: the end of its name, such as ``.py``.
        is_lesson: whether its docstrings and comments are for learners.
    """
    lines = list(enumerate(text.splitlines(), 1))
    if suffix == ".md":
        yield from _markdown(lines)
    elif suffix == ".py":
        yield from _python(text, lines, Kind.SHOWN if is_lesson else Kind.NOTE)
    elif suffix in (".html", ".js"):
        yield from _web(lines)


_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
_FORMULA = re.compile(r"\$[^$\n]+\$")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_SET_APART = re.compile(r"\s*(?:[-*+]|\d+\.|#+|>|[a-e]\))\s+")


def _markdown(lines: Iterable[tuple[int, str]]) -> Iterator[Passage]:
    """Yield the paragraphs, items, headings and table cells of Markdown."""
    paragraph: list[tuple[int, str]] = []
    in_code = False
    for number, line in lines:
        if _FENCE.match(line):
            in_code = not in_code
            line = ""
        elif in_code or (line.startswith("    ") and not paragraph):
            continue
        if line.lstrip().startswith("|"):
            yield from _join(paragraph)
            paragraph = []
            for cell in line.strip().strip("|").split("|"):
                yield from _join([(number, cell.strip(" :-"))])
            continue
        apart = _SET_APART.match(line)
        if not line.strip() or apart:
            yield from _join(paragraph)
            paragraph = []
        if line.strip():
            paragraph.append((number, line[apart.end() :] if apart else line))
        if apart and line.lstrip().startswith("#"):
            yield from _join(paragraph)
            paragraph = []
    yield from _join(paragraph)


def _join(
    lines: Sequence[tuple[int, str]], kind: Kind = Kind.SHOWN
) -> Iterator[Passage]:
    """Yield these lines as one passage, without code, formulas and URLs."""
    text, starts = "", []
    for number, line in lines:
        starts.append((len(text), number))
        text += line.strip() + " "
    # Replacements keep the length of the text, so that offsets stay valid.
    for pattern in (_CODE, _FORMULA):
        text = pattern.sub(lambda m: "code".ljust(len(m[0]), "_"), text)
    text = _LINK.sub(lambda m: m[1].ljust(len(m[0])), text)
    text = text.replace("**", "  ").replace("\u2019", "'")
    text = re.sub(r"\s(?=\s)", " ", text)
    if text.strip():
        yield Passage(text.rstrip(), tuple(starts), kind)


_MARKDOWN_CELL = re.compile(r"# %%.*\[markdown\]")
_COMMENT = re.compile(r"(?:^|\s\s)\s*#:? (?!%%|noqa|type:|fmt:|ruff:|pragma)(.*)")


def _python(
    text: str, lines: Sequence[tuple[int, str]], notes: Kind
) -> Iterator[Passage]:
    """Yield a Python file's text cells, strings, docstrings and comments."""
    docstrings: set[ast.AST] = set()
    parts_of_others: set[ast.AST] = set()
    strings: list[tuple[ast.expr, str]] = []
    for node in ast.walk(parse_python(text)):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                docstrings.add(first.value)
        elif isinstance(node, ast.Call):
            parts_of_others.update(_names_of_slips(node))
        elif isinstance(node, ast.JoinedStr):
            parts_of_others.update(ast.walk(node))
            words = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}"
                for part in node.values
            )
            strings.append((node, words))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in parts_of_others
        ):
            strings.append((node, node.value))
    taken: set[int] = set()
    for node, words in strings:
        begin, last = node.lineno, node.end_lineno or node.lineno
        if last > begin:
            taken.update(range(begin, last + 1))
        if node in docstrings:
            yield from _docstring(begin, words, notes)
        elif _is_prose(words):
            for number, part in enumerate(words.split("\n"), begin):
                yield from _join([(min(number, last), part)])
    yield from _comments(lines, taken, notes)


def _names_of_slips(call: ast.Call) -> Iterator[ast.AST]:
    """Yield the strings in a call that name slips: they are stored, not shown."""
    if isinstance(call.func, ast.Name) and call.func.id == "slip":
        yield from call.args[:1]
    for keyword in call.keywords:
        if keyword.arg in ("slip", "without"):
            yield from ast.walk(keyword.value)
        elif keyword.arg == "sentences" and isinstance(keyword.value, ast.Dict):
            yield from filter(None, keyword.value.keys)


def _is_prose(words: str) -> bool:
    """Return whether a string is English, and not code, markup, SQL or a path."""
    found = re.findall(r"(?<![\w.\\/<-])[A-Za-z][a-z']*(?![\w\\/>(=_-])", words)
    letters = sum(map(len, found))
    return len(found) >= 3 and letters > 0.5 * len(words.strip())


def _docstring(first: int, words: str, kind: Kind) -> Iterator[Passage]:
    """Yield the paragraphs of a docstring, with each Args entry as its own passage."""
    paragraph: list[tuple[int, str]] = []
    base = 0
    is_example = False
    for number, line in enumerate(words.expandtabs().split("\n"), first):
        bare = line.strip()
        if bare.startswith((">>>", "...")):
            is_example = True
        if not bare or re.fullmatch(
            r"(?:Args|Returns|Raises|Yields|Attributes):", bare
        ):
            yield from _join(paragraph, kind)
            paragraph, is_example = [], False
            continue
        if is_example:
            continue
        base = len(line) - len(bare) if number > first else 0
        entry = re.match(r"[\w*`., ]+: ", bare) if base >= 8 else None
        if entry and len(bare[: entry.end()].split()) < 4:
            yield from _join(paragraph, kind)
            paragraph = [(number, bare[entry.end() :])]
        else:
            paragraph.append((number, bare))
        if bare.endswith("::"):
            yield from _join(paragraph, kind)
            paragraph, is_example = [], True
    yield from _join(paragraph, kind)


def _without_given_code(
    lines: Sequence[tuple[int, str]],
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file, except for code that a page gives as comments."""
    is_given = False
    for number, line in lines:
        mark = line.strip()
        is_given = is_given or mark == "# GIVEN"
        if not is_given:
            yield number, line
        is_given = is_given and mark != "# END SOLUTION"


def _comments(
    lines: Sequence[tuple[int, str]], taken: set[int], kind: Kind
) -> Iterator[Passage]:
    """Yield the comments of a Python file, and its text cells as Markdown."""
    together: list[tuple[int, str]] = []
    cell: list[tuple[int, str]] | None = None
    is_given = False  # in a solution, the code that learners get is commented out
    for number, line in _without_given_code(lines):
        is_given = line.lstrip().startswith("# GIVEN") or (
            is_given and not line.lstrip().startswith("# END SOLUTION")
        )
        if is_given:
            continue
        if line.startswith("# %%"):
            yield from _markdown(cell or ())
            cell = [] if _MARKDOWN_CELL.match(line) else None
        elif cell is not None and line.startswith("#"):
            cell.append((number, line[2:]))
            continue
        found = None if number in taken else _COMMENT.search(line)
        is_whole = bool(found) and line.lstrip().startswith("#")
        if not is_whole or line.startswith("# %%"):
            yield from _join(together, kind)
            together = []
        if found:
            together.append((number, found[1]))
            if not is_whole:
                yield from _join(together, kind)
                together = []
    yield from _markdown(cell or ())
    yield from _join(together, kind)


_TAG = re.compile(r"<[^>]*>|\{[%{#].*?[%}#]\}")
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n]|\\.)*)`')


def _web(lines: Sequence[tuple[int, str]]) -> Iterator[Passage]:
    """Yield the text of a page, or the strings and comments of a script, by line."""
    for number, line in lines:
        bare = line.strip()
        comment = re.match(r"(?://|\*|/\*) ?(.*)", bare)
        if comment:
            yield from _join([(number, comment[1])], Kind.NOTE)
            continue
        line, mark, remark = line.partition("; // ")
        bare = line.strip()
        if mark:
            yield from _join([(number, remark)], Kind.NOTE)
        for found in _QUOTED.finditer(line):
            words = _TAG.sub(" ", found[1] or found[2] or "")
            if _is_prose(words):
                yield from _join([(number, words)])
        words = _TAG.sub(" ", bare)
        if not _QUOTED.search(words) and _is_prose(words):
            yield from _join([(number, words)])
