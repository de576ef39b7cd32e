"""The judge and a worker share a processor while they talk, and only then."""

import contextlib
import os
import sys
from pathlib import Path

import pytest

from grader import catalog, judge
from grader.sandbox import Limits, Returned, Warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")
ROOT = Path(__file__).parent.parent
MAY_USE = b"import os\ndef f():\n    return sorted(os.sched_getaffinity(0))\n"


def processors() -> set[int]:
    """Where this thread may run."""
    return os.sched_getaffinity(0)


@pytest.fixture(autouse=True)
def usual():
    """Where this thread may run; it may run there afterwards as well."""
    before = processors()
    if len(before) == 1:
        pytest.skip("there is only one processor")
    yield before
    assert processors() == before


def may_use(**how: bool) -> set[int]:
    with Warm(**how) as warm:
        before = processors()
        with warm.sharing_processor():
            worker = warm.start(MAY_USE, "attempt.py", Limits())
            worker.load()
            reply = worker.call("f")
            worker.kill()
            assert isinstance(reply, Returned)
            assert set(reply.value) == processors()
        assert processors() == before
    return set(reply.value)


def test_a_worker_is_where_its_judge_is(usual):
    assert len(may_use()) == 1
    assert may_use() < usual


@pytest.mark.parametrize("how", [{"others_first": True}, {"trains": True}])
def test_those_of_many_learners_and_those_that_train_go_where_they_may(how, usual):
    assert may_use(**how) == usual


def test_a_grading_is_on_one_and_the_judge_may_go_anywhere_afterwards(tmp_path):
    attempt = tmp_path / "lesson1_mnist_arrays.py"
    attempt.write_bytes(MAY_USE)
    lesson = catalog.find("lesson1", ROOT)
    seen = set()
    judge.grade(lesson, attempt, on_check=lambda *_: seen.add(len(processors())))
    assert seen == {1}


def test_where_it_is_not_allowed_nothing_is_shared(usual, monkeypatch):
    def refuse(pid, processors):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert may_use() == usual


def test_a_grading_that_failed_leaves_the_next_worker_free(usual):
    with Warm() as warm:
        with contextlib.suppress(KeyError), warm.sharing_processor():
            raise KeyError
        worker = warm.start(MAY_USE, "attempt.py", Limits())
        worker.load()
        assert set(worker.call("f").value) == usual
        worker.kill()
