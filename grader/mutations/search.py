"""search: the smallest sets of slips that give exactly a learner's answers.

Sets are tried in the order of their size, and every set of one size before any larger
one. A set is told if the function with it gives the same as the learner's on everything
that was asked, and if that says enough: a few truth values agree with many sets.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from grader.mutations.catalogue import CATALOGUE
from grader.mutations.evidence import Example, count_bits
from grader.mutations.schemata import EditedForm, Schema, make_schema
from grader.mutations.slip import Slip

MOST_SLIPS = 3
# Runs of edited functions for one exercise: counted, so that every machine tells the
# same. Measured: all pairs of these at every place of a lesson's function take up
# to 3,413 runs, and 10 to 150 ms. The CPU seconds only stop what is unusually slow.
MOST_RUNS = 5_000
MOST_S = 3.0
# "Exactly your answers" is said where agreement by chance is rarer than 1 in 1,000, 10
# bits, over all sets that may be tried: up to 3,400 pairs are 12 more, and some ten
# thousand triples 14.
BITS_WANTED = {1: 9.0, 2: 22.0, 3: 28.0}
# An author declares a dozen slips for an exercise, each because learners make it there:
# fewer sets agree by chance. Measured with no bits wanted, over 160 attempts and wrong
# functions that no slip makes: what was falsely explained had 3 bits alone, 5 for two.
BITS_OF_DECLARED = {1: 4.0, 2: 16.0, 3: 28.0}
# A choice of one entry is often the same for different reasons: two costs may be least
# at one T. So a single slip, one of 60, has to be as sure as two.
BITS_OF_A_CHOICE = 16.0
_SHARED = frozenset(slip.name for slip in CATALOGUE)


@dataclass(frozen=True, slots=True)
class SearchBase:
    """A function that slips are tried in: the right one, or its own mistake.

    Attributes:
        function: what is edited.
        mistake: what stands for it beside slips; None for the right function.
    """

    function: FunctionType
    mistake: Any = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What together gives the learner's answers, in the order in which it is told."""

    base: SearchBase
    slips: tuple[Slip, ...]

    @property
    def size(self) -> int:
        """How many things are wrong at once."""
        return len(self.slips) + (self.base.mistake is not None)


IsAlike = Callable[[Any, Any], bool]


def search(
    bases: Sequence[SearchBase],
    slips: Sequence[Slip],
    asked: Sequence[Example],
    is_alike: IsAlike,
    most_runs: int = MOST_RUNS,
    chosen_from: str = "",
) -> list[Explanation]:
    """Return the smallest sets of slips that explain every answer.

    Args:
        bases: the right function first, then mistakes that are functions of their own.
        slips: what may have been edited.
        asked: the failing question first, then the others; what the right function
            refuses is another matter, and does not belong among them.
        is_alike: whether two values are the same answer.
        most_runs: of a function with edits, after which no further set is tried.
        chosen_from: the argument of whose entries an answer is one, as in `count_bits`.

    Returns:
        Sets of one size that agree everywhere; nothing when none is found by then.
    """
    budget = _Budget(most_runs)
    edits = [(at, edit) for at, slip in enumerate(slips) for edit in slip.patterns]

    def trials(some: Sequence[SearchBase]) -> Iterator[_Trial]:
        for base in some:
            schema = make_schema(base.function, edits)
            if schema is not None and not budget.is_spent():
                yield _Trial(base, schema, slips, asked, is_alike, budget)

    right = next(trials(bases[:1]), None)
    if right is None or not right.is_wrong():
        return []
    for size in range(1, MOST_SLIPS + 1):
        # The right function first: what is an edit of it needs no function of its own.
        found = right.explanations(size)
        # A mistake that is its own function goes with one slip. With two it
        # explained, measured, answers that had come about in another way.
        if not found and size == 2:
            beside = trials(bases[1:])
            found = [one for trial in beside for one in trial.explanations(1)]
        if budget.is_spent():
            return []
        if found:
            # Where the catalogue explains it as well, chance had more to choose from.
            wanted = max(required_bits(one.slips, size, chosen_from) for one in found)
            bits = count_bits(asked, right.base.function, chosen_from)
            return found if bits >= wanted else []
    return []


def required_bits(slips: Sequence[Slip], size: int, chosen_from: str = "") -> float:
    """Return how many bits answers have to say, to be explained by so many mistakes.

    Args:
        slips: those of them that are slips; the others an author wrote as functions.
        size: how many mistakes they are together.
        chosen_from: the argument of whose entries an answer is one; "" for none.
    """
    is_declared = all(slip.name not in _SHARED for slip in slips)
    wanted = (BITS_OF_DECLARED if is_declared else BITS_WANTED)[size]
    return max(wanted, BITS_OF_A_CHOICE) if chosen_from else wanted


def can_answer(right: FunctionType, one: Example) -> bool:
    """Return whether the right function answers a question, and does not refuse it."""
    try:
        with np.errstate(all="ignore"):
            right(*one.args, **one.kwargs)
    except Exception:  # whatever it refuses with
        return False
    return True


@dataclass(slots=True)
class _Budget:
    """What one search may still take."""

    runs_left: int
    until_s: float = field(default_factory=lambda: time.process_time() + MOST_S)

    def is_spent(self) -> bool:
        return self.runs_left < 0 or time.process_time() > self.until_s


@dataclass(slots=True)
class _Trial:
    """One function with its switches, and what it is compared with."""

    base: SearchBase
    schema: Schema
    slips: Sequence[Slip]
    asked: Sequence[Example]
    is_alike: IsAlike
    budget: _Budget

    def explanations(self, many: int) -> list[Explanation]:
        """Return every set of so many edits that agrees, each of one name once."""
        found: dict[tuple[str, ...], Explanation] = {}
        for forms in self.sets(many):
            if self.budget.is_spent():
                break
            if self.agrees(forms):
                explained = self.explanation(forms)
                names = tuple(sorted(slip.name for slip in explained.slips))
                found.setdefault(names, explained)
        rank = {slip.name: at for at, slip in enumerate(self.slips)}
        return sorted(
            found.values(), key=lambda one: sum(rank[s.name] for s in one.slips)
        )

    def sets(self, many: int) -> Iterator[tuple[EditedForm, ...]]:
        """Yield every choice of so many edits, each at its own place."""
        for forms in itertools.combinations(self.schema.forms, many):
            if len({form.place for form in forms}) == many:
                yield forms

    def agrees(self, forms: Sequence[EditedForm]) -> bool:
        """Return whether the function with these edits gives every answer."""
        return all(self.gives(forms, one) for one in self.asked)

    def gives(self, forms: Sequence[EditedForm], one: Example) -> bool:
        self.budget.runs_left -= 1
        try:
            with np.errstate(all="ignore"):
                value = self.schema.run(forms, one.args, one.kwargs)
        except Exception as error:  # edited code may fail in any way
            return one.raised == type(error).__name__
        return not one.raised and self.is_alike(one.value, value)

    def is_wrong(self) -> bool:
        """Return whether the answers differ from the unedited function's."""
        return not self.agrees(())

    def explanation(self, forms: Sequence[EditedForm]) -> Explanation:
        """Return the slips of these edits, outer and later places first."""
        # What stands for a hole is written before the place around it.
        order = sorted(forms, key=lambda form: -form.place)
        return Explanation(self.base, tuple(self.slips[form.slip] for form in order))
