"""7f: which trio works?"""

from grader.checks import exercise, expect
from grader.checks.comparing import as_choice

pairing = exercise(
    "PAIRING",
    hints=(
        "Where is softmax applied, and how often? Which labels does the loss take?",
        "Keras can see that an array has the wrong number of dimensions. It can't see "
        "that a number has the wrong meaning.",
        "In each line, check both rules. Which of them does Keras check for you?",
    ),
)

OK, ERROR, SILENT = VERDICTS = ("ok", "error", "silently wrong")
ONCE = (
    "How often is softmax applied here, and by what? Compare that with the first rule."
)
TRIOS = {
    "softmax + sparse_categorical_crossentropy + numbers": (
        OK,
        {
            ERROR: "Which labels does the sparse loss look up: rows, or numbers such as 7?",
            SILENT: "Which of the two rules is broken here? The sparse loss looks up the "
            "probability of class 7 if the label is 7.",
        },
    ),
    "softmax + categorical_crossentropy + numbers": (
        ERROR,
        {
            OK: "The labels of a batch have the shape (128,), the probabilities (128, 10). "
            "What does this loss multiply?",
            SILENT: "One rule is broken. Can Keras see it from the shapes, (128,) and "
            "(128, 10)?",
        },
    ),
    "softmax + sparse_categorical_crossentropy + one-hot": (
        ERROR,
        {
            OK: "Which form of labels does the sparse loss take? Compare the second rule.",
            SILENT: "The sparse loss takes labels with one dimension less than the "
            "predictions. Can Keras see that one-hot rows have as many?",
        },
    ),
    "none + CategoricalCrossentropy(from_logits=True) + one-hot": (
        OK,
        {
            SILENT: "What does the loss do with the logits if you say from_logits=True?",
            ERROR: "What does a layer without an activation give, and what does "
            "from_logits=True announce?",
        },
    ),
    "none + categorical_crossentropy + one-hot": (
        SILENT,
        {
            OK: f"{ONCE} This loss takes probabilities.",
            ERROR: "Ten logits and ten probabilities have the same shape. What could "
            "Keras complain about?",
        },
    ),
    "none + sparse_categorical_crossentropy + numbers": (
        SILENT,
        {
            OK: f"{ONCE} The sparse loss takes probabilities, too.",
            ERROR: "The labels have the right form. Can Keras see that the last layer gives "
            "logits?",
        },
    ),
}
KEYS = tuple(TRIOS)

pairing.wrong_choices({f'PAIRING["{key}"]': wrong for key, (_, wrong) in TRIOS.items()})


def judged(attempt, keys):
    """Require for each of these trios what happens if it is run."""
    for key in keys:
        answer = attempt.entry("PAIRING", key)
        verdict = as_choice(expect(answer).text())
        expect(answer).holds(
            verdict == TRIOS[key][0], "That isn't what happens. Compare the two rules."
        )


@pairing.check
def are_verdicts(attempt):
    """Each of the six trios has one of the three strings."""
    for key in KEYS:
        expect(attempt.entry("PAIRING", key)).one_of(VERDICTS)


@pairing.check
def knows_the_forms_of_labels(attempt):
    """The three rows with softmax: which labels fit which loss."""
    judged(attempt, KEYS[:3])


@pairing.check
def knows_what_applies_softmax(attempt):
    """The three rows without an activation: whether softmax is applied at all."""
    judged(attempt, KEYS[3:])


@pairing.symptom(
    'Answer with one of the three strings: "ok", "error" or "silently wrong".',
    example='PAIRING["softmax + categorical_crossentropy + numbers"] = "yes"',
)
def not_a_verdict(answer):
    return as_choice(answer.value) not in VERDICTS
