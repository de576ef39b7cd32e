"""What is drawn is exact, and nothing that a learner wrote can imitate it."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.checks import Alternative
from grader.classroom import class_view
from grader.classroom.class_grading import Tally
from grader.cli.doctor import Condition
from grader.cli.render import grading, learner_view, page_view
from grader.cli.render.grading import SolvedExercise
from grader.cli.render.training import TrainingBar
from grader.common.sanitize import strip_controls, to_ascii
from grader.course.document import catalog
from grader.course.document.cells import Cell, Document
from grader.learner.gradebook import GradingRow, HintStep, LessonStanding, NamedMistake
from grader.learner.session import open_hints
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    Mistake,
    Outcome,
    Picture,
    Report,
    UnreadPart,
)
from grader.report.focus import Focus
from grader.report.view import NextCommands
from grader.sandbox.isolation.policy import Isolation
from tests.support.screens import screen_on, written

WAYS = NextCommands("grade lesson3", "lesson3", "start lesson4")
SENTENCE = "The loss of the paper batch is 1.184675 nats."
FINDING = Finding(
    "The value differs.",
    call="cross_entropy(y, p)",
    expected="1.184675",
    got="0.394892",
    mistakes=(Mistake("mean_over_everything", "Exactly 3 times too small."),),
)


class AsciiFile(io.StringIO):
    encoding = "ascii"  # type: ignore[assignment]


def exercise(
    tag: str, outcome: Outcome, finding: Finding | None = None
) -> ExerciseResult:
    checks = (CheckResult("a_check", SENTENCE, outcome, finding),)
    return ExerciseResult(tag, f"Title of {tag}", 10, outcome, checks, finding)


def report_of(*exercises: ExerciseResult, **more: object) -> Report:
    report = Report(
        lesson="lesson3_cross_entropy",
        title="Cross-entropy by hand",
        attempt="attempts/lesson3_cross_entropy.py",
        attempt_sha256="ab",
        seed=7,
        exercises=exercises,
        isolation=(Isolation.LANDLOCK, Isolation.BUBBLEWRAP),
        wall_s=0.42,
    )
    return replace(report, **more)  # type: ignore[arg-type]


WRONG = report_of(
    exercise("3a", Outcome.PASSED), exercise("3e", Outcome.WRONG, FINDING)
)


def drawn(report: Report, width: int = 60, **options: object) -> str:
    screen = screen_on(width, **options)
    grading.draw(report, screen, WAYS)
    return written(screen)


def test_a_wrong_attempt_is_drawn_exactly() -> None:
    assert (
        drawn(WRONG)
        == """
Lesson 3  Cross-entropy by hand
████████████████████░░░░░░░░░░░░░░░░░░░░  10 of 20
attempts/lesson3_cross_entropy.py

✓ 3a  Title of 3a                   passed          10 of 10
✗ 3e  Title of 3e                   wrong            0 of 10

╭─ ✗ 3e  Title of 3e  wrong ───────────────────────────────╮
│                                                          │
│  → Exactly 3 times too small.                            │
│                                                          │
│  The value differs.                                      │
│  What was checked: The loss of the paper batch is        │
│  1.184675 nats.                                          │
│                                                          │
│  expected   1.184675                                     │
│  got        0.394892                                     │
│  called     cross_entropy(y, p)                          │
│                                                          │
╰──────────────────────────────────────────────────────────╯

Next: change attempts/lesson3_cross_entropy.py, save, and
grade again.
  uv run invoke grade lesson3
Stuck? There are hints.
  uv run invoke hint 3e

