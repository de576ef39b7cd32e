"""Measure what each bug of lesson 2 costs, on the small set.

    python lessons/lesson2_prepare_data/measure.py    # six minutes, needs TensorFlow

Train on the first 4,000 training images of MNIST; test on 1,000 others, 100 per class,
which the lesson's own stratified_split chooses from the rest of the training set. The
network is that of lesson 7: Dense 512 with relu, Dense 10 with softmax, rmsprop, batches
of 128, 10 epochs, one thread. NOTES.md contains the table that this prints.
"""

import os
from pathlib import Path
from statistics import mean, stdev

for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from grader.judge.loading import load_module

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(20)


lesson = load_module(ROOT / "solutions" / "lesson2_prepare_data.py", "solution")
data = load_module(ROOT / "lessons" / "data" / "__init__.py", "data")


def right(images):
    return lesson.scale(lesson.flatten(images))


def scrambled(images):
    return lesson.scale(images.reshape(-1, len(images)).T)


def whole_numbers(images):
    return lesson.flatten(images // 255).astype("float32")


def scaled_twice(images):
    return lesson.scale(right(images))


def unscaled(images):
    return lesson.flatten(images).astype("float32")


def train_and_test(prepare, train, test, seed):
    """Return which test images were classified correctly, as booleans."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy")
    (images, labels), (test_images, test_labels) = train, test
    y = lesson.one_hot(labels)
    model.fit(prepare(images), y, epochs=10, batch_size=128, verbose=0)
    p = model.predict(prepare(test_images), verbose=0)
    return p.argmax(axis=1) == test_labels


def row(name, prepare, train, test):
    """Print one line of the table, and return the runs."""
    runs = [train_and_test(prepare, train, test, seed) for seed in SEEDS]
    scores = [float(hits.mean()) for hits in runs]
    print(
        f"| {name} | {len(scores)} | {mean(scores):.4f} | {min(scores):.3f} "
        f"| {max(scores):.3f} | {stdev(scores):.4f} |",
        flush=True,
    )
    return runs


def main():
    (x, y), _ = data.load_data()
    _, chosen = lesson.stratified_split(y[4000:], per_class=100, seed=0)
    train, test = (x[:4000], y[:4000]), (x[4000:][chosen], y[4000:][chosen])
    images = np.concatenate((train[0], test[0]))
    labels = np.concatenate((train[1], test[1]))
    order = np.argsort(labels, kind="stable")
    head, tail = order[:4000], order[4000:]

    print("| prepared | runs | mean | min | max | sd |\n|---|---|---|---|---|---|")
    row("correctly", right, train, test)
    row("scrambled reshape", scrambled, train, test)
    row("// 255", whole_numbers, train, test)
    row("divided by 255 twice", scaled_twice, train, test)
    row("one-hot one too far", right, (train[0], (train[1] + 1) % 10), test)
    row("not scaled", unscaled, train, test)
    row("test images in training", right, (images, labels), test)
    sorted_tail = (images[tail], labels[tail])
    runs = row("sorted tail", right, (images[head], labels[head]), sorted_tail)
    print("\nDigits in the sorted tail:", np.bincount(labels[tail], minlength=10))
    wrong = [int((~hits)[labels[tail] >= 8].sum()) for hits in runs]
    print(
        "Eights and nines classified wrongly, of", (labels[tail] >= 8).sum(), ":", wrong
    )


if __name__ == "__main__":
    main()
