"""ownership: the owners of files and folders that are in the same place.

The outermost name that is a person's identifies the owner of a file. Names below that
are only what the learner claims. So the question is which names are of people, and
which are of a class's folders: a folder for a week, a platform's zip file.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom import gradescope_list
from grader.classroom.file_names import (
    assignment_prefix,
    is_nobodys_name,
    learner_in,
    lesson_number_in,
    parse_platform_name,
    stem_of,
)
from grader.classroom.moodle_worksheet import Participant
from grader.classroom.submissions.file_tree import (
    HAND_IN_SUFFIXES,
    Bounds,
    Entry,
)
from grader.course.document.attempt_file import SUFFIXES
from grader.course.document.catalog import Lesson

# A clone of the project contains these beside the learner's own attempts.
PROJECT_FOLDERS = frozenset({"solutions", "lessons", "grader", "tests"})
_OF_A_CLONE = PROJECT_FOLDERS | {"attempts", "tasks.py", "pyproject.toml"}


class Child(msgspec.Struct, frozen=True):
    """A folder or a file directly in some place.

    Attributes:
        name: its name.
        is_folder: whether it is a folder.
        entries: its contents, relative to it; for a file, the file itself.
        held: the contents of a zip file, if they can be read.
    """

    name: str
    is_folder: bool
    entries: tuple[Entry, ...]
    held: tuple[Entry, ...] = ()

    @property
    def stem(self) -> str:
        """Its name; for a file, without the suffix of an attempt."""
        return self.name if self.is_folder else stem_of(self.name)

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip file."""
        return not self.is_folder and self.entries[0].suffix == ".zip"

    @property
    def inner(self) -> tuple[Entry, ...]:
        """Its contents, for a folder as well as a zip file."""
        return self.entries if self.is_folder else self.held


def children(entries: Iterable[Entry]) -> list[Child]:
    """Return the direct children of a place, from everything below it."""
    # In a zip file, a file and a folder may have the same name.
    groups: dict[tuple[str, bool], list[Entry]] = defaultdict(list)
    for entry in entries:
        is_folder = len(entry.parts) > 1
        groups[entry.parts[0], is_folder].append(
            entry.inside_folder() if is_folder else entry
        )
    return [Child(name, folder, tuple(held)) for (name, folder), held in groups.items()]


