"""summary: where a class stands, in numbers that an instructor can act on."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator

import msgspec

from grader.classroom.mistake_counts import MistakeCount, MistakeCounts
from grader.classroom.records import ClassResult, LearnerResult, LessonColumn
from grader.classroom.unnamed_answers import UnnamedAnswer, UnnamedAnswers
from grader.clean import one_line
from grader.report import ExerciseResult, Outcome, Report
from grader.report.report_lines import where_in, where_not_run

_TRIED = frozenset(Outcome) - {Outcome.NOT_ATTEMPTED, Outcome.SKIPPED, Outcome.BROKEN}
_NEEDS_LOOK = {
    Outcome.BROKEN: "the grader itself failed at {tags}; grade it again",
    Outcome.TIMED_OUT: "ran out of time at {tags}",
    Outcome.OUT_OF_MEMORY: "ran out of memory at {tags}",
}
BANDS = 10
LEFT_OUT = (
    "Left out is what fails because of another exercise, or of a file that cannot be "
    "loaded."
)


class LessonSummary(msgspec.Struct, frozen=True):
    """One lesson over the class.

    Attributes:
        lesson: which.
        graded: how many learners have a report.
        passed: how many have every exercise right.
        median: the median score of those graded.
        bands: how many scored 0-9 %, 10-19 %, … 90-100 % of the points.
        wall_s: the median time a grading took.
    """

    lesson: LessonColumn
    graded: int
    passed: int
    median: float
    bands: tuple[int, ...]
    wall_s: float


class OutcomeCounts(Counter[Outcome]):
    """How many learners met which outcome in one exercise.

    Attributes:
        elsewhere: how many tried it, and it is not right because of another exercise
            that is not, or because their file cannot be loaded.
    """

    elsewhere = 0

    def add(self, report: Report, exercise: ExerciseResult) -> None:
        """Count an exercise of a report."""
        self[exercise.outcome] += 1
        self.elsewhere += exercise.outcome in _TRIED and _is_elsewhere(report, exercise)

    @property
    def tried(self) -> int:
        """How many tried it."""
        return sum(self[outcome] for outcome in _TRIED)

    @property
    def passed(self) -> int:
        """How many have it right."""
        return self[Outcome.PASSED]

    @property
    def told(self) -> int:
        """Of how many is known whether they can do it."""
        return self.tried - self.elsewhere

    @property
    def share_passed(self) -> float:
        """The share of these that have it right; 1 if there is nobody."""
        return self.passed / self.told if self.told else 1.0


class ExerciseSummary(msgspec.Struct, frozen=True):
    """One exercise over the class."""

    lesson: LessonColumn
    tag: str
    title: str
    counts: OutcomeCounts


class Look(msgspec.Struct, frozen=True):
    """Something a person should look at."""

    learner: str
    sentence: str


class Summary(msgspec.Struct, frozen=True):
    """A class in numbers; the hardest exercise and the commonest mistake first."""

    lessons: tuple[LessonSummary, ...]
    exercises: tuple[ExerciseSummary, ...]
    mistakes: tuple[MistakeCount, ...]
    unnamed: tuple[UnnamedAnswer, ...]
    looks: tuple[Look, ...]


def summarise(result: ClassResult) -> Summary:
    """Count a class once, for the terminal and for the page alike."""
    columns = {lesson.name: lesson for lesson in result.lessons}
    return Summary(
        lessons=tuple(_lesson(lesson, result) for lesson in columns.values()),
        exercises=tuple(sorted(_exercises(result, columns), key=_by_difficulty)),
        mistakes=tuple(_mistakes(result).sorted()),
        unnamed=tuple(_unnamed(result).sorted()),
        looks=tuple(look for one in result.learners for look in _looks(one)),
    )


def _lesson(lesson: LessonColumn, result: ClassResult) -> LessonSummary:
    found = (one.report_of(lesson.name) for one in result.learners)
    reports = [report for report in found if report]
    bands = [0] * BANDS
    for report in reports:
        share = report.score / max(1, report.full_points)
        bands[min(int(share * BANDS), BANDS - 1)] += 1
    return LessonSummary(
        lesson=lesson,
        graded=len(reports),
        passed=sum(report.has_passed for report in reports),
        median=statistics.median(report.score for report in reports),
        bands=tuple(bands),
        wall_s=statistics.median(report.wall_s for report in reports),
    )


def _find_graded(
    result: ClassResult,
) -> Iterator[tuple[LearnerResult, Report, ExerciseResult]]:
    for one in result.learners:
        for report in one.reports:
            for exercise in report.exercises:
                yield one, report, exercise


def _exercises(
    result: ClassResult, columns: dict[str, LessonColumn]
) -> Iterator[ExerciseSummary]:
    counts: dict[tuple[str, str], OutcomeCounts] = {}
    titles: dict[tuple[str, str], str] = {}
    for _, report, exercise in _find_graded(result):
        key = (report.lesson, exercise.tag)
        counts.setdefault(key, OutcomeCounts()).add(report, exercise)
        titles[key] = exercise.title
    for (lesson, tag), counted in counts.items():
        yield ExerciseSummary(columns[lesson], tag, titles[lesson, tag], counted)


def _is_elsewhere(report: Report, exercise: ExerciseResult) -> bool:
    """Return whether what is wrong with an exercise is not in it."""
    if report.problem is not None:
        return True
    right = {x.tag for x in report.exercises if x.outcome is Outcome.PASSED}
    causes = exercise.finding.causes if exercise.finding else ()
    return not right.issuperset(causes)


def _mistakes(result: ClassResult) -> MistakeCounts:
    counts = MistakeCounts()
    for one, _, exercise in _find_graded(result):
        counts.add(one.learner.id, exercise)
    return counts


def _unnamed(result: ClassResult) -> UnnamedAnswers:
    counts = UnnamedAnswers()
    for one, _, exercise in _find_graded(result):
        counts.add(one.learner.id, exercise)
    return counts


def _looks(one: LearnerResult) -> Iterator[Look]:
    name = one.learner.shown_name  # it is said before all that is
    for note in one.notes:
        said = note.removeprefix(f"{name}: ").removeprefix(f"{name} ")
        yield Look(one.learner.id, one_line(said))
    for report in one.reports:
        for sentence in looks_of(report):
            yield Look(one.learner.id, f"{report.lesson} {sentence}")


def looks_of(report: Report) -> Iterator[str]:
    """Yield what a person should look at in a grading: the ends of "lesson3 ..."."""
    if report.problem is not None:
        where = where_in(report.problem)
        at = f" ({where})" if where else ""
        said = f"could not be loaded{at}: {one_line(report.problem.sentence)}"
        yield "is an empty file" if report.is_empty else said
        return
    for part in report.not_run:
        yield f"was graded without {where_not_run(part)}: {one_line(part.error)}"
    for outcome, sentence in _NEEDS_LOOK.items():
        tags = [e.tag for e in report.exercises if e.outcome is outcome]
        if tags:
            yield sentence.format(tags=", ".join(tags))


def _by_difficulty(exercise: ExerciseSummary) -> tuple[float, int, int, str]:
    counts, lesson = exercise.counts, exercise.lesson.number
    return (counts.share_passed, -counts.told, lesson, exercise.tag)
