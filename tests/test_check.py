"""`dev.check`: what it runs, and what it needs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grader.cli import author, command
from grader.cli.command import Exit

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
        author.check()
    assert ended.value.code == 2
    assert ended.value.message == (
        "dev.check needs the developer tools, and pytest is not installed. "
        "Run:  uv run --group dev invoke dev.check"
    )


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is run for a check, and how the lessons are proved; nothing runs."""
    ran: list[str] = []

    def run(command_line: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(" ".join(command_line[2:]))
        return subprocess.CompletedProcess(command_line, "mypy" in command_line)

    monkeypatch.setattr(author.subprocess, "run", run)
    monkeypatch.setattr(author, "verify", lambda **how: ran.append(f"verify {how}"))
    return ran


def test_a_check_runs_the_quick_tests_and_proves_what_has_changed(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(author, "ROOT", tmp_path)
    author.check()
    at_commit, doctests, tests, lessons = ran
    assert at_commit == "pre_commit run --all-files"
    assert doctests.startswith("pytest -q --doctest-modules grader")
    assert tests.endswith("-m not slow and not tensorflow and not browser")
    assert lessons == "verify {'changed': True}"


def test_a_check_of_all_runs_every_test_and_proves_every_lesson(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(author, "ROOT", tmp_path)
    author.check(all=True)
    assert ran[-2].endswith("--dist=loadfile")
    assert ran[-1] == "verify {'changed': False}"


def test_what_is_not_in_order_is_named_and_the_lessons_are_not_proved(
    ran: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(author, "ROOT", tmp_path)
    with pytest.raises(Exit) as ended:
        author.check()
    assert ended.value.code == 1
    assert ended.value.message.startswith("These steps failed: mypy. ")
    assert "ruff format --check" in ran
    assert not any("verify" in one for one in ran)
