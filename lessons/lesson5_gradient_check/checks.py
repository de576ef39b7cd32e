"""What is asked of lesson 5, and which mistakes are known."""

import math

import numpy as np

from grader.checks import callback, exercise, expect, lesson

LESSON = lesson(imports=("numpy",))

PAPER_EXPS = np.array([[7.0, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])
PAPER_Z = np.log(PAPER_EXPS)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]
PAPER_P = PAPER_EXPS / PAPER_EXPS.sum(axis=1, keepdims=True)

HUGE = np.array([1000.0, 0, -1000])
LOW = np.array([-1000.0, -1001, -1002])
# Two photos whose scores lie far apart: one maximum does not fit both.
APART = np.array([[1000.0, 999, 998], [-1000, -1001, -1002]])
STEPS_P = np.exp([0.0, -1, -2]) / np.exp([0.0, -1, -2]).sum()

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """One-hot labels and scores of n photos and k classes."""
    return np.eye(k)[rng.integers(k, size=n)], 2 * rng.normal(size=(n, k))


# What is said of a slip, wherever it is seen.

OVERFLOW = (
    "exp(1000) overflowed to inf and inf/inf is nan. "
    "Subtract the row maximum first: softmax does not notice."
)
WHOLE_MAXIMUM = (
    "You subtracted the maximum of the whole batch: the row at -1000 underflowed to "
    "0/0. Use each row's own maximum."
)
SIZE_MAXIMUM = "You subtracted max(abs(z)): for z = (-1000, ...) that makes it worse."
LOG_OF_SOFTMAX = (
    "log(0) = -inf: softmax underflowed before your log. "
    "Compute z - max - ln(sum(exp(z - max))) directly."
)
COLUMNS = (
    "Your COLUMNS sum to 1. Each row is one photo: normalise over axis 1 "
    "(keepdims=True)."
)
KEEPDIMS = (
    "The sum over an axis loses that axis, so row sums met columns. "
    "keepdims=True keeps them as one column."
)
MAXIMUM_KEEPDIMS = (
    "The maximum over an axis loses that axis, so row maxima met columns. "
    "keepdims=True keeps them as one column."
)
WHOLE_SUM = (
    "You took the sum of the whole batch. Each row is one photo: take the sum of each "
    "row, with axis=-1 and keepdims=True."
)
MISSING_MINUS = (
    "Your loss is negative: ln of a probability is <= 0. "
    "The minus sign turns surprise into a cost."
)
ONE_ROW = (
    "A single row of shape (k,) has no axis 1. "
    "axis=-1 is the last axis, and there is always one."
)
CLIPPED = (
    "Your loss stops at 16.118096: it went through a clipped probability. "
    "Stay with the scores, and use log_softmax."
)


def sizes(y, z):
    """The n and the k that a sentence speaks of."""
    return {"n": z.shape[0], "k": z.shape[1]}


# 5a  where exp ends

ends = exercise(
    "5a",
    "Where does exp end?",
    points=10,
    prediction=True,
    hints=(
        "exp(x) overflows when x is above ln of the largest number. "
        "For float32 that is about 38.5 times ln 10.",
    ),
)

WORDS = ("finite", "inf", "zero", "nan")


def predicted(attempt, key, word):
    """One prediction, compared with what numpy says."""
    answer = attempt.entry("PREDICT", key)
    expect(answer).one_of(WORDS)
    expect(answer).equals(word)


@ends.check
def knows_the_end_of_float32(attempt):
    """In float32 you know on which side of the end exp(88) and exp(89) lie."""
    predicted(attempt, "exp(88) in float32", "finite")
    predicted(attempt, "exp(89) in float32", "inf")


@ends.check
def knows_the_end_of_float64(attempt):
    """In float64 you know on which side of the end exp(700) and exp(710) lie."""
    predicted(attempt, "exp(700) in float64", "finite")
    predicted(attempt, "exp(710) in float64", "inf")


@ends.check
def knows_what_underflow_gives(attempt):
    """You know what a very negative score becomes."""
    predicted(attempt, "exp(-1000) in float64", "zero")


@ends.check
def knows_what_follows(attempt):
    """You know what comes of inf divided by inf."""
    predicted(attempt, "inf / inf", "nan")


@ends.mistake(
    "A float32 ends at 3.4e38. Its logarithm is 88.72, and 88 is still below.",
    of='PREDICT["exp(88) in float32"]',
)
def float32_ends_too_early():
    return "inf"


@ends.mistake(
    "A float32 ends at 3.4e38. Its logarithm is 88.72, and 89 is above.",
    of='PREDICT["exp(89) in float32"]',
)
def float32_ends_too_late():
    return "finite"


@ends.mistake(
    "A float64 goes on to 1.8e308. Its logarithm is 709.78, and 700 is still below.",
    of='PREDICT["exp(700) in float64"]',
)
def float64_ends_too_early():
    return "inf"


@ends.mistake(
    "A float64 ends at 1.8e308. Its logarithm is 709.78, and 710 is above.",
    of='PREDICT["exp(710) in float64"]',
)
def float64_ends_too_late():
    return "finite"


@ends.mistake(
    "exp(-1000) is 1/exp(1000): not infinite, but far too small for a float64.",
    of='PREDICT["exp(-1000) in float64"]',
)
def underflow_taken_for_inf():
    return "inf"


@ends.mistake(
    "On paper exp(-1000) is above 0. The smallest float64 is about 4.9e-324, though, "
    "and exp(-1000) is about 5e-435.",
    of='PREDICT["exp(-1000) in float64"]',
)
def underflow_taken_for_finite():
    return "finite"


