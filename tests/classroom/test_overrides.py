"""Points by hand, and pages that were handed in as they came."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from grader.classroom import commands as classes
from grader.classroom import export, submissions
from grader.classroom.class_grading import grade_class
from grader.classroom.class_result import load_class
from grader.classroom.comments import add_comment, read_comments
from grader.classroom.export import feedback_zips
from grader.classroom.overrides import match_overrides, read_overrides
from grader.classroom.records import ClassResult, Learner, LessonWork
from grader.classroom.report_pages import class_report
from grader.classroom.submissions import FolderContents, LateRule, Submission
from grader.classroom.summary import summarise
from grader.cli.command import Exit, Program
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.report import ExerciseResult, Finding, Outcome, Report
from grader.report.report_json import from_json, to_json

pytestmark = pytest.mark.usefixtures("share_pool")

HEAD = "learner,exercise,points,why\n"
RIGHT = "def double(x):\n    return x + x\n"
SQUARED = "def double(x):\n    return x * x\n"
UNTOUCHED = "def double(x):\n    raise NotImplementedError('1a')\n"
LESSON = "lesson1_toy"


def test_a_file_of_overrides_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "overrides.csv").mkdir()
    with pytest.raises(
        Misuse, match=r"overrides\.csv: not a regular file, so it isn't read"
    ):
        read_overrides(tmp_path)


@pytest.fixture
def folder(toy) -> Path:
    """Ada's is wrong, Ben's right, Cy's untouched; all are graded."""
    for name, source in {"ada": SQUARED, "ben": RIGHT, "cy": UNTOUCHED}.items():
        toy.hand_in(name, source)
    made = toy.root / "submissions"
    found = submissions.find(made, catalog.lessons(toy.root))
    with Gradebook(gradebook_path(made)) as book:
        grade_class(found.submissions, book, jobs=0, root=toy.root)
    return made


def put(folder: Path, *rows: str) -> None:
    (folder / "overrides.csv").write_text(HEAD + "\n".join(rows) + "\n")


def class_in(folder: Path) -> ClassResult:
    with Gradebook(gradebook_path(folder)) as book:
        people = [Learner(name, name.title()) for name in ("ada", "ben", "cy")]
        rows = read_overrides(folder)
        return load_class(
            book, [LESSON], FolderContents(learners=tuple(people)), overrides=rows
        )


def scores(result: ClassResult) -> dict[str, int | None]:
    return {one.learner.id: one.score for one in result.learners}


def exported(result: ClassResult, to: str) -> dict[str, str]:
    files = export.export(result, to)
    return {file.path: file.content.decode("utf-8-sig") for file in files}


def test_points_by_hand_count_and_the_gradebook_keeps_what_was_graded(
    folder: Path,
) -> None:
    put(folder, 'ada,1A,45,"right, but squared"', "Ben,1b,0,copied")
    result = class_in(folder)
    assert scores(result) == {"ada": 45, "ben": 60, "cy": None}
    with Gradebook(gradebook_path(folder)) as book:
        kept = {e.learner: e.score for e in book.latest_of_all(LESSON)}
    assert kept == {"ada": 0, "ben": 100, "cy": 0}
    summary = summarise(result)
    assert summary.lessons[0].passed == 0


def test_points_by_hand_are_shown_and_exported_with_the_reason(folder: Path) -> None:
    put(folder, 'ada,1a,45,"right, but squared"')
    result = class_in(folder)
    pages = {file.path: file.content.decode() for file in class_report(result)}
    for name in ("class.html", "learners/ada.html"):
        assert (
            "45 of 60 points are given by hand, instead of 0: right, but squared"
            in pages[name]
        )
    assert "by hand" not in pages["learners/ben.html"]
    rows = list(csv.DictReader(io.StringIO(exported(result, "csv")["exercises.csv"])))
    told = {(r["learner"], r["exercise"]): (r["score"], r["by_hand"]) for r in rows}
    assert told["ada", "1a"] == ("45", "right, but squared")
    assert told["ben", "1a"] == ("60", "")
    (canvas,) = exported(result, "canvas").values()
    assert "Ada,,,,,45" in canvas
    (moodle,) = exported(result, "moodle").values()
    assert "45 of 60 points, given by hand" in moodle
    assert (
        "1a: 45 of 60 points are given by hand, instead of 0: right, but squared"
        in (exported(result, "csv")["scores.csv"])
    )
    for to in ("json", "moodle"):
        assert any("right, but squared" in x for x in exported(result, to).values())


