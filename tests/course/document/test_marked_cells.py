"""Cells that only show something are marked; pages from before had a guard instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.course.document.notebook_reader import read_notebook
from grader.course.document.notebook_writer import to_notebook
from grader.course.document.renewal import renew
from grader.report import Outcome
from grader.sandbox import WorkerPool
from tests.support.commands import run_command
from tests.support.grading import grade_attempt
from tests.support.old_pages import as_before, old_header
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

LESSONS = catalog.lessons(ROOT)
TOY = """\
# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Twice  (60 points)
# %% id="1a"
def double(x):
    return 2 * x
# %% [show]
seven = 7
print(double(seven))

def quadruple(x):
    return 4 * x
# %% [figure] reveals="1b"
undefined +
# %% [show] id="1b"
answer = 42
"""


def test_a_grading_runs_only_the_functions_of_a_marked_cell() -> None:
    document = Document.from_python(TOY)
    assert [cell.role for cell in document.cells] == ["", "", "show", "figure", ""]
    graded = document.graded(Document(b""))
    assert len(graded.lines) == len(document.lines)
    assert [x for x in graded.lines if x.strip() and not x.startswith("#")] == [
        "def double(x):",
        "    return 2 * x",
        "def quadruple(x):",
        "    return 4 * x",
        "answer = 42",
    ]
    place = document.lines.index("def quadruple(x):")
    assert graded.lines[place] == "def quadruple(x):"
    assert [cell.role for cell in graded.cells] == ["", "", "show", "figure", ""]


def test_a_fixture_of_pytest_is_not_graded_and_its_import_only_if_it_is_used() -> None:
    fixture = "@pytest.fixture\ndef loss():\n    return 1\n"
    page = Document.from_python(f"# %% [pytest]\nimport pytest\n\n{fixture}")
    changed = page.text.replace("return 1", "return 2")
    for text in (page.text, changed):
        own = f"{text}# %%\n# It is pytest.approx\nx = 1\n"
        assert code_of(Document.from_python(own).graded(page)) == ["x = 1"]
        own += "y = pytest.approx(2)\n"
        lines = code_of(Document.from_python(own).graded(page))
        assert lines == ["import pytest", "x = 1", "y = pytest.approx(2)"]
    own = f"{changed}\ndef test_it(loss):\n    pass\n"
    lines = code_of(Document.from_python(own).graded(page))
    assert lines == ["def test_it(loss):", "    pass"]
    book = read_notebook(to_notebook(page))
    assert book.cells[0].role == "pytest"
    assert "fixture" not in book.graded().text


def code_of(document: Document) -> list[str]:
    lines = (line for line in document.lines if not line.startswith("#"))
    return [line for line in lines if line.strip()]


def test_a_page_without_marks_and_one_that_is_not_utf_8_stay_as_they_are() -> None:
    for content in (b"# %%\nx = 1\n", b"# %% [show]\nx = '\xff'\n"):
        document = Document(content)
        assert document.graded().content == content


def test_a_notebook_keeps_the_roles_and_a_cell_that_lost_its_mark_is_known() -> None:
    document = Document.from_python(TOY)
    book = read_notebook(to_notebook(document))
    assert [x.role for x in book.cells if x.role] == ["show", "figure"]
    assert [x.reveals for x in book.cells if x.role == "figure"] == ["1b"]
    assert "undefined" not in book.graded().text
    lost = to_notebook(document).replace(b'"role"', b'"unknown"')
    # A name such as Jupyter draws, which looks like the tag of an exercise.
    lost = lost.replace(b'"show-1"', b'"a"').replace(b'"figure-1"', b'"1234567a"')
    book = read_notebook(lost)
    assert not any(cell.role for cell in book.cells)
    assert "undefined" not in book.graded(document).text
    assert "quadruple" not in document.graded(document).text
    # As Jupytext converts a notebook.
    text = TOY.replace("[show]", 'role="show"').replace("[figure]", 'role="figure"')
    cells = Document.from_python(text).cells
    assert [x.role for x in cells] == [x.role for x in document.cells]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.short_name)
def test_pages_need_no_scaffolding(lesson: catalog.Lesson) -> None:
    text = lesson.page.read_text(encoding="utf-8")
    assert "__main__" not in text
    assert text.startswith(f"# %% [markdown]\n# # Lesson {lesson.number}  ")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.short_name)
def test_a_page_from_before_answers_the_same_predictions(
    lesson: catalog.Lesson,
) -> None:
    new = Document.read(lesson.page)
    old = Document.from_python(as_before(new.text, lesson.short_name))
    predicted = [
        [
            document.cell_at(line).tag
            for cell in document.code_cells
            for line in cell.answers
        ]
        for document in (new, old)
    ]
    assert predicted[0] == predicted[1]


def _grade(lesson: catalog.Lesson, document: Document, name: str) -> dict[str, Outcome]:
    with WorkerPool() as pool:
        report = grade_attempt(
            lesson, Path(name), source=b"", document=document, seed=3, pool=pool
        )
    return {one.tag: one.outcome for one in report.exercises if one.earned < one.points}


@pytest.mark.slow
@pytest.mark.parametrize(
    "lesson",
    [
        pytest.param(one, marks=pytest.mark.tensorflow if one.number in (7, 8) else ())
        for one in LESSONS
    ],
    ids=lambda one: one.short_name,
)
def test_a_solution_from_before_is_right_as_a_file_and_as_a_notebook(
    lesson: catalog.Lesson,
) -> None:
    text = lesson.solution.read_text(encoding="utf-8")
    old = Document.from_python(as_before(text, lesson.short_name))
    marked = [cell for cell in Document.from_python(text).cells if cell.role]
    assert old.text.count("__main__") == len(marked) > 4
    assert _grade(lesson, old, f"{lesson.name}.py") == {}
    if lesson.number in (8, 10):  # it would train again
        return
    book = read_notebook(to_notebook(old))
    assert _grade(lesson, book, f"{lesson.name}.ipynb") == {}


def test_start_offers_the_new_form_and_keeps_what_was_written(toy: Toy) -> None:
    solution = toy.root / "solutions" / "lesson1_toy.py"
    solution.write_text(solution.read_text() + "# %% [show]\nprint(double(1))\n")
    run_command(toy.root, "dev.build")
    page = toy.root / "lessons" / "lesson1_toy" / "lesson.py"
    old = as_before(page.read_text(), "lesson1")
    old = old.replace('raise NotImplementedError("1a")', "return x + x")
    attempt = toy.root / "attempts" / "lesson1_toy.py"
    attempt.parent.mkdir(exist_ok=True)
    attempt.write_text(old)
    _, text = run_command(toy.root, "start", "lesson1")
    assert "a new form for 2 cells" in text
    assert "start lesson1 --renew" in text
    assert attempt.read_text() == old
    run_command(toy.root, "start", "lesson1", "--renew")
    new = page.read_text().replace('raise NotImplementedError("1a")', "return x + x")
    assert attempt.read_text() == new
    (earlier,) = (toy.root / "attempts" / "earlier").iterdir()
    assert earlier.read_text() == old
    _, text = run_command(toy.root, "start", "lesson1")
    assert "--renew" not in text


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.short_name)
def test_an_untouched_page_from_before_becomes_the_page(lesson: catalog.Lesson) -> None:
    page = Document.read(lesson.page)
    old = Document.from_python(as_before(page.text, lesson.short_name))
    assert renew(old, page)[0].split() == page.text.split()


def test_renewal_keeps_what_a_learner_wrote_around_a_cell() -> None:
    page = Document.from_python('# %% [show]\nprint(1)\n# %% id="1a"\ndef f(): ...\n')
    cells = (
        '# %%\n   \nif __name__ == "__main__":\n    print(1)\n# %% id="1a"\nx = MINE\n'
    )
    own = Document.from_python(f"{old_header('lesson1')}MINE = 3\n\n{cells}")
    new = '# %% [show]\nprint(1)\n# %% id="1a"\nx = MINE\n'
    assert renew(own, page) == (f"MINE = 3\n\n{new}", 2)
    # Lines of the learner's among those above the first cell.
    text = own.text.replace("import importlib.util\n", "import importlib.util\nx = 1\n")
    text = renew(Document.from_python(text), page)[0]
    assert text.startswith("# To run this page")
    assert text.endswith(f"MINE = 3\n\n{new}")


def test_a_marked_cell_is_not_parsed_if_it_is_longer_than_any_attempt() -> None:
    long = "# %% [show]\ndef f(): ...\n" + "x = 1\n" * (400_000 // 6)
    assert "def" not in Document.from_python(long).graded().text
