"""executors: many gradings, a bounded number at a time, wherever they are done."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from grader.classroom.submissions import Submission
from grader.errors import GraderError, Misuse
from grader.grading_service import GradingRequest, GradingService, LocalGradingService
from grader.grading_service.process_pool import GraderPool, grade_in_pool
from grader.installation import PROJECT, format_command
from grader.report import Report
from grader.sandbox import WorkerPool

# This many gradings wait for each process: enough to keep it busy, few enough that the
# coordinator's memory does not grow with the class.
WAITING_PER_JOB = 4
# A grading whose process died is tried this often before a person has to look.
TRIES = 3
_WORKERS_WITHIN_S = 10


class GradingExecutor(msgspec.Struct, frozen=True):
    """Where gradings are done.

    Attributes:
        executor: takes the calls.
        capacity: how many may be under way or waiting there, now.
        grade: grades one; returns its report, or the sentence why it has none.
    """

    executor: Executor
    capacity: Callable[[], int]
    grade: Callable[[GradingRequest], Report | str]


class Pending(msgspec.Struct, frozen=True):
    """A grading to be done: who handed this file in, the seed, in what sandbox."""

    submissions: tuple[Submission, ...]
    seed: int
    require_sandbox: bool = False

    def request(self, root: str) -> GradingRequest:
        """Return the grading itself, with the attempt's bytes.

        Raises:
            GraderError: nobody's file is there any more as it was found.
        """
        why = ""
        # They are equal: any that is still as it was found will do.
        for one in self.submissions:
            try:
                source = one.read()
            except Exception as error:  # a folder or an archive: for one learner
                reason = getattr(error, "strerror", None) or str(error)
                why = f"it was found but can't be read any more ({reason})"
                continue
            # All of them get its grading, so another text must not stand in for it.
            if hashlib.sha256(source).hexdigest() == one.sha256:
                return GradingRequest(
                    one.lesson,
                    f"{one.lesson}.py",
                    source,
                    self.seed,
                    self.require_sandbox,
                    root=root,
                )
            why = "the file was changed while the class was graded; grade again"
        raise GraderError(why)


class SerialExecutor(Executor):
    """An executor without processes: each call is made when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Make the call now; the future is done when it is returned."""
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # handed to whoever asks for the result
            future.set_exception(error)
        return future


class _ClusterExecutor(Executor):
    """An executor whose calls are made by the workers of a dask client.

    dask's own looks at a task's state once more after its result has arrived. If the
    worker that kept it has just died, it takes the result for an error.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Send the call to a worker, and to another one if that dies."""
        task = self._client.submit(fn, *args, pure=False, retries=TRIES, **kwargs)
        future: Future[object] = Future()

        async def follow() -> None:
            try:
                future.set_result(await task)
            except asyncio.CancelledError:  # also when the scheduler is gone
                future.cancel()
                # Only this wakes up whoever waits for it.
                future.set_running_or_notify_cancel()
            except Exception as error:  # handed to whoever asks for the result
                future.set_exception(error)

        self._client.loop.add_callback(follow)
        return future


@contextmanager
def open_pool(jobs: int, cluster: str) -> Iterator[GradingExecutor]:
    """Provide the pool asked for.

    Args:
        jobs: gradings at a time, each in its own process; 0 for this one.
        cluster: the address of a dask scheduler, whose workers grade; "" for none.

    Raises:
        Misuse: dask is not installed, the scheduler cannot be reached, or it has no
            workers.
    """
    if cluster:
        with _cluster(cluster) as made:
            yield made
    elif jobs == 0:
        pool = WorkerPool(lowers_priority=True)
        with contextlib.closing(LocalGradingService(pool)) as local:
            # A second one would be done before the first is in the gradebook.
            yield GradingExecutor(SerialExecutor(), lambda: 1, _explaining(local))
    else:
        apart = GraderPool(processors=_processors(jobs))
        threads = concurrent.futures.ThreadPoolExecutor(jobs)
        try:
            yield GradingExecutor(
                threads, lambda: WAITING_PER_JOB * jobs, _explaining(apart)
            )
        finally:
            # What waits is given up first, then what grades is ended: that ends the
            # threads. To wait for these before would be to wait for their gradings.
            threads.shutdown(wait=False, cancel_futures=True)
            apart.close()


def _processors(jobs: int) -> list[int]:
    """Return the processors, where each of them is to have its own grading.

    A judge and its workers take turns. Left to the system, they move to and fro.
    """
    found = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return found if jobs >= len(found) else []


def _explaining(service: GradingService) -> Callable[[GradingRequest], Report | str]:
    """Return what grades, and returns a sentence where there is no report."""

    def grade(request: GradingRequest) -> Report | str:
        try:
            return service.grade(request)
        except GraderError as error:
            return str(error)

    return grade


@contextmanager
def _cluster(address: str) -> Iterator[GradingExecutor]:
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
            f"No dask scheduler answers at {address}. Start one:  "
            f"{format_command('scheduler', program='dask')}"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_WORKERS_WITHIN_S)
        except TimeoutError as error:
            raise Misuse(
                f"The dask scheduler at {address} has no workers. Start one on each "
                f"machine:  {format_command(f'worker {address}', program='dask')}"
            ) from error
        yield GradingExecutor(
            _ClusterExecutor(client),
            lambda: WAITING_PER_JOB * _threads(client),
            grade_in_pool,
        )


def _threads(client: Any) -> int:
    """Return how many gradings the workers do at a time; workers come and go."""
    try:
        threads: dict[str, int] = client.nthreads()
        return max(1, sum(threads.values()))
    except OSError:  # the scheduler is gone; what becomes of its gradings says so
        return 1


def results(
    works: list[Pending], jobs: int | None, cluster: str, root: Path
) -> Iterator[tuple[Pending, Report | str]]:
    """Grade all works, a bounded number at a time, in the order they are done.

    Args:
        works: what is to be graded.
        jobs: gradings at a time; one a processor when None, 0 for this process alone.
        cluster: the address of a dask scheduler, to grade there; "" for none.
        root: the project's folder.

    Yields:
        Each work with its report, or the sentence that says why it has none.

    Raises:
        Misuse: the cluster cannot be used.
    """
    jobs = (os.cpu_count() or 1) if jobs is None else jobs
    jobs = min(jobs, len(works))
    place = "" if root == PROJECT else str(root)
    left, tries = list(works), Counter[Pending]()
    while left:
        with ExitStack() as stack:
            pool = stack.enter_context(open_pool(jobs, cluster))
            lost: list[Pending] = []
            for one, result in _run_in_window(pool, left, place):
                if result is not None:
                    yield one, result
                    continue
                tries[one] += 1
                if tries[one] >= TRIES:
                    yield (
                        one,
                        f"its process died, or could not be started, {TRIES} times; "
                        "grade it by itself to see why",
                    )
                else:
                    lost.append(one)
            left = lost


def _run_in_window(
    pool: GradingExecutor, works: list[Pending], root: str
) -> Iterator[tuple[Pending, Report | str | None]]:
    """Yield results as they come; None for a work whose process died."""
    waiting = iter(works)
    running: dict[Future[Report | str], Pending] = {}
    is_broken = False
    while True:
        capacity = pool.capacity()
        while not is_broken and len(running) < capacity:
            asked = next(waiting, None)
            if asked is None:
                break
            try:
                # Read when there is room: no more files are in memory than wait.
                request = asked.request(root)
            except GraderError as error:
                yield asked, str(error)
                continue
            try:
                running[pool.executor.submit(pool.grade, request)] = asked
            except (OSError, RuntimeError):  # no process or thread is to be had
                is_broken = True
                yield asked, None
        if not running:
            yield from ((asked, None) for asked in waiting)
            return
        done, _ = concurrent.futures.wait(
            running, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in done:
            yield running.pop(future), _result(future)


def _result(future: Future[Report | str]) -> Report | str | None:
    """Return what came of a grading; None when its process died."""
    try:
        return future.result()
    except ChildProcessError:
        return None
    except Exception as error:  # of ours, or of the cluster: for one learner
        return f"the grader failed: {type(error).__name__}: {error}"
