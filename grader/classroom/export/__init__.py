"""export: convert a graded class for other systems.

Each format is a pure function of the class; only `write` touches the disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from grader.classroom.export import (
    canvas,
    moodle,
)
from grader.classroom.export.common import ExportFile
from grader.classroom.records import CANVAS, MOODLE, ClassResult, without_number
from grader.classroom.submissions.notices import list_some
from grader.common import extensions, files
from grader.common.errors import Misuse
from grader.course.installation import format_command

_MOST_NAMES = 5
# Platforms that know people by their own number, and the end of a note if it is
# missing.
_NUMBERED = {
    "canvas": (CANVAS, canvas.WITHOUT_NUMBER),
    "moodle": (MOODLE, moodle.WITHOUT_NUMBER),
}

# A format: the files of a class.
Format = Callable[[ClassResult], tuple[ExportFile, ...]]

__all__ = [
    "export",
    "formats",
    "remarks",
    "write",
]


def formats() -> Mapping[str, str]:
    """Return the places of the formats, by name."""
    return extensions.places_of(extensions.EXPORTS)


def export(result: ClassResult, to: str) -> tuple[ExportFile, ...]:
    """Return the files of one format.

    Raises:
        Misuse: if there is no such format, nobody has been graded, or the format can't
            represent the result.
    """
    if to not in formats():
        problem = f"There is no format {to!r}." if to else "Name a format with --to."
        raise Misuse(f"{problem} The formats are {', '.join(formats())}.")
    if not result.lessons:
        raise Misuse(
            "Nobody has been graded yet, so there is nothing to hand over. "
            f"Grade the class first:  {format_command('class.grade submissions')}"
        )
    files_of: Format = extensions.load(formats()[to])
    return files_of(result)


def remarks(result: ClassResult, to: str) -> tuple[str, ...]:
    """Return a note about learners whose number on the platform isn't known, if any."""
    lms, so = _NUMBERED.get(to, ("", ""))
    missing = without_number(result, lms) if lms else ()
    if not missing:
        return ()
    who = list_some(missing, _MOST_NAMES)
    return (f"{lms}'s number is not known here of {who}, so {so}",)


def write(exported: Iterable[ExportFile], folder: Path) -> tuple[Path, ...]:
    """Write files below a folder and return their paths.

    Raises:
        Misuse: if a file can't be written, or a link below the folder leads out of it.
    """
    paths: list[Path] = []
    for file in exported:
        path = folder / file.path
        # The folder is often among the submissions, where anybody may have put a link.
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            raise Misuse(
                f"{path} leads out of {folder}, so it is not written. Is there a link "
                "in that folder? Then remove it."
            )
        with files.explain_write_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, file.content)
        paths.append(path)
    return tuple(paths)
