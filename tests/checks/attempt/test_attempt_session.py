"""A grading's questions: what the file is asked, what is forgotten, and how it ends."""

import threading

import numpy as np
import pytest

from grader.checks.attempt import (
    Attempt,
    AttemptSession,
    Cancelled,
    RunConditions,
    Stopped,
)
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.report import Outcome
from grader.sandbox import Limits
from tests.support.grading import grade_attempt

DOUBLE = "def double(x):\n    return 2 * x\n"


def graded(toy, warm, checks="", source=DOUBLE, **words):
    toy.checks.write_text(toy.checks.read_text() + checks)
    lesson = catalog.find("lesson1", toy.root)
    attempt = toy.root / "mine.py"
    return grade_attempt(lesson, attempt, source=source.encode(), warm=warm, **words)


def test_of_an_empty_file_every_check_says_so(toy, warm):
    """And not of each name that it lacks it."""
    told = []
    report = graded(toy, warm, source=" \n", on_check=lambda *one: told.append(one))
    sentences = {result.finding.sentence for _, result in told}
    assert (len(told), sentences) == (3, {"Your file is empty."})
    assert report.problem.sentence == "Your file is empty."


ASKS_OBJECTS = """
@same.check
def calls(attempt):
    "It can be called."
    made = attempt.double(3).value
    expect(made.call("__call__", 5)).equals(1)

@same.check
def calls_a_method(attempt):
    "It has a method."
    made = attempt.double(3).value
    expect(made.call("times", 5)).equals(1)

@same.check
def reads_an_attribute(attempt):
    "It has an attribute."
    made = attempt.double(3).value
    expect(made.get("size")).equals(1)

@same.check
def asks_one_of_several(attempt):
    "It has parts."
    made = attempt.double(3).value
    expect(made.call("parts").value[1].get("size")).equals(1)
"""


def test_an_object_is_asked_as_one_would_type_it(toy, warm):
    source = (
        "class Double:\n    size = 2\n"
        "    def __call__(self, x):\n        return 2 * x\n    times = __call__\n"
        "    def parts(self):\n        return [self, self]\n"
        "def double(x):\n    return Double()\n"
    )
    result = graded(toy, warm, ASKS_OBJECTS, source).exercises[1]
    found = [check.finding for check in result.checks[1:]]
    assert [(one.call, one.look, one.got) for one in found] == [
        ("double(3)(5)", "", "10"),
        ("double(3).times(5)", "", "10"),
        ("", "double(3).size", "2"),
        ("", "double(3).parts()[1].size", "2"),
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("complex(2 * x)", "These are complex numbers; return real ones."),
        ("[np.complex64(2 * x)]", "These are complex numbers; return real ones"),
        ("np.longdouble(2 * x)", "These are numbers of dtype "),
    ],
)
def test_numbers_that_no_exercise_asks_for_are_wrong(toy, warm, answer, said):
    if "longdouble" in answer and np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("the widest numbers are of 8 bytes here")
    source = f"import numpy as np\ndef double(x):\n    return {answer}\n"
    result = graded(toy, warm, source=source).exercises[0]
    assert result.outcome is Outcome.WRONG
    assert result.finding.sentence.startswith(said)


READS_AGAIN = """
from grader.checks.attempt import Stopped

@same.check
def reads_again(attempt):
    "ONE has the mark of what is loaded now."
    attempt.entry("ONE", "mark")
    try:
        attempt.value("ENDS")
    except Stopped:
        mark = attempt.value("MARK").value
        expect(attempt.entry("ONE", "mark")).equals(mark)
        return
    assert False, "it lives"
"""


def test_what_was_read_before_a_crash_is_read_anew_after_it(toy, warm):
    source = (
        "import os\ndef double(x):\n    return 2 * x\n"
        "MARK = os.urandom(8).hex()\nONE = {'mark': MARK}\n"
        "class Ends:\n    def __repr__(self):\n        os._exit(1)\nENDS = Ends()\n"
    )
    assert graded(toy, warm, READS_AGAIN, source).has_passed


READS_ENTRY = """
@same.check
def reads_an_entry(attempt):
    "ONE has the answer."
    expect(attempt.entry("ONE", "answer")).equals("six")
"""


def test_entries_that_nobody_asked_for_make_no_other_wrong_answer(toy, warm):
    source = (
        "def double(x):\n    return 2 * x\nONE = {'answer': 'five', 'other': OTHER}"
    )
    first = graded(toy, warm, READS_ENTRY, source.replace("OTHER", "1"))
    second = graded(toy, warm, "", source.replace("OTHER", "'two'"))
    one, two = first.exercises[1].unnamed, second.exercises[1].unnamed
    assert one is not None
    assert one == two


