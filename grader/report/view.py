"""view: which parts of a report are shown, in which order and in which words.

Each function returns blocks. A terminal, a notebook, a page and an export draw these
blocks in different ways, and add no other sentences.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from grader.report import ExerciseResult, Finding, Outcome, Picture, Report
from grader.report.focus import Focus, find_focus
from grader.report.sentences import (
    answer_rows,
    cell_to_change,
    claim_line,
    find_unconfined,
    isolation_line,
    list_tags,
    not_run_lines,
    place_rows,
    problem_title,
    remark_lines,
    reused_lines,
    reused_words,
    right_line,
    score_line,
    where_in,
    where_to_change,
)

_ONE_FRAME = 2  # lines: a trace of one frame adds nothing to the line above it
# It is written, but in the wrong place.
_WRITTEN = re.compile(r"still the lesson's own: delete it|Move it out, to the left")
_SAYS_NOTHING = re.compile(
    r"(?P<entry>[^:]+: )?This is not the (?:expected value|number expected)\."
)

PRINTED = "Your program printed"
CHECKED = "What was checked, in this order"
ANOTHER_WAY = "Another way to write it"
DETAILS = "Details"
FIX_LATER = "A hint also shows how to fix this mistake."
_SEVERAL = "One of these mistakes; each gives exactly your answer:"


class Tone(enum.StrEnum):
    """The subject of a sentence, so that a medium can highlight it."""

    PLAIN = ""
    CLAIM = "claim"  # the claim of the check that failed
    WARNING = "warning"  # the file doesn't run as it is
    REMARK = "remark"  # by an author, or by a person who gave points
    NOTE = "note"  # about the file, or about the verdicts
    PROGRESS = "progress"  # what has become right or wrong
    SUCCESS = "success"


class Sentence(msgspec.Struct, frozen=True):
    """One sentence; `about` is the exercise that it is about, or ""."""

    words: str
    tone: Tone = Tone.PLAIN
    about: str = ""


class Facts(msgspec.Struct, frozen=True):
    """The call, the expected and the actual value, each with its label."""

    rows: tuple[tuple[str, str], ...]


class Position(msgspec.Struct, frozen=True):
    """A line of the attempt.

    Attributes:
        where: "line 12", "cell 7, line 3", or "".
        source: the line itself, without its indentation, or "".
        column: the column of the line in the file, counted from 1, or None.
        indent: how many characters of the line are left out before `source`.
    """

    where: str
    source: str
    column: int | None = None
    indent: int = 0

    @property
    def marked(self) -> str:
        """The line, with a caret below the column."""
        column = (self.column or 0) if self.source else 0
        if column <= self.indent:
            return self.source
        return f"{self.source}\n{' ' * (column - 1 - self.indent)}^"


class Trace(msgspec.Struct, frozen=True):
    """The learner's part of a traceback, innermost last, and Python's own words."""

    lines: tuple[str, ...]


class Mistakes(msgspec.Struct, frozen=True):
    """The mistakes that give exactly this answer, each with its whole text."""

    sentences: tuple[str, ...]

    @property
    def lead(self) -> str:
        """The introduction to several mistakes; "" before one."""
        return _SEVERAL if len(self.sentences) > 1 else ""


class Details(msgspec.Struct, frozen=True):
    """The call, the first difference and Python's own words.

    They come last, and a medium that can fold text folds them.
    """

    blocks: tuple[Block, ...]


class CheckList(msgspec.Struct, frozen=True):
    """The checks of an exercise, each with its outcome."""

    exercise: ExerciseResult


class Output(msgspec.Struct, frozen=True):
    """What the attempt printed."""

    text: str
    was_cut: bool

    @property
    def shown(self) -> str:
        """The text, and a note if it was cut."""
        return self.text + ("\n[cut here: it printed more]" if self.was_cut else "")


class Score(msgspec.Struct, frozen=True):
    """The points of a whole lesson, or of the one exercise that was graded."""

    report: Report

    @property
    def words(self) -> str:
        """The score in words, out of all points that could be earned."""
        only = self.report.partial and f" (exercise {self.report.partial} only)"
        return f"{score_line(self.report)}{only}"


class Exercises(msgspec.Struct, frozen=True):
    """Every exercise with its outcome and points."""

    exercises: tuple[ExerciseResult, ...]


class FullMessage(msgspec.Struct, frozen=True):
    """The one message that is shown in full.

    Attributes:
        title: the exercise, or a title for the file.
        outcome: the outcome of the exercise.
        word: the outcome as a word; "" if it belongs to the file and not to an
            exercise.
        blocks: its content.
    """

    title: str
    outcome: Outcome
    word: str
    blocks: tuple[Block, ...]


class BriefMessage(msgspec.Struct, frozen=True):
    """An exercise whose message isn't shown in full, in one line.

    Attributes:
        tag: the exercise.
        outcome: its outcome.
        words: the sentence that names its mistake, or what happened.
    """

    tag: str
    outcome: Outcome
    words: str


class AnotherWay(msgspec.Struct, frozen=True):
    """Another way to write an exercise that is right, and a reason to do so."""

    code: str
    why: str


class NextStep(msgspec.Struct, frozen=True):
    """Advice on what to do next, and the commands for it."""

    words: str
    commands: tuple[str, ...] = ()


class Abilities(msgspec.Struct, frozen=True):
    """A list of what a learner can do now, and the words that introduce it."""

    lead: str
    can_do: tuple[str, ...]


Block = (
    Sentence
    | Facts
    | Position
    | Trace
    | Mistakes
    | Details
    | CheckList
    | Output
    | Score
    | Exercises
    | FullMessage
    | BriefMessage
    | AnotherWay
    | NextStep
    | Abilities
    | Picture
)


class NextCommands(msgspec.Struct, frozen=True):
    """The commands that come next, as they are typed where the report is shown.

    Attributes:
        again: grades the same attempt again.
        lesson: the short name of the lesson, ``lesson3``.
        onward: what follows when everything is right, or "" when every lesson is done.
        is_watching: whether saving is enough to be graded again.
        is_last: whether no lesson follows; `onward` is then one that was left out.
        title: the title of the lesson that `onward` leads to, or "".
        can_do: what the learner can do when the whole lesson is right.
        is_notebook: whether it is shown in a notebook, whose magics need only the tag
            of an exercise.
        notebook: the notebook's file, or "" if the kernel doesn't know it.
    """

    again: str
    lesson: str
    onward: str = ""
    is_watching: bool = False
    is_last: bool = False
    title: str = ""
    can_do: tuple[str, ...] = ()
    is_notebook: bool = False
    notebook: str = ""

    def grade(self, exercise: str = "") -> str:
        """Return the command that grades the attempt again, or one of its exercises."""
        if self.is_notebook:
            return f"%grade {exercise}".rstrip()
        # The tag of an exercise names its lesson, too.
        return self.again.replace(self.lesson, exercise or self.lesson, 1)

    def hint(self, exercise: str) -> str:
        """Return the command that shows the next hint of an exercise."""
        if self.is_notebook:
            return f"%hint {exercise}"
        return f"hint {exercise}"


def view_finding(finding: Finding, claim: str = "") -> Iterator[Block]:
    """Yield the blocks for a check that didn't pass.

    The problem and what to do about it come first, then the answer, then the line.
    Details come last.

    Args:
        finding: why the check didn't pass.
        claim: a sentence that says what was checked, or "".
    """
    if finding.mistakes:
        yield Mistakes(tuple(mistake.full_sentence for mistake in finding.mistakes))
    # If a named mistake explains an exception, Python's own words are in the details.
    sentence = "" if finding.mistakes and finding.error else finding.sentence
    words = finding.explanation or sentence
    if words and not _adds_nothing(words, finding):
        yield Sentence(words)
    if claim:
        yield Sentence(claim, Tone.CLAIM)
    if rows := answer_rows(finding):
        yield Facts(rows)
    source = finding.source.strip()
    if source or finding.column:
        indent = len(finding.source) - len(finding.source.lstrip())
        yield Position(where_in(finding), source, finding.column, indent)
    if details := tuple(_view_details(finding)):
        yield Details(details)


def has_fix_later(exercise: ExerciseResult) -> bool:
    """Return whether a hint shows how to fix a mistake that is named without that."""
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return any(mistake.is_cure_held_back for mistake in mistakes)


def _adds_nothing(words: str, finding: Finding) -> bool:
    """Return whether a named mistake says it all; its line shows which entry it is."""
    match = _SAYS_NOTHING.fullmatch(words)
    is_shown = match and (finding.source or not match["entry"])
    return bool(finding.mistakes and is_shown)


def _view_details(finding: Finding) -> Iterator[Block]:
    if rows := place_rows(finding):
        yield Facts(rows)
    lines = finding.trace.rstrip().splitlines()
    frames = lines if len(lines) > _ONE_FRAME else []
    error = [finding.error] if finding.explanation or finding.mistakes else []
    if shown := [*frames, *filter(None, error)]:
        yield Trace(tuple(shown))


def view_exercise(
    exercise: ExerciseResult,
    pictures: Sequence[Picture] = (),
    another_way: AnotherWay | None = None,
) -> Iterator[Block]:
    """Yield the blocks for one exercise.

    Args:
        exercise: its result.
        pictures: the pictures of the report; only this exercise's are shown.
        another_way: another way to write it, which is shown when it is right.
    """
    claim = claim_line(exercise)
    if exercise.finding:
        yield from view_finding(exercise.finding, claim)
    elif claim:
        yield Sentence(claim, Tone.CLAIM)
    if words := reused_words(exercise):
        yield Sentence(words, Tone.NOTE)
    for words in remark_lines(exercise):
        yield Sentence(words, Tone.REMARK)
    yield from (one for one in pictures if one.exercise == exercise.tag)
    yield from _view_checks(exercise)
    if another_way and exercise.is_right:
        yield another_way


def view_report(
    report: Report,
    commands: NextCommands,
    focus: Focus | None = None,
    another_way: AnotherWay | None = None,
) -> Iterator[Block]:
    """Yield a whole report, with one message in full and the next step.

    A terminal shows its last lines, so long parts come first there; a notebook shows
    the first lines.

    Args:
        report: the grading.
        commands: the commands that come next.
        focus: the exercise to show; if None, nothing is known of earlier gradings.
        another_way: another way to write the one exercise that was graded.
    """
    focus = focus or find_focus(report.exercises)
    long: tuple[Block, ...] = (*_view_output(report), *report.pictures)
    if not commands.is_notebook:
        yield from long
    yield Score(report)
    yield from (Sentence(line, Tone.WARNING) for line in not_run_lines(report))
    # A file that doesn't load says nothing about any single exercise.
    if report.problem is None:
        yield Exercises(report.exercises)
    remarks = tuple(_view_remarks(report))
    if not commands.is_notebook:
        yield from remarks
    for tags, words in reused_lines(report):
        yield Sentence(words, Tone.NOTE, tags)
    for note in (report.exposed, *report.notes):
        if note:
            yield Sentence(note, Tone.NOTE)
    yield from view_changes(report, focus)
    yield from _view_message(report, commands, focus)
    if commands.is_notebook:
        yield from remarks
    if another_way and report.partial and report.has_passed:
        yield another_way
    if commands.is_notebook:
        yield from long
    yield from _view_next(report, commands, focus)


def view_changes(report: Report, focus: Focus) -> Iterator[Sentence]:
    """Yield which exercises have become right, and which aren't right any more."""
    if report.problem is not None or report.partial or report.has_passed:
        return
    right, wrong = map(list_tags, (focus.became_right, focus.became_wrong))
    parts = (right and f"{right} right now", wrong and f"{wrong} no longer right")
    if words := "; ".join(filter(None, parts)):
        yield Sentence(f"{words}.", Tone.PROGRESS)


