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
    gradients,
    network_of,
    recognised,
    weights_after,
)
from ..symptoms import seen_in_facts

build = exercise(
    "build",
    hints=(
        "Copy the list of softmax_regression. Which entry is missing, and where?",
        "Three entries: the input, the hidden layer, the output layer.",
        'keras.Input((784,)), layers.Dense(512, activation="relu"), '
        'layers.Dense(10, activation="softmax")',
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
            "a Sequential can't do that. The price: you pass each layer its input."
        ),
    ),
)


@fixture
def built(attempt):
    """The learner's network as build() returns it; its weights stay as they are."""
    return network_of(attempt.build())


@fixture
def twins(attempt, built):
    """A second network, and the first weights of both."""
    second = network_of(attempt.build())
    return second, built.call("get_weights"), second.call("get_weights")


@fixture
def known(twins):
    """The second network, with known weights."""
    return given_weights(twins[0])


MOST_LAYERS = 50  # the network has two; a hostile model may have no end
SHAPES = sorted([(784, 512), (512,), (512, 10), (10,)])


@build.check
def is_built(built):
    """It returns a Keras model that knows its input, so it has weights."""
    count = expect(built.call("count_params"), type=built.type_name)
    count.holds(count.integer() > 0, "It has no weights yet.")


@build.check
def has_two_layers(built):
    """It has the weights of the two layers, 407,050 in all, and no others."""
    answer = built.call("get_weights")
    arrays = arrays_of(answer)
    shapes = [array.shape for array in arrays]
    expect(answer).holds(
        sorted(shapes) == SHAPES,
        "Its arrays have the shapes {shapes}, {count} numbers in all. They should be "
        "(784, 512), (512,), (512, 10), (10,), 407050 in all.",
        shapes=", ".join(map(str, shapes)),
        count=str(sum(array.size for array in arrays)),
        seen=shapes,
    )


def expect_right_answers(answer, rows):
    """Require the right answers to these rows from a network with known weights."""
    p = expect(answer).array(shape=(len(rows), 10))
    facts = {**recognised(rows, p), "sum": float(p[0].sum())} if len(rows) > 1 else {}
    expect(answer, **facts).close_to(forward(rows), tolerance=FLOAT32)


@build.check
def computes_softmax_of_relu(known):
    """It computes softmax(relu(x W1 + b1) W2 + b2), and its rows sum to 1."""
    answer = known.call("__call__", X)
    expect_right_answers(answer, X)
    expect(answer).its("row sums", lambda p: p.sum(axis=1)).all_close_to(1, 1e-5)
    expect_right_answers(known.call("__call__", LARGE), LARGE)


@build.check
def predicts_what_it_computes(known):
    """predict gives the same numbers, each time."""
    # Compiled to a graph, it takes three times as long.
    known.call("__setattr__", "run_eagerly", True)
    for rows in (X, X[:1]):
        expect_right_answers(known.call("predict", rows, verbose=0), rows)


@build.check
def has_nothing_more(built):
    """It has no other layers: no dropout, no noise."""
    for layer in itertools.islice(layers_of(built), MOST_LAYERS):
        is_more = any("Dropout" in base or "Noise" in base for base in layer.bases)
        answer = layer.get("name")
        expect(answer, layer=layer.type_name).holds(
            not is_more, "It also has a {layer}."
        )


@build.check
def is_the_same_in_training(attempt):
    """In training it computes the same, and one step changes all of its weights."""
    model = given_weights(network_of(attempt.build()))
    answer = model.call("__call__", X, training=True)
    p = expect(answer).array(shape=(len(X), 10))
    expect(answer, in_training=True).holds(
        np.allclose(p, forward(X), rtol=0, atol=FLOAT32),
        "In training it gives different answers from predict.",
    )
    model.call(
        "compile", loss="categorical_crossentropy", optimizer="sgd", run_eagerly=True
    )
    answer, after = weights_after(model, (X, Y))
    pairs = list(zip(after, WEIGHTS, gradients(X, Y), strict=True))
    still = sum(np.array_equal(new, old) for new, old, _ in pairs)
    # A float32 weight of 0.1 is stored to 8e-9; the step is 0.01 times the gradient.
    is_step = all(
        np.allclose(new, old - 0.01 * g, rtol=0, atol=1e-6) for new, old, g in pairs
    )
    shrunk = not is_step and is_shrunk(pairs)
    expect(answer, still=still, shrunk=shrunk).holds(
        is_step,
        "One step with sgd doesn't follow the gradient; {still} of its 4 arrays did not "
        "change.",
    )


