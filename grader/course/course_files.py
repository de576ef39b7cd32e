"""course_files: the files of a course, to put them into an archive."""

from __future__ import annotations

import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.course.course_folder import PARTS, is_project
from grader.course.settings import SETTINGS


def name_of(root: Path) -> str:
    """Return the name of a course's folder in an archive, and of the archive."""
    settings = root / "pyproject.toml"
    if is_project(root):
        stated = tomllib.loads(settings.read_text("utf-8"))
        return str(stated["project"]["name"])
    return root.resolve().name


def find_files(root: Path) -> tuple[Path, ...] | None:
    """Return the course's own files, relative to its root: those that git tracks.

    If git tracks nothing there, they are its settings, lessons, solutions and README;
    or None, if it is a whole project.
    """
    tracked = _list_tracked(root)
    if not tracked:
        return None if is_project(root) else tuple(sorted(_iterate_course(root)))
    return tuple(path for path in tracked if (root / path).is_file())


def write_archive(root: Path, goal: Path) -> bool:
    """Write a zip file with a course's own files in one folder, if git knows them.

    Returns:
        Whether it was written.
    """
    files = find_files(root)
    if files is None:
        return False
    folder = name_of(root)
    with zipfile.ZipFile(goal, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(root / path, f"{folder}/{path.as_posix()}")
    return True


def _list_tracked(root: Path) -> tuple[Path, ...]:
    """Return the files that git tracks; none if it can't list them."""
    command = ["git", "ls-files", "-z", "--exclude-standard", "--cached"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(Path(name) for name in done.stdout.decode().split("\0") if name)


def _iterate_course(root: Path) -> Iterator[Path]:
    """Yield the files of a course that isn't under git."""
    beside = (root / name for name in (SETTINGS, "README.md", "LICENSE"))
    inside = (path for part in PARTS for path in (root / part).rglob("*"))
    for path in (*beside, *inside):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root)
