"""Measure what the recipe of exercise 9e reaches, seed by seed, and its slips too.

    uv run python -m lessons.lesson9_train_by_hand.measure [runs] [recipe ...]

Prints the table of NOTES.md. Trains on the first 4,000 training images and measures the
accuracy on the 10,000 after them, the validation images. Only the recipe that does well
there is measured on the 10,000 test images, once. Twenty seeds take about ten minutes on
one core.
"""

import os
import sys
import time
from pathlib import Path
from statistics import mean, stdev

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from grader.checks.lesson_facts import solution_of
from grader.judge.loading import LazyModule
from lessons.data import load_data

FOLDER = Path(__file__).parent
solution = LazyModule(solution_of(FOLDER))
one_layer = LazyModule(solution_of(FOLDER.with_name("lesson6_softmax_regression")))

PARTS = ("W1", "b1", "W2", "b2")
PHOTOS = 4000


def start(sizes, seed, spread="he"):
    """The parameters at the start, in one of several spreads."""
    params = solution.init(sizes, seed)
    if spread == "zero":
        return {name: np.zeros_like(value) for name, value in params.items()}
    if spread == "equal":
        return {
            n: np.full_like(v, 0.01 if v.ndim == 2 else 0) for n, v in params.items()
        }
    scale = {"he": 1.0, "one": None, "tiny": 0.01}[spread]
    if scale is None:  # standard normal, not scaled by the fan-in
        return {
            n: v * np.sqrt(len(v) / 2) if v.ndim == 2 else v for n, v in params.items()
        }
    return {name: value * scale for name, value in params.items()}


def backward(x, y, params, z1, a, p, slip, lr):
    """The right gradients, or those of a slip."""
    grads = solution.backward(x, y, params, z1, a, p)
    if slip == "no 1/n":
        return {name: len(x) * value for name, value in grads.items()}
    if slip == "uphill":
        return {name: -value for name, value in grads.items()}
    if slip == "relu mask forgotten":
        dz1 = (p - y) / len(x) @ params["W2"].T
        return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}
    if slip == "only the output layer":
        return {**grads, "W1": 0 * grads["W1"], "b1": 0 * grads["b1"]}
    if slip == "W1 by the new W2":
        W2 = params["W2"] - lr * grads["W2"]
        dz1 = ((p - y) / len(x) @ W2.T) * (z1 > 0)
        return {**grads, "W1": x.T @ dz1, "b1": dz1.sum(axis=0)}
    if slip == "p(1-p) as well":
        dz2 = (p - y) * p * (1 - p) / len(x)
        dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
        return {"W1": x.T @ dz1, "b1": dz1.sum(0), "W2": a.T @ dz2, "b2": dz2.sum(0)}
    return grads


def fit(
    x,
    y,
    seed,
    *,
    hidden=64,
    batch=32,
    lr=0.2,
    epochs=20,
    spread="he",
    slip="",
    shuffle=True,
    drop_last=False,
):
    """Train; every argument after the seed is the solution's, unless it is a slip."""
    rng = np.random.default_rng(seed)
    params = start((x.shape[1], hidden, y.shape[1]), seed, spread)
    order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
    for epoch in range(epochs):
        if epoch and shuffle != "once" and shuffle:
            order = rng.permutation(len(x))
        stop = len(x) - len(x) % batch if drop_last else len(x)
        for first in range(0, stop, batch):
            rows = order[first : first + batch]
            z1, a, p = solution.forward(x[rows], params)
            grads = backward(x[rows], y[rows], params, z1, a, p, slip, lr)
            params = solution.sgd_step(params, grads, lr)
    return params


RECIPES = {
    "**right: batch 32, lr 0.2**": {},
    "batch 128, lr 0.5": {"batch": 128, "lr": 0.5},
    "batch 128, lr 0.2": {"batch": 128},
    "batch 32, lr 0.01": {"lr": 0.01},
    "batch 32, lr 0.05": {"lr": 0.05},
    "batch 32, lr 0.1": {"lr": 0.1},
    "batch 32, lr 0.5": {"lr": 0.5},
    "batch 32, lr 1": {"lr": 1.0},
    "batch 32, lr 2": {"lr": 2.0},
    "batch 32, lr 5": {"lr": 5.0},
    "batch 4,000 (20 steps)": {"batch": 4000},
    "1 epoch": {"epochs": 1},
    "5 epochs": {"epochs": 5},
    "10 epochs": {"epochs": 10},
    "40 epochs": {"epochs": 40},
    "8,000 images": {"more": True},
    "16 hidden units": {"hidden": 16},
    "zero weights": {"spread": "zero"},
    "all weights 0.01": {"spread": "equal"},
    "weights with sd 1": {"spread": "one"},
    "weights 100 times too small": {"spread": "tiny"},
    "no 1/n": {"slip": "no 1/n"},
    "no 1/n, batch 128, lr 0.5": {"slip": "no 1/n", "batch": 128, "lr": 0.5},
    "uphill": {"slip": "uphill"},
    "relu mask forgotten": {"slip": "relu mask forgotten"},
    "only the output layer": {"slip": "only the output layer"},
    "p(1-p) as well": {"slip": "p(1-p) as well"},
    "W1 by the new W2": {"slip": "W1 by the new W2"},
    "W1 by the new W2, lr 0.1": {"slip": "W1 by the new W2", "lr": 0.1},
    "W1 by the new W2, lr 0.05": {"slip": "W1 by the new W2", "lr": 0.05},
    "not shuffled (data as shipped)": {"shuffle": False},
    "shuffled once": {"shuffle": "once"},
    "sorted by digit, shuffled": {"sort": True},
    "sorted by digit, shuffled once": {"sort": True, "shuffle": "once"},
    "sorted by digit, not shuffled": {"sort": True, "shuffle": False},
}  # fmt: skip


