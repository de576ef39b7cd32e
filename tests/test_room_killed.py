"""A room whose processes are killed loses nothing."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.room_kills import KINDS, Typist, course_in, text_to_type
from tests.room_process import RoomProcess
from tests.test_joined import waited
from tests.test_page import Browser, browser_test, chromedriver
from tests.test_tasks import LESSON3, Project

GRADINGS, AWAY = 10, range(3, 8)
pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomProcess]:
    one = RoomProcess(course_in(tmp_path), tmp_path / "room")
    one.start()
    yield one
    assert one.kill() == []


def told_of(room: RoomProcess) -> list[dict]:
    path = room.folder / ".room" / "told.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["told"] for line in lines]


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
