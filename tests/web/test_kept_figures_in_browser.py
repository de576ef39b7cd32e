"""Figures that come with a lesson in a real browser: seen before a run, code folded."""

from __future__ import annotations

import pytest

from grader.course.document import catalog
from tests.support.browsers import browser_test, on_a_screen, press_key, wait_for
from tests.support.lesson_pages import Lessons, write
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]

FIRST = "[...document.querySelectorAll('.code:has(.fold)')][0]"
# The first one below 3h.
PREDICTED = """[...document.querySelectorAll('.code:has(.fold)')].find((one) => 2
  & one.compareDocumentPosition(document.querySelector('.code[data-exercise="3h"]')))"""
STATE = """
const cell = CELL, kept = cell.querySelector('.kept');
const images = [...kept.querySelectorAll('img')].filter((one) => one.offsetHeight);
return [cell.querySelector('.fold').open, images.map((one) => one.naturalWidth > 0),
  images.every((one) => Math.abs(one.offsetWidth * one.getAttribute('height')
    - one.offsetHeight * one.getAttribute('width')) < 2 * one.offsetWidth),
  cell.querySelectorAll('.shown .figure').length > 0]
"""


def state_of(browser: Browser, cell: str) -> object:
    """Whether its code is unfolded; whether each of the lesson's own figures that are
    seen is loaded, and all have the size that the page said; whether it drew."""
    return browser.run(STATE.replace("CELL", cell))


def test_a_figure_is_there_before_a_run_and_then_ones_own(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    browser.run(f"{FIRST}.scrollIntoView()")
    wait_for(lambda: state_of(browser, FIRST) == [False, [True], True, False])
    browser.run(f"{FIRST}.querySelector('summary').focus()")
    browser.press_enter()
    assert state_of(browser, FIRST) == [True, [True], True, False]
    browser.press_enter()
    browser.run(f"{FIRST}.querySelector('[data-action=run]').click()")
    wait_for(lambda: state_of(browser, FIRST) == [False, [], True, True])
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    wait_for(lambda: state_of(browser, FIRST) == [False, [], True, True])
    assert browser.log() == []


@on_a_screen
def test_a_prediction_brings_its_figure(browser: Browser, lessons: Lessons) -> None:
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    browser.run(f"{PREDICTED}.scrollIntoView()")
    said = f"return {PREDICTED}.querySelector('.kept').innerText"
    assert browser.run(said) == "Hidden until you have written your prediction."
    text = browser.run(
        "return document.querySelector('[data-exercise=\"3h\"] textarea').value"
    )
    write(browser, "3h", str(text).replace("...", "1"))
    wait_for(lambda: state_of(browser, PREDICTED) == [False, [True], True, False])


@on_a_screen
def test_the_figure_goes_while_its_code_is_another(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    browser.run(f"{FIRST}.querySelector('summary').click(); {FIRST}.scrollIntoView()")
    wait_for(lambda: state_of(browser, FIRST) == [True, [True], True, False])
    browser.run(f"{FIRST}.querySelector('textarea').focus()")
    browser.run("document.execCommand('insertText', false, '# mine')")
    wait_for(lambda: state_of(browser, FIRST) == [True, [], True, False])
    browser.run("document.execCommand('undo')")
    wait_for(lambda: state_of(browser, FIRST) == [True, [True], True, False])


@on_a_screen
def test_a_line_of_an_error_unfolds_its_code(
    browser: Browser, lessons: Lessons
) -> None:
    lesson = catalog.find("3", lessons.root)
    page = lesson.page.read_text().replace("plt.show()", "plt.show(1 / 0)", 1)
    (lessons.root / "attempts").mkdir(exist_ok=True)
    (lessons.root / "attempts" / "lesson3_cross_entropy.py").write_text(page)
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    browser.run(f"{FIRST}.querySelector('[data-action=run]').click()")
    opened = f"return {FIRST}.querySelector('.fold').open"
    wait_for(lambda: browser.run(opened))
    assert "ZeroDivisionError" in str(
        browser.run(f"return {FIRST}.querySelector('.shown').innerText")
    )


@on_a_screen
def test_the_keyboard_goes_from_cell_to_cell_past_folded_code(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.replace("/?", "/lesson3?"))
    before = f"[...document.querySelectorAll('.code')].indexOf({FIRST}) - 1"
    browser.run(
        f"[...document.querySelectorAll('.code')][{before}].querySelector('textarea').focus()"
    )
    press_key(browser, "+Shift", "Enter", "-Shift")
    focused = (
        "return document.activeElement === FIRST.querySelector('[data-action=run]')"
    )
    wait_for(lambda: browser.run(focused.replace("FIRST", FIRST)))
    press_key(browser, "+Shift", "Enter", "-Shift")
    wait_for(lambda: not browser.run(focused.replace("FIRST", FIRST)))
    wait_for(lambda: state_of(browser, FIRST) == [False, [], True, True])
