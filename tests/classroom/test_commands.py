"""The commands that give a graded class to others."""

import json
import re
from pathlib import Path

import pytest

from grader.classroom import commands as classes
from grader.cli.command import Exit, Program
from grader.learner.gradebook import Gradebook, gradebook_path
from tests.support.exported import read_class
from tests.support.project import ROOT

GOLDEN = ROOT / "tests" / "golden"
RESULT = read_class((GOLDEN / "class.json").read_bytes())
LESSON = "lesson3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of submissions that was graded."""
    submissions = tmp_path / "spring class"
    with Gradebook(gradebook_path(submissions)) as book:
        book.record_all((o.learner.id, r) for o in RESULT.learners for r in o.reports)
    (submissions / "roster.csv").write_text("learner,name\nada,Ada L\nnew,New One\n")
    return submissions


def test_a_path_on_another_drive_is_shown_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: object, start: object = None) -> str:  # as on Windows
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("os.path.relpath", refuse)
    classes.report(Program.here(), str(folder))
    page = folder / "report" / "class.html"
    said = "".join(capsys.readouterr().out.split())  # a long path is wrapped
    assert "".join(f"written  {page}".split()) in said
    assert page.is_file()


def test_a_lesson_without_a_score_is_named(folder: Path) -> None:
    said, code = said_when(classes.report, submissions=str(folder), lesson=["4"])
    assert "has a score in lesson4 yet" in said
    assert code == 2


def test_a_file_in_the_place_of_the_folder_is_told(folder: Path) -> None:
    file = str(folder / "roster.csv")
    for words in ({}, {"due": "2026-11-25"}):
        said, code = said_when(classes.export, submissions=file, to="csv", **words)
        assert said.startswith(f"{file!r} is a file. Put it into a folder")
        assert code == 2


@pytest.mark.parametrize("name", ["Emmy Noether_4711_assignsubmission_file_", "emmy"])
def test_a_roster_that_comes_after_the_grading_counts_nobody_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    former = "4711" if "4711" in name else "emmy"
    report = next(x for x in RESULT.learners[1].reports if LESSON in x.lesson)
    with Gradebook(gradebook_path(tmp_path)) as book:
        book.record(report, former)
    (tmp_path / name).mkdir()
    (tmp_path / name / f"{report.lesson}.py").write_text("x = 1\n")
    row = f"Emmy;Noether;{former}@x.org"
    roster = f"\ufeffVorname;Nachname;E-Mail-Adresse\n{row}\n"
    (tmp_path / "roster.csv").write_text(roster, encoding="utf-8")
    classes.export(Program.here(), str(tmp_path), to="csv")
    _, *rows, _ = (tmp_path / "export" / "scores.csv").read_text().splitlines()
    (only,) = rows
    assert only.startswith(
        f"{former}@x.org,Emmy Noether,{former}@x.org,,{report.score}"
    )
    said = " ".join(capsys.readouterr().out.split())
    assert f"graded before under other names: {former}." in said
    assert "not found in the folder" not in said


def said_when(call: object, **words: object) -> tuple[str, int]:
    with pytest.raises(Exit) as ended:
        call(Program.here(), **words)  # type: ignore[operator]
    return str(ended.value.message), ended.value.code


def test_a_class_is_exported_with_what_the_roster_knows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classes.export(Program.here(), str(folder), to="json", lesson=[LESSON])
    data = json.loads((folder / "export" / "class.json").read_bytes())
    names = [one["learner"]["name"] or one["learner"]["id"] for one in data["learners"]]
    assert {"Ada L", "New One", "noether"} <= set(names)
    assert [lesson["name"] for lesson in data["lessons"]] == ["lesson3_cross_entropy"]
    assert "class.json" in capsys.readouterr().out.replace("\n", "")


def test_many_files_are_counted_and_not_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(classes, "MOST_NAMED", 1)
    classes.export(Program.here(), str(folder), to="csv")
    assert "written  2 files" in " ".join(capsys.readouterr().out.split("\n"))


