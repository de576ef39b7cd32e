"""right_derivations: write right derivations in other ways, which must be right, too.

The lines of the solution and of the alternative get other forms: decimals, another
order, combined fractions, logs joined and split, and the chain rule as a product.
Each is graded like an attempt.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import TypeGuard

from grader import judge
from grader.authoring.verify.mutants import read_solution, without_functions
from grader.authoring.verify.trials import SEED, Trials
from grader.checks import Exercise
from grader.course.document.source import parse_once

Change = Callable[[ast.FunctionDef], None]


def form_problems(exercise: Exercise, trials: Trials) -> Iterator[str]:
    """Yield a problem for each other form of a right derivation that is refused.

    Args:
        exercise: the exercise; for other than derivations, nothing is yielded.
        trials: grades each form instead of the solution's derivation.
    """
    if "sympy" not in judge.requirements_of(trials.lesson).imports:
        return
    solution = read_solution(trials.lesson.solution)
    other = exercise.alternative
    for code in [solution, other.code] if other else [solution]:
        for how, form in vary(code, exercise.writes):
            source = f"{without_functions(solution, form)}\n\n{form}\n"
            result = trials.result_of(source, exercise.tag, SEED)
            if not result.outcome.is_right:
                reason = result.finding.sentence if result.finding else result.outcome
                yield (
                    f"{exercise.tag}: a right derivation isn't right any more with "
                    f"{how} ({reason}):\n{form}"
                )


def vary(code: str, name: str) -> list[tuple[str, str]]:
    """Return a derivation with other forms of its lines, each after their kind.

    The other form of a line comes before the line itself, so no step gets lost.

    Args:
        code: the source that defines it, a function that yields its lines.
        name: the name of the function.

    Example:
        >>> vary("def f(y, z): yield y * log(z)", "f")[-1]
        ('logs joined', 'def f(y, z):\\n    yield log(z ** y)\\n    yield (y * log(z))')
    """
    variants: list[tuple[str, str]] = []
    for node in parse_once(code).body:
        if not isinstance(node, ast.FunctionDef) or node.name != name:
            continue
        if not any(isinstance(part, ast.Yield) for part in ast.walk(node)):
            continue
        before = ast.unparse(node)
        for how, change in CHANGES.items():
            form = copy.deepcopy(node)
            change(form)
            if (text := ast.unparse(form)) != before:
                variants.append((how, text))
    return variants


class _Lines(ast.NodeTransformer):
    """Changes formulas, and leaves indices, exponents and reasons as they are."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        # The last of several arguments is an index, or a variable.
        few = node.args[:-1] if len(node.args) > 1 else node.args
        rest = node.args[len(few) :]
        node.args = [*(self.visit(one) for one in few), *rest]
        return node


class _Decimals(_Lines):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        node.left = self.visit(node.left)
        if not isinstance(node.op, ast.Pow):
            node.right = self.visit(node.right)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(float(node.value)) if type(node.value) is int else node


class _TimesOne(_Lines):
    def visit(self, node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.expr)
        return ast.BinOp(ast.Constant(1.0), ast.Mult(), node)


class _Reversed(_Lines):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, (ast.Add, ast.Mult)):
            return ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.Sub):
            return ast.BinOp(ast.UnaryOp(ast.USub(), node.right), ast.Add(), node.left)
        return node


class _OneFraction(_Lines):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        above, below = _fraction(node)
        return node if below is None else ast.BinOp(above, ast.Div(), below)


def _fraction(node: ast.expr) -> tuple[ast.expr, ast.expr | None]:
    """Return the numerator and the denominator of a formula; None for 1."""
    if isinstance(node, ast.UnaryOp):
        above, below = _fraction(node.operand)
        return ast.UnaryOp(node.op, above), below
    if not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Pow):
        return node, None
    (a, b), (c, e) = _fraction(node.left), _fraction(node.right)
    match node.op:
        case ast.Mult():
            return ast.BinOp(a, ast.Mult(), c), _times(b, e)
        case ast.Div():
            return _times(a, e) or a, _times(b, c)
    return ast.BinOp(_times(a, e) or a, node.op, _times(c, b) or c), _times(b, e)


def _times(a: ast.expr | None, b: ast.expr | None) -> ast.expr | None:
    return ast.BinOp(a, ast.Mult(), b) if a and b else a or b


