"""name_advice: one next step for a name that has no value."""

from __future__ import annotations

import ast
import re

import numpy as np

from grader.sandbox import Raised

_DTYPE = r"u?int(8|16|32|64)|float(16|32|64)|complex(64|128)"
OF_SYMPY = frozenset(
    {
        *("Matrix", "diag", "eye", "zeros", "ones", "diff", "Derivative", "simplify"),
        *("Symbol", "symbols", "Sum", "Rational", "sqrt", "log", "exp"),
    }
)
MODULES = {
    "np": "numpy as np",
    "numpy": "numpy",
    "sp": "sympy as sp",
    "plt": "matplotlib.pyplot as plt",
    "tf": "tensorflow as tf",
    "keras": "keras",
    "math": "math",
    "random": "random",
}
ELSEWHERE = frozenset({"torch", "jax", "jnp", "pd", "pandas", "scipy", "sklearn"})
OF_PYTORCH = frozenset({"F", "nn"})


def advise_on_a_name(raised: Raised, file: ast.Module | None) -> str:
    """Return what to do about a NameError, or "" when nothing can be said."""
    found = re.match(
        r"name '(\w+)' is not defined(?:\. Did you.*'(\w+)')?", raised.message
    )
    if found is None:
        return ""
    name, near = found[1], found[2] or ""
    return (
        # From what the word alone tells, to what the whole file does not have.
        _of_the_word(name, raised.source_line)
        or _of_a_module(name, raised.source_line, file)
        or _of_its_letters(name, near)
        or _of_what_it_spells(name, file)
        or _of_an_import(name, file)
        or _of_the_file(name, near, raised, file)
    )


def _of_the_word(name: str, line: str) -> str:
    """Return what to write in place of a bare word that Python does not know."""
    if name.capitalize() in ("True", "False", "None"):
        return f"Python writes {name.capitalize()} with a capital letter."
    if re.fullmatch(_DTYPE, name):
        return f'Write it in quotes, "{name}", or as np.{name}.'
    if name == "ln":
        return "SymPy and NumPy call the natural logarithm log."
    if name == "e" and re.search(r"\be\s*\*\*", line):
        return "e to the power of x is written exp(x)."
    # An entry of a dict, or a value at the top of the file, that is this word alone.
    alone = rf"(^\s*[A-Z_]+|[\"']\]?)\s*[:=]\s*{name}\s*([,}}#]|$)"
    if re.search(alone, line):
        return f'If {name} is your answer, and no variable, put it in quotes: "{name}".'
    return ""


def _of_a_module(name: str, line: str, file: ast.Module | None) -> str:
    """Return what to do about a module that the file does not import."""
    if file is not None and name in _bound(file):
        return ""
    used = re.search(rf"\b{name}\.(\w+)", line)
    if name in ELSEWHERE or (used and name in OF_PYTORCH):
        what = "a part of PyTorch" if name in OF_PYTORCH else "a library of its own"
        return (
            f"{name} is {what}, and the course does without it: what a page needs is "
            "imported at its top."
        )
    if name not in MODULES:
        return ""
    start = f"{name} is a module, and the file does not import it."
    if used and used[1] in _given(file):
        return f"{start} The file has {used[1]} without it: write {used[1]} alone."
    return f"{start} Is a line missing at the top, import {MODULES[name]}?"


def _of_its_letters(name: str, near: str) -> str:
    if near and near != name and near.lower() == name.lower():
        return "Python tells capital letters from small ones."
    return ""


def _of_what_it_spells(name: str, file: ast.Module | None) -> str:
    """Return what a name with an index in it may stand for: y[k] for y_k."""
    base, _, letters = name.partition("_")
    inside = ast.walk(file) if file else ()
    arguments = {node.arg for node in inside if isinstance(node, ast.arg)}
    if base in arguments and len(letters) == 1:
        return f"Is {base}[{letters}] meant?"
    if base == "delta" and base in _given(file) and letters:
        return f"Is {base}({', '.join(letters)}) meant?"
    return ""


def _of_an_import(name: str, file: ast.Module | None) -> str:
    """Return where an imported module has the name: np.mean for mean."""
    for node in file.body if file else ():
        for alias in node.names if isinstance(node, ast.Import) else ():
            own = OF_SYMPY if alias.name == "sympy" else ()
            if name in own or (alias.name == "numpy" and hasattr(np, name)):
                return f"Is {alias.asname or alias.name}.{name} meant?"
    return ""


def _of_the_file(name: str, near: str, raised: Raised, file: ast.Module | None) -> str:
    """Return where else the file has the name, or what the function has instead."""
    if near or file is None or _is_open(file, name):
        return ""
    if name in _running(file):
        return f"{name} has a value only inside of the brackets in which it runs."
    for function in (n for n in ast.walk(file) if isinstance(n, ast.FunctionDef)):
        if name in _bound(function):
            where = function.name
            return f"{name} gets its value inside {where}, and is known there alone."
    if name in _bound(file):
        return ""
    own = [held.name for held in raised.names if held.name.isidentifier()]
    meant = f", such as {' or '.join(own)}" if own else ""
    return (
        f"Nothing in your file gives {name} a value. Is a line {name} = ... missing, "
        f"or another name meant{meant}?"
    )


def _given(file: ast.Module | None) -> set[str]:
    """Return the names that statements at the left margin give a value."""
    statements = file.body if file else []
    assigned = [n for n in statements if isinstance(n, ast.Assign)]
    return {
        target.id
        for n in assigned
        for target in n.targets
        if isinstance(target, ast.Name)
    }


def _is_open(file: ast.Module, name: str) -> bool:
    """Return whether the name may come unseen: from a star, or by a global."""
    return any(
        (isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names))
        or (isinstance(node, ast.Global) and name in node.names)
        for node in ast.walk(file)
    )


def _running(file: ast.Module) -> set[str]:
    """Return the names that only comprehensions and lambdas give a value."""
    inside = list(ast.walk(file))
    targets = [n.target for n in inside if isinstance(n, ast.comprehension)]
    named = {part for target in targets for part in ast.walk(target)}
    arguments = (
        a.arg for n in inside if isinstance(n, ast.Lambda) for a in n.args.args
    )
    running = {part.id for part in named if isinstance(part, ast.Name)} | {*arguments}
    others = (n for n in inside if isinstance(n, ast.Name) and n not in named)
    return running - {n.id for n in others if _is_stored(n)}


def _bound(node: ast.AST) -> set[str]:
    """Return every name that is given a value anywhere in it."""
    inside = list(ast.walk(node))
    names = {n.id for n in inside if isinstance(n, ast.Name) and _is_stored(n)}
    names |= {n.arg for n in inside if isinstance(n, ast.arg)}
    names |= {n.name for n in inside if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    return names | {a.asname or a.name for a in inside if isinstance(a, ast.alias)}


def _is_stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)
