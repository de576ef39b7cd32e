"""page_store: the cells of a learner's file; save one of them without losing others.

The file is authoritative, and an editor or the terminal may change it at any time. A
save gives the version that it began from. If the file has another version now, nothing
is written, and both texts are returned.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from grader import files
from grader.document import catalog, no_links
from grader.document.attempt_file import is_notebook
from grader.document.catalog import Lesson
from grader.document.cells import Cell, Document, version_of
from grader.document.source import LARGEST_ATTEMPT, split_bare_lines, split_lines
from grader.errors import Misuse, NotFound
from grader.installation import format_command

# The most cells that are shown; a lesson has up to 60.
MOST_CELLS = 500
_MOST = f"{LARGEST_ATTEMPT // 1_000_000} MB"


class Page(msgspec.Struct, frozen=True):
    """A learner's page: the content of its file, or of the lesson's own page."""

    document: Document
    has_begun: bool


class CellPlace(msgspec.Struct, frozen=True):
    """The cell that a text belongs to, as a page knows it.

    Attributes:
        number: the index of the cell when it was read.
        base: the version that the new text was made from.
        exercise: the tag of the exercise whose answer it is, or "".
        shape: the page's shape when it was read, or "" if that isn't known.
    """

    number: int
    base: str
    exercise: str = ""
    shape: str = ""


class SavedCell(msgspec.Struct, frozen=True):
    """A cell that was written.

    Attributes:
        page: the file's current content.
        tag: the exercise that the cell belongs to, or "".
        version: the version of its text.
    """

    page: Page
    tag: str
    version: str


class Conflict(msgspec.Struct, frozen=True):
    """The file no longer has the text that a save began from.

    Attributes:
        cell: the current cell, or None if it can't be found any more.
    """

    cell: Cell | None


class Attempts:
    """The files of one learner.

    Args:
        folder: the folder that contains them.
        is_own: whether it is the learner's own folder, in which a file may be a link.
    """

    def __init__(self, folder: Path, *, is_own: bool = True) -> None:
        self.folder, self._is_own = folder, is_own
        self._saving = threading.Lock()

    def path(self, lesson: Lesson) -> Path:
        """Return the path of the learner's file for a lesson, which needn't exist."""
        return catalog.find_attempt(self.folder, lesson)

    def page(self, lesson: Lesson) -> Page:
        """Return the current page, without making a file.

        Raises:
            Unreadable: if the file isn't UTF-8.
            Misuse: if the learner writes a notebook, or the file is too large.
            OSError: if it can't be read.
        """
        path = self.path(lesson)
        if is_notebook(path.name):
            raise Misuse(
                f"What you write in lesson {lesson.number} is a notebook, {path.name}; "
                "this page writes Python files. Open it in Jupyter. It is graded by:  "
                + format_command(f"grade {lesson.short_name}")
            )
        has_begun = self.is_there(path)
        most = LARGEST_ATTEMPT + 1
        content = self.read(path, most) if has_begun else lesson.page.read_bytes()
        # The next save would cut the rest from the file.
        if len(content) > LARGEST_ATTEMPT:
            raise Misuse(f"{path.name} is larger than an attempt may be: {_MOST}.")
        return Page(Document.from_python(content), has_begun)

    def save(self, lesson: Lesson, place: CellPlace, text: str) -> SavedCell | Conflict:
        """Replace the text of a cell; the first time, make the file.

        Raises:
            Unreadable, OSError: as in `page`.
            Misuse: if the file can't be written, or not with this text.
        """
        with self._saving:
            # The file is read again each time, because an editor may have written it.
            page = self.page(lesson)
            cell = _find(page, place)
            # If an answer was lost, the same save comes again, which isn't a conflict.
            own = version_of(text.strip("\n"))
            if cell is None or cell.version not in (place.base, own):
                return Conflict(cell)
            if cell.source != text:
                content = _with_cell(page.document, cell, text)
                path = self.path(lesson)
                with files.explain_write_error(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
                files.write(path, content)
            return SavedCell(self.page(lesson), cell.tag, own)

    def is_there(self, path: Path) -> bool:
        """Return whether there is a file at a path in the folder.

        Raises:
            OSError: in a room, if it is a link or not a regular file.
        """
        if self._is_own:
            return path.exists()
        return no_links.look(self.folder.parent, path) is not None

    def read(self, path: Path, most: int) -> bytes:
        """Return the first bytes of a file in the folder.

        Raises:
            OSError: if it can't be read; in a room, also if it is a link.
        """
        if self._is_own:
            return files.read(path, most)
        with no_links.open_file(self.folder.parent, path) as file:
            return file.read(most)

    def stamp(self, lesson: Lesson) -> tuple[int, int]:
        """Return a stamp that changes with the file: its time in ns, and its size.

        Both are 0 if there is no file.
        """
        try:
            found = self.path(lesson).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size


def with_scratch(document: Document, text: str) -> tuple[bytes, int]:
    """Return a page with a scratch cell below it, and the line in which that begins.

    Nothing of it is written to a file.

    Raises:
        Misuse: it isn't one cell.
        NotFound: there is no code in it.
    """
    above = document.text.removesuffix("\n")
    whole = Document.from_python(_encode(f"{above}\n\n# %%\n{text}\n"))
    added = whole.code_cells[len(document.code_cells) :]
    if not added:
        raise NotFound(text)
    if len(whole.cells) > len(document.cells) + 1:
        raise Misuse(
            "A line that begins with # %% begins a new cell. Take that line out: this "
            "is one cell."
        )
    return whole.content, added[0].first_line


def _find(page: Page, place: CellPlace) -> Cell | None:
    """Return the cell for a place: at its index, or wherever it has moved."""
    document = page.document
    code = [cell for cell in document.cells if not cell.is_text]
    here = next((cell for cell in code if cell.number - 1 == place.number), None)
    if place.shape == document.shape:
        return here
    # Don't use only the index, which is wrong after a cell was inserted above.
    tag = place.exercise
    same = [c for c in code if c.version == place.base and tag in ("", c.tag)]
    if here in same:
        return here
    if len(same) == 1:
        return same[0]
    if tag:
        return next((cell for cell in reversed(code) if cell.tag == tag), None)
    return None if place.shape else here


def _with_cell(document: Document, cell: Cell, text: str) -> bytes:
    """Return the page's content with another text in one cell.

    Raises:
        Misuse: if no file can contain the text, or not as one cell.
    """
    lines = split_lines(document.text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    own = split_bare_lines(text)
    first = cell.first_line - 1
    last = first + len(split_lines(cell.source))
    before, after = lines[:first], lines[last:]
    # A file may end in the mark of an empty cell, without a line end.
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += end
    new = "".join([*before, *(line + end for line in own), *after])
    if len(Document.from_python(new).cells) != len(document.cells):
        raise Misuse(
            "A line that begins with # %% begins a new cell, but this page can't add "
            "cells. Take that line out of this one."
        )
    mark = b"\xef\xbb\xbf" if document.content.startswith(b"\xef\xbb\xbf") else b""
    content = mark + _encode(new)
    if len(content) > LARGEST_ATTEMPT:
        raise Misuse(f"This would make the file too large: the limit is {_MOST}.")
    return content


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Misuse("This cell contains half a character. Delete it.") from None
