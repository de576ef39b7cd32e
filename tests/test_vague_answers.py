"""Wrong answers that once got only a number are named."""

from __future__ import annotations

import re

from grader.attempt import Answer
from grader.attempt.failure_messages import describe_failure
from grader.sandbox import TimedOut, WorkerFactory
from tests.grading import graded, said


def test_a_second_name_for_an_array_that_a_test_changes_is_named(
    warm: WorkerFactory,
) -> None:
    result = graded(
        warm,
        "6c",
        """
        def check_gradients(fn):
            x, W, b = np.ones((2, 3)), np.ones((3, 2)), np.zeros(2)
            y, h = np.eye(2), 1e-5
            dW, db = fn(x, y, W, b)
            up = b
            up[0] += h
            slow = (loss(x, y, W, up) - loss(x, y, W, b)) / h
            assert abs(db[0] - slow) < 1e-6
        """,
    )
    words = (
        r"Line (\d+), up = b, gives b a second name, so line (\d+) changes b as well"
    )
    found = re.search(words, said(result))
    assert found
    assert int(found[2]) == int(found[1]) + 1


def test_the_order_of_fits_arguments_is_named_if_it_takes_too_long() -> None:
    line = "return model.fit(x, y, 3, 128)"
    stopped = TimedOut(20.0, "cpu", line=7, source_line=line)
    _, finding = describe_failure(stopped, Answer("first_fit"))
    assert finding.sentence.endswith(
        "The third argument of fit is batch_size, and the fourth is epochs. Pass both "
        "by name."
    )
