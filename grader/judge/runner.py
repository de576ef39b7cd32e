"""runner: run a lesson's checks against one attempt, and record their results.

A check is a function whose argument names say what it needs. A test framework isn't
used: it would format tracebacks that go unread, and keep state between two gradings in
one process.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import time
import warnings
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from grader.attempt import (
    Attempt,
    AttemptSession,
    Changed,
    Stopped,
    require_unchanged,
)
from grader.attempt.workers import LEAST_S
from grader.checks import Exercise
from grader.checks.exercises import Check
from grader.checks.lesson_facts import LessonFacts
from grader.errors import BrokenLesson
from grader.judge.check_results import (
    UnconcludedCheck,
    comes_first,
    count_claims,
    is_more_informative,
    outcome_of,
    remarks_of,
    with_facts,
)
from grader.judge.entries import EntryVerdicts, partial_points
from grader.judge.fixtures import GRADING_ERRORS, CheckNotes, Fixtures, PictureCollector
from grader.judge.given_code import GivenCode
from grader.judge.lending import Lender, Loan
from grader.judge.loading import (
    LazyModule,
    describe_fault,
    exercises_of,
    facts_of,
    fixtures_of,
    load_checks,
    shared_fixtures,
    slow_fixtures_of,
)
from grader.judge.request import Listeners
from grader.judge.root_causes import (
    blame_other_exercise,
    can_be_replaced,
    find_adjustment,
    find_needed,
    find_other_functions,
    find_used_exercises,
)
from grader.judge.syntax_recovery import LeftOut, outcomes_without, skip_if_left_out
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    Outcome,
    Picture,
    Unnamed,
)

_DEFERRED = "This takes long, so it's checked only once everything before it is right."
_NOBODY = Listeners()


class Runner:
    """Runs the checks of a lesson, exercise by exercise.

    Attributes:
        exercises: those that have checks, in the order of the lesson.
        fixtures: the values for the checks' arguments.
        results: the results of the checks that were run, by exercise.
        findings: what to say about the exercises that didn't pass.
        left_out: the parts of the file that Python can't read or run.
        defers_slow: whether slow checks wait until the checks before them pass.
    """

    def __init__(
        self,
        checks: Path,
        solution: Path,
        seed: int,
        listeners: Listeners = _NOBODY,
    ) -> None:
        """Load the checks.

        Args:
            checks: the file of the lesson's checks.
            solution: its solution.
            seed: for the random numbers.
            listeners: called while the checks run.

        Raises:
            BrokenLesson: they can't be loaded.
        """
        self._files = checks, solution, seed
        with warnings.catch_warnings(action="ignore"):
            module = load_checks(checks, f"checks_{solution.stem}")
        self.exercises = [e for e in exercises_of(module) if e.checks]
        self.facts: LessonFacts = facts_of(module)
        self.results: dict[str, list[CheckResult]] = {}
        self.findings: dict[str, Finding] = {}
        self.left_out: tuple[LeftOut, ...] = ()
        self.defers_slow = True
        self._given = GivenCode(solution)
        self._when_complete: dict[str, list[str]] = {}
        self._unnamed: dict[str, Unnamed] = {}
        self._entries: dict[str, EntryVerdicts] = {}
        self._tell = listeners
        self._stopped: dict[str, Stopped] = {}
        self._loans: dict[str, Loan] = {}
        self._partial_points: dict[str, int] = {}
        self._lender = Lender(solution, can_be_replaced(self.facts.imports))
        self._unconcluded: list[UnconcludedCheck] = []
        self._notes = CheckNotes()
        self._pictures = PictureCollector()
        self.fixtures = Fixtures(
            seed,
            shared_fixtures(checks) | fixtures_of(module),
            slow_fixtures_of(module),
            reference=LazyModule(solution),
            show=self._pictures,
            remark=self._notes.set_remark,
            measured=self._notes.set_measured,
            when_complete=self._notes.set_when_complete,
            progress=listeners.on_progress or (lambda _: None),
            keep_weights=lambda weights: None,
        )

    @property
    def longest_cpu_s(self) -> float:
        """The most CPU time that one call of the lesson may take."""
        return max([self.facts.cpu_s, *(e.cpu_s or 0.0 for e in self.exercises)])

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that checks have added."""
        return tuple(self._pictures.pictures)

    def fresh_copy(self) -> Runner:
        """Return a runner of the same checks, with none of them run yet."""
        other = copy.copy(self)
        other.results, other.findings = {}, {}
        other._stopped, other._unnamed, other._when_complete = {}, {}, {}
        other._entries, other._unconcluded = {}, []
        other._loans, other._partial_points = {}, {}
        other._lender = Lender(self._files[1], self._lender.in_worker)
        other.fixtures = self.fixtures.fresh_copy()
        return other

    def needed_by(self, tag: str, session: AttemptSession) -> set[str]:
        """Return the tags of an exercise and of all that its verdict depends on.

        These are the exercises that its checks use (`after`), and the quick ones whose
        functions it calls. Calls aren't followed in lessons with Keras or SymPy.
        """
        return find_needed(
            tag,
            self.exercises,
            lambda one: filter(self._is_quick, self._used_by(one, session)),
        )

    def _used_by(self, exercise: Exercise, session: AttemptSession) -> list[Exercise]:
        """Return the exercises whose functions this one's function calls."""
        if not self._lender.in_worker:
            return []
        try:
            return find_used_exercises(exercise, self.exercises, session.tree)
        except Stopped:  # the file can't be parsed
            return []

    def run(
        self,
        session: AttemptSession,
        only: Collection[str] = (),
        known: Iterable[str] = (),
    ) -> None:
        """Run the checks of some exercises, or of all, but of none that is known.

        Raises:
            Broken: the grader's own side failed in a check.
            Cancelled: the grading was cancelled.
            SandboxError: no worker can be started, or a required layer is missing.
        """
        self.fixtures.values["attempt"] = Attempt(session)
        session.tags = tuple(exercise.tag for exercise in self.exercises)
        self._stopped |= outcomes_without(self.left_out)
        done = {*known, *self._stopped}
        with warnings.catch_warnings(action="ignore"):
            for exercise in self.exercises:
                tag = exercise.tag
                if tag not in done and (not only or tag in only):
                    self._run_exercise(exercise, session)
            self._conclude_all()

    def close(self) -> None:
        """End the workers that were started for lending."""
        self._lender.close()

    def first_failure(self, session: AttemptSession, exercise: Exercise) -> Outcome:
        """Return the outcome of the first check that fails, or `PASSED`.

        It doesn't look for the mistake, which takes most of the time of a grading.

        Raises:
            Broken, Cancelled, SandboxError: as for `run`.
        """
        self.fixtures.values["attempt"] = Attempt(session)
        session.tags = tuple(one.tag for one in self.exercises)
        session.tag, session.cpu_s = exercise.tag, exercise.cpu_s or self.facts.cpu_s
        with warnings.catch_warnings(action="ignore"):
            for check in exercise.checks:
                stopped = self._run_check(exercise, check, session) or self._conclude(
                    exercise, check, session.take_conclusions()
                )
                if stopped:
                    return stopped.outcome
        return Outcome.PASSED

    def look_for_causes(self, session: AttemptSession) -> None:
        """For each exercise that failed, find out whether it fails because of another.

        That one has passed its own checks, but may still not do what this one needs.

        Raises:
            Broken, Cancelled, SandboxError: as for `run`.
        """
        if not self._lender.in_worker or session.problem:
            return
        for exercise in self.exercises:
            stopped = self._stopped.get(exercise.tag)
            is_wrong = stopped is not None and stopped.outcome.is_diagnosable
            if stopped and is_wrong and self._is_quick(exercise):
                # The solution itself doesn't load, which its own checks report.
                with contextlib.suppress(BrokenLesson):
                    self._look_for_cause(exercise, stopped, session)

    def _is_quick(self, exercise: Exercise) -> bool:
        """Return whether its checks may be run again, once for every suspect.

        An exercise that declares more time than the others of its lesson trains.
        """
        return exercise.cpu_s is None or exercise.cpu_s <= self.facts.cpu_s

    def _look_for_cause(
        self, exercise: Exercise, stopped: Stopped, session: AttemptSession
    ) -> None:
        loan = self._loans.get(exercise.tag)
        lent = loan.names if loan else ()
        for part in self._lender.find_lendable(self._used_by(exercise, session)):
            if part.tag in self._stopped:
                continue
            again, names = self.fresh_copy(), (*lent, part.writes)
            other, again.fixtures = self._lender.lend(names, session, self.fixtures)
            if again.first_failure(other, exercise).is_right:
                finding = self.findings.get(exercise.tag, stopped.finding)
                self.findings[exercise.tag] = blame_other_exercise(finding, part)
                self._unnamed.pop(exercise.tag, None)
                return

    def _run_exercise(self, exercise: Exercise, session: AttemptSession) -> None:
        """Judge an exercise, with the lesson's own functions where that is fair."""
        loan = self._find_loan(exercise, session)
        if loan and loan.is_necessary(exercise, self._stopped):
            self._judge_with(loan, exercise, session)
        else:
            self._judge(exercise, session)

    def _find_loan(self, exercise: Exercise, session: AttemptSession) -> Loan | None:
        """Return what to lend to an exercise; None if all that it uses is right."""
        wrong = list(filter(self._is_wrong, self._stopped))
        if not wrong:
            return None
        others, used = self.exercises, self._used_by(exercise, session)
        return self._lender.find_loan(exercise, others, used, wrong, self._loans)

    def _is_wrong(self, tag: str) -> bool:
        """Return whether an exercise isn't right, and the learner can change that."""
        stopped = self._stopped.get(tag)
        return stopped is not None and not stopped.outcome.is_broken

    def _judge_with(
        self, loan: Loan, exercise: Exercise, session: AttemptSession
    ) -> None:
        """Judge an exercise with some of the lesson's own functions."""
        own = self.fixtures
        other, self.fixtures = self._lender.lend(loan.names, session, own)
        try:
            self._judge(exercise, other)
        finally:
            self.fixtures = own
        stopped = self._stopped.get(exercise.tag)
        if stopped and self._lender.has_failed:
            self._forget(exercise)
            for check in exercise.checks:
                skipped = comes_first(loan.reasons[0])
                self._record(exercise, check, skipped, time.perf_counter())
        elif stopped is None or stopped.outcome.is_tried:
            self._loans[exercise.tag] = loan

    def _forget(self, exercise: Exercise) -> None:
        """Forget the results of an exercise, which is judged again."""
        tag, shown = exercise.tag, self._pictures.pictures
        self._pictures.pictures = [one for one in shown if one.exercise != tag]
        waiting = self._unconcluded
        self._unconcluded = [one for one in waiting if one.exercise is not exercise]
        kept = (self.results, self.findings, self._stopped, self._when_complete)
        for of_exercise in (*kept, self._unnamed, self._entries):
            of_exercise.pop(tag, None)

    def _judge(self, exercise: Exercise, session: AttemptSession) -> None:
        """Run the checks of an exercise, and name its mistake."""
        self._attend_to(exercise, session)
        if exercise.after:
            self._conclude_all()
        entries = self._entries[exercise.tag] = EntryVerdicts(self._files[1])
        for check in exercise.checks:
            began_s = time.perf_counter()
            known = len(session.answers.get(exercise.tag, ()))
            self._notes.clear()
            stopped = self._run_check(exercise, check, session)
            if stopped and (loan := self._find_loan_after(stopped, exercise, session)):
                self._forget(exercise)
                self._judge_with(loan, exercise, session)
                return
            self._record(exercise, check, stopped, began_s)
            if (later := session.take_conclusions()) and not stopped:
                place = len(self.results[exercise.tag]) - 1
                waiting = UnconcludedCheck(exercise, check, place, later)
                self._unconcluded.append(waiting)
            values = functools.partial(self._values_for, exercise, check)
            entries.note(check, values, session, stopped, known)
        is_function = exercise.writes in self._lender.functions
        if exercise.tag in self._stopped and not is_function:
            all_values = functools.partial(self._values_for, exercise)
            found = partial_points(exercise, all_values, self._files[1], session)
            self._partial_points[exercise.tag] = found
        try:  # while the worker that made the mistake still lives
            self._explain(exercise, session)
        except Exception as error:  # formatting a mistake's sentence may fail
            fault = self._fault(exercise, last := exercise.checks[-1], error)
            self._record(exercise, last, fault, time.perf_counter())
        session.answers.pop(exercise.tag, None)  # to free their memory

    def _attend_to(self, exercise: Exercise, session: AttemptSession) -> None:
        """Let what follows be about an exercise."""
        session.tag = self._pictures.exercise = exercise.tag
        session.cpu_s = self._call_cpu_s(exercise, session)

    def _find_loan_after(
        self, stopped: Stopped, exercise: Exercise, session: AttemptSession
    ) -> Loan | None:
        """Return what to lend to an exercise after its first failure, if anything."""
        is_first = exercise.tag not in self._stopped and not session.lent
        is_unwritten = stopped.outcome is Outcome.NOT_ATTEMPTED
        if not is_first or is_unwritten or stopped.outcome.is_broken:
            return None
        return self._find_loan(exercise, session)

    def _values_for(self, exercise: Exercise, check: Check) -> dict[str, Any]:
        name = f"{exercise.tag}: {check.name}"
        return self.fixtures.values_for(check.function, name)

    def _call_cpu_s(self, exercise: Exercise, session: AttemptSession) -> float:
        """Return the CPU seconds that one call of an exercise may take.

        There are few if the exercise calls a function that timed out before. So an
        endless loop costs one time-out, not one in each exercise that calls it.
        """
        cpu_s = exercise.cpu_s or self.facts.cpu_s
        ends = self._stopped.items()
        endless = [tag for tag, end in ends if end.outcome is Outcome.TIMED_OUT]
        is_lent = session.lent and self._lender.in_worker
        if endless and self._is_quick(exercise) and not is_lent:
            with contextlib.suppress(Stopped):  # the file can't be parsed
                used = find_used_exercises(exercise, self.exercises, session.tree)
                if not {part.tag for part in used}.isdisjoint(endless):
                    return min(cpu_s, LEAST_S)
        return cpu_s

    def _run_check(
        self, exercise: Exercise, check: Check, session: AttemptSession
    ) -> Stopped | None:
        """Run a check; return how it ended, or None if it passed."""
        earlier = self._stopped.get(exercise.tag)
        if earlier is not None and earlier.outcome.is_final:
            return earlier
        if self._is_deferred(check, earlier):
            return Stopped(Outcome.SKIPPED, Finding(_DEFERRED))
        if self._is_wrong(exercise.after) and not session.lent:
            return comes_first(exercise.after)
        if untouched := self._given.describe_untouched(exercise, session):
            return untouched
        answers = session.answers.setdefault(exercise.tag, [])
        known, failing = len(answers), None
        try:
            try:
                check.function(**self._values_for(exercise, check))
            except Stopped:
                # Conclusions from its earlier answers come before this one.
                for conclude in session.take_conclusions():
                    conclude()
                raise
            # After the check's own questions: a wrong value matters more than a change.
            require_unchanged(answers[known:], session.content, exercise.may_change)
        except Stopped as stopped:
            failing = stopped.answer
            stopped = skip_if_left_out(stopped, exercise, session, self.left_out)
            if not stopped.outcome.is_diagnosable or self._lender.in_worker:
                return stopped
            return self._given.skip_dependent(
                stopped, exercise, self.exercises, session
            )
        except GRADING_ERRORS:
            raise
        except Exception as error:  # the check itself is wrong
            return self._fault(exercise, check, error)
        finally:
            if self._tell.on_answers:
                received = with_facts(answers[known:], failing)
                self._tell.on_answers(exercise.tag, check.name, received)
        return None

    def _is_deferred(self, check: Check, earlier: Stopped | None) -> bool:
        """Return whether a slow check has to wait until others pass."""
        # A changed argument says less about the function than a wrong value would.
        if earlier is None or isinstance(earlier, Changed):
            return False
        is_wrong = earlier.outcome.is_diagnosable
        return (
            is_wrong
            and self.defers_slow
            and self.fixtures.needs_slow_fixture(check.function)
        )

    def _fault(self, exercise: Exercise, check: Check, error: Exception) -> Stopped:
        if self._tell.on_fault:
            self._tell.on_fault(exercise.tag, check.name, error)
        return describe_fault(error)

    def _conclude_all(self) -> None:
        """Complete the results of the checks that have left something for later."""
        for exercise, check, place, conclusions in self._unconcluded:
            self._notes.clear()
            stopped = self._conclude(exercise, check, conclusions)
            results = self.results[exercise.tag]
            if stopped is not None:
                self._note_stopped(exercise, stopped)
                outcome = outcome_of(exercise, stopped)
                result = replace(results[place], outcome=outcome)
                ended = replace(result, finding=stopped.finding)
                results[place] = replace(ended, remark="", measured="")
            elif self._notes.measured:
                results[place] = replace(results[place], measured=self._notes.measured)
        self._unconcluded.clear()

    def _conclude(
        self,
        exercise: Exercise,
        check: Check,
        conclusions: Iterable[Callable[[], None]],
    ) -> Stopped | None:
        """Draw the conclusions of a check that has passed; return what stops it."""
        try:
            for conclude in conclusions:
                conclude()
        except Stopped as stopped:
            return stopped
        except GRADING_ERRORS:
            raise
        except Exception as error:
            return self._fault(exercise, check, error)
        return None

    def _note_stopped(self, exercise: Exercise, stopped: Stopped) -> None:
        first = self._stopped.setdefault(exercise.tag, stopped)
        if is_more_informative(stopped, first):
            self._stopped[exercise.tag] = stopped

    def _record(
        self, exercise: Exercise, check: Check, stopped: Stopped | None, began_s: float
    ) -> None:
        """Record the result of one check, however it ended."""
        if stopped is not None:
            self._note_stopped(exercise, stopped)
        result = CheckResult(
            name=check.name,
            sentence=check.sentence,
            outcome=outcome_of(exercise, stopped),
            finding=stopped.finding if stopped else None,
            remark="" if stopped else self._notes.remark,
            measured="" if stopped else self._notes.measured,
            wall_s=round(time.perf_counter() - began_s, 4),
        )
        self.results.setdefault(exercise.tag, []).append(result)
        if stopped is None and (words := self._notes.when_complete):
            self._when_complete.setdefault(exercise.tag, []).append(words)
        if self._tell.on_check:
            self._tell.on_check(exercise.tag, result)

    def _explain(self, exercise: Exercise, session: AttemptSession) -> None:
        """Name the mistake of an exercise that didn't pass."""
        stopped = self._stopped.get(exercise.tag)
        if stopped is None:
            return
        # Imported here: if everything is right, there is no mistake to look for.
        from grader.diagnosis import explain
        from grader.diagnosis.mutation_search import leave_out_refused
        from grader.diagnosis.unnamed import digest_answers, function_source
        from grader.judge.source_observations import add_observations

        answers = session.answers.get(exercise.tag, [])

        def right() -> object:
            return getattr(self.fixtures.values["reference"], exercise.writes, None)

        finding = explain(exercise, stopped, answers, right, session.content)
        if stopped.answer and (look := find_adjustment(stopped.outcome)):
            others = find_other_functions(
                self.exercises, self._stopped, self._files[1], session
            )
            finding = look(finding, stopped.answer, others, session)
        if stopped.outcome.is_diagnosable:
            imports = self.facts.imports
            finding = add_observations(finding, exercise, session, imports, right)
        if stopped.outcome is Outcome.WRONG:
            entries = self._entries[exercise.tag]
            finding = entries.conclude(finding, stopped.answer, session)
        self.findings[exercise.tag] = finding
        if (tell := self._tell.on_fault) and (failing := stopped.answer):
            for known in exercise.symptoms:
                if error := known.failure_on(failing):
                    tell(exercise.tag, known.tag, error)
        if stopped.outcome.is_diagnosable and not finding.mistakes and stopped.answer:
            asked = leave_out_refused(exercise, right, stopped.answer, answers)
            code = function_source(exercise.writes, session.content)
            self._unnamed[exercise.tag] = Unnamed(digest_answers(asked), code)

    def result_of(self, exercise: Exercise) -> ExerciseResult:
        """Sum up the checks of one exercise: right only if all of them passed."""
        checks = tuple(self.results.get(exercise.tag, ()))
        stopped = self._stopped.get(exercise.tag)
        outcome = outcome_of(exercise, stopped)
        finding = stopped.finding if stopped else None
        entries = self._entries.get(exercise.tag, EntryVerdicts(self._files[1]))
        loan = self._loans.get(exercise.tag)
        found = count_claims(exercise, checks, entries.verdicts)
        claims = (0, 0) if entries.has_blank else found
        remarks = remarks_of(checks, claims)
        return ExerciseResult(
            tag=exercise.tag,
            title=exercise.title,
            points=exercise.points,
            outcome=outcome if checks or stopped else Outcome.BROKEN,
            checks=checks,
            finding=self.findings.get(exercise.tag, finding),
            remarks=(loan.sentence, *remarks) if loan else remarks,
            unnamed=self._unnamed.get(exercise.tag),
            when_complete=tuple(self._when_complete.get(exercise.tag, ())),
            judged_with=loan.reasons if loan else (),
            entries=entries.results,
            partial_points=self._partial_points.get(exercise.tag, 0),
            claims=claims,
        )
