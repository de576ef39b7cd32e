"""Measure what the recipes of lesson 6 reach, seed by seed, and what changes do to them.

    uv run python -m lessons.lesson6_softmax_regression.measure [runs] [recipe ...]

Prints the tables of NOTES.md. Trains on the first 50,000 training images and validates on
the last 10,000. Twenty seeds take about ten minutes on one core.
"""

import os
import sys
from pathlib import Path
from statistics import mean, stdev

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from grader.checks.lesson_facts import solution_of
from grader.judge.loading import LazyModule
from lessons.data import load_data

solution = LazyModule(solution_of(Path(__file__).parent))

TRAINED = 50_000
EASIER = "easier"

# Names of recipes, and what they change: lr, batch, epochs, images.
RECIPES = {
    "lr 0.5, batch 100, 3 epochs": {},
    "lr 0.1, batch 100, 3 epochs": {"lr": 0.1},
    "lr 0.1, batch 100, 5 epochs": {"lr": 0.1, "epochs": 5},
    "lr 0.1, batch 50, 5 epochs": {"lr": 0.1, "batch": 50, "epochs": 5},
    "lr 0.2, batch 100, 3 epochs": {"lr": 0.2},
    "lr 0.2, batch 100, 5 epochs": {"lr": 0.2, "epochs": 5},
    "lr 0.3, batch 100, 3 epochs": {"lr": 0.3},
    "lr 0.3, batch 100, 5 epochs": {"lr": 0.3, "epochs": 5},
    "lr 0.5, batch 100, 5 epochs": {"epochs": 5},
    "lr 0.5, batch 500, 5 epochs": {"batch": 500, "epochs": 5},
    "lr 0.05, batch 100, 5 epochs": {"lr": 0.05, "epochs": 5},
    "lr 1, batch 100, 3 epochs": {"lr": 1},
    "lr 1, batch 1,000, 5 epochs": {"lr": 1, "batch": 1000, "epochs": 5},
    "lr 2, batch 100, 3 epochs": {"lr": 2},
    "lr 5, batch 100, 3 epochs": {"lr": 5},
    "lr 0.1, batch 100, 20 epochs": {"lr": 0.1, "epochs": 20},
    "lr 0.5, batch 100, 40 epochs, 1,000 images": {"epochs": 40, "images": 1000},
    "lr 0.5, batch 100, 20 epochs, 4,000 images": {"epochs": 20, "images": 4000},
}

# Changes of exercise 6e, each measured over one epoch with batches of 100.
CHANGES = {
    "lr 0.1": {},
    "lr 0.001": {"lr": 0.001},
    "lr 5": {"lr": 5},
    "y - p": {"times": (-1, -1)},
    "no 1/n, lr 0.001": {"lr": 0.001, "times": (100, 100)},
    "db = 0": {"times": (1, 0)},
    "sorted by digit": {"is_sorted": True},
}


def one_epoch(x, y, seed, labels, *, lr=0.1, times=(1, 1), is_sorted=False):
    """Return W and b after one epoch of exercise 6e."""
    order = np.random.default_rng(seed).permutation(len(x))
    if is_sorted:
        order = np.argsort(labels, kind="stable")
    W, b = np.zeros((784, 10)), np.zeros(10)
    for start in range(0, len(x), 100):
        rows = order[start : start + 100]
        dW, db = solution.gradients(x[rows], y[rows], W, b)
        W, b = W - lr * times[0] * dW, b - lr * times[1] * db
    return W, b


def moved(images, columns):
    """Return images moved to the right."""
    return solution.prepare(np.roll(images, columns, axis=2))


def easier(x, y, runs):
    """Show that the last 10,000 images are easier than others that were not trained on.

    A model of the first 25,000 images has seen neither the next 25,000 nor the last
    10,000; its losses on both are shown.
    """
    half = TRAINED // 2
    results = []
    for seed in range(runs):
        W, b = solution.fit(x[:half], y[:half], 0.2, 100, 5, seed)
        parts = slice(half, TRAINED), slice(TRAINED, None)
        results.append([solution.loss(x[part], y[part], W, b) for part in parts])
    show("loss on the next 25,000, and on the last 10,000", results)


def show(name, results):
    """Print the row of a table: what came of all seeds."""
    columns = []
    for values in zip(*results, strict=True):
        spread = stdev(values) if len(values) > 1 else 0
        columns.append(
            f"{mean(values):.4f} ({min(values):.4f} to {max(values):.4f}, sd {spread:.4f})"
        )
    print(f"| {name} | " + " | ".join(columns) + " |", flush=True)


def main(runs, names):
    """Print the tables."""
    (images, labels), (test_images, test_labels) = load_data()
    x, y = solution.prepare(images), solution.one_hot(labels)
    x_test = solution.prepare(test_images)
    if EASIER in names:
        easier(x, y, runs)
    x_val, y_val, l_val = x[TRAINED:], y[TRAINED:], labels[TRAINED:]
    x, y = x[:TRAINED], y[:TRAINED]
    print("| change | validation accuracy | validation loss |\n|---|---|---|")
    for name, change in CHANGES.items():
        if name not in names:
            continue
        results = []
        for seed in range(runs):
            W, b = one_epoch(x, y, seed, labels[:TRAINED], **change)
            results.append(
                (
                    solution.accuracy(x_val, l_val, W, b),
                    solution.loss(x_val, y_val, W, b),
                )
            )
        show(name, results)
    print(
        "| recipe | validation accuracy | validation loss | training loss "
        "| test accuracy | validation accuracy, moved by 4 |\n|---|---|---|---|---|---|"
    )
    x_moved = moved(images[TRAINED:], 4)
    for name, recipe in RECIPES.items():
        if name not in names:
            continue
        settings = {"lr": 0.5, "batch": 100, "epochs": 3, "images": TRAINED} | recipe
        n = settings.pop("images")
        results = []
        for seed in range(runs):
            W, b = solution.fit(x[:n], y[:n], seed=seed, **settings)
            results.append(
                (
                    solution.accuracy(x_val, l_val, W, b),
                    solution.loss(x_val, y_val, W, b),
                    solution.loss(x[:n], y[:n], W, b),
                    solution.accuracy(x_test, test_labels, W, b),
                    solution.accuracy(x_moved, l_val, W, b),
                )
            )
        show(name, results)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20,
        sys.argv[2:] or [EASIER, *CHANGES, *RECIPES],
    )
