"""Wrong answers that once got only a number are named."""

from __future__ import annotations

import re

import pytest

from grader.checks.attempt import Answer
from grader.checks.attempt.failure_messages import explain_failure
from grader.course.document.cells import Document
from grader.sandbox import Missing, TimedOut, WorkerFactory
from tests.support.grading import graded, said


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


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        (
            "2f",
            """
            def count_leaks(train_x, test_x):
                seen = {row.tobytes for row in train_x}
                return sum(row.tobytes in seen for row in test_x)
            """,
            "row.tobytes without parentheses, which is the method itself.",
        ),
        (
            "3e",
            """
            def cross_entropy(y, p):
                if not y or not p:
                    raise ValueError("nothing to average")
                return float(losses(y, p).mean())
            """,
            "To ask whether an array is empty, write len(y) == 0.",
        ),
        (
            "6c",
            """
            def check_gradients(fn):
                x, W, b = np.ones((2, 3)), np.ones((3, 2)), np.zeros(2)
                y, h = np.eye(2), 1e-5
                up, down = b, b
                up[0] += h
                down[0] -= h
                slow = (loss(x, y, W, up) - loss(x, y, W, down)) / (2 * h)
                assert abs(fn(x, y, W, b)[1][0] - slow) < 1e-6
            """,
            "up, down = (b, b), gives b a second name",
        ),
    ],
)
def test_what_the_code_or_the_call_shows_is_said(
    warm: WorkerFactory, tag: str, code: str, words: str
) -> None:
    assert words in said(graded(warm, tag, code))


def test_names_that_are_swapped_are_no_second_names(warm: WorkerFactory) -> None:
    code = """
    def check_gradients(fn):
        a, b = np.zeros(2), np.ones(2)
        a, b = b, a
        b[0] += 1
        assert fn is None
    """
    assert "second name" not in said(graded(warm, "6c", code))


def test_the_order_of_fits_arguments_is_named_if_it_takes_too_long() -> None:
    line = "return model.fit(x, y, 3, 128)"
    stopped = TimedOut(20.0, "cpu", line=7, source_line=line)
    _, finding = explain_failure(stopped, Answer("first_fit"))
    assert finding.sentence.endswith(
        "The third argument of fit is batch_size, and the fourth is epochs. Pass both "
        "by name."
    )


ONCE = "That can be read only once, and rows is used twice; a list can be read again."
KEEPS = "rows keeps what earlier calls put into it."
APPENDS = """
    for r in np.atleast_2d(z):
        rows.append(np.exp(r) / np.exp(r).sum())
    return np.array(rows)
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "def softmax(z):\n    rows = map(np.exp, np.atleast_2d(z))\n"
            "    sums = [r.sum() for r in rows]\n"
            "    return np.array([r / s for r, s in zip(rows, sums)])",
            f"makes rows with map(...). {ONCE}",
        ),
        (
            "def softmax(z):\n    rows = (np.exp(r) for r in z)\n"
            "    return np.array(list(rows)) / sum(rows)",
            f"makes rows with a generator, (... for ...). {ONCE}",
        ),
        (f"def softmax(z, rows=[]):{APPENDS}", f"is made only once, so {KEEPS}"),
        (
            f"rows = []\ndef softmax(z):{APPENDS}",
            "softmax changes rows, which gets its value outside of it, on line ",
        ),
        (f"rows = []\ndef softmax(z):{APPENDS}", KEEPS),
    ],
)
def test_what_is_used_up_or_kept_between_calls_is_named(
    warm: WorkerFactory, code: str, words: str
) -> None:
    assert words in said(graded(warm, "3c", code))


@pytest.mark.parametrize(
    "code",
    [
        f"def softmax(z):\n    rows = []{APPENDS}",
        f"def softmax(z, rows=[]):\n    rows.clear(){APPENDS}",
        f"rows = []\ndef softmax(z):\n    rows[:] = []{APPENDS}",
        "def softmax(z):\n    rows = list(map(np.exp, z))\n    return rows, len(rows)",
        "def softmax(z):\n    rows = map(np.exp, z)\n    return next(rows), next(rows)",
    ],
)
def test_what_begins_anew_in_each_call_is_not_named(
    warm: WorkerFactory, code: str
) -> None:
    wrong = f"{code.rstrip()} + 1" if code.rstrip().endswith("(rows)") else code
    words = said(graded(warm, "3c", wrong))
    assert words
    assert "only once" not in words
    assert "keeps" not in words


def test_a_class_without_quotes_is_called_one(warm: WorkerFactory) -> None:
    result = graded(warm, "6a", 'PREDICT["x * W"] = ValueError')
    assert "This is a class, not text." in said(result)


@pytest.mark.parametrize("row", [3, 4])
def test_each_loss_on_paper_has_its_mistakes(warm: WorkerFactory, row: int) -> None:
    loss = {3: 2.079, 4: 0.693}[row]
    result = graded(warm, "3a", f'PAPER["loss row {row}"] = {-loss}')
    assert "Your loss is negative: ln of a probability is <= 0." in said(result)


def test_a_row_without_its_function_tells_of_the_one_that_is_there_twice() -> None:
    twice = (
        b"def class_counts(x):\n    return x\n\ndef class_counts(x):\n    return x\n"
    )
    missing = Missing("majority_baseline", "")
    _, finding = explain_failure(missing, Answer("majority_baseline"), Document(twice))
    assert finding.sentence == (
        "There is no majority_baseline in your file. class_counts is defined twice, on "
        "line 1 and line 4: only the last definition counts."
    )
