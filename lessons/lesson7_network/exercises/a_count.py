"""7a: count the parameters."""

import numpy as np

from grader.checks import Alternative, Stopped, exercise, expect, slip

count = exercise(
    "total_params",
    hints=(
        "Each output has one weight per input.",
        "And one bias: every output has its own.",
        "One layer: n_in * n_out + n_out. A network: the sum over neighbours in sizes.",
    ),
    alternative=Alternative(
        code="""
            def total_params(sizes):
                pairs = zip(sizes[:-1], sizes[1:], strict=True)
                return sum((n_in + 1) * n_out for n_in, n_out in pairs)
        """,
        why=(
            "A bias is the weight of one more input that is always 1, hence n_in + 1. "
            "The price: the formula for a layer is now in two places."
        ),
    ),
)


# What is right, once more: the solution itself cannot be loaded without Keras.


def dense_params(n_in, n_out):
    return n_in * n_out + n_out


def total_params(sizes):
    return sum(map(dense_params, sizes[:-1], sizes[1:]))


LAYERS = "map(_f, _a[:-1], _b[1:])"
count.slips(
    slip(
        "no biases",
        "The biases are missing.\nEach output of a layer has one.",
        "n_in * n_out + n_out -> n_in * n_out",
    ),
    slip(
        "bias per input",
        "You count a bias for each input.\nIt is each output that adds one.",
        "_ + n_out -> _ + n_in",
    ),
    slip(
        "biases for both",
        "You count biases for inputs and outputs.\nOnly each output has a bias.",
        "_ + n_out -> _ + n_in + n_out",
    ),
    slip(
        "one bias",
        "You count one bias for a whole layer.\nEach of its outputs has its own.",
        "_ + n_out -> _ + 1",
    ),
    slip(
        "sizes added",
        "The two sizes are added.\n"
        "Every input is connected to every output: multiply them.",
        "n_in * n_out + n_out -> n_in + n_out",
    ),
    slip(
        "weights twice",
        "The weights are counted twice.\n"
        "There is one for each pair of input and output.",
        "n_in * n_out + n_out -> 2 * n_in * n_out + n_out",
    ),
    slip(
        "biases for the input",
        "You count biases for the network's input. The input isn't a layer and learns "
        "nothing.\n"
        "Begin with the first Dense layer.",
        "sum(_) -> sum(_) + sizes[0]",
    ),
    slip(
        "first and last",
        "You connect the input directly to the output, without the layers in between.\n"
        "Go through all neighbours in the list: zip(sizes, sizes[1:]).",
        f"{LAYERS} -> map(_f, _a[:1], _b[-1:])",
    ),
    slip(
        "first layer alone",
        "That is only the first layer.\n"
        "Add up the counts of all layers, and return after the loop.",
        f"{LAYERS} -> map(_f, _a[:1], _b[1:])",
    ),
    slip(
        "last layer alone",
        "That is only the last layer.\nAdd up the counts of all layers.",
        f"{LAYERS} -> map(_f, _a[-2:], _b[-1:])",
    ),
    slip(
        "last layer missing",
        "The last layer is missing. There is one layer fewer than there are sizes.\n"
        "Go through all neighbours in the list: zip(sizes, sizes[1:]).",
        f"{LAYERS} -> map(_f, _a[:-2], _b[1:])",
    ),
    slip(
        "first layer missing",
        "The first layer is missing. It goes from the first size to the second.\n"
        "Go through all neighbours in the list: zip(sizes, sizes[1:]).",
        f"{LAYERS} -> map(_f, _a[1:], _b[2:])",
    ),
    slip(
        "two by two",
        "You take the sizes two by two.\n"
        "A size in the middle belongs to two layers: it is the output of one and the "
        "input of the next.",
        f"{LAYERS} -> map(_f, _a[:-1:2], _b[1::2])",
    ),
    slip(
        "first size for all",
        "You take the network's inputs for each layer.\n"
        "The inputs of a layer are the outputs of the layer before it.",
        f"{LAYERS} -> map(_f, _a[:1] * len(_b), _b[1:])",
    ),
    slip(
        "one layer too many",
        "You count one layer too many. There is one layer fewer than there are sizes.\n"
        "Go through all neighbours in the list: zip(sizes, sizes[1:]).",
        f"{LAYERS} -> map(_f, _a, _b[1:] + _b[-1:])",
        f"{LAYERS} -> map(_f, _a[:1] + _a, _b)",
    ),
    slip(
        "layers multiplied",
        "You multiply the counts of the layers.\nAdd them up.",
        "sum(_) -> np.prod(list(_), dtype=object)",
    ),
    slip(
        "units counted",
        "You count the units.\nCount their weights and biases.",
        "sum(_) -> sum(sizes[1:])",
    ),
    slip(
        "sizes summed",
        "You add up the sizes, which are numbers of units.\n"
        "Count the weights and biases of each layer.",
        "sum(_) -> sum(sizes)",
    ),
    slip(
        "sizes multiplied",
        "You multiply all sizes. A layer connects only two neighbours.\n"
        "Count each pair of neighbours as a layer, and add these counts up.",
        "sum(_) -> np.prod(sizes, dtype=object)",
    ),
    without=("factor left out", "addend left out", "one too few", "one too many"),
    right=total_params,
)


