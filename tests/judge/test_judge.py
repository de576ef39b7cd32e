"""Gradings from end to end: what a file is, and what it gets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import psutil
import pytest

from grader.checks.attempt import AttemptSession, Broken
from grader.common.errors import GraderError, Misuse, SandboxError
from grader.course.document import catalog
from grader.report import Outcome, Report
from grader.report.focus import find_focus
from grader.report.report_json import from_json, json_schema, to_json
from grader.sandbox import WorkerFactory, isolation
from grader.sandbox.isolation.policy import Isolation
from tests.support.grading import cpu_limit, grade_attempt
from tests.support.notebooks import to_notebook
from tests.support.project import ROOT

LESSON = catalog.find("lesson3", ROOT)
SOLUTION = LESSON.solution.read_text()


def graded(source: str, warm: WorkerFactory, **kwargs) -> Report:
    return grade_attempt(
        LESSON,
        Path("mine.py"),
        source=source.encode(),
        warm=warm,
        **({"seed": 3} | kwargs),
    )


def outcomes(report: Report) -> dict[str, Outcome]:
    return {exercise.tag: exercise.outcome for exercise in report.exercises}


def test_the_solution_scores_100_and_says_what_it_depends_on(
    warm: WorkerFactory,
) -> None:
    report = graded(SOLUTION, warm)
    assert (report.score, report.points, report.has_passed) == (100, 100, True)
    assert report.seed == 3
    assert {"grader", "lesson", "python", "numpy"} <= report.versions.keys()
    assert report.isolation is not None


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1252", "Windows-1252"), ("utf-16", "UTF-16")]
)
def test_a_file_in_another_encoding_is_graded_and_that_is_said(
    warm: WorkerFactory, encoding: str, name: str
) -> None:
    saved = f"{SOLUTION}\n# \u00e9\n".encode(encoding, "replace")
    report = grade_attempt(LESSON, Path("mine.py"), source=saved, warm=warm, seed=3)
    assert report.score == 100
    assert report.attempt_sha256 == hashlib.sha256(saved).hexdigest()
    assert f"was read as {name}" in report.notes[0]


@pytest.mark.slow
def test_an_endless_loop_costs_one_time_out(warm: WorkerFactory) -> None:
    head = "def losses(y, p):\n"
    loop = f"{head}    while True:\n        pass\n"
    report = graded(SOLUTION.replace(head, loop), warm)
    stopped = {x.tag: x for x in report.exercises if x.outcome is Outcome.TIMED_OUT}
    assert set(stopped) == {"3d"}
    assert stopped["3d"].finding.sentence.startswith("Stopped after 5 CPU seconds in")
    # It calls losses, which is known not to come to an end.
    later = next(one for one in report.exercises if one.tag == "3e")
    assert (later.outcome, later.judged_with) == (Outcome.PASSED, ("3d",))
    assert report.score == 90


@pytest.mark.slow
def test_what_does_not_call_the_endless_loop_has_all_its_time(
    warm: WorkerFactory,
) -> None:
    endless = "def losses(y, p):\n    while True:\n        pass\n"
    slow = """SEEN = []


