"""A page is its solution with the answers taken out, and nothing else is lost."""

from pathlib import Path

import pytest

from grader.common.errors import BrokenLesson
from grader.course.document import catalog, page_builder
from grader.course.document.cells import Document
from tests.support.project import ROOT

SOLUTION = '''\
# %% [markdown]
# # Lesson 3  Cross-entropy by hand
# 45 minutes.

# %% [markdown]
# ## 3b  Softmax of one row    (10 points, about 4 minutes)
# Fill in the blanks.
#
#     z -> p

# %% id="3b"
def softmax_row(z):
    """The probabilities."""
    # FADED
    s = sum(z)  # SOLUTION
    return [e / s for e in z]


# %% id="3e"
def cross_entropy(y, p):
    # 1 refuse
    # BEGIN SOLUTION
    if not len(y):
        raise ValueError("no photos")
    return -(y * p).sum()
    # END SOLUTION


# %%
PREDICT = {}
PREDICT["a = b: {c}"] = "same"  # SOLUTION
PAPER = {
    "mean": 1.185,  # SOLUTION
    "last": {"x": [1, 2]}  # SOLUTION
}
'''

PAGE = '''\
# %% id="3b"
def softmax_row(z):
    """The probabilities."""
    raise NotImplementedError("3b")  # delete this line when the blanks are filled
    s = ...
    return [e / s for e in z]


# %% id="3e"
def cross_entropy(y, p):
    # 1 refuse
    raise NotImplementedError("3e")


# %%
PREDICT = {}
PREDICT["a = b: {c}"] = ...
PAPER = {
    "mean": ...,
    "last": ...
}
'''


def test_regions_blanks_and_faded_functions_become_stubs() -> None:
    page = page_builder.make_page_text(SOLUTION)
    assert page[page.index('# %% id="3b"') :] == PAGE
    text, _, _ = SOLUTION.partition('# %% id="3b"')
    assert page.startswith(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = 3  # SOLUTION", "x = ..."),
        ("x: float = 3  # SOLUTION", "x: float = ..."),
        ('a["="], b = f(c=1), 2  # SOLUTION', 'a["="], b = ...'),
        ('x = (\n    "long"  # SOLUTION\n)', "x = (\n    ...\n)"),
        ("def f():\n    return 3  # SOLUTION", "def f():\n    return ..."),
        (
            "# BEGIN SOLUTION\nx = (\n  1,\n)\ny.z = 2\n# END SOLUTION",
            "x = ...\ny.z = ...",
        ),
    ],
)
def test_a_value_becomes_a_blank(line: str, expected: str) -> None:
    assert page_builder.make_page_text(line) == expected + "\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "def f():\n    # BEGIN SOLUTION\n    pass",
            "line 2: '# BEGIN SOLUTION' has no '# END SOLUTION' below it; write",
        ),
        (
            "x = 1\n# END SOLUTION",
            "line 2: '# END SOLUTION' has no '# BEGIN SOLUTION' above it; write",
        ),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION", "line 2: a second .* in line 1 has not"),
        ("x = 1\n# BEGIN SOLUTION\nx = (\n# END SOLUTION", "never closed in line 3"),
        ("def f():\n    # BEGIN SOLUTION\n    # END SOLUTION", "needs a tag"),
        ("# BEGIN SOLUTION\nprint()\n# END SOLUTION", "more than values"),
        ("f(  # SOLUTION", "no value is seen"),
        ("print()  # SOLUTION", "no value is seen"),
        ("def f(:", "^solution is not Python: .* in line 1"),
        ("if 1:\n# BEGIN SOLUTION\n    x = 1\n# END SOLUTION", "is not Python"),
    ],
)
def test_marks_that_cannot_be_followed_are_refused(source: str, message: str) -> None:
    with pytest.raises(BrokenLesson, match=message):
        page_builder.make_page_text(source)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "solutions").mkdir()
    solution = tmp_path / "solutions" / "lesson3_cross_entropy.py"
    solution.write_text(SOLUTION, encoding="utf-8")
    return tmp_path


def test_a_build_writes_what_changed_and_only_that(root: Path) -> None:
    page = root / "lessons" / "lesson3_cross_entropy" / "lesson.py"
    assert page_builder.write_pages(root) == (page,)
    assert page_builder.write_pages(root) == ()
    lesson = catalog.find("3", root)
    assert page_builder.is_up_to_date(lesson)
    page.write_text("by hand")
    assert not page_builder.is_up_to_date(lesson)
    assert page_builder.find_outdated(root) == ("lesson3_cross_entropy",)
    page.unlink()
    assert not page_builder.is_up_to_date(lesson)


def test_a_solution_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BrokenLesson, match="cannot be read"):
        page_builder.make_page(tmp_path / "none.py")


def test_cells_are_text_or_code_with_their_tags_and_lines() -> None:
    found = [(c.tag, c.is_text, c.line) for c in Document.from_python(SOLUTION).cells]
    assert found == [
        ("", True, 1),
        ("", True, 5),
        ("3b", False, 11),
        ("3e", False, 19),
        ("", False, 29),
    ]


def test_text_is_read_without_comment_signs(root: Path) -> None:
    text = Document.read(root / "solutions" / "lesson3_cross_entropy.py").prose
    assert text == (
        "# Lesson 3  Cross-entropy by hand\n45 minutes.\n\n"
        "## 3b  Softmax of one row    (10 points, about 4 minutes)\n"
        "Fill in the blanks.\n\n    z -> p"
    )


def test_the_section_of_an_exercise_is_its_text_and_its_code() -> None:
    page = Document.from_python(SOLUTION)
    assert [cell.line for cell in page.section("3b")] == [5, 11]
    assert [cell.line for cell in page.section("3e")] == [19]
    assert page.section("3z") == ()


def test_a_solution_is_shown_without_its_marks(root: Path) -> None:
    solution = root / "solutions" / "lesson3_cross_entropy.py"
    whole, part = (
        page_builder.solution_code(solution),
        page_builder.solution_code(solution, "3b"),
    )
    assert "SOLUTION" not in whole
    assert "FADED" not in whole
    assert part.endswith("    s = sum(z)\n    return [e / s for e in z]")


def test_a_page_is_open_at_one_exercise_and_done_elsewhere(root: Path) -> None:
    page = page_builder.make_partial_page(
        root / "solutions" / "lesson3_cross_entropy.py", "3b"
    )
    assert page.count("raise NotImplementedError") == 1
    assert 'raise NotImplementedError("3b")' in page
    assert "    return -(y * p).sum()" in page
    assert 'PREDICT["a = b: {c}"] = "same"\n' in page


def test_the_pages_of_this_project_are_what_their_solutions_make() -> None:
    assert page_builder.find_outdated(ROOT) == ()
