"""side_by_side: verify lessons in processes of their own, one on each processor."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from grader import judge
from grader.authoring.verify import Verification, verify
from grader.document.catalog import Lesson


def verify_side_by_side(
    lessons: Sequence[Lesson], *, slow: bool = False
) -> Iterator[Verification]:
    """Prove what each lesson promises, several lessons at a time.

    Args:
        lessons: the lessons; those that train take longest, and begin first.
        slow: as in `verify`.

    Yields:
        What was found of each, in the order given.

    Raises:
        BrokenLesson: the checks or the solution of one cannot be read at all.
    """
    jobs = min(os.cpu_count() or 1, len(lessons))
    # A fork would take the threads and locks of a process that has imported a library.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context) as pool:
        prove = functools.partial(verify, slow=slow)
        begun = {
            lesson: pool.submit(prove, lesson)
            for lesson in sorted(lessons, key=_is_quick)
        }
        try:
            for lesson in lessons:
                yield begun[lesson].result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _is_quick(lesson: Lesson) -> bool:
    return not judge.requirements_of(lesson).trains
