"""SymPy agrees with what the judge's own evaluation decides, or says nothing."""

from __future__ import annotations

import functools
import importlib
import random
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from grader import judge as judge_module
from grader.checks.attempt import Attempt, AttemptSession, Cancelled, RunConditions
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.derivation_checks import sympy_confirmation, sympy_evaluator
from grader.derivation_checks.sympy_confirmation import Confirmation, Opinion, confirm
from grader.derivations import (
    Domain,
    InvalidTable,
    Problem,
    Table,
    Verdict,
    Written,
    read,
)
from grader.derivations.equality import judge, value_of
from grader.derivations.notation import symbol
from grader.derivations.rules import FUNCTIONS
from grader.report import CheckResult, Outcome, Report
from grader.sandbox import Limits
from grader.sandbox.sympy_serialization import to_table
from grader.sandbox.worker_pool import WorkerPool
from tests.support.expression_pairs import GIVEN, PAIR_IDS, PAIRS, symbols_for
from tests.support.grading import grade_attempt
from tests.support.project import ROOT
from tools.fuzz.tables import mutated

SEED = 20_261_128
DOMAIN = Domain(GIVEN, classes=3, more=0)


class Stated(Problem):
    """A problem whose right answer is a table, as the pairs have it."""

    def __init__(self, right: Table) -> None:
        object.__setattr__(self, "stated", right)
        super().__init__(symbol("u"), None, DOMAIN)

    @property
    def goal(self) -> Table:
        """The right answer."""
        return self.__dict__["stated"]  # type: ignore[no-any-return]


def confirmed(mine: str, right: str) -> Confirmation:
    """What SymPy says of a pair of tables."""
    answer = Written({(): read(mine)})
    return confirm([answer], Stated(read(right)), SEED, sympy_evaluator.work_out)


@pytest.mark.parametrize("name", PAIRS, ids=PAIR_IDS)
def test_sympy_agrees_about_every_pair(name: str) -> None:
    make, expected = PAIRS[name]
    left, right = (to_table(side) for side in make(symbols_for(3)))
    try:
        said = confirmed(left, right).opinion
    except InvalidTable:
        return
    if expected is Verdict.EQUAL:
        assert said is Opinion.AGREES
    else:
        assert said is not Opinion.AGREES


@pytest.mark.slow
def test_sympy_agrees_about_random_edits() -> None:
    """Edits of the pairs' own tables: mostly wrong, some right."""
    rng = random.Random(SEED)
    texts = [
        [to_table(side) for side in make(symbols_for(3))]
        for make, expected in PAIRS.values()
        if expected is Verdict.EQUAL
    ]
    found = dict.fromkeys(Opinion, 0)
    for _ in range(1000):
        left, right = rng.choice(texts)
        edited = mutated(rng, left)
        try:
            goal = value_of(read(right))
            ruling = judge(Written({(): read(edited)}), goal, DOMAIN, SEED)
            said = confirmed(edited, right)
        except InvalidTable:
            continue
        found[said.opinion] += 1
        if ruling.verdict is Verdict.EQUAL:
            assert said.opinion is not Opinion.CONTRADICTS, edited
        if said.opinion is Opinion.AGREES:
            # SymPy knows that log(exp(x)) is x, however large exp(x) is.
            assert ruling.verdict in (Verdict.EQUAL, Verdict.CANNOT_JUDGE), edited
    assert found[Opinion.AGREES] >= 10
    assert found[Opinion.CONTRADICTS] >= 50


# The whole way: a grading of lesson 4.

LESSON = catalog.find("lesson4", ROOT)


def grade(tmp_path: Path, pool: WorkerPool, *edits: tuple[str, str]) -> Report:
    """Grade lesson 4's solution with other text in some places."""
    text = LESSON.solution.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / LESSON.solution.name
    path.write_text(text, encoding="utf-8")
    return grade_attempt(LESSON, path, seed=5, pool=pool)


def checks_of(report: Report, tag: str) -> list[CheckResult]:
    """The checks of one exercise."""
    return [c for one in report.exercises if one.tag == tag for c in one.checks]


