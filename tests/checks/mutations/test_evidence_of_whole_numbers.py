"""Mistakes in labels, positions and counts are named, and none is named falsely."""

from __future__ import annotations

import numpy as np
import pytest

from grader.authoring.verify import verify
from grader.checks.mutations.evidence import Example, count_bits
from grader.course.document import catalog, page_builder
from grader.course.document.catalog import Lesson
from grader.report import Outcome
from grader.sandbox import WorkerFactory
from tests.support import whole_numbers
from tests.support.grading import report_of
from tests.support.whole_numbers import NATURAL, code_of

NAMED = [row for row in NATURAL if row[2]]
OTHERS = [row for row in NATURAL if not row[2]]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    root = tmp_path_factory.mktemp("course")
    for path, text in (
        ("solutions/lesson1_clusters.py", whole_numbers.PAGE),
        ("lessons/lesson1_clusters/checks.py", whole_numbers.CHECKS),
    ):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    page_builder.write_pages(root)
    return catalog.find("1", root)


def told(
    lesson: Lesson, warm: WorkerFactory, tag: str, body: str, seed: int
) -> tuple[list[str], str]:
    """The names of the mistakes that are reported, and the first sentence."""
    report = report_of(lesson, tag, code_of(tag, body), seed=seed, warm=warm)
    result = next(one for one in report.exercises if one.tag == tag)
    assert result.outcome in (Outcome.WRONG, Outcome.RAISED)
    assert result.finding is not None
    mistakes = result.finding.mistakes
    words = mistakes[0].full_sentence if mistakes else result.finding.sentence
    return [one.tag.partition(".")[2] for one in mistakes], words


def test_most_natural_wrong_answers_are_named_and_nobody_declared_them() -> None:
    assert "wrong_answer" not in whole_numbers.CHECKS
    assert len(NAMED) >= 25


@pytest.mark.parametrize(
    ("tag", "what", "name", "body"),
    NAMED,
    ids=lambda word: str(word).partition("\n")[0],
)
def test_a_mistake_in_labels_or_counts_is_named(
    lesson: Lesson, warm: WorkerFactory, tag: str, what: str, name: str, body: str
) -> None:
    assert told(lesson, warm, tag, body, seed=2)[0] == [name]


@pytest.mark.parametrize(("tag", "what", "name", "body"), OTHERS)
@pytest.mark.parametrize("seed", [2, 5, 11])
def test_a_wrong_answer_of_another_kind_gets_no_name(
    lesson: Lesson,
    warm: WorkerFactory,
    seed: int,
    tag: str,
    what: str,
    name: str,
    body: str,
) -> None:
    assert told(lesson, warm, tag, body, seed)[0] == []


def test_decimals_where_positions_belong_are_seen(
    lesson: Lesson, warm: WorkerFactory
) -> None:
    body = "return np.sqrt(((x[:, None] - centers) ** 2).sum(axis=2)).min(axis=1) + 0.1"
    _, words = told(lesson, warm, "1a", body, seed=2)
    assert words.endswith(
        "The expected numbers are whole, and yours aren't. Do you return values where "
        "their positions, or how many there are, should be?"
    )


@pytest.mark.slow
def test_no_pair_of_slips_is_named_falsely(lesson: Lesson) -> None:
    found = verify(lesson, slow=True)
    assert found.problems == []
    assert found.naming.singles["named"] >= 20
    assert found.naming.outsiders["without a name"] > 700


LABELS = np.random.default_rng(3).integers(4, size=60)
OTHERS_LABELS = np.random.default_rng(4).integers(4, size=60)


@pytest.mark.parametrize(
    ("value", "raised", "least", "most"),
    [
        (np.ones(60, dtype=int), "", 0, 4),  # any constant, however many there are
        (LABELS + 1, "", 4, 16),  # the same labels under other names
        (OTHERS_LABELS, "", 60, 200),
        (np.array([2]), "", 4, 8),  # a wrong shape counts
        (np.zeros(60, dtype=int), "", 0, 0),
        (None, "ValueError", 0, 0),  # an exception has no shape
    ],
)
def test_labels_carry_as_much_information_as_there_are_others(
    value: object, raised: str, least: float, most: float
) -> None:
    def right(x):
        return x

    bits = count_bits([Example((LABELS,), {}, value, raised)], right)
    assert least <= bits <= most
