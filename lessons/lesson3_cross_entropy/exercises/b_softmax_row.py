"""3b: one row."""

import math

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import A_P, A_Z

row = exercise(
    "3b",
    "Softmax of one row",
    points=10,
    writes="softmax_row",
    hints=(
        "There is one exponential for each score. What must they be divided by?",
        "Take the sum first: s = sum(es).",
        "p = [e / s for e in es]",
    ),
    alternative=Alternative(
        code="""
            def softmax_row(z):
                s = math.fsum(map(math.exp, z))
                return [math.exp(score) / s for score in z]
        """,
        why=(
            "math.fsum rounds once, at the end, and not after each addition. "
            "What it costs: each exponential is computed twice."
        ),
    ),
)
row.slips(
    slip(
        "sorted",
        "The values come in the order of their size. Each belongs to its own score.",
        "[e / s for e in es] -> sorted([e / s for e in es])",
        "[e / s for e in es] -> sorted([e / s for e in es], reverse=True)",
    ),
    slip(
        "largest alone",
        "You returned the largest of them alone. Every score has a probability.",
        "[e / s for e in es] -> max([e / s for e in es])",
    ),
)


@row.check
def gives_example_a(attempt):
    """The scores ln 7, ln 2, 0 become 0.7, 0.2, 0.1."""
    expect(attempt.softmax_row(A_Z)).close_to(A_P[0])


@row.check
def shares_equally(attempt):
    """Five equal scores share the probability: one fifth each."""
    expect(attempt.softmax_row([-2.0] * 5)).close_to([0.2] * 5)


@row.check
def is_right_for_other_rows(attempt, reference, rng):
    """It is right for random rows of 2, 4 and 10 scores, negative ones among them."""
    # All are asked first, and in one the first score is not the largest: the first
    # probability alone is no largest one.
    rows = [rng.normal(scale=2, size=k) for k in (2, 4, 10)]
    rows[0].sort()
    for z, answer in [(z, attempt.softmax_row(z.tolist())) for z in rows]:
        expect(answer).close_to(np.exp(z) / np.exp(z).sum())


@row.wrong_answer(
    "These are the exponentials. Divide each by their sum: a row sums to 1."
)
def row_not_divided(z):
    return [math.exp(score) for score in z]


@row.wrong_answer(
    "You divided by the number of scores. Divide by the sum of the exponentials."
)
def row_divided_by_length(z):
    return [math.exp(score) / len(z) for score in z]


@row.wrong_answer(
    "You divided by the mean of the exponentials, so the row sums to the number of "
    "scores. Divide by their sum."
)
def row_divided_by_mean(z):
    es = [math.exp(score) for score in z]
    return [e * len(es) / sum(es) for e in es]


@row.wrong_answer(
    "You divided by the largest exponential, so the largest p is always 1. "
    "Divide by their sum."
)
def row_divided_by_largest(z):
    es = [math.exp(score) for score in z]
    return [e / max(es) for e in es]


@row.wrong_answer(
    "You added up the scores. Add up their exponentials, which are in es."
)
def row_divided_by_sum_of_scores(z):
    return [math.exp(score) / sum(z) for score in z]


@row.wrong_answer(
    "You divided the scores by the sum of the exponentials. "
    "Divide the exponentials, which are in es."
)
def row_of_scores_divided(z):
    s = sum(math.exp(score) for score in z)
    return [score / s for score in z]


@row.wrong_answer(
    "Each exponential is divided by the sum so far, and the last ones are not in it yet. "
    "Complete the sum first, and divide then."
)
def row_divided_by_the_sum_so_far(z):
    es = [math.exp(score) for score in z]
    return [es[i] / sum(es[: i + 1]) for i in range(len(es))]


@row.symptom(
    "A list cannot be divided as a whole. Divide its entries, one after the other: "
    "[... for e in es].",
    example="""
def softmax_row(z):
    es = [math.exp(score) for score in z]
    return es / sum(es)
""",
)
def row_divides_a_list(answer):
    return "for /: 'list'" in answer.raised.message


@row.wrong_answer(
    "You divided the scores themselves, by the sum of the scores. Take exponentials first: "
    "a score may be negative, a probability may not.",
    slip="no exp",
)
def row_without_exp(z):
    return [score / sum(z) for score in z]


@row.wrong_answer(
    "That is the last probability alone. Does each turn of a loop put its own in the "
    "place of the one before?\nCollect them in a list."
)
def row_of_the_last_alone(z):
    es = [math.exp(score) for score in z]
    return es[-1] / sum(es)


@row.wrong_answer(
    "Your list holds the last probability alone. Is a new list begun in each turn of a "
    "loop?\nBegin it once, before the loop, and append to it."
)
def list_of_the_last_alone(z):
    es = [math.exp(score) for score in z]
    return [es[-1] / sum(es)]


@row.wrong_answer(
    "Your list contains only the first probability. Is return inside a loop? The "
    "function then ends in its first turn.\nPut return after the loop, indented like its for."
)
def list_of_the_first_alone(z):
    es = [math.exp(score) for score in z]
    return [es[0] / sum(es)]


@row.wrong_answer(
    "That is only the first probability. Is return inside a loop? The function then "
    "ends in its first turn.\nCollect them in a list, and return it after the loop."
)
def row_of_the_first_alone(z):
    es = [math.exp(score) for score in z]
    return es[0] / sum(es)
