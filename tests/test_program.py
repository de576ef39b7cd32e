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
from grader.cli import help_screens, program
from grader.cli.command import Command, Program
from grader.cli.table import commands, find_command

ROOT = Path(__file__).parent.parent
PROGRAMS = {
    "xent": [sys.executable, str(Path(sys.executable).with_name("xent"))],
    "invoke": [sys.executable, "-m", "invoke"],
    "tasks.py": [sys.executable, str(ROOT / "tasks.py")],
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


def test_the_file_of_the_commands_runs_them_and_no_width_hides_what_they_print() -> (
    None
):
    returned, said = run("tasks.py", "read", "lesson1", "--exercise", "1z", columns=0)
    assert (returned, "no exercise '1z'" in said) == (2, True)
    returned, said = run("tasks.py", "read", "lesson1", "--exercise", "1a", columns=0)
    assert (returned, "Predict the shapes" in said) == (0, True)


def test_without_docstrings_the_reason_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    returned, said = run("xent", "grade", "lesson1")
    assert (returned, "needs docstrings" in said) == (2, True)


# More digits than Python makes an integer of.
LONG = "9" * 5_000
GRADE = """\
Usage: xent grade LESSON [--options]

Docstring:
  Grade your attempt.

  Exit code 0: all right. 1: not yet. 2: misuse. 3: the grader's own fault.

Options:
  -a STRING, --attempt=STRING    grade this file, or the one in this folder,
                                 instead of your working copy
  -d, --debug                    keep the output of the workers and show where;
                                 to debug the grader
  -e STRING, --exercise=STRING   grade only this exercise: the tag of one
                                 exercise, such as 3e
"""
OVERVIEW = """\
Usage: xent overview [LESSON] [--options]

Docstring:
  Show how far you are, and the one command that comes next.

Options:
  -l STRING, --lesson=STRING   the gradings of one lesson, and the mistakes
                               named: the lesson: 3, lesson3 or its full name
  -p, --page                   write a page to keep, with what you can do now
                               and what you trained

"""
LAB = """\
  -b, --[no-]browser           open a browser; --no-browser only prints the
                               address
"""
DOCTOR = """\
Usage: xent doctor

Docstring:
  Check whether this machine is ready.

Options:
  none

"""


def test_a_help_screen_says_what_a_command_takes() -> None:
    assert run("xent", "--help", "overview") == (0, OVERVIEW)
    assert run("xent", "doctor", "--help") == (0, DOCTOR)
    code, text = run("xent", "grade", "3", "-h")
    assert (code, text[: len(GRADE)]) == (0, GRADE)
    assert LAB in run("xent", "--help=lab")[1]
    assert "`xent hint 3` is about" in run("xent", "--help", "hint")[1]
    assert "`invoke hint 3` is about" in run("invoke", "--help", "hint")[1]


def test_every_command_is_listed_and_has_its_help() -> None:
    code, text = run("xent", "--list")
    assert (code, text.startswith("Subcommands:\n\n  demo           See")) == (0, True)
    assert "  class.pack     Make the autograder of a lesson for Gradescope." in text
    assert text.endswith("\n\nDefault task: overview\n\n")
    assert {
        line.split()[0] for line in text.splitlines()[2:-2] if line[2:3].strip()
    } == {*commands()}
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


def test_a_course_lists_only_what_it_has(
    toy, capsys: pytest.CaptureFixture[str]
) -> None:
    help_screens.show_list(Program(toy.root))
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line}
    assert "grade" in listed
    assert listed.isdisjoint({"demo", "draw"})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("grade 3 --exercse 3a", "grade has no option --exercse. Did you mean"),
        ("grade 3 --ex 3a", "grade has no option --ex. Its options:"),
        ("grade 3 -x", "grade has no option -x. Its options:"),
        ("grade 3 --more=1", "--more takes no word."),
        ("grade --exercise --more 3", "--exercise needs a word after it."),
        ("grade 3 -e", "--exercise needs a word after it."),
        ("grade 3 doctor", "Type one command at a time: doctor is another one."),
        ("dev.verify --seeds abc", "--seeds takes a whole number, not 'abc'."),
        (f"dev.verify --seeds {LONG}", f"--seeds takes a whole number, not '{LONG}'."),
        ("class.grade x --preview --due never", "--preview records nothing."),
        (f"class.grade x --seed {LONG}", "--seed takes a whole number below"),
        (f"serve --port {LONG}", "--port takes a number such as 8800"),
        ("serve --proxy 10.0.0.1", "--proxy needs --room"),
        ("serve --room r --proxy me", "--proxy takes the IPv4 address of a proxy"),
        ("overview 3 4", "There is no command '4'."),
        ("join ROOM", "A room is in the browser: open its address there."),
        ("dev.try", "Which folder are the attempts in? For example:"),
        ("--nonsense", "There is no command '--nonsense'."),
        ("--list nothing", "There are no commands in 'nothing'."),
        ("--print-completion csh", "There is completion for bash, zsh, fish, not"),
        ("serve --no-brower", "Did you mean --no-browser?"),
    ],
)
def test_a_word_that_is_no_command_gets_the_same_answer_from_both(
    words: str, sentence: str
) -> None:
    code, text = run("xent", *words.split())
    assert (code, sentence in " ".join(text.split())) == (2, True), text
    assert run("invoke", *words.split()) == (code, text.replace("xent", "invoke"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("grade --exercise 3a 3", {"lesson": "3", "exercise": "3a"}),
        ("grade 3 -e3a -m", {"lesson": "3", "exercise": "3a", "more": True}),
        ("grade 3 -me 3a", {"lesson": "3", "exercise": "3a", "more": True}),
        ("grade --lesson=3 --json -", {"lesson": "3", "json": "-"}),
        ("serve --no-browser", {"browser": False}),
        ("lab 3 --browser -p 9", {"lesson": "3", "browser": True, "port": 9}),
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
    asked = find_command(name)
    assert asked.parameters  # they are read from the function, once
    monkeypatch.setattr(asked, "function", lambda _, **values: seen.append(values))
    monkeypatch.setattr(sys, "argv", ["xent", name, *rest])
    assert (program.main(), seen) == (0, [found])


def test_what_xent_shows_can_be_typed_wherever_it_was_typed(tmp_path: Path) -> None:
    """Outside of the course's folder, where uv and invoke would find nothing, too."""
    for folder in (tmp_path, ROOT, ROOT / "docs"):
        code, text = run("xent", "grade", folder=folder)
        shown = text.partition("For example:  ")[2].strip().removesuffix("lesson1")
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


def test_tasks_can_be_read_by_another_program_of_invoke_s() -> None:
    code = (
        "import sys; sys.argv[0] = 'other'\n"
        "from invoke.program import Program; import tasks\n"
        "Program(namespace=tasks.namespace).run(['other', *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", code]

    def other(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [*command, *words], cwd=ROOT, capture_output=True, text=True, timeout=300
        )
        return done.returncode, done.stdout + done.stderr

    code_of_list, text = other("--list", "--list-format=json")
    assert code_of_list == 0
    assert text.count('"name": "') == len(commands()) + len(("class", "dev"))
    assert other("overview", "--lesson", "zz") == run("invoke", "overview", "zz")
    assert "-e STRING, --exercise=STRING" in other("--help", "grade")[1]


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
