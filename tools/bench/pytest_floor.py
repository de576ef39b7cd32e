"""pytest_floor: the same checks on the same attempt, in one fresh pytest process.

This is what most graders do, and the floor for the measurement of a class. The process
that has the checks imports the attempt, so every value is available at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.checks.attempt import AttemptSession, RunConditions
from grader.checks.exercises import Check
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.judge.grading import Grading, LessonChecks
from grader.judge.loading import load_module
from grader.sandbox.codec import CallbackHandle, Handle
from grader.sandbox.isolation.policy import Limits
from grader.sandbox.replies import Missing, Raised, Returned

_SEED = 1


class DirectWorker:
    """Answer like a worker, by calling the attempt directly."""

    output = ""
    output_was_cut = False
    is_alive = True
    answered_in_s = 0.0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._module: Any = None
        self._kept: list[Any] = []

    def begin_load(self) -> None:
        pass

    def load(self, announces: bool = False) -> Returned:
        self._module = load_module(self._path, "attempt")
        return Returned(list(vars(self._module)))

    def get(
        self, target: str, *, handle: int | None = None
    ) -> Returned | Missing | Raised:
        return self._answered(lambda: self._found(target, handle), target)

    def call(
        self,
        target: str,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        handle: int | None = None,
        functions: Mapping[int, Callable[..., Any]] | None = None,
        **_: Any,
    ) -> Returned | Missing | Raised:
        given = tuple(self._received(value, functions or {}) for value in args)

        def answer() -> Any:
            return self._found(target, handle)(*given, **(kwargs or {}))

        return self._answered(answer, target)

    def kill(self) -> None:
        pass

    def dismiss(self) -> None:
        pass

    def _answered(
        self, answer: Callable[[], Any], target: str
    ) -> Returned | Missing | Raised:
        try:
            return Returned(self._sent(answer()))
        except AttributeError:
            return Missing(target)
        except Exception as error:
            bases = tuple(base.__name__ for base in type(error).__mro__)
            return Raised(type(error).__name__, bases, str(error))

    def _found(self, target: str, handle: int | None) -> Any:
        value = self._module if handle is None else self._kept[handle]
        for name in target.split("."):
            value = getattr(value, name)
        return value

    def _received(self, value: Any, functions: Mapping[int, Any]) -> Any:
        match value:
            case Handle():
                return self._kept[value.id]
            case CallbackHandle():
                return functions[value.id]
            case list() | tuple():
                return type(value)(self._received(item, functions) for item in value)
        return value

    def _sent(self, value: Any) -> Any:
        if value is None or isinstance(
            value, (bool, int, float, str, np.ndarray, np.generic)
        ):
            return value
        if value is ... or isinstance(value, bytes):
            return value
        if isinstance(value, (list, tuple)):
            return type(value)([self._sent(item) for item in value])
        if isinstance(value, dict):
            return {key: self._sent(item) for key, item in value.items()}
        if hasattr(value, "__array__"):
            return np.asarray(value)
        self._kept.append(value)
        kind = type(value)
        bases = tuple(base.__name__ for base in kind.__mro__)
        return Handle(len(self._kept) - 1, kind.__name__, bases, repr(value)[:200])


class Checks:
    """A pytest plugin that runs each check of a lesson as a test."""

    def __init__(self, grading: Grading) -> None:
        self._grading = grading

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Name the tests as the judge names the checks."""
        checks = {
            f"{exercise.tag}: {check.name}": check
            for exercise in self._grading.checks.exercises
            for check in exercise.checks
        }
        runs = [partial(self._run, name, check) for name, check in checks.items()]
        metafunc.parametrize("run", runs, ids=list(checks))

    def _run(self, name: str, check: Check) -> None:
        arguments = self._grading.fixtures.values_for(check.function, name)
        check.function(**arguments)


def test_check(run: Callable[[], None]) -> None:
    """Run a check; pytest collects this function."""
    run()


def main(lesson: str, attempt: str, project: str) -> int:
    """Grade one attempt with plain pytest; return 0 if every check passes."""
    found, path = catalog.find(lesson, Path(project)), Path(attempt)
    workers: Any = SimpleNamespace(start=lambda *_: DirectWorker(path))
    conditions = RunConditions(workers, path.name, Limits())
    session = AttemptSession(Document(path.read_bytes()), conditions)
    checks = LessonChecks(found.checks, found.solution)
    grading = Grading(checks, session, _SEED)
    words = [__file__, "-q", "--noconftest", "--import-mode=importlib"]
    words += ["-p", "no:cacheprovider", "-p", "no:warnings"]
    words += [f"--rootdir={found.folder}", f"--config-file={os.devnull}"]
    # This code differs from "not yet", because a floor that fails measures nothing.
    return 0 if pytest.main(words, plugins=[Checks(grading)]) == 0 else 4


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
