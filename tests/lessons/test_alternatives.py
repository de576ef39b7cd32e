"""What is told of an exercise that is right: another way to write it, and how far.

That each other way passes all checks is proved by `dev.verify`.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from grader import judge
from grader.authoring.verify.declarations import declaration_problems
from grader.course.document import catalog
from grader.judge.loading import exercises_of, load_module
from grader.report import ExerciseResult, Outcome
from grader.report.sentences import remark_lines
from grader.sandbox import WorkerPool
from tests.support.grading import report_of
from tests.support.project import ROOT


def graded(pool: WorkerPool, name: str, tag: str, code: str) -> ExerciseResult:
    """One exercise of a solution with `code` below it."""
    lesson = catalog.find(name, ROOT)
    report = report_of(
        lesson, tag, code, seed=7, warm=pool.factory(judge.requirements_of(lesson))
    )
    return report.exercises[0]


def test_every_lesson_of_the_course_has_alternatives() -> None:
    for lesson in catalog.lessons(ROOT)[:10]:  # whoever adds one need not write any
        assert any(one.alternative for one in judge.load_exercises(lesson)), lesson.name


@pytest.mark.parametrize("lesson", catalog.lessons(ROOT), ids=lambda x: x.short_name)
def test_it_is_short_and_every_lesson_says_what_one_can_do(
    lesson: catalog.Lesson,
) -> None:
    module = load_module(lesson.checks, f"declared_{lesson.name}")
    exercises = exercises_of(module)
    problems = declaration_problems(lesson, module, exercises, exercises)
    assert list(problems) == []


# What is told after a grading of the right and the wrong.


@pytest.mark.parametrize(
    ("more", "remarks"),
    [
        ("", ()),
        ('PREDICT["a[1]"] = (1, 28, 28)', ("4 of 5 claims are right so far.",)),
        ("PREDICT = dict.fromkeys(PREDICT, 0)", ("0 of 5 claims are right so far.",)),
        ('PREDICT["a[1]"], PREDICT["a[1:2]"] = 0, ...', ()),
    ],
    ids=["right", "one is wrong", "all are", "one is not written"],
)
def test_of_predictions_it_is_told_how_many_are_right(
    pool: WorkerPool, more: str, remarks: tuple[str, ...]
) -> None:
    assert graded(pool, "lesson1", "1a", more).remarks[:1] == remarks


def test_each_entry_of_a_check_is_one_claim(pool: WorkerPool) -> None:
    more = 'PREDICT["exp(88) in float32"] = PREDICT["inf / inf"] = "inf"'
    first, *_ = graded(pool, "lesson5", "5a", more).remarks
    assert first == "4 of 6 claims are right so far."


@pytest.mark.parametrize(
    ("lesson", "tag", "more", "others"),
    [
        (
            "lesson1",
            "1a",
            'PREDICT["a[1]"] = PREDICT["dtype of a / 255"] = 0',
            "dtype of a / 255 (line {0})",
        ),
        # One check asks for all three letters.
        (
            "lesson6",
            "6g",
            'TEMPLATES |= {"A": 8, "B": 7, "C": 6, "rim": "a"}',
            "B (line {0}), C (line {0}), rim (line {0})",
        ),
        # The mean is right, and no longer that of the losses that are written.
        (
            "lesson3",
            "3a",
            'PAPER |= {"loss row 2": 1, "loss row 4": 1}',
            "loss row 4 (line {0})",
        ),
    ],
    ids=["two checks", "three in one check", "what depends on others"],
)
def test_of_a_set_of_answers_all_that_are_wrong_are_named(
    pool: WorkerPool, lesson: str, tag: str, more: str, others: str
) -> None:
    result = graded(pool, lesson, tag, more)
    words = others.format(result.finding.line)
    lead = "wrong" if result.outcome is Outcome.WRONG else "not right yet"
    assert remark_lines(result)[-1] == f"Also {lead}: {words}."


def test_for_the_other_wrong_answers_nothing_is_trained(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson6", ROOT)
    wrong = 'RECIPE |= {"lr": -1, "batch": 10}'
    ready = pool.factory(judge.requirements_of(lesson))
    report = report_of(lesson, "6f", wrong, seed=7, warm=ready)
    (result,) = report.exercises
    assert result.outcome is Outcome.WRONG
    words = f"Also wrong: batch (line {result.finding.line})."
    assert remark_lines(result) == (words,)
    assert report.pictures == ()


GRADES_A_DICT = """
import sys
from pathlib import Path
from grader import judge
from grader.course.document import catalog
from tests.support.grading import grade_attempt

lesson = catalog.find("lesson8", Path.cwd())
source = lesson.solution.read_bytes() + b"PREDICT = dict.fromkeys(PREDICT, 0)"
report = grade_attempt(lesson, Path("mine.py"), source=source, exercise="8a", seed=1)
print(report.exercises[0].outcome.value, "keras" in sys.modules)
"""


@pytest.mark.tensorflow
def test_to_find_wrong_answers_the_judge_imports_no_keras() -> None:
    command = [sys.executable, "-c", GRADES_A_DICT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["guessed", "False"]


CATCHES_SEVEN = """
def check_loss(fn):
    exps = np.array([[7, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])
    p = exps / exps.sum(axis=1, keepdims=True)
    assert abs(fn(PAPER_Y, p) - 1.184675) < 1e-6
    for n, k in ((2, 5), (3, 10)):
        labels = np.eye(k)[list(range(k - n, k))]
        assert abs(fn(labels, np.full((n, k), 1 / k)) - math.log(k)) < 1e-6
"""


def test_enough_own_tests_are_told_what_still_escapes(pool: WorkerPool) -> None:
    result = graded(pool, "lesson3", "3f", CATCHES_SEVEN)
    assert result.outcome is Outcome.PASSED
    (remark,) = result.remarks
    assert remark.startswith("Your tests catch 7 of 9. Can you find these, too?")
    assert remark.endswith("sees the largest label only; no clip.")
    assert graded(pool, "lesson3", "3f", "").remarks == ()


@pytest.mark.parametrize(
    ("lesson", "tag", "words"),
    [
        ("lesson5", "5f", r"are at most [1-9]e-1[0-3] apart\.$"),
        ("lesson9", "9c", r"They are at most [1-9]e-1[0-3] apart\.$"),
    ],
)
def test_what_came_of_a_right_answer_stands_behind_the_claim(
    pool: WorkerPool, lesson: str, tag: str, words: str
) -> None:
    result = graded(pool, lesson, tag, "")
    told = [check.full_sentence for check in result.checks if check.measured]
    assert told
    for claim in told:
        assert re.search(words, claim), claim


def test_of_a_wrong_answer_nothing_is_measured(pool: WorkerPool) -> None:
    wrong = "def numeric_grad(f, z, h=1e-5):\n    return np.zeros(z.shape)"
    result = graded(pool, "lesson5", "5f", wrong)
    assert result.outcome is Outcome.WRONG
    assert not any(check.measured for check in result.checks)
