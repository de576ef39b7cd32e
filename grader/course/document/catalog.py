"""catalog: find lessons and attempts, from files and their names, without running them.

A lesson is a folder ``lessons/lesson3_gradients``; it needs no registration. Learners
write in ``attempts/``, never in ``lessons/``.
"""

from __future__ import annotations

import difflib
import itertools
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from grader.common import files
from grader.common.errors import BrokenLesson, Misuse
from grader.course.course_folder import is_copy
from grader.course.document import no_links
from grader.course.document.attempt_file import SUFFIXES, is_notebook
from grader.course.installation import format_command
from grader.course.settings import find_installed_courses

_FOLDER = re.compile(r"lesson(\d+)_(\w+)")
_FILE = re.compile(r"lesson[ _-]?(\d+)[ _-](\w+)$", re.IGNORECASE)
_HEADING = re.compile(r"#\s*#\s+(?:Lesson\s+\d+\b[\s:.–-]*)?(.+)")
_HEADING_WITHIN_LINES = 30


class Lesson(msgspec.Struct, frozen=True):
    """One lesson and where its files are.

    Attributes:
        name: the full name, ``lesson3_gradients``.
        number: its number in the course, 3.
        title: the first heading of its page, without the number.
        folder: ``lessons/lesson3_gradients``.
        page: the text and the stubs, ``lesson.py`` in the folder.
        checks: the exercises: ``exercises/__init__.py`` with a file for each exercise
            beside it, or ``checks.py``, in the folder.
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
        """The name that a learner types, ``lesson3``."""
        return f"lesson{self.number}"

    @property
    def slug(self) -> str:
        """The name without the number, in lower case: ``gradients``."""
        return self.name.partition("_")[2].lower()


def lessons(root: Path) -> tuple[Lesson, ...]:
    """Return all lessons of a project, in the order of the course."""
    return _make_lessons(_folders(root), root)


def find_by_short_name(name: str, root: Path) -> Lesson | None:
    """Return the lesson with a short name like ``lesson3``, without reading others."""
    paths = [path for path in _folders(root) if f"lesson{_number_of(path)}" == name]
    return next(iter(_make_lessons(paths, root)), None)


def find_by_name(name: str, root: Path) -> Lesson | None:
    """Return the lesson with exactly this full name, without reading others."""
    paths = [path for path in _folders(root) if path.name == name]
    return next(iter(_make_lessons(paths, root)), None)


def require_lessons(root: Path) -> tuple[Lesson, ...]:
    """Return the lessons of a course that has some.

    Raises:
        Misuse: if it has none.
    """
    if known := lessons(root):
        return known
    instead = "Run this command in the project's folder."
    if not is_copy():
        instead = "Go to the folder of your course, or make one here:  "
        instead += format_command(
            "init" if find_installed_courses() else "new-course NAME"
        )
    raise Misuse(f"There are no lessons in {root / 'lessons'}. {instead}")


def find(name: str, root: Path) -> Lesson:
    """Return the lesson that ``3``, ``lesson3`` or ``lesson3_gradients`` names.

    A path to one of its files also counts as its name.

    Raises:
        Misuse: if no lesson or more than one has this name.
    """
    return find_among(name, require_lessons(root))


def find_among(name: str, lessons: Sequence[Lesson]) -> Lesson:
    """Return the one of these lessons that a name refers to; names are as in `find`.

    Raises:
        Misuse: if none or more than one has this name.
    """
    matches = [
        lesson for lesson in lessons if _normalize_name(name) in _names_of(lesson)
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        both = " and ".join(lesson.name for lesson in matches)
        raise Misuse(f"{name!r} could be {both}. Type the whole name.")
    raise Misuse(f"There is no lesson {name!r}. {_suggest_lesson(name, lessons)}")


def find_twins(lesson: Lesson) -> tuple[str, ...]:
    """Return the other lessons with the number of this one, which none should have."""
    beside = lesson.folder.parent.glob(f"lesson*{lesson.number}_*")
    return tuple(
        path.name
        for path in sorted(beside)
        if path != lesson.folder
        and is_lesson_folder(path)
        and _number_of(path) == lesson.number
    )


def lesson_after(lesson: Lesson, lessons: Sequence[Lesson]) -> Lesson | None:
    """Return the lesson after a given one, or None after the last one."""
    place = lessons.index(lesson) + 1
    return lessons[place] if place < len(lessons) else None


def explain_ungraded(lesson: Lesson) -> str:
    """Return why a lesson can't be graded if there are no solutions, or ""."""
    # If only one solution is missing, the lesson is at fault, and grading reports it.
    if lesson.solution.parent.is_dir():
        return ""
    return (
        "This copy of the course has no folder solutions, which grading needs. You can "
        "read and run lessons here, but not grade them or see solutions."
    )


