"""The text of a derivation: what may stand in it, and what is said of the rest."""

from __future__ import annotations

import ast

import pytest

from grader.derivations import (
    Given,
    Objection,
    UnwrittenPlace,
    find_unwritten,
    isolate,
    scan,
)
from grader.derivations.syntax import find_return, source_line

GIVEN = Given(
    functions={
        "d": "def d(e, v):\n    return sp.Derivative(e, v)",
        "total": "def total(e, k):\n    return sp.Sum(e, (k, 0, K - 1))",
        "log": "log = sp.log",
    },
    symbols={"k": "k, K = sp.symbols('k K')", "K": "k, K = sp.symbols('k K')"},
    instead={"sum": "It is total here."},
    no_loop="No loop is needed.",
    last={"total": "a letter"},
)
HEAD = """\
import sympy as sp

k, K = sp.symbols('k K')
log = sp.log


def d(e, v):
    return sp.Derivative(e, v)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


"""
FIRST = HEAD.count("\n") + 2


def page(*body: str, head: str = HEAD, define: str = "def f(y, p, i):") -> str:
    return head + define + "\n" + "".join(f"    {line}\n" for line in body)


def objection(*body: str) -> Objection | None:
    return scan(page(*body), "f", GIVEN)


ALLOWED = [
    "'A reason on its own.'",
    "yield y[i] + p[i] * 2 - 3 / k ** K, 'why'",
    "yield -total(y[k] * log(p[k]), k), ''",
    "yield total(p[i], i)",
    "yield d(log(p[k]), p[k]), ''",
    "yield sp.log(y[i]) + sp.Rational(1, 2) + sp.tanh(p[0]) * 1.5, ''",
    "yield sympy.Piecewise((1, sp.Eq(i, k)), (2, sp.Ne(i, k))), ''",
    "part = y[i]",
    "...",
    "yield ..., ''",
    "raise NotImplementedError",
    "raise NotImplementedError('to do')",
    "pass",
    "return",
    "a, (b, c) = y[0], (y[1], y[2])",
]


@pytest.mark.parametrize("line", ALLOWED)
def test_what_a_derivation_is_written_with_is_allowed(line: str) -> None:
    assert objection(line) is None


