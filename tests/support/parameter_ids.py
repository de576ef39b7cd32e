"""The name of a test's parameter when the test gives none: words, and not many."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePath

import numpy as np

_LONGEST = 36
_NUMBER = re.compile(r"[-+.\d]+(e[-+]?\d+)?")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def make_id(value: object, argument: str) -> str | None:
    """Return what a parameter is called, or None if pytest's own name is good.

    A number alone says nothing, so the name of its argument is added.
    """
    if value is None or isinstance(value, bool | int | float | complex):
        return None if isinstance(value, enum.Enum) else f"{argument}={value!r}"
    if isinstance(value, type | enum.Enum) or hasattr(value, "__name__"):
        return None
    try:
        text = _describe(value)
    except RecursionError:
        return None
    if _NUMBER.fullmatch(text):
        return f"{argument}={text}"
    return shorten(text) or f"no {argument}"


def _describe(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, re.Pattern):
        return _describe(value.pattern)
    if isinstance(value, PurePath):
        return value.name
    if isinstance(value, Mapping):
        pairs = ((_describe(key), _describe(one)) for key, one in value.items())
        return ", ".join(f"{key}: {one}" for key, one in pairs)
    if isinstance(value, AbstractSet):
        return ", ".join(sorted(map(_describe, value)))
    if isinstance(value, list | tuple):
        return ", ".join(map(_describe, value))
    if isinstance(value, np.ndarray):
        shape = "x".join(map(str, value.shape))
        return f"{value.dtype} {shape} {value.ravel()[:4].tolist()}"
    if isinstance(value, type) or hasattr(value, "__name__"):
        return str(getattr(value, "__name__", ""))
    return _ADDRESS.sub("", repr(value))


def shorten(text: str) -> str:
    """Keep the beginning and the end, in which texts differ most, without accents."""
    plain = unicodedata.normalize("NFKD", " ".join(text.split()))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    # Control characters and halves of surrogate pairs can't be printed everywhere.
    plain = "".join(one if one.isprintable() else "?" for one in plain)
    if len(plain) <= _LONGEST:
        return plain
    begin, end = plain[: _LONGEST // 2], plain[-_LONGEST // 2 :]
    return f"{begin.rstrip()} ... {end.lstrip()}"
