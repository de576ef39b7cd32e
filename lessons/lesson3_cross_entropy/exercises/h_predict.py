"""3h: predict four changes."""

from grader.checks import entry, value

CHANGES = ["same", "smaller", "larger"]

predict = value(
    "PREDICT",
    {
        "loss of a doubled batch": entry(
            "same",
            "You predicted the loss when every image is in the batch twice.",
            of=["same", "double", "half"],
            check="predicted_the_doubled_batch",
            wrong={
                "double": "A sum would double. Is the loss a sum?\n"
                "It is a mean: twice the total divided by twice as many "
                "images.",
                "half": "The number of images doubles, and so does the total.\n"
                "Their ratio stays the same.",
            },
        ),
        "loss with 5 added to every logit": entry(
            "same",
            "You predicted the loss after adding 5 to every logit.",
            of=CHANGES,
            check="predicted_a_shift",
            wrong={
                "larger": "Every exponential is multiplied by exp(5), and so is their sum. "
                "What happens to the quotient?",
                "smaller": "The true class gains, but so does every other class.\n"
                "The differences between the logits stay the same.",
            },
        ),
        "loss of a right answer, logits doubled": entry(
            "smaller",
            "You predicted the loss of a right answer after doubling its logits.",
            of=CHANGES,
            check="predicted_a_surer_right_answer",
            wrong={
                "larger": "The lead of class 0 grows from 3 to 6. Does its probability "
                "grow or shrink? And -ln p?",
                "same": "Adding the same number changes nothing, but a factor does: the "
                "lead of class 0 grows from 3 to 6.",
            },
        ),
        "loss of a wrong answer, logits doubled": entry(
            "larger",
            "You predicted the loss of a wrong answer after doubling its logits.",
            of=CHANGES,
            check="predicted_a_surer_wrong_answer",
            wrong={
                "smaller": "The network becomes surer of class 0, and the true class is 1. "
                "What happens to the probability of class 1?",
                "same": "Class 1 falls further behind: by 6 instead of 3. What happens to "
                "its probability?",
            },
        ),
    },
    prediction=True,
    hints=(
        "The loss is a mean, and only differences between logits count. What does "
        "doubling the logits do to those differences?",
    ),
)
