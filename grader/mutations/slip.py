"""slip: a small edit of Python code, said in Python itself, with the sentence for it.

``np.log(_)`` is any call of ``np.log`` with one argument; what stands for ``_`` is kept
where the edited code says ``_`` again. Names that begin with an underscore are holes;
one that occurs twice has to stand for the same code. ``*_args`` and ``**_kw`` stand for
whatever arguments there are, also none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any


class BadSlip(ValueError):
    """A slip is no edit of Python code, or says too little or too much."""


# What stands for each hole: one piece of code, or whatever arguments there are.
Holes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One edit: code that is looked for, and what is put in its place.

    Attributes:
        find: the code that is looked for, an expression or a statement.
        put: what is put there; None takes the statement away.
    """

    find: ast.expr | ast.stmt
    put: ast.expr | ast.stmt | None

    @property
    def is_statement(self) -> bool:
        """Whether it edits a whole statement."""
        return isinstance(self.find, ast.stmt)


@cache
def pattern(find: str, put: str) -> Pattern:
    """Read an edit.

    Args:
        find: the code that is looked for, one expression or statement.
        put: what is put in its place; ``pass`` takes a statement away.

    Raises:
        BadSlip: one of the two is no Python, or not the same kind of code, or the
            edited code has a hole that the code before has not.
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
        said = f"a slip says {code!r}, which isn't Python: {error.msg}"
        raise BadSlip(said) from error
    if len(statements) != 1:
        raise BadSlip(f"a slip says {code!r}; it has to be one line of Python")
    only = statements[0]
    return only.value if isinstance(only, ast.Expr) else only


def is_hole(node: object) -> str:
    """Return the name of the hole that a piece of a pattern is; "" where it is none."""
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
    """Return what stands for each hole, when the code is what is looked for; else None.

    >>> code = ast.parse("np.log(p)", mode="eval").body
    >>> ast.unparse(match(pattern("np.log(_)", "_").find, code)["_"])
    'p'
    """
    if _is_negative_number(code):  # the minus of axis=-1 is part of a number
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
        # Whether a name is read or stored, and u"": a pattern cannot say that.
        if field not in ("ctx", "type_comment", "kind")
    )


def _match_lists(find: Sequence[object], code: Sequence[object], holes: Holes) -> bool:
    if find and (name := variadic_hole(find[-1])):
        # A hole for the rest stands last, so no way to share the arguments is tried.
        first, rest = code[: len(find) - 1], code[len(find) - 1 :]
        holes[name] = list(rest)
        return len(first) == len(find) - 1 and _match_lists(find[:-1], first, holes)
    return len(find) == len(code) and all(
        _matches(a, b, holes) for a, b in zip(find, code, strict=True)
    )


def _fills(name: str, code: ast.AST, holes: Holes) -> bool:
    before = holes.setdefault(name, code)
    # Dumped, because nodes of a tree are equal only if they are the same one.
    return before is code or ast.dump(before) == ast.dump(code)


_ARROW = " -> "


@dataclass(frozen=True, slots=True)
class Slip:
    """An edit with the sentence that names it.

    Attributes:
        name: stable, and the same wherever it is made: ``bits``, ``missing minus``.
        sentence: what the learner is told. It holds wherever the edit applies, beside
            any other one, and so states no number of the answer.
        edits: what is looked for and what is put there, as code; any of them.
    """

    name: str
    sentence: str
    edits: tuple[str, ...]

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The edits, read."""
        return tuple(pattern(*edit.split(_ARROW)) for edit in self.edits)


def slip(name: str, sentence: str, *edits: str) -> Slip:
    """Declare a slip: ``slip("bits", "...", "np.log(_) -> np.log2(_)")``.

    Raises:
        BadSlip: it has no sentence or no edit, or an edit cannot be read.
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
    declared = Slip(name, sentence, edits)
    assert declared.patterns  # read once, so that what is no Python is told here
    return declared
