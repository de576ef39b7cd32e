"""notebook: the words that are typed in a notebook's cell, and what it shows.

Only text is graded: the cells as they were last run or saved, whichever is newer. The
judge is a separate process, and the attempt runs confined, as everywhere. No value of
the kernel is used, and nothing that a cell has changed reaches the judge.
"""

from grader.notebook.magics import draw, grade, hint, load, solution

__all__ = ["draw", "grade", "hint", "load", "solution"]
