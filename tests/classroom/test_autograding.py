"""Gradescope grades a lesson with what is packed for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from msgspec.structs import replace

from grader.classroom import autograding, packing
from grader.classroom import commands as classes
from grader.classroom.packing import autograder
from grader.common.errors import GraderError, Misuse
from grader.course.document import catalog
from grader.sandbox.isolation.policy import Isolation
from tests.support.autograder import (
    FOLDER,
    LESSON,
    ON_LINUX,
    REPORT,
    run_autograder,
)
from tests.support.autograder import unpacked as unpacked
from tests.support.project import ROOT

SOLUTION = LESSON.solution.read_text(encoding="utf-8")


# Gradescope


@pytest.fixture
def gradescope(unpacked: Path) -> Path:
    for folder in ("submission", "results"):
        shutil.rmtree(unpacked / folder)
        (unpacked / folder).mkdir()
    return unpacked


def test_the_zip_file_holds_what_gradescope_asks_for_at_its_root(
    unpacked: Path,
) -> None:
    source = unpacked / "source"
    for name in ("setup.sh", "run_autograder"):
        assert os.access(source / name, os.X_OK)
        assert (source / name).read_text().startswith("#!/usr/bin/env bash\n")
    kept = {path.name for path in (source / FOLDER).iterdir()} - {".venv"}
    assert kept >= {"grader", "lessons", "solutions", "tasks.py", "pyproject.toml"}
    assert not kept & {"tests", ".git", "attempts"}
    # The one page without which uv can't install the project.
    named = tomllib.loads((source / FOLDER / "pyproject.toml").read_text("utf-8"))
    docs = [f"docs/{path.name}" for path in (source / FOLDER / "docs").iterdir()]
    assert docs == [named["project"]["readme"]]


@pytest.mark.slow
@ON_LINUX
@pytest.mark.parametrize(
    "place",
    [
        f"{LESSON.name}.py",
        "final version.py",
        "lesson3.py",
        f"attempts/{LESSON.name}.py",
    ],
)
def test_gradescope_gets_the_results_of_what_was_handed_in(
    gradescope: Path, place: str
) -> None:
    path = gradescope / "submission" / place
    path.parent.mkdir(exist_ok=True)
    path.write_text(SOLUTION.replace("return float(losses(y, p).mean())", "return 1.0"))
    code, results = run_autograder(gradescope)
    assert (code, results["score"]) == (0, 85 - sum_after("3e", results))
    assert results["tests"][0]["number"] == "3a"


def sum_after(tag: str, results: dict) -> int:
    """The points of exercises that are not right beside one."""
    return sum(
        test["max_score"]
        for test in results["tests"]
        if test["status"] == "failed" and test["number"] != tag
    )


@pytest.mark.slow
@ON_LINUX
def test_whoever_hands_in_nothing_that_can_be_graded_is_told_why(
    gradescope: Path,
) -> None:
    for name in ("notes.txt", "lesson4_derivation.py"):
        (gradescope / "submission" / name).write_text("x = 1\n")
        code, results = run_autograder(gradescope)
        assert (code, results["score"]) == (0, 0)
        assert "Hand in lesson3_cross_entropy.py." in results["output"]
    (gradescope / "submission" / "a.py").write_text("x = 1\n")
    code, results = run_autograder(gradescope)
    assert (code, results["score"]) == (0, 0)
    assert "a.py is taken for lesson3_cross_entropy." in results["output"]


@ON_LINUX
def test_an_older_result_is_never_taken_for_a_new_one(gradescope: Path) -> None:
    (gradescope / "results" / "results.json").write_text('{"score": 100}')
    checks = gradescope / "source" / FOLDER / "lessons" / LESSON.name
    broken = checks / "exercises" / "__init__.py"
    whole = broken.read_text(encoding="utf-8")
    (gradescope / "submission" / "a.py").write_text(SOLUTION)
    try:
        broken.write_text("this is no Python", encoding="utf-8")
        assert run_autograder(gradescope) == (1, {})
    finally:
        broken.write_text(whole, encoding="utf-8")


@ON_LINUX
def test_the_set_up_installs_with_uv_where_gradescope_unpacks(tmp_path: Path) -> None:
    archive = autograder.pack_for_gradescope(ROOT, tmp_path, LESSON, lambda _: None)
    with zipfile.ZipFile(archive) as file:
        file.extract("setup.sh", tmp_path / "source")
    home = tmp_path / "source" / FOLDER
    (home / ".venv" / "bin").mkdir(parents=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    for program in (programs / "uv", programs / "apt-get", home / ".venv/bin/python"):
        program.write_text(f'#!/bin/sh\necho {program.name} "$@" in $PWD\n')
        program.chmod(0o755)
    paths = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", tmp_path / "source" / "setup.sh"], capture_output=True, text=True,
        env=os.environ | {"AUTOGRADER_ROOT": str(tmp_path), "PATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"uv sync --compile-bytecode --python {here} in {home}" in done.stdout
    assert f"python -m invoke doctor in {home}" in done.stdout


def grade(folder: Path, *words: str, **environment: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "invoke", "grade", "lesson3", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.promise("autograder-open-files")
def test_no_score_is_handed_over_that_may_have_been_read_from_a_solution(
    tmp_path: Path,
) -> None:
    bare = replace(REPORT, isolation=(Isolation.RLIMITS, Isolation.SECCOMP))
    with pytest.raises(Misuse, match="learners' code can read the solutions"):
        autograding.GradescopeAutograder(str(tmp_path)).write(bare)
    assert list(tmp_path.iterdir()) == []
    autograding.GradescopeAutograder(str(tmp_path), open_files=True).write(bare)
    results = tmp_path / "results.json"
    score = json.loads(results.read_text())["score"]
    results.unlink()
    confined = replace(REPORT, isolation=(Isolation.LANDLOCK,))
    autograding.GradescopeAutograder(str(tmp_path)).write(confined)
    assert json.loads(results.read_text())["score"] == score


def test_where_gradescope_does_not_grade_a_folder_is_asked_for(tmp_path: Path) -> None:
    words = ("--attempt", "solutions", "--to")
    code, text = grade(tmp_path, *words, "gradescope")
    assert (code, "There is no folder /autograder/results" in text) == (2, True)
    code, text = grade(tmp_path, *words, "tea")
    assert (code, "--to takes gradescope here" in text) == (2, True)
    code, _ = grade(
        tmp_path, *words, "gradescope", "--open-files", "--out", str(tmp_path / "new")
    )
    assert code == 0
    assert json.loads((tmp_path / "new" / "results.json").read_text())["score"] == 100


def test_whoever_hands_in_a_notebook_that_cannot_be_read_is_told_why(
    tmp_path: Path,
) -> None:
    (tmp_path / "lesson3_cross_entropy.ipynb").write_text("no json")
    new = tmp_path / "new"
    words = ("--attempt", str(tmp_path), "--to", "gradescope", "--out", str(new))
    code, _ = grade(ROOT, *words)
    assert code == 2
    said = json.loads((new / "results.json").read_text())
    assert "cannot be read as a notebook" in json.dumps(said)


# A folder that was handed in


def test_in_a_folder_the_lessons_own_file_counts_first(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("")
    assert catalog.resolve_attempt(LESSON, tmp_path) == tmp_path / "b.py"
    (tmp_path / "work").mkdir()
    inside = tmp_path / "work" / f"{LESSON.name}.py"
    inside.write_text("")
    assert catalog.resolve_attempt(LESSON, tmp_path) == inside
    own = tmp_path / f"{LESSON.name}.py"
    own.write_text("")
    assert catalog.resolve_attempt(LESSON, tmp_path) == own


def test_a_solution_that_lies_in_a_copy_of_the_project_is_nobodys_attempt(
    tmp_path: Path,
) -> None:
    for folder in ("solutions", ".git", "a/solutions"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / f"{LESSON.name}.py").write_text("")
    with pytest.raises(Misuse, match="contains no"):
        catalog.resolve_attempt(LESSON, tmp_path)
    for folder in ("ada", "bob"):  # whose is meant?
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{LESSON.name}.py").write_text("")
    with pytest.raises(Misuse, match="contains no"):
        catalog.resolve_attempt(LESSON, tmp_path)


def test_a_lesson_that_cannot_be_packed_is_said() -> None:
    from grader.cli.command import Exit, Program

    with pytest.raises(Exit) as ended:
        classes.pack(Program.here(), lesson="99")
    assert "no lesson '99'" in str(ended.value.message)
    assert ended.value.code == 2


# What both a project and a course are packed with

PROJECT = '[project]\nname = "project"\nversion = "1.0"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project under git, with what must not leave it."""
    root = tmp_path / "project"
    for name, text in {
        "pyproject.toml": PROJECT,
        "lessons/données.txt": "data\n",
        "gone.txt": "removed after it was added\n",
        ".gitignore": "attempts/\n",
        "attempts/gradebook.sqlite": "what learners scored\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    (root / "gone.txt").unlink()
    (root / "private.txt").write_text("not for others\n")
    return root


def packed(project: Path, place: Path) -> Path:
    return autograder.pack_for_gradescope(project, place, LESSON, lambda _: None)


def test_a_pack_holds_what_git_tracks_and_nothing_else(
    project: Path, tmp_path: Path
) -> None:
    first, second = (
        packed(project, tmp_path / "out" / f"{name}.zip") for name in ("a", "b")
    )
    with zipfile.ZipFile(first) as file:
        assert file.testzip() is None
        assert set(file.namelist()) == {
            "setup.sh",
            "run_autograder",
            "project/pyproject.toml",
            "project/lessons/données.txt",
        }
    assert first.read_bytes() == second.read_bytes()
    assert sorted(first.parent.iterdir()) == [first, second]


def test_where_no_pack_can_be_written_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misuse, match="cannot be written"):
        packed(project, tmp_path / "file" / "p.zip")


@pytest.mark.parametrize("error", [OSError(27, "File too large"), KeyboardInterrupt()])
def test_a_pack_that_is_not_finished_leaves_nothing(
    project: Path, tmp_path: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autograder, "write", Mock(side_effect=error))
    archive = tmp_path / "out" / "p.zip"
    with pytest.raises((Misuse, KeyboardInterrupt)):
        packed(project, archive)
    assert list(archive.parent.iterdir()) == []


def test_a_project_without_git_is_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    with pytest.raises(GraderError, match="git clone"):
        packed(tmp_path, tmp_path / "p.zip")


@pytest.mark.parametrize(
    ("uv", "said"), [("", "pip install uv"), ("echo 'no such package' >&2", "no such")]
)
def test_why_the_grader_cannot_be_built_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv: str, said: str
) -> None:
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\n{uv}\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(packing.shutil, "which", lambda _: str(program) if uv else None)
    with pytest.raises(GraderError, match=said):
        packing.write_grader(tmp_path)
