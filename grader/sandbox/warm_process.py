"""warm_process: the judge's handle on the process that has the libraries ready."""

from __future__ import annotations

import threading
import weakref

from grader import machine
from grader.errors import Misuse
from grader.sandbox.bytecode import keep_workers_compiled
from grader.sandbox.grading_budget import GradingBudget
from grader.sandbox.isolation.limits import Limits
from grader.sandbox.isolation.parts import Isolation
from grader.sandbox.prelaunch import PrelaunchedProcess
from grader.sandbox.standby import StandbyWorkers
from grader.sandbox.starter import starter_for
from grader.sandbox.worker_client import Worker


class Warm:
    """Starts workers for attempts, one after another or side by side.

    Use it as a context manager, or call `close`. The constructor does not wait for the
    imports.

    Args:
        imports: the modules that are imported before an attempt comes.
        trains: whether attempts train with TensorFlow.
        lessons: the folder that ``lessons`` is imported from; "" for the package's own.
        require_sandbox: refuse to start a worker unless both walls stand whole.
        outer_wall: put bubblewrap around it where it works.
        fresh: start a fresh process for each attempt even where fork is safe.
        launched: the process that starts workers, if it has been begun already.
        others_first: whether a worker that takes long leaves the processor to others;
            for whoever has attempts of several learners graded side by side.

    Raises:
        Misuse: one of the modules is not installed on this machine.
    """

    def __init__(
        self,
        imports: tuple[str, ...] = ("numpy",),
        trains: bool = False,
        lessons: str = "",
        *,
        require_sandbox: bool = False,
        outer_wall: bool = True,
        fresh: bool = False,
        launched: PrelaunchedProcess | None = None,
        others_first: bool = False,
    ) -> None:
        if why := machine.explain_closed(imports):
            raise Misuse(why)
        how = (require_sandbox, outer_wall, fresh, launched)
        starter = starter_for(imports, trains, lessons, *how)
        # After the process has been begun, which meanwhile imports the libraries.
        keep_workers_compiled()
        self._starter = StandbyWorkers(starter)
        self._others_first = others_first
        self._workers: weakref.WeakSet[Worker] = weakref.WeakSet()

    @property
    def isolation(self) -> tuple[Isolation, ...]:
        """What confines the workers; waits for the imports."""
        return self._starter.isolation

    def start(
        self,
        source: bytes,
        filename: str,
        limits: Limits,
        cancel: threading.Event | None = None,
        budget: GradingBudget | None = None,
    ) -> Worker:
        """Return a confined worker that begins to load the attempt; `Worker.load` tells
        more.

        Args:
            source: the attempt's bytes.
            filename: what the attempt's file is called in tracebacks.
            limits: what the worker may use.
            cancel: ends, when any thread sets it, what the worker is asked.
            budget: of the whole grading; its workers share it.

        Raises:
            SandboxError: none can be started, or a wall that is required is missing.
        """
        asked = (source, filename, limits, cancel, budget, self._others_first)
        worker = Worker(self._starter, *asked)
        self._workers.add(worker)
        return worker

    def prepare(self) -> None:
        """Have as many workers ready as the last attempt took, for one like it."""
        self._starter.prepare()

    def close(self) -> None:
        """End every worker and the process that starts them."""
        for worker in list(self._workers):
            worker.kill()
        self._starter.close()

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
