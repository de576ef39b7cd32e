"""records: the parts of a class after everyone has been graded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

import msgspec

from grader.report import Report, whole_if_possible
from grader.report.sentences import count_of, format_minute, score_lines

CANVAS, MOODLE, GITHUB, GRADESCOPE = "Canvas", "Moodle", "GitHub", "Gradescope"
REPORT, EXPORT = "report", "export"  # folders that are written among the submissions
# Each zip file of feedback contains this mark. Its members have the names of
# submissions, so if it is put among the submissions, it isn't mistaken for one.
FEEDBACK_MARK = b"What was said to the learners. It is not graded."
_LESSON = re.compile(r"lesson(\d+)")


class Learner(msgspec.Struct, frozen=True):
    """One learner, as far as the class's roster knows them.

    Attributes:
        id: their name in the gradebook, usually that of their folder.
        name: their name as they write it.
        email: their address.
        login: the name they log in with.
        sis_id: their number in the institution's own records.
        lms_id: their number in the learning platform: Canvas's ``ID``, or Moodle's
            participant number, which is different in every assignment.
        section: their group.
        lms: that platform: Canvas, Moodle or GitHub, or "" if it isn't known.
        pair_of: the id of their partner if the two worked together and the partner's
            files count for both; otherwise "".
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
        """Return their number on a platform, or "" if it isn't known."""
        return self.lms_id if self.lms == lms else ""

    @property
    def display_name(self) -> str:
        """The name that people know them by."""
        return self.name or self.id


def short_name_of(lesson: str) -> str:
    """Return what people type for a lesson, from its full name: ``lesson3``."""
    match = _LESSON.match(lesson)
    return f"lesson{int(match[1])}" if match else lesson


def award(report: Report | None) -> int | float | None:
    """Return the score to hand over, out of the lesson's full points.

    It is None if nothing was handed in. It is also None if the grader broke an
    exercise, because then a person looks first, and the lesson is graded again.
    """
    return None if report is None or report.is_broken else report.score


class HandIn(msgspec.Struct, frozen=True):
    """When a learner handed in one lesson, and the penalty for being late.

    Attributes:
        lesson: the lesson's full name.
        submitted: when it was handed in, in UTC, as ISO 8601; "" if that isn't known.
        is_late: whether it was late.
        late_s: how many seconds it was late; None if it wasn't, or that isn't known.
        points_off: the points that the class's rule takes off.
    """

    lesson: str
    submitted: str = ""
    is_late: bool = False
    late_s: int | None = None
    points_off: int = 0

    @property
    def sentence(self) -> str:
        """When it was handed in, and how late, in words; "" if neither is known."""
        day = f"{format_minute(self.submitted)} UTC" if self.submitted else ""
        late = self.describe_lateness() if self.is_late else ""
        when = ", ".join(filter(None, (day, late)))
        return f"Handed in: {when}." if when else ""

    def describe_lateness(self) -> str:
        """Return how late it was, in words."""
        if self.late_by is None:
            return "late"
        return f"{count_of(whole_if_possible(self.late_by), 'hour')} late"

    def score_after(self, score: float) -> int | float:
        """Return what is left of a score after the penalty."""
        return max(0, whole_if_possible(score - self.points_off))

    @property
    def late_by(self) -> float | None:
        """How many hours it was late, to two decimals."""
        return None if self.late_s is None else round(self.late_s / 3600, 2)


class LessonWork(msgspec.Struct, frozen=True):
    """How somebody came to their result in one lesson, as far as gradings show it.

    Attributes:
        lesson: the lesson's full name.
        tries: how many different versions were graded.
        hints: how many hints were opened.
        minutes: the time between gradings, without breaks of more than half an hour.
    """

    lesson: str
    tries: int = 0
    hints: int = 0
    minutes: int = 0

    @property
    def sentence(self) -> str:
        """Tries, hints and minutes in words; "" after one try without a hint."""
        if self.tries < 2 and not self.hints:
            return ""
        return (
            f"{count_of(self.tries, 'version')} graded, "
            f"{count_of(self.hints, 'hint')} opened. Between gradings: "
            f"{count_of(self.minutes, 'minute')}, without breaks of more than half an "
            "hour."
        )


