"""worker_setup: what a process does to itself before it becomes a worker.

It imports what the attempt will need and cannot read itself, takes its lines to the
judge, and forgets where the project is.
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

from grader import lessons_path

# Where a worker's line to the judge is; what it prints goes to 1 and 2.
_LINE, _FIRST_UNUSED = 3, 4
# Where the part that everybody uses is not imported with the library.
_WITH_MORE = {"matplotlib": "matplotlib.pyplot"}
# Keras imports these when they are there, in case it is given their objects. They take
# a fifth as long as all the rest. An attempt can still import them.
_NOT_FOR_KERAS = frozenset({"IPython", "matplotlib", "pandas"})


def import_all(imports: Iterable[str]) -> None:
    """Import what a lesson needs, and what the worker needs of the grader for it."""
    # Here, since a confined worker cannot read the project any more.
    names = [*imports, "grader.sandbox.worker.server"]
    hidden = _NOT_FOR_KERAS.difference(names) if "keras" in names else ()
    with _without_garbage(), _hiding(hidden):
        for name in names:
            importlib.import_module(_WITH_MORE.get(name, name))
    if "keras" in names:
        import logging

        # Its advice on speed would stand among what the attempt printed.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextlib.contextmanager
def _without_garbage() -> Iterator[None]:
    """Look for no garbage meanwhile, nor ever among what is there at the end.

    An import leaves hardly any; TensorFlow's is a fifth faster like this. And to look
    through the libraries' objects, each forked worker would write to, and so copy, all
    their pages.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _hiding(names: Iterable[str]) -> Iterator[None]:
    """Let modules that are not imported yet seem not to be installed."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_if_there(names: Iterable[str]) -> None:
    """Import modules that an attempt mentions; it is told if one does not exist."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def take_lines(line: int, output: int) -> socket.socket:
    """Put the two lines where a worker has them, and close everything else."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    # Copies first: either may stand where the other is to go.
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
    """Take the project off the import path, and what this process was called with."""
    project = str(Path(__file__).parents[3])
    sys.path[:] = [path for path in sys.path if path != project]
    lessons_path.close()
    sys.argv = [""]
    sys.dont_write_bytecode = True
    # Looked for again, so that it is the worker's own scratch folder.
    tempfile.tempdir = None
    # Forked with the generator, all workers would draw the same numbers. Where numpy
    # has not imported it yet, each worker makes its own.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
