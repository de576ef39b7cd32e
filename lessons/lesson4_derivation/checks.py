"""What is asked of lesson 4, and which mistakes are known.

The right answers are not written down: they come from the loss, differentiated by the
grader itself. So do most of the wrong ones; here they only get their sentences.
"""

import itertools
import math
from fractions import Fraction

import numpy as np

from derivations import Domain, Form, Problem
from derivations.notation import Row, exp, log, sigma, symbol, total
from grader.checks import exercise, expect, lesson
from grader.derivation_checks import assertions, index, mistake, number, numbers, row

from .routes import SIGMOID_ROUTES, SOFTMAX_ROUTES
from .softmax import softmax_of
from .vocabulary import HELPERS, OTHER_LOSSES

# A right answer takes a hundredth of a second; 9**9**9 would take for ever.
LESSON = lesson(imports=("numpy", "sympy"), cpu_s=2)

# What is derived, in the words of the lesson.

y, p, z = Row("y"), Row("p"), Row("z")
i, j, k = symbol("i"), symbol("j"), symbol("k")
LOSS = -total(y[k] * log(p[k]), k)
SOFTMAX = exp(z[i]) / total(exp(z[k]), k)
LABEL, SCORE = symbol("y"), symbol("z")
BINARY_LOSS = -LABEL * log(sigma(SCORE)) - (1 - LABEL) * log(1 - sigma(SCORE))


def form(*names, without=(), once=()):
    """The asked form: these symbols, no derivative, and nothing of `without`.

    What is in `once` may stand in it one time: more can be simplified.
    """
    return Form(frozenset(names), frozenset(without), frozenset(once))


SUMS = ("Sum", "Product", "Delta", "Piecewise")


def slope_by_p(classes):
    """dL/dp, entry by entry.

    Each p moves on its own here, so no p and no y is tied to the others by a sum. Only
    the points that are shown are probabilities.
    """
    given = {"p": "positive", "y": "positive", "i": "index"}
    domain = Domain(given, classes=classes, more=0)
    known = {"dz": p[i] - y[i]}
    return Problem(LOSS, p[i], domain, form("y", "p"), known, OTHER_LOSSES)


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
    return Problem(SOFTMAX, None, domain, form("z"), wrong)


def jacobian_of(classes):
    """dp_i/dz_j, tied to the scores."""
    given = {"z": "scores", "p": softmax_of("z"), "i": "index", "j": "index"}
    domain = Domain(given, classes=classes, more=0)
    return Problem(p[i], z[j], domain, form("p", without=("exp",)))


def slope_by_z(classes, labels="distribution"):
    """dL/dz, entry by entry."""
    given = {"z": "scores", "p": softmax_of("z"), "y": labels, "i": "index"}
    domain = Domain(given, classes=classes, more=0)
    return Problem(LOSS, z[i], domain, form("y", "p"), instead=OTHER_LOSSES)


SLOPE = Problem(
    LOSS,
    z[i],
    Domain({"z": "scores", "p": softmax_of("z"), "y": "distribution", "i": "index"}),
    form("y", "p", "i", without=SUMS, once=("y", "p")),
    instead=OTHER_LOSSES,
)
SIGMA = sigma(SCORE)
BINARY_SLOPE = Problem(
    BINARY_LOSS,
    SCORE,
    Domain({"z": "number", "y": "unit"}),
    form("y", "z", once=("y", "sigma")),
    factors=(SIGMA, 1 - SIGMA, SIGMA * (1 - SIGMA)),
)

LYING = (
    "That is a row, 1 x K. A column stands upright, K x 1: sp.Matrix([a, b, c]) makes "
    "one of a list, and .T turns a row."
)
SIGN = "Every entry has the opposite sign: L has a minus in front."
ROUNDED = "Right, but written with rounded decimals. sp.log(2) and sp.Rational(1, 3) are exact."
SUM_LEFT_IN = "Correct. Now use that the labels of one photo sum to 1 to finish."


def right(which, attempt, rng, remark, answer, problem, shape):
    """The answer is right; decimals that are exact to 1e-12 are remarked on."""
    ruling = assertions(which, attempt, rng).derived(answer, problem, shape)
    if ruling.is_rounded:
        remark(ROUNDED)


# 4a

dL_dp = exercise(
    "4a",
    "The slope of the loss",
    points=10,
    name="dL_dp",
    hints=(
        "Each class has one logarithm in L, and no other term holds its p.",
        "The derivative of ln p by p is 1/p.",
        "Each entry is -y_i/p_i: loop over zip(y, p).",
    ),
)


@dL_dp.check
def is_the_derivative_for_three_classes(attempt, rng, remark):
    """For 3 classes, every entry is the derivative of L by that p."""
    answer = attempt.dL_dp(numbers("y", 3), numbers("p", 3))
    right(dL_dp, attempt, rng, remark, answer, slope_by_p(3), (3,))


@dL_dp.check
def works_for_other_numbers_of_classes(attempt, rng, remark):
    """For 2 and for 4 classes it holds as well."""
    for classes in (2, 4):
        answer = attempt.dL_dp(numbers("y", classes), numbers("p", classes))
        right(dL_dp, attempt, rng, remark, answer, slope_by_p(classes), (classes,))


def dL_dp_gives(entry):
    """An attempt whose entries are this expression in a label and a probability."""
    return f"""
def dL_dp(y, p):
    return sp.Matrix([{entry} for a, b in zip(y, p)])
"""


