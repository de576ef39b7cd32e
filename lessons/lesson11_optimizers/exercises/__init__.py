"""The facts and numbers of lesson 11, and data that its exercises share."""

import numpy as np

from grader.checks import expect, lesson, slip

from .. import reference

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "take apart momentum, RMSprop and Adam as Keras computes them",
        "test a function that draws random numbers",
        "say what each part of training does, down to the single step",
    ),
)

# Five gradients of four weights, and what Keras 3.15 makes of the weights with them, in
# float32 (tests/lessons/test_lesson11_agrees_with_keras.py asks Keras again). The last
# gradient is always 0.
WEIGHTS = np.array([1.0, -2.0, 0.5, 3.0])
SLOPES = np.array(
    [
        [0.5, -1.0, 2.0, 0.0],
        [0.25, 1.0, -2.0, 0.0],
        [-0.75, 1.5, 0.5, 0.0],
        [1.0, -0.5, 0.25, 0.0],
        [0.5, 2.0, -1.5, 0.0],
    ]
)
# In these five steps ours in float64 and Keras's in float32 are at most 3.7e-6 apart:
# Keras's Adam adds eps to the root of v, not of v_hat.
LIKE_KERAS = 1e-5
TOLERANCE = 1e-6


def expect_steps(attempt, name, states, want, **settings):
    """Expect these weights after each of five steps.

    Args:
        attempt: the learner's file.
        name: the name of the step.
        states: how many arrays it keeps besides the weights.
        want: the weights after each step.
        settings: keyword arguments of every step, such as lr.
    """
    w, state = WEIGHTS, [np.zeros(4)] * states
    for t, (g, weights) in enumerate(zip(SLOPES, want, strict=True), 1):
        count = [t] if states == 2 else []
        answer = getattr(attempt, name)(w, g, *state, *count, **settings)
        expect(answer).sequence(states + 1)
        first = expect(answer).its("w", lambda parts: parts[0])
        first.close_to(weights, LIKE_KERAS)
        w, *state = answer.value


def expect_parts(answer, want, names):
    """Expect all parts of an answer."""
    expect(answer).sequence(len(names))
    for i, name in enumerate(names):
        part = expect(answer).its(name, lambda parts, i=i: parts[i])
        part.close_to(want[i], TOLERANCE)


def typed_in(name, *edits):
    """The slip of an argument that is not used, with a number instead of it."""
    return slip(
        f"{name} typed in",
        f"The argument {name} is not used. Did you type in a number instead?",
        *edits,
    )


HOLDS_W = (
    "Your {part} also contains {share} times the old w. Is that weight decay? Here "
    "only the gradient moves w."
)


def holds_w(answer, step, names):
    """The first part of an answer that contains a fraction of w in addition."""
    w = answer.args[0]
    want = step(*answer.args, **answer.kwargs)
    for name, part, right in zip(names, answer.value, want, strict=True):
        more = part - right
        share = (more * w).sum() / (w * w).sum()
        # Rounding doesn't count as a fraction of w, and a half is too much for a decay.
        if 1e-8 < abs(share) < 0.5 and np.allclose(more, share * w, 0, 1e-12):
            return {"part": name, "share": f"{share:.3g}"}
    return None


# Every number in the text, computed again.


def _rolled():
    w, v = np.ones(1), np.zeros(1)
    for _ in range(2):
        w, v = reference.momentum_step(w, np.full(1, 2.0), v, lr=0.1)
        yield f"v = {v[0]:.2g} and w = {w[0]:.2g}"


def _rms():
    w, s = reference.rmsprop_step(np.ones(1), np.full(1, 2.0), np.zeros(1), lr=0.1)
    return f"s = {s[0]:.1f} and w = {w[0]:.6f}"


def _young():
    _, m, v = reference.adam_step(*map(np.array, (1.0, 2.0, 0.0, 0.0)), t=1)
    return float(m), float(v)


def _twice_divided():
    """Return the text about the second step of the given code."""
    w, m, v = 1.0, 0.0, 0.0
    for t in (1, 2):
        m = (0.9 * m + 0.1 * 2) / (1 - 0.9**t)
        v = (0.999 * v + 0.001 * 4) / (1 - 0.999**t)
        w -= 0.1 * m / (v**0.5 + 1e-7)
    return f"goes to {w:.6f}"


