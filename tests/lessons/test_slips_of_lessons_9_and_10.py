"""Wrong answers of lessons 9 and 10 are named by slips, alone and two at once."""

from __future__ import annotations

import pytest

from grader.course.document import catalog
from grader.report import Finding
from grader.sandbox import WorkerFactory
from tests.support.grading import report_of
from tests.support.project import ROOT


def found(warm: WorkerFactory, tag: str, code: str) -> Finding:
    """What is said of an exercise when `code` stands below the solution."""
    lesson = catalog.find(tag[:-1], ROOT)
    report = report_of(lesson, tag, code, seed=5, warm=warm)
    finding = report.exercises[0].finding
    assert finding is not None
    return finding


def named(warm: WorkerFactory, tag: str, code: str) -> list[set[str]]:
    """The slips of each mistake that is told."""
    mistakes = found(warm, tag, code).mistakes
    return [set(one.slips) or {one.tag.partition(".")[2]} for one in mistakes]


def told(warm: WorkerFactory, tag: str, code: str) -> str:
    """All sentences."""
    finding = found(warm, tag, code)
    return " ".join([finding.sentence, *(one.sentence for one in finding.mistakes)])


WEIGHTED = """
def weighted_cross_entropy(y, p, w):
    q = np.clip(p, {clip}, 1 - {clip})
    weights = np.asarray(w)
    return float({sign}({weight} * (y * np.log(q)).sum(1)).mean())
"""
DICE = """
def dice_loss(y, p):
    total = np.sum(y) + {total}
    return {nothing} if total == 0 else float({loss})
"""
CALIBRATION = """
def expected_calibration_error(p, labels, bins=10):
    sure, right = {sure}, p.argmax(axis=1) == labels
    error = 0
    for low in np.arange({first}, bins) / bins:
        high = low + 1 / bins
        m = (sure > low + 1e-12) & (sure <= high + 1e-12)
        if m.any():
            error += {weight} * abs({right} - {mean})
    return float(error)
"""


HALVES = """
def two_halves(y, p):
    ln_y, ln_p = np.{log}(np.maximum(y, 1e-7)), np.{log}(np.maximum(p, 1e-7))
    entropy = {entropy}
    loss = np.mean(np.sum(-y * ln_p, axis=1))
    return entropy, {divergence}
"""
THRESHOLD = """
def move_threshold(p, truth, p_new, truth_new):
    best, found = -1, None
    for t in {tried}:
        calls = {chosen} >= t
        dice = {dice}
        if dice > best:
            best, found = dice, t
    return {answer}
"""
TEMPERATURE = """
def temperature(z, y, candidates):
    costs = {{}}
    for T in candidates:
        e = np.exp({scores})
        costs[cross_entropy(y, e / e.sum(axis=1, keepdims=True))] = T
    return {answer}
"""


FORWARD = """
def forward(x, params):
    hidden = np.dot(x, params["W1"]){first}
    a = {bend}
    return hidden, a, {last}(np.dot(a, params["W2"]){second})
"""
BACKWARD = """
def backward(x, y, params, z1, a, p):
    out = {start}
    hid = out @ params["W2"].T
    hid = {mask}
    {line}
    return dict(W1=x.T @ hid, b1={b1}, W2=a.T @ out, b2={b2})
"""


def forward(**edit):
    right = {
        "first": '+ params["b1"]',
        "bend": "hidden * (hidden > 0)",
        "last": "stable_softmax",
        "second": '+ params["b2"]',
    }
    return FORWARD.format(**{**right, **edit})


def backward(**edit):
    right = {
        "start": "(p - y) / len(x)",
        "mask": "np.where(z1 > 0, hid, 0)",
        "line": "pass",
        "b1": "hid.sum(0)",
        "b2": "out.sum(0)",
    }
    return BACKWARD.format(**{**right, **edit})


def weighted(clip="1e-7", sign="-", weight="(y * weights).sum(1)"):
    return WEIGHTED.format(clip=clip, sign=sign, weight=weight)


def dice(total="np.sum(p)", nothing="0.0", loss="1 - 2 * np.sum(y * p) / total"):
    return DICE.format(total=total, nothing=nothing, loss=loss)


def calibration(**edit):
    right = {
        "sure": "p.max(axis=1)",
        "first": "0",
        "weight": "m.mean()",
        "right": "right[m].mean()",
        "mean": "sure[m].mean()",
    }
    return CALIBRATION.format(**{**right, **edit})


def halves(**edit: str) -> str:
    right = {
        "log": "log",
        "entropy": "np.mean(np.sum(-y * ln_y, axis=1))",
        "divergence": "loss - entropy",
    }
    return HALVES.format(**{**right, **edit})


