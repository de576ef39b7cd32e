"""trials: grade the page, the solution and every mistake of a lesson."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec.structs import replace

from grader import judge
from grader.authoring.verify.mutants import (
    PLAINLY_WRONG,
    define_given_again,
    make_mutant,
    plainly_wrong,
    read_solution,
    without_functions,
)
from grader.authoring.verify.repeated_questions import find_differing_questions
from grader.checks import Exercise
from grader.checks.attempt import Answer
from grader.checks.exercises import KnownMistake, Symptom, WrongAnswer
from grader.course.document import page_builder
from grader.course.document.attempt_file import read
from grader.course.document.catalog import Lesson
from grader.judge import GradingRequest, Listeners, fixtures
from grader.judge.diagnosis.sentences import UnfilledSentence
from grader.judge.loading import (
    display_path,
    exercises_of,
    fixtures_of,
    forget_checks,
    is_lesson_file,
    nearest_name,
    place_of_check,
    place_of_code,
    shared_fixtures,
)
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    Mistake,
    Outcome,
    Report,
)
from grader.sandbox import WorkerPool

SEED = 20_261_125
_HOLE = re.compile(r"\{\w+[^{}]*\}")


@dataclass(frozen=True)
class ShownMistake:
    """The effect of a known mistake, for an author to compare with its sentence.

    Attributes:
        tag: the mistake's tag.
        place: the file and the line where it is declared, or "" if that isn't known.
        expected: what the first check that it fails expects, or "" for a secret.
        gives: what the mistake gives there.
        sentence: the sentence that the learner reads.
    """

    tag: str
    place: str
    expected: str
    gives: str
    sentence: str


@dataclass
class Trials:
    """The gradings of one lesson, and their results so far.

    Attributes:
        module: its checks.
        names: the names that its solution defines.
        pool: provides workers.
        folder: where attempts may be written.
        unsolved: the exercises that the solution itself doesn't pass.
        failed: tag and name of every check that a wrong answer has failed.
        broken: tag and name of every check that raised its own exception.
        faults: the exceptions of the lesson's own code, by tag and name of the check,
            or tag of the symptom.
        shown: what the mistakes do.
    """

    lesson: Lesson
    module: ModuleType
    names: set[str]
    pool: WorkerPool
    folder: Path
    unsolved: set[str] = field(default_factory=set)
    failed: set[tuple[str, str]] = field(default_factory=set)
    broken: set[tuple[str, str]] = field(default_factory=set)
    faults: dict[tuple[str, str], Exception] = field(default_factory=dict)
    shown: list[ShownMistake] = field(default_factory=list)

    def untouched_problems(self, only: str = "") -> Iterator[str]:
        """Yield the exercises of an untouched page that aren't *not attempted*.

        An exercise that needs another is graded again on a page where all others are
        done.
        """
        report = self._grade_file(self.lesson.page, exercise=only)
        if why := _why_not_loaded(report):
            yield f"the untouched page cannot be loaded: {why}"
            return
        for result in report.exercises:
            yield from self._stub_problems(result)

    def solution_problems(self, only: str = "") -> Iterator[str]:
        """Yield the checks that the solution fails, in gradings with two seeds."""
        is_slow = "keras" in judge.requirements_of(self.lesson).imports
        # Another seed gives other inputs. With Keras there is only one, because it
        # takes long.
        seeds = (SEED,) if is_slow else (SEED, SEED + 1)
        for seed in seeds:
            path = self.lesson.solution
            report = self._grade_file(path, seed=seed, exercise=only)
            if why := _why_not_loaded(report):
                self.unsolved |= {result.tag for result in report.exercises}
                yield f"the solution cannot be loaded: {why}"
                return
            for result in report.exercises:
                yield from self._broken_check_problems(result, "the solution")
                if result.outcome.is_right or result.tag in self.unsolved:
                    continue
                self.unsolved.add(result.tag)
                if not result.outcome.is_broken:
                    yield (
                        f"{result.tag}: the solution is {result.outcome} with seed "
                        f"{seed} ({_quote(result.finding)})"
                    )

    def given_code_problems(self, exercise: Exercise) -> Iterator[str]:
        """Yield a problem unless the given code is wrong and its mistake is named."""
        solution, tag = self.lesson.solution, exercise.tag
        text = solution.read_text(encoding="utf-8")
        if tag not in page_builder.given_cells(text):
            return
        again = define_given_again(text, tag)
        source = page_builder.make_partial_page(solution, tag) + again
        report = self._grade(source, tag)
        if why := _why_not_loaded(report):
            yield f"{tag}: the given code cannot be loaded: {why}"
            return
        (result,) = report.exercises
        if result.outcome.is_right:
            yield f"{tag}: the checks pass the given code; it has to be wrong"
        elif not result.outcome.is_diagnosable:
            yield (
                f"{tag}: with the given code it is {result.outcome} "
                f"({_quote(result.finding)}); it has to give a wrong answer or an "
                "exception"
            )
        elif not (result.finding and result.finding.mistakes):
            yield (
                f"{tag}: the mistake of the given code is not named "
                f"({_quote(result.finding)}); declare it with "
                "@....wrong_answer(...) or as a slip"
            )

    def repeat_problems(self, exercise: Exercise) -> Iterator[str]:
        """Yield a problem for each check whose questions differ with the same seed."""
        first, again = dict[str, list[Answer]](), dict[str, list[Answer]]()
        for answers in (first, again):
            forget_checks()  # a file may draw numbers while it is executed
            self._grade_file(
                self.lesson.solution, exercise=exercise.tag, by_check=answers
            )
        places = {one.name: place_of_check(one) for one in exercise.checks}
        for name, was, now in find_differing_questions(first, again):
            yield (
                f"{exercise.tag}.{name}: {places[name]}: with the same seed it asks "
                f"something else the second time ({was}, then {now}); draw with rng, "
                "which the seed determines"
            )

    def mistake_problems(
        self, exercise: Exercise, mistake: KnownMistake
    ) -> Iterator[str]:
        """Yield a problem unless a mistake fails and exactly its sentence is shown."""
        imports = judge.requirements_of(self.lesson).imports
        source = make_mutant(self.lesson.solution, mistake, imports)
        self.faults.clear()
        by_check: dict[str, list[Answer]] = {}
        report = self._grade(source, exercise.tag, by_check=by_check)
        result = report.exercises[0]
        if why := _why_not_loaded(report):
            yield (
                f"{mistake.tag}: the solution with this mistake in it cannot be "
                f"loaded: {why}"
            )
            return
        for check in result.checks:
            if _is_wrong_answer(check.outcome):
                self.failed.add((exercise.tag, check.name))
        self.shown += _show(mistake, result)
        for fault in self.faults.values():
            if isinstance(fault, UnfilledSentence):
                yield _describe_hole(fault)
                return
        broken = list(self._broken_check_problems(result, mistake.tag))
        yield from broken
        if not broken and not result.outcome.is_broken:
            failed = self.faults.get((exercise.tag, mistake.tag))
            seen = [one for answers in by_check.values() for one in answers]
            yield from _naming_problems(exercise, mistake, result, failed, seen)
            yield from _exception_problems(mistake, result, by_check)

    def alternative_problems(self, exercise: Exercise) -> Iterator[str]:
        """Yield a problem if the alternative fails one of the exercise's checks."""
        if exercise.alternative is None:
            return
        code = exercise.alternative.code
        source = without_functions(read_solution(self.lesson.solution), code)
        report = self._grade(f"{source}\n\n{code}\n", exercise.tag)
        why = _why_not_loaded(report) or _quote(report.exercises[0].finding)
        if not report.has_passed:
            yield f"{exercise.tag}: its alternative is not right ({why})"

    def unfailed_check_problems(self, exercise: Exercise) -> Iterator[str]:
        """Yield a problem for each check that neither a mistake nor None fails.

        A check that ends with its own exception doesn't fail the answer, because it
        wouldn't cost the learner any points.
        """
        tag = exercise.tag
        tried = self.failed | self.broken
        left = [c for c in exercise.checks if (tag, c.name) not in tried]
        faults: dict[str, Exception] = {}
        for how in PLAINLY_WRONG:
            if not left:
                return
            self.faults.clear()
            source = plainly_wrong(self.lesson.solution, tag, how)
            report = self._grade(source, tag, defers_slow=False)
            results = report.exercises[0].checks
            wrong = {one.name for one in results if _is_wrong_answer(one.outcome)}
            left = [check for check in left if check.name not in wrong]
            faults = {name: error for (_, name), error in self.faults.items()} | faults
        for check in left:
            place = place_of_check(check)
            if error := faults.get(check.name):
                yield (
                    f"{tag}.{check.name}: {_place(error) or place}: only an exception "
                    f"of the check itself fails it ({_error(error)}); let it state "
                    "what "
                    "it expects"
                )
            else:
                yield (
                    f"{tag}.{check.name}: nothing fails this check: no known mistake, "
                    "no answer of None. Let it state what it expects, or add the "
                    f"mistake that it is there for. It is in {place}"
                )

    def _stub_problems(self, result: ExerciseResult) -> Iterator[str]:
        tag, where = result.tag, "on the untouched page"
        if result.outcome is Outcome.SKIPPED:
            where = "on the untouched page, once all other exercises are done,"
            source = page_builder.make_partial_page(self.lesson.solution, tag)
            report = self._grade(source, tag)
            if why := _why_not_loaded(report):
                yield f"{tag}: {where} it cannot be loaded: {why}"
                return
            result = report.exercises[0]
        yield from self._broken_check_problems(result, "the untouched page")
        if result.outcome is Outcome.NOT_ATTEMPTED or result.outcome.is_broken:
            return
        if not result.outcome.is_right:
            solution = self.lesson.solution.read_text(encoding="utf-8")
            if not self.end_of(solution, tag, SEED).is_right:
                return  # marks in the solution aren't the cause, and it is reported
        yield (
            f"{tag}: {where} it is {result.outcome}, not 'not attempted'; put the "
            "answer between '# BEGIN SOLUTION' and '# END SOLUTION', or behind one "
            "value '# SOLUTION'"
        )

    def result_of(self, source: str, tag: str, seed: int) -> ExerciseResult:
        """Return the result of one exercise of a whole file."""
        results = self._grade(source, tag, seed).exercises
        return next(one for one in results if one.tag == tag)

    def end_of(self, source: str, tag: str, seed: int) -> Outcome:
        """Return the outcome of an exercise for a whole file."""
        report = self._grade(source, tag, seed)
        return Outcome.RAISED if report.problem else report.exercises[0].outcome

    def _grade(
        self,
        source: str,
        tag: str,
        seed: int = SEED,
        defers_slow: bool = True,
        by_check: dict[str, list[Answer]] | None = None,
    ) -> Report:
        path = self.folder / f"{self.lesson.name}.py"
        path.write_text(source, encoding="utf-8")
        return self._grade_file(
            path, by_check, seed=seed, exercise=tag, defers_slow=defers_slow
        )

    def _grade_file(
        self,
        path: Path,
        by_check: dict[str, list[Answer]] | None = None,
        **options: Any,
    ) -> Report:
        def note(tag: str, check: str, answers: Sequence[Answer]) -> None:
            if by_check is not None:
                by_check[check] = list(answers)

        def keep(tag: str, check: str, error: Exception) -> None:
            self.faults[tag, check] = error

        options = {"seed": SEED} | options
        request = GradingRequest.of(self.lesson, path, read(path), **options)
        listeners = Listeners(on_fault=keep, on_answers=note)
        return judge.grade(self.lesson, request, self.pool, listeners)

    def _broken_check_problems(
        self, result: ExerciseResult, graded: str
    ) -> Iterator[str]:
        """Yield a problem for each check that itself raises, once for each check."""
        for check in result.checks:
            key = (result.tag, check.name)
            if not check.outcome.is_broken or key in self.broken:
                continue
            self.broken.add(key)
            (exercise,) = (e for e in exercises_of(self.module) if e.tag == result.tag)
            (declared,) = (c for c in exercise.checks if c.name == check.name)
            where = _place(self.faults[key]) or place_of_check(declared)
            yield (
                f"{result.tag}.{check.name}: the check itself fails on {graded}. "
                f"{where}: {self._explain_broken(result.tag, check)}"
            )

    def _explain_broken(self, tag: str, check: CheckResult) -> str:
        """Return the error of a check, or which parameter can't be filled."""
        (exercise,) = (e for e in exercises_of(self.module) if e.tag == tag)
        (declared,) = (c for c in exercise.checks if c.name == check.name)
        lesson_fixtures = shared_fixtures(self.lesson.checks) | fixtures_of(self.module)
        may = (*fixtures.BUILTIN_FIXTURES, *lesson_fixtures)
        for parameter in inspect.signature(declared.function).parameters.values():
            if parameter.name not in may and parameter.default is parameter.empty:
                return f"it asks for {parameter.name}; it may ask for {', '.join(may)}"
        return _error(self.faults[tag, check.name])


