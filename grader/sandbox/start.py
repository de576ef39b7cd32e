"""start: what the two ways of starting a worker share."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

from grader.sandbox.codec.channel import Channel
from grader.sandbox.isolation import SandboxLayers
from grader.sandbox.isolation.limits import Limits
from grader.sandbox.isolation.parts import Isolation

# Modules of the project that an attempt may import although it cannot read their files.
_LENT = {"grader.pictures": b"pictures", "lessons.data": b"lessons"}


class Process(msgspec.Struct, frozen=True, eq=False):
    """A started worker.

    Attributes:
        line: the judge's end of the line to it.
        pid: its number where the starter knows it, else 0.
        scratch: the folder it writes, where nothing else bounds what it writes.
        end: ends it within the seconds given, with everything it started; tells how it
            ended: "exit" and a code, "signal" and a number, "killed", or "lost".
        dismiss: ends it without waiting for that, where somebody else can do it.
    """

    line: Channel
    pid: int
    scratch: Path | None
    end: Callable[[float], tuple[str, int]]
    dismiss: Callable[[], object]


def isolation_by(
    walls: SandboxLayers, *, has_bubblewrap: bool
) -> tuple[Isolation, ...]:
    """Return what confines a worker behind these walls, for a report."""
    stands = {
        Isolation.LANDLOCK: walls.landlock > 0,
        Isolation.SECCOMP: walls.has_filter,
        Isolation.RLIMITS: walls.has_limits,
        Isolation.BUBBLEWRAP: has_bubblewrap,
    }
    return tuple(part for part in Isolation if stands[part])


def line_for(limits: Limits) -> tuple[Channel, tuple[socket.socket, socket.socket]]:
    """Return a line, and the worker's ends of it: for messages and for what it
    prints.
    """
    # Two pairs: what an attempt prints is never read as a message.
    messages, their_messages = socket.socketpair()
    prints, their_prints = socket.socketpair()
    # Before the worker has its end: of what was sent earlier nobody knows the sender.
    if hasattr(socket, "SO_PASSCRED"):
        messages.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    line = Channel(messages, prints, limits.reply_mb << 20, limits.output_kb << 10)
    return line, (their_messages, their_prints)


def find_lent_modules(source: bytes) -> list[str]:
    """Return the modules of the project that an attempt seems to import.

    A word of its text is enough: to import one too many does no harm.
    """
    return [module for module, word in _LENT.items() if word in source]
