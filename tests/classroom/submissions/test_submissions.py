"""Folders as an LMS or a workshop leaves them."""

import io
import os
import struct
import time
import unicodedata
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.common.errors import Misuse
from grader.course.document import catalog
from tests.support.project import ROOT

LESSON1 = catalog.find("lesson1", ROOT)
LESSON3 = catalog.find("lesson3", ROOT)
LESSON7 = catalog.find("lesson7", ROOT)
FILE = f"{LESSON3.name}.py"


def write(path: Path, text: str = "x = 1\n", hour: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    at = datetime(2026, 11, 20, hour, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


def found(
    folder: Path, *lessons: catalog.Lesson, **kwargs
) -> submissions.FolderContents:
    return submissions.find(folder, lessons or (LESSON3, LESSON7), **kwargs)


def keys(result: submissions.FolderContents) -> list[tuple[str, str]]:
    return [(s.learner.id, s.lesson) for s in result.submissions]


@pytest.mark.parametrize(
    "place",
    [
        f"ada/{FILE}",
        "ada/lesson3.py",
        f"ada/attempts/{FILE}",
        f"ada/somewhere/deep/{FILE}",
        "lesson3_ada.py",
    ],
)
def test_plain_layouts(tmp_path: Path, place: str) -> None:
    write(tmp_path / place)
    assert keys(found(tmp_path)) == [("ada", LESSON3.name)]


@pytest.mark.parametrize(
    "name", ["cross_entropy_ada", "crossentropy_ada", "Cross-Entropy ada"]
)
def test_the_lessons_topic_is_not_part_of_the_learners_name(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path / f"lesson3_{name}.py")
    assert keys(found(tmp_path)) == [("ada", LESSON3.name)]
    # Somebody who is called that on the roster keeps the whole name.
    (tmp_path / "roster.csv").write_text(f"learner\nada\n{name}\n")
    assert keys(found(tmp_path)) == [(name, LESSON3.name)]


def test_a_lessons_topic_is_no_name_when_another_lesson_is_graded(
    tmp_path: Path,
) -> None:
    write(tmp_path / f"{LESSON7.name}.py")
    write(tmp_path / f"{LESSON7.name}_ada.py")
    write(tmp_path / f"{LESSON3.name}_ada.py")
    result = found(tmp_path, LESSON3)
    assert keys(result) == [("ada", LESSON3.name)]
    assert [one for _, one in result.names] == ["ada"]


def test_a_file_beside_the_lessons_own_is_left_out_for_that_reason(
    tmp_path: Path,
) -> None:
    write(tmp_path / "hugo" / "homework.py")
    said = f"hugo/homework.py is taken for {LESSON3.name}."
    assert found(tmp_path, LESSON3).notes["hugo"] == (said,)
    write(tmp_path / "hugo" / FILE)
    assert found(tmp_path, LESSON3).notes["hugo"] == (
        f"hugo/homework.py: not graded, because hugo/{FILE} is clearly for "
        f"{LESSON3.name}, and neither the name nor the content of this file says "
        "which lesson it is.",
    )


def test_a_file_with_the_learners_name_needs_one_lesson(tmp_path: Path) -> None:
    write(tmp_path / "ada.py")
    assert keys(found(tmp_path, LESSON3)) == [("ada", LESSON3.name)]
    assert keys(found(tmp_path)) == []


def test_moodle_folder(tmp_path: Path) -> None:
    write(tmp_path / "Ada Lovelace_4711_assignsubmission_file_" / FILE)
    (only,) = found(tmp_path).submissions
    assert (only.learner.name, only.learner.lms_id) == ("Ada Lovelace", "4711")


def test_canvas_file_and_its_late_mark(tmp_path: Path) -> None:
    write(tmp_path / f"lovelaceada_LATE_81234_901234_{LESSON3.name}-1.py")
    result = found(tmp_path)
    (only,) = result.submissions
    assert (only.learner.lms_id, only.is_late) == ("81234", True)
    assert any("handed in late" in notice for notice in result.notices)


def test_in_canvas_anonymous_grading_late_comes_first_and_nobody_is_a_number(
    tmp_path: Path,
) -> None:
    (tmp_path / "roster.csv").write_text('Student,ID\n"Lovelace, Ada",23456\n')
    write(tmp_path / f"LATE_anon_4fYqB_901234_{LESSON3.name}.py")
    write(tmp_path / f"anon_23456_901235_{LESSON3.name}-1.py")
    result = found(tmp_path)
    late = {one.learner.id: one.is_late for one in result.submissions}
    assert late == {"anon_4fYqB": True, "anon_23456": False}
    assert sum("handed in late" in notice for notice in result.notices) == 1


def test_github_zip_holds_whole_projects(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for learner in ("loss-ada", "loss-ben"):
            archive.writestr(f"{learner}/attempts/{FILE}", "x = 1")
            archive.writestr(f"{learner}/solutions/{FILE}", "x = 2")
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name), ("ben", LESSON3.name)]
    assert result.submissions[0].read() == b"x = 1"


def test_a_learners_own_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as archive:
        archive.writestr(FILE, "x = 1")
    assert keys(found(tmp_path)) == [("ada", LESSON3.name)]


@pytest.mark.parametrize(
    "name", ["李小龍", 'O\'Neil "Jr"', "=cmd()", "Ada  Lovelace", "-x"]
)
def test_names_of_any_script(tmp_path: Path, name: str) -> None:
    write(tmp_path / name / FILE)
    assert keys(found(tmp_path)) == [(name, LESSON3.name)]


@pytest.mark.parametrize(("old", "new"), [("", "attempts"), ("attempts", "")])
def test_the_newest_of_two_is_graded_and_said(
    tmp_path: Path, old: str, new: str
) -> None:
    write(tmp_path / "ada" / old / FILE, "old = 1", hour=1)
    write(tmp_path / "ada" / new / FILE, "new = 1", hour=2)
    result = found(tmp_path)
    assert [s.read() for s in result.submissions] == [b"new = 1"]
    assert "ada handed in" in result.notices[0]
    assert "twice" in result.notices[0]


def test_of_two_with_the_same_time_the_last_by_its_whole_place_is_taken(
    tmp_path: Path,
) -> None:
    write(tmp_path / "ada" / "lesson3.py")
    write(tmp_path / "ada" / "a" / "lesson3.py")
    assert [s.place for s in found(tmp_path).submissions] == ["ada/lesson3.py"]


def test_two_that_say_their_lesson_are_two_of_it_whatever_they_are_called(
    tmp_path: Path,
) -> None:
    write(tmp_path / "ada" / "lesson3_first.py", hour=2)
    write(tmp_path / "ada" / "lesson3_second.py", hour=1)
    (only,) = found(tmp_path).submissions
    assert only.place == "ada/lesson3_first.py"


def test_what_is_installed_beside_an_attempt_is_none(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, hour=1)
    for folder in ("site-packages", "node_modules", ".venv"):
        write(tmp_path / "ada" / folder / FILE, hour=2)
    assert [s.place for s in found(tmp_path).submissions] == [f"ada/{FILE}"]


def test_a_file_that_is_too_large_is_said_and_not_graded(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, "#" * 2_000_000)
    write(tmp_path / "ben" / FILE, "#" * (2_000_000 + 1))
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name)]
    assert f"ben/{FILE}: too large for an attempt; left out." in result.notices


