"""A whole class: right for each, once for each, and going on after a stop."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy
import pytest
from msgspec.structs import replace

from grader.classroom import submissions
from grader.classroom.class_grading import Graded, Tally, grade_class
from grader.classroom.class_result import load_class, note_disagreements
from grader.classroom.executors import open_pool
from grader.classroom.overrides import NO_OVERRIDES
from grader.classroom.records import Learner
from grader.classroom.submissions import FolderContents, Submission
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.judge import provenance
from grader.learner.gradebook import Gradebook
from grader.report import ExerciseResult, Outcome, Report
from grader.sandbox import isolation
from tests.support.project import copy_packages

pytestmark = pytest.mark.usefixtures("share_pool")

RIGHT = "def double(x):\n    return x + x\n"
SQUARED = "def double(x):\n    return x * x\n"
ENDS = "import os\n\n\ndef double(x):\n    os._exit(0)\n"
HALF = "def double(x):\n    raise NotImplementedError('1a')\n"


def handed_in(toy) -> tuple[submissions.Submission, ...]:
    folder = toy.root / "submissions"
    return submissions.find(folder, catalog.lessons(toy.root)).submissions


def graded(toy, book: Gradebook, **kwargs) -> Tally:
    return grade_class(handed_in(toy), book, root=toy.root, **({"jobs": 0} | kwargs))


@pytest.fixture
def book(tmp_path: Path):
    with Gradebook(tmp_path / "book.sqlite") as made:
        yield made


def standing(book: Gradebook) -> dict[str, int]:
    return {entry.learner: entry.score for entry in book.latest_of_all("lesson1_toy")}


@pytest.mark.parametrize("jobs", [0, 2])
def test_everyone_gets_what_they_earned(toy, book: Gradebook, jobs: int) -> None:
    for name, source in {"ada": RIGHT, "ben": SQUARED, "cy": ENDS, "dee": HALF}.items():
        toy.hand_in(name, source)
    tally = graded(toy, book, jobs=jobs)
    assert standing(book) == {"ada": 100, "ben": 0, "cy": 0, "dee": 0}
    assert (tally.graded, tally.known, tally.failed) == (4, 0, 0)
    counts = tally.exercises["1a"]
    assert (counts.passed, counts.tried) == (1, 3)  # half-done is not tried
    (squared,) = tally.mistakes.sorted()
    assert squared.people == "1 person, in 1a"
    assert squared.sentence == "You squared it."


@pytest.mark.parametrize("jobs", [0, 2])
def test_a_stray_statement_costs_nobody_a_point_and_is_looked_at(
    toy, book: Gradebook, jobs: int
) -> None:
    toy.hand_in("ada", RIGHT + "\n\n1 / 0\n")
    toy.hand_in("ben", "import seaborn\n\n\n" + RIGHT)
    toy.hand_in("cy", RIGHT)
    tally = graded(toy, book, jobs=jobs)
    assert standing(book) == {"ada": 100, "ben": 100, "cy": 100}
    said = {one: sentence for one, _, sentence in tally.look}
    assert said["ada"].endswith(
        "was graded without line 5: ZeroDivisionError: division by zero"
    )
    assert "was graded without line 1: ModuleNotFoundError: No module" in said["ben"]
    assert "cy" not in said
    passed = {x.learner: x.has_passed for x in book.latest_of_all("lesson1_toy")}
    assert passed == {"ada": False, "ben": False, "cy": True}


def test_nothing_is_graded_twice(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    toy.hand_in("ben", SQUARED)
    graded(toy, book)
    toy.hand_in("cy", RIGHT)  # the same file as ada's
    again = graded(toy, book)
    assert (again.graded, again.known) == (0, 3)
    assert standing(book) == {"ada": 100, "ben": 0, "cy": 100}
    assert len(book.history("lesson1_toy", "ada")) == 1


def test_equal_attempts_are_graded_once_and_counted_for_each(
    toy, book: Gradebook
) -> None:
    for name in ("ada", "ben", "cy"):
        toy.hand_in(name, RIGHT)
    seen = []
    graded(toy, book, on_graded=seen.append)
    assert len({done.report.started_at for done in seen}) == 1
    assert standing(book) == {"ada": 100, "ben": 100, "cy": 100}


def test_who_handed_in_the_same_file_is_said(toy, book: Gradebook) -> None:
    hand_ins = {"ada": RIGHT, "ben": RIGHT, "cy": SQUARED, "dee": HALF, "eve": HALF}
    for name, body in hand_ins.items():
        toy.hand_in(name, body)
    graded(toy, book)
    lesson = catalog.lessons(toy.root)[0].name
    assert load_class(book, [lesson]).notices == (
        f"{lesson}: the same file, byte for byte, is from ada, ben.",
    )


def test_a_new_attempt_of_a_learner_is_the_one_that_counts(
    toy, book: Gradebook
) -> None:
    toy.hand_in("ada", SQUARED)
    graded(toy, book)
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    assert standing(book) == {"ada": 100}
    assert [entry.score for entry in book.history("lesson1_toy", "ada")] == [0, 100]


@pytest.mark.slow
def test_a_process_that_dies_costs_one_learner_at_most(
    toy, book: Gradebook, monkeypatch
) -> None:
    """The coordinator grades again what was lost when a grader is killed."""
    for number in range(6):
        toy.hand_in(f"l{number}", RIGHT + f"# {number}\n")
    killed = []

    def kill_one(done: Graded) -> None:
        if not killed:
            children = [
                pid
                for pid in _children(os.getpid())
                if "grader.learner.grading_service.grader_process" in _command(pid)
            ]
            killed.extend(children[:1])
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    tally = graded(toy, book, jobs=2, on_graded=kill_one)
    assert killed
    assert (tally.failed, tally.look) == (0, [])
    assert set(standing(book).values()) == {100}
    assert len(standing(book)) == 6


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _command(pid: int) -> str:
    import psutil

    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


GRADE = """
import sys
from pathlib import Path
from grader.course.document import catalog
from grader.sandbox import isolation
from grader.classroom import submissions
from grader.classroom.class_grading import grade_class
from grader.learner.gradebook import Gradebook
if __name__ == "__main__":
    root = Path(sys.argv[1])
    found = submissions.find(root / "submissions", catalog.lessons(root)).submissions
    with Gradebook(root / "book.sqlite") as book:
        grade_class(found, book, jobs=2, seed=5, root=root)
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_where_it_stopped(toy) -> None:
    script = toy.root / "grade.py"
    script.write_text(GRADE)
    for number in range(8):
        toy.hand_in(f"l{number}", (RIGHT if number % 2 else SQUARED) + f"# {number}\n")
    moments = random.Random(1)
    for _ in range(4):
        run = subprocess.Popen([sys.executable, script, toy.root])
        time.sleep(moments.uniform(0.3, 2.5))
        run.kill()
        run.wait()
    subprocess.run([sys.executable, script, toy.root], check=True)
    with Gradebook(toy.root / "book.sqlite") as book:
        assert standing(book) == {f"l{n}": 100 * (n % 2) for n in range(8)}
        for number in range(8):
            assert len(book.history("lesson1_toy", f"l{number}")) == 1


