"""unnamed_answers: wrong answers of several people that no mistake explains.

They were asked the same questions, so the same answers are seen to be the same. What a
class gets wrong without a name is what the next class should be told of.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from grader.classroom.mistake_counts import place_of
from grader.report import ExerciseResult, Finding, Outcome

# One person's answer is theirs alone.
FEWEST = 2


class UnnamedAnswer(msgspec.Struct, frozen=True):
    """One wrong answer that has no name, and everyone who gave it.

    Attributes:
        exercise: where.
        finding: what is said of it to one of them: the call, both values.
        learners: who gave it, each once.
        code: the different functions it came from, at most as many as people.
        has_raised: an exception came in the place of an answer, of one kind for all;
            its message may differ.
    """

    exercise: str
    finding: Finding
    learners: tuple[str, ...]
    code: tuple[str, ...]
    has_raised: bool = False

    @property
    def people(self) -> str:
        """How many, and where: ``7 people gave this same answer to 3e``."""
        count = f"{len(self.learners)} people"
        if self.has_raised:
            return f"{count} met the same kind of exception in {self.exercise}"
        return f"{count} gave this same answer to {self.exercise}"


@dataclass
class _Given:
    finding: Finding
    has_raised: bool
    learners: dict[str, None] = field(default_factory=dict)
    code: dict[str, None] = field(default_factory=dict)


@dataclass
class UnnamedAnswers:
    """Counts answers as they come, one exercise of one learner at a time."""

    _given: dict[tuple[str, str], _Given] = field(default_factory=dict)

    def add(self, learner: str, exercise: ExerciseResult) -> None:
        """Count the answer to one exercise, if it has no name."""
        unnamed, finding = exercise.unnamed, exercise.finding
        if unnamed is None or finding is None:
            return
        key = (exercise.tag, unnamed.digest)
        has_raised = exercise.outcome is Outcome.RAISED
        given = self._given.setdefault(key, _Given(finding, has_raised))
        given.learners[learner] = None
        if unnamed.code:
            given.code[unnamed.code] = None

    def sorted(self) -> list[UnnamedAnswer]:
        """Return those that several people gave, the commonest first."""
        found = [
            UnnamedAnswer(
                *(tag, one.finding, tuple(one.learners), tuple(one.code)),
                one.has_raised,
            )
            for (tag, _), one in self._given.items()
            if len(one.learners) >= FEWEST
        ]
        return sorted(found, key=lambda x: (-len(x.learners), place_of(x.exercise)))
