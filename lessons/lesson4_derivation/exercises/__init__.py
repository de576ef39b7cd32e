"""What is asked of lesson 4, and which mistakes are known.

The right answers are not written down: they come from the loss, differentiated by the
grader itself. So do most of the wrong ones; here they only get their sentences.
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
        "say why the slope of the loss for the scores is p - y",
        "put a proof in order, and tell a true line from a false one",
        "carry a derivation of your own through, line by line",
    ),
)

# What is derived, in the words of the lesson.

y, p, z = Row("y"), Row("p"), Row("z")
i, k, m = symbol("i"), symbol("k"), symbol("m")
LOSS = -total(y[k] * log(p[k]), k)


def form(*names, without=(), once=()):
    """The asked form: these symbols, no derivative, and nothing of `without`.

    What is in `once` may stand in it one time: more can be simplified.
    """
    return Form(frozenset(names), frozenset(without), frozenset(once))


def right(which, attempt, rng, notes, answer, problem, shape):
    """The answer is right; decimals that are exact to 1e-12 are remarked on.

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
    "That is a row, 1 x K. A column stands upright, K x 1.\n"
    "sp.Matrix([a, b, c]) makes one of a list, and .T turns a row."
)
MEAN_OVER_CLASSES = (
    "Your answer is the right one, divided by the number of classes. L is a sum over "
    "classes, not a mean."
)
IN_BITS = (
    "That is the slope in bits, with log base 2. The loss of these lessons is in nats."
)

FIRST_ALONE = (
    "That is only the first entry. Is there a return inside a loop? It leaves "
    "the function in the first round.\n"
    "Make a list of all entries, and return that."
)
ONE_EXPRESSION = (
    "That is one expression. A column has an entry for every class.\n"
    "The loop stands inside: sp.Matrix([... for k in range(len({row}))])."
)


def symptom_of_total(exercise, example):
    """Name a call of total that was not handed an index as its last argument."""

    @exercise.symptom(
        "total(e, k) is handed what is added first, and the letter that it runs over "
        "last; here the last is no letter. It is for 4f, where k is a symbol.\n"
        "The entries of a tuple are added by sum(... for k in range(len(p))).",
        example=example,
    )
    def total_without_a_letter(answer):
        return answer.raised.part == "sp.Sum(e, (k, 0, K - 1))"


# A derivation, line by line.

JUMP = "The way to the result is too short. Write one rule a line."
GOAL_REPEATED = (
    "You wrote down the goal again. Every line should carry out one step of it."
)
NOT_SIMPLIFIED = (
    "All of it is right, and the end is missing.\nGo on until you have {end}."
)
NOT_FINISHED = "Your last line holds a derivative. Carry it out, and go on from there."
FRACTION_MISSING = (
    "Every line is right, but the derivative of the log of a sum is only named. Work "
    "it out.\n"
    "Give its fraction, such as {fraction}, a line of its own, before {end}."
)
BY_TOOL = "Here you differentiate, not SymPy: write the rule that you use as a line."
NO_YIELD = "`return` gives one line back. `yield` hands out line after line."
NO_REASON = "Write a reason beside every line: the reader will thank you."


def derivation_of(head):
    """What makes an attempt of the lines of this function."""

    def written(*lines):
        body = "\n".join(f"    yield {line}" for line in lines)
        return f"def {head}:\n{body}\n"

    return written


# The numbers of the text.


def softmax(scores):
    """Softmax of one row, in floats."""
    powers = np.exp(np.asarray(scores, dtype=float))
    return powers / powers.sum()


TRUTH = np.array([1.0, 0.0, 0.0])
WORKED = (math.log(7), math.log(2), 0.0)
MOVED = softmax((WORKED[0] + 0.01, *WORKED[1:])) - softmax(WORKED)
RISE = -math.log(softmax(WORKED)[1] + MOVED[1]) + math.log(softmax(WORKED)[1])
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
    "0.01": decimals(Fraction(1, 100), 2),
    "0.0021": decimals(MOVED[0], 4),
    "-0.0014": lambda: f"{MOVED[1]:.4f}",
    "-0.0007": lambda: f"{MOVED[2]:.4f}",
    "0.007": decimals(RISE, 3),
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
QUOTED = {
    "section 4.1, exercise 6.2": "the exercise in Dive into Deep Learning",
    "1000": "given: the scores that break exp in lesson 5",
}
