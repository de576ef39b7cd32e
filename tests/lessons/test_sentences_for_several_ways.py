"""Lessons 2 and 3: a sentence holds of every way in which its answers come about."""

from __future__ import annotations

import pytest

from grader.report import Outcome
from grader.report.report_text import mistake_lines
from grader.sandbox import WorkerFactory
from tests.support.grading import cpu_limit, graded, said

MEAN = """
def cross_entropy(y, p):
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("one row of y for each of p")
    return {}
"""
COUNT = """
def count_leaks(train_x, test_x):
    seen, count = set(map(bytes, train_x)), 0
    for row in test_x:
        if bytes(row) in seen:
            {}
    return count
"""
SPLIT = """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    {before}
    for c in np.unique(labels):
        {inside}
        mine = rng.permutation(np.flatnonzero(labels == c))
        test.append(mine[:per_class])
        train.append(mine[per_class:])
    {end}return (
            rng.permutation(np.concatenate(train)),
            rng.permutation(np.concatenate(test)),
        )
"""
LISTS = "train, test = [], []"
FIRST = """
def softmax_row(z):
    es = [math.exp(score) for score in z]
    ps = []
    for e in es:
        ps.append(e / sum(es))
        return ps
"""
LABELS = """
def losses(y, p):
    y = np.clip(y, 1e-7, 1 - 1e-7)
    return -(y * np.log(p)).sum(axis=1)
"""
# exercise, code below the solution, what is said, what is not said
SENTENCES = {
    "3e a minus too many": (
        "3e",
        MEAN.format("float(-losses(y, p).sum())"),
        "First: A sign is wrong: a minus is missing, or there is one too many.",
        "minus sign is missing",
    ),
    "3e by the classes": (
        "3e",
        MEAN.format("-losses(y, p).sum() / y.shape[1]"),
        "or you divided by the number of classes instead of the number of images",
        "You went along",
    ),
    "3b return in the loop": (
        "3b",
        FIRST,
        "Your list contains only the first probability. Is your return inside a loop?",
        "last",
    ),
    "3d a matrix product": (
        "3d",
        "def losses(y, p): return -(y @ np.log(np.clip(p, 1e-7, 1 - 1e-7)))",
        "A matrix product such as @ multiplies rows by columns, and these two shapes don't fit.",
        "exactly your answers",
    ),
    "3d np.dot": (
        "3d",
        "def losses(y, p): return -np.dot(y, np.log(np.clip(p, 1e-7, 1 - 1e-7)))",
        "and these two shapes don't fit",
        "transpose",
    ),
    "3d labels clipped, p not": ("3d", LABELS, "You clipped the labels, so", "too"),
    "2f set to 1": (
        "2f",
        COUNT.format("count = 1"),
        "Your count is 1 although more rows leak. Do you set it to 1",
        "You stop",
    ),
    "2f returned at the first": (
        "2f",
        COUNT.format("return 1"),
        "Or do you return it at the first leak?",
        "You stop",
    ),
    "2c compared": (
        "2c",
        'def scale(x): return (x > 127).astype("float32")',
        "You rounded to whole numbers such as 0 and 1",
        "quotient",
    ),
    "2e lists begun in the loop": (
        "2e",
        SPLIT.format(before="", inside=LISTS, end=""),
        "in neither set. Does your loop reach every class that occurs? Do you create the lists",
        "Loop over",
    ),
    "2e return in the loop": (
        "2e",
        SPLIT.format(before=LISTS, inside="", end="    "),
        "and return after it?",
        "Loop over",
    ),
}


@pytest.mark.parametrize(
    ("tag", "code", "sentence", "unsaid"), SENTENCES.values(), ids=SENTENCES
)
def test_what_is_said_holds_of_this_way_too(
    warm: WorkerFactory, tag: str, code: str, sentence: str, unsaid: str
) -> None:
    result = graded(warm, tag, code)
    assert result.finding is not None
    told = "\n".join((said(result), *mistake_lines(result.finding)))
    assert sentence in told
    assert unsaid not in told


@pytest.mark.slow
def test_a_loop_without_end_is_not_looked_for_in_another_exercise(
    warm: WorkerFactory,
) -> None:
    # On one line, wherever the clock strikes.
    code = """
        def cross_entropy(y, p):
            while losses(y, p)[0] >= 0: pass
    """
    with cpu_limit(1):
        result = graded(warm, "3e", code)
    assert result.finding is not None
    assert result.outcome is Outcome.TIMED_OUT
    # Most of the time goes by in losses, which is right.
    assert result.finding.source in ("", "while losses(y, p)[0] >= 0: pass")


def test_the_line_to_change_is_the_one_that_calls_the_other(
    warm: WorkerFactory,
) -> None:
    code = "def softmax(z):\n    return np.array([softmax_row(row) for row in z])"
    result = graded(warm, "3c", code)
    assert result.finding is not None
    assert "That came up in softmax_row, exercise 3b." in result.finding.sentence
    assert result.finding.source == "return np.array([softmax_row(row) for row in z])"
