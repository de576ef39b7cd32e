"""keras_hooks: report the progress of training, and speed up small predictions.

Runs in the worker. Its reports are for display only and never affect a verdict.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from grader import fit_progress

FEW_ROWS = 512


def watch_training(report: Callable[[dict[str, Any]], None]) -> None:
    """Make every ``Model.fit`` report its epochs and steps, and draw no bars."""
    import keras

    fit_progress.report_fits(report)
    keras.Model.predict = _call_directly(_silent(keras.Model.predict), keras.Model)
    keras.Model.evaluate = _silent(keras.Model.evaluate)


def _silent(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method with `verbose=0` as the default, so that it draws no bar."""
    before = list(inspect.signature(method).parameters).index("verbose") - 1  # self

    @functools.wraps(method)
    def silent(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) <= before:
            kwargs.setdefault("verbose", 0)
        return method(self, *args, **kwargs)

    return silent


def _call_directly(predict: Callable[..., Any], plain: Any) -> Callable[..., Any]:
    """Return a `predict` that calls the model directly if there are only a few rows.

    Keras would compile a program for each network, which takes a tenth of a second;
    the answers are the same.
    """
    step = plain.predict_step

    @functools.wraps(predict)
    def direct(self: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        has_wishes = args or kwargs.keys() - {"verbose", "batch_size"}
        # Leave other options, or a learner's own predict_step, to Keras. And many rows
        # at once would need the memory of all layers together.
        is_small = isinstance(x, np.ndarray) and x.ndim and 0 < len(x) <= FEW_ROWS
        if has_wishes or not is_small or type(self).predict_step is not step:
            return predict(self, x, *args, **kwargs)
        answer = self(x, training=False)
        is_one = hasattr(answer, "__array__")
        return np.asarray(answer) if is_one else predict(self, x, **kwargs)

    return direct
