"""prelaunched_worker: the process that starts workers, for one grading.

It needs a tenth of a second before it is ready, and TensorFlow a second and more. So it
is begun first, and the judge imports its own libraries meanwhile.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

from grader import machine
from grader.judge.lesson_info import WorkerRequirements, requirements_of
from grader.sandbox.prelaunch import PrelaunchedProcess, can_fork, launch

if TYPE_CHECKING:
    from grader.document.catalog import Lesson
    from grader.sandbox import WorkerFactory


@contextlib.contextmanager
def prelaunch(lesson: Lesson) -> Iterator[PrelaunchedProcess | None]:
    """Begin it, for `grade` to take over; it ends with the block at the latest.

    Yields:
        None where it is begun later or not at all: of a lesson that trains everything
        may be known already.

    Raises:
        BrokenLesson: what the lesson needs cannot be read.
    """
    needs = requirements_of(lesson)
    launched = None if needs.trains else _launch(needs)
    # Libraries leave hardly any garbage while they are imported, and to look for it
    # takes as long as a fifth of a grading. `grade` begins with that again.
    gc.disable()
    try:
        yield launched
    finally:
        gc.enable()
        if launched is not None:
            launched.close()


def warm_for(
    lesson: Lesson, require_sandbox: bool, launched: PrelaunchedProcess | None = None
) -> WorkerFactory:
    """Return whatever starts the workers of a lesson's grading.

    Args:
        lesson: the lesson.
        require_sandbox: refuse to start a worker unless both walls stand whole.
        launched: the process, if it has been begun already.
    """
    needs = requirements_of(lesson)
    launched = launched or _launch(needs)
    # Here: it imports numpy, while the process that was just begun does the same.
    from grader.sandbox import WorkerFactory

    return WorkerFactory(*needs, require_sandbox=require_sandbox, launched=launched)


def _launch(needs: WorkerRequirements) -> PrelaunchedProcess | None:
    """Return the process, where there is one, and what the lesson needs is
    installed.
    """
    if not can_fork() or machine.explain_closed(needs.imports):
        return None
    return launch(*needs, outer_wall=True)
