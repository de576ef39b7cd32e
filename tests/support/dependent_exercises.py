"""The toy lesson with an exercise that calls the first one's function."""

from __future__ import annotations

from grader.course.document import catalog
from tests.support.grading import grade_attempt


def graded_four(toy, warm, double, four="return double(double(x))", more=""):
    """Grade a file of the toy lesson, whose second exercise calls the first."""
    toy.change_checks('exercise("double", hints=("a", "b", "c"))\n\n@same', f'exercise("four", hints=("a", "b", "c"), {more})\n\n@same')  # fmt: skip
    toy.change_checks("attempt.double(3)).equals(6)", "attempt.four(3000)).equals(12000)")  # fmt: skip
    solved = toy.root / "solutions" / "lesson1_toy.py"
    solved.write_text(
        solved.read_text() + "def four(x):\n    return double(double(x))\n"
    )
    mine = toy.root / "mine.py"
    mine.write_text(f"def double(x):\n    {double}\n\ndef four(x):\n    {four}\n")
    return grade_attempt(catalog.find("lesson1", toy.root), mine, seed=3, warm=warm)
