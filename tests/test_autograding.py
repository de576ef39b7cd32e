"""Gradescope and Classroom 50 grade a lesson with what is packed for them."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.classroom.export import classroom50
from grader.classroom.export.plain_files import read_json
from grader.cli import autograding, classes
from grader.document import catalog
from grader.errors import GraderError, Misuse
from grader.packing import autograder
from grader.report import Outcome
from grader.sandbox.isolation.policy import Isolation

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
LESSON = catalog.find("lesson3", ROOT)
FOLDER = "cross-entropy-lessons"
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
REPORT = read_json((GOLDEN / "class.json").read_bytes()).learners[1].reports[0]
RUNNER = {
    "CLASSROOM": "deep-learning",
    "ASSIGNMENT": "loss",
    "SUBMISSION_TAG": "submit/2026-11-25T10-00-00Z-a1b2c3d",
    "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r",
    "REVIEW_URL": "https://example.org/v",
    "OWNER": "ada",
    "ASSIGNMENT_TYPE": "individual",
}
ADDRESS = "https://example.org/lessons.git"
ON_LINUX = pytest.mark.only_on("linux")


# Gradescope


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Gradescope unpacks below /autograder, its environment made ready."""
    home = tmp_path_factory.mktemp("gradescope")
    archive = autograder.for_gradescope(ROOT, home, LESSON, lambda _: None)
    assert archive == home / "autograder-lesson3.zip"
    for folder in ("source", "submission", "results"):
        (home / folder).mkdir()
    with zipfile.ZipFile(archive) as file:
        file.extractall(home / "source")
        for info in file.infolist():
            (home / "source" / info.filename).chmod(info.external_attr >> 16)
    (home / "source" / FOLDER / ".venv").symlink_to(sys.prefix)
    shutil.copy(home / "source" / "run_autograder", home)
    return home


@pytest.fixture
def gradescope(unpacked: Path) -> Path:
    for folder in ("submission", "results"):
        shutil.rmtree(unpacked / folder)
        (unpacked / folder).mkdir()
    return unpacked


def run_autograder(home: Path) -> tuple[int, dict]:
    done = subprocess.run(
        [home / "run_autograder"], cwd=home, capture_output=True, text=True,
        env=os.environ | {"AUTOGRADER_ROOT": str(home)},
    )  # fmt: skip
    results = home / "results" / "results.json"
    if not results.is_file():
        return done.returncode, {}
    found = json.loads(results.read_text(encoding="utf-8"))
    import jsonschema  # here: it takes long, and collecting would wait for it

    jsonschema.validate(
        found, json.loads((GOLDEN / "gradescope.schema.json").read_text())
    )
    return done.returncode, found


def test_the_zip_file_holds_what_gradescope_asks_for_at_its_root(
    unpacked: Path,
) -> None:
    source = unpacked / "source"
    for name in ("setup.sh", "run_autograder"):
        assert os.access(source / name, os.X_OK)
        assert (source / name).read_text().startswith("#!/usr/bin/env bash\n")
    kept = {path.name for path in (source / FOLDER).iterdir()} - {".venv"}
    assert kept >= {"grader", "lessons", "solutions", "tasks.py", "pyproject.toml"}
    assert not kept & {"tests", "docs", ".git", "attempts"}


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
    assert (code, results["score"]) == (0, 80 - sum_after("3e", results))
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
    assert "contains no lesson3_cross" in run_autograder(gradescope)[1]["output"]


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
    archive = autograder.for_gradescope(ROOT, tmp_path, LESSON, lambda _: None)
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
    assert f"uv sync --compile-bytecode in {home}" in done.stdout
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
        autograding.writer("gradescope", str(tmp_path))(bare)
    assert list(tmp_path.iterdir()) == []
    autograding.writer("gradescope", str(tmp_path), open_files=True)(bare)
    results = tmp_path / "results.json"
    score = json.loads(results.read_text())["score"]
    results.unlink()
    confined = replace(REPORT, isolation=(Isolation.LANDLOCK,))
    autograding.writer("gradescope", str(tmp_path))(confined)
    assert json.loads(results.read_text())["score"] == score


