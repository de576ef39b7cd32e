"""foreign_lines: leave out lines of a page that aren't Python, such as magics.

``%matplotlib inline``, ``!pip install x``, ``mean?`` and a cell that begins with
``%%bash`` are for notebooks. A Markdown fence, a prompt (``>>>``, ``In [3]:``), line
numbers and a sentence around the code come from a chat or a web page. Such a line is
left out, or loses its prompt or its number, if Python's own parser stops at it. So
nothing inside a string or a bracket is changed, and all lines keep their numbers.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from grader.course.document.cells import Document
from grader.course.document.source import (
    LONGEST_SOURCE,
    Unreadable,
    parse_file,
    undisturbed_parser,
)

_MAGIC = re.compile(
    r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$|[\w., ]+=\s*[%!]\s*\w"
    r"|(?:python3?\s+-m\s+)?(?:pip3?|conda|uv pip)\s+install\b)",
)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# After these, the rest of the cell is Python.
_OF_PYTHON = frozenset({"capture", "prun", "time", "timeit"})
_MARK = re.compile(r"\s*# %%")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_PROMPT = re.compile(r"\s*(>>>|In \[\d*\]:)(?: |$)")
_CONTINUED = re.compile(r"\s*(>>>|\.\.\.:?)(?: |$)")
# Python takes these for annotations: Out[3]: 5
_HISTORY = re.compile(r"^(?:In|Out) ?\[\d*\]:", re.MULTILINE)
_NUMBERED = re.compile(r"\s*(\d{1,6})(?:[:.)]|\s?\|)?(?=\s|$)")

_LIST_ITEM = re.compile(r"(?:[-*•]|\d+[.)]|>)\s+")
_MARKUP = re.compile(r"`[^`]*`|\*\*|__")
# Words, numbers and the punctuation of a sentence.
_PROSE = re.compile(r"[^\W_](?:[\w\s.,:;!?'’\"“”)/%–—-]|(?<!\w)\()*")
_LABEL = re.compile(r"[A-Z][a-z]+(?: [a-z]+)?:")
_ONLY_IN_PROSE = re.compile(r"\b(?:the|an?|this|that|it|we|you|of|to|are|can)\b", re.I)
_NEVER_A_NAME = re.compile(r"\b(?:the|this|we|you|your|to|are|can)\b", re.I)
_KEYWORDS = frozenset(map(str.lower, keyword.kwlist)) | {"print", "exec"}
_FEWEST_WORDS = 3

_MOST_SHOWN = 3
_LONGEST_SHOWN = 40
_AST_ONLY = 0x400  # ast.PyCF_ONLY_AST
# Cells of a longer page are parsed one by one, because the tree of a page is kept.
_LONGEST_PAGE = 100_000


class ForeignLine(NamedTuple):
    """A line that was left out or lost its beginning: its index, and what went."""

    at: int
    text: str


class LineFilter:
    """Leaves out the lines of one page that aren't Python.

    Each line takes another parse of its cell, so the work is bounded for the page as a
    whole.
    """

    def __init__(self) -> None:
        self._letters_left = 3_000_000

    def blank(self, source: str, above: int = 2) -> tuple[str, tuple[ForeignLine, ...]]:
        """Return a cell's text with the same number of lines, and what was left out.

        Args:
            source: the text, which may begin with the mark of the cell.
            above: the number of lines above it in the page.
        """
        if _is_free(source):
            return source, ()
        lines, found = source.split("\n"), dict[int, str]()
        positions = (i for i, x in enumerate(lines) if x.strip() and not _MARK.match(x))
        first = next(positions, 0)
        if match := _CELL_MAGIC.match(lines[first]):
            found[first] = lines[first].strip()
            end = first + 1 if match[1] in _OF_PYTHON else len(lines)
            lines[first + 1 : end] = map(_comment, lines[first + 1 : end])
            lines[first] = _replace_line(lines[first], above + first)
        while (index := self._find_stop("\n".join(lines))) is not None:
            if not _leave_out(lines, index, above, found):
                break
        shown = (ForeignLine(index, found[index]) for index in sorted(found))
        return "\n".join(lines), tuple(shown)

    def _find_stop(self, source: str) -> int | None:
        """Return the index of the line at which Python's parser stops, or None."""
        self._letters_left -= len(source)
        if len(source) > LONGEST_SOURCE or self._letters_left < 0:
            return None
        try:
            with undisturbed_parser():
                # Don't inherit the `from __future__` imports of this module.
                tree = compile(source, "cell", "exec", _AST_ONLY, dont_inherit=True)
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            return number if 0 <= number < source.count("\n") + 1 else None
        except (ValueError, RecursionError, MemoryError):
            return None
        return _find_history(tree) if _HISTORY.search(source) else None


def _is_python(text: str) -> bool:
    """Return whether a whole page is valid Python, so that it has no foreign lines."""
    if len(text) > _LONGEST_PAGE or _HISTORY.search(text):
        return False
    try:
        parse_file(text)
    except Unreadable:
        return False
    return True


def _is_free(source: str) -> bool:
    """Return whether a text has only blank lines and comments."""
    return all(x.startswith("#") or not x.strip() for x in source.split("\n"))


def _find_history(tree: ast.Module) -> int | None:
    """Return the index of the first line that begins with In [3]: or Out[3]:."""
    for node in tree.body:
        match node:
            case ast.AnnAssign(target=ast.Subscript(value=ast.Name("In" | "Out"))):
                return node.lineno - 1
    return None


