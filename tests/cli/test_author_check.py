"""`dev.check`: what it runs, and what it needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from grader.cli import author, command
from grader.cli.command import Exit, Program
from tests.support.long_files import LONG_FILES
from tests.support.project import ROOT
from tests.support.promise_plugin import UNCHECKED
from tests.support.promised_project import CONFTEST
from tools import check, requirements

find_spec = command.importlib.util.find_spec


def test_without_the_developers_tools_it_names_their_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    monkeypatch.setattr(
        *(command.importlib.util, "find_spec"),
        lambda name: None if name == "pytest" else find_spec(name),
    )
    with pytest.raises(Exit) as ended:
        author.check(Program.here())
    assert ended.value.code == 2
    assert ended.value.message == (
        "dev.check needs the developer tools, and pytest is not installed. "
        "Run:  uv run --group dev invoke dev.check"
    )


PYTHON = """#!/bin/sh
echo "$@" >> log
case "$*" in
*mypy*) {mypy} ;;
*dev.verify*) echo "lesson1 is proved"; {verify} ;;
*--last-failed*) {again} ;;
*--numprocesses*) {tests} ;;
*pytest*) {doctests} ;;
esac
"""


class Project:
    """A project's folder, and a Python that only notes what it is told to run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._log, self._python = folder / "log", folder / "python"
        (folder / ".git").mkdir()
        self.answer()
        self.app = Program(folder)
        monkeypatch.setattr(requirements, "find_missing", list)
        monkeypatch.setattr(sys, "executable", str(self._python))

    def answer(self, **commands: str) -> None:
        """Set what some steps do, as shell commands; the others succeed."""
        steps = ("mypy", "verify", "doctests", "tests", "again")
        all_of = dict.fromkeys(steps, "exit 0") | commands
        self._python.write_text(PYTHON.format(**all_of))
        self._python.chmod(0o755)

    def checked(self, all: bool = False) -> Exit:
        """How a check ends."""
        with pytest.raises(Exit) as ended:
            author.check(self.app, all=all)
        return ended.value

    def ran(self) -> list[str]:
        """The command lines that ran, with dev.verify if it came to that."""
        return self._log.read_text().splitlines()

    def ran_beside(self, command_line: str) -> list[str]:
        """The command lines that ran, one after another, beside this one."""
        ran = self.ran()
        ran.remove(command_line)
        return ran


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def test_a_check_runs_the_quick_tests_and_proves_what_has_changed(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert project.checked().code == 0
    at_commit, doctests, tests = project.ran_beside("-m grader dev.verify --changed")
    assert at_commit == "-m pre_commit run --all-files"
    assert doctests.startswith("-m pytest -q --doctest-modules grader")
    assert tests.endswith("-m not slow and not tensorflow and not browser")
    assert "\nlesson1 is proved\n\nEverything passed in " in capfd.readouterr().out


def test_a_check_of_all_runs_every_test_and_proves_every_lesson(
    project: Project,
) -> None:
    assert project.checked(all=True).code == 0
    *_, tests = project.ran_beside("-m grader dev.verify")
    assert tests.endswith("--dist=loadfile --require-promises")


def test_a_lesson_that_breaks_its_promise_is_shown(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.answer(verify="echo wrong; exit 1")
    ended = project.checked()
    assert ended.code == 1
    assert re.search(r"again:  .* dev.verify --changed$", ended.message)
    assert capfd.readouterr().out.endswith("\nlesson1 is proved\nwrong\n")


def test_what_is_not_in_order_is_named_and_the_lessons_are_not_proved(
    project: Project, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / ".git").rmdir()
    begun = "until grep -q dev.verify log; do sleep 0.01; done"
    project.answer(mypy=f"{begun}; exit 1", verify="sleep 5; echo >> finished")
    before = children()
    ended = project.checked()
    assert children() <= before, "the lessons are still verified"
    assert not (tmp_path / "finished").exists()
    assert ended.code == 1
    assert ended.message.startswith("These parts failed: types. ")
    assert re.search(r"again:  .*mypy$", ended.message)
    assert "-m ruff format --check" in project.ran_beside(
        "-m grader dev.verify --changed"
    )
    assert "proved" not in capfd.readouterr().out


def test_it_says_first_what_it_will_do_and_how_long_that_takes(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    assert project.checked().code == 0
    first, rest = capfd.readouterr().out.split("\n[1 of 4]", 1)
    assert first.splitlines()[:5] == [
        "This runs 4 parts:",
        "  1  linter, types and generated pages",
        "  2  examples in docstrings",
        "  3  quick tests",
        "  4  lessons: dev.verify --changed, beside the others",
    ]
    assert "It takes about 5 min on two processors." in first
    assert [line for line in rest.splitlines() if line.startswith("[")] == [
        "[2 of 4] examples in docstrings",
        "[3 of 4] quick tests",
        "[4 of 4] lessons: dev.verify --changed, beside the others",
    ]


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ((0.4, 12, 200, 70), "It takes about 5 min, as the last time here."),
        ((0.4, 12, 20, 1), "It takes about 33 s, as the last time here."),
        ((0.4, 12, 200), "It takes about 5 min on two processors."),
    ],
)
def test_after_a_check_that_passed_it_says_how_long_that_took(
    project: Project,
    capfd: pytest.CaptureFixture[str],
    record: tuple[float, ...],
    shown: str,
) -> None:
    assert project.checked().code == 0
    kept = json.loads((project.app.root / check.RECORD).read_text())["quick"]
    assert len(kept) == 4
    known = dict(zip(kept, record, strict=False))
    (project.app.root / check.RECORD).write_text(json.dumps({"quick": known}))
    capfd.readouterr()
    assert project.checked().code == 0
    first, _ = capfd.readouterr().out.split("\n[1 of 4]", 1)
    assert shown in first
    assert "  2  examples in docstrings, 12 s\n" in first


def test_a_record_that_cannot_be_read_is_replaced(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    (project.app.root / check.RECORD).write_text("{")
    assert project.checked(all=True).code == 0
    assert "It takes about 20 min on two processors." in capfd.readouterr().out
    assert set(json.loads((project.app.root / check.RECORD).read_text())) == {"all"}


def test_a_check_that_failed_is_not_recorded(project: Project) -> None:
    project.answer(doctests="exit 1")
    assert project.checked().code == 1
    assert not (project.app.root / check.RECORD).exists()


def test_several_parts_that_failed_are_named_with_the_command_for_the_first(
    project: Project,
) -> None:
    project.answer(doctests="exit 1", tests="exit 1")
    ended = project.checked()
    assert ended.message.startswith(
        "These parts failed: examples in docstrings, quick tests. "
    )
    assert ended.message.endswith("--doctest-modules grader tools lessons/data")


def test_if_everything_passed_it_names_the_files_to_commit(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    root = project.app.root
    (root / ".git").rmdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / ".gitignore").write_text("log\npython\n.check.json\n")
    assert project.checked().code == 0
    assert capfd.readouterr().out.endswith(
        "\nCommit what belongs to your change:\n  .gitignore\n"
    )
    (root / ".gitignore").write_text("*\n")
    assert project.checked().code == 0
    assert capfd.readouterr().out.endswith("\nThere is nothing to commit.\n")


def test_the_files_that_are_begun_first_are_there() -> None:
    assert [name for name in LONG_FILES if not (ROOT / name).exists()] == []


AGAIN = "-m pytest -q --last-failed --last-failed-no-failures=none --require-promises"


def test_tests_that_fail_beside_others_are_run_again_alone(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    project.answer(tests="exit 1")
    assert project.checked(all=True).code == 0
    assert project.ran_beside("-m grader dev.verify")[-1] == AGAIN
    _, _, second = capfd.readouterr().out.partition(
        "\nThese failed beside others; once more, alone:\n"
    )
    assert second.splitlines()[0].endswith(AGAIN)


@pytest.mark.parametrize("again", [1, 2, 5, 10])
def test_tests_that_fail_alone_or_are_not_there_fail_the_check(
    project: Project, again: int
) -> None:
    project.answer(tests="exit 1", again=f"exit {again}")
    ended = project.checked(all=True)
    assert ended.code == 1
    assert "all tests" in ended.message
    assert re.search(r"again:  .*pytest --last-failed$", ended.message)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({"tests": "exit 2"}, id="interrupted, or not collected"),
        pytest.param({"tests": "exit 3"}, id="an error of pytest"),
        pytest.param({"tests": f"exit {UNCHECKED}"}, id="a promise is unchecked"),
        pytest.param({"tests": "kill -9 $$"}, id="killed"),
        pytest.param({"doctests": "exit 1"}, id="a docstring"),
    ],
)
def test_nothing_else_that_fails_is_run_again(
    project: Project, words: dict[str, str]
) -> None:
    project.answer(**words)
    assert project.checked(all=True).code == 1
    assert AGAIN not in project.ran()


def test_quick_tests_that_fail_are_not_run_again(project: Project) -> None:
    project.answer(tests="exit 1")
    assert project.checked().code == 1
    assert not any("last-failed" in line for line in project.ran())


TWO = """
def test_right():
    pass

def test_only_alone(pytestconfig):
    assert not hasattr(pytestconfig, "workerinput")
    assert True{wrong}
"""


@pytest.mark.parametrize(("wrong", "code"), [("", 0), (" is None", 1)])
def test_what_fails_only_in_several_processes_passes_alone(
    tmp_path: Path, wrong: str, code: int
) -> None:
    """With pytest itself, whose words for this could change."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "promises.toml").write_text("")
    (tmp_path / "tests" / "test_two.py").write_text(TWO.format(wrong=wrong))

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=tmp_path, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return done.returncode, done.stdout

    assert run("--numprocesses=2", "--require-promises")[0] == 1
    ended, told = run(*AGAIN.split()[2:])
    assert ended == code, told
    assert f"1 {'failed' if code else 'passed'}" in told
