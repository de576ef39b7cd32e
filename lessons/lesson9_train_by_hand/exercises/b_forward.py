"""9b: forward."""

import numpy as np

from grader.checks import exercise, expect

from . import batch, network, reference, stable_softmax

forward = exercise(
    "9b",
    "Forward",
    points=15,
    name="forward",
    hints=(
        "Four lines, as in the plan. Keep what backward will need.",
        "z1 = x @ W1 + b1, a = np.maximum(z1, 0), then the same for z2. Return z1, a, p.",
        'z2 = a @ params["W2"] + params["b2"]; return z1, a, stable_softmax(z2)',
    ),
)
forward.slips()


def expect_forward(answer, want):
    """z1, a and p are as wanted."""
    expect(answer).sequence(3)
    for i, name in enumerate(("z1", "a", "p")):
        expect(answer).its(name, lambda parts, i=i: parts[i]).close_to(want[i])


@forward.check
def runs_the_tiny_photo(attempt):
    """The tiny photo of the text gives z1 = (1, -1), a = (1, 0), p = (3/4, 1/4)."""
    tiny, x = reference.TINY, reference.TINY_X
    want = ([[1.0, -1.0]], [[1.0, 0.0]], [[0.75, 0.25]])
    expect_forward(attempt.forward(x, tiny), want)


@forward.check
def agrees_on_random_networks(attempt, reference, rng):
    """z1, a and p agree with the reference, for batches and networks of other sizes."""
    for n, sizes in ((7, (5, 4, 3)), (2, (3, 6, 4)), (1, (4, 2, 5))):
        params, (x, _) = network(rng, sizes), batch(rng, n, sizes)
        expect_forward(attempt.forward(x, params), reference.forward(x, params))


@forward.check
def survives_large_scores(attempt, reference, rng):
    """With scores of about 1000 it still gives probabilities, and no nan."""
    params, (x, _) = network(rng), batch(rng, 6)
    params["W2"] *= 1000
    expect_forward(attempt.forward(x, params), reference.forward(x, params))


@forward.mistake(
    "b1 is missing: z1 = x @ W1 + b1. While the biases are 0 one cannot see it."
)
def without_b1(x, params):
    return reference.forward(x, {**params, "b1": 0 * params["b1"]})


@forward.mistake(
    "b2 is missing: z2 = a @ W2 + b2. While the biases are 0 one cannot see it."
)
def without_b2(x, params):
    return reference.forward(x, {**params, "b2": 0 * params["b2"]})


@forward.mistake(
    "There is no relu: a is z1 itself. Without a bend the two layers are one linear map."
)
def without_relu(x, params):
    z1 = x @ params["W1"] + params["b1"]
    return z1, z1, stable_softmax(z1 @ params["W2"] + params["b2"])


@forward.mistake(
    "Your z1 has lost its negative numbers: it is a. Did relu work in place? Make a new "
    "array for a, because backward needs z1 as it was."
)
def z1_after_relu(x, params):
    _z1, a, p = reference.forward(x, params)
    return a, a, p


@forward.mistake(
    "There is a relu on the output scores too. A score may be negative; only the hidden "
    "layer bends."
)
def relu_on_the_output(x, params):
    z1, a, _p = reference.forward(x, params)
    return z1, a, stable_softmax(np.maximum(a @ params["W2"] + params["b2"], 0))


@forward.mistake(
    "You returned the scores z2. Put them through stable_softmax to get p."
)
def scores_for_probabilities(x, params):
    z1, a, _p = reference.forward(x, params)
    return z1, a, a @ params["W2"] + params["b2"]


@forward.mistake("Right parts, wrong order: return z1, a, p.")
def in_another_order(x, params):
    z1, a, p = reference.forward(x, params)
    return a, z1, p


@forward.mistake("You returned p alone. Going backward needs z1 and a as well.")
def only_p(x, params):
    return reference.forward(x, params)[2]


@forward.mistake("z2 was made with z1. relu comes first: z2 = a @ W2 + b2.")
def a_not_used(x, params):
    z1, a, _p = reference.forward(x, params)
    return z1, a, stable_softmax(z1 @ params["W2"] + params["b2"])


@forward.mistake(
    "You kept the negative numbers. relu keeps the positive ones: np.maximum(z1, 0)."
)
def minimum_for_maximum(x, params):
    z1, _a, _p = reference.forward(x, params)
    a = np.minimum(z1, 0)
    return z1, a, stable_softmax(a @ params["W2"] + params["b2"])


@forward.mistake("You returned z2 as well. Return three parts: z1, a, p.")
def z2_as_well(x, params):
    z1, a, p = reference.forward(x, params)
    return z1, a, a @ params["W2"] + params["b2"], p


@forward.mistake("The hidden layer has a sigmoid. Here it is relu: np.maximum(z1, 0).")
def sigmoid_in_the_middle(x, params):
    z1 = x @ params["W1"] + params["b1"]
    a = 1 / (1 + np.exp(-z1))
    return z1, a, stable_softmax(a @ params["W2"] + params["b2"])


@forward.mistake(
    "Your COLUMNS of p sum to 1. Each row is one photo: normalise over axis 1."
)
def softmax_over_photos(x, params):
    z1, a, _p = reference.forward(x, params)
    return z1, a, stable_softmax((a @ params["W2"] + params["b2"]).T).T


@forward.mistake(
    "exp overflowed to inf, and inf/inf is nan. Use stable_softmax, which takes the row "
    "maximum away first."
)
def softmax_overflows(x, params):
    z1, a, _p = reference.forward(x, params)
    e = np.exp(a @ params["W2"] + params["b2"])
    return z1, a, e / e.sum(axis=1, keepdims=True)
