"""naming: name a symbolic mistake.

A wrong answer is compared with every wrong answer that has a name. These are the wrong
sign, the answers of wrong rules and wrong problems, and the right answer with one
factor or term added or removed. Causes that give the same values form one diagnosis
and are shown together.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.derivations.domain import format_value
from grader.derivations.equality import Written, agree, all_agree
from grader.derivations.evaluate import evaluate
from grader.derivations.notation import Expression, Row, d, symbol, table, total
from grader.derivations.point import (
    CONTEXT,
    CannotJudge,
    Point,
    StepBudget,
    Tied,
    Undefined,
)
from grader.derivations.problem import Problem
from grader.derivations.rules import Rules
from grader.derivations.table import Table, format_expression
from grader.derivations.wrong_derivations import RULES, wrong_derivations

MOST_CAUSES = 3


# The findings about an answer, beside the wrong rules; a test compares them with the
# tags below. `quantity` stands for a part of the problem, such as y[k].
FINDINGS = {
    "sign": "it has the opposite sign",
    "zero": "it is 0 everywhere",
    "not_differentiated": "it is the loss itself",
    "by_other_index": "the two indices are mixed up",
    "roles_swapped": "two rows have changed places",
    "log2": "it is right with logarithms to base 2",
    "log10": "it is right with logarithms to base 10",
    "twice": "it is twice the right one",
    "half": "it is half the right one",
    "multiple": "it is the right one times another number",
    "constant": "it differs from the right one by a number",
    "cancelled": "everything in it cancels",
    "over_k": "it is the right one divided by the number of classes",
    "times_k": "it is the right one times the number of classes",
    "n_missing": "1/N of a batch is missing",
    "n_twice": "1/N of a batch is there twice",
    "extra_factor quantity": "it has another factor",
    "missing_factor quantity": "a factor is missing",
    "term_more quantity": "it has another term",
    "term_less quantity": "a term is missing",
    "by_name": "it is the derivative with respect to the symbol of that name",
    "term_dropped_0": "a term of the loss is left out, counted from 0",
    "term_sign_0": "a term of the loss has the wrong sign, counted from 0",
    "diagonal": "it is wrong only where the indices are equal",
    "off_diagonal": "it is wrong only where the indices differ",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake with a name.

    Attributes:
        tag: stable, for records.
        sentence: the text for the learner.
        quantity: the factor or term that it is about, in words.
        also: the tags of other causes that give the same answer.
    """

    tag: str
    sentence: str
    also: tuple[str, ...] = ()
    quantity: str = ""


def diagnose(
    problem: Problem, answer: Written, seed: int, *, before: Table | None = None
) -> Diagnosis | None:
    """Return the mistake that gives exactly this answer, or None if none has a name.

    Args:
        problem: what was asked; its goal is the right answer.
        answer: the learner's answer.
        seed: for the points at which the answers are compared.
        before: the line before, if it is a line of a derivation. If that contains no
            derivative, no rule of differentiation can have gone wrong.
    """
    points = _points(problem, seed)
    if answer.is_single:
        points += _points_with_more_classes(problem, seed)
    right = values_at(problem.goal, points)
    answered = _values_of(answer, points)
    if right is None or answered is None or all_agree(answered, right):
        return None
    # Test for 0 first: its difference from the right answer may have another name.
    if not any(answered):
        return _put_into_words([Candidate("zero", answered, sentence=_zero(problem))])
    is_left = any(entry.has("Derivative") for entry in answer.entries.values())
    with decimal.localcontext(CONTEXT):
        candidates = _iterate_named(problem, points, right, before)
        # With a derivative left, those of tied rows may not have been carried out yet.
        early = _slopes(problem) if is_left else frozenset()
        candidates = (one for one in candidates if one.tag not in early)
        matches = [one for one in candidates if all_agree(one.values, answered)]
        matches = matches or find_observations(problem, points, right, answered)
    return _put_into_words(matches) if matches else None


def is_first_entry(problem: Problem, answer: Table, seed: int) -> bool:
    """Return whether an expression is the first entry of the right answer."""
    points = [at for at in _points(problem, seed) if not any(at.indices.values())]
    right, answered = values_at(problem.goal, points), values_at(answer, points)
    return right is not None and answered is not None and all_agree(answered, right)


def _slopes(problem: Problem) -> frozenset[str]:
    """Return the tags of the wrong derivatives of tied rows."""
    tied = problem.domain.tied.values()
    return frozenset(tag for one in tied for tag in one.link.faulty)


