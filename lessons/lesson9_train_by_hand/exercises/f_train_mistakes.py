"""9e: what a training that falls short shows."""

import re

import numpy as np

from ..fits import fit_with
from ..raised import dict_in_a_sum, key_with_a_d
from . import IDENTICAL, PARTS, reference, units_are_identical
from .e_train import train


def seen_loss(answer):
    """The loss of the answered parameters on the photos they were trained with."""
    x, y = answer.args[:2]
    with np.errstate(all="ignore"):
        return reference.cross_entropy(y, reference.forward(x, answer.value)[2])


def loss_between(answer, low, high):
    """The loss on the photos seen, for a sentence, if it lies between the two."""
    loss = seen_loss(answer)
    return {"loss": f"{loss:.4f}"} if low < loss < high else None


@train.symptom(
    "More photos, and so more batches, make more calls. Do you call on_epoch after each "
    "batch? It is asked for after each epoch.",
    function="fit",
    example=fit_with(tell="").replace(
        "sgd_step(params, grads, 0.2)",
        "sgd_step(params, grads, 0.2)\n            on_epoch and on_epoch(params)",
    ),
)
def on_epoch_after_each_batch(answer):
    return answer.facts.get("calls_grow") is True


@train.symptom(
    "You returned more than the parameters.\n"
    "Return the dict alone; on_epoch takes care of the rest.",
    function="fit",
    example=fit_with(result="params, []"),
)
def returns_a_tuple(answer):
    value = answer.value
    return isinstance(value, (tuple, list)) and any(isinstance(v, dict) for v in value)


@train.symptom(
    "Nothing came back from fit.\nReturn params after the last epoch.",
    function="fit",
    example=fit_with(result="None"),
)
def returns_nothing(answer):
    return answer.raised is None and answer.value is None


@train.symptom(
    IDENTICAL,
    function="fit",
    example=fit_with(
        start="{k: 0 * v for k, v in init((x.shape[1], 64, y.shape[1]), seed).items()}"
    ),
)
def hidden_units_are_identical(answer):
    return units_are_identical(answer)


@train.symptom(
    "There are nan among your parameters. Do you step uphill, with + in place of -? "
    "Or are the steps far too long?\n"
    "lr = 0.2 does well here.",
    function="fit",
    example=fit_with(step="sgd_step(params, grads, -0.2)"),
)
def parameters_are_nan(answer):
    return not all(np.isfinite(answer.value[name]).all() for name in PARTS)


@train.symptom(
    "Nothing moves: after each epoch the loss is the same. Do you keep what sgd_step "
    "gives back?\n"
    "params = sgd_step(params, grads, 0.2).",
    function="fit",
    example=fit_with(step="params if sgd_step(params, grads, 0.2) else None"),
)
def step_is_lost(answer):
    return answer.facts["is_still"]


@train.symptom(
    "The loss is about as high after the last epoch as after the first. Is init "
    "inside the loop? Then every epoch starts anew.\n"
    "Call it once, before the loop.",
    function="fit",
    example="""
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    for _ in range(20):
        params = init((x.shape[1], 64, y.shape[1]), seed)
        order = rng.permutation(len(x))
        for first in range(0, len(x), 32):
            rows = order[first : first + 32]
            grads = backward(x[rows], y[rows], params, *forward(x[rows], params))
            params = sgd_step(params, grads, 0.2)
        if on_epoch is not None:
            on_epoch(params)
    return params
""",
)
def init_in_the_loop(answer):
    facts = answer.facts
    return (
        facts["epochs"] > 1
        and 0.7 < facts["last"] / facts["first"]
        and facts["last"] < 1
    )


@train.symptom(
    "There is no key d{name}. In the text dW1 is the gradient of W1, and in grads it "
    "stands under the key of its parameter: {name}.",
    function="fit",
    example=fit_with(step="{n: v - 0.2 * grads['d' + n] for n, v in params.items()}"),
)
def looks_up_a_d(answer):
    return key_with_a_d(answer)


@train.symptom(
    "params and grads are dicts, and Python cannot calculate with a dict.\n"
    "sgd_step takes the step for you.",
    function="fit",
    example=fit_with(step="params - 0.2 * grads"),
)
def calculates_with_dicts(answer):
    return dict_in_a_sum(answer)


@train.symptom(
    "on_epoch may be None: then there is nothing to call.\n"
    "Write if on_epoch is not None: on_epoch(params)",
    function="fit",
    example=fit_with(tell="on_epoch(params)"),
)
def on_epoch_is_none(answer):
    raised = answer.raised
    is_none = "'NoneType' object is not callable" in raised.message
    return is_none and "on_epoch" in raised.source_line


