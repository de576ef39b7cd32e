"""A room whose processes are killed loses nothing."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from tests.support.browsers import browser_test
from tests.support.room import Asker, stored_in
from tests.support.room_kills import KINDS, Typist, course_in, text_to_type
from tests.support.room_process import RoomProcess
from tests.support.waiting import waited
from tools.shots.browser import Browser, chromedriver

pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomProcess]:
    one = RoomProcess(course_in(tmp_path), tmp_path / "room")
    one.start()
    yield one
    assert one.kill() == []


def has_more_than(taken: Counter[str], enough: int) -> bool:
    return taken.total() > enough


def test_what_was_taken_while_many_wrote_is_there_after_a_kill(
    room: RoomProcess,
) -> None:
    """Learners join and their pages are saved, until the server is killed."""
    code, taken = room.code, Counter[str]()

    def write(number: int) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
            one = Asker(room.port)
            if one.fill_in("/join", code=code, name=f"N {number}")[0] != 303:
                return
            taken[f"N {number}"] = 0
            for turn in itertools.count(1):
                one.write("lesson3", "3e", f"TURN = {turn}")
                taken[f"N {number}"] = turn
                time.sleep(0.2)

    for part in range(3):
        first = 10 * part
        many = [Thread(target=write, args=(first + n,), daemon=True) for n in range(10)]
        for one in many:
            one.start()
        enough = taken.total() + 100
        assert waited(partial(has_more_than, taken, enough), 60)
        assert room.kill() == []
        for one in many:
            one.join(60)
        members = dict(stored_in(room.folder, "SELECT name, id FROM member"))
        assert {*taken} <= {*members}
        for learner, turn in taken.items():
            path = room.folder / members[learner] / "lesson3_cross_entropy.py"
            text = path.read_text() if turn else "TURN = 0"
            kept = re.search(r"TURN = (\d+)", text)
            assert kept is not None
            assert int(kept[1]) in (turn, turn + 1)
        assert stored_in(room.folder, "PRAGMA integrity_check") == [("ok",)]
        room.start()


@pytest.mark.browser
@browser_test
def test_no_keystroke_is_lost_whatever_is_killed(
    room: RoomProcess, tmp_path: Path
) -> None:
    typed = text_to_type(random.Random(0), 40)
    moments = {5 + 6 * number: kind for number, kind in enumerate(KINDS)}
    with chromedriver() as driver:
        browser = Browser(driver, 1280, tmp_path / "profile")
        typist = Typist(browser, room, offline_s=3)
        typist.join()
        typist.type_all(typed, moments)
        browser.close()
    assert typist.left == []
    assert [len(times) for times in typist.saved_after.values()] == [1] * len(KINDS)