def _zero(problem: Problem) -> str:
    """Return the sentence for an answer that is 0 everywhere."""
    pairs = [(name, tied.base) for name, tied in problem.domain.tied.items()]
    if not pairs:
        return "Your answer is 0."
    name, base = pairs[0]
    return (
        f"Your answer is 0. Did SymPy differentiate? To SymPy, {name} and {base} are "
        "unrelated symbols, so the derivative is 0."
    )


def _points(problem: Problem, seed: int) -> list[Point]:
    domain = problem.domain
    starts = domain.nice_points()[:1] + domain.random_points(seed, 2)
    # With two indices a start is spread to K * K points, with one to K.
    if len(domain.indices) < 2:
        starts += domain.random_points(seed + 1, 2)
    return [point for start in starts for point in domain.spread(start)]


def _points_with_more_classes(problem: Problem, seed: int) -> list[Point]:
    """Return points at which K - 1, for example, is another number than before."""
    domain = problem.domain
    if not (domain.more and domain.has_classes):
        return []
    return domain.with_classes(domain.more).random_points(seed, 2)


def _values_of(answer: Written, points: Sequence[Point]) -> Values | None:
    budget = StepBudget()
    try:
        return [evaluate(answer.at(at)[1], at, budget=budget) for at in points]
    except (Undefined, CannotJudge):
        return None


def _put_into_words(candidates: Sequence[Candidate]) -> Diagnosis:
    first, also = candidates[0], candidates[1:MOST_CAUSES]
    sentence = first.sentence or f"It seems that you {first.cause}."
    causes = [c.cause for c in also if c.cause and c.cause != first.cause]
    if causes and first.sentence:
        sentence += f" Perhaps that is because you {' or '.join(causes)}."
    elif causes:
        sentence += f" You get the same answer if you {' or '.join(causes)}."
    others = tuple(candidate.tag for candidate in candidates[1:])
    return Diagnosis(first.tag, sentence, others, first.quantity)


def _iterate_named(
    problem: Problem, points: Sequence[Point], right: Values, before: Table | None
) -> Iterator[Candidate]:
    """Yield the sign first, then wrong rules and problems, then fixed factors."""
    negative = [-value for value in right]
    yield Candidate(
        "sign", negative, sentence="Your answer has the wrong sign everywhere."
    )
    seen: set[str] = set()
    # A tag may come from the loss and again from its written-out form; only the first
    # wrong answer counts.
    has_derivative = before is None or before.has("Derivative")
    for wrong in wrong_derivations(problem) if has_derivative else ():
        if wrong.tag in seen:
            continue
        goal = d(wrong.loss, wrong.variable) if wrong.variable else wrong.loss
        values = values_at(table(goal), points, wrong.rules)
        if values is None or not any(values) or all_agree(values, right):
            continue
        seen.add(wrong.tag)
        yield Candidate(wrong.tag, values, cause=wrong.cause)
    for tag, factor, sentence in _factors(problem):
        values = [
            value * factor(point) for value, point in zip(right, points, strict=True)
        ]
        yield Candidate(tag, values, sentence=sentence)
    if before is None or not has_derivative:
        return
    # The line before may be written otherwise than the loss, as with ln p = z - ln S.
    for tag, (cause, rules) in RULES.items():
        values_before = values_at(before, points, rules)
        if values_before is not None and any(values_before):
            yield Candidate(tag, values_before, cause=cause)


def _factors(
    problem: Problem,
) -> Iterator[tuple[str, Callable[[Point], Decimal], str]]:
    two, ten = Decimal(2).ln(), Decimal(10).ln()
    if problem.domain.batch:
        text = "The factor 1/N is missing: the loss is a mean over the batch."
        yield "n_missing", lambda at: Decimal(at.batch), text
        text = "The factor 1/N is there twice."
        yield "n_twice", lambda at: 1 / Decimal(at.batch), text
    yield "log2", lambda _: 1 / two, "That is the right answer with log base 2."
    yield "log10", lambda _: 1 / ten, "That is the right answer with log base 10."
    yield "twice", lambda _: Decimal(2), "Your answer is twice the right one."
    yield "half", lambda _: Decimal("0.5"), "Your answer is half the right one."
    if any(kind == "index" for kind in problem.domain.given.values()):
        text = "You averaged over the classes: the right answer is divided by K."
        yield "over_k", lambda at: 1 / Decimal(at.classes), text
        text = "Your answer is the right one times the number of classes."
        yield "times_k", lambda at: Decimal(at.classes), text


