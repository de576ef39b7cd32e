"""12b: expected calibration error."""

import itertools

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import FIFTEEN, FIFTEEN_P, reference

calibration = exercise(
    "expected_calibration_error",
    hints=(
        "Do the 15 answers on paper, line by line. Where does the code do something else?",
        "Two of the ten bins have answers in them, ten and five. Does the code know that?",
        "inside.mean() is the bin's fraction of all answers: error += inside.mean() * gap",
    ),
    alternative=Alternative(
        code="""
            def expected_calibration_error(p, labels, bins=10):
                confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
                place = np.digitize(confidence, np.arange(bins) / bins, right=True)
                gaps = np.bincount(place, weights=right - confidence)
                return float(np.abs(gaps).sum() / len(p))
        """,
        why=(
            "A bin's fraction times its gap is the sum of right - confidence in it, "
            "over n: no loop, and an empty bin adds 0. The price: you have to find "
            "that on paper first."
        ),
    ),
)
calibration.slips(
    slip(
        "divided by bins",
        "You divided by the number of bins, including empty ones.\n"
        "Weight each gap by n_bin / n.",
        "inside.mean() * gap -> gap / bins",
    ),
    slip(
        "gaps without weights",
        "You added the gaps without a weight.\nWeight each by n_bin / n.",
        "inside.mean() * gap -> gap",
    ),
    slip(
        "gaps weighed by photos",
        "You weight the gaps by the number of answers in a bin.\n"
        "The weight is a fraction: n_bin / n.",
        "inside.mean() -> inside.sum()",
    ),
    slip(
        "answers by bins",
        "Your answer is n / bins times too large. Do you divide the answers in a bin by "
        "the number of bins?\n"
        "Divide them by the number of all answers.",
        "inside.mean() -> inside.sum() / bins",
    ),
    slip(
        "last bin alone",
        "Only one bin counts in your answer: the last, or the last that isn't empty. "
        "Did you write = for +=, or is the line that adds up below the loop?\n"
        "Add each bin's part with +=, inside the loop.",
        "error += _a -> error = _a",
        # With the last bin empty, nothing is added below the loop.
        "(_c > _a) & (_c <= _b) -> (_c > _a) & (_c <= _b) & (b == bins - 1)",
    ),
    slip(
        "largest gap",
        "You kept the largest gap.\n"
        "The expected error is a weighted sum of all of them.",
        "error += inside.mean() * gap -> error = max(error, gap)",
    ),
    slip(
        "true class for confidence",
        "You used the probability of the true class.\n"
        "Confidence is the largest probability, whether that class is right or wrong.",
        "p.max(axis=1) -> p[np.arange(len(p)), labels]",
    ),
    slip(
        "place in the bin",
        "You used the middle or an end of each bin for its confidence.\n"
        "Take the mean confidence of the answers in it.",
        "confidence[inside].mean() -> (b + 0.5) / bins",
        "confidence[inside].mean() -> (b + 1) / bins",
        "confidence[inside].mean() -> b / bins",
    ),
    slip(
        "lower end",
        "Your bins contain their lower end. The docstring says (a, b], so a confidence "
        "of exactly b belongs to the lower bin.",
        "(_c > _a) & (_c <= _b) -> (_c >= _a) & (_c < _b)",
        "(_c > _a) & (_c <= _b) -> (_c >= _a) & ((_c < _b) | (b == bins - 1))",
    ),
    slip(
        "both ends",
        "Your bins contain both ends, so a confidence on an edge is counted twice. "
        "The docstring says (a, b].",
        "(_c > _a) & (_c <= _b) -> (_c >= _a) & (_c <= _b)",
    ),
    slip(
        "neither end",
        "Your bins contain neither end, so a confidence on an edge is not counted. "
        "The docstring says (a, b].",
        "(_c > _a) & (_c <= _b) -> (_c > _a) & (_c < _b)",
    ),
    slip(
        "no lower edge",
        "Each of your bins also contains the answers of all bins below it. Is its lower edge "
        "missing, or always next to 0?",
        "(_c > _a) & (_c <= _b) -> _c <= _b",
    ),
    slip(
        "no upper edge",
        "Each of your bins also contains the answers of all bins above it. Is its upper edge "
        "missing, or always 1 or more?",
        "(_c > _a) & (_c <= _b) -> _c > _a",
    ),
    slip(
        "between quantiles",
        "The edges of your bins are quantiles, so each bin has equally many "
        "answers.\n"
        "Here the bins are equally wide: equal steps from 0 to 1.",
        "(_c > _a) & (_c <= _b) "
        "-> (_c > np.quantile(_c, _a)) & (_c <= np.quantile(_c, _b))",
        "(_c > _a) & (_c <= _b) -> (_c <= np.quantile(_c, _b)) "
        "& ((_c > np.quantile(_c, _a)) | (b == 0))",
    ),
    slip(
        "between extremes",
        "Your bins go from the lowest confidence that occurs to the highest.\n"
        "They should always go from 0 to 1.",
        "(_c > _a) & (_c <= _b) "
        "-> (_c - _c.min() > _a * np.ptp(_c)) & (_c - _c.min() <= _b * np.ptp(_c))",
        "(_c > _a) & (_c <= _b) -> (_c - _c.min() <= _b * np.ptp(_c)) "
        "& ((_c - _c.min() > _a * np.ptp(_c)) | (b == 0))",
    ),
    slip(
        "from 1/k on",
        "Your bins begin at 1/k, the lowest possible confidence.\n"
        "Here they go from 0 to 1.",
        "(_c > _a) & (_c <= _b) -> (_c > _a + (1 - _a) / p.shape[1]) "
        "& (_c <= _b + (1 - _b) / p.shape[1])",
    ),
    slip(
        "lowest bin missing",
        "Your lowest bin is missing: the first bin begins at 0.",
        "range(bins) -> range(1, bins)",
    ),
    slip(
        "gaps squared",
        "You squared the gaps.\nTake the absolute value of each.",
        "abs(_a) -> (_a) ** 2",
    ),
    slip(
        "gap of each answer",
        "You compared each answer on its own: right is 1 or 0, so there is always a "
        "gap.\n"
        "Take the two means of a bin first, and then their difference.",
        "abs(_a.mean() - _b.mean()) -> np.abs(_a - _b).mean()",
    ),
    slip(
        "no confidence",
        "Your gaps contain no confidence.\n"
        "A gap is the difference of two means: accuracy and confidence.",
        "abs(_a - confidence[inside].mean()) -> abs(_a)",
    ),
    slip(
        "per cent",
        "Your answers are in per cent.\nReturn a fraction from 0 to 1.",
        "float(error) -> 100 * float(error)",
    ),
    without=(
        "strict",
        "nothing taken away",
        "factor left out",
        "sum for mean",
        # These change an edge so that one bin is left, or all below or above it, as a wrong
        # loop does.
        "minus for plus",
        "addend left out",
        "whole division",
        "divided twice",
        "not divided",
        "times for divided",
        "upside down",
    ),
    sentences={
        "no abs": "The gaps have signs, so a bin that is too bold makes up for one that is "
        "too modest.\n"
        "Take the absolute value in each bin.",
    },
)


