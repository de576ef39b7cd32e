"""8e: which digit is taken for which?"""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import counted

confusing = exercise(
    "confusion",
    hints=(
        "One cell per (true, predicted) pair: add 1 there for every image.",
        "np.add.at(c, (true, pred), 1), or a plain loop over zip(true, pred).",
        "c[true, pred] += 1 drops repeats: NumPy adds 1 once per cell, not once per image.",
    ),
    alternative=Alternative(
        code="""
            def confusion(true, pred, k=10):
                pairs = k * np.asarray(true) + np.asarray(pred)
                return np.bincount(pairs, minlength=k * k).reshape(k, k)
        """,
        why=(
            "Each pair becomes one number, and np.bincount counts them all at once. What it "
            "costs: it is harder to see that the rows are the true classes."
        ),
    ),
)


def confusion(true, pred, k=10):
    """The right function, in steps that may be wrong."""
    rows, columns = np.asarray(true), np.asarray(pred)
    size = k
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, (rows, columns), 1)
    return counts


confusing.slips(
    slip(
        "transposed",
        "The true digits are in the columns.\nPut them in the rows.",
        "(rows, columns) -> (columns, rows)",
    ),
    slip(
        "repeats dropped",
        "A pair that occurs again isn't counted again, as in c[true, pred] += 1: NumPy adds "
        "1 once for each cell.\n"
        "See np.add.at.",
        "np.add.at(counts, _at, 1) -> counts.__setitem__(_at, 1)",
    ),
    slip(
        "sized by the data",
        "The size of your array depends on the largest class that occurs.\n"
        "It has to be (k, k), with zeros for classes that don't occur.",
        "size = k -> size = int(max(rows.max(), columns.max())) + 1",
    ),
    slip(
        "always 10",
        "The size of your array is always 10.\nUse the argument k.",
        "size = k -> size = 10",
    ),
    slip(
        "only right answers",
        "You count only the correct answers.\n"
        "Count the mistakes as well: they matter most.",
        "np.add.at(counts, _at, 1) -> np.add.at(counts, _at, rows == columns)",
    ),
    slip(
        "only wrong answers",
        "You count only the wrong answers.\nCorrect ones belong on the diagonal.",
        "np.add.at(counts, _at, 1) -> np.add.at(counts, _at, rows != columns)",
    ),
    slip(
        "shares of rows",
        "You divided each row by its sum.\nReturn the numbers of images.",
        "return counts -> return counts / np.maximum(counts.sum(1, keepdims=True), 1)",
    ),
    slip(
        "shares of rows with nan",
        "You divided each row by its sum, and an empty row gives nan.\n"
        "Return the numbers of images.",
        "return counts -> return counts / counts.sum(1, keepdims=True)",
    ),
    slip(
        "shares of columns",
        "You divided each column by its sum.\nReturn the numbers of images.",
        "return counts -> return counts / np.maximum(counts.sum(0), 1)",
    ),
    slip(
        "shares of all",
        "You divided the counts by the number of images.\n"
        "Return the numbers of images.",
        "return counts -> return counts / len(rows)",
    ),
    slip(
        "first photo left out",
        "The first image isn't counted.",
        "(rows, columns) -> (rows[1:], columns[1:])",
    ),
    slip(
        "last photo left out",
        "The last image isn't counted.",
        "(rows, columns) -> (rows[:-1], columns[:-1])",
    ),
    slip(
        "begins with ones",
        "Your array begins with a 1 in each cell, before anything is counted.\n"
        "Begin with np.zeros((k, k), dtype=int).",
        "np.zeros(*_a, dtype=int) -> np.ones(*_a, dtype=int)",
    ),
    right=confusion,
)

TRUE, PREDICTED = [0, 1, 1, 2, 2, 2, 2], [0, 1, 2, 2, 2, 0, 2]


@confusing.check
def counts_seven_images(attempt):
    """It counts seven images of three classes, with the true classes in rows."""
    right = np.array([[1, 0, 0], [0, 1, 1], [1, 0, 3]])
    answer = attempt.confusion(np.array(TRUE), np.array(PREDICTED), 3)
    expect(answer).equals(right)
    expect(answer).holds(
        np.asarray(answer.value).dtype.kind in "iu",
        "Counts are whole numbers (ints); the dtype of yours is {dtype}.",
        dtype=np.asarray(answer.value).dtype.name,
    )


