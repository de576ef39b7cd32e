"""What is said of a derivation: expressions and points as text, and what changed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from grader.derivations import (
    Domain,
    Ending,
    Form,
    Problem,
    Proof,
    RequiredStep,
    Step,
    Tied,
    Verdict,
    Written,
    judge_lines,
    read,
    written,
)
from grader.derivations.domain import describe, format_value
from grader.derivations.line_changes import find_change, suggest_repair
from grader.derivations.notation import (
    Expression,
    Row,
    d,
    delta,
    exp,
    expression,
    lift,
    log,
    sigma,
    symbol,
    table,
    total,
)
from grader.derivations.table import Table, format_expression
from lessons.lesson4_derivation.softmax import softmax_of
from tests.support.parameter_ids import shorten

a, b, y, p, z = map(Row, "abypz")
t, u, x, i, j, k = map(symbol, "tuxijk")
K = symbol("K")


def text_of(line: Expression | int) -> str:
    """A line as the worker sends it."""
    laid = table(lift(line))
    rows: list[list[Any]] = []
    for node in laid.nodes:
        children = list(node.children)
        match node.op:
            case "Int":
                rows.append(["Int", node.number[0]])
            case "Rat":
                rows.append(["Rat", *node.number])
            case "Sum" | "Product":
                rows.append([node.op, children[0], node.name, *children[1:]])
            case "Sym" | "Idx":
                rows.append([node.op, node.name, *children])
            case _:
                rows.append([node.op, *children])
    return json.dumps({"v": 1, "nodes": rows, "root": laid.root})


def op(name: str, *parts: Expression | int, to: str = "") -> Expression:
    return Expression(name, tuple(map(lift, parts)), to)


def fraction(above: int, below: int) -> Expression:
    return Expression("Rat", number=(above, below))


SHOWN = [
    (x - u, "x - u"),
    (-x, "-x"),
    (x - (u - t), "x - (u - t)"),
    (x + (u - t), "x + u - t"),
    (-(x + u), "-(x + u)"),
    (2 * (x + u), "2*(x + u)"),
    (lift(-1) * -1 * x, "1*x"),
    (lift(-1) * -1, "1"),
    (op("Mul", -1, -1, -1, x), "-x"),
    (lift(-3), "-3"),
    (x * lift(-3), "x*(-3)"),
    (x + lift(-3), "x - 3"),
    (1 / x, "1/x"),
    (1 / (x + u), "1/(x + u)"),
    (x / u, "x/u"),
    (op("Mul", x, 1 / u, 1 / t), "x/u/t"),
    (op("Mul", 1 / u, 1 / t), "1/u/t"),
    (-(x / u), "-x/u"),
    (x**2, "x**2"),
    (x**-2, "x**(-2)"),
    ((x + u) ** 2, "(x + u)**2"),
    ((x * u) ** 2, "(x*u)**2"),
    ((x**u) ** t, "(x**u)**t"),
    (x ** (u**t), "x**(u**t)"),
    (fraction(1, 3) * x, "x/3"),
    (fraction(2, 3) * x, "2/3*x"),
    (fraction(-1, 3), "-1/3"),
    (fraction(-1, 3) * x, "(-1/3)*x"),
    (fraction(2, 3) ** 2, "(2/3)**2"),
    (lift(5) ** 2, "5**2"),
    (a[i], "a[i]"),
    (a[i, 0], "a[i, 0]"),
    (total(a[k], k), "total(a[k], k)"),
    (total(a[k], k, 2), "Sum(a[k], (k, 0, 2))"),
    (op("Sum", a[k], 1, K - 1, to="k"), "Sum(a[k], (k, 1, K - 1))"),
    (op("Sum", a[k], 0, -1 + K, to="k"), "total(a[k], k)"),
    (op("Product", a[k], 0, K - 1, to="k"), "Product(a[k], (k, 0, K - 1))"),
    (delta(i, j), "delta(i, j)"),
    (d(log(x), x), "d(log(x), x)"),
    (op("E") * x, "E*x"),
    (op("Undefined"), "(no number)"),
    (op("Max", x, u), "Max(x, u)"),
    (
        op("Piecewise", x, op("Eq", i, j), u, op("True")),
        "Piecewise(x, Eq(i, j), u, True)",
    ),
]


@pytest.mark.parametrize(
    ("line", "text"), SHOWN, ids=[shorten(one[-1]) for one in SHOWN]
)
def test_an_expression_is_shown_as_it_is_typed(line: Expression, text: str) -> None:
    assert format_expression(table(line)) == text


@pytest.mark.parametrize(
    ("decimals", "text"), [("0.25", "x*0.25"), ("-0.25", "x*(-0.25)")]
)
def test_decimals_are_shown_as_they_are_typed(decimals: str, text: str) -> None:
    rows = [["Sym", "x"], ["Float", decimals], ["Mul", 0, 1]]
    assert (
        format_expression(read(json.dumps({"v": 1, "nodes": rows, "root": 2}))) == text
    )


def test_a_long_expression_is_cut_at_160_letters() -> None:
    whole, longer = symbol("w" * 20), symbol("w" * 21)
    assert len(format_expression(table(op("Add", *[whole] * 7)))) == 158
    row = op("Add", whole, *[symbol("w" * 17)] * 7)
    assert format_expression(table(row)) == " + ".join(["w" * 20, *["w" * 17] * 7])
    row = op("Add", longer, *[symbol("w" * 17)] * 7)
    assert len(format_expression(table(row))) == 160
    assert format_expression(table(row)).endswith("www...")


EVERYWHERE = Domain(
    {
        "z": "scores",
        "p": softmax_of("z"),
        "y": "distribution",
        "h": "one-hot",
        "a": "positive",
        "x": "number",
        "t": "unit",
        "i": "index",
        "j": "index",
    }
)


def points_of(points: list[Any], *names: str) -> list[str]:
    return [describe(point, set(names)) for point in points]


def test_the_first_points_are_ones_that_can_be_followed_on_paper() -> None:
    first = EVERYWHERE.nice_points()
    assert len(first) == 2 * 3 * 3
    assert describe(first[0], set(EVERYWHERE.given)) == (
        "z = (log(3), log(2), 0), p = (1/2, 1/3, 1/6), y = (1/5, 3/10, 1/2), "
        "h = (0, 0, 1), a = (3/10, 1/2, 1/5), x = log(6), t = 1/13, i = 0, j = 0"
    )
    assert describe(first[-1], set(EVERYWHERE.given)) == (
        "z = (log(2), log(3), log(5)), p = (1/5, 3/10, 1/2), y = (1/3, 1/6, 1/2), "
        "h = (1, 0, 0), a = (1/6, 1/2, 1/3), x = log(7), t = 1/15, i = 2, j = 2"
    )


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (2, "p = (2/3, 1/3), y = (1/5, 4/5), a = (4/5, 1/5)"),
        (
            4,
            "p = (2/5, 3/10, 1/5, 1/10), y = (1/10, 1/5, 3/10, 2/5), "
            "a = (1/5, 3/10, 2/5, 1/10)",
        ),
        (
            5,
            "p = (1/3, 4/15, 1/5, 2/15, ...), y = (1/15, 2/15, 1/5, 4/15, ...), "
            "a = (2/15, 1/5, 4/15, 1/3, ...)",
        ),
    ],
)
def test_a_point_has_a_value_for_every_class(classes: int, said: str) -> None:
    point = EVERYWHERE.with_classes(classes).nice_points()[0]
    assert describe(point, {"p", "y", "a"}) == said


def test_far_points_are_near_the_edges() -> None:
    assert points_of(EVERYWHERE.far_points(), "z", "x", "h", "i", "j") == [
        "z = (-20, -59/3, -58/3), h = (0, 0, 1), x = -20, i = 0, j = 0",
        "z = (20, 61/3, 62/3), h = (1, 0, 0), x = 20, i = 1, j = 1",
        "z = (-20, -59/3, 62/3), h = (0, 1, 0), x = -20, i = 2, j = 2",
    ]
    low, high, _ = EVERYWHERE.far_points()
    assert points_of([low, high], "t") == ["t = 1.00000", "t = 1e-9"]
    assert points_of([low, high], "a") == [
        "a = (1e-9, 2e-9, 3e-9)",
        "a = (1.00000, 1.00000, 1.00000)",
    ]
    assert points_of([low, high], "y") == [
        "y = (1e-9, 1.00000, 3e-9)",
        "y = (1e-9, 2e-9, 1.00000)",
    ]
    assert all(sum(point.rows["y"].values()) == 1 for point in (low, high))


def test_the_photos_of_a_far_point_are_far_each_in_a_way_of_its_own() -> None:
    batch = Domain({"z": "scores", "n": "row", "i": "index"}, batch=4, more=0)
    rows = batch.far_points()[2].rows["z"]
    assert [[round(rows[photo, at]) for at in range(3)] for photo in range(4)] == [
        [-20, -20, 21],
        [-20, -20, -19],
        [20, 20, 21],
        [-20, -20, 21],
    ]


def test_random_points_stay_within_the_domain_and_come_from_their_seed() -> None:
    found = EVERYWHERE.random_points(7, 40)
    assert found == EVERYWHERE.random_points(7, 40)
    assert found != EVERYWHERE.random_points(8, 40)
    for turn, point in enumerate(found):
        assert (point.indices["i"] == point.indices["j"]) == (turn % 2 == 0)
        assert sum(point.rows["h"].values()) == 1
        assert abs(sum(point.rows["y"].values()) - 1) < Decimal("1e-25")
        assert 0 < min(point.rows["y"].values())
        assert 0 < min(point.rows["a"].values()) < max(point.rows["a"].values()) < 2
        assert 0 < point.scalars["t"] < 1
        assert abs(point.scalars["x"]) <= 3
        assert all(abs(score) <= 3 for score in point.rows["z"].values())
    for name in ("z", "y", "h", "a"):
        assert len({tuple(point.rows[name].values()) for point in found}) > 2
    assert len({point.scalars["x"] for point in found}) > 30
    assert len({point.scalars["t"] for point in found}) > 30


def test_a_batch_has_a_row_for_each_photo() -> None:
    domain = Domain(
        {"z": "scores", "p": softmax_of("z"), "n": "row", "i": "index"},
        batch=4,
        more=0,
    )
    first = domain.nice_points()
    assert (len(first), len(domain.spread(first[0]))) == (2 * 3 * 3, 4 * 3)
    assert (
        describe(first[0], {"z", "n"}) == "z = (log(3), log(2), 0, log(2), ...), n = 0"
    )
    rows = dict(first[0].rows["p"].items())
    assert len(rows) == 4 * 3
    for photo in range(4):
        assert abs(sum(rows[photo, at] for at in range(3)) - 1) < Decimal("1e-25")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.5", "1/2"),
        ("-2", "-2"),
        ("3.14159265358979", "3.14159"),
        ("1e15", "1e+15"),
        ("999999999999", "999999999999"),
        ("1000000000000", "1.00000e+12"),
        ("0.000001", "1/1000000"),
        ("0.0000001", "1e-7"),
        ("0.33333333333333333333333333333333333333", "1/3"),
        ("0.3333333333333333333333333", "0.333333"),
    ],
)
def test_a_value_is_a_fraction_where_it_is_one(value: str, text: str) -> None:
    assert format_value(Decimal(value)) == text


# Lines.

SOFTMAX = Domain(
    {"z": "scores", "p": softmax_of("z"), "y": "distribution", "i": "index"}
)
SLOPE = Problem(-total(y[k] * log(p[k]), k), z[i], SOFTMAX, Form(frozenset("ypi")))
SQUARES = Problem(
    total(a[k] ** 2 + t * a[k], k),
    a[i],
    Domain({"a": "positive", "t": "unit", "i": "index"}),
    Form(frozenset("ati"), without=frozenset({"Sum", "Delta"}), once=frozenset("t")),
)
GOAL = d(total(a[k] ** 2 + t * a[k], k), a[i])
SPLIT = total(d(a[k] ** 2, a[i]) + t * d(a[k], a[i]), k)
PUT_IN = total((2 * a[k] + t) * delta(k, i), k)
RESULT = 2 * a[i] + t
FIRST = RequiredStep("split", "split the sum", lambda now, _: now == table(SPLIT))
SECOND = RequiredStep("put in", "put it in", lambda now, _: now == table(PUT_IN))
LAST = RequiredStep("end", "end it", lambda now, _: now == table(RESULT))


def proof_of(
    *lines: Expression | int,
    problem: Problem = SQUARES,
    routes: tuple[tuple[RequiredStep, ...], ...] = (),
) -> Proof:
    steps = [Step(text_of(line), "why", at) for at, line in enumerate(lines, 10)]
    return judge_lines(steps, problem, routes, 5)


def words(proof: Proof) -> list[str]:
    return [line.word for line in proof.lines]


ENDINGS = [
    ((), Ending.EMPTY, "There is no line yet. Yield the first one.", []),
    (
        (GOAL,),
        Ending.BEGUN,
        "That is where to begin. In the next line, apply the first rule.",
        ["the start"],
    ),
    (
        (GOAL, GOAL),
        Ending.GOAL_REPEATED,
        "This is the goal again. Each line should carry out one more step.",
        ["the start", "same line again"],
    ),
    (
        (SPLIT,),
        Ending.NOT_FINISHED,
        "Right so far. The last line still contains a derivative that isn't computed "
        "yet.",
        ["ok"],
    ),
    (
        (SPLIT, PUT_IN, RESULT + x - x),
        Ending.CANNOT_JUDGE,
        "The symbol x has no meaning here.",
        ["ok", "ok", "cannot judge"],
    ),
    (
        (SPLIT, PUT_IN),
        Ending.NOT_SIMPLIFIED,
        "Every line is right. The last one can be simplified: write it without a "
        "delta.",
        ["ok", "ok"],
    ),
    (
        (SPLIT, 2 * a[i] + t + t - t),
        Ending.NOT_SIMPLIFIED,
        "Every line is right. The last one can be simplified: t may occur only once.",
        ["ok", "ok"],
    ),
    (
        (SPLIT, RESULT),
        Ending.JUMP,
        "The result is right, but you jump to it. Show the steps in between, one rule "
        "per line.",
        ["ok", "ok"],
    ),
    ((GOAL, SPLIT, SPLIT, PUT_IN, RESULT), Ending.RIGHT, "", None),
]


@pytest.mark.parametrize(
    ("lines", "ending", "sentence", "said"),
    ENDINGS,
    ids=[one[1].name for one in ENDINGS],
)
def test_a_derivation_ends_in_one_of_these_ways(
    lines: tuple[Expression, ...],
    ending: Ending,
    sentence: str,
    said: list[str] | None,
) -> None:
    proof = proof_of(*lines)
    assert (proof.ending, proof.sentence) == (ending, sentence)
    assert words(proof) == (
        ["the start", "ok", "same line again", "ok", "ok"] if said is None else said
    )


def test_the_steps_that_are_asked_for_stand_before_the_last_line() -> None:
    lines = (SPLIT, PUT_IN, RESULT)
    assert proof_of(*lines, routes=((FIRST, SECOND),)).ending is Ending.RIGHT
    proof = proof_of(*lines, routes=((LAST,),))
    assert (proof.ending, proof.missing) == (Ending.MISSING_STEP, "end")
    assert proof.sentence == "Every line is right, but a step is missing: end it."


def test_of_several_routes_the_nearest_one_is_told() -> None:
    lines = (SPLIT, PUT_IN, RESULT)
    never = RequiredStep("never", "do this", lambda *_: False)
    other = RequiredStep("other", "do that", lambda *_: False)
    assert proof_of(*lines, routes=((never, other), (FIRST, LAST))).missing == "end"
    assert proof_of(*lines, routes=((never,), (FIRST, LAST))).missing == "end"
    assert proof_of(*lines, routes=((never, other), (other,))).missing == "other"
    assert proof_of(*lines, routes=((never,), (SECOND,))).ending is Ending.RIGHT


def test_a_line_with_one_derivative_as_a_factor_may_be_the_last_but_one() -> None:
    loss = total(a[k] ** 2, k)
    problem = Problem(loss, a[i], SQUARES.domain)
    lines = (
        total(d(a[k] ** 2, a[i]), k),
        2 * a[i] * d(a[i], a[i]),
        op("Mul", 2, a[i]),
    )
    ends = RequiredStep("end", "end it", lambda now, _: now == table(lines[2]))
    assert proof_of(*lines, problem=problem, routes=((ends,),)).ending is Ending.RIGHT


def test_a_line_in_other_names_is_not_in_the_asked_form() -> None:
    softmax = exp(z[i]) / total(exp(z[k]), k)
    log_softmax = log(total(exp(z[k]), k)) - total(y[k] * z[k], k)
    lines = (
        d(log_softmax, z[i]),
        softmax - total(y[k] * delta(k, i), k),
        softmax - y[i],
    )
    proof = proof_of(*lines, problem=SLOPE)
    assert (proof.ending, proof.sentence) == (
        Ending.OTHER_FORM,
        "Every line is right. The last one isn't in the required form: use only i, p "
        "and y, not z.",
    )


def test_a_line_that_is_refused_is_not_judged() -> None:
    steps = [Step(text_of(SPLIT)), Step('{"v":1,"refused":"Integral"}')]
    proof = judge_lines(steps, SQUARES, (), 5)
    assert (proof.ending, proof.sentence) == (
        Ending.CANNOT_JUDGE,
        "Not allowed here: Integral.",
    )
    assert words(proof) == ["ok", "cannot judge"]
    assert proof.has_no_reason
    assert proof.last == steps[1]


WRONG = [
    (
        (SPLIT, total((a[k] + t) * delta(k, i), k)),
        ("d(a[k]**2, a[i]) + t*d(a[k], a[i])", "(a[k] + t)*delta(k, i)"),
        "",
    ),
    (
        (SPLIT, total(a[k] + t * d(a[k], a[i]), k)),
        ("d(a[k]**2, a[i])", "a[k]"),
        "",
    ),
    (
        (SPLIT, total(d(a[k] ** 2, a[i]) - t * d(a[k], a[i]), k)),
        ("1", "-1"),
        "With the other sign on the term -t*d(a[k], a[i]), the line would be right.",
    ),
    (
        (PUT_IN, 2 * a[i] - t),
        ("", ""),
        "With the other sign on the term -t, the line would be right.",
    ),
    (
        (RESULT, 2 * a[i] + t + a[i] * t),
        ("0", "a[i]*t"),
        "Without the term a[i]*t, the line would be right.",
    ),
    ((RESULT, 2 * a[i] * t), ("", ""), ""),
    ((RESULT, 3 * a[i] + t), ("2", "3"), ""),
    (
        (SPLIT, total(d(a[k] ** 3, t) + t * d(a[k], a[i]), k)),
        ("d(a[k]**2, a[i])", "d(a[k]**3, t)"),
        "",
    ),
    (
        (SPLIT, op("Sum", d(a[k] ** 2, a[i]) + t, 1, K - 1, to="k")),
        ("", ""),
        "",
    ),
    (
        (RESULT, t + 2 * (a[i] - t)),
        ("0", "-t"),
        "Without the term -t in a[i] - t, the line would be right.",
    ),
    ((RESULT + log(t) - log(t), RESULT + log(t) - log(a[i])), ("t", "a[i]"), ""),
]


@pytest.mark.parametrize(
    ("lines", "change", "repair"), WRONG, ids=[shorten(one[1][1]) for one in WRONG]
)
def test_of_a_wrong_line_the_part_that_changed_is_told(
    lines: tuple[Expression, ...], change: tuple[str, str], repair: str
) -> None:
    proof = proof_of(*lines)
    assert (proof.ending, proof.sentence) == (Ending.WRONG_LINE, "")
    assert words(proof) == ["ok", "not equal"]
    assert ((proof.was, proof.became), proof.repair) == (change, repair)
    assert proof.before == read(text_of(lines[0]))
    assert proof.wrong == Written({(): read(text_of(lines[1]))})


def test_two_changes_that_would_repair_a_line_are_a_question() -> None:
    proof = proof_of(RESULT, op("Add", 2 * a[i], -t, op("Mul", 2, t - t)))
    assert proof.repair == (
        "The line would be right with the other sign on the term -t, and also without "
        "the term -t in t - t. Is one of these the mistake?"
    )
    many = [2 * a[i], -t, op("Mul", 2, t - t), op("Mul", 2, t - t)]
    assert proof_of(RESULT, op("Add", *many)).repair == ""


def test_decimals_stay_what_they_are_in_the_part_that_changed() -> None:
    half = Expression("Float", number="0.5")
    line = op("Add", 2 * a[i], t, op("Mul", half, t))
    assert expression(table(line)) == line
    was, became = find_change(table(RESULT), table(line), SQUARES.domain.nice_points())
    assert (was, became) == ("0", "0.5*t")
    repair = suggest_repair(table(line), SQUARES.right, SQUARES.domain.nice_points())
    assert repair == "Without the term 0.5*t, the line would be right."


def test_a_derivative_by_the_value_of_sigma_is_a_factor_of_the_chain_rule() -> None:
    s = sigma(x)
    loss = -t * log(s) - (1 - t) * log(1 - s)
    problem = Problem(loss, x, Domain({"x": "number", "t": "unit"}))
    lines = (d(loss, s) * d(s, x), (s - t) / (s * (1 - s)) * d(s, x), s - t)
    assert proof_of(*lines, problem=problem).ending is Ending.RIGHT
    assert proof_of(d(loss, s), problem=problem).repair == (
        "You differentiate with respect to sigma(x). With respect to x, the line would "
        "be right."
    )
    # Everything else is constant: d(t*s + x, s) is t.
    constant = d(t * s + x, s) - t + d(loss, x)
    assert proof_of(constant, problem=problem).ending is Ending.NOT_FINISHED


def test_a_derivative_by_anything_else_is_refused_with_a_reason() -> None:
    proof = proof_of(d(log(t), log(t)))
    assert proof.ending is Ending.CANNOT_JUDGE
    assert proof.sentence == (
        "It differentiates with respect to log(t), which is neither a symbol nor a "
        "function such as sigma(z)."
    )


def test_of_a_line_that_is_nested_otherwise_nothing_is_said_to_have_changed() -> None:
    proof = proof_of(op("Add", a[i], op("Add", a[i], t)), a[i] * t * 7)
    assert (proof.was, proof.became) == ("", "")


def test_of_a_line_too_large_to_search_its_values_alone_are_told() -> None:
    big: Expression = a[i]
    for _ in range(11):
        big = op("Add", big, big)
    proof = proof_of(RESULT, RESULT + big)
    assert (proof.was, proof.became, proof.repair) == ("", "", "")
    assert proof.ruling is not None
    assert (proof.ruling.wanted, proof.ruling.mine) == ("6/5", "5126/5")


def test_a_wrong_variable_is_told_alone() -> None:
    wrong = total(d(a[k] ** 2, a[k]) + t * d(a[k], a[k]), k)
    proof = proof_of(wrong)
    assert proof.repair == (
        "You differentiate with respect to a[k]. With respect to a[i], the line would be "
        "right."
    )
    assert (proof.was, proof.became, proof.wrong) == ("", "", None)
    # Two other variables, or one more mistake, and nothing of the kind is said.
    for line in (
        total(d(a[k] ** 2, a[k]) + t * d(a[k], a[0]), k),
        total(d(a[k] ** 3, a[k]) + t * d(a[k], a[k]), k),
        total(d(a[k] ** 2, t) + t * d(a[k], t), k),
    ):
        assert "differentiate with respect to" not in proof_of(line).repair


def test_a_line_for_three_classes_alone_is_told_so() -> None:
    proof = proof_of(SPLIT, 2 * a[i] + t * (a[0] + a[1] + a[2]) / total(a[k], k))
    assert proof.ending is Ending.WRONG_LINE
    assert proof.sentence == (
        "This is right for 3 classes but not for 10: write it for any number of classes."
    )
    assert proof.ruling is not None
    assert proof.ruling.classes == 10


def test_a_line_without_a_value_is_not_defined() -> None:
    proof = proof_of(SPLIT, log(-a[i]))
    assert (proof.ending, words(proof)) == (Ending.UNDEFINED, ["ok", "not defined"])
    assert proof.ruling is not None
    assert (proof.ruling.verdict, proof.ruling.mine) == (Verdict.UNDEFINED, "no number")
    assert (proof.was, proof.repair, proof.wrong) == ("", "", None)


def test_the_order_of_terms_and_factors_makes_no_new_line() -> None:
    assert words(proof_of(RESULT, t + a[i] * 2)) == ["ok", "same line again"]
    assert words(proof_of(RESULT, t + 2 * (a[i] + 0))) == ["ok", "ok"]


def test_a_line_too_large_to_compare_is_the_same_only_as_it_stands() -> None:
    big: Expression = a[i]
    for _ in range(11):
        big = op("Add", big, big)
    line, turned = t + big - big, big + t - big
    problem = Problem(t, None, SQUARES.domain)
    assert words(proof_of(line, line, turned, problem=problem)) == [
        "ok",
        "same line again",
        "ok",
    ]


def test_one_expression_may_come_as_text() -> None:
    assert written(text_of(RESULT)) == Written({(): read(text_of(RESULT))})


def test_a_tied_row_is_made_of_the_row_it_names() -> None:
    tied = EVERYWHERE.tied["p"]
    assert isinstance(tied, Tied)
    assert tied.base == "z"


def test_a_table_knows_its_parts() -> None:
    laid: Table = table(total(a[k] * log(a[k]), k) + t)
    assert (laid.count("a"), laid.count("log"), laid.names()) == (2, 1, {"a", "t"})
    assert laid.has("log")
    assert not laid.has("exp", "Derivative")
