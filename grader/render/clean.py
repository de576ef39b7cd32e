"""clean: text that cannot move a cursor, hide a line or imitate another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

_ESCAPE = re.compile(
    r"""
      (?:\x1b\[|\x9b) [0-?]* [ -/]* [@-~]?            # colours, cursor, erasing
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])            # titles, links, device strings
      [^\x07\x1b\x9c]* (?:\x07|\x1b\\|\x9c)?
    | \x1b [ -/]* [0-~]?                              # everything else
    """,
    re.VERBOSE,
)
# Controls, directions, joiners and other signs that are not seen; lone surrogates.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_MOST_MARKS = 2
_PLAIN = str.maketrans(
    {
        "×": "x",
        "·": ".",
        "…": "...",
        "–": "-",
        "—": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "→": "->",
        "←": "<-",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "≈": "~",
        "√": "sqrt",
        "∂": "d",
        "∞": "inf",
        "π": "pi",
        "│": "|",
        "█": "#",
        "░": ".",
        "✓": "+",
        "✗": "x",
        "○": "o",
    }
)


def clean(text: str) -> str:
    """Text of printable characters, spaces and line ends alone.

    >>> clean("a\\x1b[2Jb\\x07\\tc")
    'ab c'
    >>> clean("10 %\\r20 %\\r\\n")
    '20 %\\n'
    """
    lines = _ESCAPE.sub("", text).split("\n")
    text = "\n".join(_as_overwritten(line) for line in lines).expandtabs(4)
    return "".join(_without_stacks(c for c in text if _is_seen(c)))


def plain(text: str) -> str:
    """Text in ASCII; what has no ASCII likeness becomes a question mark.

    >>> plain("2 × 3 ≥ 5 … café 数")
    '2 x 3 >= 5 ... cafe ?'
    """
    text = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return text.encode("ascii", "replace").decode("ascii")


def _as_overwritten(line: str) -> str:
    """What is left of a line that carriage returns began again."""
    return line.rstrip("\r").rpartition("\r")[2]


def _is_seen(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in _UNSEEN


def _without_stacks(characters: Iterable[str]) -> Iterator[str]:
    """Accents, but never so many on one letter that they cover the line above."""
    marks = 0
    for character in characters:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            yield character
