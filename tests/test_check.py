"""`dev.check`: what it runs, and what it needs."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from grader.cli import author, command
from grader.cli.command import Exit, Program
from tools import requirements

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
        monkeypatch.setattr(author.sys, "executable", str(self._python))

    def answer(self, mypy: str = "exit 0", verify: str = "exit 0") -> None:
        """Set what `mypy` and `dev.verify` do, as shell commands."""
        self._python.write_text(PYTHON.format(mypy=mypy, verify=verify))
        self._python.chmod(0o755)

    def checked(self, all: bool = False) -> Exit:
        """How a check ends."""
        with pytest.raises(Exit) as ended:
            author.check(self.app, all=all)
        return ended.value

    def ran_beside(self, command_line: str) -> list[str]:
        """The command lines that ran, one after another, beside this one."""
        ran = self._log.read_text().splitlines()
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
    assert capfd.readouterr().out.endswith("\nlesson1 is proved\n")


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
    assert project.checked().code == 1
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
    assert ended.message.startswith("These steps failed: mypy. ")
    assert "-m ruff format --check" in project.ran_beside(
        "-m grader dev.verify --changed"
    )
    assert "proved" not in capfd.readouterr().out
