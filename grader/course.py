"""course: find the folder that a learner works in, and make one.

A copy of the project is a course; so is a folder that `create` has made from an
installed package. Both contain ``lessons/`` and ``solutions/``, and ``attempts/`` once
a lesson is begun.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from grader import files
from grader.errors import Misuse
from grader.installation import PROJECT, is_copy
from grader.lessons_path import SUPPLIED

PARTS = ("lessons", "solutions")
# The list of files that `create` wrote, in the format of `sha256sum`.
WRITTEN = ".written-by-init"


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
    return PROJECT if is_copy() else start


# The learner's course: the one around the current folder.
ROOT = find_nearest(Path.cwd())


class Introduction(msgspec.Struct, frozen=True):
    """The introduction at the top of a course's ``lessons/README.md``.

    Attributes:
        title: its first heading, or "".
        summary: its first paragraph, or "".
    """

    title: str = ""
    summary: str = ""


def read_introduction(root: Path) -> Introduction:
    """Return the introduction of a course."""
    try:
        text = (root / "lessons" / "README.md").read_text("utf-8")
    except (OSError, ValueError):
        return Introduction()
    lines = text.splitlines()
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return Introduction(
        next((line[2:].strip() for line in lines if line.startswith("# ")), ""),
        next((part for part in paragraphs if part and part[0] not in "#|`"), ""),
    )


def read_title(root: Path) -> str:
    """Return the course's title, or ""."""
    return read_introduction(root).title


class MadeCourse(msgspec.Struct, frozen=True):
    """The result of `create`, with paths relative to the course.

    Attributes:
        written: the files that it wrote.
        kept: the files that it left unchanged, because somebody else wrote or changed
            them.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...] = ()


def create(folder: Path, source: Path = SUPPLIED) -> MadeCourse:
    """Make a course in a folder, or bring one up to date.

    It overwrites only files that are still as an earlier call wrote them. Attempts are
    never touched.

    Args:
        folder: the course's folder.
        source: the folder with the lessons and their solutions.

    Raises:
        Misuse: the folder belongs to the package, or contains something else.
    """
    _require_place(folder, source)
    ours = _read_list(folder)
    written, kept = [], []
    for part in PARTS:
        for path in _files(source / part):
            target, content = folder / path.relative_to(source), path.read_bytes()
            name = target.relative_to(folder).as_posix()
            before = _digest(target.read_bytes()) if target.exists() else None
            if before not in (None, _digest(content), ours.get(name)):
                kept.append(name)
                continue
            # A file that is up to date keeps its time, and doesn't count as written.
            if before != _digest(content):
                with files.explain_write_error(target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                files.write(target, content)
                written.append(name)
            ours[name] = _digest(content)
    lines = (f"{sha256}  {name}\n" for name, sha256 in sorted(ours.items()))
    files.write(folder / WRITTEN, "".join(lines).encode())
    return MadeCourse(tuple(written), tuple(kept))


def _require_place(folder: Path, source: Path) -> None:
    """Refuse a folder that is in use for something else.

    Raises:
        Misuse: it is.
    """
    if folder.resolve() == source:
        raise Misuse(f"{folder} is the project itself, which is already a course.")
    if folder.exists() and not folder.is_dir():
        raise Misuse(f"{folder} is a file; name a folder.")
    has_other = folder.is_dir() and any(
        (folder / part).exists() for part in ("grader", "pyproject.toml")
    )
    if has_other and not is_course(folder):
        raise Misuse(
            f"{folder} contains another project. Make the course in an empty folder."
        )
    theirs = {path.name for path in (folder / "lessons").glob("lesson*_*")}
    own = {path.name for path in (source / "lessons").glob("lesson*_*")}
    if theirs and not theirs & own:
        raise Misuse(
            f"{folder} already contains a course ({min(theirs)}), and this would add "
            "other lessons to it. Make the course in an empty folder."
        )


def _read_list(folder: Path) -> dict[str, str]:
    """Return the files that were written into a course, with the hash of each."""
    try:
        lines = (folder / WRITTEN).read_text("utf-8").splitlines()
    except (OSError, ValueError):  # then no file is known to be ours
        return {}
    parts = (line.partition("  ") for line in lines)
    return {name: sha256 for sha256, _, name in parts}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder that a course needs: no measurements or tests."""
    ignored = (
        *("conftest.py", "measure.py", "measured.json"),
        *("natural_attempts.toml", "proved.txt"),
    )
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.parent.name != "__pycache__"
        and path.name not in ignored
    )
