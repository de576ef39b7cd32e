"""plain_files: the class as CSV for a spreadsheet and as JSON for a program."""

from __future__ import annotations

import itertools

import msgspec

from grader.classroom.class_files import CsvValue, csv_bytes
from grader.classroom.export.common import (
    ExportFile,
    encode_json,
    score_cell,
)
from grader.classroom.records import (
    ClassResult,
    HandIn,
    Learner,
    LearnerResult,
    LessonColumn,
    LessonWork,
)
from grader.common.sanitize import clean_line
from grader.report import ExerciseResult, Report
from grader.report.report_json import to_json
from grader.report.sentences import reason_lines

SCHEMA_VERSION = 1
# The columns of both tables, each with its meaning.
WHO = {
    "learner": "the learner's id",
    "name": "their name, or the id if it isn't known",
    "email": "their address",
    "section": "their group",
}
# For each lesson, at the end of scores.csv, as in `lesson3 late`.
HANDED_IN = {
    "submitted": "when the lesson was handed in, in UTC; empty if that isn't known",
    "late": "`yes` or `no`; empty if neither is known",
    "late_by": "how many hours it was late",
    "points_off": "the points that the rule in `due.json` takes off",
}
WORKED = {
    "tries": "how many different versions were graded",
    "hints": "how many hints were opened",
    "minutes": "between gradings, without breaks of more than half an hour",
}
TOTALS = {
    "total": "the scores by weight; empty without a score, and if the grader failed "
    "on an exercise",
    "notes": "what to know or look at, such as files that were handed in twice",
    "reasons": "why a person gave points by hand",
}
EXERCISE_COLUMNS = (
    WHO
    | {
        "lesson": "the lesson's full name",
        "exercise": "the exercise's tag, such as `3e`",
        "title": "its title",
        "points": "the points that it is worth",
        "score": "the points earned, or given by hand",
        "outcome": "one of the [outcomes](json.md#outcomes)",
        "mistakes": "the tags of the named mistakes, between spaces",
        "by_hand": "why a person gave other points",
        "judged_with": "the tags of exercises that aren't right, whose functions "
        "were the lesson's own instead",
        "seed": "the seed of the grading",
        "graded_at": "when it was graded, in UTC",
    }
    | {name: HANDED_IN[name] for name in ("submitted", "late", "late_by")}
)


def csv_files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return two tables: a row of scores per learner, and every exercise."""
    lessons = result.lessons
    points: list[CsvValue] = [lesson.points for lesson in lessons]
    header = [*WHO, *(lesson.short_name for lesson in lessons), *TOTALS]
    words = (*HANDED_IN, *WORKED)
    header += [f"{one.short_name} {word}" for one in lessons for word in words]
    scores: list[list[CsvValue]] = [list(header)]
    for learner_result in result.learners:
        earned = [score_cell(learner_result, lesson.name) for lesson in lessons]
        times = [
            cell
            for lesson in lessons
            for cell in (
                *_hand_in_cells(learner_result, lesson.name),
                *_work_cells(learner_result, lesson.name),
            )
        ]
        # Without a lesson that the grader failed on, a total would be too small.
        is_open = any(report.is_broken for report in learner_result.reports)
        total: CsvValue = (
            "" if learner_result.score is None or is_open else learner_result.score
        )
        notes = "; ".join(learner_result.notes)
        reasons = "; ".join(
            f"{part}: {line}"
            for report in learner_result.reports
            for part, line in reason_lines(report)
        )
        scores.append(
            [
                *_learner_cells(learner_result.learner),
                *earned,
                total,
                notes,
                reasons,
                *times,
            ]
        )
    possible = result.most_points
    blank = [""] * (2 + len(words) * len(lessons))
    scores.append(["points possible", "", "", "", *points, possible, *blank])
    exercises = itertools.chain(
        [list[CsvValue](EXERCISE_COLUMNS)],
        *(
            _exercise_rows(one, report)
            for one in result.learners
            for report in one.reports
        ),
    )
    return (
        ExportFile("scores.csv", csv_bytes(scores, for_spreadsheet=True)),
        ExportFile("exercises.csv", csv_bytes(exercises, for_spreadsheet=True)),
    )


def json_files(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return everything as JSON, with the full reports."""
    learners = (
        GradedLearner(
            learner=one.learner,
            score=one.score,
            notes=tuple(map(str, one.notes)),
            handed_in=one.handed_in,
            work=one.work,
            reports=tuple(msgspec.Raw(to_json(report)) for report in one.reports),
        )
        for one in result.learners
    )
    data = ClassFile(
        schema_version=SCHEMA_VERSION,
        title=result.title,
        made_at=result.made_at,
        notices=tuple(map(str, result.notices)),
        lessons=result.lessons,
        learners=tuple(learners),
    )
    return (ExportFile("class.json", encode_json(data)),)


