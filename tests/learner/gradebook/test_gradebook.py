"""The gradebook remembers; the hint ladder and the solution gate follow from it."""

import datetime
import errno
import hashlib
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import msgspec
import psutil
import pytest
from msgspec.structs import replace

from grader.common.errors import GraderError, Misuse
from grader.course.document.catalog import Lesson
from grader.learner.gradebook import (
    NOBODY,
    Gradebook,
    HintStep,
    NamedMistake,
    database,
    first_unfinished,
    gradebook_path,
)
from grader.learner.gradebook import (
    saved_versions as kept,
)
from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import MIGRATIONS, row_of
from grader.report import Basis, Finding, Mistake, Outcome, Report
from tests.support.reports import LESSON, RIGHT, WRONG, alone, find_standings, report_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return gradebook_path(tmp_path / "attempts")


def test_a_report_comes_back_as_it_was(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(WRONG)
    with Gradebook(path) as book:
        assert book.latest(LESSON) == WRONG


def test_folders_on_the_way_to_a_gradebook_are_made(tmp_path: Path) -> None:
    with Gradebook(tmp_path / "new" / "newer" / "gradebook.sqlite") as book:
        book.record(WRONG)
        assert book.latest(LESSON) == WRONG


@pytest.mark.promise("kept-verdicts")
def test_a_grading_with_a_kept_verdict_stands_for_no_other(path: Path) -> None:
    basis = Basis(("softmax",), "x", "2026-01-02T08:10:00+00:00", is_kept=True)
    kept = replace(RIGHT.exercises[0], basis=basis)
    with Gradebook(path) as book:
        book.record(replace(RIGHT, exercises=(kept, *RIGHT.exercises[1:])))
        assert book.find_reusable(RIGHT.attempt_sha256, RIGHT.versions) is None
        book.record(RIGHT)
        assert book.find_reusable(RIGHT.attempt_sha256, RIGHT.versions) is not None


def test_all_that_somebody_did_is_handed_on(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(WRONG, "ada-2")
        book.record(RIGHT, "bob")
        book.next_hint(LESSON, "3b", 3, "ada-2")
        book.transfer("ada-2", "ada")
        assert [name for name, _ in book.gradings(LESSON)] == ["ada", "bob"]
        assert book.latest(LESSON, "ada") == WRONG
        assert book.latest(LESSON, "ada-2") is None
        assert [name for name, _ in book.hints(LESSON)] == ["ada"]


def test_a_grading_that_cannot_be_read_is_none_of_the_whole(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(WRONG, "ada")
        book.record(RIGHT, "bob")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE grading SET report = '{' WHERE learner = 'ada'")
    with Gradebook(path) as book:
        assert [name for name, _ in book.gradings(LESSON)] == ["bob"]


def test_a_standing_has_the_best_and_the_last(path: Path) -> None:
    with Gradebook(path) as book:
        for report in (RIGHT, WRONG, report_of(Outcome.PASSED, partial="3a")):
            book.record(report)
        standing = book.standings()[LESSON]
    assert (standing.best, standing.last, standing.points) == (20, 10, 20)
    assert (standing.gradings, standing.has_passed) == (3, True)


def test_the_first_lesson_that_is_not_done_comes_next(path: Path) -> None:
    """A later lesson that was begun, or is done, does not change that."""
    lessons = [
        Lesson(
            name=name,
            number=number,
            title=name,
            folder=path.parent,
            page=path,
            checks=path,
            solution=path,
        )
        for number, name in ((2, "lesson2_shapes"), (3, LESSON), (4, "lesson4_more"))
    ]
    with Gradebook(path) as book:
        book.record(RIGHT)
        standings = book.standings()
    names = ["lesson2_shapes", "lesson4_more"]
    assert first_unfinished(lessons, standings) == lessons[0]
    assert first_unfinished(lessons, standings, names[:1]) == lessons[2]
    assert first_unfinished(lessons, standings, names) is None


def test_exercises_that_are_right_one_by_one_make_the_lesson_right(path: Path) -> None:
    """The latest verdict of each exercise counts, whichever grading it came from."""
    points = {"3a": 10, "3b": 10}
    with Gradebook(path) as book:
        for tag in points:
            book.record(alone(tag))
            # Nothing says yet what else the lesson has.
            assert not book.standings()[LESSON].has_passed
    with Gradebook(path) as book:
        (standing,) = find_standings(book, points)
        assert (standing.last, standing.points, standing.has_passed) == (20, 20, True)
        (standing,) = find_standings(book, points | {"3c": 80})
        assert (standing.last, standing.points, standing.has_passed) == (20, 100, False)
        book.record(alone("3b", Outcome.WRONG))
        (standing,) = find_standings(book, points)
        assert (standing.best, standing.last, standing.has_passed) == (20, 10, True)


def test_a_single_exercise_that_is_right_is_put_into_the_whole_grading(
    path: Path,
) -> None:
    with Gradebook(path) as book:
        book.record(WRONG)
        book.record(alone("3b"))
        standing, latest = book.standings()[LESSON], book.latest_verdicts(LESSON)
        assert (standing.last, standing.points, standing.has_passed) == (20, 20, True)
        assert latest is not None
        assert [one.is_right for one in latest.exercises] == [True, True]
        assert latest.partial == ""
        book.record(WRONG)
        assert book.latest_verdicts(LESSON) == WRONG
        assert book.standings()[LESSON].last == 10


def test_verdicts_of_other_versions_are_not_kept(path: Path) -> None:
    other = {**WRONG.versions, "grader": "0.2.0"}
    with Gradebook(path) as book:
        book.record(replace(WRONG, versions=other))
        book.record(alone("3b"))
        earlier = book.earlier(LESSON)
    assert earlier is not None
    assert [one.tag for one in earlier.exercises] == ["3b"]


def test_the_last_whole_grading_that_was_right_comes_back(path: Path) -> None:
    newer = replace(RIGHT, seed=2)
    with Gradebook(path) as book:
        assert book.latest_right(LESSON) is None
        book.record(WRONG)
        assert book.latest_right(LESSON) is None
        for report in (RIGHT, newer, WRONG, report_of(Outcome.PASSED, partial="3a")):
            book.record(report)
        assert book.latest_right(LESSON) == newer
        assert book.latest_right(LESSON, "ada") is None


def test_the_grading_of_another_file_counts_for_nothing(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(RIGHT, NOBODY)
        assert book.standings() == {}
        assert book.latest(LESSON) is None
        assert book.latest_of_all(LESSON) == ()
        assert book.attempts_to_solution(LESSON, "3b") == 3


def test_an_equal_grading_is_found_by_content(path: Path) -> None:
    key = (WRONG.attempt_sha256, WRONG.versions)
    with Gradebook(path) as book:
        assert book.find_reusable(*key) is None
        book.record(report_of(Outcome.PASSED, partial="3a"), "ada")
        assert book.find_reusable(*key) is None
        book.record(WRONG, "ada")
        for seed in (None, WRONG.seed):
            known = book.find_reusable(*key, seed)
            assert known is not None
            assert known.report == WRONG
        assert book.find_reusable(*key, WRONG.seed + 1) is None
        for name in ("lesson", "grader", "numpy", "keras"):
            other = WRONG.versions | {name: "another"}
            assert book.find_reusable(WRONG.attempt_sha256, other) is None


def test_a_broken_grading_is_never_used_again(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(report_of(Outcome.BROKEN))
        assert book.find_reusable(WRONG.attempt_sha256, WRONG.versions) is None


def test_a_gradebook_that_another_program_holds_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.1)
    Gradebook(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Misuse, match="Another program is using"):
        Gradebook(path)
    other.close()


def test_a_gradebook_where_none_can_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "a folder.sqlite").mkdir()
    with pytest.raises(Misuse, match="cannot be written"):
        Gradebook(tmp_path / "a folder.sqlite")


def test_the_first_hint_is_free_and_the_others_need_a_graded_attempt(
    path: Path,
) -> None:
    with Gradebook(path) as book:
        assert book.next_hint(LESSON, "3b", 3) == HintStep(1, True, True)
        assert book.next_hint(LESSON, "3b", 3) == HintStep(1, False, True)
        book.record(alone("3a", Outcome.WRONG))
        assert book.next_hint(LESSON, "3b", 3) == HintStep(1, False, True)
        book.record(alone("3b", Outcome.NOT_ATTEMPTED))
        assert book.next_hint(LESSON, "3b", 3) == HintStep(1, False, True)
        book.record(alone("3b", Outcome.WRONG))
        assert book.next_hint(LESSON, "3b", 3) == HintStep(2, True, True)
        assert book.next_hint(LESSON, "3b", 3) == HintStep(2, False, True)
        book.record(WRONG)  # the same file
        assert book.next_hint(LESSON, "3b", 3) == HintStep(2, False, True)
        book.record(replace(WRONG, attempt_sha256="cd" * 32))
        assert book.next_hint(LESSON, "3b", 3) == HintStep(3, True, False)
        assert book.next_hint(LESSON, "3b", 3) == HintStep(3, False, False)


def test_attempts_that_came_before_the_first_hint_count(path: Path) -> None:
    """Whoever tried six times is not sent away to try again."""
    with Gradebook(path) as book:
        for number in range(3):
            book.record(replace(alone("3b", Outcome.WRONG), attempt_sha256=f"{number}"))
        for number in range(3, 6):
            book.record(replace(WRONG, attempt_sha256=f"{number}"))
        steps = [book.next_hint(LESSON, "3b", 3) for _ in range(3)]
    assert steps == [HintStep(n, True, needs_grading=False) for n in (1, 2, 3)]


def test_the_solution_opens_after_three_graded_attempts(path: Path) -> None:
    with Gradebook(path) as book:
        left = []
        for digest in ("aa", "bb", "cc", "dd"):
            left.append(book.attempts_to_solution(LESSON, "3b"))
            book.record(replace(WRONG, attempt_sha256=digest * 32))
    assert left == [3, 2, 1, 0]


def test_the_same_file_again_is_the_same_attempt(path: Path) -> None:
    with Gradebook(path) as book:
        for _ in range(4):
            book.record(WRONG)
        assert book.attempts_to_solution(LESSON, "3b") == 2


def test_the_solution_opens_after_success_and_stays_open(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(RIGHT)
        book.record(WRONG)
        assert book.attempts_to_solution(LESSON, "3b") == 0


def test_attempts_at_another_exercise_open_no_solution(path: Path) -> None:
    skipped = report_of(Outcome.WRONG, Outcome.NOT_ATTEMPTED, Outcome.SKIPPED)
    alone = report_of(Outcome.WRONG, partial="3a")
    broken_file = replace(
        report_of(Outcome.RAISED, Outcome.RAISED), problem=Finding("SyntaxError")
    )
    with Gradebook(path) as book:
        for digest, report in enumerate((skipped, alone, alone, broken_file)):
            book.record(replace(report, attempt_sha256=f"{digest}" * 64))
        left = {tag: book.attempts_to_solution(LESSON, tag) for tag in ("3a", "3b")}
        assert left == {"3a": 0, "3b": 3}
        assert book.attempts_to_solution(LESSON, "3c") == 3
        book.record(report_of(Outcome.WRONG, Outcome.PASSED))
        assert book.attempts_to_solution(LESSON, "3b") == 0


def test_the_last_grading_of_every_learner(path: Path) -> None:
    with Gradebook(path) as book:
        book.record_all([("bob", WRONG), ("ada", WRONG), ("bob", RIGHT)])
        scores = [(e.learner, e.score) for e in book.latest_of_all(LESSON)]
    assert scores == [("ada", 10), ("bob", 20)]


def test_history_is_in_order_and_has_partial_gradings(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(WRONG)
        book.record(report_of(Outcome.PASSED, partial="3a"))
        gradings = book.history(LESSON)
    assert [(one.partial, one.score) for one in gradings] == [("", 10), ("3a", 10)]


def record_many(path: Path, learner: str) -> int:
    for seed in range(25):
        with Gradebook(path) as book:
            book.record(replace(WRONG, seed=seed), learner)
    return 25


def test_several_processes_write_to_one_gradebook(path: Path) -> None:
    learners = ["ada", "bob", "cleo"]
    with ProcessPoolExecutor(3) as pool:
        assert sum(pool.map(record_many, [path] * 3, learners)) == 75
    with Gradebook(path) as book:
        made = [book.standings(name)[LESSON].gradings for name in learners]
    assert made == [25] * 3


def test_a_file_that_is_no_gradebook_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("this is not a gradebook, but a letter to a friend" * 50)
    with pytest.raises(GraderError, match="cannot be used"):
        Gradebook(path)


def test_a_gradebook_of_a_newer_version_is_left_alone(path: Path) -> None:
    Gradebook(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(GraderError, match="newer version"):
        Gradebook(path)


def test_a_report_of_another_schema_is_passed_over(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(WRONG)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("""UPDATE grading SET report = '{"x": 1}'""")
    db.close()
    with Gradebook(path) as book:
        assert book.latest(LESSON) is None


def test_a_failed_write_leaves_nothing_behind(path: Path) -> None:
    with Gradebook(path) as book:
        with pytest.raises(OverflowError):
            book.record_all([("ada", WRONG), ("ada", replace(WRONG, seed=2**64))])
        assert book.history(LESSON, "ada") == ()


EMPTY = replace(RIGHT, exercises=())


def test_a_report_without_exercises_is_no_result(path: Path) -> None:
    assert (EMPTY.has_passed, EMPTY.is_broken) == (False, True)
    with Gradebook(path) as book:
        with pytest.raises(GraderError, match="came back without a single exercise"):
            book.record(EMPTY, "ada")
        assert book.latest_of_all(LESSON) == ()


def test_one_that_was_stored_once_is_graded_again(path: Path) -> None:
    with closing(Database(path, MIGRATIONS[:1])) as old, old.writing():
        text = msgspec.json.encode(EMPTY).decode()
        none = {"report": text, "score": 0, "points": 0, "has_passed": 1}
        old.insert("grading", row_of("ada", RIGHT) | none)
        old.insert("grading", row_of("ben", RIGHT))
    with Gradebook(path) as book:
        assert [grading.learner for grading in book.latest_of_all(LESSON)] == ["ben"]
        known = book.find_reusable(RIGHT.attempt_sha256, RIGHT.versions)
        assert known is not None
        book.credit(known, "ada", "ada/lesson3.py")
        assert book.standings("ada")[LESSON].last == 20


SPOILT = (
    ("report = '{\"x'", 0),
    ("report = '[]'", 0),
    ("report = CAST(x'7bff' AS TEXT)", 0),
    ("report = x'00ff'", 1),
    ("score = 'many', points = x'00'", 1),
    ("started_at = x'07'", 1),
    ("versions = 'nonsense'", 0),
    ("attempt_sha256 = CAST(x'ff' AS TEXT)", 0),
)


@pytest.mark.parametrize(("change", "damaged"), SPOILT)
def test_a_damaged_row_is_no_traceback_and_loses_no_other(
    path: Path, change: str, damaged: int
) -> None:
    with Gradebook(path) as book:
        book.record_all([("ada", RIGHT), ("ben", WRONG)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE grading SET {change} WHERE learner = 'ada'")
    db.close()
    with Gradebook(path) as book:
        assert book.count_damaged() == damaged
        names = [grading.learner for grading in book.latest_of_all(LESSON)]
        assert names == (["ben"] if damaged else ["ada", "ben"])
        is_left = change.startswith(("versions", "attempt"))
        assert book.latest(LESSON, "ada") == (RIGHT if is_left else None)
        assert len(book.history(LESSON, "ada")) == 1 - damaged
        assert set(book.standings("ada")) == (set() if damaged else {LESSON})
        known = book.find_reusable(WRONG.attempt_sha256, WRONG.versions)
        assert known is not None
        book.credit(known, "ada", "ada/lesson3.py")
        assert book.latest(LESSON, "ada") is not None
        assert book.latest(LESSON, "ben") == WRONG


def journal(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db, db:
        name = db.execute("PRAGMA journal_mode").fetchone()[0]
    db.close()
    return name


def test_a_gradebook_on_a_network_folder_needs_no_shared_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gradebook(path) as book:
        book.record(WRONG)
    assert journal(path) == "wal"
    monkeypatch.setattr(database, "is_on_network", lambda folder: True)
    with Gradebook(path) as one, Gradebook(path) as other:
        one.record(RIGHT)
        other.record(WRONG)
        assert [grading.score for grading in one.history(LESSON)] == [20, 10]
        assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert journal(path) == "delete"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((kind, True) for kind in ("nfs4", "cifs", "fuse.sshfs", "9p")),
        *((kind, False) for kind in ("ext4", "overlay", "tmpfs", "fuseblk")),
    ],
)
def test_a_network_folder_is_known_by_its_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, expected: bool
) -> None:
    device = tmp_path.stat().st_dev
    mount = f"{os.major(device)}:{os.minor(device)}"
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 0:999 / / rw,relatime - ext4 /dev/sda1 rw\n"
        f"36 35 {mount} / /srv/a\\040class rw shared:1 - {kind} server:/x rw\n"
    )
    monkeypatch.setattr(database, "_MOUNTS", table)
    assert database.is_on_network(tmp_path) is expected


def test_a_mount_that_is_not_listed_is_taken_for_a_local_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text("22 1 0:99999 / / rw,relatime - nfs4 server:/x rw\n")
    monkeypatch.setattr(database, "_MOUNTS", table)
    assert not database.is_on_network(tmp_path)


def test_a_file_that_is_locked_for_a_moment_is_asked_for_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def is_on_network(folder: Path) -> bool:
        asked.append(folder)
        if len(asked) < 3:
            raise sqlite3.OperationalError("database is locked")
        return False

    monkeypatch.setattr(database, "is_on_network", is_on_network)
    with Gradebook(path) as book:
        assert book.record(WRONG) == 1
    assert len(asked) == 3
    asked.clear()
    monkeypatch.setattr(database, "_BUSY_S", -1)
    with pytest.raises(GraderError):
        Gradebook(path)
    assert len(asked) == 1


CLAIM = """
import sys, time
from pathlib import Path
from grader.learner.gradebook import Gradebook, database
database.is_on_network = lambda folder: sys.argv[2] == "True"
with Gradebook(Path(sys.argv[1])) as book, book.claim():
    print("claimed", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("on_network", [False, True])
def test_a_second_grader_of_a_class_is_told_until_the_first_is_gone(
    path: Path, monkeypatch: pytest.MonkeyPatch, on_network: bool
) -> None:
    monkeypatch.setattr(database, "is_on_network", lambda folder: on_network)
    first = subprocess.Popen(
        [sys.executable, "-c", CLAIM, path, str(on_network)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    with first, first.stdout:
        assert first.stdout.readline() == "claimed\n"
        with Gradebook(path) as book:
            with pytest.raises(Misuse, match="already being graded"), book.claim():
                pass
            book.record(WRONG)  # a report, or a learner's own grading, goes on
        first.kill()
        first.wait()
        with Gradebook(path) as book, book.claim():
            assert len(book.history(LESSON)) == 1


def test_a_full_disk_is_said_and_loses_nothing(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(WRONG)
        book._database._db.execute("PRAGMA max_page_count = 1")  # no page more
        large = replace(RIGHT, output="x" * 100_000)
        with pytest.raises(Misuse, match=r"its disk is full .* Free some space"):
            book.record(large)
        book._database._db.execute("PRAGMA max_page_count = 1000000")
        assert book.history(LESSON)[0].score == 10
        book.record(large)
        assert len(book.history(LESSON)) == 2


def test_an_error_on_a_disk_with_no_room_is_that_it_is_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gradebook(path) as book:
        monkeypatch.setattr(database, "room_left", lambda folder: 4096)
        with pytest.raises(Misuse, match="is full") as told:
            book._database.rows("SELECT nothing")
    assert "away" not in str(told.value)


def theirs(**changes: object) -> Report:
    return replace(WRONG, attempt="ada/lesson3.py", **changes)


@pytest.mark.parametrize(
    ("latest", "gradings"),
    [
        (None, 1),
        (theirs(), 1),
        (theirs(seed=7), 1),
        (theirs(attempt_sha256="cd" * 32), 2),
        (theirs(versions=WRONG.versions | {"lesson": "other"}), 2),
        (theirs(exercises=report_of(Outcome.BROKEN).exercises), 2),
    ],
)
def test_a_known_grading_counts_once_for_whoever_hands_in_the_same(
    path: Path, latest: Report | None, gradings: int
) -> None:
    with Gradebook(path) as book:
        book.record(WRONG, "ben")
        if latest is not None:
            book.record(latest, "ada")
        known = book.find_reusable(WRONG.attempt_sha256, WRONG.versions, WRONG.seed)
        assert known is not None
        assert known.report.seed == WRONG.seed
        book.credit(known, "ada", "ada/lesson3.py")
        assert len(book.history(LESSON, "ada")) == gradings
        newest = book.latest(LESSON, "ada")
        assert newest is not None
        assert newest.attempt == "ada/lesson3.py"
        assert book.latest(LESSON, "ben") == WRONG


def test_a_grading_says_when_what_and_with_which_versions(path: Path) -> None:
    began = "2026-03-02T09:00:00+00:00"
    with Gradebook(path) as book:
        number = book.record(replace(RIGHT, started_at=began), "ada")
        (grading,) = book.history(LESSON, "ada")
        standing = book.standings("ada")[LESSON]
        assert book.record(WRONG, "ada") == number + 1  # it says no time itself
        now = datetime.datetime.fromisoformat(
            book.history(LESSON, "ada")[-1].started_at
        )
    assert grading.has_passed is True
    assert (grading.id, grading.learner, grading.lesson) == (number, "ada", LESSON)
    assert (grading.points, grading.seed, grading.started_at) == (20, 1, began)
    assert (grading.attempt_sha256, grading.versions) == (
        RIGHT.attempt_sha256,
        RIGHT.versions,
    )
    assert (standing.lesson, standing.last_at) == (LESSON, began)
    age = datetime.datetime.now(datetime.UTC) - now
    assert datetime.timedelta() <= age < datetime.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "No space"), Misuse, "its disk is full"),
        (OSError(errno.EDQUOT, "Quota"), Misuse, "its disk is full"),
        (OSError(errno.EACCES, "Denied"), Misuse, "right to write in its folder, or"),
        (
            OSError(errno.EROFS, "Read-only"),
            Misuse,
            "Copy the project to one that you can write, or",
        ),
        (OSError(errno.ENAMETOOLONG, "Long"), Misuse, "path is too long. .* path, or"),
        (sqlite3.OperationalError("odd"), GraderError, "Run the command again"),
        (None, Misuse, "right to write in its folder, or"),
    ],
)
def test_an_error_is_told_with_what_to_do(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
    kind: type[Exception],
    words: str,
) -> None:
    if error is None:
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(database, "room_left", lambda folder: None)
    monkeypatch.setattr(sqlite3, "connect", fail)
    with pytest.raises(kind, match=words) as told:
        Gradebook(path, ", or name another file")
    assert type(told.value) is kind
    assert told.value.__cause__ is error


def test_of_a_path_that_is_too_long_the_length_is_said(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["x" * 100] * 5)
    folder.mkdir(parents=True)
    with pytest.raises(
        Misuse, match=r"path is too long\. Move the project to a folder"
    ):
        Gradebook(folder / "gradebook.sqlite")


def test_of_a_disk_that_can_only_be_read_that_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gradebook(path):
        pass
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    assert "right to write" in str(database.explain(path, error))
    monkeypatch.setattr(database.files, "is_on_read_only_disk", lambda folder: True)
    assert "Copy the project to one that you can write." in str(
        database.explain(path, error)
    )


def test_a_lock_that_cannot_be_made_is_no_other_grader(path: Path) -> None:
    Path(f"{path}.lock").mkdir(parents=True)
    with (
        Gradebook(path) as book,
        pytest.raises(Misuse, match="cannot be written") as told,
        book.claim(),
    ):
        pass
    assert "already being graded" not in str(told.value)


def test_a_disk_is_full_when_next_to_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, left in ((999_999, 999_999), (1_000_000, None)):
        used = SimpleNamespace(free=free)
        monkeypatch.setattr(database.shutil, "disk_usage", lambda folder, u=used: u)
        assert database.room_left(tmp_path) == left
    monkeypatch.undo()
    assert database.room_left(tmp_path / "no such folder") is None


def test_where_mounts_are_not_listed_the_nearest_disk_says_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk(point: Path, kind: str) -> SimpleNamespace:
        return SimpleNamespace(mountpoint=str(point), fstype=kind)

    inner = tmp_path / "class"
    inner.mkdir()
    known = [disk(Path("/"), "apfs"), disk(inner, "smbfs"), disk(tmp_path, "apfs")]
    monkeypatch.setattr(database, "_MOUNTS", tmp_path / "none")
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: known if all else [])
    assert database.is_on_network(inner)
    assert not database.is_on_network(tmp_path)
    known.clear()
    assert not database.is_on_network(inner)


def told(sha: str, *tags: str, first: Outcome = Outcome.PASSED) -> Report:
    """A grading in which 3b is wrong, and these mistakes are named of it."""
    report = report_of(first, Outcome.WRONG)
    mistakes = tuple(Mistake(tag, f"What {tag} is in {sha}.") for tag in tags)
    wrong = replace(report.exercises[1], finding=Finding("No.", mistakes=mistakes))
    exercises = (report.exercises[0], wrong)
    return replace(report, attempt_sha256=sha, exercises=exercises)


def test_named_mistakes_come_back_as_they_were_told_last(path: Path) -> None:
    with Gradebook(path) as book:
        for report in (told("v1", "3b.x"), told("v1", "3b.x"), told("v2", "3b.x")):
            book.record(report)
        (mistake,) = book.named_mistakes(LESSON)
        assert mistake == NamedMistake("3b", "What 3b.x is in v2.", 2, is_right=False)
        book.record(replace(RIGHT, attempt_sha256="v3"))
        assert book.named_mistakes(LESSON) == (replace(mistake, is_right=True),)


def test_a_mistake_below_the_message_of_another_exercise_was_named_too(
    path: Path,
) -> None:
    with Gradebook(path) as book:
        book.record(told("v1", "3b.x", first=Outcome.WRONG))
        (mistake,) = book.named_mistakes(LESSON)
    assert mistake.sentence == "What 3b.x is in v1."


def test_what_was_not_told_is_no_named_mistake(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(told("v1", "3b.x", "3b.y"))  # nobody knows which
        book.record(told("v3", "3b.x"), NOBODY)
        assert book.named_mistakes(LESSON) == ()


def graded_at(at: str, content: bytes, *outcomes: Outcome) -> Report:
    digest = hashlib.sha256(content).hexdigest()
    return replace(report_of(*outcomes), attempt_sha256=digest, started_at=at)


def test_the_version_graded_last_until_a_moment_comes_back(path: Path) -> None:
    versions = [
        ("2026-11-24T10:00:00+00:00", b"first", Outcome.WRONG),
        ("2026-11-24T12:00:00+00:00", b"second", Outcome.PASSED),
        ("2026-11-25T09:00:00+00:00", b"third", Outcome.WRONG),
    ]
    with Gradebook(path) as book:
        for at, content, outcome in versions:
            book.record(graded_at(at, content, outcome))
            book.save_version(LESSON, content, ".py")
        book.record(graded_at("2026-11-25T10:00:00+00:00", b"not kept", Outcome.WRONG))
        found = {
            until: book.find_version(LESSON, until)
            for until in ("2026-11-24T11:00", "2026-11-24T23:59", "2026-12-01", "")
        }
        assert book.find_version(LESSON, "2026-11-24T09:59") is None
        assert book.find_version("lesson1_arrays", "") is None
    contents = [version.content for version in found.values() if version]
    assert contents == [b"first", b"second", b"third", b"second"]
    best = found[""]
    assert best is not None
    assert (best.score, best.points, best.suffix) == (10, 10, ".py")


def test_of_many_versions_the_oldest_is_forgotten(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(kept, "MAX_VERSIONS", 2)
    with Gradebook(path) as book:
        for content in (b"1", b"2", b"1", b"3"):
            book.record(graded_at("2026-11-24T10:00:00+00:00", content, Outcome.PASSED))
            book.save_version(LESSON, content, ".py")
        latest = book.find_version(LESSON, "")
    assert latest is not None
    assert latest.content == b"3"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT attempt_sha256 FROM version ORDER BY id").fetchall()
    digests = [hashlib.sha256(content).hexdigest() for content in (b"1", b"3")]
    assert [row[0] for row in rows] == digests
