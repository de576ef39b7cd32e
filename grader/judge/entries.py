"""entries: judge a dict of answers entry by entry: all wrong ones, and partial points.

A check stops at the first wrong entry. So it runs again with the lesson's own values
for those that are wrong or missing, until it passes. No code of the attempt runs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from msgspec.structs import replace

from grader.checks import Exercise
from grader.checks.attempt import Answer, Attempt, AttemptSession, Stopped
from grader.checks.exercises import Check
from grader.course.document.bindings import assigned_entries, entry_target
from grader.course.document.cells import read_text
from grader.course.document.page_builder import make_page_text
from grader.course.document.source import parse_python
from grader.judge.fixtures import GRADING_ERRORS, PictureCollector
from grader.report import EntryResult, Finding, Outcome


class EntriesOnly:
    """The entries of an attempt, some of them replaced. Nothing else can be requested.

    So no code of the learner's runs with answers that aren't theirs.

    Args:
        session: the session of the attempt.
        own: the lesson's own entries, by target.
    """

    def __init__(self, session: AttemptSession, corrected: Mapping[str, Any]) -> None:
        self._attempt = Attempt(session)
        self._own = corrected

    def entry(self, name: str, key: str) -> Answer:
        """Read one entry of a dict, or take the lesson's value for it."""
        target = entry_target(name, key)
        if target in self._own:
            return Answer(target, value=self._own[target], is_call=False)
        return self._attempt.entry(name, key)

    def __getattr__(self, name: str) -> NoReturn:
        raise Stopped(Outcome.SKIPPED, Finding(f"{name} isn't an entry."))


def literal_entries(solution: Path) -> dict[str, Any]:
    """Return the dict entries that a solution gives as literals, by target.

    Its text is enough: to execute it, the judge might have to import Keras.
    """
    entries = {}
    with suppress(SyntaxError):  # checks that need the solution report it
        for statement in parse_python(read_text(solution)).body:
            for target, value in assigned_entries(statement):
                with suppress(ValueError):  # it has to be computed
                    entries[target] = ast.literal_eval(value)
    return entries


class EntryVerdicts:
    """Which entries of a dict of answers an exercise's checks find right or wrong.

    Args:
        solution: the lesson's solution.

    Attributes:
        results: the result of each entry, in the order of the file, once concluded.
        has_blank: whether one of them isn't written yet.
    """

    def __init__(self, solution: Path) -> None:
        self._solution = solution
        self._own: dict[str, Any] = {}
        self._read: dict[str, Answer] = {}
        self._undecided = set[str]()
        self.results: tuple[EntryResult, ...] = ()
        self.has_blank = False

    @property
    def verdicts(self) -> tuple[bool, ...]:
        """Whether each entry is right; empty if that isn't known of all of them."""
        if not self._undecided <= self._own.keys():
            return ()
        return tuple(target not in self._own for target in self._read)

    def note(
        self,
        check: Check,
        values: Callable[[], Mapping[str, Any]],
        session: AttemptSession,
        stopped: Stopped | None,
        answers_before: int,
    ) -> None:
        """Note what a check found out about the entries that it has read.

        Args:
            check: the check that has run.
            values: returns the values for its arguments.
            session: the session of the attempt.
            stopped: the result of the check; None if it passed.
            answers_before: the number of answers before it ran.
        """
        answers, end = session.answers.get(session.tag, [])[answers_before:], stopped
        if stopped and stopped.answer and stopped.answer.is_entry:
            solved = literal_entries(self._solution)
            more, end = add_wrong_entries(
                self._own, check, values(), solved, session, stopped
            )
            answers += more
        self.has_blank |= end is not None and end.outcome is Outcome.NOT_ATTEMPTED
        for answer in answers:
            if answer.is_entry:
                self._read.setdefault(answer.target, answer)
                if end is not None:
                    self._undecided.add(answer.target)

    def conclude(
        self, finding: Finding, failing: Answer | None, session: AttemptSession
    ) -> Finding:
        """Set the results, and return a finding with the key and line of its entry.

        Args:
            finding: why the check failed, without a key.
            failing: the answer that it is about.
            session: the session of the attempt.
        """
        self.results = self._report(session.tree)
        wrong = {one.target: one for one in self.results if not one.is_right}
        first = wrong.get(failing.target) if failing else None
        if first is None:
            return finding
        finding = replace(finding, sentence=f"{first.key}: {finding.sentence}")
        if not first.line or finding.line:
            return finding
        source = session.document.lines[first.line - 1]
        return replace(finding, line=first.line, source=source)

    def _report(self, tree: ast.Module) -> tuple[EntryResult, ...]:
        written = {
            target: value
            for statement in tree.body
            for target, value in assigned_entries(statement)
        }
        results = [
            EntryResult(
                target,
                target not in self._own,
                one.is_two_way,
                _line_of(written.get(target), one.value),
            )
            for target, one in self._read.items()
            if target in self._own or target not in self._undecided
        ]
        return tuple(sorted(results, key=lambda one: one.line or 0))


def _line_of(written: ast.expr | None, value: Any) -> int | None:
    """Return the line of an entry's value, unless the entry got another one later."""
    if written is None:
        return None
    with suppress(ValueError):  # it has to be computed
        if repr(ast.literal_eval(written)) != repr(value):
            return None
    return written.lineno


