"""diagnosis: find the known mistake that gives exactly this wrong answer."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np
from msgspec.structs import replace

from grader.checks import Exercise, Wrong
from grader.checks.attempt import Answer, Changed, Stopped, require_unchanged
from grader.checks.attempt.failure import parse_or_none
from grader.checks.attempt.failure_messages import describe_in_one_line
from grader.checks.attempt.value_advice import WRONG_COUNT, signature_of
from grader.checks.comparing import as_choice, distances, is_same
from grader.checks.exercises import Symptom, WrongAnswer
from grader.checks.expectations import MISTAKE_TOLERANCE
from grader.judge.diagnosis.derived_answers import find_derived_answer
from grader.judge.diagnosis.mutation_search import (
    find_slips,
    leave_out_refused,
    says_enough,
)
from grader.judge.diagnosis.sentences import (
    UnfilledSentence,
    compute_fill,
    name_mistake,
)
from grader.report import Finding, Mistake
from grader.sandbox import Raised

# A mistake has to agree with the failing answer and at most this many others.
MOST_ANSWERS = 40


def explain(
    exercise: Exercise,
    stopped: Stopped,
    answers: Sequence[Answer],
    right: Callable[[], object] = lambda: None,
    source: bytes = b"",
) -> Finding:
    """Return the finding of a failed check, with the mistakes that explain it.

    Args:
        exercise: the exercise and its known mistakes.
        stopped: how its first failed check ended.
        answers: every answer that the exercise's checks received.
        right: returns the solution's function, to be searched for slips.
        source: the attempt's file, for the names of a function's arguments.
    """
    finding, failing = stopped.finding, stopped.answer
    if failing is None or not stopped.outcome.is_diagnosable:
        return finding
    if finding.mistakes:  # the check itself knows them, as for derivations
        return finding
    if isinstance(stopped, Changed):
        return _explain_change(exercise, stopped, failing)
    # A symptom of changed arguments doesn't explain a wrong value.
    as_it_came, failing = failing, replace(failing, modified=())
    tolerance = stopped.tolerance if isinstance(stopped, Wrong) else MISTAKE_TOLERANCE
    # A mistake that doesn't explain every answer may agree by chance. For example, a
    # wrong dtype fits every mistake that gives right values. So symptoms come first.
    same_target = [answer for answer in answers if answer.target == failing.target]
    same_target = leave_out_refused(
        exercise, right, failing, same_target[:MOST_ANSWERS]
    )
    elsewhere = max(tolerance, MISTAKE_TOLERANCE)
    likely, everywhere = _find_agreeing(
        exercise,
        failing,
        same_target,
        tolerance,
        elsewhere,
        lambda agreeing: says_enough(exercise, right, failing, agreeing),
    )
    alike = partial(is_alike, tolerance=elsewhere)
    searched = exercise, right, failing, same_target, alike
    mistakes = everywhere or find_slips(*searched)
    # For exceptions only the type is compared, so a symptom of the message is more
    # certain than two slips.
    is_sure = not failing.raised or any(not one.sentences for one in mistakes)
    best = (
        (mistakes if is_sure else ())
        or _find_symptom(exercise.symptoms, failing)
        or mistakes
        or find_derived_answer(*searched)
        or likely
    )
    if not best:
        if failing.target == exercise.writes and (
            sentence := describe_signature_mismatch(failing, right, source)
        ):
            return replace(finding, sentence=sentence)
        return _say_otherwise(exercise, stopped, as_it_came, source)
    best = add_concurrent_symptom(exercise, best, (as_it_came, *answers[:MOST_ANSWERS]))
    return replace(finding, mistakes=tuple(best))


def _say_otherwise(
    exercise: Exercise, stopped: Stopped, failing: Answer, source: bytes
) -> Finding:
    """Return the finding of an unnamed mistake, with other observations.

    A changed argument may be why the value is wrong: for example, if the code divides
    the argument itself again and again instead of a copy.
    """
    try:
        require_unchanged([failing], source, exercise.may_change)
    except Changed as changed:
        more = f"{changed.finding.sentence} {changed.otherwise}"
    else:
        more = stopped.otherwise if isinstance(stopped, Wrong) else ""
    return replace(
        stopped.finding, sentence=f"{stopped.finding.sentence} {more}".strip()
    )


def _explain_change(exercise: Exercise, stopped: Changed, failing: Answer) -> Finding:
    """Return the finding of a call that changed its arguments.

    The value may be right, and mistakes that fit it have nothing to do with the change.
    So only a symptom that depends on the change is shown.
    """
    unchanged = replace(failing, modified=())
    seen = [k for k in exercise.symptoms if k.seen_in(unchanged) is None]
    if mistake := _find_symptom(seen, failing):
        return replace(stopped.finding, mistakes=tuple(mistake))
    sentence = f"{stopped.finding.sentence} {stopped.otherwise}"
    return replace(stopped.finding, sentence=sentence)


def _find_agreeing(
    exercise: Exercise,
    failing: Answer,
    answers: Sequence[Answer],
    tolerance: float,
    elsewhere: float,
    is_enough: Callable[[Sequence[Answer]], bool],
) -> tuple[list[Mistake], list[Mistake]]:
    """Return the likely executable mistake, and those that give every answer.

    A mistake is likely if no other one gives the failing answer, if it agrees with most
    answers of the same function, and if these are informative enough. Only the failing
    answer is known to be wrong, and by how much. So a mistake has to agree with it
    within `tolerance`; for the other answers, it may differ a little more.
    """
    candidates = [
        known
        for known in exercise.wrong_answers
        if known.target == failing.target and _agrees(known, failing, tolerance)
    ]
    likely, everywhere = [], []
    for known in candidates:
        verdicts = [_agrees(known, answer, elsewhere) for answer in answers]
        agreeing = [a for a, same in zip(answers, verdicts, strict=True) if same]
        is_most = 2 * len(agreeing) > len(answers)
        if is_most and len(candidates) == 1 and is_enough(agreeing):
            likely.append(known)
        if all(verdicts):
            everywhere.append(known)
    return _to_mistakes(likely, failing), _to_mistakes(everywhere, failing)


def _to_mistakes(mistakes: Sequence[WrongAnswer], failing: Answer) -> list[Mistake]:
    return [
        name_mistake(known, compute_fill(known, failing), failing) for known in mistakes
    ]


def _find_symptom(symptoms: Sequence[Symptom], failing: Answer) -> list[Mistake]:
    """Return the first symptom that the failing answer shows."""
    for known in symptoms:
        numbers = known.seen_in(failing)
        if numbers is None:
            continue
        try:
            return [name_mistake(known, numbers, failing)]
        except UnfilledSentence as error:
            # A strange value doesn't fit the format, so it isn't this symptom.
            if not isinstance(error.__cause__, (TypeError, ValueError)):
                raise
    return []


def _agrees(mistake: WrongAnswer, answer: Answer, tolerance: float) -> bool:
    """Return whether a mistake gives the same answer, or the same kind of failure."""
    raised = answer.raised
    try:
        with np.errstate(all="ignore"):
            result = answer.again(mistake.function)
    except Exception as error:  # a mistake may fail as the learner's code did
        return raised is not None and _is_the_same(raised, error, mistake)
    if raised:
        return False
    if answer.is_entry:
        return is_alike(as_choice(answer.value), as_choice(result), tolerance)
    return is_alike(answer.value, result, tolerance)


def _is_the_same(raised: Raised, error: Exception, mistake: WrongAnswer) -> bool:
    """Return whether a mistake failed as the learner's code did.

    A `raise` statement doesn't match a library's exception. A library's messages must
    be the same except for numbers, because a bare ValueError can mean many things.
    """
    if raised.type_name != type(error).__name__:
        return False
    # Look only at the mistake's own lines, because every library has raise statements.
    file = mistake.function.__code__.co_filename
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line or "" for frame in frames if frame.filename == file]
    is_own = any("raise " in line for line in lines[-1:])
    if is_own or raised.is_own:
        return is_own and raised.is_own
    return _without_numbers(raised.message) == _without_numbers(str(error))


def _without_numbers(message: str) -> str:
    return re.sub(r"\d+", "0", message)


def is_alike(got: Any, other: Any, tolerance: float) -> bool:
    """Return whether two plain values agree: shape, close numbers, nan equal to nan.

    Args:
        got: the first value.
        other: the second value, which distances are relative to.
        tolerance: the largest distance, relative to numbers above 1, else absolute.

    >>> is_alike([1.0, float("nan")], np.array([1.0, np.nan]), 1e-9)
    True
    >>> is_alike(np.ones((2, 1)), np.ones(2), 1e-9)
    False
    >>> is_alike(True, True, 1e-9), is_alike(1, True, 1e-9)
    (True, False)
    """
    return is_same(got, other, partial(_is_close, tolerance=tolerance))


def _is_close(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    if "b" in (a.dtype.kind, b.dtype.kind):  # NumPy can't subtract bools
        return a.dtype == b.dtype and bool(np.all(a == b))
    return bool(np.all(distances(a, b, nan_is_alike=True) <= tolerance))


_TWO_SYMPTOMS = "Two things show in your answers. First: {} Second{}: {}"
# Added if the answer that the learner sees doesn't show the symptom.
_ELSEWHERE = ", in the answer to another call"


def add_concurrent_symptom(
    exercise: Exercise, mistakes: Sequence[Mistake], answers: Sequence[Answer]
) -> list[Mistake]:
    """Return a mistake, joined with the first other symptom that an answer shows.

    If two mistakes explain the answers equally well, they are returned unchanged, as
    choosing between them is enough. The first answer is the one the learner sees.
    """
    if len(mistakes) != 1:
        return list(mistakes)
    (mistake,) = mistakes
    group = {known.twins for known in exercise.mistakes if known.tag == mistake.tag}
    for symptom in exercise.symptoms:
        is_same_mistake = symptom.tag == mistake.tag or symptom.twins in group - {""}
        if is_same_mistake or not symptom.is_additional:
            continue
        for at, answer in enumerate(answers):
            numbers = symptom.seen_in(answer)
            if numbers is not None:
                where = _ELSEWHERE if at and symptom.seen_in(answers[0]) is None else ""
                return [_join(mistake, name_mistake(symptom, numbers, answer), where)]
    return [mistake]


def _join(mistake: Mistake, other: Mistake, where: str) -> Mistake:
    exercise, _, first = mistake.tag.partition(".")
    second = other.tag.partition(".")[2]
    before = mistake.parts or ((first, mistake.sentence),)
    slips, sentences = zip(*before, (second, other.sentence), strict=True)
    sentence = _TWO_SYMPTOMS.format(mistake.sentence, where, other.sentence)
    if len(mistake.slips) > 1:
        sentence = f"{mistake.sentence} Beside that{where}: {other.sentence}"
    tag = f"{exercise}.{'+'.join(sorted(slips))}"
    cure = f"{mistake.cure} {other.cure}".strip()
    return Mistake(tag, sentence, slips, sentences, cure)


def describe_signature_mismatch(
    answer: Answer, right: Callable[[], object], source: bytes
) -> str:
    """Return a sentence if the grader can't call a function as it does, or "".

    Args:
        answer: how the call ended.
        right: returns the solution's function of this name.
        source: the attempt's file.
    """
    raised = answer.raised
    if raised is None or raised.line is not None or not answer.is_call:
        return ""
    match = WRONG_COUNT.match(raised.message)
    head = signature_of(match[1], parse_or_none(source)) if match else ""
    function = right() if head else None
    if not isinstance(function, FunctionType):
        return ""
    signature = inspect.signature(function)
    names = [*list(signature.parameters)[: len(answer.args)], *answer.kwargs]
    called = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    plain = ", ".join(map(str, signature.parameters.values()))
    return (
        f"{describe_in_one_line(raised)}. The grader calls it with {called}, and it is "
        f"defined as {head}. Define it as {answer.target}({plain})."
    )
