"""6b: the gradient of the weights."""

import re

import numpy as np

from grader.checks import Alternative, exercise, slip

from . import drawn, expect_pair, reference, stable_softmax

gradient = exercise(
    "gradients",
    hints=(
        "First the logits and p, then dz as in lesson 5. What multiplies dz_ik in the sum "
        "for W_jk? Over which index is the sum?",
        "A matrix product adds up over the columns of its first factor. The images are the "
        "rows of x, so one factor has to be transposed: its shape tells which.",
        "dz = (stable_softmax(x @ W + b) - y) / len(x). Then (D, n) @ (n, K) for dW, and "
        "the sum of dz over the images, axis 0, for db.",
    ),
    alternative=Alternative(
        code="""
            def gradients(x, y, W, b):
                dz = (stable_softmax(x @ W + b) - y) / len(x)
                return np.einsum("ij,ik->jk", x, dz), np.einsum("ik->k", dz)
        """,
        why=(
            "einsum names the indices as the formulas do: what is missing after the "
            "arrow is added up. The price: one more notation to learn, and it is "
            "slower than @ for large arrays."
        ),
    ),
)
gradient.slips(
    slip(
        "parentheses forgotten",
        "Only y is divided by n, because / comes before -.\n"
        "Put parentheses around the difference.",
        "(stable_softmax(_) - y) / len(x) -> stable_softmax(_) - y / len(x)",
    ),
    slip(
        "y left out",
        "Your gradient begins with p, without y. Then every image would pull the same "
        "way.\n"
        "Subtract y: it begins with p - y.",
        "_p - y -> _p",
    ),
    slip(
        "b left out",
        "b is missing in the logits. While the biases are 0, you cannot see it.",
        "x @ W + b -> x @ W",
    ),
    slip(
        "W left out",
        "W is missing in the logits, so p does not depend on the image.",
        "x @ W + b -> np.zeros((len(x), len(b))) + b",
    ),
    slip(
        "no softmax",
        "You subtracted y from the logits.\nTurn them into probabilities first.",
        "stable_softmax(_) -> _",
    ),
    slip(
        "softmax twice",
        "Softmax is applied twice. p is the softmax of the logits.",
        "stable_softmax(_) -> stable_softmax(stable_softmax(_))",
    ),
    slip(
        "softmax of the columns",
        "Your softmax goes down the columns. Each row is one image, and its own sum "
        "is 1.\n"
        "Take softmax along axis 1, as stable_softmax does.",
        "stable_softmax(_) -> stable_softmax((_).T).T",
    ),
    slip(
        "classes counted",
        "You divided by the number of classes.\nThe loss is a mean over the images.",
        "(_p - y) / len(x) -> (_p - y) / len(b)",
    ),
    slip(
        "pixels counted",
        "You divided by the number of pixels.\nThe loss is a mean over the images.",
        "(_p - y) / len(x) -> (_p - y) / x.shape[1]",
    ),
    slip(
        "divided by classes too",
        "You also divided by the number of classes.\n"
        "The loss is a mean over images only.",
        "(_p - y) / len(x) -> (_p - y) / y.size",
    ),
    slip(
        "true class only",
        "The label multiplies the difference, so only the true class has a gradient. "
        "The other logits matter too: they are in the denominator of softmax.\n"
        "It is p - y, with no label as a factor.",
        "_p - y -> y * (_p - 1)",
        "_p - y -> y * (_p - y)",
    ),
    slip(
        "derivative of a sigmoid too",
        "You also multiplied by p * (1 - p).\n"
        "Leave that factor out: p - y already contains the derivative of softmax.",
        "stable_softmax(_) - y "
        "-> (stable_softmax(_) - y) * stable_softmax(_) * (1 - stable_softmax(_))",
    ),
    slip(
        "began with dL/dp",
        "You began with -y / p, which is dL/dp.\nStart one step later, at the logits.",
        "stable_softmax(_) - y -> -y / stable_softmax(_)",
    ),
    slip(
        "twice",
        "Your gradients contain a factor of 2, like the gradient of a squared error.\n"
        "Leave it out: the gradient of cross-entropy has none.",
        "_a / len(x) -> 2 * _a / len(x)",
        "_a / len(x) -> 2 * _a",
    ),
    slip(
        "mean squared error",
        "Your gradients contain 2 / y.size, like the gradient of a mean of squares.\n"
        "Cross-entropy has no squares, and its mean is over the images only: divide by "
        "their number.",
        "_a / len(x) -> 2 * _a / y.size",
    ),
    slip(
        "dW transposed",
        "Your dW has a row for each class.\n"
        "It needs the shape of W: a row for each pixel.",
        "x.T @ dz -> dz.T @ x",
    ),
    slip(
        "dW not divided",
        "db is divided by n and dW is not.\nDivide once, in dz, and both have it.",
        "x.T @ dz -> x.T @ dz * len(x)",
    ),
    slip(
        "dW divided again",
        "dW is divided by n a second time.\nDivide once: dz already contains the 1/n.",
        "x.T @ dz -> x.T @ dz / len(x)",
    ),
    slip(
        "db not divided",
        "dW is divided by n and db is not.\nDivide once, in dz, and both have it.",
        "dz.sum(axis=0) -> dz.sum(axis=0) * len(x)",
    ),
    slip(
        "db is 0",
        "db is 0.\nThe biases have a gradient as well: the sum of dz over the images.",
        "dz.sum(axis=0) -> np.zeros(len(b))",
    ),
    slip(
        "mean for sum",
        "You took the mean of dz over the images, and dz already contains the 1/n.\n"
        "Take the sum.",
        "dz.sum(axis=0) -> dz.mean(axis=0)",
    ),
    slip(
        "other axis",
        "You summed dz over the classes.\n"
        "A bias belongs to one class: sum over the images, axis 0.",
        "dz.sum(axis=0) -> dz.sum(axis=1)",
    ),
    slip(
        "whole sum",
        "You summed all of dz to one number. There is one bias for each class.\n"
        "Sum over the images only, axis 0.",
        "dz.sum(axis=0) -> dz.sum()",
    ),
    slip(
        "order of the parts",
        "The two parts are in the wrong order.\nReturn dW, then db.",
        "_dW, dz.sum(axis=0) -> dz.sum(axis=0), _dW",
    ),
    slip(
        "dW only",
        "You returned only dW.\nReturn dW and db.",
        "_dW, dz.sum(axis=0) -> _dW",
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
        "turned round": "You began with y - p.\n"
        "It is p - y: the gradient points uphill.",
        "plus for minus": "y is added.\nSubtract it from p.",
        "minus for plus": "You subtracted b in the logits.\nAdd it.",
        "not divided": "The loss is a mean, and your gradient isn't divided by anything.\n"
        "Divide it by the number of images.",
        "divided twice": "You divided by n twice.\nDo it once, in dz.",
    },
)


