"""6c: tests that catch a wrong gradient."""

import re

import numpy as np

from grader.checks import Alternative, own_tests

from . import stable_softmax


def back(x, dz):
    """Return dW and db."""
    return x.T @ dz, dz.sum(axis=0)


def right(x, y, W, b):
    """Return the right gradients, at once."""
    return back(x, (stable_softmax(x @ W + b) - y) / len(x))


def in_matrices(x, y, W, b):
    """Return the right gradients, or say which arrays do not belong together."""
    refuses(x, y, W, b)
    return right(x, y, W, b)


def image_by_image(x, y, W, b):
    """Return the right gradients, added up image by image."""
    refuses(x, y, W, b)
    dW, db = np.zeros(W.shape), np.zeros(b.shape)
    for pixels, label in zip(x, y, strict=True):
        e = np.exp(pixels @ W + b - (pixels @ W + b).max())
        dz = (e / e.sum() - label) / len(x)
        dW += np.outer(pixels, dz)
        db += dz
    return dW, db


def of_difference(change):
    """Return gradients in which something else takes the place of (p - y) / n."""
    return lambda x, y, W, b: back(x, change(stable_softmax(x @ W + b), y))


def biases_still(x, y, W, b):
    """Return a db of zeros."""
    return right(x, y, W, b)[0], np.zeros(b.shape)


def biases_averaged(x, y, W, b):
    """Return a db that is divided by n once more."""
    dW, db = right(x, y, W, b)
    return dW, db / len(x)


UNUSED, TWICE = "p is 1/k, whatever W and b are", "db is divided by n twice"
# Nine wrong gradients by the name that a learner reads. Two are right while weights or
# biases are 0, two for a single image, two in dW.
WRONG_GRADIENTS = {
    "y - p for p - y": of_difference(lambda p, y: (y - p) / len(p)),
    "the 1/n is missing": of_difference(lambda p, y: p - y),
    "always divided by 4": of_difference(lambda p, y: (p - y) / 4),
    "divided by the classes too": of_difference(lambda p, y: (p - y) / p.size),
    "the true class only": of_difference(lambda p, y: y * (p - 1) / len(p)),
    UNUSED: of_difference(lambda p, y: (1 / p.shape[1] - y) / len(p)),
    "b is forgotten in the logits": lambda x, y, W, b: right(x, y, W, 0 * b),
    "db is 0": biases_still,
    TWICE: biases_averaged,
}


def refuses(x, y, W, b):
    """Raise for arrays that do not belong together."""
    x, y, W, b = (np.asarray(part) for part in (x, y, W, b))
    shapes = f"x {x.shape}, y {y.shape}, W {W.shape}, b {b.shape}"
    if not x.ndim == y.ndim == W.ndim == 2 or len(x) == 0:
        raise ValueError(f"x, y and W are matrices, and a batch has images: {shapes}")
    k = W.shape[1]
    if y.shape != (len(x), k) or len(W) != x.shape[1] or b.shape != (k,):
        raise ValueError(f"these shapes do not belong together: {shapes}")


tests = own_tests(
    "test_a_random_batch",
    fixture="grad",
    older="check_gradients",
    right={"one in matrices": in_matrices, "one image by image": image_by_image},
    wrong=WRONG_GRADIENTS,
    enough=8,
    noun=("gradient", "gradients"),
    refuses=refuses,
    hints=(
        "Which numbers make b matter, and W, and n, and each entry of db? "
        "Random ones do, with more than one image.",
        "nudged(x, y, W, b, at) gives one entry of dW. For an entry of db, move one entry "
        "of b up and down by h, and divide the difference of the loss by 2 * h.",
        "for at in np.ndindex(W.shape): assert abs(dW[at] - nudged(x, y, W, b, at)) < "
        "1e-6. The same for db, with a step of h in one entry of b.",
    ),
    alternative=Alternative(
        code="""
            def test_random_directions(grad):
                rng = np.random.default_rng(1)
                x, W, b = (rng.normal(size=s) for s in ((7, 4), (4, 3), 3))
                y, h = np.eye(3)[rng.integers(3, size=7)], 1e-5
                dW, db = grad(x, y, W, b)
                for _ in range(20):
                    u, v = rng.normal(size=(4, 3)), rng.normal(size=3)
                    up, down = (loss(x, y, W + s * u, b + s * v) for s in (h, -h))
                    slow = (up - down) / (2 * h)
                    assert abs((dW * u).sum() + (db * v).sum() - slow) < 1e-6
        """,
        why=(
            "A random direction moves all weights and biases at once, so twenty "
            "directions check any number of entries. The price: it does not say "
            "which entry is wrong."
        ),
    ),
    shape_only="""
def test_it(grad):
    x, y = np.ones((3, 4)), np.eye(2)[[0, 1, 1]]
    W, b = np.zeros((4, 2)), np.zeros(2)
    dW, db = grad(x, y, W, b)
    assert np.shape(dW) == W.shape and np.shape(db) == b.shape
""",
    swapped="""
def test_it(grad):
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(6, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)
    y = np.eye(3)[rng.integers(3, size=6)]
    dW, db = grad(y, x, W, b)
    assert abs(dW[0, 0] - nudged(x, y, W, b, (0, 0))) < 1e-6
""",
)