def _view_remarks(report: Report) -> Iterator[Sentence]:
    for exercise in report.exercises:
        for words in remark_lines(exercise):
            yield Sentence(words, Tone.REMARK, exercise.tag)


def view_problem(report: Report) -> Iterator[Block]:
    """Yield why a file couldn't be loaded, and which parts of it don't run."""
    if report.problem is not None:
        blocks = tuple(view_finding(report.problem))
        yield FullMessage(problem_title(report), Outcome.RAISED, "", blocks)
    yield from (Sentence(line, Tone.WARNING) for line in not_run_lines(report))


def view_footer(report: Report, commands: NextCommands) -> Iterator[Sentence]:
    """Yield how long a grading took, how to repeat it, and missing sandbox layers."""
    if commands.is_notebook:
        yield Sentence(
            f"{commands.notebook} was graded, with each cell as you last ran or saved "
            "it."
            if commands.notebook
            else "This kernel doesn't know the notebook's file: only cells that you "
            "have run here count."
        )
        yield Sentence(f"{report.wall_s:.1f} s, seed {report.seed}.")
    else:
        again = f"To repeat with the same inputs: --seed {report.seed}"
        yield Sentence(f"{report.wall_s:.1f} s. {again}")
    isolation = report.isolation
    if isolation is not None and find_unconfined(isolation):
        yield Sentence(isolation_line(isolation))


