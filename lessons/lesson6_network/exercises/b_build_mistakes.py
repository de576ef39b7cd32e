"""6b: networks with other weights than the page's, and those that compute otherwise."""

import itertools

from ..symptoms import seen_in_facts
from .b_build import HIDDEN, INPUT, LAST, build, without

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
