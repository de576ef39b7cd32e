"""10h: which loss for which goal."""

from grader.checks import entry, value

goal = value(
    "GOAL",
    {
        "rare class": entry(
            "b",
            "You know what to do about a rare class.",
            of="abc",
            check="knows_the_rare_class",
            wrong={
                "a": "A weight of 181 had the best recall at 0.5. What is left of that "
                "lead when every loss gets its own threshold?",
                "c": "Smoothing changes what a label asks for, not how much an image "
                "counts. 20 eights stay 20.",
            },
        ),
        "overlap": entry(
            "c",
            "You know which loss is 1 minus dice.",
            of="abc",
            check="knows_the_overlap",
            wrong={
                "a": "Cross-entropy counts each pixel on its own. It doesn't know the "
                "overlap.",
                "b": "1 - IoU is not 1 - dice: where IoU is .5, dice is .667.",
            },
        ),
        "wrong labels": entry(
            "a",
            "You know which loss chases wrong labels hardest.",
            of="abc",
            check="knows_the_wrong_labels",
            wrong={
                "b": "Smoothing does the opposite: it never asks for certainty, so a "
                "wrong label pulls less.",
                "c": "Cross-entropy counts every image equally. Which loss gives "
                "the easy images so little weight that mostly the odd ones remain?",
            },
        ),
        "training lowers": entry(
            "b",
            "You know which part of a loss training can lower.",
            of="abc",
            check="knows_what_training_lowers",
            wrong={
                "a": "The entropy depends only on the labels, and training leaves the "
                "labels as they are. What does training change?",
                "c": "Both parts contain y, and the entropy contains nothing else. Training "
                "leaves the labels as they are. What does it change?",
            },
        ),
        "in one sentence": entry(
            sentence="You asked your friend in one sentence.",
            asks="what do you ask your friend?",
            check="asks_the_friend",
        ),
    },
    prediction=True,
    hints=("Read the last table again, and ask which of y and p training can change.",),
)
