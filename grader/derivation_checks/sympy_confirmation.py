"""sympy_confirmation: ask SymPy to confirm the results of the judge's own evaluation.

A line is right or wrong only if two evaluations without common code agree. The judge's
own one (`grader.derivations`) finds the first wrong line and names the mistake. SymPy
differentiates the goal itself and computes each line. A line that SymPy can't compute
isn't judged.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from grader.checks.attempt import Attempt, ask_clean
from grader.derivations import Domain, Problem, Table, Written
from grader.derivations.domain import describe, format_value
from grader.derivations.equality import agree, is_rounded, points
from grader.derivations.notation import Row, lift
from grader.derivations.notation import table as table_of
from grader.derivations.point import Point

EVALUATOR = Path(__file__).with_name("sympy_evaluator.py")
# An honest derivation takes a tenth of a second in total.
EVALUATOR_CPU_S = 3.0
FEWEST_POINTS = 3
# With ten classes, SymPy takes nearly twice as long.
MORE_CLASSES = 4
# Earlier agreements of SymPy and the judge, so that only changed lines are evaluated.
MOST_REMEMBERED = 1_000
_remembered: dict[str, Confirmation] = {}

AskSymPy = Callable[[str], str | None]
"""Hand a request to `sympy_evaluator.work_out` in another process; None: no answer."""


class SymPyProcess:
    """SymPy in a confined process next to the worker of an attempt."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    def ask(self, request: str) -> str | None:
        """Return the reply of `sympy_evaluator.work_out`, or None if there is none."""
        question = EVALUATOR, "work_out", request, EVALUATOR_CPU_S
        return ask_clean(self._attempt, *question)


class Opinion(enum.StrEnum):
    """SymPy's opinion: whether every line has the value of the goal."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """SymPy's opinion, and its values.

    Attributes:
        opinion: whether it agrees.
        classes: the numbers of classes for which it evaluated every line; () if
            nothing depends on them.
        points: the smallest number of points for one of these.
        where: one of the points, in words.
        value: SymPy's value of the goal there, even for a contradiction.
        line: for a contradiction, the index of the line, from 0; without an opinion,
            that of the line that SymPy doesn't compute.
        other: for a contradiction, SymPy's value of the line.
    """

    opinion: Opinion
    classes: tuple[int, ...] = ()
    points: int = 0
    where: str = ""
    value: str = ""
    line: int | None = None
    other: str = ""


def confirm(
    lines: Sequence[Written],
    problem: Problem,
    seed: int,
    ask: AskSymPy,
    is_thorough: bool = False,
) -> Confirmation:
    """Ask SymPy whether every line has the value of the goal.

    Args:
        lines: the lines that the judge calls right, or wrong.
        problem: its goal and its domain.
        seed: for the random points.
        ask: sends a request to SymPy.
        is_thorough: whether SymPy evaluates every point that has the number of classes
            used in messages; the judge may have found a wrong value at any of them.
            Then a line without a value where the goal has one contradicts it.
    """
    is_single = all(line.is_single for line in lines)
    domain = problem.domain
    where = (
        points(replace(domain, more=0), seed, is_single)
        if is_thorough
        else _few_points(domain, seed, is_single)
    )
    tables = [problem.goal]
    questions = [(0, of) for of in range(len(where))]
    for line in lines:
        positions: dict[tuple[int, ...], int] = {}
        for of, point in enumerate(where):
            entry, table = line.at(point)
            if entry not in positions:
                positions[entry] = len(tables)
                tables.append(table)
            questions.append((positions[entry], of))
    of_classes = {point.classes: point for point in where}
    tied = {
        number: _express_tied_rows(point, domain)
        for number, point in of_classes.items()
    }
    data = [_as_data(table) for table in tables]
    key = _hash_question(data, tied, domain, questions, is_thorough)
    if (earlier := _remembered.get(key)) is not None:
        return earlier
    of_points = [_point(point, tied[point.classes]) for point in where]
    request = json.dumps({"tables": data, "points": of_points, "asked": questions})
    values = _values(ask(request), len(questions))
    if values is None:
        return Confirmation(Opinion.SILENT)
    many = len(where)
    rows = [values[at : at + many] for at in range(0, len(values), many)]
    has_decimals = any(table.has("Float") for table in tables)
    confirmation = _compare(rows, where, domain, has_decimals, is_thorough)
    # If the two disagree, don't remember it: another seed may show why.
    expected = Opinion.CONTRADICTS if is_thorough else Opinion.AGREES
    if confirmation.opinion is expected:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = confirmation
    return confirmation


def _hash_question(
    tables: Sequence[dict[str, Any]],
    tied: dict[int, dict[str, Any]],
    domain: Domain,
    questions: Sequence[tuple[int, int]],
    is_thorough: bool,
) -> str:
    """Return a hash of a question, without its random points."""
    kinds = {
        name: kind if isinstance(kind, str) else f"made of {kind.base}"
        for name, kind in domain.given.items()
    }
    size = domain.classes, domain.more, domain.batch
    text = json.dumps([tables, kinds, tied, size, questions, is_thorough])
    return hashlib.sha256(text.encode()).hexdigest()


def _few_points(domain: Domain, seed: int, is_single: bool) -> list[Point]:
    """Return only a few of the judge's points, because SymPy is slow at each."""
    few = domain.nice_points()[:FEWEST_POINTS]
    if not is_single:
        starts = few[:1] + domain.random_points(seed, FEWEST_POINTS - 1)
        return [point for start in starts for point in domain.spread(start)]
    few += domain.random_points(seed, FEWEST_POINTS)
    if domain.more:
        more = domain.with_classes(MORE_CLASSES)
        few += more.random_points(seed + 1, FEWEST_POINTS)
    return few


