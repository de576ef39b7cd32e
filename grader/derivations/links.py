"""links: rows of numbers that are made of another row, such as p of z.

A course says what it ties together: how the values are worked out, how they are
differentiated, how they look when they are written out, and which derivatives are
often taken in place of the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grader.derivations.notation import Expression, Row

# dp_k/dz_j of (p_k, p_j, whether k is j).
Slope = Callable[[Decimal, Decimal, bool], Decimal]


@dataclass(frozen=True, slots=True)
class Link:
    """A function from a row of numbers to a row of the same length.

    Attributes:
        values: the row, of the row it is made of.
        slope: dp_k/dz_j of (p_k, p_j, whether k is j).
        written: one entry as an expression, of the row it is made of and the place.
        faulty: wrong slopes by their tag, each with what was done, to follow "you".
    """

    values: Callable[[Sequence[Decimal]], list[Decimal]]
    slope: Slope
    written: Callable[[Row, tuple[Expression, ...]], Expression]
    faulty: Mapping[str, tuple[str, Slope]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tied:
    """A row that is `link` of the row called `base`."""

    base: str
    link: Link
