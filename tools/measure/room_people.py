"""Those who use a room while it is measured: who works, who trains, who is hostile."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from grader.course.document import catalog, page_builder
from grader.course.document.cells import Document
from tests.support.room import Asker, id_of
from tests.support.room_attacks import join

GRADING_S, SAVING_S = 20, 1.0
# So long a training may wait for its turn.
PATIENCE_S = 1800.0
_STOP_AFTER_S = 1.0


class Person(threading.Thread):
    """Somebody who has joined a room.

    Args:
        name: who it is.
        lesson: where they work.
        port: of the room.
        code: of the room.
    """

    def __init__(self, name: str, lesson: catalog.Lesson, port: int, code: str) -> None:
        super().__init__(daemon=True)
        self.name, self.lesson, self.code = name, lesson, code
        self.asker = Asker(port)
        self.failed: list[object] = []
        self.said: list[str] = []

    def run(self) -> None:
        try:
            join(self.asker, self.code, self.name)
            self.asker.get(f"/{self.lesson.short_name}")
            self.work()
        except Exception as error:  # is told, and fails the measurement
            self.failed.append((self.name, repr(error)))

    def work(self) -> None:
        raise NotImplementedError

    def ask(self, name: str, **what: object) -> tuple[float, dict[str, Any]]:
        """Ask for something of the lesson; how long it took, and what came."""
        path = name if name.startswith("/") else f"/{self.lesson.short_name}/{name}"
        began = time.monotonic()
        status, _, said = self.asker.ask("POST", path, json.dumps(what))
        took_s = time.monotonic() - began
        if status != 200:
            self.failed.append((self.name, name, status, said[:200]))
            return took_s, {}
        return took_s, json.loads(said)


class HonestLearner(Person):
    """Somebody who writes, has it graded now and then, and runs it if asked to.

    A half of the answers is wrong, and each differs from all others.
    """

    def __init__(
        self, number: int, lesson: catalog.Lesson, port: int, code: str,
        is_over: Callable[[], bool], runs: bool,
    ) -> None:  # fmt: skip
        super().__init__(f"Learner {number}", lesson, port, code)
        self.number, self.chance = number, random.Random(number)
        self.is_over, self.runs = is_over, runs
        self.times: dict[str, list[float]] = {"grade": [], "save": [], "run": []}
        self.written: dict[int, str] = {}

    def work(self) -> None:
        time.sleep(self.chance.uniform(0, SAVING_S))
        grades_at = time.monotonic() + self.chance.uniform(0, GRADING_S)
        runs_at = time.monotonic() + self.chance.uniform(0, GRADING_S)
        while not self.is_over():
            began = time.monotonic()
            line = self.save()
            if began >= grades_at:
                grades_at = began + GRADING_S
                self.timed("grade")
            elif self.runs and began >= runs_at:
                runs_at = began + GRADING_S
                self.timed("run", line=line)
            time.sleep(max(0.0, SAVING_S - (time.monotonic() - began)))

    def save(self) -> int:
        """Write another text into some cell: right, or right with its end spoilt."""
        _, _, body = self.asker.ask("GET", f"/{self.lesson.short_name}/cells")
        cells = json.loads(body)["cells"]
        tag, number = self.chance.choice(list(numbers_of(self.lesson)))
        text = page_builder.solution_code(self.lesson.solution, tag)
        text += f"\n# {self.number} {self.chance.random()}"
        if self.chance.random() < 0.5:
            text = text.replace("sum", "max").replace("+", "-")
        base = cells[str(number)]["version"]
        told = self.timed("save", number=number, base=base, text=text)
        if told.get("conflict"):
            self.failed.append((self.name, "save", "a conflict"))
        elif told:
            self.written[number] = text
        return int(told.get("cells", cells)[str(number)]["line"])

    def lost_in(self, room: Path) -> list[tuple[str, int]]:
        """Return the cells whose last text that was saved is not in the file."""
        path = room / id_of(room, self.name) / f"{self.lesson.name}.py"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        cells = {
            n: cell.source.strip()
            for n, cell in enumerate(Document.from_python(text).cells)
        }
        return [
            (self.name, number)
            for number, text in self.written.items()
            if cells.get(number) != text.strip()
        ]

    def timed(self, name: str, **what: object) -> dict[str, Any]:
        took_s, told = self.ask(name, **what)
        self.times[name].append(took_s)
        if told.get("stopped"):
            self.failed.append((self.name, name, "stopped"))
        return told


def numbers_of(lesson: catalog.Lesson) -> Iterator[tuple[str, int]]:
    """Yield the exercises of a lesson and the numbers of their cells."""
    cells = Document.from_python(lesson.page.read_text(encoding="utf-8")).cells
    for number, cell in enumerate(cells):
        if cell.tag and not cell.is_text and cell.source.strip():
            yield cell.tag, number


class Trainer(Person):
    """Somebody who has the training of lesson 8 graded, and watches the page."""

    def __init__(
        self, number: int, lesson: catalog.Lesson, port: int, code: str
    ) -> None:
        super().__init__(f"Trainer {number}", lesson, port, code)
        self.number = number
        self.asker.patience_s = PATIENCE_S
        self.places: list[int] = []
        self.steps = 0
        self.pressed_at = self.served_at = 0.0
        self.is_right = False

    def work(self) -> None:
        for tag, _ in numbers_of(self.lesson):
            text = page_builder.solution_code(self.lesson.solution, tag)
            self.asker.write(self.lesson.short_name, tag, f"{text}\n# {self.number}")
        threading.Thread(target=self._listen, daemon=True).start()
        self.pressed_at = time.monotonic()
        _, told = self.ask("grade")
        self.served_at = time.monotonic()
        exercises = told.get("exercises", {})
        self.is_right = bool(exercises) and all(
            x["is_right"] for x in exercises.values()
        )
        if not self.is_right:
            wrong = [tag for tag, x in exercises.items() if not x["is_right"]]
            self.failed.append((self.name, "graded as wrong", wrong))

    @property
    def saw_places_fall(self) -> bool:
        """Whether each place that was shown was nearer, down to the end of waiting."""
        falls = all(a > b for a, b in zip(self.places, self.places[1:], strict=False))
        return falls and self.places[-1:] in ([], [0])

    def _listen(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.asker.port, timeout=60)
        cookie = "; ".join(f"{k}={v}" for k, v in self.asker.cookies.items())
        line.request("GET", "/events", headers={"Cookie": cookie})
        kind = ""
        for raw in line.getresponse():
            word, _, rest = raw.decode().strip().partition(": ")
            if word == "event":
                kind = rest
            elif word == "data" and kind == "waiting":
                place = json.loads(rest)["place"]
                # The turn among trainings comes first, then one among all gradings.
                if not (self.places and self.places[-1] == 0):
                    self.places.append(place)
            elif word == "data" and kind == "progress":
                self.steps += 1


# What each hostile learner writes, and the words that tell them what became of it:
# of a grading, and of a run.
HOSTILE = {
    "a loop without an end": (
        "    while True:\n        pass",
        "timed out", "stopped after|somebody else was waiting",
    ),
    "a memory hog": (
        "    kept = []\n    while True:\n        kept.append(np.ones(10_000_000))",
        "out of memory", "MemoryError|of memory|somebody else was waiting",
    ),
    "200 MB printed": (
        "    for _ in range(200):\n        print('x' * 2**20)\n    return 0.0",
        "wrong", "it printed more",
    ),
    "a fork storm": (
        "    import os\n    while True:\n        os.fork()",
        "not permitted", "not permitted",
    ),
}  # fmt: skip


class Hostile(Person):
    """Somebody whose attempts harm a machine, graded and run at the same time."""

    def __init__(
        self, what: str, lesson: catalog.Lesson, port: int, code: str,
        is_over: Callable[[], bool],
    ) -> None:  # fmt: skip
        super().__init__(f"Hostile: {what}", lesson, port, code)
        self.what, self.is_over = what, is_over
        self.asker.patience_s = PATIENCE_S
        self.stops: list[float] = []
        self.words: dict[str, str] = {}

    def work(self) -> None:
        body, *expected = HOSTILE[self.what]
        code = f"import numpy as np\ndef cross_entropy(y, p):\n{body}\n"
        code += "if __name__ == '__main__':\n    cross_entropy(0, 0)\n"
        line = self.asker.write(self.lesson.short_name, "3e", code)
        both = [
            threading.Thread(target=self._again, args=(kind, line, words))
            for kind, words in zip(("grade", "run"), expected, strict=True)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()

    def _again(self, kind: str, line: int, expected: str) -> None:
        """To the end of its time the first time, stopped the next, and so on."""
        stops = False
        while not self.is_over():
            time.sleep(2.1)  # a room takes a grading in 2 s
            if stops:
                self._press_and_stop(kind, line)
            else:
                self._press(kind, line, expected)
            # Stop ends both a grading and a run, so one of the two is stopped alone.
            stops = kind == "grade" and not stops and "loop" in self.what

    def _press(self, kind: str, line: int, expected: str) -> None:
        _, told = self.ask(kind, exercise="3e", line=line)
        if told.get("stopped") or not told:
            return
        html = told["exercises"]["3e"]["html"] if kind == "grade" else told["html"]
        words = " ".join(re.sub("<[^>]*>", " ", html).split())
        if kind == "run" and "It was stopped." in words:
            return
        self.words[kind] = words[:160] if kind == "grade" else words[-100:]
        if not re.search(expected, words):
            self.failed.append((self.name, kind, words[:300]))

    def _press_and_stop(self, kind: str, line: int) -> None:
        ended: list[float] = []

        def press() -> None:
            self.ask(kind, exercise="3e", line=line)
            ended.append(time.monotonic())

        pressing = threading.Thread(target=press)
        pressing.start()
        time.sleep(_STOP_AFTER_S)
        began = time.monotonic()
        self.ask("/stop")
        pressing.join()
        self.stops.append(max(0.0, ended[0] - began))
