"""A file that Python cannot read: what can be graded is graded."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.classroom.export import feedback_zips, gradescope
from grader.classroom.records import Learner, LearnerResult, LessonColumn
from grader.classroom.report_pages import learner_page
from grader.classroom.summary import looks_of
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook
from grader.notebook.feedback import show_report
from grader.report import ExerciseResult, Outcome, Report
from grader.report.report_json import from_json, to_json
from grader.report.report_text import report_lines
from grader.report.sentences import not_run_lines
from grader.report.view import NextCommands
from grader.sandbox import WorkerFactory
from grader.web import drawing
from tests.support.grading import grade_attempt
from tests.support.notebooks import to_notebook
from tests.support.project import ROOT

COMMANDS = NextCommands("grade lesson3", "lesson3", is_notebook=True)
LESSON = catalog.find("lesson3", ROOT)
DEMO = "print(round(math.log(7)))"
# A cell of the learner's own, which is run when the page is graded.
SOLUTION = LESSON.solution.read_text(encoding="utf-8").replace(
    '# %% id="3c"\n', f'# %%\nfor _ in range(2):\n    {DEMO}\n\n\n# %% id="3c"\n'
)
LOSSES = "def losses(y, p):\n"
ENTRY = '    "loss of a doubled batch": "same",'


def graded(warm: WorkerFactory, *changes: tuple[str, str], **kwargs) -> Report:
    """The report of the solution with these texts exchanged."""
    source = SOLUTION
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    return grade_attempt(
        LESSON, Path("mine.py"), source=source.encode(), warm=warm, seed=3, **kwargs
    )


def outcomes(report: Report) -> dict[str, str]:
    return {e.tag: e.outcome.value for e in report.exercises if e.outcome != "passed"}


def result(report: Report, tag: str) -> ExerciseResult:
    return next(e for e in report.exercises if e.tag == tag)


def line_of(text: str) -> int:
    return SOLUTION[: SOLUTION.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("tag", "old", "new"),
    [
        ("3a", '    "loss row 1": 0.357,', '    "loss row 1": 0.357 0.4,'),
        ("3b", "def softmax_row(z):", "def softmax_row(z:"),
        ("3c", "def softmax(z):", 'def softmax(z):\n    """Half'),
        ("3f", "def test_soft_labels(loss):", "def test_it(loss):\n  x = 1\n \ty = 2"),
        ("3g", '    "why the mean": "a"', '    "why the mean": "a'),
    ],
    ids=["first", "bracket", "triple quote", "tab", "last"],
)
def test_the_other_exercises_are_graded(
    warm: WorkerFactory, tag: str, old: str, new: str
):
    report = graded(warm, (old, new))
    assert report.problem is None
    assert outcomes(report) == {tag: "raised"}
    assert report.score == 100 - result(report, tag).points
    (part,) = report.unread
    finding = result(report, tag).finding
    assert (part.exercise, part.error, part.line) == (
        tag,
        f"{finding.explanation} ({finding.error})",
        finding.line,
    )
    assert "Error: " in part.error
    assert finding.source
    assert not report.has_passed


def test_the_line_is_that_of_the_file(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, LOSSES.replace("):", "")))
    finding = result(report, "3d").finding
    assert finding.line == line_of(LOSSES)
    assert finding.column
    assert finding.source == "def losses(y, p"


@pytest.mark.parametrize(
    "below",
    [
        "    x = (1,\n",
        "return 3\n",
        "      x = 1\n",
        "    for x in y\n",
        '    x = """\n',
        "    x = 'a\n",
    ],
)
def test_what_needs_the_part_is_judged_with_the_lessons_own(
    warm: WorkerFactory, below: str
) -> None:
    report = graded(warm, (LOSSES, LOSSES + below))
    assert outcomes(report) == {"3d": "raised"}
    assert result(report, "3e").judged_with == ("3d",)
    assert result(report, "3e").remarks[0] == (
        "Judged with the lesson's own losses, because 3d isn't right yet."
    )


def test_a_name_that_is_not_typed_yet_is_the_lessons_own(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, "def"))
    assert outcomes(report) == {"3d": "raised"}
    assert result(report, "3e").judged_with == ("3d",)


def test_what_is_wrong_by_itself_is_named_although_a_part_is_left_out(
    warm: WorkerFactory,
) -> None:
    assert SOLUTION.count("losses(y, p).mean())") == 1
    wrong = ("losses(y, p).mean())", "losses(y, p).sum())")
    report = graded(warm, (LOSSES, LOSSES + "    x = (\n"), wrong)
    assert outcomes(report) == {"3d": "raised", "3e": "wrong"}
    (mistake,) = result(report, "3e").finding.mistakes
    assert "exactly 4 times too large" in mistake.sentence