mistake(dL_dp, "sign", SIGN, on="sign", example=dL_dp_gives("a / b"))
mistake(
    dL_dp,
    "label_missing",
    "The factor y_i is missing: without it every class counts as the true one.",
    on="missing_factor y[i]",
    example=dL_dp_gives("-1 / b"),
)
mistake(
    dL_dp,
    "log_kept",
    "The log is still there: the derivative of ln p is 1/p.",
    on="log_stays_log",
    example=dL_dp_gives("-a * log(b)"),
)
mistake(
    dL_dp,
    "not_differentiated",
    "That is the loss itself, in every entry. Differentiate it by p_i.",
    on="not_differentiated",
    example="""
def dL_dp(y, p):
    return [-sum(a * log(b) for a, b in zip(y, p))] * len(p)
""",
)
mistake(
    dL_dp,
    "by_the_label",
    "That is the derivative by y_i. The label is fixed; p_i is what changes.",
    on="by_y",
    example=dL_dp_gives("-log(b)"),
)
mistake(
    dL_dp,
    "upside_down",
    "p_i stands where 1/p_i belongs: the derivative of ln p is 1/p.",
    on="log_is_u",
    example=dL_dp_gives("-a * b"),
)
mistake(
    dL_dp,
    "one_over_p_differentiated",
    "That is what 1/p gives, differentiated. L holds ln p: start there.",
    on="log_inv_square",
    example=dL_dp_gives("a / b**2"),
)
mistake(
    dL_dp,
    "log_base_2",
    "That is the slope in bits, with log base 2. The loss of these lessons is in nats.",
    on="log2",
    example=dL_dp_gives("-a / (b * log(2))"),
)
mistake(
    dL_dp,
    "log_base_10",
    "That is the slope of log base 10. The loss of these lessons uses ln.",
    on="log10",
    example=dL_dp_gives("-a / (b * log(10))"),
)
mistake(
    dL_dp,
    "mean_over_classes",
    "Your answer is the right one, divided by the number of classes. L is a sum over "
    "classes, not a mean.",
    on="over_k",
    example="""
def dL_dp(y, p):
    return [-a / b / len(p) for a, b in zip(y, p)]
""",
)
mistake(
    dL_dp,
    "already_by_z",
    "p - y is the slope by the scores z. Here it is asked by the probabilities p.",
    on="dz",
    example=dL_dp_gives("b - a"),
)
mistake(
    dL_dp,
    "constant_added",
    "A constant is added. The derivative of a constant is 0, so none can be left.",
    on="constant",
    example=dL_dp_gives("-a / b + 5"),
)
mistake(
    dL_dp,
    "not_carried_out",
    "A derivative that is not carried out stands in your answer. Work it out: "
    "d ln u = du / u.",
    on="not finished",
    example="""
def dL_dp(y, p):
    L = -sum(a * log(b) for a, b in zip(y, p))
    return [d(L, b) for b in p]
""",
)
mistake(
    dL_dp,
    "one_number",
    "That is one expression. The slope has an entry for every class: a column.",
    on="shape one",
    example="""
def dL_dp(y, p):
    return -sum(a / b for a, b in zip(y, p))
""",
)
mistake(
    dL_dp,
    "row_for_a_column",
    LYING,
    on="shape lying",
    example="""
def dL_dp(y, p):
    return sp.Matrix([[-a / b for a, b in zip(y, p)]])
""",
)

# 4b

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


@softmax_exprs.check
def is_softmax_for_three_classes(attempt, rng, remark):
    """For 3 classes, every entry is exp(z_i) divided by the sum of all of them."""
    answer = attempt.softmax_exprs(numbers("z", 3))
    right(softmax_exprs, attempt, rng, remark, answer, row_of_softmax(3), (3,))


@softmax_exprs.check
def is_softmax_for_two_and_four(attempt, rng, remark):
    """For 2 and for 4 classes it holds as well."""
    for classes in (2, 4):
        answer = attempt.softmax_exprs(numbers("z", classes))
        right(
            softmax_exprs,
            attempt,
            rng,
            remark,
            answer,
            row_of_softmax(classes),
            (classes,),
        )


def softmax_gives(entry):
    """An attempt whose entries are this expression in t, one of the scores z."""
    return f"""
def softmax_exprs(z):
    return sp.Matrix([{entry} for t in z])
"""


mistake(
    softmax_exprs,
    "no_exp",
    "You divided the scores by their sum. Exponentiate them first: scores may be "
    "negative, or add up to 0.",
    on="no_exp",
    example=softmax_gives("t / sum(z)"),
)
mistake(
    softmax_exprs,
    "no_division",
    "These are the exponentials alone. Divide each by the sum of all of them.",
    on="no_division",
    example=softmax_gives("exp(t)"),
)
mistake(
    softmax_exprs,
    "falling",
    "A higher score gives a lower probability in yours, as with exp(-z) for exp(z).",
    on="falling",
    example=softmax_gives("exp(-t) / sum(exp(-s) for s in z)"),
)
mistake(
    softmax_exprs,
    "exp_of_sum",
    "Your denominator is exp of the sum. It should be the sum of the exps.",
    on="exp_of_sum",
    example=softmax_gives("exp(t) / exp(sum(z))"),
)
mistake(
    softmax_exprs,
    "own_left_out",
    "Your denominator leaves out the class itself. The sum runs over all classes.",
    on="own_left_out",
    example=softmax_gives("exp(t) / sum(exp(s) for s in z if s != t)"),
)
mistake(
    softmax_exprs,
    "log_softmax",
    "That is ln p. Softmax itself is asked for, without the log.",
    on="log_softmax",
    example=softmax_gives("t - log(sum(exp(s) for s in z))"),
)
mistake(
    softmax_exprs,
    "sigmoid_each",
    "That is the sigmoid of every score on its own: the entries do not sum to 1.",
    on="sigmoid",
    example=softmax_gives("1 / (1 + exp(-t))"),
)
mistake(
    softmax_exprs,
    "mean_below",
    "Your entries are too large by the number of classes. Did you divide by the mean of "
    "the exponentials? Divide by their sum.",
    on="times_k",
    example=softmax_gives("exp(t) * len(z) / sum(exp(s) for s in z)"),
)
mistake(
    softmax_exprs,
    "row_for_a_column",
    LYING,
    on="shape lying",
    example="""
def softmax_exprs(z):
    return sp.Matrix([exp(t) / sum(exp(s) for s in z) for t in z]).T
""",
)

