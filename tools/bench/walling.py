"""walling: what each wall costs: until workers can start, and for each worker."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from grader.errors import GraderError
from grader.sandbox import Limits, Returned, Warm
from tools.bench.clock import in_turns
from tools.bench.measurements import Measurement, compare_medians
from tools.bench.plan import Plan, Said


def costs_of_walls(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Yield what each wall costs: until workers can start, and for each worker."""
    source, imports = b"def one():\n    return 1\n", ("numpy",)

    def ready(outer_wall: bool) -> float:
        began = time.perf_counter()
        with Warm(imports, outer_wall=outer_wall) as warm:
            assert warm.isolation
            return time.perf_counter() - began

    def served(warm: Warm) -> float:
        began = time.perf_counter()
        worker = warm.start(source, "attempt.py", Limits())
        if not isinstance(worker.load(), Returned):
            raise GraderError("A worker could not be started.")
        worker.kill()
        return time.perf_counter() - began

    say("walls: bubblewrap")
    values, floors = in_turns(plan.saves, lambda: ready(True), lambda: ready(False))
    yield compare_medians(
        "walls", "until workers can start, bubblewrap", values, "without", floors
    )
    with Warm(imports) as warm, Warm(imports, outer_wall=False) as without:
        values, floors = in_turns(
            plan.saves, lambda: served(warm), lambda: served(without)
        )
        yield compare_medians(
            "walls", "a worker, bubblewrap", values, "without", floors
        )
        say("walls: a fresh process for each attempt")
        with Warm(imports, fresh=True) as fresh:
            values, floors = in_turns(
                plan.runs, lambda: served(fresh), lambda: served(warm)
            )
        yield compare_medians(
            "walls", "a worker, a fresh process", values, "forked", floors
        )
    say("walls: the inner wall")
    yield from _inner(root, plan)


def _inner(root: Path, plan: Plan) -> Iterator[Measurement]:
    """Yield each part of the inner wall, in forks of a process like the warm one."""
    said = subprocess.run(
        [sys.executable, "-m", "tools.bench.inner", str(4 * plan.saves)],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    times: dict[str, list[float]] = {}
    for line in said.stdout.splitlines():
        name, seconds = line.rsplit(" ", 1)
        times.setdefault(name, []).append(float(seconds))
    bare = times.pop("nothing")
    for name, values in times.items():
        yield compare_medians(
            "walls", f"a fork and {name}", values, "a bare fork", bare
        )
