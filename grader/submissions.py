"""submissions: find who handed in what, in a folder as an LMS or a workshop leaves it.

Files are read and nothing is run or unpacked to disk. What is unclear is said in a
notice and never guessed: a late, a double, an empty submission, a name nobody knows.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from grader.catalog import Lesson
from grader.errors import Misuse
from grader.export.records import Learner
from grader.export.roster import read_roster

# A learner may hand in a whole clone of the project: only attempts/ is theirs.
_OF_THE_PROJECT = frozenset({"solutions", "lessons", "grader", "tests"})
_SAYS_NOTHING = frozenset({"attempts", "submissions"})

LARGEST_ATTEMPT = 2_000_000  # bytes
MOST_FILES = 200_000
ROSTER = "roster.csv"

# Full Name_4711_assignsubmission_file_ and Full Name_4711_assignsubmission_file
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_file_?")
# lovelaceada_LATE_81234_901234_lesson3_cross_entropy-1.py
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_\d+_(?P<file>.+?)(?:-\d+)?\.py"
)
_LESSON_WORD = re.compile(r"lesson(\d+)(?:_(?P<rest>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt that was handed in.

    Attributes:
        learner: who it is from.
        lesson: the lesson's full name.
        sha256: hash of the file's bytes.
        place: where it was found, for people.
        path: the file, or the zip file it is in.
        member: its name inside the zip file, "" outside of one.
        handed_in_at: the file's own time, UTC, ISO 8601.
        is_late: the LMS said so, or it is after the time asked for.
    """

    learner: Learner
    lesson: str
    sha256: str
    place: str
    path: Path
    member: str = ""
    handed_in_at: str = ""
    is_late: bool = False

    def read(self) -> bytes:
        """The attempt's bytes."""
        if not self.member:
            return self.path.read_bytes()
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(self.member)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything in a folder: what will be graded, and what somebody should know."""

    submissions: tuple[Submission, ...]
    learners: tuple[Learner, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A Python file on its way to be a submission."""

    parts: tuple[str, ...]  # its path inside the folder; a zip's name is one of them
    path: Path
    member: str
    source: bytes = field(repr=False)
    at: datetime


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
    if not folder.is_dir():
        raise Misuse(f"There is no folder {str(folder)!r} with submissions.")
    notices: list[str] = []
    known = _Roster(roster or folder / ROSTER, must_exist=roster is not None)
    wanted = tuple(lessons)
    found = [
        submission
        for file in _files(folder, notices)
        if (submission := _submission(file, wanted, known, due, notices))
    ]
    newest = _newest(found, notices)
    learners = known.with_others({s.learner.id: s.learner for s in newest})
    handed_in = {submission.learner.id for submission in newest}
    notices += [
        f"{learner.shown_name}: nothing was handed in."
        for learner in learners
        if learner.id not in handed_in
    ]
    return Found(tuple(newest), learners, tuple(notices))


class _Roster:
    """Who is in the class, found by any of their names."""

    def __init__(self, path: Path, *, must_exist: bool) -> None:
        self._by_word: dict[str, Learner] = {}
        self.learners: tuple[Learner, ...] = ()
        if path.is_file():
            self.learners = read_roster(path.read_bytes())
        elif must_exist:
            raise Misuse(f"There is no roster {str(path)!r}.")
        for one in self.learners:
            words = (one.id, one.login, one.lms_id, one.sis_id, one.email, one.name)
            for word in filter(None, words):
                self._by_word.setdefault(_plain(word), one)
                self._by_word.setdefault(_plain(word.split("@")[0]), one)

    def named(self, *words: str) -> Learner | None:
        """The learner one of these words belongs to."""
        for word in words:
            if word and (learner := self._by_word.get(_plain(word))):
                return learner
        return None

    def with_others(self, others: dict[str, Learner]) -> tuple[Learner, ...]:
        """The roster in its order, then the learners it does not know, by id."""
        ids = {learner.id for learner in self.learners}
        extra = [others[key] for key in sorted(others) if key not in ids]
        return (*self.learners, *extra)


def _plain(word: str) -> str:
    return " ".join(word.casefold().split())


def _files(folder: Path, notices: list[str]) -> Iterator[_File]:
    """Every Python file below a folder, and inside its zip files."""
    top = folder.resolve()
    for count, path in enumerate(sorted(folder.rglob("*"))):
        if count > MOST_FILES:
            raise Misuse(f"{folder} holds more than {MOST_FILES} files.")
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "__")) for part in parts):
            continue
        if path.suffix.lower() not in (".py", ".zip") or path.is_dir():
            continue
        if not path.resolve().is_relative_to(top):
            notices.append(f"{'/'.join(parts)}: a link that leads out; refused.")
            continue
        try:
            yield from _read(path, parts, notices)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as e:
            notices.append(f"{'/'.join(parts)}: cannot be read ({e}).")


