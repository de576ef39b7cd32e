"""A statement that fails while a file is loaded costs no more than what needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.classroom.class_grading import grade_class
from grader.classroom.summary import looks_of
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook
from grader.notebook.feedback import show_report
from grader.report import ExerciseResult, Outcome, Report
from grader.report.report_json import from_json, to_json
from grader.report.report_text import report_lines
from grader.report.sentences import not_run_lines
from grader.report.view import NextCommands
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.support.grading import cpu_limit, grade_attempt, idle_limit
from tests.support.notebooks import to_notebook
from tests.support.project import ROOT

COMMANDS = NextCommands("grade lesson3", "lesson3", is_notebook=True)
LESSONS = {n: catalog.find(f"lesson{n}", ROOT) for n in (1, 2, 3, 4, 5, 9)}
SOLUTIONS = {n: x.solution.read_text(encoding="utf-8") for n, x in LESSONS.items()}
# A cell that is no exercise's, above the last exercise.
ABOVE = {1: "1g", 2: "2e", 3: "3f", 4: "4f", 5: "5f", 9: "9e"}

# The lesson, the stray code, the line of it that fails, and what is said of that.
STRAYS = (
    (1, "import seaborn as sns", 1, "No module named 'seaborn'"),
    (1, "from sklearn import metrics", 1, "No module named 'sklearn'"),
    (1, "print(train_images.shape)", 1, "name 'train_images' is not defined"),
    (1, "print(np.concatenate((np.zeros(3), np.zeros((2, 2)))))", 1, "ValueError"),
    (1, "pip install seaborn", 0, ""),
    (1, "%matplotlib inline", 0, ""),
    (1, "digit = input('Which digit? ')", 1, "leave out input()"),
    (2, "assert train_images.max() == 1", 1, "NameError"),
    (2, "assert 1 == 2, 'not yet'", 1, "AssertionError: not yet"),
    (2, "x: Tensor = 3", 1, "name 'Tensor' is not defined"),
    (2, "def helper(x: Array) -> Array:\n    return x", 1, "name 'Array'"),
    (2, "@cache\ndef helper(x):\n    return x", 1, "name 'cache' is not defined"),
    (2, "open('numbers.txt')", 1, "numbers.txt"),
    (2, "int('seven')", 1, "invalid literal for int()"),
    (3, "1 / 0", 1, "ZeroDivisionError: division by zero"),
    (3, "import sys\nsys.exit()", 2, "SystemExit. This ends the whole program"),
    (3, "exit()", 1, "SystemExit. This ends the whole program"),
    (3, "quit(3)", 1, "SystemExit: 3. This ends the whole program"),
    (3, "raise SystemExit('done')", 1, "SystemExit: done"),
    (3, "import os\nos._exit(0)", 2, "Your program ended itself with exit code 0"),
    (3, "import os\nos.abort()", 2, "Your program was ended by SIGABRT"),
    (3, "print(p[i])", 1, "name 'p' is not defined"),
    (3, "print(softmax_row([1.0, 2.0])[5])", 1, "IndexError: list index out of"),
    (3, "print(softmx(PAPER_Z))", 1, "name 'softmx' is not defined"),
    (3, "print(check_loss(cross_entropy))", 1, "name 'check_loss' is not defined"),
    (3, "cross_entropy(PAPER_Y)", 1, "TypeError"),
    (3, "cross_entropy(PAPER_Y, PAPER_Y[:2])", 1, "ValueError"),
    (3, "for n in range(3):\n    print(10 / (2 - n))", 2, "division by zero"),
    (3, "with open('x.txt') as f:\n    print(f)", 1, "x.txt"),
    (3, "class Loss(Module):\n    pass", 1, "name 'Module' is not defined"),
    (3, "return 3", 1, "'return' outside function"),
    (3, "print(np.zeros((10**6, 10**6)))", 1, "It needed more than"),
    (3, "import threading\nthreading.Event().wait", 0, ""),
    (4, "print(sigma_prime)", 1, "name 'sigma_prime' is not defined"),
    (4, "print('z' + 1)", 1, "TypeError"),
    (4, "x = {}['missing']", 1, "KeyError: 'missing'"),
    (5, "None.shape", 1, "AttributeError"),
    (5, "[1, 2].mean()", 1, "AttributeError"),
    (5, "np.softmax(PAPER_Z)", 1, "has no attribute 'softmax'"),
    (5, "def f():\n    return f()\nf()", 3, "RecursionError"),
    (5, "while True: pass", 1, "Stopped after"),
    (9, "a, b = 1, 2, 3", 1, "too many values to unpack"),
    (9, "raise ValueError('stop here')", 1, "ValueError: stop here"),
)


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "sympy", "matplotlib")))


def with_cell(number: int, code: str) -> tuple[str, int]:
    """The solution with a cell of one's own in it, and that cell's first line."""
    mark = f'# %% id="{ABOVE[number]}"\n'
    above, found, below = SOLUTIONS[number].partition(mark)
    assert found
    return f"{above}# %%\n{code}\n\n{found}{below}", above.count("\n") + 2


def graded(warm: WorkerFactory, source: str, number: int = 3, **kwargs) -> Report:
    path = Path(kwargs.pop("name", "mine.py"))
    lesson = LESSONS[number]
    return grade_attempt(
        lesson, path, source=source.encode(), warm=warm, seed=3, **kwargs
    )


def changed(*changes: tuple[str, str]) -> str:
    source = SOLUTIONS[3]
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return source


def outcomes(report: Report) -> dict[str, str]:
    return {e.tag: e.outcome.value for e in report.exercises if e.outcome != "passed"}


def result(report: Report, tag: str) -> ExerciseResult:
    return next(e for e in report.exercises if e.tag == tag)


def line_of(source: str, text: str) -> int:
    assert source.count(text) == 1
    return source[: source.index(text)].count("\n") + 1


def cases(strays: Iterable[tuple[int, str, int, str]]) -> Iterator[object]:
    """Each stray statement; lesson 9 trains a network in NumPy."""
    for row in strays:
        name = f"{row[0]}: {row[1].partition(chr(10))[0][:40]}"
        marks = [pytest.mark.slow] * (row[0] == 9)
        yield pytest.param(*row, id=name, marks=marks)


@pytest.mark.parametrize(
    ("number", "code", "at", "said"),
    tuple(cases(STRAYS)),
)
def test_a_stray_statement_costs_nothing_and_is_named_with_its_line(
    warm: WorkerFactory, number: int, code: str, at: int, said: str
) -> None:
    source, first = with_cell(number, code)
    with cpu_limit(1 if "while True" in code else None):
        report = graded(warm, source, number)
    assert (report.problem, outcomes(report), report.score) == (None, {}, 100)
    if not at:
        assert report.has_passed
        return
    assert not report.has_passed
    (part,) = report.not_run
    assert (part.exercise, part.line) == ("", first + at - 1)
    lines = report_lines(report)
    assert lines[:2] == ("100 of 100 points", "Your file doesn't run as it is.")
    assert f"ine {part.line}" in lines[2]
    assert said in lines[2]
    assert lines[3] == "The rest of the file was graded without it."


@pytest.mark.parametrize(
    ("tag", "old", "new", "said"),
    [
        ("3g", '    "why ln": "b"', '    "why ln": b', "name 'b' is not defined"),
        ("3b", "def softmax_row(z):", "def softmax_row(z: vector):", "name 'vector'"),
        (
            "3f",
            "def test_soft_labels",
            "print(1 / 0)\n\n\ndef test_soft_labels",
            "Zero",
        ),
        ("3a", "PAPER = {", "import torch\n\nPAPER = {", "No module named 'torch'"),
    ],
)
def test_an_exercise_whose_own_cell_fails_is_the_only_one_that_it_costs(
    warm: WorkerFactory, tag: str, old: str, new: str, said: str
) -> None:
    source = changed((old, new))
    report = graded(warm, source)
    assert (report.problem, outcomes(report)) == (None, {tag: "raised"})
    finding = result(report, tag).finding
    assert said in finding.sentence
    assert finding.look == ""
    (part,) = report.left_out
    assert (part.exercise, part.line) == (tag, finding.line)
    assert not_run_lines(report)[1].startswith(
        f"Exercise {tag}, line {part.line} fails: "
    )


def test_what_needs_a_statement_left_out_is_judged_with_the_lessons_own(
    warm: WorkerFactory,
) -> None:
    source = changed(("def losses(y, p):", "def losses(y, p=clipped):"))
    report = graded(warm, source)
    assert outcomes(report) == {"3d": "raised"}
    later = next(one for one in report.exercises if one.tag == "3e")
    assert later.judged_with == ("3d",)


def test_a_prediction_without_quotes_costs_the_exercise_that_asks_for_it(
    warm: WorkerFactory,
) -> None:
    entry = '"loss of a doubled batch": '
    source = changed((f'{entry}"same"', f"{entry}same"))
    report = graded(warm, source)
    assert outcomes(report) == {"3h": "raised"}
    assert 'put it in quotes: "same"' in not_run_lines(report)[1]


def test_what_fails_for_want_of_a_statement_left_out_is_left_out_with_it(
    warm: WorkerFactory,
) -> None:
    code = "import seaborn as sns\nplot = sns.lineplot()\nplot.show()\nprint(plot)"
    source, first = with_cell(3, code)
    report = graded(warm, source)
    assert (report.score, [part.line for part in report.left_out]) == (
        100,
        [first, first + 1, first + 2, first + 3],
    )
    said = [part.error for part in report.left_out]
    assert said[1] == (
        f"NameError: name 'sns' is not defined. Line {first}, which was left out, "
        "defines it."
    )
    assert all(
        f"Line {first + 1}, which was left out, defines it." in x for x in said[2:]
    )


def test_the_pages_own_statement_is_not_held_against_its_line(
    warm: WorkerFactory,
) -> None:
    # PAPER_Y of the page fails, because of a name that is the learner's.
    source = changed(("import numpy as np\n", "import nunpy as np\n"))
    report = graded(warm, source)
    first = line_of(source, "import nunpy")
    assert report.left_out[0].line == first
    assert "No module named 'nunpy'" in report.left_out[0].error
    given = line_of(source, "PAPER_Z = np")
    (said,) = [part.error for part in report.left_out if part.line == given]
    assert f"Line {first}, which was left out, defines it." in said
    passed = {e.tag for e in report.exercises if e.outcome is Outcome.PASSED}
    assert passed >= {"3a", "3b", "3g"}


def test_an_error_inside_of_a_function_is_told_with_both_lines(
    warm: WorkerFactory,
) -> None:
    code = "def half(x):\n    return x / 0\n\nhalf(3)"
    source, first = with_cell(3, code)
    (part,) = graded(warm, source).left_out
    assert part.line == first + 3
    assert part.error == (f"ZeroDivisionError: division by zero. See line {first + 1}.")


def test_a_call_of_what_is_still_to_be_written_costs_nothing_more(
    warm: WorkerFactory,
) -> None:
    page = LESSONS[3].page.read_text(encoding="utf-8")
    solved = "sizes = [math.exp(logit) for logit in z]\n"
    source = page.replace("sizes = [logit**2 for logit in z]\n", solved)
    source = source.replace('# %% id="3d"', '# %%\nsoftmax([1, 2])\n\n# %% id="3d"')
    assert solved in source
    report = graded(warm, source)
    assert result(report, "3b").outcome is Outcome.PASSED
    assert result(report, "3c").outcome is Outcome.NOT_ATTEMPTED
    (part,) = report.left_out
    assert "your file called exercise 3c, which hasn't been written yet" in part.error
    assert not report.is_untouched


def test_two_statements_on_one_line_are_left_out_together(warm: WorkerFactory) -> None:
    source, first = with_cell(3, "a = 1; 1 / 0; b = 2\nprint(a)")
    report = graded(warm, source)
    assert [part.line for part in report.left_out] == [first, first + 1]
    assert "which was left out, defines it" in report.left_out[1].error


def test_an_exercise_that_is_defined_again_by_what_fails_is_not_judged(
    warm: WorkerFactory,
) -> None:
    source, first = with_cell(3, "softmax = faster(softmax)")
    report = graded(warm, source)
    assert outcomes(report) == {"3c": "skipped"}
    assert result(report, "3c").finding.sentence == (
        f"Line {first} defines softmax. It fails, so it was left out and this exercise wasn't graded."
    )


def test_five_failing_statements_are_left_out_and_no_sixth(warm: WorkerFactory) -> None:
    five, first = with_cell(3, "1 / 0\n" * 5)
    report = graded(warm, five)
    assert (report.score, len(report.left_out)) == (100, 5)
    report = graded(warm, with_cell(3, "1 / 0\n" * 6)[0])
    assert set(outcomes(report).values()) == {"skipped"}
    assert (report.score, len(report.left_out)) == (0, 5)
    assert report.problem.sentence == (
        "At most 5 statements that fail are left out of a file, and here is one more, "
        "so the rest wasn't graded. "
        f"Line {first + 5}: ZeroDivisionError: division by zero."
    )
    assert report.problem.line == first + 5
    assert not_run_lines(report)[-1] == "The rest of the file wasn't graded."
    assert not report.is_untouched


@pytest.mark.slow
def test_two_endless_loops_are_left_out_and_no_third(warm: WorkerFactory) -> None:
    three, first = with_cell(3, "while True: pass\n" * 3)
    with cpu_limit(1):
        report = graded(warm, three)
    assert (report.score, len(report.left_out)) == (0, 2)
    assert "At most 2 statements that take too long are left out" in (
        report.problem.sentence
    )
    assert report.problem.line == first + 2


def test_a_wait_without_end_is_left_out(warm: WorkerFactory) -> None:
    source, first = with_cell(3, "import time\ntime.sleep(1e6)")
    with idle_limit(2):
        report = graded(warm, source)
    assert (report.score, [part.line for part in report.left_out]) == (100, [first + 1])


@pytest.mark.slow
def test_a_notebook_tells_the_cell(warm: WorkerFactory) -> None:
    source, _ = with_cell(3, "x = 1\nprint(p[x])")
    book = to_notebook(source)
    report = graded(warm, book, name="mine.ipynb")
    assert (report.score, outcomes(report)) == (100, {})
    (part,) = report.left_out
    assert (part.cell is not None, part.line) == (True, 2)
    said = f"Cell {part.cell}, line 2 fails: NameError: name 'p' is not defined."
    shown = show_report(report, COMMANDS)
    assert said in shown.plain
    assert f"Cell {part.cell}, line 2 fails" in shown.html
    assert f"Next: fix cell {part.cell}, line 2, run its cell" in shown.plain


def test_a_scratch_cell_below_a_function_of_a_notebook_costs_nothing(
    warm: WorkerFactory,
) -> None:
    source, _ = with_cell(1, "describe(train_images)")
    book = to_notebook(source)
    report = graded(warm, book, 1, name="mine.ipynb")
    assert (report.score, len(report.left_out)) == (100, 1)


def test_json_and_the_class_have_it(warm: WorkerFactory, tmp_path: Path) -> None:
    source, first = with_cell(3, "1 / 0")
    report = graded(warm, source)
    assert from_json(to_json(report)) == report
    (look,) = looks_of(report)
    assert look == (
        f"was graded without line {first}: ZeroDivisionError: division by zero"
    )
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        book.record(report)
        assert not book.standings()[report.lesson].has_passed


def test_the_same_bytes_are_graded_the_same(warm: WorkerFactory) -> None:
    source, _ = with_cell(3, "import seaborn\nseaborn.set_theme()")
    first, second = graded(warm, source), graded(warm, source)
    assert first.left_out == second.left_out
    assert [e.outcome for e in first.exercises] == [e.outcome for e in second.exercises]


@pytest.mark.hostile
@pytest.mark.parametrize("line", ["1", "10**6", "-1", "line_of_3c"])
def test_a_worker_that_lies_about_the_line_gains_nothing(
    warm: WorkerFactory, line: str
) -> None:
    wrong = changed(("ps = [e / s for e in es]", "ps = es"))
    target = line_of(wrong, "def softmax_row")
    code = (
        "import sys\n"
        "frame = sys._getframe()\n"
        "while frame.f_back: frame = frame.f_back\n"
        "def lie(*_): return [(LINE, '<module>')]\n"
        "sys.modules['grader.sandbox.worker.exception_messages']._line_numbers = lie\n"
        "1 / 0\n"
    ).replace("LINE", line.replace("line_of_3c", str(target)))
    source = wrong.replace('# %% id="3a"', f'# %%\n{code}\n# %% id="3a"')
    report = graded(warm, source)
    assert result(report, "3b").outcome is not Outcome.PASSED
    assert report.score <= 90
    assert not report.has_passed


# Of each kind some; a notebook leaves magics out by itself.
IN_OTHER_MEDIA = [
    x for x in STRAYS if x[2] and x[1][0] not in "%!" and "pip" not in x[1]
][::3]


@pytest.mark.parametrize(
    ("number", "code", "at", "said"),
    tuple(cases(IN_OTHER_MEDIA)),
)
def test_a_scratch_cell_of_a_notebook_costs_nothing_and_is_named(
    warm: WorkerFactory, number: int, code: str, at: int, said: str
) -> None:
    source, _ = with_cell(number, code)
    book = to_notebook(source)
    report = graded(warm, book, number, name="mine.ipynb")
    assert (report.problem, outcomes(report), report.score) == (None, {}, 100)
    (part,) = report.not_run
    assert (part.cell is not None, part.line) == (True, at)
    plain = show_report(report, COMMANDS).plain
    assert f"ell {part.cell}, line {at}" in plain
    assert said in plain


@pytest.mark.slow
def test_a_class_loses_no_point_by_stray_statements(tmp_path: Path) -> None:
    lines = {}
    for place, (number, code, at, _) in enumerate(IN_OTHER_MEDIA):
        source, first = with_cell(number, code)
        name = f"learner{place}"
        lines[name] = first + at - 1
        folder = tmp_path / "handed_in" / name
        folder.mkdir(parents=True)
        (folder / f"{LESSONS[number].name}.py").write_text(source, encoding="utf-8")
    found = submissions.find(tmp_path / "handed_in", tuple(LESSONS.values()))
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        tally = grade_class(found.submissions, book, jobs=1, root=ROOT)
        scores = {
            entry.learner: (entry.score, entry.has_passed)
            for lesson in LESSONS.values()
            for entry in book.latest_of_all(lesson.name)
        }
    assert scores == dict.fromkeys(lines, (100, False))
    said = {learner: sentence for learner, _, sentence in tally.look}
    assert {
        learner: f"was graded without line {line}: " in said[learner]
        for learner, line in lines.items()
    } == dict.fromkeys(lines, True)
