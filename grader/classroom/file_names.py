"""file_names: find the learner and the lesson in the names of a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable

import msgspec

from grader.course.document.catalog import Lesson

# Full Name_4711_assignsubmission_file_, with or without the file's name after it.
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?",
    re.IGNORECASE,
)
# lovelaceada_LATE_81234_901234_lesson3_gradients-1; names with a _ in them aren't read.
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)"
)
# lovelaceada_81234_text.html: text that was typed into Canvas's page; or link.html.
_CANVAS_PAGE = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<file>text|link)\.html"
)
# LATE_anon_4fYqB_901234_lesson3_gradients, anon_4fYqB_link.html: in anonymous grading,
# five characters identify a learner, and they differ for each assignment.
_ANONYMOUS = r"(?P<late>LATE_)?(?P<name>(?P<number>anon_[1-9A-HJ-NP-Za-km-z]{5}))_"
_PLATFORMS = (
    ("Moodle", _MOODLE),
    # This comes first, because all five may be digits, which aren't a learner's number.
    ("Canvas", re.compile(_ANONYMOUS + r"\d+_(?P<file>.+)")),
    ("Canvas", re.compile(_ANONYMOUS + r"(?P<file>text|link)\.html")),
    ("Canvas", _CANVAS),
    ("Canvas", _CANVAS_PAGE),
)
_NUMBER = re.compile(r"lesson[ _-]?(\d+)", re.IGNORECASE)
_LESSON_FIRST = re.compile(r"lesson[ _-]?\d+[ _-]+(?P<learner>.+)", re.IGNORECASE)
_LEARNER_FIRST = re.compile(
    r"(?P<learner>.+?)[ _-]+lesson[ _-]?\d+(?:[ _-].*)?", re.IGNORECASE
)
_GAP = re.compile(r"[ _-]+")
_SUFFIX = re.compile(r"\.(py(\.txt)?|ipynb|zip)$", re.IGNORECASE)
# Systems add these to the name of a second copy.
_COPY = re.compile(r"( \(\d+\)|-\d+| - copy| copy( \d+)?)$", re.IGNORECASE)
# loss-submissions, cs50-loss_submissions_2026_11_26_T_10_00_00: the folder of a class.
_SUBMISSIONS = re.compile(r"(?:(?P<of>.+)[-_])?submissions(?:_[\dT_]+)?", re.IGNORECASE)
# A page gives its lesson at the top, and the exercise above each cell.
_HEADING = re.compile(r"^#\s*#\s+lesson\s+(\d+)\b", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"^#\s*lesson\s+(\d+)\b", re.IGNORECASE | re.MULTILINE)
_CELL = re.compile(r'^# %%.*\bid="(\d+)[a-z]"', re.MULTILINE)
_TOP = 30  # lines
# Moodle leaves these out of file names, and people write apostrophes in many ways.
_LEFT_OUT = re.compile(r"[&<>\"`|':/\\‘’ʼ]")


class PlatformName(msgspec.Struct, frozen=True):
    """The parts of a folder's or file's name that a platform wrote.

    Attributes:
        platform: "Moodle" or "Canvas".
        name: the learner's name, as that platform writes it there.
        number: their number on that platform. Moodle's numbers differ for each
            assignment, as do the codes in Canvas's anonymous grading.
        file: the file's own name, without its suffix; "" for a folder.
        is_late: whether the platform marked it as late.
    """

    platform: str
    name: str
    number: str
    file: str
    is_late: bool = False


def parse_platform_name(name: str) -> PlatformName | None:
    """Return the parts of a name by Moodle or Canvas, or None if neither wrote it."""
    stem = stem_of(name)
    for platform, pattern in _PLATFORMS:
        if match := pattern.fullmatch(stem):
            parts = match.groupdict()
            late = bool(parts.get("late"))
            return PlatformName(
                platform, parts["name"], parts["number"], parts["file"] or "", late
            )
    return None


def stem_of(name: str) -> str:
    """Return a name without the suffix, if it is one that attempts have."""
    return _SUFFIX.sub("", name)


def plain_stem(name: str) -> str:
    """Return a file's name without its suffix and the mark of a second copy."""
    return _COPY.sub("", stem_of(name))


