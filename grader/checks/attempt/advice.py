"""advice: suggest a next step for exceptions that many learners meet, in any lesson.

Python's message comes first. The advice is true of the line that raised, whatever the
exercise. So each entry looks at the exception, and most also at that line.
"""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

import numpy as np

from grader.checks.attempt.array_advice import OF_KERAS, advise_on_arrays
from grader.checks.attempt.failure import (
    Failure,
    analyse_failure,
    find_advice,
    parse_or_none,
    shown_with,
)
from grader.checks.attempt.name_advice import advise_on_a_local_name, advise_on_a_name
from grader.checks.attempt.syntax_advice import HTML_CODE, advise_on_syntax
from grader.checks.attempt.value_advice import advise_on_values
from grader.course.document.bindings import is_main
from grader.course.document.cells import Document
from grader.sandbox import Raised

if TYPE_CHECKING:
    from grader.sandbox.cell_run.events import CellRaised

# Rows of `find_advice`.
_WORDS = (
    (
        "TypeError",
        r"keyword argument 'dim'",
        "",
        "PyTorch calls it dim, NumPy axis.",
    ),
    (
        "TypeError",
        r"keyword argument 'keepdim'",
        "",
        "PyTorch calls it keepdim, NumPy keepdims.",
    ),
    (
        "TypeError",
        r"keyword argument 'axes'",
        r"\.\w+\(.*\baxes\s*=",
        "NumPy calls it axis.",
    ),
    (
        "TypeError",
        r"keyword argument '(?:start|end)_dim'|order must be str, not int",
        r"\.flatten\(",
        "In NumPy, flatten makes one row of all entries. Use reshape for any other "
        "shape.",
    ),
    (
        "ValueError",
        r"Type must be a sub-type of ndarray type",
        r"\.view\(",
        "In NumPy, view reads the same bytes as a different dtype. Use reshape for a "
        "different shape.",
    ),
    (
        "ValueError",
        r"object of too small depth",
        r"\bbincount\(",
        "The second argument of np.bincount is weights, one for each number counted. "
        "Pass minlength by name.",
    ),
    (
        "TypeError",
        r"^'(?:float|int|numpy\.\w+)' object is not iterable",
        r"(?<![.\w])sum\(",
        "sum adds up a whole row. Is its argument a single number?",
    ),
    (
        "AxisError",
        r"out of bounds for array of dimension 1",
        r"axis",
        "This array has one axis, axis 0. axis=-1 is the last axis of any array.",
    ),
    (
        "TypeError",
        r"DType' object is not callable",
        r"\.dtype\(",
        "x.dtype is the dtype of x. Use x.astype(...) to convert x to another one.",
    ),
    (
        "AttributeError",
        r"'numpy.ndarray' object has no attribute 'value_counts'",
        r"",
        "value_counts is a pandas method. Use np.bincount to count whole numbers in an "
        "array.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        r"\bnot (?!in\b)(\w+)\s*(?::|\bor\b|\band\b|\)|$)",
        "not {0} needs a single True or False. To ask whether an array is empty, write "
        "len({0}) == 0.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        r"\bnp\.ndindex\((\w+)\)",
        "np.ndindex takes a shape: np.ndindex({0}.shape).",
    ),
    (
        "TypeError",
        r"exceptions must derive from BaseException",
        r"\braise\s+f?[\"']",
        'raise needs an exception, not text: raise ValueError("...").',
    ),
    (
        "AttributeError",
        r"'Figure' object has no attribute '(?:imshow|matshow|set_title)'",
        r"\.(imshow|matshow|set_title)\(",
        "{0} is a method of Axes. plt.subplots() returns the Figure first, then its "
        "Axes.",
    ),
)
OF_A_LIST = {
    "count": "np.count_nonzero(x == value) counts in an array.",
    "index": "np.flatnonzero(x == value) finds the indices in an array.",
}
_OF_NUMPY_ALREADY = frozenset({"numpy", "detach", "cpu"})
_OF_A_DTYPE = frozenset({"float", "double", "half", "int", "long", "to", "type"})
_IN_NUMPY = {
    "cat": "concatenate",
    "clamp": "clip",
    "tensor": "array",
    "Tensor": "array",
    "unsqueeze": "expand_dims",
}
# NumPy used to have these names for Python's own types.
_PYTHONS_OWN = {"float": "float64", "int": "int64", "bool": "bool_", "str": "str_"}
IN_PLACE = frozenset({"shuffle", "sort", "append", "extend", "insert", "reverse"})


