"""notices: the sentences about submissions that are unclear or can't be graded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from grader.classroom.file_names import parse_platform_name
from grader.classroom.records import Learner
from grader.classroom.submissions.ownership import Owner

_MOST_NOTES = 12
MOST_PLACES = 3
MOST_NAMES = 8
_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_DOCUMENTS = (".doc", ".docx", ".odt", ".pdf", ".rtf")
REST_LEFT_OUT = "the rest is left out."
A_DOCUMENT = "this is a document, so it isn't graded. Ask for the Python file."


def describe_duplicates(
    learner: Learner, lesson: str, newest: str, older: list[str], is_tie: bool
) -> str:
    """Return a notice that somebody handed in a lesson several times.

    It gives the place that is graded and, if two have the newest time, why.
    """
    often = "twice" if len(older) == 1 else f"{len(older) + 1} times"
    left = f"{older[-1]} is not."
    if len(older) > 1:
        left = f"{older[-1]} and {len(older) - 1} more are not."
    both = "Both" if len(older) == 1 else "Several"
    why = f" {both} have the newest time; the last by name is used." if is_tie else ""
    return (
        f"{learner.display_name} handed in {lesson} {often}: {newest} is graded, "
        f"{left}{why}"
    )


def describe_foreign_names(name: str, places: list[str], is_of_many: bool) -> str:
    """Return a notice that somebody's submission contains another learner's name.

    Args:
        name: the learner it is counted for.
        places: where the other name is.
        is_of_many: whether a platform put names of several learners there.
    """
    more = f", and {len(places) - 1} more" if len(places) > 1 else ""
    advice = (
        " Is it a download of a whole class? Then put a roster.csv "
        "into the folder, or grade it in a separate folder."
    )
    return (
        f"{places[0]}{more}: the name in it is another learner's. It counts as "
        f"{name}'s, with everything in the same folder.{advice if is_of_many else ''}"
    )


def list_some(names: Sequence[str], most: int) -> str:
    """Return the first of many names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    # Canvas writes "Lovelace, Ada".
    between = "; " if any(", " in name for name in names[:most]) else ", "
    return between.join(names[:most]) + more


def describe_undated(places: list[str]) -> str:
    """Return a notice that it isn't known when some submissions were handed in."""
    some = list_some(places, MOST_PLACES)
    return (
        f"Nothing shows when {some} {'was' if len(places) == 1 else 'were'} "
        "handed in, so none of that is called late. Zip files keep the time of the "
        "download; for Moodle, put the assignment's grading worksheet into the folder."
    )


def shorten_list(notices: Iterable[str]) -> tuple[str, ...]:
    """Return the first of many sentences, and how many more there are.

    That a part of an archive is left out comes first: it is about many files.
    """
    sentences = tuple(sorted(notices, key=lambda one: not one.endswith(REST_LEFT_OUT)))
    if len(sentences) <= _MOST_NOTES:
        return sentences
    more = f"... and {len(sentences) - _MOST_NOTES + 1} more of this kind."
    return (*sentences[: _MOST_NOTES - 1], more)


def describe_empty_roster(name: str) -> str:
    """Return a notice that a roster lists nobody."""
    return f"{name} has column names but lists nobody, so it isn't used as a roster."


def describe_strangers(names: list[str]) -> str:
    """Return a notice that many aren't on the roster, which may be another class's."""
    return (
        f"{len(names)} people are not on the roster; what can be graded is graded "
        f"anyway: {list_some(names, MOST_PLACES)}. Is it this class's roster?"
    )


def is_document(name: str) -> bool:
    """Return whether a file's name is that of a document, such as a PDF."""
    return name.lower().endswith(_DOCUMENTS)


def advice(name: str, owner: Owner | None) -> str:
    """Return advice for a possible attempt that can't be graded, or ""."""
    lower = name.lower()
    if lower.endswith(_ARCHIVES):
        return "an archive, not graded. Unpack it, or make it a zip file."
    is_on_platform = owner is not None and parse_platform_name(owner.name) is not None
    if is_document(name) and ("lesson" in lower or is_on_platform):
        return A_DOCUMENT
    if re.fullmatch(r".*\.py\.\w+|[^.]*lesson[^.]*(\.txt)?", lower):
        return "not graded, because its name does not end in .py. Rename it."
    if lower.startswith("onlinetext") or (is_on_platform and lower == "text.html"):
        return "text that was typed into a page, not a file; not graded."
    if is_on_platform and lower == "link.html":
        return "a link that was handed in, not a file; not graded."
    return ""