def _valley():
    """Return the lines of the table of three paths in a narrow valley."""
    steepness, start = np.array([1.0, 200.0]), np.array([-4.0, 0.5])
    plain, (rolling, v) = start, (start, np.zeros(2))
    adam, m, squares = start, np.zeros(2), np.zeros(2)
    losses = []
    for t in range(1, 81):
        plain = plain - 0.0095 * steepness * plain
        rolling, v = reference.momentum_step(rolling, steepness * rolling, v, lr=0.01)
        g = steepness * adam
        adam, m, squares = reference.adam_step(adam, g, m, squares, t, lr=0.3)
        losses.append([w**2 @ steepness / 2 for w in (plain, rolling, adam)])
    return [
        "    ".join(f"{losses[t - 1][i]:.3f}" for t in (20, 40, 80)) for i in range(3)
    ]


NUMBERS = {
    "5.830    3.733    1.737": lambda: _valley()[0],
    "0.547    0.848    0.003": lambda: _valley()[1],
    "1.401    0.225    0.001": lambda: _valley()[2],
    "$1 - 200 lr = -0.9$": lambda: f"$1 - 200 lr = {1 - 200 * 0.0095:.1f}$",
    "lr above 0.01": lambda: f"lr above {2 / 200:.2f}",
    "v = -0.2 and w = 0.8": lambda: next(_rolled()),
    "v = -0.38 and w = 0.42": lambda: list(_rolled())[1],
    "s = 0.4 and w = 0.683772": _rms,
    "0.9^10 = 0.35": lambda: f"0.9^10 = {0.9**10:.2f}",
    "m = 0.2 and v = 0.004": lambda: f"m = {_young()[0]:.1f} and v = {_young()[1]:.3f}",
    "0.2 / 0.063246": lambda: f"0.2 / {np.sqrt(_young()[1]):.6f}",
    "10 plain steps": lambda: f"{1 / (1 - 0.9):.0f} plain steps",
    "w = -631.455532": lambda: f"w = {1 - 0.1 * 2 / np.sqrt(1e-7):.6f}",
    "goes to 0.876468": _twice_divided,
    "a 3 becomes 0 or 4": lambda: f"a 3 becomes 0 or {3 / (1 - 0.25):.0f}",
}

MEASURED = "measure.py: 20 seeds, 4,000 images, counted on 10,000 validation images"
QUOTED = {
    "lr = 0.1": "the worked examples' choice",
    "rate = 0.25": "the worked example's choice",
    "4,000 images": "lesson 9's choice",
    "10,000 validation images": "measure.py",
    "lr is 0.1": "the example's choice",
    "0.9, then": "1 - 0.1",
    "to 0.8. The first": "1 - 0.2",
    "be 0.1 long": "lr",
    "gradients 2 and 0.02": "the example's choice",
    "rate = 0.3 it is between 0.28 and 0.32": "10,000 draws: 0.0046 is their sd",
    "lr = 0.2": "lesson 9's choice",
    "lr = 0.01": "Keras's default",
    "says 0.9?": "an example",
    "beta is usually 0.9": "a usual choice",
    "rho is 0.9": "Keras's own choice",
    "beta1 is 0.9": "Keras's own choice",
    "beta2 is 0.999": "Keras's own choice",
    "lr           0.01     0.01      0.001    0.001      0.2": "Keras's choices, and ours",
    "that 0.2": "lesson 9's choice",
    "rate                       0      0.2": "rates that are compared",
    "(-4, 0.5)": "the example's choice",
    "0.0178": f"{MEASURED}; 20 epochs with Adam, training images",
    "0.0302": f"{MEASURED}; the same with dropout 0.2",
    "0.2999": f"{MEASURED}; 20 epochs with Adam, validation images",
    "0.2636": f"{MEASURED}; the same with dropout 0.2",
    "0.9234": f"{MEASURED}; 20 epochs with Adam",
    "0.9272": f"{MEASURED}; the same with dropout 0.2",
    "0.9149": f"{MEASURED}; 5 plain epochs with lr 0.2",
    "0.8501": f"{MEASURED}; 5 plain epochs with lr 0.01",
    "0.9022": f"{MEASURED}; 5 epochs with momentum",
    "0.9086": f"{MEASURED}; 5 epochs with RMSprop",
    "0.9088": f"{MEASURED}; 5 epochs with Adam",
}
