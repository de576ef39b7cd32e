"""fit_progress: report the progress of training; for Keras, ten times a second.

The reports are for display only and never affect a verdict. Keras is imported only when
it is needed, so that this costs nothing if nothing trains.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

EVERY_S = 0.1
# The bound is generous, so that even an endless training can report its progress.
MOST_EPOCHS = 10**9
MOST_MEASURES = 30

# A module variable, because a page is an ordinary file that takes no arguments.
_followers: list[Callable[[dict[str, Any]], None]] = []


def tell(epoch: int, epochs: int, **measures: float) -> None:
    """Report the progress of a training without Keras to all followers, if any.

    Args:
        epoch: the epoch that has ended, counted from 1.
        epochs: the number of epochs.
        measures: metrics such as the loss.
    """
    counts = {"epoch": _count(epoch), "epochs": _count(epochs)}
    for report in _followers:
        report({**counts, **_numbers(measures)})


def follow(report: Callable[[dict[str, Any]], None]) -> None:
    """Have `report` called with the progress that `tell` reports."""
    _followers.append(report)


def report_fits(
    report: Callable[[dict[str, Any]], None], even_silent: bool = True
) -> None:
    """Make every ``Model.fit`` report its epochs and steps, and draw no bar itself.

    Args:
        report: called with epoch, epochs, step, steps and the metrics.
        even_silent: whether to report a training with ``verbose=0``, too.
    """
    import keras

    original = keras.Model.fit

    @functools.wraps(original)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        # Keras: fit(x, y, batch_size, epochs, verbose, callbacks, ...)
        is_silent = kwargs.get("verbose", args[4] if len(args) > 4 else 1) == 0
        if len(args) < 5:
            kwargs.setdefault("verbose", 0)
        if len(args) < 6 and (even_silent or not is_silent):
            watcher = _watcher(keras.callbacks.Callback, report)
            kwargs["callbacks"] = [*_as_list(kwargs.get("callbacks")), watcher]
        return original(self, *args, **kwargs)

    keras.Model.fit = fit


def _count(number: int | None) -> int:
    return min(max(int(number or 0), 0), MOST_EPOCHS)


def _numbers(measures: Mapping[str, Any]) -> dict[str, float]:
    """Return the first metrics, each with a name that can be shown."""
    items = itertools.islice(measures.items(), MOST_MEASURES)
    return {str(name)[:60]: float(value) for name, value in items}


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
            # The end of the epoch reports the last batch, with the validation loss.
            is_last = batch + 1 == self.params.get("steps")
            now_s = time.monotonic()
            if now_s >= self._next_s and not is_last:
                self._next_s = now_s + EVERY_S
                report(self._progress(batch + 1, logs))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            report(self._progress(self.params.get("steps") or 0, logs))

        def _progress(self, step: int, logs: Any) -> dict[str, Any]:
            return {
                "epoch": _count(self._epoch),
                "epochs": _count(self.params.get("epochs")),
                "step": _count(step),
                "steps": _count(self.params.get("steps")),
                **_numbers(logs or {}),
            }

    return Watcher()
