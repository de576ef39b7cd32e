"""Where several are graded side by side, whoever takes long lets the others go first."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from grader.course.document import catalog
from grader.learner.page_run.sandboxed_runner import SandboxedRunner
from grader.sandbox import (
    GradingBudget,
    Limits,
    Returned,
    TimedOut,
    WorkerFactory,
    WorkerPool,
)
from tests.support.project import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
TWO_LOOPS = b"""
import threading
def loop():
    while True: pass
def f():
    threading.Thread(target=loop, daemon=True).start()
    loop()
"""
ONE_LOOP = b"""
def f():
    while True: pass
"""


def children():
    """All processes below this one; other tests of the same process have some, too."""
    return set(psutil.Process().children(recursive=True))


def niceness_of_threads(cpu_s, others, wait_s=60):
    """What the threads of the worker that has used so much CPU time have; waits for it."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        for child in children() - others:
            try:
                # What starts workers has used some, too: its imports.
                if child.cpu_times().user < cpu_s or child.children():
                    continue
                threads = [
                    int(x.name) for x in Path(f"/proc/{child.pid}/task").iterdir()
                ]
                return [os.getpriority(os.PRIO_PROCESS, one) for one in threads]
            except (psutil.Error, OSError):
                continue
        time.sleep(0.05)
    return []


def last_niceness_of_threads(call, others):
    """The niceness of the worker's threads when it was last seen at work."""
    found = []
    while call.is_alive():
        seen = niceness_of_threads(0.1, others, wait_s=0.2)
        # A worker that is being ended may have lost a thread already.
        if call.is_alive() and len(seen) >= len(found):
            found = seen
        time.sleep(0.05)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(("lowers_priority", "expected"), [(True, 7), (False, 0)])
def test_a_worker_that_takes_long_leaves_the_processor_to_others(
    fresh, lowers_priority, expected
):
    others = children()
    with WorkerFactory(fresh=fresh, lowers_priority=lowers_priority) as warm:
        worker = warm.start(TWO_LOOPS, "lesson3_cross_entropy.py", Limits(cpu_s=1))
        worker.load()
        said = []
        call = threading.Thread(target=lambda: said.append(worker.call("f")))
        call.start()
        was = os.getpriority(os.PRIO_PROCESS, 0)
        found = last_niceness_of_threads(call, others)
    assert len(found) >= 2
    assert {min(19, was + expected) if expected else was} == set(found)
    assert [TimedOut(1, "cpu")] == [
        TimedOut(one.limit_s, one.kind) for one in said if isinstance(one, TimedOut)
    ]


@pytest.mark.slow
def test_the_workers_of_a_long_grading_leave_it_from_the_beginning():
    budget = GradingBudget()
    limits, others = Limits(cpu_s=0.9), children()
    with WorkerFactory(lowers_priority=True) as warm:
        for source, least_s in ((TWO_LOOPS, 0.7), (ONE_LOOP, 0.1)):
            worker = warm.start(source, "attempt.py", limits, budget=budget)
            worker.load()
            call = threading.Thread(target=worker.call, args=("f",))
            call.start()
            found = set(niceness_of_threads(least_s, others))
            call.join()
    assert found == {min(19, os.getpriority(os.PRIO_PROCESS, 0) + 7)}


# Beside five others that is 1.2 s, or twice that where the machine has other work too;
# a call may take 2.8 s in all, four times its own limit.
BUSY = b"""
import time
def f():
    until_s = time.process_time() + 0.2
    while time.process_time() < until_s: pass
def g():
    time.sleep(5)
"""


@pytest.fixture
def crowded():
    """One processor, which this process shares with five that never wait."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    loop = [sys.executable, "-c", "import os\nwhile os.getppid() > 1: pass"]
    # In sessions of their own, as each worker is: Linux may share among sessions.
    others = [subprocess.Popen(loop, start_new_session=True) for _ in range(5)]
    yield
    os.sched_setaffinity(0, allowed)
    for one in others:
        one.kill()
        one.wait()


@pytest.mark.slow
def test_waiting_for_a_processor_uses_up_no_time_of_a_grading(crowded):
    with WorkerFactory() as warm:
        worker = warm.start(BUSY, "a.py", Limits(), budget=GradingBudget(wall_s=0.7))
        worker.load()
        reply = worker.call("f")
    assert isinstance(reply, Returned)
    assert worker.answered_in_s > 0.7


@pytest.mark.slow
def test_waiting_for_a_processor_uses_up_no_time_of_a_call(crowded):
    with WorkerFactory() as warm:
        worker = warm.start(BUSY, "a.py", Limits(wall_s=0.7))
        worker.load()
        reply = worker.call("f")
        assert isinstance(reply, Returned)
        assert worker.answered_in_s > 0.7
        assert TimedOut(0.7, "wall") == worker.call("g")


@pytest.mark.slow
def test_a_run_after_one_that_was_stopped_leaves_it_from_the_beginning(monkeypatch):
    # The first run ends before its priority would be lowered.
    monkeypatch.setattr("grader.sandbox.worker_client.LOWER_PRIORITY_AFTER_S", 0.5)
    limits, found = Limits(cpu_s=0.45), []
    with WorkerPool(lowers_priority=True) as pool:
        runner = SandboxedRunner(catalog.find("lesson1", ROOT), limits, pool)
        runner.run(b"# %%\nx = 1\n", 2)
        others = children()  # with the process that starts its workers
        for _ in range(2):
            asked = (b"# %%\nwhile True: pass\n", 2)
            run = threading.Thread(target=runner.run, args=asked)
            run.start()
            found.append(set(niceness_of_threads(0.3, others)))
            run.join()
    was = os.getpriority(os.PRIO_PROCESS, 0)
    assert found == [{was}, {min(19, was + 7)}]
