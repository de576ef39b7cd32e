"""loading: load a lesson's own files as modules, in the judge."""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import sys
import threading
import traceback
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from grader.checks import Exercise
from grader.checks.attempt import Stopped
from grader.checks.exercises import Check
from grader.checks.lesson_facts import Fixture, LessonFacts, page_of, solution_of
from grader.checks.mutations import BadSlip
from grader.common.errors import BrokenLesson, Misuse
from grader.course import lessons_path
from grader.course.course_folder import PARTS
from grader.course.document.cells import Document
from grader.course.installation import explain_missing_docstrings
from grader.report import Finding, Outcome

# The folders that contain what authors write.
_TOP = ("lessons", "solutions")
# While a lesson's package is executed, all threads see it under the same name.
_LOADING = threading.RLock()


class LazyModule:
    """A module that is executed when one of its names is first used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._executed(), name)

    def _executed(self) -> ModuleType:
        if self._module is None:
            self._module = load_module(self._path, f"reference_{self._path.stem}")
        return self._module


class PageLoader(SourceFileLoader):
    """Loads a solution without the cells that only show something, as it is graded.

    Its bytecode isn't that of a plain import, so it has another name.
    """

    def get_data(self, path: str) -> bytes:
        """Return the content of the file or of its bytecode."""
        return super().get_data(_name_bytecode(path))

    def set_data(self, path: str, data: Any, **options: Any) -> None:
        """Write the bytecode."""
        super().set_data(_name_bytecode(path), data, **options)

    def source_to_code(self, data: Any, path: Any, *more: Any) -> CodeType:  # type: ignore[override]
        """Compile the file; from Python 3.15 on, `more` has the module's name."""
        content = Document(bytes(data)).graded().content
        return super().source_to_code(content, path, *more)


def _name_bytecode(path: str) -> str:
    return path.removesuffix(".pyc") + ".graded.pyc" if path.endswith(".pyc") else path


def execute(module: LazyModule) -> None:
    """Execute a module before one of its names is used.

    Raises:
        BrokenLesson: as for `load_module`.
    """
    module._executed()


def load_module(path: Path, name: str) -> ModuleType:
    """Execute one of the project's own files as a module.

    It can import the other files of its folder, and those of the parent folder, as in a
    package: ``from .routes import ROUTES``. For ``exercises/__init__.py``, the files
    beside it are executed as well, in the order of their names, and the package gets
    what they declare.

    Args:
        path: the file.
        name: the module's name; a package is named after its folder.

    Raises:
        BrokenLesson: it isn't valid Python, or it raises an exception.
    """
    with _LOADING, page_of(_lesson_of(path)):
        lessons_path.use_folder(_lessons_of(path))
        return _load(path, name)


def load_checks(checks: Path, name: str) -> ModuleType:
    """Return a lesson's checks, executed again if a file of the lesson has changed.

    They keep no state of a grading, so a class, or many gradings of one session, can
    share them. Executing them takes a tenth of a grading's time.

    Raises:
        BrokenLesson: as for `load_module`.
        Misuse: Python runs without docstrings, as a notebook's kernel may.
    """
    if why := explain_missing_docstrings():
        raise Misuse(why)
    return _checks_in(checks, name, _stamps(_lesson_of(checks)))


def forget_checks() -> None:
    """Make the next grading execute a lesson's checks again, even without a change."""
    _checks_in.cache_clear()


def _lesson_of(checks: Path) -> Path:
    """Return the folder of the lesson whose checks are in a file or a package."""
    return checks.parents[1 if checks.name == "__init__.py" else 0]


def _lessons_of(path: Path) -> str:
    """Return the argument of `lessons_path.use_folder` for a file of a course."""
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
    """Return the names, times and sizes of all files that a lesson's checks may use."""
    in_folder = (path for path in lesson.rglob("*") if "__pycache__" not in path.parts)
    stamps = list[tuple[str, int, int]]()
    for path in (*in_folder, *lesson.parent.glob("*.py"), solution_of(lesson)):
        # Editors create dangling links as locks, and temporary copies.
        with suppress(FileNotFoundError):
            at = path.stat()
            stamps.append((str(path), at.st_mtime_ns, at.st_size))
    return tuple(stamps)


def _load(path: Path, name: str) -> ModuleType:
    is_package = path.name == "__init__.py"
    place = path.parent if is_package else path
    inside = [str(place)] if is_package else None
    full_name = f"{_package(place)}.{place.name if is_package else name}"
    is_page = path.parent.name == "solutions"
    spec = importlib.util.spec_from_file_location(
        full_name,
        path,
        loader=PageLoader(full_name, str(path)) if is_page else None,
        submodule_search_locations=inside,
    )
    if spec is None or spec.loader is None:
        raise BrokenLesson(f"{display_path(path)} cannot be read as a Python file.")
    module = importlib.util.module_from_spec(spec)
    try:
        # Register it first, because the package's other files import from it.
        if is_package:
            sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        # Files that begin with a dot belong to editors.
        for beside in sorted(place.glob("[!.]*.py")) if is_package else ():
            if beside != path:
                _join(module, importlib.import_module(f"{spec.name}.{beside.stem}"))
    except Exception as error:  # the code may raise anything
        raise BrokenLesson(describe_error(error, path)) from error
    return module


def _join(module: ModuleType, part: ModuleType) -> None:
    """Add what one of a package's files declares to the package."""
    held = {id(item) for item in vars(module).values()}  # arrays can't be compared
    for name, item in vars(part).items():
        if isinstance(item, (Exercise, Fixture)) and id(item) not in held:
            key = f"{part.__name__.rpartition('.')[2]}.{name}"
            vars(module)[name if name not in vars(module) else key] = item


