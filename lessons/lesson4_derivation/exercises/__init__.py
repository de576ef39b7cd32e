"""The exercises of lesson 4, and their known mistakes.

The right answers aren't written down: the grader differentiates the loss itself. Most
wrong answers come from the same loss; here they only get their sentences.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from grader.checks import lesson
from grader.derivation_checks import assertions
from grader.derivations import Form
from grader.derivations.notation import Row, log, symbol, total

# A right answer takes a hundredth of a second; 9**9**9 would take for ever.
LESSON = lesson(
    imports=("numpy", "sympy"),
    cpu_s=2,
    can_do=(
        "say why the squared error learns slowly, and which loss doesn't",
        "derive p - y line by line, and say what its signs mean",
        "refute a false claim with numbers",
    ),
)

# The loss, in the notation of the lesson.

y, p, z = Row("y"), Row("p"), Row("z")
i, k, m = symbol("i"), symbol("k"), symbol("m")
LOSS = -total(y[k] * log(p[k]), k)


def form(*names, without=(), once=()):
    """Return the required form: these symbols, no derivative, nothing of `without`.

    What is in `once` may occur only once: otherwise more can be simplified.
    """
    return Form(frozenset(names), frozenset(without), frozenset(once))


def right(which, attempt, rng, notes, answer, problem, shape):
    """Require a right answer, and remark on decimals that are exact to 1e-12.

    `notes` are the fixtures `remark` and `measured`.
    """
    remark, measured = notes
    ask = assertions(which, attempt, rng, measured)
    ruling = ask.derived(answer, problem, shape)
    if ruling.is_rounded:
        remark(ROUNDED)


# Sentences that several exercises have.

ROUNDED = "Right, but written with rounded decimals. sp.log(2) and sp.Rational(1, 3) are exact."
LYING = (
    "That is a row, 1 x K, and not a column.\n"
    "sp.Matrix([a, b, c]) makes a column of a list, and .T transposes a row."
)
MEAN_OVER_CLASSES = (
    "Your answer is the right one divided by the number of classes.\n"
    "L is a sum over classes, not a mean."
)
IN_BITS = (
    "That is the derivative in bits, with log base 2.\n"
    "The loss in these lessons is in nats."
)

FIRST_ALONE = (
    "That is only the first entry. Is your return inside a loop? Then the function ends "
    "in the first iteration.\n"
    "Make a list of all entries, and return that."
)
ONE_EXPRESSION = (
    "That is one expression. A column has an entry for every class.\n"
    "Put the loop inside: sp.Matrix([... for k in range(len({row}))])."
)


def symptom_of_total(exercise, example):
    """Name a call of total whose last argument is not an index."""

    @exercise.symptom(
        "total(e, k) takes the terms first and the symbol that it runs over last; here the "
        "last argument isn't a symbol. total is for 4e, where k is one.\n"
        "Add the entries of a tuple with sum(... for k in range(len(p))).",
        example=example,
    )
    def total_without_a_letter(answer):
        return answer.raised.part == "sp.Sum(e, (k, 0, K - 1))"


# A derivation, line by line.

LOSS_ITSELF = (
    "This line is the loss itself, not its derivative.\n"
    "Put it into d(..., {variable}); the rules come after that."
)
JUMP = "Write a line for each rule that you use."
GOAL_REPEATED = (
    "You wrote down the goal again.\nEach line should carry out one more step."
)
NOT_SIMPLIFIED = (
    "All of it is right, but you aren't finished.\nGo on until you have {end}."
)
NOT_FINISHED = "Your last line still contains a derivative.\nCompute it, and go on."
FRACTION_MISSING = (
    "Every line is right, but no line computes the derivative of the log of a sum.\n"
    "Show its fraction, such as {fraction}, on its own line before {end}."
)
BY_TOOL = "Here you differentiate, not SymPy.\nWrite each rule you use as a line."
NO_YIELD = (
    "`return` returns one line and ends the function.\n"
    "`yield` gives one line after another."
)
NO_REASON = "Write a reason after every line: your readers will thank you."


def derivation_of(head):
    """Return what makes an attempt of the lines of this function."""

    def written(*lines):
        body = "\n".join(f"    yield {line}" for line in lines)
        return f"def {head}:\n{body}\n"

    return written


# The numbers of the text.


def softmax(scores):
    """Softmax of one row, in floats."""
    powers = np.exp(np.asarray(scores, dtype=float))
    return powers / powers.sum()


LABEL = np.array([1.0, 0.0, 0.0])
WORKED = (math.log(7), math.log(2), 0.0)
STEPPED = np.array(WORKED) - (softmax(WORKED) - LABEL)
OTHER_LABEL = np.array([0.0, 1.0, 0.0])
RISE = 0.07  # of p_0, in the example of 4c
SURE = softmax((0.0, 10.0, 0.0))
SURE_JACOBIAN = np.diag(SURE) - np.outer(SURE, SURE)
CROSS_ENTROPY_GRADIENT = SURE - LABEL
SQUARED_GRADIENT = SURE_JACOBIAN @ (2 / 3 * (SURE - LABEL))


def sigmoid(z):
    """Return the probability that one neuron gives."""
    return 1 / (1 + math.exp(-z))


def first_step(z):
    """Return the first step of a neuron with label 1 and the squared error."""
    s = sigmoid(z)
    return 2 * (1 - s) * s * (1 - s)


def steps_from(z, step):
    """Count the steps of a neuron with label 1 until its s is above 1/2."""
    steps = 0
    while z <= 0:
        z, steps = z + step(z), steps + 1
    return steps


# Where the squared error is steepest: s (1 - s)^2 is largest at s = 1/3.
STEEPEST = -math.log(2)


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
    "0.000335": decimals(sigmoid(-8), 6),
    "0.880797": decimals(sigmoid(2), 6),
    "0.000670": decimals(first_step(-8), 6),
    "1,507": lambda: f"{steps_from(-8, first_step):,}",
    "9 steps": lambda: f"{steps_from(-8, lambda z: 1 - sigmoid(z))} steps",
    "154, 33 or 18": lambda: "{}, {} or {}".format(
        *(steps_from(-8, lambda z, f=f: f * first_step(z)) for f in (10, 50, 100))
    ),
    "z = -0.7, where": lambda: f"z = {STEEPEST:.1f}, where",
    "by 29.6": lambda: f"by {100 * first_step(STEEPEST):.1f}",
    "0.001$, it is -1,000": lambda: f"0.001$, it is {int(-1 / Fraction(1, 1000)):,}",
    "0.7": decimals(Fraction(7, 10), 1),
    "0.2": decimals(Fraction(2, 10), 1),
    "0.1": decimals(RISE * 10 / 7, 1),
    "0.07": decimals(RISE, 2),
    "-0.8": lambda: f"{(softmax(WORKED) - OTHER_LABEL)[1]:.1f}",
    "-0.3": lambda: f"{(softmax(WORKED) - LABEL)[0]:.1f}",
    "2.245910": decimals(STEPPED[0], 6),
    "0.493147": decimals(STEPPED[1], 6),
    "0.356675": decimals(math.log(softmax(WORKED)[0]), 6),
    "0.238272": decimals(math.log(softmax(STEPPED)[0]), 6),
    "0.999955": decimals(CROSS_ENTROPY_GRADIENT[0], 6),
    "0.999909": decimals(CROSS_ENTROPY_GRADIENT[1], 6),
    "0.000045": decimals(CROSS_ENTROPY_GRADIENT[2], 6),
    "6.1e-5": power(SQUARED_GRADIENT[0]),
    "9.1e-5": power(SQUARED_GRADIENT[1]),
    "3.0e-5": power(SQUARED_GRADIENT[2]),
    "16,000": thousands(CROSS_ENTROPY_GRADIENT[0] / SQUARED_GRADIENT[0]),
}
QUOTED = {
    "section 4.1, exercise 6.2": "the exercise in Dive into Deep Learning",
    "exercise 6.2": "the same exercise",
    "1000": "given: an answer that may be chosen, and the logits of lesson 5",
    "10000": "given: an answer that may be chosen",
}
