"""name_advice: suggest a next step for a name that has no value."""

from __future__ import annotations

import ast
import difflib
import keyword
import re

import numpy as np

from grader.checks.attempt.failure import Failure
from grader.course.document.bindings import bindings_of, describe_overwritten_in

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


# A frame of a line outside of every function, as the worker writes it.
_OUTSIDE = re.compile(r"^  line (\d{1,9}), in <module>", re.MULTILINE)
_GUESS = re.compile(r"\. Did you mean:? '(\w+)'\?$")
MOST_NEAR = 3


def advise_on_a_name(failure: Failure) -> str:
    """Return what to do about a NameError, or "" if nothing is known."""
    match = re.match(r"name '(\w+)' is not defined", failure.message)
    if match is None:
        return ""
    name, file, line = match[1], failure.file, failure.raised.source_line
    guess = _GUESS.search(failure.message)
    near = guess[1] if guess and is_near(name, guess[1]) else ""
    return (
        # From advice that needs only the word to advice that needs the whole file.
        _advise_on_the_word(name, line)
        or _advise_on_a_module(name, line, file)
        or _advise_on_its_letters(name, near)
        or _advise_on_what_it_spells(name, file)
        or _advise_on_a_key(name, failure)
        or _advise_on_an_import(name, failure)
        or _advise_on_the_file(name, near, failure)
    )


def is_near(name: str, guess: str) -> bool:
    """Return whether Python's guess of a name is similar, not just a letter or two.

    >>> is_near("lables", "labels"), is_near("W1", "z1"), is_near("n", "np")
    (True, False, False)
    """
    likeness = difflib.SequenceMatcher(None, name.lower(), guess.lower()).ratio()
    return likeness >= 0.75


def without_a_far_guess(message: str) -> str:
    """Return the message of a NameError without Python's guess if it isn't similar."""
    match, guess = re.match(r"name '(\w+)'", message), _GUESS.search(message)
    if match and guess and not is_near(match[1], guess[1]):
        return _GUESS.sub("", message)
    return message


def advise_on_a_local_name(failure: Failure) -> str:
    """Return what to do about an UnboundLocalError, or "" if nothing is known."""
    match = re.search(r"local variable '(\w+)'", failure.message)
    if match is None or failure.file is None or not failure.functions:
        return ""
    name, function = match[1], failure.functions[-1]
    place_of = failure.document.place_of
    if advice := describe_overwritten_in(function, name, failure.file, place_of):
        return advice
    bindings = bindings_of(name, function.body)
    if not bindings:
        held = [one.name for one in failure.raised.names]
        near = difflib.get_close_matches(name, held, 1)
        meant = f", or is {near[0]} meant" if near else ""
        return f"Is a line such as {name} = 0 missing before it{meant}?"
    return (
        f"It gets its value on {place_of(bindings[0].line)}. Does that line run before "
        "this one?"
    )


def _advise_on_a_key(name: str, failure: Failure) -> str:
    """Return an entry of a dict argument with this name that the file uses, or ""."""
    dicts = [n.name for n in failure.raised.names if n.type_name == "dict"]
    inside = ast.walk(failure.file) if failure.file else ()
    keys = {
        node.value
        for node in inside
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    owners = [
        d for d in dicts if any(d in _arguments(one) for one in failure.functions[-1:])
    ]
    if owners[:1] and name in keys:
        return f'Do you mean {owners[0]}["{name}"]?'
    return ""


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}


def _advise_on_the_word(name: str, line: str) -> str:
    """Return what to write instead of a bare word that Python doesn't know."""
    if name.capitalize() in ("True", "False", "None"):
        return f"Python writes {name.capitalize()} with a capital letter."
    if keyword.iskeyword(name.lower()):
        return f"Python's keywords are in lower case: write {name.lower()}."
    if re.fullmatch(_DTYPE, name):
        return f'Write it in quotes, "{name}", or as np.{name}.'
    if name == "ln":
        return "SymPy and NumPy call the natural logarithm log."
    if name == "e" and re.search(r"\be\s*\*\*", line):
        return "e to the power of x is written exp(x)."
    # A dict entry, or a value at the top of the file, that is only this word.
    only = rf"(^\s*[A-Z_]+|[\"']\]?)\s*[:=]\s*{name}\s*([,}}#]|$)"
    if re.search(only, line):
        return (
            f'If {name} is your answer and not a variable, put it in quotes: "{name}".'
        )
    return ""


def _advise_on_a_module(name: str, line: str, file: ast.Module | None) -> str:
    """Return what to do about a module that the file doesn't import."""
    if file is not None and name in _bound(file):
        return ""
    used = re.search(rf"\b{name}\.(\w+)", line)
    if name in ELSEWHERE or (used and name in OF_PYTORCH):
        what = "a part of PyTorch" if name in OF_PYTORCH else "a separate library"
        return (
            f"{name} is {what}, which this course doesn't use. Each lesson imports "
            "what it needs at the top."
        )
    if name not in MODULES:
        return ""
    if short := _find_alias(name, file):
        rest = used[1] if used else "..."
        return f"The file imports {name} as {short}: write {short}.{rest}."
    start = f"{name} is a module, and the file does not import it."
    if used and used[1] in _top_level_names(file):
        return f"{start} Your file defines {used[1]} itself: write just {used[1]}."
    return f"{start} Is a line missing at the top, import {MODULES[name]}?"


def _find_alias(name: str, file: ast.Module | None) -> str:
    """Return the other name under which the file imports a module, or ""."""
    for statement in file.body if file else ():
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if alias.name == name and alias.asname:
                    return alias.asname
    return ""


