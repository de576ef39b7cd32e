"""row_advice: one next step where a whole row, or a symbol, stands for one number.

Python computes with numbers, NumPy with arrays, SymPy with formulas; a tuple or a list
is neither. What is said names the row or the symbol that was there.
"""

from __future__ import annotations

import ast
import re

from grader.attempt.failing import ROWS, Failure

# What SymPy calls the types of its formulas, and those of its functions.
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
# Beside a number, and beside an array that has not as many entries.
_SHAPE = r"(unsupported|bad) operand type.*'tuple'|operands could not be broadcast"


def advise_on_a_shape(failure: Failure) -> str:
    """Return what is said of y.shape in the place of one of its lengths, or ""."""
    shape = _find_shape(failure) if re.match(_SHAPE, failure.message) else None
    if shape is None:
        return ""
    name, value = shape
    what = f"{name} is a tuple" if name == value else f"{name} is {value}, a tuple"
    return (
        f"{what}: the lengths along all the axes. Which one do you mean? "
        f"{name}[0] is the first."
    )


def advise_on_operands(failure: Failure) -> str:
    """Return what is said of a row where a number or a formula is needed, or ""."""
    found = next((m for p in _OPERANDS if (m := re.match(p, failure.message))), None)
    if found is None:
        return ""
    types = found.groups()
    if "bool" in types and FORMULAS.intersection(types):
        return (
            "One of the two is True or False, and SymPy does not compute with those. "
            "int(...) makes 1 or 0 of it."
        )
    has_matrix = any(name.endswith("Matrix") for name in types)
    rows = {*ROWS, "sequence"}.intersection(types)
    if has_matrix and not rows and "for /" in failure.message:
        return (
            "SymPy does not divide by a Matrix. Divide entry by entry, a[k] / b[k], "
            "and make a column of the results."
        )
    if not rows:
        return ""
    named = [node for node in _operands(failure) if failure.is_row(node)]
    names = list(dict.fromkeys(node.id for node in named if isinstance(node, ast.Name)))
    kinds = [failure.type_of(node) for node in named or _operands(failure)]
    kind = next((one for one in (*kinds, *rows) if one in rows | {*ROWS}), "sequence")
    subject = _subject(names, kinds) or f"One of the two is a {kind}"
    if has_matrix:
        return _of_a_matrix(failure, subject, kind, names)
    return (
        f"{subject}, and Python does not compute with a {kind} entry by entry. "
        f"{_entry_by_entry(failure, names)}"
    )


def _of_a_matrix(failure: Failure, subject: str, kind: str, names: list[str]) -> str:
    maker = f"{failure.find_module('sympy') or 'sp'}.Matrix"
    of = names[0] if names else "..."
    return f"{subject}, and the other is a Matrix. {maker}({of}) makes a Matrix of it."


def _operands(failure: Failure) -> list[ast.expr]:
    match failure.part:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
    return []


def _find_shape(failure: Failure) -> tuple[str, str] | None:
    """Return the operand that is y.shape or np.shape(y), and that, as code."""
    for node in _operands(failure):
        value: ast.expr | None = node
        if isinstance(node, ast.Name) and failure.type_of(node) == "tuple":
            value = failure.find_value(node.id)
        said = value.func if isinstance(value, ast.Call) else value
        if value and isinstance(said, ast.Attribute) and said.attr == "shape":
            return ast.unparse(node), ast.unparse(value)
    return None


def _subject(names: list[str], kinds: list[str]) -> str:
    """Say of names what they are: "p and y are tuples"."""
    if len(set(kinds)) == 1 and names[1:]:
        return f"{' and '.join(names)} are {kinds[0]}s"
    return f"{names[0]} is a {kinds[0]}" if names else ""


def _entry_by_entry(failure: Failure, names: list[str]) -> str:
    array = failure.find_module("numpy")
    if array and not failure.find_module("sympy"):
        return (
            f"{array}.array({names[0] if names else '...'}) is an array, and arrays do."
        )
    if not names:
        return "Write it for one entry at a time."
    entries = " and ".join(f"{name}[k]" for name in names)
    return f"Write it for one entry, {entries}, with k from range(len({names[0]}))."


