"""4c: the Jacobian of softmax."""

from derivations import Domain, Problem
from grader.checks import exercise
from grader.derivation_checks import mistakes, numbers

from ..softmax import softmax_of
from . import form, i, j, p, right, z

jacobian = exercise(
    "4c",
    "The Jacobian of softmax",
    points=15,
    name="jacobian",
    hints=(
        "There are two cases: i = j, and i different from j.",
        "For i = j the entry is p_i (1 - p_i). Which sign has the other one?",
        "As a matrix: diag(p) - p p^T. In SymPy: sp.diag(*p), and a column times its .T",
    ),
)


def jacobian_of(classes):
    """dp_i/dz_j, tied to the scores."""
    given = {"z": "scores", "p": softmax_of("z"), "i": "index", "j": "index"}
    domain = Domain(given, classes=classes, more=0)
    return Problem(p[i], z[j], domain, form("p", without=("exp",)))


@jacobian.check
def is_the_jacobian_for_three_classes(attempt, rng, remark):
    """For 3 classes, row i and column j hold dp_i/dz_j, in p alone."""
    answer = attempt.jacobian(numbers("p", 3))
    right(jacobian, attempt, rng, remark, answer, jacobian_of(3), (3, 3))


@jacobian.check
def is_the_jacobian_for_two_and_four(attempt, rng, remark):
    """For 2 and for 4 classes it holds as well."""
    for n in (2, 4):
        answer = attempt.jacobian(numbers("p", n))
        right(jacobian, attempt, rng, remark, answer, jacobian_of(n), (n, n))


ENTRIES = """
def jacobian(p):
    n = range(len(p))
    return sp.Matrix([[{} for j in n] for i in n])
"""
WHOLE = "def jacobian(p): return {}"

mistakes(
    jacobian,
    ENTRIES.format,
    {
        "diagonal_only": (
            "jacobian_diagonal",
            "delta(i, j) * p[i] * (1 - p[i])",
            "Off-diagonal entries are 0 in yours. Raising one score lowers all other "
            "probabilities: d p_i/d z_j = -p_i p_j.",
        ),
        "plus_off_the_diagonal": (
            "jacobian_plus",
            "p[i] * (1 - p[i]) if i == j else p[i] * p[j]",
            "Off-diagonal sign: rows of the Jacobian must sum to 0; your first sums to "
            "{s}.",
        ),
        "sigmoid_everywhere": (
            "jacobian_sigmoid",
            "p[i] * (1 - p[i])",
            "p(1-p) is the i = j case only (that is the sigmoid derivative).",
        ),
        "denominator_constant": (
            "jacobian_denominator",
            "delta(i, j) * p[i]",
            "That is what a constant denominator gives. It holds every score, so it "
            "changes with each of them.",
        ),
        "delta_missing": (
            "jacobian_no_delta",
            "-p[i] * p[j]",
            "The delta part is missing: on the diagonal there is one p_i more.",
        ),
        "reciprocal_sign": (
            "jacobian_sign",
            "p[i] * (delta(i, j) + p[j])",
            "The derivative of 1/u is -u'/u^2: the minus is missing in the second part.",
        ),
        "identity": (
            "jacobian_identity",
            "delta(i, j)",
            "That is the identity: it says that p_i moves exactly as z_i does. Softmax "
            "lies between the two.",
        ),
        "sign": (
            "sign",
            "p[i] * (p[j] - delta(i, j))",
            "Every entry has the opposite sign. Raise z_i, and p_i must rise.",
        ),
        "zero": (
            "zero",
            "sp.diff(p[i], sp.Symbol('z'))",
            "All your entries are 0. To SymPy p_i and z_j have nothing to do with each "
            "other; use the quotient rule on paper.",
        ),
    },
)
mistakes(
    jacobian,
    WHOLE.format,
    {
        "diagonal_alone": (
            "shape row",
            "sp.Matrix([q * (1 - q) for q in p])",
            "That is one column. The table has a row for every p_i and a column for "
            "every z_j. Is it the diagonal alone?",
        ),
    },
)


@jacobian.symptom(
    "One of your two parts is a table of one entry. sp.diag takes the p one by one, "
    "sp.diag(*p), and a column times its .T is the table of products.",
    example=WHOLE.format("sp.diag(p) - sp.Matrix(p) * sp.Matrix(p).T"),
)
def table_of_one_entry(answer):
    raised = answer.raised
    return (
        raised is not None
        and "mismatch" in raised.message
        and ("(1, 1)" in raised.message)
    )
