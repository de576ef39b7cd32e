"""mutation_search: explain a wrong answer by a slip, or by a few together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from grader.checks import Exercise
from grader.checks.attempt import Answer
from grader.checks.exercises import WrongAnswer
from grader.checks.mutations.evidence import Example, count_bits
from grader.checks.mutations.search import (
    BITS_WANTED,
    Explanation,
    SearchBase,
    can_answer,
    search,
)
from grader.judge.diagnosis.sentences import split_fix
from grader.report import Mistake

# Sets that agree everywhere are shown together, as alternatives.
MOST_ALTERNATIVES = 2
TOGETHER = {
    2: "These two mistakes together give",
    3: "These three mistakes together give",
}
EXACTLY = "exactly your answers"
# For failures, only the type of the exception is compared.
AND_FAIL = "this kind of exception, and all your other answers"
# If one gives the answers, so does the other, and the second name says it better.
SYNONYMS = {"no axis": "sum for mean", "turned round": "missing minus"}
ORDINALS = ("First", "Second", "Third")


def find_slips(
    exercise: Exercise,
    right: Callable[[], object],
    failing: Answer,
    others: Sequence[Answer],
    is_alike: Callable[[Any, Any], bool],
) -> list[Mistake]:
    """Return the smallest sets of slips that give all of a learner's answers, in words.

    Args:
        exercise: the exercise, with its slips.
        right: returns the solution's function when it is needed.
        failing: the answer that is known to be wrong.
        others: every answer of the same function.
        is_alike: whether two values are the same answer.
    """
    slip_set, function = exercise.slip_set, right_function(exercise, right, failing)
    if slip_set is None or function is None:
        return []
    examples = examples_of(failing, others)
    # Also combine slips with each known mistake: a learner may have made both.
    bases = [SearchBase(function)]
    for mistake in exercise.wrong_answers:
        wrong_function = mistake.function
        if mistake.target == exercise.writes:
            assert isinstance(wrong_function, FunctionType)
            bases.append(SearchBase(wrong_function, mistake))
    explanations = search(
        bases, slip_set.slips, examples, is_alike, chosen_from=slip_set.chosen_from
    )

    def is_seen(mistake: WrongAnswer) -> bool:
        return _is_wrong_there(mistake.function, function, failing, is_alike)

    explained = AND_FAIL if failing.raised else EXACTLY
    mistakes = [_to_mistake(exercise, one, is_seen, explained) for one in explanations]
    named_mistakes = [mistake for mistake in mistakes if mistake is not None]
    return _drop_synonyms(named_mistakes)[:MOST_ALTERNATIVES]


def _drop_synonyms(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Leave out sets that differ only in two names for one thing."""
    sets = {frozenset(one.slips) for one in mistakes}

    def has_better_name(mistake: Mistake) -> bool:
        better = frozenset(SYNONYMS.get(name, name) for name in mistake.slips)
        return better != frozenset(mistake.slips) and better in sets

    return [one for one in mistakes if not has_better_name(one)]


def leave_out_refused(
    exercise: Exercise,
    right: Callable[[], object],
    failing: Answer,
    answers: Sequence[Answer],
) -> list[Answer]:
    """Return the answers to questions that the right function answers, too.

    If the exercise isn't searched for slips, return all answers.
    """
    function = right_function(exercise, right, failing)
    if function is None:
        return list(answers)
    # Copy them: if the function calls an object in the worker, answers are appended.
    return [
        answer
        for answer in tuple(answers)
        if answer is failing or can_answer(function, example_of(answer))
    ]


def says_enough(
    exercise: Exercise,
    right: Callable[[], object],
    failing: Answer,
    answers: Sequence[Answer],
) -> bool:
    """Return whether the answers that a mistake explains are informative enough.

    If it doesn't explain the others, there is a second mistake, so the evidence has to
    suffice for two. If the exercise isn't searched for slips, the right answers are
    unknown, and the result is True.
    """
    function = right_function(exercise, right, failing)
    if function is None:
        return True
    examples = [example_of(answer) for answer in answers]
    slip_set = exercise.slip_set
    return (
        count_bits(examples, function, slip_set.chosen_from if slip_set else "")
        >= BITS_WANTED[2]
    )


