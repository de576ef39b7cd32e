"""9e: train."""

import collections
import re

import numpy as np

from grader.checks import callback, exercise, expect

from . import IDENTICAL, PARTS, TARGET, expect_shapes, reference, units_are_identical

train = exercise(
    "9e",
    "Train",
    points=30,
    name="fit",
    after="9c",
    cpu_s=120,
    hints=(
        "Two loops: epochs, and in each the batches of a new order. rng.permutation(len(x)).",
        "order[start : start + 32] is a batch. The last one may be short, and that is fine.",
        "forward, backward, sgd_step with lr = 0.2 for every batch; 20 epochs.",
    ),
)


def prepared(mnist, count=4000):
    """The first training photos, prepared, with one-hot labels."""
    x = mnist.x_train[:count].reshape(count, -1).astype("float32") / 255
    return x, np.eye(10)[mnist.y_train[:count]]


def guesses_on_new_photos(reference, mnist, params):
    """What these parameters take the 10,000 test photos for."""
    x = mnist.x_test.reshape(len(mnist.x_test), -1).astype("float32") / 255
    with np.errstate(all="ignore"):
        return reference.forward(x, params)[2].argmax(axis=1)


def clues(x, y, begun, losses):
    """What the parameters after each epoch tell of a training that fell short."""
    found = {
        "is_still": len(losses) > 1 and len(set(losses)) == 1,
        "first": losses[0] if losses else np.nan,
        "last": losses[-1] if losses else np.nan,
    }
    if len(begun) == 2 and np.isfinite(losses[:2]).all():
        found["rate"] = rate_of_one_step(x, y, *begun)
    return found


def rate_of_one_step(x, y, before, after):
    """The rate, if the second epoch was one step along the gradient of all photos.

    One minus the cosine of the two: after one step at most 1e-11, in float32 too; with
    batches of 32 and rates from 0.0001 to 0.02 at least 5e-5 (5 seeds each).
    """
    moved = [(np.asarray(after[n], "float64") - before[n]).ravel() for n in PARTS]
    slope = reference.backward(x, y, before, *reference.forward(x, before))
    u, v = np.concatenate(moved), -np.concatenate([slope[n].ravel() for n in PARTS])
    sizes = np.linalg.norm(u) * np.linalg.norm(v)
    if not sizes or 1 - u @ v / sizes > 1e-8:
        return None
    return float(u @ v / (v @ v))


# 64 are asked for. The judge runs the network on 10,000 photos: 80 MB an array.
MOST_HIDDEN = 1000


def sizes_of(answer, x, y):
    """The sizes that the answered parameters should have; the hidden one is theirs."""
    expect(answer).mapping(PARTS)
    W1 = expect(answer).its("W1", lambda parts: parts["W1"]).array()
    hidden = W1.shape[1] if W1.ndim == 2 else 64
    expect(answer).holds(
        hidden <= MOST_HIDDEN, f"There are {hidden} hidden units; 64 are asked for."
    )
    return x.shape[1], hidden, y.shape[1]


def are_of_a_network(params, x, y):
    """Whether these have the shapes of a network's parameters, not too many of them."""
    n_in, hidden, n_out = x.shape[1], np.shape(params["b1"])[0], y.shape[1]
    shapes = [(n_in, hidden), (hidden,), (hidden, n_out), (n_out,)]
    return hidden <= MOST_HIDDEN and shapes == [np.shape(params[n]) for n in PARTS]


