"""wrong_derivations: wrong rules of differentiation, and wrong things to differentiate.

Each derives one wrong answer to an exercise from its loss. None is stored as a formula,
so they work for every loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from grader.derivations.domain import INDICES, NUMBERS
from grader.derivations.notation import Expression, Row, rename, rewrite, symbol
from grader.derivations.problem import Problem
from grader.derivations.rules import ONE, RIGHT, Rules


@dataclass(frozen=True, slots=True)
class WrongDerivation:
    """One way to a wrong answer.

    Attributes:
        tag: its stable name.
        cause: the mistake, which follows "you".
        loss: the function to differentiate.
        variable: the variable to differentiate by, or None.
        rules: the rules of differentiation.
    """

    tag: str
    cause: str
    loss: Expression
    variable: Expression | None
    rules: Rules = RIGHT


def wrong_derivations(problem: Problem) -> Iterator[WrongDerivation]:
    """Yield an exercise's wrong derivations; some give the right answer, or none."""
    for tag, wrong in problem.known.items():
        yield WrongDerivation(tag, f"wrote {tag.replace('_', ' ')}", wrong, None)
    if problem.variable is None:
        yield from _other_problems(problem)
        return
    for tied in problem.domain.tied.values():
        for tag, (cause, slope) in tied.link.faulty.items():
            rules = replace(RIGHT, slope=slope)
            yield WrongDerivation(tag, cause, problem.loss, problem.variable, rules)
    yield from _other_problems(problem)
    # Some rules can only go wrong where p is written as a function of z.
    for loss in (problem.loss, write_out(problem)):
        for tag, (cause, rules) in RULES.items():
            yield WrongDerivation(tag, cause, loss, problem.variable, rules)


def write_out(problem: Problem) -> Expression:
    """Return the loss with each tied row written as a function of its base."""
    tied = problem.domain.tied

    def change(part: Expression) -> Expression | None:
        if part.op != "Idx" or part.name not in tied:
            return None
        tie = tied[part.name]
        return tie.link.written(Row(tie.base), part.parts)

    return rewrite(problem.loss, change)


def _other_problems(problem: Problem) -> Iterator[WrongDerivation]:
    loss, variable = problem.loss, problem.variable
    if variable is not None:
        yield WrongDerivation(
            "not_differentiated", "did not differentiate at all", loss, None
        )
        yield from _other_variables(problem)
    for tag, (cause, other) in problem.instead.items():
        yield WrongDerivation(tag, cause, other, variable)
    two = [name for name in _rows_of(loss) if name in problem.domain.given]
    if len(two) == 2:
        a, b = two
        cause, swapped = f"swapped the roles of {a} and {b}", {a: b, b: a}
        yield WrongDerivation("roles_swapped", cause, rename(loss, swapped), variable)
    for at, rest in enumerate(_with_a_term_times(0, loss)):
        cause = f"left out a term of the loss, the {_nth(at)} one"
        yield WrongDerivation(f"term_dropped_{at}", cause, rest, variable)
    for at, rest in enumerate(_with_a_term_times(-1, loss)):
        cause = f"changed the sign of a term of the loss, the {_nth(at)} one"
        yield WrongDerivation(f"term_sign_{at}", cause, rest, variable)


def _other_variables(problem: Problem) -> Iterator[WrongDerivation]:
    variable = problem.variable
    assert variable is not None
    for name, kind in problem.domain.given.items():
        if name == variable.name or kind in INDICES:
            continue
        is_number = kind in NUMBERS
        if is_number == bool(variable.parts):
            continue
        other = symbol(name) if is_number else Row(name)[variable.parts]
        cause = f"differentiated with respect to {name} instead of {variable.name}"
        yield WrongDerivation(f"by_{name}", cause, problem.loss, other)
    if len(problem.domain.indices) == 2 and variable.parts:
        first = Row(variable.name)[symbol(problem.domain.indices[0])]
        yield WrongDerivation(
            "by_other_index", "mixed up the two indices", problem.loss, first
        )


