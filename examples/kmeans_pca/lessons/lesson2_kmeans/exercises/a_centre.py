"""2a: the mean minimises the sum of squares."""

from grader.checks import exercise
from grader.derivation_checks import assertions, mistakes, number
from grader.derivations import Domain, Form, Given, Problem
from grader.derivations.notation import symbol

centre = exercise(
    "derive_centre",
    hints=(
        "First split the sum: the derivative of a sum is the sum of the derivatives.",
        "Then d(u**2, c) = 2*u*d(u, c), with u = a - c. What is d(a - c, c)?",
        "d(a - c, c) is -1, so the sum is -2*(a - c) - 2*(b - c). Multiply it out.",
    ),
)

GIVEN = Given(
    functions={"d": "def d(e, v):\n    return sp.Derivative(e, v)"},
    instead={
        "Derivative": "A derivative that isn't worked out yet is d(e, v) here.",
        "symbols": "You need no new symbol: a, b and c are the arguments.",
    },
    no_loop="Two leaves need no loop: write one line for each step.",
)


def sum_of_squares(a, b, c):
    """Differentiate the sum of the squared distances with respect to the centre."""
    first, second, middle = symbol(a), symbol(b), symbol(c)
    return Problem(
        loss=(first - middle) ** 2 + (second - middle) ** 2,
        variable=middle,
        domain=Domain({a: "number", b: "number", c: "number"}),
        form=Form(frozenset({a, b, c}), once=frozenset({a, b, c})),
        instead={
            "difference": (
                "differentiated the square of one difference: (a + b - c)**2",
                (first + second - middle) ** 2,
            ),
        },
    )


@centre.check
def is_written_by_hand(attempt, rng):
    """derive_centre is written by hand, with d and the four operations."""
    assertions(centre, attempt, rng).in_given_words("derive_centre", GIVEN)
    attempt.derive_centre(number("a"), number("b"), number("c"))


@centre.check
def is_a_derivation(attempt, rng):
    """Every line equals the one before, from dL/dc to 4*c - 2*a - 2*b."""
    lines = attempt.derive_centre(number("a"), number("b"), number("c"))
    problem = sum_of_squares("a", "b", "c")
    assertions(centre, attempt, rng).derivation(lines, problem, (), GIVEN)


@centre.check
def uses_its_arguments(attempt, rng):
    """It is right for other letters, too, because it uses its arguments."""
    lines = attempt.derive_centre(number("p"), number("q"), number("m"))
    problem = sum_of_squares("p", "q", "m")
    assertions(centre, attempt, rng).derivation(lines, problem, (), GIVEN)


GOAL = "d((a - c)**2 + (b - c)**2, c)"
SUM_RULE = "d((a - c)**2, c) + d((b - c)**2, c)"

mistakes(
    centre,
    lambda *lines: (
        "def derive_centre(a, b, c):\n"
        + "".join(f"    yield {line}, 'rule'\n" for line in lines)
    ),
    {
        "jump": (
            "too big a jump",
            (GOAL, "4*c - 2*a - 2*b"),
            "Your answer is right, but a step is missing. Write the sum rule, or the "
            "chain rule, on a separate line.",
        ),
        "sign": (
            "sign",
            (GOAL, SUM_RULE, "2*a + 2*b - 4*c"),
            "The sign is reversed. What is the derivative of a - c with respect to c?",
        ),
        "not_differentiated": (
            "not_differentiated",
            "(a - c)**2 + (b - c)**2",
            "That is L itself. Begin with d(L, c).",
        ),
        "not_finished": (
            "not finished",
            (GOAL, SUM_RULE, "2*(a - c)*d(a - c, c) + 2*(b - c)*d(b - c, c)"),
            "All lines are right, and the last one still contains d. What is "
            "d(a - c, c)?",
        ),
        "by_sympy": (
            "not by hand",
            (GOAL, "sp.diff((a - c)**2 + (b - c)**2, c)"),
            "Here SymPy does the differentiating. Do it yourself: only d may be called.",
        ),
    },
)
