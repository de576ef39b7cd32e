"""6e: six runs, predicted."""

from grader.checks import entry, value

WORDS = ("good", "slow", "jumps", "worse")

runs = value(
    "RUNS",
    {
        "lr = 0.001": entry(
            "slow",
            "You know the effect of a learning rate that is 100 times too small.",
            of=WORDS,
            check="short_steps",
            wrong={
                "good": "Each step is 100 times shorter than with lr = 0.1, and there are as "
                "many of them. Do they get as far?",
                "jumps": "Steps jump across the valley when they are too long. These are 100 "
                "times shorter.",
                "worse": "Each step still leads downhill, only not far. So the loss falls.",
            },
        ),
        "lr = 5": entry(
            "jumps",
            "You know the effect of a learning rate that is 50 times as large.",
            of=WORDS,
            check="long_steps",
            wrong={
                "good": "Each step is 50 times longer. The gradient gives the direction at its "
                "beginning: does it still lead downhill that far away?",
                "slow": "Long steps are not slow. What do they do when they cross the valley?",
                "worse": "A step that is too long ends on the other side of the valley. There the "
                "gradient points back. So what do the next steps do?",
            },
        ),
        "y - p instead of p - y": entry(
            "worse",
            "You know what the wrong sign does.",
            of=WORDS,
            check="wrong_sign",
            wrong={
                "good": "Subtracting lr times y - p is adding lr times p - y: uphill.",
                "slow": "The steps are as long as before. Which way do they lead now?",
                "jumps": "The loss jumps if the steps change direction. Each of these leads away "
                "from the valley.",
            },
        ),
        "dW and db without 1/n, and lr = 0.001": entry(
            "good",
            "You know how 1/n and the learning rate belong together.",
            of=WORDS,
            check="not_divided",
            wrong={
                "slow": "The learning rate is 100 times smaller, and each gradient 100 times "
                "larger. What is their product?",
                "jumps": "The gradients are 100 times larger, and the learning rate 100 times "
                "smaller. What is their product?",
                "worse": "Every step has the right direction. How long is it?",
            },
        ),
        "db is always 0": entry(
            "good",
            "You know how much the biases matter here.",
            of=WORDS,
            check="no_bias",
            wrong={
                "slow": "The weights move as before. Only ten of the 7,850 numbers stay fixed.",
                "jumps": "No step gets longer: ten of the 7,850 numbers stay fixed.",
                "worse": "The weights still move downhill. Can 784 weights make up for one "
                "bias?",
            },
        ),
        "images sorted by digit, not shuffled": entry(
            "worse",
            "You know what images in order of their digits do.",
            of=WORDS,
            check="not_shuffled",
            wrong={
                "good": "For 50 steps every label is 0, then every label is 1. What does the "
                "model answer after the last 50 steps?",
                "slow": "The steps are as long as before. After 50 steps with only nines, what "
                "does the model answer?",
                "jumps": "It does go up and down, with each digit. But when is it ever good at "
                "all ten?",
            },
        ),
    },
    prediction=True,
    hints=(
        "Compare each run's steps with the right ones: do they have the same direction, and "
        "the same length? With 100 images in a batch, what does the 1/n do to the length?",
    ),
)