def _rows_of(loss: Expression) -> list[str]:
    rows: list[str] = []

    def walk(part: Expression) -> None:
        if part.op == "Idx" and part.name not in rows:
            rows.append(part.name)
        for inner in part.parts:
            walk(inner)

    walk(loss)
    return rows


def _with_a_term_times(factor: int, loss: Expression) -> Iterator[Expression]:
    """Yield the loss with one term of its outermost sum multiplied by a number."""
    if loss.op == "Add":
        terms = _terms(loss)
        for at, term in enumerate(terms):
            yield replace(loss, parts=(*terms[:at], factor * term, *terms[at + 1 :]))
        return
    places = {"Sum": (0,), "Mul": range(len(loss.parts))}.get(loss.op, ())
    for place in places:
        for inner in _with_a_term_times(factor, loss.parts[place]):
            parts = (*loss.parts[:place], inner, *loss.parts[place + 1 :])
            yield replace(loss, parts=parts)


def _terms(tree: Expression) -> list[Expression]:
    if tree.op != "Add":
        return [tree]
    return [term for part in tree.parts for term in _terms(part)]


def _nth(at: int) -> str:
    return ("first", "second", "third", "fourth")[at] if at < 4 else f"{at + 1}th"


def _first_only(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    change = tangents[0]
    for value in values[1:]:
        change *= value
    return change


def _last_only(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    return _first_only(values[::-1], tangents[::-1])


def _of_derivatives(values: Sequence[Decimal], tangents: Sequence[Decimal]) -> Decimal:
    change = ONE
    for tangent in tangents:
        change *= tangent
    return change


def _power(sign: int) -> Rules:
    def rule(value: Decimal, u: Decimal, n: Decimal, du: Decimal) -> Decimal:
        right = n * value / u * du
        # A quotient is a product with a power of -1, as tables have no division.
        return right * sign if n < 0 else right

    return replace(RIGHT, power=rule)


RULES: dict[str, tuple[str, Rules]] = {
    "log_stays_log": (
        "kept the log: the derivative of log u is u'/u",
        replace(RIGHT, log=lambda u, du: u.ln() * du),
    ),
    "log_no_chain": (
        "left out the chain rule: the derivative of log u is u'/u, not 1/u",
        replace(RIGHT, log=lambda u, du: ONE / u),
    ),
    "log_arg_only": (
        "differentiated only the inside of the log: the factor 1/u is missing",
        replace(RIGHT, log=lambda u, du: du),
    ),
    "log_is_u": (
        "turned 1/u upside down: the derivative of log u is u'/u, not u u'",
        replace(RIGHT, log=lambda u, du: u * du),
    ),
    "log_inv_square": (
        "differentiated 1/u instead of log u",
        replace(RIGHT, log=lambda u, du: -du / (u * u)),
    ),
    "exp_power_rule": (
        "used the power rule on exp: the derivative of exp(u) is exp(u) u'",
        replace(RIGHT, exp=lambda v, u, du: u * v / ONE.exp() * du),
    ),
    "exp_no_chain": (
        "left out the inner derivative of exp(u): it is exp(u) u'",
        replace(RIGHT, exp=lambda v, u, du: v),
    ),
    "product_of_derivatives": (
        "multiplied the derivatives of the factors: the product rule is u'v + u v'",
        replace(RIGHT, product=_of_derivatives),
    ),
    "product_first_only": (
        "differentiated only the first factor: the product rule is u'v + u v'",
        replace(RIGHT, product=_first_only),
    ),
    "product_last_only": (
        "differentiated only the last factor: the product rule is u'v + u v'",
        replace(RIGHT, product=_last_only),
    ),
    "reciprocal_sign": (
        "lost the minus in the derivative of 1/u, which is -u'/u^2",
        _power(-1),
    ),
    "denominator_const": (
        "treated the denominator as a constant",
        _power(0),
    ),
}
