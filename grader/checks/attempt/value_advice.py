"""value_advice: suggest a next step for an exception that types of values explain.

It looks at the expression that raised, and at the types that its names had at the time.
So a sentence says what happened, in whatever lesson; it leaves to the learner what they
meant.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import numpy as np

from grader.checks.attempt.failure import ROWS, Failure
from grader.course.document.bindings import (
    describe_overwritten,
    describe_overwritten_in,
)

# SymPy's types of formulas, and below, of functions.
FORMULAS = frozenset(
    {
        *("Symbol", "Dummy", "Indexed", "KroneckerDelta", "Derivative", "Sum"),
        *("Add", "Mul", "Pow", "log", "exp", "sigma"),
        *("Integer", "Rational", "Float", "Half", "One", "Zero", "NegativeOne"),
    }
)
FUNCTIONS = frozenset({"FunctionClass", "ExpMeta", "UndefinedFunction"})

_OPERANDS = (
    r"bad operand type for unary \S+: '(\w+)'",
    r"unsupported operand type\(s\) for \S+(?: or \w+\(\))?: '(\w+)' and '(\w+)'",
    r"can't multiply (sequence) by non-int of type '(\w+)'",
)
# Operators on a tuple and a number, or a tuple and an array of another length.
_SHAPE = r"(unsupported|bad) operand type.*'tuple'|operands could not be broadcast"


def advise_on_a_shape(failure: Failure) -> str:
    """Return the advice about y.shape instead of one of its lengths, or ""."""
    shape = _find_shape(failure) if re.match(_SHAPE, failure.message) else None
    if shape is None:
        return ""
    name, value = shape
    what = f"{name} is a tuple" if name == value else f"{name} is {value}, a tuple"
    return (
        f"{what}: the lengths of all the axes. Which one do you mean? {name}[0] is the "
        f"first."
    )


def advise_on_operands(failure: Failure) -> str:
    """Return the advice about a row where a number or a formula is needed, or ""."""
    match = next((m for p in _OPERANDS if (m := re.match(p, failure.message))), None)
    if match is None:
        return ""
    types = match.groups()
    if "bool" in types and FORMULAS.intersection(types):
        return (
            "One of the two is True or False, which SymPy can't compute with. int(...) "
            "converts it to 1 or 0."
        )
    has_matrix = any(name.endswith("Matrix") for name in types)
    rows = {*ROWS, "sequence"}.intersection(types)
    if has_matrix and not rows and "for /" in failure.message:
        return (
            "SymPy can't divide by a Matrix. Divide entry by entry, a[k] / b[k], and "
            "build a column from the results."
        )
    if not rows:
        return ""
    row_nodes = [node for node in _operands(failure) if failure.is_row(node)]
    names = list(
        dict.fromkeys(node.id for node in row_nodes if isinstance(node, ast.Name))
    )
    kinds = [failure.type_of(node) for node in row_nodes or _operands(failure)]
    kind = next((one for one in (*kinds, *rows) if one in rows | {*ROWS}), "sequence")
    subject = _subject(names, kinds) or f"One of the two is a {kind}"
    if has_matrix:
        return _advise_on_a_matrix(failure, subject, kind, names)
    return (
        f"{subject}, and Python doesn't do arithmetic on a {kind} entry by entry. "
        f"{_entry_by_entry(failure, names)}"
    )


def _advise_on_a_matrix(
    failure: Failure, subject: str, kind: str, names: list[str]
) -> str:
    maker = f"{failure.find_module('sympy') or 'sp'}.Matrix"
    of = names[0] if names else "..."
    return (
        f"{subject}, and the other is a Matrix. {maker}({of}) converts it to a Matrix."
    )


def _operands(failure: Failure) -> list[ast.expr]:
    match failure.part:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
    return []


def _find_shape(failure: Failure) -> tuple[str, str] | None:
    """Return the operand whose value is a shape, and its source, such as y.shape."""
    for node in _operands(failure):
        value: ast.expr | None = node
        if isinstance(node, ast.Name) and failure.type_of(node) == "tuple":
            value = failure.find_value(node.id)
        function = value.func if isinstance(value, ast.Call) else value
        if value and isinstance(function, ast.Attribute) and function.attr == "shape":
            return ast.unparse(node), ast.unparse(value)
    return None


def _subject(names: list[str], kinds: list[str]) -> str:
    """Return a clause that names the type: "p and y are tuples"."""
    if len(set(kinds)) == 1 and names[1:]:
        return f"{' and '.join(names)} are {kinds[0]}s"
    return f"{names[0]} is a {kinds[0]}" if names else ""


def _entry_by_entry(failure: Failure, names: list[str]) -> str:
    array = failure.find_module("numpy")
    if array and not failure.find_module("sympy"):
        return (
            f"{array}.array({names[0] if names else '...'}) makes an array, and arrays "
            f"do."
        )
    if not names:
        return "Write it for one entry at a time."
    entries = " and ".join(f"{name}[k]" for name in names)
    return f"Write it for one entry, {entries}, with k from range(len({names[0]}))."


def advise_on_an_index(failure: Failure) -> str:
    """Return the advice about an index that isn't a number, or ""."""
    form = r"(\w+) indices must be integers or slices, not (?:\w+\.)*(\w+)"
    match = re.match(form, failure.message)
    container, kind = match.groups() if match else ("", "")
    if kind in FORMULAS:
        return _advise_on_a_symbol_as_index(failure)
    if kind.startswith("float"):
        return "An index is a whole number. a / b is a float; a // b is a whole number."
    if kind == "str" and container in ROWS:
        return f"The index of a {container} is a number; keys in quotes are for a dict."
    if kind == "tuple":
        return (
            f"Only arrays take a comma in an index. A {container} of rows takes one "
            f"index at a time, a[0][1]."
        )
    return ""


