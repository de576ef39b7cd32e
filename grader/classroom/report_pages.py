"""report_pages: a class as web pages that need neither a network nor a server.

There is one page for the class, one for each learner, and one without names that
everybody may see. Every page includes its own style and pictures.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, assert_never

from grader.classroom.export.common import ExportFile
from grader.classroom.notes import NoteKind, kind_of
from grader.classroom.records import ClassResult, LearnerResult, LessonColumn
from grader.classroom.summary import (
    BANDS,
    LEFT_OUT,
    OutcomeCounts,
    Summary,
    place_of,
    summarise,
)
from grader.common.errors import Misuse
from grader.common.sanitize import safe_file_name
from grader.course.document.templates import render_alone
from grader.course.installation import format_command, learners_command
from grader.report import ExerciseResult, Outcome, Report
from grader.report.feedback_policy import count_choices
from grader.report.focus import find_focus
from grader.report.outcome import OutcomeTone
from grader.report.report_html import draw_blocks
from grader.report.sentences import count_of, format_minute, reason_lines
from grader.report.view import Block, CheckList, Output, view_exercise, view_problem

CLASS_FILE = "class.html"
PROJECTOR_FILE = "projector.html"
HARDEST = 12
COMMONEST = 15
MOST_LOOKS = 3  # more of a kind are folded
_PROJECTED = 6
_MOST_CODE = 5
_SHADES = 5
_TEMPLATES = Path(__file__).with_name("templates")
_STYLE, _SORT = _TEMPLATES / "report.css", _TEMPLATES / "sort.js"
# A lesson and the tag of one of its exercises.
_Key = tuple[str, str]


def class_report(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return the pages of a class: ``class.html`` and ``learners/<learner>.html``.

    Raises:
        Misuse: if there is nobody in the class.
    """
    _require_somebody(result)
    pages = [ExportFile(CLASS_FILE, _class_page(result))]
    lessons, way_back = result.lessons, f"../{CLASS_FILE}"
    for learner_result in result.learners:
        page = learner_page(learner_result, lessons, result.title, way_back)
        pages.append(ExportFile(_path(learner_result.learner.id), page))
    return tuple(pages)


