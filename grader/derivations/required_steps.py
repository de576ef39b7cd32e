"""required_steps: what the lines of a derivation can be asked to hold.

Values are already known to be right; a required step looks at which operations stand in
a line, and whether its derivatives are those of the loss.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.derivations.point import Point
from grader.derivations.reevaluation import Predicate
from grader.derivations.table import Table


def holds(*ops: str) -> Predicate:
    """Return what asks of a line: has it no derivative, and one of these operations?"""
    return lambda table, _: not table.has("Derivative") and table.has(*ops)


def is_carried_out(table: Table, _: Sequence[Point]) -> bool:
    """Return whether no derivative is left in a line."""
    return not table.has("Derivative")


def has_log_differentiated(table: Table, _: Sequence[Point]) -> bool:
    """Return whether a line has derivatives, and none of a log any more."""
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
    """Return what asks of a line: is it of two kinds at once?"""
    return lambda table, points: first(table, points) and second(table, points)


def either(first: Predicate, second: Predicate) -> Predicate:
    """Return what asks of a line: is it of one kind or the other?"""
    return lambda table, points: first(table, points) or second(table, points)


def _is_sum_of_exp(table: Table) -> bool:
    return table.top.op in ("Add", "Sum") and table.has("exp")


def _find_differentiated(table: Table) -> list[Table]:
    return [table.at(n.children[0]) for n in table.parts() if n.op == "Derivative"]
