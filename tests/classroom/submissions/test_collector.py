"""Who handed in what, and when: one class out of every system, in one folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.classroom.moodle_worksheet import parse_moodle_date
from grader.common.errors import Misuse
from grader.course.document import catalog
from tests.support.project import ROOT

LESSONS = catalog.lessons(ROOT)
LESSON3, LESSON4, LESSON5 = (catalog.find(f"lesson{n}", ROOT) for n in (3, 4, 5))
DUE = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
IN_TIME, AFTER = "2026-11-20T12:00:00+00:00", "2026-11-21T12:00:00+00:00"


def found(
    folder: Path, *lessons: catalog.Lesson, **kwargs
) -> submissions.FolderContents:
    return submissions.find(folder, lessons or LESSONS, **kwargs)


def keys(result: submissions.FolderContents) -> list[tuple[str, str]]:
    return [(s.learner.id, s.lesson) for s in result.submissions]


def late(result: submissions.FolderContents) -> list[str]:
    return [s.learner.id for s in result.submissions if s.is_late]


def said(result: submissions.FolderContents, words: str) -> list[str]:
    return [notice for notice in result.notices if words in notice]


def hand_in(path: Path, text: str = "x = 1\n", at: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if at:
        moment_s = datetime.fromisoformat(at).timestamp()
        os.utime(path, (moment_s, moment_s))
    return path


def zipped(path: Path, *names: str) -> Path:
    """A zip file as a platform writes it: every time in it is now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, f"x = {name!r}\n")
    return path


def moodle(name: str, number: int, lesson: catalog.Lesson) -> str:
    return f"{name}_{number}_assignsubmission_file_/{lesson.name}.py"


def worksheet(folder: Path, name: str, *rows: tuple[int, str, str]) -> None:
    head = (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,"
        "Grade can be changed,Last modified (submission),Last modified (grade)"
    )
    lines = [
        f'Participant {number},"{who}",{number % 100}@x.org,Submitted,,100.00,Yes,"{at}",-'
        for number, who, at in rows
    ]
    (folder / name).write_text("\n".join([head, *lines, ""]))


def git(clone: Path, *words: str, at: str = IN_TIME) -> None:
    who = {
        f"GIT_{x}_{y}": "a@b.c"
        for x in ("AUTHOR", "COMMITTER")
        for y in ("NAME", "EMAIL")
    }
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    subprocess.run(
        ["git", "-C", str(clone), *words],
        env=os.environ | who | dates,
        check=True,
        capture_output=True,
    )


def commit(clone: Path, lesson: catalog.Lesson, text: str, at: str) -> None:
    """A commit of a version of a lesson, in a clone that is made if there is none."""
    if not (clone / ".git").is_dir():
        clone.mkdir(parents=True)
        git(clone, "init", "-q")
    hand_in(clone / "attempts" / f"{lesson.name}.py", text)
    git(clone, "add", "-f", ".")
    git(clone, "commit", "-qm", "work", at=at)


def a_class(folder: Path) -> None:
    """Two Moodle zips, a Canvas zip, three clones, worksheets and a roster."""
    seven, five = (
        "Friday, 20 November 2026, 7:03 PM",
        "Sunday, 22 November 2026, 5:00 PM",
    )
    zipped(
        folder / "CS-Lesson 3-51.zip",
        moodle("Ada Lovelace", 4711, LESSON3),
        moodle("Seán ONeil", 4712, LESSON3),
    )
    zipped(
        folder / "CS-Lesson 4-52.zip",
        moodle("Ada Lovelace", 4890, LESSON4),
        moodle("Seán ONeil", 4891, LESSON4),
    )
    worksheet(
        folder,
        "grades3.csv",
        (4711, "Ada Lovelace", seven),
        (4712, "Seán O'Neil", five),
    )
    worksheet(
        folder,
        "grades4.csv",
        (4890, "Ada Lovelace", five),
        (4891, "Seán O'Neil", seven),
    )
    zipped(
        folder / "submissions.zip",
        "curiemarie_81_901_lesson5_gradient_check.py",
        "noetheremmy_LATE_82_902_lesson5_gradient_check.py",
        "turingalan_LATE_83_903_lesson5_gradient_check-1.py",
    )
    commit(folder / "loss-hopper", LESSON3, "right = 1\n", IN_TIME)
    commit(folder / "loss-knuth", LESSON3, "right = 1\n", IN_TIME)
    commit(folder / "loss-knuth", LESSON3, "later = 1\n", AFTER)
    commit(folder / "loss-lamport", LESSON3, "late = 1\n", AFTER)
    (folder / "roster.csv").write_text(
        "learner,name,due\n"
        "ada,Ada Lovelace,2026-11-23\n"
        "sean,Seán O'Neil,\n"
        "marie,Marie Curie,\n"
        "emmy,Emmy Noether,\n"
        "alan,Alan Turing,\n"
        "hopper,Grace Hopper,\n"
        "knuth,Don Knuth,\n"
        "lamport,Leslie Lamport,\n"
    )


