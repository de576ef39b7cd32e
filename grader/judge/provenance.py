"""provenance: what a grading's verdict depends on, identified by content.

The package's version number is the same in every commit. So the grader is identified by
a hash of every source that can change a verdict. A corrected comparison makes a
different grader; a corrected drawing doesn't.
"""

from __future__ import annotations

import functools
import hashlib
import sys
import zipfile
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from grader.common.errors import BrokenLesson
from grader.course.document import catalog
from grader.course.document.catalog import Lesson, require_solution
from grader.course.installation import PACKAGE

LIBRARIES = ("numpy", "sympy", "keras")
# Two gradings of one attempt with one seed agree if these versions are the same.
DECISIVE_VERSIONS = ("lesson", "grader", "numpy", "sympy", "keras")
# These parts only store, draw and forward verdicts. Any other part counts.
NOT_JUDGING = frozenset(
    {
        *("__main__", "authoring", "classroom", "cli", "entry", "notebook", "pictures"),
        *("common/message_channel", "course/course_copy", "course/course_files"),
        "learner/application",
        *("learner/drawn_digits", "learner/gradebook", "learner/grading_service"),
        *("learner/page_run", "web"),
    }
)
_DIGITS = 12
# Files beside the lessons that decide no verdict.
_UNSHARED = ("conftest.py", "demo.py")


def versions(lesson: Lesson) -> dict[str, str]:
    """Return what a grading depends on: grader, lesson's own files and libraries.

    Raises:
        BrokenLesson: the lesson's files can't be read.
        Misuse: the course came without its solutions.
    """
    require_solution(lesson)
    try:
        lesson_content = b"".join(path.read_bytes() for path in _files(lesson))
    except OSError as error:
        why = f"cannot be read ({error.strerror}); the lesson needs it."
        name = Path(error.filename or "").name
        raise BrokenLesson(f"{error.filename} {why}", f"{name} {why}") from error
    versions_by_name = {
        "grader": grader_version(lesson.folder.parents[1]),
        "lesson": hashlib.sha256(lesson_content).hexdigest()[:16],
        "python": sys.version.split()[0],
    }
    # A course without networks may be graded where Keras isn't installed.
    return versions_by_name | {name: x for name in LIBRARIES if (x := _version(name))}


def _files(lesson: Lesson) -> list[Path]:
    """Return the files that decide a lesson's verdicts: all but those for learners."""
    checks = sorted(lesson.folder.rglob("[!.]*.py"))  # no editor's files
    beside = [p for p in checks if p.name not in ("lesson.py", "measure.py")]
    return [*beside, lesson.solution]


def are_same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether gradings with these versions can differ only by their seed."""
    return all(one.get(name) == other.get(name) for name in DECISIVE_VERSIONS)


@functools.cache
def grader_version(root: Path) -> str:
    """Return the package's number, and a hash of the judge's side and shared data."""
    digest = hashlib.sha256()
    for name, content in (*_judging_files(), *_iterate_shared(root)):
        # Include the length, so that text can't move from one file to the next unseen.
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"{_version(PACKAGE)}+{digest.hexdigest()[:_DIGITS]}"


def _judging_files() -> Iterator[tuple[str, bytes]]:
    grader = Path(__file__).parent.parent
    for path in sorted(grader.rglob("*.py")):
        if not is_part_of(path.relative_to(grader), NOT_JUDGING):
            yield path.relative_to(grader).as_posix(), path.read_bytes()


def is_part_of(path: Path, parts: Set[str]) -> bool:
    """Return whether a module of the grader is, or is in, one of these parts.

    Args:
        path: the module's path in the grader's folder.
        parts: paths in that folder, without the ending of a file.
    """
    whole = path.with_suffix("")
    return not parts.isdisjoint(p.as_posix() for p in (whole, *whole.parents))


def _iterate_shared(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what lessons share: fixtures, importable modules, and data."""
    lessons = root / "lessons"
    folders = [
        p for p in lessons.glob("*") if p.is_dir() and not catalog.is_lesson_folder(p)
    ]
    inside = (path for folder in folders for path in folder.rglob("*"))
    for path in sorted((*lessons.glob("*.py"), *inside)):
        is_text = path.suffix in (".md", ".pyc") or path.name.startswith(".")
        if not is_text and path.name not in _UNSHARED and path.is_file():
            yield path.relative_to(lessons).as_posix(), _read_shared(path)


def _read_shared(path: Path) -> bytes:
    """Return the content of a file, of an archive the checksums of its members."""
    try:
        if path.suffix != ".npz":
            return path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            return repr([(m.filename, m.CRC) for m in archive.infolist()]).encode()
    except (OSError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or str(error)
        problem = f"cannot be read ({why})."
        raise BrokenLesson(f"{path} {problem}", f"{path.name} {problem}") from error


@functools.cache
def _version(package: str) -> str:
    """Return the version of a package, looked up once; "" if it isn't installed."""
    # Imported here: a grading needs it only after launching its process.
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
