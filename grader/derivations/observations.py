"""observations: what a wrong answer is, seen from the right one.

One factor or one term more or less, out of what can be named in the exercise; a
constant; right for some indices and wrong for others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.derivations.domain import format_value
from grader.derivations.equality import agree, all_agree
from grader.derivations.evaluate import evaluate
from grader.derivations.links import Tied
from grader.derivations.notation import Expression, Row, symbol, table, total
from grader.derivations.point import CannotJudge, Point, Undefined
from grader.derivations.problem import Problem
from grader.derivations.rules import Rules
from grader.derivations.show import show
from grader.derivations.table import Table

Values = list[Decimal]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wrong answer with a name: `cause` follows "you", `sentence` stands alone."""

    tag: str
    values: Values
    cause: str = ""
    sentence: str = ""
    quantity: str = ""


def values_at(
    of: Table, points: Sequence[Point], rules: Rules | None = None
) -> Values | None:
    """Return the values of a table at some points, in their order.

    Args:
        of: the table.
        points: the points.
        rules: how derivatives are taken; None for rightly.

    Returns:
        None where it has no value at one of them.
    """
    try:
        return [evaluate(of, point, rules or Rules()) for point in points]
    except (Undefined, CannotJudge):
        return None


def observe(
    problem: Problem, points: Sequence[Point], right: Values, mine: Values
) -> list[Candidate]:
    """Return what the answer is, seen from the right one.

    Args:
        problem: what was to be derived.
        points: where both were worked out.
        right: the right values there.
        mine: those of the answer.

    Returns:
        One candidate, or none where nothing nameable is seen.
    """
    for quantity in _quantities(problem):
        q = values_at(table(quantity), points)
        name = show(table(quantity))
        found = q and _by_quantity(name, q, right, mine)
        if found:
            return [Candidate(found[0], mine, sentence=found[1], quantity=name)]
    found = _by_constant(right, mine) or _by_stratum(problem, points, right, mine)
    return [Candidate(found[0], mine, sentence=found[1])] if found else []


def _by_quantity(
    name: str, q: Values, right: Values, mine: Values
) -> tuple[str, str] | None:
    pairs = list(zip(q, right, mine, strict=True))
    if all_agree([a * b for a, b, _ in pairs], mine):
        return "extra_factor", f"Your answer is the right one times {name}."
    if all_agree([a * c for a, _, c in pairs], right):
        return "missing_factor", f"The factor {name} is missing in your answer."
    if all_agree([b + a for a, b, _ in pairs], mine):
        return (
            "term_more",
            f"Your answer is the right one plus {name}: a term -{_bracket(name)} "
            f"is missing, or {name} is too much.",
        )
    if all_agree([b - a for a, b, _ in pairs], mine):
        return (
            "term_less",
            f"Your answer is the right one minus {name}: a term {name} is missing, "
            f"or -{_bracket(name)} is too much.",
        )
    return None


def _bracket(name: str) -> str:
    return f"({name})" if " " in name else name


def _by_constant(right: Values, mine: Values) -> tuple[str, str] | None:
    steps = [b - a for a, b in zip(right, mine, strict=True)]
    if all(agree(step, steps[0]) for step in steps):
        words = format_value(steps[0])
        return (
            "constant",
            f"Your answer differs from the right one by the constant {words}.",
        )
    # A ratio can be told only where the right answer is nowhere 0.
    if all(right):
        ratios = [b / a for a, b in zip(right, mine, strict=True)]
        if all_agree(mine, [Decimal(0)] * len(mine)):
            return "cancelled", "All of it cancels: the sum is 0 for any numbers."
        if all(agree(ratio, ratios[0]) for ratio in ratios):
            words = format_value(ratios[0])
            return (
                "multiple",
                f"Your answer is the right one times the constant {words}.",
            )
    return None


def _by_stratum(
    problem: Problem, points: Sequence[Point], right: Values, mine: Values
) -> tuple[str, str] | None:
    if len(problem.domain.indices) != 2:
        return None
    first, second = problem.domain.indices
    same: dict[bool, set[bool]] = {True: set(), False: set()}
    for point, a, b in zip(points, right, mine, strict=True):
        same[point.indices[first] == point.indices[second]].add(agree(a, b))
    if same[True] == {True}:
        return (
            "off_diagonal",
            f"Right when {first} = {second}, wrong when {first} != {second}.",
        )
    if same[False] == {True}:
        return (
            "diagonal",
            f"Right when {first} != {second}, wrong when {first} = {second}.",
        )
    return None


def _quantities(problem: Problem) -> Iterator[Expression]:
    """Yield what can be named in this exercise, simplest first."""
    yield from problem.factors
    for name, kind in problem.domain.given.items():
        if kind == "unit":
            yield from _around(symbol(name))
        if isinstance(kind, Tied) or kind in ("distribution", "one-hot", "positive"):
            yield from _entries(problem, name, kind)


def _entries(problem: Problem, name: str, kind: str | Tied) -> Iterator[Expression]:
    row, indices = Row(name), [symbol(index) for index in problem.domain.indices]
    if problem.domain.photos:
        yield from _around(row[tuple(indices)])
        return
    for index in indices:
        yield from _around(row[index])
    if len(indices) == 2:
        yield row[indices[0]] * row[indices[1]]
    if kind == "positive":
        # A name that no exercise has, so that nobody reads it as one of its indices.
        yield total(row[symbol("m_")], symbol("m_"))


def _around(value: Expression) -> Iterator[Expression]:
    yield from (value, 1 - value, value * (1 - value))
