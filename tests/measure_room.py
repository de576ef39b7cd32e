"""How quick a room is, and what it stands.

    uv run python tests/measure_room.py 60 lesson3
    uv run python tests/measure_room.py 30 lesson3 --training 30
    uv run python tests/measure_room.py 30 lesson3 --hostile

So many learners join on this machine, each saves once a second and has the lesson
graded every 20 seconds, for a minute; a half of the answers is wrong, and each differs
from all others. Said are the times from press to verdict and from keystroke to file,
and the memory of all processes of the server. With `--training` so many others start
the training of lesson 7 within a minute, and the learners work until all of them are
served. With `--hostile` four of the learners do harm, each both by Grade and by Run.
Exit code 1 where a request failed, somebody was not served in turn, or had no word.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from grader import catalog  # noqa: E402
from tests.room import serve_room  # noqa: E402
from tests.room_people import HOSTILE, Hostile, Learner, Trainer  # noqa: E402

SECONDS = 60


def serve(folder: str, told: multiprocessing.Queue, over: object, lesson: str) -> None:
    with serve_room(ROOT, Path(folder)) as room:
        asker = room.asker()
        asker.ask("GET", f"/instructor?key={room.register.now.instructor_key}")
        asker.post("/instructor/lesson", lesson=lesson)
        told.put((room.port, room.register.now.code))
        over.wait()  # type: ignore[attr-defined]


@contextmanager
def room_of_its_own(lesson: str) -> Iterator[tuple[int, int, str]]:
    """A room in another process: its number, its port and its code."""
    context = multiprocessing.get_context("spawn")
    told, over = context.Queue(), context.Event()
    with tempfile.TemporaryDirectory() as folder:
        process = context.Process(target=serve, args=(folder, told, over, lesson))
        process.start()
        port, code = told.get(timeout=120)
        yield process.pid or 0, port, code
        over.set()
        process.join()


def memory_mb(pid: int) -> float:
    """What all processes of the server hold; what they share is counted once."""
    own = psutil.Process(pid)
    total = 0
    for one in (own, *own.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except (psutil.Error, OSError):
            continue
    return total / 2**20


def quantiles(times: list[float]) -> str:
    if len(times) < 2:
        return ", ".join(f"{one:.2f} s" for one in times) or "none"
    cuts = statistics.quantiles(times, n=100)
    line = f"p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, most {max(times):.2f} s"
    return f"{len(times)}, {line}"


def measure(people: int, name: str, training: int, is_hostile: bool) -> bool:
    """Let them all work, and say how it went; whether nothing failed."""
    lesson, lesson_7 = (catalog.find(one, ROOT) for one in (name, "lesson7"))
    trainers: list[Trainer] = []
    begun = time.monotonic()

    def is_over() -> bool:
        trains = any(one.is_alive() for one in trainers)
        return time.monotonic() - begun > SECONDS and not trains

    with room_of_its_own(lesson.short_name) as (pid, port, code):
        place = port, code
        hostile = [
            Hostile(what, lesson, *place, is_over) for what in HOSTILE if is_hostile
        ]
        learners = [
            Learner(number, lesson, *place, is_over, runs=is_hostile)
            for number in range(people - len(hostile))
        ]
        trainers += [Trainer(number, lesson_7, *place) for number in range(training)]
        everybody = [*learners, *hostile, *trainers]
        # Learners first, all within a few seconds; who trains within a minute.
        for one in everybody:
            one.start()
            time.sleep(1.0 if one in trainers else 0.05)
        most = 0.0
        while any(one.is_alive() for one in everybody):
            most = max(most, memory_mb(pid))
            time.sleep(1)
        left = left_of(pid) if is_hostile else []
    print(f"{people} in {lesson.short_name}, load {psutil.getloadavg()[0]:.1f}")
    for words, kind in (
        ("press to verdict", "grade"),
        ("save", "save"),
        ("run", "run"),
    ):
        times = [x for one in learners for x in one.times[kind]]
        if times:
            print(f"  {words}: {quantiles(times)}")
    print(f"  memory of all processes: {most:.0f} MB at most")
    failed = [x for one in everybody for x in one.failed]
    print(f"  failed requests: {len(failed)} {failed[:3] or ''}")
    told = [told_of_trainers(trainers), told_of_hostile(hostile, left)]
    return not failed and all(told)


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


def told_of_trainers(trainers: list[Trainer]) -> bool:
    """Say how trainings went; whether each was served in turn and saw its place."""
    if not trainers:
        return True
    by_press = sorted(trainers, key=lambda one: one.pressed_at)
    by_end = sorted(trainers, key=lambda one: one.served_at)
    waits = [one.served_at - one.pressed_at for one in trainers]
    right = sum(one.is_right for one in trainers)
    shown = sum(bool(one.places) for one in trainers)
    fell = all(one.saw_places_fall for one in trainers)
    curves = sum(one.steps > 0 for one in trainers)
    print(f"  trainings: {right} of {len(trainers)} right, {curves} with their curve")
    print(f"    from press to verdict: {quantiles(waits)}")
    print(f"    in turn: {by_press == by_end}; {shown} waited and saw their place,")
    print(f"    the farthest {max(max(x.places, default=0) for x in trainers)}; "
          f"each was nearer than the last: {fell}")  # fmt: skip
    return by_press == by_end and fell and right == curves == len(trainers)


def told_of_hostile(hostile: list[Hostile], left: list[str]) -> bool:
    """Say what became of the hostile; whether each had its word."""
    for one in hostile:
        print(f"  {one.what}")
        for kind, words in one.words.items():
            print(f"    {kind}: {words}")
        if one.stops:
            print(f"    from Stop to its end: {quantiles(one.stops)}")
    if hostile:
        print(f"  still at work after 5 s: {left or 'nothing'}")
    return not left and all(len(one.words) == 2 for one in hostile)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("people", type=int)
    words.add_argument("lesson")
    words.add_argument("--training", type=int, default=0)
    words.add_argument("--hostile", action="store_true")
    asked = words.parse_args()
    if asked.hostile and asked.lesson != "lesson3":
        words.error("the hostile four write into 3e: --hostile goes with lesson3")
    return not measure(asked.people, asked.lesson, asked.training, asked.hostile)


if __name__ == "__main__":
    sys.exit(main())