@dataclass(frozen=True, slots=True)
class FolderLevel:
    """The contents of a place that belongs to nobody.

    Attributes:
        children: its direct children.
        lessons: the lessons of the course.
        is_known: whether a name is somebody's on the roster.
        has_roster: whether there is a roster.
        look_into: returns a child with its contents, if it is a zip file.
        listed: the names of folders whose owners Gradescope's list gives.
    """

    children: tuple[Child, ...]
    lessons: tuple[Lesson, ...]
    is_known: Callable[[str], object]
    has_roster: bool
    look_into: Callable[[Child], Child]
    listed: Container[str] = ()
    _ones: dict[bool, tuple[Child, ...]] = field(default_factory=dict, init=False)

    def belongs_to_one(self, child: Child) -> bool:
        """Return whether the name of a folder or zip file identifies its owner."""
        if parse_platform_name(child.stem) or child.name in self.listed:
            return True
        if is_nobodys_name(child.stem, self.lessons):
            return False
        return bool(self.is_known(child.stem)) or not self._is_of_many(child)

    def prefix(self, where: str) -> str:
        """Return the common prefix of all clones' names: the assignment, and a dash.

        Args:
            where: the name of the folder that contains them.
        """
        if assignment := assignment_prefix(where):
            return assignment
        clones = [x.name for x in self.children if _is_repository(x)]
        if len(clones) < 2:
            return ""
        split = [name.split("-") for name in clones]
        shared = 0
        while all(len(words) > shared + 1 for words in split):
            if len({words[shared] for words in split}) > 1:
                break
            shared += 1
        return "".join(f"{word}-" for word in split[0][:shared])

    def _is_of_many(self, child: Child) -> bool:
        """Return whether a folder or a zip file contains several learners' files."""
        if self._holds_platforms(child):
            # A platform's zip files may be beside anybody's folders.
            return self.has_roster or not self._is_beside_ones(child, child.is_zip)
        return self._holds_people(child) and not self._is_beside_ones(child, False)

    def _is_beside_ones(self, child: Child, zips_alone: bool) -> bool:
        """Return whether anything else here clearly belongs to one learner."""
        if zips_alone not in self._ones:
            here = (x for x in self.children if x.is_zip or not zips_alone)
            # Two are enough: for any child, at least one of them is another one.
            two = itertools.islice(filter(self._is_plainly_ones, here), 2)
            self._ones[zips_alone] = tuple(two)
        return any(one is not child for one in self._ones[zips_alone])

    def _holds_people(self, child: Child) -> bool:
        """Return whether the names in a folder or zip file are several people's."""
        if is_a_clone(child.inner):
            return False
        inner = children(child.inner)
        if self.has_roster:
            return any(x.is_folder and self.is_known(x.stem) for x in inner) or (
                self._have_several_names(inner)
            )
        return child.is_zip and (
            self._belong_to_several(inner) or self._have_several_names(inner)
        )

    def _is_plainly_ones(self, child: Child) -> bool:
        """Return whether a child clearly belongs to one learner."""
        is_loose = not child.is_folder and not child.is_zip
        word = (
            learner_in(child.name, self.lessons, self.is_known)
            if is_loose
            else child.stem
        )
        if (
            not word
            or parse_platform_name(child.stem)
            or is_nobodys_name(word, self.lessons)
        ):
            return False
        if self.has_roster and not self.is_known(word):
            return False
        if is_loose:
            return True
        return not is_a_clone(child.inner) and (
            self.has_roster
            or not (self._holds_platforms(child) or self._holds_people(child))
        )

    def _holds_platforms(self, child: Child) -> bool:
        """Return whether a platform gave all names in a folder or zip file."""
        # In a zip file, the export has a folder around it.
        if any(
            x.parts[-1] == gradescope_list.FILE_NAME and len(x.parts) < 3
            for x in child.inner
        ):
            return True
        inner = [x for x in children(child.inner) if x.is_folder or _is_handed_in(x)]
        if not inner or not all(self._is_a_platforms(x, child) for x in inner):
            return False
        # A single loose file may have been downloaded and handed in again.
        is_loose = not inner[0].is_folder and bool(parse_platform_name(inner[0].stem))
        return child.is_zip or len(inner) > 1 or not is_loose

    def _is_a_platforms(self, inner: Child, around: Child) -> bool:
        """Return whether Moodle or Canvas gave a name, or a folder keeps their zips."""
        if parse_platform_name(inner.stem):
            return True
        is_foreign_zip = (
            around.is_folder and inner.is_zip and not self.is_known(inner.stem)
        )
        return is_foreign_zip and self._holds_platforms(self.look_into(inner))

    def _belong_to_several(self, inner: list[Child]) -> bool:
        """Return whether folders belong to several people: two have the same lesson."""
        handed_in: Counter[object] = Counter()
        for child in inner:
            is_named = not is_nobodys_name(child.stem, self.lessons)
            if child.is_folder and is_named and child.name not in PROJECT_FOLDERS:
                names = {x.parts[-1] for x in child.entries if x.suffix in SUFFIXES}
                handed_in.update({lesson_number_in(name) or name for name in names})
        zips = [
            x for x in inner if x.is_zip and not is_nobodys_name(x.stem, self.lessons)
        ]
        return max(handed_in.values(), default=0) > 1 or len(zips) > 1

    def _have_several_names(self, inner: list[Child]) -> bool:
        """Return whether the names of loose files are those of several learners."""
        learners: dict[int | None, set[str]] = defaultdict(set)
        for child in inner:
            if not child.is_folder and (
                word := learner_in(child.name, self.lessons, self.is_known)
            ):
                learners[lesson_number_in(child.name)].add(word)
        return any(len(several) > 1 for several in learners.values())


def is_a_clone(entries: Iterable[Entry]) -> bool:
    """Return whether a place contains a copy of the whole project."""
    names = {entry.parts[0] for entry in entries}
    # A class may have a learner called "lessons" and another one called "tests".
    return bool(names & {"tasks.py", "attempts"}) and len(names & _OF_A_CLONE) > 1


