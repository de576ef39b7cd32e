"""report: the record of one grading.

A report contains everything that a renderer, a gradebook or an export needs, so that
nothing has to be computed again. It is frozen, and a round trip through JSON doesn't
change it.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import force_setattr

from grader.report.outcome import Outcome as Outcome
from grader.sandbox.isolation.policy import Isolation

# Means the file itself, among the names that checks have used.
WHOLE_FILE = "*"


class Basis(msgspec.Struct, frozen=True):
    """What a verdict depends on: it may be kept while this is unchanged.

    Attributes:
        asked: the names in the attempt's file that the checks have used.
        code: a hash of what these names mean, and of everything that they use.
        judged_at: when the checks were run, in UTC, as ISO 8601.
        is_kept: whether they were run for an earlier grading instead of this one.
    """

    asked: tuple[str, ...]
    code: str
    judged_at: str
    is_kept: bool = False


def whole_if_possible(points: float) -> int | float:
    """Return points to two decimals, as an int where they are whole.

    >>> whole_if_possible(15.0), whole_if_possible(0.1 + 0.2)
    (15, 0.3)
    """
    return int(points) if points == int(points) else round(points, 2)


class Override(msgspec.Struct, frozen=True):
    """Points that count instead of those from the checks, and why.

    Attributes:
        points: for an exercise or a whole lesson.
        why: the reason.
    """

    points: int | float
    why: str


class UnreadPart(msgspec.Struct, frozen=True):
    """A part that Python can't parse.

    Attributes:
        exercise: the tag of its exercise; "" for a cell outside of the exercises.
        error: Python's error message.
        line: the line in that message, or None.
        cell: in a notebook, the cell in which that line is counted, or None.
        is_line: whether only that line was left out, not the whole cell.
    """

    exercise: str
    error: str
    line: int | None = None
    cell: int | None = None
    is_line: bool = False


class LeftOutStatement(msgspec.Struct, frozen=True):
    """A statement at the top level that fails while the file is loaded.

    Attributes:
        exercise: the tag of its cell's exercise; "" outside of the exercises.
        error: one or more sentences about how it fails.
        line: the line that fails, or its first line.
        cell: in a notebook, the cell in which that line is counted, or None.
    """

    exercise: str
    error: str
    line: int | None = None
    cell: int | None = None


def part_name(exercise: str) -> str:
    """Return the name of a part for use in a sentence, by its exercise.

    >>> part_name("3d"), part_name("")
    ('exercise 3d', 'a cell outside of the exercises')
    """
    return f"exercise {exercise}" if exercise else "a cell outside of the exercises"


SCHEMA_VERSION = 2
# `Report.points_rule` says what each of them means.
POINTS_RULE = 2

# The most characters that a report keeps of a text, because texts come from attempts.
LONGEST_SENTENCE = 2_000
LONGEST_TRACE = 8_000
_LONGEST = {"sentence": LONGEST_SENTENCE, "trace": LONGEST_TRACE}
LONGEST_TEXT = 4_000


class _Bounded(msgspec.Struct, frozen=True):
    """A record whose texts are cut when it is created."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            most = _LONGEST.get(name, LONGEST_TEXT)
            if isinstance(value, str) and len(value) > most:
                force_setattr(self, name, value[: most - 4] + " ...")


class Mistake(_Bounded, frozen=True):
    """A recognised mistake: a stable tag for records, a sentence for the learner.

    Attributes:
        tag: ``3e.mean_over_everything``, or ``3e.bits+missing minus`` for two at once.
        sentence: the sentence for the learner.
        slips: the names of the slips in it, which are the same in every lesson.
        sentences: the sentence for each of these, if there are several.
        cure: the line that fixes it, which nearly gives the answer; "" if there is
            none, or if it isn't shown yet.
        is_cure_held_back: whether there is a cure that isn't shown yet.
    """

    tag: str
    sentence: str
    slips: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    cure: str = ""
    is_cure_held_back: bool = False

    @property
    def full_sentence(self) -> str:
        """The whole text: what was found, and how to fix it."""
        return f"{self.sentence} {self.cure}".rstrip()

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Each slip in it, with its own sentence."""
        sentences = self.sentences or (self.sentence,) * len(self.slips)
        return tuple(zip(self.slips, sentences, strict=True))


class Finding(_Bounded, frozen=True):
    """The feedback on a check that didn't pass. Every text may be empty.

    Attributes:
        sentence: what happened, in one line. After an exception it begins with `error`.
        call: the call as the learner would type it, with long arrays shortened.
        look: what was examined instead of a call: a dict entry, or information from one
            of the learner's objects.
        expected: the expected value.
        got: the learner's value.
        place: the first position where two arrays differ: ``[2, 1]``.
        line: the line number in the attempt that it is about, or None.
        source: that line of the attempt.
        mistakes: the known mistakes that give exactly this answer; there are several if
            no input distinguishes them.
        trace: the learner's own part of a traceback, innermost last.
        column: for a SyntaxError, the column of the line, counted from 1, or None.
        needs: the tag of the exercise that has to be written or fixed first, or "".
        cell: in a notebook, the cell in which the line is counted, itself counted from
            1 including text cells, or None.
        causes: the tags of the exercises that cause it, although they passed: with the
            lesson's own solutions instead, every check passes.
        claim: the claim that is false, if it isn't the claim of the check.
        error: Python's own words about an exception, or "".
    """

    sentence: str
    call: str = ""
    look: str = ""
    expected: str = ""
    got: str = ""
    place: str = ""
    line: int | None = None
    source: str = ""
    mistakes: tuple[Mistake, ...] = ()
    trace: str = ""
    column: int | None = None
    needs: str = ""
    cell: int | None = None
    causes: tuple[str, ...] = ()
    claim: str = ""
    error: str = ""

    @property
    def explanation(self) -> str:
        """The sentence without Python's own words, or "" if there is nothing else."""
        return self.sentence.removeprefix(self.error).lstrip("?. ")


