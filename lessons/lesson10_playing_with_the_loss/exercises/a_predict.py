"""10a: recall, precision, dice and accuracy of a few calls, on paper."""

from grader.checks import entry, value

TWO_DECIMALS = 0.005

predict = value(
    "PREDICT",
    {
        "recall": entry(
            30 / 100,
            "The recall is right.",
            within=TWO_DECIMALS,
            check="knows_the_recall",
            wrong={
                0.75: "That is the precision: a fraction of the calls. The recall is a "
                "fraction of the eights.",
                0.4: "That is 40 calls over 100 eights. Not all of the calls are eights.",
                0.03: "You divided by all 1,000 images. The recall is a fraction of the "
                "eights.",
            },
        ),
        "precision": entry(
            30 / 40,
            "The precision is right.",
            within=TWO_DECIMALS,
            check="knows_the_precision",
            wrong={
                0.3: "That is the recall: a fraction of the eights. The precision is a "
                "fraction of the calls.",
                0.25: "That is the fraction of the calls that are wrong.",
            },
        ),
        "dice": entry(
            2 * 30 / (40 + 100),
            "The dice is right.",
            within=TWO_DECIMALS,
            check="knows_the_dice",
            wrong={
                0.214286: "The hits count twice in dice, because they are among the calls "
                "and among the eights.",
                0.272727: "That is IoU: the hits over all that are called eights or are "
                "eights. Dice is twice the hits over the sum of both counts.",
                0.525: "That is the plain mean of recall and precision. Dice is lower: it "
                "is close to the smaller of the two.",
            },
        ),
        "accuracy": entry(
            (30 + 890) / 1000,
            "The accuracy is right.",
            within=TWO_DECIMALS,
            check="knows_the_accuracy",
            wrong={
                0.99: "You count only the 10 wrong calls as errors. A missed eight is a "
                "wrong answer, too.",
                0.93: "You count 10 wrong calls as right, or 10 misses. Which answers "
                "are right?",
                0.9: "That is the accuracy of always saying no. Here 30 eights are found, "
                "and 10 other images are called eights.",
                0.03: "A no is also right if the image is not an eight.",
            },
        ),
    },
    prediction=True,
    hints=(
        "How many eights are missed, and how many of the other 900 images are called "
        "eights?",
    ),
)