def advise_on_an_index(failure: Failure) -> str:
    """Return what is said of an index that is no number, or ""."""
    form = r"(\w+) indices must be integers or slices, not (?:\w+\.)*(\w+)"
    found = re.match(form, failure.message)
    container, kind = found.groups() if found else ("", "")
    if kind in FORMULAS:
        return _of_a_symbol_as_index(failure)
    if kind.startswith("float"):
        return "A place is a whole number. a / b is a float, and a // b a whole number."
    if kind == "str" and container in ROWS:
        return f"Places in a {container} are numbers; words in quotes are for a dict."
    if kind == "tuple":
        return (
            f"A comma in an index is for arrays. A {container} of rows takes one place "
            "at a time, a[0][1]."
        )
    return ""


def _of_a_symbol_as_index(failure: Failure) -> str:
    part = failure.part
    letter = failure.find_symbol(part.slice) if isinstance(part, ast.Subscript) else ""
    if not letter or not isinstance(part, ast.Subscript):
        return ""
    base = ast.unparse(part.value)
    row = base if failure.is_row(part.value) else failure.find_row()
    entry = f"{base}[{letter}]"
    start = f"{letter} is a symbol here, without a number, so {entry} is no entry."
    count = f"Let {letter} count: for {letter} in range(len({row}))."
    return f"{start} {count}" if row else start


def advise_on_a_count(failure: Failure) -> str:
    """Return what is said of a symbol or a float where something counts, or ""."""
    form = r"'(?:\w+\.)*(\w+)' object cannot be interpreted as an integer"
    found = re.match(form, failure.message)
    kind = found[1] if found else ""
    if kind.startswith("float"):
        return "What is counted is whole. a / b is a float, and a // b a whole number."
    letter = failure.find_symbol(failure.part)
    is_formula = kind in FORMULAS or failure.message == f"{letter} is not an integer"
    if not is_formula or not letter:
        return ""
    if isinstance(failure.part, ast.Subscript):
        return _of_a_symbol_as_index(failure)
    start = f"{letter} is a symbol here, without a number to count to."
    row = failure.find_row()
    return f"{start} len({row}) is the number of entries of {row}." if row else start


def advise_on_one_for_a_row(failure: Failure) -> str:
    """Return what is said of one formula where sum needs a row of them, or ""."""
    found = re.match(r"'(?:\w+\.)*(\w+)' object is not iterable", failure.message)
    if found is None or found[1] not in FORMULAS:
        return ""
    inside = ast.walk(failure.part) if failure.part else ()
    for call in (node for node in inside if isinstance(node, ast.Call)):
        one = call.args[0] if call.args else None
        if one is None or ast.unparse(call.func) != "sum":
            continue
        what, kind = ast.unparse(one), failure.type_of(one)
        adds = "sum adds up the entries of a row"
        if kind == found[1]:
            return f"{what} is one expression, and {adds}. Hand it the whole row."
        # A comprehension's name, whose value Python 3.12 and later keep to themselves.
        if call is failure.part and isinstance(one, ast.Name) and not kind:
            return f"Is {what} one expression? Since {adds}, hand it the whole row."
    return ""


def advise_on_a_derivative(failure: Failure) -> str:
    """Return what is said of a derivative by nothing, or ""."""
    if "of differentiation must be supplied" not in failure.message:
        return ""
    name = f"{failure.find_module('sympy') or 'sp'}.diff"
    return f"By which letter? Hand it over last, one entry of a row: {name}(L, p[k])."


def advise_on_a_whole_row(failure: Failure) -> str:
    """Return what is said of a whole row for a function of one formula, or ""."""
    inside = ast.walk(failure.part) if failure.part else ()
    for call in (node for node in inside if isinstance(node, ast.Call)):
        is_derivative = ast.unparse(call.func).endswith((".diff", ".Derivative"))
        for by in filter(failure.is_row, call.args[1:] if is_derivative else ()):
            row, kind = ast.unparse(by), failure.type_of(by)
            return (
                f"{row} is a {kind}, and a derivative is taken by one symbol: by one "
                "entry at a time."
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
