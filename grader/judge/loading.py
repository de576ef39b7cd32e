"""loading: a lesson's own files as modules, in the judge."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import threading
import traceback
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from grader import lessons_path
from grader.checks import Check, Exercise
from grader.checks.lesson_facts import Fixture, LessonFacts
from grader.course import PARTS
from grader.errors import BrokenLesson
from grader.mutations import BadSlip

# The folders that hold what authors write.
_TOP = ("lessons", "solutions")
# While it is executed, a lesson's package is under one name for all threads.
_LOADING = threading.RLock()


class LazyModule:
    """A module that is executed when the first of its names is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._executed(), name)

    def _executed(self) -> ModuleType:
        if self._module is None:
            self._module = load_module(self._path, f"reference_{self._path.stem}")
        return self._module


def execute(module: LazyModule) -> None:
    """Execute a module before the first of its names is asked for.

    Raises:
        BrokenLesson: as for `load_module`.
    """
    module._executed()


def load_module(path: Path, name: str) -> ModuleType:
    """Execute one of the project's own files as a module.

    It can import the other files of its folder, and those of the folder around it,
    as in a package: ``from .routes import ROUTES``. Of ``exercises/__init__.py`` the
    files beside it are executed as well, in the order of their names, and what they
    declare belongs to it.

    Args:
        path: the file.
        name: what the module is called; a package is called after its folder.

    Raises:
        BrokenLesson: it is no Python, or one of its lines fails.
    """
    with _LOADING:
        lessons_path.use_folder(_lessons_of(path))
        return _load(path, name)


def load_checks(checks: Path, name: str) -> ModuleType:
    """Return a lesson's checks, executed again once a file of the lesson has changed.

    They hold nothing of a grading: a class and a session of many are graded with the
    same. It takes a tenth of a grading's time to execute them.

    Raises:
        BrokenLesson: as for `load_module`.
    """
    return _checks_in(checks, name, _stamps(_lesson_of(checks)))


def forget_checks() -> None:
    """Let the next grading execute a lesson's checks again, though no file changed."""
    _checks_in.cache_clear()


def _lesson_of(checks: Path) -> Path:
    """Return the folder of the lesson whose checks stand in a file or a package."""
    return checks.parents[1 if checks.name == "__init__.py" else 0]


def _lessons_of(path: Path) -> str:
    """Return what `lessons_path.use_folder` takes for a file of a course."""
    for folder in path.resolve().parents:
        if folder.name in PARTS:
            return lessons_path.find_folder(folder.with_name("lessons") / "any")
    return ""


@functools.lru_cache(maxsize=32)
def _checks_in(
    checks: Path, name: str, stamps: tuple[tuple[str, int, int], ...]
) -> ModuleType:
    return load_module(checks, name)