class _LogsJoined(_Lines):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        u, v = _argument_of_log(node.left), _argument_of_log(node.right)
        match node.op:
            case ast.Mult() if v is not None:
                return _log(ast.BinOp(v, ast.Pow(), node.left))
            case ast.Add() if u is not None and v is not None:
                return _log(ast.BinOp(u, ast.Mult(), v))
            case ast.Sub() if u is not None and v is not None:
                return _log(ast.BinOp(u, ast.Div(), v))
        return node


class _LogsSplit(_Lines):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        super().visit_Call(node)
        match _argument_of_log(node):
            case ast.BinOp(left, ast.Mult(), right):
                return ast.BinOp(_log(left), ast.Add(), _log(right))
            case ast.BinOp(left, ast.Div(), right):
                return ast.BinOp(_log(left), ast.Sub(), _log(right))
            case ast.BinOp(base, ast.Pow(), exponent):
                return ast.BinOp(exponent, ast.Mult(), _log(base))
        return node


def _argument_of_log(node: ast.expr) -> ast.expr | None:
    match node:
        case ast.Call(ast.Name("log"), [argument]):
            return argument
    return None


def _log(argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("log"), [argument], [])


class _ChainRule(_Lines):
    """Writes d(L, z) as d(L, s)*d(s, z), if only s varies in the logs of L."""

    def __init__(self, values: set[str]) -> None:
        self.values = values

    def visit_Call(self, node: ast.Call) -> ast.AST:
        super().visit_Call(node)
        match node:
            case ast.Call(ast.Name("d"), [body, variable]) if inner := self.inner(
                body, variable
            ):
                outside = ast.Call(node.func, [body, inner], [])
                inside = ast.Call(node.func, [inner, variable], [])
                return ast.BinOp(outside, ast.Mult(), inside)
        return node

    def inner(self, body: ast.expr, variable: ast.expr) -> ast.expr | None:
        """Return the one part through which a body depends on a variable, if any."""
        values: dict[str, ast.expr] = {}
        for log in ast.walk(body):
            argument = _argument_of_log(log) if isinstance(log, ast.expr) else None
            for part in ast.walk(argument) if argument else ():
                if self.is_value(part):
                    values[ast.dump(part)] = part
        row = _row(variable)
        if len(values) != 1 or any(_row(part) == row for part in ast.walk(body)):
            return None
        (inner,) = values.values()
        return None if ast.dump(inner) == ast.dump(variable) else inner

    def is_value(self, part: ast.AST) -> TypeGuard[ast.expr]:
        """Return whether a node is an entry of a row, or names a value of sigma."""
        is_name = isinstance(part, ast.Name) and part.id in self.values
        return is_name or isinstance(part, ast.Subscript)


def _row(node: ast.AST) -> str:
    """Return the name of a symbol, or of the row of an entry."""
    base = node.value if isinstance(node, ast.Subscript) else node
    return base.id if isinstance(base, ast.Name) else ""


def _in_lines(make: Callable[[ast.FunctionDef], ast.NodeTransformer]) -> Change:
    """Return a change that puts the other form of each line before the line."""

    def change(function: ast.FunctionDef) -> None:
        transformer = make(function)
        body: list[ast.stmt] = []
        for statement in function.body:
            match other := copy.deepcopy(statement):
                case ast.Expr(ast.Yield(ast.Tuple([formula, *_]) as pair)):
                    pair.elts[0] = transformer.visit(formula)
                case ast.Expr(ast.Yield(ast.expr() as formula) as line):
                    line.value = transformer.visit(formula)
            if ast.unparse(other) != ast.unparse(statement):
                body.append(other)
            body.append(statement)
        function.body = body

    return change


def _names_of_sigma(function: ast.FunctionDef) -> set[str]:
    """Return the names that a derivation gives to values of sigma."""
    names = set()
    for part in function.body:
        match part:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("sigma"))):
                names.add(name)
    return names


CHANGES: dict[str, Change] = {
    "decimals": _in_lines(lambda _: _Decimals()),
    "a factor of 1.0": _in_lines(lambda _: _TimesOne()),
    "the reverse order": _in_lines(lambda _: _Reversed()),
    "one fraction": _in_lines(lambda _: _OneFraction()),
    "the chain rule as a product": _in_lines(
        lambda function: _ChainRule(_names_of_sigma(function))
    ),
    "logs split": _in_lines(lambda _: _LogsSplit()),
    "logs joined": _in_lines(lambda _: _LogsJoined()),
}
