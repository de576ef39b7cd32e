"""First lines in lesson 4 get a sentence of their own, with the next step."""

from __future__ import annotations

import textwrap

import pytest

from grader import judge
from grader.course.document import catalog
from grader.report import Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from tests.lessons.lesson4_first_lines import FIRST_LINES, FIRST_STEPS
from tests.support.grading import cpu_limit, grade_attempt
from tests.support.project import ROOT

LESSON = catalog.find("lesson4", ROOT)
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
HEADS = {
    "4c": "def dL_dp(y, p):\n",
    "4d": "def jacobian(p):\n",
}
DERIVED = """
def derive_dL_dz(y, p, z, i):
    yield -total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"
    yield -total(y[k] / p[k] * d(p[k], z[i]), k), "d ln u = du / u"
"""
FEWEST_CURED = 52

NO_ENTRY = "is a symbol here and has no value, so"
NO_COUNT = "K is a symbol here and has no value to count to. len("
CAPITALS = "Python distinguishes capital and small letters"
WHOLE = "takes one expression. Write it for one entry,"
TUPLES = "p and y are tuples, and Python doesn't do arithmetic on a tuple"

# What is said of a line: the part that tells what was there, and what to do.
CURES = {
    "return -y / p": "y is a tuple, and Python doesn't do arithmetic on a tuple",
    "return [-y[k] / p[k] for k in range(K)]": NO_COUNT,
    "return total(-y[k] / p[k], k)": f"k {NO_ENTRY} y[k] doesn't exist",
    "return -total(y[k] * log(p[k]), k)": "Loop over it: for k in range(len(y)).",
    "return -sum(y * log(p))": f"p is a tuple, and log {WHOLE} log(p[k])",
    "return d(-total(y[k] * ln(p[k]), k), p[i])": f"k {NO_ENTRY} y[k] doesn't exist",
    "L = -sum(y[n] * log(p[n]) for n in range(len(p)))\nreturn d(L, p)": "a whole row",
    "return d(-total(Y[k] * log(P[k]), k), P[i])": CAPITALS,
    "return -y[i] / p[i]": "Loop over it: for i in range(len(y)).",
    "return -sp.Matrix(y) / sp.Matrix(p)": "Divide entry by entry, a[k] / b[k]",
    "return [-a / b for a, b in y, p]": "write zip(y, p).",
    "return [-y[n] / p[n] for n in len(y)]": "Loop over range(len(y))",
    "for n in range(len(y)):\n    return -y[n] / p[n]": "Is your return inside a loop?",
    "return [-y[0] / p[0], -y[1] / p[1], -y[2] / p[2]]": "y has 2 entries in this call",
    "return sp.diff(L, p)": "L gets its value in a cell that only shows something",
    "return exp(p) / sum(exp(p))": f"p is a tuple, and exp {WHOLE} exp(p[k])",
    "es = [exp(s) for s in p]\nreturn es / sum(es)": "es is a list, and Python doesn't do",
    "return exp(p[i]) / total(exp(p[k]), k)": f"i {NO_ENTRY} p[i] doesn't exist",
    "return exp(P[i]) / total(exp(P[k]), k)": CAPITALS,
    "return [exp(p[n]) / total(exp(p[k]), k) for n in range(K)]": NO_COUNT,
    "return [math.exp(s) / sum(math.exp(t) for t in p) for s in p]": "write just exp",
    "e = np.exp(p)\nreturn e / e.sum()": "For symbols use sp.exp",
    "es = sp.Matrix([exp(s) for s in p])\nreturn es / es.sum()": "In Python sum is a function: sum(es).",
    "es = exp(sp.Matrix(p))\nreturn es / sum(es)": "Apply it to each entry, and build",
    "return softmax(p)": "Nothing in your file gives softmax a value.",
    "return [e**s / sum(e**t for t in p) for s in p]": "is written exp(x)",
    "return p * p.T": "p is a tuple. sp.Matrix(p) has a .T.",
    "return sp.diag(p) - p * p.T": "p is a tuple. sp.Matrix(p) has a .T.",
    "return sp.diag(p) - sp.Matrix(p) * sp.Matrix(p).T": "Your first part is a table with",
    "return p[i] * (delta(i, j) - p[j])": f"i {NO_ENTRY} p[i] doesn't exist",
    "return [[p[i] * (delta(i, j) - p[j]) for j in range(K)] for i in range(K)]": NO_COUNT,
    "return p * (1 - p)": "Write it for one entry, p[k], with k from range(len(p)).",
    "return sp.Matrix(K, K, lambda i, j: p[i] * (delta(i, j) - p[j]))": NO_COUNT,
    "return sp.Matrix(p).jacobian(p)": "That is the identity",
    "return [p[m] * (delta(m, n) - p[n]) for m in range(len(p)) for n in range(len(p))]": (
        "A table is a list of rows"
    ),
    "return d(p[i], z[j])": f"i {NO_ENTRY} p[i] doesn't exist",
    "if i == j:\n    return p[i] * (1 - p[i])\nreturn -p[i] * p[j]": (
        "Nothing in your file gives j a value."
    ),
    "return [[a * (1 - a) if a == b else a * b for b in p] for a in p]": (
        "Each row of the Jacobian must sum to 0"
    ),
    "return p - y": f"{TUPLES} entry by entry. Write it for one entry, p[k] and y[k]",
    "return sp.Matrix(p - y)": TUPLES,
    "return p[i] - y[i]": f"i {NO_ENTRY} p[i] doesn't exist",
    "return P[i] - Y[i]": CAPITALS,
    "return [p[k] - y[k] for k in range(K)]": NO_COUNT,
    "J = [[a * (delta(m, n) - b) for n, b in enumerate(p)] for m, a in enumerate(p)]\n"
    "return J * sp.Matrix(p)": "sp.Matrix(J) converts it to a Matrix.",
    "return sp.Matrix(p) * sp.diag(*p)": "Should the two be swapped?",
    "return total(sp.Matrix(p)[k] * sp.diag(*p)[k, i], k)": f"k {NO_ENTRY} sp.Matrix(p)[k]",
    'yield -total(k, y[k] * (delta(k, i) - p[i])), "softmax derivative"': (
        "The last argument of total(e, k) is the index that it runs over"
    ),
    'yield -total(y[k] * (delta(k, i) - p[i])), "softmax derivative"': (
        "It is written total(e, k)."
    ),
    "yield p[i] - y[i]": "no line shows the derivative of softmax",
    'return p[i] - y[i], "the y_k sum to 1"': "Write yield instead",
    'yield -sum(y[k] * (delta(k, i) - p[i]) for k in range(K)), "softmax derivative"': (
        "total(e, k) here, not sum"
    ),
    'yield -total(y[k] / p[k], k) * p[k] * (delta(k, i) - p[i]), "softmax derivative"': (
        "The index k is used outside a sum"
    ),
    'yield -total(y[i] * (delta(i, j) - p[j]), i), "softmax derivative"': (
        "j has no meaning in this derivation. Use its arguments"
    ),
    'yield -total(y[k] / p[k] * p[k] (delta(k, i) - p[i]), k), "softmax derivative"': (
        "Is a * missing before the parenthesis?"
    ),
    'yield -total(y[k] / p[k] * sp.diff(p[k], z[i]), k), "d ln u = du / u"': (
        "Here you differentiate, not SymPy"
    ),
    'yield -total(y_k * (delta_ki - p_i), k), "softmax derivative"': "Do you mean y[k]?",
    'yield p - y, "the y_k sum to 1"': "write which entry, as in p[k]",
    'yield "p[i] - y[i]", "the y_k sum to 1"': "Leave the quotes out",
}
# Lines of somebody else, as they were told.
TOLD = [
    (
        "4d",
        "return sp.diag(*p) - sp.Matrix(p).T * sp.Matrix(p)",
        "Your second part is a table with a single entry",
    ),
    ("4c", "return -y / p", "y is a tuple"),
    ("4c", "return [-y[k] / p[k] for k in range(K)]", NO_COUNT),
    ("4c", "return total(y[k] * log(p[k]), k)", NO_ENTRY),
    ("4c", "return -sum(y * log(p))", WHOLE),
    ("4c", "return total(k, y[0] * log(p[0]))", "the symbol that it runs over last"),
    ("4c", "return [-y[n] / q for n, q in p]", "Use enumerate(p) to get its index"),
    ("4c", "return [y[n] (-1) / p[n] for n in range(len(p))]", "Is a * missing"),
    ("4c", "return total(-y[0] / p[0])", "It's defined as total(e, k)"),
    ("4c", "m = [p[n] for n in range(3)]\nreturn n", "only inside its comprehension"),
    ("4c", "return exp(p) / sum(exp(p))", WHOLE),
    ("4c", "es = [exp(s) for s in p]\nreturn es / sum(es)", "es is a list"),
    ("4c", "return [exp(t) / S for t in p]", "Nothing in your file gives S a value."),
    ("4d", "return p * p.T", "sp.Matrix(p) has a .T."),
    ("4d", "return [[(k == i) - p[i] for i in (0, 1)] for k in (0, 1)]", "int(...) converts it to"),
    ("4c", "return p - y", TUPLES),
    ("4c", "return total(k, p[0] - y[0])", "the symbol that it runs over last"),
    ("4d", "return sp.diag(*p) * list(p)", "sp.Matrix(...) converts it to a Matrix"),
    ("4c", "return list(p) - list(y)", "One of the two is a list"),
    ("4c", "return sp.diff(log(p[0]), p)", "a derivative is with respect to one symbol"),
    ("4c", "return [-y_k / p_k for k in range(3)]", "Do you mean y[k]?"),
    ("4c", "return Matrix([-y[0] / p[0]])", "Do you mean sp.Matrix?"),
    ("4c", "return sp.Matrix[-y[0] / p[0]]", "Call sp.Matrix with parentheses"),
    ("4c", "return -y[k] / p[k] for k in range(3)", "in square brackets: [..."),
    ("4c", "L = []\nL[0] = -y[0] / p[0]\nreturn L", "L.append(...) adds an entry at the end"),
    ("4c", "L = [] + -y[0] / p[0]\nreturn L", ".append(...) adds one entry"),
    ("4c", "return dL_dp(y, p)", "needs a case in which it stops"),
    ("4d", "J = sp.zeros(3)\nJ[0][0] = p[0]\nreturn J", "both indices in one pair of brackets: [k, i]"),
    ("4d", "return [[delta_ki - p[i] for i in (0, 1)] for k in (0, 1)]", "delta(k, i)"),
    ("4c", "return sp.Matrix(p) - sp.Matrix(y).T", "two matrices of the same shape"),
    ("4c", "return [sp.diff(y[n] * log(p[n])) for n in (0, 1)]", "sp.diff(L, p[k])"),
    ("4c", "L = []\nL[0][0] = -y[0] / p[0]\nreturn L", "L.append(...) adds one entry"),
    ("4c", "es = [exp(t) for t in p]\nreturn [e / sum(e) for e in es]", "the whole row"),
    ("4c", "return sp.softmax(p)", "SymPy has no softmax"),
    ("4d", "P = sp.Matrix(p)\nreturn sp.diag(P) - P * P.T", "returns that column, not a table"),
    ("4d", "return [[a * (delta(k, i) - a) for i, b in enumerate(p)]"
     " for k, a in enumerate(p)]", "you multiply p_k by itself"),
    ("4e", "yield -total(y[k] * (delta(k, i) - p[k]), k), 'p'", "You multiply it by itself"),
    ("4e", "yield -y[i] + p[i] * sum(y), 'split'", "total(e, k) here, not sum"),
    ("4e", "yield -total(y[k] * (delta(k, i) - p(i)), k), 'p'", "Do you mean p[i]?"),
    ("4e", "yield -total(y[k] * (d(k, i) - p[i]), k), 'd'", "Use an entry of a row"),
    ("4e", "yield -total(y[k] * (delta(k, i) - p[i]), i), 'i'", "over another symbol?"),
]  # fmt: skip


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(judge.requirements_of(LESSON))