0.4 s. To repeat with the same inputs: --seed 7"""
    )


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = drawn(WRONG, width).splitlines()
    too_long = [x for x in lines if len(x) > width and "uv run" not in x]
    assert too_long == []


def test_in_ascii_everything_is_still_said() -> None:
    text = drawn(WRONG, file=AsciiFile())
    assert text.isascii()
    for words in ("x 3e", "wrong", "-> Exactly 3 times", "###", "+--", "10 of 20"):
        assert words in text


def test_a_pipe_and_no_color_get_no_escape_codes() -> None:
    assert "\x1b" not in drawn(WRONG)
    text = drawn(WRONG, force_terminal=True, no_color=True)
    assert "\x1b[3" not in text


def test_below_the_only_message_each_other_wrong_exercise_has_a_line() -> None:
    at_once = Mistake("3f.x", "It is negative.", is_cure_held_back=True)
    again = Mistake("3i.x", "It is too long.", cure="Shorten it.")
    others = (
        exercise("3f", Outcome.WRONG, replace(FINDING, mistakes=(at_once,))),
        exercise("3g", Outcome.RAISED, Finding("NameError: y is not defined.")),
        exercise("3h", Outcome.NOT_ATTEMPTED, Finding("It is empty.")),
        exercise("3i", Outcome.WRONG, replace(FINDING, mistakes=(again,))),
    )
    text = drawn(report_of(*WRONG.exercises, *others))
    assert text.count("expected   1.184675") == 1
    assert (
        """
Also not right yet:
✗ 3f  It is negative.
✗ 3g  NameError: y is not defined.
✗ 3i  It is too long. Shorten it.
To see only one of them:
  uv run invoke grade 3f
"""
        in text
    )
    assert "It is empty." not in text


def test_the_exercise_in_focus_is_the_one_in_full() -> None:
    other = exercise("3f", Outcome.WRONG, Finding("It is negative."))
    report, screen = report_of(*WRONG.exercises, other), screen_on()
    focus = Focus(
        other, is_in_full=True, became_right=("3a",), became_wrong=("3e", "3f")
    )
    grading.draw(report, screen, WAYS, focus=focus)
    text = written(screen)
    assert "3a is right now; 3e and 3f are no longer right." in text
    assert "╭─ ✗ 3f  Title of 3f" in text
    assert "✗ 3e  Exactly 3 times too small." in text
    assert "hint 3f" in text


def test_an_exercise_that_nobody_came_to_has_a_line_and_no_panel() -> None:
    empty = Finding("Nothing is there yet.")
    text = drawn(report_of(exercise("3a", Outcome.NOT_ATTEMPTED, empty)))
    assert "○ 3a  Nothing is there yet." in text
    assert "╭" not in text
    assert "read 3a" in text


def test_when_all_is_right_the_next_lesson_is_named() -> None:
    text = drawn(report_of(exercise("3a", Outcome.PASSED)))
    assert "Every exercise of this lesson is right." in text
    assert "uv run invoke start lesson4" in text


def test_a_whole_lesson_that_is_right_says_what_one_can_do_now() -> None:
    screen = screen_on()
    can_do = ("turn logits into probabilities", "write tests")
    ways = replace(WAYS, title="lesson 4, Derive it", can_do=can_do)
    report = report_of(exercise("3a", Outcome.PASSED))
    grading.draw(report, screen, ways, (success("3a", 1, WAY),))
    told = (
        written(screen).partition("passed          10 of 10\n")[2].rpartition("\n\n")[0]
    )
    assert (
        told
        == """
What was checked, and other ways to write it:
  uv run invoke grade lesson3 --more

Every exercise of this lesson is right. You can now
  - turn logits into probabilities
  - write tests
Next: lesson 4, Derive it
  uv run invoke start lesson4"""
    )


def test_one_exercise_alone_is_not_the_whole_lesson() -> None:
    text = drawn(report_of(exercise("3a", Outcome.PASSED), partial="3a"))
    assert "Exercise 3a is right." in text
    assert "exercise 3a only" in text


def success(tag: str, claims: int, way: Alternative | None = None) -> SolvedExercise:
    checks = tuple(
        CheckResult(f"c{i}", f"Claim {i} of {tag}.", Outcome.PASSED)
        for i in range(1, claims + 1)
    )
    return SolvedExercise(ExerciseResult(tag, "", 10, Outcome.PASSED, checks), way)


WAY = Alternative("def softmax(z):\n    return z", "It is short. The price: all.")


def told(*successes: SolvedExercise, in_full: bool = False, ways=WAYS) -> str:
    screen = screen_on()
    grading.draw(WRONG, screen, ways, successes, in_full)
    return written(screen).partition("\n\n╭")[0].partition(" 0 of 10\n")[2]


def test_what_has_become_right_is_told_in_short() -> None:
    assert (
        told(success("3a", 1), success("3b", 5, WAY))
        == """
