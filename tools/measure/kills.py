"""What is lost of 200 keystrokes in a room in which everything is killed: nothing.

    uv run python -m tools.measure.kills
    uv run python -m tools.measure.kills --seed 3 --offline 30

A learner types in Chromium. At 20 random moments the server, the graders or the tab is
killed with SIGKILL, the network goes away, or another device writes into the same cell.
Said is how long it took each time until all that was typed was in the file again. Exit
code 1 where that was more than 3 s, or a process was left 5 s after its server.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.support.room_kills import KINDS, Typist, course_in, text_to_type
from tests.support.room_process import RoomProcess
from tools.shots.browser import Browser, chromedriver

MOMENTS, MOST_S = 20, 3.0


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--offline", type=float, default=30.0)
    asked = words.parse_args()
    chance = random.Random(asked.seed)
    typed = text_to_type(chance, 200)
    places = chance.sample(range(1, len(typed) - 1), MOMENTS)
    moments = {place: KINDS[n % len(KINDS)] for n, place in enumerate(places)}
    with tempfile.TemporaryDirectory() as name, chromedriver() as driver:
        room = RoomProcess(course_in(Path(name)), Path(name) / "room")
        room.start()
        browser = Browser(driver, 1280, Path(name) / "profile")
        try:
            typist = Typist(browser, room, asked.offline)
            typist.join()
            typist.type_all(typed, moments)
        finally:
            browser.close()
            left = room.kill()
    return told(typist, [*typist.left, *left])


def told(typist: Typist, left: list[object]) -> int:
    """Print what was seen; 1 where it is not what it must be."""
    print(f"typed {len(typist.typed)} letters, and all of them are in the file")
    for kind, times in typist.saved_after.items():
        print(f"  {kind}: {len(times)} times, saved at most {max(times):.2f} s later")
    print(f"  processes left 5 s after their server: {len(left)}")
    slowest = max(max(times) for times in typist.saved_after.values())
    return 0 if slowest <= MOST_S and not left else 1


if __name__ == "__main__":
    sys.exit(main())
