"""Derivations are judged line by line, and said in the words of the lesson."""

from __future__ import annotations

import ast
import textwrap
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from msgspec import structs

from grader.checks import Stopped, Wrong
from grader.checks.attempt import Answer
from grader.course.document.cells import Document
from grader.derivation_checks import (
    DerivationAssertions,
    mistake,
    numbers,
    sympy_evaluator,
)
from grader.derivation_checks.symbolic_answers import shape_of
from grader.derivations import Domain, Form, Problem, scan
from grader.derivations.notation import Row, log, symbol, total
from grader.report import Finding, Outcome
from grader.sandbox.codec import ExpressionText
from grader.sandbox.sympy_serialization import drain, entries, is_shaped, to_table
from lessons.lesson4_derivation.routes import SOFTMAX_ROUTES
from lessons.lesson4_derivation.softmax import softmax_of
from lessons.lesson4_derivation.vocabulary import HELPERS
from tests.support.declared import declared
from tests.support.project import ROOT

SOLUTION = ROOT / "solutions" / "lesson4_derivation.py"

y, p, z = Row("y"), Row("p"), Row("z")
i, k = symbol("i"), symbol("k")
SLOPE = Problem(
    -total(y[k] * log(p[k]), k),
    z[i],
    Domain({"z": "scores", "p": softmax_of("z"), "y": "distribution", "i": "index"}),
    Form(frozenset("ypi")),
)

HEAD = """\
import sympy as sp

k, K = sp.symbols("k K", integer=True)
log = sp.log
exp = sp.exp
delta = sp.KroneckerDelta


def d(e, v):
    return sp.Derivative(e, v)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


def derive_dL_dz(y, p, z, i):
"""

SAMPLE = (
    '-total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"',
    '-total(y[k] / p[k] * d(p[k], z[i]), k), "d log u = du / u"',
    '-total(y[k] / p[k] * p[k]*(delta(k, i) - p[i]), k), "softmax derivative"',
    '-y[i] + p[i] * total(y[k], k), "split the sum; delta keeps k = i"',
    'p[i] - y[i], "the y_k sum to 1"',
)
# The first has a value, 1, everywhere but where p[i] is 1/2.
ZERO_BY_ZERO = "(2*p[i] - 1)/total((2*p[i] - 1)*y[k], k)"
RULE_USED = "-total(y[k] / p[k] * d(p[k], z[i]), k)"
# 0 for each number of classes that doesn't depend on the seed.
AT_FIXED = "(K - 3)*(K - 4)*(K - 10)"
MADE_UP = "d(p[i], z[i]) - p[i]*(1 - p[i])"
LOG_SUM_EXP = (
    "d(log(total(exp(z[k]), k)) - total(y[k]*z[k], k), z[i]), 'ln p = z - lse'",
    "d(log(total(exp(z[k]), k)), z[i]) - y[i], 'the second sum'",
    "exp(z[i])/total(exp(z[k]), k) - y[i], 'd ln u = du / u'",
    "p[i] - y[i], 'that is p'",
)


def source_of(*lines: str) -> str:
    """An attempt whose derivation has these lines."""
    return HEAD + "".join(f"    yield {line}\n" for line in lines)


def symbols() -> list[Any]:
    """What the worker gets from the check."""
    rows = [sp.IndexedBase(name, real=True) for name in "ypz"]
    return [*rows, sp.Symbol("i", integer=True)]


