"""What is typed is understood in the same way by `xent` and by `invoke`."""

import importlib
import os
import pkgutil
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from grader import cli
from grader.cli import program
from grader.cli.command import Command, find_command
from grader.cli.table import ALIASES, commands
from tests.support.commands import run_command
from tests.support.project import ROOT

PROGRAMS = {
    "xent": [sys.executable, str(Path(sys.executable).with_name("xent"))],
    "invoke": [sys.executable, "-m", "invoke"],
}


def run(
    name: str, *words: str, folder: Path = ROOT, columns: int = 80
) -> tuple[int, str]:
    done = subprocess.run(
        [*PROGRAMS[name], *words],
        cwd=folder,
        env=os.environ | {"COLUMNS": f"{columns}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def test_without_docstrings_the_reason_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    returned, said = run("xent", "grade", "lesson1")
    assert (returned, "needs docstrings" in said) == (2, True)
    assert "contain the sentences of its checks" in said


def test_what_grades_for_others_gives_the_same_reason() -> None:
    code = (
        "from pathlib import Path\n"
        "from grader import judge\n"
        "from grader.common.errors import Misuse\n"
        "from grader.course.document import catalog\n"
        "try:\n"
        "    judge.exercises(catalog.find('3', Path.cwd()))\n"
        "except Misuse as error:\n"
        "    print(error)\n"
    )
    words = [sys.executable, "-OO", "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "needs docstrings" in done.stdout


# More digits than Python makes an integer of.
LONG = "9" * 5_000
GRADE = """\
Usage: xent grade [OPTIONS] [LESSON] [EXERCISE]

  Grade your attempt.

  Exit code 0: all right. 1: not yet. 2: misuse. 3: the grader's own fault.

Options:
  -l, --lesson TEXT      the lesson: 3, lesson3 or its full name; the one
                         whose file you saved last if you leave it out
"""
LAB = """\
  -b, --browser / --no-browser  open a browser; --no-browser only prints the
                                address
"""
DOCTOR = """\
Usage: xent doctor [OPTIONS]

  Check whether this machine is ready.

Options:
  -h, --help  Show this message and exit.
"""


def test_a_help_screen_says_what_a_command_takes() -> None:
    assert run("xent", "--help", "doctor") == (0, DOCTOR)
    assert run("xent", "doctor", "--help") == (0, DOCTOR)
    code, text = run("xent", "grade", "3", "-h")
    assert (code, text[: len(GRADE)]) == (0, GRADE)
    assert LAB in run("xent", "--help", "lab")[1]
    assert run("xent", "--help", "check")[1].startswith("Usage: xent check [OPTIONS]")
    assert "`xent hint 3` is about" in run("xent", "--help", "hint")[1]
    assert "`invoke hint 3` is about" in run("invoke", "--help", "hint")[1]
    assert run("xent", "-V")[1].startswith("xent 0")


def listed_under(heading: str, text: str) -> set[str]:
    rows = text.partition(f"{heading}:\n")[2].partition("\n\n")[0].splitlines()
    return {row.split()[0] for row in rows if row[2:3].strip()}


def test_every_command_is_listed_under_its_heading_and_has_its_help() -> None:
    code, text = run("xent", "--help")
    assert (code, run("xent", "--list")) == (0, (0, text))
    own = listed_under("Commands", text)
    assert {"overview", "start", "grade", "hint", "serve"} < own
    around = listed_under("To look around", text)
    assert around == {"demo", "doctor", "init"}
    classes, authors = (listed_under(x, text) for x in ("For classes", "For authors"))
    assert {x.partition(".")[0] for x in classes} == {"class"}
    assert {x.partition(".")[0] for x in authors} == {"dev", "new-course"}
    assert own | around | classes | authors == {*commands()}
    assert text.index("Commands:") < text.index("For classes:")
    for name in commands():
        for parameter in find_command(name).parameters:
            assert parameter.help or parameter.name == "lesson", (name, parameter)


def test_every_command_in_the_code_can_be_typed() -> None:
    modules = [x.name for x in pkgutil.iter_modules(cli.__path__, f"{cli.__name__}.")]
    modules += ["grader.classroom.commands", "grader.classroom.workshop.commands"]
    made = {
        id(one)
        for name in modules
        for one in vars(importlib.import_module(name)).values()
        if isinstance(one, Command)
    }
    known = [find_command(name) for name in commands()]
    assert made == {id(x) for one in known for x in (one, *one.extensions)}


def test_a_course_lists_only_what_it_has(toy) -> None:
    code, text = run_command(toy.root, "--help")
    listed = listed_under("Commands", text) | listed_under("To look around", text)
    assert (code, "grade" in listed) == (0, True)
    assert listed.isdisjoint({"demo", "draw"})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("grade --exercise 3a 3", {"lesson": "3", "exercise": "3a"}),
        ("grade 3c", {"lesson": "3", "exercise": "3c"}),
        ("grade 12C --more", {"lesson": "12", "exercise": "12C", "more": True}),
        ("grade lesson3 3c", {"lesson": "lesson3", "exercise": "3c"}),
        ("read -e 3c", {"lesson": "3", "exercise": "3c"}),
        ("hint 3c lesson3", {"lesson": "lesson3", "exercise": "3c"}),
        ("solution 3c", {"lesson": "3", "exercise": "3c"}),
        ("watch 3c --polling", {"lesson": "3", "exercise": "3c", "polling": True}),
        ("run 3c", {"lesson": "3", "exercise": "3c"}),
        ("dev.verify 3c", {"lesson": "3", "exercise": "3c"}),
        ("grade", {}),
        *((f"{word} 3c", {"lesson": "3", "exercise": "3c"}) for word in ALIASES),
        ("grade 3 -e3a -m", {"lesson": "3", "exercise": "3a", "more": True}),
        ("grade 3 -me 3a", {"lesson": "3", "exercise": "3a", "more": True}),
        ("grade --lesson=3 --json -", {"lesson": "3", "json": "-"}),
        ("serve --no-browser", {"browser": False}),
        ("lab 3 --browser -p 9", {"lesson": "3", "browser": True, "port": "9"}),
        ("overview --page", {"page": True}),
        ("overview 3", {"lesson": "3"}),
        ("class.grade x -l 1 --lesson 2", {"submissions": "x", "lesson": ["1", "2"]}),
        ("class.pack --lesson 3 -o x", {"lesson": "3", "out": "x"}),
        ("grade 3 --require-sandbox", {"lesson": "3", "require_sandbox": True}),
    ],
)
def test_options_may_stand_anywhere_and_be_written_as_everywhere(
    words: str, found: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, *rest = words.split()
    seen: list[object] = []
    asked = find_command(ALIASES.get(name, name))
    assert asked.parameters  # they are read from the function, once
    monkeypatch.setattr(asked, "function", lambda _, **values: seen.append(values))
    monkeypatch.setattr(sys, "argv", ["xent", name, *rest])
    assert (program.main(), seen) == (0, [found])


def test_what_xent_shows_can_be_typed_wherever_it_was_typed(tmp_path: Path) -> None:
    """Outside of the course's folder, where uv and invoke would find nothing, too."""
    for folder in (tmp_path, ROOT, ROOT / "docs"):
        # Without a folder it always asks; `grade` takes the attempt saved last.
        code, text = run("xent", "class.grade", folder=folder)
        shown = text.partition("For example:  ")[2].strip().removesuffix("submissions")
        assert (code, "invoke" in text) == (2, False)
        again = subprocess.run(
            shlex.split(shown), cwd=folder, capture_output=True, text=True, timeout=300
        )
        # uv may say first what it installs.
        assert (again.returncode, text in again.stderr) == (2, True)


# What takes long to import and no grading of lesson 3 needs in the judge's process.
HEAVY = {
    *("invoke", "asyncio", "unittest", "starlette", "jinja2", "tensorflow", "keras"),
    *("sympy", "matplotlib", "jupytext", "watchfiles", "logging", "argparse"),
    *("rich.markdown", "rich.syntax", "rich.progress", "rich.live", "pygments"),
}


def test_a_grading_imports_no_more_than_it_needs() -> None:
    code = (
        "import sys; sys.argv = ['xent', 'grade', '3', '--attempt', 'solutions']\n"
        "from grader.cli.program import main\n"
        "assert main() == 0\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, "100 of 100" in done.stdout) == (0, True)
    imported = set(done.stderr.split())
    assert imported & HEAVY == set()
    ours = {name for name in imported if name.split(".")[0] in ("grader", "lessons")}
    assert 60 < len(ours) <= 107, sorted(ours)


def test_the_worker_starts_before_what_the_judge_needs_is_imported() -> None:
    code = (
        "import sys; sys.argv = ['xent', 'grade', '3', '--attempt', 'solutions']\n"
        "def see(event, _):\n"
        "    if event == 'subprocess.Popen':\n"
        "        print(*sys.modules, sep='\\n', file=sys.stderr)\n"
        "sys.addaudithook(see)\n"
        "from grader.cli.program import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    before = set(done.stderr.split())
    assert "grader.cli.grading" in before
    heavy = {
        "numpy",
        "rich",
        "sqlite3",
        "grader.judge.grading",
        "grader.learner.gradebook",
    }
    assert before & heavy == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux's")
@pytest.mark.parametrize("words", ["--list", "--version", "--help grade", "overview 3"])
def test_output_that_cannot_be_written_is_a_clear_error(words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAMS["xent"], *words.split()],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
        )
    assert done.returncode == 2
    assert "cannot be written (No space left on device)." in done.stderr
    assert "Traceback" not in done.stderr
