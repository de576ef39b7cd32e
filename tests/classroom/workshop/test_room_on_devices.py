"""The instructor's page on two laptops and a phone: all show the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support.browsers import browser_test, wait_for
from tests.support.room import Served, serve_course
from tools.shots.browser import Browser, chromedriver

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]
WIDTHS = {"laptop": 1280, "another laptop": 1440, "phone": 390}
# The text of the part that changes. A running clock differs from second to second.
SHOWN = """
const now = document.querySelector("#now").cloneNode(true);
for (const clock of now.querySelectorAll("[data-left]")) clock.textContent = "(clock)";
return now.textContent.replace(/\\s+/g, " ").trim();
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_course(tmp_path) as served:
        yield served


@pytest.fixture
def devices(room: Served, tmp_path: Path) -> Iterator[list[Browser]]:
    """A browser for each device, all on the instructor's page."""
    key = room.membership.state.instructor_key
    with ExitStack() as stack:
        address = stack.enter_context(chromedriver())
        opened = [
            stack.enter_context(closing(Browser(address, width, tmp_path / name)))
            for name, width in WIDTHS.items()
        ]
        for one in opened:
            one.go(f"http://127.0.0.1:{room.port}/instructor?key={key}")
        yield opened


def submit(form: str, **fields: str) -> Callable[[Browser], None]:
    """What somebody does: fill in a form of the page, and press its button."""

    def act(device: Browser) -> None:
        css = f'[data-post="/instructor/{form}"]'
        for name, value in fields.items():
            device.run(
                f"document.querySelector('{css} [name={name}]').value = '{value}'"
            )
        device.run(f"document.querySelector('{css} button').click()")

    return act


ACTIONS = [
    (
        submit("message", message="Look up, please."),
        "Everybody reads: Look up, please.",
    ),
    (submit("clock", minutes="5"), "(clock)"),
    (submit("reveal", exercise="3c"), "The solution is open to everybody: 3c."),
    (submit("close"), "closed to newcomers"),
    (submit("open"), "Close the room to newcomers"),
    (submit("lesson", lesson="lesson4"), "The class is at lesson 4"),
]


def all_show(devices: list[Browser], words: str) -> None:
    for one in devices:
        wait_for(lambda one=one: words in str(one.run(SHOWN)))


def test_every_device_shows_what_was_done_on_another(
    room: Served, devices: list[Browser]
) -> None:
    for turn, (act, words) in enumerate(ACTIONS):
        act(devices[turn % len(devices)])
        all_show(devices, words)
    room.learner("Late")
    all_show(devices, "Late")
    first, *others = (one.run(SHOWN) for one in devices)
    assert others == [first, first]
    assert devices[-1].run("return document.documentElement.scrollWidth") == 390
