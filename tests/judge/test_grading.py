"""What checks are handed, and that running them needs no test framework."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from grader import judge
from grader.checks.attempt import AttemptSession, RunConditions
from grader.common.errors import BrokenLesson, GraderError, Misuse
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.judge import loading
from grader.judge.grading import Grading, LessonChecks
from grader.report import Outcome, Picture
from grader.sandbox import Limits, isolation
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import PAGE

FIXTURES = """
from grader.checks import fixture
made = []

@fixture
def once(attempt, rng):
    made.append(1)
    return attempt.double(3), int(rng.integers(1000))

@same.check
def first(once):
    "once is made."
    expect(once[0]).equals(6)

@same.check
def again(once, remark):
    "once is made once."
    remark(f"made {len(made)} times, drew {once[1]}")
"""


def graded(toy, warm, checks="", source="def double(x):\n    return 2 * x\n", **words):
    toy.checks.write_text(toy.checks.read_text() + checks)
    attempt = toy.root / "mine.py"
    attempt.write_text(source)
    lesson = catalog.find("lesson1", toy.root)
    return grade_attempt(lesson, attempt, warm=warm, **({"seed": 3} | words))


def test_a_fixture_is_made_once_a_grading_and_draws_the_same_alone(toy, warm):
    whole = graded(toy, warm, FIXTURES).exercises[1]
    assert whole.outcome is Outcome.PASSED
    assert whole.remarks[0].startswith("made 1 times")
    assert graded(toy, warm, exercise="1b").exercises[0].remarks == whole.remarks


def test_every_check_ends_as_the_fixture_it_asks_for(toy, warm):
    stops = "def double(x):\n    return 1 / 0 if x == 3 else 2 * x\n"
    report = graded(toy, warm, FIXTURES, stops)
    found = [check.finding for check in report.exercises[1].checks]
    assert {check.outcome for check in report.exercises[1].checks} == {Outcome.RAISED}
    assert {finding.sentence.partition(":")[0] for finding in found} == {
        "ZeroDivisionError"
    }


@pytest.mark.parametrize(
    ("checks", "sentence"),
    [
        (
            "@same.check\ndef x(nobody):\n    'It asks.'\n",
            "a check asks for nobody; it may ask for attempt, ",
        ),
        (
            "from grader.checks import fixture\n@fixture\ndef a(b): ...\n@fixture\ndef b(a): ...\n"
            "@same.check\ndef x(a):\n    'It asks.'\n",
            "the fixture a asks for itself",
        ),
    ],
)
def test_what_cannot_be_handed_is_the_lessons_fault(toy, warm, checks, sentence):
    result = graded(toy, warm, checks).exercises[1]
    assert result.outcome is Outcome.BROKEN
    assert sentence in result.finding.sentence


SLOW = """
from grader.checks import slow_fixture

MADE = []

@slow_fixture
def trained(attempt):
    MADE.append(attempt.double(1).value)
    return MADE[-1]

@slow_fixture
def unused():
    raise AssertionError

@same.check
def is_quick(attempt):
    "double(2) is 4."
    expect(attempt.double(2)).equals(4)

@same.check
def asks_for_what_is_slow(attempt, trained):
    "double(1) is 2."
    expect(attempt.double(1)).equals(2)
