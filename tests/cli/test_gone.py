"""What is gone is answered with what to do instead, and named nowhere else."""

from __future__ import annotations

import re

import pytest

from grader.cli.command import find_command
from grader.cli.gone import find_gone
from grader.cli.table import commands
from tests.support.commands import run_command
from tests.support.project import ROOT

GONE = find_gone()
# An author's fixture is called this as well.
OTHERS = ("progress",)
# Options that other commands still have; uv has one, too.
OURS = {f"--{x.name}" for one in commands() for x in find_command(one).parameters}
KEPT = {"--python", *OURS}
# Names of what is gone that nobody types as a command.
NAMES = ("JUnit", "classroom50", "GRADER_COLD", "room_client", "room.json", "mutate.py")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """All that somebody who uses the project reads, by where it is."""
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *ROOT.glob("docs/**/*.md")]
    pages += [*ROOT.glob("lessons/**/*.py"), *ROOT.glob("solutions/*.py")]
    found = {str(page): page.read_text(encoding="utf-8") for page in pages}
    for name in commands():
        command = find_command(name)
        options = "\n".join(f"--{x.name} {x.help}" for x in command.parameters)
        found[f"help of {name}"] = f"{name} {command.function.__doc__}\n{options}"
    return found


@pytest.mark.parametrize("words", GONE)
def test_typing_what_is_gone_says_what_to_do_instead(words: str) -> None:
    command = words.split()[0]
    lesson = ["lesson1"] if command in ("grade", "run", "watch") else []
    code, said = run_command(ROOT, command, *lesson, *words.split()[1:])
    sentence, instead = GONE[words]
    assert code == 2
    assert " ".join(said.split()).startswith(sentence)
    assert said.rstrip().endswith(instead)


@pytest.mark.parametrize("words", GONE)
def test_nothing_names_what_is_gone(words: str, texts: dict[str, str]) -> None:
    command, *option = map(re.escape, words.split())
    if option and words.split()[1] in KEPT and len(option) == 1:
        pattern = rf"\b{command}\b[^\n]*{option[0]}\b"
    elif len(option) == 1 or (option and option[1] in NAMES):
        pattern = rf"{option[-1]}\b"
    elif option:
        pattern = rf"\b{command}\b[^\n]*{option[0]}[ =]{option[1]}\b"
    elif "." in words:
        pattern = rf"\b{command}\b"
    else:
        pattern = rf"((invoke|xent) {'' if command in OTHERS else '|`'}){command}\b"
    found = [where for where, text in texts.items() if re.search(pattern, text)]
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_no_other_name_of_what_is_gone_is_left(
    name: str, texts: dict[str, str]
) -> None:
    found = [where for where, text in texts.items() if name.lower() in text.lower()]
    assert found == []


def test_the_commands_that_something_else_is_done_with_exist() -> None:
    for _, instead in GONE.values():
        assert not instead or instead.split()[0] in commands()
