"""exposed_files: the files that attempts must not read, and whether they could.

These are the solutions, checks and data of every course on this machine. The sandbox
lets attempts read the interpreter and its libraries, and leaves out any course that is
directly in a folder of packages. A course may still be inside a readable folder, deeper
in a package for example. So each grading looks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader.course.course_folder import PARTS, is_copy, project_folder
from grader.sandbox import isolation


class ExposedFile(msgspec.Struct, frozen=True):
    """A file of a course that a confined worker may read.

    Attributes:
        path: its path.
        readable: the folder that contains it, and that workers may read.
    """

    path: Path
    readable: Path

    def __str__(self) -> str:
        """Return a sentence with the file's path, and how to fix that."""
        return (
            f"Attempts can read {self.path}, because the sandbox lets them read "
            f"{self.readable}. Move that course out of there, or uninstall it."
        )


def find_exposed_file(root: Path) -> ExposedFile | None:
    """Return a file of a course that Landlock would let an attempt read, or None.

    Other systems don't have Landlock; there the report says that files aren't confined.

    Args:
        root: the course to look at, besides all installed ones.
    """
    if sys.platform != "linux":
        return None
    for course in _list_courses(root):
        for path in _parts_of(course):
            if readable := _find_readable_parent(path.resolve()):
                return ExposedFile(path, readable)
    return None


def list_closed_folders(root: Path) -> list[Path]:
    """Return the folders of this and all other courses that attempts mustn't read."""
    courses = _list_courses(root)
    inside = (path for course in courses for path in (course / "lessons").glob("*/"))
    return [*(course / "solutions" for course in courses), *inside]


def _list_courses(root: Path) -> list[Path]:
    copied = (project_folder(),) if is_copy() else ()
    return [root, *copied, *isolation.find_packaged_courses()]


def _parts_of(course: Path) -> Iterator[Path]:
    """Yield what is directly in a course's folders; anything there may be a link."""
    for part in PARTS:
        folder = course / part
        if folder.is_dir():
            yield from folder.iterdir()


def _find_readable_parent(path: Path) -> Path | None:
    whole = isolation.readable_paths().whole
    return next((one for one in (path, *path.parents) if one in whole), None)
