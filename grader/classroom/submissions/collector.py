"""collector: every attempt in a folder and in its zip files, with its owner.

Nothing is run and nothing is unpacked to disk. A folder and a zip file are treated
alike, as a list of entries. Unreadable files are reported, and the rest goes on.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import asdict, replace

from grader.classroom import gradescope_list
from grader.classroom.file_names import (
    is_nobodys_name,
    learner_in,
    lesson_number_in,
    parse_platform_name,
    stem_of,
)
from grader.classroom.moodle_worksheet import Participant
from grader.classroom.notes import Note, NoteKind
from grader.classroom.submissions.file_tree import (
    DEEPEST,
    HAND_IN_SUFFIXES,
    TOO_DEEP,
    UNREADABLE,
    ArchiveLimits,
    Bounds,
    Entry,
    decode_name,
    describe_error,
    iterate_files,
    iterate_members,
    open_archive,
    without_own_files,
)
from grader.classroom.submissions.notices import REST_LEFT_OUT, advice, is_document
from grader.classroom.submissions.ownership import (
    PROJECT_FOLDERS,
    Child,
    File,
    FolderLevel,
    Location,
    Owner,
    Say,
    children,
    is_a_clone,
)
from grader.course.document import no_links
from grader.course.document.attempt_file import (
    SUFFIXES,
    parse_attempt,
    recode,
    size_limit,
)
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.source import Unreadable

_DEEPEST_ZIP = 3
_LARGEST_LIST = 64_000_000
_SKIPPED = PROJECT_FOLDERS | {"site-packages", "node_modules"}


class FileCollector:
    """Every attempt below a folder, and inside its zip files.

    Args:
        folder: the submissions of a class, or of one learner.
        lessons: the lessons of the course.
        is_known: whether a name is somebody's on the roster; None without a roster.
        say: called with a sentence about a file that can't be read, or that may be an
            attempt but isn't a Python file or a notebook.
        limits: how much is read of zip files.

    Attributes:
        documents: owners and places of documents that nothing identifies as an attempt.
    """

    def __init__(
        self,
        folder: Path,
        lessons: tuple[Lesson, ...],
        is_known: Callable[[str], object] | None,
        say: Say,
        limits: ArchiveLimits,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._lessons = lessons
        self._is_known = is_known or (lambda word: False)
        self._has_roster = is_known is not None
        self._tell = say
        self._said = 0
        self._unseen: list[tuple[str, tuple[str, ...]]] = []
        self.documents: list[tuple[Owner, str]] = []

    def __iter__(self) -> Iterator[File]:
        """Yield all attempts.

        Raises:
            Misuse: if there are too many.
        """
        entries = without_own_files(
            iterate_files(
                self._folder,
                lambda *place_and_reason: self._unseen.append(place_and_reason),
            )
        )
        yield from self._nobodys(entries, self._top(self._folder.resolve().name))
        for sentence, parts in self._unseen:
            self._say(sentence, self._owner_by_path(parts, entries))

    def of_one(self, name: str) -> Iterator[File]:
        """Yield all attempts of the one learner to whom everything here belongs."""
        entries = without_own_files(
            iterate_files(
                self._folder,
                lambda *place_and_reason: self._unseen.append(place_and_reason),
            )
        )
        owner = Owner(name, "")
        yield from self._find_owned(entries, self._top("").of(owner))
        for sentence, _ in self._unseen:
            self._say(sentence, owner)

    def _say(self, sentence: str, owner: Owner | None) -> None:
        self._said += 1
        self._tell(sentence, owner)

    def _cannot_read(self, location: Location, why: str) -> None:
        self._say(Note(f"{location.place}: {why}", NoteKind.UNREADABLE), location.owner)

    def _owner_by_path(
        self, parts: tuple[str, ...], entries: list[Entry]
    ) -> Owner | None:
        """Return the owner of something that couldn't be looked at."""
        unseen = Entry((*map(decode_name, parts), ""), "", 0, None, io.BytesIO)
        level, home = [*entries, unseen], ""
        for depth, name in enumerate(unseen.parts[:-1]):
            child = next(x for x in children(level) if x.name == name and x.is_folder)
            if self._level(children(level)).belongs_to_one(child):
                return Owner(name, home)
            level, home = list(child.entries), "/".join(unseen.parts[: depth + 1])
        return None

    def _level(
        self, children: Iterable[Child], listed: Container[str] = ()
    ) -> FolderLevel:
        known, has_roster = self._is_known, self._has_roster
        return FolderLevel(
            tuple(children), self._lessons, known, has_roster, self._look_into, listed
        )

    def _nobodys(self, entries: Iterable[Entry], around: Location) -> Iterator[File]:
        """Yield the files in a place that doesn't belong to one learner."""
        entries = list(entries)
        is_clone = is_a_clone(entries)
        own_children = [self._look_into(child) for child in children(entries)]
        listed = self._read_list(own_children, around)
        level = self._level(own_children, listed)
        prefix = level.prefix(around.name)
        for child in own_children:
            if is_clone and not (child.is_folder and child.name == "attempts"):
                continue
            if not child.is_folder and not child.is_zip:
                yield from self._unassigned_files(child.entries[0], around)
                continue
            owners: list[Owner | None] = [None]
            if level.belongs_to_one(child):
                short = prefix if child.stem.startswith(prefix) else ""
                owner = Owner(child.stem, around.place, short)
                owners = _each_of(owner, listed.get(child.name, ()))
            for child_owner in owners:
                yield from self._in_place(child, around.within(child.name), child_owner)

    def _in_place(
        self, child: Child, location: Location, owner: Owner | None
    ) -> Iterator[File]:
        """Yield the files in a folder or a zip file."""
        location = location.of(owner) if owner else location
        if child.is_zip:
            files = self._files_in_archive(child.entries[0], location)
        elif owner:
            files = self._find_owned(child.entries, location)
        else:
            files = self._nobodys(child.entries, location)
        is_place = child.is_zip or owner
        yield from self._unless_none(files, location) if is_place else files

    def _read_list(
        self, children: Iterable[Child], around: Location
    ) -> dict[str, tuple[Participant, ...]]:
        """Return who submitted what is in each folder, if Gradescope's list is here."""
        name = gradescope_list.FILE_NAME
        for child in children:
            if child.is_folder or child.name != name:
                continue
            here = around.within(name)
            try:
                content = here.bounds.read(child.entries[0], _LARGEST_LIST + 1)
            except (*UNREADABLE, no_links.NotPlain) as error:
                self._cannot_read(here, f"cannot be read ({describe_error(error)}).")
                continue
            if len(content) > _LARGEST_LIST:
                self._cannot_read(here, "too large for Gradescope's list; left out.")
                continue
            return gradescope_list.read_list(content.decode("utf-8", "replace"))
        return {}

    def _top(self, name: str) -> Location:
        """Return the place of the folder, under this name."""
        bounds = Bounds.of_many(self._limits)
        return Location(self._folder, name, bounds=bounds)

    def _unless_none(self, files: Iterator[File], around: Location) -> Iterator[File]:
        """Yield the same files; report if there are none and no notice says so."""
        before, owner = self._said, around.owner
        if first := next(files, None):
            yield first
            yield from files
        elif before == self._said:
            is_one = owner and (
                parse_platform_name(owner.name) or self._is_known(owner.name)
            )
            sentence = f"{around.place}: nothing in it can be graded."
            self._say(sentence, owner if is_one else None)

    def _look_into(self, child: Child) -> Child:
        """Return the child, with its contents if it is a zip file."""
        if not child.is_zip or parse_platform_name(child.stem):
            return child
        entry = child.entries[0]
        try:
            with ExitStack() as stack:
                archive = open_archive(entry, Bounds.of_one(self._limits), stack)
                may_be = filter(_may_be_one, iterate_members(archive))
                few = itertools.islice(may_be, self._limits.names)
                return replace(child, held=tuple(few))
        except UNREADABLE:
            return child

    def _unassigned_files(self, entry: Entry, around: Location) -> Iterator[File]:
        """Yield a file outside of learners' folders, if its name gives its owner."""
        name = entry.parts[-1]
        here = around
        if platform_name := parse_platform_name(name):
            here = here.of(Owner(stem_of(name), around.place))
            name = platform_name.file + entry.suffix
        elif word := learner_in(name, self._lessons, self._is_known):
            here = here.of(Owner(word, around.place))
        elif lesson_number_in(name) is None and not is_nobodys_name(
            stem_of(name), self._lessons
        ):
            here = here.of(Owner(stem_of(name), around.place))
        yield from self._take(entry, name, here)

    def _find_owned(self, entries: Iterable[Entry], around: Location) -> Iterator[File]:
        """Yield the files in a place where everything belongs to one learner."""
        entries = list(entries)
        is_clone = is_a_clone(entries)
        # Reading is limited, so the files that matter most likely come first.
        for child in sorted(children(entries), key=_urgency):
            here = around.within(child.name)
            if child.is_folder:
                if child.name in _SKIPPED or (is_clone and child.name != "attempts"):
                    continue
                yield from self._find_owned(child.entries, here)
            elif child.is_zip:
                yield from self._files_in_archive(child.entries[0], here)
            elif not is_clone:
                yield from self._take(child.entries[0], child.name, around)

    def _take(self, entry: Entry, name: str, around: Location) -> Iterator[File]:
        """Yield the file that an entry is, or a notice that says why it isn't one."""
        here = around.within(entry.parts[-1])
        if entry.suffix not in SUFFIXES:
            if reason := advice(name, here.owner):
                self._say(f"{here.place}: {reason}", here.owner)
            elif here.owner and is_document(name):
                self._said += 1
                self.documents.append((here.owner, here.place))
            return
        if here.bounds.describe_spent():
            self._too_much(here)
            return
        try:
            source = here.bounds.read(entry, size_limit(name) + 1)
            document = self._parse(source, name)
        except no_links.NotPlain as error:
            self._cannot_read(here, error.sentence)
            return
        except UNREADABLE as error:
            self._cannot_read(here, f"cannot be read ({describe_error(error)}).")
            return
        except Unreadable as error:
            self._cannot_read(here, str(error))
            return
        # The report contains the notes on a page's lines and cells.
        note = recode(source)[1] if document.notebook is None else ""
        remarks: tuple[str, ...] = (note,) if note else ()
        if entry.parts[-1].lower().endswith(".txt"):
            remarks += ("its name ends in .py.txt; it is graded as Python.",)
        facts = asdict(here.at_entry(entry)) | {"name": name, "number": around.number}
        yield File(
            **facts,
            source=source,
            text=document.content,
            remarks=remarks,
            written=entry.at,
        )

    def _parse(self, source: bytes, name: str) -> Document:
        """Return the page in a file.

        Raises:
            Unreadable: if it is too large, or has a notebook's name but isn't one.
        """
        if len(source) > size_limit(name):
            raise Unreadable("too large for an attempt; left out.")
        return parse_attempt(source, name)

    def _files_in_archive(self, entry: Entry, around: Location) -> Iterator[File]:
        """Yield the files in a zip file."""
        why = around.bounds.describe_spent()
        if why:
            self._too_much(around)
            return
        if len(around.members) >= _DEEPEST_ZIP:
            why = "three zip files inside one another; unpack it."
        with ExitStack() as stack:
            try:
                archive = None if why else open_archive(entry, around.bounds, stack)
            except UNREADABLE as error:
                why = f"cannot be read ({describe_error(error)})."
            if why or archive is None:
                self._cannot_read(around, why)
                return
            bounds = around.bounds
            if not around.owner:
                bounds = Bounds.of_many(self._limits, self._limits.shared_cpu_s)
            here = replace(around.at_entry(entry), is_in_zip=True, bounds=bounds)
            members = list(iterate_members(archive))
            if any(len(entry.parts) > DEEPEST for entry in members):
                self._say(f"{around.place}: {TOO_DEEP}", around.owner)
            walk = self._find_owned if here.owner else self._nobodys
            yield from walk((x for x in members if len(x.parts) <= DEEPEST), here)

    def _too_much(self, around: Location) -> None:
        """Report once for each archive that the rest of it is left out."""
        if not around.bounds.is_reported:
            around.bounds.is_reported = True
            why = around.bounds.describe_spent()
            self._cannot_read(around, f"{why}; {REST_LEFT_OUT}")


def _urgency(child: Child) -> tuple[bool, bool]:
    return child.is_folder, lesson_number_in(child.name) is None


def _may_be_one(entry: Entry) -> bool:
    is_list = entry.parts[-1] == gradescope_list.FILE_NAME
    return is_list or entry.suffix in HAND_IN_SUFFIXES


def _each_of(owner: Owner, people: Sequence[Participant]) -> list[Owner | None]:
    """Return the owner, or one for each person that a list gives instead."""
    names = [one.name or one.number for one in people]
    return [
        replace(owner, person=one, partners=(*names[:i], *names[i + 1 :]))
        for i, one in enumerate(people)
    ] or [owner]