"""


@pytest.mark.parametrize(
    ("code", "outcomes", "defers_slow"),
    [
        ("2 * x", [Outcome.PASSED] * 3, True),
        ("7", [Outcome.WRONG, Outcome.WRONG, Outcome.SKIPPED], True),
        ("7", [Outcome.WRONG] * 3, False),
        ("[0][x]", [Outcome.RAISED, Outcome.RAISED, Outcome.SKIPPED], True),
        ("7 if x == 1 else 2 * x", [Outcome.PASSED] * 2 + [Outcome.WRONG], True),
    ],
)
def test_what_takes_long_waits_until_the_quick_checks_pass(
    toy, warm, code: str, outcomes: list[Outcome], defers_slow: bool
) -> None:
    toy.checks.write_text(toy.checks.read_text() + SLOW)
    attempt = toy.root / "mine.py"
    attempt.write_text(f"def double(x):\n    return {code}\n")
    lesson = catalog.find("lesson1", toy.root)
    report = grade_attempt(
        lesson, attempt, exercise="1b", seed=1, warm=warm, defers_slow=defers_slow
    )
    (result,) = report.exercises
    assert [check.outcome for check in result.checks] == outcomes
    assert result.outcome is ([x for x in outcomes if x != "passed"] or outcomes)[0]
    made = judge.load_exercises(lesson)[0].checks[0].function.__globals__["MADE"]
    assert len(made) == (Outcome.SKIPPED not in outcomes)


def test_a_fixture_that_yields_is_refused_with_its_line(toy, warm):
    yields = "from grader.checks import fixture\n@fixture\ndef x():\n    yield 1\n"
    with pytest.raises(BrokenLesson, match=r"line \d+: the fixture x yields"):
        graded(toy, warm, yields)


def test_an_argument_with_a_default_is_not_asked_for(toy, warm):
    checks = "@same.check\ndef x(attempt, y=2):\n    'It asks.'\n    assert y == 2\n"
    assert graded(toy, warm, checks).has_passed


def test_a_check_draws_the_same_when_it_is_run_alone(toy, warm):
    wrong = "def double(x):\n    return x + 1\n"
    whole = graded(toy, warm, source=wrong).exercises[0].checks[0].finding
    alone = (
        graded(toy, warm, source=wrong, exercise="1a").exercises[0].checks[0].finding
    )
    other = graded(toy, warm, source=wrong, seed=4).exercises[0].checks[0].finding
    assert whole == alone
    assert whole != other


def test_a_grading_needs_no_pytest(toy):
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from pathlib import Path\nfrom grader import judge\n"
        "from grader.course.document import catalog\n"
        "from grader.sandbox import WorkerPool\n"
        "lesson = catalog.find('lesson1', Path.cwd())\n"
        "request = judge.GradingRequest.of(lesson, lesson.solution, lesson.solution.read_bytes())\n"
        "with WorkerPool() as pool:\n"
        "    assert judge.grade(lesson, request, pool).has_passed\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=toy.root, check=True, timeout=300)


FAILS = "\n@same.check\ndef fails(attempt):\n    'It fails.'\n    attempt.double(3)\n    1 / 0\n"
ASKS = "\n@same.check\ndef asks(attempt):\n    'It asks.'\n    expect(attempt.double(5)).equals(10)\n"
LIST = "\n@same.check\ndef of_a_list(attempt):\n    'A list is doubled.'\n    expect(attempt.double([1])).equals([1, 1])\n"


def test_what_the_learner_did_counts_before_a_fault_of_ours(toy, warm):
    """`double` is right for 3 and wrong for 5; between the two a check breaks."""
    source = "def double(x):\n    return x * 2 if x != 5 else 0\n"
    result = graded(toy, warm, FAILS + ASKS, source, exercise="1b").exercises[0]
    outcomes = [check.outcome for check in result.checks]
    assert outcomes == [Outcome.PASSED, Outcome.BROKEN, Outcome.WRONG]
    assert (result.outcome, result.finding.got) == (Outcome.WRONG, "0")


def test_a_fault_of_ours_alone_costs_no_points(toy, warm):
    report = graded(toy, warm, FAILS)
    assert report.exercises[1].outcome is Outcome.BROKEN
    assert (report.score, report.points) == (60, 60)


def test_a_wrong_value_counts_before_a_change_that_was_seen_earlier(toy, warm):
    source = "def double(x):\n    if x == 5: return 0\n    r = x * 2\n    if x == [1]: x[0] = 2\n    return r\n"
    result = graded(toy, warm, LIST + ASKS, source, exercise="1b").exercises[0]
    assert (
        result.checks[1].finding.sentence == "double changed its argument x in place."
    )
    assert result.finding.got == "0"
    right = source.replace("return 0", "return 10")
    result = graded(toy, warm, "", right, exercise="1b").exercises[0]
    assert (result.outcome, result.finding.sentence[:14]) == (
        Outcome.WRONG,
        "double changed",
    )


@pytest.mark.parametrize(
    "name", ["load", "close", "ask", "tag", "answers", "worker", "read", "record"]
)
def test_a_function_may_be_called_what_the_judge_calls_its_own(toy, warm, name):
    toy.change_checks("attempt.double", f"attempt.{name}")
    mine = f"def {name}(x):\n    return 2 * x\n"
    assert graded(toy, warm, source=mine).has_passed


def test_a_line_of_a_comprehension_is_told_once(toy, warm):
    mine = "def double(x):\n    return sum(y / 0 for y in [x])\n"
    finding = graded(toy, warm, source=mine).exercises[0].finding
    assert finding.trace == "  line 2, in double\n    return sum(y / 0 for y in [x])"


SHOWS = """
@same.check
def shows(show, remark):
    "It shows."
    import numpy as np
    show.digits(np.array([[[0.5, 1], [0, 0.1]]] * 2), ["a", 7], "halves")
    show.digits(np.array([[0, 255]]))
    show.matrix([[1, 2], [3, 4]], "counts")
    show.curve({"loss": [1, 0.5], "accuracy": (0.25,)}, "training")
    remark("That is fast.")
