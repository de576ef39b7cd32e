"""Nearly right answers, and mistakes that can be made in any lesson: what is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader import judge
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome, Report
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.support.grading import cpu_limit, grade_attempt, report_of, said
from tests.support.project import ROOT


@pytest.fixture(scope="module")
def keras_warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(judge.requirements_of(catalog.find("lesson7", ROOT)))


def graded(warm: WorkerFactory, lesson: str, tag: str, code: str) -> ExerciseResult:
    """What an exercise gets when `code` stands below the solution."""
    found = catalog.find(lesson, ROOT)
    report = report_of(found, tag, code, seed=7, warm=warm, attempt=Path("mine.py"))
    return next(e for e in report.exercises if e.tag == tag)


def softmax(line: str) -> str:
    return f"import math\ndef softmax_row(z):\n    {line}\n"


RIGHT = "e / e.sum(axis=-1, keepdims=True)"


@pytest.mark.parametrize("off", ["1e-8", "1e-6", "4e-6"])
def test_an_answer_that_is_nearly_right_is_called_so(
    warm: WorkerFactory, off: str
) -> None:
    line = f"e = np.exp(z); e[0] *= 1 + {off}; return {RIGHT}"
    result = graded(warm, "lesson3", "3b", softmax(line))
    assert result.outcome is Outcome.WRONG
    assert result.finding is not None
    assert result.finding.mistakes == ()
    assert result.finding.expected != result.finding.got
    assert "Did you round" in said(result)


def test_a_value_that_an_answer_displays_changes_nothing(
    warm: WorkerFactory,
) -> None:
    line = f"e = np.exp(z); display(e, 'e'); return list({RIGHT})"
    assert graded(warm, "lesson3", "3b", softmax(line)).outcome is Outcome.PASSED


def test_float32_is_named_where_it_is_the_reason(warm: WorkerFactory) -> None:
    line = f"e = np.exp(z); return ({RIGHT}).astype(np.float32)"
    assert "float32" in said(graded(warm, "lesson3", "3b", softmax(line)))


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("n = int(input()); return z", "Nobody can type while your program runs here"),
        ("return math.exp(np.array(z))", "For an array use np.exp"),
        ("return np.array(z)^2.0", "Python writes powers with **"),
        ("return np.concatenate(np.array(z), np.array(z))", "as one list"),
        (
            "get_ipython().run_line_magic('time', ''); return z",
            "get_ipython exists only in a running notebook. Leave this line out.",
        ),
        (
            "return float(np.array(z))",
            "float() takes one number, and this is an array.",
        ),
        ("return max(np.array([z, z]))", "For an array use x.max()"),
        ("s = ...; return [e / s for e in z]", "hasn't been filled in yet"),
        ("return max(1e-8, np.array(z))", "To compare entry by entry, use np.maximum"),
        ("return np.max(1e-8, np.array(z))", "entry by entry, use np.maximum"),
        ("return min(np.array(z), 0)", "To compare entry by entry, use np.minimum"),
        ("z = np.array(z); return z > 0 and z < 1", "For arrays write & for and"),
        ("z = np.array(z); return z > 0.0 & z < 1.0", "around each comparison"),
        ("z = np.array(z) + 0.5; return z & z", "Use * to multiply entry by entry"),
        ("return np.array(z).append(1)", "np.concatenate makes a longer one"),
        ("return [s / ten for s in z]", "which isn't run when a file is graded"),
        ("return np.array(z).sum", "are the parentheses () missing?"),
        ("raise NotImplementedError\n    return np.exp(z)", "delete the line raise"),
        ("while True: pass", "Is there a loop that never ends"),
        (
            "e = list(z); return e / sum(e)",
            "np.array(e) makes an array, and arrays do.",
        ),
        ("return z[len(z) / 2]", "An index is a whole number. a / b is a float"),
        ("return [z[i] for i in range(len(z) / 2)]", "A count is a whole number."),
        ("return np.array(z)(0)", "Its entries are in square brackets"),
        (
            "return 2 (z[0])",
            "2 isn't a function. Is a * missing before the parenthesis?",
        ),
        ("e = list(z); return e.shape", "e is a list. np.array(e) has a .shape."),
        ("e = list(z); return e[len(e)]", "entries in this call, counted from 0"),
        ("return np.exp(scores)", "Nothing in your file gives scores a value."),
        ("return math.exp(list(z))", "math.exp takes one number: pass it one entry"),
        ("return list(z)['first']", "The index of a list is a number"),
        ("return [list(z), list(z)][0, 1]", "takes one index at a time, a[0][1]"),
    ],
)
def test_a_mistake_of_any_lesson_gets_its_next_step(
    warm: WorkerFactory, line: str, advice: str
) -> None:
    found = catalog.find("lesson3", ROOT)
    source = f"{found.solution.read_text()}\n\n{softmax(line)}".encode()
    with cpu_limit(1 if "while True" in line else None):
        report = grade_attempt(
            found, Path("mine.py"), source=source, seed=7, exercise="3b", warm=warm
        )
    result = next(e for e in report.exercises if e.tag == "3b")
    assert advice in f"{why_it_fails(report)} {said(result)}"


def why_it_fails(report: Report) -> str:
    """What is said of the file, and of the first part that was left out of it."""
    problem = report.problem.sentence if report.problem else ""
    parts = [*report.unread[:1], *report.left_out[:1]]
    return " ".join([problem, *(part.error for part in parts)])


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ('PREDICT = {"a[1]": b}', 'put it in quotes: "b".'),
        ('PREDICT = {\n    "a": "x",\n    "b": same,  # sure\n}', 'quotes: "same".'),
        (
            "ANSWER = b",
            'If b is your answer and not a variable, put it in quotes: "b".',
        ),
        ("CLAIM = true", "Did you mean: 'True'? Python writes True with a capital"),
        ("X = np.zeros(3).astype(uint8)", 'in quotes, "uint8", or as np.uint8.'),
        ("D = uint8", "name 'uint8' is not defined. Write it in quotes, \"uint8\""),
        ("print(ln(2))", "name 'ln' is not defined. SymPy and NumPy call the natural"),
        ("MEANS = 3\nprint(MAENS)", "name 'MAENS' is not defined. Did you mean: 'MEAN"),
        ("print(math.expp(1))", "has no attribute 'expp'. Did you mean: 'exp'?"),
    ],
)
def test_a_word_that_python_does_not_know_gets_its_next_step(
    warm: WorkerFactory, line: str, advice: str
) -> None:
    source = f"import math\nimport numpy as np\n{line}\n".encode()
    lesson = catalog.find("lesson3", ROOT)
    report = grade_attempt(lesson, Path("mine.py"), source=source, warm=warm)
    assert advice in why_it_fails(report)
    assert "?." not in why_it_fails(report)


@pytest.mark.parametrize(
    "line",
    ["s = t * 2", "f(t)", "for t in u: pass", 'd = {"a": t + 1}'],
)
def test_a_word_that_may_be_a_variable_is_not_taken_for_an_answer(
    warm: WorkerFactory, line: str
) -> None:
    lesson = catalog.find("lesson3", ROOT)
    report = grade_attempt(lesson, Path("mine.py"), source=line.encode(), warm=warm)
    assert "Error" in why_it_fails(report)
    assert "quotes" not in why_it_fails(report)


@pytest.mark.parametrize("source", [b"", b" \n\t\n", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_told_that_it_is_empty(
    warm: WorkerFactory, source: bytes
) -> None:
    lesson = catalog.find("lesson3", ROOT)
    report = grade_attempt(lesson, Path("mine.py"), source=source, warm=warm)
    assert report.problem is not None
    assert report.problem.sentence == "Your file is empty."
    assert {e.outcome for e in report.exercises} == {Outcome.NOT_ATTEMPTED}


@pytest.mark.tensorflow
@pytest.mark.slow
@pytest.mark.parametrize(
    ("tag", "code", "advice"),
    [
        (
            "7b",
            "def build():\n    return layers.Dense(9, activation=keras.relu)",
            'by its name, as text: "relu"',
        ),
        (
            "7d",
            "def compile_model(m):\n    m.compile(keras.optimizers.RMSprop(lr=0.01))",
            "Keras calls the learning rate learning_rate",
        ),
        (
            "7d",
            "def compile_model(m):\n    m.parameters()",
            "PyTorch models have parameters",
        ),
    ],
)
def test_a_habit_from_another_library_gets_its_next_step(
    keras_warm: WorkerFactory, tag: str, code: str, advice: str
) -> None:
    assert advice in said(graded(keras_warm, "lesson7", tag, code))


def test_a_blank_raise_with_nothing_below_it_gets_no_advice(
    warm: WorkerFactory,
) -> None:
    result = graded(warm, "lesson3", "3b", softmax("raise NotImplementedError('3b')"))
    assert said(result) == "softmax_row hasn't been written yet."


def test_an_exception_that_is_returned_is_told_from_one_that_is_raised(
    warm: WorkerFactory,
) -> None:
    code = """
        def nth_image(images, n):
            if not 1 <= n <= len(images):
                return ValueError("no such photo")
            return images[n - 1]
    """
    result = graded(warm, "lesson1", "1d", re.sub("^ {8}", "", code, flags=re.M))
    assert "is returned here. Write raise instead of return." in said(result)


@pytest.mark.parametrize("text", ["same", "SAME", " Same ", "same)", "(same)"])
def test_a_choice_is_read_as_it_is_meant(warm: WorkerFactory, text: str) -> None:
    code = f"PREDICT['loss of a doubled batch'] = {text!r}"
    assert graded(warm, "lesson3", "3h", code).outcome is Outcome.PASSED


def test_predictions_may_be_written_entry_by_entry(warm: WorkerFactory) -> None:
    """Earlier pages of lesson 3 begin with PREDICT = {}, and 3h fills it."""
    source = catalog.find("lesson3", ROOT).solution.read_text(encoding="utf-8")
    entries = re.findall(r'(?m)^    ("loss .*"): ("\w+"),', source)
    assert len(entries) == 4
    code = "PREDICT = {}\n" + "".join(f"PREDICT[{k}] = {v}\n" for k, v in entries)
    assert graded(warm, "lesson3", "3h", code).outcome is Outcome.PASSED
    wrong = code.replace('"larger"', '"smaller"')
    assert graded(warm, "lesson3", "3h", wrong).outcome is Outcome.GUESSED


def test_another_choice_is_wrong_however_it_is_written(warm: WorkerFactory) -> None:
    result = graded(
        warm, "lesson3", "3h", "PREDICT['loss of a doubled batch'] = 'Half'"
    )
    assert result.outcome is Outcome.GUESSED
    assert "The number of images doubles, and so does the total." in said(result)


@pytest.mark.tensorflow
def test_a_wrong_guess_does_not_buy_the_prediction(keras_warm: WorkerFactory) -> None:
    source = catalog.find("lesson8", ROOT).solution.read_text()
    found = re.search(r'^(PREDICT\["labels shuffled"\]) = ([\d.]+)', source, re.M)
    assert found is not None
    result = graded(keras_warm, "lesson8", "8a", f"{found[1]} = 0.5")
    assert result.finding is not None
    assert result.finding.expected == ""
    assert found[2] not in said(result)


def test_a_function_of_numbers_is_not_one_of_symbols(pool: WorkerPool) -> None:
    code = "import math\ndef dL_dp(y, p):\n    return [math.exp(t) for t in p]\n"
    both = pool.factory(WorkerRequirements(("numpy", "sympy")))
    assert "use sp.exp" in said(graded(both, "lesson4", "4c", code))


def test_a_truth_value_in_quotes_is_told_from_a_truth_value(
    pool: WorkerPool,
) -> None:
    code = "CLAIMS['softmax(z + 1) = softmax(z)'] = 'True'"
    both = pool.factory(WorkerRequirements(("numpy", "sympy")))
    assert "Leave the quotes out" in said(graded(both, "lesson4", "4f", code))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_in_another_encoding_is_told_which_one_is_read(
    warm: WorkerFactory, encoding: str
) -> None:
    source = 'name = "J\u00f6rg"\n'.encode(encoding)
    lesson = catalog.find("lesson3", ROOT)
    report = grade_attempt(lesson, Path("mine.py"), source=source, warm=warm)
    assert report.problem is None
    assert "as UTF-8 in your editor" in report.notes[0]


def test_a_print_instead_of_a_return_is_shown(warm: WorkerFactory) -> None:
    shows = "def class_counts(labels, k=10):\n    {}(np.bincount(labels, minlength=k))"
    printed = said(graded(warm, "lesson1", "1e", shows.format("print")))
    words = " prints: print only shows a value, and return gives it back."
    assert re.search(rf"Line \d+{words}$", printed)
    both = shows.format("print") + "\n    return None"
    assert words not in said(graded(warm, "lesson1", "1e", both))


def test_a_loop_over_labels_that_ends_early_used_an_entry(warm: WorkerFactory) -> None:
    code = """
def class_counts(labels, k=10):
    counts = [0] * k
    for label in labels:
        counts[label] += 1
        return counts
"""
    words = said(graded(warm, "lesson1", "1e", code))
    assert "uses only the first entry of the arguments. Is return inside" in words
