"""What is asked of lesson 8, and which mistakes are known."""

from pathlib import Path

import numpy as np

from grader.checks import exercise, expect, lesson
from grader.judge.loading import LazyModule

LESSON = lesson(imports=("numpy",))

reference = LazyModule(
    Path(__file__).resolve().parents[2]
    / "solutions"
    / "lesson8_playing_with_the_loss.py"
)

PAPER_P = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [0.125, 0.75, 0.125], [0.125, 0.375, 0.5]]
)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """One-hot labels and probabilities of n photos and k classes."""
    e = np.exp(2 * rng.normal(size=(n, k)))
    return np.eye(k)[rng.integers(k, size=n)], e / e.sum(axis=1, keepdims=True)


# Said of a slip in more than one loss.

MISSING_MINUS = (
    "Your loss is negative: ln of a probability is <= 0. "
    "The minus sign turns surprise into a cost."
)
MEAN_OVER_EVERYTHING = (
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "{k} times too small. Sum over classes, mean over photos."
)
SUM_NO_MEAN = (
    "You summed over the batch: exactly {n} times too big. "
    "Divide by the number of photos."
)
ONE_PER_PHOTO = "You returned one loss per photo. The loss of the batch is their mean."
NO_CLIP = (
    "0 * log 0 is nan in numpy. Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)


def sizes(y, p, more):
    """The n and the k that a sentence speaks of."""
    return {"n": p.shape[0], "k": p.shape[1]}


# 8a  weights

weighted = exercise(
    "8a",
    "Weights",
    points=20,
    name="weighted_cross_entropy",
    hints=(
        "One weight for each photo: the weight of its true class.",
        "(y * w).sum(axis=1) is that weight, for all photos at once.",
        "-(y * w * np.log(p)).sum(axis=1).mean(), with p clipped: the mean over n.",
    ),
)
weighted.slips()


@weighted.check
def is_right_on_the_paper_batch(attempt):
    """The paper batch with weights (1, 1, 5) costs 3.957264 nats."""
    w = np.array([1.0, 1.0, 5.0])
    answer = attempt.weighted_cross_entropy(PAPER_Y, PAPER_P, w)
    expect(answer).close_to(3.957264, tolerance=1e-6)


@weighted.check
def weights_of_1_change_nothing(attempt, reference, rng):
    """With all weights 1 it is cross-entropy."""
    y, p = random_batch(rng, 6, 4)
    answer = attempt.weighted_cross_entropy(y, p, np.ones(4))
    expect(answer).close_to(reference.cross_entropy(y, p))


@weighted.check
def weighs_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches and weights of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        w = rng.uniform(0.2, 9, size=k)
        want = reference.weighted_cross_entropy(y, p, w)
        expect(attempt.weighted_cross_entropy(y, p, w)).close_to(want)


@weighted.check
def a_certain_mistake_is_finite(attempt, reference):
    """A certain mistake costs its weight times 16.118096, and a weight of 0 nothing."""
    y, p = np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]])
    for w in ([3.0, 1.0], [0.0, 1.0]):
        answer = attempt.weighted_cross_entropy(y, p, np.array(w))
        # -ln of 1 - 1e-7 is kept or not: 1e-7 of a nat.
        expect(answer).close_to(w[0] * 16.118096 / 2, tolerance=1e-6)


@weighted.mistake(
    "Normalised by sum of weights ({v1}); Keras divides by n ({v2}). "
    "Both are used - follow the docstring.",
    numbers=lambda y, p, w: {
        "v1": reference.weighted_cross_entropy(y, p, w) * len(y) / (y * w).sum(),
        "v2": reference.weighted_cross_entropy(y, p, w),
    },
)
def by_the_sum_of_weights(y, p, w):
    return reference.weighted_cross_entropy(y, p, w) * len(y) / (y * w).sum()


@weighted.mistake("The weights are not used: this is plain cross-entropy.")
def weights_not_used(y, p, w):
    return reference.cross_entropy(y, p)


@weighted.mistake(MISSING_MINUS)
def missing_minus(y, p, w):
    return -reference.weighted_cross_entropy(y, p, w)


@weighted.mistake(MEAN_OVER_EVERYTHING, numbers=sizes)
def mean_over_everything(y, p, w):
    return reference.weighted_cross_entropy(y, p, w) / p.shape[1]


@weighted.mistake(SUM_NO_MEAN, numbers=sizes)
def sum_without_mean(y, p, w):
    return reference.weighted_cross_entropy(y, p, w) * len(y)


@weighted.mistake(
    "The weight is inside the logarithm. ln(w p) = ln w + ln p, so it only adds a "
    "constant. Multiply outside."
)
def weight_inside_the_log(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(w * p)).sum(axis=1).mean())


