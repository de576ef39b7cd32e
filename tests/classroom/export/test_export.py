"""Each format is what its system documents, and its own reader takes it."""

import csv
import io
import json
import re
import runpy
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from grader.classroom.class_files import csv_bytes
from grader.classroom.class_result import load_class
from grader.classroom.due_dates import LateRule
from grader.classroom.export import (
    canvas,
    export,
    formats,
    moodle,
    remarks,
    write,
)
from grader.classroom.export.common import ExportFile
from grader.classroom.export.gradescope import results_json
from grader.classroom.records import ClassResult, Learner, LearnerResult, award
from grader.classroom.report_pages import class_report
from grader.classroom.roster import identify, read_roster
from grader.classroom.submissions import FolderContents
from grader.classroom.summary import summarise
from grader.common.errors import Misuse
from grader.common.sanitize import replace_controls, safe_file_name
from grader.learner.gradebook import NOBODY, Gradebook
from grader.report import Finding, Outcome
from grader.report.report_json import from_json
from grader.report.report_text import finding_lines
from grader.report.sentences import score_line
from tests.support.exported import read_class
from tests.support.project import ROOT

GOLDEN = ROOT / "tests" / "golden"
LESSON = "lesson3_cross_entropy"
RESULT = read_class((GOLDEN / "class.json").read_bytes())
NOETHER = RESULT.learners[1]
FORMULA_STARTS = tuple("=+-@\t\r")


def only(to: str, result: ClassResult = RESULT) -> ExportFile:
    (file,) = export(result, to)
    return file


def table(file: ExportFile) -> Any:
    import pandas  # here: it takes long, and collecting would wait for it

    return pandas.read_csv(io.BytesIO(file.content), dtype=str, keep_default_na=False)


_write = runpy.run_path(str(GOLDEN / "write.py"))
golden, of_lesson = _write["golden"], _write["of_lesson"]
numbered_on = _write["numbered_on"]
ON_MOODLE = of_lesson(numbered_on(RESULT, "Moodle"), LESSON)


@pytest.mark.parametrize("name", sorted(golden()))
def test_a_file_is_the_golden_one_byte_for_byte(name: str) -> None:
    assert golden()[name] == (GOLDEN / name).read_bytes(), "see tests/golden/write.py"


def test_every_format_has_a_golden_file() -> None:
    names = {path.name for path in GOLDEN.iterdir()} - {"write.py", ".gitattributes"}
    assert names - {"gradescope.schema.json", "__pycache__"} == set(golden())


# Canvas