def test_two_with_the_same_time_are_said_to_have_it(tmp_path: Path) -> None:
    write(tmp_path / "ada" / "lesson3 (1).py")
    write(tmp_path / "ada" / "lesson3.py")
    write(tmp_path / "ben" / "lesson3.py", hour=1)
    write(tmp_path / "ben" / "old" / "lesson3.py", hour=2)
    result = found(tmp_path)
    assert [s.place for s in result.submissions] == [
        "ada/lesson3.py",
        "ben/old/lesson3.py",
    ]
    same = "Both have the newest time; the last by name is used."
    assert [note for note in result.notices if same in note] == [
        f"ada handed in {LESSON3.name} twice: ada/lesson3.py is graded, "
        f"ada/lesson3 (1).py is not. {same}"
    ]


@pytest.mark.parametrize("day", [1, 28])
def test_the_time_in_a_zip_is_newer_than_nothing_outside(
    tmp_path: Path, day: int
) -> None:
    zipped(tmp_path / "ada.zip", FILE, day=day)
    write(tmp_path / "ada" / FILE, hour=12)
    at = (tmp_path / "ada" / FILE).stat().st_mtime
    os.utime(tmp_path / "ada.zip", (at, at))
    result = found(tmp_path)
    assert [s.place for s in result.submissions] == [f"ada/{FILE}"]
    assert "Both have the newest time; the last by name is used." in result.notices[0]


