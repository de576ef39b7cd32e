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
    agreed_lesson_number,
    is_exact,
    learner_in,
    lesson_number_in,
    lesson_number_of_source,
    parse_platform_name,
    plain_stem,
    stem_of,
    version_of,
)
from grader.classroom.moodle_worksheet import participants_in_folder
from grader.classroom.notes import Note, NoteKind, kind_of
from grader.classroom.records import CANVAS, Learner
from grader.classroom.roster import Roster
from grader.classroom.submissions.collector import FileCollector
from grader.classroom.submissions.file_tree import ArchiveLimits, read
from grader.classroom.submissions.hand_in_times import Deadlines, read_blob
from grader.classroom.submissions.learner_matching import (
    LearnerMatcher,
    Likeness,
    NameForms,
    PersonKey,
    disambiguate,
    explain_weaker_likeness,
    find_crowded,
)
from grader.classroom.submissions.notices import (
    A_DOCUMENT,
    MOST_PLACES,
    describe_duplicates,
    describe_empty_roster,
    describe_foreign_names,
    describe_strangers,
    describe_undated,
    shorten_list,
)
from grader.classroom.submissions.ownership import File, Owner
from grader.common.errors import Misuse
from grader.common.sanitize import join_lines
from grader.course.document.catalog import Lesson, renumbered_lesson
from grader.course.document.catalog import lessons as find_lessons

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LESSON = (
    "not graded, because neither its name nor its content says which lesson it is."
)


class Submission(msgspec.Struct, frozen=True):
    """One attempt that was handed in.

    Attributes:
        learner: the learner it is from.
        lesson: the lesson's full name.
        sha256: hash of the file's bytes.
        place: where it was found, for people.
        folder: the folder with everything that was handed in.
        path: the file, or the zip file it is in.
        members: its name inside the zip file, after those of zip files around it there.
        handed_in_at: when it was handed in, in UTC, as ISO 8601; "" if that isn't
            known.
        is_late: whether the LMS marked it as late, or it was after the deadline.
        late_s: how many seconds it was late; None if it wasn't, or that isn't known.
        clone: the clone whose earlier version is graded, if one is.
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
    late_s: int | None = None
    clone: Path | None = None
    blob: str = ""

    @property
    def is_of_canvas(self) -> bool:
        """Whether it was downloaded from Canvas, which gives no times."""
        platform_names = map(parse_platform_name, self.place.split("/"))
        return next((x.platform for x in platform_names if x), "") == CANVAS

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the folders and files that contain it, outermost first."""
        is_below = self.path.is_relative_to(self.folder)
        path = self.path.relative_to(self.folder) if is_below else self.path
        inside = (part for name in self.members for part in name.split("/"))
        return (*path.parts, *inside)

    def read(self) -> bytes:
        """Return the attempt's bytes; raise one of `UNREADABLE` if it is gone."""
        if self.clone:
            return read_blob(self.clone, self.blob)
        return read(self.folder, self.path, self.members)