def test_canvas_gets_the_header_that_it_documents() -> None:
    rows = list(csv.reader(io.StringIO(only("canvas").content.decode())))
    assert rows[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[1][0].strip() == "Points Possible"
    assert rows[1][5:] == ["55", "100"]
    assert {len(row) for row in rows} == {7}


def test_canvas_reads_scores_and_leaves_open_what_was_not_handed_in() -> None:
    frame = table(only("canvas")).set_index("Student")
    assert list(frame.loc["Emmy Noether"][-2:]) == ["25", "40"]
    assert list(frame.loc["Nobody Yet"][-2:]) == ["", ""]


def test_a_number_that_is_not_of_canvas_is_left_out() -> None:
    odd = replace(NOETHER, learner=Learner("x", lms_id="12ab", lms="Canvas"))
    frame = table(only("canvas", replace(RESULT, learners=(odd,))))
    assert frame["ID"][1] == ""


NUMBERED = (
    "Identifier,Full name,Email address\nParticipant 77,Ada L,a@b.c\n",
    "identifier,github_username,github_id,name\nAda L,ada-l,77,\n",
    "learner,name,id\nada,Ada L,77\n",
)


@pytest.mark.parametrize("roster", NUMBERED)
def test_a_number_of_another_platform_is_none_of_canvas(roster: str) -> None:
    (ada,) = read_roster(roster.encode())
    result = replace(RESULT, learners=(replace(NOETHER, learner=ada),))
    row = table(only("canvas", result)).iloc[1]
    assert (row["ID"], row["SIS Login ID"]) == ("", ada.email)
    (said,) = remarks(result, "canvas")
    assert "Canvas's number is not known here of Ada L, so the cell under ID" in said
    assert remarks(replace(RESULT, learners=(NOETHER,)), "canvas") == ()


def test_a_number_of_another_platform_is_none_of_moodle() -> None:
    emmy, taro = read_roster(CANVAS_EXPORT)
    learners = (replace(NOETHER, learner=emmy), LearnerResult(taro))
    result = of_lesson(ClassResult("", learners), LESSON)
    assert list(table(only("moodle", result))["Identifier"]) == ["", ""]
    (said,) = remarks(result, "moodle")
    assert "Moodle's number is not known here of Noether, Emmy, so" in said
    both = replace(result, learners=(*result.learners, replace(NOETHER, learner=taro)))
    (said,) = remarks(both, "moodle")
    assert "not known here of Noether, Emmy; Yamada, Taro, so" in said
    sheet = worksheet(ROWS[1].replace("4711", "77"))
    assert list(table(moodle.fill(result, sheet).file)["Grade"]) == [""]


def test_the_export_of_canvas_says_the_numbers_of_a_class_from_moodle() -> None:
    emmy = Learner("9", "Emmy N", login="enoether", lms_id="9", lms="Moodle")
    result = ClassResult("", (replace(NOETHER, learner=emmy),))
    done = canvas.complete(result, CANVAS_EXPORT)
    assert table(done.file)["ID"][1] == "77"
    assert done.not_in_worksheet == ()


def test_an_assignment_keeps_the_number_that_canvas_gave_it() -> None:
    header = ["Student", "Lesson 3: Cross-entropy by hand (8812)"]
    frame = table(canvas.fill(RESULT, canvas.assignments(RESULT, header)))
    assert frame.columns[5] == "Lesson 3: Cross-entropy by hand (8812)"


def test_an_assignment_is_found_although_signs_and_spaces_differ() -> None:
    for name in (
        "Lesson 3  Cross-entropy by hand (8812)",
        "lesson 3 - cross entropy by hand (7)",
    ):
        named = canvas.assignments(RESULT, ["Student", "Lesson 30 (1)", name])
        frame = table(canvas.fill(RESULT, named))
        assert frame.columns[5] == name


def test_the_scores_of_a_lesson_go_to_the_assignment_that_is_named() -> None:
    one = of_lesson(RESULT, LESSON)
    exported = b"Student,ID,Homework (9911)\n    Points Possible,,55\nA,77,\n"
    done = canvas.complete(one, exported, "Homework (9911)")
    assert table(done.file).columns[5] == "Homework (9911)"
    assert done.unlisted == done.unequal == ()
    (said,) = canvas.complete(one, exported).unlisted
    assert 'add --lesson lesson3 --column "NAME (NUMBER)"' in said
    (said,) = canvas.complete(one, b"Student,ID\nA,77\n").unlisted
    assert said.endswith("It has no assignment with a number.")
    with pytest.raises(Misuse, match=r"no column 'Tea'\. Its assignments are Homework"):
        canvas.complete(one, exported, "Tea")
    with pytest.raises(Misuse, match=r"this class has 2\. Add --lesson lesson3"):
        canvas.files(RESULT, "Homework (9911)")


def test_a_student_has_the_name_that_canvas_writes() -> None:
    learner = Learner("noetheremmy", "noetheremmy", lms_id="77", lms="Canvas")
    done = canvas.complete(
        ClassResult("", (replace(NOETHER, learner=learner),)), CANVAS_EXPORT
    )
    assert table(done.file)["Student"][1] == "Noether, Emmy"


def test_a_student_without_a_number_gives_nobody_their_name() -> None:
    stranger = replace(NOETHER, learner=Learner("eve", "Eve"))
    exported = CANVAS_EXPORT + b'"Doe, Jo",,,,\n'
    done = canvas.complete(ClassResult("", (stranger,)), exported)
    assert table(done.file)["Student"][1] == "Eve"
    assert "Doe, Jo" in done.not_in_class
    assert done.not_in_worksheet == ("Eve",)


def test_the_export_of_canvas_says_who_is_who() -> None:
    bare = replace(NOETHER, learner=Learner("enoether"))
    done = canvas.complete(ClassResult("", (bare,)), CANVAS_EXPORT)
    file = done.file
    assert list(table(file).loc[1])[:4] == ["Noether, Emmy", "77", "S-002", "enoether"]
    assert done.not_in_class == ("Yamada, Taro",)
    assert done.not_in_worksheet == ()


def test_a_number_of_canvas_is_enough_and_the_others_are_said() -> None:
    numbered = replace(
        NOETHER, learner=Learner("77", "noetheremmy", lms_id="77", lms="Canvas")
    )
    stranger = replace(NOETHER, learner=Learner("eve", "Eve"))
    result = ClassResult("", (numbered, stranger))
    done = canvas.complete(result, CANVAS_EXPORT)
    assert list(table(done.file).loc[1])[2:4] == ["S-002", "enoether"]
    assert done.not_in_worksheet == ("Eve",)


def test_a_canvas_that_keeps_the_halves_of_names_apart_is_read() -> None:
    exported = "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section\n"
    exported += "    Points Possible,,,,,\nNoether,Emmy,77,S-002,enoether,Monday\n"
    (emmy,) = read_roster(exported.encode())
    assert (emmy.name, emmy.number_on("Canvas")) == ("Emmy Noether", "77")
    result = ClassResult("", (replace(NOETHER, learner=Learner("enoether")),))
    done = canvas.complete(result, exported.encode())
    assert list(table(done.file).loc[1])[:3] == ["Emmy Noether", "77", "S-002"]
    assert done.not_in_worksheet == done.not_in_class == ()


def test_an_assignment_that_is_worth_something_else_is_said() -> None:
    name = "Lesson 3: Cross-entropy by hand (8812)"
    for points, said in (("10.0", 1), ("55", 0), ("(read only)", 0)):
        exported = f"Student,ID,{name}\n    Points Possible,,{points}\nA,77,\n"
        unequal = canvas.complete(RESULT, exported.encode()).unequal
        assert len(unequal) == said
    # Canvas may put a row of its own before it, and an empty one.
    exported = f"Student,ID,{name}\n\nManual,,\n    Points Possible,,10\nA,77,\n"
    (unequal,) = canvas.complete(RESULT, exported.encode()).unequal
    assert "has 55 points here and 10 in Canvas" in unequal
    for points, said in (("100,00", 1), ("55.00", 0), ("-", 0)):
        sheet = worksheet(*(row.replace("100.00", f'"{points}"') for row in ROWS))
        unequal = moodle.fill(of_lesson(RESULT, LESSON), sheet).unequal
        assert len(unequal) == said
        assert all("has 55 points here and 100 in Moodle" in one for one in unequal)


@pytest.mark.parametrize(
    ("to", "said"),
    [("", "Name a format with --to"), ("tea", "There is no format 'tea'")],
)
def test_a_format_that_does_not_exist_is_told_from_none_at_all(to, said) -> None:
    with pytest.raises(
        Misuse, match=f"{said}. The formats are canvas, csv, json, moodle"
    ):
        export(RESULT, to)


def test_a_worksheet_of_another_system_is_refused() -> None:
    with pytest.raises(Misuse, match="isn't a Canvas gradebook: it has no column"):
        canvas.complete(RESULT, worksheet(*ROWS))


# Moodle


def worksheet(*rows: str) -> bytes:
    """A worksheet as Moodle writes it, with one more column than is needed."""
    head = "Identifier,Full name,Email address,Status,Grade,Maximum grade,"
    head += "Grade can be changed,Last modified (grade),Feedback comments,Own"
    return ("\ufeff" + "\n".join([head, *rows])).encode()


ROWS = (
    'Participant 901,"Emmy Noether",emmy@example.org,Submitted,,100.00,Yes,"Monday, 2 March 2026, 9:00 AM",,a',
    'Participant 4711,"Somebody Else",x@example.org,Submitted,,100.00,Yes,-,,b',
    'Participant 903,"Not Here",not@example.org,No submission,,100.00,Yes,-,,c',
)


def test_moodle_gets_the_columns_of_its_worksheet() -> None:
    frame = table(only("moodle", ON_MOODLE))
    assert tuple(frame.columns) == tuple(moodle.COLUMNS)
    assert frame["Identifier"][0] == "Participant 4711"
    assert (frame["Grade"][1], frame["Maximum Grade"][1]) == ("25", "55")
    assert "exactly 3 times too small" in frame["Feedback comments"][1]


def test_moodle_feedback_is_html_in_which_learner_text_is_text() -> None:
    feedback = table(only("moodle", of_lesson(RESULT, LESSON)))["Feedback comments"][3]
    assert "&lt;script&gt;" in feedback
    assert set(re.findall(r"<[^>]*>", feedback)) == {"<br>"}


def test_moodle_takes_one_lesson_at_a_time() -> None:
    with pytest.raises(Misuse, match="--lesson"):
        export(RESULT, "moodle")


def test_a_worksheet_of_moodle_is_filled_and_nothing_else_in_it_changes() -> None:
    filled = moodle.fill(ON_MOODLE, worksheet(*ROWS))
    frame = table(filled.file)
    assert list(frame["Grade"]) == ["25", "55", ""]
    assert list(frame["Own"]) == ["a", "b", "c"]
    assert frame["Last modified (grade)"][0] == "Monday, 2 March 2026, 9:00 AM"
    assert filled.not_in_class == ("Not Here",)
    assert "山田 太郎" in filled.not_in_worksheet


def test_two_learners_of_one_name_are_not_guessed_apart() -> None:
    twins = tuple(
        replace(NOETHER, learner=Learner(key, "Emmy Noether")) for key in ("a", "b")
    )
    filled = moodle.fill(of_lesson(ClassResult("", twins), LESSON), worksheet(ROWS[0]))
    assert list(table(filled.file)["Grade"]) == [""]
    assert filled.not_in_class == ("Emmy Noether",)


def test_a_row_without_an_address_is_nobodys_who_has_none() -> None:
    ada = replace(NOETHER, learner=Learner("ada", "Ada L"))
    rows = worksheet('Participant 5,"Eve",,Submitted,,100.00,Yes,-,,', ",,,,,,,,,")
    filled = moodle.fill(of_lesson(ClassResult("", (ada,)), LESSON), rows)
    assert set(table(filled.file)["Grade"]) == {""}
    assert (filled.not_in_class, filled.not_in_worksheet) == (("Eve",), ("Ada L",))


def test_another_file_is_not_taken_for_a_worksheet() -> None:
    for content in (b"name,grade\nada,1\n", b"", b"a,b\n", b"name,n,m\nA 1,2,3\n"):
        with pytest.raises(Misuse, match="isn't a Moodle grading worksheet: "):
            moodle.fill(of_lesson(RESULT, LESSON), content)
    scale = "Kennung,Name,Note,Skala,Geändert\nTN 1,A,gut,gut,-\nTN 2,B,,gut,-\n"
    with pytest.raises(Misuse, match="no column has the maximum grade next to"):
        moodle.fill(of_lesson(RESULT, LESSON), scale.encode())


WORKSHEETS = {
    "German": (
        "Teilnehmer/in,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,"
        "Bestwertung,Bewertung kann geändert werden,Zuletzt geändert (Abgabe),"
        "Zuletzt geändert (Bewertung),Feedback als Kommentar",
        "Teilnehmer/in 901,Emmy Noether,emmy@example.org,Zur Bewertung abgegeben,,"
        '"55,00",Ja,"Montag, 2. März 2026, 09:00","Montag, 2. März 2026, 09:30",',
        'Teilnehmer/in 4711,Jemand Anders,x@example.org,Zur Bewertung abgegeben,"7,00",'
        '"55,00",Ja,"Montag, 2. März 2026, 09:00",-,',
        'Teilnehmer/in 903,Nicht Hier,n@example.org,Keine Abgabe,,"55,00",Ja,-,-,',
        4,
        -1,
    ),
    "Japanese, in groups, with an online text": (
        "識別子,フルネーム,IDナンバー,ステータス,グループ,評点,最大評点,評点の変更可,"
        "最終更新日時 (提出),オンラインテキスト,最終更新日時 (評点),フィードバックコメント",
        "参加者 901,Emmy Noether,12,提出済み,1,,55.00,Yes,"
        '"2026年 03月 2日(月曜日) 09:00",本文,-,',
        '参加者 4711,誰か,13,提出済み,1,55.00,55.00,Yes,"2026年 03月 2日(月曜日) 09:00",,-,',
        "参加者 903,Nicht Hier,14,未提出,1,,55.00,Yes,-,,-,",
        5,
        -1,
    ),
    "French, blind, every grade given": (
        "Identifiant,Statut,Note,Note maximale,La note peut être modifiée,"
        "Dernière modification (note),Commentaires",
        'Participant901,Remis,"55,00","55,00",Oui,"lundi 2 mars 2026, 09:00",',
        'Participant4711,Remis,"55,00","55,00",Oui,"lundi 2 mars 2026, 09:00",',
        'Participant903,Remis,"55,00","55,00",Oui,"lundi 2 mars 2026, 09:00",',
        2,
        -1,
    ),
    "French, blind, with a year in every comment": (
        "Identifiant,Statut,Note,Note maximale,La note peut être modifiée,"
        "Dernière modification (note),Commentaires",
        'Participant901,Remis,,"55,00",Oui,"lundi 2 mars 2026, 09:00",Promotion 2026',
        'Participant4711,Remis,,"55,00",Oui,"lundi 2 mars 2026, 09:00",Promotion 2026',
        'Participant903,Remis,,"55,00",Oui,"lundi 2 mars 2026, 09:00",Promotion 2026',
        2,
        -1,
    ),
    "Italian, blind, with nothing between number and grade": (
        "Identificativo,Valutazione,Valutazione massima,Modificabile,"
        "Ultima modifica (valutazione),Commenti",
        'Partecipante 901,,"55,00",Sì,"lunedì 2 marzo 2026, 09:00",',
        'Partecipante 4711,"7,00","55,00",Sì,"lunedì 2 marzo 2026, 09:00",',
        'Partecipante 903,,"55,00",Sì,-,',
        1,
        -1,
    ),
    "Spanish, without comments": (
        "Identificador,Nombre completo,Estado,Calificación,Calificación máxima,"
        "Se puede cambiar,Última modificación (calificación)",
        "Participante 901,Emmy Noether,Enviado,,55.00,Sí,-",
        "Participante 4711,Alguien,Enviado,,55.00,Sí,-",
        "Participante 903,Nicht Hier,Sin entrega,,55.00,Sí,-",
        3,
        None,
    ),
}


@pytest.mark.parametrize("language", WORKSHEETS)
def test_a_worksheet_in_any_language_is_filled_and_keeps_its_headings(
    language: str,
) -> None:
    *lines, grade, comments = WORKSHEETS[language]
    learner = Learner("e", "Emmy Noether" if "blind" not in language else "")
    number = "901" if "blind" in language else ""
    numbered = replace(learner, lms_id=number, lms="Moodle")
    noether = replace(NOETHER, learner=numbered)
    others = tuple(x for x in ON_MOODLE.learners if x.learner.lms_id == "4711")
    result = of_lesson(ClassResult("", (noether, *others)), LESSON)
    sheet = ("\ufeff" + "\r\n".join(lines)).encode()
    filled = moodle.fill(result, sheet, existing="replace")
    before = list(csv.reader(lines))
    after = list(csv.reader(io.StringIO(filled.file.content.decode())))
    assert after[0] == before[0]
    assert [row[grade] for row in after[1:]] == ["25", "55", before[3][grade]]
    for old, new in zip(before[1:], after[1:], strict=True):
        mine = {grade, len(old) - 1 if comments else grade}
        kept = [cell for i, cell in enumerate(old) if i not in mine]
        assert kept == [cell for i, cell in enumerate(new) if i not in mine]
    if comments:
        assert "exactly 3 times too small" in after[1][comments]
    assert len(filled.not_in_class) == 1
    assert filled.unequal == ()
    more = "\n".join(lines).replace("55", "99").encode()
    unequal = moodle.fill(result, more, existing="replace").unequal
    assert "has 55 points here and 99 in Moodle" in unequal[0]


def test_an_english_worksheet_without_comments_gets_a_column_for_them() -> None:
    bare = "Identifier,Full name,Grade,Last modified (grade)\nParticipant 1,Emmy Noether,,-"
    with_own = bare.replace("\n", ",Feedback comments,Own\n") + ",,mine"
    for sheet, header, last in (
        (bare, "Feedback comments", ""),
        (with_own, "Own", "mine"),
    ):
        filled = moodle.fill(of_lesson(RESULT, LESSON), sheet.encode())
        rows = table(filled.file)
        assert filled.unequal == ()
        assert rows.columns[-1] == header
        assert "exactly 3 times too small" in rows["Feedback comments"][0]
        assert last in rows[header][0]


def test_a_roster_is_no_worksheet() -> None:
    with pytest.raises(Misuse, match="does not number the participants"):
        moodle.fill(of_lesson(RESULT, LESSON), CANVAS_EXPORT)


# Gradescope


def results() -> list[dict]:
    return [json.loads(results_json(x)) for one in RESULT.learners for x in one.reports]


@pytest.mark.slow
def test_gradescope_results_follow_the_schema_of_its_documentation() -> None:
    schema = json.loads((GOLDEN / "gradescope.schema.json").read_text())
    assert len(results()) == 7
    for result in results():
        import jsonschema  # here: it takes long, and collecting would wait for it

        jsonschema.validate(result, schema)


def test_gradescope_scores_add_up() -> None:
    for result in results():
        assert result["score"] == sum(test["score"] for test in result["tests"])
        for test in result["tests"]:
            assert (test["status"] == "passed") == (test["score"] == test["max_score"])


def test_learner_text_cannot_paint_gradescopes_page() -> None:
    escapes = re.findall(
        r"\x1b[^m]*m", json.dumps(results()).replace("\\u001b", "\x1b")
    )
    assert set(escapes) <= {f"\x1b[{n}m" for n in (0, 1, 31, 32, 33)}


def test_gradescope_shows_the_tests_and_hides_what_was_printed() -> None:
    data = json.loads(results_json(NOETHER.reports[0]))
    seen = {data["visibility"], *(test["visibility"] for test in data["tests"])}
    assert seen == {"visible"}
    assert data["stdout_visibility"] == "hidden"


# CSV and JSON


def test_pandas_reads_the_scores() -> None:
    scores, exercises = (table(file) for file in export(RESULT, "csv"))
    assert scores.columns[0] == "learner"
    assert list(scores["total"]) == ["155", "65", "0", "", "0", "", "155"]
    assert len(exercises) == sum(
        len(r.exercises) for o in RESULT.learners for r in o.reports
    )
    assert set(exercises["outcome"]) <= {outcome.value for outcome in Outcome}


@pytest.mark.parametrize("to", ["canvas", "moodle", "csv"])
def test_no_cell_of_any_table_is_a_formula(to: str) -> None:
    for file in export(of_lesson(RESULT, LESSON), to):
        rows = csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
        cells = [cell for row in rows for cell in row if cell != "-"]
        assert [c for c in cells if c.lstrip(" ").startswith(FORMULA_STARTS)] == []


def test_a_syntax_error_has_a_column_and_an_array_a_difference() -> None:
    lines = finding_lines(Finding("SyntaxError: invalid syntax", column=13))
    assert lines[1] == "At column 13"
    at = Finding("SyntaxError: invalid syntax", column=13, line=4, source="  x y")
    assert finding_lines(at)[1] == "Line 4, column 13: x y"
    table = "np.array([[1, 2],\n          [3, 4]])"
    lines = finding_lines(Finding("Two values differ.", expected=table, got="3"))
    assert lines[1:] == (f"Expected:\n{table}", "Got: 3")
    lines = finding_lines(Finding("Two values differ.", place="[0, 0]"))
    assert lines[1] == "First difference at [0, 0]"


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\x00=", "＝", "\ufeff="]
)
def test_what_begins_a_formula_is_defused(start: str) -> None:
    text = csv_bytes([[f"{start}1+1", 7]]).decode()
    (row,) = csv.reader(io.StringIO(text, newline=""))
    assert row[0][0] in "'\ufffd"
    assert row[1] == "7"


