"""All four briefs of the project can be answered, and a wrong answer isn't accepted."""

from __future__ import annotations

import numpy as np
import pytest

from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from lessons.data.briefs import BRIEFS, label, load_brief, read_pairs, shift
from lessons.lesson14_project.answers import answer_to
from tests.support.grading import grade_attempt, said
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("share_pool")


def graded(source: str, exercise: str | None = None) -> dict[str, ExerciseResult]:
    """The results of a whole page, by their tags."""
    lesson = catalog.find("lesson14", ROOT)
    report = grade_attempt(
        lesson, lesson.solution, source=source.encode(), seed=3, exercise=exercise
    )
    assert report.problem is None
    return {one.tag: one for one in report.exercises}


def solution() -> str:
    return catalog.find("lesson14", ROOT).solution.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("brief", BRIEFS)
def test_every_brief_can_be_answered(brief: str) -> None:
    results = graded(answer_to(brief, solution()))
    assert {tag: one.outcome.is_right for tag, one in results.items()} == dict.fromkeys(
        ("14a", "14b", "14c", "14d", "14e"), True
    )


def test_a_softmax_for_several_labels_is_told_by_its_first_loss() -> None:
    """Four sigmoids cost 4 ln 2 at first; a softmax costs ln 4 for each label that is 1."""
    source = solution().replace('"brief": "shifted"', '"brief": "labels"')
    result = graded(source)["14b"]
    assert result.outcome.is_wrong
    assert "; it should be 2.772589" in said(result)


def test_a_brief_that_is_none_of_the_four_is_refused() -> None:
    source = solution().replace('"brief": "shifted"', '"brief": "cats"')
    result = graded(source, "14a")["14a"]
    assert result.outcome.is_wrong
    assert "shifted" in said(result)


def test_without_a_brief_the_other_exercises_wait() -> None:
    source = solution().replace('"brief": "shifted"', '"brief": "cats"')
    outcomes = {tag: one.outcome for tag, one in graded(source).items()}
    waiting = dict.fromkeys(("14b", "14c", "14d", "14e"), Outcome.SKIPPED)
    assert outcomes == {"14a": Outcome.WRONG, **waiting}


def test_a_training_that_returns_no_pair_is_told_in_14c_alone() -> None:
    source = solution().replace("return best[1], curve", "return best[1]")
    results = graded(source)
    assert "list or a tuple of 2 items" in said(results["14c"])
    assert not any(one.outcome.is_broken for one in results.values())


def test_briefs_have_the_shapes_that_the_page_states() -> None:
    shapes = {
        name: tuple(part.shape for pair in load_brief(name) for part in pair)
        for name in BRIEFS
    }
    images = ((4000, 784), (4000, 10), (2000, 784), (2000, 10))
    assert shapes == {
        "shifted": images,
        "unsure": images,
        "letters": ((19_998, 54), (19_998, 27), (4998, 54), (4998, 27)),
        "labels": ((4000, 784), (4000, 4), (2000, 784), (2000, 4)),
    }


def test_an_unknown_brief_is_refused_with_the_names_of_the_four() -> None:
    with pytest.raises(ValueError, match="shifted, unsure, letters, labels"):
        load_brief("cats")


def test_an_image_keeps_its_ink_when_it_is_shifted() -> None:
    images = np.zeros((20, 28, 28), "uint8")
    images[:, 10:14, 10:14] = 255
    moved = shift(images, np.random.default_rng(1))
    rows, columns = np.nonzero(moved.mean(axis=0) > 0.45)
    assert moved.min() >= 0
    assert moved.max() <= 1
    assert 8 <= rows.min() <= rows.max() <= 15
    assert 8 <= columns.min() <= columns.max() <= 15


def test_labels_of_digits_are_those_of_the_page() -> None:
    digits = "0 2 4 6 8", "5 6 7 8 9", "0 6 8 9", "2 3 5 7"
    wanted = [[str(d) in group.split() for group in digits] for d in range(10)]
    np.testing.assert_array_equal(label(np.arange(10)), wanted)


def test_a_letter_comes_after_the_two_before_it() -> None:
    x, y = read_pairs("abc ")
    assert [np.flatnonzero(row).tolist() for row in x] == [[0, 28], [1, 29]]
    assert y.argmax(axis=1).tolist() == [2, 26]
