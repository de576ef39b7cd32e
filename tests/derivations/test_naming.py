"""Wrong rules and wrong problems are named for any loss, in these words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from grader.derivations import (
    Diagnosis,
    Domain,
    Problem,
    Verdict,
    Written,
    diagnose,
    is_first_entry,
)
from grader.derivations.equality import judge, value_of
from grader.derivations.notation import (
    Expression,
    Row,
    d,
    delta,
    exp,
    lift,
    log,
    symbol,
    table,
    total,
)
from lessons.lesson4_derivation.softmax import softmax_of
from tests.support.parameter_ids import shorten

a, b, z, p = Row("a"), Row("b"), Row("z"), Row("p")
t, u, i, j, k, n = map(symbol, "tuijkn")
K, N = symbol("K"), symbol("N")
HALF = Expression("Rat", number=(1, 2))

NUMBERS = Domain({"t": "unit", "u": "unit"})
ROW = Domain({"a": "positive", "i": "index"})
ROWS = Domain({"a": "positive", "b": "positive", "i": "index", "j": "index"})


def name(problem: Problem, answer: Expression | int) -> Diagnosis | None:
    return diagnose(problem, Written({(): table(lift(answer))}), 11)


def sentence(problem: Problem, answer: Expression | int) -> str:
    found = name(problem, answer)
    return found.sentence if found else ""


LOG = log(1 + t**2)
EXP = exp(t**2)
PRODUCT = t**2 * exp(3 * t) * log(t)
SUM = exp(t**3 + 1 / (1 + t**2))
RULES = [
    (LOG, log(1 + t**2) * 2 * t, "kept the log: the derivative of log u is u'/u"),
    (
        LOG,
        1 / (1 + t**2),
        "left out the chain rule: the derivative of log u is u'/u, not 1/u",
    ),
    (
        LOG,
        2 * t,
        "differentiated only the inside of the log: the factor 1/u is missing",
    ),
    (
        LOG,
        2 * t * (1 + t**2),
        "turned 1/u upside down: the derivative of log u is u'/u, not u u'",
    ),
    (LOG, -2 * t / (1 + t**2) ** 2, "differentiated 1/u instead of log u"),
    (
        EXP,
        t**2 * exp(t**2 - 1) * 2 * t,
        "used the power rule on exp: the derivative of exp(u) is exp(u) u'",
    ),
    (EXP, exp(t**2), None),
    (
        EXP * t,
        exp(t**2) * (1 + t),
        "left out the inner derivative of exp(u): it is exp(u) u'",
    ),
    (
        PRODUCT,
        2 * t * 3 * exp(3 * t) / t,
        "multiplied the derivatives of the factors: the product rule is u'v + u v'",
    ),
    (
        PRODUCT,
        2 * t * exp(3 * t) * log(t),
        "differentiated only the first factor: the product rule is u'v + u v'",
    ),
    (
        PRODUCT,
        t * exp(3 * t),
        "differentiated only the last factor: the product rule is u'v + u v'",
    ),
    (
        SUM,
        SUM * (3 * t**2 + 2 * t / (1 + t**2) ** 2),
        "lost the minus in the derivative of 1/u, which is -u'/u^2",
    ),
    (SUM, SUM * 3 * t**2, "treated the denominator as a constant"),
]


@pytest.mark.parametrize(
    ("loss", "answer", "cause"), RULES, ids=[shorten(str(one[-1])) for one in RULES]
)
def test_a_wrong_rule_is_told_by_what_was_done(
    loss: Expression, answer: Expression, cause: str | None
) -> None:
    told = sentence(Problem(loss, t, NUMBERS), answer)
    if cause is None:
        cause = (
            "did not differentiate at all. You get the same answer if you left out the "
            "inner derivative of exp(u): it is exp(u) u'"
        )
    assert told == f"It seems that you {cause}."


BY_U = Problem(t**2 * u**3, u, NUMBERS)
WRONG_PROBLEMS = [
    (BY_U, 2 * t * u**3, "differentiated with respect to t instead of u"),
    (BY_U, t**2 * u**3, "did not differentiate at all"),
    (
        Problem(a[j] ** 2 * a[i], a[j], ROWS),
        a[j] ** 2 + delta(i, j) * 2 * a[i] ** 2,
        "mixed up the two indices",
    ),
    (
        Problem(a[i] ** 2 * b[i] ** 3, a[i], ROWS),
        3 * a[i] ** 2 * b[i] ** 2,
        "differentiated with respect to b instead of a. You get the same answer if you "
        "swapped the roles of a and b",
    ),
    (
        Problem(total(a[k] ** 2 * b[k] ** 3, k), a[i], ROWS),
        3 * b[i] ** 2 * a[i] ** 2 + b[i] ** 3 * a[i],
        None,
    ),
    (
        Problem(total(a[k] ** 2 * b[k] ** 4, k), a[i], ROWS),
        4 * a[i] ** 3 * b[i] ** 2,
        "swapped the roles of a and b",
    ),
    (
        Problem(
            -total(t**2 * a[k] + t**3 * a[k] ** 2, k),
            t,
            Domain({**ROW.given, "t": "unit"}),
        ),
        -total(3 * t**2 * a[k] ** 2, k),
        "left out a term of the loss, the first one",
    ),
    (
        Problem(u * (t + t**2 + t**3 + t**4 + t**5), t, NUMBERS),
        u * (1 + 2 * t + 3 * t**2 + 4 * t**3),
        "left out a term of the loss, the 5th one",
    ),
    (
        Problem(t + t**2 + t**3 + t**4, t, NUMBERS),
        1 + 2 * t + 3 * t**2 - 4 * t**3,
        "changed the sign of a term of the loss, the fourth one",
    ),
    (
        Problem(t + t**2 + t**3 + t**4, t, NUMBERS),
        1 + 2 * t - 3 * t**2 + 4 * t**3,
        "changed the sign of a term of the loss, the third one",
    ),
]


@pytest.mark.parametrize(
    ("problem", "answer", "cause"),
    WRONG_PROBLEMS,
    ids=[shorten(str(one[-1])) for one in WRONG_PROBLEMS],
)
def test_a_wrong_thing_to_differentiate_is_told(
    problem: Problem, answer: Expression, cause: str | None
) -> None:
    told = sentence(problem, answer)
    assert told == (f"It seems that you {cause}." if cause else "")


BATCH = Problem(
    total(total(log(a[n, k]), k), n, N - 1) / N,
    a[n, i],
    Domain({"a": "positive", "n": "row", "i": "index"}, batch=4, more=0),
)
FIXED = Problem(total(a[k] ** 3, k), a[i], ROW)
RIGHT = 3 * a[i] ** 2
FACTORS = [
    (FIXED, -RIGHT, "sign", "Your answer has the wrong sign everywhere."),
    (FIXED, RIGHT / log(2), "log2", "That is the right answer with log base 2."),
    (FIXED, RIGHT / log(10), "log10", "That is the right answer with log base 10."),
    (FIXED, 2 * RIGHT, "twice", "Your answer is twice the right one."),
    (FIXED, HALF * RIGHT, "half", "Your answer is half the right one."),
    (
        FIXED,
        RIGHT / K,
        "over_k",
        "You averaged over the classes: the right answer is divided by K.",
    ),
    (
        FIXED,
        RIGHT * K,
        "times_k",
        "Your answer is the right one times the number of classes.",
    ),
    (
        BATCH,
        1 / a[n, i],
        "n_missing",
        "The factor 1/N is missing: the loss is a mean over the batch.",
    ),
    (BATCH, 1 / a[n, i] / N**2, "n_twice", "The factor 1/N is there twice."),
    (FIXED, RIGHT * a[i], "extra_factor", "Your answer is the right one times a[i]."),
    (
        FIXED,
        3 * a[i],
        "missing_factor",
        "The factor a[i] is missing in your answer.",
    ),
    (
        FIXED,
        RIGHT + a[i] * (1 - a[i]),
        "term_more",
        "Your answer is the right one plus a[i]*(1 - a[i]). Is a term "
        "-(a[i]*(1 - a[i])) missing, or the term a[i]*(1 - a[i]) extra?",
    ),
    (
        FIXED,
        RIGHT - (1 - a[i]),
        "term_less",
        "Your answer is the right one minus 1 - a[i]. Is a term 1 - a[i] missing, or "
        "the term -(1 - a[i]) extra?",
    ),
    (
        FIXED,
        RIGHT * total(a[k], k),
        "extra_factor",
        "Your answer is the right one times total(a[m_], m_).",
    ),
    (
        FIXED,
        RIGHT - 7,
        "constant",
        "Your answer differs from the right one by the constant -7.",
    ),
    (
        FIXED,
        5 * RIGHT,
        "multiple",
        "Your answer is the right one times the constant 5.",
    ),
    (FIXED, 0, "zero", "Your answer is 0."),
    (
        Problem(a[i] * b[j], a[i], ROWS),
        b[j] * b[i],
        "extra_factor",
        "Your answer is the right one times b[i].",
    ),
    (
        Problem(a[i] ** 2 * b[j], a[i], ROWS),
        2 * a[i] * b[j] * b[i] * b[j],
        "extra_factor",
        "Your answer is the right one times b[i]*b[j].",
    ),
    (
        Problem(a[i] ** 2 * b[j], a[i], ROWS),
        2 * a[i] * b[j] + (1 - delta(i, j)) * b[i] ** 3,
        "off_diagonal",
        "Right when i = j, wrong when i != j.",
    ),
    (
        Problem(a[i] ** 2 * b[j], a[i], ROWS),
        2 * a[i] * b[j] + delta(i, j) * b[i] ** 3,
        "diagonal",
        "Right when i != j, wrong when i = j.",
    ),
    (
        Problem(t**2, t, NUMBERS),
        2 * t * u,
        "extra_factor",
        "Your answer is the right one times u.",
    ),
]


@pytest.mark.parametrize(
    ("problem", "answer", "tag", "told"),
    FACTORS,
    ids=[shorten(str(one[-1])) for one in FACTORS],
)
def test_what_an_answer_is_seen_from_the_right_one_is_told(
    problem: Problem, answer: Expression, tag: str, told: str
) -> None:
    found = name(problem, answer)
    assert found is not None
    assert (found.tag, found.sentence) == (tag, told)


def test_what_is_nobodys_mistake_has_no_name() -> None:
    for answer in (RIGHT, RIGHT + a[i] ** 4, log(lift(-1)), symbol("w")):
        assert name(FIXED, answer) is None
    two = Problem(a[i] ** 2 * b[j], a[i], ROWS)
    assert name(two, 2 * a[i] * b[j] + b[i] ** 3) is None


def test_nobody_is_told_of_an_answer_that_has_no_value_anywhere() -> None:
    assert name(Problem(log(-t), t, NUMBERS), t) is None
    assert name(Problem(log(-t), None, NUMBERS), t) is None


def test_zero_beside_a_tied_row_asks_about_sympy() -> None:
    domain = Domain({"z": "scores", "p": softmax_of("z"), "i": "index"})
    assert sentence(Problem(p[i] ** 2, z[i], domain), 0) == (
        "Your answer is 0. Did SymPy differentiate? To SymPy, p and z are unrelated "
        "symbols, so the derivative is 0."
    )


def several(count: int) -> Mapping[str, Any]:
    return {f"w{at}": (f"did thing {at}", t**5) for at in range(count)}


def test_three_causes_of_one_answer_are_told_and_all_are_kept() -> None:
    problem = Problem(t**2, t, NUMBERS, instead=several(4))
    found = name(problem, 5 * t**4)
    assert found == Diagnosis(
        "w0",
        "It seems that you did thing 0. You get the same answer if you did thing 1 or "
        "did thing 2.",
        ("w1", "w2", "w3"),
    )


def test_one_cause_under_two_tags_is_told_once() -> None:
    twice = {"w0": ("did it", t**5), "w1": ("did it", t**5)}
    found = name(Problem(t**2, t, NUMBERS, instead=twice), 5 * t**4)
    assert found == Diagnosis("w0", "It seems that you did it.", ("w1",))


def test_what_an_answer_is_comes_before_what_it_can_come_of() -> None:
    problem = Problem(t**2, t, NUMBERS, instead={"w": ("did it", -(t**2))})
    assert sentence(problem, -2 * t) == (
        "Your answer has the wrong sign everywhere. Perhaps that is because you did it."
    )


def test_an_author_may_name_a_wrong_answer_outright() -> None:
    problem = Problem(t**2, None, NUMBERS, known={"half_done": t + 7})
    assert sentence(problem, t + 7) == "It seems that you wrote half done."


def test_a_term_with_the_number_of_classes_is_named_only_if_it_fits_any_number() -> (
    None
):
    problem = Problem(total(a[k], k) * b[i], None, ROWS, factors=((K - 1) * b[i],))
    right = problem.loss
    assert sentence(problem, right - (K - 1) * b[i]).startswith(
        "Your answer is the right one minus (K - 1)*b[i]."
    )
    # With three classes the two are the same number.
    assert not sentence(problem, right - 2 * b[i])


def test_a_rule_is_not_blamed_where_none_was_used() -> None:
    problem = Problem(LOG, t, NUMBERS)
    answer = Written({(): table(2 * t)})
    without = table(2 * t / (1 + t**2))
    assert diagnose(problem, answer, 11, before=without) is None


def test_a_rule_can_go_wrong_in_a_line_that_is_written_otherwise_than_the_loss() -> (
    None
):
    problem = Problem(LOG, t, NUMBERS)
    # (1 + t^2) (1 + t^2) under the log, and half of that.
    before = table(HALF * d(log((1 + t**2) ** 2), t))
    answer = Written({(): table(HALF / (1 + t**2) ** 2)})
    assert diagnose(problem, answer, 11) is None
    found = diagnose(problem, answer, 11, before=before)
    assert found is not None
    assert (found.tag, found.sentence) == (
        "log_no_chain",
        "It seems that you left out the chain rule: the derivative of log u is u'/u, "
        "not 1/u.",
    )


def test_a_line_with_a_derivative_is_named_by_its_value() -> None:
    problem = Problem(LOG, t, NUMBERS)
    assert sentence(problem, -d(LOG, t)) == (
        "Your answer has the wrong sign everywhere."
    )


@pytest.mark.parametrize(
    ("answer", "is_first"),
    [(2 * a[0], True), (2 * a[1], False), (2 * b[0], False), (a[0] ** 2, False)],
    ids=["first", "second", "of another row", "wrong"],
)
def test_the_first_entry_alone_is_known(answer: Expression, is_first: bool) -> None:
    problem = Problem(total(a[k] ** 2, k), a[i], ROW)
    assert is_first_entry(problem, table(answer), 11) is is_first


def test_an_index_of_a_sum_is_free_again_behind_it() -> None:
    right = table(total(a[k], k) * b[i])
    answer = Written({(): table(total(a[i], i) * b[i])})
    assert judge(answer, value_of(right), ROWS, 11).verdict is Verdict.EQUAL