def test_a_mistake_that_has_nothing_to_do_with_it_is_named(warm: WorkerFactory) -> None:
    right = "float(losses(y, p).mean())"
    wrong = "float(-(y * np.log(np.clip(p, 1e-7, 1))).mean())"
    report = graded(warm, ("def softmax(z):", "def softmax(z:"), (right, wrong))
    assert outcomes(report) == {"3c": "raised", "3e": "wrong"}
    (mistake,) = result(report, "3e").finding.mistakes
    assert "exactly 3 times too small" in mistake.sentence


def test_a_name_that_stands_nowhere_is_missing(warm: WorkerFactory) -> None:
    renamed = ("def cross_entropy(y, p):", "def crossed(y, p):")
    report = graded(warm, ("def softmax(z):", "def softmax(z:"), renamed)
    finding = result(report, "3e").finding
    assert finding.sentence.startswith("There is no cross_entropy in your file.")


def test_two_errors_are_told_and_the_rest_is_graded(warm: WorkerFactory) -> None:
    report = graded(
        warm,
        ("def softmax_row(z):", "def softmax_row(z:"),
        (LOSSES, "break\n" + LOSSES),
    )
    assert outcomes(report) == {"3b": "raised", "3d": "raised"}
    assert [part.exercise for part in report.unread] == ["3b", "3d"]
    assert "'break' outside loop" in report.unread[1].error
    text = "\n".join(report_lines(report))
    line = line_of("def softmax_row(z):")
    assert f"cannot read exercise 3b. The ( in line {line} is never closed." in text
    assert "The rest of the file was graded without them." in text


def test_a_line_of_text_without_its_sign_is_left_out(warm: WorkerFactory) -> None:
    change = ("# `1 - p` follows only", "`1 - p`")
    report = graded(warm, change)
    assert (report.score, report.has_passed, report.unread) == (100, True, ())
    (note,) = report.notes
    assert note.startswith("Left out, because it isn't Python: `1 - p` rule 1: it")
    assert f"(line {line_of(change[0])})" in note


@pytest.mark.parametrize(
    ("change", "skipped", "needed"),
    [
        (("PAPER_Y = np.eye(3)[[0", "PAPER_Y = np.eye 3)[[0"), "3f", "PAPER_Y"),
        (("PAPER_Z = np.log([[7", "PAPER_Z = np.log([7"), "", ""),
        ((DEMO, DEMO[:-1]), "", ""),
    ],
    ids=["value", "another value", "demo"],
)
def test_what_cannot_be_read_outside_of_the_exercises_costs_what_needs_it(
    warm: WorkerFactory, change: tuple[str, str], skipped: str, needed: str
) -> None:
    report = graded(warm, change)
    assert outcomes(report) == ({skipped: "skipped"} if skipped else {})
    lost = result(report, skipped).points if skipped else 0
    assert report.score == 100 - lost
    (part,) = report.unread
    assert (part.exercise, part.line) == ("", line_of(change[0]))
    assert not report.has_passed
    is_line = change[0] != DEMO  # the rest of the cell stands without it
    what = f"line {part.line}" if is_line else "a cell outside of the exercises"
    assert f"Python cannot read {what}. {part.error}" in report_lines(report)
    assert "The rest of the file was graded without it." in report_lines(report)
    if skipped:
        finding = result(report, skipped).finding
        assert finding.sentence == (
            f"This needs {needed}, which may come from line {part.line}. Python can't read that part of your file."
        )
        assert (finding.line, finding.needs) == (part.line, "")


def test_what_a_cell_outside_of_the_exercises_gives_is_not_missing(
    warm: WorkerFactory,
) -> None:
    helper = "# %%\ndef whole(y, p):\n    return losses(y, p.mean()\n\n\n"
    mark = '# %% id="3e"\n'
    asks = "float(losses(y, p).mean())"
    report = graded(warm, (mark, helper + mark), (asks, "float(whole(y, p))"))
    assert outcomes(report) == {"3e": "skipped"}
    assert result(report, "3e").finding.sentence.startswith("This needs whole, which")
    # What has nothing to do with it is wrong all the same, and is no point.
    wrong = ("ps = [e / s for e in es]", "ps = es")
    report = graded(warm, (mark, helper + mark), wrong)
    assert outcomes(report) == {"3b": "wrong"}
    assert report.score == 90


