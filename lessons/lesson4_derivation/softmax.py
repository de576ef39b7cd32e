"""What softmax is, and the derivatives that are often taken in place of its own."""

from decimal import Decimal

from grader.derivations import Link, Tied
from grader.derivations.notation import exp, symbol, total

ONE, ZERO = Decimal(1), Decimal(0)


def softmax(scores):
    """The row of probabilities, of a row of scores."""
    powers = [score.exp() for score in scores]
    whole = sum(powers)
    return [power / whole for power in powers]


def slope(p, q, same):
    """dp_k/dz_i, of p_k, p_i and whether k is i."""
    return p * (delta(same) - q)


def delta(same):
    """1 where both indices are the same, else 0."""
    return ONE if same else ZERO


def written(z, place):
    """One entry as the fraction of exponentials that it is."""
    running = symbol("m_")
    return exp(z[place]) / total(exp(z[(*place[:-1], running)]), running)


FAULTY = {
    "jacobian_diagonal": (
        "forgot the off-diagonal terms: every p_k depends on z_i, "
        "dp_k/dz_i = -p_k p_i (the same comes of forgetting the sum over classes)",
        lambda p, q, same: p * (ONE - p) * delta(same),
    ),
    "jacobian_sigmoid": (
        "used p(1 - p) off the diagonal too; that is the k = i case only "
        "(right when k = i, wrong when k != i)",
        lambda p, q, same: p * (ONE - p),
    ),
    "jacobian_denominator": (
        "treated softmax's denominator as a constant: it holds every score",
        lambda p, q, same: p * delta(same),
    ),
    "jacobian_no_delta": (
        "left out the delta part: when k = i there is one p_k more",
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
        "took p_k twice where p_k and p_i belong: dp_k/dz_i = p_k (delta_ki - p_i)",
        lambda p, q, same: p * (delta(same) - p),
    ),
    "jacobian_identity": (
        "stopped at dL/dp: the chain rule through softmax is missing",
        lambda p, q, same: delta(same),
    ),
}


def softmax_of(base):
    """A row that is the softmax of the row called `base`."""
    return Tied(base, Link(softmax, slope, written, FAULTY))
