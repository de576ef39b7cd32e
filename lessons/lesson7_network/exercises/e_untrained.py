"""7d: what does an untrained network cost?"""

import functools
import re

import numpy as np

from grader.checks import Alternative, exercise, expect, fixture

from ..networks import FLOAT32, forward, given_weights, loss_of, network_of, softmax
from ..symptoms import is_near, seen_near

untrained = exercise(
    "7d",
    "What does an untrained network cost?",
    points=15,
    writes="untrained_loss",
    after="7b",
    hints=(
        "It knows nothing, so its ten guesses are about equal.",
        "The surprise of a guess of 1/10 is ln 10.",
        "cross_entropy(y, m.predict(x, verbose=0))",
    ),
    alternative=Alternative(
        code="""
            def untrained_loss(m, x, y):
                return cross_entropy(y, np.asarray(m(x)))
        """,
        why=(
            "A network can be called as a function is, without the bookkeeping of "
            "predict. What it costs: all photos go through at once, so many need much "
            "memory."
        ),
    ),
)


def photos(mnist, start, n):
    """n photos of the test set from `start`, prepared, and their one-hot labels."""
    x = mnist.x_test[start : start + n].reshape(n, -1).astype("float32") / 255
    return x, np.eye(10, dtype="float32")[mnist.y_test[start : start + n]]


@fixture
def untrained_network(attempt, built):
    """The learner's network with the weights it was born with."""
    return built if built.is_reachable() else network_of(attempt.build())


@fixture
def known_network(attempt, known):
    """A network of the learner's with known weights."""
    if known.is_reachable():
        return known
    return given_weights(network_of(attempt.build()))


@untrained.check
def predicts_the_first_loss(attempt):
    """The prediction is about the loss of ten equal guesses, in nats."""
    # 20 untrained networks on the test set: 2.30 to 2.45, on 500 photos 2.28 to 2.45.
    expect(attempt.entry("PREDICT", "untrained_loss")).is_between(2.2, 2.6)


@untrained.check
def is_the_loss_of_the_answers(attempt, known_network, mnist):
    """It is the mean cross-entropy of what the network answers."""
    for start, n in ((0, 300), (500, 7)):
        x, y = photos(mnist, start, n)
        answer = attempt.untrained_loss(known_network, x, y)
        facts = losses(mnist, start, n)
        expect(answer, **facts).close_to(facts["right"], tolerance=FLOAT32)


