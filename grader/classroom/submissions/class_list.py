"""class_list: who is in a class, found by whatever name a submission carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from grader.classroom.class_files import read_class_file
from grader.classroom.records import CANVAS, Learner
from grader.classroom.roster import list_rows
from grader.classroom.submissions.due import moment_of
from grader.classroom.submissions.names import plain, squash
from grader.errors import Misuse

# In this order: a name that is exactly somebody's id is theirs, whatever else fits.
_KINDS = ("id", "login", "sis_id", "email", "address", "name", "lms_id")


class ClassList:
    """The learners of a roster; nobody when there is none.

    Args:
        path: the roster, a CSV file.
        must_exist: whether it was asked for.

    Attributes:
        is_empty: whether there is one, and nobody is on it.
        learners: everybody on it, in its order.
        due: until when somebody may hand in, where the roster says so, by their id.

    Raises:
        Misuse: it does not exist although it must, or it cannot be read.
    """

    def __init__(self, path: Path, *, must_exist: bool) -> None:
        self.learners: tuple[Learner, ...] = ()
        self.due: dict[str, datetime] = {}
        self.is_empty = False
        if must_exist and not path.is_file():
            raise Misuse(f"There is no roster {str(path)!r}.")
        content = read_class_file(path, is_named=must_exist)
        if content is not None:
            self._read(path, content)
            self.is_empty = not self.learners
        self._by: dict[str, dict[str, list[Learner]]] = {
            kind: defaultdict(list) for kind in (*_KINDS, "canvas", "canvas number")
        }
        one: Learner
        for one in self.learners:
            for kind in _KINDS:
                if word := _word_of(one, kind):
                    self._by[kind][plain(word)].append(one)
            # Another system's number may be equal, and is somebody else's.
            if one.lms in (CANVAS, ""):
                self._by["canvas number"][one.lms_id].append(one)
            for word in _on_canvas(one.name):
                self._by["canvas"][word].append(one)

    def _read(self, path: Path, content: bytes) -> None:
        try:
            rows = list_rows(content)
            self.learners = tuple(row.learner for row in rows)
            for row in rows:
                if row.due:
                    where = f"the column 'due' in line {row.line}"
                    self.due[row.learner.id] = moment_of(row.due, where)
        except Misuse as error:
            raise Misuse(f"{path}: {error}") from error

    def __bool__(self) -> bool:
        return bool(self.learners)

    def find_named(self, word: str) -> tuple[Learner, ...]:
        """Return whom a name says: an id, a login, an address, a number or a name."""
        return self._first((kind, plain(word)) for kind in _KINDS)

    def ending(self, word: str) -> tuple[Learner, ...]:
        """Return whom a name ends with: GitHub puts the assignment before them."""
        parts = word.split("-")
        ends = ("-".join(parts[start:]) for start in range(1, len(parts)))
        return next(filter(None, map(self.find_named, ends)), ())

    def on_canvas(self, number: str, name: str) -> tuple[Learner, ...]:
        """Return whom Canvas means, by their number there or by their name."""
        return self._first((("canvas number", number), ("canvas", squash(name))))

    def on_moodle(self, one: Learner, has_number: bool) -> tuple[Learner, ...]:
        """Return whom Moodle means.

        Args:
            one: what Moodle says of them.
            has_number: whether the roster has Moodle's numbers of this assignment.
        """
        words = (
            # Another system's number may be equal, and is somebody else's.
            ("lms_id", plain(one.lms_id) if has_number else ""),
            ("email", plain(one.email)),
            ("sis_id", plain(one.sis_id)),
            ("name", plain(one.name)),
        )
        return self._first(words)

    def with_others(self, others: Mapping[str, Learner]) -> tuple[Learner, ...]:
        """Return the roster in its order, then the learners it does not know, by id."""
        ids = {learner.id for learner in self.learners}
        extra = [others[key] for key in sorted(others) if key not in ids]
        return (*self.learners, *extra)

    def _first(self, words: Iterable[tuple[str, str]]) -> tuple[Learner, ...]:
        for kind, word in words:
            if word and (found := self._by[kind].get(word)):
                return tuple(found)
        return ()


def _word_of(one: Learner, kind: str) -> str:
    if kind == "address":
        return one.email.split("@")[0]
    return str(getattr(one, kind))


def _on_canvas(name: str) -> set[str]:
    """Return how Canvas may write a name into a file's, the last name first."""
    if "," in name:
        return {squash(name)}
    parts = name.split()
    turned = (parts[cut:] + parts[:cut] for cut in range(len(parts)))
    return {squash("".join(words)) for words in turned}
