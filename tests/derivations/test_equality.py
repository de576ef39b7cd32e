"""Equality is decided right, at points of the domain, and nothing hangs."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
import sympy as sp

from grader.derivations import Domain, Form, Problem, Verdict, Written, diagnose, read
from grader.derivations.equality import RightValues, judge, value_of
from grader.derivations.notation import (
    Expression,
    Row,
    d,
    delta,
    exp,
    lift,
    log,
    sigma,
    symbol,
    table,
    tanh,
    total,
)
from grader.derivations.reevaluation import changes_like, has_term
from grader.derivations.table import InvalidTable
from grader.sandbox.sympy_serialization import to_table
from lessons.lesson4_derivation.softmax import softmax_of
from lessons.lesson4_derivation.vocabulary import OTHER_LOSSES
from tests.support.expression_pairs import (
    EQUAL,
    GIVEN,
    MORE_EQUAL,
    MORE_WRONG,
    PAIR_IDS,
    PAIRS,
    WRONG,
    Pair,
    Symbols,
    symbols_for,
)

# CPU seconds that one pair may take; measured, the slowest takes 0.05.
PATIENCE_S = 2.0


times: dict[str, float] = {}


@pytest.fixture(scope="module", autouse=True)
def slowest() -> Any:
    """Tell the slowest pair at the end; it is a figure and not a condition."""
    yield
    if times:
        name = max(times, key=lambda key: times[key])
        print(f"\n{len(times)} pairs judged; the slowest, {name}: {times[name]:.3f} s")


def ruled(pair: Pair, classes: int) -> tuple[Verdict, float]:
    """The verdict on a pair, and the CPU seconds it took."""
    left, right = (to_table(side) for side in pair)
    domain = Domain(GIVEN, classes=classes, more=0)
    start = time.process_time()
    try:
        mine = Written({(): read(left)})
        ruling = judge(mine, value_of(read(right)), domain, 20_261_125)
    except InvalidTable:
        return Verdict.CANNOT_JUDGE, time.process_time() - start
    return ruling.verdict, time.process_time() - start


def test_there_are_42_pairs_and_22_more_of_which_10_are_wrong() -> None:
    assert (
        len(EQUAL) + len(WRONG),
        len(MORE_EQUAL) + len(MORE_WRONG),
        len(MORE_WRONG),
    ) == (42, 22, 10)


@pytest.mark.parametrize("classes", [3, 10])
@pytest.mark.parametrize("name", PAIRS, ids=PAIR_IDS)
def test_every_pair_gets_its_verdict(name: str, classes: int) -> None:
    make, expected = PAIRS[name]
    verdict, seconds = ruled(make(symbols_for(classes)), classes)
    times[f"{name} at K = {classes}"] = seconds
    assert expected == verdict
    assert seconds < PATIENCE_S


@pytest.mark.parametrize("seed", range(6))
def test_whether_an_answer_can_be_judged_depends_on_no_drawn_number(seed: int) -> None:
    # Three sums take K * K * K steps, too many at some of the numbers that are drawn.
    product = exp(z[k]) * z[n] * z[m] - exp(z[k]) * z[n] * z[m] + z[k] * z[n] * z[m]
    sums = total(total(total(product, k), n), m)
    right = value_of(as_written(total(z[k], k) ** 3).entries[()])
    ruling = judge(as_written(sums), right, Domain(GIVEN, more=10), seed)
    assert ruling.verdict is Verdict.EQUAL


def test_five_points_without_strata_would_miss_the_diagonal() -> None:
    domain = Domain(GIVEN, classes=10, more=0)
    points = domain.random_points(7, 6)
    same = [point.indices["i"] == point.indices["j"] for point in points]
    assert (same.count(True), same.count(False)) == (3, 3)


# The table of mistakes.

y, p, z, q = Row("y"), Row("p"), Row("z"), Row("q")
i, j, k, K, N, n, m = map(symbol, ("i", "j", "k", "K", "N", "n", "m"))
T, X, U = symbol("y"), symbol("p"), symbol("z")
S = sigma(U)
LOGISTIC = 1 / (1 + exp(-U))
LOSS = -total(y[k] * log(p[k]), k)
HALF = Expression("Rat", number=(1, 2))

LOG = Problem(-T * log(X), X, Domain({"p": "unit", "y": "unit"}), Form(frozenset("yp")))
SOFTMAX = Problem(
    p[i],
    z[j],
    Domain({"z": "scores", "p": softmax_of("z"), "i": "index", "j": "index"}),
    Form(frozenset("pij")),
)
CROSS = Problem(
    LOSS,
    z[i],
    Domain({"z": "scores", "p": softmax_of("z"), "y": "distribution", "i": "index"}),
    Form(frozenset("ypi")),
    instead=OTHER_LOSSES,
)
BINARY = Problem(
    -T * log(LOGISTIC) - (1 - T) * log(1 - LOGISTIC),
    U,
    Domain({"z": "number", "y": "unit"}),
    factors=(S, 1 - S, S * (1 - S)),
)
MEAN = Problem(
    -total(total(y[m, k] * log(p[m, k]), k), m, N - 1) / N,
    z[n, i],
    Domain(
        {
            "z": "scores",
            "p": softmax_of("z"),
            "y": "distribution",
            "n": "row",
            "i": "index",
        },
        more=0,
        batch=4,
    ),
)
ENTROPY = Problem(
    -total(p[k] * log(p[k]), k), p[i], Domain({"p": "positive", "i": "index"})
)
DIVERGENCE = Problem(
    total(p[k] * log(p[k] / q[k]), k),
    p[i],
    Domain({"p": "positive", "q": "positive", "i": "index"}),
)

ROWS: list[tuple[str, Problem, Expression, str]] = [
    ("1", LOG, T / X, "sign"),
    ("2", LOG, -1 / X, "missing_factor y"),
    ("3", LOG, -T * log(X), "not_differentiated"),
    ("4", LOG, -T / (X * log(2)), "log2"),
    ("5", LOG, -T / (X * log(10)), "log10"),
    ("6", LOG, -log(X), "by_y"),
    ("7", LOG, -T * X, "log_is_u"),
    ("8", LOG, T / X**2, "log_inv_square"),
    ("9", LOG, -T / X + 5, "constant"),
    ("11", SOFTMAX, p[i] * (1 - p[i]), "jacobian_sigmoid"),
    ("12", SOFTMAX, p[i] * delta(i, j), "jacobian_denominator"),
    ("13", SOFTMAX, -p[i] * p[j], "jacobian_no_delta"),
    ("14", SOFTMAX, p[i] * (delta(i, j) + p[j]), "jacobian_sign"),
    ("15", CROSS, y[i] - p[i], "sign"),
    ("16", CROSS, -y[i] * (1 - p[i]), "jacobian_diagonal"),
    ("17", CROSS, -y[i], "jacobian_denominator"),
    ("18", CROSS, -total(y[k] * (1 - p[k]), k), "jacobian_sigmoid"),
    ("19", CROSS, -y[i] / p[i], "jacobian_identity"),
    (
        "20",
        CROSS,
        2 * total((p[k] - y[k]) * p[k] * (delta(i, k) - p[i]), k),
        "squared_error",
    ),
    ("21", CROSS, 2 * (p[i] - y[i]), "twice"),
    ("22 K", CROSS, (p[i] - y[i]) / K, "over_k"),
    ("22 log", CROSS, (p[i] - y[i]) / log(2), "log2"),
    ("23", CROSS, p[i] * total(y[k], k), "jacobian_no_delta"),
    ("24", CROSS, (p[i] - y[i]) * p[i] * (1 - p[i]), "extra_factor p[i]*(1 - p[i])"),
    ("25 extra", BINARY, (S - T) * S * (1 - S), "extra_factor sigma(z)*(1 - sigma(z))"),
    (
        "25 missing",
        BINARY,
        (S - T) / (S * (1 - S)),
        "missing_factor sigma(z)*(1 - sigma(z))",
    ),
    ("26", BINARY, -T * (1 - S), "term_dropped_1"),
    ("27 missing", MEAN, p[n, i] - y[n, i], "n_missing"),
    ("27 twice", MEAN, (p[n, i] - y[n, i]) / N**2, "n_twice"),
    ("28 first", ENTROPY, -log(p[i]), "product_first_only"),
    ("28 last", ENTROPY, lift(-1), "product_last_only"),
    ("28 product", ENTROPY, -1 / p[i], "product_of_derivatives"),
    ("29 part", DIVERGENCE, log(p[i] / q[i]), "product_first_only"),
    ("29 other", DIVERGENCE, -p[i] / q[i], "by_q"),
]

RIGHT_FORMS = [
    (LOG, -T / X),
    (SOFTMAX, p[j] * (delta(i, j) - p[i])),
    (CROSS, p[i] - y[i]),
    (CROSS, p[i] * total(y[k], k) - y[i]),
    (BINARY, S - T),
    (BINARY, (1 + tanh(U * HALF)) / 2 - T),
    (MEAN, (p[n, i] - y[n, i]) / N),
    (ENTROPY, -log(p[i]) - 1),
    (DIVERGENCE, log(p[i]) - log(q[i]) + 1),
]


def as_written(expression: Expression) -> Written:
    """An answer that is one expression."""
    return Written({(): table(expression)})


@pytest.mark.parametrize(
    ("problem", "answer", "name"),
    [row[1:] for row in ROWS],
    ids=[f"{row[0]} {row[3]}" for row in ROWS],
)
def test_every_row_of_the_table_is_named(
    problem: Problem, answer: Expression, name: str
) -> None:
    found = diagnose(problem, as_written(answer), 11)
    assert problem.judge(as_written(answer), 5).verdict == Verdict.NOT_EQUAL
    assert found is not None
    assert name in (found.tag, f"{found.tag} {found.quantity}")


def test_a_derivative_that_is_left_is_not_finished() -> None:
    left = as_written(d(-T * log(X), X))
    assert LOG.judge(left, 5).verdict == Verdict.NOT_FINISHED


def test_a_derivative_that_is_left_was_not_worked_out_wrongly() -> None:
    """One term alone has the value of a wrong slope; nobody wrote that slope."""
    left = diagnose(CROSS, as_written(-y[i] / p[i] * d(p[i], z[i])), 5)
    carried_out = diagnose(CROSS, as_written(-y[i] * (1 - p[i])), 5)
    assert carried_out is not None
    assert carried_out.tag == "jacobian_diagonal"
    slopes = {tag for tied in CROSS.domain.tied.values() for tag in tied.link.faulty}
    assert left is None or not slopes & {left.tag, *left.also}


def test_one_score_may_be_far_above_the_others() -> None:
    """An answer that is wrong only where one score is far above another is found."""
    s = symbols_for(3)
    gap = sp.Max(0, s.zs[2] - s.zs[0] - 30)
    right, wrong = sum(s.zs), sum(s.zs) + gap
    domain = Domain({"z": "scores"})
    mine, goal = Written({(): read(to_table(wrong))}), read(to_table(right))
    assert judge(mine, value_of(goal), domain, 5).verdict is Verdict.NOT_EQUAL


def test_where_nothing_has_a_value_nothing_is_decided() -> None:
    nowhere = as_written(log(lift(-1)))
    right = value_of(table(log(lift(-1))))
    ruling = judge(nowhere, right, Domain({"z": "scores"}), 5)
    assert ruling.verdict is Verdict.CANNOT_JUDGE
    assert "too few points" in ruling.reason


@pytest.mark.parametrize(("problem", "answer"), RIGHT_FORMS)
def test_right_answers_are_right_in_every_form(
    problem: Problem, answer: Expression
) -> None:
    assert problem.judge(as_written(answer), 5).verdict == Verdict.EQUAL
    assert diagnose(problem, as_written(answer), 5) is None


def test_causes_that_give_the_same_answer_are_told_together() -> None:
    found = diagnose(BINARY, as_written(T - S), 5)
    assert found is not None
    assert ("sign", {"exp_no_chain", "reciprocal_sign"}) == (found.tag, set(found.also))
    assert "inner derivative" in found.sentence
    assert "1/u" in found.sentence


def test_a_counterexample_is_told_in_fractions() -> None:
    ruling = CROSS.judge(as_written(-y[i] - p[i] * total(y[k], k)), 5)
    assert ruling.where == "p = (1/2, 1/3, 1/6), y = (1/5, 3/10, 1/2), i = 0"
    assert (ruling.wanted, ruling.mine) == ("3/10", "-7/10")


def test_the_asked_form_is_a_second_question() -> None:
    ruling = CROSS.judge(as_written(exp(z[i]) / total(exp(z[k]), k) - y[i]), 5)
    assert ruling.verdict == Verdict.OTHER_FORM
    assert "not z" in ruling.reason


def test_a_condition_on_a_value_is_not_judged() -> None:
    s = Symbols(3)
    sly = sp.Piecewise((0, sp.Eq(s.p[s.i], 1)), (s.p[s.i], True))
    assert ruled((sly, s.p[s.i]), 3)[0] == Verdict.CANNOT_JUDGE


def test_exact_decimals_are_right_and_remarked_on() -> None:
    domain = Domain(GIVEN, more=0)
    x = sp.Symbol("x")
    mine = Written({(): read(to_table(x * 0.6931471805599453))})
    right = value_of(read(to_table(x * sp.log(2))))
    ruling = judge(mine, right, domain, 5)
    assert (ruling.verdict, ruling.is_rounded) == (Verdict.EQUAL, True)


def test_a_running_index_hides_a_symbol_in_its_own_loop_only() -> None:
    z0 = sp.Symbol("z0")
    hidden = sp.Sum(z0, (z0, 0, 2)) * sp.Symbol("p0")
    assert read(to_table(hidden)).names() == {"p0"}
    assert read(to_table(sp.exp(z0) * hidden)).names() == {"p0", "z0"}


def test_what_stands_in_a_line_is_counted_as_it_is_written() -> None:
    s = Symbols(3)
    line = read(to_table(-s.t * (1 - s.sigma) + (1 - s.t) * s.sigma))
    assert (line.count("t"), line.count("exp"), line.count("Sum")) == (2, 2, 0)


def test_a_derivative_by_what_is_not_there_has_no_value() -> None:
    s = Symbols(3)
    assert ruled((sp.Derivative(s.p[0], s.z[7]), s.p[0]), 3)[0] == Verdict.UNDEFINED


def test_the_terms_of_a_sum_that_shares_its_parts_are_looked_at_once() -> None:
    s = Symbols(3)
    big = s.y[s.i] * (s.p[s.i] - 1)
    for _ in range(60):
        big = sp.Add(big, big, evaluate=False)
    points = Domain(GIVEN).nice_points()[:2]
    assert has_term(-y[i] * (1 - p[i]))(read(to_table(big)), points)
    assert not has_term(p[i])(read(to_table(big)), points)


def test_a_line_changes_with_the_rules_as_the_loss_does() -> None:
    points = Domain(GIVEN).nice_points()[:3]
    alike = changes_like(d(LOSS, z[i]))
    derived = -total(y[k] / p[k] * d(p[k], z[i]), k)
    assert alike(table(derived), points)
    zero = d(p[i], z[i]) - p[i] * (1 - p[i])
    for line in (p[i] - y[i] + zero, (p[i] - y[i]) * d(z[i], z[i])):
        assert not alike(table(line), points)


def test_a_row_written_out_in_scores_changes_with_the_rules_as_its_name_does() -> None:
    points = Domain(GIVEN).nice_points()[:3]
    row = exp(z[k]) / total(exp(z[j]), j)
    alike = changes_like(d(-total(y[k] * log(row), k), z[i]))
    assert alike(table(d(-total(y[k] * log(p[k]), k), z[i])), points)


def test_a_line_that_leaves_the_other_scores_out_does_not_change_as_the_loss() -> None:
    points = Domain(GIVEN).nice_points()[:3]
    alike = changes_like(d(total(y[k] * z[k], k), z[i]))
    assert alike(table(total(y[k] * d(z[k], z[i]), k)), points)
    assert not alike(table(y[i] * d(z[i], z[i])), points)


def test_shared_parts_cost_nothing() -> None:
    x = sp.Symbol("x")
    big = x
    for _ in range(60):
        big = sp.Add(big, big, evaluate=False)
    assert ruled((big, 2**60 * x), 3)[0] == Verdict.EQUAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 50_000,
        "9" * 50_000,
        '{"v":1,"nodes":[["Int",1]],"root":1}',
        '{"v":1,"nodes":[["Add",0]],"root":0}',
        '{"v":1,"nodes":[["Sym","__import__(\\"os\\")"]],"root":0}',
        '{"v":1,"nodes":[["Int",NaN]],"root":0}',
        '{"v":1,"nodes":[["Int",true]],"root":0}',
        '{"v":1,"nodes":[["Float","1e9999"]],"root":0}',
        '{"v":1,"nodes":[["Float",5]],"root":0}',
        '{"v":1,"nodes":[["Float","5","6"]],"root":0}',
        '{"v":1,"nodes":[["Rat",1,0]],"root":0}',
        '{"v":1,"nodes":[["True"]],"root":0}',
        '{"v":1,"nodes":[["eval","x"]],"root":0}',
        '{"v":1,"refused":"\\u001b[31mEvil"}',
        '{"v":1,"nodes":[["Sym","a"],["Derivative",0,0],["Derivative",1,1]],"root":2}',
    ],
)
def test_what_is_not_a_table_is_refused(text: str) -> None:
    with pytest.raises(InvalidTable) as refused:
        read(text)
    assert str(refused.value).isprintable()


@pytest.mark.slow
def test_a_few_thousand_mutated_tables_raise_nothing_unforeseen() -> None:
    from tools.fuzz.tables import mutated, seeds, tried

    rng = random.Random(3)
    found = seeds()
    for _ in range(3_000):
        tried(mutated(rng, rng.choice(found)))


def test_several_lines_share_the_right_values() -> None:
    domain, asked = LOG.domain, []

    def right(point):
        asked.append(point)
        return LOG.right(point)

    known = RightValues(right, domain, 7)
    line = Written({(): LOG.goal})
    assert judge(line, right, domain, 7, known=known).is_equal
    once = len(asked)
    assert once >= 3
    assert judge(line, right, domain, 7, known=known).is_equal
    assert len(asked) == once
