"""derivation_checks: what an author writes symbolic exercises and derivations with.

The room between the proofs of `derivations` and the findings of `checks`::

    @dL_dp.check
    def is_right(attempt, rng):
        '''Every entry is the derivative of the loss.'''
        answer = attempt.dL_dp(numbers("y", 3), numbers("p", 3))
        assertions(dL_dp, attempt, rng).derived(answer, PROBLEM, (3,))
"""

from grader.derivation_checks.assertions import DerivationAssertions, assertions
from grader.derivation_checks.symbolic_mistakes import mistake, mistakes
from grader.derivation_checks.symbols import Symbolic, index, number, numbers, row

__all__ = [
    "DerivationAssertions",
    "Symbolic",
    "assertions",
    "index",
    "mistake",
    "mistakes",
    "number",
    "numbers",
    "row",
]
