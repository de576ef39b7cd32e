"""derivation: what an author writes symbolic exercises and derivations with.

The room between the proofs of `symbolic` and the findings of `checks`::

    @dL_dp.check
    def is_right(attempt, rng):
        '''Every entry is the derivative of the loss.'''
        answer = attempt.dL_dp(numbers("y", 3), numbers("p", 3))
        asking(dL_dp, attempt, rng).derived(answer, PROBLEM, (3,))
"""

from grader.derivation.asking import Asking, asking
from grader.derivation.given import Symbolic, index, number, numbers, row
from grader.derivation.mistakes import mistake

__all__ = [
    "Asking",
    "Symbolic",
    "asking",
    "index",
    "mistake",
    "number",
    "numbers",
    "row",
]
