"""classifier: classify an image with a stored network, in a confined worker."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.common.errors import Misuse
from grader.course.document.catalog import Lesson
from grader.judge import requirements_of
from grader.learner.drawn_digits.weights import KeptNetwork
from grader.sandbox import Limits, Raised, Reply, Returned, WorkerPool
from grader.sandbox.codec import Handle

_LIMITS = Limits(cpu_s=30, memory_mb=4096)
_CLASSES = 10


def classify(
    image: npt.NDArray[np.uint8],
    network: KeptNetwork,
    lesson: Lesson,
    pool: WorkerPool,
) -> tuple[float, ...]:
    """Return the probabilities of the ten digits, from the learner's own functions.

    Args:
        image: (28, 28), white on black.
        network: the text with `build` and `predict`, and the weights.
        lesson: the lesson whose libraries the worker needs.
        pool: provides the worker.

    Raises:
        Misuse: if the learner's functions don't return probabilities.
        SandboxError: if no worker is available.
    """
    with ExitStack() as stack:
        factory = pool.factory(requirements_of(lesson))
        worker = factory.start(network.source, f"{lesson.name}.py", _LIMITS)
        stack.callback(worker.kill)
        _value_of(worker.load(), "Your file")
        model = _value_of(worker.call("build"), "Your build")
        if not isinstance(model, Handle):
            raise Misuse("Your build doesn't return a network to put the weights into.")
        weights = [np.array(one) for one in network.weights]
        put = worker.call("set_weights", (weights,), handle=model.id)
        _value_of(put, "Your network, given its own weights,")
        answer = _value_of(worker.call("predict", (model, image[None])), "Your predict")
    return _probabilities(answer)


def _value_of(reply: Reply, function: str) -> Any:
    match reply:
        case Returned(value):
            return value
        case Raised(type_name, message=message):
            raise Misuse(f"{function} ended in {type_name}: {message[:200]}")
    raise Misuse(
        f"{function} gave no answer: {getattr(reply, 'how', 'it was stopped')}."
    )


def _probabilities(answer: Any) -> tuple[float, ...]:
    try:
        probabilities = np.asarray(answer, dtype=float).ravel()
    except (TypeError, ValueError):
        probabilities = np.empty(0)
    is_right = probabilities.shape == (_CLASSES,) and np.isfinite(probabilities).all()
    if not is_right or probabilities.min() < 0 or probabilities.max() > 1:
        raise Misuse("Your predict doesn't give ten probabilities for one image.")
    return tuple(float(one) for one in probabilities)
