"""A small project with one lesson, for tests that change checks or grade many files.

`pytest tests/sandbox/test_hostile.py --without-bubblewrap` runs without bubblewrap.
`--require-promises` fails unless every test that checks a promise has run.
With `--numprocesses` each process has a temporary folder of its own: tests count what
attempts leave there.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.learner.application import Application
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.support import (
    browsers,
    grading,
    lesson_pages,
    parameter_ids,
    promise_plugin,
)

# Attempts, many of them hostile: data, and never to be imported.
collect_ignore = ["hostile"]

PAGE = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Twice  (60 points)
# ## 1b  Again  (40 points)
# %% id="1a"
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION
# %% id="1b"
double: object
"""
CHECKS = """
from grader.checks import exercise, expect, lesson

LESSON = lesson()
double = exercise("double", hints=("a", "b", "c"))

@double.check
def doubles(attempt, rng):
    "double(x) is twice x."
    for x in rng.integers(1, 100, size=3):
        expect(attempt.double(int(x))).equals(2 * int(x))

@double.check
def doubles_zero(attempt):
    "double(0) is 0."
    expect(attempt.double(0)).equals(0)

@double.wrong_answer("You squared it.")
def squared(x):
    return x * x

same = exercise("double", hints=("a", "b", "c"))

@same.check
def doubles_three(attempt):
    "double(3) is 6."
    expect(attempt.double(3)).equals(6)
"""


# They take minutes, and would keep one process busy when the others are done.
LONG_FILES = (
    "tests/sandbox/test_solutions_out_of_reach.py",
    "tests/lessons/test_example_course.py",
    "tests/authoring/test_course_site.py",
    "tests/lessons/test_recall_of_slips.py",
    "tests/judge/test_lending.py",
    "tests/lessons/test_lessons_in_browser.py",
    "tests/lessons/test_tables_of_answers.py",
    "tests/lessons/test_lessons.py",
    "tests/report/test_focus.py",
    "tests/notebook/test_magics.py",
    "tests/classroom/workshop/test_room_under_load.py",
    "tests/learner/page_run/test_page_run.py",
    "tests/notebook/test_magics_in_jupyterlab.py",
    "tests/classroom/workshop/test_room_killed.py",
    "tests/lessons/test_lesson8_training.py",
    "tests/web/test_completion_names.py",
    "tests/classroom/workshop/test_room_markup.py",
)
# Otherwise each test process, and each command that a test starts, compiles again what
# it imports.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    # What a shell starts in the background ignores Ctrl-C, and so would all it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(promise_plugin.PromisePlugin(config))
    # Their fixtures are there for all tests.
    config.pluginmanager.register(browsers)
    config.pluginmanager.register(lesson_pages)
    # xdist would begin with the files that have most tests.
    config.option.loadscopereorder = False
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        folder = tempfile.mkdtemp(prefix=f"tests-{worker}-")
        # Some tests go on as another account.
        Path(folder).chmod(0o1777)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        # The processors are taken, and threads of one process would wait for each other.
        for variable in ("TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(variable, "1")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Give words to parameters whose test gives them no id."""
    return parameter_ids.make_id(val, argname)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes, begin with the files that take longest."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        return
    tests = Counter(item.path for item in items)
    last = len(LONG_FILES)
    places = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(
        key=lambda one: (
            places.get(one.nodeid.partition("::")[0], last),
            -tests[one.path],
        )
    )


def pytest_collection_finish() -> None:
    # Thousands of tests and their modules stay to the end, so a full collection needn't
    # go through them each time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-bubblewrap",
        action="store_true",
        help="run the hostile attempts without bubblewrap",
    )
    promise_plugin.add_option(parser)


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


@pytest.fixture(scope="session")
def pool() -> Iterator[KeptPool]:
    """The processes that workers come from, kept as long as the tests run."""
    made = KeptPool()
    yield made
    made.end()


@pytest.fixture
def share_pool(monkeypatch: pytest.MonkeyPatch, pool: KeptPool) -> None:
    """Use this pool where a new one would import the libraries again."""
    monkeypatch.setattr(Application, "pool", pool)
    monkeypatch.setattr(grading, "WorkerPool", lambda: pool)


@pytest.fixture(scope="module", autouse=True)
def end_processes_of_rooms() -> Iterator[None]:
    """Let no process of a file's rooms be there in the next file, which may count."""
    yield
    if room := sys.modules.get("tests.support.room"):
        room.end_kept_processes()


@pytest.fixture(scope="session")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements())


@dataclass(frozen=True)
class Toy:
    root: Path

    @property
    def checks(self) -> Path:
        return self.root / "lessons" / "lesson1_toy" / "checks.py"

    def hand_in(self, learner: str, source: str) -> None:
        folder = self.root / "submissions" / learner
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lesson1_toy.py").write_text(source)

    def change_checks(self, old: str, new: str) -> None:
        text = self.checks.read_text()
        assert old in text
        later_s = self.checks.stat().st_mtime + 2
        self.checks.write_text(text.replace(old, new))
        # Bytecode is kept by the second and the size, and both may be the same here.
        os.utime(self.checks, (later_s, later_s))

    def change_page(self, old: str, new: str) -> None:
        """Change the solution and the page, and so the points of an exercise."""
        solution = self.root / "solutions" / "lesson1_toy.py"
        for path in (solution, self.checks.parent / "lesson.py"):
            text = path.read_text()
            assert old in text
            path.write_text(text.replace(old, new))
            later_s = path.stat().st_mtime + 2
            os.utime(path, (later_s, later_s))


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    made = Toy(tmp_path)
    made.checks.parent.mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lesson1_toy.py").write_text(PAGE)
    (made.checks.parent / "lesson.py").write_text(PAGE)
    made.checks.write_text(CHECKS)
    return made


# Imported by every Python that a test starts; workers, which get -I, don't see it.
SPAWNING = """
import sys
from grader.sandbox import prelaunch

prelaunch.can_fork = lambda: False

def note(event, words):
    if event == "subprocess.Popen" and "-I" in words[1]:
        with open({log!r}, "a") as log:
            module = words[1][words[1].index("-m") + 1]
            print(module.rpartition(".")[2], file=log)

sys.addaudithook(note)
"""


@dataclass(frozen=True)
class Spawning:
    """What processes do whose workers are started, not forked."""

    folder: Path

    def use_python(self, script: str) -> None:
        """Let them start workers with a shell script instead of with Python."""
        path = self.folder / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        with (self.folder / "sitecustomize.py").open("a") as file:
            file.write(f"sys.executable = {str(path)!r}\n")

    def kinds(self) -> set[str]:
        """The modules of the grader that they have started, which are workers."""
        return set((self.folder / "log").read_text().split())


@pytest.fixture
def spawned(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Spawning:
    """Let all processes that a test starts have workers as on macOS and Windows."""
    made = Spawning(tmp_path_factory.mktemp("spawning"))
    (made.folder / "log").touch()
    text = SPAWNING.format(log=str(made.folder / "log"))
    (made.folder / "sitecustomize.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(made.folder), prepend=os.pathsep)
    return made


@pytest.fixture
def launched(spawned: Spawning) -> Spawning:
    """The same with a launcher, as Windows has: Python is its child."""
    # Something has to follow, or the shell becomes Python itself.
    spawned.use_python(f'"{sys.executable}" "$@"\nexit $?')
    return spawned