class LearnerResult(msgspec.Struct, frozen=True):
    """One learner and their reports: at most one for each lesson, of the whole lesson.

    Attributes:
        reports: the grading that counts for each lesson, in the order of the lessons.
        notes: what a person should know or look at: late, handed in twice, empty.
        handed_in: when each lesson was handed in, as far as that is known.
        work: tries, hints and minutes of each lesson.
        weights: how much a lesson counts in the total, by its short name; else 1.
    """

    learner: Learner
    reports: tuple[Report, ...] = ()
    notes: tuple[str, ...] = ()
    handed_in: tuple[HandIn, ...] = ()
    work: tuple[LessonWork, ...] = ()
    weights: Mapping[str, float] = {}

    def hand_in_of(self, lesson: str) -> HandIn:
        """Return when a lesson was handed in, by its full name."""
        hand_ins = (one for one in self.handed_in if one.lesson == lesson)
        return next(hand_ins, HandIn(lesson))

    def work_of(self, lesson: str) -> LessonWork:
        """Return tries, hints and minutes of a lesson, by its full name."""
        works = (one for one in self.work if one.lesson == lesson)
        return next(works, LessonWork(lesson))

    def award_of(self, lesson: str) -> int | float | None:
        """Return the score to hand over for a lesson, after any late penalty."""
        score = award(self.report_of(lesson))
        if score is None:
            return None
        return self.hand_in_of(lesson).score_after(score)

    def score_lines(self, report: Report) -> tuple[str, ...]:
        """Return the score to hand over in words, and how it came about."""
        judged, *others = score_lines(report)
        score, after = award(report), self.award_of(report.lesson)
        if score is None or after is None or score == after:
            return (judged, *others)
        late = self.hand_in_of(report.lesson).describe_lateness()
        off = whole_if_possible(score - after)
        line = (
            f"{after} of {report.full_points} points: {score} for the exercises, "
            f"{off} off for being {late}"
        )
        return (line, *others)

    def report_of(self, lesson: str) -> Report | None:
        """Return the report of a lesson, by its full name."""
        return next((r for r in self.reports if r.lesson == lesson), None)

    @property
    def score(self) -> int | float | None:
        """The points in all lessons, by weight; None if there are none to hand over."""
        awards = {one.lesson: self.award_of(one.lesson) for one in self.reports}
        scores = [
            score * self.weights.get(short_name_of(name), 1)
            for name, score in awards.items()
            if score is not None
        ]
        return whole_if_possible(sum(scores)) if scores else None


class LessonColumn(msgspec.Struct, frozen=True):
    """A lesson as a column of the class.

    Attributes:
        name: its full name.
        title: its title.
        points: the points it is worth.
    """

    name: str
    title: str
    points: int

    @property
    def number(self) -> int:
        """Its number in the course, such as 3; 0 for a name without a number."""
        match = _LESSON.match(self.name)
        return int(match[1]) if match else 0

    @property
    def short_name(self) -> str:
        """The name that people type: ``lesson3``."""
        return short_name_of(self.name)

    @property
    def heading(self) -> str:
        """Its name in other systems: ``Lesson 3: Gradients``."""
        return f"Lesson {self.number}: {self.title}" if self.number else self.title

    def unequal_to(self, points: str, where: str) -> Iterator[str]:
        """Yield a sentence if another system has different points for the lesson."""
        with suppress(ValueError):
            theirs = float(points.replace(",", "."))
            if theirs != self.points:
                yield (
                    f"{self.heading} has {self.points} points here and {theirs:g} in "
                    f"{where}. Make it {self.points} there before you import."
                )


class ClassResult(msgspec.Struct, frozen=True):
    """A class and everything known about it.

    Attributes:
        title: the name of the class.
        learners: everyone, in the order for lists.
        made_at: when this was assembled, in UTC.
        notices: what a person should know and that isn't about one learner only.
        weights: how much a lesson counts in a total, by its short name; else 1.
    """

    title: str
    learners: tuple[LearnerResult, ...]
    made_at: str = ""
    notices: tuple[str, ...] = ()
    weights: Mapping[str, float] = {}

    @property
    def most_points(self) -> int | float:
        """The points that somebody can have in all lessons, by weight."""
        return whole_if_possible(
            sum(x.points * self.weights.get(x.short_name, 1) for x in self.lessons)
        )

    @property
    def lessons(self) -> tuple[LessonColumn, ...]:
        """Every lesson that anybody was graded in, in the order of the course."""
        columns: dict[str, LessonColumn] = {}
        for report in (r for one in self.learners for r in one.reports):
            column = columns.get(report.lesson)
            points = max(report.full_points, column.points if column else 0)
            columns[report.lesson] = LessonColumn(report.lesson, report.title, points)
        return tuple(sorted(columns.values(), key=lambda c: (c.number, c.name)))


def without_number(result: ClassResult, lms: str) -> tuple[str, ...]:
    """Return the graded learners whose number on a platform isn't known."""
    return tuple(
        one.learner.display_name
        for one in result.learners
        if one.reports and not one.learner.number_on(lms).isdecimal()
    )
