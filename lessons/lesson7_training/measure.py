"""Measure what lesson 7's recipe reaches, seed by seed, and its wrong recipes too.

    python lessons/lesson7_training/measure.py            # run what is missing
    python lessons/lesson7_training/measure.py --table    # print the notes' table

All of it takes about half an hour. The page's recipe holds 500 photos of each digit back,
and their loss chooses the epoch; the test photos are looked at once a run, after that.

Every run is written down in measured.json as soon as it ends, so that a
measurement that was interrupted goes on where it stopped. Delete the file, or one of
its runs, to measure again. One thread, because a learner's worker has one.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

HERE = Path(__file__).resolve().parent
MNIST = HERE.parent / "data" / "mnist.npz"
RESULTS = HERE / "measured.json"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train, right or wrong; the defaults are the source page's."""

    name: str
    seeds: tuple[int, ...] = (0, 1)
    epochs: int = 5
    hidden: int = 512
    hidden_activation: str | None = "relu"
    output_activation: str | None = "softmax"
    loss: str = "categorical_crossentropy"
    optimizer: str = "rmsprop"
    prepare: Callable[[np.ndarray], np.ndarray] = lambda x: _flat(x) / np.float32(255)
    prepare_test: Callable[[np.ndarray], np.ndarray] | None = None
    change_labels: Callable[[np.ndarray, int], np.ndarray] = lambda y, seed: y
    photos: int = 60_000
    leaks: bool = False
    held_back: int = 0  # photos of each digit; then their loss chooses the epoch


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype("float32")


def _scrambled(images: np.ndarray) -> np.ndarray:
    return images.reshape(784, len(images)).T.astype("float32") / 255


def _whole_numbers(images: np.ndarray) -> np.ndarray:
    return (images // 255).reshape(len(images), -1).astype("float32")


def _shuffled(labels: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(labels)


RECIPES = (
    Recipe("held back", seeds=tuple(range(20)), epochs=12, held_back=500),
    Recipe("correct", seeds=tuple(range(20))),
    Recipe("unscaled, 0 to 255", prepare=_flat),
    Recipe("training set scaled, test set not", prepare_test=_flat),
    Recipe("sigmoid output", output_activation="sigmoid"),
    Recipe("softmax, squared error", loss="mean_squared_error"),
    Recipe("sigmoid hidden layer", hidden_activation="sigmoid"),
    Recipe("32 hidden units", hidden=32),
    Recipe("no hidden layer", hidden=0),
    Recipe("no relu", hidden_activation=None),
    Recipe("sgd", optimizer="sgd"),
    Recipe("// 255", prepare=_whole_numbers),
    Recipe("no softmax, loss by name", output_activation=None),
    Recipe("labels shuffled apart", change_labels=_shuffled),
    Recipe("scrambled reshape", prepare=_scrambled),
    Recipe("labels one too far", change_labels=lambda y, seed: (y + 1) % 10),
    Recipe("scaled twice", prepare=lambda x: _flat(x) / np.float32(255 * 255)),
    Recipe("adam", optimizer="adam"),
    Recipe("hidden softmax", hidden_activation="softmax"),
    Recipe("binary cross-entropy", loss="binary_crossentropy"),
    Recipe("relu output", output_activation="relu"),
    Recipe(
        "500 photos, labels shuffled apart",
        photos=500,
        epochs=60,
        change_labels=_shuffled,
    ),
    Recipe("correct, 20 epochs", epochs=20),
    Recipe("20 photos", photos=20, epochs=60),
    Recipe("test photos trained on as well", leaks=True),
)


def main(arguments: list[str]) -> None:
    if arguments == ["--table"]:
        print("\n".join(table(load())))
        return
    measured = load()
    todo = [
        (recipe, seed)
        for recipe in RECIPES
        for seed in recipe.seeds
        if not any(
            run["recipe"] == recipe.name and run["seed"] == seed for run in measured
        )
    ]
    with np.load(MNIST) as data:
        mnist = {name: data[name] for name in data.files}
    for recipe, seed in todo:
        trained = (train_held_back if recipe.held_back else train)(recipe, seed, mnist)
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
    """Train once; what is seen on the test set after each epoch, and what it cost."""
    import keras

    started_cpu = time.process_time()
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    images, labels = (
        mnist["x_train"][: recipe.photos],
        mnist["y_train"][: recipe.photos],
    )
    if recipe.leaks:
        images = np.concatenate([images, mnist["x_test"]])
        labels = np.concatenate([labels, mnist["y_test"]])
    y = np.eye(10, dtype="float32")[recipe.change_labels(labels, seed)]
    prepare_test = recipe.prepare_test or recipe.prepare
    x, x_test = recipe.prepare(images), prepare_test(mnist["x_test"])
    model = build(recipe)
    epochs: list[dict[str, float]] = []

    def look(epoch: int, logs: dict[str, float]) -> None:
        p = model.predict(x_test, verbose=0, batch_size=500)
        epochs.append(
            {
                "accuracy": float((p.argmax(axis=1) == mnist["y_test"]).mean()),
                "cross_entropy": known(cross_entropy(p, mnist["y_test"])),
                "row_sum_error": float(np.abs(p.sum(axis=1) - 1).max()),
                "lowest": float(p.min()),
                "fit_loss": known(float(logs["loss"])),
                "fit_accuracy": float(logs["accuracy"]),
            }
        )

    model.fit(
        x,
        y,
        epochs=recipe.epochs,
        batch_size=128,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=look)],
    )
    p = model.predict(prepare_test(mnist["x_train"][:5000]), verbose=0, batch_size=500)
    return {
        "epochs": epochs,
        "train_accuracy": float((p.argmax(axis=1) == mnist["y_train"][:5000]).mean()),
        "train_cross_entropy": known(cross_entropy(p, mnist["y_train"][:5000])),
        "cpu_s": round(time.process_time() - started_cpu, 1),
    }