def version_of(name: str) -> str:
    """Return the part that versions of a file share: Canvas adds a number after it."""
    return plain_stem(name).casefold()


def lesson_number_in(name: str) -> int | None:
    """Return the number of the lesson in a name, or None if there is none."""
    match = _NUMBER.search(plain_stem(name))
    return int(match[1]) if match else None


def lesson_number_of_source(source: bytes) -> int | None:
    """Return the lesson number in an attempt's own text, or None if there is none."""
    text = source.decode("utf-8", "replace")
    if heading := _HEADING.search(text):
        return int(heading[1])
    numbers = set(_CELL.findall(text))
    if not numbers:
        top = "\n".join(text.splitlines()[:_TOP])
        numbers = set(_COMMENT.findall(top))
    return int(numbers.pop()) if len(numbers) == 1 else None


def agreed_lesson_number(source: bytes) -> int | None:
    """Return the lesson number of an attempt if its title and cells agree on one.

    >>> agreed_lesson_number(b'# # Lesson 3  By hand\\n# %% id="3a"\\nx = 1')
    3
    """
    text = source.decode("utf-8", "replace")
    numbers = {int(number) for number in _CELL.findall(text)}
    titles = {int(number) for number in _HEADING.findall(text)}
    return numbers.pop() if len(numbers) == 1 and titles <= numbers else None


def is_exact(name: str, lesson: Lesson) -> bool:
    """Return whether a file has the full or the short name of the lesson's file."""
    return plain_stem(name) in (lesson.name, lesson.short_name)


def learner_in(
    name: str,
    lessons: Iterable[Lesson],
    is_known: Callable[[str], object] = lambda word: False,
) -> str:
    """Return what a file's name has besides the lesson, perhaps a learner, or "".

    Args:
        name: the file's name.
        lessons: the lessons, whose topics aren't part of a learner's name.
        is_known: whether a name is somebody's on the roster; it then counts as it is.
    """
    plain = plain_stem(name)
    match = _LESSON_FIRST.fullmatch(plain) or _LEARNER_FIRST.fullmatch(plain)
    word = match["learner"] if match else ""
    topics = {_squash_topic(one.slug) for one in lessons}
    if _squash_topic(word) in topics:
        return ""
    if match and match.re is _LESSON_FIRST and not is_known(word):
        return _without_topic(word, topics)
    return word


def _without_topic(word: str, topics: Container[str]) -> str:
    """Return a word without the longest topic that it begins with."""
    for gap in reversed([*_GAP.finditer(word)]):
        if _squash_topic(word[: gap.start()]) in topics:
            return word[gap.end() :]
    return word


def name_form(name: str) -> str:
    """Return which form a loose file's name has, by the learner's part in it.

    >>> name_form("lesson3_bob.py"), name_form("bob_lesson3.py"), name_form("bob.py")
    ('lesson first', 'name first', 'name alone')
    """
    plain = plain_stem(name)
    if _LESSON_FIRST.fullmatch(plain):
        return "lesson first"
    return "name first" if _LEARNER_FIRST.fullmatch(plain) else "name alone"


def is_nobodys_name(name: str, lessons: Iterable[Lesson]) -> bool:
    """Return whether the name of a folder or a zip file can't be a learner's."""
    plain = name.casefold()
    if "attempts" in plain or _SUBMISSIONS.fullmatch(plain):
        return True
    is_lesson = _NUMBER.fullmatch(plain) is not None
    return is_lesson or any(is_exact(name, one) for one in lessons)


def assignment_prefix(name: str) -> str:
    """Return the prefix of clones' names in a folder with this name, or ""."""
    match = _SUBMISSIONS.fullmatch(name)
    return f"{match['of']}-" if match and match["of"] else ""


def normalize_name(word: str) -> str:
    """Return a name for comparison: Moodle and keyboards vary some characters."""
    # A Mac may write a letter and its accent as two characters.
    word = _LEFT_OUT.sub("", unicodedata.normalize("NFC", word))
    return " ".join(word.casefold().split())


def squash(word: str) -> str:
    """Return a name as Canvas writes it in file names: only letters and digits."""
    letters = unicodedata.normalize("NFKD", word).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _squash_topic(words: str) -> str:
    """Return a lesson's topic for comparison: people leave gaps out."""
    return _GAP.sub("", words.casefold())