def _read(path: Path, parts: tuple[str, ...], notices: list[str]) -> Iterator[_File]:
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from _members(archive, path, parts[:-1], notices)
        return
    if path.stat().st_size > LARGEST_ATTEMPT:
        notices.append(f"{'/'.join(parts)}: too large for an attempt; left out.")
        return
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    yield _File(parts, path, "", path.read_bytes(), at)


def _members(
    archive: zipfile.ZipFile, path: Path, outer: tuple[str, ...], notices: list[str]
) -> Iterator[_File]:
    """A zip of many learners has a folder for each; a learner's own zip may not."""
    for member in archive.infolist()[:MOST_FILES]:
        inside = PurePosixPath(member.filename.replace("\\", "/")).parts
        hidden = any(part.startswith((".", "__")) or part == "/" for part in inside)
        if member.is_dir() or not member.filename.lower().endswith(".py") or hidden:
            continue
        is_of_many = len(inside) > 1 and inside[0] not in _SAYS_NOTHING
        parts = outer if is_of_many else (*outer, path.stem)
        if member.file_size > LARGEST_ATTEMPT:
            notices.append(f"{'/'.join((*parts, *inside))}: too large; left out.")
            continue
        with archive.open(member) as file:
            source = file.read(LARGEST_ATTEMPT + 1)
        at = datetime(*member.date_time, tzinfo=UTC) if _is_date(member) else _EPOCH
        yield _File((*parts, *inside), path, member.filename, source, at)


_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


def _is_date(member: zipfile.ZipInfo) -> bool:
    year, month, day = member.date_time[:3]
    return year >= 1980 and 1 <= month <= 12 and 1 <= day <= 28


def _submission(
    file: _File,
    lessons: tuple[Lesson, ...],
    roster: _Roster,
    due: datetime | None,
    notices: list[str],
) -> Submission | None:
    place = "/".join(file.parts)
    read = _who_and_what(file.parts, lessons)
    if read is None:
        return None
    learner, lesson, late = read
    if not file.source.strip():
        notices.append(f"{place}: the file is empty; nothing to grade.")
        return None
    listed = roster.named(learner.id, learner.name)
    if roster.learners and listed is None:
        notices.append(f"{place}: {learner.name} is not on the roster; graded anyway.")
    is_late = late or (due is not None and file.at > due)
    if is_late:
        notices.append(f"{place}: handed in late.")
    return Submission(
        learner=listed or learner,
        lesson=lesson.name,
        sha256=hashlib.sha256(file.source).hexdigest(),
        place=place,
        path=file.path,
        member=file.member,
        handed_in_at=file.at.isoformat(timespec="seconds"),
        is_late=is_late,
    )


def _who_and_what(
    parts: tuple[str, ...], lessons: tuple[Lesson, ...]
) -> tuple[Learner, Lesson, bool] | None:
    """The learner, the lesson and whether the LMS calls it late; None if not ours."""
    name = parts[-1]
    if canvas := _CANVAS.fullmatch(name):
        lesson = _lesson_named(canvas["file"], lessons)
        if lesson:
            learner = Learner(canvas["id"], canvas["name"], lms_id=canvas["id"])
            return learner, lesson, bool(canvas["late"])
    stem = name[: -len(".py")]
    if _OF_THE_PROJECT & set(parts[:-1]):
        return None
    folders = [part for part in parts[:-1] if part not in _SAYS_NOTHING]
    lesson = _lesson_named(stem, lessons)
    if lesson and folders:
        return _folder_learner(folders), lesson, False
    word = _LESSON_WORD.fullmatch(stem)
    if word and word["rest"]:
        lesson = next((one for one in lessons if one.number == int(word[1])), None)
        return (Learner(word["rest"], word["rest"]), lesson, False) if lesson else None
    if not folders and len(lessons) == 1 and not word:
        return Learner(stem, stem), lessons[0], False
    return None


def _folder_learner(folders: list[str]) -> Learner:
    """The learner a folder belongs to; Moodle's folders carry a number as well."""
    for folder in folders:
        if moodle := _MOODLE.fullmatch(folder):
            return Learner(moodle["id"], moodle["name"], lms_id=moodle["id"])
    return Learner(folders[0], folders[0])


def _lesson_named(stem: str, lessons: tuple[Lesson, ...]) -> Lesson | None:
    plain = re.sub(r"( \(\d+\)|-\d+)$", "", stem)
    for lesson in lessons:
        if plain in (lesson.name, lesson.short_name):
            return lesson
    return None


def _newest(found: list[Submission], notices: list[str]) -> list[Submission]:
    newest: dict[tuple[str, str], Submission] = {}
    for submission in found:
        mine = (submission.learner.id, submission.lesson)
        other = newest.get(mine)
        if other is None:
            newest[mine] = submission
            continue
        keep, drop = submission, other
        if other.handed_in_at > submission.handed_in_at:
            keep, drop = other, submission
        newest[mine] = replace(keep)
        notices.append(
            f"{submission.learner.shown_name} handed in "
            f"{submission.lesson} twice: {keep.place} is graded, {drop.place} is not."
        )
    return [newest[mine] for mine in sorted(newest)]
