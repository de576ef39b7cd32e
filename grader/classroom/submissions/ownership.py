"""ownership: whose the files and folders are that lie side by side.

The outermost name that is somebody's says whose a file is. Below that there is only the
learner's own word. So the one question is which names are of people, and which are of
what a class keeps them in: a folder for a week, a platform's zip file.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.file_names import (
    assignment_prefix,
    is_nobodys_name,
    learner_in,
    lesson_number_in,
    parse_platform_name,
    stem_of,
)
from grader.classroom.submissions.file_tree import (
    HAND_IN_SUFFIXES,
    Bounds,
    Entry,
    unbounded,
)
from grader.document.attempt_file import SUFFIXES
from grader.document.catalog import Lesson

# What lies in a clone of the project beside the learner's own attempts.
PROJECT = frozenset({"solutions", "lessons", "grader", "tests"})
_OF_A_CLONE = PROJECT | {"attempts", "tasks.py", "pyproject.toml"}


class Child(msgspec.Struct, frozen=True):
    """A folder, or a file, that lies in some place.

    Attributes:
        name: its name.
        is_folder: whether it is one.
        entries: what it holds, seen from inside; of a file, itself.
        held: what a zip file holds, where it can be read.
    """

    name: str
    is_folder: bool
    entries: tuple[Entry, ...]
    held: tuple[Entry, ...] = ()

    @property
    def stem(self) -> str:
        """What its name says."""
        return self.name if self.is_folder else stem_of(self.name)

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip file."""
        return not self.is_folder and self.entries[0].suffix == ".zip"

    @property
    def inner(self) -> tuple[Entry, ...]:
        """What lies in it, whether it is a folder or a zip file."""
        return self.entries if self.is_folder else self.held


def children(entries: Iterable[Entry]) -> list[Child]:
    """Return what lies directly in a place, from everything that lies below it."""
    # In a zip file one name may be a file's and a folder's.
    found: dict[tuple[str, bool], list[Entry]] = defaultdict(list)
    for entry in entries:
        is_folder = len(entry.parts) > 1
        found[entry.parts[0], is_folder].append(
            entry.inside_folder() if is_folder else entry
        )
    return [Child(name, folder, tuple(held)) for (name, folder), held in found.items()]


@dataclass(frozen=True, slots=True)
class FolderLevel:
    """What lies side by side in a place that is nobody's.

    Attributes:
        children: all of it.
        lessons: the lessons there are.
        is_known: whether the roster has somebody of a name.
        has_roster: whether there is a roster.
        look_into: tells what a zip file in one of these holds.
    """

    children: tuple[Child, ...]
    lessons: tuple[Lesson, ...]
    is_known: Callable[[str], object]
    has_roster: bool
    look_into: Callable[[Child], Child]
    _ones: dict[bool, tuple[Child, ...]] = field(default_factory=dict, init=False)

    def belongs_to_one(self, child: Child) -> bool:
        """Return whether the name of a folder or a zip says whose all of it is."""
        if parse_platform_name(child.stem):
            return True
        if is_nobodys_name(child.stem, self.lessons):
            return False
        return bool(self.is_known(child.stem)) or not self._is_of_many(child)

    def prefix(self, where: str) -> str:
        """Return what the names of all clones begin with: the assignment, and a dash.

        Args:
            where: the name of the folder that they lie in.
        """
        if named := assignment_prefix(where):
            return named
        clones = [x.name for x in self.children if x.is_folder and is_a_clone(x.inner)]
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
        """Return whether several learners' files are in a folder or a zip file."""
        if self._holds_platforms(child):
            # A platform's zip files may lie beside anybody's folders.
            return self.has_roster or not self._is_beside_ones(child, child.is_zip)
        return self._holds_people(child) and not self._is_beside_ones(child, False)

    def _is_beside_ones(self, child: Child, zips_alone: bool) -> bool:
        """Return whether anything else here is plainly one learner's."""
        if zips_alone not in self._ones:
            here = (x for x in self.children if x.is_zip or not zips_alone)
            # Two are enough to know of one beside each.
            two = itertools.islice(filter(self._is_plainly_ones, here), 2)
            self._ones[zips_alone] = tuple(two)
        return any(one is not child for one in self._ones[zips_alone])

    def _holds_people(self, child: Child) -> bool:
        """Return whether the names of what lies in it are several people's."""
        if is_a_clone(child.inner):
            return False
        inner = children(child.inner)
        if self.has_roster:
            return any(x.is_folder and self.is_known(x.stem) for x in inner) or (
                self._are_named_apart(inner)
            )
        return child.is_zip and (
            self._are_peoples(inner) or self._are_named_apart(inner)
        )

    def _is_plainly_ones(self, child: Child) -> bool:
        """Return whether something is one learner's, and no platform's copy of it."""
        is_loose = not child.is_folder and not child.is_zip
        word = learner_in(child.name, self.lessons) if is_loose else child.stem
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
        """Return whether all in it has names that Moodle or Canvas gives."""
        inner = [x for x in children(child.inner) if x.is_folder or _is_handed_in(x)]
        if not inner or not all(self._is_a_platforms(x, child) for x in inner):
            return False
        # One loose file may have been downloaded, and handed in again.
        is_loose = not inner[0].is_folder and bool(parse_platform_name(inner[0].stem))
        return child.is_zip or len(inner) > 1 or not is_loose

    def _is_a_platforms(self, inner: Child, around: Child) -> bool:
        """Return whether a name is one that Moodle or Canvas gives, or a folder keeps
        their zip file of a class.
        """
        if parse_platform_name(inner.stem):
            return True
        is_kept = around.is_folder and inner.is_zip and not self.is_known(inner.stem)
        return is_kept and self._holds_platforms(self.look_into(inner))

    def _are_peoples(self, inner: list[Child]) -> bool:
        """Return whether folders are of several people: they hold the same lesson."""
        handed_in: Counter[object] = Counter()
        for child in inner:
            is_named = not is_nobodys_name(child.stem, self.lessons)
            if child.is_folder and is_named and child.name not in PROJECT:
                names = {x.parts[-1] for x in child.entries if x.suffix in SUFFIXES}
                handed_in.update({lesson_number_in(name) or name for name in names})
        zips = [
            x for x in inner if x.is_zip and not is_nobodys_name(x.stem, self.lessons)
        ]
        return max(handed_in.values(), default=0) > 1 or len(zips) > 1

    def _are_named_apart(self, inner: list[Child]) -> bool:
        """Return whether loose files are from several learners, by their names."""
        learners: dict[int | None, set[str]] = defaultdict(set)
        for child in inner:
            if not child.is_folder and (word := learner_in(child.name, self.lessons)):
                learners[lesson_number_in(child.name)].add(word)
        return any(len(several) > 1 for several in learners.values())


