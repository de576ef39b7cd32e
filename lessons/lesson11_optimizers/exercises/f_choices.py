"""11f: choose, and find the flaw."""

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
        # Cross-entropy is convex in the logits, and these are linear in the hidden
        # numbers. By Jensen's inequality, where no p is clipped, its mean over the draws
        # is above its value at their mean, which is the loss without dropout.
        "the flaw": entry(
            "c",
            "You found the flaw: the hidden numbers stay the same on average, and the "
            "training loss rises.",
            of="abcd",
            check="finds_the_flaw",
            wrong={
                "a": "That is true: the draw has the shape of a, which has one row for each "
                "image.",
                "b": "That is true: with rate = 0.25, a 3 becomes 0 in a quarter of the "
                "draws and 4 in the rest, which is 3 on average.",
                "d": "That is true: at prediction every unit is on, and the same numbers "
                "give the same probabilities.",
            },
        ),
        "in one sentence": entry(
            sentence="You answered your friend in one sentence.",
            asks="what do you answer your friend?",
            check="answers_the_friend",
        ),
    },
    prediction=True,
    hints=(
        "What did it take to find the 0.2 of the last column? And for the flaw: is the "
        "mean of ln over several numbers the ln of their mean?",
    ),
)
