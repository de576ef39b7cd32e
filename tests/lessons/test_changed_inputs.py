"""No call changes its arguments in place, in any exercise, unless that is allowed."""

from pathlib import Path

import pytest

from grader.authoring.verify.mutants import plainly_wrong, without_functions
from grader.course.document import catalog
from grader.report import Outcome
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

# Right answers, and every array, list and dict that came in is spoilt.
SPOILS = """

def spoilt(value):
    if hasattr(value, "dtype"):
        value[...] = ~value if value.dtype == bool else value + 1
    elif isinstance(value, list):
        for item in value:
            spoilt(item)
        value.append(0.5)
    elif isinstance(value, dict):
        for item in value.values():
            spoilt(item)

def answered(value):
    if not callable(value):
        return value
    def changing(*args, **kwargs):
        result = value(*args, **kwargs)
        if hasattr(result, "dtype"):  # it may be a view of what is spoilt
            result = result.copy()
        for given in (*args, *kwargs.values()):
            spoilt(given)
        return result
    return changing

"""
TAKES_ARRAYS = {
    "lesson1": "1d 1e 1f",
    "lesson2": "2b 2c 2d 2e 2f",
    "lesson3": "3b 3c 3d 3e",
    "lesson5": "5b 5c 5e 5f",
    "lesson10": "10b 10e 10f 10g",
    "lesson12": "12b 12c 12d",
    "lesson13": "13b 13c 13e",
    "lesson9": "9b 9c",
    "lesson11": "11a 11b 11c",
}


def graded(lesson, warm, source, tag):
    found = catalog.find(lesson, ROOT)
    name = Path(found.page.name)
    report = grade_attempt(
        found, name, source=source.encode(), seed=3, exercise=tag, warm=warm
    )
    return report.exercises[0]


@pytest.mark.parametrize(
    ("lesson", "tag"),
    [(name, tag) for name, tags in TAKES_ARRAYS.items() for tag in tags.split()],
)
def test_right_answers_of_changed_inputs_are_wrong(lesson, tag, warm):
    solution = catalog.find(lesson, ROOT).solution
    result = graded(lesson, warm, plainly_wrong(solution, tag, SPOILS), tag)
    assert result.outcome is Outcome.WRONG
    assert " in place." in result.finding.sentence
    named = {mistake.tag.partition(".")[2] for mistake in result.finding.mistakes}
    assert all("place" in name or name == "not_restored" for name in named)


def in_lesson(number, warm, tag, source):
    solution = catalog.find(f"lesson{number}", ROOT).solution.read_text()
    solution = without_functions(solution, source)
    return graded(f"lesson{number}", warm, solution + source, tag)


def test_the_argument_is_named_as_the_file_names_it_and_nothing_else(warm):
    result = in_lesson(
        3, warm, "3d", """
def losses(labels, guesses):
    result = -(labels * np.log(np.clip(guesses, 1e-7, 1 - 1e-7))).sum(axis=1)
    labels *= guesses
    return result
"""
    )  # fmt: skip
    assert result.finding.sentence.startswith("losses changed its argument labels in")
    assert result.finding.mistakes == ()


def test_a_right_gradient_is_not_taken_for_another_way_to_get_it(warm):
    result = in_lesson(
        9, warm, "9c", """
def backward(x, y, params, z1, a, p):
    dz2 = p
    dz2[np.arange(len(x)), y.argmax(axis=1)] -= 1
    dz2 /= len(x)
    dz1 = dz2 @ params["W2"].T * (z1 > 0)
    return {
        "W1": x.T @ dz1, "b1": dz1.sum(axis=0),
        "W2": a.T @ dz2, "b2": dz2.sum(axis=0),
    }
"""
    )  # fmt: skip
    assert result.finding.sentence == (
        "backward changed its argument p in place. "
        "Work on a copy; the caller still needs the original."
    )
    assert result.finding.mistakes == ()


def test_a_wrong_value_is_told_before_a_change(warm):
    result = in_lesson(
        3, warm, "3c", """
def softmax(z):
    e = np.exp(z)
    z[...] = 0
    return e / e.sum(axis=0)
"""
    )  # fmt: skip
    assert "in place" not in result.finding.sentence
    assert [m.tag for m in result.finding.mistakes] != ["3c.changed_in_place"]


def test_what_an_exercise_may_change_is_allowed(warm):
    result = in_lesson(
        11, warm, "11a", """
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    v *= beta
    v -= lr * g
    w += v
    return w, v
"""
    )  # fmt: skip
    assert result.outcome is Outcome.PASSED


def test_a_change_is_told_beside_a_wrong_value_that_has_no_name(warm):
    result = in_lesson(
        12, warm, "12c", """
def temperature(z, y, candidates):
    costs = []
    for T in candidates:
        z /= T
        costs.append(cross_entropy(y, softmax(z)))
    return float(candidates[np.argmin(costs)])
"""
    )  # fmt: skip
    assert result.finding.sentence == (
        "This is not the number expected. temperature changed its argument z in place. "
        "Work on a copy; the caller still needs the original."
    )
    assert result.finding.mistakes == ()
