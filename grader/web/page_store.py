"""page_store: the cells of a learner's file, and saving one of them without losing any.

The file stays the truth: an editor or the terminal may change it at any time. A save
says which text it began from; where another text stands now, nothing is written, and
both are handed back.
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
from grader.errors import Misuse
from grader.installation import format_command

# So many are shown; a lesson has up to 60.
MOST_CELLS = 500
_MOST = f"{LARGEST_ATTEMPT // 1_000_000} MB"


class Page(msgspec.Struct, frozen=True):
    """A learner's page: what its file holds, or the lesson's own page before one."""

    document: Document
    has_begun: bool


class CellPlace(msgspec.Struct, frozen=True):
    """The cell that a text belongs to, as a page knows it.

    Attributes:
        number: the cell's place when it was read, counted from 0.
        base: the version of the text that the new one was made from.
        exercise: the tag of the exercise whose answer it is, or "".
        shape: the page's when it was read; "" where that is not known.
    """

    number: int
    base: str
    exercise: str = ""
    shape: str = ""


class SavedCell(msgspec.Struct, frozen=True):
    """A cell that was written.

    Attributes:
        page: what the file holds now.
        tag: the exercise that the cell belongs to, or "".
        version: of its text.
    """

    page: Page
    tag: str
    version: str


class Conflict(msgspec.Struct, frozen=True):
    """Another text is in the file than the one a save began from.

    Attributes:
        cell: what is there; None where the cell is not found any more.
    """

    cell: Cell | None


class Attempts:
    """The files of one learner.

    Args:
        folder: where they are.
        is_own: the learner's own folder, in which a file may be a link of theirs.
    """

    def __init__(self, folder: Path, *, is_own: bool = True) -> None:
        self.folder, self._is_own = folder, is_own
        self._saving = threading.Lock()

    def path(self, lesson: Lesson) -> Path:
        """Return where the learner's file of a lesson is, or will be."""
        return catalog.find_attempt(self.folder, lesson)

    def page(self, lesson: Lesson) -> Page:
        """Return the page as it stands now; no file is made by looking at it.

        Raises:
            Unreadable: the file is not UTF-8.
            Misuse: the learner writes a notebook, or the file is too large.
            OSError: it cannot be read.
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
        # What is beyond would be cut from the file by the next save.
        if len(content) > LARGEST_ATTEMPT:
            raise Misuse(f"{path.name} is larger than an attempt may be: {_MOST}.")
        return Page(Document.from_python(content), has_begun)

    def save(self, lesson: Lesson, place: CellPlace, text: str) -> SavedCell | Conflict:
        """Put a text instead of a cell; the first one makes the file.

        Raises:
            Unreadable, OSError: as for `page`.
            Misuse: the file cannot be written, or not with this text.
        """
        with self._saving:
            # The file is read again each time: an editor may have written it.
            page = self.page(lesson)
            cell = _find(page, place)
            # An answer that was lost comes as the same save again: no conflict.
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
            OSError: in a room, it is a link or no regular file.
        """
        if self._is_own:
            return path.exists()
        return no_links.look(self.folder.parent, path) is not None

    def read(self, path: Path, most: int) -> bytes:
        """Return the first bytes of a file in the folder.

        Raises:
            OSError: it cannot be read; in a room, also if it is a link.
        """
        if self._is_own:
            return files.read(path, most)
        with no_links.open_file(self.folder.parent, path) as file:
            return file.read(most)

    def stamp(self, lesson: Lesson) -> tuple[int, int]:
        """Return what changes when the file does: its time in ns, and its bytes.

        Both are 0 where there isn't a file.
        """
        try:
            found = self.path(lesson).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size


def _find(page: Page, place: CellPlace) -> Cell | None:
    """Return the cell that is meant: in its place, or wherever it has moved to."""
    document = page.document
    code = [cell for cell in document.cells if not cell.is_text]
    here = next((cell for cell in code if cell.number - 1 == place.number), None)
    if place.shape == document.shape:
        return here
    # By its number alone, a save would go astray where a cell was put in above.
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
    """Return the page's content with another text in a cell, and no other byte
    changed.

    Raises:
        Misuse: no file can hold the text, or not as one cell.
    """
    lines = split_lines(document.text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    own = split_bare_lines(text)
    first = cell.first_line - 1
    last = first + len(split_lines(cell.source))
    before, after = lines[:first], lines[last:]
    # A file may end in the head of an empty cell, without the end of a line.
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += end
    new = "".join([*before, *(line + end for line in own), *after])
    if len(Document.from_python(new).cells) != len(document.cells):
        raise Misuse(
            "A line that begins with # %% begins a new cell, but this page can't add "
            "cells. Take that line out of this one."
        )
    mark = b"\xef\xbb\xbf" if document.content.startswith(b"\xef\xbb\xbf") else b""
    try:
        content = mark + new.encode()
    except UnicodeEncodeError:
        raise Misuse("This cell contains half a character. Delete it.") from None
    if len(content) > LARGEST_ATTEMPT:
        raise Misuse(f"With this the file would be too large: it may have {_MOST}.")
    return content
