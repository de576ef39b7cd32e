"""domain: the range of an exercise's symbols, and points drawn from it.

Two rows may be tied (p is computed from z), a row may sum to one, an index runs over
the classes. The first points are nice ones, where values are fractions that a learner
can follow; the others come from an unpredictable seed.
"""

from __future__ import annotations

import decimal
import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from grader.derivations.point import CONTEXT, Link, Point, Tied

# Weights that sum to 5 or 10, so that a row's values are short fractions.
NICE_Y = {2: (1, 4), 3: (2, 3, 5), 4: (1, 2, 3, 4)}
FINE = 1_000
LONGEST_ROW = 4
FAR, TINY = Decimal(20), Decimal("1e-9")
ROWS = ("scores", "distribution", "one-hot", "positive")
NUMBERS = ("number", "positive number", "unit")
INDICES = ("index", "row")
_Draw = Callable[[str], list[Decimal]]


@dataclass(frozen=True, slots=True)
class Domain:
    """The conditions that the random points of an exercise meet.

    Attributes:
        given: a kind for every name. Rows: `"scores"` (real numbers), `"distribution"`
            (sums to one), `"one-hot"`, `"positive"`, or a `Tied` row, computed from
            another. Numbers: `"number"`, `"positive number"`, `"unit"` (between 0 and
            1). Indices: `"index"` (of a class), `"row"` (of a row of a batch).
        classes: the number of classes that messages use.
        more: a second number of classes, tried if the first one agrees; 0 for none.
        batch: the number of rows in a batch; 0 if there is no batch.
    """

    given: Mapping[str, str | Tied]
    classes: int = 3
    more: int = 10
    batch: int = 0

    def __post_init__(self) -> None:
        """Require kinds that exist.

        Raises:
            ValueError: there is no such kind.
        """
        names = (*ROWS, *NUMBERS, *INDICES)
        for name, kind in self.given.items():
            if not isinstance(kind, Tied) and kind not in names:
                kinds = ", ".join(map(repr, names))
                raise ValueError(f"{name} is {kind!r}. The kinds are {kinds}.")

    @property
    def indices(self) -> tuple[str, ...]:
        """The names of the free indices, in order."""
        return tuple(n for n, kind in self.given.items() if kind in INDICES)

    @property
    def tied(self) -> dict[str, Tied]:
        """The rows that are computed from another one."""
        return {
            name: kind for name, kind in self.given.items() if isinstance(kind, Tied)
        }

    @property
    def has_classes(self) -> bool:
        """Whether anything depends on the number of classes."""
        return any(kind not in (*NUMBERS, "row") for kind in self.given.values())

    def with_classes(self, classes: int) -> Domain:
        """Return the same domain for another number of classes."""
        return replace(self, classes=classes, more=0)

    def nice_points(self) -> list[Point]:
        """Return points where most values are fractions, for every choice of indices.

        Learners see them, so here even rows that needn't sum to one do.
        """
        return [
            self._nice(turn, choice) for turn in (0, 1) for choice in self._choices()
        ]

    def far_points(self) -> list[Point]:
        """Return three extreme points: logits far from 0, probabilities close to 0."""
        ranges = self._ranges()
        choices = [
            tuple(turn % len(numbers) for numbers in ranges) for turn in range(3)
        ]
        return [self._far(turn, choice) for turn, choice in enumerate(choices)]

    def random_points(self, seed: int, count: int) -> list[Point]:
        """Return points from a seed; two indices are equal at every other point.

        Args:
            seed: for all random numbers.
            count: how many.
        """
        rng = random.Random(seed)
        return [self._random(rng, self._indices(rng, turn)) for turn in range(count)]

    def spread(self, point: Point) -> list[Point]:
        """Return the same point with every choice of the indices."""
        return [
            replace(point, indices=dict(zip(self.indices, choice, strict=True)))
            for choice in itertools.product(*self._ranges())
        ]

    def _ranges(self) -> list[range]:
        return [
            range(self.classes if self.given[name] == "index" else self.batch)
            for name in self.indices
        ]

    def _choices(self) -> list[tuple[int, ...]]:
        few = [range(min(len(numbers), 3)) for numbers in self._ranges()]
        return list(itertools.product(*few))

    def _indices(self, rng: random.Random, turn: int) -> tuple[int, ...]:
        ranges = self._ranges()
        choice = tuple(rng.choice(numbers) for numbers in ranges)
        # With 10 classes, chance would hit the diagonal at only one point in ten.
        if turn % 2 == 0 and len(set(map(len, ranges))) == 1:
            return (choice[0],) * len(choice)
        while len(set(choice)) < len(choice) and len(set(ranges)) == 1:
            choice = tuple(rng.choice(numbers) for numbers in ranges)
        return choice

    def _nice(self, turn: int, choice: tuple[int, ...]) -> Point:
        count = itertools.count(turn)
        with decimal.localcontext(CONTEXT):
            return self._point(choice, lambda kind: self._nice_row(kind, next(count)))

    def _far(self, turn: int, choice: tuple[int, ...]) -> Point:
        count = itertools.count(turn)
        with decimal.localcontext(CONTEXT):
            return self._point(choice, lambda kind: self._far_row(kind, next(count)))

    def _random(self, rng: random.Random, choice: tuple[int, ...]) -> Point:
        with decimal.localcontext(CONTEXT):
            return self._point(choice, lambda kind: self._random_row(kind, rng))

    def _nice_row(self, kind: str, turn: int) -> list[Decimal]:
        k = self.classes
        falling = [Decimal(value) for value in range(k, 0, -1)]
        rising = [Decimal(value) for value in NICE_Y.get(k, range(1, k + 1))]
        weights = falling if turn % 2 == 0 else rising
        weights = weights[turn // 2 % k :] + weights[: turn // 2 % k]
        match kind:
            case "scores":
                return [weight.ln() for weight in weights]
            case "one-hot":
                return [Decimal(at == turn % k) for at in range(k)]
            case "number":
                return [Decimal(2 + turn).ln()]
            case "positive number":
                return [Decimal(2 + turn)]
            case "unit":
                return [Decimal(1) / Decimal(3 + 2 * turn)]
            case _:
                return [weight / sum(weights) for weight in weights]

    def _far_row(self, kind: str, turn: int) -> list[Decimal]:
        k = self.classes
        lows = [TINY * (at + 1) for at in range(k)]
        match kind:
            case "scores":
                # All low, then all high, which shows overflow. Shifting all logits
                # changes no difference between them. So in the third turn one is high
                # among low ones, which shows terms that are lost next to larger ones.
                score = (-FAR, FAR, -FAR)[turn % 3]
                row = [score + Decimal(at) / 3 for at in range(k)]
                row[turn % k] += 2 * FAR * (turn % 3 == 2)
                return row
            case "one-hot":
                return [Decimal(at == turn % k) for at in range(k)]
            case "number":
                return [FAR if turn % 2 else -FAR]
            case "positive number":
                return [FAR if turn % 2 else TINY]
            case "unit":
                return [1 - TINY if turn % 2 else TINY]
            case "positive":
                return lows if turn % 2 else [1 - low for low in lows]
            case _:
                lows[turn % k] += 1 - sum(lows)
                return lows

    def _random_row(self, kind: str, rng: random.Random) -> list[Decimal]:
        k = self.classes
        match kind:
            case "scores":
                return [_thousandths(rng, -3_000, 3_000) for _ in range(k)]
            case "one-hot":
                true = rng.randrange(k)
                return [Decimal(at == true) for at in range(k)]
            case "positive":
                return [_thousandths(rng, 50, 1_800) for _ in range(k)]
            case "number":
                return [_thousandths(rng, -3_000, 3_000)]
            case "positive number":
                return [_thousandths(rng, 50, 3_000)]
            case "unit":
                return [_thousandths(rng, 20, 980)]
            case _:
                weights = [_thousandths(rng, 50, 1_000) for _ in range(k)]
                return [weight / sum(weights) for weight in weights]

    def _point(self, choice: tuple[int, ...], draw: _Draw) -> Point:
        scalars: dict[str, Decimal] = {}
        rows: dict[str, dict[tuple[int, ...], Decimal]] = {}
        for name, kind in self.given.items():
            if isinstance(kind, Tied) or kind in INDICES:
                continue
            if kind in NUMBERS:
                scalars[name] = draw(kind)[0]
            else:
                rows[name] = self._entries(draw, kind)
        for name, tied in self.tied.items():
            # After all others, because a tied row may come before its base.
            rows[name] = _work_out_link(tied.link, rows[tied.base])
        # In the author's order, in which a learner reads the point.
        order = {name: rows[name] for name in self.given if name in rows}
        indices = dict(zip(self.indices, choice, strict=True))
        return Point(self.classes, self.batch, scalars, order, indices, self.tied)

    def _entries(self, draw: _Draw, kind: str) -> dict[tuple[int, ...], Decimal]:
        if not self.batch:
            return {(at,): value for at, value in enumerate(draw(kind))}
        return {
            (row, at): value
            for row in range(self.batch)
            for at, value in enumerate(draw(kind))
        }


def _thousandths(rng: random.Random, low: int, high: int) -> Decimal:
    return Decimal(rng.randint(low, high)) / FINE


def _work_out_link(
    link: Link, row: Mapping[tuple[int, ...], Decimal]
) -> dict[tuple[int, ...], Decimal]:
    """Return the entries of a tied row; in a batch, image by image."""
    entries: dict[tuple[int, ...], Decimal] = {}
    for _, group in itertools.groupby(row, key=lambda place: place[:-1]):
        places = list(group)
        values = link.values([row[place] for place in places])
        entries |= zip(places, values, strict=True)
    return entries


LARGEST_DENOMINATOR = 1_000_000
EXACT = Decimal("1e-30")


def format_value(value: Decimal) -> str:
    """Return a value in the form for learners: a fraction, or else six digits."""
    with decimal.localcontext(CONTEXT):
        size = max(Decimal(1), abs(value))
        # A Fraction has all digits of a number, which are many for 1e99999.
        if size < 10**12:
            # Show a fraction only if it agrees in all certain digits.
            near = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
            if abs(value - Decimal(near.numerator) / near.denominator) < EXACT * size:
                return str(near)
        return f"{value:.6g}"


def _format_score(value: Decimal) -> str:
    """Return a logit; as ln of a fraction if it is one."""
    words = format_value(value)
    with decimal.localcontext(CONTEXT):
        power = format_value(value.exp()) if abs(value) < 10 else ""
    # The nice logits are logarithms of weights, and clearest in that form.
    is_fraction = words.lstrip("-").replace("/", "").isdigit()
    is_log = power.replace("/", "").isdigit()
    return words if is_fraction or not is_log else f"log({power})"


def describe(point: Point, names: set[str]) -> str:
    """Return the point in words, only with the names in the expressions."""
    parts = []
    for name, row in point.rows.items():
        if name in names:
            shown = [_format_score(value) for value in list(row.values())[:LONGEST_ROW]]
            shown += ["..."] if len(row) > LONGEST_ROW else []
            parts.append(f"{name} = ({', '.join(shown)})")
    for name, value in point.scalars.items():
        if name in names:
            parts.append(f"{name} = {_format_score(value)}")
    parts += [f"{name} = {at}" for name, at in point.indices.items() if name in names]
    return ", ".join(parts)
