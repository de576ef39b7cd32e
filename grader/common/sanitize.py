"""sanitize: make text from other people harmless for where it goes.

A terminal gets only visible characters (`strip_controls`, `to_ascii`): there, a name
with zero-width joiners could imitate another one. A file or a page keeps every script
as it was written, including joiners (`replace_controls`, `clean_line`), because other
systems find people by their names. Only characters that a program would obey are
replaced.
"""

from __future__ import annotations

import hashlib
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
# Controls, directions, joiners and other invisible characters; lone surrogates.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SPACES = frozenset({"Zs", "Zl", "Zp", "Cc"})
# Letters and symbols without ink: Hangul fillers, the blank Braille pattern, and our
# replacement for control characters.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffd")
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

# Control characters could repaint a terminal, directional ones could reorder a line,
# and neither those nor halves of a surrogate pair are legal in XML.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
_NOT_IN_NAMES = re.compile(r"[^\w.@-]+")
_WINDOWS_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_LONGEST_NAME = 60


def strip_controls(text: str) -> str:
    """Return the text with only printable characters, spaces and line ends.

    >>> strip_controls("a\\x1b[2Jb\\x07\\tc")
    'ab c'
    >>> strip_controls("10 %\\r20 %\\r\\n")
    '20 %\\n'
    """
    # Most texts are clean already. Looking at each character took a fifth of the time
    # for drawing a report.
    if text.isascii() and text.isprintable():
        return text
    # Remove whole sequences first: without its escape, [2J would stay as text.
    lines = _ESCAPE.sub("", text).split("\n")
    text = "\n".join(_as_overwritten(line) for line in lines).expandtabs(4)
    return "".join(_without_stacks(c for c in text if _is_seen(c)))


def to_ascii(text: str) -> str:
    """Return the text in ASCII, with a question mark for what has no equivalent.

    >>> to_ascii("2 × 3 ≥ 5 … café 数")
    '2 x 3 >= 5 ... cafe ?'
    """
    text = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return text.encode("ascii", "replace").decode("ascii")


def replace_controls(text: str) -> str:
    """Replace control characters, directional ones and those that XML forbids.

    >>> replace_controls("a\\x1b[2Jb\\r\\nc")
    'a�[2Jb\\nc'
    """
    return _HARMFUL.sub("\ufffd", text.replace("\r\n", "\n"))


def clean_line(text: str) -> str:
    r"""Return the text without control characters, and on one line.

    >>> clean_line(" Ada\n Lovelace ")
    'Ada Lovelace'
    """
    return " ".join(replace_controls(text).split())


def join_lines(text: str) -> str:
    r"""Return the text as one line of output, otherwise unchanged.

    >>> join_lines("Ada  L.\nBob: 100 of 100")
    'Ada  L. Bob: 100 of 100'
    """
    return " ".join(text.splitlines())


def comparable_name(text: str) -> str:
    r"""Return the visible part of a name, to compare it with others.

    >>> comparable_name("Ada\u200b  Lovelace"), comparable_name(" \u200b\u3164")
    ('ada lovelace', '')
    """
    visible = (
        " " if unicodedata.category(c) in _SPACES or c in _BLANKS else c
        for c in unicodedata.normalize("NFKC", text)
        if unicodedata.category(c) not in _UNSEEN or c.isspace()
    )
    words = "".join(visible).casefold().split()
    # A combining mark needs a character to combine with.
    has_signs = any(unicodedata.category(c)[0] != "M" for c in "".join(words))
    return " ".join(words) if has_signs else ""


def safe_file_name(text: str) -> str:
    """Return a name that any file system accepts, and that is unique for each text.

    >>> safe_file_name("ada"), safe_file_name("../Ada & co")
    ('ada', '_Ada_co-e1be03')
    """
    name = unicodedata.normalize("NFC", text)
    safe = _NOT_IN_NAMES.sub("_", name).lstrip(".-").rstrip(".")[:_LONGEST_NAME]
    # Windows takes nul.txt for the device, in whatever folder it is.
    is_device = _WINDOWS_DEVICE.fullmatch(safe) is not None
    if safe and safe == name.lower() and not is_device:
        return safe
    # The hash distinguishes names that are the same to a case-insensitive file system.
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{'_' if is_device or not safe else ''}{safe}-{mark}"


def _as_overwritten(line: str) -> str:
    """Return the visible part of a line in which carriage returns overwrite text."""
    # Don't use a pattern: one over all lines took more than linear time on long output.
    return line.rstrip("\r").rpartition("\r")[2]


def _is_seen(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in _UNSEEN


def _without_stacks(characters: Iterable[str]) -> Iterator[str]:
    """Yield the characters, with few enough accents not to cover the line above."""
    marks = 0
    for character in characters:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            yield character
