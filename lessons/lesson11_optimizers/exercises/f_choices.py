"""11f: choose and defend."""

from grader.checks import entry, value

choice = value(
    "CHOICE",
    {
        "first try": entry(
            "b",
            "You know which step to try first on a new network.",
            of="abc",
            check="knows_what_to_try_first",
            wrong={
                "a": "0.2 was found by a search, for this network. Lesson 9's table shows "
                "what a rate that is too large does. Do you know yours in advance?",
                "c": "It can: in the table it is the slowest by far, after all 5 epochs.",
            },
        ),
        "to and fro": entry(
            "a",
            "You know what to try when the loss jumps up and down.",
            of="abc",
            check="knows_what_calms_a_training",
            wrong={
                "b": "The steps jump over the valley. Does one more unit make them shorter?",
                "c": "More steps of the same length jump as far. What makes a step shorter?",
            },
        ),
        "dropout": entry(
            "b",
            "You know what dropout does to the training loss.",
            of="ab",
            check="knows_what_dropout_does_to_the_loss",
            wrong={
                "a": "A fifth of the units are off during training, so the task is harder "
                "there. Which images tell whether it helps?",
            },
        ),
        "in one sentence": entry(
            sentence="You answered your friend in one sentence.",
            asks="what do you answer your friend?",
            check="answers_the_friend",
        ),
    },
    prediction=True,
    hints=("What did it take to find the 0.2 of the last column?",),
)
