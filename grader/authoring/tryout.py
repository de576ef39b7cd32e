"""tryout: grade a folder of attempts, so that an author reads what learners would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import judge
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.course.document.attempt_file import SUFFIXES, open_attempt, read
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.judge import GradingRequest
from grader.judge.page_completion import names_bound_in
from grader.learner.application import Application
from grader.report import ExerciseResult, Outcome, Report

# All files get the same random inputs.
_SEED = 1


@dataclass(frozen=True)
class Tried:
    """One attempt and its report.

    Attributes:
        path: the file.
        report: its report; None if it can't be graded.
        problem: why it can't be graded; "" if it was.
    """

    path: Path
    report: Report | None = None
    problem: str = ""

    @property
    def exercises(self) -> tuple[ExerciseResult, ...]:
        """The results of the exercises that the file attempts."""
        every = self.report.exercises if self.report else ()
        return tuple(one for one in every if _is_tried(one))


def _is_tried(result: ExerciseResult) -> bool:
    """Return whether a file attempts an exercise.

    One that is skipped because of a line that was left out is attempted; one that
    waits for another exercise isn't.
    """
    if result.outcome is Outcome.SKIPPED:
        return result.finding is not None and result.finding.line is not None
    return not result.outcome.is_open


def try_attempts(
    folder: Path, app: Application, lesson: Lesson | None
) -> Iterator[Tried]:
    """Grade every attempt in a folder, in the order of their paths.

    Args:
        folder: a folder with Python files and notebooks, at any depth; or one file.
        app: the course.
        lesson: the lesson of all files; if None, each file shows its own.

    Raises:
        Misuse: there is no such folder, or it contains no attempt.
    """
    paths = _find_attempts(folder)
    if not paths:
        raise Misuse(
            f"There is no Python file and no notebook in {str(folder)!r}. Name a "
            "folder of attempts."
        )
    with app.pool as pool:
        for path in paths:
            try:
                document = open_attempt(read(path), path)
                of = lesson or _lesson_of(path, document, app.root)
                request = GradingRequest.of(
                    of, path, document.content, document=document, seed=_SEED
                )
                report = judge.grade(of, request, pool)
            except Misuse as error:
                yield Tried(path, problem=str(error))
            else:
                yield Tried(path, report)


def _find_attempts(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    paths = (path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    return sorted(
        path
        for path in paths
        if path.is_file()
        and not any(p.startswith((".", "__")) for p in path.relative_to(folder).parts)
    )


def _lesson_of(path: Path, document: Document, root: Path) -> Lesson:
    """Return the lesson that a file's name, its cells or its functions belong to.

    Raises:
        Misuse: none of them does, or they belong to several lessons.
    """
    lessons = catalog.require_lessons(root)
    written = names_bound_in(document.text)
    for found in (
        [one for one in lessons if one.name in path.stem.lower()],
        [one for one in lessons if _has_tags_of(one, document)],
        lessons,
        [one for one in lessons if written & _targets_of(one)],
    ):
        if len(found) == 1:
            return found[0]
    raise Misuse(
        "Nothing in this file shows which lesson it answers. Name the lesson with "
        "--lesson."
    )


def _has_tags_of(lesson: Lesson, document: Document) -> bool:
    numbers = {cell.tag.rstrip("abcdefghijklmnopqrstuvwxyz") for cell in document.cells}
    return str(lesson.number) in numbers


def _targets_of(lesson: Lesson) -> set[str]:
    return {one.writes for one in judge.load_exercises(lesson)}