def away_from_edges(rng, n, k, bins):
    """Probabilities whose confidence is not near the edge of a bin, and labels.

    The labels are drawn from p, so that some bins are too bold and some too modest. Only
    then do the edges of the bins matter.
    """
    rows = []
    while len(rows) < n:
        e = np.exp(2 * rng.normal(size=k))
        p = e / e.sum()
        place = p.max() * bins
        if abs(place - round(place)) > 1e-3:
            rows.append(p)
    return np.array(rows), np.array([rng.choice(k, p=row) for row in rows])


@calibration.check
def is_right_for_the_fifteen(attempt):
    """The 15 answers of the text have an error of 0.1333."""
    answer = attempt.expected_calibration_error(FIFTEEN_P, FIFTEEN)
    expect(answer).close_to(10 / 15 * 0.2)


calibration.same_as_solution(
    "It agrees with the reference on random answers, for several numbers of bins.",
    lambda rng: [
        (*away_from_edges(rng, n, k, bins), bins)
        for n, k, bins in ((40, 3, 10), (200, 10, 15), (30, 4, 5))
    ],
    check="agrees_on_random_answers",
)


@calibration.check
def bins_contain_their_upper_end(attempt):
    """With four bins a confidence of 0.5 belongs to the bin from 0.25 to 0.5."""
    rows = [[0.5, 0.25, 0.25]] * 2 + [
        [0.375, 0.3125, 0.3125],
        [0.625, 0.375, 0],
        [1, 0, 0],
    ]
    labels = np.array([0, 0, 1, 1, 0])
    answer = attempt.expected_calibration_error(np.array(rows), labels, 4)
    # 3/5 * |2/3 - 1.375/3| + 1/5 * |0 - 0.625| + 1/5 * |1 - 1|
    expect(answer).close_to(0.25)