READS_MUCH = """
@double.check
def reads_much(attempt):
    "It is much."
    attempt.value("MUCH")
"""


def test_who_has_sent_too_much_is_told_so_by_every_check_and_has_a_file_that_loads(
    toy, warm, monkeypatch
):
    monkeypatch.setattr("grader.sandbox.resource_monitor.ANSWERS_MB", 1)
    source = "def double(x):\n    return 2 * x\nMUCH = [0.5] * 200_000\n"
    report = graded(toy, warm, READS_MUCH, source)
    checks = [check for one in report.exercises for check in one.checks]
    assert [check.outcome for check in checks] == [
        Outcome.PASSED,
        Outcome.PASSED,
        Outcome.OUT_OF_MEMORY,
        Outcome.OUT_OF_MEMORY,
    ]
    assert "1 MB" in checks[-1].finding.sentence
    assert checks[-1].finding == checks[-2].finding
    assert report.problem is None


@pytest.mark.slow
def test_after_much_was_lost_in_time_outs_a_call_gets_less(toy, warm, monkeypatch):
    monkeypatch.setattr("grader.checks.attempt.workers.PATIENCE_S", 0.5)
    monkeypatch.setattr("grader.checks.attempt.workers.LEAST_S", 0.25)
    toy.change_checks("lesson()", "lesson(cpu_s=1)")
    hangs = DOUBLE.replace("return", "while True: pass\n    return")
    report = graded(toy, warm, source=hangs)
    assert [one.finding.sentence[:24] for one in report.exercises] == [
        "Stopped after 1 CPU seco",
        "Stopped after 0.25 CPU s",
    ]


READS_VALUE = """
@same.check
def reads_a_number(attempt):
    "SIX is 6."
    expect(attempt.value("SIX")).equals(6)
"""


def test_a_value_is_looked_at_and_may_still_be_to_write(toy, warm):
    five = graded(toy, warm, READS_VALUE, f"{DOUBLE}SIX = 5\n").exercises[1]
    assert (five.finding.look, five.finding.call) == ("SIX", "")
    assert five.outcome is Outcome.WRONG
    left = graded(toy, warm, "", f"{DOUBLE}SIX = ...\n").exercises[1]
    assert left.outcome is Outcome.NOT_ATTEMPTED
    assert left.finding.sentence == "SIX hasn't been filled in yet."


HANDS_A_FUNCTION = """
from grader.checks.attempt import Callback

@same.check
def asks_twice_at_most(attempt):
    "It asks at most twice."
    attempt.asks(Callback(lambda: 1, "number", most=2))
"""


@pytest.mark.parametrize(("times", "outcome"), [(2, "passed"), (3, "timed out")])
def test_who_asks_a_function_too_often_is_told_whatever_they_catch(
    toy, warm, times, outcome
):
    asks = (
        f"def asks(number):\n    for _ in range({times}):\n        try:\n"
        "            number()\n        except BaseException:\n            pass\n"
    )
    result = graded(toy, warm, HANDS_A_FUNCTION, DOUBLE + asks).exercises[1]
    assert result.outcome == outcome


def test_a_file_that_cannot_be_read_is_asked_nothing(toy, warm):
    told = []
    report = graded(
        toy,
        warm,
        source=f"{DOUBLE}def f(:\n    pass\n",
        on_check=lambda tag, check: told.append(check.outcome),
    )
    assert report.problem is not None
    assert "SyntaxError" in report.problem.sentence
    assert [one.outcome for one in report.exercises] == [Outcome.RAISED] * 2
    assert told == [Outcome.RAISED] * 3


CHANGES_ENTRY = """
@same.check
def reads_it_again(attempt):
    "double counts its calls in ONE."
    before = attempt.entry("ONE", "calls").value
    attempt.double(1)
    expect(attempt.entry("ONE", "calls")).equals(before + 1)
"""


def test_what_a_call_changed_is_read_anew(toy, warm):
    counts = "ONE = {'calls': 0}\n" + DOUBLE.replace(
        "return", "ONE['calls'] += 1\n    return"
    )
    assert graded(toy, warm, CHANGES_ENTRY, counts).has_passed