# 4c

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


def jacobian_gives(entry):
    """An attempt whose entries are this expression in p, i and j."""
    return f"""
def jacobian(p):
    n = range(len(p))
    return sp.Matrix([[{entry} for j in n] for i in n])
"""


mistake(
    jacobian,
    "diagonal_only",
    "Off-diagonal entries are 0 in yours. Raising one score lowers all other "
    "probabilities: d p_i/d z_j = -p_i p_j.",
    on="jacobian_diagonal",
    example=jacobian_gives("delta(i, j) * p[i] * (1 - p[i])"),
)
mistake(
    jacobian,
    "plus_off_the_diagonal",
    "Off-diagonal sign: rows of the Jacobian must sum to 0; your first sums to {s}.",
    on="jacobian_plus",
    example=jacobian_gives("p[i] * (1 - p[i]) if i == j else p[i] * p[j]"),
)
mistake(
    jacobian,
    "sigmoid_everywhere",
    "p(1-p) is the i = j case only (that is the sigmoid derivative).",
    on="jacobian_sigmoid",
    example=jacobian_gives("p[i] * (1 - p[i])"),
)
mistake(
    jacobian,
    "denominator_constant",
    "That is what a constant denominator gives. It holds every score, so it changes "
    "with each of them.",
    on="jacobian_denominator",
    example=jacobian_gives("delta(i, j) * p[i]"),
)
mistake(
    jacobian,
    "delta_missing",
    "The delta part is missing: on the diagonal there is one p_i more.",
    on="jacobian_no_delta",
    example=jacobian_gives("-p[i] * p[j]"),
)
mistake(
    jacobian,
    "reciprocal_sign",
    "The derivative of 1/u is -u'/u^2: the minus is missing in the second part.",
    on="jacobian_sign",
    example=jacobian_gives("p[i] * (delta(i, j) + p[j])"),
)
mistake(
    jacobian,
    "identity",
    "That is the identity: it says that p_i moves exactly as z_i does. Softmax lies "
    "between the two.",
    on="jacobian_identity",
    example=jacobian_gives("delta(i, j)"),
)
mistake(
    jacobian,
    "sign",
    "Every entry has the opposite sign. Raise z_i, and p_i must rise.",
    on="sign",
    example=jacobian_gives("p[i] * (p[j] - delta(i, j))"),
)
mistake(
    jacobian,
    "zero",
    "All your entries are 0. To SymPy p_i and z_j have nothing to do with each other; "
    "use the quotient rule on paper.",
    on="zero",
    example=jacobian_gives("sp.diff(p[i], sp.Symbol('z'))"),
)
mistake(
    jacobian,
    "diagonal_alone",
    "That is one column. The table has a row for every p_i and a column for every z_j. "
    "Is it the diagonal alone?",
    on="shape row",
    example="""
def jacobian(p):
    return sp.Matrix([q * (1 - q) for q in p])
""",
)


@jacobian.symptom(
    "One of your two parts is a table of one entry. sp.diag takes the p one by one, "
    "sp.diag(*p), and a column times its .T is the table of products.",
    example="""
def jacobian(p):
    column = sp.Matrix(p)
    return sp.diag(p) - column * column.T
""",
)
def table_of_one_entry(answer):
    raised = answer.raised
    return (
        raised is not None
        and "mismatch" in raised.message
        and ("(1, 1)" in raised.message)
    )


# 4d

PROOF = (2, 7, 10, 5, 1, 6, 9, 4)

order = exercise(
    "4d",
    "Put the proof in order",
    points=15,
    name="ORDER",
    hints=(
        "Start from the definition of L.",
        "The chain rule sums over i; the two derivatives go into that sum.",
        "p_i cancels, then delta picks one term; sum(y) = 1 comes last.",
    ),
)


def cards(attempt):
    """The cards of the attempt, as whole numbers."""
    answer = attempt.value("ORDER")
    found = expect(answer).sequence()
    whole = all(isinstance(card, (int, np.integer)) for card in found)
    expect(answer).holds(whole, "Write the numbers of the cards, as in [2, 7, ...].")
    return answer, [int(card) for card in found]


@order.check
def has_eight_true_cards(attempt):
    """ORDER names eight different cards, and each of them is true."""
    answer, found = cards(attempt)
    untrue = {3, 8} & set(found)
    expect(answer).holds(
        len(set(found)) == len(found) and set(found) <= set(range(1, 11)),
        "Use each card once at most; the cards are numbered 1 to 10.",
    )
    expect(answer).holds(
        len(found) <= len(PROOF),
        f"Eight cards are asked for; yours are {len(found)}. Leave out those that are "
        "not true.",
    )
    expect(answer).holds(
        not untrue,
        "Two of your cards are not true. Try them with numbers."
        if len(untrue) == 2
        else "One of your cards is not true. Try it with numbers.",
    )
    expect(answer).holds(
        len(found) == len(PROOF), f"Eight cards are asked for; yours are {len(found)}."
    )


