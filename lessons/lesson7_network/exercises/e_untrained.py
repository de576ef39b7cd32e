"""7e: measure the loss of an untrained network."""

import functools
import re

import numpy as np

from grader.checks import Alternative, exercise, expect, fixture

from ..networks import FLOAT32, forward, given_weights, loss_of, network_of, softmax
from ..symptoms import is_near, seen_near

untrained = exercise(
    "untrained_loss",
    after="7b",
    hints=(
        "Your cross_entropy takes the labels, then the probabilities.",
        "m.predict(x, verbose=0) gives the probabilities.",
        "cross_entropy(y, m.predict(x, verbose=0))",
    ),
    alternative=Alternative(
        code="""
            def untrained_loss(m, x, y):
                return cross_entropy(y, np.asarray(m(x)))
        """,
        why=(
            "You can call a network like a function. The price: all images go "
            "through at once, which takes a lot of memory if there are many."
        ),
    ),
)


def images(mnist, start, n):
    """Return n training images from `start`, prepared, and their one-hot labels."""
    x = mnist.x_train[start : start + n].reshape(n, -1).astype("float32") / 255
    return x, np.eye(10, dtype="float32")[mnist.y_train[start : start + n]]


@fixture
def untrained_network(attempt, built):
    """The learner's network with its first weights."""
    return built if built.is_reachable() else network_of(attempt.build())


@fixture
def known_network(attempt, known):
    """A network of the learner's with known weights."""
    if known.is_reachable():
        return known
    return given_weights(network_of(attempt.build()))


@untrained.check
def is_the_loss_of_the_answers(attempt, known_network, mnist):
    """It is the mean cross-entropy of what the network predicts."""
    for start, n in ((0, 300), (500, 7)):
        x, y = images(mnist, start, n)
        answer = attempt.untrained_loss(known_network, x, y)
        facts = losses(mnist, start, n)
        expect(answer, **facts).close_to(facts["right"], tolerance=FLOAT32)