What was checked in 3b:
  ✓ Claim 1 of 3b.
  ✓ Claim 2 of 3b.
  ✓ Claim 3 of 3b.
2 more claims and another way to write it:
  uv run invoke grade 3b --more"""
    )


def test_a_success_of_which_all_is_told_names_no_way_to_more() -> None:
    assert "--more" not in told(success("3a", 3))
    assert "1 more claim:" in told(success("3a", 4))
    watching = replace(WAYS, is_watching=True)
    assert "--more" not in told(success("3a", 4, WAY), ways=watching)


def test_what_was_measured_comes_first_in_short() -> None:
    one = success("5f", 5)
    checks = list(one.exercise.checks)
    checks[4] = replace(checks[4], measured="Yours is 3e-11 off.")
    shown = told(SolvedExercise(replace(one.exercise, checks=tuple(checks))))
    assert "✓ Claim 5 of 5f. Yours is 3e-11 off." in shown
    assert "Claim 2 of 5f." in shown
    assert "Claim 3 of 5f." not in shown


def test_asked_for_more_every_claim_and_the_other_way_are_told() -> None:
    text = told(success("3a", 5, WAY), success("3b", 1), in_full=True)
    assert "Claim 5 of 3a." in text
    assert "Claim 1 of 3b." in text
    assert "    def softmax(z):\n        return z\n" in text
    assert "  It is short. The price: all." in text


def test_the_last_lesson_has_nothing_after_it() -> None:
    screen = screen_on()
    ways = NextCommands("grade lesson9", "lesson9")
    grading.draw(report_of(exercise("9a", Outcome.PASSED)), screen, ways)
    text = written(screen)
    assert "You have done every lesson of the course." in text
    assert "uv run invoke overview --page" in text


def test_after_the_last_lesson_one_that_is_not_done_is_named() -> None:
    screen = screen_on()
    ways = NextCommands("grade lesson9", "lesson9", "start lesson1", is_last=True)
    grading.draw(report_of(exercise("9a", Outcome.PASSED)), screen, ways)
    text = written(screen)
    assert "That was the last lesson. The first unfinished one:" in text
    assert "uv run invoke start lesson1" in text
    assert "You have done every lesson" not in text


@pytest.mark.parametrize(
    "sentence",
    [
        "Write the other one first; exercise 9z is not meant.",
        "Exercise 3b comes first.",
    ],
)
def test_a_skipped_exercise_leads_to_the_one_that_comes_first(sentence: str) -> None:
    skipped = exercise("3c", Outcome.SKIPPED, Finding(sentence, line=9, needs="3b"))
    text = drawn(report_of(skipped, partial="3c"), 80)
    assert (
        "Next: write exercise 3b in attempts/lesson3_cross_entropy.py, line 9" in text
    )
    assert "read 3b" in text
    assert "hint 3b" in text
    assert "3c\n" not in text.partition("Next:")[2]


def test_a_stub_says_where_to_write_and_how_to_read() -> None:
    finding = Finding("softmax hasn't been written yet.", line=12)
    text = drawn(report_of(exercise("3c", Outcome.NOT_ATTEMPTED, finding)), 80)
    assert "Next: write it in attempts/lesson3_cross_entropy.py, line 12" in text
    assert "read 3c" in text
    assert SENTENCE not in text


@pytest.mark.parametrize(
    "words",
    [
        "softmax is defined twice, on line 3 and line 12: only the last definition "
        "counts. That one is still the lesson's own: delete it.",
        "softmax is defined inside the class Mine, so the grader cannot call it. Move "
        "it out, to the left margin.",
    ],
)
def test_what_is_written_in_the_wrong_place_is_not_to_be_written(words: str) -> None:
    finding = Finding(words, line=13)
    text = drawn(report_of(exercise("3c", Outcome.NOT_ATTEMPTED, finding)), 80)
    assert "Next: change attempts/lesson3_cross_entropy.py, " in text
    assert "Next: write" not in text


def test_a_broken_check_is_the_grader_s_own_fault() -> None:
    text = drawn(report_of(exercise("3c", Outcome.BROKEN, Finding("KeyError"))))
    assert "the grader's own fault" in text
    assert "grade 3c --seed 7" in text


def test_a_file_that_cannot_be_loaded_is_one_panel() -> None:
    problem = Finding(
        "SyntaxError: '(' was never closed", call="x.py", line=3, source="f("
    )
    lost = ExerciseResult("3a", "Title", 10, Outcome.RAISED, ())
    text = drawn(report_of(lost, problem=problem))
    # Of an exercise it would be "raised".
    assert "Your file could not be loaded ─" in text
    assert "0 of 10" in text
    assert "3a" not in text
    assert "line 3     f(" in text
    assert "called" not in text
    assert "hint" not in text


@pytest.mark.parametrize(
    ("last", "step"),
    [
        (exercise("3g", Outcome.PASSED), "Next: fix "),
        (exercise("3g", Outcome.SKIPPED, Finding("", line=41)), "Next: change "),
    ],
    ids=["all right", "one needs it"],
)
def test_a_cell_outside_of_the_exercises_that_cannot_be_read_is_the_next_step(
    last: ExerciseResult, step: str
) -> None:
    part = UnreadPart("", "SyntaxError: invalid syntax", 41)
    report = report_of(exercise("3a", Outcome.PASSED), last, unread=(part,))
    text = " ".join(drawn(report).split())
    said = "Python cannot read a cell outside of the exercises, line 41: SyntaxError:"
    assert said in text
    assert f"{step}{report.attempt}, line 41, save, and grade again." in text
    assert "start lesson4" not in text


def test_a_syntax_error_has_a_caret_below_its_column() -> None:
    problem = Finding("SyntaxError: x", column=9, line=3, source="    f(a b)")
    lost = ExerciseResult("3a", "Title", 10, Outcome.RAISED, ())
    text = drawn(report_of(lost, problem=problem))
    assert "│  line 3     f(a b)" in text
    assert "│                 ^ " in text
    assert "column" not in text


def test_a_line_is_the_next_step_only_if_the_explanation_is_not_about_others() -> None:
    error = "TypeError: 'int' object is not callable"
    advice = "Line 2 defines f, but line 5 gives the name another value (f = 1)."
    finding = Finding(f"{error}. {advice}", error=error, line=9, source="f(x)")
    report = report_of(exercise("3c", Outcome.RAISED, finding))
    assert f"Next: change {report.attempt}, save," in drawn(report, 96)
    near = replace(finding, sentence=f"{error}. {advice} Line 9 calls it.")
    report = report_of(exercise("3c", Outcome.RAISED, near))
    assert f"Next: change {report.attempt}, line 9, save," in drawn(report, 96)


def test_a_line_that_python_names_may_be_the_one_to_change() -> None:
    words = "SyntaxError: '}' does not match opening parenthesis '(' on line 69"
    lost = ExerciseResult("3a", "Title", 10, Outcome.RAISED, ())
    text = drawn(report_of(lost, problem=Finding(words, line=73, source="}")))
    assert "lesson3_cross_entropy.py, line 69 or 73," in text.replace("\n", " ")


def test_mistakes_that_no_input_tells_apart_are_told_together() -> None:
    both = replace(
        FINDING, mistakes=(Mistake("a", "First one."), Mistake("b", "Second."))
    )
    text = drawn(report_of(exercise("3e", Outcome.WRONG, both)))
    assert "One of these mistakes; each gives exactly your answer:" in text
    assert "→ First one." in text
    assert "→ Second." in text


def test_a_trace_is_shown_when_it_says_more_than_one_line() -> None:
    one = replace(FINDING, trace="line 3, in f\n  g()\n")
    two = replace(FINDING, trace="line 3, in f\n  g()\nline 7, in g\n  1 / 0\n")
    assert "in f" not in drawn(report_of(exercise("3e", Outcome.RAISED, one)))
    assert "line 7, in g" in drawn(report_of(exercise("3e", Outcome.RAISED, two)))


def test_a_remark_is_said_although_all_is_right() -> None:
    passed = replace(
        exercise("3a", Outcome.PASSED), remarks=("There is a shorter way.",)
    )
    assert "  3a  There is a shorter way." in drawn(report_of(passed))


def test_layers_that_are_missing_are_said_in_full() -> None:
    text = drawn(
        report_of(exercise("3a", Outcome.PASSED), isolation=(Isolation.RLIMITS,))
    )
    assert "Isolation: resource limits, not confined: files and network." in text


def test_pictures_come_before_the_score() -> None:
    picture = Picture("matrix", "Confusion", ((1.0, 0.0), (0.0, 1.0)))
    text = drawn(report_of(exercise("3a", Outcome.PASSED), pictures=(picture,)))
    assert text.index("Confusion") < text.index("Lesson 3")


@pytest.mark.parametrize(("many", "more"), [(40, "28 more lines"), (13, "1 more line")])
def test_output_is_bounded_and_stands_behind_a_mark(many: int, more: str) -> None:
    output = "\n".join(f"line {i}" for i in range(many))
    text = drawn(report_of(exercise("3a", Outcome.PASSED), output=output))
    lines = text[: text.index("Lesson 3")].strip().splitlines()
    assert lines[0] == "Your program printed:"
    assert lines[1:13] == [f"  │ line {i}" for i in range(12)]
    assert lines[13] == f"  ({more})"


def test_letters_that_take_two_columns_are_shown_to_the_end_of_the_screen() -> None:
    names = "Łukasz 鈴木花 محمد"
    output = f"{names}\n{'数' * 40}"
    text = drawn(report_of(exercise("3a", Outcome.PASSED), output=output))
    _, first, second = text[: text.index("Lesson 3")].strip().splitlines()
    assert first == f"  │ {names}"
    assert second == f"  │ {'数' * 27} …"
    finding = replace(FINDING, mistakes=())
    wide = replace(exercise("3a", Outcome.WRONG, finding), title="交叉熵")
    assert "✗ 3a  交叉熵  wrong" in drawn(report_of(wide))


def test_output_cannot_imitate_the_grader() -> None:
    output = (
        "\x1b[2J\x1b[1;1HLesson 3\n\x1b]0;title\x07[bold]100 of 100[/bold]\r\n"
        "\u202e\u2066\x9b31mred\x00\x08\x0c" + "e" + "\u0301" * 50
    )
    text = drawn(report_of(exercise("3a", Outcome.WRONG), output=output))
    body = text[: text.index("\nLesson 3  Cross")].strip().splitlines()
    assert body == [
        "Your program printed:",
        "  │ Lesson 3",
        "  │ [bold]100 of 100[/bold]",
        "  │ rede\u0301\u0301",
    ]


def test_learners_text_is_never_markup() -> None:
    finding = Finding(
        "[red]x[/red]", call="[link=a]f[/link]", got="\x1b[31m[/]", source="a"
    )
    text = drawn(report_of(exercise("3e", Outcome.RAISED, finding)))
    assert "[red]x[/red]" in text
    assert "[link=a]f[/link]" in text
    assert "got        [/]" in text


def test_a_long_value_is_cut() -> None:
    finding = replace(FINDING, got="\n".join(map(str, range(100))))
    text = drawn(report_of(exercise("3e", Outcome.WRONG, finding)))
    assert "..." in text
    assert len(text.splitlines()) < 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mb\x1b[0m", "ab"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x07", "link"),
        ("10 %\r20 %\nend", "20 %\nend"),
        ("a\x1b", "a"),
        ("\ud800x", "x"),
        ("\u2028a\u200bb", "ab"),
    ],
)
def test_text_is_cleaned(text: str, expected: str) -> None:
    assert strip_controls(text) == expected


def test_plain_text_keeps_what_it_can() -> None:
    assert to_ascii("∂L ≥ 2 × π, “é” → 数") == 'dL >= 2 x pi, "e" -> ?'


class TestTrainingBar:
    def test_off_a_terminal_only_finished_epochs_are_written(self) -> None:
        screen = screen_on()
        with TrainingBar(screen, "Grading ...") as bar:
            for step in (1, 200, 469):
                bar.update(progress_at(step))
        assert written(screen) == "epoch 1 of 5  loss 0.2500  accuracy 0.9000"

    def test_an_epoch_with_many_measures_stays_on_one_line_of_80(self) -> None:
        names = ("accuracy", "val_accuracy", "val_loss")
        screen = screen_on(80)
        with TrainingBar(screen) as bar:
            bar.update({**progress_at(469), **dict.fromkeys(names, 0.2), "epochs": 20})
        assert written(screen) == (
            "1/20  loss 0.2500  accuracy 0.2000  val_accuracy 0.2000  val_loss 0.2000"
        )

    def test_where_it_is_narrower_what_is_held_back_stands_beside_its_measure(
        self,
    ) -> None:
        held = {"val_accuracy": 0.9, "val_loss": 0.3}
        told = {**progress_at(469), **held, "epoch": 12, "epochs": 20}
        shown = {}
        for width in (60, 40):
            screen = screen_on(width)
            with TrainingBar(screen) as bar:
                bar.update(told)
            shown[width] = written(screen).splitlines()
        loss, accuracy = "loss 0.2500, val 0.3000", "accuracy 0.9000, val 0.9000"
        assert shown == {
            60: [f"12/20  {loss}  {accuracy}"],
            40: [f"12/20  {loss}", f"       {accuracy}"],
        }

    def test_on_a_terminal_the_line_lives_and_is_erased(self) -> None:
        screen = screen_on(force_terminal=True, color_system=None)
        with TrainingBar(screen, "Grading ...") as bar:
            bar.update(progress_at(100))
        text = screen.console.file.getvalue()  # type: ignore[attr-defined]
        assert "epoch 1 of 5" in text
        assert text.endswith("\r\x1b[2K")

    def test_epochs_without_batches_fill_the_bar_and_leave_no_line(self) -> None:
        told = {"epoch": 5, "epochs": 20, "loss": 0.25}
        screen = screen_on()
        with TrainingBar(screen) as bar:
            bar.update(told)
            bar.update({**told, "epoch": 20})
        assert written(screen) == ""
        screen = screen_on(force_terminal=True, color_system=None)
        with TrainingBar(screen) as bar:
            bar.update(told)
        text = screen.console.file.getvalue()  # type: ignore[attr-defined]
        assert f"epoch 5 of 20  {'█' * 5}{'░' * 15}  loss 0.2500" in text

    def test_strange_numbers_do_no_harm(self) -> None:
        screen = screen_on(force_terminal=True)
        with TrainingBar(screen) as bar:
            bar.update(
                {"epoch": float("nan"), "step": -3, "steps": 10**400, "loss": "x"}
            )
            bar.update({"\x1b[2J" * 50: 1.0, "epoch": 10**30})
        assert "\x1b[2J" not in screen.console.file.getvalue()  # type: ignore[attr-defined]


def progress_at(step: int) -> dict[str, float]:
    return {
        "epoch": 1,
        "epochs": 5,
        "step": step,
        "steps": 469,
        "accuracy": 0.9,
        "loss": 0.25,
    }


def lesson_named(number: int, title: str) -> catalog.Lesson:
    name, nowhere = f"lesson{number}_x", Path("nowhere")
    return catalog.Lesson(name, number, title, nowhere, nowhere, nowhere, nowhere)


LESSONS = [
    lesson_named(1, "Meet the arrays"),
    lesson_named(2, "Prepare the data"),
    lesson_named(3, "Long " * 20),
]


def test_the_overview_has_one_next_step() -> None:
    screen = screen_on()
    standings = {
        "lesson1_x": LessonStanding("lesson1_x", 2, 100, 100, 100, True, ""),
        "lesson2_x": LessonStanding("lesson2_x", 1, 55, 55, 100, False, ""),
    }
    title = "Cross-entropy, by hand and with Keras"
    onward = learner_view.NextInCourse("grade lesson2", "2c  The third one")
    learner_view.draw_overview(LESSONS, standings, ["lesson1_x"], onward, title, screen)
    assert (
        written(screen)
        == """