def test_a_worksheet_of_moodle_is_filled_and_the_rest_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(
        "Identifier,Full name,Grade,Last modified (grade)\n"
        "Participant 9,Ada L,,-\nParticipant 10,Someone,,-\n"
    )
    classes.export(
        Program.here(),
        str(folder),
        to="moodle",
        lesson=[LESSON],
        worksheet=str(worksheet),
    )
    lines = (folder / "export" / "moodle-lesson3.csv").read_text().splitlines()
    assert lines[1].startswith("Participant 9,Ada L,55,-,")
    out = capsys.readouterr().out
    assert "not graded, left open: Someone" in out
    assert "graded, but not on it: noether" in out


def exported_with(folder: Path, to: str, rows: str) -> None:
    worksheet = folder.parent / "worksheet.csv"
    worksheet.write_text(rows)
    classes.export(
        Program.here(), str(folder), to=to, lesson=[LESSON], worksheet=str(worksheet)
    )


@pytest.mark.parametrize(
    ("to", "rows", "apart"),
    [
        (
            "moodle",
            "Identifier,Full name,Grade,Last modified (grade)\n"
            "Participant 9,Ada L,,-\nParticipant 10,Kim Lee,,-\n"
            "Participant 11,Kim Lee,,-\nParticipant 12,Someone,,-\n",
            ("Kim Lee (Participant 10)", "Kim Lee (Participant 11)", "Someone"),
        ),
        (
            "canvas",
            "Student,ID,SIS Login ID,Lesson 3: Cross-entropy by hand (7)\n"
            "Ada L,9,ada,\nKim Lee,10,kim1,\nKim Lee,11,kim2,\nSomeone,12,some,\n",
            ("Kim Lee (kim1)", "Kim Lee (kim2)", "Someone"),
        ),
    ],
)
def test_people_of_one_name_who_are_left_open_are_told_apart(
    folder: Path, capsys: pytest.CaptureFixture[str], to: str, rows: str, apart: tuple
) -> None:
    exported_with(folder, to, rows)
    left = re.findall("left open: (.*?) *\n", capsys.readouterr().out)
    assert tuple(left) == apart


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("Lesson 3 (9917)", "has no assignment 'Lesson 3: Cross-entropy by hand'"),
        ("Essay (9917)", "Its assignments are Essay (9917)."),
        ("Current Score", "It has no assignment with a number."),
        ("Lesson 3: Cross-entropy by hand (9917)", ""),
        ("Lesson 3: Cross-entropy by hand", ""),
    ],
)
def test_a_lesson_without_an_assignment_in_canvas_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], heading: str, said: str
) -> None:
    exported_with(folder, "canvas", f"Student,ID,{heading}\nAda L,9,\n")
    out = " ".join(capsys.readouterr().out.split())
    assert said in out
    assert ("has no assignment" in out) == bool(said)


def test_the_report_is_written_beside_the_submissions(folder: Path) -> None:
    classes.report(Program.here(), str(folder), lesson=[LESSON])
    page = (folder / "report" / "class.html").read_text(encoding="utf-8")
    assert "<h1>spring class</h1>" in page
    assert (folder / "report" / "learners" / "new.html").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "Name a format with --to"),
        ({"to": "tea"}, "There is no format 'tea'"),
        ({"to": "csv", "lesson": ["lesson99"]}, "lesson99"),
        ({"to": "canvas", "worksheet": "nowhere.csv"}, "cannot be read"),
        ({"to": "csv", "gradebook": "nowhere.sqlite"}, r"invoke class.grade"),
    ],
)
def test_misuse_is_said_with_its_exit_code(
    folder: Path, words: dict, said: str
) -> None:
    message, code = said_when(classes.export, submissions=str(folder), **words)
    assert said in message
    assert code == 2


def test_a_format_without_a_worksheet_is_said(folder: Path) -> None:
    words = {"to": "csv", "worksheet": str(folder / "roster.csv")}
    message, _ = said_when(classes.export, submissions=str(folder), **words)
    assert "goes with --to canvas or --to moodle, not with csv" in message