def test_a_report_shows_the_number_that_sympy_got(
    tmp_path: Path, pool: WorkerPool
) -> None:
    report = grade(tmp_path, pool)
    for tag in ("4c", "4d", "4e", "4b"):
        assert any("SymPy" in check.measured for check in checks_of(report, tag)), tag
    (lines,) = (c.measured for c in checks_of(report, "4e") if "lines" in c.measured)
    assert lines.startswith("SymPy computed all 5 lines for 3 and 4 classes: at p = ")
    assert lines.endswith("i = 0 each is 3/10.")
    # 4b has no classes.
    (lines,) = (c.measured for c in checks_of(report, "4b") if "lines" in c.measured)
    assert lines.startswith("SymPy computed all 5 lines: at ")


def test_with_a_wrong_rule_of_our_own_nothing_is_judged(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(rules: Any, u: Decimal, du: Decimal) -> tuple[Decimal, Decimal]:
        value, change = right(rules, u, du)
        return value, 2 * change

    right = FUNCTIONS["log"]
    monkeypatch.setitem(FUNCTIONS, "log", wrong)
    report = grade(tmp_path, pool)
    for one in report.exercises:
        assert one.outcome in (Outcome.PASSED, Outcome.BROKEN), one
    for tag in ("4c", "4e", "4b"):
        (one,) = (one for one in report.exercises if one.tag == tag)
        assert one.outcome is Outcome.BROKEN
        assert one.finding is not None
        assert "SymPy finds no difference" in one.finding.sentence


def test_what_only_our_own_rule_calls_right_is_not_judged(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(rules: Any, u: Decimal, du: Decimal) -> tuple[Decimal, Decimal]:
        value, change = right(rules, u, du)
        return value, -change

    right = FUNCTIONS["log"]
    monkeypatch.setitem(FUNCTIONS, "log", wrong)
    report = grade(
        tmp_path,
        pool,
        ('yield p[i] - y[i], "the y_k', 'yield y[i] - p[i], "the y_k'),
    )
    assert [c.outcome for c in checks_of(report, "4e")].count(Outcome.WRONG) == 0


def test_an_exercise_that_sympy_contradicts_is_not_judged_although_it_passed(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SymPy answers while later exercises are checked; theirs isn't affected."""
    monkeypatch.setattr(sympy_confirmation, "_remembered", {})
    lies = tmp_path / "lies.py"
    monkeypatch.setattr(sympy_confirmation, "EVALUATOR", lies)
    lies.write_text(
        "import json\n"
        "def work_out(request):\n"
        "    asked = json.loads(request)\n"
        "    if len(asked['points'][0]['rows'].get('z', ())) == 0:\n"
        "        return None\n"
        "    return json.dumps([str(at) for at, _ in asked['asked']])\n"
    )
    report = grade(tmp_path, pool)
    outcomes = {one.tag: one.outcome for one in report.exercises}
    assert outcomes["4f"] is outcomes["4a"] is Outcome.PASSED
    assert outcomes["4e"] is Outcome.BROKEN
    (one,) = (one for one in report.exercises if one.tag == "4e")
    assert one.finding is not None
    assert "SymPy" in one.finding.sentence
    stopped = [c for c in one.checks if c.outcome is Outcome.BROKEN]
    assert stopped
    assert all(c.finding and not c.measured for c in stopped)


def test_the_next_exercise_is_checked_while_sympy_works(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sympy_confirmation, "_remembered", {})
    go_on = threading.Event()
    ask = sympy_confirmation.SymPyProcess.ask

    def wait(self: sympy_confirmation.SymPyProcess, request: str) -> str | None:
        assert go_on.wait(60), "no later check was run"
        return ask(self, request)

    def note(tag: str, _: CheckResult) -> None:
        if tag == "4f":
            go_on.set()

    monkeypatch.setattr(sympy_confirmation.SymPyProcess, "ask", wait)
    report = grade_attempt(LESSON, LESSON.solution, seed=5, pool=pool, on_check=note)
    assert report.score == 100
    for tag in ("4b", "4c", "4d", "4e"):
        assert any("SymPy" in check.measured for check in checks_of(report, tag)), tag


def test_nothing_runs_on_after_a_grading_that_was_cancelled(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sympy_confirmation, "_remembered", {})
    waits = tmp_path / "waits.py"
    waits.write_text("def work_out(request):\n    while True:\n        pass\n")
    monkeypatch.setattr(sympy_confirmation, "EVALUATOR", waits)
    cancel = threading.Event()

    def stop(tag: str, _: CheckResult) -> None:
        if tag == "4d":
            cancel.set()

    before = set(threading.enumerate())
    with pytest.raises(Cancelled):
        grade_attempt(
            LESSON, LESSON.solution, seed=5, pool=pool, on_check=stop, cancel=cancel
        )
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("answer", "edits"),
    [
        ("None", ()),
        ("'[]'", ()),
        ("json.dumps([''] * len(json.loads(request)['asked']))", ()),
        ("None", (('yield p[i] - y[i], "the y_k', 'yield y[i] - p[i], "the y_k'),)),
        ("None", (("[-y[k] / p[k] for", "[-y[k] / (p[k] - p[k]) for"),)),
    ],
)
def test_without_sympys_answer_nothing_is_right_or_wrong(
    tmp_path: Path,
    pool: WorkerPool,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    edits: tuple[tuple[str, str], ...],
) -> None:
    monkeypatch.setattr(sympy_confirmation, "_remembered", {})
    silent = tmp_path / "silent.py"
    monkeypatch.setattr(sympy_confirmation, "EVALUATOR", silent)
    silent.write_text(f"import json\ndef work_out(request):\n    return {answer}\n")
    report = grade(tmp_path, pool, *edits)
    by_tag = {one.tag: one for one in report.exercises}
    for tag in ("4b", "4c", "4d", "4e"):
        assert by_tag[tag].outcome is Outcome.SKIPPED, tag
        finding = by_tag[tag].finding
        assert finding is not None
        assert finding.sentence.startswith(
            "This cannot be judged: the grader has SymPy"
        )
        assert not finding.mistakes
        assert not any("SymPy" in c.measured for c in by_tag[tag].checks)


def test_nothing_is_concluded_from_a_question_that_was_cancelled(
    tmp_path: Path, pool: WorkerPool
) -> None:
    waits = tmp_path / "waits.py"
    waits.write_text("def work_out(request):\n    while True:\n        pass\n")
    cancel = threading.Event()
    session = AttemptSession(
        Document(b"x = 1\n"),
        RunConditions(
            pool.factory(judge_module.requirements_of(LESSON)),
            "x.py",
            Limits(),
            cancel=cancel,
        ),
    )
    threading.Timer(0.5, cancel.set).start()
    try:
        with pytest.raises(Cancelled):
            session.ask_clean(waits, "work_out", "", 30.0)
    finally:
        session.close()


def test_sympy_is_not_asked_again_about_lines_that_it_agreed_with(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sympy_confirmation, "_remembered", {})
    first = grade(tmp_path, pool)
    asked: list[str] = []
    ask = sympy_confirmation.SymPyProcess.ask

    def count(self: sympy_confirmation.SymPyProcess, request: str) -> str | None:
        asked.append(request)
        return ask(self, request)

    monkeypatch.setattr(sympy_confirmation.SymPyProcess, "ask", count)
    again = grade(tmp_path, pool)
    assert asked == []
    for tag in ("4c", "4e"):
        shown = [[c.measured for c in checks_of(one, tag)] for one in (first, again)]
        assert shown[0] == shown[1]
    last = 'yield p[i] - y[i], "the y_k'
    one_more = 'yield (p[i] - y[i]) * total(y[k], k), "times 1"'
    grade(tmp_path, pool, (last, f"{one_more}\n    {last}"))
    assert len(asked) == 1


HOSTILE = {
    "many terms": sum(sp.Symbol(f"z{n % 3}") ** n for n in range(200)),
    "a tower": sp.Pow(2, sp.Pow(2, sp.Pow(2, 30, evaluate=False), evaluate=False)),
    "exp of exp": sp.exp(sp.exp(sp.exp(sp.Symbol("z0")))),
    "a large power": sp.Pow(sp.Symbol("z0") + sp.Symbol("z1"), 4_000),
    "a root of a semiprime": sp.Pow(
        sp.Integer(1_000_003 * 1_000_033), sp.Rational(1, 7), evaluate=False
    ),
    "many sums": functools.reduce(
        lambda inner, name: sp.Sum(inner, (sp.Symbol(name), 0, 2)),
        "abcdefghk",
        sp.IndexedBase("z")[sp.Symbol("k")],
    ),
    "many maxima": sp.Max(*(sp.Symbol("z0") + n * sp.Symbol("z1") for n in range(40))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_table_takes_no_longer_than_its_bound(
    name: str, pool: WorkerPool
) -> None:
    text = to_table(HOSTILE[name])
    session = AttemptSession(
        Document(b"x = 1\n"),
        RunConditions(
            pool.factory(judge_module.requirements_of(LESSON)), "x.py", Limits()
        ),
    )
    began_s = time.monotonic()
    try:
        line = Written({(): read(text)})
        ask = sympy_confirmation.SymPyProcess(Attempt(session)).ask
        said = confirm([line], Stated(read(text)), SEED, ask)
    except (InvalidTable, ValueError):  # the table, or the problem, is refused
        return
    finally:
        session.close()
    assert said.opinion in (Opinion.AGREES, Opinion.SILENT)
    assert time.monotonic() - began_s < 100


def test_no_code_is_generated_for_an_expression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Printing and compiling it takes longer than evaluating it at a few points."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("code is generated")

    module = importlib.import_module("sympy.utilities.lambdify")
    monkeypatch.setattr(module._EvaluatorPrinter, "doprint", refuse)
    monkeypatch.setattr(sympy_confirmation, "_remembered", {})
    make = next(made for made, expected in PAIRS.values() if expected is Verdict.EQUAL)
    left, right = (to_table(side) for side in make(symbols_for(3)))
    assert confirmed(left, right).opinion is Opinion.AGREES


T = sp.Symbol("t", real=True)  # between 0 and 1


@pytest.mark.parametrize(
    ("mine", "right", "expected"),
    [
        (sp.E * T, sp.exp(1, evaluate=False) * T, Opinion.AGREES),
        (sp.sqrt(T) * sp.sqrt(T + 1), sp.sqrt(T**2 + T), Opinion.AGREES),
        (sp.Max(T, 2 * T) * sp.Min(T, 3), 2 * T**2, Opinion.AGREES),
        (sp.sqrt(T), T, Opinion.CONTRADICTS),
        (sp.sqrt(-T), sp.sqrt(-T), Opinion.SILENT),
        (sp.log(T - 1), sp.log(T - 1), Opinion.SILENT),
        (1 / (T - T**1.0), 1 / (T - T**1.0), Opinion.SILENT),
    ],
    # What SymPy prints may differ from process to process.
    ids=("E", "roots", "Max and Min", "another", "root of -t", "log", "division by 0"),
)
def test_only_real_values_count(
    mine: sp.Expr, right: sp.Expr, expected: Opinion
) -> None:
    assert confirmed(to_table(mine), to_table(right)).opinion is expected


def test_a_worker_has_imported_what_its_first_sum_needs(pool: WorkerPool) -> None:
    """`Add` imports it, which takes a tenth as long as all of SymPy, in every worker."""
    source = (
        b"import sys\nbefore = set(sys.modules)\n"
        b"import sympy\nsympy.log(sympy.Symbol('x') + 1).diff()\n"
        b"late = sorted(set(sys.modules) - before)\n"
    )
    needs = judge_module.requirements_of(LESSON)
    session = AttemptSession(
        Document(source), RunConditions(pool.factory(needs), "x.py", Limits())
    )
    try:
        late = Attempt(session).value("late").value
    finally:
        session.close()
    assert not [name for name in late if "combinatorics" in name]
