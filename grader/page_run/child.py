"""child: the process in which a learner's page runs, one cell after another.

It is started as a program of its own. Nothing confines it: it is the learner's own
code on the learner's own machine. What happens is told line by line on what was
standard output when it started.
"""

from __future__ import annotations

import argparse
import ast
import code
import io
import linecache
import os
import re
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from grader import fit_progress
from grader.page_run.event_channel import EventChannel, EventStream, open_channel
from grader.page_run.events import (
    Began,
    Ended,
    Event,
    Finished,
    Printed,
    Raised,
    Trained,
    Unwritten,
    Waiting,
)
from grader.page_run.steps import Step, steps_of
from grader.source import text_of

LONGEST_MESSAGE = 400
_TAG = re.compile(r"\d+[a-z]")
_MADE = re.compile(r"^(?:def +|class +)?(\w+)(?= *[=(:])", re.MULTILINE)
_BACKEND = "module://grader.page_run.matplotlib_backend"


class Runner(code.InteractiveInterpreter):
    """Runs the steps of a page in one namespace, as Python runs a file."""

    def __init__(self, path: Path, text: str, channel: EventChannel) -> None:
        self._module = types.ModuleType("__main__")
        self._module.__dict__["__file__"] = str(path)
        sys.modules["__main__"] = self._module
        super().__init__(self._module.__dict__)
        self._path, self._channel = str(path), channel
        self._source = text.splitlines()
        self._missing: dict[str, int] = {}
        self._step: Step | None = None
        self._is_following = False
        self.is_stopped = False
        lines = text.splitlines(keepends=True)
        linecache.cache[self._path] = (len(text), None, lines, self._path)

    def run(self, step: Step) -> None:
        """Run one step; what it raises is told."""
        self._step = step
        self._follow()
        try:
            compiled = compile(step.source, self._path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._tell(error)
            return
        self.runcode(compiled)

    def showtraceback(self) -> None:
        """What the interpreter calls when a step has raised."""
        error = sys.exc_info()[1]
        if isinstance(error, KeyboardInterrupt):
            self.is_stopped = True
        elif error is not None:
            self._tell(error)

    def _follow(self) -> None:
        """Follow what Keras trains, from when the page has imported it."""
        if "keras" in sys.modules and not self._is_following:
            self._is_following = True
            told = self._channel.send
            fit_progress.report_fits(
                lambda seen: told(Trained(seen)), even_silent=False
            )

    def _tell(self, error: BaseException) -> None:
        assert self._step is not None
        line, function = self._locate(error)
        message = _format_message(error)
        self._channel.send(self._classify(error, message, line, function))
        for name in _find_names(self._step.source):
            if name not in self._module.__dict__:
                self._missing[name] = self._step.line

    def _classify(
        self, error: BaseException, message: str, line: int, function: str
    ) -> Event:
        if isinstance(error, NotImplementedError) and _TAG.fullmatch(message):
            return Unwritten(message, line)
        if isinstance(error, NameError) and error.name in self._missing:
            return Waiting(error.name, self._missing[error.name])
        if "ellipsis" in message.lower() and isinstance(
            error, TypeError | AttributeError
        ):
            return Unwritten("", line)
        source = self._source[line - 1].strip() if line else ""
        return Raised(type(error).__name__, message, line, source, function)

    def _locate(self, error: BaseException) -> tuple[int, str]:
        """The last line of the page that was on its way, and its function."""
        if isinstance(error, SyntaxError) and error.filename == self._path:
            return min(error.lineno or 0, len(self._source)), ""
        found, trace = (0, ""), error.__traceback__
        while trace is not None:
            made_of = trace.tb_frame.f_code
            if made_of.co_filename == self._path:
                name = made_of.co_name
                found = trace.tb_lineno, "" if name.startswith("<") else name
            trace = trace.tb_next
        return found


def _format_message(error: BaseException) -> str:
    try:
        words = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception as another:  # a learner's own class may fail to tell itself
        words = f"its message cannot be shown: {type(another).__name__}"
    is_long = len(words) > LONGEST_MESSAGE
    return words[:LONGEST_MESSAGE] + " ..." if is_long else words


def _find_names(source: str) -> set[str]:
    """The names that a cell would have made."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(_MADE.findall(source))
    made = {x.id for x in nodes if isinstance(x, ast.Name) and _is_set(x)}
    made |= {x.name for x in nodes if isinstance(x, ast.FunctionDef | ast.ClassDef)}
    imported = [x for x in nodes if isinstance(x, ast.Import | ast.ImportFrom)]
    return made | {
        (a.asname or a.name).partition(".")[0] for x in imported for a in x.names
    }


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _make_figure_hook(channel: EventChannel, in_window: bool) -> Callable[[], None]:
    """What is done with the open figures when a cell is over."""

    def show() -> None:
        if "matplotlib.pyplot" not in sys.modules:
            return
        import matplotlib
        from matplotlib import pyplot

        is_ours = matplotlib.get_backend() == _BACKEND
        if in_window and not is_ours and pyplot.get_fignums():
            if matplotlib.get_backend().lower() == "agg":
                channel.send(
                    Printed("No window can be opened here.\n", is_warning=True)
                )
                pyplot.switch_backend(_BACKEND)
            pyplot.show()
        elif is_ours and pyplot.get_fignums():
            pyplot.show()

    if not in_window:
        os.environ["MPLBACKEND"] = _BACKEND
    return show


def _end_with(parent: int) -> None:
    """End when the process that draws is gone, so that nothing runs on."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def run(path: Path, count: int, channel: EventChannel, in_window: bool) -> None:
    """Run the first steps of a page and tell what happens."""
    text = text_of(path.read_bytes())
    runner, show = Runner(path, text, channel), _make_figure_hook(channel, in_window)
    place = 0
    try:
        for place, step in enumerate(steps_of(text)[:count]):
            channel.send(Began(place))
            runner.run(step)
            show()
            sys.stdout.flush()
            sys.stderr.flush()
            if runner.is_stopped:
                return
    except SystemExit:
        sys.stdout.flush()
        channel.send(Ended("Your code asked Python to end."))
        return
    channel.send(Finished())


def main() -> None:
    """Run the page that is named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("encoding")
    parser.add_argument("--window", action="store_true")
    asked = parser.parse_args()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    channel = open_channel()
    for name, is_warning in (("stdout", False), ("stderr", True)):
        told = EventStream(channel, asked.encoding, is_warning)
        setattr(sys, name, _open_text(told, asked.encoding))
    sys.path[0] = str(asked.page.parent)
    run(asked.page, asked.count, channel, asked.window)


def _open_text(told: EventStream, encoding: str) -> TextIO:
    raw = io.BufferedWriter(told)
    return io.TextIOWrapper(raw, encoding, "backslashreplace", line_buffering=True)


if __name__ == "__main__":
    main()