def is_a_clone(entries: Iterable[Entry]) -> bool:
    """Return whether a place holds a copy of the whole project."""
    names = {entry.parts[0] for entry in entries}
    # A class may have a learner called "lessons" and another one called "tests".
    return bool(names & {"tasks.py", "attempts"}) and len(names & _OF_A_CLONE) > 1


def _is_handed_in(child: Child) -> bool:
    return child.entries[0].suffix in HAND_IN_SUFFIXES


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


class Location(msgspec.Struct, frozen=True):
    """A place in a class's folder or its zip files, and what is known of it.

    Attributes:
        folder: the folder with everything that was handed in.
        name: its own name.
        place: where it is, for people; the names of zip files are part of it.
        owner: whose it is; None if nothing says so.
        inside: the names between its owner's and its own.
        number: the lesson that its name, or one around it, says.
        path: the file on the disk that it is, or is in.
        is_in_zip: whether that is a zip file.
        members: its name inside the zip file; one name more for each zip in a zip.
        outer: the time of the file on the disk.
        is_dated: whether that tells when it was handed in.
        clone: the clone that it lies in, where git knows when it was changed.
        bounds: what reading it may cost.
    """

    folder: Path
    name: str
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
    bounds: Bounds = msgspec.field(default_factory=unbounded)

    def within(self, name: str) -> Location:
        """Return the place one folder or file further inside."""
        return replace(
            self,
            name=name,
            place=f"{self.place}/{name}" if self.place else name,
            inside=(*self.inside, name) if self.owner else (),
            number=self.number if (said := lesson_number_in(name)) is None else said,
        )

    def of(self, owner: Owner) -> Location:
        """Return the same, where everything is one learner's."""
        return replace(self, owner=owner, bounds=Bounds(around=self.bounds))

    def at_entry(self, entry: Entry) -> Location:
        """Return the same, where it is the place of a file."""
        if self.is_in_zip or entry.path is None:
            members = (*self.members, entry.member)
            return replace(self, members=members, clone=None)
        clone = find_clone(entry.path, self.folder)
        # What a platform or git wrote has the time of the download.
        owner = self.owner
        is_own = owner is not None and not clone and not parse_platform_name(owner.name)
        return replace(
            self, path=entry.path, outer=entry.at, clone=clone, is_dated=is_own
        )


class File(Location, frozen=True):
    """A file that may be a submission.

    Attributes:
        source: its bytes.
        text: the Python in it.
        remarks: how it was read, where that is unusual, to be said after its place.
        written: the time kept with it, which in a zip file is its writer's word.
    """

    source: bytes = b""
    text: bytes = b""
    remarks: tuple[str, ...] = ()
    written: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """When it was handed in, where its own time tells that."""
        return self.outer if self.is_dated else None

    @property
    def sure_owner(self) -> Owner | None:
        """Whose it is, unless its own name alone seemed to say that."""
        owner = self.owner
        is_its_own = owner and not self.inside and owner.name == stem_of(self.name)
        return None if is_its_own else owner


def find_clone(path: Path, top: Path) -> Path | None:
    """Return the clone that a file below a folder lies in; None if in none."""
    for where in path.parents:
        git = where / ".git"
        if git.is_dir() and not git.is_symlink():
            return where
        if where == top:
            break
    return None
