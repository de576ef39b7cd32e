"""autograding: write a grading as the result of another system's autograder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from grader import files
from grader.cli.gone import describe_instead
from grader.document import attempt_file
from grader.errors import Misuse
from grader.sandbox.isolation.policy import Isolation

if TYPE_CHECKING:
    from grader.document.catalog import Lesson
    from grader.document.cells import Document
    from grader.report import Report

# Where each system looks for its autograder's result.
_PLACES = {
    "gradescope": Path("/autograder/results/results.json"),
}


def place_of(to: str, out: str) -> Path:
    """Return the path of the file that a system reads.

    Raises:
        Misuse: if there is no such system, or this isn't where it grades.
    """
    if to not in _PLACES:
        if said := describe_instead(f"grade --to {to}"):
            raise Misuse(said)
        raise Misuse(f"--to takes {' or '.join(_PLACES)} here, not {to!r}.")
    place = Path(out) / _PLACES[to].name if out else _PLACES[to]
    if out:
        with files.explain_write_error(place):
            place.parent.mkdir(parents=True, exist_ok=True)
    elif not place.parent.is_dir():
        raise Misuse(
            f"There is no folder {place.parent}, in which {to} looks for "
            f"{place.name}. Name a folder with --out."
        )
    return place


@contextmanager
def answering(to: str, out: str, lesson: Lesson) -> Iterator[None]:
    """If a submission can't be graded, also report the reason to the learner."""
    try:
        yield
    except Misuse as error:
        from grader.classroom.export import gradescope

        why = f"{error} Hand in {lesson.name}.py."
        _write(place_of(to, out), gradescope.write_refusal(lesson.title, why))
        raise


def open_hand_in(lesson: Lesson, folder: Path) -> tuple[Path, bytes, Document] | None:
    """Return the file of a hand-in that `class.grade` would grade, and its page.

    Returns:
        Its path, its bytes, and its page, whose notes say what else was handed in. None
        if there is no such file.

    Raises:
        Misuse: if it can't be read.
    """
    from grader.classroom import submissions

    found, notes = submissions.find_own(folder, lesson)
    if found is None:
        return None
    path = found.path
    if found.members:
        source, path = found.read(), path.with_name(Path(found.members[-1]).name)
    else:
        source = attempt_file.read(path, folder, is_alone=True)
    page = attempt_file.open_attempt(source, path)
    return path, source, replace(page, notes=(*page.notes, *notes))


def writer(to: str, out: str, open_files: bool = False) -> Callable[[Report], None]:
    """Return a function that writes a report as a system reads it.

    Args:
        to: the system.
        out: the folder; "" for the one in which the system looks.
        open_files: hand over the score even if the attempt could have read a solution.

    Raises:
        Misuse: as `place_of`. The returned function raises it if a score would prove
            nothing.
    """
    place = place_of(to, out)

    def write(report: Report) -> None:
        from grader.classroom.export import gradescope

        if not open_files:
            _refuse_open_files(report)
        _write(place, gradescope.results_json(report))

    return write


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
