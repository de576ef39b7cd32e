"""Each promise has a test that runs, and docs/promises.md says which."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.common.errors import Misuse
from tests.support.project import ROOT
from tests.support.promise_plugin import UNCHECKED
from tests.support.promised_project import CONFTEST
from tools import promises, requirements

SENTENCES = '["A room"]\nabout = "It is one."\ncode = "Nobody joins without it."\n'
TESTS = """
import pytest

@pytest.mark.promise("code")
def test_joining():
    pass

@pytest.mark.promise("code")
@pytest.mark.parametrize("kind", ["short", "long"])
def test_codes(kind):
    pass

def test_something_else():
    pytest.skip("promises nothing")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one promise, two tests that check it, and a hostile attempt."""
    tests = tmp_path / "tests"
    (tests / "hostile").mkdir(parents=True)
    (tests / "conftest.py").write_text(CONFTEST)
    (tests / "promises.toml").write_text(SENTENCES)
    (tests / "test_room.py").write_text(TESTS)
    (tests / "hostile" / "guess.py").write_text(
        '"""Guesses it.\n\npromise: code\nlesson: lesson3\n"""\n'
    )
    (tests / "test_hostile.py").write_text(
        "import pytest\n"
        "mark = pytest.mark.promise('code', checked_by='tests/hostile/guess.py')\n"
        "@pytest.mark.parametrize('name', [pytest.param('guess', marks=mark)])\n"
        "def test_it(name): pass\n"
    )
    return tmp_path


def run(project: Path, *words: str) -> tuple[int, list[str]]:
    """Run a project's tests; return the exit code and the promised tests it names."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    named = done.stdout.partition("promises and must run")[2].splitlines()
    return done.returncode, [line for line in named if line.startswith("tests/")]


def change(project: Path, old: str, new: str) -> None:
    path = project / "tests" / "test_room.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_page_is_what_the_tests_say() -> None:
    page = ROOT / "docs" / promises.PAGE
    assert page.read_text(encoding="utf-8") == promises.write_page(ROOT)


def test_the_page_lists_the_tests_of_each_promise(project: Path) -> None:
    assert promises.write_page(project).partition("\n\n## ")[2] == (
        "A room\n\nIt is one.\n\n"
        "| promise | checked by |\n|---|---|\n| Nobody joins without it. | "
        "`tests/test_room.py::test_joining`, `tests/test_room.py::test_codes`, "
        "`tests/hostile/guess.py` |\n"
    )


def test_a_mark_of_a_file_is_that_of_all_its_tests(project: Path) -> None:
    marks = "pytestmark = [pytest.mark.slow, pytest.mark.promise('code')]\n"
    change(project, "import pytest\n", f"import pytest\n{marks}")
    assert "tests/test_room.py::test_something_else" in promises.write_page(project)


def test_a_promise_without_a_test_is_refused(project: Path) -> None:
    (project / "tests" / "promises.toml").write_text(SENTENCES + 'key = "It is kept."')
    with pytest.raises(Misuse, match="No test checks the promise 'key'"):
        promises.write_page(project)


def test_a_test_of_an_unknown_promise_is_refused(project: Path) -> None:
    change(project, '("code")\ndef', '("cod")\ndef')
    with pytest.raises(Misuse, match=r"::test_joining checks 'cod', which isn't in "):
        promises.write_page(project)


@pytest.mark.parametrize("processes", [(), ("--numprocesses=2",)], ids=["one", "two"])
def test_a_promised_test_that_is_skipped_fails_the_run(
    project: Path, processes: tuple[str, ...]
) -> None:
    assert run(project, "--require-promises", *processes) == (0, [])
    change(
        project, "(kind):\n    pass", "(kind):\n    if kind == 'long': pytest.skip('x')"
    )
    assert run(project, *processes) == (0, [])
    assert run(project, "--require-promises", *processes) == (
        UNCHECKED,
        ["tests/test_room.py::test_codes[long]: Skipped: x"],
    )


def test_a_promised_test_that_is_marked_as_skipped_fails_the_run(project: Path) -> None:
    mark = "@pytest.mark.skipif(True, reason='by hand')\n"
    change(project, "def test_joining", mark + "def test_joining")
    assert run(project, "--require-promises") == (
        UNCHECKED,
        ["tests/test_room.py::test_joining: Skipped: by hand"],
    )


def test_promised_tests_that_are_not_collected_fail_the_run(project: Path) -> None:
    change(
        project, "import pytest\n", "import pytest\npytest.importorskip('nothing')\n"
    )
    (project / "tests" / "test_hostile.py").unlink()
    assert run(project, "--require-promises", "tests") == (
        UNCHECKED,
        [
            "tests/hostile/guess.py: didn't run",
            "tests/test_room.py::test_codes: didn't run",
            "tests/test_room.py::test_joining: didn't run",
        ],
    )


def test_a_promised_test_may_say_that_it_can_only_run_elsewhere(project: Path) -> None:
    conftest = project / "tests" / "conftest.py"
    elsewhere = "\nfrom tests.support import promise_plugin\npromise_plugin.HERE['linux'] = False\n"
    conftest.write_text(conftest.read_text() + elsewhere)
    mark = "@pytest.mark.only_on('linux')\n"
    change(project, "def test_joining", mark + "def test_joining")
    assert run(project, "--require-promises") == (0, [])
    change(project, "def test_joining():\n    pass", "def test_joining():\n    1 / 0")
    assert run(project, "--require-promises") == (0, [])


@pytest.mark.only_on("linux")
def test_what_the_whole_check_lacks_is_named_before_it_runs(tmp_path: Path) -> None:
    """Without a `PATH`, neither Chromium nor bubblewrap is found."""
    done = subprocess.run(
        [sys.executable, "-m", "grader", "dev.check", "--all"],
        cwd=ROOT, env=os.environ | {"PATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, (done.stdout + done.stderr).splitlines()) == (
        1,
        [
            "Chromium doesn't work: chromium isn't installed "
            "(Debian: chromium, chromium-driver).",
            "bubblewrap doesn't work: bwrap isn't installed (Debian: bubblewrap).",
        ],
    )


@pytest.mark.only_on("linux")
def test_a_program_that_is_there_has_to_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(requirements, "_try_chromium", lambda: None)
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: "libnothing.so.0")
    bubblewrap, libseccomp = requirements.find_missing()
    assert bubblewrap == (
        "bubblewrap doesn't work: bwrap is installed, but workers don't start in it."
    )
    assert libseccomp.startswith("libseccomp doesn't work: libnothing.so.0: ")