def test_a_roster_of_canvas_knows_the_people_of_moodle(tmp_path: Path) -> None:
    zipped(tmp_path / "CS-51.zip", moodle("Ada Lovelace", 4711, LESSON3))
    (tmp_path / "roster.csv").write_text(
        'Student,ID,SIS User ID,SIS Login ID\n"Lovelace, Ada",77,S1,ada\n'
    )
    assert keys(found(tmp_path)) == [("ada", LESSON3.name)]


def test_late_is_who_is_late_and_nobody_is_there_twice(tmp_path: Path) -> None:
    a_class(tmp_path)
    result = found(tmp_path, due=DUE)
    assert keys(result) == sorted(
        [
            ("ada", LESSON3.name),
            ("ada", LESSON4.name),
            ("sean", LESSON3.name),
            ("sean", LESSON4.name),
            ("marie", LESSON5.name),
            ("emmy", LESSON5.name),
            ("alan", LESSON5.name),
            ("hopper", LESSON3.name),
            ("knuth", LESSON3.name),
            ("lamport", LESSON3.name),
        ]
    )
    # Ada has longer, and Knuth's last version before the deadline is graded.
    assert late(result) == ["alan", "emmy", "lamport", "sean"]
    assert [s.is_late for s in result.submissions if s.learner.id == "sean"] == [
        True,
        False,
    ]
    assert len(result.learners) == 8
    assert said(result, "nothing was handed in") == []
    assert said(result, "is not on the roster") == []
    assert said(result, "Nothing shows") == []


def test_what_was_committed_before_the_deadline_is_graded(tmp_path: Path) -> None:
    a_class(tmp_path)
    (knuth,) = [
        s for s in found(tmp_path, due=DUE).submissions if s.learner.id == "knuth"
    ]
    assert (knuth.read(), knuth.is_late) == (b"right = 1\n", False)
    assert knuth.sha256 == hashlib.sha256(b"right = 1\n").hexdigest()
    assert knuth.handed_in_at == IN_TIME
    notes = found(tmp_path, due=DUE).notes["knuth"]
    assert any("changed after the deadline" in note for note in notes)
    (knuth,) = [s for s in found(tmp_path).submissions if s.learner.id == "knuth"]
    assert knuth.read() == b"later = 1\n"


def test_where_nothing_is_known_nobody_is_called_late(tmp_path: Path) -> None:
    zipped(
        tmp_path / "moodle.zip",
        moodle("Ada L", 1, LESSON3),
        moodle("Ben B", 2, LESSON3),
    )
    hand_in(tmp_path / "Cy C_3_assignsubmission_file_" / f"{LESSON3.name}.py")
    commit(tmp_path / "dee", LESSON3, "x = 1\n", AFTER)
    git(tmp_path / "dee", "rm", "-q", "--cached", f"attempts/{LESSON3.name}.py")
    (tmp_path / "dee" / ".git" / "HEAD").write_text("ref: refs/heads/none\n")
    result = found(tmp_path, due=datetime(2000, 1, 1, tzinfo=UTC))
    assert (late(result), len(result.submissions)) == ([], 4)
    (notice,) = said(result, "Nothing shows when")
    assert "and 1 more were handed in" in notice
    assert said(found(tmp_path), "Nothing shows") == []


