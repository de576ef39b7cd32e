"""1f  The score to beat."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

# The commonest is 1 in train, and 7 in test and in both together. The rarest, the median
# and the largest label, its place, the place and the size of the largest count, a guess
# of one in ten and the score on train each have a share of their own.
TRAP_TRAIN = np.array([2, 1, 1, 2, 1, 3, 9, 1, 2, 9, 1], dtype=np.uint8)
TRAP_TEST = np.repeat([7, 1, 9, 0, 3, 5, 2], [34, 24, 16, 12, 8, 4, 2]).astype(np.uint8)

majority_baseline = exercise(
    "1f",
    "The score to beat",
    points=10,
    writes="majority_baseline",
    hints=(
        "Count on the training labels; the test labels only mark the answers.",
        "The commonest digit is the argmax of the counts.",
        "With m for the commonest digit of train_y: (test_y == m).mean()",
    ),
    alternative=Alternative(
        code="""
            def majority_baseline(train_y, test_y):
                classes, counts = np.unique(train_y, return_counts=True)
                return float(np.mean(test_y == classes[counts.argmax()]))
        """,
        why=(
            "np.unique also counts classes that are text or negative, where "
            "np.bincount cannot. What it costs: it sorts the labels."
        ),
    ),
)
majority_baseline.slips(
    slip(
        "commonest of test",
        "You picked the commonest digit of the TEST set. "
        "That is peeking: choose it on the training labels.",
        "np.bincount(train_y) -> np.bincount(test_y)",
    ),
    slip(
        "commonest of both",
        "You counted the test labels too. Choose the digit on the training labels alone.",
        "np.bincount(train_y) -> np.bincount(np.concatenate((train_y, test_y)))",
    ),
    slip(
        "scored on train",
        "You score on the training labels. "
        "Choose the digit on train, and score it on test.",
        "test_y == _ -> train_y == _",
    ),
    slip(
        "number right",
        "You return how many are right. Return their fraction.",
        "_.mean() -> _.sum()",
    ),
    slip(
        "share of train",
        "You divide by the number of training labels. The test labels are what is "
        "scored.",
        "_.mean() -> _.sum() / len(train_y)",
    ),
    slip(
        "share wrong",
        "You count the test labels that are wrong. Count the right ones.",
        "test_y == _ -> test_y != _",
    ),
    slip(
        "largest label",
        "max finds the largest label, not the commonest. "
        "Count first; then take the argmax of the counts.",
        "np.bincount(_).argmax() -> _.max()",
    ),
    slip(
        "place of the largest",
        "argmax of the labels finds where the largest label stands. "
        "Take the argmax of the counts.",
        "np.bincount(_).argmax() -> _.argmax()",
    ),
    slip(
        "place among the classes",
        "The argmax of np.unique's counts is a place among the classes that occur, and "
        "not the class itself.",
        "np.bincount(_).argmax() -> np.unique(_, return_counts=True)[1].argmax()",
    ),
    slip(
        "how often",
        "max of the counts says how often the commonest digit occurs. "
        "Which digit it is, argmax says.",
        "np.bincount(_).argmax() -> np.bincount(_).max()",
    ),
    slip(
        "rarest",
        "You answer the rarest class. Answer the most common one.",
        "np.bincount(_).argmax()"
        " -> np.unique(_)[np.unique(_, return_counts=True)[1].argmin()]",
        "np.bincount(_).argmax() -> np.bincount(_).argmin()",
    ),
    slip(
        "median",
        "You answer the median label, which stands in the middle of the sorted ones. "
        "The commonest is another matter.",
        "np.bincount(_).argmax() -> int(np.median(_))",
    ),
    slip(
        "mean label",
        "You answer the mean of the labels. The commonest is another matter: 0 and 9 "
        "have a mean between them, and it is neither.",
        "np.bincount(_).argmax() -> round(_.mean())",
        "np.bincount(_).argmax() -> int(_.mean())",
    ),
    slip(
        "always 1",
        "You answer 1 whatever the training labels are. 1 is the commonest digit of "
        "MNIST; another training set has another one: count.",
        "np.bincount(_).argmax() -> 1",
    ),
    slip(
        "percent",
        "You multiply by 100, as for a percentage. A share goes from 0 to 1.",
        "float(_) -> 100 * float(_)",
    ),
    without=("sum for mean", "comparison turned round", "min for max"),
)


@majority_baseline.check
def chooses_on_the_training_labels(attempt):
    """When train has mostly 1 and test mostly 7, it answers 1: 24 of 100 are right."""
    answer = attempt.majority_baseline(TRAP_TRAIN, TRAP_TEST)
    expect(answer).close_to(0.24, tolerance=1e-12)


@majority_baseline.check
def scores_mnist(attempt, mnist):
    """On MNIST the score to beat is 0.1135."""
    answer = attempt.majority_baseline(mnist.y_train, mnist.y_test)
    expect(answer).close_to(0.1135, tolerance=1e-12)


@majority_baseline.check
def may_be_right_never_or_always(attempt):
    """The share is 0 when the digit is not in the test set, 1 when no other is."""
    fours = np.full(9, 4, dtype=np.uint8)
    # Nine of them: how often the commonest occurs is a digit as well, and another one.
    answer = attempt.majority_baseline(fours, np.array([9, 6], dtype=np.uint8))
    expect(answer).close_to(0.0)
    expect(attempt.majority_baseline(fours, fours[:3])).close_to(1.0)


@majority_baseline.check
def scores_random_sets(attempt, rng):
    """It agrees on random sets of other sizes."""
    # So few to learn from that how often the commonest occurs is a digit as well.
    for n1, n2 in ((9, 61), (8, 30)):
        train, test = rng.integers(10, size=n1), rng.integers(10, size=n2)
        most = int(rng.integers(10))
        train[: n1 // 2 + 1] = most  # no two digits are commonest
        answer = attempt.majority_baseline(rng.permutation(train), test)
        expect(answer).close_to(np.mean(test == most), tolerance=1e-12)


@majority_baseline.wrong_answer(
    "A loop that compares each count with the best DIGIT so far, and not with its count, "
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
    "That is the commonest digit itself. Return the share of test labels equal to it."
)
def the_digit(train_y, test_y):
    return int(np.bincount(train_y).argmax())


@majority_baseline.wrong_answer(
    "0.1135 is the score on MNIST, and other labels were handed in. Is it typed in? "
    "Compute it from the labels that come."
)
def typed_in(train_y, test_y):
    return 0.1135


@majority_baseline.wrong_answer(
    "Your number is rounded to two digits. Return it as it is, and round only to print it."
)
def rounded(train_y, test_y):
    return round(float((test_y == np.bincount(train_y).argmax()).mean()), 2)