@gradient.check
def small_images_of_the_text(attempt):
    """For the two small images and zero weights it gives the numbers of the text."""
    x, y = reference.SMALL_X, reference.SMALL_Y
    answer = attempt.gradients(x, y, np.zeros((3, 2)), np.zeros(2))
    expect_pair(answer, ([[0.25, -0.25], [0.25, -0.25], [-0.5, 0.5]], [0, 0]), 1e-9)


@gradient.check
def agrees_with_centred_differences(attempt, reference, rng, measured):
    """dW and db agree with centred differences of the loss, entry by entry."""
    x, y, W, b = drawn(rng, 6, 5, 4)
    slow_W = [reference.nudged(x, y, W, b, at) for at in np.ndindex(W.shape)]
    # A bias is the weight of a pixel that is always 1.
    ones, both = np.column_stack([np.ones(len(x)), x]), np.vstack([b, W])
    slow_b = [reference.nudged(ones, y, both, 0 * b, (0, k)) for k in range(len(b))]
    answer = attempt.gradients(x, y, W, b)
    want = np.reshape(slow_W, W.shape), np.array(slow_b)
    expect_pair(answer, want, 1e-7)  # worst of 1,000 batches: 1.4e-10
    pairs = zip(answer.value, want, strict=True)
    apart = max(np.abs(np.asarray(yours) - right).max() for yours, right in pairs)
    measured(f"They are at most {apart:.0e} apart.")


