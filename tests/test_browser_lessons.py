"""Lessons 4, 7 and 8 in a real browser: wrong, hint, right, and a training's curve."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.document import catalog, page_builder
from tests.test_page import browser_test
from tests.test_server_browser import (
    Lessons,
    browser,
    lessons,
    look_over,
    on_a_phone,
    on_a_screen,
    press,
    wait_for,
    write,
)
from tools.shots.browser import Browser

__all__ = ["browser", "lessons"]  # the fixtures
ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]


def right(number: int, exercise: str) -> str:
    """What the solution has for an exercise."""
    return page_builder.solution_code(
        catalog.find(f"lesson{number}", ROOT).solution, exercise
    )


def open_lesson(browser: Browser, lessons: Lessons, number: int) -> None:
    browser.go(f"{lessons.address.partition('?')[0]}lesson{number}")


def in_cell(browser: Browser, exercise: str, css: str, what: str) -> object:
    """Something of an element in the cell of an exercise."""
    place = f"document.querySelector('[data-exercise=\"{exercise}\"] {css}')"
    return browser.run(f"return {place}{what}")


@on_a_screen
def test_lesson_4_is_worked_on_as_a_learner_would(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 4)
    write(browser, "4c", right(4, "4c").replace("-y[k]", "y[k]"))
    assert "Every entry has the opposite sign" in press(browser, "4c", "grade")
    press(browser, "4d", "grade")  # what nobody has written is not marked as wrong
    assert in_cell(browser, "4d", ".feedback", ".className") == "feedback open"
    assert in_cell(browser, "4d", ".marked", "") is None
    assert "Only one term of L" in press(browser, "4c", "hint")
    lines = right(4, "4e").splitlines()
    lines = [line for line in lines if "softmax derivative" not in line]
    write(browser, "4e", "\n".join(lines))
    said = press(browser, "4e", "grade")
    assert "no line shows the derivative of softmax" in said
    for exercise in ("4c", "4e"):
        write(browser, exercise, right(4, exercise))
        assert "passed" in press(browser, exercise, "grade")
    assert "One way to write it" in press(browser, "4c", "solution")
    look_over(browser)


@on_a_screen
def test_what_is_graded_again_has_no_colour_of_its_last_grading(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 4)
    colour = "return getComputedStyle(document.querySelector('[data-exercise=\"4c\"] .feedback')).borderLeftColor"
    press(browser, "4c", "grade")
    open_colour = browser.run(colour)
    write(browser, "4c", right(4, "4c"))
    assert "passed" in press(browser, "4c", "grade")
    right_colour = browser.run(colour)
    browser.run(
        "document.querySelector('[data-exercise=\"4c\"]').classList.add('busy')"
    )
    assert len({open_colour, right_colour, browser.run(colour)}) == 3


@on_a_phone
def test_lesson_6_is_worked_on_as_a_learner_would(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 7)
    write(browser, "7b", right(7, "7b"))
    write(browser, "7d", right(7, "7d").replace('loss="', 'loss="sparse_'))
    assert "takes labels such as 7" in press(browser, "7d", "grade")
    assert "What does binary mean?" in press(browser, "7d", "hint")
    write(browser, "7d", right(7, "7d"))
    assert "passed" in press(browser, "7d", "grade")
    write(browser, "7b", right(7, "7b") + "\nbuild().summary()\n")
    assert "407,050" in press(browser, "7b", "run")
    look_over(browser)


FITS = """
some = np.random.default_rng(7).random((256, 784), dtype="float32")
their = one_hot(np.arange(256) % 10)
for epochs in {}:
    build().fit(some, their, epochs=epochs)
"""
PLACES = (
    ".points].map(point => point.x)",
    "return [...document.querySelector('[data-exercise=\"8b\"] .curve polyline')",
)


def curve(browser: Browser) -> tuple[str, list[float]]:
    """What stands above and below the curve of 8b, and where the loss's points are."""
    words = str(in_cell(browser, "8b", ".curve", ".innerText"))
    places = browser.run(PLACES[1] + PLACES[0])
    assert isinstance(places, list)
    return words, places


@on_a_screen
def test_lesson_7_shows_each_training_with_its_curve(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 8)
    transposed = right(8, "8e").replace("(true, pred), 1", "(pred, true), 1")
    write(browser, "8e", transposed)
    assert "4 of 9 values differ" in press(browser, "8e", "grade")
    assert "One cell per (true, predicted) pair" in press(browser, "8e", "hint")
    write(browser, "8e", right(8, "8e"))
    assert "passed" in press(browser, "8e", "grade")
    # Two trainings in one run: the curve is the second's alone.
    write(browser, "8b", right(8, "8b") + FITS.format((4, 4)))
    press(browser, "8b", "run")
    words, places = curve(browser)
    assert "epoch 4 of 4, step 8 of 8, accuracy 0." in words
    assert "Solid: the training images." in words
    charts = "return document.querySelectorAll('.curve .chart').length"
    assert browser.run(charts) == 2  # loss and accuracy apart
    assert places == sorted(places)
    assert len(places) >= 4
    look_over(browser)


@on_a_phone
def test_a_training_whose_loss_is_no_number_is_told_as_it_is(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 8)
    write(browser, "8b", FITS.format("(2,)").replace("their,", "their * np.nan,"))
    press(browser, "8b", "run")
    words, _ = curve(browser)
    assert "epoch 2 of 2, step 8 of 8" in words
    assert "loss nan" in words
    labels = "return [...document.querySelectorAll('.curve .chart text')].map(one => one.textContent)"
    assert "accuracy" in browser.run(labels)
    assert "loss" not in browser.run(labels)
    assert browser.log() == []


@on_a_phone
def test_a_network_that_is_trained_badly_is_graded_with_its_curve(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 8)
    write(browser, "8c", right(8, "8c").replace("epochs=20", "epochs=1"))
    browser.click('[data-exercise="8c"] [data-action=grade]')
    told = "return document.querySelector('.curve p')?.innerText ?? ''"
    wait_for(lambda: "epoch 1 of 1, step 391 of 391" in str(browser.run(told)), 200)
    said = "return document.querySelector('[data-exercise=\"8c\"] .feedback').innerText"
    wait_for(lambda: "0 of 25 points" in str(browser.run(said)), 200)
    look_over(browser)