class Unnamed(_Bounded, frozen=True):
    """Wrong answers without a named mistake, which can be compared for equality.

    Attributes:
        digest: the same for all who give the same answers to the same questions.
        code: the learner's function, cut to a limit.
    """

    digest: str
    code: str = ""


class CheckResult(_Bounded, frozen=True):
    """The result of one check.

    Attributes:
        name: its name, which doesn't change.
        sentence: its claim.
        outcome: how it ended.
        finding: the feedback if it didn't pass.
        remark: shown each time, even if the check passed.
        wall_s: how many seconds it took.
        measured: if it passed, a measurement from the learner's own answer, or "".
    """

    name: str
    sentence: str
    outcome: Outcome
    finding: Finding | None = None
    remark: str = ""
    wall_s: float = 0.0
    measured: str = ""

    @property
    def full_sentence(self) -> str:
        """The claim, with what was measured."""
        return f"{self.sentence} {self.measured}".strip()


class EntryResult(_Bounded, frozen=True):
    """The result of one entry of a dict of answers.

    Attributes:
        target: the entry: ``PAPER["mean"]``.
        is_right: whether it is right.
        is_two_way: whether it is a choice between two. If there are several of these,
            learners only see how many are right, until the exercise has been graded
            with a third text that isn't right.
        line: the line of its value in the attempt, or None.
        cell: in a notebook, the cell in which that line is counted, or None.
    """

    target: str
    is_right: bool
    is_two_way: bool = False
    line: int | None = None
    cell: int | None = None

    @property
    def key(self) -> str:
        """Its key as text: ``mean``."""
        return self.target.partition('["')[2].removesuffix('"]')


class ExerciseResult(msgspec.Struct, frozen=True):
    """The result of one exercise: all of its points or none, unless a person gave some,
    or it is a dict of answers.

    Attributes:
        tag: its tag, such as ``3e``.
        title: its title.
        points: the points that it is worth.
        outcome: how it ended.
        checks: one entry for each check.
        finding: that of the first check that didn't pass, with the mistakes that
            explain it.
        remarks: what is shown although the exercise is right.
        override: other points than the checks gave, by hand.
        unnamed: set for a wrong answer without a named mistake.
        basis: set for an exercise that passed and trains.
        when_complete: what is shown once the whole lesson is right, such as the
            accuracy on the test images.
        judged_with: the tags of exercises that this one uses and that aren't right yet.
            It was judged with the lesson's own functions instead; `remarks` says so.
        entries: those of a dict of answers of which some are wrong.
        partial_points: the points of a dict of answers that isn't all right: in
            proportion to its right entries, rounded down to whole points; otherwise 0.
        claims: for a prediction that is complete: how many of its checks passed, and
            how many it has; otherwise 0 and 0. Those of the first complete guess are
            counted when the lesson is done.
    """

    tag: str
    title: str
    points: int
    outcome: Outcome
    checks: tuple[CheckResult, ...]
    finding: Finding | None = None
    remarks: tuple[str, ...] = ()
    override: Override | None = None
    unnamed: Unnamed | None = None
    basis: Basis | None = None
    when_complete: tuple[str, ...] = ()
    judged_with: tuple[str, ...] = ()
    entries: tuple[EntryResult, ...] = ()
    partial_points: int = 0
    claims: tuple[int, int] = (0, 0)

    @property
    def word(self) -> str:
        """Its outcome as people read it.

        A dict of answers with points for some entries has been attempted.
        """
        is_begun = self.outcome is Outcome.NOT_ATTEMPTED and self.partial_points > 0
        return "unfinished" if is_begun else self.outcome.word

    @property
    def is_kept(self) -> bool:
        """Whether its verdict comes from an earlier grading."""
        return self.basis is not None and self.basis.is_kept

    @property
    def earned(self) -> int | float:
        """The points earned: by the checks, or what a person gave."""
        if self.override is not None:
            return self.override.points
        return self.judged

    @property
    def judged(self) -> int:
        """The points that the checks give, even if a person gave others."""
        return self.points if self.outcome.is_right else self.partial_points

    @property
    def is_right(self) -> bool:
        """Whether it has all of its points."""
        if self.override is not None:
            return self.override.points == self.points
        return self.outcome.is_right

    @property
    def is_broken(self) -> bool:
        """Whether the grader itself failed, and no person has decided since."""
        return self.outcome.is_broken and self.override is None


