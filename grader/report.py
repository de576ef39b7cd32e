"""report: the record of one grading, to JSON and back.

A report holds everything a renderer, a gradebook or an export needs and nothing that
has to be computed again. It is plain data: frozen, comparable, and the same after a
round trip through JSON.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import msgspec

SCHEMA_VERSION = 1


class Outcome(enum.StrEnum):
    """What became of a check or of an exercise. Words, so colour is never needed."""

    PASSED = "passed"
    WRONG = "wrong"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    NOT_ATTEMPTED = "not attempted"
    SKIPPED = "skipped"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A recognised mistake: a stable tag for records, a sentence for the learner."""

    tag: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said about one check that did not pass. Every text may be empty.

    Attributes:
        sentence: what happened, in one line.
        call: what was called, as the learner would type it, long arrays shortened.
        expected: what was expected.
        got: what came.
        place: where the two differ first, for arrays: ``[2, 1]``.
        line: the line number in the attempt that it is about, or None.
        source: that line of the attempt.
        mistakes: the known mistakes that give exactly this answer; more than one when
            no input tells them apart.
        trace: the learner's own part of a traceback, innermost last.
    """

    sentence: str
    call: str = ""
    expected: str = ""
    got: str = ""
    place: str = ""
    line: int | None = None
    source: str = ""
    mistakes: tuple[Mistake, ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `remark` is said even though the check passed."""

    name: str
    sentence: str
    outcome: Outcome
    finding: Finding | None = None
    remark: str = ""
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    """The result of one exercise: all of its points, or none.

    `finding` is the one of the first check that did not pass, after diagnosis.
    """

    tag: str
    title: str
    points: int
    outcome: Outcome
    checks: tuple[CheckResult, ...]
    finding: Finding | None = None
    remarks: tuple[str, ...] = ()

    @property
    def earned(self) -> int:
        """The points earned, 0 or `points`."""
        return self.points if self.outcome is Outcome.PASSED else 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Something to draw beside the words.

    Attributes:
        kind: "digits", "matrix" or "curve".
        title: one line above it.
        rows: digits: one flat list of 784 bytes per digit; matrix: its rows;
            curve: one list per series.
        captions: one per row.
    """

    kind: str
    title: str
    rows: tuple[tuple[float, ...], ...]
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One grading of one attempt.

    Attributes:
        lesson: the lesson's full name, ``lesson3_cross_entropy``.
        title: the lesson's title.
        attempt: the attempt's path as the learner would type it.
        attempt_sha256: hash of the attempt's bytes.
        seed: the seed of the random inputs; the same seed repeats the grading.
        exercises: one entry an exercise, in the order of the lesson.
        problem: set when the attempt could not be loaded at all; then every exercise
            has the problem's outcome and no checks.
        output: what the attempt printed, cut to a bound.
        output_was_cut: whether it printed more than that.
        pictures: what is drawn under the exercises.
        walls: which walls stood around the worker, in words.
        partial: the tag of the only exercise graded, or "".
        versions: name to version of grader, lesson (a hash), python, numpy and so on.
        started_at: UTC, ISO 8601.
        wall_s: seconds from start to end.
    """

    lesson: str
    title: str
    attempt: str
    attempt_sha256: str
    seed: int
    exercises: tuple[ExerciseResult, ...]
    problem: Finding | None = None
    output: str = ""
    output_was_cut: bool = False
    pictures: tuple[Picture, ...] = ()
    walls: tuple[str, ...] = ()
    partial: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    started_at: str = ""
    wall_s: float = 0.0
    schema_version: int = SCHEMA_VERSION

    @property
    def score(self) -> int:
        """Points earned."""
        return sum(exercise.earned for exercise in self.exercises)

    @property
    def points(self) -> int:
        """Points that could be earned; what the grader broke counts for nobody."""
        return sum(
            exercise.points
            for exercise in self.exercises
            if exercise.outcome is not Outcome.BROKEN
        )

    @property
    def has_passed(self) -> bool:
        """Whether every exercise is right."""
        return all(e.outcome is Outcome.PASSED for e in self.exercises)

    @property
    def is_broken(self) -> bool:
        """Whether the grader itself failed somewhere."""
        return any(e.outcome is Outcome.BROKEN for e in self.exercises)

    @property
    def is_empty(self) -> bool:
        """Whether the problem is that nothing is in the file."""
        return self.problem is not None and all(
            e.outcome is Outcome.NOT_ATTEMPTED for e in self.exercises
        )

    @property
    def first_not_passed(self) -> ExerciseResult | None:
        """The exercise whose message is shown."""
        return next(
            (e for e in self.exercises if e.outcome is not Outcome.PASSED), None
        )


def to_json(report: Report) -> bytes:
    """Write a report as JSON, with its score beside its parts."""
    data = msgspec.to_builtins(report)
    data["score"], data["points"] = report.score, report.points
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def from_json(text: bytes) -> Report:
    """Read a report back.

    Raises:
        msgspec.ValidationError: the text is not a report of this schema.
    """
    return msgspec.json.decode(text, type=Report)


def json_schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    return msgspec.json.schema(Report)
