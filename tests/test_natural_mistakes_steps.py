"""Mistakes of backward and of steps, as somebody makes them: each has its own name."""

from __future__ import annotations

import pytest

from grader.sandbox import WorkerFactory
from tests.grading import graded, parts_of, said

BACKWARD = """
def backward(x, y, params, z1, a, p):
    delta = {delta}
    hidden = (delta @ params["W2"].T) * {mask}
    return {{
        "W1": x.T @ hidden, "b1": hidden.{bias}(axis=0),
        "W2": a.T @ delta, "b2": delta.{bias}(axis=0),
    }}
"""


@pytest.mark.parametrize(
    ("delta", "mask", "bias", "name"),
    [
        ("2 * (p - y) / y.size", "(z1 > 0)", "sum", {"mean squared error"}),
        ("2 * (p - y) / y.size", "1", "sum", {"mean squared error", "no mask"}),
        ("2 * (p - y) / y.size", "(z1 > 0)", "mean",
         {"mean squared error", "mean for sum"}),
        ("2 * (y - p) / y.size", "(z1 > 0)", "sum",
         {"mean squared error", "turned round"}),
        ("2 * (p - y) / len(y)", "(z1 > 0)", "sum", {"twice"}),
        ("2 * (p - y)", "(z1 > 0)", "sum", {"twice"}),
        ("(p - y) / len(y)", "(1 - a**2)", "sum", {"slope of a tanh"}),
        ("(p - y) / (p * (1 - p)) / len(y)", "(z1 > 0)", "sum",
         {"slope of a sigmoid undone"}),
    ],
)  # fmt: skip
def test_the_slope_of_another_loss_is_named(
    warm: WorkerFactory, delta: str, mask: str, bias: str, name: set[str]
) -> None:
    code = BACKWARD.format(delta=delta, mask=mask, bias=bias)
    assert parts_of(graded(warm, "9c", code)) == [name]


def test_a_relu_that_leaks_is_named(warm: WorkerFactory) -> None:
    code = """
def forward(x, params):
    z1 = x @ params["W1"] + params["b1"]
    a = np.where(z1 > 0, z1, 0.01 * z1)
    return z1, a, stable_softmax(a @ params["W2"] + params["b2"])
"""
    assert parts_of(graded(warm, "9b", code)) == [{"leaky relu"}]


SGD = """
def sgd_step(params, grads, lr):
    return {{k: {value} for k in params}}
"""
LENGTH = "np.sqrt(sum((g ** 2).sum() for g in grads.values()))"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("params[k] - lr * np.sign(grads[k])", {"sign alone"}),
        ("params[k] + lr * np.sign(grads[k])", {"sign alone", "plus for minus"}),
        ("params[k] - lr * abs(grads[k])", {"size alone"}),
        ("params[k] - lr * grads[k] / np.linalg.norm(grads[k])", {"normalised"}),
        (f"params[k] - lr * grads[k] / {LENGTH}", {"normalised"}),
        ("params[k] - lr * grads[k] / np.max(np.abs(grads[k]))", {"normalised"}),
        ("params[k] - lr * np.mean(grads[k])", {"one mean for all"}),
        ("params[k] - lr / len(grads[k]) * grads[k]", {"divided by rows"}),
        ("params[k] - lr * np.clip(grads[k], -1, 1)", {"clipped"}),
        ("0.999 * params[k] - lr * grads[k]", {"weight_decay"}),
        ("params[k] - lr * (grads[k] + 0.01 * params[k] * ('W' in k))", {"weight_decay"}),
        ("1.001 * params[k] - lr * grads[k]", set()),
    ],
)  # fmt: skip
def test_another_step_is_named(warm: WorkerFactory, value: str, name: set[str]) -> None:
    result = graded(warm, "9d", SGD.format(value=value))
    assert parts_of(result) == ([name] if name else [])


MOMENTUM = """
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    v = {v}
    return {w}, v
"""
RMSPROP = """
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    s = {s}
    return w - {step}, s
"""
ADAM = """
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    {before}
    m = {m}
    v = {v}
    step = {lr} * m / (1 - {b1}**t) / (np.sqrt(v / (1 - {b2}**t)) + eps)
    return w - step, m, v
"""
RIGHT = {
    MOMENTUM: {"v": "beta * v - lr * g", "w": "w + v"},
    RMSPROP: {
        "s": "rho * s + (1 - rho) * g * g",
        "step": "lr * g / np.sqrt(s + eps)",
    },
    ADAM: {
        "before": "pass",
        "m": "beta1 * m + (1 - beta1) * g",
        "v": "beta2 * v + (1 - beta2) * g * g",
        "lr": "lr",
        "b1": "beta1",
        "b2": "beta2",
    },
}


