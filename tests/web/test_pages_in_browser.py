"""The lessons in a real browser: written in, run, graded, and never lost."""

from __future__ import annotations

import json
import os
import signal
import urllib.parse
import urllib.request

import pytest

from tests.support.accessibility import breaches
from tests.support.browsers import (
    at_each_width,
    browser_test,
    look_over,
    on_a_phone,
    on_a_screen,
    press_key,
    wait_for,
)
from tests.support.lesson_pages import (
    ANNOUNCED,
    RIGHT,
    WRONG,
    Lessons,
    LessonsProcess,
    in_a_process,
    press,
    status,
    write,
)
from tests.support.project import ROOT
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]


def test_lesson_3_is_worked_on_as_a_learner_would(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address)
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    assert lessons.file("lesson3_cross_entropy") == ""
    write(browser, "3c", WRONG)
    assert "Your COLUMNS sum to 1" in press(browser, "3c", "grade")
    assert "Which axis" in press(browser, "3c", "hint")
    assert "2 more graded attempts" in press(browser, "3c", "solution")
    write(browser, "3c", RIGHT)
    assert "passed" in press(browser, "3c", "grade")
    assert "One way to write it" in press(browser, "3c", "solution")
    assert RIGHT in lessons.file("lesson3_cross_entropy")
    assert "ran without output" in press(browser, "3c", "run")
    write(browser, "3c", "softmax = 1 / 0")
    assert "ZeroDivisionError" in press(browser, "3c", "run")
    assert "division by zero" in press(browser, "3c", "grade")
    marked = "return document.querySelector('[data-exercise=\"3c\"] .marked').innerText"
    assert str(browser.run(marked)).startswith("✗ ")
    look_over(browser)


