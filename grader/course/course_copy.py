"""course_copy: make a course in a folder from one that is installed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from grader.common import files
from grader.common.errors import Misuse
from grader.course.course_folder import PARTS, is_course
from grader.course.installation import format_command
from grader.course.settings import SETTINGS, find_installed_courses

# The list of files that `create` wrote, in the format of `sha256sum`.
WRITTEN = ".written-by-init"


class MadeCourse(msgspec.Struct, frozen=True):
    """The result of `create`, with paths relative to the course.

    Attributes:
        written: the files that it wrote.
        kept: the files that it left unchanged, because somebody else wrote or changed
            them.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...] = ()


def choose_installed_course(name: str = "") -> Path:
    """Return the installed course with this name, or the only one.

    Raises:
        Misuse: there is no such course, or several.
    """
    installed = find_installed_courses()
    names = ", ".join(sorted(installed))
    if not installed:
        raise Misuse(
            "No course is installed here. To begin one of your own:  "
            + format_command("new-course NAME")
        )
    if name and name not in installed:
        raise Misuse(f"There is no course {name!r}; installed: {names}.")
    if not name and len(installed) > 1:
        raise Misuse(f"Several courses are installed: {names}. Name one with --course.")
    return installed[name] if name else next(iter(installed.values()))


def create(folder: Path, source: Path) -> MadeCourse:
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
    written, unchanged = [], []
    for path in _files(source):
        target, content = folder / path.relative_to(source), path.read_bytes()
        name = target.relative_to(folder).as_posix()
        before = _digest(target.read_bytes()) if target.exists() else None
        if before not in (None, _digest(content), ours.get(name)):
            unchanged.append(name)
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
    return MadeCourse(tuple(written), tuple(unchanged))


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
    lesson_folders = {path.name for path in (source / "lessons").glob("lesson*_*")}
    if theirs and not theirs & lesson_folders:
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


def _files(source: Path) -> list[Path]:
    """Return the files that a course needs: no measurements or records of proofs."""
    ignored = ("measure.py", "measured.json", "natural_attempts.toml", "proved.txt")
    inside = (path for part in PARTS for path in (source / part).rglob("*"))
    return sorted(
        path
        for path in (source / SETTINGS, *inside)
        if path.is_file()
        and path.parent.name != "__pycache__"
        and path.name not in ignored
    )
