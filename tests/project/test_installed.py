"""The package works where it is installed, outside of the project's folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.bytecode import share_bytecode
from tests.support.wheels import build_wheels

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def xent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of two wheels that were built here, in an environment of its own.

    Nothing of this copy of the project is in sight of it.
    """
    folder = tmp_path_factory.mktemp("installed")
    wheels = build_wheels(folder)
    home = folder / "env"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    words = ("uv", "pip", "install", "--quiet", "--python", str(python))
    subprocess.run((*words, *wheels), check=True, timeout=300)
    share_bytecode(home)
    return home / "bin" / "xent"


def run(xent: Path, folder: Path, *words: str) -> tuple[int, str]:
    """A command's exit code, and what it said."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "VIRTUAL"))}
    done = subprocess.run(
        [xent, *words],
        cwd=folder,
        env=kept | {"COLUMNS": "400"},  # paths here may be long, and would be folded
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_course_is_made_and_a_lesson_graded(xent: Path, tmp_path: Path) -> None:
    code, text = run(xent, tmp_path, "init", "course")
    assert (code, "start lesson1" in text) == (0, True), text
    assert f"The course is in {tmp_path / 'course'}." in text.replace("\n", "")
    course = tmp_path / "course"
    assert (course / "lessons" / "data" / "LICENSE.md").is_file()
    code, text = run(xent, course, "grade", "lesson3", "--attempt", "solutions")
    assert (code, "100 of 100" in text) == (0, True), text
    assert not (xent.parent / "invoke").exists()  # which only a copy needs
    _, text = run(xent, course, "doctor")
    assert "missing" not in text
    code, text = run(xent, course, "grade", "lesson1", "--attempt", "solutions")
    assert (code, "100 of 100" in text) == (0, True), text
    code, text = run(xent, course / "lessons", "start", "3")
    assert code == 0, text
    assert (course / "attempts" / "lesson3_cross_entropy.py").is_file()
    assert "uv run" not in text
    code, text = run(xent, tmp_path, "init", "course/lessons/data/LICENSE.md/new")
    assert (code, "Traceback" in text) == (2, False), text


def test_what_comes_next_is_typed_as_it_is_found_from_the_course(xent: Path) -> None:
    above = xent.parents[2]
    code, text = run(xent, above, "init", "course")
    assert code == 0, text
    program = text.partition("Then begin:")[2].split()[0]
    assert (above / "course" / program).is_file(), text


def test_elsewhere_it_says_how_to_make_a_course(xent: Path, tmp_path: Path) -> None:
    for words in ((), ("grade", "lesson3")):
        code, text = run(xent, tmp_path, *words)
        assert code == 2, text
        assert "There are no lessons in" in text
        assert "xent init" in text
        assert "Traceback" not in text
    code, text = run(xent, tmp_path, "doctor")
    assert (code, "xent init" in text, "dev.build" in text) == (1, True, False), text
    assert "SHA256SUMS is missing" in text


def test_what_is_changed_stays_and_what_is_deleted_comes_back(
    xent: Path, tmp_path: Path
) -> None:
    run(xent, tmp_path, "init")
    page = tmp_path / "lessons" / "lesson3_cross_entropy" / "lesson.py"
    before = page.read_bytes()
    page.write_text("changed")
    run(xent, tmp_path, "start", "lesson1")
    attempt = tmp_path / "attempts" / "lesson1_arrays.py"
    attempt.write_text("mine = 1")
    code, text = run(xent, tmp_path, "init")
    assert (code, "0 files updated" in text) == (0, True), text
    assert "1 file kept, because you wrote or changed it:" in text
    assert "  lessons/lesson3_cross_entropy/lesson.py" in text
    assert page.read_text() == "changed"
    page.unlink()
    code, text = run(xent, tmp_path, "init")
    assert (code, "1 file updated" in text) == (0, True), text
    assert page.read_bytes() == before
    assert attempt.read_text() == "mine = 1"


@pytest.mark.parametrize(
    "words",
    [("dev.bench",), ("dev.shots",)],
    ids=lambda words: words[0],
)
def test_what_is_for_a_copy_of_the_project_says_so(
    xent: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    run(xent, tmp_path, "init")
    code, text = run(xent, tmp_path, *words)
    assert code == 2, text
    assert "This command needs a copy of the whole project" in text
    assert "Traceback" not in text


def test_only_our_own_names_are_taken_where_packages_are_installed(xent: Path) -> None:
    (packages,) = (xent.parents[1] / "lib").glob("python3*/site-packages")
    for package, names in (
        ("cross_entropy_lessons", set()),
        ("lesson_grader", {"grader", "lesson_grader.py"}),
    ):
        (ours,) = packages.glob(f"{package}-*.dist-info")
        record = (ours / "RECORD").read_text("utf-8").splitlines()
        tops = {line.partition(",")[0].split("/")[0] for line in record}
        assert {top for top in tops if top != ".."} == {*names, ours.name}
    # The lessons' proofs stay at home.
    assert not (packages / "grader" / "pyproject.toml").exists()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grader's own program, in an environment with its wheel and no course."""
    folder = tmp_path_factory.mktemp("bare")
    home = folder / "env"
    venv.create(home, with_pip=False)
    (wheel,) = (one for one in build_wheels(folder) if "grader" in one.name)
    words = (
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        str(home / "bin" / "python"),
    )
    subprocess.run((*words, str(wheel)), check=True, timeout=300)
    return home / "bin" / "grader"


