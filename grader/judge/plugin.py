"""plugin: pytest runs a lesson's checks, and each becomes one result.

``checks.py`` is collected by this plugin: every check of every `Exercise` it defines is
a pytest item, with fixtures for the attempt, the reference and random numbers.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.attempt import Attempt, Broken, Cancelled, Stopped
from grader.checks import Check, Exercise, LessonFacts
from grader.errors import BrokenLesson, SandboxError
from grader.judge.diagnosis import explained
from grader.judge.given import Mnist, Show
from grader.judge.loading import LazyModule, exercises_of, facts_of, said_of
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    Outcome,
    Picture,
)

# Outcomes after which the other checks of the exercise are not run: they would end the
# same way, and each of them could take seconds.
ENDS_EXERCISE = frozenset(
    {
        Outcome.NOT_ATTEMPTED,
        Outcome.TIMED_OUT,
        Outcome.OUT_OF_MEMORY,
        Outcome.SKIPPED,
    }
)

# The parts of pytest that a grading does not use. Each costs time at every grading; the
# one for unraisable exceptions collects all garbage twice.
UNUSED = (
    "assertion",
    "cacheprovider",
    "capture",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "legacypath",
    "logging",
    "monkeypatch",
    "pastebin",
    "recwarn",
    "reports",
    "setuponly",
    "setupplan",
    "skipping",
    "stepwise",
    "subtests",
    "terminal",
    "threadexception",
    "tmpdir",
    "unittest",
    "unraisableexception",
    "warnings",
)


class CheckItem(pytest.Function):
    """One check, as a pytest item."""

    exercise: Exercise
    declared: Check

    def repr_failure(self, excinfo: object, style: object = None) -> str:
        """Nothing: pytest's own account of a failure takes seconds and is not read."""
        return ""


class ChecksFile(pytest.Module):
    """A lesson's ``checks.py``."""

    facts: LessonFacts

    def collect(self) -> Iterator[CheckItem]:
        self.session._fixturemanager.parsefactories(self)
        self.facts = facts_of(self.obj)
        for exercise in exercises_of(self.obj):
            for check in exercise.checks:
                name = f"{exercise.tag}: {check.name}"
                item = CheckItem.from_parent(self, name=name, callobj=check.function)
                item.exercise, item.declared = exercise, check
                yield item