def previewed(toy, book: Gradebook) -> Tally:
    """What grading the class again would change."""
    return graded(toy, book, is_preview=True)


def test_a_preview_shows_who_changes_before_anything_is_written(
    toy, book: Gradebook
) -> None:
    toy.hand_in("ada", RIGHT)
    toy.hand_in("ben", SQUARED)
    graded(toy, book)
    toy.change_checks(
        "equals(2 * int(x))", "equals(int(x) ** 2)"
    )  # a right check made wrong
    toy.change_checks("equals(6)", "equals(9)")

    for see in (previewed, graded):
        tally = see(toy, book)
        changes = {
            c.submission.learner.id: (c.before.score, c.after.score)
            for c in tally.changes
        }
        assert changes == {"ada": (100, 0), "ben": (0, 100)}
        assert tally.changes[0].exercises == (
            "1a passed -> wrong",
            "1b passed -> wrong",
        )
        if see is previewed:
            assert standing(book) == {"ada": 100, "ben": 0}
    assert standing(book) == {"ada": 0, "ben": 100}
    assert [e.score for e in book.history("lesson1_toy", "ada")] == [100, 0]
    assert len({e.seed for e in book.history("lesson1_toy", "ada")}) == 1
    assert (graded(toy, book).known, graded(toy, book).changes) == (2, [])


