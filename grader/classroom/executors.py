"""executors: many gradings, a bounded number at a time, wherever they are done."""

from __future__ import annotations

import concurrent.futures
import itertools
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from pathlib import Path

from grader.classroom.work import PROJECT, Asked, cool, graded
from grader.errors import Misuse

# This many gradings wait for each process: enough to keep it busy, few enough that the
# coordinator's memory does not grow with the class.
WAITING_PER_JOB = 4
# A grading whose process died is tried this often before a person has to look.
TRIES = 3


class InTurn(Executor):
    """An executor without processes: each call is made when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Make the call now; the future is done when it is returned."""
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # handed to whoever asks for the result
            future.set_exception(error)
        return future


@contextmanager
def executor(jobs: int, cluster: str) -> Iterator[Executor]:
    """The executor asked for.

    Raises:
        Misuse: dask is not installed, or the scheduler cannot be reached.
    """
    if cluster:
        with _cluster(cluster) as made:
            yield made
    elif jobs == 0:
        try:
            yield InTurn()
        finally:
            cool()
    else:
        context = multiprocessing.get_context("spawn")
        pool = concurrent.futures.ProcessPoolExecutor(jobs, context, _end_with_parent)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise Misuse(
            "--cluster needs dask.distributed: uv sync --extra cluster, then again."
        ) from error
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise Misuse(
            f"No dask scheduler answers at {address}. Start one with dask scheduler, "
            "and workers with dask worker."
        ) from error
    with client:
        yield client.get_executor(pure=False, retries=TRIES)  # type: ignore[no-untyped-call]


def _end_with_parent() -> None:
    """End this process when the coordinator is gone, however it went."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def results(
    works: list[Asked], jobs: int | None, cluster: str, root: Path
) -> Iterator[tuple[Asked, bytes | str]]:
    """Grade all works, a bounded number at a time, in the order they are done."""
    if not works:
        return
    jobs = (os.cpu_count() or 1) if jobs is None else jobs
    jobs = min(jobs, len(works))
    place = "" if root == PROJECT else str(root)
    left, tries = list(works), Counter[Asked]()
    while left:
        with ExitStack() as stack:
            pool = stack.enter_context(executor(jobs, cluster))
            lost: list[Asked] = []
            for one, result in _windowed(pool, left, max(1, jobs), place):
                if result is not None:
                    yield one, result
                    continue
                tries[one] += 1
                if tries[one] >= TRIES:
                    yield one, f"its process died {TRIES} times; grade it alone to see"
                else:
                    lost.append(one)
            left = lost
        # A process that died takes its neighbours' gradings along; then one at a time
        # tells which of them it was.
        jobs = min(jobs, 1)


def _windowed(
    pool: Executor, works: list[Asked], jobs: int, root: str
) -> Iterator[tuple[Asked, bytes | str | None]]:
    """Results as they come; None for a work whose process died."""
    waiting = iter(works)
    running: dict[Future[bytes | str], Asked] = {}
    is_broken = False
    while True:
        room = 0 if is_broken else WAITING_PER_JOB * jobs - len(running)
        for asked in itertools.islice(waiting, room):
            try:
                running[pool.submit(graded, asked.work(), root)] = asked
            except BrokenProcessPool:
                is_broken = True
                yield asked, None
        if not running:
            yield from ((asked, None) for asked in waiting)
            return
        done, _ = concurrent.futures.wait(
            running, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in done:
            asked = running.pop(future)
            try:
                result: bytes | str | None = future.result()
            except BrokenProcessPool:
                is_broken, result = True, None
            except Exception as error:  # of ours, or of the cluster: for one learner
                result = f"the grader failed: {type(error).__name__}: {error}"
            yield asked, result
