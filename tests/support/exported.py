"""A class read back from the JSON that it was exported as."""

from __future__ import annotations

import msgspec

from grader.classroom.records import (
    ClassResult,
    HandIn,
    Learner,
    LearnerResult,
    LessonWork,
)
from grader.report.report_json import from_json


class _Graded(msgspec.Struct):
    learner: Learner
    reports: tuple[msgspec.Raw, ...]
    notes: tuple[str, ...]
    handed_in: tuple[HandIn, ...] = ()
    work: tuple[LessonWork, ...] = ()


class _Class(msgspec.Struct):
    title: str
    learners: tuple[_Graded, ...]
    made_at: str
    notices: tuple[str, ...]


def read_class(content: bytes) -> ClassResult:
    """The class in a ``class.json``."""
    data = msgspec.json.decode(content, type=_Class)
    learners = tuple(
        LearnerResult(
            one.learner,
            tuple(from_json(bytes(report)) for report in one.reports),
            one.notes,
            one.handed_in,
            one.work,
        )
        for one in data.learners
    )
    return ClassResult(data.title, learners, data.made_at, data.notices)
