"""The errors that beginners meet most: one plain sentence with the line, then Python's
own words.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.cli.render import grading
from grader.course.document import catalog
from grader.course.document.notebook_reader import read_notebook
from grader.notebook.feedback import show_report
from grader.report import Report
from grader.report.sentences import not_run_lines
from grader.report.view import NextCommands
from grader.sandbox import WorkerFactory
from grader.web.drawing import draw_exercise
from tests.support.grading import grade_attempt
from tests.support.notebooks import to_notebook
from tests.support.project import ROOT
from tests.support.screens import screen_on, written

LESSON = catalog.find("lesson3", ROOT)
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
DEF = "def losses(y, p):\n"
LINE = SOLUTION[: SOLUTION.index(DEF)].count("\n") + 1
# What is written for `def losses(y, p):`, the line that is named, counted from that one,
# what the learner reads first, and a part of Python's own words.
BEGINNERS = {
    "no colon": (
        "def losses(y, p)\n",
        0,
        "A colon (:) is missing in {}",
        "SyntaxError",
    ),
    "no bracket": (
        f"{DEF}    n = len(y\n",
        1,
        "The ( in {} is never closed. Add the )",
        "was never closed",
    ),
    "wrong bracket": (f"{DEF}    n = y[0)\n", 1, "In {} a [ is closed by a )", "match"),
    "no quote": (
        f'{DEF}    name = "loss\n',
        1,
        "A text in {} has no closing quote.",
        "unterminated string",
    ),
    "Return": (
        f"{DEF}    Return y\n",
        1,
        "Python's keywords are in lower case. In {}, write return.",
        "invalid syntax",
    ),
    "Return of a list": (
        f"{DEF}    Return [a for a in y]\n",
        1,
        "Python's keywords are in lower case. In {}, write return.",
        "invalid syntax",
    ),
    "If": (
        f"{DEF}    If(len(y) == 0):\n        return y\n",
        1,
        "Python's keywords are in lower case. In {}, write if.",
        "invalid syntax",
    ),
    "half a line": (
        f"{DEF}    n =\n    return y\n",
        1,
        "{} ends with =. Is something missing after it?",
        "invalid syntax",
    ),
    "half a sum": (
        f"{DEF}    return y +  # and p\n",
        1,
        "{} ends with +. Is something missing after it?",
        "invalid syntax",
    ),
    "= for ==": (
        f"{DEF}    if len(y) = 0:\n        return y\n",
        1,
        "In {}, = assigns a value. To compare two values, write ==.",
        "instead of '='",
    ),
    "tabs": (
        f"{DEF}    if len(y) == 0:\n\treturn y\n",
        2,
        "{} mixes tabs and spaces.",
        "TabError",
    ),
    "indentation": (
        f"{DEF}    if len(y) == 0:\n        n = 1\n      n = 2\n",
        3,
        "The indentation of {} matches none of the lines above it.",
        "unindent",
    ),
    "no def": (
        "losses(y, p):\n",
        0,
        "Is def missing at the start of {}? A function begins with def losses(y, p):",
        "invalid syntax",
    ),
    "f-string": (
        f'{DEF}    name = f"{{len(y)"\n',
        1,
        "Is a }} missing in the f-string in {}?",
        "f-string",
    ),
    "stray indent": (
        f"{DEF}    n = 1\n        k = 2\n",
        2,
        "{} is indented too far. Remove spaces at its start.",
        "unexpected indent",
    ),
}


def graded(warm: WorkerFactory, code: str) -> Report:
    assert SOLUTION.count(DEF) == 1
    source = SOLUTION.replace(DEF, code).encode()
    return grade_attempt(
        LESSON, Path("mine.py"), source=source, warm=warm, seed=3, exercise="3d"
    )


def in_terminal(report: Report) -> str:
    screen = screen_on(200)
    grading.draw(report, screen, NextCommands("grade lesson3", "lesson3"))
    return written(screen).partition("╭")[2]


@pytest.mark.parametrize("case", BEGINNERS)
def test_a_beginners_error_is_explained_first(warm: WorkerFactory, case: str) -> None:
    code, below, sentence, error = BEGINNERS[case]
    report = graded(warm, code)
    place = f"line {LINE + below}"
    start = place.capitalize() if sentence.startswith("{}") else place
    words = sentence.format(start).replace("%%", "%")
    (exercise,) = report.exercises
    assert (exercise.outcome, exercise.finding.line) == ("raised", LINE + below)
    assert exercise.finding.explanation.startswith(words)
    assert error in exercise.finding.error
    # Its message explains the error, so this isn't repeated above it.
    assert not_run_lines(report)[1:] == (f"Python cannot read exercise 3d, {place}.",)
    lines = not_run_lines(replace(report, partial=""))
    assert lines[1].startswith("Python cannot read exercise 3d")
    assert words in lines[1]
    assert error in lines[1]
    shown = show_report(report, NextCommands("", "lesson3", is_notebook=True))
    page = draw_exercise(exercise)
    for text in (in_terminal(report), shown.plain.partition("3d  ")[2]):
        assert text.index(words) < text.index(exercise.finding.error)
    assert page.index("Details") < page.rindex(error.partition("'")[0])


NAMES = {
    "n = lenght(y)": "Nothing in your file gives lenght a value. Is a def lenght(...), or an import,",
    "n = len(batch)": "Nothing in your file gives batch a value.",
    "Return (y)": "Python's keywords are in lower case: write return.",
    "exps = p; return exp": "Do you mean exps or np.exp?",
    "exps = p; return exp(p)": "Do you mean np.exp?",
    "y = y(0)": "y isn't a function. Its entries are in square brackets: y[0].",
    "return y @ p": "y has the shape (4, 3) and p has (4, 3). In A @ B, A needs as many",
    "return y * p.sum(axis=1)": "NumPy lines up the last axes",
    "return y.sum(axes=1)": "NumPy calls it axis.",
    "return y[0] == p[0, :2]": "One has 3 entries and the other 2. Should both have one",
}


@pytest.mark.parametrize("line", NAMES)
def test_other_frequent_errors_are_explained_first(
    warm: WorkerFactory, line: str
) -> None:
    report = graded(warm, f"{DEF}    {line}\n")
    finding = report.exercises[0].finding
    assert finding.explanation.startswith(NAMES[line])
    assert finding.line == LINE + 1
    text = in_terminal(report)
    assert text.index(NAMES[line][:30]) < text.index(finding.error[:40])


def test_in_a_notebook_the_line_is_that_of_its_cell(warm: WorkerFactory) -> None:
    bad = SOLUTION.replace(DEF, "def losses(y, p)\n")
    notebook = to_notebook(bad)
    document = read_notebook(notebook.encode())
    report = grade_attempt(LESSON, Path("mine.ipynb"), document=document, warm=warm)
    finding = next(one for one in report.exercises if one.tag == "3d").finding
    assert f"in cell {finding.cell}, line {finding.line}" in finding.explanation
