"""8f: the worst mistakes."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

worst_ones = exercise(
    "worst",
    hints=(
        "Start with the indices of the wrong answers: np.flatnonzero(...).",
        "The confidence is the largest probability of the row: p[wrong].max(axis=1).",
        "wrong[np.argsort(-confidence)[:m]]",
    ),
    alternative=Alternative(
        code="""
            def worst(p, labels, m):
                surest_first = np.argsort(-p.max(axis=1))
                is_wrong = p.argmax(axis=1) != labels
                return surest_first[is_wrong[surest_first]][:m]
        """,
        why=(
            "It sorts first and selects afterwards, so the order can be used for other "
            "questions. The price: it also sorts the correct answers."
        ),
    ),
)


def worst(p, labels, m):
    """The right function, in steps that may be wrong."""
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    confidence = p[wrong].max(axis=1)
    order = np.argsort(-confidence)[:m]
    return wrong[order]


worst_ones.slips(
    slip(
        "right ones too",
        "You also return correct answers.\n"
        "Keep only the wrong ones, whose argmax differs from the label.",
        "wrong = _ -> wrong = np.arange(len(p))",
    ),
    slip(
        "the right ones",
        "You looked among the correct answers.\n"
        "An answer is wrong if its argmax differs from the label.",
        "p.argmax(axis=1) != labels -> p.argmax(axis=1) == labels",
    ),
    slip(
        "least confident first",
        "You start with the least confident.\n"
        "argsort sorts in increasing order, but the most confident comes first.",
        "np.argsort(-confidence)[:m] -> np.argsort(confidence)[:m]",
    ),
    slip(
        "most confident last",
        "The order is reversed.\nPut the most confident first.",
        "np.argsort(-confidence)[:m] -> np.argsort(-confidence)[:m][::-1]",
    ),
    slip(
        "positions among the wrong",
        "These are indices into the shorter list of wrong answers, not into p.\n"
        "Use them to index that list.",
        "wrong[order] -> order",
    ),
    slip(
        "least for the truth",
        "You sort by the probability of the true class, the smallest first.\n"
        "The confidence is the probability of the predicted class.",
        "confidence = _ -> confidence = -p[wrong, labels[wrong]]",
    ),
    slip(
        "most for the truth",
        "You sort by the probability of the true class.\n"
        "The confidence is the probability of the predicted class.",
        "confidence = _ -> confidence = p[wrong, labels[wrong]]",
    ),
    slip(
        "confidences",
        "These are confidences.\nReturn the indices of the images.",
        "wrong[order] -> confidence[order]",
    ),
    slip(
        "not sorted",
        "They are in the order of the images.\nSort them by confidence.",
        "np.argsort(-confidence)[:m] -> np.arange(len(wrong))[:m]",
    ),
    slip(
        "cut before sorting",
        "You took the first m wrong answers and sorted those.\n"
        "Return the most confident of all wrong answers.",
        "np.flatnonzero(_) -> np.flatnonzero(_)[:m]",
    ),
    slip(
        "sorted by position",
        "They are sorted by index.\nThe most confident comes first.",
        "return wrong[order] -> return np.sort(wrong[order])",
    ),
    slip(
        "all of them",
        "You return all of them.\nReturn only the m most confident.",
        "np.argsort(-confidence)[:m] -> np.argsort(-confidence)",
    ),
    slip(
        "one too few of m",
        "You return one image too few.",
        "np.argsort(_)[:m] -> np.argsort(_)[:m - 1]",
    ),
    slip(
        "one too many of m",
        "You return one image too many.",
        "np.argsort(_)[:m] -> np.argsort(_)[:m + 1]",
    ),
    slip(
        "first left out",
        "The first of them is missing: indices begin at 0.",
        "np.argsort(_)[:m] -> np.argsort(_)[1:m + 1]",
        "np.argsort(_)[:m] -> np.argsort(_)[1:m]",
    ),
    slip(
        "answers and not positions",
        "These are the predicted digits.\nReturn the indices of the images.",
        "return wrong[order] -> return p.argmax(axis=1)[wrong[order]]",
        "return wrong[order] -> return p.argmax(axis=1)[wrong][:m]",
    ),
    slip(
        "one too far",
        "Your indices are too large by one: the first image has the index 0.",
        "return wrong[order] -> return wrong[order] + 1",
    ),
    slip(
        "labels and not positions",
        "These are labels.\nReturn the indices of the images.",
        "return wrong[order] -> return labels[wrong[order]]",
    ),
    without=("missing minus", "comparison turned round"),
    right=worst,
)


def random_answers(rng, n, k):
    """Return probabilities of n images and k classes, and labels; about half are wrong."""
    e = np.exp(1.5 * rng.normal(size=(n, k)))
    p = e / e.sum(axis=1, keepdims=True)
    labels = np.where(rng.random(n) < 0.5, p.argmax(axis=1), rng.integers(k, size=n))
    return p, labels


SIX_P = np.array(
    [
        [0.9, 0.06, 0.04],  # right, and surest of all
        [0.2, 0.1, 0.7],  # wrong, 0.7
        [0.1, 0.8, 0.1],  # right
        [0.55, 0.05, 0.4],  # wrong, 0.55, and p_true is 0.05
        [0.05, 0.85, 0.1],  # wrong, 0.85
        [0.4, 0.35, 0.25],  # wrong, 0.4
    ]
)
SIX_LABELS = np.array([0, 0, 1, 1, 2, 1])


@worst_ones.check
def finds_two_of_six(attempt):
    """Four of six answers are wrong; it finds the two most confident, in order."""
    answer = attempt.worst(SIX_P, SIX_LABELS, 2)
    expect(answer).equals(np.array([4, 1]))
    expect(answer).holds(
        np.asarray(answer.value).dtype.kind in "iu",
        "Indices are whole numbers (ints); the dtype of yours is {dtype}.",
        dtype=np.asarray(answer.value).dtype.name,
    )


@worst_ones.check
def finds_them_among_many(attempt, rng):
    """Among many images it finds the most confident wrong answers, in order."""
    for n, k, m in ((60, 7, 5), (200, 10, 9)):
        p, labels = random_answers(rng, n, k)
        expect(attempt.worst(p, labels, m)).equals(worst(p, labels, m))


@worst_ones.check
def takes_only_wrong_ones(attempt):
    """If fewer than m answers are wrong, it returns only those, or none."""
    expect(attempt.worst(SIX_P, SIX_LABELS, 10)).equals(np.array([4, 1, 3, 5]))
    right = SIX_P.argmax(axis=1)
    none = expect(attempt.worst(SIX_P, right, 3))
    none.holds(len(none.sequence()) == 0, "No answer is wrong here; you return {got}.")


@worst_ones.symptom(
    "The indices are right, but they are floats, and Python refuses p[4.0].\n"
    "Keep them whole numbers.",
    edit=(
        "return wrong[np.argsort(-confidence)[:m]]",
        "return wrong[np.argsort(-confidence)[:m]] * 1.0",
    ),
)
def positions_as_floats(answer):
    positions = np.asarray(answer.value)
    return positions.dtype.kind == "f" and np.array_equal(
        positions, worst(*answer.args)
    )


@worst_ones.symptom(
    "You return {got} answers, and {right} of them are correct.\n"
    "If fewer than m answers are wrong, return only the wrong ones.",
    function="worst",
    edit=(
        "return wrong[np.argsort(-confidence)[:m]]",
        "return np.argsort(-np.where(p.argmax(axis=1) == labels, 0, p.max(axis=1)))[:m]",
    ),
)
def right_ones_behind(answer):
    p, labels, m = answer.args
    wrong = worst(p, labels, m).tolist()
    places = np.asarray(answer.value).tolist()
    behind = set(places[len(wrong) :])
    is_filled = len(wrong) < len(places) <= len(p) and places[: len(wrong)] == wrong
    are_right = all(i in range(len(p)) and p[i].argmax() == labels[i] for i in behind)
    return is_filled and are_right and {"got": len(places), "right": len(behind)}


@worst_ones.symptom(
    "This line uses an array as an index where Python doesn't allow it. Is it the result "
    "of np.where? That is a tuple with the array in it.\n"
    "np.flatnonzero gives the array itself.",
    function="worst",
    edit=(
        "np.flatnonzero(p.argmax(axis=1) != labels)",
        "np.where(p.argmax(axis=1) != labels)",
    ),
)
def places_in_a_tuple(answer):
    message = answer.raised.message
    return "can be converted to a scalar index" in message or "tuple indices" in message
