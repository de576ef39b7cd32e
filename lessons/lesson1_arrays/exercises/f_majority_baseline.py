"""1f  The score to beat."""

import numpy as np

from grader.checks import exercise, expect

# The commonest is 1 in train, and 7 in test and in both together. The largest label, its
# place, the place and the size of the largest count, a guess of one in ten and the score
# on train each have a share of their own.
TRAP_TRAIN = np.array([7, 1, 1, 9, 1, 1, 7, 1, 7], dtype=np.uint8)
TRAP_TEST = np.repeat([7, 1, 9, 0, 3, 5], [9, 6, 4, 3, 2, 1]).astype(np.uint8)

majority_baseline = exercise(
    "1f",
    "The score to beat",
    points=10,
    name="majority_baseline",
    hints=(
        "Count on the training labels; the test labels only mark the answers.",
        "The commonest digit is the argmax of the counts.",
        "With m for the commonest digit of train_y: (test_y == m).mean()",
    ),
)
majority_baseline.slips()


@majority_baseline.check
def chooses_on_the_training_labels(attempt):
    """When train has mostly 1 and test mostly 7, it answers 1: 6 of 25 are right."""
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
    answer = attempt.majority_baseline(fours, np.array([5, 6], dtype=np.uint8))
    expect(answer).close_to(0.0)
    expect(attempt.majority_baseline(fours, fours[:3])).close_to(1.0)


@majority_baseline.check
def scores_random_sets(attempt, rng):
    """It agrees on random sets of other sizes."""
    for n1, n2 in ((21, 9), (8, 30)):
        train, test = rng.integers(10, size=n1), rng.integers(10, size=n2)
        most = int(rng.integers(10))
        train[: n1 // 2 + 1] = most  # no two digits are commonest
        answer = attempt.majority_baseline(rng.permutation(train), test)
        expect(answer).close_to(np.mean(test == most), tolerance=1e-12)


@majority_baseline.mistake(
    "You picked the commonest digit of the TEST set. "
    "That is peeking: choose it on the training labels."
)
def commonest_of_test(train_y, test_y):
    return float((test_y == np.bincount(test_y).argmax()).mean())


@majority_baseline.mistake(
    "That is the share on the training labels. "
    "Choose the digit on train, and score it on test."
)
def scored_on_train(train_y, test_y):
    return float((train_y == np.bincount(train_y).argmax()).mean())


@majority_baseline.mistake(
    "That is how many are right. Return the share: divide by the number of test labels."
)
def number_right(train_y, test_y):
    return int((test_y == np.bincount(train_y).argmax()).sum())


@majority_baseline.mistake(
    "That is the commonest digit itself. Return the share of test labels equal to it."
)
def the_digit(train_y, test_y):
    return int(np.bincount(train_y).argmax())


@majority_baseline.mistake(
    "max finds the largest label, not the commonest. "
    "Count first; then take the argmax of the counts."
)
def largest_label(train_y, test_y):
    return float((test_y == train_y.max()).mean())


@majority_baseline.mistake(
    "argmax of the labels finds where the largest label stands. "
    "Take the argmax of the counts."
)
def place_of_the_largest(train_y, test_y):
    return float((test_y == train_y.argmax()).mean())


@majority_baseline.mistake(
    "The argmax of np.unique's counts is a place among the classes that occur, and not "
    "the class itself: look the class up there, or use np.bincount."
)
def place_among_the_classes(train_y, test_y):
    counts = np.unique(train_y, return_counts=True)[1]
    return float((test_y == counts.argmax()).mean())


@majority_baseline.mistake(
    "max of the counts says how often the commonest digit occurs. "
    "Which digit it is, argmax says."
)
def how_often(train_y, test_y):
    return float((test_y == np.bincount(train_y).max()).mean())


@majority_baseline.mistake(
    "You counted the test labels too. Choose the digit on the training labels alone."
)
def commonest_of_both(train_y, test_y):
    both = np.concatenate((train_y, test_y))
    return float((test_y == np.bincount(both).argmax()).mean())


@majority_baseline.mistake(
    "That is the share of 1 in the test set. 1 is the commonest digit of MNIST; "
    "another training set has another one: count."
)
def always_one(train_y, test_y):
    return float((test_y == 1).mean())


@majority_baseline.mistake("That is a percentage. Return the share, from 0 to 1.")
def percent(train_y, test_y):
    return float(100 * (test_y == np.bincount(train_y).argmax()).mean())