def _is_wrong_answer(outcome: Outcome) -> bool:
    """Return whether a wrong answer was given, instead of an exception."""
    return outcome.is_diagnosable and outcome is not Outcome.RAISED


def _show(mistake: KnownMistake, result: ExerciseResult) -> Iterator[ShownMistake]:
    """Yield a mistake with its result in the first check that it fails."""
    failing = next((one.finding for one in result.checks if one.finding), None)
    if failing is None:
        return
    file = mistake.function.__code__.co_filename
    mistakes = result.finding.mistakes if result.finding else ()
    sentences = [one.full_sentence for one in mistakes if one.tag == mistake.tag]
    yield ShownMistake(
        mistake.tag,
        place_of_code(mistake.function) if is_lesson_file(file) else "",
        failing.expected,
        failing.got or failing.sentence,
        sentences[0] if sentences else mistake.sentence,
    )


def _naming_problems(
    exercise: Exercise,
    known: KnownMistake,
    result: ExerciseResult,
    fault: Exception | None,
    answers: Sequence[Answer],
) -> Iterator[str]:
    finding = result.finding or Finding("")
    if result.outcome.is_right:
        yield (
            f"{known.tag}: the checks pass this mistake; add a check that fails it, or "
            "drop the mistake"
        )
        return
    if not result.outcome.is_diagnosable:
        yield (
            f"{known.tag}: with this mistake the exercise is {result.outcome} "
            f"({_quote(finding)}); a known mistake gives a wrong answer or an exception"
        )
        return
    tags = {mistake.tag for mistake in finding.mistakes}
    if any(_is_beside(known, mistake) for mistake in finding.mistakes):
        return  # its sentence is read, together with another one
    twins = {
        other.tag
        for other in exercise.mistakes
        if known.twins and other.twins == known.twins
    }
    if known.tag not in tags:
        instead = ", ".join(sorted(tags)) or "no mistake"
        description = f"{instead} is named instead ({_quote(finding)})"
        why = f". Its function fails, {_place(fault)}: {_error(fault)}" if fault else ""
        if isinstance(known, Symptom) and not fault:
            why = _why_not_seen(known, answers)
        yield f"{known.tag}: not named; {description}{why}"
    elif others := sorted(tags - twins - {known.tag}):
        yield (
            f"{known.tag}: confused with {', '.join(others)}; add a check with an "
            'input on which they differ, or give all of them one twins="..."'
        )
    elif unfilled := [
        m.full_sentence for m in finding.mistakes if _HOLE.search(m.full_sentence)
    ]:
        yield f"{known.tag}: a hole was left in {unfilled[0]!r}"
    elif not any(
        _matches_sentence(known, one.full_sentence) for one in finding.mistakes
    ):
        description = repr(finding.mistakes[0].full_sentence)
        yield (
            f"{known.tag}: its sentence isn't shown; {description} is, which has its "
            "name"
        )


