"""course: the folder a learner works in, which one it is and how to make one.

A copy of the project is a course; so is a folder that `create` has made from an
installed package. Both hold ``lessons/`` and ``solutions/``, and ``attempts/`` once a
lesson is begun.
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
# The list of what `create` wrote, as `sha256sum` writes it.
WRITTEN = ".written-by-init"


def is_course(folder: Path) -> bool:
    """Return whether a folder holds lessons, with their solutions or their pages."""
    lessons = folder / "lessons"
    if not lessons.is_dir():
        return False
    has_solutions = (folder / "solutions").is_dir()
    return has_solutions or any(lessons.glob("lesson[0-9]*_*/lesson.py"))


def find_nearest(start: Path) -> Path:
    """Return the course that a folder lies in, else the project's own copy.

    Returns:
        The folder itself where there is no course at all; it has no lessons then.
    """
    for folder in (start, *start.parents):
        if is_course(folder):
            return folder
    return PROJECT if is_copy() else start


# The course that somebody works in: the one around the folder where they are.
ROOT = find_nearest(Path.cwd())


class Introduction(msgspec.Struct, frozen=True):
    """What a course says of itself at the top of ``lessons/README.md``.

    Attributes:
        title: its first heading, or "".
        summary: its first paragraph, or "".
    """

    title: str = ""
    summary: str = ""


def read_introduction(root: Path) -> Introduction:
    """Return what a course says of itself."""
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
    """What `create` did; every file relative to the course.

    Attributes:
        written: the files that it wrote.
        kept: the files that it left as they are, since somebody else wrote or changed
            them.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...] = ()


def create(folder: Path, source: Path = SUPPLIED) -> MadeCourse:
    """Make a course in a folder, or bring one up to date.

    It overwrites only files that are as an earlier call wrote them. Attempts are never
    touched.

    Args:
        folder: the course's folder.
        source: holds the lessons and their solutions.

    Raises:
        Misuse: the folder is the package's own, or holds something else.
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
            # What is as it should be keeps its time, and counts as nothing written.
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
    """Refuse a folder in which a course would be in somebody's way.

    Raises:
        Misuse: it is one.
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
    except (OSError, ValueError):  # then nothing is known to be ours
        return {}
    parts = (line.partition("  ") for line in lines)
    return {name: sha256 for sha256, _, name in parts}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(folder: Path) -> list[Path]:
    """Return what a course needs of a folder, without what measures or tests it."""
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
