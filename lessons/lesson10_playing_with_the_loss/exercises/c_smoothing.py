"""10c: smoothed labels."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import PAPER_Y, SIZES

smoothing = exercise(
    "10c",
    "Do not ask for certainty",
    points=10,
    writes="smooth",
    hints=(
        "Take eps from the truth, and give it to everyone in equal shares.",
        "Two terms: y * (1 - eps), and the share eps / k for all k classes.",
        "y * (1 - eps) + eps / y.shape[1]: the rows still sum to 1.",
    ),
    alternative=Alternative(
        code="""
            def smooth(y, eps):
                even = np.full(np.shape(y), 1 / np.shape(y)[1])
                return (1 - eps) * np.asarray(y) + eps * even
        """,
        why=(
            "It says what smoothing is: the label mixed with an even guess. So one "
            "sees that the rows sum to 1. What it costs: an array of equal numbers."
        ),
    ),
)
smoothing.slips(
    slip(
        "only the others",
        "The true class got no share: eps/(k-1) went to the others. The formula above "
        "gives eps/k to all k.",
        "eps / y.shape[1] -> (1 - y) * eps / (y.shape[1] - 1)",
    ),
    slip(
        "eps swapped",
        "eps and 1 - eps are swapped: most of the weight left the truth.",
        "y * (1 - eps) + eps / _k -> y * eps + (1 - eps) / _k",
    ),
    slip(
        "nothing taken away",
        "Nothing is taken away from the truth: it has to become y * (1 - eps) first.",
        "y * (1 - eps) -> y",
    ),
    slip(
        "eps not shared",
        "A whole eps is given, and not a share of it: divide it among the classes.",
        "eps / _k -> eps",
    ),
    slip(
        "nothing given",
        "The shares are missing: each class gets eps / k.",
        "y * (1 - eps) + _b -> y * (1 - eps)",
    ),
    slip(
        "always ten classes",
        "You shared eps among 10 classes. Count the classes of y.",
        "eps / y.shape[1] -> eps / 10",
    ),
    slip(
        "eps typed in",
        "The eps that is handed in is not used. Is a number typed in for it?",
        "y * (1 - eps) + eps / _k -> y * 0.9 + 0.1 / _k",
    ),
    slip(
        "entries counted",
        "You divided eps by all entries of y. It is shared among the classes of one "
        "photo.",
        "eps / y.shape[1] -> eps / y.size",
    ),
    without=(
        "nothing taken away",
        "not divided",
        "factor left out",
        "one too few",
        "addend left out",
        "one too many",
        "whole division",
    ),
    sentences={
        "rows counted": "You divided eps by the number of photos. It is shared among "
        "the classes.",
        "minus for plus": "You subtracted the share of eps. Add it.",
        "times for divided": "You multiplied eps by the number of classes. Each class "
        "gets a share of it.",
    },
)


@smoothing.check
def smooths_the_paper_labels(attempt):
    """With eps = 0.1 and three classes a row becomes 0.9333 and twice 0.0333."""
    want = PAPER_Y * 0.9 + 0.1 / 3
    expect(attempt.smooth(PAPER_Y, 0.1)).close_to(want)


@smoothing.check
def works_for_other_sizes(attempt, rng):
    """It works for other numbers of photos and classes, and for whole-number labels."""
    for n, k in SIZES:
        y = np.eye(k, dtype=np.int64)[rng.integers(k, size=n)]
        eps = float(rng.uniform(0.05, 0.4))
        expect(attempt.smooth(y, eps)).close_to(y * (1 - eps) + eps / k)


@smoothing.check
def rows_still_sum_to_1(attempt, rng):
    """Each row still sums to 1."""
    y = np.eye(10)[rng.integers(10, size=7)]
    answer = attempt.smooth(y, 0.2)
    expect(answer).its("row sums", lambda s: np.sum(s, axis=1)).close_to(
        np.ones(7), 1e-9
    )


@smoothing.check
def eps_0_changes_nothing(attempt):
    """With eps = 0 the labels stay, and with eps = 1 all classes are equal."""
    expect(attempt.smooth(PAPER_Y, 0.0)).close_to(PAPER_Y)
    expect(attempt.smooth(PAPER_Y, 1.0)).close_to(np.full((4, 3), 1 / 3))


@smoothing.symptom(
    "Your array holds whole numbers, and smoothed labels are parts of 1. Was it made by "
    "np.zeros_like(y)? That takes the dtype of y, and labels may be ints.",
    function="smooth",
    edit=(
        "y * (1 - eps) + eps / y.shape[1]",
        "(y * (1 - eps) + eps / y.shape[1]).astype(y.dtype)",
    ),
)
def cut_to_whole_numbers(answer):
    value = np.asarray(answer.value)
    return value.ndim > 0 and value.dtype.kind in "iu"


@smoothing.symptom(
    "Smoothed rows sum to {s}, and have to sum to 1. Does every class get eps/k, the "
    "true one included?",
    function="smooth",
    edit=("eps / y.shape[1]", "(1 - y) * eps / y.shape[1]"),
)
def rows_do_not_sum_to_1(answer):
    total = np.asarray(answer.value, float).sum(axis=1)[0]
    return {"s": f"{total:.4f}"} if abs(total - 1) > 1e-4 else None


@smoothing.symptom(
    "You divide by a tuple. Is it a whole shape, as y.shape is? Among how many is eps "
    "shared?\n"
    "y.shape[1] is the number of classes.",
    function="smooth",
    edit=("eps / y.shape[1]", "eps / y.shape"),
)
def divided_by_a_tuple(answer):
    message = answer.raised.message if answer.raised else ""
    return bool(re.search(r" for /=?: '.*' and 'tuple'", message))