def checks_with(
    sizes="(6, 5, 3)",
    weights="rng.normal(size=(m, k))",
    biases="rng.normal(size=k)",
    of_W="abs(dW[at] - nudged(x, y, W, b, at)) < 1e-6",
    of_b="abs(db[j] - slow) < 1e-6",
):
    """Return the source of right tests in which this differs."""
    return f"""
def test_it(grad):
    rng = np.random.default_rng(0)
    n, m, k = {sizes}
    x, W, b = rng.normal(size=(n, m)), {weights}, {biases}
    y, h = np.eye(k)[rng.integers(k, size=n)], 1e-5
    dW, db = grad(x, y, W, b)
    for at in np.ndindex(W.shape):
        assert {of_W}
    for j in range(k):
        step = h * np.eye(k)[j]
        slow = (loss(x, y, W, b + step) - loss(x, y, W, b - step)) / (2 * h)
        assert {of_b}
"""


@tests.symptom(
    "Your tests reject a correct gradient. Do you compare with a centred difference, "
    "and exactly? That is off by about 1e-10.\n"
    "Allow a little. Write abs(one - other) < 1e-6.",
    example=checks_with(of_W="dW[at] == nudged(x, y, W, b, at)"),
)
def compares_exactly(answer):
    line = answer.raised.source_line
    is_exact = "==" in line or "array_equal" in line
    return "last" in answer.facts and is_exact


@tests.symptom(
    "Your tests reject a correct gradient. Centred differences are off by about 1e-10: "
    "is the tolerance in this line smaller than that?\n"
    "Allow 1e-6.",
    example=checks_with(of_W="abs(dW[at] - nudged(x, y, W, b, at)) < 1e-12"),
)
def compares_too_closely(answer):
    is_close = re.search(r"\b1e-(9|[12]\d)\b", answer.raised.source_line)
    return "last" in answer.facts and bool(is_close)


@tests.symptom(
    "Your tests reject a correct gradient. This line compares an entry of db with `nudged`, "
    "and the page's `nudged` changes an entry of W.\n"
    "For db, change one entry of a copy of b, and use `loss`.",
    example=checks_with(of_b="abs(db[j] - nudged(x, y, W, b, j)) < 1e-6"),
)
def compares_db_with_nudged(answer):
    line = answer.raised.source_line
    return "last" in answer.facts and re.search(r"\bdb\[", line) and "nudged(" in line


def lets_pass(answer, *names):
    """Return whether these wrong gradients pass the tests, and others do not."""
    caught = set(answer.facts["caught_names"])
    return bool(caught) and not caught.intersection(names)


@tests.symptom(
    "The wrong gradient that does not use W at all passes your tests. Are your "
    "weights all 0? Then W changes nothing.\n"
    "Draw them at random, as rng.normal does.",
    example=checks_with(weights="np.zeros((m, k))", biases="np.zeros(k)"),
)
def tests_zero_weights(answer):
    numbers = {"the true class only", "the 1/n is missing"}
    is_checked = numbers <= set(answer.facts["caught_names"])
    return is_checked and lets_pass(answer, UNUSED, "b is forgotten in the logits")


@tests.symptom(
    "Two gradients with a wrong power of n pass your tests. Do your batches have one "
    "image each? Then n is 1, and dividing by it changes nothing.\n"
    "Test a batch with several images.",
    example=checks_with(sizes="1, 5, 3"),
)
def tests_one_image(answer):
    is_checked = "always divided by 4" in answer.facts["caught_names"]
    return is_checked and lets_pass(answer, "the 1/n is missing", TWICE)


@tests.symptom(
    "Both wrong gradients with a right dW and a wrong db pass your tests. Do you look "
    "at db?\n"
    "Also compare each entry of db with a centred difference.",
    example=checks_with(of_b="True"),
)
def tests_no_biases(answer):
    is_checked = "the 1/n is missing" in answer.facts["caught_names"]
    uses_weights = UNUSED in answer.facts["caught_names"]
    return is_checked and uses_weights and lets_pass(answer, "db is 0", TWICE)


@tests.symptom(
    "Your tests catch only the gradient with the wrong sign. Do you test whether the "
    "loss falls after a step? It falls with many wrong gradients too.\n"
    "Compare the numbers.",
    example="""
def test_it(grad):
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(6, 5)), rng.normal(size=(5, 3)), rng.normal(size=3)
    y = np.eye(3)[rng.integers(3, size=6)]
    dW, db = grad(x, y, W, b)
    assert loss(x, y, W - 0.001 * dW, b - 0.001 * db) < loss(x, y, W, b)
""",
)
def tests_the_direction(answer):
    return answer.facts["caught_names"] == ["y - p for p - y"]
