"""Other distributions bring commands and formats; without classes the rest works."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from importlib.metadata import distribution
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import pytest

from grader.common import extensions
from tests.support.commands import run_command
from tests.support.notebooks import run_cells
from tests.support.toy_lesson import Toy

GRADER = Path(extensions.__file__).parents[1]
# What another distribution could have instead.
CLASSES = ("classroom",)
ATTEMPT = '# %% id="1a"\ndef double(x):\n    return 2 * x\n'
LOADED = "import sys; from grader.cli import main; code = main()\n"
LOADED += "print(*sys.modules, sep='\\n', file=sys.stderr); raise SystemExit(code)"


def declare(folder: Path, name: str, entries: Mapping[str, Mapping[str, str]]) -> None:
    """Write what makes a folder on Python's path an installed distribution."""
    info = folder / f"{name}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n")
    lines = [
        line
        for group, places in entries.items()
        for line in (f"[{group}]", *(f"{x} = {y}" for x, y in places.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))


def run(
    course: Path, path: Path, *words: str, code: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command in a course, with a folder first on Python's path."""
    command = ["-c", code] if code else ["-m", "grader"]
    return subprocess.run(
        [sys.executable, *command, *words],
        cwd=course,
        env=environment(path),
        capture_output=True,
        text=True,
    )


def complete(course: Path, path: Path, start: str) -> str:
    """Return what click hands to bash for a word that begins like this."""
    asked = {"COMP_WORDS": f"grader {start}", "COMP_CWORD": "1"}
    asked["_GRADER_COMPLETE"] = "bash_complete"
    with mock.patch.dict(os.environ, asked):
        return run(course, path).stdout


def environment(path: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(path), "COLUMNS": "200"}


# Without classes


@pytest.fixture(scope="module")
def without_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the grader as it is if classes and rooms are elsewhere."""
    folder = tmp_path_factory.mktemp("site")
    left_out = {GRADER / name for name in CLASSES}
    assert all(path.is_dir() for path in left_out)

    def ignore(inside: str, names: list[str]) -> set[str]:
        gone = {name for name in names if Path(inside) / name in left_out}
        return gone | {"__pycache__"}

    shutil.copytree(GRADER, folder / "grader", ignore=ignore)
    declare(folder, "lesson_grader", {})
    return folder


def test_a_grading_needs_no_classes(toy: Toy, without_classes: Path) -> None:
    words = ("grade", "1", "--attempt", "solutions/lesson1_toy.py")
    done = run(toy.root, without_classes, *words, code=LOADED)
    assert (done.returncode, "100 of 100" in done.stdout) == (0, True), done.stderr
    assert "grader.judge" in done.stderr.split()


def test_a_notebook_needs_no_classes(
    toy: Toy, without_classes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(toy.root, without_classes, "start", "1", "--notebook").returncode == 0
    for name, value in environment(without_classes).items():
        monkeypatch.setenv(name, value)
    sources = ("%load_ext grader", ATTEMPT, "%grade 1a", "import grader; grader")
    *_, graded, where = run_cells(sources, toy.root / "attempts")
    shown = [one["data"]["text/plain"] for one in graded.outputs if "data" in one]
    assert "60 of 60 points" in shown[-1]
    assert str(without_classes) in where.outputs[0]["data"]["text/plain"]


def test_the_page_needs_no_classes(toy: Toy, without_classes: Path) -> None:
    words = [sys.executable, "-m", "grader", "serve", "--no-browser"]
    with subprocess.Popen(
        words,
        cwd=toy.root,
        env=environment(without_classes),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            address = next(x.strip() for x in server.stdout if "http://" in x)
            at = urlsplit(address)
            browser = urllib.request.build_opener(
                urllib.request.HTTPCookieProcessor(CookieJar())
            )
            browser.open(address).close()
            browser.addheaders = [("Origin", f"http://{at.netloc}"), ("X-Lesson", "1")]
            page = f"http://{at.netloc}/lesson1"
            with browser.open(page) as answer:
                assert "Twice" in answer.read().decode()
            body = json.dumps({"exercise": "1a"}).encode()
            with browser.open(f"{page}/grade", body) as answer:
                assert "60 of 60 points" in answer.read().decode()
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("class.grade submissions", "There is no command 'class.grade'."),
        ("class.regrade submissions", "There is no command 'class.regrade'."),
        ("serve --room room", "serve has no option --room."),
        ("grade 1 --to gradescope", "No autograder is installed, so leave --to out."),
    ],
)
def test_what_classes_bring_is_not_there_without_them(
    words: str, said: str, toy: Toy, without_classes: Path
) -> None:
    done = run(toy.root, without_classes, *words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_help_and_completion_name_only_what_is_there(
    toy: Toy, without_classes: Path
) -> None:
    listed = run(toy.root, without_classes, "--list").stdout
    offered = complete(toy.root, without_classes, "")
    helped = run(toy.root, without_classes, "serve", "--help").stdout
    assert "grade" in listed
    assert "grade" in offered
    assert "--port" in helped
    assert not any("class." in x or "room" in x for x in (listed, offered, helped))


# With another distribution

TEA = '''
"""tea: a distribution that knows nothing of the grader's insides."""

from grader.cli.command import command
from grader.classroom.export.common import ExportFile


@command(help={"cups": "how many"})
def pour(app, cups: int = 1) -> None:
    """Pour tea for a class."""
    app.screen.print(f"{cups} poured in {len(app.lessons())} lesson")


def tea(result):
    names = [one.learner.id for one in result.learners]
    return (ExportFile("tea.txt", "\\\\n".join(names).encode()),)
'''


@pytest.fixture
def with_tea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tea")
    (folder / "tea.py").write_text(TEA)
    entries = {
        "grader.commands": {
            "tea.pour": "tea:pour",
            "tea.spill": "tea:spill",
            "grade": "tea:pour",
        },
        "grader.exports": {"tea": "tea:tea"},
    }
    declare(folder, "tea", entries)
    return folder


def test_another_distribution_brings_a_command(toy: Toy, with_tea: Path) -> None:
    done = run(toy.root, with_tea, "tea.pour", "--cups", "3")
    assert (done.returncode, done.stdout) == (0, "3 poured in 1 lesson\n"), done.stderr
    helped = run(toy.root, with_tea, "tea.pour", "--help").stdout
    assert "Pour tea for a class." in helped
    assert "how many" in helped
    offered = complete(toy.root, with_tea, "tea.")
    assert sorted(offered.split()) == ["plain,tea.pour", "plain,tea.spill"]
    near = run(toy.root, with_tea, "tea.por").stderr
    assert near.startswith("There is no command 'tea.por'. Did you mean tea.pour?")


def test_no_distribution_replaces_a_command_of_the_grader(
    toy: Toy, with_tea: Path
) -> None:
    done = run(toy.root, with_tea, "grade", "1", "--attempt", "solutions", code=LOADED)
    assert (done.returncode, "100 of 100" in done.stdout) == (0, True), done.stderr
    # A grading asks for no extension, and imports none.
    unwanted = {
        "tea",
        "grader.common.extensions",
        "grader.classroom",
        "grader.classroom.packing",
    }
    assert set(done.stderr.split()) & unwanted == set()


def test_a_damaged_distribution_is_named_in_a_sentence(
    toy: Toy, with_tea: Path
) -> None:
    done = run(toy.root, with_tea, "tea.spill")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tea:spill cannot be loaded (module 'tea' has no")
    assert len(done.stderr.splitlines()) == 1


BROKEN = "def unfinished(:"


@pytest.fixture
def with_damage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a distribution in which nothing can be loaded."""
    folder = tmp_path_factory.mktemp("damage")
    (folder / "broken.py").write_text(BROKEN)
    (folder / "raising.py").write_text("import broken_settings_of_nobody")
    (folder / "plain.py").write_text("def pour():\n    pass\n")
    entries = {
        "grader.commands": {
            "cup.broken": "broken:cup",
            "cup.raising": "raising:cup",
            "cup.plain": "plain:pour",
            "cup.nowhere": "nowhere:cup",
        },
        "grader.options": {"serve.cup": "broken:serve"},
        "grader.gone": {"cup": "broken:GONE"},
    }
    declare(folder, "damage", entries)
    return folder


DAMAGED = {
    "cup.broken": "broken:cup cannot be loaded (invalid syntax (broken.py, line 1)).",
    "cup.raising": "raising:cup cannot be loaded (No module named 'broken_settings",
    "cup.plain": "plain:pour cannot be loaded (it is no Command).",
    "cup.nowhere": "nowhere:cup cannot be loaded (No module named 'nowhere').",
}


def test_a_damaged_extension_stops_no_other_command(
    toy: Toy, with_damage: Path
) -> None:
    done = run(toy.root, with_damage, "grade", "1", "--attempt", "solutions")
    assert (done.returncode, "100 of 100" in done.stdout) == (0, True), done.stderr
    done = run(toy.root, with_damage, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in DAMAGED:
        assert f"{name} (cannot be loaded)" in " ".join(done.stdout.split())
    done = run(toy.root, with_damage, "serve", "--help")
    assert (done.returncode, "--room" in done.stdout) == (0, True)
    assert "broken:serve cannot be loaded" in done.stdout
    done = run(toy.root, with_damage, "grad", "1")
    assert done.stderr == (
        "There is no command 'grad'. Did you mean grade? All commands:  "
        f"{done.stderr.partition('All commands:  ')[2]}"
    )
    assert run(toy.root, with_damage, "class.regrade").stderr.startswith("class.grade")


@pytest.mark.parametrize("name", DAMAGED)
def test_only_a_damaged_command_itself_reports_the_damage(
    name: str, toy: Toy, with_damage: Path
) -> None:
    for words in ([name], [name, "lesson1", "--more"], ["--help", name]):
        done = run(toy.root, with_damage, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(DAMAGED[name])
        assert len(done.stderr.splitlines()) == 1


def test_invoke_lists_and_reports_a_damaged_command(with_damage: Path) -> None:
    code = "from invoke.main import program; program.run()"
    done = run(GRADER.parent, with_damage, "--list", code=code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cup.broken (cannot be loaded)" in " ".join(done.stdout.split())
    done = run(GRADER.parent, with_damage, "read", "3c", code=code)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (["cup.broken"], ["cup.broken", "lesson1"]):
        done = run(GRADER.parent, with_damage, *words, code=code)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(DAMAGED["cup.broken"])


def test_a_copy_that_is_newer_than_its_environment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "grader").mkdir()
    for name in ("pyproject.toml", "grader/pyproject.toml", "lessons", "solutions"):
        (tmp_path / name).symlink_to(GRADER.parent / name)
    monkeypatch.setattr(extensions, "places_of", lambda group: {})
    code, said = run_command(tmp_path, "class.grade", "work", program="grader")
    assert code == 2
    assert said.startswith("This copy of the project has class.grade, but its")
    assert said.endswith("Bring it up to date:  uv sync\n")
    code, said = run_command(tmp_path, "class.grad", "work", program="grader")
    assert said.startswith("There is no command 'class.grad'.")


def test_without_formats_the_commands_of_classes_can_be_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from grader.classroom import commands

    monkeypatch.setattr(extensions, "places_of", lambda group: {})
    assert commands._describe_formats() == "none is installed"


def test_another_distribution_brings_a_format(toy: Toy, with_tea: Path) -> None:
    toy.hand_in("ada", ATTEMPT)
    done = run(toy.root, with_tea, "class.grade", "submissions", "--jobs", "0")
    assert done.returncode == 0, done.stderr
    done = run(toy.root, with_tea, "class.export", "submissions", "--to", "tea")
    assert done.returncode == 0, done.stderr
    assert (toy.root / "submissions/export/tea.txt").read_text() == "ada"
    refused = run(toy.root, with_tea, "class.export", "submissions", "--to", "tee")
    assert re.search(r"The formats are canvas, .*\btea\b.*\.$", refused.stderr)
    shown = run(toy.root, with_tea, "class.export", "--help").stdout
    assert re.search(r"canvas, .*\btea\b", " ".join(shown.split()))


def test_the_grader_itself_registers_what_is_there() -> None:
    groups = [x for x in vars(extensions).values() if str(x).startswith("grader.")]
    ours = distribution("lesson-grader").entry_points
    registered = {one.group for one in ours if one.group.startswith("grader.")}
    assert registered <= {*groups}
    for one in ours:
        if one.group in groups:
            assert extensions.load(one.value) is not None
