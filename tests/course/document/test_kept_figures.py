"""Figures that come with a lesson: which of them a page may show, and in a notebook."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from nbformat import reads, validate

from grader.course.document.cells import Document
from grader.course.document.kept_figures import (
    FOLDER,
    LIST,
    OF_SOLUTION,
    find_kept,
    find_stale,
    label_fold,
)
from grader.course.document.notebook_reader import read_cells
from grader.course.document.notebook_writer import to_notebook
from tests.support.kept_figures import PAGE, PNG, WRITTEN, keep


def test_a_figure_that_answers_a_prediction_is_held_back(tmp_path: Path) -> None:
    first, second = keep(tmp_path, WRITTEN)
    assert find_kept(tmp_path, Document.from_python(PAGE).code_cells) == {
        4: [first],
        5: [],
    }
    assert find_kept(tmp_path, Document.from_python(WRITTEN).code_cells) == {
        4: [first],
        5: [second],
    }


def test_a_figure_is_shown_only_beside_the_code_that_drew_it(tmp_path: Path) -> None:
    keep(tmp_path, WRITTEN)
    changed = Document.from_python(WRITTEN.replace("draw(n)", "draw(2 * n)"))
    assert list(find_kept(tmp_path, changed.code_cells)) == [5]
    unmarked = Document.from_python(WRITTEN.replace(" [figure]", ""))
    assert find_kept(tmp_path, unmarked.code_cells) == {}


@pytest.mark.parametrize("content", [None, b"", b"[1]", b"[{}]", b"{"])
def test_a_lesson_needs_no_figures(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FOLDER).mkdir()
        (tmp_path / FOLDER / LIST).write_bytes(content)
    document = Document.from_python(WRITTEN)
    assert find_kept(tmp_path, document.code_cells) == {}
    assert len(find_stale(tmp_path, document)) == 2


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("# # A page", "# # Another text", []),
        ("n = 1", "n = 2", [4, 5]),
        ("draw(n)", "draw(-n)", [4]),
        ("plt.show()", "pass", [5]),
        ('"end": 3', '"end": 4', [4, 5]),
    ],
)
def test_a_figure_is_stale_if_what_it_may_depend_on_has_changed(
    tmp_path: Path, old: str, new: str, stale: list[int]
) -> None:
    keep(tmp_path, WRITTEN)
    assert old in WRITTEN
    changed = Document.from_python(WRITTEN.replace(old, new))
    assert [cell.number for cell in find_stale(tmp_path, changed)] == stale


def test_only_the_code_of_a_figure_is_folded() -> None:
    labels = [label_fold(cell) for cell in Document.from_python(PAGE).cells]
    lines = ["Code of the figure, 1 line", "Code of the figure, 2 lines"]
    assert labels == ["", "", "", *lines]


@pytest.mark.parametrize("is_of_solution", [False, True])
def test_a_notebook_has_the_figures_and_their_code_folded(
    tmp_path: Path, is_of_solution: bool
) -> None:
    keep(tmp_path, WRITTEN, is_of_solution=is_of_solution)
    content = to_notebook(Document.from_python(PAGE), tmp_path)
    book = reads(content.decode(), as_version=4)
    validate(book)
    first, second = book.cells[-2:]
    for cell in (first, second):
        assert cell.metadata.jupyter == {"source_hidden": True}
    image, *notes = first.outputs
    assert base64.b64decode(image.data["image/png"]) == PNG
    assert image.data["text/plain"] == "What 1 shows."
    assert [note.text for note in notes] == [f"{OF_SOLUTION}\n"] * is_of_solution
    assert second.outputs == []  # its prediction isn't written
    assert all("jupyter" not in cell.metadata for cell in book.cells[:-2])
    assert [cell.role for cell in read_cells(content)][-2:] == ["figure", "figure"]
