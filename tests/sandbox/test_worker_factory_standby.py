"""Workers that are ready before their attempt is, and what TensorFlow has ready."""

import contextlib
import linecache
import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from grader.common.errors import SandboxError
from grader.sandbox import Limits, Returned, WorkerFactory, WorkerPool
from grader.sandbox.worker.server import AttemptServer, Connection
from grader.sandbox.worker.warm_up import warm_up
from grader.sandbox.worker_pool import WorkerRequirements

ONE = b"def one():\n    return 1\n"
PICTURES = b"from grader import pictures\ndef one():\n    return pictures.__name__\n"


@pytest.fixture(params=[False, True], ids=["forked", "fresh"])
def warm(request: pytest.FixtureRequest) -> Iterator[WorkerFactory]:
    with WorkerFactory(fresh=request.param) as made:
        yield made


def answer_of(
    warm: WorkerFactory, source: bytes = ONE, limits: Limits | None = None
) -> object:
    worker = warm.start(source, "attempt.py", limits or Limits())
    assert isinstance(worker.load(), Returned)
    reply = worker.call("one")
    worker.kill()
    assert isinstance(reply, Returned)
    return reply.value


def descendants() -> set[psutil.Process]:
    """The processes below this one, but none that a worker itself has started.

    A library starts `ldconfig` for a moment while a new process imports it.
    """
    found = psutil.Process().children(recursive=True)
    return {one for one in found if not is_started_by_a_worker(one)}


def is_started_by_a_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        parent = process.parent()
        words = parent.cmdline() if parent else []
        return "grader.sandbox.worker.spawned_worker" in words
    return True  # it has ended


def prepared(warm: WorkerFactory) -> psutil.Process:
    """The process that is ready now, after a moment to become so."""
    before = descendants()
    warm.stand_by()
    (spare,) = descendants() - before
    time.sleep(0.2)
    return spare


