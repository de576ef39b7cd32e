"""Wrong answers of lesson 8 are named by slips, alone and two at once."""

from __future__ import annotations

import pytest

from grader import judge
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from tests.support.grading import grade_attempt, report_of
from tests.support.project import ROOT

LESSON = catalog.find("lesson8", ROOT)

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(judge.requirements_of(LESSON))


def graded(warm: WorkerFactory, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    return report_of(LESSON, tag, code, seed=5, warm=warm).exercises[0]


TRANSPOSED = """
def confusion(true, pred, k=10):
    table = np.zeros((k, k), int)
    table[pred, true] += 1
    return table
"""
OF_COLUMNS = """
def confusion(true, pred, k=10):
    table = np.zeros((k, k))
    for t, p in zip(true, pred):
        table[t][p] += 1
    return table / np.maximum(table.sum(axis=0), 1)
"""
LEAST_SURE = """
def worst(p, labels, m):
    sure = [row.max() for row in p]
    return np.argsort(sure)[:m]
"""
AMONG_THE_WRONG = """
def worst(p, labels, m):
    wrong = p[p.argmax(1) != labels]
    return np.argsort(wrong.max(1))[::-1][:m - 1]
"""
CUT_FIRST = """
def worst(p, labels, m):
    wrong = [i for i in range(len(p)) if p[i].argmax() != labels[i]][:m]
    return np.array(sorted(wrong, key=lambda i: -p[i].max()))
"""
REPORT = """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    hits = [a == b for a, b in zip(p.argmax(axis={axis}), labels)]
    loss = {loss}
    return {{"accuracy": {share}, "cross_entropy": loss}}
"""


def report(axis: int = 1, share: str = "float(np.mean(hits))", loss: str = "") -> str:
    right = "cross_entropy(one_hot(labels), p)"
    return REPORT.format(axis=axis, share=share, loss=loss or right)


ONE_ROW = """
def confusion(true, pred, k=10):
    table = [[0] * k] * k
    for t, p in zip(true, pred):
        table[t][p] += 1
    return np.array(table)
"""
TUPLE = """
def worst(p, labels, m):
    wrong = np.where(p.argmax(axis=1) != labels)
    return wrong[np.argsort(-p[wrong].max(axis=1))][:m]
"""
TOO_SMALL = """
def confusion(true, pred, k=10):
    table = np.zeros((k, k), np.{dtype})
    for t, p in zip(true, pred):
        table[t, p] += 1
    return table
"""
KERAS_LOSS = """
def report(model, x, labels):
    p = model(x)
    right = np.asarray(p).argmax(axis=1) == labels
    losses = keras.losses.sparse_categorical_crossentropy(labels, p)
    return {"accuracy": right.mean(), "cross_entropy": float(np.mean(losses))}
"""


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        ("8d", KERAS_LOSS, "your loss is the one from model.evaluate"),
        ("8e", ONE_ROW, "k references to the same row"),
        (
            "8e",
            TOO_SMALL.format(dtype="uint8"),
            "A cell with 300 images has the count 44: the dtype of your array is uint8, "
            "whose largest number is 255.",
        ),
        ("8e", TOO_SMALL.format(dtype="int8"), "whose largest number is 127."),
        ("8f", TUPLE, "Is it the result of np.where?"),
    ],
)
def test_what_beginners_meet_is_said(
    warm: WorkerFactory, tag: str, code: str, words: str
) -> None:
    finding = graded(warm, tag, code).finding
    assert finding is not None
    (mistake,) = finding.mistakes
    assert words in mistake.sentence


