"""A lesson is worked on and finished by keyboard alone, in a real browser."""

from __future__ import annotations

import itertools

import pytest

from tests.support.accessibility import breaches
from tests.support.browsers import (
    at_each_width,
    browser_test,
    on_a_screen,
    press_key,
    wait_for,
)
from tests.support.lesson_pages import ANNOUNCED, Lessons
from tests.support.project import ROOT
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]

NAME = "lesson3_cross_entropy"
FOCUS = """
const one = document.activeElement;
return one.ariaLabel || one.getAttribute('aria-label') || one.innerText.trim()
"""
SOFTMAX = "return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)"
LIVE = ANNOUNCED.replace("[aria-live]", "[aria-live=polite]")


def tab_to(
    browser: Browser, name: str, most: int = 400, keys: tuple[str, ...] = ("Tab",)
) -> None:
    """Press Tab, or other keys, until the focus is on what has this name."""
    for _ in range(most):
        if browser.run("return document.activeElement.tagName") == "TEXTAREA":
            press_key(browser, "Escape")  # else Tab indents
        press_key(browser, *keys)
        focused = str(browser.run(FOCUS))
        if focused.startswith(name):
            # What has the focus can be seen, also below what stays at the top.
            seen = (
                "const one = document.activeElement.getBoundingClientRect();"
                "return one.bottom > 0 && one.top < innerHeight"
            )
            assert browser.run(seen), name
            return
    raise AssertionError(f"Tab doesn't lead to {name}.")


def heard_of(browser: Browser) -> list[str]:
    """What a screen reader has read since the last call, one word of each."""
    heard = browser.run(
        "const all = window.announced.filter(one => one.trim());"
        "window.announced = []; return all"
    )
    assert isinstance(heard, list)
    return [text.split()[0] for text, _ in itertools.groupby(heard)]


@on_a_screen
def test_a_lesson_is_finished_by_keyboard_alone(
    browser: Browser, lessons: Lessons
) -> None:
    solution = (ROOT / "solutions" / f"{NAME}.py").read_text(encoding="utf-8")
    before, _, rest = solution.partition("def softmax(z):\n")
    stub = 'def softmax(z):\n    raise NotImplementedError("3c")\n\n\n'
    (lessons.root / "attempts").mkdir(exist_ok=True)
    (lessons.root / "attempts" / f"{NAME}.py").write_text(
        f"{before}{stub}# %%{rest.partition('# %%')[2]}"
    )
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    # The first key leads past the header.
    press_key(browser, "Tab")
    assert browser.run(FOCUS) == "To the text"
    press_key(browser, "Enter")
    tab_to(browser, "Code of exercise 3c")
    press_key(browser, "+Control", "a", "-Control", *"def softmax(z):", "Enter")
    press_key(browser, *SOFTMAX)
    browser.run(LIVE)
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    press_key(browser, "+Control", "Enter", "-Control")
    ran = f"return {cell}.querySelector('.shown').innerText"
    wait_for(lambda: "ran without output" in str(browser.run(ran)))
    assert heard_of(browser) == ["Running", "It"]
    press_key(browser, "+Alt", "Enter", "-Alt")
    verdict = f"return {cell}.querySelector('.feedback').innerText"
    wait_for(lambda: "passed" in str(browser.run(verdict)))
    assert SOFTMAX in lessons.file(NAME)
    assert heard_of(browser) == ["Grading", "✓"]
    tab_to(browser, "Next: 3d")
    press_key(browser, "Enter")
    assert browser.run("return location.hash") == "#3d"
    tab_to(browser, "Code of exercise 3d", most=10)
    tab_to(browser, "Grade the lesson")
    press_key(browser, "Enter")
    wait_for(lambda: browser.run("return document.querySelector('.completed')"))
    assert heard_of(browser) == ["Grading", "Lesson"]
    for width in at_each_width(browser):
        assert breaches(browser) == [], width
    # From the button at the end, back into the card.
    tab_to(browser, "Lesson 4", keys=("+Shift", "Tab", "-Shift"))
    press_key(browser, "Enter")
    wait_for(lambda: browser.run("return location.pathname") == "/lesson4")
