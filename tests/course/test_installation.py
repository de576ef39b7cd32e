"""What can be typed on a machine is what is printed, and what it lacks is said."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections import namedtuple
from pathlib import Path

import pytest

from grader import judge
from grader.authoring.course_site import write_site
from grader.cli import doctor
from grader.common.errors import Misuse
from grader.course import installation
from grader.course.document import catalog
from grader.sandbox import WorkerFactory
from tests.support.grading import grade_attempt
from tests.support.project import ROOT, iterate_modules

LAPTOPS_WITHOUT_TENSORFLOW = [("darwin", "x86_64"), ("win32", "ARM64")]
LAPTOPS_WITH_TENSORFLOW = [
    ("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64"),
]  # fmt: skip
WITHOUT_UV = {x: y for x, y in os.environ.items() if not x.startswith("UV")}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """The programs of an environment as a pack's set-up makes it: without uv."""
    home = tmp_path / "project" / ".venv"
    venv.create(home, symlinks=os.name != "nt")
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    python = next(programs.glob("python*"))
    packages = sysconfig.get_path("purelib", vars={"base": str(home)})
    Path(packages, "here.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    for name in ("invoke", "jupytext"):
        script = programs / name
        script.write_text(f"#!{python}\nfrom {name} import *\n")
        script.chmod(0o755)
    return programs


def said(program: Path | str, code: str, folder: Path, **more: str) -> str:
    command = [
        program,
        "-c",
        f"from grader.course.installation import *; print({code})",
    ]
    done = subprocess.run(
        command, cwd=folder, env=WITHOUT_UV | more, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_in_an_environment_of_uv_commands_are_typed_with_uv() -> None:
    code = "format_command('grade lesson3'), install_command()"
    under_uv = said(sys.executable, code, ROOT, UV_RUN_RECURSION_DEPTH="1")
    assert under_uv == "uv run invoke grade lesson3 uv sync"


def test_a_site_without_zensical_says_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(os.environ, "UV_RUN_RECURSION_DEPTH", "1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Misuse, match=r"Install it:  uv sync --extra site$"):
        write_site(ROOT, tmp_path / "site", print)


@pytest.mark.skipif(os.name == "nt", reason="paths are written with slashes")
def test_on_a_packed_laptop_commands_are_typed_without_uv(packed: Path) -> None:
    python, project = packed / "python", packed.parents[1]
    assert said(python, "format_command('grade lesson3')", project) == (
        ".venv/bin/invoke grade lesson3"
    )
    assert said(python, "format_command()", project) == ".venv/bin/invoke"
    assert said(python, "format_command('--to py:percent', 'jupytext')", project) == (
        ".venv/bin/jupytext --to py:percent"
    )
    # A plain `python` would be another one, and install there.
    pip, here = ".venv/bin/python -m pip install", shlex.quote(str(ROOT))
    assert said(python, "install_command('lab')", project) == (
        f'{pip} --editable "{ROOT}/grader[keras,lab]" --editable {here}'
    )
    assert said(python, "install_command()", ROOT).endswith(
        '-m pip install --editable "./grader[keras]" --editable .'
    )
    assert said(python, "with_developer_tools('dev.check')", project) == (
        f"{pip} --upgrade pip, then {pip} --group dev, then .venv/bin/invoke dev.check"
    )
    # From elsewhere, and where the environment is active.
    assert said(python, "format_command()", project.parent / "project" / ".venv") == (
        "bin/invoke"
    )
    paths = f"{packed}{os.pathsep}{os.environ['PATH']}"
    assert (
        said(python, "format_command('start 1')", project, PATH=paths)
        == "invoke start 1"
    )
    (packed / "invoke").unlink()
    bare = str(packed)  # nothing else is found there
    assert said(python, "format_command('x')", project, PATH=bare) == (
        ".venv/bin/python -m invoke x"
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="paths are written with slashes")
def test_every_command_that_is_shown_can_be_typed_there(packed: Path) -> None:
    project = packed.parents[1]
    (project / "tasks.py").symlink_to(ROOT / "tasks.py")

    def typed(*words: str) -> str:
        command = [".venv/bin/python", "-m", "invoke", *words]
        done = subprocess.run(
            command, cwd=project, env=WITHOUT_UV, capture_output=True, text=True
        )
        return " ".join((done.stdout + done.stderr).split())

    assert "For example: .venv/bin/invoke grade lesson1" in typed("grade")
    page = typed("read", "lesson3")
    assert "Next: `.venv/bin/invoke grade lesson3`, and then" in page
    for text in (page, typed(), typed("hint"), typed("no.such"), typed("doctor")):
        assert "uv run" not in text


def test_no_sentence_of_the_grader_names_uv_by_itself() -> None:
    allowed = {"installation.py", "page_builder.py"}
    naming = [
        str(path.relative_to(ROOT))
        for path in iterate_modules()
        if path.name not in allowed and "uv run" in path.read_text(encoding="utf-8")
    ]
    assert naming == [], "write format_command('...')"


@pytest.mark.parametrize(
    ("system", "kind"), LAPTOPS_WITHOUT_TENSORFLOW + LAPTOPS_WITH_TENSORFLOW
)
def test_tensorflow_is_asked_for_where_it_has_a_build_and_nowhere_else(
    system: str, kind: str
) -> None:
    here = {"sys_platform": system, "platform_machine": kind}
    for python, has_builds in (("3.11", True), ("3.13", True), ("3.14", False)):
        assert installation.has_tensorflow_build(here | {"python_version": python}) == (
            has_builds and (system, kind) in LAPTOPS_WITH_TENSORFLOW
        )


@pytest.fixture
def without_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "has_tensorflow", lambda: False)
    monkeypatch.setattr(installation, "has_tensorflow_build", lambda: False)
    monkeypatch.setattr(installation, "newest_python_with_tensorflow", lambda: "")
    monkeypatch.setattr(
        installation, "describe_platform", lambda: "Macs with an Intel processor"
    )


@pytest.mark.usefixtures("without_build")
def test_the_doctor_says_which_two_lessons_are_closed() -> None:
    found = next(x for x in doctor.examine(ROOT) if x.name == "TensorFlow")
    assert found.is_good
    assert found.words == (
        "no build for Macs with an Intel processor: lessons 7 and 8 are closed here"
    )
    assert "Every other lesson works" in found.remedy


@pytest.mark.usefixtures("without_build")
@pytest.mark.parametrize("number", [7, 8])
def test_a_closed_lesson_says_why(number: int) -> None:
    lesson = catalog.find(str(number), ROOT)
    with pytest.raises(Misuse, match="TensorFlow has no build for Macs with an Intel"):
        grade_attempt(lesson, lesson.solution)


@pytest.mark.usefixtures("without_build")
def test_every_other_lesson_is_open() -> None:
    for lesson in catalog.lessons(ROOT):
        closed = bool(
            installation.explain_unavailable(judge.requirements_of(lesson).imports)
        )
        assert closed == (lesson.number in (7, 8)), lesson.name
    with WorkerFactory(("numpy",)) as warm:
        assert warm.isolation


def test_where_it_has_a_build_and_is_missing_it_is_to_be_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(installation, "has_tensorflow", lambda: False)
    assert re.search(
        r"not installed\. Install it:  \S", installation.explain_unavailable(["keras"])
    )
    found = next(x for x in doctor.examine(ROOT) if x.name == "TensorFlow")
    assert not found.is_good
    assert found.remedy.startswith("Lessons 7 and 8 need it. Run `")


def test_a_closed_lesson_ends_with_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u, platform\n"
        "real = u.find_spec\n"
        "u.find_spec = lambda n, *a: None if n == 'tensorflow' else real(n, *a)\n"
        "platform.machine = lambda: 'riscv64'\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "grade", "lesson7", "--attempt", "solutions"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"no build for {platform.system()} on riscv64" in done.stderr
    assert "Traceback" not in done.stderr


Version = namedtuple("Version", "major minor micro releaselevel serial")


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that is too new for TensorFlow, on a machine that has builds."""
    import packaging.requirements  # noqa: F401  it would take this for its Python

    version = Version(3, 15, 0, "final", 0)
    monkeypatch.setattr(installation.sys, "version_info", version)
    monkeypatch.setattr(installation, "has_tensorflow", lambda: False)
    real = installation._has_build
    machine = {"sys_platform": "linux", "platform_machine": "x86_64"}
    here = {"python_version": "3.15", **machine}
    monkeypatch.setattr(installation, "_has_build", lambda one: real({**here, **one}))


@pytest.mark.usefixtures("newer")
def test_a_python_without_tensorflow_says_which_one_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert installation.explain_unavailable(["numpy"]) == ""
    assert installation.explain_unavailable(["keras"]) == (
        "This lesson builds its network with Keras, and Keras with TensorFlow; and "
        "TensorFlow has no build for Python 3.15 yet. This lesson needs Python 3.13. "
        "Install it:  uv sync --python 3.13"
    )
    found = {one.name: one for one in doctor.examine(ROOT)}
    assert found["Python"].is_good
    assert found["packages"].is_good
    assert found["TensorFlow"].is_good
    assert found["TensorFlow"].words.endswith(": lessons 7 and 8 are closed here")
    assert found["TensorFlow"].remedy == (
        "Every other lesson works. These need Python 3.13. "
        "Install it:  uv sync --python 3.13"
    )
    monkeypatch.setattr(installation, "is_copy", lambda: False)
    assert installation.explain_unavailable(["keras"]).endswith(
        "This lesson needs Python 3.13. Make a new environment with it, and install the "
        "course there."
    )


@pytest.fixture(params=["package", "file", "folder"])
def strangers(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with other packages of our names, as PYTHONPATH may have it."""
    for name in ("grader", "lessons"):
        if request.param == "file":
            (tmp_path / f"{name}.py").write_text("raise SystemExit('run')")
            continue
        (tmp_path / name).mkdir()
        if request.param == "package":
            (tmp_path / name / "__init__.py").write_text("raise SystemExit('run')")
    return tmp_path


@pytest.mark.parametrize("program", ["invoke", "xent", "grader"])
def test_another_grader_on_the_path_is_noticed(program: str, strangers: Path) -> None:
    path = Path(sys.executable).with_name(program)
    done = subprocess.run(
        [path, "grade", "lesson3", "--attempt", "solutions"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(strangers)},
        capture_output=True, text=True,
    )  # fmt: skip
    if not list(strangers.rglob("*.py")):  # a mere folder hides no package
        assert (done.returncode, "100 of 100" in done.stdout) == (0, True), done.stderr
        return
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Python finds another grader before this pro")
    assert str(strangers / "grader") in done.stderr
    assert done.stderr.endswith("take its folder off Python's path (PYTHONPATH).\n")


@pytest.mark.parametrize("lesson", ["lesson1", "lesson3"])
@pytest.mark.parametrize("program", ["invoke", "xent"])
def test_other_lessons_on_the_path_change_nothing_or_are_noticed(
    program: str, lesson: str, strangers: Path
) -> None:
    for path in strangers.glob("grader*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    done = subprocess.run(
        [Path(sys.executable).with_name(program), "grade", lesson, "-a", "solutions"],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(strangers)},
        capture_output=True, text=True,
    )  # fmt: skip
    is_right = (done.returncode, "100 of 100" in done.stdout) == (0, True)
    said = "Python finds another lessons before this project's"
    assert is_right or (done.returncode, said in done.stderr) == (2, True), done.stderr
