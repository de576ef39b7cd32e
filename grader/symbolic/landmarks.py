"""landmarks: what the lines of a derivation can be asked to pass.

Values are already known to be right; a landmark looks at which operations stand in a
line, and whether its derivatives are those of the loss. Routes are alternatives, so
another right way needs its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from grader.symbolic.notation import Row, d, exp, log, sigma, symbol, total
from grader.symbolic.point import Point
from grader.symbolic.probing import Predicate, changes_like, has_term
from grader.symbolic.proof import Landmark
from grader.symbolic.table import Table


def holds(*ops: str) -> Predicate:
    """A line without a derivative that holds one of these operations."""
    return lambda table, _: not table.has("Derivative") and table.has(*ops)


def is_carried_out(table: Table, _: Sequence[Point]) -> bool:
    """A line in which no derivative is left."""
    return not table.has("Derivative")


def has_log_differentiated(table: Table, _: Sequence[Point]) -> bool:
    """A line with derivatives, none of them of a log any more."""
    bodies = _differentiated(table)
    return bool(bodies) and not any(body.has("log") for body in bodies)


def differentiates_log_of_sum(table: Table, _: Sequence[Point]) -> bool:
    """A line with the derivative of the log of a sum of exponentials."""
    return any(
        inner.op == "log" and _is_sum_of_exp(body.at(inner.children[0]))
        for body in _differentiated(table)
        for inner in body.parts()
    )


def both(first: Predicate, second: Predicate) -> Predicate:
    """A line of two kinds at once."""
    return lambda table, points: first(table, points) and second(table, points)


def either(first: Predicate, second: Predicate) -> Predicate:
    """A line of one kind or the other."""
    return lambda table, points: first(table, points) or second(table, points)


def _is_sum_of_exp(table: Table) -> bool:
    return table.top.op in ("Add", "Sum") and table.has("exp")


def _differentiated(table: Table) -> list[Table]:
    return [table.at(n.children[0]) for n in table.parts() if n.op == "Derivative"]


# The loss of a softmax, on its way: the whole of it, and what is left of it when the
# derivative of the own class, or of all the others, is already put in.

y, p, z = Row("y"), Row("p"), Row("z")
i, k = symbol("i"), symbol("k")
ALL_CLASSES = -total(y[k] / p[k] * d(p[k], z[i]), k)
OWN_CLASS = -y[i] / p[i] * d(p[i], z[i])
LOG_OF_SUM = d(log(total(exp(z[k]), k)), z[i])

SOFTMAX_LOG_RULE = Landmark(
    "log",
    "use d log u = du/u, so that no log is differentiated any more",
    both(
        has_log_differentiated,
        changes_like(ALL_CLASSES, OWN_CLASS, ALL_CLASSES - OWN_CLASS),
    ),
)
JACOBIAN = Landmark(
    "softmax",
    "put in the derivative of softmax, p[k]*(delta(k, i) - p[i])",
    either(
        holds("Delta", "Piecewise"),
        both(is_carried_out, has_term(-y[i] * (1 - p[i]))),
    ),
)
SOFTMAX_LOG_SUM_EXP = Landmark(
    "lse",
    "write the loss with log(total(exp(z[k]), k)) before you differentiate it",
    both(
        differentiates_log_of_sum,
        changes_like(LOG_OF_SUM, LOG_OF_SUM - total(y[k] * d(z[k], z[i]), k)),
    ),
)
FRACTION = Landmark(
    "fraction",
    "carry the derivative out to a fraction of exponentials",
    holds("exp"),
)

# The loss of a sigmoid has two terms, and either may be carried out before the other.

label, score = symbol("y"), symbol("z")
FIRST_TERM = -label / sigma(score) * d(sigma(score), score)
SECOND_TERM = (1 - label) / (1 - sigma(score)) * d(sigma(score), score)
SOFTPLUS = [d(log(1 + exp(sign * score)), score) for sign in (1, -1)]
FIRST_SOFTPLUS = [label * slope for slope in SOFTPLUS]
SECOND_SOFTPLUS = [(1 - label) * slope for slope in SOFTPLUS]

SIGMOID_LOG_RULE = Landmark(
    "log",
    "use d log u = du/u, so that no log is differentiated any more",
    both(
        has_log_differentiated,
        changes_like(FIRST_TERM + SECOND_TERM, FIRST_TERM, SECOND_TERM),
    ),
)
CARRIED_OUT = Landmark(
    "sigma",
    "put in the derivative of sigma, sigma(z)*(1 - sigma(z)), on a line of its own",
    is_carried_out,
)
SIGMOID_LOG_SUM_EXP = Landmark(
    "lse",
    "write the loss with log(1 + exp(-z)) before you differentiate it",
    both(
        differentiates_log_of_sum,
        changes_like(
            *FIRST_SOFTPLUS,
            *SECOND_SOFTPLUS,
            *(a + b for a, b in itertools.product(FIRST_SOFTPLUS, SECOND_SOFTPLUS)),
        ),
    ),
)

SOFTMAX_ROUTES = (
    (SOFTMAX_LOG_RULE, JACOBIAN),
    (SOFTMAX_LOG_SUM_EXP, FRACTION),
)
SIGMOID_ROUTES = (
    (SIGMOID_LOG_RULE, CARRIED_OUT),
    (SIGMOID_LOG_SUM_EXP, FRACTION),
)