class GradedLearner(msgspec.Struct, frozen=True):
    """A learner with their results.

    Attributes:
        learner: who.
        score: the points in all lessons, by weight; None if there are none to hand
            over.
        notes: what to know or look at.
        reports: a grading for each lesson.
        handed_in: when each lesson was handed in, as far as that is known.
        work: how they came to their results.
    """

    learner: Learner
    score: int | float | None
    notes: tuple[str, ...]
    reports: tuple[msgspec.Raw, ...]
    handed_in: tuple[HandIn, ...] = ()
    work: tuple[LessonWork, ...] = ()


class ClassFile(msgspec.Struct, frozen=True):
    """A class with everybody's reports in full.

    Attributes:
        schema_version: the version of this format, 1.
        title: the name of the class.
        made_at: when it was put together, in UTC.
        notices: what to know that isn't about one learner only.
        lessons: the lessons that anybody was graded in.
        learners: everybody.
    """

    schema_version: int
    title: str
    made_at: str
    notices: tuple[str, ...]
    lessons: tuple[LessonColumn, ...]
    learners: tuple[GradedLearner, ...]


def _learner_cells(learner: Learner) -> list[CsvValue]:
    words = (learner.id, learner.display_name, learner.email, learner.section)
    return [clean_line(word) for word in words]


def _hand_in_cells(learner_result: LearnerResult, lesson: str) -> list[CsvValue]:
    """Return when a lesson was handed in, as cells below `HANDED_IN`."""
    hand_in = learner_result.hand_in_of(lesson)
    is_known = bool(hand_in.submitted or hand_in.is_late)
    late = ("yes" if hand_in.is_late else "no") if is_known else ""
    late_by = "" if hand_in.late_by is None else hand_in.late_by
    return [hand_in.submitted, late, late_by, hand_in.points_off or ""]


def _work_cells(learner_result: LearnerResult, lesson: str) -> list[CsvValue]:
    """Return how a lesson was worked on, as cells below `WORKED`."""
    work = learner_result.work_of(lesson)
    if not work.tries:
        return [""] * len(WORKED)
    return [work.tries, work.hints, work.minutes]


def _exercise_rows(
    learner_result: LearnerResult, report: Report
) -> list[list[CsvValue]]:
    times = _hand_in_cells(learner_result, report.lesson)[:-1]
    rows: list[list[CsvValue]] = []
    for exercise in report.exercises:
        mistakes = exercise.finding.mistakes if exercise.finding else ()
        rows.append(
            [
                *_learner_cells(learner_result.learner),
                report.lesson,
                exercise.tag,
                clean_line(exercise.title),
                exercise.points,
                exercise.earned,
                exercise.outcome.value,
                " ".join(mistake.tag for mistake in mistakes),
                _reason(exercise),
                " ".join(exercise.judged_with),
                report.seed,
                report.started_at,
                *times,
            ]
        )
    return rows


def _reason(exercise: ExerciseResult) -> str:
    """Return why a person gave other points."""
    return clean_line(exercise.override.why) if exercise.override else ""