def said(warm: WorkerFactory, tag: str, code: str) -> tuple[str, str]:
    """What is said of an exercise with this code, and what Python says alone."""
    source = f"{SOLUTION}\n\n{code}\n".encode()
    path = ROOT / "attempts" / "lesson4_derivation.py"
    report = grade_attempt(LESSON, path, source=source, seed=3, exercise=tag, warm=warm)
    if report.unread:  # Python cannot read the lines, and says so
        return report.unread[0].error, "SyntaxError: invalid syntax"
    (result,) = report.exercises
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert result.finding is not None
    mistakes = [mistake.sentence for mistake in result.finding.mistakes]
    whole = " ".join([result.finding.sentence, *mistakes])
    return whole, result.finding.sentence.split(". ")[0]


def in_its_function(tag: str, line: str) -> str:
    return HEADS.get(tag, DERIVED) + textwrap.indent(line, "    ")


ROWS = [
    *((tag, line, in_its_function(tag, line)) for tag, line, _ in FIRST_LINES),
    *(("4e", line, in_its_function("4e", line)) for _, line, _ in FIRST_STEPS),
]


@pytest.fixture(scope="module")
def told(warm: WorkerFactory) -> dict[str, tuple[str, str]]:
    """Everything that is said, by the line."""
    return {line: said(warm, tag, code) for tag, line, code in ROWS}


