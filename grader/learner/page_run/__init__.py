"""page_run: run a page cell by cell in the learner's own Python, and yield its events.

The page runs in a separate process, `page_process`, which sends its events as records;
nothing here draws. Output that would answer an unwritten prediction is removed on this
side, so that it never reaches the code that draws.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from grader.common.control_group import ask_about_memory
from grader.course.course_folder import project_folder
from grader.course.document.cells import Cell
from grader.sandbox.cell_run.events import (
    CellBegan,
    CellRaised,
    Drew,
    Event,
    Finished,
    HeldBack,
    Panel,
    Pictured,
    Printed,
    RunEnded,
    Series,
    Slid,
    Tabled,
    Trained,
    Unwritten,
    Waiting,
    from_line,
)

__all__ = [
    "CellBegan",
    "CellRaised",
    "Drew",
    "Event",
    "Finished",
    "HeldBack",
    "Panel",
    "Printed",
    "RunEnded",
    "Series",
    "Slid",
    "Tabled",
    "Terminal",
    "Trained",
    "Unwritten",
    "Waiting",
    "hold_back",
    "run",
]

# Not with -m: matplotlib imports the same module, by its name, to find the channel.
_PROGRAM = "from grader.learner.page_run.page_process import main; main()"
_OUTPUT = (Printed, Drew, Slid, Pictured, Tabled, Trained)
_PATIENCE_S = 2.0
_SIGKILL = 9  # Windows has no such name
# TensorFlow logs its internals at every start, and oneDNN ignores the log level.
_QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "KERAS_BACKEND": "tensorflow",
}


class Terminal(msgspec.Struct, frozen=True):
    """The size that the page's own drawings have to fit into."""

    width: int = 80
    has_colour: bool = False
    encoding: str = "utf-8"


def run(
    page: Path,
    cells: Sequence[Cell],
    root: Path,
    terminal: Terminal,
) -> Generator[Event, None, None]:
    """Run the first code cells of a page, and yield the events as they happen.

    The process ends with this iterator, even if that is closed halfway.

    Args:
        page: the file.
        cells: its code cells, from the first to the last one to run.
        root: the course, from which the page imports its data.
        terminal: the terminal in which the output will be drawn.
    """
    words = [sys.executable, "-c", _PROGRAM, str(page.resolve()), str(len(cells))]
    words += [terminal.encoding, str(root)]
    # It has a separate process group, so that Ctrl-C reaches only us, and we end all of
    # it.
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        env=_make_environment(root, terminal),
        start_new_session=True,
        text=True,
        encoding="utf-8",
    )
    try:
        yield from hold_back(_read_events(process), cells)
    finally:
        _end_process(process)


def _read_events(process: subprocess.Popen[str]) -> Iterator[Event]:
    """Yield the events of the process; the last one says how it ended."""
    assert process.stdout is not None
    event: Event | None = None
    for line in process.stdout:
        event = from_line(line)
        yield event
    if not isinstance(event, Finished | RunEnded):
        code = process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        question = f" {ask_about_memory()}" if code == -_SIGKILL else ""
        yield RunEnded(f"Python ended ({how}).{question}")


def hold_back(
    events: Iterable[Event], cells: Sequence[Cell], answers: tuple[int, ...] = ()
) -> Iterator[Event]:
    """Yield the events, without output that would answer an unwritten prediction.

    Args:
        events: the events of a run.
        cells: its cells; none if all the events are of one cell.
        answers: the lines of the predictions that the first events would answer.
    """
    is_announced = False
    for event in events:
        if cells and isinstance(event, CellBegan):
            answers, is_announced = cells[event.step].answers, False
        if not (answers and isinstance(event, _OUTPUT)):
            yield event
        elif not is_announced:
            is_announced = True
            yield HeldBack(answers)


def _make_environment(root: Path, terminal: Terminal) -> dict[str, str]:
    """Return the learner's environment, with what the page needs in order to draw."""
    # Variables that the learner has set take precedence.
    environment = _QUIET | os.environ
    above = [str(root), str(project_folder()), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, above))
    environment["COLUMNS"] = str(terminal.width)
    environment.pop("FORCE_COLOR", None)
    if terminal.has_colour:
        environment["FORCE_COLOR"] = "1"
    return environment


def _end_process(process: subprocess.Popen[str]) -> None:
    """End the process and everything that it started."""
    # After the wait, its number may belong to another process.
    if os.name == "posix" and process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait(_PATIENCE_S)
    assert process.stdout is not None
    process.stdout.close()
