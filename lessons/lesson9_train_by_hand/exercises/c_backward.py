"""9c: backward."""

import ast

import numpy as np

from grader.checks import exercise, expect

from . import (
    PARTS,
    batch,
    drawn_away_from_kinks,
    expect_parts,
    expect_shapes,
    network,
    reference,
)

backward = exercise(
    "9c",
    "Backward",
    points=35,
    name="backward",
    hints=(
        "Start at the end: dz2 = (p - y) / n. Everything else is a product with it.",
        "The shapes tell you which side transposes: dW2 must match W2, so a.T @ dz2.",
        'dz1 = (dz2 @ params["W2"].T) * (z1 > 0); then dW1 and db1 as dW2 and db2.',
    ),
)
backward.slips()


def centred_differences(reference, x, y, params):
    """The gradients without any formula: by wiggling, on copies."""
    return reference.numeric_grads(x, y, {k: v.copy() for k, v in params.items()})


FORMULA = 1e-12
LIBRARIES = {"autograd", "jax", "keras", "tensorflow", "torch"}
# What this lesson's files import, or may well.
COMMON = {
    "__future__", "collections", "functools", "grader", "itertools", "lessons", "math",
    "matplotlib", "numpy", "random", "rich", "time", "typing",
}  # fmt: skip
# Names that lead to a library without an import line.
WAYS = {"compile", "eval", "exec", "getattr", "globals", "locals", "vars"}


def imported(tree):
    """The libraries that a file imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def ways_round(tree):
    """What in a file could load a library whose name stands nowhere."""
    yield from set(imported(tree)) - COMMON
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", "")
        if name in WAYS or (name.startswith("__") and name != "__name__"):
            yield name


def uses_what_it_is_given(attempt, reference, rng):
    """Whether the answer changes with z1, a and p, x and the parameters as before."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 3)
    shifted = {**params, "b1": params["b1"] + rng.normal(size=4)}
    answer = attempt.backward(x, y, params, *reference.forward(x, shifted))
    before = reference.backward(x, y, params, *kept)
    expect_shapes(answer, (5, 4, 3))
    return not all(np.allclose(answer.value[n], before[n], 0, 1e-9) for n in PARTS)


@backward.check
def has_the_shapes_of_params(attempt, reference, rng):
    """It returns dW1, db1, dW2, db2 under the keys of params, each in its own shape."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    expect_shapes(attempt.backward(x, y, params, *kept), (5, 4, 3))


@backward.check
def output_layer_passes_the_gradient_check(attempt, reference, rng):
    """dW2 and db2 agree with centred differences on a 5-4-3 network."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    answer = attempt.backward(x, y, params, *kept)
    want = centred_differences(reference, x, y, params)
    for name in ("W2", "b2"):
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.close_to(want[name], tolerance=1e-7)  # worst of 2,000 networks: 4e-10


@backward.check
def hidden_layer_passes_the_gradient_check(attempt, reference, rng):
    """dW1 and db1 agree with centred differences on a 5-4-3 network."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    answer = attempt.backward(x, y, params, *kept)
    want = centred_differences(reference, x, y, params)
    for name in ("W1", "b1"):
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.close_to(want[name], tolerance=1e-7)  # worst of 2,000 networks: 4e-10


@backward.check
def agrees_on_other_sizes(attempt, reference, rng):
    """All four agree with the reference on other batches, down to a single photo."""
    for n, sizes in ((4, (3, 6, 2)), (1, (4, 3, 5)), (9, (2, 7, 4))):
        params, (x, y) = network(rng, sizes), batch(rng, n, sizes)
        kept = reference.forward(x, params)
        want = reference.backward(x, y, params, *kept)
        # Formulas, photo by photo or at once: at most 9e-16 apart in 6,000 networks.
        # Centred differences: at least 4e-12 off.
        expect_parts(attempt.backward(x, y, params, *kept), want, FORMULA)


@backward.check
def is_the_gradient_of_a_mean(attempt, reference, rng):
    """The same batch twice gives the same gradient: the loss is a mean."""
    x, y, params, *_ = drawn_away_from_kinks(reference, rng, 5)
    twice = np.concatenate([x, x]), np.concatenate([y, y])
    want = reference.backward(x, y, params, *reference.forward(x, params))
    kept = reference.forward(twice[0], params)
    expect_parts(attempt.backward(*twice, params, *kept), want, 1e-9)


@backward.check
def is_written_by_hand(attempt, reference, rng):
    """It is written in numpy alone: no library takes the gradient."""
    answer = attempt.backward(*drawn_away_from_kinks(reference, rng, 3))
    found = min(LIBRARIES.intersection(imported(attempt.tree)), default="")
    expect(answer, library=found).holds(
        not found,
        "This lesson is written in numpy alone, and your file imports {library}.",
    )
    # Neither alone is wrong: z1, a and p may be computed anew, and eval be of use.
    ways = min(ways_round(attempt.tree), default="")
    if ways and not uses_what_it_is_given(attempt, reference, rng):
        expect(answer, ways=ways).holds(
            False,
            "Your answer is the same whatever z1, a and p are, and your file can load "
            "any library, by {ways}. Write backward with z1, a and p, in numpy alone, "
            "and leave {ways} out.",
        )


@backward.symptom(
    "{library} can take the gradient for you; here you write it in numpy. "
    "Delete the line that imports it.",
    example="""
