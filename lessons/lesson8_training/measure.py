"""Measure what lesson 8's recipe reaches, seed by seed, and its wrong recipes too.

    python lessons/lesson8_training/measure.py            # run what is missing
    python lessons/lesson8_training/measure.py --table    # print the notes' table

All of it takes about half an hour. In the lesson's recipe, the loss on 500 validation
images of each digit chooses the epoch. After that, the run uses the test images once.

Every run is recorded in measured.json as soon as it ends, so an interrupted measurement
continues where it stopped. Delete the file, or some of its runs, to measure again. It
uses one thread, because a learner's worker has one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from recipes import RECIPES, Recipe

HERE = Path(__file__).resolve().parent
MNIST = HERE.parent / "data" / "mnist.npz"
RESULTS = HERE / "measured.json"
# The last 5,000 training images stay with the grader; the others are split as on the page.
UNSEEN_FROM, SPLIT_SEED = 55_000, 7
Scores = dict[str, float | None]


def main(arguments: list[str]) -> None:
    if arguments == ["--table"]:
        print("\n".join(table(load())))
        return
    measured = load()
    done = {(run["recipe"], run["seed"]) for run in measured}
    wanted = ((recipe, seed) for recipe in RECIPES for seed in recipe.seeds)
    todo = [
        (recipe, seed) for recipe, seed in wanted if (recipe.name, seed) not in done
    ]
    with np.load(MNIST) as data:
        mnist = {name: data[name] for name in data.files}
    for recipe, seed in todo:
        trained = (train_validated if recipe.per_class else train)(recipe, seed, mnist)
        run = {"recipe": recipe.name, "seed": seed, **trained}
        measured.append(run)
        save(measured)
        last = run["epochs"][-1]
        print(
            f"{recipe.name:36} {seed:3} {last['accuracy']:.4f} {last['cross_entropy']:.4f}"
        )


def load() -> list[dict[str, Any]]:
    """The runs measured so far."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []


def save(measured: list[dict[str, Any]]) -> None:
    """Write all runs down, one a line."""
    lines = ",\n".join(json.dumps(run) for run in measured)
    RESULTS.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def train(recipe: Recipe, seed: int, mnist: dict[str, np.ndarray]) -> dict[str, Any]:
    """Train once, and return the results on the test set after each epoch."""
    import keras

    started_cpu = time.process_time()
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    images, labels = (mnist[name][: recipe.images] for name in ("x_train", "y_train"))
    if recipe.leaks:
        images = np.concatenate([images, mnist["x_test"]])
        labels = np.concatenate([labels, mnist["y_test"]])
    y = np.eye(10, dtype="float32")[recipe.change_labels(labels, seed)]
    prepare_test = recipe.prepare_test or recipe.prepare
    x, x_test = recipe.prepare(images), prepare_test(mnist["x_test"])
    model = build(recipe)
    epochs: list[Scores] = []

    def look(epoch: int, logs: dict[str, float]) -> None:
        p = model.predict(x_test, verbose=0, batch_size=500)
        rows = {
            "row_sum_error": float(np.abs(p.sum(axis=1) - 1).max()),
            "lowest": float(p.min()),
        }
        epochs.append(scores(p, mnist["y_test"]) | rows | as_fitted(logs))

    fit(model, x, y, recipe.epochs, look)
    trained = seen(
        model, prepare_test(mnist["x_train"][:5000]), mnist["y_train"][:5000]
    )
    return {
        "epochs": epochs,
        "train_accuracy": trained["accuracy"],
        "train_cross_entropy": trained["cross_entropy"],
        "evaluated": evaluated(model, x_test, mnist["y_test"]),
        "cpu_s": round(time.process_time() - started_cpu, 1),
    }