LISTED = (
    "Write a derivation with names, numbers, + - * / ** and indices. You may call "
    "only these functions: d, log, total. This is something else: "
)
LOOP = "No loop is needed. You wrote: "
TOLD = [
    ("yield total(y[k]), ''", "It is written total(e, k). You wrote: total(y[k])"),
    ("yield d(y[k], k, 1), ''", "It is written d(e, v). You wrote: d(y[k], k, 1)"),
    (
        "yield total(y[k], k + 1), ''",
        "The last argument of total(e, k) is a letter. Yours is k + 1",
    ),
    ("yield log, ''", "log is a function: give it an argument, as in log(...)."),
    (
        "yield w + 1, ''",
        "w has no meaning in this derivation. Use its arguments, k and K, or give w a "
        "value inside the derivation.",
    ),
    ("yield y_k, ''", "y_k has no meaning in this derivation. Do you mean y[k]?"),
    (
        "yield total_yk, ''",
        "total_yk has no meaning in this derivation. Do you mean total(y, k)?",
    ),
    ("yield log_k, ''", "log_k has no meaning in this derivation. Do you mean log(k)?"),
    (
        "yield total_ki, ''",
        "total_ki has no meaning in this derivation. Do you mean total(k, i)?",
    ),
    ("yield y(i), ''", "y isn't a function. Do you mean y[i]? You wrote: y(i)"),
    (
        "yield y(i + 1), ''",
        "y isn't a function. Is a * missing before the parenthesis? You wrote: y(i + 1)",
    ),
    (
        "yield y(), ''",
        "y isn't a function. Is a * missing before the parenthesis? You wrote: y()",
    ),
    (
        "yield 2(y[i]), ''",
        "2 isn't a function. Is a * missing before the parenthesis? You wrote: 2(y[i])",
    ),
    (
        "yield y[i](p[i]), ''",
        "y[i] isn't a function. Is a * missing before the parenthesis? You wrote: y[i](p[i])",
    ),
    (
        "yield (y[i] + 1)(p), ''",
        "y[i] + 1 isn't a function. Is a * missing before the parenthesis? You wrote: (y[i] + 1)(p)",
    ),
    (
        "yield log(p[i])(p[k]), ''",
        "log(p[i]) isn't a function. Is a * missing before the parenthesis? You wrote: log(p[i])(p[k])",
    ),
    ("yield sum(y), ''", "It is total here. You wrote: sum(y)"),
    ("print(y)", "Use yield for a line, not print. You wrote: print(y)"),
    (
        "yield sp.expand(y[i]), ''",
        "Simplify on paper, and yield the simpler line. You wrote: sp.expand(y[i])",
    ),
    ("for k in y: pass", LOOP + "for k in y: ..."),
    ("while y: pass", LOOP + "while y: ..."),
    ("yield [a for a in y], ''", LOOP + "[a for a in y]"),
    (
        "lines = [y[i]]",
        "Give each line with yield; you don't need a list. You wrote: [y[i]]",
    ),
    ("yield {}, ''", LISTED + "{}"),
    ("yield y.shape, ''", LISTED + "y.shape"),
    ("yield sp.sin(y[i]), ''", LISTED + "sp.sin(y[i])"),
    ("yield log(x=1), ''", LISTED + "log(x=1)"),
    ("yield None, ''", LISTED + "None"),
    ("yield b'a', ''", LISTED + "b'a'"),
    ("yield y if p else k, ''", LISTED + "y if p else k"),
    ("y += 1", LISTED + "y += 1"),
    ("raise ValueError", LISTED + "raise ValueError"),
    (
        "raise NotImplementedError from None",
        LISTED + "raise NotImplementedError from None",
    ),
    ("raise", LISTED + "raise"),
    ("yield other(" + "y" * 60 + "), ''", LISTED + "other(" + "y" * 50 + " ..."),
    ("log = 2", "The lesson defines log; use another name."),
    ("sp, d = 2, 3", "The lesson defines d; use another name."),
]


@pytest.mark.parametrize(("line", "said"), TOLD)
def test_what_is_not_allowed_is_told_in_these_words(line: str, said: str) -> None:
    found = objection("yield y[i], ''", line)
    assert found is not None
    assert found.sentence == said
    at_the_top = "The lesson defines" in said
    assert found.line == (FIRST - 1 if at_the_top else FIRST + 1)
    assert not found.is_tool


def test_a_name_of_letters_that_are_all_there_is_told_as_a_call() -> None:
    source = page("yield total_ykK, ''", define="def f(y):")
    found = scan(source, "f", GIVEN)
    assert found is not None
    assert found.sentence.endswith("Do you mean total(y, k, K)?")


def test_a_return_with_a_value_beside_a_yield_ends_it() -> None:
    found = objection("yield y[i], ''", "return p[i]")
    assert found == Objection(
        "return ends a derivation without giving a line. Write yield instead.",
        FIRST + 1,
    )
    assert objection("return p[i]") is None


@pytest.mark.parametrize(
    "define",
    [
        "def f(y, p=1):",
        "def f(y, *p):",
        "def f(y, **p):",
        "def f(y, *, p):",
        "@log\ndef f(y, p):",
    ],
)
def test_the_first_line_stays_as_it_is(define: str) -> None:
    found = scan(page("yield y, ''", define=define), "f", GIVEN)
    assert found is not None
    assert found.sentence == "Leave the first line of the function as it is."


TOOLS = [
    ("yield sp.diff(y[i], p[i]), ''", True),
    ("yield d(y[i], p[i]).doit(), ''", True),
    ("yield total(y[k], k).doit(), ''", False),
    ("yield sp.Derivative(y[i], p[i], evaluate=True), ''", True),
    ("yield sp.Sum(y[i], p[i], evaluate=True), ''", False),
    ("yield getattr(y[i], 'diff'), ''", True),
    ("yield getattr(y[i], 'size'), ''", False),
    ("for k in sp.diff(y): pass", True),
]


