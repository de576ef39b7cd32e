"""What is handed in is opened without following a link, wherever it is graded.

Each kind of submission tries to have another file graded in its place: a solution, for
points, or a file with a secret, for a line of it in the feedback.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.classroom.class_result import load_class
from grader.classroom.comments import read_comments
from grader.classroom.export import ExportFile, export, write
from grader.classroom.overrides import read_overrides
from grader.classroom.report_pages import class_report
from grader.classroom.submissions import hand_in_times
from grader.classroom.workshop.progress import find_written
from grader.common.errors import Misuse
from grader.course.document import attempt_file, catalog, no_links
from grader.learner.gradebook import Gradebook
from grader.web import take_home
from grader.web.page_store import Attempts, CellPlace
from tests.support.autograder import ON_LINUX, REPORT, run_autograder, unpacked
from tests.support.project import ROOT

__all__ = ["unpacked"]

pytestmark = pytest.mark.only_on("posix")
LESSON = catalog.find("lesson3", ROOT)
FILE = f"{LESSON.name}.py"
NOTEBOOK = f"{LESSON.name}.ipynb"
SECRET = "the_password_is = 'swordfish'"
SOLVED = "return float(losses(y, p).mean())"  # a line of the solution
A_LINK = "a link, which isn't followed"


class Place:
    """A folder that a submission is put into, beside what it must not reach."""

    def __init__(self, folder: Path, project: Path, outside: Path) -> None:
        self.folder, self.project, self.outside = folder, project, outside
        self.solution = project / "solutions" / FILE
        self.secret = outside / "secret.py"
        self.secret.write_text(f"{SECRET}\nthis is no Python\n", encoding="utf-8")

    def link(self, to: Path | str, name: str = FILE) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(to)

    def relative(self, path: Path) -> str:
        return os.path.relpath(path, self.folder)

    def git(self, *words: str, into: str = "") -> None:
        """Let git check out in the folder what was committed with these words."""
        made = self.outside / "made"
        shutil.rmtree(made, ignore_errors=True)
        git(made.parent, "init", "-q", made.name)
        blob = git(made, "hash-object", "-w", "--stdin", stdin=into)
        for word in words:
            mode, name = word.split(" ", 1)
            what = blob if mode != "160000" else "1" * 40
            git(made, "update-index", "--add", "--cacheinfo", mode, what, name)
        git(made, "commit", "-q", "-m", "x")
        self.folder.rmdir()
        git(made.parent, "clone", "-q", str(made), str(self.folder))


def git(where: Path, *words: str, stdin: str = "") -> str:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *author, *words],
        cwd=where, input=stdin, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def link_mode_in_a_zip(place: Place) -> None:
    member = zipfile.ZipInfo(FILE)
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(place.folder / "mine.zip", "w") as archive:
        archive.writestr(member, str(place.solution))
    subprocess.run(
        ["unzip", "-q", "mine.zip"], cwd=place.folder, check=True, capture_output=True
    )


def names_that_lead_up(place: Place) -> None:
    with zipfile.ZipFile(place.folder / f"{LESSON.name}.zip", "w") as archive:
        archive.write(place.solution, f"../solutions/{FILE}")


def a_copy_of_the_project(place: Place) -> None:
    shutil.copytree(place.project / "solutions", place.folder / "solutions")


def a_link_to_itself(place: Place) -> None:
    place.link(FILE)


def a_link_in_a_link(place: Place) -> None:
    place.link(place.solution, "first.txt")
    place.link("first.txt")


def a_linked_submission(place: Place) -> None:
    place.folder.rmdir()
    place.folder.symlink_to(place.solution.parent)


def a_socket(place: Place) -> None:
    here = Path.cwd()
    os.chdir(place.folder)  # the path of a socket may have some 100 letters
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(FILE)
    finally:
        os.chdir(here)


def a_device(place: Place) -> None:
    os.mknod(place.folder / FILE, 0o020644, os.makedev(1, 5))  # /dev/zero


def a_reading_notebook(place: Place) -> None:
    code = f"from pathlib import Path\nprint(Path({str(place.secret)!r}).read_text())\n"
    code += f"exec(Path({str(place.solution)!r}).read_text())"
    cell = {"cell_type": "code", "source": code, "metadata": {}, "outputs": []}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (place.folder / NOTEBOOK).write_text(json.dumps(book))


def an_importing_file(place: Place) -> None:
    (place.folder / FILE).write_text(
        f"import sys\nsys.path.insert(0, {str(place.solution.parent)!r})\n"
        f"from {LESSON.name} import *\n"
    )


CWD = f"/proc/self/cwd/solutions/{FILE}"
# The name of what is tried, what makes it, and a part of what is said of it.
KINDS: dict[str, tuple[Callable[[Place], object], str]] = {
    "absolute link": (lambda p: p.link(p.solution), A_LINK),
    "relative link": (lambda p: p.link(p.relative(p.solution)), A_LINK),
    "link below /proc/self/cwd": (lambda p: p.link(CWD), A_LINK),
    "link to a secret": (lambda p: p.link(p.secret), A_LINK),
    "link of another name": (lambda p: p.link(p.solution, "mine.py"), A_LINK),
    "link in a folder": (lambda p: p.link(p.solution, f"work/{FILE}"), A_LINK),
    "linked notebook": (lambda p: p.link(p.solution, NOTEBOOK), A_LINK),
    "link in a link": (a_link_in_a_link, A_LINK),
    "link to itself": (a_link_to_itself, A_LINK),
    "dangling link": (lambda p: p.link("nowhere.py"), A_LINK),
    "linked folder": (lambda p: p.link(p.solution.parent, "work"), A_LINK),
    "linked folder by /proc": (
        lambda p: p.link("/proc/self/cwd/solutions", "attempts"),
        A_LINK,
    ),
    "linked submission": (a_linked_submission, A_LINK),
    "link committed to git": (lambda p: p.git(f"120000 {FILE}", into=CWD), A_LINK),
    "folder committed as a link": (
        lambda p: p.git("120000 work", into=str(p.solution.parent)),
        A_LINK,
    ),
    "submodule": (lambda p: p.git("160000 work", into=""), "contains no"),
    "pipe": (lambda p: os.mkfifo(p.folder / FILE), "a pipe; it isn't read"),
    "socket": (a_socket, "a socket; it isn't read"),
    "device": (a_device, "a device; it isn't read"),
    "hard link": (lambda p: os.link(p.solution, p.folder / FILE), "a hard link"),
    "hard link to a secret": (
        lambda p: os.link(p.secret, p.folder / FILE),
        "a hard link",
    ),
    "link in a zip file": (link_mode_in_a_zip, A_LINK),
    "zip file with names above": (names_that_lead_up, "contains no"),
    "copy of the project": (a_copy_of_the_project, "contains no"),
    "notebook that reads files": (a_reading_notebook, "Permission denied"),
    "file that imports the solution": (an_importing_file, LESSON.name),
}
EACH_KIND = [
    pytest.param(kind, marks=pytest.mark.only_on("root")) if kind == "device" else kind
    for kind in KINDS
]


@pytest.fixture
def place(unpacked: Path) -> Place:
    """Where Gradescope puts a submission."""
    folder = unpacked / "submission"
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return Place(folder, unpacked / "source" / "cross-entropy-lessons", unpacked)


def assert_nothing_is_gained(score: int, said: str, expected: str) -> None:
    assert score == 0
    assert expected in said
    assert "swordfish" not in said
    assert SOLVED not in said


@pytest.mark.promise("autograder-reads")
@ON_LINUX
@pytest.mark.parametrize("kind", EACH_KIND)
def test_the_autograder_of_gradescope_reaches_no_other_file(
    unpacked: Path, place: Place, kind: str
) -> None:
    make, expected = KINDS[kind]
    make(place)
    code, results = run_autograder(unpacked)
    assert code == 0
    assert_nothing_is_gained(results["score"], json.dumps(results), expected)


# What a checkout can hold.
OF_GIT = (
    "link committed to git",
    "folder committed as a link",
    "submodule",
    "link below /proc/self/cwd",
    "linked folder",
)


@pytest.mark.promise("autograder-reads", "autograder-checkout")
@pytest.mark.parametrize("kind", OF_GIT)
def test_a_result_is_written_through_no_link_in_a_checkout(
    tmp_path: Path, kind: str
) -> None:
    checkout = tmp_path / "deep-learning-loss-ada"
    checkout.mkdir()
    make, expected = KINDS[kind]
    make(Place(checkout, ROOT, tmp_path))
    outside = tmp_path / "outside.json"
    (checkout / "results.json").symlink_to(outside)
    words = ("--attempt", str(checkout), "--to", "gradescope", "--out", str(checkout))
    subprocess.run(
        [sys.executable, "-m", "invoke", "grade", "lesson3", *words],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    text = (checkout / "results.json").read_text()
    assert_nothing_is_gained(json.loads(text)["score"], text, expected)
    assert not outside.exists()


@pytest.mark.promise("autograder-checkout")
@ON_LINUX
def test_nothing_that_a_learner_handed_in_is_imported_by_the_autograder(
    unpacked: Path, place: Place, tmp_path: Path
) -> None:
    forge = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"
    for name in ("pip", "uv", "subprocess", "tempfile", "invoke", "grader"):
        (place.folder / f"{name}.py").write_text(forge)
    code, results = run_autograder(unpacked, place.folder)
    assert (code, results["score"]) == (0, 0)
    assert not (tmp_path / "ran").exists()


# The same in a class


@pytest.mark.promise("links-in-a-class")
@pytest.mark.parametrize(
    "kind", [each for each in EACH_KIND if "hard link" not in each]
)
def test_a_class_reaches_no_other_file(tmp_path: Path, kind: str) -> None:
    (tmp_path / "class" / "eve").mkdir(parents=True)
    make, expected = KINDS[kind]
    make(Place(tmp_path / "class" / "eve", ROOT, tmp_path))
    found = submissions.find(tmp_path / "class", [LESSON])
    for one in found.submissions:  # a file of their own, whatever it does
        content = one.read().decode()
        assert "swordfish" not in content
        assert SOLVED not in content
    if expected.startswith("a "):
        assert expected in " ".join(found.notices)


@pytest.mark.promise("links-in-a-class")
def test_a_link_that_takes_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    """A class is graded for minutes: what was found may be another by then."""
    path = tmp_path / "class" / "eve" / FILE
    path.parent.mkdir(parents=True)
    path.write_text("mine = 1\n")
    (one,) = submissions.find(tmp_path / "class", [LESSON]).submissions
    path.unlink()
    path.symlink_to(LESSON.solution)
    with pytest.raises(OSError, match=A_LINK):
        one.read()
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(LESSON.solution.parent)
    with pytest.raises(OSError, match=A_LINK):
        one.read()


@pytest.mark.promise("clone-history")
@pytest.mark.parametrize("part", ["objects", "objects/pack", "refs/heads", "HEAD"])
def test_a_clone_with_links_in_its_repository_tells_nothing(
    tmp_path: Path, part: str
) -> None:
    theirs, clone = tmp_path / "theirs", tmp_path / "clone"
    git(tmp_path, "init", "-q", "theirs")
    (theirs / FILE).write_text("secret = 1\n")
    git(theirs, "add", ".")
    git(theirs, "commit", "-q", "-m", "x")
    git(theirs, "gc", "-q")
    git(theirs, "pack-refs", "--all")
    git(tmp_path, "clone", "-q", "--no-hardlinks", str(theirs), str(clone))
    due = datetime(2030, 1, 1, tzinfo=UTC)
    assert hand_in_times.commit_history(clone, clone / FILE, due)
    inner = clone / ".git" / part
    inner.rename(tmp_path / "moved")
    inner.symlink_to(tmp_path / "moved")
    assert hand_in_times.commit_history(clone, clone / FILE, due) is None


@pytest.mark.promise("class-settings")
@pytest.mark.parametrize(
    "name", ["roster.csv", "overrides.csv", "comments.csv", "due.json"]
)
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_a_class_keeps_is_read_from_its_own_folder(
    tmp_path: Path, name: str, kind: str
) -> None:
    readers = {
        "roster.csv": lambda folder: submissions.find(folder, [LESSON]),
        "overrides.csv": read_overrides,
        "comments.csv": read_comments,
        "due.json": lambda folder: submissions.load_due_dates(
            folder, [LESSON.name], (), ""
        ),
    }
    folder = tmp_path / "class"
    folder.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("root:x:0:0\n")
    if kind == "link":
        (folder / name).symlink_to(secret)
    else:
        os.mkfifo(folder / name)
    with pytest.raises(Misuse, match=rf"{name}: a {kind}") as refused:
        readers[name](folder)
    assert "0:0" not in str(refused.value)


@pytest.mark.promise("class-settings")
def test_nothing_is_written_through_a_link_below_the_folder(tmp_path: Path) -> None:
    folder, outside = tmp_path / "report", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "learners").symlink_to(outside)
    with pytest.raises(Misuse, match="leads out of"):
        write([ExportFile("learners/ada.html", b"x")], folder)
    assert list(outside.iterdir()) == []
    (tmp_path / "mine").symlink_to(folder)  # the folder that was named may be one
    write([ExportFile("class.html", b"x")], tmp_path / "mine")
    assert (folder / "class.html").read_bytes() == b"x"


@pytest.mark.promise("links-in-commands")
@pytest.mark.parametrize("command", ["grade", "run", "watch"])
def test_every_command_says_the_same_of_a_link(tmp_path: Path, command: str) -> None:
    (tmp_path / FILE).symlink_to(LESSON.solution)
    done = subprocess.run(
        [sys.executable, "-m", "invoke", command, "lesson3", "--attempt", tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"{FILE}: {A_LINK}" in done.stderr


@pytest.mark.promise("links-in-commands")
def test_a_page_of_a_room_shows_no_file_that_a_link_leads_to(tmp_path: Path) -> None:
    """Wherever the link comes from: the room is open, and its folder was looked at."""
    attempts = Attempts(tmp_path / "room" / "eve", is_own=False)
    attempts.folder.mkdir(parents=True)
    path = attempts.folder / FILE
    for target in (LESSON.solution, tmp_path / "nowhere.py"):
        path.symlink_to(target)
        for look in (
            lambda: attempts.page(LESSON),
            lambda: attempts.save(LESSON, CellPlace(1, ""), "x = 1"),
            lambda: take_home.make(take_home.ALL, ROOT, attempts, None),
        ):
            with pytest.raises(Misuse, match=f"{FILE} isn't a regular file"):
                look()
        assert find_written(attempts, LESSON).code == ()
        path.unlink()
    assert not (tmp_path / "nowhere.py").exists()


@pytest.mark.promise("class-settings")
def test_names_in_a_foreign_gradebook_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "class" / "export"
    path = tmp_path / "gradebook.sqlite"
    with Gradebook(path) as book:
        book.record(REPORT, "../../evil")
        book.record(REPORT, "eve")
    with contextlib.closing(sqlite3.connect(path)) as forged:
        forged.execute(
            "UPDATE grading SET report = json_set(report, '$.lesson', '/../../../evil')"
            " WHERE learner = 'eve'"
        )
        forged.commit()
    with Gradebook(path) as book:
        result = load_class(book, [REPORT.lesson])
    assert [len(one.reports) for one in result.learners] == [1, 0]
    for to in ("csv", "json", "moodle"):
        write(export(result, to), folder)
    write(class_report(result), folder)
    assert {one.name for one in tmp_path.iterdir()} == {"deep", "gradebook.sqlite"}
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["class"]
    assert [one.name for one in folder.parent.iterdir()] == ["export"]


# What still works


def test_links_above_what_was_handed_in_are_followed(tmp_path: Path) -> None:
    real = tmp_path / "real" / "ada"
    real.mkdir(parents=True)
    (real / FILE).write_text("mine = 1\n")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    for named in (tmp_path / "linked" / "ada", tmp_path / "linked" / "ada" / FILE):
        found = catalog.resolve_attempt(LESSON, named)
        assert attempt_file.read(found, named) == b"mine = 1\n"
    (one,) = submissions.find(tmp_path / "linked", [LESSON]).submissions
    assert one.read() == b"mine = 1\n"


def test_a_folder_may_be_named_from_inside_or_from_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / FILE).write_text("mine = 1\n")
    for where, named in ((tmp_path, "."), (tmp_path / "deep", ".."), (tmp_path, FILE)):
        monkeypatch.chdir(where)
        found = catalog.resolve_attempt(LESSON, Path(named))
        assert attempt_file.read(found, Path(named)) == b"mine = 1\n"


def test_a_learners_own_folder_of_attempts_may_be_a_link(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "course", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (elsewhere / FILE).write_text("mine = 1\n")
    (root / "attempts").symlink_to(elsewhere)
    path, was_made = catalog.working_copy(LESSON, root)
    assert (attempt_file.read(path), was_made) == (b"mine = 1\n", False)


def test_without_descriptors_of_folders_links_are_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    monkeypatch.setattr(no_links, "_HAS_FOLDERS", False)
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.py").write_text("x")
    (tmp_path / "linked").symlink_to("real")
    (tmp_path / "real" / "b.py").symlink_to("a.py")
    with no_links.open_file(tmp_path, tmp_path / "real" / "a.py") as file:
        assert file.read() == b"x"
    for path in ("linked/a.py", "real/b.py", "real/../real/a.py"):
        with pytest.raises(no_links.NotPlain):
            no_links.open_file(tmp_path, tmp_path / path)
    assert no_links.look(tmp_path, tmp_path / "real" / "none.py") is None
