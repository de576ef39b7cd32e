"""problem: an author's statement of a symbolic exercise; the rest is computed.

It has a loss, the variable, and the domain. The evaluation itself differentiates the
loss to get the right answer; named wrong answers come from the same loss.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.derivations.domain import NUMBERS, Domain
from grader.derivations.equality import Form, Right, Ruling, Written, judge, value_of
from grader.derivations.notation import USE, Expression, d, table
from grader.derivations.point import CannotJudge, Tied, Undefined
from grader.derivations.table import Table


@dataclass(frozen=True, slots=True)
class Problem:
    """One derivative, or formula, to be found.

    Attributes:
        loss: the function to differentiate, or the answer itself without a variable.
        variable: the variable to differentiate by, or None.
        domain: the domain of the symbols.
        form: what the answer may contain.
        known: wrong answers that no rule gives, by the name of the mistake.
        instead: other losses that are mistaken for this one, by the name of the
            mistake, each with its cause, which follows "you".
        factors: possible extra or missing factors or terms of an answer, in addition
            to the entries of the rows.
    """

    loss: Expression
    variable: Expression | None
    domain: Domain
    form: Form | None = None
    known: Mapping[str, Expression] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, Expression]] = field(default_factory=dict)
    factors: tuple[Expression, ...] = ()

    def __post_init__(self) -> None:
        """Require that the right answer can be computed.

        Otherwise a learner would read that their answer can't be judged.

        Raises:
            TypeError: the loss isn't an expression of `derivations.notation`.
            ValueError: a symbol isn't in the domain, or is of another kind there.
        """
        if not isinstance(self.loss, Expression):
            raise TypeError(f"Problem: the loss is a {type(self.loss).__name__}. {USE}")
        point = self.domain.nice_points()[0]
        with contextlib.suppress(Undefined):
            try:
                self.right(point)
            except CannotJudge as error:
                raise ValueError(f"Problem: {error}. {self._kinds()}") from None

    def _kinds(self) -> str:
        """Return what the domain says of each symbol."""
        kinds = ", ".join(
            f"{name} is {'a tied row' if isinstance(kind, Tied) else repr(kind)}"
            for name, kind in self.domain.given.items()
        )
        return (
            f"In its domain, {kinds}. A row is indexed, as in p[k]. The kinds of a "
            f"number are {', '.join(map(repr, NUMBERS))}."
        )

    @property
    def goal(self) -> Table:
        """The expression to evaluate; a derivative in it isn't carried out yet."""
        if self.variable is None:
            return table(self.loss)
        return table(d(self.loss, self.variable))

    @property
    def right(self) -> Right:
        """The right value at a point."""
        return value_of(self.goal)

    def judge(self, answer: Written, seed: int) -> Ruling:
        """Return whether an answer is right, and the evidence.

        Args:
            answer: one expression, or a row or table of them.
            seed: for the random points.
        """
        return judge(answer, self.right, self.domain, seed, self.form)
