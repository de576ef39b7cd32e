"""loading: a lesson's own files as modules, in the judge."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.checks import Exercise, LessonFacts
from grader.errors import BrokenLesson


class LazyModule:
    """A module that is executed when the first of its names is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = loaded(self._path, f"reference_{self._path.stem}")
        return getattr(self._module, name)


def loaded(path: Path, name: str) -> ModuleType:
    """Execute one of the project's own files as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BrokenLesson(f"{path} cannot be read as a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def exercises_of(module: ModuleType) -> list[Exercise]:
    """The exercises that a lesson's checks define, in their order."""
    found = [item for item in vars(module).values() if isinstance(item, Exercise)]
    return list(dict.fromkeys(found))


def facts_of(module: ModuleType) -> LessonFacts:
    """What holds for the whole lesson; the defaults when it says nothing."""
    facts = getattr(module, "LESSON", LessonFacts())
    if not isinstance(facts, LessonFacts):
        raise BrokenLesson(f"LESSON in {module.__file__} is not made by lesson(...)")
    return facts
