"""sentences: one sentence each about a report and its parts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from grader.common.sanitize import clean_line, replace_controls
from grader.report import (
    EntryResult,
    ExerciseResult,
    Finding,
    LeftOutStatement,
    Outcome,
    Override,
    Report,
    UnreadPart,
    part_name,
)
from grader.sandbox.isolation.policy import Isolation

_NAMED_LINE = re.compile(r"(?:Syntax|Indentation)Error: .* on line (\d+)\b")
_LINE = re.compile(r"\bline \d+\b")
# The fields of a finding that are facts: their labels and names.
_ANSWER = (("expected", "expected"), ("got", "got"))
_PLACE = (("where", "place"), ("called", "call"), ("looked at", "look"))


def count_of(count: float, noun: str) -> str:
    """Return a count with its noun, in the singular or plural.

    >>> count_of(1, "check"), count_of(3, "check")
    ('1 check', '3 checks')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def list_tags(tags: Sequence[str]) -> str:
    """Return tags with their verb.

    >>> list_tags(["3a"]), list_tags(["3a", "3b", "3c"]), list_tags([])
    ('3a is', '3a, 3b and 3c are', '')
    """
    verb = "are" if len(tags) > 1 else "is"
    return f"{join_tags(tags)} {verb}" if tags else ""


def join_tags(tags: Sequence[str]) -> str:
    """Return tags as words.

    >>> join_tags(["3a"]), join_tags(["3a", "3b", "3c"])
    ('3a', '3a, 3b and 3c')
    """
    *others, last = tags
    return f"{', '.join(others)} and {last}" if others else last


def first_guesses_line(claims: Mapping[str, tuple[int, int]]) -> str:
    """Return how many claims of the first guesses were right.

    Args:
        claims: by exercise, how many were right, and how many there are.

    >>> first_guesses_line({"6a": (4, 6), "6e": (3, 6)})
    'In your first guesses at 6a and 6e, 7 of 12 claims were right.'
    """
    right, count = (sum(numbers) for numbers in zip(*claims.values(), strict=True))
    guesses = "guesses" if len(claims) > 1 else "guess"
    counted = f"{right} of {count_of(count, 'claim')}"
    verb = "was" if right == 1 else "were"
    return f"In your first {guesses} at {join_tags([*claims])}, {counted} {verb} right."


def isolation_words(layers: Collection[Isolation]) -> tuple[str, ...]:
    """Return the sandbox layers of an attempt, and what it could reach.

    >>> isolation_words([Isolation.RLIMITS])
    ('resource limits', 'not confined: files and network')
    """
    opened = find_unconfined(layers)
    missing = [f"not confined: {' and '.join(opened)}"] if opened else []
    return (*(part.known_as for part in layers), *missing)


def find_unconfined(layers: Collection[Isolation]) -> list[str]:
    """Return what an attempt could reach because a layer is missing.

    >>> find_unconfined([Isolation.LANDLOCK, Isolation.SECCOMP])
    []
    """
    is_offline = Isolation.SECCOMP in layers or Isolation.BUBBLEWRAP in layers
    opened = [] if Isolation.LANDLOCK in layers else ["files"]
    return opened + ([] if is_offline else ["network"])


def isolation_line(layers: Collection[Isolation]) -> str:
    """Return the sandbox layers of an attempt, in one line."""
    return f"Isolation: {', '.join(isolation_words(layers))}."


def where_in(finding: Finding | UnreadPart | LeftOutStatement | EntryResult) -> str:
    """Return the line that a finding is about: "line 12", "cell 7, line 3", or ""."""
    if not finding.line:
        return ""
    cell = f"cell {finding.cell}, " if finding.cell else ""
    return f"{cell}line {finding.line}"


def cell_to_change(first: ExerciseResult, finding: Finding, report: Report) -> str:
    """Return what to change in a notebook, in words: ``3d (cell 7, line 2)``."""
    where = _find_line(finding)
    what = finding.needs or first.tag
    if report.problem is not None:
        return where or "your cells"
    if first.outcome is Outcome.SKIPPED and not finding.needs:
        what = "what cannot be read" if report.unread else "what fails"
    return f"{what} ({where})" if where else what


def _find_line(finding: Finding) -> str:
    """Return the line that a finding is about, or "" if it explains only others."""
    where, words = where_in(finding), finding.explanation.lower()
    is_of_others = _LINE.search(words) and not re.search(rf"{where}\b", words)
    return "" if is_of_others else where


def where_to_change(finding: Finding) -> str:
    """Return the line that a finding is about.

    If Python names another line, give both, because the mistake may be in either: a
    bracket is opened there, for example.
    """
    match = _NAMED_LINE.match(finding.sentence)
    if match is None or finding.cell is not None or finding.line is None:
        return _find_line(finding)
    return f"line {match[1]} or {finding.line}"


