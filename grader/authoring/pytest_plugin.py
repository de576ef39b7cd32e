"""pytest_plugin: a lesson's checks as pytest items, for ``pytest lessons`` and editors.

The checks run against a worker, as always, and every item here shows the result of one
of them. Your working copy is graded, or the solution if there is none.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import judge
from grader.checks.exercises import Check
from grader.course.document import catalog
from grader.course.document.attempt_file import read
from grader.judge import GradingRequest
from grader.judge.loading import is_lesson_file
from grader.learner.application import Application
from grader.report import CheckResult, ExerciseResult, Outcome, Report
from grader.report.report_text import finding_lines, mistake_lines
from grader.report.sentences import not_run_lines

_REPORTS = pytest.StashKey[dict[Path, Report]]()


class CheckItem(pytest.Item):
    """One check of a lesson."""

    def __init__(self, *, tag: str, check: str, line: int, **words: object) -> None:
        super().__init__(**words)  # type: ignore[arg-type]
        self._tag = tag
        self._check = check
        self._line = line

    def runtest(self) -> None:
        """Grade the lesson, unless another item did already, and report this check."""
        assert isinstance(self.parent, ChecksFile)
        outcome, sentence = self.parent.result_of(self._tag, self._check)
        if outcome.is_open:
            pytest.skip(f"{outcome.word}: {sentence}")
        if not outcome.is_right:
            pytest.fail(f"{outcome.word}: {sentence}", pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Return where the check is defined, so that an editor finds it."""
        # pytest counts lines from 0.
        return self.path, self._line - 1, self.name


class PageItem(pytest.Item):
    """The page as a whole, which may fail even if every exercise is right."""

    def runtest(self) -> None:
        """Require that the page runs unchanged."""
        assert isinstance(self.parent, ChecksFile)
        report = self.parent.report
        if lines := (*not_run_lines(report), *finding_lines(report.problem)):
            pytest.fail("\n".join(lines), pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Return where the lesson's checks begin."""
        return self.path, 0, self.name


class ChecksFile(pytest.File):
    """A lesson's ``checks.py``."""

    def collect(self) -> Iterator[CheckItem | PageItem]:
        """Yield an item for each check, in the lesson's order, and one for the page."""
        for exercise in judge.load_exercises(self._lesson):
            checks = [check for check in exercise.checks if self._shows(check)]
            for check in checks:
                yield CheckItem.from_parent(
                    self,
                    name=f"{exercise.tag}: {check.name}",
                    tag=exercise.tag,
                    check=check.name,
                    line=check.line,
                )

        if self._is_first:
            yield PageItem.from_parent(self, name="the page runs as it is")

    def result_of(self, tag: str, check: str) -> tuple[Outcome, str]:
        """Return the outcome of a check, and the message for it."""
        if self.report.problem is not None:
            return Outcome.RAISED, self.report.problem.sentence
        exercise = next(e for e in self.report.exercises if e.tag == tag)
        if not exercise.checks:  # its part of the file can't be read, or raises
            finding = exercise.finding
            return exercise.outcome, finding.sentence if finding else ""
        result = next(c for c in exercise.checks if c.name == check)
        return result.outcome, _describe(result, exercise)

    @functools.cached_property
    def _lesson(self) -> catalog.Lesson:
        return catalog.find(_lesson_folder(self.path).name, self._root)

    @functools.cached_property
    def report(self) -> Report:
        """The grading that all items of the lesson show, in every file."""
        reports = self.session.stash.setdefault(_REPORTS, {})
        if self._lesson.folder not in reports:
            working_copy = catalog.attempt_path(self._lesson, self._root)
            path = working_copy if working_copy.exists() else self._lesson.solution
            request = GradingRequest.of(self._lesson, path, read(path))
            with Application(self._root).pool as pool:
                report = judge.grade(self._lesson, request, pool)
            reports[self._lesson.folder] = report
        return reports[self._lesson.folder]

    @property
    def _root(self) -> Path:
        return _lesson_folder(self.path).parents[1]

    def _shows(self, check: Check) -> bool:
        """Return whether this file shows a check.

        The file that every lesson has also shows those defined outside its folder.
        """
        where = Path(check.file)
        is_elsewhere = where.parent != self.path.parent
        return where == self.path or (self._is_first and is_elsewhere)

    @property
    def _is_first(self) -> bool:
        """Whether this is the file that every lesson has."""
        return self.path.name in ("checks.py", "__init__.py")


def _describe(result: CheckResult, exercise: ExerciseResult) -> str:
    """Return the check's message, what was found, and the exercise's mistake."""
    lines = [result.sentence, *finding_lines(result.finding)]
    if exercise.finding is not None:
        lines += mistake_lines(exercise.finding)
    return "\n".join(filter(None, lines))


def _lesson_folder(checks: Path) -> Path:
    return checks.parents[1 if checks.parent.name == "exercises" else 0]


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Collect a lesson's checks when pytest is given a whole folder."""
    # The hook below collects files that were named; here they would appear a second
    # time.
    if not is_lesson_file(str(file_path)) or parent.session.isinitpath(file_path):
        return None
    return ChecksFile.from_parent(parent, path=file_path)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Collect a lesson's checks when pytest is given the file itself, as editors do.

    Otherwise pytest would treat it as a test file and run functions named ``test...``.
    """
    if not is_lesson_file(str(module_path)):
        return None
    return ChecksFile.from_parent(parent, path=module_path)
