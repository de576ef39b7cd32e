"""assertions: state that an answer is derived correctly, and say what is wrong."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import NoReturn

import msgspec
import numpy as np
from msgspec.structs import replace

from grader.checks import Exercise, Stopped, Wrong
from grader.checks.attempt import Answer, Attempt, ask_alone, conclude_later, place_of
from grader.derivation_checks.findings import (
    CUT_SHORT,
    entry_in_words,
    list_lines,
    names_in_a_sum,
    names_of_diagnosis,
    sentence_of,
    sentence_of_confirmation,
    sentence_of_doubt,
    sentence_of_exception,
    sentence_of_proof,
    sentence_of_unwritten,
    suggest_next_step,
)
from grader.derivation_checks.symbolic_answers import (
    as_text,
    describe_shape,
    entries_of,
    find_exception,
    kind_of,
    shape_of,
    steps_of,
)
from grader.derivation_checks.sympy_confirmation import Confirmation, SymPyProcess
from grader.derivation_checks.verdicts import Doubt, Verdicts
from grader.derivations import (
    Diagnosis,
    Ending,
    Given,
    InvalidTable,
    Objection,
    Problem,
    Proof,
    Ruling,
    Step,
    UnwrittenPlace,
    Verdict,
    Written,
    find_unwritten,
    isolate,
    read,
    scan,
    written,
)
from grader.derivations.proof import JudgedLine, Route
from grader.derivations.syntax import find_return, source_line
from grader.report import Finding, Mistake, Outcome
from grader.sandbox.codec import ExpressionText


def assertions(
    exercise: Exercise,
    attempt: Attempt,
    rng: np.random.Generator,
    measured: Callable[[str], None] | None = None,
) -> DerivationAssertions:
    """Return symbolic assertions about an attempt, at unpredictable points.

    Args:
        exercise: the exercise that is checked.
        attempt: the attempt whose answers are judged.
        rng: draws the points.
        measured: the fixture of that name, to show SymPy's result.
    """
    seed = int(rng.integers(2**32))
    return DerivationAssertions(exercise, attempt, seed, measured)


# The name and sentence of a mistake that changing one term or variable mends.
_ONE_CHANGE = ("one_change", "This line is one change away from being right.")


class DerivationAssertions(msgspec.Struct, frozen=True):
    """The exercise, the attempt, the seed of the points, and where to show a number."""

    exercise: Exercise
    attempt: Attempt
    seed: int
    measured: Callable[[str], None] | None = None

    def derived(
        self, answer: Answer, problem: Problem, shape: tuple[int, ...] = ()
    ) -> Ruling:
        """Require that the answer is right in the whole domain, in the required form.

        Args:
            answer: one expression, or a row, a column or a table of them.
            problem: the problem that it solves.
            shape: () for one expression, (k,) for a row, (k, k) for a table.

        Raises:
            Wrong: it isn't.
        """
        parsed = self.written(answer, shape, problem)
        verdicts = self._verdicts(problem)
        ruling, doubt, found = verdicts.of_answer(parsed)
        if doubt is not None:
            self._decide_nothing(answer, doubt)
        if ruling.verdict is not Verdict.EQUAL:
            self._wrong(answer, ruling, found, verdicts.first_row_sum(parsed))
        self._confirm(answer, [parsed], verdicts)
        return ruling

    def written(
        self,
        answer: Answer,
        shape: tuple[int, ...] = (),
        problem: Problem | None = None,
    ) -> Written:
        """Return the entries of an answer, parsed.

        With a problem, an answer that is right only for the first class is recognised.

        Args:
            answer: one expression, or a row, a column or a table of them.
            shape: as for `derived`.
            problem: the problem that it solves.

        Raises:
            Wrong: it has another shape, or an entry that can't be read.
        """
        values = entries_of(answer.value, shape)
        if values is None:
            text = f"Return {describe_shape(shape)}; this is {kind_of(answer)}."
            kind = f"shape {shape_of(answer, shape)}"
            first_only = ("first entry",) * self._is_first(answer, problem)
            self._fail(answer, text, (*first_only, kind))
        entries = {}
        for place, value in values.items():
            try:
                entries[place] = read(as_text(value))
            except InvalidTable as error:
                which = entry_in_words(place) if place else "This"
                text = f"{which} cannot be judged: {error}."
                step = suggest_next_step(str(error))
                text += f" {step}" if isinstance(value, (ExpressionText, str)) else ""
                self._fail(answer, text, ("refused",))
        return Written(entries)

    def _is_first(self, answer: Answer, problem: Problem | None) -> bool:
        """Return whether an expression is right, but only for the first class."""
        with contextlib.suppress(InvalidTable):
            table = read(as_text(answer.value))
            return problem is not None and self._verdicts(problem).is_first_entry(table)
        return False

    def derivation(
        self,
        answer: Answer,
        problem: Problem,
        routes: Sequence[Route],
        given: Given,
    ) -> Proof:
        """Require that the answer is a derivation by hand in which every line is right.

        Args:
            answer: the result of the learner's generator.
            problem: the goal, the domain and the form of the last line.
            routes: the ways that lead there.
            given: the functions and names that the lesson provides.

        Raises:
            Wrong: it isn't; the finding is about the first wrong line.
            Stopped: every line is right so far, and the rest is still to be written.
        """
        self.by_hand(answer, given)
        # Nothing else in the file can change what the derivation's lines mean.
        isolated = isolate(self.attempt.source, answer.target, given)
        answer = ask_alone(self.attempt, isolated, answer)
        verdicts = self._verdicts(problem)
        proof, doubt, found = verdicts.of_lines(self._steps(answer), routes)
        left = self._unwritten(answer)
        if left is not None and proof.ending in CUT_SHORT:
            finding = Finding(
                sentence_of_unwritten(proof, left, self._place_of),
                **answer.asked,
                line=left.line,
                trace=list_lines(proof, self._place_of),
            )
            raise Stopped(Outcome.NOT_ATTEMPTED, finding, answer)
        if proof.ending is not Ending.RIGHT or find_exception(answer):
            self._not_proved(answer, verdicts, proof, doubt, found)
        self._confirm_lines(answer, verdicts, proof)
        return proof

    def by_hand(self, answer: Answer, given: Given) -> None:
        """Require that the derivation calls only what the lesson provides.

        Args:
            answer: the result of the learner's generator.
            given: the functions and names that the lesson provides.

        Raises:
            Wrong: it contains something else.
            Stopped: the file is nested too deeply to be parsed.
        """
        # Stops if the file can't be parsed, and records that the check reads all of it.
        _ = self.attempt.tree
        objection = scan(self.attempt.source, answer.target, given)
        if objection is not None:
            self._not_by_hand(answer, objection)

    def in_given_words(self, name: str, given: Given) -> None:
        """Require that a derivation's text contains only what the lesson provides.

        Call this before running it: a sum over a symbolic row would never end.

        Args:
            name: the learner's function.
            given: the functions and names that the lesson provides.

        Raises:
            Wrong, Stopped: as `by_hand`.
        """
        objection = scan(self.attempt.source, name, given)
        if objection is not None and objection.line is not None:
            self._not_by_hand(Answer(name, is_call=False), objection)

    def lines(self, answer: Answer, problem: Problem) -> Proof:
        """Require only that every line equals the one before.

        Args:
            answer: the result of the learner's generator.
            problem: the goal and the domain.

        Raises:
            Wrong: one doesn't.
        """
        verdicts = self._verdicts(problem)
        proof, doubt, found = verdicts.of_lines(self._steps(answer), ())
        if proof.ending not in CUT_SHORT:
            self._not_proved(answer, verdicts, proof, doubt, found)
        self._confirm_lines(answer, verdicts, proof)
        return proof

    def _verdicts(self, problem: Problem) -> Verdicts:
        return Verdicts(problem, self.seed, SymPyProcess(self.attempt).ask)

    def _confirm_lines(self, answer: Answer, verdicts: Verdicts, proof: Proof) -> None:
        lines = [written(line.step.text) for line in proof.lines]
        self._confirm(answer, lines, verdicts, proof.lines)

    def _confirm(
        self,
        answer: Answer,
        lines: Sequence[Written],
        verdicts: Verdicts,
        shown: Sequence[JudgedLine] = (),
    ) -> None:
        """Let SymPy have the last word on right lines, while the next checks run.

        In the end the check shows the number that SymPy got. If SymPy gets another
        value, or none, nothing is decided.
        """

        def conclude(last: tuple[Confirmation, Doubt | None]) -> None:
            found, doubt = last
            if doubt is not None:
                at = found.line
                line = shown[at].step.line if shown and at is not None else None
                self._decide_nothing(answer, doubt, line)
            if self.measured is not None:
                self.measured(sentence_of_confirmation(found, len(lines)))

        conclude_later(
            self.attempt, functools.partial(verdicts.last_word, lines), conclude
        )

    def _decide_nothing(
        self, answer: Answer, doubt: Doubt, line: int | None = None
    ) -> NoReturn:
        """End the check undecided, at a line of the file or at the answer."""
        if line is not None:
            text = source_line(self.attempt.source, answer.target, line)
        else:
            line, text = find_return(self.attempt.source, answer.target)
        finding = Finding(
            sentence_of_doubt(doubt), **answer.asked, line=line, source=text
        )
        outcome = Outcome.SKIPPED if doubt.is_silent else Outcome.BROKEN
        raise Stopped(outcome, finding, answer)

    def _wrong(
        self, answer: Answer, ruling: Ruling, diagnosis: Diagnosis | None, row_sum: str
    ) -> NoReturn:
        line, text = find_return(self.attempt.source, answer.target)
        finding = Finding(
            sentence_of(ruling),
            **answer.asked,
            expected=ruling.wanted,
            got=ruling.mine,
            place=str(list(ruling.entry)) if ruling.entry else "",
            line=line,
            source=text,
        )
        names = (*names_of_diagnosis(diagnosis), str(ruling.verdict))
        self._end(answer, finding, names, diagnosis, {"s": row_sum})

    def _fail(self, answer: Answer, sentence: str, names: tuple[str, ...]) -> NoReturn:
        line, text = find_return(self.attempt.source, answer.target)
        finding = Finding(sentence, **answer.asked, line=line, source=text)
        self._end(answer, finding, names)

    def _not_by_hand(self, answer: Answer, objection: Objection) -> NoReturn:
        line = objection.line
        text = source_line(self.attempt.source, answer.target, line)
        finding = Finding(objection.sentence, **answer.asked, line=line, source=text)
        name = "not by hand" if objection.is_tool else "not on the list"
        self._end(answer, finding, (name,))

    def _steps(self, answer: Answer) -> list[Step]:
        steps = steps_of(answer)
        if steps is None:
            text = (
                "Write the derivation with yield: one line per step, with its reason."
            )
            self._fail(answer, f"{text} This is {kind_of(answer)}.", ("no yield",))
        left = self._unwritten(answer)
        if left is not None and left.is_step:
            return [step for step in steps if (step.line or 0) < left.line]
        return steps

    def _unwritten(self, answer: Answer) -> UnwrittenPlace | None:
        """Return where the derivation ends because the rest is still to be written.

        An unwritten value shows as an exception in the line that needs it. If no line
        raises, nothing needs the value.
        """
        has_raised = find_exception(answer) is not None
        for place in find_unwritten(self.attempt.source, answer.target):
            if place.is_step or place.is_stub is not has_raised:
                return place
        return None

    def _place_of(self, line: int) -> str:
        return place_of(self.attempt, line)

    def _not_proved(
        self,
        answer: Answer,
        verdicts: Verdicts,
        proof: Proof,
        doubt: Doubt | None,
        diagnosis: Diagnosis | None,
    ) -> NoReturn:
        """End the check with the first wrong line, or with what the lines lack."""
        names: tuple[str, ...] = (f"{proof.ending} {proof.missing}", str(proof.ending))
        line = proof.last.line if proof.last else None
        sentence, ruling = sentence_of_proof(proof), proof.ruling
        raised = find_exception(answer)
        if raised is not None and proof.ending in CUT_SHORT:
            text = source_line(self.attempt.source, answer.target, line := raised[2])
            sentence = sentence_of_exception(proof, raised, text, self.attempt.source)
            names = ("raised",)
        if doubt is not None:
            self._decide_nothing(answer, doubt, line)
        if ruling is not None and verdicts.needs_more_classes(ruling):
            names = ("few classes",)
        other = "as in the line before" if proof.lines[1:] else "the value of the goal"
        finding = Finding(
            sentence,
            **answer.asked,
            expected=f"{ruling.wanted}, {other}" if ruling and ruling.wanted else "",
            got=f"{ruling.mine} in this line" if ruling and ruling.mine else "",
            line=line,
            source=source_line(self.attempt.source, answer.target, line),
            trace=list_lines(proof, self._place_of),
        )
        tags = names_of_diagnosis(diagnosis)
        if proof.wrong is not None:
            tags = (*names_in_a_sum(tags[:1], proof.wrong), *tags)
        self._end(answer, finding, (*tags, *names), diagnosis, repair=proof.repair)

    def _end(
        self,
        answer: Answer,
        finding: Finding,
        names: tuple[str, ...],
        diagnosis: Diagnosis | None = None,
        words: dict[str, str] | None = None,
        repair: str = "",
    ) -> NoReturn:
        """End the check; the exercise's own sentence replaces the general one."""
        facts = {**answer.facts, **(words or {})}
        answer = replace(answer, facts=facts, judged=names)
        if (diagnosis or repair) and not self._has_own_sentence(answer):
            name, seen = _ONE_CHANGE
            if diagnosis is not None:
                name, seen = diagnosis.tag, diagnosis.sentence
            mistake = Mistake(f"{self.exercise.tag}.{name}", seen, cure=repair)
            finding = replace(finding, mistakes=(mistake,))
        raise Wrong(finding, answer)

    def _has_own_sentence(self, answer: Answer) -> bool:
        return any(k.seen_in(answer) is not None for k in self.exercise.symptoms)
