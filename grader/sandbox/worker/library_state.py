"""library_state: what NumPy, matplotlib, Keras and random numbers keep between cells.

`read` returns it, and `restore` puts it back. A network is recorded by its weights.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

# Folders and files that libraries make for themselves.
_CACHES = ("fontlist", "matplotlib", ".cache", ".keras", ".config")

_KERAS_STATE = "keras.src.backend.common.global_state"
# What `compile` sets anew besides the optimizer.
_COMPILED = ("_compile_loss", "_compile_metrics")
_TENSORFLOW_STATE = "tensorflow.python.eager.context"


def read() -> dict[str, Any]:
    """Return the state of the libraries that are imported."""
    state: dict[str, Any] = {
        "random": random.getstate(),
        "numpy": np.random.get_state(),
        "print": np.get_printoptions(),
        "errors": np.geterr(),
    }
    if "matplotlib" in sys.modules:
        state["drawing"] = dict(sys.modules["matplotlib"].rcParams)
    if "keras" in sys.modules:
        state["keras"] = _read_keras()
    return state


def restore(state: dict[str, Any]) -> None:
    """Put back what `read` has returned."""
    random.setstate(state["random"])
    np.random.set_state(state["numpy"])
    np.set_printoptions(**state["print"])
    np.seterr(**state["errors"])
    if "drawing" in state:
        parameters = sys.modules["matplotlib"].rcParams
        # One by one: assigning to some of them looks at others, or warns.
        for name, value in state["drawing"].items():
            if parameters[name] != value:
                parameters[name] = value
    if "keras" in state:
        _restore_keras(state["keras"])


def _read_keras() -> dict[str, Any]:
    """Return the names that Keras has given, and the state of its random numbers."""
    found: dict[str, Any] = {}
    with contextlib.suppress(Exception):  # parts that another release may not have
        attributes = vars(sys.modules[_KERAS_STATE].GLOBAL_STATE_TRACKER)
        found["attributes"] = {
            name: dict(value) if isinstance(value, dict) else value
            for name, value in attributes.items()
        }
        if (seeds := attributes.get("global_seed_generator")) is not None:
            found["seed"] = np.array(seeds.state)
    with contextlib.suppress(Exception):
        eager = sys.modules[_TENSORFLOW_STATE].context()
        found["context"] = eager._seed, eager._rng.getstate() if eager._rng else None
    return found


def _restore_keras(found: dict[str, Any]) -> None:
    with contextlib.suppress(Exception):
        attributes = vars(sys.modules[_KERAS_STATE].GLOBAL_STATE_TRACKER)
        for name in attributes.keys() - found["attributes"].keys():
            del attributes[name]
        for name, value in found["attributes"].items():
            attributes[name] = dict(value) if isinstance(value, dict) else value
        if "seed" in found:
            attributes["global_seed_generator"].state.assign(found["seed"])
    with contextlib.suppress(Exception):
        eager = sys.modules[_TENSORFLOW_STATE].context()
        seed, state = found["context"]
        if state is not None:
            eager._set_global_seed(seed)
            eager._rng.setstate(state)


def reader_for(value: Any) -> Callable[[Any], tuple[tuple[Any, ...], Any]] | None:
    """Return a function that reads a network; None for all else."""
    keras = sys.modules.get("keras")
    if keras is None:
        return None
    if isinstance(value, keras.Model):
        return _read_model
    return None


def _read_model(model: Any) -> tuple[tuple[Any, ...], Any]:
    optimizer = getattr(model, "optimizer", None)
    steps = optimizer.variables if optimizer is not None else ()
    measured = {id(one) for one in model.metrics_variables}
    unmeasured = [one for one in (*model.variables, *steps) if id(one) not in measured]
    sums = tuple(zlib.crc32(np.ascontiguousarray(one).tobytes()) for one in unmeasured)
    layers = tuple(id(layer) for layer in model.layers)
    compiled = (getattr(model, name, None) for name in _COMPILED)
    return (), (sums, layers, optimizer, *compiled)


def files_in(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield the name, size and time of each file, without the libraries' own."""
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(_CACHES)]
        for name in files:
            if not name.startswith(_CACHES):
                path = Path(where, name)
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    yield str(path), status.st_size, status.st_mtime_ns
