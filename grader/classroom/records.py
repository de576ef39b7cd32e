"""records: what a class is made of, once everyone has been graded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from grader.report import Report

CANVAS, MOODLE, GITHUB = "Canvas", "Moodle", "GitHub"
REPORT, EXPORT = "report", "export"  # folders that are written among the submissions
# Stands in each zip file of feedback, since a member of it has the name of what was
# handed in: it may lie among the submissions and is none.
FEEDBACK_MARK = b"What was said to the learners. It is not graded."
_LESSON = re.compile(r"lesson(\d+)")


class Learner(msgspec.Struct, frozen=True):
    """One learner, as far as the class's roster knows them.

    Attributes:
        id: the name they have in the gradebook, usually that of their folder.
        name: their name as they write it.
        email: their address.
        login: what they log in with.
        sis_id: their number in the institution's own records.
        lms_id: their number in the learning platform: Canvas's ``ID``, or Moodle's
            participant number, which is another one in every assignment.
        section: the group they are in.
        lms: which platform that is, `CANVAS`, `MOODLE` or `GITHUB`; "" where nothing
            tells.
        pair_of: the id of the learner whose files are theirs, too, if they worked as
            two; "" otherwise.
    """

    id: str
    name: str = ""
    email: str = ""
    login: str = ""
    sis_id: str = ""
    lms_id: str = ""
    section: str = ""
    lms: str = ""
    pair_of: str = ""

    def number_on(self, lms: str) -> str:
        """Return their number on a platform; "" where it is not known."""
        return self.lms_id if self.lms == lms else ""

    @property
    def shown_name(self) -> str:
        """The name people know them by."""
        return self.name or self.id


def award(report: Report | None) -> int | None:
    """Return the score to hand over, out of the lesson's full points.

    None when nothing was handed in, and when the grader broke an exercise: then a
    person looks first, and the lesson is graded again.
    """
    return None if report is None or report.is_broken else report.score


class HandIn(msgspec.Struct, frozen=True):
    """When a learner handed in one lesson, and what being late costs.

    Attributes:
        lesson: the lesson's full name.
        submitted: when it was handed in, UTC, ISO 8601; "" if nothing tells.
        is_late: whether it was late.
        late_s: by how many seconds; None if it wasn't late, or nothing tells.
        points_off: what the class's rule takes off the score.
    """

    lesson: str
    submitted: str = ""
    is_late: bool = False
    late_s: int | None = None
    points_off: int = 0

    @property
    def late_by(self) -> float | None:
        """By how many hours it was late, to two decimals."""
        return None if self.late_s is None else round(self.late_s / 3600, 2)


class LearnerResult(msgspec.Struct, frozen=True):
    """One learner and their reports: one a lesson at most, of the whole lesson.

    Attributes:
        learner: who.
        reports: the grading that counts of each lesson, in the order of the lessons.
        notes: what a person should know or look at: late, handed in twice, empty.
        handed_in: when each lesson was handed in, as far as that is known.
    """

    learner: Learner
    reports: tuple[Report, ...] = ()
    notes: tuple[str, ...] = ()
    handed_in: tuple[HandIn, ...] = ()

    def hand_in_of(self, lesson: str) -> HandIn:
        """Return when a lesson was handed in, by its full name."""
        known = (one for one in self.handed_in if one.lesson == lesson)
        return next(known, HandIn(lesson))

    def award_of(self, lesson: str) -> int | None:
        """Return the score to hand over for a lesson, after what being late costs."""
        score = award(self.report_of(lesson))
        if score is None:
            return None
        return max(0, score - self.hand_in_of(lesson).points_off)

    def report_of(self, lesson: str) -> Report | None:
        """Return the report of a lesson, by its full name."""
        return next((r for r in self.reports if r.lesson == lesson), None)

    @property
    def score(self) -> int | None:
        """Points awarded in all lessons; None when there are none to hand over."""
        scores = [self.award_of(report.lesson) for report in self.reports]
        known = [score for score in scores if score is not None]
        return sum(known) if known else None


class LessonColumn(msgspec.Struct, frozen=True):
    """A lesson as a column of the class: its names, and the points it is worth."""

    name: str
    title: str
    points: int

    @property
    def number(self) -> int:
        """Its place in the course, 3; 0 for a name without a number."""
        match = _LESSON.match(self.name)
        return int(match[1]) if match else 0

    @property
    def short_name(self) -> str:
        """What people type: ``lesson3``."""
        return f"lesson{self.number}" if self.number else self.name

    @property
    def heading(self) -> str:
        """What it is called in other systems: ``Lesson 3: Gradients``."""
        return f"Lesson {self.number}: {self.title}" if self.number else self.title

    def unequal_to(self, points: str, where: str) -> Iterator[str]:
        """Say that another system counts other points, if it does."""
        with suppress(ValueError):
            theirs = float(points.replace(",", "."))
            if theirs != self.points:
                yield (
                    f"{self.heading} has {self.points} points here and {theirs:g} in "
                    f"{where}. Make it {self.points} there before you import."
                )


class ClassResult(msgspec.Struct, frozen=True):
    """A class and everything known of it.

    Attributes:
        title: the name of the class.
        learners: everyone, in the order in which they are to be listed.
        made_at: when this was put together, in UTC.
        notices: what a person should know that is not about one learner alone.
    """

    title: str
    learners: tuple[LearnerResult, ...]
    made_at: str = ""
    notices: tuple[str, ...] = ()

    @property
    def lessons(self) -> tuple[LessonColumn, ...]:
        """Every lesson that anybody was graded in, in the order of the course."""
        columns: dict[str, LessonColumn] = {}
        for report in (r for one in self.learners for r in one.reports):
            known = columns.get(report.lesson)
            points = max(report.full_points, known.points if known else 0)
            columns[report.lesson] = LessonColumn(report.lesson, report.title, points)
        return tuple(sorted(columns.values(), key=lambda c: (c.number, c.name)))


def without_number(result: ClassResult, lms: str) -> tuple[str, ...]:
    """Return who of the graded has no number on a platform, as far as is known."""
    return tuple(
        one.learner.shown_name
        for one in result.learners
        if one.reports and not one.learner.number_on(lms).isdecimal()
    )
