"""6d: fix the training loop."""

import numpy as np

from grader.checks import Alternative, callback, exercise, expect

from ..fits import States, explained, order_of
from . import reference

loop = exercise(
    "fit",
    after="6b",
    cpu_s=20,
    hints=(
        "Print x[0] and y[0] after the first shuffle, and each value of start for 3 images "
        "in batches of 2.",
        "x and y need the same order: draw it once, and index both with it. And "
        "range(0, n, batch) reaches the last batch; a slice may go beyond the end.",
        "order = rng.permutation(len(x)); x, y = x[order], y[order]; then for start in "
        "range(0, len(x), batch).",
    ),
    alternative=Alternative(
        code="""
            def fit(x, y, lr, batch, epochs, seed, on_epoch=None):
                rng, cuts = np.random.default_rng(seed), range(batch, len(x), batch)
                W, b = np.zeros((x.shape[1], y.shape[1])), np.zeros(y.shape[1])
                for _ in range(epochs):
                    for rows in np.split(rng.permutation(len(x)), cuts):
                        dW, db = gradients(x[rows], y[rows], W, b)
                        W, b = W - lr * dW, b - lr * db
                    if on_epoch is not None:
                        on_epoch(W, b)
                return W, b
        """,
        why=(
            "x and y stay where they are, and one index takes the same rows of both, so "
            "they cannot come apart. The price: the rows of a batch are copied from "
            "all over x."
        ),
    ),
)

SIZES = 6, 3  # pixels and classes of the trainings of three images
EPOCHS_SEEN = 8


def three_images(rng):
    """Return three images of three classes, which no two orders train alike."""
    return rng.random(size=(3, SIZES[0])), np.eye(SIZES[1])[rng.permutation(SIZES[1])]


def start():
    """Return the zero weights and biases of the trainings of three images."""
    return np.zeros(SIZES), np.zeros(SIZES[1])


def parts(answer, shape):
    """Return W and b of an answer, in the shapes that they need."""
    expect(answer).sequence(2)
    for i, (name, want) in enumerate((("W", shape), ("b", shape[1:]))):
        part = expect(answer).its(name, lambda pair, i=i: pair[i])
        part.has_shape(want)
        part.is_finite()
    return tuple(np.asarray(part, "float64") for part in answer.value)


def expect_epoch(answer, x, y, batch, lr):
    """Expect one epoch from zero weights, in any order of the images."""
    after = parts(answer, SIZES)
    if order_of(reference, x, y, start(), after, batch, lr) is not None:
        return
    is_still = not np.any(after[0]) and not np.any(after[1])
    facts = explained(reference, x, y, start(), after, batch, lr)
    expect(answer, is_still=is_still, **facts).holds(
        False,
        f"{len(x)} images in batches of {batch}: no order of the images gives your W "
        "and b.",
    )


@loop.check
def three_images_in_batches_of_two(attempt, rng):
    """Three images in batches of 2 give two steps, each with images and their labels."""
    x, y = three_images(rng)
    expect_epoch(attempt.fit(x, y, 0.5, 2, 1, 3), x, y, 2, 0.5)


@loop.check
def fewer_images_than_a_batch(attempt, rng):
    """Three images in batches of 32 give one step."""
    x, y = three_images(rng)
    expect_epoch(attempt.fit(x, y, 2.0, 32, 1, 4), x, y, 32, 2.0)


@loop.check
def every_image_once_an_epoch(attempt, rng):
    """In batches of 1, each epoch takes each image once, in a new order."""
    x, y = three_images(rng)
    states = States()
    answer = attempt.fit(
        x, y, 1.0, 1, EPOCHS_SEEN, 5, on_epoch=callback(states, "on_epoch")
    )
    last = parts(answer, SIZES)
    expect(answer).holds(
        states.calls == EPOCHS_SEEN,
        f"Calls of on_epoch in {EPOCHS_SEEN} epochs: {states.calls}.",
        calls=states.calls,
    )
    expect(answer, last_differs=True).holds(
        all(np.array_equal(a, b) for a, b in zip(last, states.kept[-1], strict=True)),
        "The last call of on_epoch did not get the W and b that fit returned.",
    )
    before, orders = start(), []
    for after in states.kept:
        orders.append(order_of(reference, x, y, before, after, 1, 1.0))
        before = after
    expect(answer).holds(
        None not in orders,
        f"Epoch {orders.index(None) + 1 if None in orders else 0} does not take each of "
        "three images once, in batches of 1.",
    )
    # Eight new orders of three images are the same once in 279,936 trainings.
    expect(answer, has_one_order=len(set(orders)) == 1).holds(
        len(set(orders)) > 1, "Every epoch takes the three images in the same order."
    )


@loop.check
def follows_the_seed(attempt, rng):
    """The same seed gives the same weights, another seed gives others."""
    x, y = rng.random(size=(20, 6)), np.eye(3)[rng.integers(3, size=20)]
    one, two, three = (attempt.fit(x, y, 0.5, 3, 2, seed) for seed in (1, 1, 2))
    first = parts(one, SIZES)
    for other, same in ((two, True), (three, False)):
        agree = all(map(np.array_equal, first, parts(other, SIZES)))
        sentence = (
            "The same seed gave two different results."
            if same
            else "Two different seeds gave the same result."
        )
        expect(other).holds(agree == same, sentence, asked_same=same)


