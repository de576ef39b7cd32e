"""4b: softmax as a formula."""

from derivations import Domain, Problem
from derivations.notation import exp, log, sigma, total
from grader.checks import exercise
from grader.derivation_checks import mistakes, numbers

from . import LYING, form, i, k, right, z

softmax_exprs = exercise(
    "4b",
    "Softmax as a formula",
    points=10,
    name="softmax_exprs",
    hints=(
        "Each entry has a numerator of its own. The sum below is shared.",
        "The sum is S = sum(exp(t) for t in z).",
        "Each entry is exp(z_i)/S.",
    ),
)


def row_of_softmax(classes):
    """Softmax itself, and what it is often taken for."""
    domain = Domain({"z": "scores", "i": "index"}, classes=classes, more=0)
    wrong = {
        "no_exp": z[i] / total(z[k], k),
        "no_division": exp(z[i]),
        "falling": exp(-z[i]) / total(exp(-z[k]), k),
        "exp_of_sum": exp(z[i]) / exp(total(z[k], k)),
        "own_left_out": exp(z[i]) / (total(exp(z[k]), k) - exp(z[i])),
        "log_softmax": z[i] - log(total(exp(z[k]), k)),
        "sigmoid": sigma(z[i]),
    }
    softmax = exp(z[i]) / total(exp(z[k]), k)
    return Problem(softmax, None, domain, form("z"), wrong)


@softmax_exprs.check
def is_softmax_for_three_classes(attempt, rng, remark):
    """For 3 classes, every entry is exp(z_i) divided by the sum of all of them."""
    answer = attempt.softmax_exprs(numbers("z", 3))
    right(softmax_exprs, attempt, rng, remark, answer, row_of_softmax(3), (3,))


@softmax_exprs.check
def is_softmax_for_two_and_four(attempt, rng, remark):
    """For 2 and for 4 classes it holds as well."""
    for n in (2, 4):
        answer = attempt.softmax_exprs(numbers("z", n))
        right(softmax_exprs, attempt, rng, remark, answer, row_of_softmax(n), (n,))


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
            "That is ln p. Softmax itself is asked for, without the log.",
        ),
        "sigmoid_each": (
            "sigmoid",
            "1 / (1 + exp(-t))",
            "That is the sigmoid of every score on its own: the entries do not sum to "
            "1.",
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
        "row_for_a_column": (
            "shape lying",
            "sp.Matrix([exp(t) / sum(exp(s) for s in z) for t in z]).T",
            LYING,
        ),
    },
)
