"""catalog: find lessons and attempts. It reads files and names, and runs nothing.

A lesson is a folder ``lessons/lesson3_gradients``; nothing is registered anywhere.
Learners write in ``attempts/``, never in ``lessons/``.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import files
from grader.errors import BrokenLesson, Misuse
from grader.machine import is_copy, typed

_FOLDER = re.compile(r"lesson(\d+)_(\w+)")
_HEADING = re.compile(r"#\s*#\s+(?:Lesson\s+\d+\b[\s:.–-]*)?(.+)")
_HEADING_WITHIN_LINES = 30
_DEEPEST = 3  # folders in a folder that is handed in


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson and where its files are.

    Attributes:
        name: the full name, ``lesson3_gradients``.
        number: its place in the course, 3.
        title: the first heading of its page, without the number.
        folder: ``lessons/lesson3_gradients``.
        page: the text and the stubs, ``lesson.py`` in the folder.
        checks: what is asked: ``exercises/__init__.py`` with a file an exercise beside
            it, or ``checks.py``, in the folder.
        solution: ``solutions/lesson3_gradients.py``.
    """

    name: str
    number: int
    title: str
    folder: Path
    page: Path
    checks: Path
    solution: Path

    @property
    def short_name(self) -> str:
        """The name a learner types, ``lesson3``."""
        return f"lesson{self.number}"


def lessons(root: Path) -> tuple[Lesson, ...]:
    """All lessons of a project, in the order of the course."""
    folder = root / "lessons"
    paths = folder.iterdir() if folder.is_dir() else ()
    found = [_lesson(path, root) for path in paths if _is_lesson_folder(path)]
    return tuple(sorted(found, key=lambda lesson: (lesson.number, lesson.name)))


def course(root: Path) -> tuple[Lesson, ...]:
    """The lessons of a course that has some.

    Raises:
        Misuse: it has none.
    """
    if known := lessons(root):
        return known
    instead = "Run this command in the project's folder."
    if not is_copy():
        instead = f"Go to the folder of your course, or make one here:  {typed('init')}"
    raise Misuse(f"There are no lessons in {root / 'lessons'}. {instead}")


def find(name: str, root: Path) -> Lesson:
    """The lesson that ``3``, ``lesson3`` or ``lesson3_gradients`` names.

    A path to one of its files is taken as its name too.

    Raises:
        Misuse: no lesson has this name, or more than one has.
    """
    known = course(root)
    named = [lesson for lesson in known if _word(name) in _words(lesson)]
    if len(named) == 1:
        return named[0]
    if named:
        both = " and ".join(lesson.name for lesson in named)
        raise Misuse(f"{name!r} could be {both}. Type the whole name.")
    raise Misuse(f"There is no lesson {name!r}. {_suggestion(name, known)}")


def after(lesson: Lesson, root: Path) -> Lesson | None:
    """The lesson that follows, or None after the last one."""
    known = lessons(root)
    place = known.index(lesson) + 1
    return known[place] if place < len(known) else None


def attempts_folder(root: Path) -> Path:
    """Where the learner's working copies and the gradebook are."""
    return root / "attempts"


def attempt_path(lesson: Lesson, root: Path) -> Path:
    """Where the learner's working copy of a lesson is, whether it exists or not."""
    return attempts_folder(root) / f"{lesson.name}.py"


def working_copy(lesson: Lesson, root: Path) -> tuple[Path, bool]:
    """The learner's working copy, made now if there is none.

    Returns:
        Its path, and whether it was made by this call. An existing file is never
        touched.

    Raises:
        BrokenLesson: the lesson has no page to copy.
        Misuse: there is a notebook in its place, or it cannot be written.
    """
    path = attempt_path(lesson, root)
    if path.exists():
        return path, False
    notebook = path.with_suffix(".ipynb")
    if notebook.exists():
        raise Misuse(
            f"There is a notebook, {notebook.name}, in {path.parent.name}/, and the "
            "grader reads Python. Turn it into a Python file, and go on with that: "
            + typed(f"--to py:percent {path.parent.name}/{notebook.name}", "jupytext")
        )
    page = _page_bytes(lesson)
    _make_folder(path)
    return path, files.write_new(path, page)


def fresh_copy(lesson: Lesson, root: Path) -> tuple[Path, Path | None]:
    """Replace the working copy by an untouched one and keep the old file.

    Returns:
        The working copy, and where the old one is now (None when there was none).

    Raises:
        BrokenLesson: the lesson has no page to copy.
        Misuse: it cannot be written; the old file is where it was.
    """
    path, page = attempt_path(lesson, root), _page_bytes(lesson)
    _make_folder(path)
    # The old file gives way only when the new one is complete.
    with files.beside(path, page) as new, files.told(path):
        kept = _keep(path) if path.exists() else None
        new.replace(path)
    return path, kept


