"""8c  Your own report."""

import math
import weakref

import numpy as np

from grader.checks import Alternative, exercise, expect, fixture, slip

from ..numpy_network import Model
from . import flat, probabilities, quietly

reporting = exercise(
    "8c",
    "Your own report",
    points=15,
    writes="report",
    hints=(
        "p = model.predict(x, verbose=0); then argmax, compare, mean.",
        "The loss: cross_entropy(one_hot(labels), p).",
        'Return {"accuracy": float(...), "cross_entropy": ...}.',
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
            "The probability of the true class is looked up, and no one-hot rows are "
            "made. What it costs: the formula of the loss stands in a second place."
        ),
    ),
)

# The right function, in steps that may be wrong.


def build():
    return Model()


def one_hot(labels):
    return np.eye(10)[labels]


def cross_entropy(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


def report(model, x, labels):
    p = predicted(model, x)
    right = p.argmax(axis=1) == labels
    share = float(right.mean())
    return {"accuracy": share, "cross_entropy": cross_entropy(one_hot(labels), p)}


# What networks in the worker have answered, so that a batch is asked for once.
ANSWERED = weakref.WeakKeyDictionary()


def predicted(model, x):
    """The probabilities that the network in the worker gives, in float64."""
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
        "x is prepared already, and you divided it by 255 once more.",
        "predicted(model, x) -> predicted(model, x / 255)",
    ),
    slip(
        "percent",
        "The accuracy is a share from 0 to 1; you gave percent.",
        "share = _a -> share = 100 * _a",
    ),
    slip(
        "errors",
        "Your accuracy is the share of the wrong answers.",
        "p.argmax(axis=1) == labels -> p.argmax(axis=1) != labels",
    ),
    slip(
        "argmax of photos",
        "argmax goes down the photos, which leaves ten answers. The ten classes of a "
        "photo stand along axis 1.",
        "p.argmax(axis=1) == labels -> p.argmax(axis=0) == labels[:10]",
    ),
    slip(
        "confidence for accuracy",
        "Your accuracy is the mean of the largest probabilities. That is how sure the "
        "network is; how often it is right is another number.",
        "share = _a -> share = float(p.max(axis=1).mean())",
    ),
    slip(
        "exchanged",
        "Labels and probabilities have changed places in the loss: the logarithm is "
        "that of the probabilities.",
        "cross_entropy(_a, _b) -> cross_entropy(_b, _a)",
    ),
    slip(
        "predicted class",
        "The answers are compared with themselves: the loss takes the predicted class "
        "for the true one. It looks up the true class, so it needs the labels.",
        "one_hot(labels) -> one_hot(p.argmax(axis=1))",
    ),
    slip(
        "clipped elsewhere",
        "p is clipped, but to another range than 1e-7 to 1 - 1e-7. "
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
        "You returned one loss per photo. The loss of the report is their mean.",
        "float(-_a.mean()) -> -_a",
    ),
    sentences={
        "mean for sum": "You took the mean over the classes as well as over the photos. "
        "Your cross_entropy does it right: call it.",
        "sum for mean": "You took the sum over the photos instead of the mean: divide by "
        "their number.",
        "no clip": "p is not clipped before the logarithm, and 0 * log 0 is nan in "
        "numpy. Your cross_entropy clips p first: call it.",
        "missing minus": "The sign of the loss is wrong: a minus is missing, or there "
        "is one too many. A cross-entropy is never below 0.",
    },
    without=("comparison turned round",),
    right=report,
)

ENTRIES = ("accuracy", "cross_entropy")
# The learner's sums in float32 against the judge's in float64, two trained networks
# and 10,000 photos, prepared and not: at most 6.3e-9.
REPORT_TOLERANCE = 1e-6


@fixture
def any_network(attempt, rng):
    """The learner's network with weights of the judge's: a report needs no training."""
    model = expect(attempt.build()).handle()
    shapes = [np.shape(w) for w in expect(model.call("get_weights")).sequence()]
    # So large that some photos are read surely, and unscaled ones are clipped.
    weights = [rng.normal(0, 2 / math.sqrt(shape[0]), shape) for shape in shapes]
    model.call("set_weights", [w.astype("float32") for w in weights])
    return model


