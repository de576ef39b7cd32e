"""9c: backward."""

import numpy as np

from grader.checks import Alternative, exercise, expect

from ..imports import LIBRARIES, imported, ways_round
from ..raised import has_turned, key_with_a_d, product_that_does_not_fit, stands_left
from ..slips import BACKWARD_SAID, BACKWARD_SLIPS
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
    "backward",
    hints=(
        "Start at the end: dz2 = (p - y) / n. Everything else is a product with it.",
        "The shapes tell you which side transposes: dW2 must match W2, so a.T @ dz2.",
        'dz1 = (dz2 @ params["W2"].T) * (z1 > 0); then dW1 and db1 as dW2 and db2.',
    ),
    alternative=Alternative(
        code="""
            def backward(x, y, params, z1, a, p):
                dz2 = (p - y) / len(x)
                dz1 = np.where(z1 > 0, dz2 @ params["W2"].T, 0)
                grads = {}
                for layer, given, dz in ((1, x, dz1), (2, a, dz2)):
                    grads[f"W{layer}"] = given.T @ dz
                    grads[f"b{layer}"] = dz.sum(axis=0)
                return grads
        """,
        why=(
            "A layer's input, transposed, times its dz: you write the rule once, for "
            "any number of layers. The price: a formula for each array is "
            "easier to read."
        ),
    ),
)
backward.slips(
    *BACKWARD_SLIPS,
    without=(
        "factor left out",
        "columns counted",
        "nothing taken away",
        "mean for sum",
        "other axis",
        "one too few",
        "one too many",
        "entries counted",
        "strict",
    ),
    sentences=BACKWARD_SAID,
)


def centred_differences(reference, x, y, params):
    """The gradients without any formula: by centred differences, on copies."""
    return reference.numeric_grads(x, y, {k: v.copy() for k, v in params.items()})


FORMULA = 1e-12


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


def largest_gap(answer, want, names):
    """How far these gradients are from others, at most."""
    pairs = ((np.asarray(answer.value[name]), want[name]) for name in names)
    return max(np.abs(yours - theirs).max() for yours, theirs in pairs)


@backward.check
def output_layer_passes_the_gradient_check(attempt, reference, rng, measured):
    """dW2 and db2 agree with centred differences on a 5-4-3 network."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    answer = attempt.backward(x, y, params, *kept)
    want = centred_differences(reference, x, y, params)
    for name in ("W2", "b2"):
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.close_to(want[name], tolerance=1e-7)  # worst of 2,000 networks: 4e-10
    measured(f"They are at most {largest_gap(answer, want, ('W2', 'b2')):.0e} apart.")


@backward.check
def hidden_layer_passes_the_gradient_check(attempt, reference, rng, measured):
    """dW1 and db1 agree with centred differences on a 5-4-3 network."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    answer = attempt.backward(x, y, params, *kept)
    want = centred_differences(reference, x, y, params)
    for name in ("W1", "b1"):
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.close_to(want[name], tolerance=1e-7)  # worst of 2,000 networks: 4e-10
    measured(f"They are at most {largest_gap(answer, want, ('W1', 'b1')):.0e} apart.")


@backward.check
def agrees_on_other_sizes(attempt, reference, rng):
    """All four agree with the reference on other batches, down to a single image."""
    # One image first: where labels of 0 are divided by, a class that is true of all
    # images is what is left of the numbers.
    for n, sizes in ((1, (4, 3, 5)), (4, (3, 6, 2)), (9, (2, 7, 4))):
        params, (x, y) = network(rng, sizes), batch(rng, n, sizes)
        kept = reference.forward(x, params)
        want = reference.backward(x, y, params, *kept)
        # Formulas, image by image or at once: at most 9e-16 apart in 6,000 networks.
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
    """It is written in plain NumPy: no library takes the gradient."""
    answer = attempt.backward(*drawn_away_from_kinks(reference, rng, 3))
    found = min(LIBRARIES.intersection(imported(attempt.tree)), default="")
    expect(answer, library=found).holds(
        not found,
        "This lesson is written in plain NumPy, and your file imports {library}.",
    )
    # Only both together are wrong: z1, a and p may be computed again, and eval may be useful.
    ways = min(ways_round(attempt.tree), default="")
    if ways and not uses_what_it_is_given(attempt, reference, rng):
        expect(answer, ways=ways).holds(
            False,
            "Your answer is the same whatever z1, a and p are, and your file can "
            "load any library, by {ways}.\n"
            "Write backward with z1, a and p, in plain NumPy, and leave {ways} out.",
        )


@backward.symptom(
    "{library} can take the gradient for you; here you write it in NumPy.\n"
    "Delete the line that imports it.",
    example="""
def by_library():
    import torch
""",
)
def taken_by_a_library(answer):
    return bool(answer.facts.get("library")) and {"library": answer.facts["library"]}


@backward.symptom(
    "It is right to about {digits} digits, and no further. Are these centred "
    "differences? They are far too slow for exercise 9e.\n"
    "Write the formulas of the text.",
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
    "Your keys begin with a d: dW1, db1, dW2 and db2.\n"
    "Name each gradient like its parameter, without the d.",
    function="backward",
    example="""
_right_backward = backward

def backward(x, y, params, z1, a, p):
    grads = _right_backward(x, y, params, z1, a, p)
    return {"d" + name: grad for name, grad in grads.items()}
""",
)
def keys_with_a_d(answer):
    return {"dW1", "db1", "dW2", "db2"} == set(answer.value)


