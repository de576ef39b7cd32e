"""equality: decide whether an answer is right everywhere in the exercise's domain.

Both sides are evaluated at points of the domain, first at nice ones with few classes,
then at random ones, then with more classes: a fixed number of them, and a drawn one, so
that no product such as (K - 3)*(K - 4) is 0 at all points. Nothing is simplified. A
point where only one side has a value counts as a difference; too few points with values
decide nothing.
"""

from __future__ import annotations

import decimal
import enum
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from grader.derivations.domain import Domain, describe, format_value
from grader.derivations.evaluate import evaluate
from grader.derivations.point import CONTEXT, CannotJudge, Point, StepBudget, Undefined
from grader.derivations.table import Table, read

# Squaring the exp of a far logit loses about 18 of the 50 digits.
TOLERANCE = Decimal("1e-30")
# Decimals count as rounded: twelve of the 15 digits that are certain in a float.
ROUNDED = Decimal("1e-12")
RANDOM_POINTS = 6
FEWEST_POINTS = 3
# Of the drawn number of classes: two indices are equal at one, and differ at the other.
DRAWN_POINTS = 2

Right = Callable[[Point], Decimal]
"""The right value at a point."""


class Verdict(enum.StrEnum):
    """The result for an answer. Only the first one earns points."""

    EQUAL = "equal"
    OTHER_FORM = "equal but not in the asked form"
    NOT_FINISHED = "not finished"
    NOT_EQUAL = "not equal"
    UNDEFINED = "undefined"
    CANNOT_JUDGE = "cannot judge"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict, and its evidence.

    Attributes:
        verdict: the result.
        reason: why, if the numbers don't say it.
        where: the point in words, with fractions if possible.
        mine: the answer's value there.
        wanted: the right value there.
        entry: the entry of a row or a table that it is about, or ().
        is_rounded: whether it has decimals that are right to twelve digits.
        classes: the number of classes at the point.
    """

    verdict: Verdict
    reason: str = ""
    where: str = ""
    mine: str = ""
    wanted: str = ""
    entry: tuple[int, ...] = ()
    is_rounded: bool = False
    classes: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether the values agree, in whatever form."""
        return self.verdict in (Verdict.EQUAL, Verdict.OTHER_FORM)


@dataclass(frozen=True, slots=True)
class Form:
    """The required form: what an answer may contain.

    Attributes:
        names: symbols that it may contain; running indices are always allowed.
        without: operations that it may not contain.
        once: names and operations that may occur only once; if one occurs more often,
            the answer isn't simplified.
    """

    names: frozenset[str]
    without: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()

    def objection(self, table: Table) -> str:
        """Return the violation of the required form in words; "" if there is none."""
        return self.strange(table) or self.unfinished(table)

    def strange(self, table: Table) -> str:
        """Return a symbol that shouldn't be there, in words; "" if there is none."""
        strange = {base_name(name) for name in table.names()} - self.names
        if not strange:
            return ""
        return f"use only {_join_names(self.names)}, not {min(strange)}"

    def unfinished(self, table: Table) -> str:
        """Return what is left to simplify, in words; "" if nothing is."""
        operators = sorted(op for op in self.without if table.has(op))
        if operators:
            return f"write it without {IN_WORDS.get(operators[0], operators[0])}"
        often = sorted(name for name in self.once if table.count(name) > 1)
        return f"{often[0]} may occur only once" if often else ""


IN_WORDS = {"Sum": "a sum", "Delta": "a delta"}


def base_name(name: str) -> str:
    """Return the row that a name such as p0 is an entry of."""
    base = name.rstrip("0123456789")
    return base.rstrip("_") if base != name else name


