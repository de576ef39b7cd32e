"""feedback_zips: feedback as zip files that can be uploaded to Moodle and Canvas.

Both identify the learner by the name that they gave the submission in the download.
Moodle reads ``Ada Lovelace_4711_assignsubmission_file_`` as a folder, or as the
beginning of a file's name; the rest of the name is free. Canvas reads the two numbers
in ``lovelaceada_81234_901234_lesson3.py``, or in anonymous grading the code and the
number in ``anon_4fYqB_901234_lesson3.py``. It shows the feedback under the name of the
submission, so both must be of the same type.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from grader.classroom.export.common import ExportFile
from grader.classroom.records import (
    FEEDBACK_MARK,
    ClassResult,
    LearnerResult,
    LessonColumn,
)
from grader.common.sanitize import clean_line, replace_controls
from grader.report import Report
from grader.report.feedback_policy import count_choices
from grader.report.report_text import exercise_lines, finding_lines
from grader.report.sentences import (
    exercise_line,
    not_run_lines,
    remark_lines,
)

_MOODLE = re.compile(r"(?P<whose>.+_\d+_assignsubmission_[a-z]+)(?P<file>_.*)?")
_CANVAS = re.compile(
    r"(?:[^_]+_(?:LATE_)?\d+|(?:LATE_)?anon_[a-z\d]{5})_\d+_.+", re.IGNORECASE
)
# The earliest time that a zip file can store, so that equal feedback gives equal bytes.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_MOST_NAMED = 8
FeedbackFor = Callable[[str, LessonColumn, str], "tuple[str, bytes] | None"]


@dataclass
class _Zips:
    """The members of each lesson's zip file, and the learners without one."""

    members: dict[str, list[tuple[str, bytes]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    nameless: list[str] = field(default_factory=list)


def zips(
    result: ClassResult, to: str, path_parts: Mapping[tuple[str, str], Sequence[str]]
) -> tuple[tuple[ExportFile, ...], tuple[str, ...]]:
    """Return a zip file for each lesson, and remarks on them.

    Args:
        result: the class.
        to: "moodle" or "canvas"; other systems take no such file.
        path_parts: the names of the folders and files that contain an attempt, and its
            own name, outermost first; by the learner's id and the lesson's full name.
    """
    if to not in _MEMBERS:
        return (), ()
    archives = _Zips()
    lessons = {lesson.name: lesson for lesson in result.lessons}
    for learner_result in result.learners:
        for report in learner_result.reports:
            names = path_parts.get((learner_result.learner.id, report.lesson), ())
            feedback = text(learner_result, report)
            new_members = (
                _MEMBERS[to](name, lessons[report.lesson], feedback) for name in names
            )
            member = next(filter(None, new_members), None)
            if member:
                archives.members[report.lesson].append(member)
            else:
                archives.nameless.append(learner_result.learner.display_name)
    files = tuple(
        ExportFile(
            f"{to}-{lesson.short_name}-feedback.zip", _zip(members, FEEDBACK_MARK)
        )
        for name, lesson in lessons.items()
        if (members := archives.members.get(name))
    )
    return files, tuple(_remarks(archives, to))


def text(learner_result: LearnerResult, report: Report) -> str:
    """Return the whole feedback on an attempt, exercise by exercise."""
    score, *others = learner_result.score_lines(report)
    lines = [f"{clean_line(report.title)}: {score}", *others]
    report = count_choices(report)
    lines += (*report.notes, *not_run_lines(report), *finding_lines(report.problem))
    for exercise in report.exercises:
        lines += ["", exercise_line(exercise)]
        is_explained = report.problem is None and not exercise.outcome.is_right
        lines_of = exercise_lines if is_explained else remark_lines
        lines += [f"  {line}" for line in lines_of(exercise)]
    return "\n".join(replace_controls(line) for line in lines) + "\n"


def _for_moodle(
    name: str, lesson: LessonColumn, feedback: str
) -> tuple[str, bytes] | None:
    match = _MOODLE.fullmatch(name)
    if match is None:
        return None
    file_name = f"{lesson.short_name}_feedback.txt"
    is_folder = match["file"] in (None, "_")
    place = f"{name}/{file_name}" if is_folder else f"{match['whose']}_{file_name}"
    return replace_controls(place), feedback.encode()


def _for_canvas(
    name: str, lesson: LessonColumn, feedback: str
) -> tuple[str, bytes] | None:
    if _CANVAS.fullmatch(name) is None:
        return None
    if name.lower().endswith(".zip"):
        file_name = f"{lesson.short_name}_feedback.txt"
        return replace_controls(name), _zip([(file_name, feedback.encode())])
    if name.lower().endswith(".py"):
        feedback = "".join(
            f"# {line}".rstrip() + "\n" for line in feedback.splitlines()
        )
    if name.lower().endswith(".ipynb"):
        return replace_controls(name), _as_notebook(feedback)
    return replace_controls(name), feedback.encode()


def _as_notebook(feedback: str) -> bytes:
    """Return a notebook of one cell, which shows the text unchanged."""
    cell = {"cell_type": "raw", "id": "feedback", "metadata": {}, "source": feedback}
    data = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return msgspec.json.encode(data)


_MEMBERS: dict[str, FeedbackFor] = {"moodle": _for_moodle, "canvas": _for_canvas}


def _zip(members: Iterable[tuple[str, bytes]], comment: bytes = b"") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.comment = comment
        for name, data in members:
            info = zipfile.ZipInfo(name, _LONG_AGO)
            info.external_attr = 0o644 << 16
            file.writestr(info, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _remarks(archives: _Zips, to: str) -> Iterable[str]:
    """Yield a remark about the learners without feedback in the zip files."""
    system = to.capitalize()
    if not archives.members:
        yield (
            f"No submission has a name that {system} gave, so there is no "
            "zip file of feedback."
        )
    elif archives.nameless:
        names = list(dict.fromkeys(archives.nameless))
        more = ", ..." if len(names) > _MOST_NAMED else ""
        yield (
            "Not in the feedback, because what they handed in has no name that "
            f"{system} gives: {', '.join(names[:_MOST_NAMED])}{more}"
        )
