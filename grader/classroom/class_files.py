"""class_files: read and write the files that a class keeps beside its submissions.

These are rosters, overrides, comments, due dates and worksheets. Anybody may have put
a file into that folder, so links aren't followed, and pipes and devices aren't
read. No cell that the grader writes is a formula.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from grader.common import files
from grader.common.errors import Misuse
from grader.common.sanitize import replace_controls
from grader.course.document import no_links

LARGEST = 20_000_000
# A spreadsheet runs text that begins with one of these; some also accept the full-width
# forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS = ("\t", "\r", "\n")
# The table may begin below the first row of its sheet.
_EMPTY_LINES = re.compile(r"\A([,;\t ]*\r?\n)+")
CsvValue = str | int | float
T = TypeVar("T")


def read_class_file(path: Path, *, is_named: bool = False) -> bytes | None:
    """Return the content of a file in a class's folder, or None if it doesn't exist.

    Args:
        path: the file.
        is_named: whether the instructor named the file, which may then be a link.

    Raises:
        Misuse: if it is a link or not a regular file, is too large, or can't be read.
    """
    try:
        if is_named:
            content = files.read(path, LARGEST + 1)
        else:
            if no_links.look(path.parent, path) is None:
                return None
            with no_links.open_file(path.parent, path) as file:
                content = file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(no_links.describe_unread(path, error)) from error
    if len(content) > LARGEST:
        raise Misuse(
            f"{path} is larger than {LARGEST // 10**6} MB. Is it the right file?"
        )
    return content


def read_json(path: Path, kind: type[T], advice: str, content_name: str = "") -> T:
    """Return what a JSON file in a class's folder contains.

    Args:
        path: the file.
        kind: the type of its content; if there is no file, its default is returned.
        advice: what to do if it can't be read.
        content_name: what it contains, for the error message, or "".

    Raises:
        Misuse: if it can't be read.
    """
    content = read_class_file(path)
    if content is None:
        return kind()
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        about = content_name and f", which contains {content_name},"
        raise Misuse(f"{path}{about} can't be read: {error}. {advice}") from error


def defuse(text: str) -> str:
    """Return the text, preceded by an apostrophe if it would be a formula.

    >>> defuse("=1+1"), defuse("Ada"), defuse("-")
    ("'=1+1", 'Ada', '-')
    """
    # A single dash is text in every spreadsheet, and Moodle writes it for "none".
    is_formula = text != "-" and text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if is_formula or text.startswith(_BREAKS) else text


def restore(text: str) -> str:
    """Return the text as it was before `defuse`.

    >>> restore("'=1+1"), restore("Ada"), restore("'tis")
    ('=1+1', 'Ada', "'tis")
    """
    return text[1:] if text[:1] == "'" and defuse(text[1:]) == text else text


def csv_bytes(
    rows: Iterable[Sequence[CsvValue]], for_spreadsheet: bool = False
) -> bytes:
    """Return rows as CSV in UTF-8.

    Args:
        rows: the cells; numbers stay numbers, text is defused.
        for_spreadsheet: begin with the byte order mark, so that Excel recognises UTF-8.
    """
    return _csv_text(rows).encode("utf-8-sig" if for_spreadsheet else "utf-8")


def append_row(content: bytes, row: Sequence[CsvValue]) -> bytes:
    """Return a CSV file with one more row, in UTF-8 with the byte order mark.

    The other rows and the separator stay as they are.
    """
    text = _decode(content)
    end = "" if text.endswith(("\r", "\n")) else "\r\n"
    more = _csv_text([row], _find_delimiter(text))
    return f"{text}{end}{more}".encode("utf-8-sig")


def without_rows(content: bytes, lines: Collection[int]) -> bytes:
    """Return a CSV file without the rows that begin in some lines.

    The other rows stay as they are.
    """
    text = _decode(content)
    parts = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    starts = [start for start, _ in number_rows(content)]
    row, rest = 0, []
    for number, part in enumerate(parts, start=1):
        row = number if number in starts else row
        if row not in lines:
            rest.append(part)
    is_plain = not content.startswith(codecs.BOM_UTF8) and content == text.encode()
    return "".join(rest).encode("utf-8" if is_plain else "utf-8-sig")


def _csv_text(rows: Iterable[Sequence[CsvValue]], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([_write(cell) for cell in row] for row in rows)
    return text.getvalue()


def csv_rows(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV file in any usual encoding, with any usual separator."""
    return [row for _, row in number_rows(content)]


def number_rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file, each with the number of the line it begins in.

    Raises:
        Misuse: if the end of a cell can't be found, such as after an unclosed quotation
            mark.
    """
    whole = _decode(content)
    text = _EMPTY_LINES.sub("", whole)
    before = whole[: len(whole) - len(text)].count("\n")
    delimiter = _find_delimiter(text)
    # With newline="" a carriage return by itself may also end a row.
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    numbered_rows: list[tuple[int, list[str]]] = []
    start = before + 1
    try:
        for row in rows:
            numbered_rows.append((start, row))
            start = before + rows.line_num + 1
    except csv.Error as error:
        raise Misuse(
            f"The row that begins in line {start} cannot be read ({error}). Is a "
            "quotation mark missing there, or one too many? Correct that line."
        ) from error
    return numbered_rows


def _find_delimiter(text: str) -> str:
    """Return what separates the cells of a CSV file."""
    head = _EMPTY_LINES.sub("", text).partition("\n")[0]
    # In many languages, spreadsheets separate the cells of a CSV file with semicolons.
    return max(",;\t", key=head.count)


def _decode(content: bytes) -> str:
    """Return text from UTF-8, UTF-16 with a mark, or Excel's encoding on Windows."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _write(cell: CsvValue) -> CsvValue:
    return defuse(replace_controls(cell)) if isinstance(cell, str) else cell
