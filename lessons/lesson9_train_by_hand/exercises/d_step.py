"""9d: one step."""

from grader.checks import exercise, expect

from . import PARTS, UPHILL, drawn_away_from_kinks, expect_parts, expect_shapes, network

step = exercise(
    "9d",
    "One step",
    points=10,
    name="sgd_step",
    may_change=(0, "params"),
    hints=(
        "Downhill is minus the gradient.",
        "One subtraction for each of the four arrays; return a dict with all four.",
        "{name: params[name] - lr * grads[name] for name in params}",
    ),
)
step.slips()


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
def stays_with_a_rate_of_0(attempt, rng):
    """With lr = 0 nothing moves."""
    params, grads = step_inputs(rng)
    expect_parts(attempt.sgd_step(params, grads, 0.0), params, 1e-12)


@step.check
def lowers_the_loss(attempt, reference, rng):
    """A small step along the right gradient lowers the loss of the batch."""
    x, y, params, *kept = drawn_away_from_kinks(reference, rng, 6)
    grads = reference.backward(x, y, params, *kept)
    answer = attempt.sgd_step(params, grads, 1e-3)
    expect_shapes(answer, (5, 4, 3))
    before, after = (
        reference.cross_entropy(y, reference.forward(x, p)[2])
        for p in (params, answer.value)
    )
    expect(answer).holds(
        after < before, f"The loss of the batch went from {before:.6f} to {after:.6f}."
    )


@step.mistake(UPHILL)
def uphill(params, grads, lr):
    return {name: params[name] + lr * grads[name] for name in params}


@step.mistake("lr is missing: each step is then as long as the gradient itself.")
def without_lr(params, grads, lr):
    return {name: params[name] - grads[name] for name in params}


@step.mistake("You returned the step alone, -lr * dW. Add it to the parameters.")
def only_the_step(params, grads, lr):
    return {name: -lr * grads[name] for name in params}


@step.mistake("The weights moved and the biases stayed. All four arrays take the step.")
def only_the_weights(params, grads, lr):
    return {
        name: params[name] - lr * grads[name] * (params[name].ndim == 2)
        for name in params
    }


@step.mistake(
    "Nothing came back. Return the dict of the new parameters, also when you "
    "changed the old ones in place."
)
def nothing_returned(params, grads, lr):
    return None


@step.mistake("You multiplied W by (1 - lr * dW). Subtract lr * dW from W.")
def multiplied(params, grads, lr):
    return {name: params[name] * (1 - lr * grads[name]) for name in params}


@step.mistake(
    "lr multiplies the parameters too, for the brackets stand around the difference. "
    "Write W - lr * dW."
)
def brackets_around_the_difference(params, grads, lr):
    return {name: (params[name] - grads[name]) * lr for name in params}


@step.mistake("Only W1 came back. Put return behind the loop, and not in it.")
def returned_inside_the_loop(params, grads, lr):
    return {"W1": params["W1"] - lr * grads["W1"]}


@step.mistake("Nothing moved: the parameters came back as they were.")
def nothing_moved(params, grads, lr):
    return {name: 1 * params[name] for name in params}