def test_the_lines_written_before_are_all_there() -> None:
    assert len(ROWS) == 58
    assert {line for _, line, _ in ROWS} == CURES.keys()


@pytest.mark.slow
def test_nearly_all_first_lines_get_a_cure(told: dict[str, tuple[str, str]]) -> None:
    without = {
        line: told[line][0] for line in CURES if CURES[line] not in told[line][0]
    }
    assert len(CURES) - len(without) >= FEWEST_CURED, without


@pytest.mark.parametrize("line", CURES)
def test_a_first_line_gets_more_than_python_says(
    told: dict[str, tuple[str, str]], line: str
) -> None:
    whole, alone = told[line]
    assert CURES[line] in whole
    assert whole.rstrip(".") != alone


@pytest.mark.parametrize(("tag", "line", "cure"), TOLD)
def test_a_line_that_was_told_gets_its_next_step(
    warm: WorkerFactory, tag: str, line: str, cure: str
) -> None:
    with cpu_limit(1 if "sum(y)" in line else None):  # SymPy's sum has no end there
        assert cure in said(warm, tag, in_its_function(tag, line))[0]


def test_a_name_of_a_comprehension_is_told_as_what_it_was(warm: WorkerFactory) -> None:
    """Its name stands for a row of rows around it, and for one row of them inside."""
    body = "p = [p, p]\nreturn [p[len(p)] for p in p]"
    whole, _ = said(warm, "4c", in_its_function("4c", body))
    assert "IndexError" in whole
    assert "p has 2 entries" not in whole


@pytest.mark.parametrize("name", ["a", "p"])
def test_what_a_comprehension_goes_through_is_told(
    warm: WorkerFactory, name: str
) -> None:
    body = f"p = [p, p]\nreturn [{name} for {name} in p[len(p)]]"
    assert "p has 2 entries" in said(warm, "4c", in_its_function("4c", body))[0]


def test_a_column_that_is_a_list_is_no_factor_of_a_table(warm: WorkerFactory) -> None:
    code = (
        "def column(p):\n    return [p[k] for k in range(len(p))]\n\n"
        "def jacobian(p):\n    return sp.diag(*p) * column(p)\n"
    )
    whole, _ = said(warm, "4d", code)
    assert "is a Matrix. sp.Matrix(...) converts it to a Matrix." in whole


@pytest.mark.parametrize(
    "code",
    [
        f"from os import *\n{HEADS['4c']}    return unknown",
        f"{HEADS['4c']}    global unknown\n    return unknown",
    ],
)
def test_a_name_that_may_come_from_elsewhere_is_not_called_unknown(
    warm: WorkerFactory, code: str
) -> None:
    whole, _ = said(warm, "4c", code)
    assert "name 'unknown' is not defined" in whole
    assert "Nothing in your file" not in whole
