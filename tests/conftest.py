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
from collections.abc import Iterator
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
from tests.support.long_files import LONG_FILES
from tests.support.spawned_workers import SPAWNING, Spawning
from tests.support.toy_lesson import CHECKS, PAGE, Toy
from tests.support.worker_pools import KeptPool

# Attempts, many of them hostile: data, and never to be imported.
collect_ignore = ["hostile"]


# Otherwise each test process, and each command that a test starts, compiles again what
# it imports.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# A shell doesn't set this. Where it is set, what can't be written shows up earlier.
os.environ.pop("PYTHONUNBUFFERED", None)


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


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    made = Toy(tmp_path)
    made.checks.parent.mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lesson1_toy.py").write_text(PAGE)
    (made.checks.parent / "lesson.py").write_text(PAGE)
    made.checks.write_text(CHECKS)
    return made


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
