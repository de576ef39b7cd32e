"""A room whose processes are killed loses nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.room_process import RoomProcess
from tests.test_joined import waited
from tests.test_tasks import LESSON3, Project

ROOT = Path(__file__).parent.parent
GRADINGS, AWAY = 10, range(3, 8)
pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[RoomProcess]:
    for part in ("lessons", "solutions"):
        (tmp_path / part).symlink_to(ROOT / part)
    one = RoomProcess(tmp_path, tmp_path / "room")
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
