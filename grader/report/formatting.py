"""formatting: values and calls as short text.

In a sentence, `format_value` describes a value. Beside a label, the value is written as
a literal. If it is complete, it can be copied into Python and gives the same value,
type and dtype, to the digits shown.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from grader.sandbox.codec import Record

LONGEST_TEXT = 200
LONGEST_ARRAY = 24
LONGEST_CALL = 240
LONGEST_ITEM = 60
LONGEST_WORDS = 1_000  # of a fact in a sentence

# The dtypes that are usually left out, and the columns for a value in a panel of 80.
_USUAL = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(bool), np.dtype(complex))
_LINE = 62
_LONGEST_LINE = 10_000


def format_number(value: float) -> str:
    """Return a number with six decimals, or six digits if it is large or small.

    >>> [format_number(value) for value in (1.1846753, 3, 1e-9, float("nan"))]
    ['1.184675', '3', '1e-09', 'nan']
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool)):
        # Python refuses to convert more than 4,300 digits to text.
        return str(int(value)) if abs(int(value)) < 10**30 else "a very large integer"
    if 1e-4 <= abs(value) < 1e6:
        return f"{value:.6f}"
    return f"{value:.6g}"


def format_value(value: Any) -> str:
    """Return a value in a few lines at most; for long arrays, the shape and dtype.

    >>> format_value([1, 2.5, "x"]), format_value(None), format_value(...)
    ("[1, 2.500000, 'x']", 'None', '...')
    """
    if value is ...:
        return "..."
    if isinstance(value, np.ndarray):
        return _format_array(value)
    if isinstance(value, (bool, np.bool)) or value is None:
        return str(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return format_number(value)  # type: ignore[arg-type]
    if isinstance(value, (str, bytes)):
        # Cut before repr, because a text may be as long as any answer.
        return shorten(repr(value[: LONGEST_TEXT + 1]))
    if isinstance(value, (list, tuple)):
        return _format_sequence(value)
    if isinstance(value, dict):
        inner = ", ".join(
            f"{format_value(key)}: {format_value(item)}"
            for key, item in list(value.items())[:LONGEST_ARRAY]
        )
        return shorten("{" + inner + "}")
    if isinstance(value, (set, frozenset)):
        return _format_set(value)
    if isinstance(value, (Fraction, Decimal)):
        return _format_exact(value)
    if (parts := _class_and_fields(value)) is not None:
        name, fields = parts
        inner = ", ".join(f"{key}={format_element(item, 6)}" for key, item in fields)
        return shorten(f"{name}({inner})")
    return shorten(str(value))


def _format_set(items: Set[Any]) -> str:
    """Return a set in an order that is always the same."""
    ordered = sorted(items, key=repr)
    with contextlib.suppress(TypeError):  # they may be of several types
        ordered = sorted(items)
    inner = ", ".join(format_element(item, 6) for item in ordered[:LONGEST_ARRAY])
    inner += ", ..." if len(ordered) > LONGEST_ARRAY else ""
    text = shorten("{" + inner + "}") if items else ""
    return f"frozenset({text})" if isinstance(items, frozenset) else text or "set()"


def _format_exact(value: Fraction | Decimal) -> str:
    try:
        return shorten(repr(value))
    except ValueError:  # Python refuses to convert more than 4,300 digits to text
        return f"a very long {type(value).__name__}"


def _class_and_fields(value: Any) -> tuple[str, Iterable[tuple[str, Any]]] | None:
    """Return the class and the fields of a dataclass's instance; None for others."""
    if isinstance(value, Record):
        return value.type_name, value.fields.items()
    if isinstance(value, type) or not dataclasses.is_dataclass(value):
        return None
    names = [field.name for field in dataclasses.fields(value)]
    return type(value).__name__, [(name, getattr(value, name)) for name in names]


def shorten(text: str, length: int = LONGEST_TEXT) -> str:
    """Return a text, shortened with an ellipsis if it is too long."""
    return text if len(text) <= length else text[: length - 4] + " ..."


def _format_array(array: np.ndarray) -> str:
    if array.size > LONGEST_ARRAY:
        return f"array of shape {array.shape}, {array.dtype}"
    if array.ndim == 0:
        return format_value(array.item())
    if array.dtype.kind not in "biufc":
        return _format_sequence(array.tolist())
    return np.array2string(
        array, precision=6, separator=", ", suppress_small=True, max_line_width=72
    )


def _format_sequence(items: Sequence[Any]) -> str:
    inner = ", ".join(format_value(item) for item in items[:LONGEST_ARRAY])
    if len(items) > LONGEST_ARRAY:
        inner += ", ..."
    if isinstance(items, tuple):
        return shorten(f"({inner}{',' if len(items) == 1 else ''})")
    return shorten(f"[{inner}]")


def format_literal(value: Any, digits: int = 6, on_one_line: bool = False) -> str:
    """Return a value as one would type it; for long arrays, the shape.

    Args:
        value: any plain value.
        digits: the number of decimals, unless a number is very large or small.
        on_one_line: whether an array is written without line ends.

    >>> format_literal(np.array([1.0, 0.25])), format_literal([1.0, 2])
    ('np.array([1.0, 0.25])', '[1.0, 2]')
    >>> format_literal(np.uint8([1, 2]))
    'np.array([1, 2], dtype=np.uint8)'
    """
    if isinstance(value, np.ndarray) and value.ndim and value.size <= LONGEST_ARRAY:
        return _format_array_literal(value, digits, on_one_line)
    if not isinstance(value, (list, tuple, dict)) or len(value) > LONGEST_ARRAY:
        return format_value(value)
    if isinstance(value, dict):
        entries = (
            f"{format_value(key)}: {format_literal(item, digits, on_one_line=True)}"
            for key, item in value.items()
        )
        return shorten("{" + ", ".join(entries) + "}")
    inner = ", ".join(format_element(item, digits) for item in value)
    if isinstance(value, tuple):
        return shorten(f"({inner}{',' if len(value) == 1 else ''})")
    return shorten(f"[{inner}]")


def _format_array_literal(array: np.ndarray, digits: int, on_one_line: bool) -> str:
    name = "object" if array.dtype == object else f"np.{array.dtype.name}"
    is_usual = array.dtype.kind in "US" or array.dtype in _USUAL
    dtype = "" if is_usual else f", dtype={name}"
    if not array.size:
        return f"np.empty({array.shape}{dtype})"
    words = [format_element(item, digits) for item in array.ravel().tolist()]
    longest = max(map(len, words))
    if longest > LONGEST_ITEM:
        return _format_sequence(array.tolist())
    if on_one_line or array.ndim == 1:
        longest = 0
    # NumPy does the layout, and each item is written as it would be typed.
    rows = np.array2string(
        np.arange(array.size).reshape(array.shape),
        separator=", ",
        prefix="np.array(",
        max_line_width=_LONGEST_LINE if on_one_line else _LINE,
        formatter={"int": lambda place: words[place].rjust(longest)},
    )
    # Items contain no line breaks, because strings are shown with quotes.
    rows = re.sub(r",\n+ *", ", ", rows) if on_one_line else rows
    return f"np.array({rows}{dtype})"


def format_element(item: Any, digits: int) -> str:
    """Return the text of an item of an array or a list.

    A float always shows a decimal point or an exponent.

    >>> format_element(2.0, 6), format_element(2, 6)
    ('2.0', '2')
    """
    if not isinstance(item, float):
        return shorten(format_literal(item, digits, on_one_line=True))
    if not math.isfinite(item):
        return f"np.{item}".replace("np.-", "-np.")
    if not 1e-4 <= abs(item) < 1e6:
        text = f"{item:.{digits}g}"
        return text if "e" in text or "." in text else f"{text}.0"
    text = f"{item:.{digits}f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def format_call(
    target: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    row: int | None = None,
    rows: int = 0,
) -> str:
    """Return a call as the learner would type it.

    Args:
        target: the name that was called.
        args: its positional arguments.
        kwargs: its keyword arguments.
        row: the first row where the answer differs; if arguments are too long, only
            this row of them is shown.
        rows: how many rows the answer has; only arguments with as many are cut to a
            row.

    >>> format_call("nth_image", (3,), {"k": 2})
    'nth_image(3, k=2)'
    """
    words = _format_call(target, args, kwargs, _on_one_line)
    most = LONGEST_ARRAY
    if len(words) > LONGEST_CALL:
        words, most = _format_call(target, args, kwargs, _brief), 1
    for place, value in enumerate(args, 1) if row is not None else ():
        is_cut = isinstance(value, np.ndarray) and value.size > most
        if is_cut and value.ndim and len(value) == rows:
            words += f"\nrow {row} of argument {place}: {_on_one_line(value[row])}"
    return words


def _format_call(
    target: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    worded: Callable[[Any], str],
) -> str:
    words = [worded(value) for value in args]
    words += [f"{name}={worded(value)}" for name, value in kwargs.items()]
    return f"{target}({', '.join(words)})"


def _brief(value: Any) -> str:
    """Return a value; if it contains many numbers, only its shape."""
    if isinstance(value, np.ndarray) and value.ndim and value.size > 1:
        return f"<array {value.shape} {value.dtype}>"
    if isinstance(value, dict):
        inner = ", ".join(f"{key!r}: {_brief(item)}" for key, item in value.items())
        return shorten("{" + inner + "}")
    return shorten(_on_one_line(value), 60)


def _on_one_line(value: Any) -> str:
    if isinstance(value, dict) and len(value) <= LONGEST_ARRAY:
        # Not shortened, so that a call with long arrays in a dict counts as long.
        items = ((format_value(key), _write_item(item)) for key, item in value.items())
        return "{" + ", ".join(f"{key}: {words}" for key, words in items) + "}"
    return _write_item(value)


def _write_item(value: Any) -> str:
    is_long = isinstance(value, np.ndarray) and value.size > LONGEST_ARRAY
    return _brief(value) if is_long else format_literal(value, on_one_line=True)
