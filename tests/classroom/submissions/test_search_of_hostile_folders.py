"""Folders and archives that somebody made to harm others, or that are broken.

Each is its own learner's trouble: a note, and everybody else is found as ever.
"""

from __future__ import annotations

import bz2
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.classroom.submissions import ArchiveLimits, file_tree
from grader.classroom.submissions.notices import shorten_list
from grader.course.document import catalog
from tests.support.project import ROOT

LESSON3 = catalog.find("lesson3", ROOT)
FILE = f"{LESSON3.name}.py"
LONGEST_S = 30  # generous: what is not bounded takes hours


def found(folder: Path, **kwargs) -> submissions.FolderContents:
    return submissions.find(folder, [LESSON3], **kwargs)


def sources(result: submissions.FolderContents) -> dict[str, bytes]:
    return {s.learner.id: s.read() for s in result.submissions}


def notes(result: submissions.FolderContents, learner: str) -> str:
    return " ".join(result.notes[learner])


def hand_in(path: Path, text: str = "mine = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def zipped(path: Path, *names: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "evil = 1\n")
    return path


BOBS = {
    "moodle": f"Bob Babbage_4712_assignsubmission_file_{FILE}",
    "moodle folder": f"Bob Babbage_4712_assignsubmission_file_/{FILE}",
    "canvas": f"babbagebob_4712_901_{FILE}",
    "folder": f"bob/{FILE}",
    "file": "lesson3_bob.py",
}
EVES = ("Eve Evil_4713_assignsubmission_file_", "evileve_4713_900_homework", "eve")


@pytest.mark.parametrize("inside", BOBS.values(), ids=BOBS)
@pytest.mark.parametrize("outside", EVES)
@pytest.mark.parametrize("is_zip", [False, True])
@pytest.mark.parametrize(
    "roster", ["", "id,name,learner\n,Bob Babbage,bob\n,Eve Evil,eve\n"]
)
def test_the_outermost_owner_wins(
    tmp_path: Path, inside: str, outside: str, is_zip: bool, roster: str
) -> None:
    if roster:
        (tmp_path / "roster.csv").write_text(roster)
    zipped(tmp_path / "bob.zip", FILE)
    if is_zip:
        other = inside.replace("4712", "4714").replace("bob", "carol")
        zipped(tmp_path / f"{outside}.zip", inside, other)
    else:
        hand_in(tmp_path / outside / inside, "evil = 1\n")
    result = found(tmp_path)
    eve = "eve" if roster or outside == "eve" else "4713"
    assert sorted(sources(result)) == sorted(["bob", eve])
    (bob,) = [s for s in result.submissions if s.learner.id == "bob"]
    assert bob.path == tmp_path / "bob.zip"
    if "_assignsubmission_" in inside or roster:
        assert "the name in it is another learner's" in notes(result, eve)


def test_a_stranger_beside_known_people_gets_nobody_anything(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner\nbob\ncarol\n")
    hand_in(tmp_path / "bob" / FILE)
    hand_in(tmp_path / "mallory" / "carol" / FILE, "evil = 1\n")
    zipped(tmp_path / "trudy.zip", f"bob/{FILE}", f"carol/{FILE}")
    assert sorted(sources(found(tmp_path))) == ["bob", "mallory", "trudy"]


@pytest.mark.parametrize("is_zip", [False, True])
def test_a_list_of_gradescope_s_in_a_learner_s_folder_gives_nobody_anything(
    tmp_path: Path, is_zip: bool
) -> None:
    entry = "submission_1:\n  :submitters:\n  - :name: bob\n    :email: bob@x.org\n"
    zipped(tmp_path / "bob.zip", FILE)
    if is_zip:
        with zipfile.ZipFile(tmp_path / "eve.zip", "w") as archive:
            archive.writestr("submission_metadata.yml", entry)
            archive.writestr(f"submission_1/{FILE}", "mine = 1\n")
    else:
        hand_in(tmp_path / "eve" / "submission_1" / FILE)
        hand_in(tmp_path / "eve" / "submission_metadata.yml", entry)
    assert sources(found(tmp_path)) == {"bob": b"evil = 1\n", "eve": b"mine = 1\n"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "submission_1:\n  :submitters:\n",
        "submission_1:\n  :submitters: []\n  :created_at: never\n",
        'submission_1:\n  :submitters:\n  - :name: "\\x"\n    :email: [a, b]\n',
        "\x00submission_1:\n\t:submitters:\n    :name: x\n",
        "submission_1:\n  :created_at: 9999-99-99 99:99:99 Z\n" * 1000,
    ],
)
def test_any_list_of_gradescope_s_is_read(tmp_path: Path, text: str) -> None:
    hand_in(tmp_path / "export" / "submission_metadata.yml", text)
    hand_in(tmp_path / "export" / "submission_1" / FILE)
    hand_in(tmp_path / "export" / "submission_2" / FILE)
    assert len(sources(found(tmp_path))) == 2


def test_folders_that_the_class_is_kept_in_are_nobodys(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner\nada\nben\n")
    hand_in(tmp_path / "week3" / "ada" / FILE)
    hand_in(tmp_path / "again" / "ben" / FILE)
    hand_in(tmp_path / "moodle" / "Cy C_7_assignsubmission_file_" / FILE)
    assert sorted(sources(found(tmp_path))) == ["7", "ada", "ben"]


def test_one_zip_of_many_names_is_one_learner(tmp_path: Path) -> None:
    hand_in(tmp_path / "bob" / FILE)
    zipped(tmp_path / "eve.zip", *(f"learner{n}/{FILE}" for n in range(203)))
    result = found(tmp_path, limits=ArchiveLimits(reads=20, names=200))
    assert [one.id for one in result.learners] == ["bob", "eve"]
    assert len(result.notes["eve"]) < 6
    assert "too many files" in notes(result, "eve")


def test_a_date_of_ones_own_makes_nobody_newer_than_the_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "eve.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(FILE, (2099, 1, 1, 0, 0, 0)), "zipped = 1\n")
    hand_in(tmp_path / "eve" / FILE, "loose = 1\n")
    os.utime(tmp_path / "eve.zip", (1000, 1000))
    assert sources(found(tmp_path)) == {"eve": b"loose = 1\n"}
    with zipfile.ZipFile(tmp_path / "eve.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(FILE, (1980, 1, 1, 0, 0, 0)), "zipped = 1\n")
    os.utime(tmp_path / "eve" / FILE, (1000, 1000))
    assert sources(found(tmp_path)) == {"eve": b"zipped = 1\n"}


def test_a_link_to_anothers_file_is_not_ones_own(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada" / FILE)
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / FILE).symlink_to(Path("..", "ada", FILE))
    (tmp_path / "mal").symlink_to("ada")
    result = found(tmp_path)
    assert list(sources(result)) == ["ada"]
    assert "a link, which isn't followed" in notes(result, "eve")
    assert "a link, which isn't followed" in notes(result, "mal")


def test_a_link_to_itself_is_one_learners_note(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada" / FILE)
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / FILE).symlink_to(FILE)
    (tmp_path / "eve" / "folder").symlink_to(Path("..", "eve", "folder"))
    result = found(tmp_path)
    assert list(sources(result)) == ["ada"]
    assert "link, which isn't followed" in notes(result, "eve")


def test_a_name_of_another_encoding_is_read(tmp_path: Path) -> None:
    name = os.fsdecode("Renée".encode("cp1252"))
    hand_in(tmp_path / name / FILE)
    hand_in(tmp_path / "ada" / FILE)
    hand_in(tmp_path / "ada" / (os.fsdecode(b"\xff\x81") + ".docx"))
    result = found(tmp_path)
    assert sources(result) == {"Renée": b"mine = 1\n", "ada": b"mine = 1\n"}
    json.dumps([result.notices, [s.place for s in result.submissions]]).encode()
    "".join(s.place for s in result.submissions).encode()
    (tmp_path / "roster.csv").write_text("learner,name\nr,Renée\nada,Ada\n")
    assert sorted(sources(found(tmp_path))) == ["ada", "r"]


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that everybody may look into."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    for folder in path.rglob("*"):
        if folder.is_dir():
            folder.chmod(0o755)
    shutil.rmtree(path)


# The course is in a folder that everybody may read, as this project need not be.
AS_NOBODY = """
import json, os, sys
from pathlib import Path
from grader.course.document import catalog
from grader.classroom import submissions
from grader.classroom.submissions import file_tree
folder = Path(sys.argv[1])
lesson = catalog.find("lesson3", folder / "course")
import grader.classroom.submissions.search
import encodings.utf_8_sig  # later, the interpreter may be closed
if os.getuid() == 0: os.setuid(65534)
found = submissions.find(folder / "class", [lesson])
print(json.dumps([[s.learner.id for s in found.submissions], dict(found.notes)]))
"""


@pytest.mark.parametrize("mode", [0o000, 0o600, 0o300])
def test_a_folder_that_cannot_be_read_is_mentioned(open_path: Path, mode: int) -> None:
    course = open_path / "course" / "lessons" / LESSON3.name
    shutil.copytree(
        LESSON3.folder, course, ignore=shutil.ignore_patterns("__pycache__")
    )
    hand_in(open_path / "class" / "ada" / FILE)
    hand_in(open_path / "class" / "eve" / FILE)
    (open_path / "class" / "eve").chmod(mode)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(open_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    graded, said = json.loads(done.stdout)
    assert graded == ["ada"]
    assert "cannot be read (Permission denied)" in said["eve"][0]
    assert said["eve"][1] == "eve: nothing that can be graded was handed in."


def test_a_file_that_goes_away_is_one_learners_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(tmp_path / "ada" / FILE)
    gone = hand_in(tmp_path / "eve" / FILE)
    real = file_tree.iterate_files

    def below(folder, say):
        listed = list(real(folder, say))
        gone.unlink()
        return iter(listed)

    monkeypatch.setattr("grader.classroom.submissions.collector.iterate_files", below)
    result = found(tmp_path)
    assert list(sources(result)) == ["ada"]
    assert "cannot be read (No such file or directory)" in notes(result, "eve")


@functools.cache
def bomb(size: int) -> bytes:
    """Return few bytes that unpack to so many; 178 bytes to 200 MB."""
    return bz2.compress(bytes(size))


def bombs(path: Path, count: int, size: int) -> Path:
    """A zip of so many members, each of which is such a bomb."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for n in range(count):
            archive.writestr(f"{n}/{FILE}", bomb(size))
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.find(mark)
        while at >= 0:
            content[at + place : at + place + 2] = b"\x0c\x00"  # as if by bzip2
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("is_alone", [False, True])
@pytest.mark.parametrize(
    ("count", "size", "limits"),
    [
        pytest.param(
            *(300, 21_000_000, ArchiveLimits(cpu_s=0.05, shared_cpu_s=0.05)),
            id="with small bounds",
        ),
        pytest.param(
            *(3000, 200_000_000, ArchiveLimits(shared_cpu_s=0.3)),
            id="as large as they come",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_bombs_in_an_archive_cost_a_bounded_time(
    tmp_path: Path, is_alone: bool, count: int, size: int, limits: ArchiveLimits
) -> None:
    if not is_alone:
        hand_in(tmp_path / "ada" / FILE)
    path = bombs(tmp_path / "eve.zip", count, size)
    assert path.stat().st_size < 1000 * count
    began = time.thread_time()
    result = found(tmp_path, limits=limits)
    assert time.thread_time() - began < count / 100
    assert is_alone or "ada" in sources(result)
    assert "the rest is left out" in " ".join(result.notices)


@pytest.mark.parametrize("name", ["{n}/" + FILE, "{n}.py", "x{n}.txt", "a/{n}.zip"])
@pytest.mark.parametrize(
    ("count", "limits"),
    [
        pytest.param(300, ArchiveLimits(reads=10, names=50), id="with small bounds"),
        pytest.param(
            60_000, ArchiveLimits(), id="of 60,000 files", marks=pytest.mark.slow
        ),
    ],
)
def test_of_an_archive_of_many_files_few_are_opened(
    tmp_path: Path,
    name: str,
    count: int,
    limits: ArchiveLimits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []
    open_member = zipfile.ZipFile.open

    def count_opened(archive, name, *args, **kwargs):
        opened.append(name)
        return open_member(archive, name, *args, **kwargs)

    hand_in(tmp_path / "ada" / FILE)
    zipped(tmp_path / "eve.zip", *(name.format(n=n) for n in range(count)))
    monkeypatch.setattr(zipfile.ZipFile, "open", count_opened)
    began = time.thread_time()
    result = found(tmp_path, limits=limits)
    assert time.thread_time() - began < LONGEST_S
    assert len(opened) <= limits.reads
    assert "ada" in sources(result)
    assert len(result.notes.get("eve", ())) < 20


def test_an_archive_of_too_many_names_is_refused_unopened(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada" / FILE)
    path = zipped(tmp_path / "eve.zip", FILE)
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    content[end + 12 : end + 16] = b"\xff\xff\xff\x0f"
    path.write_bytes(content)
    hand_in(tmp_path / "roster.csv", "learner\nada\neve\n")
    result = found(tmp_path)
    assert list(sources(result)) == ["ada"]
    assert "it contains too many files" in notes(result, "eve")


def test_what_lies_too_deep_is_left_out_and_said(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada" / FILE)
    zipped(tmp_path / "eve" / "hw.zip", "a/" * 5000 + FILE, FILE)
    hand_in(tmp_path / "mal" / Path(*"a" * 100) / FILE)
    result = found(tmp_path)
    assert sorted(sources(result)) == ["ada", "eve"]
    assert "folders deep is left out" in notes(result, "eve")
    assert "folders deep is left out" in notes(result, "mal")


def test_that_the_rest_is_left_out_comes_first() -> None:
    many = [f"{n}.py: cannot be read." for n in range(20)]
    left_out = "eve.zip: reading the archive takes too long; the rest is left out."
    shown = shorten_list([*many, left_out])
    assert shown[0] == left_out
    assert shown[-1] == "... and 10 more of this kind."
