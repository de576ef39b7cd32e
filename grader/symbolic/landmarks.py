"""landmarks: what the lines of a derivation can be asked to pass.

Values are already known to be right; a landmark looks only at which operations stand in
a line. Routes are alternatives, so another right way needs its own.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.symbolic.proof import Landmark
from grader.symbolic.table import Table


def holds(*ops: str) -> Callable[[Table], bool]:
    """A line without a derivative that holds one of these operations."""
    return lambda table: not table.has("Derivative") and table.has(*ops)


def is_carried_out(table: Table) -> bool:
    """A line in which no derivative is left."""
    return not table.has("Derivative")


def has_log_differentiated(table: Table) -> bool:
    """A line with derivatives, none of them of a log any more."""
    bodies = _differentiated(table)
    return bool(bodies) and not any(body.has("log") for body in bodies)


def differentiates_log_of_sum(table: Table) -> bool:
    """A line with the derivative of the log of a sum of exponentials."""
    return any(
        inner.op == "log" and _is_sum_of_exp(body.at(inner.children[0]))
        for body in _differentiated(table)
        for inner in body.parts()
    )


def _is_sum_of_exp(table: Table) -> bool:
    return table.top.op in ("Add", "Sum") and table.has("exp")


def _differentiated(table: Table) -> list[Table]:
    return [table.at(n.children[0]) for n in table.parts() if n.op == "Derivative"]


LOG_RULE = Landmark(
    "use d log u = du/u, so that no log is differentiated any more",
    has_log_differentiated,
)
JACOBIAN = Landmark(
    "put in the derivative of softmax, p[k]*(delta(k, i) - p[i])",
    holds("Delta", "Piecewise"),
)
LOG_SUM_EXP = Landmark(
    "write the loss with log(total(exp(z[k]), k)) before you differentiate it",
    differentiates_log_of_sum,
)
FRACTION = Landmark(
    "carry the derivative out to a fraction of exponentials",
    holds("exp"),
)
CARRIED_OUT = Landmark(
    "put in the derivative of sigma, sigma(z)*(1 - sigma(z)), on a line of its own",
    is_carried_out,
)

SOFTMAX_ROUTES = ((LOG_RULE, JACOBIAN), (LOG_SUM_EXP, FRACTION))
SIGMOID_ROUTES = ((LOG_RULE, CARRIED_OUT), (LOG_SUM_EXP, FRACTION))