def _advise_on_a_symbol_as_index(failure: Failure) -> str:
    part = failure.part
    letter = failure.find_symbol(part.slice) if isinstance(part, ast.Subscript) else ""
    if not letter or not isinstance(part, ast.Subscript):
        return ""
    base = ast.unparse(part.value)
    row = base if failure.is_row(part.value) else failure.find_row()
    entry = f"{base}[{letter}]"
    start = f"{letter} is a symbol here and has no value, so {entry} doesn't exist."
    count = f"Loop over it: for {letter} in range(len({row}))."
    return f"{start} {count}" if row else start


def advise_on_a_count(failure: Failure) -> str:
    """Return the advice about a symbol or a float where an integer is needed, or ""."""
    form = r"'(?:\w+\.)*(\w+)' object cannot be interpreted as an integer"
    match = re.match(form, failure.message)
    kind = match[1] if match else ""
    if kind.startswith("float"):
        return "A count is a whole number. a / b is a float; a // b is a whole number."
    letter = failure.find_symbol(failure.part)
    is_formula = kind in FORMULAS or failure.message == f"{letter} is not an integer"
    if not is_formula or not letter:
        return ""
    if isinstance(failure.part, ast.Subscript):
        return _advise_on_a_symbol_as_index(failure)
    start = f"{letter} is a symbol here and has no value to count to."
    row = failure.find_row()
    return f"{start} len({row}) is the number of entries of {row}." if row else start


def advise_on_one_for_a_row(failure: Failure) -> str:
    """Return the advice about one formula where sum needs a row of them, or ""."""
    match = re.match(r"'(?:\w+\.)*(\w+)' object is not iterable", failure.message)
    if match is None or match[1] not in FORMULAS:
        return ""
    inside = ast.walk(failure.part) if failure.part else ()
    for call in (node for node in inside if isinstance(node, ast.Call)):
        argument = call.args[0] if call.args else None
        if argument is None or ast.unparse(call.func) != "sum":
            continue
        what, kind = ast.unparse(argument), failure.type_of(argument)
        adds = "sum adds up the entries of a row"
        if kind == match[1]:
            return f"{what} is a single expression, but {adds}. Pass it the whole row."
        # A comprehension's variable, whose value isn't known from Python 3.12 on.
        if call is failure.part and isinstance(argument, ast.Name) and not kind:
            return f"Is {what} one expression? Since {adds}, pass it the whole row."
    return ""


def advise_on_a_derivative(failure: Failure) -> str:
    """Return the advice about a derivative without a variable, or ""."""
    if "of differentiation must be supplied" not in failure.message:
        return ""
    name = f"{failure.find_module('sympy') or 'sp'}.diff"
    return (
        f"With respect to what? Pass it last, as one entry of a row: {name}(L, p[k])."
    )


