"""What learners read in Moodle and Canvas, and what is there before."""

from __future__ import annotations

import csv
import html
import io
import json
import zipfile
from pathlib import Path

import pytest

from grader.classroom import commands as classes
from grader.classroom.export import gradescope
from grader.cli.command import Exit, Program
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.report import ExerciseResult, Finding, Outcome, Report
from tests.support.submissions import RIGHT, SQUARED
from tests.support.submissions import project as project

pytestmark = pytest.mark.usefixtures("share_pool")

LESSON = "lesson1_toy"
RULE = {"all": "2026-11-25T23:00:00Z", "rule": {"points_off_per_day": 10}}
DAY_LATE = "Thursday, 26 November 2026, 10:00 PM"
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 501,Ada L,,Submitted,{ada},"100,00",Yes,"{at}",-,{comment}\n'
    'Participant 502,Ben B,,Submitted,,"100,00",Yes,"{at}",-,\n'
)
OWN = "Judged with the lesson's own double, because 1a isn't right yet."


@pytest.fixture
def moodle(toy, project: Path) -> Path:
    """A class from Moodle: Ada's is wrong, Ben's right; both are graded."""
    toy.hand_in("Ada L_501_assignsubmission_file", SQUARED)
    toy.hand_in("Ben B_502_assignsubmission_file", RIGHT)
    (project / "grades.csv").write_text(sheet())
    grade(project)
    return project


def sheet(ada: str = "", comment: str = "") -> str:
    return MOODLE.format(ada=ada, comment=comment, at=DAY_LATE)


def grade(folder: Path) -> None:
    with pytest.raises(Exit) as ended:
        classes.grade(Program(folder.parent), str(folder), jobs="0")
    assert ended.value.code == 0


def export(folder: Path, to: str, **options: str) -> None:
    classes.export(
        Program(folder.parent), str(folder), to=to, lesson=["lesson1"], **options
    )


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def feedback_in(folder: Path, to: str) -> dict[str, str]:
    """What each person's file says, by the beginning of its name."""
    with zipfile.ZipFile(folder / "export" / f"{to}-lesson1-feedback.zip") as made:
        names = made.namelist()
        return {name.split("_")[0]: made.read(name).decode() for name in names}


def rows_in(folder: Path) -> dict[str, tuple[str, str]]:
    """The grade and the comment of each person in Moodle's worksheet."""
    text = (folder / "export" / "moodle-lesson1.csv").read_text()
    rows = csv.DictReader(io.StringIO(text))
    return {
        row["Full name"]: (row["Grade"], html.unescape(row["Feedback comments"]))
        for row in rows
    }


def explain(folder: Path, number: str) -> None:
    """Write a comment, and points by hand, for one person."""
    for name, rows in {
        "overrides.csv": f"learner,exercise,points,why\n{number},1a,45,half right\n",
        "comments.csv": f"learner,exercise,comment\n{number},lesson1,Come by.\n",
        "due.json": json.dumps(RULE),
    }.items():
        (folder / name).write_text(rows)


BY_HAND = "45 of 60 points are given by hand, instead of 0: half right"


def test_moodle_explains_a_deduction_an_override_and_a_comment(moodle: Path) -> None:
    explain(moodle, "501")
    export(moodle, "moodle", worksheet=str(moodle / "grades.csv"))
    (to_ada, ada), (to_ben, ben) = rows_in(moodle).values()
    assert (to_ada, to_ben) == ("35", "90")
    files = feedback_in(moodle, "moodle")
    for one in (ada, files["Ada L"]):
        assert (
            "35 of 100 points: 45 for the exercises, 10 off for being 23 hours" in one
        )
        assert BY_HAND in one
        assert "Comment: Come by." in one
    for one in (ben, files["Ben B"]):
        assert "90 of 100 points: 100 for the exercises, 10 off for being 23" in one
        assert "Comment" not in one
    classes.report(Program(moodle.parent), str(moodle))
    page = (moodle / "report" / "learners" / "502.html").read_text()
    assert "90 of 100 points: 100 for the exercises, 10 off" in page


