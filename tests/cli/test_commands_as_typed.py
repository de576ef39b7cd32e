"""The words that people type, in a copy of the project, as they type them."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from grader.cli import command
from grader.cli.command import Exit
from tests.support.commands import INTERRUPTED, run_command
from tests.support.project import ROOT, copy_packages
from tests.support.served_course import make_course
from tests.support.waiting import waited

pytestmark = pytest.mark.usefixtures("share_pool")

LEFT_OUT = shutil.ignore_patterns("__pycache__", "mnist.npz")
LESSON3 = "lesson3_cross_entropy"

SLOW = """
import time
while True:
    time.sleep(1)
"""


class Project:
    """A copy of the project with one lesson, and a shell in its folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(
            ROOT / "lessons" / LESSON3, root / "lessons" / LESSON3, ignore=LEFT_OUT
        )
        shutil.copytree(ROOT / "lessons/data", root / "lessons/data", ignore=LEFT_OUT)
        (root / "lessons/data/mnist.npz").symlink_to(ROOT / "lessons/data/mnist.npz")
        (root / "solutions").mkdir()
        shutil.copy(ROOT / "solutions" / f"{LESSON3}.py", root / "solutions")
        shutil.copy(ROOT / "tasks.py", root)
        shutil.copy(ROOT / "pyproject.toml", root)
        self.attempt = root / "attempts" / f"{LESSON3}.py"

    def started(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        if not (self.root / "grader").is_dir():
            copy_packages(self.root)
        return subprocess.Popen(
            [sys.executable, "-m", "invoke", *words],
            cwd=self.root,
            env=os.environ
            | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        return run_command(self.root, *words)

    def run_alone(self, *words: str, **environment: str) -> tuple[int, str]:
        """Run a command in a process of its own."""
        process = self.started(*words, **environment)
        text, _ = process.communicate(timeout=300)
        return process.returncode, text


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_first_hour(project: Project) -> None:
    """The overview, a copy, stubs, a hint, a right attempt and the solution."""
    code, text = project.run()
    assert (code, "uv run invoke start lesson3" in text) == (0, True)

    code, text = project.run("overview", "--page")
    assert (code, "No lesson is completely right yet" in text) == (2, True)
    code, text = project.run("overview", "3", "--page")
    assert (code, "Leave the lesson out." in text) == (2, True)

    code, text = project.run("grade", "lesson3")
    assert code == 1
    assert f"attempts/{LESSON3}.py" in text
    assert text.count("not attempted") == 9
    assert project.attempt.is_file()

    code, text = project.run("hint", "3")
    assert (code, "3a  hint 1 of 3" in text) == (0, True)
    code, text = project.run("hint", "3")
    assert "hint 2 of 3" not in text
    assert "opens after one more graded attempt" in text

    code, text = project.run("solution", "3")
    text = " ".join(text.split())
    assert (code, "3i each after 3 more graded attempts." in text) == (1, True)

    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", project.attempt)
    code, text = project.run("grade", "lesson3")
    assert (code, "100 of 100" in text) == (0, True)

    code, text = project.run("solution", "3", "--exercise", "3e")
    assert (code, "def cross_entropy" in text) == (0, True)
    assert "SOLUTION" not in text

    code, text = project.run("overview", "lesson3")
    assert (code, text.count("of 100"), "100 of 100" in text) == (0, 2, True)
    code, text = project.run()
    assert "done" in text
    assert "Every lesson is done." in text
    assert "uv run invoke overview --page" in text
    code, text = project.run("overview", "--page")
    assert (code, "attempts/what_you_can_do.html" in text) == (0, True)
    page = project.attempt.with_name("what_you_can_do.html").read_text("utf-8")
    assert "You did every lesson of the course" in page
    assert "write tests that catch a wrong loss" in page


def test_a_file_with_an_earlier_number_is_graded_and_that_is_said(
    project: Project,
) -> None:
    old = project.attempt.with_name(f"lesson2_{LESSON3.partition('_')[2]}.py")
    old.parent.mkdir()
    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", old)
    code, text = project.run("grade", "3", "--exercise", "3a")
    assert (code, project.attempt.exists()) == (0, False)
    assert "Judging by its name, this file belongs to lesson 3:" in text
    assert f"attempts/{old.name}" in text
    assert project.run("start", "3")[0] == 0
    assert not project.attempt.exists()


def test_serve_knows_its_lesson_before_it_serves(project: Project) -> None:
    code, text = project.run("serve", "lesson99")
    assert (code, "There is no lesson 'lesson99'." in text) == (2, True)
    code, text = project.run("serve", "lesson3", "--room", "class")
    assert (code, "Leave the lesson out" in text) == (2, True)


@pytest.mark.slow
def test_exercises_graded_one_by_one_count_in_the_overview(project: Project) -> None:
    project.attempt.parent.mkdir()
    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", project.attempt)
    for tag in ("3a", "3b", "3c", "3d", "3e", "3f"):
        assert project.run("grade", "3", "--exercise", tag)[0] == 0
    _, text = project.run()
    assert "80 of 100" in text
    _, text = project.run("hint", "3")  # about the one that is left
    assert "3g  hint 1 of 1" in text
    for tag in ("3g", "3h", "3i"):
        assert project.run("grade", "3", "--exercise", tag)[0] == 0
    _, text = project.run()
    assert "Every lesson is done." in text
    _, text = project.run("overview", "lesson3")
    assert text.count(" alone") == 9
    code, text = project.run("overview", "--page")
    assert (code, "attempts/what_you_can_do.html" in text) == (0, True)


def test_a_class_is_graded_and_told_what_comes_next(project: Project) -> None:
    folder = project.root / "spring class"
    (folder / "ada").mkdir(parents=True)
    code, text = project.run("class.grade", "spring class", "--lesson", "3")
    assert (code, "nothing in 'spring class' that can be" in text) == (2, True)
    assert not (folder / "gradebook.sqlite").exists()
    code, text = project.run("class.report", "spring class")
    assert (code, "uv run invoke class.grade 'spring class'" in text) == (2, True)

    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", folder / "ada")
    (folder / "ada" / "notes.ipynb").write_text("{}")
    code, text = project.run("class.grade", "spring class", "--jobs", "0")
    assert (code, "1 graded" in text) == (0, True)
    assert "Isolation: " in text
    assert "One note on the submissions is above" in text
    assert "uv run invoke class.export 'spring class' --to csv" in text
    words = ("class.export", "spring class", "--to", "csv")
    code, text = project.run(*words, "--worksheet", "none.csv")
    assert (code, "--worksheet goes with --to canvas" in text) == (2, True)
    code, text = project.run(*words, "--out", "tasks.py")
    assert (code, "Choose another folder" in text) == (2, True)

    shutil.copy(project.root / "tasks.py", folder / "ada" / f"{LESSON3}.py")
    code, text = project.run("class.export", "spring class", "--to", "csv")
    one = "1 of 1 submission is not graded yet, or was replaced since."
    assert (code, one in " ".join(text.split())) == (0, True)
    scores = (folder / "export" / "scores.csv").read_text(encoding="utf-8-sig")
    assert "cannot be read as a notebook" in scores


@pytest.mark.parametrize(
    ("due", "is_late"),
    [("2026-11-20", False), ("2026-11-20T11:00", True), ("2026-11-19", True)],
)
def test_a_day_is_due_until_its_end_and_the_next_commands_know_it(
    project: Project, due: str, is_late: bool
) -> None:
    attempt = project.root / "submissions" / "ada" / f"{LESSON3}.py"
    attempt.parent.mkdir(parents=True)
    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", attempt)
    at = datetime(2026, 11, 20, 12).timestamp()
    os.utime(attempt, (at, at))
    words = ("class.grade", "submissions", "--jobs=0", "--lesson=3", "--due", due)
    code, text = project.run(*words)
    assert (code, "handed in late" in text) == (0, is_late)
    assert "Late is what was handed in after 2026-11-" in text
    assert "In files from Canvas, those with" not in text
    assert "invoke class.report submissions --lesson 3\n" in text
    assert project.run("class.report", "submissions")[0] == 0
    page = (project.root / "submissions" / "report" / "class.html").read_text("utf-8")
    assert ("handed in late" in page) == is_late
    assert project.run("class.report", "submissions", "--due", "never")[0] == 0
    page = (project.root / "submissions" / "report" / "class.html").read_text("utf-8")
    assert "handed in late" not in page
    attempt.rename(attempt.parent.with_name(f"lovelaceada_81_901_{LESSON3}.py"))
    _, text = project.run(*words)
    assert "In files from Canvas, those with LATE" in " ".join(text.split())


def test_late_is_said_of_the_lessons_that_have_a_date(project: Project) -> None:
    lesson1, folder = "lesson1_arrays", project.root / "submissions" / "ada"
    lessons = project.root / "lessons"
    shutil.copytree(ROOT / "lessons" / lesson1, lessons / lesson1, ignore=LEFT_OUT)
    shutil.copy(ROOT / "solutions" / f"{lesson1}.py", project.root / "solutions")
    folder.mkdir(parents=True)
    for name in (lesson1, LESSON3):
        (folder / f"{name}.py").write_text("x = 1\n")
    words = ("class.grade", "submissions", "--jobs=0")

    def late(*asked: str) -> list[str]:
        _, text = project.run(*words, *asked)
        return [line for line in text.splitlines() if "ate is what" in line]

    third = "is what was handed in after 2026-11-25 23:59."
    first = "is what was handed in after 2026-11-20 23:59."
    assert late("--lesson=3", "--due=2026-11-25") == [f"Late {third}"]
    assert late() == [f"Of lesson3, late {third}"]
    assert late("--lesson=1", "--due=2026-11-20") == [f"Late {first}"]
    assert late() == [f"Of lesson1, late {first}", f"Of lesson3, late {third}"]
    assert late("--due=2026-11-25") == [f"Late {third}"]
    roster = "learner,name,due\nada,Ada L,2026-12-01\nben,Ben M,\n"
    (folder.parent / "roster.csv").write_text(roster)
    _, text = project.run(*words)
    assert "Where it is later, the roster's own date counts for Ada L." in text


def test_who_cannot_be_graded_again_is_said_and_keeps_what_they_have(
    project: Project,
) -> None:
    folder = project.root / "submissions" / "ada"
    folder.mkdir(parents=True)
    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", folder)
    words = ("submissions", "--jobs", "0")
    assert project.run("class.grade", *words)[0] == 0
    with (project.root / "lessons" / LESSON3 / "exercises" / "__init__.py").open(
        "a"
    ) as checks:
        checks.write("import nowhere\n")
    code, text = project.run_alone("class.grade", *words, "--preview")
    text = " ".join(text.split())
    assert code == 3
    assert f"ada/{LESSON3}.py: lessons/{LESSON3}/exercises/__init__.py, line" in text
    assert "0 scores change, 0 do not change." in text
    assert "1 couldn't be graded again and keep their scores." in text
    # The path of the program is in quotes if it has spaces.
    assert re.search("invoke'? class.grade submissions", text)


def test_what_is_longer_than_a_line_stays_beside_what_leads_it(
    project: Project,
) -> None:
    folder = project.root / "submissions" / "ada"
    folder.mkdir(parents=True)
    source = (project.root / "solutions" / f"{LESSON3}.py").read_text(encoding="utf-8")
    (folder / f"{LESSON3}.py").write_text(source.replace("np.log(", "np.log2("))
    (folder / "notes.ipynb").write_text("{}")
    code, text = project.run_alone(
        *("class.grade", "submissions", "--jobs", "0"), COLUMNS="60"
    )
    lines = [line.rstrip() for line in text.splitlines()]
    assert code == 0
    # The path of the program isn't broken, however long it is.
    assert max(len(line) for line in lines if "/invoke" not in line) <= 60
    for start, gap in (("note  ada/notes", 6), ("  1 person, in 3d", 2), ("  3d  ", 6)):
        (at,) = [i for i, line in enumerate(lines) if line.startswith(start)]
        assert lines[at + 1].startswith(" " * gap)


@pytest.mark.parametrize("name", ["grade", "class.grade", "class.export"])
def test_help_after_a_command_shows_what_it_takes(project: Project, name: str) -> None:
    for asked in ((name, "--help"), (name, "3", "-h"), ("--help", name)):
        code, text = project.run(*asked)
        assert (code, f"Usage: invoke {name} [OPTIONS]" in text) == (0, True)
        assert "Options:\n  -" in text


@pytest.mark.parametrize("words", [("--help", "grade"), ("--list",), ("doctor",)])
def test_whoever_reads_may_have_enough(
    project: Project, words: tuple[str, ...]
) -> None:
    process = project.started(*words)
    assert process.stdout is not None
    process.stdout.close()  # as head does, or less when it is left
    # invoke prints help and lists itself, and lets Python end with 120.
    assert process.wait(timeout=300) in ((1,) if words == ("doctor",) else (1, 120))


def test_the_completion_of_invoke_knows_commands_and_options(project: Project) -> None:
    code, text = project.run_alone("--complete", "--", "invoke gra")
    assert (code, "grade" in text.split()) == (0, True)
    code, text = project.run_alone("--complete", "--", "invoke grade --ex")
    assert (code, "--exercise" in text.split()) == (0, True)


def test_a_class_is_told_of_wrong_numbers_before_anything(project: Project) -> None:
    for option, word in (("--seed", "9" * 20), ("--jobs", "-1")):
        code, text = project.run("class.grade", ".", option, word)
        assert (code, f"{option} takes a whole number" in text) == (2, True)


def test_another_file_is_graded_and_counts_for_nothing(project: Project) -> None:
    code, text = project.run("grade", "3", "--attempt", "solutions")
    assert (code, "100 of 100" in text) == (0, True)
    assert not project.attempt.exists()
    _, text = project.run("overview", "lesson3")
    assert "Not graded yet." in text
    assert "uv run invoke grade lesson3" in text


def test_the_report_is_written_as_json_and_a_seed_repeats_it(project: Project) -> None:
    words = (
        "grade",
        "3",
        "--attempt",
        "solutions",
        "--seed",
        "5",
        "--json",
        "out.json",
    )
    assert project.run(*words)[0] == 0
    report = json.loads((project.root / "out.json").read_text())
    assert (report["score"], report["seed"], report["schema_version"]) == (100, 5, 2)
    code, text = project.run("grade", "3", "--attempt", "solutions", "--json", "-")
    assert (code, json.loads(text)["score"]) == (0, 100)


@pytest.mark.parametrize("place", ["none/x.json", "lessons", "tasks.py/x.json"])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_graded(
    project: Project, place: str
) -> None:
    project.attempt.parent.mkdir()
    project.attempt.write_text(SLOW)
    files = sorted(project.root.iterdir())
    code, text = project.run("grade", "3", "--json", place)
    assert (code, text.count("\n")) == (2, 1)
    assert text.startswith(f"{place} cannot be written (")
    assert sorted(project.root.iterdir()) == files


def test_a_report_can_replace_a_file_and_go_to_a_device(project: Project) -> None:
    (project.root / "out.json").write_text("before")
    words = ("grade", "3", "--attempt", "solutions", "--json")
    assert project.run(*words, "out.json")[0] == 0
    assert json.loads((project.root / "out.json").read_text())["score"] == 100
    assert project.run(*words, "/dev/null")[0] == 0


def test_the_layers_of_the_sandbox_are_named_by_the_doctor(
    project: Project,
) -> None:
    words = ("grade", "3", "--attempt", "solutions")
    assert "Isolation:" not in project.run(*words)[1]
    assert "resource limits" in project.run("doctor")[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("grade", "lesson3_cros_entropy"), f"Did you mean {LESSON3}?"),
        (("grade", "lesson"), "no lesson 'lesson'. The lessons are lesson3."),
        (("grade", "33"), "There is no lesson '33'. The lessons are lesson3."),
        (("grade",), "Which lesson? For example: uv run invoke grade lesson1"),
        (("class.grade",), "Which folder are the submissions in? For example:"),
        (("grade", "3", "3z"), "has no exercise '3z'"),
        (("grade", "3", "3e", "3f"), "grade has no place for '3f' here."),
        (("grad", "3"), "There is no command 'grad'. Did you mean grade?"),
        (("grade", "3", "--nonsense"), "grade has no option --nonsense. Its options"),
        (("grade", "3", "--exercse", "3a"), "Did you mean --exercise?"),
        (("grade", "3", "--exercise"), "Option '--exercise' requires an argument."),
        (("grade", "3", "--seed", "abc"), "--seed takes a whole number below"),
        (
            ("grade", "3", "--attempt", "none.py"),
            "There is no file or folder 'none.py'",
        ),
        (("grade", "3", "--exercise", "3z"), "has no exercise '3z'"),
        (
            ("grade", "3", "--attempt", "solutions", "--json", "no/x.json"),
            "cannot be written",
        ),
        (("hint", "3", "--exercise", "3z"), "has no exercise '3z'"),
        (("read", "3", "--exercise", "3z"), "has no exercise '3z'"),
        (("class.grade", ".", "--due", "tomorrow"), "--due 'tomorrow' isn't a date"),
        (("dev.new",), "For example: uv run invoke dev.new lesson11_convolutions"),
        (("dev.new", "lesson3_again"), "There is a lesson 3 already"),
        (("dev.new", "lesson3_again"), f"delete solutions/{LESSON3}.py and the folder"),
        (("dev.new", "Lesson X"), "A lesson is named like lesson11_convolutions"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(
    project: Project, words: tuple[str, ...], sentence: str
) -> None:
    code, text = project.run(*words)
    assert code == 2
    assert sentence in " ".join(text.split())
    assert "Traceback" not in text


def test_a_gradebook_that_cannot_be_used_costs_no_report(project: Project) -> None:
    project.attempt.parent.mkdir()
    (project.attempt.parent / "gradebook.sqlite").write_text("no gradebook" * 99)
    code, text = project.run("grade", "3", "--attempt", "solutions")
    assert code == 3
    assert "100 of 100" in text
    assert "cannot be used" in text


def test_a_reset_keeps_the_old_file(project: Project) -> None:
    project.run("start", "3")
    project.attempt.write_text("mine")
    code, text = project.run("reset", "3")
    kept = project.attempt.parent / "earlier" / f"{LESSON3}-1.py"
    assert (code, kept.read_text()) == (0, "mine")
    assert f"attempts/earlier/{LESSON3}-1.py" in text


def test_a_reset_brings_a_graded_version_back(project: Project) -> None:
    code, text = project.run("reset", "3", "--to", "best")
    assert (code, "No graded version of lesson3 is kept." in text) == (2, True)
    right = (project.root / "solutions" / f"{LESSON3}.py").read_bytes()
    project.attempt.parent.mkdir(exist_ok=True)
    project.attempt.write_bytes(right)
    project.run("grade", "3")
    project.attempt.write_text("spoilt")
    code, text = project.run("reset", "3", "--to", "best")
    assert (code, project.attempt.read_bytes()) == (0, right)
    assert "100 of 100 points" in text
    kept = project.attempt.parent / "earlier" / f"{LESSON3}-1.py"
    assert kept.read_text() == "spoilt"
    notebook = project.attempt.with_suffix(".ipynb")
    notebook.write_text("{}")
    code, text = project.run("reset", "3", "--to", "best")
    assert (code, notebook.read_text()) == (0, "{}")
    assert f"{LESSON3}.ipynb is still there. {LESSON3}.py is newer" in text
    notebook.unlink()
    code, text = project.run("reset", "3", "--to", "yesterday")
    assert (code, "kept from before the end of 20" in text) == (2, True)
    code, text = project.run("reset", "3", "--to", "soon")
    assert (code, "--to 'soon' isn't a date" in text) == (2, True)
    assert project.attempt.read_bytes() == right


def test_what_mends_a_mistake_comes_the_second_time_or_with_a_hint(
    project: Project,
) -> None:
    right = (project.root / "solutions" / f"{LESSON3}.py").read_text(encoding="utf-8")
    wrong = right.replace("e.sum(axis=-1, keepdims=True)", "e.sum(axis=0)")
    seen, cure = "Your COLUMNS sum to 1.", "Normalize over axis 1"
    project.attempt.parent.mkdir()
    project.attempt.write_text(wrong)
    told = project.run("grade", "3", "--exercise", "3c")[1]
    assert (seen in told, cure in told) == (True, False)
    assert "A hint also shows how to fix this mistake." in told
    project.attempt.write_text(f"{wrong}# another cell\n")
    assert cure not in project.run("grade", "3")[1]
    project.attempt.write_text(wrong.replace("e.sum(axis=0)", "np.sum(e, axis=0)"))
    told = project.run("grade", "3")[1]
    assert (seen in told, cure in told) == (True, True)
    assert cure in project.run("hint", "3", "--exercise", "3c")[1]
    assert cure not in project.run("hint", "3", "--exercise", "3d")[1]


def test_an_empty_file_is_told_how_to_get_the_text_back(project: Project) -> None:
    project.attempt.parent.mkdir()
    project.attempt.write_text("")
    code, text = project.run("grade", "3")
    assert (code, "Your file is empty." in text) == (1, True)
    assert "could not be loaded" not in text
    assert "uv run invoke reset lesson3" in text
    assert "There is no" not in text
    assert project.run("reset", "3")[0] == 0
    assert "Your file is empty." not in project.run("grade", "3")[1]


def test_a_lesson_is_read_in_ascii_and_at_60_columns(project: Project) -> None:
    code, text = project.run_alone(
        *("read", "3"), COLUMNS="60", PYTHONIOENCODING="ascii"
    )
    assert code == 0
    assert text.isascii()
    assert "Cross-entropy by hand" in text


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_COLOR": "1"},
        {"TERM": "dumb"},
        {"PYTHONIOENCODING": "ascii"},
        {"COLUMNS": "60"},
    ],
)
def test_a_pipe_gets_no_escape_codes(
    project: Project, environment: dict[str, str]
) -> None:
    code, text = project.run_alone(
        "grade", "3", "--attempt", "solutions", **environment
    )
    assert code == 0
    assert "\x1b" not in text
    assert "100 of 100" in text


def test_ctrl_c_ends_in_one_line_and_loses_nothing(project: Project) -> None:
    project.attempt.parent.mkdir()
    project.attempt.write_text(SLOW)
    process = project.started("grade", "3")
    # A worker is the first process that a grading starts.
    assert waited(lambda: psutil.Process(process.pid).children(recursive=True))
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=300)
    assert process.returncode in INTERRUPTED, text
    assert text.strip().splitlines()[-1].startswith("Stopped.")
    assert "Traceback" not in text
    assert project.attempt.read_text() == SLOW


