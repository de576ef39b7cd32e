"""How quick a room is, and what it stands.

    uv run python -m tools.measure.room 60 lesson3
    uv run python -m tools.measure.room 30 lesson3 --training 30
    uv run python -m tools.measure.room 30 lesson3 --hostile

So many learners join on this machine, each saves once a second and has the lesson
graded every 20 seconds, for a minute; a half of the answers is wrong, and each differs
from all others. Said are the times from press to verdict and from keystroke to file,
the memory of all processes of the server, what was saved and is not in a file at the
end, and how long Ctrl-C takes. With `--training` so many others start the training of
lesson 8 within a minute, and the learners work until all of them are served.

With `--hostile` the same is measured twice: first without anybody else, then beside
four learners who do harm, each both by Grade and by Run, and all attacks of
`tests/support/room_attacks.py`. Exit code 1 where a request failed, somebody was not
served in turn, or had no word; with `--hostile` also where a bound below does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from grader.course.document import catalog
from tests.support.room_attacks import ATTACKS, Attackers, attacking
from tests.support.room_process import RoomProcess
from tools.measure.room_people import (
    HOSTILE,
    HonestLearner,
    Hostile,
    Person,
    Trainer,
)

ROOT = Path(__file__).parents[2]
SECONDS = 60
# What holds beside attackers: of gradings and saves the 95th percentile, and of both
# the longest; how long Ctrl-C takes.
P95_S = {"grade": 1.0, "save": 0.5}
LONGEST_S, END_S = 3.0, 3.0
WORDS = {"grade": "press to verdict", "save": "save", "run": "run"}


class Day:
    """A room for a minute, and all who were in it."""

    def __init__(self, people: int, name: str, training: int, is_hostile: bool) -> None:
        lesson, lesson_7 = (catalog.find(one, ROOT) for one in (name, "lesson8"))
        self.lesson, self.is_hostile = lesson, is_hostile
        self.attackers: Attackers | None = None
        self.memory_mb, self.left, self.lost = 0.0, [""], [("", 0)]
        self.begun_at = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            room = RoomProcess(ROOT, Path(folder) / "room")
            room.start()
            room.go_on_to(lesson.short_name)
            place = room.port, room.code
            self.learners = [
                HonestLearner(number, lesson, *place, self.is_over, runs=is_hostile)
                for number in range(people)
            ]
            self.trainers = [
                Trainer(number, lesson_7, *place) for number in range(training)
            ]
            self.hostile = [
                Hostile(what, lesson, *place, self.is_over)
                for what in HOSTILE
                if is_hostile
            ]
            with self._attacked(*place):
                self._work(room.pid)
            self.left = left_of(room.pid) if is_hostile else []
            self.end_s = room.interrupt()
            self.lost = [x for one in self.learners for x in one.lost_in(room.folder)]

    def is_over(self) -> bool:
        """Whether the minute is over, and everybody who trains was served."""
        trains = any(one.is_alive() for one in self.trainers)
        return time.monotonic() - self.begun_at > SECONDS and not trains

    @property
    def everybody(self) -> list[Person]:
        """All but the attackers in a process of their own."""
        return [*self.learners, *self.trainers, *self.hostile]

    @property
    def failed(self) -> list[object]:
        """What went wrong."""
        own = [x for one in self.everybody for x in one.failed]
        return own + (self.attackers.failed if self.attackers else [])

    def times(self, kind: str) -> list[float]:
        """How long each press of a kind took."""
        return [x for one in self.learners for x in one.times[kind]]

    @contextlib.contextmanager
    def _attacked(self, port: int, code: str) -> Iterator[None]:
        # Learners first, all within a few seconds; who trains within a minute.
        for one in self.everybody:
            one.start()
            time.sleep(1.0 if one in self.trainers else 0.05)
        if not self.is_hostile:
            yield
            return
        with attacking(port, code) as self.attackers:
            yield

    def _work(self, pid: int) -> None:
        while any(one.is_alive() for one in self.everybody):
            self.memory_mb = max(self.memory_mb, memory_mb(pid))
            time.sleep(1)


def memory_mb(pid: int) -> float:
    """Return what all processes of the server hold; what they share is counted once."""
    own = psutil.Process(pid)
    total = 0
    for one in (own, *own.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except (psutil.Error, OSError):
            continue
    return total / 2**20


def percentile_95(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[94] if len(times) > 1 else max(times)


def quantiles(times: list[float]) -> str:
    if len(times) < 2:
        return ", ".join(f"{one:.2f} s" for one in times) or "none"
    line = f"p50 {statistics.median(times):.2f} s, p95 {percentile_95(times):.2f} s"
    return f"{len(times)}, {line}, most {max(times):.2f} s"


def show(day: Day) -> bool:
    """Say how it went; whether nothing failed."""
    many = f"{len(day.learners)} in {day.lesson.short_name}"
    print(f"{many}, load {psutil.getloadavg()[0]:.1f}")
    for kind, words in WORDS.items():
        if times := day.times(kind):
            print(f"  {words}: {quantiles(times)}")
    print(f"  memory of all processes: {day.memory_mb:.0f} MB at most")
    print(f"  failed requests: {len(day.failed)} {day.failed[:3] or ''}")
    print(f"  saved and not in a file: {day.lost or 'nothing'}")
    print(f"  from Ctrl-C to the end: {day.end_s:.1f} s")
    told = [show_trainers(day.trainers), show_hostile(day)]
    return not day.failed and not day.lost and all(told)


def show_beside(calm: Day, attacked: Day) -> bool:
    """Say what attacks cost the others; whether the bounds hold."""
    print("without attackers, and beside them:")
    holds = attacked.end_s <= END_S
    for kind, p95_s in P95_S.items():
        before, now = calm.times(kind), attacked.times(kind)
        is_good = percentile_95(now) <= p95_s and max(now) <= LONGEST_S
        holds = holds and is_good
        cost = f"p95 {percentile_95(before):.2f} s, {percentile_95(now):.2f} s"
        most = f"most {max(before):.2f} s, {max(now):.2f} s"
        bound = f"bounds {p95_s} s and {LONGEST_S} s: {is_good}"
        print(f"  {WORDS[kind]}: {cost}; {most}; {bound}")
    print(f"  Ctrl-C: {calm.end_s:.1f} s, {attacked.end_s:.1f} s; bound {END_S} s")
    return holds


def left_of(pid: int) -> list[str]:
    """Workers that are still there although nobody asks for anything any more."""
    deadline = time.monotonic() + 5
    while True:
        found = []
        for one in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if one.cpu_percent(0.1) > 50:
                    found.append(" ".join(one.cmdline())[:80])
        if not found or time.monotonic() > deadline:
            return found


def show_trainers(trainers: list[Trainer]) -> bool:
    """Say how trainings went; whether each was served in turn and saw its place."""
    if not trainers:
        return True
    # Presses within a second may arrive in another order.
    overtaken = [
        one.name
        for one in trainers
        for other in trainers
        if one.pressed_at + 1.0 < other.pressed_at and one.served_at > other.served_at
    ]
    waits = [one.served_at - one.pressed_at for one in trainers]
    right = sum(one.is_right for one in trainers)
    shown = sum(bool(one.places) for one in trainers)
    fell = all(one.saw_places_fall for one in trainers)
    curves = sum(one.steps > 0 for one in trainers)
    print(f"  trainings: {right} of {len(trainers)} right, {curves} with their curve")
    print(f"    from press to verdict: {quantiles(waits)}")
    print(
        f"    overtaken: {overtaken or 'nobody'}; {shown} waited and saw their place,"
    )
    print(f"    the farthest {max(max(x.places, default=0) for x in trainers)}; "
          f"each was nearer than the last: {fell}")  # fmt: skip
    return not overtaken and fell and right == curves == len(trainers)


def show_hostile(day: Day) -> bool:
    """Say what became of the hostile; whether each had its word and saw something."""
    if not day.is_hostile:
        return True
    for one in day.hostile:
        print(f"  {one.what}")
        for kind, words in one.words.items():
            print(f"    {kind}: {words}")
        if one.stops:
            print(f"    from Stop to its end: {quantiles(one.stops)}")
    saw = day.attackers.saw if day.attackers else {}
    for what, words in saw.items():
        print(f"  {what}: {words}")
    print(f"  still at work after 5 s: {day.left or 'nothing'}")
    has_words = all(len(one.words) == 2 for one in day.hostile)
    return not day.left and has_words and saw.keys() == ATTACKS.keys()


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("people", type=int)
    words.add_argument("lesson")
    words.add_argument("--training", type=int, default=0)
    words.add_argument("--hostile", action="store_true")
    asked = words.parse_args()
    if asked.hostile and asked.lesson != "lesson3":
        words.error("the hostile four write into 3e: --hostile goes with lesson3")
    what = asked.people, asked.lesson, asked.training
    calm = Day(*what, is_hostile=False)
    is_good = show(calm)
    if asked.hostile:
        attacked = Day(*what, is_hostile=True)
        is_good = all([is_good, show(attacked), show_beside(calm, attacked)])
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
