"""What pages are told while workers get ready and cells run."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from grader.common.errors import GraderError
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.learner.session import LearnerSession
from grader.sandbox import WorkerPool
from grader.web.jobs import Job, JobRunner, Jobs, LocalJobRunner
from grader.web.page_store import with_scratch
from tests.support.project import ROOT
from tests.support.waiting import waited

Told = list[tuple[str, dict[str, Any]]]


def jobs_of(runner: object) -> tuple[Jobs, Told]:
    told: Told = []
    session = cast(LearnerSession, None)  # nothing is graded

    def publish(event: str, about: dict[str, Any]) -> None:
        told.append((event, about))

    return Jobs(cast(JobRunner, runner), session, publish), told


class SlowRunner:
    """A runner whose workers are ready when a test says so."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    def prepare(self, lesson: catalog.Lesson) -> None:
        assert self.may_end.wait(60)


@pytest.mark.parametrize(("name", "tells"), [("lesson7", True), ("lesson1", False)])
def test_pages_are_told_while_keras_starts(name: str, tells: bool) -> None:
    runner = SlowRunner()
    jobs, told = jobs_of(runner)
    lesson = catalog.find(name, ROOT)
    preparing = threading.Thread(target=jobs.prepare, args=(lesson,))
    preparing.start()
    if tells:
        assert waited(lambda: len(told) > 1)  # again, for a page that is opened later
    runner.may_end.set()
    preparing.join()
    assert waited(lambda: not tells or told[-1][1]["is_ready"])
    about = [event | {"event": kind} for kind, event in told]
    assert all(one["lesson"] == name and one["event"] == "starting" for one in about)
    assert [one["is_ready"] for one in about][:-1] == [False] * (len(told) - 1)
    assert bool(told) is tells


def test_pages_are_not_told_that_keras_has_started_if_it_has_not() -> None:
    class FailingRunner:
        def prepare(self, lesson: catalog.Lesson) -> None:
            raise GraderError("no worker can be started")

    jobs, told = jobs_of(FailingRunner())
    with pytest.raises(GraderError):
        jobs.prepare(catalog.find("lesson7", ROOT))
    assert waited(lambda: bool(told))
    assert [one["has_failed"] for _, one in told] == [True]


def test_pages_are_told_which_cell_runs_and_a_scratch_line_runs_alone(
    pool: WorkerPool,
) -> None:
    runner = LocalJobRunner(pool)
    jobs, told = jobs_of(runner)
    lesson = catalog.find("lesson3", ROOT)
    page = Document.read(lesson.solution)

    def try_out(text: str) -> tuple[str, list[tuple[str, int]]]:
        told.clear()
        shown = jobs.run(lesson, *with_scratch(page, text)).printed
        began = [about for kind, about in told if kind == "began"]
        assert {about["kind"] for about in began} == {"run"}
        return shown, [(about["exercise"], about["cell"]) for about in began]

    shown, ran = try_out("1 + 1")
    count = len(page.code_cells) + 1
    assert (shown, [cell for _, cell in ran]) == ("2\n", list(range(1, count + 1)))
    assert {tag for tag, _ in ran} >= {"", "3a", "3c"}
    assert try_out("2 + 2") == ("4\n", [("", count)])
    assert try_out("softmax = None") == ("", [("", count)])
    assert try_out("callable(softmax)") == ("True\n", [("", count)])
    runner.close()


def test_the_workers_of_a_page_end_when_others_are_opened_and_at_the_end(
    pool: WorkerPool,
) -> None:
    runner = LocalJobRunner(pool)
    job = Job(threading.Event(), lambda *_: None)
    opened = []
    for lesson in [catalog.find(f"lesson{n}", ROOT) for n in (1, 2, 3)]:
        assert runner.run(lesson, b"# %%\nn = 1\nn\n", 2, job).printed == "1\n"
        opened.append(runner._open(lesson))
    assert waited(lambda: opened[0].memory_mb == 0)  # two lessons were opened later
    assert waited(lambda: all(one.memory_mb > 0 for one in opened[1:]))
    runner.close()
    assert waited(lambda: all(one.memory_mb == 0 for one in opened))
