"""4c: the derivative of the loss with respect to the probabilities."""

from grader.checks import Alternative, exercise
from grader.derivation_checks import mistakes, numbers
from grader.derivations import Domain, Problem
from grader.derivations.notation import log, total

from ..vocabulary import OTHER_LOSSES
from . import (
    FIRST_ALONE,
    IN_BITS,
    LYING,
    MEAN_OVER_CLASSES,
    ONE_EXPRESSION,
    form,
    k,
    m,
    p,
    right,
    symptom_of_total,
    y,
)

dL_dp = exercise(
    "dL_dp",
    hints=(
        "Only one term of L contains p_k. In code it has y[k] and p[k], for one k at a time.",
        "The derivative of ln p_k with respect to p_k is 1/p_k. The factor before it stays.",
        "Entry k is -y[k] / p[k]. Make the column as dQ_dp does.",
    ),
    alternative=Alternative(
        code="""
            def dL_dp(y, p):
                L = -sum(y[k] * log(p[k]) for k in range(len(p)))
                return sp.Matrix([sp.diff(L, one) for one in p])
        """,
        why=(
            "SymPy differentiates, so for another loss you change one line. What it "
            "costs: you see the answer, but not why it is so."
        ),
    ),
)


def gradient_by_p(classes):
    """dL/dp, entry by entry.

    Each p varies separately here, so the p and the y need not sum to 1. Only the
    points that are shown are probabilities.
    """
    given = {"p": "positive", "y": "positive", "k": "index"}
    domain = Domain(given, classes=classes, more=0)
    known = {"dz": p[k] - y[k], "inverted": -p[k] / y[k]}
    loss = -total(y[m] * log(p[m]), m)
    return Problem(loss, p[k], domain, form("y", "p"), known, OTHER_LOSSES)


@dL_dp.check
def is_the_derivative_for_three_classes(attempt, rng, remark, measured):
    """For 3 classes, every entry is the derivative of L with respect to that p."""
    answer = attempt.dL_dp(numbers("y", 3), numbers("p", 3))
    right(dL_dp, attempt, rng, (remark, measured), answer, gradient_by_p(3), (3,))


@dL_dp.check
def works_for_other_numbers_of_classes(attempt, rng, remark, measured):
    """It is right for 2 and for 4 classes as well."""
    for n in (2, 4):
        answer = attempt.dL_dp(numbers("y", n), numbers("p", n))
        right(dL_dp, attempt, rng, (remark, measured), answer, gradient_by_p(n), (n,))


ENTRIES = "def dL_dp(y, p): return sp.Matrix([{} for a, b in zip(y, p)])"
WHOLE = "def dL_dp(y, p): return {}"
LOSS_OF_TUPLES = "-sum(a * log(b) for a, b in zip(y, p))"

mistakes(
    dL_dp,
    ENTRIES.format,
    {
        "sign": (
            "sign",
            "a / b",
            "Every entry has the opposite sign.\nL has a minus in front.",
        ),
        "label_missing": (
            "missing_factor y[k]",
            "-1 / b",
            "In your answer every class counts as the true one.\n"
            "The factor y_k is missing.",
        ),
        "log_kept": (
            "log_stays_log",
            "-a * log(b)",
            "The log is still there.\nThe derivative of ln p is 1/p.",
        ),
        "by_the_label": (
            "by_y",
            "-log(b)",
            "That is the derivative with respect to y_k. The label is fixed; p_k changes.",
        ),
        "upside_down": (
            "log_is_u",
            "-a * b",
            "You have p_k in the numerator. Where does d ln u = du / u put it?\n"
            "The derivative of ln p is 1/p.",
        ),
        "fraction_inverted": (
            "inverted",
            "-b / a",
            "Your fraction is upside down: this is -p_k / y_k.\n"
            "The derivative of ln p_k is 1/p_k, and y_k is a factor.",
        ),
        "one_over_p_differentiated": (
            "log_inv_square",
            "a / b**2",
            "That is what you get by differentiating 1/p.\n"
            "L contains ln p: start there.",
        ),
        "log_base_2": ("log2", "-a / (b * log(2))", IN_BITS),
        "log_base_10": (
            "log10",
            "-a / (b * log(10))",
            "That is the derivative of log base 10.\n"
            "The loss in these lessons uses ln.",
        ),
        "mean_over_classes": ("over_k", "-a / b / len(p)", MEAN_OVER_CLASSES),
        "already_by_z": (
            "dz",
            "b - a",
            "p - y is the derivative with respect to the logits z. Here you want it with "
            "respect to the probabilities p.",
        ),
        "constant_added": (
            "constant",
            "-a / b + 5",
            "You have an extra constant. The derivative of a constant is 0, so none can "
            "be left.",
        ),
    },
)
mistakes(
    dL_dp,
    WHOLE.format,
    {
        "not_differentiated": (
            "not_differentiated",
            f"[{LOSS_OF_TUPLES}] * len(p)",
            "Every entry is the loss itself, not its derivative.\n"
            "Differentiate it with respect to p_k.",
        ),
        "not_carried_out": (
            "not finished",
            f"[d({LOSS_OF_TUPLES}, one) for one in p]",
            "Your answer contains a derivative that isn't computed yet.\n"
            "Use d ln u = du / u.",
        ),
        "first_alone": ("first entry", "-y[0] / p[0]", FIRST_ALONE),
        "one_number": (
            "shape one",
            "-sum(a / b for a, b in zip(y, p))",
            ONE_EXPRESSION.format(row="p"),
        ),
        "row_for_a_column": (
            "shape lying",
            "sp.Matrix([[-a / b for a, b in zip(y, p)]])",
            LYING,
        ),
    },
)
symptom_of_total(dL_dp, WHOLE.format("total(k, y[0] / p[0])"))


@dL_dp.symptom(
    "d differentiates with respect to one symbol, and here it got a whole row. It also "
    "only writes the derivative down, without computing it.\n"
    "sp.diff(L, p[k]) computes it, for one k at a time.",
    example=WHOLE.format(f"d({LOSS_OF_TUPLES}, p)"),
)
def d_by_a_row(answer):
    raised = answer.raised
    kinds = {named.name: named.type_name for named in raised.names}
    return raised.part == "sp.Derivative(e, v)" and kinds["v"] in ("tuple", "list")
