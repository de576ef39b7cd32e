"""8g: five broken runs."""

from grader.checks import exercise, expect
from grader.checks.comparing import as_choice

diagnosing = exercise(
    "DIAGNOSE",
    hints=(
        "Which runs begin with a loss far above 2.3? Is one result too good?",
        "A network that has learned nothing has an accuracy of about 0.10. What could leave "
        "4 images in 10?",
        "Two begin with a loss above 5, and one of them learns all the same. Two learn "
        "hardly anything, and one of these starts near ln 10.",
    ),
)

CAUSES = (
    "unscaled",
    "integer division",
    "no softmax",
    "leak",
    "shuffled labels",
    "one epoch",
    "no relu",
)
RIGHT = {
    "A": "unscaled",
    "B": "leak",
    "C": "shuffled labels",
    "D": "integer division",
    "E": "no softmax",
}


def diagnosed(attempt, letters):
    for letter in letters:
        answer = attempt.entry("DIAGNOSE", letter)
        expect(answer).holds(
            as_choice(expect(answer).text()) == RIGHT[letter],
            "That cause would look different.",
        )


@diagnosing.check
def names_causes(attempt):
    """Each of the five logs has one of the seven causes."""
    for letter in RIGHT:
        expect(attempt.entry("DIAGNOSE", letter)).one_of(CAUSES)


@diagnosing.check
def sees_through_good_scores(attempt):
    """The two logs with a good accuracy: A and B."""
    diagnosed(attempt, "AB")


@diagnosing.check
def sees_why_nothing_is_learned(attempt):
    """The three logs with a bad accuracy: C, D and E."""
    diagnosed(attempt, "CDE")


@diagnosing.symptom(
    "Answer with one of the seven causes, in quotes and spelled as in the list.",
    example='DIAGNOSE["A"] = "too large"',
)
def no_cause(answer):
    return as_choice(answer.value) not in CAUSES


# For each log: what contradicts the causes that it might be taken for.
CONTRADICTED = {
    "A": {
        "one epoch": "One epoch gives about 0.960, but its first loss is about 0.26. "
        "Here it is 5.317: what makes logits that large?",
        "no relu": "Without relu the accuracy stays near 0.915. This run has more, and its "
        "loss is large all the same.",
        "leak": "A leak makes the test look better than it is. Here the test loss is "
        "far too high.",
        "no softmax": "Without softmax the loss stays near 10. Here it falls: 5.317, "
        "then 0.310.",
    },
    "B": {
        "one epoch": "After one epoch the test accuracy is about 0.960. Here it is "
        "higher than in the best of 20 such runs.",
        "unscaled": "Unscaled pixels cost accuracy and multiply the loss. Here both "
        "are too good.",
    },
    "C": {
        "no softmax": "Without softmax the first loss is far above ln 10. Here it "
        "starts at ln 10 and stays there, as if there were nothing to learn.",
        "integer division": "Integer division keeps the white pixels, which are enough for "
        "4 images in 10. Here it is 1 in 10.",
    },
    "D": {
        "one epoch": "After one epoch the accuracy is about 0.960. Here it is 0.419, after "
        "five.",
        "no relu": "Without relu the network is linear, and still gets 0.915. Here more "
        "than half is lost, even on the training images.",
        "shuffled labels": "Shuffled labels leave 1 in 10. This network gets 4 in 10, so it "
        "learned from what was left of the images.",
        "no softmax": "Without softmax the loss is near 10. Here it is below ln 10 and "
        "falls slowly: the network learns, from poor images.",
        "unscaled": "Unscaled images start with a loss above ln 10, and are soon classified "
        "well. Here the loss starts below ln 10, and the accuracy stays near 0.4.",
    },
    "E": {
        "unscaled": "Unscaled images also start with a large loss, but it falls: 5.317, "
        "then 0.310. Here it stays near 10.",
        "shuffled labels": "With shuffled labels the loss stays at about ln 10. A loss near "
        "10 means that many true classes got a negative number, which was clipped.",
    },
}
diagnosing.wrong_choices(
    {f'DIAGNOSE["{log}"]': causes for log, causes in CONTRADICTED.items()}
)
