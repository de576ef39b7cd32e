"""Measure the numbers of lesson 13, seed by seed.

    uv run python -m lessons.lesson13_your_loss_elsewhere.measure [runs]

Prints the tables of NOTES.md. Twenty seeds take about three minutes on one quiet core.
"""

import os
import sys
from pathlib import Path
from statistics import mean

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from grader.checks.lesson_facts import solution_of
from grader.judge.loading import LazyModule
from lessons.data import load_data, load_text

solution = LazyModule(solution_of(Path(__file__).parent))

RECIPES = (
    {"lr": lr, "batch": batch, "epochs": epochs}
    for lr, batch, epochs in (
        *((lr, 100, 3) for lr in (0.1, 0.5, 1, 2, 3, 5, 7, 10, 20, 40)),
        *((lr, 500, 3) for lr in (1, 2, 5, 10, 20)),
        *((lr, 1000, 3) for lr in (1, 5, 10, 20)),
        *((lr, 50, 3) for lr in (0.5, 1, 2, 5)),
        *((lr, 100, 1) for lr in (1, 2, 3, 5)),
    )
)


def letters(runs):
    """Print the perplexity on the validation letters for some recipes."""
    codes = solution.encode(load_text())
    train, validation = codes[:120_000], codes[120_000:]
    rows = np.eye(27)
    print("| lr | batch | epochs | runs | perplexity |\n|---|---|---|---|---|")
    for recipe in RECIPES:
        found = []
        for seed in range(runs):
            W, b = solution.fit(rows[train[:-1]], rows[train[1:]], **recipe, seed=seed)
            with np.errstate(all="ignore"):
                table = solution.stable_softmax(W + b)
                found.append(solution.perplexity(validation, table))
        print(
            "|",
            *(f"{number} |" for number in (*recipe.values(), runs)),
            f"{mean(found):.2f} [{min(found):.2f}, {max(found):.2f}] |",
            flush=True,
        )


def attributes(runs):
    """Print how many images have all four attributes right, with each loss."""
    (images, labels), _ = load_data()
    x, x_val = solution.prepare(images[:10_000]), solution.prepare(images[50_000:])
    y = solution.TRUE_OF[labels[:10_000]].astype(float)
    wanted = solution.TRUE_OF[labels[50_000:]]
    kinds = {
        "sigmoids": (solution.sigmoid, solution.sigmoid_gradients),
        "softmax": (solution.stable_softmax, solution.competing_gradients),
    }
    print("\n| outputs | runs | all four right | each |\n|---|---|---|---|")
    for name, (squash, grad) in kinds.items():
        rows = []
        for seed in range(runs):
            W, b = solution.fit(x, y, 0.1, 100, 5, seed, grad)
            right = (squash(x_val @ W + b) > 0.5) == wanted
            rows.append([right.all(axis=1).mean(), *right.mean(axis=0)])
        every, *each = np.transpose(rows)
        shown = f"{every.mean():.4f} [{every.min():.4f}, {every.max():.4f}]"
        print(f"| {name} | {runs} | {shown} |", *(f"{one.mean():.3f}" for one in each))


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    letters(count)
    attributes(count // 2)
