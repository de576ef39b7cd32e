"""proof: judge a derivation line by line.

Every line must have the value of the line before, at every point of the domain; line 0
is the goal. The first wrong line ends the check. Right values are not enough: the last
line must be in the required form. The lines must also show the required steps of one of
the routes that lead there.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from grader.derivations.equality import (
    RightValues,
    Ruling,
    Verdict,
    Written,
    judge,
    points,
)
from grader.derivations.line_changes import (
    find_change,
    find_other_variable,
    suggest_repair,
)
from grader.derivations.notation import is_same
from grader.derivations.point import Point, StepBudget
from grader.derivations.problem import Problem
from grader.derivations.reevaluation import may_cancel_at_once
from grader.derivations.table import InvalidTable, Table, read

FEWEST_LINES = 3
MOST_LOOKED_AT = 8
# For all lines together: two seconds, when an honest line takes a few milliseconds.
MOST_STEPS = 1_000_000


class Ending(enum.StrEnum):
    """How a derivation ends. Only the first one earns points."""

    RIGHT = "right"
    EMPTY = "empty"
    WRONG_LINE = "wrong line"
    UNDEFINED = "undefined"
    CANNOT_JUDGE = "cannot judge"
    BEGUN = "begun"
    GOAL_REPEATED = "goal repeated"
    NOT_FINISHED = "not finished"
    OTHER_FORM = "not in the asked form"
    NOT_SIMPLIFIED = "not simplified"
    JUMP = "too big a jump"
    MISSING_STEP = "missing step"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation as it came from the worker.

    Attributes:
        text: the text of its table.
        reason: the learner's reason.
        line: the line number in the attempt, or None.
    """

    text: str
    reason: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RequiredStep:
    """A step of a route: a line of this kind must occur.

    Attributes:
        tag: its name in records.
        sentence: what to do if it is missing.
        is_passed_by: whether a line is of this kind, tested at points of the domain.
    """

    tag: str
    sentence: str
    is_passed_by: Callable[[Table, Sequence[Point]], bool]


