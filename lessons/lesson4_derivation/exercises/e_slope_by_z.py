"""4e: the slope of the loss by the scores, and the fact that its last line uses."""

from grader.checks import Alternative, exercise, expect
from grader.derivation_checks import assertions, mistakes, numbers
from grader.derivations import Domain, Problem

from ..softmax import softmax_of
from ..vocabulary import OTHER_LOSSES
from . import (
    FIRST_ALONE,
    IN_BITS,
    LOSS,
    LYING,
    MEAN_OVER_CLASSES,
    ONE_EXPRESSION,
    form,
    i,
    right,
    symptom_of_total,
    z,
)

dL_dz = exercise(
    "4e",
    "The slope for every score",
    points=10,
    writes="dL_dz",
    hints=(
        "Entry i is what the last card of the proof says: dL/dz_i, in y[i] and p[i] alone.",
        "By the table, too: jacobian(p).T * dL_dp(y, p). In it every p_k below cancels.",
        "p_i sum_k y_k - y_i is left, and the labels of a photo sum to 1. A loop as in 4a.",
    ),
    alternative=Alternative(
        code="""
            def dL_dz(y, p):
                return sp.Matrix(p) - sp.Matrix(y)
        """,
        why=(
            "Columns can be subtracted, so the code reads as the formula does: p - y. "
            "What it costs: two columns are made to get a third."
        ),
    ),
)

SUM_LEFT_IN = "Correct. Now use that the labels of one photo sum to 1 to finish."
FACTS = ("sum(p)=1", "sum(y)=1", "y is one-hot", "p > 0")


def slope_by_z(classes, labels="distribution"):
    """dL/dz, entry by entry."""
    given = {"z": "scores", "p": softmax_of("z"), "y": labels, "i": "index"}
    domain = Domain(given, classes=classes, more=0)
    return Problem(LOSS, z[i], domain, form("y", "p"), instead=OTHER_LOSSES)


def left_the_sum_in(attempt, answer, classes, rng):
    """Whether the answer holds for labels of any sum: then sum(y) = 1 is not used."""
    ask = assertions(dL_dz, attempt, rng)
    problem = slope_by_z(classes, labels="positive")
    return problem.judge(ask.written(answer, (classes,)), ask.seed).is_equal


@dL_dz.check
def is_the_slope_for_three_classes(attempt, rng, remark, measured):
    """For 3 classes, every entry is the derivative of L by that score, in y and p."""
    answer = attempt.dL_dz(numbers("y", 3), numbers("p", 3))
    right(dL_dz, attempt, rng, (remark, measured), answer, slope_by_z(3), (3,))
    if left_the_sum_in(attempt, answer, 3, rng):
        remark(SUM_LEFT_IN)


@dL_dz.check
def is_the_slope_for_two_and_four(attempt, rng, remark, measured):
    """For 2 and for 4 classes it holds as well."""
    for n in (2, 4):
        answer = attempt.dL_dz(numbers("y", n), numbers("p", n))
        right(dL_dz, attempt, rng, (remark, measured), answer, slope_by_z(n), (n,))


@dL_dz.check
def names_the_fact_that_is_used(attempt):
    """USED names the fact that the last line of the proof needs."""
    answer = attempt.value("USED")
    used = expect(answer).text().replace(" ", "")
    facts = [fact.replace(" ", "") for fact in FACTS]
    words = ", ".join(repr(fact) for fact in FACTS)
    expect(answer).holds(used in facts, f"Answer with one of: {words}.")
    expect(answer).holds(
        used == "sum(y)=1", "The last line of the proof needs another fact."
    )


ENTRIES = "def dL_dz(y, p): return sp.Matrix([{} for a, b in zip(y, p)])"
WHOLE = "def dL_dz(y, p): n = range(len(p)); return {}"

mistakes(
    dL_dz,
    ENTRIES.format,
    {
        "sign": (
            "sign",
            "a - b",
            "You have y - p. The gradient points uphill: increasing a wrong class's "
            "score increases the loss.",
        ),
        "one_for_every_class": (
            "term_less 1 - y[i]",
            "b - 1",
            "Every class gets a -1 in yours. Which of them has the label 1?\n"
            "Subtract y, not 1.",
        ),
        "diagonal_jacobian": (
            "jacobian_diagonal",
            "-a * (1 - b)",
            "That is what the diagonal of the Jacobian gives alone. z_i moves every "
            "p_k, so sum over k.",
        ),
        "denominator_constant": (
            "jacobian_denominator",
            "-a",
            "The p part is missing, as if softmax's denominator were a constant. It "
            "holds every score.",
        ),
        "stopped_at_p": (
            "jacobian_identity",
            "-a / b",
            "That is dL/dp. One more step is needed: from p to z.",
        ),
        "label_part_missing": (
            "jacobian_no_delta",
            "b * sum(y)",
            "The part -y is missing: it is the term of the sum that delta_ki keeps.",
        ),
        "twice": (
            "twice",
            "2 * (b - a)",
            "Twice too large. There is no square in the loss, so no 2 comes down.",
        ),
        "mean_over_classes": ("over_k", "(b - a) / len(p)", MEAN_OVER_CLASSES),
        "log_base_2": ("log2", "(b - a) / log(2)", IN_BITS),
        "sigmoid_factor": (
            "extra_factor p[i]*(1 - p[i])",
            "(b - a) * b * (1 - b)",
            "There is a factor p(1-p) too many: for cross-entropy it cancels.",
        ),
    },
    function="dL_dz",
)
mistakes(
    dL_dz,
    WHOLE.format,
    {
        "sigmoid_everywhere": (
            "jacobian_sigmoid",
            "[-sum(a * (1 - b) for a, b in zip(y, p))] * len(p)",
            "That is what p(1-p) gives for every pair of classes.\n"
            "Off the diagonal it is -p_k p_i.",
        ),
        "squared_error": (
            "squared_error",
            "[sum(2 * (p[m] - y[m]) * p[m] * (delta(m, i) - p[i]) for m in n) "
            "for i in n]",
            "That is the derivative of the squared error. The loss here is "
            "cross-entropy.",
        ),
        "binary_of_each": (
            "binary_each_class",
            "[sum((p[m] - y[m]) / (1 - p[m]) * (delta(m, i) - p[i]) for m in n) "
            "for i in n]",
            "That is binary cross-entropy of every class. With softmax one term is "
            "enough.",
        ),
        "first_alone": ("first entry", "p[0] - y[0]", FIRST_ALONE),
        "one_expression": (
            "shape one",
            "sum(p) - sum(y)",
            ONE_EXPRESSION.format(row="p"),
        ),
        "row_for_a_column": (
            "shape lying",
            "[[b - a for a, b in zip(y, p)]]",
            LYING,
        ),
    },
    function="dL_dz",
)
symptom_of_total(dL_dz, WHOLE.format("total(k, p[0] - y[0])"))
dL_dz.wrong_values(
    "USED",
    {
        "sum_of_p": (
            "sum(p)=1",
            "That the p sum to 1 is true, and used in the Jacobian.\n"
            "The last line needs a sum over labels.",
        ),
        "one_hot": (
            "y is one-hot",
            "One-hot is more than you need. The last line holds for soft labels, too.",
        ),
        "positive_p": (
            "p > 0",
            "p > 0 keeps the log alive, but no sum disappears by it.",
        ),
    },
)
