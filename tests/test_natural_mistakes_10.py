"""Lesson 10's mistakes as somebody makes them: each has its own name, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory
from tests.grading import report_of

ROOT = Path(__file__).parent.parent


def graded(warm: WorkerFactory, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    lesson = catalog.find("10", ROOT)
    report = report_of(lesson, tag, code, seed=5, warm=warm)
    return report.exercises[0]


def named(result: ExerciseResult) -> list[set[str]]:
    """The slips of each mistake that is told, or the mistake's own name."""
    mistakes = result.finding.mistakes if result.finding else ()
    return [set(one.slips) or {one.tag.partition(".")[2]} for one in mistakes]


MOMENTUM = """
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    velocity = {velocity}
    return {answer}
"""
RMSPROP = """
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    mean = {mean}
    step = {step}
    return {answer}
"""
ADAM = """
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    m = {m}
    v = {v}
    first = {first}
    second = {second}
    return {answer}
"""
DROPOUT = """
def dropout(a, rate, training, seed):
    rng = np.random.default_rng({seed})
    if {off}:
        return {rest}
    mask = {mask}
    return {answer}
"""
DEFAULTS = {
    MOMENTUM: {
        "velocity": "beta * v - g * lr",
        "answer": "(w + velocity, velocity)",
    },
    RMSPROP: {
        "mean": "rho * s + (1 - rho) * np.square(g)",
        "step": "lr / np.sqrt(mean + eps) * g",
        "answer": "(w - step, mean)",
    },
    ADAM: {
        "m": "beta1 * m + (1 - beta1) * g",
        "v": "beta2 * v + (1 - beta2) * g * g",
        "first": "m / (1 - beta1**t)",
        "second": "v / (1 - beta2**t)",
        "answer": "(w - lr * first / (second**0.5 + eps), m, v)",
    },
    DROPOUT: {
        "seed": "seed",
        "off": "not training",
        "rest": "a",
        "mask": "rng.uniform(size=a.shape) < 1 - rate",
        "answer": "np.where(mask, a / (1 - rate), 0)",
    },
}


def edited(body: str, **edit: str) -> str:
    return body.format(**{**DEFAULTS[body], **edit})


