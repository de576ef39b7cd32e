"""Grade a made-up class and print what it took; not part of every test run.

    uv run python -m tools.measure.big_class 30            30 learners, all lessons
    uv run python -m tools.measure.big_class 3000 lesson3  3,000 learners, one lesson
    uv run python -m tools.measure.big_class 30 lesson3 --kill 20

Among the learners are solutions, known mistakes, half-done and hostile attempts, and
what each of them must get is known beforehand.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from grader import judge
from grader.authoring.verify.mutants import make_mutant
from grader.classroom import submissions
from grader.classroom.class_grading import Tally, grade_class
from grader.course.document import catalog
from grader.learner.gradebook import Gradebook
from grader.report import Outcome

ROOT = Path(__file__).parents[2]


def attempts(
    lesson: catalog.Lesson, count: int, draw: random.Random
) -> Iterator[tuple[str, str]]:
    """(source, what it must get): a score, or the tag of the exercise that is wrong."""
    solution, page = lesson.solution.read_text(), lesson.page.read_text()
    imports = judge.requirements_of(lesson).imports
    known = [
        k for e in judge.load_exercises(lesson) for k in e.mistakes if not k.is_slow
    ]
    # An example that trains less, to be quick, fails 8c before its own exercise.
    known = [
        k
        for k in known
        if k.tag.startswith("8c") or "def train(" not in getattr(k, "example", "")
    ]
    crash = "import os\n\nos._exit(0)\n"
    for number in range(count):
        kind = number % 10
        unlike = f"\n# {number}\n"
        if kind == 9 and number % 20 == 19:
            yield crash + unlike, "score 0"
        elif kind == 9:
            yield page + unlike, "score 0"
        elif kind >= 6:
            one = draw.choice(known)
            yield make_mutant(lesson.solution, one, imports) + unlike, one.tag
        else:
            yield solution + unlike, "score 100"


def fill(
    folder: Path, lessons: list[catalog.Lesson], learners: int
) -> dict[tuple[str, str], str]:
    draw, wanted = random.Random(5), {}
    for lesson in lessons:
        for number, (source, want) in enumerate(attempts(lesson, learners, draw)):
            name = f"learner{number:04}"
            path = folder / name / f"{lesson.name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
            wanted[name, lesson.name] = want
    return wanted


def wrongly_graded(book: Gradebook, wanted: dict[tuple[str, str], str]) -> list[str]:
    wrong = []
    for (name, lesson), want in wanted.items():
        report = book.latest(lesson, name)
        if report is None:
            wrong.append(f"{name} {lesson}: not graded")
        elif want.startswith("score"):
            if report.score != int(want.split()[1]):
                wrong.append(f"{name} {lesson}: {report.score}, not {want}")
        else:
            result = next(e for e in report.exercises if want.startswith(e.tag + "."))
            told = [m.tag for m in result.finding.mistakes] if result.finding else []
            if result.outcome is Outcome.PASSED or want not in told:
                wrong.append(f"{name} {lesson}: {want} became {result.outcome} {told}")
    return wrong


class Memory:
    """The most memory this process used, in MB, sampled ten times a second."""

    def __enter__(self) -> Memory:
        self.most = 0.0
        self._stop = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _sample(self) -> None:
        while not self._stop.wait(0.1):
            self.most = max(self.most, psutil.Process().memory_info().rss / 2**20)


def grade(
    folder: Path, lessons: list[catalog.Lesson], jobs: int, cluster: str
) -> Tally:
    began = time.perf_counter()
    found = submissions.find(folder, lessons).submissions
    with Gradebook(folder / "gradebook.sqlite") as book, Memory() as memory:
        tally = grade_class(found, book, jobs=jobs, cluster=cluster, seed=1, root=ROOT)
    wall_s = time.perf_counter() - began
    counts = f"{tally.graded} graded, {tally.known} known, {tally.failed} failed"
    print(f"{counts} in {wall_s:.1f} s; {memory.most:.0f} MB")
    if tally.graded:
        each_s = wall_s / tally.graded
        print(f"{60 / each_s:.0f} a minute, {each_s:.3f} s each")
    return tally


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("learners", type=int)
    words.add_argument("lessons", nargs="*", default=[])
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--cluster", default="")
    words.add_argument("--kill", type=int, default=0, help="so many kill -9 first")
    asked = words.parse_args()
    lessons = [catalog.find(n, ROOT) for n in asked.lessons] or list(
        catalog.lessons(ROOT)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = fill(folder, lessons, asked.learners)
        draw = random.Random(2)
        command = [
            sys.executable,
            "-m",
            "invoke",
            "class.grade",
            str(folder),
            "--seed",
            "1",
        ]
        for lesson in lessons:
            command += ["--lesson", lesson.name]
        for _ in range(asked.kill):
            run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
            time.sleep(draw.uniform(0.2, 4.0))
            run.kill()
            run.wait()
        grade(folder, lessons, asked.jobs, asked.cluster)
        grade(folder, lessons, asked.jobs, asked.cluster)
        with Gradebook(folder / "gradebook.sqlite") as book:
            wrong = wrongly_graded(book, wanted)
            twice = [key for key in wanted if len(book.history(key[1], key[0])) != 1]
    print(
        f"{len(wanted) - len(wrong)} of {len(wanted)} right, {len(twice)} graded twice"
    )
    for line in wrong[:20]:
        print(" ", line)


if __name__ == "__main__":
    main()
