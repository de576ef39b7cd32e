"""Measure the tables of lesson 10, seed by seed.

    uv run python -m lessons.lesson10_playing_with_the_loss.measure [runs]

Prints the tables of NOTES.md. Twenty seeds take about six minutes on one quiet core.
Thresholds and temperatures are chosen on photos held back from the training set; the
test photos are looked at afterwards, and nothing is chosen by them.
"""

import os
import sys
from statistics import mean, stdev

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from lessons.data import load_data
from solutions import lesson10_playing_with_the_loss as solution

THRESHOLDS = {"0.5": 0.5, "0.05": 0.05, "1/21": 1 / 21, "1/182": 1 / 182}
HELD_BACK = slice(50_000, None)


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


def eights(data, seeds):
    """What the networks of each loss give held-back and new photos, a pair a seed."""
    (photos, labels), (new_photos, new_labels) = data
    x, y = solution.find_eights_data(photos, labels)
    x_held = solution.prepare(photos[HELD_BACK])
    x_new = solution.prepare(new_photos[solution.a_hundred_each(new_labels)])
    print(f"{len(x)} photos, {int(y[:, 1].sum())} eights")
    answers = {}
    for name, slope in solution.LOSSES.items():
        nets = [solution.train(x, y, slope, seed) for seed in range(seeds)]
        answers[name] = [
            [solution.predict(photos, net)[:, 1] for photos in (x_held, x_new)]
            for net in nets
        ]
    return answers


def at_fixed_thresholds(answers, is_new):
    """The rates on new photos at fixed thresholds."""
    header("loss", "runs", "accuracy", "recall", "precision", "dice")
    for name, pairs in answers.items():
        for said, threshold in THRESHOLDS.items():
            rows = [rates(is_new, p_new, threshold) for _, p_new in pairs]
            summed_up(f"{name}, at {said}", rows, 3)


def at_chosen_thresholds(answers, held_labels, is_new):
    """Each network at the threshold with the best dice on 1,000 held-back photos.

    Columns: the threshold; dice on the 1,000 and on the 9,000 others held back; on new
    photos recall, precision and dice; average precision on all held back, and on new.
    """
    columns = "threshold", "dice, 1,000 held back", "dice, 9,000 held back"
    header(
        "loss", "runs", *columns, "recall", "precision", "dice", "AP held back", "AP"
    )
    chosen_by = solution.a_hundred_each(held_labels)
    others = np.setdiff1d(np.arange(len(held_labels)), chosen_by)
    is_held, table = held_labels == 8, []
    for name, pairs in answers.items():
        rows = []
        for p, p_new in pairs:
            threshold, dice = solution.move_threshold(
                p[chosen_by], is_held[chosen_by], p_new, is_new
            )
            _, recall, precision, _ = rates(is_new, p_new, threshold)
            held, rest = (
                rates(is_held[i], p[i], threshold)[3] for i in (chosen_by, others)
            )
            ranked = float(solution.average_precision(is_held, p))
            ranked_new = float(solution.average_precision(is_new, p_new))
            rows.append(
                [threshold, held, rest, recall, precision, dice, ranked, ranked_new]
            )
        summed_up(name, rows, 3)
        table.append(rows)
    who_is_best(list(answers), np.array(table))


def who_is_best(names, table):
    """In how many seeds each loss is the best, by held-back photos and by new ones."""
    said = {
        1: "dice on the 1,000 that chose the threshold",
        6: "average precision on all held-back photos",
        5: "dice on new photos",
    }
    for column, criterion in said.items():
        winners = table[:, :, column].argmax(axis=0)
        wins = {name: int((winners == i).sum()) for i, name in enumerate(names)}
        print(f"best by {criterion}, of {table.shape[1]} seeds: {wins}")


def calibration(data, seeds, epochs):
    """Three losses before and after one temperature, fitted on held-back photos."""
    (photos, labels), (new_photos, new_labels) = data
    held = HELD_BACK.start + solution.a_hundred_each(labels[HELD_BACK])
    x, y = solution.prepare(photos[:4000]), np.eye(10, dtype="float32")[labels[:4000]]
    x_held, x_new = solution.prepare(photos[held]), solution.prepare(new_photos)
    plain = solution.weighted_slope(np.ones(10))
    runs = {
        "cross-entropy": (y, plain),
        "smoothing 0.1": (solution.smooth(y, 0.1).astype("float32"), plain),
        "focal, gamma 2": (y, solution.focal_slope(2)),
    }
    print(f"{epochs} epochs")
    columns = "confidence", "ECE", "cross-entropy"
    held_back = "ECE held back", "T", "cross-entropy held back, with T"
    header("loss", "runs", "accuracy", *columns, *held_back, *columns)
    for name, (target, slope) in runs.items():
        rows = []
        for seed in range(seeds):
            net = solution.train(x, target, slope, seed, epochs)
            z_held = solution.logits(x_held, net).astype(float)
            z = solution.logits(x_new, net).astype(float)
            _, error, _ = trust(solution.softmax(z_held), labels[held])
            T = solution.temperature(
                z_held, np.eye(10)[labels[held]], solution.TEMPERATURES
            )
            _, _, loss = trust(solution.softmax(z_held / T), labels[held])
            before, after = (trust(solution.softmax(z / t), new_labels) for t in (1, T))
            accuracy = float((z.argmax(axis=1) == new_labels).mean())
            rows.append([accuracy, *before, error, T, loss, *after])
        summed_up(name, rows, 4)


def trust(p, labels):
    """Mean confidence, calibration error and cross-entropy."""
    error = solution.expected_calibration_error(p, labels)
    loss = solution.cross_entropy(np.eye(10)[labels], p)
    return float(p.max(axis=1).mean()), error, loss


def main(seeds):
    """Print all tables."""
    data = (_, labels), (_, new_labels) = load_data()
    is_new = new_labels[solution.a_hundred_each(new_labels)] == 8
    answers = eights(data, seeds)
    at_fixed_thresholds(answers, is_new)
    at_chosen_thresholds(answers, labels[HELD_BACK], is_new)
    for epochs in (20, 40):
        calibration(data, seeds, epochs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
