"""Folders as an LMS or a workshop leaves them."""

import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader import catalog, submissions
from grader.errors import Misuse

ROOT = Path(__file__).parent.parent
LESSON3 = catalog.find("lesson3", ROOT)
LESSON6 = catalog.find("lesson6", ROOT)
FILE = f"{LESSON3.name}.py"


def write(path: Path, text: str = "x = 1\n", hour: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    at = datetime(2026, 11, 20, hour, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


def found(folder: Path, *lessons: catalog.Lesson, **kwargs) -> submissions.Found:
    return submissions.find(folder, lessons or (LESSON3, LESSON6), **kwargs)


def keys(result: submissions.Found) -> list[tuple[str, str]]:
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


def test_github_zip_holds_whole_projects(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for learner in ("loss-ada", "loss-ben"):
            archive.writestr(f"{learner}/attempts/{FILE}", "x = 1")
            archive.writestr(f"{learner}/solutions/{FILE}", "x = 2")
    result = found(tmp_path)
    assert keys(result) == [("loss-ada", LESSON3.name), ("loss-ben", LESSON3.name)]
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


def test_the_newest_of_two_is_graded_and_said(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, "old = 1", hour=1)
    write(tmp_path / "ada" / "attempts" / FILE, "new = 1", hour=2)
    result = found(tmp_path)
    assert [s.read() for s in result.submissions] == [b"new = 1"]
    assert "ada handed in" in result.notices[0]
    assert "twice" in result.notices[0]


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
    assert "leads out; refused" in result.notices[0]


def test_a_broken_zip_is_said(tmp_path: Path) -> None:
    (tmp_path / "ada.zip").write_bytes(b"PK not a zip")
    assert "cannot be read" in found(tmp_path).notices[0]


def test_late_after_the_time_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "ada" / FILE, hour=12)
    due = datetime(2026, 11, 20, 11, tzinfo=UTC)
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
    assert any("eve is not on the roster" in notice for notice in result.notices)
    assert "Ben Bit: nothing was handed in." in result.notices


def test_a_missing_folder_or_roster_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no folder"):
        found(tmp_path / "none")
    with pytest.raises(Misuse, match="no roster"):
        found(tmp_path, roster=tmp_path / "none.csv")