@pytest.mark.parametrize("start", ["\t", "\n", "\r\n"])
def test_no_cell_begins_with_a_break(start: str) -> None:
    text = csv_bytes([[f"{start}Ada", "Ada"]]).decode()
    (row,) = csv.reader(io.StringIO(text, newline=""))
    assert row[0].startswith("'")
    assert row[0].endswith("Ada")
    assert row[1] == "Ada"


def test_the_class_comes_back_from_json_as_it_was() -> None:
    assert read_class(only("json").content) == RESULT


def test_the_reports_in_the_json_are_reports() -> None:
    data = json.loads(only("json").content)
    report = data["learners"][1]["reports"][0]
    assert report["score"] == 25
    assert from_json(json.dumps(report).encode()) == NOETHER.reports[0]


# What the grader broke


def test_what_the_grader_broke_is_not_handed_over() -> None:
    report = RESULT.learners[3].reports[0]
    assert (report.score, report.points) == (25, 45)
    assert award(report) is None
    assert RESULT.lessons[0].points == 55
    assert "10 of them are open because the grader itself" in score_line(report)
    assert award(NOETHER.reports[0]) == NOETHER.reports[0].score
    assert award(None) is None


def broken(tag: str) -> LearnerResult:
    """Noether's report as it is where the grader itself fails in one exercise."""
    report = NOETHER.reports[0]
    exercises = tuple(
        replace(e, outcome=Outcome.BROKEN) if e.tag == tag else e
        for e in report.exercises
    )
    lost = replace(report, exercises=exercises)
    return replace(NOETHER, reports=(lost, *NOETHER.reports[1:]))


