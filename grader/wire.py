"""wire: values to bytes and back, with no code in them.

What may cross is a closed list: None, bool, int, float, complex, str, bytes, list,
tuple, dict, Ellipsis, NumPy scalars and arrays of plain dtypes, and three records:
`Handle`, `Function` and `Table`. The decoder trusts nobody. It bounds bytes, depth,
items, keys and dimensions, accepts only what the encoder can have written, and answers
anything else with `WireError`; it never runs code that the bytes chose.

A message is a frame: its length in eight bytes, then one value.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

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

FRAME_LENGTH = struct.Struct("<Q")
_INT64 = struct.Struct("<q")
_FLOAT = struct.Struct("<d")
_COMPLEX = struct.Struct("<dd")
_COUNT = struct.Struct("<I")
_DTYPE = re.compile(r"b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[US][1-9][0-9]{0,5}")
_SURROGATE = (0xD800, 0xDFFF)
_LAST_CODE_POINT = 0x10FFFF


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


class Encoder:
    """Writes one value into a list of buffers; large arrays are not copied.

    Args:
        keep: called with an object that cannot be sent; returns what is sent instead.
            Without it such an object is a `WireError`.
        max_bytes: a longer message is a `WireError`.
    """

    def __init__(
        self, keep: Callable[[Any], Any] | None = None, max_bytes: int = 1 << 31
    ) -> None:
        self._keep = keep
        self._max_bytes = max_bytes
        self._items = 0
        self._keys = 0
        self.buffers: list[Any] = []
        self.size = 0

    def write(self, value: Any, depth: int = 0) -> None:
        """Append `value`.

        Raises:
            WireError: it is too deep, too long, or of a type that cannot be sent.
        """
        self._items += 1
        if depth > MAX_DEPTH:
            raise WireError(f"it is nested more than {MAX_DEPTH} deep")
        if self._items > MAX_ITEMS:
            raise WireError(f"it has more than {MAX_ITEMS:,} items")
        for kind, write in _WRITERS:
            if isinstance(value, kind):
                write(self, value, depth)
                return
        self._write_unknown(value, depth)

    def _put(self, data: Any, size: int) -> None:
        self.size += size
        if self.size > self._max_bytes:
            raise WireError(f"it is larger than {self._max_bytes >> 20} MB")
        self.buffers.append(data)

    def _tag(self, tag: bytes, *parts: bytes) -> None:
        data = tag + b"".join(parts)
        self._put(data, len(data))

    def _long(self, tag: bytes, data: bytes) -> None:
        self._tag(tag, _COUNT.pack(min(len(data), 2**32 - 1)))
        self._put(data, len(data))

    def _write_constant(self, value: Any, depth: int) -> None:
        self._tag({None: b"N", True: b"T", False: b"F", ...: b"."}[value])

    def _write_int(self, value: int, depth: int) -> None:
        value = int.__int__(value)
        if -(2**63) <= value < 2**63:
            self._tag(b"i", _INT64.pack(value))
            return
        size = value.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            raise WireError(f"an integer in it has more than {MAX_INT_BYTES * 8} bits")
        self._long(b"I", value.to_bytes(size, "little", signed=True))

    def _write_float(self, value: float, depth: int) -> None:
        self._tag(b"d", _FLOAT.pack(float.__float__(value)))

    def _write_complex(self, value: complex, depth: int) -> None:
        value = complex.__complex__(value)
        self._tag(b"c", _COMPLEX.pack(value.real, value.imag))

    def _write_text(self, value: str, depth: int) -> None:
        self._long(b"s", str.encode(value, "utf-8", "replace"))

    def _write_bytes(self, value: bytes, depth: int) -> None:
        self._long(b"b", bytes(memoryview(value)))

    def _write_sequence(self, value: Sequence[Any], depth: int) -> None:
        kind = list if isinstance(value, list) else tuple
        items: list[Any] = list(kind.__iter__(value))  # type: ignore[arg-type]
        self._tag(b"l" if kind is list else b"t", _COUNT.pack(len(items)))
        for item in items:
            self.write(item, depth + 1)

    def _write_dict(self, value: dict[Any, Any], depth: int) -> None:
        items = list(dict.items(value))
        self._keys += len(items)
        if self._keys > MAX_KEYS:
            raise WireError(f"it has more than {MAX_KEYS:,} dict entries")
        if not all(_is_key(key) for key, _ in items):
            self._write_unknown(value, depth)
            return
        self._tag(b"m", _COUNT.pack(len(items)))
        for key, item in items:
            self.write(key, depth + 1)
            self.write(item, depth + 1)

    def _write_array(self, value: np.ndarray, depth: int) -> None:
        array = np.ndarray.view(value, np.ndarray)
        code = _dtype_code(array.dtype)
        if not code or array.ndim > MAX_DIMENSIONS:
            self._write_unknown(value, depth)
            return
        dims = struct.pack(f"<{array.ndim}Q", *array.shape)
        self._tag(b"a", _short(code), bytes([array.ndim]), dims)
        self._tag(bytes(-self.size % ALIGNMENT))
        if array.nbytes:
            flat = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
            self._put(flat.reshape(-1).view(np.uint8).data, array.nbytes)

    def _write_scalar(self, value: np.generic, depth: int) -> None:
        code = _dtype_code(value.dtype)
        if not code:
            self._write_unknown(value, depth)
            return
        array = np.asarray(value, value.dtype.newbyteorder("="))
        self._tag(b"g", _short(code), array.tobytes())

    def _write_handle(self, value: Handle, depth: int) -> None:
        self._record(b"h", (value.id, value.type_name, value.bases, value.text), depth)

    def _write_function(self, value: Function, depth: int) -> None:
        self._record(b"f", (value.id, value.name), depth)

    def _write_table(self, value: Table, depth: int) -> None:
        if len(value.text.encode("utf-8", "replace")) > MAX_TABLE_BYTES:
            raise WireError(f"an expression is longer than {MAX_TABLE_BYTES:,} bytes")
        self._record(b"x", (value.text,), depth)

    def _record(self, tag: bytes, fields: tuple[Any, ...], depth: int) -> None:
        self._tag(tag)
        self.write(fields, depth + 1)

    def _write_unknown(self, value: Any, depth: int) -> None:
        if self._keep is None:
            raise WireError(f"a {type(value).__name__} cannot be sent")
        self.write(self._keep(value), depth + 1)


_WRITERS: tuple[tuple[Any, Callable[[Encoder, Any, int], None]], ...] = (
    # NumPy's scalars first: np.float64 is a float, np.str_ a str. bool is an int.
    (np.generic, Encoder._write_scalar),
    ((type(None), bool, type(...)), Encoder._write_constant),
    (int, Encoder._write_int),
    (float, Encoder._write_float),
    (complex, Encoder._write_complex),
    (str, Encoder._write_text),
    (bytes, Encoder._write_bytes),
    ((list, tuple), Encoder._write_sequence),
    (dict, Encoder._write_dict),
    (np.ndarray, Encoder._write_array),
    (Handle, Encoder._write_handle),
    (Function, Encoder._write_function),
    (Table, Encoder._write_table),
)


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("ascii")


def _dtype_code(dtype: np.dtype[Any]) -> str:
    """The dtype as two or more letters, "f8" or "U12"; empty when it cannot be sent."""
    size = dtype.itemsize // 4 if dtype.kind == "U" else dtype.itemsize
    code = f"{dtype.kind}{size}"
    is_plain = dtype.fields is None and dtype.subdtype is None
    return code if is_plain and _DTYPE.fullmatch(code) else ""


def _is_key(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_key(item) for item in value)
    return isinstance(value, (str, int, float, bool, np.generic))


class Decoder:
    """Reads one value from a frame and refuses everything it does not expect."""

    def __init__(self, body: bytearray) -> None:
        self._view = memoryview(body)
        self._at = 0
        self._items = 0
        self._keys = 0

    def whole(self) -> Any:
        """The value of the frame, which must end where the value ends."""
        value = self.read(0)
        if self._at != len(self._view):
            _refuse("there is something after the end of the message")
        return value

    def read(self, depth: int) -> Any:
        """The next value."""
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            _refuse("the message is nested too deep or has too many items")
        reader = _READERS.get(self._take(1)[0])
        if reader is None:
            _refuse("the message holds a kind of value that does not exist")
        return reader(self, depth)

    def _take(self, size: int) -> memoryview:
        start, self._at = self._at, self._at + size
        if self._at > len(self._view):
            _refuse("the message ends too early")
        return self._view[start : self._at]

    def _count(self) -> int:
        count: int = _COUNT.unpack(self._take(4))[0]
        if count > len(self._view) - self._at:
            _refuse("the message ends too early")
        return count

    def _int(self, depth: int) -> int:
        value: int = _INT64.unpack(self._take(8))[0]
        return value

    def _big_int(self, depth: int) -> int:
        count = self._count()
        if count > MAX_INT_BYTES:
            _refuse("an integer is too long")
        return int.from_bytes(self._take(count), "little", signed=True)

    def _float(self, depth: int) -> float:
        value: float = _FLOAT.unpack(self._take(8))[0]
        return value

    def _complex(self, depth: int) -> complex:
        return complex(*_COMPLEX.unpack(self._take(16)))

    def _text(self, depth: int) -> str:
        return str(self._take(self._count()), "utf-8")

    def _bytes(self, depth: int) -> bytes:
        return bytes(self._take(self._count()))

    def _list(self, depth: int) -> list[Any]:
        return [self.read(depth + 1) for _ in range(self._count())]

    def _tuple(self, depth: int) -> tuple[Any, ...]:
        return tuple(self._list(depth))

    def _dict(self, depth: int) -> dict[Any, Any]:
        count = self._count()
        self._keys += count
        if self._keys > MAX_KEYS:
            _refuse("the message has too many dict entries")
        return dict(self._entry(depth + 1) for _ in range(count))

    def _entry(self, depth: int) -> tuple[Any, Any]:
        key = self.read(depth)
        if not _is_key(key):
            _refuse("a dict has a key of a type that cannot be a key")
        return key, self.read(depth)

    def _dtype(self) -> np.dtype[Any]:
        code = str(self._take(self._take(1)[0]), "ascii")
        if not _DTYPE.fullmatch(code):
            _refuse("an array has a dtype that cannot be sent")
        return np.dtype(code)

    def _array(self, depth: int) -> np.ndarray:
        dtype = self._dtype()
        ndim = self._take(1)[0]
        if ndim > MAX_DIMENSIONS:
            _refuse("an array has too many dimensions")
        shape = struct.unpack(f"<{ndim}Q", self._take(8 * ndim))
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

    def _handle(self, depth: int) -> Handle:
        id_, type_name, bases, text = self._fields(depth, int, str, tuple, str)
        if not all(type(name) is str for name in bases):
            _refuse("a record does not have the fields it should")
        return Handle(id_, type_name, bases, text)

    def _function(self, depth: int) -> Function:
        return Function(*self._fields(depth, int, str))

    def _table(self, depth: int) -> Table:
        (text,) = self._fields(depth, str)
        if len(text.encode()) > MAX_TABLE_BYTES:
            _refuse("an expression is too long")
        return Table(text)


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
    ord("m"): Decoder._dict,
    ord("a"): Decoder._array,
    ord("g"): Decoder._scalar,
    ord("h"): Decoder._handle,
    ord("f"): Decoder._function,
    ord("x"): Decoder._table,
}


def _array_of(
    data: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> np.ndarray:
    if not data:
        return np.empty(shape, dtype)
    array = np.frombuffer(data, dtype).reshape(shape)
    if dtype.kind == "b" and array.view(np.uint8).max() > 1:
        _refuse("a truth value is neither true nor false")
    if dtype.kind == "U":
        _check_code_points(np.frombuffer(data, np.uint32))
    return array if array.nbytes >= VIEW_BYTES else array.copy()


def _check_code_points(points: np.ndarray) -> None:
    first, last = _SURROGATE
    is_surrogate = (points >= first) & (points <= last)
    if (points > _LAST_CODE_POINT).any() or is_surrogate.any():
        _refuse("a text in an array is not text")


def _refuse(why: str) -> NoReturn:
    raise WireError(why)


def frame(
    value: Any,
    keep: Callable[[Any], Any] | None = None,
    max_bytes: int = 1 << 31,
) -> list[memoryview]:
    """The buffers of one message, to be sent one after another.

    Raises:
        WireError: the value cannot be sent.
    """
    encoder = Encoder(keep, max_bytes)
    encoder.write(value)
    return [
        memoryview(part)
        for part in _joined([FRAME_LENGTH.pack(encoder.size), *encoder.buffers])
    ]


def _joined(parts: list[Any]) -> list[Any]:
    """Small neighbours in one piece; arrays stay where they are."""
    joined: list[Any] = []
    small: list[bytes] = []
    for part in parts:
        if len(part) < VIEW_BYTES:
            small.append(part)
        else:
            joined += [b"".join(small), part]
            small = []
    return [*joined, b"".join(small)] if small else joined


def encode(value: Any) -> bytes:
    """The body of a message in one piece.

    >>> decode(encode({"loss": [1, 2.5, None]}))
    {'loss': [1, 2.5, None]}
    """
    return b"".join(frame(value))[FRAME_LENGTH.size :]


def decode(body: bytes | bytearray) -> Any:
    """The value of a message.

    Raises:
        WireError: the bytes are not exactly one message within all bounds.
    """
    try:
        return Decoder(bytearray(body) if isinstance(body, bytes) else body).whole()
    except WireError:
        raise
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        # UnicodeDecodeError is a ValueError; a shape NumPy cannot hold is one too.
        why = f"the message cannot be read ({type(error).__name__})"
        raise WireError(why) from None
