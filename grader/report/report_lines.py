"""report_lines: what is said of a report, in the order in which it is said anywhere.

The terminal lays the facts of a finding out in a table; exports, pages and the panel
take them as plain lines.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from grader.clean import clean_text, one_line
from grader.report import (
    ExerciseResult,
    Finding,
    LeftOutStatement,
    Outcome,
    Report,
    UnreadPart,
    part_name,
)
from grader.sandbox.isolation.policy import Isolation

GLYPHS = {
    Outcome.PASSED: "✓",
    Outcome.WRONG: "✗",
    Outcome.RAISED: "✗",
    Outcome.TIMED_OUT: "✗",
    Outcome.OUT_OF_MEMORY: "✗",
    Outcome.NOT_ATTEMPTED: "○",
    Outcome.SKIPPED: "–",
    Outcome.BROKEN: "?",
}
# Where an answer is not what was asked for, or none came.
FAILED = frozenset(
    {Outcome.WRONG, Outcome.RAISED, Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY}
)

# The fields of a finding that are facts: what leads each, and its name.
_FACTS = (
    ("called", "call"),
    ("looked at", "look"),
    ("expected", "expected"),
    ("got", "got"),
    ("where", "place"),
)
STUCK = "Stuck? There are hints."
_LEADS = {"where": "First difference at "}


def count_of(count: int, noun: str) -> str:
    """Return how many there are of something, in words.

    >>> count_of(1, "check"), count_of(3, "check")
    ('1 check', '3 checks')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def isolation_words(found: Collection[Isolation]) -> tuple[str, ...]:
    """Return what confined an attempt, and what was open to it.

    >>> isolation_words([Isolation.RLIMITS])
    ('resource limits', 'not confined: files and network')
    """
    opened = find_unconfined(found)
    missing = [f"not confined: {' and '.join(opened)}"] if opened else []
    return (*(part.known_as for part in found), *missing)


def find_unconfined(found: Collection[Isolation]) -> list[str]:
    """Return what an attempt could reach, because a layer is missing.

    >>> find_unconfined([Isolation.LANDLOCK, Isolation.SECCOMP])
    []
    """
    is_offline = Isolation.SECCOMP in found or Isolation.BUBBLEWRAP in found
    opened = [] if Isolation.LANDLOCK in found else ["files"]
    return opened + ([] if is_offline else ["network"])


def isolation_line(found: Collection[Isolation]) -> str:
    """Return what confined an attempt, in one line."""
    return f"Walls: {', '.join(isolation_words(found))}."


