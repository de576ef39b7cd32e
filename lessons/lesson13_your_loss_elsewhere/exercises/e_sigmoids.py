"""13e: the gradients for several labels at once."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import reference

gradient = exercise(
    "sigmoid_gradients",
    hints=(
        "What is dL/dz of one logit? Lesson 4 derived it for a single neuron with this "
        "loss.",
        "It is s - y for each logit. Each is only in the loss of its own label.",
        "dz = (sigmoid(x @ W + b) - y) / len(x), and the rest as in gradients.",
    ),
    alternative=Alternative(
        code="""
            def sigmoid_gradients(x, y, W, b):
                dW, db = np.zeros_like(W), np.zeros_like(b)
                for k in range(len(b)):
                    two = np.zeros((len(x), 2))
                    two[:, 0] = x @ W[:, k] + b[k]
                    both = np.column_stack([y[:, k], 1 - y[:, k]])
                    dz = (stable_softmax(two) - both)[:, 0] / len(x)
                    dW[:, k], db[k] = x.T @ dz, dz.sum()
                return dW, db
        """,
        why=(
            "It takes the text at its word: each label has its own softmax, of (z, 0), "
            "so lesson 6 gives the gradient. The price: a loop, and twice the numbers."
        ),
    ),
)
gradient.slips(
    slip(
        "softmax kept",
        "Your gradients have softmax in them, so what one label gets, the others "
        "lose.\n"
        "Here each label has its own sigmoid.",
        "sigmoid(_) -> stable_softmax(_)",
    ),
    slip(
        "softmax of several labels",
        "These are the gradients of softmax's cross-entropy, for rows that don't sum "
        "to 1.\n"
        "Here each label has its own sigmoid.",
        "sigmoid(_a) - y -> stable_softmax(_a) * y.sum(axis=1, keepdims=True) - y",
    ),
    slip(
        "sigmoids that sum to 1",
        "You divided the sigmoids of a row by their sum, so they compete again.\n"
        "Don't divide: each label has its own probability.",
        "sigmoid(_a) - y -> sigmoid(_a) / sigmoid(_a).sum(axis=1, keepdims=True) - y",
    ),
    slip(
        "sigmoid of softmax",
        "You applied softmax and then sigmoid.\n"
        "Leave softmax out: a label's s is the sigmoid of its logit.",
        "sigmoid(_) -> sigmoid(stable_softmax(_))",
    ),
    slip(
        "began with dL/ds",
        "Your dz is dL/ds, the derivative with respect to the probability.\nOne step is "
        "missing: times ds/dz, which is s * (1 - s).",
        "sigmoid(_a) - y -> (sigmoid(_a) - y) / (sigmoid(_a) * (1 - sigmoid(_a)))",
    ),
    slip(
        "only y divided",
        "You divided only y by the number of rows, not the difference s - y.\n"
        "Put parentheses around the difference.",
        "(_p - y) / len(x) -> _p - y / len(x)",
    ),
    slip(
        "predictions for probabilities",
        "You used whether s is above 1/2, which is 0 or 1.\nUse s itself.",
        "sigmoid(_) -> 1.0 * (sigmoid(_) > 0.5)",
    ),
    slip(
        "biases left out",
        "b is not in your logits.\nThey are x @ W + b.",
        "x @ W + b -> x @ W",
    ),
    slip(
        "labels in the mean",
        "You also divided by the number of labels.\n"
        "The loss is a sum over the labels, and a mean over the rows only.",
        "(_p - y) / len(x) -> (_p - y) / y.size",
    ),
    slip(
        "labels counted",
        "You divided by the number of labels.\nThe loss is a mean over the rows.",
        "(_p - y) / len(x) -> (_p - y) / len(b)",
    ),
    slip(
        "true labels only",
        "Only labels that are true have a gradient in your answer. A label that is "
        "false costs -ln(1 - s), which has one, too.\n"
        "It is s - y for every label.",
        "_p - y -> y * (_p - 1)",
        "_p - y -> y * (_p - y)",
    ),
    slip(
        "derivative of a sigmoid too",
        "You also multiplied by s * (1 - s).\n"
        "s - y already contains the derivative of the sigmoid.",
        "sigmoid(_) - y -> (sigmoid(_) - y) * sigmoid(_) * (1 - sigmoid(_))",
    ),
    slip(
        "twice",
        "Your gradients contain a factor of 2, like the gradient of a squared error.\n"
        "Leave it out: this loss has none.",
        "_a / len(x) -> 2 * _a / len(x)",
    ),
    slip(
        "dW transposed",
        "Your dW has a row for each label.\nIt needs the shape of W: a row for each input.",
        "x.T @ dz -> dz.T @ x",
    ),
    slip(
        "dW not divided",
        "db is divided by n and dW is not.\nDivide once, in dz, and both have it.",
        "x.T @ dz -> x.T @ dz * len(x)",
    ),
    slip(
        "db not divided",
        "dW is divided by n and db is not.\nDivide once, in dz, and both have it.",
        "dz.sum(axis=0) -> dz.sum(axis=0) * len(x)",
    ),
    slip(
        "mean for sum",
        "You took the mean of dz over the rows, and dz already contains the 1/n.\n"
        "Take the sum.",
        "dz.sum(axis=0) -> dz.mean(axis=0)",
    ),
    slip(
        "whole sum",
        "You summed all of dz to one number.\nThere is one bias for each label.",
        "dz.sum(axis=0) -> dz.sum()",
    ),
    slip(
        "order of the parts",
        "The two parts are in the wrong order.\nReturn dW, then db.",
        "_dW, dz.sum(axis=0) -> dz.sum(axis=0), _dW",
    ),
    without=(
        "factor left out",
        "addend left out",
        "columns counted",
        "nothing taken away",
        "one too few",
        "one too many",
        "entries counted",
    ),
    sentences={
        "minus for plus": "b has the wrong sign in your logits.\n"
        "They are x @ W + b; in exp(-z), put z into parentheses.",
        "turned round": "You began with y - s.\nIt is s - y: the gradient points uphill.",
        "not divided": (
            "The loss is a mean over the rows, and your gradient isn't divided by "
            "anything.\n"
            "Divide it by the number of rows."
        ),
        "divided twice": "You divided by n twice.\nDo it once, in dz.",
    },
)


def drawn(rng, n, m, k):
    """Return a random batch with rows of none, one and several labels."""
    x, W, b = rng.normal(size=(n, m)), rng.normal(size=(m, k)), rng.normal(size=k)
    y = rng.integers(2, size=(n, k)).astype(float)
    y[0], y[1], y[2] = 0, 1, np.eye(k)[0]
    return x, y, W, b


def expect_pair(answer, want, tolerance):
    """Expect dW and db to be as wanted."""
    expect(answer).sequence(2)
    for i, name in enumerate(("dW", "db")):
        part = expect(answer).its(name, lambda parts, i=i: parts[i])
        part.close_to(want[i], tolerance)


@gradient.check
def zero_weights(attempt):
    """With zero weights, the gradient of db is 1/2 minus how often a label is true."""
    y = np.array([[1.0, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]])
    x = np.array([[1.0, 0], [0, 2], [3, 0], [0, 4]])
    answer = attempt.sigmoid_gradients(x, y, np.zeros((2, 3)), np.zeros(3))
    dW = [[-0.5, -0.5, 0.5], [-0.75, 0.75, 0.75]]
    expect_pair(answer, (np.array(dW), np.array([-0.5, 0, 0.5])), 1e-9)


@gradient.check
def agrees_with_centred_differences(attempt, rng):
    """dW and db agree with centred differences of binary_loss, entry by entry."""
    for n, m, k in ((6, 5, 4), (9, 2, 3)):
        x, y, W, b = drawn(rng, n, m, k)
        answer = attempt.sigmoid_gradients(x, y, W, b)
        # A bias is the weight of an input that is always 1.
        ones, both = np.column_stack([x, np.ones(n)]), np.vstack([W, b])
        slopes = np.zeros_like(both)
        for at in np.ndindex(both.shape):
            step = np.zeros_like(both)
            step[at] = 1e-5
            up, down = (
                reference.binary_loss(ones, y, both + sign * step, np.zeros(k))
                for sign in (1, -1)
            )
            slopes[at] = (up - down) / 2e-5
        expect_pair(answer, (slopes[:-1], slopes[-1]), 1e-7)


@gradient.check
def large_logits(attempt, reference, rng):
    """Logits of 1000 and -1000 give finite gradients."""
    x, y, W, b = drawn(rng, 5, 3, 2)
    b = np.array([1000.0, -1000.0])
    answer = attempt.sigmoid_gradients(x, y, W, b)
    expect_pair(answer, reference.sigmoid_gradients(x, y, W, b), 1e-9)