def train_held_back(
    recipe: Recipe, seed: int, mnist: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Train on what is not held back; the held-back loss chooses, the test comes once.

    The training goes on after the epoch that is chosen, so that the loss is seen to rise.
    """
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    x, labels = recipe.prepare(mnist["x_train"]), mnist["y_train"]
    kept, held = split(labels, recipe.held_back, seed)
    model = build(recipe)
    epochs: list[dict[str, float]] = []
    weights: list[list[np.ndarray]] = []

    def look(epoch: int, logs: dict[str, float]) -> None:
        weights.append(model.get_weights())
        epochs.append(seen(model, x[held], labels[held]) | as_fitted(logs))

    model.fit(
        x[kept],
        np.eye(10, dtype="float32")[labels[kept]],
        epochs=recipe.epochs,
        batch_size=128,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=look)],
    )
    chosen = stopped_early([epoch["cross_entropy"] for epoch in epochs])
    model.set_weights(weights[chosen - 1])
    return {
        "epochs": epochs,
        "chosen": chosen,
        "trained": seen(model, x[kept], labels[kept]),
        "test": seen(model, recipe.prepare(mnist["x_test"]), mnist["y_test"]),
    }


def split(labels: np.ndarray, per_class: int, seed: int) -> tuple[np.ndarray, ...]:
    """Lesson 2's split: positions to train on, and positions held back."""
    rng = np.random.default_rng(seed)
    kept, held = [], []
    for c in np.unique(labels):
        mine = rng.permutation(np.flatnonzero(labels == c))
        held.append(mine[:per_class])
        kept.append(mine[per_class:])
    return rng.permutation(np.concatenate(kept)), rng.permutation(np.concatenate(held))


def stopped_early(losses: list[float], patience: int = 2) -> int:
    """The epoch, from 1, that EarlyStopping gives back."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best + 1


def seen(model: Any, x: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """What the network makes of some photos."""
    p = model.predict(x, verbose=0, batch_size=500)
    return {
        "accuracy": float((p.argmax(axis=1) == labels).mean()),
        "cross_entropy": cross_entropy(p, labels),
    }


def as_fitted(logs: dict[str, float]) -> dict[str, float]:
    """What Keras's bar shows at the end of an epoch."""
    return {"fit_loss": float(logs["loss"]), "fit_accuracy": float(logs["accuracy"])}


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
    """The judge's own: rows divided by their sums, clipped to [1e-7, 1 - 1e-7]."""
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
        if recipe.held_back:  # its test photos are looked at once
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
