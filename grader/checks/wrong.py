"""wrong: how a check ends whose answer is not what it asks for."""

from __future__ import annotations

from grader.attempt import Answer, Stopped
from grader.report import Finding, Outcome

# Mistakes are run again, and may be written in another way: so closely they agree.
AGREES = 1e-6
EXACTLY = 1e-9


class Wrong(Stopped):
    """The answer is not what the check asks for.

    Attributes:
        tolerance: how closely a mistake has to give the learner's answer. It is well
            below the distance to the right answer, so that what is right here is never
            taken for the mistake.
        otherwise: what is said when no mistake is named.
    """

    def __init__(
        self,
        finding: Finding,
        answer: Answer | None = None,
        tolerance: float = AGREES,
        otherwise: str = "",
    ) -> None:
        super().__init__(Outcome.WRONG, finding, answer)
        self.tolerance = tolerance
        self.otherwise = otherwise
