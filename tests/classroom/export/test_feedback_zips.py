"""Feedback goes back: Moodle and Canvas find by a file's name whom it is for."""

from __future__ import annotations

import io
import re
import runpy
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.classroom import commands as classes
from grader.classroom import submissions
from grader.classroom.export.feedback_zips import text, zips
from grader.classroom.records import ClassResult, Learner, LearnerResult
from grader.cli.command import Program
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.report import Outcome
from grader.report.report_text import report_lines
from tests.support.exported import read_class
from tests.support.project import ROOT

GOLDEN = ROOT / "tests" / "golden"
NAME = "lesson3_cross_entropy"
of_lesson = runpy.run_path(str(GOLDEN / "write.py"))["of_lesson"]
RESULT = of_lesson(read_class((GOLDEN / "class.json").read_bytes()), NAME)
REPORT = RESULT.learners[1].reports[0]
CLASS = ClassResult(
    "",
    tuple(
        LearnerResult(Learner(key, key.title()), (replace(REPORT, title=key),))
        for key in ("ada", "bob", "cyd")
    ),
)


def test_remarks_in_the_text_are_safe_to_show() -> None:
    odd = replace(REPORT.exercises[0], remarks=("Comment: \x1b[2J",))
    report = replace(REPORT, exercises=(odd,), problem=None)
    assert "\x1b" not in "\n".join(report_lines(report))


def moodle_finds(path: str) -> tuple[int, str] | None:
    """Whose a file of the zip is, and its name, as Moodle's importer reads it."""
    parts = path.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < 4 or not info[1].isdecimal():
            continue
        assert info[2:4] == ["assignsubmission", "file"]
        return int(info[1]), "/".join([*info[4:5], *parts]).strip("/")
    return None


def canvas_finds(path: str) -> tuple[str, ...]:
    """The user and the attachment of a file of the zip, as Canvas reads them."""
    words = [word for word in path.rpartition("/")[2].split("_") if word != "LATE"]
    if words[0] == "anon":
        return tuple(words[1:3])
    return tuple([word for word in words if re.fullmatch(r"\d+", word)][:2])


