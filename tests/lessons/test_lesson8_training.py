"""Lesson 8 judges by images that a file never gets, and shows the test at the end."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from grader.checks.attempt import AttemptSession
from grader.checks.attempt.answers import Answer
from grader.course.document import catalog
from grader.judge.grading import LessonChecks
from grader.report import WHOLE_FILE
from tests.support.grading import grade_attempt
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
