"""How quick a room is: `uv run python tests/measure_room.py 60 lesson3`.

So many learners join on this machine, each saves once a second and has the lesson
graded every 20 seconds, for a minute; a half of the answers is wrong, and each differs
from all others. Said are the times from press to verdict and from keystroke to file,
and the memory of all processes of the server.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from grader import build, catalog  # noqa: E402
from tests.room import Asker, serve_room  # noqa: E402

SECONDS, GRADING_S, SAVING_S = 60, 20, 1.0


def serve(folder: str, told: multiprocessing.Queue, over: object, lesson: str) -> None:
    with serve_room(ROOT, Path(folder)) as room:
        asker = room.asker()
        asker.ask("GET", f"/instructor?key={room.register.now.instructor_key}")
        asker.post("/instructor/lesson", lesson=lesson)
        told.put((room.port, room.register.now.code))
        over.wait()  # type: ignore[attr-defined]


class Learner(threading.Thread):
    """Somebody who writes, and has it graded now and then."""

    def __init__(
        self, number: int, lesson: catalog.Lesson, port: int, code: str
    ) -> None:
        super().__init__(daemon=True)
        self.asker, self.number, self.code = Asker(port), number, code
        self.lesson, self.chance = lesson, random.Random(number)
        self.gradings: list[float] = []
        self.saves: list[float] = []
        self.failed: list[object] = []

    def run(self) -> None:
        name = f"Learner {self.number}"
        self.asker.fill_in("/join", code=self.code, name=name)
        page = self.asker.get(f"/{self.lesson.short_name}")
        del page
        time.sleep(self.chance.uniform(0, SAVING_S))
        end = time.monotonic() + SECONDS
        presses_at = time.monotonic() + self.chance.uniform(0, GRADING_S)
        while time.monotonic() < end:
            began = time.monotonic()
            self.save()
            if began >= presses_at:
                presses_at += GRADING_S
                self.timed(self.gradings, "grade", "{}")
            time.sleep(max(0.0, SAVING_S - (time.monotonic() - began)))

    def save(self) -> None:
        """Write another text into some cell: right, or right with its end spoilt."""
        _, _, body = self.asker.ask("GET", f"/{self.lesson.short_name}/cells")
        cells = json.loads(body)["cells"]
        tag, number = self.chance.choice(numbers_of(self.lesson))
        text = build.solved(self.lesson.solution, tag)
        text += f"\n# {self.number} {self.chance.random()}"
        if self.chance.random() < 0.5:
            text = text.replace("sum", "max").replace("+", "-")
        asked = {"number": number, "base": cells[str(number)]["version"], "text": text}
        self.timed(self.saves, "save", json.dumps(asked))

    def timed(self, times: list[float], name: str, body: str) -> None:
        began = time.monotonic()
        status, _, said = self.asker.ask(
            "POST", f"/{self.lesson.short_name}/{name}", body
        )
        times.append(time.monotonic() - began)
        if status != 200 or b"stopped" in said[:30]:
            self.failed.append((name, status, said[:200]))


def numbers_of(lesson: catalog.Lesson) -> list[tuple[str, int]]:
    cells = build.cells(lesson.page.read_text(encoding="utf-8"))
    return [
        (cell.tag, number)
        for number, cell in enumerate(cells)
        if cell.tag and not cell.is_text and cell.source.strip()
    ]


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


def measure(people: int, name: str) -> bool:
    lesson = catalog.find(name, ROOT)
    with room_of_its_own(lesson.short_name) as (pid, port, code):
        learners = [Learner(number, lesson, port, code) for number in range(people)]
        for learner in learners:
            learner.start()
            time.sleep(0.05)
        most = 0.0
        while any(learner.is_alive() for learner in learners):
            most = max(most, memory_mb(pid))
            time.sleep(1)
    gradings = [x for one in learners for x in one.gradings]
    saves = [x for one in learners for x in one.saves]
    failed = [x for one in learners for x in one.failed]
    print(
        f"{people} learners in {lesson.short_name}, load {psutil.getloadavg()[0]:.1f}"
    )
    for words, times in (("press to verdict", gradings), ("save", saves)):
        cuts = statistics.quantiles(times, n=100)
        line = f"p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, most {max(times):.2f} s"
        print(f"  {words}: {len(times)}, {line}")
    print(f"  memory of all processes: {most:.0f} MB at most")
    print(f"  failed requests: {len(failed)} {failed[:3] or ''}")
    return not failed


if __name__ == "__main__":
    sys.exit(not measure(int(sys.argv[1]), sys.argv[2]))
