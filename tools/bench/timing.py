"""timing: measure the time and memory of other processes."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psutil

from grader.common.errors import GraderError
from grader.course.document.catalog import Lesson

_SAMPLE_S = 0.02
_GOOD = (0, 1)  # a grading ends with 1 if something isn't right yet

CommandLine = Sequence[str]


def python(code: str) -> list[str]:
    """Return the command that runs code in a fresh interpreter."""
    return [sys.executable, "-c", code]


def invoke(*words: str) -> list[str]:
    """Return one of the project's commands, as a fresh process."""
    return [sys.executable, "-m", "invoke", *words]


def xent(*words: str) -> list[str]:
    """Return a command of the installed program, as a fresh process."""
    return [str(Path(sys.executable).with_name("xent")), *words]


def environment() -> dict[str, str]:
    """Return an environment for processes without the thread limits of `invoke`."""
    return {n: v for n, v in os.environ.items() if n != "OPENBLAS_NUM_THREADS"}


def seconds_of(command: CommandLine, folder: Path) -> float:
    """Return how long a command takes, from start to end, in seconds.

    Raises:
        GraderError: if the command fails.
    """
    began = time.perf_counter()
    with _start(command, folder) as process:
        _finish(process, command)
    return time.perf_counter() - began


def megabytes_of(command: CommandLine, folder: Path) -> float:
    """Return the peak memory of a command and all its processes, in MB.

    Shared pages are counted once (PSS) where the system reports that.
    """
    most = 0.0
    with _start(command, folder) as process:
        while process.poll() is None:
            most = max(most, held_mb(process.pid))
            time.sleep(_SAMPLE_S)
        _finish(process, command)
    return most


def in_turns(
    runs: int,
    value: Callable[[], float],
    floor: Callable[[], float],
    until_s: float = math.inf,
) -> tuple[list[float], list[float]]:
    """Measure two things alternately, so that a busy moment affects both.

    Args:
        runs: how often each is measured.
        value: measures the one, in seconds or megabytes.
        floor: measures what it is compared with, in the same unit.
        until_s: when to stop, by the monotonic clock, even after fewer runs.

    Returns:
        The values and the floors, one of each for every run.
    """
    pairs = [(floor(), value())]
    while len(pairs) < runs and time.monotonic() < until_s:
        pairs.append((floor(), value()))
    return [value for _, value in pairs], [floor for floor, _ in pairs]


@contextlib.contextmanager
def _start(command: CommandLine, folder: Path):  # type: ignore[no-untyped-def]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _finish(process: subprocess.Popen[bytes], command: CommandLine) -> None:
    _, output = process.communicate()
    if process.returncode not in _GOOD:
        words = output.decode(errors="replace")[-2000:]
        raise GraderError(
            f"{' '.join(command)} ended with {process.returncode}: {words}"
        )


def held_mb(pid: int) -> float:
    """Return the MB that a process and its children use; count shared pages once."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += getattr(process.memory_full_info(), "pss", 0) or (
                    process.memory_info().rss
                )
    return total / 1e6


class Watched:
    """A session of `invoke watch` in a separate process, as a context manager.

    Args:
        lesson: the lesson's short name.
        attempt: the file it watches.
        folder: the project's folder.
    """

    # A session without keyboard input prints this last, once a verdict is drawn.
    _AT_REST = "Watching "

    def __init__(self, lesson: str, attempt: Path, folder: Path) -> None:
        self._attempt = attempt
        self._source = attempt.read_text(encoding="utf-8")
        self._saves = 0
        self._process = subprocess.Popen(
            invoke("watch", lesson, "--attempt", str(attempt)),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment() | {"PYTHONIOENCODING": "utf-8"},
        )

    def __enter__(self) -> Watched:
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def seconds_to_verdict(self) -> float:
        """Save the file with a new comment; return the seconds to the full report."""
        self._saves += 1
        new = self._attempt.with_suffix(".new")
        new.write_text(f"{self._source}\n# save {self._saves}\n", encoding="utf-8")
        began = time.perf_counter()
        new.replace(self._attempt)
        self._wait()
        return time.perf_counter() - began

    def _wait(self) -> None:
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if line.startswith(self._AT_REST):
                return
        raise GraderError(f"watch has ended: {''.join(lines)[-2000:]}")


def two_at_a_time(commands: Sequence[CommandLine], folder: Path) -> float:
    """Return how many seconds the commands take, two of them at any time."""
    waiting = list(commands)
    began = time.perf_counter()

    def work() -> None:
        while waiting:
            # Both threads may see the last command, but only one gets it.
            with contextlib.suppress(IndexError):
                seconds_of(waiting.pop(), folder)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def beside_solution(
    runs: int, root: Path, lesson: Lesson, page: str, until_s: float = math.inf
) -> tuple[list[float], list[float]]:
    """Return the grading times of a page and of the solution, measured alternately."""
    with tempfile.TemporaryDirectory() as folder:
        attempt = Path(folder) / lesson.page.name
        attempt.write_text(page, encoding="utf-8")
        words = ("grade", lesson.short_name, "--attempt")
        return in_turns(
            runs,
            partial(seconds_of, invoke(*words, str(attempt)), root),
            partial(seconds_of, invoke(*words, str(lesson.solution)), root),
            until_s,
        )
