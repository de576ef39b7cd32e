"""A room in a real browser: joining, working, the board and the instructor's page."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.classroom.comments import read_comments
from grader.classroom.workshop import room as room_module
from grader.classroom.workshop.admission import FairQueue
from grader.classroom.workshop.credentials import RateLimiter
from grader.classroom.workshop.graders import RoomResources
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.report import ExerciseResult, Finding, Mistake, Outcome, Report
from tests.support.browsers import (
    browser_test,
    fill,
    on_a_phone,
    on_a_screen,
    text,
    wait_for,
)
from tests.support.browsers import look_over as look_all_over
from tests.support.lesson_pages import RIGHT, press, write
from tests.support.project import ROOT
from tests.support.room import Served, id_of, serve_course, serve_room
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]
LESSON3 = "lesson3_cross_entropy"
AN_HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
TAKEN_OVER = (
    *(("3c", "wrong", "3c.other axis", n) for n in range(4)),
    *(("3e", "wrong", "3e.mean_over_everything", n) for n in range(7)),
    *(("3e", "passed", "", n) for n in range(7, 12)),
    *(("3b", "wrong", "3b.row_of_squares", n) for n in (0, 1)),
    *(("3d", "wrong", "3d.label_with_every_photo", n) for n in (2, 3)),
    *(("3d", "wrong", "3d.missing_minus", n) for n in (4, 5)),
    *(("3f", "wrong", "3f.compares_exactly", n) for n in (6, 7)),
    *(("3a", "passed", "", n) for n in range(11)),
)


MISTAKES_SHOWN = "return document.querySelectorAll('li:not([hidden])').length"
# How much of the board there is, and the size of its smallest letters.
MEASURED = """
const all = [...document.querySelectorAll("main *:not(.spoken)")];
const own = all.filter((x) => [...x.childNodes].some((y) => y.nodeType === 3 && y.data.trim()));
const sizes = own.map((x) => parseFloat(getComputedStyle(x).fontSize));
const page = document.documentElement;
return [[page.scrollWidth, page.scrollHeight], Math.min(...sizes)];
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_course(tmp_path) as served:
        yield served


def look_over(browser: Browser, name: str) -> None:
    """Nothing scrolls sideways, nothing comes from elsewhere, all can be read."""
    if folder := os.environ.get("PICTURES"):
        width = browser.run("return innerWidth")
        (Path(folder) / f"{name}-{width}.png").write_bytes(browser.screenshot())
    look_all_over(browser)


def enter(browser: Browser, room: Served, name: str, partner: str = "") -> None:
    """Type the code, and then who it is."""
    fill(browser, "code", room.membership.state.code)
    browser.click("form button")
    wait_for(lambda: browser.run("return !!document.querySelector('[name=name]')"))
    fill(browser, "name", name)
    fill(browser, "partner", partner)
    look_over(browser, "join")
    browser.click("form button")


# Answers of one kind come only when the test lets them.
HOLD = """
const { fetch } = window;
window.held = [];
window.fetch = async (address, ...more) => {
  const answer = await fetch(address, ...more);
  const words = await answer.clone().text();
  if (address.includes("KIND")) await new Promise((go) => held.push({ words, go }));
  return answer;
};
"""


def let_go(browser: Browser, words: str) -> None:
    """Wait until answers with these words are held back, and let the page have them."""
    found = f"held.filter((one) => one.words.includes({json.dumps(words)}))"
    wait_for(lambda: browser.run(f"return {found}.length"))
    browser.run(f"{found}.forEach(({{ go }}) => go())")
    browser.run("return new Promise((done) => setTimeout(done, 200))")


@on_a_screen
def test_a_late_answer_does_not_replace_a_newer_state(
    browser: Browser, room: Served
) -> None:
    browser.go(f"http://127.0.0.1:{room.port}/lesson3")
    enter(browser, room, "Ada")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    browser.run(HOLD.replace("KIND", "/help"))
    button = '[data-exercise="3c"] [data-action=help]'
    for words in ("I don't need help now", "I need help"):
        browser.run(f"document.querySelector('{button}').click()")
        wait_for(lambda words=words: text(browser, button) == words)
    let_go(browser, '"help":"3c"')
    assert text(browser, button) == "I need help"
    assert text(browser, "#hour") == ""


