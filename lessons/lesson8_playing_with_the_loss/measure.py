"""Measure the tables of lesson 8, seed by seed.

    uv run python -m lessons.lesson8_playing_with_the_loss.measure [runs]

Prints the tables of NOTES.md. Twenty seeds take about two minutes on one core.
"""

import os
import sys
from statistics import mean, stdev

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from lessons.data import load_data
from solutions import lesson8_playing_with_the_loss as solution


def summed_up(name, rows, digits):
    """One line of a table: mean [min, max] sd of each column."""
    cells = [
        f"{mean(c):.{digits}f} [{min(c):.{digits}f}, {max(c):.{digits}f}]"
        f" sd {stdev(c):.{digits + 1}f}"
        for c in zip(*rows, strict=True)
    ]
    print(f"| {name} | {len(rows)} | " + " | ".join(cells) + " |", flush=True)


def find_eights(data, seeds):
    """Accuracy, recall, precision and dice of five losses."""
    (photos, labels), (new_photos, new_labels) = data
    x, y = solution.find_eights_data(photos, labels)
    new = solution.a_hundred_each(new_labels)
    x_new, is_eight = solution.prepare(new_photos[new]), new_labels[new] == 8
    print(f"{len(x)} photos, {int(y[:, 1].sum())} eights; {len(new)} new photos")
    print(
        "| loss | runs | accuracy | recall | precision | dice |\n|---|---|---|---|---|---|"
    )
    for name, slope in solution.LOSSES.items():
        rows = []
        for seed in range(seeds):
            p = solution.predict(x_new, solution.train(x, y, slope, seed))
            rows.append([float(s) for s in solution.scores(is_eight, p[:, 1] > 0.5)])
        summed_up(name, rows, 3)


def calibration(data, seeds, epochs):
    """Accuracy, confidence, calibration error and cross-entropy of three losses."""
    (photos, labels), (new_photos, new_labels) = data
    x, x_new = solution.prepare(photos[:4000]), solution.prepare(new_photos)
    y = np.eye(10, dtype="float32")[labels[:4000]]
    y_new = np.eye(10)[new_labels]
    plain = solution.weighted_slope(np.ones(10))
    runs = {
        "cross-entropy": (y, plain),
        "smoothing 0.1": (solution.smooth(y, 0.1).astype("float32"), plain),
        "focal, gamma 2": (y, solution.focal_slope(2)),
    }
    print(
        "| loss | runs | accuracy | confidence | ECE | cross-entropy |\n|---|---|---|---|---|---|"
    )
    for name, (target, slope) in runs.items():
        rows = []
        for seed in range(seeds):
            p = solution.predict(x_new, solution.train(x, target, slope, seed, epochs))
            rows.append(
                [
                    float((p.argmax(axis=1) == new_labels).mean()),
                    float(p.max(axis=1).mean()),
                    solution.expected_calibration_error(p, new_labels),
                    solution.cross_entropy(y_new, p.astype(float)),
                ]
            )
        summed_up(name, rows, 4)


def main(seeds):
    """Print both tables."""
    data = load_data()
    find_eights(data, seeds)
    for epochs in (20, 40):
        print(f"{epochs} epochs")
        calibration(data, seeds, epochs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