class FolderContents(msgspec.Struct, frozen=True):
    """Everything in a folder: what will be graded, and what a person should know.

    Attributes:
        submissions: the newest one for each learner and lesson.
        learners: the people on the roster, and those who aren't on it, including people
            whose submissions can't be graded.
        general: notes on unclear files that aren't about one learner.
        notes: notes on unclear files of a learner, by their id.
        names: the id that each name would give by itself, and the id that it has now,
            because a roster may have been added later.
        extended: ids of learners with their own due date in the roster.
        belongings: the files and folders on the disk that belong to one learner, and
            archives that have files of several, by a learner's id.
    """

    submissions: tuple[Submission, ...] = ()
    learners: tuple[Learner, ...] = ()
    general: tuple[str, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()
    extended: frozenset[str] = frozenset()
    belongings: Mapping[str, frozenset[Path]] = msgspec.field(default_factory=dict)

    @property
    def notices(self) -> tuple[str, ...]:
        """All notes on unclear files."""
        return (
            *self.general,
            *(note for notes in self.notes.values() for note in notes),
        )


class _Candidate(msgspec.Struct, frozen=True):
    """A file that may be somebody's attempt at a lesson; its bytes aren't kept.

    Attributes:
        owner: its owner, by its name.
        key: the key of that owner's name among those seen.
        lesson: the lesson that it may be an attempt at.
        sha256: hash of its bytes.
        is_certain: whether its name, its content or its place identifies the lesson.
    """

    file: File
    owner: Owner
    key: PersonKey
    lesson: Lesson
    sha256: str
    is_certain: bool

    @property
    def place(self) -> str:
        """Where it is, as a person is shown it."""
        return self.file.place

    @property
    def order(self) -> tuple[datetime, str, datetime, str]:
        """The sort key, in which the last file is the newest.

        Times in a zip file count only within it.
        """
        file = self.file
        outer, written = file.outer or _LONG_AGO, file.written or _LONG_AGO
        return outer, str(file.path), written, file.place

    def is_as_new_as(self, other: _Candidate) -> bool:
        """Return whether the times don't show which of two files is newer."""
        mine, theirs = self.order, other.order
        return mine[0] == theirs[0] and (mine[1] != theirs[1] or mine[2] == theirs[2])


class SubmissionSearch:
    """Find the submissions in a folder, and what is unclear about them.

    Args:
        folder: the folder with the submissions.
        lessons: the lessons to look for.
        roster: the path of the roster.
        must_exist: whether a missing roster is an error.
        dues: the deadline of each lesson, by its name.
        limits: how much is read of zip files.
    """

    def __init__(
        self,
        folder: Path,
        lessons: tuple[Lesson, ...],
        roster: Path,
        *,
        must_exist: bool,
        dues: Mapping[str, datetime],
        limits: ArchiveLimits,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._lessons = lessons
        roots = {one.folder.parents[1] for one in lessons}
        self._course = tuple(one for root in roots for one in find_lessons(root))
        self._roster = Roster(roster, must_exist=must_exist)
        sheets, is_roster_one = participants_in_folder(folder, roster)
        self._matcher = LearnerMatcher(
            self._roster, sheets, roster_has_numbers=is_roster_one
        )
        self._deadlines = Deadlines(dues, self._roster, sheets)
        self._candidates: list[_Candidate] = []
        # Notices from before the learners were identified.
        self._said: list[tuple[Owner, PersonKey, str]] = []
        self._general = (
            [describe_empty_roster(roster.name)] if self._roster.is_empty else []
        )
        self._notes: dict[str, list[str]] = defaultdict(list)
        self._noted: dict[str, Learner] = {}
        self._undated: list[str] = []

    def run(self, only: str = "") -> FolderContents:
        """Return everything in the folder.

        Args:
            only: the learner to whom everything in it belongs; "" if it is a class's.

        Raises:
            Misuse: if there are too many files, or a folder that would be one learner's
                has folders that may be several learners'.
        """
        is_listed = self._roster.find_named if self._roster else None
        files = FileCollector(
            self._folder, self._course, is_listed, self._say, self._limits
        )
        owners = set[Owner | None]()
        for file in files.of_one(only) if only else files:
            owners.add(file.owner)
            self._add(file)
        owners.update(owner for owner, *_ in self._said)
        self._general += [
            f"{place}: {A_DOCUMENT}"
            for owner, place in files.documents
            if owner not in owners
        ]
        if not only:
            self._ask_about_crowds()
        self._matcher.resolve()
        for learner, sentence in self._matcher.notes:
            self._note(learner, sentence)
        for _, key, sentence in self._said:
            self._note(self._matcher.learner_of(key), sentence)
        if not self._note_foreign_names():
            self._noted.update((one.id, one) for one in self._matcher.find_missing())
        return self._collect_notices(self._choose_newest())

    def _ask_about_crowds(self) -> None:
        """Ask whether somebody with several copies of a lesson is one learner.

        Raises:
            Misuse: if there is nobody else, so these may be the whole class.
        """
        attempts = [(one.file, one.owner, one.lesson.name) for one in self._candidates]
        crowded = find_crowded(attempts, self._roster.find_named)
        if crowded and {owner for _, owner, _ in attempts} == set(crowded):
            raise Misuse(next(iter(crowded.values())))
        for owner, question in crowded.items():
            self._say(question, owner)

    def _add(self, file: File) -> None:
        """Add a file as somebody's attempt at a lesson, or report why it isn't one."""
        number = self._number_of(file)
        is_certain = number is not None
        if not is_certain and len(self._lessons) == 1:
            number = self._lessons[0].number
        if number is None:
            names = [f" Name it like {one.name}.py." for one in self._lessons[:1]]
            self._say("".join((f"{file.place}: {_NO_LESSON}", *names)), file.sure_owner)
            return
        lesson = next((x for x in self._lessons if x.number == number), None)
        if file.owner is None:
            if lesson:
                self._say(
                    f"{file.place}: nothing shows whose it is. Put it into a folder "
                    "with the learner's name, or call it "
                    f"{lesson.short_name}_<learner>.py.",
                    None,
                )
        elif lesson is None:
            if is_certain:
                self._matcher.add(file.owner, number)  # this helps to match names
        elif not file.text.strip():
            empty = "the file is empty; nothing to grade."
            self._say(f"{file.place}: {empty}", file.owner)
        else:
            key = self._matcher.add(file.owner, number)
            sha256 = hashlib.sha256(file.source).hexdigest()
            bare = replace(file, source=b"", text=b"")
            candidate = _Candidate(bare, file.owner, key, lesson, sha256, is_certain)
            self._candidates.append(candidate)

    def _number_of(self, file: File) -> int | None:
        """Return the number of a file's lesson, by its content or else by its name."""
        stem = plain_stem(file.name)
        if meant := renumbered_lesson(stem, self._course):
            if meant in self._lessons and file.owner:
                self._say(
                    f"{file.place}: judging by its name, it is graded as lesson "
                    f"{meant.number}, {meant.title}.",
                    file.owner,
                )
            return meant.number
        in_name, content = lesson_number_in(file.name), agreed_lesson_number(file.text)
        if in_name is not None and content not in (None, in_name):
            numbers = {one.number for one in self._lessons}
            if numbers & {in_name, content}:
                graded = f" It is graded as lesson {content}."
                self._say(
                    f"{file.place}: the file's name says lesson {in_name}, its content "
                    f"is lesson {content}.{graded if content in numbers else ''}",
                    file.owner,
                )
            return content
        if in_name is not None:
            return in_name
        within = lesson_number_of_source(file.text)
        return file.number if within is None else within

    def _say(self, sentence: str, owner: Owner | None) -> None:
        """Add a notice about somebody, or about nobody in particular."""
        if owner is None:
            self._general.append(sentence)
        else:
            self._said.append((owner, self._matcher.add(owner), sentence))

    def _note(self, learner: Learner, sentence: str) -> None:
        self._noted.setdefault(learner.id, learner)
        self._notes[learner.id].append(Note(join_lines(sentence), kind_of(sentence)))

    def _note_foreign_names(self) -> bool:
        """Add notices about submissions that contain another learner's name.

        Returns:
            Whether a platform gave such a name: then that learner has handed something
            in.
        """
        foreign: dict[str, list[str]] = defaultdict(list)
        numbers: dict[str, set[str]] = defaultdict(set)
        people: dict[str, Learner] = {}
        for candidate in self._candidates:
            learner, file = self._matcher.learner_of(candidate.key), candidate.file
            beside = learner_in(file.name, self._course, self._roster.find_named)
            words = [*map(stem_of, file.inside), beside]
            if any(
                self._is_another(word, candidate.key, learner) for word in words if word
            ):
                people[learner.id] = learner
                foreign[learner.id].append(file.place)
                platform_names = filter(None, map(parse_platform_name, words))
                numbers[learner.id].update(x.number for x in platform_names)
        for who, places in foreign.items():
            name, is_of_many = people[who].display_name, len(numbers[who]) > 1
            self._note(people[who], describe_foreign_names(name, places, is_of_many))
        return any(numbers.values())

    def _is_another(self, word: str, key: PersonKey, learner: Learner) -> bool:
        if named := parse_platform_name(word):
            return (named.platform, named.number) != key
        fits = self._roster.find_named(word)
        return bool(fits) and learner not in fits

    def _choose_newest(self) -> list[Submission]:
        """Return each learner's newest submission for each lesson."""
        everything: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
        for candidate in self._candidates:
            learner = self._matcher.learner_of(candidate.key)
            everything[learner.id, candidate.lesson.name].append(candidate)
        forms = NameForms(one.file for one in self._candidates)
        newest = (self._newest(everything[key], forms) for key in sorted(everything))
        chosen = [one for one in newest if one]
        self._deadlines.note_copies(one.file for one in chosen)
        self._general += self._deadlines.describe_copies()
        return [self._submission(one) for one in chosen]

    def _newest(
        self, candidates: list[_Candidate], forms: NameForms
    ) -> _Candidate | None:
        """Return the one of a learner's candidates that counts for a lesson."""
        learner = self._matcher.learner_of(candidates[0].key)
        lesson = candidates[0].lesson.name
        certain = [one for one in candidates if one.is_certain]
        for candidate in candidates if certain else ():
            if not candidate.is_certain:
                self._note(
                    learner,
                    f"{candidate.place}: not graded, because {certain[0].place} is "
                    f"clearly for {lesson}, and neither the name nor the content of "
                    "this file says which lesson it is.",
                )
        rest = self._in_own_name(learner, certain or candidates, forms)
        if not certain and len({version_of(one.file.name) for one in rest}) > 1:
            places = " and ".join(sorted(one.place for one in rest)[:MOST_PLACES])
            self._note(
                learner,
                f"{places}: not graded, because nothing shows which of them is "
                f"{lesson}. Name one of them {lesson}.py.",
            )
            return None
        *older, newest = sorted(rest, key=lambda one: one.order)
        if older:
            left = [one.place for one in older]
            is_tie = any(map(newest.is_as_new_as, older))
            sentence = describe_duplicates(learner, lesson, newest.place, left, is_tie)
            self._note(learner, Note(sentence, NoteKind.SEVERAL))
        return newest

    def _in_own_name(
        self, learner: Learner, candidates: list[_Candidate], forms: NameForms
    ) -> list[_Candidate]:
        """Return the candidates in somebody's own name, or in the most similar name."""
        listed = learner if learner in self._roster.learners else None
        homes: dict[str, list[tuple[Likeness, _Candidate]]] = defaultdict(list)
        for candidate in candidates:
            likeness = forms.likeness(candidate.file, candidate.owner, listed)
            homes[candidate.owner.home].append((likeness, candidate))
        counting = []
        for found in homes.values():
            best = min(likeness for likeness, _ in found)
            likeliest = [one for likeness, one in found if likeness == best]
            counting += likeliest
            counted = max(likeliest, key=lambda one: one.order)
            for likeness, other in found:
                if likeness != best:
                    newer = "is newer and " if other.order > counted.order else ""
                    why = explain_weaker_likeness(
                        best, likeness, other.owner.name, learner
                    )
                    self._note(
                        learner,
                        f"{other.place} {newer}does not count, and {counted.place} "
                        f"does: {why}. If that is wrong, remove the other one.",
                    )
        return counting

    def _submission(self, candidate: _Candidate) -> Submission:
        file, lesson = candidate.file, candidate.lesson
        learner = self._matcher.learner_of(candidate.key)
        when = self._deadlines.when(file, candidate.sha256, lesson.name, learner.id)
        # If the number differs, another note already names the lesson of the content.
        is_of_name = lesson_number_in(file.name) in (None, lesson.number)
        if is_of_name and file.inside and not is_exact(file.name, lesson):
            self._note(learner, f"{file.place} is taken for {lesson.name}.")
        if candidate.owner.partners:
            others = ", ".join(candidate.owner.partners)
            self._note(learner, f"{file.place}: submitted together with {others}.")
        for remark in () if when.blob else file.remarks:
            self._note(learner, f"{file.place}: {remark}")
        if when.remark:
            kind = NoteKind.LATE if when.is_late else NoteKind.OTHER
            self._note(learner, Note(f"{file.place}: {when.remark}", kind))
        if not when.is_decidable:
            self._undated.append(file.place)
        return Submission(
            learner=learner,
            lesson=lesson.name,
            sha256=when.sha256 or candidate.sha256,
            place=file.place,
            folder=self._folder,
            path=file.path,
            members=file.members,
            handed_in_at=when.at.isoformat(timespec="seconds") if when.at else "",
            is_late=when.is_late,
            late_s=when.late_s,
            clone=file.clone if when.blob else None,
            blob=when.blob,
        )

    def _collect_notices(self, chosen: list[Submission]) -> FolderContents:
        """Return the chosen submissions with all notices."""
        graded = {submission.learner.id: submission.learner for submission in chosen}
        learners = disambiguate(self._roster.with_others(self._noted | graded))
        shown = {learner.id: learner for learner in learners}
        strangers = [
            x.display_name for x in learners if x.id in self._matcher.strangers
        ]
        is_of_many = len(strangers) > MOST_PLACES
        if is_of_many:
            self._general.append(describe_strangers(strangers))
        for learner in learners:
            has_file = learner.id in graded or learner.pair_of in graded
            self._note_absence(learner, has_file, is_of_many)
        if self._undated:
            self._general.append(describe_undated(self._undated))
        return FolderContents(
            submissions=tuple(replace(x, learner=shown[x.learner.id]) for x in chosen),
            learners=learners,
            general=shorten_list(
                Note(join_lines(one), kind_of(one)) for one in self._general
            ),
            notes={
                key: shorten_list(dict.fromkeys(notes))
                for key, notes in self._notes.items()
            },
            names=self._matcher.id_pairs(),
            extended=frozenset(self._roster.due),
            belongings=self._find_belongings(),
        )

    def _find_belongings(self) -> dict[str, frozenset[Path]]:
        """Return where everybody's files are, by the learner's id."""
        paths = defaultdict[str, set[Path]](set)
        for candidate in self._candidates:
            home = self._home_of(candidate.owner)
            is_within = home is not None and candidate.file.path.is_relative_to(home)
            place = home if home is not None and is_within else candidate.file.path
            paths[self._matcher.learner_of(candidate.key).id].add(place)
        for owner, key, _ in self._said:
            if home := self._home_of(owner):
                paths[self._matcher.learner_of(key).id].add(home)
        return {learner: frozenset(places) for learner, places in paths.items()}

    def _home_of(self, owner: Owner) -> Path | None:
        """Return the folder in which everything belongs to an owner, or None."""
        home = self._folder / owner.home / owner.name
        return home if home.is_dir() and not home.is_symlink() else None

    def _note_absence(
        self, learner: Learner, is_graded: bool, is_of_many: bool
    ) -> None:
        """Add notes for people who aren't on the roster or have handed in nothing."""
        name, had_notes = learner.display_name, learner.id in self._notes
        if learner.id in self._matcher.strangers and not is_of_many:
            anyway = "; graded anyway" if is_graded else ""
            self._note(learner, f"{name} is not on the roster{anyway}.")
        if not is_graded and learner.id not in self._matcher.unsure:
            can_be = " that can be graded" if had_notes else ""
            absence = f"{name}: nothing{can_be} was handed in."
            self._note(learner, Note(absence, NoteKind.ABSENT))
