"""A learner who types in a room while everything around them is killed."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.support.browsers import fill, press_key, text, wait_for
from tests.support.lesson_pages import status
from tests.support.project import ROOT
from tests.support.room import Asker, id_of
from tests.support.room_process import RoomProcess
from tools.shots.browser import Browser

NAME, TAG = "Ada", "3c"
CELL = f'[data-exercise="{TAG}"]'
AREA = f"document.querySelector('{CELL} textarea')"
AWAY, CONFLICT = "the network is away", "another window writes"
KINDS = ("the server", "a grader", "the tab", AWAY, CONFLICT)
_LONGEST_S = 60.0


def text_to_type(chance: random.Random, letters: int) -> str:
    """A comment, so that the page loads at every moment."""
    middle = "".join(chance.choice("abcdefghij 0123456789") for _ in range(letters - 3))
    return f"# {middle}."


def course_in(folder: Path) -> Path:
    """The course, in a folder of its own."""
    for part in ("lessons", "solutions"):
        (folder / part).symlink_to(ROOT / part)
    return folder


class Typist:
    """Somebody who types, and goes on after whatever is done to them.

    Args:
        browser: what they type in.
        room: where they are.
        offline_s: how long the network is away.
    """

    def __init__(self, browser: Browser, room: RoomProcess, offline_s: float) -> None:
        self.browser, self.room, self._offline_s = browser, room, offline_s
        # From an end of trouble until all that was typed is in the file.
        self.saved_after: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self.left: list[psutil.Process] = []
        self.typed = ""
        self._page = f"http://127.0.0.1:{room.port}/lesson3"

    def join(self) -> None:
        """Join the room, and empty the cell."""
        self.browser.go(f"http://127.0.0.1:{self.room.port}")
        fill(self.browser, "code", self.room.code)
        self.browser.click("form button")
        has_name = "return !!document.querySelector('[name=name]')"
        wait_for(lambda: self.browser.run(has_name))
        fill(self.browser, "name", NAME)
        self.browser.click("form button")
        wait_for(lambda: "You are here as" in text(self.browser, "main"))
        code = text(self.browser, "main").partition("Your return code is ")[2]
        self._other = Asker(self.room.port)
        came, _, said = self._other.fill_in("/return", return_code=code.split(".")[0])
        assert came == 303, said
        self._open()
        self.browser.run(
            f"{AREA}.focus(); {AREA}.select(); document.execCommand('delete')"
        )
        wait_for(lambda: status(self.browser) == "Saved")

    def type_all(self, words: str, moments: dict[int, str]) -> None:
        """Type letter by letter, with trouble at some of them, until all is saved."""
        for place, letter in enumerate(words):
            press_key(self.browser, letter)
            self.typed += letter
            if kind := moments.get(place):
                self._suffer(kind)
        wait_for(lambda: self.in_file() == self.typed, _LONGEST_S)

    def in_file(self) -> str:
        """The first line of the cell, as the room's folder has it."""
        folder = self.room.folder
        path = folder / id_of(folder, NAME) / "lesson3_cross_entropy.py"
        content = path.read_text("utf-8")
        return content.partition(f'id="{TAG}"')[2].partition("\n")[2].partition("\n")[0]

    def in_page(self) -> str:
        return str(self.browser.run(f"return {AREA}.value"))

    def _suffer(self, kind: str) -> None:
        happens: dict[str, Callable[[], None]] = {
            "the server": self._kill_server,
            "a grader": self._kill_graders,
            "the tab": self._kill_tab,
            AWAY: self._go_offline,
            CONFLICT: self._write_elsewhere,
        }
        happens[kind]()
        began = time.monotonic()
        wait_for(lambda: self.in_file() == self.typed, _LONGEST_S)
        self.saved_after[kind].append(time.monotonic() - began)
        assert self.in_page() == self.typed

    def _more(self) -> None:
        """A few letters more, while the trouble lasts."""
        for letter in "xyz":
            press_key(self.browser, letter)
            self.typed += letter

    def _kill_server(self) -> None:
        self.left += self.room.kill()
        self._more()
        self.room.start()

    def _kill_graders(self) -> None:
        press_key(self.browser, "+Alt", "Enter", "-Alt")
        self._more()
        for one in self.room.graders():
            with contextlib.suppress(psutil.Error):
                one.kill()
        said = f"{CELL} .feedback"
        self._wait_for_feedback(said)
        self.browser.run(f"document.querySelector('{said}').replaceChildren()")
        time.sleep(2.1)  # a room takes a grading in 2 s
        press_key(self.browser, "+Alt", "Enter", "-Alt")
        self._wait_for_feedback(said)
        assert "points" in text(self.browser, said), text(self.browser, said)

    def _wait_for_feedback(self, css: str) -> None:
        """Wait for something else than "Grading ...", with the seconds behind it."""
        wait_for(
            lambda: (said := text(self.browser, css)) and not said.startswith("Grading")
        )

    def _kill_tab(self) -> None:
        self._more()
        new = self.browser._post("/window/new", type="tab")["handle"]
        self._renderer().kill()
        self.browser._post("/window", handle=new)
        self._open()

    def _renderer(self) -> psutil.Process:
        """The process of the page: the one that computes when the page does."""
        processes = _renderers()
        before = {one: one.cpu_times().user for one in processes}
        self.browser.run("const end = Date.now() + 500; while (Date.now() < end);")
        return max(processes, key=lambda one: one.cpu_times().user - before[one])

    def _go_offline(self) -> None:
        self._set_offline(True)
        self._more()
        wait_for(lambda: "kept in this browser" in status(self.browser))
        time.sleep(self._offline_s)
        self._more()
        self._set_offline(False)

    def _set_offline(self, is_away: bool) -> None:
        asked = {"offline": is_away, "latency": 0, "throughput": 10**9}
        self.browser._post("/chromium/network_conditions", network_conditions=asked)

    def _write_elsewhere(self) -> None:
        """Save another text from another device, before the page has saved its own."""
        lost = (
            "window.real = fetch; fetch = async () => { throw new TypeError('away') }"
        )
        self.browser.run(lost)
        self._more()
        wait_for(lambda: "kept in this browser" in status(self.browser))
        theirs = f"# theirs {len(self.typed)}"
        self._other.write("lesson3", TAG, theirs)
        self.browser.run("fetch = window.real")
        conflict = f"{CELL} .conflict"
        wait_for(lambda: theirs in text(self.browser, conflict))
        assert (self.in_page(), self.in_file()) == (self.typed, theirs)
        self._kill_tab()
        wait_for(lambda: theirs in text(self.browser, conflict))
        assert (self.in_page(), self.in_file()) == (self.typed, theirs)
        self.browser.click(f"{conflict} button")  # Keep mine

    def _open(self) -> None:
        self.browser.go(self._page)
        wait_for(lambda: bool(self.browser.run(f"return {AREA} !== null")))
        end = f"{AREA}.value.length"
        self.browser.run(f"{AREA}.focus(); {AREA}.setSelectionRange({end}, {end})")


def _renderers() -> list[psutil.Process]:
    """The processes of the browser's pages."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--type=renderer" in " ".join(one.cmdline()):
                found.append(one)
    return found