def test_what_was_never_committed_is_not_graded(tmp_path: Path) -> None:
    commit(tmp_path / "ada", LESSON3, "x = 1\n", IN_TIME)
    commit(tmp_path / "bea", LESSON3, "x = 1\n", IN_TIME)
    page = f"attempts/{LESSON3.name}.py"
    (tmp_path / "ada" / page).write_bytes(b"x = 2\n")
    (tmp_path / "bea" / page).write_bytes(b"x = 1\r\n")
    result = found(tmp_path, due=DUE)
    ada, bea = result.submissions
    assert (ada.read(), ada.is_late) == (b"x = 1\n", False)
    (note,) = result.notes["ada"]
    assert note.endswith("in time; the file has changes that were never committed.")
    assert (bea.read(), result.notes.get("bea")) == (b"x = 1\r\n", None)


def test_a_shallow_clone_does_not_say_when_it_was_touched(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    commit(origin, LESSON3, "x = 1\n", IN_TIME)
    hand_in(origin / "notes.txt", "later")
    git(origin, "add", "-f", ".")
    git(origin, "commit", "-qm", "notes", at=AFTER)
    folder = tmp_path / "class"
    folder.mkdir()
    git(tmp_path, "clone", "-q", "--depth=1", origin.as_uri(), "class/ada")
    assert late(found(folder, due=DUE)) == []
    assert len(said(found(folder, due=DUE), "Nothing shows when")) == 1


@pytest.mark.promise("clone-history")
def test_git_runs_nothing_of_a_clones_own(tmp_path: Path) -> None:
    commit(tmp_path / "eve", LESSON3, "x = 1\n", AFTER)
    evil = hand_in(tmp_path / "evil.sh", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    evil.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "log.showSignature",
    ):
        git(tmp_path / "eve", "config", name, str(evil))
    git(tmp_path / "eve", "config", "gpg.program", str(evil))
    assert late(found(tmp_path, due=DUE)) == ["eve"]
    assert not (tmp_path / "ran").exists()


def test_an_extension_shortens_nothing(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada" / f"{LESSON3.name}.py", at=IN_TIME)
    hand_in(tmp_path / "ben" / f"{LESSON3.name}.py", at=AFTER)
    (tmp_path / "roster.csv").write_text(
        "learner,due\nada,2026-11-01\nben,2026-11-25\n"
    )
    assert late(found(tmp_path, due=DUE)) == []
    assert late(found(tmp_path)) == ["ada"]
    (tmp_path / "roster.csv").write_text("learner,due\n\nada,soon\n")
    with pytest.raises(Misuse, match="'due' in line 3 'soon' isn't a date"):
        found(tmp_path)


def test_due_is_remembered_by_lesson(tmp_path: Path) -> None:
    names = [LESSON3.name, LESSON4.name]
    assert submissions.load_due_dates(tmp_path, names, (), "") == {}
    first = submissions.load_due_dates(tmp_path, names, (), "2026-11-20T12:00+00:00")
    assert set(first) == set(names)
    assert submissions.load_due_dates(tmp_path, names, (), "") == first
    later = submissions.load_due_dates(tmp_path, names, [LESSON4.name], "2026-12-01")
    assert later[LESSON3.name] == first[LESSON3.name] < later[LESSON4.name]
    assert submissions.load_due_dates(tmp_path, names, (), "never") == {}
    (tmp_path / "due.json").write_text("{")
    with pytest.raises(Misuse, match="give --due again"):
        submissions.load_due_dates(tmp_path, names, (), "")


@pytest.mark.parametrize(
    "words",
    [
        "Wednesday, 25 March 2026, 6:03 PM",
        "Wednesday, March 25, 2026, 6:03 PM",
        "Mittwoch, 25. März 2026, 18:03",
        "mercredi 25 mars 2026, 18:03",
        "miércoles, 25 de marzo de 2026, 18:03",
        "martedì, 25 marzo 2026, 18:03",
        "quarta-feira, 25 de março de 2026, 18:03",
        "woensdag 25 maart 2026, 18:03",
        "2026年3月25日 星期三 18:03",
        "2026-03-25 18:03",
    ],
)
def test_moodle_writes_dates_in_many_languages(words: str) -> None:
    assert parse_moodle_date(words) == datetime(2026, 3, 25, 18, 3).astimezone(UTC)


@pytest.mark.parametrize(
    "words", ["", "-", "25 2026", "Mittwoch, 25. 2026, 18:03", "2026"]
)
def test_what_is_no_date_is_none(words: str) -> None:
    assert parse_moodle_date(words) is None


def test_one_name_in_two_assignments_is_one_person(tmp_path: Path) -> None:
    zipped(tmp_path / "three.zip", moodle("Ada L", 4711, LESSON3))
    zipped(tmp_path / "four.zip", moodle("Ada L", 4890, LESSON4))
    result = found(tmp_path)
    assert keys(result) == [("4711", LESSON3.name), ("4711", LESSON4.name)]
    assert "4711 and 4890" in said(result, "count as one person")[0]
    # The number is the same, whichever lesson is looked at.
    assert keys(found(tmp_path, LESSON4)) == [("4711", LESSON4.name)]


def test_the_smallest_number_is_the_id_of_both(tmp_path: Path) -> None:
    zipped(tmp_path / "three.zip", moodle("Ada L", 1000, LESSON3))
    zipped(tmp_path / "four.zip", moodle("Ada L", 999, LESSON4))
    assert keys(found(tmp_path)) == [("999", x.name) for x in (LESSON3, LESSON4)]


def test_an_address_makes_two_participants_one_on_the_roster(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner,name,email\nada,Ada L,11@x.org\n")
    zipped(
        tmp_path / "a.zip", moodle("Ada L", 111, LESSON3), moodle("Ada L", 211, LESSON3)
    )
    worksheet(tmp_path, "a.csv", (111, "Ada L", "-"), (211, "Ada L", "-"))
    assert keys(found(tmp_path)) == [("ada", LESSON3.name)]


def test_one_name_with_the_same_lesson_is_asked_about(tmp_path: Path) -> None:
    zipped(tmp_path / "one.zip", moodle("Ada L", 4711, LESSON3))
    zipped(tmp_path / "two.zip", moodle("Ada L", 4890, LESSON3))
    result = found(tmp_path)
    assert keys(result) == [("4711", LESSON3.name), ("4890", LESSON3.name)]
    assert "participants list" in said(result, "Are they one person?")[0]
    assert [one.display_name for one in result.learners] == [
        "Ada L (4711)",
        "Ada L (4890)",
    ]


def test_whom_a_worksheet_lists_is_of_the_class(tmp_path: Path) -> None:
    zipped(tmp_path / "a-51.zip", moodle("Ada L", 4711, LESSON3))
    zipped(tmp_path / "b-52.zip", moodle("Seán ONeil", 4812, LESSON4))
    rows = ((1, "Ada L", "-"), (2, "Seán O'Neil", "-"), (3, "Dee E", "-"))
    worksheet(tmp_path, "a.csv", *((4710 + n, *row) for n, *row in rows))
    worksheet(tmp_path, "b.csv", *((4810 + n, *row) for n, *row in rows))
    result = found(tmp_path)
    assert sorted(x.id for x in result.learners) == ["4711", "4713", "4812"]
    assert said(result, "nothing was handed in") == ["Dee E: nothing was handed in."]


def test_whom_a_platform_names_has_handed_in_something(tmp_path: Path) -> None:
    zipped(
        tmp_path / "moodle" / "a-51.zip",
        moodle("Ada L", 4711, LESSON3),
        moodle("Ben M", 4712, LESSON3),
    )
    hand_in(tmp_path / "cleo" / f"{LESSON3.name}.py")
    worksheet(tmp_path, "a.csv", (4711, "Ada L", "-"), (4712, "Ben M", "-"))
    result = found(tmp_path)
    assert not said(result, "nothing was handed in")
    assert said(result, "Is it a download of a whole class?")


@pytest.mark.parametrize("roster", ["", "learner,name\nada,Ada L\nben,Ben M\n"])
def test_a_folder_may_lie_around_a_classs_zip_file(tmp_path: Path, roster: str) -> None:
    zipped(
        tmp_path / "moodle" / "a-51.zip",
        moodle("Ada L", 4711, LESSON3),
        moodle("Ben M", 4712, LESSON3),
    )
    if roster:
        (tmp_path / "roster.csv").write_text(roster)
        hand_in(tmp_path / "cleo" / f"{LESSON3.name}.py")
    result = found(tmp_path, due=datetime(2026, 11, 20, tzinfo=UTC))
    names = {x.learner.display_name for x in result.submissions}
    assert names - {"cleo"} == {"Ada L", "Ben M"}
    assert set(late(result)) <= {"cleo"}


def test_a_worksheet_tells_namesakes_apart(tmp_path: Path) -> None:
    at = "Friday, 20 November 2026, 7:03 PM"
    for place, lesson, first in (("a.zip", LESSON3, 4711), ("b.zip", LESSON4, 4811)):
        names = (moodle("Anna M", first + n, lesson) for n in (0, 1))
        zipped(tmp_path / place, *names)
        rows = ((first + n, "Anna M", at) for n in (0, 1))
        worksheet(tmp_path, f"{place}.csv", *rows)
    (tmp_path / "roster.csv").write_text(
        "learner,name,email\na1,Anna M,11@x.org\na2,Anna M,12@x.org\n"
    )
    both = [(who, x.name) for who in ("a1", "a2") for x in (LESSON3, LESSON4)]
    assert keys(found(tmp_path)) == both
    (tmp_path / "roster.csv").unlink()
    assert len({who for who, _ in keys(found(tmp_path))}) == 2


def test_two_of_one_assignment_are_not_one_on_the_roster(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner,name\nada,Ada L\n")
    zipped(tmp_path / "a.zip", moodle("Ada L", 1, LESSON3), moodle("Ada L", 2, LESSON3))
    result = found(tmp_path)
    assert keys(result) == [("1", LESSON3.name), ("2", LESSON3.name)]
    assert said(result, "nothing was handed in") == []


def test_a_participants_number_is_nobodys_number_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "username,first_name,last_name,email,section,github_id\nben,Ben,B,b@x.org,,4711\n"
    )
    zipped(tmp_path / "a.zip", moodle("Ada L", 4711, LESSON3))
    assert keys(found(tmp_path)) == [("4711", LESSON3.name)]
    assert said(found(tmp_path), "Ben B: nothing was handed in.")


@pytest.mark.parametrize("text", ["# # Lesson 3  Entropy\n", '# %% id="3a"\nx = 1\n'])
def test_what_is_in_a_file_says_its_lesson(tmp_path: Path, text: str) -> None:
    hand_in(tmp_path / "ada" / "homework.py", text)
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name)]
    assert said(result, f"homework.py is taken for {LESSON3.name}")
    assert keys(found(tmp_path, LESSON4)) == []


def test_the_lesson_asked_for_decides_where_nothing_says(tmp_path: Path) -> None:
    zipped(tmp_path / "a.zip", "Ada L_1_assignsubmission_file_/homework.py")
    assert keys(found(tmp_path, LESSON3)) == [("1", LESSON3.name)]
    assert said(found(tmp_path), "nor its content says which lesson it is")
    hand_in(tmp_path / "ben" / f"{LESSON3.name}.py", "mine = 1")
    hand_in(tmp_path / "ben" / "helpers.py")
    hand_in(tmp_path / "cy" / "one.py")
    hand_in(tmp_path / "cy" / "two.py")
    result = found(tmp_path, LESSON3)
    assert keys(result) == [("1", LESSON3.name), ("ben", LESSON3.name)]
    assert result.submissions[1].read() == b"mine = 1"
    assert said(result, "nothing shows which of them")


def test_clones_have_no_assignment_in_the_names_of_people(tmp_path: Path) -> None:
    download = tmp_path / "cs50-lesson3_submissions_2026_11_26_T_10_00_00"
    hand_in(download / "cs50-lesson3-mona-lisa" / "attempts" / f"{LESSON3.name}.py")
    assert keys(found(tmp_path)) == [("mona-lisa", LESSON3.name)]
    assert [one.display_name for one in found(tmp_path).learners] == ["mona-lisa"]
    (tmp_path / "roster.csv").write_text(
        "username,first_name,last_name,email,section,github_id\n"
        "mona-lisa,Mona,Lisa,m@x.org,,2\nlisa,Lisa,L,l@x.org,,3\n"
    )
    assert keys(found(tmp_path)) == [("mona-lisa", LESSON3.name)]
    assert said(found(tmp_path), "Lisa L: nothing was handed in.")


def test_a_report_and_exports_change_nothing_of_who_handed_in_what(
    tmp_path: Path,
) -> None:
    for name, number in (("Ada Lovelace", 4711), ("Bob", 4712)):
        hand_in(tmp_path / "week1" / moodle(name, number, LESSON3))
    before = found(tmp_path)
    assert keys(before) == [("4711", LESSON3.name), ("4712", LESSON3.name)]
    hand_in(tmp_path / "report" / "learners" / "4711.html", "<p>100")
    hand_in(tmp_path / "export" / "gradescope" / "4711" / "results.json", "{}")
    assert found(tmp_path) == before


def test_many_who_are_not_on_the_roster_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("learner,name\nzed,Zed\n")
    for name in ("ada", "ben", "cy"):
        hand_in(tmp_path / name / f"{LESSON3.name}.py")
    assert len(said(found(tmp_path), "is not on the roster; graded anyway.")) == 3
    hand_in(tmp_path / "dee" / f"{LESSON3.name}.py")
    result = found(tmp_path)
    assert said(result, "on the roster") == [
        "4 people are not on the roster; what can be graded is graded anyway: ada, "
        "ben, cy and 1 more. Is it this class's roster?"
    ]
    assert set(result.notes) == {"zed"}


def test_who_handed_in_a_document_alone_is_said(tmp_path: Path) -> None:
    hand_in(tmp_path / "ada" / f"{LESSON3.name}.py")
    hand_in(tmp_path / "ada" / "notes.pdf")
    hand_in(tmp_path / "jan" / "report.PDF")
    result = found(tmp_path)
    assert keys(result) == [("ada", LESSON3.name)]
    assert said(result, "document") == [
        "jan/report.PDF: this is a document, so it isn't graded. Ask for the Python file."
    ]
    assert [one.id for one in result.learners] == ["ada"]


@pytest.mark.parametrize("roster", ["", "learner,name\nada,Ada L\nzed,Zed\n"])
def test_where_nothing_can_be_graded_that_is_said(tmp_path: Path, roster: str) -> None:
    if roster:
        (tmp_path / "roster.csv").write_text(roster)
    hand_in(tmp_path / "ada" / f"{LESSON3.name}.py")
    hand_in(tmp_path / "zed" / "photo.png")
    hand_in(tmp_path / "loss-dee" / ".git" / "HEAD")
    zipped(tmp_path / "wes.zip")
    zipped(tmp_path / "submissions.zip", "Yan_102_assignsubmission_file_/photo.png")
    result = found(tmp_path)
    yan = "submissions.zip/Yan_102_assignsubmission_file_"
    assert sorted(said(result, "nothing in it can be graded")) == [
        "loss-dee: nothing in it can be graded.",
        f"{yan}: nothing in it can be graded.",
        "wes.zip: nothing in it can be graded.",
        "zed: nothing in it can be graded.",
    ]
    assert "Yan: nothing that can be graded was handed in." in result.notices
    assert ("Zed: nothing that can be graded was handed in." in result.notices) == bool(
        roster
    )
    assert "wes" not in {one.id for one in result.learners}


@pytest.mark.parametrize("roster", ["", "learner,name\nada,Ada L\nben,Ben M\n"])
def test_what_was_typed_into_canvas_is_said_to_be_no_file(
    tmp_path: Path, roster: str
) -> None:
    if roster:
        (tmp_path / "roster.csv").write_text(roster)
    names = ("lada_81_text.html", "mben_LATE_82_link.html", "cyx_83_9_lesson3.py")
    names += ("LATE_anon_4fYqB_link.html",)
    zipped(tmp_path / "CS1-loss_submissions.zip", *names)
    result = found(tmp_path)
    place = "CS1-loss_submissions.zip"
    assert said(result, "not graded") == [
        f"{place}/lada_81_text.html: text that was typed into a page, not a file; "
        "not graded.",
        f"{place}/mben_LATE_82_link.html: a link that was handed in, not a file; "
        "not graded.",
        f"{place}/LATE_anon_4fYqB_link.html: a link that was handed in, not a file; "
        "not graded.",
    ]
    assert len(said(result, "nothing that can be graded was handed in.")) == 3
    assert len(result.learners) == 4


def test_somebody_who_is_called_as_a_report_is_a_learner(tmp_path: Path) -> None:
    hand_in(tmp_path / "report" / f"{LESSON3.name}.py")
    hand_in(tmp_path / "report" / "class.html", "<p>")
    assert keys(found(tmp_path)) == [("report", LESSON3.name)]