@gradient.check
def agrees_on_other_sizes(attempt, reference, rng):
    """It agrees with the solution on other sizes, down to a single image."""
    for n, m, k in ((1, 4, 5), (4, 3, 2), (9, 2, 7)):
        x, y, W, b = drawn(rng, n, m, k)
        expect_pair(
            attempt.gradients(x, y, W, b), reference.gradients(x, y, W, b), 1e-12
        )


@gradient.check
def is_the_gradient_of_a_mean(attempt, reference, rng):
    """The same batch twice has the same gradient, because the loss is a mean."""
    x, y, W, b = drawn(rng, 5, 4, 3)
    twice = np.concatenate([x, x]), np.concatenate([y, y])
    expect_pair(attempt.gradients(*twice, W, b), reference.gradients(x, y, W, b), 1e-9)


FORMULA = (
    1e-12  # 1,000 batches: formulas at most 3e-16 apart, differences 9e-12 or more
)


@gradient.symptom(
    "It is right to about {digits} digits, and no further. Are these centred "
    "differences? They take two losses for each of 7,850 numbers.\n"
    "Write the matrix product.",
    example="""
def gradients(x, y, W, b):
    dW = [nudged(x, y, W, b, at) for at in np.ndindex(W.shape)]
    dz = (stable_softmax(x @ W + b) - y) / len(x)
    return np.reshape(dW, W.shape), dz.sum(axis=0)
""",
)
def differences_instead_of_formulas(answer):
    pairs = list(zip(answer.value, reference.gradients(*answer.args), strict=True))
    if any(np.shape(yours) != right.shape for yours, right in pairs):
        return None
    apart = max(np.abs(np.asarray(yours) - right).max() for yours, right in pairs)
    is_rough = all(np.asarray(yours).dtype == np.float64 for yours, _ in pairs)
    return is_rough and FORMULA < apart < 1e-7 and {"digits": f"{-np.log10(apart):.0f}"}


MATMUL = re.compile(r"\(size (\d+) is different from (\d+)\)")
STAR = re.compile(r"could not be broadcast together with shapes \((.*?)\) \((.*?)\)")


@gradient.symptom(
    "In this line a matrix product has {columns} columns in its first factor and {rows} "
    "rows in its second. The images have to be added up: which factor needs a transpose?",
    edit=("x.T @ dz", "x @ dz"),
)
def images_are_not_added_up(answer):
    raised = answer.raised
    found = raised and MATMUL.search(raised.message)
    if not found or ".T" in raised.source_line:
        return None
    return {"rows": found[1], "columns": found[2]}


@gradient.symptom(
    "The star multiplies entry by entry, and the shapes ({one}) and ({other}) do not "
    "match. What adds up over the shared index?\nUse @ for a matrix product.",
    edit=("x @ W + b", "x * W + b"),
)
def star_for_matrix_product(answer):
    raised = answer.raised
    found = raised and STAR.search(raised.message)
    if not found or "*" not in raised.source_line:
        return None
    return {"one": found[1], "other": found[2]}


@gradient.symptom(
    "You returned a dict.\nReturn two arrays: dW, db.",
    edit=(
        "return x.T @ dz, dz.sum(axis=0)",
        'return {"W": x.T @ dz, "b": dz.sum(axis=0)}',
    ),
)
def returned_a_dict(answer):
    return isinstance(answer.value, dict)


@gradient.symptom(
    "Your db has a row for each image: its shape is {got}, and b has {want}. All images "
    "share the biases.\nAdd up the rows, over axis 0.",
    edit=("dz.sum(axis=0)", "dz"),
)
def bias_not_added_up(answer):
    parts, (x, _, _, b) = answer.value, answer.args
    is_pair = isinstance(parts, (tuple, list)) and len(parts) == 2
    got = np.shape(parts[1]) if is_pair else ()
    return got == (len(x), *b.shape) and {"got": got, "want": b.shape}


