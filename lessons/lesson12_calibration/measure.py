"""Measure the table of lesson 12, seed by seed.

    uv run python -m lessons.lesson12_calibration.measure [runs]

Prints the tables of NOTES.md. Twenty seeds take about five minutes on one quiet core.
Temperatures are chosen on the first 1,000 validation images; the test images choose
nothing.
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

VALIDATION = slice(50_000, 51_000)
LOSSES = {
    "cross-entropy": (0, 0),
    "smoothing 0.1": (0.1, 0),
    "focal, gamma 2": (0, 2),
}
COLUMNS = (
    "accuracy",
    "T",
    "ECE",
    "ECE with T",
    "cross-entropy",
    "cross-entropy with T",
    "validation cross-entropy with T",
)


def measured(net, data):
    """One row of the table, for one network."""
    (images, labels), (test_images, test_labels) = data
    z_val = solution.logits(solution.prepare(images[VALIDATION]), net)
    z = solution.logits(solution.prepare(test_images), net)
    y_val, y = np.eye(10)[labels[VALIDATION]], np.eye(10)[test_labels]
    T, before, after = solution.calibrate(z_val, labels[VALIDATION], z, test_labels)
    return (
        float((z.argmax(axis=1) == test_labels).mean()),
        *(T, before, after),
        solution.cross_entropy(y, solution.softmax(z)),
        solution.cross_entropy(y, solution.softmax(z / T)),
        solution.cross_entropy(y_val, solution.softmax(z_val / T)),
    )


def main(seeds):
    """Print one table for each number of epochs."""
    data = ((images, labels), _) = load_data()
    x, y = solution.prepare(images[:4000]), np.eye(10, dtype="float32")[labels[:4000]]
    for epochs in (40, 20):
        print(f"\n{epochs} epochs:\n\n| loss | runs | " + " | ".join(COLUMNS) + " |")
        print("|---" * (len(COLUMNS) + 2) + "|")
        for name, (eps, gamma) in LOSSES.items():
            target = solution.smooth(y, eps).astype("float32")
            rows = [
                measured(solution.train(x, target, gamma, seed, epochs), data)
                for seed in range(seeds)
            ]
            cells = [
                f"{mean(c):.4f} [{min(c):.4f}, {max(c):.4f}] sd {stdev(c):.5f}"
                for c in zip(*rows, strict=True)
            ]
            print(f"| {name} | {seeds} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