def crossed(value: Any) -> Any:
    """A value after the way from the worker to the judge."""
    if is_shaped(value):
        return crossed(entries(value))
    if isinstance(value, dict):
        return {key: crossed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(crossed(item) for item in value)
    return ExpressionText(to_table(value)) if isinstance(value, sp.Basic) else value


def session_of(source: str) -> Any:
    """A session without a worker, in which SymPy is asked in this process."""

    def ask_clean(_module: Path, _target: str, argument: str, _cpu_s: float) -> str:
        return sympy_evaluator.work_out(argument)

    def conclude_later(
        compute: Callable[[], Any], conclude: Callable[[Any], None]
    ) -> None:
        conclude(compute())

    document = Document(source.encode())
    return types.SimpleNamespace(
        document=document,
        ask_alone=lambda _source, answer: answer,
        ask_clean=ask_clean,
        conclude_later=conclude_later,
    )


def asked(source: str) -> tuple[DerivationAssertions, Answer]:
    """The judge's side of an attempt, and what its derivation gives."""
    module: dict[str, Any] = {}
    code = compile(ast.parse(source), "lesson4_derivation.py", "exec")
    types.FunctionType(code, module)()
    value = module["derive_dL_dz"](*symbols())
    if isinstance(value, types.GeneratorType):
        value = drain(value)
    session = session_of(source)
    attempt: Any = types.SimpleNamespace(source=source, tree=None, _session=session)
    exercise = declared("4e", "The slope", 20, "slope")
    answer = Answer("derive_dL_dz", value=crossed(value))
    return DerivationAssertions(exercise, attempt, 20_261_125), answer


def finding_of(*lines: str) -> Finding:
    """What is said of a derivation with these lines, which is wrong."""
    asking, answer = asked(source_of(*lines))
    with pytest.raises(Wrong) as wrong:
        asking.derivation(answer, SLOPE, SOFTMAX_ROUTES, HELPERS)
    return wrong.value.finding


@pytest.mark.parametrize("lines", [SAMPLE, LOG_SUM_EXP], ids=["Jacobian", "lse"])
def test_both_routes_lead_there(lines: tuple[str, ...]) -> None:
    asking, answer = asked(source_of(*lines))
    proof = asking.derivation(answer, SLOPE, SOFTMAX_ROUTES, HELPERS)
    assert [line.word for line in proof.lines] == ["ok"] * len(lines)


def test_sympy_is_asked_again_in_another_domain() -> None:
    asking, answer = asked(source_of(*SAMPLE))
    measured: list[str] = []
    asking = structs.replace(asking, measured=measured.append)
    for classes in (3, 4):
        domain = replace(SLOPE.domain, classes=classes, more=0)
        asking.lines(answer, replace(SLOPE, domain=domain))
    assert [text.partition(" classes")[0] for text in measured] == [
        "SymPy computed all 5 lines for 3",
        "SymPy computed all 5 lines for 4",
    ]


def test_the_first_wrong_line_is_shown_with_its_point_and_values() -> None:
    wrong = '-y[i] - p[i] * total(y[k], k), "split the sum; delta keeps k = i"'
    finding = finding_of(*SAMPLE[:3], wrong, SAMPLE[4])
    assert finding.sentence == (
        "Lines 1 to 3 are right; line 4 is not equal to the line before. "
        "They differ at p = (1/2, 1/3, 1/6), y = (1/5, 3/10, 1/2), i = 0."
    )
    (mistake,) = finding.mistakes
    assert mistake.cure == (
        "With the other sign on the term -p[i]*total(y[k], k), the line would be right."
    )
    assert finding.expected == "3/10, as in the line before"
    assert finding.got == "-7/10 in this line"
    assert finding.line == len(HEAD.splitlines()) + 4
    assert finding.source == f"yield {wrong}"
    assert [line.split()[2] for line in finding.trace.splitlines()] == [
        *("ok", "ok", "ok"),
        "not",
    ]


def test_how_one_change_mends_a_line_is_held_back() -> None:
    wrong = '-y[i] + p[i] * total(y[k], k) + p[i]/2*y[i], "split the sum"'
    finding = finding_of(*SAMPLE[:3], wrong, SAMPLE[4])
    (mistake,) = finding.mistakes
    assert mistake.tag.endswith(".one_change")
    assert mistake.sentence == "This line is one change away from being right."
    assert mistake.cure == "Without the term p[i]*y[i]/2, the line would be right."
    assert "would be right" not in finding.sentence


def test_the_part_that_changed_is_shown() -> None:
    wrong = "-total(y[k] / p[k] * p[k]*2*(delta(k, i) - p[i]), k), 'softmax'"
    assert "What changed: d(p[k], z[i])" in finding_of(*SAMPLE[:2], wrong).sentence
    other = "-total(y[k] / p[k] * d(p[0], z[0]), k), 'another variable'"
    assert "What changed: d(p[k], z[i])" in finding_of(*SAMPLE[:2], other).sentence


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (SAMPLE[4:], "you jump to it"),
        (("d(-total(y[k] * log(p[k]), k), z[i]), 'L'",) * 4, "the goal again"),
        (SAMPLE[:2], "still contains a derivative"),
        ((*SAMPLE[:2], *SAMPLE[3:]), "a step is missing"),
        (LOG_SUM_EXP[:3], "not z"),
        ((*SAMPLE[:3], "p[i]*(y[0] + y[1] + y[2]) - y[i], ''"), "right for 3 classes"),
        ((*SAMPLE[:3], "p[i] - y[i] + (K - 3)*(K - 4), ''"), "right for 3 classes"),
        ((*SAMPLE[:3], f"p[i] - y[i] + {AT_FIXED}, ''"), "right for 3 classes"),
        ((SAMPLE[0], f"p[i] - y[i] + {MADE_UP}, ''", *SAMPLE[3:]), "step is missing"),
        ((SAMPLE[0], f"{RULE_USED} + {MADE_UP}, ''", *SAMPLE[3:]), "step is missing"),
        ((SAMPLE[0], "(p[i] - y[i])*d(z[i], z[i]), ''", *SAMPLE[3:]), "is missing"),
        ((*SAMPLE[:2] * 1000, *SAMPLE[2:]), "still contains a derivative"),
        ((*SAMPLE[:3], "log(p[i] - 2), ''"), "not defined"),
        ((*SAMPLE[:3], "p[i]**(9**99), ''"), "cannot be judged"),
        ((*SAMPLE[:3], "getattr(p[i], 'di' + 'ff')(p[i]), ''"), "something else"),
        ((*SAMPLE[:3], "y[i] / p[i][0], ''"), "After 3 right lines: TypeError"),
        (("d(p[i], z[i]), ''",), "not equal to what is to be derived"),
    ],
)
def test_what_is_no_derivation_is_refused_with_a_reason(
    lines: tuple[str, ...], said: str
) -> None:
    assert said in finding_of(*lines).sentence