def members(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        return {name: file.read(name).decode() for name in file.namelist()}


def handed_in(**names: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(key, NAME): tuple(place.split("/")) for key, place in names.items()}


def test_moodle_finds_everybody_by_the_names_that_it_gave() -> None:
    places = handed_in(
        ada="a.zip/Ada Lovelace_4711_assignsubmission_file_/lesson3_cross_entropy.py",
        bob="a.zip/Bob O-Neil_4712_assignsubmission_file/work/lesson3.py",
        cyd="old/Cyd Çelik_4713_assignsubmission_file_lesson3_cross_entropy.py",
    )
    (file,), remarks = zips(CLASS, "moodle", places)
    assert (file.path, remarks) == ("moodle-lesson3-feedback.zip", ())
    found = {moodle_finds(path): said for path, said in members(file.content).items()}
    assert {key: said.partition(":")[0] for key, said in found.items()} == {
        (4711, "lesson3_feedback.txt"): "ada",
        (4712, "lesson3_feedback.txt"): "bob",
        (4713, "lesson3_feedback.txt"): "cyd",
    }


def test_canvas_finds_everybody_by_the_names_that_it_gave() -> None:
    places = handed_in(
        ada="s.zip/lovelaceada_81234_901234_lesson3_cross_entropy.py",
        bob="s.zip/oneilbob_LATE_81235_901235_lesson3-1.py",
        cyd="s.zip/celikcyd_81236_901236_project.zip/attempts/lesson3.py",
    )
    (file,), remarks = zips(CLASS, "canvas", places)
    assert (file.path, remarks) == ("canvas-lesson3-feedback.zip", ())
    with zipfile.ZipFile(io.BytesIO(file.content)) as outer:
        assert [canvas_finds(path) for path in outer.namelist()] == [
            ("81234", "901234"), ("81235", "901235"), ("81236", "901236"),
        ]  # fmt: skip
        assert outer.namelist()[1] == "oneilbob_LATE_81235_901235_lesson3-1.py"
        ada, bob = (outer.read(name).decode() for name in outer.namelist()[:2])
        cyd = members(outer.read(outer.namelist()[2]))
    # Canvas shows it under the name that was handed in: it is Python all the same.
    compile(ada, "lesson3.py", "exec")
    assert ada.startswith("# ada: 25 of 55 points\n")
    assert bob.startswith("# bob: ")
    assert cyd["lesson3_feedback.txt"].startswith("cyd: ")


def test_canvas_finds_whom_it_calls_nothing_but_five_letters() -> None:
    places = handed_in(
        ada="s.zip/anon_4fYqB_901234_lesson3_cross_entropy.py",
        bob="s.zip/LATE_anon_9xKm2_901235_lesson3.py",
        cyd="s.zip/anon_23456_901236_lesson3-1.ipynb",
    )
    (file,), remarks = zips(CLASS, "canvas", places)
    assert [canvas_finds(path) for path in members(file.content)] == [
        ("4fYqB", "901234"), ("9xKm2", "901235"), ("23456", "901236"),
    ]  # fmt: skip
    assert remarks == ()


def test_a_notebook_gets_its_feedback_as_a_notebook() -> None:
    import nbformat  # here: it takes long, and collecting would wait for it

    name = "lovelaceada_81234_901234_lesson3_cross_entropy.ipynb"
    (file,), _ = zips(CLASS, "canvas", handed_in(ada=f"s.zip/{name}"))
    with zipfile.ZipFile(io.BytesIO(file.content)) as outer:
        book = nbformat.reads(outer.read(name).decode(), as_version=4)
    nbformat.validate(book)
    assert book.cells[0].source.startswith("ada: 25 of 55 points\n")


def test_whoever_has_no_such_name_is_said() -> None:
    places = handed_in(ada="lovelaceada_81234_901234_lesson3.py", bob="bob/lesson3.py")
    (file,), (remark,) = zips(CLASS, "canvas", places)
    assert len(members(file.content)) == 1
    assert remark.endswith("has no name that Canvas gives: Bob, Cyd")
    files, (remark,) = zips(CLASS, "moodle", places)
    assert files == ()
    assert "No submission has a name that Moodle gave" in remark
    assert zips(CLASS, "csv", places) == ((), ())


def test_the_feedback_says_all_exercises_and_what_was_wrong_in_each() -> None:
    said = text(LearnerResult(Learner("a"), (REPORT,)), REPORT)
    assert said.startswith("Cross-entropy by hand: 25 of 55 points\n")
    for exercise in REPORT.exercises:
        assert f"{exercise.outcome.value}: {exercise.tag} " in said
        if exercise.finding and exercise.outcome is not Outcome.PASSED:
            assert f"  {exercise.finding.sentence}" in said
    assert "exactly 3 times too small" in said
    evil = replace(REPORT, title="a\x1b[2J\nb")
    assert "\x1b" not in text(LearnerResult(Learner("a"), (evil,)), evil)


def test_several_lessons_are_several_assignments() -> None:
    other = replace(REPORT, lesson="lesson4_derivation")
    one = replace(CLASS.learners[0], reports=(REPORT, other))
    name = ("lovelaceada_81234_901234_x.py",)
    places = {("ada", r.lesson): name for r in one.reports}
    files, _ = zips(ClassResult("", (one,)), "canvas", places)
    assert [file.path for file in files] == [
        "canvas-lesson3-feedback.zip", "canvas-lesson4-feedback.zip",
    ]  # fmt: skip


@pytest.mark.parametrize("system", ["moodle", "canvas"])
def test_the_export_writes_it_beside_the_scores(
    system: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "submissions"
    folder.mkdir()
    name = {
        "moodle": f"Ada Lovelace_4711_assignsubmission_file_/{NAME}.py",
        "canvas": f"lovelaceada_4711_901234_{NAME}.py",
    }[system]
    with zipfile.ZipFile(folder / "download.zip", "w") as file:
        file.writestr(name, "x = 1\n")
    with Gradebook(gradebook_path(folder)) as book:
        book.record_all([("4711", REPORT)])
    classes.export(Program.here(), str(folder), to=system, lesson=["lesson3"])
    path = folder / "export" / f"{system}-lesson3-feedback.zip"
    assert path.name in capsys.readouterr().out.replace("\n", "")
    (member,) = members(path.read_bytes())
    finds = moodle_finds if system == "moodle" else canvas_finds
    assert str(finds(member)[0]) == "4711"


@pytest.mark.parametrize("system", ["moodle", "canvas"])
def test_what_was_said_to_learners_is_nothing_handed_in(
    system: str, tmp_path: Path
) -> None:
    name = {
        "moodle": f"Ada Lovelace_4711_assignsubmission_file_/{NAME}.py",
        "canvas": f"lovelaceada_4711_901234_{NAME}.py",
    }[system]
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as file:
        file.writestr(name, "x = 1\n")
    (file,), _ = zips(CLASS, system, handed_in(ada=f"download.zip/{name}"))
    lessons = catalog.lessons(ROOT)
    before = submissions.find(tmp_path, lessons)
    for place in (tmp_path / "export", tmp_path):
        place.mkdir(exist_ok=True)
        (place / file.path).write_bytes(file.content)
        assert submissions.find(tmp_path, lessons) == before
    assert [one.learner.id for one in before.submissions] == ["4711"]
