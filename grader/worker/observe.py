"""observe: lets the judge follow a training run while it goes on.

Runs in the worker. What it reports is for display only and is never counted.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

EVERY_S = 0.1


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
    for name in ("evaluate", "predict"):
        setattr(keras.Model, name, _silent(getattr(keras.Model, name)))


def _silent(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, drawing no bar unless it is asked to by name."""

    @functools.wraps(method)
    def silent(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) < 3:
            kwargs.setdefault("verbose", 0)
        return method(self, *args, **kwargs)

    return silent


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
