"""exercise_run: run the checks of one exercise, and say what its result is."""

from __future__ import annotations

import contextlib
import functools
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from grader.checks import Exercise
from grader.checks.attempt import (
    Answer,
    AttemptSession,
    Changed,
    Stopped,
    require_unchanged,
)
from grader.checks.attempt.workers import LEAST_S
from grader.checks.exercises import Check
from grader.judge.entries import EntryVerdicts, partial_points
from grader.judge.fixtures import GRADING_ERRORS, Fixtures
from grader.judge.loading import fault_result
from grader.judge.root_causes import (
    blame_other_exercise,
    find_adjustment,
    find_other_functions,
    find_used_exercises,
)
from grader.judge.syntax_recovery import skip_if_left_out
from grader.report import CheckResult, ExerciseResult, Finding, Outcome, Unnamed

if TYPE_CHECKING:
    from grader.judge.grading import Grading
    from grader.judge.lending import Loan

_DEFERRED = "This takes long, so it's checked only once everything before it is right."


class _UnconcludedCheck(NamedTuple):
    """A check that has passed so far, and the conclusions that it has left for later.

    Attributes:
        place: the position of its result among those of its exercise.
        conclusions: each raises as a check does.
    """

    check: Check
    place: int
    conclusions: Sequence[Callable[[], None]]


