"""9f: find and fix the one bug of a whole training script."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import PARTS, batch, drawn_away_from_kinks, network, reference

script = exercise(
    "friends_fit",
    hints=(
        "Train for one epoch with TINY_X and TINY_Y from TINY: that is one step. Which of "
        "the four arrays end where sgd_step takes them?",
        "All four gradients belong to the parameters from before the step. For each line, "
        "ask which of its arrays have moved by then.",
        "dz1 goes back through the W2 of the forward pass: compute dz1 before W2 moves.",
    ),
    alternative=Alternative(
        code="""
            def friends_fit(x, y, params, seed, lr=0.05, epochs=20):
                rng, losses = np.random.default_rng(seed), [0.0] * epochs
                n, cuts = len(x), range(32, len(x), 32)
                for t in range(epochs):
                    for rows in np.split(rng.permutation(n), cuts):
                        kept = forward(x[rows], params)
                        losses[t] += cross_entropy(y[rows], kept[2]) * len(rows)
                        grads = backward(x[rows], y[rows], params, *kept)
                        params = sgd_step(params, grads, lr)
                return params, [loss / n for loss in losses]
        """,
        why=(
            "backward returns all four gradients before anything moves, and sgd_step "
            "makes new arrays, so this bug cannot be written. The price: four more "
            "arrays in each step."
        ),
    ),
)
script.slips(
    slip(
        "mask left out",
        "The gradient passes units that were off, where relu has the derivative 0.\n"
        "Multiply by z1 > 0.",
        "_a * (z1 > 0) -> _a",
    ),
    without=(
        "factor left out",
    ),  # the symptoms below say which number it is missing in
)

EXACT = 1e-9  # right ways of writing it are at most 1e-13 apart


def parameters_of(answer):
    """Return the dict of parameters of an answer."""
    expect(answer).sequence(2)
    params = expect(answer).its("the parameters", lambda pair: pair[0])
    return params.mapping(PARTS)


def expect_arrays(answer, want, names):
    """Expect these parameters of an answer."""
    parameters_of(answer)
    for name in names:
        part = expect(answer).its(name, lambda pair, name=name: pair[0][name])
        part.close_to(want[name], EXACT)


def one_step(attempt, reference, rng):
    """Return the answer of one step with six images, and the right parameters."""
    x, y, params, *_ = drawn_away_from_kinks(reference, rng, 6)
    answer = attempt.friends_fit(x, y, params, 3, lr=0.5, epochs=1)
    return answer, reference.friends_fit(x, y, params, 3, lr=0.5, epochs=1)[0]


@script.check
def output_layer_takes_one_step(attempt, reference, rng):
    """One batch moves W2 and b2 by lr times their gradient at the parameters before."""
    answer, want = one_step(attempt, reference, rng)
    expect_arrays(answer, want, ("W2", "b2"))


@script.check
def hidden_layer_takes_one_step(attempt, reference, rng):
    """One batch moves W1 and b1 by lr times their gradient at the parameters before."""
    answer, want = one_step(attempt, reference, rng)
    expect_arrays(answer, want, ("W1", "b1"))


@script.check
def trains_as_before_otherwise(attempt, reference, rng):
    """Three epochs of 70 images take the same batches as the friend's, of 32, 32 and 6."""
    params, (x, y) = network(rng), batch(rng, 70)
    answer = attempt.friends_fit(x, y, params, 4, lr=0.1, epochs=3)
    want = reference.friends_fit(x, y, params, 4, lr=0.1, epochs=3)
    expect_arrays(answer, want[0], PARTS)
    expect(answer).its("the losses", lambda pair: pair[1]).close_to(want[1], EXACT)


@script.check
def keeps_its_rate_and_epochs(attempt, reference, rng):
    """If lr and epochs are left out, they are 0.05 and 20, as before."""
    params, (x, y) = network(rng), batch(rng, 9)
    answer = attempt.friends_fit(x, y, params, 5)
    want = reference.friends_fit(x, y, params, 5)
    expect_arrays(answer, want[0], PARTS)
    losses = expect(answer).its("the losses", lambda pair: pair[1])
    losses.close_to(want[1], EXACT)


# A training whose parts can be exchanged, to write the mistakes.


def batches(n, rng, epochs):
    """Yield the rows of each batch, and whether it ends an epoch."""
    for _ in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n, 32):
            yield order[start : start + 32], start + 32 >= n


def right_step(x, y, params, lr):
    """Return the parameters after a right step."""
    grads = reference.backward(x, y, params, *reference.forward(x, params))
    return reference.sgd_step(params, grads, lr)


def train(x, y, params, rows, lr, step):
    """Return the parameters and losses after these batches."""
    losses, total = [], 0.0
    for some, is_last in rows:
        p = reference.forward(x[some], params)[2]
        total += len(some) * reference.cross_entropy(y[some], p)
        params = step(x[some], y[some], params, lr)
        if is_last:
            losses.append(total / len(x))
            total = 0.0
    return params, losses


def step_by_the_new_W2(x, y, params, lr):
    """Return the parameters after a step whose dz1 uses the W2 that has moved."""
    z1, a, p = reference.forward(x, params)
    right = right_step(x, y, params, lr)
    mixed = {**params, "W2": right["W2"]}
    grads = reference.backward(x, y, mixed, z1, a, p)
    return reference.sgd_step(params, grads, lr)


@script.wrong_answer(
    "After one step, W2 and b2 are where gradient descent takes them, and W1 and b1 "
    "are not. Which line reads an array that has already moved?\n"
    "Compute dz1 before W2 moves. `old = W2` isn't a copy: `W2 -=` changes that array, "
    "too."
)
def dz1_by_the_new_W2(x, y, params, seed, lr=0.05, epochs=20):
    rows = batches(len(x), np.random.default_rng(seed), epochs)
    return train(x, y, params, rows, lr, step_by_the_new_W2)


