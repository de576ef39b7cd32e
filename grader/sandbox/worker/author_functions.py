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
        imported: Callable[[Any], Any] = _import(f"{sent['module']}:{sent['name']}")
        return imported
    names: dict[str, Any] = dict(sent["values"])
    names |= {name: _import(place) for name, place in sent["modules"].items()}
    for name, (code, defaults, cells) in sent["functions"].items():
        names[name] = types.FunctionType(
            marshal.loads(code),
            names,
            argdefs=tuple(defaults),
            closure=tuple(map(types.CellType, cells)),
        )
    function: Callable[[Any], Any] = names[sent["name"]]
    return function


def _import(place: str) -> Any:
    """Return a module, such as ``json``, or a part of it, such as ``json:dumps``."""
    name, _, part = place.partition(":")
    module = importlib.import_module(name)
    return operator.attrgetter(part)(module) if part else module