def right_function(
    exercise: Exercise, right: Callable[[], object], failing: Answer
) -> FunctionType | None:
    """Return the right function for an answer if its exercise is searched for slips."""
    slip_set = exercise.slip_set
    is_plain_call = failing.target == exercise.writes and not failing.functions
    if slip_set is None or not is_plain_call or failing.is_entry:
        return None
    function = slip_set.right or right()
    return function if isinstance(function, FunctionType) else None


def examples_of(failing: Answer, others: Sequence[Answer]) -> list[Example]:
    """Return the failing answer and then the others, each with its question."""
    # Count the failing one only once, as it may be among them.
    rest = [answer for answer in others if answer.args is not failing.args]
    return [example_of(answer) for answer in (failing, *rest)]


def example_of(answer: Answer) -> Example:
    """Return an answer with its question, whose arguments can't be changed."""
    raised = answer.raised.type_name if answer.raised else ""
    args = [_frozen(value) for value in answer.args]
    kwargs = {name: _frozen(value) for name, value in answer.kwargs.items()}
    return Example(args, kwargs, answer.value, raised)


def _frozen(value: Any) -> Any:
    """Return an input that edited code can't change: a read-only array, or a copy."""
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_frozen(inner) for inner in value)
    return value


def _is_wrong_there(
    wrong: Callable[..., object],
    right: FunctionType,
    failing: Answer,
    is_alike: Callable[[Any, Any], bool],
) -> bool:
    """Return whether a wrong function by itself gets the failing question wrong."""
    example = example_of(failing)
    try:
        with np.errstate(all="ignore"):
            value = wrong(*example.args, **example.kwargs)
            return not is_alike(value, right(*example.args, **example.kwargs))
    except Exception:  # one of the two refuses the question
        return True


def _to_mistake(
    exercise: Exercise,
    explanation: Explanation,
    is_seen: Callable[[WrongAnswer], bool],
    explained: str,
) -> Mistake | None:
    """Return a set of slips as one mistake; None if a sentence would need a number."""
    names = [slip.name for slip in explanation.slips]
    sentences = [slip.sentence for slip in explanation.slips]
    if (base := explanation.base.mistake) is not None:
        assert isinstance(base, WrongAnswer)
        sentence = base.in_company or base.sentence
        # Its numbers are computed for the mistake by itself, without slips.
        if "{" in sentence:
            return None
        # A mistake that doesn't show in the shown answer comes after the slips.
        at = 0
        if not is_seen(base):
            at = len(names)
            shown, cure = split_fix(sentence)
            sentence = f"{shown} (That shows in another call.)\n{cure}"
        names.insert(at, base.tag.partition(".")[2])
        sentences.insert(at, sentence)
    tag = f"{exercise.tag}.{'+'.join(sorted(names))}"
    seen, cures = zip(*map(split_fix, sentences), strict=True)
    cure = " ".join(dict.fromkeys(filter(None, cures)))
    if len(seen) == 1:
        return Mistake(tag, seen[0], tuple(names), cure=cure)
    return Mistake(tag, _join(seen, explained), tuple(names), seen, cure)


def _join(sentences: Sequence[str], explained: str = EXACTLY) -> str:
    """Return several sentences as one; a sentence for two places is used once.

    >>> _join(["A minus is missing.", "A minus is missing."])
    'One mistake, made in 2 places, gives exactly your answers: A minus is missing.'
    >>> _join(["Turn it.", "Take the mean.", "Turn it."]).partition(". ")[2]
    'First: Turn it. (At two places.) Second: Take the mean.'
    """
    once = list(dict.fromkeys(sentences))
    if len(once) == 1:
        count = f"One mistake, made in {len(sentences)} places, gives {explained}"
        return f"{count}: {once[0]}"
    parts = [
        f"{at}: {text}" + (" (At two places.)" if sentences.count(text) > 1 else "")
        for at, text in zip(ORDINALS, once, strict=False)
    ]
    return " ".join((f"{TOGETHER[len(parts)]} {explained}.", *parts))