def test_a_value_that_such_a_cell_changes_is_not_held_against_what_uses_it(
    warm: WorkerFactory,
) -> None:
    cells = "# %%\nSCALE = 0.5\n\n# %%\nSCALE *= (2\n\n\n"
    mark, asks = '# %% id="3e"\n', "float(losses(y, p).mean())"
    report = graded(warm, (mark, cells + mark), (asks, f"SCALE * {asks}"))
    assert outcomes(report) == {"3e": "skipped"}
    assert result(report, "3e").finding.sentence.startswith("This needs SCALE, which")


def test_a_question_of_pythons_ends_as_one(warm: WorkerFactory) -> None:
    report = graded(warm, ('"loss row 1": 0.357,', '"loss row 1": 0.357 0.4,'))
    assert not_run_lines(report)[1].endswith(" Perhaps you forgot a comma?)")


@pytest.mark.parametrize(("pairs", "is_read"), [(5, True), (30, False)])
def test_cells_that_are_read_with_the_next_one_alone_are_not_accused(
    warm: WorkerFactory, pairs: int, is_read: bool
) -> None:
    source = SOLUTION.replace(DEMO, DEMO[:-1])
    source += "\n# %%\nif True:\n\n# %%\n    pass\n" * pairs
    report = grade_attempt(LESSON, Path("mine.py"), source=source.encode(), warm=warm)
    # So many are not tried one by one: it would take too long.
    assert (report.problem is None) == is_read
    assert [part.line for part in report.unread] == [line_of(DEMO)] * is_read


def test_a_page_with_nothing_but_such_a_cell_is_no_untouched_one(
    warm: WorkerFactory,
) -> None:
    page = LESSON.page.read_text(encoding="utf-8")
    source = f"{page}\n# %%\nx = (\n"
    report = grade_attempt(LESSON, Path("mine.py"), source=source.encode(), warm=warm)
    assert {e.outcome for e in report.exercises} <= {
        Outcome.NOT_ATTEMPTED, Outcome.SKIPPED,
    }  # fmt: skip
    assert (report.score, report.is_untouched) == (0, False)


def test_of_a_file_that_is_one_cell_the_line_alone_is_left_out(
    warm: WorkerFactory,
) -> None:
    source = "# %%\n" + SOLUTION.replace("# %%", "#") + "\nx = (\n"
    report = grade_attempt(LESSON, Path("mine.py"), source=source.encode(), warm=warm)
    assert (report.problem, report.score, report.has_passed) == (None, 100, False)
    (part,) = report.unread
    assert part.is_line
    line = source.count("\n")
    said = f"Python cannot read line {line}. The ( in line {line} is never closed."
    assert said in not_run_lines(report)[1]


def test_of_a_file_of_which_nothing_is_left_the_error_is_told(
    warm: WorkerFactory,
) -> None:
    for source in ("x = (\n", "1 / 0\n"):
        report = grade_attempt(
            LESSON, Path("mine.py"), source=source.encode(), warm=warm
        )
        assert "Error" in report.problem.sentence
        assert (report.score, report.is_whole) == (0, True)


@pytest.mark.parametrize("code", ["return 1", "x = ("])
def test_many_cells_that_cannot_be_read_are_a_file_that_cannot(
    warm: WorkerFactory, code: str
) -> None:
    source = SOLUTION + f"\n# %%\n{code}\n" * 25
    report = grade_attempt(LESSON, Path("mine.py"), source=source.encode(), warm=warm)
    assert "SyntaxError" in report.problem.sentence
    assert (report.score, report.unread) == (0, ())


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (("import math\n", "import math (\n"), {"3b": "skipped", "3f": "skipped"}),
        (("import math\n", "import math\nlosses(1, 2)\n(\n"), {}),
        (("# %% [markdown]\n# # Lesson 3", "x = (\n# %% [markdown]\n# # Lesson 3"), {}),
    ],
    ids=["import", "below an import", "above the first cell"],
)
def test_a_line_that_cannot_be_read_costs_no_more_than_what_needs_it(
    warm: WorkerFactory, change: tuple[str, str], lost: dict[str, str]
) -> None:
    report = graded(warm, change)
    assert (report.problem, outcomes(report)) == (None, lost)
    (part,) = report.unread
    assert part.is_line