def _compare(
    rows: Sequence[Sequence[Decimal | None]],
    where: Sequence[Point],
    domain: Domain,
    has_decimals: bool,
    is_thorough: bool,
) -> Confirmation:
    goal, lines = rows[0], rows[1:]
    counted: dict[int, int] = {point.classes: 0 for point in where}
    shown: Confirmation | None = None
    silent: Confirmation | None = None
    for of, point in enumerate(where):
        expected = goal[of]
        if expected is None and all(row[of] is None for row in lines):
            continue
        for at, row in enumerate(lines):
            value = row[of]
            if _is_beyond(expected) or _is_beyond(value):
                silent = silent or Confirmation(Opinion.SILENT, line=at)
                continue
            if value is not None and expected is not None:
                is_near = agree(expected, value)
                if is_near or (has_decimals and is_rounded(value, expected)):
                    continue
            elif not is_thorough:
                silent = silent or Confirmation(Opinion.SILENT, line=at)
                continue
            return Confirmation(
                Opinion.CONTRADICTS,
                where=describe(point, set(domain.given)),
                value=_in_words(expected),
                line=at,
                other=_in_words(value),
            )
        counted[point.classes] += 1
        if shown is None and expected is not None and not expected.is_nan():
            hidden = {tied.base for tied in domain.tied.values()}
            names = set(domain.given) - hidden
            shown = Confirmation(
                Opinion.AGREES,
                where=describe(point, names),
                value=format_value(expected),
            )
    if silent is not None:
        return silent
    if shown is None or min(counted.values()) < FEWEST_POINTS:
        return Confirmation(Opinion.SILENT)
    classes = tuple(sorted(counted)) if domain.has_classes else ()
    return replace(shown, classes=classes, points=min(counted.values()))


def _is_beyond(value: Decimal | None) -> bool:
    return value is not None and value.is_nan()


def _in_words(value: Decimal | None) -> str:
    return "no number" if value is None else format_value(value)


def _values(reply: str | None, many: int) -> list[Decimal | None] | None:
    """Return the values of a reply; None if it isn't what was requested.

    A value is NaN where SymPy doesn't compute it.
    """
    try:
        values = json.loads(reply or "")
        if not isinstance(values, list) or len(values) != many:
            return None
        return [None if word is None else Decimal(word or "NaN") for word in values]
    except (ValueError, TypeError, InvalidOperation):
        return None


def _as_data(table: Table) -> dict[str, Any]:
    nodes = [[node.op, node.children, node.name, node.number] for node in table.nodes]
    return {"nodes": nodes, "root": table.root}


def _point(point: Point, tied: dict[str, Any]) -> dict[str, Any]:
    return {
        "classes": point.classes,
        "batch": point.batch,
        "scalars": {name: str(value) for name, value in point.scalars.items()},
        "rows": {
            name: [[place, str(value)] for place, value in row.items()]
            for name, row in point.rows.items()
        },
        "indices": dict(point.indices),
        "tied": tied,
    }


def _express_tied_rows(point: Point, domain: Domain) -> dict[str, Any]:
    """Return each entry of the tied rows as an expression in its base row."""
    return {
        name: {
            "base": tied.base,
            "entries": {
                json.dumps(list(place)): _as_data(
                    table_of(tied.link.written(Row(tied.base), tuple(map(lift, place))))
                )
                for place in point.rows[name]
            },
        }
        for name, tied in domain.tied.items()
    }
