"""Lessons 3 and 5: right answers in other words pass, and slips are named in any company."""

import re

import numpy as np
import pytest

from grader import judge
from grader.checks.exercises import WrongAnswer
from grader.course.document.catalog import find
from grader.judge.loading import exercises_of, load_module
from grader.report import Outcome
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

LESSON3, LESSON5 = find("lesson3", ROOT), find("lesson5", ROOT)

IN_LOOPS = """
def softmax_row(z):
    top = max(z)
    parts = [math.exp(score - top) for score in z]
    return tuple(part / math.fsum(parts) for part in parts)


def softmax(z):
    z = np.asarray(z, float)
    if z.ndim == 1:
        return softmax_row(z.tolist())
    return [list(softmax_row(row)) for row in z.tolist()]


def losses(y, p):
    found = []
    for labels, chances in zip(y, p):
        clipped = [min(max(c, 1e-7), 1 - 1e-7) for c in chances]
        found.append(sum(-t * math.log(c) for t, c in zip(labels, clipped)))
    return found


def cross_entropy(y, p):
    if np.ndim(y) != 2:
        raise ValueError("labels must be rows, one for each photo")
    if not len(y):
        raise ValueError("no photos")
    return math.fsum(losses(y, p)) / len(y)
"""

BY_INDEX = """
def softmax(z):
    z = np.asarray(z, dtype=float)
    return np.exp(z - np.log(np.sum(np.exp(z), -1))[..., None])


def losses(y, p):
    true = np.take_along_axis(np.asarray(p), y.argmax(1)[:, None], 1)[:, 0]
    return -np.log(np.clip(true, 1e-7, 1 - 1e-7))


def cross_entropy(y, p):
    y, p = np.array(y), np.array(p)
    if y.ndim != 2 or len(y) == 0:
        raise ValueError("y must be a table with a row for each photo")
    return -np.einsum("ij,ij->", y, np.log(p.clip(1e-7, 1 - 1e-7))) / len(y)


def check_loss(fn):
    rng = np.random.default_rng(0)
    for n, k in ((4, 3), (2, 7), (9, 2)):
        p = rng.dirichlet(np.ones(k), size=n)
        y = rng.dirichlet(np.ones(k), size=n)
        assert np.isclose(fn(y, p), -np.sum(y * np.log(p)) / n)
    assert np.isclose(fn(np.eye(2), np.eye(2)[::-1]), -np.log(1e-7))
"""

OTHER_STABLE = """
def log_softmax(z):
    z = np.asarray(z, dtype=np.float64)
    top = z.max(axis=-1)
    return z - (top + np.log(np.exp(z - top[..., None]).sum(axis=-1)))[..., None]


def stable_softmax(z):
    return np.exp(log_softmax(z))


def loss_from_logits(y, z):
    true = np.take_along_axis(log_softmax(z), y.argmax(axis=1)[:, None], axis=1)
    return np.float64(-true.mean())


def grad_logits(y, z):
    n = len(y)
    return [[(p - t) / n for p, t in zip(a, b)] for a, b in zip(stable_softmax(z), y)]


def numeric_grad(f, z, h=1e-5):
    def slope(i):
        step = np.zeros(z.size)
        step[i] = h
        step = step.reshape(z.shape)
        return (f(z + step) - f(z - step)) / (2 * h)

    return np.array([slope(i) for i in range(z.size)]).reshape(z.shape)


def relative_error(a, b):
    pairs = zip(np.ravel(a).tolist(), np.ravel(b).tolist())
    return max(abs(x - y) / max(1e-8, abs(x) + abs(y)) for x, y in pairs)
"""

AS_SHOWN = "    return -(y * np.log(p)).mean()\n"


@pytest.fixture(scope="module")
def grade(tmp_path_factory, pool):
    folder = tmp_path_factory.mktemp("attempts")
    warm = pool.factory(judge.requirements_of(LESSON3))

    def graded(lesson, more="", change=lambda source: source):
        path = folder / f"{lesson.name}.py"
        path.write_text(change(lesson.solution.read_text("utf-8")) + more, "utf-8")
        return grade_attempt(lesson, path, seed=11, warm=warm)

    return graded


def result(report, tag):
    return next(exercise for exercise in report.exercises if exercise.tag == tag)


def not_passed(report):
    return {e.tag: e.finding for e in report.exercises if e.earned < e.points}


@pytest.mark.parametrize("words", [IN_LOOPS, BY_INDEX])
def test_lesson_3_passes_in_other_words(grade, words):
    report = grade(LESSON3, words)
    failed = not_passed(report)
    assert failed == {}


def test_lesson_5_passes_in_other_words(grade):
    assert not_passed(grade(LESSON5, OTHER_STABLE)) == {}


def test_a_mean_over_everything_is_exactly_three_times_too_small(grade):
    def slipped(source):
        return source.replace(
            "    return float(losses(y, p).mean())\n",
            f"    p = np.clip(p, 1e-7, 1)\n{AS_SHOWN}",
        )

    slip = result(grade(LESSON3, change=slipped), "3e")
    assert slip.outcome is Outcome.WRONG
    assert (slip.finding.expected, slip.finding.got) == ("1.184675", "0.394892")
    assert [m.tag for m in slip.finding.mistakes] == ["3e.mean_over_everything"]
    assert "exactly 3 times too small" in slip.finding.mistakes[0].sentence