def reported(attempt, network, x, labels, **more):
    """Ask for a report, and compare it with the judge's own count."""
    right = report(network, x, labels)
    answer = attempt.report(network, x, labels)
    expect(answer, **more).mapping(ENTRIES)
    if more:  # only there Keras's own loss is another one
        more["evaluated"] = evaluated(network, x, labels)
    for entry in ENTRIES:
        expect(answer, **more, entry=entry).its(
            entry, lambda told, entry=entry: told[entry]
        ).close_to(right[entry], tolerance=REPORT_TOLERANCE)


def evaluated(network, x, labels):
    """The loss that Keras itself gives; nan where it gives none."""
    y = one_hot(labels).astype("float32")
    found = quietly(lambda: network.call("evaluate", x, y, verbose=0))
    found = found[0] if isinstance(found, (list, tuple)) and found else found
    return float(found) if isinstance(found, (int, float)) else math.nan


@reporting.check
def counts_as_the_judge_does(attempt, any_network, mnist):
    """Both numbers are right on 200 photos, with a network that the grader made."""
    reported(attempt, any_network, flat(mnist.x_test[:200]) / 255, mnist.y_test[:200])


@reporting.check
def counts_few_photos(attempt, any_network, rng, mnist):
    """Both numbers are right on a handful of other photos."""
    few = rng.choice(len(mnist.x_test), 37, replace=False)
    reported(attempt, any_network, flat(mnist.x_test[few]) / 255, mnist.y_test[few])


@reporting.check
def clips_as_in_lesson_3(attempt, any_network, mnist):
    """On photos that were not scaled it is still your own, clipped loss."""
    some = slice(1000, 1300)
    x, labels = flat(mnist.x_test[some]), mnist.y_test[some]
    reported(attempt, any_network, x, labels, unscaled=True)


def reporting_with(
    accuracy="float((p.argmax(axis=1) == labels).mean())", loss="", p=""
):
    """An example: a report with one of its numbers wrong."""
    return f"""
def report(model, x, labels):
    p = {p or "model.predict(x, verbose=0)"}
    y = one_hot(labels)
    right = {accuracy}
    return {{"accuracy": right, "cross_entropy": {loss or "cross_entropy(y, p)"}}}
"""


@reporting.symptom(
    "The dict needs two entries, named accuracy and cross_entropy.",
    edit=('"cross_entropy": cross', '"loss": cross'),
)
def other_names(answer):
    return isinstance(answer.value, dict) and not set(ENTRIES) <= set(answer.value)


@reporting.symptom(
    "cross_entropy wants one-hot rows, and labels are numbers here.\n"
    "one_hot(labels) makes them.",
    edit=("cross_entropy(one_hot(labels), p)", "cross_entropy(labels, p)"),
)
def labels_not_one_hot(answer):
    n = len(answer.args[1])
    return f"({n},) ({n},10)" in answer.raised.message


@reporting.symptom(
    "Ten answers met {n} labels. Did argmax go down the photos? The ten classes of a "
    "photo stand along axis 1.",
    edit=("p.argmax(axis=1)", "p.argmax(axis=0)"),
)
def argmax_of_photos(answer):
    n, said = len(answer.args[1]), answer.raised.message
    is_met = "(10,)" in said and f"({n},)" in said
    return is_met and "broadcast" in said and {"n": n}


def is_of_unscaled_photos(answer):
    return answer.facts["unscaled"] and answer.facts["entry"] == "cross_entropy"


@reporting.symptom(
    "On these photos your loss is the one that model.evaluate gives, and not that of the "
    "answers: Keras takes it from the scores that it remembers, without the clip.\n"
    "Call your cross_entropy.",
    example=reporting_with(loss="model.evaluate(x, y, verbose=0)[0]"),
)
def evaluated_by_keras(answer):
    loss, by_keras = answer.value["cross_entropy"], answer.facts["evaluated"]
    return is_of_unscaled_photos(answer) and abs(loss - by_keras) < 1e-5 * by_keras


@reporting.symptom(
    "On these photos many true classes get nearly 0, and your loss is {v}, which is "
    "more than the loss clipped at 1e-7, as in lesson 3. Is p clipped elsewhere, or "
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
    return is_of_unscaled_photos(answer) and is_more and {"v": f"{value:.4f}"}