def test_what_the_grader_broke_makes_no_maximum_smaller() -> None:
    whole, tag = NOETHER.reports[0], NOETHER.reports[0].exercises[0].tag
    one = broken(tag)
    lost, points = one.reports[0], whole.exercises[0].points
    full = sum(e.points for e in whole.exercises)
    assert (lost.points, full) == (full - points, 55)
    result = ClassResult("", (one,))
    scores = table(export(result, "csv")[0])
    assert scores["lesson3"].tolist() == ["", str(full)]
    assert scores["total"].tolist()[0] == ""
    words = score_line(lost)
    assert words.startswith(f"{lost.score} of {full} points; {points} of them are open")
    worksheet = export(of_lesson(result, LESSON), "moodle")[0].content
    for said in (worksheet, results_json(lost)):
        assert words in said.decode()
    assert summarise(result).lessons[0].bands[lost.score * 10 // full] == 1


# Files and names


@pytest.mark.parametrize("to", formats())
def test_no_file_leaves_the_folder(to: str, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    for path in write(export(of_lesson(RESULT, LESSON), to), inside):
        assert path.resolve().is_relative_to(inside.resolve())
    assert list(tmp_path.iterdir()) == [inside]


def test_names_of_files_are_safe_and_stay_apart() -> None:
    names = [
        "ada",
        "Ada",
        "ADA",
        "..",
        ".",
        "",
        "a/b",
        "a_b",
        "con",
        "nul.txt",
        "-rf",
        ".profile",
        "é",
        "x" * 300,
        "x" * 301,
    ]
    safe = [safe_file_name(name) for name in names]
    assert len({name.casefold() for name in safe}) == len(names)
    assert safe[0] == "ada"
    for name in safe:
        assert re.fullmatch(r"[\w.@-]+", name)
        assert not name.startswith((".", "-"))
        assert len(name.encode()) < 250


def test_plain_text_keeps_every_script_and_no_control() -> None:
    assert replace_controls("山田 é 👩‍🔬\tשלום\n") == "山田 é 👩‍🔬\tשלום\n"
    assert replace_controls("\x1b\x00\u202e\ud800\x9b") == "\ufffd" * 5


def test_a_format_that_does_not_exist_is_said() -> None:
    with pytest.raises(Misuse, match="The formats are canvas, csv, json, moodle"):
        export(RESULT, "blackboard")


def test_a_class_without_a_grading_is_said() -> None:
    with pytest.raises(Misuse, match=r"class\.grade"):
        export(ClassResult("Empty", RESULT.learners[-1:]), "csv")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Misuse, match="cannot be written"):
        write(export(RESULT, "csv"), tmp_path / "out")


# Roster and gradebook

CANVAS_EXPORT = b"""Student,ID,SIS User ID,SIS Login ID,Section,Essay (3)
    Points Possible,,,,,10
"Noether, Emmy",77,S-002,enoether,Monday,4
"Yamada, Taro",78,S-005,tyamada,Tuesday,
"""


def test_the_export_of_canvas_is_a_roster() -> None:
    emmy, _ = read_roster(CANVAS_EXPORT)
    assert (emmy.lms_id, emmy.sis_id, emmy.login) == ("77", "S-002", "enoether")


def test_a_roster_completes_whom_it_knows_and_adds_nobody() -> None:
    bare = LearnerResult(Learner("enoether"), NOETHER.reports)
    unknown = LearnerResult(Learner("who"), ())
    found = identify(ClassResult("", (bare, unknown)), read_roster(CANVAS_EXPORT))
    assert found.learners[0].learner == Learner(
        "enoether", "Noether, Emmy", "", "enoether", "S-002", "77", "Monday", "Canvas"
    )
    assert found.learners[1] == unknown


def test_a_roster_may_have_the_family_name_first() -> None:
    spoken = LearnerResult(Learner("moodle 4711", "Emmy Noether"), NOETHER.reports)
    (found,) = identify(ClassResult("", (spoken,)), read_roster(CANVAS_EXPORT)).learners
    assert found.learner.login == "enoether"


def test_where_two_of_a_roster_fit_nobody_is_completed() -> None:
    bare = LearnerResult(Learner("x1", "Ada Lovelace"), NOETHER.reports)
    roster = read_roster(b"learner,name,email\na,Ada Lovelace,a@b.c\nb,ada lovelace,\n")
    assert len(roster) == 2
    assert identify(ClassResult("", (bare,)), roster).learners == (bare,)
    (found,) = identify(ClassResult("", (bare,)), roster[:1]).learners
    assert found.learner.email == "a@b.c"


@pytest.mark.parametrize(
    ("content", "learner"),
    [
        ("learner;name;email\nada;Ada L;a@b.c\n", Learner("ada", "Ada L", "a@b.c")),
        ('"identifier","github_username","github_id","name"\n"Ada L","ada-l","99",""\n',
         Learner("Ada L", "", "", "ada-l", "", "99", lms="GitHub")),
        ("Full name,Email address\nAda L,a@b.c\n", Learner("a@b.c", "Ada L", "a@b.c")),
        ("First name,Last name,ID number,Email address\nAda,L,S-1,a@b.c\n",
         Learner("a@b.c", "Ada L", "a@b.c", "", "S-1")),
        ("Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Gruppen\nZoë,Ä,S-1,a@b.c,Mo\n",
         Learner("a@b.c", "Zoë Ä", "a@b.c", "", "S-1", "", "Mo")),
    ],
)  # fmt: skip
def test_rosters_of_other_origins_are_read(content: str, learner: Learner) -> None:
    assert read_roster(content.encode()) == (learner,)


def test_the_roster_of_classroom_50_is_read_without_those_who_teach() -> None:
    head = "username,first_name,last_name,email,section,github_id"
    row = "ada-l,Ada,Lovelace,ada@x.org,Monday,99"
    ada = Learner(
        "ada-l", "Ada Lovelace", "ada@x.org", "ada-l", "", "99", "Monday", "GitHub"
    )
    assert read_roster(f"{head}\n{row}\n".encode()) == (ada,)
    taught = f"{head},role\n{row},student\nmissy,M,E,m@x.org,,7,teacher\n"
    assert read_roster(taught.encode()) == (ada,)


def test_one_id_twice_is_refused_with_both_lines() -> None:
    rows = b"\nlearner,name\nada,Ada L\nben,Ben B\nada,Ada Byron\n"
    with pytest.raises(Misuse, match="'ada' twice, in line 3 and in line 5"):
        read_roster(rows)


def test_a_number_makes_no_two_ids_of_one_that_stands_there() -> None:
    with pytest.raises(Misuse, match="'ada' twice, in line 2 and in line 3"):
        read_roster(b"learner,name,id number\nada,Ada L,1\nada,Ada Byron,2\n")


def test_spaces_and_capitals_in_a_heading_say_nothing() -> None:
    assert read_roster(b" Learner , NAME\nada,Ada L\n") == (Learner("ada", "Ada L"),)


def test_people_of_one_name_have_their_numbers_in_their_ids() -> None:
    rows = b"first name,last name,id number\nAnna,M,1\nAnna,M,2\nSam,S,3\n"
    ids = [learner.id for learner in read_roster(rows)]
    assert ids == ["Anna M (1)", "Anna M (2)", "Sam S"]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (b'learner,name\nada,"Ada\nben,Ben\n' + b"x,y\n" * 40_000, 2),
        (b'learner,name\nada,Ada\nben,"Ben\ncleo,"Cleo"\n', 3),
        (b'\n,,\nlearner,"name\n', 3),
        (b'learner,name\nada,"Ada\nL\nM"\nben,"Ben\n', 5),
    ],
)
def test_a_missing_quotation_mark_is_told_with_its_line(rows: bytes, line: int) -> None:
    words = f"begins in line {line} cannot be read .*Is a quotation mark missing there"
    with pytest.raises(Misuse, match=words):
        read_roster(rows)