def where_not_run(part: UnreadPart | LeftOutStatement) -> str:
    """Return the name of a part, and its line: "exercise 3d, line 57", or "line 90"."""
    is_line = not isinstance(part, UnreadPart) or part.is_line
    name = part_name(part.exercise) if part.exercise or not is_line else ""
    return ", ".join(filter(None, (name, where_in(part))))


def score_line(report: Report) -> str:
    """Return the score in words, out of all points of the lesson."""
    if report.override is not None:
        return _describe_lesson_override(report, report.override)
    line = f"{report.score} of {report.full_points} points"
    return "; ".join(filter(None, (line, ungraded_points(report))))


def score_lines(report: Report) -> tuple[str, ...]:
    """Return the score in words, and which part of it needed the lesson's own code."""
    return tuple(filter(None, (score_line(report), lent_line(report))))


def lent_line(report: Report) -> str:
    """Return how many points were judged with the lesson's own functions, or ""."""
    lent = [x for x in report.exercises if x.judged_with and x.override is None]
    earned = [x for x in lent if x.earned]
    if not earned or report.override is not None:
        return ""
    points, tags = sum(x.earned for x in earned), ", ".join(x.tag for x in earned)
    were = "was" if points == 1 else "were"
    return (
        f"{points} of the {report.score} points ({tags}) {were} judged with the "
        "lesson's own functions."
    )


def ungraded_points(report: Report) -> str:
    """Return how many points are undecided because the grader itself failed, or ""."""
    lost = sum(e.points for e in report.exercises if e.outcome.is_broken)
    words = "of them are open because the grader itself failed"
    return f"{lost} {words}" if lost else ""


def right_line(report: Report) -> str:
    """Return the sentence for a report in which all that was graded is right."""
    if report.partial:
        return f"Exercise {report.partial} is right."
    return "Every exercise of this lesson is right."


def problem_title(report: Report) -> str:
    """Return a short title for a file that couldn't be loaded."""
    return "Your file is empty" if report.is_empty else "Your file could not be loaded"


def last_state_line(report: Report, last: str) -> str:
    """Return a sentence about a file that can't be graded, with its earlier score."""
    now = "is empty" if report.is_empty else "could not be loaded"
    return f"Your file {now}; the last state was {last}."


def not_run_lines(report: Report) -> tuple[str, ...]:
    """Return the sentences about the parts of a file that Python can't read or run.

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
    lines = [
        _name_of_part(part)
        if _is_explained_below(part, report)
        else describe_not_run(part)
        for part in report.not_run
    ]
    sentences = ("Your file doesn't run as it is.", *lines, _describe_rest(report))
    return tuple(replace_controls(line) for line in sentences if line)


def _describe_rest(report: Report) -> str:
    """Return a sentence about the rest of a file that doesn't run as it is, or ""."""
    if report.problem is not None:
        return "The rest of the file wasn't graded."
    parts = "it" if len(report.not_run) == 1 else "them"
    if not report.partial:
        return f"The rest of the file was graded without {parts}."
    if report.partial in (part.exercise for part in report.not_run):
        return ""
    return f"Exercise {report.partial} was graded without {parts}."


def _is_explained_below(part: UnreadPart | LeftOutStatement, report: Report) -> bool:
    """Return whether the message of the only graded exercise is about this part."""
    findings = [x.finding for x in report.exercises if x.tag == report.partial]
    at = (part.cell, part.line)
    return any(one is not None and (one.cell, one.line) == at for one in findings)


def _name_of_part(part: UnreadPart | LeftOutStatement) -> str:
    where = where_not_run(part)
    if isinstance(part, UnreadPart):
        return f"Python cannot read {where}."
    return f"{where[:1].upper()}{where[1:]} fails."


def describe_not_run(part: UnreadPart | LeftOutStatement) -> str:
    """Return a sentence about a part of a file that Python can't read or run."""
    error = part.error.rstrip(".")
    end = "" if error.endswith("?") else "."
    where = where_not_run(part)
    if isinstance(part, UnreadPart) and where_in(part) in error.lower():
        name = where if part.is_line else part_name(part.exercise)
        return f"Python cannot read {name}. {error}"
    if isinstance(part, UnreadPart):
        return f"Python cannot read {where}: {error}{end}"
    return f"{where[:1].upper()}{where[1:]} fails: {error}{end}"


def exercise_line(exercise: ExerciseResult) -> str:
    """Return an exercise: its glyph and outcome, its tag and title, its points."""
    glyph, word = exercise.outcome.glyph, exercise.word
    head = f"{glyph} {word}: {exercise.tag} {clean_line(exercise.title)}"
    given = exercise.override
    by = ", given by hand" if given else ""
    return f"{head} ({exercise.earned} of {exercise.points} points{by})"


