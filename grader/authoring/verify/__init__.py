"""verify: prove that a lesson keeps its promises, as a linter does for code.

An untouched page is *not attempted* everywhere, and the solution earns every point.
Every known mistake fails and is named by its own sentence only, and something fails
every check. Slips are named wherever they are put. A right derivation is right in other
forms, too. Every number in the text is computed again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader import judge
from grader.authoring.verify.declarations import (
    declaration_problems,
    mistake_problem,
    names_in_solution,
    order_problem,
    target_problem,
)
from grader.authoring.verify.lesson_text import (
    number_problems,
    script_problems,
    text_problems,
)
from grader.authoring.verify.natural_attempts import attempt_problems
from grader.authoring.verify.processes import process_pool
from grader.authoring.verify.right_derivations import form_problems
from grader.authoring.verify.slip_proof import SlipNaming, prove_slips
from grader.authoring.verify.trials import ShownMistake, Trials
from grader.checks import Exercise
from grader.common.errors import BrokenLesson, Misuse
from grader.course.document.catalog import Lesson
from grader.judge.loading import exercises_of, facts_of, load_module
from grader.learner.application import Application


@dataclass
class Verification:
    """The proofs of one lesson, and the problems found."""

    lesson: str
    sampled: bool = False
    exercises: int = 0
    checks: int = 0
    mistakes: int = 0
    mistakes_named: int = 0
    mistakes_skipped: int = 0
    numbers: int = 0
    quoted: int = 0
    shown: list[ShownMistake] = field(default_factory=list)
    naming: SlipNaming = field(default_factory=SlipNaming)
    problems: list[str] = field(default_factory=list)


def verify(
    lesson: Lesson,
    *,
    exercise: str = "",
    slow: bool = False,
    sample: bool = False,
    on_step: Callable[[str], None] = lambda step: None,
) -> Verification:
    """Prove everything that a lesson promises.

    Args:
        lesson: the lesson whose folder, page and solution are checked.
        exercise: if set, only this exercise's checks and mistakes are proved.
        slow: also try the mistakes whose example takes long, and every pair of slips.
        sample: prove only one mistake of each exercise, and no slips.
        on_step: called with a description of each step.

    Raises:
        Misuse: if there is no such exercise.
        BrokenLesson: if its checks or its solution can't be read at all.
    """
    module = load_module(lesson.checks, f"verified_{lesson.name}")
    facts_of(module)
    proof = Verification(lesson.name, sampled=sample)
    exercises = exercises_of(module)
    chosen = [one for one in exercises if exercise in ("", one.tag)]
    if not chosen:
        tags = ", ".join(one.tag for one in exercises)
        raise Misuse(f"{lesson.name} has no exercise {exercise!r}; it has {tags}.")
    proof.problems += declaration_problems(lesson, module, exercises, chosen)
    proof.exercises = len(chosen)
    proof.checks = sum(len(one.checks) for one in chosen)
    proof.mistakes = sum(len(one.mistakes) for one in chosen)
    proof.problems += text_problems(lesson, chosen)
    proof.problems += number_problems(lesson, module)
    proof.numbers = len(getattr(module, "NUMBERS", ()))
    proof.quoted = len(getattr(module, "QUOTED", ()))
    with ExitStack() as stack:
        # All gradings share a pool, because each pool imports the libraries again.
        pool = stack.enter_context(Application(lesson.folder.parents[1]).pool)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        trials = Trials(lesson, module, names_in_solution(lesson), pool, folder)
        on_step("the untouched page")
        proof.problems += trials.untouched_problems(exercise)
        on_step("the solution")
        proof.problems += trials.solution_problems(exercise)
        for target in chosen:
            if target.tag not in trials.unsolved:
                proof.problems += trials.given_code_problems(target)
        for target in [] if sample else chosen:
            is_quick = _is_quick_to_repeat(target, lesson, slow)
            if is_quick and target.tag not in trials.unsolved:
                on_step(f"the questions of {target.tag}")
                proof.problems += trials.repeat_problems(target)
        for target in chosen:
            if order_problem(target, exercises):  # then other checks are skipped
                continue
            proof.problems += _trial_problems(
                target, trials, proof, slow, sample, on_step
            )
            if not sample and target.slip_set and target.tag not in trials.unsolved:
                on_step(f"the slips of {target.tag}")
                proof.naming += prove_slips(target, lesson, slow)
        if not sample:
            on_step("natural attempts")
            proof.problems += attempt_problems(lesson, chosen, trials)
        proof.problems += proof.naming.problems
        proof.shown = trials.shown
    # Grading has trained the solution; a script run would train it again.
    if not (exercise or sample) and (slow or not judge.requirements_of(lesson).trains):
        on_step("the solution as a script")
        proof.problems += script_problems(lesson)
    return proof


def _is_quick_to_repeat(exercise: Exercise, lesson: Lesson, slow: bool) -> bool:
    """Return whether the solution may be graded again: training takes long."""
    trains = judge.requirements_of(lesson).trains or exercise.cpu_s is not None
    return bool(exercise.checks) and (slow or not trains)


def _trial_problems(
    exercise: Exercise,
    trials: Trials,
    proof: Verification,
    slow: bool,
    sample: bool,
    on_step: Callable[[str], None],
) -> Iterator[str]:
    """Yield the problems with an exercise's alternative, mistakes and checks."""
    if problem := target_problem(exercise.writes, exercise.tag, trials.names):
        yield problem
        return
    if exercise.tag in trials.unsolved:  # then a mistake shows nothing
        return
    if not sample and (slow or not judge.requirements_of(trials.lesson).trains):
        yield from trials.alternative_problems(exercise)
        yield from form_problems(exercise, trials)
    shown = [one for one in exercise.mistakes if slow or not one.is_slow]
    skipped = len(exercise.mistakes) - len(shown)
    for known in shown[:1] if sample else shown:
        on_step(known.tag)
        imports = judge.requirements_of(trials.lesson).imports
        problem = mistake_problem(known, trials.lesson, imports)
        problem = problem or target_problem(known.target, known.tag, trials.names)
        problems = (
            [problem] if problem else list(trials.mistake_problems(exercise, known))
        )
        proof.mistakes_named += not problems
        yield from problems
    proof.mistakes_skipped += skipped
    if not (skipped or sample):  # a check may be there for one of those
        on_step(f"the checks of {exercise.tag}")
        yield from trials.unfailed_check_problems(exercise)


