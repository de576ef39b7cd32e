"""1f  The score to beat."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

# The most common label is 1 in train, and 7 in test and in both together. Each wrong
# choice gives another accuracy: the rarest, the median or the largest label, the index of
# the largest one, the size of the largest count.
TRAP_TRAIN = np.array([2, 1, 1, 2, 1, 3, 9, 1, 2, 9, 1], dtype=np.uint8)
TRAP_TEST = np.repeat([7, 1, 9, 0, 3, 5, 2], [34, 24, 16, 12, 8, 4, 2]).astype(np.uint8)

# A mean of bools cast to float32 is right as well: its error here is at most 1e-8.
CLOSE = 1e-6

majority_baseline = exercise(
    "majority_baseline",
    hints=(
        "Count the training labels. Use the test labels only to mark the answers.",
        "The most common digit is the argmax of the counts.",
        "If m is the most common digit of train_y: (test_y == m).mean()",
    ),
    alternative=Alternative(
        code="""
            def majority_baseline(train_y, test_y):
                classes, counts = np.unique(train_y, return_counts=True)
                return float(np.mean(test_y == classes[counts.argmax()]))
        """,
        why=(
            "np.unique also counts classes that are text or negative, which "
            "np.bincount can't. The price: it sorts the labels."
        ),
    ),
)
majority_baseline.slips(
    slip(
        "commonest of test",
        "You picked the most common digit of the TEST set. That is peeking.\n"
        "Choose it from the training labels.",
        "np.bincount(train_y) -> np.bincount(test_y)",
    ),
    slip(
        "commonest of both",
        "You also counted the test labels, which is peeking.\n"
        "Choose the digit from the training labels only.",
        "np.bincount(train_y) -> np.bincount(np.concatenate((train_y, test_y)))",
    ),
    slip(
        "scored on train",
        "You compare with the training labels.\n"
        "Choose the digit from train_y, and compare it with test_y.",
        "test_y == _ -> train_y == _",
    ),
    slip(
        "number right",
        "You return the number of right answers.\nReturn the fraction.",
        "_.mean() -> _.sum()",
    ),
    slip(
        "share of train",
        "You divide by the number of training labels.\n"
        "Divide by the number of test labels.",
        "_.mean() -> _.sum() / len(train_y)",
    ),
    slip(
        "share wrong",
        "You count the wrong answers.\nCount the right ones.",
        "test_y == _ -> test_y != _",
    ),
    slip(
        "largest label",
        "max finds the largest label, not the most common one.\n"
        "Count first, then take the argmax of the counts.",
        "np.bincount(_).argmax() -> _.max()",
    ),
    slip(
        "place of the largest",
        "argmax of the labels gives the index of the largest label.\n"
        "Take the argmax of the counts.",
        "np.bincount(_).argmax() -> _.argmax()",
    ),
    slip(
        "place among the classes",
        "The argmax of the counts from np.unique is an index into the classes that "
        "occur, not the class itself.\n"
        "Take the class at that index.",
        "np.bincount(_).argmax() -> np.unique(_, return_counts=True)[1].argmax()",
    ),
    slip(
        "how often",
        "max of the counts gives how often the most common digit occurs, not which "
        "digit it is.\n"
        "argmax gives which digit it is.",
        "np.bincount(_).argmax() -> np.bincount(_).max()",
    ),
    slip(
        "rarest",
        "You return the rarest class.\nReturn the most common one.",
        "np.bincount(_).argmax()"
        " -> np.unique(_)[np.unique(_, return_counts=True)[1].argmin()]",
        "np.bincount(_).argmax() -> np.bincount(_).argmin()",
    ),
    slip(
        "median",
        "You return the median label, the one in the middle of the sorted labels.\n"
        "Return the most common one.",
        "np.bincount(_).argmax() -> int(np.median(_))",
    ),
    slip(
        "mean label",
        "You return the mean of the labels. The mean of 0 and 9 is neither of them.\n"
        "Return the most common label.",
        "np.bincount(_).argmax() -> round(_.mean())",
        "np.bincount(_).argmax() -> int(_.mean())",
    ),
    slip(
        "always 1",
        "You answer 1 whatever the training labels are. 1 is the most common digit in "
        "MNIST. Another training set may have a different one.\n"
        "Count its labels.",
        "np.bincount(_).argmax() -> 1",
    ),
    slip(
        "percent",
        "You multiply by 100, as for a percentage.\nReturn a fraction from 0 to 1.",
        "float(_) -> 100 * float(_)",
    ),
    without=("sum for mean", "comparison turned round", "min for max"),
)


@majority_baseline.check
def chooses_on_the_training_labels(attempt):
    """If train_y is mostly 1 and test_y mostly 7, it answers 1: 24 of 100 are right."""
    answer = attempt.majority_baseline(TRAP_TRAIN, TRAP_TEST)
    expect(answer).close_to(0.24, tolerance=CLOSE)


@majority_baseline.check
def scores_mnist(attempt, mnist):
    """On MNIST it returns 0.1135."""
    answer = attempt.majority_baseline(mnist.y_train, mnist.y_test)
    expect(answer).close_to(0.1135, tolerance=CLOSE)


@majority_baseline.check
def may_be_right_never_or_always(attempt):
    """It returns 0 if the digit isn't in the test set, and 1 if no other digit is."""
    fours = np.full(9, 4, dtype=np.uint8)
    # Nine of them: then the largest count is also a digit, and another one.
    answer = attempt.majority_baseline(fours, np.array([9, 6], dtype=np.uint8))
    expect(answer).close_to(0.0)
    expect(attempt.majority_baseline(fours, fours[:3])).close_to(1.0)


@majority_baseline.check
def scores_random_sets(attempt, rng):
    """It is right for random sets of other sizes."""
    # So few training labels that the largest count is also a digit.
    for n1, n2 in ((9, 61), (8, 30)):
        train, test = rng.integers(10, size=n1), rng.integers(10, size=n2)
        most = int(rng.integers(10))
        train[: n1 // 2 + 1] = most  # so that there is no tie
        answer = attempt.majority_baseline(rng.permutation(train), test)
        expect(answer).close_to(np.mean(test == most), tolerance=CLOSE)


@majority_baseline.wrong_answer(
    "A loop that compares each count with the best DIGIT so far, not with its count, "
    "gives exactly your answers. Is yours like that?\nKeep two values: the best digit, "
    "and how often it occurs."
)
def count_compared_with_digit(train_y, test_y):
    best = 0
    for digit in range(10):
        if (train_y == digit).sum() > best:
            best = digit
    return float((test_y == best).mean())


@majority_baseline.wrong_answer(
    "That is the most common digit itself.\n"
    "Return the fraction of test labels equal to it."
)
def the_digit(train_y, test_y):
    return int(np.bincount(train_y).argmax())


@majority_baseline.wrong_answer(
    "0.1135 is the baseline of MNIST, but the function was called with other "
    "labels. Did you type it in?\n"
    "Compute it from the arguments."
)
def typed_in(train_y, test_y):
    return 0.1135


@majority_baseline.wrong_answer(
    "Your number is rounded to two digits.\n"
    "Return it unrounded, and round only to print."
)
def rounded(train_y, test_y):
    return round(float((test_y == np.bincount(train_y).argmax()).mean()), 2)
