"""The graders of a room: nobody waits for somebody else's loop, and none is lost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from msgspec.structs import replace

from grader.checks.attempt import Cancelled
from grader.classroom.executors import _processors
from grader.classroom.workshop import admission as turns
from grader.classroom.workshop import graders as rooms
from grader.classroom.workshop.admission import FairQueue
from grader.classroom.workshop.graders import Graders, RoomResources
from grader.common.errors import GraderError
from grader.course.document import catalog
from grader.judge.request import GradingRequest
from grader.learner.grading_service import (
    GraderCrash,
    LocalGradingService,
    process_pool,
)
from grader.learner.grading_service.grader_process import Prepare
from grader.learner.grading_service.process_pool import GraderPool
from grader.report import Report
from grader.report.report_json import to_json
from grader.sandbox import WorkerPool
from grader.web.jobs import Job
from tests.support.project import ROOT
from tests.support.room import Asker, serve_room
from tests.support.served_course import NAME, make_course
from tests.support.waiting import waited

LOOP = b'# %% id="1a"\ndef double(x):\n    while True:\n        pass\n'
# The same, but it leaves the processors to others.
SLEEP = b'# %% id="1a"\nimport time\ndef double(x):\n    while True:\n        time.sleep(0.01)\n'
RIGHT = b'# %% id="1a"\ndef double(x):\n    return 2 * x\n'


class Press:
    """Somebody who has something graded, in a thread of their own."""

    def __init__(
        self,
        graders: Graders,
        root: Path,
        source: bytes,
        earlier: Report | None = None,
        exercise: str = "",
    ) -> None:
        self.cancel = threading.Event()
        self.said: list[tuple[str, dict]] = []
        self.result: object = None
        self.report: Report | None = None

        def hear(kind: str, what: dict) -> None:
            if kind != "checked":  # what a room adds: the place in the queue
                self.said.append((kind, what))

        job, lesson = Job(self.cancel, hear), catalog.find("lesson1", root)
        options = {"earlier": earlier, "exercise": exercise}
        request = GradingRequest.of(lesson, Path(f"{NAME}.py"), source, **options)

        def grade() -> None:
            try:
                self.report = graders.grade(lesson, request, job)
                self.result = self.report.score
            except (Cancelled, GraderError) as error:
                self.result = error

        self.thread = threading.Thread(target=grade)
        self.thread.start()

    def done(self) -> object:
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.result


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_course(tmp_path)


@pytest.fixture
def graders(root: Path) -> Iterator[Graders]:
    made = Graders(root, most=2)
    yield made
    made.close()
    assert processes() == []


def processes() -> list[psutil.Process]:
    """The graders that run; what was just ended is given a moment."""
    waited(lambda: not running())
    return running()


def running() -> list[psutil.Process]:
    """The graders of this process."""
    found = []
    for one in psutil.Process().children():
        # What has ended meanwhile raises, and is none.
        with contextlib.suppress(psutil.NoSuchProcess):
            # One that just begins has no words yet, for a moment.
            while not (words := one.cmdline()):
                time.sleep(0.01)
            if "grader.learner.grading_service.grader_process" in words:
                found.append(one)
    return found


@pytest.mark.promise("room-loops")
@pytest.mark.slow
def test_loops_without_an_end_keep_nobody_waiting(graders: Graders, root: Path) -> None:
    loops = [Press(graders, root, LOOP) for _ in range(2)]
    time.sleep(0.5)
    honest = Press(graders, root, RIGHT)
    assert honest.done() == 100
    assert honest.said == [("waiting", {"place": 1}), ("waiting", {"place": 0})]
    assert all(one.thread.is_alive() for one in loops)
    for one in loops:
        one.cancel.set()
    assert all(isinstance(one.done(), Cancelled) for one in loops)


@pytest.mark.slow
def test_who_waits_can_stop_waiting(graders: Graders, root: Path) -> None:
    loops = [Press(graders, root, LOOP) for _ in range(2)]
    time.sleep(0.3)
    waiting = Press(graders, root, RIGHT)
    time.sleep(0.3)
    waiting.cancel.set()
    assert isinstance(waiting.done(), Cancelled)
    for one in loops:
        one.cancel.set()
        one.done()


@pytest.mark.promise("room-loops")
@pytest.mark.slow
def test_a_grader_that_is_killed_costs_one_grading(
    graders: Graders, root: Path
) -> None:
    loop = Press(graders, root, LOOP)
    time.sleep(1.5)
    assert waited(running)
    (process,) = running()
    process.kill()
    said = loop.done()
    assert isinstance(said, GraderError)
    assert str(said) == (
        "Nothing was graded: the process that graded it died. Grade again; what you "
        "wrote is kept."
    )
    assert Press(graders, root, RIGHT).done() == 100


def test_a_grader_that_cannot_be_started_is_not_said_to_have_died(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    graders = Graders(root)
    monkeypatch.setattr(
        "grader.learner.grading_service.process_pool.subprocess.Popen", refuse
    )
    said = str(Press(graders, root, RIGHT).done())
    assert said.startswith("Nothing was graded: no process could be started. Grade")


@pytest.mark.slow
@pytest.mark.parametrize(("most", "at_a_time"), [(2, 1), (5, 2)])
def test_on_half_of_the_processors_somebody_trains(
    most: int, at_a_time: int, root: Path
) -> None:
    checks = root / "lessons" / NAME / "checks.py"
    checks.write_text(checks.read_text().replace("lesson()", "lesson(trains=True)"))
    graders = Graders(root, most=most)
    first, *_ = loops = [Press(graders, root, SLEEP) for _ in range(at_a_time)]
    time.sleep(0.5)
    second, third = Press(graders, root, RIGHT), Press(graders, root, RIGHT)
    time.sleep(4.5)  # so long that the first would not count any more
    assert second.thread.is_alive()
    assert third.thread.is_alive()
    first.cancel.set()
    assert (second.done(), third.done()) == (100, 100)
    places = [[x["place"] for _, x in one.said] for one in (second, third)]
    assert sorted(places) == [[1, 0], [2, 1, 0]]
    for one in loops:
        one.cancel.set()
        assert isinstance(one.done(), Cancelled)
    graders.close()


@pytest.mark.slow
def test_nobody_waits_for_a_training_whose_own_still_holds(root: Path) -> None:
    checks = root / "lessons" / NAME / "checks.py"
    text = checks.read_text().replace("lesson()", "lesson(trains=True)")
    checks.write_text(text.replace('"double",', '"double", cpu_s=50,', 1))
    graders = Graders(root, most=2)
    first = Press(graders, root, RIGHT)
    assert first.done() == 100
    loop = Press(graders, root, LOOP)
    time.sleep(0.5)
    again = Press(graders, root, RIGHT + b"# mine\n", first.report)
    assert again.done() == 100
    assert loop.thread.is_alive()
    assert again.said == []  # it was told no place
    alone = Press(graders, root, RIGHT, exercise="1b")  # which trains nothing
    assert alone.done() == 40
    assert loop.thread.is_alive()
    assert alone.said == []
    loop.cancel.set()
    assert isinstance(loop.done(), Cancelled)
    graders.close()


def test_too_many_who_wait_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.classroom.workshop.admission.MOST_WAITING", 0)
    turns = FairQueue(1, 1)
    job = Job(threading.Event(), lambda *_: None)
    with pytest.raises(GraderError, match="Too many are waiting"), turns.take(job):
        pass


def in_a_thread(asker: Asker, told: list[dict]) -> threading.Thread:
    """Somebody runs the first cell of lesson 1, and is told something in the end."""

    def run() -> None:
        cells = json.loads(asker.get("/lesson1/cells"))["cells"]
        told.append(asker.post("/lesson1/run", line=cells["1"]["line"]))

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.parametrize("beside", [0, 1])
def test_a_run_that_waits_can_be_stopped_and_waits_for_no_long_one(
    beside: int, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "grader.classroom.workshop.graders.RUNS_MORE_THAN_CORES",
        1 - (os.cpu_count() or 1),
    )
    monkeypatch.setattr(
        "grader.classroom.workshop.graders.RUNS_BESIDE_LONG_ONES", beside
    )
    with serve_room(root, tmp_path / "room", shares_processes=False) as room:
        loop, honest = room.learner("Ada"), room.learner("Ben")
        for one, text in ((loop, "while True: pass"), (honest, "print(6 * 7)")):
            cells = json.loads(one.get("/lesson1/cells"))["cells"]
            version = cells["1"]["version"]
            one.post("/lesson1/save", number=1, base=version, text=text)
        looped: list[dict] = []
        told: list[dict] = []
        looping = in_a_thread(loop, looped)
        time.sleep(1)
        waiting = in_a_thread(honest, told)
        if not beside:
            time.sleep(1)
            honest.post("/stop")
        waiting.join(60)
        assert looping.is_alive()
        loop.post("/stop")
        looping.join(60)
    assert "It was stopped." in looped[0]["html"]
    assert "42" in told[0]["html"] if beside else told == [{"stopped": True}]


@pytest.mark.promise("room-long-runs")
@pytest.mark.slow
def test_loops_without_an_end_make_room_for_a_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "grader.classroom.workshop.graders.RUNS_MORE_THAN_CORES",
        2 - (os.cpu_count() or 1),
    )
    monkeypatch.setattr("grader.classroom.workshop.graders.RUNS_BESIDE_LONG_ONES", 0)
    monkeypatch.setattr(turns, "PATIENCE_S", 1.0)
    monkeypatch.setattr(turns, "LONG_S", 1.5)
    with serve_room(root, tmp_path / "room", shares_processes=False) as room:
        people = [room.learner(name) for name in ("Ada", "Ben", "Cyd")]
        for one, text in zip(
            people, ("while True: pass",) * 2 + ("print(6 * 7)",), strict=True
        ):
            cells = json.loads(one.get("/lesson1/cells"))["cells"]
            version = cells["1"]["version"]
            one.post("/lesson1/save", number=1, base=version, text=text)
        *loops, honest = [([], one) for one in people]
        looping = [in_a_thread(one, told) for told, one in loops]
        time.sleep(0.5)
        in_a_thread(honest[1], honest[0]).join(60)
        assert "42" in honest[0][0]["html"]
        # One of the two was enough.
        assert sorted(one.is_alive() for one in looping) == [False, True]
        ended = next(told for told, _ in loops if told)
        for _, one in loops:
            one.post("/stop")
        for one in looping:
            one.join(60)
    assert "because somebody else was waiting to run their code" in ended[0]["html"]


def test_a_grader_that_just_begins_is_taken_last(root: Path) -> None:
    with contextlib.closing(GraderPool()) as apart:
        told = Prepare(str(root), NAME, False)
        apart.prepare(told, 1)
        (first,) = apart._idle
        apart.prepare(told, 2)
        assert apart._take(NAME) is first
        apart._give_back(first)


def test_as_many_know_a_lesson_as_were_asked_for(root: Path) -> None:
    with contextlib.closing(GraderPool()) as apart:
        for lesson, most in (("another", 3), (NAME, 2), (NAME, 2)):
            apart.prepare(Prepare(str(root), lesson, False), most)
        assert sorted(NAME in one.lessons for one in apart._idle) == [False, True, True]


@pytest.mark.slow
def test_those_that_stood_in_are_kept_for_some_time(root: Path) -> None:
    request = GradingRequest(NAME, f"{NAME}.py", RIGHT, root=str(root))
    for kept_s, left in ((60.0, 3), (0.0, 1)):
        with contextlib.closing(GraderPool(1, kept_s)) as apart:
            apart.prepare(Prepare(str(root), NAME, False), 3)
            apart.grade(request)
            assert len(apart._idle) == left


def test_a_grading_begins_when_its_grader_is_ready(root: Path) -> None:
    begun: list[float] = []
    with contextlib.closing(GraderPool()) as apart:
        other = root / "lessons" / "lesson2_other"
        shutil.copytree(root / "lessons" / NAME, other)
        apart.prepare(Prepare(str(root), other.name, False), 1)
        request = GradingRequest(NAME, f"{NAME}.py", RIGHT, root=str(root))
        for _ in range(2):
            apart.grade(request, on_ready=lambda: begun.append(time.monotonic()))
        (grader,) = apart._idle
        assert len(begun) == 2
        assert grader.is_ready_for(NAME)
        assert not grader.is_ready_for("another")


@pytest.mark.slow
def test_with_keras_as_many_are_ready_as_there_are_processors(root: Path) -> None:
    checks = root / "lessons" / NAME / "checks.py"
    with_keras = 'lesson(imports=("numpy", "keras"))'
    checks.write_text(checks.read_text().replace("lesson()", with_keras))
    graders = Graders(root, most=3)
    graders.prepare(catalog.find("lesson1", root))
    assert len(running()) == 2
    graders.close()


@pytest.mark.slow
def test_spare_graders_are_ready_and_what_starts_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.classroom.workshop.graders.SPARE", 1)
    resources = RoomResources(root, require_sandbox=False)
    before = {one.pid for one in psutil.Process().children()}
    with contextlib.closing(resources):
        resources.graders = Graders(root, most=1)
        resources.prepare(catalog.find("lesson1", root))
        assert len(running()) == 2
        made = [one for one in psutil.Process().children() if one.pid not in before]
        assert any("cell_runner" in " ".join(one.cmdline()) for one in made)


def test_a_grader_that_is_ready_has_imported_everything(root: Path) -> None:
    asked = f"""