@on_a_screen
def test_a_board_shows_every_answer_that_is_newer_than_the_last(
    browser: Browser, room: Served
) -> None:
    address = f"/instructor?key={room.membership.state.instructor_key}"
    browser.go(f"http://127.0.0.1:{room.port}{address}")
    browser.run(HOLD.replace("KIND", "/now"))
    other = room.asker()
    other.ask("GET", address)

    def post(words: str) -> None:
        other.post("/instructor/message", message=words)
        held = f"held.some((one) => one.words.includes('{words}'))"
        wait_for(lambda: browser.run(f"return {held}"))

    def shows(words: str) -> bool:
        return f"Everybody reads: {words}" in text(browser, "#now")

    post("first")
    post("second")
    let_go(browser, "first")
    wait_for(lambda: shows("first"))
    post("third")
    let_go(browser, "third")
    wait_for(lambda: shows("third"))
    let_go(browser, "second")
    assert shows("third")


@on_a_screen
@pytest.mark.parametrize("path", ["/", "/instructor"])
def test_a_page_that_was_refused_events_asks_again(
    browser: Browser, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "MOST_STREAMS", 1)
    monkeypatch.setattr(room_module, "MOST_BOARDS", 1)
    # A board also comes again after a while without events.
    now_and_then = {"source": "window.setInterval = () => 0"}
    with serve_course(tmp_path) as room:
        address, state = f"http://127.0.0.1:{room.port}", room.membership.state
        other = room.asker()
        other.ask("GET", f"/instructor?key={state.instructor_key}")
        if path == "/":
            browser.go(address)
            enter(browser, room, "Ada")
            wait_for(lambda: "You are here as Ada" in text(browser, "main"))
        else:
            browser.go(f"{address}{path}?key={state.instructor_key}")
        other.post("/instructor/message", message="first")
        wait_for(lambda: "first" in text(browser, "main"))
        first = browser._send("/window", "GET")
        second = browser._post("/window/new", type="tab")["handle"]
        browser._post("/window", handle=second)
        browser._cdp("Page.addScriptToEvaluateOnNewDocument", now_and_then)
        browser.go(f"{address}{path}")
        wait_for(lambda: any("429" in one["message"] for one in browser.log()))
        other.post("/instructor/message", message="second")
        browser._post("/window", handle=first)
        wait_for(lambda: "second" in text(browser, "main"))
        browser.go("about:blank")
        browser._post("/window", handle=second)
        wait_for(lambda: "second" in text(browser, "main"))
        browser.start_over()  # before the server ends, which waits for open pages


@on_a_screen
def test_a_form_of_the_instructor_is_sent_once_by_a_double_click(
    browser: Browser, room: Served
) -> None:
    room.learner("Ada")
    address = f"http://127.0.0.1:{room.port}"
    browser.go(f"{address}/instructor?key={room.membership.state.instructor_key}")
    browser.go(f"{address}{room.page_of('Ada')}")
    fill(browser, "comment", "Well done.")
    browser.run(
        "const button = document.querySelector('[data-post$=comment] button');"
        "button.click(); button.click(); window.is_old = true"
    )
    wait_for(lambda: not browser.run("return window.is_old"))
    assert len(read_comments(room.folder)) == 1
    # A form that was refused can be sent again.
    browser.run("window.alert = (words) => { window.said = words }")
    fill(browser, "comment", "")
    button = "document.querySelector('[data-post$=comment] button')"
    browser.run(f"{button}.click()")
    wait_for(lambda: browser.run("return window.said"))
    fill(browser, "comment", "Go on.")
    browser.run(f"{button}.click()")
    wait_for(lambda: len(read_comments(room.folder)) == 2)


