"""attempt_file: read a learner's file, and open it as a page.

Everything that grades, runs or collects an attempt opens it here, so an attempt can
always be a notebook as well as a Python file.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path, PurePath

from grader.common import files
from grader.common.errors import Misuse
from grader.course.document import no_links
from grader.course.document.cells import Document
from grader.course.document.foreign_lines import leave_out_foreign_lines
from grader.course.document.source import (
    LARGEST_ATTEMPT,
    LARGEST_NOTEBOOK,
    Unreadable,
    decode_source,
    may_declare_encoding,
)

SUFFIXES = (".py", ".ipynb")
_HEAD = 100  # bytes; the first bracket of a notebook is among them
# PEP 263 allows a comment in the first line, or in the second after a comment.
_CODING = re.compile(
    rb"\A((?:[ \t\f]*(?:#[^\n]*)?\n)??[ \t\f]*#[^\n]*?coding[:=][ \t]*)([-\w.]+)"
)
# The other encodings that are accepted; each keeps ASCII, so that code stays code.
_ENCODINGS = {
    "cp1252": "Windows-1252",
    "iso8859-1": "Latin-1",
    "iso8859-15": "Latin-9",
}


def size_limit(name: str) -> int:
    """Return how many bytes a file of this name may have; notebooks contain images."""
    return LARGEST_NOTEBOOK if is_notebook(name) else LARGEST_ATTEMPT


def is_notebook(name: str) -> bool:
    """Return whether a file's name is a notebook's."""
    return PurePath(name).suffix.lower() == ".ipynb"


def parse_attempt(content: bytes, name: str) -> Document:
    """Return the page in a file's content, for either type of file.

    Raises:
        Unreadable: if it should be a notebook, but can't be read as one.
    """
    if not is_notebook(name) and not _looks_like_notebook(content):
        source, note = recode(content)
        page = Document(source, notes=(note,) if note else ())
        return leave_out_foreign_lines(page)
    if len(content) > LARGEST_NOTEBOOK:
        raise Unreadable(_describe_too_large(LARGEST_NOTEBOOK))
    # Most attempts are Python files.
    from grader.course.document.notebook_reader import read_notebook

    document = read_notebook(content)
    if len(document.content) > LARGEST_ATTEMPT:
        raise Unreadable(_describe_too_large(LARGEST_ATTEMPT, "What its cells hold"))
    return document


def parse_python(content: bytes) -> Document:
    """Return the page in a Python file in which every line is readable.

    Raises:
        Unreadable: if it is damaged, or in an encoding that isn't accepted.
    """
    source, note = recode(content)
    decode_source(source)
    return Document(source, notes=(note,) if note else ())


def recode(content: bytes) -> tuple[bytes, str]:
    """Return a Python file in UTF-8, and a note if it was in another encoding.

    A file in another encoding is accepted if it declares one of Western Europe, begins
    with the mark of UTF-16, or looks like a file that Windows writes. A damaged file,
    which is UTF-8 only in parts, stays as it is.
    """
    declared = _declared_encoding(content)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif declared in _ENCODINGS:
        encoding = declared
    elif declared in ("", "utf-8") and _is_of_windows(content):
        encoding = "cp1252"
    else:
        return content, ""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return content, ""
    if "\0" in text:
        return content, ""
    # The text is UTF-8 now, so it must not declare another encoding.
    recoded = _CODING.sub(rb"\1utf-8", text.encode("utf-8", "replace"))
    name = _ENCODINGS.get(encoding, "UTF-16")
    if encoding == declared:
        return recoded, f"This file declares the encoding {name}, and was read with it."
    return recoded, (
        f"This file is not saved as UTF-8, and was read as {name}. Save it as UTF-8 in "
        "your editor: that is what Python reads."
    )


def _declared_encoding(content: bytes) -> str:
    """Return the encoding that a file declares, with Python's name for it if any."""
    declared = _CODING.match(content) if may_declare_encoding(content) else None
    if declared is None:
        return ""
    name = declared[2].decode()
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return name


def _is_of_windows(content: bytes) -> bool:
    """Return whether a file isn't UTF-8 and looks like text from Windows."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("utf-8", "ignore").isascii()
    return False


def _looks_like_notebook(content: bytes) -> bool:
    """Return whether a file's content is that of a notebook, regardless of its name."""
    head = content[:_HEAD].removeprefix(codecs.BOM_UTF8).lstrip()
    return head.startswith(b"{") and b'"cells"' in content


def read(
    path: Path, handed_in: Path | None = None, *, must_have_one_name: bool = False
) -> bytes:
    """Return the bytes of an attempt's file.

    Args:
        path: the file.
        handed_in: the file or folder that was handed in: neither it nor anything below
            it may be a link. None for the learner's own working copy, which may be a
            link.
        must_have_one_name: refuse a file that has a second name on the disk.

    Raises:
        Misuse: if it can't be read, is a link, or is too large for an attempt.
    """
    most = size_limit(path.name)
    try:
        # Read one byte more than is allowed, so that a larger file is noticed at once.
        if handed_in is None:
            content = files.read(path, most + 1)
        else:
            above = no_links.folder_above(handed_in)
            with no_links.open_file(
                above, path, must_have_one_name=must_have_one_name
            ) as file:
                content = file.read(most + 1)
    except OSError as error:
        raise Misuse(no_links.describe_unread(path, error)) from error
    if len(content) > most:
        raise Misuse(f"{path}: {_describe_too_large(most)}")
    return content


def open_attempt(content: bytes, path: Path) -> Document:
    """Return the page in the content of a file that somebody named.

    Raises:
        Misuse: if it should be a notebook, but can't be read as one.
    """
    try:
        return parse_attempt(content, path.name)
    except Unreadable as error:
        raise Misuse(f"{path}: {error}") from error


def _describe_too_large(most: int, what: str = "The file") -> str:
    return (
        f"{what} is larger than {most // 10**6} MB, the most that an attempt may be; "
        "is this the right file?"
    )
