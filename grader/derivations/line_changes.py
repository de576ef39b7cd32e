"""line_changes: find the part of a line that changed, or that is to blame.

Terms, or factors, with the same values on both sides are struck out; the rest is the
change. Inside a sum over the same range, the search continues with the summand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from grader.derivations.equality import Right, all_agree
from grader.derivations.evaluate import evaluate
from grader.derivations.notation import (
    LARGEST_TREE,
    Expression,
    expression,
    rewrite,
    size,
    table,
)
from grader.derivations.point import CannotJudge, Point, StepBudget, Undefined
from grader.derivations.table import InvalidTable, Table, format_expression

# Each sum that is entered doubles the points: six of them turn one into 64.
DEEPEST = 6
MOST_TERMS = 30


@dataclass(frozen=True, slots=True)
class _Probe:
    """The points at which parts are compared, with their budget."""

    points: list[Point]
    budget: StepBudget = field(default_factory=StepBudget)

    def values(self, part: Expression) -> list[Decimal]:
        """Return the values of a part at every point."""
        laid = table(part)
        return [evaluate(laid, point, budget=self.budget) for point in self.points]

    def inside(self, loop: Expression) -> _Probe:
        """Return a probe with the running index of a sum at some of its values."""
        if loop.op != "Sum":
            return self
        points = [
            replace(point, indices={**point.indices, loop.name: at})
            for point in self.points
            for at in range(min(point.classes, 2))
        ]
        return _Probe(points, self.budget)


def find_change(before: Table, now: Table, points: Sequence[Point]) -> tuple[str, str]:
    """Return the part that changed, before and after, as texts.

    Args:
        before: the line before.
        now: the wrong line.
        points: where parts are compared.

    Returns:
        Two empty texts if the whole line changed, or can't be searched.
    """
    # Shared parts unfold in a tree, so a short table may become a huge one.
    if max(size(before), size(now)) > LARGEST_TREE:
        return "", ""
    was, became = expression(before), expression(now)
    try:
        a, b = _narrow(was, became, _Probe(list(points)), DEEPEST)
        if a == was or b == became:
            return "", ""
        return format_expression(table(a)), format_expression(table(b))
    except (Undefined, CannotJudge, InvalidTable):
        return "", ""


def _narrow(
    was: Expression, became: Expression, look: _Probe, depth: int
) -> tuple[Expression, Expression]:
    if depth == 0:
        return was, became
    if was.op == became.op and was.op in ("Sum", "Derivative", "log", "exp"):
        # Their parts are comparable only for the same range, or the same variable.
        if was.parts[1:] == became.parts[1:] and was.name == became.name:
            inner = look.inside(was)
            return _narrow(was.parts[0], became.parts[0], inner, depth - 1)
        return was, became
    # Treat a single term as a sum of one, so that an added term is noticed.
    op = "Add" if "Add" in (was.op, became.op) else "Mul"
    left, right = _strike_out(_flatten(was, op), _flatten(became, op), look)
    a, b = _join(op, left), _join(op, right)
    if (a, b) == (was, became) or len(left) != 1 or len(right) != 1:
        return a, b
    return _narrow(a, b, look, depth - 1)


def _flatten(tree: Expression, op: str) -> list[Expression]:
    if tree.op != op:
        return [tree]
    return [part for inner in tree.parts for part in _flatten(inner, op)]


def _strike_out(
    was: list[Expression], became: list[Expression], look: _Probe
) -> tuple[list[Expression], list[Expression]]:
    """Return both lists without the parts that have the same values."""
    theirs = [(part, look.values(part)) for part in became]
    left = []
    for part in was:
        values = look.values(part)
        same = next((item for item in theirs if all_agree(values, item[1])), None)
        if same is None:
            left.append(part)
        else:
            # Strike each part out once: x + x against x leaves one.
            theirs.remove(same)
    return left, [part for part, _ in theirs]


def _join(op: str, parts: list[Expression]) -> Expression:
    if not parts:
        return Expression("Int", number=(0 if op == "Add" else 1, 1))
    return parts[0] if len(parts) == 1 else Expression(op, tuple(parts))


def suggest_repair(now: Table, right: Right, points: Sequence[Point]) -> str:
    """Return a sentence about the one term whose sign or presence makes a line wrong.

    If either of two changes makes it right, the sentence asks which one is meant.

    Returns:
        "" if no single term does, if more than two do, or if the line is too large to
        search.
    """
    if size(now) > LARGEST_TREE:
        return ""
    right_values = [right(point) for point in points]
    tree, look = expression(now), _Probe(list(points))
    repairs: list[str] = []
    for change, changed_tree in _with_a_term_changed(tree):
        try:
            if all_agree(look.values(changed_tree), right_values):
                repairs.append(change)
        except (Undefined, InvalidTable):
            continue
        except CannotJudge:
            return ""  # perhaps of several changes, only some could be tried
    match repairs:
        case [one]:
            return f"{one[0].upper()}{one[1:]}, the line would be right."
        case [one, other]:
            return (
                f"The line would be right {one}, and also {other}. Is one of these the "
                "mistake?"
            )
    return ""


def find_other_variable(
    now: Table, variable: Expression | None, right: Right, points: Sequence[Point]
) -> str:
    """Return the variable that makes a line wrong: by z[k], not z[i]; by s, not z.

    Returns:
        A sentence; "" if another variable doesn't fix the line.
    """
    if variable is None or size(now) > LARGEST_TREE:
        return ""
    variables: list[Expression] = []

    def change(part: Expression) -> Expression | None:
        if part.op != "Derivative" or part.parts[1] == variable:
            return None
        other = part.parts[1]
        is_entry = other.op == "Idx" and other.name == variable.name
        if not is_entry and variable not in other.parts:
            return None
        variables.append(part.parts[1])
        return replace(part, parts=(rewrite(part.parts[0], change), variable))

    tree = rewrite(expression(now), change)
    # With two other variables, it is unclear which of them is the mistake.
    if len(set(variables)) != 1:
        return ""
    try:
        if not all_agree(
            _Probe(list(points)).values(tree), [right(at) for at in points]
        ):
            return ""
        by, goal = (
            format_expression(table(variables[0])),
            format_expression(table(variable)),
        )
    except (Undefined, CannotJudge, InvalidTable):
        return ""
    return (
        f"You differentiate with respect to {by}. With respect to {goal}, the line "
        "would be right."
    )


def _with_a_term_changed(tree: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield each change of one term in a sum, in words, and the tree with it.

    The change is another sign, or to leave the term out.
    """
    for place in list(_places(tree))[:MOST_TERMS]:
        term, whole = _at(tree, place), _at(tree, place[:-1])
        text = f"the term {format_expression(table(term))}"
        # In the outermost sum of a line, it is clear which term is meant.
        if any(_at(tree, place[:at]).op == "Add" for at in range(len(place) - 1)):
            text += f" in {format_expression(table(whole))}"
        yield f"with the other sign on {text}", _with(tree, place, -1 * term)
        yield f"without {text}", _with(tree, place, 0 * term)


def _places(tree: Expression, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    for at, part in enumerate(tree.parts):
        if tree.op == "Add":
            yield (*path, at)
        # The limits of a sum contain indices, not terms of the line.
        if tree.op != "Sum" or at == 0:
            yield from _places(part, (*path, at))


def _at(tree: Expression, place: tuple[int, ...]) -> Expression:
    for at in place:
        tree = tree.parts[at]
    return tree


def _with(tree: Expression, place: tuple[int, ...], new: Expression) -> Expression:
    if not place:
        return new
    at, rest = place[0], place[1:]
    inner = _with(tree.parts[at], rest, new)
    return replace(tree, parts=(*tree.parts[:at], inner, *tree.parts[at + 1 :]))