def projector_report(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return the page of a class that everybody may see: it contains no names.

    Raises:
        Misuse: if there is nobody in the class.
    """
    _require_somebody(result)
    summary = summarise(result)
    # A mistake that only one person made would identify that person.
    several = [one for one in summary.mistakes if len(one.learners) > 1]
    page = render_alone(
        "classroom/projector.html",
        result.title,
        _STYLE,
        people=len(result.learners),
        mistakes=several[:_PROJECTED],
        exercises=sorted(summary.exercises, key=lambda one: place_of(one.tag)),
    )
    return (ExportFile(PROJECTOR_FILE, page),)


def _require_somebody(result: ClassResult) -> None:
    if not result.learners:
        raise Misuse(
            "There is nobody to report on yet. "
            f"Grade the class first:  {format_command('class.grade submissions')}"
        )


def _path(learner: str) -> str:
    # As a URL it needs no escaping: `file_name` leaves only "@", which is allowed.
    return f"learners/{safe_file_name(learner)}.html"


def _class_page(result: ClassResult) -> bytes:
    summary, lessons = summarise(result), result.lessons
    hard = [one for one in summary.exercises if one.counts.share_passed < 1]
    return render_alone(
        "classroom/class.html",
        result.title,
        _STYLE,
        _SORT,
        address=_path,
        people={one.learner.id: one.learner.display_name for one in result.learners},
        overview=_describe_class(result),
        mistakes=summary.mistakes[:COMMONEST],
        unnamed=summary.unnamed[:COMMONEST],
        most_code=_MOST_CODE,
        hardest=hard[:HARDEST],
        left_out=LEFT_OUT,
        are_left_out=any(one.counts.elsewhere for one in summary.exercises),
        describe_outcomes=_describe_outcomes,
        lessons=summary.lessons,
        describe_bands=_describe_bands,
        looks=list(_looks(summary, result.notices)),
        most_looks=MOST_LOOKS,
        by_hand=list(_points_by_hand(result)),
        columns=lessons,
        learners=result.learners,
        scores_of=lambda one: [_score(one, lesson) for lesson in lessons],
        last_graded=_last_graded,
        grid=_grid(result),
    )


def _describe_class(result: ClassResult) -> str:
    counts = (
        count_of(len(result.learners), "learner"),
        count_of(len(result.lessons), "lesson"),
        count_of(sum(len(one.reports) for one in result.learners), "grading"),
    )
    return ", ".join(filter(None, (*counts, result.made_at)))


def _describe_outcomes(counts: OutcomeCounts) -> str:
    met = [
        f"{counts[outcome]} {outcome.word}" for outcome in Outcome if counts[outcome]
    ]
    left_out = f"; {counts.elsewhere} of these left out" if counts.elsewhere else ""
    return ", ".join(met) + left_out


def _describe_bands(bands: Sequence[int]) -> str:
    """Return how many scores are in each tenth of the points, in words."""
    return ", ".join(
        f"{count} from {100 * i // BANDS} %" for i, count in enumerate(bands) if count
    )


def _looks(
    summary: Summary, notices: Iterable[str]
) -> Iterator[tuple[NoteKind, list[tuple[str, str]]]]:
    """Yield each kind of what an instructor should look at, by learner; "" for all."""
    for kind in NoteKind:
        notes = [("", one) for one in notices if kind_of(one) is kind]
        of_kind = (look for look in summary.looks if look.kind is kind)
        # They are grouped by learner already, as `groupby` requires.
        for learner, looks in itertools.groupby(of_kind, lambda look: look.learner):
            words = "; ".join(look.sentence.rstrip(".") for look in looks)
            notes.append((learner, words + ("" if words.endswith("?") else ".")))
        if notes:
            yield kind, notes


def _points_by_hand(result: ClassResult) -> Iterator[tuple[str, str, str]]:
    """Yield the points that a person or a rule gave: the learner, the part, why."""
    for learner_result in result.learners:
        for report in learner_result.reports:
            for part, line in reason_lines(report):
                yield learner_result.learner.id, part, line


def _score(
    learner_result: LearnerResult, lesson: LessonColumn
) -> tuple[int | float | None, int, str]:
    """Return a learner's score in a lesson, how dark its cell is, and how late it
    was.
    """
    score = learner_result.award_of(lesson.name)
    share = (score or 0) / lesson.points if lesson.points else 0.0
    handed_in = learner_result.hand_in_of(lesson.name)
    return score, int(share * _SHADES), handed_in.sentence if handed_in.is_late else ""


def _last_graded(learner_result: LearnerResult) -> str:
    last = max((report.started_at for report in learner_result.reports), default="")
    return format_minute(last)


def _grid(result: ClassResult) -> dict[str, Any]:
    """Return a row for each learner, and a column for each graded exercise."""
    done = [(one.learner.id, _exercises_of(one)) for one in result.learners]
    keys = {key for _, found in done for key in found}
    lessons = [
        sorted((k for k in keys if k[0] == lesson.name), key=lambda k: place_of(k[1]))
        for lesson in result.lessons
    ]
    columns = [key for lesson in lessons for key in lesson]
    rows = [
        (
            learner,
            [_cell(found.get(key)) for key in columns],
            sum(x.is_right for x in found.values()),
        )
        for learner, found in done
    ]
    return {"lessons": lessons, "rows": rows}


def _exercises_of(learner_result: LearnerResult) -> dict[_Key, ExerciseResult]:
    return {
        (report.lesson, x.tag): x
        for report in learner_result.reports
        for x in report.exercises
    }


def _cell(exercise: ExerciseResult | None) -> tuple[Outcome | None, int]:
    """Return the outcome of an exercise and its rank; None if there is no result."""
    if exercise is None:
        return None, _rank_of(Outcome.NOT_ATTEMPTED)
    outcome = Outcome.PASSED if exercise.is_right else exercise.outcome
    if exercise.override is not None and not exercise.is_right:
        outcome = Outcome.WRONG  # a person has decided, whatever the checks found
    return outcome, _rank_of(outcome)


def _rank_of(outcome: Outcome) -> int:
    """Return an outcome's place in the order of a column.

    First are learners who are stuck, then those with no result, then those who are
    done.
    """
    match outcome.tone:
        case OutcomeTone.FAULT:
            return 0
        case OutcomeTone.WRONG | OutcomeTone.EXHAUSTED:
            return 1
        case OutcomeTone.MILD:
            return 2
        case OutcomeTone.RIGHT:
            return 3
        case _:
            assert_never(outcome.tone)


def learner_page(
    learner_result: LearnerResult,
    lessons: Sequence[LessonColumn],
    title: str,
    way_back: str,
) -> bytes:
    """Return the page of one learner.

    Args:
        learner_result: the learner with their reports.
        lessons: the lessons of their class.
        title: the name of their class.
        way_back: the address of the class's page, or "" if there is none.
    """
    graded = [
        (c, count_choices(r))
        for c in lessons
        if (r := learner_result.report_of(c.name))
    ]
    name = learner_result.learner.display_name
    return render_alone(
        "classroom/learner.html",
        f"{name} - {title}",
        _STYLE,
        name=name,
        class_title=title,
        way_back=way_back,
        notes=learner_result.notes,
        lessons=[_lesson_fields(*pair, learner_result) for pair in graded],
    )


def _lesson_fields(
    lesson: LessonColumn, report: Report, one: LearnerResult
) -> dict[str, Any]:
    at = format_minute(report.started_at)
    when = f"{report.attempt}, graded {at} UTC. " if at else ""
    versions = ", ".join(f"{name} {what}" for name, what in report.versions.items())
    return {
        "column": lesson,
        "report": report,
        "scores": one.score_lines(report),
        "handed_in": one.hand_in_of(lesson.name).sentence,
        "work": one.work_of(lesson.name).sentence,
        "share": (one.award_of(lesson.name) or 0) / max(1, report.full_points),
        "problem": draw_blocks(view_problem(report)),
        "focus": find_focus(report.exercises).exercise,
        "messages": [] if report.problem else list(_messages(report)),
        "rest": draw_blocks(_pictures_and_output(report)),
        "command": learners_command(f"grade {lesson.short_name} --seed {report.seed}"),
        "circumstances": f"{when}It took {report.wall_s:.1f} s. {versions}",
    }


def _messages(report: Report) -> Iterator[tuple[ExerciseResult, str]]:
    """Yield a message for each exercise that has one."""
    for exercise in report.exercises:
        blocks = [x for x in view_exercise(exercise) if not isinstance(x, CheckList)]
        if blocks:
            yield exercise, draw_blocks(blocks)


def _pictures_and_output(report: Report) -> Iterator[Block]:
    yield from report.pictures
    if report.output:
        yield Output(report.output, report.output_was_cut)