def threshold(**edit: str) -> str:
    right = {
        "tried": "np.unique(p)",
        "chosen": "p",
        "dice": "2 * (truth & calls).sum() / (truth.sum() + calls.sum())",
        "answer": "found, 1 - dice_loss(truth_new, p_new >= found)",
    }
    return THRESHOLD.format(**{**right, **edit})


def temperature(**edit: str) -> str:
    right = {"scores": "z / T", "answer": "costs[min(costs)]"}
    return TEMPERATURE.format(**{**right, **edit})


@pytest.mark.parametrize(
    ("tag", "code", "slips"),
    [
        ("10b", weighted(clip="1e-3"), {"coarse clip"}),
        ("10b", weighted(weight="weights[q.argmax(1)]"), {"weight of the prediction"}),
        ("10b", weighted(sign=""), {"missing minus"}),
        (
            "10b",
            weighted(sign="", weight="((y * weights).sum(1) ** 2)"),
            {"missing minus", "weights squared"},
        ),
        ("10e", halves(divergence="loss"), {"the whole loss"}),
        (
            "10e",
            halves(
                entropy="np.mean(np.sum(-p * ln_p, axis=1))",
                divergence="np.mean(np.sum(y * (ln_y - ln_p), axis=1))",
            ),
            {"entropy of p"},
        ),
        (
            "10e",
            halves(log="log2", divergence="loss"),
            {"bits", "the whole loss"},
        ),
        (
            "10g",
            threshold(
                dice="(truth == calls).mean()",
                answer="found, dice_loss(truth_new, p_new >= found)",
            ),
            {"chosen by accuracy", "loss for dice"},
        ),
        ("12c", temperature(scores="z * T"), {"times for divided"}),
        ("12c", temperature(answer="costs[max(costs)]"), {"dearest for cheapest"}),
        ("12c", temperature(answer="min(costs)"), {"cost for temperature"}),
        ("10f", dice(loss="2 * np.sum(y * p) / total"), {"dice itself"}),
        ("10f", dice(nothing="1"), {"nothing_costs_1"}),
        (
            "10f",
            dice(total="np.sum(p**2)", nothing="1"),
            {"nothing costs 1", "squares below"},
        ),
        ("12b", calibration(mean="high"), {"place in the bin"}),
        ("12b", calibration(first="1"), {"lowest bin missing"}),
        (
            "12b",
            calibration(mean="(low + high) / 2", weight="m.sum()"),
            {"place in the bin", "gaps weighed by photos"},
        ),
        ("9b", forward(bend="abs(hidden)"), {"abs for relu"}),
        ("9b", forward(first="", bend="hidden"), {"b1 left out", "no relu"}),
        ("9b", forward(first="", second=""), {"b1 left out", "b2 left out"}),
        ("9c", backward(start="y * (p - 1) / len(x)"), {"true class alone"}),
        ("9c", backward(line="hid = hid / len(x)"), {"hidden layer divided again"}),
        ("9c", backward(line="hid = hid * len(x)"), {"hidden layer not divided"}),
        ("9c", backward(start="(p - y) / x.shape[1]"), {"pixels counted"}),
        ("9c", backward(mask="hid", start="p - y"), {"no mask", "not divided"}),
        (
            "9c",
            backward(start="(y - p) / len(x)", b1="hid.mean(0)", b2="out.mean(0)"),
            {"turned round", "mean for sum"},
        ),
    ],
)
def test_slips_are_named_and_nothing_else(
    warm: WorkerFactory, tag: str, code: str, slips: set[str]
) -> None:
    assert named(warm, tag, code) == [slips]


START = """
def init(sizes, seed):
    n, h, k = sizes
    rng = np.random.default_rng(seed)
    return dict(W1={W1}, b1={b1}, W2=rng.normal(size=(h, k)) * (2 / h) ** 0.5,
                b2=np.zeros(k))
"""


@pytest.mark.parametrize(
    ("W1", "b1", "words"),
    [
        (
            "rng.normal(size=(n, h))",
            "rng.normal(size=h)",
            "The biases should begin at 0, and they don't",
        ),
        ("rng.normal(0, (2 / h) ** 0.5, (h, n))", "np.zeros(h)", "of INPUTS counts"),
        (
            "rng.normal(0, (2 / n) ** 0.5, (n, h))",
            "np.zeros(k)",
            "b1 has 10 numbers, and its layer has 64 units",
        ),
    ],
)
def test_what_the_weights_and_the_biases_show_at_once_is_said(
    warm: WorkerFactory, W1: str, b1: str, words: str
) -> None:
    assert words in told(warm, "9a", START.format(W1=W1, b1=b1))


