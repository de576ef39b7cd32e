"""required: which packages a course needs, and whether it says so.

A course's own packages are in its ``course.toml``, under ``requires``. The grader
brings others, and packages bring those that they need themselves.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.common.errors import Misuse
from grader.course.course_folder import PARTS
from grader.course.document.catalog import Lesson
from grader.course.document.source import Unreadable, parse
from grader.course.installation import NEED_TENSORFLOW, PACKAGE
from grader.course.settings import SETTINGS, find_module, read_settings

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def require_all(root: Path, lessons: Iterable[Lesson]) -> None:
    """Require that a course names every package that these lessons import.

    Raises:
        Misuse: it doesn't; the sentence says where it is imported, and what to write.
    """
    settings = read_settings(root)
    covered = _modules_of([PACKAGE, *settings.requires])
    for path, line, module in _imports(root, lessons):
        if module in covered:
            continue
        requirements = (*settings.requires, _owner_of(module))
        quoted = ", ".join(f'"{one}"' for one in requirements)
        raise Misuse(
            f"{path.relative_to(root)}, line {line}: it imports {module}, and the "
            f"course doesn't say that it needs it. Write requires = [{quoted}] into "
            f"{SETTINGS}."
        )


def missing_from_here(root: Path) -> list[str]:
    """Return what a course requires and isn't installed here."""
    return [one for one in read_settings(root).requires if not _is_installed(one)]


def _is_installed(requirement: str) -> bool:
    try:
        importlib.metadata.distribution(_name_of(requirement))
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _imports(root: Path, lessons: Iterable[Lesson]) -> Iterator[tuple[Path, int, str]]:
    """Yield the libraries that lessons and the modules they share import."""
    paths = [
        path
        for lesson in lessons
        for path in (lesson.solution, *sorted(lesson.folder.rglob("*.py")))
    ]
    shared = [*read_settings(root).importable, "lessons.fixtures"]
    paths += [path for name in shared if (path := find_module(name, root))]
    provided = {*PARTS, "grader", "conftest", *sys.stdlib_module_names}
    for path in paths:
        for line, module in _imports_of(path):
            if module not in provided and module not in NEED_TENSORFLOW:
                yield path, line, module


def _imports_of(path: Path) -> Iterator[tuple[int, str]]:
    try:
        tree = parse(path.read_text("utf-8"))
    except (OSError, Unreadable, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        names = list[str]()
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            yield getattr(node, "lineno", 1), name.partition(".")[0]


def _modules_of(requirements: Iterable[str]) -> set[str]:
    """Return the modules of packages, and of all that those need, as installed here."""
    needed = _all_needed_by(requirements)
    modules = {
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not needed.isdisjoint(map(_name_of, owners))
    }
    return modules | {name.replace("-", "_") for name in needed}


def find_versions(requirements: Iterable[str]) -> list[str]:
    """Return packages and all that they need, each with the version installed here."""
    found = []
    for name in sorted(_all_needed_by(requirements)):
        if _is_installed(name):
            found.append(f"{name}=={importlib.metadata.version(name)}")
    return found


def _all_needed_by(requirements: Iterable[str]) -> set[str]:
    """Return the names of packages, and of all that those need, as installed here."""
    waiting, seen = [_name_of(one) for one in requirements], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            needed = importlib.metadata.requires(name) or ()
        except importlib.metadata.PackageNotFoundError:
            continue
        waiting += [_name_of(one) for one in needed if "extra ==" not in one]
    return seen


def _owner_of(module: str) -> str:
    """Return the package that has a module, as installed here, or else its name."""
    owners = importlib.metadata.packages_distributions().get(module, [module])
    return owners[0]


def _name_of(requirement: str) -> str:
    """Return the normalised name of a package.

    >>> _name_of("Scikit_Learn[x]>=1.4; python_version > '3'")
    'scikit-learn'
    """
    match = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""