def test_a_line_that_is_0_by_0_at_one_point_is_not_judged() -> None:
    asking, answer = asked(source_of(*SAMPLE[:3], f"p[i] - y[i]*{ZERO_BY_ZERO}, ''"))
    with pytest.raises(Stopped) as stopped:
        asking.derivation(answer, SLOPE, SOFTMAX_ROUTES, HELPERS)
    assert stopped.value.outcome is Outcome.SKIPPED
    assert "Cancel it yourself" in stopped.value.finding.sentence


def test_one_value_is_not_a_derivation() -> None:
    asking, answer = asked(HEAD + "    return p[i] - y[i]\n")
    with pytest.raises(Wrong, match="yield"):
        asking.derivation(answer, SLOPE, SOFTMAX_ROUTES, HELPERS)


def test_a_rule_is_blamed_only_where_a_derivative_was_carried_out() -> None:
    plus = '-total(y[k] * (delta(k, i) + p[i]), k), "softmax"'
    assert "minus of the off-diagonal" in _told(finding_of(*SAMPLE[:2], plus))
    late = _told(finding_of(*SAMPLE[:4], "-y[i] - p[i], ''"))
    assert late == "This line is one change away from being right."


def _told(finding: Finding) -> str:
    return " ".join(known.sentence for known in finding.mistakes)


