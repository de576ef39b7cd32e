"""14b: a model of the learner's own, and its gradient."""

import numpy as np

from grader.checks import exercise, expect

from . import chosen_brief, data_of, first_loss_of

model = exercise(
    "loss_and_gradients",
    hints=(
        "Begin with the model of lesson 6 or with the network of lesson 9.",
        "dz = (p - y) / n holds for softmax with cross-entropy, and for sigmoids with the "
        "sum of binary cross-entropies, too.",
        "Write the centred differences of lesson 9 in a cell, and compare each array.",
    ),
)

STEP, TOLERANCE, PLACES = 1e-5, 1e-4, 6


def asked(attempt, rng, n=24):
    """Return a batch of the brief, and parameters a little way from the start."""
    brief = chosen_brief(attempt)
    (x, y), _ = data_of(brief)
    rows = rng.permutation(len(x))[:n]
    answer = attempt.start(x.shape[1], y.shape[1], 3)
    params = {}
    for name, value in expect(answer).mapping().items():
        part = expect(answer).its(str(name), lambda all, name=name: all[name])
        part.is_finite()
        params[name] = value + 0.05 * rng.normal(size=np.shape(value))
    expect(answer).holds(len(params) > 0, "start returned no parameters: {got}.")
    return brief, x[rows], y[rows], params


def loss_of(answer):
    """Return the loss in an answer, once it is a pair of a number and a dict."""
    expect(answer).sequence(2)
    return expect(answer).its("loss", lambda pair: pair[0]).number()


@model.check
def zeros_cost_the_first_loss(attempt, rng):
    """With all parameters 0, the loss is the first loss of your brief."""
    brief, x, y, params = asked(attempt, rng)
    zeros = {name: np.zeros(np.shape(value)) for name, value in params.items()}
    answer = attempt.loss_and_gradients(x, y, zeros)
    loss, first = loss_of(answer), first_loss_of(brief, y.shape[1])
    expect(answer).holds(
        abs(loss - first) <= 1e-6,
        f"With all parameters 0 your loss is {loss:.6f}; it should be {first:.6f}.",
        ratio=loss / first,
        n=len(x),
    )


@model.check
def a_batch_twice_costs_the_same(attempt, rng):
    """A batch in which each example comes twice has the same loss: it is a mean."""
    _, x, y, params = asked(attempt, rng)
    once = attempt.loss_and_gradients(x, y, params)
    twice = attempt.loss_and_gradients(np.tile(x, (2, 1)), np.tile(y, (2, 1)), params)
    a, b = loss_of(once), loss_of(twice)
    expect(twice).holds(
        abs(a - b) <= 1e-9 * max(1, abs(a)),
        f"A batch has the loss {a:.6f}, and each example twice {b:.6f}.",
    )


@model.check
def the_gradient_is_the_slope(attempt, rng):
    """Each gradient agrees with centred differences of your own loss."""
    _, x, y, params = asked(attempt, rng)
    answer = attempt.loss_and_gradients(x, y, params)
    loss_of(answer)
    gradients = expect(answer).its("gradients", lambda pair: pair[1])
    gradients.mapping(tuple(params))
    shown = {}
    for name, value in params.items():
        part = gradients.its(name, lambda all, name=name: all[name])
        part.has_shape(np.shape(value))
        part.is_finite()
        shown[name] = slopes(attempt, rng, x, y, params, name)
    differing = [name for name in params if differs(answer, shown, name)]
    if not differing:
        return
    name = differing[0]
    place, slope = worst(answer, shown[name], name)
    given = float(np.asarray(answer.value[1][name])[place])
    ratios = [
        np.asarray(answer.value[1][each])[place] / slope
        for each in params
        for place, slope in shown[each]
        if abs(slope) > 1e-5
    ]
    where = f"{name}[{', '.join(map(str, place))}]" if place else name
    expect(answer).holds(
        False,
        f"Your gradient of {where} is {given:.6g}, and centred differences of your own "
        f"loss give {slope:.6g}.",
        shows_value=False,
        differing=differing,
        right=len(params) - len(differing),
        ratios=ratios,
        n=len(x),
    )


