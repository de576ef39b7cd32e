"""observe: lets the judge follow a training run, and answers small questions quickly.

Runs in the worker. What it reports is for display only and is never counted.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

EVERY_S = 0.1
FEW_ROWS = 512


def watch_training(report: Callable[[dict[str, Any]], None]) -> None:
    """Make every ``Model.fit`` report its epochs and steps; nothing draws bars."""
    import keras

    original = keras.Model.fit

    @functools.wraps(original)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) < 5:
            kwargs.setdefault("verbose", 0)
        if len(args) < 6:
            watcher = _watcher(keras.callbacks.Callback, report)
            kwargs["callbacks"] = [*_as_list(kwargs.get("callbacks")), watcher]
        return original(self, *args, **kwargs)

    keras.Model.fit = fit
    keras.Model.predict = _direct(_silent(keras.Model.predict), keras.Model)
    keras.Model.evaluate = _silent(keras.Model.evaluate)


def warm_up() -> None:
    """Do once what TensorFlow takes a tenth of a second for the first time."""
    import keras

    weights = keras.Variable(keras.random.uniform((8, 8), seed=1))
    rows = keras.ops.matmul(np.ones((2, 8), "float32"), weights) + weights[0]
    np.asarray(keras.ops.exp(keras.ops.relu(rows)))


def _silent(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, drawing no bar unless it is asked to by name."""

    @functools.wraps(method)
    def silent(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) < 3:
            kwargs.setdefault("verbose", 0)
        return method(self, *args, **kwargs)

    return silent


def _direct(predict: Callable[..., Any], plain: Any) -> Callable[..., Any]:
    """The method, for a few rows without the program that Keras makes of a network.

    To make it takes a tenth of a second for each network; the answers are the same.
    """
    step = plain.predict_step

    @functools.wraps(predict)
    def direct(self: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        has_wishes = args or kwargs.keys() - {"verbose", "batch_size"}
        is_small = isinstance(x, np.ndarray) and x.ndim and 0 < len(x) <= FEW_ROWS
        if has_wishes or not is_small or type(self).predict_step is not step:
            return predict(self, x, *args, **kwargs)
        answer = self(x, training=False)
        is_one = hasattr(answer, "__array__")
        return np.asarray(answer) if is_one else predict(self, x, **kwargs)

    return direct


def _as_list(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


def _watcher(callback_class: Any, report: Callable[[dict[str, Any]], None]) -> Any:
    class Watcher(callback_class):  # type: ignore[misc]
        """Reports at most ten times a second, and at the end of each epoch."""

        def __init__(self) -> None:
            super().__init__()
            self._epoch = 0
            self._next_s = 0.0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._epoch = epoch + 1

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            now_s = time.monotonic()
            if now_s >= self._next_s:
                self._next_s = now_s + EVERY_S
                report(self._progress(batch + 1, logs))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            report(self._progress(self.params.get("steps") or 0, logs))

        def _progress(self, step: int, logs: Any) -> dict[str, Any]:
            numbers = {str(name): float(value) for name, value in (logs or {}).items()}
            return {
                "epoch": self._epoch,
                "epochs": int(self.params.get("epochs") or 0),
                "step": step,
                "steps": int(self.params.get("steps") or 0),
                **numbers,
            }

    return Watcher()
