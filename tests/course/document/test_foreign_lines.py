"""What people paste: each line that isn't Python is left out and named, or named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.course.document.foreign_lines import leave_out_foreign_lines
from grader.learner.page_run.sandboxed_runner import SandboxedRunner
from grader.report import ExerciseResult, Report
from grader.sandbox import Limits, WorkerFactory, WorkerPool
from tests.support.commands import run_command
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

CODE = "def grad_logits(y, z):\n    return (stable_softmax(z) - y) / len(z)\n"
HEAD, BODY = CODE.splitlines()
# The first line of 5e's answer in the page.
FIRST = 298
# What is pasted for the right answer of 5e, and what the note says was left out.
LEFT_OUT = {
    "a fence": (f"```python\n{CODE}```\n", "```python (line 298), ``` (line 301)"),
    "a fence above": (f"```python\n{CODE}", "```python (line 298)"),
    "a fence below": (f"{CODE}```\n", "``` (line 300)"),
    "a fence of tildes": (f"~~~\n{CODE}~~~\n", "~~~ (line 298), ~~~ (line 301)"),
    "prose and a fence": (
        f"Sure! Here's the corrected function:\n\n```python\n{CODE}```\n",
        "Sure! Here's the corrected function: (line 298), ```python (line 300), ``` "
        "(line 303)",
    ),
    "prose above": (
        f"Here is the corrected function:\n{CODE}",
        "Here is the corrected function: (line 298)",
    ),
    "prose below": (f"{CODE}\nHope this helps!\n", "Hope this helps! (line 301)"),
    "a list": (
        f"{CODE}\n1. Subtract the labels.\n2. Divide by the `n` images.\n",
        "1. Subtract the labels. (line 301), 2. Divide by the `n` images. (line 302)",
    ),
    "bold words": (
        f"{CODE}\n- **Shapes**: both are (n, k).\n",
        "- **Shapes**: both are (n, k). (line 301)",
    ),
    "a label": (f"Explanation:\n{CODE}", "Explanation: (line 298)"),
    "prompts": (f">>> {HEAD}\n... {BODY}\n...\n", "prompts in 3 lines (line 298)"),
    "a prompt": (f"{CODE}\n>>> 1 + 1\n2\n", "a prompt (line 301)"),
    "IPython": (
        f"In [3]: {HEAD}\n   ...: {BODY}\n   ...:\n",
        "prompts in 3 lines (line 298)",
    ),
    "an output": (
        f"{CODE}\nIn [4]: rows = 3\nOut[4]: 3\n",
        "a prompt (line 301), Out[4]: 3 (line 302)",
    ),
    "line numbers": (f"1  {HEAD}\n2  {BODY}\n", "line numbers in 2 lines (line 298)"),
    "line numbers and bars": (
        f" 9 | {HEAD}\n10 | {BODY}\n",
        "line numbers in 2 lines (line 298)",
    ),
    "line numbers and colons": (
        f"12: {HEAD}\n13: {BODY}\n14:\n",
        "line numbers in 3 lines (line 298)",
    ),
    "%matplotlib": (f"%matplotlib inline\n{CODE}", "%matplotlib inline (line 298)"),
    "!pip": (f"!pip install keras\n{CODE}", "!pip install keras (line 298)"),
    "pip": (f"pip install keras\n{CODE}", "pip install keras (line 298)"),
    "%%time": (f"%%time\n{CODE}", "%%time (line 298)"),
    "help": (f"np.clip?\n{CODE}", "np.clip? (line 298)"),
    "a magic inside": (
        f"{HEAD}\n    %timeit 1 + 1\n{BODY}\n",
        "%timeit 1 + 1 (line 299)",
    ),
    "two cells": (
        f"%autoreload 2\n{CODE}\n# %%\n!ls -l\n",
        "%autoreload 2 (line 298), !ls -l (line 303)",
    ),
}
# What is pasted, and what a learner reads first.
NAMED = {
    "a diff": (
        f"+{HEAD}\n-    return y\n+{BODY}\n",
        "Is line 298 part of a diff? Keep the lines that begin with + without",
    ),
    "a diff with its place": (
        f"@@ -1,3 +1,3 @@\n {HEAD}\n-    return y\n+{BODY}\n",
        "Is line 298 part of a diff?",
    ),
    "a diff inside": (
        f"{HEAD}\n-    return y\n+{BODY}\n",
        "Is line 299 part of a diff?",
    ),
    "a conflict": (
        f"<<<<<<< HEAD\n{CODE}=======\n{CODE}>>>>>>> mine\n",
        "Line 298 is the mark of a merge conflict.",
    ),
    "a traceback": (
        f'{HEAD}\n  File "a.py", line 1, in <module>\n{BODY}\n',
        "Line 299 is part of an error message.",
    ),
    "a blank": (f"{HEAD}\n    return ???\n", "The ??? in line 299 isn't Python."),
    "a blank value": (
        f"{HEAD}\n    p = ?\n    return p\n",
        "The ? in line 299 isn't Python.",
    ),
    "&minus;": (
        f"{HEAD}\n    return stable_softmax(z) &minus; y\n",
        "&minus; is the HTML code of a character: write that character.",
    ),
    "&lt;": (
        f"{HEAD}\n    if len(z) &lt; 1:\n        return z\n{BODY}\n",
        "Line 299 has &lt;, the HTML code of a character.",
    ),
    "a tag": (
        f"<pre><code>\n{CODE}</code></pre>\n",
        "Line 298 has <pre>, an HTML tag.",
    ),
    "LaTeX": (
        f"{HEAD}\n    return \\frac{{p - y}}{{n}}\n",
        "Is \\frac in line 299 LaTeX?",
    ),
    "Matlab": (
        "function g = grad_logits(y, z)\n    g = stable_softmax(z) - y;\nend\n",
        "Line 298 is how Matlab begins a function. Python writes def grad_logits(...):",
    ),
    "R": (
        "grad_logits <- function(y, z) {\n  stable_softmax(z) - y\n}\n",
        "Line 298 isn't how Python begins a function. Write def grad_logits(...):",
    ),
    "JavaScript": (
        "const grad_logits = (y, z) => stable_softmax(z)\n",
        "Python needs no const in front of a name",
    ),
    "prose inside": (
        f"{HEAD}\n    I think the answer is the difference\n{BODY}\n",
        "Is line 299 a sentence?",
    ),
    "curly quotes": (
        f"{HEAD}\n    name = “loss”\n{BODY}\n",
        "Line 299 has the character “",
    ),
    "a question mark": (
        f"{HEAD}\n    p = stable_softmax?\n{BODY}\n",
        "The ? in line 299 isn't Python. Does it come from a notebook?",
    ),
    "a percentage": (
        f"{HEAD}\n    scale = 30%\n{BODY}\n",
        "Python has no percent sign: in line 299",
    ),
    "a decimal comma": (
        f"{HEAD}\n    small = 0,5\n    return float(z + small)\n",
        "In line 299, small gets a pair of numbers, 0,5. Do you mean 0.5?",
    ),
}
# What stands for a value of 3a's table, and what a learner reads first.
IN_A_TABLE = {
    "1,609": "In line {line}, Python reads 1,609 as two numbers. Write decimals with a point",
    "(1,609)": "It has the shape (2,); it should be one number. Python writes decimals",
    '"1,609"': "Expected numbers; this is text, in quotes. Write 1.609, with a point",
    '"1.609"': "Expected numbers; this is text, in quotes. Leave the quotes out.",
    "30%": "Python has no percent sign: in line {line}",
    "": "A value is missing in line {line}, after a colon.",
    "?": "The ? in line {line} isn't Python. Is it a blank?",
    "I think it is 5": "Is line {line} a sentence?",
}


def graded(warm: WorkerFactory, tag: str, source: str) -> tuple[Report, ExerciseResult]:
    lesson = catalog.find(f"lesson{tag[0]}", ROOT)
    report = grade_attempt(
        lesson,
        Path("mine.py"),
        source=source.encode(),
        exercise=tag,
        warm=warm,
        seed=3,
    )
    (exercise,) = report.exercises
    said = (
        exercise.finding.explanation or exercise.finding.sentence
        if exercise.finding
        else ""
    )
    assert "bracket" not in said
    return report, exercise


def with_answer(answer: str) -> str:
    text = catalog.find("lesson5", ROOT).solution.read_text(encoding="utf-8")
    mark = '# %% id="5e"\n'
    above, _, below = text.partition(mark)
    assert above.count("\n") + 2 == FIRST
    return f"{above}{mark}{answer}\n{below[below.index('# %%') :]}"


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_line_around_a_right_answer_is_left_out_and_named(
    warm: WorkerFactory, case: str
) -> None:
    answer, left_out = LEFT_OUT[case]
    report, exercise = graded(warm, "5e", with_answer(answer))
    assert exercise.outcome == "passed"
    assert report.notes == (f"Left out, because it isn't Python: {left_out}.",)


@pytest.mark.parametrize("case", NAMED)
def test_what_cannot_be_left_out_is_named_with_its_line(
    warm: WorkerFactory, case: str
) -> None:
    answer, said = NAMED[case]
    report, exercise = graded(warm, "5e", with_answer(answer))
    assert exercise.finding.sentence.find(said) >= 0
    assert (exercise.outcome, report.notes) == ("raised", ())


@pytest.mark.parametrize("value", IN_A_TABLE)
def test_a_value_of_a_table_that_is_no_number_is_named(
    warm: WorkerFactory, value: str
) -> None:
    text = catalog.find("lesson3", ROOT).solution.read_text(encoding="utf-8")
    source, count = re.subn(r'"loss row 2": .*', f'"loss row 2": {value},', text)
    line = 1 + source.partition('"loss row 2": ')[0].count("\n")
    _, exercise = graded(warm, "3a", source)
    assert (count, exercise.is_right) == (1, False)
    assert IN_A_TABLE[value].format(line=line) in exercise.finding.sentence


def test_a_magic_costs_its_line_and_not_its_cell(warm: WorkerFactory) -> None:
    lesson = catalog.find("lesson5", ROOT)
    text = lesson.solution.read_text(encoding="utf-8")
    imports = "import numpy as np\n"
    assert imports in text
    source = text.replace(imports, f"!pip install keras\n%matplotlib inline\n{imports}")
    report = grade_attempt(
        lesson, Path("mine.py"), source=source.encode(), warm=warm, seed=3
    )
    assert (report.score, report.is_whole) == (report.full_points, True)
    (note,) = report.notes
    assert "!pip install keras" in note


@pytest.mark.parametrize(
    "code",
    [
        'x = """\n>>> 1 + 1\n```\nI think the answer is 5\n"""\n',
        "x = (7\n% 4\n)\n",
        "# %% [markdown]\n# ```python\n# >>> 1\n",
        "Return y\n",
        "If x is None:\n    y = 1\n",
        "def losses(y, p)\n    return y\n",
        "1\n2 +\n",
    ],
)
def test_a_line_that_may_be_meant_as_code_stays(code: str) -> None:
    document = Document.from_python(code)
    assert leave_out_foreign_lines(document) is document


