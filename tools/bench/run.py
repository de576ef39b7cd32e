"""run: what is measured, with one function for each group of rows."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from grader import judge
from grader.classroom.class_grading import grade_class
from grader.classroom.records import Learner
from grader.classroom.submissions import Submission
from grader.common.errors import GraderError
from grader.course.document import catalog, page_builder
from grader.course.document.cells import Document
from grader.learner.gradebook import Gradebook
from grader.sandbox import Limits, Returned, WorkerFactory, isolation
from tools.bench.measurements import (
    WHOLE_CLASS,
    Measurement,
    Measurements,
    Plan,
    Said,
    compare_medians,
    machine,
)
from tools.bench.timing import (
    CommandLine,
    Watched,
    beside_solution,
    environment,
    in_turns,
    invoke,
    megabytes_of,
    python,
    seconds_of,
    two_at_a_time,
    xent,
)

_JUDGE = "numpy, pytest, rich"
# The libraries that each lesson needs.
_IMPORTS = {"lesson3": _JUDGE, "lesson4": f"{_JUDGE}, sympy", "lesson7": "keras"}
_COLD = {
    "lesson3": (f"{_JUDGE}, invoke", 1.5),
    "lesson4": (f"{_JUDGE}, invoke, sympy", None),
    "lesson7": ("keras, pytest, rich, invoke", 1.3),
}
# The limits relative to plain pytest on the same exercises.
_INVOKE, _XENT = 1.25, 1.0
_UNFINISHED = {"lesson1": 1.3, "lesson3": 1.3, "lesson7": 1.3}
_WATCH = {"lesson3": 0.4, "lesson4": 1.0, "lesson7": 0.15}
_FEWEST = 4
_CLASS = {"lesson3": 5.0, "lesson7": 10.0}
_FIT = 1.05
_SLIPS_LIMIT = 1.25
# log2 instead of log, and no minus sign: this also makes the loss of a batch wrong.
_TWO_SLIPS = """

