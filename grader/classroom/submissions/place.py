"""place: a file of a class, whose it is, and what is known of where it lies."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.file_names import number_in, on_platform, stem_of
from grader.classroom.submissions.entries import Bounds, unbounded


class Owner(msgspec.Struct, frozen=True):
    """The outermost name that says whose something is.

    Attributes:
        name: the name of a folder, of a zip file or of the file itself; no suffix.
        home: the place that it lies in, for people.
        assignment: what the names there begin with, and is of nobody: ``loss-``.
    """

    name: str
    home: str = ""
    assignment: str = ""


# Told a sentence, and whom it is about; None where nobody is known.
Say = Callable[[str, Owner | None], None]


@dataclass(frozen=True, slots=True)
class File:
    """A file that may be a submission.

    Attributes:
        place: where it is, for people; the names of zip files are part of it.
        name: its name, with ``.py`` or ``.ipynb``.
        owner: whose it is; None if nothing says so.
        inside: the names between its owner's and its own.
        number: the lesson that the places around it say, if they do.
        path: the file, or the zip file it is in.
        members: its name inside the zip file; one name more for each zip in a zip.
        source: its bytes.
        text: the Python in it.
        clone: the clone that it lies in, where git knows when it was changed.
        at: when it was handed in, where its own time tells that.
        outer: the time of the file on the disk.
        written: the time kept with it, which in a zip file is its writer's word.
    """

    place: str
    name: str
    owner: Owner | None
    inside: tuple[str, ...]
    number: int | None
    path: Path
    members: tuple[str, ...]
    source: bytes = field(repr=False)
    text: bytes = field(repr=False)
    clone: Path | None
    at: datetime | None
    outer: datetime | None
    written: datetime | None

    def emptied(self) -> File:
        """Return the same without what it holds."""
        return dataclasses.replace(self, source=b"", text=b"")

    @property
    def sure_owner(self) -> Owner | None:
        """Whose it is, unless its own name alone seemed to say that."""
        owner = self.owner
        is_its_own = owner and not self.inside and owner.name == stem_of(self.name)
        return None if is_its_own else owner


class Around(msgspec.Struct, frozen=True):
    """What is known of the place that entries are in."""

    name: str
    place: str = ""
    owner: Owner | None = None
    inside: tuple[str, ...] = ()
    number: int | None = None
    path: Path | None = None
    members: tuple[str, ...] = ()
    outer: datetime | None = None
    is_dated: bool = False
    bounds: Bounds = msgspec.field(default_factory=unbounded)

    def within(self, name: str) -> Around:
        """Return the same, one folder or zip file further inside."""
        return replace(
            self,
            name=name,
            place=f"{self.place}/{name}" if self.place else name,
            inside=(*self.inside, name) if self.owner else (),
            number=self.number if (said := number_in(name)) is None else said,
        )

    def of(self, owner: Owner) -> Around:
        """Return the same, where everything is one learner's."""
        return replace(self, owner=owner, bounds=Bounds(around=self.bounds))


def has_own_time(owner: Owner | None, clone: Path | None) -> bool:
    """Return whether the time of a file on the disk tells when it was handed in.

    What a platform or git wrote has the time of the download.
    """
    return owner is not None and clone is None and not on_platform(owner.name)
