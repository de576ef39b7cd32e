"""page_store: the cells of a learner's file; save one of them without losing others.

The file is authoritative, and an editor or the terminal may change it at any time. A
save gives the version that it began from. If the file has another version now, nothing
is written, and both texts are returned.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from grader.common import files
from grader.common.errors import Misuse, NotFound
from grader.course.document import catalog, no_links
from grader.course.document.attempt_file import is_notebook
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Cell, Document, version_of
from grader.course.document.kept_figures import KeptFigure, find_kept
from grader.course.document.source import (
    LARGEST_ATTEMPT,
    LARGEST_NOTEBOOK,
    LONGEST_SOURCE,
    split_bare_lines,
    split_lines,
)
from grader.course.installation import format_command

# The most cells that are shown; a lesson has up to 60.
MOST_CELLS = 500
# The most cells of a page that runs: finding what their outputs answer compares each
# with all others.
_MOST_TO_RUN = 2_000
# A room's files are strangers', and no check reads more of one.
LARGEST_IN_ROOM = LONGEST_SOURCE
# A parsed page with more lines is read again each time, because in memory it is many
# times as large as its file.
_MOST_LINES_KEPT = 20_000


class NotRegular(Misuse):
    """Raised if a path in somebody's folder isn't a regular file."""


class Page(msgspec.Struct, frozen=True):
    """A learner's page: the content of its file, or of the lesson's own page."""

    document: Document
    has_begun: bool

    def require_runnable(self) -> None:
        """Check that the page isn't too long to be run.

        Raises:
            Misuse: if it is.
        """
        if (many := len(self.document.cells)) > _MOST_TO_RUN:
            raise Misuse(
                f"Your file has {many:,} cells. A file that has more than "
                f"{_MOST_TO_RUN:,} isn't run here: delete those that you don't need."
            )

    def given_cells(self, given: Document) -> dict[str | int, Cell]:
        """Return the code cells of the lesson's own page, to which a reset goes back.

        Args:
            given: the lesson's own page.

        Returns:
            By the tag of its exercise, each exercise's cell; and by its number each
            cell, unless this page has other cells than the lesson's.
        """
        code = given.code_cells
        places: dict[str | int, Cell] = {cell.tag: cell for cell in code if cell.tag}
        if self.document.shape == given.shape:
            places |= {cell.number: cell for cell in code}
        return places

    def kept_figures(self, lesson: Lesson) -> dict[int, list[KeptFigure]]:
        """Return the lesson's own figures that may be shown, by the cells' numbers."""
        if len(self.document.cells) > MOST_CELLS:  # finding them would take long
            return {}
        return find_kept(lesson.folder, self.document.code_cells)


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
        is_own: whether it is the learner's own folder, in which a file may be a link;
            otherwise it is one of a room.

    Attributes:
        largest: how many bytes a Python file may have.
    """

    def __init__(self, folder: Path, *, is_own: bool = True) -> None:
        self.folder, self._is_own = folder, is_own
        self.largest = LARGEST_ATTEMPT if is_own else LARGEST_IN_ROOM
        self._saving = threading.Lock()
        self._last = Document(b"")

    def path(self, lesson: Lesson) -> Path:
        """Return the path of the learner's file for a lesson, which needn't exist."""
        return catalog.find_attempt(self.folder, lesson)

    def page(self, lesson: Lesson) -> Page:
        """Return the current page, without making a file.

        Raises:
            Unreadable: if the file isn't UTF-8.
            Misuse: if the learner writes a notebook, or the file is too large or not a
                regular file.
            OSError: if it can't be read.
        """
        path = self.path(lesson)
        if is_notebook(path.name):
            raise Misuse(
                f"What you write in lesson {lesson.number} is a notebook, {path.name}; "
                "this page writes Python files. Open it in Jupyter. It is graded by:  "
                + format_command(f"grade {lesson.short_name}")
            )
        has_begun = self.has_file(path)
        content = self.content(path) if has_begun else lesson.page.read_bytes()
        return Page(self._parse(content), has_begun)

    def _parse(self, content: bytes) -> Document:
        """Return the page in a file, parsed only once as long as it stays the same."""
        last = self._last
        if last.content != content:
            last = Document.from_python(content)
            is_short = content.count(b"\n") + content.count(b"\r") < _MOST_LINES_KEPT
            self._last = last if is_short else Document(b"")
        return last

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
            new_version = version_of(text.strip("\n"))
            if cell is None or cell.version not in (place.base, new_version):
                return Conflict(cell)
            if cell.source != text:
                content = _with_cell(page.document, cell, text)
                if len(content) > self.largest:
                    raise Misuse(
                        "This would make the file too large: the limit is "
                        f"{describe_size(self.largest)}."
                    )
                path = self.path(lesson)
                with files.explain_write_error(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
                files.write(path, content)
            return SavedCell(self.page(lesson), cell.tag, new_version)

    def replace(
        self, lesson: Lesson, content: bytes, write: Callable[[Path, bytes], None]
    ) -> None:
        """Replace the file of a lesson by another Python file.

        Args:
            lesson: the lesson that the file answers.
            content: the new file.
            write: writes it.

        Raises:
            Misuse: in a room, if what it replaces is a link or not a regular file.
        """
        with self._saving:
            path = self.path(lesson).with_suffix(".py")
            self.has_file(path)
            write(path, content)

    def has_file(self, path: Path) -> bool:
        """Return whether there is a file at a path in the folder.

        Raises:
            NotRegular: in a room, if it is a link or not a regular file.
        """
        if self._is_own:
            return path.exists()
        with self._explain_irregular_file():
            return no_links.look(self.folder.parent, path) is not None

    def read(self, path: Path, most: int) -> bytes:
        """Return the first bytes of a file in the folder.

        Raises:
            NotRegular: if it isn't a regular file; in a room, also if it is a link.
            OSError: if it can't be read.
        """
        with self._explain_irregular_file():
            if self._is_own:
                return files.read(path, most)
            with no_links.open_file(self.folder.parent, path) as file:
                return file.read(most)

    def content(self, path: Path) -> bytes:
        """Return all of a file in the folder.

        Raises:
            Misuse: if it is too large, or as in `read`.
            OSError: if it can't be read.
        """
        most = LARGEST_NOTEBOOK if is_notebook(path.name) else self.largest
        content = self.read(path, most + 1)
        # The next save would cut the rest from the file.
        if len(content) > most:
            raise Misuse(
                f"{path.name} is larger than an attempt may be: {describe_size(most)}."
            )
        return content

    @contextlib.contextmanager
    def _explain_irregular_file(self) -> Iterator[None]:
        """Say what to do about a path that isn't a regular file."""
        try:
            yield
        except OSError as error:
            if error.errno != errno.EINVAL or not error.filename:
                raise
            name = Path(error.filename).name
            problem = f"{name} isn't a regular file, so it isn't read."
            raise NotRegular(
                f"{problem} Replace it with a regular file.",
                problem if self._is_own else f"{problem} Tell your instructor.",
            ) from error

    def stamp(self, lesson: Lesson) -> tuple[int, int]:
        """Return a stamp that changes with the file: its time in ns, and its size.

        Both are 0 if there is no file.
        """
        try:
            status = self.path(lesson).stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size


def describe_size(size: int) -> str:
    """Return a round number of bytes in words.

    >>> describe_size(2_000_000), describe_size(400_000)
    ('2 MB', '400 kB')
    """
    return f"{size // 10**6} MB" if size >= 10**6 else f"{size // 1_000} kB"


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
    new_lines = split_bare_lines(text)
    first = cell.first_line - 1
    last = first + len(split_lines(cell.source))
    before, after = lines[:first], lines[last:]
    # A file may end in the mark of an empty cell, without a line end.
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += end
    new = "".join([*before, *(line + end for line in new_lines), *after])
    if len(Document.from_python(new).cells) != len(document.cells):
        raise Misuse(
            "A line that begins with # %% begins a new cell, but this page can't add "
            "cells. Take that line out of this one."
        )
    mark = b"\xef\xbb\xbf" if document.content.startswith(b"\xef\xbb\xbf") else b""
    return mark + _encode(new)


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Misuse("This cell contains half a character. Delete it.") from None
