"""1c  Join two sets."""

import numpy as np

from grader.checks import exercise, expect

from . import FIVE, photos

join_sets = exercise(
    "1c",
    "Join two sets",
    points=20,
    name="join_sets",
    hints=(
        "Which axis counts the photos? That one has to grow.",
        "np.concatenate takes a tuple of arrays, and the axis to join along.",
        "np.concatenate((train, test), axis=0)",
    ),
)
join_sets.slips()


@join_sets.check
def of_equal_size(attempt):
    """Three photos and three photos make six, the training photos first."""
    train, test = photos(3, seed=3), photos(3, seed=4)
    joined = np.concatenate((train, test))
    expect(attempt.join_sets(train, test)).equals(joined)


@join_sets.check
def of_unequal_size(attempt):
    """Five photos and two make seven; number six is the first of the test set."""
    train, test = FIVE, photos(2, seed=5)
    answer = expect(attempt.join_sets(train, test))
    answer.has_shape((7, 28, 28))
    answer.its("sixth photo", lambda images: images[5]).equals(test[0])
    answer.equals(np.concatenate((train, test)))


@join_sets.check
def of_the_same_dtype(attempt):
    """The dtype stays what it was, uint8 or another one."""
    for dtype in ("uint8", "float32"):
        train, test = FIVE.astype(dtype), photos(3, seed=6).astype(dtype)
        expect(attempt.join_sets(train, test)).has_dtype(dtype)


@join_sets.check
def of_random_sets(attempt, rng):
    """It joins random sets of other sizes, a set of one among them."""
    for n1, n2 in ((1, int(rng.integers(2, 9))), (int(rng.integers(2, 9)), 1)):
        train = photos(n1, seed=int(rng.integers(1000)))
        test = photos(n2, seed=int(rng.integers(1000, 2000)))
        expect(attempt.join_sets(train, test)).equals(np.concatenate((train, test)))


@join_sets.mistake(
    "You joined along axis 1, so photos were glued top to bottom (28+28=56 rows). "
    "Samples live on axis 0."
)
def along_axis_one(train, test):
    return np.concatenate((train, test), axis=1)


@join_sets.mistake(
    "You joined along axis 2, so photos were glued side by side (28+28=56 columns). "
    "Samples live on axis 0."
)
def along_axis_two(train, test):
    return np.concatenate((train, test), axis=2)


@join_sets.mistake(
    "Right shape, wrong order: your first photo is test[0]. Put the training set first."
)
def test_first(train, test):
    return np.concatenate((test, train))


@join_sets.mistake(
    "You put the two sets side by side on a new axis, so axis 0 now counts sets. "
    "np.concatenate lengthens the axis that counts photos."
)
def stacked(train, test):
    return np.stack((train, test))


@join_sets.mistake(
    "+ adds two arrays pixel by pixel, and does not join them as it joins lists. "
    "Use np.concatenate."
)
def added(train, test):
    return train + test


@join_sets.mistake(
    "Both sets became one long row of pixels. Did you call np.append without an axis? "
    "Give it axis=0, or use np.concatenate."
)
def flattened(train, test):
    return np.append(train, test)


@join_sets.symptom(
    "The photos are right, and their dtype became float64, where {dtype} came in. "
    "Did np.zeros make the array? It makes float64 unless you tell it dtype=train.dtype.",
    example="""
        def join_sets(train, test):
            joined = np.zeros((len(train) + len(test), 28, 28))
            joined[: len(train)] = train
            joined[len(train) :] = test
            return joined
    """,
)
def became_float64(answer):
    right = np.concatenate(answer.args)
    is_float64 = answer.value.dtype == np.float64 and right.dtype != np.float64
    is_right = is_float64 and np.array_equal(answer.value, right)
    return is_right and {"dtype": right.dtype.name}