def _stamps(lesson: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when one of the files does that a lesson's checks may be made
    of.
    """
    own = (path for path in lesson.rglob("*") if "__pycache__" not in path.parts)
    found = list[tuple[str, int, int]]()
    for path in (*own, *lesson.parent.glob("*.py")):
        # An editor's lock is a link to nothing, and its copies come and go.
        with suppress(FileNotFoundError):
            at = path.stat()
            found.append((str(path), at.st_mtime_ns, at.st_size))
    return tuple(found)


def _load(path: Path, name: str) -> ModuleType:
    is_package = path.name == "__init__.py"
    own = path.parent if is_package else path
    inside = [str(own)] if is_package else None
    spec = importlib.util.spec_from_file_location(
        f"{_package(own)}.{own.name if is_package else name}",
        path,
        submodule_search_locations=inside,
    )
    if spec is None or spec.loader is None:
        raise BrokenLesson(f"{display_path(path)} cannot be read as a Python file.")
    module = importlib.util.module_from_spec(spec)
    try:
        # Before it is executed: the files beside it import from it.
        if is_package:
            sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        # What begins with a dot is an editor's.
        for beside in sorted(own.glob("[!.]*.py")) if is_package else ():
            if beside != path:
                _join(module, importlib.import_module(f"{spec.name}.{beside.stem}"))
    except Exception as error:  # whatever its author wrote may fail in any way
        raise BrokenLesson(describe_error(error, path)) from error
    return module


def _join(module: ModuleType, part: ModuleType) -> None:
    """Let a package hold what one of its files declares."""
    held = {id(item) for item in vars(module).values()}  # arrays cannot be compared
    for name, item in vars(part).items():
        if isinstance(item, (Exercise, Fixture)) and id(item) not in held:
            key = f"{part.__name__.rpartition('.')[2]}.{name}"
            vars(module)[name if name not in vars(module) else key] = item


def _package(path: Path) -> str:
    """Return the package of a file's folder: made again, so that changed files are read
    again.

    The name holds where the folder lies; lessons of one name in two courses are apart.
    """
    around = path.parent.parent
    outer = f"course_{zlib.crc32(str(around).encode()):08x}"
    inner = f"{outer}.{path.parent.name}"
    for name in [n for n in sys.modules if n == inner or n.startswith(f"{inner}.")]:
        del sys.modules[name]
    # Python remembers what a folder held; a file may be new since then.
    importlib.invalidate_caches()
    for name, folder in ((outer, around), (inner, path.parent)):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return inner


def describe_error(error: BaseException, path: Path) -> str:
    """Return what is wrong with one of a lesson's own files, and in which line.

    >>> describe_error(ZeroDivisionError("by zero"), Path("lessons/l1/checks.py"))
    'lessons/l1/checks.py: ZeroDivisionError: by zero.'
    """
    where = path.parent if path.name == "__init__.py" else path
    frames = [(Path(x[0]), x.lineno) for x in traceback.extract_tb(error.__traceback__)]
    own = [frame for frame in frames if where in (frame[0], frame[0].parent)]
    path, line = own[-1] if own else (path, None)
    if isinstance(error, (BadSlip, BrokenLesson)):
        words = str(error)
        if line is None:  # it says itself where it is
            return words
    else:
        words = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, SyntaxError) and (
        error.filename is None or Path(error.filename).parent == path.parent
    ):
        path = Path(error.filename or path)
        words = f"{error.msg}. The file cannot be read as Python"
        line = error.lineno
    return (
        f"{display_path(path)}{f', line {line}' if line else ''}: {words.rstrip('.')}."
    )


def is_lesson_file(filename: str) -> bool:
    """Return whether a file holds a lesson's checks."""
    path = Path(filename)
    return path.name == "checks.py" or path.parent.name == "exercises"


def display_path(path: Path) -> str:
    """Return the path of a lesson's own file, seen from the project's folder."""
    folders = [at for at, part in enumerate(path.parts) if part in _TOP]
    return "/".join(path.parts[folders[-1] if folders else -2 :])


def place_of_code(function: Callable[..., Any]) -> str:
    """Return the file and the line where a lesson's own function begins."""
    code = function.__code__
    return f"{display_path(Path(code.co_filename))}, line {code.co_firstlineno}"


def place_of_check(check: Check) -> str:
    """Return the file and the line where a lesson declares a check."""
    return f"{display_path(Path(check.file))}, line {check.line}"


def exercises_of(module: ModuleType) -> list[Exercise]:
    """Return the exercises that a lesson's checks define, in their order.

    Raises:
        BrokenLesson: two of them have one tag.
    """
    found = [item for item in vars(module).values() if isinstance(item, Exercise)]
    # Once, also where it has two names.
    found = list(dict.fromkeys(found))
    tags = [exercise.tag for exercise in found]
    for tag in tags:
        if tags.count(tag) > 1:
            checks = Path(module.__file__ or "checks.py")
            files = {
                file_of_exercise(one, checks): None for one in found if one.tag == tag
            }
            raise BrokenLesson(
                f"{' and '.join(files)}: two exercises have the tag "
                f"{tag}; give each of them its own."
            )
    return found


def file_of_exercise(exercise: Exercise, checks: Path) -> str:
    """Return the file of an exercise: a lesson may have one for each."""
    for check in exercise.checks:
        return display_path(Path(check.file))
    return display_path(checks)


def facts_of(module: ModuleType) -> LessonFacts:
    """Find what holds for the whole lesson; the defaults when it says nothing.

    Raises:
        BrokenLesson: its LESSON is not made by `lesson`.
    """
    facts = getattr(module, "LESSON", LessonFacts())
    if not isinstance(facts, LessonFacts):
        raise BrokenLesson(
            f"{_file(module)}: LESSON is {type(facts).__name__} and not made by "
            'lesson(...); write LESSON = lesson(imports=("numpy",)).'
        )
    return facts


def fixtures_of(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return what a lesson's checks may ask for beside what every lesson has, by
    name.
    """
    found = [item for item in vars(module).values() if isinstance(item, Fixture)]
    return {item.function.__name__: item.function for item in found}


def slow_fixtures_of(module: ModuleType) -> frozenset[str]:
    """Return the names of those that take long to make."""
    found = (item for item in vars(module).values() if isinstance(item, Fixture))
    return frozenset(item.function.__name__ for item in found if item.is_slow)


def shared_fixtures(checks: Path) -> dict[str, Callable[..., Any]]:
    """Return what any lesson may ask for: ``fixtures.py`` beside the lessons."""
    path = _lesson_of(checks).parent / "fixtures.py"
    return _fixtures_in(path, path.stat().st_mtime_ns) if path.is_file() else {}


@functools.lru_cache(maxsize=4)
def _fixtures_in(path: Path, changed_ns: int) -> dict[str, Callable[..., Any]]:
    """Return the fixtures of a file, made once as long as it stays as it is.

    What it has read serves many gradings.
    """
    return fixtures_of(load_module(path, "fixtures"))


def _file(module: ModuleType) -> str:
    return display_path(Path(module.__file__ or "checks.py"))