def _is_repository(child: Child) -> bool:
    """Return whether a folder is a copy of the project, or any repository of git."""
    if not child.is_folder or is_a_clone(child.inner):
        return child.is_folder
    path, depth = child.entries[0].path, len(child.entries[0].parts)
    return path is not None and (path.parents[depth - 1] / ".git").is_dir()


def _is_handed_in(child: Child) -> bool:
    return child.entries[0].suffix in HAND_IN_SUFFIXES


class Owner(msgspec.Struct, frozen=True):
    """The outermost name that identifies an owner.

    Attributes:
        name: the name of a folder, of a zip file or of the file itself; no suffix.
        home: the place that contains it, for people.
        person: the learner, if Gradescope's list gives them.
        partners: the names of others who submitted it together with this person.
        assignment: the prefix of the names there, which isn't part of the owner's name:
            ``loss-``.
    """

    name: str
    home: str = ""
    assignment: str = ""
    person: Participant | None = None
    partners: tuple[str, ...] = ()

    @property
    def is_of_platform(self) -> bool:
        """Whether a platform gave the name, so nobody chose it."""
        return self.person is not None or parse_platform_name(self.name) is not None


# Called with a sentence and the owner that it is about, or None if that isn't known.
Say = Callable[[str, Owner | None], None]


class Location(msgspec.Struct, frozen=True):
    """A place in a class's folder or its zip files, and what is known about it.

    Attributes:
        folder: the folder with everything that was handed in.
        name: its own name.
        bounds: what may still be read of its archive.
        place: where it is, for people, including the names of zip files.
        owner: its owner, or None if that isn't known.
        inside: the names between its owner's and its own.
        number: the lesson number in its name, or in one around it.
        path: the file on the disk that it is, or that contains it.
        is_in_zip: whether that is a zip file.
        members: its name inside the zip file, after those of zip files around it there.
        outer: the time of the file on the disk.
        is_dated: whether that time says when it was handed in.
        clone: the clone that contains it, if git knows when it was changed.
    """

    folder: Path
    name: str
    bounds: Bounds
    place: str = ""
    owner: Owner | None = None
    inside: tuple[str, ...] = ()
    number: int | None = None
    path: Path = Path()
    is_in_zip: bool = False
    members: tuple[str, ...] = ()
    outer: datetime | None = None
    is_dated: bool = False
    clone: Path | None = None

    def within(self, name: str) -> Location:
        """Return the place of a folder or file in this place."""
        return replace(
            self,
            name=name,
            place=f"{self.place}/{name}" if self.place else name,
            inside=(*self.inside, name) if self.owner else (),
            number=self.number
            if (number := lesson_number_in(name)) is None
            else number,
        )

    def of(self, owner: Owner) -> Location:
        """Return the same place, with everything in it belonging to one learner."""
        return replace(
            self, owner=owner, bounds=Bounds.of_one(self.bounds.limits, self.bounds)
        )

    def at_entry(self, entry: Entry) -> Location:
        """Return the same place, for a file in it."""
        if self.is_in_zip or entry.path is None:
            members = (*self.members, entry.member)
            return replace(self, members=members, clone=None)
        clone = find_clone(entry.path, self.folder)
        # Files from a platform or git have the time of the download.
        owner = self.owner
        is_own = owner is not None and not clone and not owner.is_of_platform
        return replace(
            self, path=entry.path, outer=entry.at, clone=clone, is_dated=is_own
        )


class File(Location, frozen=True):
    """A file that may be a submission.

    Attributes:
        source: its bytes.
        text: the Python in it.
        remarks: notes on how it was read, if that is unusual, to be added after its
            place.
        written: its stored time, which in a zip file is only its writer's claim.
    """

    source: bytes = b""
    text: bytes = b""
    remarks: tuple[str, ...] = ()
    written: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """When it was handed in, if its own time says that."""
        return self.outer if self.is_dated else None

    @property
    def sure_owner(self) -> Owner | None:
        """Its owner, unless only its own name seems to identify them."""
        owner = self.owner
        is_its_own = owner and not self.inside and owner.name == stem_of(self.name)
        return None if is_its_own else owner


def find_clone(path: Path, top: Path) -> Path | None:
    """Return the clone that contains a file below a folder, or None."""
    for where in path.parents:
        git = where / ".git"
        if git.is_dir() and not git.is_symlink():
            return where
        if where == top:
            break
    return None
