"""Mistakes that are one line long, as somebody makes them: each has its own name."""

from __future__ import annotations

import pytest

from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.grading import graded, parts_of, said


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "matplotlib")))


DESCRIBE = """
def describe(images):
    return {{"n": {n}, "height": {height}, "width": {width}, "dtype": {dtype},
            "low": {low}, "high": {high}}}
"""
ASKED = {
    "n": "len(images)",
    "height": "images.shape[1]",
    "width": "images.shape[2]",
    "dtype": "str(images.dtype)",
    "low": "int(images.min())",
    "high": "int(images.max())",
}
TEST_PHOTOS = {"n": "10000", "height": "28", "width": "28", "dtype": '"uint8"'}
OBLONG = {"n": "4", "height": "5", "width": "7", "dtype": '"uint8"'}


def describe(**typed: str) -> str:
    return DESCRIBE.format(**{**ASKED, **typed})


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (describe(**TEST_PHOTOS, low="0", high="255"), {"typed_in"}),
        (describe(**OBLONG, low="3", high="201"), {"typed_in"}),
        (describe(n="60000"), {"always as many"}),
        (describe(dtype='"uint8"'), {"always_uint8"}),
        (describe(dtype="str(type(images[0, 0, 0]))"), {"dtype_is_a_class"}),
        (
            describe(dtype='"uint8"', low="0", high="255"),
            {"always uint8", "extremes of the dtype"},
        ),
    ],
)
def test_facts_that_are_typed_in_are_named(
    warm: WorkerFactory, code: str, name: set[str]
) -> None:
    assert parts_of(graded(warm, "1b", code)) == [name]


def returns(head: str, line: str) -> str:
    return f"\ndef {head}:\n    return {line}\n"


JOIN, DISTANCE = "join_sets(train, test)", "relative_error(a, b)"
SCORES, GRADIENT = "loss_from_logits(y, z)", "grad_logits(y, z)"
BASELINE, P = "majority_baseline(train_y, test_y)", "stable_softmax(z)"
NORM, SIZES = "np.linalg.norm", "(np.abs(a) + np.abs(b))"