@order.check
def every_card_follows(attempt):
    """Every card follows from those before it, and the last one is p_j - y_j."""
    answer, found = cards(attempt)
    for before, after in (
        *((2, card) for card in PROOF[1:]),
        *((card, 1) for card in (7, 10, 5)),
        *itertools.pairwise(PROOF[4:]),
    ):
        fits = {before, after} <= set(found)
        expect(answer).holds(
            fits and found.index(before) < found.index(after),
            f"Card {after} needs card {before} before it.",
        )


def order_is(*numbers_of_cards):
    """An attempt with this order."""
    return f"ORDER = {list(numbers_of_cards)}"


@order.symptom(
    "You use all the cards. Two of them are not true: try both with numbers.",
    example=order_is(2, 3, 7, 10, 5, 1, 6, 8, 9, 4),
    of="ORDER",
)
def uses_every_card(answer):
    return set(answer.value) == set(range(1, 11))


@order.symptom(
    "Card 3 forgets the sum over i: z_j moves every p_i, not only p_j.",
    example=order_is(2, 3, 10, 5, 1, 6, 9, 4),
    of="ORDER",
)
def forgets_the_sum(answer):
    return 3 in answer.value


@order.symptom(
    "Card 8 drops delta_ij: 1 - p_j holds for i = j only.",
    example=order_is(2, 7, 10, 5, 1, 8, 9, 4),
    of="ORDER",
)
def drops_the_delta(answer):
    return 8 in answer.value


@order.symptom(
    "A proof starts from the definition of what is to be derived: L itself.",
    example=order_is(7, 2, 10, 5, 1, 6, 9, 4),
    of="ORDER",
)
def does_not_start_at_the_definition(answer):
    found = answer.value
    is_whole = len(found) == len(PROOF) and isinstance(found[0], int)
    return is_whole and found[0] != PROOF[0]


@order.symptom(
    "sum(y) = 1 is the last step: it turns card 9 into card 4.",
    example=order_is(2, 7, 10, 5, 1, 6, 4, 9),
    of="ORDER",
)
def ends_too_early(answer):
    found = list(answer.value)
    return {4, 9} <= set(found) and found.index(4) < found.index(9)


@order.symptom(
    "Card 1 puts three things together: the chain rule and both derivatives. "
    "They have to stand before it.",
    example=order_is(2, 7, 10, 1, 5, 6, 9, 4),
    of="ORDER",
)
def uses_what_is_not_there_yet(answer):
    found = list(answer.value)
    return set(found) == set(PROOF) and found.index(1) < max(
        found.index(card) for card in (7, 10, 5)
    )


@order.symptom(
    "p_i has to cancel before delta can pick one term: card 6 goes before card 9.",
    example=order_is(2, 7, 10, 5, 1, 9, 6, 4),
    of="ORDER",
)
def picks_before_it_cancels(answer):
    found = list(answer.value)
    return set(found) == set(PROOF) and found.index(9) < found.index(6)


@order.symptom(
    "You left out a card: each of the two derivatives needs a card of its own.",
    example=order_is(2, 7, 10, 1, 6, 9, 4),
    of="ORDER",
)
def leaves_one_out(answer):
    left_out = set(PROOF) - set(answer.value)
    return set(answer.value) < set(PROOF) and left_out in ({5}, {10})


# 4e

dL_dz = exercise(
    "4e",
    "The slope for every score",
    points=20,
    name="dL_dz",
    hints=(
        "Multiply the transposed Jacobian by the column of 4a.",
        "In every term of the sum p_i cancels.",
        "What is left is p_j*sum(y) - y_j, and the labels of a photo sum to 1.",
    ),
)


FACTS = ("sum(p)=1", "sum(y)=1", "y is one-hot", "p > 0")


def left_the_sum_in(attempt, answer, classes, rng):
    """Whether the answer holds for labels of any sum: then sum(y) = 1 is not used."""
    ask = assertions(dL_dz, attempt, rng)
    problem = slope_by_z(classes, labels="positive")
    return problem.judge(ask.written(answer, (classes,)), ask.seed).is_equal


@dL_dz.check
def is_the_slope_for_three_classes(attempt, rng, remark):
    """For 3 classes, every entry is the derivative of L by that score, in y and p."""
    answer = attempt.dL_dz(numbers("y", 3), numbers("p", 3))
    right(dL_dz, attempt, rng, remark, answer, slope_by_z(3), (3,))
    if left_the_sum_in(attempt, answer, 3, rng):
        remark(SUM_LEFT_IN)


@dL_dz.check
def is_the_slope_for_two_and_four(attempt, rng, remark):
    """For 2 and for 4 classes it holds as well."""
    for n in (2, 4):
        answer = attempt.dL_dz(numbers("y", n), numbers("p", n))
        right(dL_dz, attempt, rng, remark, answer, slope_by_z(n), (n,))


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


@dL_dz.check
def every_line_equals_the_one_before(attempt, rng, remark):
    """derive_dL_dz goes from the goal to the result, and every line is right."""
    answer = attempt.derive_dL_dz(row("y"), row("p"), row("z"), index("i"))
    ask = assertions(dL_dz, attempt, rng)
    proof = ask.derivation(answer, SLOPE, SOFTMAX_ROUTES, HELPERS)
    if proof.has_no_reason:
        remark("Write a reason beside every line: the reader will thank you.")


def dL_dz_gives(entry):
    """An attempt whose entries are this expression in a label and a probability."""
    return f"""
def dL_dz(y, p):
    return sp.Matrix([{entry} for a, b in zip(y, p)])
"""


