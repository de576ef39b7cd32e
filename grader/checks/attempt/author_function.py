"""author_function: prepare a function of a lesson's checks, to be called in a worker.

Its compiled code travels with what it uses: modules by name, plain values, and other
functions of its file. The judge only ever sends such code, and receives none.
"""

from __future__ import annotations

import dis
import marshal
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from grader.sandbox import codec


def prepare(function: Callable[[Any], Any]) -> dict[str, Any]:
    """Return what a worker needs to make the function again.

    Args:
        function: a function of the author's, or one that can be imported by its name.

    Raises:
        TypeError: it uses something that can't be sent; the sentence is for the author.
    """
    if not isinstance(function, FunctionType):
        return {"module": function.__module__, "name": function.__qualname__}
    sent: dict[str, Any] = {"name": "", "functions": {}, "modules": {}, "values": {}}
    _add("", function, function.__globals__, sent)
    return sent


def _add(
    name: str, function: FunctionType, names: dict[str, Any], sent: dict[str, Any]
) -> None:
    code = function.__code__
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    defaults = list(function.__defaults__ or ())
    for value in (*cells, *defaults):
        _require_plain(value, function)
    sent["functions"][name] = [marshal.dumps(code), defaults, cells]
    for used in _globals_of(code):
        value = names.get(used)
        if used not in names or used in sent["functions"]:
            continue
        if isinstance(value, ModuleType):
            sent["modules"][used] = value.__name__
        elif isinstance(value, FunctionType) and value.__globals__ is names:
            _add(used, value, names, sent)
        elif callable(value) and hasattr(value, "__qualname__"):
            sent["modules"][used] = f"{value.__module__}:{value.__qualname__}"
        else:
            _require_plain(value, function)
            sent["values"][used] = value


def _globals_of(code: CodeType) -> Iterator[str]:
    """Yield the global names that code uses, and those of functions inside it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_of(constant)


def _require_plain(value: Any, function: FunctionType) -> None:
    try:
        codec.encode(value)
    except codec.CodecError:
        raise TypeError(
            f"via calls {function.__name__} beside the learner's code, and it uses a "
            f"{type(value).__name__}, which can't be sent there. Let it use only its "
            "argument, modules, plain values and functions of its file."
        ) from None
