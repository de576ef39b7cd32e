"""traveling_values: the table of the values that a question and its answer may have.

Each row is tried: its value is encoded and decoded as between judge and worker, and
compared with the values of all other rows.
"""

from __future__ import annotations

import datetime
import textwrap
from collections import Counter, namedtuple
from collections.abc import Iterator
from dataclasses import make_dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from grader.checks.attempt.answers import Unasked, require_plain_numbers
from grader.checks.comparing import is_same
from grader.sandbox import codec

_Pair = namedtuple("_Pair", ["a", "b"])
_Point = make_dataclass("_Point", ["x", "y"])

# Each value as an author writes it.
EXAMPLES: dict[str, Any] = {
    "None": None,
    "True": True,
    "3": 3,
    "2**100": 2**100,
    "0.5": 0.5,
    "1j": 1j,
    "Fraction(1, 2)": Fraction(1, 2),
    'Decimal("0.5")': Decimal("0.5"),
    '"ab"': "ab",
    'b"ab"': b"ab",
    'bytearray(b"ab")': bytearray(b"ab"),
    "[1, 2]": [1, 2],
    "(1, 2)": (1, 2),
    "Pair(1, 2)": _Pair(1, 2),
    '{"a": 2, "b": 1}': {"a": 2, "b": 1},
    'Counter("aab")': Counter("aab"),
    '{(0, 1): "x"}': {(0, 1): "x"},
    "{1, 2}": {1, 2},
    "frozenset({1, 2})": frozenset({1, 2}),
    "Point(1, 2)": _Point(1, 2),
    "np.array([1, 2])": np.array([1, 2]),
    "np.float32(0.5)": np.float32(0.5),
    "range(2)": range(2),
    "date(2026, 1, 1)": datetime.date(2026, 1, 1),
    "object()": object(),
}
_OPENING = (
    "The arguments of a question and its answer go from one process to another. This "
    "table is tried: `dev.build` sends each value, and compares it with all "
    "others. `equals` passes with those in the last column, too. Lists, dicts and the "
    "fields of a dataclass may contain any of them. Keys of dicts and items of sets "
    "are text, bytes, numbers, None, and short tuples of these.",
    "Any other object stays in the learner's process, such as a date, a Series, a "
    "DataFrame or a Keras model. `answer.via(function)` makes plain data of it there. "
    "As an argument, send plain data, or the answer of a function of the page that "
    "makes the object. In the table, `Pair` is a named tuple and `Point` a dataclass, "
    "which is sent as the name of its class and its fields. A generator's answer is "
    "the list of what it yields.",
)
_HEAD = """\
## The values that travel

{}

| value | arrives as | equals |
|---|---|---|"""


def write_table() -> str:
    """Return the chapter with the table, in Markdown."""
    opening = "\n\n".join("\n".join(textwrap.wrap(part, 120)) for part in _OPENING)
    return "\n".join([_HEAD.format(opening), *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for name, value in EXAMPLES.items():
        body = b"".join(codec.frame(value, _stays))[codec.FRAME_LENGTH.size :]
        arrived = codec.decode(body)
        others = [
            f"`{other}`"
            for other, one in EXAMPLES.items()
            if other != name and is_same(arrived, one)
        ]
        yield f"| `{name}` | {_describe(arrived)} | {', '.join(others)} |"


def _stays(value: Any) -> codec.Handle:
    return codec.Handle(0, type(value).__name__, ())


def _describe(arrived: Any) -> str:
    """Return how a value arrives, in an author's words."""
    if isinstance(arrived, codec.Handle):
        return "an object that stays: `answer.via(function)`"
    try:
        require_plain_numbers(arrived)
    except Unasked:
        return "itself, as an argument only"
    if isinstance(arrived, codec.Record):
        return "a record with `type_name` and `fields`"
    if arrived is None:
        return "`None`"
    kind = type(arrived)
    return f"`{'np.' if kind.__module__ == 'numpy' else ''}{kind.__name__}`"
