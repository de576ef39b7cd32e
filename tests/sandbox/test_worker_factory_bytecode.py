"""What is imported for a grading is compiled once, and not by every command again."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.sandbox import worker_factory
from tests.support.project import ROOT

GRADE = [sys.executable, "-m", "invoke", "grade", "lesson1", "--attempt", "solutions"]


@pytest.mark.slow
def test_a_grading_keeps_what_it_compiles(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(tmp_path)}
    subprocess.run(GRADE, cwd=ROOT, env=environment, check=True, capture_output=True)
    kept = {path.name.split(".")[0] for path in tmp_path.rglob("*.pyc")}
    judge, worker = (
        {"runner", "fixtures", "decoder"},
        {"fork_server", "server", "cell_runner"},
    )
    lesson = {path.stem for path in ROOT.glob("lessons/lesson1_*/exercises/*.py")}
    assert judge | worker | lesson <= kept


@pytest.fixture
def grader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "sandbox/worker/server.py"
    source.parent.mkdir(parents=True)
    source.write_text("x = 1\n")
    monkeypatch.setattr(
        worker_factory, "__file__", str(tmp_path / "sandbox" / "bytecode.py")
    )
    monkeypatch.setattr(worker_factory, "_FILES", ())
    return source


def test_a_module_that_changed_is_compiled_again(grader: Path) -> None:
    worker_factory.keep_workers_compiled()
    (kept,) = grader.parent.glob("__pycache__/*.pyc")
    first = kept.stat().st_mtime_ns
    worker_factory.keep_workers_compiled()
    assert kept.stat().st_mtime_ns == first
    grader.write_text("x = 2\n")
    later = time.time() + 5
    os.utime(grader, (later, later))
    worker_factory.keep_workers_compiled()
    assert kept.stat().st_mtime_ns > first


@pytest.mark.skipif(os.name == "nt", reason="modes of folders are not asked there")
def test_where_nobody_may_write_nothing_is_said(grader: Path) -> None:
    (grader.parent / "__pycache__").write_text("in the way")
    worker_factory.keep_workers_compiled()
    assert (grader.parent / "__pycache__").read_text() == "in the way"
