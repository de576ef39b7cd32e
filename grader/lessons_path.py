"""lessons_path: make ``lessons`` mean the folder of the course, wherever that is.

An installed package brings lessons along. Without this module, ``from lessons.data
import load_points`` in somebody else's course would import from those.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

_NAME = "lessons"
_PROJECT = Path(__file__).resolve().parents[1]
# The course that comes with the program. A copy of the project has it at its top; if
# the program is installed, it is in its own package.
SUPPLIED = (
    _PROJECT
    if (_PROJECT / "pyproject.toml").is_file()
    else _PROJECT / "cross_entropy_lessons"
)
INSTALLED = SUPPLIED / _NAME


def find_folder(lesson: Path) -> str:
    """Return the argument of `use_folder` for a lesson; "" for the package's own."""
    folder = lesson.resolve().parent
    return "" if folder == INSTALLED else str(folder)


def use_folder(folder: str) -> None:
    """Import ``lessons`` from this folder from now on; "" means the package's own."""
    if _used() == folder:
        return
    for name in [n for n in sys.modules if n == _NAME or n.startswith(f"{_NAME}.")]:
        del sys.modules[name]
    if folder:
        made = ModuleType(_NAME)
        # The package provides the modules that the course's own folder lacks.
        made.__path__ = [folder, str(INSTALLED)]
        sys.modules[_NAME] = made


def close() -> None:
    """Prevent further imports from a course's own folder."""
    if _used():
        sys.modules[_NAME].__path__ = []


def _used() -> str:
    """Return the folder that is used; "" for the package's own."""
    # For the installed package, Python's path is not a list.
    path = getattr(sys.modules.get(_NAME), "__path__", None)
    return path[0] if isinstance(path, list) and path else ""
