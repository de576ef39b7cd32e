"""dev.try grades a folder of attempts and shows what a learner reads for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.course.document import page_builder
from grader.course.document.cells import Document
from grader.course.document.notebook_writer import to_notebook
from tests.support import whole_numbers
from tests.support.commands import run_command
from tests.support.toy_lesson import Toy
from tests.support.whole_numbers import code_of

pytestmark = pytest.mark.usefixtures("share_pool")


@pytest.fixture
def tried(toy: Toy) -> Path:
    """A course of two lessons, and attempts at them."""
    clusters = toy.root / "lessons" / "lesson2_clusters"
    clusters.mkdir()
    for text, path in (
        (whole_numbers.PAGE, toy.root / "solutions" / "lesson2_clusters.py"),
        (whole_numbers.PAGE, clusters / "lesson.py"),
        (whole_numbers.CHECKS, clusters / "checks.py"),
    ):
        path.write_text(text.replace("1a", "2a").replace("1b", "2b"))
    folder = toy.root / "wrong"
    (folder / "others").mkdir(parents=True)
    first = "import numpy as np\n" + code_of("1d", "return np.argmax(p, axis=1) + 1")
    (folder / "b_from_one.py").write_text(first)
    notebook = to_notebook(
        Document.from_python(f'# %% id="1a"\n{"def double(x): return x * x"}\n')
    )
    (folder / "others" / "square.ipynb").write_bytes(notebook)
    (folder / "others" / "lesson1_toy_ada.py").write_text("def double(x) return x\n")
    (folder / "notes.txt").write_text("no attempt")
    page_builder.write_pages(toy.root)
    return folder


def test_each_file_gets_its_verdicts_and_what_a_learner_reads(tried: Path) -> None:
    code, text = run_command(tried.parent, "dev.try", "wrong")
    assert code == 0, text
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines[0] == "wrong/b_from_one.py"
    assert lines[1] == "    1d  wrong"
    assert "too large by 1" in lines[2]
    at = lines.index("wrong/others/square.ipynb")
    assert lines[at + 1 : at + 5] == [
        "    1a  wrong",
        "        You squared it.",
        "    1b  wrong",
        "        This is not the expected value.",
    ]
    at = lines.index("wrong/others/lesson1_toy_ada.py")
    assert "line 1" in " ".join(lines[at + 1 : at + 4]).lower()
    assert "notes.txt" not in text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (b"x = 1\n", "shows which lesson it answers. Name the lesson with"),
        (b"", "shows which lesson it answers"),
    ],
)
def test_a_file_of_an_unknown_lesson_is_reported_and_the_others_are_graded(
    tried: Path, code: bytes, words: str
) -> None:
    (tried / "a_stray.py").write_bytes(code)
    (tried / "c_broken.ipynb").write_bytes(b"{")
    exit_code, text = run_command(tried.parent, "dev.try", "wrong")
    said = " ".join(text.split())
    assert exit_code == 2
    assert words in said
    assert "c_broken.ipynb" in said
    assert "too large by 1" in said
    assert "Traceback" not in text


def test_an_exercise_that_needs_a_line_that_fails_is_shown(tried: Path) -> None:
    (tried / "a_missing.py").write_text(
        f"import nonsense\n{code_of('1d', 'return nonsense.first(p)')}"
    )
    code, text = run_command(tried.parent, "dev.try", "wrong/a_missing.py")
    said = " ".join(text.split())
    assert (code, "The rest of the file was graded without it." in said) == (0, True)
    assert "1d skipped This needs nonsense, which may come from line 1." in said
    assert re.findall(r"\b1[abc]\b", said) == []  # which the file doesn't attempt


def test_a_lesson_can_be_named(tried: Path) -> None:
    (tried / "a_stray.py").write_bytes(b"def double(y):\n    return 2 * y\n")
    code, text = run_command(
        tried.parent, "dev.try", "wrong/a_stray.py", "--lesson", "1"
    )
    assert (code, "1a  passed" in text) == (0, True), text


@pytest.mark.parametrize("folder", ["nowhere", "lessons/lesson2_clusters/none"])
def test_a_folder_without_attempts_is_a_misuse(tried: Path, folder: str) -> None:
    (tried.parent / "lessons/lesson2_clusters/none").mkdir()
    code, text = run_command(tried.parent, "dev.try", folder)
    assert code == 2
    assert "of attempts." in text


GIVEN = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Twice  (60 points)
# ## 1b  Again  (40 points)
# %%
import math


def half(x):
    return x // 2


"""
ALONE = {
    "right": (
        "def double(x: math.inf) -> float:\n    return 4 * half(x) + 2 * (x % 2)\n",
        "1a  passed",
    ),
    "wrong": ("def double(x):\n    return math.floor(x * x)\n", "You squared it."),
    "it fails in its second line": (
        "def double(x):\n    return half(x).whole\n",
        "has no attribute 'whole'",
    ),
    "the page's own import below": (
        "def double(x):\n    return half(4 * x)\nimport math\n",
        "1a  passed",
    ),
}


@pytest.fixture
def with_given_code(toy: Toy) -> Path:
    for path in (
        toy.root / "solutions/lesson1_toy.py",
        toy.checks.parent / "lesson.py",
    ):
        page = path.read_text().partition("# %% id")[2]
        path.write_text(f"{GIVEN}# %% id{page}")
    return toy.root


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
@pytest.mark.parametrize(("code", "words"), ALONE.values(), ids=ALONE)
def test_a_function_alone_is_tried_as_it_would_be_on_the_page(
    with_given_code: Path, code: str, words: str, suffix: str
) -> None:
    path = with_given_code / f"mine{suffix}"
    notebook = to_notebook(Document.from_python(f"# %%\n{code}"))
    path.write_bytes(notebook if suffix == ".ipynb" else code.encode())
    exit_code, text = run_command(with_given_code, "dev.try", path.name)
    assert exit_code == 0
    assert words in text
    assert "doesn't run" not in text


def test_grade_knows_the_page_and_the_lines_of_the_file(with_given_code: Path) -> None:
    path = with_given_code / "lesson1_toy.py"
    path.write_text("def double(x):\n    return half(x).whole\n")
    code, text = run_command(
        with_given_code, "grade", "lesson1", "--attempt", path.name
    )
    said = " ".join(text.split())
    assert code == 1
    assert "It was graded together with what the lesson's page gives" in said
    assert "line 2" in said
