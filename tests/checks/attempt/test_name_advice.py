"""What is said of names: of one without a value, and of one with more than one value."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.course.document.bindings import describe_overwritten
from grader.course.document.cells import Document
from grader.report import Finding, Outcome, Report
from grader.sandbox import WorkerFactory
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

LESSON = catalog.find("lesson3", ROOT)
MEAN = "def cross_entropy(y, p):"


def report_of(
    warm: WorkerFactory, tag: str, before: str, now: str, lesson=LESSON
) -> Report:
    """The report of one exercise when the solution says something else at one place."""
    text = lesson.solution.read_text(encoding="utf-8")
    assert before in text
    source = text.replace(before, now, 1).encode()
    return grade_attempt(
        lesson, Path("mine.py"), source=source, seed=7, exercise=tag, warm=warm
    )


def finding_of(report: Report, tag: str) -> Finding:
    found = next(e for e in report.exercises if e.tag == tag).finding
    assert found is not None
    return found


def line_of(words: str, *edits: tuple[str, str]) -> int:
    """The line of the solution that begins with these words, after some edits."""
    text = LESSON.solution.read_text(encoding="utf-8")
    for before, now in edits:
        text = text.replace(before, now, 1)
    lines = text.splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(words))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (
            f"sum = 0\n\n\n{MEAN}\n    return sum(losses(y, p)) / len(y)",
            "gives the name sum another value (sum = 0), so it no longer means Python's",
        ),
        (
            f"{MEAN}\n    losses = losses(y, p)\n    return float(losses.mean())",
            "gives the name losses another value in this function",
        ),
        (
            f"losses = losses(np.eye(3), np.eye(3))\n\n\n{MEAN}\n    return "
            "float(losses(y, p).mean())",
            "defines losses, but line",
        ),
        (
            f"np = 3\n\n\n{MEAN}\n    return float(np.mean(losses(y, p)))",
            "imports np, but line",
        ),
    ],
)
def test_a_name_that_is_overwritten_is_shown_with_its_line(
    warm: WorkerFactory, now: str, words: str
) -> None:
    report = report_of(warm, "3e", MEAN, f"{now}\n\n\ndef unused(y, p):")
    sentence = finding_of(report, "3e").sentence
    assert words in sentence
    assert "Is a * missing" not in sentence


def test_two_definitions_are_shown_where_the_last_one_is_wrong(
    warm: WorkerFactory,
) -> None:
    now = f"{MEAN}\n    return float(losses(y, p).mean())\n\n\n{MEAN}"
    edit = ("return float(losses(y, p).mean())", "return float(losses(y, p).sum())")
    text = LESSON.solution.read_text(encoding="utf-8").replace(*edit)
    source = text.replace(MEAN, now, 1).encode()
    report = grade_attempt(
        LESSON, Path("mine.py"), source=source, seed=7, exercise="3e", warm=warm
    )
    first = line_of(MEAN)
    assert finding_of(report, "3e").sentence.endswith(
        f"cross_entropy is defined twice, on line {first} and line {first + 4}: only "
        "the last definition counts."
    )


def test_a_stub_below_the_answer_is_shown(warm: WorkerFactory) -> None:
    lesson = catalog.find("lesson9", ROOT)
    text = lesson.solution.read_text(encoding="utf-8")
    stub = (
        '\n\ndef forward(x, params):\n    raise NotImplementedError("9b")\n\n\nTINY ='
    )
    source = text.replace("TINY =", stub, 1).encode()
    report = grade_attempt(
        lesson, Path("mine.py"), source=source, seed=7, exercise="9b", warm=warm
    )
    sentence = finding_of(report, "9b").sentence
    assert sentence.startswith("forward is defined twice, on line ")
    assert "hasn't been written yet" not in sentence


def test_a_method_is_not_called_missing(warm: WorkerFactory) -> None:
    method = "class Loss:\n    def cross_entropy(self, y, p):\n        return 0\n"
    report = report_of(warm, "3e", MEAN, f"{method}\n\ndef unused(y, p):")
    sentence = finding_of(report, "3e").sentence
    assert sentence.startswith("cross_entropy is defined inside the class Loss")


@pytest.mark.parametrize(
    ("line", "words", "never"),
    [
        (
            "print(cross_entropy(np.eye(3), np.eye(3)))",
            "cross_entropy is defined further down, on line ",
            "is defined only inside",
        ),
        ("print(chek)", "Is a line chek = ... missing?", "__"),
    ],
)
def test_a_line_above_the_definition_hears_where_it_is(
    warm: WorkerFactory, line: str, words: str, never: str
) -> None:
    report = report_of(warm, "3e", MEAN, f"{line}\n\n\n{MEAN}")
    told = json.dumps(ast.literal_eval(repr(str(report))))
    assert words in told
    assert never not in told.partition(words)[2][:80]


@pytest.mark.parametrize(
    ("code", "words", "never"),
    [
        (
            "z1 = x @ W1\n    return z1, z1, z1",
            """name 'W1' is not defined. Do you mean params["W1"]?""",
            "Did you mean",
        ),
        ("return x[:n]", "name 'n' is not defined. Nothing in your file", "'np'"),
        ("return stable_softmx(x)", "Did you mean: 'stable_softmax'?", "Nothing"),
        (
            "return numpy.exp(x)",
            "The file imports numpy as np: write np.exp.",
            "does not import",
        ),
    ],
)
def test_a_guess_of_pythons_is_shown_where_the_words_are_alike(
    warm: WorkerFactory, code: str, words: str, never: str
) -> None:
    lesson = catalog.find("lesson9", ROOT)
    head = "def forward(x, params):"
    now = f"{head}\n    {code}\n\n\ndef unused(x, params):"
    sentence = finding_of(report_of(warm, "9b", head, now, lesson), "9b").sentence
    assert words in sentence
    assert never not in sentence


def test_the_line_to_change_is_the_learners_own(warm: WorkerFactory) -> None:
    """An exception in a function of the page is shown at the line that calls it."""
    lesson = catalog.find("lesson9", ROOT)
    head = "def forward(x, params):"
    now = f"{head}\n    return stable_softmax(x[0])\n\n\ndef unused(x, params):"
    finding = finding_of(report_of(warm, "9b", head, now, lesson), "9b")
    assert finding.source == "return stable_softmax(x[0])"
    assert "That came up in stable_softmax, which this page gives." in finding.sentence


def test_a_function_of_an_exercise_is_not_called_given(warm: WorkerFactory) -> None:
    """The learner's stable_softmax is the solution's, but fails: np isn't numpy."""
    lesson = catalog.find("lesson5", ROOT)
    head = "def grad_logits(y, z):"
    report = report_of(warm, "5e", head, f"np = 3\n\n\n{head}", lesson)
    result = next(one for one in report.exercises if one.tag == "5e")
    assert "which this page gives" not in str(result)
    assert "5b" in result.judged_with


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("k = 1\nfor k in range(3):\n    pass", "k gets its value on line 1, but"),
        ("def f():\n    pass\n\n\ndef f():\n    pass", "f is defined twice, on line 1"),
        ("import math as k\nk = 2", "Line 1 imports k, but line 2 gives"),
        ("len = 3", "so it no longer means Python's own len"),
    ],
)
def test_what_is_overwritten_is_read_from_the_file(code: str, words: str) -> None:
    name = {"d": "f", "l": "len"}.get(code[0], "k")
    assert words in describe_overwritten(name, ast.parse(code), "line {}".format)


