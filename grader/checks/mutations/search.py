"""search: find the smallest sets of slips that give exactly a learner's answers.

Every set of one size is tried before any larger one. A set is reported if the function
with it gives the learner's answer to every question, and if the answers are informative
enough: a few bools agree with many sets.
"""

from __future__ import annotations

import hashlib
import itertools
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from grader.checks.mutations.catalogue import CATALOGUE
from grader.checks.mutations.evidence import Example, count_bits
from grader.checks.mutations.schemata import EditedForm, Schema, make_schema
from grader.checks.mutations.slip import Pattern, Slip

MOST_SLIPS = 3
# Runs of edited functions for one exercise. They are counted, so that every machine
# gives the same result. As measured, all pairs of these at every place of a lesson's
# function take up to 3,413 runs, and 10 to 150 ms. The CPU seconds only stop outliers.
MOST_RUNS = 5_000
MOST_S = 3.0
# The report says "exactly your answers" if chance agreement is rarer than 1 in 1,000
# (10 bits) over all sets that may be tried. Up to 3,400 pairs add 12 bits, and about
# ten thousand triples add 14.
BITS_WANTED = {1: 9.0, 2: 22.0, 3: 28.0}
# An author declares a dozen slips for an exercise, each because learners make it there,
# so fewer sets agree by chance. Measured without a threshold, over 160 attempts and
# wrong functions that no slip makes: false explanations had 3 bits with one slip, and 5
# with two.
BITS_OF_DECLARED = {1: 4.0, 2: 16.0, 3: 28.0}
# A choice of one entry is often the same for different reasons: two costs may have
# their minimum at one T. So a single slip, one of 60, must be as certain as two.
BITS_OF_A_CHOICE = 16.0
_SHARED = frozenset(slip.name for slip in CATALOGUE)


@dataclass(frozen=True, slots=True)
class SearchBase:
    """A function that slips are tried in: the right one, or a known mistake.

    Attributes:
        function: the function to edit.
        mistake: the mistake that it is; None for the right function.
    """

    function: FunctionType
    mistake: Any = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The mistakes that together give the learner's answers, in the order shown."""

    base: SearchBase
    slips: tuple[Slip, ...]

    @property
    def size(self) -> int:
        """The number of mistakes in it: the base's, if any, and the slips."""
        return len(self.slips) + (self.base.mistake is not None)


IsAlike = Callable[[Any, Any], bool]
# By function, edits and a hash of the question: the value, and an exception's name.
_Answers = dict[tuple[FunctionType, tuple[EditedForm, ...], bytes], tuple[Any, str]]
_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_answers: ContextVar[_Answers | None] = ContextVar("answers", default=None)


@contextmanager
def remember_answers() -> Iterator[None]:
    """Run no edited function twice for one question, as long as this lasts.

    A proof searches the same function hundreds of times, for the same slips.
    """
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def search(
    bases: Sequence[SearchBase],
    slips: Sequence[Slip],
    examples: Sequence[Example],
    is_alike: IsAlike,
    most_runs: int = MOST_RUNS,
    chosen_from: str = "",
) -> list[Explanation]:
    """Return the smallest sets of slips that explain every answer.

    Args:
        bases: the right function first, then mistakes that are separate functions.
        slips: the possible edits.
        examples: the failing question first, then the others; none that the right
            function refuses.
        is_alike: whether two values are the same answer.
        most_runs: after this many runs of edited functions, the search ends.
        chosen_from: the argument with an answer's candidates, as in `count_bits`.

    Returns:
        Sets of one size that agree everywhere; none if the search ends before.
    """
    budget = _Budget(most_runs)
    edits = [(at, edit) for at, slip in enumerate(slips) for edit in slip.patterns]
    questions = [(one, _digest(one)) for one in examples]

    def trials(
        bases: Sequence[SearchBase], edits: Sequence[tuple[int, Pattern]]
    ) -> Iterator[_Trial]:
        for base in bases:
            schema = make_schema(base.function, edits)
            if schema is not None and not budget.is_spent():
                yield _Trial(base, schema, slips, questions, is_alike, budget)

    right = next(trials(bases[:1], edits), None)
    if right is None or not right.is_wrong():
        return []
    # In a mistake, a slip is an edit of what the right function has. A square that is
    # only in the mistake isn't one that "you doubled" and that should be squared.
    in_right = {form.slip for form in right.schema.forms}
    fitting = [(at, edit) for at, edit in edits if at in in_right]
    for size in range(1, MOST_SLIPS + 1):
        # The right function first: if edits of it suffice, mistakes aren't needed.
        explanations = right.explanations(size)
        # A mistake that is a separate function is combined with only one slip. With two
        # it explained, as measured, answers that had another cause.
        if not explanations and size == 2:
            beside = trials(bases[1:], fitting)
            explanations = [one for trial in beside for one in trial.explanations(1)]
        if budget.is_spent():
            return []
        if explanations:
            # If the catalogue explains it as well, chance had more to choose from.
            bits_needed = max(
                required_bits(one.slips, size, chosen_from) for one in explanations
            )
            bits = count_bits(examples, right.base.function, chosen_from)
            return _prefer_declared(explanations) if bits >= bits_needed else []
    return []


