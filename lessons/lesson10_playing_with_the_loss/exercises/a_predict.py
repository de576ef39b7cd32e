"""10a: recall, precision, dice and accuracy of a few calls, on paper."""

from grader.checks import exercise, expect

predict = exercise(
    "PREDICT",
    prediction=True,
    hints=(
        "How many eights are missed, and how many of the other 900 images are called "
        "eights?",
    ),
)

TWO_DECIMALS = 0.005


def expect_fraction(attempt, key, want):
    """A number to two decimals."""
    expect(attempt.entry("PREDICT", key)).close_to(want, TWO_DECIMALS)


@predict.check
def knows_the_recall(attempt):
    """The recall is right."""
    expect_fraction(attempt, "recall", 30 / 100)


@predict.check
def knows_the_precision(attempt):
    """The precision is right."""
    expect_fraction(attempt, "precision", 30 / 40)


@predict.check
def knows_the_dice(attempt):
    """The dice is right."""
    expect_fraction(attempt, "dice", 2 * 30 / (40 + 100))


@predict.check
def knows_the_accuracy(attempt):
    """The accuracy is right."""
    expect_fraction(attempt, "accuracy", (30 + 890) / 1000)


predict.wrong_choices(
    {
        'PREDICT["recall"]': {
            0.75: "That is the precision: a fraction of the calls. The recall is a "
            "fraction of the eights.",
            0.4: "That is 40 calls over 100 eights. Not all of the calls are eights.",
            0.03: "You divided by all 1,000 images. The recall is a fraction of the "
            "eights.",
        },
        'PREDICT["precision"]': {
            0.3: "That is the recall: a fraction of the eights. The precision is a "
            "fraction of the calls.",
            0.25: "That is the fraction of the calls that are wrong.",
        },
        'PREDICT["dice"]': {
            0.214286: "The hits count twice in dice, because they are among the calls "
            "and among the eights.",
            0.272727: "That is IoU: the hits over all that are called eights or are "
            "eights. Dice is twice the hits over the sum of both counts.",
            0.525: "That is the plain mean of recall and precision. Dice is lower: it "
            "is close to the smaller of the two.",
        },
        'PREDICT["accuracy"]': {
            0.99: "You count only the 10 wrong calls as errors. A missed eight is a "
            "wrong answer, too.",
            0.93: "You count 10 wrong calls as right, or 10 misses. Which answers "
            "are right?",
            0.9: "That is the accuracy of always saying no. Here 30 eights are found, "
            "and 10 other images are called eights.",
            0.03: "A no is also right if the image is not an eight.",
        },
    }
)