@functools.lru_cache(maxsize=4)
def losses(mnist, start, n):
    """The loss of the known network on these images, and what mistakes would give."""
    x, y = images(mnist, start, n)
    p = forward(x)
    return {
        "right": loss_of(y, p),
        "n": len(x),
        "k": 10,
        "accuracy": float((p.argmax(1) == y.argmax(1)).mean()),
        "swapped": float(-(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(1).mean()),
        "confidence": loss_of(np.eye(10)[p.argmax(1)], p),
        "decided": loss_of(y, np.eye(10)[p.argmax(1)]),
        "again": loss_of(y, forward(x / 255)),
        "softened": loss_of(y, softmax(p)),
    }


@untrained.check
def agrees_with_keras(attempt, untrained_network, mnist):
    """It agrees with Keras's own loss, to five digits."""
    x, y = images(mnist, 1000, 200)
    loss = attempt.untrained_loss(untrained_network, x, y)
    untrained_network.call("compile", loss="categorical_crossentropy")
    p = untrained_network.call("__call__", x)
    theirs = expect(untrained_network.call("compute_loss", x, y, p)).number()
    # Keras sums in float32: over 20 sets of weights they differ by at most 2.4e-7.
    expect(loss).close_to(theirs, tolerance=FLOAT32)


@untrained.check
def a_new_network_knows_nothing(attempt, untrained_network, mnist, measured):
    """The loss of a new network on 500 images is between 2.2 and 2.6 nats."""
    loss = attempt.untrained_loss(untrained_network, *images(mnist, 2000, 500))
    expect(loss).is_between(2.2, 2.6)
    measured(f"Yours is {expect(loss).number():.6f}, and ln 10 is {np.log(10):.6f}.")


MEASURED = "cross_entropy(y, m.predict(x, verbose=0))"


@untrained.symptom(
    "m.evaluate needs a compiled network, and gives Keras's loss. Use your own function "
    "here.\n"
    "Call cross_entropy with what m.predict(x, verbose=0) gives.",
    function="untrained_loss",
    edit=(MEASURED, "m.evaluate(x, y, verbose=0)[0]"),
)
def evaluate_instead(answer):
    raised = answer.raised
    return "compile" in raised.message and ".evaluate(" in raised.source_line


@untrained.symptom(
    "m.fit trains a network, and needs a compiled one. Here you only need its "
    "predictions.\n"
    "m.predict(x, verbose=0) gives them.",
    function="untrained_loss",
    edit=(MEASURED, 'm.fit(x, y, verbose=0).history["loss"][0]'),
)
def trained_instead(answer):
    raised = answer.raised
    return "compile" in raised.message and ".fit(" in raised.source_line


@untrained.symptom(
    "y has the shape {shape}: it contains one-hot rows already. Don't call one_hot.\n"
    "Pass y itself to cross_entropy.",
    function="untrained_loss",
    edit=(MEASURED, "cross_entropy(one_hot(y), m.predict(x, verbose=0))"),
)
def one_hot_again(answer):
    y, raised = answer.args[2], answer.raised
    is_index = "arrays used as indices must be of integer" in raised.message
    return is_index and "one_hot(y)" in raised.trace and {"shape": y.shape}


seen_near(
    untrained,
    "untrained_loss",
    {
        "swapped_arguments": (
            lambda facts: facts["swapped"],
            (MEASURED, "cross_entropy(m.predict(x, verbose=0), y)"),
            "The arguments are swapped: cross_entropy takes the labels first, then the "
            "probabilities.",
        ),
        "mean_over_classes": (
            lambda facts: facts["right"] / facts["k"],
            (MEASURED, "float(-(y * np.log(m.predict(x, verbose=0))).mean())"),
            "You took the mean over the classes as well as over the images: your loss "
            "is exactly {k} times too small.\n"
            "Call your cross_entropy, which does this correctly.",
        ),
        "summed_over_the_batch": (
            lambda facts: facts["right"] * facts["n"],
            (MEASURED, "float(-(y * np.log(m.predict(x, verbose=0))).sum())"),
            "You summed over the images: your loss is exactly {n} times too large.\n"
            "Divide by the number of images.",
        ),
        "softmax_once_more": (
            lambda facts: facts["softened"],
            (
                MEASURED,
                "cross_entropy(y, np.array(keras.ops.softmax(m.predict(x, verbose=0))))",
            ),
            "You applied softmax again. The network's last layer does that, so its "
            "answers are probabilities already.",
        ),
        "accuracy_instead": (
            lambda facts: facts["accuracy"],
            (
                MEASURED,
                "float((m.predict(x, verbose=0).argmax(1) == y.argmax(1)).mean())",
            ),
            "That is the accuracy, the fraction of correct answers. Return the loss.",
        ),
        "predicted_class": (
            lambda facts: facts["confidence"],
            (
                f"return {MEASURED}",
                "p = m.predict(x, verbose=0)\n"
                "    return cross_entropy(one_hot(p.argmax(axis=1)), p)",
            ),
            "You used the predicted class instead of the true one, so a wrong answer "
            "costs no more than a right one.",
        ),
        "answers_decided": (
            lambda facts: facts["decided"],
            (
                MEASURED,
                "cross_entropy(y, np.eye(10)[m.predict(x, verbose=0).argmax(axis=1)])",
            ),
            "You turned the predictions into one-hot rows first. A loss needs the "
            "probabilities themselves.",
        ),
        "prepared_again": (
            lambda facts: facts["again"],
            (MEASURED, "cross_entropy(y, m.predict(prepare(x), verbose=0))"),
            "x is prepared already, and you divided it by 255 again.",
        ),
    },
)


@untrained.symptom(
    "ln 10 is the loss of ten exactly equal guesses. Use what this network predicts.\n"
    "m.predict(x, verbose=0) gives it.",
    function="untrained_loss",
    edit=(MEASURED, "float(np.log(10))"),
)
def always_ln_10(answer):
    return is_near(answer.value, np.log(10))


@untrained.symptom(
    "You return one loss per image. Return their mean.",
    function="untrained_loss",
    edit=(
        MEASURED,
        "keras.losses.categorical_crossentropy(y, m.predict(x, verbose=0))",
    ),
)
def one_for_each(answer):
    return np.shape(answer.value) == (len(answer.args[1]),)


@untrained.symptom(
    "One array has ten numbers per image, the other only one. Did you use argmax, which "
    "gives class numbers? cross_entropy needs all ten probabilities.",
    function="untrained_loss",
    edit=(MEASURED, "cross_entropy(y, m.predict(x, verbose=0).argmax(axis=1))"),
)
def class_numbers(answer):
    return re.search(r"shapes \(\d+,10\) \(\d+,\)", answer.raised.message)