def test_a_preview_says_which_points_change(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    toy.change_page("(60 points", "(50 points")
    (change,) = previewed(toy, book).changes
    assert change.exercises[0] == "1a 60 -> 50 points"


def test_a_change_of_partial_points_is_a_change() -> None:
    ada, place = Learner("ada", "Ada"), Path("ada.py")
    submission = Submission(ada, "lesson1_toy", "00", place.name, place.parent, place)

    def report(*partial: int) -> Report:
        exercises = (
            ExerciseResult(f"1{tag}", "", 60, Outcome.WRONG, (), partial_points=points)
            for tag, points in zip("ab", partial, strict=True)
        )
        return Report("lesson1_toy", "", "", "00", 1, tuple(exercises))

    tally = Tally()
    tally.compare(Graded(submission, report(30, 20)), report(15, 20), NO_OVERRIDES)
    assert tally.unchanged == 0
    (change,) = tally.changes
    assert change.exercises == ("1a 15 -> 30 of 60 points",)


def test_in_a_room_everybody_gets_the_seed_of_the_class(toy, book: Gradebook) -> None:
    for name in ("ada", "ben", "cy"):
        toy.hand_in(name, f"{SQUARED}# {name}\n")
    for seed, one in enumerate(handed_in(toy), 5):
        grade_class([one], book, jobs=0, root=toy.root, seed=seed)
        report = book.latest("lesson1_toy", one.learner.id)
        assert report is not None
        book.record(replace(report, is_of_class=False), one.learner.id)
    toy.change_checks("equals(6)", "equals(9)")
    graded(toy, book)
    assert {entry.seed for entry in book.latest_of_all("lesson1_toy")} == {5}


def test_a_preview_touches_only_what_a_change_touches(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    same = previewed(toy, book)
    assert (same.graded, same.outdated, same.unchanged) == (0, 0, 1)


def test_what_was_replaced_since_is_no_change_of_a_check(toy, book: Gradebook) -> None:
    for name in ("ada", "ben"):
        toy.hand_in(name, RIGHT)
    graded(toy, book)
    toy.change_checks("expect(attempt.double(0)).equals(0)", "pass")
    toy.hand_in("ada", SQUARED)
    toy.hand_in("cy", RIGHT)
    tally = previewed(toy, book)
    assert (tally.changes, tally.unchanged, tally.ungraded) == ([], 1, 2)
    assert standing(book) == {"ada": 100, "ben": 100}
    tally = graded(toy, book)
    assert (tally.changes, tally.unchanged, tally.graded) == ([], 1, 3)
    assert standing(book) == {"ada": 0, "ben": 100, "cy": 100}


def test_a_preview_also_shows_what_somebody_else_s_equal_file_has_now(
    toy, book: Gradebook
) -> None:
    toy.hand_in("ada", RIGHT)
    toy.hand_in("ben", RIGHT)
    graded(toy, book)
    toy.change_checks("equals(6)", "equals(9)")
    ada, ben = handed_in(toy)
    grade_class([ada], book, jobs=0, root=toy.root)
    tally = previewed(toy, book)
    assert (tally.known, [x.submission for x in tally.changes]) == (2, [ben])
    assert standing(book) == {"ada": 60, "ben": 100}
    assert [x.submission for x in graded(toy, book).changes] == [ben]
    assert standing(book) == {"ada": 60, "ben": 60}


def test_who_comes_after_a_change_is_asked_as_the_class_was(
    toy, book: Gradebook
) -> None:
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    toy.change_page("(60 points", "(50 points")
    toy.hand_in("ben", SQUARED)
    graded(toy, book)
    assert len({entry.seed for entry in book.latest_of_all("lesson1_toy")}) == 1


def test_an_equal_attempt_does_not_say_whose_it_was_first(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    toy.hand_in("ben", RIGHT)
    graded(toy, book)
    report = book.latest("lesson1_toy", "ben")
    assert report is not None
    assert report.attempt == "ben/lesson1_toy.py"


def test_what_the_gradebook_does_not_know_is_said(toy, book: Gradebook) -> None:
    for name in ("ada", "ben", "cy"):
        toy.hand_in(name, f"{RIGHT}# {name}\n")
    graded(toy, book)
    toy.hand_in("ada", SQUARED)
    toy.hand_in("dee", RIGHT)
    shutil.rmtree(toy.root / "submissions" / "ben")
    found = submissions.find(toy.root / "submissions", catalog.lessons(toy.root))
    told = note_disagreements(found, book, catalog.lessons(toy.root), "")
    assert set(told.notes) == {"ada", "ben", "dee"}
    assert "is not graded yet" in told.notes["ada"][0]
    assert "is not found in the folder" in told.notes["ben"][0]
    assert told.general[0] == (
        "2 of 3 submissions are not graded yet, or were replaced since. Grade the "
        "class again for them."
    )
    assert told.general[1] == (
        "1 grading is of what is not found in the folder now, and still counts. To "
        "leave it out, move the gradebook away and grade again."
    )


def test_a_roster_that_comes_later_counts_nobody_twice(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    toy.hand_in("ben", SQUARED)
    graded(toy, book)
    roster = toy.root / "submissions" / "roster.csv"
    roster.write_text("learner,name,login\n1,Ada Lovelace,ada\n")
    lesson = catalog.lessons(toy.root)[0].name
    (ada,) = (x for x in handed_in(toy) if x.learner.id == "1")
    early = load_class(book, [lesson], FolderContents(learners=(ada.learner,)))
    assert [(x.learner.id, x.score) for x in early.learners] == [("1", 100), ("ben", 0)]
    lessons = catalog.lessons(toy.root)
    found = submissions.find(toy.root / "submissions", lessons)
    # Her file is graded, under the name that she had.
    assert "not graded yet" not in str(note_disagreements(found, book, lessons, ""))
    toy.hand_in("ada", f"{RIGHT}# replaced\n")
    found = submissions.find(toy.root / "submissions", lessons)
    unsettled = note_disagreements(found, book, lessons, "")
    assert unsettled.general[0].startswith("1 of 2 submissions is not graded yet")
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    found = submissions.find(toy.root / "submissions", lessons)
    told = note_disagreements(found, book, lessons, "")
    assert [
        note for note in told.general if "graded before under other names: ada." in note
    ]
    assert "not found in the folder" not in str(told)
    result = load_class(book, [lesson], FolderContents(learners=found.learners))
    assert [(x.learner.id, x.score) for x in result.learners] == [
        ("1", 100),
        ("ben", 0),
    ]


COUNTED = {"grader": "9+another", "numpy": "1.0", "keras": "1.0"}


def test_the_versions_of_lessons_that_nobody_handed_in_are_not_computed(
    toy, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.hand_in("ada", RIGHT)
    found = handed_in(toy)
    (lesson,) = catalog.lessons(toy.root)
    shutil.copytree(lesson.folder, lesson.folder.with_name("lesson2_other"))
    shutil.copy(lesson.solution, lesson.solution.with_name("lesson2_other.py"))
    asked = list[str]()
    monkeypatch.setattr(
        "grader.classroom.class_grading.versions",
        lambda one: asked.append(one.name) or provenance.versions(one),
    )
    assert grade_class(found, book, root=toy.root, jobs=0).graded == 1
    assert set(asked) == {lesson.name}


@pytest.mark.parametrize("name", COUNTED)
def test_a_corrected_grader_or_another_library_is_a_new_grading(
    toy, book: Gradebook, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    toy.hand_in("ada", RIGHT)
    graded(toy, book)
    told = provenance.versions(catalog.lessons(toy.root)[0])
    monkeypatch.setattr(
        "grader.classroom.class_grading.versions",
        lambda _: told | {name: COUNTED[name]},
    )
    tally = previewed(toy, book)
    assert (tally.graded, tally.outdated, tally.changes) == (1, 1, [])
    assert graded(toy, book).graded == 1


def test_the_graders_version_is_a_hash_of_what_judges(tmp_path: Path) -> None:
    """A comparison that is corrected makes another grader; a drawing does not."""
    copy_packages(tmp_path)

    def told() -> str:
        root = str(tmp_path)
        code = f"from pathlib import Path; from grader.judge.provenance import *; print(grader_version(Path({root!r})))"
        command = [sys.executable, "-c", code]
        env = os.environ | {"PYTHONPATH": str(tmp_path)}
        return subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    def change(name: str) -> None:
        with (tmp_path / name).open("a") as file:
            file.write("\n# changed\n")

    first = told()
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", first)
    change("grader/cli/render/grading.py")
    change("grader/classroom/executors.py")
    assert told() == first
    seen = {first}
    for name in (
        "grader/checks/comparing.py",
        "grader/derivations/rules.py",
        "grader/checks/mutations/catalogue.py",
    ):
        change(name)
        seen.add(told())
    (tmp_path / "lessons" / "data").mkdir(parents=True)
    for value in (1, 2):
        numpy.savez(tmp_path / "lessons" / "data" / "mnist.npz", x=numpy.array(value))
        seen.add(told())
    assert len(seen) == 6


def test_gradings_of_an_older_lesson_or_grader_are_said_with_the_command(
    toy, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "ben"):
        toy.hand_in(name, f"{RIGHT}# {name}\n")
    graded(toy, book)

    def said() -> tuple[str, ...]:
        found = submissions.find(toy.root / "submissions", catalog.lessons(toy.root))
        lessons = catalog.lessons(toy.root)
        return note_disagreements(found, book, lessons, "PREVIEW").general

    assert said() == ()
    command = "To see whose score changes:  PREVIEW"
    told = provenance.versions(catalog.lessons(toy.root)[0])
    monkeypatch.setattr(
        "grader.classroom.class_result.versions", lambda _: told | {"keras": "1"}
    )
    other = "2 gradings are of lesson 1, with another keras than the one here."
    assert said() == (other, command)
    monkeypatch.setattr(
        "grader.classroom.class_result.versions", lambda _: told | {"grader": "1"}
    )
    other = "2 gradings are of lesson 1, by another version of the grader."
    assert said() == (other, command)
    monkeypatch.undo()
    toy.change_checks("expect(attempt.double(0)).equals(0)", "pass")
    toy.hand_in("cy", RIGHT)
    graded(toy, book)
    toy.change_page("(60 points", "(50 points")
    assert said() == ("3 gradings are of another version of lesson 1.", command)
    graded(toy, book)
    assert said() == ()


def test_without_a_layer_that_is_required_nobody_is_graded(
    toy, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.hand_in("ada", RIGHT)
    monkeypatch.setattr(isolation, "bubblewrap", lambda _: [])
    tally = graded(toy, book, require_sandbox=True)
    assert (tally.failed, standing(book)) == (1, {})
    assert "bubblewrap does not work here" in tally.look[0][2]
    tally = graded(toy, book)
    assert standing(book) == {"ada": 100}
    assert tally.isolation


def test_a_lesson_that_cannot_be_run_is_said_for_each(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    toy.checks.write_text("this is no Python")
    tally = graded(toy, book)
    assert tally.failed == 1
    assert "cannot be read" in tally.look[0][2]


def test_a_broken_check_needs_a_look(toy, book: Gradebook) -> None:
    toy.hand_in("ada", RIGHT)
    toy.change_checks("expect(attempt.double(0)).equals(0)", "1 / 0")
    tally = graded(toy, book)
    (report,) = [book.latest("lesson1_toy", "ada")]
    assert report.exercises[0].outcome is Outcome.BROKEN
    assert "the grader itself failed at 1a" in tally.look[0][2]


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_gradebook_when_a_worker_dies(
    toy, book: Gradebook
) -> None:
    pytest.importorskip("distributed")
    for number in range(10):
        toy.hand_in(f"l{number}", (RIGHT if number % 2 else SQUARED) + f"# {number}\n")
    with Cluster() as cluster:
        killed = []

        def kill_one(done: Graded) -> None:
            if not killed:
                killed.append(cluster.workers[0].pid)
                cluster.workers[0].kill()

        tally = graded(
            toy, book, jobs=None, cluster=cluster.address, on_graded=kill_one
        )
    assert killed
    assert (tally.failed, tally.look) == (0, [])
    assert standing(book) == {f"l{n}": 100 * (n % 2) for n in range(10)}


@pytest.mark.slow
def test_a_result_counts_if_its_worker_dies_when_it_has_arrived(
    toy, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pytest.importorskip("distributed").Client
    gather = client._gather

    async def gather_and_lose(self, futures, *args, **kwargs):
        found = await gather(self, futures, *args, **kwargs)
        for future in futures:
            self._handle_lost_data(future.key)  # as the scheduler reports it
        return found

    monkeypatch.setattr(client, "_gather", gather_and_lose)
    toy.hand_in("ada", RIGHT)
    with Cluster(workers=1) as cluster:
        tally = graded(toy, book, jobs=None, cluster=cluster.address)
    assert (tally.failed, tally.look) == (0, [])
    assert standing(book) == {"ada": 100}


@pytest.mark.slow
def test_a_worker_with_several_threads_gives_everyone_what_they_earned(
    toy, book: Gradebook
) -> None:
    """As `dask worker` starts them: daemons, with a thread for each processor."""
    pytest.importorskip("distributed")
    for number in range(12):
        toy.hand_in(f"l{number}", (RIGHT if number % 3 else SQUARED) + f"# {number}\n")
    with Cluster("--nthreads", "4") as cluster:
        with open_pool(1, cluster.address, toy.root) as pool:
            assert pool.capacity() == 4 * 8
        graders = set()

        def look(done: Graded) -> None:
            running = _children(os.getpid())
            graders.update(pid for pid in running if ".grader_process" in _command(pid))

        tally = graded(toy, book, jobs=None, cluster=cluster.address, on_graded=look)
    assert tally.failed == 0
    assert 1 < len(graders) <= 8  # each grades in a process of its own
    assert standing(book) == {f"l{n}": 100 * bool(n % 3) for n in range(12)}
    assert all(
        len(book.latest("lesson1_toy", f"l{n}").exercises) == 2 for n in range(12)
    )


@pytest.mark.slow
def test_a_cluster_without_workers_is_said(
    toy, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("grader.classroom.executors._WORKERS_WITHIN_S", 0.5)
    toy.hand_in("ada", RIGHT)
    with (
        Cluster(workers=0) as cluster,
        pytest.raises(Misuse, match="has no workers"),
    ):
        graded(toy, book, cluster=cluster.address)


class Cluster:
    """A dask scheduler and two workers on loopback, as processes of our own."""

    def __init__(self, *options: str, workers: int = 2) -> None:
        self.options = options or ("--nthreads", "1", "--no-nanny")
        self.count = workers

    def __enter__(self) -> Cluster:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        options = ["--host", "127.0.0.1", "--no-dashboard"]
        self.scheduler = _dask("scheduler", "--port", str(port), *options)
        self.workers = [
            _dask("worker", self.address, *options, *self.options)
            for _ in range(self.count)
        ]
        if self.count:
            self._wait_for_workers()
        return self

    def _wait_for_workers(self) -> None:
        from distributed import Client

        with Client(self.address, timeout=300) as client:
            client.wait_for_workers(self.count, timeout=300)

    def __exit__(self, *_: object) -> None:
        processes = (*self.workers, self.scheduler)
        for process in processes:
            process.terminate()  # a nanny ends its worker, if it may
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def _dask(*words: str) -> subprocess.Popen[bytes]:
    """A dask process in a group of its own, so that none of its children outlives it."""
    name, *options = words
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{name}", *options],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