def test_a_learner_joins_works_and_hears_where_the_class_goes(
    browser: Browser, room: Served
) -> None:
    address = f"http://127.0.0.1:{room.port}"
    browser.go(f"{address}/lesson3")
    fill(browser, "code", "WRONGG")
    look_over(browser, "code")
    browser.click("form button")
    wait_for(lambda: "not right" in text(browser, ".trouble"))
    browser.log()  # that a code was refused stands there
    enter(browser, room, "Ada Lovelace", "Grace")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    browser.go(address)
    wait_for(lambda: "You are here as Ada Lovelace and Grace" in text(browser, "main"))
    look_over(browser, "welcome")
    browser.click("#next a")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    button = '[data-exercise="3c"] [data-action=help]'
    for words in ("I don't need help now", "I need help"):
        browser.run(f"document.querySelector('{button}').click()")
        wait_for(lambda words=words: text(browser, button) == words)
        asked = "You asked for help with 3c." in text(browser, "#hour")
        assert asked == (words != "I need help")
        assert text(browser, '[data-exercise="3c"] .help') == ""
    browser.run(f"document.querySelector('{button}').click()")
    wait_for(lambda: "You asked for help with 3c." in text(browser, "#hour"))
    write(browser, "3c", RIGHT)
    assert "passed" in press(browser, "3c", "grade")
    wait_for(lambda: text(browser, "#hour") == "")
    assert text(browser, button) == "I need help"
    own = room.folder_of("Ada Lovelace") / "lesson3_cross_entropy.py"
    assert RIGHT in own.read_text()
    other = room.asker()
    other.ask("GET", f"/instructor?key={room.membership.state.instructor_key}")
    other.post("/instructor/lesson", lesson="lesson4")
    wait_for(lambda: text(browser, "#next") == "Your class is at lesson 4.")
    other.post("/instructor/message", message="Look up, please.")
    other.post("/instructor/clock", minutes="5")
    wait_for(lambda: "Look up, please." in text(browser, "#hour"))
    wait_for(lambda: "4:5" in text(browser, "#hour .clock"))
    look_over(browser, "hour")


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Served]:
    """A room with a roster, on which an id isn't Latin-1."""
    (tmp_path / "room").mkdir()
    rows = "learner,name\n鈴木花-łukasz,鈴木花 Łukasz\n"
    (tmp_path / "room" / "roster.csv").write_text(rows, encoding="utf-8")
    with serve_course(tmp_path) as served:
        yield served


@on_a_screen
def test_an_id_beyond_latin_1_saves_and_grades(
    browser: Browser, listed: Served
) -> None:
    browser.go(f"http://127.0.0.1:{listed.port}")
    enter(browser, listed, "鈴木花 Łukasz")
    wait_for(lambda: text(browser, "#next a") != "")
    browser.click("#next a")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    write(browser, "3c", RIGHT)
    assert "passed" in press(browser, "3c", "grade")
    own = listed.folder / "鈴木花-łukasz" / "lesson3_cross_entropy.py"
    assert RIGHT in own.read_text()
    # Away from the wifi, nobody is sent to a terminal that they don't have.
    away = {"offline": True, "latency": 0}
    away |= dict.fromkeys(("downloadThroughput", "uploadThroughput"), -1)
    browser._cdp("Network.enable", {})
    browser._cdp("Network.emulateNetworkConditions", away)
    browser.click('[data-exercise="3c"] [data-action="grade"]')
    sentence = "The room doesn't answer. Is this device still on the same wifi?"
    wait_for(lambda: sentence in text(browser, '[data-exercise="3c"] .feedback'))
    write(browser, "3c", f"{RIGHT}  # more")
    wait_for(lambda: "on the same wifi? What you write is" in text(browser, "#saved"))


