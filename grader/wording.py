"""wording: values and calls as short text, the way a learner would type them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

LONGEST_TEXT = 200
LONGEST_ARRAY = 24
LONGEST_CALL = 240
LONGEST_WORDS = 1_000  # of a fact that is put into a sentence


def number(value: float) -> str:
    """Six decimals for everyday sizes, six significant digits otherwise.

    >>> number(1.1846753), number(3), number(1e-9), number(float("nan"))
    ('1.184675', '3', '1e-09', 'nan')
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool)):
        return str(int(value)) if abs(int(value)) < 10**30 else "a very large integer"
    if 1e-4 <= abs(value) < 1e6:
        return f"{value:.6f}"
    return f"{value:.6g}"


def described(value: Any) -> str:
    """One value in at most a few lines; long arrays by their shape and dtype.

    >>> described([1, 2.5, "x"]), described(None), described(...)
    ("[1, 2.500000, 'x']", 'None', '...')
    """
    if value is ...:
        return "..."
    if isinstance(value, np.ndarray):
        return _described_array(value)
    if isinstance(value, (bool, np.bool)) or value is None:
        return str(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return number(value)  # type: ignore[arg-type]
    if isinstance(value, (str, bytes)):
        return shortened(repr(value[: LONGEST_TEXT + 1]))
    if isinstance(value, (list, tuple)):
        return _described_sequence(value)
    if isinstance(value, dict):
        inner = ", ".join(
            f"{described(key)}: {described(item)}"
            for key, item in list(value.items())[:LONGEST_ARRAY]
        )
        return shortened("{" + inner + "}")
    return shortened(str(value))


def shortened(text: str, length: int = LONGEST_TEXT) -> str:
    """The text itself, or its beginning and an ellipsis."""
    return text if len(text) <= length else text[: length - 4] + " ..."


def _described_array(array: np.ndarray) -> str:
    if array.size > LONGEST_ARRAY:
        return f"array of shape {array.shape}, {array.dtype}"
    if array.ndim == 0:
        return described(array.item())
    if array.dtype.kind not in "biufc":
        return _described_sequence(array.tolist())
    return np.array2string(
        array, precision=6, separator=", ", suppress_small=True, max_line_width=72
    )


def _described_sequence(items: Sequence[Any]) -> str:
    inner = ", ".join(described(item) for item in items[:LONGEST_ARRAY])
    if len(items) > LONGEST_ARRAY:
        inner += ", ..."
    if isinstance(items, tuple):
        return shortened(f"({inner}{',' if len(items) == 1 else ''})")
    return shortened(f"[{inner}]")


def called(target: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A call as the learner would type it.

    >>> called("nth_photo", (3,), {"k": 2})
    'nth_photo(3, k=2)'
    """
    whole = _called(target, args, kwargs, _on_one_line)
    return (
        whole if len(whole) <= LONGEST_CALL else _called(target, args, kwargs, _brief)
    )


def _called(
    target: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    worded: Callable[[Any], str],
) -> str:
    words = [worded(value) for value in args]
    words += [f"{name}={worded(value)}" for name, value in kwargs.items()]
    return f"{target}({', '.join(words)})"


def _brief(value: Any) -> str:
    """Anything with many numbers in it by its shape alone."""
    if isinstance(value, np.ndarray) and value.size > 1:
        return f"<array {value.shape} {value.dtype}>"
    if isinstance(value, dict):
        inner = ", ".join(f"{key!r}: {_brief(item)}" for key, item in value.items())
        return shortened("{" + inner + "}")
    return shortened(_on_one_line(value), 60)


def _on_one_line(value: Any) -> str:
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    if is_array and 0 < value.size <= LONGEST_ARRAY:
        return _nested(value)
    return " ".join(described(value).split())


def _nested(array: np.ndarray) -> str:
    if array.ndim > 1:
        return "[" + ", ".join(_nested(row) for row in array) + "]"
    is_number = array.dtype.kind in "iuf"
    words = (
        f"{item:.6g}" if is_number else shortened(str(item)) for item in array.tolist()
    )
    return "[" + ", ".join(words) + "]"
