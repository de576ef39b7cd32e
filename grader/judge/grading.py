"""grading: run a lesson's checks against one attempt, exercise by exercise.

A check is a function whose argument names say what it needs. A test framework isn't
used: it would format tracebacks that go unread, and keep state between two gradings in
one process.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.checks import Exercise
from grader.checks.attempt import Attempt, AttemptSession, Stopped
from grader.common.errors import BrokenLesson
from grader.judge.exercise_run import ExerciseRun, prerequisite_result
from grader.judge.fixtures import CheckNotes, Fixtures, PictureCollector, argument_names
from grader.judge.given_code import GivenCode
from grader.judge.loading import (
    LazyModule,
    execute,
    exercises_of,
    facts_of,
    fixtures_of,
    load_checks,
    shared_fixtures,
    slow_fixtures_of,
)
from grader.judge.request import Listeners
from grader.judge.root_causes import (
    can_cross_processes,
    find_needed,
    find_used_exercises,
)
from grader.judge.syntax_recovery import LeftOut, outcomes_without
from grader.judge.verdict_cache import add_basis
from grader.report import ExerciseResult, Outcome

if TYPE_CHECKING:
    from grader.judge.lending import Lender, Loan

_NOBODY = Listeners()


class LessonChecks:
    """The exercises of a lesson with their checks, and what these rely on.

    Attributes:
        exercises: those that have checks, in the order of the lesson.
        facts: what the lesson needs.
        solution: the lesson's own file.
        reference: its module, which is executed when a check asks for it.
        given: the code that the page provides to be corrected.
        can_lend: whether the lesson's functions can be called from another process.
    """

    def __init__(self, checks: Path, solution: Path) -> None:
        """Load the checks.

        Args:
            checks: the file of the lesson's checks.
            solution: its solution.

        Raises:
            BrokenLesson: they can't be loaded.
        """
        with warnings.catch_warnings(action="ignore"):
            module = load_checks(checks, f"checks_{solution.stem}")
        self.exercises = [e for e in exercises_of(module) if e.checks]
        self.facts = facts_of(module)
        self.solution = solution
        self.reference = LazyModule(solution)
        self.given = GivenCode(solution)
        self.can_lend = can_cross_processes(self.facts.imports)
        self._fixtures = shared_fixtures(checks) | fixtures_of(module)
        self._slow = slow_fixtures_of(module)

    @property
    def longest_cpu_s(self) -> float:
        """The most CPU time that one call of the lesson may take."""
        return max([self.facts.cpu_s, *(e.cpu_s or 0.0 for e in self.exercises)])

    def is_quick(self, exercise: Exercise) -> bool:
        """Return whether an exercise's checks may be run again for every suspect.

        An exercise that declares more time than the others of its lesson trains.
        """
        return exercise.cpu_s is None or exercise.cpu_s <= self.facts.cpu_s

    def prepare(self) -> None:
        """Execute the solution now, if a check requests it and its imports are quick.

        If it fails, that check reports the failure.
        """
        uses_reference = any(
            "reference" in argument_names(check.function)
            for exercise in self.exercises
            for check in exercise.checks
        )
        if uses_reference and self.can_lend:
            with contextlib.suppress(BrokenLesson):
                execute(self.reference)

    def fixtures(self, seed: int, **values: Any) -> Fixtures:
        """Return the values for the checks' arguments in a grading with this seed."""
        reference = self.reference
        return Fixtures(seed, self._fixtures, self._slow, reference=reference, **values)


