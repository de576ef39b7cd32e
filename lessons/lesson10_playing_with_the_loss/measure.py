"""Measure the tables of lesson 10, seed by seed.

    uv run python -m lessons.lesson10_playing_with_the_loss.measure [runs]

Prints the tables of NOTES.md. Twenty seeds take about three minutes on one quiet core.
Thresholds are chosen on validation images; the test images choose nothing.
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

THRESHOLDS = {"0.5": 0.5, "0.05": 0.05, "1/21": 1 / 21, "1/182": 1 / 182}
VALIDATION = slice(50_000, None)


def header(*columns):
    """The first two lines of a table."""
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")


def summed_up(name, rows, digits):
    """One line of a table: mean [min, max] sd of each column."""
    cells = [
        f"{mean(c):.{digits}f} [{min(c):.{digits}f}, {max(c):.{digits}f}]"
        f" sd {stdev(c):.{digits + 1}f}"
        for c in zip(*rows, strict=True)
    ]
    print(f"| {name} | {len(rows)} | " + " | ".join(cells) + " |", flush=True)


def rates(is_eight, p, threshold):
    """Accuracy, recall, precision and dice at a threshold."""
    return [float(rate) for rate in solution.scores(is_eight, p >= threshold)]


def average_precision(truth, p):
    """The precision down to each eight, the highest p first; the mean over the eights."""
    found = truth[np.argsort(-p, kind="stable")]
    precision = np.cumsum(found) / np.arange(1, len(p) + 1)
    return precision[found].mean()


def eights(data, seeds):
    """Return p of the validation and test images for each loss, one pair per seed."""
    (images, labels), (test_images, test_labels) = data
    x, y = solution.find_eights_data(images, labels)
    x_val = solution.prepare(images[VALIDATION])
    x_test = solution.prepare(test_images[solution.a_hundred_each(test_labels)])
    print(f"{len(x)} images, {int(y[:, 1].sum())} eights")
    answers = {}
    for name, dL_dp in solution.LOSSES.items():
        nets = [solution.train(x, y, dL_dp, seed) for seed in range(seeds)]
        answers[name] = [
            [solution.predict(images, net)[:, 1] for images in (x_val, x_test)]
            for net in nets
        ]
    return answers


def at_fixed_thresholds(answers, is_test):
    """The rates on test images at fixed thresholds."""
    header("loss", "runs", "accuracy", "recall", "precision", "dice")
    for name, pairs in answers.items():
        for said, threshold in THRESHOLDS.items():
            rows = [rates(is_test, p_test, threshold) for _, p_test in pairs]
            summed_up(f"{name}, at {said}", rows, 3)


def at_chosen_thresholds(answers, val_labels, is_test):
    """Each network at the threshold with the best dice on 1,000 validation images.

    Columns: the threshold; dice on those 1,000 and on the 9,000 others; recall, precision
    and dice on test images; average precision on all validation images, and on test images.
    """
    columns = "threshold", "dice, 1,000 validation", "dice, 9,000 others"
    header(
        "loss", "runs", *columns, "recall", "precision", "dice", "AP validation", "AP"
    )
    chosen_by = solution.a_hundred_each(val_labels)
    others = np.setdiff1d(np.arange(len(val_labels)), chosen_by)
    is_val, table = val_labels == 8, []
    for name, pairs in answers.items():
        rows = []
        for p, p_test in pairs:
            threshold, dice = solution.move_threshold(
                p[chosen_by], is_val[chosen_by], p_test, is_test
            )
            _, recall, precision, _ = rates(is_test, p_test, threshold)
            own, rest = (
                rates(is_val[i], p[i], threshold)[3] for i in (chosen_by, others)
            )
            ranked = float(average_precision(is_val, p))
            ranked_test = float(average_precision(is_test, p_test))
            rows.append(
                [threshold, own, rest, recall, precision, dice, ranked, ranked_test]
            )
        summed_up(name, rows, 3)
        table.append(rows)
    who_is_best(list(answers), np.array(table))


def who_is_best(names, table):
    """In how many seeds each loss is the best, by validation and by test images."""
    said = {
        1: "dice on the 1,000 that chose the threshold",
        6: "average precision on all validation images",
        5: "dice on test images",
    }
    for column, criterion in said.items():
        winners = table[:, :, column].argmax(axis=0)
        wins = {name: int((winners == i).sum()) for i, name in enumerate(names)}
        print(f"best by {criterion}, of {table.shape[1]} seeds: {wins}")


def main(seeds):
    """Print all tables."""
    data = (_, labels), (_, test_labels) = load_data()
    is_test = test_labels[solution.a_hundred_each(test_labels)] == 8
    answers = eights(data, seeds)
    at_fixed_thresholds(answers, is_test)
    at_chosen_thresholds(answers, labels[VALIDATION], is_test)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
