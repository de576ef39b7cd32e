"""value_advice: one next step for an exception that the kinds of values explain.

What is looked at is the expression that raised, and what kind of value its names held
when it did. So a sentence says what is there, in whatever lesson; what the learner
meant by it is left to them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import numpy as np

from grader.attempt.bindings import describe_overwritten, describe_overwritten_in
from grader.attempt.failing import ROWS, Failure
from grader.attempt.row_advice import (
    FORMULAS,
    advise_on_a_count,
    advise_on_a_derivative,
    advise_on_a_shape,
    advise_on_a_whole_row,
    advise_on_an_index,
    advise_on_one_for_a_row,
    advise_on_operands,
)

NUMBERS = frozenset({"int", "float", "float64", "float32", "int64"})
CONTAINERS = frozenset({"tuple", "list", "dict", "ndarray"})
OF_A_MATRIX = frozenset({"T", "H", "shape", "transpose", "applyfunc", "det", "inv"})
WRONG_COUNT = re.compile(r"(\w+)\(\) (?:missing|takes) ")
BUILT_IN = frozenset({"sum", "max", "min", "sorted", "len"})


def advise_on_values(failure: Failure) -> str:
    """Return what to do about an exception, or "" when kinds of values do not tell."""
    return next((said for advise in ADVISERS if (said := advise(failure))), "")


def _of_a_call(failure: Failure) -> str:
    """Return what is said of brackets behind something that is no function, or ""."""
    found = re.match(r"'(?:\w+\.)*(\w+)' object is not callable", failure.message)
    if found is None or not isinstance(failure.part, ast.Call):
        return ""
    text = ast.unparse(failure.part.func)
    if said := _of_an_overwritten_name(text, failure):
        return said
    if found[1] in FORMULAS | NUMBERS:
        return f"{text} is no function. Is a * missing before the bracket?"
    if found[1] in CONTAINERS:
        return (
            f"{text} is no function. Its entries stand in square brackets: {text}[0]."
        )
    return ""


def _of_an_overwritten_name(name: str, failure: Failure) -> str:
    """Return which line gives a name that is called another value, or ""."""
    if failure.file is None:
        return ""
    place_of = failure.text.place_of
    for function in failure.functions[-1:]:
        if said := describe_overwritten_in(function, name, failure.file, place_of):
            return said
    return describe_overwritten(name, failure.file, place_of)


_NO_ENTRIES = (
    r"(type '\w+'|'(function|builtin_function_or_method|method|type)' object) "
    r"is not subscriptable"
)


def _of_brackets(failure: Failure) -> str:
    """Return what is said of an entry that is not there, or cannot be set, or ""."""
    part = failure.part
    if not isinstance(part, ast.Subscript):
        return ""
    text = ast.unparse(part.value)
    if re.match(_NO_ENTRIES, failure.message):
        return f"{text} is called with round brackets: {text}(...)."
    if "'tuple' object does not support item assignment" in failure.message:
        return f"A tuple cannot be changed. list({text}) makes a list of it, which can."
    is_inner = isinstance(part.value, ast.Subscript)
    if is_inner and "does not support item assignment" in failure.message:
        return f"{text} is one entry by itself. Write both places in one: [k, i]."
    return ""


def _of_an_attribute(failure: Failure) -> str:
    """Return what is said of something after a dot that is not there, or ""."""
    missing = re.match(
        r"module 'sympy' has no attribute '(\w+)'(?!.*Did you mean)", failure.message
    )
    if missing:
        return f"SymPy has no {missing[1]}. Is it a formula, to be written out?"
    found = re.match(r"'(\w+)' object has no attribute '(\w+)'", failure.message)
    if found is None or not isinstance(failure.part, ast.Attribute):
        return ""
    kind, name = found.groups()
    of = ast.unparse(failure.part.value)
    for module, make, has in (
        ("sympy", "Matrix", name in OF_A_MATRIX),
        ("numpy", "array", hasattr(np.ndarray, name)),
    ):
        if kind in ROWS and has and (alias := failure.find_module(module)):
            return f"{of} is a {kind}. {alias}.{make}({of}) has a .{name}."
    if name in BUILT_IN and (kind in ROWS or kind.endswith("Matrix")):
        return f"Python's own {name} takes it in its brackets: {name}({of})."
    return ""


def _of_a_place(failure: Failure) -> str:
    """Return what is said of a place beyond the end, or ""."""
    part = failure.part
    if "index out of range" not in failure.message or not isinstance(
        part, ast.Subscript
    ):
        return ""
    name = ast.unparse(part.value)
    size = failure.held[name].size if name in failure.held else None
    if size is None:
        return ""
    if "assignment" in failure.message:
        return f"{name} has no such place yet. {name}.append(...) adds one at the end."
    if not size:
        is_list = failure.type_of(part.value) == "list"
        more = f" {name}.append(...) adds one entry at the end." if is_list else ""
        return f"{name} is empty here.{more}"
    many = "1 entry" if size == 1 else f"{size} entries"
    return (
        f"{name} has {many} in this call, counted from 0: the last is "
        f"{name}[{size - 1}]. range(len({name})) counts them, however many there are."
    )


# The message, the line, and what is said of it.
_LOOPS = (
    (
        r"'int' object is not iterable",
        r"\bin\s+len\((\w+)\)",
        "len({0}) is one number. range(len({0})) counts from 0 up to it.",
    ),
    (
        r"(too many|not enough) values to unpack",
        r"\bfor\s+\w+\s*,\s*\w+\s+in\s+(\w+)\s*,\s*(\w+)\s*:",
        "To go through two rows side by side, write zip({0}, {1}).",
    ),
    (
        r"can only concatenate list",
        r"",
        "Between lists, + joins them. .append(...) adds one entry at the end.",
    ),
    (
        r"can only concatenate tuple",
        r"",
        "Between tuples, + joins them. To add entry by entry, begin with a list, [].",
    ),
    (
        r"cannot unpack non-iterable",
        r"\bfor\s+\w+\s*,\s*\w+\s+in\s+(\w+)\s*[\]):]",
        "One entry of {0} is one value. enumerate({0}) gives its number with it.",
    ),
)


def _of_a_loop(failure: Failure) -> str:
    """Return what is said of a loop over what has no such entries, or ""."""
    for message, line, sentence in _LOOPS:
        found = re.search(line, failure.raised.source_line)
        if found and re.match(message, failure.message):
            return sentence.format(*found.groups())
    return ""


def _of_arguments(failure: Failure) -> str:
    """Return what is said of an own function's wrong count of arguments, or ""."""
    found = WRONG_COUNT.match(failure.message)
    head = head_of(found[1], failure.file) if found else ""
    if head and failure.raised.line is None:  # no line of the learner's calls it
        return f"The grader calls it, and it is defined as {head}. See the page."
    return f"It is defined as {head}: hand it these, in this order." if head else ""


