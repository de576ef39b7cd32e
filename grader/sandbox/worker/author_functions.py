"""author_functions: make a function of the author's, which came from the judge."""

from __future__ import annotations

import importlib
import marshal
import operator
import types
from collections.abc import Callable
from typing import Any


def make(sent: dict[str, Any]) -> Callable[[Any], Any]:
    """Return the function that `attempt.author_function.prepare` has described."""
    if "functions" not in sent:
        known: Callable[[Any], Any] = _imported(f"{sent['module']}:{sent['name']}")
        return known
    names: dict[str, Any] = dict(sent["values"])
    names |= {name: _imported(place) for name, place in sent["modules"].items()}
    for name, (code, defaults, cells) in sent["functions"].items():
        names[name] = types.FunctionType(
            marshal.loads(code),
            names,
            argdefs=tuple(defaults),
            closure=tuple(map(types.CellType, cells)),
        )
    function: Callable[[Any], Any] = names[sent["name"]]
    return function


def _imported(place: str) -> Any:
    """Return a module, such as ``json``, or a part of it, such as ``json:dumps``."""
    module, _, part = place.partition(":")
    found = importlib.import_module(module)
    return operator.attrgetter(part)(found) if part else found
