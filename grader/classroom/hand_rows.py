"""hand_rows: rows that a person wrote about learners, from a file of the class.

Points by hand and comments are such rows: each says which learner it is about, and
which exercise or whole lesson.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from grader.classroom.class_files import number_rows, read_class_file, restore
from grader.classroom.records import Learner
from grader.classroom.roster import identifiers_of
from grader.common.errors import Misuse
from grader.common.sanitize import clean_line

_LESSON = re.compile(r"(?:lesson *)?(\d+)(?:_\w+)?")
_NUMBER = re.compile(r"\d+")


class HandRow(msgspec.Struct, frozen=True):
    """A row that a person wrote about a learner.

    Attributes:
        place: the file and the line that it begins in.
        learner: an id, name, login or address.
        part: the tag of an exercise, or the short name of a whole lesson.
    """

    place: str
    learner: str
    part: str

    @property
    def lesson(self) -> int:
        """The number of the lesson that it is about; 0 if it has none."""
        number = _NUMBER.search(self.part)
        return int(number[0]) if number else 0


Row = TypeVar("Row", bound=HandRow)
PlacedCells = tuple[str, dict[str, str]]


def read_cells(path: Path, columns: Collection[str]) -> list[PlacedCells]:
    """Return each row of a file: where it is, and its cells by column.

    Raises:
        Misuse: if it can't be read, a column is missing, or a cell is empty.
    """
    content = read_class_file(path)
    return [] if content is None else parse_cells(path, content, columns)[1]


def parse_cells(
    path: Path, content: bytes, columns: Collection[str]
) -> tuple[list[str], list[PlacedCells]]:
    """Return the names of a file's columns, and its rows like `read_cells`.

    Raises:
        Misuse: if it can't be read, a column is missing, or a cell is empty.
    """
    try:
        (_, header), *rows = number_rows(content) or [(1, [])]
    except Misuse as error:
        raise Misuse(f"{path}: {error}") from error
    names = [cell.strip().casefold() for cell in header]
    if missing := [name for name in columns if name not in names]:
        raise Misuse(
            f"{path} has no column {missing[0]!r}. Its first row must contain the "
            f"column names {', '.join(columns)}."
        )
    placed_rows = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        place, by_name = f"{path}, line {line}", dict(zip(names, cells, strict=False))
        fields = {x: restore(clean_line(by_name.get(x, ""))) for x in columns}
        if empty := [name for name in columns if not fields[name]]:
            raise Misuse(f"{place}: the cell under {empty[0]!r} is empty.")
        placed_rows.append((place, fields))
    return names, placed_rows


def match_rows(
    rows: Iterable[Row], people: Iterable[Learner]
) -> tuple[dict[tuple[str, str], tuple[Row, ...]], tuple[Row, ...]]:
    """Return the rows by the learner's id and the part, and those about nobody.

    A learner is matched by id, or else by name, login or address.

    Raises:
        Misuse: if a row could be about several people.
    """
    by: dict[tuple[str, str], tuple[Row, ...]] = {}
    strangers: list[Row] = []
    index = NameIndex(people)
    for row in rows:
        meant = index.find(row.learner, row.place)
        if meant is None:
            strangers.append(row)
        else:
            key = meant, row.part
            by[key] = (*by.get(key, ()), row)
    return by, tuple(strangers)


def find_part(words: str) -> str:
    """Return the tag of the exercise, or the short name of the lesson, that is meant.

    >>> find_part("3E"), find_part("Lesson 3"), find_part("lesson3_gradients")
    ('3e', 'lesson3', 'lesson3')
    """
    plain = words.strip().lower()
    lesson = _LESSON.fullmatch(plain)
    return f"lesson{int(lesson[1])}" if lesson else plain


class NameIndex:
    """The people of a class, by every word that may mean one of them."""

    def __init__(self, people: Iterable[Learner]) -> None:
        self._exact: set[str] = set()
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, list[str]] = defaultdict(list)
        for person in people:
            self._exact.add(person.id)
            self._ids[person.id.casefold()].append(person.id)
            # People with the same name have their ids after it.
            name = person.name.removesuffix(f" ({person.id})").casefold()
            for key in identifiers_of(person) | ({name} if name else set()):
                self._known[key].append(person.id)

    def find(self, word: str, place: str) -> str | None:
        """Return the id of the learner meant: by id, else by name, login or address.

        Raises:
            Misuse: it could be several people.
        """
        if word in self._exact:
            return word
        meant = self._ids.get(word.casefold()) or self._known.get(word.casefold()) or []
        if len(meant) > 1:
            raise Misuse(
                f"{place}: {word} could be {' or '.join(sorted(meant))}. "
                "Write that id instead."
            )
        return meant[0] if meant else None
