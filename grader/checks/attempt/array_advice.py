"""array_advice: suggest a next step for an exception that array shapes explain.

The sentences show the shapes at the time of the exception. What to do about them is a
question: only the learner knows what the entries mean.
"""

from __future__ import annotations

import ast
import math
import re

from grader.checks.attempt.failure import Failure

# Activations that Keras knows by name.
_ACTIVATIONS = (
    r"relu6|leaky_relu|relu|selu|gelu|elu|tanh|(?:log_)?soft(?:ma|pl|si)\w+|"
    r"(?:hard_)?sigm\w+"
)
# Rows of `failure.find_advice`.
OF_KERAS = (
    (
        "ValueError",
        r"^Argument\(s\) not recognized: \{'lr'",
        r"",
        "Keras calls the learning rate learning_rate.",
    ),
    (
        "AttributeError",
        rf"^module 'keras' has no attribute '(?:{_ACTIVATIONS})'",
        rf"\bkeras\.({_ACTIVATIONS})\b",
        'Pass an activation to Keras by its name, as text: "{0}".',
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute 'forward'",
        r"\b(\w+)\.forward\(",
        "Keras models have no forward(): use {0}.predict(x, verbose=0).",
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute "
        r"'(?:parameters|zero_grad|train|eval)'",
        r"\.(parameters|zero_grad|train|eval)\(",
        "PyTorch models have {0}, Keras models don't: pass the optimizer to compile, "
        "and train with fit.",
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute "
        r"'predict_(?:classes|proba)'",
        r"\.(predict_classes|predict_proba)\(",
        "{0} is from an older Keras. Today predict returns the probabilities, and the "
        "largest one in a row is its class.",
    ),
    (
        "TypeError",
        r"\bfit\(\) got an unexpected keyword argument 'nb_epoch'",
        r"",
        "nb_epoch is from Keras 1. Today it's called epochs.",
    ),
)


_MATMUL = r"matmul: |shapes \(.*\) and \(.*\) not aligned"
_BROADCAST = re.compile(
    r"operands could not be broadcast together with shapes \(([\d,]+)\) \(([\d,]+)\)"
)
_NO_INDEX = "arrays used as indices must be of integer (or boolean) type"
_ONE_NUMBER = re.compile(
    r"object of type 'numpy\.\w+' has no len\(\)|invalid index to scalar variable"
    r"|'numpy\.\w+' object is not (?:iterable|subscriptable)"
    r"|'numpy\.\w+' object does not support item assignment"
    r"|object of type '(?:int|float)' has no len\(\)"
)
_NOT_A_PLACE = "only integers, slices (`:`), ellipsis"


def advise_on_arrays(failure: Failure) -> str:
    """Return what to do about an exception, or "" if shapes don't explain it."""
    return (
        _advise_on_a_product(failure)
        or _advise_on_a_broadcast(failure)
        or _advise_on_an_entry_as_place(failure)
        or _advise_on_labels(failure)
        or _advise_on_one_number(failure)
        or _advise_on_a_missing_axis(failure)
        or _advise_on_a_new_shape(failure)
        or _advise_on_a_truth_value(failure)
        or _advise_on_keys(failure)
    )


def _advise_on_a_product(failure: Failure) -> str:
    """Return the shapes in a matrix product if they don't fit, or ""."""
    part = failure.part
    if not re.match(_MATMUL, failure.message):
        return ""
    match part:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            pass
        case ast.Call(args=[left, right]):
            pass
        case _:
            return ""
    first, second = failure.shape_of(left), failure.shape_of(right)
    a, b = ast.unparse(left), ast.unparse(right)
    rule = "In A @ B, A needs as many columns as B has rows."
    if first is None or second is None:
        return f"{rule} Print {a}.shape and {b}.shape: which does not fit?"
    shapes = f"{a} has the shape {first} and {b} has {second}. {rule}"
    return f"{shapes} {_fitting(left, right, first, second)}"


def _fitting(
    left: ast.expr, right: ast.expr, a: tuple[int, ...], b: tuple[int, ...]
) -> str:
    """Ask whether one of the ways to make two matrices fit is meant."""
    if len(a) != 2 or len(b) != 2:
        return "Is one of them a row of numbers, or a single number, by mistake?"
    names = ast.unparse(left), ast.unparse(right)
    turned = _write_transposed(left), _write_transposed(right)
    ways = (
        (a[0] == b[0], f"{turned[0]} @ {names[1]}"),
        (a[1] == b[1], f"{names[0]} @ {turned[1]}"),
        (b[1] == a[0], f"{names[1]} @ {names[0]}"),
        (b[0] == a[0] and a[1] != b[1], f"{turned[1]} @ {names[0]}"),
    )
    fit = [text for is_fitting, text in ways if is_fitting][:2]
    if not fit:
        return "Is one of the two not the array that you mean?"
    return f"{' or '.join(fit)} would fit: do you mean that?"


