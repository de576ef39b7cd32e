"""10g: expected calibration error."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import FIFTEEN, FIFTEEN_P, reference

calibration = exercise(
    "10g",
    "Expected calibration error",
    points=15,
    writes="expected_calibration_error",
    hints=(
        "Confidence is the largest p of a row. Sort the rows into bins by it.",
        "In each bin: |share of right answers - mean confidence|.",
        "Weigh each gap with inside.mean(), the bin's share of all photos, and add up.",
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
            "A bin's share times its gap is the sum of right - confidence in it, "
            "over n: no loop, and an empty bin adds 0. What it costs: one has to "
            "find that on paper."
        ),
    ),
)
calibration.slips(
    slip(
        "divided by bins",
        "You divided by the number of bins, empty ones too. Weigh each gap with "
        "n_bin / n.",
        "inside.mean() * gap -> gap / bins",
    ),
    slip(
        "gaps without weights",
        "The gaps were added without a weight. Weigh each with n_bin / n.",
        "inside.mean() * gap -> gap",
    ),
    slip(
        "gaps weighed by photos",
        "The gaps are weighed with the number of photos in a bin. The weight is a "
        "share: n_bin / n.",
        "inside.mean() -> inside.sum()",
    ),
    slip(
        "last bin alone",
        "Only one bin counts in your answer: the last, or the last that holds photos. "
        "Does = stand for +=, or does the line that adds up stand below the loop?",
        "error += _a -> error = _a",
        # With the last bin empty, nothing is added below the loop.
        "(_c > _a) & (_c <= _b) -> (_c > _a) & (_c <= _b) & (b == bins - 1)",
    ),
    slip(
        "largest gap",
        "You kept the largest of the bins. The expected error weighs all of them.",
        "error += inside.mean() * gap -> error = max(error, gap)",
    ),
    slip(
        "true class for confidence",
        "You used the probability of the true class. Confidence is the largest "
        "probability: what the network believes, right or wrong.",
        "p.max(axis=1) -> p[np.arange(len(p)), labels]",
    ),
    slip(
        "place in the bin",
        "You used the middle or an end of each bin for its confidence. Take the mean "
        "confidence of the photos in it.",
        "confidence[inside].mean() -> (b + 0.5) / bins",
        "confidence[inside].mean() -> (b + 1) / bins",
        "confidence[inside].mean() -> b / bins",
    ),
    slip(
        "lower end",
        "Your bins hold their lower end. The docstring says (a, b], so a confidence "
        "that is exactly b belongs below.",
        "(_c > _a) & (_c <= _b) -> (_c >= _a) & (_c < _b)",
        "(_c > _a) & (_c <= _b) -> (_c >= _a) & ((_c < _b) | (b == bins - 1))",
    ),
    slip(
        "both ends",
        "Your bins hold both ends, so a confidence on an edge is counted twice. "
        "The docstring says (a, b].",
        "(_c > _a) & (_c <= _b) -> (_c >= _a) & (_c <= _b)",
    ),
    slip(
        "neither end",
        "Your bins hold neither end, so a confidence on an edge is not counted. "
        "The docstring says (a, b].",
        "(_c > _a) & (_c <= _b) -> (_c > _a) & (_c < _b)",
    ),
    slip(
        "no lower edge",
        "Each of your bins holds the photos of all bins below it, too. Is its lower edge "
        "missing, or always next to 0?",
        "(_c > _a) & (_c <= _b) -> _c <= _b",
    ),
    slip(
        "no upper edge",
        "Each of your bins holds the photos of all bins above it, too. Is its upper edge "
        "missing, or always 1 or more?",
        "(_c > _a) & (_c <= _b) -> _c > _a",
    ),
    slip(
        "between quantiles",
        "The edges of your bins are quantiles, so that equally many photos lie between "
        "them. Here the bins are equally wide: equal steps from 0 to 1.",
        "(_c > _a) & (_c <= _b) "
        "-> (_c > np.quantile(_c, _a)) & (_c <= np.quantile(_c, _b))",
        "(_c > _a) & (_c <= _b) -> (_c <= np.quantile(_c, _b)) "
        "& ((_c > np.quantile(_c, _a)) | (b == 0))",
    ),
    slip(
        "between extremes",
        "Your bins reach from the least confidence that occurs to the largest. Here "
        "they reach from 0 to 1, whatever occurs.",
        "(_c > _a) & (_c <= _b) "
        "-> (_c - _c.min() > _a * np.ptp(_c)) & (_c - _c.min() <= _b * np.ptp(_c))",
        "(_c > _a) & (_c <= _b) -> (_c - _c.min() <= _b * np.ptp(_c)) "
        "& ((_c - _c.min() > _a * np.ptp(_c)) | (b == 0))",
    ),
    slip(
        "from 1/k on",
        "Your bins begin at 1/k, the least confidence there can be. Here they reach "
        "from 0 to 1.",
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
        "You squared the gaps. Take the absolute value of each.",
        "abs(_a) -> (_a) ** 2",
    ),
    slip(
        "gap of each answer",
        "You compared each answer by itself: right is 1 or 0, so a gap is always there. "
        "Take the two means of a bin first, and then their difference.",
        "abs(_a.mean() - _b.mean()) -> np.abs(_a - _b).mean()",
    ),
    slip(
        "no confidence",
        "The confidence is not taken away: a gap is the difference of two means.",
        "abs(_a - confidence[inside].mean()) -> abs(_a)",
    ),
    slip(
        "per cent",
        "Your answers hold a factor of 100, as for per cent. Return a share, from 0 to 1.",
        "float(error) -> 100 * float(error)",
    ),
    without=(
        "strict",
        "nothing taken away",
        "factor left out",
        "sum for mean",
        # Of an edge, these leave one bin, or all below or above, as a wrong loop does.
        "minus for plus",
        "addend left out",
        "whole division",
        "divided twice",
        "not divided",
        "times for divided",
        "upside down",
    ),
    sentences={
        "no abs": "The gaps have signs, so a bin that is too bold makes up for one that "
        "is too shy. Take the absolute value in each bin.",
    },
)


def away_from_edges(rng, n, k, bins):
    """Probabilities whose confidence is not near the edge of a bin, and labels.

    The labels are drawn from p, so that some bins are too bold and some too shy: only
    then does it matter how the bins are cut.
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


