"""3c: the derivative of the reconstruction error."""

from grader.checks import exercise
from grader.derivation_checks import assertions, mistakes, number
from grader.derivations import Domain, Form, Problem
from grader.derivations.notation import symbol

slope = exercise(
    "error_slope",
    hints=(
        "Differentiate the two squares separately, and add the results up.",
        "The derivative of (x - t*u)**2 is 2*(x - t*u) times that of x - t*u.",
        "The derivative of x - t*u with respect to t is -u.",
    ),
)


def reconstruction(x, y, u, v, t):
    """Differentiate the error of a point on a line with respect to its number."""
    point, direction = (symbol(x), symbol(y)), (symbol(u), symbol(v))
    along = symbol(t)
    return Problem(
        loss=(point[0] - along * direction[0]) ** 2
        + (point[1] - along * direction[1]) ** 2,
        variable=along,
        domain=Domain(dict.fromkeys((x, y, u, v, t), "number")),
        form=Form(frozenset({x, y, u, v, t}), once=frozenset({x, y})),
        factors=(direction[0], direction[1]),
    )


@slope.check
def is_the_derivative(attempt, rng):
    """error_slope is the derivative of E with respect to t."""
    names = ("x", "y", "u", "v", "t")
    answer = attempt.error_slope(*map(number, names))
    assertions(slope, attempt, rng).derived(answer, reconstruction(*names))


@slope.check
def uses_its_arguments(attempt, rng):
    """It is right for other letters, too, because it uses its arguments."""
    names = ("a", "b", "p", "q", "s")
    answer = attempt.error_slope(*map(number, names))
    assertions(slope, attempt, rng).derived(answer, reconstruction(*names))


mistakes(
    slope,
    "def error_slope(x, y, u, v, t): return {}".format,
    {
        "sign": (
            "sign",
            "2*u*(x - t*u) + 2*v*(y - t*v)",
            "The sign is reversed. What is the derivative of x - t*u with respect to t?",
        ),
        "not_differentiated": (
            "not_differentiated",
            "(x - t*u)**2 + (y - t*v)**2",
            "That is E itself.\nDifferentiate it with respect to t.",
        ),
    },
)
