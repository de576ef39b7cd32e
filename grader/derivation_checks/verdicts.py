"""verdicts: which line is right, wrong, or can't be judged, and which mistake is in it.

Two evaluations are behind this one door. The judge's own (`grader.derivations`) finds
the first wrong line and names the mistake. SymPy (`sympy_confirmation`) has the last
word: if it disagrees or is silent, there is a `Doubt`, and nothing is right or wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from grader.derivation_checks.sympy_confirmation import (
    AskSymPy,
    Confirmation,
    Opinion,
    confirm,
)
from grader.derivations import (
    Diagnosis,
    InvalidTable,
    Problem,
    Proof,
    Ruling,
    Step,
    Table,
    Verdict,
    Written,
    diagnose,
    is_first_entry,
    judge_lines,
    read,
    written,
)
from grader.derivations.domain import format_value
from grader.derivations.evaluate import evaluate
from grader.derivations.naming import values_at
from grader.derivations.point import CannotJudge, Point, Undefined
from grader.derivations.proof import Route
from grader.sandbox.codec import ExpressionText


class Doubt(NamedTuple):
    """Why an answer is neither right nor wrong.

    Attributes:
        own: the judge's own verdict: `right`, `wrong` or `undefined`.
        found: SymPy's opinion.
    """

    own: str
    found: Confirmation

    @property
    def is_silent(self) -> bool:
        """Whether there is no value to compare, rather than a different one."""
        return self.found.opinion is Opinion.SILENT or self.own == "undefined"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts on answers to one problem.

    Attributes:
        problem: its goal, its domain and the required form.
        seed: for the random points.
        ask: sends a request to SymPy.
    """

    problem: Problem
    seed: int
    ask: AskSymPy

    def of_answer(
        self, answer: Written
    ) -> tuple[Ruling, Doubt | None, Diagnosis | None]:
        """Judge an answer. If the ruling is that it is right, ask `last_word`, too."""
        ruling = self.problem.judge(answer, self.seed)
        doubt = self._doubt(answer, ruling)
        is_wrong = ruling.verdict is Verdict.NOT_EQUAL and doubt is None
        mistake = diagnose(self.problem, answer, self.seed) if is_wrong else None
        return ruling, doubt, mistake

    def of_lines(
        self, steps: Sequence[Step], routes: Sequence[Route]
    ) -> tuple[Proof, Doubt | None, Diagnosis | None]:
        """Judge a derivation. If every line is right, ask `last_word`, too."""
        proof = judge_lines(steps, self.problem, routes, self.seed)
        doubt = mistake = None
        if proof.ruling is not None and proof.last is not None:
            doubt = self._doubt(written(proof.last.text), proof.ruling)
            # Mistakes are named for few classes, for which this line may be right.
            if proof.wrong and not doubt and not self.needs_more_classes(proof.ruling):
                mistake = diagnose(
                    self.problem, proof.wrong, self.seed, before=proof.before
                )
        return proof, doubt, mistake

    def last_word(self, lines: Sequence[Written]) -> tuple[Confirmation, Doubt | None]:
        """Return SymPy's opinion on right lines; it takes longer than the judge's."""
        confirmation = confirm(lines, self.problem, self.seed, self.ask)
        is_right = confirmation.opinion is Opinion.AGREES
        return confirmation, None if is_right else Doubt("right", confirmation)

    def needs_more_classes(self, ruling: Ruling) -> bool:
        """Return whether an answer is wrong only for more classes than usual."""
        return ruling.classes > self.problem.domain.classes

    def is_first_entry(self, answer: Table) -> bool:
        """Return whether an expression is right, but only for the first class."""
        return is_first_entry(self.problem, answer, self.seed)

    def first_row_sum(self, answer: Written) -> str:
        """Return the sum of a table's first row at a simple point, for sentences."""
        point = self.problem.domain.nice_points()[0]
        first = [table for place, table in answer.entries.items() if place[:1] == (0,)]
        values = [values_at(table, [point]) for table in first]
        if None in values:
            return "no number"
        return format_value(sum((value[0] for value in values if value), Decimal(0)))

    def _doubt(self, answer: Written, ruling: Ruling) -> Doubt | None:
        """Ask SymPy about a wrong answer, with the number of classes of the ruling."""
        words = {Verdict.NOT_EQUAL: "wrong", Verdict.UNDEFINED: "undefined"}
        if ruling.verdict not in words:
            return None
        problem = self.problem
        if ruling.classes not in (0, problem.domain.classes):
            domain = problem.domain.with_classes(ruling.classes)
            problem = dataclasses.replace(problem, domain=domain)
        confirmation = confirm([answer], problem, self.seed, self.ask, is_thorough=True)
        is_wrong = confirmation.opinion is Opinion.CONTRADICTS
        return None if is_wrong else Doubt(words[ruling.verdict], confirmation)


def as_float(value: Any) -> float:
    """Return a number as a float, whether it is one of Python's, NumPy's or SymPy's.

    Raises:
        ValueError: it isn't a number, or contains a symbol.
        TypeError: it can't be a number.
    """
    if not isinstance(value, ExpressionText):
        return float(value)
    nothing: dict[str, Any] = {}
    try:
        nowhere = Point(0, 0, nothing, nothing, nothing, nothing)
        return float(evaluate(read(value.text), nowhere))
    except (InvalidTable, Undefined, CannotJudge) as error:
        raise ValueError(str(error)) from None
