"""4b: softmax as a formula."""

from grader.checks import Alternative, exercise
from grader.derivation_checks import mistakes, numbers
from grader.derivations import Domain, Problem
from grader.derivations.notation import exp, log, sigma, total

from . import (
    FIRST_ALONE,
    LYING,
    ONE_EXPRESSION,
    form,
    k,
    m,
    right,
    symptom_of_total,
    z,
)

softmax_exprs = exercise(
    "4b",
    "Softmax as a formula",
    points=10,
    writes="softmax_exprs",
    hints=(
        "Entry k has the numerator exp(z_k). The sum below, S, is the same for all of them.",
        "z is a tuple: z[k] is one score. S is sum(exp(z[k]) for k in range(len(z))).",
        "Entry k is exp(z[k]) / S. The column is made of them as in the example, dQ_dp.",
    ),
    alternative=Alternative(
        code="""
            def softmax_exprs(z):
                S = sum(map(exp, z))
                return sp.Matrix(z).applyfunc(lambda score: exp(score) / S)
        """,
        why=(
            "S has its name from the paper and is built once, and applyfunc needs no "
            "index. What it costs: one more word of SymPy to know."
        ),
    ),
)


def row_of_softmax(classes):
    """Softmax itself, and what it is often taken for."""
    domain = Domain({"z": "scores", "k": "index"}, classes=classes, more=0)
    wrong = {
        "no_exp": z[k] / total(z[m], m),
        "no_division": exp(z[k]),
        "falling": exp(-z[k]) / total(exp(-z[m]), m),
        "exp_of_sum": exp(z[k]) / exp(total(z[m], m)),
        "own_left_out": exp(z[k]) / (total(exp(z[m]), m) - exp(z[k])),
        "log_softmax": z[k] - log(total(exp(z[m]), m)),
        "sigmoid": sigma(z[k]),
        "sum_of_scores": exp(z[k]) / total(z[m], m),
        "same_below": exp(z[k]) / total(exp(z[k]), m),
    }
    softmax = exp(z[k]) / total(exp(z[m]), m)
    return Problem(softmax, None, domain, form("z"), wrong)


@softmax_exprs.check
def is_softmax_for_three_classes(attempt, rng, remark, measured):
    """For 3 classes, every entry is exp(z_k) divided by the sum of all of them."""
    answer = attempt.softmax_exprs(numbers("z", 3))
    right(
        softmax_exprs, attempt, rng, (remark, measured), answer, row_of_softmax(3), (3,)
    )


@softmax_exprs.check
def is_softmax_for_two_and_four(attempt, rng, remark, measured):
    """For 2 and for 4 classes it holds as well."""
    for n in (2, 4):
        answer = attempt.softmax_exprs(numbers("z", n))
        right(
            softmax_exprs,
            attempt,
            rng,
            (remark, measured),
            answer,
            row_of_softmax(n),
            (n,),
        )


ENTRIES = "def softmax_exprs(z): return sp.Matrix([{} for t in z])"
WHOLE = "def softmax_exprs(z): return {}"

mistakes(
    softmax_exprs,
    ENTRIES.format,
    {
        "no_exp": (
            "no_exp",
            "t / sum(z)",
            "You divided the scores by their sum. Exponentiate them first: scores may "
            "be negative, or add up to 0.",
        ),
        "no_division": (
            "no_division",
            "exp(t)",
            "These are the exponentials alone. Divide each by the sum of all of them.",
        ),
        "falling": (
            "falling",
            "exp(-t) / sum(exp(-s) for s in z)",
            "A higher score gives a lower probability in yours, as with exp(-z) for "
            "exp(z).",
        ),
        "exp_of_sum": (
            "exp_of_sum",
            "exp(t) / exp(sum(z))",
            "Your denominator is exp of the sum. It should be the sum of the exps.",
        ),
        "own_left_out": (
            "own_left_out",
            "exp(t) / sum(exp(s) for s in z if s != t)",
            "Your denominator leaves out the class itself. The sum runs over all "
            "classes.",
        ),
        "log_softmax": (
            "log_softmax",
            "t - log(sum(exp(s) for s in z))",
            "That is ln p. Return the softmax itself, without the log.",
        ),
        "sigmoid_each": (
            "sigmoid",
            "1 / (1 + exp(-t))",
            "That is the sigmoid of every score on its own: the entries do not sum to "
            "1.",
        ),
        "sum_of_scores": (
            "sum_of_scores",
            "exp(t) / sum(z)",
            "Below stands the sum of the scores. It should be the sum of their "
            "exponentials.",
        ),
        "same_below": (
            "same_below",
            "exp(t) / total(exp(t), k)",
            "Every entry is 1/K in yours, whatever the scores. Does total add the "
            "same exponential, K times?\n"
            "S is sum(exp(z[k]) for k in range(len(z))).",
        ),
        "mean_below": (
            "times_k",
            "exp(t) * len(z) / sum(exp(s) for s in z)",
            "Your entries are too large by the number of classes. Did you divide by the "
            "mean of the exponentials? Divide by their sum.",
        ),
    },
)
mistakes(
    softmax_exprs,
    WHOLE.format,
    {
        "first_alone": (
            "first entry",
            "exp(z[0]) / sum(exp(t) for t in z)",
            FIRST_ALONE,
        ),
        "one_expression": (
            "shape one",
            "sum(exp(t) for t in z)",
            ONE_EXPRESSION.format(row="z"),
        ),
        "row_for_a_column": (
            "shape lying",
            "sp.Matrix([exp(t) / sum(exp(s) for s in z) for t in z]).T",
            LYING,
        ),
    },
)
symptom_of_total(softmax_exprs, WHOLE.format("total(k, exp(z[0]))"))
