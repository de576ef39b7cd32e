"""lessons_path: make ``lessons`` mean the folder of the course, wherever that is.

Without this module, ``from lessons.data import load_points`` in somebody else's course
would import from whatever has that name on Python's path.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

_NAME = "lessons"
# In a copy of the project, Python itself imports its lessons.
_OWN = Path(__file__).resolve().parents[2] / _NAME


def find_folder(lesson: Path) -> str:
    """Return the argument of `use_folder` for a lesson.

    Returns:
        "" for the project's own, unless Python would import others with this name.
    """
    folder = lesson.resolve().parent
    return "" if folder == _OWN and _is_first(folder) else str(folder)


def _is_first(folder: Path) -> bool:
    """Return whether Python itself would import ``lessons`` from this folder."""
    spec = PathFinder.find_spec(_NAME)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places or ()), "")).resolve() == folder


def find_root(folder: str) -> Path:
    """Return the course with this folder of lessons."""
    return (Path(folder) if folder else _OWN).parent


def use_folder(folder: str) -> None:
    """Import ``lessons`` from this folder from now on; "" means the project's."""
    if _used_folder() == folder:
        return
    forget_package(_NAME)
    if folder:
        package = ModuleType(_NAME)
        package.__path__ = [folder]
        sys.modules[_NAME] = package


def forget_package(package: str) -> None:
    """Make the next import of a package load all its modules again."""
    # A list, because other threads may be importing.
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            sys.modules.pop(name, None)


def close() -> None:
    """Prevent further imports from a course's own folder."""
    if _used_folder():
        sys.modules[_NAME].__path__ = []


def _used_folder() -> str:
    """Return the folder that is used; "" for the project's."""
    # For what Python itself imports, the path is not a list.
    path = getattr(sys.modules.get(_NAME), "__path__", None)
    return path[0] if isinstance(path, list) and path else ""