def _leave_out(
    lines: list[str], index: int, above: int, left_out: dict[int, str]
) -> bool:
    """Leave out a line, or its prompt or number; return whether that is done.

    Args:
        lines: the lines of the cell, which are changed.
        index: the line at which the parser stops.
        above: the number of lines above the cell in the page.
        left_out: gets what was left out, by line.
    """
    line = lines[index]
    numbered = _find_run_of_numbers(lines, index)
    is_code = _NUMBERED.sub("", line, count=1).lstrip()[:1] not in "+-*/%@=<>&|^,."
    if len(numbered) > 1 and is_code and not _LIST_ITEM.match(line):
        _strip_numbers(lines, numbered)
        left_out.setdefault(numbered[0], f"line numbers in {len(numbered)} lines")
        return True
    is_output = line.startswith("Out") and _HISTORY.match(line)
    if is_output or _FENCE.match(line) or _MAGIC.match(line) or is_sentence(line):
        left_out.setdefault(index, line.strip())
        _comment_out(lines, index, above)
        return True
    if _PROMPT.match(line) or _CONTINUED.match(line):
        count = _strip_prompts(lines, index)
        what = f"prompts in {count} lines" if count > 1 else "a prompt"
        left_out.setdefault(index, what)
        return True
    return False


def _strip_prompts(lines: list[str], index: int) -> int:
    """Remove the prompts of a line and of those that continue it; return how many."""
    end, match = index, _PROMPT.match(lines[index]) or _CONTINUED.match(lines[index])
    while match is not None:
        lines[end] = lines[end][match.end() :]
        end += 1
        match = _CONTINUED.match(lines[end]) if end < len(lines) else None
    return end - index


def _find_run_of_numbers(lines: list[str], index: int) -> range:
    """Return the indices of the lines around one that are numbered consecutively."""

    def offset_at(place: int) -> int | None:
        exists = 0 <= place < len(lines)
        match = _NUMBERED.match(lines[place]) if exists else None
        return int(match[1]) - place if match else None

    offset = offset_at(index)
    begin = end = index
    while offset is not None and offset_at(begin - 1) == offset:
        begin -= 1
    while offset is not None and offset_at(end) == offset:
        end += 1
    return range(begin, end)


def _strip_numbers(lines: list[str], numbered: range) -> None:
    """Remove the numbers, and as many spaces as follow each of them."""
    code = {i: _NUMBERED.sub("", lines[i], count=1) for i in numbered}
    gaps = [len(x) - len(x.lstrip()) for x in code.values() if x.strip()]
    for index, text in code.items():
        lines[index] = text[min(gaps, default=0) :]


def _comment_out(lines: list[str], index: int, above: int) -> None:
    """Make a line and its continuation lines comments."""
    goes_on = lines[index].endswith("\\")
    lines[index] = _replace_line(lines[index], above + index)
    while goes_on and (index := index + 1) < len(lines):
        goes_on = lines[index].endswith("\\")
        lines[index] = _comment(lines[index])


def _replace_line(line: str, above: int) -> str:
    """Return the comment that replaces a left-out line, after `pass` if it needs it."""
    indent = line[: len(line) - len(line.lstrip())]
    # It may be the only line in a block, and a comment isn't a statement. Python looks
    # for an encoding in comments of the first two lines of a file.
    return f"{indent}pass  {_comment(line)}" if indent or above < 2 else _comment(line)


def _comment(line: str) -> str:
    # One # and %% would mark a cell; a backslash at the end would continue the line.
    return f"## {line.strip()}".rstrip("\\")


def is_sentence(line: str) -> bool:
    """Return whether a line at the margin is a sentence, and can't be meant as code.

    >>> is_sentence("Here is the corrected function:")
    True
    >>> is_sentence("return the_mean"), is_sentence("If x is None:")
    (False, False)
    """
    if line[:1].isspace():
        return False
    text = _MARKUP.sub("", _LIST_ITEM.sub("", line.strip(), count=1)).strip()
    is_of_python = _first_word(text) in _KEYWORDS
    if _LABEL.fullmatch(text):
        return not is_of_python
    if len(text.split()) < _FEWEST_WORDS or not _PROSE.fullmatch(text):
        return False
    if is_of_python:
        return text[0].isupper() and bool(_NEVER_A_NAME.search(text))
    is_closed = text.endswith((".", ":", "!", "?"))
    return is_closed or "`" in line or bool(_ONLY_IN_PROSE.search(text))


def _first_word(text: str) -> str:
    match = re.match(r"\w+", text)
    return match[0].lower() if match else ""


def describe_left_out(left_out: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a sentence with what was left out, if that is anything.

    Args:
        left_out: each text, and its place in the file, such as "line 3".
    """
    texts = list(left_out)
    if not texts:
        return
    shown = [f"{text[:_LONGEST_SHOWN]} ({at})" for text, at in texts[:_MOST_SHOWN]]
    rest = len(texts) - len(shown)
    more = f", and {rest} more" if rest else ""
    yield f"Left out, because it isn't Python: {', '.join(shown)}{more}."


def leave_out_foreign_lines(document: Document) -> Document:
    """Return the page in a Python file without the lines that aren't Python.

    All other lines keep their numbers, and a note says what was left out. A page that
    Python can read, or whose bytes aren't all UTF-8, stays as it is.
    """
    text = document.text
    if len(text) > LONGEST_SOURCE or "\ufffd" in text or _is_python(text):
        return document
    lines, places = list(document.lines), list[tuple[str, str]]()
    lines_of = LineFilter()
    for part in document.parts:
        source, foreign = lines_of.blank(part.source, part.line - 1)
        if foreign:
            lines[part.line - 1 : part.last_line] = source.split("\n")
        places += [(one.text, document.place_of(part.line + one.at)) for one in foreign]
    if not places:
        return document
    notes = (*document.notes, *describe_left_out(places))
    return replace(document, content="\n".join(lines).encode(), notes=notes)
