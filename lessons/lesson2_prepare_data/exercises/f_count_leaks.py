"""2f  Count the leaks."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

# A training row that occurs three times, a leaked row that occurs twice in the test set,
# and a leak at its own index. Three test rows have the pixels of a training row in another
# order. So every way of counting gives another number.
LEAKY_TRAIN = np.random.default_rng(7).integers(0, 16, size=(40, 64), dtype=np.uint8)
LEAKY_TRAIN[[10, 30]] = LEAKY_TRAIN[5]
LEAKY_TEST = np.random.default_rng(8).integers(0, 16, size=(16, 64), dtype=np.uint8)
LEAKY_TEST[[2, 10, 9, 14]] = LEAKY_TRAIN[[5, 5, 9, 20]]
LEAKY_TEST[[4, 6, 12]] = LEAKY_TRAIN[[12, 13, 22], ::-1]

count_leaks = exercise(
    "count_leaks",
    cpu_s=2,
    hints=(
        "Make each row something that can be hashed. Then a set can look it up.",
        "row.tobytes() returns the row as bytes, which a set can store.",
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
            "bytes(row) is shorter, and map makes the set without a loop. The "
            "price: row.tobytes() makes it clearer that the memory of the row "
            "is meant."
        ),
    ),
)


def count_rows(train_x, test_x):
    """Count the leaks in steps that may be wrong."""
    train, test = ([row.tobytes() for row in x] for x in (train_x, test_x))
    seen = set(train)
    leaks = sum(row in seen for row in test)
    return leaks


count_leaks.slips(
    slip(
        "training rows counted",
        "You counted training rows that occur in the test set. Which rows make up "
        "the accuracy?\n"
        "Count test rows.",
        "(train_x, test_x) -> (test_x, train_x)",
    ),
    slip(
        "each row once",
        "You lost repetitions, as sets do.\n"
        "A leaked row that occurs twice in the test set counts twice.",
        "sum(row in seen for row in test) -> len(seen & set(test))",
    ),
    slip(
        "same sums",
        "Different rows may have the same sum.\nCompare all bytes of a row.",
        "_.tobytes() -> _.sum()",
    ),
    slip(
        "clean rows",
        "You counted the rows that didn't leak.\nCount the others.",
        "row in seen -> row not in seen",
    ),
    slip(
        "share",
        "You divide by the number of rows, which gives a fraction.\n"
        "Return the number of leaks.",
        "return leaks -> return leaks / len(test)",
    ),
    right=count_rows,
)


@count_leaks.check
def counts_test_rows(attempt):
    """It finds 4 leaks in 16 test rows, although some rows occur more than once."""
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
    """It counts float32 rows, and a row that differs in one pixel isn't a leak."""
    train = rng.random((130, 20)).astype(np.float32)
    test = rng.random((112, 20)).astype(np.float32)
    test[[3, 8]] = train[[4, 129]]
    # Many, so that rounded distances aren't right by luck: each is 0 for some of them.
    test[12:] = train[20:120]
    test[12:, 11] = np.nextafter(test[12:, 11], np.float32(2))
    expect(attempt.count_leaks(train, test)).equals(2)


@count_leaks.check
def is_quick_on_real_photos(attempt, mnist):
    """It finds 37 leaks in 1,000 images against 4,000 in less than two seconds."""
    train = mnist.x_train[:4000].reshape(4000, -1)
    test = mnist.x_test[:1000].reshape(1000, -1).copy()
    test[::28] = train[1000:1036]
    test[999] = train[0]
    expect(attempt.count_leaks(train, test)).equals(37)


@count_leaks.wrong_answer(
    "You compared row i only with row i. A leaked row may be anywhere in training.\n"
    "Compare each test row with every training row."
)
def same_places(train_x, test_x):
    n = min(len(train_x), len(test_x))
    return int((train_x[:n] == test_x[:n]).all(axis=1).sum())


@count_leaks.wrong_answer(
    "np.isin compares single pixels, and so does `in` with an array: nearly every "
    "pixel value occurs somewhere in training.\n"
    "Compare whole rows."
)
def pixels_somewhere(train_x, test_x):
    return int(np.isin(test_x, train_x).all(axis=1).sum())


