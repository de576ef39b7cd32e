"""point: where an expression is evaluated, and what can stop the evaluation.

A row of numbers may be computed from another row, as p from z. A course defines how to
compute the values and their derivatives, and how they look when they are written out.
It also lists wrong derivatives that learners often use.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grader.derivations.notation import Expression, Row

# dp_k/dz_j as a function of p_k, p_j, and whether k equals j.
Slope = Callable[[Decimal, Decimal, bool], Decimal]


@dataclass(frozen=True, slots=True)
class Link:
    """A function from a row of numbers to a row of the same length.

    Attributes:
        values: returns the row for its base row.
        slope: dp_k/dz_j as a function of p_k, p_j, and whether k equals j.
        written: returns one entry as an expression, from the base row and the index.
        faulty: wrong derivatives by tag, each with its cause, which follows "you".
    """

    values: Callable[[Sequence[Decimal]], list[Decimal]]
    slope: Slope
    written: Callable[[Row, tuple[Expression, ...]], Expression]
    faulty: Mapping[str, tuple[str, Slope]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tied:
    """A row that is computed by `link` from the row called `base`.

    Attributes:
        base: the name of the other row.
        link: computes this row.
    """

    base: str
    link: Link


# Comparisons use 30 of the 50 digits (`equality`). Numbers beyond these exponents
# overflow, and are reported as too large.
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
    """The expression is beyond what can be judged. The message says why."""


@dataclass(slots=True)
class StepBudget:
    """The number of steps that may still be taken."""

    steps: int = MAX_STEPS

    def spend(self, steps: int = 1) -> None:
        """Count some steps.

        Raises:
            CannotJudge: there aren't enough left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise CannotJudge("the expression takes too many steps to compute")


@dataclass(frozen=True, slots=True)
class Point:
    """A point at which an expression is evaluated.

    Attributes:
        classes: the number K.
        batch: the number N of rows in a batch; 0 if there is no batch.
        scalars: the numbers by name.
        rows: the entries of each row by index; two indices in a batch.
        indices: the free indices.
        tied: rows that are computed from another row, by name.
    """

    classes: int
    batch: int
    scalars: Mapping[str, Decimal]
    rows: Mapping[str, Mapping[tuple[int, ...], Decimal]]
    indices: Mapping[str, int]
    tied: Mapping[str, Tied]

    def is_made_of(self, name: str, base: str) -> bool:
        """Return whether the row `name` is computed from the row `base`."""
        return name in self.tied and self.tied[name].base == base

    def place(self, name: str) -> Place | None:
        """Return the number that a plain name refers to, perhaps an entry such as p0.

        Returns:
            The name of the number with (), or the row and the index in it; None if the
            name has no meaning here.
        """
        if name in self.scalars:
            return name, ()
        base = name.rstrip("0123456789")
        digits = name[len(base) :]
        index = (int(digits),) if digits else ()
        row_name = base.rstrip("_")
        return (row_name, index) if index in self.rows.get(row_name, {}) else None
