"""report_text: the blocks of a report as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from grader.common.sanitize import replace_controls
from grader.course.installation import format_command
from grader.report import ExerciseResult, Finding, Picture, Report
from grader.report.focus import find_focus
from grader.report.sentences import (
    exercise_line,
    not_run_lines,
    remark_lines,
    score_lines,
)
from grader.report.view import (
    ANOTHER_WAY,
    PRINTED,
    Abilities,
    AnotherWay,
    Block,
    BriefMessage,
    CheckList,
    Details,
    Exercises,
    Facts,
    FullMessage,
    Mistakes,
    NextStep,
    Output,
    Position,
    Score,
    Sentence,
    Trace,
    view_exercise,
    view_finding,
)

_LEADS = {"where": "First difference at "}


def finding_lines(finding: Finding | None) -> tuple[str, ...]:
    """Return the lines of text for a check that didn't pass."""
    return lines_of(view_finding(finding)) if finding else ()


def mistake_lines(finding: Finding) -> tuple[str, ...]:
    """Return the recognised mistakes; if there are several, a line introduces them."""
    return finding_lines(Finding("", mistakes=finding.mistakes))


def exercise_lines(exercise: ExerciseResult) -> tuple[str, ...]:
    """Return the whole feedback on an exercise, without its checks."""
    blocks = view_exercise(exercise)
    return lines_of(block for block in blocks if not isinstance(block, CheckList))


def report_lines(report: Report, scores: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a whole report, with the message of the first exercise that is wrong.

    Args:
        report: a grading, which may be partial.
        scores: the lines at its top; by default, those of the report.
    """
    lines = [*(scores or score_lines(report)), *map(replace_controls, report.notes)]
    lines += [
        *map(replace_controls, not_run_lines(report)),
        *finding_lines(report.problem),
    ]
    focus = find_focus(report.exercises)
    first = focus.exercise if report.problem is None else None
    for exercise in report.exercises:
        lines.append(exercise_line(exercise))
        if exercise is not first:  # everything about that one follows
            lines += map(replace_controls, remark_lines(exercise))
    if first is not None:
        lines += [f"Exercise {first.tag}:", *exercise_lines(first)]
    return tuple(lines)


def lines_of(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return blocks as lines of plain text that are safe to show anywhere."""
    lines = (
        replace_controls(line) for block in blocks for line in _draw_as_text(block)
    )
    return tuple(filter(None, lines))


def _draw_as_text(block: Block) -> Iterator[str]:
    match block:
        case Sentence(words, _, about):
            yield f"{about}  {words}" if about else words
        case Facts(rows):
            yield from (_fact_line(*row) for row in rows)
        case Position(where, source, column):
            at = ", ".join(filter(None, (where, f"column {column}" if column else "")))
            lead = f"{at[:1].upper()}{at[1:]}" if where else f"At {at}".rstrip()
            yield f"{lead}: {source}" if source else lead
        case Trace(lines):
            yield from lines
        case Details(blocks):
            yield from lines_of(blocks)
        case Mistakes(sentences):
            yield from (block.lead, *sentences)
        case Score():
            yield block.words
        case Exercises(exercises):
            yield from map(exercise_line, exercises)
        case FullMessage(title, _, word, blocks):
            yield f"{title}: {word}" if word else title
            yield from lines_of(blocks)
        case BriefMessage(tag, _, words):
            yield f"{tag}: {words}"
        case Output():
            yield f"{PRINTED}:\n{block.shown}"
        case Picture(_, title):
            yield title
        case AnotherWay(code, why):
            yield f"{ANOTHER_WAY}:\n{code}\n\n{why}"
        case NextStep(words, commands):
            yield "  ".join((words, *map(type_command, commands)))
        case Abilities(lead, can_do):
            yield from (lead, *(f"- {line}" for line in can_do))


def type_command(command: str) -> str:
    """Return a command as it is typed; a notebook magic stays as it is."""
    return command if command.startswith("%") else format_command(command)


def _fact_line(label: str, value: str) -> str:
    """Return a fact after its name, or below it if it is a table of several lines."""
    lead = _LEADS.get(label, f"{label.capitalize()}: ")
    return f"{lead.rstrip()}\n{value}" if "\n" in value else lead + value