def _view_output(report: Report) -> Iterator[Output]:
    if report.output.strip():
        yield Output(report.output.rstrip(), report.output_was_cut)


def _view_message(
    report: Report, commands: NextCommands, focus: Focus
) -> Iterator[Block]:
    """Yield the message of the exercise in focus, or that all are right."""
    first = focus.exercise_in(report)
    if report.problem is not None:
        problem = replace(report.problem, call="", look="")
        title, outcome = problem_title(report), report.exercises[0].outcome
        yield FullMessage(title, outcome, "", tuple(view_finding(problem)))
    elif first is None:
        is_whole = not report.partial and report.is_whole
        right = Sentence(right_line(report), Tone.SUCCESS)
        yield from view_completed(report, commands.can_do) if is_whole else (right,)
        if commands.is_notebook and report.partial:
            yield from _view_checks(report.exercises[0])
    elif not focus.is_in_full:
        yield view_in_brief(first)
    else:
        claim = claim_line(first)
        parts: list[Block] = [*view_finding(first.finding or Finding(""), claim)]
        # A terminal can't fold them; there, `--more` shows them.
        parts += _view_checks(first) if commands.is_notebook else ()
        title = f"{first.tag}  {first.title}"
        yield FullMessage(title, first.outcome, first.word, tuple(parts))


