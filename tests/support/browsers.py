"""Chromium for tests: empty, of the width of a screen or a phone, light or dark."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.accessibility import LOW_CONTRAST, breaches
from tools.shots.browser import CHROMIUM, DRIVER, Browser, chromedriver

browser_test = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="chromium and chromedriver are not installed (Debian: chromium, chromium-driver)",
)
SCREEN, PHONE = (1280, "light"), (390, "dark")
# For tests of what a page does and says: its scripts don't look at the width.
on_a_screen = pytest.mark.parametrize("browser", [SCREEN], indirect=True, ids=str)
on_a_phone = pytest.mark.parametrize("browser", [PHONE], indirect=True, ids=str)
FOREIGN = """
return performance.getEntriesByType('resource').map(e => e.name)
  .filter(name => !name.startsWith(location.origin) && !name.startsWith('data:'))
"""

OpenBrowser = Callable[[int], Browser]


@pytest.fixture(scope="session")
def shared_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBrowser]:
    """A function that gives the browser of a width, and starts it the first time."""
    started: dict[int, Browser] = {}
    with contextlib.ExitStack() as stack:

        def give(width: int) -> Browser:
            if width not in started:
                profile = tmp_path_factory.mktemp("browser")
                driver = stack.enter_context(chromedriver())
                started[width] = Browser(driver, width, profile)
                stack.callback(started[width].close)
            return started[width]

        yield give


@pytest.fixture
def open_browser(shared_browser: OpenBrowser) -> Iterator[OpenBrowser]:
    """A function that gives an empty browser of a width."""
    with contextlib.ExitStack() as stack:

        def give(width: int) -> Browser:
            browser = shared_browser(width)
            # Afterwards, because a server that ends waits for open pages.
            stack.callback(browser.start_over)
            return browser

        yield give


def wait_for(seen: Callable[[], object], s: float = 300) -> None:
    deadline = time.monotonic() + s
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def press_key(browser: Browser, *keys: str) -> None:
    """Press keys one after the other where the focus is; `+Control` holds one down."""
    actions = []
    for key in keys:
        is_sign = len(key) == 1  # a plus or a minus that is typed
        kind = "keyUp" if key.startswith("-") and not is_sign else "keyDown"
        name = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008",
                "Control": "\ue009", "Alt": "\ue00a", "End": "\ue010", "ArrowRight": "\ue014"}.get(key if is_sign else key.strip("+-"), key)  # fmt: skip
        actions.append({"type": kind, "value": name})
        if is_sign or not key.startswith(("+", "-")):
            actions.append({"type": "keyUp", "value": name})
    keyboard = {"type": "key", "id": "keyboard", "actions": actions}
    browser._post("/actions", actions=[keyboard])


def at_each_width(browser: Browser) -> Iterator[int]:
    """Give a page the width of a screen and of a phone, and then its own again."""
    own = browser.run("return [innerWidth, innerHeight]")
    assert isinstance(own, list)
    for width, _ in (SCREEN, PHONE):
        browser.resize(width, own[1])
        assert browser.run("return innerWidth") == width
        yield width
    browser.resize(*own)


def look_over(browser: Browser) -> None:
    """Nothing scrolls sideways, nothing is loaded from elsewhere, all can be read.

    At the width of a screen and of a phone, light and dark.
    """
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.run(FOREIGN) == []
    for _ in at_each_width(browser):
        assert browser.overflow() == 0
        for scheme in ("light", "dark"):
            browser.prefer(scheme)
            assert breaches(browser) == []
            # The text area is transparent; what is seen lies behind it.
            low = [x for x in browser.run(LOW_CONTRAST) if not x.startswith("TEXTAREA")]
            assert low == []
    assert browser.log() == []


def text(browser: Browser, css: str) -> str:
    return str(
        browser.run(
            f"return document.querySelector({json.dumps(css)})?.innerText ?? ''"
        )
    )


def fill(browser: Browser, name: str, value: str) -> None:
    browser.run(f"document.querySelector('[name={name}]').value = '{value}'")