def test_without_a_course_it_says_how_to_begin_one(bare: Path, tmp_path: Path) -> None:
    for words in ((), ("init",), ("grade", "1")):
        code, text = run(bare, tmp_path, *words)
        assert (code, "grader new-course NAME" in text) == (2, True), text
    code, text = run(bare, tmp_path, "doctor")
    assert code == 1, text
    assert "keras" not in text.lower()


def test_an_index_takes_what_is_built_and_it_holds_no_tests(tmp_path: Path) -> None:
    build_wheels(tmp_path)
    archives = sorted(tmp_path.glob("*.tar.gz"))
    built = [*archives, *tmp_path.glob("*.whl")]
    words = [sys.executable, "-m", "twine", "check", "--strict", *built]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.count("PASSED")) == (0, 4), done.stdout
    for archive in archives:
        with tarfile.open(archive) as opened:
            parts = [Path(name).parts[1:] for name in opened.getnames()]
        assert ("LICENSE",) in parts
        assert ("pyproject.toml",) in parts
        assert not {"tests", "tools", "attempts"} & {part[0] for part in parts if part}


def test_both_distributions_have_one_version_and_fit_each_other(xent: Path) -> None:
    (packages,) = (xent.parents[1] / "lib").glob("python3*/site-packages")
    (course,) = packages.glob("cross_entropy_lessons-*.dist-info")
    (grader,) = packages.glob("lesson_grader-*.dist-info")
    version = grader.name.removesuffix(".dist-info").partition("-")[2]
    assert course.name == f"cross_entropy_lessons-{version}.dist-info"
    required = f"Requires-Dist: lesson-grader[keras]=={version}"
    assert required in (course / "METADATA").read_text("utf-8")
    for folder, words in ((course, "xent init"), (grader, "grader` 1.2")):
        text = (folder / "METADATA").read_text("utf-8")
        assert words in text
        # An index shows the text alone, without the files beside it.
        assert "](" not in text.replace("](http", "")


def test_a_course_of_ones_own_needs_no_keras(bare: Path, tmp_path: Path) -> None:
    code, text = run(bare, tmp_path, "new-course", "statistics")
    assert (code, "grader dev.verify" in text) == (0, True), text
    course = tmp_path / "statistics"
    assert not list((bare.parents[1] / "lib").rglob("keras"))
    for words, said in {
        ("dev.verify",): "2 of 2 mistakes named",
        ("grade", "1", "--attempt", "solutions"): "100 of 100",
        ("run", "1", "--attempt", "solutions"): "Every cell ran to its end.",
        ("dev.build", "--check"): "",
        ("dev.check",): "Nothing has changed since it was proved.",
    }.items():
        code, text = run(bare, course, *words)
        assert (code, said in text) == (0, True), text
        assert "xent" not in text
    handed_in = course / "submissions" / "ada"
    handed_in.mkdir(parents=True)
    shutil.copy(course / "solutions" / "lesson1_means.py", handed_in)
    for command in ("class.grade", "class.report"):
        code, text = run(bare, course, command, "submissions")
        assert (code, "Traceback" in text) == (0, False), text
    (page,) = course.rglob("class.html")
    assert "Means" in page.read_text()
    code, text = run(bare, course, "class.pack", "1", "--out", "packed.zip")
    assert code == 0, text
    with zipfile.ZipFile(course / "packed.zip") as file:
        names = {name.removeprefix("statistics/") for name in file.namelist()}
        set_up = file.read("setup.sh").decode()
    assert {"course.toml", "solutions/lesson1_means.py", "run_autograder"} <= names
    assert "attempts" not in " ".join(names)
    (wheel,) = (name for name in names if name.endswith(".whl"))
    assert wheel.startswith("pack/wheels/lesson_grader-")
    assert "--constraints pack/versions.txt lesson-grader\n" in set_up
    # A library that somebody forgot to write.
    checks = course / "lessons" / "lesson1_means" / "exercises" / "__init__.py"
    text = checks.read_text()
    checks.write_text(text.replace('("numpy",)', '("numpy", "lessons.points")'))
    code, text = run(bare, course, "grade", "1", "--attempt", "solutions")
    assert code == 3, text
    assert "exercises/__init__.py" in text
    assert "lessons.points" in text
