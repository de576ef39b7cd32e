"""A small lesson that verification accepts, until a test changes it."""

from __future__ import annotations

import os
from pathlib import Path

from grader.authoring.verify import verify
from grader.course.document import catalog, page_builder

SOLUTION = """\
# %% [markdown]
# # Lesson 1  Toy
# 10 minutes. Half of 0.5 is 0.25.

# %% [markdown]
# ## 1a  Twice                    (60 points, about 2 minutes)

# %% id="1a"
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION

# %% [markdown]
# ## 1b  Four times               (40 points, about 2 minutes)

# %% id="1b"
def fourfold(x):
    # BEGIN SOLUTION
    return double(double(x))
    # END SOLUTION

# %%
if __name__ == "__main__":
    print(fourfold(1))
"""
CHECKS = """\
from grader.checks import exercise, expect, lesson

LESSON = lesson(can_do=("double any number there is", "take a number four times", "halve whatever is a half"))
NUMBERS = {
    "0.25": lambda: f"{0.5 / 2}",
}
QUOTED = {"0.5": "the example"}

double = exercise("double", hints=("a", "b", "c"))


@double.check
def doubles(attempt, rng):
    "double(x) is twice x."
    for x in rng.integers(3, 100, size=3):
        expect(attempt.double(int(x))).equals(2 * int(x))


@double.check
def doubles_a_half(attempt):
    "double(0.5) is 1."
    expect(attempt.double(0.5)).close_to(1.0)


@double.wrong_answer("You squared it: {k} times.", fill=lambda x: {"k": x})
def squared(x):
    return x * x


@double.wrong_answer("You added two.")
def plus_two(x):
    return x + 2


fourfold = exercise(
    "fourfold", after="1a", hints=("a", "b", "c")
)


@fourfold.check
def of_three(attempt):
    "fourfold(3) is 12."
    expect(attempt.fourfold(3)).equals(12)


@fourfold.check
def of_one(attempt):
    "fourfold(1) is 4."
    expect(attempt.fourfold(1)).equals(4)


@fourfold.wrong_answer("That is the third power and more.")
def to_the_third(x):
    return x * x * x


@fourfold.symptom("That is {got}, eightfold.", example="def fourfold(x): return 8 * x")
def eightfold(answer):
    return answer.value == 8 * answer.args[0]
"""


class Draft:
    """A lesson that keeps its promises, until it is changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.seconds = 0.0
        self.solution = root / "solutions" / "lesson1_toy.py"
        self.checks = root / "lessons" / "lesson1_toy" / "checks.py"
        for path, text in ((self.solution, SOLUTION), (self.checks, CHECKS)):
            path.parent.mkdir(parents=True)
            path.write_text(text)
        page_builder.write_pages(root)

    def change(self, old: str, new: str, *, of: str = "checks") -> None:
        path = self.checks if of == "checks" else self.solution
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        # Python takes a file of the same length and the same second for unchanged.
        self.seconds += 2
        os.utime(path, (self.seconds, self.seconds))

    def verified(self) -> list[str]:
        page_builder.write_pages(self.root)
        return verify(catalog.find("1", self.root)).problems
