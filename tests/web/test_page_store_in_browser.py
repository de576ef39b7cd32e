"""Whatever happens between a keystroke and the file, the words come to their cell."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.browsers import OpenBrowser, browser_test, press_key, wait_for
from tests.support.lesson_pages import Lessons, in_a_process, let_in, status, write
from tools.shots.browser import Browser

NAME = "lesson3_cross_entropy"
pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]
# As a browser that keeps nothing for a page.
FORBIDDEN = """
Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
});
"""
FULL = """
for (let n = 1 << 20; n >= 1; n >>= 1) {
  try { for (;;) localStorage.setItem("fill" + Math.random(), "x".repeat(n)); } catch {}
}
"""


@pytest.fixture
def browser(
    lessons: Lessons,
    open_browser: OpenBrowser,
) -> Browser:
    opened = open_browser(1280)
    let_in(opened, lessons)
    return opened


class Page:
    """Lesson 3 in a browser, and the file behind it."""

    def __init__(self, browser: Browser, lessons: Lessons) -> None:
        self.browser, self.lessons = browser, lessons
        self.path = lessons.root / "attempts" / f"{NAME}.py"

    def open(self) -> None:
        self.browser.go(f"{self.lessons.address.partition('?')[0]}lesson3")

    def write(self, text: str, tag: str = "3c") -> None:
        write(self.browser, tag, text)

    def save(self, text: str, tag: str = "3c") -> None:
        self.write(text, tag)
        self.until_saved()
        assert text in self.text

    def until_saved(self) -> None:
        wait_for(lambda: status(self.browser) == "Saved")

    def until_status(self, words: str) -> None:
        wait_for(lambda: words in status(self.browser))

    def run(self, script: str) -> object:
        return self.browser.run(script)

    def before_it_opens(self, script: str) -> None:
        name = "Page.addScriptToEvaluateOnNewDocument"
        self.browser._cdp(name, {"source": script})

    def leave(self) -> None:
        self.run("setTimeout(() => location.replace('about:blank'))")
        wait_for(lambda: self.run("return location.href") == "about:blank")

    def value(self, tag: str = "3c") -> str:
        found = f"return document.querySelector('[data-exercise=\"{tag}\"] textarea')"
        return str(self.run(f"{found}.value"))

    def part(self, name: str, tag: str = "3c") -> str:
        css = json.dumps(f'[data-exercise="{tag}"] .{name}')
        return str(self.run(f"return document.querySelector({css}).innerText"))

    def press(self, action: str, tag: str = "3c") -> None:
        css = json.dumps(f'[data-exercise="{tag}"] [data-action={action}]')
        self.run(f"document.querySelector({css}).click()")

    @property
    def text(self) -> str:
        return self.lessons.file(NAME)

    def change(self, old: str, new: str) -> None:
        """Change the file as an editor would."""
        assert old in self.text
        self.path.write_text(self.text.replace(old, new, 1))


@pytest.fixture
def page(browser: Browser, lessons: Lessons) -> Page:
    made = Page(browser, lessons)
    made.open()
    return made


def test_a_cell_is_saved_where_it_has_moved_to_and_no_other_is_touched(
    page: Page,
) -> None:
    page.save("a = 1")
    above = "# %%\nmine = 1\n# %% [markdown]\n# A note.\n"
    for more in range(1, 4):
        page.path.write_text(above + page.text)
        page.until_status("no longer match this page")
        before = page.text
        for text in (f"a = {more}1", f"a = {more}2"):
            page.write(text)
            wait_for(lambda text=text: f"{text}\n" in page.text)
        now = page.text.replace(f"a = {more}2", "?")
        assert now == before.replace(f"a = {more - 1}2" if more > 1 else "a = 1", "?")
    assert page.part("conflict") == ""


@in_a_process
def test_words_that_are_brought_back_find_their_cell_where_it_is_now(
    page: Page,
) -> None:
    page.save("a = 1")
    page.lessons.kill()
    page.write("a = 2  # while it was away")
    page.until_status("kept in this browser")
    page.leave()
    page.path.write_text("# %%\nmine = 1\n# %%\nmine = 2\n" + page.text)
    page.lessons.start()
    page.open()
    wait_for(lambda: "while it was away" in page.text)
    page.until_saved()
    assert "mine = 1\n# %%\nmine = 2\n" in page.text
    assert "a = 1" not in page.text


def test_a_cell_that_is_gone_is_said_once_and_holds_up_no_other(page: Page) -> None:
    page.save("a = 1")
    page.path.write_text("# %%\nnothing = 1\n")
    page.write("a = 2")
    page.until_status("gone from the file")
    assert "Your text is kept here" in page.part("conflict")
    page.press("run")
    assert page.part("shown").startswith("This cell is gone from the file")
    page.run("window.asked = 0; fetch = (old => (...a) => (asked++, old(...a)))(fetch)")
    page.press("run", "3a")
    wait_for(lambda: "no code to run" in page.part("shown", "3a"))
    assert page.value() == "a = 2"
    assert page.run("return asked") < 6


def test_a_line_that_would_cut_a_cell_in_two_is_refused_and_holds_up_no_other(
    page: Page,
) -> None:
    page.save("a = 1")
    page.write("a = 1\n# %%\nb = 2")
    page.write("e = 5", "3e")
    wait_for(lambda: "e = 5" in page.text)
    said = "Code of exercise 3c: A line that begins with # %% begins a new cell"
    page.until_status(f"Not saved: {said}")
    grade = "[data-exercise='3e'] [data-action=grade]"
    page.run(f'document.querySelector("{grade}").click()')
    feedback = (
        "return document.querySelector('[data-exercise=\"3e\"] .feedback').innerText"
    )
    wait_for(lambda: str(page.run(feedback)).startswith(said))
    assert page.text.count("a = 1") == 1
    assert "b = 2" not in page.text
    page.save("a = 1\nb = 2")


def test_what_is_typed_before_the_scripts_are_there_is_saved(page: Page) -> None:
    page.before_it_opens("""
      new MutationObserver(() => {
        const area = document.querySelector('[data-exercise="3c"] textarea');
        if (area && typeof Cell === "undefined") area.value = "early = 1";
      }).observe(document, { childList: true, subtree: true });
    """)
    page.open()
    assert page.value() == "early = 1"
    wait_for(lambda: "early = 1" in page.text)


def test_a_letter_taken_back_before_its_save_was_answered_is_taken_back(
    page: Page,
) -> None:
    page.save("a = 1")
    page.run(
        "window.lost = 0; fetch = (old => async (url, how) => {"
        " const answer = await old(url, how);"
        " if (url.endsWith('/save') && !lost++) throw new TypeError('lost');"
        " return answer })(fetch)"
    )
    page.write("a = 12")
    wait_for(lambda: page.run("return lost"))
    page.write("a = 1")
    wait_for(lambda: page.run("return lost") > 1)
    page.until_saved()
    assert page.value() == "a = 1"
    assert "a = 12" not in page.text


def test_nothing_is_kept_of_what_was_typed_and_taken_back(page: Page) -> None:
    page.save("a = 1")
    page.write("a = 12")
    page.write("a = 1")
    page.until_saved()
    kept = "return Object.keys(localStorage).filter((key) => key.startsWith('cell'))"
    assert page.run(kept) == []


@in_a_process
@pytest.mark.parametrize("script", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_a_browser_that_keeps_nothing_is_told_and_saves_all_the_same(
    page: Page, script: str
) -> None:
    page.before_it_opens(script)
    page.open()
    page.save("a = 1")
    page.change("a = 1", "a = 2")
    wait_for(lambda: page.value() == "a = 2")
    page.lessons.kill()
    page.write("a = 3  # " + "long " * 100)
    page.until_status("This browser keeps nothing: leave this page open.")
    page.lessons.start()
    page.until_saved()
    assert "a = 3" in page.text


def test_who_types_on_and_on_is_saved_meanwhile(page: Page) -> None:
    page.save("a = 1")
    page.run("window.area = document.querySelector('[data-exercise=\"3c\"] textarea')")
    page.run("area.focus(); area.setSelectionRange(99, 99)")
    page.run(
        "window.typing = setInterval(() => document.execCommand('insertText', false, '7'), 100)"
    )
    wait_for(lambda: "a = 177" in page.text)
    page.run("clearInterval(typing)")


def test_the_last_of_two_runs_speaks_and_can_be_stopped_until_it_ends(
    page: Page,
) -> None:
    page.run(
        "window.answered = 0; fetch = (old => async (url, how) => {"
        " const answer = await old(url, how);"
        " if (url.endsWith('/run')) answered += 1;"
        " return answer })(fetch)"
    )
    page.save("import time\ntime.sleep(30)")
    page.press("run")
    wait_for(lambda: page.part("shown").startswith("Running ..."))
    page.save("print('second')\nwhile True: pass")
    page.press("run")
    wait_for(lambda: page.run("return answered") == 1)
    # What it prints is shown before it has ended.
    wait_for(lambda: "second" in page.part("shown"))
    assert page.part("shown").startswith("Running ...")
    stop = "return document.querySelector('[data-exercise=\"3c\"] [data-action=stop]').hidden"
    assert page.run(stop) is False
    page.press("stop")
    wait_for(lambda: page.run(stop) is True)
    assert page.part("shown").split() == ["second", "It", "was", "stopped."]


def test_a_run_shows_nothing_that_an_earlier_one_printed(page: Page) -> None:
    page.save("while True:\n    print('old')\n    sum(range(10**6))")
    page.press("run")
    wait_for(lambda: "old" in page.part("shown"))
    page.run(
        "fetch = (old => (url, how) => url.endsWith('/run')"
        " ? new Promise((go) => { window.free = () => go(old(url, how)); })"
        " : old(url, how))(fetch)"
    )
    page.save("print('new')\nwhile True: pass")
    page.press("run")
    wait_for(lambda: page.run("return !!window.free"))
    wait_for(lambda: "old" in page.part("shown"))
    page.run("free()")
    wait_for(lambda: "new" in page.part("shown"))
    assert "old" not in page.part("shown")
    page.press("stop")
    wait_for(lambda: page.part("shown").endswith("It was stopped."))


HOLD_SAVE = """
const { fetch } = window;
window.fetch = (url, how) => url.endsWith("/save")
  ? new Promise((go) => { window.free = () => go(fetch(url, how)); })
  : (window.asked = url, fetch(url, how));
