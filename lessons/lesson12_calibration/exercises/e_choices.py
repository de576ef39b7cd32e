"""12e: choose and defend."""

from grader.checks import exercise, expect

choice = exercise(
    "CHOICE",
    prediction=True,
    hints=("Which numbers of the last table does a decision on p = 0.9 depend on?",),
)


@choice.check
def knows_which_network(attempt):
    """You know how to choose when somebody will act on a probability."""
    expect(attempt.entry("CHOICE", "act on it")).is_choice("b", of="abc")


@choice.check
def knows_that_calibrated_is_not_useful(attempt):
    """You know what a calibration error of 0 is worth."""
    expect(attempt.entry("CHOICE", "always a tenth")).is_choice("b", of="ab")


@choice.check
def knows_which_images(attempt):
    """You know on which images a temperature is fitted."""
    expect(attempt.entry("CHOICE", "which images")).is_choice("b", of="abc")


@choice.check
def tells_the_friend(attempt):
    """You answered your friend in one sentence."""
    expect(attempt.entry("CHOICE", "in one sentence")).sentence(
        "what do you tell your friend?"
    )


choice.wrong_choices(
    {
        'CHOICE["act on it"]': {
            "a": "After 40 epochs it had an ECE of 0.0349, in the mean of 20 seeds, and "
            "it wasn't the lowest. A proper score makes it honest on the images that it "
            "was trained with. And on others?",
            "c": "Accuracy doesn't see the number 0.9: a temperature changes every "
            "probability and no answer.",
        },
        'CHOICE["always a tenth"]': {
            "a": "How often is it right, and what is its confidence? Compare the two "
            "numbers."
        },
        'CHOICE["which images"]': {
            "a": "On the training images the network knows nearly every label, so it "
            "seems too modest there, and T comes out too small.",
            "c": "Images that choose T also flatter it. Then none are left to say how "
            "well T works.",
        },
    }
)
