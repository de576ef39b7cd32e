"""hand_rows: rows that a person wrote about learners, from a file of the class.

Points by hand and comments are such rows: each says which learner it is about, and
which exercise or whole lesson.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from grader.classroom.class_files import csv_rows, read_class_file
from grader.classroom.records import Learner
from grader.classroom.roster import identifiers_of
from grader.errors import Misuse
from grader.sanitize import clean_line

_LESSON = re.compile(r"(?:lesson *)?(\d+)(?:_\w+)?")
_NUMBER = re.compile(r"\d+")


def read_cells(
    folder: Path, file_name: str, columns: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each row of a file in a folder: where it is, and its cells by column.

    Raises:
        Misuse: it cannot be read, a column is missing, or a cell is empty.
    """
    path = folder / file_name
    content = read_class_file(path)
    if content is None:
        return
    try:
        header, *rows = csv_rows(content) or [[]]
    except csv.Error as error:
        raise Misuse(f"{path} cannot be read ({error}).") from error
    names = [cell.strip().casefold() for cell in header]
    if missing := [name for name in columns if name not in names]:
        raise Misuse(
            f"{path} has no column {missing[0]!r}. Its first row must contain the "
            f"column names {', '.join(columns)}."
        )
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        place, found = f"{path}, row {number}", dict(zip(names, cells, strict=False))
        told = {name: clean_line(found.get(name) or "") for name in columns}
        if empty := [name for name in columns if not told[name]]:
            raise Misuse(f"{place}: the cell under {empty[0]!r} is empty.")
        yield place, told


def part_named(words: str) -> str:
    """Return the tag of the exercise, or the short name of the lesson, that is meant.

    >>> part_named("3E"), part_named("Lesson 3"), part_named("lesson3_gradients")
    ('3e', 'lesson3', 'lesson3')
    """
    plain = words.strip().lower()
    lesson = _LESSON.fullmatch(plain)
    return f"lesson{int(lesson[1])}" if lesson else plain


def lesson_number_of(part: str) -> int:
    """Return the number of the lesson that a part is, or is in; 0 if it has none."""
    number = _NUMBER.search(part)
    return int(number[0]) if number else 0


class NameIndex:
    """The people of a class, by every word that may mean one of them."""

    def __init__(self, people: Iterable[Learner]) -> None:
        self._exact: set[str] = set()
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, list[str]] = defaultdict(list)
        for one in people:
            self._exact.add(one.id)
            self._ids[one.id.casefold()].append(one.id)
            for key in identifiers_of(one):
                self._known[key].append(one.id)

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


def refuse_duplicate(
    place: str, learner: str, part: str, first: str, as_whom: str = ""
) -> Misuse:
    """Return the error for a second row about the same learner and part."""
    row = first.rpartition(", ")[2]
    named = f", as {as_whom}" if as_whom else ""
    return Misuse(
        f"{place}: {learner} has points for {part} in {row} already{named}. Keep one "
        "of them."
    )
