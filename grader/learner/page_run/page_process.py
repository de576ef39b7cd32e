"""page_process: the process in which a learner's page runs, one cell after another.

It is started as a separate program. It is the learner's own code on the learner's own
machine, so it may do everything but open a solution, a check or a data file. Its events
are sent as lines on the stream that was standard output at the start.
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import functools
import importlib
import io
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from grader import fit_progress
from grader.course.document.attempt_file import parse_python
from grader.course.document.foreign_lines import leave_out_foreign_lines
from grader.course.settings import find_modules_to_run
from grader.sandbox import display, isolation
from grader.sandbox.cell_run.events import (
    MOST_LETTERS,
    CellBegan,
    Event,
    Finished,
    Printed,
    RunEnded,
    Trained,
    to_line,
)
from grader.sandbox.cell_run.false_warnings import ignore_false_warnings
from grader.sandbox.cell_run.figures import (
    BACKEND,
    follow_figures,
    show_open_figures,
)
from grader.sandbox.cell_run.interpreter import CellInterpreter
from grader.sandbox.exposed_files import list_closed_folders

_CUT = "\n... what this cell prints after that is not shown.\n"


@functools.cache
def open_channel() -> EventChannel:
    """Return the channel of this process: its original standard output."""
    channel = EventChannel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # otherwise a library's direct output would be among the events
    return channel


class EventChannel:
    """Send events, one on each line, from any thread."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._left = MOST_LETTERS

    def send(self, event: Event) -> None:
        """Send an event; limit the text of each cell."""
        with self._lock:
            if isinstance(event, CellBegan):
                self._left = MOST_LETTERS
            if isinstance(event, Printed):
                if self._left <= 0:
                    return
                self._left -= len(event.text)
                if self._left <= 0:
                    # Cut off exactly the excess characters; if it just fits, cut none.
                    event = Printed(event.text[: self._left or None] + _CUT)
            self._file.write(to_line(event))
            self._file.flush()


class EventStream(io.RawIOBase):
    """Bytes that are sent as text: the stream below `sys.stdout` while cells run."""

    def __init__(self, channel: EventChannel, encoding: str, is_warning: bool) -> None:
        self._channel = channel
        # A character of several bytes may arrive in two pieces.
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._is_warning = is_warning

    def writable(self) -> bool:
        """Return True: the stream accepts bytes."""
        return True

    def write(self, some: Any) -> int:
        """Send the bytes."""
        if text := self._decode(bytes(some)):
            self._channel.send(Printed(text, self._is_warning))
        return len(some)


def _make_figure_hook(channel: EventChannel) -> Callable[[], None]:
    """Return a function that handles the open figures at the end of a cell."""

    def show() -> None:
        if "matplotlib.pyplot" not in sys.modules:
            return
        import matplotlib

        # A page may have chosen another backend.
        if matplotlib.get_backend() == BACKEND:
            show_open_figures()

    follow_figures(channel.send)
    os.environ["MPLBACKEND"] = BACKEND
    return show


@functools.cache
def _follow_training(channel: EventChannel) -> None:
    """Follow Keras training runs, once the page has imported Keras."""
    # Only once, because each call would wrap `fit` again.
    fit_progress.report_fits(
        lambda seen: channel.send(Trained(seen)), even_silent=False
    )


def _exit_with_parent(parent: int) -> None:
    """End when the process that draws is gone, so that nothing goes on running."""
    # Poll for it, because only Linux has a signal for the end of a parent.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _close_courses(root: Path, text: str) -> None:
    """Import what a page may import of the course, and close the course's files."""
    for module in find_modules_to_run(text, root):
        # If this fails, so does the page's own import, and the learner sees why.
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    isolation.close_folders(list_closed_folders(root))


def run(path: Path, count: int, root: Path, channel: EventChannel) -> None:
    """Run the first code cells of a page and send the events.

    Args:
        path: the page.
        root: the course.
        count: how many of its cells run.
        channel: receives the events.
    """
    ignore_false_warnings()
    display.install()
    document = leave_out_foreign_lines(parse_python(path.read_bytes()))
    _close_courses(root, document.text)
    fit_progress.follow(lambda seen: channel.send(Trained(seen)))
    interpreter = CellInterpreter(str(path), channel.send)
    show = _make_figure_hook(channel)
    interpreter.read(document.text)
    place = 0
    try:
        for place, cell in enumerate(document.code_cells[:count]):
            channel.send(CellBegan(place))
            if "keras" in sys.modules:
                _follow_training(channel)
            interpreter.run(cell.first_line, document.code_of(cell))
            interpreter.show_figures(show)
            # Before the next cell begins, because the output until then belongs to this
            # one.
            sys.stdout.flush()
            sys.stderr.flush()
            if interpreter.is_stopped:
                return
    except SystemExit:
        sys.stdout.flush()
        channel.send(RunEnded("Your code asked Python to end."))
        return
    channel.send(Finished())


def main() -> None:
    """Run the page that is named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("encoding")
    parser.add_argument("root", type=Path)
    arguments = parser.parse_args()
    threading.Thread(
        target=_exit_with_parent, args=(os.getppid(),), daemon=True
    ).start()
    channel = open_channel()
    for name, is_warning in (("stdout", False), ("stderr", True)):
        stream = EventStream(channel, arguments.encoding, is_warning)
        setattr(sys, name, _open_stream(stream, arguments.encoding))
    # As for a file that Python runs; with -m it would be the current folder.
    sys.path[0] = str(arguments.page.parent)
    run(arguments.page, arguments.count, arguments.root, channel)


def _open_stream(stream: EventStream, encoding: str) -> TextIO:
    raw = io.BufferedWriter(stream)
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True)
