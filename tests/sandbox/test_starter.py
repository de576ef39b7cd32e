"""The process that starts workers may end at any moment; nobody is harmed by it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grader.common import control_group
from grader.common.errors import SandboxError
from grader.sandbox import Ended, Limits, Lost, Returned, Worker, WorkerFactory
from grader.sandbox.codec.messages import Started
from grader.sandbox.starter import ForkServerStarter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork")


@pytest.fixture
def warm() -> Iterator[WorkerFactory]:
    with WorkerFactory(uses_bubblewrap=False) as made:
        yield made


def loaded(warm: WorkerFactory, source: str) -> Worker:
    worker = warm.start(source.encode(), "attempt.py", Limits())
    assert isinstance(worker.load(), Returned)
    return worker


def answer_of(worker: Worker) -> object:
    reply = worker.call("f")
    assert isinstance(reply, Returned)
    return reply.value


def process_of(warm: WorkerFactory) -> subprocess.Popen[bytes]:
    return warm._starter._starter._launched.process


def test_one_that_has_ended_is_begun_again_at_once(warm: WorkerFactory) -> None:
    loaded(warm, "def f(): return 1").kill()
    process, control = process_of(warm), warm._starter._starter._launched.control
    # Stopped, it cannot be seen to end, as behind bubblewrap; deaf, it cannot answer.
    process.send_signal(signal.SIGSTOP)
    control.shutdown(2)
    second = loaded(warm, "def f(): return 2")
    assert answer_of(second) == 2
    second.kill()


def test_that_it_ends_again_and_again_is_said(
    warm: WorkerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = ForkServerStarter._receive

    def never_started(starter: ForkServerStarter, kinds: object) -> object:
        told = hear(starter, kinds)
        return None if isinstance(told, Started) else told

    monkeypatch.setattr(ForkServerStarter, "_receive", never_started)
    with pytest.raises(SandboxError) as raised:
        warm.start(b"def f(): return 2", "attempt.py", Limits())
    assert str(raised.value) == "The process that starts workers has ended."


def test_whose_end_is_not_waited_for_ends_all_the_same(warm: WorkerFactory) -> None:
    first = loaded(warm, "def f(): return 1")
    (worker,) = psutil.Process(process_of(warm).pid).children()
    first.dismiss()
    assert not first.is_alive
    second = loaded(warm, "def f(): return 2")
    assert not worker.is_running()
    first.dismiss()
    first.kill()
    assert answer_of(second) == 2
    second.kill()


def test_the_next_one_is_not_asked_to_end_workers_of_the_one_before(
    warm: WorkerFactory,
) -> None:
    first = loaded(warm, "def f(): return 1")
    process_of(warm).kill()
    process_of(warm).wait(60)
    second = loaded(warm, "def f(): return 2")
    first.kill()
    assert answer_of(second) == 2
    second.kill()
    assert process_of(warm).poll() is None


def test_what_a_killed_one_left_is_removed(warm: WorkerFactory) -> None:
    worker = loaded(warm, "def f(): return 1")
    folder = Path(warm._starter._starter._scratch)
    process_of(warm).kill()
    process_of(warm).wait(60)
    worker.kill()
    assert folder.exists()
    warm.close()
    assert not folder.exists()


MEMORY = (
    ". In this container or job, the system has ended a program because memory ran out. "
    "This was probably one of them"
)


@pytest.mark.parametrize(("has_killed", "more"), [(False, ""), (True, MEMORY)])
def test_memory_that_ran_out_is_given_as_the_reason(
    warm: WorkerFactory, monkeypatch: pytest.MonkeyPatch, has_killed: bool, more: str
) -> None:
    monkeypatch.setattr(control_group, "has_killed", lambda: has_killed)
    worker = loaded(warm, "def f(): return 1")
    process_of(warm).kill()
    process_of(warm).wait(60)
    ended = Lost(f"the process that starts workers ended{more}")
    assert worker.call("f") == ended
    worker.kill()


def test_a_worker_that_no_limit_can_be_set_for_is_lost_and_says_why(
    warm: WorkerFactory,
) -> None:
    worker = warm.start(b"", "attempt.py", Limits(memory_mb=1 << 50))
    assert worker.load() == Lost("a worker could not be confined (exit 70)")
    other = loaded(warm, "def f(): return 1")
    assert answer_of(other) == 1
    other.kill()


FILLS = b"""
def f():
    for name in "abcd":
        with open(name, "wb") as file:
            file.write(bytes(1 << 20))
    while True:
        pass
"""


def test_files_are_counted_where_no_bubblewrap_bounds_them(warm: WorkerFactory) -> None:
    worker = warm.start(FILLS, "attempt.py", Limits(scratch_mb=2))
    worker.load()
    assert worker.call("f") == Ended("wrote more than 2 MB of files")
    worker.kill()


def test_one_that_is_closed_before_it_was_ready_takes_no_folder_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its scratch folder is not known yet: nothing else is taken for it.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "attempt.py").write_text("mine")
    WorkerFactory(uses_bubblewrap=False).close()
    assert [path.name for path in tmp_path.iterdir()] == ["attempt.py"]
