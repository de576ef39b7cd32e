"""Lesson 3: what its exercises have in common, and the numbers in its text."""

import functools
import math

import numpy as np

from grader.checks import lesson

from .. import reference

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "turn logits into probabilities, and these into a loss, on paper and in NumPy",
        "say why the loss is a logarithm, and why a batch takes the mean",
        "write tests that catch a wrong loss, and let logits follow a right one",
    ),
)

# The paper batch. It was searched for: every mistake gives a different mean, at
# least 0.106 from the right one and 0.038 from every other. Do not change it lightly.
PAPER_EXPS = np.array([[7.0, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])
PAPER_Z = np.log(PAPER_EXPS)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]
PAPER_P = PAPER_EXPS / PAPER_EXPS.sum(axis=1, keepdims=True)

A_Z = [math.log(7), math.log(2), 0.0]
A_P = np.array([[0.7, 0.2, 0.1]])
B_Z = np.array([[1.0, 0, 0, 0, 0, 0, 0, 3, 0, 0]])

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """Return one-hot labels and probabilities of n images and k classes."""
    e = np.exp(2 * rng.normal(size=(n, k)))
    return np.eye(k)[rng.integers(k, size=n)], e / e.sum(axis=1, keepdims=True)


def sizes(y, p):
    """Return the n and the k for a sentence."""
    return {"n": p.shape[0], "k": p.shape[1]}


EPSILONS = tuple(10.0**-digits for digits in range(4, 17))


def moved_by(answer, change, mean=False):
    """Return the epsilon with which `change(p, eps)` gives exactly this answer."""
    y, p = answer.args
    right = -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)
    for eps in EPSILONS:
        with np.errstate(all="ignore"):
            wrong = -(y * np.log(change(p, eps))).sum(axis=1)
        told = wrong.mean() if mean else wrong
        # An empty array is close to anything.
        is_told = np.shape(answer.value) == np.shape(told) and np.allclose(
            answer.value, told, rtol=0, atol=1e-12
        )
        if is_told and not np.allclose(wrong, right, rtol=0, atol=1e-9):
            return {"eps": f"{eps:.0e}".replace("e-0", "e-")}
    return None


# Every number in the text, computed again.


def _text(value, digits=6):
    return lambda: f"{value:.{digits}f}"


def _surprise(p, digits=6):
    return _text(-math.log(p), digits)


def _entropy(labels):
    """Return what a constant answer costs that gives each class its frequency."""
    p = np.bincount(labels) / len(labels)
    return -(p * np.log(p)).sum()


def _paper_batch():
    return reference.PAPER_Y, reference.softmax(reference.PAPER_Z)


def _training_labels():
    # A grading doesn't need the images, so it doesn't import them.
    from lessons.data import load_data

    return load_data()[0][1]


def _nudged(h):
    """Return the loss of the paper batch with its first logit raised by h."""
    z = PAPER_Z.copy()
    z[0, 0] += h
    e = np.exp(z)
    return -np.log((e / e.sum(axis=1, keepdims=True))[PAPER_Y == 1]).mean()


@functools.cache
def _stepped(steps):
    """Return the loss and the probabilities of the paper batch after some steps of 3i."""
    z = PAPER_Z
    for _ in range(steps):
        z = reference.one_step(PAPER_Y, z)
    p = reference.softmax(z)
    return reference.cross_entropy(PAPER_Y, p), p


def _after(steps):
    return lambda: f"{_stepped(steps)[0]:.3f}"


_B_SUM = np.exp(B_Z).sum()
_PAPER_TRUE = np.array([0.7, 0.2, 0.125, 0.5])
_PAPER_LOSS = -np.log(_PAPER_TRUE).mean()

NUMBERS = {
    "1.1846753946531534": lambda: repr(reference.cross_entropy(*_paper_batch())),
    "0.001001": _surprise(0.999),
    "0.010050": _surprise(0.99),
    "0.105361": _surprise(0.9),
    "0.693147": _surprise(0.5),
    "1.386294": _surprise(0.25),
    "2.302585": _surprise(0.1),
    "16.118096": _surprise(1e-7),
    "0.7": _text(7 / 10, 1),
    "0.2": _text(2 / 10, 1),
    "0.1": _text(1 / 10, 1),
    "0.6": _text(3 / 5, 1),
    "0.356675": _surprise(0.7),
    "1.609438": _surprise(0.2),
    "0.357": _surprise(0.7, 3),
    "1.609": _surprise(0.2, 3),
    "0.983": _text((math.log(10 / 7) + math.log(5)) / 2, 3),
    "30.803819": _text(_B_SUM),
    "0.652047": _text(math.exp(3) / _B_SUM),
    "0.427639": _text(math.log(_B_SUM) - 3),
    "0.916291": _surprise(0.4),
    "0.020203": _surprise(0.98),
    "1.184675": _text(_PAPER_LOSS),
    "exp(-1.184675) = 0.3058": lambda: f"exp(-1.184675) = {math.exp(-1.184675):.4f}",
    "0.125 * 0.5 = 0.00875": lambda: f"0.125 * 0.5 = {_PAPER_TRUE.prod():.5f}",
    "4.738702": _text(-np.log(_PAPER_TRUE).sum()),
    "2.301159": lambda: f"{_entropy(_training_labels()):.6f}",
    "1.039721": _text(_entropy([0, 1, 2, 2])),
    "1.709125 bits": lambda: f"{_PAPER_LOSS / math.log(2):.6f} bits",
    "3.269625": _text(math.exp(_PAPER_LOSS)),
    "$ln 10$ is\n2.3": lambda: f"$ln 10$ is\n{math.log(10):.1f}",
    "$ln 5$ is 1.6": lambda: f"$ln 5$ is {math.log(5):.1f}",
    "1.1846754": _text(_nudged(0), 7),
    "1.1846679": _text(_nudged(1e-4), 7),
    "-0.075": _text((_nudged(1e-4) - _nudged(0)) / 1e-4, 3),
    "1.185": _after(0),
    "0.142": _after(10),
    "0.027": _after(50),
    "at least 97 %": lambda: (
        f"at least {100 * _stepped(50)[1].max(axis=1).min():.0f} %"
    ),
    "takes 13 losses": lambda: f"takes {PAPER_Z.size + 1} losses",
    "407,050": lambda: f"{784 * 512 + 512 + 512 * 10 + 10:,}",
    "about 10.8 nats": lambda: f"about {math.log(50_000):.1f} nats",
}
QUOTED = {
    "0.0001": "a choice: small enough for slopes of five digits",
    "0.999": "given: a probability in the table",
    "0.99": "given: a probability in the table",
    "0.9": "given: a probability in the table, and a soft label",
    "0.5": "given: a probability in the table",
    "0.25": "given: a probability in the table",
    "0.4": "given: the cautious classifier's probability",
    "0.98": "given: the sure classifier's probability",
    "0.1135": "lesson 1: the accuracy of always answering 1",
    "50,000": "given: the number of words of an example",
}