RESTARTS = """
@same.check
def counts_from_one(attempt):
    "It is loaded anew."
    attempt.restart()
    for _ in range(2):
        expect(attempt.count()).equals(1)
        attempt.restart()
    attempt.restart()

@same.check
def still_answers(attempt):
    "It answers."
    expect(attempt.entry("ONE", "mark")).equals(attempt.value("MARK").value)
    attempt.restart()
    expect(attempt.entry("ONE", "mark")).equals(attempt.value("MARK").value)
"""
# Once for 1a, and once after each restart that is followed by a question.
LOADS = 5
COUNTS = (
    DOUBLE
    + "import os\nmade = []\ndef count():\n    made.append(1)\n    return len(made)\n"
    "MARK = os.urandom(8).hex()\nONE = {'mark': MARK}\n"
)


@pytest.mark.parametrize("ahead", ["", "attempt.load_ahead(2)\n    "])
def test_after_a_restart_nothing_is_left_of_what_the_file_kept(toy, warm, ahead):
    checks = RESTARTS.replace("attempt.restart()", f"{ahead}attempt.restart()", 1)
    report = graded(toy, warm, checks, COUNTS)
    assert [one.finding for one in report.exercises] == [None, None]
    assert report.has_passed


LOADS_AHEAD = """
import time

@same.check
def was_loaded_before_it_was_needed(attempt):
    "It was loaded ahead."
    attempt.load_ahead(1)
    time.sleep(3)
    now_s = time.monotonic()
    attempt.restart()
    expect(attempt.value("LOADED_S")).is_between(0, now_s)
    attempt.restart()
    expect(attempt.value("LOADED_S")).is_between(now_s, now_s + 100)
"""


def test_a_file_is_loaded_ahead_as_often_as_is_asked_for(toy, warm):
    source = DOUBLE + "import time\nLOADED_S = time.monotonic()\n"
    assert graded(toy, warm, LOADS_AHEAD, source).has_passed


def session_of(warm, source):
    conditions = RunConditions(warm, "mine.py", Limits())
    return AttemptSession(Document(source), conditions)


def test_workers_that_loaded_ahead_end_with_the_session(warm):
    session = session_of(warm, b"X = 1\n")
    session.load_ahead(2)
    session.load_ahead(2)
    workers = [session.workers.current, *session.workers._ahead]
    assert [one.is_alive for one in workers] == [True] * 3
    session.close()
    assert [one.is_alive for one in workers] == [False] * 3


def test_what_cannot_be_loaded_is_not_loaded_ahead(warm):
    session = session_of(warm, b"X = \n")
    with pytest.raises(Stopped):
        session.load_ahead(1)
    session.close()


def test_what_every_load_printed_is_kept_in_order(toy, warm):
    loads = "import time\nprint(time.monotonic_ns())\n"
    report = graded(toy, warm, RESTARTS, loads + COUNTS)
    printed = [int(number) for number in report.output.split()]
    assert len(set(printed)) == LOADS
    assert printed == sorted(printed)
    assert not report.output_was_cut


@pytest.mark.parametrize("kept", [20 * LOADS, 20 * LOADS - 1, 20])
def test_what_all_loads_printed_is_cut_at_one_bound(toy, warm, monkeypatch, kept):
    monkeypatch.setattr("grader.checks.attempt.workers.KEPT_LETTERS", kept)
    line = "x" * 19 + "\n"
    report = graded(toy, warm, RESTARTS, "print('x' * 19)\n" + COUNTS)
    assert report.output == (line * LOADS)[:kept]
    assert report.output_was_cut is (kept < len(line) * LOADS)


def test_a_grading_that_nobody_waits_for_ends_in_the_middle_of_a_call(toy, warm):
    cancel = threading.Event()
    source = DOUBLE.replace("return", "while x == 3: pass\n    return")

    def end_soon(tag, check):
        if tag == "1a":
            threading.Timer(0.2, cancel.set).start()

    with pytest.raises(Cancelled):
        graded(toy, warm, source=source, cancel=cancel, on_check=end_soon)


def test_who_looks_at_what_another_exercise_read_rests_on_it_too(warm):
    session = session_of(warm, b"PAPER = {'loss': 1.5}\n")
    try:
        for session.tag in ("1a", "1b"):
            assert Attempt(session).entry("PAPER", "loss").value == 1.5
    finally:
        session.close()
    assert {tag: names >= {"PAPER"} for tag, names in session.asked.items()} == {
        "1a": True,
        "1b": True,
    }


@pytest.mark.parametrize("source", ["PAPER = {'loss': 1.5}", "PAPER = {'cost': 1.5}"])
def test_an_entry_is_also_read_by_the_key_that_it_had_in_older_pages(warm, source):
    session = session_of(warm, source.encode())
    try:
        session.tag = "1a"
        answer = Attempt(session).entry("PAPER", "loss", former="cost")
        assert (answer.value, answer.target) == (1.5, 'PAPER["loss"]')
    finally:
        session.close()
