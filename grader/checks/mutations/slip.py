"""slip: a small edit of Python code, written in Python itself, with its sentence.

``np.log(_)`` matches any call of ``np.log`` with one argument; the code that matches
``_`` is inserted where the edited code has ``_`` again. Names that begin with an
underscore are holes; one that occurs twice has to match the same code. ``*_args`` and
``**_kw`` match any arguments, even none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any


class BadSlip(ValueError):
    """A slip isn't an edit of Python code, or it says too little or too much."""


# The code that matches each hole: one piece of code, or any number of arguments.
Holes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One edit: the code to find, and its replacement.

    Attributes:
        find: the code to find, an expression or a statement.
        put: the replacement; None deletes the statement.
    """

    find: ast.expr | ast.stmt
    put: ast.expr | ast.stmt | None

    @property
    def is_statement(self) -> bool:
        """Whether it edits a whole statement."""
        return isinstance(self.find, ast.stmt)


@cache
def pattern(find: str, put: str) -> Pattern:
    """Parse an edit.

    Args:
        find: the code to find, one expression or statement.
        put: the replacement; ``pass`` deletes a statement.

    Raises:
        BadSlip: one of the two isn't valid Python, or they aren't the same kind of
            code, or the replacement has a hole that `find` doesn't have.
    """
    before, after = _read(find), _read(put)
    if isinstance(after, ast.Pass) and isinstance(before, ast.stmt):
        return Pattern(before, None)
    if isinstance(before, ast.expr) != isinstance(after, ast.expr):
        raise BadSlip(
            f"a slip turns {find!r} into {put!r}; both have to be an expression, or "
            "both a statement"
        )
    if new := holes_in(after) - holes_in(before):
        raise BadSlip(
            f"a slip turns {find!r} into {put!r}; {min(new)} is only in the second"
        )
    return Pattern(before, after)


def _read(code: str) -> ast.expr | ast.stmt:
    try:
        statements = ast.parse(code.strip()).body
    except SyntaxError as error:
        message = f"a slip says {code!r}, which isn't Python: {error.msg}"
        raise BadSlip(message) from error
    if len(statements) != 1:
        raise BadSlip(f"a slip says {code!r}; it has to be one line of Python")
    only = statements[0]
    return only.value if isinstance(only, ast.Expr) else only


def is_hole(node: object) -> str:
    """Return the name of the hole that a piece of a pattern is, or ""."""
    if isinstance(node, ast.Name) and node.id.startswith("_"):
        return node.id
    return ""


def variadic_hole(node: object) -> str:
    """Return the name of a hole for any arguments, ``*_args`` or ``**_kw``, or ""."""
    if isinstance(node, ast.Starred):
        return is_hole(node.value)
    if isinstance(node, ast.keyword) and node.arg is None:
        return is_hole(node.value)
    return ""


def holes_in(code: ast.AST) -> frozenset[str]:
    """Return the names of all holes in a piece of a pattern."""
    return frozenset(filter(None, map(is_hole, ast.walk(code))))


def match(find: ast.AST, code: ast.AST) -> Holes | None:
    """Return the code in each hole if `code` matches `find`; else None.

    >>> code = ast.parse("np.log(p)", mode="eval").body
    >>> ast.unparse(match(pattern("np.log(_)", "_").find, code)["_"])
    'p'
    """
    if _is_negative_number(code):  # the minus of axis=-1 belongs to the number
        return None
    holes: Holes = {}
    return holes if _matches(find, code, holes) else None


def _is_negative_number(code: ast.AST) -> bool:
    return (
        isinstance(code, ast.UnaryOp)
        and isinstance(code.op, ast.USub)
        and isinstance(code.operand, ast.Constant)
    )


def _matches(find: object, code: object, holes: Holes) -> bool:
    if name := is_hole(find):
        return isinstance(code, ast.expr) and _fills(name, code, holes)
    if type(find) is not type(code):
        return False
    if isinstance(find, list):
        assert isinstance(code, list)
        return _match_lists(find, code, holes)
    if not isinstance(find, ast.AST):
        return find == code
    return all(
        _matches(getattr(find, field, None), getattr(code, field, None), holes)
        for field in find._fields
        # A pattern can't express whether a name is read or stored, or u"".
        if field not in ("ctx", "type_comment", "kind")
    )


def _match_lists(find: Sequence[object], code: Sequence[object], holes: Holes) -> bool:
    if find and (name := variadic_hole(find[-1])):
        # A hole for the rest is last, so there is only one way to divide the arguments.
        first, rest = code[: len(find) - 1], code[len(find) - 1 :]
        holes[name] = list(rest)
        return len(first) == len(find) - 1 and _match_lists(find[:-1], first, holes)
    return len(find) == len(code) and all(
        _matches(a, b, holes) for a, b in zip(find, code, strict=True)
    )


def _fills(name: str, code: ast.AST, holes: Holes) -> bool:
    before = holes.setdefault(name, code)
    # Compare dumps, because nodes are equal only if they are the same object.
    return before is code or ast.dump(before) == ast.dump(code)


_ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Slip:
    """An edit with the sentence that names it.

    Attributes:
        name: stable, and the same wherever it is made: ``bits``, ``missing minus``.
        sentence: the text for the learner. It is true wherever the edit applies, even
            next to another one, and so contains no number from the answer.
        edits: the possible edits, each as code with its replacement.
        is_coarse: whether it leaves few different numbers, with which too many other
            causes agree. It then explains answers only by itself.
    """

    name: str
    sentence: str
    edits: tuple[str, ...]
    is_coarse: bool = False

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The edits, parsed."""
        return tuple(pattern(*edit.split(_ARROW)) for edit in self.edits)


def slip(name: str, sentence: str, *edits: str, is_coarse: bool = False) -> Slip:
    """Declare a slip: ``slip("bits", "...", "np.log(_) -> np.log2(_)")``.

    Args:
        name: stable, and the same in all lessons.
        sentence: the text for the learner, which is true wherever an edit applies.
        edits: edits of the right function, each as ``before -> after``.
        is_coarse: whether it explains answers only by itself, as in `Slip`.

    Raises:
        BadSlip: it has no sentence or no edit, or an edit can't be parsed.
    """
    if not sentence.strip() or not edits:
        raise BadSlip(f"the slip {name!r} needs a sentence and an edit")
    if re.search(r"{\w*}", sentence):
        raise BadSlip(
            f"the slip {name!r} states a number; beside another slip it may be untrue"
        )
    for edit in edits:
        if edit.count(_ARROW) != 1:
            raise BadSlip(
                f"the slip {name!r} says {edit!r}; write it as 'before -> after'"
            )
    declared = Slip(name, sentence, edits, is_coarse)
    assert declared.patterns  # parse now, so that invalid edits raise here
    return declared
