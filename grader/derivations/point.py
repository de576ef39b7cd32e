"""point: where an expression is looked at, and what can stop the looking."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from grader.derivations.links import Tied

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
            raise CannotJudge("the expression takes too many steps to work out")


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