# How each sentence about a product with sides that do not match begins.
SIDES = (
    "In this line a product has {columns} columns on its left and {rows} rows on its "
    "right. "
)


@backward.symptom(
    SIDES
    + "W2 is on the right, as in the forward pass. On the way back, each image comes with a "
    "number for each class and leaves with one for each unit: which shape of W2 does that?",
    function="backward",
    edit=('params["W2"].T', 'params["W2"]'),
)
def W2_as_it_went_forward(answer):
    line = answer.raised.source_line
    is_W2 = "W2" in line.partition("=")[2] and not stands_left("W2", line)
    return is_W2 and not has_turned(line) and product_that_does_not_fit(answer)


@backward.symptom(
    SIDES + "W2 is on the left.\n"
    "Images are rows: dz2 comes first, and W2 transposed after it.",
    function="backward",
    edit=('dz2 @ params["W2"].T', 'params["W2"].T @ dz2'),
)
def W2_stands_left(answer):
    is_left = stands_left("W2", answer.raised.source_line)
    return is_left and product_that_does_not_fit(answer)


@backward.symptom(
    SIDES + "Nothing in it is transposed. Images are the rows of both factors; to add "
    "them up, one of the factors needs a transpose. Which one gives the shape of the weights?",
    function="backward",
    edit=("x.T @ dz1", "x @ dz1"),
)
def input_is_not_transposed(answer):
    line = answer.raised.source_line
    return not has_turned(line) and product_that_does_not_fit(answer)


@backward.symptom(
    "You returned four gradients without names.\n"
    "Return a dict with the keys W1, b1, W2 and b2.",
    function="backward",
    example="""
_right_backward = backward

def backward(x, y, params, z1, a, p):
    return tuple(_right_backward(x, y, params, z1, a, p).values())
""",
)
def gradients_without_names(answer):
    return isinstance(answer.value, (tuple, list)) and len(answer.value) == 4


@backward.symptom(
    "There is no key d{name}: that is the text's name for the gradient of {name}.\n"
    "In the dict its key is that of its parameter: {name}.",
    function="backward",
    edit=('params["W2"].T', 'params["dW2"].T'),
)
def looks_up_a_d(answer):
    return key_with_a_d(answer)


@backward.wrong_answer(
    "The biases keep a second axis: b1 is {s} instead of {want}.\n"
    "Leave keepdims out here.",
    fill=lambda x, y, params, z1, a, p: {
        "s": (1, len(params["b1"])),
        "want": params["b1"].shape,
    },
)
def biases_keep_an_axis(x, y, params, z1, a, p):
    grads = reference.backward(x, y, params, z1, a, p)
    return {**grads, "b1": grads["b1"][None], "b2": grads["b2"][None]}


@backward.symptom(
    "Your gradients of {names} are exactly {n} times too small, as many as there are "
    "images, and the others are right. Did you divide by n twice?\n"
    "Divide once: dz2 already contains 1/n.",
    function="backward",
    edit=("x.T @ dz1", "x.T @ dz1 / len(x)"),
)
def divided_by_n_again(answer):
    x, y, params, *kept = answer.args
    want, n = reference.backward(x, y, params, *kept), len(x)
    small = [
        name
        for name in PARTS
        if np.allclose(answer.value[name] * n, want[name], 0, 1e-9)
    ]
    rest = [name for name in PARTS if name not in small]
    is_right = all(
        np.allclose(answer.value[name], want[name], 0, 1e-9) for name in rest
    )
    is_so = n > 1 and small and rest and is_right
    return {"names": " and ".join(small), "n": n} if is_so else None


@backward.symptom(
    "Your gradient of {name} has the shape {got}, and {name} has {want}: it is "
    "transposed.\n"
    "Exchange the two factors of the product, and transpose the other one.",
    function="backward",
    example="""
_right_backward = backward

def backward(x, y, params, z1, a, p):
    grads = _right_backward(x, y, params, z1, a, p)
    return {name: grad.T / 7 for name, grad in grads.items()}
""",
)
def transposed_gradient(answer):
    for name in ("W1", "W2"):
        want, got = np.shape(answer.args[2][name]), np.shape(answer.value[name])
        if got == want[::-1] != want:
            return {"name": name, "got": got, "want": want}
    return None


@backward.symptom(
    "Your gradient of {name} has a row for each image: its shape is {got}, and "
    "{name} has {want}.\n"
    "Add up the rows, over axis 0.",
    function="backward",
    edit=("dz1.sum(axis=0)", "dz1"),
)
def bias_not_added_up(answer):
    for name in ("b1", "b2"):
        want, got = np.shape(answer.args[2][name]), np.shape(answer.value[name])
        if got == (len(answer.args[0]), *want):
            return {"name": name, "got": got, "want": want}
    return None


@backward.symptom(
    "Your gradient of W1 has a row for each hidden unit: its shape is {got}, and W1 "
    "has {want}. Is z1 or a in it, where the input x belongs?\n"
    "Write x.T @ dz1.",
    function="backward",
    edit=("x.T @ dz1", "z1.T @ dz1"),
)
def hidden_for_input(answer):
    want, got = np.shape(answer.args[2]["W1"]), np.shape(answer.value["W1"])
    return got == (want[1], want[1]) != want and {"got": got, "want": want}