def facts_of(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return what was called, expected and got, and where, as far as it is known."""
    facts = ((label, getattr(finding, name)) for label, name in _FACTS)
    is_said = f"first at {finding.place}" in finding.sentence
    return tuple(
        (label, value)
        for label, value in facts
        if value and not (label == "where" and is_said)
    )


def where_in(finding: Finding | UnreadPart | LeftOutStatement) -> str:
    """Return the line that a finding is about: "line 12", "cell 7, line 3", or ""."""
    if not finding.line:
        return ""
    cell = f"cell {finding.cell}, " if finding.cell else ""
    return f"{cell}line {finding.line}"


def not_run_lines(report: Report) -> tuple[str, ...]:
    """Return that the file does not run as it is, why, and that the rest counts.

    >>> cell = UnreadPart("3d", "SyntaxError: invalid syntax", 57)
    >>> statement = LeftOutStatement("", "ZeroDivisionError: division by zero", 90)
    >>> report = Report("", "", "", "", 0, (), unread=(cell,), left_out=(statement,))
    >>> print("\\n".join(not_run_lines(report)))
    Your file doesn't run as it is.
    Python cannot read exercise 3d, line 57: SyntaxError: invalid syntax.
    Line 90 fails: ZeroDivisionError: division by zero.
    The rest of the file was graded without them.
    """
    if report.is_whole:
        return ()
    lines = [f"{_describe_not_run(part)}" for part in report.not_run]
    parts = "it" if len(lines) == 1 else "them"
    rest = f"The rest of the file was graded without {parts}."
    if report.problem is not None:
        rest = "The rest of the file was not judged."
    said = ("Your file doesn't run as it is.", *lines, rest)
    return tuple(clean_text(line) for line in said)


def _describe_not_run(part: UnreadPart | LeftOutStatement) -> str:
    error = part.error.rstrip(".")
    end = "" if error.endswith("?") else "."
    where = where_not_run(part)
    if isinstance(part, UnreadPart):
        return f"Python cannot read {where}: {error}{end}"
    return f"{where[:1].upper()}{where[1:]} fails: {error}{end}"


def where_not_run(part: UnreadPart | LeftOutStatement) -> str:
    """Return which part it is, and its line: "exercise 3d, line 57", or "line 90"."""
    is_line = not isinstance(part, UnreadPart) or part.is_line
    name = part_name(part.exercise) if part.exercise or not is_line else ""
    return ", ".join(filter(None, (name, where_in(part))))


def right_line(report: Report) -> str:
    """Return that all that was graded is right."""
    if report.partial:
        return f"Exercise {report.partial} is right."
    return "Every exercise of this lesson is right."


def find_others(report: Report) -> tuple[ExerciseResult, ...]:
    """Return the exercises that failed beside the one whose message is shown."""
    first = report.first_not_passed
    return tuple(x for x in report.exercises if x is not first and x.outcome in FAILED)


def others_line(report: Report) -> str:
    """Return which exercises failed beside the one whose message is shown, or ""."""
    words = ", ".join(f"{one.tag} {one.outcome}" for one in find_others(report))
    return f"Further on: {words}." if words else ""


def claim_line(exercise: ExerciseResult) -> str:
    """Return the claim of the check that is told of: what is not true yet; or ""."""
    if exercise.outcome not in FAILED:
        return ""
    failed = [c for c in exercise.checks if c.outcome is exercise.outcome]
    # The first that failed need not be the one whose answer is shown.
    shown = [c for c in failed if _shows(c.finding) == _shows(exercise.finding)]
    told = next(iter(shown or failed), None)
    own = told.finding.claim if told and told.finding else ""
    sentence = own or (told.sentence if told else "")
    return f"This should hold, but doesn't yet: {sentence}" if sentence else ""


def _shows(finding: Finding | None) -> tuple[str, ...]:
    """Return what a finding shows of an answer, without what is said of it."""
    return tuple(getattr(finding, name) for _, name in _FACTS) if finding else ()


def score_line(report: Report) -> str:
    """Return the score in words, out of all that the lesson is worth."""
    line = f"{report.score} of {report.full_points} points"
    lost = sum(e.points for e in report.exercises if e.outcome is Outcome.BROKEN)
    if not lost:
        return line
    return f"{line}; {lost} of them are open, because the grader itself failed there"


def exercise_line(exercise: ExerciseResult) -> str:
    """Return an exercise: its glyph and outcome, its tag and title, its points."""
    glyph, word = GLYPHS[exercise.outcome], exercise.outcome.value
    head = f"{glyph} {word}: {exercise.tag} {one_line(exercise.title)}"
    by_hand = ", given by hand" if exercise.override else ""
    return f"{head} ({exercise.earned} of {exercise.points} points{by_hand})"


def override_lines(exercise: ExerciseResult) -> tuple[str, ...]:
    """Return the points that a person gave, and why."""
    if exercise.override is None:
        return ()
    points, why = exercise.override.points, one_line(exercise.override.why)
    return (f"{points} of {exercise.points} points are given by hand: {why}",)


def finding_lines(finding: Finding | None) -> tuple[str, ...]:
    """Return what is said about a check that did not pass, line by line."""
    if finding is None:
        return ()
    column = f"At column {finding.column}" if finding.column else ""
    where = where_in(finding)
    at = f"{where[0].upper()}{where[1:]}: " if where else "At: "
    source = finding.source.strip()
    lines = (
        finding.sentence,
        *(_fact_line(label, value) for label, value in facts_of(finding)),
        column,
        at + source if source else "",
    )
    told = tuple(clean_text(line) for line in lines if line)
    return told + mistake_lines(finding) + _trace_lines(finding)


def _fact_line(label: str, value: str) -> str:
    """Return a fact behind its name; below it, when it is a table of several lines."""
    lead = _LEADS.get(label, f"{label.capitalize()}: ")
    return f"{lead.rstrip()}\n{value}" if "\n" in value else lead + value


def mistake_lines(finding: Finding) -> tuple[str, ...]:
    """Return the recognised mistakes; more than one are told together."""
    sentences = tuple(clean_text(mistake.full_sentence) for mistake in finding.mistakes)
    return ("It is one of these:", *sentences) if len(sentences) > 1 else sentences


def exercise_lines(
    exercise: ExerciseResult, problem: Finding | None = None
) -> tuple[str, ...]:
    """Return all that is said of an exercise: points by hand, finding, remarks.

    `problem` is the report's, which is why an exercise has no finding of its own.
    """
    remarks = tuple(clean_text(remark) for remark in exercise.remarks)
    found = finding_lines(exercise.finding or problem)
    return override_lines(exercise) + found + remarks


def reused_lines(report: Report) -> tuple[tuple[str, str], ...]:
    """Return which exercises have an earlier grading's verdict, and since when."""
    found: dict[str, list[str]] = {}
    for exercise in report.exercises:
        if words := reused_words(exercise):
            found.setdefault(words, []).append(exercise.tag)
    return tuple((", ".join(tags), words) for words, tags in found.items())


def reused_words(exercise: ExerciseResult) -> str:
    """Return since when the verdict is that of an earlier grading; "" if it isn't."""
    if exercise.basis is None or not exercise.is_kept:
        return ""
    return f"unchanged since {_clock(exercise.basis.judged_at)}: kept"


def _clock(at: str) -> str:
    """Return a time as a clock here shows it, with the day when that is not today."""
    then, now = datetime.fromisoformat(at).astimezone(), datetime.now().astimezone()
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%d %B, %H:%M}"


def report_lines(report: Report) -> tuple[str, ...]:
    """Return a whole report, with the message of the first exercise not right."""
    lines = [score_line(report)]
    lines += [clean_text(note) for note in report.notes]
    lines += [*not_run_lines(report), *finding_lines(report.problem)]
    lines += [exercise_line(exercise) for exercise in report.exercises]
    first = report.first_not_passed
    if first is not None and report.problem is None:
        lines += [f"Exercise {first.tag}:", *exercise_lines(first)]
    return tuple(lines)


def _trace_lines(finding: Finding) -> tuple[str, ...]:
    return tuple(clean_text(finding.trace).splitlines())
