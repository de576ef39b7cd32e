"""Softmax, its derivative, and the wrong derivatives that people often use."""

from decimal import Decimal

from grader.derivations import Link, Tied
from grader.derivations.notation import exp, symbol, total

ONE, ZERO = Decimal(1), Decimal(0)


def softmax(scores):
    """Return the row of probabilities for a row of logits."""
    powers = [score.exp() for score in scores]
    whole = sum(powers)
    return [power / whole for power in powers]


def derivative(p, q, same):
    """Return dp_k/dz_i for p_k, p_i and whether k is i."""
    return p * (delta(same) - q)


def delta(same):
    """Return 1 if both indices are the same, else 0."""
    return ONE if same else ZERO


def written(z, place):
    """Write one entry as a fraction of exponentials."""
    running = symbol("m_")
    return exp(z[place]) / total(exp(z[(*place[:-1], running)]), running)


FAULTY = {
    "jacobian_diagonal": (
        "forgot the off-diagonal terms: every p_k depends on z_i, with "
        "dp_k/dz_i = -p_k p_i (forgetting the sum over classes gives the same)",
        lambda p, q, same: p * (ONE - p) * delta(same),
    ),
    "jacobian_sigmoid": (
        "used p (1 - p) off the diagonal, too; it is right only for k = i",
        lambda p, q, same: p * (ONE - p),
    ),
    "jacobian_denominator": (
        "treated softmax's denominator as a constant: it contains every logit",
        lambda p, q, same: p * delta(same),
    ),
    "jacobian_no_delta": (
        "left out the part with delta: for k = i there is one more p_k",
        lambda p, q, same: -p * q,
    ),
    "jacobian_sign": (
        "lost the minus of the off-diagonal terms: dp_k/dz_i = -p_k p_i",
        lambda p, q, same: p * (delta(same) + q),
    ),
    "jacobian_plus": (
        "have the wrong sign off the diagonal: dp_k/dz_i = -p_k p_i",
        lambda p, q, same: p * (ONE - p) if same else p * q,
    ),
    "jacobian_own_p": (
        "used p_k twice instead of p_k and p_i: dp_k/dz_i = p_k (delta_ki - p_i)",
        lambda p, q, same: p * (delta(same) - p),
    ),
    "jacobian_identity": (
        "stopped at dL/dp: the chain rule through softmax is missing",
        lambda p, q, same: delta(same),
    ),
}


def softmax_of(base):
    """Return a row that is the softmax of the row called `base`."""
    return Tied(base, Link(softmax, derivative, written, FAULTY))
