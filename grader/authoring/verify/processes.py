"""processes: a pool of processes that end with the command that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from types import FrameType

# The time that a process gets to end its workers and delete its files.
_CLEANING_UP_S = 3.0


@contextmanager
def process_pool(tasks: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool with a process for each processor, but no more than tasks.

    If the block raises (on Ctrl-C, for example), the processes are ended in the middle
    of their tasks. They also end if this process is killed.
    """
    jobs = max(min(os.cpu_count() or 1, tasks), 1)
    # A fork would inherit the threads and locks of a process that has imported a
    # library.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, context, initializer=_follow_parent)
    is_done = False
    try:
        yield pool
        is_done = True
    finally:
        if not is_done:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def _follow_parent() -> None:
    """End this process when its parent ends, and otherwise ignore Ctrl-C."""
    # A terminal sends it to all processes of a command.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _end(number: int, frame: FrameType | None) -> None:
    """End the task, its workers and its files, and then this process."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_exit_soon, daemon=True).start()
    raise SystemExit(128 + number)


def _exit_soon() -> None:
    # The pool would treat SystemExit as the result of a task, and continue.
    time.sleep(_CLEANING_UP_S)
    os._exit(1)
