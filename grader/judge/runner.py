"""runner: run a lesson's checks against one attempt, and record their results.

A check is a function whose argument names say what it needs. A test framework isn't
used: it would format tracebacks that go unread, and keep state between two gradings in
one process.
"""

from __future__ import annotations

import contextlib
import copy
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from grader.attempt import (
    Answer,
    Attempt,
    AttemptSession,
    Changed,
    Stopped,
    require_unchanged,
)
from grader.attempt.workers import LEAST_S
from grader.checks import Check, Exercise
from grader.checks.lesson_facts import LessonFacts
from grader.errors import BrokenLesson
from grader.judge.fixtures import GRADING_ERRORS, CheckNotes, Fixtures, PictureCollector
from grader.judge.given_code import GivenCode
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
from grader.judge.root_causes import (
    ADJUST_BY_OUTCOME,
    OtherFunction,
    blame_other_exercises,
    can_be_replaced,
    find_given_functions,
    find_suspects,
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


class UnconcludedCheck(NamedTuple):
    """A check that has passed so far, and the conclusions that it has left for later.

    Attributes:
        exercise: its exercise.
        check: the check.
        place: the position of its result among those of its exercise.
        conclusions: each raises as a check does.
    """

    exercise: Exercise
    check: Check
    place: int
    conclusions: Sequence[Callable[[], None]]


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
        on_check: Callable[[str, CheckResult], None] | None = None,
        on_fault: Callable[[str, str, Exception], None] | None = None,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        on_answers: Callable[[str, str, Sequence[Answer]], None] | None = None,
    ) -> None:
        """Load the checks.

        Args:
            checks: the file of the lesson's checks.
            solution: its solution.
            seed: for the random numbers.
            on_check: called with an exercise's tag and each of its results.
            on_fault: called with a tag, the name of a check or the tag of a symptom,
                and the exception that the lesson's own code raised there.
            on_progress: called with the progress of a training that a check follows.
            on_answers: called with an exercise's tag, the name of a check that was
                run, and the answers that it received, with what it found in the
                failing one.

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
        self._wrong_entries: dict[str, dict[str, Any]] = {}
        self._on_check = on_check
        self._on_fault = on_fault
        self._on_answers = on_answers
        self._stopped: dict[str, Stopped] = {}
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
            progress=on_progress or (lambda _: None),
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
        other._wrong_entries, other._unconcluded = {}, []
        other.fixtures = self.fixtures.fresh_copy()
        return other

    def needed_by(self, tag: str, session: AttemptSession) -> set[str]:
        """Return the tags of an exercise and of all that its verdict depends on.

        These are the exercises that must pass first (`after`), and the quick ones whose
        functions it calls. Calls aren't followed in lessons with Keras or SymPy.
        """
        known = {exercise.tag: exercise for exercise in self.exercises}
        needed: set[str] = set()
        waiting = [tag]
        while waiting:
            needed.add(now := waiting.pop())
            used = [other.tag for other in self._used_by(known[now], session)]
            more = (known[now].after, *used)
            waiting += [one for one in more if one in known and one not in needed]
        return needed

    def _used_by(self, exercise: Exercise, session: AttemptSession) -> list[Exercise]:
        if not can_be_replaced(self.facts.imports):
            return []
        try:
            used = find_used_exercises(exercise, self.exercises, session.tree)
        except Stopped:  # the file can't be parsed
            return []
        return list(filter(self._is_quick, used))

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
                is_asked = not only or exercise.tag in only
                if is_asked and exercise.tag not in done:
                    self._run_exercise(exercise, session)
            self._conclude_all()

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
        """For each exercise that failed, find out whether it would pass if others did.

        Raises:
            Broken, Cancelled, SandboxError: as for `run`.
        """
        if not can_be_replaced(self.facts.imports) or session.problem:
            return
        for exercise in self.exercises:
            stopped = self._stopped.get(exercise.tag)
            if (
                self._is_quick(exercise)
                and stopped
                and stopped.outcome in WRONG_OUTCOMES
            ):
                # The file can't be parsed, or the solution itself doesn't load, which
                # its own checks report.
                with contextlib.suppress(Stopped, BrokenLesson):
                    self._look_for_cause(exercise, session)

    def _is_quick(self, exercise: Exercise) -> bool:
        """Return whether its checks may be run again, once for every suspect.

        An exercise that declares more time than the others of its lesson trains.
        """
        return exercise.cpu_s is None or exercise.cpu_s <= self.facts.cpu_s

    def _look_for_cause(self, exercise: Exercise, session: AttemptSession) -> None:
        for parts in find_suspects(
            exercise, self.exercises, self._stopped, session.tree
        ):
            if self._passes_with(parts, exercise, session):
                first = self._stopped[exercise.tag].finding
                finding = self.findings.get(exercise.tag, first)
                self.findings[exercise.tag] = blame_other_exercises(
                    finding, parts, self._stopped
                )
                self._unnamed.pop(exercise.tag, None)
                return

    def _passes_with(
        self, parts: Sequence[Exercise], exercise: Exercise, session: AttemptSession
    ) -> bool:
        functions: dict[str, Callable[..., Any]] = {}
        for part in parts:
            function = getattr(self.fixtures.values["reference"], part.writes, None)
            if not callable(function):  # a value, or not defined
                return False
            functions[part.writes] = function
        again, other = Runner(*self._files), session.with_functions(functions)
        again.left_out = self.left_out
        try:
            again.run(other, (exercise.tag,))
        finally:
            other.close()
        return exercise.tag not in again._stopped

    def _run_exercise(self, exercise: Exercise, session: AttemptSession) -> None:
        session.tag = self._pictures.exercise = exercise.tag
        session.cpu_s = self._call_cpu_s(exercise, session)
        if exercise.after:
            self._conclude_all()
        for check in exercise.checks:
            began_s = time.perf_counter()
            self._notes.clear()
            stopped = self._run_check(exercise, check, session)
            self._record(exercise, check, stopped, began_s)
            if (later := session.take_conclusions()) and not stopped:
                place = len(self.results[exercise.tag]) - 1
                self._unconcluded.append(
                    UnconcludedCheck(exercise, check, place, later)
                )
            if stopped and stopped.answer and stopped.answer.is_entry:
                self._note_wrong_entries(exercise, check, session, stopped)
        try:  # while the worker that made the mistake still lives
            self._explain(exercise, session)
        except Exception as error:  # formatting a mistake's sentence may fail
            last = exercise.checks[-1]
            fault = self._fault(exercise, last, error)
            self._record(exercise, last, fault, time.perf_counter())
        session.answers.pop(exercise.tag, None)  # to free their memory

    def _note_wrong_entries(
        self,
        exercise: Exercise,
        check: Check,
        session: AttemptSession,
        stopped: Stopped,
    ) -> None:
        # Few gradings need it.
        from grader.judge.wrong_entries import add_wrong_entries, literal_entries

        own = self._wrong_entries.setdefault(exercise.tag, {})
        values = self._values_for(exercise, check)
        solved = literal_entries(self._files[1])
        add_wrong_entries(own, check, values, solved, session, stopped)

    def _values_for(self, exercise: Exercise, check: Check) -> dict[str, Any]:
        name = f"{exercise.tag}: {check.name}"
        return self.fixtures.values_for(check.function, name)

    def _call_cpu_s(self, exercise: Exercise, session: AttemptSession) -> float:
        """Return the CPU seconds that one call of an exercise may take.

        There are few if the exercise calls a function that timed out before. So an
        endless loop costs one time-out, not one in each exercise that calls it.
        """
        cpu_s = exercise.cpu_s or self.facts.cpu_s
        endless = [
            tag
            for tag, stopped in self._stopped.items()
            if stopped.outcome is Outcome.TIMED_OUT
        ]
        if endless and self._is_quick(exercise):
            with contextlib.suppress(Stopped):  # the file can't be parsed
                tree = session.tree
                parts = next(find_suspects(exercise, self.exercises, endless, tree), [])
                if any(part.tag in endless for part in parts):
                    return min(cpu_s, LEAST_S)
        return cpu_s

    def _run_check(
        self, exercise: Exercise, check: Check, session: AttemptSession
    ) -> Stopped | None:
        """Run a check; return how it ended, or None if it passed."""
        earlier = self._stopped.get(exercise.tag)
        if earlier is not None and earlier.outcome in FINAL_OUTCOMES:
            return earlier
        if self._is_deferred(check, earlier):
            return Stopped(Outcome.SKIPPED, Finding(_DEFERRED))
        if exercise.after in self._stopped:
            sentence = f"Exercise {exercise.after} comes first."
            return Stopped(Outcome.SKIPPED, Finding(sentence, needs=exercise.after))
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
            if stopped.outcome not in WRONG_OUTCOMES:
                return stopped
            return self._given.skip_dependent(
                stopped, exercise, self.exercises, session
            )
        except GRADING_ERRORS:
            raise
        except Exception as error:  # the check itself is wrong
            return self._fault(exercise, check, error)
        finally:
            if self._on_answers:
                received = _with_facts(answers[known:], failing)
                self._on_answers(exercise.tag, check.name, received)
        return None

    def _is_deferred(self, check: Check, earlier: Stopped | None) -> bool:
        """Return whether a slow check has to wait until others pass."""
        # A changed argument says less about the function than a wrong value would.
        if earlier is None or isinstance(earlier, Changed):
            return False
        is_wrong = earlier.outcome in WRONG_OUTCOMES
        return (
            is_wrong
            and self.defers_slow
            and self.fixtures.needs_slow_fixture(check.function)
        )

    def _fault(self, exercise: Exercise, check: Check, error: Exception) -> Stopped:
        if self._on_fault:
            self._on_fault(exercise.tag, check.name, error)
        return describe_fault(error)

    def _conclude_all(self) -> None:
        """Complete the results of the checks that have left something for later."""
        for exercise, check, place, conclusions in self._unconcluded:
            self._notes.clear()
            stopped = self._conclude(exercise, check, conclusions)
            results = self.results[exercise.tag]
            if stopped is not None:
                self._note_stopped(exercise, stopped)
                results[place] = replace(
                    results[place],
                    outcome=stopped.outcome,
                    finding=stopped.finding,
                    remark="",
                    measured="",
                )
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
            outcome=stopped.outcome if stopped else Outcome.PASSED,
            finding=stopped.finding if stopped else None,
            remark="" if stopped else self._notes.remark,
            measured="" if stopped else self._notes.measured,
            wall_s=round(time.perf_counter() - began_s, 4),
        )
        self.results.setdefault(exercise.tag, []).append(result)
        if stopped is None and (words := self._notes.when_complete):
            self._when_complete.setdefault(exercise.tag, []).append(words)
        if self._on_check:
            self._on_check(exercise.tag, result)

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
        if stopped.answer and (look := ADJUST_BY_OUTCOME.get(stopped.outcome)):
            others = [
                OtherFunction(e.writes, f"exercise {e.tag}")
                for e in self.exercises
                if e.tag not in self._stopped
            ]
            # The learner's own function may be the same as the solution's, too.
            own = {e.writes: f"exercise {e.tag}" for e in self.exercises}
            given = [
                OtherFunction(one.name, own.get(one.name, one.what))
                for one in find_given_functions(self._files[1], session)
            ]
            finding = look(finding, stopped.answer, [*others, *given], session)
        if stopped.outcome in WRONG_OUTCOMES:
            imports = self.facts.imports
            finding = add_observations(finding, exercise, session, imports, right)
        self.findings[exercise.tag] = finding
        if (tell := self._on_fault) and (failing := stopped.answer):
            for known in exercise.symptoms:
                if error := known.failure_on(failing):
                    tell(exercise.tag, known.tag, error)
        if (
            stopped.outcome in WRONG_OUTCOMES
            and not finding.mistakes
            and stopped.answer
        ):
            asked = leave_out_refused(exercise, right, stopped.answer, answers)
            code = function_source(exercise.writes, session.content)
            self._unnamed[exercise.tag] = Unnamed(digest_answers(asked), code)

    def result_of(self, exercise: Exercise) -> ExerciseResult:
        """Sum up the checks of one exercise: right only if all of them passed."""
        checks = tuple(self.results.get(exercise.tag, ()))
        stopped = self._stopped.get(exercise.tag)
        outcome = stopped.outcome if stopped else Outcome.PASSED
        finding = stopped.finding if stopped else None
        first = stopped.answer.target if stopped and stopped.answer else ""
        others = [x for x in self._wrong_entries.get(exercise.tag, ()) if x != first]
        also = (f"Also wrong: {', '.join(others)}.",) if others else ()
        return ExerciseResult(
            tag=exercise.tag,
            title=exercise.title,
            points=exercise.points,
            outcome=outcome if checks or stopped else Outcome.BROKEN,
            checks=checks,
            finding=self.findings.get(exercise.tag, finding),
            remarks=(*remarks_of(checks, exercise.is_prediction), *also),
            unnamed=self._unnamed.get(exercise.tag),
            when_complete=tuple(self._when_complete.get(exercise.tag, ())),
        )


# After these outcomes the other checks of the exercise aren't run: they would end the
# same way, and each of them could take seconds.
FINAL_OUTCOMES = frozenset(
    {
        Outcome.NOT_ATTEMPTED,
        Outcome.TIMED_OUT,
        Outcome.OUT_OF_MEMORY,
        Outcome.SKIPPED,
    }
)
WRONG_OUTCOMES = frozenset({Outcome.WRONG, Outcome.RAISED})


def is_more_informative(later: Stopped, first: Stopped) -> bool:
    """Return whether a later check's result should replace the first failure."""
    if first.outcome is Outcome.BROKEN:  # a learner's mistake comes before our fault
        return later.outcome is not Outcome.BROKEN
    # A wrong value says more than a changed argument.
    is_wrong = later.outcome is Outcome.WRONG and not isinstance(later, Changed)
    return is_wrong and isinstance(first, Changed)


def remarks_of(checks: Sequence[CheckResult], is_prediction: bool) -> tuple[str, ...]:
    """Return the remarks of the checks; for predictions, how many claims are true."""
    remarks = tuple(check.remark for check in checks if check.remark)
    outcomes = [check.outcome for check in checks]
    was_all_seen = set(outcomes) <= {Outcome.PASSED, Outcome.WRONG}
    if not is_prediction or not was_all_seen or Outcome.WRONG not in outcomes:
        return remarks
    right = outcomes.count(Outcome.PASSED)
    verb = "is" if right == 1 else "are"
    return (f"{right} of {len(outcomes)} claims {verb} right so far.", *remarks)


def _with_facts(answers: Sequence[Answer], failing: Answer | None) -> list[Answer]:
    """Return the answers, with the failing one as its check ended with it."""
    return [
        failing
        if failing and one.args is failing.args and one.target == failing.target
        else one
        for one in answers
    ]
