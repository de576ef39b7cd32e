"""5d: tests that catch an unstable loss."""

import math

import numpy as np

from grader.checks import Alternative, own_tests

from . import log_softmax, stable_softmax


def one_by_one(y, z):
    """A right loss in plain loops."""
    y, z = np.asarray(y), np.asarray(z)
    rows_only(y, z)
    total = 0.0
    for labels, logits in zip(y.tolist(), z.tolist(), strict=True):
        top = max(logits)
        log_sum = math.log(sum(math.exp(logit - top) for logit in logits))
        for label, logit in zip(labels, logits, strict=True):
            total -= label * (logit - top - log_sum) if label else 0.0
    return total / len(z)


def rows_only(y, z):
    """Raise for input that a right loss refuses, too: refusing it catches nobody."""
    y, z = np.asarray(y), np.asarray(z)
    if y.ndim != 2 or y.shape != z.shape or len(z) == 0:
        raise ValueError("y and z must be rows, one for each image")


def mean_of(y, logs):
    """Return the mean loss for these logarithms of probabilities."""
    with np.errstate(all="ignore"):
        return float(-(np.asarray(y) * logs).sum(axis=1).mean())


def overflowing(y, z):
    """Wrong for large logits: nan."""
    with np.errstate(all="ignore"):
        e = np.exp(np.asarray(z, dtype=float))
        return mean_of(y, np.log(e / e.sum(axis=1, keepdims=True)))


def through_p(y, z):
    """Wrong for a hopeless image: ln 0."""
    with np.errstate(all="ignore"):
        return mean_of(y, np.log(stable_softmax(np.asarray(z, dtype=float))))


def clipped(y, z):
    """Wrong for a hopeless image: never above 16.118096."""
    p = stable_softmax(np.asarray(z, dtype=float))
    return mean_of(y, np.log(np.clip(p, 1e-7, 1 - 1e-7)))


def raised(y, z):
    """Wrong for a hopeless image: never above 27.6."""
    return mean_of(y, np.log(stable_softmax(np.asarray(z, dtype=float)) + 1e-12))


def one_maximum(y, z):
    """Wrong for rows that are far apart."""
    shifted = np.asarray(z, dtype=float) - np.max(z)
    with np.errstate(all="ignore"):
        sums = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return mean_of(y, shifted - sums)


# Seven wrong losses by the name that a learner reads. The first five give the paper
# batch its right value.
WRONG_LOSSES = {
    "exp overflows": overflowing,
    "the log of a softmax": through_p,
    "the log of a clipped softmax": clipped,
    "the log of a softmax plus 1e-12": raised,
    "one maximum for the whole batch": one_maximum,
    "sum over images, no mean": lambda y, z: (
        mean_of(y, log_softmax(np.asarray(z, dtype=float))) * len(z)
    ),
    "the logits themselves": lambda y, z: mean_of(y, np.asarray(z, dtype=float)),
}


tests = own_tests(
    "test_the_paper_batch",
    fixture="logits_loss",
    older="check_loss",
    hints=(
        "Four of the wrong losses are right as long as all logits are small. Which logits "
        "make exp overflow, and which make p underflow to 0?",
        "Use equal logits of 1000, an image whose true class is far below, and two images "
        "whose logits are far apart. And the paper batch, for everything else.",
        "A hopeless image: z = np.array([[1000.0, -1000, 0]]), true class 1, must cost 2000. "
        "Test assert abs(logits_loss(y, z) - 2000) < 1e-6.",
    ),
    alternative=Alternative(
        code="""
            def test_three_scales(logits_loss):
                rng = np.random.default_rng(0)
                for scale in (1, 100, 1000):
                    z = scale * rng.normal(size=(5, 4))
                    y = np.eye(4)[rng.integers(4, size=5)]
                    logs = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
                    right = -(y * logs).sum() / 5
                    assert abs(logits_loss(y, z) - right) < 1e-6 * (1 + right), scale
        """,
        why=(
            "A second, slower way to compute the loss tests it at three scales, without "
            "a known value. The price: a mistake in your understanding would be in "
            "both."
        ),
    ),
    right={"the one above": "loss_from_logits", "one in plain loops": one_by_one},
    wrong=WRONG_LOSSES,
    enough=6,
    noun=("loss", "losses"),
    refuses=rows_only,
    describe=lambda y, z: f"z of shape {np.shape(z)}",
    exact="""
def test_it(logits_loss):
    assert logits_loss(PAPER_Y, PAPER_Z) == 1.184675
""",
    shape_only="""
def test_it(logits_loss):
    assert isinstance(logits_loss(PAPER_Y, PAPER_Z), float)
""",
    swapped="""
def test_it(logits_loss):
    assert abs(logits_loss(PAPER_Z, PAPER_Y) - 1.184675) < 1e-5
""",
    one_sided="""
def test_it(logits_loss):
    assert logits_loss(PAPER_Y, PAPER_Z) - 1.184675 < 1e-5
    assert logits_loss(np.eye(3)[[1]], np.array([[1000.0, -1000, 0]])) - 2000 < 1e-6
""",
)


