"""learner_page: one learner's lessons, as they would see them in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.classroom.records import LearnerResult, LessonColumn
from grader.document.markup import Html, document, table, tag
from grader.machine import typed
from grader.report import ExerciseResult, Report
from grader.report.report_html import draw_blocks, draw_checks, draw_outcome
from grader.report.sentences import score_line
from grader.report.view import Block, CheckList, Output, view_exercise, view_problem


def learner_page(
    one: LearnerResult,
    lessons: Sequence[LessonColumn],
    title: str,
    style: str,
    way_back: str,
) -> bytes:
    """Return the page of one learner.

    Args:
        one: whose page.
        lessons: the lessons of their class.
        title: what their class is called.
        style: the style sheet's text.
        way_back: where the class's page is, or "" if the page stands alone.
    """
    name = one.learner.shown_name
    graded = [(c, r) for c in lessons if (r := one.report_of(c.name))]
    back = tag("a", "← ", title, href=way_back) if way_back else title
    links = (
        tag("li", tag("a", lesson.heading, href=f"#{lesson.short_name}"))
        for lesson, _ in graded
    )
    return document(
        f"{name} - {title}",
        style,
        tag("header", tag("p", back), tag("h1", name, tabindex="-1")),
        tag("nav", tag("ol", *links), aria_label="Lessons") if graded else Html(""),
        tag(
            "main",
            *(tag("p", note, class_="note") for note in one.notes),
            *(_lesson(lesson, report) for lesson, report in graded),
            Html("") if graded else tag("p", "Nothing has been graded."),
        ),
    )


def bar(share: float) -> Html:
    """Return a bar beside a number that says the same."""
    return tag(
        "span",
        tag("span", style=f"width:{100 * share:.0f}%"),
        class_="bar",
        aria_hidden="true",
    )


def _lesson(lesson: LessonColumn, report: Report) -> Html:
    share = report.score / max(1, report.full_points)
    rows = [_row(exercise) for exercise in report.exercises]
    return tag(
        "section",
        tag("h2", lesson.heading, id=f"{lesson.short_name}-title"),
        tag("p", tag("strong", score_line(report)), " ", bar(share)),
        draw_blocks(view_problem(report)),
        table(
            f"Exercises of {lesson.heading}",
            ("exercise", "outcome", "points"),
            rows,
            class_="exercises",
        ),
        *_messages(report),
        draw_blocks(_pictures_and_output(report)),
        _repeat(lesson, report),
        id=lesson.short_name,
        aria_labelledby=f"{lesson.short_name}-title",
    )


def _row(exercise: ExerciseResult) -> Html:
    return tag(
        "tr",
        tag("th", tag("b", exercise.tag), " ", exercise.title, scope="row"),
        tag("td", draw_outcome(exercise.outcome)),
        tag("td", f"{exercise.earned} of {exercise.points}", class_="number"),
    )


def _messages(report: Report) -> list[Html]:
    """Return a message for each exercise that has one; the first wrong one stands
    open.
    """
    if report.problem is not None:
        return []
    first = report.first_not_passed
    messages = []
    for exercise in report.exercises:
        blocks = [x for x in view_exercise(exercise) if not isinstance(x, CheckList)]
        if not blocks:
            continue
        head = (tag("b", exercise.tag), " ", draw_outcome(exercise.outcome))
        checks = draw_checks(exercise) if exercise.finding else Html("")
        is_open = "" if exercise is first else None
        summary = tag("summary", *head, " ", exercise.title)
        drawn = draw_blocks(blocks)
        messages.append(tag("details", summary, drawn, checks, open=is_open))
    return messages


def _pictures_and_output(report: Report) -> Iterator[Block]:
    yield from report.pictures
    if report.output:
        yield Output(report.output, report.output_was_cut)


def _repeat(lesson: LessonColumn, report: Report) -> Html:
    command = typed(f"grade {lesson.short_name} --seed {report.seed}")
    versions = ", ".join(f"{name} {what}" for name, what in report.versions.items())
    at = report.started_at[:16].replace("T", " ")
    when = f"{report.attempt}, graded {at} UTC. " if at else ""
    said = f"{when}It took {report.wall_s:.1f} s. {versions}"
    return tag(
        "p", "The same grading again: ", tag("code", command), tag("br"), said,
        class_="small",
    )  # fmt: skip
