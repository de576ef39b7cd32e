"""point: where an expression is evaluated, and what can stop the evaluation.

A row of numbers may be made of another row, such as p of z. A course says how: how the
values are worked out, how they are differentiated, how they look when they are written
out, and which derivatives are often taken instead of the right one.
"""

from __future__ import annotations

import decimal
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


# Of 50 digits 30 are compared (`equality`). What leaves these exponents overflows,
# and is told as too large.
CONTEXT = decimal.Context(
    prec=50,
    Emax=99_999,
    Emin=-99_999,
    traps=[decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow],
)
MAX_STEPS = 200_000

Place = tuple[str, tuple[int, ...]]


class Undefined(Exception):
    """The expression has no value at this point."""


class CannotJudge(Exception):
    """The expression is beyond what is looked at. The message says why."""


@dataclass(slots=True)
class StepBudget:
    """How many steps may still be taken."""

    steps: int = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps.

        Raises:
            CannotJudge: there are none left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise CannotJudge("the expression takes too many steps to compute")


@dataclass(frozen=True, slots=True)
class Point:
    """Where an expression is looked at.

    Attributes:
        classes: the number K.
        photos: the number N of rows in a batch, 0 without one.
        scalars: the numbers by name.
        rows: the entries of each row by index; two indices in a batch.
        indices: the free indices.
        tied: rows that are made of another row, by name.
    """

    classes: int
    photos: int
    scalars: Mapping[str, Decimal]
    rows: Mapping[str, Mapping[tuple[int, ...], Decimal]]
    indices: Mapping[str, int]
    tied: Mapping[str, Tied]

    def is_made_of(self, name: str, base: str) -> bool:
        """Return whether the row `name` is made of the row `base`."""
        return name in self.tied and self.tied[name].base == base

    def place(self, name: str) -> Place | None:
        """Return what a plain name stands for: a number, or an entry such as p0.

        Returns:
            The name of the number with (), or the row and the place in it; None where
            the name has no meaning here.
        """
        if name in self.scalars:
            return name, ()
        base = name.rstrip("0123456789")
        digits = name[len(base) :]
        index = (int(digits),) if digits else ()
        row = base.rstrip("_")
        return (row, index) if index in self.rows.get(row, {}) else None