class Picture(msgspec.Struct, frozen=True):
    """Something to draw beside the words.

    Attributes:
        kind: "digits", "matrix" or "curve".
        title: one line above it.
        rows: digits: one flat list of 784 bytes per digit; matrix: its rows;
            curve: one list per series.
        captions: one per row.
        exercise: the tag of the exercise that it belongs to, or "".
    """

    kind: str
    title: str
    rows: tuple[tuple[float, ...], ...]
    captions: tuple[str, ...] = ()
    exercise: str = ""


class Report(msgspec.Struct, frozen=True):
    """One grading of one attempt.

    Attributes:
        lesson: the lesson's full name, ``lesson3_gradients``.
        title: the lesson's title.
        attempt: the attempt's path as the learner would type it.
        attempt_sha256: the hash of the attempt's bytes.
        seed: the seed of the random inputs; the same seed repeats the grading.
        exercises: one entry for each exercise, in the order of the lesson.
        problem: set when the attempt could not be loaded at all; then every exercise
            has the problem's outcome and no checks.
        output: what the attempt printed, cut to a limit.
        output_was_cut: whether it printed more than that.
        pictures: pictures to draw below the exercises.
        isolation: the worker's sandbox layers; None if no worker was started, or they
            weren't recorded.
        exposed: a sentence about a solution, a check or a data file that the attempt
            could have read, or "".
        partial: the tag of the only exercise graded, or "".
        versions: those of the grader (its number, and a hash of everything that
            judges), the lesson (a hash of its checks and solution), Python and the
            libraries.
        started_at: UTC, ISO 8601.
        wall_s: seconds from start to end.
        notes: what somebody should know about the file, such as lines that were left
            out, and comments by hand on the lesson.
        unread: the parts that Python can't parse; the file was graded without them.
        left_out: the statements that fail; the file was graded without them.
        override: points that a person gave for the whole lesson.
        cells: a hash of the code in each exercise's cells, by tag; empty if no cell
            gives its exercise. The exercise that is shown in full is the first that
            isn't right of those whose hash differs from the grading before.
        is_of_class: whether the instructor graded it, with the class: such a grading
            doesn't change which exercise a learner is shown.
        schema_version: the version of this format.
        points_rule: the version of the rule by which points were given. 1: an exercise
            has all of its points or none, and none if it calls a wrong one. 2: the
            lesson's function may replace that one, and a dict of answers has points
            for each right entry.
        when_complete: sentences that are shown if the whole lesson is right, such as
            how many of the first guesses were; empty in the gradebook.
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
    isolation: tuple[Isolation, ...] | None = None
    exposed: str = ""
    partial: str = ""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    started_at: str = ""
    wall_s: float = 0.0
    notes: tuple[str, ...] = ()
    unread: tuple[UnreadPart, ...] = ()
    left_out: tuple[LeftOutStatement, ...] = ()
    override: Override | None = None
    cells: dict[str, str] = msgspec.field(default_factory=dict)
    is_of_class: bool = False
    schema_version: int = SCHEMA_VERSION
    points_rule: int = 1
    when_complete: tuple[str, ...] = ()

    @property
    def score(self) -> int | float:
        """Points earned, or what a person gave for the whole lesson."""
        if self.override is not None:
            return self.override.points
        return whole_if_possible(sum(exercise.earned for exercise in self.exercises))

    @property
    def points(self) -> int:
        """The points that could be earned, without exercises that the grader broke."""
        return sum(e.points for e in self.exercises if not e.is_broken)

    @property
    def full_points(self) -> int:
        """The points of the whole lesson, including exercises that the grader broke."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def has_passed(self) -> bool:
        """Whether every exercise is right, and the file runs unchanged."""
        is_right = bool(self.exercises) and all(e.is_right for e in self.exercises)
        return is_right and self.is_whole

    @property
    def not_run(self) -> tuple[UnreadPart | LeftOutStatement, ...]:
        """The parts left out for the grading, in the order of the file."""
        parts: list[UnreadPart | LeftOutStatement] = [*self.unread, *self.left_out]
        return tuple(sorted(parts, key=lambda part: (part.cell or 0, part.line or 0)))

    @property
    def is_whole(self) -> bool:
        """Whether the file was graded unchanged, with nothing left out."""
        return not self.not_run

    @property
    def is_broken(self) -> bool:
        """Whether the grader itself failed somewhere, and no person has decided since;
        without an exercise nothing was graded.
        """
        if self.override is not None:
            return False
        return not self.exercises or any(e.is_broken for e in self.exercises)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was attempted, as on a page that is handed in unchanged."""
        is_open = all(
            e.outcome.is_open and e.override is None and not e.partial_points
            for e in self.exercises
        )
        is_given = self.override is not None
        return bool(self.exercises) and is_open and self.is_whole and not is_given

    @property
    def is_empty(self) -> bool:
        """Whether the problem is that the file is empty."""
        return self.problem is not None and all(
            e.outcome is Outcome.NOT_ATTEMPTED for e in self.exercises
        )