@pytest.mark.parametrize(("line", "is_tool"), TOOLS)
def test_a_tool_is_told_from_what_is_none(line: str, is_tool: bool) -> None:
    found = objection(line)
    assert found is not None
    assert found.is_tool == is_tool


CHANGED = [
    (
        HEAD.replace("log = sp.log", "log = sp.exp"),
        "The lesson defines log; leave it as it is.",
        4,
        False,
    ),
    (
        HEAD.replace("sp.Derivative(e, v)", "sp.diff(e, v)"),
        "The lesson defines d; leave it as it is.",
        7,
        True,
    ),
    (
        HEAD.replace("'k K'", "'K k'"),
        "The lesson defines K; leave it as it is.",
        3,
        False,
    ),
    (
        HEAD.replace("import sympy as sp", "import numpy as sp"),
        "sp should be SymPy itself.",
        1,
        False,
    ),
    (
        HEAD.replace("import sympy as sp", "from sympy import S as sp"),
        "sp should be SymPy itself.",
        1,
        False,
    ),
    (HEAD + "sympy = 1\n", "sympy should be SymPy itself.", 15, False),
    (
        HEAD + "try:\n    pass\nexcept ValueError as d:\n    pass\n",
        "The lesson defines d; leave it as it is.",
        15,
        False,
    ),
    (
        HEAD + "match K:\n    case {**d}:\n        pass\n",
        "The lesson defines d; leave it as it is.",
        15,
        False,
    ),
    (
        HEAD + "match K:\n    case [*d]:\n        pass\n",
        "The lesson defines d; leave it as it is.",
        15,
        False,
    ),
    (
        HEAD + "import os.path as d\n",
        "The lesson defines d; leave it as it is.",
        15,
        False,
    ),
    (
        HEAD + "import d.path\n",
        "The lesson defines d; leave it as it is.",
        15,
        False,
    ),
]


@pytest.mark.parametrize(("head", "sentence", "line", "is_tool"), CHANGED)
def test_what_the_lesson_gives_is_told_by_its_name(
    head: str, sentence: str, line: int, is_tool: bool
) -> None:
    found = scan(page("yield y[i], ''", head=head), "f", GIVEN)
    assert found == Objection(sentence, line, is_tool)


@pytest.mark.promise("derivations")
@pytest.mark.parametrize(
    "statement",
    [
        "def g():\n    global d\n",
        "exec('1')\n",
        "getattr(sp, 'y')\n",
        "sp.x = 1\n",
        "del sp.x\n",
        "__name__ = 'x'\n",
        "import builtins\n",
        "if __name__ == '__main__':\n    d = 1\n",
        "other = [d for d in (1, 2)]\n",
        "def g():\n    d = 1\n",
        "g = lambda: sp\n",
        "sp.x\n",
        "import os.path\n",
        "from os import path\n",
        "print(__name__)\n",
    ],
)
def test_the_rest_of_the_file_is_the_learners_own_and_is_left_out(
    statement: str,
) -> None:
    derivation = page("yield y[i], ''")
    source = derivation + statement
    assert scan(source, "f", GIVEN) is None
    kept = isolate(source, "f", GIVEN)
    assert ast.dump(ast.parse(kept)) == ast.dump(ast.parse(derivation))


def test_what_runs_alone_keeps_its_lines_and_its_indices() -> None:
    source = (
        "x = 1; import sympy as sp; y = 2; import sympy\r\n"
        "j = sp.Symbol('j', integer=True)\r"
        "text = '''\n"
        "log = sp.log\n"
        "'''; log = sp.log\n"
        "def f(y):\n"
        "    yield y\n"
        "é = 'é'; k, K = sp.symbols('k K'); x = 2\n"
        "def f(y):  # the last one counts\n"
        "    yield (y +\n"
        "           y[j]), 'é'\n"
    )
    assert scan(source, "f", GIVEN) is None
    assert isolate(source, "f", GIVEN).split("\n") == [
        "import sympy as sp; import sympy",
        "j = sp.Symbol('j', integer=True)",
        "",
        "",
        "log = sp.log",
        "",
        "",
        "k, K = sp.symbols('k K')",
        "def f(y):  # the last one counts",
        "    yield (y +",
        "           y[j]), 'é'",
        "",
    ]