def advise_on_a_habit(failure: Failure) -> str:
    """Return what to do about an exception, or "" if nothing is known."""
    return (
        find_advice(_WORDS, failure.raised)
        or _advise_on_an_array(failure.message)
        or _advise_on_numpy(failure.message)
        or _advise_on_none(failure)
    )


def _advise_on_an_array(message: str) -> str:
    """Return what an array has instead of a missing attribute."""
    match = re.match(r"'numpy.ndarray' object has no attribute '(\w+)'", message)
    name = match[1] if match else ""
    if name in OF_A_LIST:
        return f"{name} is a list method, and this is an array. {OF_A_LIST[name]}"
    if name in _OF_A_DTYPE:
        return "Use .astype(...) to convert an array to another dtype."
    if name in _OF_NUMPY_ALREADY:
        return f"It's already a NumPy array: leave out .{name}()."
    if name and callable(getattr(np, name, None)):
        return f"In NumPy it's a function: np.{name}(...)."
    return f"NumPy calls it {_IN_NUMPY[name]}." if name in _IN_NUMPY else ""


def _advise_on_numpy(message: str) -> str:
    match = re.match(r"module 'numpy' has no attribute '(\w+)'", message)
    name = match[1] if match else ""
    if name in _PYTHONS_OWN:
        return f"Write {name}, the Python type, or np.{_PYTHONS_OWN[name]}."
    return f"NumPy calls it {_IN_NUMPY[name]}." if name in _IN_NUMPY else ""


def _advise_on_none(failure: Failure) -> str:
    """Return the in-place call that made a name None, or ""."""
    if "NoneType" not in failure.message:
        return ""
    inside = list(ast.walk(failure.part)) if failure.part else []
    used = [n for n in inside if isinstance(n, ast.Name)]
    names = {n.id for n in used if failure.type_of(n) == "NoneType"}
    for node in itertools.chain.from_iterable(map(ast.walk, failure.functions)):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        call, (target, *more) = node.value.func, node.targets
        is_named = isinstance(target, ast.Name) and target.id in names and not more
        is_one = (
            isinstance(call, ast.Attribute)
            and call.attr in IN_PLACE
            # np.sort and np.append return a new array.
            and ast.unparse(call.value) != "np"
        )
        if is_named and is_one:
            text = ast.unparse(call)
            return (
                f"{ast.unparse(target)} is None: {text}(...) works in place and "
                f"returns None."
            )
    return ""


