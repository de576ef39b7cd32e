"""What a grading costs that tells a room, and whether all of them arrive.

    uv run python -m tests.measure_joined

Two learners grade lesson 3 in the terminal, each ten times and in turn: one alone, one
who has joined a room. The room is killed for five of the ten, and served again. Each
time both grade five times, and the quickest of each are compared: what the machine
does besides makes a grading slower, and none quicker. Said is how much longer the
second learner's took, how far those of the first lie apart by themselves, and what the
room was told. Exit code 1 where something did not arrive.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.document import catalog
from tests.room import outcomes_in
from tests.room_process import RoomProcess

ROOT = Path(__file__).parent.parent
LESSON = catalog.find("lesson3", ROOT)
XENT = str(Path(sys.executable).parent / "xent")
GRADINGS, TRIES, AWAY = 10, 5, range(3, 8)
_PATIENCE_S, _QUIET_S = 60.0, 5.0
# Between two gradings; what is told in the background is over by then.
_PAUSE_S = 1.0


class Editor:
    """Somebody who writes and grades in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self.say("init")
        self._attempt = folder / "attempts" / LESSON.solution.name
        self._attempt.parent.mkdir(exist_ok=True)

    def say(self, *words: str) -> float:
        """Say a command; how many seconds it took."""
        began = time.perf_counter()
        subprocess.run(
            [XENT, *words], cwd=self._folder, check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - began

    def grade(self, number: int) -> float:
        """Change the file and have it graded; how many seconds that took."""
        source = LESSON.solution.read_text(encoding="utf-8")
        self._attempt.write_text(f"{source}\n# {number}\n", encoding="utf-8")
        return self.say("grade", "lesson3")


def told(room: RoomProcess) -> set[str]:
    """The numbers of all that the room was told.

    Of a first grading that is each exercise, of another one of nothing new one alone.
    """
    return {one["id"] for one in outcomes_in(room.folder)}


def settled(room: RoomProcess) -> int:
    """How much the room was told, once nothing more has come for some seconds."""
    deadline = time.monotonic() + _PATIENCE_S
    seen, since = -1, time.monotonic()
    while time.monotonic() < min(deadline, since + _QUIET_S):
        if (now := len(told(room))) != seen or not now:
            seen, since = now, time.monotonic()
        time.sleep(0.1)
    return seen


def measure(folder: Path) -> bool:
    """Let both grade, and say how it went; whether everything arrived."""
    room = RoomProcess(ROOT, folder / "room")
    room.start()
    alone, joined = Editor(folder / "alone"), Editor(folder / "joined")
    address = f"127.0.0.1:{room.port}"
    joined.say("join", "--address", address, "--code", room.code, "--name", "Ada")
    for one in (alone, joined):
        one.grade(-1)  # compiles, and is not counted
    before = settled(room)
    longer, apart = [], []
    for number in range(GRADINGS):
        if number == AWAY.start:
            room.kill()
        if number == AWAY.stop:
            room.start()
        of_alone, of_joined = beside_each_other(alone, joined, number)
        longer.append(min(of_joined) - min(of_alone))
        apart.append(max(of_alone) - min(of_alone))
    arrived = settled(room) - before
    room.kill()
    print(f"a grading that tells a room: {statistics.median(longer):+.3f} s (median), "
          f"{max(longer):+.3f} s at most")  # fmt: skip
    print("  each:", " ".join(f"{one:+.3f}" for one in longer))
    print(f"  one learner's who tells nobody, apart by {statistics.median(apart):.3f} s "
          f"(median), {max(apart):.3f} s at most")  # fmt: skip
    print(f"  the room was away for {len(AWAY)} of {GRADINGS}, each graded {TRIES} times;"
          f" {arrived} of {GRADINGS * TRIES} arrived")  # fmt: skip
    return bool(before) and arrived == GRADINGS * TRIES


def beside_each_other(
    alone: Editor, joined: Editor, number: int
) -> tuple[list[float], list[float]]:
    """Let both grade some times in turn; how many seconds each grading took."""
    took_s: dict[Editor, list[float]] = {alone: [], joined: []}
    for again in range(TRIES):
        # Who goes first changes: what the machine does besides is felt by both.
        first = (alone, joined) if (number + again) % 2 else (joined, alone)
        for one in first:
            took_s[one].append(one.grade(number * TRIES + again))
            time.sleep(_PAUSE_S)
    return took_s[alone], took_s[joined]


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        return not measure(Path(name))


if __name__ == "__main__":
    sys.exit(main())
