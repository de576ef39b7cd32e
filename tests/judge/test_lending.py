"""A right exercise that calls a wrong or missing one has its points."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader import judge
from grader.course.document import catalog
from grader.judge.lending import Lender
from grader.judge.root_causes import find_given_functions, find_used_exercises
from grader.judge.verdict_cache import add_basis
from grader.report import ExerciseResult, Outcome
from grader.sandbox import GradingBudget
from tests.support.dependent_exercises import graded_four
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

# A training, or Keras: their gradings take long.
SLOW = ("6f", "7d", "9e")


def find_pairs():
    """Yield the tags of all exercises of which one calls or checks with the other."""
    for lesson in catalog.lessons(ROOT):
        exercises = judge.load_exercises(lesson)
        tree = ast.parse(lesson.solution.read_text())
        for one in exercises:
            used = {x.tag for x in find_used_exercises(one, exercises, tree)}
            for tag in sorted(used | set(filter(None, [one.after]))):
                is_slow = one.tag in SLOW
                marks = (pytest.mark.slow, pytest.mark.tensorflow) if is_slow else ()
                yield pytest.param(tag, one.tag, marks=marks)


def graded(tag, source, only=None):
    """Return the results of a file that is the solution with something below it."""
    lesson = catalog.find(f"lesson{tag[:-1]}", ROOT)
    report = grade_attempt(
        lesson,
        Path("mine.py"),
        source=(lesson.solution.read_text() + source).encode(),
        seed=3,
        exercise=only,
    )
    return {exercise.tag: exercise for exercise in report.exercises}


def answer_of(tag):
    lesson = catalog.find(f"lesson{tag[:-1]}", ROOT)
    return next(e.writes for e in judge.load_exercises(lesson) if e.tag == tag)


@pytest.mark.usefixtures("share_pool")
@pytest.mark.parametrize(("earlier", "later"), list(find_pairs()))
def test_the_later_of_two_exercises_has_its_points(earlier, later):
    name = answer_of(earlier)
    # The quick ones also without any function.
    for broken in ["def {}(*args): return 7", "del {}"][: 1 if later in SLOW else 2]:
        result = graded(later, f"\n{broken.format(name)}\n", later)[later]
        expect_points(result, earlier)


def expect_points(result, earlier):
    assert (result.outcome, result.earned) == (Outcome.PASSED, result.points)
    assert result.judged_with == (earlier,)
    assert result.remarks[0].startswith("Judged with the lesson's own ")
    assert result.remarks[0].endswith(f", because {earlier} isn't right yet.")


@pytest.mark.usefixtures("share_pool")
@pytest.mark.parametrize(("earlier", "later"), list(find_pairs()))
def test_a_later_exercise_that_is_wrong_by_itself_has_none(earlier, later):
    name, own = answer_of(earlier), answer_of(later)
    wrong = f'{own}["lr"] = 1e-9' if own.isupper() else f"def {own}(*args): return None"
    result = graded(later, f"\ndel {name}\n{wrong}\n", later)[later]
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert result.earned == 0


MEAN = """
def losses(y, p):
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).mean(axis=1)
"""


@pytest.mark.usefixtures("share_pool")
def test_each_of_two_wrong_exercises_is_told_its_own_mistake():
    more = "\ndef cross_entropy(y, p):\n    return losses(y, p).sum()\n"
    found = graded("3d", MEAN + more)
    (first,), (second,) = (found[tag].finding.mistakes for tag in ("3d", "3e"))
    assert "exactly 3 times too small" in first.sentence
    assert "exactly 4 times too large" in second.sentence
    assert found["3e"].earned == 0
    assert found["3e"].judged_with == ("3d",)


def test_what_is_right_together_with_a_wrong_one_is_judged_as_it_is(toy, warm):
    first, second = graded_four(toy, warm, "return 4 * x", "return double(x)").exercises
    assert first.outcome is Outcome.WRONG
    assert (second.outcome, second.judged_with) == (Outcome.PASSED, ())


@pytest.mark.usefixtures("share_pool")
def test_what_uses_a_part_that_cannot_be_read_is_judged_with_the_lessons_own():
    lesson = catalog.find("lesson3", ROOT)
    text = lesson.solution.read_text().replace("def losses(y, p):", "def losses(y, p:")
    report = grade_attempt(lesson, Path("mine.py"), source=text.encode(), seed=3)
    found = {exercise.tag: exercise for exercise in report.exercises}
    assert found["3d"].earned == 0
    assert (found["3e"].outcome, found["3e"].judged_with) == (Outcome.PASSED, ("3d",))
    assert not report.has_passed


@pytest.mark.usefixtures("share_pool")
def test_an_earlier_exercise_does_not_get_the_function_of_a_later_one():
    more = """
