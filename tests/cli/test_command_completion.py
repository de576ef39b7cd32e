"""What the Tab key offers, asked in the shells themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pexpect
import pytest

from tests.support.commands import run_command
from tests.support.project import ROOT

XENT = Path(sys.executable).with_name("xent")
NUMBERS = (1, 10, 11, 12, 13, 14, 2, 3, 4, 5, 6, 7, 8, 9)
LESSONS = [f"lesson{number}" for number in NUMBERS]
TAGS = [f"3{letter}" for letter in "abcdefghi"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gra", ["grade"]),
        (
            "class.",
            [f"class.{x}" for x in ("export", "forget", "grade", "pack", "report")],
        ),
        ("grade ", LESSONS),
        (
            "grade lesson1",
            ["lesson1", "lesson10", "lesson11", "lesson12", "lesson13", "lesson14"],
        ),
        ("read lesson3_", ["lesson3_cross_entropy"]),
        ("overview ", LESSONS),
        ("grade 3", TAGS),
        ("grade lesson3 ", TAGS),
        ("hint lesson3 3a", ["3a"]),
        ("grade 3 --exercise ", TAGS),
        ("grade lesson3 -e ", TAGS),
        ("grade --exercise 3a ", LESSONS),
        ("grade --lesson ", LESSONS),
        ("grade --lesson=lesson9", ["lesson9"]),
        ("grade 3 --exercise=", TAGS),
        ("dev.verify --lesson 3 --exercise ", TAGS),
        ("hint 3 --e", ["--exercise"]),
        ("grade 3 --o", ["--open-files", "--out"]),
        ("serve --no", ["--no-browser"]),
        ("serve --no-browser --po", ["--port"]),
        ("grade 33 --exercise ", []),
        (
            "class.grade folder --lesson lesson1",
            ["lesson1", "lesson10", "lesson11", "lesson12", "lesson13", "lesson14"],
        ),
        ("--v", ["--version"]),
    ],
)
def test_what_may_come_next_is_offered(typed: str, offered: list[str]) -> None:
    assert sorted(value for _, value in complete(typed)) == sorted(offered)


@pytest.mark.parametrize("typed", ["grade 3 --attempt a", "class.grade a"])
def test_the_shell_offers_files_for_what_nobody_else_knows(typed: str) -> None:
    assert complete(typed) == [("file", "a")]


def complete(typed: str) -> list[tuple[str, str]]:
    """Return the kinds and words that click hands to bash."""
    words = ["xent", *typed.split(" ")]
    asked = {
        "_XENT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    with mock.patch.dict(os.environ, asked):
        code, text = run_command(ROOT, program="xent")
    assert code == 0
    found = (line.partition(",") for line in text.splitlines() if line)
    return [(kind, word) for kind, _, word in found]


@pytest.mark.parametrize("name", ["xent", "grader"])
def test_the_program_that_was_typed_answers_in_any_course(name: str) -> None:
    """Also in a course that has another program of its own."""
    variable = f"_{name.upper()}_COMPLETE"
    course = ROOT / "examples" / "kmeans_pca"
    found = []
    for asked in ("bash_source", "bash_complete"):
        done = subprocess.run(
            [XENT.with_name(name)],
            cwd=course,
            env=os.environ
            | {variable: asked, "COMP_WORDS": f"{name} gra", "COMP_CWORD": "1"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        found.append(done.stdout)
    assert f"{variable}=bash_complete" in found[0]
    assert f" {name}\n" in found[0]
    assert found[1] == "plain,grade\n"


def test_nothing_is_drawn_and_no_judge_is_imported_for_a_tab() -> None:
    code = (
        "import atexit, os, sys; sys.argv = ['xent'];"
        "os.environ |= {'_XENT_COMPLETE': 'bash_complete',"
        " 'COMP_WORDS': 'xent grade 3 -e ', 'COMP_CWORD': '4'};"
        "atexit.register(lambda: print("
        "{'rich', 'numpy', 'invoke', 'grader.judge.grading'} & {*sys.modules}));"
        "from grader.cli.program import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split() == [*(f"plain,{tag}" for tag in TAGS), "set()"]


SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
LOADS = {
    "bash": 'eval "$(_XENT_COMPLETE=bash_source xent)"',
    "zsh": 'autoload -Uz compinit; compinit; eval "$(_XENT_COMPLETE=zsh_source xent)"',
    "fish": "_XENT_COMPLETE=fish_source xent | source",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_completes_a_command_a_lesson_and_an_exercise(
    shell: str, tmp_path: Path
) -> None:
    """Each Tab completes one word; Enter then runs the line that came of it."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    echo = tmp_path / "bin" / "xent"
    echo.parent.mkdir()
    # It says what it is called with, and lets the real one answer the shell.
    echo.write_text(
        f'#!/bin/sh\n[ -z "$_XENT_COMPLETE" ] || exec "{XENT}"\necho "CALLED:$*:"\n'
    )
    echo.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{echo.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "xterm",
    }
    name, *words = SHELLS[shell]
    terminal = pexpect.spawn(
        name, words, cwd=ROOT, env=environment, encoding="utf-8", timeout=300
    )
    try:
        terminal.sendline("echo REA''DY")
        terminal.expect("READY")
        terminal.sendline(f"{LOADS[shell]}; echo LOA''DED")
        terminal.expect("LOADED")
        terminal.send("xent rea\tlesson9\t --exerc\t9\t")
        terminal.send("\x15")  # of several exercises none is chosen: begin again
        terminal.send("xent rea\tlesson3_\t --exerc\t3g\r")
        terminal.expect("CALLED:([^:]*):")
        assert terminal.match is not None
        found = terminal.match[1]
    finally:
        terminal.close(force=True)
    assert found == "read lesson3_cross_entropy --exercise 3g"
