"""debug_log: records the messages of workers in a folder, to debug the grader itself.

Set ``GRADER_DEBUG=FOLDER`` or use `grade --debug` to turn it on. `messages.txt` has
the questions and answers, `starter.txt` the error output of the process that starts
workers, and `printed.txt` the output of the attempts.
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
    """Turn the log on for this process and those it starts; return its new folder."""
    folder = Path(tempfile.mkdtemp(prefix="grader-debug-"))
    os.environ[FOLDER] = str(folder)
    return folder


def is_on() -> bool:
    """Return whether the log is turned on."""
    return FOLDER in os.environ


def note(name: str, *words: object) -> None:
    """Write a line into one of the files, if the log is turned on."""
    if is_on():
        text = " ".join(map(str, words))
        cut = f" ... ({len(text)} characters)" if len(text) > _LONGEST else ""
        with _open_log(name) as file:
            file.write(f"{text[:_LONGEST]}{cut}\n".encode("utf-8", "replace"))


@contextlib.contextmanager
def error_stream() -> Iterator[int | IO[bytes]]:
    """Provide the stream to which a process that starts workers writes its errors."""
    if not is_on():
        yield subprocess.DEVNULL
        return
    with _open_log("starter.txt") as file:
        yield file


@contextlib.contextmanager
def _open_log(name: str) -> Iterator[IO[bytes]]:
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    # Several processes append to these files.
    with (folder / name).open("ab") as file:
        yield file
