"""Every command in README, docs and lessons works as it is typed there."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from grader.cli.command import Command, Program
from tests.support.commands import run_command, run_invoke
from tests.support.project import ROOT

# What has changed before may name commands that are gone.
PAGES = sorted(
    page
    for folder in ("", "docs/**/", "grader/", "lessons/**/", "tools/")
    for page in ROOT.glob(f"{folder}*.md")
    if page.name != "CHANGELOG.md"
)
PAGES += sorted(ROOT.glob("solutions/*.py"))
# The reader of the tutorial for authors writes it.
UNWRITTEN = "lesson15"
# At the beginning of a line or of code in a sentence; two spaces end it.
TYPED = re.compile(
    r"(?:^ *|`)(?:uv run (?:--group dev |--extra \w+ )?)?"
    r"(invoke|xent|grader) ((?:[\w./:=,\"-]| (?! ))+)(?=`|$|  )",
    re.MULTILINE,
)


def typed_commands() -> list[tuple[str, str]]:
    """Each program and the words after it, as some page has them."""
    found = {
        (program, words.strip())
        for page in PAGES
        for program, words in TYPED.findall(page.read_text("utf-8"))
    }
    return sorted(found)


@pytest.mark.parametrize(
    ("program", "words"), typed_commands(), ids=lambda word: word.replace(" ", "_")
)
def test_a_command_of_a_page_is_understood(
    program: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []

    def note(self: Command, app: Program, **given: Any) -> None:
        calls.append(given)
        named = given.get("lesson") or []
        for lesson in [named] if isinstance(named, str) else named:
            # The pages of the grader are about courses of one's own.
            if program != "grader" and lesson != UNWRITTEN:
                app.find(lesson)

    monkeypatch.setattr(Command, "__call__", note)
    typed = shlex.split(words)
    if program == "invoke":
        code, text = run_invoke(ROOT, *typed)
    else:
        code, text = run_command(ROOT, *typed, program=program)
    assert code == 0, text
    assert bool(calls) == ("--help" not in typed)


def test_commands_are_found_on_pages() -> None:
    found = typed_commands()
    assert len(found) > 50
    assert ("invoke", "grade lesson3 --attempt solutions") in found
    assert ("xent", "init course") in found