import contextlib, sys
from grader.judge.request import GradingRequest
from grader.learner.grading_service import LocalGradingService, find_lesson
from grader.learner.grading_service import grader_process
from grader.sandbox import WorkerPool
with contextlib.closing(LocalGradingService(WorkerPool())) as service:
    service.wait_until_ready(find_lesson({NAME!r}, {str(root)!r}), False)
    before = set(sys.modules)
    for source in ({RIGHT!r}, {RIGHT.replace(b"2 *", b"3 *")!r}):
        request = GradingRequest({NAME!r}, "{NAME}.py", source, root={str(root)!r})
        print(service.grade(request).score)
print(*(one for one in set(sys.modules) - before if one.startswith("grader")))
"""
    said = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True
    )
    assert said.stdout.split() == ["100", "0"], said


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")
def test_in_a_class_each_grading_has_a_processor_of_its_own(root: Path) -> None:
    usual = sorted(os.sched_getaffinity(0))
    assert _processors(len(usual)) == usual
    assert _processors(len(usual) - 1) == []
    with contextlib.closing(GraderPool(processors=usual)) as apart:
        apart.prepare(Prepare(str(root), NAME, False), len(usual))
        found = [os.sched_getaffinity(one.pid) for one in running()]
        assert sorted(found, key=min) == [{one} for one in usual]


def test_a_grader_that_fails_says_where_and_grades_on(root: Path) -> None:
    checks = root / "lessons" / NAME / "checks.py"
    usual = checks.read_text()
    # Half a character, which no report can be sent with.
    checks.write_text(usual.replace('(0) is 0."', '(0) is \\udcff."'))
    request = GradingRequest(NAME, f"{NAME}.py", RIGHT, root=str(root))
    with contextlib.closing(GraderPool()) as pool:
        with pytest.raises(GraderCrash, match="failed: UnicodeEncodeError") as crash:
            pool.grade(request)
        assert "Traceback" in crash.value.trace
        (grader,) = pool._idle
        checks.write_text(usual)
        assert pool.grade(request).score == 100
        assert pool._idle == [grader]


def test_what_others_are_told_comes_from_the_grader_too(root: Path) -> None:
    data = root / "lessons" / "data"
    data.mkdir(exist_ok=True)
    (data / "broken.npz").write_bytes(b"no archive")
    request = GradingRequest(NAME, f"{NAME}.py", RIGHT, root=str(root))
    refused = pytest.raises(GraderError, match=r"broken\.npz cannot be read")
    with contextlib.closing(GraderPool()) as pool, refused as caught:
        pool.grade(request)
    assert str(root) in str(caught.value)
    assert caught.value.for_others.startswith("broken.npz cannot be read")


def test_a_grading_that_is_interrupted_does_not_go_on(root: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    loop = GradingRequest(NAME, f"{NAME}.py", LOOP, root=str(root))
    with contextlib.closing(GraderPool()) as pool:
        with pytest.raises(KeyboardInterrupt):
            pool.grade(loop, on_ready=interrupt)
        assert pool._idle == []
        assert processes() == []
        assert pool.grade(replace(loop, source=RIGHT)).score == 100


def test_no_process_begins_once_the_pool_is_closed(root: Path) -> None:
    right = GradingRequest(NAME, f"{NAME}.py", RIGHT, root=str(root))
    pool = GraderPool()
    pool.close()
    try:
        with pytest.raises(ChildProcessError):
            pool.grade(right)
        with pytest.raises(ChildProcessError):
            pool.prepare(Prepare(str(root), NAME, False), 1)
        assert processes() == []
    finally:
        for one in pool._idle:
            one.end()


def test_those_that_do_not_end_are_killed_at_the_same_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_pool, "_GOODBYE_S", 4.0)
    pool = GraderPool()
    pool.prepare(Prepare(str(root), NAME, False), 4)
    for one in running():
        one.suspend()
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 12  # one after another would take 16
    assert running() == []


def test_a_service_reports_training_and_checks_alike_everywhere(root: Path) -> None:
    request = GradingRequest(NAME, f"{NAME}.py", RIGHT, seed=3, root=str(root))
    local, pool = LocalGradingService(WorkerPool()), GraderPool()
    with contextlib.closing(local), contextlib.closing(pool):
        seen: list[list[str]] = [[], []]
        reports = [
            one.grade(request, on_check=told.append)
            for one, told in zip((local, pool), seen, strict=True)
        ]
    assert seen[0] == seen[1] != []
    first, second = (without_times(json.loads(to_json(one))) for one in reports)
    assert first == second


def without_times(value: Any) -> Any:
    if isinstance(value, list):
        return [without_times(one) for one in value]
    if not isinstance(value, dict):
        return value
    times = ("wall_s", "cpu_s", "started_at")
    return {key: without_times(x) for key, x in value.items() if key not in times}


@pytest.mark.parametrize("lowers_priority", [True, False])
def test_one_who_grades_alone_lets_nobody_go_first(
    root: Path, lowers_priority: bool
) -> None:
    with contextlib.closing(GraderPool(lowers_priority=lowers_priority)) as pool:
        pool.prepare(Prepare(str(root), NAME, False), 1)
        (grader,) = running()
        assert ("--lower-priority" in grader.cmdline()) is lowers_priority


def test_workers_are_kept_for_the_next_runs_within_a_bound_of_memory(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = RoomResources(root, require_sandbox=False)
    lesson = catalog.find("lesson1", root)
    learners = [resources.cells(lesson) for _ in range(3)]
    try:
        for cells in learners[:2]:
            cells.run(b"# %%\na = 1\n", 2)
            resources.note_run(cells)
        one_mb = max(cells.memory_mb for cells in learners[:2])
        assert min(cells.memory_mb for cells in learners[:2]) > 0
        # The next one is too much: the worker that was used longest ago ends.
        monkeypatch.setattr(rooms, "MOST_KEPT_MB", 2.5 * one_mb)
        learners[2].run(b"# %%\na = 1\n", 2)
        resources.note_run(learners[2])
        assert waited(lambda: not learners[0].memory_mb)
        assert all(cells.memory_mb > 0 for cells in learners[1:])
    finally:
        resources.close()
    assert waited(lambda: not any(cells.memory_mb for cells in learners))


def test_no_worker_is_kept_for_somebody_who_has_left(root: Path) -> None:
    resources = RoomResources(root, require_sandbox=False)
    lesson, quota = catalog.find("lesson1", root), rooms.LearnerQuota(resources)
    job = Job(threading.Event(), lambda *_: None)
    try:
        quota.run(lesson, b"# %%\na = 1\n", 2, job)
        (cells,) = quota._cells.values()
        assert waited(lambda: cells.memory_mb > 0)
        quota.forget()
        assert waited(lambda: not cells.memory_mb)
        # A run that had begun when they left leaves no worker behind, either.
        quota.run(lesson, b"# %%\na = 1\n", 2, job)
        assert waited(lambda: not cells.memory_mb)
    finally:
        resources.close()