@tests.symptom(
    "In this call no entry of z is negative, and each row adds up to 1, as probabilities "
    "do. Is a softmax too much here? The loss takes logits.",
    example="""
def test_it(logits_loss):
    assert abs(logits_loss(PAPER_Y, stable_softmax(PAPER_Z)) - 1.184675) < 1e-5
""",
)
def gives_probabilities(answer):
    z = np.asarray(answer.facts["arguments"]["z"])
    return bool((z >= 0).all() and (np.abs(z.sum(axis=1) - 1) < 1e-6).all())


def catches_just(*names):
    """A predicate: these wrong losses are caught, and no others."""
    return lambda answer: set(answer.facts["caught_names"]) == set(names)


NO_MEAN, RAW = "sum over images, no mean", "the logits themselves"


@tests.symptom(
    "Your tests catch only the two losses that are wrong for ordinary logits. What "
    "happens to a loss when a logit is 1000?\n"
    "Test an image with a logit of 1000.",
    example="""
def test_it(logits_loss):
    assert abs(logits_loss(PAPER_Y, PAPER_Z) - 1.184675) < 1e-5
""",
)
def only_small_logits(answer):
    return catches_just(NO_MEAN, RAW)(answer)


@tests.symptom(
    "Your tests catch the exp that overflows, but no loss that takes the log of a p "
    "near 0.\n"
    "Also try an image whose true class has a far smaller logit than another: what "
    "does it cost?",
    example="""
def test_it(logits_loss):
    assert abs(logits_loss(PAPER_Y, PAPER_Z) - 1.184675) < 1e-5
    assert abs(logits_loss(np.eye(2)[[0]], np.array([[1000.0, 1000]])) - np.log(2)) < 1e-6
""",
)
def no_hopeless_image(answer):
    return catches_just(NO_MEAN, RAW, "exp overflows")(answer)


@tests.symptom(
    "Your tests catch losses that are nan or inf, but not a loss that is finite and "
    "too small.\n"
    "Compare with the right value.",
    example="""
def test_it(logits_loss):
    assert np.isfinite(logits_loss(np.eye(3)[[1]], np.array([[1000.0, -1000, 0]])))
    assert np.isfinite(logits_loss(np.eye(2), np.array([[1000.0, 1000], [-1000, -1000]])))
""",
)
def only_asks_for_finite(answer):
    caught = set(answer.facts["caught_names"])
    finite = {"the log of a clipped softmax", "the log of a softmax plus 1e-12"}
    return "the log of a softmax" in caught and not caught & finite


@tests.symptom(
    "Your batches have one image each, so a sum is as good as a mean, and one "
    "maximum as good as many.\n"
    "Test a batch with several images.",
    example="""
def test_it(logits_loss):
    assert abs(logits_loss(np.eye(3)[[1]], np.array([[1000.0, -1000, 0]])) - 2000) < 1e-6
""",
)
def only_single_images(answer):
    caught = set(answer.facts["caught_names"])
    batches = {NO_MEAN, "one maximum for the whole batch"}
    return len(caught) >= 4 and not caught & batches