def _is_beside(known_mistake: KnownMistake, mistake: Mistake) -> bool:
    """Return whether a mistake consists of several, and this is one of them."""
    short_name = known_mistake.tag.partition(".")[2]
    sentence = dict(mistake.parts).get(short_name, "")
    return len(mistake.slips) > 1 and _matches_sentence(known_mistake, sentence)


def _exception_problems(
    mistake: KnownMistake,
    result: ExerciseResult,
    by_check: Mapping[str, Sequence[Answer]],
) -> Iterator[str]:
    """Yield a problem for each exception of a mistake where the solution raises none.

    A wrong answer declares those that it is meant to raise. A symptom is meant to raise
    one if it isn't seen in the answer without it.
    """
    raised = dict[str, str]()
    for check in result.checks:
        if check.outcome is Outcome.RAISED and check.finding:
            error = check.finding.error
            raised.setdefault(error.partition(":")[0], error)
    if isinstance(mistake, WrongAnswer):
        for name in raised.keys() - mistake.raises:
            names = ", ".join(f'"{one}"' for one in sorted({*mistake.raises, name}))
            yield (
                f"{mistake.tag}: {place_of_code(mistake.function)}: it raises where "
                f"the solution doesn't: {raised[name]}. Correct it, or write "
                f"raises=({names},) if it is meant to"
            )
        for name in mistake.raises:
            if name not in raised:
                yield f"{mistake.tag}: it never raises {name}; take it out of raises="
    elif result.outcome is Outcome.RAISED and any(
        answer.raised
        and mistake.seen_in(answer) is not None
        and mistake.seen_in(replace(answer, raised=None)) is not None
        for answers in by_check.values()
        for answer in answers
    ):
        yield (
            f"{mistake.tag}: {place_of_code(mistake.function)}: its example raises "
            f"where the solution doesn't: {', '.join(raised.values())}. Correct the "
            "example; if it is meant to, let the function look at answer.raised"
        )