def test_canvas_explains_an_override_and_a_comment_and_what_it_does_not_know(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, source in {"ada_501": SQUARED, "ben_LATE_502": RIGHT}.items():
        (project / f"{name}_8_lesson1_toy.py").write_text(source)
    explain(project, "501")
    grade(project)
    export(project, "canvas")
    ada = feedback_in(project, "canvas")["ada"]
    assert "# Toy: 45 of 100 points" in ada
    assert BY_HAND in ada
    assert "Comment: Come by." in ada
    assert (
        "Late by an unknown time, so the rule in due.json takes nothing off: ben "
        "(lesson1_toy)." in said(capsys)
    )


def test_points_with_the_lessons_own_function_are_counted_everywhere(
    moodle: Path, tmp_path: Path
) -> None:
    first = ExerciseResult("1a", "A", 60, Outcome.WRONG, (), Finding("No."))
    later = ExerciseResult(
        "1b", "B", 40, Outcome.PASSED, (), remarks=(OWN,), judged_with=("1a",)
    )
    report = Report(LESSON, "Toy", "a.py", "00", 1, (first, later), points_rule=2)
    with Gradebook(gradebook_path(moodle)) as book:
        book.record(report, "501")
    export(moodle, "moodle")
    total = "40 of the 40 points (1b) were judged with the lesson's own functions."
    for words in (total, OWN):
        assert words in rows_in(moodle)["Ada L"][1]
        assert words in feedback_in(moodle, "moodle")["Ada L"]
    autograder = json.loads(gradescope.results_json(report))
    assert total in autograder["output"]
    assert OWN in autograder["tests"][1]["output"]


@pytest.mark.parametrize("name", ["overrides.csv", "comments.csv"])
def test_a_row_about_one_of_two_people_with_one_name_is_asked_about(
    toy, project: Path, name: str
) -> None:
    for number in (506, 507):
        toy.hand_in(f"Anna Schmidt_{number}_assignsubmission_file", RIGHT)
    (project / "grades.csv").write_text(
        sheet()
        .replace("501,Ada L", "506,Anna Schmidt")
        .replace("502,Ben B", "507,Anna Schmidt")
    )
    grade(project)
    (project / name).write_text(
        "learner,exercise,points,why,comment\nAnna Schmidt,1a,10,half,Well done.\n"
    )
    said = "line 2: Anna Schmidt could be 506 or 507. Write that id instead."
    with pytest.raises(Exit, match=said):
        export(project, "csv")


def test_a_matrix_keeps_its_lines_in_moodle(moodle: Path) -> None:
    finding = Finding("No.", expected="[[1, 2],\n [3, 4]]", got="[[1, 2],\n [3, 5]]")
    wrong = ExerciseResult("1a", "A", 100, Outcome.WRONG, (), finding)
    with Gradebook(gradebook_path(moodle)) as book:
        book.record(Report(LESSON, "Toy", "a.py", "00", 1, (wrong,)), "501")
    export(moodle, "moodle")
    comment = rows_in(moodle)["Ada L"][1]
    assert "<pre>Got:<br>[[1, 2],<br> [3, 5]]</pre>" in comment
    assert "\n" not in comment


def test_a_grade_that_somebody_wrote_is_asked_about(
    moodle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, written = moodle / "grades.csv", moodle / "export" / "moodle-lesson1.csv"
    for ada, comment, what, kept in (
        ('"77,00"', "Fine.", "Ada L has 77,00, here 0", ("77,00", "Fine.")),
        ("", "Well done!", "Ada L has a comment", ("0", "Well done!")),
    ):
        path.write_text(sheet(ada, comment))
        with pytest.raises(
            Exit, match="--existing keep or --existing replace"
        ) as asked:
            export(moodle, "moodle", worksheet=str(path))
        assert what in str(asked.value)
        assert asked.value.code == 2
        assert not written.exists()
        capsys.readouterr()
        export(moodle, "moodle", worksheet=str(path), existing="keep")
        assert f"kept as it is: {what}" in said(capsys)
        assert rows_in(moodle)["Ada L"] == kept
        assert rows_in(moodle)["Ben B"][0] == "100"
        export(moodle, "moodle", worksheet=str(path), existing="replace")
        assert rows_in(moodle)["Ada L"][0] == "0"
        written.rename(path)  # what is from here is nobody's work
        export(moodle, "moodle", worksheet=str(path))
        written.unlink()
    with pytest.raises(Exit, match="--existing takes keep or replace, not 'all'"):
        export(moodle, "moodle", worksheet=str(path), existing="all")


def test_canvas_keeps_a_score_that_somebody_wrote_and_finds_the_assignment(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ada_501", "ben_502"):
        (project / f"{name}_8_lesson1_toy.py").write_text(RIGHT)
    grade(project)
    path = project.parent / "canvas.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Lesson 1 (9911),Essay (9912)\n"
        "    Points Possible,,,,,100,10\n"
        '"L, Ada",501,,,,77,\n"B, Ben",502,,,,,\n'
    )
    export(project, "canvas", worksheet=str(path))
    column = "Lesson 1 (9911)"
    told = said(capsys)
    assert "Canvas finds assignments by name, and would make a new one." in told
    proposed = (
        f"Do you mean '{column}'? Then add --lesson lesson1 --column \"{column}\"."
    )
    assert proposed in told
    with pytest.raises(Exit, match="L, Ada has 77, here 100"):
        export(project, "canvas", worksheet=str(path), column=column)
    for existing, ada in (("keep", ""), ("replace", "100")):
        export(project, "canvas", worksheet=str(path), column=column, existing=existing)
        text = (project / "export" / "canvas.csv").read_text()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row[column] for row in rows[1:]] == [ada, "100"]