def test_points_for_a_whole_lesson_count_with_decimals_and_after_the_late_rule(
    folder: Path,
) -> None:
    put(folder, 'ada,lesson1,72.5,"late, ill"', "ben,1a,7.25,half")
    late = Submission(
        *(Learner("ada"), LESSON, "", "", folder, folder), is_late=True, late_s=90_000
    )
    found = FolderContents(submissions=(late,))
    with Gradebook(gradebook_path(folder)) as book:
        result = load_class(
            book, [LESSON], found,
            overrides=read_overrides(folder), rule=LateRule(points_off_per_day=10),
        )  # fmt: skip
    assert scores(result) == {"ada": 72.5, "ben": 47.25, "cy": None}
    pages = {file.path: file.content.decode() for file in class_report(result)}
    said = "72.5 of 100 points are given by hand, instead of 0: late, ill"
    assert said in pages["class.html"]
    assert said in pages["learners/ada.html"]
    for to in ("json", "moodle", "csv"):
        assert any("late, ill" in text for text in exported(result, to).values()), to
    assert (
        json.loads(exported(result, "json")["class.json"])["learners"][0]["score"]
        == 72.5
    )
    (canvas,) = exported(result, "canvas").values()
    assert "ada,,,,,72.5" in canvas
    put(folder, "ada,lesson1,100.5,x")
    with pytest.raises(Misuse, match=r"lesson1 has 100 points, and 100\.5 are given"):
        class_in(folder)
    put(folder, "ada,lesson7,5,x")
    assert (
        class_in(folder)
        .notices[0]
        .endswith("there is no grading of ada in lesson7; its 5 points count nowhere.")
    )


def test_a_penalty_leaves_points_with_two_decimals(folder: Path) -> None:
    put(folder, "ada,1a,45.3,half")
    late = Submission(
        *(Learner("ada"), LESSON, "", "", folder, folder), is_late=True, late_s=3_600
    )
    found = FolderContents(submissions=(late,))
    with Gradebook(gradebook_path(folder)) as book:
        result = load_class(
            book, [LESSON], found,
            overrides=read_overrides(folder), rule=LateRule(points_off_per_day=20),
        )  # fmt: skip
    assert scores(result)["ada"] == 25.3
    notes = result.learners[0].notes
    rule = "1 hour late, so the rule in due.json makes 25.3 of 45.3 points."
    assert f"{LESSON}: {rule}" in notes


def test_what_a_person_says_is_on_the_page_and_in_the_feedback(folder: Path) -> None:
    (folder / "comments.csv").write_text(
        "learner,exercise,comment\n"
        "ada,lesson1,Come and see me.\nBEN,1a,=Elegant!\neve,1a,Who?\ncy,1a,Begin.\n"
    )
    with Gradebook(gradebook_path(folder)) as book:
        result = load_class(book, [LESSON], comments=read_comments(folder))
    assert scores(result) == {"ada": 0, "ben": 100, "cy": None}
    pages = {file.path: file.content.decode() for file in class_report(result)}
    assert "Comment: Come and see me." in pages["learners/ada.html"]
    assert "Comment: =Elegant!" in pages["learners/ben.html"]
    assert "Comment" not in pages["learners/cy.html"]
    ada, ben, _ = result.learners
    assert "Comment: Come and see me." in feedback_zips.text(ada, ada.reports[0])
    assert "  Comment: =Elegant!" in feedback_zips.text(ben, ben.reports[0])
    (moodle,) = exported(result, "moodle").values()
    assert "Comment: Come and see me." in moodle
    assert "Comment: =Elegant!" in moodle
    ends = [notice.partition(", ")[2] for notice in result.notices]
    assert ends == [
        "line 4: eve isn't in this class; nobody sees the comment.",
        "line 5: no grading of cy has an exercise 1a; nobody sees the comment.",
    ]