def edited(body: str, **edit: str) -> str:
    return body.format(**{**RIGHT[body], **edit})


OLD_MEANS = """
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    new_m = beta1 * m + (1 - beta1) * g
    new_v = beta2 * v + (1 - beta2) * g**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), new_m, new_v
"""


@pytest.mark.parametrize(
    ("tag", "code", "name"),
    [
        ("10a", edited(MOMENTUM, v="beta * (v - lr * g)"), {"push times beta"}),
        ("10a", edited(MOMENTUM, w="w + beta * v"), {"beta twice"}),
        ("10a", edited(MOMENTUM, w="w + v - lr * g"), {"gradient beside the velocity"}),
        ("10a", edited(MOMENTUM, v="0.9 * v - lr * g"), {"beta typed in"}),
        ("10a", edited(MOMENTUM, v="beta * v - 0.1 * g"), {"lr typed in"}),
        (
            "10a",
            edited(MOMENTUM, v="beta * v + (1 - beta) * g", w="w - lr * v"),
            {"running_mean_of_gradients"},
        ),
        ("10a", edited(MOMENTUM, v="beta * v - lr * (g + 0.01 * w)"), {"weight_decay"}),
        ("10b", edited(RMSPROP, s="rho * s + ((1 - rho) * g)**2"), {"share squared"}),
        ("10b", edited(RMSPROP, s="rho * s + (1 - rho) * np.mean(g**2)"),
         {"one mean for all"}),
        ("10b", edited(RMSPROP, step="lr * s / np.sqrt(s + eps)"), {"s for g"}),
        ("10b", edited(RMSPROP, s="0.9 * s + 0.1 * g**2"), {"rho typed in"}),
        ("10b", edited(RMSPROP, step="0.001 * g / np.sqrt(s + eps)"), {"lr typed in"}),
        ("10b", edited(RMSPROP, step="lr * g / np.sqrt(s + 1e-8)"), {"eps typed in"}),
        ("10b", edited(RMSPROP, step="lr * g / np.sqrt(s + eps) - 1e-4 * w"),
         {"weight_decay"}),
        ("10c", edited(ADAM, lr="0.001"), {"lr typed in"}),
        (
            "10c",
            edited(
                ADAM,
                m="0.9 * m + 0.1 * g",
                v="0.999 * v + 0.001 * g**2",
                b1="0.9",
                b2="0.999",
            ),
            {"betas_typed_in"},
        ),
        (
            "10c",
            edited(ADAM, v="beta1 * v + (1 - beta1) * g**2", b2="beta1"),
            {"one_beta_for_both"},
        ),
        ("10c", edited(ADAM).replace("(1 - beta1**t)", "(1 - beta1)**t"),
         {"1 - beta to the power"}),
        ("10c", OLD_MEANS, {"moved_by_the_old_means"}),
        ("10c", edited(ADAM, v="beta2 * v + (1 - beta1) * g**2"),
         {"shares of two betas"}),
        ("10c", edited(ADAM, v="beta2 * v + ((1 - beta2) * g)**2"), {"share squared"}),
        (
            "10c",
            edited(ADAM, m="(1 - beta1) * g", v="(1 - beta2) * g**2"),
            {"nothing kept"},
        ),
        ("10c", edited(ADAM, before="w = w - lr * 0.004 * w"), {"weight_decay"}),
        ("10c", edited(ADAM, before="g = g + 0.01 * w"), {"weight_decay"}),
    ],
)  # fmt: skip
def test_an_optimizer_of_another_kind_is_named(
    warm: WorkerFactory, tag: str, code: str, name: set[str]
) -> None:
    assert parts_of(graded(warm, tag, code)) == [name]


def test_the_part_that_decays_is_told_with_its_share(warm: WorkerFactory) -> None:
    words = said(graded(warm, "10c", edited(ADAM, before="g = g + 0.01 * w")))
    assert "your m holds 0.001 times the old w" in words