def test_a_file_that_names_nobody_is_no_roster() -> None:
    with pytest.raises(Misuse, match="no column"):
        read_roster(b"a,b\n1,2\n")


def test_a_class_is_collected_from_the_gradebook(tmp_path: Path) -> None:
    early, late = NOETHER.reports[0], RESULT.learners[0].reports[0]
    with Gradebook(tmp_path / "class.sqlite") as book:
        book.record_all([("b", early), ("b", late), ("A", early), (NOBODY, early)])
        book.record(replace(late, partial="3c"), "A")
        people = (Learner("b", "Bee"), Learner("c", "Cee"))
        result = load_class(
            book, [LESSON], FolderContents(learners=people, notes={"c": ("Nothing.",)})
        )
    assert [one.learner.display_name for one in result.learners] == ["A", "Bee", "Cee"]
    assert [one.score for one in result.learners] == [early.score, late.score, None]
    assert result.learners[2].notes == ("Nothing.",)


def test_files_of_which_no_hash_is_known_are_not_called_the_same(
    tmp_path: Path,
) -> None:
    unknown = replace(NOETHER.reports[0], attempt_sha256="")
    with Gradebook(tmp_path / "class.sqlite") as book:
        book.record_all([("a", unknown), ("b", unknown)])
        assert load_class(book, [LESSON]).notices == ()
        book.record_all([(x, replace(unknown, attempt_sha256="1")) for x in ("a", "b")])
        (said,) = load_class(book, [LESSON]).notices
    assert "the same file, byte for byte" in said


