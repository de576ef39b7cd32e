"""source: read a learner's file as text, as lines and as Python, without running it.

Every part that looks into an attempt reads it here, so that all see what the worker
runs: UTF-8 text, whatever encoding its first lines declare. The content of a file may
stop Python's own parser in several ways, and none of these exceptions is an error of a
check.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import io
import itertools
import threading
import tokenize
from collections.abc import Iterator

# The syntax tree of a longer text takes more memory than a grading is worth.
LONGEST_SOURCE = 400_000
# Python's own recursion limit is a thousand calls, and `ast.unparse` takes three for
# each level.
DEEPEST = 200

# Bytes in an attempt's file; a lesson is much smaller.
LARGEST_ATTEMPT = 2_000_000
# Bytes in a notebook's file, most of which are images that its cells have shown.
LARGEST_NOTEBOOK = 20_000_000


class Unreadable(Exception):
    """Raised if a file can't be read; `line` is the place, if that is known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


def decode_source(source: bytes) -> str:
    """Return the text of a file.

    Raises:
        Unreadable: if it isn't UTF-8, or declares another encoding.
    """
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        raise Unreadable(
            f"The byte 0x{byte:02x} in line {line} is not UTF-8. Is the file saved in "
            "a different encoding? Save it as UTF-8 in your editor.",
            line,
        ) from None
    if coding := _find_coding(source):
        line = next(i for i, x in enumerate(text.split("\n"), 1) if "coding" in x)
        raise Unreadable(
            f"Line {line} declares the encoding {coding}, but a graded file has to be "
            f"UTF-8. Delete that line, and save the file as UTF-8 in your editor.",
            line,
        )
    return text


@contextlib.contextmanager
def undisturbed_parser() -> Iterator[None]:
    """Let no other thread run while Python builds a syntax tree.

    Some versions of Python, such as 3.11.7, count the depth of a tree for all threads
    together. They raise SystemError if another thread parses at the same time, be it
    only to print a traceback. While a tree is built, other threads get a turn only if
    the garbage collector runs Python code.
    """
    with _PARSING:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if was_enabled:
                gc.enable()


_PARSING = threading.RLock()


def parse_python(text: str | bytes) -> ast.Module:
    """Parse with Python's own parser, one thread at a time.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    with undisturbed_parser():
        return ast.parse(text)


@functools.lru_cache(maxsize=64)
def parse_once(text: str | bytes) -> ast.Module:
    """Parse a text that is read again and again, like that of a lesson's solution.

    Nobody may change the tree, because others get the same one.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    return parse_python(text)


def parse(text: str) -> ast.Module:
    """Return the syntax tree of a file, if it is short and flat enough.

    Raises:
        Unreadable: if it isn't, or isn't valid Python.
    """
    if len(text) > LONGEST_SOURCE:
        raise Unreadable(
            f"Your file has {len(text):,} characters; checks of a file's text need at "
            f"most {LONGEST_SOURCE:,}. Leave the data out of it."
        )
    try:
        tree = parse_python(text)
    except (RecursionError, MemoryError):
        raise Unreadable(_TOO_DEEP) from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise Unreadable("Python can't read your file.", line) from None
    if (line := _too_deep(tree)) is not None:
        raise Unreadable(f"{_TOO_DEEP} It begins in line {line}.", line)
    return tree


@functools.lru_cache(maxsize=2)
def parse_file(text: str) -> ast.Module:
    """Parse the text of a whole file, which several parts of a grading look into.

    Nobody may change the tree, because others get the same one.

    Raises:
        Unreadable: as `parse`.
    """
    return parse(text)


_TOO_DEEP = (
    "Your file can't be analysed: something in it is nested more than "
    f"{DEEPEST} levels deep. Write it in several lines."
)


def may_declare_encoding(source: bytes) -> bool:
    """Return whether one of a file's first two lines may declare its encoding.

    The regular expressions that look for the encoding are slow in a line of megabytes.
    """
    return any(b"coding" in line for line in source.split(b"\n", 2)[:2])


def _find_coding(source: bytes) -> str:
    """Return the encoding that a file declares, if it isn't UTF-8."""
    if not may_declare_encoding(source):
        return ""
    try:
        coding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
    except SyntaxError as error:  # an encoding that Python doesn't know
        return str(error.msg).rpartition(": ")[2]
    return "" if coding in ("utf-8", "utf-8-sig") else coding


def _too_deep(tree: ast.Module) -> int | None:
    """Return the line of a statement that is nested too deeply, or None."""
    # Go level by level, because a tree that is too deep would break a recursion.
    for statement in tree.body:
        level: list[ast.AST] = [statement]
        depth = 0
        while level and depth <= DEEPEST:
            level = [below for node in level for below in ast.iter_child_nodes(node)]
            depth += 1
        if level:
            return statement.lineno
    return None


def split_lines(text: str) -> list[str]:
    """Return the lines of a text, each with its line end.

    `str.splitlines` also splits at a form feed and at U+2028, which may be in one of
    the learner's strings. Python and every editor count one line there.
    """
    return list(io.StringIO(text, newline=""))


def split_bare_lines(text: str) -> list[str]:
    """Return the lines of a text without their line ends."""
    return [line.rstrip("\r\n") for line in split_lines(text)]


def without_comments(text: str) -> str:
    """Return the lines of code of a text, without comments and docstrings.

    A text that Python can't split into tokens stays as it is.

    >>> without_comments("def f(x):\\n    # once\\n    return x  # x itself")
    'def f(x):\\n    return x'
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text
    lines, begins_line = split_bare_lines(text), True
    for token, following in itertools.pairwise(tokens):
        is_text = token.type == tokenize.STRING and following.type in _LINE_ENDS
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
        elif begins_line and is_text:
            (first, _), (last, _) = token.start, token.end
            lines[first - 1 : last] = [""] * (last - first + 1)
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            begins_line = token.type in _BEFORE_A_LINE
    return "\n".join(filter(None, map(str.rstrip, lines)))


_LINE_ENDS = frozenset({tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER})
_BEFORE_A_LINE = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
