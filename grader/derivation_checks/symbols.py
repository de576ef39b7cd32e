"""symbols: the symbols that a check hands to the learner's function."""

from __future__ import annotations

import json

from grader.sandbox.codec import ExpressionText


class Symbolic(ExpressionText, frozen=True):
    """A symbol on its way to the worker; it shows as its name."""

    name: str = ""

    def __str__(self) -> str:
        return self.name


def _symbolic(kind: str, name: str) -> Symbolic:
    text = json.dumps({"v": 1, "nodes": [[kind, name]], "root": 0})
    return Symbolic(text, name)


def number(name: str) -> Symbolic:
    """Return a real number with a name."""
    return _symbolic("Sym", name)


def numbers(name: str, count: int) -> tuple[Symbolic, ...]:
    """Return real numbers p0, p1, ... with a name."""
    return tuple(number(f"{name}{at}") for at in range(count))


def row(name: str) -> Symbolic:
    """Return a row of any length, to be indexed: p[k]."""
    return _symbolic("Base", name)


def index(name: str) -> Symbolic:
    """Return an index that counts classes."""
    return _symbolic("Index", name)
