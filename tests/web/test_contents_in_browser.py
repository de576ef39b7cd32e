"""A lesson's header, its contents, and the way on, in a real browser."""

from __future__ import annotations

import itertools
import json

import pytest

from tests.support.browsers import (
    browser_test,
    look_over,
    on_a_phone,
    on_a_screen,
    press_key,
    wait_for,
)
from tests.support.lesson_pages import ANNOUNCED, RIGHT, Lessons, press, write
from tests.support.project import ROOT
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]
CELL = "document.querySelector('[data-exercise=\"3c\"]')"


def open_page(browser: Browser, lessons: Lessons, path: str) -> None:
    browser.go(lessons.address.partition("?")[0] + path)


def solve(lessons: Lessons, name: str, without: str = "") -> None:
    """Put a lesson's solution into the learner's file, except for one exercise."""
    text = (ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8")
    if without:
        head, mark, rest = text.partition(f'# %% id="{without}"\n')
        assert mark
        text = f"{head}{mark}pass\n\n# %%{rest.partition('# %%')[2]}"
    path = lessons.root / "attempts" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


@on_a_screen
def test_the_contents_follow_the_scrolling(browser: Browser, lessons: Lessons) -> None:
    open_page(browser, lessons, "lesson3")
    current = (
        "return document.querySelector('#states [aria-current]')?.hash ?? 'nothing'"
    )
    places = browser.run(
        "return [...document.querySelectorAll('#states a')].map(one => one.hash)"
    )
    assert isinstance(places, list)
    assert {"#3a", "#3h", "#only-the-logarithm-follows-all-three-rules"} <= set(places)
    for place in ("#3c", "#3e", "#three-questions-first"):
        browser.run(
            f"document.getElementById({json.dumps(place[1:])}).scrollIntoView()"
        )
        wait_for(lambda place=place: browser.run(current) == place)
    # A grading changes the outcomes, and neither the sections nor the place.
    write(browser, "3c", RIGHT)
    assert "passed" in press(browser, "3c", "grade")
    after = browser.run(
        "return [...document.querySelectorAll('#states a')].map(one => one.hash)"
    )
    assert after == places
    sign = "return document.querySelector('#states a[href=\"#3c\"] .outcome').title"
    assert browser.run(sign) == "passed"


@on_a_phone
def test_the_header_stays_on_a_phone_and_its_menus_close(
    browser: Browser, lessons: Lessons
) -> None:
    open_page(browser, lessons, "lesson3")
    browser.run("document.getElementById('3e').scrollIntoView()")
    head = "return document.querySelector('header').getBoundingClientRect()"
    box = browser.run(f"{head}.toJSON()")
    assert isinstance(box, dict)
    assert box["top"] == 0
    assert box["height"] < 64
    is_open = "return [...document.querySelectorAll('header details')].map(m => m.open)"
    assert browser.run(is_open) == [False, False]
    browser.click("#contents > summary")
    wait_for(lambda: browser.run(is_open) == [False, True])
    look = "return document.querySelector('#contents nav').checkVisibility()"
    assert browser.run(look)
    assert browser.overflow() == 0
    browser.run("document.querySelector('#contents > summary').focus()")
    press_key(browser, "Escape")
    wait_for(lambda: browser.run(is_open) == [False, False])
    browser.click("#lessons > summary")
    wait_for(lambda: browser.run(is_open) == [True, False])
    names = str(browser.run("return document.querySelector('#lessons nav').innerText"))
    assert "Derive it, and have every line checked" in names
    browser.run("document.querySelector('main h1').click()")
    wait_for(lambda: browser.run(is_open) == [False, False])


def test_a_finished_lesson_ends_in_a_card_that_leads_on(
    browser: Browser, lessons: Lessons
) -> None:
    solve(lessons, "lesson2_prepare_data", without="2b")
    open_page(browser, lessons, "lesson2")
    whole = "return document.querySelector('#whole').innerText"
    browser.run("document.querySelector('.end [data-command=grade]').click()")
    wait_for(lambda: "points" in str(browser.run(whole)))
    lacks = "return document.querySelector('#whole a[href=\"#2b\"]').parentElement.innerText"
    assert str(browser.run(lacks)).startswith("Still missing: 2b (")
    solution = (ROOT / "solutions" / "lesson2_prepare_data.py").read_text("utf-8")
    own = solution.partition('# %% id="2b"\n')[2].partition("\n# %%")[0]
    write(browser, "2b", own)
    said = press(browser, "2b", "grade")
    assert "passed" in said
    assert "to the end of the lesson" in said
    # Nobody is asked to press anything.
    wait_for(lambda: "Lesson 2 is done" in str(browser.run(whole)))
    words = str(browser.run(whole))
    assert "100 of 100 points" in words
    assert "Every exercise of this lesson is right. You can now" in words
    onward = "return document.querySelector('#whole a.button.main').pathname"
    assert browser.run(onward) == "/lesson3"
    look_over(browser)
    ticks = "return document.querySelectorAll('#lessons .done').length"
    assert browser.run(ticks) == 0
    open_page(browser, lessons, "lesson3")
    assert browser.run(ticks) == 1
    open_page(browser, lessons, "what-you-can-do")
    assert "You did 1 of 14 lessons" in str(
        browser.run("return document.querySelector('main').innerText")
    )
    look_over(browser)


@on_a_screen
def test_a_grading_of_the_whole_lesson_shows_how_far_it_is(
    browser: Browser, lessons: Lessons
) -> None:
    solve(lessons, "lesson3_cross_entropy")
    open_page(browser, lessons, "lesson3")
    browser.run(
        "window.notes = []; new MutationObserver(() => window.notes.push("
        "document.querySelector('#whole').innerText)).observe("
        "document.querySelector('#whole'), {subtree: true, childList: true})"
    )
    browser.run("document.querySelector('.end [data-command=grade]').click()")
    whole = "return document.querySelector('#whole').innerText"
    wait_for(lambda: "100 of 100 points" in str(browser.run(whole)))
    notes = browser.run("return window.notes")
    assert isinstance(notes, list)
    assert any("3a, 1 of 9" in one for one in notes), notes


@on_a_screen
def test_a_screen_reader_hears_of_a_grading_twice(
    browser: Browser, lessons: Lessons
) -> None:
    open_page(browser, lessons, "lesson3")
    write(browser, "3c", RIGHT)
    live = ANNOUNCED.replace("[aria-live]", "[aria-live=polite]")
    browser.run(live)
    browser.run(f"{CELL}.querySelector('[data-action=grade]').click()")
    said = f"return {CELL}.querySelector('.feedback').innerText"
    wait_for(lambda: "passed" in str(browser.run(said)))
    heard = browser.run("return window.announced.filter(one => one.trim())")
    assert isinstance(heard, list)
    assert [one.split()[0] for one, _ in itertools.groupby(heard)] == ["Grading", "✓"]


@on_a_screen
def test_a_wrong_value_is_shown_beside_the_expected_one(
    browser: Browser, lessons: Lessons
) -> None:
    open_page(browser, lessons, "lesson3")
    write(browser, "3c", "def softmax(z):\n    return np.exp(z) / 4\n")
    press(browser, "3c", "grade")
    sides = (
        f"return [...{CELL}.querySelectorAll('.sides pre')]"
        ".map(one => one.getBoundingClientRect().top)"
    )
    tops = browser.run(sides)
    assert isinstance(tops, list)
    assert len(tops) == 2
    assert tops[0] == tops[1]
