"""Measure what a step of each kind reaches, and what dropout does, seed by seed.

    uv run python -m lessons.lesson11_optimizers.measure [runs] [recipe ...]

Prints the tables of NOTES.md: lesson 9's network of 64 units, batches of 32, trained on
the first 4,000 training images; accuracy and loss on the 10,000 after them. The test
images are not looked at.
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

network = LazyModule(solution_of(Path(__file__).parents[1] / "lesson9_train_by_hand"))


def sgd(w, g, state, t, lr=0.01):
    """A plain step."""
    return w - lr * g, state


def long_sgd(w, g, state, t):
    """A plain step with lesson 9's rate."""
    return sgd(w, g, state, t, lr=0.2)


def momentum(w, g, state, t, lr=0.01, beta=0.9):
    """A step with momentum, as Keras takes it."""
    v = beta * state.get("v", 0) - lr * g
    return w + v, {"v": v}


def rmsprop(w, g, state, t, lr=0.001, rho=0.9, eps=1e-7):
    """A step of RMSprop, as Keras takes it."""
    s = rho * state.get("s", 0) + (1 - rho) * g**2
    return w - lr * g / np.sqrt(s + eps), {"s": s}


def adam(w, g, state, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    """A step of Adam."""
    m = beta1 * state.get("m", 0) + (1 - beta1) * g
    v = beta2 * state.get("v", 0) + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), {"m": m, "v": v}


def gradients(x, y, params, rate, rng):
    """The gradients of a batch, with a fraction of the hidden units dropped."""
    z1 = x @ params["W1"] + params["b1"]
    kept = (rng.random(z1.shape) >= rate) / (1 - rate) if rate else 1.0
    a = np.maximum(z1, 0) * kept
    p = network.stable_softmax(a @ params["W2"] + params["b2"])
    dz2 = (p - y) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0) * kept
    return {"W1": x.T @ dz1, "b1": dz1.sum(0), "W2": a.T @ dz2, "b2": dz2.sum(0)}


def fit(x, y, seed, step, epochs=5, rate=0.0):
    """Train lesson 9's network with steps of this kind."""
    rng = np.random.default_rng(seed)
    params = network.init((x.shape[1], 64, y.shape[1]), seed)
    states, t = {name: {} for name in params}, 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for first in range(0, len(x), 32):
            rows = order[first : first + 32]
            grads = gradients(x[rows], y[rows], params, rate, rng)
            t += 1
            for name, g in grads.items():
                params[name], states[name] = step(params[name], g, states[name], t)
    return params


RECIPES = {
    "sgd, lr 0.01": (sgd, 5, 0.0),
    "sgd, lr 0.2": (long_sgd, 5, 0.0),
    "momentum, lr 0.01": (momentum, 5, 0.0),
    "rmsprop": (rmsprop, 5, 0.0),
    "adam": (adam, 5, 0.0),
    "adam, 20 epochs": (adam, 20, 0.0),
    "adam, 20 epochs, dropout 0.2": (adam, 20, 0.2),
}


def main(runs, names):
    """Print one line a recipe."""
    (images, labels), _ = load_data()
    x = network.prepare(images[:4000]).astype(np.float64)
    y = network.one_hot(labels[:4000])
    val = network.prepare(images[4000:14_000]).astype(np.float64)
    truth = network.one_hot(labels[4000:14_000])
    print(
        "| recipe | runs | accuracy: mean | min | max | sd | validation loss | training loss |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        step, epochs, rate = RECIPES[name]
        rows = []
        for seed in range(runs):
            params = fit(x, y, seed, step, epochs, rate)
            p, seen = network.forward(val, params)[2], network.forward(x, params)[2]
            right = (p.argmax(axis=1) == truth.argmax(axis=1)).mean()
            losses = network.cross_entropy(truth, p), network.cross_entropy(y, seen)
            rows.append((float(right), *losses))
        right, loss, seen = zip(*rows, strict=True)
        print(
            f"| {name} | {runs} | {mean(right):.4f} | {min(right):.4f} |"
            f" {max(right):.4f} | {stdev(right):.4f} | {mean(loss):.4f} |"
            f" {mean(seen):.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, sys.argv[2:] or list(RECIPES))
