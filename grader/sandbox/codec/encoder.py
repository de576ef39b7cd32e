"""encoder: encode one value as bytes.

An instance of a subclass is written as the built-in type it extends, using the methods
of that type.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grader.sandbox.codec.values import (
    ALIGNMENT,
    COMPLEX,
    COUNT,
    DECIMAL,
    FLOAT,
    FRACTION_BITS_PER_ITEM,
    INSTEAD,
    INT64,
    MAX_COMPOUND_KEYS,
    MAX_DECIMAL,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    MAX_EXPRESSION_BYTES,
    MAX_INT_BYTES,
    MAX_ITEMS,
    MAX_KEY,
    MAX_KEYS,
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
    packed,
    rows_of_nothing,
)


class Encoder:
    """Writes one value into a list of buffers; large arrays aren't copied.

    Args:
        keep: called with an object that can't be sent; returns what to send instead.
            Without it, such an object is a `CodecError`.
        max_bytes: a longer message is a `CodecError`.
    """

    def __init__(
        self, keep: Callable[[Any], Any] | None = None, max_bytes: int = 1 << 31
    ) -> None:
        self._keep = keep
        self._max_bytes = max_bytes
        self._items = 0
        self._keys = 0
        self._compound_keys = 0
        self._before: list[Any] = []
        self._before_bytes = 0
        self._small = bytearray()

    @property
    def size(self) -> int:
        """The number of bytes that have been written."""
        return self._before_bytes + len(self._small)

    @property
    def buffers(self) -> list[Any]:
        """The parts of the message; large arrays are included without a copy."""
        return [*self._before, self._small]

    def write(self, value: Any, depth: int = 0) -> None:
        """Append `value`.

        Raises:
            CodecError: it is too deep, too long, or of a type that can't be sent.
        """
        self._count_items(1)
        if depth > MAX_DEPTH:
            raise CodecError(f"it is nested more than {MAX_DEPTH} deep")
        write = _WRITERS_BY_TYPE.get(type(value)) or _find_writer(value)
        write(self, value, depth)

    def _count_items(self, count: int) -> None:
        self._items += count
        if self._items > MAX_ITEMS:
            raise CodecError(f"it has more than {MAX_ITEMS:,} items")

    def _put(self, data: Any, size: int) -> None:
        """Append data of any length."""
        if self.size + size > self._max_bytes:
            raise CodecError(f"it is larger than {self._max_bytes >> 20} MB")
        if size < VIEW_BYTES:
            self._small += data
            return
        self._before += [self._small, data]
        self._before_bytes += len(self._small) + size
        self._small = bytearray()

    def _tag(self, data: bytes) -> None:
        """Append a few bytes; the bound on the number of items bounds their sum."""
        self._small += data

    def _long(self, tag: bytes, data: bytes) -> None:
        size = len(data)
        # `_put` reports a size that doesn't even fit into the count.
        self._tag(tag + COUNT.pack(min(size, 2**32 - 1)))
        self._put(data, size)

    def _write_constant(self, value: Any, depth: int) -> None:
        self._tag({None: b"N", True: b"T", False: b"F", ...: b"."}[value])

    def _write_int(self, value: int, depth: int) -> None:
        # Here and below: call the built-in type's methods, as a subclass may lie.
        value = int.__int__(value)
        if -(2**63) <= value < 2**63:
            self._tag(b"i" + INT64.pack(value))
            return
        size = value.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            raise CodecError(f"an integer in it has more than {MAX_INT_BYTES * 8} bits")
        self._long(b"I", value.to_bytes(size, "little", signed=True))

    def _write_float(self, value: float, depth: int) -> None:
        self._tag(b"d" + FLOAT.pack(float.__float__(value)))

    def _write_complex(self, value: complex, depth: int) -> None:
        value = complex.__complex__(value)
        self._tag(b"c" + COMPLEX.pack(value.real, value.imag))

    def _write_text(self, value: str, depth: int) -> None:
        # Half of a surrogate pair isn't valid UTF-8; it becomes a question mark.
        self._long(b"s", str.encode(value, "utf-8", "replace"))

    def _write_bytes(self, value: bytes | bytearray, depth: int) -> None:
        self._long(b"b", bytes(memoryview(value)))

    def _write_sequence(self, value: Sequence[Any], depth: int) -> None:
        kind = list if isinstance(value, list) else tuple
        items: list[Any] = list(kind.__iter__(value))  # type: ignore[arg-type]
        tag = b"l" if kind is list else b"t"
        array = packed(items)
        if array is not None:
            self._write_packed(tag, array, type(items[0]))
            return
        self._tag(tag + COUNT.pack(len(items)))
        for item in items:
            self.write(item, depth + 1)

    def _write_packed(self, tag: bytes, array: np.ndarray, kind: type) -> None:
        """Append a list or tuple of numbers of one type, as an array."""
        self._count_items(len(array))
        code = dtype_code(array.dtype)
        whose = b"p" if PLAIN_DTYPES.get(code) is kind else b"n"
        self._tag(b"p" + tag + whose + _short(code) + COUNT.pack(len(array)))
        self._put(array.tobytes(), array.nbytes)

    def _write_dict(self, value: dict[Any, Any], depth: int) -> None:
        items = list(dict.items(value))
        if not self._counts_keys([key for key, _ in items]):
            self._write_unknown(value, depth)
            return
        self._tag(b"m" + COUNT.pack(len(items)))
        for key, item in items:
            self.write(key, depth + 1)
            self.write(item, depth + 1)

    def _write_set(self, value: set[Any] | frozenset[Any], depth: int) -> None:
        kind = set if isinstance(value, set) else frozenset
        items: list[Any] = list(kind.__iter__(value))  # type: ignore[arg-type]
        if not self._counts_keys(items):
            self._write_unknown(value, depth)
            return
        self._tag((b"u" if kind is set else b"z") + COUNT.pack(len(items)))
        for item in items:
            self.write(item, depth + 1)

    def _counts_keys(self, keys: Sequence[Any]) -> bool:
        """Count keys of a dict or items of a set; return whether they can be sent.

        The decoder would refuse others. A worker keeps such a dict and sends a handle.
        """
        compound = [key for key in keys if not is_plain_key(key)]
        if not all(map(is_compound_key, compound)):
            return False
        self._keys += len(keys)
        self._compound_keys += len(compound)
        if self._keys > MAX_KEYS:
            raise CodecError(f"it has more than {MAX_KEYS:,} keys or items of sets")
        if self._compound_keys > MAX_COMPOUND_KEYS:
            raise CodecError(f"it has more than {MAX_COMPOUND_KEYS:,} tuples as keys")
        if any(map(is_long_key, keys)):
            raise CodecError(f"a key in it is longer than {MAX_KEY:,} characters")
        return True

    def _write_fraction(self, value: Fraction, depth: int) -> None:
        parts = int(value.numerator), int(value.denominator)
        bits = sum(part.bit_length() for part in parts)
        self._count_items(bits // FRACTION_BITS_PER_ITEM)
        self._record(b"q", parts, depth)

    def _write_decimal(self, value: Decimal, depth: int) -> None:
        text = Decimal.__str__(value)
        if len(text) > MAX_DECIMAL or not DECIMAL.fullmatch(text):
            raise CodecError(f"the Decimal {text[:40]} in it is too long")
        self._record(b"D", (text,), depth)

    def _write_dataclass(self, value: Any, depth: int) -> None:
        names: Iterable[str] = (field.name for field in dataclasses.fields(value))
        fields = {name: getattr(value, name) for name in names}
        self._write_record(Record(type(value).__name__, fields), depth)

    def _write_record(self, value: Record, depth: int) -> None:
        self._record(b"r", (value.type_name, value.fields), depth)

    def _write_array(self, value: np.ndarray, depth: int) -> None:
        array = np.ndarray.view(value, np.ndarray)
        code = dtype_code(array.dtype)
        if not code or array.ndim > MAX_DIMENSIONS:
            self._write_unknown(value, depth)
            return
        self._count_items(rows_of_nothing(array.shape))
        dims = struct.pack(f"<{array.ndim}Q", *array.shape)
        self._tag(b"a" + _short(code) + bytes([array.ndim]) + dims)
        self._tag(bytes(-self.size % ALIGNMENT))
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if array.nbytes < VIEW_BYTES:
            self._put(array.tobytes(), array.nbytes)
        else:
            flat = np.ascontiguousarray(array)
            self._put(flat.reshape(-1).view(np.uint8).data, array.nbytes)

    def _write_scalar(self, value: np.generic, depth: int) -> None:
        code = dtype_code(value.dtype)
        if not code:
            self._write_unknown(value, depth)
            return
        array = np.asarray(value, value.dtype.newbyteorder("="))
        self._tag(b"g" + _short(code) + array.tobytes())

    def _write_handle(self, value: Handle, depth: int) -> None:
        self._record(b"h", (value.id, value.type_name, value.bases, value.text), depth)

    def _write_callback_handle(self, value: CallbackHandle, depth: int) -> None:
        self._record(b"f", (value.id, value.name), depth)

    def _write_expression(self, value: ExpressionText, depth: int) -> None:
        if len(value.text.encode("utf-8", "replace")) > MAX_EXPRESSION_BYTES:
            raise CodecError(
                f"an expression is longer than {MAX_EXPRESSION_BYTES:,} bytes"
            )
        self._record(b"x", (value.text,), depth)

    def _record(self, tag: bytes, fields: tuple[Any, ...], depth: int) -> None:
        self._tag(tag)
        self.write(fields, depth + 1)

    def _write_unknown(self, value: Any, depth: int) -> None:
        if self._keep is None:
            raise CodecError(describe_unsendable(value))
        self.write(self._keep(value), depth + 1)


_WRITERS: tuple[tuple[Any, Callable[[Encoder, Any, int], None]], ...] = (
    # NumPy scalars first: np.float64 is a float, np.str_ a str. bool is an int.
    (np.generic, Encoder._write_scalar),
    ((type(None), bool, type(...)), Encoder._write_constant),
    (int, Encoder._write_int),
    (float, Encoder._write_float),
    (complex, Encoder._write_complex),
    (str, Encoder._write_text),
    ((bytes, bytearray), Encoder._write_bytes),
    ((list, tuple), Encoder._write_sequence),
    (dict, Encoder._write_dict),
    ((set, frozenset), Encoder._write_set),
    (Fraction, Encoder._write_fraction),
    (Decimal, Encoder._write_decimal),
    (np.ndarray, Encoder._write_array),
    (Record, Encoder._write_record),
    (Handle, Encoder._write_handle),
    (CallbackHandle, Encoder._write_callback_handle),
    (ExpressionText, Encoder._write_expression),
)
# Tried first, because long lists need it; subclasses are found in the tuple above.
_WRITERS_BY_TYPE = {
    kind: write
    for kinds, write in _WRITERS
    for kind in (kinds if isinstance(kinds, tuple) else (kinds,))
}


def _find_writer(value: Any) -> Callable[[Encoder, Any, int], None]:
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return Encoder._write_dataclass
    return Encoder._write_unknown


def describe_unsendable(value: Any) -> str:
    """Return what an author can do, for a value that can't be sent."""
    name = type(value).__name__
    return (
        f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name} can't be sent. Send plain "
        f"data, from which a function of the page makes it. {INSTEAD}"
    ).removesuffix(".")


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("ascii")