Cross-entropy, by hand and with Keras

 1  Meet the arrays                 ████████████  done
 2  Prepare the data                ██████░░░░░░  55 of 100
 3  Long Long Long Long Long Long…  ░░░░░░░░░░░░  not begun

Next: 2c  The third one
  uv run invoke grade lesson2"""
    )


@pytest.mark.parametrize(
    ("full", "known", "has", "were"), [(1, 1, "has", "was"), (2, 0, "have", "were")]
)
def test_a_class_is_counted_in_words_that_fit_one(
    full: int, known: int, has: str, were: str
) -> None:
    tally = Tally(graded=3, known=known)
    tally.scores["lesson3"] = Counter({100: full, 40: 3 - full})
    screen = screen_on(80)
    class_view.draw_tally(tally, 60.0, screen)
    text = written(screen)
    assert f"3 graded in 60.0 s, 3 a minute; {known} {were} known already." in text
    assert f"lesson3  3 graded, {full} {has} 100\n" in text


def test_a_hint_says_when_the_next_one_opens() -> None:
    screen = screen_on()
    opened = open_hints("3e", ("one", "two", "three"), HintStep(1, True, True))
    learner_view.draw_hints(opened, LESSONS[0], screen)
    assert written(screen).splitlines()[1:] == [
        "3e  hint 1 of 3",
        "    one",
        "",
        "The next hint opens after one more graded attempt at this",
        "exercise; the same text again is the same attempt.",
        "  uv run invoke grade lesson1",
    ]


def test_a_command_and_a_solution_are_never_broken_nor_cut() -> None:
    for options in ({}, {"force_terminal": True, "color_system": "standard"}):
        screen = screen_on(40, **options)
        long = "grade lesson3 --attempt " + "a/" * 40
        screen.print(screen.command(long))
        learner_view.draw_solution('    """' + "word " * 16 + '"""', screen)
        lines = re.sub(r"\x1b\[[\d;]*m", "", written(screen)).splitlines()
        assert [len(line) for line in lines] == [len(f"  uv run invoke {long}"), 90]


def test_the_last_hint_leads_to_the_solution() -> None:
    screen = screen_on()
    opened = open_hints("3e", ("one", "two", "three"), HintStep(3, True, False))
    learner_view.draw_hints(opened, LESSONS[0], screen)
    assert "3e  hint 3 of 3\n    three" in written(screen)
    assert "solution 3e" in written(screen)


def test_progress_and_history_list_the_scores() -> None:
    gradings = [
        GradingRow(
            1, "me", "lesson1_x", part, score, 100, False, 7, "2026-01-02T03:04:05", ""
        )
        for part, score in (("", 0), ("1a", 10), ("", 55))
    ]
    screen = screen_on(80)
    named = (
        NamedMistake("1b", "The first sentence.", versions=1, is_right=True),
        NamedMistake("1c", "The second sentence.", versions=3, is_right=False),
    )
    learner_view.draw_history(gradings, LESSONS[0], screen)
    learner_view.draw_named(named, screen)
    text = written(screen)
    assert "2026-01-02 03:04   10 of 100  exercise 1a alone  --seed 7" in text
    assert text.endswith(
        "Mistakes that were named, to look at again:\n"
        "  1b  The first sentence. Right when last graded.\n"
        "  1c  The second sentence. In 3 versions of your file."
    )


def test_the_doctor_says_what_to_do() -> None:
    screen = screen_on(80)
    learner_view.draw_doctor(
        [Condition("disk", False, "0 GB free", "Free a gigabyte.")], screen
    )
    assert "look  disk  0 GB free" in written(screen)
    assert "Free a gigabyte." in written(screen)


def test_a_lesson_is_read_with_its_formulas_in_plain_notation() -> None:
    page = Document.from_python(
        "# %% [markdown]\n# # Lesson 3  By hand\n# One sentence.\n# Another, with `a * b * c`.\n"
        "#\n#     z  ->   $exp(z)$\n#\n# 1. first\n# 2. second\n# %%\ndef f():\n    return 1\n"
    ).cells
    screen = screen_on()
    page_view.draw_cells(page, screen)
    assert (
        written(screen)
        == """
