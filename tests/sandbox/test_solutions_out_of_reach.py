"""No attempt reads a solution, a check or a test label, however the course came here.

In each installation, one attempt walks through every folder that it can list or guess.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.classroom.packing import autograder, find_files
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook
from tests.support.bytecode import share_bytecode
from tests.support.project import ROOT
from tests.support.room import Asker
from tests.support.wheels import build_wheels

WALKER = (ROOT / "tests" / "hostile" / "walks_every_folder.py").read_text("utf-8")
LOADS = """
from lessons.data import load_data
(x_train, _), (x_test, _) = load_data()
print("LOADED", len(x_train), len(x_test))
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.promise("solutions-out-of-reach"),
    pytest.mark.only_on("linux"),
]


class Installation:
    """A course, and the program that grades in it.

    Args:
        course: its folder.
        program: the words before a command's name.
        lesson: the short name of a lesson.
    """

    def __init__(self, course: Path, *program: str, lesson: str = "lesson3") -> None:
        self.course, self.program = course, program
        found = catalog.find(lesson, course)
        self.lesson, self.name = lesson, f"{found.name}.py"

    def run(self, *words: str) -> tuple[int, str]:
        """A command's exit code, and what it printed."""
        done = subprocess.run(
            [*self.program, *words], cwd=self.course, env=environment(),
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


def environment() -> dict[str, str]:
    """This process's variables, without those of the environment that tests run in."""
    ours = ("UV_", "VIRTUAL", "GRADER_", "PYTHON")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return kept | {"COLUMNS": "400"}


def call(*words: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        words, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A copy of the project after the README's commands."""
    home = tmp_path_factory.mktemp("clone") / "project"
    for path in find_files(ROOT):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, home / path)
    call("uv", "sync", "--quiet", cwd=home)
    share_bytecode(home / ".venv")
    return Installation(home, str(home / ".venv" / "bin" / "invoke"))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment into which both wheels were installed; its programs."""
    folder = tmp_path_factory.mktemp("wheels")
    built = build_wheels(folder)
    call("uv", "venv", "--quiet", "env", cwd=folder)
    call("uv", "pip", "install", "--quiet", "--python", "env", *built, cwd=folder)
    share_bytecode(folder / "env")
    return folder / "env" / "bin"


@pytest.fixture(scope="module")
def initialised(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The folder that `xent init` makes."""
    course = tmp_path_factory.mktemp("initialised") / "course"
    call(wheels / "xent", "init", str(course), cwd=course.parent)
    return Installation(course, str(wheels / "xent"))


@pytest.fixture(scope="module")
def own_course(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A course of somebody's own."""
    above = tmp_path_factory.mktemp("own")
    call(wheels / "grader", "new-course", "statistics", cwd=above)
    course = above / "statistics"
    return Installation(course, str(wheels / "grader"), lesson="lesson1")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Gradescope's zip file after its own set-up."""
    home = tmp_path_factory.mktemp("gradescope")
    archive = autograder.pack_for_gradescope(
        ROOT, home, catalog.find("lesson3", ROOT), lambda _: None
    )
    with zipfile.ZipFile(archive) as file:
        file.extractall(home / "source")
    # Its packages for the system are there, or are not to be installed by a test.
    programs = home / "programs"
    programs.mkdir()
    # Instead of compiling all libraries, as uv is told to, it takes what is compiled.
    sharing = f"{sys.executable} {ROOT}/tests/support/bytecode.py .venv"
    syncing = f"{shutil.which('uv')} sync --quiet && {sharing}"
    for name, line in (("apt-get", ""), ("uv", syncing)):
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    done = subprocess.run(
        ["bash", home / "source" / "setup.sh"], capture_output=True, text=True,
        env=environment()
        | {"AUTOGRADER_ROOT": str(home), "PATH": f"{programs}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (course,) = (path.parent for path in (home / "source").glob("*/course.toml"))
    return Installation(course, str(course / ".venv" / "bin" / "invoke"))


@pytest.fixture(params=["clone", "initialised", "own_course", "packed"])
def place(request: pytest.FixtureRequest) -> Installation:
    return request.getfixturevalue(request.param)


def require_nothing(printed: str) -> None:
    """Check that the attempt ran, could read libraries, and found nothing else."""
    assert "OPENED" not in printed
    found = re.search(r"READ (\d+)", printed)
    assert found, printed
    assert int(found[1]) > 1000, printed


def test_an_attempt_finds_nothing_in_a_grading(
    place: Installation, tmp_path: Path
) -> None:
    path, report = tmp_path / place.name, tmp_path / "report.json"
    path.write_text(WALKER, encoding="utf-8")
    code, text = place.run(
        "grade", place.lesson, "--attempt", str(path), "--json", str(report)
    )
    assert code == 1, text
    told = json.loads(report.read_text("utf-8"))
    assert (told["score"], told["exposed"], told["problem"]) == (0, "", None)
    require_nothing(told["output"])


def test_an_attempt_finds_nothing_in_a_class(
    place: Installation, tmp_path: Path
) -> None:
    eve = tmp_path / "eve"
    eve.mkdir()
    (eve / place.name).write_text(WALKER, encoding="utf-8")
    words = (str(tmp_path), "--lesson", place.lesson, "--require-sandbox")
    code, text = place.run("class.grade", *words)
    assert (code, "1 graded" in text, "Traceback" in text) == (0, True, False), text
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        report = book.latest(Path(place.name).stem, "eve")
    assert report is not None
    assert report.score == 0
    require_nothing(report.output)


def test_an_attempt_finds_nothing_in_an_autograder(
    place: Installation, tmp_path: Path
) -> None:
    path = tmp_path / place.name
    path.write_text(WALKER, encoding="utf-8")
    words = ("--attempt", str(path), "--to", "gradescope", "--out", str(tmp_path))
    place.run("grade", place.lesson, *words)
    told = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert told["score"] == 0
    assert "OPENED" not in json.dumps(told)


def test_an_attempt_finds_nothing_when_it_is_run(
    place: Installation, tmp_path: Path
) -> None:
    path = tmp_path / place.name
    has_data = (place.course / "lessons" / "data" / "mnist.npz").is_file()
    # It may read everything else on the learner's machine, other copies of the course
    # among that. They aren't printed, for what a cell prints is cut off at some length,
    # and aren't executed, for their solutions would train for minutes.
    places = (str(place.course), str(Path(place.program[0]).parents[1]))
    walker = WALKER.replace('PLACES = ("/",)', f"PLACES = {places}")
    walks, executes, _ = walker.partition("\nfor text in find():")
    assert executes
    assert walker != WALKER
    path.write_text(has_data * LOADS + walks + "\nfind()\n", encoding="utf-8")
    _, text = place.run("run", place.lesson, "--attempt", str(path))
    require_nothing(text)
    assert ("LOADED 60000 10000" in text) == has_data, text


@contextmanager
def room(place: Installation, folder: Path) -> Iterator[tuple[Asker, str]]:
    """A room that is served; somebody who asks it, and its code."""
    process = subprocess.Popen(
        [*place.program, "serve", "--room", str(folder), "--local", "--no-browser"],
        cwd=place.course, env=environment() | {"PYTHONUNBUFFERED": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if found := re.search(r":(\d+)\n +((?:\w )+\w)\n", text):
                yield Asker(int(found[1])), found[2].replace(" ", "")
                return
        raise AssertionError(text)
    finally:
        process.terminate()
        process.communicate(timeout=300)


def test_an_attempt_finds_nothing_in_a_room(
    place: Installation, tmp_path: Path
) -> None:
    with room(place, tmp_path / "room") as (eve, code):
        eve.patience_s = 300
        assert eve.fill_in("/join", code=code, name="Eve")[0] == 303
        cells = json.loads(eve.get(f"/{place.lesson}/cells"))["cells"]
        number, first = next(
            (number, cell) for number, cell in cells.items() if "version" in cell
        )
        saved = eve.post(
            f"/{place.lesson}/save",
            number=int(number),
            base=first["version"],
            text=WALKER,
        )
        line = saved["cells"][number]["line"]
        require_nothing(eve.post(f"/{place.lesson}/run", line=line)["html"])
        _, _, graded = eve.ask("POST", f"/{place.lesson}/grade", "{}")
        assert b"OPENED" not in graded
        assert b"100 of 100" not in graded


# Where a solution can be read all the same


CONFINED = """
import sys
from pathlib import Path
base, scratch = map(Path, sys.argv[1:])
sys.base_prefix = str(base)
from grader.sandbox import isolation
isolation.restrict_files(scratch)
packages = next(base.glob("lib/*/site-packages"))
print(sorted(path.name for path in packages.iterdir()))
for path in (
    "module.py", "package/module.py", "stats/__init__.py", "stats/solutions/a.py",
    "lessons/a.py", "link/solutions/a.py", "share/a.py", "share/stats/solutions/a.py",
):
    try:
        print(path, (packages / path).read_text())
    except PermissionError:
        print(path, "closed")
"""


def test_a_course_in_the_base_interpreter_is_left_out(tmp_path: Path) -> None:
    packages = tmp_path / "base" / "lib" / "python3.11" / "site-packages"
    for name in ("package/module.py", "module.py", "stats/__init__.py",
                 "stats/solutions/a.py", "lessons/a.py", "share/a.py",
                 "share/stats/solutions/a.py", "share/stats/course.toml"):  # fmt: skip
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("open")
    # `pip install --target` puts a distribution's data among its packages.
    declared = packages / "stats-1.0.dist-info"
    declared.mkdir()
    (declared / "entry_points.txt").write_text("[grader.courses]\nstats = stats\n")
    (declared / "RECORD").write_text("share/stats/course.toml,,\n")
    (packages / "link").symlink_to(packages / "stats")
    (tmp_path / "scratch").mkdir()
    words = (str(tmp_path / "base"), str(tmp_path / "scratch"))
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, *words],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "['lessons', 'link', 'module.py', 'package', 'share', 'stats', "
        "'stats-1.0.dist-info']",
        "module.py open",
        "package/module.py open",
        "stats/__init__.py closed",
        "stats/solutions/a.py closed",
        "lessons/a.py closed",
        "link/solutions/a.py closed",
        "share/a.py open",
        "share/stats/solutions/a.py closed",
    ], done.stderr


@pytest.fixture
def exposed(wheels: Path) -> Iterator[Installation]:
    """A course that somebody made inside a package, which attempts may read."""
    (packages,) = (wheels.parent / "lib").glob("python3*/site-packages")
    course = packages / "package" / "course"
    course.parent.mkdir()
    call(wheels / "xent", "init", str(course), cwd=course.parent)
    yield Installation(course, str(wheels / "xent"))
    shutil.rmtree(course.parent)


def test_nothing_is_scored_where_an_attempt_can_read_a_solution(
    exposed: Installation, tmp_path: Path
) -> None:
    words = f"Attemptscanread{exposed.course}"
    remedy = "Movethatcourseoutofthere,oruninstallit."
    solution = exposed.course / "solutions" / exposed.name
    ada = tmp_path / "class" / "ada"
    ada.mkdir(parents=True)
    shutil.copy(solution, ada)
    attempt = ("grade", "lesson3", "--attempt", str(solution))

    def run(*words: str) -> tuple[int, str]:
        """As `exposed.run`, without the spaces at which long paths are broken."""
        code, text = exposed.run(*words)
        return code, "".join(text.split())

    # A learner is told, and graded.
    code, text = run(*attempt)
    assert (code, text.count(words), text.count(remedy)) == (0, 1, 1), text
    # A class is told above the results, and in the report.
    code, text = run("class.grade", str(ada.parent))
    assert (code, text.count(words)) == (0, 1), text
    assert text.index(words) < text.index("1graded")
    code, text = run("class.report", str(ada.parent))
    assert code == 0, text
    pages = [path.read_text("utf-8") for path in ada.parent.rglob("*.html")]
    assert words in "".join("".join(pages).split())
    # Where a score must prove something, there is none.
    code, text = run(*attempt, "--require-sandbox")
    assert (code, words in text, "100of100" in text) == (3, True, False), text
    code, text = run("class.grade", str(ada.parent), "--require-sandbox")
    assert (code, words in text) == (3, True), text
    out = tmp_path / "results"
    code, text = run(*attempt, "--to", "gradescope", "--out", str(out))
    assert (code, words in text, remedy in text) == (2, True, True), text
    assert not (out / "results.json").exists()
    code, text = run("serve", "--room", str(tmp_path / "room"), "--local")
    assert (code, words in text, (tmp_path / "room").exists()) == (2, True, False)
    code, text = run("doctor")
    assert (code, words in text) == (1, True), text