@pytest.mark.parametrize(
    "code",
    [
        "k = 1",
        "k = 1\nif __name__ == '__main__':\n    for k in range(3):\n        pass",
        "k = 1\nk += 1",
        "k = {}\nk['a'] = 1",
        "k = 1\ndef f():\n    k = 2",
        "k = 1\nks = [k for k in range(3)]",
    ],
)
def test_one_value_is_not_called_overwritten(code: str) -> None:
    assert not describe_overwritten("k", ast.parse(code), "line {}".format)


@pytest.mark.parametrize("number", [one.number for one in catalog.lessons(ROOT)])
def test_no_name_of_a_solution_is_called_overwritten(number: int) -> None:
    lesson = catalog.find(f"lesson{number}", ROOT)
    tree = ast.parse(Document.read(lesson.solution).graded().text)
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    told = [describe_overwritten(name, tree, "line {}".format) for name in names]
    assert not any(told)


def test_a_question_that_is_answered_passes(warm: WorkerFactory) -> None:
    """A right answer that is defined twice is right, and nothing is said."""
    text = LESSON.solution.read_text(encoding="utf-8")
    again = text[text.index(MEAN) :].partition("# END SOLUTION")[0]
    source = f"{text}\n\n{again}\n".encode()
    report = grade_attempt(
        LESSON, Path("mine.py"), source=source, seed=7, exercise="3e", warm=warm
    )
    assert {e.tag: e.outcome for e in report.exercises}["3e"] is Outcome.PASSED
