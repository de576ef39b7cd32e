"""14a: a brief, a baseline and a first loss, before anything is trained."""

import numpy as np

from grader.checks import exercise, expect

from . import brief_of, data_of, first_loss_of, loss_of_constant

plan = exercise(
    "PLAN",
    hints=(
        "Which probabilities does the best constant answer give? Look at the means of y.",
        "Lesson 3: a constant answer costs the entropy of the labels, -sum p ln p.",
        "First loss: softmax of zeros is 1/K, sigmoid of 0 is 1/2. What does each cost?",
    ),
)


def facts_of_brief(attempt):
    """Return the brief, its baseline, its first loss and the rows of the training part."""
    brief = brief_of(attempt)
    _, y = data_of(brief)[0]
    baseline = loss_of_constant(y, brief != "labels")
    return brief, baseline, first_loss_of(brief, y.shape[1]), y


@plan.check
def a_brief_is_chosen(attempt):
    """You chose one of the four briefs."""
    brief_of(attempt)


@plan.check
def knows_the_first_loss(attempt):
    """The loss with all logits 0 is right."""
    brief, _, first, _ = facts_of_brief(attempt)
    answer = attempt.entry("PLAN", "first loss")
    value = expect(answer).number()
    expect(answer).holds(
        abs(value - first) <= 0.0006,
        "This isn't the loss that your brief has when all logits are 0.",
        is_in_bits=abs(value - first / np.log(2)) < 0.002,
        is_of_one_label=brief == "labels" and abs(value - np.log(2)) < 0.002,
        is_of_a_softmax=brief == "labels" and abs(value - np.log(4)) < 0.002,
        is_of_the_inputs=abs(value - np.log(784)) < 0.002,
        is_a_probability=abs(value - np.exp(-first)) < 0.002,
    )


@plan.check
def knows_the_baseline(attempt):
    """The loss of the best constant answer is right."""
    brief, baseline, first, y = facts_of_brief(attempt)
    answer = attempt.entry("PLAN", "baseline")
    value = expect(answer).number()
    p = y.mean(axis=0)
    expect(answer).holds(
        abs(value - baseline) <= 0.0006,
        "This isn't the loss of the best constant answer to your training part.",
        is_in_bits=abs(value - baseline / np.log(2)) < 0.002,
        is_of_equal_guesses=abs(value - first) < 0.0006,
        is_of_the_most_frequent=abs(value + np.log(p.max())) < 0.002,
        is_an_accuracy=abs(value - p.max()) < 0.002,
        is_half=brief == "labels" and abs(value + (p * np.log(p)).sum()) < 0.002,
        is_a_mean=brief == "labels" and abs(value - baseline / 4) < 0.002,
    )


def _entry_is(key, text):
    right = {"baseline": "2.3002", "first loss": "2.3026"}[key]
    return (f'"{key}": {right}', f'"{key}": {text}')


def _of_labels(baseline, first):
    """Return the edit that chooses the brief "labels", with these two numbers."""
    rows = ('"brief": "shifted"', '"baseline": 2.3002', '"first loss": 2.3026')
    before = ",  # SOLUTION\n    ".join(rows)
    return before, f'"brief": "labels", "baseline": {baseline}, "first loss": {first}'


@plan.symptom(
    "That is what one label costs, and there are four.\nAdd up their losses.",
    function='PLAN["first loss"]',
    edit=_of_labels(2.7242, 0.6931),
)
def first_loss_of_one_label(answer):
    return answer.facts.get("is_of_one_label")


@plan.symptom(
    "That is the loss of a softmax over four classes. But several labels can be true at "
    "once: what does a sigmoid of 0 say about each?",
    function='PLAN["first loss"]',
    edit=_of_labels(2.7242, 1.3863),
)
def first_loss_of_a_softmax(answer):
    return answer.facts.get("is_of_a_softmax")


@plan.symptom(
    "That counts only the labels that are true. What does a label cost when it is false?",
    function='PLAN["baseline"]',
    edit=_of_labels(1.4318, 2.7726),
)
def baseline_of_the_true_labels(answer):
    return answer.facts.get("is_half")


@plan.symptom(
    "That is the mean over the four labels.\nAdd up their losses.",
    function='PLAN["baseline"]',
    edit=_of_labels(0.6810, 2.7726),
)
def baseline_is_a_mean_over_labels(answer):
    return answer.facts.get("is_a_mean")


@plan.symptom(
    "That is the first loss in bits.\nIn nats it is ln 2 times as large.",
    function='PLAN["first loss"]',
    edit=_entry_is("first loss", "3.3219"),
)
def first_loss_in_bits(answer):
    return answer.facts.get("is_in_bits")


@plan.symptom(
    "That is the loss of a softmax over 784 classes. How many columns does y have?",
    function='PLAN["first loss"]',
    edit=_entry_is("first loss", "6.6644"),
)
def first_loss_of_the_inputs(answer):
    return answer.facts.get("is_of_the_inputs")


@plan.symptom(
    "That is the probability that each class gets. What does it cost?",
    function='PLAN["first loss"]',
    edit=_entry_is("first loss", "0.1"),
)
def first_loss_is_a_probability(answer):
    return answer.facts.get("is_a_probability")


@plan.symptom(
    "That is the baseline in bits.\nTake the natural logarithm.",
    function='PLAN["baseline"]',
    edit=_entry_is("baseline", "3.3185"),
)
def baseline_in_bits(answer):
    return answer.facts.get("is_in_bits")


@plan.symptom(
    "That is what equal guesses cost. The classes aren't equally frequent, so a constant "
    "answer can be a little better.",
    function='PLAN["baseline"]',
    edit=_entry_is("baseline", "2.3026"),
)
def baseline_of_equal_guesses(answer):
    return answer.facts.get("is_of_equal_guesses")


@plan.symptom(
    "That is the loss of the most frequent class only. What do all the others cost, and "
    "how often do they come?",
    function='PLAN["baseline"]',
    edit=_entry_is("baseline", "2.1982"),
)
def baseline_of_the_most_frequent(answer):
    return answer.facts.get("is_of_the_most_frequent")


@plan.symptom(
    "That is how often the most frequent class comes: an accuracy. The baseline here is "
    "a loss, in nats.",
    function='PLAN["baseline"]',
    edit=_entry_is("baseline", "0.111"),
)
def baseline_is_an_accuracy(answer):
    return answer.facts.get("is_an_accuracy")