def by_library():
    import torch
""",
)
def taken_by_a_library(answer):
    return bool(answer.facts.get("library")) and {"library": answer.facts["library"]}


@backward.symptom(
    "It is right to {digits} digits or so, and no further. Are these centred "
    "differences? They are far too slow for exercise 9e: write the formulas of the text.",
    example="""
def backward(x, y, params, z1, a, p):
    return numeric_grads(x, y, {name: array.copy() for name, array in params.items()})
""",
)
def differences_instead_of_formulas(answer):
    x, y, params, *kept = answer.args
    want = reference.backward(x, y, params, *kept)
    parts = [np.asarray(answer.value[name]) for name in PARTS]
    pairs = zip(parts, want.values(), strict=True)
    apart = max(np.abs(part - right).max() for part, right in pairs)
    is_rough = all(part.dtype == np.float64 for part in parts)
    return is_rough and FORMULA < apart < 1e-7 and {"digits": f"{-np.log10(apart):.0f}"}


@backward.symptom(
    "Name each gradient like its parameter: the keys are W1, b1, W2 and b2, without d.",
    of="backward",
    example="""
_right_backward = backward

def backward(x, y, params, z1, a, p):
    grads = _right_backward(x, y, params, z1, a, p)
    return {"d" + name: grad for name, grad in grads.items()}