@train.symptom(
    "{n} photos came, and you asked for number {i}, counted from 0. The number of "
    "photos may be any.\n"
    "Use len(x).",
    function="fit",
    example=fit_with(order="rng.permutation(4000)"),
)
def always_4000(answer):
    n = len(answer.args[0])
    outside = rf"index (\d+) is out of bounds for axis 0 with size {n}$"
    found = re.search(outside, answer.raised.message)
    return found and {"n": n, "i": int(found[1])}


@train.symptom(
    "Nearly every new photo is taken for another digit, always the same one: a 0 for a "
    "{s}, a 1 for a {t}. Do the columns of the labels move on their way?",
    function="fit",
    example="""
_right_fit = fit

def fit(x, y, seed, on_epoch=None):
    return _right_fit(x, np.roll(y, 1, axis=1), seed, on_epoch)
""",
)
def labels_are_shifted(answer):
    shift = answer.facts["shift"]
    return shift and {"s": shift, "t": (1 + shift) % 10}


@train.symptom(
    "With eight photos your step was {lr} times the gradient. Are the steps too long? "
    "The loss then jumps from one side of the valley to the other.\n"
    "Try lr = 0.2.",
    function="fit",
    example=fit_with(step="sgd_step(params, grads, 2.0)"),
)
def steps_are_too_long(answer):
    lr = answer.facts.get("lr")
    return lr and lr > 0.6 and {"lr": f"{lr:.3g}"}


@train.symptom(
    "The loss on the photos seen ends at {loss}, and ten equal guesses cost 2.302585. "
    "Were photos and labels shuffled apart? Use one order for both. Or are your steps "
    "too long, or far too short? Use lr = 0.2.",
    function="fit",
    example=fit_with(order="rng.permutation(len(x)); y = rng.permutation(y)"),
)
def no_better_than_guessing(answer):
    return "epochs" in answer.facts and loss_between(answer, 2.28, np.inf)


@train.symptom(
    "Your hidden layer has {units} units; 64 are asked for.",
    function="fit",
    example=fit_with(start="init((x.shape[1], 8, y.shape[1]), seed)"),
)
def too_few_units(answer):
    units = np.shape(answer.value["W1"])[1]
    return {"units": units} if "epochs" in answer.facts and units < 32 else None


@train.symptom(
    "Calls of on_epoch: {epochs}, and 20 epochs are asked for. Do you stop before?\n"
    "Return after the loop.",
    function="fit",
    example=fit_with(epochs="1"),
)
def too_few_epochs(answer):
    epochs = answer.facts.get("epochs", 20)
    return 0 < epochs < 15


@train.symptom(
    "Your second epoch was a single step, by the gradient of all photos with lr = "
    "{rate}. Use batches of 32, and take a step after each batch.",
    function="fit",
    example=fit_with(batch="len(x)"),
)
def one_batch_an_epoch(answer):
    rate = answer.facts["rate"]
    return rate and {"rate": f"{rate:.2g}"}


@train.symptom(
    "It goes the right way, too slowly: the loss on the photos seen ends at {loss}, and "
    "it can get near 0.01. Is lr as large as 0.2? Is there a step after each batch of "
    "32? Does each epoch use all photos?",
    function="fit",
    example=fit_with(step="sgd_step(params, grads, 0.01)"),
)
def too_slow(answer):
    facts = answer.facts
    is_falling = facts["epochs"] > 1 and facts["last"] < facts["first"]
    return is_falling and loss_between(answer, 0.15, 2.28)


@train.symptom(
    "Has every epoch the same order, drawn before the loop, or anew from the same "
    "seed?\n"
    "Make one generator before the loop, and draw a new order from it in each epoch.",
    function="fit",
    example=fit_with(order="order if _ else rng.permutation(len(x))"),
)
def shuffled_once(answer):
    return answer.facts.get("always_last") is True


@train.symptom(
    "The photos came sorted by digit. Do you take them in that order? Then the "
    "network ends with a long row of nines. Draw a new order in each epoch.\n"
    "rng.permutation(len(x)).",
    function="fit",
    example=fit_with(order="np.arange(len(x))"),
)
def not_shuffled(answer):
    return answer.facts.get("is_sorted") is True


@train.symptom(
    "Twenty photos are less than one batch. Did you take a step at all? The last "
    "batch may be short; it counts as well.\n"
    "range(0, len(x), 32) ends with it.",
    function="fit",
    example=fit_with(stop="len(x) - len(x) % 32"),
)
def short_batch_dropped(answer):
    return answer.facts.get("short_loss", 0) > 1.5
