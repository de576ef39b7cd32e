"""habit_advice: one next step for what is right elsewhere: with lists, or in PyTorch.

numpy has most of it under another name. What is said is true of numpy, whatever was
meant.
"""

from __future__ import annotations

import ast
import itertools
import re

import numpy as np

from grader.attempt.failing import Failure, advice_in

# Rows of `advice_in`.
_WORDS = (
    (
        "TypeError",
        r"keyword argument 'dim'",
        "",
        "dim is PyTorch's word: numpy's is axis.",
    ),
    (
        "TypeError",
        r"keyword argument 'keepdim'",
        "",
        "keepdim is PyTorch's word: numpy's is keepdims.",
    ),
    (
        "TypeError",
        r"keyword argument '(?:start|end)_dim'|order must be str, not int",
        r"\.flatten\(",
        "In numpy, flatten makes one row of all entries. reshape makes any shape.",
    ),
    (
        "ValueError",
        r"Type must be a sub-type of ndarray type",
        r"\.view\(",
        "In numpy, view reads the same bytes as another dtype. reshape makes another "
        "shape.",
    ),
    (
        "ValueError",
        r"object of too small depth",
        r"\bbincount\(",
        "The second argument of np.bincount is weights, one for each number that is "
        "counted. minlength is given by its name.",
    ),
    (
        "TypeError",
        r"^'(?:float|int|numpy\.\w+)' object is not iterable",
        r"(?<![.\w])sum\(",
        "sum adds up a whole row. Is what stands in its parentheses a single number?",
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
        "x.dtype says which dtype x has. x.astype(...) makes an array of another one.",
    ),
    (
        "AttributeError",
        r"'numpy.ndarray' object has no attribute 'value_counts'",
        r"",
        "value_counts is pandas' method. np.bincount counts whole numbers in an array.",
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
        'raise takes an exception, and no text: raise ValueError("...").',
    ),
    (
        "AttributeError",
        r"'Figure' object has no attribute '(?:imshow|matshow|set_title)'",
        r"\.(imshow|matshow|set_title)\(",
        "{0} belongs to an Axes. plt.subplots() gives the Figure first, and then its "
        "Axes.",
    ),
)
OF_A_LIST = {
    "count": "np.count_nonzero(x == value) counts in an array.",
    "index": "np.flatnonzero(x == value) finds the places in an array.",
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
# NumPy had these names for Python's own types once.
_PYTHONS_OWN = {"float": "float64", "int": "int64", "bool": "bool_", "str": "str_"}
IN_PLACE = frozenset({"shuffle", "sort", "append", "extend", "insert", "reverse"})


def advise_on_a_habit(failure: Failure) -> str:
    """Return what to do about an exception, or "" when it is none of these."""
    return (
        advice_in(_WORDS, failure.raised)
        or _of_an_array(failure.message)
        or _of_numpy(failure.message)
        or _of_none(failure)
    )


def _of_an_array(message: str) -> str:
    """Return what an array has in the place of something behind a dot."""
    found = re.match(r"'numpy.ndarray' object has no attribute '(\w+)'", message)
    name = found[1] if found else ""
    if name in OF_A_LIST:
        return f"{name} is a list's, and this is an array. {OF_A_LIST[name]}"
    if name in _OF_A_DTYPE:
        return "An array is made one of another dtype by .astype(...)."
    if name in _OF_NUMPY_ALREADY:
        return f"It is an array of numpy already: leave .{name}() out."
    if name and callable(getattr(np, name, None)):
        return f"numpy has it as a function: np.{name}(...)."
    return f"numpy calls it {_IN_NUMPY[name]}." if name in _IN_NUMPY else ""


def _of_numpy(message: str) -> str:
    found = re.match(r"module 'numpy' has no attribute '(\w+)'", message)
    name = found[1] if found else ""
    if name in _PYTHONS_OWN:
        return f"Write {name}, which is Python's own, or np.{_PYTHONS_OWN[name]}."
    return f"numpy calls it {_IN_NUMPY[name]}." if name in _IN_NUMPY else ""


def _of_none(failure: Failure) -> str:
    """Return which call gave a name None, where it is one that works in place."""
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
            # np.sort and np.append return what they make.
            and ast.unparse(call.value) != "np"
        )
        if is_named and is_one:
            text = ast.unparse(call)
            return (
                f"{ast.unparse(target)} is None: {text}(...) works in place, and "
                "returns nothing."
            )
    return ""
