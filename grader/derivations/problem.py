"""problem: what an author states of a symbolic exercise; the rest is worked out.

A loss, the variable, and the domain. The right answer is the loss, differentiated by
the evaluation itself; the wrong answers that have a name come from the same loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.derivations.domain import Domain
from grader.derivations.equality import Form, Right, Ruling, Written, judge, value_of
from grader.derivations.notation import Expression, d, table
from grader.derivations.table import Table


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to be derived.

    Attributes:
        loss: what is differentiated, or the answer itself when there is no variable.
        variable: by what it is differentiated, or None.
        domain: where the symbols live.
        form: what the answer may hold.
        known: wrong answers that no rule gives, by the name of the mistake.
        instead: other losses that are taken for this one, by the name of the mistake,
            each with what was done, to follow "you".
        factors: what an answer may have as a factor or a term too many or too few,
            beside the entries of the rows themselves.
    """

    loss: Expression
    variable: Expression | None
    domain: Domain
    form: Form | None = None
    known: Mapping[str, Expression] = field(default_factory=dict)
    instead: Mapping[str, tuple[str, Expression]] = field(default_factory=dict)
    factors: tuple[Expression, ...] = ()

    @property
    def goal(self) -> Table:
        """What is to be worked out, not carried out."""
        if self.variable is None:
            return table(self.loss)
        return table(d(self.loss, self.variable))

    @property
    def right(self) -> Right:
        """The right value at a point."""
        return value_of(self.goal)

    def judge(self, answer: Written, seed: int) -> Ruling:
        """Return whether an answer is right, and what that rests on.

        Args:
            answer: one expression, or a row or table of them.
            seed: of the random points.
        """
        return judge(answer, self.right, self.domain, seed, self.form)
