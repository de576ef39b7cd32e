"""10d: tests that catch wrong focal losses."""

import numpy as np

from grader.checks import Alternative, own_tests

from . import reference


def by_true_class(y, p, gamma):
    """A right focal loss, which looks up the p of the true class first."""
    p_true = np.clip((np.asarray(y) * p).sum(axis=1), 1e-7, 1 - 1e-7)
    return float(-np.mean((1 - p_true) ** gamma * np.log(p_true)))


def one_hot_rows(y, p, gamma):
    """Raise for what no focal loss of the lesson takes."""
    y, p = np.asarray(y), np.asarray(p)
    if y.ndim != 2 or y.shape != p.shape or len(p) == 0:
        raise ValueError("y and p must be rows, one for each image")
    if not np.isin(y, (0, 1)).all() or (y.sum(axis=1) != 1).any():
        raise ValueError("the rows of y must be one-hot")


def times(factor):
    """A focal loss with this factor, which is a function of y, p and gamma."""

    def loss(y, p, gamma):
        y, p = np.asarray(y), np.clip(p, 1e-7, 1 - 1e-7)
        return float(-(y * factor(y, p, gamma) * np.log(p)).sum(axis=1).mean())

    return loss


def unclipped(y, p, gamma):
    """Wrong for a certain mistake: inf or nan."""
    with np.errstate(all="ignore"):
        p = np.asarray(p, float)
        return float(-(y * (1 - p) ** gamma * np.log(p)).sum(axis=1).mean())


def of_the_batch(y, p, gamma):
    """Wrong as soon as images differ: one factor for all."""
    loss = reference.cross_entropy(np.asarray(y), np.asarray(p))
    return float((1 - np.exp(-loss)) ** gamma * loss)


def mean_over_classes(y, p, gamma):
    """Wrong by a factor k."""
    return by_true_class(y, p, gamma) / np.shape(y)[1]


GAMMA_2 = "gamma is always 2"
NO_CLIP = "no clip"
WRONG = {
    "p**gamma instead of (1 - p)**gamma": times(lambda y, p, g: p**g),
    "gamma is a factor, not a power": times(lambda y, p, g: g * (1 - p)),
    "1 - p**gamma": times(lambda y, p, g: 1 - p**g),
    "the factor of the predicted class": times(
        lambda y, p, g: (1 - p.max(axis=1, keepdims=True)) ** g
    ),
    "one factor for the whole batch": of_the_batch,
    "a quarter of it: Keras's alpha": times(lambda y, p, g: 0.25 * (1 - p) ** g),
    "mean over the classes too": mean_over_classes,
    GAMMA_2: times(lambda y, p, g: (1 - p) ** 2),
    NO_CLIP: unclipped,
}

focal_tests = own_tests(
    "test_gamma_2",
    fixture="focal_loss",
    older="check_focal",
    hints=(
        "Each of the four facts is a test. Which of them uses a gamma other than 2?",
        "The paper batch with gamma = 2; then any batch with gamma = 0, where you know "
        "another function that gives the same; then a certain mistake.",
        "assert abs(focal_loss(PAPER_Y, PAPER_P, 0) - cross_entropy(PAPER_Y, PAPER_P)) < 1e-6",
    ),
    alternative=Alternative(
        code="""
            def test_random_rows(focal_loss):
                rng = np.random.default_rng(0)
                for gamma in (0, 0.5, 3):
                    p = rng.dirichlet(np.ones(4), size=5)
                    true = rng.integers(4, size=5)
                    p[0] = np.eye(4)[true[0] - 1]  # a certain mistake
                    q = np.maximum(p[np.arange(5), true], 1e-7)
                    slow = sum(-((1 - a) ** gamma) * np.log(a) for a in q) / 5
                    assert abs(focal_loss(np.eye(4)[true], p, gamma) - slow) < 1e-4
        """,
        why=(
            "A slow focal loss judges the quick one on random rows, and so you need not "
            "foresee each mistake. The price: what you misunderstand is in both."
        ),
    ),
    right={"the page's": "focal", "one that looks up the true class": by_true_class},
    wrong=WRONG,
    enough=8,
    noun=("focal loss", "focal losses"),
    refuses=one_hot_rows,
    describe=lambda y, p, gamma: f"p of shape {np.shape(p)} and gamma = {gamma}",
    exact="""
def test_it(focal_loss):
    assert focal_loss(PAPER_Y, PAPER_P, 2) == 0.706875
""",
    shape_only="""
def test_it(focal_loss):
    assert np.shape(focal_loss(PAPER_Y, PAPER_P, 2)) == ()
""",
    swapped="""
def test_it(focal_loss):
    assert abs(focal_loss(PAPER_Y, 2, PAPER_P) - 0.706875) < 1e-6
""",
    one_sided="""
def test_it(focal_loss):
    assert focal_loss(PAPER_Y, PAPER_P, 2) - 0.706875 < 1e-6
    assert focal_loss(PAPER_Y, PAPER_P, 0) - cross_entropy(PAPER_Y, PAPER_P) < 1e-6
""",
)


def lets_live(answer, *names):
    """Whether just these wrong losses got by."""
    return set(WRONG) - set(answer.facts["caught_names"]) == set(names)


@focal_tests.symptom(
    "Every wrong loss is caught but two: one uses 2 for gamma, the other has no clip. Do "
    "you only test gamma = 2? Try a different gamma, such as 0.",
    example="""
def test_it(focal_loss):
    assert abs(focal_loss(PAPER_Y, PAPER_P, 2) - 0.706875) < 1e-6
""",
)
def tests_one_gamma(answer):
    return lets_live(answer, GAMMA_2, NO_CLIP)


@focal_tests.symptom(
    "You catch the losses that are wrong with gamma = 0. The others differ from "
    "cross-entropy there by nothing. Try gamma = 2.",
    example="""
def test_it(focal_loss):
    assert abs(focal_loss(PAPER_Y, PAPER_P, 0) - cross_entropy(PAPER_Y, PAPER_P)) < 1e-6
""",
)
def tests_gamma_0_only(answer):
    return lets_live(
        answer,
        "p**gamma instead of (1 - p)**gamma",
        "the factor of the predicted class",
        "one factor for the whole batch",
        NO_CLIP,
    )


@focal_tests.symptom(
    "You try only one image. Then one factor for the whole batch is right, and the factor "
    "of the predicted class may be right, too. Use a batch with different images.",
    example="""
def test_it(focal_loss):
    y, p = np.array([[1.0, 0.0]]), np.array([[0.9, 0.1]])
    assert abs(focal_loss(y, p, 2) - 0.001054) < 1e-6
    assert abs(focal_loss(y, p, 0) - 0.105361) < 1e-6
""",
)
def tests_a_single_image(answer):
    live = set(WRONG) - set(answer.facts["caught_names"])
    return {"one factor for the whole batch", "the factor of the predicted class"} <= (
        live
    ) and GAMMA_2 not in live


@focal_tests.symptom(
    "Is this call about a single row? The loss takes a batch, even of one image: y and p "
    "of shape (1, k).",
    example="""
def test_it(focal_loss):
    y, p = np.array([1.0, 0.0]), np.array([0.9, 0.1])
    assert abs(focal_loss(y, p, 2) - 0.001054) < 1e-6
""",
)
def gives_a_single_row(answer):
    return "out of bounds for array of dimension 1" in answer.raised.message
