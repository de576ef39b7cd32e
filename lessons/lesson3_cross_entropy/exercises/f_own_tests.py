"""3f: tests that catch a wrong loss."""

import math

import numpy as np

from grader.checks import Alternative, own_tests


def one_by_one(y, p):
    """Return the loss with plain loops and no upper clip: certain and right costs 0."""
    y, p = np.asarray(y), np.asarray(p)
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("y and p must be rows, one for each image")
    total = 0.0
    for weight, chance in zip(y.ravel().tolist(), p.ravel().tolist(), strict=True):
        total += weight * -math.log(max(chance, 1e-7))
    return total / len(p)


def ln(p):
    """Return the logarithm for the wrong losses, clipped from below."""
    return np.log(np.maximum(p, 1e-7))


def largest_label(y, p):
    """Return a loss that is wrong for soft labels."""
    return -np.take_along_axis(ln(p), np.argmax(y, axis=1)[:, None], axis=1).mean()


def unclipped(y, p):
    """Return a loss that is nan for a certain answer."""
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1).mean()


# Nine wrong losses by the name that a learner reads. The last four give the right value
# for the paper batch, so a test with only that batch misses them.
WRONG_LOSSES = {
    "the minus sign is missing": lambda y, p: (y * ln(p)).sum(axis=1).mean(),
    "mean over classes too": lambda y, p: -(y * ln(p)).mean(),
    "sum over images, no mean": lambda y, p: -(y * ln(p)).sum(),
    "bits instead of nats": lambda y, p: -(y * ln(p)).sum(axis=1).mean() / ln(2),
    "the predicted class": lambda y, p: -ln(p).max(axis=1).mean(),
    "always divides by 4": lambda y, p: -(y * ln(p)).sum() / 4,
    "sees three classes only": lambda y, p: -(y * ln(p))[:, :3].sum(axis=1).mean(),
    "sees the largest label only": largest_label,
    "no clip": unclipped,
}


def rows_only(y, p):
    """Raise a ValueError for what a right loss refuses."""
    y, p = np.asarray(y), np.asarray(p)
    if y.ndim != 2 or y.shape != p.shape or len(p) == 0:
        raise ValueError("y and p must be rows, one for each image")


def zeroed(loss):
    """Return the same loss, which answers exactly 0 when it is close to 0."""

    def answering(y, p):
        value = float(loss(y, p))
        return 0.0 if abs(value) <= 1.2e-7 else value

    return answering


tests = own_tests(
    "test_the_paper_batch",
    fixture="loss",
    older="check_loss",
    hints=(
        "What is true of every right loss? There are five facts above.",
        "Try equal guesses, a certain answer, a batch of another size, shuffled classes, "
        "and the sign.",
        "Use a batch with n != k and k above 3. For k equal guesses: "
        "assert abs(loss(y, p) - math.log(k)) < 1e-6",
    ),
    alternative=Alternative(
        code="""
            def test_random_rows(loss):
                rng = np.random.default_rng(0)
                for n, k in ((2, 5), (3, 10)):
                    y, p = rng.dirichlet(np.ones(k), n), rng.dirichlet(np.ones(k), n)
                    pairs = zip(y.flat, p.flat, strict=True)
                    slow = -sum(label * math.log(chance) for label, chance in pairs) / n
                    assert abs(loss(y, p) - slow) < 1e-9, (n, k)
        """,
        why=(
            "A slow loss in plain Python judges the fast one on random rows, so "
            "you needn't foresee each mistake. The price: what you "
            "misunderstand may be wrong in both."
        ),
    ),
    right={"one in NumPy": "cross_entropy", "one with plain loops": one_by_one},
    wrong=WRONG_LOSSES,
    enough=7,
    noun=("loss", "losses"),
    refuses=rows_only,
    also_right={"with_zero": zeroed},
    describe=lambda y, p: f"p of shape {np.shape(p)}",
    exact="""
def test_it(loss):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert loss(PAPER_Y, p) == 1.184675
""",
    shape_only="""
def test_it(loss):
    assert np.shape(loss(np.eye(3), np.full((3, 3), 1 / 3))) == ()
""",
    swapped="""
def test_it(loss):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert abs(loss(p, PAPER_Y) - 1.184675) < 1e-6
""",
    one_sided="""
def test_it(loss):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert loss(PAPER_Y, p) - 1.184675 < 1e-6
    assert loss(np.eye(3)[[0]], np.eye(3)[[1]]) - 16.118096 < 1e-3
""",
)


@tests.symptom(
    "Your tests reject {last} for a certain success, and accept 0. A clipped loss "
    "answers 1e-7, which is also right.\n"
    "Allow 1e-6.",
    example="""
def test_it(loss):
    assert loss(np.eye(3), np.eye(3)) == 0
""",
)
def asks_for_exactly_zero(answer):
    last = answer.facts.get("last")
    is_next_to_0 = isinstance(last, float) and 0 < last <= 1.2e-7
    return is_next_to_0 and answer.facts["with_zero"]


@tests.symptom(
    "A single row has no axis 1. Did you pass one to the loss?\n"
    "It takes a batch, even for one image: y and p of shape (1, k).",
    example="""
def test_it(loss):
    assert abs(loss(np.array([1, 0, 0]), np.array([0.7, 0.2, 0.1])) - 0.356675) < 1e-6
""",
)
def gives_a_single_row(answer):
    return "out of bounds for array of dimension 1" in answer.raised.message


@tests.symptom(
    "In this call, a row of p doesn't add up to 1, so it has no probabilities. Are these "
    "logits, or is p transposed?",
    example="""
def test_it(loss):
    assert abs(loss(PAPER_Y, PAPER_Z) - 1.184675) < 1e-6
""",
)
def gives_no_probabilities(answer):
    sums = np.sum(answer.facts["arguments"]["p"], axis=1)
    return bool((np.abs(sums - 1) > 0.02).any())


def catches_just(*names):
    """Return a predicate: the tests catch these wrong losses and no others."""
    return lambda answer: set(answer.facts["caught_names"]) == set(names)


@tests.symptom(
    "Your tests catch only the loss without its minus sign. A loss can be positive "
    "and wrong.\n"
    "Compare with known values.",
    example="""
def test_it(loss):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2]])
    assert loss(np.eye(3)[[0, 1]], p) >= 0
""",
)
def tests_the_sign_alone(answer):
    return catches_just("the minus sign is missing")(answer)


@tests.symptom(
    "You catch the five that go wrong on the paper batch, and that is a good start. "
    "The others go wrong for another n, another k, a soft label or a certain mistake.",
    example="""
def test_it(loss):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert abs(loss(PAPER_Y, p) - 1.184675) < 1e-6
""",
)
def tests_the_paper_batch_alone(answer):
    return catches_just(*list(WRONG_LOSSES)[:5])(answer)


@tests.symptom(
    "Your tests catch only the loss without a clip. What does a certain mistake "
    "cost?\n"
    "Try one: it must cost 16.118096.",
    example="""
def test_it(loss):
    assert abs(loss(np.eye(3), np.eye(3))) < 1e-6
""",
)
def tests_certain_success_alone(answer):
    return catches_just("no clip")(answer)