def require_solution(lesson: Lesson) -> None:
    """Refuse to grade a lesson if the course came without its solutions.

    Raises:
        Misuse: if it did.
    """
    if why := explain_ungraded(lesson):
        raise Misuse(why)


def _folders(root: Path) -> list[Path]:
    folder = root / "lessons"
    return list(folder.iterdir()) if folder.is_dir() else []


def _number_of(path: Path) -> int | None:
    """Return the number in the name of a lesson's folder; None for anything else."""
    match = _FOLDER.fullmatch(path.name)
    return int(match[1]) if match else None


def _make_lessons(paths: Iterable[Path], root: Path) -> tuple[Lesson, ...]:
    lessons = [_make_lesson(path, root) for path in paths if is_lesson_folder(path)]
    return tuple(sorted(lessons, key=lambda lesson: (lesson.number, lesson.name)))


def is_lesson_folder(path: Path) -> bool:
    """Return whether a folder of a course's `lessons` is that of a lesson."""
    if not path.is_dir() or _FOLDER.fullmatch(path.name) is None:
        return False
    if any(x.is_file() for x in path.iterdir()):
        return True
    # When git removes a lesson, Python's cache folders stay.
    left = [x for x in path.rglob("*") if x.is_file()]
    return not left or any("__pycache__" not in x.parts for x in left)


def _make_lesson(folder: Path, root: Path) -> Lesson:
    match = _FOLDER.fullmatch(folder.name)
    assert match is not None
    page, solution = folder / "lesson.py", root / "solutions" / f"{folder.name}.py"
    return Lesson(
        name=folder.name,
        number=int(match[1]),
        title=_read_title(page)
        or _read_title(solution)
        or match[2].replace("_", " ").title(),
        folder=folder,
        page=page,
        checks=_find_checks(folder),
        solution=solution,
    )


def _find_checks(folder: Path) -> Path:
    package = folder / "exercises" / "__init__.py"
    return package if package.is_file() else folder / "checks.py"


def _read_title(page: Path) -> str:
    """Return the first heading of a page, or "" if there is no page or no heading."""
    try:
        with page.open(encoding="utf-8", errors="replace") as lines:
            for _, line in zip(range(_HEADING_WITHIN_LINES), lines, strict=False):
                if match := _HEADING.match(line):
                    return match[1].strip()
    except OSError:
        pass
    return ""


def _normalize_name(name: str) -> str:
    """Return the name of a lesson's folder or file in lower case, for comparison."""
    path = Path(name.strip())
    if path.name in ("lesson.py", "checks.py"):
        return path.parent.name.lower()
    return path.name.lower().removesuffix(".py").removesuffix(".ipynb")


def _names_of(lesson: Lesson) -> tuple[str, ...]:
    return str(lesson.number), lesson.short_name, lesson.name.lower(), lesson.slug


def _suggest_lesson(name: str, lessons: Sequence[Lesson]) -> str:
    exercise = re.fullmatch(r"(\d+)[a-z]", _normalize_name(name))
    if exercise and (
        same_number := [x for x in lessons if str(x.number) == exercise[1]]
    ):
        its_lesson = same_number[0].short_name
        return f"{_normalize_name(name)} is an exercise of {its_lesson}."
    words = {word: lesson for lesson in lessons for word in _names_of(lesson)[1:]}
    near = difflib.get_close_matches(_normalize_name(name), words, n=1, cutoff=0.6)
    end = _normalize_name(name).removeprefix("lesson")
    if near and end and not end.isdigit():
        return f"Did you mean {words[near[0]].name}?"
    return f"The lessons are {', '.join(lesson.short_name for lesson in lessons)}."


_DEEPEST = 3  # levels of folders in a folder that was handed in


def attempts_folder(root: Path) -> Path:
    """Return the folder with the learner's working copies and the gradebook."""
    return root / "attempts"


def attempt_path(lesson: Lesson, root: Path) -> Path:
    """Return the path of a lesson's working copy, whether it exists or not.

    It is a notebook if there is one, unless a Python file is newer.
    """
    return find_attempt(attempts_folder(root), lesson)


def find_attempt(folder: Path, lesson: Lesson) -> Path:
    """Return the path, existing or not, of somebody's file for a lesson."""
    path = folder / f"{lesson.name}.py"
    return _find_newest(path) or _find_renumbered(folder, lesson) or path


