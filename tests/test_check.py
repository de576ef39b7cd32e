"""`dev.check`: what it runs, and what it needs."""

from __future__ import annotations

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
        "dev.check needs the developers' tools, and pytest is not installed. "
        "Run:  uv run --group dev invoke dev.check"
    )
