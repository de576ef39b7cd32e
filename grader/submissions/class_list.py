"""class_list: who is in a class, found by whatever name a submission carries."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.errors import Misuse
from grader.export.records import Learner
from grader.export.roster import read_roster

# In this order: a name that is exactly somebody's id is theirs, whatever else fits.
_KINDS = ("id", "login", "sis_id", "email", "address", "name", "lms_id")
# A number that a platform wrote is its own, and nobody's number elsewhere.
_KINDS_OF_A_PLATFORM = ("lms_id", "name")


class ClassList:
    """The learners of a roster; nobody when there is none.

    Args:
        path: the roster, a CSV file.
        must_exist: whether it was asked for.

    Raises:
        Misuse: it does not exist although it must, or it cannot be read.
    """

    def __init__(self, path: Path, *, must_exist: bool) -> None:
        self.learners: tuple[Learner, ...] = ()
        if path.is_file():
            try:
                self.learners = read_roster(path.read_bytes())
            except Misuse as error:
                raise Misuse(f"{path}: {error}") from error
        elif must_exist:
            raise Misuse(f"There is no roster {str(path)!r}.")
        self._by: dict[str, dict[str, list[Learner]]] = {
            kind: defaultdict(list) for kind in _KINDS
        }
        for one in self.learners:
            for kind in _KINDS:
                if word := _word_of(one, kind):
                    self._by[kind][_plain(word)].append(one)

    def matching(self, told: Iterable[Learner]) -> tuple[Learner, ...]:
        """Whom on the roster a submission may be from; several where names are equal.

        Args:
            told: who it is from by its names, the most telling first.
        """
        for one in told:
            if one.lms_id:
                words = [(kind, _word_of(one, kind)) for kind in _KINDS_OF_A_PLATFORM]
            else:
                words = [(kind, word) for word in _ends(one.id) for kind in _KINDS]
            for kind, word in words:
                if found := self._by[kind].get(_plain(word)):
                    return tuple(found)
        return ()

    def with_others(self, others: Mapping[str, Learner]) -> tuple[Learner, ...]:
        """The roster in its order, then the learners it does not know, by id."""
        ids = {learner.id for learner in self.learners}
        extra = [others[key] for key in sorted(others) if key not in ids]
        return (*self.learners, *extra)


def _word_of(one: Learner, kind: str) -> str:
    if kind == "address":
        return one.email.split("@")[0]
    return str(getattr(one, kind))


def _ends(word: str) -> list[str]:
    """The word, and what follows its dashes: GitHub puts the assignment before."""
    parts = word.split("-")
    return ["-".join(parts[start:]) for start in range(len(parts))]


def _plain(word: str) -> str:
    return " ".join(unicodedata.normalize("NFC", word).casefold().split())