def test_a_wrong_index_is_not_taken_for_a_wrong_rule() -> None:
    finding = finding_of(SAMPLE[0].replace("z[i]", "z[k]"))
    (mistake,) = finding.mistakes
    assert mistake.tag.endswith(".one_change")
    assert mistake.cure.startswith(
        "You differentiate with respect to z[k]. With respect to z[i]"
    )
    assert finding.expected == "3/10, the value of the goal"
    # The rule is not put in yet, so it is not the rule that went wrong.
    finding = finding_of("-total(y[k] * d(log(p[i]), z[k]), k) + 0 * z[i], ''")
    assert "p(1 - p)" not in _told(finding)


def test_what_cancels_is_not_called_a_multiple() -> None:
    # Softmax's own derivatives sum to 0 over the scores.
    finding = finding_of("-total(y[i] * d(log(p[i]), z[k]), k) + 0 * z[i], ''")
    assert "Everything cancels" in _told(finding)


def test_the_goal_is_a_right_beginning() -> None:
    goal = "d(-total(y[k] * log(p[k]), k), z[i]), 'L'"
    finding = finding_of(goal, *SAMPLE[:4], "y[i] - p[i], ''")
    assert finding.trace.splitlines()[0].split()[2:4] == ["the", "start"]
    assert "where to begin" in finding_of(goal).sentence
    assert "the goal again" in finding_of(goal, goal).sentence


TOOLS = [
    "sp.diff(log(p[k]), p[k])",
    "log(p[k]).diff(p[k])",
    "getattr(log(p[k]), 'di' + 'ff')(p[k])",
    "d(log(p[k]), p[k]).doit()",
    "log(p[k]).fdiff()",
    "log(p[k])._eval_derivative(p[k])",
    "__import__('sympy').diff(log(p[k]), p[k])",
    "globals()['sp'].diff(log(p[k]), p[k])",
    "sp.Derivative(log(p[k]), p[k], evaluate=True)",
    "(lambda e: sp.diff(e, p[k]))(log(p[k]))",
    "[sp.diff(e, p[k]) for e in (log(p[k]),)][0]",
    "sp.simplify(log(p[k]))",
    "helper(log(p[k]))",
]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("yield -sum(y[k], k), ''", "is total(e, k) here, not sum"),
        ("print(p[i])", "yield for a line, not print"),
        ("j = sp.Symbol('j', real=True)", "You need no new symbol"),
        ("j = sp.Symbol('i', integer=True)", "You need no new symbol"),
        ("i = sp.Symbol('i', integer=True)", "You need no new symbol"),
        ("k = sp.Symbol('k', integer=True)", "You need no new symbol"),
        ("yield sp.simplify(p[i] - y[i]), ''", "Simplify on paper"),
        ("yield sp.ln(p[i]), ''", "called log here, not ln"),
        ("yield np.log(p[i]), ''", "with nothing before it"),
        ("yield sp.Derivative(p[i], z[i]), ''", "is d(e, v) here"),
        ("yield total(y[k], k).doit(), ''", "something else"),
        ("for m in y: pass", "needs no loop"),
        ("return [p[i] - y[i]]", "you don't need a list"),
        ("yield s - y[i], ''", "s has no meaning in this derivation"),
        ("yield delta - y[i], ''", "delta is a function"),
    ],
)
def test_what_does_not_differentiate_is_not_called_a_tool(line: str, said: str) -> None:
    objection = scan(f"{HEAD}    {line}\n", "derive_dL_dz", HELPERS)
    assert objection is not None
    assert said in objection.sentence
    assert not objection.is_tool


@pytest.mark.parametrize(
    "tool",
    [
        "sp.diff(log(p[k]), p[k])",
        "getattr(log(p[k]), 'diff')(p[k])",
        "d(log(p[k]), p[k]).doit()",
        "sp.Derivative(log(p[k]), p[k], evaluate=True)",
    ],
)
def test_what_differentiates_is_called_a_tool(tool: str) -> None:
    objection = scan(source_of(f"{tool}, 'x'"), "derive_dL_dz", HELPERS)
    assert objection is not None
    assert objection.is_tool


@pytest.mark.parametrize("tool", TOOLS)
def test_no_tool_differentiates(tool: str) -> None:
    assert scan(source_of(f"{tool}, 'x'"), "derive_dL_dz", HELPERS) is not None


