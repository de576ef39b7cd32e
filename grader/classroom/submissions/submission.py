"""submission: what was found of a class."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from grader.classroom.file_names import on_platform
from grader.classroom.records import CANVAS, Learner
from grader.classroom.submissions.clones import content_of
from grader.classroom.submissions.entries import read


class Submission(msgspec.Struct, frozen=True):
    """One attempt that was handed in.

    Attributes:
        learner: who it is from.
        lesson: the lesson's full name.
        sha256: hash of the file's bytes.
        place: where it was found, for people.
        folder: the folder with everything that was handed in.
        path: the file, or the zip file it is in.
        members: its name inside the zip file, one more for each zip in a zip.
        handed_in_at: when it was handed in, UTC, ISO 8601; "" when nothing tells.
        is_late: the LMS said so, or it is after the time asked for.
        clone: the clone of which an earlier version is graded, if one is.
        blob: that version's name in the clone.
    """

    learner: Learner
    lesson: str
    sha256: str
    place: str
    folder: Path
    path: Path
    members: tuple[str, ...] = ()
    handed_in_at: str = ""
    is_late: bool = False
    clone: Path | None = None
    blob: str = ""

    @property
    def is_of_canvas(self) -> bool:
        """Whether Canvas handed it out, which tells of no time."""
        named = map(on_platform, self.place.split("/"))
        return next((x.platform for x in named if x), "") == CANVAS

    def read(self) -> bytes:
        """Return the attempt's bytes; any of `UNREADABLE` where it is not there any
        more.
        """
        if self.clone:
            return content_of(self.clone, self.blob)
        return read(self.folder, self.path, self.members)


class FolderContents(msgspec.Struct, frozen=True):
    """Everything in a folder: what will be graded, and what somebody should know.

    Attributes:
        submissions: the newest one for each learner and lesson.
        learners: the roster, and those it does not know; also whoever handed in
            nothing that can be graded.
        general: what is unclear and nobody's in particular.
        notes: what is unclear about a learner, by their id.
        names: the id that each name alone would give, and the id that it has now: a
            roster may have come later.
        extended: ids of those for whom the roster has a due date of their own.
    """

    submissions: tuple[Submission, ...]
    learners: tuple[Learner, ...]
    general: tuple[str, ...]
    notes: Mapping[str, tuple[str, ...]]
    names: tuple[tuple[str, str], ...] = ()
    extended: frozenset[str] = frozenset()

    @property
    def notices(self) -> tuple[str, ...]:
        """Everything that is unclear."""
        return (
            *self.general,
            *(note for notes in self.notes.values() for note in notes),
        )
