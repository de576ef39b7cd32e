"""tasks.py holds tasks of invoke: its options and chains do what invoke documents."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cli.command import LESSON
from grader.cli.table import ALIASES, commands
from tests.support.commands import run_invoke
from tests.support.project import ROOT

SOLVED = ("--attempt", "solutions")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The course, with attempts of its own."""
    root = tmp_path / "course"
    root.mkdir()
    for name in ("lessons", "course.toml", "pyproject.toml", "tasks.py"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "solutions", root / "solutions")
    return root


@pytest.mark.parametrize("place", [".", "docs", ".."])
@pytest.mark.parametrize(
    "option",
    [
        *(("-e",), ("--echo",), ("-p",), ("-w",), ("-R",), ("--no-dedupe",)),
        *(("-c", "tasks"), ("--collection=tasks",), ("-T", "5")),
        *(("--hide", "out"), ("-d",), ()),
    ],
)
def test_a_core_option_may_come_before_a_task(
    course: Path, place: str, option: tuple[str, ...]
) -> None:
    (course / "docs").mkdir()
    root = ("-r", str(course)) if place == ".." else ()
    words = (*root, *option, "read", "3c")
    code, text = run_invoke(course, *words, folder=course / place)
    assert (code, "3c  Softmax of a whole batch" in text) == (0, True)


@pytest.mark.parametrize("place", [".", "docs", ".."])
def test_the_tasks_are_listed_and_explained(course: Path, place: str) -> None:
    (course / "docs").mkdir()
    root = ("-r", str(course)) if place == ".." else ()
    folder = course / place
    code, text = run_invoke(course, *root, "--list", folder=folder)
    assert (code, "\n  class.grade " in text) == (0, True)
    assert "Default task: overview" in text
    code, text = run_invoke(
        course, *root, "--list", "--list-format=json", folder=folder
    )
    listed = json.loads(text)
    names = {one["name"] for one in listed["tasks"]}
    names |= {
        f"{x['name']}.{y['name']}" for x in listed["collections"] for y in x["tasks"]
    }
    assert (code, names) == (0, {*commands()})
    code, text = run_invoke(
        course, *root, "--list", "class", "-F", "flat", folder=folder
    )
    assert (code, ".export" in text) == (0, True)
    for asked in (("--help", "grade"), ("grade", "-h"), ("-h", "grade")):
        code, text = run_invoke(course, *root, *asked, folder=folder)
        assert (code, "-e STRING, --exercise=STRING" in text) == (0, True)
        assert LESSON in " ".join(text.split())
    code, text = run_invoke(course, "--help", folder=folder)
    assert (code, text.startswith("Usage: inv[oke] [--core-opts] task1")) == (0, True)
    code, text = run_invoke(course, *root, "-V", folder=folder)
    assert (code, text) == (0, "Invoke 3\n")


def test_a_chain_ends_at_the_first_code_that_is_not_0(course: Path) -> None:
    graded = ("grade", "lesson3", *SOLVED)
    code, text = run_invoke(course, *graded, "grade", "2a", *SOLVED, "read", "1a")
    assert (code, text.count("100 of 100")) == (0, 1)
    assert "(exercise 2a only)" in text
    assert "1a  Predict the shapes" in text
    code, text = run_invoke(course, "grade", "3c", *graded)
    assert (code, "100 of 100" in text) == (1, False)
    code, text = run_invoke(course, "grade", "3z", *graded)
    assert (code, "has no exercise '3z'" in text) == (2, True)
    assert "100 of 100" not in text


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("grade lesson3 --attempt solutions", "100 of 100"),
        ("grade --attempt solutions lesson3 --more", "100 of 100"),
        ("grade -m --attempt solutions --exercise 3b lesson3", "(exercise 3b only)"),
        ("grade 3b --attempt solutions", "(exercise 3b only)"),
        ("grade --lesson lesson3 --attempt solutions", "100 of 100"),
        ("overview", "Cross-entropy by hand, then the Keras network"),
        ("", "Cross-entropy by hand, then the Keras network"),
        ("overview lesson3", "Not graded yet."),
        ("hint 3c", "3c  hint 1 of"),
        ("hint 3 3e", "3e  hint 1 of"),
        ("grade lesson3 3b --attempt solutions", "(exercise 3b only)"),
        ("grade 3b lesson3 --attempt solutions", "(exercise 3b only)"),
        ("read 3 3a read 3c 3", "3c  Softmax of a whole batch"),
        ("read lesson3 --exercise 3c", "3c  Softmax of a whole batch"),
        *((f"{word} 3b --attempt solutions", "(exercise 3b only)") for word in ALIASES),
    ],
)
def test_words_may_be_typed_with_or_without_their_options(
    course: Path, words: str, shown: str
) -> None:
    code, text = run_invoke(course, *words.split())
    assert (code, shown in text) == (0, True), text


