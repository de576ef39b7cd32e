"""common: what the formats share: files to be written, and results as text."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from grader.classroom.records import ClassResult, Learner, LearnerResult
from grader.report import ExerciseResult, Report
from grader.report.report_text import exercise_lines
from grader.report.sentences import not_run_lines
from grader.sanitize import clean_line, safe_file_name


class ExportFile(msgspec.Struct, frozen=True):
    """A file to be written: its path below the chosen folder, and its bytes."""

    path: str
    content: bytes


class Filled(msgspec.Struct, frozen=True):
    """A filled worksheet, and the people who couldn't be matched.

    Attributes:
        file: the worksheet.
        not_in_class: participants of the worksheet without a grading.
        not_in_worksheet: graded learners who aren't in the worksheet.
        unequal: lessons that are worth different points in the other system.
        unlisted: lessons for which the other system has no assignment.
    """

    file: ExportFile
    not_in_class: tuple[str, ...]
    not_in_worksheet: tuple[str, ...]
    unequal: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


def all_reports(result: ClassResult) -> Iterator[tuple[Learner, Report]]:
    """Yield every report of a class, with its learner."""
    for one in result.learners:
        for report in one.reports:
            yield one.learner, report


def report_path(system: str, learner: Learner, report: Report) -> str:
    """Return the path of a report, in a format with one file per report."""
    return f"{system}/{safe_file_name(learner.id)}/{safe_file_name(report.lesson)}"


def score_cell(one: LearnerResult, lesson: str) -> int | float | str:
    """Return the score to hand over as a cell, or "" if there is none."""
    score = one.award_of(lesson)
    return "" if score is None else score


def exercise_name(exercise: ExerciseResult) -> str:
    """Return the name of an exercise in other systems: ``3e Losses``."""
    return f"{exercise.tag} {clean_line(exercise.title)}"


def message_of(exercise: ExerciseResult, report: Report) -> str:
    """Return the feedback on one exercise, for a format with one text per exercise.

    Lines that weren't run concern the whole file, so they come with the first exercise.
    """
    not_run = not_run_lines(report) if exercise is report.exercises[0] else ()
    return "\n".join((*not_run, *exercise_lines(exercise, report.problem)))


def wall_s_of(exercise: ExerciseResult) -> float:
    """Return how long an exercise's checks took, in seconds."""
    return sum(check.wall_s for check in exercise.checks)


def encode_json(data: object) -> bytes:
    """Return data as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2)