@train.check
def reaches_the_target(attempt, reference, mnist, show, remark):
    """Your gradient trains a network to 0.91 or more on 10,000 unseen photos."""
    x, y = prepared(mnist)
    losses, begun = [], []

    def on_epoch(params):
        if not are_of_a_network(params, x, y):
            return  # what is said of them is said of the answer
        with np.errstate(all="ignore"):
            p = reference.forward(x, params)[2]
        losses.append(reference.cross_entropy(y, p))
        if len(begun) < 2:
            begun.append(params)

    answer = attempt.fit(x, y, 0, on_epoch=callback(on_epoch, max_size=50_000_000))
    sizes = sizes_of(answer, x, y)
    if len(losses) > 1 and np.isfinite(losses).all():
        show.curve({"loss on the photos seen": losses}, "your gradient, epoch by epoch")
    expect_shapes(answer, sizes)
    guesses = guesses_on_new_photos(reference, mnist, answer.value)
    accuracy = float((guesses == mnist.y_test).mean())
    facts = {} if accuracy >= TARGET else clues(x, y, begun, losses)
    shares = [float((guesses == (mnist.y_test + s) % 10).mean()) for s in range(1, 10)]
    expect(answer).holds(
        accuracy >= TARGET,
        f"On 10,000 unseen photos the accuracy is {accuracy:.4f}; 0.91 is asked for.",
        accuracy=f"{accuracy:.4f}",
        epochs=len(losses),
        shift=int(np.argmax(shares)) + 1 if max(shares) > 0.7 else 0,
        **facts,
    )
    remark(f"Accuracy on 10,000 unseen photos: {accuracy:.4f}.")


@train.check
def photos_in_order_are_shuffled(attempt, reference, mnist):
    """Photos sorted by digit are learned as well: each epoch takes a new order."""
    x, y = prepared(mnist, 1000)
    order = np.argsort(mnist.y_train[:1000], kind="stable")
    answer = attempt.fit(x[order], y[order], 1)
    expect_shapes(answer, sizes_of(answer, x, y))
    guesses = guesses_on_new_photos(reference, mnist, answer.value)
    accuracy = float((guesses == mnist.y_test).mean())
    # 20 seeds, 1,000 sorted photos: 0.8701 to 0.8818; not shuffled 0.6865 to 0.7605.
    expect(answer).holds(
        accuracy >= 0.8,
        f"After 1,000 photos sorted by digit the accuracy is {accuracy:.4f}; "
        "shuffled it is about 0.88.",
        is_sorted=True,
    )


@train.check
def a_short_batch_counts(attempt, reference, mnist):
    """Twenty photos, less than one batch of 32, are learned too."""
    x, y = prepared(mnist, 20)
    answer = attempt.fit(x, y, 2)
    expect_shapes(answer, sizes_of(answer, x, y))
    with np.errstate(all="ignore"):
        loss = reference.cross_entropy(y, reference.forward(x, answer.value)[2])
    # 200 seeds of the recipe: 0.077 to 0.125; before the first step 2.16 to 2.68.
    expect(answer).holds(
        loss < 1.5,
        f"After 20 epochs of the same 20 photos the loss is {loss:.4f}; it should be "
        "far below 1.",
        short_loss=loss,
    )


@train.check
def is_repeatable(attempt, mnist):
    """The same seed gives the same parameters, another seed gives others."""
    x, y = prepared(mnist, 70)
    one, two, three = (attempt.fit(x, y, seed) for seed in (3, 3, 4))
    first = expect(one).mapping(PARTS)
    for other, same in ((two, True), (three, False)):
        parts = expect(other).mapping(PARTS)
        agree = all(np.array_equal(first[name], parts[name]) for name in PARTS)
        sentence = (
            "The same seed gave two different networks."
            if same
            else "Two different seeds gave the same network."
        )
        expect(other).holds(agree == same, sentence, asked_same=same)


@train.check
def tells_on_epoch(attempt, reference, mnist):
    """After every epoch it calls on_epoch(params), the last time with the result."""
    x, y = prepared(mnist, 50)
    told = collections.deque(maxlen=1)  # more is not kept: it may be much, and often
    on_epoch = callback(told.append, "on_epoch")
    answer = attempt.fit(x, y, 5, on_epoch=on_epoch)
    final = expect(answer).mapping(PARTS)
    expect(answer).holds(
        on_epoch.calls >= 2,
        f"on_epoch was called {on_epoch.calls} times; "
        "once after every epoch is asked for.",
        told=on_epoch.calls,
    )
    last = told[-1] if isinstance(told[-1], dict) else {}
    expect(answer).holds(
        all(np.array_equal(last.get(name), final[name]) for name in PARTS),
        "The last call of on_epoch did not get the parameters that fit returned.",
        last_differs=True,
    )


