"""source: read a learner's file as text, as lines and as Python, without running it.

Everybody who looks into an attempt reads it here, so that all see what the worker runs:
UTF-8 text, whatever its first lines say of its coding. What a file holds decides how
far Python's own parser gets with it, so none of its exceptions is an error of a check.
"""

from __future__ import annotations

import ast
import io
import threading
import tokenize

# The tree of a longer text takes more memory than a grading is worth.
LONGEST_SOURCE = 400_000
# Python's own recursion allows a thousand calls, and `ast.unparse` takes three a level.
DEEPEST = 200
# Some Pythons, 3.11.7 among them, count the depth of a tree once for all threads: where
# another one parses meanwhile, they raise SystemError.
PARSING = threading.RLock()

# Bytes of an attempt's file; a lesson is much smaller.
LARGEST_ATTEMPT = 2_000_000
# Bytes of a notebook's file, most of which are pictures that its cells have shown.
LARGEST_NOTEBOOK = 20_000_000


class Unreadable(Exception):
    """A file cannot be read; `line` is where, when that is known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


def decode_source(source: bytes) -> str:
    """Return the text of a file.

    Raises:
        Unreadable: it is not UTF-8, or it says that it is not.
    """
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        raise Unreadable(
            f"The byte 0x{byte:02x} in line {line} is not UTF-8. Is the file saved in "
            "another encoding? Save it as UTF-8 in your editor.",
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


def parse_python(text: str | bytes) -> ast.Module:
    """Parse with Python's own parser, one thread at a time.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    with PARSING:
        return ast.parse(text)


def parse(text: str) -> ast.Module:
    """Return the tree of a file that is short and flat enough to be looked into.

    Raises:
        Unreadable: it is not, or it is no Python.
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


_TOO_DEEP = (
    "Your file can't be analysed: something in it is nested more than "
    f"{DEEPEST} levels deep. Write it in several lines."
)


def _find_coding(source: bytes) -> str:
    """Return the coding that a file declares, when it is another than UTF-8."""
    try:
        coding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
    except SyntaxError as error:  # one that Python does not know
        return str(error.msg).rpartition(": ")[2]
    return "" if coding in ("utf-8", "utf-8-sig") else coding


def _too_deep(tree: ast.Module) -> int | None:
    """Return the line of a statement that is too deep, or None."""
    # Level by level: what is looked for would end a recursion.
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
    """Return the lines of a text, each with its end.

    `str.splitlines` also ends one at a form feed and at U+2028, which may be in a
    string of the learner's: Python, and every editor, counts one line there.
    """
    return list(io.StringIO(text, newline=""))


def split_bare_lines(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    return [line.rstrip("\r\n") for line in split_lines(text)]
