"""worker_setup: how a process prepares itself before it becomes a worker.

It imports the modules that the attempt needs but can't read itself, moves its lines to
the judge into place, and forgets where the project is. Attempts can call `display`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.course import lessons_path
from grader.sandbox import display

# The descriptor of a worker's line to the judge; its output goes to 1 and 2.
_LINE, _FIRST_UNUSED = 3, 4
# Libraries whose import doesn't include the submodule that most code uses. SymPy's is
# imported by its first sum.
_WITH_MORE = {"matplotlib": "matplotlib.pyplot", "sympy": "sympy.tensor.tensor"}
# Keras imports these if they are installed, in case it gets their objects. They take a
# fifth as long as all other imports. An attempt can still import them.
_NOT_FOR_KERAS = frozenset({"IPython", "matplotlib", "pandas"})


def import_all(imports: Iterable[str]) -> None:
    """Import the modules that a lesson needs, and the worker's part of the grader."""
    # The server is imported here because a confined worker can't read the project.
    names = [*imports, "grader.sandbox.worker.server"]
    hidden = _NOT_FOR_KERAS.difference(names) if "keras" in names else ()
    with _without_garbage(), _hiding(hidden):
        for name in names:
            importlib.import_module(_WITH_MORE.get(name, name))
    if "keras" in names:
        import logging

        # Its advice on speed would mix with what the attempt prints.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextlib.contextmanager
def _without_garbage() -> Iterator[None]:
    """Disable garbage collection in the block, and exempt all objects that exist then.

    An import leaves hardly any garbage; TensorFlow's is a fifth faster like this. If a
    forked worker's collector looked through the libraries' objects, it would write to
    all their pages and so copy them.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _hiding(names: Iterable[str]) -> Iterator[None]:
    """Make modules that aren't imported yet look as if they weren't installed."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_if_there(names: Iterable[str]) -> None:
    """Import modules that an attempt mentions; missing ones are left to the attempt.

    Raises:
        RuntimeError: one of them fails, as when its data is missing.
    """
    for name in names:
        try:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise RuntimeError(f"{name} cannot be imported: {why}") from error


def take_lines(line: int, output: int) -> socket.socket:
    """Move the two lines to a worker's descriptors, and close everything else."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    # Copy them first: one may occupy the other's descriptor.
    line, output = os.dup(line), os.dup(output)
    for source, place in ((nothing, 0), (output, 1), (output, 2), (line, _LINE)):
        os.dup2(source, place)
    os.closerange(_FIRST_UNUSED, os.sysconf("SC_OPEN_MAX"))
    sys.stdin = os.fdopen(0, encoding="utf-8")
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = os.fdopen(number, "w", encoding="utf-8", errors="replace", buffering=1)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return socket.socket(fileno=_LINE)


def forget_project() -> None:
    """Remove the project from the import path, and leave what an attempt expects."""
    project = str(Path(__file__).parents[3])
    sys.path[:] = [path for path in sys.path if path != project]
    lessons_path.close()
    display.install()
    sys.argv = [""]
    sys.dont_write_bytecode = True
    # Reset it, so that the next use finds the worker's own scratch folder.
    tempfile.tempdir = None
    # If the generator was forked, all workers would draw the same numbers. If NumPy
    # hasn't imported it yet, each worker creates its own.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
