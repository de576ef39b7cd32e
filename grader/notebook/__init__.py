"""notebook: what is typed in a cell of a notebook, and what it shows there.

What is graded is text: the cells as they were last run or saved, whichever is newer.
The judge is its own process, and the attempt runs confined, as everywhere; no
value of the kernel is looked at, and nothing that a cell has changed reaches the judge.
"""

from grader.notebook.magics import draw, grade, hint, load, solution

__all__ = ["draw", "grade", "hint", "load", "solution"]
