"""proved: remember which lessons were proved, by hashes of what they depend on.

The record is committed, so its hashes depend only on file contents and are the same on
every machine. Git merges two records by keeping the lines of both (`.gitattributes`).
This is safe: each line stays true, and a line is ignored once the files have changed.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from grader import judge
from grader.authoring.verify import Verification
from grader.common import files
from grader.course.course_folder import project_folder
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.kept_figures import FOLDER as FIGURES
from grader.course.settings import SETTINGS
from grader.judge.provenance import NOT_JUDGING, is_part_of

RECORD = "proved.txt"
JUDGE = "judge"
_HEAD = (
    "# What dev.verify has proved, by a hash of the files. Nothing else writes here.\n"
)
_DIGITS = 16
_PACKAGE = Path(judge.__file__).parents[1]
_NO_PART = (".md", ".pyc", "~")


class Due(NamedTuple):
    """The lessons to be proved, with their hashes from before the proof.

    Attributes:
        whole: the lessons to prove completely, each with its hash.
        sampled: the lessons for which one mistake per exercise is to be proved.
        judge: the hash of the judge.
    """

    whole: dict[Lesson, str]
    sampled: tuple[Lesson, ...]
    judge: str


def all_of(lessons: Sequence[Lesson]) -> Due:
    """Return everything as due, without consulting the record."""
    return Due({one: lesson_hash(one) for one in lessons}, (), judge_hash())


class ProvedRecord:
    """The record of a course: ``lessons/proved.txt``.

    Args:
        root: the course.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / "lessons" / RECORD

    def due(self, lessons: Sequence[Lesson]) -> Due:
        """Return the lessons that have changed since they were last proved.

        If the judge has changed, the lesson with the most exercises is proved
        completely, and the others are sampled.
        """
        everything, entries = all_of(lessons), self._entries()
        stale = {
            lesson: digest
            for lesson, digest in everything.whole.items()
            if (lesson.name, digest) not in entries
        }
        if (JUDGE, everything.judge) in entries:
            return everything._replace(whole=stale)
        longest = max(lessons, key=_count_exercises)
        stale[longest] = everything.whole[longest]
        return everything._replace(
            whole=stale, sampled=tuple(one for one in lessons if one not in stale)
        )

    def keep(
        self, due: Due, verifications: Iterable[Verification], course: Sequence[Lesson]
    ) -> None:
        """Record the lessons without problems; the judge if all lessons are."""
        good = {one.lesson for one in verifications if not one.problems}
        new = {
            one.name: digest for one, digest in due.whole.items() if one.name in good
        }
        if {one.name for one in course} <= good:
            new[JUDGE] = due.judge
        entries = self._entries()
        merged = {one for one in entries if one[0] not in new} | set(new.items())
        if merged != entries:
            lines = (
                f"{name}  {digest}\n" for name, digest in sorted(merged, key=_place)
            )
            files.write(self._path, (_HEAD + "".join(lines)).encode())

    def _entries(self) -> set[tuple[str, str]]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return set()
        return {(n, d) for n, d in re.findall(r"(?m)^(\w+)  ([0-9a-f]+)$", text)}


def _count_exercises(lesson: Lesson) -> int:
    return len(Document.read(lesson.page).points)


def lesson_hash(lesson: Lesson) -> str:
    """Return a hash of a lesson's files, its data, and recorded library versions."""
    lessons = lesson.folder.parent
    lesson_files = [lesson.solution, *_files(lesson.folder)]
    settings = lessons.parent / SETTINGS
    shared = [settings, lessons / "fixtures.py", *_files(lessons / "data")]
    imports = judge.requirements_of(lesson).imports
    contents = _contents((*lesson_files, *shared), lessons.parent)
    return _hash((*contents, *_libraries(imports)))


def judge_hash(package: Path = _PACKAGE) -> str:
    """Return a hash of every source file that decides a verdict or proves a lesson."""
    ignored = (NOT_JUDGING - {"authoring"}) | {"authoring/course_site"}
    sources = (
        path
        for path in package.rglob("*.py")
        if not is_part_of(path.relative_to(package), ignored)
    )
    return _hash(_contents(sources, package))


def _files(folder: Path) -> list[Path]:
    """Return the files that count in a folder: not hidden, compiled or only text."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.endswith(_NO_PART)
        and path.parent.name != FIGURES
        and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    ]


def _contents(paths: Iterable[Path], root: Path) -> list[tuple[str, bytes]]:
    """Return names and contents, in an order that is the same on every system."""
    found = []
    for path in paths:
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix != ".npz":  # git may change line ends
            content = content.replace(b"\r\n", b"\n")
        found.append((path.relative_to(root).as_posix(), content))
    return sorted(found)


def _libraries(imports: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return the recorded versions of these libraries, and of what judges with them."""
    project = project_folder() / "pyproject.toml"
    if not project.is_file():
        return []
    tool = tomllib.loads(project.read_text(encoding="utf-8")).get("tool", {})
    recorded = tool.get("uv", {}).get("constraint-dependencies", [])
    names = {"numpy", "sympy", "mpmath", *imports}
    if "keras" in imports:
        names |= {"tensorflow", "tensorflow-cpu"}
    return [
        ("library", one.encode())
        for one in sorted(recorded)
        if one.partition("==")[0] in names
    ]


def _hash(contents: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, content in contents:
        # The length is included so that bytes can't move from one file to the next
        # unnoticed.
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:_DIGITS]


def _place(entry: tuple[str, str]) -> tuple[int, str, str]:
    """Return the sort key of an entry: the judge, then the lessons by number."""
    name, digest = entry
    number = re.match(r"lesson(\d+)", name)
    return int(number[1]) if number else 0, name, digest
