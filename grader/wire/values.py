"""values: what may cross between the judge and a worker, and how much of it.

None, bool, int, float, complex, str, bytes, list, tuple, dict, Ellipsis, NumPy scalars
and arrays of plain dtypes, and the three records of this module. Nothing else.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.errors import GraderError

MAX_DEPTH = 64
MAX_ITEMS = 1_000_000
# Integer keys can be chosen so that all hash alike; this many cost a second, not a day.
MAX_KEYS = 10_000
MAX_INT_BYTES = 512
MAX_DIMENSIONS = 8
MAX_TABLE_BYTES = 60_000
# Arrays start on such a boundary, so that a large one can be used where it lies.
ALIGNMENT = 16
# From this size on, a received array is a view of its frame instead of a copy.
VIEW_BYTES = 1 << 20


# How numbers are written: always in this order of bytes.
INT64 = struct.Struct("<q")
FLOAT = struct.Struct("<d")
COMPLEX = struct.Struct("<dd")
COUNT = struct.Struct("<I")
DTYPE = re.compile(r"b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[US][1-9][0-9]{0,5}")


class WireError(GraderError):
    """These bytes are not a message, or this value cannot be sent."""


@dataclass(frozen=True, slots=True)
class Handle:
    """An object that stays in the worker.

    Attributes:
        id: the worker's number for it.
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
        text: how it prints, cut short.
    """

    id: int
    type_name: str
    bases: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the judge's, which the worker may call by its number."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Table:
    """A symbolic expression as text, to be validated by whoever understands it."""

    text: str


def dtype_code(dtype: np.dtype[Any]) -> str:
    """The dtype as two or more letters, "f8" or "U12"; empty when it cannot be sent."""
    size = dtype.itemsize // 4 if dtype.kind == "U" else dtype.itemsize
    code = f"{dtype.kind}{size}"
    is_plain = dtype.fields is None and dtype.subdtype is None
    return code if is_plain and DTYPE.fullmatch(code) else ""


def is_key(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(is_key(item) for item in value)
    return isinstance(value, (str, int, float, bool, np.generic))