@count_leaks.wrong_answer(
    "You counted single pixel values that occur in both arrays.\nCompare whole rows."
)
def pixel_values_in_common(train_x, test_x):
    return len(np.intersect1d(train_x, test_x))


@count_leaks.symptom(
    "A set can contain only items that can be hashed, and a list or an array can't.\n"
    "row.tobytes() can.",
    edit=("{row.tobytes() for row in train_x}", "set(train_x.tolist())"),
)
def rows_that_cannot_be_hashed(answer):
    message = answer.raised.message
    return bool(re.match(r"unhashable type: '(list|numpy\.ndarray)'", message))


@count_leaks.wrong_answer(
    "You counted all repetitions, including those within one set.\n"
    "Count only test rows that occur in training."
)
def repetitions_altogether(train_x, test_x):
    both = np.concatenate((train_x, test_x))
    return len(both) - len({row.tobytes() for row in both})


@count_leaks.wrong_answer(
    "You return whether there is a leak.\nReturn how many there are."
)
def whether(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return any(row.tobytes() in seen for row in test_x)


@count_leaks.wrong_answer(
    "Your count is 1 although more rows leak. Do you set it to 1 instead of adding 1? Or "
    "do you return it at the first leak?\nAdd 1 for each, and return the count at the end."
)
def stops_at_the_first(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return int(any(row.tobytes() in seen for row in test_x))


@count_leaks.wrong_answer(
    "`in` with an array compares single pixels: one equal pixel in the same column "
    "is enough.\n"
    "Compare whole rows."
)
def one_pixel_is_enough(train_x, test_x):
    columns = zip(test_x.T, train_x.T, strict=True)
    agree = [np.isin(mine, theirs) for mine, theirs in columns]
    return int(np.any(agree, axis=0).sum())


@count_leaks.symptom(
    "You counted rows that differ from a training row in one pixel. Do you compare all "
    "pixels of a row, to the last digit?",
    example="""
        def count_leaks(train_x, test_x):
            seen = {row[:10].tobytes() for row in train_x}
            return sum(row[:10].tobytes() in seen for row in test_x)
    """,
)
def counts_near_misses(answer):
    leaks, near = _leaks_and_near_misses(*answer.args)
    return near > 0 and np.array_equal(answer.value, leaks + near)


@count_leaks.symptom(
    "You counted some rows that differ from a training row in the last digit of one "
    "pixel. Do you compute distances, such as a @ a + b @ b - 2 * a @ b, or compare "
    "texts, such as str(row)? Both are rounded.\n"
    "Compare the rows themselves.",
    example="""
        def count_leaks(train_x, test_x):
            a, b = train_x.astype(float), test_x.astype(float)
            squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)
            return int((squares - 2 * a @ b.T <= 0).any(axis=0).sum())
    """,
)
def counts_some_near_misses(answer):
    leaks, near = _leaks_and_near_misses(*answer.args)
    return isinstance(answer.value, int) and leaks < answer.value < leaks + near


def _leaks_and_near_misses(train_x, test_x):
    """Return how many test rows are in training, and how many are there but for a digit."""
    seen = {row.tobytes() for row in train_x}
    leaks = sum(row.tobytes() in seen for row in test_x)
    if train_x.dtype != np.float32:
        return leaks, 0
    close = [np.isclose(train_x, row, atol=1e-6).all(axis=1).any() for row in test_x]
    return leaks, sum(close) - leaks


@count_leaks.wrong_answer(
    "You counted pairs of equal rows.\n"
    "A test row counts once, however often it occurs in training."
)
def pairs(train_x, test_x):
    times = {}
    for row in train_x:
        times[row.tobytes()] = times.get(row.tobytes(), 0) + 1
    return sum(times.get(row.tobytes(), 0) for row in test_x)


@count_leaks.wrong_answer(
    "You sorted the pixels of each row, so different images can look the same.\n"
    "Compare the rows as they are."
)
def same_pixels_sorted(train_x, test_x):
    seen = {np.sort(row).tobytes() for row in train_x}
    return sum(np.sort(row).tobytes() in seen for row in test_x)


@count_leaks.wrong_answer(
    "You counted the pixels of test whose value occurs anywhere in training.\n"
    "Compare whole rows, and count each leaked row once."
)
def pixels_counted(train_x, test_x):
    return int(np.isin(test_x, train_x).sum())