def _why_not_seen(symptom: Symptom, answers: Sequence[Answer]) -> str:
    """Return why no answer of a symptom's example shows it; "" if one does."""
    if any(symptom.seen_in(answer) is not None for answer in answers):
        return ""
    if judged := {name: None for answer in answers for name in answer.judged}:
        return f". Its example is judged as {', '.join(map(repr, judged))}"
    return (
        f". Its function, {place_of_code(symptom.function)}, returns a false value for "
        f"all {len(answers)} answers of its example"
    )


def _matches_sentence(mistake: KnownMistake, sentence: str) -> bool:
    """Return whether a sentence is this mistake's, whatever values fill its holes."""
    seen = _HOLE.split(mistake.sentence.partition("\n")[0])
    return (
        re.search(".*".join(re.escape(one) for one in seen), sentence, re.DOTALL)
        is not None
    )


def _describe_hole(fault: UnfilledSentence) -> str:
    mistake, cause = fault.known, fault.__cause__ or fault
    if fault.missing:
        start = f"{mistake.tag}: {{{fault.missing}}} cannot be filled"
        if isinstance(mistake, WrongAnswer):
            return (
                f"{start}; give fill=, a function of the same arguments that "
                f'returns {{"{fault.missing}": ...}}'
            )
        return f'{start}; let its function return {{"{fault.missing}": ...}}'
    holes = ", ".join(_HOLE.findall(mistake.sentence)) or "its sentence"
    start = f"{mistake.tag}: {holes} cannot be filled"
    if not fault.in_numbers:
        return f"{start}: {_error(cause)}"
    where = f" in {place}" if (place := _place(cause)) else ""
    return f"{start}: its fill= fails{where} with {_error(cause)}"