def test_whose_grading_cannot_be_read_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "class.sqlite"
    with Gradebook(path) as book:
        book.record_all([(one, NOETHER.reports[0]) for one in ("a", "b")])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE grading SET report = '{' WHERE learner = 'a'")
    db.close()
    with Gradebook(path) as book:
        first, second = load_class(book, [LESSON]).learners
    assert first.notes == (f"{LESSON}: its grading in the gradebook cannot be read.",)
    assert (first.reports, second.notes) == ((), ())


# Summary


def test_the_commonest_mistake_and_the_hardest_exercise_come_first() -> None:
    twice = replace(
        RESULT, learners=(*RESULT.learners, replace(NOETHER, learner=Learner("z")))
    )
    summary = summarise(twice)
    assert summary.mistakes[0].learners == ("noether", "z")
    assert summary.mistakes[0].people == "2 people, in 3e"
    assert summary.mistakes[0].name == "mean over everything"
    shares = [exercise.counts.share_passed for exercise in summary.exercises]
    assert shares == sorted(shares)


def test_what_nobody_tried_is_not_hard_and_what_broke_is_not_tried() -> None:
    by_tag = {exercise.tag: exercise for exercise in summarise(RESULT).exercises}
    counts = by_tag["3g"].counts
    assert (counts.tried, counts.passed, counts.total()) == (2, 1, 5)