@pytest.mark.parametrize(
    "source",
    [
        HEAD.replace("sp.Derivative(e, v)", "sp.diff(e, v)") + "    yield y[i], ''\n",
        HEAD.replace("log = sp.log", "log = sp.diff") + "    yield y[i], ''\n",
        HEAD.replace("import sympy as sp", "import os as sp") + "    yield y[i], ''\n",
        source_of("y[i], ''") + "\nfor d in (sp.diff,):\n    pass\n",
        source_of("y[i], ''") + "\nderive_dL_dz = None\n",
        HEAD + "    d = sp.log\n    yield y[i], ''\n",
        "(" * 5_000,
        source_of("y[i], ''") + "\nmatch sp.diff:\n    case d:\n        pass\n",
        source_of("y[i], ''") + "\nk = object()\n",
    ],
)
def test_what_the_lesson_gives_is_left_as_it_is(source: str) -> None:
    assert scan(source, "derive_dL_dz", HELPERS) is not None


def test_an_honest_derivation_may_name_its_parts() -> None:
    body = "    'Why.'\n    part = -y[i] * 2 / 3\n    yield part, 'a'\n"
    assert scan(HEAD + body, "derive_dL_dz", HELPERS) is None


def test_trying_things_out_beside_a_derivation_is_welcome() -> None:
    tried = "squares = [k**2 for k in range(3)]\nimport sys\nprint(sys.version)\n"
    shown = "if __name__ == '__main__':\n    for k in squares:\n        sp.shown = k\n"
    source = source_of("y[i], ''") + tried + shown
    assert scan(source, "derive_dL_dz", HELPERS) is None


# Single answers.


def told(value: Any, problem: Problem = SLOPE) -> tuple[str, str]:
    """The sentence and the mistakes that a row of three entries gets."""
    source = "def f(y, p):\n    return 1\n"
    attempt: Any = types.SimpleNamespace(source=source, _session=session_of(source))
    exercise = declared("4e", "The slope", 20, "slope")
    mistake(exercise, "sign", "The sign is wrong: {s}.", on="sign", example="x = 1")
    asking = DerivationAssertions(exercise, attempt, 7)
    with pytest.raises(Wrong) as wrong:
        asking.derived(Answer("f", value=crossed(value)), problem, (3,))
    answer = wrong.value.answer
    assert answer is not None
    own = [known.tag for known in exercise.mistakes if known.function(answer)]
    return wrong.value.finding.sentence, " ".join([*own, _told(wrong.value.finding)])


ys, ps = sp.symbols("y0:3", real=True), sp.symbols("p0:3", real=True)
FIXED = Problem(
    SLOPE.loss,
    z[i],
    Domain(SLOPE.domain.given, more=0),
    Form(frozenset("yp")),
)


def test_a_column_a_list_and_a_tuple_are_rows() -> None:
    right = [b - a for a, b in zip(ys, ps, strict=True)]
    attempt: Any = types.SimpleNamespace(source="", _session=session_of(""))
    asking = DerivationAssertions(declared("4e", "The slope", 20, "slope"), attempt, 7)
    for value in (
        right,
        tuple(right),
        [[e] for e in right],
        np.array(right),
        sp.Array(right),
        sp.Tuple(*right),
    ):
        asking.derived(Answer("f", value=crossed(value)), FIXED, (3,))


def test_the_own_sentence_of_an_exercise_comes_first() -> None:
    _, named = told([a - b for a, b in zip(ys, ps, strict=True)], FIXED)
    assert named.strip() == "4e.sign"


def test_a_mistake_without_a_sentence_of_its_own_is_named_as_well() -> None:
    _, named = told([2 * (b - a) for a, b in zip(ys, ps, strict=True)], FIXED)
    assert named.strip() == "Your answer is twice the right one."


