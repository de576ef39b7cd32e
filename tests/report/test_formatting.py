"""Whatever a learner's file answers, it is told in a few lines."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from grader.checks import comparing
from grader.checks.attempt import RemoteObject
from grader.report import formatting
from grader.sandbox.codec import Handle

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
    assert len(formatting.format_value(value)) <= 200
    assert len(formatting.format_call("f", (value, {"k": value}), {"x": value})) <= 700


def test_a_short_array_of_texts_is_told_whole():
    assert "['one', 'two']" == formatting.format_value(np.array(["one", "two"]))
    assert "[[1.000000, 2.000000]]" == formatting.format_value([[1.0, 2.0]])
    assert "[1.5, 2. ]" == formatting.format_value(np.array([1.5, 2.0]))


TYPED = [
    np.array([[0.7, 0.2, 0.1], [0.125, 0.75, 1e-7]]),
    np.array([[1.0, 0.0], [0.0, 1.0]]),
    np.array([1.0, np.nan, -np.inf]),
    np.float32([0.5, 2.0]),
    np.uint8([[1, 255]]),
    np.array([True, False]),
    np.array([1 + 2j]),
    np.array(["one  two", "three,\n four"]),
    np.ones((2, 3, 4)),
    np.empty((0, 3), np.float32),
    [0.0, 1, True, None, "x"],
    [np.array([1.0]), (2.0,)],
    {"a": np.array([[1.0], [2.5]]), "b": [1e-9, 2e7]},
]


@pytest.mark.parametrize("value", TYPED, ids=str)
def test_what_is_shown_whole_can_be_typed_and_is_the_value(value):
    for text in (
        formatting.format_literal(value),
        formatting.format_call("", (value,), {}),
    ):
        again = eval(text, {"np": np})
        np.testing.assert_equal(again, value)
        assert getattr(again, "dtype", None) == getattr(value, "dtype", None)
        assert type(again) is type(value)
    assert "\n" not in formatting.format_call("f", (value,), {})


def test_of_a_long_call_the_row_that_differs_is_shown():
    y, p = np.eye(30)[:, :3], np.full((30, 3), 0.25)
    lines = formatting.format_call("losses", (y, p, 2), {}, row=1, rows=30).splitlines()
    assert lines == [
        "losses(<array (30, 3) float64>, <array (30, 3) float64>, 2)",
        "row 1 of argument 1: np.array([0.0, 1.0, 0.0])",
        "row 1 of argument 2: np.array([0.25, 0.25, 0.25])",
    ]


def test_the_kind_of_an_object_is_told_shortly():
    class Nobody:
        workers = SimpleNamespace(current=None)

    handle = Handle(1, "A" * 200, ("object",))
    told = comparing.describe_kind(RemoteObject(Nobody(), handle, "f"))
    assert len(told) < 100


def test_an_array_is_compared_with_a_list_by_its_length_first():
    began_s = time.process_time()
    assert not comparing.is_same(np.zeros(50_000_000, np.int8), [0, 1])
    assert time.process_time() - began_s < 0.5
    assert comparing.is_same(np.array([[0, 1], [2, 3]]), [[0, 1], (2, 3)])
    assert not comparing.is_same(np.array(3), [3])


def test_a_call_with_arrays_in_a_dict_is_told_by_their_shapes_where_it_is_long() -> (
    None
):
    params = {"W": np.full((4, 5), 0.123456), "b": np.zeros(5)}
    told = formatting.format_call("forward", (np.ones((2, 4)), params), {})
    assert "'W': <array (4, 5) float64>, 'b': <array (5,) float64>" in told
    assert "..." not in told
    short = formatting.format_call("step", ({"w": np.ones(1)}, 2), {})
    assert short == "step({'w': np.array([1.0])}, 2)"