mistake(
    dL_dz,
    "sign",
    "You have y - p. The gradient points uphill: increasing a wrong class's score "
    "increases the loss.",
    on="sign",
    of="dL_dz",
    example=dL_dz_gives("a - b"),
)
mistake(
    dL_dz,
    "one_for_every_class",
    "Subtract y, not 1: only the true class gets the -1.",
    on="term_less 1 - y[i]",
    of="dL_dz",
    example=dL_dz_gives("b - 1"),
)
mistake(
    dL_dz,
    "diagonal_jacobian",
    "That is what the diagonal of the Jacobian gives alone. z_j moves every p_i, so sum "
    "over i.",
    on="jacobian_diagonal",
    of="dL_dz",
    example=dL_dz_gives("-a * (1 - b)"),
)
mistake(
    dL_dz,
    "denominator_constant",
    "The p part is missing, as if softmax's denominator were a constant. It holds every "
    "score.",
    on="jacobian_denominator",
    of="dL_dz",
    example=dL_dz_gives("-a"),
)
mistake(
    dL_dz,
    "sigmoid_everywhere",
    "That is what p(1-p) gives for every pair of classes. Off the diagonal it is "
    "-p_i p_j.",
    on="jacobian_sigmoid",
    of="dL_dz",
    example="""
def dL_dz(y, p):
    return [-sum(a * (1 - b) for a, b in zip(y, p))] * len(p)
""",
)
mistake(
    dL_dz,
    "stopped_at_p",
    "That is dL/dp. One more step is asked for: from p on to z.",
    on="jacobian_identity",
    of="dL_dz",
    example=dL_dz_gives("-a / b"),
)
mistake(
    dL_dz,
    "label_part_missing",
    "The part -y is missing: it is the term of the sum that delta_ij keeps.",
    on="jacobian_no_delta",
    of="dL_dz",
    example=dL_dz_gives("b * sum(y)"),
)
mistake(
    dL_dz,
    "squared_error",
    "That is the derivative of the squared error. The loss here is cross-entropy.",
    on="squared_error",
    of="dL_dz",
    example="""
def dL_dz(y, p):
    n = range(len(p))
    return [
        sum(2 * (p[m] - y[m]) * p[m] * (delta(m, i) - p[i]) for m in n) for i in n
    ]
""",
)
mistake(
    dL_dz,
    "twice",
    "Twice too large. There is no square in the loss, so no 2 comes down.",
    on="twice",
    of="dL_dz",
    example=dL_dz_gives("2 * (b - a)"),
)
mistake(
    dL_dz,
    "mean_over_classes",
    "Your answer is the right one, divided by the number of classes. L is a sum over "
    "classes, not a mean.",
    on="over_k",
    of="dL_dz",
    example="""
def dL_dz(y, p):
    return [(b - a) / len(p) for a, b in zip(y, p)]
""",
)
mistake(
    dL_dz,
    "log_base_2",
    "That is the slope in bits, with log base 2. The loss of these lessons is in nats.",
    on="log2",
    of="dL_dz",
    example=dL_dz_gives("(b - a) / log(2)"),
)
mistake(
    dL_dz,
    "sigmoid_factor",
    "There is a factor p(1-p) too many: for cross-entropy it cancels.",
    on="extra_factor p[i]*(1 - p[i])",
    of="dL_dz",
    example=dL_dz_gives("(b - a) * b * (1 - b)"),
)
mistake(
    dL_dz,
    "binary_of_each",
    "That is binary cross-entropy of every class. With softmax one term is enough.",
    on="binary_each_class",
    of="dL_dz",
    example="""
def dL_dz(y, p):
    n = range(len(p))
    return [
        sum((p[m] - y[m]) / (1 - p[m]) * (delta(m, i) - p[i]) for m in n) for i in n
    ]
""",
)


mistake(
    dL_dz,
    "row_for_a_column",
    LYING,
    on="shape lying",
    of="dL_dz",
    example="""
def dL_dz(y, p):
    return [[b - a for a, b in zip(y, p)]]
""",
)


@dL_dz.mistake(
    "That the p sum to 1 is true, and used in the Jacobian. The last line needs a sum "
    "over labels.",
    of="USED",
)
def sum_of_p():
    return "sum(p)=1"


@dL_dz.mistake(
    "One-hot is more than you need. The last line holds for soft labels, too.",
    of="USED",
)
def one_hot():
    return "y is one-hot"


@dL_dz.mistake("p > 0 keeps the log alive, but no sum disappears by it.", of="USED")
def positive_p():
    return "p > 0"


def derivation_of_slope(*lines):
    """An attempt with these lines."""
    return _derivation("derive_dL_dz(y, p, z, i)", lines)


def _derivation(head, lines):
    body = "\n".join(f"    yield {line}" for line in lines)
    return f"def {head}:\n{body}\n"


SUM_RULE = '-total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"'
LOG_RULE = '-total(y[k] / p[k] * d(p[k], z[i]), k), "d ln u = du / u"'
SOFTMAX_RULE = '-total(y[k] * (delta(k, i) - p[i]), k), "softmax derivative"'
SPLIT = '-y[i] + p[i] * total(y[k], k), "split the sum"'
RESULT = 'p[i] - y[i], "the y_k sum to 1"'

JUMP = "The way to the result is too short. Write one rule a line."
GOAL_REPEATED = (
    "You wrote down the goal again. Every line should carry out one step of it."
)
NOT_SIMPLIFIED = (
    "All of it is right, and the end is missing: go on until you have {end}."
)
NOT_FINISHED = "Your last line holds a derivative. Carry it out, and go on from there."
FRACTION_MISSING = (
    "Every line is right, but the derivative of the log of a sum is only named. Work it "
    "out: give its fraction, such as {fraction}, a line of its own, before {end}."
)
BY_TOOL = "Here you differentiate, not SymPy: write the rule that you use as a line."
NO_YIELD = "`return` gives one line back. `yield` hands out line after line."

