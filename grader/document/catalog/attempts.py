"""attempts: where a learner's files are, and which of them is meant."""

from __future__ import annotations

import difflib
import itertools
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from grader import files
from grader.document import no_links
from grader.document.attempt_file import SUFFIXES, is_notebook
from grader.document.catalog.lessons import Lesson
from grader.errors import BrokenLesson, Misuse
from grader.machine import typed

_DEEPEST = 3  # folders in a folder that is handed in


def attempts_folder(root: Path) -> Path:
    """Return where the learner's working copies and the gradebook are."""
    return root / "attempts"


def attempt_path(lesson: Lesson, root: Path) -> Path:
    """Return where the working copy of a lesson is, whether it exists or not.

    It is a notebook where there is one, and no Python file that is newer.
    """
    return file_in(attempts_folder(root), lesson)


def file_in(folder: Path, lesson: Lesson) -> Path:
    """Return where somebody's file of a lesson is in their folder, or will be."""
    path = folder / f"{lesson.name}.py"
    return _newest(path) or path


def older_twin(path: Path) -> Path | None:
    """Return the notebook beside a Python file, or the file beside it, if older."""
    others = (path.with_suffix(end) for end in SUFFIXES if end != path.suffix)
    found = next((other for other in others if other.is_file()), None)
    return found if found and _newest(path) == path else None


def _newest(path: Path) -> Path | None:
    """Return the file of this name that was written last, or None without any."""
    found = [one for end in SUFFIXES if (one := path.with_suffix(end)).is_file()]
    return max(found, key=lambda one: one.stat().st_mtime_ns, default=None)


def working_copy(
    lesson: Lesson, root: Path, write_notebook: Callable[[Lesson], bytes] | None = None
) -> tuple[Path, bool]:
    """Return the learner's working copy, made now if there is none.

    Args:
        lesson: the lesson.
        root: the course.
        write_notebook: what makes a notebook of a lesson, where one is asked for.

    Returns:
        Its path, and whether it was made by this call. An existing file is never
        touched.

    Raises:
        BrokenLesson: the lesson has no page to copy.
        Misuse: it cannot be written.
    """
    path = attempt_path(lesson, root)
    path = path.with_suffix(".ipynb") if write_notebook else path
    if path.exists():
        return path, False
    page = write_notebook(lesson) if write_notebook else _page_bytes(lesson)
    _make_folder(path)
    return path, files.write_new(path, page)


def fresh_copy(
    lesson: Lesson, root: Path, write_notebook: Callable[[Lesson], bytes]
) -> tuple[Path, Path | None]:
    """Replace the working copy by an untouched one and keep the old file.

    A notebook is replaced by a notebook, which `write_notebook` makes.

    Returns:
        The working copy, and where the old one is now (None when there was none).

    Raises:
        BrokenLesson: the lesson has no page to copy.
        Misuse: it cannot be written; the old file is where it was.
    """
    path = attempt_path(lesson, root)
    make = write_notebook if is_notebook(path.name) else _page_bytes
    return _replace(path, make(lesson))


def bring_back(
    lesson: Lesson, root: Path, content: bytes, suffix: str
) -> tuple[Path, Path | None]:
    """Replace the working copy by an earlier version, and keep the file of now.

    Returns:
        The working copy, and where the file of now is (None when there was none).

    Raises:
        Misuse: it cannot be written; the file of now is where it was.
    """
    return _replace(attempt_path(lesson, root).with_suffix(suffix), content)


def _replace(path: Path, page: bytes) -> tuple[Path, Path | None]:
    _make_folder(path)
    # The old file gives way only when the new one is complete.
    with files.temporary_file(path, page) as new, files.explain_write_error(path):
        kept = _keep(path) if path.exists() else None
        new.replace(path)
    return path, kept


def resolve_attempt(lesson: Lesson, path: Path) -> Path:
    """Return the attempt that a path names: a file, or a folder that holds attempts.

    In a folder, the lesson's own file counts before a lone one of another name. No link
    is followed, because the path may be what somebody handed in.

    Raises:
        Misuse: there is no such file, it is a link, or the folder has none for this
            lesson.
    """
    found = _look(path, handed_in=path)
    if found is None:
        raise Misuse(f"There is no file or folder {str(path)!r}.{_nearby(path)}")
    if not stat.S_ISDIR(found.st_mode):
        return path
    inside = path / f"{lesson.name}.py"
    handed_in, links = _list_handed_in(path)
    own: dict[Path, list[Path]] = defaultdict(list)
    for one in handed_in:
        if one.stem == lesson.name:
            own[one.parent].append(one)
    newest = {folder: max(twins, key=_written_at) for folder, twins in own.items()}
    attempt = newest.pop(path, None) or _only(newest.values())
    attempt = attempt or _lone((x for x in handed_in if x.parent == path), lesson)
    if attempt:
        _look(attempt, handed_in=path)
        return attempt
    linked = f" {links[0]}: {no_links.A_LINK}" if links else ""
    raise Misuse(
        f"The folder {str(path)!r} holds no {inside.name}, and no notebook of that "
        f"name.{linked or _nearby(inside)}"
    )


def _look(path: Path, handed_in: Path) -> os.stat_result | None:
    """Return what is at a path that was handed in, or below it; None if nothing is.

    Raises:
        Misuse: it is a link or no regular file, or it cannot be looked at.
    """
    try:
        return no_links.look(no_links.folder_above(handed_in), path)
    except OSError as error:
        raise Misuse(no_links.describe_unread(path, error)) from error


def _list_handed_in(top: Path) -> tuple[list[Path], list[Path]]:
    """Return what may be an attempt in a folder, and links that may be of folders.

    A link that has an attempt's name is one of these, and refused if it is chosen.
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


def _lone(handed_in: Iterable[Path], lesson: Lesson) -> Path | None:
    """Return the only one of some files, unless its name is of another lesson."""
    found = _only(handed_in)
    said = re.search(r"lesson[ _-]?(\d+)", found.stem, re.IGNORECASE) if found else None
    return None if said and int(said[1]) != lesson.number else found


def _only(paths: Iterable[Path]) -> Path | None:
    # A folder may hold any number, and two are too many.
    found = list(itertools.islice(paths, 2))
    return found[0] if len(found) == 1 else None


def _written_at(path: Path) -> int:
    return path.lstat().st_mtime_ns


def is_working_copy(attempt: Path, lesson: Lesson, root: Path) -> bool:
    """Return whether an attempt is the learner's own working copy of the lesson."""
    own = attempts_folder(root) / f"{lesson.name}.py"
    ways = (own.with_suffix(end).resolve() for end in SUFFIXES)
    return attempt.resolve() in ways


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
    with files.explain_write_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)


def _keep(path: Path) -> Path:
    """Move a file to ``attempts/earlier`` under the first free number."""
    folder = path.parent / "earlier"
    folder.mkdir(exist_ok=True)
    number = 1
    while (kept := folder / f"{path.stem}-{number}{path.suffix}").exists():
        number += 1
    return path.rename(kept)
