"""7b: build it."""

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
from ..symptoms import seen_in_facts

build = exercise(
    "7b",
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
            "Every intermediate result has a name, so layers can branch and merge; "
            "a Sequential can't do that. What it costs: you pass each layer its input."
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
    # A float32 weight of 0.1 is stored to 8e-9; the step is 0.01 times the slope.
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
        # A weight is stored to 8e-9, and Keras's usual rate for such a share is 2e-4.
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


# Other weights.


@build.symptom(
    "Your hidden layer takes rows of 28 numbers. Are the photos (28, 28), and not "
    "made flat?\n"
    "The input is (784,).",
    edit=("(784,)", "(28, 28)"),
)
def rows_of_28(answer):
    return (28, 512) in answer.facts["seen"]


@build.symptom(
    "Your hidden layer takes rows of one number, so each pixel goes through it alone. "
    "Has the input a second axis?\n"
    "The input is (784,).",
    edit=("(784,)", "(784, 1)"),
)
def rows_of_1(answer):
    return (1, 512) in answer.facts["seen"]


@build.symptom(
    "Your model takes whole (28, 28) photos. Here prepare() has made them flat "
    "already.\n"
    "The input is (784,).",
    edit=without(INPUT, "keras.Input((28, 28)), layers.Flatten()"),
)
def flattens_itself(answer):
    said = answer.raised.message
    return answer.target != "build" and "28, 28" in said and "shape" in said


@build.symptom(
    "Biases are missing: {missing}. Does use_bias=False stand there? Each output has "
    "one of its own.",
    edit=(HIDDEN, f"{HIDDEN[:-1]}, use_bias=False)"),
)
def built_without_biases(answer):
    seen = answer.facts["seen"]
    missing = [str(n) for n in (512, 10) if (n,) not in seen]
    is_else_right = sorted(s for s in seen if len(s) == 2) == [(512, 10), (784, 512)]
    is_seen = is_else_right and missing and len(seen) + len(missing) == 4
    return is_seen and {"missing": " + ".join(missing)}


@build.symptom(
    "The two sizes are swapped: the hidden layer has 512 units, and the last layer has "
    "one for each of the 10 digits.",
    edit=(
        f"{HIDDEN},\n            {LAST}",
        'layers.Dense(10, activation="relu"), layers.Dense(512, activation="softmax")',
    ),
)
def sizes_swapped(answer):
    return (784, 10) in answer.facts["seen"] and (10, 512) in answer.facts["seen"]


@build.symptom(
    "No hidden layer is in use: 784 inputs go straight to 10 outputs.\n"
    "Put a Dense layer of 512 units between them, and hand its output to the last.",
    edit=without(HIDDEN),
)
def no_hidden_layer(answer):
    seen = answer.facts["seen"]
    return (784, 10) in seen and len(seen) <= 2


@build.symptom(
    "It has {n} arrays, and two Dense layers have four. Has a third layer slipped in? It "
    "may be a good network, but the page's has two Dense layers and nothing more.",
    edit=without(LAST, f'layers.Dense(512, activation="relu"), {LAST}'),
)
def a_third_layer(answer):
    n = len(answer.facts["seen"])
    return n > 4 and {"n": str(n)}


@build.symptom(
    "The hidden layer has {units} units; the page's has 512.",
    edit=("Dense(512", "Dense(128"),
)
def another_width(answer):
    inputs, units, _ = sizes_of(answer)
    return inputs == 784 and units != 512 and {"units": units}


@build.symptom(
    "Units of your last layer: {units}. There are ten digits, and each has one.\n"
    "Write layers.Dense(10, ...).",
    edit=("Dense(10", "Dense(1"),
)
def another_last_width(answer):
    *before, units = sizes_of(answer)
    return before == [784, 512] and units != 10 and {"units": units}


@build.symptom(
    "Your first layer takes rows of {inputs} numbers. A prepared photo is a row of 784.\n"
    "The input is (784,).",
    edit=("(784,)", "(512,)"),
)
def another_input(answer):
    inputs, *_ = sizes_of(answer)
    return inputs != 784 and {"inputs": inputs}


def sizes_of(answer):
    """The inputs, hidden units and outputs of two layers that stand in a row."""
    matrices = [shape for shape in answer.facts["seen"] if len(shape) == 2]
    ((inputs, units), (_, outputs)) = next(
        pair for pair in itertools.permutations(matrices) if pair[0][1] == pair[1][0]
    )
    return inputs, units, outputs


# What computes something else.

seen_in_facts(
    build,
    "hidden",
    {
        "no_hidden_activation": (
            ("linear",),
            (HIDDEN, "layers.Dense(512)"),
            "Hidden activation is {hidden}; relu expected. "
            "Without it two Dense layers are one linear map.",
        ),
        "hidden_softmax": (
            ("softmax",),
            ("relu", "softmax"),
            "Hidden activation is softmax; relu expected. Softmax makes the 512 patterns "
            "share a sum of 1, so hardly anything of each is passed on.",
        ),
        "hidden_stops_at_6": (
            ("relu6",),
            ("relu", "relu6"),
            "No hidden unit of yours goes beyond 6: relu6 computes that, and ReLU with "
            "max_value=6. The page's is relu, which has no upper end.",
        ),
        "another_hidden_activation": (
            ("sigmoid", "tanh", "elu", "leaky_relu", "softplus", "silu", "gelu"),
            ("relu", "sigmoid"),
            "Hidden activation is {hidden}; relu expected, as on the page.",
        ),
    },
)
seen_in_facts(
    build,
    "output",
    {
        "no_softmax": (
            ("linear",),
            (LAST, "layers.Dense(10)"),
            "The last layer has no softmax but the loss expects probabilities. Keras "
            "will not complain; it will just learn badly: after one epoch 20 such "
            "networks read 10 to 43 of 100 test photos.",
        ),
        "softmax_twice": (
            ("softmax twice",),
            without(LAST, f"{LAST}, layers.Softmax()"),
            "Softmax is applied twice, which makes the ten probabilities nearly equal. "
            "Keep one of the two.",
        ),
        "log_softmax_last": (
            ("log_softmax",),
            ("softmax", "log_softmax"),
            "log_softmax gives the logarithms of the probabilities, as a loss of PyTorch "
            "takes them. Keras's loss, and your cross_entropy, take the probabilities "
            "themselves: softmax.",
        ),
        "relu_last": (
            ("relu",),
            ("softmax", "relu"),
            "relu can output all zeros; 0/0 makes the loss nan. The last layer needs "
            "softmax.",
        ),
    },
)


@build.symptom(
    "sigmoid gives ten independent yes/no answers; a row of yours sums to {sum}. "
    "Keras even hides it in training.\n"
    "Use softmax.",
    edit=("softmax", "sigmoid"),
)
def sigmoid_last(answer):
    return answer.facts["output"] == "sigmoid" and {"sum": f"{answer.facts['sum']:.2f}"}


@build.symptom(
    "There is a {layer} layer in your network. It is a good idea for another day; "
    "the page's network is two Dense layers and nothing more.",
    edit=without(LAST, f"layers.Dropout(0.2), {LAST}"),
)
def dropout(answer):
    return "layer" in answer.facts


@build.symptom(
    "In training your network answers otherwise than when it predicts. Is there a layer "
    "of your own that drops or adds something? The page's network has none.",
    edit=(
        LAST,
        f"type('Quiet', (layers.Layer,), {{'call': lambda self, x, training=None: "
        f"keras.random.dropout(x, 0.2) if training else x}})(), {LAST}",
    ),
)
def other_in_training(answer):
    return answer.facts["in_training"]


@build.symptom(
    "A step with sgd has also made weights smaller by a share of themselves. Is there a "
    "regularizer? The page's two layers have none.",
    edit=(HIDDEN, f'{HIDDEN[:-1]}, kernel_regularizer="l2")'),
)
def regularized(answer):
    return answer.facts["shrunk"]


@build.symptom(
    "After a step with sgd {still} of the 4 arrays are what they were. Is trainable "
    "False somewhere? What cannot move cannot learn.",
    edit=(HIDDEN, f"{HIDDEN[:-1]}, trainable=False)"),
)
def cannot_learn(answer):
    still = answer.facts["still"]
    return still > 0 and {"still": str(still)}


@build.symptom(
    "All your weights begin with one value, so the 512 units start alike and learn "
    "alike.\n"
    "Leave kernel_initializer out: Keras then draws them at random.",
    edit=(
        f"{HIDDEN},\n            {LAST}",
        ", ".join(f'{one[:-1]}, kernel_initializer="zeros")' for one in (HIDDEN, LAST)),
    ),
)
def weights_all_alike(answer):
    return answer.facts["constant"]


@build.symptom(
    "Two calls of build gave the same weights. Is the network made outside of the "
    "function, or a seed set in it?\n"
    "Make it inside, and set no seed there.",
    edit=("return keras.Seq", "keras.utils.set_random_seed(6)\n    return keras.Seq"),
)
def the_same_network_again(answer):
    return answer.facts["same"]
