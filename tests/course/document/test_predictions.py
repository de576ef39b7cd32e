"""A wrong prediction is a guess: it isn't red, and the first one is remembered."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from grader.classroom.export.feedback_zips import text as feedback_text
from grader.classroom.export.gradescope import results_json
from grader.classroom.records import ClassResult, Learner, LearnerResult
from grader.classroom.report_pages import class_report
from grader.classroom.workshop.progress import RoomProgress
from grader.cli.render import grading
from grader.cli.render.screen import Screen
from grader.cli.render.watch_view import WatchBoard
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.learner.gradebook.rows import shorten
from grader.learner.session import LearnerSession
from grader.notebook.feedback import show_report
from grader.report import ExerciseResult, Outcome, Report
from grader.report.focus import find_focus
from grader.report.report_text import report_lines
from grader.report.view import NextCommands
from grader.sandbox import WorkerFactory
from grader.web import drawing
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import Toy

CHECKS = """
from grader.checks import exercise, expect, lesson

LESSON = lesson()
guess = exercise("G", prediction=True, hints="a")

@guess.check
def guessed_two(attempt):
    "You guessed the first and the second."
    for key, value in (("one", 1), ("two", 2)):
        expect(attempt.entry("G", key)).equals(value)

@guess.check
def guessed_three(attempt):
    "You guessed the third."
    expect(attempt.entry("G", "three")).equals(3)

claims = exercise("C", hints=("a", "b", "c"))

@claims.check
def knows_each(attempt):
    "Each claim is right."
    for key in "abc":
        expect(attempt.entry("C", key)).is_choice("up", of=("up", "down"))

@claims.check
def knows_the_number(attempt):
    "The number is right."
    expect(attempt.entry("C", "d")).equals(4)
"""
SOLVED = """# %% [markdown]
# ## 1a  Guess  (4 points)
# ## 1b  Claims  (4 points)
# %% id="1a"
# BEGIN SOLUTION
G = {"one": 1, "two": 2, "three": 3}
# END SOLUTION

# %% id="1b"
# BEGIN SOLUTION
C = {"a": "up", "b": "up", "c": "up", "d": 4}
# END SOLUTION
"""
RIGHT = '"one": 1, "two": 2, "three": 3'
WRONG = '"one": 1, "two": 7, "three": 8'
UP = '"a": "up", "b": "up", "c": "up", "d": 4'
FIRST = "In your first guess at 1a, {} of 3 claims {} right."
Grade = Callable[..., Report]


@pytest.fixture
def graded(toy: Toy, warm: WorkerFactory) -> Grade:
    """Return the grading of these two dicts."""
    toy.checks.write_text(CHECKS)
    (toy.root / "solutions" / "lesson1_toy.py").write_text(SOLVED)

    def grade(guess: str = RIGHT, claims: str = UP) -> Report:
        text = f'# %% id="1a"\nG = {{{guess}}}\n\n# %% id="1b"\nC = {{{claims}}}\n'
        found = catalog.find("lesson1", toy.root)
        return grade_attempt(
            found, Path("mine.py"), source=text.encode(), seed=3, warm=warm
        )

    return grade


def concluded(folder: Path, report: Report, root: Path) -> Report:
    """The grading as its learner sees it, recorded in the folder's gradebook."""
    lesson = catalog.find("lesson1", root)
    return LearnerSession.at(folder).conclude(report, lesson, b"", ".py").report


def shown(report: Report) -> str:
    return "\n".join(report_lines(report))


def test_a_wrong_guess_is_not_red_in_any_medium(graded: Grade) -> None:
    report = graded(WRONG)
    guess = report.exercises[0]
    assert (guess.outcome, guess.earned, guess.claims) == (Outcome.GUESSED, 1, (1, 3))
    assert {check.outcome for check in guess.checks} == {Outcome.GUESSED}
    file = io.StringIO()
    screen = Screen(console=Console(file=file, width=96, force_terminal=True))
    commands = NextCommands("grade lesson1", "lesson1")
    grading.draw(report, screen, commands)
    board = WatchBoard(screen, "mine.py", replace(commands, is_watching=True))
    board.show_verdict(report, find_focus(report.exercises))
    page = drawing.draw_exercise(guess) + drawing.draw_report(report)
    notebook = show_report(report, replace(commands, is_notebook=True))
    one = LearnerResult(Learner("ada", "Ada"), (report,))
    pages = [page.content.decode() for page in class_report(ClassResult("", (one,)))]
    everywhere = (file.getvalue(), page, notebook.html, notebook.plain, *pages)
    # A style sheet and a caption are about all outcomes.
    all_outcomes = re.compile(r"<style>.*?</style>|<caption>.*?</caption>", re.DOTALL)
    texts = [all_outcomes.sub("", one) for one in everywhere]
    for text in (*texts, results_json(report).decode()):
        assert "not right yet" in text
        assert "✗" not in text
        assert "wrong" not in text.replace("wrong answer", "")
        assert "\x1b[31m" not in text
        assert "\\u001b[31m" not in text
        assert 'class="k1"' not in text
    assert [sign for _, sign in drawing.find_marked_lines(guess)] == ["≈"]


def test_in_a_room_a_wrong_guess_is_in_progress_and_nobody_is_stuck(
    graded: Grade,
) -> None:
    progress = RoomProgress()
    for number in range(5):
        report = replace(graded(WRONG), attempt_sha256=f"{number}")
        progress.note_report("ada", "lesson1", report, 1.0, "1a")
    assert progress.at("ada", "lesson1", "1a").state == "working"
    assert progress.at("ada", "lesson1", "1a").tries == 5
    assert not progress.is_stuck("ada", "lesson1")


