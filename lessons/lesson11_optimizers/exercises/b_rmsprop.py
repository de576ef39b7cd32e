"""11b: a step of RMSprop."""

import numpy as np

from grader.checks import Alternative, exercise, slip

from . import HOLDS_W, expect_parts, expect_steps, holds_w, reference, typed_in

rmsprop = exercise(
    "rmsprop_step",
    may_change=(0, 2, "w", "s"),
    hints=(
        "s comes out right, and w doesn't. Which s does the step divide by?",
        "In the first step the old s is 0. What is lr * g / np.sqrt(0 + eps)?",
        "First s = rho * s + (1 - rho) * g**2, then w - lr * g / np.sqrt(s + eps)",
    ),
    alternative=Alternative(
        code="""
            def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
                s = s + (1 - rho) * (g**2 - s)
                return w - lr * g / np.sqrt(s + eps), s
        """,
        why=(
            "It shows what a running mean does: it goes a fraction 1 - rho of the way to "
            "the new value. The price: it looks less like the formula."
        ),
    ),
)
rmsprop.slips(
    slip(
        "square left out",
        "You took the running mean of g.\nTake it of g^2: a size has no sign.",
        "(1 - rho) * g**2 -> (1 - rho) * g",
    ),
    slip(
        "size for square",
        "You took the running mean of |g|.\nRMSprop takes the mean of the squares.",
        "g**2 -> np.abs(g)",
    ),
    slip(
        "1 - rho left out",
        "You add all of g^2 to s.\nA running mean takes a fraction 1 - rho of it.",
        "(1 - rho) * _a -> _a",
    ),
    slip(
        "rho exchanged",
        "rho and 1 - rho are swapped.\nMost of the old mean is kept: a fraction rho.",
        "rho * s + (1 - rho) * _a -> (1 - rho) * s + rho * _a",
    ),
    slip(
        "all kept",
        "You keep all of the old mean.\nKeep a fraction rho of it.",
        "rho * s -> s",
    ),
    slip(
        "nothing kept",
        "You keep nothing of the old mean, so s isn't a mean.\n"
        "Keep a fraction rho of it.",
        "rho * s + _a -> _a",
    ),
    slip(
        "share squared",
        "You also square 1 - rho.\n"
        "Only g is squared.",
        "(1 - rho) * g**2 -> ((1 - rho) * g) ** 2",
    ),
    slip(
        "one mean for all",
        "All weights share one square of g, the mean over them.\n"
        "Each has its own: take g**2 entry by entry.",
        "g**2 -> np.mean(g**2)",
    ),
    slip(
        "s for g",
        "You used s in the numerator too.\nThe step needs g there: s has no direction.",
        "lr * g / _a -> lr * s / _a",
    ),
    typed_in("rho", "rho * s + (1 - rho) * _a -> 0.9 * s + 0.1 * _a"),
    typed_in("lr", "lr * g -> 0.001 * g", "lr * g -> 0.01 * g", "lr * g -> 0.1 * g"),
    typed_in("eps", "s + eps -> s + 1e-7", "s + eps -> s + 1e-8"),
    slip(
        "no root",
        "You divide the step by the mean square.\nTake its root.",
        "np.sqrt(_) -> _",
    ),
    slip(
        "eps outside the root",
        "eps is outside of the root.\nKeras puts it under the root here.",
        "np.sqrt(s + eps) -> np.sqrt(s) + eps",
    ),
    slip(
        "brackets forgotten",
        "In your answers eps is added to the step, not to s.\nAre parentheses missing?",
        "w - lr * g / np.sqrt(s + eps) -> w - (lr * g / np.sqrt(s) + eps)",
        "w - lr * g / np.sqrt(s + eps) -> w - lr * g / np.sqrt(s) + eps",
    ),
    slip(
        "eps as a factor",
        "eps multiplies the root.\nAdd it to s, below the root.",
        "np.sqrt(s + eps) -> (np.sqrt(s) * eps)",
    ),
    slip(
        "eps left out",
        "eps is missing. It keeps the divisor from vanishing where the gradients do.",
        "s + eps -> s",
    ),
    slip(
        "uphill",
        "You step uphill.\nSubtract the step from w.",
        "w - _a -> w + _a",
    ),
    slip(
        "lr left out",
        "lr is missing in the step.",
        "lr * g / _a -> g / _a",
    ),
    slip(
        "sign of g alone",
        "g is missing in the step, so it has no direction.",
        "lr * g / _a -> lr / _a",
    ),
    slip(
        "multiplied",
        "You multiply the step by the usual size of g.\n"
        "Divide: where gradients are large, steps get shorter.",
        "lr * g / np.sqrt(_) -> lr * g * np.sqrt(_)",
    ),
    slip(
        "w alone",
        "You returned only w.\nThe next step needs s as well.",
        "_w, s -> _w",
    ),
    slip(
        "order of the parts",
        "The parts are in the wrong order.\nReturn w, then s.",
        "_w, s -> s, _w",
    ),
    without=(
        "factor left out", "addend left out", "plus for minus", "minus for plus",
        "turned round", "one too few", "one too many", "nothing taken away",
        "not squared", "no power", "no square root", "divided twice", "not divided",
    ),
)  # fmt: skip

# RMSprop(0.1, rho=0.9, epsilon=1e-7)
KERAS = np.array(
    [
        [0.6837729, -1.683772, 0.1837723, 3.0],
        [0.5363312, -1.913188, 0.413188, 3.0],
        [0.798043, -2.151554, 0.3538071, 3.0],
        [0.5582511, -2.070592, 0.3226627, 3.0],
        [0.4408949, -2.302577, 0.489855, 3.0],
    ]
)


@rmsprop.check
def follows_keras_for_five_steps(attempt):
    """Five steps give the weights that Keras's RMSprop gives."""
    expect_steps(attempt, "rmsprop_step", 1, KERAS, lr=0.1, rho=0.9, eps=1e-7)


@rmsprop.check
def agrees_on_other_arrays(attempt, reference, rng):
    """w and s agree with the reference for other rates and shapes, eps too."""
    for shape, lr, rho, eps in (((3, 2), 0.5, 0.8, 1e-3), ((4,), 0.03, 0.99, 0.1)):
        w, g = rng.normal(size=(2, *shape))
        s = rng.uniform(size=shape)
        given = (w, g, s, lr, rho, eps)
        answer = attempt.rmsprop_step(*given)
        expect_parts(answer, reference.rmsprop_step(*given), ("w", "s"))


@rmsprop.wrong_answer(
    "You divide the step by the old s.\n"
    "Update s first, and divide by the root of the new one."
)
def divided_by_the_old_mean(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    return w - lr * g / np.sqrt(s + eps), rho * s + (1 - rho) * g**2


@rmsprop.wrong_answer(
    "w is right, but you return the old s.\nReturn the new one: the next step needs it."
)
def old_mean_returned(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    return reference.rmsprop_step(w, g, s, lr, rho, eps)[0], s


@rmsprop.wrong_answer(
    "Your s is a root.\n"
    "Keep the mean of the squares in s, and take the root in the step."
)
def root_kept(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    w, s = reference.rmsprop_step(w, g, s, lr, rho, eps)
    return w, np.sqrt(s)


@rmsprop.symptom(
    HOLDS_W, function="rmsprop_step", edit=("w - lr * g", "w - lr * 0.01 * w - lr * g")
)
def weight_decay(answer):
    return holds_w(answer, reference.rmsprop_step, ("w", "s"))
