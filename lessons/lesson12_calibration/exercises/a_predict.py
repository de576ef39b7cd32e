"""12a: what a calibration error and a temperature are, before running anything."""

from grader.checks import entry, value

predict = value(
    "PREDICT",
    {
        "ECE": entry(
            0.16,
            "The ECE of the 25 answers is right.",
            within=0.0005,
            check="knows_the_error",
            wrong={
                0.2: "That is the gap of the first bin.\n"
                "Weight it by that bin's fraction of all 25 answers.",
                0.1: "That is the mean of two gaps.\n"
                "Weight each by its bin's fraction of all 25 answers.",
                0.02: "You divided by the number of bins.\n"
                "Weight each gap by its bin's fraction of all 25 answers.",
                0.48: "That is the fraction of all answers that are in the first bin and "
                "right. The error is about gaps.",
            },
        ),
        "T = 2": entry(
            0.75,
            "The probability with T = 2 is right.",
            within=0.005,
            check="knows_a_higher_temperature",
            wrong={
                0.45: "You divided the probability by T.\n"
                "T divides the logits, before softmax.",
                0.988: "That is T = 1/2.\nWith T = 2 the logits are half as large.",
                0.9: "That is T = 1.\nWith T = 2 the logits are half as large.",
                0.818: "You divided 9 by 2. T divides its logarithm: e^(ln 9 / 2) is "
                "another number.",
            },
        ),
        "too bold": entry(
            "above 1",
            "You know if T should be above or below 1 for a network that is too bold.",
            of=["above 1", "below 1"],
            check="knows_what_a_bold_network_needs",
            wrong={
                "below 1": "A T below 1 makes the logits larger, and so the network even "
                "bolder.",
            },
        ),
        "accuracy": entry(
            "stays",
            "You know what a temperature does to the accuracy.",
            of=["rises", "falls", "stays"],
            check="knows_what_happens_to_the_accuracy",
            wrong={
                "rises": "Look at the largest logit of a row before and after you divide "
                "the row by 2.",
                "falls": "Look at the largest logit of a row before and after you divide "
                "the whole row by 2.",
            },
        ),
    },
    prediction=True,
    hints=(
        "Use two bins for the ECE: one at 0.8, one at 1. And e^(ln 9 / 2) is the square "
        "root of 9.",
    ),
)
