"""outsiders: wrong functions that no slip makes, of which nothing may be told."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from grader.authoring.verify.rehearsal import Function
from grader.mutations.patterns import pattern
from grader.mutations.schemata import schema_of
from grader.mutations.writer import EditedForm
from grader.sandbox import codec

# Edits that nobody makes by mistake.
_ODD = (
    ("_a + _b", "_a + 3.7 * _b"),
    ("_a - _b", "_a - 0.61 * _b"),
    ("_a * _b", "1.37 * _a * _b"),
    ("_a / _b", "0.83 * _a / _b + 0.011"),
    ("_a @ _b", "_a @ (1.21 * _b)"),
    ("np.log(_)", "np.cbrt(_)"),
    ("np.exp(_)", "np.cosh(_)"),
    ("_a.sum(*_r, **_k)", "_a.sum(*_r, **_k) ** 1.3"),
    ("_a.mean(*_r, **_k)", "_a.mean(*_r, **_k) * 1.19"),
    ("_a.max(*_r, **_k)", "_a.max(*_r, **_k) * 0.93"),
    ("_a.argmax(*_r, **_k)", "(_a * _a - _a).argmax(*_r, **_k)"),
    ("len(_)", "len(_) + 5"),
    ("_a[_b]", "_a[_b] * 3"),
    ("range(_)", "range(_ // 2)"),
    ("np.arange(_)", "np.arange(_) * 2"),
    ("_a == _b", "_a == _b + 2"),
    ("_a ** _b", "_a ** (_b + 0.5)"),
    ("int(_)", "int(_) * 2 + 3"),
    ("float(_)", "float(_) * 1.71"),
)


def outsiders(
    right: FunctionType, rng: np.random.Generator, many: int
) -> Iterator[tuple[str, Function]]:
    """Yield wrong functions, each with what it is.

    Args:
        right: the right function.
        rng: random numbers.
        many: how many; half of them, as far as there are, are edits of the function.
    """
    edits = [(at, pattern(*edit)) for at, edit in enumerate(_ODD)]
    schema = schema_of(right, edits)
    forms = list(schema.forms) if schema else []
    sets: list[tuple[EditedForm, ...]] = [(form,) for form in forms]
    sets += [(a, b) for a in forms for b in forms if a.place < b.place]
    half = [sets[at] for at in rng.permutation(len(sets))[: many // 2]]
    for chosen in half:
        said = " and ".join(" -> ".join(_ODD[form.slip]) for form in chosen)

        def edited(*args: Any, chosen: Any = chosen, **kwargs: Any) -> Any:
            assert schema is not None
            return schema.run(chosen, args, kwargs)

        yield said, edited
    for number in range(many - len(half)):
        yield f"random answers {number}", _guess(right, int(rng.integers(2**32)))


def _guess(right: FunctionType, seed: int) -> Function:
    """Return a function whose answers are random, in the right shape and type."""

    def guessed(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        # The same question gets the same answer, in every process: hash() is salted.
        asked = zlib.crc32(codec.encode([list(args), kwargs]))
        return _random_like(value, np.random.default_rng([seed, asked]))

    return guessed


def _random_like(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, dict):
        return {key: _random_like(part, rng) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_random_like(part, rng) for part in value)
    if isinstance(value, (bool, np.bool_)):
        return bool(rng.integers(2))
    if isinstance(value, (int, np.integer)):
        return int(rng.integers(2 * abs(int(value)) + 10))
    if isinstance(value, (float, np.floating)):
        return float(rng.random() * 2 * abs(float(value) or 1.0))
    if isinstance(value, np.ndarray):
        return _random_array(value, rng)
    return value


def _random_array(value: Any, rng: np.random.Generator) -> Any:
    if value.dtype.kind == "b":
        return rng.integers(2, size=value.shape).astype(bool)
    top = float(np.max(np.abs(value), initial=1))
    if value.dtype.kind in "iu":
        return rng.integers(int(top) + 1, size=value.shape).astype(value.dtype)
    return (rng.random(value.shape) * top).astype(value.dtype)