mistake(
    dL_dz,
    "jump",
    JUMP,
    on="too big a jump",
    of="derive_dL_dz",
    example=derivation_of_slope(RESULT),
)
mistake(
    dL_dz,
    "goal_repeated",
    GOAL_REPEATED,
    on="goal repeated",
    of="derive_dL_dz",
    example=derivation_of_slope(*['d(-total(y[k] * log(p[k]), k), z[i]), "L"'] * 3),
)
mistake(
    dL_dz,
    "not_finished",
    NOT_FINISHED,
    on="not finished",
    of="derive_dL_dz",
    example=derivation_of_slope(SUM_RULE, LOG_RULE),
)
mistake(
    dL_dz,
    "differentiated_by_sympy",
    BY_TOOL,
    on="not by hand",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, "-total(y[k] * getattr(log(p[k]), 'diff')(p[k]), k), 'x'"
    ),
)
mistake(
    dL_dz,
    "step_missing",
    "Every line is right, but the softmax derivative never stands there by itself. "
    "Give it a line: p[k]*(delta(k, i) - p[i]).",
    on="missing step softmax",
    of="derive_dL_dz",
    example=derivation_of_slope(SUM_RULE, LOG_RULE, SPLIT, RESULT),
)
mistake(
    dL_dz,
    "log_rule_missing",
    "Every line is right, but no line shows the logarithm of L differentiated: "
    "-total(y[k]/p[k]*d(p[k], z[i]), k).",
    on="missing step log",
    of="derive_dL_dz",
    example=derivation_of_slope(SUM_RULE, SOFTMAX_RULE, SPLIT, RESULT),
)
mistake(
    dL_dz,
    "fraction_missing",
    FRACTION_MISSING.format(fraction="exp(z[i])/total(exp(z[k]), k)", end="p[i]"),
    on="missing step fraction",
    of="derive_dL_dz",
    example=derivation_of_slope(
        '-total(y[k]*d(z[k] - log(total(exp(z[k]), k)), z[i]), k), "ln p = z - lse"',
        '-total(y[k]*(delta(k, i) - d(log(total(exp(z[k]), k)), z[i])), k), "delta"',
        SOFTMAX_RULE,
        SPLIT,
        RESULT,
    ),
)
mistake(
    dL_dz,
    "not_simplified",
    NOT_SIMPLIFIED.format(end="p[i] - y[i]"),
    on="not simplified",
    of="derive_dL_dz",
    example=derivation_of_slope(SUM_RULE, LOG_RULE, SOFTMAX_RULE, SPLIT),
)
mistake(
    dL_dz,
    "still_in_z",
    "The last line should speak of p and y alone. Is a fraction of exponentials left? "
    "Put p[i] for it.",
    on="not in the asked form",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, SOFTMAX_RULE, "exp(z[i])/total(exp(z[k]), k) - y[i], 'p'"
    ),
)
mistake(
    dL_dz,
    "three_classes_only",
    "Your line holds for 3 classes and not for 10. Write sums with total(..., k).",
    on="few classes",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, SOFTMAX_RULE, "p[i]*(y[0] + y[1] + y[2]) - y[i], '3'"
    ),
)
mistake(
    dL_dz,
    "softmax_sign",
    "That is what a softmax derivative with a plus gives. It is "
    "p[k]*(delta(k, i) - p[i]).",
    on="jacobian_sign",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, "-total(y[k] * (delta(k, i) + p[i]), k), 'softmax'"
    ),
)
mistake(
    dL_dz,
    "delta_dropped",
    "delta(k, i) is missing: 1 - p[i] holds for k = i only.",
    on="term_less 1 - y[i], in a sum",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, "-total(y[k] * (1 - p[i]), k), 'softmax'"
    ),
)
mistake(
    dL_dz,
    "label_is_not_one",
    "1 is subtracted for every class. The label y[i] is 1 for the true class alone, and "
    "0 for the others: keep y[i].",
    on="term_less 1 - y[i]",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, SOFTMAX_RULE, SPLIT, "p[i] - 1, 'y is one-hot'"
    ),
)
mistake(
    dL_dz,
    "last_sign",
    "The sign turned round: L falls when the true score grows.",
    on="sign",
    of="derive_dL_dz",
    example=derivation_of_slope(
        SUM_RULE, LOG_RULE, SOFTMAX_RULE, SPLIT, "y[i] - p[i], 'sum'"
    ),
)
mistake(
    dL_dz,
    "no_yield",
    NO_YIELD,
    on="no yield",
    of="derive_dL_dz",
    example="""
def derive_dL_dz(y, p, z, i):
    return p[i] - y[i]
""",
)

# 4f

true_or_false = exercise(
    "4f",
    "True or false?",
    points=10,
    name="TRUE_OR_FALSE",
    hints=(
        "Try z = (0, 0) and c = 1.",
        "lse(0, 0) = ln 2, and lse(1, 1) = 1 + ln 2.",
        "A shift cancels only in a ratio. And what does J times (1, ..., 1) give?",
    ),
)

SHIFTED = "softmax(z + c) = softmax(z)"
LSE_SHIFTED = "lse(z + c) = lse(z)"
DOUBLED = "softmax(2 z) = softmax(z)"
LSE_SLOPE = "d lse(z) / d z_i = p_i"
ROW_SUMS = "every row of the Jacobian sums to 0"
INVERSE = "the Jacobian has an inverse"


def entry(key):
    """The name of one entry."""
    return f'TRUE_OR_FALSE["{key}"]'


def is_answered(attempt, key, truth):
    """An entry is right; the words True and False are truth values, too."""
    answer = attempt.entry("TRUE_OR_FALSE", key)
    expect(answer).one_of([True, False])
    expect(answer).equals(truth)