# Rows of `find_advice`. The first that fits is used, so more specific rows are above
# more general ones.
KNOWN = (
    (
        "TypeError",
        r"'ellipsis'",
        r"",
        "A blank (...) hasn't been filled in yet.",
    ),
    (
        "TypeError",
        r'^can only concatenate str \(not "(?:int|float|numpy\.\w+)"\)',
        r"\+",
        "You can't add text and a number. Convert the number to text first: str(...).",
    ),
    (
        "SyntaxError",
        r"null bytes",
        r"",
        "Is the file saved in a different encoding? Save it as UTF-8 in your editor.",
    ),
    (
        "SystemExit",
        r"",
        r"",
        "This ends the whole program. Delete the line.",
    ),
    (
        "TypeError",
        r"'bitwise_xor'|for \^:",
        r"\^",
        "Python writes powers with **. ^ means something else.",
    ),
    (
        "TypeError",
        r"arrays can be converted to Python scalars",
        r"\bmath\.(exp|log|log2|log10|sqrt|tanh|sin|cos)\b",
        "math.{0} takes one number. For an array use np.{0}.",
    ),
    (
        "TypeError",
        r"arrays can be converted to Python scalars",
        r"(?<![.\w])(float|int)\((\w+)\)",
        "{0}() takes one number, and {1} is an array. Is a mean or a sum missing? Or, "
        "to convert each entry: {1}.astype({0}).",
    ),
    (
        "TypeError",
        r"arrays can be converted to Python scalars",
        r"(?<![.\w])(float|int)\(",
        "{0}() takes one number, and this is an array. Is a mean or a sum missing?",
    ),
    (
        "TypeError",
        r"Cannot convert expression to float|which has no callable \w+ method",
        r"\b(?:math|np)\.(exp|log|sqrt)\b",
        "That function takes only numbers. For symbols use sp.{0}.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        r"(?<![.\w])(min|max)\((?:\s*-?[\d.]+(?:e-?\d+)?\s*,"
        r"|(?:[^()]|\([^()]*\))*,\s*-?[\d.]+\s*\))",
        "Python's own {0} compares whole arrays. To compare entry by entry, use "
        "np.{0}imum.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        r"[<>=].*\b(and|or)\b.*[<>=]",
        "{0} works only on single True or False values. For arrays write & for and, "
        "| for or, with parentheses around each comparison.",
    ),
    (
        "TypeError",
        r"'bitwise_(?:and|or)' not supported",
        r"[&|].*(?:[<>]|==|!=)|(?:[<>]|==|!=).*[&|]",
        "& and | bind more tightly than < and >. Put parentheses around each "
        "comparison.",
    ),
    (
        "TypeError",
        r"'bitwise_(?:and|or)' not supported",
        r"[&|]",
        "& and | are for truth values and whole numbers. Use * to multiply entry by "
        "entry.",
    ),
    (
        "TypeError",
        r"^\w+\(\) got an unexpected keyword argument",
        r"^$",  # none of the learner's lines: the grader made the call
        "The grader uses the argument names from the lesson. Keep those names.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        r"(?<![.\w])(min|max)\(",
        "Python's own {0} compares whole rows. For an array use x.{0}().",
    ),
    (
        "TypeError",
        r"interpreted as an integer|converted to a scalar index",
        r"\bnp\.(min|max)\(\s*-?[\d.]+(?:e-?\d+)?\s*,",
        "np.{0} works on one array. To compare two entry by entry, use np.{0}imum.",
    ),
    (
        "AttributeError",
        r"'numpy.ndarray' object has no attribute '(append|extend)'",
        r"\.(append|extend)\(",
        "An array has a fixed size. np.concatenate makes a longer one.",
    ),
    (
        "TypeError",
        r"only integer scalar arrays can be converted to a scalar index"
        r"|takes 1 positional argument but",
        r"\bnp\.(concatenate|stack|vstack|hstack|column_stack)\((?!\s*[\[(])",
        "Give np.{0} its arrays as one list: np.{0}([a, b]).",
    ),
    (
        "TypeError",
        r"cannot determine truth value of Relational",
        r"(?<![.\w])(max|min)\(",
        "Symbols have no size to compare, and {0} needs numbers. A formula can't "
        "overflow: is a shift needed here?",
    ),
    (
        "TypeError",
        r"cannot determine truth value of Relational",
        r"",
        "A symbol has no value yet, so Python can't tell whether this is true. Write "
        "one formula that holds for all values.",
    ),
    (
        "TypeError",
        r"Cannot convert expression to float",
        r"",
        "Python's math functions take only numbers. SymPy has its own, such as sp.exp.",
    ),
    (
        "RecursionError",
        r"maximum recursion depth",
        r"",
        "A function that calls itself needs a case in which it stops.",
    ),
    (
        "TypeError",
        r"must be real number, not (?:list|tuple)",
        r"\bmath\.(\w+)\(",
        "math.{0} takes one number: pass it one entry at a time.",
    ),
    (
        "SyntaxError",
        r"",
        r"\bfor\s+\w+\s*,\s*\w+\s+in\s+(\w+)\s*,\s*(\w+)\s*[\])]",
        "To go through two rows side by side, write zip({0}, {1}).",
    ),
    (
        "NonSquareMatrixError",
        r"Exponentiation",
        r"",
        "SymPy's exp of a Matrix doesn't work entry by entry. Apply it to each entry, "
        "and build a column from the results.",
    ),
    (
        "ShapeError",
        r"\+ \(",
        r"",
        "A + B needs two matrices of the same shape. .T turns a row into a column.",
    ),
    (
        "SyntaxError",
        r"invalid syntax",
        r"^\s*return\b(?:[^\[\](){}]|[\[(][^\[\](){}]*[\])])*\bfor\b.*\bin\b",
        "Put a loop within a line in square brackets: [... for k in ...].",
    ),
    (
        "ShapeError",
        r"\* \(",
        r"",
        "In a product A * B, A needs as many columns as B has rows. Should the two be "
        "swapped?",
    ),
    *OF_KERAS,
)


def advise(raised: Raised, document: Document) -> str:
    """Return what to do about an exception, or "" if nothing is known."""
    failure = analyse_failure(raised, document)
    if raised.type_name == "NameError" and (unrun := _find_unrun(failure)):
        name, place = unrun
        what = (
            "Use the function's arguments; a constant of your own can be set in the "
            "cell of your answer."
            if failure.functions
            else "Move this line there too, or leave it out."
        )
        return (
            f"{name} gets its value {place}, which isn't run when a file is graded. "
            f"{what}"
        )
    if raised.type_name == "NameError":
        if raised.message.startswith(_OF_A_KERNEL):
            return _ONLY_THERE
        # Python reads z &minus; y as z & minus, and y.
        if match := re.search(HTML_CODE, raised.source_line):
            return f"{match[1]} is the HTML code of a character: write that character."
        return advise_on_a_name(failure)
    if raised.type_name == "UnboundLocalError":
        return advise_on_a_local_name(failure)
    # A grading in which nothing is raised doesn't need it.
    from grader.checks.attempt.sandbox_advice import advise_on_the_sandbox

    return (
        _advise_on_a_decimal_comma(failure)
        or advise_on_the_sandbox(failure)
        or find_advice(KNOWN, raised)
        or advise_on_syntax(raised, document)
        or advise_on_values(failure)
        or advise_on_a_habit(failure)
        or advise_on_arrays(failure)
    )


def advise_on_a_cell(event: CellRaised, document: Document) -> str:
    """Return what to do about an exception of a cell of a page that was run, or ""."""
    bases = (event.kind, *_BASES.get(event.kind, ()))
    line = event.line or None
    raised = Raised(event.kind, bases, event.message, line, event.source)
    return advise(raised, document)


# A run reports only the class of an exception.
_BASES = {
    "ModuleNotFoundError": ("ImportError",),
    **dict.fromkeys(
        ("PermissionError", "FileNotFoundError", "URLError", "gaierror"), ("OSError",)
    ),
}


def _advise_on_a_decimal_comma(failure: Failure) -> str:
    """Return a question about a name that got 0,5 in a function that failed, or ""."""
    if failure.raised.type_name not in ("TypeError", "ValueError"):
        return ""
    text = failure.document.text
    for node in itertools.chain.from_iterable(map(ast.walk, failure.functions)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple() as value):
                source = ast.get_source_segment(text, value) or ""
                if re.fullmatch(r"\d+,\d+", source):
                    place = failure.document.place_of(node.lineno)
                    point = source.replace(",", ".")
                    return (
                        f"In {place}, {name} gets a pair of numbers, {source}. Do you "
                        f"mean {point}? Python writes decimals with a point."
                    )
    return ""


_OF_A_KERNEL = "name 'get_ipython' is not defined"
_ONLY_THERE = "get_ipython exists only in a running notebook. Leave this line out."


def _find_unrun(failure: Failure) -> tuple[str, str] | None:
    """Return the unknown name, and where it is set by code that no grading runs."""
    found = re.match(r"name '(\w+)' is not defined", failure.message)
    if found is None or failure.file is None:
        return None
    if any(found[1] in _names_set_in(x) for x in failure.file.body if is_main(x)):
        return found[1], "under if __name__ == '__main__'"
    for cell, tree in shown_with(found[1], failure.document):
        if found[1] in _names_set_in(tree):
            place = failure.document.place_of(cell.first_line)
            return found[1], f"in a cell that only shows something ({place})"
    return None


def _names_set_in(node: ast.AST) -> set[str]:
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def parameters(target: str, source: bytes) -> list[str]:
    """Return the names of a function's positional arguments, or []."""
    tree = parse_or_none(source)
    # If a name is defined twice, Python uses the last definition.
    for node in reversed(tree.body) if tree else ():
        if isinstance(node, ast.FunctionDef) and node.name == target:
            return [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    return []


def has_finished_code_below(raised: Raised, source: bytes) -> bool:
    """Return whether code without blanks is below the line that raised."""
    tree = parse_or_none(source)
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.FunctionDef):
            continue
        lines = [statement.lineno for statement in node.body]
        if raised.line not in lines:
            continue
        below = node.body[lines.index(raised.line) + 1 :]
        blanks = (
            isinstance(part, ast.Constant) and part.value is ...
            for statement in below
            for part in ast.walk(statement)
        )
        return bool(below) and not any(blanks)
    return False