def test_where_gradescope_does_not_grade_a_folder_is_asked_for(tmp_path: Path) -> None:
    words = ("--attempt", "solutions", "--to")
    code, text = grade(tmp_path, *words, "gradescope")
    assert (code, "There is no folder /autograder/results" in text) == (2, True)
    code, text = grade(tmp_path, *words, "tea")
    assert (code, "--to takes gradescope or classroom50" in text) == (2, True)
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


# Classroom 50


def test_classroom_50_gets_every_field_that_its_runner_asks_for() -> None:
    now = datetime(2026, 11, 25, 18, 3, tzinfo=UTC)
    result = json.loads(classroom50.result_json(REPORT, RUNNER, now))
    assert set(result) == {
        "schema", "classroom", "assignment", "assignment_type", "owner", "submission",
        "commit", "release", "review", "datetime", "graded_at", "score", "max-score",
        "tests",
    }  # fmt: skip
    assert result["schema"] == "classroom50/result/v1"
    assert (result["classroom"], result["assignment"]) == ("deep-learning", "loss")
    assert (result["owner"], result["datetime"]) == ("ada", "2026-11-25T18:03:00Z")
    assert (result["score"], result["max-score"]) == (25, 55)
    for name, score in (("score", 25), ("max-score", 55)):
        assert sum(test[name] for test in result["tests"]) == score
    for test in result["tests"]:
        assert test["passed"] == (test["score"] == test["max-score"])
        assert test["score"] <= test["max-score"]
        assert re.match(r"\d[a-z] \S", test["test-name"])
    assert "exactly 3 times too small" in json.dumps(result["tests"])


def test_without_the_runner_there_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="SUBMISSION_TAG: not set"):
        classroom50.result_json(REPORT, RUNNER | {"SUBMISSION_TAG": ""})
    words = ("--attempt", "solutions", "--to", "classroom50", "--out", str(tmp_path))
    code, text = grade(tmp_path, *words)
    assert (code, "CLASSROOM, ASSIGNMENT, SUBMISSION_TAG" in text) == (2, True)
    assert not (tmp_path / "result.json").exists()


