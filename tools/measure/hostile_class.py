"""Grade a class of 60, half of it hostile, and print what it took.

    uv run python -m tools.measure.hostile_class
    uv run python -m tools.measure.hostile_class --seed 3

30 learners hand in right attempts, 30 one hostile attempt each; archives and names that
are made to stop a class are among them. Everyone who is honest must have 100 of 100,
and everyone a result or a note. Exit code 1 where that is not so.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import psutil

from grader.course.document import catalog
from grader.learner.gradebook import Gradebook
from tests.support import hostile

ROOT = Path(__file__).parents[2]
HALF = 30
MOST_MB, MOST_S = 600, 180
# What was written against the judge's memory, time and bounds comes first.
FIRST = (
    *("keys_of_30_mb", "forged_frames_without_end", "texts_that_fill_the_judge"),
    *("threads_with_small_stacks", "output_flood_and_right", "callback_without_end"),
)


def hand_in(folder: Path, draw: random.Random) -> list[str]:
    """Write the submissions; returns the ids of the honest."""
    lessons = [catalog.find(f"lesson{n}", ROOT) for n in (1, 2, 3, 5)]
    honest = [f"honest{number:02d}" for number in range(HALF)]
    for number, learner in enumerate(honest):
        lesson = lessons[number % len(lessons)]
        place = folder / learner / f"{lesson.name}.py"
        place.parent.mkdir(parents=True)
        source = lesson.solution.read_text(encoding="utf-8")
        place.write_text(f"{source}\n# {learner}\n", encoding="utf-8")
    for number, attempt in enumerate(chosen(draw)):
        head = attempt.read_bytes()[:1000].decode("latin-1")
        (short,) = re.findall(r"lesson: (\w+)", head)[:1]
        lesson = catalog.find(short, ROOT)
        place = folder / f"hostile{number:02d}" / f"{lesson.name}.py"
        place.parent.mkdir(parents=True)
        place.write_bytes(hostile.read_attempt(attempt))
    bomb = folder / f"hostile{HALF - 2:02d}.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_BZIP2) as archive:
        for number in range(3000):
            archive.writestr(f"{number}/lesson3_cross_entropy.py", b"\0" * 40_000)
    loop = folder / f"hostile{HALF - 1:02d}"
    loop.mkdir()
    (loop / "again").symlink_to(loop, target_is_directory=True)
    (loop / "lesson3_cross_entropy.py").write_text("raise SystemExit(0)\n")
    return honest


def chosen(draw: random.Random) -> list[Path]:
    """28 hostile attempts that need neither Keras nor a missing sandbox layer."""
    plain = [
        p
        for p in hostile.attempts()
        if re.search(rb"lesson: lesson[1-69]\b", p.read_bytes()[:1000])
    ]
    first = [p for p in plain if p.stem in FIRST]
    rest = [p for p in plain if p not in first]
    return [*first, *draw.sample(rest, HALF - 2 - len(first))]


class Watch(threading.Thread):
    """The largest resident memory of the grader's own processes, in MB."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process, self.most_mb, self.is_over = process, 0.0, False

    def run(self) -> None:
        while not self.is_over:
            for one in (self.process, *self.judges()):
                try:
                    self.most_mb = max(self.most_mb, one.memory_info().rss / 1e6)
                except psutil.Error:
                    continue
            time.sleep(0.05)

    def judges(self) -> list[psutil.Process]:
        try:
            below = self.process.children(recursive=True)
        except psutil.Error:
            return []
        return [one for one in below if not is_worker(one)]


def is_worker(process: psutil.Process) -> bool:
    """Whether it is on the untrusted side, whose memory has limits of its own."""
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return True
    return "grader.sandbox.worker" in words or "bwrap" in words


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seed", type=int, default=0)
    seed = words.parse_args().seed
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "submissions"
        honest = hand_in(folder, random.Random(seed))
        began = time.perf_counter()
        command = [sys.executable, "-m", "invoke", "class.grade", str(folder)]
        grading = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        watch = Watch(psutil.Process(grading.pid))
        watch.start()
        code = grading.wait(timeout=1200)
        took_s = time.perf_counter() - began
        watch.is_over = True
        return told(folder, honest, code, took_s, watch.most_mb)


def told(
    folder: Path, honest: list[str], code: int, took_s: float, most_mb: float
) -> int:
    """Print what came of it; 1 where it is not what it must be."""
    with Gradebook(folder / "gradebook.sqlite") as book:
        scores = {
            entry.learner: entry.score
            for lesson in catalog.lessons(ROOT)
            for entry in book.latest_of_all(lesson.name)
        }
    full = sum(scores.get(learner) == 100 for learner in honest)
    others = len(set(scores) - set(honest))
    print(f"exit code {code}, {took_s:.0f} s, judges at most {most_mb:.0f} MB")
    print(f"honest with 100: {full} of {len(honest)}; hostile with a result: {others}")
    is_good = full == len(honest) and took_s < MOST_S and most_mb < MOST_MB
    return 0 if is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