def measured(x, y, x_new, labels_new, seeds, sort=False, more=False, **recipe):
    """Accuracy on new images and loss on seen images, one pair a seed."""
    x, y = (x, y) if more else (x[:PHOTOS], y[:PHOTOS])
    if sort:
        order = np.argsort(y.argmax(axis=1), kind="stable")
        x, y = x[order], y[order]
    for seed in range(seeds):
        with np.errstate(all="ignore"):
            params = fit(x, y, seed, **recipe)
            p = solution.forward(x_new, params)[2]
            loss = solution.cross_entropy(y, solution.forward(x, params)[2])
        yield float((p.argmax(axis=1) == labels_new).mean()), loss


TESTED = "the recipe, on the TEST images"
HALFWAY = "halfway"
# Lesson 6's model and its own fit, on the images of this lesson.
ONE_LAYER = {
    f"softmax regression, batch {batch}, lr {lr}": (lr, batch)
    for batch in (32, 100)
    for lr in (0.05, 0.1, 0.2, 0.5)
}


def one_layer_runs(x, y, x_new, labels_new, seeds, lr, batch):
    """Accuracy and loss of softmax regression after 20 epochs, one pair a seed."""
    for seed in range(seeds):
        W, b = one_layer.fit(x[:PHOTOS], y[:PHOTOS], lr, batch, 20, seed)
        loss = one_layer.loss(x[:PHOTOS], y[:PHOTOS], W, b)
        yield one_layer.accuracy(x_new, labels_new, W, b), loss


def print_halfway(x, y, seeds):
    """Print how high the loss is between a network and the same one, its units reversed.

    Both ends compute the same, so a convex loss could be no higher between them.
    """
    ends, middles = [], []
    for seed in range(seeds):
        one = solution.fit(x, y, seed)
        other = {
            "W1": one["W1"][:, ::-1],
            "b1": one["b1"][::-1],
            "W2": one["W2"][::-1],
            "b2": one["b2"],
        }
        middle = {name: (one[name] + other[name]) / 2 for name in PARTS}
        losses = [
            solution.cross_entropy(y, solution.forward(x, params)[2])
            for params in (one, other, middle)
        ]
        ends += losses[:2]
        middles.append(losses[2])
    print(
        f"{seeds} seeds: the loss is {min(ends):.4f} to {max(ends):.4f} at the ends, and "
        f"{min(middles):.3f} to {max(middles):.3f} halfway, {mean(middles):.3f} on average"
    )


def main(seeds, names):
    """Print one line a recipe."""
    (images, labels), (test_images, new_labels) = load_data()
    # The images after the validation images are for the recipe that trains on more.
    seen = np.r_[:PHOTOS, 14_000 : 14_000 + PHOTOS]
    x = solution.prepare(images[seen]).astype(np.float64)
    y = solution.one_hot(labels[seen])
    held = solution.prepare(images[4000:14000]).astype(np.float64), labels[4000:14000]
    test = solution.prepare(test_images).astype(np.float64), new_labels
    print("| recipe | runs | mean | min | max | sd | loss on seen images | s a run |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        if name == HALFWAY:
            print_halfway(x[:PHOTOS], y[:PHOTOS], seeds)
            continue
        recipe = RECIPES.get(name, {})
        counted_on = test if name == TESTED else held
        began = time.perf_counter()
        if name in ONE_LAYER:
            runs = list(one_layer_runs(x, y, *counted_on, seeds, *ONE_LAYER[name]))
        else:
            runs = list(measured(x, y, *counted_on, seeds, **recipe))
        took = (time.perf_counter() - began) / seeds
        accuracies, losses = zip(*runs, strict=True)
        print(
            f"| {name} | {seeds} | {mean(accuracies):.4f} | {min(accuracies):.4f} |"
            f" {max(accuracies):.4f} | {stdev(accuracies):.4f} |"
            f" {min(losses):.3f} to {max(losses):.3f} | {took:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    main(runs, sys.argv[2:] or [*RECIPES, *ONE_LAYER, TESTED, HALFWAY])
