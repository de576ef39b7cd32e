"""8d: fix the report."""

import math
import weakref

import numpy as np

from grader.checks import Alternative, exercise, expect, fixture, slip

from ..numpy_network import Model
from . import flat, one_hot, probabilities, quietly

reporting = exercise(
    "report",
    hints=(
        "Can anyone say how often a network is right without looking at the labels? Does "
        "this code look at them?",
        "p.max(axis=1) > 0.5 asks whether the network is sure. What asks whether it is "
        "right? And the probability of which class does a cross-entropy use?",
        "(p.argmax(axis=1) == labels).mean(), and cross_entropy(one_hot(labels), p)",
    ),
    alternative=Alternative(
        code="""
            def report(model, x, labels):
                p = model.predict(x, verbose=0)
                p_true = np.clip(p[np.arange(len(p)), labels], 1e-7, 1 - 1e-7)
                return {
                    "accuracy": float(np.mean(p.argmax(axis=1) == labels)),
                    "cross_entropy": float(-np.log(p_true).mean()),
                }
        """,
        why=(
            "It looks up the probability of the true class, without one-hot rows. What it "
            "costs: the formula of the loss is now in two places."
        ),
    ),
)

# The right function, in steps that may be wrong.


def build():
    return Model()


def cross_entropy(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


def report(model, x, labels):
    p = predicted(model, x)
    right = p.argmax(axis=1) == labels
    fraction = float(right.mean())
    return {"accuracy": fraction, "cross_entropy": cross_entropy(one_hot(labels), p)}


# The answers of networks in the worker, so that a batch is computed once.
ANSWERED = weakref.WeakKeyDictionary()


def predicted(model, x):
    """Return the probabilities of the network in the worker, in float64."""
    known = ANSWERED.setdefault(model, {})
    # Some of its pixels tell one batch from another, quickly enough for a search.
    key = (x.shape, x[:, ::60].tobytes())
    if key not in known:
        p = probabilities(model.call("predict", x, verbose=0), len(x))
        known[key] = p.astype("float64")
    return known[key]


reporting.slips(
    slip(
        "prepared again",
        "x is prepared already, and you divided it by 255 again.\n"
        "Pass it to model.predict as it is.",
        "predicted(model, x) -> predicted(model, x / 255)",
    ),
    slip(
        "percent",
        "The accuracy is a fraction from 0 to 1; you return a percentage.",
        "fraction = _a -> fraction = 100 * _a",
    ),
    slip(
        "errors",
        "Your accuracy is the fraction of wrong answers.",
        "p.argmax(axis=1) == labels -> p.argmax(axis=1) != labels",
    ),
    slip(
        "argmax of photos",
        "argmax goes over the images, which leaves ten answers.\n"
        "The ten classes of an image are along axis 1.",
        "p.argmax(axis=1) == labels -> p.argmax(axis=0) == labels[:10]",
    ),
    slip(
        "confidence for accuracy",
        "Your accuracy is the mean of the largest probabilities. That is how sure the "
        "network is, not how often it is right.",
        "fraction = _a -> fraction = float(p.max(axis=1).mean())",
    ),
    slip(
        "sure for right",
        "Your accuracy counts the images on which the network is sure.\n"
        "Count those on which it is right.",
        *(
            f"fraction = _a -> fraction = float((p.max(axis=1) > {bound}).mean())"
            for bound in (0.5, 0.6, 0.8, 0.9)
        ),
    ),
    slip(
        "right and sure",
        "Your accuracy counts only right answers that the network is sure of.\n"
        "Count every right answer.",
        *(
            "fraction = float(right.mean()) -> "
            f"fraction = float((right & (p.max(axis=1) > {bound})).mean())"
            for bound in (0.5, 0.6, 0.8, 0.9)
        ),
    ),
    slip(
        "class numbers for rows",
        "You passed the class numbers to cross_entropy.\nIt takes one-hot rows.",
        "one_hot(labels) -> labels[:, None]",
    ),
    slip(
        "exchanged",
        "Labels and probabilities are swapped in the loss.\n"
        "Take the logarithm of the probabilities.",
        "cross_entropy(_a, _b) -> cross_entropy(_b, _a)",
    ),
    slip(
        "predicted class",
        "The loss takes the predicted class for the true one, so the answers are "
        "compared with themselves.\n"
        "Use the labels.",
        "one_hot(labels) -> one_hot(p.argmax(axis=1))",
    ),
    slip(
        "clipped elsewhere",
        "p is clipped, but not to the range from 1e-7 to 1 - 1e-7.\n"
        "Your cross_entropy of lesson 3 has the right one.",
        *(
            f"np.clip(p, 1e-7, 1 - 1e-7) -> np.clip(p, {low}, {high})"
            for low, high in (
                ("1e-15", "1"),
                ("1e-12", "1 - 1e-12"),
                ("1e-12", "1"),
                ("1e-10", "1"),
                ("1e-9", "1"),
                ("1e-8", "1"),
                ("1e-6", "1"),
                ("1e-5", "1"),
                ("1e-4", "1"),
                ("1e-3", "1"),
            )
        ),
    ),
    slip(
        "loss of each photo",
        "You returned one loss per image.\nReturn their mean.",
        "float(-_a.mean()) -> -_a",
    ),
    sentences={
        "mean for sum": "You took the mean over the classes as well as over the images.\n"
        "Call your cross_entropy, which does this correctly.",
        "sum for mean": "You took the sum over the images.\nDivide by their number.",
        "no clip": "p isn't clipped before the logarithm, and 0 * log 0 is nan in NumPy.\n"
        "Your cross_entropy clips p first: call it.",
        "missing minus": "The loss has the wrong sign: a minus is missing, or there is one "
        "too many. A cross-entropy is never negative.",
    },
    without=("comparison turned round",),
    right=report,
)

ENTRIES = ("accuracy", "cross_entropy")
# The learner's sums in float32 against the grader's in float64, two trained networks
# and 10,000 images, prepared and not: at most 6.3e-9.
REPORT_TOLERANCE = 1e-6


@fixture
def any_network(attempt, rng):
    """The learner's network with weights from the grader: a report needs no training."""
    model = expect(attempt.build()).handle()
    shapes = [np.shape(w) for w in expect(model.call("get_weights")).sequence()]
    # Large enough that some answers are sure, and those to unscaled images are clipped.
    weights = [rng.normal(0, 2 / math.sqrt(shape[0]), shape) for shape in shapes]
    model.call("set_weights", [w.astype("float32") for w in weights])
    return model


def reported(attempt, network, x, labels, **more):
    """Compare the learner's report with the grader's own numbers."""
    right = report(network, x, labels)
    answer = attempt.report(network, x, labels)
    expect(answer, **more).mapping(ENTRIES)
    if more:  # only there Keras's own loss differs
        more["evaluated"] = evaluated(network, x, labels)
    for entry in ENTRIES:
        expect(answer, **more, entry=entry).its(
            entry, lambda told, entry=entry: told[entry]
        ).close_to(right[entry], tolerance=REPORT_TOLERANCE)


def evaluated(network, x, labels):
    """Return Keras's own loss, or nan if there is none."""
    y = one_hot(labels)
    found = quietly(lambda: network.call("evaluate", x, y, verbose=0))
    found = found[0] if isinstance(found, (list, tuple)) and found else found
    return float(found) if isinstance(found, (int, float)) else math.nan


@reporting.check
def counts_as_the_grader_does(attempt, any_network, mnist):
    """Both numbers are right on 200 images, with a network from the grader."""
    reported(attempt, any_network, flat(mnist.x_test[:200]) / 255, mnist.y_test[:200])


@reporting.check
def counts_few_images(attempt, any_network, rng, mnist):
    """Both numbers are right on 37 other images."""
    few = rng.choice(len(mnist.x_test), 37, replace=False)
    reported(attempt, any_network, flat(mnist.x_test[few]) / 255, mnist.y_test[few])


@reporting.check
def clips_as_in_lesson_3(attempt, any_network, mnist):
    """On unscaled images it is still your own, clipped loss."""
    some = slice(1000, 1300)
    x, labels = flat(mnist.x_test[some]), mnist.y_test[some]
    reported(attempt, any_network, x, labels, unscaled=True)


def reporting_with(
    accuracy="float((p.argmax(axis=1) == labels).mean())", loss="", p=""
):
    """Return an example: a report with a wrong number."""
    return f"""
def report(model, x, labels):
    p = {p or "model.predict(x, verbose=0)"}
    y = one_hot(labels)
    right = {accuracy}
    return {{"accuracy": right, "cross_entropy": {loss or "cross_entropy(y, p)"}}}
"""


@reporting.symptom(
    "The dict needs two entries, named accuracy and cross_entropy.",
    edit=(
        '"cross_entropy": cross_entropy(one_hot(l',
        '"loss": cross_entropy(one_hot(l',
    ),
)
def other_names(answer):
    return isinstance(answer.value, dict) and not set(ENTRIES) <= set(answer.value)


@reporting.symptom(
    "cross_entropy takes one-hot rows, but labels are numbers here.\n"
    "one_hot(labels) makes them.",
    edit=("cross_entropy(one_hot(labels), p)", "cross_entropy(labels, p)"),
)
def labels_not_one_hot(answer):
    n = len(answer.args[1])
    return f"({n},) ({n},10)" in answer.raised.message


@reporting.symptom(
    "You compare ten answers with {n} labels. Does argmax go over the images?\n"
    "The ten classes of an image are along axis 1.",
    edit=("p.argmax(axis=1)", "p.argmax(axis=0)"),
)
def argmax_of_photos(answer):
    n, said = len(answer.args[1]), answer.raised.message
    is_met = "(10,)" in said and f"({n},)" in said
    return is_met and "broadcast" in said and {"n": n}


def is_of_unscaled_images(answer):
    return answer.facts["unscaled"] and answer.facts["entry"] == "cross_entropy"


@reporting.symptom(
    "On these unscaled images your loss is the one from model.evaluate, which isn't clipped "
    "as yours is.\n"
    "Call your cross_entropy.",
    example=reporting_with(loss="model.evaluate(x, y, verbose=0)[0]"),
)
def evaluated_by_keras(answer):
    loss, by_keras = answer.value["cross_entropy"], answer.facts["evaluated"]
    return is_of_unscaled_images(answer) and abs(loss - by_keras) < 1e-5 * by_keras


@reporting.symptom(
    "On these images many true classes get nearly 0, and your loss, {v}, is more than "
    "the loss clipped at 1e-7 as in lesson 3. Is p clipped to a different range, or "
    "not at all?\n"
    "Call your cross_entropy.",
    example=reporting_with(
        loss="float(-np.log(np.clip((y * p).sum(1), 3e-11, 1)).mean())"
    ),
)
def clipped_at_less(answer):
    value = answer.value["cross_entropy"]
    x, labels = answer.args[1:]
    is_more = value > report(answer.args[0], x, labels)["cross_entropy"] + 1e-4
    return is_of_unscaled_images(answer) and is_more and {"v": f"{value:.4f}"}
