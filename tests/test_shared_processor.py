"""The judge and a worker share a processor while they talk, and only then."""

import os
import subprocess
import sys

import pytest

from grader.sandbox import Limits, Returned, Warm
from grader.sandbox.processor import SharedProcessor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")
MAY_USE = b"import os\ndef f():\n    return sorted(os.sched_getaffinity(0))\n"


@pytest.fixture(autouse=True)
def usual():
    """Where this thread may run; it may run there afterwards as well."""
    before = os.sched_getaffinity(0)
    if len(before) == 1:
        pytest.skip("there is only one processor")
    yield before
    assert os.sched_getaffinity(0) == before


def may_use(**how: bool) -> set[int]:
    with Warm(**how) as warm:
        worker = warm.start(MAY_USE, "attempt.py", Limits())
        worker.load()
        reply = worker.call("f")
        worker.kill()
    assert isinstance(reply, Returned)
    return set(reply.value)


def test_a_worker_is_where_its_judge_is(usual):
    assert len(may_use()) == 1
    assert may_use() < usual


@pytest.mark.parametrize("how", [{"others_first": True}, {"trains": True}])
def test_those_of_many_learners_and_those_that_train_go_where_they_may(how, usual):
    assert may_use(**how) == usual


def test_the_judge_stays_there_for_as_long_as_they_talk(usual):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as other:
        shared = SharedProcessor(other.pid)
        with shared.held():
            assert os.sched_getaffinity(0) == os.sched_getaffinity(other.pid) < usual
        other.communicate()


def test_where_it_is_not_allowed_nothing_is_shared(usual, monkeypatch):
    def refuse(pid, processors):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert may_use() == usual