Route = tuple[RequiredStep, ...]


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """A line and its verdict: "ok", "the start", "same line again", or an error."""

    step: Step
    word: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The judgement of a derivation.

    Attributes:
        ending: how it ends.
        lines: the lines with their verdicts, up to the first wrong one.
        sentence: the reason in one sentence.
        ruling: for a wrong line, the point and the two values.
        was: for a wrong line, the part of the line before that changed.
        became: the new form of that part.
        repair: for a wrong line, the one term that is to blame, in a sentence.
        before: for a wrong line, the line before, or the goal.
        wrong: the expression of a wrong line; None if `repair` explains everything.
        missing: the tag of the required step that no line passes.
    """

    ending: Ending
    lines: tuple[JudgedLine, ...] = ()
    sentence: str = ""
    ruling: Ruling | None = None
    was: str = ""
    became: str = ""
    repair: str = ""
    before: Table | None = None
    wrong: Written | None = None
    missing: str = ""

    @property
    def last(self) -> Step | None:
        """The step that the ending is about."""
        return self.lines[-1].step if self.lines else None

    @property
    def has_no_reason(self) -> bool:
        """Whether some line has no reason."""
        return any(not line.step.reason.strip() for line in self.lines)


def judge_lines(
    steps: Sequence[Step], problem: Problem, routes: Sequence[Route], seed: int
) -> Proof:
    """Judge a derivation.

    Args:
        steps: its lines.
        problem: the goal, the domain and the form of the last line.
        routes: the ways that lead there; the lines must pass all steps of one of them.
        seed: for the random points.
    """
    lines: list[JudgedLine] = []
    tables: list[Table] = [problem.goal]
    budget = StepBudget(MOST_STEPS)
    right, domain = problem.right, problem.domain
    right_values = RightValues(right, domain, seed)
    for step in steps:
        try:
            now = read(step.text)
        except InvalidTable as error:
            lines.append(JudgedLine(step, "cannot judge"))
            return Proof(Ending.CANNOT_JUDGE, tuple(lines), _sentence(str(error)))
        # Test this before judging: a repeated line isn't a step, and costs nothing.
        if is_same(now, tables[-1]):
            lines.append(JudgedLine(step, "same line again" if lines else "the start"))
            continue
        # All earlier lines have the goal's value, so comparing with the goal suffices.
        line_alone = Written({(): now})
        ruling = judge(
            line_alone, right, domain, seed, budget=budget, known=right_values
        )
        if not ruling.is_equal:
            return _judge_wrong_line(
                lines, step, now, tables[-1], ruling, problem, seed
            )
        lines.append(JudgedLine(step, "ok"))
        tables.append(now)
    return _judge_end(tuple(lines), tables, problem, routes, seed)


def _judge_wrong_line(
    lines: list[JudgedLine],
    step: Step,
    now: Table,
    before: Table,
    ruling: Ruling,
    problem: Problem,
    seed: int,
) -> Proof:
    words = {
        Verdict.NOT_EQUAL: (Ending.WRONG_LINE, "not equal"),
        Verdict.UNDEFINED: (Ending.UNDEFINED, "not defined"),
        Verdict.CANNOT_JUDGE: (Ending.CANNOT_JUDGE, "cannot judge"),
    }
    ending, word = words[ruling.verdict]
    sentence = _sentence(ruling.reason)
    if ending is Ending.WRONG_LINE and ruling.classes not in (
        0,
        problem.domain.classes,
    ):
        sentence = (
            f"This is right for {problem.domain.classes} classes but not for "
            f"{ruling.classes}: write it for any number of classes."
        )
    proof = Proof(ending, (*lines, JudgedLine(step, word)), sentence, ruling)
    if ending is not Ending.WRONG_LINE:
        return proof
    some = points(problem.domain, seed)[:MOST_LOOKED_AT]
    if by_another := find_other_variable(now, problem.variable, problem.right, some):
        return replace(proof, repair=by_another)
    was, became = find_change(before, now, some)
    return replace(
        proof,
        was=was,
        became=became,
        repair=suggest_repair(now, problem.right, some),
        before=before,
        wrong=Written({(): now}),
    )


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}." if reason else ""


def _judge_end(
    lines: tuple[JudgedLine, ...],
    tables: list[Table],
    problem: Problem,
    routes: Sequence[Route],
    seed: int,
) -> Proof:
    """Judge right lines: finished, in the required form, and really a derivation?"""
    if not lines:
        return Proof(Ending.EMPTY, (), "There is no line yet. Yield the first one.")
    if len(tables) == 1 and len(lines) == 1:
        text = "That is where to begin. In the next line, apply the first rule."
        return Proof(Ending.BEGUN, lines, text)
    if len(tables) == 1:
        text = "This is the goal again. Each line should carry out one more step."
        return Proof(Ending.GOAL_REPEATED, lines, text)
    if tables[-1].has("Derivative"):
        text = (
            "Right so far. The last line still contains a derivative that isn't "
            "computed yet."
        )
        return Proof(Ending.NOT_FINISHED, lines, text)
    if problem.form and (objection := problem.form.strange(tables[-1])):
        text = (
            "Every line is right. The last one isn't in the required form: "
            f"{objection}."
        )
        return Proof(Ending.OTHER_FORM, lines, text)
    if problem.form and (objection := problem.form.unfinished(tables[-1])):
        text = f"Every line is right. The last one can be simplified: {objection}."
        return Proof(Ending.NOT_SIMPLIFIED, lines, text)
    some = points(problem.domain, seed)[:MOST_LOOKED_AT]
    return _judge_route(lines, tables[1:], routes, some)


def _judge_route(
    lines: tuple[JudgedLine, ...],
    tables: list[Table],
    routes: Sequence[Route],
    points: Sequence[Point],
) -> Proof:
    if len(tables) < FEWEST_LINES:
        text = (
            "The result is right, but you jump to it. Show the steps in between, one "
            "rule per line."
        )
        return Proof(Ending.JUMP, lines, text)
    # The last line is the result, not a step towards it. But SymPy may cancel
    # everything as soon as the derivatives are computed; then it is both.
    way = tables if may_cancel_at_once(tables[-2]) else tables[:-1]
    missing = [(route, _not_passed(route, way, points)) for route in routes]
    if not missing or any(not left for _, left in missing):
        return Proof(Ending.RIGHT, lines)
    nearest = min(missing, key=_distance)[1]
    text = f"Every line is right, but a step is missing: {nearest[0].sentence}."
    return Proof(Ending.MISSING_STEP, lines, text, missing=nearest[0].tag)


def _distance(walked: tuple[Route, list[RequiredStep]]) -> tuple[int, bool]:
    """Return how far a route is from complete; a route that was begun is nearer."""
    route, left = walked
    return len(left), left[0] is route[0]


def _not_passed(
    route: Route, tables: list[Table], points: Sequence[Point]
) -> list[RequiredStep]:
    return [
        mark
        for mark in route
        if not any(mark.is_passed_by(table, points) for table in tables)
    ]
