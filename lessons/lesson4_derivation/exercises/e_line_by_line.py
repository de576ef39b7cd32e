"""4e: from the loss to its gradient, line by line."""

from grader.checks import exercise
from grader.derivation_checks import assertions, index, mistake, mistakes, row
from grader.derivations import Domain, Problem
from grader.derivations.notation import symbol

from ..routes import SOFTMAX_ROUTES
from ..softmax import softmax_of
from ..vocabulary import HELPERS, OTHER_LOSSES
from . import (
    BY_TOOL,
    FRACTION_MISSING,
    GOAL_REPEATED,
    JUMP,
    LOSS,
    LOSS_ITSELF,
    NO_REASON,
    NO_YIELD,
    NOT_FINISHED,
    NOT_SIMPLIFIED,
    derivation_of,
    form,
    i,
    p,
    z,
)

line_by_line = exercise(
    "derive_dL_dz",
    hints=(
        "In code, y_k is y[k], sum_k is total(..., k), delta_ki is delta(k, i), and "
        "dp_k/dz_i is d(p[k], z[i]).",
        "In line 3, write p[k]*(delta(k, i) - p[i]) instead of d(p[k], z[i]). The short "
        "way: the derivative of log(u) is d(u, z[i])/u, with u = total(exp(z[k]), k).",
        "delta(k, i) keeps the term k = i, which is -y[i]. p[i] doesn't depend on k, so it "
        "goes before the sum: p[i]*total(y[k], k).",
    ),
)

GRADIENT = Problem(
    LOSS,
    z[i],
    Domain({"z": "scores", "p": softmax_of("z"), "y": "distribution", "i": "index"}),
    form(
        "y",
        "p",
        "i",
        without=("Sum", "Product", "Delta", "Piecewise"),
        once=("y", "p"),
    ),
    instead=OTHER_LOSSES,
    factors=((symbol("K") - 1) * p[i],),
)


def lines_of_gradient(attempt):
    """The lines of the attempt's derivation."""
    return attempt.derive_dL_dz(row("y"), row("p"), row("z"), index("i"))


@line_by_line.check
def is_written_by_hand(attempt, rng):
    """derive_dL_dz is written by hand and calls only what the lesson gives."""
    assertions(line_by_line, attempt, rng).in_given_words("derive_dL_dz", HELPERS)
    lines_of_gradient(attempt)


@line_by_line.check
def its_lines_are_equal(attempt, rng, measured):
    """Every line equals the one before, from dL/dz_i on."""
    assertions(line_by_line, attempt, rng, measured).lines(
        lines_of_gradient(attempt), GRADIENT
    )


@line_by_line.check
def is_a_whole_derivation(attempt, rng, remark):
    """It ends in p[i] - y[i], and no step is missing."""
    ask = assertions(line_by_line, attempt, rng)
    proof = ask.derivation(
        lines_of_gradient(attempt), GRADIENT, SOFTMAX_ROUTES, HELPERS
    )
    if proof.has_no_reason:
        remark(NO_REASON)


LOSS_LINE = 'd(-total(y[k] * log(p[k]), k), z[i]), "L"'
SUM_RULE = '-total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"'
LOG_RULE = '-total(y[k] / p[k] * d(p[k], z[i]), k), "d ln u = du / u"'
SOFTMAX_RULE = '-total(y[k] * (delta(k, i) - p[i]), k), "softmax derivative"'
SPLIT = '-y[i] + p[i] * total(y[k], k), "split the sum"'
RESULT = 'p[i] - y[i], "the y_k sum to 1"'
LOG_SUM_EXP = "log(total(exp(z[k]), k))"

