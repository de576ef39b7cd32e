"""course: the folder a learner works in, which one it is and how to make one.

A copy of the project is a course; so is a folder that `make` has made from an installed
package. Both hold ``lessons/`` and ``solutions/``, and ``attempts/`` once a lesson is
begun.
"""

from __future__ import annotations

from pathlib import Path

from grader import files
from grader.errors import Misuse
from grader.machine import PROJECT, is_copy

# They lie beside this package, in a copy of the project and where it is installed.
PARTS = ("lessons", "solutions")


def is_course(folder: Path) -> bool:
    """Return whether a folder holds lessons and their solutions."""
    return all((folder / part).is_dir() for part in PARTS)


def nearest(start: Path) -> Path:
    """Return the course that a folder lies in, else the project's own copy.

    Returns:
        The folder itself where there is no course at all; it has no lessons then.
    """
    for folder in (start, *start.parents):
        if is_course(folder):
            return folder
    return PROJECT if is_copy() else start


def title(root: Path) -> str:
    """Return the first heading of ``lessons/README.md``, or ""."""
    try:
        lines = (root / "lessons" / "README.md").read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return ""
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def make(folder: Path) -> tuple[str, ...]:
    """Make a course in a folder, or bring one up to date; attempts are never touched.

    Returns:
        The files that were written, relative to the folder.

    Raises:
        Misuse: the folder is the package's own, or holds something else.
    """
    if folder.resolve() == PROJECT:
        raise Misuse(f"{folder} is the project itself, and a course already.")
    if folder.exists() and not folder.is_dir():
        raise Misuse(f"{folder} is a file; name a folder.")
    has_other = folder.is_dir() and any(
        (folder / part).exists() for part in ("grader", "pyproject.toml")
    )
    if has_other and not is_course(folder):
        raise Misuse(
            f"{folder} holds another project. Make the course in an empty folder."
        )
    written = []
    for part in PARTS:
        for source in _files(PROJECT / part):
            target, content = folder / source.relative_to(PROJECT), source.read_bytes()
            # What is as it should be keeps its time, and nothing is said to be written.
            if not target.exists() or target.read_bytes() != content:
                with files.told(target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                files.write(target, content)
                written.append(str(target.relative_to(folder)))
    return tuple(written)


def _files(folder: Path) -> list[Path]:
    """Return what a course needs of a folder, without what measures or tests it."""
    ignored = ("conftest.py", "measure.py", "measured.json")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.parent.name != "__pycache__"
        and path.name not in ignored
    )
