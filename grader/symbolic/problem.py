"""problem: what an author states of a symbolic exercise; the rest is worked out.

A loss, the variable, and the domain. The right answer is the loss, differentiated by
the evaluation itself; the wrong answers that have a name come from the same loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.symbolic.domain import Domain
from grader.symbolic.equality import Form, Right, Ruling, Written, judge, value_of
from grader.symbolic.notation import Expression, d, table
from grader.symbolic.table import Table


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to be derived.

    Attributes:
        loss: what is differentiated, or the answer itself when there is no variable.
        variable: by what it is differentiated, or None.
        domain: where the symbols live.
        form: what the answer may hold.
        known: wrong answers that no rule gives, by the name of the mistake.
    """

    loss: Expression
    variable: Expression | None
    domain: Domain
    form: Form | None = None
    known: Mapping[str, Expression] = field(default_factory=dict)

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
        """Whether an answer is right."""
        return judge(answer, self.right, self.domain, seed, self.form)