@pytest.mark.parametrize(
    ("line", "below"),
    [
        ("x = (1,", "y = 2"),
        ("x = [", "3,"),
        ("def half(", "    return 2"),
        ("x = 1 +\\", "y z"),
        ('x = """', "y = 2"),
    ],
)
def test_a_line_that_the_next_one_may_go_on_with_is_left_out_with_its_cell(
    warm: WorkerFactory, line: str, below: str
) -> None:
    cell = f"# %%\nz = 1\n{line}\n{below}\n\n\n"
    mark = '# %% id="3e"\n'
    report = graded(warm, (mark, cell + mark))
    (part,) = report.unread
    assert (report.score, part.is_line) == (100, False)


def test_a_null_byte_is_a_problem_of_the_file(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, "x = 1\0\n" + LOSSES))
    assert "SyntaxError" in report.problem.sentence
    assert (report.score, report.unread) == (0, ())


@pytest.mark.parametrize("place", ["\n\n# %%\n", "\n"])
@pytest.mark.parametrize(
    ("second", "said"),
    [
        (
            "def softmax_row(z):\n    return z / sum(z\n",
            "A cell outside of the exercises may define softmax_row. Python cannot read ",
        ),
        (
            "softmax_row =\n",
            "Line {line} may define softmax_row. Python cannot read it",
        ),
    ],
)
def test_a_second_answer_that_cannot_be_read_is_not_passed_over(
    warm: WorkerFactory, place: str, second: str, said: str
) -> None:
    # In Python the last one counts, and nobody can say what it would answer.
    source = SOLUTION + place + second
    report = grade_attempt(
        LESSON, Path("mine.py"), source=source.encode(), warm=warm, seed=3
    )
    assert (report.problem, outcomes(report)) == (None, {"3b": "skipped"})
    line = source[: source.index(second)].count("\n") + 1
    sentence = result(report, "3b").finding.sentence
    assert sentence.startswith(said.format(line=line))
    assert sentence.endswith("so it was left out and this exercise wasn't graded.")


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("= {", "may define {}. Python cannot read it"),
        ("= 1 / 0", "defines {}. It fails"),
    ],
)
@pytest.mark.parametrize(
    ("tag", "name"), [("3a", "PAPER"), ("3g", "EXPLAIN"), ("3h", "PREDICT")]
)
def test_a_second_dict_of_answers_that_cannot_be_read_or_run_is_not_passed_over(
    warm: WorkerFactory, tag: str, name: str, second: str, said: str
) -> None:
    source = f"{SOLUTION}\n\n# %%\n{name} {second}\n"
    report = grade_attempt(
        LESSON, Path("mine.py"), source=source.encode(), warm=warm, seed=3
    )
    assert (report.problem, outcomes(report)) == (None, {tag: "skipped"})
    assert said.format(name) in result(report, tag).finding.sentence


def test_a_cell_with_two_answers_that_cannot_be_read_costs_both(
    warm: WorkerFactory,
) -> None:
    both = "def softmax(z):\n    return z\n\n\ndef losses(y, p:\n"
    report = graded(warm, (LOSSES, both))
    assert outcomes(report) == {"3c": "skipped", "3d": "raised"}


def test_of_null_bytes_it_is_asked_how_the_file_is_saved(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, "x = 1\0\n" + LOSSES))
    assert "cannot contain null bytes" in report.problem.sentence
    assert "Is the file saved in a different encoding?" in report.problem.sentence


def test_a_statement_that_needs_a_cell_left_out_is_left_out_with_it(
    warm: WorkerFactory,
) -> None:
    at_load = SOLUTION.index("# %%", SOLUTION.index("def cross_entropy"))
    source = SOLUTION[:at_load] + "# %%\nlosses(1, 2)\n\n" + SOLUTION[at_load:]
    source = source.replace(LOSSES, LOSSES + "    x = (\n")
    report = grade_attempt(
        LESSON, Path("mine.py"), source=source.encode(), warm=warm, seed=3
    )
    assert outcomes(report) == {"3d": "raised"}
    (statement,) = report.left_out
    assert statement.error == (
        "NameError: name 'losses' is not defined. Exercise 3d, which was left out, may "
        "define it."
    )


def test_an_exception_while_loading_is_no_part_that_cannot_be_read(
    warm: WorkerFactory,
) -> None:
    report = graded(warm, (LOSSES, 'eval("f(")\n' + LOSSES))
    assert (outcomes(report), report.unread) == ({"3d": "raised"}, ())
    assert "SyntaxError" in report.left_out[0].error