@ends.mistake(
    "Two infinities need not be equal: one may be far larger. So the ratio is nan.",
    of='PREDICT["inf / inf"]',
)
def ratio_of_infinities_is_one():
    return "finite"


@ends.mistake(
    "inf / 2 is inf, but inf / inf has no value: numpy says nan, not a number.",
    of='PREDICT["inf / inf"]',
)
def ratio_of_infinities_is_inf():
    return "inf"


# 5b  softmax

stable = exercise(
    "5b",
    "A softmax that survives",
    points=15,
    name="stable_softmax",
    hints=(
        "What can you subtract from a row for free?",
        "The maximum of the row: its largest exponential is then exp(0) = 1.",
        "z - z.max(axis=-1, keepdims=True), then as in lesson 3",
    ),
)
stable.slips()


@stable.check
def ordinary_scores_are_as_before(attempt):
    """Ordinary scores give what they gave in lesson 3, n equal to k or not."""
    expect(attempt.stable_softmax(PAPER_Z[:3])).close_to(PAPER_P[:3])
    expect(attempt.stable_softmax(PAPER_Z)).close_to(PAPER_P)


@stable.check
def survives_a_thousand(attempt):
    """The scores (1000, 0, -1000) become (1, 0, 0)."""
    expect(attempt.stable_softmax(HUGE)).close_to([1, 0, 0])


@stable.check
def survives_low_scores(attempt):
    """The scores (-1000, -1001, -1002) become (0.665241, 0.244728, 0.090031)."""
    expect(attempt.stable_softmax(LOW)).close_to(STEPS_P)


@stable.check
def each_row_has_its_own_shift(attempt):
    """A photo near 1000 and one near -1000 get on in one batch."""
    expect(attempt.stable_softmax(APART)).close_to(np.stack([STEPS_P, STEPS_P]))


@stable.check
def agrees_and_does_not_notice_shifts(attempt, reference, rng):
    """It agrees with the reference on random batches, and 1000 more changes nothing."""
    for n, k in SIZES:
        z = random_batch(rng, n, k)[1]
        want = reference.stable_softmax(z)
        expect(attempt.stable_softmax(z)).close_to(want)
        for shift in (1e3, -1e3):
            # A score near 1000 is stored to 1.1e-13, so p is right to 1e-12 or so.
            expect(attempt.stable_softmax(z + shift)).close_to(want, tolerance=1e-12)


@stable.check
def a_class_can_be_ruled_out(attempt):
    """A score of -inf gets the probability 0, and the other classes share."""
    z = np.array([[0.0, -np.inf, 0.0], [-np.inf, 3.0, -np.inf]])
    expect(attempt.stable_softmax(z)).close_to([[0.5, 0, 0.5], [0, 1, 0]])