def _prefer_declared(explanations: Sequence[Explanation]) -> list[Explanation]:
    """Leave out a set with a shared slip if another has the author's slip instead.

    Both give the same answers, and the author's sentence fits the exercise.
    """

    def is_worded_better(one: Explanation, other: Explanation) -> bool:
        shared = tuple(set(one.slips) - set(other.slips))
        differing = tuple(set(other.slips) - set(one.slips))
        is_swap = len(shared) == len(differing) == 1
        is_specific = _are_lesson_specific(differing) and not _are_lesson_specific(
            shared
        )
        return is_swap and is_specific

    return [
        o
        for o in explanations
        if not any(is_worded_better(o, other) for other in explanations)
    ]


def _are_lesson_specific(slips: Sequence[Slip]) -> bool:
    return all(slip.name not in _SHARED for slip in slips)


def required_bits(slips: Sequence[Slip], size: int, chosen_from: str = "") -> float:
    """Return how many bits of information this many mistakes need as evidence.

    Args:
        slips: those of them that are slips; an author wrote the others as functions.
        size: how many mistakes they are together.
        chosen_from: the argument with an answer's candidates; "" if there is none.
    """
    bits = (BITS_OF_DECLARED if _are_lesson_specific(slips) else BITS_WANTED)[size]
    return max(bits, BITS_OF_A_CHOICE) if chosen_from else bits


def can_answer(right: FunctionType, example: Example) -> bool:
    """Return whether the right function answers a question instead of refusing it."""
    try:
        with np.errstate(all="ignore"):
            right(*example.args, **example.kwargs)
    except Exception:  # it refuses the question
        return False
    return True


@dataclass(slots=True)
class _Budget:
    """The remaining runs and CPU time of one search."""

    runs_left: int
    until_s: float = field(default_factory=lambda: time.process_time() + MOST_S)
    is_late: bool = False

    def look_at_clock(self) -> None:
        """Note whether the time is up: after each run, because only runs take long."""
        self.is_late = time.process_time() > self.until_s

    def is_spent(self) -> bool:
        return self.runs_left < 0 or self.is_late


@dataclass(slots=True)
class _Trial:
    """One function with its switches, and the answers it is compared with."""

    base: SearchBase
    schema: Schema
    slips: Sequence[Slip]
    questions: Sequence[tuple[Example, bytes]]
    is_alike: IsAlike
    budget: _Budget

    def explanations(self, many: int) -> list[Explanation]:
        """Return the sets of `many` edits that reproduce the learner's answers.

        There is one for each set of slip names. The search ends with the budget.
        """
        explanations: dict[tuple[str, ...], Explanation] = {}
        for forms in self.sets(many):
            if self.budget.is_spent():
                break
            if self.agrees(forms):
                explained = self.explanation(forms)
                names = tuple(sorted(slip.name for slip in explained.slips))
                explanations.setdefault(names, explained)
        rank = {slip.name: at for at, slip in enumerate(self.slips)}
        return sorted(
            explanations.values(), key=lambda one: sum(rank[s.name] for s in one.slips)
        )

    def sets(self, many: int) -> Iterator[tuple[EditedForm, ...]]:
        """Yield every choice of this many edits, each at a different place."""
        is_only_edit = many == 1 and self.base.mistake is None
        usable = (
            one
            for one in self.schema.forms
            if is_only_edit or not self.slips[one.slip].is_coarse
        )
        for forms in itertools.combinations(usable, many):
            if len({form.place for form in forms}) == many:
                yield forms

    def agrees(self, forms: tuple[EditedForm, ...]) -> bool:
        """Return whether the function with these edits gives every answer."""
        return all(self.gives(forms, *one) for one in self.questions)

    def gives(
        self, forms: tuple[EditedForm, ...], example: Example, digest: bytes
    ) -> bool:
        self.budget.runs_left -= 1
        cache = _answers.get() if digest else None
        key = (self.base.function, forms, digest)
        if cache is None:
            value, raised = self.answer(forms, example)
        elif key in cache:
            value, raised = cache[key]
        else:
            value, raised = cache[key] = self.answer(forms, example)
        if raised:
            return example.raised == raised
        return not example.raised and self.is_alike(example.value, value)

    def answer(
        self, forms: tuple[EditedForm, ...], example: Example
    ) -> tuple[Any, str]:
        """Return the value of the edited function, or the name of its exception."""
        try:
            with np.errstate(all="ignore"):
                return self.schema.run(forms, example.args, example.kwargs), ""
        except Exception as error:  # edited code may fail in any way
            return None, type(error).__name__
        finally:
            self.budget.look_at_clock()

    def is_wrong(self) -> bool:
        """Return whether the answers differ from the unedited function's."""
        return not self.agrees(())

    def explanation(self, forms: Sequence[EditedForm]) -> Explanation:
        """Return the explanation with the edits' slips, outermost and latest first."""
        # The code in a hole is written before the place around it.
        order = sorted(forms, key=lambda form: -form.place)
        return Explanation(self.base, tuple(self.slips[form.slip] for form in order))


def _digest(example: Example) -> bytes:
    """Return a hash of a question's arguments; none if one of them may have a state."""
    given = (list(example.args), dict(example.kwargs))
    if _answers.get() is None or not _is_plain(given):
        return b""
    return hashlib.sha256(pickle.dumps(given)).digest()


def _is_plain(value: Any) -> bool:
    """Return whether a value consists of numbers, texts and arrays of them."""
    if type(value) is np.ndarray:
        return not value.dtype.hasobject
    if type(value) is dict:
        return all(map(_is_plain, (*value, *value.values())))
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, np.generic) or type(value) in _PLAIN
