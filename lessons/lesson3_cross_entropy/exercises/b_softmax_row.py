"""3b: find the bug in the softmax of one row."""

import ast
import math

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import A_P, A_Z

row = exercise(
    "softmax_row",
    hints=(
        "Compare each step with the formula. Which of the three steps is different?",
        "Squaring makes -2 as large as 2. Which function keeps the order of the logits?",
        "es = [math.exp(logit) for logit in z]",
    ),
    alternative=Alternative(
        code="""
            def softmax_row(z):
                s = math.fsum(map(math.exp, z))
                return [math.exp(logit) / s for logit in z]
        """,
        why=(
            "math.fsum rounds only once, at the end, not after each addition. "
            "The price: each exponential is computed twice."
        ),
    ),
)
row.slips(
    slip(
        "sorted",
        "You sorted the probabilities.\nKeep them in the order of their logits.",
        "[e / s for e in es] -> sorted([e / s for e in es])",
        "[e / s for e in es] -> sorted([e / s for e in es], reverse=True)",
    ),
    slip(
        "largest alone",
        "You returned only the largest probability.\nReturn one for each logit.",
        "[e / s for e in es] -> max([e / s for e in es])",
    ),
)


@row.check
def gives_example_a(attempt):
    """The logits ln 7, ln 2, 0 become 0.7, 0.2, 0.1."""
    expect(attempt.softmax_row(A_Z)).close_to(A_P[0])


@row.check
def shares_equally(attempt):
    """Five equal logits get one fifth each."""
    expect(attempt.softmax_row([-2.0] * 5)).close_to([0.2] * 5)


@row.check
def is_right_for_other_rows(attempt, reference, rng):
    """It is right for random rows of 2, 4 and 10 logits, some of them negative."""
    # All calls come first, and in one row the first logit isn't the largest: returning
    # only the first probability differs from returning the largest.
    rows = [rng.normal(scale=2, size=k) for k in (2, 4, 10)]
    rows[0].sort()
    for z, answer in [(z, attempt.softmax_row(z.tolist())) for z in rows]:
        expect(answer).close_to(np.exp(z) / np.exp(z).sum())


@row.check
def returns_a_list(attempt):
    """It returns a list, which can be read more than once."""
    answer = attempt.softmax_row([0.0, 1.0])
    is_generator = makes_a_generator(attempt.tree)
    expect(answer, is_generator=is_generator).holds(
        not is_generator, "This is a generator. Return a list."
    )


def makes_a_generator(tree):
    """Whether the last softmax_row yields, or returns a generator expression."""
    own = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "softmax_row"
    ]
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom))
        or (isinstance(node, ast.Return) and isinstance(node.value, ast.GeneratorExp))
        for node in ast.walk(own[-1] if own else ast.Module([], []))
    )


@row.symptom(
    "Your function gives a generator, which can be read only once: the next cell prints "
    "an object and no probabilities.\nWrite the last step in [ ], which makes a list.",
    edit=("    return ps\n", "    return (e / s for e in es)\n"),
)
def gives_a_generator(answer):
    return answer.facts.get("is_generator") is True


@row.wrong_answer(
    "You squared the logits, so -2 counts as much as 2. A larger logit has to get a larger "
    "probability.\nUse math.exp(logit)."
)
def row_of_squares(z):
    s = sum(logit**2 for logit in z)
    return [logit**2 / s for logit in z]


@row.wrong_answer(
    "You took absolute values, so -2 counts as much as 2. A larger logit has to get a "
    "larger probability.\nUse math.exp(logit)."
)
def row_of_absolute_values(z):
    s = sum(abs(logit) for logit in z)
    return [abs(logit) / s for logit in z]


@row.wrong_answer(
    "You cut off negative logits at 0. Classes below 0 differ too: every class needs a "
    "probability above 0, and a larger logit a larger one.\nUse math.exp(logit).",
    raises=("ZeroDivisionError",),
)
def row_cut_off_at_0(z):
    s = sum(max(logit, 0) for logit in z)
    return [max(logit, 0) / s for logit in z]


@row.wrong_answer(
    "You took powers of 2.718. That is e to three decimals only.\nUse math.exp(logit)."
)
def row_with_rounded_e(z):
    s = sum(2.718**logit for logit in z)
    return [2.718**logit / s for logit in z]


@row.wrong_answer(
    "These are the exponentials, and they don't sum to 1.\n"
    "Divide each by their sum, so that the row sums to 1."
)
def row_not_divided(z):
    return [math.exp(logit) for logit in z]


@row.wrong_answer(
    "You divided by the number of logits.\nDivide by the sum of the exponentials."
)
def row_divided_by_length(z):
    return [math.exp(score) / len(z) for score in z]