def seen_loss(answer):
    """The loss of the answered parameters on the photos they were trained with."""
    x, y = answer.args[:2]
    with np.errstate(all="ignore"):
        return reference.cross_entropy(y, reference.forward(x, answer.value)[2])


def loss_between(answer, low, high):
    """The loss on the photos seen, for a sentence, if it lies between the two."""
    loss = seen_loss(answer)
    return {"loss": f"{loss:.4f}"} if low < loss < high else None


FIT = """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = {start}
    for _ in range({epochs}):
        order = {order}
        for first in range(0, {stop}, {batch}):
            rows = order[first : first + {batch}]
            z1, a, p = forward(x[rows], params)
            grads = backward(x[rows], y[rows], params, z1, a, p)
            params = {step}
        {tell}
    return {result}
"""
RECIPE = {
    "start": "init((x.shape[1], 64, y.shape[1]), seed)",
    "epochs": "20",
    "order": "rng.permutation(len(x))",
    "stop": "len(x)",
    "batch": "32",
    "step": "sgd_step(params, grads, 0.2)",
    "tell": "on_epoch(params) if on_epoch is not None else None",
    "result": "params",
}


def fit_with(**slip):
    """The source of a fit that has just this slip."""
    return FIT.format(**{**RECIPE, **slip})


@train.symptom(
    "You returned more than the parameters. Return the dict alone; on_epoch takes care "
    "of the rest.",
    of="fit",
    example=fit_with(result="params, []"),
)
def returns_a_tuple(answer):
    value = answer.value
    return isinstance(value, (tuple, list)) and any(isinstance(v, dict) for v in value)


@train.symptom(
    "Nothing came back from fit. Return params after the last epoch.",
    of="fit",
    example=fit_with(result="None"),
)
def returns_nothing(answer):
    return answer.raised is None and answer.value is None


@train.symptom(
    IDENTICAL,
    of="fit",
    example=fit_with(
        start="{k: 0 * v for k, v in init((x.shape[1], 64, y.shape[1]), seed).items()}"
    ),
)
def hidden_units_are_identical(answer):
    return units_are_identical(answer)


@train.symptom(
    "There are nan among your parameters. Do you step uphill, with + in place of -? Or "
    "are the steps far too long? lr = 0.2 does well here.",
    of="fit",
    example=fit_with(step="sgd_step(params, grads, -0.2)"),
)
def parameters_are_nan(answer):
    return not all(np.isfinite(answer.value[name]).all() for name in PARTS)


@train.symptom(
    "Nothing moves: after each epoch the loss is the same. Do you keep what sgd_step "
    "gives back? params = sgd_step(params, grads, 0.2).",
    of="fit",
    example=fit_with(step="params if sgd_step(params, grads, 0.2) else None"),
)
def step_is_lost(answer):
    return answer.facts["is_still"]


@train.symptom(
    "The loss is about as high after the last epoch as after the first. Is init inside "
    "the loop? Then every epoch starts anew: call it once, before the loop.",
    of="fit",
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
    "on_epoch may be None: then there is nothing to call. "
    "if on_epoch is not None: on_epoch(params)",
    of="fit",
    example=fit_with(tell="on_epoch(params)"),
)
def on_epoch_is_none(answer):
    raised = answer.raised
    is_none = "'NoneType' object is not callable" in raised.message
    return is_none and "on_epoch" in raised.source_line


@train.symptom(
    "{n} photos came, and you asked for number {i}, counted from 0. The number of photos "
    "may be any: use len(x).",
    of="fit",
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
    of="fit",
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
    "The loss on the photos seen ends at {loss}, and ten equal guesses cost 2.302585. "
    "Are your steps too long, or far too short? Use lr = 0.2. "
    "Or were photos and labels shuffled apart? Use one order for both.",
    of="fit",
    example=fit_with(step="sgd_step(params, grads, 5)"),
)
def steps_are_too_long(answer):
    return "epochs" in answer.facts and loss_between(answer, 2.28, np.inf)


