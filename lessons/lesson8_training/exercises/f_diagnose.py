"""8f  Five broken runs."""

from grader.checks import exercise, expect
from grader.checks.comparing import as_choice

diagnosing = exercise(
    "8f",
    "Five broken runs",
    points=15,
    writes="DIAGNOSE",
    hints=(
        "An epoch-1 loss far above 2.3? A score above any honest run?",
        "Nothing learned is about 0.10. What leaves 4 photos in 10?",
        "Two have a loss above 5: one of them learns all the same. "
        "Two learn hardly anything: one of these starts near ln 10.",
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


# What contradicts each cause that a log might be taken for, by the log.
CONTRADICTED = {
    "A": {
        "one epoch": "One epoch gives about 0.960, but its first loss is about 0.26. "
        "Here it is 5.317: what makes scores that large?",
        "no relu": "Without relu the accuracy stays near 0.915. This run reads more "
        "photos right, and its loss is large all the same.",
        "leak": "A leak makes the test look better than it is. Here the test loss is "
        "far too high.",
        "no softmax": "Without softmax the loss stays near 10. Here it falls: 5.317, "
        "then 0.310.",
    },
    "B": {
        "one epoch": "After one epoch the test accuracy is about 0.960. This one is "
        "above the best of 20 honest runs.",
        "unscaled": "Unscaled pixels cost accuracy and multiply the loss. Here both "
        "are too good.",
    },
    "C": {
        "no softmax": "Without softmax the first loss is far above ln 10. Here it "
        "starts at ln 10 and stays: the scores are fine, and there is nothing to learn.",
        "integer division": "Integer division keeps the white pixels, and they are "
        "enough for 4 photos in 10. Here it is 1 in 10.",
    },
    "D": {
        "one epoch": "After one epoch the page's network classifies about 0.960 of the "
        "test photos right. Here it is 0.419, after five.",
        "no relu": "Without relu the network is linear, and still gets 0.915. Here more "
        "than half is lost, already on the photos trained on.",
        "shuffled labels": "Shuffled labels leave 1 in 10. This network reads 4 in 10: "
        "it learned from what was left of the photos.",
        "no softmax": "Without softmax the loss is near 10. Here it is below ln 10 and "
        "falls slowly: the network learns, from poor photos.",
        "unscaled": "Unscaled photos start with a loss above ln 10, and are read well "
        "soon. Here the loss starts below ln 10, and accuracy stays near 0.4.",
    },
    "E": {
        "unscaled": "Unscaled photos start with a large loss too, but it falls: 5.317, "
        "then 0.310. Here it stays near 10.",
        "shuffled labels": "With shuffled labels the loss stays at about ln 10. Near 10 "
        "means that many true classes got less than nothing, and were clipped.",
    },
}
diagnosing.wrong_choices(
    {f'DIAGNOSE["{log}"]': causes for log, causes in CONTRADICTED.items()}
)