def test_a_comment_is_added_and_the_others_stay(tmp_path: Path) -> None:
    add_comment(tmp_path, "ada", "1a", 'Say "why", please.')
    add_comment(tmp_path, "ben", "lesson1", "=1+1")
    told = [(x.learner, x.part, x.words) for x in read_comments(tmp_path)]
    assert told == [
        ("ada", "1a", 'Say "why", please.'),
        ("ben", "lesson1", "=1+1"),
    ]
    assert "'=1+1" in (tmp_path / "comments.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "comments.csv").write_text("mine\n")
    with pytest.raises(Misuse, match="has no column 'learner'"):
        add_comment(tmp_path, "ada", "1a", "x")
    assert (tmp_path / "comments.csv").read_text() == "mine\n"


def test_an_added_comment_leaves_a_spreadsheets_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    kept = '\ufefflearner;more;comment;exercise\n"ada";x;Schön, "ja";1a'
    path.write_text(kept, encoding="utf-8")
    add_comment(tmp_path, "ben", "1a", "- good start")
    content = path.read_bytes().decode()
    assert content == f"{kept}\r\nben;;'- good start;1a\r\n"
    assert read_comments(tmp_path)[1].words == "- good start"
    add_comment(tmp_path, "ada", "1b", "Two; and, 3.")
    assert path.read_bytes().decode() == f'{content}ada;;"Two; and, 3.";1b\r\n'


def test_rows_are_named_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    path.write_text(
        '\n\nlearner,exercise,comment\nada,1a,"Two\nlines."\nben,1b,Good.\n'
    )
    places = [row.place for row in read_comments(tmp_path)]
    assert places == [f"{path}, line 4", f"{path}, line 6"]
    path.write_text('learner,exercise,comment\nada,1a,"open\n')
    with pytest.raises(Misuse, match=r"comments\.csv: The row that begins in line 2"):
        read_comments(tmp_path)


def test_the_file_of_a_former_rule_is_a_sentence(toy, folder: Path) -> None:
    about = classes.ClassFolder(Program.here(), folder)
    assert not [said for said in about.find().general if "rules.json" in said]
    (folder / "rules.json").write_text('{"carried_errors": true, "mercy": 1}')
    (notice,) = [said for said in about.find().general if "rules.json" in said]
    assert notice == (
        f"{folder / 'rules.json'} isn't read any more; delete it. An exercise that calls "
        "a wrong one has its points in every grading now, if it is right with the "
        "lesson's own function."
    )


def test_what_was_judged_with_the_lessons_own_is_in_every_export(
    toy, folder: Path
) -> None:
    own = "Judged with the lesson's own double, because 1a isn't right yet."
    first = ExerciseResult("1a", "A", 60, Outcome.WRONG, (), Finding("No."))
    later = ExerciseResult(
        "1b", "B", 40, Outcome.PASSED, (), remarks=(own,), judged_with=("1a",)
    )
    report = Report(LESSON, "T", "a.py", "00", 1, (first, later), points_rule=2)
    with Gradebook(gradebook_path(folder)) as book:
        book.record(report, "ada")
    result = class_in(folder)
    assert scores(result)["ada"] == 40
    assert own in html.unescape(class_report(result)[1].content.decode())
    rows = csv.DictReader(io.StringIO(exported(result, "csv")["exercises.csv"]))
    told = {(row["learner"], row["exercise"]): row["judged_with"] for row in rows}
    assert (told["ada", "1a"], told["ada", "1b"]) == ("", "1a")
    for to in ("moodle", "json"):
        files = exported(result, to).values()
        assert any(own in html.unescape(text) for text in files), to


def test_a_grading_by_an_earlier_rule_keeps_its_points(folder: Path) -> None:
    finding = Finding("No.", causes=("1a",))
    first = ExerciseResult("1a", "A", 60, Outcome.WRONG, (), Finding("No."))
    later = ExerciseResult("1b", "B", 40, Outcome.WRONG, (), finding)
    data = json.loads(to_json(Report(LESSON, "T", "a.py", "00", 1, (first, later))))
    del data["points_rule"]
    for exercise in data["exercises"]:
        del exercise["judged_with"]
    former = from_json(json.dumps(data).encode())
    assert (former.points_rule, former.score) == (1, 0)
    with Gradebook(gradebook_path(folder)) as book:
        book.record(former, "ada")
    assert scores(class_in(folder))["ada"] == 0


def test_tries_hints_and_minutes_are_in_the_report(tmp_path: Path) -> None:
    exercise = ExerciseResult("1a", "A", 100, Outcome.PASSED, ())
    with Gradebook(tmp_path / "book.sqlite") as book:
        # Two minutes, nineteen, and a break; the same version twice is one try.
        for sha, at in (("1", "10:00"), ("2", "10:02"), ("2", "10:21"), ("3", "12:00")):
            at = f"2026-11-25T{at}:00+00:00"
            book.record(
                Report(LESSON, "T", "a.py", sha, 1, (exercise,), started_at=at), "ada"
            )
        result = load_class(book, [LESSON])
    assert result.learners[0].work == (LessonWork(LESSON, 3, 0, 21),)
    page = class_report(result)[1].content.decode()
    assert "3 versions graded, 0 hints opened. Between gradings: 21 minutes" in page
    (row, _) = csv.DictReader(io.StringIO(exported(result, "csv")["scores.csv"]))
    assert [row[f"lesson1 {x}"] for x in ("tries", "hints", "minutes")] == [
        "3",
        "0",
        "21",
    ]


def test_points_by_hand_decide_where_the_grader_broke(toy, folder: Path) -> None:
    toy.change_checks("expect(attempt.double(0)).equals(0)", "1 / 0")
    found = submissions.find(folder, catalog.lessons(toy.root))
    with Gradebook(gradebook_path(folder)) as book:
        grade_class(found.submissions, book, jobs=0, root=toy.root)
    assert scores(class_in(folder))["ben"] is None
    put(folder, "ben,1a,60,the check is broken")
    assert scores(class_in(folder))["ben"] == 100


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["ada,1a,many,x"], "line 2: points are a number with at most two decimals"),
        (["ada,1a,-5,x"], "line 2: points are a number"),
        (["ada,1a,7.125,x"], "line 2: points are a number"),
        (["ada,1a,1e3,x"], "line 2: points are a number"),
        (["ada,Lesson 1,5,x", "ada,lesson1_toy,6,y"], "ada has points for lesson1 in"),
        (["ada,1a,5,"], "line 2: the cell under 'why' is empty"),
        (["ada,1a,5"], "line 2: the cell under 'why' is empty"),
        ([",1a,5,x"], "line 2: the cell under 'learner' is empty"),
        (["ada,1a,5,x", "", "ADA,1a,6,y"], "line 4: ADA has points for 1a in line 2"),
        (["ada,1a,5,x", "Ada L,1a,6,y"], "line 3: Ada L has points for 1a in line 2"),
        (["Twin,1a,5,x"], "line 2: Twin could be t1 or t2. Write that id instead"),
    ],
)
def test_a_row_that_says_nothing_clear_is_refused(
    tmp_path: Path, rows: list[str], said: str
) -> None:
    put(tmp_path, *rows)
    people = [Learner("ada", "Ada L"), Learner("t1", "Twin"), Learner("t2", "Twin")]
    with pytest.raises(Misuse) as told:
        match_overrides(read_overrides(tmp_path), people)
    assert said in str(told.value)
    assert "overrides.csv" in str(told.value)