def add_wrong_entries(
    corrected: dict[str, Any],
    check: Check,
    values: Mapping[str, Any],
    solved: Mapping[str, Any],
    session: AttemptSession,
    stopped: Stopped,
) -> tuple[list[Answer], Stopped | None]:
    """Add each entry at which a check stops, with the lesson's own value.

    Args:
        corrected: the entries that earlier checks of the exercise found wrong.
        check: the check that didn't pass.
        values: the values for its arguments.
        solved: the lesson's own entries, by target.
        session: the session of the attempt.
        stopped: the result of the check.

    Returns:
        The answers to what it asked for meanwhile, and how it stops in the end; None
        if it passes.
    """
    answers = session.answers.get(session.tag, [])
    answers_before = len(answers)
    now = _run_again(corrected, check, values, session) if corrected else stopped
    while now and now.outcome is Outcome.WRONG and now.answer and now.answer.is_entry:
        target = now.answer.target
        # The check may read it in another way; and its value may not be known.
        if target in corrected or target not in solved:
            break
        corrected[target] = solved[target]
        now = _run_again(corrected, check, values, session)
    more = answers[answers_before:]
    del answers[answers_before:]  # don't record these answers
    return more, now


def arguments_with(entries: EntriesOnly, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a check, with these entries as the attempt."""
    # Remarks and pictures would be about answers that aren't the learner's.
    unseen = dict.fromkeys(("remark", "measured", "when_complete"), lambda words: None)
    replaced = {"attempt": entries, "show": PictureCollector(), **unseen}
    return {name: replaced.get(name, value) for name, value in values.items()}


def _run_again(
    corrected: Mapping[str, Any],
    check: Check,
    values: Mapping[str, Any],
    session: AttemptSession,
) -> Stopped | None:
    """Run a check with these entries; return how it stopped, or None if it passed."""
    try:
        check.function(**arguments_with(EntriesOnly(session, corrected), values))
    except Stopped as stopped:
        return stopped
    except GRADING_ERRORS:
        raise
    except Exception:  # already reported, or caused by our entries
        return None
    return None


class _CountedEntries(EntriesOnly):
    """The entries of an attempt, with the lesson's values for those that aren't right.

    Attributes:
        seen: the targets of all that were read.
        not_right: the lesson's own values of those that are wrong or missing.
    """

    def __init__(self, session: AttemptSession, solved: Mapping[str, Any]) -> None:
        self._solved = solved
        self.seen: set[str] = set()
        self.not_right: dict[str, Any] = {}
        super().__init__(session, self.not_right)

    def entry(self, name: str, key: str) -> Answer:
        """Read one entry of a dict, or take the lesson's value for it."""
        target = entry_target(name, key)
        self.seen.add(target)
        try:
            return super().entry(name, key)
        except Stopped as stopped:
            if stopped.outcome is not Outcome.NOT_ATTEMPTED:
                raise
            self.give_up(target)
        return super().entry(name, key)

    def give_up(self, target: str) -> None:
        """Take the lesson's own entry from now on.

        Raises:
            Stopped: it isn't known, or it isn't right either.
        """
        if target in self.not_right or target not in self._solved:
            raise Stopped(Outcome.SKIPPED, Finding(f"{target} can't be judged."))
        self.not_right[target] = self._solved[target]


def partial_points(
    exercise: Exercise,
    values_for: Callable[[Check], Mapping[str, Any]],
    solution: Path,
    session: AttemptSession,
) -> int:
    """Return the points of an exercise that isn't right, for its right entries.

    They are in proportion to the entries that the page doesn't give, rounded down. They
    are 0 if a check needs more than entries, or doesn't pass when all are right.

    Args:
        exercise: the exercise that isn't right.
        values_for: returns the values for the arguments of a check.
        solution: the lesson's solution.
        session: the session of the attempt.
    """
    entries = _CountedEntries(session, literal_entries(solution))
    answers = session.answers.setdefault(session.tag, [])
    answers_before = len(answers)
    try:
        for check in exercise.checks:
            _run_until_it_passes(check, values_for(check), entries)
    except GRADING_ERRORS:
        raise
    except Exception:  # what an entry is, or isn't, breaks the check
        return 0
    finally:
        del answers[answers_before:]  # don't record these answers
    counted = entries.seen - _find_given(solution)
    right = counted - entries.not_right.keys()
    return exercise.points * len(right) // len(counted) if counted else 0


def _find_given(solution: Path) -> set[str]:
    """Return the targets of the entries that a lesson's page gives as examples."""
    page = parse_python(make_page_text(read_text(solution)))
    return {
        target
        for statement in page.body
        for target, value in assigned_entries(statement)
        if not (isinstance(value, ast.Constant) and value.value is ...)
    }


def _run_until_it_passes(
    check: Check, values: Mapping[str, Any], entries: _CountedEntries
) -> None:
    arguments = arguments_with(entries, values)
    while True:
        try:
            return check.function(**arguments)
        except Stopped as stopped:
            answer = stopped.answer
            if stopped.outcome is not Outcome.WRONG or not (answer and answer.is_entry):
                raise
            entries.give_up(answer.target)
