"""10i: which loss for which goal."""

from grader.checks import exercise, expect

goal = exercise(
    "10i",
    "Which loss for which goal?",
    points=10,
    prediction=True,
    hints=(
        "Two of the answers stand in the tables; read the column that belongs to the goal.",
    ),
)


def expect_letter(attempt, key, letter):
    """One of three letters, and this one."""
    answer = attempt.entry("GOAL", key)
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals(letter)


@goal.check
def knows_the_rare_class(attempt):
    """You know what to do about a rare class."""
    expect_letter(attempt, "rare class", "b")


@goal.check
def knows_the_probabilities(attempt):
    """You know how to choose when somebody will act on a probability."""
    expect_letter(attempt, "probabilities", "b")


@goal.check
def knows_the_overlap(attempt):
    """You know which loss is 1 minus dice."""
    expect_letter(attempt, "overlap", "c")


@goal.check
def knows_the_wrong_labels(attempt):
    """You know which loss chases wrong labels hardest."""
    expect_letter(attempt, "wrong labels", "a")


@goal.check
def asks_the_friend(attempt):
    """You asked your friend in a sentence of your own, five words at least."""
    answer = attempt.entry("GOAL", "in one sentence")
    words = expect(answer).text().split()
    expect(answer).holds(
        len(words) >= 5, "Write a whole sentence: what do you ask your friend?"
    )


goal.wrong_choices(
    {
        'GOAL["rare class"]': {
            "a": "A weight of 181 had the best recall at 0.5, and plain cross-entropy "
            "had the same at another threshold. What is left of a loss when its "
            "threshold may move?",
            "c": "Smoothing changes what a label asks for, and not how much a photo "
            "counts. 20 eights stay 20.",
        },
        'GOAL["probabilities"]': {
            "a": "After 20 epochs it was the most honest of the three, and after 40 "
            "it was not. Trust what you measure.",
            "c": "Accuracy does not see the number 0.9: a temperature changes every "
            "probability, and no answer.",
        },
        'GOAL["overlap"]': {
            "a": "Cross-entropy of pixels counts each pixel by itself; it does not "
            "know the overlap.",
            "b": "1 - IoU is not dice: IoU .5 is dice .667.",
        },
        'GOAL["wrong labels"]': {
            "b": "Smoothing does the opposite: it never asks for certainty, so a "
            "wrong label pulls less.",
            "c": "Cross-entropy counts every photo alike. Ask which loss turns the "
            "easy ones down, so that the odd ones are nearly all that is left.",
        },
    }
)
