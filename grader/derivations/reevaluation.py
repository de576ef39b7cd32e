"""reevaluation: check that the derivatives in a line really are those of the loss.

A line can have the right value although its derivative is unrelated: for example, the
right value plus d(u, z) minus that derivative written out. So each line is evaluated
again with other rules: exp grows differently, and the other logits move along. A line
that was derived changes with the rules exactly as the loss does; a made-up one doesn't.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from grader.derivations.equality import all_agree
from grader.derivations.evaluate import evaluate
from grader.derivations.notation import Expression, table
from grader.derivations.point import CannotJudge, Point, StepBudget, Undefined
from grader.derivations.rules import RIGHT, Rules
from grader.derivations.table import Table

# These rules match no real mistake, and their numbers aren't round, so no line agrees
# by chance. Both are needed: growth doesn't change a line without exp, and tilt doesn't
# change one with a single logit.
OTHER_RULES = Rules(growth=Decimal("1.7"), tilt=Decimal("0.3"))

# For one line at all points; an honest one takes some thousands.
MOST_STEPS = 50_000

Predicate = Callable[[Table, Sequence[Point]], bool]


def _values(
    expressions: Table, points: Sequence[Point], rules: Rules, budget: StepBudget
) -> list[Decimal | None]:
    values: list[Decimal | None] = []
    for point in points:
        try:
            values.append(evaluate(expressions, point, rules, budget))
        except (Undefined, CannotJudge):
            values.append(None)
    return values


def changes_like(*lines: Expression) -> Predicate:
    """Return a predicate: whether a line changes with the rules like a given one.

    Args:
        lines: the lines to compare with; matching one of them is enough.
    """
    tables = [table(line) for line in lines]

    def check(now: Table, points: Sequence[Point]) -> bool:
        wanted = (_change(reference, points) for reference in tables)
        change = _change(now, points)
        # A line without a value somewhere proves nothing.
        return None not in change and any(all_agree(change, other) for other in wanted)

    return check


def _change(expressions: Table, points: Sequence[Point]) -> list[Decimal | None]:
    budget = StepBudget(MOST_STEPS)
    right = _values(expressions, points, RIGHT, budget)
    other = _values(expressions, points, OTHER_RULES, budget)
    return [
        None if a is None or b is None else b - a
        for a, b in zip(right, other, strict=True)
    ]


def has_term(term: Expression) -> Predicate:
    """Return a predicate: whether a line is a sum with a term of the same values."""
    sought = table(term)

    def check(now: Table, points: Sequence[Point]) -> bool:
        budget = StepBudget(MOST_STEPS)
        values = _values(sought, points, RIGHT, budget)
        terms = (_values(part, points, RIGHT, budget) for part in _terms(now))
        return any(None not in found and all_agree(found, values) for found in terms)

    return check


def _terms(now: Table) -> list[Table]:
    """Return the different terms of a sum; none if it isn't a sum."""
    terms: list[Table] = []
    waiting = [now.root] if now.top.op == "Add" else []
    seen = set(waiting)
    while waiting:
        part = now.at(waiting.pop())
        if part.top.op != "Add":
            terms.append(part)
            continue
        new = set(part.top.children) - seen
        seen |= new
        waiting.extend(new)
    return terms


def may_cancel_at_once(now: Table) -> bool:
    """Return whether each derivative in a line is a factor of one term, and no other.

    In a line that isn't a sum, it has to be one of several factors.
    """
    derivatives_so_far: list[int] = []
    for term in _terms(now) or [now]:
        is_product = term.top.op == "Mul"
        factors = term.top.children if is_product else (term.root,)
        derivatives = [at for at in factors if term.nodes[at].op == "Derivative"]
        if len(derivatives) != term.count("Derivative"):
            return False
        derivatives_so_far += derivatives
    is_one_derivative = now.top.op == "Derivative"
    return (
        len(derivatives_so_far) == len(set(derivatives_so_far)) > 0
        and not is_one_derivative
    )


def holds(*ops: str) -> Predicate:
    """Return a predicate: whether a line has any of `ops`, but no derivative."""
    return lambda table, _: not table.has("Derivative") and table.has(*ops)


def is_carried_out(table: Table, _: Sequence[Point]) -> bool:
    """Return whether a line has no derivative left to be carried out."""
    return not table.has("Derivative")


def has_log_differentiated(table: Table, _: Sequence[Point]) -> bool:
    """Return whether a line has derivatives, but none of a log any more."""
    bodies = _find_differentiated(table)
    return bool(bodies) and not any(body.has("log") for body in bodies)


def differentiates_log_of_sum(table: Table, _: Sequence[Point]) -> bool:
    """Return whether a line differentiates the log of a sum of exponentials."""
    return any(
        inner.op == "log" and _is_sum_of_exp(body.at(inner.children[0]))
        for body in _find_differentiated(table)
        for inner in body.parts()
    )


def both(first: Predicate, second: Predicate) -> Predicate:
    """Return a predicate: whether both predicates hold for a line."""
    return lambda table, points: first(table, points) and second(table, points)


def either(first: Predicate, second: Predicate) -> Predicate:
    """Return a predicate: whether at least one of two predicates holds for a line."""
    return lambda table, points: first(table, points) or second(table, points)


def _is_sum_of_exp(table: Table) -> bool:
    return table.top.op in ("Add", "Sum") and table.has("exp")


def _find_differentiated(table: Table) -> list[Table]:
    return [table.at(n.children[0]) for n in table.parts() if n.op == "Derivative"]
