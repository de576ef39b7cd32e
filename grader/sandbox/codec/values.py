"""values: which values the judge and a worker can exchange, and their bounds.

These are None, bool, int, float, complex, Fraction, Decimal, str, bytes, list, tuple,
dict, set, frozenset, Ellipsis, and NumPy scalars and arrays of plain dtypes. The four
records of this module stand for other things.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import re
import struct
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from grader.common.errors import GraderError

# The variables that OpenBLAS reads when NumPy is imported.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@contextlib.contextmanager
def _single_threaded() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


with _single_threaded():
    import numpy as np

__all__ = ["np"]


# A grader for another language must keep to these bounds too; see docs/protocol.md.
MAX_DEPTH = 64
# Each item of a list that isn't packed costs the judge about 4 microseconds, and an
# attempt may answer every check of an exercise with such a list.
MAX_ITEMS = 400_000
MAX_KEYS = 10_000
# The names of a dict's items contain its keys, repeated for every item.
MAX_KEY = 1_000
# Anybody can make tuples with the same hash, and each is then compared with all others.
MAX_COMPOUND_KEYS = 2_000
MAX_PARTS_OF_KEY = 16
MAX_INT_BYTES = 512
# A fraction is reduced when it is received, so a long one counts as several items.
FRACTION_BITS_PER_ITEM = 64
MAX_DECIMAL = 1_000
# As Python writes it, without a signalling nan, which fails in every comparison.
DECIMAL = re.compile(r"-?([0-9]+(\.[0-9]+)?(E[+-]?[0-9]{1,4})?|Infinity|NaN)", re.ASCII)
MAX_DIMENSIONS = 8
MAX_EXPRESSION_BYTES = 60_000
# The judge uses a handle to see what an object is; longer names wouldn't help.
MAX_NAME = 200
MAX_BASES = 50
# The judge looks at each of them; a typical answer is a model, or its layers.
MAX_HANDLES = 1_000
# Arrays begin at a multiple of this, so that large ones can be used without a copy.
ALIGNMENT = 16
# Lists with at least this many numbers of one type are written as an array. One by one,
# 400,000 numbers take each side a second; for a few numbers, an array is slower.
PACKED_FROM = 32
# An array with at least this many bytes is received as a view of its frame, not a copy.
VIEW_BYTES = 1 << 20


# How numbers are written: always little-endian.
INT64 = struct.Struct("<q")
FLOAT = struct.Struct("<d")
COMPLEX = struct.Struct("<dd")
COUNT = struct.Struct("<I")
# The dtypes whose items correspond to a plain Python type.
PLAIN_DTYPES = {"b1": bool, "i8": int, "f8": float, "c16": complex}
DTYPE = re.compile(r"b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[US][1-9][0-9]{0,5}")


class CodecError(GraderError):
    """These bytes aren't a message, or this value can't be sent."""


# The types of numbers that a packed list may contain; NumPy's have their own dtype.
_PACKED: dict[type, np.dtype[Any]] = {
    **{
        kind: np.dtype(kind)
        for code in "?bBhHiIqQefdFD"
        for kind in [np.dtype(code).type]
    },
    **{kind: np.dtype(code) for code, kind in PLAIN_DTYPES.items()},
}


class Handle(msgspec.Struct, frozen=True):
    """An object that stays in the worker.

    Attributes:
        id: the worker's number for it.
        type_name: the name of its class.
        bases: the names of its class and of all its base classes.
        text: its repr, cut to a bound.
    """

    id: int
    type_name: str
    bases: tuple[str, ...]
    text: str = ""


class CallbackHandle(msgspec.Struct, frozen=True):
    """One of the judge's functions, which the worker may call by its number."""

    id: int
    name: str


class Record(msgspec.Struct, frozen=True):
    """An instance of a dataclass, as the name of its class and its fields.

    Nothing of the class itself is sent. A worker makes an instance of the class of that
    name in the attempt's file.
    """

    type_name: str
    fields: dict[str, Any]


class ExpressionText(msgspec.Struct, frozen=True):
    """A symbolic expression as text, for the caller to validate."""

    text: str


# Where pandas and xarray keep the labels of their values, which an array doesn't have.
_LABELS = ("index", "coords")
# For authors: the way if a value can't be sent.
INSTEAD = "answer.via(function) turns an answer into plain data."


def has_labels(value: Any) -> bool:
    """Return whether a value is like an array and has labels, as a Series has."""
    is_like_array = hasattr(value, "__array__") and not isinstance(value, type)
    return is_like_array and any(hasattr(value, one) for one in _LABELS)


def packed(items: Sequence[Any]) -> np.ndarray | None:
    """Return numbers of one type as an array that can be converted back exactly.

    Returns:
        The array, or None if they are few, of several types, or too large.
    """
    kind = type(items[0]) if len(items) >= PACKED_FROM else None
    dtype = _PACKED.get(kind)  # type: ignore[arg-type]
    # Check the types first: NumPy would silently convert a bool to a float.
    if dtype is None or set(map(type, items)) != {kind}:
        return None
    try:
        return np.array(items, dtype)
    except OverflowError:  # an integer of more than 64 bits
        return None


@functools.lru_cache(maxsize=256)
def dtype_code(dtype: np.dtype[Any]) -> str:
    """Return a code for the dtype, such as "f8" or "U12"; "" if it can't be sent."""
    size = dtype.itemsize // 4 if dtype.kind == "U" else dtype.itemsize
    code = f"{dtype.kind}{size}"
    is_plain = dtype.fields is None and dtype.subdtype is None
    return code if is_plain and DTYPE.fullmatch(code) else ""


def is_plain_key(value: Any) -> bool:
    """Return whether many keys of this type with the same hash are hard to make.

    That is easy for tuples, long integers, complex and very large numbers.
    """
    if isinstance(value, np.generic):
        is_one_number = value.dtype.kind in "biuf" and value.dtype.itemsize <= 8
        return is_one_number or isinstance(value, str)
    if isinstance(value, int):
        return -(2**63) <= int.__int__(value) < 2**63
    return value is None or isinstance(value, (str, float, bytes))


def is_compound_key(value: Any) -> bool:
    """Return whether a value is a key of at most `MAX_PARTS_OF_KEY` parts."""
    parts, waiting = 0, [value]
    while waiting:
        one, parts = waiting.pop(), parts + 1
        if parts > MAX_PARTS_OF_KEY:
            return False
        if isinstance(one, (tuple, frozenset)):
            waiting += one
        elif not (type(one) in (int, Fraction, Decimal) or is_plain_key(one)):
            return False
    return True


def is_long_key(key: Any) -> bool:
    """Return whether a key has a text of more than `MAX_KEY` characters or bytes."""
    # Use str's own method: the attempt may define a subclass with a false length.
    if isinstance(key, str):
        return str.__len__(key) > MAX_KEY
    if isinstance(key, bytes):
        return bytes.__len__(key) > MAX_KEY
    return isinstance(key, tuple) and any(map(is_long_key, key))


def rows_of_nothing(shape: tuple[int, ...]) -> int:
    """Count the items that an array without any data yields when it becomes a list.

    With shape (10**9, 0) it takes no bytes, but gives a list of 10**9 empty lists.
    """
    return 0 if math.prod(shape) else math.prod(filter(None, shape))
