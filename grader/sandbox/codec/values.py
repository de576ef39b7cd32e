"""values: what may cross between the judge and a worker, and how much of it.

None, bool, int, float, complex, str, bytes, list, tuple, dict, Ellipsis, NumPy scalars
and arrays of plain dtypes, and the three records of this module. Nothing else.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import re
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from grader.errors import GraderError

# What OpenBLAS reads when numpy is imported.
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


# Whoever grades another language keeps to these: docs/protocol.md lists them, too.
MAX_DEPTH = 64
# Each item of a list that is not packed costs the judge about 4 microseconds, and all
# checks of an exercise may be answered with such a list.
MAX_ITEMS = 400_000
MAX_KEYS = 10_000
# Keys stand in the names of what is below them, for every item again.
MAX_KEY = 1_000
MAX_INT_BYTES = 512
MAX_DIMENSIONS = 8
MAX_EXPRESSION_BYTES = 60_000
# A handle tells what an object is; names that are longer tell nothing.
MAX_NAME = 200
MAX_BASES = 50
# The judge looks at each of them; an answer is a model, or its layers.
MAX_HANDLES = 1_000
# Arrays start on such a boundary, so that a large one can be used where it lies.
ALIGNMENT = 16
# From this length on, numbers of one type are written as an array of them would be. One
# by one, 400,000 take either side a second; a few take longer as an array.
PACKED_FROM = 32
# From this size on, a received array is a view of its frame instead of a copy.
VIEW_BYTES = 1 << 20


# How numbers are written: always in this order of bytes.
INT64 = struct.Struct("<q")
FLOAT = struct.Struct("<d")
COMPLEX = struct.Struct("<dd")
COUNT = struct.Struct("<I")
# The dtypes whose items have a type of Python's own.
PLAIN_DTYPES = {"b1": bool, "i8": int, "f8": float, "c16": complex}
DTYPE = re.compile(r"b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[US][1-9][0-9]{0,5}")


class CodecError(GraderError):
    """These bytes are not a message, or this value cannot be sent."""


# The types of numbers that a packed list may hold: NumPy's own have their dtype.
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
        text: how it prints, cut short.
    """

    id: int
    type_name: str
    bases: tuple[str, ...]
    text: str = ""


class CallbackHandle(msgspec.Struct, frozen=True):
    """A function of the judge's, which the worker may call by its number."""

    id: int
    name: str


class ExpressionText(msgspec.Struct, frozen=True):
    """A symbolic expression as text, to be validated by whoever understands it."""

    text: str


def packed(items: Sequence[Any]) -> np.ndarray | None:
    """Return numbers of one type as an array, from which the same ones come back.

    Returns:
        None where they are few, or of several types, or do not fit.
    """
    kind = type(items[0]) if len(items) >= PACKED_FROM else None
    dtype = _PACKED.get(kind)  # type: ignore[arg-type]
    # The types first: NumPy would make a float of a truth value without a word.
    if dtype is None or set(map(type, items)) != {kind}:
        return None
    try:
        return np.array(items, dtype)
    except OverflowError:  # an integer of more than 64 bits
        return None


@functools.lru_cache(maxsize=256)
def dtype_code(dtype: np.dtype[Any]) -> str:
    """Return the dtype as two or more letters, "f8" or "U12"; empty when it cannot be
    sent.
    """
    size = dtype.itemsize // 4 if dtype.kind == "U" else dtype.itemsize
    code = f"{dtype.kind}{size}"
    is_plain = dtype.fields is None and dtype.subdtype is None
    return code if is_plain and DTYPE.fullmatch(code) else ""


def is_key(value: Any) -> bool:
    """Return whether a dict may have this key: few can be made that hash alike.

    Of tuples, long integers, complex and very large numbers any many can.
    """
    if isinstance(value, np.generic):
        is_one_number = value.dtype.kind in "biuf" and value.dtype.itemsize <= 8
        return is_one_number or isinstance(value, str)
    if isinstance(value, int):
        return -(2**63) <= int.__int__(value) < 2**63
    return isinstance(value, (str, float))


def is_long_key(key: Any) -> bool:
    """Return whether a dict's key is a text of more than `MAX_KEY` letters."""
    # A text may be of a class of the attempt's, whose length is what it says.
    return isinstance(key, str) and str.__len__(key) > MAX_KEY


def rows_of_nothing(shape: tuple[int, ...]) -> int:
    """Count the items that an array without any data makes when it becomes a list.

    Of shape (10**9, 0) it takes no bytes, and a list of it 10**9 empty ones.
    """
    return 0 if math.prod(shape) else math.prod(filter(None, shape))
