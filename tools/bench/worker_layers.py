"""worker_layers: time each sandbox layer of a worker in a forked process.

This is a separate program, because a process can't leave its sandbox again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy  # noqa: F401  (a process as large as the one that workers are forked from)

from grader.sandbox import Limits, isolation
from grader.sandbox.isolation import syscalls


def _parts(scratch: Path) -> dict[str, Callable[[], object]]:
    """Return the sandbox layers of this platform, each one and all of them together."""
    layers = isolation.find_layers()
    parts: dict[str, Callable[[], object]] = {"nothing": lambda: None}
    if layers.has_limits:
        parts["resource limits"] = lambda: isolation.limit_resources(Limits())
    if layers.landlock:
        parts["Landlock"] = lambda: isolation.restrict_files(scratch)
    if layers.has_filter:
        parts["the filter of system calls"] = syscalls.restrict
    return parts | {"all layers of a worker": lambda: layers.apply(scratch, Limits())}


def _seconds_in_a_fork(put_up: Callable[[], object]) -> float:
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            isolation.refuse_privileges()
            put_up()
            os._exit(0)
        finally:
            os._exit(1)  # a fork must never continue as if it were its parent
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit("a layer can't be applied")
    return time.perf_counter() - began


def main(runs: str) -> None:
    """Write one line for each time that each layer was set up."""
    with tempfile.TemporaryDirectory() as folder:
        parts = _parts(Path(folder))
        for _ in range(int(runs)):
            for name, put_up in parts.items():
                sys.stdout.write(f"{name} {_seconds_in_a_fork(put_up)}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