def _write_transposed(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return ast.unparse(node.value)
    text = ast.unparse(node)
    return f"{text}.T" if isinstance(node, (ast.Name, ast.Subscript)) else f"({text}).T"


def _advise_on_a_broadcast(failure: Failure) -> str:
    """Return why two shapes can't be broadcast, or ""."""
    match = _BROADCAST.match(failure.message)
    if match is None:
        return ""
    a, b = (tuple(int(n) for n in text.split(",") if n) for text in match.groups())
    if (0,) in (a, b) and _is_sum(failure):
        return (
            "One of the two arrays is empty. + and += add entry by entry, and don't "
            "append: collect the pieces in a list, and join them with np.concatenate."
        )
    if len(a) == len(b) == 1:
        is_equation = _is_equation(failure.part)
        alike = "Should both have one entry for each row? " if is_equation else ""
        return (
            f"One has {a[0]} entries and the other {b[0]}. {alike}To combine each "
            "entry of one with each of the other, make one of them a column: "
            "x[:, None]."
        )
    if {len(a), len(b)} == {1, 2}:
        (row,), table = (a, b) if len(a) == 1 else (b, a)
        if row == table[0] and _is_equation(failure.part):
            return (
                f"Each of the {row} rows has {table[1]} numbers on one side, and one "
                "number on the other. Which number of a row do you want to compare? "
                "For the index of its largest, use argmax(axis=1)."
            )
        if row == table[0]:
            return (
                f"NumPy lines up the last axes, so the {row} numbers are matched with "
                f"the {table[1]} columns. Is it one number for each row? Then make it "
                "a column: keepdims=True, or x[:, None]."
            )
    return _ask_about_the_order(failure, a, b) or (
        "NumPy lines up the last axes. Print both shapes: which one isn't what you "
        "expected?"
    )


def _ask_about_the_order(
    failure: Failure, one: tuple[int, ...], other: tuple[int, ...]
) -> str:
    """Return the shapes of A @ B and B @ A if only the second can be used, or ""."""
    inside = list(ast.walk(failure.part)) if failure.part else []
    values = [failure.find_value(n.id) for n in inside if isinstance(n, ast.Name)]
    for node in (*inside, *values):
        match node:
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                pass
            case ast.Call(func=ast.Attribute(attr="dot"), args=[left, right]):
                pass
            case _:
                continue
        match failure.shape_of(left), failure.shape_of(right):
            case (rows, inner), (_, columns) if rows == columns:
                made, swapped = (rows, columns), (inner, inner)
            case _:
                continue
        rest = one if made == other else other
        if made in (one, other) and _fits(swapped, rest):
            a, b = ast.unparse(left), ast.unparse(right)
            return (
                f"{a} @ {b} has the shape {made}, and {b} @ {a} has {swapped}. Which "
                "of the two do you mean?"
            )
    return ""


def _fits(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Return whether two shapes can be broadcast."""
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


def _is_equation(part: ast.expr | None) -> bool:
    """Return whether an expression compares two values with == or !=."""
    ops = part.ops if isinstance(part, ast.Compare) else []
    return len(ops) == 1 and isinstance(ops[0], (ast.Eq, ast.NotEq))


def _is_sum(failure: Failure) -> bool:
    """Return whether the operation on the two arrays was + or +=."""
    part = failure.part
    is_sum = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add)
    return is_sum or "+=" in failure.raised.source_line


def _advise_on_labels(failure: Failure) -> str:
    """Return the advice about an array that can't be an index, or ""."""
    if not failure.message.startswith(_NO_INDEX):
        return ""
    part = failure.part
    places = ast.walk(part.slice) if isinstance(part, ast.Subscript) else ()
    arrays = [n.id for n in places if isinstance(n, ast.Name) and failure.shape_of(n)]
    table = [a for a in arrays if len(failure.held[a].shape or ()) == 2]
    if not table:
        return (
            "An index has to be a whole number. Convert the class numbers with "
            "x.astype(int)."
        )
    y = table[0]
    return (
        f"{y} has the shape {failure.held[y].shape}. Are these one-hot rows? They "
        "can't be an index: multiply by them, or use the class numbers, "
        f"{y}.argmax(axis=1)."
    )


def _advise_on_an_entry_as_place(failure: Failure) -> str:
    """Return the advice about `for i in z` if i is used as an index, or ""."""
    part = failure.part
    is_about_places = failure.message.startswith((_NOT_A_PLACE, _NO_INDEX))
    is_about_places |= "is out of bounds for axis" in failure.message
    if not is_about_places or not isinstance(part, ast.Subscript):
        return ""
    used = {n.id for n in ast.walk(part.slice) if isinstance(n, ast.Name)}
    for function in failure.functions[-1:]:
        for loop in ast.walk(function):
            if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
                continue
            name, over = loop.target.id, loop.iter
            if name in used and isinstance(over, ast.Name) and failure.shape_of(over):
                row = over.id
                return (
                    f"for {name} in {row} goes through the entries of {row}, not their "
                    f"indices. range(len({row})) gives the indices of the rows, "
                    f"np.ndindex({row}.shape) those of all entries."
                )
    return ""


def _advise_on_one_number(failure: Failure) -> str:
    """Return the advice about an indexed part that is a single number, or ""."""
    if not _ONE_NUMBER.match(failure.message) or failure.part is None:
        return ""
    for node in ast.walk(failure.part):
        if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice):
            continue
        shape = failure.shape_of(node.value)
        if shape is not None and len(shape) == 1:
            text, whole = ast.unparse(node), ast.unparse(node.value)
            return (
                f"{whole} has the shape {shape} in this call, so {text} is a single "
                "number. To handle any number of axes, loop over "
                f"np.ndindex({whole}.shape)."
            )
    return ""


def _advise_on_a_missing_axis(failure: Failure) -> str:
    """Return which axis of x.shape[k] an array doesn't have, or ""."""
    if failure.message != "tuple index out of range":
        return ""
    for node in ast.walk(failure.part) if failure.part else ():
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=array, attr="shape"),
                slice=ast.Constant(value=int(axis)),
            ) if (shape := failure.shape_of(array)) is not None and axis >= len(shape):
                name = ast.unparse(array)
                last = f" The last axis is {name}.shape[-1] long." if shape else ""
                return (
                    f"{name} has the shape {shape} in this call, so it has no axis "
                    f"{axis}. To handle any number of axes, loop over "
                    f"np.ndindex({name}.shape).{last}"
                )
    return ""


