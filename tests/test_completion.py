"""What the Tab key offers, asked in the shells themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from grader.cli.command import Program
from grader.cli.completion import complete

ROOT = Path(__file__).parent.parent
XENT = Path(sys.executable).with_name("xent")
NUMBERS = (1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9)
LESSONS = [f"lesson{number}" for number in NUMBERS]
TAGS = [f"3{letter}" for letter in "abcdefgh"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gra", ["grade"]),
        (
            "class.",
            [f"class.{x}" for x in ("export", "forget", "grade", "pack", "report")],
        ),
        ("grade ", LESSONS),
        ("grade lesson1", ["lesson1", "lesson10", "lesson11", "lesson12"]),
        ("read lesson3_", ["lesson3_cross_entropy"]),
        ("overview ", LESSONS),
        ("grade 3 --exercise ", TAGS),
        ("grade lesson3 -e ", TAGS),
        ("grade --exercise 3a ", LESSONS),
        ("grade --lesson ", LESSONS),
        ("grade --lesson = lesson9", ["lesson9"]),
        ("grade 3 --exercise = ", TAGS),
        ("dev.verify --exercise 3", TAGS),
        ("hint 3 --exercise 3a --e", ["--exercise"]),
        ("grade 3 --o", ["--open-files", "--out"]),
        ("serve --no", ["--no-browser"]),
        ("serve --no-browser --po", ["--port"]),
        ("grade 3 --attempt ", []),
        ("grade 33 --exercise ", []),
        ("class.grade ", []),
        (
            "class.grade folder --lesson lesson1",
            ["lesson1", "lesson10", "lesson11", "lesson12"],
        ),
        ("--v", ["--version"]),
        ("nonsense ", []),
        ("--help gra", ["grade"]),
    ],
)
def test_what_may_come_next_is_offered(typed: str, offered: list[str]) -> None:
    assert complete(Program.here(), ["xent", *typed.split(" ")]) == offered


def test_nothing_is_drawn_and_no_judge_is_imported_for_a_tab() -> None:
    code = (
        "import sys; sys.argv = ['xent', '--complete', '--', 'xent', 'grade', '3',"
        " '-e', '']; from grader.cli.program import main; main();"
        "print({'rich', 'numpy', 'invoke', 'grader.judge.grading'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split() == [*TAGS, "set()"]


SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
LOADS = {
    "bash": "source <(xent --print-completion bash)",
    "zsh": "source <(xent --print-completion zsh)",
    "fish": "xent --print-completion fish | source",
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
        f'#!/bin/sh\ncase "$1" in --*) exec {XENT} "$@";; esac\necho "CALLED:$*:"\n'
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