mistakes(
    line_by_line,
    derivation_of("derive_dL_dz(y, p, z, i)"),
    {
        "jump": ("too big a jump", RESULT, JUMP),
        "goal_repeated": ("goal repeated", (LOSS_LINE,) * 3, GOAL_REPEATED),
        "not_finished": ("not finished", (SUM_RULE, LOG_RULE), NOT_FINISHED),
        "differentiated_by_sympy": (
            "not by hand",
            (
                SUM_RULE,
                LOG_RULE,
                "-total(y[k] * getattr(log(p[k]), 'diff')(p[k]), k), 'x'",
            ),
            BY_TOOL,
        ),
        "step_missing": (
            "missing step softmax",
            (SUM_RULE, LOG_RULE, SPLIT, RESULT),
            "Every line is right, but no line shows the derivative of softmax.\n"
            "Give it its own line: p[k]*(delta(k, i) - p[i]).",
        ),
        "log_rule_missing": (
            "missing step log",
            (SUM_RULE, SOFTMAX_RULE, SPLIT, RESULT),
            "Every line is right, but no line shows the logarithm of L differentiated. "
            "That step is required: the rest follows from it.\n"
            "It is -total(y[k]/p[k]*d(p[k], z[i]), k). By ln p_k = z_k - ln S it is "
            f"-total(y[k]*d(z[k] - {LOG_SUM_EXP}, z[i]), k).",
        ),
        "fraction_missing": (
            "missing step fraction",
            (
                f'-total(y[k]*d(z[k] - {LOG_SUM_EXP}, z[i]), k), "ln p = z - lse"',
                f'-total(y[k]*(delta(k, i) - d({LOG_SUM_EXP}, z[i])), k), "delta"',
                SOFTMAX_RULE,
                SPLIT,
                RESULT,
            ),
            FRACTION_MISSING.format(
                fraction="exp(z[i])/total(exp(z[k]), k)", end="p[i]"
            ),
        ),
        "loss_not_differentiated": (
            "not_differentiated",
            "log(total(exp(z[k]), k)) - total(y[k]*z[k], k), 'loss'",
            LOSS_ITSELF.format(variable="z[i]"),
        ),
        "not_simplified": (
            "not simplified",
            (SUM_RULE, LOG_RULE, SOFTMAX_RULE, SPLIT),
            NOT_SIMPLIFIED.format(end="p[i] - y[i]"),
        ),
        "still_in_z": (
            "not in the asked form",
            (
                SUM_RULE,
                LOG_RULE,
                SOFTMAX_RULE,
                "exp(z[i])/total(exp(z[k]), k) - y[i], 'p'",
            ),
            "The last line should contain only p and y. Is a fraction of exponentials "
            "left?\n"
            "Write p[i] instead.",
        ),
        "three_classes_only": (
            "few classes",
            (
                SUM_RULE,
                LOG_RULE,
                SOFTMAX_RULE,
                "p[i]*(y[0] + y[1] + y[2]) - y[i], '3'",
            ),
            "Your line is right for 3 classes but not for 10.\n"
            "Write sums with total(..., k).",
        ),
        "softmax_sign": (
            "jacobian_sign",
            (SUM_RULE, LOG_RULE, "-total(y[k] * (delta(k, i) + p[i]), k), 'softmax'"),
            "That is what you get with a plus in the derivative of softmax.\n"
            "It is p[k]*(delta(k, i) - p[i]).",
        ),
        "own_p": (
            "jacobian_own_p",
            (SUM_RULE, LOG_RULE, "-total(y[k] * (delta(k, i) - p[k]), k), 'softmax'"),
            "In the derivative of softmax, p_k is multiplied by the probability of the "
            "logit that changes. You multiply it by itself.\n"
            "It is p[k]*(delta(k, i) - p[i]).",
        ),
        "delta_dropped": (
            "term_less 1 - y[i], in a sum",
            (SUM_RULE, LOG_RULE, "-total(y[k] * (1 - p[i]), k), 'softmax'"),
            "1 - p[i] is right only for k = i.\ndelta(k, i) is missing.",
        ),
        "p_for_each_class": (
            "term_more (K - 1)*p[i]",
            (SUM_RULE, LOG_RULE, SOFTMAX_RULE, "-y[i] + total(p[i], k), 'split'"),
            "You have p[i] once for each class. In the sum over k, each p[i] is "
            "multiplied by y[k], and the y_k sum to 1.\nKeep p[i]*total(y[k], k).",
        ),
        "label_is_not_one": (
            "term_less 1 - y[i]",
            (SUM_RULE, LOG_RULE, SOFTMAX_RULE, SPLIT, "p[i] - 1, 'y is one-hot'"),
            "You subtract 1 for every class. The label y[i] is 1 only for the true class, "
            "and 0 for the others.\n"
            "Keep y[i].",
        ),
        "last_sign": (
            "sign",
            (SUM_RULE, LOG_RULE, SOFTMAX_RULE, SPLIT, "y[i] - p[i], 'sum'"),
            "The sign is reversed: L falls when the logit of the true class grows.",
        ),
    },
)
mistake(
    line_by_line,
    "no_yield",
    NO_YIELD,
    on="no yield",
    example="def derive_dL_dz(y, p, z, i): return p[i] - y[i]",
)