@stable.mistake(OVERFLOW)
def no_shift(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(WHOLE_MAXIMUM)
def maximum_of_the_batch(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(SIZE_MAXIMUM)
def maximum_of_the_sizes(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - np.abs(z).max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(
    "You subtracted each column's maximum. Inside a row that is a different number for "
    "every class, and changes p. Take the maximum along the row, axis=-1."
)
def maximum_of_the_columns(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=0))
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(
    "You subtracted the minimum of the row, so the largest score only grew. "
    "Subtract the maximum: then no exponential exceeds 1."
)
def minimum_of_the_row(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.min(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(
    "You added the maximum of the row, so the largest score only grew. "
    "Subtract it: then no exponential exceeds 1."
)
def maximum_added(z):
    with np.errstate(all="ignore"):
        e = np.exp(z + z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(
    "You subtracted the mean of the row: (1000, 0, -1000) stays as it is. "
    "Subtract the maximum: then no exponential exceeds 1."
)
def mean_of_the_row(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.mean(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(
    "You cut the scores off at a bound, and so made different scores equal: "
    "-1000, -1001 and -1002 share equally. Shift them instead."
)
def scores_cut_off(z):
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(COLUMNS)
def softmax_over_columns(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@stable.mistake(KEEPDIMS)
def keepdims_forgotten(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1)


@stable.mistake(MAXIMUM_KEEPDIMS)
def maximum_without_keepdims(z):
    e = np.exp(z - z.max(axis=-1))
    return e / e.sum(axis=-1, keepdims=True)


@stable.mistake(WHOLE_SUM)
def sum_of_the_batch(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum()


@stable.mistake(ONE_ROW)
def only_batches(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@stable.symptom(
    "You changed the caller's array: z -= ..., z[...] = ... and out=z work in place. "
    "z = z - ... makes a new one.",
    example="""
def stable_softmax(z):
    z -= z.max(axis=-1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
""",
)
def changed_in_place(answer):
    return bool(answer.modified)


# 5c  log-softmax

logs = exercise(
    "5c",
    "Log-softmax",
    points=15,
    name="log_softmax",
    hints=(
        "The logarithm of a ratio is a difference: ln(a/b) = ln a - ln b.",
        "With shifted = z - max: shifted - ln of the sum of exp(shifted).",
        "np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) is what you subtract.",
    ),
)
logs.slips()


@logs.check
def ordinary_scores_give_ln_p(attempt):
    """On ordinary scores it is the logarithm of the softmax."""
    expect(attempt.log_softmax(PAPER_Z[:3])).close_to(np.log(PAPER_P[:3]))
    expect(attempt.log_softmax(PAPER_Z)).close_to(np.log(PAPER_P))


@logs.check
def nothing_is_lost(attempt):
    """The scores (1000, 0, -1000) become (0, -1000, -2000)."""
    expect(attempt.log_softmax(HUGE)).close_to([0, -1000, -2000])


@logs.check
def rows_far_apart_are_right(attempt):
    """A photo near 1000 and one near -1000 get on in one batch."""
    expect(attempt.log_softmax(APART)).close_to(np.log([STEPS_P, STEPS_P]))


@logs.check
def agrees_on_random_scores(attempt, reference, rng):
    """It agrees with the reference on random batches, and exp of each row sums to 1."""
    for n, k in SIZES:
        z = random_batch(rng, n, k)[1]
        answer = attempt.log_softmax(z)
        expect(answer).close_to(reference.log_softmax(z))
        rows = expect(answer).its("row sums of exp", lambda a: np.exp(a).sum(axis=1))
        rows.all_close_to(1.0)


@logs.mistake(LOG_OF_SOFTMAX)
def log_of_stable_softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - np.max(z, axis=-1, keepdims=True))
        return np.log(e / e.sum(axis=-1, keepdims=True))


@logs.mistake(OVERFLOW)
def log_of_naive_softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return np.log(e / e.sum(axis=-1, keepdims=True))


@logs.symptom(
    "-1000 and -2000 have both become {low}. Was the probability raised before the log, "
    "by a clip or a small constant? Compute z - max - ln(sum(exp(z - max))) directly.",
    example="""
def log_softmax(z):
    return np.log(stable_softmax(z) + 1e-12)
""",
)
def log_of_raised_softmax(answer):
    low = np.asarray(answer.value)[1]
    is_floor = np.array_equal(answer.args[0], HUGE) and answer.value[2] == low
    return bool(is_floor and -700 < low < -1) and {"low": f"{low:.6f}"}


@logs.mistake(
    "The exponentials inside the sum are not shifted: exp(1000) is inf, and so is the "
    "logarithm of the sum. Use the shifted scores in both places."
)
def sum_not_shifted(z):
    with np.errstate(all="ignore"):
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@logs.mistake(
    "The shift is in the sum, and missing in front: use the shifted scores in both "
    "places, or in neither."
)
def shifted_in_the_sum_only(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return z - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@logs.mistake(
    "You subtracted the sum itself. Subtract its logarithm: ln(a/b) = ln a - ln b."
)
def log_of_the_sum_missing(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.exp(shifted).sum(axis=-1, keepdims=True)


@logs.mistake("These are the probabilities; their logarithms are asked for.")
def softmax_without_log(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@logs.mistake(
    "You subtracted the maximum of the whole batch. So the sum of the row at -1000 "
    "underflowed to 0, and ln 0 is -inf. Use each row's own maximum."
)
def logs_with_the_maximum_of_the_batch(z):
    with np.errstate(all="ignore"):
        shifted = z - z.max()
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@logs.mistake(KEEPDIMS)
def logs_without_keepdims(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1))


@logs.mistake(MAXIMUM_KEEPDIMS)
def logs_with_maxima_of_columns(z):
    shifted = z - z.max(axis=-1)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@logs.mistake(WHOLE_SUM)
def logs_of_the_whole_sum(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum())


@logs.mistake(
    "In your answer exp of each COLUMN sums to 1. Each row is one photo: use axis=-1."
)
def logs_over_columns(z):
    shifted = z - np.max(z, axis=0, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))


@logs.mistake(
    "The sign is turned around: this is -ln p. Subtract the logarithm of the sum from "
    "the shifted scores."
)
def logs_turned_around(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) - shifted


@logs.mistake(ONE_ROW)
def logs_of_batches_only(z):
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


# 5d  the loss from scores

scores = exercise(
    "5d",
    "The loss, straight from the scores",
    points=15,
    name="loss_from_logits",
    hints=(
        "Pick the true entry of each row of log_softmax(z).",
        "-(y * log_softmax(z)).sum(axis=1) is the loss of each photo.",
        "float(-(y * log_softmax(z)).sum(axis=1).mean())",
    ),
)
scores.slips()


@scores.check
def paper_batch_costs_as_before(attempt):
    """The paper batch costs 1.184675 nats, as in lesson 3."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    expect(attempt.loss_from_logits(PAPER_Y, PAPER_Z)).close_to(truth)


@scores.check
def a_hopeless_photo_costs_2000(attempt):
    """The scores (1000, -1000, 0) with truth 1 cost 2000 nats."""
    z = np.array([[1000.0, -1000, 0]])
    expect(attempt.loss_from_logits(np.eye(3)[[1]], z)).close_to(2000)


@scores.check
def a_sure_mistake_costs_40(attempt):
    """The scores (0, 40, 0) with truth 0 cost 40 nats, not 16.118096."""
    z = np.array([[0.0, 40, 0], [0, 0, 40]])
    expect(attempt.loss_from_logits(np.eye(3)[[0, 1]], z)).close_to(40)


@scores.check
def agrees_on_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches, shifted by 1000 or not."""
    for n, k in SIZES:
        y, z = random_batch(rng, n, k)
        want = reference.loss_from_logits(y, z)
        expect(attempt.loss_from_logits(y, z)).close_to(want)
        expect(attempt.loss_from_logits(y, z + 1e3)).close_to(want, tolerance=1e-9)


@scores.check
def whole_labels_are_welcome(attempt):
    """Labels of whole numbers are welcome, and nothing is changed in place."""
    y = PAPER_Y.astype(int)
    answer = attempt.loss_from_logits(y, PAPER_Z.copy())
    expect(answer).close_to(-np.log([0.7, 0.2, 0.125, 0.5]).mean())


@scores.mistake(OVERFLOW)
def loss_of_naive_softmax(y, z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        p = np.clip(e / e.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
        return -(y * np.log(p)).sum(axis=1).mean()


@scores.mistake(CLIPPED)
def loss_of_clipped_softmax(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = np.clip(e / e.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
    return -(y * np.log(p)).sum(axis=1).mean()


@scores.mistake(LOG_OF_SOFTMAX)
def loss_of_log_of_softmax(y, z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1).mean()


@scores.mistake(MISSING_MINUS)
def loss_without_minus(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return (y * logs).sum(axis=1).mean()


@scores.mistake(
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "{k} times too small. Sum over classes, mean over photos.",
    numbers=sizes,
)
def loss_mean_over_everything(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    return -(y * (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))).mean()


@scores.mistake(
    "You summed over the batch: exactly {n} times too big. "
    "Divide by the number of photos.",
    numbers=sizes,
)
def loss_summed(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    return -(y * (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))).sum()


@scores.mistake(
    "You divided by the number of classes ({k}); divide by the number of photos ({n}).",
    numbers=sizes,
)
def loss_over_k(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * logs).sum() / y.shape[1]


@scores.mistake("You returned one loss per photo. The loss of the batch is their mean.")
def loss_not_averaged(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * logs).sum(axis=1)


@scores.mistake(
    "You used the score z itself. Subtract the log of the sum of the exponentials "
    "first: that is log_softmax."
)
def loss_of_raw_scores(y, z):
    return -(y * z).sum(axis=1).mean()


TWO_LOGARITHMS = (
    "log_softmax gives logarithms already, and you took the logarithm once more. "
    "Use it as it is: -(y * log_softmax(z))."
)


@scores.mistake(TWO_LOGARITHMS)
def loss_with_two_logarithms(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * np.log(np.clip(logs, 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@scores.mistake(TWO_LOGARITHMS)
def loss_with_two_logarithms_is_nan(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return -(y * np.log(logs)).sum(axis=1).mean()


@scores.mistake(
    "The logarithm is missing: you added up probabilities. Use log_softmax(z)."
)
def loss_without_logarithm(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return -(y * e / e.sum(axis=1, keepdims=True)).sum(axis=1).mean()


# 5e  the gradient

gradient = exercise(
    "5e",
    "The gradient",
    points=20,
    name="grad_logits",
    hints=(
        "Lesson 4 found the gradient for one photo. What does a mean do to it?",
        "p - y, with p from stable_softmax(z).",
        "Divide by the number of photos: / len(z)",
    ),
)
gradient.slips()


@gradient.check
def gradient_of_the_paper_batch(attempt):
    """The gradient of the paper batch is (p - y) / 4."""
    expect(attempt.grad_logits(PAPER_Y, PAPER_Z)).close_to((PAPER_P - PAPER_Y) / 4)


@gradient.check
def agrees_with_centred_differences(attempt, reference, rng):
    """It agrees with centred differences of the loss on random batches."""
    for n, k in SIZES:
        y, z = random_batch(rng, n, k)
        slow = reference.numeric_grad(
            lambda x, y=y: reference.loss_from_logits(y, x), z.copy()
        )
        # Over 1,000 batches of these sizes the two are at most 2.5e-10 apart.
        expect(attempt.grad_logits(y, z)).close_to(slow, tolerance=1e-8)


@gradient.check
def each_row_sums_to_zero(attempt, rng):
    """Every row sums to 0, because a shift of its scores changes nothing."""
    y, z = random_batch(rng, 5, 4)
    answer = attempt.grad_logits(y, z)
    rows = expect(answer).its("row sums", lambda g: np.sum(g, axis=1))
    rows.all_close_to(0.0, tolerance=1e-9)
    expect(answer).holds(np.any(np.abs(answer.value) > 1e-6), "All of it is 0: {got}")


@gradient.check
def a_doubled_batch_halves_each_row(attempt, rng):
    """In a batch put in twice, each photo pulls half as hard."""
    y, z = random_batch(rng, 3, 4)
    once = expect(attempt.grad_logits(y, z)).array(shape=(3, 4))
    twice = attempt.grad_logits(np.concatenate([y, y]), np.concatenate([z, z]))
    expect(twice).close_to(np.concatenate([once, once]) / 2)


@gradient.check
def gradient_survives(attempt):
    """For scores of 1000 it is finite: (0, 40, 0) with truth 0 gives (-1, 1, 0)."""
    z = np.array([[1000.0, -1000, 0], [0, 40, 0]])
    want = np.array([[1.0, -1, 0], [-1, 1, 0]]) / 2
    expect(attempt.grad_logits(np.eye(3)[[1, 0]], z)).close_to(want)


@gradient.check
def soft_labels_are_subtracted(attempt):
    """Soft labels work as well, and nothing is changed in place."""
    y = np.array([[0.9, 0.1, 0.0]])
    answer = attempt.grad_logits(y, PAPER_Z[:1].copy())
    expect(answer).close_to(PAPER_P[:1] - y)


@gradient.mistake(
    "Your gradient is exactly {n} times too big: the loss is a mean, so divide by the "
    "batch size.",
    numbers=sizes,
)
def gradient_of_the_sum(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - y


@gradient.mistake(
    "Exactly {k} times too small: you also divided by the number of classes.",
    numbers=sizes,
)
def gradient_over_n_and_k(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True) - y) / y.size


@gradient.mistake(
    "You divided by the number of classes ({k}); divide by the number of photos ({n}).",
    numbers=sizes,
)
def gradient_over_k(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True) - y) / y.shape[1]


@gradient.mistake(
    "Only y is divided, for / goes before -. Put brackets around the difference: "
    "(p - y) / n."
)
def gradient_without_brackets(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - y / len(z)


@gradient.mistake("Your rows sum to 1/n, not 0: you forgot to subtract y.")
def gradient_without_labels(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) / len(z)


@gradient.mistake(
    "That is dL/dp, the gradient at the probabilities. "
    "Go one step further back, to the scores."
)
def gradient_at_the_probabilities(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return -y / (e / e.sum(axis=1, keepdims=True)) / len(z)


@gradient.mistake(
    "You have y - p. The gradient points uphill: "
    "increasing a wrong class's score increases the loss."
)
def gradient_downhill(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (y - e / e.sum(axis=1, keepdims=True)) / len(z)


@gradient.mistake("Subtract y, not 1: only the true class gets the -1.")
def gradient_minus_one(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True) - 1) / len(z)


@gradient.mistake(
    "You subtracted 1 at the true class. That is right for one-hot rows alone. "
    "Subtract y itself, and soft labels work as well."
)
def gradient_minus_one_at_the_truth(y, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(z)), y.argmax(axis=1)] -= 1
    return p / len(z)


@gradient.mistake(
    "You subtracted y from the logarithms. The gradient is p - y, and p is softmax."
)
def gradient_of_logarithms(y, z):
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return (logs - y) / len(z)


@gradient.mistake(
    "You subtracted y from the scores. Turn the scores into probabilities first."
)
def gradient_of_raw_scores(y, z):
    return (z - y) / len(z)


@gradient.mistake(OVERFLOW)
def gradient_of_naive_softmax(y, z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return (e / e.sum(axis=1, keepdims=True) - y) / len(z)


# 5f  the slow machine

MOST_NOTED = 1000  # numbers a question; a dozen are asked for
MOST_EXTRA = 300  # questions beside the two an entry, before the machine is stopped
ROUNDING = 1e-14  # what is left of a step that was taken and taken back is smaller
ALIKE = 1.2  # a step of 1e-13 from 4.0 is stored 7 % off; other steps are twice as long


class Probe:
    """A function for the learner's machine, which notes where it is asked."""

    def __init__(self, function, z):
        self.function = function
        self.start = np.array(z)
        self.asked = []

    def __call__(self, z):
        z = np.asarray(z)
        if z.size > MOST_NOTED or z.dtype.kind not in "biuf":
            raise ValueError("f takes an array of numbers, of the shape of z")
        self.asked.append(np.array(z))
        return float(self.function(np.asarray(z, dtype=np.float64)))

    def facts(self):
        """What the questions tell: the steps and their sides, the dtype, how many."""
        fits = [z for z in self.asked if z.shape == self.start.shape]
        moves = np.array([z - self.start for z in fits] or [0 * self.start])
        moved = np.abs(moves) > ROUNDING
        counts = moved.reshape(len(moves), -1).sum(axis=1)
        steps = np.abs(moves)[moved]
        least, most = (steps.min(), steps.max()) if steps.size else (0.0, 0.0)
        return {
            "least": float(least),
            "most": float(most),
            # Only where all are alike is there one step to speak of.
            "step": float(np.median(steps)) if 0 < most <= ALIKE * least else None,
            "unmoved": bool(fits) and not moved.any(),
            "is_float32": any(z.dtype == np.float32 for z in self.asked),
            "calls": len(self.asked),
            "strange": [
                str(z.shape) for z in self.asked if z.shape != self.start.shape
            ],
            "is_row": bool(is_a_row(moved[0])),
            "together": int(counts[0]),
            "stays_moved": bool(counts[0] == 1 and counts[-1] > 1),
        }


def is_a_row(moved):
    """Whether just the entries of one row are moved, of more than one."""
    if moved.ndim < 2 or moved[0].size < 2:
        return False
    rows = moved.reshape(len(moved), -1)
    return len(rows) > 1 and rows.any(axis=1).sum() == 1 and rows.all(axis=1).any()


def cubes(z):
    """A function whose gradient is 3 z squared."""
    return np.sum(z**3)


machine = exercise(
    "5f",
    "The slow machine",
    points=15,
    name="numeric_grad",
    hints=(
        "Wiggle one entry, and watch what f does.",
        "(f with the entry + h, minus f with the entry - h) / (2 * h)",
        "for i in np.ndindex(z.shape): old = z[i], ask f twice, then z[i] = old",
    ),
)

CUBE_Z = np.array(
    [[2.0, -1.5, 3.0, 0.5], [1.0, 2.5, -2.0, 4.0], [-3.0, 0.25, 1.5, -0.75]]
)


def asked(attempt, function, z, **more):
    """The learner's gradient, and what the questions to `function` told."""
    probe = Probe(function, z)
    f = callback(probe, name="f", most=2 * z.size + MOST_EXTRA)
    answer = attempt.numeric_grad(f, z.copy(), **more)
    return expect(answer, **probe.facts())


@machine.check
def finds_the_gradient_of_cubes(attempt):
    """For f = sum of z cubed it finds 3 z squared, with the h that it comes with."""
    # The bend of a cube adds h * h = 1e-10, rounding at most 3e-9.
    asked(attempt, cubes, CUBE_Z).close_to(3 * CUBE_Z**2, tolerance=1e-7)


@machine.check
def works_in_any_number_of_dimensions(attempt, rng):
    """It works on a row and on a block of three dimensions."""
    for shape in ((5,), (2, 3, 2)):
        z = rng.normal(size=shape)
        weights = rng.normal(size=shape)
        found = asked(attempt, lambda x, w=weights: np.sum(w * np.sin(x)), z)
        found.close_to(weights * np.cos(z), tolerance=1e-8)


@machine.check
def checks_the_loss_itself(attempt, reference):
    """It finds the gradient of the paper batch's loss."""
    found = asked(attempt, lambda z: reference.loss_from_logits(PAPER_Y, z), PAPER_Z)
    # Centred differences at 1e-5 are 3e-11 off here, one-sided ones 2.7e-7.
    found.close_to((PAPER_P - PAPER_Y) / 4, tolerance=1e-8)


@machine.check
def takes_the_step_it_is_given(attempt):
    """With h = 0.1 it steps by 0.1: for cubes the answer is then 0.01 too large."""
    found = asked(attempt, cubes, CUBE_Z, h=0.1)
    found.close_to(3 * CUBE_Z**2 + 0.01, tolerance=1e-9)


@machine.check
def asks_twice_for_each_entry(attempt):
    """It calls f exactly twice for every entry of z."""
    z = CUBE_Z[:, :3]
    found = asked(attempt, cubes, z)
    calls = found.answer.facts["calls"]
    found.holds(
        calls == 2 * z.size,
        "For {entries} entries f was called {calls} times; twice each makes {twice}.",
        entries=str(z.size),
        calls=str(calls),
        twice=str(2 * z.size),
    )


@machine.check
def restores_every_entry(attempt):
    """Afterwards z is exactly what it was, to the last bit."""
    z = np.array([0.1, 0.7, 1 / 3, 1e3])
    f = callback(cubes, name="f", most=2 * z.size + MOST_EXTRA)
    attempt.numeric_grad(f, z)


@machine.mistake(
    "That is a one-sided difference: on the paper batch its error is 2.7e-7 instead of "
    "3e-11. Step both ways and divide by 2h."
)
def forward_difference(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        grad[i] = (f(z) - here) / h
        z[i] = old
    return grad


@machine.mistake(
    "One-sided difference, to the left: as rough as one to the right. "
    "Step both ways and divide by 2h."
)
def backward_difference(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old - h
        grad[i] = (here - f(z)) / h
        z[i] = old
    return grad


@machine.mistake(
    "Exactly twice too big: from z - h to z + h the way is 2h long. Divide by 2 * h."
)
def divided_by_one_step(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / h
        z[i] = old
    return grad


@machine.mistake(
    "The sign is turned around: it is f(z + h) minus f(z - h), in this order."
)
def turned_around(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (f(z) - above) / (2 * h)
        z[i] = old
    return grad


@machine.mistake("/ 2 * h divides by 2 and then multiplies by h. Write / (2 * h).")
def brackets_forgotten(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / 2 * h
        z[i] = old
    return grad


@machine.mistake(
    "Exactly half: after + h, a step of - h only leads back to z. "
    "Step down from the old entry: z[i] = old - h."
)
def only_back_to_the_middle(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        grad[i] = (f(z) - here) / (2 * h)
        z[i] = old
    return grad


@machine.mistake(
    "You divided by 2, and h is missing: from z - h to z + h the way is 2 * h long."
)
def h_is_missing(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / 2
        z[i] = old
    return grad


@machine.mistake(
    "You moved all entries at once, so you got one slope for all of them. "
    "Move one entry, and leave the others where they are."
)
def all_entries_at_once(f, z, h=1e-5):
    return (f(z + h) - f(z - h)) / (2 * h)


@machine.mistake(
    "You took a step of your own, whatever h says. Use the h that is given."
)
def own_step(f, z, h=1e-5):
    z, h = np.array(z, dtype=np.float64), 1e-5
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] = old
    return grad


@machine.mistake(
    "Your loop walks along two axes. np.ndindex(z.shape) walks along all there are."
)
def two_dimensions_only(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    n, k = z.shape
    for i in np.ndindex(n, k):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] = old
    return grad


MACHINE = """
def numeric_grad(f, z, h={h}):
    z = np.array(z, dtype=np.{dtype})
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] = old
    return grad
"""


@machine.symptom(
    "You asked f in float32. Do gradient checks in float64: in float32 even a right "
    "gradient looks wrong.",
    example=MACHINE.format(h="1e-5", dtype="float32"),
)
def in_float32(answer):
    return bool(answer.facts.get("is_float32"))


@machine.symptom(
    "Your steps are {h} long: below 1e-7 rounding noise wins. Use about 1e-5.",
    example=MACHINE.format(h="1e-12", dtype="float64"),
)
def step_too_small(answer):
    step = answer.facts["step"]
    return step < 1e-7 and {"h": f"{step:.0e}".replace("e-0", "e-")}


@machine.symptom(
    "f takes an array like z, and you handed it one of shape {s}. "
    "Move the entry inside z, z[i] = old + h, and ask f(z).",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        grad[i] = (f(z[i] + h) - f(z[i] - h)) / (2 * h)
    return grad
""",
)
def asked_about_a_part(answer):
    strange = answer.facts.get("strange")
    return bool(strange) and {"s": strange[0]}


@machine.symptom(
    "You moved {m} entries at once, a whole row. Move one entry at a time: "
    "np.ndindex(z.shape) walks through all of them.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in range(len(z)):
        up, down = z.copy(), z.copy()
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
    return grad
""",
)
def a_row_at_once(answer):
    return answer.facts["is_row"] and {"m": str(answer.facts["together"])}


@machine.symptom(
    "f was called twice in all, and z has {n} entries. Does return stand in the loop? "
    "Put it behind the loop.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
        return grad
""",
)
def returned_inside_the_loop(answer):
    facts, n = answer.facts, np.size(answer.args[1])
    return facts["calls"] == 2 and facts["together"] == 1 < n and {"n": str(n)}


@machine.symptom(
    "f saw z unmoved each time. Is the entry moved in the array that f gets, and not in "
    "a copy of it? Or is up = z without .copy()? Both names are then one array, and the "
    "two steps cancel.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        up, down = z, z
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
    return grad
""",
)
def steps_cancel(answer):
    return answer.facts["unmoved"]


@machine.symptom(
    "f was asked about moved entries, and every entry of your answer is 0. Is what you "
    "compute stored, in grad[i]?",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        slope = (above - f(z)) / (2 * h)
        z[i] = old
    return grad
""",
)
def never_stored(answer):
    return answer.facts["most"] > ROUNDING and not np.any(answer.value)


@machine.symptom(
    "The entries before stay moved while the next one is tried. Is the old entry put "
    "back, z[i] = old? Or does each entry begin with a copy of its own, z.copy()?",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        z[i] += h
        above = f(z)
        z[i] -= 2 * h
        grad[i] = (above - f(z)) / (2 * h)
    return grad
""",
)
def stays_moved(answer):
    return bool(answer.facts.get("stays_moved"))


@machine.symptom(
    "Your steps are {h} long: over such a step a curve bends. Use about 1e-5.",
    example=MACHINE.format(h="1e-2", dtype="float64"),
)
def step_too_large(answer):
    step = answer.facts["step"]
    return "h" not in answer.kwargs and step > 1e-4 and {"h": f"{step:.0e}"}


@machine.symptom(
    "Your steps are of several lengths, from {least} to {most}, and h = {given} was "
    "handed in. A centred difference takes two steps for an entry, h up and h down.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        def moved(step):
            other = z.copy()
            other[i] += step
            return f(other)
        near, far = moved(h) - moved(-h), moved(2 * h) - moved(-2 * h)
        grad[i] = (8 * near - far) / (12 * h)
    return grad
""",
)
def several_steps(answer):
    facts, given = answer.facts, answer.kwargs.get("h", 1e-5)
    return facts["most"] > ALIKE * facts["least"] > 0 and {
        "least": f"{facts['least']:.0e}".replace("e-0", "e-"),
        "most": f"{facts['most']:.0e}".replace("e-0", "e-"),
        "given": f"{given:g}",
    }


@machine.symptom(
    "You move an entry by {h}, and h = {given} was handed in. "
    "Move it by h itself, up and down, and divide by 2 * h.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[i] += h / 2
        down[i] -= h / 2
        grad[i] = (f(up) - f(down)) / h
    return grad
""",
)
def another_step_than_given(answer):
    given, step = answer.kwargs.get("h"), answer.facts["step"]
    is_other = given is not None and abs(step / given - 1) > 1e-3
    return is_other and {"h": f"{step:g}", "given": f"{given:g}"}


@machine.symptom(
    "z is not what it was, down to the last bit. Do you add h, subtract 2h and add h "
    "again? That rounds: keep the old entry, and put it back.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        z[i] += h
        above = f(z)
        z[i] -= 2 * h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] += h
    return grad
""",
)
def not_restored(answer):
    return bool(answer.modified)


# 5g  relative error

distance = exercise(
    "5g",
    "How far apart is far?",
    points=10,
    name="relative_error",
    hints=(
        "A difference means little until it is divided by the size of the numbers.",
        "The size is np.abs(a) + np.abs(b).",
        "np.maximum(1e-8, np.abs(a) + np.abs(b)) guards 0/0; take the largest ratio.",
    ),
)
distance.slips()


@distance.check
def compares_numbers(attempt):
    """For two numbers it is their difference over the sum of their sizes."""
    expect(attempt.relative_error(3.0, 5.0)).close_to(0.25)
    expect(attempt.relative_error(-2.0, -1.0)).close_to(1 / 3)


@distance.check
def reports_the_largest(attempt):
    """Of two arrays it reports the largest one, whichever is the larger array."""
    a = np.array([[1.0, -4.0, 100.0], [2.0, 0.5, -3.0]])
    b = np.array([[1.0, -1.0, 101.0], [2.5, 0.5, -3.1]])
    expect(attempt.relative_error(a, b)).close_to(0.6)
    expect(attempt.relative_error(b, a)).close_to(0.6)


@distance.check
def opposite_signs_are_far_apart(attempt):
    """A gradient with the wrong sign is as far away as can be: 1."""
    g = PAPER_P - PAPER_Y
    expect(attempt.relative_error(g, -g)).close_to(1.0)


@distance.check
def equals_are_at_zero(attempt):
    """Equal arrays are at 0, zeros too: 0/0 is guarded."""
    expect(attempt.relative_error(np.zeros((2, 3)), np.zeros((2, 3)))).close_to(0.0)
    expect(attempt.relative_error(PAPER_P, PAPER_P)).close_to(0.0)
    expect(attempt.relative_error(1e-12, 2e-12)).close_to(1e-4, tolerance=1e-7)


@distance.check
def agrees_on_random_pairs(attempt, reference, rng):
    """It agrees with the reference on random arrays."""
    for n, k in SIZES:
        a = rng.normal(size=(n, k))
        b = a + 1e-3 * rng.normal(size=(n, k))
        answer = attempt.relative_error(a, b)
        expect(answer).close_to(reference.relative_error(a, b))


@distance.mistake(
    "0/0 gave nan where both are 0. Divide by np.maximum(1e-8, ...) instead."
)
def not_guarded(a, b):
    with np.errstate(all="ignore"):
        return (np.abs(a - b) / (np.abs(a) + np.abs(b))).max()


@distance.mistake(
    "That is the absolute difference. Divide by the size of the two numbers."
)
def not_divided(a, b):
    return np.abs(a - b).max()


@distance.mistake(
    "You divide by the larger size, as some books do. "
    "Here the two sizes are added, so that opposite signs give 1."
)
def over_the_larger(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b)))).max()


@distance.mistake(
    "You divide by the size of the first one alone. Add both sizes: "
    "then it does not matter which of the two comes first."
)
def over_the_first(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.abs(a))).max()


@distance.mistake(
    "You divide by the mean of the two sizes, so opposite signs give 2. "
    "Here the two sizes are added, and not halved."
)
def over_the_mean_size(a, b):
    size = np.maximum(1e-8, (np.abs(a) + np.abs(b)) / 2)
    return (np.abs(a - b) / size).max()


@distance.mistake(
    "You divide the largest difference by the largest size, and they may belong to "
    "different entries. Divide entry by entry first, and then take the largest ratio."
)
def largest_over_largest(a, b):
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))


@distance.mistake(
    "The sign of a - b is left in, so large differences can hide below 0. "
    "Take np.abs(a - b)."
)
def sign_left_in(a, b):
    return ((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))).max()


@distance.mistake(
    "You took the size of the sum. Numbers of opposite sign cancel there: "
    "add the sizes, np.abs(a) + np.abs(b)."
)
def size_of_the_sum(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.abs(a + b))).max()


@distance.mistake(
    "You report the mean. One wrong entry among a thousand would go unseen: "
    "report the largest."
)
def mean_of_all(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))).mean()


@distance.mistake("You return one number an entry. Report the largest of them.")
def one_for_each(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))


# Every number in the text, computed again.


def _text(value, digits=6):
    return lambda: f"{value:.{digits}f}"


def _short(value):
    return lambda: f"{value:g}"


def _last_finite(dtype, digits=2):
    """The last number of so many digits whose exp is finite, and the next one."""
    step = 10.0**-digits
    end = math.floor(math.log(float(np.finfo(dtype).max)) / step) * step
    with np.errstate(all="ignore"):
        fine, over = np.exp(np.array([end, end + step], dtype=dtype))
    assert np.isfinite(fine)
    assert np.isinf(over)
    return end, end + step


_F32, _F64 = _last_finite(np.float32), _last_finite(np.float64)
_GRADIENT = (PAPER_P - PAPER_Y) / 4

NUMBERS = {
    "3.4e38": lambda: f"{np.finfo(np.float32).max:.1e}".replace("e+", "e"),
    "1.8e308": lambda: f"{np.finfo(np.float64).max:.1e}".replace("e+", "e"),
    "2.302585": _text(math.log(10)),
    "88.72": _text(_F32[0], 2),
    "88.73": _text(_F32[1], 2),
    "709.78": _text(_F64[0], 2),
    "709.79": _text(_F64[1], 2),
    "0.367879": _text(math.exp(-1)),
    "0.135335": _text(math.exp(-2)),
    "0.665241": _text(STEPS_P[0]),
    "0.244728": _text(STEPS_P[1]),
    "0.090031": _text(STEPS_P[2]),
    "16.118096": _text(-math.log(1e-7)),
    "1.184675": _text(-np.log([0.7, 0.2, 0.125, 0.5]).mean()),
    "16.118": _text(-math.log(1e-7), 3),
    "-0.075": _short(_GRADIENT[0, 0]),
    "0.05": _short(_GRADIENT[0, 1]),
    "0.025": _short(_GRADIENT[0, 2]),
    "0.15": _short(_GRADIENT[1, 0]),
    "-0.2": _short(_GRADIENT[1, 1]),
    "0.03125": _short(_GRADIENT[2, 0]),
    "0.1875": _short(_GRADIENT[2, 1]),
    "-0.21875": _short(_GRADIENT[2, 2]),
    "0.09375": _short(_GRADIENT[3, 1]),
    "-0.125": _short(_GRADIENT[3, 2]),
}
_STEPS = (
    "median over 20 seeds of the largest error, standard normal scores (4, 10), float64"
)
QUOTED = {
    "1000": "given: the score that breaks exp",
    "-1000": "given: a score",
    "-1001": "given: a score",
    "-1002": "given: a score",
    "-2000": "-1000 less the maximum, 1000",
    "2000": "the distance from -1000 to the maximum, 1000",
    "4.0e-5": _STEPS,
    "4.0e-7": _STEPS,
    "4.0e-9": _STEPS,
    "4.1e-11": _STEPS,
    "2.5e-11": _STEPS,
    "2.6e-10": _STEPS,
    "2.4e-8": _STEPS,
    "2.3e-4": _STEPS,
    "3.0e-7": _STEPS + ", one-sided at h = 1e-5",
    "(0.9, 0.1, 0)": "given: a soft label",
    "0.001": "given: an example of a difference",
    "0.002": "given: an example of a number",
    "500.001": "given: an example of a number",
}
