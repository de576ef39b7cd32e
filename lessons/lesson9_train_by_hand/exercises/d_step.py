"""9d: one step."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from ..raised import dict_in_a_sum, key_with_a_d
from . import PARTS, drawn_away_from_kinks, expect_parts, expect_shapes, network

step = exercise(
    "sgd_step",
    may_change=(0, "params"),
    hints=(
        "Downhill is minus the gradient.",
        "One subtraction for each of the four arrays; return a dict with all four.",
        "{name: params[name] - lr * grads[name] for name in params}",
    ),
    alternative=Alternative(
        code="""
            def sgd_step(params, grads, lr):
                for name in params:
                    params[name] -= lr * grads[name]
                return params
        """,
        why=(
            "In place, so a large network needs no second set of arrays. What it "
            "costs: the parameters of before are gone."
        ),
    ),
)
step.slips(
    slip(
        "lr left out",
        "lr is missing: each step is then as long as the gradient itself.",
        "lr * _g -> _g",
    ),
    slip(
        "divided by lr",
        "You divided by lr. Multiply by it: a smaller lr means a shorter step.",
        "lr * _g -> _g / lr",
    ),
    slip(
        "sign alone",
        "You used only the sign of each gradient, so every number moves by the same "
        "amount. Where the loss is steep, a step should be longer.",
        "grads[name] -> np.sign(grads[name])",
    ),
    slip(
        "size alone",
        "The gradients have lost their signs, so that nothing can go up.",
        "grads[name] -> np.abs(grads[name])",
    ),
    slip(
        "normalised",
        "The gradient is divided by its own size, so that a step is as long where the "
        "loss is flat. Here lr is its only factor.",
        "grads[name] -> grads[name] / np.linalg.norm(grads[name])",
        "grads[name] -> grads[name] / np.abs(grads[name]).max()",
        "grads[name] -> grads[name] / np.sqrt(sum((g**2).sum() for g in grads.values()))",
    ),
    slip(
        "one mean for all",
        "All entries of an array move by the mean of its gradient. Each has its own.",
        "grads[name] -> grads[name].mean()",
    ),
    slip(
        "divided by rows",
        "The gradient is divided by a number of rows. It belongs to a mean already.",
        "grads[name] -> grads[name] / len(grads[name])",
    ),
    slip(
        "clipped",
        "The gradients are clipped to -1 and 1. A step takes them as they are.",
        "grads[name] -> np.clip(grads[name], -1, 1)",
    ),
    slip(
        "step alone",
        "You returned only the step. Add it to the parameters.",
        "value - lr * _g -> -(lr * _g)",
    ),
    slip(
        "biases stayed",
        "The biases stayed as they were. All four arrays take the step.",
        "grads[name] -> grads[name] * (value.ndim == 2)",
    ),
    slip(
        "weights stayed",
        "The weights stayed as they were. All four arrays take the step.",
        "grads[name] -> grads[name] * (value.ndim == 1)",
    ),
    slip(
        "one array moved",
        "One array moved, and three stayed. All four take the step.",
        *(
            f"grads[name] -> grads[name] * (name == {part!r})"
            for part in ("W1", "b1", "W2", "b2")
        ),
    ),
    slip(
        "multiplied",
        "You multiplied W by (1 - lr * dW).\nSubtract lr * dW from W.",
        "value - _a -> value * (1 - _a)",
    ),
    slip(
        "brackets around the difference",
        "lr multiplies the parameters too: the parentheses are around the difference.",
        "value - lr * _g -> (value - _g) * lr",
    ),
    slip(
        "nothing moved",
        "Nothing moved: you returned the parameters as they were.",
        "value - _a -> 1 * value",
    ),
    without=("nothing taken away", "factor left out", "one too few", "one too many"),
    sentences={
        "plus for minus": "You step uphill, so the loss rises: the gradient points "
        "uphill, and a step goes the other way.",
        "turned round": "A difference has the wrong order: you subtracted W from the step.",
    },
)


def step_inputs(rng, sizes=(5, 4, 3)):
    """Parameters and gradients that have nothing in common."""
    return network(rng, sizes), network(rng, sizes)


@step.check
def steps_down(attempt, rng):
    """Each array becomes itself minus lr times its gradient, for two rates."""
    for lr, sizes in ((0.5, (5, 4, 3)), (0.03, (3, 6, 2))):
        params, grads = step_inputs(rng, sizes)
        want = {name: params[name] - lr * grads[name] for name in PARTS}
        expect_parts(attempt.sgd_step(params, grads, lr), want, 1e-12)


@step.check
def takes_gradients_by_their_keys(attempt, rng):
    """If grads has the keys in another order, each array still takes its own gradient."""
    # All layers are equally wide, so arrays also fit if they are matched by position.
    params, grads = step_inputs(rng, (4, 4, 4))
    want = {name: params[name] - 0.3 * grads[name] for name in PARTS}
    last_layer_first = {name: grads[name] for name in ("W2", "b2", "W1", "b1")}
    expect_parts(attempt.sgd_step(params, last_layer_first, 0.3), want, 1e-12)


@step.check
def stays_with_a_rate_of_0(attempt, rng):
    """With lr = 0 nothing moves."""
    params, grads = step_inputs(rng)
    expect_parts(attempt.sgd_step(params, grads, 0.0), params, 1e-12)


@step.check
def lowers_the_loss(attempt, reference, rng, measured):
    """A small step along the right gradient lowers the loss of the batch."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    grads = reference.backward(x, y, params, *kept)
    answer = attempt.sgd_step(params, grads, 1e-3)
    expect_shapes(answer, (5, 4, 3))
    before, after = (
        reference.cross_entropy(y, reference.forward(x, p)[2])
        for p in (params, answer.value)
    )
    went = f"The loss of the batch went from {before:.6f} to {after:.6f}."
    expect(answer).holds(after < before, went)
    measured(went)