def test_grade_alone_grades_the_file_that_was_saved_last(course: Path) -> None:
    code, text = run_invoke(course, "grade")
    assert (code, "Which lesson?" in text) == (2, True)
    run_invoke(course, "start", "2")
    code, text = run_invoke(course, "grade")
    assert (code, "lesson2_prepare_data.py" in text) == (1, True)
    for number, saved_s in ((3, 2_000_000_000), (2, 1_900_000_000)):
        run_invoke(course, "start", f"{number}")
        (path,) = (course / "attempts").glob(f"lesson{number}_*.py")
        path.write_text(path.read_text("utf-8") + "# mine\n", "utf-8")
        os.utime(path, (saved_s, saved_s))
    code, text = run_invoke(course, "grade")
    assert (code, "lesson3_cross_entropy.py" in text) == (1, True)


def run_alone(*words: str, folder: Path, **around: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | around,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_file_by_itself_says_what_to_type_and_runs_nothing() -> None:
    code, said = run_alone("tasks.py", "grade", "3c", folder=ROOT)
    assert (code, said.startswith("Type:  ")) == (2, True)
    assert re.search(r"invoke grade 3c$", said.strip())


def test_a_script_in_a_folder_called_invoke_can_read_the_tasks(tmp_path: Path) -> None:
    script = tmp_path / "invoke" / "mytool.py"
    script.parent.mkdir()
    script.write_text(
        "import sys\n"
        f"sys.path.append({str(ROOT)!r})\n"
        "import tasks\n"
        "print('goes on with', len(tasks.namespace.task_names))\n"
    )
    (code, said) = run_alone(str(script), folder=tmp_path)
    assert (code, said.split()[:3]) == (0, ["goes", "on", "with"])


def test_the_tasks_can_be_read_by_another_program_of_invoke_s() -> None:
    code = (
        "import sys; sys.argv[0] = 'other'\n"
        "from invoke.program import Program; import tasks\n"
        "Program(namespace=tasks.namespace).run(['other', *sys.argv[1:]])"
    )
    found, text = run_alone("-c", code, "--list", "--list-format=json", folder=ROOT)
    assert found == 0
    assert text.count('"name": "') == len(commands()) + len(("class", "dev"))
    found, text = run_alone("-c", code, "overview", "--lesson", "zz", folder=ROOT)
    assert (found, "There is no lesson 'zz'." in text) == (2, True)


@pytest.mark.parametrize("program", ["invoke", "xent"])
def test_a_terminal_without_columns_shows_what_is_printed(program: str) -> None:
    path = str(Path(sys.executable).with_name(program))
    for words in (("read", "1a"), ("--help",), ("--list",), ("grade", "--help")):
        code, text = run_alone(path, *words, folder=ROOT, COLUMNS="0")
        assert (code, len(text) > 200) == (0, True)
    code, text = run_alone(path, "read", "1z", folder=ROOT, COLUMNS="0")
    assert (code, "no exercise '1z'" in text) == (2, True)