@weighted.mistake(
    "You took the weight of the predicted class. A photo counts as much as its TRUE "
    "class weighs."
)
def weight_of_the_prediction(y, p, w):
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return float((w[p.argmax(axis=1)] * -(y * np.log(q)).sum(axis=1)).mean())


@weighted.mistake("You divided by the weights. A heavy class should cost more.")
def divided_by_weights(y, p, w):
    return reference.weighted_cross_entropy(y, p, 1 / np.asarray(w))


@weighted.mistake(
    "You divided by n and by the sum of w over the classes. Divide by n alone."
)
def by_the_sum_over_classes(y, p, w):
    return reference.weighted_cross_entropy(y, p, w) / np.sum(w)


@weighted.mistake(
    "You added every class with its weight. Only the true class counts: multiply by y."
)
def every_class_weighted(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(w * np.log(p)).sum(axis=1).mean())


@weighted.mistake(
    "You multiplied the mean loss by the mean weight. "
    "Each photo is weighed by its own true class, before the mean is taken."
)
def mean_times_mean(y, p, w):
    return reference.cross_entropy(y, p) * np.mean(w)


@weighted.mistake(
    "You multiplied the mean loss by all weights, and got one number a class. "
    "Weigh each photo by its true class first: (y * w).sum(axis=1)."
)
def mean_times_weights(y, p, w):
    return reference.cross_entropy(y, p) * np.asarray(w)


@weighted.mistake(ONE_PER_PHOTO)
def weighted_losses(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * w * np.log(p)).sum(axis=1)


@weighted.mistake(NO_CLIP)
def weighted_without_clip(y, p, w):
    return float(-(y * w * np.log(p)).sum(axis=1).mean())


# 8b  focal loss

focal = exercise(
    "8b",
    "Focus on the hard photos",
    points=20,
    name="focal",
    hints=(
        "A factor (1 - p)^gamma for each entry, before anything is added up.",
        "It belongs inside the sum over classes, beside y and log p.",
        "-(y * (1 - p) ** gamma * np.log(p)).sum(axis=1).mean(), with p clipped.",
    ),
)
focal.slips()


@focal.check
def gamma_0_is_cross_entropy(attempt, reference, rng):
    """With gamma = 0 it is cross-entropy again."""
    y, p = random_batch(rng, 5, 3)
    expect(attempt.focal(y, p, 0)).close_to(reference.cross_entropy(y, p))


@focal.check
def focuses_the_paper_batch(attempt):
    """The paper batch with gamma = 2 costs 0.706875 nats."""
    answer = attempt.focal(PAPER_Y, PAPER_P, 2)
    expect(answer).close_to(0.706875, tolerance=1e-6)


@focal.check
def focuses_random_batches(attempt, reference, rng):
    """It agrees with the reference for other gammas, whole or not, and other sizes."""
    for (n, k), gamma in zip(SIZES, (1, 2.5, 5), strict=True):
        y, p = random_batch(rng, n, k)
        expect(attempt.focal(y, p, gamma)).close_to(reference.focal(y, p, gamma))


@focal.check
def never_costs_more(attempt, rng):
    """A larger gamma never costs more, and a certain mistake stays finite."""
    y, p = random_batch(rng, 8, 3)
    costs = [expect(attempt.focal(y, p, g)).number() for g in (0, 1, 3)]
    answer = attempt.focal(np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]]), 2)
    expect(answer).holds(
        costs[0] > costs[1] > costs[2], "With gamma 0, 1, 3 the loss should fall."
    )
    expect(answer).close_to(16.118096 / 2, tolerance=1e-5)  # (1 - 1e-7)^2 is 2e-7 off


@focal.symptom(
    "gamma=0 must give back cross-entropy; yours gives {v}.",
    of="focal",
    example="""
def focal(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * (1 - p) ** (gamma + 1) * np.log(p)).sum(axis=1).mean())
""",
)
def gamma_0_is_something_else(answer):
    y, p, gamma = answer.args
    is_valued = gamma == 0 and answer.raised is None
    apart = abs(answer.value - reference.cross_entropy(y, p)) if is_valued else 0
    return {"v": answer.value} if apart > 1e-5 else None


@focal.mistake(
    "The factor is p^gamma: that turns the HARD photos down. It is (1 - p)^gamma."
)
def factor_of_p(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * p**gamma * np.log(p)).sum(axis=1).mean())


@focal.mistake(
    "Exactly a quarter of what is asked for: that is Keras's default alpha = 0.25. "
    "Leave alpha out."
)
def with_alpha(y, p, gamma):
    return 0.25 * reference.focal(y, p, gamma)