def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "overrides.csv").write_text("learner;exercise;points\nada;1a;5\n")
    with pytest.raises(Misuse, match="has no column 'why'"):
        read_overrides(tmp_path)


def test_more_points_than_there_are_is_refused(folder: Path) -> None:
    put(folder, "ada,1a,61,x")
    with pytest.raises(Misuse, match="line 2: 1a has 60 points, and 61 are given"):
        class_in(folder)


def test_points_that_count_nowhere_are_said(folder: Path) -> None:
    put(folder, "eve,1a,5,x", "ada,1z,5,x", "ada,33a,5,x")
    notices = class_in(folder).notices
    assert [notice.partition(", ")[2] for notice in notices] == [
        "line 2: eve isn't in this class; no points are given.",
        "line 3: no grading of ada has an exercise 1z; its 5 points count nowhere.",
        "line 4: no grading of ada has an exercise 33a; its 5 points count nowhere.",
    ]


def test_a_new_grading_shows_what_changes_below_points_by_hand(
    toy, folder: Path
) -> None:
    put(folder, "ada,1a,45,half")
    toy.change_checks("equals(2 * int(x))", "equals(int(x) ** 2)")
    found = submissions.find(folder, catalog.lessons(toy.root))
    given = match_overrides(read_overrides(folder), found.learners)
    with Gradebook(gradebook_path(folder)) as book:
        tally = grade_class(
            found.submissions, book, jobs=0, overrides=given, root=toy.root
        )
    change = tally.changes[0]
    assert change.exercises == ("1a wrong -> passed (45 points by hand stay)",)
    assert (change.before.score, change.after.score) == (45, 45)
    assert scores(class_in(folder))["ada"] == 45