def test_empty_files_are_said_and_not_graded(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, "  \n")
    result = found(tmp_path)
    assert result.submissions == ()
    assert "the file is empty" in result.notices[0]


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.py", "secret = 1")
    folder = tmp_path / "in"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / FILE).symlink_to(outside)
    result = found(folder)
    assert result.submissions == ()
    assert "a link, which isn't followed" in result.notes["ada"][0]


def test_a_broken_zip_is_said(tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_bytes(b"PK not a zip")
    assert "cannot be read" in found(tmp_path).notices[0]


def test_late_after_the_time_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, hour=12)
    due = datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert found(tmp_path, due=due).submissions[0].is_late


def test_a_note_gives_the_time_in_utc_as_the_pages_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "ada" / FILE, hour=12)
    due = datetime(2026, 11, 20, 11, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        notes = found(tmp_path, due=due).notes
    time.tzset()
    assert any("late: 2026-11-20 12:00 UTC," in note for note in notes["ada"])


def test_to_the_moment_is_in_time(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, hour=12)
    due = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert not found(tmp_path, due=due).submissions[0].is_late
    due -= timedelta(seconds=1)
    assert found(tmp_path, due=due).submissions[0].is_late


def test_roster_names_learners_and_tells_who_is_missing(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "login,name,email,id\nada,Ada Lovelace,ada@x.org,17\nben,Ben Bit,b@x.org,18\n"
    )
    write(tmp_path / "ADA" / FILE)
    write(tmp_path / "eve" / FILE)
    result = found(tmp_path)
    assert [learner.name for learner in result.learners] == [
        "Ada Lovelace",
        "Ben Bit",
        "eve",
    ]
    assert keys(result) == [("ada", LESSON3.name), ("eve", LESSON3.name)]
    assert "eve is not on the roster; graded anyway." in result.notices
    assert "Ben Bit: nothing was handed in." in result.notices


def zipped(path: Path | io.BytesIO, *names: str, day: int = 20, text: str = "x = 1"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            member = zipfile.ZipInfo(name, (2026, 11, day, 12, 0, 0))
            archive.writestr(member, text, zipfile.ZIP_DEFLATED)
    return path


def people(result: submissions.FolderContents) -> list[str]:
    return sorted({s.learner.name for s in result.submissions})


def dated(path: Path, days: dict[str, int], hour: int) -> None:
    """A zip file with a member of each day, itself of an hour of that month's 20th."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, day in days.items():
            member = zipfile.ZipInfo(name, (2026, 11, day, 12, 0, 0))
            archive.writestr(member, f"x = {name!r}\n")
    at = datetime(2026, 11, 20, hour, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))


def test_dates_in_a_zip_file_count_within_it_alone(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    dated(tmp_path / "ada" / "a.zip", {"b/lesson3.py": 17, "c/lesson3.py": 16}, hour=2)
    dated(tmp_path / "ada" / "b.zip", {"d/lesson3.py": 19}, hour=1)
    write(tmp_path / "ben" / FILE)
    places = [s.place for s in found(tmp_path).submissions]
    assert places == ["ada/a.zip/b/lesson3.py", f"ben/{FILE}"]


@pytest.mark.parametrize("day", [1, 28, 29, 30])
def test_a_date_in_a_learners_own_zip_is_their_word(tmp_path: Path, day: int) -> None:
    outer = datetime(2026, 11, 28, 12, tzinfo=UTC)
    zipped(tmp_path / "ada.zip", FILE, day=day)
    os.utime(tmp_path / "ada.zip", (outer.timestamp(), outer.timestamp()))
    (only,) = found(tmp_path, due=outer - timedelta(hours=1)).submissions
    assert (only.handed_in_at, only.is_late) == (outer.isoformat(), True)
    (only,) = found(tmp_path, due=outer + timedelta(hours=1)).submissions
    assert (only.handed_in_at, only.is_late) == (outer.isoformat(), False)


def test_a_time_that_cannot_be_is_no_time(tmp_path: Path) -> None:
    path = zipped(tmp_path / "ada.zip", FILE)
    stamp = struct.pack("<HH", 31 << 11, ((2026 - 1980) << 9) | (11 << 5) | 20)
    right = struct.pack("<HH", 12 << 11, ((2026 - 1980) << 9) | (11 << 5) | 20)
    path.write_bytes(path.read_bytes().replace(right, stamp))
    assert len(found(tmp_path).submissions) == 1


def spoiled(path: Path, how: str) -> None:
    """A zip of three learners, the middle one damaged."""
    zipped(
        path, *(f"{name}/{FILE}" for name in ("ada", "ben", "cleo")), text="x = 1" * 50
    )
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.infolist()[1].header_offset
    content = start + 30 + len(f"ben/{FILE}")
    if how == "stream":
        data[content : content + 4] = b"\xff" * 4
    elif how == "encrypted":
        central = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
        data[start + 6] |= 1
        data[central + 8] |= 1
    else:
        wrong = zlib.crc32(b"x = 1" * 50) ^ 1
        right = struct.pack("<I", wrong ^ 1)
        second = data.index(right, data.index(right, data.index(b"PK\x01\x02")) + 4)
        data[start + 14 : start + 18] = struct.pack("<I", wrong)
        data[second : second + 4] = struct.pack("<I", wrong)
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["stream", "encrypted", "sum"])
def test_a_damaged_member_costs_nobody_else(tmp_path: Path, how: str) -> None:
    spoiled(tmp_path / "class.zip", how)
    result = found(tmp_path)
    assert people(result) == ["ada", "cleo"]
    assert "cannot be read" in result.notes["ben"][0]
    assert "ZipInfo" not in result.notes["ben"][0]


@pytest.mark.parametrize(
    ("zips", "learners"),
    [
        (
            {"ada.zip": ["project-main/attempts/" + FILE, "project-main/tasks.py"]},
            ["ada"],
        ),
        (
            {n: [f"clone/attempts/{FILE}"] for n in ("ada.zip", "ben.zip")},
            ["ada", "ben"],
        ),
        ({n: [f"carl/{FILE}"] for n in ("carl.zip", "eve.zip")}, ["carl", "eve"]),
        ({"ada.zip": ["attempts/" + FILE]}, ["ada"]),
        ({"class.zip": [f"ada/{FILE}", f"ben/attempts/{FILE}"]}, ["ada", "ben"]),
        ({"class.zip": ["lesson3_ada.py", "lesson3_ben.py"]}, ["ada", "ben"]),
        ({"all.zip": [f"Ada L_7_assignsubmission_file_/{FILE}"]}, ["Ada L"]),
        ({"all.zip": [f"Ada L_7_assignsubmission_file_{FILE}"]}, ["Ada L"]),
        ({"all.zip": ["adal_LATE_7_8_lesson3_cross_entropy-1.py"]}, ["adal"]),
        ({"adal_7_8_homework.zip": [f"homework/{FILE}"]}, ["adal"]),
    ],
)
def test_whose_a_zip_is(tmp_path: Path, zips, learners) -> None:
    for name, members in zips.items():
        zipped(tmp_path / name, *members)
    assert people(found(tmp_path)) == learners


def test_a_zip_in_a_zip_is_read(tmp_path: Path) -> None:
    inner = zipped(io.BytesIO(), f"attempts/{FILE}", text="inner = 1").getvalue()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("Ada L_7_assignsubmission_file_/attempts.zip", inner)
        archive.writestr("ben_8_9_attempts.zip", inner)
    result = found(tmp_path)
    assert people(result) == ["Ada L", "ben"]
    assert [s.read() for s in result.submissions] == [b"inner = 1"] * 2


def test_a_zip_bomb_of_zips_is_refused(tmp_path: Path) -> None:
    content = zipped(io.BytesIO(), FILE).getvalue()
    for _ in range(5):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("more.zip", content)
        content = outer.getvalue()
    (tmp_path / "ada.zip").write_bytes(content)
    result = found(tmp_path)
    assert result.submissions == ()
    assert "three zip files inside one another" in result.notices[0]


@pytest.mark.parametrize(
    "name",
    ["Lesson3_cross_entropy.py", "lesson 3.py", "lesson3_final.py", "my lesson3.py"],
)
def test_a_name_that_is_nearly_right_is_taken_and_said(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path / "vera" / name)
    result = found(tmp_path)
    assert keys(result) == [("vera", LESSON3.name)]
    assert f"taken for {LESSON3.name}" in result.notes["vera"][0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("homework.py", "nor its content says which lesson"),
        ("lesson3_cross_entropy.ipynb", "cannot be read as a notebook"),
        ("lesson3_cross_entropy.py.bak", "does not end in .py"),
        ("lesson3.txt", "does not end in .py"),
        ("my lesson 3.docx", "a document, so it isn't graded"),
        ("attempts.rar", "Unpack it"),
        ("attempts.tar.gz", "Unpack it"),
        ("onlinetext.html", "typed into a page"),
    ],
)
def test_what_cannot_be_graded_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "roster.csv").write_text("learner,name\nwalt,Walt W\n")
    write(tmp_path / "walt" / name)
    result = found(tmp_path)
    assert result.submissions == ()
    assert said in result.notes["walt"][0]
    assert (
        result.notes["walt"][1] == "Walt W: nothing that can be graded was handed in."
    )


@pytest.mark.parametrize("has_roster", [False, True])
def test_who_handed_in_nothing_that_can_be_graded_is_of_the_class(
    tmp_path: Path, has_roster: bool
) -> None:
    if has_roster:
        (tmp_path / "roster.csv").write_text("learner,name\nada,Ada Lovelace\n")
    write(tmp_path / "ada" / FILE)
    write(tmp_path / "Nora O_103_assignsubmission_file_" / "homework.docx")
    result = found(tmp_path)
    assert "Nora O" in {learner.name for learner in result.learners}
    said = ["Nora O is not on the roster."] if has_roster else []
    assert [*result.notes["103"][1:]] == [
        *said,
        "Nora O: nothing that can be graded was handed in.",
    ]
    assert "a document, so it isn't graded" in result.notes["103"][0]


@pytest.mark.parametrize("name", [FILE, "lesson3.py", "lesson7_cross_entropy.py"])
def test_a_file_of_nobody_is_said(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    result = found(tmp_path)
    assert result.submissions == ()
    assert "nothing shows whose it is" in result.general[0]


def test_the_projects_own_files_are_nobodys(tmp_path: Path) -> None:
    for name in (f"solutions/{FILE}", "lessons/lesson3_x/lesson.py", "tasks.py"):
        write(tmp_path / "ada" / name)
    write(tmp_path / "ada" / "attempts" / FILE, "mine = 1")
    result = found(tmp_path)
    assert [s.read() for s in result.submissions] == [b"mine = 1"]
    assert result.notices == ()


def test_learners_may_have_the_names_of_folders(tmp_path: Path) -> None:
    for name in ("tests", "lessons", "grader"):
        write(tmp_path / name / FILE)
    assert people(found(tmp_path)) == ["grader", "lessons", "tests"]


def test_two_of_one_name_stay_two(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "first name,last name,id number\nAnna,M,101001\nAnna,M,101002\nSam,S,101\n"
    )
    for number in (101, 102):
        write(tmp_path / f"Anna M_{number}_assignsubmission_file_" / FILE)
    result = found(tmp_path)
    assert [s.learner.id for s in result.submissions] == ["101", "102"]
    assert people(result) == ["Anna M (101)", "Anna M (102)"]
    assert "2 on the roster have this name" in result.notes["101"][0]
    assert [n for n in result.notices if "nothing" in n] == [
        "Sam S: nothing was handed in."
    ]


def test_an_id_comes_before_another_ones_address(tmp_path: Path) -> None:
    roster = "learner,name,email\nsmith,U1,u2@x.org\nu2,Real U2,r@x.org\n"
    (tmp_path / "roster.csv").write_text(roster)
    write(tmp_path / "u2" / FILE)
    assert people(found(tmp_path)) == ["Real U2"]


def test_github_puts_the_assignment_before_the_name(tmp_path: Path) -> None:
    roster = "identifier,github_username,github_id,name\nu1,mona-lisa,2,Mona Lisa\n"
    (tmp_path / "roster.csv").write_text(roster)
    write(tmp_path / "loss-submissions" / "loss-mona-lisa" / "attempts" / FILE)
    assert people(found(tmp_path)) == ["Mona Lisa"]


def test_beside_somebodys_whole_name_its_end_is_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner\nada\n")
    for name in ("ada", "loss-ada"):
        write(tmp_path / name / FILE)
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name), ("loss-ada", LESSON3.name)]
    assert "loss-ada is not on the roster; graded anyway." in result.notices


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_roster_in_any_encoding(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = [("", ""), ("learner", "name"), ("zoë", "Zoë Größe")]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    write(tmp_path / unicodedata.normalize("NFD", "zoë") / FILE)
    result = found(tmp_path)
    assert people(result) == ["Zoë Größe"]
    assert result.notices == ()


def test_a_linked_folder_is_said(tmp_path: Path) -> None:
    write(tmp_path / "else" / FILE)
    folder = tmp_path / "in"
    (folder / "lin").mkdir(parents=True)
    (folder / "lin" / "attempts").symlink_to(tmp_path / "else")
    result = found(folder)
    assert result.submissions == ()
    assert "link, which isn't followed" in result.notes["lin"][0]


def test_a_roster_of_nobody_is_said_and_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner,name\n,\n")
    write(tmp_path / "ada" / FILE)
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name)]
    assert result.notices == (
        "roster.csv has column names but lists nobody, so it isn't used as a roster.",
    )


def test_a_missing_folder_or_roster_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no folder"):
        found(tmp_path / "none")
    with pytest.raises(Misuse, match="is a file"):
        found(write(tmp_path / "submissions.zip"))
    with pytest.raises(Misuse, match="no roster"):
        found(tmp_path, roster=tmp_path / "none.csv")


CONTENT_OF_3 = (
    '# %% [markdown]\n# # Lesson 3  By hand\n# %% id="3a"\nx = 1\n# %% id="3b"\ny = 2\n'
)
NAMED_1 = "lesson1_arrays.py"
DIFFERS = f"{NAMED_1}: the file's name says lesson 1, its content is lesson 3."


@pytest.mark.parametrize("lessons", [(LESSON3,), (LESSON1, LESSON3, LESSON7)])
def test_the_content_of_a_file_decides_its_lesson(tmp_path: Path, lessons) -> None:
    write(tmp_path / "viktor" / NAMED_1, CONTENT_OF_3)
    result = found(tmp_path, *lessons)
    assert keys(result) == [("viktor", LESSON3.name)]
    (said,) = result.notes["viktor"]
    assert said == f"viktor/{DIFFERS} It is graded as lesson 3."


def test_the_content_decides_in_a_zip_of_moodle_as_well(tmp_path: Path) -> None:
    place = f"Viktor H_4711_assignsubmission_file_/{NAMED_1}"
    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        archive.writestr(place, CONTENT_OF_3)
        archive.writestr(f"Ada L_4712_assignsubmission_file_/{FILE}", CONTENT_OF_3)
    result = found(tmp_path, LESSON3)
    names = sorted((one.learner.name, one.lesson) for one in result.submissions)
    assert names == [("Ada L", LESSON3.name), ("Viktor H", LESSON3.name)]
    assert f"{DIFFERS} It is graded as lesson 3." in str(result.notes)


def test_where_another_lesson_is_graded_the_content_is_said(tmp_path: Path) -> None:
    write(tmp_path / "viktor" / NAMED_1, CONTENT_OF_3)
    result = found(tmp_path, LESSON1)
    assert keys(result) == []
    assert result.notes["viktor"][0] == f"viktor/{DIFFERS}"
    assert "nothing that can be graded was handed in" in result.notes["viktor"][1]


@pytest.mark.parametrize(
    "content",
    [
        "x = 1\n",
        "# # Lesson 42  Mine\nx = 1\n",
        CONTENT_OF_3.replace('id="3b"', 'id="1b"'),
        CONTENT_OF_3.replace("Lesson 3", "Lesson 1"),
    ],
    ids=["nothing", "a title of one's own", "cells of two", "title and cells differ"],
)
def test_content_that_does_not_say_its_lesson_leaves_it_to_the_name(
    tmp_path: Path, content: str
) -> None:
    write(tmp_path / "ada" / NAMED_1, content)
    result = found(tmp_path, LESSON1, LESSON3)
    assert keys(result) == [("ada", LESSON1.name)]
    assert result.notices == ()


@pytest.mark.parametrize(
    "place", [f"ada/{FILE}.txt", "lesson3_ada.PY.TXT", "hw.zip/ada/lesson3.py.txt"]
)
def test_a_python_file_that_an_editor_called_txt_is_graded_and_said(
    tmp_path: Path, place: str
) -> None:
    if place.startswith("hw.zip/"):
        with zipfile.ZipFile(tmp_path / "hw.zip", "w") as archive:
            archive.writestr(place.removeprefix("hw.zip/"), "x = 1\n")
            archive.writestr("ben/lesson3.py", "x = 2\n")
    else:
        write(tmp_path / place)
    result = found(tmp_path)
    assert ("ada", LESSON3.name) in keys(result)
    said = f"{place}: its name ends in .py.txt; it is graded as Python."
    assert said in result.notes["ada"]
    assert not any("not graded" in note for note in result.notes["ada"])


@pytest.mark.parametrize(
    ("encoding", "head", "said"),
    [
        ("cp1252", "", "not saved as UTF-8, and was read as Windows-1252"),
        ("utf-16", "", "not saved as UTF-8, and was read as UTF-16"),
        ("latin-1", "# coding: latin-1\n", "declares the encoding Latin-1"),
    ],
)
def test_a_file_in_another_encoding_is_of_the_lesson_that_it_says(
    tmp_path: Path, encoding: str, head: str, said: str
) -> None:
    text = f'{head}# # Lesson 3  Für Grüße\n# %% id="3a"\nx = 1\n'
    path = write(tmp_path / "ada" / "abgabe.py")
    path.write_bytes(text.encode(encoding))
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name)]
    assert result.submissions[0].read() == path.read_bytes()
    (note,) = [one for one in result.notes["ada"] if said in one]
    assert note.startswith("ada/abgabe.py: This file")


@pytest.mark.parametrize(
    "name", ["lesson6_network.py", "lovelaceada_81234_901234_lesson6_network-1.py"]
)
def test_a_file_with_an_earlier_number_is_graded_by_its_words(
    tmp_path: Path, name: str
) -> None:
    old = '# # Lesson 6  Build\n# %% id="6a"\nmine = 1\n'
    write(tmp_path / "ada" / name, old)
    result = found(tmp_path, LESSON3, LESSON7)
    assert [one.lesson for one in result.submissions] == [LESSON7.name]
    said = [note for notes in result.notes.values() for note in notes]
    assert any("judging by its name, it is graded as lesson 7" in x for x in said)
    assert found(tmp_path, LESSON3).submissions == ()