@loop.check
def sorted_digits_are_learned(attempt, mnist):
    """It learns even from 2,000 images sorted by digit, because it shuffles in each epoch."""
    x = mnist.x_train[:2000].reshape(2000, -1).astype("float32") / 255
    labels = mnist.y_train[:2000]
    order = np.argsort(labels, kind="stable")
    answer = attempt.fit(x[order], np.eye(10)[labels[order]], 0.1, 100, 3, 6)
    W, b = parts(answer, (784, 10))
    x_new = mnist.x_train[50_000:52_000].reshape(2000, -1).astype("float32") / 255
    loss = reference.loss(x_new, np.eye(10)[mnist.y_train[50_000:52_000]], W, b)
    # 20 seeds: 0.76 to 0.79; sorted and not shuffled 2.9.
    expect(answer, is_sorted=True).holds(
        loss < 1.2,
        f"After 3 epochs with 2,000 images the loss on others is {loss:.4f}; it should be "
        "about 0.78.",
    )


def fit_with(
    shuffle="order = rng.permutation(len(x))\n        x, y = x[order], y[order]",
    stop="len(x)",
    step="W, b = W - lr * dW, b - lr * db",
    before="pass",
    tell="on_epoch(W, b) if on_epoch is not None else None",
    seed="seed",
    end="W, b",
):
    """Return the source of a right fit in which this differs."""
    return f"""
def fit(x, y, lr, batch, epochs, seed, on_epoch=None):
    rng = np.random.default_rng({seed})
    W, b = np.zeros((x.shape[1], y.shape[1])), np.zeros(y.shape[1])
    {before}
    for _ in range(epochs):
        {shuffle}
        for start in range(0, {stop}, batch):
            dW, db = gradients(x[start : start + batch], y[start : start + batch], W, b)
            {step}
        {tell}
    return {end}
"""


APART = "x = x[rng.permutation(len(x))]"


@loop.symptom(
    "Your two steps with three images can be explained by this: an image is trained with "
    "the label of another one, and the last batch gets no step. Both bugs are still there.",
    function="fit",
    example=fit_with(shuffle=APART, stop="len(x) - batch"),
)
def both_bugs(answer):
    facts = answer.facts
    return facts.get("is_apart") and facts["is_short"] and not facts["is_uphill"]


@loop.symptom(
    "An image is trained with another image's label. Do x and y both get the same new "
    "order?\n"
    "Draw one order, and index x and y with it.",
    function="fit",
    example=fit_with(shuffle=APART),
)
def labels_of_other_images(answer):
    facts = answer.facts
    return facts.get("is_apart") and not (facts["is_short"] or facts["is_uphill"])


@loop.symptom(
    "The last batch gets no step. Which values does start take, for 3 images in batches of "
    "2?\nrange(0, len(x), batch) reaches it.",
    function="fit",
    example=fit_with(stop="len(x) - batch"),
)
def last_batch_left_out(answer):
    facts = answer.facts
    return facts.get("is_short") and not (facts["is_apart"] or facts["is_uphill"])


@loop.symptom(
    "Your steps lead uphill: the gradient is added.\nSubtract it.",
    function="fit",
    example=fit_with(step="W, b = W + lr * dW, b + lr * db"),
)
def steps_lead_uphill(answer):
    return answer.facts.get("is_uphill")


@loop.symptom(
    "With 3 images in one epoch, W and b are still 0: no step was taken, or its "
    "result was lost. Which values does start take?\n"
    "range(0, len(x), batch) begins with 0. Assign the new W and b to these names.",
    function="fit",
    example=fit_with(step="V, c = W - lr * dW, b - lr * db"),
)
def no_step_is_taken(answer):
    return answer.facts.get("is_still")


@loop.symptom(
    "Every epoch takes the images in the same order. Is there a shuffle inside the "
    "loop, and does its generator go on from one epoch to the next?\nDraw a new order in each epoch, from one generator.",
    function="fit",
    example=fit_with(
        before="order = rng.permutation(len(x)); x, y = x[order], y[order]",
        shuffle="pass",
    ),
)
def one_order_for_all_epochs(answer):
    return answer.facts.get("has_one_order")


@loop.symptom(
    "The same seed gave two different results.\n"
    "Take every random number from one generator: np.random.default_rng(seed).",
    function="fit",
    example=fit_with(
        shuffle="order = np.random.permutation(len(x))\n        x, y = x[order], y[order]"
    ),
)
def order_ignores_the_seed(answer):
    return answer.facts.get("asked_same") is True


@loop.symptom(
    "Two different seeds gave the same result. Is the generator made from seed?\n"
    "Write rng = np.random.default_rng(seed).",
    function="fit",
    example=fit_with(seed="0"),
)
def seed_does_nothing(answer):
    return answer.facts.get("asked_same") is False


@loop.symptom(
    "on_epoch was called {calls} times in 8 epochs.\n"
    "Call it once at the end of each epoch.",
    function="fit",
    example=fit_with(
        step="W, b = W - lr * dW, b - lr * db\n            on_epoch and on_epoch(W, b)",
        tell="pass",
    ),
)
def on_epoch_at_other_times(answer):
    calls = answer.facts.get("calls", EPOCHS_SEEN)
    return calls != EPOCHS_SEEN and {"calls": calls}


@loop.symptom(
    "The last call of on_epoch got a different W and b from those that fit returned. "
    "Is it called before the epoch's steps?\n"
    "Call it at the end of the epoch, after its last step.",
    function="fit",
    example=fit_with(
        shuffle="on_epoch and on_epoch(W, b)\n        order = rng.permutation(len(x))\n"
        "        x, y = x[order], y[order]",
        tell="pass",
    ),
)
def on_epoch_too_early(answer):
    return answer.facts.get("last_differs") is True


@loop.symptom(
    "fit returned nothing.\nReturn W and b.",
    function="fit",
    example=fit_with(end="None"),
)
def returns_nothing(answer):
    return answer.raised is None and answer.value is None
