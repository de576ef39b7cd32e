"""notes: sentences for an instructor, which can be grouped by their subject."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable


class NoteKind(enum.StrEnum):
    """The kinds of notes, in the order in which they are shown."""

    OTHER = ""
    UNREADABLE = "unreadable"
    IDENTICAL = "identical"
    SEVERAL = "handed in several times"
    LATE = "late"
    ABSENT = "nothing handed in"


class Note(str):
    """A notice with a kind, for grouping; a plain string counts as `OTHER`."""

    __slots__ = ("kind",)
    kind: NoteKind

    def __new__(cls, words: str, kind: NoteKind = NoteKind.OTHER) -> Note:
        """Return the notice with its kind."""
        note = super().__new__(cls, words)
        note.kind = kind
        return note


def kind_of(note: str) -> NoteKind:
    """Return the kind of a note."""
    return note.kind if isinstance(note, Note) else NoteKind.OTHER


def group(notes: Iterable[str]) -> list[tuple[NoteKind, list[str]]]:
    """Return the notes by kind, in the order of the kinds."""
    by_kind: dict[NoteKind, list[str]] = defaultdict(list)
    for note in notes:
        by_kind[kind_of(note)].append(note)
    return [(kind, by_kind[kind]) for kind in NoteKind if kind in by_kind]
