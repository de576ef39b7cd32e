"""A digit is drawn on lesson 8's page in a real browser, for a network that was kept."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from grader.course.document import catalog
from grader.learner.drawn_digits.weights import keep_network
from grader.learner.session import LearnerSession
from tests.support.browsers import (
    browser_test,
    look_over,
    on_a_phone,
    on_a_screen,
    wait_for,
)
from tests.support.drawn_digits import SAYS_3, SOURCE, png, seven
from tests.support.lesson_pages import Lessons
from tools.shots.browser import Browser

pytestmark = [
    *(pytest.mark.browser, pytest.mark.slow, pytest.mark.tensorflow),
    browser_test,
]
ANSWER = "return document.querySelector('#draw .answer').innerText"
CANVAS = """
const box = document.querySelector('#draw canvas').getBoundingClientRect();
return [box.left, box.top, box.width]
"""
# The brightness of all pixels that were drawn.
INK = """
const canvas = document.querySelector('#draw canvas');
const { data } = canvas.getContext('2d').getImageData(0, 0, 280, 280);
return data.filter((_, i) => i % 4 == 0 && data[i] > 128).length
"""


def keep(lessons: Lessons) -> None:
    """Keep a network that says 3, whatever it sees."""
    lesson = catalog.find("lesson8", lessons.root)
    session = LearnerSession.at(lessons.root / "attempts")
    keep_network(session.weights(lesson), SOURCE, [SAYS_3])


def open_canvas(browser: Browser, lessons: Lessons) -> None:
    browser.go(f"{lessons.address.partition('?')[0]}lesson8")
    browser.run("document.querySelector('#draw').scrollIntoView({block: 'start'})")


def stroke(browser: Browser, kind: str, *places: tuple[float, float]) -> None:
    """Draw a line through places of the canvas, from 0 to 1."""
    browser.run(
        "document.querySelector('#draw canvas').scrollIntoView({block: 'center'})"
    )
    left, top, width = browser.run(CANVAS)  # type: ignore[misc]
    moves: list[dict[str, object]] = []
    for x, y in places:
        at = {"x": round(left + x * width), "y": round(top + y * width)}
        moves.append({"type": "pointerMove", "duration": 20, "origin": "viewport"} | at)
        if len(moves) == 1:
            moves.append({"type": "pointerDown", "button": 0})
    moves.append({"type": "pointerUp", "button": 0})
    pointer = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}}
    browser._post("/actions", actions=[pointer | {"actions": moves}])


def classify(browser: Browser) -> str:
    browser.run("document.querySelector('#draw .answer').replaceChildren()")
    browser.click("#draw [data-draw=classify]")
    return answer(browser)


def answer(browser: Browser) -> str:
    wait_for(
        lambda: (said := str(browser.run(ANSWER))) and "looks at it" not in said, 120
    )
    return str(browser.run(ANSWER))


def test_a_digit_is_drawn_and_classified(
    browser: Browser, lessons: Lessons, tmp_path: Path
) -> None:
    open_canvas(browser, lessons)
    assert "nothing on this drawing yet" in classify(browser)
    for kind in ("mouse", "touch"):
        browser.click("#draw [data-draw=clear]")
        assert browser.run(INK) == 0
        stroke(browser, kind, (0.3, 0.25), (0.7, 0.25), (0.45, 0.8))
        assert int(str(browser.run(INK))) > 4_000
    assert "don't have a trained network yet" in classify(browser)
    keep(lessons)
    said = classify(browser)
    assert "Your network says 3, with a probability of 0.91." in said
    assert "0.910" in said
    seen = (
        "const i = document.querySelector('#draw img'); return [i.naturalWidth, i.alt]"
    )
    width, alt = browser.run(seen)  # type: ignore[misc]
    assert (width, "28 by 28" in alt) == (28, True)
    look_over(browser)
    if folder := os.environ.get("CANVAS_SHOTS"):
        name = browser.run("return `${innerWidth}`")
        (Path(folder) / f"canvas-{name}.png").write_bytes(browser.screenshot())


@on_a_phone
def test_a_file_is_chosen_without_drawing(
    browser: Browser, lessons: Lessons, tmp_path: Path
) -> None:
    keep(lessons)
    open_canvas(browser, lessons)
    for data, words in (
        (png(255 - seven()), "it is inverted"),
        (png(np.zeros((50, 50))), "nothing on this drawing yet"),
        (b"hello", "isn't a PNG file"),
    ):
        path = tmp_path / "drawn.png"
        path.write_bytes(data)
        (field,) = browser._post(
            "/element", using="css selector", value="#draw input[type=file]"
        ).values()
        browser.run("document.querySelector('#draw .answer').replaceChildren()")
        browser._post(f"/element/{field}/value", text=str(path))
        assert words in answer(browser)
    browser.click("#draw [data-draw=clear]")
    assert browser.run(ANSWER) == ""


@on_a_screen
def test_other_lessons_have_no_canvas(browser: Browser, lessons: Lessons) -> None:
    browser.go(f"{lessons.address.partition('?')[0]}lesson1")
    assert browser.run("return document.querySelector('#draw')") is None
