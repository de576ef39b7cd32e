"""calls: how the helpers of a lesson are called, and what a name stands for."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from typing import NamedTuple


class Head(NamedTuple):
    """How a helper is called, ``total(e, k)``, and with how many arguments."""

    text: str
    arguments: int


def find_heads(functions: Mapping[str, str]) -> dict[str, Head]:
    """Return the heads of those helpers that are given as a def, by their names.

    Args:
        functions: the source of each helper, by its name.
    """
    parsed = (ast.parse(source).body[0] for source in functions.values())
    return {
        node.name: Head(f"{node.name}({ast.unparse(node.args)})", len(node.args.args))
        for node in parsed
        if isinstance(node, ast.FunctionDef)
    }


def find_misuse(
    node: ast.AST, heads: Mapping[str, Head], last: Mapping[str, str]
) -> str:
    """Return what is wrong with the arguments of a helper's call, or "".

    Args:
        node: any part of a derivation.
        heads: how the helpers are called.
        last: what a helper takes as its last argument, by its name: a letter or an
            entry, and nothing worked out.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return ""
    name = node.func.id
    if name not in heads:
        return ""
    head = heads[name]
    if len(node.args) != head.arguments:
        return f"It is written {head.text}. You wrote: {ast.unparse(node)}"
    given = node.args[-1]
    if name not in last or isinstance(given, (ast.Name, ast.Subscript)):
        return ""
    held = ast.unparse(given)
    return f"{head.text} takes last {last[name]}. Here that place holds {held}"


def ask_about(call: ast.Call) -> str:
    """Return what may be meant by brackets behind a value: an entry, or a product."""
    are_names = all(isinstance(one, ast.Name) for one in call.args)
    if isinstance(call.func, ast.Name) and call.args and are_names:
        entry = f"{call.func.id}[{', '.join(ast.unparse(one) for one in call.args)}]"
        return f"Is {entry} meant?"
    return "Is a * missing before the bracket?"


def spell(name: str, functions: Collection[str], names: Collection[str]) -> str:
    """Return what a name with letters in it may stand for, or "".

    >>> spell("y_k", ["delta"], ["y", "k", "i"])
    'y[k]'
    >>> spell("delta_ki", ["delta"], ["y", "k", "i"])
    'delta(k, i)'
    >>> spell("before_du", ["delta"], ["y", "k", "i"])
    ''
    """
    base, _, letters = name.partition("_")
    if not letters or not set(letters) <= set(names):
        return ""
    if base in functions:
        return f"{base}({', '.join(letters)})"
    return f"{base}[{letters}]" if base in names and len(letters) == 1 else ""


def join_names(names: list[str]) -> str:
    """Return names as a list in a sentence.

    >>> join_names(["its arguments", "k", "K"])
    'its arguments, k and K'
    """
    return " and ".join([", ".join(names[:-1])] * bool(names[:-1]) + names[-1:])
