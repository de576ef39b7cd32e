"""sandbox: start, confine, time, measure and kill a worker.

`WorkerPool` keeps processes warm that have already imported the libraries. The judge
has a `WorkerFactory` for each of them and a `Worker` for each attempt. A worker
answers with a `Reply`; whatever it does, the judge waits no longer than the limits say.

The names below are imported when they are first used, because a worker's process also
imports modules of this package and needs nothing from the judge's side.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.sandbox.isolation.policy import Limits
    from grader.sandbox.replies import (
        Ended,
        Garbled,
        Lost,
        Missing,
        NamedValue,
        OutOfMemory,
        Raised,
        Reply,
        Returned,
        Spent,
        TimedOut,
    )
    from grader.sandbox.resource_monitor import GradingBudget
    from grader.sandbox.worker_client import Worker
    from grader.sandbox.worker_factory import WorkerFactory
    from grader.sandbox.worker_pool import WorkerPool, WorkerRequirements

__all__ = [
    "Ended",
    "Garbled",
    "GradingBudget",
    "Limits",
    "Lost",
    "Missing",
    "NamedValue",
    "OutOfMemory",
    "Raised",
    "Reply",
    "Returned",
    "Spent",
    "TimedOut",
    "Worker",
    "WorkerFactory",
    "WorkerPool",
    "WorkerRequirements",
]

_MODULES = {
    "GradingBudget": "resource_monitor",
    "Limits": "isolation.policy",
    "WorkerFactory": "worker_factory",
    "WorkerPool": "worker_pool",
    "WorkerRequirements": "worker_pool",
    "Worker": "worker_client",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULES.get(name, 'replies')}")
    return getattr(module, name)