def _join_names(names: frozenset[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:-1]) + (" and " if ordered[:-1] else "") + ordered[-1]


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as it was written: one expression, or a row or table of them."""

    entries: dict[tuple[int, ...], Table]

    @property
    def is_single(self) -> bool:
        """Whether it is one expression."""
        return () in self.entries

    def at(self, point: Point) -> tuple[tuple[int, ...], Table]:
        """Return the entry for the indices of a point."""
        entry = () if self.is_single else tuple(point.indices.values())
        return entry, self.entries[entry]


def written(text: str) -> Written:
    """Parse one expression.

    Raises:
        InvalidTable: it can't be read.
    """
    return Written({(): read(text)})


class RightValues:
    """The right values at the deciding points, computed once for several answers.

    Args:
        right: returns the right value at a point.
        domain: the domain of the symbols.
        seed: for the random points.
    """

    def __init__(self, right: Right, domain: Domain, seed: int) -> None:
        self._right, self._domain, self._seed = right, domain, seed
        self._points: dict[bool, list[Point]] = {}
        self._values: dict[bool, list[Decimal | None]] = {True: [], False: []}

    def iterate(self, is_single: bool) -> Iterator[tuple[Point, Decimal | None]]:
        """Yield each point with its right value, or with None if it has none.

        Args:
            is_single: whether the answer is one expression; else each entry is tested.
        """
        if is_single not in self._points:
            self._points[is_single] = points(self._domain, self._seed, is_single)
        values = self._values[is_single]
        for at, point in enumerate(self._points[is_single]):
            if at == len(values):
                values.append(_or_none(self._right, point))
            yield point, values[at]


def judge(
    answer: Written,
    right: Right,
    domain: Domain,
    seed: int,
    form: Form | None = None,
    budget: StepBudget | None = None,
    known: RightValues | None = None,
) -> Ruling:
    """Return whether an answer has the right value everywhere, and the required form.

    Args:
        answer: the learner's answer.
        right: returns the right value at a point.
        domain: the domain of the symbols.
        seed: for the random points.
        form: what the answer may contain, None for anything.
        budget: the steps that may be taken, if several answers share them.
        known: the right values, if several answers share them.
    """
    right_values = known or RightValues(right, domain, seed)
    try:
        ruling = _values(answer, right_values, domain, budget or StepBudget())
    except CannotJudge as error:
        return Ruling(Verdict.CANNOT_JUDGE, str(error))
    return (
        _check_form(answer, ruling, form) if ruling.verdict is Verdict.EQUAL else ruling
    )


def _check_form(answer: Written, ruling: Ruling, form: Form | None) -> Ruling:
    for entry, table in answer.entries.items():
        if form is None:
            break
        if table.has("Derivative"):
            reason = "it still contains a derivative that isn't computed yet"
            return replace(
                ruling, verdict=Verdict.NOT_FINISHED, reason=reason, entry=entry
            )
        if reason := form.objection(table):
            return replace(
                ruling, verdict=Verdict.OTHER_FORM, reason=reason, entry=entry
            )
    return ruling


def _values(
    answer: Written, right: RightValues, domain: Domain, budget: StepBudget
) -> Ruling:
    usable, has_rounded = 0, False
    has_decimals = any(table.has("Float") for table in answer.entries.values())
    for point, wanted in right.iterate(answer.is_single):
        entry, table = answer.at(point)
        # Whether an answer can be judged must not depend on the number that was drawn.
        is_drawn = 0 < domain.more < point.classes
        steps = StepBudget() if is_drawn else budget
        try:
            mine = _or_none(partial(evaluate, table, budget=steps), point)
        except CannotJudge:
            if is_drawn:
                continue
            raise
        if wanted is None and mine is None:
            continue
        usable += 1
        texts = _format_pair(mine, wanted, has_decimals)
        if texts is Verdict.EQUAL:
            has_rounded |= not agree(mine, wanted)
            continue
        # For a row or a table, the entry already says which index it is.
        hidden = set() if answer.is_single else set(point.indices)
        return Ruling(
            texts,
            where=describe(point, _find_names(table, domain) - hidden),
            mine="no number" if mine is None else format_value(mine),
            wanted="no number" if wanted is None else format_value(wanted),
            entry=entry,
            classes=point.classes,
        )
    if usable < FEWEST_POINTS:
        return Ruling(
            Verdict.CANNOT_JUDGE, "there are too few points at which it has a value"
        )
    return Ruling(Verdict.EQUAL, is_rounded=has_rounded)


def _find_names(table: Table, domain: Domain) -> set[str]:
    """Return the names that describe a point: z only if the answer contains it."""
    used = {base_name(name) for name in table.names()}
    hidden = {tied.base for tied in domain.tied.values()}
    return used | (set(domain.given) - hidden)


def points(domain: Domain, seed: int, is_single: bool = True) -> list[Point]:
    """Return the points that decide: nice, random and far ones, and more classes.

    Args:
        domain: the domain of the symbols.
        seed: for the random points.
        is_single: whether the answer is one expression; else each entry is tested.
    """
    points = domain.nice_points() if is_single else []
    if not is_single:
        # Fewer starts, because each is spread over all entries.
        starts = domain.nice_points()[:1] + domain.random_points(seed, 3)
        starts += domain.far_points()
        return [point for start in starts for point in domain.spread(start)]
    points += domain.random_points(seed, RANDOM_POINTS) + domain.far_points()
    if domain.more:
        more = domain.with_classes(domain.more)
        points += more.random_points(seed + 1, RANDOM_POINTS)
        classes = random.Random(seed + 2).randint(domain.more + 1, 2 * domain.more)
        points += domain.with_classes(classes).random_points(seed + 2, DRAWN_POINTS)
    return points


def _or_none(value: Right, point: Point) -> Decimal | None:
    try:
        return value(point)
    except Undefined:
        return None


def _format_pair(
    answer: Decimal | None, expected: Decimal | None, has_decimals: bool
) -> Verdict:
    if answer is None or expected is None:
        return Verdict.UNDEFINED
    if agree(answer, expected) or (has_decimals and is_rounded(answer, expected)):
        return Verdict.EQUAL
    return Verdict.NOT_EQUAL


def is_rounded(answer: Decimal, expected: Decimal) -> bool:
    """Return whether a value is right except for rounded decimals."""
    with decimal.localcontext(CONTEXT):
        # Relative to the values: compared with 1, a wrong 1e-13 would pass for 0.
        return abs(answer - expected) <= ROUNDED * min(abs(answer), abs(expected))


def agree(a: Decimal | None, b: Decimal | None) -> bool:
    """Return whether two values agree but for rounding, or are both None."""
    if a is None or b is None:
        # If neither side has a value, they agree.
        return a is b
    with decimal.localcontext(CONTEXT):
        # Relative to 1 at least, because digits are lost when terms cancel to 0.
        return abs(a - b) <= TOLERANCE * max(Decimal(1), abs(a), abs(b))


def all_agree(a: Sequence[Decimal | None], b: Sequence[Decimal | None]) -> bool:
    """Return whether two lists of values agree throughout."""
    return len(a) == len(b) and all(map(agree, a, b))


def value_of(table: Table) -> Right:
    """Return a function for the right values of a table."""
    return lambda point: evaluate(table, point)
