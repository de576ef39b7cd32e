"""lesson_facts: what a lesson declares in addition to its exercises, and its page."""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
from collections.abc import Callable, Collection, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec

from grader.common.errors import BrokenLesson
from grader.course.document.bindings import assigned_entries, bound_names, statements_of
from grader.course.document.cells import Cell, Document, Heading, read_text
from grader.course.document.source import parse_once


class DeclaredLesson:
    """The lesson whose exercises are being declared, and its page.

    Attributes:
        folder: the folder of the lesson.
        declared: the tags of the exercises so far.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.declared: list[str] = []

    @functools.cached_property
    def path(self) -> Path:
        """The solution or, in a course without solutions, the page."""
        solution = solution_of(self.folder)
        return solution if solution.is_file() else self.folder / "lesson.py"

    @functools.cached_property
    def document(self) -> Document:
        """What is in the file, which is empty if there is none."""
        return Document.from_python(read_text(self.path) if self.path.is_file() else "")


_PAGE = ContextVar[DeclaredLesson | None]("page", default=None)


@contextlib.contextmanager
def page_of(folder: Path) -> Iterator[None]:
    """Let the exercises of a lesson's folder read their headings when declared."""
    token = _PAGE.set(DeclaredLesson(folder))
    try:
        yield
    finally:
        _PAGE.reset(token)


def solution_of(folder: Path) -> Path:
    """Return the path of the solution of the lesson in a folder."""
    return folder.parent.parent / "solutions" / f"{folder.name}.py"


def find_heading(name: str, keys: Collection[Any] = ()) -> Heading:
    """Return the heading of the exercise in whose cell the lesson's page binds a name.

    If several exercises write the same name, each has the first of the cells left that
    contains its keys; or just the first.

    Args:
        name: ``mean``, or ``PREDICT["loss"]``.
        keys: the keys of a dict that the exercise is about.

    Raises:
        BrokenLesson: no cell binds it, or the cell has no heading.
    """
    page = _PAGE.get()
    if page is None:
        raise BrokenLesson(f"the exercise about {name} is outside of a lesson's files")
    path = page.path.relative_to(page.folder.parents[1]).as_posix()
    cells = [cell for cell in page.document.cells if _binds(cell, name)]
    left = [cell for cell in cells if cell.tag not in page.declared]
    if not left:
        other = f" other than that of {cells[0].tag}" if cells else ""
        raise BrokenLesson(
            f"{path} has no cell for {name}{other}; write the cell that the learner "
            'answers in, below # %% id="..."'
        )
    # False comes first, and `min` keeps the order of equals.
    cell = min(left, key=lambda one: not _constants_in(one).issuperset(map(str, keys)))
    page.declared.append(cell.tag)
    if heading := page.document.headings.get(cell.tag):
        return heading
    raise BrokenLesson(
        f"{path}, line {cell.line}: no heading gives {cell.tag} its points; write "
        f"## {cell.tag}  A title  (10 points, about 5 minutes) above the cell"
    )


def _binds(cell: Cell, name: str) -> bool:
    """Return whether an exercise's cell binds a name, or makes an entry of a dict."""
    base, _, key = name.partition("[")
    if not cell.tag or cell.is_text or base not in cell.source:
        return False
    if not (tree := _parse(cell)):
        return True
    bound = set[str]()
    for statement in statements_of(tree.body):
        bound |= bound_names(statement)
        bound |= {place.partition("[")[0] for place, _ in assigned_entries(statement)}
        if isinstance(statement, ast.AnnAssign):  # a page may only declare it
            bound.add(ast.unparse(statement.target))
    return base in bound and (not key or key.strip("]\"'") in _constants_in(cell))


def _constants_in(cell: Cell) -> set[str]:
    nodes = ast.walk(tree) if (tree := _parse(cell)) else ()
    return {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def _parse(cell: Cell) -> ast.Module | None:
    try:
        return parse_once(cell.source)
    except (SyntaxError, ValueError):  # it is reported when the page is executed
        return None


class LessonFacts(msgspec.Struct, frozen=True):
    """The settings of a whole lesson.

    Attributes:
        imports: the libraries that the worker imports before it reads the attempt.
        cpu_s: CPU seconds for one call.
        memory_mb: memory for one attempt.
        trains: whether attempts train with TensorFlow. TensorFlow is then set up for
            that, which makes a worker's first use of a layer slower.
        can_do: what learners can do after the whole lesson, in three lines that
            continue "You can now".
        classifies_drawings: whether its trained network classifies digits that learners
            draw, with `build` and `predict`; a check stores its weights.
    """

    imports: tuple[str, ...] = ("numpy",)
    cpu_s: float = 5.0
    memory_mb: int = 2048
    trains: bool = False
    can_do: tuple[str, ...] = ()
    classifies_drawings: bool = False


class Fixture(msgspec.Struct, frozen=True):
    """A value that checks request by the function's name, made once per grading.

    Attributes:
        function: makes it.
        is_slow: whether to skip it once a check of the exercise has failed.
    """

    function: Callable[..., Any]
    is_slow: bool = False


def fixture(function: Callable[..., Any]) -> Fixture:
    """Declare a value that several checks need, such as a network; `function` makes it.

    The names of its arguments are the values that it needs itself, as for checks. If it
    raises `Stopped`, so do all checks that request it.

    Args:
        function: returns the value; checks ask for it by the function's name.

    Example:
        @fixture
        def images(rng):
            return rng.integers(256, size=(5, 28, 28))
    """
    if inspect.isgeneratorfunction(function):
        raise BrokenLesson(
            f"the fixture {function.__name__} yields; let it return what checks get"
        )
    return Fixture(function)


def slow_fixture(function: Callable[..., Any]) -> Fixture:
    """Declare a value that takes long to make, such as a trained network.

    It isn't made once a check of the exercise has failed. So a mistake that shows
    within a second is reported within a second, and the slow checks are skipped.

    Args:
        function: as for `fixture`.
    """
    return msgspec.structs.replace(fixture(function), is_slow=True)


def lesson(
    imports: tuple[str, ...] = ("numpy",),
    cpu_s: float = 5.0,
    memory_mb: int = 2048,
    trains: bool = False,
    can_do: tuple[str, ...] = (),
    classifies_drawings: bool = False,
) -> LessonFacts:
    """Declare, as ``LESSON``, the settings of the whole lesson.

    Write all of it as literals: it is read without running the file.

    Args:
        imports: the libraries that the attempts need.
        cpu_s: CPU seconds for one call.
        memory_mb: memory for one attempt, in MB.
        trains: whether attempts train with TensorFlow.
        can_do: what learners can do afterwards, in three lines that continue "You can
            now".
        classifies_drawings: whether learners may draw a digit for their network, whose
            weights a check keeps.

    Raises:
        BrokenLesson: an argument is one text instead of a tuple of texts.
    """
    for name, texts in (("imports", imports), ("can_do", can_do)):
        if isinstance(texts, str):  # parentheses without a comma
            raise BrokenLesson(
                f'write {name}=("...",), with a comma: it is a row of texts'
            )
    return LessonFacts(
        tuple(imports), cpu_s, memory_mb, trains, tuple(can_do), classifies_drawings
    )