TEXTS = [
    "yield log('diff(x)'), ''",
    "yield y['diff(x)'], ''",
    "yield 'diff(x)' + y, ''",
    "text = 'diff(x)'",
    "yield y, ('', 'a tuple')",
]


@pytest.mark.parametrize("line", TEXTS)
def test_a_text_is_only_a_reason(line: str) -> None:
    found = objection(line)
    assert found is not None
    assert found.sentence.startswith("A text can only be the reason after a line.")


@pytest.mark.parametrize(
    ("define", "is_allowed"),
    [
        ("def f(y: sp.Expr, p: 'a text', i) -> None:", True),
        ("def f(y: (d := sp.diff), p, i):", False),
        ("def f(y, p, i) -> print(1):", False),
    ],
)
def test_an_annotation_computes_nothing(define: str, is_allowed: bool) -> None:
    found = scan(page("yield y[i], ''", define=define), "f", GIVEN)
    assert (found is None) == is_allowed


def test_a_derivation_assigns_to_no_part_of_sympy() -> None:
    assert objection("sp.log = y") is not None
    assert objection("sp.log, part = y, p") is not None


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(:", "Python can't read your file."),
        ("x = 1" + " " * 400_000, "Python can't read your file."),
        (HEAD, "Define f with def, at the left margin."),
        (HEAD + "class f: pass\n", "Define f with def, at the left margin."),
        (page("yield y, ''") + "f = 1\n", "Define f with def, at the left margin."),
        (
            HEAD + "if K:\n    def f(y): pass\n",
            "Define f with def, at the left margin.",
        ),
    ],
)
def test_what_is_no_derivation_is_told(source: str, sentence: str) -> None:
    found = scan(source, "f", GIVEN)
    assert found == Objection(sentence)


def test_of_two_functions_of_one_name_the_last_counts() -> None:
    assert scan(page("yield w, ''") + page("yield y, ''", head=""), "f", GIVEN) is None


# What hasn't been written yet.


def test_the_places_still_to_be_written_are_found_from_the_top() -> None:
    body = (
        "part = ...",
        "yield y[i] * ..., ''",
        "yield y[i], ''",
        "raise NotImplementedError",
    )
    assert find_unwritten(page(*body), "f") == [
        UnwrittenPlace(FIRST),
        UnwrittenPlace(FIRST + 1, is_step=True),
        UnwrittenPlace(FIRST + 3, is_stub=True),
    ]
    hidden = page("raise NotImplementedError()", "yield y[i], ''")
    assert find_unwritten(hidden, "f") == [
        UnwrittenPlace(FIRST, is_stub=True, hides=True)
    ]
    assert find_unwritten(page("yield y, ''") + page("...", head=""), "f") == [
        UnwrittenPlace(FIRST + 2)
    ]
    for source in ("def f(:", HEAD, "f = ...\n"):
        assert find_unwritten(source, "f") == []


def test_the_last_return_of_a_function_is_found() -> None:
    source = page("if y:", "    return 1", "return (y +", "        p)")
    assert find_return(source, "f") == (FIRST + 2, "return (y + p)")
    assert find_return(source + page("return 7", head=""), "f") == (
        FIRST + 5,
        "return 7",
    )
    for other in ("def f(:", HEAD, page("yield y, ''")):
        assert find_return(other, "f") == (None, "")


def test_the_line_that_a_number_belongs_to_is_found() -> None:
    source = page("part = 1", "yield (y +", "       p), ''", "yield 7, ''")
    assert source_line(source, "f", FIRST + 1) == "yield (y + p), ''"
    assert source_line(source, "f", FIRST + 2) == "yield (y + p), ''"
    assert source_line(source, "f", FIRST + 3) == "yield 7, ''"
    assert source_line(source, "f", FIRST) == ""
    assert source_line(source, "f", None) == ""
    assert source_line(source, "g", FIRST + 3) == ""
    assert source_line("def f(:", "f", 1) == ""