def total(verifications: Iterable[Verification]) -> Verification:
    """Return the sums over several lessons."""
    sums = Verification("all lessons")
    for verification in verifications:
        sums = replace(
            sums,
            exercises=sums.exercises + verification.exercises,
            checks=sums.checks + verification.checks,
            mistakes=sums.mistakes + verification.mistakes,
            mistakes_named=sums.mistakes_named + verification.mistakes_named,
            mistakes_skipped=sums.mistakes_skipped + verification.mistakes_skipped,
            numbers=sums.numbers + verification.numbers,
            quoted=sums.quoted + verification.quoted,
            naming=sums.naming + verification.naming,
            problems=sums.problems + verification.problems,
        )
    return sums


def verify_side_by_side(
    lessons: Sequence[Lesson],
    *,
    slow: bool = False,
    sampled: Container[Lesson] = (),
) -> Iterator[Verification]:
    """Prove what each lesson promises, several lessons at a time.

    Args:
        lessons: the lessons. Those with an exercise that takes long begin first.
        slow: as in `verify`.
        sampled: the lessons for which only a sample is proved, as in `verify`.

    Yields:
        The result for each lesson, in the order given.

    Raises:
        BrokenLesson: if the checks or the solution of a lesson can't be read at all.
    """
    with process_pool(len(lessons)) as pool:
        begun = {
            lesson: pool.submit(verify, lesson, slow=slow, sample=lesson in sampled)
            for lesson in sorted(lessons, key=_is_quick)
        }
        for lesson in lessons:
            yield begun[lesson].result()


def _is_quick(lesson: Lesson) -> bool:
    try:
        return not any(one.is_slow for one in judge.exercises(lesson))
    except BrokenLesson:  # `verify` reports it, in its turn
        return True
