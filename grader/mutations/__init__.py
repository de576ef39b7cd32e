"""mutations: small edits of the right function that give a learner's wrong answer.

A slip is an edit with the sentence that names it, said in Python's own syntax::

    BITS = slip("bits", "You used a base-2 logarithm; np.log is the natural one.",
                "np.log(_) -> np.log2(_)")

A wrong answer is the right function with one to three slips, where that function gives
the same answers as the learner's on everything that was asked. The learner's own code
is never read.
"""

from grader.mutations.catalogue import CATALOGUE
from grader.mutations.slip import BadSlip, Slip, slip

__all__ = ["CATALOGUE", "BadSlip", "Slip", "slip"]