@calibration.check
def agrees_on_random_answers(attempt, reference, rng):
    """It agrees with the reference on random answers, for several numbers of bins."""
    for n, k, bins in ((40, 3, 10), (200, 10, 15), (30, 4, 5)):
        p, labels = away_from_edges(rng, n, k, bins)
        want = reference.expected_calibration_error(p, labels, bins)
        answer = attempt.expected_calibration_error(p, labels, bins)
        expect(answer).close_to(want)


@calibration.check
def bins_hold_their_upper_end(attempt):
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
    "Every bin counted alike, however few photos it holds. Weigh each gap with n_bin / n."
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
    "You compared overall accuracy with overall confidence. Bold and shy bins then "
    "cancel; compare bin by bin."
)
def without_bins(p, labels, bins=10):
    return float(abs((p.argmax(axis=1) == labels).mean() - p.max(axis=1).mean()))


@calibration.wrong_answer(
    "Your answer is that of {less} bins instead of {b}. Do you cut at {b} edges? "
    "Between them are only {less} bins: use one more edge.",
    fill=lambda p, labels, bins=10: {"b": bins, "less": bins - 1},
)
def one_bin_too_few(p, labels, bins=10):
    return reference.expected_calibration_error(p, labels, bins - 1)


@calibration.wrong_answer(
    "It always uses 10 bins. Use the number that was handed in: bins={b}.",
    fill=lambda p, labels, bins=10: {"b": bins},
)
def always_ten_bins(p, labels, bins=10):
    return reference.expected_calibration_error(p, labels, 10)


@calibration.symptom(
    "Your answer is nan. An empty bin has no mean, and numpy says nan of it. Do you leave "
    "empty bins out?\n"
    "Ask first: if inside.any().",
    function="expected_calibration_error",
    edit=("if inside.any():", "if True:"),
)
def empty_bins_are_nan(answer):
    return bool(np.isnan(answer.value))


@calibration.wrong_answer(
    "Your bins hold equally many photos. Here they are equally wide: equal steps from 0 "
    "to 1, however many photos lie in each."
)
def equally_many(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    parts = np.array_split(np.argsort(c), bins)
    gaps = [
        abs((right[part] - c[part]).mean()) * len(part) for part in parts if len(part)
    ]
    return float(sum(gaps) / len(c))


@calibration.wrong_answer(
    "All the numbers of p went into bins, each with whether its class is the true one. "
    "Here a photo has one confidence: its largest p."
)
def every_class_in_bins(p, labels, bins=10):
    c, right = p.ravel(), np.eye(p.shape[1])[labels].ravel()
    error = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)