def _advise_on_a_new_shape(failure: Failure) -> str:
    """Return why an array can't have a shape, or ""."""
    match = re.match(
        r"cannot reshape array of size (\d+) into shape \(([\d,]+)\)", failure.message
    )
    if match is None:
        return ""
    lengths = [int(length) for length in match[2].split(",") if length]
    product = " * ".join(map(str, lengths))
    many = f"{product} = {math.prod(lengths)}" if lengths[1:] else product
    return (
        f"The lengths you gave make {many}, but the array has {match[1]} entries. One "
        "length may be -1: NumPy works it out."
    )


def _advise_on_a_truth_value(failure: Failure) -> str:
    """Return which name had an array as its value where an if needs a bool, or ""."""
    if "truth value of an array" not in failure.message:
        return ""
    nodes = list(ast.walk(failure.part)) if failure.part else []
    for node in nodes:
        match node:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]) if (
                failure.shape_of(left) or failure.shape_of(right)
            ):
                sides = f"{ast.unparse(left)}, {ast.unparse(right)}"
                return (
                    "== compares arrays entry by entry, and gives an array. For one "
                    f"answer, write np.allclose({sides}): it also allows for rounding."
                )
    for node in nodes:
        shape = failure.shape_of(node)
        if isinstance(node, ast.Name) and shape is not None:
            return (
                f"{node.id} has the shape {shape} here. If you want one number: np.sum "
                "adds up all entries, while Python's sum adds only along the first "
                f"axis."
            )
    return ""


def _advise_on_keys(failure: Failure) -> str:
    """Return the advice about a dict that is unpacked like a list, or ""."""
    inside = list(ast.walk(failure.part)) if failure.part else []
    texts = {
        n.id for n in inside if isinstance(n, ast.Name) and failure.type_of(n) == "str"
    }
    for function in failure.functions[-1:]:
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=[ast.Tuple() as target], value=ast.Name() as d):
                    names = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
                    if failure.type_of(d) == "dict" and (found := names & texts):
                        key = min(found)
                        return (
                            f"{key} is text here: unpacking the dict {d.id} gives "
                            f'its keys. Write {d.id}["{key}"], or unpack '
                            f"{d.id}.values()."
                        )
    return ""