def step_by_a_new_forward_pass(x, y, params, lr):
    """Return the parameters after a step of W2 and b2, and then one of W1 and b1."""
    right = right_step(x, y, params, lr)
    moved = {**params, "W2": right["W2"], "b2": right["b2"]}
    return {**right_step(x, y, moved, lr), "W2": moved["W2"], "b2": moved["b2"]}


@script.wrong_answer(
    "W1 and b1 take the gradient of a network whose W2 and b2 have already moved: all "
    "of it, with p computed again. That is a different method from gradient descent.\n"
    "Compute both gradients from one forward pass, before anything moves."
)
def forward_again_between(x, y, params, seed, lr=0.05, epochs=20):
    rows = batches(len(x), np.random.default_rng(seed), epochs)
    return train(x, y, params, rows, lr, step_by_a_new_forward_pass)


def step_of_W1_first(x, y, params, lr):
    """Return the parameters after a step whose W2 uses a forward pass by the new W1."""
    right = right_step(x, y, params, lr)
    moved = {**params, "W1": right["W1"], "b1": right["b1"]}
    return {**right_step(x, y, moved, lr), "W1": moved["W1"], "b1": moved["b1"]}


@script.wrong_answer(
    "Now W1 and b1 are where gradient descent takes them, and W2 and b2 are not: they "
    "take the gradient of a network whose W1 and b1 have already moved.\n"
    "Compute both gradients from one forward pass, before anything moves."
)
def hidden_layer_first(x, y, params, seed, lr=0.05, epochs=20):
    rows = batches(len(x), np.random.default_rng(seed), epochs)
    return train(x, y, params, rows, lr, step_of_W1_first)


@script.wrong_answer(
    "Each step is right, but the images come in the same order in every epoch. The "
    "friend's script drew a new order in each, and that wasn't the bug.\n"
    "Draw the order inside the loop of epochs, as before."
)
def one_order_for_all_epochs(x, y, params, seed, lr=0.05, epochs=20):
    rows = list(batches(len(x), np.random.default_rng(seed), 1)) * epochs
    return train(x, y, params, rows, lr, right_step)


@script.wrong_answer(
    "Each step is right, but the images are not shuffled. The friend's script drew a new "
    "order in each epoch, and that wasn't the bug.\n"
    "Draw the order as before."
)
def not_shuffled(x, y, params, seed, lr=0.05, epochs=20):
    starts = range(0, len(x), 32)
    order = np.arange(len(x))
    rows = [(order[start : start + 32], start + 32 >= len(x)) for start in starts]
    return train(x, y, params, rows * epochs, lr, right_step)


@script.symptom(
    "The steps of gradient descent are right, but the losses aren't the friend's. The "
    "script added up the loss of each batch, once for each of its images, and divided "
    "by the number of images. That wasn't the bug.\n"
    "Leave the losses as they were.",
    function="friends_fit",
    edit=("losses.append(total / len(x))", "losses.append(cross_entropy(y[batch], p))"),
)
def losses_changed(answer):
    want = reference.friends_fit(*answer.args, **answer.kwargs)
    is_trained = all(
        np.allclose(answer.value[0][name], want[0][name], 0, EXACT) for name in PARTS
    )
    return is_trained and not np.allclose(answer.value[1], want[1], 0, EXACT)


def steps(answer, name):
    """Return how far a parameter moved, and how far it moves in the solution."""
    before = answer.args[2][name]
    want = reference.friends_fit(*answer.args, **answer.kwargs)[0][name]
    return np.asarray(answer.value[0][name]) - before, want - before


@script.symptom(
    "After one step, {names} moved {times} times as far as gradient descent moves them. "
    "The friend's script had that right.\n"
    "The bug is in the steps of W1 and b1: leave the other lines as they were.",
    function="friends_fit",
    edit=("a.T @ dz2", "5 * a.T @ dz2"),
)
def moved_too_far(answer):
    if answer.kwargs.get("epochs") != 1:
        return None
    ratios = {}
    for name in ("W2", "b2"):
        got, want = steps(answer, name)
        ratios[name] = (got * want).sum() / (want * want).sum()
        if not np.allclose(got, ratios[name] * want, 0, EXACT):
            return None
    moved = [name for name in ratios if abs(ratios[name] - 1) > 1e-6]
    if not moved or not np.allclose([ratios[n] for n in moved], ratios[moved[0]]):
        return None
    times = f"{ratios[moved[0]]:.3g}"
    is_forward = ratios[moved[0]] > 0
    return is_forward and {"names": " and ".join(moved), "times": times}


@script.symptom(
    "{name} went right in the friend's script: one step took it where gradient descent "
    "does. In yours, it ends elsewhere. Did you change a line that was right?\n"
    "The bug is in the steps of W1 and b1: leave the other lines as they were.",
    function="friends_fit",
    edit=("dz2.sum(axis=0)", "dz2[0]"),
)
def right_line_changed(answer):
    if answer.kwargs.get("epochs") != 1:
        return None
    wrong = (n for n in ("W2", "b2") if not np.allclose(*steps(answer, n), 0, EXACT))
    name = next(wrong, "")
    return name and {"name": name}


@script.symptom(
    "With lr and epochs left out, the training does not end where 20 epochs with a rate of "
    "0.05 do.\n"
    "Another rate would only hide the bug: leave both numbers as they were.",
    function="friends_fit",
    edit=("lr=0.05", "lr=0.2"),
)
def other_rate_or_epochs(answer):
    return answer.target == "friends_fit" and not answer.kwargs
