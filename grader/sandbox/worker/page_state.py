"""page_state: what cells have left behind, and how to go back to it.

A `Snapshot` holds the names of a page, and a record of every object that they lead to:
the bytes of an array, the items of a list, the weights of a network. As long as all
records hold, the names can be put back, as if the cells below had never run. It claims
nothing that it can't see. A cell that uses an object without a record, or that may
change a library or this process, ends the snapshot: the page then runs anew.
"""

from __future__ import annotations

import ast
import builtins
import collections
import operator
import os
import random
import re
import sys
import threading
import types
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox.worker import library_state

_MOST_OBJECTS = 300_000
# Values that never change, and lead to nothing that does.
_CONSTANT = (
    *(bool, int, float, complex, str, bytes, type(None), type(...), range, slice),
    *(
        types.CodeType,
        types.ModuleType,
    ),
    *(types.GetSetDescriptorType, types.MemberDescriptorType, np.ufunc, re.Pattern),
)
# As `rows.append`: such a value leads to the object that it belongs to.
_BOUND = (types.BuiltinFunctionType, types.MethodWrapperType)
_GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
_SEQUENCES = (list, tuple, set, frozenset, collections.deque)
_MAPPINGS = (
    dict,
    collections.defaultdict,
    collections.Counter,
    collections.OrderedDict,
)
# A cell that mentions one of these may change what no record shows.
_FAR_REACHING = frozenset(
    (
        *(
            "builtins",
            "ctypes",
            "delattr",
            "eval",
            "exec",
            "gc",
            "globals",
            "importlib",
        ),
        *("inspect", "io", "locals", "open", "os", "pathlib", "setattr", "shutil"),
        *("signal", "subprocess", "sys", "tempfile", "threading", "vars"),
        *("__builtins__", "__dict__", "__import__", "__main__"),
        *("__setattr__", "__delattr__", "atexit", "basicConfig", "calendar"),
        *("decimal", "locale", "logging", "setcontext", "setfirstweekday"),
        *("seterrcall", "set_dtype_policy", "set_epsilon", "set_floatx"),
        *("set_global_policy", "set_image_data_format", "this"),
    )
)


class Snapshot:
    """What the cells down to some place have left behind.

    Args:
        names: the namespace of the page.
        known: earlier records that still hold.
    """

    def __init__(self, names: dict[str, Any], known: Snapshot | None = None) -> None:
        self._names = dict(names)
        self._records: dict[int, _Record] = {}
        self._generators: list[tuple[Any, Any]] = []
        self._known = known._records if known is not None else {}
        self._namespace = names
        self.is_whole = self._walk()
        del self._known
        self._library = library_state.read()
        self._process = _process_state()

    def still_holds(self, sources: Iterable[str]) -> bool:
        """Return whether the cells with these sources, run since, changed nothing.

        New names, and other values for a name, are no change: `restore` undoes them.
        """
        if not self.is_whole or _process_state() != self._process:
            return False
        return self._leaves_alone(sources) and all(
            record.holds() for record in self._records.values()
        )

    def restore(self) -> None:
        """Put back the names, and the state of random numbers and libraries."""
        self._namespace.clear()
        self._namespace.update(self._names)
        for generator, state in self._generators:
            _set_state(generator, state)
        library_state.restore(self._library)

    def _walk(self) -> bool:
        """Record all objects; return whether there aren't too many."""
        waiting = list(self._names.values())
        while waiting:
            value = waiting.pop()
            if id(value) in self._records or type(value) in _CONSTANT:
                continue
            if value is vars(builtins):
                continue  # see `_process_state`
            if len(self._records) >= _MOST_OBJECTS:
                return False
            if (state := _state_of(value)) is not None:
                self._generators.append((value, state))
            record = self._known.get(id(value))
            self._records[id(value)] = record or _Record(value, self._reader_for(value))
            waiting += self._records[id(value)].parts
        return True

    def _reader_for(self, value: Any) -> _Reader | None:
        """Return a function that reads an object's parts and content, if one can."""
        kind = type(value)
        if kind is np.ndarray:
            return _read_array
        if isinstance(value, np.generic | np.dtype) or kind in _GENERATORS:
            return _read_nothing
        if kind in _SEQUENCES:
            return lambda value: (tuple(value), None)
        if kind in _MAPPINGS:
            return lambda value: ((*value.keys(), *value.values()), None)
        if kind is types.FunctionType:
            is_own = value.__globals__ is self._namespace
            return _read_function if is_own else _read_nothing
        if isinstance(value, type):
            return _read_class if value.__module__ == "__main__" else _read_nothing
        if kind in (staticmethod, classmethod, types.MethodType):
            return lambda value: (
                (value.__func__, getattr(value, "__self__", None)),
                None,
            )
        if kind in _BOUND:
            return lambda value: ((value.__self__,), None)
        if kind is property:
            return lambda value: ((value.fget, value.fset, value.fdel), None)
        if (reader := library_state.reader_for(value)) is not None:
            return reader
        return _read_instance if _has_only_attributes(kind) else None

    def _leaves_alone(self, sources: Iterable[str]) -> bool:
        """Return whether cells can't have changed an object without a record."""
        mentioned: set[str] = set()
        for source in sources:
            if (found := _mentions(source)) is None:
                return False
            mentioned |= found
        waiting, seen = list(mentioned & self._names.keys()), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for record in self._iterate_below(self._names[name]):
                if record.is_opaque:
                    return False
                words = _words_of(record.value)
                mentioned |= words
                waiting += words & self._names.keys()
        return not mentioned & _FAR_REACHING

    def _iterate_below(self, value: Any) -> Iterator[_Record]:
        """Yield the records of all that a value leads to."""
        waiting, seen = [value], set[int]()
        while waiting:
            one = waiting.pop()
            record = self._records.get(id(one))
            if record is not None and id(one) not in seen:
                seen.add(id(one))
                yield record
                waiting += record.parts