@pytest.mark.parametrize("above", ["", "# one\n"])
def test_a_line_that_is_left_out_declares_no_encoding_and_marks_no_cell(
    above: str,
) -> None:
    code = f"{above}!echo coding: latin-1\n\n%% coding: x\n"
    document = leave_out_foreign_lines(Document.from_python(code))
    Document.from_python(document.content)
    assert document.cells == ()


FENCED = "# %%\n```python\n%matplotlib inline\nprint(6 * 7)\n```\n"


def test_a_run_leaves_out_the_same_lines(tmp_path: Path) -> None:
    page = tmp_path / "lesson1_arrays.py"
    page.write_text(FENCED)
    code, shown = run_command(ROOT, "run", "lesson1", "--attempt", str(page))
    assert (code, "42" in shown) == (0, True)
    words = " ".join(shown.split())
    assert "```python (line 2), %matplotlib inline (line 3), ``` (line 5)." in words


def test_a_run_in_the_browser_leaves_out_the_same_lines(pool: WorkerPool) -> None:
    runner = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(), pool)
    run = runner.run(FENCED.encode(), 2)
    runner.forget()
    assert (run.printed, run.events) == ("42\n", ())
    (note,) = run.notes
    assert note.endswith(
        "```python (line 2), %matplotlib inline (line 3), ``` (line 5)."
    )
