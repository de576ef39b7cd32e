"""A room whose processes are killed loses nothing."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from tests.room import join_with_editor, outcomes_in, stored_in
from tests.room_kills import KINDS, Typist, course_in, text_to_type
from tests.room_process import RoomProcess
from tests.test_page import browser_test
from tests.test_room import told
from tests.test_tasks import LESSON3, Project
from tests.waiting import waited
from tools.shots.browser import Browser, chromedriver

GRADINGS, AWAY = 10, range(3, 8)
pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomProcess]:
    one = RoomProcess(course_in(tmp_path), tmp_path / "room")
    one.start()
    yield one
    assert one.kill() == []


def told_of(room: RoomProcess) -> list[dict]:
    return outcomes_in(room.folder)


def test_all_gradings_arrive_although_the_room_was_killed_for_a_half_of_them(
    room: RoomProcess, tmp_path: Path
) -> None:
    project = Project(tmp_path / "project")
    address = f"127.0.0.1:{room.port}"
    assert project.run("join", address, room.code, "--name", "Ada")[0] == 0
    project.attempt.parent.mkdir(exist_ok=True)
    shutil.copy(project.root / "solutions" / f"{LESSON3}.py", project.attempt)
    for number in range(GRADINGS):
        if number == AWAY.start:
            assert waited(lambda: len(told_of(room)) == AWAY.start)
            assert room.kill() == []
        elif number == AWAY.stop:
            assert len(told_of(room)) == AWAY.start
            room.start()
        assert project.run("grade", "lesson3", "--exercise", "3e")[0] == 0
    assert waited(lambda: len(told_of(room)) == GRADINGS)
    told = told_of(room)
    assert {(one["exercise"], one["outcome"]) for one in told} == {("3e", "passed")}
    assert len({one["id"] for one in told}) == GRADINGS
    moments = [one["at"] for one in told]
    assert moments == sorted(moments)


def has_more_than(taken: list[str], enough: int) -> bool:
    return len(taken) > enough


def test_what_was_taken_while_many_wrote_is_there_after_a_kill(
    room: RoomProcess, tmp_path: Path
) -> None:
    """Editors report, learners join and pages are saved, until the server is killed."""
    code, taken, joined = room.code, list[str](), list[str]()

    def write(number: int) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
            editor = join_with_editor(room.port, code, f"N {number}")
            joined.append(f"n-{number}")
            while True:
                said = told(lesson="lesson3", exercise="3e", mistake="")
                if editor.send("/told", said) == 204:
                    taken.append(json.loads(said)["id"])

    for part in range(3):
        first = 10 * part
        many = [Thread(target=write, args=(first + n,), daemon=True) for n in range(10)]
        for one in many:
            one.start()
        enough = len(taken) + 100
        assert waited(partial(has_more_than, taken, enough), 60)
        assert room.kill() == []
        for one in many:
            one.join(30)
        kept = [one["id"] for one in outcomes_in(room.folder)]
        assert set(taken) <= set(kept)
        assert len(kept) == len(set(kept)) <= len(taken) + 10 * (part + 1)
        members = {one for (one,) in stored_in(room.folder, "SELECT id FROM member")}
        assert set(joined) <= members
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