@pytest.mark.promise("room-newcomers")
@on_a_phone
def test_who_waits_to_join_is_let_in_by_the_page_itself(
    browser: Browser, room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 0.0
    newcomers = RateLimiter(1, 60.0, lambda: now_s)
    monkeypatch.setattr(room.membership, "_newcomers", newcomers)
    room.learner("Bot")
    browser.go(f"http://127.0.0.1:{room.port}")
    enter(browser, room, "Ada Lovelace")
    wait_for(lambda: "This page tries again by itself" in text(browser, "main"))
    # It doesn't try again while it is looked at.
    browser.run("for (let n = setTimeout(() => {}); n; n -= 1) clearTimeout(n)")
    assert all("429" in one["message"] for one in browser.log())
    look_over(browser, "waiting")
    browser.run("document.querySelector('#again').submit()")
    wait_for(lambda: any("429" in one["message"] for one in browser.log()))
    now_s = 60.0
    wait_for(lambda: "You are here as Ada Lovelace" in text(browser, "main"))


def give(browser: Browser, name: str, content: str, is_dropped: bool) -> None:
    """Drop a file on the page, or choose it."""
    made = (
        f"const file = new File([{json.dumps(content)}], {json.dumps(name)});"
        "const held = new DataTransfer(); held.items.add(file);"
    )
    dropped = (
        "new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true})"
    )
    browser.run(
        f"{made} document.querySelector('h1, main').dispatchEvent({dropped})"
        if is_dropped
        else f"{made} const input = document.querySelector('#hand-in input');"
        "input.files = held.files; input.dispatchEvent(new Event('change'))"
    )


@pytest.mark.parametrize("is_dropped", [True, False])
def test_a_file_of_ones_own_editor_is_handed_in_on_the_page(
    browser: Browser, room: Served, is_dropped: bool
) -> None:
    browser.go(f"http://127.0.0.1:{room.port}/lesson3")
    enter(browser, room, "Ada")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    write(browser, "3c", f"{RIGHT}  # of the page")
    file = (
        (ROOT / "lessons" / LESSON3 / "lesson.py")
        .read_text()
        .replace('raise NotImplementedError("3c")', "return z  # of the editor")
    )
    answer = "#hand-in .answer"
    give(browser, "mine.txt", file, is_dropped)
    wait_for(lambda: "Only a .py or an .ipynb" in text(browser, answer))
    give(browser, "mine.py", "#" * 400_001, is_dropped)
    wait_for(lambda: "too large: the limit is 400 kB" in text(browser, answer))
    browser.log()  # a refusal stands there
    give(browser, "mine.py", file, is_dropped)
    wait_for(lambda: "mine.py differs from your file here" in text(browser, answer))
    look_over(browser, "hand-in")
    browser.run(f"document.querySelector('{answer} button:last-child').click()")
    assert text(browser, answer) == ""
    own = room.folder_of("Ada") / f"{LESSON3}.py"
    assert "# of the page" in own.read_text()
    give(browser, "mine.py", file, is_dropped)
    wait_for(lambda: "mine.py differs" in text(browser, answer))
    browser.run("window.is_old = true")
    browser.run(f"document.querySelector('{answer} button').click()")
    wait_for(lambda: not browser.run("return window.is_old"))
    wait_for(lambda: "# of the editor" in text(browser, '[data-exercise="3c"]'))
    assert "# of the editor" in own.read_text()
    assert "before another file replaced it" in press(browser, "3c", "versions")
    version = '[data-exercise="3c"] [data-version="0"]'
    browser.run(f"document.querySelector('{version}').click()")
    wait_for(lambda: "# of the page" in own.read_text())


@on_a_screen
def test_of_two_files_that_are_handed_in_the_page_asks_about_the_last(
    browser: Browser, room: Served
) -> None:
    browser.go(f"http://127.0.0.1:{room.port}/lesson3")
    enter(browser, room, "Ada")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    write(browser, "3c", RIGHT)
    browser.run(HOLD.replace("KIND", "/hand-in"))
    file = (ROOT / "lessons" / LESSON3 / "lesson.py").read_text()
    for name in ("first.py", "last.py"):
        give(browser, name, file, is_dropped=True)
    let_go(browser, "last.py")
    wait_for(lambda: "last.py differs" in text(browser, "#hand-in .answer"))
    let_go(browser, "first.py")
    assert "last.py differs" in text(browser, "#hand-in .answer")


@on_a_screen
def test_the_boards_are_drawn_again_when_something_is_new(
    browser: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "room"
    with serve_course(tmp_path) as room:
        for number in range(25):
            room.learner(f"Learner {number}")
    with Gradebook(gradebook_path(folder)) as book:
        for tag, outcome, mistake, number in TAKEN_OVER:
            finding = Finding("", mistakes=(Mistake(mistake, ""),)) if mistake else None
            result = ExerciseResult(tag, "", 10, Outcome(outcome), (), finding)
            report = Report(
                LESSON3, "", "", "0", 1, (result,), partial=tag, started_at=AN_HOUR_AGO
            )
            book.record(report, id_of(folder, f"Learner {number}"))
    with serve_room(tmp_path, folder) as room:
        look_at_the_boards(browser, room)


def look_at_the_boards(browser: Browser, room: Served) -> None:
    address = f"http://127.0.0.1:{room.port}"
    browser.go(f"{address}/board?key={room.membership.state.board_key}")
    wait_for(lambda: "25 people have joined" in text(browser, "main"))
    assert "7 people, 7 now" in text(browser, "main")
    assert "Learner" not in text(browser, "main")
    room.learner("Late")
    room.membership.set_clock(4_000_000_000.0)
    wait_for(lambda: "26 people have joined" in text(browser, "main"))
    wait_for(lambda: ":" in text(browser, ".clock"))
    look_over(browser, "board")
    for width, height in ((1280, 720), (1920, 1080)):
        browser.resize(width, height)
        told_size, least = browser.run(MEASURED)
        assert told_size == [width, height]  # nothing is cut off, or scrolled to
        assert least >= height / 40
        assert browser.run(MISTAKES_SHOWN) == 6
    browser.resize(1280, 300)  # too low for all of them
    wait_for(lambda: 0 < int(str(browser.run(MISTAKES_SHOWN))) < 6)
    # Nothing is cut off for a projector that shows little.
    for width in (820, 1024):
        browser.resize(width, 768)
        beyond = "const e = document.querySelector('.wide'); return e.scrollWidth - e.clientWidth"
        assert browser.run(beyond) == 0
    browser._cdp("Emulation.clearDeviceMetricsOverride", {})
    browser.go(f"{address}/instructor?key={room.membership.state.instructor_key}")
    wait_for(lambda: "Learner 11" in text(browser, "main"))
    look_over(browser, "instructor")
    fill(browser, "minutes", "0")
    browser.run("window.is_old = true")
    browser.click('[data-post="/instructor/clock"] button')
    wait_for(lambda: room.membership.state.clock_ends_at == 0)
    # The page comes again by itself; else it would come over the one asked for next.
    wait_for(lambda: not browser.run("return window.is_old"))
    browser.go(f"{address}{room.page_of('Learner 0')}")
    wait_for(lambda: "What they wrote" in text(browser, "main"))
    look_over(browser, "learner")


@on_a_screen
def test_who_waits_for_a_run_sees_the_place_and_can_stop(
    browser: Browser, room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = FairQueue(1, 1)
    runs = property(lambda _: turns)  # in the place of the room's own
    monkeypatch.setattr(RoomResources, "runs", runs, raising=False)
    ada = room.learner("Ada")
    line = ada.write("lesson3", "3c", "while True: pass")
    looping = threading.Thread(target=lambda: ada.post("/lesson3/run", line=line))
    looping.start()
    browser.go(f"http://127.0.0.1:{room.port}")
    enter(browser, room, "Ben")
    wait_for(lambda: text(browser, "#next a") != "")
    browser.click("#next a")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    write(browser, "3c", "print(6 * 7)")
    cell = '[data-exercise="3c"]'
    shown = f"{cell} .shown"
    browser.click(f"{cell} [data-action=run]")
    waits = "You are number 1 of those who wait for a run ..."
    wait_for(lambda: text(browser, shown) == waits)
    browser.click(f"{cell} [data-action=stop]")
    wait_for(lambda: text(browser, shown) == "It was stopped.")
    assert looping.is_alive()
    browser.click(f"{cell} [data-action=run]")
    wait_for(lambda: text(browser, shown) == waits)
    ada.post("/stop")
    looping.join()
    wait_for(lambda: text(browser, shown).strip().endswith("42"))
