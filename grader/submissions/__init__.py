"""submissions: find who handed in what, in a folder as an LMS or a workshop leaves it.

Files are read, and nothing is run or unpacked to disk. What is unclear is said in a
notice and never guessed: a late, a double, an empty submission, a name nobody knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from grader.catalog import Lesson
from grader.errors import Misuse
from grader.export.records import Learner
from grader.submissions.class_list import ClassList
from grader.submissions.files import File, files, read
from grader.submissions.names import Told, told

__all__ = ["ROSTER", "Found", "Submission", "find"]

ROSTER = "roster.csv"


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt that was handed in.

    Attributes:
        learner: who it is from.
        lesson: the lesson's full name.
        sha256: hash of the file's bytes.
        place: where it was found, for people.
        path: the file, or the zip file it is in.
        members: its name inside the zip file, one more for each zip in a zip.
        handed_in_at: the file's own time, UTC, ISO 8601; "" when it has none.
        is_late: the LMS said so, or it is after the time asked for.
    """

    learner: Learner
    lesson: str
    sha256: str
    place: str
    path: Path
    members: tuple[str, ...] = ()
    handed_in_at: str = ""
    is_late: bool = False

    def read(self) -> bytes:
        """The attempt's bytes."""
        return read(self.path, self.members)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything in a folder: what will be graded, and what somebody should know.

    Attributes:
        submissions: the newest one for each learner and lesson.
        learners: the roster, and those it does not know; also whoever handed in
            nothing that can be graded.
        general: what is unclear and nobody's in particular.
        notes: what is unclear about a learner, by their id.
    """

    submissions: tuple[Submission, ...]
    learners: tuple[Learner, ...]
    general: tuple[str, ...]
    notes: Mapping[str, tuple[str, ...]]

    @property
    def notices(self) -> tuple[str, ...]:
        """Everything that is unclear."""
        return (
            *self.general,
            *(note for notes in self.notes.values() for note in notes),
        )


def find(
    folder: Path,
    lessons: Iterable[Lesson],
    *,
    roster: Path | None = None,
    due: datetime | None = None,
) -> Found:
    """Find all submissions in a folder, the newest one for each learner and lesson.

    Args:
        folder: ``<learner>/lesson3_cross_entropy.py``, ``<learner>/attempts/...``,
            ``lesson3_<learner>.py``, ``<learner>.py`` (for one lesson alone), and zip
            files of these, as Moodle, Canvas and GitHub Classroom name them.
        lessons: the lessons asked for.
        roster: a CSV of who is in the class; ``roster.csv`` in the folder when None.
        due: what was handed in later is late.

    Raises:
        Misuse: there is no such folder, or the roster cannot be read.
    """
    if folder.is_file():
        raise Misuse(
            f"{str(folder)!r} is a file. Put it into a folder, and name that folder."
        )
    if not folder.is_dir():
        raise Misuse(f"There is no folder {str(folder)!r} with submissions.")
    class_list = ClassList(roster or folder / ROSTER, must_exist=roster is not None)
    search = _Search(tuple(lessons), class_list, due)
    for file in files(folder, search.refuse):
        search.add(file)
    return search.found()


@dataclass
class _Search:
    """What has been found so far, and what is unclear about it."""

    lessons: tuple[Lesson, ...]
    class_list: ClassList
    due: datetime | None
    general: list[str] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    newest: dict[tuple[str, str], Submission] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    noted: dict[str, Learner] = field(default_factory=dict)

    def add(self, file: File) -> None:
        """Take a file for somebody's attempt at a lesson, or say why not."""
        seen = told(file.name, file.who, self.lessons)
        lesson = self._lesson_of(file, seen)
        if lesson is None:
            return
        if not seen.learners and seen.number is None:  # <learner>.py
            alone = file.name.removesuffix(".py")
            seen = replace(seen, learners=(Learner(alone, alone),))
        if not seen.learners:
            self.general.append(
                f"{file.place}: nothing says whose it is. Put it into a folder with "
                f"the learner's name, or call it {lesson.short_name}_<learner>.py."
            )
            return
        learner = self._learner_of(seen)
        if not seen.is_exact and file.who:
            self._note(learner, f"{file.place} is taken for {lesson.name}.")
        if not file.source.strip():
            self._note(learner, f"{file.place}: the file is empty; nothing to grade.")
            return
        is_late = seen.is_late or bool(self.due and file.at and file.at > self.due)
        if is_late:
            self._note(learner, f"{file.place}: handed in late.")
        self._keep(
            Submission(
                learner=learner,
                lesson=lesson.name,
                sha256=hashlib.sha256(file.source).hexdigest(),
                place=file.place,
                path=file.path,
                members=file.members,
                handed_in_at=file.at.isoformat(timespec="seconds") if file.at else "",
                is_late=is_late,
            )
        )

    def refuse(self, sentence: str, name: str, who: tuple[str, ...]) -> None:
        """Say of a file that cannot be graded why not, to whom it is from if known."""
        seen = told(name, who, self.lessons)
        if seen.learners:
            self._note(self._learner_of(seen), sentence)
        else:
            self.general.append(sentence)

    def found(self) -> Found:
        """Everything, once every file has been added."""
        newest = tuple(self.newest[mine] for mine in sorted(self.newest))
        graded = {submission.learner.id: submission.learner for submission in newest}
        learners = self.class_list.with_others(self.noted | graded)
        for learner in learners:
            if learner.id in self.strangers:
                anyway = "; graded anyway" if learner.id in graded else ""
                self._note(
                    learner, f"{learner.shown_name} is not on the roster{anyway}."
                )
            if learner.id not in graded and learner.id not in self.unsure:
                can_be = " that can be graded" if learner.id in self.notes else ""
                self._note(
                    learner, f"{learner.shown_name}: nothing{can_be} was handed in."
                )
        notes = {key: tuple(dict.fromkeys(said)) for key, said in self.notes.items()}
        return Found(newest, learners, tuple(self.general), notes)

    def _note(self, learner: Learner, sentence: str) -> None:
        self.noted.setdefault(learner.id, learner)
        self.notes.setdefault(learner.id, []).append(sentence)

    def _lesson_of(self, file: File, seen: Told) -> Lesson | None:
        """The lesson a file is of; None if it is of another one, or nothing says."""
        if seen.number is not None:
            return next((x for x in self.lessons if x.number == seen.number), None)
        if not file.who and len(self.lessons) == 1:
            return self.lessons[0]
        example = self.lessons[0].name if self.lessons else "lesson3"
        why = "not graded, because its name does not say which lesson it is."
        sentence = f"{file.place}: {why} Name it like {example}.py."
        self.refuse(sentence, file.name, file.who)
        return None

    def _learner_of(self, seen: Told) -> Learner:
        """Who it is from: somebody on the roster, or whoever its names tell."""
        first = seen.learners[0]
        matching = self.class_list.matching(seen.learners)
        if len(matching) == 1:
            return matching[0]
        if matching:
            self.unsure.update(one.id for one in matching)
            self._note(
                first,
                f"{first.shown_name}: {len(matching)} on the roster have this name; "
                f"graded as {first.id}.",
            )
        elif self.class_list.learners:
            self.strangers.add(first.id)
        return first

    def _keep(self, submission: Submission) -> None:
        """Keep the newest of what one learner handed in for a lesson, and say so."""
        mine = (submission.learner.id, submission.lesson)
        keep, drop = submission, self.newest.get(mine)
        if drop is not None and drop.handed_in_at > keep.handed_in_at:
            keep, drop = drop, keep
        self.newest[mine] = keep
        if drop is not None:
            self._note(
                keep.learner,
                f"{keep.learner.shown_name} handed in {keep.lesson} twice: "
                f"{keep.place} is graded, {drop.place} is not.",
            )
