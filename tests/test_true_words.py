"""What is said of wrong answers in lessons 5 to 9 is true of them, or is a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import catalog, judge
from grader.report import ExerciseResult, Outcome
from grader.sandbox import Warm

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm(("numpy",)) as made:
        yield made


def graded(warm: Warm, lesson: str, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    found = catalog.find(lesson, ROOT)
    source = f"{found.solution.read_text()}\n\n{code}\n".encode()
    report = judge.grade(
        found, Path("mine.py"), source=source, seed=7, exercise=tag, warm=warm
    )
    assert report.problem is None
    return next(e for e in report.exercises if e.tag == tag)


def said(result: ExerciseResult) -> str:
    if result.finding is None:
        return ""
    mistakes = [mistake.sentence for mistake in result.finding.mistakes]
    return " ".join([result.finding.sentence, *mistakes])


def machine(lines: str) -> str:
    """A slow machine for 5f with these lines for each entry."""
    body = "\n".join(f"        {line}" for line in lines.strip().splitlines())
    return f"""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
{body}
    return grad
"""


MOVED_COPY = """
other = z.copy()
other[i] += h
above = f(z)
other[i] -= 2 * h
grad[i] = (above - f(z)) / (2 * h)
"""
ALIAS = """
up = z
up[i] += h
above = f(up)
down = z.copy()
down[i] -= h
grad[i] = (above - f(down)) / (2 * h)
"""
FIVE_POINTS = """
values = []
for step in (-2, -1, 1, 2):
    other = z.copy()
    other[i] += step * h
    values.append(f(other))
grad[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
"""
NOT_STORED = """
old = z[i]
z[i] = old + h
above = f(z)
z[i] = old - h
slope = (above - f(z)) / (2 * h)
z[i] = old
"""


@pytest.mark.parametrize(
    ("lines", "words", "never"),
    [
        (MOVED_COPY, "Is the entry moved in the array that f gets", "makes no copy"),
        (ALIAS, "Or does each entry begin with a copy", "Put the old entry back"),
        (FIVE_POINTS, "of several lengths, from 1e-1 to 2e-1", "0.15"),
        (NOT_STORED, "Is what you compute stored", "/ 2 * h"),
    ],
)
def test_the_slow_machine_is_told_what_was_seen_of_it(
    warm: Warm, lines: str, words: str, never: str
) -> None:
    result = graded(warm, "lesson5", "5f", machine(lines))
    assert result.outcome is Outcome.WRONG
    assert words in said(result)
    assert never not in said(result)


@pytest.mark.parametrize(
    "around", ["{0}", "try:\n    {0}\nexcept Exception:\n    pass"], ids=["", "caught"]
)
def test_a_machine_that_never_ends_is_timed_out_with_the_reason(
    warm: Warm, around: str
) -> None:
    lines = "while True:\n" + "\n".join(
        f"    {line}" for line in around.format("f(z)").splitlines()
    )
    result = graded(warm, "lesson5", "5f", machine(lines))
    assert result.outcome is Outcome.TIMED_OUT
    assert "called f more than 324 times" in said(result)


@pytest.mark.parametrize(
    "given", ["'a text'", "b'bytes'", "z.astype(str)", "np.array('1')", "z * 1j"]
)
def test_f_refuses_what_is_no_array_of_numbers(warm: Warm, given: str) -> None:
    result = graded(warm, "lesson5", "5f", machine(f"grad[i] = f({given})"))
    assert result.outcome is Outcome.RAISED
    assert "f takes an array of numbers" in said(result)
    caught = machine(f"try:\n    f({given})\nexcept ValueError:\n    pass")
    assert graded(warm, "lesson5", "5f", caught).outcome is Outcome.WRONG


def test_an_exercise_that_calls_a_later_one_is_told_the_true_reason(
    warm: Warm,
) -> None:
    code = """
def numeric_grad(f, z, h=1e-5):
    raise NotImplementedError("5f")

def grad_logits(y, z):
    return numeric_grad(lambda z: loss_from_logits(y, z), z)
"""
    result = graded(warm, "lesson5", "5e", code)
    assert (
        said(result) == "grad_logits needs exercise 5f, which is still to be written."
    )


def test_a_floor_below_a_logarithm_is_asked_about(warm: Warm) -> None:
    code = "_right = log_softmax\ndef log_softmax(z): return np.maximum(_right(z), -50)"
    told = said(graded(warm, "lesson5", "5c", code))
    assert "-1000 and -2000 have both become -50.000000. Was the probability" in told