@count.check
def adds_up_what_a_layer_has(attempt):
    """The count of a network is the sum of its layers' counts."""
    sizes = [784, 128, 64, 10]
    try:
        layers = map(attempt.dense_params, sizes, sizes[1:])
        own = sum(expect(layer).integer() for layer in layers)
        total = attempt.total_params(sizes)
        number = expect(total).integer()
    except Stopped:
        return  # another check reports what is missing or fails
    # Reported only if both are wrong: a wrong layer doesn't show here.
    if number != own:
        expect(total).equals(total_params(sizes))


@count.check
def counts_the_pages_layers(attempt):
    """The network's two layers have 401,920 and 5,130 parameters."""
    expect(attempt.dense_params(784, 512)).equals(401_920)
    expect(attempt.dense_params(512, 10)).equals(5_130)


@count.check
def counts_any_layer(attempt, rng):
    """It counts layers of other sizes."""
    for n_in, n_out in (
        (3, 2),
        rng.choice(np.arange(5, 900), 2, replace=False).tolist(),
    ):
        expect(attempt.dense_params(n_in, n_out)).equals(dense_params(n_in, n_out))


@count.check
def counts_the_pages_network(attempt):
    """The network has 407,050 parameters."""
    expect(attempt.total_params([784, 512, 10])).equals(407_050)


@count.check
def counts_any_network(attempt, rng):
    """It counts networks with fewer and with more layers."""
    deep = rng.choice(np.arange(2, 300), 5, replace=False).tolist()
    for sizes in ([784, 10], [784, 128, 64, 10], deep):
        expect(attempt.total_params(sizes)).equals(total_params(sizes))


# A single layer is described with its own numbers.


@count.wrong_answer(
    "Your count is {biases} too small. It is the number of weights.\n"
    "Each output of the layer has a bias: add n_out.",
    function="dense_params",
    fill=lambda n_in, n_out: {"biases": n_out},
)
def no_biases(n_in, n_out):
    return n_in * n_out


@count.wrong_answer(
    "You count a bias for each input.\nIt is each output that adds one: + {n_out}.",
    function="dense_params",
    fill=lambda n_in, n_out: {"n_out": n_out},
)
def a_bias_per_input(n_in, n_out):
    return n_in * n_out + n_in


@count.wrong_answer(
    "You also count biases for the {n_in} inputs.\nOnly each output has a bias.",
    function="dense_params",
    fill=lambda n_in, n_out: {"n_in": n_in},
)
def biases_for_both(n_in, n_out):
    return n_in * n_out + n_in + n_out


@count.wrong_answer(
    "You count one bias for the whole layer.\nEach of its {n_out} outputs has its own.",
    function="dense_params",
    fill=lambda n_in, n_out: {"n_out": n_out},
)
def one_bias(n_in, n_out):
    return n_in * n_out + 1


@count.wrong_answer(
    "You added the two sizes.\n"
    "Every input is connected to every output: multiply them.",
    function="dense_params",
)
def sizes_added(n_in, n_out):
    return n_in + n_out


@count.wrong_answer(
    "You counted the weights twice.\nThere is one for each pair of input and output.",
    function="dense_params",
)
def weights_twice(n_in, n_out):
    return 2 * n_in * n_out + n_out


@count.wrong_answer(
    "Your function always returns the count of one layer.\nUse n_in and n_out.",
    function="dense_params",
)
def the_pages_layer(n_in, n_out):
    return 401_920


@count.wrong_answer(
    "Your function always returns the count of one network.\nUse sizes."
)
def the_pages_network(sizes):
    return 407_050


@count.wrong_answer(
    "You always add up two layers. There may be more or fewer sizes.\n"
    "Go through all neighbours in the list: zip(sizes, sizes[1:]).",
    raises=("IndexError",),
)
def two_layers_only(sizes):
    return (sizes[0] + 1) * sizes[1] + (sizes[1] + 1) * sizes[2]
