"""verify: prove that a lesson keeps its promises; the curriculum is linted like code.

An untouched page is *not attempted* everywhere, the solution earns everything, every
known mistake fails and is named by its own sentence alone, and every number in the text
is computed again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

from grader import build, judge
from grader.catalog import Lesson
from grader.checks import Exercise, Known
from grader.judge.loading import exercises_of, loaded
from grader.report import Outcome, Report
from grader.sandbox import Warm
from grader.verify.mutants import mutant

SEED = 20_261_125
EXPECTED_FILES = frozenset(
    {"lesson.py", "checks.py", "NOTES.md", "measure.py", "measured.json"}
)
NUMBER = re.compile(
    r"(?<![\w.])\d[\d,]*\.\d+(?:e-?\d+)?|(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.,])\d{4,}(?![\w.])"
)


@dataclass
class Verification:
    """What was proved of one lesson, and what was found wrong."""

    lesson: str
    exercises: int = 0
    checks: int = 0
    mistakes: int = 0
    mistakes_named: int = 0
    mistakes_skipped: int = 0
    numbers: int = 0
    quoted: int = 0
    problems: list[str] = field(default_factory=list)


def verify(
    lesson: Lesson,
    *,
    slow: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> Verification:
    """Prove everything that a lesson promises.

    Args:
        lesson: the lesson.
        slow: also show the mistakes whose example takes long.
        on_step: told what is being proved.
    """
    module = loaded(lesson.checks, f"verified_{lesson.name}")
    found = Verification(lesson.name)
    exercises = exercises_of(module)
    found.problems += _declaration_problems(lesson, exercises)
    found.exercises = len(exercises)
    found.checks = sum(len(exercise.checks) for exercise in exercises)
    found.mistakes = sum(len(exercise.mistakes) for exercise in exercises)
    found.problems += number_problems(lesson, module)
    found.numbers = len(getattr(module, "NUMBERS", {}))
    found.quoted = len(getattr(module, "QUOTED", {}))
    with ExitStack() as stack:
        warm = stack.enter_context(Warm(judge.imports_of(lesson)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        on_step("the untouched page")
        found.problems += untouched_problems(lesson, warm)
        on_step("the solution")
        found.problems += solution_problems(lesson, warm)
        for exercise, known in _mistakes(exercises):
            if known.is_slow and not slow:
                found.mistakes_skipped += 1
                continue
            on_step(known.tag)
            problem = mistake_problem(lesson, exercise, known, warm, folder)
            found.problems += [problem] if problem else []
            found.mistakes_named += not problem
    return found


def untouched_problems(lesson: Lesson, warm: Warm) -> list[str]:
    """Every exercise of an untouched page is *not attempted*."""
    report = judge.grade(lesson, lesson.page, seed=SEED, warm=warm)
    fine = (Outcome.NOT_ATTEMPTED, Outcome.SKIPPED)
    return [
        f"{e.tag}: an untouched page is {e.outcome}, not 'not attempted'{_said(report)}"
        for e in report.exercises
        if e.outcome not in fine
    ] + [
        f"{e.tag}: an untouched page is skipped"
        for e in report.exercises[:1]
        if e.outcome is Outcome.SKIPPED
    ]


def solution_problems(lesson: Lesson, warm: Warm) -> list[str]:
    """The solution earns all of 100 points, twice, with different seeds."""
    problems = []
    for seed in (SEED, SEED + 1)[: 1 if "keras" in judge.imports_of(lesson) else 2]:
        report = judge.grade(lesson, lesson.solution, seed=seed, warm=warm)
        if report.points != 100:
            problems.append(f"the points add up to {report.points}, not 100")
        problems += [
            f"{e.tag}: the solution is {e.outcome} with seed {seed}"
            f" ({e.finding.sentence if e.finding else ''}){_said(report)}"
            for e in report.exercises
            if e.outcome is not Outcome.PASSED
        ]
    return problems


def mistake_problem(
    lesson: Lesson, exercise: Exercise, known: Known, warm: Warm, folder: Path
) -> str:
    """A mistake put into the solution fails, and is named by its own sentence alone."""
    path = folder / f"{lesson.name}.py"
    path.write_text(
        mutant(lesson.solution, known, judge.imports_of(lesson)), encoding="utf-8"
    )
    report = judge.grade(lesson, path, seed=SEED, exercise=exercise.tag, warm=warm)
    result = report.exercises[0]
    if report.problem is not None:
        return f"{known.tag}: the mutant cannot be loaded: {report.problem.sentence}"
    if result.outcome not in (Outcome.WRONG, Outcome.RAISED):
        return f"{known.tag}: the mutant is {result.outcome}"
    told = result.finding.mistakes if result.finding else ()
    tags = {mistake.tag for mistake in told}
    allowed = {
        other.tag
        for other in exercise.mistakes
        if known.together and other.together == known.together
    } | {known.tag}
    if known.tag not in tags:
        instead = ", ".join(sorted(tags)) or "no mistake"
        said = result.finding.sentence if result.finding else ""
        return f"{known.tag}: not named; {instead} is named instead ({said})"
    if tags - allowed:
        return f"{known.tag}: confused with {', '.join(sorted(tags - allowed))}"
    unfilled = [m.sentence for m in told if re.search(r"\{\w+\}", m.sentence)]
    return f"{known.tag}: a hole was left in {unfilled[0]!r}" if unfilled else ""


def number_problems(lesson: Lesson, module: ModuleType) -> list[str]:
    """Every number in the text is computed again, or quoted with its source."""
    text = build.prose(lesson.solution)
    numbers = getattr(module, "NUMBERS", {})
    quoted = getattr(module, "QUOTED", {})
    problems = [
        f"the text says {shown}; it is {computed}"
        for shown, compute in numbers.items()
        if (computed := str(compute())) != shown
    ]
    problems += [
        f"{shown} is in NUMBERS or QUOTED and not in the text"
        for shown in (*numbers, *quoted)
        if shown not in text
    ]
    accounted = " ".join((*numbers, *quoted))
    return problems + [
        f"the number {shown} in the text is computed nowhere"
        for shown in sorted(set(NUMBER.findall(text)))
        if shown not in numbers and not _is_part(shown, accounted)
    ]


def _is_part(number: str, accounted: str) -> bool:
    return bool(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", accounted))


def _declaration_problems(
    lesson: Lesson, exercises: Iterable[Exercise]
) -> Iterator[str]:
    for exercise in exercises:
        hints = 1 if exercise.is_prediction else 3
        if len(exercise.hints) != hints or not all(exercise.hints):
            yield f"{exercise.tag}: {len(exercise.hints)} hints instead of {hints}"
        if len(exercise.checks) < 2:
            yield f"{exercise.tag}: fewer than two checks"
        if not exercise.mistakes:
            yield f"{exercise.tag}: no known mistake"
    strays = {p.name for p in lesson.folder.iterdir()} - EXPECTED_FILES
    for name in sorted(strays - {"__pycache__"}):
        yield f"a stray file in the lesson's folder: {name}"
    if not build.is_up_to_date(lesson):
        yield "lesson.py differs from the solution; run invoke dev.build"


def _mistakes(exercises: Iterable[Exercise]) -> Iterator[tuple[Exercise, Known]]:
    for exercise in exercises:
        for known in exercise.mistakes:
            yield exercise, known


def _said(report: Report) -> str:
    return f": {report.problem.sentence}" if report.problem else ""


def total(found: Iterable[Verification]) -> Verification:
    """The sums over several lessons."""
    sums = Verification("all lessons")
    for one in found:
        sums = replace(
            sums,
            exercises=sums.exercises + one.exercises,
            checks=sums.checks + one.checks,
            mistakes=sums.mistakes + one.mistakes,
            mistakes_named=sums.mistakes_named + one.mistakes_named,
            mistakes_skipped=sums.mistakes_skipped + one.mistakes_skipped,
            numbers=sums.numbers + one.numbers,
            quoted=sums.quoted + one.quoted,
            problems=sums.problems + one.problems,
        )
    return sums
