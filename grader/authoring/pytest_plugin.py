"""pytest_plugin: a lesson's checks as pytest items, for ``pytest lessons`` and editors.

The checks run where they always run, against a worker, and every item here shows what
became of one of them. Your working copy is graded; where there is none, the solution.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import judge
from grader.checks import Check
from grader.document import catalog
from grader.judge.loading import is_lesson_file
from grader.report import CheckResult, ExerciseResult, Outcome, Report
from grader.report.report_text import finding_lines, mistake_lines
from grader.report.sentences import not_run_lines

_REPORTS = pytest.StashKey[dict[Path, Report]]()
_NOT_TRIED = (Outcome.NOT_ATTEMPTED, Outcome.SKIPPED)


class CheckItem(pytest.Item):
    """One check of a lesson."""

    def __init__(self, *, tag: str, check: str, line: int, **words: object) -> None:
        super().__init__(**words)  # type: ignore[arg-type]
        self._tag = tag
        self._check = check
        self._line = line

    def runtest(self) -> None:
        """Grade the lesson, if no other of its items did, and tell this check."""
        assert isinstance(self.parent, ChecksFile)
        outcome, sentence = self.parent.result_of(self._tag, self._check)
        if outcome in _NOT_TRIED:
            pytest.skip(f"{outcome.word}: {sentence}")
        if outcome is not Outcome.PASSED:
            pytest.fail(f"{outcome.word}: {sentence}", pytrace=False)

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Return where the check stands, so that an editor finds it."""
        # pytest counts lines from 0.
        return self.path, self._line - 1, self.name


class PageItem(pytest.Item):
    """The page as a whole, which may fail where every exercise is right."""

    def runtest(self) -> None:
        """Require that the page runs as it is."""
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
        """Yield one item a check, in the order of the lesson, and one for the page."""
        for exercise in judge.load_exercises(self._lesson):
            own = [check for check in exercise.checks if self._holds(check)]
            for check in own:
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
        """Return what became of a check, and what is said about it."""
        if self.report.problem is not None:
            return Outcome.RAISED, self.report.problem.sentence
        exercise = next(e for e in self.report.exercises if e.tag == tag)
        if not exercise.checks:  # its part of the file cannot be read, or fails
            finding = exercise.finding
            return exercise.outcome, finding.sentence if finding else ""
        result = next(c for c in exercise.checks if c.name == check)
        return result.outcome, _describe(result, exercise)

    @functools.cached_property
    def _lesson(self) -> catalog.Lesson:
        return catalog.find(_lesson_folder(self.path).name, self._root)

    @functools.cached_property
    def report(self) -> Report:
        """The grading that all items of the lesson show, whichever file they are in."""
        reports = self.session.stash.setdefault(_REPORTS, {})
        if self._lesson.folder not in reports:
            own = catalog.attempt_path(self._lesson, self._root)
            path = own if own.exists() else self._lesson.solution
            reports[self._lesson.folder] = judge.grade(self._lesson, path)
        return reports[self._lesson.folder]

    @property
    def _root(self) -> Path:
        return _lesson_folder(self.path).parents[1]

    def _holds(self, check: Check) -> bool:
        """Return whether a check belongs to this file, by where it stands."""
        where = Path(check.file)
        is_elsewhere = where.parent != self.path.parent
        return where == self.path or (self._is_first and is_elsewhere)

    @property
    def _is_first(self) -> bool:
        """Whether it is the file that every lesson has."""
        return self.path.name in ("checks.py", "__init__.py")


def _describe(result: CheckResult, exercise: ExerciseResult) -> str:
    """Return the check's own sentence, what was seen, and the exercise's mistake."""
    told = [result.sentence, *finding_lines(result.finding)]
    if exercise.finding is not None:
        told += mistake_lines(exercise.finding)
    return "\n".join(filter(None, told))


def _lesson_folder(checks: Path) -> Path:
    return checks.parents[1 if checks.parent.name == "exercises" else 0]


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Take a lesson's checks for what they are, where a whole folder is asked for."""
    # A file that was named goes to the hook below, or it would stand there twice.
    if not is_lesson_file(str(file_path)) or parent.session.isinitpath(file_path):
        return None
    return ChecksFile.from_parent(parent, path=file_path)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Take them where the file itself is asked for, as editors do.

    pytest takes it for a file of tests then, and would run what is called ``test...``.
    """
    if not is_lesson_file(str(module_path)):
        return None
    return ChecksFile.from_parent(parent, path=module_path)
