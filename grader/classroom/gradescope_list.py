"""gradescope_list: read the list in Gradescope's export of submissions.

The export has a folder for each submission, ``submission_7000``, and beside them
``submission_metadata.yml``. It says who submitted each one, maybe a group, and
when::

    submission_7000:
      :submitters:
      - :name: Ada Lovelace
        :sid: '1001'
        :email: ada@example.org
      :created_at: 2026-11-24 18:03:12.123456000 Z

The rest of an entry is the autograder's results, with text that learners may have
printed. In YAML such text is indented further, so only lines at these depths are read.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from grader.classroom.moodle_worksheet import Participant
from grader.common.sanitize import clean_line

FILE_NAME = "submission_metadata.yml"
_FOLDER = re.compile(r"(submission_\d+):")
_FIELD = re.compile(r"(?P<depth> *(?:- )?):?(?P<name>\w+): *(?P<value>.*)")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:\d\d)"
)
_OF_ENTRY, _OF_PERSON = 2, (4, 6)


class _Entry(msgspec.Struct):
    """The lines of one submission: when it was made, and the fields of each person."""

    at: datetime | None = None
    people: list[dict[str, str]] = msgspec.field(default_factory=list)
    is_in_people: bool = False

    def add(self, line: str) -> None:
        """Read one line."""
        field = _FIELD.fullmatch(line)
        if field is None:
            return
        depth, name, value = len(field["depth"]), field["name"], field["value"]
        is_new = field["depth"].endswith("- ")
        if depth == _OF_ENTRY and not is_new:
            self.is_in_people = name == "submitters"
            self.at = _parse_time(value) if name == "created_at" else self.at
        elif depth in _OF_PERSON and self.is_in_people:
            if is_new:
                self.people.append({})
            if self.people:
                self.people[-1][name] = _parse_text(value)


def read_list(text: str) -> dict[str, tuple[Participant, ...]]:
    """Return the participants who submitted each folder, by the folder's name.

    Each participant has the time of the submission.
    """
    entries: dict[str, _Entry] = {}
    entry: _Entry | None = None
    for plain in text.splitlines():
        if plain[:1] not in ("", " "):
            folder = _FOLDER.fullmatch(plain.rstrip())
            entry = entries.setdefault(folder[1], _Entry()) if folder else None
        elif entry:
            entry.add(plain)
    return {
        name: tuple(
            _participant(one, entry.at) for one in entry.people if any(one.values())
        )
        for name, entry in entries.items()
    }


def _participant(fields: dict[str, str], submitted_at: datetime | None) -> Participant:
    name, email, sis_id = (
        clean_line(fields.get(x, "")) for x in ("name", "email", "sid")
    )
    return Participant(sis_id or email or name, name, email, sis_id, submitted_at)


def _parse_text(words: str) -> str:
    """Return a text as YAML writes it: with or without quotation marks."""
    plain = words.strip()
    if plain in ("", "~", "null"):
        return ""
    if plain[0] == plain[-1] == "'" and len(plain) > 1:
        return plain[1:-1].replace("''", "'")
    if plain[0] == '"':
        with suppress(ValueError, SyntaxError):
            return str(ast.literal_eval(plain))
    return plain


def _parse_time(words: str) -> datetime | None:
    match = _TIME.fullmatch(_parse_text(words))
    if match is None:
        return None
    with suppress(ValueError, OverflowError):
        day, clock, zone = match.groups()
        return datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC)
    return None