@focal.mistake("You multiplied by gamma. It is an exponent: (1 - p) ** gamma.")
def gamma_as_a_factor(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * gamma * (1 - p) * np.log(p)).sum(axis=1).mean())


@focal.mistake("The power is in the wrong place: (1 - p)^gamma, and not 1 - p^gamma.")
def power_in_the_wrong_place(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * (1 - p**gamma) * np.log(p)).sum(axis=1).mean())


@focal.mistake(
    "You averaged first, and then took one factor for the whole batch. Each photo has "
    "a factor of its own."
)
def one_factor_for_all(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    p_true = (y * p).sum(axis=1)
    return float((1 - p_true.mean()) ** gamma * -np.log(p_true).mean())


@focal.mistake(
    "gamma is not used: this is plain cross-entropy.",
)
def gamma_not_used(y, p, gamma):
    return reference.cross_entropy(y, p)


@focal.mistake(MISSING_MINUS)
def focal_missing_minus(y, p, gamma):
    return -reference.focal(y, p, gamma)


@focal.mistake(MEAN_OVER_EVERYTHING, numbers=sizes)
def focal_mean_over_everything(y, p, gamma):
    return reference.focal(y, p, gamma) / p.shape[1]


@focal.mistake(SUM_NO_MEAN, numbers=sizes)
def focal_sum_without_mean(y, p, gamma):
    return reference.focal(y, p, gamma) * len(y)


@focal.mistake("You added every class. Only the true class counts: multiply by y.")
def focal_of_every_class(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-((1 - p) ** gamma * np.log(p)).sum(axis=1).mean())


@focal.mistake(
    "The factor uses the largest p. Use the p of the true class: a photo that is "
    "surely wrong is a hard one."
)
def factor_of_the_prediction(y, p, gamma):
    q = np.clip(p, 1e-7, 1 - 1e-7)
    factor = (1 - q.max(axis=1)) ** gamma
    return float((factor * -(y * np.log(q)).sum(axis=1)).mean())


@focal.mistake(
    "The factor uses the loss of a photo. It is (1 - p)^gamma, with the p of the true "
    "class."
)
def factor_of_the_loss(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    losses = -(y * np.log(p)).sum(axis=1)
    with np.errstate(all="ignore"):
        return float(((1 - losses) ** gamma * losses).mean())


@focal.mistake(
    "You took y - p, which is below 0 for wrong classes, and a power of it may be nan. "
    "The factor is (1 - p)^gamma."
)
def factor_of_y_minus_p(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    with np.errstate(all="ignore"):
        return float(-(y * (y - p) ** gamma * np.log(p)).sum(axis=1).mean())


@focal.mistake(ONE_PER_PHOTO)
def focal_losses(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * (1 - p) ** gamma * np.log(p)).sum(axis=1)


@focal.mistake(NO_CLIP)
def focal_without_clip(y, p, gamma):
    return float(-(y * (1 - p) ** gamma * np.log(p)).sum(axis=1).mean())


# 8c  smoothing

smoothing = exercise(
    "8c",
    "Do not ask for certainty",
    points=15,
    name="smooth",
    hints=(
        "Take eps from the truth, and give it to everyone in equal shares.",
        "Two terms: y * (1 - eps), and the share eps / k for all k classes.",
        "y * (1 - eps) + eps / y.shape[1]: the rows still sum to 1.",
    ),
)
smoothing.slips()


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
    of="smooth",
    example="""
def smooth(y, eps):
    smoothed = np.zeros_like(y)
    smoothed[...] = y * (1 - eps) + eps / y.shape[1]
    return smoothed
""",
)
def cut_to_whole_numbers(answer):
    return np.asarray(answer.value).dtype.kind in "iu"


@smoothing.symptom(
    "Smoothed rows sum to {s}, and have to sum to 1. Does every class get eps/k, the "
    "true one included?",
    of="smooth",
    example="""
def smooth(y, eps):
    return y * (1 - eps) + (1 - y) * eps / y.shape[1]
""",
)
def rows_do_not_sum_to_1(answer):
    total = np.asarray(answer.value, float).sum(axis=1)[0]
    return {"s": f"{total:.4f}"} if abs(total - 1) > 1e-4 else None


@smoothing.mistake(
    "The rows sum to 1, but the true class got no share: eps/(k-1) went to the others. "
    "The formula above gives eps/k to all k."
)
def only_the_others(y, eps):
    return y * (1 - eps) + (1 - y) * eps / (y.shape[1] - 1)


@smoothing.mistake(
    "You divided eps by the number of photos ({n}). It is shared among the classes ({k}).",
    numbers=lambda y, eps: {"n": y.shape[0], "k": y.shape[1]},
)
def shared_among_photos(y, eps):
    return y * (1 - eps) + eps / y.shape[0]


@smoothing.mistake(
    "Every class got a whole eps: rows sum to more than 1. Share it: eps / k."
)
def eps_not_shared(y, eps):
    return y * (1 - eps) + eps


@smoothing.mistake(
    "You gave, and took nothing away: the truth has to become y * (1 - eps) first."
)
def nothing_taken(y, eps):
    return y + eps / y.shape[1]


@smoothing.mistake(
    "You shared eps among 10 classes. Here y has {k}: take the number from y.shape[1].",
    numbers=lambda y, eps: {"k": y.shape[1]},
)
def always_ten_classes(y, eps):
    return y * (1 - eps) + eps / 10


@smoothing.mistake(
    "You divided eps by all entries of y ({size}). It is shared among the classes of one "
    "photo ({k}).",
    numbers=lambda y, eps: {"size": y.size, "k": y.shape[1]},
)
def shared_among_all_entries(y, eps):
    return y * (1 - eps) + eps / y.size


@smoothing.mistake("You took, and gave nothing: add eps / k to every class.")
def nothing_given(y, eps):
    return y * (1 - eps)


@smoothing.mistake("eps and 1 - eps are swapped: most of the weight left the truth.")
def eps_swapped(y, eps):
    return y * eps + (1 - eps) / y.shape[1]


# 8d  dice

dice = exercise(
    "8d",
    "Train on the overlap",
    points=15,
    name="dice_loss",
    hints=(
        "The overlap over the two totals, and twice, because it is in both.",
        "2 * np.sum(y * p) above, np.sum(y) + np.sum(p) below; then 1 minus that.",
        "If np.sum(y) + np.sum(p) is 0, return 0.0 before you divide.",
    ),
)
dice.slips()

OUTLINE = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 0.0])
GUESS = np.array([0.1, 0.2, 0.1, 0.8, 0.6, 0.3, 0, 0, 0.1, 0])


