"""scaffold: begin a course or a lesson with an example that can be graded at once."""

from __future__ import annotations

import json
import re
from pathlib import Path

from grader.authoring.reference import write_reference
from grader.common import files
from grader.common.errors import Misuse
from grader.course.document import catalog, page_builder
from grader.course.settings import SETTINGS

_SOLUTION = '''\
# %% [markdown]
# # Lesson {number}  {title}
# 10 minutes. Needs: nothing.
#
# Say here what the learner can do at the end, and why that is worth half an hour.

# %% [markdown]
# ## Three questions first
# Answer from memory. Answers are at the end.
#
# 1. What is the mean of 1 and 3?
# 2. What is the mean of 0, 0 and 3?
# 3. What has no mean?

# %% [markdown]
# ## {number}a  Predict: doubled numbers           (10 points, about 2 minutes)
# Answer before you run anything. All numbers become twice as large. What happens to
# their mean?

# %% id="{number}a"
PREDICT = {{}}
# One of the words "same", "double" and "half".
PREDICT["mean of doubled numbers"] = "double"  # SOLUTION

# %% [markdown]
# ## {number}b  A mean                       (90 points, about 5 minutes)
# Add up the numbers and divide by how many there are.


# %% id="{number}b"
def mean(numbers):
    """The mean.  numbers: a list of at least one number.  Returns a float."""
    # 1 add up   2 divide
    # BEGIN SOLUTION
    return sum(numbers) / len(numbers)
    # END SOLUTION


# %% [show]
print(mean([1, 3]))

# %% [markdown]
# ## Answers to the questions
# 1. It is 2.
# 2. It is 1.
# 3. A list without numbers: there is nothing to divide by.
'''

_LESSON = '''\
"""Lesson {number}: settings for the whole lesson. The other files are its exercises.

The command `new-course` writes docs/words.md, a page about all words like these.
"""

from grader.checks import lesson

LESSON = lesson(
    imports=("numpy",),
    can_do=(
        "say first what a calculation will give",
        "work out the mean of a list of numbers",
        "say how a mean grows with its numbers",
    ),
)

# NUMBERS = {{"0.25": lambda: f"{{1 / 4}}"}}  computes each number in the text.
# QUOTED = {{"0.94": "measured"}}  has the source of those that cannot be computed here.
'''

_PREDICTION = '''\
"""{number}a: what is asked, and what is known to go wrong."""

from grader.checks import entry, value

prediction = value(
    "PREDICT",
    {{
        "mean of doubled numbers": entry(
            "double",
            "A mean grows with its numbers.",
            of=("same", "double", "half"),
            wrong={{"same": "The sum doubles, and as many numbers share it."}},
        )
    }},
    prediction=True,
    hints=("Try it with 1 and 3.",),
)
'''

_MEAN = '''\
"""{number}b: what is asked, and what is known to go wrong."""

from grader.checks import expect, same_as_solution

mean = same_as_solution(
    "mean",
    lambda rng: rng.normal(size=(3, 5)).tolist(),
    hints=(
        "Which two numbers does a mean divide?",
        "sum and len",
        "sum(numbers) / ...",
    ),
)


@mean.check
def of_two_numbers(attempt):
    """The mean of 1 and 4 is 2.5."""
    expect(attempt.mean([1, 4])).close_to(2.5)


@mean.wrong_answer("That is the sum: divide it by how many numbers there are.")
def forgot_to_divide(numbers):
    return sum(numbers)
'''

_EXERCISES = {
    "__init__.py": _LESSON,
    "a_prediction.py": _PREDICTION,
    "b_mean.py": _MEAN,
}


_SETTINGS = """\
# The settings of this course. Each can be left out.
title = {title}

# The packages that lessons import, beside NumPy, SymPy and Matplotlib.
requires = []

# Rules of `dev.verify` for each lesson; 0 or false means no rule.
[house_rules]
hints = 3
points = 100
"""

_README = """\
# {title}

| folder or file | what it is |
|---|---|
| `course.toml` | the settings of the course |
| `solutions/` | write here: the texts, the code and the answers of each lesson |
| `lessons/*/exercises/` | write here: checks, hints and known mistakes |
| `lessons/*/lesson.py` | the pages that learners get, which `dev.build` writes |
| `lessons/README.md` | the introduction that learners read first |
| `attempts/` | what learners write; it appears when a lesson is begun |

`dev.new lesson2_medians` begins another lesson, `dev.build` writes the pages, and
`dev.verify` shows what is missing. `docs/words.md` is about all words that an exercise
may use; `dev.build` brings it up to date.
"""

_INTRODUCTION = """\
# {title}

Say here in a sentence or two what the course is about. Learners read it above the list
of lessons.
"""

_CONFTEST = '''\
"""Shows the checks of the lessons to ``pytest lessons`` and to a test panel."""

from grader.authoring.pytest_plugin import (
    pytest_collect_file,
    pytest_pycollect_makemodule,
)

__all__ = ["pytest_collect_file", "pytest_pycollect_makemodule"]
'''

_COURSE = {
    SETTINGS: _SETTINGS,
    "README.md": _README,
    ".gitignore": "attempts/\n__pycache__/\n",
    "lessons/README.md": _INTRODUCTION,
    "lessons/conftest.py": _CONFTEST,
}


def create_course(folder: Path) -> None:
    """Make a course with one lesson, which can be graded and verified at once.

    Raises:
        Misuse: if the folder exists already and isn't empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse(f"{folder} exists already. Choose another name.")
    title = re.sub(r"[-_\s]+", " ", folder.resolve().name).strip().capitalize()
    for name, text in (_COURSE | {"docs/words.md": write_reference()}).items():
        quoted = json.dumps(title) if name == SETTINGS else title
        with files.explain_write_error(folder / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        files.write(folder / name, text.replace("{title}", quoted).encode())
    create_lesson("lesson1_means", folder)


def create_lesson(name: str, root: Path) -> tuple[Path, ...]:
    """Write the files of a new lesson, which can be graded and verified at once.

    Returns:
        The solution, the files of the exercises, and the page.

    Raises:
        Misuse: if the name isn't valid, or its number or its files exist already.
    """
    match = re.fullmatch(r"lesson(\d+)_([a-z][a-z0-9_]*)", name)
    if match is None:
        raise Misuse(f"A lesson is named like lesson11_convolutions, not {name!r}.")
    number, title = int(match[1]), match[2].replace("_", " ").capitalize()
    for lesson in catalog.lessons(root):
        if lesson.number == number:
            raise Misuse(
                f"There is a lesson {number} already: {lesson.name}. Choose another "
                f"number, or remove that lesson: delete solutions/{lesson.name}.py and "
                f"the folder lessons/{lesson.name}."
            )
    solution = root / "solutions" / f"{name}.py"
    folder = root / "lessons" / name
    for path in (solution, folder):
        if path.exists():
            raise Misuse(f"{path} is there already.")
    texts = {solution: _SOLUTION}
    texts |= {folder / "exercises" / part: text for part, text in _EXERCISES.items()}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        filled = text.format(number=number, title=title)
        files.write(path, filled.encode())
    page = folder / "lesson.py"
    files.write(page, page_builder.make_page(solution).encode())
    return *texts, page