def test_a_mark_inside_of_a_text_accuses_nobody(warm: WorkerFactory) -> None:
    text = 'def softmax(z):\n    """Rows.\n\n# %% no mark\n    """'
    report = graded(warm, ("def softmax(z):", text), (LOSSES, LOSSES + "    x = (\n"))
    assert [part.exercise for part in report.unread] == ["3d"]
    assert result(report, "3c").outcome is Outcome.PASSED


def test_a_file_half_written_is_graded_as_far_as_it_goes(warm: WorkerFactory) -> None:
    source = SOLUTION[: SOLUTION.index(LOSSES) + 30]
    report = grade_attempt(
        LESSON, Path("mine.py"), source=source.encode(), warm=warm, seed=3
    )
    assert outcomes(report)["3d"] == "raised"
    assert report.score == 40
    assert outcomes(report)["3e"] == "not attempted"


def test_an_entry_in_the_part_of_another_exercise_is_not_said_to_be_open(
    warm: WorkerFactory,
) -> None:
    moved = f'{LOSSES}    x = (\nPREDICT["loss of a doubled batch"] = "same"\n'
    report = graded(warm, (ENTRY, ""), (LOSSES, moved))
    assert outcomes(report)["3h"] == "skipped"
    sentence = result(report, "3h").finding.sentence
    assert sentence.startswith('This needs PREDICT["loss of a doubled batch"], which')


def test_one_exercise_alone_passes_and_the_file_does_not(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, LOSSES + "    x = (\n"), exercise="3b")
    assert [e.outcome for e in report.exercises] == [Outcome.PASSED]
    assert [part.exercise for part in report.unread] == ["3d"]
    assert not report.has_passed


def test_a_notebooks_part_is_told_by_its_cell(warm: WorkerFactory) -> None:
    text = SOLUTION.replace(LOSSES, LOSSES + "    x = (\n")
    book = to_notebook(text)
    report = grade_attempt(
        LESSON, Path("mine.ipynb"), source=book.encode(), warm=warm, seed=3
    )
    assert outcomes(report) == {"3d": "raised"}
    (part,) = report.unread
    assert (part.cell is not None, part.line) == (True, 2)
    assert result(report, "3d").finding.cell == part.cell


@pytest.mark.parametrize(
    ("change", "goal"),
    [
        ((DEMO, DEMO[:-1]), "fix {}, run its cell, and"),
        ((ENTRY, ENTRY[:-1]), "change 3h ({}), run its cell, and"),
        ((LOSSES, LOSSES + "    x = (\n"), "change 3d ({}), run its cell, and"),
    ],
)
def test_in_a_notebook_the_next_step_is_the_cell_that_cannot_be_read(
    warm: WorkerFactory, change: tuple[str, str], goal: str
) -> None:
    book = to_notebook(SOLUTION.replace(*change))
    report = grade_attempt(
        LESSON, Path("mine.ipynb"), source=book.encode(), warm=warm, seed=3
    )
    (part,) = report.unread
    place = f"cell {part.cell}, line {part.line}"
    assert (
        f"Next: {goal.format(place)} grade again.  %grade"
        in show_report(report, COMMANDS).plain
    )


def test_a_report_keeps_it_as_json(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, LOSSES + "    x = (\n"))
    assert from_json(to_json(report)).unread == report.unread


def test_it_is_said_wherever_a_report_is_shown(warm: WorkerFactory) -> None:
    report = graded(warm, (LOSSES, LOSSES + "    x = (\n"))
    one = LearnerResult(Learner("ada", "Ada"), (report,))
    column = LessonColumn(report.lesson, report.title, report.points)
    shown = (
        "\n".join(report_lines(report)),
        feedback_zips.text(one, report),
        str(drawing.draw_report(report)),
        show_report(report, COMMANDS).html,
        show_report(report, COMMANDS).plain,
        str(learner_page(one, (column,), "A class", "")),
        gradescope.results_json(report).decode(),
    )
    for text in shown:
        line = line_of(LOSSES) + 1
        assert f"Python cannot read exercise 3d. The ( in line {line} is" in text
        assert "The rest of the file was graded without it." in text
    whose = "was graded without exercise 3d, line"
    assert any(whose in said for said in looks_of(report))


def test_it_is_no_graded_attempt_that_opens_a_solution(
    warm: WorkerFactory, tmp_path: Path
):
    unread = graded(warm, (LOSSES, LOSSES + "    x = (\n"))
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        book.record(unread)
        assert book.attempts_to_solution(LESSON.name, "3d") == 3
        assert book.attempts_to_solution(LESSON.name, "3b") == 0