def test_lesson_1_shows_figures_and_what_cells_print(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson1")
    write(browser, "1a", "(3, 28, 28)")
    assert press(browser, "1a", "run").strip() == "(3, 28, 28)"
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('A line')"
    write(browser, "1a", draw)
    press(browser, "1a", "run")
    image = (
        "const seen = [...document.querySelectorAll('.shown img')]"
        ".filter(one => one.checkVisibility());"
        "return [seen.length, seen[0].alt, seen[0].naturalWidth > 1000,"
        " seen[0].classList.contains('dark'),"
        " matchMedia('(prefers-color-scheme: dark)').matches]"
    )
    *seen, is_dark, is_page_dark = browser.run(image)
    assert seen == [1, "A figure: A line (a line from 1 to 2)", True]
    assert is_dark == is_page_dark
    write(browser, "1a", "print('It runs.')\nwhile True: pass")
    browser.click('[data-exercise="1a"] [data-action=run]')
    said = "return document.querySelector('[data-exercise=\"1a\"] .shown').innerText"
    wait_for(lambda: "It runs." in str(browser.run(said)))
    browser.click('[data-exercise="1a"] [data-action=stop]')
    wait_for(lambda: str(browser.run(said)).endswith("It was stopped."))
    look_over(browser)


@on_a_screen
def test_every_lesson_fits_the_screen_and_can_be_used_by_all(
    browser: Browser, lessons: Lessons
) -> None:
    links = "return [...document.querySelectorAll('main a')].map(a => a.pathname)"
    browser.go(lessons.address.partition("?")[0])
    found = browser.run(links)
    assert isinstance(found, list)
    pages = {path for path in found if path.startswith("/lesson")}
    assert len(pages) == 14
    for path in ("/", *sorted(pages)):
        browser.go(lessons.address.partition("?")[0] + path.removeprefix("/"))
        for width in at_each_width(browser):
            assert browser.overflow() == 0, (path, width)
            assert breaches(browser) == [], (path, width)


@on_a_phone
def test_a_wide_figure_is_as_large_on_a_phone_as_its_letters_need(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson1")
    write(
        browser, "1a", "plt.subplots(1, 2, figsize=(11, 4))\nplt.show()\nprint('drawn')"
    )
    press(browser, "1a", "run")
    width = "const seen = [...document.querySelectorAll('.shown img')].find(one => one.checkVisibility());"
    width += "return seen.getBoundingClientRect().width"
    for _ in at_each_width(browser):
        shown = browser.run(width)
        assert isinstance(shown, int | float)
        assert shown > 600
    look_over(browser)


@on_a_screen
def test_enter_in_the_search_shows_what_was_found(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address)
    browser.run("document.querySelector('[name=q]').focus()")
    press_key(browser, *"keepdims", "Enter")
    heading = "return document.querySelector('main').innerText"
    wait_for(lambda: "unless you pass keepdims=True" in str(browser.run(heading)))
    look_over(browser)


@on_a_screen
def test_the_keys_lead_back_to_where_the_learner_was(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    browser.run("document.activeElement.blur(); scrollTo(0, 500)")
    press_key(browser, "?")
    shown = "return [document.querySelector('#keys').open, scrollY > 600]"
    wait_for(lambda: browser.run(shown) == [True, True])
    press_key(browser, "?")
    wait_for(lambda: browser.run("return scrollY") == 500)


@on_a_screen
def test_a_reset_takes_back_what_was_said_of_the_other_text(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    write(browser, "3c", "softmax = 1 / 0")
    assert "division by zero" in press(browser, "3c", "grade")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    # The name of this outcome is not that of an error below a run.
    edge = f"return getComputedStyle({cell}.querySelector('.verdict .outcome'))"
    assert browser.run(f"{edge}.borderLeftStyle") == "none"
    browser.run(f"{cell}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: browser.run(f"return {cell}.querySelector('.feedback').innerText") == "")  # fmt: skip
    assert browser.run(f"return {cell}.querySelector('.editor .marked')") is None


@on_a_screen
def test_what_one_can_do_now_is_said_once(browser: Browser, lessons: Lessons) -> None:
    page = lessons.address.partition("?")[0] + "lesson2"
    solved = (ROOT / "solutions" / "lesson2_prepare_data.py").read_text()
    (lessons.root / "attempts").mkdir(exist_ok=True)
    (lessons.root / "attempts" / "lesson2_prepare_data.py").write_text(solved)
    browser.go(page)
    promised = browser.run("return document.querySelector('.end p').innerText")
    assert str(promised).startswith("Once every exercise is right, you can")
    browser.run("document.querySelector('.end [data-command=grade]').click()")
    said = "return document.querySelector('main').innerText"
    wait_for(lambda: "Every exercise of this lesson is right" in browser.run(said))
    assert not browser.run(
        "return document.querySelector('.end .abilities').checkVisibility()"
    )


@on_a_screen
def test_an_editor_is_used_by_keyboard_alone(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    area = "document.querySelector('[data-exercise=\"3c\"] textarea')"
    browser.run(f"{area}.focus(); {area}.select()")
    press_key(browser, *"def f():", "Enter", *"return 1", "Enter", "Tab", *"x")
    assert browser.run(f"return {area}.value") == "def f():\n    return 1\n        x"
    press_key(browser, "+Shift", "Tab", "-Shift")
    assert browser.run(f"return {area}.value") == "def f():\n    return 1\n    x"
    press_key(browser, "+Control", "z", "-Control")
    assert browser.run(f"return {area}.value") == "def f():\n    return 1\n        x"
    press_key(browser, "+Control", "/", "-Control")
    assert browser.run(f"return {area}.value").endswith("\n        # x")
    press_key(browser, "+Control", "Enter", "-Control")
    shown = "return document.querySelector('[data-exercise=\"3c\"] .shown').innerText"
    wait_for(lambda: "ran without output" in str(browser.run(shown)))
    press_key(browser, "Escape", "Tab")
    assert browser.run("return document.activeElement.dataset.action") == "run"


@on_a_screen
def test_an_editor_closes_brackets_and_shift_enter_goes_on(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    area = f"{cell}.querySelector('textarea')"
    browser.run(f"{area}.focus(); {area}.select()")
    press_key(browser, *"x = f([1", *"])", "Enter", *"y = 'it")
    assert browser.run(f"return {area}.value") == "x = f([1])\ny = 'it'"
    press_key(browser, "+Control", "s", "-Control")
    wait_for(lambda: status(browser) == "Saved")
    press_key(browser, "+Shift", "Enter", "-Shift")
    shown = f"return {cell}.querySelector('.shown').innerText"
    wait_for(lambda: "NameError" in str(browser.run(shown)))
    focused = "return document.activeElement.closest('section').dataset.number"
    after = f"return Number({cell}.dataset.number) + 1"
    assert int(browser.run(focused)) >= int(browser.run(after))
    browser.run(f"{cell}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: "NotImplementedError" in browser.run(f"return {area}.value"))


@on_a_screen
def test_what_a_run_showed_is_there_again_and_an_error_is_marked(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    write(browser, "3c", "print('shown once')\n1 / 0")
    assert "ZeroDivisionError" in press(browser, "3c", "run")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    marked = f"return {cell}.querySelector('.editor .marked').textContent"
    line = browser.run(f"return Number({cell}.dataset.line) + 1")
    assert browser.run(marked) == f"✗ {line}"
    browser.go(page)
    shown = f"return {cell}.querySelector('.shown').innerText"
    assert "shown once" in browser.run(shown)
    age = f"return getComputedStyle({cell}.querySelector('.shown'), '::before').content"
    assert browser.run(age) == "none"
    write(browser, "3c", "x = 1")
    wait_for(lambda: status(browser) == "Saved")
    assert "an earlier text" in str(browser.run(age))
    assert browser.run(f"return {cell}.querySelector('.editor .marked')") is None
    browser.go(page)
    assert "an earlier text" in str(browser.run(age))
    browser.run(f"{cell}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: browser.run(shown) == "")
    wait_for(lambda: status(browser) == "Saved")
    browser.go(page)
    assert browser.run(shown) == ""


@on_a_screen
def test_what_a_grading_said_is_there_again_and_hints_go_once_it_is_right(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    feedback = f"return {cell}.querySelector('.feedback').innerText"
    write(browser, "3c", "def softmax(s):\n    return s")
    said = press(browser, "3c", "grade")
    assert "Hints for 3c" in press(browser, "3c", "hint")
    browser.go(page)
    assert browser.run(feedback) == said
    write(browser, "3c", RIGHT)
    older = f"return {cell}.querySelector('.feedback').classList.contains('earlier')"
    assert browser.run(older)
    press(browser, "3c", "hint")
    assert "passed" in press(browser, "3c", "grade")
    assert browser.run(f"return {cell}.querySelector('.help').innerText") == ""
    browser.go(page)
    assert "passed" in browser.run(feedback)
    assert not browser.run(older)
    browser.run(f"{cell}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: browser.run(feedback) == "")
    wait_for(lambda: status(browser) == "Saved")
    browser.go(page)
    assert browser.run(feedback) == ""


@on_a_screen
def test_an_error_leads_to_its_callers_and_feedback_says_that_it_is_outdated(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    write(browser, "3c", "def softmax(z):\n    return z")
    press(browser, "3c", "grade")
    age = "return getComputedStyle(document.querySelector('[data-exercise=\"3c\"] .feedback'), '::before').content"
    assert browser.run(age) == "none"
    write(browser, "3c", "def softmax(z):\n    return 1 / 0\n\nsoftmax(1)")
    assert "an earlier text" in str(browser.run(age))
    assert "called from line" in press(browser, "3c", "run")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    browser.run(f"{cell}.querySelector('.callers a').click()")
    browser.run("document.execCommand('insertText', false, 'HERE')")
    text = str(browser.run(f"return {cell}.querySelector('textarea').value"))
    assert "HERE" in text.splitlines()[3]


@on_a_screen
def test_a_figure_says_that_a_cell_above_which_it_uses_has_changed(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    write(browser, "3c", RIGHT)
    cells = "[...document.querySelectorAll('[data-number]')]"
    uses = "print(softmax(PAPER_Z))"
    cell = (
        f"{cells}.find(one => one.querySelector('textarea').value.includes('{uses}'))"
    )
    browser.run(f"{cell}.querySelector('[data-action=run]').click()")
    said = f"return {cell}.querySelector('.shown').innerText"
    wait_for(lambda: "0.7" in str(browser.run(said)))
    note = (
        f"return getComputedStyle({cell}.querySelector('.shown'), '::before').content"
    )
    write(browser, "3a", "PAPER = {}")
    assert browser.run(note) == "none"
    write(browser, "3c", WRONG)
    changed = '"A cell above has changed since this run."'
    assert browser.run(note) == changed
    wait_for(lambda: status(browser) == "Saved")
    look_over(browser)
    browser.go(page)
    assert browser.run(note) == changed
    write(browser, "3c", RIGHT)
    assert browser.run(note) == "none"


@on_a_screen
def test_a_scratch_cell_is_kept_and_an_earlier_version_is_put_back(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    first = "def softmax(z):\n    return z"
    write(browser, "3c", first)
    press(browser, "3c", "grade")
    write(browser, "3c", "softmax = abs")
    assert "Earlier versions" in press(browser, "3c", "versions")
    look_over(browser)
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    browser.run(f"{cell}.querySelector('[data-version]').click()")
    assert browser.run(f"return {cell}.querySelector('textarea').value") == first
    wait_for(lambda: first in lessons.file("lesson3_cross_entropy"))
    scratch = "document.querySelector('#scratch')"
    gutter = browser.run(f"return {scratch}.querySelector('.editor ol').innerText")
    assert str(gutter).strip() == "1"
    browser.run(
        f"{scratch}.querySelector('textarea').focus();"
        "document.execCommand('insertText', false, 'print(softmax(40) + 2)')"
    )
    browser.go(page)
    browser.run(f"{scratch}.querySelector('[data-action=run]').click()")
    shown = f"return {scratch}.querySelector('.shown').innerText"
    wait_for(lambda: str(browser.run(shown)).strip() == "42")
    assert "softmax(40)" not in lessons.file("lesson3_cross_entropy")


@on_a_screen
def test_the_lines_of_a_scratch_cell_are_numbered_as_its_kept_error_counts_them(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    scratch = "document.querySelector('#scratch')"
    browser.go(page)
    browser.run(
        f"{scratch}.querySelector('textarea').focus();"
        "document.execCommand('insertText', false, '1 / 0')"
    )
    browser.run(f"{scratch}.querySelector('[data-action=run]').click()")
    line = f"return {scratch}.querySelector('.shown a')?.dataset.line"
    wait_for(lambda: browser.run(line))
    browser.go(page)
    gutter = f"return {scratch}.querySelector('.editor ol').innerText"
    assert browser.run(gutter) == f"✗ {browser.run(line)}"


@on_a_screen
def test_what_a_cell_prints_is_shown_while_it_runs(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    lines = "for i in range(3):\n    print(f'line {i}')\n    time.sleep(0.3)\n"
    write(browser, "3c", f"import time\n{lines}while True: pass")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    browser.run(f"{cell}.querySelector('[data-action=run]').click()")
    seen = (
        f"return [{cell}.classList.contains('busy'),"
        f" {cell}.querySelector('.shown').innerText]"
    )
    wait_for(lambda: "line 2" in browser.run(seen)[1])
    is_busy, words = browser.run(seen)
    assert is_busy
    assert "Running ..." in words
    assert words.count("line") == 3
    browser.run(f"{cell}.querySelector('[data-action=stop]').click()")
    wait_for(lambda: not browser.run(seen)[0])
    assert browser.run(seen)[1].count("line") == 3


def test_names_are_completed_from_an_index_and_from_the_page(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    area = "document.querySelector('[data-exercise=\"3c\"] textarea')"
    offered = (
        "return [...document.querySelectorAll('.completions:not([hidden]) li')]"
        ".map(one => one.textContent)"
    )
    browser.run(f"{area}.focus(); {area}.select()")
    press_key(browser, *"mine_1 = np.cli")
    wait_for(lambda: browser.run(offered) == ["clip"])
    look = "return document.querySelector('.completions:not([hidden])').getBoundingClientRect().width"
    assert browser.run(look) > 0
    press_key(browser, "Tab")
    assert browser.run(f"return {area}.value") == "mine_1 = np.clip"
    press_key(browser, "Enter", *"min")
    wait_for(lambda: "mine_1" in browser.run(offered))
    press_key(browser, "Enter", *"# np.cl")  # nothing was chosen: a line is broken
    assert browser.run(offered) == []
    press_key(browser, "Escape", "Tab")
    assert browser.run("return document.activeElement.tagName") == "BUTTON"
    assert browser.run(f"return {area}.value") == "mine_1 = np.clip\nmin\n# np.cl"
    browser.run(f"{area}.focus(); {area}.select()")
    press_key(browser, *"softmax_row(")  # a function of another cell
    wait_for(lambda: browser.run(offered) == ["softmax_row(z)"])
    press_key(browser, ")")
    assert browser.run(offered) == []


def test_light_or_dark_is_chosen_and_kept(browser: Browser, lessons: Lessons) -> None:
    page = lessons.address.partition("?")[0]
    browser.go(page)
    colour = "return getComputedStyle(document.body).backgroundColor"
    before = browser.run(colour)
    browser.run("document.querySelector('[data-command=theme]').click()")
    chosen = browser.run(colour)
    assert chosen != before
    browser.go(page + "lesson3")
    assert browser.run(colour) == chosen
    side = "const n = document.querySelector('#contents > .panel');"
    is_wide = browser.run("return innerWidth >= 1200")
    assert (
        browser.run(f"{side} return getComputedStyle(n).position") == "fixed"
    ) == is_wide
    look_over(browser)


def save_a_1(browser: Browser, lessons: Lessons) -> str:
    """Open lesson 3, write into 3c and see it saved; the address of the page."""
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    write(browser, "3c", "a = 1")
    wait_for(lambda: status(browser) == "Saved")
    return page


@on_a_phone
@in_a_process
def test_no_keystroke_is_lost_when_the_server_is_killed(
    browser: Browser, lessons: LessonsProcess
) -> None:
    save_a_1(browser, lessons)
    lessons.kill()
    write(browser, "3c", "a = 2  # while it was away")
    wait_for(lambda: "kept in this browser" in status(browser))
    lessons.start()
    wait_for(lambda: "while it was away" in lessons.file("lesson3_cross_entropy"))
    wait_for(lambda: status(browser) == "Saved")


# Answers of one kind come only when the test lets them.
HOLD = """
const asked = window.fetch;
window.held = [];
window.fetch = async (url, how) => {
  const answer = await asked(url, how);
  if (url.endsWith("/KIND")) await new Promise((go) => window.held.push(go));
  return answer;
};
"""


def hold(browser: Browser, kind: str) -> None:
    """Hold the answers to requests of one kind back, until they are let go."""
    browser.run(HOLD.replace("KIND", kind))


def let_go(browser: Browser) -> None:
    """Let the page have the first answer that is held back, and wait for it."""
    browser.run("held.shift()()")
    browser.run("return new Promise((done) => setTimeout(done, 200))")


@on_a_screen
def test_an_answer_older_than_a_save_takes_nothing_back(
    browser: Browser, lessons: Lessons
) -> None:
    save_a_1(browser, lessons)
    hold(browser, "cells")
    os.utime(lessons.root / "attempts" / "lesson3_cross_entropy.py")
    wait_for(lambda: browser.run("return window.held.length"))
    write(browser, "3c", "a = 2")
    wait_for(lambda: "a = 2" in lessons.file("lesson3_cross_entropy"))
    wait_for(lambda: status(browser) == "Saved")
    let_go(browser)
    area = "document.querySelector('[data-exercise=\"3c\"] textarea')"
    assert browser.run(f"return {area}.value") == "a = 2"


@on_a_phone
@in_a_process
def test_a_tab_that_dies_unsaved_brings_its_words_back(
    browser: Browser, lessons: LessonsProcess
) -> None:
    page = save_a_1(browser, lessons)
    os.kill(lessons.process.pid, signal.SIGSTOP)
    write(browser, "3c", "a = 3  # never sent")
    browser.run(
        "window.onbeforeunload = null; setTimeout(() => location.replace('about:blank'))"
    )
    os.kill(lessons.process.pid, signal.SIGCONT)
    browser.go(page)
    wait_for(lambda: "never sent" in lessons.file("lesson3_cross_entropy"))


@on_a_screen
@in_a_process
def test_what_two_windows_of_one_lesson_kept_is_brought_back_one_after_the_other(
    browser: Browser, lessons: LessonsProcess
) -> None:
    page = save_a_1(browser, lessons)
    with urllib.request.urlopen(f"{browser.address}/window", timeout=300) as answer:
        first = json.load(answer)["value"]
    second = browser._post("/window/new", type="tab")["handle"]
    browser._post("/window", handle=second)
    browser.go(page)
    lessons.kill()
    for window, text in ((first, "a = 2  # first"), (second, "a = 3  # second")):
        browser._post("/window", handle=window)
        write(browser, "3c", text)
        wait_for(lambda: "kept in this browser" in status(browser))
    for window in (first, second):
        browser._post("/window", handle=window)
        browser.run(
            "window.onbeforeunload = null; setTimeout(() => location.replace('about:blank'))"
        )
        wait_for(lambda: browser.run("return location.href") == "about:blank")
    lessons.start()
    browser.go(page)
    wait_for(lambda: "a = 3  # second" in lessons.file("lesson3_cross_entropy"))
    wait_for(lambda: status(browser) == "Saved")
    browser.go(page)
    value = "return document.querySelector('[data-exercise=\"3c\"] textarea').value"
    wait_for(lambda: browser.run(value) == "a = 2  # first")
    conflict = value.replace("textarea').value", ".conflict').innerText")
    wait_for(lambda: "a = 3  # second" in str(browser.run(conflict)))
    assert "a = 3  # second" in lessons.file("lesson3_cross_entropy")


@on_a_phone
def test_both_texts_of_a_conflict_are_shown_and_kept(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    write(browser, "3c", "mine = 1")
    wait_for(lambda: status(browser) == "Saved")
    path = lessons.root / "attempts" / "lesson3_cross_entropy.py"
    browser.run(
        "fetch = (old => async (url, how) => {"
        " if (url.endsWith('/save') && !window.isFree)"
        " await new Promise((go) => { window.free = () => { isFree = true; go(); }; });"
        " return old(url, how); })(fetch)"
    )
    write(browser, "3c", "mine = 2")
    wait_for(lambda: browser.run("return !!window.free"))
    path.write_text(path.read_text().replace("mine = 1", "theirs = 1"))
    browser.run("free()")
    conflict = (
        "return document.querySelector('[data-exercise=\"3c\"] .conflict').innerText"
    )
    wait_for(lambda: "theirs = 1" in str(browser.run(conflict)))
    value = "return document.querySelector('[data-exercise=\"3c\"] textarea').value"
    assert browser.run(value) == "mine = 2"
    assert "theirs = 1" in path.read_text()
    grade = "document.querySelector('[data-exercise=\"3c\"] [data-action=grade]')"
    browser.run(f"{grade}.click()")
    said = "return document.querySelector('[data-exercise=\"3c\"] .feedback').innerText"
    wait_for(lambda: "choose one of them first" in str(browser.run(said)))
    browser.click('[data-exercise="3c"] .conflict button:last-child')
    assert browser.run(said) == ""
    wait_for(lambda: browser.run(value) == "theirs = 1")
    wait_for(lambda: status(browser) == "Saved")


@on_a_screen
def test_what_an_editor_saves_is_seen_at_once(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    write(browser, "3c", "mine = 1")
    wait_for(lambda: status(browser) == "Saved")
    path = lessons.root / "attempts" / "lesson3_cross_entropy.py"
    path.write_text(path.read_text().replace("mine = 1", "theirs = 1\nmore = 2"))
    value = "return document.querySelector('[data-exercise=\"3c\"] textarea').value"
    wait_for(lambda: browser.run(value) == "theirs = 1\nmore = 2")
    path.write_text(path.read_text() + "# %%\nnew = 1\n")
    wait_for(lambda: "file's cells no longer match" in status(browser))


@on_a_screen
def test_a_save_whose_answer_is_lost_is_no_conflict(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    browser.run(
        "window.lost = 0; fetch = (old => async (...a) => { const answer = await old(...a);"
        " if (!window.lost++) throw new TypeError('lost'); return answer })(fetch)"
    )
    write(browser, "3c", "mine = 1")
    wait_for(lambda: browser.run("return window.lost") >= 1)
    write(browser, "3c", "mine = 2\n")
    wait_for(lambda: status(browser) == "Saved")
    assert "mine = 2" in lessons.file("lesson3_cross_entropy")


@on_a_screen
def test_undo_takes_back_words_and_not_letters(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    area = "document.querySelector('[data-exercise=\"3c\"] textarea')"
    value = f"return {area}.value"
    given = browser.run(value)
    browser.run(f"{area}.focus(); {area}.select()")
    press_key(browser, *"hello world abc")
    undone = []
    for _ in range(3):
        press_key(browser, "+Control", "z", "-Control")
        undone.append(browser.run(value))
    assert undone == ["hello world ", "hello ", given]
    for _ in range(3):
        press_key(browser, "+Control", "y", "-Control")
    assert browser.run(value) == "hello world abc"
    caret = f"return {area}.selectionStart"
    assert browser.run(caret) == len("hello world abc")
    write(browser, "3c", RIGHT)
    press_key(browser, "+Control", "z", "-Control")
    assert browser.run(value) == "hello world abc"
    wait_for(lambda: "hello world abc" in lessons.file("lesson3_cross_entropy"))


@on_a_phone
def test_a_reset_can_be_undone_and_is_among_the_versions(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    value = f"return {cell}.querySelector('textarea').value"
    said = f"return {cell}.querySelector('.help').innerText"
    write(browser, "3c", "mine = 1")
    browser.run(f"{cell}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: "Undo" in str(browser.run(said)))
    assert "NotImplementedError" in str(browser.run(value))
    wait_for(lambda: status(browser) == "Saved")
    look_over(browser)
    browser.go(page)
    assert str(browser.run(said)).startswith("Reset.")
    browser.run(f"{cell}.querySelector('.help button').click()")
    assert browser.run(value) == "mine = 1"
    assert browser.run(said) == ""
    wait_for(lambda: "mine = 1" in lessons.file("lesson3_cross_entropy"))
    write(browser, "3c", "mine = 2")
    assert "before a reset" in press(browser, "3c", "versions")
    browser.run(f"{cell}.querySelector('[data-version]').click()")
    assert browser.run(value) == "mine = 1"


@on_a_screen
def test_below_a_cell_is_what_was_pressed_last(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    said = f"return {cell}.querySelector('.help').innerText"
    write(browser, "3c", "mine = 1")
    hold(browser, "hint")
    for last, words in (("versions", "No other version"), ("reset", "Reset.")):
        browser.run(f"{cell}.querySelector('[data-action=hint]').click()")
        wait_for(lambda: browser.run("return held.length"))
        browser.run(f"{cell}.querySelector('[data-action={last}]').click()")
        wait_for(lambda words=words: words in str(browser.run(said)))
        let_go(browser)
        assert words in str(browser.run(said))


@on_a_screen
def test_an_answer_to_an_earlier_grading_replaces_no_later_one(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    one_row = "def softmax_row(z):\n    return np.exp(z) / np.exp(z).sum()"
    write(browser, "3b", one_row)
    write(browser, "3c", RIGHT)
    wait_for(lambda: status(browser) == "Saved")
    whole = "return document.querySelector('#whole').innerText"
    outcome = "return document.querySelector('#states [href=\"#3c\"] .outcome').title"
    hold(browser, "grade")
    for count, tag in ((1, "3b"), (2, "3c")):
        cell = f"document.querySelector('[data-exercise=\"{tag}\"]')"
        browser.run(f"{cell}.querySelector('[data-action=grade]').click()")
        wait_for(lambda count=count: browser.run("return held.length") == count)
    browser.run("held.pop()()")
    said = (
        "return document.querySelector('[data-exercise=\"TAG\"] .feedback').innerText"
    )
    wait_for(lambda: "passed" in str(browser.run(said.replace("TAG", "3c"))))
    later = browser.run(whole)
    let_go(browser)
    assert "Grading" not in str(browser.run(said.replace("TAG", "3b")))
    assert browser.run(whole) == later
    assert browser.run(outcome) == "passed"
    assert "Next:" not in str(browser.run(said.replace("TAG", "3b")))
    assert "Next:" in str(browser.run(said.replace("TAG", "3c")))
    # The whole lesson is being graded when the answer to an exercise comes.
    browser.run(f"{cell}.querySelector('[data-action=grade]').click()")
    wait_for(lambda: browser.run("return held.length") == 1)
    browser.run("document.querySelector('.end [data-command=grade]').click()")
    wait_for(lambda: browser.run("return held.length") == 2)
    let_go(browser)
    assert "Grading" in str(browser.run(whole))
    let_go(browser)
    wait_for(lambda: "points" in str(browser.run(whole)))


@on_a_screen
def test_a_reset_can_be_undone_with_what_was_typed_before_its_answer(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    write(browser, "3c", "mine = 1")
    hold(browser, "reset")
    browser.run(f"{cell}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: browser.run("return held.length"))
    write(browser, "3c", "mine = 2")
    let_go(browser)
    value = f"return {cell}.querySelector('textarea').value"
    assert "NotImplementedError" in str(browser.run(value))
    browser.run(f"{cell}.querySelector('.help button').click()")
    assert browser.run(value) == "mine = 2"


def test_reset_is_shown_while_a_cell_is_not_as_the_lesson_gives_it(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    shown = (
        "return [...document.querySelectorAll('[data-number]')].filter("
        "one => one.querySelector('[data-action=reset]').checkVisibility("
        "{visibilityProperty: true})).map(one => one.dataset.exercise ?? 'given')"
    )
    assert browser.run(shown) == []
    given = "document.querySelector('[data-number]:not([data-exercise])')"
    text = str(browser.run(f"return {given}.querySelector('textarea').value"))
    browser.run(f"{given}.querySelector('textarea').focus()")
    browser.run("document.execCommand('insertText', false, 'x = 1; ')")
    assert browser.run(shown) == ["given"]
    write(browser, "3c", RIGHT)
    assert browser.run(shown) == ["given", "3c"]
    wait_for(lambda: status(browser) == "Saved")
    browser.go(page)
    assert browser.run(shown) == ["given", "3c"]
    look_over(browser)
    browser.run(f"{given}.querySelector('[data-action=reset]').click()")
    wait_for(lambda: browser.run(shown) == ["3c"])
    assert browser.run(f"return {given}.querySelector('textarea').value") == text
    assert browser.run("return document.activeElement.tagName") == "TEXTAREA"


@on_a_screen
def test_a_screen_reader_hears_no_seconds_and_which_cell_a_button_is_for(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    names = browser.run(
        "return [...document.querySelectorAll('section.code button')]"
        ".filter(one => one.checkVisibility()).map(one => one.ariaLabel)"
    )
    assert isinstance(names, list)
    assert len(names) == len(set(names))
    assert {"Run, exercise 3c", "Grade 3c", "Run, Scratch cell"} <= set(names)
    browser.run(ANNOUNCED)
    write(browser, "3c", "import time\ntime.sleep(5)")
    assert "ran without output" in press(browser, "3c", "run")
    announced = browser.run("return window.announced")
    assert isinstance(announced, list)
    assert not any("Saved" in one for one in announced)
    running = [one for one in announced if one.startswith("Running")]
    assert 0 < len(running) < 3
    browser.run(
        "window.real = fetch; fetch = () => Promise.reject(new TypeError('gone'))"
    )
    write(browser, "3c", "x = 1")
    wait_for(lambda: "Not saved" in status(browser))
    browser.run("fetch = window.real")
    wait_for(lambda: status(browser) == "Saved")
    news = "return document.querySelector('#news').innerText"
    assert browser.run(news) == "Saved"


@on_a_screen
def test_a_mark_stays_with_its_line_and_goes_with_its_error(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson3")
    cell = "document.querySelector('[data-exercise=\"3c\"]')"
    marked = f"return {cell}.querySelector('.editor .marked')?.innerText"
    age = f"return {cell}.querySelector('.shown').classList.contains('earlier')"
    write(browser, "3c", "x = 1\n1 / 0")
    press(browser, "3c", "run")
    line = int(str(browser.run(marked)).removeprefix("✗ "))
    # Lines that are added above change the line's number, which the error mentions.
    write(browser, "3b", "x = 1\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\ny = 2")
    wait_for(lambda: browser.run(age))
    assert browser.run(marked) is None
    press_key(browser, "+Control", "z", "-Control")
    wait_for(lambda: not browser.run(age))
    assert browser.run(marked) == f"✗ {line}"
    write(browser, "3c", "x = 1\n1 / 1")
    assert browser.run(marked) is None
    press(browser, "3c", "run")
    assert browser.run(marked) is None
    assert not browser.run(age)
    # An error in a cell above goes when that cell is changed.
    write(browser, "3b", "def above():\n    return missing")
    write(browser, "3c", "above()")
    press(browser, "3c", "run")
    above = marked.replace("3c", "3b")
    assert str(browser.run(above)).startswith("✗ ")
    write(browser, "3b", "y = 1")
    assert browser.run(above) is None
    assert browser.run(age)


@on_a_screen
def test_only_the_last_verdict_says_which_exercise_is_next(
    browser: Browser, lessons: Lessons
) -> None:
    page = lessons.address.partition("?")[0] + "lesson3"
    browser.go(page)
    steps = "return document.querySelectorAll('[data-exercise=\"3c\"] .next').length"
    write(browser, "3c", RIGHT)
    assert "Next: 3" in press(browser, "3c", "grade")
    assert browser.run(steps) == 1
    press(browser, "3b", "grade")
    assert browser.run(steps) == 0
    browser.go(page)
    assert browser.run(steps) == 0


@on_a_screen
def test_the_link_of_every_exercise_leads_to_it(
    browser: Browser, lessons: Lessons
) -> None:
    browser.go(lessons.address.partition("?")[0] + "lesson4")
    tags = browser.run(
        "return [...document.querySelectorAll('#states a')].map(one => one.hash)"
    )
    assert isinstance(tags, list)
    assert "#4d" in tags
    for tag in tags:
        browser.run(f"document.querySelector('#states a[href=\"{tag}\"]').click()")
        place = f"document.getElementById('{tag[1:]}').getBoundingClientRect().top"
        wait_for(lambda place=place: 0 <= browser.run(f"return {place}") < 400)


def test_a_table_and_a_guess_have_signs_in_their_own_colours(
    browser: Browser, lessons: Lessons
) -> None:
    text = (ROOT / "solutions" / "lesson3_cross_entropy.py").read_text(encoding="utf-8")
    for old, new in (
        ('"loss row 2": 1.609', '"loss row 2": -1.609'),
        ('batch": "same"', 'batch": "double"'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (lessons.root / "attempts").mkdir(exist_ok=True)
    (lessons.root / "attempts" / "lesson3_cross_entropy.py").write_text(text)
    browser.go(f"{lessons.address.partition('?')[0]}lesson3")
    helps = (
        "[...document.querySelectorAll('.help')].map((one) => one.textContent).join('')"
    )
    assert browser.run(f"return {helps}") == ""
    assert "3 of 5 points" in press(browser, "3h", "grade")
    assert "12 of 15 points" in press(browser, "3a", "grade")
    marks = {
        tag: browser.run(
            f"return [...document.querySelectorAll('[data-exercise=\"{tag}\"] .marked')]"
            ".map((one) => [one.textContent[0], getComputedStyle(one).color])"
        )
        for tag in ("3a", "3h")
    }
    assert "".join(sign for sign, _ in marks["3a"]) == "✓✓✓✓✓✗✓✓✓"
    assert "".join(sign for sign, _ in marks["3h"]) == "≈✓✓✓"
    colours = dict(map(tuple, (*marks["3a"], *marks["3h"])))
    assert len(set(colours.values())) == 3
    verdict = "document.querySelector('[data-exercise=\"3h\"] .feedback')"
    edge = f"return getComputedStyle({verdict}).borderLeftColor"
    assert browser.run(edge) == colours["≈"]
    assert browser.overflow() == 0
