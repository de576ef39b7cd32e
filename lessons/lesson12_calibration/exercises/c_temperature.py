"""12c: the temperature with the least cross-entropy."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import TEN_Y, TEN_Z, reference, scored

FIFTHS = np.arange(2, 16) / 5  # 0.4, 0.6, ... 3

best = exercise(
    "temperature",
    hints=(
        "Compute what each T of the candidates costs, and keep the cheapest.",
        "cross_entropy(y, softmax(z / T)) is what one T costs. Make a list of it.",
        "candidates[np.argmin([... for T in candidates])], as a float.",
    ),
    alternative=Alternative(
        code="""
            def temperature(z, y, candidates):
                def cost(T):
                    return cross_entropy(y, softmax(z / T))

                return float(min(candidates, key=cost))
        """,
        why=(
            "It reads as the task does: the candidate with the least cost. What it "
            "costs: the other costs are lost, so you can't draw their curve."
        ),
    ),
)
best.slips(
    slip(
        "dearest for cheapest",
        "You took the T with the highest loss.\nTake the one with the lowest.",
        "np.argmin(_) -> np.argmax(_)",
    ),
    slip(
        "cost for temperature",
        "You returned the loss at the best T.\nReturn T itself.",
        "candidates[np.argmin(_)] -> min(_)",
    ),
    slip(
        "place of the temperature",
        "You returned an index into the list.\nReturn the T at that index.",
        "candidates[np.argmin(_)] -> np.argmin(_)",
    ),
    slip(
        "fitted by ECE",
        "Your T has the least calibration error, not the least cross-entropy. That "
        "error depends on bins, and jumps when one answer crosses an edge.\n"
        "Compare the cross-entropies.",
        "cross_entropy(y, softmax(z / T)) "
        "-> expected_calibration_error(softmax(z / T), y.argmax(axis=1))",
    ),
    slip(
        "squared error",
        "Your T has the least squared error, not the least cross-entropy. Both are "
        "proper scores.\n"
        "Here use the loss.",
        "cross_entropy(y, softmax(z / T)) -> np.square(y - softmax(z / T)).mean()",
    ),
    without=(
        "missing minus",
        "power of 2",
        "min for max",
        "not divided",
        "divided twice",
        "one too few",
        "one too many",
        # Each of these chooses a T by other costs, and often the same T as another.
        "divided for taken away",
        "log1p",
        "max for sum",
        "mean for sum",
        "no exp",
        "no log",
        "nothing taken away",
        "other axis",
        "plus for minus",
        "turned round",
        "whole division",
    ),
    chosen_from="candidates",
    sentences={
        "times for divided": "You multiplied the logits by T.\n"
        "Divide them: a large T makes the network more modest.",
        "upside down": "A fraction is upside down.\nDivide the logits by T.",
    },
)


def rival_costs(z, y):
    """Return measures of a T that others use instead of cross-entropy."""
    labels = y.argmax(axis=1)

    def overall_gap(p):
        return abs(p.max(axis=1).mean() - (p.argmax(axis=1) == labels).mean())

    def divided_by_all(T):
        e = np.exp((z - z.max(axis=1, keepdims=True)) / T)
        return reference.cross_entropy(y, e / e.sum())

    def squared_error(p):
        return np.square(y - p).mean()

    def calibration_error(p):
        return reference.expected_calibration_error(p, labels)

    of_p = calibration_error, overall_gap, squared_error
    return divided_by_all, *(
        lambda T, cost=cost: cost(reference.softmax(z / T)) for cost in of_p
    )


def with_one_cheapest(rng, n, k, heat):
    """Logits, labels and candidates of which only cross-entropy chooses its T.

    Half of the candidates are near the best T, so that a cost whose least is a little
    elsewhere chooses another one; and a rival is wrong with every seed.
    """
    while True:
        z, y = scored(rng, n, k, heat)
        wide = rng.uniform(0.3, 3, size=20)
        near = reference.temperature(z, y, wide) * rng.uniform(0.85, 1.15, size=15)
        # In any order, for the last of a sorted list is also the largest.
        candidates = rng.permutation(np.concatenate((wide, near)))
        best = reference.temperature(z, y, candidates)
        others = candidates[candidates != best]
        rivals = rival_costs(z, y)
        if all(cost(best) > min(map(cost, others)) for cost in rivals):
            return z, y, candidates


@best.check
def finds_that_of_the_ten_images(attempt):
    """The ten images of the text choose 2.6, of temperatures that are 0.2 apart."""
    answer = attempt.temperature(TEN_Z, TEN_Y, FIFTHS)
    expect(answer).close_to(2.6)


@best.check
def agrees_on_random_logits(attempt, reference, rng):
    """It agrees with the reference on logits that are too bold or too modest."""
    # In any order, for the last of a sorted list is also the largest. All are asked
    # before one is looked at: a T says little, and several may tell which mistake it is.
    sizes = ((80, 3, 1.7), (120, 5, 0.6), (60, 2, 1.0))
    asked = [with_one_cheapest(rng, *size) for size in sizes]
    asked += [
        (*scored(rng, n, k, heat), rng.uniform(0.3, 3, size=25))
        for n, k, other in sizes
        for heat in (1.7, 0.6, 1.0)
        if heat != other
    ]
    answers = [attempt.temperature(*each) for each in asked]
    for answer, each in zip(answers, asked, strict=True):
        expect(answer).close_to(reference.temperature(*each))


@best.check
def tries_the_candidates(attempt):
    """It tries the candidates in any order: 2, 0.5, 3 and 0.25 here."""
    candidates = np.array([2.0, 0.5, 3.0, 0.25])
    heats = {0.15: 0.5, 0.75: 2.0, 1: 3.0}
    answers = [attempt.temperature(h * TEN_Z, TEN_Y, candidates) for h in heats]
    for answer, want in zip(answers, heats.values(), strict=True):
        expect(answer).close_to(want)


@best.symptom(
    "Your {t} isn't one of the candidates.\nTry each of those, and return one of them.",
    function="temperature",
    edit=("float(candidates[np.argmin(tried)])", "0.123"),
)
def no_candidate(answer):
    T = float(answer.value)
    is_candidate = np.isclose(answer.args[2], T, atol=1e-9).any()
    return None if is_candidate else {"t": f"{T:.4g}"}


# A cost that only falls with T, or only rises, or is the same for every T, chooses
# without looking at the images: many costs do. So these come before pairs of slips.


@best.wrong_answer(
    "Each time your T is the smallest candidate. Does your cost only grow with "
    "T?\n"
    "The cost of one T is cross_entropy(y, softmax(z / T))."
)
def always_the_least(z, y, candidates):
    return float(np.min(candidates))


@best.wrong_answer(
    "Each time your T is the largest candidate. Does your cost only fall with "
    "T?\n"
    "The cost of one T is cross_entropy(y, softmax(z / T))."
)
def always_the_largest(z, y, candidates):
    return float(np.max(candidates))


@best.wrong_answer(
    "Each time your T is the first candidate. Is your cost the same for every T, is "
    "return inside the loop, or does np.argmin get something other than a list?\n"
    "The accuracy is the same: no T changes which logit is the largest."
)
def always_the_first(z, y, candidates):
    return float(candidates[0])


@best.wrong_answer(
    "Each time your T is the last candidate. Do you keep the T of the least cost, or "
    "the one of the loop's last iteration?\n"
    "Update it only when the cost is lower than the best so far."
)
def always_the_last(z, y, candidates):
    return float(candidates[-1])


@best.wrong_answer(
    "You compare each cost with the first one, and keep the last T that is better.\n"
    "Compare with the best cost so far: update it whenever you find a better T."
)
def last_better_than_the_first(z, y, candidates):
    costs = [reference.cross_entropy(y, reference.softmax(z / T)) for T in candidates]
    better = [T for T, cost in zip(candidates, costs, strict=True) if cost < costs[0]]
    return float([candidates[0], *better][-1])
