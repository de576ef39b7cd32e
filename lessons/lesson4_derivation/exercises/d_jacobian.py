"""4d: the Jacobian of softmax."""

from grader.checks import Alternative, exercise
from grader.derivation_checks import mistakes, numbers
from grader.derivations import Domain, Problem

from ..softmax import softmax_of
from . import FIRST_ALONE, form, i, k, p, right, z

jacobian = exercise(
    "jacobian",
    hints=(
        "Row k and column i contain dp_k/dz_i. There are two cases: k = i, and k not i.",
        "The diagonal, k = i, is p[k] * (1 - p[k]). Which sign does the other case have?",
        "It is sp.diag(*p) minus the table of all products p_k p_i, which is the column "
        "sp.Matrix(p) times its own .T",
    ),
    alternative=Alternative(
        code="""
            def jacobian(p):
                K = len(p)
                return sp.Matrix(K, K, lambda k, i: p[k] * (delta(k, i) - p[i]))
        """,
        why=(
            "One formula fills the table: p_k (delta_ki - p_i). The price: you no "
            "longer see that the table is diag(p) minus all products p_k p_i."
        ),
    ),
)


def jacobian_of(classes):
    """dp_k/dz_i, where p is the softmax of the logits."""
    given = {"z": "scores", "p": softmax_of("z"), "k": "index", "i": "index"}
    domain = Domain(given, classes=classes, more=0)
    return Problem(p[k], z[i], domain, form("p", without=("exp",)))


@jacobian.check
def is_the_jacobian_for_three_classes(attempt, rng, remark, measured):
    """For 3 classes, row k and column i contain dp_k/dz_i, in terms of p only."""
    answer = attempt.jacobian(numbers("p", 3))
    right(jacobian, attempt, rng, (remark, measured), answer, jacobian_of(3), (3, 3))


@jacobian.check
def is_the_jacobian_for_two_and_four(attempt, rng, remark, measured):
    """It is right for 2 and for 4 classes as well."""
    for n in (2, 4):
        answer = attempt.jacobian(numbers("p", n))
        right(
            jacobian, attempt, rng, (remark, measured), answer, jacobian_of(n), (n, n)
        )


ENTRIES = """
def jacobian(p):
    n = range(len(p))
    return sp.Matrix([[{} for i in n] for k in n])
"""
WHOLE = "def jacobian(p): return {}"

mistakes(
    jacobian,
    ENTRIES.format,
    {
        "diagonal_only": (
            "jacobian_diagonal",
            "delta(k, i) * p[k] * (1 - p[k])",
            "Your off-diagonal entries are 0. Raising one logit lowers all other "
            "probabilities.\n"
            "Off the diagonal, dp_k/dz_i = -p_k p_i.",
        ),
        "plus_off_the_diagonal": (
            "jacobian_plus",
            "p[k] * (1 - p[k]) if k == i else p[k] * p[i]",
            "Each row of the Jacobian must sum to 0; your first sums to {s}.\n"
            "Check the sign off the diagonal.",
        ),
        "sigmoid_everywhere": (
            "jacobian_sigmoid",
            "p[k] * (1 - p[k])",
            "p (1 - p) is right only for k = i. (It is the derivative of the sigmoid.)",
        ),
        "denominator_constant": (
            "jacobian_denominator",
            "delta(k, i) * p[k]",
            "That is what you get if the denominator is a constant. But it contains every "
            "logit, so it changes with each of them.",
        ),
        "delta_missing": (
            "jacobian_no_delta",
            "-p[k] * p[i]",
            "The part with delta is missing.\nOn the diagonal there is one more p_k.",
        ),
        "reciprocal_sign": (
            "jacobian_sign",
            "p[k] * (delta(k, i) + p[i])",
            "The second part has lost its minus.\nThe derivative of 1/u is -u'/u^2.",
        ),
        "own_p": (
            "jacobian_own_p",
            "p[k] * (delta(k, i) - p[k])",
            "Off the diagonal you multiply p_k by itself. Which probability belongs to the "
            "logit z_i?\n"
            "Off the diagonal, dp_k/dz_i = -p_k p_i.",
        ),
        "identity": (
            "jacobian_identity",
            "delta(k, i)",
            "That is the identity matrix: it says that p_k changes exactly as z_k does. "
            "There is a softmax between the two.",
        ),
        "sign": (
            "sign",
            "p[k] * (p[i] - delta(k, i))",
            "Every entry has the opposite sign. Raise z_k, and p_k must rise.",
        ),
        "zero": (
            "zero",
            "sp.diff(p[k], sp.Symbol('z'))",
            "All your entries are 0. To SymPy, p_k and z_i are unrelated symbols.\n"
            "Use the quotient rule on paper.",
        ),
    },
)
mistakes(
    jacobian,
    WHOLE.format,
    {
        "first_alone": ("first entry", "p[0] * (1 - p[0])", FIRST_ALONE),
        "one_expression": (
            "shape one",
            "sum(p)",
            "That is one expression. The table has an entry for every k and every i.\n"
            "Put the loops inside: sp.Matrix([[... for i in range(len(p))] for k in "
            "range(len(p))]).",
        ),
        "one_long_list": (
            "shape flat",
            "[a * (delta(a, b) - b) for a in p for b in p]",
            "You returned all the entries in one flat list. A table is a list of rows.\n"
            "Write [[... for i in range(len(p))] for k in range(len(p))].",
        ),
        "diagonal_alone": (
            "shape row",
            "sp.Matrix([q * (1 - q) for q in p])",
            "That is one column. The table has a row for every p_k and a column for "
            "every z_i. Is it only the diagonal?",
        ),
    },
)


@jacobian.symptom(
    "sp.diag of a column returns that column, not a table.\n"
    "Give it the entries as separate arguments: sp.diag(*p).",
    example="""
def jacobian(p):
    p = sp.Matrix(p)
    return sp.diag(p) - p * p.T
""",
)
def diagonal_of_a_column(answer):
    raised, n = answer.raised, len(answer.args[0])
    is_a_column = raised is not None and f"({n}, 1) + ({n}, {n})" in raised.message
    return is_a_column and "diag(" in raised.source_line


@jacobian.symptom(
    "jacobian gets p, but no z. And to SymPy p[k] is a plain symbol, so its derivative "
    "with respect to a logit would be 0.\n"
    "Use the quotient rule on paper, and write the result in terms of p.",
    example=ENTRIES.format("sp.diff(p[k], z[i])"),
)
def differentiated_by_z(answer):
    raised = answer.raised
    by_z = raised is not None and raised.message == "name 'z' is not defined"
    return by_z and "diff(p[" in raised.source_line.replace(" ", "")


@jacobian.symptom(
    "Your {which} part is a table with a single entry. sp.diag takes the entries as "
    "separate arguments, and a column times a row is a whole table.\n"
    "Write sp.diag(*p), and multiply a column by its .T.",
    example=WHOLE.format("sp.diag(p) - sp.Matrix(p) * sp.Matrix(p).T"),
)
def table_of_one_entry(answer):
    raised = answer.raised
    if raised is None or "mismatch" not in raised.message:
        return False
    first, _, second = raised.message.partition(" + ")
    parts = {"first": "(1, 1)" in first, "second": "(1, 1)" in second}
    return next(({"which": name} for name, is_one in parts.items() if is_one), False)