"""


def test_what_a_check_shows_is_in_the_report(toy, warm):
    report = graded(toy, warm, SHOWS)
    assert report.exercises[1].remarks == ("That is fast.",)
    assert report.pictures == (
        Picture("digits", "halves", ((128, 255, 0, 26),) * 2, ("a", "7"), "1b"),
        Picture("digits", "", ((0, 255),), (), "1b"),
        Picture("matrix", "counts", ((1, 2), (3, 4)), (), "1b"),
        Picture("curve", "training", ((1, 0.5), (0.25,)), ("loss", "accuracy"), "1b"),
    )


def test_a_remark_is_made_only_where_all_is_right(toy, warm):
    checks = (
        "@same.check\ndef x(attempt, remark):\n    'It remarks.'\n    remark('fast')\n"
        "    expect(attempt.double(5)).equals(11)\n"
        "@same.check\ndef y(attempt):\n    'It is quiet.'\n    attempt.double(2)\n"
    )
    assert graded(toy, warm, checks).exercises[1].remarks == ()


def test_how_far_a_training_is_reaches_whoever_looks_and_nobody_has_to(toy, warm):
    checks = (
        "@same.check\ndef x(progress):\n    'It trains.'\n    progress({'epoch': 2})\n"
    )
    told = []
    assert graded(toy, warm, checks, on_progress=told.append).has_passed
    assert told == [{"epoch": 2}]
    assert graded(toy, warm).has_passed


def test_the_result_of_each_check_is_told_as_it_comes(toy, warm):
    told = []
    report = graded(toy, warm, on_check=lambda tag, check: told.append((tag, check)))
    assert [tag for tag, _ in told] == ["1a", "1a", "1b"]
    assert [check for _, check in told] == [
        check for exercise in report.exercises for check in exercise.checks
    ]
    assert all(0 <= check.wall_s < 60 for _, check in told)


def test_after_a_hang_the_other_checks_of_an_exercise_end_the_same_way(toy, warm):
    toy.change_checks("LESSON = lesson()", "LESSON = lesson(cpu_s=0.5)")
    source = "def double(x):\n    if x: return 2 * x\n    while True: pass\n"
    more = (
        "@double.check\ndef more(attempt):\n    'It is right.'\n    attempt.double(1)\n"
    )
    report = graded(toy, warm, more, source)
    outcomes = [check.outcome for check in report.exercises[0].checks]
    assert outcomes == [Outcome.PASSED, Outcome.TIMED_OUT, Outcome.TIMED_OUT]
    assert report.exercises[1].outcome is Outcome.PASSED


def test_what_checks_use_is_the_lesson_s_own_until_it_is_right(toy, warm):
    toy.change_checks(
        'same = exercise("double"',
        'same = exercise("four", after="1a"',
    )
    toy.change_page("double: object", "four: object")
    wrong = "def double(x):\n    return 6 if x else 1\n"
    for only in (None, "1b"):
        *_, last = graded(toy, warm, source=wrong, exercise=only).exercises
        assert (last.tag, last.outcome) == ("1b", Outcome.PASSED)
        assert last.judged_with == ("1a",)
        *_, last = graded(toy, warm, exercise=only).exercises
        assert (last.outcome, last.judged_with) == (Outcome.PASSED, ())


def test_an_exercise_whose_answer_cannot_be_lent_comes_first(toy, warm):
    toy.change_checks(
        'same = exercise("double"', 'same = exercise("double", after="1a"'
    )
    toy.change_checks('double = exercise("double"', 'double = exercise("DOUBLE"')
    toy.change_page('id="1a"\n', 'id="1a"\nDOUBLE: object\n')
    report = graded(toy, warm, source="def double(x):\n    return 6\n")
    assert report.exercises[1].outcome is Outcome.SKIPPED
    assert report.exercises[1].finding.sentence == "Exercise 1a comes first."


def test_the_largest_attempt_is_graded_and_no_larger_one(toy, warm):
    text = "def double(x):\n    return 2 * x\n#"
    whole = text + "x" * (2_000_000 - len(text))
    assert graded(toy, warm, source=whole).attempt_sha256
    with pytest.raises(Misuse, match="is this the right file"):
        graded(toy, warm, source=whole + "x")


def test_a_report_says_what_was_graded_and_from_where(toy, warm, monkeypatch):
    monkeypatch.chdir(toy.root)
    report = graded(toy, warm)
    assert (report.attempt, report.partial) == ("mine.py", "")
    assert (
        report.attempt_sha256
        == hashlib.sha256((toy.root / "mine.py").read_bytes()).hexdigest()
    )
    assert 0 < report.wall_s < 60
    elsewhere = toy.root / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert graded(toy, warm).attempt == str(toy.root / "mine.py")


def test_what_a_lesson_declares_is_known_without_running_it(toy):
    lesson = catalog.find("lesson1", toy.root)
    own = str(toy.root / "lessons")
    assert judge.requirements_of(lesson) == (("numpy",), False, own, False)
    toy.change_checks("lesson()", "lesson(imports=['keras'], cpu_s=3, trains=True)")
    assert judge.requirements_of(lesson) == (("keras",), True, own, False)
    toy.change_checks("imports=['keras']", "imports=LIBRARIES")
    with pytest.raises(BrokenLesson, match="cannot be read"):
        judge.requirements_of(lesson)
    toy.change_checks("imports=LIBRARIES", "imports=")
    with pytest.raises(BrokenLesson, match="line 4"):
        judge.requirements_of(lesson)


def test_the_longest_call_is_what_the_lesson_or_an_exercise_allows(toy):
    lesson = catalog.find("lesson1", toy.root)
    toy.change_checks("lesson()", "lesson(cpu_s=0.5)")
    assert LessonChecks(lesson.checks, lesson.solution).longest_cpu_s == 0.5
    toy.change_checks('same = exercise("double",', 'same = exercise("double", cpu_s=2,')
    assert LessonChecks(lesson.checks, lesson.solution).longest_cpu_s == 2


def test_an_attempt_that_trains_may_wait_longer(toy, warm, monkeypatch):
    limits, start = [], warm.start

    def noting(source, filename, limit, *more):
        limits.append(limit)
        return start(source, filename, limit, *more)

    monkeypatch.setattr(warm, "start", noting)
    assert graded(toy, warm).has_passed
    toy.change_checks("lesson()", "lesson(trains=True)")
    assert graded(toy, warm).has_passed
    assert limits[-1].idle_s > limits[0].idle_s


def test_no_layer_is_required_unless_somebody_asks(toy, monkeypatch):
    monkeypatch.setattr(isolation, "bubblewrap", lambda _: [])
    lesson = catalog.find("lesson1", toy.root)
    assert grade_attempt(lesson, lesson.solution).has_passed


def test_what_may_be_known_of_an_exercise_before(toy):
    lesson = catalog.find("lesson1", toy.root)
    first, second = judge.exercises(lesson)
    assert first == judge.ExerciseInfo("1a", "Twice", 60, ("a", "b", "c"), False)
    assert (second.tag, second.points) == ("1b", 40)


BROKEN_LESSONS = [
    (
        "1 / 0\n",
        r"lesson1_toy/checks.py, line 28: ZeroDivisionError: division by zero\.",
    ),
    ("def f(:\n", r"checks.py, line 28: .*\. The file cannot be read as Python\."),
    ("exercise('double')\n", "checks.py, line 28: .* no cell for double other than"),
    ("LESSON = 3\n", "lesson1_toy/checks.py: LESSON is int and not made by"),
]


@pytest.mark.parametrize(("checks", "sentence"), BROKEN_LESSONS)
def test_a_lesson_that_cannot_be_loaded_says_its_line(toy, warm, checks, sentence):
    with pytest.raises(BrokenLesson, match=sentence):
        graded(toy, warm, checks)


def test_a_mistake_that_cannot_be_told_is_a_fault_of_its_lesson(toy, warm):
    checks = "@same.wrong_answer('{nothing}')\ndef zero(x):\n    return 0\n"
    result = graded(toy, warm, checks, "def double(x):\n    return 0\n").exercises[1]
    assert [(check.name, check.outcome) for check in result.checks] == [
        ("doubles_three", Outcome.WRONG),
        ("doubles_three", Outcome.BROKEN),
    ]


def test_a_file_of_a_lesson_is_told_as_it_is_seen_from_the_project():
    for path, told in (
        ("/home/ada/lessons/lesson1/checks.py", "lessons/lesson1/checks.py"),
        ("/home/lessons/x/solutions/lesson1.py", "solutions/lesson1.py"),
        ("/srv/all/of/elsewhere/checks.py", "elsewhere/checks.py"),
    ):
        assert loading.display_path(Path(path)) == told
    says_itself = BrokenLesson("lessons/lesson1/checks.py: it is empty.")
    path = Path("lessons/lesson1/checks.py")
    assert loading.describe_error(says_itself, path) == str(says_itself)


def test_a_grading_that_cannot_go_on_ends_for_every_check(toy, warm):
    lost = (
        "from grader.checks.attempt import Broken\nfrom grader.checks import fixture\n"
        "@fixture\ndef network(attempt):\n    raise Broken('it is gone')\n"
        "@same.check\ndef asks(network):\n    'It asks.'\n"
    )
    with pytest.raises(GraderError, match=r"lost: it is gone\. Grade again"):
        graded(toy, warm, lost)


def test_of_the_files_of_a_folder_only_what_they_declare_is_joined(tmp_path):
    folder = tmp_path / "lessons" / "lesson1_toy" / "exercises"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(
        "from grader.checks import exercise\nSIZE = 3\n"
    )
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lesson1_toy.py").write_text(PAGE.replace("double", "f"))
    for letter in "ab":
        (folder / f"{letter}.py").write_text(
            "from grader.checks import exercise, fixture\nSIZE = 4\nHELP = 1\n"
            "one = exercise('f', hints=('a', 'b', 'c'))\n"
            "@fixture\ndef made():\n    return SIZE\n"
        )
    module = loading.load_module(folder / "__init__.py", "checks_toy")
    assert [one.tag for one in loading.exercises_of(module)] == ["1a", "1b"]
    assert loading.fixtures_of(module)["made"]() == 4
    assert module.SIZE == 3
    assert not hasattr(module, "HELP")
    (folder / "c.py").write_text("\n1 / 0\n")
    with pytest.raises(BrokenLesson, match=r"lesson1_toy/exercises/c.py, line 2: Zero"):
        loading.load_module(folder / "__init__.py", "checks_toy")


def test_checks_anew_know_nothing_of_what_was_run(toy, warm):
    lesson = catalog.find("lesson1", toy.root)
    checks = LessonChecks(lesson.checks, lesson.solution)

    def run():
        source = b"def double(x):\n    return 2 * x\n"
        session = AttemptSession(
            Document(source), RunConditions(warm, "mine.py", Limits())
        )
        grading = Grading(checks, session, 3)
        assert grading.runs == {}
        grading.run()
        grading.close()
        return [grading.runs[one.tag].result().outcome for one in checks.exercises]

    assert run() == run() == [Outcome.PASSED, Outcome.PASSED]


@pytest.mark.parametrize(
    ("asks", "imports", "is_executed"),
    [
        ("reference", ("numpy",), True),
        ("attempt", ("numpy",), False),
        ("reference", ("keras",), False),
    ],
)
def test_a_solution_is_executed_ahead_where_it_is_asked_for_and_light(
    toy, asks, imports, is_executed
):
    """TensorFlow stays out of the process that judges until a check needs it."""
    toy.change_checks("def doubles_zero(attempt)", f"def doubles_zero({asks})")
    toy.change_checks("lesson()", f"lesson(imports={imports})")
    lesson = catalog.find("lesson1", toy.root)
    checks = LessonChecks(lesson.checks, lesson.solution)
    checks.prepare()
    assert (checks.reference._module is not None) is is_executed


def test_of_a_cell_that_cannot_be_read_no_verdict_is_kept(toy, warm):
    """1b asks for double as well, which another cell still has."""
    toy.change_checks("LESSON = lesson()\n", "LESSON = lesson(trains=True)\n")
    cells = '# %% id="1a"\ndef double(x):\n    return 2 * x\n# %% id="1b"\n'
    first = graded(toy, warm, source=cells)
    asked = [e.basis and e.basis.asked for e in first.exercises]
    assert asked == [("double",), ("double",)]
    second = graded(toy, warm, source=cells + "def broken(:\n", earlier=first)
    kept, broken = second.exercises
    assert (kept.is_kept, kept.outcome) == (True, Outcome.PASSED)
    assert (broken.is_kept, broken.outcome) == (False, Outcome.RAISED)
