"""10g: move the threshold."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import TEST_P, TEST_TRUTH, VAL_P, VAL_TRUTH, reference

threshold = exercise(
    "move_threshold",
    hints=(
        "Keep two steps apart: choose with p and truth, then score with p_test and truth_test.",
        "1 - dice_loss(truth, p >= t) is the dice of one t. Make a list of it, for t in p.",
        "t = p[np.argmax(tried)], and then 1 - dice_loss(truth_test, p_test >= t)",
    ),
    alternative=Alternative(
        code="""
            def move_threshold(p, truth, p_test, truth_test):
                def dice(t, p, truth):
                    return 1 - dice_loss(truth, p >= t)

                best = max(p, key=lambda t: dice(t, p, truth))
                return float(best), float(dice(best, p_test, truth_test))
        """,
        why=(
            "One function chooses and scores, so the two cannot differ. What it "
            "costs: you can't look at the dice of the other thresholds."
        ),
    ),
)
threshold.slips(
    slip(
        "new photos at 0.5",
        "Your answers for the test images are those of the threshold 0.5.\n"
        "Use the threshold that you found.",
        "p_test >= threshold -> p_test >= 0.5",
    ),
    slip(
        "chosen by accuracy",
        "Your threshold is the one with the best accuracy. Where eights are rare, the "
        "best dice is at a different one.\n"
        "Take the one with the best dice.",
        "1 - dice_loss(truth, p >= t) -> (truth == (p >= t)).mean()",
    ),
    slip(
        "chosen by recall",
        "Your threshold is the one with the best recall. You get that by calling "
        "every image an eight; dice also counts the false calls.\n"
        "Take the one with the best dice.",
        "1 - dice_loss(truth, p >= t) -> (truth & (p >= t)).sum() / truth.sum()",
    ),
    slip(
        "chosen by precision",
        "Your threshold is the one with the best precision. One sure hit is enough "
        "for that; dice also counts the eights that are missed.\n"
        "Take the one with the best dice.",
        "1 - dice_loss(truth, p >= t) -> (truth & (p >= t)).sum() / (p >= t).sum()",
    ),
    slip(
        "worst threshold",
        "Your threshold is the one with the worst dice. Did you mix up the loss and the "
        "score? The best loss is the lowest, the best score the highest.",
        "np.argmax(_) -> np.argmin(_)",
    ),
    slip(
        "loss for dice",
        "Your second number is the dice loss.\nDice itself is 1 minus it.",
        "float(1 - _) -> float(_)",
    ),
    slip(
        "place of the threshold",
        "Your first number is an index.\nThe threshold is the p at that index.",
        "float(threshold), _b -> float(np.argmax(tried)), _b",
    ),
    slip(
        "order of the parts",
        "Your two numbers are swapped.\nThe threshold comes first.",
        "float(_a), float(_b) -> float(_b), float(_a)",
    ),
    slip(
        "one part",
        "You returned one number.\n"
        "Return two: the threshold, and its dice on the test images.",
        "float(_a), float(_b) -> float(_a)",
        "float(_a), float(_b) -> float(_b)",
    ),
    without=(
        "addend left out",
        "nothing taken away",
        "min for max",
        "turned round",
        "plus for minus",
    ),
    chosen_from="p",
    sentences={
        "strict": (
            "An image whose p equals the threshold is called an eight, too.\n"
            "A call is p >= t."
        ),
        "comparison turned round": "Your comparison is reversed.\n"
        "An image is called an eight if its p is at the threshold or above.",
    },
)


def images(rng, *shape):
    """The p of images, and whether they are eights, which a threshold can half tell."""
    truth = rng.random(shape) < 0.4
    truth[..., 0] = True
    return np.round(rng.beta(1 + truth, 2, size=shape), 6), truth


def scores(called, hits, n):
    """How good thresholds are by each of four goals, along the last axis.

    Args:
        called: how many are called an eight at each threshold.
        hits: how many of them are one.
        n: how many images there are.
    """
    eights = hits[..., -1:]
    dice = 2 * hits / (called + eights)
    accuracy, precision = (2 * hits - called + n - eights) / n, hits / called
    # What is left of dice where a maximum stands for a sum: few calls, and one hit.
    one_sure_hit = (hits > 0) / called
    return dice, accuracy, precision, one_sure_hit


def rival_scores(called, hits, n):
    """The same by goals that others use instead of dice."""
    eights = hits[..., -1:]
    others, left, false = n - eights, n - called, called - hits
    recall, precision, false_alarms = hits / eights, hits / called, false / others
    return (
        recall,
        recall - false_alarms,  # Youden's J
        recall * (1 - false_alarms),  # the geometric mean, squared
        (hits * others - false * eights)  # Matthews's correlation
        / np.sqrt(np.maximum(called * left * eights * others, 1)),
        precision * recall,
        precision + recall,
        5 * hits / (4 * eights + called),  # F2
        1.25 * hits / (0.25 * eights + called),  # F0.5
        hits / (called + eights)
        + (others - false) / (left + others),  # of both classes
    )


def with_one_best(rng, n):
    """Such images, where each goal has one best threshold, and each another one.

    Which of two equal ones is taken hangs on the order in which they are tried. No rival
    of dice is best where dice is: it is to be found wrong with every seed.
    """
    while True:
        p, truth = images(rng, 400, n)  # at once, for one set in a few hundred is such
        in_order = np.argsort(-p, axis=1)
        hits = np.take_along_axis(truth, in_order, axis=1).cumsum(axis=1)
        is_fit = is_told_apart(np.arange(1, n + 1), hits, n)
        is_fit &= [len(set(row.tolist())) == n for row in p]
        if is_fit.any():
            at = np.argmax(is_fit)
            return p[at], truth[at]


def is_told_apart(called, hits, n):
    """Whether four goals choose four thresholds, and no rival the one of dice."""
    goals = scores(called, hits, n)
    chosen = np.sort([each.argmax(axis=1) for each in goals], axis=0)
    is_fit = (np.diff(chosen, axis=0) > 0).all(axis=0)
    for each in goals:
        second, best = np.partition(each, (-2, -1), axis=1)[:, -2:].T
        is_fit &= best - second > 1e-6
    best = goals[0].argmax(axis=1)[:, None]
    for each in rival_scores(called, hits, n):
        at_best = np.take_along_axis(each, best, axis=1)[:, 0]
        is_fit &= each.max(axis=1) - at_best > 1e-6
    return is_fit


@threshold.check
def moves_by_hand(attempt):
    """The five images of the text choose 0.2, and the test images have a dice of 0.667."""
    answer = attempt.move_threshold(VAL_P, VAL_TRUTH, TEST_P, TEST_TRUTH)
    expect_both(answer, 0.2, 2 / 3)


@threshold.check
def agrees_on_random_images(attempt, reference, rng):
    """It agrees with the reference on random images, with equal or smaller test sets."""
    for n, m in ((25, 25), (40, 15), (60, 9)):
        asked = *with_one_best(rng, n), *images(rng, m)
        answer = attempt.move_threshold(*asked)
        expect_both(answer, *reference.move_threshold(*asked))


@threshold.check
def never_asks_the_test_images(attempt, rng):
    """The test images don't change the threshold: only validation images choose it."""
    p, truth = with_one_best(rng, 40)
    p_test, truth_test = images(rng, 40)
    want, _ = reference.move_threshold(p, truth, p_test, truth_test)
    # All are asked before one is looked at. Where the only eight has the lowest p, nothing
    # overlaps: code that divides by the dice fails there.
    labels = (truth_test, ~truth_test, p_test == p_test.min())
    for answer in [attempt.move_threshold(p, truth, p_test, each) for each in labels]:
        expect(answer).sequence(2)
        expect(answer).its("threshold", lambda parts: parts[0]).close_to(want)


