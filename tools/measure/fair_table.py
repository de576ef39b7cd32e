"""Train the models of the course on the same 4,000 images, for lesson 9's tables.

    python -m tools.measure.fair_table            # run what is missing
    python -m tools.measure.fair_table --table    # print means, worst and best

Each model learns the first 4,000 training images of lessons/data and is scored on the
next 10,000, the validation images of lesson 9. Every run is recorded in fair_table.json
as soon as it ends; delete the file, or some of its runs, to measure again. The networks
in Keras take about a minute each, the others a few seconds.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from grader.course.document.cells import Document
from lessons.data import load_data

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_suffix(".json")
IMAGES, VALIDATION = 4_000, 10_000
EPOCHS = 20
DECAY = 0.001  # of the weights, not of the biases
Result = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Run what is missing, or print the table."""
    runs = load()
    if arguments == ["--table"]:
        print("\n".join(table(runs)))
        return
    data = read_data()
    done = {(run["model"], run["seed"]) for run in runs}
    for name, (train, seeds) in MODELS.items():
        for seed in range(seeds):
            if (name, seed) in done:
                continue
            runs.append({"model": name, "seed": seed, **train(data, seed)})
            save(runs)
            print(runs[-1], flush=True)


def load() -> list[Result]:
    """Return the runs measured so far."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []


def save(runs: list[Result]) -> None:
    """Write all runs down, one a line."""
    lines = ",\n".join(json.dumps(run) for run in runs)
    RESULTS.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def table(runs: list[Result]) -> list[str]:
    """Return a Markdown table of the runs of each model."""
    rows = ["| model | runs | parameters | mean | worst | best | loss |"]
    rows.append("|---|---|---|---|---|---|---|")
    for name in MODELS:
        mine = [run for run in runs if run["model"] == name]
        if not mine:
            continue
        accuracies = [run["accuracy"] for run in mine]
        loss = mean(run["loss"] for run in mine)
        rows.append(
            f"| {name} | {len(mine)} | {mine[0]['parameters']:,} | "
            f"{mean(accuracies):.4f} | {min(accuracies):.4f} | {max(accuracies):.4f} | "
            f"{loss:.4f} |"
        )
    return rows


def read_data() -> tuple[np.ndarray, ...]:
    """Return x, y, x_val and y_val, prepared as in the lessons."""
    (images, labels), _ = load_data()  # type: ignore[no-untyped-call]
    kept = slice(0, IMAGES + VALIDATION)
    x = images[kept].reshape(-1, 784).astype("float32") / 255
    y = np.eye(10)[labels[kept]]
    return x[:IMAGES], y[:IMAGES], x[IMAGES:], y[IMAGES:]


def run_solution(lesson: str) -> dict[str, Any]:
    """Return the functions of a lesson's solution."""
    (path,) = (ROOT / "solutions").glob(f"{lesson}_*.py")
    names: dict[str, Any] = {}
    for cell in Document.read(path).code_cells:
        if not cell.role:
            exec(cell.source, names)
    return names


def score(p: np.ndarray, y: np.ndarray) -> Result:
    """Return the accuracy and the cross-entropy of predicted rows."""
    losses = -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)
    is_right = p.argmax(axis=1) == y.argmax(axis=1)
    return {
        "accuracy": float(is_right.mean()),
        "loss": round(float(losses.mean()), 6),
    }


def train_softmax_regression(data: tuple[np.ndarray, ...], seed: int) -> Result:
    """Train lesson 6's model with its own `fit`."""
    x, y, x_val, y_val = data
    lesson = run_solution("lesson6")
    weights, biases = lesson["fit"](x, y, 0.1, 32, EPOCHS, seed)
    p = lesson["stable_softmax"](x_val @ weights + biases)
    return {"parameters": weights.size + biases.size, **score(p, y_val)}


def train_own_network(
    data: tuple[np.ndarray, ...], seed: int, epochs: int = EPOCHS, decay: float = 0.0
) -> Result:
    """Train lesson 9's network with its own functions and recipe."""
    x, y, x_val, y_val = data
    lesson = run_solution("lesson9")
    forward, backward, sgd_step = (
        lesson[name] for name in ("forward", "backward", "sgd_step")
    )
    rng = np.random.default_rng(seed)
    params = lesson["init"]((784, 64, 10), seed)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            rows = order[start : start + 32]
            grads = backward(x[rows], y[rows], params, *forward(x[rows], params))
            for name in ("W1", "W2"):
                grads[name] = grads[name] + decay * params[name]
            params = sgd_step(params, grads, 0.2)
    count = sum(value.size for value in params.values())
    return {"parameters": count, **score(forward(x_val, params)[2], y_val)}


def train_in_keras(
    data: tuple[np.ndarray, ...], seed: int, has_convolution: bool
) -> Result:
    """Train lesson 7's network with lesson 8's recipe, maybe after a convolution."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras import layers

    x, y, x_val, y_val = data
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    front = [
        layers.Reshape((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
    ]
    model = keras.Sequential(
        [
            keras.Input((784,)),
            *(front if has_convolution else []),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy")
    model.fit(x, y, epochs=EPOCHS, batch_size=128, verbose=0)
    p = model.predict(x_val, verbose=0, batch_size=500)
    return {"parameters": model.count_params(), **score(p, y_val)}


Train = Callable[[tuple[np.ndarray, ...], int], Result]
MODELS: dict[str, tuple[Train, int]] = {
    "softmax regression": (train_softmax_regression, 20),
    "own network": (train_own_network, 20),
    "own network, 40 epochs": (lambda d, s: train_own_network(d, s, 40), 20),
    "own network, 40 epochs, decay": (
        lambda d, s: train_own_network(d, s, 40, DECAY),
        20,
    ),
    "784-512-10": (lambda d, s: train_in_keras(d, s, has_convolution=False), 3),
    "a convolution, then 512-10": (
        lambda d, s: train_in_keras(d, s, has_convolution=True),
        3,
    ),
}

if __name__ == "__main__":
    main(sys.argv[1:])