def test_a_mean_over_classes_inside_losses_is_named_there_and_is_the_place(grade):
    report = grade(
        LESSON3, change=lambda s: s.replace(".sum(axis=1)\n", ".mean(axis=1)\n")
    )
    (mistake,) = result(report, "3d").finding.mistakes
    assert "exactly 3 times too small" in mistake.sentence
    built_on_it = result(report, "3e")
    assert (built_on_it.finding, built_on_it.judged_with) == (None, ("3d",))


GUARDED = """
_slip = {name}


def {name}(y, p):
    if np.shape(y) != np.shape(p) or len(p) == 0:
        raise ValueError("one row of y for each row of p")
    return _slip(y, p)
"""


def slips():
    module = load_module(LESSON3.checks, "slips_of_lesson3")
    return [
        known
        for exercise in exercises_of(module)
        if exercise.tag == "3e"
        for known in exercise.mistakes
        if isinstance(known, WrongAnswer)
        and not known.function.__name__.startswith("takes_")
    ]


@pytest.mark.parametrize("known", slips(), ids=lambda known: known.tag)
@pytest.mark.parametrize("company", ["guarded", "unclipped"])
def test_a_slip_is_named_with_and_without_guards_and_clip(grade, known, company):
    from grader.authoring.verify.mutants import make_mutant

    source = make_mutant(LESSON3.solution, known, ("numpy",))
    if company == "guarded":
        source += GUARDED.format(name="cross_entropy")
    else:
        source = re.sub(r"np\.(maximum|clip)\(p, 1e-07(, 1 - 1e-07)?\)", "p", source)
    finding = result(grade(LESSON3, change=lambda _: source), "3e").finding
    named = [mistake.tag for mistake in finding.mistakes]
    if company == "unclipped" and named != [known.tag]:  # then both are told
        assert all("no clip" in mistake.slips for mistake in finding.mistakes)
        assert len(finding.mistakes[0].slips) == 2
    else:
        assert named == [known.tag]


def known_values(tag: str, target: str):
    module = load_module(LESSON3.checks, f"values_of_{tag}")
    known = {
        mistake.function.__name__: mistake.function
        for exercise in exercises_of(module)
        if exercise.tag == tag
        for mistake in exercise.mistakes
        if mistake.target == target
    }
    return module, known


def test_each_slip_on_paper_is_the_value_of_the_same_slip_in_code():
    module, on_paper = known_values("3a", 'PAPER["mean"]')
    _, in_code = known_values("3e", "cross_entropy")
    both = [name for name in in_code if f"paper_{name}" in on_paper]
    assert len(both) >= 15
    for name in both:
        value = in_code[name](module.PAPER_Y, module.PAPER_P)
        assert on_paper[f"paper_{name}"]() == pytest.approx(value, abs=1e-6), name


def test_slips_of_the_scores_on_paper_are_what_they_say():
    module, known = known_values("3a", 'PAPER["mean"]')
    e, y = module.PAPER_EXPS, module.PAPER_Y

    def loss(p):
        return -(y * np.log(p)).sum(axis=1).mean()

    for name, value in (
        ("paper_softmax_over_columns", loss(e / e.sum(axis=0))),
        ("paper_softmax_over_everything", loss(e / e.sum())),
        ("paper_raw_score", loss(e)),
        ("paper_geometric_mean", np.exp(-1.184675)),
    ):
        assert known[name]() == pytest.approx(value, abs=1e-6), name


def test_slips_on_paper_stay_apart():
    module = load_module(LESSON3.checks, "paper_of_lesson3")
    (paper,) = (x for x in exercises_of(module) if x.tag == "3a")
    means = [m.function() for m in paper.mistakes if m.target == 'PAPER["mean"]']
    values = np.sort([*means, 1.184675])
    # An answer is rounded to 0.005, so that none is within reach of two.
    assert np.diff(values).min() > 0.02
    assert min(abs(mean - 1.184675) for mean in means) > 0.1


def test_the_stable_functions_never_overflow_or_divide_by_zero():
    solved = load_module(LESSON5.solution, "stable_lesson5")
    z = np.array([[1000.0, 0, -1000], [-1000, -1001, -1002], [0, -np.inf, 1e8]])
    y = np.eye(3)[[1, 2, 0]]
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert np.isfinite(solved.stable_softmax(z)).all()
        assert np.isfinite(solved.grad_logits(y, z)).all()
        assert np.isfinite(solved.log_softmax(z[:2])).all()
        assert solved.loss_from_logits(y[:2], z[:2]) == pytest.approx(501.203803)


def test_centred_differences_err_as_the_lesson_says():
    """The lesson's table: the median over 20 seeds, to a factor of 2 where noise rules."""
    solved = load_module(LESSON5.solution, "errors_of_lesson5")

    def error(seed, h):
        rng = np.random.default_rng(seed)
        z, y = rng.normal(size=(4, 10)), np.eye(10)[rng.integers(10, size=4)]
        slow = solved.numeric_grad(lambda s: solved.loss_from_logits(y, s), z, h)
        return np.abs(slow - solved.grad_logits(y, z)).max()

    table = {1e-1: 4.0e-5, 1e-2: 4.0e-7, 1e-3: 4.0e-9, 1e-4: 4.1e-11}
    for h, shown in table.items():
        assert np.median([error(s, h) for s in range(20)]) == pytest.approx(shown, 0.1)
    for h, shown in {1e-5: 2.5e-11, 1e-6: 2.6e-10, 1e-8: 2.4e-8, 1e-12: 2.3e-4}.items():
        measured = np.median([error(s, h) for s in range(20)])
        assert shown / 2 < measured < 2 * shown
