"""What softmax is, and the derivatives that are often taken in place of its own."""

from decimal import Decimal

from derivations import Link, Tied
from derivations.notation import exp, symbol, total

ONE, ZERO = Decimal(1), Decimal(0)


def softmax(scores):
    """The row of probabilities, of a row of scores."""
    powers = [score.exp() for score in scores]
    whole = sum(powers)
    return [power / whole for power in powers]


def slope(p, q, same):
    """dp_k/dz_j, of p_k, p_j and whether k is j."""
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
        "d p_k/d z_i = -p_k p_i (the same comes of forgetting the sum over classes)",
        lambda p, q, same: p * (ONE - p) * delta(same),
    ),
    "jacobian_sigmoid": (
        "used p(1 - p) off the diagonal too; that is the i = j case only "
        "(right when i = j, wrong when i != j)",
        lambda p, q, same: p * (ONE - p),
    ),
    "jacobian_denominator": (
        "treated softmax's denominator as a constant: it holds every score",
        lambda p, q, same: p * delta(same),
    ),
    "jacobian_no_delta": (
        "left out the delta part: when i = j there is one p_i more",
        lambda p, q, same: -p * q,
    ),
    "jacobian_sign": (
        "lost the minus of the off-diagonal terms: d p_i/d z_j = -p_i p_j",
        lambda p, q, same: p * (delta(same) + q),
    ),
    "jacobian_plus": (
        "have the wrong sign off the diagonal: d p_i/d z_j = -p_i p_j",
        lambda p, q, same: p * (ONE - p) if same else p * q,
    ),
    "jacobian_identity": (
        "stopped at dL/dp: the chain rule through softmax is missing",
        lambda p, q, same: delta(same),
    ),
}


def softmax_of(base):
    """A row that is the softmax of the row called `base`."""
    return Tied(base, Link(softmax, slope, written, FAULTY))