class JudgePlugin:
    """Collects a lesson's checks, runs them against one attempt, keeps the results."""

    def __init__(
        self,
        attempt: Callable[[LessonFacts], Attempt],
        solution: Path,
        data: Path,
        seed: int,
        only: str = "",
        on_check: Callable[[str, CheckResult], None] | None = None,
    ) -> None:
        self._make_attempt = attempt
        self._solution = solution
        self._data = data
        self._seed = seed
        self._only = only
        self._on_check = on_check
        self._stopped: dict[str, Stopped] = {}
        self._started = 0.0
        self._shown = Show()
        self._remark = ""
        self.made: Attempt | None = None
        self.facts = LessonFacts()
        self.exercises: list[Exercise] = []
        self.results: dict[str, list[CheckResult]] = {}
        self.findings: dict[str, Finding] = {}
        self.collect_error = ""
        self.fault: Broken | Cancelled | SandboxError | None = None

    # Collection

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        if file_path.name != "checks.py":
            return None
        return ChecksFile.from_parent(parent, path=file_path)

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[object]
    ) -> None:
        """Keep what is wrong with the file itself, and not with one check in it."""
        if isinstance(node, pytest.Collector) and call.excinfo is not None:
            error = call.excinfo.value
            if isinstance(error, pytest.Collector.CollectError):
                error = error.__cause__ or error
            self.collect_error = said_of(error, node.path)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if isinstance(item, CheckItem)]
        self.exercises = list(dict.fromkeys(item.exercise for item in items))  # type: ignore[attr-defined]
        if self._only:
            items[:] = [i for i in items if i.exercise.tag == self._only]  # type: ignore[attr-defined]
        if items:
            self.facts = items[0].parent.facts  # type: ignore[union-attr]

    # Fixtures

    @pytest.fixture(scope="session")
    def attempt(self) -> Attempt:
        """The learner's file, in a worker."""
        return self._attempt()

    @pytest.fixture(scope="session")
    def reference(self) -> LazyModule:
        """The lesson's solution, executed in the judge when it is first used."""
        return LazyModule(self._solution)

    @pytest.fixture(scope="session")
    def mnist(self) -> Mnist:
        """The data; the test labels stay in the judge."""
        return Mnist(self._data)

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """Random numbers from the grading's seed, the exercise and the check."""
        name = zlib.crc32(request.node.name.encode())
        return np.random.default_rng([self._seed, name])

    @pytest.fixture
    def remark(self) -> Callable[[str], None]:
        """Say something although the check passes."""

        def said(text: str) -> None:
            self._remark = text

        return said

    @pytest.fixture(scope="session")
    def show(self) -> Show:
        """Add pictures to the report."""
        return self._shown

    # Running

    def pytest_runtest_setup(self, item: CheckItem) -> None:
        self._started = time.perf_counter()
        self._remark = ""
        exercise = item.exercise
        attempt = self._attempt()
        attempt.tag = exercise.tag
        attempt.cpu_s = exercise.cpu_s or self.facts.cpu_s
        earlier = self._stopped.get(exercise.tag)
        if earlier is not None and earlier.outcome in ENDS_EXERCISE:
            raise earlier
        if exercise.after in self._stopped:
            sentence = f"Exercise {exercise.after} comes first."
            raise Stopped(Outcome.SKIPPED, Finding(sentence))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: CheckItem, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        report = yield
        failed = call.excinfo is not None
        if failed or call.when == "call":
            self._keep(item, call.excinfo.value if call.excinfo else None)
        return report

    def pytest_runtest_teardown(
        self, item: CheckItem, nextitem: CheckItem | None
    ) -> None:
        if nextitem is None or nextitem.exercise is not item.exercise:
            self._explain(item.exercise)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that checks have added."""
        return tuple(self._shown.pictures)

    def _attempt(self) -> Attempt:
        if self.made is None:
            self.made = self._make_attempt(self.facts)
            self.made.tags = frozenset(exercise.tag for exercise in self.exercises)
        return self.made

    def _keep(self, item: CheckItem, error: BaseException | None) -> None:
        """One result for one check, whatever it ended with."""
        tag = item.exercise.tag
        if isinstance(error, (Broken, Cancelled, SandboxError)):
            # pytest would take an exception out of a hook for an error of its own.
            self.fault = self.fault or error
            item.session.shouldstop = "the grading cannot go on"
            return
        stopped = _stopped(error)
        if stopped is not None:
            self._stopped.setdefault(tag, stopped)
        result = CheckResult(
            name=item.declared.name,
            sentence=item.declared.sentence,
            outcome=stopped.outcome if stopped else Outcome.PASSED,
            finding=stopped.finding if stopped else None,
            remark="" if stopped else self._remark,
            wall_s=round(time.perf_counter() - self._started, 4),
        )
        self.results.setdefault(tag, []).append(result)
        if self._on_check:
            self._on_check(tag, result)

    def _explain(self, exercise: Exercise) -> None:
        """Name the mistake while the worker that made it still lives."""
        stopped = self._stopped.get(exercise.tag)
        if stopped is None or self.fault is not None:
            return
        answers = self._attempt().answers.get(exercise.tag, [])
        self.findings[exercise.tag] = explained(exercise, stopped, answers)


def _stopped(error: BaseException | None) -> Stopped | None:
    """How a check ended; an error of the check itself is *broken*."""
    if error is None or isinstance(error, Stopped):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.endswith("checks.py")]
    where = f" (checks.py, line {own[-1].lineno})" if own else ""
    sentence = (
        f"The grader itself failed in this check{where}: {type(error).__name__}: "
        f"{error}. This costs no points; please tell your instructor."
    )
    trace = "".join(traceback.format_exception(error))
    return Stopped(Outcome.BROKEN, Finding(sentence, trace=trace))


def result_of(exercise: Exercise, plugin: JudgePlugin) -> ExerciseResult:
    """Sum up the checks of one exercise: right only if all of them passed."""
    checks = tuple(plugin.results.get(exercise.tag, ()))
    failed = [check for check in checks if check.outcome is not Outcome.PASSED]
    failed.sort(key=lambda check: check.outcome is Outcome.BROKEN)
    outcome = failed[0].outcome if failed else Outcome.PASSED
    finding = plugin.findings.get(exercise.tag)
    if outcome is not Outcome.BROKEN and finding is None and failed:
        finding = failed[0].finding
    return ExerciseResult(
        tag=exercise.tag,
        title=exercise.title,
        points=exercise.points,
        outcome=outcome if checks else Outcome.BROKEN,
        checks=checks,
        finding=finding,
        remarks=tuple(check.remark for check in checks if check.remark),
    )


def run_checks(checks: Path, plugin: JudgePlugin) -> None:
    """Run a lesson's checks with pytest, and nothing else that lies around.

    Raises:
        BrokenLesson: the checks could not be collected.
        Broken: the grader's own side failed in a check.
        Cancelled: the grading is to end.
        SandboxError: no worker can be had, or a wall that is required is missing.
    """
    words = [
        str(checks),
        "--noconftest",
        "--import-mode=importlib",
        "--disable-plugin-autoload",
        f"--rootdir={checks.parent}",
        f"--config-file={os.devnull}",
    ]
    for name in UNUSED:
        words += ["-p", f"no:{name}"]
    # Every lesson's checks have this name, and pytest would take the last lesson's.
    sys.modules.pop(checks.stem, None)
    with warnings.catch_warnings(action="ignore"):
        code = pytest.main(words, plugins=[plugin])
    if plugin.fault is not None:
        raise plugin.fault
    if code == pytest.ExitCode.INTERRUPTED and not plugin.collect_error:
        raise KeyboardInterrupt
    if plugin.collect_error or code not in (
        pytest.ExitCode.OK,
        pytest.ExitCode.TESTS_FAILED,
        pytest.ExitCode.NO_TESTS_COLLECTED,  # no exercise has the tag asked for
    ):
        raise BrokenLesson(
            plugin.collect_error or f"the checks in {checks} cannot be run: {code!r}"
        )
