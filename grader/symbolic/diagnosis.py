"""diagnosis: the name of a symbolic mistake.

A wrong answer is compared with every wrong answer that has a name: by the sign, by what
a wrong rule or a wrong problem gives, and by what the right answer becomes with one
nameable factor or term more or less. Causes that give the same values are one
diagnosis, told together.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.symbolic.domain import in_words
from grader.symbolic.equality import Written, agree, all_agree
from grader.symbolic.evaluate import (
    CONTEXT,
    CannotJudge,
    Point,
    Rules,
    Undefined,
    evaluate,
)
from grader.symbolic.notation import Expression, Row, d, sigma, symbol, table, total
from grader.symbolic.problem import Problem
from grader.symbolic.show import show
from grader.symbolic.slips import slips
from grader.symbolic.table import Table

Values = list[Decimal]
MOST_CAUSES = 3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake with a name.

    Attributes:
        tag: stable, for records.
        sentence: what is said.
        quantity: the factor or term that it is about, in words.
        also: the tags of other causes that give the same answer.
    """

    tag: str
    sentence: str
    also: tuple[str, ...] = ()
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wrong answer with a name: `cause` follows "you", `sentence` stands alone."""

    tag: str
    values: Values
    cause: str = ""
    sentence: str = ""
    quantity: str = ""


def diagnose(
    problem: Problem, answer: Written, seed: int, *, has_rules: bool = True
) -> Diagnosis | None:
    """The mistake that gives exactly this answer, or None when none has a name.

    Args:
        problem: what was to be derived.
        answer: what was written.
        seed: of the points at which the answers are compared.
        has_rules: whether a rule of differentiation can have gone wrong; it cannot in
            a line that follows one without derivatives.
    """
    points = _points(problem, seed)
    right = _values(problem.goal, points)
    mine = _values_of(answer, points)
    if right is None or mine is None or all_agree(mine, right):
        return None
    if not any(mine):
        return _worded([Candidate("zero", mine, sentence=ZERO_ANSWER)])
    with decimal.localcontext(CONTEXT):
        known = _named(problem, points, right, has_rules)
        named = [one for one in known if all_agree(one.values, mine)]
        named = named or _observed(problem, points, right, mine)
    return _worded(named) if named else None


ZERO_ANSWER = (
    "Your answer is 0. To SymPy p and z are unrelated symbols, so it differentiates "
    "one by the other to 0."
)


def candidates(problem: Problem, seed: int) -> list[Candidate]:
    """Every wrong answer of an exercise that has a name and applies to it."""
    points = _points(problem, seed)
    right = _values(problem.goal, points)
    if right is None:
        return []
    with decimal.localcontext(CONTEXT):
        return list(_named(problem, points, right))


def _points(problem: Problem, seed: int) -> list[Point]:
    domain = problem.domain
    starts = domain.nice_points()[:1] + domain.random_points(seed, 2)
    if len(domain.indices) < 2:
        starts += domain.random_points(seed + 1, 2)
    return [point for start in starts for point in domain.spread(start)]


def _values(
    of: Table, points: Sequence[Point], rules: Rules | None = None
) -> Values | None:
    try:
        return [evaluate(of, point, rules or Rules()) for point in points]
    except (Undefined, CannotJudge):
        return None


def _values_of(answer: Written, points: Sequence[Point]) -> Values | None:
    try:
        return [evaluate(answer.at(point)[1], point) for point in points]
    except (Undefined, CannotJudge):
        return None


def _worded(found: Sequence[Candidate]) -> Diagnosis:
    first, also = found[0], found[1:MOST_CAUSES]
    sentence = first.sentence or f"It seems that you {first.cause}."
    causes = [c.cause for c in also if c.cause and c.cause != first.cause]
    if causes and first.sentence:
        sentence += f" Here that can come of it that you {' or '.join(causes)}."
    elif causes:
        sentence += f" The same answer comes when you {' or '.join(causes)}."
    others = tuple(candidate.tag for candidate in found[1:])
    return Diagnosis(first.tag, sentence, others, first.quantity)


def _named(
    problem: Problem, points: Sequence[Point], right: Values, has_rules: bool = True
) -> Iterator[Candidate]:
    """Sign first, then wrong rules and wrong problems, then fixed factors."""
    negative = [-value for value in right]
    yield Candidate(
        "sign", negative, sentence="Your answer has the reversed sign everywhere."
    )
    seen: set[str] = set()
    for slip in slips(problem) if has_rules else ():
        if slip.tag in seen:
            continue
        goal = d(slip.loss, slip.variable) if slip.variable else slip.loss
        values = _values(table(goal), points, slip.rules)
        if values is None or not any(values) or all_agree(values, right):
            continue
        seen.add(slip.tag)
        yield Candidate(slip.tag, values, cause=slip.cause)
    for tag, factor, sentence in _factors(problem):
        values = [
            value * factor(point) for value, point in zip(right, points, strict=True)
        ]
        yield Candidate(tag, values, sentence=sentence)


def _factors(
    problem: Problem,
) -> Iterator[tuple[str, Callable[[Point], Decimal], str]]:
    two, ten = Decimal(2).ln(), Decimal(10).ln()
    if problem.domain.photos:
        text = "The factor 1/N is missing: the loss is a mean over the batch."
        yield "n_missing", lambda at: Decimal(at.photos), text
        text = "The factor 1/N stands twice."
        yield "n_twice", lambda at: 1 / Decimal(at.photos), text
    yield "log2", lambda _: 1 / two, "That is the right answer with log base 2."
    yield "log10", lambda _: 1 / ten, "That is the right answer with log base 10."
    yield "twice", lambda _: Decimal(2), "Your answer is twice the right one."
    yield "half", lambda _: Decimal("0.5"), "Your answer is half the right one."
    if any(kind == "index" for kind in problem.domain.given.values()):
        text = "You averaged over the classes: the right answer is divided by K."
        yield "over_k", lambda at: 1 / Decimal(at.classes), text
        text = "Your answer is the right one times the number of classes."
        yield "times_k", lambda at: Decimal(at.classes), text


def _observed(
    problem: Problem, points: Sequence[Point], right: Values, mine: Values
) -> list[Candidate]:
    """What the answer is, seen from the right one."""
    for quantity in _quantities(problem):
        q = _values(table(quantity), points)
        name = show(table(quantity))
        found = q and _by_quantity(name, q, right, mine)
        if found:
            return [Candidate(found[0], mine, sentence=found[1], quantity=name)]
    found = _by_constant(right, mine) or _by_stratum(problem, points, right, mine)
    return [Candidate(found[0], mine, sentence=found[1])] if found else []


def _by_quantity(
    name: str, q: Values, right: Values, mine: Values
) -> tuple[str, str] | None:
    pairs = list(zip(q, right, mine, strict=True))
    if all_agree([a * b for a, b, _ in pairs], mine):
        return "extra_factor", f"Your answer is the right one times {name}."
    if all_agree([a * c for a, _, c in pairs], right):
        return "missing_factor", f"The factor {name} is missing in your answer."
    if all_agree([b + a for a, b, _ in pairs], mine):
        return (
            "term_more",
            f"Your answer is the right one plus {name}: a term -{_bracketed(name)} "
            f"is missing, or {name} is too much.",
        )
    if all_agree([b - a for a, b, _ in pairs], mine):
        return (
            "term_less",
            f"Your answer is the right one minus {name}: a term {name} is missing, "
            f"or -{_bracketed(name)} is too much.",
        )
    return None


def _bracketed(name: str) -> str:
    return f"({name})" if " " in name else name


def _by_constant(right: Values, mine: Values) -> tuple[str, str] | None:
    steps = [b - a for a, b in zip(right, mine, strict=True)]
    if all(agree(step, steps[0]) for step in steps):
        words = in_words(steps[0])
        return (
            "constant",
            f"Your answer differs from the right one by the constant {words}.",
        )
    if all(right):
        ratios = [b / a for a, b in zip(right, mine, strict=True)]
        if all(agree(ratio, ratios[0]) for ratio in ratios):
            words = in_words(ratios[0])
            return (
                "multiple",
                f"Your answer is the right one times the constant {words}.",
            )
    return None


def _by_stratum(
    problem: Problem, points: Sequence[Point], right: Values, mine: Values
) -> tuple[str, str] | None:
    if len(problem.domain.indices) != 2:
        return None
    first, second = problem.domain.indices
    same: dict[bool, set[bool]] = {True: set(), False: set()}
    for point, a, b in zip(points, right, mine, strict=True):
        same[point.indices[first] == point.indices[second]].add(agree(a, b))
    if same[True] == {True}:
        return (
            "off_diagonal",
            f"Right when {first} = {second}, wrong when {first} != {second}.",
        )
    if same[False] == {True}:
        return (
            "diagonal",
            f"Right when {first} != {second}, wrong when {first} = {second}.",
        )
    return None


def _quantities(problem: Problem) -> Iterator[Expression]:
    """What can be named in this exercise, simplest first."""
    for name, kind in problem.domain.given.items():
        if kind == "number":
            s = sigma(symbol(name))
            yield from (s, 1 - s, s * (1 - s))
        if kind == "unit":
            yield from _around(symbol(name))
        if kind in ("distribution", "one-hot", "positive") or kind.startswith(
            "softmax"
        ):
            yield from _entries(problem, name, kind)


def _entries(problem: Problem, name: str, kind: str) -> Iterator[Expression]:
    row, indices = Row(name), [symbol(index) for index in problem.domain.indices]
    if problem.domain.photos:
        yield from _around(row[tuple(indices)])
        return
    for index in indices:
        yield from _around(row[index])
    if len(indices) == 2:
        yield row[indices[0]] * row[indices[1]]
    if kind == "positive":
        yield total(row[symbol("m_")], symbol("m_"))


def _around(value: Expression) -> Iterator[Expression]:
    yield from (value, 1 - value, value * (1 - value))
