"""No right derivation is refused, in whatever form it is written."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.authoring.verify.right_derivations import form_problems, vary
from grader.course.document import catalog
from grader.judge.lesson_info import load_exercises
from grader.report import Finding, Outcome
from grader.sandbox import WorkerFactory
from tests.support.grading import graded, said
from tests.support.project import ROOT

LESSON = catalog.find("lesson4", ROOT)
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
FORMS = tomllib.loads(
    Path(__file__).with_name("right_derivations.toml").read_text(encoding="utf-8")
)
HEADS = {
    "4b": "def derive_bce(y, z):",
    "4d": "def jacobian(p):",
    "4e": "def derive_dL_dz(y, p, z, i):",
}


def test_there_are_sixty_forms() -> None:
    assert sum(len(set(forms)) for forms in FORMS.values()) >= 60
    assert FORMS.keys() == HEADS.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tag", "body"), [(tag, body) for tag, forms in FORMS.items() for body in forms]
)
def test_a_right_derivation_is_right(warm: WorkerFactory, tag: str, body: str) -> None:
    result = graded(warm, tag, f"{HEADS[tag]}\n{textwrap.indent(body, '    ')}\n")
    assert (result.outcome, said(result)) == (Outcome.PASSED, "")


def lines_of(code: str) -> list[str]:
    return [line.strip() for line in code.splitlines()]


OTHERS = [
    ("decimals", "1/2 + 2*y[1] + y**2", "1.0 / 2.0 + 2.0 * y[1] + y ** 2"),
    ("a factor of 1.0", "y + 1", "1.0 * (y + 1)"),
    ("the reverse order", "y - z*y", "-(y * z) + y"),
    ("one fraction", "-1/y + z/(1 - y)", "(-1 * (1 - y) + z * y) / (y * (1 - y))"),
    ("one fraction", "1/y/(2/z)", "1 * z / (y * 2)"),
    ("logs split", "log(y/z) + log(y**z)", "log(y) - log(z) + z * log(y)"),
    ("logs split", "log(y*z)", "log(y) + log(z)"),
    ("logs joined", "y*log(z) - log(y)", "log(z ** y / y)"),
    ("logs joined", "log(z) + log(y)", "log(z * y)"),
    (
        "the chain rule as a product",
        "d(-y[k]*log(p[k]), z[i])",
        "d(-y[k] * log(p[k]), p[k]) * d(p[k], z[i])",
    ),
    ("the chain rule as a product", "d(log(s), z)", "d(log(s), s) * d(s, z)"),
]


@pytest.mark.parametrize(("how", "line", "other"), OTHERS)
def test_a_line_gets_another_form(how: str, line: str, other: str) -> None:
    code = f"def f(y, p, z, i):\n    s = sigma(z)\n    yield {line}, 'why'\n"
    forms = dict(vary(code, "f"))
    assert lines_of(forms[how])[2] == f"yield ({other}, 'why')"
    # The line itself follows, so that no step gets lost.
    assert len(lines_of(forms[how])) == 4


def test_a_derivation_that_cannot_be_varied_stays_alone() -> None:
    assert vary("def f(y):\n    return 1 + y\n", "f") == []
    assert vary("def g(y):\n    yield 1 + y\n", "f") == []
    forms = dict(vary("def f(y, z):\n    yield d(log(z) + y*log(y), z)\n", "f"))
    assert "the chain rule as a product" not in forms


def test_a_form_that_is_refused_is_a_problem() -> None:
    def result_of(source: str, _tag: str, _seed: int) -> Any:
        is_right = "d(s, z)" not in source or ", s) * d(s, z)" not in source
        outcome = Outcome.PASSED if is_right else Outcome.WRONG
        return SimpleNamespace(outcome=outcome, finding=Finding("It is refused."))

    trials: Any = SimpleNamespace(lesson=LESSON, result_of=result_of)
    each = [form_problems(one, trials) for one in load_exercises(LESSON)]
    (problem,) = [problem for problems in each for problem in problems]
    assert problem.startswith(
        "4b: a right derivation isn't right any more with the chain rule as a product "
        "(It is refused.):\ndef derive_bce(y, z):"
    )
