"""The tests that a learner writes on a page, run with pytest by the command."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.document.cells import Document
from grader.course.document.notebook_writer import to_notebook
from grader.learner import page_tests
from tests.support.commands import run_command
from tests.support.project import ROOT

LESSON3 = "lesson3_cross_entropy"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with lesson 3, as `init` makes it, and with settings of its own."""
    for part in ("lessons", "solutions"):
        (tmp_path / part).mkdir()
    (tmp_path / "course.toml").write_text('title = "A course"\n')
    shutil.copytree(ROOT / "lessons" / LESSON3, tmp_path / "lessons" / LESSON3)
    shutil.copy(ROOT / "solutions" / f"{LESSON3}.py", tmp_path / "solutions")
    (tmp_path / "attempts").mkdir()
    # None of these may matter.
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = 'x'")
    (tmp_path / "conftest.py").write_text("1 / 0\n")
    return tmp_path


def run(
    course: Path, text: str | bytes, name: str = f"{LESSON3}.py"
) -> tuple[int, str]:
    content = text if isinstance(text, bytes) else text.encode()
    (course / "attempts" / name).write_bytes(content)
    words = [sys.executable, "-m", "grader", "pytest", "3f"]
    done = subprocess.run(
        words, cwd=course, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def with_tests(page: str, code: str) -> str:
    return page.replace("# Write more tests here", f"{code}\n\n# Write more tests here")


def test_the_solutions_tests_pass(course: Path) -> None:
    text = (ROOT / "solutions" / f"{LESSON3}.py").read_text("utf-8")
    code, shown = run(course, with_tests(text, "def helper():\n    pass"))
    assert (code, "4 passed" in shown) == (0, True), shown
    assert f"{LESSON3}.py::test_the_paper_batch PASSED" in shown
    book = to_notebook(Document.from_python(text))
    (course / "attempts" / f"{LESSON3}.py").unlink()
    code, shown = run(course, book, f"{LESSON3}.ipynb")
    assert (code, "4 passed" in shown) == (0, True), shown


def test_the_page_shows_what_pytest_shows(course: Path) -> None:
    page = (ROOT / "lessons" / LESSON3 / "lesson.py").read_text("utf-8")
    shown_on_page = re.findall(r"(?m)^#     ([ >E].*)$", page.partition("## Tests,")[2])
    (start,) = [i for i, x in enumerate(shown_on_page) if "def test_it_is_never" in x]
    lines = shown_on_page[start : start + 4]
    assert lines[-1].startswith("E ")
    test = "\n".join(x.replace(">", " ", 1)[4:] for x in lines[:3])
    text = with_tests((ROOT / "solutions" / f"{LESSON3}.py").read_text("utf-8"), test)
    text = text.replace("return -(y * np.log", "return (y * np.log")
    code, shown = run(course, text)
    assert code == 1, shown
    assert "\n".join(lines) in shown


def test_an_unfinished_page_and_one_with_mistakes_are_run_as_far_as_possible(
    course: Path,
) -> None:
    page = (ROOT / "lessons" / LESSON3 / "lesson.py").read_text("utf-8")
    page = page.replace('# %% id="3a"\n', '# %% id="3a"\n1 / 0\n')
    page += "\n# %%\nx = = 2\n"
    test = "def test_mine(loss):\n    assert math.isclose(1, 1)"
    code, shown = run(course, with_tests(page, test))
    assert (code, "1 failed, 1 passed" in shown) == (1, True), shown
    assert "NotImplementedError: 3f" in shown
    assert "Exercise 3a, line" in shown
    assert "fails: ZeroDivisionError: division by zero. It is left" in shown
    assert "Python cannot read line" in shown


def test_a_page_without_tests_says_so(course: Path) -> None:
    page = (ROOT / "lessons" / LESSON3 / "lesson.py").read_text("utf-8")
    page = page.replace("def test_the_paper_batch(loss):", "def check_loss(fn):")
    code, shown = run(course, page)
    assert code == 2, shown
    assert "has no test in exercise 3f: a function whose name begins with" in shown


def test_a_file_may_have_any_name(course: Path) -> None:
    (course / "pages").mkdir()
    solution = ROOT / "solutions" / f"{LESSON3}.py"
    attempt = course / "pages" / "-my page [1].py"
    attempt.write_bytes(solution.read_bytes())
    words = [sys.executable, "-m", "grader", "pytest", "3f", f"--attempt={attempt}"]
    done = subprocess.run(
        words, cwd=course, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "_my page _1_.py::test_soft_labels PASSED" in done.stdout


def test_the_help_says_that_nothing_is_confined() -> None:
    code, shown = run_command(ROOT, "pytest", "--help", program="grader")
    assert code == 0
    assert "pytest runs outside the sandbox" in " ".join(shown.split())


def test_without_pytest_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page_tests, "find_spec", lambda name: None)
    code, shown = run_command(ROOT, "pytest", "lesson3", program="grader")
    assert code == 2
    assert "pytest isn't installed. To install it:" in shown
