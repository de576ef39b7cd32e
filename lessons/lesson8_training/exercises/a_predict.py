"""8a  Predict."""

from grader.checks import exercise, expect

foresight = exercise(
    "PREDICT",
    prediction=True,
    hints=(
        "Two are guesses: any fraction from 0 to 1 gets its points. The third can be "
        "derived: what is there to learn if the labels are shuffled?",
    ),
)

COMMITTED = ("after 1 epoch", "at the end")


@foresight.check
def commits_itself(attempt):
    """You wrote down a prediction (0 to 1) for both accuracies."""
    for key in COMMITTED:
        fraction = expect(attempt.entry("PREDICT", key))
        is_one = 0 <= fraction.number() <= 1
        fraction.holds(is_one, "A fraction is between 0 and 1.")


@foresight.check
def foresees_guesses(attempt):
    """With shuffled labels there is nothing to learn."""
    expect(attempt.entry("PREDICT", "labels shuffled")).is_between(0.05, 0.15)


@foresight.symptom(
    "You wrote {got}. A fraction is between 0 and 1: 0.5, not 50.",
    example='PREDICT["after 1 epoch"] = 96',
)
def a_percentage(answer):
    return float(answer.value) > 1


@foresight.symptom(
    "Even a blind guess is sometimes right. How often, among ten digits?",
    function='PREDICT["labels shuffled"]',
    example='PREDICT["labels shuffled"] = 0.0',
)
def never_right(answer):
    return 0 <= float(answer.value) < 0.05


@foresight.symptom(
    "With labels assigned at random, an image says nothing about its label. How often "
    "is a network right if it has learned nothing?",
    function='PREDICT["labels shuffled"]',
    example='PREDICT["labels shuffled"] = 0.9',
)
def learns_anyway(answer):
    return 1 >= float(answer.value) > 0.15
