"""Wrong answers without a name are seen to be the same, whoever gave them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.checks.attempt import Answer
from grader.classroom import submissions
from grader.classroom.class_grading import grade_class
from grader.classroom.records import ClassResult, Learner, LearnerResult
from grader.classroom.report_pages import class_report
from grader.classroom.summary import UnnamedAnswers
from grader.course.document import catalog
from grader.judge.diagnosis.unnamed import digest_answers, function_source
from grader.learner.gradebook import Gradebook
from grader.report import ExerciseResult, Finding, Outcome, Report, Unnamed
from grader.sandbox import Raised, WorkerFactory
from tests.support.grading import grade_attempt
from tests.support.project import ROOT


def digest(*values: object) -> str:
    return digest_answers(Answer("loss", value=value) for value in values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.1 + 0.2, 0.3),
        (np.array([1e-9, 2.0]) / 3 * 3, np.array([1e-9, 2.0])),
        (-0.0, 0.0),
        (np.float32(0.25), 0.25),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (float("nan"), -float("nan")),
    ],
)
def test_the_same_answers_have_one_digest(one: object, other: object) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, 0.30001),
        (1, 1.0),
        (True, 1),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        ([1, 2], (1, 2)),
        ([1, [2]], [1, 2]),
        ("1", 1),
        (None, "None"),
        (float("inf"), float("nan")),
    ],
)
def test_other_answers_have_another_digest(one: object, other: object) -> None:
    assert digest(one) != digest(other)


def test_an_exception_counts_by_its_type() -> None:
    def raised(name: str, message: str) -> str:
        return digest_answers([Answer("f", raised=Raised(name, (name,), message))])

    assert raised("ValueError", "a") == raised("ValueError", "b")
    assert raised("ValueError", "a") != raised("TypeError", "a")


def test_the_code_is_that_of_the_last_function_of_the_name() -> None:
    text = "def f(x):\n    return 1\n\n\ndef f(x):\n    # é\n    return 2\n\n\nY = 3\n"
    assert function_source("f", text.encode()) == "def f(x):\n    # é\n    return 2"
    assert function_source("g", text.encode()) == ""
    assert function_source("f", b"def f(:") == ""
    assert function_source("f", b"\xff") == ""
    long = "def f(x):\n" + "    x += 1\n" * 100
    assert len(function_source("f", long.encode()).splitlines()) == 40


def graded(warm: WorkerFactory, code: str, seed: int = 5) -> ExerciseResult:
    lesson = catalog.find("3", ROOT)
    source = f"{lesson.solution.read_text(encoding='utf-8')}\n\n{code}".encode()
    report = grade_attempt(
        lesson, lesson.solution, source=source, seed=seed, exercise="3e", warm=warm
    )
    return report.exercises[0]


def test_two_ways_to_one_wrong_answer_have_one_digest_in_a_report(warm) -> None:
    one = graded(warm, "def cross_entropy(y, p):\n    return 1.7 * losses(y, p).mean()")
    other = graded(
        warm,
        "def cross_entropy(y, p):\n    return sum(17 * losses(y, p) / 10) / len(y)",
    )
    assert one.outcome is Outcome.WRONG
    assert one.unnamed is not None
    assert other.unnamed is not None
    assert one.unnamed.digest == other.unnamed.digest
    assert one.unnamed.code.startswith("def cross_entropy")
    assert one.unnamed.code != other.unnamed.code


def test_what_has_a_name_or_is_right_has_none(warm) -> None:
    named = graded(warm, "def cross_entropy(y, p):\n    return -losses(y, p).mean()")
    assert named.finding is not None
    assert named.finding.mistakes
    assert named.unnamed is None
    assert graded(warm, "").unnamed is None


# In a class.


def gave(tag: str, key: str, code: str = "", call: str = "f(1)") -> ExerciseResult:
    finding = Finding("Not expected.", call=call, expected="2", got="3")
    unnamed = Unnamed(key, code)
    return ExerciseResult(tag, "Title", 10, Outcome.WRONG, (), finding, unnamed=unnamed)


def test_people_who_gave_one_answer_are_counted_and_one_alone_is_not() -> None:
    counts = UnnamedAnswers()
    for learner, result in (
        ("ada", gave("3e", "aa", "def f(x): return 3")),
        ("ada", gave("3e", "aa", "def f(x): return 3")),
        ("bo", gave("3e", "aa", "def f(x):\n    return 3")),
        ("cy", gave("3e", "bb")),
        ("cy", gave("3d", "aa")),
    ):
        counts.add(learner, result)
    (one,) = counts.sorted()
    assert one.people == "2 people gave this same answer to 3e"
    assert one.learners == ("ada", "bo")
    assert one.code == ("def f(x): return 3", "def f(x):\n    return 3")


def test_an_exception_is_no_answer_and_its_message_is_of_one_person(warm) -> None:
    codes = ("losses(y, p).maen()", "losses(y, p).meen()")
    results = [
        graded(warm, f"def cross_entropy(y, p):\n    return {code}") for code in codes
    ]
    counts = UnnamedAnswers()
    for learner, result in zip(("ada", "bo"), results, strict=True):
        counts.add(learner, result)
    (one,) = counts.sorted()
    assert one.people == "2 people met the same kind of exception in 3e"
    people = tuple(
        LearnerResult(
            Learner(name), (Report("lesson3_x", "X", "a.py", "", 5, (result,)),)
        )
        for name, result in zip(("ada", "bo"), results, strict=True)
    )
    (page, *_) = class_report(ClassResult("A class", people))
    text = page.content.decode()
    assert f"<strong>{one.people}</strong>, which has no name." in text
    assert "<p>One of them: AttributeError" in text


def test_the_page_shows_what_was_asked_and_how_it_was_written_as_text() -> None:
    code = "def f(x):  # </pre><script>alert(1)</script>\x1b[2J"
    people = tuple(
        LearnerResult(
            Learner(name),
            (Report("lesson3_x", "X", "a.py", "", 5, (gave("3e", "aa", code),)),),
        )
        for name in ("ada", "bo")
    )
    (page, *_) = class_report(ClassResult("A class", people))
    text = page.content.decode()
    assert "2 people gave this same answer to 3e</strong>, which has no name." in text
    assert "Asked: <code>f(1)</code>" in text
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "\x1b" not in text


def test_a_class_is_asked_the_same_also_on_another_day(toy, tmp_path: Path) -> None:
    def answer(number: int) -> str:
        return f"def double(x):\n    return 2 * x + 7 * (x > 2 + 0 * {number})\n"

    with Gradebook(tmp_path / "book.sqlite") as book:
        for number in range(3):
            toy.hand_in(f"l{number}", answer(number))
            found = submissions.find(
                toy.root / "submissions", catalog.lessons(toy.root)
            )
            tally = grade_class(found.submissions, book, jobs=0, root=toy.root)
        seeds = {entry.seed for entry in book.latest_of_all("lesson1_toy")}
        assert len(seeds) == 1
        one = tally.unnamed.sorted()[0]
        assert one.exercise == "1a"
        assert len(one.learners) == 3
        assert len(one.code) == 3
        toy.hand_in("late", answer(9))
        found = submissions.find(toy.root / "submissions", catalog.lessons(toy.root))
        grade_class(found.submissions, book, jobs=0, root=toy.root, seed=11)
        by = {entry.learner: entry.seed for entry in book.latest_of_all("lesson1_toy")}
        assert by["late"] == 11