@train.symptom(
    "Your hidden layer has {units} units; 64 are asked for.",
    of="fit",
    example=fit_with(start="init((x.shape[1], 8, y.shape[1]), seed)"),
)
def too_few_units(answer):
    units = np.shape(answer.value["W1"])[1]
    return {"units": units} if "epochs" in answer.facts and units < 32 else None


@train.symptom(
    "on_epoch was called {epochs} times, and 20 epochs are asked for. Do you stop "
    "before? Return after the loop.",
    of="fit",
    example=fit_with(epochs="1"),
)
def too_few_epochs(answer):
    epochs = answer.facts.get("epochs", 20)
    return 0 < epochs < 15


@train.symptom(
    "Your second epoch was a single step, by the gradient of all photos with lr = "
    "{rate}. Use batches of 32, and take a step after each batch.",
    of="fit",
    example=fit_with(batch="len(x)"),
)
def one_batch_an_epoch(answer):
    rate = answer.facts["rate"]
    return rate and {"rate": f"{rate:.2g}"}


@train.symptom(
    "It goes the right way, too slowly: the loss on the photos seen ends at {loss}, and "
    "it can get near 0.01. Is lr as large as 0.2? Is there a step after each batch of "
    "32? Does each epoch use all photos?",
    of="fit",
    example=fit_with(step="sgd_step(params, grads, 0.01)"),
)
def too_slow(answer):
    facts = answer.facts
    is_falling = facts["epochs"] > 1 and facts["last"] < facts["first"]
    return is_falling and loss_between(answer, 0.15, 2.28)


@train.symptom(
    "The photos came sorted by digit. Do you take them in that order? Then the network "
    "ends with a long row of nines. Draw a new order in each epoch: "
    "rng.permutation(len(x)).",
    of="fit",
    example=fit_with(order="np.arange(len(x))"),
)
def not_shuffled(answer):
    return answer.facts.get("is_sorted") is True


@train.symptom(
    "Twenty photos are less than one batch. Did you take a step at all? The last batch "
    "may be short; it counts as well: range(0, len(x), 32).",
    of="fit",
    example=fit_with(stop="len(x) - len(x) % 32"),
)
def short_batch_dropped(answer):
    return answer.facts.get("short_loss", 0) > 1.5


@train.symptom(
    "Two runs with the same seed differ. Take all random numbers from one generator: "
    "np.random.default_rng(seed).",
    of="fit",
    example=fit_with(order="np.random.permutation(len(x))"),
)
def order_ignores_the_seed(answer):
    return answer.facts.get("asked_same") is True


@train.symptom(
    "Two different seeds gave the same network. Hand the seed on to init and to the "
    "generator.",
    of="fit",
    example="""
_right_fit = fit

def fit(x, y, seed, on_epoch=None):
    return _right_fit(x, y, 0, on_epoch)
""",
)
def seed_does_nothing(answer):
    return answer.facts.get("asked_same") is False


@train.symptom(
    "on_epoch was called {told} times. Call it after every epoch, inside the outer loop.",
    of="fit",
    example=fit_with(tell="pass"),
)
def on_epoch_forgotten(answer):
    return answer.facts.get("told", 9) < 2


@train.symptom(
    "The last call of on_epoch got other parameters than fit returned. Is there a step "
    "after it? Call it at the end of each epoch, after its last batch.",
    of="fit",
    example="""
_right_fit = fit

def fit(x, y, seed, on_epoch=None):
    states = [init((x.shape[1], 64, y.shape[1]), seed)]
    params = _right_fit(x, y, seed, states.append)
    for state in states[:-1]:
        if on_epoch is not None:
            on_epoch(state)
    return params
""",
)
def on_epoch_too_early(answer):
    return answer.facts.get("last_differs") is True