def _advise_on_its_letters(name: str, near: str) -> str:
    if near and near != name and near.lower() == name.lower():
        return "Python distinguishes capital and small letters."
    return ""


def _advise_on_what_it_spells(name: str, file: ast.Module | None) -> str:
    """Return the expression that a name may mean: y[k] for y_k."""
    base, _, letters = name.partition("_")
    inside = ast.walk(file) if file else ()
    arguments = {node.arg for node in inside if isinstance(node, ast.arg)}
    if base in arguments and len(letters) == 1:
        return f"Do you mean {base}[{letters}]?"
    if base == "delta" and base in _top_level_names(file) and letters:
        return f"Do you mean {base}({', '.join(letters)})?"
    return ""


def _is_called(name: str, failure: Failure) -> bool:
    return re.search(rf"\b{name}\(", failure.raised.source_line) is not None


def _advise_on_an_import(name: str, failure: Failure) -> str:
    """Return where an imported module has the name: np.mean for mean.

    Unless it is called, a similar local name may be meant as well.
    """
    defined: set[str] = set()
    if not _is_called(name, failure):
        defined = defined.union(*map(_bound_inside, failure.functions[-1:]))
    near = difflib.get_close_matches(name, sorted(defined), 1, 0.75)
    for node in failure.file.body if failure.file else ():
        for alias in node.names if isinstance(node, ast.Import) else ():
            names = OF_SYMPY if alias.name == "sympy" else ()
            if name in names or (alias.name == "numpy" and hasattr(np, name)):
                there = f"{alias.asname or alias.name}.{name}"
                return f"Do you mean {' or '.join([*near, there])}?"
    return ""


def _advise_on_the_file(name: str, near: str, failure: Failure) -> str:
    """Return where else the file has the name, or what the function has instead."""
    file = failure.file
    if file is None or _is_open(file, name):
        return ""
    if advice := _advise_on_a_later_line(name, failure):
        return advice
    if near:
        return ""
    if name in _comprehension_names(file):
        return f"{name} has a value only inside its comprehension or lambda."
    for function in (n for n in ast.walk(file) if isinstance(n, ast.FunctionDef)):
        if name in _bound_inside(function):
            where = function.name
            return f"{name} is defined only inside {where}."
    if name in _bound(file):
        return ""
    candidates = _similar_names(name, failure)
    meant = (
        f", or another name meant, such as {' or '.join(candidates)}"
        if candidates
        else ""
    )
    if _is_called(name, failure):
        missing = f"a def {name}(...), or an import, missing"
    else:
        missing = f"a line {name} = ... missing"
    return f"Nothing in your file gives {name} a value. Is {missing}{meant}?"


def _advise_on_a_later_line(name: str, failure: Failure) -> str:
    """Return where the name gets its value, below the line that needed it."""
    outside = _OUTSIDE.search(failure.raised.trace)
    bindings = bindings_of(name, failure.file.body) if failure.file else []
    if outside is None or not bindings or bindings[0].line <= int(outside[1]):
        return ""
    does = "is defined" if bindings[0].kind == "def" else "gets its value"
    place = failure.document.place_of(bindings[0].line)
    return (
        f"{name} {does} further down, on {place}, but Python runs a file from the top. "
        "Move the line that uses it below that."
    )


def _similar_names(name: str, failure: Failure) -> list[str]:
    """Return a few names that may be meant: similar ones, or else local ones."""
    types = {"module", "type"}
    candidates = [
        held.name
        for held in failure.raised.names
        if held.name.isidentifier()
        and held.type_name not in types
        and not held.name.startswith("__")
    ]
    near = difflib.get_close_matches(name, candidates, MOST_NEAR)
    return near or (candidates[:MOST_NEAR] if failure.functions else [])


def _top_level_names(file: ast.Module | None) -> set[str]:
    """Return the names that top-level statements bind."""
    statements = file.body if file else []
    assigned = [n for n in statements if isinstance(n, ast.Assign)]
    return {
        target.id
        for n in assigned
        for target in n.targets
        if isinstance(target, ast.Name)
    }


def _is_open(file: ast.Module, name: str) -> bool:
    """Return whether a name may be bound unseen: by a star import or a global."""
    return any(
        (isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names))
        or (isinstance(node, ast.Global) and name in node.names)
        for node in ast.walk(file)
    )


def _comprehension_names(file: ast.Module) -> set[str]:
    """Return the names that only comprehensions and lambdas bind."""
    inside = list(ast.walk(file))
    targets = [n.target for n in inside if isinstance(n, ast.comprehension)]
    nodes = {part for target in targets for part in ast.walk(target)}
    arguments = (
        a.arg for n in inside if isinstance(n, ast.Lambda) for a in n.args.args
    )
    running = {part.id for part in nodes if isinstance(part, ast.Name)} | {*arguments}
    others = (n for n in inside if isinstance(n, ast.Name) and n not in nodes)
    return running - {n.id for n in others if _is_stored(n)}


def _bound_inside(function: ast.FunctionDef) -> set[str]:
    """Return every name that is bound inside a function, without its own name."""
    parts = [*function.body, function.args]
    return {name for part in parts for name in _bound(part)}


def _bound(node: ast.AST) -> set[str]:
    """Return every name that is bound anywhere in it."""
    inside = list(ast.walk(node))
    names = {n.id for n in inside if isinstance(n, ast.Name) and _is_stored(n)}
    names |= {n.arg for n in inside if isinstance(n, ast.arg)}
    names |= {n.name for n in inside if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    return names | {a.asname or a.name for a in inside if isinstance(a, ast.alias)}


def _is_stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)
