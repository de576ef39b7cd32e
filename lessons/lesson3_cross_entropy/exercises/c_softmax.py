"""3c: softmax of a batch."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import A_P, A_Z, B_Z, PAPER_P, PAPER_Z, SIZES

batch = exercise(
    "softmax",
    hints=(
        "Which axis runs along one image?",
        "z.sum(axis=-1) removes that axis, and then (n, k) / (n,) doesn't fit.",
        "e = np.exp(z), then e / e.sum(axis=-1, keepdims=True)",
    ),
    alternative=Alternative(
        code="""
            def softmax(z):
                z = np.asarray(z, dtype=np.float64)
                return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))
        """,
        why=(
            "logaddexp adds exponentials as logarithms, so large logits don't "
            "overflow. Lesson 5 is about this. The price: you no longer see the "
            "three steps."
        ),
    ),
)
batch.slips(
    slip(
        "softmax twice",
        "You applied softmax twice, the second time to its own probabilities.",
        "e / e.sum(axis=-1, keepdims=True) -> np.exp(e / e.sum(axis=-1, keepdims=True))"
        " / np.exp(e / e.sum(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True)",
    ),
    slip(
        "sum of the scores",
        "You divided by the sum of the logits.\nDivide by the sum of the exponentials.",
        "e.sum(axis=-1, keepdims=True) -> z.sum(axis=-1, keepdims=True)",
    ),
)


@batch.check
def rows_of_three_photos(attempt):
    """The first three images of the paper batch get the probabilities of 3a."""
    expect(attempt.softmax(PAPER_Z[:3])).close_to(PAPER_P[:3])


@batch.check
def works_when_n_is_not_k(attempt):
    """The whole paper batch is right: four images, three classes."""
    expect(attempt.softmax(PAPER_Z)).close_to(PAPER_P)


@batch.check
def works_on_one_row(attempt):
    """A single row of shape (K,) gives probabilities of shape (K,)."""
    expect(attempt.softmax(np.array(A_Z))).close_to(A_P[0])
    e = np.exp(B_Z[0])
    expect(attempt.softmax(B_Z[0])).close_to(e / e.sum())


@batch.check
def agrees_on_random_scores(attempt, reference, rng):
    """It is right for random batches, and every row sums to 1."""
    for n, k in SIZES:
        answer = attempt.softmax(z := 3 * rng.normal(size=(n, k)))
        expect(answer).close_to(reference.softmax(z))
        expect(answer).its("row sums", lambda p: np.sum(p, axis=1)).all_close_to(1.0)


@batch.check
def does_not_notice_a_shift(attempt, rng):
    """Adding 5 or -5 to every logit changes nothing, and reversing a row reverses p."""
    z = rng.normal(size=(4, 6))
    p = expect(attempt.softmax(z)).array(shape=(4, 6))
    for shift in (5.0, -5.0):
        expect(attempt.softmax(z + shift)).close_to(p)
    expect(attempt.softmax(z[:, ::-1])).close_to(p[:, ::-1])


@batch.check
def is_float64(attempt):
    """It returns float64 for whole-number logits, and it accepts float32 logits."""
    whole = np.array([[0, 1], [2, 0], [3, 3]])
    answer = attempt.softmax(whole)
    e = np.exp(whole)
    expect(answer).close_to(e / e.sum(axis=1, keepdims=True))
    expect(answer).its("numbers", np.asarray).has_dtype("float64")
    # float32 carries 7 digits; the error measured here is 3e-8.
    small = attempt.softmax(PAPER_Z.astype(np.float32))
    expect(small).close_to(PAPER_P, tolerance=1e-5)


@batch.wrong_answer(said.COLUMNS, in_company=said.COLUMNS_TOO)
def softmax_over_columns(z):
    e = np.exp(z)
    return e / e.sum(axis=0, keepdims=True)


@batch.wrong_answer(said.WHOLE_ARRAY, in_company=said.WHOLE_ARRAY_TOO)
def softmax_over_everything(z):
    e = np.exp(z)
    return e / e.sum()


@batch.wrong_answer(
    "A sum over an axis removes that axis, so you combined the sums of rows with "
    "columns.\n"
    "Pass keepdims=True: then the sums form one column.",
    raises=("ValueError",),
)
def keepdims_forgotten(z):
    e = np.exp(z)
    return e / e.sum(axis=-1)


@batch.wrong_answer(
    "These are the exponentials, and the rows don't sum to 1.\n"
    "Divide each row by its sum."
)
def batch_not_divided(z):
    return np.exp(z)


@batch.wrong_answer(
    "You divided the logits themselves. A logit may be negative, a probability may "
    "not.\n"
    "Take exponentials first.",
    slip="no exp",
)
def batch_without_exp(z):
    with np.errstate(all="ignore"):
        return z / z.sum(axis=-1, keepdims=True)


@batch.wrong_answer(
    "The largest p of a row is always 1: you divided by the largest exponential, or "
    "subtracted the largest logit.\n"
    "Divide by the sum of the row.",
    in_company=(
        "You divided by the largest exponential, or subtracted the largest "
        "logit.\n"
        "Divide by the sum of the row."
    ),
)
def batch_divided_by_largest(z):
    e = np.exp(z)
    return e / e.max(axis=-1, keepdims=True)


@batch.wrong_answer(
    "The largest number of your array is always 1: you divided by the largest "
    "exponential, or subtracted the largest logit.\n"
    "Divide each row by its sum.",
    in_company=(
        "You divided by the largest exponential of all, or subtracted the "
        "largest logit.\n"
        "Divide each row by its sum."
    ),
)
def batch_divided_by_largest_of_all(z):
    return np.exp(z - np.max(z))


@batch.wrong_answer(
    "In each row the largest logit gets a 1, and the others get 0. Softmax gives every "
    "class a probability above 0."
)
def batch_of_choices(z):
    return 1.0 * (z == np.max(z, axis=-1, keepdims=True))


@batch.wrong_answer(
    "You divided the logits by the sum of the exponentials.\nDivide the exponentials."
)
def batch_of_scores_divided(z):
    return z / np.exp(z).sum(axis=-1, keepdims=True)


@batch.wrong_answer(
    "That is the sigmoid of each single logit. In a softmax the classes of a row "
    "compete.\n"
    "Divide by the sum of the row."
)
def sigmoid_of_each_score(z):
    return 1 / (1 + np.exp(-z))


@batch.wrong_answer(
    "You divided sigmoids by the sum of their row.\nA softmax divides exponentials."
)
def sigmoids_divided(z):
    s = 1 / (1 + np.exp(-z))
    return s / s.sum(axis=-1, keepdims=True)


@batch.wrong_answer(
    "You divided sigmoids, and by the sum of their column.\n"
    "A softmax divides exponentials, and each row is one image."
)
def sigmoids_divided_by_columns(z):
    s = 1 / (1 + np.exp(-z))
    return s / s.sum(axis=0)


@batch.wrong_answer(
    "These are the logarithms of the probabilities.\n"
    "Return the probabilities themselves."
)
def logarithms_of_softmax(z):
    e = np.exp(z)
    return np.log(e / e.sum(axis=-1, keepdims=True))


@batch.wrong_answer(
    "A single row of shape (K,) has no axis 1.\n"
    "axis=-1 is the last axis, which always exists.",
    raises=("AxisError",),
)
def only_batches(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


@batch.symptom(
    "Your code fails for a single row of shape (K,), which has only one axis.\n"
    "Does it loop over the rows of z? Then check np.ndim(z) first. Without a loop, "
    "axis=-1 is the last axis in both cases.",
    edit=(
        "e / e.sum(axis=-1, keepdims=True)",
        "np.array([softmax_row(scores) for scores in z])",
    ),
)
def stops_at_a_single_row(answer):
    return answer.raised is not None and np.ndim(answer.args[0]) == 1


@batch.symptom(
    "You changed the caller's array: z -= ..., z[...] = ... and out=z work in place.\n"
    "z = z - ... creates a new one.",
    example="""
def softmax(z):
    z -= z.max(axis=-1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
""",
)
def changed_in_place(answer):
    return bool(answer.modified)


@batch.symptom(
    "Your probabilities are float32, which has about 7 digits, and the check "
    "compares 9.\n"
    "Remove float32 from your code.",
    edit=("dtype=np.float64", "dtype=np.float32"),
    also=True,
)
def is_float32(answer):
    # float32 logits are accepted, and may give float32.
    is_given = np.asarray(answer.args[0]).dtype == np.float32
    return getattr(answer.value, "dtype", None) == np.float32 and not is_given