def test_what_is_refused_is_not_taken_for_one_expression() -> None:
    answer = Answer("f", value=crossed(sp.Integral(ps[0])))
    assert shape_of(answer, ()) == "other"
    assert shape_of(Answer("f", value=crossed(ps[0])), ()) == "one"


def test_a_flat_table_is_not_taken_for_one_row_of_it() -> None:
    assert shape_of(Answer("f", value=crossed(list(ps))), (3, 3)) == "row"
    assert shape_of(Answer("f", value=crossed(list(ps) * 3)), (3, 3)) == "flat"


def test_a_row_is_told_from_a_column_and_from_a_table() -> None:
    assert shape_of(Answer("f", value=crossed([list(ps)])), (3,)) == "lying"
    assert shape_of(Answer("f", value=crossed([[e] for e in ps])), (3,)) == "row"
    assert shape_of(Answer("f", value=crossed([list(ps)] * 2)), (3,)) == "table"
    assert shape_of(Answer("f", value=crossed([ps[0]])), (1,)) == "row"


def test_the_reason_may_come_first() -> None:
    swapped = [line.rpartition(", ") for line in SAMPLE]
    source = source_of(*(f"{reason}, {line}" for line, _, reason in swapped))
    asking, answer = asked(source)
    assert not asking.derivation(answer, SLOPE, SOFTMAX_ROUTES, HELPERS).has_no_reason


def test_an_index_outside_of_its_sum_is_said() -> None:
    finding = finding_of(*SAMPLE[:3], "p[k] - y[k], ''")
    assert "The index k is used outside a sum" in finding.sentence
    assert "there the index is i" in finding.sentence
    assert finding.expected == finding.got == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None (is there a return?)"),
        (ps[0], "one expression, p0"),
        ([ps[0], ps[1]], "a row of 2"),
        ([[ps[0]] * 3] * 3, "a matrix with 3 rows and 3 columns"),
        (["p"] * 3, "text, 'p'"),
        ([float("nan")] * 3, "float nan"),
        ([sp.log(-(ps[0] ** 2))] * 3, "isn't defined everywhere"),
        ([ps[0] * sp.Symbol("q")] * 3, "q has no meaning here"),
        (np.array(["a", "b", "c"]), "cannot be judged"),
        ([{}, {}, {}], "Return a "),
        (np.empty((2**60, 0), np.int8), "Return a "),
        (np.zeros((1,) * 20), "Return a "),
        (sp.Integral(ps[0]), "this is not allowed here: Integral"),
        ({"steps": [(3, ps[0], "")], "raised": None}, "this is a generator"),
        ([sp.sin(ps[0])] * 3, "doesn't mean that it is wrong"),
    ],
)
def test_strange_answers_are_wrong_and_not_an_error(value: Any, said: str) -> None:
    assert said in told(value, FIXED)[0]


def test_symbols_show_as_their_names() -> None:
    assert [str(symbol) for symbol in numbers("p", 3)] == ["p0", "p1", "p2"]


# The lesson.


@pytest.mark.parametrize(
    "page", [SOLUTION, ROOT / "lessons/lesson4_derivation/lesson.py"]
)
def test_the_lesson_gives_what_its_checks_expect(page: Path) -> None:
    given = HELPERS
    source = page.read_text(encoding="utf-8")
    statements = [ast.dump(node) for node in ast.parse(source).body]
    for text in (*given.functions.values(), *given.symbols.values()):
        assert ast.dump(ast.parse(textwrap.dedent(text)).body[0]) in statements


def test_the_worked_numbers_are_right() -> None:
    p_, truth = (sp.Matrix([7, 2, 1]) / 10, sp.Matrix([1, 0, 0]))
    jacobian = sp.diag(*p_) - p_ * p_.T
    by_p = sp.Matrix([-sp.Rational(10, 7), 0, 0])
    assert jacobian * 100 == sp.Matrix([[21, -14, -7], [-14, 16, -2], [-7, -2, 9]])
    assert jacobian * by_p == p_ - truth
    tenths = sp.Matrix([-3, 2, 1]) / 10
    assert p_ - truth == tenths
