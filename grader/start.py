"""start: what the two ways of starting a worker share."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.line import Line
from grader.replies import Limits

# Modules of the project that an attempt may import although it cannot read their files.
_LENT = {"grader.pictures": b"pictures", "lessons.data": b"lessons"}

_SCRATCH_PREFIX = "lesson-scratch-"
# A process of another container is not seen here; its folder is young.
_OLD_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A started worker.

    Attributes:
        line: the judge's end of the line to it.
        pid: its number where the starter knows it, else 0.
        scratch: the folder it writes, where nothing else bounds what it writes.
        end: ends it within the seconds given, with everything it started; tells how it
            ended: "exit" and a code, "signal" and a number, "killed", or "lost".
    """

    line: Line
    pid: int
    scratch: Path | None
    end: Callable[[float], tuple[str, int]]


def line_for(limits: Limits) -> tuple[Line, tuple[socket.socket, socket.socket]]:
    """A line, and the worker's ends of it: for messages and for what it prints."""
    messages, their_messages = socket.socketpair()
    prints, their_prints = socket.socketpair()
    if hasattr(socket, "SO_PASSCRED"):
        messages.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    line = Line(messages, prints, limits.reply_mb << 20, limits.output_kb << 10)
    return line, (their_messages, their_prints)


def mentioned(source: bytes) -> list[str]:
    """The modules of the project that an attempt seems to import."""
    return [module for module, word in _LENT.items() if word in source]


def make_scratch() -> Path:
    """A new scratch folder; old ones whose makers were killed are removed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            is_old = time.time() - old.stat().st_mtime > _OLD_S
            if is_old and not _exists(int(old.name.split("-")[2])):
                shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}-"))


def _exists(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))
