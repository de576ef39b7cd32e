"""6e: six runs, predicted."""

from grader.checks import exercise, expect

runs = exercise(
    "RUNS",
    prediction=True,
    hints=(
        "Compare each run's steps with the right ones: do they have the same direction, and "
        "the same length? With 100 images in a batch, what does the 1/n do to the length?",
    ),
)

WORDS = ("good", "slow", "jumps", "worse")


@runs.check
def short_steps(attempt):
    """You know the effect of a learning rate that is 100 times too small."""
    expect(attempt.entry("RUNS", "lr = 0.001")).is_choice("slow", of=WORDS)


@runs.check
def long_steps(attempt):
    """You know the effect of a learning rate that is 50 times as large."""
    expect(attempt.entry("RUNS", "lr = 5")).is_choice("jumps", of=WORDS)


@runs.check
def wrong_sign(attempt):
    """You know what the wrong sign does."""
    expect(attempt.entry("RUNS", "y - p instead of p - y")).is_choice("worse", of=WORDS)


@runs.check
def not_divided(attempt):
    """You know how 1/n and the learning rate belong together."""
    expect(attempt.entry("RUNS", "dW and db without 1/n, and lr = 0.001")).is_choice(
        "good", of=WORDS
    )


@runs.check
def no_bias(attempt):
    """You know how much the biases matter here."""
    expect(attempt.entry("RUNS", "db is always 0")).is_choice("good", of=WORDS)


@runs.check
def not_shuffled(attempt):
    """You know what images in order of their digits do."""
    expect(attempt.entry("RUNS", "images sorted by digit, not shuffled")).is_choice(
        "worse", of=WORDS
    )


runs.wrong_choices(
    {
        'RUNS["lr = 0.001"]': {
            "good": "Each step is 100 times shorter than with lr = 0.1, and there are as "
            "many of them. Do they get as far?",
            "jumps": "Steps jump across the valley when they are too long. These are 100 "
            "times shorter.",
            "worse": "Each step still leads downhill, only not far. So the loss falls.",
        },
        'RUNS["lr = 5"]': {
            "good": "Each step is 50 times longer. The gradient gives the direction at its "
            "beginning: does it still lead downhill that far away?",
            "slow": "Long steps are not slow. What do they do when they cross the valley?",
            "worse": "A step that is too long ends on the other side of the valley. There the "
            "gradient points back. So what do the next steps do?",
        },
        'RUNS["y - p instead of p - y"]': {
            "good": "Subtracting lr times y - p is adding lr times p - y: uphill.",
            "slow": "The steps are as long as before. Which way do they lead now?",
            "jumps": "The loss jumps if the steps change direction. Each of these leads away "
            "from the valley.",
        },
        'RUNS["dW and db without 1/n, and lr = 0.001"]': {
            "slow": "The learning rate is 100 times smaller, and each gradient 100 times "
            "larger. What is their product?",
            "jumps": "The gradients are 100 times larger, and the learning rate 100 times "
            "smaller. What is their product?",
            "worse": "Every step has the right direction. How long is it?",
        },
        'RUNS["db is always 0"]': {
            "slow": "The weights move as before. Only ten of the 7,850 numbers stay fixed.",
            "jumps": "No step gets longer: ten of the 7,850 numbers stay fixed.",
            "worse": "The weights still move downhill. Can 784 weights make up for one "
            "bias?",
        },
        'RUNS["images sorted by digit, not shuffled"]': {
            "good": "For 50 steps every label is 0, then every label is 1. What does the "
            "model answer after the last 50 steps?",
            "slow": "The steps are as long as before. After 50 steps with nines only, what "
            "does the model answer?",
            "jumps": "It does go up and down, with each digit. But when is it ever good at "
            "all ten?",
        },
    }
)
