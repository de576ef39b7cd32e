"""What an author gets wrong in a new lesson is reported with its file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.authoring import scaffold
from grader.authoring.verify import verify
from grader.common.errors import BrokenLesson
from grader.course.document import catalog, page_builder

pytestmark = pytest.mark.usefixtures("share_pool")

SOLUTION = "solutions/lesson1_toy.py"
CHECKS = "lessons/lesson1_toy/exercises/b_mean.py"
OF_TWO = "expect(attempt.mean([1, 4])).close_to(2.5)"
WRONG = "@mean.wrong_answer("
SYMPTOM = """@mean.symptom("It is huge.", example="def mean(numbers): return 99.0")
def huge(answer):
    return answer.value > 1e9


@mean.wrong_answer("""
Edit = tuple[str, str, str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("lessons", "solutions"):
        (tmp_path / folder).mkdir()
    scaffold.create_lesson("lesson1_toy", tmp_path)
    return tmp_path


def problems(root: Path, *edits: Edit) -> list[str]:
    for path, old, new in edits:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))
    page_builder.write_pages(root)
    return verify(catalog.find("1", root)).problems


def test_a_new_lesson_has_no_problem(root: Path) -> None:
    assert problems(root) == []


@pytest.mark.parametrize("text", ["", "def halve(x):\n    return x / 2\n"])
def test_a_file_without_an_exercise_is_a_problem(root: Path, text: str) -> None:
    path = root / "lessons" / "lesson1_toy" / "exercises" / "c_halves.py"
    path.write_text(text)
    (found,) = problems(root)
    assert found.startswith("lessons/lesson1_toy/exercises/c_halves.py declares no")
    checks = root / CHECKS
    checks.write_text(f"from . import c_halves\n{checks.read_text()}")
    assert problems(root) == []


# The edit, the code whose line is named, and what is said after the place.
CASES = {
    "a value instead of an answer": (
        (CHECKS, OF_TWO, OF_TWO.replace("4])", "4]).value")),
        "expect(attempt.mean([1, 4]",
        "TypeError: expect takes an answer, such as attempt.mean(x), and this is a "
        "float; for a part of an answer, write expect(answer).its(",
    ),
    "a name that expect does not have": (
        (CHECKS, OF_TWO, OF_TWO.replace("close_to", "closeto")),
        "closeto",
        "AttributeError: 'Expectation' object has no attribute 'closeto'. Did you mean "
        "close_to?",
    ),
    "another name for it": (
        (CHECKS, OF_TWO, OF_TWO.replace("close_to", "shape")),
        ".shape",
        "AttributeError: 'Expectation' object has no attribute 'shape'. Did you mean "
        "has_shape?",
    ),
    "a function that is called value": (
        (CHECKS, OF_TWO, "attempt.value([1, 4])"),
        "attempt.value(",
        'TypeError: attempt.value reads a value by its name, as in attempt.value("X").',
    ),
    "a fixture that is missing": (
        (CHECKS, "def of_two_numbers(attempt)", "def of_two_numbers(attempt, network)"),
        "@mean.check\ndef of_two",
        "it asks for network; it may ask for attempt, reference, rng",
    ),
    "a library that LESSON lacks": (
        (SOLUTION, '# %% id="1b"', '# %%\nimport sympy\n\n# %% id="1b"'),
        "import sympy",
        "it imports sympy, which LESSON lacks, so every worker imports it again; write "
        'imports=("numpy", "sympy")',
    ),
    "a symptom that its example does not show": (
        (CHECKS, WRONG, SYMPTOM),
        "@mean.symptom",
        "returns a false value for all 2 answers of its example",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_cause_is_reported_with_its_line(root: Path, case: str) -> None:
    edit, code, said = CASES[case]
    found = problems(root, edit)
    path = edit[0]
    text = (root / path).read_text()
    line = text[: text.index(code)].count("\n") + 1
    place = f"{path}, line {line}"
    assert len(found) == 1, found
    assert re.search(rf"{re.escape(place)}[:,] {re.escape(said)}", found[0]), found


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            (CHECKS, WRONG, "@mean.wrong_anser("),
            "'Exercise' object has no attribute 'wrong_anser'. Did you mean "
            "wrong_answer?",
        ),
        (
            (SOLUTION, '# %% id="1b"', "# %%"),
            'the cell of a stub needs a tag: # %% id="1b"',
        ),
        (
            (CHECKS, '    "mean",', '    "value",'),
            "an exercise writes 'value', but `attempt.value` is something else in every "
            "check; give the function another name",
        ),
    ],
)
def test_a_lesson_that_cannot_be_built_says_what_is_meant(
    root: Path, edit: Edit, said: str
) -> None:
    with pytest.raises(BrokenLesson, match=re.escape(said)) as raised:
        problems(root, edit)
    assert re.match(rf"{edit[0]}, line \d+: ", str(raised.value))


def test_a_mistake_that_is_a_class_is_refused(root: Path) -> None:
    wrong = f'{WRONG}"No.")\nclass Mean:\n    pass\n\n\n{WRONG}'
    with pytest.raises(
        BrokenLesson, match="the mistake Mean of exercise 1b is a class"
    ):
        problems(root, (CHECKS, WRONG, wrong))
