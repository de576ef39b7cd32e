"""11f: choose and defend."""

from grader.checks import exercise, expect

choice = exercise(
    "CHOICE",
    prediction=True,
    hints=("What did it take to find the 0.2 of the last column?",),
)


@choice.check
def knows_what_to_try_first(attempt):
    """You know which step to try first on a new network."""
    expect(attempt.entry("CHOICE", "first try")).is_choice("b", of="abc")


@choice.check
def knows_what_calms_a_training(attempt):
    """You know what to try when the loss jumps up and down."""
    expect(attempt.entry("CHOICE", "to and fro")).is_choice("a", of="abc")


@choice.check
def knows_what_dropout_does_to_the_loss(attempt):
    """You know what dropout does to the training loss."""
    expect(attempt.entry("CHOICE", "dropout")).is_choice("b", of="ab")


@choice.check
def answers_the_friend(attempt):
    """You answered your friend in one sentence."""
    expect(attempt.entry("CHOICE", "in one sentence")).sentence(
        "what do you answer your friend?"
    )


choice.wrong_choices(
    {
        'CHOICE["first try"]': {
            "a": "0.2 was found by a search, for this network. Lesson 9's table shows "
            "what a rate that is too large does. Do you know yours in advance?",
            "c": "It can: in the table it is the slowest by far, after all 5 epochs.",
        },
        'CHOICE["to and fro"]': {
            "b": "The steps jump over the valley. Does one more unit make them shorter?",
            "c": "More steps of the same length jump as far. What makes a step shorter?",
        },
        'CHOICE["dropout"]': {
            "a": "A fifth of the units are off during training, so the task is harder "
            "there. Which images tell whether it helps?",
        },
    }
)