def test_what_fails_because_of_another_exercise_is_not_hard_itself() -> None:
    learner = RESULT.learners[0]
    report = learner.reports[0]
    wrong = {
        "3d": Finding("4 of 4 values differ."),
        "3e": Finding("It comes from 3d.", causes=("3d",)),
        "3g": Finding("It comes from 3c, whose checks pass.", causes=("3c",)),
    }
    exercises = tuple(
        replace(x, outcome=Outcome.WRONG, finding=wrong[x.tag])
        if x.tag in wrong
        else replace(x, outcome=Outcome.PASSED, finding=None)
        for x in report.exercises
    )
    graded = replace(learner, reports=(replace(report, exercises=exercises),))
    found = summarise(ClassResult("", (graded,))).exercises
    assert [x.tag for x in found if x.counts.share_passed < 1] == ["3d", "3g"]


def test_a_file_that_cannot_be_loaded_says_nothing_of_its_exercises() -> None:
    broken = [x for x in RESULT.learners if x.reports and x.reports[0].problem]
    summary = summarise(ClassResult("", tuple(broken)))
    assert {x.counts.share_passed for x in summary.exercises} == {1}


def test_a_lesson_is_summed_up() -> None:
    lesson = summarise(RESULT).lessons[0]
    assert (lesson.graded, lesson.passed, lesson.median) == (5, 1, 25)
    assert lesson.bands == (2, 0, 0, 0, 2, 0, 0, 0, 0, 1)


