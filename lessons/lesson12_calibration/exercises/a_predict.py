"""12a: what a calibration error and a temperature are, before running anything."""

from grader.checks import exercise, expect

predict = exercise(
    "PREDICT",
    prediction=True,
    hints=("Two bins for the ECE. And e^(ln 9 / 2) is the square root of 9.",),
)


@predict.check
def knows_the_error(attempt):
    """The ECE of the 25 answers is right."""
    expect(attempt.entry("PREDICT", "ECE")).close_to(0.16, 0.0005)


@predict.check
def knows_a_higher_temperature(attempt):
    """The probability with T = 2 is right."""
    expect(attempt.entry("PREDICT", "T = 2")).close_to(0.75, 0.005)


@predict.check
def knows_what_a_bold_network_needs(attempt):
    """You know if T should be above or below 1 for a network that is too bold."""
    expect(attempt.entry("PREDICT", "too bold")).is_choice(
        "above 1", of=["above 1", "below 1"]
    )


@predict.check
def knows_what_happens_to_the_accuracy(attempt):
    """You know what a temperature does to the accuracy."""
    expect(attempt.entry("PREDICT", "accuracy")).is_choice(
        "stays", of=["rises", "falls", "stays"]
    )


predict.wrong_choices(
    {
        'PREDICT["ECE"]': {
            0.2: "That is the gap of the first bin. Weight it by that bin's fraction of "
            "all 25 answers.",
            0.1: "That is the mean of two gaps. Weight each by its bin's fraction of all "
            "25 answers.",
            0.02: "You divided by the number of bins. Weight each gap by its bin's "
            "fraction of all 25 answers.",
            0.48: "That is the fraction of all answers that are in the first bin and "
            "right. The error is about gaps.",
        },
        'PREDICT["T = 2"]': {
            0.45: "You divided the probability by T. T divides the logits, before "
            "softmax.",
            0.988: "That is T = 1/2. With T = 2 the logits are half as large.",
            0.9: "That is T = 1. With T = 2 the logits are half as large.",
            0.818: "You divided 9 by 2. T divides its logarithm: e^(ln 9 / 2) is "
            "another number.",
        },
        'PREDICT["too bold"]': {
            "below 1": "A T below 1 makes the logits larger, and so the network even "
            "bolder."
        },
        'PREDICT["accuracy"]': {
            "rises": "Look at the largest logit of a row before and after you divide "
            "the row by 2.",
            "falls": "Look at the largest logit of a row before and after you divide "
            "the whole row by 2.",
        },
    }
)