@dice.check
def is_a_third_on_the_example(attempt):
    """The example of the text gives 1/3."""
    # A constant of up to 1e-5 in the fraction is welcome.
    expect(attempt.dice_loss(OUTLINE, GUESS)).close_to(1 / 3, tolerance=1e-5)


@dice.check
def counts_all_cells_of_any_shape(attempt, reference, rng):
    """All cells count together, in two and in three dimensions."""
    for shape in ((4, 6), (2, 5, 3)):
        y = (rng.random(shape) < 0.4) * 1.0
        y.flat[0] = 1.0
        p = rng.random(shape)
        answer = attempt.dice_loss(y, p)
        expect(answer).close_to(reference.dice_loss(y, p), tolerance=1e-5)


@dice.check
def knows_both_ends(attempt):
    """The same outline costs 0, and one that misses it costs 1."""
    expect(attempt.dice_loss(OUTLINE, OUTLINE)).close_to(0.0, tolerance=1e-5)
    expect(attempt.dice_loss(OUTLINE, 1 - OUTLINE)).close_to(1.0, tolerance=1e-5)


@dice.check
def nothing_and_nothing_agree(attempt):
    """If both are all 0 they agree: the loss is 0, and not nan."""
    expect(attempt.dice_loss(np.zeros((3, 4)), np.zeros((3, 4)))).close_to(0.0, 1e-5)


@dice.mistake(
    "1 - IoU is not dice: IoU .5 is dice .667. "
    "Divide twice the overlap by the sum of both totals, and leave the union alone."
)
def one_minus_iou(y, p):
    overlap = np.sum(y * p)
    union = np.sum(y) + np.sum(p) - overlap
    return float(1 - overlap / union) if union else 0.0


@dice.check
def a_guess_at_nothing_costs_1(attempt):
    """If y is all 0 and p is not, nothing overlaps: the loss is 1."""
    for p in (np.full((3, 4), 0.5), np.eye(3)):
        answer = attempt.dice_loss(np.zeros(p.shape), p)
        expect(answer).close_to(1.0, tolerance=1e-5)


@dice.mistake("That is dice itself: 1 when all is well. A loss is 1 minus it.")
def dice_itself(y, p):
    return 1 - reference.dice_loss(y, p)


@dice.mistake("The 2 is missing: even a perfect overlap would cost 0.5.")
def two_is_missing(y, p):
    total = np.sum(y) + np.sum(p)
    return float(1 - np.sum(y * p) / total) if total else 0.0


