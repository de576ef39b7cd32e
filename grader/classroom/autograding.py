"""autograding: write a grading as the result of Gradescope's autograder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from grader.common import files
from grader.common.errors import Misuse
from grader.course.document import attempt_file
from grader.sandbox.isolation.policy import Isolation

if TYPE_CHECKING:
    from grader.course.document.catalog import Lesson
    from grader.course.document.cells import Document
    from grader.report import Report

# Where Gradescope looks for its autograder's result.
_PLACE = Path("/autograder/results/results.json")


class GradescopeAutograder:
    """A grading whose result Gradescope reads.

    Args:
        out: the folder for the result; "" for the one in which Gradescope looks.
        open_files: hand over the score even if the attempt could have read a solution.

    Raises:
        Misuse: if this isn't where Gradescope grades.
    """

    def __init__(self, out: str, open_files: bool = False) -> None:
        self._place = Path(out) / _PLACE.name if out else _PLACE
        self._open_files = open_files
        if out:
            with files.explain_write_error(self._place):
                self._place.parent.mkdir(parents=True, exist_ok=True)
        elif not self._place.parent.is_dir():
            raise Misuse(
                f"There is no folder {self._place.parent}, in which gradescope looks "
                f"for {self._place.name}. Name a folder with --out."
            )

    @contextmanager
    def answering(self, lesson: Lesson) -> Iterator[None]:
        """If a submission can't be graded, also report the reason to the learner."""
        try:
            yield
        except Misuse as error:
            from grader.classroom.export import gradescope

            why = f"{error} Hand in {lesson.name}.py."
            _write(self._place, gradescope.write_refusal(lesson.title, why))
            raise

    def open_hand_in(
        self, lesson: Lesson, folder: Path
    ) -> tuple[Path, bytes, Document] | None:
        """Return the file of a hand-in that `class.grade` would grade, and its page.

        Returns:
            Its path, its bytes, and its page, whose notes say what else was handed in.
            None if there is no such file.

        Raises:
            Misuse: if it can't be read.
        """
        from grader.classroom import submissions

        submission, notes = submissions.find_own(folder, lesson)
        if submission is None:
            return None
        path = submission.path
        if submission.members:
            source, path = (
                submission.read(),
                path.with_name(Path(submission.members[-1]).name),
            )
        else:
            source = attempt_file.read(path, folder, must_have_one_name=True)
        page = attempt_file.open_attempt(source, path)
        return path, source, replace(page, notes=(*page.notes, *notes))

    def write(self, report: Report) -> None:
        """Write a report as Gradescope reads it.

        Raises:
            Misuse: if the score would prove nothing.
        """
        from grader.classroom.export import gradescope

        if not self._open_files:
            _refuse_open_files(report)
        _write(self._place, gradescope.results_json(report))


def _refuse_open_files(report: Report) -> None:
    """Require that an attempt could not read the solution that it was graded with.

    Raises:
        Misuse: if it could.
    """
    if report.exposed:
        raise Misuse(
            f"No score is exported. {report.exposed} To export scores anyway, add "
            "--open-files to the command that grades."
        )
    if report.isolation is None or Isolation.LANDLOCK in report.isolation:
        return
    raise Misuse(
        "No score is exported: Landlock is missing on this machine, so learners' "
        "code can read the solutions, which are beside the grader. Grade on Linux 5.13 "
        "or later with Landlock enabled. To export scores anyway, add --open-files "
        "to the command that grades."
    )


def _write(place: Path, result: bytes) -> None:
    """Write a result, replacing any link that a learner handed in under that name."""
    with files.explain_write_error(place):
        if place.is_symlink() or (place.exists() and not place.is_file()):
            place.unlink()
    files.write(place, result)