def test_what_the_grader_broke_is_no_result_either() -> None:
    exercises = (replace(REPORT.exercises[0], outcome=Outcome.BROKEN),)
    with pytest.raises(GraderError, match="The grader itself failed at 3c") as caught:
        classroom50.result_json(replace(REPORT, exercises=exercises), RUNNER)
    assert caught.value.exit_code == 3


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone, which says from where it can be fetched."""
    clone = ["git", "clone", "--quiet", str(ROOT), str(tmp_path / "project")]
    subprocess.run(clone, check=True)
    remote = ["git", "remote", "set-url", "origin", ADDRESS]
    subprocess.run(remote, cwd=tmp_path / "project", check=True)
    # ROOT may be on no branch, as in the checkout of a pull request.
    pushed = ["git", "update-ref", "refs/remotes/origin/main", "HEAD"]
    subprocess.run(pushed, cwd=tmp_path / "project", check=True)
    return tmp_path / "project"


@ON_LINUX
@pytest.mark.slow
def test_the_autograder_of_classroom_50_grades_a_checkout(
    project: Path, tmp_path: Path
) -> None:
    script = autograder.for_classroom50(project, tmp_path, LESSON, print)
    fakes = tmp_path / "fakes"  # nothing is fetched from a network here
    fakes.mkdir()
    (fakes / "pip.py").write_text("")
    (fakes / "uv.py").write_text(f"import os; os.symlink({sys.prefix!r}, '.venv')")
    checkout = tmp_path / "deep-learning-loss-ada"
    checkout.mkdir()
    (checkout / "result.json").write_text('{"score": 100}')

    def run() -> tuple[int, dict]:
        done = subprocess.run(
            [sys.executable, script], cwd=checkout, capture_output=True, text=True,
            env=os.environ | RUNNER | {
                "PYTHONPATH": str(fakes), "RUNNER_TEMP": str(tmp_path),
                # In the place of what is at that address.
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_VALUE_0": ADDRESS,
                "GIT_CONFIG_KEY_0": f"url.{project}.insteadOf",
            },
        )  # fmt: skip
        result = checkout / "result.json"
        assert result.is_file(), done.stdout + done.stderr
        return done.returncode, json.loads(result.read_text())

    code, result = run()
    assert (code, result["score"], result["max-score"]) == (0, 0, 100)
    assert "Hand in lesson3_cross_entropy.py." in result["tests"][0]["message"]
    (checkout / f"{LESSON.name}.py").write_text(SOLUTION)
    code, result = run()
    assert (code, result["score"], result["max-score"]) == (0, 100, 100)


def test_the_autograder_of_classroom_50_needs_an_origin(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with pytest.raises(Misuse, match="no git remote of the name origin"):
        autograder.for_classroom50(tmp_path, tmp_path, LESSON, print)
    remote = ["git", "remote", "add", "origin", "https://me:secret@example.org/x.git"]
    subprocess.run(remote, cwd=tmp_path, check=True)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q",
         "--allow-empty", "-m", "x"], cwd=tmp_path, check=True,
    )  # fmt: skip
    with pytest.raises(Misuse, match=r"is on no branch of https.*:  git push"):
        autograder.for_classroom50(tmp_path, tmp_path, LESSON, print)
    pushed = ["git", "update-ref", "refs/remotes/origin/main", "HEAD"]
    subprocess.run(pushed, cwd=tmp_path, check=True)
    text = autograder.for_classroom50(tmp_path, tmp_path, LESSON, print).read_text()
    assert "PROJECT = 'https://example.org/x.git'" in text
    assert "secret" not in text
    assert re.search(r'COMMIT = "[0-9a-f]{40}"', text)
    compile(text, "autograder.py", "exec")


@pytest.mark.parametrize(
    "origin",
    ["/home/me/lessons", "../lessons", "file:///srv/x.git", "http://localhost:3000/x",
     "http://me:secret@127.0.0.1/x.git", "lab:lessons.git", "C:\\\\me\\\\lessons"],
)  # fmt: skip
def test_what_nobody_else_can_reach_is_refused(project: Path, origin: str) -> None:
    remote = ["git", "remote", "set-url", "origin", origin]
    subprocess.run(remote, cwd=project, check=True)
    with pytest.raises(Misuse, match="nobody else can reach") as refused:
        autograder.for_classroom50(project, project, LESSON, print)
    assert "git remote set-url origin https://" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert not (project / "autograder.py").exists()


def test_changes_that_are_not_committed_are_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    autograder.for_classroom50(project, project.parent, LESSON, print)
    assert not capsys.readouterr().out
    with (project / "README.md").open("a") as file:
        file.write("mine\n")
    autograder.for_classroom50(project, project.parent, LESSON, print)
    assert "has changes that are not committed" in capsys.readouterr().out


def test_the_addresses_in_the_docstring_are_so() -> None:
    assert doctest.testmod(autograder).failed == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"for_": "tea", "lesson": "3"}, "--for takes gradescope or classroom50"),
        ({"for_": "gradescope"}, "--lesson lesson3"),
        ({"for_": "gradescope", "lesson": "99"}, "no lesson '99'"),
    ],
)
def test_what_cannot_be_packed_for_a_system_is_said(
    words: dict[str, str], said: str
) -> None:
    from grader.cli.command import Exit

    with pytest.raises(Exit) as ended:
        classes.pack(**words)
    assert said in str(ended.value.message)
    assert ended.value.code == 2