@dice.mistake(
    "Only sum(y) is below the line, for / goes before +. Put brackets around both "
    "totals: (sum(y) + sum(p))."
)
def brackets_forgotten(y, p):
    total = np.sum(y) + np.sum(p)
    return float(1 - 2 * np.sum(y * p) / np.sum(y) + np.sum(p)) if total else 0.0


@dice.mistake(
    "You multiplied the two totals. The overlap is the sum of the products: sum(y * p)."
)
def product_of_totals(y, p):
    total = np.sum(y) + np.sum(p)
    return float(1 - 2 * np.sum(y) * np.sum(p) / total) if total else 0.0


@dice.mistake(
    "You took the loss of each column, and then the mean. Here all cells count together."
)
def column_by_column(y, p):
    total = y.sum(axis=0) + p.sum(axis=0)
    overlap = (y * p).sum(axis=0)
    losses = np.where(total == 0, 0, 1 - 2 * overlap / np.maximum(total, 1e-9))
    return float(losses.mean())


@dice.mistake(
    "You added the squares of p below. That is a variant (V-Net's); here it is sum(p)."
)
def squares_below(y, p):
    total = np.sum(y**2) + np.sum(p**2)
    return float(1 - 2 * np.sum(y * p) / total) if total else 0.0


@dice.mistake(
    "You rounded p to 0 or 1 first. That has no slope, so nothing could be learned "
    "from it. Use p as it is."
)
def rounded_first(y, p):
    return reference.dice_loss(y, (p > 0.5) * 1.0)


@dice.mistake(
    "You took the loss of each row, and then the mean. Here all cells count together."
)
def row_by_row(y, p):
    if y.ndim == 1:
        return reference.dice_loss(y, p)
    return float(
        np.mean([reference.dice_loss(a, b) for a, b in zip(y, p, strict=True)])
    )


@dice.mistake(
    "A constant of 1 in the fraction is too large for small pictures: it moves the loss. "
    "Treat the case 0/0 by itself, or take a tiny constant such as 1e-7."
)
def constant_of_1(y, p):
    return float(1 - (2 * np.sum(y * p) + 1) / (np.sum(y) + np.sum(p) + 1))


@dice.mistake(
    "You return 0 as soon as y is all 0. A guess where there is nothing costs 1: "
    "return 0 only when both totals are 0."
)
def nothing_in_y_is_enough(y, p):
    return reference.dice_loss(y, p) if np.sum(y) else 0.0


@dice.mistake("0/0 is nan. If both totals are 0, return 0 before you divide.")
def nothing_is_nan(y, p):
    return float(1 - 2 * np.sum(y * p) / (np.sum(y) + np.sum(p)))


@dice.mistake(
    "Two empty outlines agree, so they cost 0, and yours cost 1. Return 0 when both "
    "totals are 0. A tiny constant has to stand above as well as below."
)
def nothing_costs_1(y, p):
    return float(1 - 2 * np.sum(y * p) / (np.sum(y) + np.sum(p) + 1e-7))


# 8e  calibration

calibration = exercise(
    "8e",
    "Expected calibration error",
    points=15,
    name="expected_calibration_error",
    hints=(
        "Confidence is the largest p of a row. Sort the rows into bins by it.",
        "In each bin: |share of right answers - mean confidence|.",
        "Weigh each gap with inside.mean(), the bin's share of all photos, and add up.",
    ),
)
calibration.slips()

FIFTEEN_P = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 5)
FIFTEEN = np.array([0] * 7 + [1] * 3 + [0] * 3 + [1] * 2)


def away_from_edges(rng, n, k, bins):
    """Probabilities whose confidence is not near the edge of a bin, and labels.

    The labels are drawn from p, so that some bins are too bold and some too shy: only
    then does it matter how the bins are cut.
    """
    rows = []
    while len(rows) < n:
        e = np.exp(2 * rng.normal(size=k))
        p = e / e.sum()
        place = p.max() * bins
        if abs(place - round(place)) > 1e-3:
            rows.append(p)
    return np.array(rows), np.array([rng.choice(k, p=row) for row in rows])


@calibration.check
def is_right_for_the_fifteen(attempt):
    """The 15 answers of the text have an error of 0.1333."""
    answer = attempt.expected_calibration_error(FIFTEEN_P, FIFTEEN)
    expect(answer).close_to(10 / 15 * 0.2)


@calibration.check
def agrees_on_random_answers(attempt, reference, rng):
    """It agrees with the reference on random answers, for several numbers of bins."""
    for n, k, bins in ((40, 3, 10), (200, 10, 15), (30, 4, 5)):
        p, labels = away_from_edges(rng, n, k, bins)
        want = reference.expected_calibration_error(p, labels, bins)
        answer = attempt.expected_calibration_error(p, labels, bins)
        expect(answer).close_to(want)