def is_shrunk(pairs):
    """Return whether a step has also shrunk an array by a fraction of itself."""
    for new, old, gradient in pairs:
        more = old - 0.01 * gradient - new
        fraction = float((more * old).sum() / (old * old).sum())
        # A weight is stored to 8e-9, and Keras's usual rate for such a fraction is 2e-4.
        if fraction > 1e-6 and np.allclose(more, fraction * old, rtol=0, atol=2e-8):
            return True
    return False


def layers_of(model, depth=5):
    """Yield the layers of a model, and those of its inner models."""
    for layer in expect(model.get("layers")).sequence():
        if isinstance(layer, RemoteObject):
            yield layer
            if "Model" in layer.bases and depth:
                yield from layers_of(layer, depth - 1)


@build.check
def builds_a_new_one_each_time(twins):
    """Two calls give two networks, each with its own random weights."""
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
    """Return the edit that removes an entry of the list, or replaces it."""
    return f"            {code},\n", instead and f"            {instead},\n"


# Other weights.


@build.symptom(
    "Your hidden layer takes rows of 28 numbers. Is the input (28, 28)? Prepared images "
    "are flat.\n"
    "The input is (784,).",
    edit=("(784,)", "(28, 28)"),
)
def rows_of_28(answer):
    return (28, 512) in answer.facts["seen"]


@build.symptom(
    "Your hidden layer takes rows of one number, so it sees one pixel at a time. Does the "
    "input have a second axis?\n"
    "The input is (784,).",
    edit=("(784,)", "(784, 1)"),
)
def rows_of_1(answer):
    return (1, 512) in answer.facts["seen"]


@build.symptom(
    "Your model takes images of shape (28, 28), but prepare() has already flattened "
    "them.\n"
    "The input is (784,).",
    edit=without(INPUT, "keras.Input((28, 28)), layers.Flatten()"),
)
def flattens_itself(answer):
    said = answer.raised.message
    return answer.target != "build" and "28, 28" in said and "shape" in said


@build.symptom(
    "Biases are missing: {missing}. Did you write use_bias=False? Each output has a "
    "bias.\n"
    "Leave use_bias out.",
    edit=(HIDDEN, f"{HIDDEN[:-1]}, use_bias=False)"),
)
def built_without_biases(answer):
    seen = answer.facts["seen"]
    missing = [str(n) for n in (512, 10) if (n,) not in seen]
    is_else_right = sorted(s for s in seen if len(s) == 2) == [(512, 10), (784, 512)]
    is_seen = is_else_right and missing and len(seen) + len(missing) == 4
    return is_seen and {"missing": " + ".join(missing)}


@build.symptom(
    "The two sizes are swapped.\n"
    "The hidden layer has 512 units, and the last layer has one for each of the 10 "
    "digits.",
    edit=(
        f"{HIDDEN},\n            {LAST}",
        'layers.Dense(10, activation="relu"), layers.Dense(512, activation="softmax")',
    ),
)
def sizes_swapped(answer):
    return (784, 10) in answer.facts["seen"] and (10, 512) in answer.facts["seen"]


@build.symptom(
    "There is no hidden layer: the 784 inputs go straight to the 10 outputs.\n"
    "Put a Dense layer of 512 units between them.",
    edit=without(HIDDEN),
)
def no_hidden_layer(answer):
    seen = answer.facts["seen"]
    return (784, 10) in seen and len(seen) <= 2


@build.symptom(
    "It has {n} arrays, and two Dense layers have four. Is there a third layer?\n"
    "Keep two: one of 512 units, and one of 10.",
    edit=without(LAST, f'layers.Dense(512, activation="relu"), {LAST}'),
)
def a_third_layer(answer):
    n = len(answer.facts["seen"])
    return n > 4 and {"n": str(n)}


@build.symptom(
    "The hidden layer has {units} units, but the exercise gives a different number.\n"
    "It should have 512.",
    edit=("Dense(512", "Dense(128"),
)
def another_width(answer):
    inputs, units, _ = sizes_of(answer)
    return inputs == 784 and units != 512 and {"units": units}


@build.symptom(
    "Units of your last layer: {units}. There are ten digits, and each needs one unit.\n"
    "Write layers.Dense(10, ...).",
    edit=("Dense(10", "Dense(1"),
)
def another_last_width(answer):
    *before, units = sizes_of(answer)
    return before == [784, 512] and units != 10 and {"units": units}


@build.symptom(
    "Your first layer takes rows of {inputs} numbers. A prepared image is a row of 784.\n"
    "The input is (784,).",
    edit=("(784,)", "(512,)"),
)
def another_input(answer):
    inputs, *_ = sizes_of(answer)
    return inputs != 784 and {"inputs": inputs}


def sizes_of(answer):
    """Return the inputs, hidden units and outputs of two consecutive layers."""
    matrices = [shape for shape in answer.facts["seen"] if len(shape) == 2]
    ((inputs, units), (_, outputs)) = next(
        pair for pair in itertools.permutations(matrices) if pair[0][1] == pair[1][0]
    )
    return inputs, units, outputs


