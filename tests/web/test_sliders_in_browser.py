"""Figures with a slider in a real browser: by keyboard, by touch, and for everybody."""

from __future__ import annotations

import pytest

from tests.support.browsers import (
    browser_test,
    look_over,
    on_a_phone,
    press_key,
    wait_for,
)
from tests.support.lesson_pages import Lessons
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]

PAGE = """# %% [markdown]
# # Lesson 3  Cross-entropy by hand

# %% [figure]
from grader.pictures import slider


def draw(ax, z):
    ax.plot([0, 1, 2], [0, z, 1], label="moves")
    ax.plot([0, 2], [1, 1], "--", label="stays")
    ax.set_title(f"twice as much: {2 * z:g}")
    ax.set_xlabel("x")


slider(draw, "z", [1, 2, 4], title="A line", alt="A line that moves.")
"""
RUN = "[...document.querySelectorAll('[data-action=run]')][0]"
SHOWN = """
const figure = document.querySelector(".slider");
const seen = [...figure.querySelectorAll("[data-place]")]
  .filter((one) => getComputedStyle(one).display !== "none");
return [seen.map((one) => one.dataset.words ?? one.innerText),
  figure.querySelector("input").getAttribute("aria-valuetext"),
  figure.querySelectorAll("svg path").length]
"""


def open_slider(browser: Browser, lessons: Lessons) -> None:
    """Run the only cell of a page, and look at its figure."""
    attempts = lessons.root / "attempts"
    attempts.mkdir(exist_ok=True)
    (attempts / "lesson3_cross_entropy.py").write_text(PAGE)
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    browser.run(f"{RUN}.click()")
    wait_for(lambda: browser.run("return document.querySelector('.slider') !== null"))
    browser.run("document.querySelector('.slider').scrollIntoView({block: 'center'})")


def test_a_figure_follows_the_arrow_keys(browser: Browser, lessons: Lessons) -> None:
    open_slider(browser, lessons)
    words = "1: twice as much: 2"
    # What stays is there once, and both are in the legend.
    assert browser.run(SHOWN) == [["twice as much: 2", words, "1"], words, 3 + 1 + 2]
    browser.run("document.querySelector('.slider input').focus()")
    press_key(browser, "ArrowRight")
    words = "2: twice as much: 4"
    assert browser.run(SHOWN) == [["twice as much: 4", words, "2"], words, 6]
    press_key(browser, "End", "ArrowRight")
    assert browser.run(SHOWN)[1] == "4: twice as much: 8"
    look_over(browser)
    # After a reload it is there again, from its first value on.
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    wait_for(lambda: browser.run("return document.querySelector('.slider') !== null"))
    assert browser.run(SHOWN)[1] == "1: twice as much: 2"


@on_a_phone
def test_a_figure_follows_a_finger(browser: Browser, lessons: Lessons) -> None:
    open_slider(browser, lessons)
    box = browser.run(
        "const b = document.querySelector('.slider input').getBoundingClientRect();"
        "return [b.left, b.top + b.height / 2, b.width, b.height]"
    )
    left, middle, width, height = map(int, box)
    assert height >= 44
    assert width > 150
    moves = [
        {"type": "pointerMove", "duration": 0, "x": left + 10, "y": middle},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerMove", "duration": 200, "x": left + width // 2, "y": middle},
        {"type": "pointerUp", "button": 0},
    ]
    finger = {"type": "pointer", "id": "finger", "actions": moves}
    browser._post(
        "/actions", actions=[finger | {"parameters": {"pointerType": "touch"}}]
    )
    assert browser.run(SHOWN)[1] == "2: twice as much: 4"
