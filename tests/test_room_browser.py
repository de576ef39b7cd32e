"""A room in a real browser: joining, working, the board and the instructor's page."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.web.workshop.admission import FairQueue
from grader.web.workshop.credentials import RateLimiter
from grader.web.workshop.graders import RoomResources
from tests.conftest import OpenBrowser
from tests.room import Served, serve_course
from tests.test_page import browser_test
from tests.test_room import told
from tests.test_server_browser import (
    PHONE,
    RIGHT,
    SCREEN,
    on_a_phone,
    on_a_screen,
    press,
    wait_for,
    write,
)
from tests.test_server_browser import look_over as look_all_over
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]
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


@pytest.fixture(params=[SCREEN, PHONE], ids=str)
def browser(request: pytest.FixtureRequest, open_browser: OpenBrowser) -> Browser:
    width, scheme = request.param
    opened = open_browser(width)
    opened.prefer(scheme)
    return opened


def look_over(browser: Browser, name: str) -> None:
    """Nothing scrolls sideways, nothing comes from elsewhere, all can be read."""
    if folder := os.environ.get("PICTURES"):
        width = browser.run("return innerWidth")
        (Path(folder) / f"{name}-{width}.png").write_bytes(browser.screenshot())
    look_all_over(browser)


def text(browser: Browser, css: str) -> str:
    return str(browser.run(f"return document.querySelector('{css}')?.innerText ?? ''"))


def fill(browser: Browser, name: str, value: str) -> None:
    browser.run(f"document.querySelector('[name={name}]').value = '{value}'")


def enter(browser: Browser, room: Served, name: str, partner: str = "") -> None:
    """Type the code, and then who it is."""
    fill(browser, "code", room.membership.state.code)
    browser.click("form button")
    wait_for(lambda: browser.run("return !!document.querySelector('[name=name]')"))
    fill(browser, "name", name)
    fill(browser, "partner", partner)
    look_over(browser, "join")
    browser.click("form button")


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
    write(browser, "3c", RIGHT)
    assert "passed" in press(browser, "3c", "grade")
    own = room.folder / "ada-lovelace" / "lesson3_cross_entropy.py"
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


@on_a_screen
def test_a_name_beyond_latin_1_saves_and_grades(browser: Browser, room: Served) -> None:
    browser.go(f"http://127.0.0.1:{room.port}")
    enter(browser, room, "鈴木花 Łukasz")
    wait_for(lambda: text(browser, "#next a") != "")
    browser.click("#next a")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    write(browser, "3c", RIGHT)
    assert "passed" in press(browser, "3c", "grade")
    own = room.folder / "鈴木花-łukasz" / "lesson3_cross_entropy.py"
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
    newcomers = RateLimiter(1, 12.0)
    monkeypatch.setattr(room.membership, "_newcomers", newcomers)
    room.learner("Bot")
    browser.go(f"http://127.0.0.1:{room.port}")
    enter(browser, room, "Ada Lovelace")
    wait_for(lambda: "This page tries again by itself" in text(browser, "main"))
    assert ["429" in one["message"] for one in browser.log()] == [True]
    look_over(browser, "waiting")
    wait_for(lambda: "You are here as Ada Lovelace" in text(browser, "main"), 30)


@on_a_screen
def test_the_boards_are_drawn_again_when_something_is_new(
    browser: Browser, room: Served
) -> None:
    editors = [room.editor(f"Learner {number}") for number in range(25)]
    for exercise, outcome, mistake, number in TAKEN_OVER:
        fact = {"lesson": "lesson3", "exercise": exercise, "outcome": outcome}
        fact |= {"mistake": mistake, "of": 10, "points": 0}
        assert editors[number].send("/told", told(**fact)) == 204
    address = f"http://127.0.0.1:{room.port}"
    browser.go(f"{address}/board?key={room.membership.state.board_key}")
    wait_for(lambda: "25 people have joined" in text(browser, "main"))
    assert "7 people, 7 now" in text(browser, "main")
    assert "Learner" not in text(browser, "main")
    room.editor("Late")
    room.membership.set_clock(4_000_000_000.0)
    editors[0].send(
        "/told", told(lesson="lesson3", exercise="3a", outcome="passed", mistake="")
    )
    wait_for(lambda: "26 people have joined" in text(browser, "main"))
    wait_for(lambda: ":" in text(browser, ".clock"))
    look_over(browser, "board")
    for width, height in ((1280, 720), (1920, 1080)):
        browser.resize(width, height)
        told_size, least = browser.run(MEASURED)
        assert told_size == [width, height]  # nothing is cut off, or scrolled to
        assert least >= height / 40
        assert (
            browser.run("return document.querySelectorAll('li:not([hidden])').length")
            == 6
        )
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
    browser.go(f"{address}/instructor/learner/learner-0")
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