"""


def test_stop_ends_what_still_waits_to_be_saved(page: Page) -> None:
    page.save("a = 1")
    page.run(HOLD_SAVE)
    page.write("a = 2")
    page.press("run")
    wait_for(lambda: page.run("return !!window.free"))
    page.press("stop")
    assert page.part("shown") == "It was stopped."
    wait_for(lambda: page.run("return window.asked") == "/stop")
    page.run("free()")
    page.until_saved()
    time.sleep(0.3)
    assert page.part("shown") == "It was stopped."


def test_stop_ends_a_grading_of_the_lesson_that_still_waits_to_be_saved(
    page: Page,
) -> None:
    page.save("a = 1")
    page.run(HOLD_SAVE)
    page.write("a = 2")
    whole = "document.querySelector('#whole')"
    page.run("document.querySelector('[data-command=grade]').click()")
    wait_for(lambda: page.run("return !!window.free"))
    page.run(f"{whole}.querySelector('button').click()")
    wait_for(lambda: page.run("return window.asked") == "/stop")
    page.run("free()")
    page.until_saved()
    time.sleep(0.3)
    assert page.run("return window.asked") != "/lesson3/grade"
    assert page.run(f"return {whole}.innerText") == "Stopped. Nothing was graded."


def test_both_texts_of_a_conflict_are_those_of_now(page: Page) -> None:
    page.save("mine = 1")
    page.run("window.old = fetch; fetch = () => Promise.reject(new TypeError('away'))")
    page.write("mine = 2")
    page.change("mine = 1", "theirs = 1")
    page.until_status("The server doesn't answer")
    page.run("fetch = old")
    page.until_status("two texts")
    assert "theirs = 1" in page.part("conflict")
    page.change("theirs = 1", "theirs = 2")
    wait_for(lambda: "theirs = 2" in page.part("conflict"))
    page.press("run")
    assert page.part("shown") == "Two texts are here: choose one of them first."
    whole = "return document.querySelector('#whole').innerText"
    page.run("document.querySelector('[data-command=grade]').click()")
    wait_for(lambda: not str(page.run(whole)).startswith("Grading"))
    assert page.run(whole) == "A cell has two texts: choose one of them first."
    page.write("other = 1", "3e")
    wait_for(lambda: "other = 1" in page.text)
    page.until_status("two texts")
    page.run("document.querySelector('.conflict button:last-child').click()")
    page.until_saved()
    assert page.value() == "theirs = 2"


def test_a_file_that_has_its_cells_again_is_followed_again(page: Page) -> None:
    page.save("a = 1")
    whole = page.text
    page.path.write_text("# %%\nhalf = 1\n")
    page.until_status("no longer match this page")
    page.path.write_text(whole.replace("a = 1", "a = 2"))
    page.until_saved()
    assert page.value() == "a = 2"


def test_a_page_that_was_one_too_many_to_listen_follows_when_another_ends(
    page: Page,
) -> None:
    page.save("a = 1")
    handles = []
    for _ in range(3):
        handles.append(page.browser._post("/window/new", type="tab")["handle"])
        page.browser._post("/window", handle=handles[-1])
        page.open()
    page.change("a = 1", "a = 2")
    time.sleep(2)
    assert page.value() == "a = 1"
    page.browser._post("/window", handle=handles[0])
    page.leave()
    page.browser._post("/window", handle=handles[-1])
    wait_for(lambda: page.value() == "a = 2")
    page.save("a = 3")


def test_keys_that_an_input_method_takes_do_nothing_else(page: Page) -> None:
    page.save("a = 1")
    page.run("""
      const area = document.querySelector('[data-exercise="3c"] textarea');
      for (const key of ["Tab", "Enter", "Backspace"])
        area.dispatchEvent(new KeyboardEvent("keydown", { key, isComposing: true }));
    """)
    assert page.value() == "a = 1"
    page.run("document.querySelector('[data-exercise=\"3c\"] textarea').focus()")
    press_key(page.browser, "+Control", "End", "-Control", "Enter")
    assert page.value() == "a = 1\n"
