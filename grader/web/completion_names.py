"""completion_names: the public names that the editor of a lesson page completes.

They are collected once and stored in ``static/names.json``, so that a completion
doesn't import or run anything. ``python -m grader.web.completion_names`` writes them
again.
"""

from __future__ import annotations

import importlib
import inspect
import json
import keyword
from pathlib import Path

from grader.common import files

FILE = Path(__file__).with_name("static") / "names.json"
# The modules that lessons import, and the parts of them that lessons may use.
MODULES = (
    *("numpy", "numpy.linalg", "numpy.random", "math", "sympy", "matplotlib.pyplot"),
    *("keras", "keras.layers", "keras.losses", "keras.optimizers", "keras.callbacks"),
    *("keras.metrics", "keras.utils", "keras.ops", "keras.initializers"),
)
# The objects that come before a dot most often.
OBJECTS = {"array": "numpy.ndarray", "model": "keras.Model"}


def collect() -> dict[str, object]:
    """Return the names in the modules and objects, and those that every cell has."""
    public = _public(importlib.import_module("builtins"))
    builtins = [*keyword.kwlist, *public, "display"]  # as in Jupyter
    return {
        "modules": {name: _public(importlib.import_module(name)) for name in MODULES},
        "objects": {name: _public(_find(path)) for name, path in OBJECTS.items()},
        "builtins": sorted(set(builtins)),
    }


def _public(thing: object) -> list[str]:
    """Return the names that somebody may want to type after a dot."""
    names = dir(thing)
    if inspect.ismodule(thing) and hasattr(thing, "__all__"):
        names = [*thing.__all__, *(n for n in MODULES if n.startswith(thing.__name__))]
    public = {name.rpartition(".")[2] for name in names if not name.startswith("_")}
    return sorted(name for name in public if name != getattr(thing, "__name__", ""))


def _find(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


if __name__ == "__main__":
    text = json.dumps(collect(), separators=(",", ":")) + "\n"
    files.write(FILE, text.encode())
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
