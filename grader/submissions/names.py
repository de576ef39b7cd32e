"""names: who and which lesson a file is from, as far as its names tell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from grader.catalog import Lesson
from grader.export.records import Learner

# Full Name_4711_assignsubmission_file_, alone or with the file's name behind it.
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_\w+?(?:_(?P<file>lesson.*|))?",
    re.IGNORECASE,
)
# lovelaceada_LATE_81234_901234_lesson3_cross_entropy-1
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)")
_NUMBER = re.compile(r"lesson[ _-]?(\d+)(?!\d)", re.IGNORECASE)
_LESSON_FIRST = re.compile(r"lesson[ _-]?\d+[ _-]+(?P<learner>.+)", re.IGNORECASE)
_LEARNER_FIRST = re.compile(
    r"(?P<learner>.+?)[ _-]+lesson[ _-]?\d+(?:[ _-].*)?", re.IGNORECASE
)
_SUFFIX = re.compile(r"\.(py|ipynb|zip)$", re.IGNORECASE)
# What systems add to the name of a second copy.
_COPY = re.compile(r"( \(\d+\)|-\d+| - copy| copy( \d+)?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What the names of a file and of what it lies in tell.

    Attributes:
        learners: who it may be from, the most telling first; none if nothing says so.
        number: the lesson's number; None if nothing says so.
        is_exact: whether it has exactly the name that the lesson's file has.
        is_late: whether the platform says that it is late.
    """

    learners: tuple[Learner, ...]
    number: int | None
    is_exact: bool
    is_late: bool = False


def told(name: str, who: tuple[str, ...], lessons: Iterable[Lesson]) -> Told:
    """Read the name of a file, and the names of what it lies in.

    Args:
        name: the file's name.
        who: names of folders and zip files, the most telling first.
        lessons: the lessons there are.
    """
    stem = _SUFFIX.sub("", name)
    learner, stem, is_late = _on_platform(stem) or (None, stem, False)
    for word in who:
        if learner is None and (found := _on_platform(word)):
            learner, _, is_late = found
    plain = _COPY.sub("", stem)
    number = int(match[1]) if (match := _NUMBER.search(plain)) else None
    known = {one.number: one for one in lessons}
    lesson = known.get(number or 0)
    is_exact = lesson is not None and plain in (lesson.name, lesson.short_name)
    learners = [learner] if learner else [Learner(word, word) for word in who]
    word = "" if is_exact else _learner_in(plain)
    if word and _plain(word) not in {_subject(one) for one in known.values()}:
        learners.append(Learner(word, word))
    return Told(tuple(learners), number, is_exact, is_late)


def is_of_a_platform(name: str) -> bool:
    """Whether a folder or a file is named as Moodle or Canvas names them."""
    return _on_platform(_SUFFIX.sub("", name)) is not None


def says_nothing(name: str) -> bool:
    """Whether a folder or a zip file has a name that is nobody's."""
    plain = name.casefold()
    return "attempts" in plain or plain.endswith("submissions")


def written_apart(names: Iterable[str]) -> bool:
    """Whether files that lie together are from several learners, by their names."""
    learners: dict[str, set[str]] = defaultdict(set)
    for name in names:
        plain = _COPY.sub("", _SUFFIX.sub("", name))
        number, learner = _NUMBER.search(plain), _learner_in(plain)
        if number and learner:
            learners[number[1]].add(learner)
    return any(len(several) > 1 for several in learners.values())


def _on_platform(stem: str) -> tuple[Learner, str, bool] | None:
    """The learner, the rest of the name, and whether the platform calls it late."""
    match = _MOODLE.fullmatch(stem) or _CANVAS.fullmatch(stem)
    if match is None:
        return None
    parts = match.groupdict()
    learner = Learner(parts["id"], parts["name"], lms_id=parts["id"])
    return learner, parts["file"] or "", bool(parts.get("late"))


def _learner_in(stem: str) -> str:
    """What a file's name says beside the lesson's number; it may be a learner."""
    match = _LESSON_FIRST.fullmatch(stem) or _LEARNER_FIRST.fullmatch(stem)
    return match["learner"] if match else ""


def _subject(lesson: Lesson) -> str:
    """What a lesson is about, as in the name of its file: ``cross_entropy``."""
    return lesson.name.partition("_")[2]


def _plain(word: str) -> str:
    return re.sub(r"[ -]", "_", word.casefold())