class ExerciseRun:
    """One exercise in a grading, from its first check to its result.

    Attributes:
        failure: how it ended, if it didn't pass.
        loan: the lesson's own functions that it was judged with, if any.
    """

    def __init__(
        self,
        grading: Grading,
        exercise: Exercise,
        session: AttemptSession,
        fixtures: Fixtures,
    ) -> None:
        """Begin without any result.

        Args:
            grading: the grading that it belongs to.
            exercise: the exercise as its author declared it.
            session: the session that its checks ask, which may have lent functions.
            fixtures: the values for the arguments of its checks.
        """
        self._grading, self.exercise = grading, exercise
        self._session, self._fixtures = session, fixtures
        self.failure: Stopped | None = None
        self.loan: Loan | None = None
        self._results: list[CheckResult] = []
        self._finding: Finding | None = None
        self._unnamed: Unnamed | None = None
        self._when_complete: list[str] = []
        self._unconcluded: list[_UnconcludedCheck] = []
        self._entries = EntryVerdicts(grading.checks.solution)
        self._partial_points = 0

    @property
    def is_wrong(self) -> bool:
        """Whether it isn't right, and the learner can change that."""
        return self.failure is not None and not self.failure.outcome.is_broken

    def judge(self, ends_at_failure: bool = False) -> bool:
        """Run the checks, and name the mistake; return whether it is judged.

        Args:
            ends_at_failure: whether to end at the first failure, because the exercise
                is then judged with functions of the lesson.
        """
        exercise, session, notes = self.exercise, self._session, self._grading.notes
        session.tag = self._grading.pictures.exercise = exercise.tag
        session.cpu_s = self._call_cpu_s()
        for check in exercise.checks:
            began_s = time.perf_counter()
            answers_before = len(session.answers.get(exercise.tag, ()))
            notes.clear()
            stopped = self._run_check(check)
            if ends_at_failure and stopped and self._says_something(stopped):
                return False
            self._record(check, stopped, began_s)
            if (later := session.take_conclusions()) and not stopped:
                place = len(self._results) - 1
                self._unconcluded.append(_UnconcludedCheck(check, place, later))
            values = functools.partial(self._values_for, check)
            self._entries.note(check, values, session, stopped, answers_before)
        if self.failure and exercise.writes not in self._grading.lender.functions:
            solution = self._grading.checks.solution
            self._partial_points = partial_points(
                exercise, self._values_for, solution, session
            )
        try:  # while the worker that made the mistake still lives
            self._explain()
        except Exception as error:  # formatting a mistake's sentence may fail
            fault = self._fault(last := exercise.checks[-1], error)
            self._record(last, fault, time.perf_counter())
        session.answers.pop(exercise.tag, None)  # to free their memory
        return True

    def skip(self, stopped: Stopped) -> None:
        """Give all checks the same result, without running them."""
        for check in self.exercise.checks:
            self._record(check, stopped, time.perf_counter())

    def first_failure(self) -> Outcome:
        """Return the outcome of the first check that fails, or `PASSED`.

        Nothing is recorded, and no mistake is looked for.
        """
        session, exercise = self._session, self.exercise
        session.tag = exercise.tag
        session.cpu_s = exercise.cpu_s or self._grading.checks.facts.cpu_s
        with warnings.catch_warnings(action="ignore"):
            for check in exercise.checks:
                stopped = self._run_check(check) or self._conclude(
                    check, session.take_conclusions()
                )
                if stopped:
                    return stopped.outcome
        return Outcome.PASSED

    def conclude(self) -> None:
        """Complete the results of the checks that have left something for later."""
        notes = self._grading.notes
        for check, place, conclusions in self._unconcluded:
            notes.clear()
            stopped = self._conclude(check, conclusions)
            result = self._results[place]
            if stopped is not None:
                self._note_failure(stopped)
                outcome = _outcome_of(self.exercise, stopped)
                ended = replace(result, outcome=outcome, finding=stopped.finding)
                self._results[place] = replace(ended, remark="", measured="")
            elif notes.measured:
                self._results[place] = replace(result, measured=notes.measured)
        self._unconcluded.clear()

    def blame(self, part: Exercise) -> None:
        """Say that it fails only because of another exercise."""
        assert self.failure is not None
        finding = self._finding or self.failure.finding
        self._finding = blame_other_exercise(finding, part)
        self._unnamed = None

    def result(self) -> ExerciseResult:
        """Sum up the checks: right only if all of them passed."""
        exercise, checks, loan = self.exercise, tuple(self._results), self.loan
        outcome = _outcome_of(exercise, self.failure)
        finding = self.failure.finding if self.failure else None
        counts = _count_claims(exercise, checks, self._entries.verdicts)
        claims = (0, 0) if self._entries.has_blank else counts
        remarks = _remarks_of(checks, claims)
        return ExerciseResult(
            tag=exercise.tag,
            title=exercise.title,
            points=exercise.points,
            outcome=outcome,
            checks=checks,
            finding=self._finding or finding,
            remarks=(loan.sentence, *remarks) if loan else remarks,
            unnamed=self._unnamed,
            when_complete=tuple(self._when_complete),
            judged_with=loan.reasons if loan else (),
            entries=self._entries.results,
            partial_points=self._partial_points,
            claims=claims,
        )

    def _says_something(self, stopped: Stopped) -> bool:
        """Return whether a result is the first failure, and about what was written."""
        is_unwritten = stopped.outcome is Outcome.NOT_ATTEMPTED
        is_first = self.failure is None
        return is_first and not is_unwritten and not stopped.outcome.is_broken

    def _values_for(self, check: Check) -> dict[str, Any]:
        name = f"{self.exercise.tag}: {check.name}"
        return self._fixtures.values_for(check.function, name)

    def _call_cpu_s(self) -> float:
        """Return the CPU seconds that one call of the exercise may take.

        There are few if the exercise calls a function that timed out before. So an
        endless loop costs one time-out, not one in each exercise that calls it.
        """
        exercise, session = self.exercise, self._session
        checks = self._grading.checks
        cpu_s = exercise.cpu_s or checks.facts.cpu_s
        ends = self._grading.failures.items()
        endless = [tag for tag, end in ends if end.outcome is Outcome.TIMED_OUT]
        is_lent = session.lent and checks.can_lend
        if endless and checks.is_quick(exercise) and not is_lent:
            with contextlib.suppress(Stopped):  # the file can't be parsed
                used = find_used_exercises(exercise, checks.exercises, session.tree)
                if not {part.tag for part in used}.isdisjoint(endless):
                    return min(cpu_s, LEAST_S)
        return cpu_s

    def _run_check(self, check: Check) -> Stopped | None:
        """Run a check; return how it ended, or None if it passed."""
        exercise, session, checks = self.exercise, self._session, self._grading.checks
        if self.failure is not None and self.failure.outcome.is_final:
            return self.failure
        if self._is_deferred(check):
            return Stopped(Outcome.SKIPPED, Finding(_DEFERRED))
        before = self._grading.runs.get(exercise.after)
        if before and before.is_wrong and not session.lent:
            return prerequisite_result(exercise.after)
        if untouched := checks.given.find_untouched(exercise, session):
            return untouched
        answers = session.answers.setdefault(exercise.tag, [])
        answers_before, failing = len(answers), None
        try:
            try:
                check.function(**self._values_for(check))
            except Stopped:
                # Conclusions from its earlier answers come before this one.
                for conclude in session.take_conclusions():
                    conclude()
                raise
            # After the check's own questions: a wrong value matters more than a change.
            require_unchanged(
                answers[answers_before:], session.content, exercise.may_change
            )
        except Stopped as stopped:
            failing = stopped.answer
            left_out = self._grading.left_out
            stopped = skip_if_left_out(stopped, exercise, session, left_out)
            if not stopped.outcome.is_diagnosable or checks.can_lend:
                return stopped
            others = checks.exercises
            return checks.given.skip_dependent(stopped, exercise, others, session)
        except GRADING_ERRORS:
            raise
        except Exception as error:  # the check itself is wrong
            return self._fault(check, error)
        finally:
            if tell := self._grading.listeners.on_answers:
                tell(
                    exercise.tag,
                    check.name,
                    _with_facts(answers[answers_before:], failing),
                )
        return None

    def _is_deferred(self, check: Check) -> bool:
        """Return whether a slow check has to wait until others pass."""
        # A changed argument says less about the function than a wrong value would.
        if self.failure is None or isinstance(self.failure, Changed):
            return False
        return (
            self.failure.outcome.is_diagnosable
            and self._grading.defers_slow
            and self._fixtures.needs_slow_fixture(check.function)
        )

    def _fault(self, check: Check, error: Exception) -> Stopped:
        if tell := self._grading.listeners.on_fault:
            tell(self.exercise.tag, check.name, error)
        return fault_result(error)

    def _conclude(
        self, check: Check, conclusions: Iterable[Callable[[], None]]
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
            return self._fault(check, error)
        return None

    def _note_failure(self, stopped: Stopped) -> None:
        if self.failure is None or _is_more_informative(stopped, self.failure):
            self.failure = stopped

    def _record(self, check: Check, stopped: Stopped | None, began_s: float) -> None:
        """Record the result of one check, however it ended."""
        if stopped is not None:
            self._note_failure(stopped)
        notes, tell = self._grading.notes, self._grading.listeners.on_check
        result = CheckResult(
            name=check.name,
            sentence=check.sentence,
            outcome=_outcome_of(self.exercise, stopped),
            finding=stopped.finding if stopped else None,
            remark="" if stopped else notes.remark,
            measured="" if stopped else notes.measured,
            wall_s=round(time.perf_counter() - began_s, 4),
        )
        self._results.append(result)
        if stopped is None and notes.when_complete:
            self._when_complete.append(notes.when_complete)
        if tell:
            tell(self.exercise.tag, result)

    def _explain(self) -> None:
        """Name the mistake if it didn't pass."""
        exercise, session, stopped = self.exercise, self._session, self.failure
        if stopped is None:
            return
        # Imported here: if everything is right, there is no mistake to look for.
        from grader.judge.diagnosis import explain
        from grader.judge.diagnosis.mutation_search import leave_out_refused
        from grader.judge.diagnosis.unnamed import digest_answers, function_source
        from grader.judge.source_observations import add_observations

        checks, failing = self._grading.checks, stopped.answer
        is_wrong = stopped.outcome.is_diagnosable
        answers = session.answers.get(exercise.tag, [])

        def right() -> object:
            return getattr(checks.reference, exercise.writes, None)

        finding = explain(exercise, stopped, answers, right, session.content)
        if failing and (look := find_adjustment(stopped.outcome)):
            others = find_other_functions(
                checks.exercises, self._grading.failures, checks.solution, session
            )
            finding = look(finding, failing, others, session)
        if is_wrong:
            imports = checks.facts.imports
            finding = add_observations(finding, exercise, session, imports, right)
        if stopped.outcome is Outcome.WRONG:
            finding = self._entries.conclude(finding, failing, session)
        self._finding = finding
        if (tell := self._grading.listeners.on_fault) and failing:
            for known in exercise.symptoms:
                if error := known.failure_on(failing):
                    tell(exercise.tag, known.tag, error)
        if is_wrong and not finding.mistakes and failing:
            accepted = leave_out_refused(exercise, right, failing, answers)
            code = function_source(exercise.writes, session.content)
            self._unnamed = Unnamed(digest_answers(accepted), code)


def prerequisite_result(tag: str) -> Stopped:
    """Return the result of a check that needs another exercise."""
    finding = Finding(f"Exercise {tag} comes first.", needs=tag)
    return Stopped(Outcome.SKIPPED, finding)


def _is_more_informative(later: Stopped, first: Stopped) -> bool:
    """Return whether a later check's result should replace the first failure."""
    if first.outcome.is_broken:  # a learner's mistake comes before our fault
        return not later.outcome.is_broken
    # A wrong value says more than a changed argument.
    is_wrong = later.outcome is Outcome.WRONG and not isinstance(later, Changed)
    return is_wrong and isinstance(first, Changed)


def _outcome_of(exercise: Exercise, stopped: Stopped | None) -> Outcome:
    """Return the outcome of a check, or of its exercise, by how it ended.

    Args:
        exercise: if it is a prediction, a wrong one counts as a guess.
        stopped: how it ended; None if it passed.
    """
    outcome = stopped.outcome if stopped else Outcome.PASSED
    is_guess = exercise.is_prediction and outcome is Outcome.WRONG
    return Outcome.GUESSED if is_guess else outcome


def _count_claims(
    exercise: Exercise, checks: Sequence[CheckResult], entries: Sequence[bool] = ()
) -> tuple[int, int]:
    """Return how many claims of a prediction are right, and how many it has.

    Both are 0 if it isn't a prediction, or if one of its claims wasn't judged.

    Args:
        exercise: the exercise, which may be a prediction.
        checks: the results of its checks.
        entries: whether each entry is right, as a check may read several of them. If
            that isn't known, each check counts as one claim.
    """
    outcomes = [check.outcome for check in checks]
    is_judged = all(one.is_right or one is Outcome.GUESSED for one in outcomes)
    if not exercise.is_prediction or not is_judged:
        return 0, 0
    are_right = entries or [one.is_right for one in outcomes]
    return sum(are_right), len(are_right)


def _remarks_of(
    checks: Sequence[CheckResult], claims: tuple[int, int]
) -> tuple[str, ...]:
    """Return the remarks of the checks; of a prediction, how many claims are right."""
    remarks = tuple(check.remark for check in checks if check.remark)
    right, count = claims
    if right == count:
        return remarks
    verb = "is" if right == 1 else "are"
    return (f"{right} of {count} claims {verb} right so far.", *remarks)


def _with_facts(answers: Sequence[Answer], failing: Answer | None) -> list[Answer]:
    """Return the answers; the failing one with the facts that its check added."""
    return [
        failing
        if failing and one.args is failing.args and one.target == failing.target
        else one
        for one in answers
    ]
