"""The ways that lead to the derivative of a softmax loss and of a sigmoid loss.

Routes are alternatives. Another right way needs a new one.
"""

import itertools

from grader.derivations import RequiredStep
from grader.derivations.notation import Row, d, exp, log, sigma, symbol, total
from grader.derivations.reevaluation import (
    both,
    changes_like,
    differentiates_log_of_sum,
    either,
    has_log_differentiated,
    has_term,
    holds,
    is_carried_out,
)

# The derivative of a softmax loss on its way: all of it, or only what is left after the
# case k = i, or all other cases, has been computed.

y, p, z = Row("y"), Row("p"), Row("z")
i, k = symbol("i"), symbol("k")
ALL_CLASSES = -total(y[k] / p[k] * d(p[k], z[i]), k)
OWN_CLASS = -y[i] / p[i] * d(p[i], z[i])
LOG_OF_SUM = d(log(total(exp(z[k]), k)), z[i])

LOG_RULE = (
    "use d ln u = du / u on its own line, before you differentiate what is in the log"
)

SOFTMAX_LOG_RULE = RequiredStep(
    "log",
    LOG_RULE,
    both(
        has_log_differentiated,
        changes_like(ALL_CLASSES, OWN_CLASS, ALL_CLASSES - OWN_CLASS),
    ),
)
JACOBIAN = RequiredStep(
    "softmax",
    "write the derivative of softmax on its own line",
    either(
        holds("Delta", "Piecewise"),
        both(is_carried_out, has_term(-y[i] * (1 - p[i]))),
    ),
)
SOFTMAX_LOG_SUM_EXP = RequiredStep(
    "lse",
    "write ln p_k as z_k - ln S before you differentiate it",
    both(
        differentiates_log_of_sum,
        changes_like(LOG_OF_SUM, LOG_OF_SUM - total(y[k] * d(z[k], z[i]), k)),
    ),
)
FRACTION = RequiredStep(
    "fraction",
    "compute the derivative as a fraction of exponentials",
    holds("exp"),
)

# The loss of a sigmoid has two terms, and either may be differentiated first.

label, score = symbol("y"), symbol("z")
FIRST_TERM = -label / sigma(score) * d(sigma(score), score)
SECOND_TERM = (1 - label) / (1 - sigma(score)) * d(sigma(score), score)
# If log(s/(1 - s)) is replaced by z, only one logarithm remains.
FIRST_ALONE = -d(sigma(score), score) / sigma(score)
SECOND_ALONE = d(sigma(score), score) / (1 - sigma(score))
SOFTPLUS = [d(log(1 + exp(sign * score)), score) for sign in (1, -1)]
FIRST_SOFTPLUS = [label * change for change in SOFTPLUS]
SECOND_SOFTPLUS = [(1 - label) * change for change in SOFTPLUS]

SIGMOID_LOG_RULE = RequiredStep(
    "log",
    LOG_RULE,
    both(
        has_log_differentiated,
        changes_like(
            FIRST_TERM + SECOND_TERM,
            FIRST_TERM,
            SECOND_TERM,
            FIRST_ALONE,
            SECOND_ALONE,
        ),
    ),
)
CARRIED_OUT = RequiredStep(
    "sigma",
    "write the derivative of sigma on its own line",
    is_carried_out,
)
SIGMOID_LOG_SUM_EXP = RequiredStep(
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