def expect_both(answer, threshold, dice):
    """The threshold and its dice, by their names."""
    expect(answer).sequence(2)
    expect(answer).its("threshold", lambda parts: parts[0]).close_to(threshold)
    # A constant of up to 1e-5 in the fraction of dice_loss is fine.
    expect(answer).its("dice", lambda parts: parts[1]).close_to(dice, tolerance=1e-5)


@threshold.wrong_answer(
    "Your threshold is the one with the best dice on the test images. They are there "
    "to score: if they also choose, the score is too good.\n"
    "Choose it on the validation images."
)
def chosen_by_the_new_photos(p, truth, p_test, truth_test):
    return reference.move_threshold(p_test, truth_test, p_test, truth_test)


@threshold.wrong_answer(
    "Your second number is the dice of the validation images, on which the threshold "
    "was chosen.\n"
    "Return the dice of the test images."
)
def scored_where_chosen(p, truth, p_test, truth_test):
    return reference.move_threshold(p, truth, p, truth)


@threshold.wrong_answer(
    "The two sets are swapped: you chose on the test images and scored on the "
    "validation images.\n"
    "Choose on the validation images, and score on the test images."
)
def sets_exchanged(p, truth, p_test, truth_test):
    return reference.move_threshold(p_test, truth_test, p, truth)


@threshold.wrong_answer(
    "Each time your threshold is the last p. Do you keep the best one, or the one of "
    "the loop's last iteration?"
)
def always_the_last(p, truth, p_test, truth_test):
    return float(p[-1]), float(1 - reference.dice_loss(truth_test, p_test >= p[-1]))


@threshold.wrong_answer(
    "Your threshold is always 0.5.\nTry each p of the validation images."
)
def always_a_half(p, truth, p_test, truth_test):
    return 0.5, 1 - reference.dice_loss(truth_test, p_test >= 0.5)


@threshold.symptom(
    "Your threshold {t} is not among the p of the validation images.\n"
    "Try each of those.",
    function="move_threshold",
    example="""
def move_threshold(p, truth, p_test, truth_test):
    grid = np.linspace(0.013, 0.993, 50)
    t = grid[np.argmax([1 - dice_loss(truth, p >= each) for each in grid])]
    return float(t), 1 - dice_loss(truth_test, p_test >= t)
""",
)
def threshold_of_its_own(answer):
    if len(answer.value) != 2:
        return None
    t = float(answer.value[0])
    is_among = np.isclose(answer.args[0], t, atol=1e-9).any()
    return None if is_among else {"t": f"{t:.4g}"}
