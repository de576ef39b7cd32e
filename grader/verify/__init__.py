"""verify: prove that a lesson keeps its promises; the curriculum is linted like code.

An untouched page is *not attempted* everywhere, the solution earns everything, every
known mistake fails and is named by its own sentence alone, something fails every check,
and every number in the text is computed again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader import judge
from grader.catalog import Lesson
from grader.checks import Exercise
from grader.judge.loading import exercises_of, facts_of, load_module
from grader.sandbox import Warm
from grader.verify.declarations import (
    declaration_problems,
    mistake_problem,
    names_of,
    order_problem,
    target_problem,
)
from grader.verify.numbers import number_problems
from grader.verify.trials import Trials


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

    Raises:
        BrokenLesson: its checks or its solution cannot be read at all.
    """
    module = load_module(lesson.checks, f"verified_{lesson.name}")
    facts_of(module)
    found, exercises = Verification(lesson.name), exercises_of(module)
    found.problems += declaration_problems(lesson, module, exercises)
    found.exercises = len(exercises)
    found.checks = sum(len(exercise.checks) for exercise in exercises)
    found.mistakes = sum(len(exercise.mistakes) for exercise in exercises)
    found.problems += number_problems(lesson, module)
    found.numbers = len(getattr(module, "NUMBERS", ()))
    found.quoted = len(getattr(module, "QUOTED", ()))
    with ExitStack() as stack:
        warm = stack.enter_context(Warm(*judge.requirements_of(lesson)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        trials = Trials(lesson, module, names_of(lesson), warm, folder)
        on_step("the untouched page")
        found.problems += trials.check_untouched()
        on_step("the solution")
        found.problems += trials.solution()
        for exercise in exercises:
            if order_problem(exercise, exercises):  # then other checks are skipped
                continue
            found.problems += _mistakes(exercise, trials, found, slow, on_step)
    return found


def _mistakes(
    exercise: Exercise,
    trials: Trials,
    found: Verification,
    slow: bool,
    on_step: Callable[[str], None],
) -> Iterator[str]:
    """Prove the mistakes of one exercise, and then that something fails each check."""
    if problem := target_problem(exercise.name, exercise.tag, trials.names):
        yield problem
        return
    if exercise.tag in trials.unsolved:  # then a mistake shows nothing
        return
    skipped = 0
    for known in exercise.mistakes:
        if known.is_slow and not slow:
            skipped += 1
            continue
        on_step(known.tag)
        problem = mistake_problem(known, trials.lesson, trials.names)
        problem = problem or target_problem(known.of, known.tag, trials.names)
        problems = [problem] if problem else list(trials.mistake(exercise, known))
        found.mistakes_named += not problems
        yield from problems
    found.mistakes_skipped += skipped
    if not skipped:  # one of those may be what a check is there for
        on_step(f"the checks of {exercise.tag}")
        yield from trials.never_failed(exercise)


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
