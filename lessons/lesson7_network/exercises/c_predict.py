"""7c: what does an untrained network answer?"""

import numpy as np

from grader.checks import entry, value

predicting = value(
    "PREDICT",
    {
        "untrained_loss": entry(
            sentence="You predict the loss of ten equal guesses, in nats.",
            between=(2.2, 2.6),
            check="predicts_the_first_loss",
            wrong={
                "a_probability": (
                    0.1,
                    "0.1 is the probability of each guess. The loss is its surprise.",
                ),
                "no_cost_at_all": (
                    0,
                    "The loss is 0 only if the network is certain and right. Is an untrained "
                    "network ever certain?",
                ),
                "predicted_with_log10": (
                    1.0,
                    "Did you use log10? Its value for 10 is 1.\n"
                    "Cross-entropy uses the natural logarithm.",
                ),
            },
        ),
        "untrained_accuracy": entry(
            sentence="You predict how often guessing is right.",
            between=(0.05, 0.2),
            check="predicts_the_first_accuracy",
            wrong={
                "never_right": (
                    0,
                    "Is a blind guess never right? There are ten digits, and one of "
                    "them is correct.",
                ),
                "half_is_right": (
                    0.5,
                    "Half would be right if there were two classes. How many are there?",
                ),
                "accuracy_of_no": (
                    0.9,
                    "0.9 is how often a guess is wrong. How often is it right?",
                ),
            },
        ),
        "loss_of_100": entry(
            sentence="You predict the loss of a hundred equal guesses.",
            between=(4.4, 4.9),
            check="predicts_the_loss_of_more_classes",
        ),
    },
    prediction=True,
    hints=(
        "It knows nothing, so its guesses are about equal. What probability does the "
        "true class get, and what is the surprise, -ln of it?",
    ),
)

LOSS = 'PREDICT["untrained_loss"]'
ACCURACY = 'PREDICT["untrained_accuracy"]'
OF_100 = 'PREDICT["loss_of_100"]'


def about(value, number, tolerance):
    """Whether an answer is this number, as people round it."""
    return abs(float(value) - number) < tolerance


@predicting.symptom(
    "Accuracy is a fraction from 0 to 1, and you wrote {got}. Is that a percentage?",
    function=ACCURACY,
    example=f"{ACCURACY} = 10",
)
def accuracy_in_percent(answer):
    return float(answer.value) > 1 and {"got": f"{float(answer.value):g}"}


@predicting.symptom(
    "Did you use log2? 3.32 is the surprise at a guess of 1/10 in bits.\n"
    "Give it in nats.",
    function=LOSS,
    example=f"{LOSS} = 3.3",
)
def predicted_in_bits(answer):
    return about(answer.value, np.log2(10), 0.05)


@predicting.symptom(
    "The loss is a mean over images, and each image costs -ln p_true. "
    "What is p_true if ten guesses are about equal?",
    function=LOSS,
    example=f"{LOSS} = 10",
)
def predicted_something_else(answer):
    return not 2.2 <= float(answer.value) <= 2.6


@predicting.symptom(
    "That is the loss with ten classes. With a hundred, what does each get?",
    function=OF_100,
    example=f"{OF_100} = 2.3",
)
def the_same_for_100(answer):
    return about(answer.value, np.log(10), 0.05)


@predicting.symptom(
    "Ten times as many classes: is the loss ten times as large? The loss is a logarithm.",
    function=OF_100,
    example=f"{OF_100} = 23",
)
def ten_times_the_loss(answer):
    return about(answer.value, 10 * np.log(10), 0.6)
