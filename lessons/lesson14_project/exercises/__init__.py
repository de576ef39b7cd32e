"""The facts and numbers of lesson 14, and the examples that its exercises share."""

import functools
import hashlib

import numpy as np

from grader.checks import Stopped, expect, lesson, slow_fixture
from grader.report import Finding, Outcome
from lessons.data import load_text
from lessons.data.briefs import BRIEFS, load_brief, make_examples, read_pairs

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "choose a loss for a question of your own, and a baseline to beat",
        "train a model whose gradient you have checked, and choose when to stop",
        "say what a model does, and look for the example that proves you wrong",
    ),
)

NEW, NEW_LETTERS = 4000, 15_000
# measure.py: 20 seeds of the network of lesson 9. The targets keep five standard
# deviations from the mean.
RIGHT_SHIFTED, ANSWERED, RIGHT_UNSURE, BITS, RIGHT_LABELS = 0.72, 0.75, 0.97, 2.9, 0.86


def brief_of(attempt):
    """Return the brief that the attempt chose, once it is one of the four."""
    answer = attempt.entry("PLAN", "brief")
    expect(answer).one_of(BRIEFS)
    return str(answer.value).strip().lower()


def chosen_brief(attempt):
    """Return the brief, or end the check of another exercise than 14a without it."""
    brief = str(attempt.entry("PLAN", "brief").value).strip().lower()
    if brief not in BRIEFS:
        words = f"14a chooses no brief; it has to be one of {', '.join(BRIEFS)}."
        raise Stopped(Outcome.SKIPPED, Finding(words))
    return brief


@functools.lru_cache(maxsize=1)
def data_of(brief):
    """Return the two parts of a brief's data."""
    return load_brief(brief)


def loss_of_constant(y, is_one_hot):
    """Return the loss of the best constant answer to these rows, in nats."""
    p = np.clip(y.mean(axis=0), 1e-12, 1)
    if is_one_hot:
        return float(-(p * np.log(p)).sum())
    q = np.clip(1 - p, 1e-12, 1)
    return float(-(p * np.log(p) + (1 - p) * np.log(q)).sum())


def first_loss_of(brief, k):
    """Return the loss when all logits are 0."""
    return k * np.log(2) if brief == "labels" else np.log(k)


def new_examples(brief, mnist, attempt):
    """Return examples of a brief that no page shows.

    They depend on the file and not on the seed: a model close to its target passes
    always or never, and another number in the file draws others.
    """
    if brief == "letters":
        return read_pairs(load_text()[-NEW_LETTERS:])
    digest = hashlib.sha256(attempt.source.encode()).digest()
    rng = np.random.default_rng(list(digest))
    rows = rng.permutation(len(mnist.x_test))[:NEW]
    return make_examples(brief, mnist.x_test[rows], mnist.y_test[rows], rng)


@slow_fixture
def trained(attempt):
    """Return the brief, and the parameters that `train` returns for it."""
    brief = chosen_brief(attempt)
    (x, y), (x_val, y_val) = data_of(brief)
    answer = attempt.train(x, y, x_val, y_val, 0)
    expect(answer).sequence(2)
    return brief, answer


NUMBERS = {}

MEASURED = "measure.py: 20 seeds of the network of lesson 9; least or most, rounded"
QUOTED = {
    "4,000 training images": "a choice: the number of training images",
    "2,000 validation images": "a choice",
    "20,000 and 5,000": "a choice",
    "0.72 of new images": f"the target; {MEASURED}",
    "at least 0.75": "the target: how many images to answer",
    "in 0.97": f"the target; {MEASURED}",
    "2.9 bits": f"the target; {MEASURED}",
    "0.86 of new": f"the target; {MEASURED}",
    "0.9 of new examples": "how often a claim has to hold",
}
