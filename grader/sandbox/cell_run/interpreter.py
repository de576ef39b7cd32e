"""interpreter: run cells in one namespace, as Python runs a file; report exceptions."""

from __future__ import annotations

import ast
import code
import linecache
import re
import sys
import types
from collections.abc import Callable

from grader.course.document.cells import EXERCISE_TAG
from grader.course.document.source import split_bare_lines, split_lines
from grader.sandbox.cell_run.events import (
    MOST_CALLERS,
    Caller,
    CellRaised,
    Event,
    Unwritten,
    Waiting,
)
from grader.sandbox.cell_run.figures import close_figures
from grader.sandbox.library_messages import useful_line

LONGEST_MESSAGE = 400
_TAG = re.compile(EXERCISE_TAG)
_MADE = re.compile(r"^(?:def +|class +)?(\w+)(?= *[=(:])", re.MULTILINE)


class CellInterpreter(code.InteractiveInterpreter):
    """Runs the cells of a page in one namespace, as Python runs a file.

    It reports the exceptions of a cell as events. Only SystemExit reaches the caller.
    """

    def __init__(self, path: str, tell: Callable[[Event], None]) -> None:
        self._module = types.ModuleType("__main__")
        self._module.__dict__["__file__"] = path
        # Dataclasses and pickle look up a class's module here.
        sys.modules["__main__"] = self._module
        super().__init__(self._module.__dict__)
        self._path, self._on_event = path, tell
        self._source: list[str] = []
        self._missing: dict[str, int] = {}
        self._line, self._code = 0, ""
        self._has_raised = self._is_waiting = False
        self.is_stopped = False

    def read(self, text: str) -> None:
        """Set the text of the page, so that its lines can be shown."""
        self._source = split_bare_lines(text)
        lines = split_lines(text)
        linecache.cache[self._path] = (len(text), None, lines, self._path)

    def run(self, line: int, code: str, shows_value: bool = False) -> None:
        """Run one cell and report what it raises.

        Args:
            line: the number of its first line that isn't empty, counted from 1.
            code: its code, preceded by an empty line for each line of the page above.
            shows_value: print the value of its last line, as a notebook does.
        """
        self._line, self._code = line, code
        self._has_raised = self._is_waiting = False
        try:
            parts = _compile(code, self._path, shows_value)
        # ValueError: a NUL byte; RecursionError, MemoryError: too deeply nested.
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._report(error)
            return
        for part in parts:
            if not self._has_raised:
                self.runcode(part)

    @property
    def has_raised(self) -> bool:
        """Whether the last cell ended in an exception."""
        return self._has_raised

    @property
    def names(self) -> dict[str, object]:
        """The namespace of the page."""
        return self._module.__dict__

    @property
    def missing(self) -> dict[str, int]:
        """The names that cells would have assigned, and the line of each cell."""
        return self._missing

    def show_figures(self, show: Callable[[], object]) -> None:
        """Show the cell's figures with a function, and report what that raises.

        A figure may contain what can't be drawn, such as an unterminated formula. A
        cell that waits for an exercise has only begun its figures, so they are closed.
        """
        try:
            (close_figures if self._is_waiting else show)()
        except Exception as error:
            self._report(error)

    def showtraceback(self) -> None:
        """Record the exception of a cell; the interpreter calls this."""
        error = sys.exc_info()[1]
        if isinstance(error, KeyboardInterrupt):
            self.is_stopped = self._has_raised = True
        elif error is not None:
            self._report(error)

    def _report(self, error: BaseException) -> None:
        self._has_raised = True
        event = self._classify(error, _format_message(error))
        self._is_waiting = isinstance(event, Unwritten | Waiting)
        self._on_event(event)
        for name in _find_names(self._code):
            if name not in self._module.__dict__:
                self._missing[name] = self._line

    def _classify(self, error: BaseException, message: str) -> Event:
        raised, *callers = self._locate(error)
        line = raised.line
        # With a tag for its message, as stubs have; a library may raise one, too.
        if isinstance(error, NotImplementedError) and _TAG.fullmatch(message):
            return Unwritten(message, line)
        if isinstance(error, NameError) and error.name in self._missing:
            return Waiting(error.name, self._missing[error.name])
        # Python's message when code computes with the placeholder `...`.
        if "ellipsis" in message.lower() and isinstance(
            error, TypeError | AttributeError
        ):
            return Unwritten("", line)
        return CellRaised(
            type(error).__name__,
            message,
            line,
            raised.source,
            raised.function,
            (*callers[: MOST_CALLERS - 1], *callers[MOST_CALLERS - 1 :][-1:]),
            is_cut=len(callers) > MOST_CALLERS,
        )

    def _locate(self, error: BaseException) -> list[Caller]:
        """Return the page's lines in the traceback, innermost first."""
        if isinstance(error, SyntaxError) and error.filename == self._path:
            return [self._line_at(min(error.lineno or 0, len(self._source)))]
        found, trace = [], error.__traceback__
        while trace is not None:
            made_of = trace.tb_frame.f_code
            if made_of.co_filename == self._path:
                found.append(self._line_at(trace.tb_lineno, made_of.co_name))
            trace = trace.tb_next
        return found[::-1] or [self._line_at(0)]

    def _line_at(self, line: int, name: str = "<module>") -> Caller:
        source = self._source[line - 1].strip() if line else ""
        function = "" if name.startswith("<") else name
        return Caller(line, source, function)


def _compile(source: str, path: str, shows_value: bool) -> list[types.CodeType]:
    """Compile a cell; the last expression separately if its value is shown."""
    # dont_inherit: the `__future__` imports of this module mustn't apply to the cell.
    if not shows_value:
        return [compile(source, path, "exec", dont_inherit=True)]
    tree = ast.parse(source, path)
    is_value = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    shown = [ast.Interactive([tree.body.pop()])] if is_value else []
    parts = [compile(tree, path, "exec", dont_inherit=True)]
    return parts + [compile(one, path, "single", dont_inherit=True) for one in shown]


def _format_message(error: BaseException) -> str:
    try:
        words = error.msg if isinstance(error, SyntaxError) else useful_line(str(error))
    except Exception as another:  # str() of a learner's own class may fail
        words = f"its message cannot be shown: {type(another).__name__}"
    is_long = len(words) > LONGEST_MESSAGE
    return words[:LONGEST_MESSAGE] + " ..." if is_long else words


def _find_names(source: str) -> set[str]:
    """Return the names that a cell would have assigned."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(_MADE.findall(source))
    assigned = {x.id for x in nodes if isinstance(x, ast.Name) and _is_set(x)}
    assigned |= {x.name for x in nodes if isinstance(x, ast.FunctionDef | ast.ClassDef)}
    imported = [x for x in nodes if isinstance(x, ast.Import | ast.ImportFrom)]
    return assigned | {
        (a.asname or a.name).partition(".")[0] for x in imported for a in x.names
    }


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
