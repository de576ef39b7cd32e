"""10h: which loss for which goal."""

from grader.checks import exercise, expect

goal = exercise(
    "GOAL",
    prediction=True,
    hints=("Read the last table again, and ask which of y and p training can change.",),
)


@goal.check
def knows_the_rare_class(attempt):
    """You know what to do about a rare class."""
    expect(attempt.entry("GOAL", "rare class")).is_choice("b", of="abc")


@goal.check
def knows_the_overlap(attempt):
    """You know which loss is 1 minus dice."""
    expect(attempt.entry("GOAL", "overlap")).is_choice("c", of="abc")


@goal.check
def knows_the_wrong_labels(attempt):
    """You know which loss chases wrong labels hardest."""
    expect(attempt.entry("GOAL", "wrong labels")).is_choice("a", of="abc")


@goal.check
def knows_what_training_lowers(attempt):
    """You know which part of a loss training can lower."""
    expect(attempt.entry("GOAL", "training lowers")).is_choice("b", of="abc")


@goal.check
def asks_the_friend(attempt):
    """You asked your friend in one sentence."""
    expect(attempt.entry("GOAL", "in one sentence")).sentence(
        "what do you ask your friend?"
    )


goal.wrong_choices(
    {
        'GOAL["rare class"]': {
            "a": "A weight of 181 had the best recall at 0.5. What is left of that "
            "lead when every loss gets its own threshold?",
            "c": "Smoothing changes what a label asks for, not how much an image "
            "counts. 20 eights stay 20.",
        },
        'GOAL["overlap"]': {
            "a": "Cross-entropy counts each pixel on its own. It doesn't know the "
            "overlap.",
            "b": "1 - IoU is not 1 - dice: where IoU is .5, dice is .667.",
        },
        'GOAL["wrong labels"]': {
            "b": "Smoothing does the opposite: it never asks for certainty, so a "
            "wrong label pulls less.",
            "c": "Cross-entropy counts every image equally. Which loss gives "
            "the easy images so little weight that mostly the odd ones remain?",
        },
        'GOAL["training lowers"]': {
            "a": "The entropy depends only on the labels, and training leaves the "
            "labels as they are. What does training change?",
            "c": "Both parts contain y, and the entropy contains nothing else. Training "
            "leaves the labels as they are. What does it change?",
        },
    }
)