def override_lines(exercise: ExerciseResult) -> tuple[str, ...]:
    """Return the points that a person gave, and why."""
    if exercise.override is None:
        return ()
    instead = None if exercise.outcome.is_broken else exercise.judged
    return (_describe_override(exercise.override, exercise.points, instead),)


def remark_lines(exercise: ExerciseResult) -> tuple[str, ...]:
    """Return the points that a person gave, the remarks, and more wrong entries."""
    lines = (*override_lines(exercise), *exercise.remarks)
    shown = exercise.finding.look if exercise.finding else ""
    entries = [
        entry.key + (f" ({where})" if (where := where_in(entry)) else "")
        for entry in exercise.entries
        if not entry.is_right and entry.target != shown
    ]
    lead = "not right yet" if exercise.outcome is Outcome.GUESSED else "wrong"
    return (*lines, f"Also {lead}: {', '.join(entries)}.") if entries else lines


def reason_lines(report: Report) -> tuple[tuple[str, str], ...]:
    """Return where the points differ from the checks', and why, each with a tag or
    the lesson's full name.
    """
    of_exercises = (
        (x.tag, line) for x in report.exercises for line in override_lines(x)
    )
    if report.override is None:
        return tuple(of_exercises)
    line = _describe_lesson_override(report, report.override)
    return ((report.lesson, line), *of_exercises)


def _describe_lesson_override(report: Report, override: Override) -> str:
    is_open = any(exercise.is_broken for exercise in report.exercises)
    instead = None if is_open else replace(report, override=None).score
    return _describe_override(override, report.full_points, instead)


def _describe_override(override: Override, points: int, instead: float | None) -> str:
    """Return the points that a person gave, those that they replace, and why."""
    others = "" if instead is None else f", instead of {instead}"
    why = clean_line(override.why)
    return f"{override.points} of {points} points are given by hand{others}: {why}"


def reused_lines(report: Report) -> tuple[tuple[str, str], ...]:
    """Return which exercises have an earlier grading's verdict, and its time."""
    tags_by_words: dict[str, list[str]] = {}
    for exercise in report.exercises:
        if words := reused_words(exercise):
            tags_by_words.setdefault(words, []).append(exercise.tag)
    return tuple((", ".join(tags), words) for words, tags in tags_by_words.items())


def reused_words(exercise: ExerciseResult) -> str:
    """Return the time of the earlier grading that the verdict is from, or ""."""
    if exercise.basis is None or not exercise.is_kept:
        return ""
    return f"unchanged since {format_clock(exercise.basis.judged_at)}: kept"


def moment_in_seconds(moment: str) -> float:
    """Return a time in ISO 8601 as seconds since 1970, or 0 if it isn't a time."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except (ValueError, OverflowError, OSError):  # no time, or one of the year 1
        return 0.0


def format_minute(moment: str) -> str:
    """Return a time in ISO 8601 to the minute.

    >>> format_minute("2026-03-02T11:30:00+00:00")
    '2026-03-02 11:30'
    """
    return moment[:16].replace("T", " ")


def format_clock(moment: str) -> str:
    """Return a time as a clock here shows it, with the day when that is not today."""
    try:
        then, now = (
            datetime.fromisoformat(moment).astimezone(),
            datetime.now().astimezone(),
        )
    except ValueError:  # a gradebook may have been spoilt
        return moment
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%d %B, %H:%M}"


def claim_line(exercise: ExerciseResult) -> str:
    """Return the claim of the check whose finding is shown."""
    if not exercise.outcome.is_wrong:
        return ""
    failed = [c for c in exercise.checks if c.outcome is exercise.outcome]
    # The first check that failed needn't be the one whose answer is shown.
    shown = [c for c in failed if _answer_in(c.finding) == _answer_in(exercise.finding)]
    chosen = next(iter(shown or failed), None)
    claim = chosen.finding.claim if chosen and chosen.finding else ""
    sentence = claim or (chosen.sentence if chosen else "")
    return f"What was checked: {sentence}" if sentence else ""


def _answer_in(finding: Finding | None) -> tuple[str, ...]:
    """Return the parts of a finding that show an answer, without its sentence."""
    return (
        tuple(getattr(finding, name) for _, name in (*_ANSWER, *_PLACE))
        if finding
        else ()
    )


def answer_rows(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return the expected and the actual value, as far as they are known."""
    return _rows(finding, _ANSWER)


def place_rows(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return the first difference and the call, as far as they are known."""
    names_place = f"first at {finding.place}" in finding.sentence
    return _rows(finding, _PLACE[1:] if names_place else _PLACE)


def _rows(
    finding: Finding, facts: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    rows = ((label, getattr(finding, name)) for label, name in facts)
    return tuple((label, value) for label, value in rows if value)
