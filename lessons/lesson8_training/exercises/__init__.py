"""What is asked of lesson 8, and which mistakes are known.

The network is trained once. It is judged by its answers to the 10,000 test photos, whose
labels it never sees; what chooses its epoch are 5,000 photos held back from the training
set. When it misses a target, the judge looks for clues: how it was trained, what it is
made of, and how `predict` answers a few photos in disguise.
"""

import functools
import json
import math
from pathlib import Path
from statistics import mean

import numpy as np

from grader.checks import Stopped, expect, lesson

# A float64 copy of all photos is 376 MB, and careless code makes several.
LESSON = lesson(
    imports=("numpy", "keras"),
    cpu_s=20,
    memory_mb=4096,
    trains=True,
    can_do=(
        "train a network that reads digits",
        "say which digits it takes for which, and look at its worst mistakes",
        "read from the numbers of a run what went wrong in it",
    ),
)

# Both gates are wide of what 20 seeds of the page's recipe reach (NOTES.md).
LEAST_ACCURACY = 0.97
MOST_CROSS_ENTROPY = 0.10

# Lesson 2 keeps so many photos of each digit apart, and this lesson holds them back.
PER_CLASS = 500

# What the judge counts


def split(labels, per_class, seed):
    """Positions to train on, and positions held back, class by class."""
    rng = np.random.default_rng(seed)
    places = [rng.permutation(np.flatnonzero(labels == c)) for c in np.unique(labels)]
    kept = np.concatenate([mine[per_class:] for mine in places])
    held = np.concatenate([mine[:per_class] for mine in places])
    return rng.permutation(kept), rng.permutation(held)


def softened(p):
    """Rows divided by their sums and clipped, as Keras does before its logarithm."""
    with np.errstate(all="ignore"):
        p = p.astype("float64")
        return np.clip(p / p.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)


def loss_of(p, labels):
    """The mean cross-entropy of the rows of p, in nats."""
    return float(-np.log(softened(p)[np.arange(len(p)), labels]).mean())


def share_right(p, labels):
    return float((p.argmax(axis=1) == labels).mean())


def flat(images):
    return images.reshape(len(images), -1).astype("float32")


def counted(true, predicted, k=10):
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (true, predicted), 1)
    return counts


def probabilities(answer, n):
    """Ten real numbers for each of n photos."""
    p = expect(answer).array(shape=(n, 10))
    expect(answer).holds(
        p.dtype.kind in "iuf",
        "Probabilities are real numbers; the dtype of yours is {dtype}.",
        dtype=p.dtype.name,
    )
    return p


def quietly(ask):
    """What a question gives, or None when it cannot be answered."""
    try:
        return ask().value
    except Stopped:
        return None


# Numbers of the text


@functools.cache
def runs(recipe):
    """What measure.py wrote down about one recipe, seed by seed."""
    path = Path(__file__).parent.parent / "measured.json"
    text = path.read_text(encoding="utf-8")
    return [run for run in json.loads(text) if run["recipe"] == recipe]


def average(recipe, what, epoch, digits=4):
    return f"{mean(run['epochs'][epoch - 1][what] for run in runs(recipe)):.{digits}f}"


def row(what, epochs, recipe="held back"):
    """The means over all seeds, after each of these epochs."""
    return "  ".join(average(recipe, what, epoch) for epoch in epochs)


def chosen():
    """The epoch that the held-back loss chose, seed by seed."""
    return [run["chosen"] for run in runs("held back")]


def turn():
    """The epoch after which the held-back loss is lowest, in the mean of all seeds."""
    many = len(runs("held back")[0]["epochs"])
    return min(
        range(1, many + 1),
        key=lambda epoch: float(average("held back", "cross_entropy", epoch, 6)),
    )


def at_the_end(where, what, choose):
    """What the networks of the chosen epochs get, over all seeds."""
    found = [
        run["epochs"][run["chosen"] - 1] if where == "held" else run[where]
        for run in runs("held back")
    ]
    return f"{choose(one[what] for one in found):.4f}"