def advise_on_a_whole_row(failure: Failure) -> str:
    """Return the advice about a whole row for a function of one formula, or ""."""
    inside = ast.walk(failure.part) if failure.part else ()
    for call in (node for node in inside if isinstance(node, ast.Call)):
        is_derivative = ast.unparse(call.func).endswith((".diff", ".Derivative"))
        for by in filter(failure.is_row, call.args[1:] if is_derivative else ()):
            row, kind = ast.unparse(by), failure.type_of(by)
            return (
                f"{row} is a {kind}, and a derivative is with respect to one symbol: "
                f"use one entry at a time."
            )
        if failure.type_of(call.func) not in FUNCTIONS:
            continue
        for given in filter(failure.is_row, call.args):
            name, row = ast.unparse(call.func), ast.unparse(given)
            kind, entry = failure.type_of(given), f"{name}({row}[k])"
            return (
                f"{row} is a {kind}, and {name} takes one expression. "
                f"Write it for one entry, {entry}, with k from range(len({row}))."
            )
    return ""


NUMBERS = frozenset({"int", "float", "float64", "float32", "int64"})
CONTAINERS = frozenset({"tuple", "list", "dict", "ndarray"})
OF_A_MATRIX = frozenset({"T", "H", "shape", "transpose", "applyfunc", "det", "inv"})
WRONG_COUNT = re.compile(r"(\w+)\(\) (?:missing|takes) ")
BUILT_IN = frozenset({"sum", "max", "min", "sorted", "len"})


def advise_on_values(failure: Failure) -> str:
    """Return what to do about an exception, or "" if types don't explain it."""
    return next((advice for advise in ADVISERS if (advice := advise(failure))), "")


def _advise_on_a_call(failure: Failure) -> str:
    """Return the advice about a call of something that isn't a function, or ""."""
    match = re.match(r"'(?:\w+\.)*(\w+)' object is not callable", failure.message)
    if match is None or not isinstance(failure.part, ast.Call):
        return ""
    text = ast.unparse(failure.part.func)
    if advice := _advise_on_an_overwritten_name(text, failure):
        return advice
    if match[1] in FORMULAS | NUMBERS:
        return f"{text} isn't a function. Is a * missing before the parenthesis?"
    if match[1] in CONTAINERS:
        return (
            f"{text} isn't a function. Its entries are in square brackets: {text}[0]."
        )
    return ""


def _advise_on_an_overwritten_name(name: str, failure: Failure) -> str:
    """Return the line that rebinds the name of a function that is called, or ""."""
    if failure.file is None:
        return ""
    place_of = failure.document.place_of
    for function in failure.functions[-1:]:
        if advice := describe_overwritten_in(function, name, failure.file, place_of):
            return advice
    return describe_overwritten(name, failure.file, place_of)


_NO_ENTRIES = (
    r"(type '\w+'|'(function|builtin_function_or_method|method|type)' object) "
    r"is not subscriptable"
)


def _advise_on_brackets(failure: Failure) -> str:
    """Return the advice about an entry that doesn't exist, or can't be set, or ""."""
    part = failure.part
    if not isinstance(part, ast.Subscript):
        return ""
    text = ast.unparse(part.value)
    if re.match(_NO_ENTRIES, failure.message):
        return f"Call {text} with parentheses: {text}(...)."
    if "'tuple' object does not support item assignment" in failure.message:
        return f"A tuple can't be changed. list({text}) makes a list, which can."
    is_inner = isinstance(part.value, ast.Subscript)
    if is_inner and "does not support item assignment" in failure.message:
        return (
            f"{text} is a single entry. Write both indices in one pair of brackets: "
            f"[k, i]."
        )
    return ""


