"""worker_pool: keep the processes that start workers warm.

It imports nothing heavy before it has to: a launched process imports NumPy or
TensorFlow while this one imports its own libraries on another core.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple, Self

from grader.course import installation
from grader.sandbox.prelaunch import PrelaunchedProcess, can_fork, launch

if TYPE_CHECKING:
    from grader.sandbox.worker_factory import WorkerFactory


class WorkerRequirements(NamedTuple):
    """What workers need: the first arguments of `WorkerFactory`."""

    imports: tuple[str, ...] = ("numpy",)
    trains: bool = False
    lessons: str = ""  # the folder that they import ``lessons`` from
    require_sandbox: bool = False


class WorkerPool:
    """Worker factories that stay warm, one for each set of requirements.

    Use it as a context manager, or call `close`. It is thread-safe.

    Args:
        lowers_priority: whether to lower the priority of a worker that takes long.
    """

    def __init__(self, *, lowers_priority: bool = False) -> None:
        self._lowers_priority = lowers_priority
        self._lock = threading.Lock()
        self._warm: dict[WorkerRequirements, PrelaunchedProcess | WorkerFactory] = {}

    def launch(self, needs: WorkerRequirements) -> None:
        """Begin to import what some workers need, without waiting.

        Does nothing if processes can't be forked or a module isn't installed.
        """
        with self._lock:
            if needs in self._warm or not can_fork():
                return
            if not installation.explain_unavailable(needs.imports):
                imports, trains, lessons, _ = needs
                self._warm[needs] = launch(
                    imports, trains, lessons, uses_bubblewrap=True
                )

    def factory(self, needs: WorkerRequirements) -> WorkerFactory:
        """Return a factory for workers with these requirements.

        Raises:
            Misuse: one of the modules isn't installed on this machine.
        """
        self.launch(needs)
        # Imported here: it imports NumPy, which the launched process does meanwhile.
        from grader.sandbox.worker_factory import WorkerFactory

        with self._lock:
            launched = self._warm.get(needs)
            if not isinstance(launched, WorkerFactory):
                lowers_priority = self._lowers_priority
                launched = WorkerFactory(
                    *needs, launched=launched, lowers_priority=lowers_priority
                )
                self._warm[needs] = launched
            return launched

    def stand_by(self, needs: WorkerRequirements) -> None:
        """Have as many workers ready as the last attempt took, for one like it."""
        with self._lock:
            launched = self._warm.get(needs)
        if launched is not None and not isinstance(launched, PrelaunchedProcess):
            launched.stand_by()

    def close_except(self, needed: Collection[WorkerRequirements]) -> None:
        """End the processes of all other requirements."""
        with self._lock:
            others = [needs for needs in self._warm if needs not in needed]
            ending = [self._warm.pop(needs) for needs in others]
        # Outside of the lock, so that no thread has to wait while processes end.
        for factory in ending:
            factory.close()

    def close(self) -> None:
        """End every worker and every process that starts them."""
        self.close_except(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