def view_in_brief(exercise: ExerciseResult) -> BriefMessage:
    """Return an exercise with its mistake, and how to fix it if that is shown yet."""
    finding = exercise.finding or Finding("")
    mistakes = finding.mistakes
    sentence = mistakes[0].full_sentence if len(mistakes) == 1 else ""
    words = sentence or finding.sentence or exercise.title
    return BriefMessage(exercise.tag, exercise.outcome, words)


def _view_checks(exercise: ExerciseResult) -> Iterator[CheckList]:
    if exercise.checks:
        yield CheckList(exercise)


def _view_next(report: Report, commands: NextCommands, focus: Focus) -> Iterator[Block]:
    first = focus.exercise_in(report)
    if report.problem is not None:
        first = report.exercises[0]
    if first is None:
        yield from _view_onward(report, commands, focus)
    elif first.outcome.is_broken:
        command = f"{commands.grade(first.tag)} --seed {report.seed}"
        yield NextStep(
            "This is the grader's own fault. It costs you no points, and your file is "
            "unchanged. Please report it with this command:",
            (command,),
        )
    elif report.is_empty:
        yield NextStep(
            "Is something missing that you wrote? Undo in your editor may bring it "
            "back. To get a fresh copy of the lesson:",
            (f"reset {commands.lesson}",),
        )
    else:
        finding = report.problem or first.finding or Finding("")
        yield from _view_change(first, finding, report, commands)
    if first is not None and report.problem is None:
        yield from _view_others(first, report, commands)


