"""What learners write in lesson 8 is named as what it is, or as nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.document import catalog
from grader.report import Finding, Outcome, Report
from grader.sandbox import WorkerFactory
from tests.grading import report_of

ROOT = Path(__file__).parent.parent


def graded(warm: WorkerFactory, tag: str, code: str) -> Report:
    """The report of one exercise when `code` stands below the solution."""
    return report_of(catalog.find("8", ROOT), tag, code, seed=5, warm=warm)


def found(warm: WorkerFactory, tag: str, code: str) -> Finding:
    """What is said of an exercise that is wrong."""
    finding = graded(warm, tag, code).exercises[0].finding
    assert finding is not None
    return finding


def names(finding: Finding) -> list[set[str]]:
    """The slips, or the one mistake, of everything that is told."""
    return [set(one.slips) or {one.tag[3:]} for one in finding.mistakes]


CLIPPED_LOGARITHM = """
def weighted_cross_entropy(y, p, w):
    logs = np.clip(np.log(p), 1e-7, 1 - 1e-7)
    return float((y * np.asarray(w) * logs).sum(axis=1).mean())
"""


def test_answers_next_to_0_are_explained_by_nothing(warm: WorkerFactory) -> None:
    assert found(warm, "8a", CLIPPED_LOGARITHM).mistakes == ()


HALVES = """
def two_halves(y, p):
    y, p = np.clip(y, 1e-7, {top}), np.clip(p, 1e-7, {top})
    entropy = (y * -np.log(y)).sum(axis=1).mean()
    return float(entropy), float({second}.sum(axis=1).mean())
"""


@pytest.mark.parametrize("top", ["1", "1 - 1e-7"])
def test_labels_may_be_clipped_themselves(warm: WorkerFactory, top: str) -> None:
    code = HALVES.format(top=top, second="(y * np.log(y / p))")
    assert graded(warm, "8d", code).exercises[0].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("second", "name"),
    [
        ("(p * np.log(p / y))", "divergence of y from p"),
        ("(y * -np.log(p))", "the whole loss"),
    ],
)
def test_a_mistake_beside_clipped_labels_is_named(
    warm: WorkerFactory, second: str, name: str
) -> None:
    code = HALVES.format(top="1", second=second)
    assert names(found(warm, "8d", code)) == [{name}]


DICE = """
def dice_loss(y, p):
    overlap, total = (y * p).sum(), y.sum() + p.sum()
    return {loss}
"""


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("1 - overlap / total", "two left out"),
        ("1 - overlap / (total - overlap)", "IoU"),
        ("2 * overlap / total", "dice itself"),
    ],
)
def test_a_dice_that_forgets_0_by_0_is_named_with_it(
    warm: WorkerFactory, loss: str, name: str
) -> None:
    assert names(found(warm, "8e", DICE.format(loss=loss))) == [
        {name, "nothing_is_nan"}
    ]


TEMPERATURE = """
def temperature(z, y, candidates):
    costs = [{cost} for T in candidates]
    return float(candidates[{place}])
"""


@pytest.mark.parametrize(
    ("cost", "place", "name"),
    [
        ("cross_entropy(y, softmax(z) / T)", "np.argmin(costs)", "always_the_least"),
        ("-softmax(z / T).max()", "np.argmax(costs)", "always_the_largest"),
        (
            "(softmax(z / T).argmax(1) == y.argmax(1)).mean()",
            "np.argmax(costs)",
            "always_the_first",
        ),
        ("cross_entropy(y, softmax(z / T))", "-1", "always_the_last"),
    ],
)
def test_a_choice_without_a_look_at_the_photos_is_said_as_that(
    warm: WorkerFactory, cost: str, place: str, name: str
) -> None:
    finding = found(warm, "8h", TEMPERATURE.format(cost=cost, place=place))
    assert names(finding) == [{name}]


def test_an_empty_bin_is_named_beside_another_mistake(warm: WorkerFactory) -> None:
    code = """
def expected_calibration_error(p, labels, bins=10):
    sure, right, error = p.max(axis=1), p.argmax(axis=1) == labels, 0.0
    for b in range(bins):
        inside = (sure > b / bins) & (sure <= (b + 1) / bins)
        error += inside.mean() * (right[inside].mean() - sure[inside].mean())
    return float(error)
"""
    assert names(found(warm, "8g", code)) == [{"empty_bins_are_nan"}]


WEIGHTED = """
def weighted_cross_entropy(y, p, w):
    losses = -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7)))
    return float({weighed})
"""


@pytest.mark.parametrize(
    "weighed",
    [
        "(np.asarray(w) * losses.sum(axis=1)).mean()",
        "(losses * np.reshape(w, (-1, 1))).sum(axis=1).mean()",
        "sum(w[i] * losses[i].sum() for i in range(len(y))) / len(y)",
    ],
)
def test_weights_of_classes_given_to_photos_are_named(
    warm: WorkerFactory, weighed: str
) -> None:
    finding = found(warm, "8a", WEIGHTED.format(weighed=weighed))
    assert names(finding) == [{"weights_of_classes_for_photos"}]
    assert (
        "w holds 3 numbers, one a class, and here are 4" in finding.mistakes[0].sentence
    )


def test_another_index_too_far_is_not_told_as_one_of_w(warm: WorkerFactory) -> None:
    code = WEIGHTED.format(weighed="losses.sum(axis=1)[len(y)]")
    assert names(found(warm, "8a", code)) == []


def test_a_factor_of_the_mean_loss_is_named(warm: WorkerFactory) -> None:
    code = """