@true_or_false.check
def knows_softmax_of_shifted_scores(attempt):
    """You know whether softmax(z + c) is softmax(z)."""
    is_answered(attempt, SHIFTED, True)


@true_or_false.check
def knows_lse_of_shifted_scores(attempt):
    """You know whether lse(z + c) is lse(z)."""
    is_answered(attempt, LSE_SHIFTED, False)


@true_or_false.check
def knows_softmax_of_doubled_scores(attempt):
    """You know whether softmax(2 z) is softmax(z)."""
    is_answered(attempt, DOUBLED, False)


@true_or_false.check
def knows_the_slope_of_lse(attempt):
    """You know whether the derivative of lse is p."""
    is_answered(attempt, LSE_SLOPE, True)


@true_or_false.check
def knows_the_row_sums(attempt):
    """You know what the rows of the Jacobian sum to."""
    is_answered(attempt, ROW_SUMS, True)


@true_or_false.check
def knows_whether_it_can_be_inverted(attempt):
    """You know whether the Jacobian has an inverse."""
    is_answered(attempt, INVERSE, False)


@true_or_false.mistake(
    "It is true: exp(z + c) = exp(c) exp(z), and exp(c) cancels in the ratio.",
    of=entry(SHIFTED),
)
def shift_changes_softmax():
    return False


@true_or_false.mistake(
    "It is false: lse(z + c) = lse(z) + c. Try z = (0, 0) and c = 1: ln 2 becomes "
    "1 + ln 2.",
    of=entry(LSE_SHIFTED),
)
def shift_leaves_lse():
    return True


@true_or_false.mistake(
    "It is false: doubling squares every ratio. For (ln 2, 0) the first p is 2/3, and "
    "for (2 ln 2, 0) it is 4/5.",
    of=entry(DOUBLED),
)
def doubling_leaves_softmax():
    return True


@true_or_false.mistake(
    "It is true: d ln S = dS/S, and dS/dz_i = exp(z_i). That fraction is p_i.",
    of=entry(LSE_SLOPE),
)
def lse_has_another_slope():
    return False


@true_or_false.mistake(
    "It is true: p_i (1 - sum_j p_j) = 0. Shifting all scores changes nothing.",
    of=entry(ROW_SUMS),
)
def rows_do_not_sum_to_0():
    return False


@true_or_false.mistake(
    "It is false: its rows sum to 0, so J times (1, ..., 1) is 0.",
    of=entry(INVERSE),
)
def can_be_inverted():
    return True


# 4g

bce = exercise(
    "4g",
    "A derivation of your own",
    points=20,
    name="derive_bce",
    hints=(
        "There are two terms with a logarithm each: d ln u = du / u for both.",
        "d(1 - s) = -ds, and d sigma = s (1 - s) dz.",
        "That leaves -y*(1 - s) + (1 - y)*s. Multiply it out.",
    ),
)


def lines_of_bce(attempt):
    """What the attempt's derivation gives."""
    return attempt.derive_bce(number("y"), number("z"))


@bce.check
def is_written_by_hand(attempt, rng):
    """derive_bce calls nothing that differentiates."""
    assertions(bce, attempt, rng).by_hand(lines_of_bce(attempt), HELPERS)


@bce.check
def its_lines_are_equal(attempt, rng):
    """Every line equals the one before, from the loss on."""
    assertions(bce, attempt, rng).lines(lines_of_bce(attempt), BINARY_SLOPE)


@bce.check
def is_a_whole_derivation(attempt, rng, remark):
    """It ends in sigma(z) - y, and no step is missing."""
    ask = assertions(bce, attempt, rng)
    answer = lines_of_bce(attempt)
    proof = ask.derivation(answer, BINARY_SLOPE, SIGMOID_ROUTES, HELPERS)
    if proof.has_no_reason:
        remark("Write a reason beside every line: the reader will thank you.")


def derivation_of_bce(*lines):
    """An attempt with these lines."""
    return _derivation("derive_bce(y, z)", lines)


BINARY_GOAL = 'd(-y*log(sigma(z)) - (1 - y)*log(1 - sigma(z)), z), "goal"'
BINARY_SUM = '-y*d(log(sigma(z)), z) - (1 - y)*d(log(1 - sigma(z)), z), "sum"'
BINARY_LOG = "-y/sigma(z)*d(sigma(z), z) + (1 - y)/(1 - sigma(z))*d(sigma(z), z), 'log'"
BINARY_OUT = '-y*(1 - sigma(z)) + (1 - y)*sigma(z), "sigma"'

