"""7e: which trio works?"""

from grader.checks import exercise, expect
from grader.checks.comparing import as_choice

pairing = exercise(
    "7e",
    "Which trio works?",
    points=25,
    writes="PAIRING",
    hints=(
        "Who applies softmax, and how often? What do the labels look like?",
        "A wrong number of dimensions can be seen by Keras. A wrong meaning cannot.",
        "One softmax in total, and label form matches loss name; "
        "which of the two rules does Keras check for you?",
    ),
)

OK, ERROR, SILENT = VERDICTS = ("ok", "error", "silently wrong")
# Each trio: what is right, and what is said of each other verdict.
TRIOS = {
    "softmax + categorical_crossentropy + one-hot": (
        OK,
        {
            SILENT: "This is the page's own trio: softmax once, and rows for labels. "
            "It works.",
            ERROR: "This is the page's own trio, and it fits. Keras takes it without "
            "a word.",
        },
    ),
    "softmax + sparse_categorical_crossentropy + numbers": (
        OK,
        {
            ERROR: "The sparse loss is made for class numbers: it looks up column 7 "
            "for the label 7. Nothing is refused here.",
            SILENT: "The sparse loss is the same number, taken from labels like 7 "
            "instead of rows. The training is the same, step by step.",
        },
    ),
    "softmax + categorical_crossentropy + numbers": (
        ERROR,
        {
            OK: "Labels of shape (128,) meet probabilities of shape (128, 10). One "
            "number cannot be compared with a row of ten.",
            SILENT: "Shapes are what Keras can see: (128,) is not (128, 10), so it "
            "stops and says so.",
        },
    ),
    "softmax + sparse_categorical_crossentropy + one-hot": (
        ERROR,
        {
            OK: "sparse_categorical_crossentropy wants labels like 7; yours are "
            "one-hot rows. Drop 'sparse_' (or drop the one-hot).",
            SILENT: "The sparse loss expects labels with one dimension less than the "
            "predictions. One-hot rows have as many, so Keras rejects them.",
        },
    ),
    "none + CategoricalCrossentropy(from_logits=True) + one-hot": (
        OK,
        {
            SILENT: "from_logits=True says that raw scores come, and raw scores do "
            "come. The loss applies the one softmax.",
            ERROR: "A layer without activation gives raw scores, and from_logits=True "
            "is made for them. Keras takes both.",
        },
    ),
    "none + categorical_crossentropy + one-hot": (
        SILENT,
        {
            OK: "Nobody applies softmax here: the layer does not, and the loss "
            "expects probabilities. Keras will not complain; it will just learn badly.",
            ERROR: "To Keras ten scores look like ten probabilities: ten numbers in a "
            "row. It cannot know, and so it does not stop.",
        },
    ),
    "sigmoid + categorical_crossentropy + one-hot": (
        SILENT,
        {
            OK: "Its accuracy is fine, and yet: sigmoid gives ten independent yes/no "
            "answers. What do the rows sum to?",
            ERROR: "Ten numbers between 0 and 1 come out of sigmoid. Keras sees "
            "nothing to refuse.",
        },
    ),
    "relu + categorical_crossentropy + one-hot": (
        SILENT,
        {
            OK: "relu can output all zeros; 0/0 makes the loss nan.",
            ERROR: "A loss of nan is no exception. Keras prints it, and goes on to "
            "the last step.",
        },
    ),
}
KEYS = tuple(TRIOS)

pairing.wrong_choices({f'PAIRING["{key}"]': wrong for key, (_, wrong) in TRIOS.items()})


def judged(attempt, keys):
    """Each of these trios got the verdict that a run of it gives."""
    for key in keys:
        answer = attempt.entry("PAIRING", key)
        verdict = as_choice(expect(answer).text())
        expect(answer).holds(
            verdict == TRIOS[key][0],
            "That is not what happens. Run the cell below the exercise, and look.",
        )


@pairing.check
def are_verdicts(attempt):
    """Each of the eight trios has one of the three verdicts."""
    for key in KEYS:
        expect(attempt.entry("PAIRING", key)).one_of(VERDICTS)


@pairing.check
def knows_the_forms_of_labels(attempt):
    """The four softmax rows: which labels go with which loss."""
    judged(attempt, KEYS[:4])


@pairing.check
def knows_who_applies_softmax(attempt):
    """The two rows without an activation: who applies softmax there?"""
    judged(attempt, KEYS[4:6])


@pairing.check
def knows_the_other_activations(attempt):
    """The sigmoid and the relu row."""
    judged(attempt, KEYS[6:])


@pairing.symptom(
    "Answer with one of the three texts: 'ok', 'error' or 'silently wrong'.",
    example='PAIRING["softmax + categorical_crossentropy + one-hot"] = "yes"',
)
def not_a_verdict(answer):
    return as_choice(answer.value) not in VERDICTS