def losses(y, p):
    return np.array([cross_entropy(y[i : i + 1], p[i : i + 1]) for i in range(len(y))])

def cross_entropy(y, p):
    return 0.0
"""
    found = graded("3d", more)
    assert found["3e"].earned == 0
    assert (found["3d"].outcome, found["3d"].judged_with) == (Outcome.WRONG, ())


LOOK = """import gc, inspect
    word = "".join(["a secret of ", "the lesson"])
    parts = [repr(one) for one in gc.get_objects() if isinstance(one, (str, bytes))]
    parts += [repr(getattr(double, name, "")) for name in dir(double)]
    for one in gc.get_objects():
        if inspect.iscode(one) or inspect.isfunction(one):
            parts.append(repr(getattr(one, "co_consts", "") or getattr(one, "__doc__", "")))
    for path in ("/proc/self/environ", "/proc/self/cmdline", double.__module__):
        try:
            parts.append(open(path).read())
        except Exception:
            pass
    if any(word in part for part in parts):
        return 0
    return double(double(x))"""


def test_a_worker_is_given_answers_and_nothing_of_the_lesson(toy, warm):
    solved = toy.root / "solutions" / "lesson1_toy.py"
    kept = 'def double(x):\n    "a secret of the lesson"'
    solved.write_text(solved.read_text().replace("def double(x):", kept))
    _, second = graded_four(toy, warm, "return 6", LOOK).exercises
    assert (second.outcome, second.judged_with) == (Outcome.PASSED, ("1a",))


def test_a_function_that_is_deleted_has_no_points(toy, warm):
    first, second = graded_four(toy, warm, "raise NotImplementedError('1a')").exercises
    assert (first.outcome, first.earned) == (Outcome.NOT_ATTEMPTED, 0)
    assert (second.outcome, second.earned) == (Outcome.PASSED, 40)


@pytest.mark.parametrize(
    "four",
    [
        "while True: double(1)",
        "return double('x' * 10**9)",
        "return double(range)",
        "return [double(one) for one in range(10**9)]",
    ],
)
def test_a_hostile_file_gains_nothing_by_what_it_is_lent(toy, warm, four):
    toy.change_checks("LESSON = lesson()", "LESSON = lesson(cpu_s=1)")
    _, second = graded_four(toy, warm, "return 6", four).exercises
    assert second.earned == 0
    assert second.outcome is not Outcome.BROKEN


def test_an_endless_loop_of_the_learner_s_own_is_not_the_lesson_s(toy, warm):
    """With the lesson's own function, an exercise needn't wait for it."""
    toy.change_checks("LESSON = lesson()", "LESSON = lesson(cpu_s=1)")
    first, second = graded_four(toy, warm, "while True: pass").exercises
    assert first.outcome is Outcome.TIMED_OUT
    assert (second.outcome, second.judged_with) == (Outcome.PASSED, ("1a",))


def test_what_is_passed_on_takes_no_memory_of_a_grading_and_little_of_its_time():
    budget = GradingBudget(answers_mb=1, judge_s=1e-9, lending_s=1e6)
    budget.charge(2_000_000)
    assert budget.spent().kind == "answers"
    budget.refund(2_000_000, judge_s=1e5)
    assert budget.spent() is None
    budget.charge(1_000)
    budget.refund(1_000, judge_s=-1e5)
    assert budget.spent().kind == "judge"


@pytest.mark.parametrize(("others", "may_be_kept"), [((), True), (("9b",), False)])
def test_a_verdict_with_the_lessons_own_is_not_kept(others, may_be_kept):
    """It depends on functions of the file that its checks haven't used."""
    session = SimpleNamespace(asked={"9e": {"fit"}}, content=b"def fit(): return 1\n")
    passed = ExerciseResult("9e", "", 30, Outcome.PASSED, (), judged_with=others)
    assert (add_basis(passed, session).basis is not None) is may_be_kept


def test_a_solution_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    solution = tmp_path / "solution.py"
    solution.write_text("def f():\n    return 1\n", encoding="utf-8-sig")
    assert Lender(solution, in_worker=False).functions == {"f"}
    session = SimpleNamespace(tree=ast.parse("def f():\n    return 1\n"))
    (given,) = find_given_functions(solution, session)
    assert given.name == "f"
