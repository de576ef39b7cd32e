"""A lesson whose answers are labels, places and counts, and wrong answers to it."""

from __future__ import annotations

import textwrap

PAGE = '''\
# %% [markdown]
# # Lesson 1  Clusters
# 10 minutes.

# %%
import numpy as np

# %% [markdown]
# ## 1a  The nearest centre              (40 points, about 2 minutes)

# %% id="1a"
def assign(x, centers):
    """The nearest centre.  x: (n, d), centers: (k, d).  Returns (n,), ints."""
    # BEGIN SOLUTION
    distances = ((x[:, None, :] - centers[None, :, :]) ** 2).sum(axis=2)
    return distances.argmin(axis=1)
    # END SOLUTION

# %% [markdown]
# ## 1b  The new centres                 (20 points, about 2 minutes)

# %% id="1b"
def update(x, labels, k):
    """The means.  x: (n, d), labels: (n,).  Returns (k, d)."""
    # BEGIN SOLUTION
    return np.array([x[labels == j].mean(axis=0) for j in range(k)])
    # END SOLUTION

# %% [markdown]
# ## 1c  The accuracy                    (20 points, about 2 minutes)

# %% id="1c"
def accuracy(guess, labels):
    """The fraction that is right.  guess, labels: (n,).  Returns a float."""
    # BEGIN SOLUTION
    return float((guess == labels).mean())
    # END SOLUTION

# %% [markdown]
# ## 1d  The most likely class           (20 points, about 2 minutes)

# %% id="1d"
def predict(p):
    """The class of each row.  p: (n, k).  Returns (n,), ints."""
    # BEGIN SOLUTION
    return np.argmax(p, axis=1)
    # END SOLUTION

# %%
if __name__ == "__main__":
    print(predict(np.eye(3)))
'''
CHECKS = """\
import numpy as np
from grader.checks import exercise, expect, lesson

LESSON = lesson(can_do=("assign points to their centres", "move a centre to its points", "count how many are right"))
HINTS = ("a", "b", "c")


def cloud(rng, n, k):
    centers = rng.normal(size=(k, 3)) * 2
    return centers[rng.integers(k, size=n)] + rng.normal(size=(n, 3)), centers


nearest = exercise("assign", hints=HINTS)
nearest.slips()


@nearest.check
def of_five_points(attempt):
    "assign gives the nearest of three centres for five points."
    x = np.array([[9.0, 1], [0, 1], [5, 6], [1, 0], [8, 0]])
    centers = np.array([[0.0, 0], [4, 5], [9, 0]])
    expect(attempt.assign(x, centers)).equals(np.array([2, 0, 1, 0, 2]))


@nearest.check
def of_random_points(attempt, reference, rng):
    "assign agrees with the solution for random points."
    for n, k in ((40, 4), (30, 3)):
        x, centers = cloud(rng, n, k)
        expect(attempt.assign(x, centers)).equals(reference.assign(x, centers))


moved = exercise("update", hints=HINTS)
moved.slips()


@moved.check
def of_four_points(attempt):
    "update gives the means of two pairs."
    x = np.array([[0.0, 1], [5, 6], [2, 3], [7, 10]])
    expect(attempt.update(x, np.array([0, 1, 0, 1]), 2)).close_to([[1, 2], [6, 8]])


@moved.check
def of_random_labels(attempt, reference, rng):
    "update agrees with the solution for random labels."
    x, labels = rng.normal(size=(30, 3)), rng.permutation(np.arange(30) % 4)
    expect(attempt.update(x, labels, 4)).close_to(reference.update(x, labels, 4))


right = exercise("accuracy", hints=HINTS)
right.slips()


@right.check
def of_seven(attempt):
    "Five of seven are right."
    guess, labels = np.array([0, 1, 2, 0, 1, 2, 0]), np.array([0, 1, 1, 0, 1, 2, 1])
    expect(attempt.accuracy(guess, labels)).close_to(5 / 7)


@right.check
def of_random_guesses(attempt, reference, rng):
    "accuracy agrees with the solution for random guesses."
    for n in (23, 61):
        guess, labels = rng.integers(3, size=(2, n))
        wanted = reference.accuracy(guess, labels)
        expect(attempt.accuracy(guess, labels)).close_to(wanted)


likely = exercise("predict", hints=HINTS)
likely.slips()


@likely.check
def of_four_rows(attempt):
    "predict gives the largest of each row."
    p = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.3, 0.4, 0.3], [0.2, 0.1, 0.7]])
    expect(attempt.predict(p)).equals(np.array([2, 0, 1, 2]))


@likely.check
def of_random_rows(attempt, reference, rng):
    "predict agrees with the solution for random rows."
    for n, k in ((40, 4), (50, 6)):
        p = rng.dirichlet(np.ones(k), size=n)
        expect(attempt.predict(p)).equals(reference.predict(p))
"""
_SQUARES = "((x[:, None] - centers) ** 2).sum(axis=2)"
# Each wrong answer: its exercise, what is wrong, its name ("" for none), and its code.
NATURAL = [
    (
        "1a",
        "from 1",
        "too large by 1",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1) + 1",
    ),
    (
        "1a",
        "no axis",
        "no axis",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).argmin()",
    ),
    (
        "1a",
        "along the points",
        "other axis",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).argmin(axis=0)",
    ),
    (
        "1a",
        "the distance",
        "value for position",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).min(axis=1)",
    ),
    (
        "1a",
        "the root of it",
        "",
        "return np.sqrt(((x[:, None] - centers) ** 2).sum(axis=2)).min(axis=1)",
    ),
    (
        "1a",
        "the farthest",
        "max for min",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).argmax(axis=1)",
    ),
    (
        "1a",
        "reversed",
        "reverse order",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)[::-1]",
    ),
    (
        "1a",
        "not squared",
        "",
        "return (x[:, None] - centers).sum(axis=2).argmin(axis=1)",
    ),
    (
        "1a",
        "absolute values",
        "",
        "return np.abs(x[:, None] - centers).sum(axis=2).argmin(axis=1)",
    ),
    (
        "1a",
        "return in the loop",
        "first item alone",
        "labels = []\n"
        "for point in x:\n"
        "    labels.append(((point - centers) ** 2).sum(axis=1).argmin())\n"
        "    return np.array(labels)",
    ),
    (
        "1a",
        "return in the loop, filled",
        "first item filled",
        "labels = np.zeros(len(x), dtype=int)\n"
        "for i, point in enumerate(x):\n"
        "    labels[i] = ((point - centers) ** 2).sum(axis=1).argmin()\n"
        "    return labels",
    ),
    (
        "1a",
        "one label returned",
        "first item alone",
        "for point in x:\n    return ((point - centers) ** 2).sum(axis=1).argmin()",
    ),
    ("1a", "the largest product", "", "return (x @ centers.T).argmax(axis=1)"),
    (
        "1a",
        "summed over the points",
        "another of three axes",
        "return ((x[:, None] - centers) ** 2).sum(axis=1).argmin(axis=1)",
    ),
    (
        "1a",
        "from the last",
        "",
        "return ((x[:, None] - centers) ** 2).sum(axis=2)[:, ::-1].argmin(axis=1)",
    ),
    (
        "1a",
        "the order",
        "",
        "return ((x[:, None] - centers) ** 2).sum(axis=2).argsort(axis=1)",
    ),
    (
        "1a",
        "the counts",
        "",
        "return np.bincount(((x[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1))",
    ),
    (
        "1b",
        "sums",
        "sum for mean",
        "return np.array([x[labels == j].sum(axis=0) for j in range(k)])",
    ),
    (
        "1b",
        "by all",
        "",
        "return np.array([x[labels == j].sum(axis=0) / len(x) for j in range(k)])",
    ),
    (
        "1b",
        "from 1",
        "one too many",
        "return np.array([x[labels == j].mean(axis=0) for j in range(1, k + 1)])",
    ),
    (
        "1b",
        "one number",
        "no axis",
        "return np.array([x[labels == j].mean() for j in range(k)])",
    ),
    (
        "1b",
        "along the rows",
        "",
        "return np.array([x[labels == j].mean(axis=1) for j in range(k)], dtype=object)",
    ),
    (
        "1b",
        "the others",
        "comparison turned round",
        "return np.array([x[labels != j].mean(axis=0) for j in range(k)])",
    ),
    (
        "1b",
        "reversed",
        "reverse order",
        "return np.array([x[labels == j].mean(axis=0) for j in range(k)])[::-1]",
    ),
    (
        "1b",
        "first alone",
        "first item alone",
        "for j in range(k):\n    return x[labels == j].mean(axis=0)",
    ),
    (
        "1b",
        "transposed",
        "transposed",
        "return np.array([x[labels == j].mean(axis=0) for j in range(k)]).T",
    ),
    (
        "1b",
        "the medians",
        "",
        "return np.array([np.median(x[labels == j], axis=0) for j in range(k)])",
    ),
    ("1c", "the count", "times the rows", "return int((guess == labels).sum())"),
    (
        "1c",
        "the errors",
        "comparison turned round",
        "return float((guess != labels).mean())",
    ),
    ("1c", "percent", "percent", "return 100 * float((guess == labels).mean())"),
    ("1c", "the last left out", "", "return float((guess[:-1] == labels[:-1]).mean())"),
    ("1c", "truth values", "", "return guess == labels"),
    ("1c", "difference", "", "return float(np.abs(guess - labels).mean())"),
    ("1d", "from 1", "too large by 1", "return np.argmax(p, axis=1) + 1"),
    ("1d", "no axis", "no axis", "return np.argmax(p)"),
    ("1d", "along the columns", "other axis", "return np.argmax(p, axis=0)"),
    ("1d", "the probability", "value for position", "return np.max(p, axis=1)"),
    ("1d", "the least likely", "min for max", "return np.argmin(p, axis=1)"),
    ("1d", "reversed", "reverse order", "return np.argmax(p, axis=1)[::-1]"),
    ("1d", "rounded", "", "return np.round(p).argmax(axis=1)"),
    (
        "1d",
        "first alone",
        "first item alone",
        "for row in p:\n    return np.argmax(row)",
    ),
    (
        "1d",
        "list of the first",
        "first item alone",
        "out = []\nfor row in p:\n    out.append(int(np.argmax(row)))\n    return out",
    ),
    ("1d", "one-hot", "", "return np.eye(p.shape[1])[p.argmax(axis=1)]"),
    ("1d", "second", "", "return np.argsort(p, axis=1)[:, -2]"),
    ("1d", "the column sums", "", "return np.argmax(p / p.sum(axis=0), axis=1)"),
    ("1d", "random", "", "return np.arange(len(p)) % p.shape[1]"),
    ("1d", "ones", "", "return np.ones(len(p), dtype=int)"),
    ("1d", "centred", "", "return np.argmax(p - p.mean(axis=0), axis=1)"),
    ("1a", "ones", "", "return np.ones(len(x), dtype=int)"),
    ("1a", "turn about", "", "return np.arange(len(x)) % len(centers)"),
    (
        "1a",
        "last coordinate",
        "",
        "return np.abs(x[:, -1:] - centers[:, -1]).argmin(axis=1)",
    ),
    (
        "1a",
        "largest coordinate",
        "",
        "return np.abs(x[:, None] - centers).max(axis=2).argmin(axis=1)",
    ),
    (
        "1a",
        "to the fourth",
        "",
        "return ((x[:, None] - centers) ** 4).sum(axis=2).argmin(axis=1)",
    ),
]
ARGUMENTS = {
    "1a": "assign(x, centers)",
    "1b": "update(x, labels, k)",
    "1c": "accuracy(guess, labels)",
    "1d": "predict(p)",
}


def code_of(tag: str, body: str) -> str:
    """Return a function for an exercise with this body."""
    inside = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return f"def {ARGUMENTS[tag]}:\n{inside}\n"