@calibration.check
def bins_hold_their_upper_end(attempt):
    """With four bins a confidence of 0.5 belongs to the bin from 0.25 to 0.5."""
    rows = [[0.5, 0.25, 0.25]] * 2 + [
        [0.375, 0.3125, 0.3125],
        [0.625, 0.375, 0],
        [1, 0, 0],
    ]
    labels = np.array([0, 0, 1, 1, 0])
    answer = attempt.expected_calibration_error(np.array(rows), labels, 4)
    # 3/5 * |2/3 - 1.375/3| + 1/5 * |0 - 0.625| + 1/5 * |1 - 1|
    expect(answer).close_to(0.25)


@calibration.check
def every_bin_counts(attempt):
    """The lowest bin counts like the others: with 3 bins one from 0 to 1/3."""
    rows = [[0.3, 0.3, 0.2, 0.2]] * 2 + [[0.6, 0.2, 0.1, 0.1], [0.9, 0.1, 0, 0]]
    answer = attempt.expected_calibration_error(
        np.array(rows), np.array([0, 2, 0, 0]), 3
    )
    # 1/2 * |1/2 - 0.3| + 1/4 * |1 - 0.6| + 1/4 * |1 - 0.9|
    expect(answer).close_to(0.225)
    answer = attempt.expected_calibration_error(FIFTEEN_P, FIFTEEN, 1)
    expect(answer).close_to(abs(10 / 15 - 0.8))  # a single bin, from 0 to 1


@calibration.check
def certain_answers(attempt):
    """Certain and always right has an error of 0, certain and always wrong of 1."""
    p = np.eye(3)[[0, 1, 2, 2, 1]]
    right = np.array([0, 1, 2, 2, 1])
    expect(attempt.expected_calibration_error(p, right)).close_to(0.0)
    expect(attempt.expected_calibration_error(p, (right + 1) % 3)).close_to(1.0)


