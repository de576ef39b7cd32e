"""report_text: a report's findings as plain lines, safe to put into other systems."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from grader.report import ExerciseResult, Finding, Outcome, Report

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

# Control characters could repaint a terminal, directional ones could reorder a line,
# and neither those nor halves of a surrogate pair are legal in XML.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)
_NOT_IN_NAMES = re.compile(r"[^\w.@-]+")
_WINDOWS_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_LONGEST_NAME = 60


def clean_text(text: str) -> str:
    """The text without anything that a terminal, a browser or XML would obey.

    >>> clean_text("a\\x1b[2Jb\\r\\nc")
    'a�[2Jb\\nc'
    """
    return _HARMFUL.sub("\ufffd", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    r"""The text, plain and on one line.

    >>> one_line(" Ada\n Lovelace ")
    'Ada Lovelace'
    """
    return " ".join(clean_text(text).split())


def file_name(text: str) -> str:
    """A name that any file system takes and that stays different for each text.

    >>> file_name("ada"), file_name("../Ada & co")
    ('ada', '_Ada_co-e1be03')
    """
    name = unicodedata.normalize("NFC", text)
    safe = _NOT_IN_NAMES.sub("_", name).lstrip(".-").rstrip(".")[:_LONGEST_NAME]
    is_device = _WINDOWS_DEVICE.fullmatch(safe) is not None
    if safe and safe == name.lower() and not is_device:
        return safe
    # The mark keeps apart names that a file system without case would join.
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{'_' if is_device or not safe else ''}{safe}-{mark}"


def score_line(report: Report) -> str:
    """The score in words, out of all that the lesson is worth."""
    line = f"{report.score} of {report.full_points} points"
    lost = sum(e.points for e in report.exercises if e.outcome is Outcome.BROKEN)
    if not lost:
        return line
    return f"{line}; {lost} of them are open, because the grader itself failed there"


def exercise_line(exercise: ExerciseResult) -> str:
    """One exercise: its glyph and outcome, its tag and title, its points."""
    glyph, word = GLYPHS[exercise.outcome], exercise.outcome.value
    head = f"{glyph} {word}: {exercise.tag} {one_line(exercise.title)}"
    by_hand = ", given by hand" if exercise.override else ""
    return f"{head} ({exercise.earned} of {exercise.points} points{by_hand})"


def override_lines(exercise: ExerciseResult) -> tuple[str, ...]:
    """The points that a person gave, and why."""
    if exercise.override is None:
        return ()
    points, why = exercise.override.points, one_line(exercise.override.why)
    return (f"{points} of {exercise.points} points are given by hand: {why}",)


def finding_lines(finding: Finding | None) -> tuple[str, ...]:
    """What is said about a check that did not pass, line by line."""
    if finding is None:
        return ()
    facts = (
        ("", finding.sentence),
        ("Called: ", finding.call),
        ("Looked at: ", finding.look),
        ("Expected: ", finding.expected),
        ("Got: ", finding.got),
        ("First difference at ", finding.place),
        ("At column ", str(finding.column) if finding.column else ""),
        (f"Line {finding.line}: " if finding.line else "At: ", finding.source.strip()),
    )
    told = tuple(f"{label}{clean_text(text)}" for label, text in facts if text)
    return told + mistake_lines(finding) + _trace_lines(finding)


def mistake_lines(finding: Finding) -> tuple[str, ...]:
    """The recognised mistakes; more than one are told together."""
    sentences = tuple(clean_text(mistake.sentence) for mistake in finding.mistakes)
    return ("It is one of these:", *sentences) if len(sentences) > 1 else sentences


def exercise_lines(
    exercise: ExerciseResult, problem: Finding | None = None
) -> tuple[str, ...]:
    """Everything said of one exercise: points by hand, its finding, its remarks.

    `problem` is the report's, which is why an exercise has no finding of its own.
    """
    remarks = tuple(clean_text(remark) for remark in exercise.remarks)
    found = finding_lines(exercise.finding or problem)
    return override_lines(exercise) + found + remarks


def report_lines(report: Report) -> tuple[str, ...]:
    """A whole report, with the message of the first exercise that is not right."""
    lines = [score_line(report)]
    lines += finding_lines(report.problem)
    lines += [exercise_line(exercise) for exercise in report.exercises]
    first = report.first_not_passed
    if first is not None and report.problem is None:
        lines += [f"Exercise {first.tag}:", *exercise_lines(first)]
    return tuple(lines)


def _trace_lines(finding: Finding) -> tuple[str, ...]:
    return tuple(clean_text(finding.trace).splitlines())