def test_what_cannot_stand_by_is_told_to_who_asks_next(
    warm: WorkerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SandboxError("no worker can be started")

    assert answer_of(warm) == 1
    monkeypatch.setattr(warm._starter._starter, "start", refuse)
    warm.stand_by()
    with pytest.raises(SandboxError):
        answer_of(warm)


def test_the_worker_that_is_ready_is_taken(warm: WorkerFactory) -> None:
    assert answer_of(warm) == 1
    prepared(warm)
    before = descendants()
    warm.stand_by()
    assert descendants() == before
    worker = warm.start(ONE, "attempt.py", Limits())
    assert descendants() == before
    worker.kill()


def test_as_many_are_ready_as_the_last_attempt_took(warm: WorkerFactory) -> None:
    assert warm.isolation
    before = descendants()
    for _ in range(2):
        assert answer_of(warm) == 1
    warm.stand_by()
    ready = descendants() - before
    assert len(ready) == 2
    time.sleep(0.2)
    os.kill(min(one.pid for one in ready), signal.SIGKILL)
    time.sleep(0.2)
    for _ in range(2):
        assert answer_of(warm) == 1
    warm.stand_by()
    warm.stand_by()
    assert len(descendants() - before) == 2


def test_nothing_is_prepared_before_the_first_attempt(warm: WorkerFactory) -> None:
    assert warm.isolation
    before = descendants()
    warm.stand_by()
    assert descendants() == before


@pytest.mark.parametrize(
    ("source", "limits", "value"),
    [(PICTURES, Limits(), "grader.pictures"), (ONE, Limits(memory_mb=512), 1)],
)
def test_one_that_does_not_do_for_the_attempt_is_ended(
    warm: WorkerFactory, source: bytes, limits: Limits, value: object
) -> None:
    answer_of(warm)
    spare = prepared(warm)
    assert answer_of(warm, source, limits) == value
    assert not spare.is_running() or spare.status() == psutil.STATUS_ZOMBIE


def test_one_that_has_died_is_not_missed(warm: WorkerFactory) -> None:
    answer_of(warm)
    spare = prepared(warm)
    os.kill(spare.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert answer_of(warm) == 1


@pytest.mark.parametrize("fresh", [False, True])
def test_nothing_is_left(fresh: bool) -> None:
    before = descendants()
    with WorkerFactory(fresh=fresh) as warm:
        answer_of(warm)
        prepared(warm)
    assert descendants() == before


LOOKS = b"""
import linecache, sys
def one():
    return [name for name in [*sys.modules, *linecache.cache] if "warm_up" in name]
"""


def test_an_attempt_finds_nothing_of_the_warm_up(warm: WorkerFactory) -> None:
    answer_of(warm)
    prepared(warm)
    time.sleep(0.5)
    assert answer_of(warm, LOOKS) == ["grader.sandbox.worker.warm_up"]


def test_a_warm_up_goes_as_it_goes_with_an_attempt() -> None:
    answers: list[Any] = []

    class Heard(Connection):
        def send(self, question: int, message: Any) -> None:
            answers.append(message)
            super().send(question, message)

    warm_up(lambda line: AttemptServer(Heard(line, 1)).serve())
    assert not {"warm_up", "warm_up.py"} & {*sys.modules, *linecache.cache}
    *right, wrong = answers
    assert [type(one) for one in right] == [Returned] * 3
    assert right[1].value == {"one": math.log(2), "two": [...]}
    assert right[2].value == pytest.approx(math.log(2) / 3)
    assert (wrong.type_name, wrong.message) == ("AssertionError", "wrong")


KERAS = b"""
import keras
import numpy as np
from keras import layers

LONG = np.random.default_rng(1).normal(size=(600, 5)).astype("float32")

def build():
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dropout(0.5),
            layers.BatchNormalization(),
            layers.Dense(3, "softmax"),
        ]
    )

def names():
    return [layer.name for layer in build().layers]

def difference(n):
    model = build()
    few, many = model.predict(LONG[:n]), model.predict(LONG)
    assert type(few) is type(many) is np.ndarray
    assert few.dtype == many.dtype
    return float(abs(few - many[:n]).max())

def two_outputs():
    x = keras.Input((5,))
    model = keras.Model(x, [layers.Dense(1)(x), layers.Dense(2)(x)])
    return [part.shape for part in model.predict(LONG[:4], verbose=0)]

class Odd(keras.Model):
    def call(self, x):
        return x

    def predict_step(self, data):
        return 7 * self(data)

def own_step():
    return Odd().predict(LONG[:2])[0, 0] / LONG[0, 0]

def evaluated():
    model = build()
    model.compile("sgd", "categorical_crossentropy")
    model.evaluate(LONG[:4], np.ones((4, 3)), 2)

def wrong_shape():
    return build().predict(LONG[:4, :3])

def others():
    import matplotlib.pyplot as plt
    import pandas as pd
    return pd.DataFrame({"a": [1, 2]}).a.sum(), plt.__name__
"""


@pytest.fixture(scope="module")
def keras_warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "keras")))


@pytest.mark.tensorflow
def test_small_predictions_are_those_of_keras(keras_warm: WorkerFactory) -> None:
    worker = keras_warm.start(KERAS, "attempt.py", Limits(cpu_s=60))
    assert isinstance(worker.load(), Returned)
    assert worker.call("difference", (1,)).value < 1e-6
    assert worker.call("difference", (512,)).value < 1e-6
    assert worker.call("two_outputs").value == [(4, 1), (4, 2)]
    assert worker.call("own_step").value == pytest.approx(7)
    refused = worker.call("wrong_shape")
    assert refused.type_name == "ValueError"
    assert "incompatible" in refused.message
    worker.kill()


@pytest.mark.tensorflow
def test_keras_draws_no_bar_that_was_not_asked_for(keras_warm: WorkerFactory) -> None:
    worker = keras_warm.start(KERAS, "attempt.py", Limits(cpu_s=60))
    worker.load()
    assert isinstance(worker.call("evaluated"), Returned)
    worker.kill()
    assert worker.output == ""


@pytest.mark.tensorflow
def test_what_keras_is_not_shown_can_be_imported(keras_warm: WorkerFactory) -> None:
    worker = keras_warm.start(KERAS, "attempt.py", Limits(cpu_s=60))
    worker.load()
    assert worker.call("others").value == (3, "matplotlib.pyplot")
    worker.kill()


@pytest.mark.tensorflow
def test_a_worker_that_has_waited_answers_the_same(keras_warm: WorkerFactory) -> None:
    worker = keras_warm.start(KERAS, "attempt.py", Limits(cpu_s=60))
    time.sleep(1)
    worker.load()
    expected = ["dropout", "batch_normalization", "dense"]
    assert worker.call("names").value == expected
    worker.kill()