@pytest.mark.parametrize(
    ("tag", "code", "slips"),
    [
        ("8d", report(0, loss="cross_entropy(one_hot(labels), p) * len(p)"),
         {"argmax of photos", "sum for mean"}),
        ("8d", report(share="100 * float(np.mean(hits))"), {"percent"}),
        ("8d", report(share="1 - float(np.mean(hits))"), {"errors"}),
        ("8d", report(share="sum(hits)", loss="-cross_entropy(one_hot(labels), p)"),
         {"sum for mean", "missing minus"}),
        ("8d", report(loss="cross_entropy(p, one_hot(labels))"), {"exchanged"}),
        ("8d", report(loss="cross_entropy(one_hot(p.argmax(1)), p)"),
         {"predicted class"}),
        ("8e", TRANSPOSED, {"transposed", "repeats dropped"}),
        ("8e", OF_COLUMNS, {"shares of columns"}),
        ("8f", LEAST_SURE, {"least confident first", "right ones too"}),
        ("8f", AMONG_THE_WRONG, {"positions among the wrong", "one too few of m"}),
        ("8f", CUT_FIRST, {"cut before sorting"}),
    ],
)  # fmt: skip
def test_each_slip_of_an_attempt_is_named(
    warm: WorkerFactory, tag: str, code: str, slips: set[str]
) -> None:
    finding = graded(warm, tag, code).finding
    assert finding is not None
    assert [set(one.slips) for one in finding.mistakes] == [slips]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("8d", report(loss="float(-np.log(p[np.arange(len(p)), labels]).mean())")),
        (
            "8e",
            "def confusion(true, pred, k=10): return np.arange(k * k).reshape(k, k)",
        ),
        ("8f", "def worst(p, labels, m): return np.arange(m) * 7"),
    ],
)
def test_what_is_no_slip_is_accused_of_nothing_untrue(
    warm: WorkerFactory, tag: str, code: str
) -> None:
    result = graded(warm, tag, code)
    assert result.outcome is Outcome.WRONG
    named = [one.tag for one in result.finding.mistakes] if result.finding else []
    assert named in ([], ["8d.clipped_at_less"])


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "uint64"])
def test_a_dtype_that_holds_the_counts_is_right(
    warm: WorkerFactory, dtype: str
) -> None:
    code = TOO_SMALL.format(dtype=dtype)
    assert graded(warm, "8e", code).outcome is Outcome.PASSED


def test_a_report_needs_no_training(warm: WorkerFactory) -> None:
    code = "def train(*photos): raise RuntimeError('8d trains nothing')"
    assert graded(warm, "8d", code).outcome is Outcome.PASSED


def test_of_the_trainings_only_the_one_on_all_photos_is_followed(
    warm: WorkerFactory,
) -> None:
    source = LESSON.solution.read_bytes()
    right, short = b"x, y, epochs=20,", b"x, y, epochs=1,"
    assert source.count(right) == 1
    told = list[dict[str, float]]()
    grade_attempt(
        LESSON,
        LESSON.solution,
        source=source.replace(right, short),
        exercise="8c",
        warm=warm,
        on_progress=told.append,
    )
    assert {(one["epochs"], one["steps"]) for one in told} == {(1, 391)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("p = model.predict_proba(x)", "predict_proba is from an older Keras."),
        (
            "hits = model.predict_classes(x) == labels",
            "the largest one in a row is its",
        ),
        ("model.fit(x, one_hot(labels), nb_epoch=1)", "Today it's called epochs."),
    ],
)
def test_words_of_older_keras_are_told_as_such(
    warm: WorkerFactory, line: str, words: str
) -> None:
    code = f"def report(model, x, labels):\n    {line}\n    return {{}}\n"
    finding = graded(warm, "8d", code).finding
    assert finding is not None
    assert words in finding.sentence


def test_right_answers_behind_the_wrong_ones_are_counted(warm: WorkerFactory) -> None:
    code = """
def worst(p, labels, m):
    sure = np.where(p.argmax(axis=1) == labels, -np.inf, p.max(axis=1))
    return np.argsort(sure)[::-1][:m]
"""
    finding = graded(warm, "8f", code).finding
    assert finding is not None
    (mistake,) = finding.mistakes
    assert mistake.sentence.startswith(
        "You return 6 answers, and 2 of them are correct."
    )


def test_right_answers_for_wrong_ones_are_told_once(warm: WorkerFactory) -> None:
    code = """
def worst(p, labels, m):
    right = np.flatnonzero(p.argmax(axis=1) == labels)
    return right[np.argsort(-p[right].max(axis=1))[:m]]
"""
    finding = graded(warm, "8f", code).finding
    assert finding is not None
    (mistake,) = finding.mistakes
    assert mistake.sentence.startswith("You looked among the correct answers.")
