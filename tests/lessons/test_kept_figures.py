"""The figures that come with the lessons: each is there, and drawn from today's code."""

import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.course.document.kept_figures import FOLDER, LIST, find_stale, read_kept
from tests.support.project import ROOT

ROOTS = (ROOT, ROOT / "examples" / "kmeans_pca")
LESSONS = [one for root in ROOTS for one in catalog.lessons(root)]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda one: one.name)
def test_every_figure_comes_with_its_lesson_and_is_up_to_date(
    lesson: catalog.Lesson,
) -> None:
    solution = Document.read(lesson.solution)
    stale = [f"line {x.line}" for x in find_stale(lesson.folder, solution)]
    assert stale == [], f"{lesson.name}: run dev.figures --keep"
    drawn = {x.version for x in solution.cells if x.role == "figure"}
    kept = read_kept(lesson.folder)
    assert {x.code for x in kept} <= drawn
    names = {LIST, *(name for one in kept for name in one.files)}
    assert {x.name for x in (lesson.folder / FOLDER).iterdir()} == names


def test_all_figures_together_are_small() -> None:
    paths = (ROOT / "lessons").glob(f"*/{FOLDER}/*.png")
    sizes = [path.stat().st_size for path in paths]
    assert max(sizes) < 100_000
    assert sum(sizes) < 2_500_000