@confusing.check
def takes_lists(attempt):
    """It takes lists of labels as well as arrays."""
    right = counted(TRUE[::-1], PREDICTED[::-1], 4)
    expect(attempt.confusion(TRUE[::-1], PREDICTED[::-1], 4)).equals(right)


@confusing.check
def counts_many_images(attempt, rng):
    """It counts hundreds of images, with the correct answers on the diagonal."""
    for n, k in ((500, 10), (300, 6)):
        true, predicted = rng.integers(k, size=n), rng.integers(k, size=n)
        answer = attempt.confusion(true, predicted, k)
        expect(answer).its("sum", lambda c: int(np.sum(c))).equals(n)
        expect(answer).equals(counted(true, predicted, k))


@confusing.check
def keeps_empty_classes(attempt):
    """A class that doesn't occur keeps its row and its column; k is 10 by default."""
    true, predicted = np.array([3, 3, 5]), np.array([3, 5, 5])
    expect(attempt.confusion(true, predicted)).equals(counted(true, predicted, 10))
    expect(attempt.confusion(true, predicted, 12)).equals(counted(true, predicted, 12))


@confusing.check
def counts_beyond_255(attempt):
    """It counts 300 images in one cell and 260 in another."""
    true, predicted = np.repeat([[1, 0, 2], [1, 2, 0]], [300, 260, 3], axis=1)
    expect(attempt.confusion(true, predicted, 3)).equals(counted(true, predicted, 3))


@confusing.wrong_answer(
    "You count every true digit with every prediction. Each image has one true digit "
    "and one prediction.\n"
    "Go through both side by side: use zip(true, pred)."
)
def every_pair(true, pred, k=10):
    counts = np.zeros((k, k), dtype=int)
    for row in true:
        for column in pred:
            counts[row, column] += 1
    return counts


@confusing.symptom(
    "A cell with {n} images has the count {got}: the dtype of your array is {dtype}, whose "
    "largest number is {most}.\n"
    "dtype=int has a far larger range.",
    edit=("np.zeros((k, k), dtype=int)", "np.zeros((k, k), dtype=np.uint8)"),
)
def dtype_is_too_small(answer):
    counts = np.asarray(answer.value)
    if counts.dtype.kind not in "iu" or counts.ndim != 2:
        return None
    right = counted(*answer.args[:2], len(counts))
    if np.array_equal(counts, right) or not np.array_equal(
        counts, right.astype(counts.dtype)
    ):
        return None
    return {
        "n": int(right.max()),
        "got": int(counts.flat[right.argmax()]),
        "dtype": counts.dtype.name,
        "most": np.iinfo(counts.dtype).max,
    }


@confusing.symptom(
    "The counts are right, but they are floats.\n"
    "Count in whole numbers. Use np.zeros((k, k), dtype=int).",
    edit=("np.zeros((k, k), dtype=int)", "np.zeros((k, k))"),
)
def counted_in_floats(answer):
    counts = np.asarray(answer.value)
    right = counted(*answer.args[:2], len(counts))
    return counts.dtype.kind == "f" and np.array_equal(counts, right)


@confusing.symptom(
    "np.zeros takes the second number as a dtype. The shape is one pair.\n"
    "Write np.zeros((k, k), dtype=int).",
    edit=("np.zeros((k, k), dtype=int)", "np.zeros(k, k)"),
)
def two_numbers_for_a_shape(answer):
    return "as a data type" in answer.raised.message


@confusing.symptom(
    "You returned None: np.add.at changes the array in place and returns nothing.\n"
    "Return the array on the next line.",
    edit=(
        "np.add.at(counts, (true, pred), 1)\n    return counts",
        "return np.add.at(counts, (true, pred), 1)",
    ),
)
def nothing_came_back(answer):
    return answer.raised is None and answer.value is None


@confusing.wrong_answer(
    "All rows of your array are the same, and each counts every answer. Did you write "
    "[[0] * k] * k? Those are k references to the same row.\n"
    "np.zeros((k, k), dtype=int) has separate rows."
)
def one_row_for_all(true, pred, k=10):
    return np.tile(np.bincount(np.asarray(pred), minlength=k), (k, 1))