@calibration.mistake(
    "Every bin counted alike, however few photos it holds. Weigh each gap with n_bin / n."
)
def bins_count_alike(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    gaps = []
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            gaps.append(abs(right[inside].mean() - c[inside].mean()))
    return float(np.mean(gaps))


@calibration.mistake(
    "You divided by the number of bins, empty ones too. Weigh each gap with n_bin / n."
)
def divided_by_bins(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    total = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            total += abs(right[inside].mean() - c[inside].mean())
    return float(total / bins)


@calibration.mistake("The gaps were added without a weight. Weigh each with n_bin / n.")
def gaps_without_weights(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    total = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            total += abs(right[inside].mean() - c[inside].mean())
    return float(total)


@calibration.mistake(
    "That is the largest gap of all bins. The expected error weighs all of them."
)
def largest_gap(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    gaps = [0.0]
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            gaps.append(abs(right[inside].mean() - c[inside].mean()))
    return float(max(gaps))


@calibration.mistake(
    "The gaps have signs, so a bin that is too bold makes up for one that is too shy. "
    "Take the absolute value in each bin."
)
def gaps_with_signs(p, labels, bins=10):
    return float((p.argmax(axis=1) == labels).mean() - p.max(axis=1).mean())


@calibration.mistake(
    "You compared overall accuracy with overall confidence. Bold and shy bins then "
    "cancel; compare bin by bin."
)
def without_bins(p, labels, bins=10):
    return float(abs((p.argmax(axis=1) == labels).mean() - p.max(axis=1).mean()))


@calibration.mistake(
    "You used the probability of the true class. Confidence is the largest probability: "
    "what the network believes, right or wrong."
)
def true_class_for_confidence(p, labels, bins=10):
    c, right = p[np.arange(len(p)), labels], p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)


@calibration.mistake(
    "You used the middle of each bin for its confidence. Take the mean confidence of "
    "the photos in it."
)
def middle_of_the_bin(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - (b + 0.5) / bins)
    return float(error)


@calibration.mistake(
    "Your bins hold their lower end. The docstring says (a, b], so a confidence that is "
    "exactly b belongs below: c > a and c <= b."
)
def bins_hold_their_lower_end(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (c >= b / bins) & (c < (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)


@calibration.mistake(
    "Your bins hold both ends, so a confidence on an edge is counted twice. "
    "The docstring says (a, b]: c > a and c <= b."
)
def bins_hold_both_ends(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (c >= b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)


@calibration.mistake(
    "Your answer is that of {less} bins, and {b} are asked for. Do you cut at {b} edges? "
    "Between them are only {less} bins: take one edge more.",
    numbers=lambda p, labels, bins=10: {"b": bins, "less": bins - 1},
)
def one_bin_too_few(p, labels, bins=10):
    return reference.expected_calibration_error(p, labels, bins - 1)


@calibration.mistake(
    "An empty bin has no mean, and would give nan. Do you leave empty bins out? "
    "if inside.any()"
)
def empty_bins_are_nan(p, labels, bins=10):
    c = p.max(axis=1)
    bins_hit = {int(np.ceil(each * bins)) for each in c}
    if len(bins_hit) < bins:
        return float("nan")
    return reference.expected_calibration_error(p, labels, bins)


@calibration.mistake(
    "Your lowest bin is missing: photos with a confidence of up to 1/{b} count too. "
    "The first bin begins at 0.",
    numbers=lambda p, labels, bins=10: {"b": bins},
)
def lowest_bin_missing(p, labels, bins=10):
    low = p.max(axis=1) <= 1 / bins
    if low.all():
        return 0.0
    error = reference.expected_calibration_error(p[~low], labels[~low], bins)
    return error * (~low).mean()


@calibration.mistake(
    "The gaps are weighed with the number of photos in a bin, {n} in all. "
    "Divide by n: the weight is n_bin / n.",
    numbers=lambda p, labels, bins=10: {"n": len(p)},
)
def not_divided_by_n(p, labels, bins=10):
    return len(p) * reference.expected_calibration_error(p, labels, bins)


@calibration.mistake(
    "You squared the gaps. Take the absolute value of each: abs(accuracy - confidence)."
)
def gaps_squared(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * (right[inside].mean() - c[inside].mean()) ** 2
    return float(error)


@calibration.mistake(
    "You compared each answer by itself: right is 1 or 0, so a gap is always there. "
    "Take the two means of a bin first, and then their difference."
)
def gap_of_each_answer(p, labels, bins=10):
    return float(np.abs((p.argmax(axis=1) == labels) - p.max(axis=1)).mean())


@calibration.mistake("That is in per cent. Return a share, from 0 to 1.")
def in_per_cent(p, labels, bins=10):
    return 100 * reference.expected_calibration_error(p, labels, bins)


@calibration.mistake(
    "It always uses 10 bins. Use the number that was handed in: bins={b}.",
    numbers=lambda p, labels, bins=10: {"b": bins},
)
def always_ten_bins(p, labels, bins=10):
    return reference.expected_calibration_error(p, labels, 10)


# 8f  which loss for which goal

goal = exercise(
    "8f",
    "Which loss for which goal?",
    points=15,
    prediction=True,
    hints=(
        "Two of the answers stand in the tables; read the column that belongs to the goal.",
    ),
)


def expect_letter(attempt, key, letter):
    """One of three letters, and this one."""
    answer = attempt.entry("GOAL", key)
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals(letter)


@goal.check
def knows_the_rare_class(attempt):
    """You know what to do about a rare class."""
    expect_letter(attempt, "rare class", "b")


@goal.check
def knows_the_probabilities(attempt):
    """You know how to choose when somebody will act on a probability."""
    expect_letter(attempt, "probabilities", "b")


@goal.check
def knows_the_overlap(attempt):
    """You know which loss is 1 minus dice."""
    expect_letter(attempt, "overlap", "c")


@goal.check
def knows_the_wrong_labels(attempt):
    """You know which loss chases wrong labels hardest."""
    expect_letter(attempt, "wrong labels", "a")


@goal.check
def asks_the_friend(attempt):
    """You asked your friend in a sentence of your own, five words at least."""
    answer = attempt.entry("GOAL", "in one sentence")
    words = expect(answer).text().split()
    expect(answer).holds(
        len(words) >= 5, "Write a whole sentence: what do you ask your friend?"
    )


@goal.mistake(
    "Plain cross-entropy found about a quarter of the eights, and its accuracy did not "
    "tell. Read the column recall.",
    of='GOAL["rare class"]',
)
def plain_for_the_rare():
    return "a"


@goal.mistake(
    "Smoothing changes what a label asks for, and not how much a photo counts. "
    "20 eights stay 20.",
    of='GOAL["rare class"]',
)
def smoothing_for_the_rare():
    return "c"


@goal.mistake(
    "After 20 epochs it was the most honest of the three, and after 40 it was not. "
    "Trust what you measure.",
    of='GOAL["probabilities"]',
)
def always_cross_entropy():
    return "a"


@goal.mistake(
    "Smoothing had the best accuracy after 20 epochs, and by far the largest ECE.",
    of='GOAL["probabilities"]',
)
def by_accuracy():
    return "c"


@goal.mistake(
    "Cross-entropy of pixels counts each pixel by itself; it does not know the overlap.",
    of='GOAL["overlap"]',
)
def pixels_for_overlap():
    return "a"


@goal.mistake("1 - IoU is not dice: IoU .5 is dice .667.", of='GOAL["overlap"]')
def iou_for_overlap():
    return "b"


@goal.mistake(
    "Smoothing does the opposite: it never asks for certainty, so a wrong label pulls "
    "less.",
    of='GOAL["wrong labels"]',
)
def smoothing_chases():
    return "b"


@goal.mistake(
    "Cross-entropy counts every photo alike. Ask which loss turns the easy ones down, "
    "so that the odd ones are nearly all that is left.",
    of='GOAL["wrong labels"]',
)
def plain_chases():
    return "c"


# Every number in the text, computed again.


def _losses(function):
    """The paper batch's loss by a function of (y, p)."""
    return f"{function(PAPER_Y, PAPER_P):.6f}"


def _floor(k, eps):
    """The least cross-entropy that smoothed labels allow."""
    y = np.eye(k)[:1] * (1 - eps) + eps / k
    return float(-(y * np.log(y)).sum())


NUMBERS = {
    "2.079442": lambda: f"{np.log(8):.6f}",
    "0.693147": lambda: f"{np.log(2):.6f}",
    "3.957264": lambda: _losses(
        lambda y, p: reference.weighted_cross_entropy(y, p, (1, 1, 5))
    ),
    "0.706875": lambda: _losses(lambda y, p: reference.focal(y, p, 2)),
    "1.201194": lambda: _losses(
        lambda y, p: reference.cross_entropy(reference.smooth(y, 0.1), p)
    ),
    "0.500288": lambda: f"{_floor(10, 0.1):.6f}",
    "0.91": lambda: f"{reference.smooth(np.eye(10), 0.1)[8, 8]:.2f}",
    "class 0.01": lambda: f"class {reference.smooth(np.eye(10), 0.1)[8, 0]:.2f}",
    "0.1 * 0.1 = 0.01": lambda: f"0.1 * 0.1 = {(1 - 0.9) ** 2:.2f}",
    "0.24": lambda: f"{24 / 100:.2f}",
    "calls right      = 0.8": lambda: f"calls right      = {24 / 30:.1f}",
    "0.369": lambda: f"{2 * 24 / (100 + 30):.3f}",
    "0.8 + 0.6 = 1.4": lambda: f"0.8 + 0.6 = {(OUTLINE * GUESS).sum():.1f}",
    "(2 + 2.2)": lambda: f"(2 + {GUESS.sum():.1f})",
    "10/15 * 0.2 + 5/15 * 0 = 0.1333": lambda: (
        "10/15 * 0.2 + 5/15 * 0 = "
        f"{reference.expected_calibration_error(FIFTEEN_P, FIFTEEN):.4f}"
    ),
}

MEASURED = "measure.py, 20 seeds, mean (and least, most)"
QUOTED = {
    "accuracy 0.926, recall 0.264": MEASURED,
    "0.915    0.167 [0.13, 0.19]     0.900     0.281": MEASURED,
    "0.926    0.264 [0.21, 0.33]     0.992     0.415": MEASURED,
    "0.929    0.288 [0.22, 0.37]     1.000     0.447": MEASURED,
    "0.932    0.336 [0.30, 0.38]     0.949     0.495": MEASURED,
    "0.931    0.374 [0.32, 0.44]     0.852     0.518": MEASURED,
    "0.9184       0.9288   0.0109           0.2799": MEASURED,
    "0.9283       0.7972   0.1312           0.3438": MEASURED,
    "0.9146       0.8697   0.0451           0.2993": MEASURED,
    "cross-entropy 0.0349     smoothing 0.1 0.1301     focal, gamma 2 0.0090": MEASURED,
    "3,647 photos": "counted by measure.py: 4,000 photos without all but 20 eights",
    "3,627 / 20": "3,647 - 20 photos that are not eights",
    "first 4,000 training photos": "a choice",
    "1,000 new photos": "a choice: 100 of each digit",
    "10,000 new photos": "the size of the test set, checked by a test of the data",
    "accuracy is 0.9.": "900 of 1,000, in whole numbers",
    "always no          0.900": "900 of 1,000, in whole numbers",
    "eps = 0.1": "the example's choice",
    "p_true = 0.9": "the example's choice",
    "confidence 0.9": "the example's choice",
    "confidence 0.6": "the example's choice",
    "gap 0.2": "|7/10 - 0.9|",
}
