"""lessons: which lessons there are, and which one a name means."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import msgspec

from grader.errors import Misuse
from grader.machine import is_copy, typed

_FOLDER = re.compile(r"lesson(\d+)_(\w+)")
_HEADING = re.compile(r"#\s*#\s+(?:Lesson\s+\d+\b[\s:.–-]*)?(.+)")
_HEADING_WITHIN_LINES = 30


class Lesson(msgspec.Struct, frozen=True):
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
    """Return all lessons of a project, in the order of the course."""
    folder = root / "lessons"
    paths = folder.iterdir() if folder.is_dir() else ()
    found = [_lesson(path, root) for path in paths if _is_lesson_folder(path)]
    return tuple(sorted(found, key=lambda lesson: (lesson.number, lesson.name)))


def course(root: Path) -> tuple[Lesson, ...]:
    """Return the lessons of a course that has some.

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
    """Return the lesson that ``3``, ``lesson3`` or ``lesson3_gradients`` names.

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
    """Return the lesson that follows, or None after the last one."""
    known = lessons(root)
    place = known.index(lesson) + 1
    return known[place] if place < len(known) else None


def _is_lesson_folder(path: Path) -> bool:
    if not path.is_dir() or _FOLDER.fullmatch(path.name) is None:
        return False
    if any(x.is_file() for x in path.iterdir()):
        return True
    # Where git has taken a lesson away, what Python keeps of it stays.
    left = [x for x in path.rglob("*") if x.is_file()]
    return not left or any("__pycache__" not in x.parts for x in left)


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
    """Return the first heading of a page; empty when there is no page or no heading."""
    try:
        with page.open(encoding="utf-8", errors="replace") as lines:
            for _, line in zip(range(_HEADING_WITHIN_LINES), lines, strict=False):
                if match := _HEADING.match(line):
                    return match[1].strip()
    except OSError:
        pass
    return ""


def _word(name: str) -> str:
    """Return a name as it is compared: the folder's or file's own, in lower case."""
    path = Path(name.strip())
    if path.name in ("lesson.py", "checks.py"):
        return path.parent.name.lower()
    return path.name.lower().removesuffix(".py").removesuffix(".ipynb")


def _words(lesson: Lesson) -> tuple[str, ...]:
    slug = lesson.name.partition("_")[2]
    return str(lesson.number), lesson.short_name, lesson.name.lower(), slug.lower()


def _suggestion(name: str, known: tuple[Lesson, ...]) -> str:
    exercise = re.fullmatch(r"(\d+)[a-z]", _word(name))
    if exercise and (own := [x for x in known if str(x.number) == exercise[1]]):
        return (
            "Is an exercise meant? It is named behind its lesson:  "
            f"{own[0].short_name} --exercise {_word(name)}"
        )
    words = {word: lesson for lesson in known for word in _words(lesson)[1:]}
    near = difflib.get_close_matches(_word(name), words, n=1, cutoff=0.6)
    end = _word(name).removeprefix("lesson")
    if near and end and not end.isdigit():
        return f"Did you mean {words[near[0]].name}?"
    return f"The lessons are {', '.join(lesson.short_name for lesson in known)}."
