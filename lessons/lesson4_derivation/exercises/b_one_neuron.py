"""4b: a derivation of the learner's own, for two classes and one logit."""

from grader.checks import Alternative, exercise
from grader.derivation_checks import assertions, mistake, mistakes, number
from grader.derivations import Domain, Problem
from grader.derivations.notation import log, sigma, symbol

from ..routes import SIGMOID_ROUTES
from ..vocabulary import HELPERS
from . import (
    BY_TOOL,
    FRACTION_MISSING,
    GOAL_REPEATED,
    JUMP,
    LOSS_ITSELF,
    NO_REASON,
    NO_YIELD,
    NOT_FINISHED,
    NOT_SIMPLIFIED,
    derivation_of,
    form,
)

bce = exercise(
    "derive_bce",
    hints=(
        "Two terms contain a logarithm: d(log(u), z) is d(u, z)/u, with u = s and u = 1 - s.",
        "d(1 - s, z) is -d(s, z), and d(s, z) is s*(1 - s). Here s is sigma(z).",
        "That leaves -y*(1 - s) + (1 - y)*s. Multiply it out.",
    ),
    alternative=Alternative(
        code="""
            def derive_bce(y, z):
                yield d(log(1 + exp(z)) - y * z, z), "the loss with sigma written out"
                yield exp(z) / (1 + exp(z)) - y, "d ln u = du / u"
                yield sigma(z) - y, "this fraction is sigma"
        """,
        why=(
            "With sigma written out, L is ln(1 + exp(z)) - y z, and only one logarithm is "
            "left to differentiate. The price: you have to see that first."
        ),
    ),
)

LABEL, LOGIT = symbol("y"), symbol("z")
SIGMA = sigma(LOGIT)
GOAL_PROBLEM = Problem(
    -LABEL * log(SIGMA) - (1 - LABEL) * log(1 - SIGMA),
    LOGIT,
    Domain({"z": "number", "y": "unit"}),
    form("y", "z", once=("y", "sigma")),
    factors=(SIGMA, 1 - SIGMA, SIGMA * (1 - SIGMA)),
)


def lines_of_bce(attempt):
    """The lines of the attempt's derivation."""
    return attempt.derive_bce(number("y"), number("z"))


@bce.check
def is_written_by_hand(attempt, rng):
    """derive_bce is written by hand and calls only what the lesson gives."""
    assertions(bce, attempt, rng).in_given_words("derive_bce", HELPERS)
    lines_of_bce(attempt)


@bce.check
def its_lines_are_equal(attempt, rng, measured):
    """Every line equals the one before, from the loss on."""
    assertions(bce, attempt, rng, measured).lines(lines_of_bce(attempt), GOAL_PROBLEM)


@bce.check
def is_a_whole_derivation(attempt, rng, remark):
    """It ends in sigma(z) - y, and no step is missing."""
    ask = assertions(bce, attempt, rng)
    proof = ask.derivation(lines_of_bce(attempt), GOAL_PROBLEM, SIGMOID_ROUTES, HELPERS)
    if proof.has_no_reason:
        remark(NO_REASON)


GOAL = 'd(-y*log(sigma(z)) - (1 - y)*log(1 - sigma(z)), z), "goal"'
SUM_RULE = '-y*d(log(sigma(z)), z) - (1 - y)*d(log(1 - sigma(z)), z), "sum"'
LOG_RULE = "-y/sigma(z)*d(sigma(z), z) + (1 - y)/(1 - sigma(z))*d(sigma(z), z), 'log'"
SIGMA_RULE = '-y*(1 - sigma(z)) + (1 - y)*sigma(z), "sigma"'

mistakes(
    bce,
    derivation_of("derive_bce(y, z)"),
    {
        "jump": ("too big a jump", "sigma(z) - y, 'known'", JUMP),
        "goal_repeated": ("goal repeated", (GOAL,) * 3, GOAL_REPEATED),
        "not_finished": ("not finished", (GOAL, SUM_RULE, LOG_RULE), NOT_FINISHED),
        "differentiated_by_sympy": (
            "not by hand",
            (GOAL, "sp.diff(log(sigma(z)), z), 'SymPy'"),
            BY_TOOL,
        ),
        "step_missing": (
            ("missing step log", "missing step sigma"),
            (SUM_RULE, LOG_RULE, "sigma(z) - y, 'sigma'"),
            "Every line is right, but one rule isn't on a line by itself.\n"
            "First use d ln u = du / u, then d sigma = s (1 - s) dz, each on its own "
            "line.",
        ),
        "fraction_missing": (
            "missing step fraction",
            (
                "d(log(1 + exp(z)) - y*z, z), 'ln s = z - ln(1 + exp(z))'",
                "d(log(1 + exp(z)), z) - y, 'sum'",
                "sigma(z) - y, 'sigma'",
            ),
            FRACTION_MISSING.format(fraction="exp(z)/(1 + exp(z))", end="sigma(z)"),
        ),
        "not_simplified": (
            "not simplified",
            (SUM_RULE, LOG_RULE, SIGMA_RULE),
            NOT_SIMPLIFIED.format(end="sigma(z) - y"),
        ),
        "loss_not_differentiated": (
            "not_differentiated",
            "-y*log(sigma(z)) - (1 - y)*log(1 - sigma(z)), 'loss'",
            LOSS_ITSELF.format(variable="z"),
        ),
        "zero": (
            "zero",
            "-sigma(z)*d(log(y), z), 'sum'",
            "The value of your line is 0. Does anything in it change with z?\n"
            "The logs contain sigma(z) and 1 - sigma(z); the label y is a factor before "
            "them.",
        ),
        "sign": (
            "sign",
            (SUM_RULE, LOG_RULE, "y - sigma(z), 'sigma'"),
            "The sign is reversed: with y = 1 the loss falls as z grows.",
        ),
        "inner_sign_lost": (
            "term_sign_1",
            (
                SUM_RULE,
                "-y/sigma(z)*d(sigma(z), z) - (1 - y)/(1 - sigma(z))*d(sigma(z), z), 'log'",
            ),
            "The second term has the wrong sign. What is d ln(1 - s)?\n"
            "It is -ds / (1 - s), so -(1 - y) times it is plus (1 - y) ds / (1 - s).",
        ),
        "second_term_lost": (
            "term_dropped_1",
            (SUM_RULE, "-y/sigma(z)*d(sigma(z), z), 'log'"),
            "The second term of the loss, the one with ln(1 - s), got lost.",
        ),
        "sigma_factor_left": (
            "extra_factor sigma(z)*(1 - sigma(z))",
            (
                SUM_RULE,
                LOG_RULE,
                "(sigma(z) - y)*sigma(z)*(1 - sigma(z)), 'sigma'",
            ),
            "You have an extra factor s (1 - s).\n"
            "It cancels against 1/s and 1/(1 - s).",
        ),
        "sigma_not_differentiated": (
            "missing_factor sigma(z)*(1 - sigma(z))",
            (SUM_RULE, LOG_RULE, "-y/sigma(z) + (1 - y)/(1 - sigma(z)), 'sigma'"),
            "This is the derivative with respect to sigma, and sigma changes with z.\n"
            "The factor s (1 - s) is missing: d sigma = s (1 - s) dz.",
        ),
    },
)
mistake(
    bce,
    "no_yield",
    NO_YIELD,
    on="no yield",
    example="def derive_bce(y, z): return sigma(z) - y",
)
