"""11a: a step with momentum."""

import numpy as np

from grader.checks import exercise, slip

from . import HOLDS_W, expect_parts, expect_steps, holds_w, reference, typed_in

momentum = exercise(
    "momentum_step",
    may_change=(0, 2, "w", "v"),
    hints=(
        "Two lines, and the first is the new velocity.",
        "The push downhill is -lr * g, and beta * v remains of the old velocity.",
        "v = beta * v - lr * g, then return w + v, v",
    ),
)
momentum.slips(
    slip(
        "momentum uphill",
        "Your velocity contains the gradient with a plus, and the gradient points "
        "uphill.\nIn the velocity it has a minus.",
        "_v - lr * g -> _v + lr * g",
    ),
    slip(
        "velocity taken away",
        "You subtracted the velocity from w. It already contains the minus.\n"
        "Add it.",
        "w + _v -> w - _v",
    ),
    slip(
        "nothing kept",
        "You keep nothing of the old velocity.\nKeep a fraction beta of it.",
        "beta * v - lr * g -> -lr * g",
    ),
    slip(
        "all kept",
        "You keep all of the old velocity, so it never slows down.\n"
        "Keep a fraction beta.",
        "beta * v -> v",
    ),
    slip(
        "1 - beta kept",
        "You keep a fraction 1 - beta of the old velocity.\nKeep beta instead.",
        "beta * v -> (1 - beta) * v",
    ),
    slip(
        "push times 1 - beta",
        "You multiply the push by 1 - beta, as in a running mean.\n"
        "Here the push is lr times the gradient.",
        "lr * g -> (1 - beta) * lr * g",
    ),
    slip(
        "push times beta",
        "beta multiplies the push, too.\n"
        "It is the fraction that you keep of the OLD velocity.",
        "beta * v - lr * g -> beta * (v - lr * g)",
    ),
    slip(
        "beta twice",
        "You move w by a fraction beta of the velocity.\nMove it by all of it.",
        "w + v -> w + beta * v",
    ),
    slip(
        "gradient beside the velocity",
        "You move w by the gradient and by the velocity. The gradient is already in "
        "the velocity.\n"
        "Move it only by the velocity.",
        "w + v -> w - lr * g + v",
    ),
    typed_in("lr", "lr * g -> 0.01 * g", "lr * g -> 0.1 * g"),
    typed_in("beta", "beta * v -> 0.9 * v"),
    slip(
        "lr left out",
        "lr is missing in the velocity.",
        "lr * g -> g",
    ),
    slip(
        "gradient alone moves w",
        "You move w only by the gradient.\nMove it by the velocity.",
        "w + v, v -> w - lr * g, v",
    ),
    slip(
        "lr twice",
        "lr is in your step twice. The velocity already contains it.",
        "w + v -> w + lr * v",
    ),
    slip(
        "w alone",
        "You returned only w.\nThe next step needs the velocity as well.",
        "_w, v -> _w",
    ),
    slip(
        "order of the parts",
        "The parts are in the wrong order.\nReturn w, then v.",
        "_w, v -> v, _w",
    ),
    without=(
        "factor left out", "addend left out", "plus for minus", "minus for plus",
        "turned round", "one too few", "one too many", "nothing taken away",
    ),
)  # fmt: skip

# SGD(0.1, momentum=0.9)
KERAS = np.array(
    [
        [0.95, -1.9, 0.3, 3.0],
        [0.88, -1.91, 0.32, 3.0],
        [0.892, -2.069, 0.288, 3.0],
        [0.8028, -2.1621, 0.2342, 3.0],
        [0.67252, -2.44589, 0.33578, 3.0],
    ]
)


@momentum.check
def follows_keras_for_five_steps(attempt):
    """Five steps give the weights that Keras's SGD with momentum gives."""
    expect_steps(attempt, "momentum_step", 1, KERAS, lr=0.1, beta=0.9)


@momentum.check
def agrees_on_other_arrays(attempt, reference, rng):
    """w and v agree with the reference for other rates, betas and shapes."""
    for shape, lr, beta in (((3, 2), 0.5, 0.8), ((4,), 0.03, 0.99)):
        w, g, v = rng.normal(size=(3, *shape))
        answer = attempt.momentum_step(w, g, v, lr=lr, beta=beta)
        want = reference.momentum_step(w, g, v, lr=lr, beta=beta)
        expect_parts(answer, want, ("w", "v"))


@momentum.wrong_answer(
    "Your velocity is a sum of gradients, and lr comes in when w moves, as in "
    "PyTorch.\n"
    "Here, as in Keras, lr is in the velocity, and w moves by the velocity as it is."
)
def lr_beside_the_velocity(w, g, v, lr=0.01, beta=0.9):
    v = beta * v + g
    return w - lr * v, v


@momentum.wrong_answer(
    "Your velocity is a running mean of gradients, and lr comes in when w moves. Some "
    "books do it this way.\n"
    "Here, as in Keras, you add the push -lr * g, and w moves by v."
)
def running_mean_of_gradients(w, g, v, lr=0.01, beta=0.9):
    v = beta * v + (1 - beta) * g
    return w - lr * v, v


@momentum.wrong_answer(
    "Your v has the wrong sign: it points uphill, and w moves against it. The v that you "
    "get and return points downhill.\n"
    "The gradient has a minus in the velocity, and w moves by w + v."
)
def velocity_points_uphill(w, g, v, lr=0.01, beta=0.9):
    v = beta * v + lr * g
    return w - v, v


@momentum.wrong_answer(
    "That is Nesterov's momentum, which looks one step ahead.\nHere w moves only by v."
)
def looks_ahead(w, g, v, lr=0.01, beta=0.9):
    v = beta * v - lr * g
    return w + beta * v - lr * g, v


@momentum.wrong_answer(
    "w is right, but you return the old velocity.\n"
    "Return the new one: the next step needs it."
)
def old_velocity_returned(w, g, v, lr=0.01, beta=0.9):
    return reference.momentum_step(w, g, v, lr, beta)[0], v


@momentum.wrong_answer(
    "w moves by -lr * g only, and the velocity is not used: that is plain gradient "
    "descent.\nWork out the new velocity first, move w by it, and return both."
)
def plain_gradient_descent(w, g, v, lr=0.01, beta=0.9):
    return w - lr * g, v


@momentum.wrong_answer(
    "You move w by the old velocity.\nCompute the new one first, and move w by that."
)
def moved_by_the_old_velocity(w, g, v, lr=0.01, beta=0.9):
    return w + v, beta * v - lr * g


@momentum.symptom(
    HOLDS_W, function="momentum_step", edit=("- lr * g", "- lr * (g + 0.01 * w)")
)
def weight_decay(answer):
    return holds_w(answer, reference.momentum_step, ("w", "v"))