@gradient.wrong_answer(
    "Your db keeps a second axis: its shape is {s} instead of {want}.\n"
    "Leave keepdims out here.",
    fill=lambda x, y, W, b: {"s": (1, len(b)), "want": b.shape},
    in_company="Your db keeps a second axis.\nLeave keepdims out here.",
)
def bias_keeps_an_axis(x, y, W, b):
    dz = (stable_softmax(x @ W + b) - y) / len(x)
    return x.T @ dz, dz.sum(axis=0, keepdims=True)


@gradient.wrong_answer(
    "Your dW is exactly {n} times too big, and so is db. The loss is a mean over {n} "
    "images.\nDivide p - y by the number of images.",
    fill=lambda x, y, W, b: {"n": len(x)},
    slip="not divided",
)
def gradient_of_the_sum(x, y, W, b):
    dz = stable_softmax(x @ W + b) - y
    return x.T @ dz, dz.sum(axis=0)


@gradient.wrong_answer(
    "You divided by 2. That is n for the two small images; here there are {n}.\n"
    "Divide by len(x).",
    fill=lambda x, y, W, b: {"n": len(x)},
    in_company="You divided by 2, whatever n is.\nDivide by len(x).",
)
def divided_by_2(x, y, W, b):
    dz = (stable_softmax(x @ W + b) - y) / 2
    return x.T @ dz, dz.sum(axis=0)


@gradient.wrong_answer(
    "These are p and y without a step back to the weights: dz itself has the shape of the "
    "logits. How does a weight reach the logits?"
)
def gradient_at_the_logits(x, y, W, b):
    dz = (stable_softmax(x @ W + b) - y) / len(x)
    return dz, dz.sum(axis=0)


@gradient.wrong_answer(
    "You took the softmax of the images.\n"
    "Softmax belongs after the matrix product, around the logits x @ W + b."
)
def softmax_of_the_images(x, y, W, b):
    dz = (stable_softmax(x) @ W + b - y) / len(x)
    return x.T @ dz, dz.sum(axis=0)


def _right_and_returned(answer):
    """Return the right dW and db, and those that were returned; None for other shapes."""
    right = reference.gradients(*answer.args)
    parts = answer.value
    is_pair = isinstance(parts, (tuple, list)) and len(parts) == 2
    if not is_pair or any(
        np.shape(a) != b.shape for a, b in zip(parts, right, strict=True)
    ):
        return None
    return right, [np.asarray(part, float) for part in parts]


@gradient.symptom(
    "You returned weights and biases after a step with the learning rate {lr}.\n"
    "Return only the gradients; the step comes in 6d.",
    edit=(
        "return x.T @ dz, dz.sum(axis=0)",
        "return W - 0.1 * x.T @ dz, b - 0.1 * dz.sum(axis=0)",
    ),
)
def steps_already(answer):
    if (pair := _right_and_returned(answer)) is None:
        return None
    (dW, db), (mine_W, mine_b) = pair
    _, _, W, b = answer.args
    moved = np.append(W - mine_W, b - mine_b)
    right = np.append(dW, db)
    lr = float(moved @ right / (right @ right))
    is_step = lr > 0 and np.allclose(moved, lr * right, rtol=0, atol=1e-9)
    return is_step and {"lr": f"{lr:.4g}"}


@gradient.symptom(
    "Your dW also contains {reg} * W: that is weight decay, or L2 regularisation.\n"
    "Leave it out: the loss of this lesson has no such term.",
    edit=(
        "return x.T @ dz, dz.sum(axis=0)",
        "return x.T @ dz + 0.01 * W, dz.sum(axis=0)",
    ),
)
def decays_the_weights(answer):
    if (pair := _right_and_returned(answer)) is None:
        return None
    (dW, db), (mine_W, mine_b) = pair
    W = answer.args[2]
    if not W.any() or not np.allclose(mine_b, db, rtol=0, atol=1e-9):
        return None
    extra = (mine_W - dW).ravel()
    reg = float(extra @ W.ravel() / (W.ravel() @ W.ravel()))
    is_decay = abs(reg) > 1e-7 and np.allclose(
        extra, reg * W.ravel(), rtol=0, atol=1e-9
    )
    return is_decay and {"reg": f"{reg:.4g}"}