def test_what_needs_a_person_is_listed() -> None:
    said = [f"{look.learner}: {look.sentence}" for look in summarise(RESULT).looks]
    assert "noether: Lesson 3 was handed in 2 h late." in said
    assert any("ran out of time at 3e" in line for line in said)
    assert any("the grader itself failed at 3g" in line for line in said)
    unloaded = "could not be loaded (line 12): The file is not Python"
    assert any(unloaded in line for line in said)


def test_what_is_late_is_data_in_every_table() -> None:
    (late,) = NOETHER.handed_in
    assert (late.is_late, late.late_by) == (True, 2.0)
    scores, exercises = export(RESULT, "csv")
    (row,) = [r for _, r in table(scores).iterrows() if r["learner"] == "noether"]
    assert row["lesson3 submitted"] == "2026-03-02T11:30:00+00:00"
    assert (row["lesson3 late"], row["lesson3 late_by"]) == ("yes", "2.0")
    assert row["lesson8 late"] == ""
    rows = table(exercises)
    mine = rows[(rows["learner"] == "noether") & (rows["lesson"] == LESSON)]
    assert set(mine["late"]) == {"yes"}
    assert set(mine["late_by"]) == {"2.0"}
    pages = {page.path: page.content.decode() for page in class_report(RESULT)}
    sentence = "Handed in: 2026-03-02 11:30 UTC, 2 hours late."
    assert sentence in pages["learners/noether.html"]
    assert f'<abbr title="{sentence}">late</abbr>' in pages["class.html"]


@pytest.mark.parametrize(
    ("late_s", "points", "off"),
    [
        (None, 100, 0),
        (900, 100, 0),
        (901, 100, 10),
        (86_400, 100, 10),
        (86_401, 100, 20),
        (3 * 86_400, 20, 20),
        (3 * 86_400 + 1, 100, 100),
    ],
)
def test_a_rule_takes_points_off_for_each_day(
    late_s: int | None, points: int, off: int
) -> None:
    rule = LateRule(grace_minutes=15, points_off_per_day=10, latest_days=3)
    assert rule.points_off(late_s, points) == off
    assert LateRule().points_off(late_s, points) == 0


def test_what_a_rule_takes_off_is_handed_over_and_the_report_stays() -> None:
    (late,) = NOETHER.handed_in
    costly = replace(NOETHER, handed_in=(replace(late, points_off=10),))
    result = replace(RESULT, learners=(costly,))
    before, after = NOETHER.award_of(LESSON), costly.award_of(LESSON)
    assert before is not None
    assert after == before - 10
    assert costly.report_of(LESSON) == NOETHER.report_of(LESSON)
    scores, _ = export(result, "csv")
    assert table(scores)["lesson3"][0] == str(after)
    assert table(scores)["lesson3 points_off"][0] == "10"
    assert costly.score == (NOETHER.score or 0) - 10
    rows = only("canvas", of_lesson(result, LESSON)).content.decode().splitlines()
    assert rows[-1].endswith(f",{after}")