def result(tag: str, outcome: Outcome) -> ExerciseResult:
    return ExerciseResult(tag, f"Title of {tag}", 5, outcome, ())


def after(*gradings: dict[str, Outcome]) -> tuple[str, bool]:
    """Where a learner is after these gradings, and whether it is shown in full."""
    reports = [
        Report(
            "lesson1", "T", "a.py", "00", 1, tuple(result(*x) for x in one.items()),
            cells={tag: f"{outcome} {tag}" for tag, outcome in one.items()},
        )
        for one in gradings
    ]  # fmt: skip
    focus = find_focus(reports[-1].exercises, reports[::-1])
    return focus.tag, focus.is_in_full


def test_a_wrong_guess_is_shown_only_when_its_cell_has_changed() -> None:
    right, wrong, guess, left = (
        Outcome.PASSED,
        Outcome.WRONG,
        Outcome.GUESSED,
        Outcome.NOT_ATTEMPTED,
    )
    one = {"1a": guess, "1b": left, "1c": left}
    assert after(one) == ("1a", True)
    assert after(one, one) == ("1a", True)
    assert after(one, one | {"1b": right}) == ("1c", False)
    assert after(one, one | {"1b": wrong}) == ("1b", True)
    assert after(one | {"1a": left}, one) == ("1a", True)
    assert after({"1a": guess, "1b": wrong}) == ("1b", True)
    assert after({"1a": guess, "1b": left}, {"1a": guess, "1b": right}) == ("1a", True)


def test_the_end_of_a_lesson_says_how_many_first_guesses_were_right(
    graded: Grade, toy: Toy, tmp_path: Path
) -> None:
    right = graded()
    for number, guess in enumerate((RIGHT, RIGHT.replace("3", "8"), WRONG)):
        folder = tmp_path / f"own {number}"
        assert "first guess" not in shown(
            concluded(folder, graded(guess, ""), toy.root)
        )
        assert "first guess" not in shown(
            concluded(folder, graded(WRONG.replace("8", "9"), ""), toy.root)
        )
        done = concluded(folder, right, toy.root)
        words = FIRST.format(3 - number, "was" if number == 2 else "were")
        assert done.when_complete == (words,)
        drawn = (
            drawing.draw_report(done, drawing.LessonEnd(1, can_do=("do it",))),
            show_report(done, NextCommands("grade", "lesson1", is_notebook=True)).plain,
        )
        assert all(words in one for one in drawn)
    assert graded(claims="").when_complete == ()


def test_a_guess_with_a_blank_is_not_complete(
    graded: Grade, toy: Toy, tmp_path: Path
) -> None:
    for blank in (
        '"one": 1, "two": 2, "three": ...',
        '"one": 9, "two": ..., "three": 3',
    ):
        assert graded(blank).exercises[0].claims == (0, 0)
    for guess in (blank, WRONG):
        concluded(tmp_path, graded(guess), toy.root)
    done = concluded(tmp_path, graded(), toy.root)
    assert done.when_complete == (FIRST.format(1, "was"),)


def test_a_class_and_old_gradings_leave_the_first_guess_alone(
    graded: Grade, toy: Toy, tmp_path: Path
) -> None:
    wrong, right = graded(WRONG), graded()
    book = Gradebook(gradebook_path(tmp_path))
    with book:
        book.record(replace(right, is_of_class=True))
        book.record(shorten(wrong))
        book.record(replace(right, is_of_class=True))
    assert concluded(tmp_path, right, toy.root).when_complete == (
        FIRST.format(1, "was"),
    )
    old = tmp_path / "old"
    uncounted = replace(wrong.exercises[0], outcome=Outcome.WRONG, claims=(0, 0))
    with Gradebook(gradebook_path(old)) as book:
        book.record(replace(wrong, exercises=(uncounted, *wrong.exercises[1:])))
    assert concluded(old, right, toy.root).when_complete == ()


def test_a_shortened_grading_keeps_its_points(graded: Grade) -> None:
    report = graded(WRONG)
    assert shorten(report).score == report.score == 5


def test_of_choices_between_two_only_the_count_is_shown_until_the_third_text(
    graded: Grade, toy: Toy, tmp_path: Path
) -> None:
    texts = [
        UP.replace('"b": "up"', f'"b": "down"{space}') for space in ("", " ", "  ")
    ]
    reports = [graded(claims=text) for text in texts]
    line = reports[0].exercises[0 + 1].entries[0].line
    again = [concluded(tmp_path, one, toy.root) for one in (reports[0], *reports)]
    for held in again[:3]:
        claims = held.exercises[1]
        assert "2 of 3 choices between two are right." in shown(held)
        assert "Each claim is right" not in drawing.draw_exercise(claims)
        assert (claims.checks, drawing.find_marked_lines(claims)) == ((), [(line, "✓")])
    named = again[3]
    assert "b: This is not the expected value." in shown(named)
    assert (line, "✗") in drawing.find_marked_lines(named.exercises[1])


def test_where_another_entry_is_wrong_the_choices_are_counted_beside_it(
    graded: Grade,
) -> None:
    report = graded(claims=UP.replace('"up", "d": 4', '"down", "d": 5'))
    one = LearnerResult(Learner("ada", "Ada"), (report,))
    page = class_report(ClassResult("", (one,)))[1].content.decode()
    for words in (page, results_json(report).decode(), feedback_text(one, report)):
        assert "2 of 3 choices between two are right." in words
        assert "Also wrong: d (line 5)." in words
        assert "Each claim is right" not in words
