"""8a: weights."""

import numpy as np

from grader.checks import exercise, expect

from . import (
    MEAN_OVER_EVERYTHING,
    MISSING_MINUS,
    NO_CLIP,
    ONE_PER_PHOTO,
    PAPER_P,
    PAPER_Y,
    SIZES,
    SUM_NO_MEAN,
    random_batch,
    reference,
    sizes,
)

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
