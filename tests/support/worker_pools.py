"""A pool of workers whose processes are kept from test to test."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements


class KeptPool(WorkerPool):
    """A pool that keeps the processes that start workers when a test closes it.

    Courses without modules of their own, most of which are in temporary folders, share
    those processes. Those of other courses are ended when a test closes the pool, and
    so are all workers.
    """

    def launch(self, needs: WorkerRequirements) -> None:
        super().launch(_without_folder(needs))

    def factory(self, needs: WorkerRequirements) -> WorkerFactory:
        return super().factory(_without_folder(needs))

    def stand_by(self, needs: WorkerRequirements) -> None:
        super().stand_by(_without_folder(needs))

    def close_except(self, kept: Collection[WorkerRequirements]) -> None:
        shared = [one for one in self._warm if not (one.lessons or one.require_sandbox)]
        super().close_except(shared)

    def close(self) -> None:
        super().close()
        for factory in self._warm.values():
            if isinstance(factory, WorkerFactory):
                for worker in list(factory._workers):
                    worker.kill()

    def end(self) -> None:
        super().close_except(())


def _without_folder(needs: WorkerRequirements) -> WorkerRequirements:
    """Leave out the folder of a course that has nothing to import."""
    there = Path(needs.lessons).iterdir() if needs.lessons else ()
    # Nobody imports a lesson, and a copy of this course's data is as good as its own.
    marks = ("checks.py", "exercises", "mnist.npz")
    is_empty = all(any((one / mark).exists() for mark in marks) for one in there)
    return needs._replace(lessons="") if is_empty else needs
