"""9b: forward."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from ..raised import product_that_does_not_fit, stands_left
from . import batch, network, reference, stable_softmax

forward = exercise(
    "forward",
    hints=(
        "Four lines, as in the plan. Keep what backward will need.",
        "z1 = x @ W1 + b1, a = np.maximum(z1, 0), then the same for z2. Return z1, a, p.",
        'z2 = a @ params["W2"] + params["b2"]; return z1, a, stable_softmax(z2)',
    ),
    alternative=Alternative(
        code="""
            def forward(x, params):
                W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
                z1 = x @ W1 + b1
                a = np.where(z1 > 0, z1, 0)
                return z1, a, stable_softmax(a @ W2 + b2)
        """,
        why=(
            "The arrays are named as in the plan, so each line matches a line of the "
            "plan. The price: one line before the work begins."
        ),
    ),
)
forward.slips(
    slip(
        "b1 left out",
        "b1 is missing in z1. You can't see that while the biases are zeros.",
        'x @ params["W1"] + params["b1"] -> x @ params["W1"]',
    ),
    slip(
        "b2 left out",
        "b2 is missing in z2. You can't see that while the biases are zeros.",
        'a @ params["W2"] + params["b2"] -> a @ params["W2"]',
    ),
    slip(
        "no relu",
        "There is no relu: a is z1 itself. Without relu's bend at 0, the two layers "
        "are one linear map.\n"
        "relu of z1 is np.maximum(0, z1).",
        "np.maximum(z1, 0) -> z1",
    ),
    slip(
        "largest of all photos",
        "a has one row, the largest z1 of each unit over all images.\n"
        "relu looks at each number separately: np.maximum(0, z1).",
        "np.maximum(z1, 0) -> z1.max(axis=0, keepdims=True)",
    ),
    slip(
        "W1 on its side",
        "You transposed W1 in z1. Its rows are inputs already, as the columns of x "
        "are.\n"
        "Leave .T out: x @ W1.",
        'x @ params["W1"] -> x @ params["W1"].T',
    ),
    slip(
        "W2 on its side",
        "You transposed W2 in z2. Its rows are hidden units already, as the columns "
        "of a are.\n"
        "Leave .T out: a @ W2.",
        'a @ params["W2"] -> a @ params["W2"].T',
    ),
    slip(
        "min for max",
        "You kept the negative numbers.\nrelu keeps the positive ones.",
        "np.maximum(z1, 0) -> np.minimum(z1, 0)",
    ),
    slip(
        "abs for relu",
        "Your hidden layer takes absolute values, so negative numbers become "
        "positive.\n"
        "relu makes them 0.",
        "np.maximum(z1, 0) -> np.abs(z1)",
    ),
    slip(
        "sigmoid for relu",
        "The hidden layer uses a sigmoid.\nUse relu here.",
        "np.maximum(z1, 0) -> 1 / (1 + np.exp(-z1))",
    ),
    slip(
        "leaky relu",
        "Below 0 your relu isn't flat: it is a leaky relu.\nHere relu is 0 there.",
        "np.maximum(z1, 0) -> np.maximum(z1, 0.01 * z1)",
        "np.maximum(z1, 0) -> np.maximum(z1, 0.1 * z1)",
        "np.maximum(z1, 0) -> np.maximum(z1, 0.2 * z1)",
    ),
    slip(
        "tanh for relu",
        "The hidden layer uses tanh.\nUse relu here.",
        "np.maximum(z1, 0) -> np.tanh(z1)",
    ),
    slip(
        "truth values for relu",
        "Your hidden numbers are 0 or 1: they say whether z1 is positive.\n"
        "relu keeps the positive numbers themselves.",
        "np.maximum(z1, 0) -> (z1 > 0) * 1.0",
    ),
    slip(
        "z1 after relu",
        "Your z1 has lost its negative numbers, so it equals a. Did relu work in "
        "place?\n"
        "Make a new array for a, because backward needs z1 as it was.",
        "z1, a, _p -> a, a, _p",
    ),
    slip(
        "order of the parts",
        "The parts are in the wrong order.\nReturn z1, a, p.",
        "z1, a, _p -> a, z1, _p",
        "z1, a, _p -> _p, a, z1",
        "z1, a, _p -> z1, _p, a",
    ),
    slip(
        "p alone",
        "You returned only p.\nGoing backward needs z1 and a as well.",
        "z1, a, _p -> _p",
    ),
    slip(
        "z2 as well",
        "You also returned z2.\nReturn three parts: z1, a, p.",
        "z1, a, _p -> z1, a, z2, _p",
    ),
    slip(
        "z1 for a",
        "z2 was made with z1.\nrelu comes first: the output layer sees a.",
        'a @ params["W2"] -> z1 @ params["W2"]',
    ),
    slip(
        "relu on the output",
        "You applied relu to the output logits too.\n"
        "A logit may be negative; only the hidden layer has a relu.",
        "stable_softmax(_) -> stable_softmax(np.maximum(_, 0))",
    ),
    slip(
        "relu for softmax",
        "You used relu on the output logits.\np is the softmax of the output logits.",
        "stable_softmax(_) -> np.maximum(_, 0)",
    ),
    slip(
        "z2 for a",
        "Your second part is z2, the output logits.\n"
        "It should be a, which is relu of z1.",
        "z1, a, _p -> z1, z2, _p",
    ),
    slip(
        "no softmax",
        "You returned logits for p.\nApply stable_softmax to them.",
        "stable_softmax(_) -> _",
    ),
    slip(
        "softmax twice",
        "You applied softmax twice. p is the softmax of the logits.",
        "stable_softmax(_) -> stable_softmax(stable_softmax(_))",
    ),
    slip(
        "softmax of the columns",
        "Your softmax goes down the COLUMNS. Each row is one image, and should sum to 1.",
        "stable_softmax(_) -> stable_softmax(_.T).T",
    ),
    slip(
        "sigmoid for softmax",
        "The output uses a sigmoid, entry by entry.\nUse softmax here, row by row.",
        "stable_softmax(_) -> 1 / (1 + np.exp(-_))",
    ),
    without=(
        "no keepdims",
        "addend left out",
        "no clip",
        "one too few",
        "one too many",
    ),
    sentences={
        "minus for plus": "You subtracted a bias.\nAdd it.",
    },
)


def expect_forward(answer, want):
    """z1, a and p are as wanted."""
    expect(answer).sequence(3)
    for i, name in enumerate(("z1", "a", "p")):
        expect(answer).its(name, lambda parts, i=i: parts[i]).close_to(want[i])


@forward.check
def runs_the_tiny_image(attempt):
    """The tiny image of the text gives z1 = (1, -1), a = (1, 0), p = (3/4, 1/4)."""
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
    """With logits up to 3000 it still gives probabilities, not nan."""
    largest = 0.0
    while largest < 0.1:  # with one network in a hundred, no score is above 0
        params, (x, _) = network(rng), batch(rng, 6)
        largest = (reference.forward(x, params)[1] @ params["W2"]).max()
    # Scores that are merely large some of the time let half a shift pass.
    params["W2"] *= 3000 / largest
    expect_forward(attempt.forward(x, params), reference.forward(x, params))


@forward.wrong_answer(
    "exp overflowed to inf, and inf/inf is nan.\n"
    "Use stable_softmax, which subtracts the row maximum first."
)
def softmax_overflows(x, params):
    z1, a, _p = reference.forward(x, params)
    e = np.exp(a @ params["W2"] + params["b2"])
    return z1, a, e / e.sum(axis=1, keepdims=True)


@forward.wrong_answer(
    "The logits that reached softmax have one axis, and a batch has two. Did you use "
    "np.max for a? Its second argument is an axis: it takes the largest of all images, "
    "and one row is left.\n"
    "np.maximum compares number by number.",
    raises=("AxisError",),
)
def max_for_maximum(x, params):
    z1 = x @ params["W1"] + params["b1"]
    a = np.max(z1, 0)
    return z1, a, stable_softmax(a @ params["W2"] + params["b2"])


@forward.symptom(
    "In this line {name} is on the left of the product, and images are rows.\n"
    "The input belongs on the left and the weights on the right. The columns of the "
    "input must match the rows of the weights.",
    function="forward",
    edit=('x @ params["W1"]', 'params["W1"] @ x'),
)
def weights_stand_left(answer):
    line = answer.raised.source_line
    left = [name for name in ("W1", "W2") if stands_left(name, line)]
    return product_that_does_not_fit(answer) and left and {"name": left[0]}


@forward.symptom(
    "NumPy has no function relu. Which NumPy function gives the larger of two "
    "numbers, entry by entry?\n"
    "np.maximum(0, z1) gives relu of every entry.",
    function="forward",
    edit=("np.maximum(z1, 0)", "relu(z1)"),
)
def relu_is_not_there(answer):
    is_relu = re.search(r"\brelu\b|'relu'", answer.raised.message)
    return answer.raised.type_name in ("NameError", "AttributeError") and bool(is_relu)


@forward.symptom(
    "An if asks one question, and z1 contains a number for each image and each unit.\n"
    "Choose for all of them at once, without if: np.maximum(0, z1).",
    function="forward",
    edit=("np.maximum(z1, 0)", "z1 if z1 > 0 else 0"),
)
def if_asks_an_array(answer):
    raised = answer.raised
    has_if = re.search(r"\bif\b", raised.source_line)
    return "truth value of an array" in raised.message and bool(has_if)


@forward.symptom(
    "params is a dict: you get its arrays by key, not with a dot.\n"
    'The first is params["W1"].',
    function="forward",
    edit=('params["W1"]', "params.W1"),
)
def dot_for_a_key(answer):
    raised = answer.raised
    return re.search(r"'dict' object has no attribute '[Wb][12]'", raised.message)