# Networks that compute something else.

seen_in_facts(
    build,
    "hidden",
    {
        "no_hidden_activation": (
            ("linear",),
            (HIDDEN, "layers.Dense(512)"),
            "The hidden layer's activation is {hidden}, so two Dense layers are one "
            "linear map.\n"
            "Use relu.",
        ),
        "hidden_softmax": (
            ("softmax",),
            ("relu", "softmax"),
            "The hidden layer's activation is softmax. Its 512 outputs sum to 1, so "
            "hardly anything of each is passed on.\n"
            "Use relu.",
        ),
        "hidden_stops_at_6": (
            ("relu6",),
            ("relu", "relu6"),
            "No hidden unit of yours goes beyond 6, as with relu6, or with ReLU and "
            "max_value=6.\n"
            "Use relu, which has no upper limit.",
        ),
        "another_hidden_activation": (
            ("sigmoid", "tanh", "elu", "leaky_relu", "softplus", "silu", "gelu"),
            ("relu", "sigmoid"),
            "The hidden layer's activation is {hidden}, but the exercise gives a "
            "different one.\n"
            "Use relu.",
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
            "The last layer has no softmax, but the loss expects probabilities. Keras "
            "doesn't complain, and the network learns badly: after one epoch, 20 such "
            "networks classified 10 to 43 of 100 test images correctly.",
        ),
        "softmax_twice": (
            ("softmax twice",),
            without(LAST, f"{LAST}, layers.Softmax()"),
            "Softmax is applied twice, which makes the ten probabilities nearly "
            "equal.\n"
            "Keep one of the two.",
        ),
        "log_softmax_last": (
            ("log_softmax",),
            ("softmax", "log_softmax"),
            "log_softmax gives the logarithms of the probabilities, which a PyTorch "
            "loss takes.\n"
            "Keras's loss and your cross_entropy take the probabilities: use softmax.",
        ),
        "relu_last": (
            ("relu",),
            ("softmax", "relu"),
            "The last layer ends with relu, which can give ten zeros. Then 0/0 makes "
            "the loss nan.\n"
            "It needs softmax.",
        ),
    },
)


@build.symptom(
    "sigmoid gives ten independent yes/no answers; a row of yours sums to {sum}.\n"
    "Use softmax.",
    edit=("softmax", "sigmoid"),
)
def sigmoid_last(answer):
    return answer.facts["output"] == "sigmoid" and {"sum": f"{answer.facts['sum']:.2f}"}


@build.symptom(
    "Your network has a {layer} layer. That can be a good idea, but this network has "
    "only two Dense layers.\n"
    "Leave it out here.",
    edit=without(LAST, f"layers.Dropout(0.2), {LAST}"),
)
def dropout(answer):
    return "layer" in answer.facts


@build.symptom(
    "In training your network gives different answers from predict. Does it contain "
    "your own layer, which drops or adds something? This network has none.",
    edit=(
        LAST,
        f"type('Quiet', (layers.Layer,), {{'call': lambda self, x, training=None: "
        f"keras.random.dropout(x, 0.2) if training else x}})(), {LAST}",
    ),
)
def other_in_training(answer):
    return answer.facts["in_training"]


@build.symptom(
    "A step with sgd has also shrunk weights by a fraction of themselves. Is there a "
    "regularizer? These two layers have none.\n"
    "Leave the regularizer out here.",
    edit=(HIDDEN, f'{HIDDEN[:-1]}, kernel_regularizer="l2")'),
)
def regularized(answer):
    return answer.facts["shrunk"]


@build.symptom(
    "After a step with sgd, {still} of the 4 arrays are unchanged. Is trainable False "
    "somewhere? Then those weights can't learn.",
    edit=(HIDDEN, f"{HIDDEN[:-1]}, trainable=False)"),
)
def cannot_learn(answer):
    still = answer.facts["still"]
    return still > 0 and {"still": str(still)}


@build.symptom(
    "All your weights begin with the same value, so the 512 units start alike and learn "
    "alike.\n"
    "Leave kernel_initializer out: Keras then draws random weights.",
    edit=(
        f"{HIDDEN},\n            {LAST}",
        ", ".join(f'{one[:-1]}, kernel_initializer="zeros")' for one in (HIDDEN, LAST)),
    ),
)
def weights_all_alike(answer):
    return answer.facts["constant"]


@build.symptom(
    "Two calls of build gave the same weights. Do you make the network outside the "
    "function, or set a seed inside?\n"
    "Make it inside, and don't set a seed there.",
    edit=("return keras.Seq", "keras.utils.set_random_seed(6)\n    return keras.Seq"),
)
def the_same_network_again(answer):
    return answer.facts["same"]