def log(recipe, what, epoch, digits=3):
    """A number of the first run of a recipe, as exercise 8f shows it."""
    return f"{runs(recipe)[0]['epochs'][epoch - 1][what]:.{digits}f}"


def log_line(recipe):
    """One line of the table of exercise 8f."""
    return (
        f"{log(recipe, 'fit_loss', 1):>6}   {log(recipe, 'fit_accuracy', 1)}    "
        f"{log(recipe, 'fit_loss', 5):>6}   {log(recipe, 'fit_accuracy', 5)}    "
        f" {log(recipe, 'accuracy', 5, 4)}    {log(recipe, 'cross_entropy', 5)}"
    )


LOGS = {
    "unscaled, 0 to 255": (" 5.317   0.901     0.310   0.978     0.9646    0.397"),
    "test photos trained on as well": (
        " 0.245   0.928     0.032   0.992     0.9951    0.019"
    ),
    "labels shuffled apart": " 2.314   0.103     2.265   0.151     0.0955    2.338",
    "// 255": " 1.872   0.371     1.569   0.433     0.4190    1.621",
    "no softmax, loss by name": "10.563   0.201     9.448   0.294     0.2979    9.521",
}
TEST_UNSCALED = "training set scaled, test set not"
EPOCHS = (1, 2, 3, 4, 5)
LATER = (6, 7, 8, 10, 12)
NUMBERS = {
    "55,000 / 128 gives 430 steps": lambda: (
        f"55,000 / 128 gives {math.ceil(55_000 / 128)} steps"
    ),
    "407,050": lambda: f"{784 * 512 + 512 + 512 * 10 + 10:,}",
    "2.302585": lambda: f"{math.log(10):.6f}",
    "0.9544  0.9676  0.9721  0.9746  0.9757": lambda: row("accuracy", EPOCHS),
    "0.1535  0.1079  0.0920  0.0850  0.0819": lambda: row("cross_entropy", EPOCHS),
    "0.9765  0.9773  0.9776  0.9787  0.9799": lambda: row("accuracy", LATER),
    "0.0807  0.0803  0.0807  0.0819  0.0821": lambda: row("cross_entropy", LATER),
    "0.0033": lambda: average("held back", "fit_loss", 12),
    "lowest after epoch 7,": lambda: f"lowest after epoch {turn()},",
    "from epoch 4 to epoch 11": lambda: (
        f"from epoch {min(chosen())} to epoch {max(chosen())}"
    ),
    "0.0215": lambda: at_the_end("trained", "cross_entropy", mean),
    "0.0788": lambda: at_the_end("held", "cross_entropy", mean),
    "0.9786 on average": lambda: f"{at_the_end('test', 'accuracy', mean)} on average",
    "0.9731": lambda: at_the_end("test", "accuracy", min),
    "0.9814": lambda: at_the_end("test", "accuracy", max),
    "0.0719 on average": lambda: (
        f"{at_the_end('test', 'cross_entropy', mean)} on average"
    ),
    "0.0835 at most": lambda: f"{at_the_end('test', 'cross_entropy', max)} at most",
    "0.9788": lambda: average(TEST_UNSCALED, "accuracy", 5),
    "0.3375": lambda: average(TEST_UNSCALED, "cross_entropy", 5),
    "11.90": lambda: f"{mean(run['evaluated'] for run in runs(TEST_UNSCALED)):.2f}",
    **{line: functools.partial(log_line, recipe) for recipe, line in LOGS.items()},
}
QUOTED = {
    "60,000": "the size of MNIST's training set",
    "10,000": "the size of its test set",
    "5,000": "500 of each digit, held back",
    "55,000": "60,000 - 5,000",
    "4,000, 40,000 or 400,000": "choices of a question",
    "400,000": "407,050, rounded",
    "at least 0.97": "the target, LEAST_ACCURACY",
    "0.10. They": "the target, MOST_CROSS_ENTROPY",
    "targets, 0.97": "the first target, LEAST_ACCURACY",
    "0.10, ask": "the second, MOST_CROSS_ENTROPY",
    "1.0000": "a perfect accuracy",
    "0.966": "an example, between the unscaled runs that were measured",
}
