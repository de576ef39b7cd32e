"""2f  Count the leaks."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

# A training row that stands there three times, a leaked row that stands in the test set
# twice, leaks at their own places, and three test rows with the pixels of a training
# row in another order: so every way of counting has a number of its own.
LEAKY_TRAIN = np.random.default_rng(7).integers(0, 16, size=(40, 64), dtype=np.uint8)
LEAKY_TRAIN[[10, 30]] = LEAKY_TRAIN[5]
LEAKY_TEST = np.random.default_rng(8).integers(0, 16, size=(16, 64), dtype=np.uint8)
LEAKY_TEST[[2, 10, 9, 14]] = LEAKY_TRAIN[[5, 5, 9, 20]]
LEAKY_TEST[[4, 6, 12]] = LEAKY_TRAIN[[12, 13, 22], ::-1]

count_leaks = exercise(
    "2f",
    "Count the leaks",
    points=20,
    writes="count_leaks",
    cpu_s=2,
    hints=(
        "Make each row something that can be hashed. Then a set can look it up.",
        "row.tobytes() is the row as bytes, which a set can hold.",
        "seen = {row.tobytes() for row in train_x}, "
        "then sum(row.tobytes() in seen for row in test_x)",
    ),
    alternative=Alternative(
        code="""
            def count_leaks(train_x, test_x):
                seen = set(map(bytes, train_x))
                return sum(bytes(row) in seen for row in test_x)
        """,
        why=(
            "bytes(row) is shorter, and map makes the set without a loop of "
            "your own. What it costs: it says less clearly than row.tobytes() "
            "that the row's memory is meant."
        ),
    ),
)


def count_rows(train_x, test_x):
    """The right function, in steps that may be wrong."""
    train, test = ([row.tobytes() for row in x] for x in (train_x, test_x))
    seen = set(train)
    leaks = sum(row in seen for row in test)
    return leaks


count_leaks.slips(
    slip(
        "training rows counted",
        "You counted training rows that occur in the test set. Count test rows: the "
        "score is made of them.",
        "(train_x, test_x) -> (test_x, train_x)",
    ),
    slip(
        "each row once",
        "Repetitions are forgotten, as a set does it. A leaked row that stands in the "
        "test set twice spoils the score twice.",
        "sum(row in seen for row in test) -> len(seen & set(test))",
    ),
    slip(
        "same sums",
        "Rows with the same sum need not be the same row. Compare all of a row's bytes.",
        "_.tobytes() -> _.sum()",
    ),
    slip(
        "clean rows",
        "Those are the rows that did not leak. Count the others.",
        "row in seen -> row not in seen",
    ),
    slip(
        "share",
        "You divide by the number of rows. Return how many leak, and no share of them.",
        "return leaks -> return leaks / len(test)",
    ),
    right=count_rows,
)


@count_leaks.check
def counts_test_rows(attempt):
    """Of 16 test rows 4 are leaked, with rows that occur more than once on both
    sides."""
    expect(attempt.count_leaks(LEAKY_TRAIN, LEAKY_TEST)).equals(4)


@count_leaks.check
def finds_what_was_planted(attempt, rng):
    """It finds 0, 1 and 37 planted rows among 80."""
    train = rng.integers(0, 256, size=(150, 30), dtype=np.uint8)
    answers = {}
    for planted in (0, 1, 37):
        test = rng.integers(0, 256, size=(80, 30), dtype=np.uint8)
        test[:planted] = train[rng.integers(150, size=planted)]
        answers[planted] = attempt.count_leaks(train, rng.permutation(test))
    for planted, answer in answers.items():
        expect(answer).equals(planted)


@count_leaks.check
def counts_rows_of_floats(attempt, rng):
    """It counts prepared rows too, float32 from 0 to 1, and a near miss is no leak."""
    train = rng.random((30, 20)).astype(np.float32)
    test = rng.random((12, 20)).astype(np.float32)
    test[[3, 8]] = train[[4, 29]]
    test[5] = train[7]
    test[5, 11] = np.nextafter(test[5, 11], np.float32(2))
    expect(attempt.count_leaks(train, test)).equals(2)


@count_leaks.check
def is_quick_on_real_photos(attempt, mnist):
    """4,000 photos against 1,000, 37 of them leaked, take less than two seconds."""
    train = mnist.x_train[:4000].reshape(4000, -1)
    test = mnist.x_test[:1000].reshape(1000, -1).copy()
    test[::28] = train[1000:1036]
    test[999] = train[0]
    expect(attempt.count_leaks(train, test)).equals(37)


@count_leaks.wrong_answer(
    "You compared row i with row i only. A leaked row may stand anywhere in training."
)
def same_places(train_x, test_x):
    n = min(len(train_x), len(test_x))
    return int((train_x[:n] == test_x[:n]).all(axis=1).sum())


@count_leaks.wrong_answer(
    "np.isin looks at single pixels, and so does `in` with an array: nearly every pixel "
    "value occurs somewhere in training. Whole rows have to be compared."
)
def pixels_somewhere(train_x, test_x):
    return int(np.isin(test_x, train_x).all(axis=1).sum())


@count_leaks.wrong_answer(
    "Those are single pixel values that occur in both arrays. "
    "Whole rows have to be compared."
)
def pixel_values_in_common(train_x, test_x):
    return len(np.intersect1d(train_x, test_x))


@count_leaks.symptom(
    "A set holds only what can be hashed, and a list or an array cannot.\n"
    "row.tobytes() can.",
    edit=("{row.tobytes() for row in train_x}", "set(train_x.tolist())"),
)
def rows_that_cannot_be_hashed(answer):
    message = answer.raised.message
    return bool(re.match(r"unhashable type: '(list|numpy\.ndarray)'", message))


@count_leaks.wrong_answer(
    "You counted all repetitions, those within one set too. "
    "Only test rows that occur in training are leaks."
)
def repetitions_altogether(train_x, test_x):
    both = np.concatenate((train_x, test_x))
    return len(both) - len({row.tobytes() for row in both})


@count_leaks.wrong_answer(
    "That says whether there is a leak. Return how many there are."
)
def whether(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return any(row.tobytes() in seen for row in test_x)


@count_leaks.wrong_answer(
    "Your count is 1 where more rows leak. Is it set to 1 in place of growing by 1? Or "
    "is it returned at the first leak?\nAdd 1 for each, and return the count at the end.",
    in_company="A count does not grow beyond 1. Is it set to 1? Or is it returned at the "
    "first leak?\nAdd 1 for each, and return the count at the end.",
)
def stops_at_the_first(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return int(any(row.tobytes() in seen for row in test_x))


@count_leaks.wrong_answer(
    "`in` with an array looks at single pixels: one that agrees with a row of training, "
    "at its place, is enough. Whole rows have to be compared."
)
def one_pixel_is_enough(train_x, test_x):
    columns = zip(test_x.T, train_x.T, strict=True)
    agree = [np.isin(mine, theirs) for mine, theirs in columns]
    return int(np.any(agree, axis=0).sum())


@count_leaks.symptom(
    "A row that is nearly one of training, all but one pixel, was counted. Are all "
    "pixels of a row compared, to their last digit?",
    example="""
        def count_leaks(train_x, test_x):
            seen = {row[:10].tobytes() for row in train_x}
            return sum(row[:10].tobytes() in seen for row in test_x)
    """,
)
def counts_a_near_miss(answer):
    train_x, test_x = answer.args
    seen = {row.tobytes() for row in train_x}
    leaks = sum(row.tobytes() in seen for row in test_x)
    return train_x.dtype == np.float32 and np.array_equal(answer.value, leaks + 1)


@count_leaks.wrong_answer(
    "You counted pairs. A test row counts once, however often it occurs in training."
)
def pairs(train_x, test_x):
    times = {}
    for row in train_x:
        times[row.tobytes()] = times.get(row.tobytes(), 0) + 1
    return sum(times.get(row.tobytes(), 0) for row in test_x)


@count_leaks.wrong_answer(
    "Sorted pixels forget where they stood: two photos may share them all. "
    "Compare the rows as they are."
)
def same_pixels_sorted(train_x, test_x):
    seen = {np.sort(row).tobytes() for row in train_x}
    return sum(np.sort(row).tobytes() in seen for row in test_x)