@functools.lru_cache(maxsize=4)
def losses(mnist, start, n):
    """The loss of the known network on these photos, and what comes of mistakes."""
    x, y = photos(mnist, start, n)
    p = forward(x)
    return {
        "right": loss_of(y, p),
        "n": len(x),
        "k": 10,
        "accuracy": float((p.argmax(1) == y.argmax(1)).mean()),
        "swapped": float(-(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(1).mean()),
        "confidence": loss_of(np.eye(10)[p.argmax(1)], p),
        "again": loss_of(y, forward(x / 255)),
        "softened": loss_of(y, softmax(p)),
    }


@untrained.check
def agrees_with_keras(attempt, untrained_network, mnist):
    """It agrees with the loss that Keras itself computes, to five digits."""
    x, y = photos(mnist, 1000, 200)
    loss = attempt.untrained_loss(untrained_network, x, y)
    untrained_network.call("compile", loss="categorical_crossentropy")
    p = untrained_network.call("__call__", x)
    theirs = expect(untrained_network.call("compute_loss", x, y, p)).number()
    # Keras sums in float32: over 20 sets of weights they differ by at most 2.4e-7.
    expect(loss).close_to(theirs, tolerance=FLOAT32)


@untrained.check
def a_new_network_knows_nothing(attempt, untrained_network, mnist, measured):
    """A new network costs between 2.2 and 2.6 nats on 500 photos."""
    loss = attempt.untrained_loss(untrained_network, *photos(mnist, 2000, 500))
    expect(loss).is_between(2.2, 2.6)
    measured(f"Yours costs {expect(loss).number():.6f}, and ln 10 is {np.log(10):.6f}.")


FIRST_LOSS = 'PREDICT["untrained_loss"]'
PREDICTED = 'PREDICT["untrained_loss"] = 2.3'
MEASURED = "cross_entropy(y, m.predict(x, verbose=0))"

untrained.wrong_values(
    FIRST_LOSS,
    {
        "a_probability": (
            0.1,
            "0.1 is the probability of each guess. The loss is its surprise: -ln of it.",
        ),
        "no_cost_at_all": (
            0,
            "Nothing costs 0 but a certain and right answer. "
            "An untrained network is never certain.",
        ),
        "predicted_with_log10": (
            1.0,
            "1 is log10 of 10.\nUse the natural logarithm: ln 10.",
        ),
    },
)


@untrained.symptom(
    "log2 of 10 is 3.32, the surprise in bits.\nIn nats it is ln 10.",
    function=FIRST_LOSS,
    edit=(PREDICTED, f"{PREDICTED[:-3]}3.3"),
)
def predicted_in_bits(answer):
    return abs(float(answer.value) - np.log2(10)) < 0.05


@untrained.symptom(
    "The loss is a mean over photos, and each photo costs -ln p_true. "
    "What is p_true when ten guesses are about equal?",
    function=FIRST_LOSS,
    edit=(PREDICTED, f"{PREDICTED[:-3]}10"),
)
def predicted_something_else(answer):
    return not 2.2 <= float(answer.value) <= 2.6


@untrained.symptom(
    "m.evaluate needs a compiled network, and it would be Keras's loss. Here yours "
    "counts.\n"
    "It is cross_entropy, of what m.predict(x, verbose=0) gives.",
    function="untrained_loss",
    edit=(MEASURED, "m.evaluate(x, y, verbose=0)[0]"),
)
def evaluate_instead(answer):
    raised = answer.raised
    return "compile" in raised.message and ".evaluate(" in raised.source_line


@untrained.symptom(
    "m.fit trains a network, and needs a compiled one. Here it is only asked for its "
    "answers.\n"
    "m.predict(x, verbose=0) gives them.",
    function="untrained_loss",
    edit=(MEASURED, 'm.fit(x, y, verbose=0).history["loss"][0]'),
)
def trained_instead(answer):
    raised = answer.raised
    return "compile" in raised.message and ".fit(" in raised.source_line


@untrained.symptom(
    "y has the shape {shape}: it contains one-hot rows already, so it needs no one_hot.\n"
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
            "You took the mean over classes as well as over the batch: your loss is "
            "exactly {k} times too small.\n"
            "Your cross_entropy does it right: call it.",
        ),
        "summed_over_the_batch": (
            lambda facts: facts["right"] * facts["n"],
            (MEASURED, "float(-(y * np.log(m.predict(x, verbose=0))).sum())"),
            "You summed over the batch: exactly {n} times too big.\n"
            "Divide by the number of photos.",
        ),
        "softmax_once_more": (
            lambda facts: facts["softened"],
            (
                MEASURED,
                "cross_entropy(y, np.array(keras.ops.softmax(m.predict(x, verbose=0))))",
            ),
            "The answers went through a softmax once more. They are probabilities "
            "already: the network's last layer has one.",
        ),
        "accuracy_instead": (
            lambda facts: facts["accuracy"],
            (
                MEASURED,
                "float((m.predict(x, verbose=0).argmax(1) == y.argmax(1)).mean())",
            ),
            "That is the accuracy, the share of right answers. Asked for is the loss.",
        ),
        "predicted_class": (
            lambda facts: facts["confidence"],
            (
                f"return {MEASURED}",
                "p = m.predict(x, verbose=0)\n"
                "    return cross_entropy(one_hot(p.argmax(axis=1)), p)",
            ),
            "You used the predicted class, not the true one: "
            "this loss cannot tell right from wrong.",
        ),
        "prepared_again": (
            lambda facts: facts["again"],
            (MEASURED, "cross_entropy(y, m.predict(prepare(x), verbose=0))"),
            "x is prepared already, and you divided it by 255 once more.",
        ),
    },
)


@untrained.symptom(
    "ln 10 is what ten exactly equal guesses cost. Ask this network what it guesses.\n"
    "m.predict(x, verbose=0) tells.",
    function="untrained_loss",
    edit=(MEASURED, "float(np.log(10))"),
)
def always_ln_10(answer):
    return is_near(answer.value, np.log(10))


@untrained.symptom(
    "You return one loss a photo. The loss of all of them is their mean.",
    function="untrained_loss",
    edit=(
        MEASURED,
        "keras.losses.categorical_crossentropy(y, m.predict(x, verbose=0))",
    ),
)
def one_for_each(answer):
    return np.shape(answer.value) == (len(answer.args[1]),)


@untrained.symptom(
    "Two arrays met there: one has ten numbers a photo, and the other has one. Did "
    "argmax make class numbers of the answers? All ten probabilities are needed.",
    function="untrained_loss",
    edit=(MEASURED, "cross_entropy(y, m.predict(x, verbose=0).argmax(axis=1))"),
)
def class_numbers(answer):
    return re.search(r"shapes \(\d+,10\) \(\d+,\)", answer.raised.message)
