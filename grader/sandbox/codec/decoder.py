"""decoder: decode bytes from an untrusted sender to one value.

It accepts only what the encoder can have written, within all bounds, and never runs
code that the bytes choose.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

from grader.sandbox.codec.values import (
    ALIGNMENT,
    COMPLEX,
    COUNT,
    DECIMAL,
    DTYPE,
    FLOAT,
    FRACTION_BITS_PER_ITEM,
    INT64,
    MAX_BASES,
    MAX_COMPOUND_KEYS,
    MAX_DECIMAL,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_EXPRESSION_BYTES,
    MAX_HANDLES,
    MAX_INT_BYTES,
    MAX_ITEMS,
    MAX_KEY,
    MAX_KEYS,
    MAX_NAME,
    PLAIN_DTYPES,
    VIEW_BYTES,
    CallbackHandle,
    CodecError,
    ExpressionText,
    Handle,
    Record,
    dtype_code,
    is_compound_key,
    is_long_key,
    is_plain_key,
    np,
    rows_of_nothing,
)

_SURROGATE = (0xD800, 0xDFFF)
_LAST_CODE_POINT = 0x10FFFF


class Decoder:
    """Reads one value from a frame and refuses everything it doesn't expect.

    Attributes:
        taken_bytes: the least memory that its values take.
    """

    def __init__(self, body: bytearray) -> None:
        self._body = body
        self._size = len(body)
        self._at = 0
        self._items = 0
        self.taken_bytes = len(body)
        self._keys = 0
        self._compound_keys = 0
        self._handles = 0

    def whole(self) -> Any:
        """Return the value of the frame, which must end where the value ends."""
        value = self.read(0)
        if self._at != self._size:
            _refuse("there is something after the end of the message")
        return value

    def read(self, depth: int) -> Any:
        """Return the next value."""
        self._items += 1
        at = self._at
        # One check for every value, as it has to be fast; if it fails, we find out why.
        if self._items > MAX_ITEMS or depth > MAX_DEPTH or at >= self._size:
            self._refuse_next(depth)
        self._at = at + 1
        method = _KINDS.get(self._body[at])
        if method is None:
            _refuse("the message contains a kind of value that doesn't exist")
        reader, beyond = method
        self.taken_bytes += beyond
        return reader(self, depth)

    def _refuse_next(self, depth: int) -> NoReturn:
        """Refuse the message, naming the bound that the next value exceeds."""
        self._count_items(0)
        if depth > MAX_DEPTH:
            _refuse("the message is nested too deep")
        _refuse("the message ends too early")

    def _count_items(self, count: int) -> None:
        self._items += count
        if self._items > MAX_ITEMS:
            _refuse("the message has too many items")

    def _skip(self, size: int) -> int:
        """Skip the next `size` bytes, which must exist; return where they begin."""
        start = self._at
        self._at = end = start + size
        if end > self._size:
            _refuse("the message ends too early")
        return start

    def _take(self, size: int) -> memoryview:
        start = self._skip(size)
        return memoryview(self._body)[start : start + size]

    def _count(self) -> int:
        count: int = COUNT.unpack_from(self._body, self._skip(4))[0]
        # Each item or character takes at least a byte, so the count can be checked now.
        if count > self._size - self._at:
            _refuse("the message ends too early")
        return count

    def _int(self, depth: int) -> int:
        value: int = INT64.unpack_from(self._body, self._skip(8))[0]
        return value

    def _big_int(self, depth: int) -> int:
        count = self._count()
        if count > MAX_INT_BYTES:
            _refuse("an integer is too long")
        return int.from_bytes(self._take(count), "little", signed=True)

    def _float(self, depth: int) -> float:
        value: float = FLOAT.unpack_from(self._body, self._skip(8))[0]
        return value

    def _complex(self, depth: int) -> complex:
        return complex(*COMPLEX.unpack_from(self._body, self._skip(16)))

    def _text(self, depth: int) -> str:
        count = self._count()
        start = self._skip(count)
        return self._body[start : start + count].decode("utf-8")

    def _bytes(self, depth: int) -> bytes:
        return bytes(self._take(self._count()))

    def _list(self, depth: int) -> list[Any]:
        read, below = self.read, depth + 1
        return [read(below) for _ in range(self._count())]

    def _tuple(self, depth: int) -> tuple[Any, ...]:
        return tuple(self._list(depth))

    def _read_packed(self, depth: int) -> list[Any] | tuple[Any, ...]:
        """Return numbers of one type, either plain Python numbers or NumPy scalars."""
        tag, whose = self._take(2)
        dtype = self._dtype()
        is_pythons = whose == ord("p") and dtype_code(dtype) in PLAIN_DTYPES
        is_numpys = whose == ord("n") and dtype.kind in "biufc"
        if tag not in b"lt" or not (is_pythons or is_numpys):
            _refuse("a list of numbers is of a kind that does not exist")
        count: int = COUNT.unpack(self._take(4))[0]
        self._count_items(count)
        array = _array_of(self._take(count * dtype.itemsize), dtype, (count,))
        self.taken_bytes += count * (_POINTER_BYTES + _BEYOND_ITS_BYTES[ord("i")])
        items: list[Any] = array.tolist() if is_pythons else list(array)
        return items if tag == ord("l") else tuple(items)

    def _dict(self, depth: int) -> dict[Any, Any]:
        count = self._count_of_keys()
        return dict(self._entry(depth + 1) for _ in range(count))

    def _set(self, depth: int) -> set[Any]:
        count = self._count_of_keys()
        self.taken_bytes += count * _BEYOND_AN_ITEM_OF_A_SET
        return {self._key(depth + 1) for _ in range(count)}

    def _frozenset(self, depth: int) -> frozenset[Any]:
        return frozenset(self._set(depth))

    def _count_of_keys(self) -> int:
        count = self._count()
        self._keys += count
        if self._keys > MAX_KEYS:
            _refuse("the message has too many keys or items of sets")
        return count

    def _entry(self, depth: int) -> tuple[Any, Any]:
        return self._key(depth), self.read(depth)

    def _key(self, depth: int) -> Any:
        key = self.read(depth)
        # Check before hashing: some other types allow many keys with the same hash.
        if not is_plain_key(key):
            self._compound_keys += 1
            if self._compound_keys > MAX_COMPOUND_KEYS or not is_compound_key(key):
                _refuse("a dict has a key of a type that cannot be a key")
        if is_long_key(key):
            _refuse(f"a key in it is longer than {MAX_KEY:,} characters")
        return key

    def _fraction(self, depth: int) -> Fraction:
        above, below = self._fields(depth, int, int)
        bits = above.bit_length() + below.bit_length()
        self._count_items(bits // FRACTION_BITS_PER_ITEM)
        if below <= 0:
            _refuse("a fraction has no denominator")
        return Fraction(above, below)

    def _decimal(self, depth: int) -> Decimal:
        (text,) = self._fields(depth, str)
        if len(text) > MAX_DECIMAL or not DECIMAL.fullmatch(text):
            _refuse("a decimal number is not a number")
        return Decimal(text)

    def _record(self, depth: int) -> Record:
        type_name, fields = self._fields(depth, str, dict)
        if not all(type(name) is str for name in fields):
            _refuse("a record does not have the fields it should")
        return Record(type_name[:MAX_NAME], fields)

    def _dtype(self) -> np.dtype[Any]:
        return _dtype_of(bytes(self._take(self._body[self._skip(1)])))

    def _array(self, depth: int) -> np.ndarray:
        dtype = self._dtype()
        ndim = self._body[self._skip(1)]
        if ndim > MAX_DIMENSIONS:
            _refuse("an array has too many dimensions")
        shape = struct.unpack_from(f"<{ndim}Q", self._body, self._skip(8 * ndim))
        # An array without data takes no bytes, but the judge could walk through it
        # endlessly.
        self._count_items(rows_of_nothing(shape))
        if any(self._take(-self._at % ALIGNMENT)):
            _refuse("an array is not where it should be")
        data = self._take(math.prod(shape) * dtype.itemsize)
        return _array_of(data, dtype, shape)

    def _scalar(self, depth: int) -> Any:
        dtype = self._dtype()
        scalar: Any = _array_of(self._take(dtype.itemsize), dtype, ())[()]
        return scalar

    def _fields(self, depth: int, *kinds: type) -> tuple[Any, ...]:
        fields = self.read(depth + 1)
        if type(fields) is not tuple or tuple(map(type, fields)) != kinds:
            _refuse("a record does not have the fields it should")
        return fields

    def _count_handle(self) -> None:
        self._handles += 1
        if self._handles > MAX_HANDLES:
            _refuse("the message has too many objects")

    def _handle(self, depth: int) -> Handle:
        self._count_handle()
        id_, type_name, bases, text = self._fields(depth, int, str, tuple, str)
        if not all(type(name) is str for name in bases):
            _refuse("a record does not have the fields it should")
        names = tuple(name[:MAX_NAME] for name in bases[:MAX_BASES])
        return Handle(id_, type_name[:MAX_NAME], names, text[:MAX_NAME])

    def _callback_handle(self, depth: int) -> CallbackHandle:
        self._count_handle()
        id_, name = self._fields(depth, int, str)
        return CallbackHandle(id_, name[:MAX_NAME])

    def _expression(self, depth: int) -> ExpressionText:
        (text,) = self._fields(depth, str)
        if len(text.encode()) > MAX_EXPRESSION_BYTES:
            _refuse("an expression is too long")
        return ExpressionText(text)


# The memory that CPython uses for a value, on top of the bytes it has in a message.
_POINTER_BYTES = 8
_BEYOND_ITS_BYTES = {
    **dict.fromkeys(b"id", 24),
    **dict.fromkeys(b"sbltpmg", 48),
    **dict.fromkeys(b"ahfxqDr", 112),
    **dict.fromkeys(b"uz", 216),
}
_BEYOND_AN_ITEM_OF_A_SET = 32
_READERS: dict[int, Callable[[Decoder, int], Any]] = {
    ord("N"): lambda decoder, depth: None,
    ord("T"): lambda decoder, depth: True,
    ord("F"): lambda decoder, depth: False,
    ord("."): lambda decoder, depth: ...,
    ord("i"): Decoder._int,
    ord("I"): Decoder._big_int,
    ord("d"): Decoder._float,
    ord("c"): Decoder._complex,
    ord("s"): Decoder._text,
    ord("b"): Decoder._bytes,
    ord("l"): Decoder._list,
    ord("t"): Decoder._tuple,
    ord("p"): Decoder._read_packed,
    ord("m"): Decoder._dict,
    ord("u"): Decoder._set,
    ord("z"): Decoder._frozenset,
    ord("q"): Decoder._fraction,
    ord("D"): Decoder._decimal,
    ord("r"): Decoder._record,
    ord("a"): Decoder._array,
    ord("g"): Decoder._scalar,
    ord("h"): Decoder._handle,
    ord("f"): Decoder._callback_handle,
    ord("x"): Decoder._expression,
}
# One lookup per value: the method that reads it, and the extra memory it takes.
_KINDS = {
    tag: (reader, _BEYOND_ITS_BYTES.get(tag, _POINTER_BYTES))
    for tag, reader in _READERS.items()
}


@functools.lru_cache(maxsize=256)
def _dtype_of(code: bytes) -> np.dtype[Any]:
    letters = str(code, "ascii")
    if not DTYPE.fullmatch(letters):
        _refuse("an array has a dtype that cannot be sent")
    return np.dtype(letters)


def _array_of(
    data: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> np.ndarray:
    if not data:  # there is no largest item to check
        return np.empty(shape, dtype)
    array = np.frombuffer(data, dtype).reshape(shape)
    if dtype.kind == "b" and array.view(np.uint8).max() > 1:
        _refuse("a truth value is neither true nor false")
    if dtype.kind == "U":
        _check_code_points(np.frombuffer(data, np.uint32))
    # A small view would keep the whole frame in memory.
    return array if array.nbytes >= VIEW_BYTES else array.copy()


def _check_code_points(points: np.ndarray) -> None:
    # NumPy takes any number; Python raises SystemError when it makes a str of it.
    first, last = _SURROGATE
    is_surrogate = (points >= first) & (points <= last)
    if (points > _LAST_CODE_POINT).any() or is_surrogate.any():
        _refuse("a text in an array is not text")


def _refuse(why: str) -> NoReturn:
    raise CodecError(why)