def test_a_preview_counts_scores_that_stay_by_themselves(
    toy, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.change_page("(60 points", "(50 points")
    toy.change_page("(40 points", "(50 points")
    with pytest.raises(Exit):
        classes.grade(Program(project.parent), str(project), jobs="0", preview=True)
    told = said(capsys)
    assert f"100 -> 100 ben {LESSON} 1a 60 -> 50 points, 1b 40 -> 50 points" in told
    assert "0 scores change, 3 stay although exercises change, 0 do not change." in told


def test_an_untouched_page_is_nothing_handed_in(folder: Path) -> None:
    result = class_in(folder)
    (cy,) = [one for one in result.learners if one.learner.id == "cy"]
    assert (cy.score, cy.reports) == (None, ())
    assert cy.notes[0] == (
        f"{LESSON}: nothing was attempted, as on an untouched page; it counts as "
        "not handed in."
    )
    (canvas,) = exported(result, "canvas").values()
    assert "Cy,,,,,\r\n" in canvas
    rows = list(csv.DictReader(io.StringIO(exported(result, "csv")["scores.csv"])))
    assert [row["total"] for row in rows] == ["0", "100", "", "100"]
    assert summarise(result).lessons[0].graded == 2
    put(folder, "cy,1a,30,on paper")
    assert scores(class_in(folder))["cy"] == 30


def test_a_lesson_that_nobody_has_begun_is_no_column(toy, folder: Path) -> None:
    second = toy.checks.parent.parent / "lesson2_toy"
    second.mkdir()
    for name in ("checks.py", "lesson.py"):
        text = (toy.checks.parent / name).read_text()
        (second / name).write_text(re.sub('(## |")1', r"\g<1>2", text))
    page = (toy.root / "solutions" / "lesson1_toy.py").read_text()
    page = re.sub('(## |")1', r"\g<1>2", page)
    (toy.root / "solutions" / "lesson2_toy.py").write_text(page)
    for name in ("ben", "cy"):
        (folder / name / "lesson2_toy.py").write_text(UNTOUCHED)
    found = submissions.find(folder, catalog.lessons(toy.root))
    with Gradebook(gradebook_path(folder)) as book:
        tally = grade_class(found.submissions, book, jobs=0, root=toy.root)
        result = load_class(book, [LESSON, "lesson2_toy"])
    assert tally.untouched == 3
    assert set(tally.scores) == {LESSON}
    (cy,) = [one for one in result.learners if one.learner.id == "cy"]
    both = f"{LESSON}, lesson2_toy: nothing was attempted"
    assert cy.notes[0].startswith(both)
    assert cy.notes[0].endswith("they count as not handed in.")
    assert [lesson.name for lesson in result.lessons] == [LESSON]
    assert sum(lesson.points for lesson in result.lessons) == 100


@pytest.fixture
def project(toy, folder: Path) -> Path:
    """The commands, in the project with the toy lesson."""
    return folder


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_report_and_export_say_what_is_of_an_older_lesson(
    toy, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.change_page("(60 points", "(50 points")
    classes.report(Program(project.parent), str(project))
    told = said(capsys)
    assert "3 gradings are of another version of lesson 1." in told
    assert f"class.grade{project}--preview" in told.replace(" ", "")
    classes.export(Program(project.parent), str(project), to="json")
    assert "3 gradings are of another version of lesson 1." in said(capsys)
    data = json.loads((project / "export" / "class.json").read_bytes())
    assert "3 gradings are of another version of lesson 1." in data["notices"]


def test_an_untouched_page_is_told_without_a_score(
    toy, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.hand_in("dee", UNTOUCHED + "# mine\n")
    toy.hand_in("eli", RIGHT + "# mine\n")
    with pytest.raises(Exit):
        classes.grade(Program(project.parent), str(project), jobs="0")
    told = said(capsys)
    assert f"dee {LESSON} not attempted" in told
    assert f"eli {LESSON} 100" in told


def test_a_grading_that_cannot_be_read_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlite3

    with closing(sqlite3.connect(gradebook_path(project))) as db, db:
        db.execute("UPDATE grading SET report = '{' WHERE learner = 'ben'")
        db.execute("UPDATE grading SET score = x'00' WHERE learner = 'ada'")
    db.close()
    with pytest.raises(Exit, match="has a score yet"):
        classes.export(Program(project.parent), str(project), to="csv")
    with pytest.raises(Exit) as ended:
        classes.grade(Program(project.parent), str(project), jobs="0")
    assert ended.value.code == 0
    capsys.readouterr()
    classes.export(Program(project.parent), str(project), to="csv")
    assert "1 row is damaged in the gradebook, and passed over." in said(capsys)
    text = (project / "export" / "scores.csv").read_text(encoding="utf-8-sig")
    assert "ben,ben,,,100,100," in text
    with closing(sqlite3.connect(gradebook_path(project))) as db, db:
        db.execute("UPDATE grading SET report = '{' WHERE learner = 'ben'")
    db.close()
    classes.export(Program(project.parent), str(project), to="csv")
    assert "1 grading that is in the gradebook cannot be read" in said(capsys)


def test_commands_refuse_a_bad_row_before_anything_is_done(project: Path) -> None:
    put(project, "ada,1a,many,x")
    for call, more in (
        (classes.grade, {}),
        (classes.grade, {"preview": True}),
        (classes.report, {}),
        (classes.export, {"to": "csv"}),
    ):
        with pytest.raises(Exit, match="line 2: points are a number") as ended:
            call(Program(project.parent), str(project), **more)
        assert ended.value.code == 2


def test_a_second_grader_is_told_with_exit_code_2(project: Path) -> None:
    with Gradebook(gradebook_path(project)) as book, book.claim():
        for preview in (False, True):
            with pytest.raises(Exit, match="already being graded") as ended:
                classes.grade(
                    Program(project.parent), str(project), jobs="0", preview=preview
                )
            assert ended.value.code == 2