@pytest.mark.parametrize(
    ("tag", "head", "line", "name"),
    [
        ("1c", JOIN, "train", {"test missing"}),
        ("1c", JOIN, "test.copy()", {"train missing"}),
        ("1c", JOIN, "np.concatenate(train)", {"rows of one set"}),
        ("1c", JOIN, "np.array([*train, test[0]])", {"first of test alone"}),
        ("1c", JOIN, "np.array([*train, *test], np.uint8)", {"always_uint8"}),
        ("1f", BASELINE, "0.1135", {"typed_in"}),
        ("1f", BASELINE, "np.mean(test_y == int(np.mean(train_y)))", {"mean label"}),
        ("2b", "flatten(images)", "np.concatenate(images)", {"rows of photos"}),
        ("2c", "scale(x)", "np.float16(x / 255)", {"is_float16"}),
        ("2c", "scale(x)", "np.minimum(x, 1).astype(np.float32)", {"cut off"}),
        ("3b", "softmax_row(z)", "list(np.exp(z) / np.exp(z).mean())",
         {"row_divided_by_mean"}),
        ("3b", "softmax_row(z)", "[math.exp(z[-1]) / sum(map(math.exp, z))]",
         {"list_of_the_last_alone"}),
        ("5b", "stable_softmax(z)", "np.nan_to_num(softmax(z))", {"nan_hidden"}),
        ("5e", GRADIENT, f"({P} - y) * {P} * (1 - {P}) / len(z)",
         {"slope of a sigmoid too"}),
        ("5g", DISTANCE, f"(np.abs(a - b) / np.minimum(1e-8, {SIZES})).max()",
         {"minimum for maximum"}),
        ("8c", "smooth(y, eps)", "0.9 * y + 0.1 / len(y[0])", {"eps typed in"}),
        ("9d", "sgd_step(params, grads, lr)", "{n: params[n] - 0.1 * grads[n] for n in grads}",
         {"another_rate"}),
        ("5d", SCORES, "-(y * log_softmax(stable_softmax(z))).sum(axis=1).mean()",
         {"softmax twice"}),
        ("5e", GRADIENT, "2 * (stable_softmax(z) - y) / len(y)", {"twice"}),
        ("5e", GRADIENT, "2 * (stable_softmax(z) - y) / z.size", {"mean squared error"}),
        ("5e", GRADIENT, "2 * (y - stable_softmax(z)) / z.size",
         {"mean squared error", "turned round"}),
        ("5g", DISTANCE, f"{NORM}(a - b) / ({NORM}(a) + {NORM}(b))",
         {"norm_over_norms", "not guarded"}),
        ("5g", DISTANCE, f"{NORM}(a - b) / max(1e-8, {NORM}(a) + {NORM}(b))",
         {"norm_over_norms"}),
        ("5g", DISTANCE, f"{NORM}(a - b) / max(1e-8, {NORM}(a))",
         {"norm_over_the_first"}),
        ("5g", DISTANCE, f"{NORM}(a - b) / max(1e-8, {NORM}(b))",
         {"norm_over_the_second"}),
        ("5g", DISTANCE, f"{NORM}(a - b)", {"norm_not_divided"}),
        ("5g", DISTANCE, "np.sqrt(np.mean((a - b) ** 2))", {"root_mean_square"}),
        ("5g", DISTANCE, "np.allclose(a, b)", {"whether_they_are_close"}),
        ("5g", DISTANCE, "(np.square(a - b) / np.maximum(1e-8, a * a + b * b)).max()",
         {"squares_over_squares"}),
        ("5g", DISTANCE, f"np.argmax(np.abs(a - b) / np.maximum(1e-8, {SIZES}))",
         {"place of the largest"}),
        ("5g", DISTANCE, f"100 * np.max(np.abs(a - b) / np.maximum(1e-8, {SIZES}))",
         {"per cent"}),
        ("5g", DISTANCE, "np.abs(a - b).sum()", {"total_not_divided"}),
        ("5g", DISTANCE, f"np.sum(np.abs(a - b)) / np.maximum(1e-8, {SIZES}.sum())",
         {"total_over_total"}),
        ("5g", DISTANCE, f"(np.abs(a - b) / np.maximum(1e-8, {SIZES})).sum()",
         {"sum of all"}),
        ("5g", DISTANCE, f"(np.abs(a - b) / np.maximum(1, {SIZES})).max()",
         {"another floor"}),
        ("5g", DISTANCE, "(np.abs(a - b) / np.maximum(1e-8, np.abs(b))).max()",
         {"over_the_second"}),
    ],
)  # fmt: skip
def test_one_line_is_named(
    warm: WorkerFactory, tag: str, head: str, line: str, name: set[str]
) -> None:
    assert parts_of(graded(warm, tag, returns(head, line))) == [name]


WEIGHTED = """
def weighted_cross_entropy(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    each = {each}
    return float(-each.{of_row}(axis=1).mean())
"""
BINARY = "w * (y * np.log(p) + (1 - y) * np.log(1 - p))"


@pytest.mark.parametrize(
    ("each", "of_row", "name"),
    [
        (BINARY, "sum", {"binary loss"}),
        ("w * y * np.log(p) + (1 - y) * np.log(1 - p)", "sum", {"binary loss"}),
        (BINARY, "mean", {"binary loss", "mean for sum"}),
        (BINARY.removeprefix("w * "), "sum", {"binary_without_weights"}),
    ],
)
def test_a_loss_of_two_classes_is_named(
    warm: WorkerFactory, each: str, of_row: str, name: set[str]
) -> None:
    code = WEIGHTED.format(each=each, of_row=of_row)
    assert parts_of(graded(warm, "8a", code)) == [name]


def test_who_divides_by_the_number_of_classes_is_asked_about_it(
    warm: WorkerFactory,
) -> None:
    code = WEIGHTED.format(each="(y * w * np.log(p))", of_row="sum").replace(
        "sum(axis=1).mean()", "sum() / y.shape[1]"
    )
    words = said(graded(warm, "8a", code))
    assert "You went along" not in words
    assert "Did you divide by the number of classes, or use the wrong axis?" in words


