"""12e: choose and defend."""

from grader.checks import entry, value

choice = value(
    "CHOICE",
    {
        "act on it": entry(
            "b",
            "You know how to choose when somebody will act on a probability.",
            of="abc",
            check="knows_which_network",
            wrong={
                "a": "After 40 epochs it had an ECE of 0.0349, in the mean of 20 seeds, and "
                "it wasn't the lowest. A proper score makes it honest on the images that it "
                "was trained with. And on others?",
                "c": "Accuracy doesn't see the number 0.9: a temperature changes every "
                "probability and no answer.",
            },
        ),
        "always a tenth": entry(
            "b",
            "You know what a calibration error of 0 is worth.",
            of="ab",
            check="knows_that_calibrated_is_not_useful",
            wrong={
                "a": "How often is it right, and what is its confidence? Compare the two "
                "numbers.",
            },
        ),
        "which images": entry(
            "b",
            "You know on which images a temperature is fitted.",
            of="abc",
            check="knows_which_images",
            wrong={
                "a": "On the training images the network knows nearly every label, so it "
                "seems too modest there, and T comes out too small.",
                "c": "T looks better than it is on the images that it was chosen with. "
                "Then none are left to say how well T works.",
            },
        ),
        "in one sentence": entry(
            sentence="You answered your friend in one sentence.",
            asks="what do you tell your friend?",
            check="tells_the_friend",
        ),
    },
    prediction=True,
    hints=("Which numbers of the last table does a decision on p = 0.9 depend on?",),
)