@calibration.check
def every_bin_counts(attempt):
    """The lowest bin counts like the others: with 3 bins one from 0 to 1/3."""
    rows = [[0.3, 0.3, 0.2, 0.2]] * 2 + [[0.6, 0.2, 0.1, 0.1], [0.9, 0.1, 0, 0]]
    labels = np.array([0, 2, 0, 0])
    three = attempt.expected_calibration_error(np.array(rows), labels, 3)
    # Asked before the first is looked at: a single bin, from 0 to 1, has no inner edge.
    single = attempt.expected_calibration_error(FIFTEEN_P, FIFTEEN, 1)
    # 1/2 * |1/2 - 0.3| + 1/4 * |1 - 0.6| + 1/4 * |1 - 0.9|
    expect(three).close_to(0.225)
    expect(single).close_to(abs(10 / 15 - 0.8))


@calibration.check
def certain_answers(attempt):
    """Certain and always right has an error of 0, certain and always wrong of 1."""
    p = np.eye(3)[[0, 1, 2, 2, 1]]
    right = np.array([0, 1, 2, 2, 1])
    expect(attempt.expected_calibration_error(p, right)).close_to(0.0)
    expect(attempt.expected_calibration_error(p, (right + 1) % 3)).close_to(1.0)


@calibration.wrong_answer(
    "Every bin counts equally, however few answers are in it.\n"
    "Weight each gap by n_bin / n."
)
def bins_count_alike(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    gaps = []
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            gaps.append(abs(right[inside].mean() - c[inside].mean()))
    return float(np.mean(gaps))


@calibration.wrong_answer(
    "Only one bin counts in your answer: the first that isn't empty. Is your return "
    "inside the loop?\n"
    "Return after the loop."
)
def first_bin_alone(p, labels, bins=10):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    edges = np.arange(bins + 1) / bins
    for low, high in itertools.pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            return float(inside.mean() * gap)
    return 0.0


@calibration.wrong_answer(
    "Your answer is the difference of overall accuracy and overall confidence: bold and "
    "modest bins cancel. Do you compare bin by bin? Or is abs missing around each gap?"
)
def without_bins(p, labels, bins=10):
    return float(abs((p.argmax(axis=1) == labels).mean() - p.max(axis=1).mean()))


@calibration.wrong_answer(
    "Your answer is the one for {less} bins instead of {b}. Do you have {b} edges? "
    "Between them are only {less} bins.\n"
    "Use one more edge.",
    fill=lambda p, labels, bins=10: {"b": bins, "less": bins - 1},
)
def one_bin_too_few(p, labels, bins=10):
    return reference.expected_calibration_error(p, labels, bins - 1)


@calibration.wrong_answer(
    "You always use 10 bins.\nUse the argument: bins={b}.",
    fill=lambda p, labels, bins=10: {"b": bins},
)
def always_ten_bins(p, labels, bins=10):
    return reference.expected_calibration_error(p, labels, 10)


@calibration.symptom(
    "Your answer is nan. An empty bin has no mean, so NumPy returns nan. Do you leave "
    "empty bins out?\n"
    "Check first: if inside.any().",
    function="expected_calibration_error",
    edit=(
        "        if inside.any():\n            gap",
        "        if True:\n            gap",
    ),
)
def empty_bins_are_nan(answer):
    return bool(np.isnan(answer.value))


@calibration.wrong_answer(
    "Your bins have equally many answers.\n"
    "Here they are equally wide: equal steps from 0 to 1, however many answers are "
    "in each."
)
def equally_many(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    parts = np.array_split(np.argsort(c), bins)
    gaps = [
        abs((right[part] - c[part]).mean()) * len(part) for part in parts if len(part)
    ]
    return float(sum(gaps) / len(c))


@calibration.wrong_answer(
    "You binned all probabilities of each row.\n"
    "Here an image has one confidence: its largest p."
)
def every_class_in_bins(p, labels, bins=10):
    c, right = p.ravel(), np.eye(p.shape[1])[labels].ravel()
    error = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)