def _package(path: Path) -> str:
    """Return a new package for a file's folder, so that changed files are read again.

    Its name depends on the folder's path, so two courses may have lessons of one name.
    """
    around = path.parent.parent
    outer = f"course_{zlib.crc32(str(around).encode()):08x}"
    inner = f"{outer}.{path.parent.name}"
    lessons_path.forget_package(inner)
    # Python caches the content of a folder; a file may be new since then.
    importlib.invalidate_caches()
    for name, folder in ((outer, around), (inner, path.parent)):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    # For examples of mistakes, and numbers of the text: ``from .. import reference``.
    vars(package)["reference"] = LazyModule(solution_of(path.parent))
    return inner


def describe_error(error: BaseException, path: Path) -> str:
    """Return what is wrong with one of a lesson's own files, and in which line.

    >>> describe_error(ZeroDivisionError("by zero"), Path("lessons/l1/checks.py"))
    'lessons/l1/checks.py: ZeroDivisionError: by zero.'
    """
    frames = [(Path(x[0]), x.lineno) for x in traceback.extract_tb(error.__traceback__)]
    # A shared file of the course may be at fault, such as a fixture without its data.
    course = next((at.parent for at in path.parents if at.name in PARTS), path)
    places = [path, *(course / part for part in PARTS)]
    inside = [frame for frame in frames if any(map(frame[0].is_relative_to, places))]
    path, line = inside[-1] if inside else (path, None)
    if isinstance(error, (BadSlip, BrokenLesson)):
        words = str(error)
        if line is None:  # the message says where it is
            return words
    else:
        words = f"{type(error).__name__}: {error}".rstrip(": ") + nearest_name(error)
    if isinstance(error, SyntaxError) and (
        error.filename is None or Path(error.filename).parent == path.parent
    ):
        path = Path(error.filename or path)
        words = f"{error.msg}. The file cannot be read as Python"
        line = error.lineno
    return (
        f"{display_path(path)}{f', line {line}' if line else ''}: {words.rstrip('.')}."
    )


def nearest_name(error: BaseException) -> str:
    """Return the name that a missing attribute resembles, as a question, or "".

    >>> try:
    ...     [].apend(1)
    ... except AttributeError as error:
    ...     print(nearest_name(error))
    . Did you mean append?
    """
    if not isinstance(error, AttributeError) or error.name is None:
        return ""
    public = [name for name in dir(error.obj) if not name.startswith("_")]
    near = difflib.get_close_matches(error.name, public, n=1)
    return f". Did you mean {near[0]}?" if near else f"; it has {', '.join(public)}"


def is_lesson_file(filename: str) -> bool:
    """Return whether a file contains a lesson's checks."""
    path = Path(filename)
    return path.name == "checks.py" or path.parent.name == "exercises"


def display_path(path: Path) -> str:
    """Return the path of a lesson's own file, relative to the project's folder."""
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
    """Return the exercises that a lesson's checks define, in their order."""
    exercises = [item for item in vars(module).values() if isinstance(item, Exercise)]
    # Count an exercise once even if it has two names.
    return list(dict.fromkeys(exercises))


def facts_of(module: ModuleType) -> LessonFacts:
    """Return the facts about the whole lesson; the defaults if it declares none.

    Raises:
        BrokenLesson: its LESSON wasn't made by `lesson`.
    """
    facts = getattr(module, "LESSON", LessonFacts())
    if not isinstance(facts, LessonFacts):
        raise BrokenLesson(
            f"{_file(module)}: LESSON is {type(facts).__name__} and not made by "
            'lesson(...); write LESSON = lesson(imports=("numpy",)).'
        )
    return facts


def fixtures_of(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the fixtures that a lesson declares, by name."""
    fixtures = [item for item in vars(module).values() if isinstance(item, Fixture)]
    return {item.function.__name__: item.function for item in fixtures}


def slow_fixtures_of(module: ModuleType) -> frozenset[str]:
    """Return the names of a lesson's slow fixtures."""
    fixtures = (item for item in vars(module).values() if isinstance(item, Fixture))
    return frozenset(item.function.__name__ for item in fixtures if item.is_slow)


def shared_fixtures(checks: Path) -> dict[str, Callable[..., Any]]:
    """Return the fixtures for all lessons: ``fixtures.py`` beside the lessons."""
    path = _lesson_of(checks).parent / "fixtures.py"
    return _fixtures_in(path, path.stat().st_mtime_ns) if path.is_file() else {}


@functools.lru_cache(maxsize=4)
def _fixtures_in(path: Path, changed_ns: int) -> dict[str, Callable[..., Any]]:
    """Return the fixtures of a file, executed once for each version of the file.

    Many gradings share the data that it has read.
    """
    return fixtures_of(load_module(path, "fixtures"))


def _file(module: ModuleType) -> str:
    return display_path(Path(module.__file__ or "checks.py"))


def fault_result(error: Exception) -> Stopped:
    """Return the result for an error of the check itself: it costs no points."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if is_lesson_file(frame.filename)]
    where = (
        f" ({Path(inside[-1].filename).name}, line {inside[-1].lineno})"
        if inside
        else ""
    )
    sentence = (
        f"The grader itself failed in this check{where}: {type(error).__name__}: "
        f"{error}. This costs no points; please tell your instructor."
    )
    trace = "".join(traceback.format_exception(error))
    return Stopped(Outcome.BROKEN, Finding(sentence, trace=trace))