@pytest.mark.parametrize(
    ("tag", "code", "slips"),
    [
        ("10a", edited(MOMENTUM, velocity="beta * v + lr * g"), {"momentum uphill"}),
        ("10a", edited(MOMENTUM, velocity="v - lr * g"), {"all kept"}),
        (
            "10a",
            edited(MOMENTUM, velocity="beta * v - (1 - beta) * lr * g"),
            {"push times 1 - beta"},
        ),
        (
            "10a",
            edited(
                MOMENTUM,
                velocity="beta * v + g",
                answer="(w - lr * velocity, velocity)",
            ),
            {"lr_beside_the_velocity"},
        ),
        ("10a", edited(MOMENTUM, answer="(w - velocity, velocity)"), {"velocity taken away"}),
        ("10a", edited(MOMENTUM, answer="(w + velocity, v)"), {"old_velocity_returned"}),
        ("10a", edited(MOMENTUM, answer="w + velocity"), {"w alone"}),
        (
            "10a",
            edited(MOMENTUM, velocity="v - g"),
            {"all kept", "lr left out"},
        ),
        (
            "10a",
            edited(MOMENTUM, velocity="beta * v + lr * g", answer="(w - velocity, velocity)"),
            {"velocity_points_uphill"},
        ),
        ("10b", edited(RMSPROP, step="lr * g / np.sqrt(mean) + eps"), {"brackets forgotten"}),
        ("10b", edited(RMSPROP, mean="rho * s + (1 - rho) * g"), {"square left out"}),
        ("10b", edited(RMSPROP, step="lr * g / (np.sqrt(mean) + eps)"), {"eps outside the root"}),
        ("10b", edited(RMSPROP, step="lr * g / (mean + eps)"), {"no root"}),
        ("10b", edited(RMSPROP, mean="rho * s + g**2"), {"1 - rho left out"}),
        ("10b", edited(RMSPROP, mean="(1 - rho) * s + rho * g**2"), {"rho exchanged"}),
        ("10b", edited(RMSPROP, answer="(w + step, mean)"), {"uphill"}),
        ("10b", edited(RMSPROP, step="lr * g / np.sqrt(s + eps)"), {"divided_by_the_old_mean"}),
        (
            "10b",
            edited(RMSPROP, mean="rho * s + g**2", step="lr * g / (mean + eps)"),
            {"1 - rho left out", "no root"},
        ),
        ("10c", edited(ADAM, first="m"), {"bias correction left out"}),
        ("10c", edited(ADAM, second="v"), {"bias correction left out"}),
        ("10c", edited(ADAM, first="m", second="v"), {"bias correction left out"}),
        (
            "10c",
            edited(ADAM, answer="(w - lr * first / np.sqrt(second + eps), m, v)"),
            {"eps inside the root"},
        ),
        (
            "10c",
            edited(ADAM, first="m / (1 - beta1)", second="v / (1 - beta2)"),
            {"1 - beta without the power"},
        ),
        (
            "10c",
            edited(ADAM, answer="(w - lr * first / (np.sqrt(second) + eps), first, second)"),
            {"divided means returned"},
        ),
        (
            "10c",
            edited(ADAM, answer="(w + lr * first / (np.sqrt(second) + eps), m, v)"),
            {"uphill"},
        ),
        (
            "10c",
            edited(ADAM, answer="(w + lr * first / (np.sqrt(second + eps)), m, v)"),
            {"uphill", "eps inside the root"},
        ),
        ("10c", edited(ADAM, v="beta2 * v + (1 - beta2) * g"), {"square left out"}),
        (
            "10c",
            edited(ADAM, first="m / (1 - beta1 * t)", second="v / (1 - beta2 * t)"),
            {"beta times t"},
        ),
        (
            "10c",
            edited(
                ADAM,
                m="beta2 * m + (1 - beta2) * g",
                v="beta1 * v + (1 - beta1) * g * g",
                first="m / (1 - beta2**t)",
                second="v / (1 - beta1**t)",
            ),
            {"betas_exchanged_throughout"},
        ),
        (
            "10c",
            edited(ADAM, first="(beta1 * m + (1 - beta1) * g) / (1 - beta1**t)"),
            {"looks ahead"},
        ),
        (
            "10c",
            edited(ADAM, v="np.maximum(v, v + (1 - beta2) * (g**2 - v))"),
            {"never falls"},
        ),
        (
            "10c",
            edited(ADAM, v="0.999 * v + 0.001 * g * g", second="v / (1 - 0.999**t)"),
            {"beta2_typed_in"},
        ),
        (
            "10c",
            edited(ADAM, v="np.maximum(beta2 * v, abs(g))", second="v**2"),
            {"adamax"},
        ),
        *(
            (
                "10c",
                edited(ADAM, answer=f"(w - lr * first / (second**0.5 + {eps}), m, v)"),
                {"eps typed in"},
            )
            for eps in ("1e-7", "1e-8")
        ),
        ("10d", edited(DROPOUT, answer="np.where(mask, a, 0)"), {"not divided"}),
        ("10d", edited(DROPOUT, answer="a * mask / rate"), {"divided_by_the_rate"}),
        ("10d", edited(DROPOUT, mask="rng.random(a.shape) < rate"), {"kept_for_dropped"}),
        ("10d", edited(DROPOUT, off="False"), {"on_at_prediction"}),
        ("10d", edited(DROPOUT, rest="a * (1 - rate)"), {"scaled_at_prediction"}),
        ("10d", edited(DROPOUT, mask="rng.random(a.shape[1]) >= rate"), {"same_for_all_photos"}),
        (
            "10d",
            edited(DROPOUT, mask="np.random.default_rng(1).random(a.shape[1]) >= rate"),
            {"same_for_all_photos"},
        ),
        ("10d", edited(DROPOUT, mask="rng.random((len(a), 1)) >= rate"), {"same_for_all_units"}),
        ("10d", edited(DROPOUT, seed=""), {"seed_is_not_used"}),
        ("10d", edited(DROPOUT, seed="7"), {"seed_is_fixed"}),
    ],
)  # fmt: skip
def test_a_natural_mistake_has_its_own_name(
    warm: WorkerFactory, tag: str, code: str, slips: set[str]
) -> None:
    result = graded(warm, tag, code)
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert named(result) == [slips]


KERAS_FORM = """
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g**2 - v)
    alpha = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return w - alpha * m / (np.sqrt(v) + eps), m, v
"""
IN_PLACE = """
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    v *= beta
    v -= lr * g
    w += v
    return w, v
"""


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("10a", edited(MOMENTUM)),
        ("10a", IN_PLACE),
        ("10b", edited(RMSPROP)),
        ("10c", edited(ADAM)),
        ("10c", KERAS_FORM),
        ("10d", edited(DROPOUT)),
    ],
)
def test_another_way_to_write_it_is_right(
    warm: WorkerFactory, tag: str, code: str
) -> None:
    assert graded(warm, tag, code).outcome is Outcome.PASSED


def test_a_mean_of_the_square_of_m_is_named(warm: WorkerFactory) -> None:
    code = ADAM.format(
        m="beta1 * m + (1 - beta1) * g",
        v="beta2 * v + (1 - beta2) * m**2",
        first="m / (1 - beta1**t)",
        second="v / (1 - beta2**t)",
        answer="w - lr * first / (np.sqrt(second) + eps), m, v",
    )
    assert named(graded(warm, "10c", code)) == [{"square of m"}]


def test_an_argument_of_another_name_is_explained(warm: WorkerFactory) -> None:
    code = """
def rmsprop_step(w, g, s, lr=0.001, alpha=0.9, eps=1e-7):
    s = alpha * s + (1 - alpha) * g**2
    return w - lr * g / np.sqrt(s + eps), s
"""
    finding = graded(warm, "10b", code).finding
    assert finding is not None
    assert finding.sentence == (
        "TypeError: rmsprop_step() got an unexpected keyword argument 'rho'. It is "
        "called with the names that the page gives its arguments. Keep those."
    )


def test_a_word_that_numpy_does_not_know_is_told_as_it_is(warm: WorkerFactory) -> None:
    code = """
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    s = np.add(rho * s, (1 - rho) * g**2, dim=0)
    return w - lr * g / np.sqrt(s + eps), s
"""
    finding = graded(warm, "10b", code).finding
    assert finding is not None
    assert "Keep those" not in finding.sentence
