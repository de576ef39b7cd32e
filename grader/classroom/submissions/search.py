"""search: find the submissions among the files of a class."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom.file_names import (
    is_exact,
    learner_in,
    number_in,
    number_of_content,
    number_within,
    on_platform,
    stem_of,
    version_of,
)
from grader.classroom.moodle_worksheet import participants_in
from grader.classroom.records import CANVAS, Learner
from grader.classroom.roster import ClassList
from grader.classroom.submissions.collector import Files
from grader.classroom.submissions.file_tree import read
from grader.classroom.submissions.hand_in_times import Deadlines, content_of
from grader.classroom.submissions.learner_matching import (
    Forms,
    Likeness,
    People,
    PersonKey,
    explain,
    tell_apart,
)
from grader.classroom.submissions.notices import (
    A_DOCUMENT,
    MOST_PLACES,
    describe_file_of_another,
    describe_lookalike,
    describe_unowned_file,
    differs_from_name,
    few,
    many_strangers,
    nothing_tells,
    on_no_roster,
    several,
)
from grader.classroom.submissions.ownership import File, Owner
from grader.clean import on_one_line
from grader.document.catalog import Lesson

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LESSON = (
    "not graded, because its name does not say which lesson it is, and nor does "
    "anything in it."
)


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

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the folders and files that it lies in, from outside."""
        is_below = self.path.is_relative_to(self.folder)
        path = self.path.relative_to(self.folder) if is_below else self.path
        inside = (part for name in self.members for part in name.split("/"))
        return (*path.parts, *inside)

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

    submissions: tuple[Submission, ...] = ()
    learners: tuple[Learner, ...] = ()
    general: tuple[str, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    extended: frozenset[str] = frozenset()

    @property
    def notices(self) -> tuple[str, ...]:
        """Everything that is unclear."""
        return (
            *self.general,
            *(note for notes in self.notes.values() for note in notes),
        )


class _Candidate(msgspec.Struct, frozen=True):
    """A file that may be somebody's attempt at a lesson; its bytes are not kept.

    Attributes:
        file: the file.
        sha256: hash of its bytes.
        says: whether its name, what is in it or where it lies says the lesson.
    """

    file: File
    sha256: str
    says: bool

    @property
    def order(self) -> tuple[datetime, str, datetime, str]:
        """The last one is graded; what a zip file says of times counts within it."""
        file = self.file
        outer, written = file.outer or _LONG_AGO, file.written or _LONG_AGO
        return outer, str(file.path), written, file.place

    def is_as_new_as(self, other: _Candidate) -> bool:
        """Return whether no time says which of two is the newer one."""
        mine, theirs = self.order, other.order
        return mine[0] == theirs[0] and (mine[1] != theirs[1] or mine[2] == theirs[2])


class Search:
    """What is found, and what is unclear about it.

    Args:
        folder: the folder with what was handed in.
        lessons: the lessons asked for.
        class_list: the roster.
        roster: where the roster is, whether it exists or not.
        dues: until when each lesson may be handed in, by its name.
    """

    def __init__(
        self,
        folder: Path,
        lessons: tuple[Lesson, ...],
        class_list: ClassList,
        roster: Path,
        dues: Mapping[str, datetime],
    ) -> None:
        self._folder = folder
        self._lessons = lessons
        self._class_list = class_list
        sheets, is_roster_one = participants_in(folder, roster)
        self._people = People(class_list, sheets, roster_has_numbers=is_roster_one)
        self._deadlines = Deadlines(dues, class_list, sheets)
        self._said: list[tuple[PersonKey, str]] = []
        self._candidates: list[tuple[PersonKey, Lesson, _Candidate]] = []
        self._general = [on_no_roster(roster.name)] if class_list.is_empty else []
        self._notes: dict[str, list[str]] = defaultdict(list)
        self._noted: dict[str, Learner] = {}
        self._untold: list[str] = []
        self._spoken_of: set[Owner] = set()
        self._forms = Forms(())

    def found(self) -> FolderContents:
        """Return everything in the folder."""
        known, has_roster = self._class_list.find_named, bool(self._class_list)
        files = Files(
            self._folder, self._lessons, known if has_roster else None, self._say
        )
        heard_of = set[Owner | None]()
        for file in files:
            heard_of.add(file.owner)
            self._add(file)
        heard_of |= self._spoken_of
        self._general += [
            f"{place}: {A_DOCUMENT}"
            for owner, place in files.documents
            if owner not in heard_of
        ]
        self._people.settle()
        for one, sentence in self._people.notes:
            self._note(one, sentence)
        for key, sentence in self._said:
            self._note(self._people.who(key), sentence)
        if not self._say_foreign_names():
            self._noted.update((one.id, one) for one in self._people.find_missing())
        chosen = self._choose()
        return self._collect_notices(chosen)

    def _add(self, file: File) -> None:
        """Take a file for somebody's attempt at a lesson, or say why not."""
        number = self._number_of(file)
        says = number is not None
        if not says and len(self._lessons) == 1:
            number = self._lessons[0].number
        if number is None:
            self._say(f"{file.place}: {_NO_LESSON}{self._example()}", file.sure_owner)
            return
        lesson = next((x for x in self._lessons if x.number == number), None)
        if file.owner is None:
            if lesson:
                self._general.append(
                    describe_unowned_file(file.place, lesson.short_name)
                )
            return
        if lesson is None:
            if says:
                self._people.add(file.owner, number)  # it tells who is one, who two
            return
        if not file.text.strip():
            empty = "the file is empty; nothing to grade."
            self._say(f"{file.place}: {empty}", file.owner)
            return
        key = self._people.add(file.owner, number)
        sha256 = hashlib.sha256(file.source).hexdigest()
        candidate = _Candidate(replace(file, source=b"", text=b""), sha256, says)
        self._candidates.append((key, lesson, candidate))

    def _number_of(self, file: File) -> int | None:
        """Return which lesson a file is of: its content decides, and then its name."""
        said, content = number_in(file.name), number_of_content(file.text)
        if said is not None and content not in (None, said):
            asked = {one.number for one in self._lessons}
            if asked & {said, content}:
                sentence = differs_from_name(
                    file.place, said, content, content in asked
                )
                self._say(sentence, file.owner)
            return content
        if said is not None:
            return said
        within = number_within(file.text)
        return file.number if within is None else within

    def _say(self, sentence: str, owner: Owner | None) -> None:
        """Say something of somebody, or of nobody in particular."""
        if owner is None:
            self._general.append(sentence)
        else:
            self._said.append((self._people.add(owner), sentence))
            self._spoken_of.add(owner)

    def _example(self) -> str:
        return f" Name it like {self._lessons[0].name}.py." if self._lessons else ""

    def _note(self, learner: Learner, sentence: str) -> None:
        self._noted.setdefault(learner.id, learner)
        self._notes[learner.id].append(on_one_line(sentence))

    def _say_foreign_names(self) -> bool:
        """Say where a name in what somebody handed in is another learner's.

        Returns:
            Whether a platform gave one of them: who it is has handed something in.
        """
        foreign: dict[str, list[str]] = defaultdict(list)
        numbers: dict[str, set[str]] = defaultdict(set)
        people: dict[str, Learner] = {}
        for key, _, candidate in self._candidates:
            learner, file = self._people.who(key), candidate.file
            words = [*map(stem_of, file.inside), learner_in(file.name, self._lessons)]
            if any(self._is_another(word, key, learner) for word in words if word):
                people[learner.id] = learner
                foreign[learner.id].append(file.place)
                named = filter(None, map(on_platform, words))
                numbers[learner.id].update(x.number for x in named)
        for one, places in foreign.items():
            name, is_of_many = people[one].shown_name, len(numbers[one]) > 1
            self._note(people[one], describe_file_of_another(name, places, is_of_many))
        return any(numbers.values())

    def _is_another(self, word: str, key: PersonKey, learner: Learner) -> bool:
        if named := on_platform(word):
            return (named.platform, named.number) != key
        fits = self._class_list.find_named(word)
        return bool(fits) and learner not in fits

    def _choose(self) -> list[Submission]:
        """Return the newest of what each learner handed in for each lesson."""
        everything: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
        people: dict[str, Learner] = {}
        self._forms = Forms(candidate.file for _, _, candidate in self._candidates)
        for key, lesson, candidate in self._candidates:
            one = self._people.who(key)
            people[one.id] = one
            everything[one.id, lesson.name].append(candidate)
        made = (
            self._submission(people[one], lesson, everything[one, lesson])
            for one, lesson in sorted(everything)
        )
        return [submission for submission in made if submission]

    def _submission(
        self, learner: Learner, lesson: str, candidates: list[_Candidate]
    ) -> Submission | None:
        saying = [one for one in candidates if one.says]
        for one in candidates if saying else ():
            if not one.says:
                self._note(learner, f"{one.file.place}: {_NO_LESSON}")
        rest = self._in_own_name(learner, saying or candidates)
        if not saying and len({version_of(one.file.name) for one in rest}) > 1:
            places = " and ".join(sorted(one.file.place for one in rest)[:MOST_PLACES])
            self._note(
                learner,
                f"{places}: not graded, because nothing says which of them is "
                f"{lesson}. Name one of them {lesson}.py.",
            )
            return None
        *older, newest = sorted(rest, key=lambda one: one.order)
        if older:
            left = [one.file.place for one in older]
            is_tie = any(map(newest.is_as_new_as, older))
            said = several(learner, lesson, newest.file.place, left, is_tie)
            self._note(learner, said)
        return self._make(learner, lesson, newest)

    def _in_own_name(
        self, learner: Learner, candidates: list[_Candidate]
    ) -> list[_Candidate]:
        """Return what is in somebody's own name, or in the name most like it."""
        listed = learner if learner in self._class_list.learners else None
        homes: dict[str, list[tuple[Likeness, _Candidate]]] = defaultdict(list)
        for one in candidates:
            if owner := one.file.owner:
                likeness = self._forms.likeness(one.file, owner, listed)
                homes[owner.home].append((likeness, one))
        counting = []
        for found in homes.values():
            own = min(likeness for likeness, _ in found)
            mine = [one for likeness, one in found if likeness == own]
            counting += mine
            counted = max(mine, key=lambda one: one.order)
            for likeness, other in found:
                if likeness != own and other.file.owner:
                    why = explain(own, likeness, other.file.owner.name, learner)
                    places = other.file.place, counted.file.place
                    is_newer = other.order > counted.order
                    said = describe_lookalike(*places, why, is_newer=is_newer)
                    self._note(learner, said)
        return counting

    def _make(self, learner: Learner, lesson: str, one: _Candidate) -> Submission:
        file = one.file
        when = self._deadlines.when(file, lesson, learner.id)
        if self._is_taken_for(file, lesson):
            self._note(learner, f"{file.place} is taken for {lesson}.")
        if when.remark:
            self._note(learner, f"{file.place}: {when.remark}")
        if not when.is_told:
            self._untold.append(file.place)
        return Submission(
            learner=learner,
            lesson=lesson,
            sha256=when.sha256 or one.sha256,
            place=file.place,
            folder=self._folder,
            path=file.path,
            members=file.members,
            handed_in_at=when.at.isoformat(timespec="seconds") if when.at else "",
            is_late=when.is_late,
            clone=file.clone if when.blob else None,
            blob=when.blob,
        )

    def _is_taken_for(self, file: File, name: str) -> bool:
        lesson = next(one for one in self._lessons if one.name == name)
        if number_in(file.name) not in (None, lesson.number):
            return False  # it is said already that the content is another lesson's
        return bool(file.inside) and not is_exact(file.name, lesson)

    def _collect_notices(self, chosen: list[Submission]) -> FolderContents:
        """Return what was chosen, and everything that is to be said."""
        graded = {submission.learner.id: submission.learner for submission in chosen}
        learners = tell_apart(self._class_list.with_others(self._noted | graded))
        shown = {learner.id: learner for learner in learners}
        strangers = [x for x in learners if x.id in self._people.strangers]
        is_of_many = len(strangers) > MOST_PLACES
        if is_of_many:
            self._general.append(many_strangers([x.shown_name for x in strangers]))
        for learner in learners:
            self._say_of_list(learner, learner.id in graded, is_of_many)
        if self._untold:
            self._general.append(nothing_tells(self._untold))
        submissions = (replace(x, learner=shown[x.learner.id]) for x in chosen)
        notes = {key: few(dict.fromkeys(said)) for key, said in self._notes.items()}
        general = few(map(on_one_line, self._general))
        told = learners, general, notes, self._people.names()
        extended = frozenset(self._class_list.due)
        return FolderContents(tuple(submissions), *told, extended)

    def _say_of_list(self, learner: Learner, is_graded: bool, is_of_many: bool) -> None:
        name, had_notes = learner.shown_name, learner.id in self._notes
        if learner.id in self._people.strangers and not is_of_many:
            anyway = "; graded anyway" if is_graded else ""
            self._note(learner, f"{name} is not on the roster{anyway}.")
        if not is_graded and learner.id not in self._people.unsure:
            can_be = " that can be graded" if had_notes else ""
            self._note(learner, f"{name}: nothing{can_be} was handed in.")
