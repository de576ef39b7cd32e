"""A course names the packages that it needs, and a pack works where it lands."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from grader.course.document.cells import Document
from grader.course.document.notebook_writer import to_notebook
from tests.support.commands import run_command
from tests.support.toy_lesson import PAGE, Toy

RIGHT = PAGE
WRONG = PAGE.replace("2 * x", "x * x")


def words_of(toy: Toy, *command: str) -> tuple[int, str]:
    code, text = run_command(toy.root, *command)
    return code, " ".join(text.split())


@pytest.fixture
def needy(toy: Toy) -> Toy:
    """A course whose checks import a package that isn't the grader's."""
    toy.change_checks("from grader.checks", "import pytest\nfrom grader.checks")
    return toy


def pack(toy: Toy, *more: str) -> tuple[int, str]:
    command = ("class.pack", "lesson1")
    return words_of(toy, *command, "--out", "packed.zip", *more)


def test_a_pack_without_a_package_that_a_lesson_imports_is_not_made(
    needy: Toy,
) -> None:
    code, said = pack(needy)
    assert code == 2
    assert (
        "lessons/lesson1_toy/checks.py, line 2: it imports pytest, and the course "
        'doesn\'t say that it needs it. Write requires = ["pytest"] into course.toml.'
    ) in said
    assert not (needy.root / "packed.zip").exists()


def test_a_pack_installs_what_the_course_requires_with_a_python_that_fits(
    needy: Toy,
) -> None:
    (needy.root / "course.toml").write_text('requires = ["pytest>=8"]\n')
    assert pack(needy)[0] == 0
    with zipfile.ZipFile(needy.root / "packed.zip") as file:
        lines = file.read("setup.sh").decode().splitlines()
        (path,) = (x for x in file.namelist() if x.endswith("pack/versions.txt"))
        versions = set(file.read(path).decode().split())
    # The same Python and the same versions as where it was packed.
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"uv venv --quiet --python {here}" in lines
    assert (
        "uv pip install --quiet --find-links pack/wheels "
        "--constraints pack/versions.txt lesson-grader 'pytest>=8'"
    ) in lines
    assert {
        f"{one}=={version(one)}" for one in ("numpy", "pytest", "anyio")
    } <= versions
    assert not any("keras" in one or "lesson-grader" in one for one in versions)


def test_doctor_shows_what_a_course_needs(needy: Toy) -> None:
    assert 'Write requires = ["pytest"]' in words_of(needy, "doctor")[1]
    settings = needy.root / "course.toml"
    settings.write_text('requires = ["pytest", "no-such-package>=2"]\n')
    _, said = words_of(needy, "doctor")
    assert "missing: no-such-package>=2" in said
    assert "pip install 'no-such-package>=2'" in said
    settings.write_text('requires = ["pytest"]\n')
    said = words_of(needy, "doctor")[1]
    assert "course needs pytest" in said
    assert "missing" not in said


def test_a_lesson_whose_library_is_missing_says_how_to_install_it(toy: Toy) -> None:
    toy.change_checks("lesson()", 'lesson(imports=("nosuchlibrary",))')
    (toy.root / "course.toml").write_text('requires = ["no-such-package>=2"]\n')
    code, said = words_of(toy, "grade", "lesson1", "--attempt", "solutions")
    assert code == 2
    assert "This lesson imports nosuchlibrary, which is not installed." in said
    assert "pip install 'no-such-package>=2'" in said


def test_what_is_no_requirement_is_named_with_its_line(toy: Toy) -> None:
    (toy.root / "course.toml").write_text('\nrequires = ["pandas; rm -rf"]\n')
    code, said = words_of(toy, "doctor")
    assert (code, "course.toml, line 2: requires has 'pandas; rm -rf'" in said) == (
        2,
        True,
    )


def zipped(path: Path, **files: str) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, text in files.items():
            file.writestr(f"{name}.py", text)


def graded(toy: Toy) -> tuple[float, str]:
    """The score that Gradescope gets for the folder ``submission``, and all texts."""
    command = ("grade", "lesson1", "--attempt", "submission", "--to", "gradescope")
    run_command(toy.root, *command, "--out", "results")
    results = json.loads((toy.root / "results" / "results.json").read_text())
    return results["score"], json.dumps(results)


@pytest.fixture
def submission(toy: Toy) -> Path:
    folder = toy.root / "submission"
    folder.mkdir()
    return folder


def test_the_newer_of_two_versions_counts_and_the_learner_reads_it(
    toy: Toy, submission: Path
) -> None:
    for name, text, time_s in (
        ("lesson1_toy.py", WRONG, 1_000_000_000),
        ("lesson1_final_FINAL.py", RIGHT, 1_000_000_900),
    ):
        (submission / name).write_text(text)
        os.utime(submission / name, (time_s, time_s))
    score, said = graded(toy)
    assert score == 100, said
    assert "lesson1_final_FINAL.py is graded" in said
    assert "lesson1_toy.py is not" in said


def test_a_zip_file_and_a_notebook_are_opened(toy: Toy, submission: Path) -> None:
    zipped(submission / "homework.zip", lesson1_toy=RIGHT)
    assert graded(toy)[0] == 100
    (submission / "homework.zip").unlink()
    notebook = to_notebook(Document.from_python(RIGHT))
    (submission / "Untitled.ipynb").write_bytes(notebook)
    assert graded(toy)[0] == 100


def test_a_roster_in_a_hand_in_means_nothing(toy: Toy, submission: Path) -> None:
    (submission / "roster.csv").write_text("id,name\nmallory,You\n")
    (submission / "lesson1_toy.py").write_text(RIGHT)
    assert graded(toy)[0] == 100