def _place(error: BaseException) -> str:
    """Return the file and the line in the lesson that raised an exception, or ""."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if _is_own(frame.filename)]
    return (
        f"{display_path(Path(inside[-1].filename))}, line {inside[-1].lineno}"
        if inside
        else ""
    )


def _is_own(filename: str) -> bool:
    """Return whether a file has a lesson's checks, or is shared by the lessons."""
    return is_lesson_file(filename) or Path(filename).parent.name == "lessons"


def _error(error: BaseException) -> str:
    """Return an exception without its traceback."""
    if isinstance(error, AssertionError) and not str(error):
        return "An assert says nothing to a learner; write expect(answer).equals(...)."
    words = "".join(traceback.format_exception_only(error)).strip()
    # Newer versions of Python ask the question themselves.
    return words if "Did you mean" in words else words + nearest_name(error)


def _why_not_loaded(report: Report) -> str:
    """Return why a file couldn't be loaded, or not completely; "" if it was."""
    if report.problem is not None:
        return _quote(report.problem)
    parts = (_with_line(part.error, part.line) for part in report.not_run)
    return next(parts, "")


def _quote(finding: Finding | None) -> str:
    if finding is None:
        return ""
    return _with_line(finding.sentence, finding.line)


def _with_line(sentence: str, line: int | None) -> str:
    """Return a sentence followed by its line, unless it names that line itself.

    >>> print(_with_line("The ( in line 3 is never closed.", 3))
    The ( in line 3 is never closed.
    >>> print(_with_line("The ( in line 31 is never closed.", 3))
    The ( in line 31 is never closed. In line 3.
    """
    is_named = not line or re.search(rf"(?i)\bline {line}\b", sentence)
    return sentence if is_named else f"{sentence} In line {line}."
