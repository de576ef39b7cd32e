"""unnamed: what is stored about wrong answers whose mistake has no name yet.

In a class that got the same questions, it shows which of them is frequent.
"""

from __future__ import annotations

import ast
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from grader.checks.attempt import Answer
from grader.course.document.source import Unreadable, decode_source, parse_file

# Equivalent code may differ in the last digits of its numbers.
DIGITS = 6
MOST_LINES, MOST_LETTERS = 40, 4_000
# Each takes the judge 20 microseconds, and a list may have 400,000 items. Only the
# lengths and these parts of longer answers are compared.
MOST_PARTS = 2_000


def digest_answers(answers: Iterable[Answer]) -> str:
    """Return a short text that is the same for learners with the same answers."""
    hashed = hashlib.sha256()
    for answer in answers:
        raised = answer.raised.type_name if answer.raised else ""
        hashed.update(f"{answer.target}|{raised}|".encode())
        for part in itertools.islice(_parts(answer.value), MOST_PARTS):
            hashed.update(part)
    return hashed.hexdigest()[:16]


def function_source(name: str, content: bytes) -> str:
    """Return the learner's own function as they wrote it, or "".

    If a name is defined twice, the last definition counts, as in Python.
    """
    try:
        text = decode_source(content)
        tree = parse_file(text)
    except Unreadable:
        return ""
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            code = ast.get_source_segment(text, node) or ""
            return "\n".join(code.splitlines()[:MOST_LINES])[:MOST_LETTERS]
    return ""


def _parts(value: Any) -> Iterator[bytes]:
    """Yield a plain value in pieces; for an object in the worker, only its type."""
    if isinstance(value, dict):
        yield f"dict {len(value)}".encode()
        # In a fixed order; keys of several types can't be compared, so sort by repr.
        for key in sorted(value, key=repr):
            yield repr(key).encode()
            yield from _parts(value[key])
    elif isinstance(value, (list, tuple)):
        yield f"{type(value).__name__} {len(value)}".encode()
        for item in value:
            yield from _parts(item)
    elif isinstance(value, (np.ndarray, np.generic, int, float)):
        yield _bytes_of(np.asarray(value))
    elif isinstance(value, (str, bytes)) or value is None:
        yield repr(value).encode()
    else:
        yield str(getattr(value, "type_name", type(value).__name__)).encode()


def _bytes_of(value: np.ndarray[Any, Any]) -> bytes:
    """Return an array as bytes, with its numbers rounded to `DIGITS` digits."""
    head = f"{value.shape} {value.dtype.kind}".encode()
    # The bytes of an object array are addresses, which differ between processes.
    if value.dtype.kind != "f":
        return head + (value.tobytes() if value.dtype != object else b"")
    numbers = np.atleast_1d(value).astype(np.float64)
    with np.errstate(all="ignore"):
        unit = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.abs(numbers))))
        rounded = np.round(numbers * unit) / unit
    # 0, nan and inf have no digits; -0.0 becomes 0.0, and there are many nans.
    canonical = np.where(np.isfinite(rounded), rounded, numbers) + 0.0
    canonical[np.isnan(canonical)] = np.nan
    return head + canonical.tobytes()
