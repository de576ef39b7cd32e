"""The slips of backward, exercise 9c."""

from grader.checks import slip

BACKWARD_SAID = {
    "turned round": "You began with y - p.\nIt is p - y; the gradient points uphill.",
    "plus for minus": "You added y.\nSubtract it from p.",
    "not divided": "The loss is a mean, and your gradient isn't divided by anything.\n"
    "Divide it by the number of images.",
    "divided twice": "You divided by n twice.\nDo it once, at the logits.",
    "comparison turned round": "Your mask is reversed.\n"
    "The gradient passes where the unit was on, and stops where it was off.",
}

BACKWARD_SLIPS = (
    slip(
        "brackets forgotten",
        "Only y is divided, because / comes before -.\n"
        "Put parentheses around the difference.",
        "(p - y) / len(x) -> p - y / len(x)",
    ),
    slip(
        "classes counted",
        "You divided by the number of classes.\nDivide by the number of images.",
        "(p - y) / len(x) -> (p - y) / p.shape[1]",
    ),
    slip(
        "pixels counted",
        "You divided by the number of pixels, x.shape[1].\n"
        "Divide by the number of images.",
        "(p - y) / len(x) -> (p - y) / x.shape[1]",
    ),
    slip(
        "divided by classes too",
        "You also divided by the number of classes.\n"
        "The loss is a mean only over the images.",
        "(p - y) / len(x) -> (p - y) / p.size",
    ),
    slip(
        "y left out",
        "Your gradient begins with p, without y. Every image would pull the same way.\n"
        "Subtract y: it begins with p - y.",
        "p - y -> p",
    ),
    slip(
        "slope of a sigmoid too",
        "You multiplied by p * (1 - p) as well.\n"
        "Leave that factor out: p - y already includes the derivative of softmax.",
        "p - y -> (p - y) * p * (1 - p)",
    ),
    slip(
        "began with dL/dp",
        "You began with -y / p, which is dL/dp.\n"
        "Begin one step further back, at the logits.",
        "p - y -> -y / p",
    ),
    slip(
        "twice",
        "Your gradients contain a factor of 2, as the derivative of a squared error "
        "does.\n"
        "Leave it out: the derivative of cross-entropy has none.",
        "_a / len(x) -> 2 * _a / len(x)",
        "_a / len(x) -> 2 * _a",
    ),
    slip(
        "mean squared error",
        "Your gradients contain a factor of 2 / p.size, as the derivative of a mean "
        "of squares over all entries does.\n"
        "Cross-entropy has no squares, and its mean is over the images: divide by "
        "their number.",
        "_a / len(x) -> 2 * _a / p.size",
    ),
    slip(
        "slope of a sigmoid undone",
        "You divided by p * (1 - p), as for a loss of two classes. At the logits, p - "
        "y already includes the derivative of softmax.\n"
        "Don't divide by it.",
        "p - y -> (p - y) / (p * (1 - p))",
    ),
    slip(
        "true class alone",
        "The label multiplies the difference, so only the true class has a gradient. "
        "The other logits change the loss as well.\n"
        "Just subtract y.",
        "p - y -> y * (p - 1)",
        "p - y -> y * (p - y)",
    ),
    slip(
        "no mask",
        "The gradient also passes where z1 < 0, and relu is flat there.\n"
        "Multiply by z1 > 0.",
        "_a * (z1 > 0) -> _a",
    ),
    slip(
        "mask of da",
        "You let the positive entries of da through, whatever z1 is.\n"
        "Let an entry through if its unit was on.",
        "_a * (z1 > 0) -> np.maximum(_a, 0)",
    ),
    slip(
        "z1 for the mask",
        "You multiplied by z1 itself.\n"
        "relu's derivative is 1 where z1 > 0, and 0 elsewhere.",
        "_a * (z1 > 0) -> _a * z1",
    ),
    slip(
        "a for the mask",
        "You multiplied by a itself.\n"
        "relu's derivative is 1 where z1 > 0, and 0 elsewhere.",
        "_a * (z1 > 0) -> _a * a",
    ),
    slip(
        "slope of a sigmoid",
        "Your hidden layer has the derivative of a sigmoid, a * (1 - a).\n"
        "relu's derivative is 1 where z1 > 0, and 0 elsewhere.",
        "_a * (z1 > 0) -> _a * a * (1 - a)",
    ),
    slip(
        "slope of a tanh",
        "Your hidden layer has the derivative of tanh, 1 - a^2.\n"
        "relu's derivative is 1 where z1 > 0, and 0 elsewhere.",
        "_a * (z1 > 0) -> _a * (1 - a**2)",
    ),
    slip(
        "hidden layer divided again",
        "You divided the hidden gradients by n again.\n"
        "Divide once: dz2 already contains the 1/n.",
        "_a * (z1 > 0) -> _a * (z1 > 0) / len(x)",
    ),
    slip(
        "hidden layer not divided",
        "dW1 and db1 lack the 1/n that dW2 and db2 have.\n"
        "Divide once, in dz2, and all four have it.",
        "_a * (z1 > 0) -> _a * (z1 > 0) * len(x)",
    ),
    slip(
        "b1 before relu",
        "db1 was added up before relu let anything through.\n"
        "It belongs to dz1, not da.",
        'dz1.sum(axis=0) -> (dz2 @ params["W2"].T).sum(axis=0)',
    ),
    slip(
        "W2 on its side",
        "dW2 is transposed: it must have the shape of W2.\nIt is a.T @ dz2.",
        "a.T @ dz2 -> dz2.T @ a",
    ),
    slip(
        "W1 on its side",
        "dW1 is transposed: it must have the shape of W1.\nIt is x.T @ dz1.",
        "x.T @ dz1 -> dz1.T @ x",
    ),
    slip(
        "z1 for a",
        "You made dW2 with z1.\nz2 = a W2 + b2, so a weight of W2 is multiplied by a.",
        "a.T @ dz2 -> z1.T @ dz2",
    ),
    slip(
        "biases not divided",
        "The biases lack the 1/n that the weights have.\nDivide once, in dz2.",
        '{"W1": _a, "b1": _b.sum(axis=0), "W2": _c, "b2": _d.sum(axis=0)} '
        '-> {"W1": _a, "b1": _b.sum(axis=0) * len(x), "W2": _c, "b2": _d.sum(axis=0) * len(x)}',
    ),
    slip(
        "mean for sum",
        "Your biases take the mean over the images. dz2 already contains the 1/n.\n"
        "So add up.",
        '{"W1": _a, "b1": _b.sum(axis=0), "W2": _c, "b2": _d.sum(axis=0)} '
        '-> {"W1": _a, "b1": _b.mean(axis=0), "W2": _c, "b2": _d.mean(axis=0)}',
        "dz1.sum(axis=0) -> dz1.mean(axis=0)",
        "dz2.sum(axis=0) -> dz2.mean(axis=0)",
    ),
    slip(
        "other axis",
        "The biases are added up over the units or classes.\nAdd up over the images.",
        '{"W1": _a, "b1": _b.sum(axis=0), "W2": _c, "b2": _d.sum(axis=0)} '
        '-> {"W1": _a, "b1": _b.sum(axis=1), "W2": _c, "b2": _d.sum(axis=1)}',
        "dz1.sum(axis=0) -> dz1.sum(axis=1)",
        "dz2.sum(axis=0) -> dz2.sum(axis=1)",
    ),
)
