"""debug_log: what workers say, kept in a folder for whoever looks for a fault of ours.

``GRADER_DEBUG=FOLDER`` asks for it, or `grade --debug`. `messages.txt` has what was
asked and what came, `starter.txt` what the process that starts workers wrote when
something went wrong, `printed.txt` what the attempts printed.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

FOLDER = "GRADER_DEBUG"
_LONGEST = 2_000


def begin() -> Path:
    """Ask for it from now on, in this process and those it starts, in a new folder."""
    folder = Path(tempfile.mkdtemp(prefix="grader-debug-"))
    os.environ[FOLDER] = str(folder)
    return folder


def is_on() -> bool:
    """Return whether that was asked for."""
    return FOLDER in os.environ


def note(name: str, *words: object) -> None:
    """Write a line into one of the files, if that was asked for."""
    if is_on():
        text = " ".join(map(str, words))
        cut = f" ... ({len(text)} characters)" if len(text) > _LONGEST else ""
        with _opened(name) as file:
            file.write(f"{text[:_LONGEST]}{cut}\n".encode("utf-8", "replace"))


@contextlib.contextmanager
def error_stream() -> Iterator[int | IO[bytes]]:
    """Provide where a process that starts workers writes its errors."""
    if not is_on():
        yield subprocess.DEVNULL
        return
    with _opened("starter.txt") as file:
        yield file


@contextlib.contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    # Several processes write here, each at its end.
    with (folder / name).open("ab") as file:
        yield file