def written_at(lesson: Lesson, path: Path) -> float:
    """Return when somebody last wrote in their file for a lesson, in seconds since
    1970; 0 if there is no file, or it is still as the lesson gives it.
    """
    try:
        page = lesson.page.read_bytes()
        is_new = files.read(path, len(page) + 1) == page
        return 0.0 if is_new else path.stat().st_mtime
    except OSError:
        return 0.0


def find_saved_last(lessons: Sequence[Lesson], root: Path) -> str:
    """Return the name of the lesson whose working copy was saved last, or "".

    If nothing is written in any of them, it is the one that was made last.
    """
    paths = {one: attempt_path(one, root) for one in lessons}
    begun = {one: path for one, path in paths.items() if path.is_file()}
    if not begun:
        return ""
    return max(
        begun, key=lambda one: (written_at(one, begun[one]), begun[one].stat().st_mtime)
    ).name


def renumbered_lesson(stem: str, lessons: Iterable[Lesson]) -> Lesson | None:
    """Return the lesson whose slug is in a file's name after another number.

    A file that was begun before the lessons were renumbered has such a name.

    >>> first, *others = lessons(Path())
    >>> renumbered_lesson(f"lesson99_{first.slug}", [first, *others]) == first
    True
    """
    match = _FILE.search(stem)
    if match is None:
        return None
    matches = [one for one in lessons if one.slug == match[2].lower()]
    is_one = len(matches) == 1 and matches[0].number != int(match[1])
    return matches[0] if is_one else None


def is_renumbered(path: Path, lesson: Lesson) -> bool:
    """Return whether a file's name matches this lesson only by its slug."""
    if path.stem == lesson.name or not path.stem.lower().endswith(lesson.slug):
        return False
    return renumbered_lesson(path.stem, lessons(lesson.folder.parents[1])) == lesson


def _find_renumbered(folder: Path, lesson: Lesson) -> Path | None:
    """Return the newest file that has the lesson's slug after another number."""
    paths = folder.glob(f"lesson*_{lesson.name.partition('_')[2]}.*")
    return _newest(
        one for one in paths if one.suffix in SUFFIXES and is_renumbered(one, lesson)
    )


def find_older_format(path: Path) -> Path | None:
    """Return the file in the other format beside this one, if it is older."""
    others = (path.with_suffix(end) for end in SUFFIXES if end != path.suffix)
    older = next((other for other in others if other.is_file()), None)
    return older if older and _find_newest(path) == path else None


def _find_newest(path: Path) -> Path | None:
    """Return the file with this name that was written last, or None."""
    return _newest(path.with_suffix(end) for end in SUFFIXES)


def _newest(paths: Iterable[Path]) -> Path | None:
    existing = [path for path in paths if path.is_file()]
    return max(existing, key=lambda path: path.stat().st_mtime_ns, default=None)


def working_copy(
    lesson: Lesson, root: Path, write_notebook: Callable[[Lesson], bytes] | None = None
) -> tuple[Path, bool]:
    """Return the learner's working copy, and make it if there is none.

    Args:
        lesson: the lesson whose page is copied.
        root: the course.
        write_notebook: makes a notebook of a lesson; None for a Python file.

    Returns:
        Its path, and whether this call made it. An existing file is never changed.

    Raises:
        BrokenLesson: if the lesson has no page to copy.
        Misuse: if it can't be written.
    """
    path = attempt_path(lesson, root)
    if write_notebook and not is_notebook(path.name):
        path = path.with_name(f"{lesson.name}.ipynb")
    if path.exists():
        return path, False
    page = write_notebook(lesson) if write_notebook else _page_bytes(lesson)
    _make_folder(path)
    return path, files.write_new(path, page)


def reset_working_copy(
    lesson: Lesson, root: Path, write_notebook: Callable[[Lesson], bytes]
) -> tuple[Path, Path | None]:
    """Replace the working copy by an untouched one and keep the old file.

    A notebook is replaced by a notebook, which `write_notebook` makes.

    Returns:
        The working copy, and where the old one is now (None if there was none).

    Raises:
        BrokenLesson: if the lesson has no page to copy.
        Misuse: if it can't be written; the old file is then still in its place.
    """
    path = attempt_path(lesson, root)
    make = write_notebook if is_notebook(path.name) else _page_bytes
    return _replace(path, lesson, make(lesson))


def restore_version(
    lesson: Lesson, root: Path, content: bytes, suffix: str
) -> tuple[Path, Path | None]:
    """Replace the working copy by an earlier version, and keep the current file.

    Returns:
        The working copy, and where the replaced file is (None if there was none).

    Raises:
        Misuse: if it can't be written; the current file is then still in its place.
    """
    return _replace(attempt_path(lesson, root).with_suffix(suffix), lesson, content)


