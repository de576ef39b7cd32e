"""Somebody's file that looks like another learner's does not take its place.

In a folder that a whole class writes to, anybody can choose any name. Where one of two
names is the learner's own, its file counts, and the learner's row shows the other one.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.course.document import catalog
from tests.support.project import ROOT

LESSON3 = catalog.find("lesson3", ROOT)
FILE = f"{LESSON3.name}.py"
NFC, NFD = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))
ROSTER = f"learner,name\nAda01,Ada Lovelace\nbob,Bob Babbage\n{NFC},José Gil\n"


def write(path: Path, text: str, hour: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (hour * 3600, hour * 3600))


def graded(folder: Path) -> dict[str, str]:
    found = submissions.find(folder, [LESSON3])
    return {one.learner.id: one.read().decode() for one in found.submissions}


def notes(folder: Path, learner: str) -> str:
    return " ".join(submissions.find(folder, [LESSON3]).notes.get(learner, ()))


@pytest.mark.promise("lookalikes")
@pytest.mark.parametrize(
    ("learner", "own", "other", "why"),
    [
        ("bob", f"bob/{FILE}", f"bob_{FILE}", "beside the folder"),
        ("bob", f"bob/{FILE}", "lesson3_bob.py", "beside the folder"),
        ("bob", "lesson3_bob.py", f"bob_{FILE}", "the other names here"),
        ("bob", "lesson3_bob.py", "lesson3_BOB.py", "the name 'BOB', not 'bob'"),
        (
            "Ada01",
            f"Ada01/{FILE}",
            f"ada01/{FILE}",
            "the name 'ada01', not 'Ada01'",
        ),
        (
            "Ada01",
            f"Ada01/{FILE}",
            f"ADA01/{FILE}",
            "the name 'ADA01', not 'Ada01'",
        ),
        (NFC, f"{NFC}/{FILE}", f"{NFD}/{FILE}", "written with other characters"),
        (NFC, f"{NFC}/{FILE}", f"lesson3_{NFD}.py", "written with other characters"),
    ],
)
def test_a_newer_look_alike_does_not_count(
    tmp_path: Path, learner: str, own: str, other: str, why: str
) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    write(tmp_path / "lesson3_carol.py", "carols = 1\n", hour=1)
    write(tmp_path / own, "owns = 1\n", hour=1)
    write(tmp_path / other, "forged = 1\n", hour=2)
    assert graded(tmp_path)[learner] == "owns = 1\n"
    told = notes(tmp_path, learner)
    assert f"{other} is newer and does not count" in told
    assert why in told
    assert own in told


def test_an_older_look_alike_is_shown_as_well(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    write(tmp_path / f"bob/{FILE}", "owns = 1\n", hour=2)
    write(tmp_path / f"bob_{FILE}", "forged = 1\n", hour=1)
    assert graded(tmp_path) == {"bob": "owns = 1\n"}
    assert f"bob_{FILE} does not count" in notes(tmp_path, "bob")


@pytest.mark.promise("lookalikes")
def test_names_are_in_the_form_that_a_class_has(tmp_path: Path) -> None:
    for name in ("ada", "carol", "dan"):
        write(tmp_path / f"{name}_{FILE}", "mine = 1\n", hour=1)
    write(tmp_path / f"bob_{FILE}", "owns = 1\n", hour=1)
    write(tmp_path / "lesson3_bob.py", "forged = 1\n", hour=2)
    assert graded(tmp_path)["bob"] == "owns = 1\n"
    assert "lesson3_bob.py is newer and does not count" in notes(tmp_path, "bob")


def test_the_only_file_of_somebody_counts_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    write(tmp_path / f"ada01/{FILE}", "adas = 1\n", hour=1)
    write(tmp_path / f"bob_{FILE}", "bobs = 1\n", hour=1)
    write(tmp_path / f"{NFD}/{FILE}", "joses = 1\n", hour=1)
    assert graded(tmp_path) == {
        "Ada01": "adas = 1\n", "bob": "bobs = 1\n", NFC: "joses = 1\n",
    }  # fmt: skip
    assert "does not count" not in " ".join(
        submissions.find(tmp_path, [LESSON3]).notices
    )


@pytest.mark.promise("lookalikes")
def test_without_a_roster_names_that_look_alike_are_two_people(tmp_path: Path) -> None:
    for name in ("Ada01", "ada01"):
        write(tmp_path / name / FILE, f"{name} = 1\n", hour=1)
    assert graded(tmp_path) == {"Ada01": "Ada01 = 1\n", "ada01": "ada01 = 1\n"}


def test_what_lies_in_different_places_is_told_apart_by_time(tmp_path: Path) -> None:
    """One week an instructor collected folders, the other week files."""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    write(tmp_path / "week3" / "bob" / FILE, "first = 1\n", hour=1)
    write(tmp_path / "week4" / "lesson3_bob.py", "second = 1\n", hour=2)
    write(tmp_path / "week4" / "lesson3_carol.py", "second = 1\n", hour=2)
    assert graded(tmp_path)["bob"] == "second = 1\n"