def focal(y, p, gamma):
    loss = -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=-1).mean()
    return float((1 - np.exp(-loss)) ** gamma * loss)
"""
    assert names(found(warm, "8b", code)) == [{"factor_of_the_mean_loss"}]


def test_a_sum_beside_clipped_labels_is_named(warm: WorkerFactory) -> None:
    code = """
def two_halves(y, p):
    y, p = np.clip(y, 1e-7, 1), np.clip(p, 1e-7, 1)
    return -(y * np.log(y)).sum(), (y * np.log(y / p)).sum()
"""
    assert names(found(warm, "8d", code)) == [{"sum for mean"}]


def test_both_halves_added_are_the_whole_loss(warm: WorkerFactory) -> None:
    code = """
def two_halves(y, p):
    log_y, log_p = np.log(np.clip(y, 1e-7, 1)), np.log(np.clip(p, 1e-7, 1))
    return -(y * log_y).sum(1).mean() + (y * (log_y - log_p)).sum(1).mean()
"""
    assert names(found(warm, "8d", code)) == [{"both_added"}]


def test_calls_for_probabilities_are_named_where_0_5_is_a_call(
    warm: WorkerFactory,
) -> None:
    code = """
def dice_loss(y, p):
    calls = p >= 0.5
    total = np.sum(y) + np.sum(calls)
    return 0.0 if total == 0 else float(1 - 2 * np.sum(y * calls) / total)
"""
    assert names(found(warm, "8e", code)) == [{"rounded_first"}]


def test_a_loop_that_keeps_no_best_threshold_is_named(warm: WorkerFactory) -> None:
    code = """
def move_threshold(p, truth, p_new, truth_new):
    for t in p:
        dice = 1 - dice_loss(truth, p >= t)
    return t, 1 - dice_loss(truth_new, p_new >= t)
"""
    assert names(found(warm, "8f", code)) == [{"always_the_last"}]


def test_bins_that_are_rounded_down_hold_their_lower_end(warm: WorkerFactory) -> None:
    code = """
def expected_calibration_error(p, labels, bins=10):
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=right - sure)
    return float(np.abs(gaps).sum() / len(p))
"""
    assert names(found(warm, "8g", code)) == [{"lower end"}]


BINS = """
def expected_calibration_error(p, labels, bins=10):
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = {inside}
        if inside.any():
            gap = abs(right[inside].mean() - sure[inside].mean())
        {adds}
    return float(error)
"""
UPPER = "(sure > b / bins) & (sure <= (b + 1) / bins)"
LOWER = "(sure >= b / bins) & (sure < (b + 1) / bins)"
WRITTEN_OVER = "    error = inside.mean() * gap"
BELOW = "\n    error += inside.mean() * gap"
ADDED = "    error += inside.mean() * gap"


@pytest.mark.parametrize(
    ("inside", "adds", "slips"),
    [
        (UPPER, WRITTEN_OVER, {"last bin alone"}),
        (UPPER, BELOW, {"last bin alone"}),
        (LOWER, WRITTEN_OVER, {"last bin alone", "lower end"}),
        ("sure <= (b + 1) / bins", ADDED, {"no lower edge"}),
        ("sure > b / bins", ADDED, {"no upper edge"}),
    ],
)
def test_bins_that_hold_or_add_something_else_are_named_alone(
    warm: WorkerFactory, inside: str, adds: str, slips: set[str]
) -> None:
    code = BINS.format(inside=inside, adds=adds)
    assert names(found(warm, "8g", code)) == [slips]


def test_one_minus_too_many_is_not_told_as_one_too_few(warm: WorkerFactory) -> None:
    code = """
def weighted_cross_entropy(y, p, w):
    rows = range(len(y))
    costs = [cross_entropy(y[[i]], p[[i]]) * (y[i] * w).sum() for i in rows]
    return float(-np.mean(costs))
"""
    (mistake,) = found(warm, "8a", code).mistakes
    assert "a minus is missing, or there is one too many" in mistake.sentence


def test_a_division_by_the_sum_of_w_in_place_of_n_is_named(warm: WorkerFactory) -> None:
    code = WEIGHTED.format(weighed="(losses * w).sum() / np.sum(w)")
    assert names(found(warm, "8a", code)) == [{"sum of w"}]


@pytest.mark.parametrize("shape", ["y.shape", "np.shape(y)"])
def test_a_whole_shape_below_a_fraction_is_not_to_be_made_an_array(
    warm: WorkerFactory, shape: str
) -> None:
    code = f"def smooth(y, eps): return y * (1 - eps) + eps / {shape}"
    finding = found(warm, "8c", code)
    assert f"{shape} is a tuple: the lengths" in finding.sentence
    assert "array" not in finding.sentence
    assert names(finding) == [{"divided_by_a_tuple"}]


def test_the_page_hands_over_weights_that_an_array_of_places_can_choose_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = catalog.find("8", ROOT).solution.read_text(encoding="utf-8")
    until_8b = page.partition("# ## 8b")[0]
    right = "(y * np.asarray(w) * np.log(p)).sum(axis=1)"
    lookup = "(np.log((y * p).sum(axis=1)) * w[y.argmax(axis=1)])"
    assert right in until_8b
    exec(until_8b.replace(right, lookup), {"__name__": "__main__"})
    assert "3.957264" in capsys.readouterr().out
