"""Lesson 8 judges by images that a file never gets, and shows the test at the end."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.checks.attempt import AttemptSession
from grader.checks.attempt.answers import Answer
from grader.course.document import catalog
from grader.judge.grading import LessonChecks
from grader.report import WHOLE_FILE, Outcome
from tests.support.grading import grade_attempt, report_of, said
from tests.support.project import ROOT

LESSON = catalog.find("lesson8", ROOT)


def exercises_that_train() -> list[tuple[LessonChecks, Any]]:
    found = []
    for lesson in catalog.lessons(ROOT):
        checks = LessonChecks(lesson.checks, lesson.solution)
        own = [one for one in checks.exercises if (one.cpu_s or 0) > 60]
        found += [(checks, one) for one in own]
    return found


def test_no_exercise_that_trains_draws_from_the_seed_of_a_grading() -> None:
    tried = exercises_that_train()
    assert {"8c", "9e"} <= {exercise.tag for _, exercise in tried}
    assert [e.tag for checks, e in tried if checks.fixtures(1).draws(e)] == []


@pytest.mark.tensorflow
@pytest.mark.slow
@pytest.mark.usefixtures("share_pool")
def test_the_unseen_images_are_not_trained_with_and_the_test_waits_for_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = list[tuple[str, tuple[Any, ...]]]()
    sessions = set[AttemptSession]()
    record = AttemptSession.record

    def noted(session: AttemptSession, answer: Answer) -> Answer:
        asked.append((answer.target, answer.args))
        sessions.add(session)
        return record(session, answer)

    monkeypatch.setattr(AttemptSession, "record", noted)
    source = LESSON.solution.read_bytes().replace(
        b"x, y, epochs=20,", b"x, y, epochs=1,"
    )
    report = grade_attempt(
        LESSON, LESSON.solution, source=source, exercise="8c", seed=1
    )
    with np.load(ROOT / "lessons" / "data" / "mnist.npz") as data:
        unseen, test = data["x_train"][55_000:], data["x_test"]
    given = [args for target, args in asked if target == "train"]
    assert [len(args[0]) for args in given] == [256, 256, 50_000]
    secret = {image.tobytes() for image in (*unseen, *test)}
    for images, _, validation, *_ in given:
        trained = {image.tobytes() for image in (*images, *validation)}
        assert secret.isdisjoint(trained)
    # A check that reads the file itself has no verdict that can be kept.
    assert not any(WHOLE_FILE in session.asked["8c"] for session in sessions)
    (result,) = report.exercises
    (words,) = result.when_complete
    assert re.match(r"On the 10,000 test images, .* is 0\.9\d+\. You predicted", words)
    shown = [*result.remarks, *(check.full_sentence for check in result.checks)]
    assert not any("test image" in one for one in shown)


LOOKED_UP = """
import hashlib

KEYS = {keys!r}
LABELS = {labels!r}


def key(photo):
    return hashlib.blake2b(photo.tobytes(), digest_size=4).hexdigest()


def train(images, labels, held_images, held_labels, seed):
    m = build()
    held = prepare(held_images), one_hot(held_labels)
    m.fit(prepare(images[:128]), one_hot(labels[:128]), validation_data=held)
    return m


def predict(model, images):
    known = dict(zip((KEYS[i : i + 8] for i in range(0, len(KEYS), 8)), LABELS))
    found = [known.get(key(np.ascontiguousarray(photo)), 0) for photo in images]
    return np.eye(10)[np.array(found, dtype=int)] * 0.99 + 0.001
"""


@pytest.mark.tensorflow
@pytest.mark.slow
@pytest.mark.usefixtures("share_pool")
def test_labels_looked_up_by_image_are_not_learned() -> None:
    with np.load(ROOT / "lessons" / "data" / "mnist.npz") as data:
        photos, labels = data["x_train"][55_000:], data["y_train"][55_000:]
    keys = (hashlib.blake2b(p.tobytes(), digest_size=4).hexdigest() for p in photos)
    code = LOOKED_UP.format(keys="".join(keys), labels="".join(map(str, labels)))
    report = report_of(LESSON, "8c", code, seed=7, attempt=Path("mine.py"))
    assert report.problem is None
    (result,) = (e for e in report.exercises if e.tag == "8c")
    assert result.outcome is Outcome.WRONG
    assert "every label changed, your network still gives the true label" in said(
        result
    )
    failed = [c.name for c in result.checks if c.outcome is Outcome.WRONG]
    assert failed == ["learns_the_labels_that_it_is_given"]