Lesson 3  By hand
One sentence. Another, with `a * b * c`.

    z  ->   exp(z)

  1. first
  2. second

│ def f():
│     return 1"""
    )


def test_an_item_that_takes_two_lines_stands_behind_its_mark() -> None:
    page = Document.from_python(
        "# %% [markdown]\n# * a) one option\n#   that is long\n# * b) no\n"
    ).cells
    screen = screen_on(22)
    page_view.draw_cells(page, screen)
    assert written(screen) == "\n  * a) one option that\n    is long\n  * b) no"


def test_a_sentence_that_begins_with_a_number_is_no_item() -> None:
    page = Document.from_python(
        "# %% [markdown]\n# Let it become\n# 0. Then go on.\n# 1. one\n"
    ).cells
    screen = screen_on()
    page_view.draw_cells(page, screen)
    assert written(screen) == "\nLet it become 0. Then go on.\n  1. one"


def test_a_table_in_a_text_is_as_wide_as_the_terminal() -> None:
    row = "    " + "0.5  " * 15 + "1"
    page = Document.from_python(f"# %% [markdown]\n# A table:\n#\n# {row}\n").cells
    screen = screen_on(80)
    page_view.draw_cells(page, screen)
    assert written(screen).endswith(f"\n{row}")


def test_reading_in_colour_turns_signs_into_styles() -> None:
    page = Document.from_python(
        "# %% [markdown]\n# Take **both**, *or* `x_1`.\n# %%\nx = 1\n"
    ).cells
    screen = screen_on(force_terminal=True, color_system="truecolor", no_color=False)
    page_view.draw_cells(page, screen)
    assert "`" not in written(screen)
    assert "**" not in written(screen)


def test_a_long_line_of_code_is_folded_behind_the_mark() -> None:
    code = "    total = first_long_name + second_long_name + third_long_name  # why"
    screen = screen_on(40)
    page_view.draw_cells([Cell(code, tag="3a", line=1)], screen)
    lines = [line for line in written(screen).splitlines() if line.strip()]
    assert all(line.startswith(("│ ", "| ")) for line in lines)
    assert all(len(line) <= 40 for line in lines)
    words = " ".join(line[2:].strip() for line in lines)
    assert words == code.strip()


def test_a_remark_stays_to_the_right_of_its_exercise() -> None:
    remark = "The grader can't judge a sentence, so any sentence counts. " * 2
    told = replace(exercise("3g", Outcome.PASSED), remarks=(remark.strip(),))
    lines = drawn(report_of(told), width=60).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("  3g  The"))
    assert lines[first + 1].startswith("      ")
    assert lines[first + 1].strip()
