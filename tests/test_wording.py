"""Whatever a learner's file answers, it is told in a few lines."""

import time

import numpy as np
import pytest

from grader import wording
from grader.attempt import RemoteObject
from grader.checks import comparing
from grader.wire import Handle

LONG = {
    "text": "x" * 10**6,
    "bytes": b"x" * 10**6,
    "an array of texts": np.array(["x" * 300_000] * 8),
    "an array of bytes": np.array([b"x" * 300_000] * 8),
    "one text as an array": np.array("x" * 10**6),
    "a list of texts": ["x" * 10**6] * 8,
    "a dict": {"x" * 10**6: "y" * 10**6},
    "a nest": [[["x" * 10**5] * 30] * 30] * 30,
    "a long integer": 1 << 4000,
    "long rows of nothing": np.empty((900_000, 0)),
}


@pytest.mark.parametrize("value", LONG.values(), ids=LONG)
def test_a_long_value_is_told_shortly(value):
    assert len(wording.described(value)) <= wording.LONGEST_TEXT
    assert len(wording.called("f", (value, {"k": value}), {"x": value})) <= 700


def test_a_short_array_of_texts_is_told_whole():
    assert "['one', 'two']" == wording.described(np.array(["one", "two"]))
    assert "[[1.000000, 2.000000]]" == wording.described([[1.0, 2.0]])
    assert "[1.5, 2. ]" == wording.described(np.array([1.5, 2.0]))


def test_the_kind_of_an_object_is_told_shortly():
    class Nobody:
        worker = None

    handle = Handle(1, "A" * 200, ("object",))
    told = comparing.kind(RemoteObject(Nobody(), handle, "f"))
    assert len(told) < 100


def test_an_array_is_compared_with_a_list_by_its_length_first():
    began_s = time.perf_counter()
    assert not comparing.is_same(np.zeros(50_000_000, np.int8), [0, 1])
    assert time.perf_counter() - began_s < 0.5
    assert comparing.is_same(np.array([[0, 1], [2, 3]]), [[0, 1], (2, 3)])
    assert not comparing.is_same(np.array(3), [3])
