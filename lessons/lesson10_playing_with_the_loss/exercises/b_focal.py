"""10b: focal loss."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from ..slips import LOSS_SAID, LOSS_SLIPS
from . import NO_CLIP, PAPER_P, PAPER_Y, SIZES, random_batch, reference

focal = exercise(
    "10b",
    "Focus on the hard photos",
    points=10,
    writes="focal",
    hints=(
        "A factor (1 - p)^gamma for each entry, before anything is added up.",
        "It belongs inside the sum over classes, beside y and log p.",
        "-(y * (1 - p) ** gamma * np.log(p)).sum(axis=1).mean(), with p clipped.",
    ),
    alternative=Alternative(
        code="""
            def focal(y, p, gamma):
                p_true = np.clip((y * p).sum(axis=1), 1e-7, 1 - 1e-7)
                return float(-np.mean((1 - p_true) ** gamma * np.log(p_true)))
        """,
        why=(
            "One number a photo, and the line reads as the formula does. What it "
            "costs: it is right for one-hot rows alone."
        ),
    ),
)
focal.slips(
    slip(
        "p for 1 - p",
        "The factor is made of p in place of 1 - p: that turns the HARD photos down.",
        "1 - p -> p",
    ),
    slip(
        "factor of the prediction",
        "The factor uses the largest p. Use the p of the true class: a photo that is "
        "surely wrong is a hard one.",
        "1 - p -> 1 - p.max(axis=1, keepdims=True)",
    ),
    slip(
        "factor of the loss",
        "The factor uses the loss of a photo. It is made of the p of the true class.",
        "1 - p -> 1 + (y * np.log(p)).sum(axis=1, keepdims=True)",
    ),
    slip(
        "gamma always 2",
        "The exponent is 2, whatever gamma is. Use the gamma that was handed in.",
        "_ ** gamma -> _ ** 2",
    ),
    slip(
        "power in the wrong place",
        "The power is in the wrong place: it belongs to all of (1 - p).",
        "(1 - p) ** gamma -> 1 - p ** gamma",
    ),
    slip(
        "one factor for all",
        "There is one factor for the whole batch, of a mean. Each photo has a factor of "
        "its own.",
        "(1 - p) ** gamma -> (1 - (y * p).sum(axis=1).mean()) ** gamma",
    ),
    slip(
        "factor left out",
        "The factor (1 - p)^gamma is left out: without it this is plain cross-entropy.",
        "y * (1 - p) ** gamma -> y",
    ),
    slip(
        "every class",
        "You added every class. Only the true class counts.",
        "y * (1 - p) ** gamma -> (1 - p) ** gamma",
    ),
    slip(
        "binary loss",
        "(1 - y) ln(1 - p) is in your loss, as in one of two classes. Here the true "
        "class alone costs.",
        "y * (1 - p) ** gamma * np.log(p) -> y * (1 - p) ** gamma * np.log(p) "
        "+ (1 - y) * p**gamma * np.log(1 - p)",
    ),
    slip(
        "alpha",
        "Your answers hold a factor of a quarter: that is Keras's default alpha = 0.25. "
        "Leave alpha out.",
        "float(_) -> 0.25 * float(_)",
    ),
    *LOSS_SLIPS,
    without=("no axis", "factor left out", "nothing taken away"),
    sentences={
        **LOSS_SAID,
        "product for power": "You multiplied by gamma. It is an exponent of (1 - p).",
        "no power": "gamma is not used. It is an exponent of (1 - p).",
        "plus for minus": "You added where you should subtract: the factor is made of 1 - p.",
    },
)


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
    function="focal",
    edit=("** gamma *", "** (gamma + 1) *"),
)
def gamma_0_is_something_else(answer):
    y, p, gamma = answer.args
    is_valued = gamma == 0 and answer.raised is None
    apart = abs(answer.value - reference.cross_entropy(y, p)) if is_valued else 0
    return {"v": answer.value} if apart > 1e-5 else None


@focal.wrong_answer(
    "You took y - p, which is below 0 for wrong classes, and a power of it may be nan. "
    "The factor is (1 - p)^gamma."
)
def factor_of_y_minus_p(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    with np.errstate(all="ignore"):
        return float(-(y * (y - p) ** gamma * np.log(p)).sum(axis=1).mean())


@focal.wrong_answer(
    "There is one factor for the whole batch, made of its mean loss. Each photo has a "
    "factor of its own, made of its own p, and the mean comes last."
)
def factor_of_the_mean_loss(y, p, gamma):
    loss = reference.cross_entropy(y, p)
    return (1 - np.exp(-loss)) ** gamma * loss


@focal.wrong_answer(NO_CLIP)
def focal_without_clip(y, p, gamma):
    return float(-(y * (1 - p) ** gamma * np.log(p)).sum(axis=1).mean())


@focal.wrong_answer(
    "You raised the whole product to the power gamma. Only the factor 1 - p is raised: "
    "(1 - p)**gamma, and then times -y ln p."
)
def whole_product_raised(y, p, gamma):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    with np.errstate(all="ignore"):
        return float(-((y * (1 - p) * np.log(p)) ** gamma).sum(axis=1).mean())
