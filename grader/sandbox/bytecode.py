"""bytecode: what a worker imports is compiled once, and kept.

Python keeps what it has compiled beside the source. The process that starts workers may
write nothing, so the judge does it for what only workers import.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

_FOLDERS = (
    "sandbox/worker",
    "sandbox/cell_run",
    "sandbox/sympy_serialization",
)
_FILES = (
    "fit_progress.py",
    "document/exercise_tag.py",
    "sandbox/library_messages.py",
)


def keep_workers_compiled() -> None:
    """Compile the modules of the worker that are newer than what is kept of them.

    Where nobody may write, they are compiled by each process as before.
    """
    stale = [source for source in _sources() if _is_stale(source)]
    if stale:
        # Where nothing is to be done, it is not paid for.
        import py_compile

        with contextlib.suppress(OSError):
            for source in stale:
                py_compile.compile(str(source), quiet=2)


def _sources() -> Iterator[Path]:
    here = Path(__file__).parent.parent
    for folder in _FOLDERS:
        yield from (here / folder).glob("*.py")
    yield from (here / name for name in _FILES)


def _is_stale(source: Path) -> bool:
    try:
        kept = Path(cache_from_source(str(source))).stat()
        # Only older is stale: Python itself looks for the very time when it imports.
        return kept.st_mtime < source.stat().st_mtime
    except OSError:
        return True