def _advise_on_an_attribute(failure: Failure) -> str:
    """Return the advice about an attribute that doesn't exist, or ""."""
    missing = re.match(
        r"module 'sympy' has no attribute '(\w+)'(?!.*Did you mean)", failure.message
    )
    if missing:
        return f"SymPy has no {missing[1]}. Do you have to write out the formula?"
    match = re.match(r"'(\w+)' object has no attribute '(\w+)'", failure.message)
    if match is None or not isinstance(failure.part, ast.Attribute):
        return ""
    kind, name = match.groups()
    of = ast.unparse(failure.part.value)
    for module, make, has in (
        ("sympy", "Matrix", name in OF_A_MATRIX),
        ("numpy", "array", hasattr(np.ndarray, name)),
    ):
        if kind in ROWS and has and (alias := failure.find_module(module)):
            return f"{of} is a {kind}. {alias}.{make}({of}) has a .{name}."
    if name in BUILT_IN and (kind in ROWS or kind.endswith("Matrix")):
        return f"In Python {name} is a function: {name}({of})."
    return ""


def _advise_on_a_place(failure: Failure) -> str:
    """Return the advice about an index beyond the end, or ""."""
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
        return (
            f"{name} has no such index yet. {name}.append(...) adds an entry at the "
            f"end."
        )
    if not size:
        is_list = failure.type_of(part.value) == "list"
        more = f" {name}.append(...) adds one entry at the end." if is_list else ""
        return f"{name} is empty here.{more}"
    many = "1 entry" if size == 1 else f"{size} entries"
    return (
        f"{name} has {many} in this call, counted from 0: the last is "
        f"{name}[{size - 1}]. range(len({name})) gives all the indices, however many "
        f"there are."
    )


# Patterns for the message and the line, and the advice.
_LOOPS = (
    (
        r"'int' object is not iterable",
        r"\bin\s+len\((\w+)\)",
        "len({0}) is a single number. Loop over range(len({0})).",
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
        "Between tuples, + joins them. To add entry by entry, start with a list, [].",
    ),
    (
        r"cannot unpack non-iterable",
        r"\bfor\s+\w+\s*,\s*\w+\s+in\s+(\w+)\s*[\]):]",
        "Each entry of {0} is a single value. Use enumerate({0}) to get its index as "
        "well.",
    ),
)


def _advise_on_a_loop(failure: Failure) -> str:
    """Return the advice about a loop over a value without such entries, or ""."""
    for message, line, sentence in _LOOPS:
        match = re.search(line, failure.raised.source_line)
        if match and re.match(message, failure.message):
            return sentence.format(*match.groups())
    return ""


def _advise_on_arguments(failure: Failure) -> str:
    """Return the advice about too many or too few arguments for a function, or ""."""
    match = WRONG_COUNT.match(failure.message)
    head = signature_of(match[1], failure.file) if match else ""
    if head and failure.raised.line is None:  # none of the learner's lines calls it
        return f"The grader calls it, and you define it as {head}. Compare the lesson."
    return (
        f"It's defined as {head}: pass these arguments, in this order." if head else ""
    )


def signature_of(name: str, file: ast.Module | None) -> str:
    """Return the signature of a function of the file, as mean(values), or ""."""
    # If a name is defined twice, Python uses the last definition.
    for node in reversed(file.body) if file else ():
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return f"{name}({ast.unparse(node.args)})"
    return ""


_UNCALLED = frozenset(
    {"function", "method", "builtin_function_or_method", "FunctionClass"}
)


def _advise_on_an_uncalled_function(failure: Failure) -> str:
    """Return which name is a function where its value is needed, or ""."""
    if not any(f"'{kind}'" in failure.message for kind in _UNCALLED):
        return ""
    inside = list(ast.walk(failure.part)) if failure.part else []
    called = {id(node.func) for node in inside if isinstance(node, ast.Call)}
    for node in inside:
        is_uncalled_name = isinstance(node, ast.Name) and id(node) not in called
        if is_uncalled_name and failure.type_of(node) in _UNCALLED:
            name = ast.unparse(node)
            return (
                f"{name} is a function that isn't called here. Do you mean {name}(...)?"
            )
    return ""


# The first one that has advice is used.
ADVISERS: tuple[Callable[[Failure], str], ...] = (
    advise_on_a_shape,
    advise_on_operands,
    advise_on_an_index,
    advise_on_a_count,
    advise_on_a_whole_row,
    advise_on_one_for_a_row,
    advise_on_a_derivative,
    _advise_on_a_call,
    _advise_on_an_uncalled_function,
    _advise_on_brackets,
    _advise_on_an_attribute,
    _advise_on_a_place,
    _advise_on_a_loop,
    _advise_on_arguments,
)
