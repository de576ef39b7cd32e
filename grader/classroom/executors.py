"""executors: run many gradings, a bounded number at a time, here or elsewhere."""

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
from grader.common.errors import GraderError, Misuse
from grader.course.course_folder import project_folder
from grader.course.installation import format_command
from grader.judge.request import GradingRequest
from grader.learner.application import Application
from grader.learner.grading_service import GradingService, LocalGradingService
from grader.learner.grading_service.process_pool import GraderPool, grade_in_pool
from grader.report import Report

# This many gradings wait for each process: enough to keep it busy, but few enough that
# the coordinator's memory doesn't grow with the class.
WAITING_PER_JOB = 4
# A grading whose process died is tried this often before a person has to look at it.
TRIES = 3
_WORKERS_WITHIN_S = 10


class GradingExecutor(msgspec.Struct, frozen=True):
    """A place where gradings run.

    Attributes:
        executor: runs the calls that are submitted to it.
        capacity: returns how many calls may be running or waiting there now.
        grade: grades one attempt; returns its report, or a sentence why there is none.
    """

    executor: Executor
    capacity: Callable[[], int]
    grade: Callable[[GradingRequest], Report | str]


class Pending(msgspec.Struct, frozen=True):
    """A grading to be done: the equal submissions, the seed, and the sandbox to use."""

    submissions: tuple[Submission, ...]
    seed: int
    require_sandbox: bool = False

    def request(self, root: str) -> GradingRequest:
        """Return the grading request, with the attempt's bytes.

        Raises:
            GraderError: if none of the files is still there unchanged.
        """
        why = ""
        # They are equal, so any that is still there unchanged will do.
        for submission in self.submissions:
            try:
                source = submission.read()
            except Exception as error:  # a folder or an archive; affects one learner
                reason = getattr(error, "strerror", None) or str(error)
                why = f"it was found but can't be read any more ({reason})"
                continue
            # All of them get its grading, so a different text must not replace it.
            if hashlib.sha256(source).hexdigest() == submission.sha256:
                return GradingRequest(
                    submission.lesson,
                    f"{submission.lesson}.py",
                    source,
                    self.seed,
                    self.require_sandbox,
                    root=root,
                )
            why = "the file was changed while the class was graded; grade again"
        raise GraderError(why)


class SerialExecutor(Executor):
    """An executor without processes: each call runs when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Run the call now; the returned future is done."""
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # passed on through the future
            future.set_exception(error)
        return future


class _ClusterExecutor(Executor):
    """An executor whose calls run on the workers of a dask client.

    Dask's own executor checks a task's state again after its result has arrived. If the
    worker that kept the result has just died, it reports the result as an error.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Send the call to a worker, and to another one if that worker dies."""
        task = self._client.submit(fn, *args, pure=False, retries=TRIES, **kwargs)
        future: Future[object] = Future()

        async def follow() -> None:
            try:
                future.set_result(await task)
            except asyncio.CancelledError:  # also when the scheduler is gone
                future.cancel()
                # Only this call wakes up a thread that waits for the future.
                future.set_running_or_notify_cancel()
            except Exception as error:  # passed on through the future
                future.set_exception(error)

        self._client.loop.add_callback(follow)
        return future


@contextmanager
def open_pool(jobs: int, cluster: str, root: Path) -> Iterator[GradingExecutor]:
    """Provide an executor for gradings.

    Args:
        jobs: how many gradings run at a time, each in its own process; 0 for this
            process.
        cluster: the address of a dask scheduler, whose workers grade; "" for none.
        root: the folder of the course.

    Raises:
        Misuse: if dask isn't installed, the scheduler can't be reached, or it has no
            workers.
    """
    if cluster:
        with _cluster(cluster) as made:
            yield made
    elif jobs == 0:
        app = Application(root, lowers_priority=True)
        with contextlib.closing(LocalGradingService(app.pool)) as local:
            # A second one would finish before the first is in the gradebook.
            yield GradingExecutor(SerialExecutor(), lambda: 1, _explaining(local))
    else:
        apart = GraderPool(processors=_processors(jobs))
        threads = concurrent.futures.ThreadPoolExecutor(jobs)
        try:
            yield GradingExecutor(
                threads, lambda: WAITING_PER_JOB * jobs, _explaining(apart)
            )
        finally:
            # First drop the waiting gradings, then end the running ones, which ends the
            # threads. Waiting for the threads first would mean waiting for their
            # gradings.
            threads.shutdown(wait=False, cancel_futures=True)
            apart.close()


def _processors(jobs: int) -> list[int]:
    """Return the processors if each of them gets its own grading, or else [].

    A judge and its workers take turns. The system would move them between processors.
    """
    processors = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return processors if jobs >= len(processors) else []


def _explaining(service: GradingService) -> Callable[[GradingRequest], Report | str]:
    """Return a function that grades, and returns a sentence if there is no report."""

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
    """Return how many gradings the workers run at a time; workers come and go."""
    try:
        threads: dict[str, int] = client.nthreads()
        return max(1, sum(threads.values()))
    except OSError:  # the scheduler is gone; its gradings will report that
        return 1


def results(
    works: list[Pending], jobs: int | None, cluster: str, root: Path
) -> Iterator[tuple[Pending, Report | str]]:
    """Run all gradings, a bounded number at a time, and yield results as they finish.

    Args:
        works: the gradings to be done.
        jobs: how many run at a time; 0 for only this process. If None, as many as there
            are processors.
        cluster: the address of a dask scheduler, to grade there; "" for none.
        root: the project's folder.

    Yields:
        Each grading with its report, or a sentence that says why it has none.

    Raises:
        Misuse: if the cluster can't be used.
    """
    jobs = (os.cpu_count() or 1) if jobs is None else jobs
    jobs = min(jobs, len(works))
    place = "" if root == project_folder() else str(root)
    left, tries = list(works), Counter[Pending]()
    while left:
        with ExitStack() as stack:
            pool = stack.enter_context(open_pool(jobs, cluster, root))
            lost: list[Pending] = []
            for pending, result in _run_in_window(pool, left, place):
                if result is not None:
                    yield pending, result
                    continue
                tries[pending] += 1
                if tries[pending] >= TRIES:
                    yield (
                        pending,
                        f"its process died, or could not be started, {TRIES} times; "
                        "grade it by itself to see why",
                    )
                else:
                    lost.append(pending)
            left = lost


def _run_in_window(
    pool: GradingExecutor, works: list[Pending], root: str
) -> Iterator[tuple[Pending, Report | str | None]]:
    """Yield results as they come; None for a grading whose process died."""
    waiting = iter(works)
    running: dict[Future[Report | str], Pending] = {}
    is_broken = False
    while True:
        capacity = pool.capacity()
        while not is_broken and len(running) < capacity:
            pending = next(waiting, None)
            if pending is None:
                break
            try:
                # Read a file only when a call has room, so that the others don't take
                # memory.
                request = pending.request(root)
            except GraderError as error:
                yield pending, str(error)
                continue
            try:
                running[pool.executor.submit(pool.grade, request)] = pending
            except (OSError, RuntimeError):  # no process or thread is available
                is_broken = True
                yield pending, None
        if not running:
            yield from ((pending, None) for pending in waiting)
            return
        done, _ = concurrent.futures.wait(
            running, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in done:
            yield running.pop(future), _result(future)


def _result(future: Future[Report | str]) -> Report | str | None:
    """Return the result of a grading, or None if its process died."""
    try:
        return future.result()
    except ChildProcessError:
        return None
    except Exception as error:  # our own or the cluster's; affects one learner
        return f"the grader failed: {type(error).__name__}: {error}"