_Reader = Callable[[Any], tuple[tuple[Any, ...], Any]]


class _Record:
    """An object, its parts, and what else it contains.

    It keeps the parts, so that no other object can have the same identity.

    Args:
        value: the object.
        read: reads the parts and the content; None if nothing can.
    """

    def __init__(self, value: Any, read: _Reader | None) -> None:
        self.value, self._read = value, read
        nothing: tuple[tuple[Any, ...], Any] = (), None
        self.parts, self._content = read(value) if read else nothing

    @property
    def is_opaque(self) -> bool:
        """Whether it may change without being noticed."""
        return self._read is None

    def holds(self) -> bool:
        """Return whether the object is as it was."""
        if self._read is None:
            return True  # see `_leaves_alone`
        parts, content = self._read(self.value)
        is_same = len(parts) == len(self.parts) and content == self._content
        return is_same and all(map(operator.is_, parts, self.parts))


def _read_nothing(_: Any) -> tuple[tuple[Any, ...], Any]:
    return (), None


def _read_array(array: Any) -> tuple[tuple[Any, ...], Any]:
    layout = array.shape, array.strides, array.dtype.str, array.ctypes.data
    shape = *layout, array.flags.writeable
    if array.dtype.hasobject:
        return tuple(array.flat), shape
    # A view shows the bytes of its base, which has a record of its own.
    if type(array.base) is np.ndarray:
        return (array.base,), shape
    flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    content = zlib.crc32(flat) if flat.size else 0
    return (), (*shape, content)


def _read_function(function: Any) -> tuple[tuple[Any, ...], Any]:
    cells = function.__closure__ or ()
    held = tuple(cell.cell_contents for cell in cells if _is_filled(cell))
    attributes = function.__code__, function.__defaults__, function.__kwdefaults__
    return (*attributes, vars(function), *held), len(cells)


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _read_class(kind: Any) -> tuple[tuple[Any, ...], Any]:
    attributes = {
        name: value
        for name, value in vars(kind).items()
        if name not in ("__dict__", "__weakref__", "__doc__")
    }
    return (*attributes.values(), *kind.__bases__), tuple(attributes)


def _read_instance(value: Any) -> tuple[tuple[Any, ...], Any]:
    return (vars(value), type(value)), None


class _Plain:
    """A class whose instances contain nothing but attributes."""


def _has_only_attributes(kind: type) -> bool:
    """Return whether all that an instance contains is in its attributes."""
    if kind.__module__.partition(".")[0] == "matplotlib":
        return False  # a figure leads to thousands of objects
    return (
        kind.__dictoffset__ != 0
        and all(one is object or not vars(one).get("__slots__") for one in kind.__mro__)
        and "__weakref__" in vars(kind.__mro__[-2])  # as in a class that Python made
        and kind.__basicsize__ == _Plain.__basicsize__  # else it contains more: a list
    )


def _state_of(value: Any) -> Any:
    """Return the state of a generator of random numbers; None for all else."""
    if type(value) is np.random.Generator:
        return value.bit_generator.state
    if type(value) is np.random.RandomState:
        return value.get_state()
    return value.getstate() if type(value) is random.Random else None


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.setstate(state)


def _mentions(source: str) -> set[str] | None:
    """Return the names and attributes in a cell; None if it may change a library."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return set()  # then nothing of it has run
    except (RecursionError, MemoryError):
        return None  # it can't be read, but it may have run
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(name):
                found.add(name)
            case ast.Attribute(value, name, context):
                is_own = isinstance(value, ast.Name) and value.id == "self"
                if not isinstance(context, ast.Load) and not is_own:
                    return None
                found.add(name)
            case ast.Import(aliases) | ast.ImportFrom(_, aliases):
                found.update(part for one in aliases for part in one.name.split("."))
                if isinstance(node, ast.ImportFrom):
                    found.update((node.module or "").split("."))
    return found


def _words_of(value: Any) -> set[str]:
    """Return the names that the code of a function mentions."""
    code = (
        getattr(value, "__code__", None) if type(value) is types.FunctionType else None
    )
    found, waiting = set[str](), [code] if code else []
    while waiting:
        one = waiting.pop()
        found.update(one.co_names)
        waiting += [part for part in one.co_consts if type(part) is types.CodeType]
    return found


def _process_state() -> Any:
    """Return what else a cell may change in this process, as far as Python knows it."""
    return (
        *(
            Path.cwd(),
            dict(os.environ),
            sys.getrecursionlimit(),
            list(warnings.filters),
        ),
        *(id(sys.stdout), id(sys.stderr), id(sys.displayhook), id(sys.excepthook)),
        sorted(one.ident or 0 for one in threading.enumerate()),
        sorted(library_state.files_in(Path.cwd())),
        {name: id(value) for name, value in vars(builtins).items() if name != "_"},
    )
