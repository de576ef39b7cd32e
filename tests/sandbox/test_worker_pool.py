"""One pool keeps what starts workers warm, once for each set of requirements."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from grader.common.errors import Misuse
from grader.sandbox import Limits, Returned, WorkerPool, WorkerRequirements
from grader.sandbox.prelaunch import can_fork
from tests.support.project import ROOT
from tests.support.waiting import waited

PLAIN = WorkerRequirements()
WITH_TIMEIT = WorkerRequirements(("numpy", "timeit"))
forks = pytest.mark.skipif(not can_fork(), reason="each worker is a fresh process here")


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool() as made:
        yield made


def fork_servers() -> set[int]:
    """The processes that start workers, of this process."""
    found = set()
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if one.cmdline()[1:4] == ["-I", "-m", "grader.sandbox.worker.fork_server"]:
                found.add(one.pid)
    return found


def answer(pool: WorkerPool, needs: WorkerRequirements) -> object:
    worker = pool.factory(needs).start(b"answer = 42", "attempt.py", Limits())
    worker.load()
    reply = worker.get("answer")
    worker.kill()
    assert isinstance(reply, Returned)
    return reply.value


def test_the_same_requirements_share_one_factory(pool: WorkerPool) -> None:
    assert pool.factory(PLAIN) is pool.factory(WorkerRequirements())
    assert pool.factory(PLAIN) is not pool.factory(WITH_TIMEIT)
    assert answer(pool, PLAIN) == answer(pool, WITH_TIMEIT) == 42


@forks
def test_a_process_that_was_launched_is_taken_over(pool: WorkerPool) -> None:
    before = fork_servers()
    pool.launch(PLAIN)
    pool.launch(PLAIN)
    launched = pool._warm[PLAIN].process.pid
    assert answer(pool, PLAIN) == 42
    assert pool.factory(PLAIN)._starter._starter._launched.process.pid == launched
    assert len(fork_servers() - before) <= 1


@forks
def test_what_is_not_kept_ends_and_can_be_had_again(pool: WorkerPool) -> None:
    before = fork_servers()
    assert answer(pool, PLAIN) == answer(pool, WITH_TIMEIT) == 42
    kept = pool.factory(PLAIN)
    assert len(fork_servers() - before) == 2
    pool.close_except({PLAIN})
    assert waited(lambda: len(fork_servers() - before) == 1)
    assert pool.factory(PLAIN) is kept
    assert answer(pool, WITH_TIMEIT) == 42


@forks
def test_closing_ends_what_was_only_launched() -> None:
    before = fork_servers()
    with WorkerPool() as pool:
        pool.launch(PLAIN)
        process = pool._warm[PLAIN].process
        assert process.poll() is None
    assert process.poll() is not None
    assert fork_servers() <= before


def test_what_is_not_installed_is_refused_when_workers_are_asked_for(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "grader.course.installation.explain_unavailable",
        lambda _: "Keras is not installed.",
    )
    pool.launch(PLAIN)
    assert pool._warm == {}
    with pytest.raises(Misuse, match="not installed"):
        pool.factory(PLAIN)


@forks
def test_a_process_begins_before_anything_heavy_is_imported() -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from grader.course.document import catalog\n"
        "from grader.learner.grading_service import prelaunch\n"
        "from grader.sandbox import WorkerPool\n"
        f"with prelaunch(WorkerPool(), catalog.find('3', Path({str(ROOT)!r}))) as service:\n"
        "    assert len(service.pool._warm) == 1\n"
        "    print(*{'numpy', 'rich', 'sqlite3', 'asyncio'} & sys.modules.keys())\n"
    )
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
