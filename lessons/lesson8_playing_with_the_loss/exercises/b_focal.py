"""8b: focal loss."""

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
