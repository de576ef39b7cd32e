"""12e: choose and defend."""

from grader.checks import exercise, expect

choice = exercise(
    "12e",
    "Choose and defend",
    points=15,
    writes="CHOICE",
    prediction=True,
    hints=("Which numbers of the last table does a decision on p = 0.9 depend on?",),
)


def expect_letter(attempt, key, letters, letter):
    """One of these letters, and this one."""
    answer = attempt.entry("CHOICE", key)
    expect(answer).one_of(list(letters))
    expect(answer).equals(letter)


@choice.check
def knows_which_network(attempt):
    """You know how to choose when somebody will act on a probability."""
    expect_letter(attempt, "act on it", "abc", "b")


@choice.check
def knows_that_calibrated_is_not_useful(attempt):
    """You know what a calibration error of 0 is worth."""
    expect_letter(attempt, "always a tenth", "ab", "b")


@choice.check
def knows_which_images(attempt):
    """You know on which images a temperature is fitted."""
    expect_letter(attempt, "which images", "abc", "b")


@choice.check
def tells_the_friend(attempt):
    """You answered your friend in one sentence of at least five words."""
    answer = attempt.entry("CHOICE", "in one sentence")
    words = expect(answer).text().split()
    expect(answer).holds(
        len(words) >= 5, "Write a whole sentence: what do you tell your friend?"
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
