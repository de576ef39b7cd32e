"""outcome: how a check or an exercise ended, and what that means.

Whatever depends on an outcome asks one of its properties, or matches every member and
ends with `assert_never`. So mypy names each place where a new member needs a decision.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, assert_never


class OutcomeTone(enum.Enum):
    """How an outcome is coloured. Its word is always beside it."""

    RIGHT = enum.auto()
    WRONG = enum.auto()
    EXHAUSTED = enum.auto()
    MILD = enum.auto()
    FAULT = enum.auto()


class _Meaning(NamedTuple):
    """What an outcome means; its properties explain the fields."""

    glyph: str
    tone: OutcomeTone
    is_tried: bool
    is_final: bool
    is_diagnosable: bool


class Outcome(enum.StrEnum):
    """The result of a check or an exercise, as a word, so colour is never necessary.

    Attributes:
        PASSED: right.
        WRONG: an answer isn't right.
        GUESSED: a prediction isn't right; it isn't `WRONG`, because a wrong guess isn't
            a bug.
        RAISED: the learner's code raised an exception.
        TIMED_OUT: it took too long.
        OUT_OF_MEMORY: it used too much memory.
        NOT_ATTEMPTED: nothing is written there yet. A dict of answers with points for
            some of its entries is shown as *unfinished*.
        SKIPPED: something that it needs was left out, or it needs another exercise that
            can't be replaced by the lesson's own.
        BROKEN: the grader itself failed; the exercise costs no points.
    """

    PASSED = "passed"
    WRONG = "wrong"
    GUESSED = "guessed"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    NOT_ATTEMPTED = "not attempted"
    SKIPPED = "skipped"
    BROKEN = "broken"

    @property
    def word(self) -> str:
        """The outcome as people read it; the stored form is the value."""
        words = {Outcome.RAISED: "error", Outcome.GUESSED: "not right yet"}
        return words.get(self, self.value)

    @property
    def css_class(self) -> str:
        """Its class in HTML: ``not-attempted``."""
        return self.value.replace(" ", "-")

    @property
    def glyph(self) -> str:
        """The symbol beside the word."""
        return self._meaning.glyph

    @property
    def tone(self) -> OutcomeTone:
        """The kind of colour that it has."""
        return self._meaning.tone

    @property
    def is_right(self) -> bool:
        """Whether it is right."""
        return self.tone is OutcomeTone.RIGHT

    @property
    def is_tried(self) -> bool:
        """Whether the checks judged something that the learner wrote."""
        return self._meaning.is_tried

    @property
    def is_wrong(self) -> bool:
        """Whether something that the learner wrote was judged and isn't right."""
        return self.is_tried and not self.is_right

    @property
    def is_open(self) -> bool:
        """Whether there was nothing to judge yet, which is nobody's fault."""
        return not self.is_tried and self.tone is not OutcomeTone.FAULT

    @property
    def is_broken(self) -> bool:
        """Whether the grader itself failed."""
        return self.tone is OutcomeTone.FAULT

    @property
    def is_final(self) -> bool:
        """Whether the other checks of the exercise aren't run after it.

        They would end the same way, and each of them could take seconds.
        """
        return self._meaning.is_final

    @property
    def is_diagnosable(self) -> bool:
        """Whether a mistake may explain it: a wrong answer, or an exception."""
        return self._meaning.is_diagnosable

    @property
    def _meaning(self) -> _Meaning:
        match self:
            #                                    tried, final, diagnosable
            case Outcome.PASSED:
                return _Meaning("✓", OutcomeTone.RIGHT, True, False, False)
            case Outcome.WRONG | Outcome.RAISED:
                return _Meaning("✗", OutcomeTone.WRONG, True, False, True)
            case Outcome.GUESSED:
                return _Meaning("≈", OutcomeTone.MILD, True, False, True)
            case Outcome.TIMED_OUT | Outcome.OUT_OF_MEMORY:
                return _Meaning("✗", OutcomeTone.EXHAUSTED, True, True, False)
            case Outcome.NOT_ATTEMPTED:
                return _Meaning("○", OutcomeTone.MILD, False, True, False)
            case Outcome.SKIPPED:
                return _Meaning("–", OutcomeTone.MILD, False, True, False)
            case Outcome.BROKEN:
                return _Meaning("?", OutcomeTone.FAULT, False, False, False)
            case _:
                assert_never(self)
