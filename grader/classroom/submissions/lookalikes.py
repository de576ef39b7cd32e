"""lookalikes: which of several files under somebody's name is in their own name.

In a folder that a class writes to, anybody can choose any name. So where a learner's
own name is there, a file that only looks like it does not take its place: one that is
spelled in another way, or that lies beside the learner's folder. What decides is
compared within one place, since another week may have been collected in another way.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from grader.classroom.file_names import form_of, on_platform
from grader.classroom.records import Learner
from grader.classroom.submissions.place import File, Owner

# In this order, where no form is more frequent than another.
_FORMS = ("lesson first", "name alone", "name first")


class Likeness(msgspec.Struct, frozen=True, order=True):
    """How far a file's name is from being the learner's own; the least counts.

    Attributes:
        is_respelled: the roster spells the name in another way.
        is_loose: it is a single file, which has no folder or zip file of the learner's.
        is_unusual: it has its name in another form than most files there.
    """

    is_respelled: bool
    is_loose: bool
    is_unusual: bool


class Forms:
    """In which form most files of a place have a learner's name.

    Args:
        files: all files that may be somebody's attempt.
    """

    def __init__(self, files: Iterable[File]) -> None:
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        for file in files:
            if file.owner and _is_loose(file, file.owner):
                key = file.owner.home, form_of(file.name)
                people[key].add(file.owner.name)
        self._people = people

    def likeness(self, file: File, owner: Owner, learner: Learner | None) -> Likeness:
        """Return how far a file's name is from a learner's own.

        Args:
            file: the file.
            owner: whose it is by its name.
            learner: who that is on the roster; None where there is none.
        """
        if on_platform(owner.name):  # a platform gave it, and nobody chose it
            return Likeness(False, False, False)
        is_respelled = learner is not None and not _spelled(owner, learner)
        is_loose = _is_loose(file, owner)
        is_unusual = is_loose and form_of(file.name) != self._usual(owner.home)
        return Likeness(is_respelled, is_loose, is_unusual)

    def _usual(self, home: str) -> str:
        often = {form: len(self._people[home, form]) for form in _FORMS}
        return max(_FORMS, key=lambda form: often[form])


def explain(own: Likeness, other: Likeness, name: str, learner: Learner) -> str:
    """Return why a file does not count beside one in the learner's own name."""
    if other.is_respelled and not own.is_respelled:
        for exact in _names_of(learner):
            if _composed(exact) == _composed(name):
                return f"the name {exact!r} is written with other characters there"
        exact = next(
            (x for x in _names_of(learner) if x.casefold() == name.casefold()),
            learner.id,
        )
        return f"it has the name {name!r}, and not {exact!r}"
    if other.is_loose and not own.is_loose:
        return "it is a single file beside the folder or zip file of that name"
    return "its name has another form than the other names here"


def _is_loose(file: File, owner: Owner) -> bool:
    """Return whether the file's own name is what says whose it is."""
    below = file.place.removeprefix(f"{owner.home}/") if owner.home else file.place
    return "/" not in below and not on_platform(owner.name)


def _spelled(owner: Owner, learner: Learner) -> bool:
    words = {owner.name, owner.name.removeprefix(owner.assignment)}
    return not words.isdisjoint(_names_of(learner))


def _names_of(learner: Learner) -> tuple[str, ...]:
    address = learner.email.partition("@")[0]
    words = (learner.id, learner.login, learner.sis_id, learner.email, address)
    return tuple(filter(None, (*words, learner.name, learner.lms_id)))


def _composed(word: str) -> str:
    return unicodedata.normalize("NFC", word)
