"""debug_log: records the messages of workers in a folder, to debug the grader itself.

Set ``GRADER_DEBUG=FOLDER`` or use `grade --debug` to turn it on. `messages.txt` has
the questions and answers, `starter.txt` the error output of the process that starts
workers, and `printed.txt` the output of the attempts.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO

FOLDER = "GRADER_DEBUG"
_LONGEST = 2_000
# The end of an error output that is shown: most tracebacks end in such lines.
_END_BYTES, _END_LINES = 4_000, 4


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


def open_errors() -> IO[bytes]:
    """Return the file to which a process that starts workers writes its errors."""
    if is_on():
        return _open_log("starter.txt")
    try:
        return tempfile.TemporaryFile()
    except OSError:  # no folder can be written, and the errors are lost
        return Path(os.devnull).open("r+b", buffering=0)


def take_last_lines(errors: IO[bytes]) -> str:
    """Return the last lines in such a file, and close it."""
    # Not every system can look for the end of the null device.
    with contextlib.suppress(OSError, ValueError), errors:
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _END_BYTES))
        text = errors.read().decode("utf-8", "replace")
        lines = [line.rstrip() for line in text.splitlines()]
        return "\n".join(list(filter(None, lines))[-_END_LINES:])
    return ""


def _open_log(name: str) -> IO[bytes]:
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    # Several processes append to these files.
    return (folder / name).open("a+b")