@row.wrong_answer(
    "You divided by the mean of the exponentials, so the row sums to the number of "
    "logits.\n"
    "Divide by their sum.",
    in_company="You divided by the mean of the exponentials.\nDivide by their sum.",
)
def row_divided_by_mean(z):
    es = [math.exp(score) for score in z]
    return [e * len(es) / sum(es) for e in es]


@row.wrong_answer(
    "The largest p is always 1: you divided by the largest exponential, or "
    "subtracted the largest logit.\n"
    "Divide by the sum of the exponentials.",
    in_company=(
        "You divided by the largest exponential, or subtracted the largest "
        "logit.\n"
        "Divide by the sum of the exponentials."
    ),
)
def row_divided_by_largest(z):
    es = [math.exp(score) for score in z]
    return [e / max(es) for e in es]


@row.wrong_answer("You added up the logits.\nAdd up their exponentials.")
def row_divided_by_sum_of_scores(z):
    return [math.exp(score) / sum(z) for score in z]


@row.wrong_answer(
    "You divided the logits by the sum of the exponentials.\nDivide the exponentials."
)
def row_of_scores_divided(z):
    s = sum(math.exp(score) for score in z)
    return [score / s for score in z]


@row.wrong_answer(
    "You divided each exponential by the running sum, before the sum was complete.\n"
    "Finish the sum first, then divide."
)
def row_divided_by_the_sum_so_far(z):
    es = [math.exp(score) for score in z]
    return [es[i] / sum(es[: i + 1]) for i in range(len(es))]


@row.symptom(
    "You can't divide a whole list.\nDivide its entries one by one: [... for e in es].",
    example="""
def softmax_row(z):
    es = [math.exp(score) for score in z]
    return es / sum(es)
""",
)
def row_divides_a_list(answer):
    return "for /: 'list'" in answer.raised.message


@row.wrong_answer(
    "You divided the logits themselves by the sum of the logits. A logit may be "
    "negative, a probability may not.\n"
    "Take exponentials first.",
    slip="no exp",
)
def row_without_exp(z):
    return [score / sum(z) for score in z]


@row.wrong_answer(
    "You returned only the last probability. Does each iteration of a loop overwrite "
    "the one before?\nCollect them in a list."
)
def row_of_the_last_alone(z):
    es = [math.exp(score) for score in z]
    return es[-1] / sum(es)


@row.wrong_answer(
    "Your list contains only the last probability. Do you create a new list in each "
    "iteration of a loop?\nCreate it once, before the loop, and append to it."
)
def list_of_the_last_alone(z):
    es = [math.exp(score) for score in z]
    return [es[-1] / sum(es)]


@row.wrong_answer(
    "Your list contains only the first probability. Is your return inside a loop? Then "
    "the function stops after the first iteration.\nPut return after the loop, indented "
    "like its for."
)
def list_of_the_first_alone(z):
    es = [math.exp(score) for score in z]
    return [es[0] / sum(es)]


@row.wrong_answer(
    "You returned only the first probability. Is your return inside a loop? Then the "
    "function stops after the first iteration.\nCollect them in a list, and return it "
    "after the loop."
)
def row_of_the_first_alone(z):
    es = [math.exp(score) for score in z]
    return es[0] / sum(es)


@row.wrong_answer(
    "You divided the logits by their sum, and then took exponentials.\n"
    "Take exponentials first, then divide each by their sum."
)
def row_divided_before_exp(z):
    return [math.exp(score / sum(z)) for score in z]


@row.wrong_answer(
    "You took exponentials of the squares, so -2 counts as much as 2.\n"
    "Take exponentials of the logits themselves."
)
def row_of_exp_of_squares(z):
    es = [math.exp(score**2) for score in z]
    return [e / sum(es) for e in es]


@row.wrong_answer(
    "You took exponentials of the absolute values, so -2 counts as much as 2.\n"
    "Take exponentials of the logits themselves."
)
def row_of_exp_of_absolute_values(z):
    es = [math.exp(abs(score)) for score in z]
    return [e / sum(es) for e in es]


@row.wrong_answer(
    "The largest logit gets a 1, and the others get 0. Softmax gives every class a "
    "probability above 0.\n"
    "Use math.exp(logit)."
)
def row_of_a_choice(z):
    return [float(score == max(z)) for score in z]


@row.wrong_answer(
    "You subtracted the smallest logit, so its class gets a probability of 0. "
    "Exponentials are never 0.\n"
    "Use math.exp(logit).",
    raises=("ZeroDivisionError",),
)
def row_above_the_smallest(z):
    above = [score - min(z) for score in z]
    return [one / sum(above) for one in above]