class Grading:
    """One grading of one attempt.

    Attributes:
        checks: the checks of the lesson.
        session: the session of the attempt, with the budget of the grading.
        listeners: called while it runs.
        left_out: the parts of the file that Python can't read or run.
        defers_slow: whether slow checks wait until the checks before them pass.
        runs: what has become of each exercise so far, by tag.
        notes: the remarks of the check that runs.
        pictures: those that checks have added.
        fixtures: the values for the checks' arguments.
    """

    def __init__(
        self,
        checks: LessonChecks,
        session: AttemptSession,
        seed: int,
        listeners: Listeners = _NOBODY,
        left_out: tuple[LeftOut, ...] = (),
        defers_slow: bool = True,
    ) -> None:
        """Begin a grading.

        Args:
            checks: the checks of the lesson.
            session: the session of the attempt.
            seed: for the random numbers.
            listeners: called while it runs.
            left_out: the parts of the file that Python can't read or run.
            defers_slow: whether slow checks wait until the checks before them pass.
        """
        self.checks, self.session, self.listeners = checks, session, listeners
        self.left_out, self.defers_slow = left_out, defers_slow
        self._closing = contextlib.ExitStack()
        self.notes = CheckNotes()
        self.pictures = PictureCollector()
        self.fixtures: Fixtures = checks.fixtures(
            seed,
            attempt=Attempt(session),
            show=self.pictures,
            remark=self.notes.set_remark,
            measured=self.notes.set_measured,
            when_complete=self.notes.set_when_complete,
            progress=listeners.on_progress or (lambda _: None),
            keep_weights=self._keep_weights,
        )
        session.tags = tuple(exercise.tag for exercise in checks.exercises)
        self.runs: dict[str, ExerciseRun] = {}
        ends = outcomes_without(left_out)
        for exercise in checks.exercises:
            if exercise.tag in ends:
                self._begin(exercise).failure = ends[exercise.tag]

    @functools.cached_property
    def lender(self) -> Lender:
        """The lesson's own functions, which are needed once an exercise fails."""
        # Imported here: if everything is right, nothing is lent.
        from grader.judge.lending import Lender

        return self._closing.enter_context(
            contextlib.closing(Lender(self.checks.solution, self.checks.can_lend))
        )

    @property
    def failures(self) -> dict[str, Stopped]:
        """How the exercises ended that didn't pass, by tag."""
        runs = self.runs.items()
        return {tag: run.failure for tag, run in runs if run.failure is not None}

    def run(self, only: Collection[str] = (), kept_tags: Collection[str] = ()) -> None:
        """Run the checks of some exercises, or of all, but of none that is known.

        Raises:
            Broken: the grader's own side failed in a check.
            Cancelled: the grading was cancelled.
            SandboxError: no worker can be started, or a required layer is missing.
        """
        done = {*kept_tags, *self.runs}
        with warnings.catch_warnings(action="ignore"):
            for exercise in self.checks.exercises:
                tag = exercise.tag
                if tag not in done and (not only or tag in only):
                    self._run_exercise(exercise)
            self._conclude_all()

    def look_for_causes(self) -> None:
        """For each exercise that failed, find out whether it fails because of another.

        That one has passed its own checks, but may still not do what this one needs.

        Raises:
            Broken, Cancelled, SandboxError: as for `run`.
        """
        if not self.checks.can_lend or self.session.problem:
            return
        for exercise in self.checks.exercises:
            end = self.failures.get(exercise.tag)
            is_wrong = end is not None and end.outcome.is_diagnosable
            if is_wrong and self.checks.is_quick(exercise):
                # The solution itself doesn't load, which its own checks report.
                with contextlib.suppress(BrokenLesson):
                    self._look_for_cause(self.runs[exercise.tag])

    def first_failure(self, exercise: Exercise) -> Outcome:
        """Return the outcome of the first check that fails, or `PASSED`.

        It doesn't look for the mistake, which takes most of the time of a grading.

        Raises:
            Broken, Cancelled, SandboxError: as for `run`.
        """
        run = ExerciseRun(self, exercise, self.session, self.fixtures)
        return run.first_failure()

    def results(
        self, only: str, kept_results: Mapping[str, ExerciseResult]
    ) -> tuple[ExerciseResult, ...]:
        """Return the results of one exercise, or of all for "".

        Args:
            only: the tag of the exercise.
            kept_results: those that weren't run because they are known.
        """
        exercises = [e for e in self.checks.exercises if only in ("", e.tag)]
        if self.session.problem is not None:
            outcome = self.session.problem.outcome
            return tuple(
                ExerciseResult(e.tag, e.title, e.points, outcome, ()) for e in exercises
            )
        results = [
            kept_results.get(e.tag) or self.runs[e.tag].result() for e in exercises
        ]
        if self.checks.facts.trains:
            results = [add_basis(result, self.session) for result in results]
        return tuple(results)

    def needed_by(self, tag: str) -> set[str]:
        """Return the tags of an exercise and of all that its verdict depends on.

        These are the exercises that its checks use (`after`), and the quick ones whose
        functions it calls. Calls aren't followed in lessons with Keras or SymPy.
        """
        return find_needed(
            tag,
            self.checks.exercises,
            lambda one: filter(self.checks.is_quick, self._used_by(one)),
        )

    def close(self) -> None:
        """End all workers."""
        self._closing.close()
        self.session.close()

    def _used_by(self, exercise: Exercise) -> list[Exercise]:
        """Return the exercises whose functions this one's function calls."""
        if not self.checks.can_lend:
            return []
        try:
            return find_used_exercises(
                exercise, self.checks.exercises, self.session.tree
            )
        except Stopped:  # the file can't be parsed
            return []

    def _begin(
        self,
        exercise: Exercise,
        session: AttemptSession | None = None,
        fixtures: Fixtures | None = None,
    ) -> ExerciseRun:
        """Return a new run of an exercise, and forget an earlier one."""
        self.pictures.forget(exercise.tag)
        run = ExerciseRun(
            self, exercise, session or self.session, fixtures or self.fixtures
        )
        self.runs[exercise.tag] = run
        return run

    def _run_exercise(self, exercise: Exercise) -> None:
        """Judge an exercise, with the lesson's own functions where that is fair."""
        if exercise.after:
            self._conclude_all()
        loan = self._find_loan(exercise)
        if loan is None:
            self._begin(exercise).judge()
            return
        is_judged = False
        if not loan.is_necessary(exercise, self.failures):
            is_judged = self._begin(exercise).judge(ends_at_failure=True)
        if not is_judged:
            self._judge_with(loan, exercise)

    def _find_loan(self, exercise: Exercise) -> Loan | None:
        """Return what to lend to an exercise; None if all that it uses is right."""
        if not any(run.is_wrong for run in self.runs.values()):
            return None
        used = self._used_by(exercise)
        return self.lender.find_loan(exercise, self.checks.exercises, used, self.runs)

    def _judge_with(self, loan: Loan, exercise: Exercise) -> None:
        """Judge an exercise with some of the lesson's own functions."""
        lent = self.lender.lend(loan.names, self.session, self.fixtures)
        run = self._begin(exercise, *lent)
        run.judge()
        if run.failure and self.lender.has_failed:
            self._begin(exercise).skip(prerequisite_result(loan.reasons[0]))
        elif run.failure is None or run.failure.outcome.is_tried:
            run.loan = loan

    def _look_for_cause(self, run: ExerciseRun) -> None:
        lent = run.loan.names if run.loan else ()
        for part in self.lender.find_lendable(self._used_by(run.exercise)):
            if part.tag in self.failures:
                continue
            names = (*lent, part.writes)
            session, fixtures = self.lender.lend(names, self.session, self.fixtures)
            again = ExerciseRun(self, run.exercise, session, fixtures)
            if again.first_failure().is_right:
                run.blame(part)
                return

    def _conclude_all(self) -> None:
        """Complete the results of the checks that have left something for later."""
        for run in self.runs.values():
            run.conclude()

    def _keep_weights(self, weights: Sequence[Any]) -> None:
        """Keep the weights of a network, with the text that trained it."""
        if self.listeners.on_weights is not None:
            self.listeners.on_weights(self.session.content, weights)
