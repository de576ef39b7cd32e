"""What a call may take goes down with what the calls before it took."""

from grader.checks.attempt.workers import CpuQuota
from grader.sandbox import Raised, Returned, TimedOut

SLOW = Returned(1)


def test_the_calls_of_one_exercise_share_what_three_of_them_may_take() -> None:
    allowance = CpuQuota()
    given = []
    for _ in range(6):
        given.append(allowance.next_call_s("1a", 3.0))
        allowance.charge("1a", SLOW, 2.0)
    # Nine seconds in all, and a second each after that: code that is quick goes on.
    assert given == [3.0, 3.0, 3.0, 3.0, 1.0, 1.0]
    assert allowance.next_call_s("1b", 3.0) == 3.0


def test_an_exception_takes_time_as_an_answer_does() -> None:
    allowance = CpuQuota()
    allowance.charge("1a", Raised("ValueError", (), ""), 7.5)
    assert allowance.next_call_s("1a", 3.0) == 1.5


def test_after_time_outs_of_more_than_20_seconds_no_exercise_waits_long() -> None:
    allowance = CpuQuota()
    for _ in range(2):
        allowance.charge("1a", TimedOut(10.0, "cpu"), 0.0)
    assert allowance.next_call_s("1b", 10.0) == 10.0
    allowance.charge("1a", TimedOut(1.0, "cpu"), 0.0)
    assert allowance.next_call_s("1b", 10.0) == 1.0