def resolve_attempt(lesson: Lesson, path: Path) -> Path:
    """The attempt that a path names: a file, or a folder that holds attempts.

    In a folder, the lesson's own file counts before a lone one of another name.

    Raises:
        Misuse: there is no such file, or the folder has none for this lesson.
    """
    if path.is_file():
        return path
    if path.exists() and not path.is_dir():
        raise Misuse(f"{str(path)!r} is no file: save the attempt, and name that file.")
    if not path.is_dir():
        raise Misuse(f"There is no file or folder {str(path)!r}.{_nearby(path)}")
    inside = path / f"{lesson.name}.py"
    if inside.is_file():
        return inside
    if (found := _only(_deeper(path, inside.name))) or (found := _lone(path, lesson)):
        return found
    raise Misuse(f"The folder {str(path)!r} holds no {inside.name}.{_nearby(inside)}")


def _deeper(folder: Path, name: str) -> Iterator[Path]:
    """Files of a name in folders of the folder; a copy of the project has solutions."""
    for depth in range(1, _DEEPEST + 1):
        for path in folder.glob("*/" * depth + name):
            above = path.relative_to(folder).parts[:-1]
            if not any(part.startswith(".") or part == "solutions" for part in above):
                yield path


def _lone(folder: Path, lesson: Lesson) -> Path | None:
    """The one Python file in a folder, unless it says that it is of another lesson."""
    found = _only(path for path in folder.glob("*.py") if path.is_file())
    said = re.search(r"lesson[ _-]?(\d+)", found.stem, re.IGNORECASE) if found else None
    return None if said and int(said[1]) != lesson.number else found


def _only(paths: Iterable[Path]) -> Path | None:
    found = list(itertools.islice(paths, 2))
    return found[0] if len(found) == 1 else None


def is_working_copy(attempt: Path, lesson: Lesson, root: Path) -> bool:
    """Whether an attempt is the learner's own working copy of the lesson."""
    return attempt.resolve() == attempt_path(lesson, root).resolve()


def _is_lesson_folder(path: Path) -> bool:
    return path.is_dir() and _FOLDER.fullmatch(path.name) is not None


def _lesson(folder: Path, root: Path) -> Lesson:
    match = _FOLDER.fullmatch(folder.name)
    assert match is not None
    page, solution = folder / "lesson.py", root / "solutions" / f"{folder.name}.py"
    return Lesson(
        name=folder.name,
        number=int(match[1]),
        title=_title(page) or _title(solution) or match[2].replace("_", " ").title(),
        folder=folder,
        page=page,
        checks=_checks(folder),
        solution=solution,
    )


def _checks(folder: Path) -> Path:
    package = folder / "exercises" / "__init__.py"
    return package if package.is_file() else folder / "checks.py"


def _title(page: Path) -> str:
    """The first heading of a page; empty when there is no page or no heading."""
    try:
        with page.open(encoding="utf-8", errors="replace") as lines:
            for _, line in zip(range(_HEADING_WITHIN_LINES), lines, strict=False):
                if match := _HEADING.match(line):
                    return match[1].strip()
    except OSError:
        pass
    return ""


def _word(name: str) -> str:
    """A name as it is compared: the folder's or file's own name, in lower case."""
    path = Path(name.strip())
    if path.name in ("lesson.py", "checks.py"):
        return path.parent.name.lower()
    return path.name.lower().removesuffix(".py")


def _words(lesson: Lesson) -> tuple[str, ...]:
    slug = lesson.name.partition("_")[2]
    return str(lesson.number), lesson.short_name, lesson.name.lower(), slug.lower()


def _suggestion(name: str, known: tuple[Lesson, ...]) -> str:
    words = {word: lesson for lesson in known for word in _words(lesson)[1:]}
    near = difflib.get_close_matches(_word(name), words, n=1, cutoff=0.6)
    if near and not _word(name).removeprefix("lesson").isdigit():
        return f"Did you mean {words[near[0]].name}?"
    return f"The lessons are {', '.join(lesson.short_name for lesson in known)}."


def _nearby(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, names, n=1)
    return f" Did you mean {str(path.parent / near[0])!r}?" if near else ""


def _page_bytes(lesson: Lesson) -> bytes:
    try:
        return lesson.page.read_bytes()
    except OSError as error:
        raise BrokenLesson(
            f"{lesson.name} has no lesson.py to copy. It is written from the solution "
            f"by:  {typed('dev.build')}"
        ) from error


def _make_folder(path: Path) -> None:
    with files.told(path):
        path.parent.mkdir(parents=True, exist_ok=True)


def _keep(path: Path) -> Path:
    """Move a file to ``attempts/earlier`` under the first free number."""
    folder = path.parent / "earlier"
    folder.mkdir(exist_ok=True)
    number = 1
    while (kept := folder / f"{path.stem}-{number}.py").exists():
        number += 1
    return path.rename(kept)