def _replace(old: Path, lesson: Lesson, page: bytes) -> tuple[Path, Path | None]:
    path = old.with_name(f"{lesson.name}{old.suffix}")
    _make_folder(path)
    # The old file is moved away only when the new one is complete.
    with files.temporary_file(path, page) as new, files.explain_write_error(path):
        old_file = _move_to_earlier(old) if old.exists() else None
        files.replace(new, path)
    return path, old_file


def resolve_attempt(lesson: Lesson, path: Path) -> Path:
    """Return the attempt that a path names: a file, or a folder with attempts in it.

    In a folder, the lesson's own file takes precedence over a single file with another
    name. No link is followed, because the path may be what somebody handed in.

    Raises:
        Misuse: if there is no such file, it is a link, or the folder has none for this
            lesson.
    """
    status = _stat_handed_in(path, handed_in=path)
    if status is None:
        raise Misuse(f"There is no file or folder {str(path)!r}.{_suggest_path(path)}")
    if not stat.S_ISDIR(status.st_mode):
        return path
    inside = path / f"{lesson.name}.py"
    handed_in, links = _list_handed_in(path)
    with_name = [one for one in handed_in if one.stem == lesson.name]
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for file in with_name or [one for one in handed_in if is_renumbered(one, lesson)]:
        by_folder[file.parent].append(file)
    newest = {
        folder: max(twins, key=_written_at) for folder, twins in by_folder.items()
    }
    attempt = newest.pop(path, None) or _only(newest.values())
    attempt = attempt or _find_lone((x for x in handed_in if x.parent == path), lesson)
    if attempt:
        _stat_handed_in(attempt, handed_in=path)
        return attempt
    linked = f" {links[0]}: {no_links.A_LINK}" if links else ""
    raise Misuse(
        f"The folder {str(path)!r} contains no {inside.name}, and no notebook of that "
        f"name.{linked or _suggest_path(inside)}"
    )


def _stat_handed_in(path: Path, handed_in: Path) -> os.stat_result | None:
    """Return the status of a path that was handed in, or None if it doesn't exist.

    Raises:
        Misuse: if it is a link or not a regular file, or it can't be examined.
    """
    try:
        return no_links.look(no_links.folder_above(handed_in), path)
    except OSError as error:
        raise Misuse(no_links.describe_unread(path, error)) from error


def _list_handed_in(top: Path) -> tuple[list[Path], list[Path]]:
    """Return the possible attempts in a folder, and the links that may lead to folders.

    A link with an attempt's name is among the attempts, and is refused if it is chosen.
    """
    handed_in, links, level = [], [], [top]
    for _ in range(_DEEPEST + 1):
        here = [one for folder in level for one in no_links.entries_of(folder)]
        level = []
        for path, found in here:
            is_folder = stat.S_ISDIR(found.st_mode)
            if path.name.startswith("."):
                continue
            if path.suffix in SUFFIXES and not is_folder:
                handed_in.append(path)
            elif no_links.describe(found):
                links += [] if path.suffix else [path]
            elif is_folder and path.name != "solutions":
                level.append(path)
    return handed_in, links


def _find_lone(handed_in: Iterable[Path], lesson: Lesson) -> Path | None:
    """Return the only file handed in, unless it is named after another lesson."""
    lone = _only(handed_in)
    number = re.search(r"lesson[ _-]?(\d+)", lone.stem, re.IGNORECASE) if lone else None
    return None if number and int(number[1]) != lesson.number else lone


def _only(paths: Iterable[Path]) -> Path | None:
    # A folder may contain any number, and two are already too many.
    first_two = list(itertools.islice(paths, 2))
    return first_two[0] if len(first_two) == 1 else None


def _written_at(path: Path) -> int:
    return path.lstat().st_mtime_ns


def is_working_copy(attempt: Path, lesson: Lesson, root: Path) -> bool:
    """Return whether an attempt is the learner's own working copy of the lesson."""
    folder = attempts_folder(root)
    ways = [folder / f"{lesson.name}{end}" for end in SUFFIXES]
    ways.append(find_attempt(folder, lesson))
    return attempt.resolve() in {way.resolve() for way in ways}


def _suggest_path(path: Path) -> str:
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
            f"{lesson.name} has no lesson.py to copy. To write it from the solution:  "
            f"{format_command('dev.build')}"
        ) from error


def _make_folder(path: Path) -> None:
    with files.explain_write_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)


def _move_to_earlier(path: Path) -> Path:
    """Move a file to ``attempts/earlier``, using the first free number."""
    folder = path.parent / "earlier"
    folder.mkdir(exist_ok=True)
    number = 1
    while (goal := folder / f"{path.stem}-{number}{path.suffix}").exists():
        number += 1
    return path.rename(goal)