def _view_change(
    first: ExerciseResult, finding: Finding, report: Report, commands: NextCommands
) -> Iterator[NextStep]:
    """Yield what to write or change, and how to grade again."""
    needs = finding.needs
    is_to_fix = needs != "" and needs in (part.exercise for part in report.not_run)
    is_unwritten = first.outcome is Outcome.NOT_ATTEMPTED
    is_unwritten = is_unwritten and not _WRITTEN.search(finding.sentence)
    is_to_write = not is_to_fix and (needs != "" or is_unwritten)
    verb = "fix" if is_to_fix else "write" if is_to_write else "change"
    tag = finding.needs or first.tag
    if commands.is_notebook:
        aim = f"{verb} {cell_to_change(first, finding, report)}"
        alone = tag if report.problem is None else report.partial
    else:
        where = ", ".join(filter(None, (report.attempt, where_to_change(finding))))
        what = f"exercise {finding.needs}" if finding.needs else "it"
        aim = f"change {where}" if verb == "change" else f"{verb} {what} in {where}"
        alone = "" if finding.needs else report.partial
    yield _step(aim, commands, alone)
    if commands.is_watching or report.problem is not None:
        return
    if is_to_write and not commands.is_notebook:
        words = "The exercise, and a hint when you are stuck:"
        yield NextStep(words, (f"read {tag}", commands.hint(tag)))
    else:
        words = FIX_LATER if has_fix_later(first) else "There are hints."
        yield NextStep(f"Stuck? {words}", (commands.hint(tag),))


def _step(aim: str, commands: NextCommands, exercise: str = "") -> NextStep:
    if commands.is_watching:
        return NextStep(f"Next: {aim}, and save.")
    saved = "run its cell" if commands.is_notebook else "save"
    words = f"Next: {aim}, {saved}, and grade again."
    return NextStep(words, (commands.grade(exercise),))


def _view_others(
    first: ExerciseResult, report: Report, commands: NextCommands
) -> Iterator[Block]:
    """Yield a line for each other exercise that failed, besides the one in focus."""
    others = [x for x in report.exercises if x is not first and x.outcome.is_wrong]
    if not others:
        return
    yield NextStep("Also not right yet:")
    yield from map(view_in_brief, others)
    if not commands.is_watching:
        yield NextStep("To see only one of them:", (commands.grade(others[0].tag),))


def _view_onward(
    report: Report, commands: NextCommands, focus: Focus
) -> Iterator[Block]:
    """Yield what comes next when everything that was graded is right."""
    if report.partial and focus.exercise:
        words = f"Next: {focus.tag}  {focus.exercise.title}"
        yield NextStep(words, (commands.grade(focus.tag),))
    elif report.partial:
        yield NextStep("Now the whole lesson:", (commands.grade(),))
    elif not report.is_whole:
        file = "" if commands.is_notebook else report.attempt
        where = filter(None, (file, where_in(report.not_run[0])))
        yield _step(f"fix {', '.join(where)}", commands)
    elif not commands.onward:
        yield Sentence("You have done every lesson of the course.")
        yield NextStep("A page to keep with what you can do now:", ("overview --page",))
    else:
        last = "That was the last lesson. The first unfinished one"
        lead = last if commands.is_last else "Next"
        title = commands.title and f" {commands.title}"
        yield NextStep(f"{lead}:{title}", (commands.onward,))


def view_completed(report: Report, can_do: Sequence[str]) -> Iterator[Block]:
    """Yield the blocks for a learner who has completed the whole lesson.

    Args:
        report: the grading.
        can_do: what the learner can do now.
    """
    for exercise in report.exercises:
        for words in exercise.when_complete:
            yield Sentence(words, Tone.REMARK, exercise.tag)
    yield from (Sentence(words, Tone.REMARK) for words in report.when_complete)
    now = " You can now" if can_do else ""
    yield Abilities(right_line(report) + now, tuple(can_do))