TRAINING = """
def fit(x, y, seed, on_epoch=None):
    params = init((x.shape[1], 64, y.shape[1]), seed)
    rng = np.random.default_rng(seed)
    for epoch in range({epochs}):
        order = rng.permutation(len(x))
        for s in range(0, len(x), 32):
            rows = order[s : s + 32]
            grads = backward(x[rows], y[rows], params, *forward(x[rows], params))
            params = sgd_step(params, grads, 0.2)
            {in_batch}
        {in_epoch}
    return params
"""


@pytest.mark.slow
def test_on_epoch_after_each_batch_is_seen_by_the_number_of_its_calls(
    warm: WorkerFactory,
) -> None:
    call = "on_epoch(params) if on_epoch else None"
    code = TRAINING.format(epochs=20, in_batch=call, in_epoch="pass")
    said = told(warm, "9e", code)
    assert "20 with 32 images, 100 with 160 and 200 with 320" in said
    assert "Do you call it after each batch?" in said


@pytest.mark.slow
def test_of_many_calls_of_on_epoch_the_first_are_measured(warm: WorkerFactory) -> None:
    call = "on_epoch(params) if on_epoch else None"
    code = TRAINING.format(epochs=20, in_batch=call, in_epoch="pass")
    # Of 64 units, the parameters of 2,500 calls are more than an attempt may give.
    few = code.replace(" 64,", " 8,")
    report = report_of(catalog.find("9", ROOT), "9e", few, seed=5, warm=warm)
    (curve,) = report.pictures
    assert curve.title == "your gradient, the first 200 calls of on_epoch"
    assert [len(line) for line in curve.rows] == [200, 200]


@pytest.mark.slow
def test_more_epochs_for_more_photos_are_no_calls_after_batches(
    warm: WorkerFactory,
) -> None:
    call = "on_epoch(params) if on_epoch else None"
    code = TRAINING.format(epochs="len(x) // 32", in_batch="pass", in_epoch=call)
    assert "after each batch" not in told(
        warm, "9e", code.replace("len(x) // 32", "2 if len(x) < 100 else 7")
    )


# Found by putting every pair of slips into the solutions.


def test_the_worst_dice_upside_down_is_no_fraction_of_dice_turned_round(
    warm: WorkerFactory,
) -> None:
    code = """
def move_threshold(p, truth, p_new, truth_new):
    def dice(t, p, truth):
        return 1 - dice_loss(truth, p >= t)

    worst = min(p, key=lambda t: dice(t, p, truth))
    return float(worst), 1 / dice(worst, p_new, truth_new)
"""
    # Where nothing overlaps a fraction turned round gives inf, and this fails.
    lesson = catalog.find("10", ROOT)
    report = report_of(lesson, "10g", code, seed=7, warm=warm)
    finding = report.exercises[0].finding
    assert finding is not None
    # Two slips give the same, and neither is in the code: thresholds say too little.
    assert finding.mistakes == ()


def test_a_temperature_at_one_end_is_not_said_to_be_the_last_tried(
    warm: WorkerFactory,
) -> None:
    costs = "[cross_entropy(y, softmax(z * T)) for T in candidates]"
    code = f"""
def temperature(z, y, candidates):
    return float(candidates[np.argmax({costs})])
"""
    assert named(warm, "12c", code) == [{"times for divided", "dearest for cheapest"}]


def test_bins_that_hold_all_above_them_are_not_taken_for_an_edge_that_is_not_divided(
    warm: WorkerFactory,
) -> None:
    code = """
def expected_calibration_error(p, labels, bins=10):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence >= (b + 1) / bins**2)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            error += inside.mean() * gap
    return float(error)
"""
    # A single bin holds everything where an edge is not divided, and nothing here.
    for said in named(warm, "12b", code):
        assert not said & {"not divided", "upside down"}


def test_a_division_by_labels_of_0_is_told_by_what_is_left_of_the_numbers(
    warm: WorkerFactory,
) -> None:
    code = """
def backward(x, y, params, z1, a, p):
    with np.errstate(all="ignore"):
        dz2 = len(x) / (y * (p - y))
        dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
        return {
            "W1": x.T @ dz1, "b1": dz1.sum(axis=0), "W2": a.T @ dz2, "b2": dz2.sum(axis=0)
        }
"""
    names = set().union(*named(warm, "9c", code))
    assert "divided for taken away" not in names