CALIBRATION = """
def expected_calibration_error(p, labels, bins=10):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for part in {parts}:
        gap = right[part].sum() - confidence[part].sum()
        error += abs(gap) / len(p)
    return error
"""
BETWEEN = "[(confidence > a) & (confidence <= b) for a, b in zip({0}, {0}[1:])]"
QUANTILES = "np.quantile(confidence, np.linspace(0, 1, bins + 1))"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ("np.array_split(np.argsort(confidence), bins)", "equally_many"),
        (BETWEEN.format(QUANTILES), "between quantiles"),
        (BETWEEN.format("np.append(0, np.quantile(confidence, np.arange(1, bins + 1) / bins))"),
         "between quantiles"),
        (BETWEEN.format("np.linspace(confidence.min(), confidence.max(), bins + 1)"),
         "between extremes"),
        (BETWEEN.format("np.linspace(1 / p.shape[1], 1, bins + 1)"), "from 1/k on"),
    ],
)  # fmt: skip
def test_bins_that_are_cut_elsewhere_are_named(
    warm: WorkerFactory, parts: str, name: str
) -> None:
    code = CALIBRATION.format(parts=parts)
    assert parts_of(graded(warm, "8g", code)) == [{name}]


def test_a_list_of_scores_is_no_threshold(warm: WorkerFactory) -> None:
    code = returns("move_threshold(p, truth, p_new, truth_new)", "[0.3 * t for t in p]")
    finding = graded(warm, "8f", code).finding
    assert finding is not None
    assert finding.mistakes == ()
    assert finding.sentence == "Expected 2 items; there are 5."


LOSSES = """
def losses(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    found = {found}
    for i in range(len(y)):
        {turn}
"""
OF_ONE = "-np.log(p[i][y[i] == 1]).sum()"
MEAN = """
def loss_from_logits(y, z):
    total = 0
    for i in range(len(y)):
        total -= (y[i] * log_softmax(z[i])).sum()
        return total{divided}
"""
SOFTMAX_ROW = """
def softmax_row(z):
    for score in z:
        return math.exp(score) / sum(map(math.exp, z))
"""


@pytest.mark.parametrize(
    ("tag", "code", "name"),
    [
        ("3d", LOSSES.format(found="0", turn=f"return {OF_ONE}"), "first item alone"),
        (
            "3d",
            LOSSES.format(
                found="[]", turn=f"found.append({OF_ONE}); return np.array(found)"
            ),
            "first item alone",
        ),
        (
            "3d",
            LOSSES.format(
                found="np.zeros(len(y))", turn=f"found[i] = {OF_ONE}; return found"
            ),
            "first item filled",
        ),
        ("5d", MEAN.format(divided=" / len(y)"), "share of the first row"),
        ("5d", MEAN.format(divided=""), "first row alone"),
        ("3b", SOFTMAX_ROW, "row_of_the_first_alone"),
    ],
)
def test_a_loop_that_ends_in_its_first_turn_is_named(
    warm: WorkerFactory, tag: str, code: str, name: str
) -> None:
    assert parts_of(graded(warm, tag, code)) == [{name}]


@pytest.mark.parametrize(
    "line",
    [
        "(y * np.log(p))[0].sum()",
        "np.full(len(y), -(y[0] * np.log(p[0])).sum())",
        "-(y * np.log(p)).sum(axis=1)[:2]",
        "-2 * (y * np.log(p)).sum(axis=1)[0]",
    ],
)
def test_what_is_not_the_first_alone_is_not_called_so(
    warm: WorkerFactory, line: str
) -> None:
    words = graded(warm, "3d", returns("losses(y, p)", line)).finding
    assert words is not None
    assert "first" not in " ".join(one.sentence for one in words.mistakes)


@pytest.mark.parametrize("known", ["best", "(train_y == best).sum()"])
def test_a_count_compared_with_a_digit_is_named(
    warm: WorkerFactory, known: str
) -> None:
    code = f"""
def majority_baseline(train_y, test_y):
    best = 0
    for d in range(10):
        if (train_y == d).sum() > {known}:
            best = d
    return float(np.mean(test_y == best))
"""
    wrong = [{"count_compared_with_digit"}] if known == "best" else []
    assert parts_of(graded(warm, "1f", code)) == wrong