mistake(
    bce,
    "jump",
    JUMP,
    on="too big a jump",
    example=derivation_of_bce("sigma(z) - y, 'known'"),
)
mistake(
    bce,
    "goal_repeated",
    GOAL_REPEATED,
    on="goal repeated",
    example=derivation_of_bce(BINARY_GOAL, BINARY_GOAL, BINARY_GOAL),
)
mistake(
    bce,
    "not_finished",
    NOT_FINISHED,
    on="not finished",
    example=derivation_of_bce(BINARY_GOAL, BINARY_SUM, BINARY_LOG),
)
mistake(
    bce,
    "differentiated_by_sympy",
    BY_TOOL,
    on="not by hand",
    example=derivation_of_bce(BINARY_GOAL, "sp.diff(log(sigma(z)), z), 'SymPy'"),
)
mistake(
    bce,
    "step_missing",
    "Every line is right, but a rule is missing. First comes d ln u = du / u, then "
    "d sigma = s (1 - s) dz, each on a line of its own.",
    on=("missing step log", "missing step sigma"),
    example=derivation_of_bce(BINARY_SUM, BINARY_LOG, "sigma(z) - y, 'sigma'"),
)
mistake(
    bce,
    "fraction_missing",
    FRACTION_MISSING.format(fraction="exp(z)/(1 + exp(z))", end="sigma(z)"),
    on="missing step fraction",
    example=derivation_of_bce(
        "d(log(1 + exp(z)) - y*z, z), 'ln s = z - ln(1 + exp(z))'",
        "d(log(1 + exp(z)), z) - y, 'sum'",
        "sigma(z) - y, 'sigma'",
    ),
)
mistake(
    bce,
    "not_simplified",
    NOT_SIMPLIFIED.format(end="sigma(z) - y"),
    on="not simplified",
    example=derivation_of_bce(BINARY_SUM, BINARY_LOG, BINARY_OUT),
)
mistake(
    bce,
    "zero",
    "The value of your line is 0. Does anything in it change with z? Inside the logs "
    "stand sigma(z) and 1 - sigma(z), and the label y stands before them.",
    on="zero",
    example=derivation_of_bce("-sigma(z)*d(log(y), z), 'sum'"),
)
mistake(
    bce,
    "sign",
    "The sign turned round: with y = 1 the loss falls as z grows.",
    on="sign",
    example=derivation_of_bce(BINARY_SUM, BINARY_LOG, "y - sigma(z), 'sigma'"),
)
mistake(
    bce,
    "inner_sign_lost",
    "The second term has the other sign: d ln(1 - s) = -ds / (1 - s), so -(1 - y) times "
    "it is plus (1 - y) ds / (1 - s).",
    on="term_sign_1",
    example=derivation_of_bce(
        BINARY_SUM,
        "-y/sigma(z)*d(sigma(z), z) - (1 - y)/(1 - sigma(z))*d(sigma(z), z), 'log'",
    ),
)
mistake(
    bce,
    "second_term_lost",
    "The second term of the loss, with ln(1 - s), is lost on the way.",
    on="term_dropped_1",
    example=derivation_of_bce(BINARY_SUM, "-y/sigma(z)*d(sigma(z), z), 'log'"),
)
mistake(
    bce,
    "sigma_factor_left",
    "There is a factor s (1 - s) too many: it cancels against 1/s and 1/(1 - s).",
    on="extra_factor sigma(z)*(1 - sigma(z))",
    example=derivation_of_bce(
        BINARY_SUM, BINARY_LOG, "(sigma(z) - y)*sigma(z)*(1 - sigma(z)), 'sigma'"
    ),
)
mistake(
    bce,
    "sigma_not_differentiated",
    "The factor s (1 - s) is missing: d sigma = s (1 - s) dz.",
    on="missing_factor sigma(z)*(1 - sigma(z))",
    example=derivation_of_bce(
        BINARY_SUM, BINARY_LOG, "-y/sigma(z) + (1 - y)/(1 - sigma(z)), 'sigma'"
    ),
)
mistake(
    bce,
    "no_yield",
    NO_YIELD,
    on="no yield",
    example="""
def derive_bce(y, z):
    return sigma(z) - y
""",
)

# The numbers of the text.


def softmax(scores):
    """Softmax of one row, in floats."""
    powers = np.exp(np.asarray(scores, dtype=float))
    return powers / powers.sum()


TRUTH = np.array([1.0, 0.0, 0.0])
WORKED = (math.log(7), math.log(2), 0.0)
STEPPED = np.array(WORKED) - (softmax(WORKED) - TRUTH)
SURE = softmax((0.0, 10.0, 0.0))
SURE_JACOBIAN = np.diag(SURE) - np.outer(SURE, SURE)
CROSS_ENTROPY_SLOPE = SURE - TRUTH
SQUARED_SLOPE = SURE_JACOBIAN @ (2 / 3 * (SURE - TRUTH))


def decimals(value, digits):
    """A number's size as the text shows it."""
    return lambda: f"{abs(float(value)):.{digits}f}"


def thousands(value):
    """A ratio to the nearest thousand."""
    return lambda: f"{1000 * math.floor(value / 1000):,}"


def power(value):
    """A small number as the text shows it, 6.1e-5."""
    return lambda: f"{abs(value):.1e}".replace("e-0", "e-")


NUMBERS = {
    "0.7": decimals(Fraction(7, 10), 1),
    "0.2": decimals(Fraction(2, 10), 1),
    "0.1": decimals(Fraction(1, 10), 1),
    "0.07": decimals(Fraction(7, 10) * Fraction(1, 10), 2),
    "2.245910": decimals(STEPPED[0], 6),
    "0.493147": decimals(STEPPED[1], 6),
    "0.787988": decimals(softmax(STEPPED)[0], 6),
    "0.136554": decimals(softmax(STEPPED)[1], 6),
    "0.075458": decimals(softmax(STEPPED)[2], 6),
    "0.356675": decimals(math.log(softmax(WORKED)[0]), 6),
    "0.238272": decimals(math.log(softmax(STEPPED)[0]), 6),
    "0.999955": decimals(CROSS_ENTROPY_SLOPE[0], 6),
    "0.999909": decimals(CROSS_ENTROPY_SLOPE[1], 6),
    "0.000045": decimals(CROSS_ENTROPY_SLOPE[2], 6),
    "6.1e-5": power(SQUARED_SLOPE[0]),
    "9.1e-5": power(SQUARED_SLOPE[1]),
    "3.0e-5": power(SQUARED_SLOPE[2]),
    "16,000": thousands(CROSS_ENTROPY_SLOPE[0] / SQUARED_SLOPE[0]),
}
QUOTED = {"1000": "given: the scores that break exp in lesson 5"}