""",
)
def keys_with_a_d(answer):
    return {"dW1", "db1", "dW2", "db2"} == set(answer.value)


@backward.mistake(
    "Only y is divided, for / goes before -. Put brackets around the difference: "
    "(p - y) / n."
)
def brackets_forgotten(x, y, params, z1, a, p):
    dz2 = p - y / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1, "b1": dz1.sum(0), "W2": a.T @ dz2, "b2": dz2.sum(0)}


@backward.mistake(
    "All four are exactly {n} times too small: you divided by n twice. Do it once, in dz2.",
    numbers=lambda x, y, params, z1, a, p: {"n": len(x)},
)
def divided_twice(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {name: grad / len(x) for name, grad in grads.items()}


@backward.mistake(
    "db1 and db2 are exactly {n} times too big: only the weights were divided by n. "
    "Do it once, in dz2.",
    numbers=lambda x, y, params, z1, a, p: {"n": len(x)},
)
def biases_not_divided(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "b1": grads["b1"] * len(x), "b2": grads["b2"] * len(x)}


@backward.mistake(
    "You let through what is positive in da. What counts is whether the unit was on: "
    "multiply da by (z1 > 0)."
)
def mask_of_da(x, y, params, z1, a, p):
    dz1 = np.maximum((p - y) / len(x) @ params["W2"].T, 0)
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}


@backward.mistake(
    "You multiplied by z1 itself. relu's slope is 1 where z1 > 0: multiply by (z1 > 0)."
)
def z1_for_the_mask(x, y, params, z1, a, p):
    dz1 = ((p - y) / len(x) @ params["W2"].T) * z1
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}


@backward.mistake(
    "The gradient passes where z1 < 0 as well, and relu is flat there: multiply da by "
    "(z1 > 0)."
)
def mask_forgotten(x, y, params, z1, a, p):
    dz1 = (p - y) / len(x) @ params["W2"].T
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}


@backward.mistake(
    "Your mask is the wrong way round: the gradient passes where z1 > 0, and stops "
    "where relu answers 0."
)
def mask_reversed(x, y, params, z1, a, p):
    dz1 = ((p - y) / len(x) @ params["W2"].T) * (z1 < 0)
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}


@backward.mistake(
    "You multiplied by a itself. relu's slope is 1 where z1 > 0: multiply by (z1 > 0)."
)
def a_for_the_mask(x, y, params, z1, a, p):
    dz1 = ((p - y) / len(x) @ params["W2"].T) * a
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}


@backward.mistake(
    "dW2 has shape {s}: it must match W2; try a.T @ dz2.",
    numbers=lambda x, y, params, z1, a, p: {"s": params["W2"].T.shape},
)
def transposed_dW2(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W2": grads["W2"].T}


@backward.mistake(
    "dW1 has shape {s}: it must match W1; try x.T @ dz1.",
    numbers=lambda x, y, params, z1, a, p: {"s": params["W1"].T.shape},
)
def transposed_dW1(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": grads["W1"].T}


@backward.mistake(
    "All four are exactly {n} times too big: the loss is a mean, so divide by the batch size.",
    numbers=lambda x, y, params, z1, a, p: {"n": len(x)},
)
def not_divided(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {name: len(x) * grad for name, grad in grads.items()}


@backward.mistake(
    "All four are exactly {k} times too small: you also divided by the number of classes.",
    numbers=lambda x, y, params, z1, a, p: {"k": p.shape[1]},
)
def divided_by_classes(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {name: grad / p.shape[1] for name, grad in grads.items()}


@backward.mistake(
    "All four have the opposite sign: you began with y - p. It is p - y; the gradient "
    "points uphill."
)
def began_with_y_minus_p(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {name: -grad for name, grad in grads.items()}


@backward.mistake(
    "You forgot to subtract y: dz2 is (p - y) / n. Every photo would pull the same way."
)
def forgot_y(x, y, params, z1, a, p):
    return reference.backward(x, 0 * y, params, z1, a, p)


@backward.mistake(
    "You multiplied by p * (1 - p) as well. p - y has the softmax in it already (lesson 4)."
)
def softmax_twice(x, y, params, z1, a, p):
    dz2 = (p - y) * p * (1 - p) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1, "b1": dz1.sum(0), "W2": a.T @ dz2, "b2": dz2.sum(0)}


@backward.mistake(
    "You began with -y / p, which is dL/dp. Begin one step further back, at the scores: "
    "dz2 = (p - y) / n."
)
def began_with_dp(x, y, params, z1, a, p):
    dz2 = -y / p / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1, "b1": dz1.sum(0), "W2": a.T @ dz2, "b2": dz2.sum(0)}


@backward.mistake(
    "db1 and db2 are exactly {n} times too small: dz2 holds the 1/n already, so add up "
    "over the photos.",
    numbers=lambda x, y, params, z1, a, p: {"n": len(x)},
)
def mean_for_the_biases(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "b1": grads["b1"] / len(x), "b2": grads["b2"] / len(x)}


@backward.mistake(
    "db2 has one number a photo: you added up over the classes. Add up over the photos: "
    "axis 0."
)
def biases_over_axis_1(x, y, params, z1, a, p):
    dz2 = (p - y) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1, "b1": dz1.sum(1), "W2": a.T @ dz2, "b2": dz2.sum(1)}


@backward.mistake(
    "The biases keep a second axis: {s} instead of {want}. Leave keepdims out here.",
    numbers=lambda x, y, params, z1, a, p: {
        "s": (1, len(params["b2"])),
        "want": params["b2"].shape,
    },
)
def biases_keep_an_axis(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "b1": grads["b1"][None], "b2": grads["b2"][None]}


@backward.mistake(
    "dW2 was made with z1. z2 = a W2 + b2, so a weight of W2 is felt through a."
)
def z1_for_a(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W2": z1.T @ ((p - y) / len(x))}


@backward.mistake(
    "Your hidden layer has the slope of a sigmoid, a * (1 - a). relu's slope is 1 where "
    "z1 > 0, and 0 elsewhere."
)
def slope_of_a_sigmoid(x, y, params, z1, a, p):
    dz1 = ((p - y) / len(x) @ params["W2"].T) * a * (1 - a)
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}
