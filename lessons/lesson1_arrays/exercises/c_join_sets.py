"""1c  Join two sets."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import FIVE, noise_images

join_sets = exercise(
    "join_sets",
    hints=(
        "Which axis counts the images? That one has to grow.",
        "np.concatenate takes a tuple of arrays and the axis to join along.",
        "np.concatenate((train, test), axis=0)",
    ),
    alternative=Alternative(
        code="""
            def join_sets(train, test):
                return np.vstack((train, test))
        """,
        why=(
            "vstack joins sets of images along axis 0, so you can't get the axis "
            "wrong. The price: its name doesn't say which axis grows."
        ),
    ),
)
join_sets.slips(
    slip(
        "axis 1",
        "You joined along axis 1, which glues images top to bottom. "
        "Axis 0 counts the images.",
        "np.concatenate(_, axis=0) -> np.concatenate(_, axis=1)",
    ),
    slip(
        "axis 2",
        "You joined along axis 2, which glues images side by side. "
        "Axis 0 counts the images.",
        "np.concatenate(_, axis=0) -> np.concatenate(_, axis=2)",
    ),
    slip(
        "test first",
        "Your images are in the wrong order: the test set comes first. "
        "Put the training set first.",
        "(train, test) -> (test, train)",
    ),
    slip(
        "train twice",
        "The training set is there twice, and the test set is missing.",
        "(train, test) -> (train, train)",
    ),
    slip(
        "test twice",
        "The test set is there twice, and the training set is missing.",
        "(train, test) -> (test, test)",
    ),
    slip(
        "test missing",
        "You returned only the training set. The test set is missing.",
        "(train, test) -> (train,)",
    ),
    slip(
        "train missing",
        "You returned only the test set. The training set is missing.",
        "(train, test) -> (test,)",
    ),
    slip(
        "rows of one set",
        "You joined the images of one set with each other, one below the other, and the "
        "other set is missing. Pass both sets to np.concatenate in ONE tuple.",
        "np.concatenate(_, axis=0) -> np.concatenate(train, axis=0)",
        "np.concatenate(_, axis=0) -> np.concatenate(test, axis=0)",
    ),
    slip(
        "last one lost",
        "The last image of the training set is missing.",
        "(train, test) -> (train[:-1], test)",
    ),
    slip(
        "first one lost",
        "The first image of the test set is missing.",
        "(train, test) -> (train, test[1:])",
    ),
    slip(
        "first of test alone",
        "Only the first test image is there. Is your return inside a loop?",
        "(train, test) -> (train, test[:1])",
    ),
    slip(
        "stacked",
        "You put the two sets side by side on a new axis, so axis 0 now counts sets. "
        "The axis that counts the images has to grow.",
        "np.concatenate(_, axis=0) -> np.stack(_)",
    ),
    slip(
        "added",
        "+ adds two arrays pixel by pixel. It joins lists, but not arrays.",
        "np.concatenate(_, axis=0) -> sum(_)",
    ),
    slip(
        "one long row",
        "Both sets became one long row of pixels. Did you call np.append without an "
        "axis?",
        "np.concatenate(_, axis=0) -> np.concatenate(_, axis=None)",
    ),
    without=("other axis",),
)


@join_sets.check
def of_equal_size(attempt):
    """Three images and three images make six, training images first."""
    train, test = noise_images(3, seed=3), noise_images(3, seed=4)
    joined = np.concatenate((train, test))
    expect(attempt.join_sets(train, test)).equals(joined)


@join_sets.check
def of_unequal_size(attempt):
    """Five images and two make seven; the sixth is the first test image."""
    train, test = FIVE, noise_images(2, seed=5)
    answer = expect(attempt.join_sets(train, test))
    answer.has_shape((7, 28, 28))
    answer.its("sixth image", lambda images: images[5]).equals(test[0])
    answer.equals(np.concatenate((train, test)))


@join_sets.check
def of_the_same_dtype(attempt):
    """The dtype stays the same, whether it is uint8 or another one."""
    for dtype in ("uint8", "float32"):
        train, test = FIVE.astype(dtype), noise_images(3, seed=6).astype(dtype)
        expect(attempt.join_sets(train, test)).has_dtype(dtype)


@join_sets.check
def of_random_sets(attempt, rng):
    """It joins random sets of other sizes, including a set of one."""
    for n1, n2 in ((1, int(rng.integers(2, 9))), (int(rng.integers(2, 9)), 1)):
        train = noise_images(n1, seed=int(rng.integers(1000)))
        test = noise_images(n2, seed=int(rng.integers(1000, 2000)))
        expect(attempt.join_sets(train, test)).equals(np.concatenate((train, test)))


@join_sets.symptom(
    "The input was {dtype}, and your answer is float64. Did you create the array with "
    "np.zeros? It makes float64 by default.\n"
    "Pass it dtype=train.dtype.",
    edit=(
        "np.concatenate((train, test), axis=0)",
        "np.concatenate((train, test), dtype=float)",
    ),
    also=True,
)
def became_float64(answer):
    asked = np.result_type(*answer.args)
    is_float64 = answer.value.dtype == np.float64 and asked != np.float64
    return is_float64 and {"dtype": asked.name}


@join_sets.symptom(
    "The input was {dtype}, and your answer is uint8. Did you type in uint8? The dtype "
    "has to stay the same.",
    edit=(
        "np.concatenate((train, test), axis=0)",
        'np.concatenate((train, test)).astype("uint8")',
    ),
)
def always_uint8(answer):
    asked = np.result_type(*answer.args)
    is_uint8 = answer.value.dtype == np.uint8 and asked != np.uint8
    return is_uint8 and {"dtype": asked.name}


@join_sets.symptom(
    "You return a {kind} of arrays. Return one array that contains all the images.",
    edit=("np.concatenate((train, test), axis=0)", "[*train, *test]"),
)
def leaves_a_list(answer):
    value = answer.value
    is_several = isinstance(value, (list, tuple)) and isinstance(value[0], np.ndarray)
    return is_several and {"kind": type(value).__name__}


@join_sets.symptom(
    "Your images take turns: one training image, one test image. Put the whole "
    "training set first.",
    example="""
        def join_sets(train, test):
            n = min(len(train), len(test))
            pairs = np.stack((train[:n], test[:n]), axis=1)
            turns = pairs.reshape(2 * n, *train.shape[1:])
            return np.concatenate((turns, train[n:], test[n:]))
    """,
)
def takes_turns(answer):
    train, test = answer.args
    turns = np.stack((train, test), axis=1).reshape(-1, *train.shape[1:])
    return len(train) > 1 and np.array_equal(answer.value, turns)