Values = list[Decimal]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wrong answer with a name: `cause` follows "you", `sentence` is complete."""

    tag: str
    values: Values
    cause: str = ""
    sentence: str = ""
    quantity: str = ""


def values_at(
    expressions: Table, points: Sequence[Point], rules: Rules | None = None
) -> Values | None:
    """Return the values of a table at some points, in their order.

    Args:
        expressions: a table of expressions.
        points: each gives every symbol a value.
        rules: the rules of differentiation; None for the right ones.

    Returns:
        The values, or None if there is none at one of the points.
    """
    try:
        return [evaluate(expressions, point, rules or Rules()) for point in points]
    except (Undefined, CannotJudge):
        return None


def find_observations(
    problem: Problem, points: Sequence[Point], right: Values, answered: Values
) -> list[Candidate]:
    """Return how an answer differs from the right one.

    Args:
        problem: names the quantities that may explain the difference.
        points: where both were evaluated.
        right: the right values there.
        answered: those of the answer.

    Returns:
        One candidate, or none if the difference has no name.
    """
    for quantity in _quantities(problem):
        q = values_at(table(quantity), points)
        name = format_expression(table(quantity))
        observation = q and _by_quantity(name, q, right, answered)
        if observation:
            return [
                Candidate(
                    observation[0], answered, sentence=observation[1], quantity=name
                )
            ]
    observation = _by_constant(right, answered) or _by_stratum(
        problem, points, right, answered
    )
    return (
        [Candidate(observation[0], answered, sentence=observation[1])]
        if observation
        else []
    )


def _by_quantity(
    name: str, q: Values, right: Values, answered: Values
) -> tuple[str, str] | None:
    pairs = list(zip(q, right, answered, strict=True))
    if all_agree([a * b for a, b, _ in pairs], answered):
        return "extra_factor", f"Your answer is the right one times {name}."
    if all_agree([a * c for a, _, c in pairs], right):
        return "missing_factor", f"The factor {name} is missing in your answer."
    if all_agree([b + a for a, b, _ in pairs], answered):
        return (
            "term_more",
            f"Your answer is the right one plus {name}. Is a term -{_bracket(name)} "
            f"missing, or the term {name} extra?",
        )
    if all_agree([b - a for a, b, _ in pairs], answered):
        return (
            "term_less",
            f"Your answer is the right one minus {name}. Is a term {name} missing, or "
            f"the term -{_bracket(name)} extra?",
        )
    return None


def _bracket(name: str) -> str:
    return f"({name})" if " " in name else name


def _by_constant(right: Values, answered: Values) -> tuple[str, str] | None:
    steps = [b - a for a, b in zip(right, answered, strict=True)]
    if all(agree(step, steps[0]) for step in steps):
        words = format_value(steps[0])
        return (
            "constant",
            f"Your answer differs from the right one by the constant {words}.",
        )
    # Ratios exist only if the right answer is nowhere 0.
    if all(right):
        ratios = [b / a for a, b in zip(right, answered, strict=True)]
        if all_agree(answered, [Decimal(0)] * len(answered)):
            return "cancelled", "Everything cancels: the sum is 0 for any numbers."
        if all(agree(ratio, ratios[0]) for ratio in ratios):
            words = format_value(ratios[0])
            return (
                "multiple",
                f"Your answer is the right one times the constant {words}.",
            )
    return None


def _by_stratum(
    problem: Problem, points: Sequence[Point], right: Values, answered: Values
) -> tuple[str, str] | None:
    if len(problem.domain.indices) != 2:
        return None
    first, second = problem.domain.indices
    same: dict[bool, set[bool]] = {True: set(), False: set()}
    for point, a, b in zip(points, right, answered, strict=True):
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
    """Yield the quantities that can be named in this exercise, simplest first."""
    yield from problem.factors
    for name, kind in problem.domain.given.items():
        if kind == "unit":
            yield from _around(symbol(name))
        if isinstance(kind, Tied) or kind in ("distribution", "one-hot", "positive"):
            yield from _entries(problem, name, kind)


def _entries(problem: Problem, name: str, kind: str | Tied) -> Iterator[Expression]:
    row, indices = Row(name), [symbol(index) for index in problem.domain.indices]
    if problem.domain.batch:
        yield from _around(row[tuple(indices)])
        return
    for index in indices:
        yield from _around(row[index])
    if len(indices) == 2:
        yield row[indices[0]] * row[indices[1]]
    if kind == "positive":
        # No exercise has this name, so it can't be mistaken for an index.
        yield total(row[symbol("m_")], symbol("m_"))


def _around(value: Expression) -> Iterator[Expression]:
    yield from (value, 1 - value, value * (1 - value))
