"""The lessons that the pages for authors show are good ones."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from grader.authoring.verify import Verification, verify
from grader.common.errors import BrokenLesson
from grader.course.document import catalog, page_builder
from grader.derivations import Domain, Ending, naming, wrong_derivations
from tests.support.commands import run_command
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("share_pool")

DOCS = ROOT / "docs"
LESSON = """
from grader.checks import lesson

LESSON = lesson(
    imports=("sympy",),
    can_do=(
        "work out the slope of a square",
        "write down the way to it line by line",
        "say what a derivative by p leaves of y",
    ),
)
NUMBERS, QUOTED = {}, {}

"""
AROUND = """# %% [markdown]
# # Lesson 11  Two derivations
# 8 minutes. Needs: nothing.
#
# At the end you have a slope.

# %% [markdown]
# ## Three questions first
# 1. What? 2. What? 3. What?

{cells}
# %% [markdown]
# ## Answers to the questions
# 1. That. 2. That. 3. That.
"""

RUN = """
# %%
if __name__ == "__main__":
    print(mean([1.0]))

"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of the documented lesson alone."""
    checks, cells = blocks_of("derivation-exercises")
    for path, text in (
        ("lessons/lesson11_two/checks.py", LESSON + checks),
        ("solutions/lesson11_two.py", AROUND.format(cells=cells)),
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    page_builder.write_pages(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_documented_lesson_keeps_its_promises(course: Path) -> None:
    found = verify(catalog.find("11", course))
    assert found.problems == []
    assert (found.exercises, found.checks, found.mistakes_named) == (2, 4, 4)


def change_checks(course: Path, old: str, new: str) -> None:
    checks = course / "lessons" / "lesson11_two" / "checks.py"
    text = checks.read_text(encoding="utf-8")
    assert old in text
    checks.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_given_and_differs_from_the_page_is_one_problem(course: Path) -> None:
    change_checks(course, "sp.Derivative(e, v)", "sp.diff(e, v)")
    (problem,) = verify(catalog.find("11", course)).problems
    assert problem.startswith("11b: the solution is wrong with seed ")
    assert "(The lesson defines d; leave it as it is. " in problem


@pytest.mark.parametrize(
    "source", ["exp = sp.exp", "exp = lambda e: e", "def exp(): 0"]
)
def test_a_function_among_the_symbols_is_an_error(course: Path, source: str) -> None:
    given = f'(e, v)"}}, symbols={{"exp": "{source}"}})'
    change_checks(course, '(e, v)"})', given)
    said = (
        r"checks.py, line \d+: ValueError: exp is a function: declare it in functions"
    )
    with pytest.raises(BrokenLesson, match=said):
        verify(catalog.find("11", course))


def test_a_name_that_no_judgement_has_is_told(course: Path) -> None:
    checks = course / "lessons" / "lesson11_two" / "checks.py"
    text = checks.read_text(encoding="utf-8")
    checks.write_text(text.replace('"sign",', '"signed",'), encoding="utf-8")
    (problem,) = verify(catalog.find("11", course)).problems
    assert problem.startswith("11a.sign: its sentence isn't shown; 'Your answer has ")
    assert problem.endswith("' is, which has its name")


def test_the_names_that_a_judgement_has_are_listed(course: Path) -> None:
    checks = course / "lessons" / "lesson11_two" / "checks.py"
    text = checks.read_text(encoding="utf-8")
    text = text.replace('"jump": ("too big a jump",', '"jump": ("jump",')
    checks.write_text(text, encoding="utf-8")
    (problem,) = verify(catalog.find("11", course)).problems
    assert problem.startswith("11b.jump: not named; no mistake is named instead (")
    assert "Its example is judged as " in problem
    assert "'too big a jump'" in problem


def write_files(root: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def graded_and_verified(root: Path, number: str) -> str:
    """What the commands say of a lesson that is right as it is."""
    assert run_command(root, "dev.build")[0] == 0
    code, said = run_command(root, "grade", number, "--attempt", "solutions")
    assert (code, "100 of 100" in said) == (0, True), said
    code, said = run_command(root, "dev.verify", "--lesson", number)
    assert (code, said.startswith("good")) == (0, True), said
    return " ".join(said.split())


SMALLEST = "lessons/lesson15_means/exercises"


def write_smallest(root: Path) -> None:
    """Write the lesson of the tutorial."""
    solution, facts, checks = blocks_of("first-lesson")
    write_files(
        root,
        {
            "solutions/lesson15_means.py": solution,
            f"{SMALLEST}/__init__.py": facts,
            f"{SMALLEST}/a_mean.py": checks,
        },
    )


def test_the_smallest_exercise_of_the_page_is_good(tmp_path: Path) -> None:
    write_smallest(tmp_path)
    said = graded_and_verified(tmp_path, "15")
    assert "1 exercise, 1 check, 1 of 1 mistakes named" in said
    page = (tmp_path / "lessons/lesson15_means/lesson.py").read_text(encoding="utf-8")
    right = "return sum(numbers) / len(numbers)"
    assert right not in page
    forgot = (
        "total = 0\n    for one in numbers:\n        total += one\n    return total"
    )
    for name, code in (("right", right), ("forgot", forgot)):
        attempt = f"def mean(numbers):\n    {code}\n"
        write_files(tmp_path, {f"tried/{name}.py": attempt})
    _, said = run_command(tmp_path, "dev.try", "tried", "--lesson", "15")
    first, last = said.split("tried/right.py")
    assert "You return the sum. Divide it by how many numbers there are." in first
    assert "15a  passed" in last


def test_the_mistakes_of_two_values_are_named_as_the_page_says(tmp_path: Path) -> None:
    write_smallest(tmp_path)
    _, _, mistakes, _ = blocks_of("mistakes")
    for path in ("solutions/lesson15_means.py", f"{SMALLEST}/a_mean.py"):
        text = (tmp_path / path).read_text(encoding="utf-8")
        text = text.partition("@mean.wrong_answer")[0]
        text = text.replace("/ len(numbers)", "/ len(numbers), max(numbers)")
        text = re.sub(r'\bmean(?= =|[.(])|(?<=solution\(\n    ")mean', "summary", text)
        write_files(tmp_path, {path: text})
    checks = (tmp_path / f"{SMALLEST}/a_mean.py").read_text(encoding="utf-8")
    write_files(tmp_path, {f"{SMALLEST}/a_mean.py": f"{checks}{mistakes}"})
    said = graded_and_verified(tmp_path, "15")
    assert "2 of 2 mistakes named" in said
    for name, values in (("one", "max"), ("two", "min")):
        attempt = f"def summary(numbers):\n    return sum(numbers), {values}(numbers)\n"
        write_files(tmp_path, {f"tried/{name}.py": attempt})
    _, said = run_command(tmp_path, "dev.try", "tried", "--lesson", "15")
    one, two = " ".join(said.split()).split("tried/two.py")
    assert "Your mean is the sum." in one
    assert "Your second value is the smallest number." in two
    assert "Your mean is the sum." not in two


GIVEN = """
from grader.checks import exercise, expect

other = exercise(
    "mean", hints=("Add.", "Divide.", "by len")
)


@other.check
def of_two(attempt):
    '''The mean of 1 and 4 is 2.5.'''
    expect(attempt.mean([1.0, 4.0])).close_to(2.5)


@other.check
def of_one(attempt):
    '''The mean of one number is the number.'''
    expect(attempt.mean([2.0])).close_to(2.0)


@other.wrong_answer("That is the sum.")
def summed(numbers):
    return sum(numbers)
"""
MEAN = """# %% [markdown]
# ## 11a  A mean                       (80 points, about 3 minutes)


# %% id="11a"
def mean(numbers):
    # BEGIN SOLUTION
    return sum(numbers) / len(numbers)
    # END SOLUTION


"""


def verified(root: Path, name: str, cells: str, **checks: str) -> Verification:
    """What `dev.verify` says of a lesson with these cells and files of checks."""
    number = int(name.removeprefix("lesson").partition("_")[0])
    text = AROUND.replace("Lesson 11", f"Lesson {number}").format(cells=cells)
    facts = {"__init__": LESSON.replace("sympy", "numpy")}
    for path, content in (
        (f"solutions/{name}.py", text),
        *((f"lessons/{name}/exercises/{n}.py", c) for n, c in (facts | checks).items()),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    page_builder.write_pages(root)
    return verify(catalog.find(str(number), root))


def blocks_of(name: str) -> list[str]:
    """The blocks of Python on a page."""
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


def test_the_exercise_that_has_grown_is_good(tmp_path: Path) -> None:
    cell, function, *_ = blocks_of("mistakes")
    more, guess = blocks_of("predictions")
    write_smallest(tmp_path)  # its settings are those of this lesson, too
    facts = (tmp_path / SMALLEST / "__init__.py").read_text(encoding="utf-8")
    folder = "lessons/lesson16_weights/exercises"
    files = {
        "solutions/lesson16_weights.py": f"{cell}\n\n{more}",
        f"{folder}/__init__.py": facts.replace(
            "(\n", '(\n    imports=("numpy",),\n', 1
        ),
        f"{folder}/a_weighted.py": function,
        f"{folder}/b_guess.py": guess,
    }
    write_files(tmp_path, files)
    said = graded_and_verified(tmp_path, "16")
    assert "2 exercises, 4 checks, 6 of 6 mistakes named" in said


def test_the_documented_tests_of_a_learner_are_good(tmp_path: Path) -> None:
    cells, checks = blocks_of("learner-tests")
    found = verified(
        tmp_path, "lesson11_median", MEAN + cells + RUN, a_mean=GIVEN, b_median=checks
    )
    assert found.problems == []
    assert (found.exercises, found.checks) == (2, 4)


# What is written instead, the code whose line is named, and what dev.verify says.
ERRORS = {
    "a kind that does not exist": (
        'Domain({label: "number", guess: "number"})',
        'Domain({label: "number", guess: "postive"})',
        "domain=Domain",
        "p is 'postive'. The kinds are 'scores', 'distribution',",
    ),
    "the kind of a row for a number": (
        'Domain({label: "number", guess: "number"})',
        'Domain({label: "number", guess: "positive"})',
        "return Problem(",
        "Problem: the symbol p has no meaning here. In its domain, y is 'number', p is 'positive'.",
    ),
    "SymPy in a problem": (
        "loss=(p - y) ** 2",
        "loss=__import__('sympy').log(p - y)",
        "loss=",
        "A Problem is written with grader.derivations.notation",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_authors_mistake_is_told_to_the_author(course: Path, case: str) -> None:
    old, new, where, said = ERRORS[case]
    path = course / "lessons/lesson11_two/checks.py"
    text = path.read_text()
    assert old in text
    path.write_text(text := text.replace(old, new))
    line = text[: text.index(where)].count("\n") + 1
    problems = verify(catalog.find("11", course), exercise="11a").problems
    place = f"lessons/lesson11_two/checks.py, line {line}: "
    assert any(place in one and said in one for one in problems), problems
    assert not any("cannot be judged" in one for one in problems)


def test_several_lines_of_an_example_that_are_not_one_tuple(course: Path) -> None:
    path = course / "lessons/lesson11_two/checks.py"
    text = path.read_text()
    path.write_text(text.replace('"2*p - 2*y", "Too few', '"2*p - 2*y", "p", "Too few'))
    with pytest.raises(BrokenLesson, match="Several lines of an example are one tuple"):
        verify(catalog.find("11", course))


def test_a_positive_number_is_a_kind_of_its_own(course: Path) -> None:
    path = course / "lessons/lesson11_two/checks.py"
    text = path.read_text()
    kind = '"positive number"})'
    path.write_text(text.replace('guess: "number"})', f"guess: {kind}"))
    assert verify(catalog.find("11", course)).problems == []
    points = Domain({"p": "positive number"}).random_points(1, 50)
    assert all(point.scalars["p"] > 0 for point in points)


def test_the_findings_in_the_docs_are_those_that_exist() -> None:
    tags = set()
    for module in (naming, wrong_derivations):
        text = inspect.getsource(module)
        code = text.partition("\nFINDINGS = {")[0] + text.partition("\n}\n")[2]
        tags |= set(re.findall(r"(?:Candidate|WrongDerivation)\(\s*\"(\w+)\"", code))
        tags |= set(re.findall(r"(?:yield|return \() *\s*\"(\w+)\",", code))
        tags |= set(re.findall(r"return \"(\w+)\", f?\"", code))
    tags -= {"first"}  # a numeral
    assert tags <= {name.partition(" ")[0] for name in naming.FINDINGS}
    shown = (DOCS / "words.md").read_text(encoding="utf-8")
    for name in (*naming.FINDINGS, *Ending, *wrong_derivations.RULES):
        assert f"| `{name}` |" in shown or name == "right"