def slopes(attempt, rng, x, y, params, name):
    """Return places of one array, and the slope of the learner's loss at each."""
    found = []
    shape = np.shape(params[name])
    for _ in range(PLACES):
        place = tuple(int(rng.integers(size)) for size in shape)
        losses = []
        for step in (STEP, -STEP):
            moved = {key: np.array(value, float) for key, value in params.items()}
            moved[name][place] += step
            losses.append(loss_of(attempt.loss_and_gradients(x, y, moved)))
        found.append((place, (losses[0] - losses[1]) / (2 * STEP)))
    return found


def difference(answer, name, place, slope):
    """Return the relative difference between a gradient and a slope."""
    given = float(np.asarray(answer.value[1][name])[place])
    return abs(given - slope) / max(1e-3, abs(given) + abs(slope))


def differs(answer, shown, name):
    """Return whether an array differs at more than one place; one may be a kink."""
    wrong = [difference(answer, name, *one) > TOLERANCE for one in shown[name]]
    return sum(wrong) > (1 if len(wrong) > 2 else 0)


def worst(answer, places, name):
    """Return the place where a gradient differs most, and the slope there."""
    return max(places, key=lambda one: difference(answer, name, *one))


def _is_always(ratios, factor):
    return len(ratios) > 3 and np.allclose(ratios, factor, rtol=1e-3)


@model.symptom(
    "Your loss grows with the batch: it is a sum over the examples.\n"
    "Take the mean over the examples.",
    function="loss_and_gradients",
    edit=(
        "return float(losses.mean()), gradients",
        "return float(losses.sum()), gradients",
    ),
)
def loss_is_a_sum(answer):
    ratio, n = answer.facts.get("ratio"), answer.facts.get("n")
    return ratio is not None and np.isclose(ratio, n)


@model.symptom(
    "Your loss has the wrong sign: it is negative.\nA surprise is -ln p, with its minus.",
    function="loss_and_gradients",
    edit=("losses = -(y", "losses = (y"),
)
def loss_is_negative(answer):
    ratio = answer.facts.get("ratio")
    return ratio is not None and np.isclose(ratio, -1)


@model.symptom(
    "Your loss is {k} times too small. Is the mean also taken over the columns of y?\n"
    "Add up each row first.",
    function="loss_and_gradients",
    edit=(
        "return float(losses.mean()), gradients",
        "return float(losses.mean() / y.shape[1]), gradients",
    ),
)
def mean_over_the_columns(answer):
    ratio, k = answer.facts.get("ratio"), np.shape(answer.args[1])[1]
    return ratio is not None and np.isclose(ratio * k, 1) and {"k": k}


@model.symptom(
    "All your gradients are {n} times the slopes, and the batch has {n} examples.\n"
    "Divide p - y by the number of examples.",
    function="loss_and_gradients",
    edit=("dz2 = (p - y) / len(x)", "dz2 = p - y"),
)
def gradients_are_sums(answer):
    n = answer.facts.get("n")
    return _is_always(answer.facts.get("ratios", ()), n) and {"n": n}


@model.symptom(
    "All your gradients have the opposite sign of the slopes.",
    function="loss_and_gradients",
    edit=("dz2 = (p - y) / len(x)", "dz2 = (y - p) / len(x)"),
)
def gradients_point_the_other_way(answer):
    return _is_always(answer.facts.get("ratios", ()), -1)


@model.symptom(
    "All your gradients are 0, but your loss changes when the parameters do.",
    function="loss_and_gradients",
    edit=("dz2 = (p - y) / len(x)", "dz2 = 0 * p"),
)
def gradients_are_zero(answer):
    return _is_always(answer.facts.get("ratios", ()), 0)


@model.symptom(
    "Some of your gradients are right, but not those of {names}. Does the gradient get "
    "back through each function between them and the loss, such as relu?",
    function="loss_and_gradients",
    edit=('(dz2 @ params["W2"].T) * (z1 > 0)', 'dz2 @ params["W2"].T'),
)
def some_gradients_are_wrong(answer):
    names, right = answer.facts.get("differing"), answer.facts.get("right")
    return bool(names and right) and {"names": " and ".join(map(str, names))}
