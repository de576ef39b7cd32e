"""Measure how far centred differences are from the gradient, for many step sizes.

    uv run python -m lessons.lesson5_gradient_check.measure [runs]

Prints the table of the lesson. Each run draws 4 images with 10 standard normal logits
and takes the largest error among the 40 entries. The text quotes the median of 20 runs,
which take two seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from grader.checks.lesson_facts import solution_of
from grader.judge.loading import LazyModule

solution = LazyModule(solution_of(Path(__file__).parent))

STEPS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12)
ONE_SIDED = 1e-5
RUNS = 20


def one_sided(f: Callable[[np.ndarray], float], z: np.ndarray, h: float) -> np.ndarray:
    """Return the gradient of f at z by one-sided differences."""
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        moved = z.copy()
        moved[i] += h
        grad[i] = (f(moved) - here) / h
    return grad


def errors(seed: int) -> list[float]:
    """Return the largest error for each step, and last the one-sided error."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(4, 10))
    y = np.eye(10)[rng.integers(10, size=4)]

    def loss(logits: np.ndarray) -> float:
        return solution.loss_from_logits(y, logits)

    gradients = [solution.numeric_grad(loss, z.copy(), h) for h in STEPS]
    gradients.append(one_sided(loss, z, ONE_SIDED))
    right = solution.grad_logits(y, z)
    return [float(np.abs(found - right).max()) for found in gradients]


def main(runs: int) -> None:
    """Print one line per step."""
    names = [*(f"{h:.0e}" for h in STEPS), f"{ONE_SIDED:.0e}, one side"]
    columns = zip(*(errors(seed) for seed in range(runs)), strict=True)
    print("| h | runs | median | least | most |\n|---|---|---|---|---|")
    for name, found in zip(names, columns, strict=True):
        middle, least, most = median(found), min(found), max(found)
        print(f"| {name} | {runs} | {middle:.1e} | {least:.1e} | {most:.1e} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
