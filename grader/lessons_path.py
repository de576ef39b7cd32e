"""lessons_path: let ``lessons`` be the folder of the course, wherever that is.

An installed package brings lessons along. Without this, a course of somebody's own that
says ``from lessons.data import load_points`` would import from those.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

_NAME = "lessons"
_PROJECT = Path(__file__).resolve().parents[1]
# The course that comes with the program: a copy of the project has it at its top; where
# the program is installed, it is in its own package.
SUPPLIED = (
    _PROJECT
    if (_PROJECT / "pyproject.toml").is_file()
    else _PROJECT / "cross_entropy_lessons"
)
INSTALLED = SUPPLIED / _NAME


def find_folder(lesson: Path) -> str:
    """Return what `use_folder` takes for a lesson; "" for the package's own."""
    folder = lesson.resolve().parent
    return "" if folder == INSTALLED else str(folder)


def use_folder(folder: str) -> None:
    """Import ``lessons`` from a folder from now on; from the package's own for ""."""
    if _used() == folder:
        return
    for name in [n for n in sys.modules if n == _NAME or n.startswith(f"{_NAME}.")]:
        del sys.modules[name]
    if folder:
        made = ModuleType(_NAME)
        # What the course's own folder lacks is the package's.
        made.__path__ = [folder, str(INSTALLED)]
        sys.modules[_NAME] = made


def close() -> None:
    """Let nothing more be imported from a course's own folder."""
    if _used():
        sys.modules[_NAME].__path__ = []


def _used() -> str:
    """Return the folder that is used; "" for the package's own."""
    # Of that, Python makes a path of another type, from where packages are installed.
    path = getattr(sys.modules.get(_NAME), "__path__", None)
    return path[0] if isinstance(path, list) and path else ""
