"""6b: build it."""

import itertools

import numpy as np

from grader.checks import Alternative, RemoteObject, exercise, expect, fixture

from ..networks import (
    FLOAT32,
    LARGE,
    WEIGHTS,
    X,
    Y,
    arrays_of,
    forward,
    given_weights,
    network_of,
    recognised,
    slopes,
    weights_after,
)

build = exercise(
    "6b",
    "Build it",
    points=25,
    writes="build",
    hints=(
        "Three entries: the input, the hidden layer, the output layer.",
        "keras.Sequential([...]) takes them as a list; the input is keras.Input((784,)).",
        'layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")',
    ),
    alternative=Alternative(
        code="""
            def build():
                x = keras.Input((784,))
                hidden = layers.Dense(512, activation="relu")(x)
                p = layers.Dense(10, activation="softmax")(hidden)
                return keras.Model(x, p)
        """,
        why=(
            "What flows has names, and may branch and join; in a Sequential it "
            "cannot. What it costs: each layer has to be handed its input."
        ),
    ),
)


@fixture
def built(attempt):
    """The learner's network as build() gave it; its weights stay as they are."""
    return network_of(attempt.build())


@fixture
def twins(attempt, built):
    """A second network, and the two answers to what weights they were born with."""
    second = network_of(attempt.build())
    return second, built.call("get_weights"), second.call("get_weights")


@fixture
def known(twins):
    """The second network, with known weights."""
    return given_weights(twins[0])


MOST_LAYERS = 50  # the page's network has two; a model that lies may have no end
PAGE_SHAPES = sorted([(784, 512), (512,), (512, 10), (10,)])


@build.check
def is_built(built):
    """It returns a Keras model that knows its input, so it has weights."""
    count = expect(built.call("count_params"), type=built.type_name)
    count.holds(count.integer() > 0, "It has no weights yet.")


@build.check
def has_the_pages_two_layers(built):
    """It has the weights of the page's two layers, 407,050 in all, and no others."""
    answer = built.call("get_weights")
    arrays = arrays_of(answer)
    shapes = [array.shape for array in arrays]
    expect(answer).holds(
        sorted(shapes) == PAGE_SHAPES,
        "Its arrays have the shapes {shapes}, {count} numbers in all; the page's "
        "network has (784, 512), (512,), (512, 10), (10,), 407050 in all.",
        shapes=", ".join(map(str, shapes)),
        count=str(sum(array.size for array in arrays)),
        seen=shapes,
    )


def expect_the_pages_answers(answer, rows):
    """What a network with known weights answers to these rows of X."""
    p = expect(answer).array(shape=(len(rows), 10))
    facts = {**recognised(rows, p), "sum": float(p[0].sum())} if len(rows) > 1 else {}
    expect(answer, **facts).close_to(forward(rows), tolerance=FLOAT32)


@build.check
def computes_what_the_page_computes(known):
    """It computes softmax(relu(x W1 + b1) W2 + b2), and its rows sum to 1."""
    answer = known.call("__call__", X)
    expect_the_pages_answers(answer, X)
    expect(answer).its("row sums", lambda p: p.sum(axis=1)).all_close_to(1, 1e-5)
    expect_the_pages_answers(known.call("__call__", LARGE), LARGE)


@build.check
def predicts_what_it_computes(known):
    """predict gives what the network computes, each time it is asked."""
    # Compiled to a graph it takes three times as long.
    known.call("__setattr__", "run_eagerly", True)
    for rows in (X, X[:1]):
        expect_the_pages_answers(known.call("predict", rows, verbose=0), rows)


@build.check
def has_nothing_more(built):
    """There is nothing in it besides: no dropout, no noise."""
    for layer in itertools.islice(layers_of(built), MOST_LAYERS):
        is_more = any("Dropout" in base or "Noise" in base for base in layer.bases)
        answer = layer.get("name")
        expect(answer, layer=layer.type_name).holds(
            not is_more, "It has a {layer} too."
        )


@build.check
def is_the_same_in_training(attempt):
    """While it trains it computes the same, and one step moves all of its weights."""
    model = given_weights(network_of(attempt.build()))
    answer = model.call("__call__", X, training=True)
    p = expect(answer).array(shape=(len(X), 10))
    expect(answer, in_training=True).holds(
        np.allclose(p, forward(X), rtol=0, atol=FLOAT32),
        "In training it answers otherwise than when it predicts.",
    )
    model.call(
        "compile", loss="categorical_crossentropy", optimizer="sgd", run_eagerly=True
    )
    answer, after = weights_after(model, (X, Y))
    pairs = list(zip(after, WEIGHTS, slopes(X, Y), strict=True))
    still = sum(np.array_equal(new, old) for new, old, _ in pairs)
    # A float32 weight of 0.1 is stored to 7e-9; the step is 0.01 times the slope.
    is_step = all(
        np.allclose(new, old - 0.01 * g, rtol=0, atol=1e-6) for new, old, g in pairs
    )
    shrunk = not is_step and is_shrunk(pairs)
    expect(answer, still=still, shrunk=shrunk).holds(
        is_step,
        "One step with sgd does not lead where the gradient points; of its 4 arrays "
        "{still} did not move.",
    )


def is_shrunk(pairs):
    """Whether a step has made an array smaller by a share of itself as well."""
    for new, old, slope in pairs:
        more = old - 0.01 * slope - new
        share = float((more * old).sum() / (old * old).sum())
        # A weight is stored to 7e-9, and Keras's usual rate for such a share is 2e-4.
        if share > 1e-6 and np.allclose(more, share * old, rtol=0, atol=2e-8):
            return True
    return False


def layers_of(model, depth=5):
    """The layers of a model, those inside of its inner models too."""
    for layer in expect(model.get("layers")).sequence():
        if isinstance(layer, RemoteObject):
            yield layer
            if "Model" in layer.bases and depth:
                yield from layers_of(layer, depth - 1)


@build.check
def builds_a_new_one_each_time(twins):
    """Two calls give two networks, each with random weights of its own."""
    _, first, answer = twins
    pairs = zip(arrays_of(first), arrays_of(answer), strict=False)
    same = all(np.array_equal(a, b) for a, b in pairs)
    constant = all(np.ptp(a) == 0 for a in arrays_of(answer) if a.ndim == 2)
    expect(answer, same=same, constant=constant).holds(
        not same, "Both have exactly the same weights."
    )


# The solution's three entries, to be edited.

INPUT = "keras.Input((784,))"
HIDDEN = 'layers.Dense(512, activation="relu")'
LAST = 'layers.Dense(10, activation="softmax")'


def without(code, instead=""):
    """The edit that takes one entry of the list away, or puts another there."""
    return f"            {code},\n", instead and f"            {instead},\n"