def head_of(name: str, file: ast.Module | None) -> str:
    """Return how a function of the file is defined, as mean(values), or ""."""
    # Of two definitions of one name Python keeps the last.
    for node in reversed(file.body) if file else ():
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return f"{name}({ast.unparse(node.args)})"
    return ""


_UNCALLED = frozenset(
    {"function", "method", "builtin_function_or_method", "FunctionClass"}
)


def _of_an_uncalled_function(failure: Failure) -> str:
    """Return which name holds a function where its value is needed, or ""."""
    if not any(f"'{kind}'" in failure.message for kind in _UNCALLED):
        return ""
    inside = list(ast.walk(failure.part)) if failure.part else []
    called = {id(node.func) for node in inside if isinstance(node, ast.Call)}
    for node in inside:
        is_meant = isinstance(node, ast.Name) and id(node) not in called
        if is_meant and failure.type_of(node) in _UNCALLED:
            name = ast.unparse(node)
            return (
                f"{name} is a function that is not called here: is {name}(...) meant?"
            )
    return ""


# The first that knows something is told.
ADVISERS: tuple[Callable[[Failure], str], ...] = (
    advise_on_a_shape,
    advise_on_operands,
    advise_on_an_index,
    advise_on_a_count,
    advise_on_a_whole_row,
    advise_on_one_for_a_row,
    advise_on_a_derivative,
    _of_a_call,
    _of_an_uncalled_function,
    _of_brackets,
    _of_an_attribute,
    _of_a_place,
    _of_a_loop,
    _of_arguments,
)
