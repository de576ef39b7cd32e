"""A page is one Document of Cells, whether its file is Python or a notebook."""

import json
import time
from pathlib import Path

import pytest

from grader.course.document import catalog, page_builder
from grader.course.document.cells import Cell, Document, Heading, read_text
from grader.course.document.notebook_reader import (
    read_cells,
    read_notebook,
    to_document,
)
from grader.course.document.notebook_writer import to_notebook
from grader.course.document.source import Unreadable
from tests.support.project import ROOT

LESSONS = catalog.lessons(ROOT)
PAGE = """\
import math

# %% [markdown]
# ## 3a  A heading    (10 points, about 4 minutes)
# Some text.

# %% id="3a" reveals="guess"

def f():
    return 1

# %%
print(f())
"""


def test_a_python_page_has_cells_with_their_places() -> None:
    document = Document.from_python(PAGE)
    assert [(c.number, c.line, c.first_line, c.last_line) for c in document.cells] == [
        (1, 3, 4, 6),
        (2, 7, 9, 11),
        (3, 12, 13, 13),
    ]
    assert document.cells[1] == Cell(
        "def f():\n    return 1",
        tag="3a", reveals="guess", number=2, line=7, first_line=9, last_line=11,
    )  # fmt: skip
    assert document.preamble.source == "import math"
    assert document.points == {"3a": 10}
    assert document.prose.endswith("Some text.")


def test_a_heading_of_an_exercise_counts_wherever_it_is_in_a_text() -> None:
    page = PAGE.replace("# ## 3a", "# # Before it\n# Some words.\n#\n# ## 3a")
    document = Document.from_python(page)
    assert document.points == {"3a": 10}
    assert "## 3a  A heading" in document.section("3a")[0].source


@pytest.mark.parametrize(
    ("line", "number"), [(1, None), (3, 1), (6, 1), (7, 2), (13, 3), (99, 3)]
)
def test_a_line_is_in_the_cell_of_the_mark_above_it(
    line: int, number: int | None
) -> None:
    cell = Document.from_python(PAGE).cell_at(line)
    assert (cell.number if cell else None) == number


def test_code_runs_with_the_line_numbers_of_the_page() -> None:
    document = Document.from_python(PAGE)
    for cell in document.code_cells:
        code = document.code_of(cell).split("\n")
        assert code[cell.first_line - 1] == PAGE.split("\n")[cell.first_line - 1]
    headings = [cell.heading for cell in document.code_cells]
    assert headings == ["", "3a  A heading", "3a  A heading"]


def test_a_heading_with_many_spaces_is_read_at_once() -> None:
    line = f"# # a{' ' * 200_000}b   (10 points)"
    document = Document.from_python(f"# %% [markdown]\n{line}\n# %%\nx = 1\n")
    began_s = time.process_time()
    (cell,) = document.code_cells
    assert cell.heading == f"a{' ' * 200_000}b"
    assert time.process_time() - began_s < 5


def test_without_a_cell_every_other_line_keeps_its_number() -> None:
    document = Document.from_python(PAGE)
    rest = document.without([document.cells[1]])
    lines = PAGE.rstrip("\n").split("\n")
    assert rest.text == "\n".join([*lines[:6], *[""] * 5, *lines[11:]])
    rest = document.without([document.cells[0], document.cells[2]])
    assert rest.text == "\n".join([*lines[:2], *[""] * 4, *lines[6:11], "", ""])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.short_name)
def test_a_notebook_of_a_page_is_the_same_page(lesson: catalog.Lesson) -> None:
    page = Document.read(lesson.page)
    book = read_notebook(to_notebook(page))
    loads, *cells = [cell for cell in book.cells if cell.number != 1]
    assert loads.source.startswith("%load_ext grader")
    assert [(c.tag, c.is_text, c.reveals) for c in cells] == [
        (c.tag, c.is_text, c.reveals) for c in page.cells[1:]
    ]
    code = [cell.source for cell in cells if not cell.is_text]
    assert code == [cell.source for cell in page.cells if not cell.is_text]
    shown = {(cell.source, cell.answers) for cell in page.code_cells if cell.answers}
    assert len({source for source, _ in shown}) == len(
        {cell.source for cell in book.code_cells if cell.answers}
    )


def test_a_line_of_a_notebook_is_shown_as_cell_and_line() -> None:
    book = read_notebook(to_notebook(Document.from_python(PAGE)))
    line = book.lines.index("    return 1") + 1
    assert book.place_of(line) == "cell 3, line 2"
    assert Document.from_python(PAGE).place_of(11) == "line 11"
    # Leaving out a cell moves no line of another one.
    assert book.without([book.cells[0]]).place_of(line) == "cell 3, line 2"


def test_a_cell_that_is_not_saved_yet_has_no_number() -> None:
    cells = [*read_cells(to_notebook(Document.from_python(PAGE))), Cell("x = 1")]
    document = to_document(cells)
    assert document.place_of(len(document.lines)) == "line 1"


def test_bytes_that_are_no_text_are_no_page() -> None:
    with pytest.raises(Unreadable, match="0xff in line 2"):
        Document.from_python(b"x = 1\n\xff = 2\n")
    # What is graded of a learner's file is its bytes; the worker says what they are.
    assert Document(b"\xff").text == "\N{REPLACEMENT CHARACTER}"


def test_a_page_keeps_its_shape_while_only_code_changes() -> None:
    document = Document.from_python(PAGE)
    code = Document.from_python(PAGE.replace("return 1", "return 2"))
    text = Document.from_python(PAGE.replace("Some text", "Other text"))
    assert (code.shape == document.shape, text.shape == document.shape) == (True, False)
    assert code.cells[1].version != document.cells[1].version


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.short_name)
def test_a_page_is_what_the_one_function_makes_of_its_solution(
    lesson: catalog.Lesson,
) -> None:
    assert lesson.page.read_text("utf-8") == page_builder.make_page(lesson.solution)


def test_a_notebook_is_valid_for_jupyter() -> None:
    import nbformat

    book = json.loads(to_notebook(Document.from_python(PAGE)))
    nbformat.validate(nbformat.from_dict(book))


def test_a_heading_ends_before_the_last_bracket_with_points() -> None:
    page = PAGE.replace("3a  A heading", "3a  Costs (5 points off)")
    (heading,) = Document.from_python(page).headings.values()
    assert heading == Heading("3a", "Costs (5 points off)", 10)


def test_a_heading_without_points_takes_none_from_the_next_line() -> None:
    text = "# %% [markdown]\n# ## 3a\n# Write it (5 points are left)\n"
    assert Document.from_python(text).headings == {}


@pytest.mark.parametrize("details", ["(10 points)", "(10 points, about 5 minutes)"])
def test_one_space_before_the_points_is_enough(details: str) -> None:
    text = f"# %% [markdown]\n# ## 3a  Costs (5 points off) {details}\n# %%\nx = 1\n"
    (cell,) = Document.from_python(text).code_cells
    assert cell.heading == "3a  Costs (5 points off)"


def test_a_file_of_the_course_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("x = 1\n", encoding="utf-8-sig")
    assert read_text(tmp_path / "page.py") == "x = 1\n"
