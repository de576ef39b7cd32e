"""natural_attempts: grade what learners wrote, and compare what the report shows.

A lesson's ``natural_attempts.toml`` contains wrong answers as people write them, and
alternative right ones. The author has read the feedback for each and found it true.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from grader.authoring.verify.mutants import read_solution, without_functions
from grader.authoring.verify.trials import Trials
from grader.checks import Exercise
from grader.course.document.catalog import Lesson
from grader.course.document.source import parse_once
from grader.judge.loading import display_path, exercises_of
from grader.report import ExerciseResult, Outcome
from grader.report.report_text import mistake_lines
from grader.report.sentences import remark_lines

FILE = "natural_attempts.toml"
RIGHT = "right"
_HEAD = "[[attempt]]"
# Sentences that once misled people, and that are never right for a learner's attempt.
_NEVER = re.compile(
    r"Is a \* missing|is defined only inside|__name__ or|gufunc"
    r"|https?://|Asked, and not yet so|The same, at|Something is not taken"
)


class NaturalAttempt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer and what the report shows for it.

    Attributes:
        exercise: the exercise's tag.
        code: replaces the exercise's function in the solution; RIGHT in it stands for
            that function.
        told: ``right``; ``named`` and the mistakes; or ``said`` and the beginning of
            the feedback, if no mistake is named. N stands for a line number.
        outcome: how the exercise must end, if `told` doesn't say it.
        says: text, or several texts, that the feedback must contain.
        not_told: text, or several texts, that the feedback must not contain.
        below: whether the code goes below the solution, and redefines its functions.
        seed: the seed of the random inputs.
    """

    exercise: str
    code: str
    told: str = ""
    outcome: Outcome | None = None
    says: str | tuple[str, ...] = ()
    not_told: str | tuple[str, ...] = ()
    below: bool = False
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse an attempt that any feedback would fit."""
        if not (self.told or self.outcome or self.says):
            raise ValueError("it has none of the keys told, outcome and says")
        if "" in (*_texts(self.says), *_texts(self.not_told)):
            raise ValueError("a text of says or not_told is empty")

    def source(self, solution: str, name: str) -> str:
        """Return the solution with this attempt instead of the named function."""
        code = self.code.strip()
        if self.below:
            return f"{without_functions(solution, code)}\n\n{code}\n"
        right = _function(solution, name)
        return solution.replace(right, code.replace("RIGHT", right))


def read_attempts(lesson: Lesson) -> list[NaturalAttempt]:
    """Return a lesson's natural attempts, or [] if it has no file of them.

    Raises:
        ValueError: if the file isn't a list of attempts; it names the line of one
            that is wrong.
    """
    path = lesson.folder / FILE
    if not path.is_file():
        return []
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if other := table.keys() - {"attempt"}:
        raise ValueError(f"it has {', '.join(sorted(other))} outside of an {_HEAD}")
    attempts = []
    for place, row in enumerate(table.get("attempt", [])):
        try:
            attempts.append(msgspec.convert(row, NaturalAttempt))
        except msgspec.ValidationError as error:
            raise ValueError(f"line {_line(path, place)}: {error}") from error
    return attempts


def attempt_problems(
    lesson: Lesson, chosen: Sequence[Exercise], trials: Trials
) -> Iterator[str]:
    """Yield a problem for each natural attempt whose report isn't the recorded one."""
    path = lesson.folder / FILE
    try:
        attempts = read_attempts(lesson)
    except ValueError as error:
        yield f"{display_path(path)}: {error}"
        return
    known = {one.tag for one in exercises_of(trials.module)}
    names = {one.tag: one.writes for one in chosen}
    page = lesson.solution.read_text(encoding="utf-8")
    open_ended = read_solution(lesson.solution)
    for place, attempt in enumerate(attempts):
        tag = attempt.exercise
        where = f"{display_path(path)}, line {_line(path, place)}: {tag}"
        if tag not in known:
            yield f"{where}: there is no such exercise"
        if tag not in names or tag in trials.unsolved:
            continue
        source = attempt.source(open_ended if attempt.below else page, names[tag])
        result = trials.result_of(source, tag, attempt.seed)
        if problem := _compare(attempt, result):
            yield f"{where}: {problem}"


def _compare(attempt: NaturalAttempt, result: ExerciseResult) -> str:
    """Return how the report on an attempt differs from what it should show, or ""."""
    feedback = _summarise(result)
    if attempt.told.startswith("said "):
        fits = feedback.startswith(attempt.told)
    else:
        fits = attempt.told in ("", feedback)
    if not fits:
        return f"the report has {feedback!r}, not {attempt.told!r}"
    words = _feedback(result)
    if attempt.outcome not in (None, result.outcome):
        return f"it is {result.outcome}, not {attempt.outcome}; it says {words!r}"
    for text in _texts(attempt.says):
        if text not in words:
            return f"the report says {words!r}, not {text!r}"
    for text in _texts(attempt.not_told):
        if text in words:
            return f"the report says {words!r}, and not_told has {text!r}"
    if misleading := _NEVER.search(words):
        return f"the report says {misleading[0]!r}, which fits no attempt"
    return ""


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _feedback(result: ExerciseResult) -> str:
    """Return the sentences of a report on an exercise.

    They are the finding, the mistakes with their fixes, and the remarks, which a right
    answer has, too.
    """
    finding = result.finding
    lines = [finding.sentence, *mistake_lines(finding)] if finding else []
    return " ".join(filter(None, (*lines, *remark_lines(result))))


def _summarise(result: ExerciseResult) -> str:
    """Return what a report says, as a natural attempt's `told` records it."""
    if result.outcome.is_right:
        return RIGHT
    if result.finding is None:
        return f"said {result.outcome}"
    if mistakes := result.finding.mistakes:
        return "named " + ", ".join(one.tag for one in mistakes)
    sentence = re.sub(r"\b(l|L)ine \d+", r"\1ine N", result.finding.sentence)
    return "said " + " ".join(sentence.split())


def _function(solution: str, name: str) -> str:
    """Return the source of a function in the solution."""
    for node in parse_once(solution).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(solution, node) or ""
    raise LookupError(name)


def _line(path: Path, place: int) -> int:
    """Return the line on which an attempt begins, by its index in the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [i for i, line in enumerate(lines, 1) if line.strip() == _HEAD][place]
