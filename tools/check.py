"""check: run what a change must pass, and say what to do next.

The linter, the type checker and the tests run one after another. `dev.verify` runs
beside them.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from grader.common import files
from grader.course.installation import format_command

# The tests that run without --all.
_QUICK = "not slow and not tensorflow and not browser"
# With it, pytest runs all tests; a promise that none has checked isn't a failed test.
_WHOLE = "--require-promises"
_TESTS_FAILED = 1
# Lessons are verified while tests run, and some of those measure time.
_NICENESS = 5
# How long each part took here when everything passed; git ignores it.
RECORD = ".check.json"
# Measured on a quiet machine with two processors.
_STATED_MIN = {"quick": 5, "all": 20}
_MOST_FILES = 15


class CheckPart(NamedTuple):
    """A part of the check.

    Attributes:
        title: what it does.
        step: the command line of a module.
        again: the program and its arguments that show again what failed.
    """

    title: str
    step: list[str]
    again: tuple[str, str]


def run(root: Path, is_whole: bool) -> str:
    """Run every part; return what failed and what to do, or "" if everything passed."""
    parts, took = _parts(root, is_whole), dict[str, float]()
    lessons = "dev.verify" if is_whole else "dev.verify --changed"
    titles = [*(one.title for one in parts), f"lessons: {lessons}, beside the others"]
    _announce(root, titles, "all" if is_whole else "quick")
    begun = time.monotonic()
    with _beside(root, ["grader", *lessons.split()]) as is_good:
        failed = []
        for number, part in enumerate(parts):
            began = _head(number, titles)
            if not _succeeds(root, part.step):
                failed.append(part)
            took[part.title] = time.monotonic() - began
        if failed:
            return _describe_failures(failed)
        began = _head(len(parts), titles)
        if not is_good():
            again = format_command(lessons)
            return f"The lessons failed. After a correction, run this again:  {again}"
        took[titles[-1]] = time.monotonic() - began
    _keep(root, "all" if is_whole else "quick", took)
    print(f"\nEverything passed in {_in_words(time.monotonic() - begun)}.")
    print("\n".join(_next_steps(root)), flush=True)
    return ""


def _parts(root: Path, is_whole: bool) -> list[CheckPart]:
    """Return the parts that run one after another."""
    # The hooks that run at each commit; they need git's list of files.
    if (root / ".git").exists():
        step = ["pre_commit", "run", "--all-files"]
        again = ("pre-commit", "run --all-files")
        parts = [CheckPart("linter, types and generated pages", step, again)]
    else:
        parts = [
            CheckPart("linter", ["ruff", "check"], ("ruff", "check")),
            CheckPart("layout", ["ruff", "format", "--check"], ("ruff", "format")),
            CheckPart("types", ["mypy"], ("mypy", "")),
        ]
    chosen = [_WHOLE] if is_whole else ["-m", _QUICK]
    # Twice the number of processors, because many tests wait for a browser or a limit.
    workers = f"--numprocesses={2 * (os.cpu_count() or 1)}"
    examples = ["--doctest-modules", "grader", "tools", "lessons/data"]
    return [
        *parts,
        CheckPart(
            "examples in docstrings",
            ["pytest", "-q", *examples],
            ("pytest", shlex.join(examples)),
        ),
        CheckPart(
            "all tests" if is_whole else "quick tests",
            # Tests of one file share fixtures, which are then made only once.
            ["pytest", "-q", workers, "--dist=loadfile", *chosen],
            ("pytest", "--last-failed"),
        ),
    ]


def _announce(root: Path, titles: Sequence[str], kind: str) -> None:
    """Say what will be done, and about how long it takes."""
    earlier = _read_record(root).get(kind, {})
    print(f"This runs {len(titles)} parts:")
    for number, title in enumerate(titles, 1):
        took = f", {_in_words(earlier[title])}" if title in earlier else ""
        print(f"  {number}  {title}{took}")
    if earlier.keys() == set(titles):
        words = f"{_in_words(sum(earlier.values()))}, as the last time here"
    else:
        words = f"{_STATED_MIN[kind]} min on two processors"
    print(f"It takes about {words}.", flush=True)


def _head(number: int, titles: Sequence[str]) -> float:
    """Print which part begins; return the time."""
    print(f"\n[{number + 1} of {len(titles)}] {titles[number]}", flush=True)
    return time.monotonic()


def _describe_failures(failed: Sequence[CheckPart]) -> str:
    """Return what failed, and the command that shows the first of it again."""
    program, words = failed[0].again
    names = ", ".join(one.title for one in failed)
    return (
        f"These parts failed: {names}. The lessons weren't verified. After a "
        f"correction, run this again:  {format_command(words, program)}"
    )


def _next_steps(root: Path) -> Iterator[str]:
    """Yield what to do after everything passed: which files to commit."""
    output = ""
    with suppress(OSError, subprocess.CalledProcessError):
        output = subprocess.run(
            ["git", "status", "--porcelain"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    changed = [line[3:] for line in output.splitlines()]
    if not changed:
        yield "There is nothing to commit." if (root / ".git").exists() else ""
        return
    yield "Commit what belongs to your change:"
    yield from (f"  {name}" for name in changed[:_MOST_FILES])
    if len(changed) > _MOST_FILES:
        yield f"  and {len(changed) - _MOST_FILES} more (git status)"


def _in_words(seconds: float) -> str:
    """Return a duration in words.

    >>> _in_words(12.3), _in_words(282)
    ('12 s', '5 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _read_record(root: Path) -> dict[str, dict[str, float]]:
    """Return how long each part took, by the kind of check; {} if it isn't known."""
    with suppress(OSError, msgspec.DecodeError):
        content = (root / RECORD).read_bytes()
        return msgspec.json.decode(content, type=dict[str, dict[str, float]])
    return {}


def _keep(root: Path, kind: str, took: dict[str, float]) -> None:
    """Record how long each part took."""
    seconds = {title: round(one, 1) for title, one in took.items()}
    known = _read_record(root) | {kind: seconds}
    files.write(root / RECORD, msgspec.json.format(msgspec.json.encode(known)))


def _succeeds(root: Path, step: list[str]) -> bool:
    """Print and run a module's command line; return whether it succeeded.

    If nothing went wrong but tests of the whole run, those are run once more.
    """
    code = subprocess.run(_command_line(step), cwd=root).returncode
    if code != _TESTS_FAILED or _WHOLE not in step:
        return code == 0
    print("These failed beside others; once more, alone:", flush=True)
    alone = ["--last-failed", "--last-failed-no-failures=none"]
    again = _command_line(["pytest", "-q", *alone, _WHOLE])
    return subprocess.run(again, cwd=root).returncode == 0


@contextmanager
def _beside(root: Path, step: list[str]) -> Iterator[Callable[[], bool]]:
    """Run a module's command line beside the block, at a lower priority.

    The block may wait now and then, and leave the processors to it.

    Yields:
        A function that waits for its end, shows what it printed and returns whether it
        succeeded. If the block ends before, so does the command.
    """
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            _command_line(step), cwd=root, stdout=printed, stderr=subprocess.STDOUT
        )
        if hasattr(os, "setpriority"):  # Windows has no niceness
            # Only root may lower it, and it may be higher already.
            niceness = max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
            os.setpriority(os.PRIO_PROCESS, process.pid, niceness)

        def is_good() -> bool:
            code = process.wait()
            printed.seek(0)
            print(printed.read().decode(errors="replace"), end="", flush=True)
            return code == 0

        try:
            yield is_good
        finally:
            process.terminate()
            process.wait()


def _command_line(step: list[str]) -> list[str]:
    """Print and return the command line of a module."""
    command_line = [sys.executable, "-m", *step]
    print(shlex.join(command_line), flush=True)
    return command_line
