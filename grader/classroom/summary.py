"""summary: the state of a class, in numbers that an instructor can act on.

Mistakes are counted by their name and not by their place: a slip has one name in all
lessons. Mistakes of two exercises are the same if they have the same name and the same
sentence. Wrong answers without a known mistake are counted too, if several people gave
them: everyone got the same questions, so equal answers are recognised.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from grader.classroom.notes import NoteKind, kind_of
from grader.classroom.records import ClassResult, LearnerResult, LessonColumn
from grader.common.sanitize import clean_line
from grader.report import ExerciseResult, Finding, Mistake, Outcome, Report
from grader.report.sentences import where_in, where_not_run

BANDS = 10
LEFT_OUT = (
    "Failures because of another exercise, or of a file that couldn't be loaded, are "
    "left out."
)
_Key = tuple[str, str]
# A single person's answer must not be shown.
FEWEST = 2


def place_of(tag: str) -> tuple[int, str]:
    """Return the sort key of an exercise in the course: 11a comes after 9f."""
    number = re.match(r"\d*", tag)
    assert number is not None
    return (int(number[0] or 0), tag)


class OutcomeCounts(Counter[Outcome]):
    """How many learners had which outcome in one exercise.

    Attributes:
        elsewhere: how many tried it and failed only because another exercise isn't
            right, or because their file can't be loaded.
    """

    elsewhere = 0

    def add(self, report: Report, exercise: ExerciseResult) -> None:
        """Count an exercise of a report."""
        self[exercise.outcome] += 1
        self.elsewhere += exercise.outcome.is_tried and _is_elsewhere(report, exercise)

    @property
    def tried(self) -> int:
        """How many learners tried it."""
        return sum(self[outcome] for outcome in Outcome if outcome.is_tried)

    @property
    def passed(self) -> int:
        """How many learners have it right."""
        return self[Outcome.PASSED]

    @property
    def counted(self) -> int:
        """How many learners tried it, except those who failed for another reason."""
        return self.tried - self.elsewhere

    @property
    def share_passed(self) -> float:
        """The fraction of `counted` who have it right; 1 if `counted` is 0."""
        return self.passed / self.counted if self.counted else 1.0


def _is_elsewhere(report: Report, exercise: ExerciseResult) -> bool:
    """Return whether an exercise fails only because of something outside of it."""
    if report.problem is not None:
        return True
    right = {x.tag for x in report.exercises if x.outcome.is_right}
    causes = exercise.finding.causes if exercise.finding else ()
    return not right.issuperset(causes)


class MistakeCount(msgspec.Struct, frozen=True):
    """One mistake, and everyone who made it.

    Attributes:
        name: its name, such as ``bits``.
        sentence: the sentence that most of them got; its numbers may differ for others.
        learners: the people who made it, each once.
        exercises: the exercises it occurred in, in the order of the lessons.
        is_shared: whether several people got exactly this sentence, so that it reveals
            nothing about one person.
        cure: how to fix it, or "".
    """

    name: str
    sentence: str
    learners: tuple[str, ...]
    exercises: tuple[str, ...]
    is_shared: bool = False
    cure: str = ""

    @property
    def people(self) -> str:
        """How many people, and in which exercises: ``26 people, in 3d and 3e``."""
        many = len(self.learners)
        return f"{many} {'person' if many == 1 else 'people'}, in {self.where}"

    @property
    def where(self) -> str:
        """The exercises as words: ``3d, 3e and 10a``."""
        *others, last = self.exercises
        return f"{', '.join(others)} and {last}" if others else last


@dataclass
class _Made:
    learners: dict[str, None] = field(default_factory=dict)
    exercises: set[str] = field(default_factory=set)
    sentences: dict[str, set[str]] = field(default_factory=dict)
    cure: str = ""


@dataclass
class MistakeCounts:
    """Counts mistakes, one exercise of one learner at a time."""

    _named_mistakes: list[tuple[str, str, Mistake]] = field(default_factory=list)

    def add(self, learner: str, exercise: ExerciseResult) -> None:
        """Count the mistakes that were named in one exercise."""
        for mistake in exercise.finding.mistakes if exercise.finding else ():
            self._named_mistakes.append((learner, exercise.tag, mistake))

    def sorted(self) -> list[MistakeCount]:
        """Return every mistake, the most frequent first."""
        keys: dict[str, _Key] = {}
        for _, _, mistake in self._named_mistakes:
            if len(mistake.slips) <= 1:  # it is named by itself
                keys.setdefault(mistake.tag, _key_of(mistake))
        by_key: dict[_Key, _Made] = {}
        for learner, exercise, mistake in self._named_mistakes:
            for key, sentence in _find_parts(mistake, exercise, keys):
                made = by_key.setdefault(key, _Made())
                made.learners[learner] = None
                made.exercises.add(exercise)
                made.sentences.setdefault(clean_line(sentence), set()).add(learner)
                if mistake.cure and len(mistake.slips) <= 1:
                    made.cure = clean_line(mistake.cure)
        counts = [_count(key, made) for key, made in by_key.items()]
        return sorted(
            counts, key=lambda one: (-len(one.learners), one.exercises, one.name)
        )


def _key_of(mistake: Mistake) -> _Key:
    """Return the key under which a mistake is counted when it is named by itself."""
    if mistake.slips:
        return mistake.slips[0], ""
    name = mistake.tag.rpartition(".")[2].replace("_", " ")
    # The same sentence in other exercises and with other numbers is one mistake. So is
    # a tag, even if learners get different sentences for it.
    return name, re.sub(r"\d[\d.]*", "0", mistake.sentence)


def _find_parts(
    mistake: Mistake, exercise: str, keys: Mapping[str, _Key]
) -> Iterator[tuple[_Key, str]]:
    """Yield the keys that a mistake counts for, with sentences: its parts', or its own.

    A mistake that the exercise declares counts as one, even beside a slip.
    """
    if len(mistake.slips) <= 1:
        yield keys[mistake.tag], mistake.sentence
        return
    for name, sentence in mistake.parts:
        yield keys.get(f"{exercise}.{name}", (name, "")), sentence


def _count(key: _Key, mistake: _Made) -> MistakeCount:
    sentence, names = max(mistake.sentences.items(), key=lambda pair: len(pair[1]))
    return MistakeCount(
        key[0],
        sentence,
        tuple(mistake.learners),
        tuple(sorted(mistake.exercises, key=place_of)),
        len(names) > 1,
        mistake.cure,
    )


class UnnamedAnswer(msgspec.Struct, frozen=True):
    """One wrong answer without a name, and everyone who gave it.

    Attributes:
        exercise: its tag, such as 3d.
        finding: the feedback that one of them got: the call, both values.
        learners: the people who gave it, each once.
        code: the different functions it came from, at most one per person.
        has_raised: whether it was an exception instead of an answer. It is of one type
            for all; its message may differ.
    """

    exercise: str
    finding: Finding
    learners: tuple[str, ...]
    code: tuple[str, ...]
    has_raised: bool = False

    @property
    def people(self) -> str:
        """How many people, and where: ``7 people gave this same answer to 3e``."""
        count = f"{len(self.learners)} people"
        if self.has_raised:
            return f"{count} met the same kind of exception in {self.exercise}"
        return f"{count} gave this same answer to {self.exercise}"


@dataclass
class _Given:
    finding: Finding
    has_raised: bool
    learners: dict[str, None] = field(default_factory=dict)
    code: dict[str, None] = field(default_factory=dict)


@dataclass
class UnnamedAnswers:
    """Counts answers, one exercise of one learner at a time."""

    _given: dict[tuple[str, str], _Given] = field(default_factory=dict)

    def add(self, learner: str, exercise: ExerciseResult) -> None:
        """Count the answer to one exercise, if it has no name."""
        unnamed, finding = exercise.unnamed, exercise.finding
        if unnamed is None or finding is None:
            return
        key = (exercise.tag, unnamed.digest)
        has_raised = exercise.outcome is Outcome.RAISED
        given = self._given.setdefault(key, _Given(finding, has_raised))
        given.learners[learner] = None
        if unnamed.code:
            given.code[unnamed.code] = None

    def sorted(self) -> list[UnnamedAnswer]:
        """Return the answers that several people gave, the most frequent first."""
        answers = [
            UnnamedAnswer(
                *(tag, one.finding, tuple(one.learners), tuple(one.code)),
                one.has_raised,
            )
            for (tag, _), one in self._given.items()
            if len(one.learners) >= FEWEST
        ]
        return sorted(answers, key=lambda x: (-len(x.learners), place_of(x.exercise)))


class ExerciseSummary(msgspec.Struct, frozen=True):
    """One exercise, for the whole class."""

    tag: str
    lesson: LessonColumn
    title: str
    counts: OutcomeCounts

    @property
    def difficulty(self) -> tuple[float, int, tuple[int, str]]:
        """The sort key: first the hardest, which few have right and many tried."""
        return self.counts.share_passed, -self.counts.counted, place_of(self.tag)


@dataclass
class ClassCounts:
    """The results of a class's exercises, counted report by report.

    Attributes:
        exercises: how many had which outcome, by exercise.
        mistakes: who made which mistake, and where.
        unnamed: who gave which wrong answer that has no name.
    """

    exercises: dict[str, OutcomeCounts] = field(
        default_factory=lambda: defaultdict(OutcomeCounts)
    )
    mistakes: MistakeCounts = field(default_factory=MistakeCounts)
    unnamed: UnnamedAnswers = field(default_factory=UnnamedAnswers)
    _names: dict[str, tuple[LessonColumn, str]] = field(default_factory=dict)

    def add_report(self, learner: str, report: Report) -> None:
        """Count a report of somebody, by their id."""
        lesson = LessonColumn(report.lesson, report.title, report.full_points)
        for exercise in report.exercises:
            self._names[exercise.tag] = lesson, exercise.title
            self.exercises[exercise.tag].add(report, exercise)
            self.mistakes.add(learner, exercise)
            self.unnamed.add(learner, exercise)

    def sorted(self) -> list[ExerciseSummary]:
        """Return every exercise, the hardest first."""
        summaries = [
            ExerciseSummary(tag, *self._names[tag], counts)
            for tag, counts in self.exercises.items()
        ]
        return sorted(summaries, key=lambda one: one.difficulty)


class LessonSummary(msgspec.Struct, frozen=True):
    """One lesson, for the whole class.

    Attributes:
        lesson: its names, and the points it is worth.
        graded: how many learners have a report.
        passed: how many have every exercise right.
        median: the median score of those graded.
        bands: how many scored 0-9 %, 10-19 %, … 90-100 % of the points.
        wall_s: the median time of a grading, in seconds.
    """

    lesson: LessonColumn
    graded: int
    passed: int
    median: float
    bands: tuple[int, ...]
    wall_s: float


class Look(msgspec.Struct, frozen=True):
    """Something a person should look at, about a learner by their id."""

    learner: str
    sentence: str
    kind: NoteKind = NoteKind.OTHER


class Summary(msgspec.Struct, frozen=True):
    """A class in numbers; the hardest exercise and commonest mistake come first."""

    lessons: tuple[LessonSummary, ...]
    exercises: tuple[ExerciseSummary, ...]
    mistakes: tuple[MistakeCount, ...]
    unnamed: tuple[UnnamedAnswer, ...]
    looks: tuple[Look, ...]


def summarise(result: ClassResult) -> Summary:
    """Count a class once, for both the terminal and the page."""
    counts = ClassCounts()
    for learner_result in result.learners:
        for report in learner_result.reports:
            counts.add_report(learner_result.learner.id, report)
    return Summary(
        lessons=tuple(_lesson(lesson, result) for lesson in result.lessons),
        exercises=tuple(counts.sorted()),
        mistakes=tuple(counts.mistakes.sorted()),
        unnamed=tuple(counts.unnamed.sorted()),
        looks=tuple(look for one in result.learners for look in _looks(one)),
    )


def _lesson(lesson: LessonColumn, result: ClassResult) -> LessonSummary:
    all_reports = (one.report_of(lesson.name) for one in result.learners)
    reports = [report for report in all_reports if report]
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


def _looks(learner_result: LearnerResult) -> Iterator[Look]:
    name = learner_result.learner.display_name  # it is shown before each note
    for note in learner_result.notes:
        text = note.removeprefix(f"{name}: ").removeprefix(f"{name} ")
        yield Look(learner_result.learner.id, clean_line(text), kind_of(note))
    for report in learner_result.reports:
        for sentence in looks_of(report):
            yield Look(learner_result.learner.id, f"{report.lesson} {sentence}")


def looks_of(report: Report) -> Iterator[str]:
    """Yield what a person should look at in a grading, as text after the lesson."""
    if report.problem is not None:
        where = where_in(report.problem)
        at = f" ({where})" if where else ""
        problem = f"could not be loaded{at}: {clean_line(report.problem.sentence)}"
        yield "is an empty file" if report.is_empty else problem
        return
    for part in report.not_run:
        yield f"was graded without {where_not_run(part)}: {clean_line(part.error)}"
    # The grader's own failure comes first.
    for outcome in sorted(Outcome, key=lambda one: not one.is_broken):
        tags = [e.tag for e in report.exercises if e.outcome is outcome]
        if tags and (sentence := _why_look(outcome)):
            yield sentence.format(tags=", ".join(tags))


def _why_look(outcome: Outcome) -> str:
    """Return the text about exercises with this outcome, or "" if all is well."""
    match outcome:
        case Outcome.BROKEN:
            return "the grader itself failed at {tags}; grade it again"
        case Outcome.TIMED_OUT:
            return "ran out of time at {tags}"
        case Outcome.OUT_OF_MEMORY:
            return "ran out of memory at {tags}"
        case Outcome.PASSED | Outcome.WRONG | Outcome.GUESSED | Outcome.RAISED:
            return ""
        case Outcome.NOT_ATTEMPTED | Outcome.SKIPPED:
            return ""
        case _:
            assert_never(outcome)
