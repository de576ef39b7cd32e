"""A small lesson of two exercises, whose checks and attempts tests change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PAGE = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Twice  (60 points)
# ## 1b  Again  (40 points)
# %% id="1a"
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION
# %% id="1b"
double: object
"""
CHECKS = """
from grader.checks import exercise, expect, lesson

LESSON = lesson()
double = exercise("double", hints=("a", "b", "c"))

@double.check
def doubles(attempt, rng):
    "double(x) is twice x."
    for x in rng.integers(1, 100, size=3):
        expect(attempt.double(int(x))).equals(2 * int(x))

@double.check
def doubles_zero(attempt):
    "double(0) is 0."
    expect(attempt.double(0)).equals(0)

@double.wrong_answer("You squared it.")
def squared(x):
    return x * x

same = exercise("double", hints=("a", "b", "c"))

@same.check
def doubles_three(attempt):
    "double(3) is 6."
    expect(attempt.double(3)).equals(6)
"""


@dataclass(frozen=True)
class Toy:
    root: Path

    @property
    def checks(self) -> Path:
        return self.root / "lessons" / "lesson1_toy" / "checks.py"

    def hand_in(self, learner: str, source: str) -> None:
        folder = self.root / "submissions" / learner
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lesson1_toy.py").write_text(source)

    def change_checks(self, old: str, new: str) -> None:
        text = self.checks.read_text()
        assert old in text
        later_s = self.checks.stat().st_mtime + 2
        self.checks.write_text(text.replace(old, new))
        # Bytecode is kept by the second and the size, and both may be the same here.
        os.utime(self.checks, (later_s, later_s))

    def change_page(self, old: str, new: str) -> None:
        """Change the solution and the page, and so the points of an exercise."""
        solution = self.root / "solutions" / "lesson1_toy.py"
        for path in (solution, self.checks.parent / "lesson.py"):
            text = path.read_text()
            assert old in text
            path.write_text(text.replace(old, new))
            later_s = path.stat().st_mtime + 2
            os.utime(path, (later_s, later_s))