def cross_entropy(y, p):
    import time

    began_s = time.process_time()
    while not SEEN and time.process_time() - began_s < 1.2:
        pass
    SEEN.append(1)
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())
"""
    source = SOLUTION.replace("def losses(y, p):\n", endless)
    source = source.replace(
        "def cross_entropy(y, p):\n", f"{slow}\n\ndef unused(y, p):\n"
    )
    with cpu_limit(1.8):
        found = {one.tag: one for one in graded(source, warm).exercises}
    assert found["3d"].outcome is Outcome.TIMED_OUT
    assert found["3e"].checks[0].outcome is Outcome.PASSED


def test_an_untouched_page_is_not_attempted(warm: WorkerFactory) -> None:
    report = graded(LESSON.page.read_text(), warm)
    assert set(outcomes(report).values()) == {Outcome.NOT_ATTEMPTED}
    assert report.score == 0


def test_the_mean_over_everything_is_named_with_its_number(warm: WorkerFactory) -> None:
    wrong = SOLUTION.replace(
        "float(losses(y, p).mean())", "float(-(y * np.log(np.clip(p, 1e-7, 1))).mean())"
    )
    assert wrong != SOLUTION
    report = graded(wrong, warm)
    assert outcomes(report)["3e"] is Outcome.WRONG
    finding = find_focus(report.exercises).exercise.finding
    assert (finding.expected, finding.got) == ("1.184675", "0.394892")
    (mistake,) = finding.mistakes
    assert "exactly 3 times too small" in mistake.sentence
    assert report.score == 85


def test_two_mistakes_at_once_are_named_in_a_grading(warm: WorkerFactory) -> None:
    wrong = SOLUTION.replace("float(losses(y, p).mean())", "float(-losses(y, p).sum())")
    assert wrong != SOLUTION
    report = graded(wrong, warm)
    assert outcomes(report)["3e"] is Outcome.WRONG
    (mistake,) = find_focus(report.exercises).exercise.finding.mistakes
    assert mistake.slips == ("missing minus", "sum for mean")


def test_what_needs_a_stub_gets_its_points(warm: WorkerFactory) -> None:
    head, tail = SOLUTION.split("def losses(y, p):")
    stubbed = (
        head
        + "def losses(y, p):\n    raise NotImplementedError('3d')\n    "
        + tail.lstrip()
    )
    report = graded(stubbed, warm)
    assert outcomes(report)["3d"] is Outcome.NOT_ATTEMPTED
    result = next(e for e in report.exercises if e.tag == "3e")
    assert (result.outcome, result.judged_with) == (Outcome.PASSED, ("3d",))
    assert result.remarks[0] == (
        "Judged with the lesson's own losses, because 3d isn't right yet."
    )


def test_a_call_of_a_stub_at_the_top_level_is_told_where_it_belongs(
    warm: WorkerFactory,
) -> None:
    stub = "def f():\n    raise NotImplementedError('3d')\n\nf()\n"
    report = graded(SOLUTION + stub, warm)
    (part,) = report.left_out
    assert "your file called exercise 3d, which hasn't been written yet" in part.error
    assert (report.score, part.line) == (100, (SOLUTION + stub).count("\n"))


def test_a_notebook_is_graded_under_any_name(warm: WorkerFactory) -> None:
    notebook = to_notebook(SOLUTION, "py")
    report = graded(notebook, warm)
    assert report.score == 100
    assert report.attempt_sha256 == hashlib.sha256(notebook.encode()).hexdigest()


def test_a_missing_function_names_the_nearest(warm: WorkerFactory) -> None:
    report = graded(SOLUTION.replace("def softmax_row(", "def softmax_rwo("), warm)
    assert outcomes(report)["3b"] is Outcome.NOT_ATTEMPTED
    sentence = find_focus(report.exercises).exercise.finding.sentence
    assert (
        sentence
        == "There is no softmax_row in your file. The nearest name is softmax_rwo."
    )


def test_a_syntax_error_is_one_problem_with_its_line(warm: WorkerFactory) -> None:
    report = graded("x = 1\ndef f(:\n    pass\n", warm)
    assert set(outcomes(report).values()) == {Outcome.RAISED}
    assert report.problem.line == 2
    assert "SyntaxError" in report.problem.sentence
    assert (report.problem.column or 0) > 0
    assert report.problem.place == ""
    assert report.problem.source.strip() == "def f(:"


def test_an_exception_shows_the_learners_own_line(warm: WorkerFactory) -> None:
    report = graded("def softmax_row(z):\n    return z.nothing\n", warm)
    finding = next(e for e in report.exercises if e.tag == "3b").finding
    assert finding.sentence.startswith("AttributeError: 'list' object has no attribute")
    assert (finding.line, finding.source.strip()) == (2, "return z.nothing")
    assert "grader" not in finding.trace


def test_the_same_seed_repeats_a_grading(warm: WorkerFactory) -> None:
    guess = SOLUTION.replace(
        "return e / e.sum(axis=-1, keepdims=True)", "return e * 0.3"
    )
    assert guess != SOLUTION
    first, again = graded(guess, warm, seed=11), graded(guess, warm, seed=11)
    assert [e.finding for e in first.exercises] == [e.finding for e in again.exercises]


def test_seeds_differ_from_run_to_run(warm: WorkerFactory) -> None:
    seeds = {graded(SOLUTION, warm, seed=None, exercise="3b").seed for _ in range(3)}
    assert len(seeds) == 3


def test_one_exercise_alone(warm: WorkerFactory) -> None:
    report = graded(SOLUTION, warm, exercise="3e")
    assert list(outcomes(report)) == ["3e"]
    assert report.partial == "3e"
    with pytest.raises(Misuse, match="no exercise '9z'; it has 3a, 3b"):
        graded(SOLUTION, warm, exercise="9z")


def test_a_worker_that_is_lost_while_it_loads_a_file_ends_the_grading(
    warm: WorkerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(_: AttemptSession) -> None:
        raise Broken("its worker is gone")

    monkeypatch.setattr(AttemptSession, "running", lose)
    with pytest.raises(
        GraderError, match=r"was lost: its worker is gone\. Grade again"
    ):
        graded(SOLUTION, warm)


def test_no_worker_outlives_a_file_of_which_a_part_was_left_out(
    warm: WorkerFactory,
) -> None:
    def ends() -> int:
        graded(f"{SOLUTION}\n# %%\ndef f(:\n", warm)
        return len(psutil.Process().children(recursive=True))

    graded(SOLUTION, warm)
    before = len(psutil.Process().children(recursive=True))
    assert [ends(), ends()] == [before, before]


def test_what_the_attempt_prints_is_kept_and_cut(warm: WorkerFactory) -> None:
    report = graded("print('hello')\n", warm)
    assert report.output.strip() == "hello"
    assert not report.output_was_cut
    flood = graded("for _ in range(3000):\n    print('x' * 1000)\n", warm)
    assert flood.output_was_cut


def test_a_grading_without_a_pool_ends_the_one_that_it_makes() -> None:
    before = set(psutil.Process().children(recursive=True))
    assert grade_attempt(LESSON, LESSON.solution, exercise="3a").score == 15
    assert set(psutil.Process().children(recursive=True)) <= before


def test_a_layer_that_is_required_and_missing_ends_the_grading_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(isolation, "bubblewrap", lambda _: [])
    with pytest.raises(SandboxError, match="bubblewrap does not work here"):
        grade_attempt(LESSON, LESSON.solution, require_sandbox=True)


def test_a_file_that_cannot_be_read_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="cannot be read"):
        grade_attempt(LESSON, tmp_path / "none.py")


def test_a_report_survives_json_and_fits_its_schema(warm: WorkerFactory) -> None:
    report = graded(SOLUTION.replace("1.609,  # SOLUTION", "1.7,"), warm)
    text = to_json(report)
    assert from_json(text) == report
    import jsonschema  # here: it takes long, and collecting would wait for it

    jsonschema.validate(json.loads(text), json_schema())
    assert json.loads(text)["score"] == report.score


def test_a_report_of_the_first_version_is_read(warm: WorkerFactory) -> None:
    """It said in words what confined the attempt."""
    data = json.loads(to_json(graded(SOLUTION, warm)))
    del data["isolation"]
    words = ["Landlock (version 7)", "seccomp: no sockets", "bubblewrap: no network"]
    report = from_json(
        json.dumps(data | {"schema_version": 1, "walls": words}).encode()
    )
    found = (Isolation.LANDLOCK, Isolation.SECCOMP, Isolation.BUBBLEWRAP)
    assert (report.isolation, report.schema_version) == (found, 2)
    report = from_json(json.dumps(data | {"schema_version": 1, "walls": []}).encode())
    assert report.isolation is None


def test_a_broken_check_costs_no_points(tmp_path: Path) -> None:
    folder = tmp_path / "lessons" / "lesson1_toy"
    folder.mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    page = (
        "# %% [markdown]\n# # Lesson 1  Toy\n# ## 1a  One (60 points)\n"
        '# ## 1b  Two (40 points)\n# %% id="1a"\ndef f():\n    return 1\n'
        '# %% id="1b"\nf: object\n'
    )
    (folder / "lesson.py").write_text(page)
    (tmp_path / "solutions" / "lesson1_toy.py").write_text(page)
    (folder / "checks.py").write_text(
        "from grader.checks import exercise, expect, lesson\n"
        "LESSON = lesson()\n"
        "one = exercise('f', hints=('a', 'b', 'c'))\n"
        "@one.check\ndef is_one(attempt):\n    'It is one.'\n    expect(attempt.f()).equals(1)\n"
        "two = exercise('f', hints=('a', 'b', 'c'))\n"
        "@two.check\ndef fails(attempt):\n    'It fails.'\n    1 / 0\n"
    )
    toy = catalog.find("lesson1", tmp_path)
    report = grade_attempt(toy, folder / "lesson.py")
    assert outcomes(report) == {"1a": Outcome.PASSED, "1b": Outcome.BROKEN}
    assert (report.score, report.points, report.is_broken) == (60, 60, True)
    sentence = report.exercises[1].finding.sentence
    assert "The grader itself failed in this check (checks.py, line 12)" in sentence