def losses(y, p):
    return (y * np.log2(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)
"""
_FIT_ALONE = """
import sys, time
from pathlib import Path
import keras, numpy
from grader.judge.loading import load_module
keras.utils.disable_interactive_logging()
solution = load_module(Path(sys.argv[1]), "solution")
with numpy.load(sys.argv[2]) as data:
    images, labels = data["x_train"][: int(sys.argv[3])], data["y_train"]
began = time.perf_counter()
labels = labels[: len(images)]
solution.train(images, labels, images[:500], labels[:500], 7)
print("seconds", time.perf_counter() - began)
"""


def costs_of_isolation(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Yield what each sandbox layer costs: once at the start, and for each worker."""
    source, imports = b"def one():\n    return 1\n", ("numpy",)

    def ready(uses_bubblewrap: bool) -> float:
        began = time.perf_counter()
        with WorkerFactory(imports, uses_bubblewrap=uses_bubblewrap) as warm:
            assert warm.isolation
            return time.perf_counter() - began

    def served(warm: WorkerFactory) -> float:
        began = time.perf_counter()
        worker = warm.start(source, "attempt.py", Limits())
        if not isinstance(worker.load(), Returned):
            raise GraderError("A worker could not be started.")
        worker.kill()
        return time.perf_counter() - began

    say("isolation: bubblewrap")
    name = "until workers can start, bubblewrap"
    times = in_turns(
        plan.saves, lambda: ready(True), lambda: ready(False), plan.until_s
    )
    yield compare_medians("isolation", name, "without", times)
    with (
        WorkerFactory(imports) as warm,
        WorkerFactory(imports, uses_bubblewrap=False) as without,
    ):
        times = in_turns(
            plan.saves, lambda: served(warm), lambda: served(without), plan.until_s
        )
        yield compare_medians("isolation", "a worker, bubblewrap", "without", times)
        say("isolation: a fresh process for each attempt")
        with WorkerFactory(imports, fresh=True) as fresh:
            times = in_turns(
                plan.runs, lambda: served(fresh), lambda: served(warm), plan.until_s
            )
        yield compare_medians("isolation", "a worker, a fresh process", "forked", times)
    say("isolation: the layers of a worker")
    yield from _inner(root, plan)


def _inner(root: Path, plan: Plan) -> Iterator[Measurement]:
    """Yield the cost of each layer of a worker, in forks of a warm process."""
    finished = subprocess.run(
        [sys.executable, "-m", "tools.bench.worker_layers", str(4 * plan.saves)],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    times: dict[str, list[float]] = {}
    for line in finished.stdout.splitlines():
        name, seconds = line.rsplit(" ", 1)
        times.setdefault(name, []).append(float(seconds))
    bare = times.pop("nothing")
    for name, values in times.items():
        name = f"a fork and {name}"
        yield compare_medians("isolation", name, "a bare fork", (values, bare))


def run(root: Path, plan: Plan, groups: tuple[str, ...], say: Said) -> Measurements:
    """Measure some groups, or all of them if none are named.

    Args:
        root: the project's folder.
        plan: how much is measured.
        groups: names from `GROUPS`.
        say: called with the name of each measurement before it is taken.
    """
    rows: list[Measurement] = []
    left_out: list[str] = []
    chosen = groups or tuple(GROUPS)
    end_s = time.monotonic() + plan.within_s
    for done, name in enumerate(chosen):
        say(name)
        # If a group ends early, the groups after it get the rest of its time.
        now_s = time.monotonic()
        until_s = now_s + (end_s - now_s) / (len(chosen) - done)
        for row in GROUPS[name](root, replace(plan, until_s=until_s), say):
            rows.append(row)
            if time.monotonic() > end_s:
                break
        if time.monotonic() > end_s:
            left_out += chosen[done + 1 :]
            break
    return Measurements(tuple(rows), machine(), tuple(left_out))


def _measure_cold(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure a whole command from a cold start, against the imports that it needs."""
    for lesson, (imports, limit) in _COLD.items():
        say(f"cold: {lesson}")
        runs = plan.runs if "keras" in imports else plan.short_runs
        times = in_turns(
            runs, *_grading_and_imports(seconds_of, lesson, root), plan.until_s
        )
        name = f"grade {lesson}, whole command"
        yield compare_medians("cold", name, f"import {imports}", times, limit=limit)
    say("cold: lesson3 beside pytest")
    solution = catalog.find("lesson3", root).solution
    module = [sys.executable, "-m", "tools.bench.pytest_floor", "lesson3"]
    floor = partial(seconds_of, [*module, str(solution), str(root)], root)
    for program, limit in ((invoke, _INVOKE), (xent, _XENT)):
        command = program("grade", "lesson3", "--attempt", "solutions")
        value = partial(seconds_of, command, root)
        times = in_turns(plan.short_runs, value, floor, plan.until_s)
        name = f"{program.__name__} grade lesson3, whole command"
        of = "pytest on the same exercises, not confined"
        yield compare_medians("cold", name, of, times, limit=limit)


def _grading_and_imports(
    measure: Callable[[CommandLine, Path], float], lesson: str, root: Path
) -> tuple[Callable[[], float], Callable[[], float]]:
    """Return functions that measure a grading, and only its imports."""
    command = invoke("grade", lesson, "--attempt", "solutions")
    imports = python(f"import {_COLD[lesson][0]}")
    return partial(measure, command, root), partial(measure, imports, root)


def _measure_unfinished(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure gradings of unfinished files, as most are, against the solution."""
    for lesson in _UNFINISHED:
        found_lesson = catalog.find(lesson, root)
        tags = [exercise.tag for exercise in judge.exercises(found_lesson)]
        pages = {
            "untouched": page_builder.make_partial_page(found_lesson.solution, *tags),
            "half done": page_builder.make_partial_page(
                found_lesson.solution, *tags[len(tags) // 2 :]
            ),
        }
        for how, page in pages.items():
            say(f"unfinished: {lesson}, {how}")
            times = beside_solution(plan.runs, root, found_lesson, page, plan.until_s)
            name = f"grade {lesson}, {how}, whole command"
            limit = _UNFINISHED[lesson]
            yield compare_medians(
                "unfinished", name, "the solution", times, limit=limit
            )


def _measure_slips(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure a grading that searches for two slips against one of the solution."""
    say("slips: lesson3")
    found_lesson = catalog.find("lesson3", root)
    page = found_lesson.solution.read_text(encoding="utf-8") + _TWO_SLIPS
    times = beside_solution(plan.short_runs, root, found_lesson, page, plan.until_s)
    name = "grade lesson3 with two slips, whole command"
    yield compare_medians("slips", name, "the solution", times, limit=_SLIPS_LIMIT)


def _watch(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure the time from a save to the whole verdict, in a warm session."""
    for lesson, limit in _WATCH.items():
        say(f"watch: {lesson}")
        floor = python(f"import {_IMPORTS[lesson]}")
        found_lesson = catalog.find(lesson, root)
        with tempfile.TemporaryDirectory() as folder:
            attempt = Path(shutil.copy(found_lesson.solution, folder))
            with Watched(lesson, attempt, root) as session:
                session.seconds_to_verdict()
                times = in_turns(
                    plan.saves,
                    session.seconds_to_verdict,
                    partial(seconds_of, floor, root),
                    plan.until_s,
                )
        name = f"{lesson}, save to verdict"
        of = f"import {_IMPORTS[lesson]}"
        yield compare_medians("watch", name, of, times, limit=limit)


def _fit(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure the training in lesson 8 inside and outside of the sandbox."""
    say("fit: lesson8")
    lesson = catalog.find("lesson8", root)
    data = lesson.folder.parent / "data" / "mnist.npz"
    with np.load(data) as arrays:
        images, labels = (
            arrays[name][: plan.images] for name in ("x_train", "y_train")
        )

    def alone(variables: Mapping[str, str]) -> float:
        command = [*python(_FIT_ALONE), str(lesson.solution), str(data)]
        finished = subprocess.run(
            [*command, str(plan.images)],
            cwd=root,
            env={**environment(), **variables},
            capture_output=True,
            check=True,
            text=True,
        )
        return float(finished.stdout.split("seconds")[-1])

    with WorkerFactory(*judge.requirements_of(lesson)) as warm:

        def grade_confined() -> float:
            limits = Limits(cpu_s=600, memory_mb=4096)
            source = Document.read(lesson.solution).graded().content
            worker = warm.start(source, "lesson8.py", limits)
            worker.load()
            began = time.perf_counter()
            reply = worker.call(
                "train", (images, labels, images[:500], labels[:500], 7)
            )
            seconds = time.perf_counter() - began
            worker.kill()
            if not isinstance(reply, Returned):
                raise GraderError(f"Lesson 8 could not be trained: {reply}.")
            return seconds

        runs, name = min(3, plan.runs), f"lesson8, train on {plan.images:,} images"
        # A worker is forked, so TensorFlow has one thread there. A script has several:
        # they use more CPU time in total, but less wall-clock time where a processor is
        # idle.
        clean = isolation.clean_environment(trains=True)
        for floor, variables, limit in (
            ("in a bare script with one thread", clean, _FIT),
            ("in a bare script", {}, None),
        ):
            bare = partial(alone, variables)
            times = in_turns(runs, grade_confined, bare, plan.until_s)
            yield compare_medians("fit", name, floor, times, limit=limit)


def _class(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure a class, two attempts at a time, against a fresh pytest for each.

    The floor takes minutes, so the class is graded both before and after it.
    """
    for done, (lesson, limit) in enumerate(_CLASS.items()):
        module = [sys.executable, "-m", "tools.bench.pytest_floor", lesson]
        found_lesson = catalog.find(lesson, root)
        one_s = seconds_of([*module, str(found_lesson.solution), str(root)], root)
        # Two floors run at a time, and the class itself takes time too.
        fits = (plan.until_s - time.monotonic()) / (len(_CLASS) - done) / (0.8 * one_s)
        learners = max(_FEWEST, min(plan.learners, int(min(fits, WHOLE_CLASS))))
        with tempfile.TemporaryDirectory() as folder:
            hands_in = _hand_in(found_lesson, Path(folder), learners)
            say(f"class: {lesson}")
            before_s = _time_class(hands_in, root)
            say(f"class: {lesson} with pytest only")
            floor_s = two_at_a_time(
                [[*module, str(one.path), str(root)] for one in hands_in], root
            )
            say(f"class: {lesson} again")
            seconds = (before_s + _time_class(hands_in, root)) / 2
        yield Measurement(
            "class",
            f"{lesson}, {learners} attempts, two at a time",
            60 * learners / seconds,
            "a fresh pytest each, no sandbox",
            60 * learners / floor_s,
            unit="gradings/min",
            # The limit is for a whole class, because the first grading waits for the
            # libraries.
            limit=limit if learners >= WHOLE_CLASS else None,
            more_is_better=True,
        )


def _time_class(hands_in: list[Submission], root: Path) -> float:
    """Return how long the class takes, in seconds, with an empty gradebook."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Gradebook(Path(folder) / "gradebook.sqlite") as book,
    ):
        began = time.perf_counter()
        tally = grade_class(hands_in, book, jobs=2, root=root)
        seconds = time.perf_counter() - began
    if tally.failed or tally.graded != len(hands_in):
        raise GraderError(f"A class in {hands_in[0].lesson} could not be graded.")
    return seconds


def _hand_in(lesson: catalog.Lesson, folder: Path, learners: int) -> list[Submission]:
    """Hand in a correct attempt for each learner.

    The attempts differ, because equal ones are graded only once.
    """
    source = lesson.solution.read_text(encoding="utf-8")
    hands_in = []
    for number in range(learners):
        path = folder / f"learner{number}" / f"{lesson.name}.py"
        path.parent.mkdir()
        written = f"{source}\n# learner {number}\n".encode()
        path.write_bytes(written)
        learner, digest = Learner(path.parent.name), hashlib.sha256(written).hexdigest()
        hands_in.append(
            Submission(learner, lesson.name, digest, str(path), folder, path)
        )
    return hands_in


def _memory(root: Path, plan: Plan, say: Said) -> Iterator[Measurement]:
    """Measure the peak memory of a grading and all its processes."""
    for lesson, (imports, _) in _COLD.items():
        say(f"memory: {lesson}")
        runs = min(3, plan.runs)
        sizes = in_turns(
            runs, *_grading_and_imports(megabytes_of, lesson, root), plan.until_s
        )
        name = f"grade {lesson}, all processes, at most"
        yield compare_medians("memory", name, f"import {imports}", sizes, unit="MB")


GROUPS: dict[str, Callable[[Path, Plan, Said], Iterator[Measurement]]] = {
    "cold": _measure_cold,
    "unfinished": _measure_unfinished,
    "slips": _measure_slips,
    "watch": _watch,
    "fit": _fit,
    "memory": _memory,
    "isolation": costs_of_isolation,
    "class": _class,
}