@step.wrong_answer(
    "You returned nothing. Return the dict of the new parameters, even if you "
    "changed the old ones in place."
)
def nothing_returned(params, grads, lr):
    return None


@step.wrong_answer("You returned only W1.\nPut return after the loop, not inside it.")
def returned_inside_the_loop(params, grads, lr):
    return {"W1": params["W1"] - lr * grads["W1"]}


@step.wrong_answer(
    "You returned only the last of the four arrays.\n"
    "Create the new dict before the loop: inside it, each iteration starts an empty one."
)
def created_inside_the_loop(params, grads, lr):
    for name in params:
        new = {name: params[name] - lr * grads[name]}
    return new


@step.wrong_answer(
    "Here grads has the keys of params in another order, and each parameter took the "
    "gradient at the same position. Look a gradient up by its key.\n"
    "Take grads[name] for params[name]."
)
def gradients_by_their_places(params, grads, lr):
    pairs = zip(params.items(), grads.values(), strict=True)
    return {name: value - lr * grad for (name, value), grad in pairs}


@step.symptom(
    "There is no key d{name}. In the text dW1 is the gradient of W1; in grads it has "
    "the key of its parameter: {name}.",
    function="sgd_step",
    edit=("grads[name]", 'grads["d" + name]'),
)
def looks_up_a_d(answer):
    return key_with_a_d(answer)


@step.symptom(
    "params and grads are dicts, four arrays each, and Python cannot calculate with a "
    "dict. Calculate with one array at a time: which key do both have for it?",
    function="sgd_step",
    example="""
def sgd_step(params, grads, lr):
    return params - lr * grads
""",
)
def calculates_with_dicts(answer):
    return dict_in_a_sum(answer)


@step.symptom(
    "This line calculates with a string. A loop over a dict gives its keys, such as "
    "'W1', not its arrays.",
    function="sgd_step",
    example="""
def sgd_step(params, grads, lr):
    return {p: p - lr * g for p, g in zip(params, grads)}
""",
)
def calculates_with_keys(answer):
    of_text = r"can't multiply sequence by non-int|unsupported operand .*'str'"
    return bool(re.search(of_text, answer.raised.message))


@step.symptom(
    "Each array is also smaller by a fraction of itself, {share}. Is there weight decay? "
    "Here a step is lr times the gradient, and nothing else.",
    function="sgd_step",
    edit=("value - lr * grads[name]", "value - lr * (grads[name] + 0.01 * value)"),
)
def weight_decay(answer):
    params, grads, lr = answer.args
    shares = []
    for name, value in params.items():
        less = value - lr * grads[name] - answer.value[name]
        share = (less * value).sum() / (value * value).sum()
        if not np.allclose(less, share * value, 0, 1e-12):
            return None
        shares.append(share)
    # Biases are often left out.
    decays = [share for share in shares if abs(share) > 1e-8]
    is_one = decays and np.allclose(decays, decays[0])
    return is_one and 0 < decays[0] < 0.5 and {"share": f"{decays[0]:.3g}"}


@step.symptom(
    "Each array moved by {rate} times its gradient, and lr is {lr} here. Did you "
    "use a different number, or an extra factor?",
    function="sgd_step",
    edit=("value - lr * grads[name]", "value - 0.01 * grads[name]"),
)
def another_rate(answer):
    params, grads, lr = answer.args
    way = np.concatenate([(params[n] - answer.value[n]).ravel() for n in PARTS])
    slope = np.concatenate([grads[n].ravel() for n in PARTS])
    rate = (way @ slope) / (slope @ slope)
    is_one = abs(rate) > 1e-8 and np.allclose(way, rate * slope, 0, 1e-12)
    return is_one and {"rate": f"{rate:.3g}", "lr": f"{lr:g}"}
