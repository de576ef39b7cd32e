"""course_folder: find the folder of the course.

A course is a folder with ``lessons/`` and ``solutions/``, and ``attempts/`` once a
lesson is begun. A command in a terminal looks for it before anything else, so nothing
is imported here that takes time.
"""

from __future__ import annotations

from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2]
PARTS = ("lessons", "solutions")


def project_folder() -> Path:
    """Return the folder that contains the grader: of a copy, the whole project."""
    return _PROJECT


def is_copy() -> bool:
    """Return whether this runs from a copy of the project, not an installed package."""
    return (_PROJECT / "pyproject.toml").is_file()


def is_course(folder: Path) -> bool:
    """Return whether a folder contains lessons, with their solutions or their pages."""
    lessons = folder / "lessons"
    if not lessons.is_dir():
        return False
    has_solutions = (folder / "solutions").is_dir()
    return has_solutions or any(lessons.glob("lesson[0-9]*_*/lesson.py"))


def find_nearest(start: Path) -> Path:
    """Return the course that contains a folder, else the project's own copy.

    Returns:
        The folder itself if there is no course at all; it has no lessons then.
    """
    for folder in (start, *start.parents):
        if is_course(folder):
            return folder
    return _PROJECT if is_copy() else start


def is_project(root: Path) -> bool:
    """Return whether a course is a project that brings its own requirements."""
    return (root / "pyproject.toml").is_file()