def train_validated(
    recipe: Recipe, seed: int, mnist: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Train as the grader does: the validation loss chooses, the test comes once.

    The training goes on after the chosen epoch, so that the loss is seen to rise.
    """
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    x, labels = recipe.prepare(mnist["x_train"]), mnist["y_train"]
    kept, validation = split(labels[:UNSEEN_FROM], recipe.per_class, SPLIT_SEED)
    unseen = slice(UNSEEN_FROM, None)
    model = build(recipe)
    epochs: list[Scores] = []
    weights: list[list[np.ndarray]] = []

    def look(epoch: int, logs: dict[str, float]) -> None:
        weights.append(model.get_weights())
        looked = seen(model, x[validation], labels[validation])
        epochs.append(looked | as_fitted(logs))

    y = np.eye(10, dtype="float32")[labels]
    fit(model, x[kept], y[kept], recipe.epochs, look)
    chosen = stopped_early([epoch["cross_entropy"] for epoch in epochs])
    model.set_weights(weights[chosen - 1])
    return {
        "epochs": epochs,
        "chosen": chosen,
        "trained": seen(model, x[kept], labels[kept]),
        "unseen": seen(model, x[unseen], labels[unseen]),
        "test": seen(model, recipe.prepare(mnist["x_test"]), mnist["y_test"]),
    }


def fit(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    look: Callable[[int, dict[str, float]], None],
) -> None:
    """Train, and look after each epoch."""
    import keras

    looking = keras.callbacks.LambdaCallback(on_epoch_end=look)
    model.fit(x, y, epochs=epochs, batch_size=128, verbose=0, callbacks=[looking])


def split(labels: np.ndarray, per_class: int, seed: int) -> tuple[np.ndarray, ...]:
    """Return indices of training and validation images, as the lesson's split does."""
    rng = np.random.default_rng(seed)
    kept, held = [], []
    for c in np.unique(labels):
        mine = rng.permutation(np.flatnonzero(labels == c))
        held.append(mine[:per_class])
        kept.append(mine[per_class:])
    return rng.permutation(np.concatenate(kept)), rng.permutation(np.concatenate(held))


def stopped_early(losses: list[float], patience: int = 2) -> int:
    """Return the epoch, from 1, that EarlyStopping chooses."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best + 1


def seen(model: Any, x: np.ndarray, labels: np.ndarray) -> Scores:
    """Return the network's scores on some images."""
    return scores(model.predict(x, verbose=0, batch_size=500), labels)


def evaluated(model: Any, x: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the loss that `evaluate` gives."""
    y = np.eye(10, dtype="float32")[labels]
    return known(model.evaluate(x, y, verbose=0, batch_size=500)[0])


def scores(p: np.ndarray, labels: np.ndarray) -> Scores:
    """Return the accuracy and the cross-entropy of predicted rows."""
    return {
        "accuracy": float((p.argmax(axis=1) == labels).mean()),
        "cross_entropy": known(cross_entropy(p, labels)),
    }


def as_fitted(logs: dict[str, float]) -> Scores:
    """Return the numbers that the bar shows at the end of an epoch."""
    loss, accuracy = float(logs["loss"]), float(logs["accuracy"])
    return {"fit_loss": known(loss), "fit_accuracy": accuracy}


def build(recipe: Recipe) -> Any:
    """The recipe's network, compiled."""
    import keras

    layers = [keras.Input((784,))]
    if recipe.hidden:
        layers.append(
            keras.layers.Dense(recipe.hidden, activation=recipe.hidden_activation)
        )
    layers.append(keras.layers.Dense(10, activation=recipe.output_activation))
    model = keras.Sequential(layers)
    model.compile(optimizer=recipe.optimizer, loss=recipe.loss, metrics=["accuracy"])
    return model


def cross_entropy(p: np.ndarray, labels: np.ndarray) -> float:
    """Return the grader's loss: rows divided by their sums, clipped to [1e-7, 1 - 1e-7]."""
    p = p.astype("float64")
    with np.errstate(all="ignore"):
        p = np.clip(p / p.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)
    return float(-np.log(p[np.arange(len(p)), labels]).mean())


def known(value: float) -> float | None:
    """The value, or None for nan, which JSON does not have."""
    return None if np.isnan(value) else value


def table(measured: list[dict[str, Any]]) -> Iterator[str]:
    """The table of the author's notes, in Markdown."""
    yield "| recipe | runs | accuracy after 1 | after the last | cross-entropy after 1 | after the last |"
    yield "|---|---|---|---|---|---|"
    for recipe in RECIPES:
        if recipe.per_class:  # its test images are looked at once
            continue
        runs = [run["epochs"] for run in measured if run["recipe"] == recipe.name]
        if runs:
            cells = [
                spread([run[epoch][what] for run in runs])
                for what in ("accuracy", "cross_entropy")
                for epoch in (0, -1)
            ]
            yield f"| {recipe.name} | {len(runs)} | {' | '.join(cells)} |"


def spread(values: list[float | None]) -> str:
    """Mean, lowest and highest, and the standard deviation when there are runs enough."""
    if None in values:
        return "nan"
    text = f"{mean(values):.4f} [{min(values):.4f}, {max(values):.4f}]"
    return f"{text} sd {stdev(values):.4f}" if len(values) >= 10 else text


if __name__ == "__main__":
    main(sys.argv[1:])
