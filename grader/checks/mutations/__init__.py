"""mutations: small edits of the right function that give a learner's wrong answer.

A slip is an edit with the sentence that names it, written in Python's own syntax::

    BITS = slip("bits", "You used a base-2 logarithm; np.log is the natural one.",
                "np.log(_) -> np.log2(_)")

A wrong answer is explained by one to three slips if the right function with these slips
gives the learner's answers to every question. The learner's own code is never read.
"""

from grader.checks.mutations.catalogue import CATALOGUE
from grader.checks.mutations.slip import BadSlip, Slip, slip

__all__ = ["CATALOGUE", "BadSlip", "Slip", "slip"]