def test_ctrl_c_ends_a_server_with_an_open_page_without_a_traceback(
    project: Project,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = project.started("serve", "--no-browser", "--port", str(port))
    assert process.stdout is not None
    address = next(line.strip() for line in process.stdout if "http:" in line)
    cookies = urllib.request.HTTPCookieProcessor()
    browser = urllib.request.build_opener(cookies)
    browser.open(address).read()
    with browser.open(f"http://127.0.0.1:{port}/events"):  # as an open page does
        process.send_signal(signal.SIGINT)
        text, _ = process.communicate(timeout=300)
    assert process.returncode in INTERRUPTED
    assert "Traceback" not in text
    # Nothing was written, so there is no file of the learner's to speak of.
    last = "Nothing is still running, and everything you saved is still there."
    assert text.strip().splitlines()[-1] == f"Stopped. {last}"
    assert not project.attempt.exists()


def test_the_doctor_looks_at_this_machine(project: Project) -> None:
    code, text = project.run("doctor")
    assert code in (0, 1)
    for word in ("Python", "mnist.npz", "gradebook", "isolation"):
        assert word in text
    assert "TensorFlow" not in text  # this course's one lesson needs none


@pytest.mark.slow
def test_a_new_lesson_keeps_every_promise_from_the_start(project: Project) -> None:
    code, text = project.run("dev.new", "lesson11_convolutions")
    assert (code, "lessons/lesson11_convolutions/exercises/b_mean.py" in text) == (
        0,
        True,
    )
    assert text.index("invoke dev.build") < text.index("invoke dev.verify --lesson les")
    code, text = project.run("dev.verify", "--lesson", "11")
    assert (code, "good" in text) == (0, True), text
    code, text = project.run("dev.verify", "--exercise", "11b")
    assert (code, "1 exercise, 2 checks, 1 of 1 mistakes" in text) == (0, True), text
    assert re.search(r"11b\.\w+ .*\n +expected .*, this gives ", text), text
    code, text = project.run("dev.verify", "--exercise", "11b", "--seeds", "2")
    assert (code, "0 verdicts changed" in " ".join(text.split())) == (0, True), text
    code, text = project.run("dev.build")
    assert (code, text) == (0, "0 pages changed.\n"), text
    assert "0 pages changed." in project.run("dev.build")[1]


def test_a_page_that_differs_from_its_solution_is_told(project: Project) -> None:
    assert project.run("dev.build", "--check") == (0, "")
    page = project.root / "lessons" / "lesson3_cross_entropy" / "lesson.py"
    before = page.read_text(encoding="utf-8")
    page.write_text(before + "\n", encoding="utf-8")
    code, text = project.run("dev.build", "--check")
    assert (code, "lesson3_cross_entropy: the page differs" in text) == (1, True)
    assert page.read_text(encoding="utf-8") == before + "\n"


def test_the_last_lesson_is_the_end_only_when_all_are_done(project: Project) -> None:
    project.run("dev.new", "lesson11_convolutions")
    shutil.copytree(project.root / "solutions", project.attempt.parent)
    code, text = project.run("grade", "11")
    assert (code, "have done every lesson" in text) == (0, False)
    first = r"The first unfinished one: lesson 3, .+\s+uv run invoke grade lesson3\n"
    assert re.search(first, text, re.DOTALL)
    code, text = project.run("grade", "3")
    assert (code, "have done every lesson" in text) == (0, True)
    code, text = project.run("grade", "11")
    assert (code, "have done every lesson" in text) == (0, True)
    assert "invoke overview --page" in text
    project.attempt.unlink()
    (project.attempt.parent / "gradebook.sqlite").unlink()
    code, text = project.run("grade", "11", "--attempt", "solutions")
    assert (code, "invoke start lesson3" in text) == (0, True)


def test_an_author_s_mistake_is_no_fault_of_the_grader(project: Project) -> None:
    checks = project.root / "lessons" / LESSON3 / "exercises" / "__init__.py"
    lines = checks.read_text().count("\n")
    checks.write_text(checks.read_text() + "def x(:\n")
    for line in ("dev.verify", "grade 3", "hint 3"):
        code, text = project.run(*line.split())
        assert code == 3
        assert (
            f"lessons/{LESSON3}/exercises/__init__.py, line {lines + 1}: invalid syntax"
            in text
        )
        assert "Traceback" not in text
        assert "report this" not in text
    checks.write_text(checks.read_text().replace("def x(:", "x()"))
    code, text = project.run("dev.verify")
    assert (code, f"line {lines + 1}: NameError: name 'x'" in text) == (3, True)


def test_a_lesson_without_its_solution_is_said(project: Project) -> None:
    (project.root / "solutions" / f"{LESSON3}.py").unlink()
    assert project.run("start", "3")[0] == 0
    code, text = project.run("grade", "3")
    assert (code, "cannot be read (No such file" in " ".join(text.split())) == (3, True)
    assert "Traceback" not in text


def test_every_command_has_a_line_of_help(project: Project) -> None:
    code, text = project.run("--list")
    assert code == 0
    text = text.partition("Commands:")[2].partition("The options of a command")[0]
    commands = re.findall(r"^  ([\w.-]+)(.*)$", text, re.MULTILINE)
    assert [name for name, line in commands if not line.strip()] == []
    for name in ("overview", "grade", "hint", "solution", "dev.build", "dev.verify"):
        assert name in text


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_takes_no_file_is_said_and_is_no_fault(number: int) -> None:
    @command.command()
    def start(_: command.Program) -> None:
        raise OSError(number, os.strerror(number), "attempts/lesson5.py")

    with pytest.raises(Exit) as ended:
        start(command.Program.here())
    assert ended.value.code == command.MISUSE
    said = str(ended.value.message)
    assert re.match(r"attempts/lesson5.py cannot be (read or )?written", said)
    # It is not known here what had been done before.
    assert "Nothing was changed" not in said
    assert "unchanged" not in said


def test_a_solution_opens_exercise_by_exercise(project: Project) -> None:
    solution = (project.root / "solutions" / f"{LESSON3}.py").read_text("utf-8")
    project.attempt.parent.mkdir()
    changed = solution.replace("es = [math.exp(logit)", "es = [2 * math.exp(logit)")
    assert changed != solution
    project.attempt.write_text(changed.replace("np.mean", "np.sum"), "utf-8")
    project.run("grade", "3", "--exercise", "3e")
    code, text = project.run("solution", "3", "--exercise", "3a")
    said = "3a opens when it is right, or after 3 more graded attempts."
    assert (code, said in " ".join(text.split())) == (1, True)
    assert "PAPER" not in text
    project.run("grade", "3")
    code, text = project.run("solution", "3", "--exercise", "3a")
    assert (code, "PAPER" in text) == (0, True)
    assert "softmax_row" not in text


def test_a_line_half_typed_costs_its_exercise_only(
    project: Project,
) -> None:
    solution = (project.root / "solutions" / f"{LESSON3}.py").read_text("utf-8")
    project.attempt.parent.mkdir()
    half = solution.replace("def losses(y, p):\n", "def losses(y, p:\n")
    project.attempt.write_text(half, "utf-8")
    code, text = project.run("grade", "lesson3")
    assert code == 1
    assert "90 of 100" in text
    assert "The rest of the file was graded without it." in text
    line = half[: half.index("def losses")].count("\n") + 1
    top = text.index(f"Python cannot read exercise 3d. The ( in line {line} is")
    assert top < text.index("3a  The paper batch")
    assert "def losses(y, p:" in text
    code, text = project.run("grade", "lesson3", "--exercise", "3b")
    assert (code, "Exercise 3b is right." in text) == (1, True)
    assert f"Python cannot read exercise 3d. The ( in line {line} is" in text
    code, text = project.run("grade", "lesson3", "--exercise", "3e")
    told = " ".join(text.split())
    assert (code, "Exercise 3e is right." in told) == (1, True)
    assert "Judged with the lesson's own losses, because 3d isn't right yet." in told
    assert f"Python cannot read exercise 3d. The ( in line {line} is" in told


def test_a_stray_statement_costs_nothing_and_is_said_at_the_top(
    project: Project,
) -> None:
    solution = (project.root / "solutions" / f"{LESSON3}.py").read_text("utf-8")
    project.attempt.parent.mkdir()
    project.attempt.write_text(f"{solution}\n# %%\nprint(p[i])\n", "utf-8")
    code, text = project.run("grade", "lesson3")
    line = solution.count("\n") + 3
    assert (code, "100 of 100" in text) == (1, True)
    top = text.index("Your file doesn't run as it is.")
    assert top < text.index(f"Line {line} fails: NameError: name 'p' is not defined.")
    assert top < text.index("3a  The paper batch")
    assert "You can now" not in text
    assert f"Next: fix attempts/{LESSON3}.py, line {line}," in " ".join(text.split())


NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"}
WATCHED = """
import socket, sys
seen = set()
sys.addaudithook(lambda event, _: seen.add(event))
from grader.cli.program import main
sys.argv = ["invoke", "grade", "lesson3"]
code = main()
print(code, *sorted(seen & set({network!r})))
with socket.socket() as line:
    line.connect_ex(("127.0.0.1", 9))
print(*sorted(seen & set({network!r})))
"""


@pytest.mark.promise("connects-to-nothing")
@pytest.mark.slow
def test_grading_connects_to_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.run("start", "lesson3")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(network=sorted(NETWORK))],
        cwd=project.root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    # What sees nothing sees what there is.
    assert done.stdout.splitlines()[-2:] == ["1", "socket.connect"], done.stderr


@pytest.mark.parametrize("is_slow", [True, False])
def test_a_slow_grading_says_how_the_next_one_is_quicker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_slow: bool
) -> None:
    monkeypatch.setattr("grader.cli.grading.SLOW_S", 0.0 if is_slow else 1e9)
    code, said = run_command(make_course(tmp_path), "grade", "1")
    words = " ".join(said.split())
    assert code == 1
    assert ("To grade again sooner, use one of these" in words) == is_slow
    assert all((f"{x} lesson1" in words) == is_slow for x in ("watch", "serve"))
